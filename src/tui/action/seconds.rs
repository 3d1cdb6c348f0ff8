//! The part of the table that is about second reviewers.

use super::kinds::{Act::*, Group};
use super::{ANYWHERE, Action, DECIDING, Listed, THREADS, Target, Thread, line};

/// The lines.
pub(super) const SECONDS: &[Action] = &[
    line(
        Countersign(Target),
        "countersign",
        &["s"],
        DECIDING,
        Group::Mark,
        "agree with another reviewer's decision, and on; again takes the word off",
    ),
    line(
        Countersign(Thread),
        "thread signed",
        &["S"],
        THREADS,
        Group::Mark,
        "countersign what others decided in the whole thread",
    ),
    line(
        Countersign(Listed),
        "all signed",
        &["*s"],
        DECIDING,
        Group::Mark,
        "countersign what others decided of everything listed",
    ),
    line(
        Disagree,
        "disagree",
        &["d"],
        DECIDING,
        Group::Mark,
        "say what you would decide instead, with a comment; the decision stays until it is answered",
    ),
    line(
        Uphold,
        "uphold",
        &["="],
        DECIDING,
        Group::Mark,
        "answer a disagreement with a word: the decision stands",
    ),
    line(
        GoWaiting,
        "waiting",
        &["gq"],
        ANYWHERE,
        Group::Go,
        "what waits for a second look: referred, disagreed with, to be countersigned",
    ),
];
