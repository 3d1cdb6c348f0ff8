//! The part of the table that says more of messages than their decision: why, flags, notes.

use super::kinds::{Act::*, Group};
use super::{Action, DECIDING, Listed, THREADS, Target, Thread, line};

/// The lines.
pub(super) const MARKS: &[Action] = &[
    line(
        Why,
        "why",
        &["w"],
        DECIDING,
        Group::Mark,
        "choose a reason, the last used first: the next decision or flag takes it",
    ),
    line(
        Flags(Target),
        "flag",
        &["t"],
        DECIDING,
        Group::Mark,
        "put a flag on, or take one off: hold, privileged ...; the last used first",
    ),
    line(
        Flags(Thread),
        "thread flag",
        &["T"],
        THREADS,
        Group::Mark,
        "flag the whole thread",
    ),
    line(
        Flags(Listed),
        "all flag",
        &["*t"],
        DECIDING,
        Group::Mark,
        "flag everything listed",
    ),
    line(
        Annotate(Target),
        "note",
        &["a"],
        DECIDING,
        Group::Mark,
        "write a note, or change yours; empty takes it off, Up brings earlier ones",
    ),
    line(
        Annotate(Thread),
        "thread note",
        &["A"],
        THREADS,
        Group::Mark,
        "a note on the whole thread",
    ),
    line(
        Annotate(Listed),
        "all note",
        &["*a"],
        DECIDING,
        Group::Mark,
        "a note on everything listed",
    ),
];
