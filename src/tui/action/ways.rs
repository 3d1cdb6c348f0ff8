//! The part of the table that finds ways through a case: the palette, the timeline, jumps,
//! bookmarks and samples.

use super::kinds::{Act::*, Group, View};
use super::{ANYWHERE, Action, LISTS, line};

/// The lines.
pub(super) const WAYS: &[Action] = &[
    line(
        Palette,
        "palette",
        &[":"],
        LISTS,
        Group::Find,
        "all actions by name: type a few letters, Enter does it",
    ),
    line(
        GoTimeline,
        "timeline",
        &["gc"],
        ANYWHERE,
        Group::Go,
        "a calendar of bars: how many messages each month or day has, and how they are decided",
    ),
    line(
        Zoom,
        "zoom",
        &["z"],
        &[View::Timeline],
        Group::Go,
        "days instead of months, or months instead of days",
    ),
    line(
        Scope,
        "all or thread",
        &["a"],
        &[View::Timeline],
        Group::Go,
        "the timeline of all threads, or of the open one",
    ),
    line(
        Sort,
        "sort",
        &["s"],
        &[View::Threads],
        Group::Find,
        "list the threads latest first, by channel, or most undecided first",
    ),
    line(
        GoDay,
        "day",
        &["ga"],
        &[View::Messages, View::Results],
        Group::Go,
        "all that was sent on the day of the current message, in every thread, by time",
    ),
];
