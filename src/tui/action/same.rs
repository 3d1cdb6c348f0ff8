//! The part of the table that is about messages that are one.

use super::kinds::{Act::*, Group, View};
use super::{ANYWHERE, Action, line};

/// Where something can be said of messages that are one.
const TELLING: &[View] = &[
    View::Differences,
    View::Messages,
    View::Results,
    View::Day,
    View::Bookmarks,
    View::Sample,
];

/// The lines.
pub(super) const SAME: &[Action] = &[
    line(
        GoDifferences,
        "differences",
        &["gd"],
        ANYWHERE,
        Group::Go,
        "what may be the same message, and what exports of the same chat or mail disagree on",
    ),
    line(
        TheSame,
        "the same",
        &["&"],
        TELLING,
        Group::Decide,
        "the two are one message, decided once: this and the bookmarked one, or those of a range",
    ),
    line(
        NotTheSame,
        "apart",
        &["|"],
        TELLING,
        Group::Decide,
        "they are not the same: what was merged with this message stands alone again, undecided",
    ),
];
