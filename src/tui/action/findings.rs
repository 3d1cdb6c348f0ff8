//! The part of the table that is about findings.

use super::kinds::{Act::*, FindingAct, Group};
use super::{ANYWHERE, Action, DECIDING, View, line};

const FINDINGS: &[View] = &[View::Findings];

/// The lines.
pub(super) const LINES: &[Action] = &[
    line(
        GoFindings,
        "findings",
        &["gF"],
        ANYWHERE,
        Group::Go,
        "the findings, to be gone through one by one: personal data, markings and risks",
    ),
    line(
        OfFinding(FindingAct::NextMessage),
        "next finding",
        &["^"],
        DECIDING,
        Group::Find,
        "to the next message here with a finding that is open: ^ stands beside it",
    ),
    line(
        OfFinding(FindingAct::Confirm),
        "confirm",
        &["a"],
        FINDINGS,
        Group::Findings,
        "it is what the detector says; on to the next that is open",
    ),
    line(
        OfFinding(FindingAct::Dismiss),
        "not it",
        &["d"],
        FINDINGS,
        Group::Findings,
        "it is not, or does not matter: this one; on to the next that is open",
    ),
    line(
        OfFinding(FindingAct::DismissValue),
        "value is not it",
        &["D"],
        FINDINGS,
        Group::Findings,
        "this value is not, wherever the detector points at it, now and later",
    ),
    line(
        OfFinding(FindingAct::Reopen),
        "reopen",
        &["x"],
        FINDINGS,
        Group::Findings,
        "take back what was said of it: it is open again",
    ),
    line(
        OfFinding(FindingAct::Mask),
        "mask it",
        &["#"],
        FINDINGS,
        Group::Findings,
        "mask what it points at, of a file all of it; asks why",
    ),
    line(
        OfFinding(FindingAct::MaskAgain),
        "mask again",
        &["."],
        FINDINGS,
        Group::Findings,
        "the same at once, for the reason used last",
    ),
    line(
        OfFinding(FindingAct::Flag),
        "flag it",
        &["t"],
        FINDINGS,
        Group::Findings,
        "flag its message as fits: third-party, special-category, privileged, classified, incident; again takes it off",
    ),
    line(
        OfFinding(FindingAct::Listed),
        "others",
        &["s"],
        FINDINGS,
        Group::Findings,
        "list confirmed ones instead of open ones; again: dismissed ones, all, open ones",
    ),
];
