//! The part of the table that masks.

use super::kinds::{Act::*, Group, UnitStep, View};
use super::{Action, DECIDING, line};

const MASKS: &[View] = &[View::Masks];

/// The lines.
pub(super) const MASKING: &[Action] = &[
    line(
        GoMasks,
        "masks",
        &["#"],
        DECIDING,
        Group::Mask,
        "mask parts of the message: its text with a cursor, and how both copies read; # marks masked ones",
    ),
    line(
        Along(UnitStep::Left),
        "left",
        &["h", "<Left>"],
        MASKS,
        Group::Mask,
        "one character back",
    ),
    line(
        Along(UnitStep::Right),
        "right",
        &["l", "<Right>"],
        MASKS,
        Group::Mask,
        "one character on; j and k go by line, and on to the other parts",
    ),
    line(
        Along(UnitStep::NextWord),
        "next word",
        &["w"],
        MASKS,
        Group::Mask,
        "to the next word",
    ),
    line(
        Along(UnitStep::WordBefore),
        "word before",
        &["b"],
        MASKS,
        Group::Mask,
        "to the beginning of the word, or of the one before",
    ),
    line(
        Along(UnitStep::WordEnd),
        "end of word",
        &["e"],
        MASKS,
        Group::Mask,
        "to the end of the word, or of the next",
    ),
    line(
        Along(UnitStep::LineStart),
        "line start",
        &["0"],
        MASKS,
        Group::Mask,
        "to the beginning of the line",
    ),
    line(
        Along(UnitStep::LineEnd),
        "line end",
        &["$"],
        MASKS,
        Group::Mask,
        "to the end of the line",
    ),
    line(
        Span,
        "span",
        &["v"],
        MASKS,
        Group::Mask,
        "begin or drop a span, which the cursor ends",
    ),
    line(
        SpanOther,
        "other end",
        &["o"],
        MASKS,
        Group::Mask,
        "to the other end of the span",
    ),
    line(
        MaskFor,
        "mask",
        &["<Enter>"],
        MASKS,
        Group::Mask,
        "mask the span, else the word; withhold the file or what else the line is; asks why",
    ),
    line(
        MaskAgain,
        "same reason",
        &["."],
        MASKS,
        Group::Mask,
        "the same at once, for the reason used last",
    ),
    line(
        Unmask,
        "unmask",
        &["x"],
        MASKS,
        Group::Mask,
        "take the mask under the cursor off, or those on the span",
    ),
    line(
        MaskAll,
        "mask all",
        &["a"],
        MASKS,
        Group::Mask,
        "mask these words wherever they stand in the thread, the list or the case; shows how many first",
    ),
];
