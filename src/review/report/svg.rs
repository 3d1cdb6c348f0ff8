//! Pictures in a page: shapes alone, measured in hundredths of the width that there is, so that they
//! fit every screen and sheet. What they say stands beside them as text too, and no shape is told
//! from another by its colour alone.

use super::Cell;
use crate::model::Decision;
use chrono::{Days, NaiveDate};
use std::fmt::Write as _;

/// The parts of a bar of decisions, in the order in which they stand; `None` is what is never
/// decided.
pub(super) const PARTS: [Option<Decision>; 7] = [
    Some(Decision::Official),
    Some(Decision::Mixed),
    Some(Decision::Context),
    Some(Decision::Personal),
    Some(Decision::Refer),
    Some(Decision::Undecided),
    None,
];

/// What a part is called.
pub(super) fn part_words(part: Option<Decision>) -> &'static str {
    part.map_or("never decided", Decision::name)
}

/// The patterns that shapes are filled with, once for a page.
pub(super) const PATTERNS: &str = "<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\
<pattern id=\"p\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect class=\"p0\" width=\"6\" height=\"6\"/><rect class=\"p1\" width=\"2\" height=\"6\"/></pattern>\
<pattern id=\"m\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
<rect class=\"m0\" width=\"6\" height=\"6\"/><rect class=\"m1\" width=\"3\" height=\"6\"/></pattern>\
<pattern id=\"r\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\">\
<rect class=\"r0\" width=\"5\" height=\"5\"/><circle class=\"r1\" cx=\"2.5\" cy=\"2.5\" r=\"1.2\"/></pattern>\
<pattern id=\"s\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(-45)\">\
<rect class=\"s1\" width=\"2\" height=\"6\"/></pattern>\
</defs></svg>\n";

/// How a part is filled: a class, and a pattern where it has one.
fn fill(part: Option<Decision>) -> &'static str {
    match part {
        Some(Decision::Official) => "class=\"official\"",
        Some(Decision::Mixed) => "fill=\"url(#m)\"",
        Some(Decision::Context) => "class=\"context\"",
        Some(Decision::Personal) => "fill=\"url(#p)\"",
        Some(Decision::Refer) => "fill=\"url(#r)\"",
        Some(Decision::Undecided) => "class=\"undecided\"",
        None => "class=\"never\"",
    }
}

/// A share in hundredths.
fn share(part: f64, of: f64) -> f64 {
    match of > 0.0 {
        true => part / of * 100.0,
        false => 0.0,
    }
}

/// A bar of so many messages, of which `most` would be as wide as there is room.
pub(super) fn decisions(counts: &[(Option<Decision>, u32)], most: u32) -> String {
    let mut out = String::from("<svg class=\"bar\" role=\"img\" height=\"14\">");
    let mut left = 0.0;
    for (part, count) in counts.iter().filter(|(_, count)| *count > 0) {
        let width = share(f64::from(*count), f64::from(most));
        // Writing to a String cannot fail, here and below.
        let _ = write!(
            out,
            "<rect x=\"{left:.3}%\" width=\"{width:.3}%\" height=\"14\" {}><title>{count} {}</title></rect>",
            fill(*part),
            part_words(*part)
        );
        left += width;
    }
    out.push_str("</svg>");
    out
}

/// A small square of a part, for a legend.
pub(super) fn swatch(part: Option<Decision>) -> String {
    format!(
        "<svg class=\"swatch\" width=\"14\" height=\"14\" aria-hidden=\"true\"><rect width=\"14\" height=\"14\" {}/></svg>",
        fill(part)
    )
}

/// A plain bar; `is_over` marks it as over a limit.
pub(super) fn plain(count: u64, most: u64, is_over: bool) -> String {
    let width = share(count as f64, most as f64);
    let class = if is_over { "over" } else { "within" };
    format!(
        "<svg class=\"bar\" role=\"img\" height=\"14\"><rect class=\"{class}\" width=\"{width:.3}%\" height=\"14\"/></svg>"
    )
}

/// One run of a strip's cells.
fn cell(cell: Cell, x: f64, width: f64) -> String {
    let shape = |y: u8, height: u8, fill: &str| {
        format!("<rect x=\"{x:.3}%\" width=\"{width:.3}%\" y=\"{y}\" height=\"{height}\" {fill}/>")
    };
    match cell {
        Cell::Outside => String::new(),
        Cell::Nothing => shape(11, 1, "class=\"line\""),
        Cell::Whole => shape(4, 8, "class=\"whole\""),
        Cell::Silence => shape(0, 16, "fill=\"url(#s)\"") + &shape(11, 1, "class=\"line\""),
        Cell::Lacking => shape(4, 8, "class=\"whole\"") + &shape(0, 16, "class=\"lacking\""),
    }
}

/// A strip of days; `marks` are places in it, from 0 to 1, at which something was set.
pub(super) fn strip(cells: &[Cell], marks: &[f64]) -> String {
    let mut out = String::from("<svg class=\"strip\" role=\"img\" height=\"16\">");
    let all = cells.len() as f64;
    let mut at = 0;
    while let Some(first) = cells.get(at) {
        let run = cells.get(at..).unwrap_or_default();
        let long = run.iter().take_while(|one| *one == first).count();
        out += &cell(*first, share(at as f64, all), share(long as f64, all));
        at += long;
    }
    for mark in marks {
        let _ = write!(
            out,
            "<circle class=\"timer\" cx=\"{:.3}%\" cy=\"8\" r=\"3\"/>",
            mark * 100.0
        );
    }
    out.push_str("</svg>");
    out
}

/// A sign of a legend of strips.
pub(super) fn sign(kind: Option<Cell>) -> String {
    let shape = kind.map_or_else(
        || "<circle class=\"timer\" cx=\"50%\" cy=\"8\" r=\"3\"/>".to_owned(),
        |kind| cell(kind, 0.0, 100.0),
    );
    format!("<svg class=\"sign\" width=\"20\" height=\"16\" aria-hidden=\"true\">{shape}</svg>")
}

/// The days over strips: the first, the last, and those at the quarters between.
pub(super) fn axis((from, to): (NaiveDate, NaiveDate)) -> String {
    let days = u64::try_from(to.signed_duration_since(from).num_days()).unwrap_or(0);
    let mut out = String::from("<svg class=\"axis\" role=\"img\" height=\"18\">");
    let quarters: u64 = if days < 8 { 1 } else { 4 };
    for quarter in 0..=quarters {
        let after = days * quarter / quarters;
        let Some(day) = from.checked_add_days(Days::new(after)) else {
            continue;
        };
        let (x, anchor) = match quarter {
            0 => (0.0, "start"),
            last if last == quarters => (100.0, "end"),
            _ => ((after as f64 + 0.5) / (days + 1) as f64 * 100.0, "middle"),
        };
        let _ = write!(
            out,
            "<line class=\"line\" x1=\"{x:.3}%\" x2=\"{x:.3}%\" y1=\"14\" y2=\"18\"/>\
             <text x=\"{x:.3}%\" y=\"11\" text-anchor=\"{anchor}\">{day}</text>"
        );
    }
    out.push_str("</svg>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_like_cells_are_one_shape() {
        let whole = [Cell::Whole; 30];
        assert_eq!(strip(&whole, &[]).matches("<rect").count(), 1);
        let two = [Cell::Whole, Cell::Outside, Cell::Whole];
        assert_eq!(strip(&two, &[]).matches("<rect").count(), 2);
        assert!(strip(&[], &[]).ends_with("</svg>"));
    }

    #[test]
    fn a_bar_is_as_wide_as_its_share() {
        let counts = [
            (Some(Decision::Official), 25),
            (None, 0),
            (Some(Decision::Personal), 25),
        ];
        let bar = decisions(&counts, 100);
        assert_eq!(bar.matches("width=\"25.000%\"").count(), 2);
        assert!(bar.contains("x=\"25.000%\""));
        assert!(!decisions(&counts, 0).contains("NaN"));
        assert!(!plain(0, 0, false).contains("NaN"));
    }
}
