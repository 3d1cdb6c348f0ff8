//! The part of the table that is about people.

use super::kinds::{Act::*, Group, View};
use super::{ANYWHERE, Action, line};
use crate::model::Relation;

/// Where one person is under the cursor.
const ONE: &[View] = &[View::People, View::Person];

/// The lines.
pub(super) const PEOPLE: &[Action] = &[
    line(
        GoPeople,
        "people",
        &["gp"],
        ANYWHERE,
        Group::People,
        "the people of the case, and which names are one person",
    ),
    line(
        GoSuggestions,
        "suggestions",
        &["gj"],
        ANYWHERE,
        Group::People,
        "who may be one person, and why",
    ),
    line(
        Pick,
        "pick",
        &["v"],
        &[View::People],
        Group::People,
        "pick someone to be joined, and on to the next",
    ),
    line(
        Join,
        "join",
        &["J"],
        &[View::People],
        Group::People,
        "the picked are one person; a single one with the current",
    ),
    line(
        Split,
        "split",
        &["s"],
        &[View::Person],
        Group::People,
        "this name is somebody else",
    ),
    line(
        Rename,
        "rename",
        &["r"],
        ONE,
        Group::People,
        "give the person a name",
    ),
    line(
        Say(Relation::Me),
        "me",
        &["M"],
        ONE,
        Group::People,
        "the custodian: sent and received are known in every export of theirs",
    ),
    line(
        Say(Relation::Colleague),
        "colleague",
        &["C"],
        ONE,
        Group::People,
        "a colleague: asks for organisation and position",
    ),
    line(
        Say(Relation::Outsider),
        "outsider",
        &["O"],
        ONE,
        Group::People,
        "an outsider",
    ),
    line(
        Say(Relation::Unknown),
        "unknown",
        &["X"],
        ONE,
        Group::People,
        "not known what they are",
    ),
    line(
        Notes,
        "notes",
        &["n"],
        ONE,
        Group::People,
        "notes on the person, which stay in the case",
    ),
    line(
        MessagesOf,
        "messages",
        &["m"],
        ONE,
        Group::People,
        "search for all that the person sent",
    ),
    line(
        Accept,
        "accept",
        &["a"],
        &[View::Suggestions],
        Group::People,
        "they are one person",
    ),
    line(
        Dismiss,
        "dismiss",
        &["d"],
        &[View::Suggestions],
        Group::People,
        "they are not; not suggested again",
    ),
    line(
        AcceptExact,
        "accept exact",
        &["A"],
        &[View::Suggestions],
        Group::People,
        "accept all by the same number or address",
    ),
];
