//! A list of entries that take as many rows as their words need: the one way in which lists but those of
//! threads and messages are drawn.

use super::canvas::Canvas;
use super::{Line, count, hung};
use crate::text::Shown;
use crate::tui::app::App;
use crate::tui::window::{Rows, Window};
use ratatui::layout::Rect;

/// A list, and what is in view of it.
pub(super) struct Entries<'a> {
    /// The cursor and what is in view.
    pub window: Window,
    /// How many entries there are.
    pub len: u32,
    /// Columns before their words: the cursor's, and what else stands there.
    pub before: u16,
    /// The rows of an entry.
    pub lines: &'a dyn Fn(u32) -> Vec<Line>,
    /// Whether an entry is picked.
    pub picked: &'a dyn Fn(u32) -> bool,
}

impl Entries<'_> {
    /// Draws those in view; gives the row of the cursor.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
        let strong = canvas.theme.strong();
        let rows = Rows {
            len: self.len,
            of: &|at| count(&(self.lines)(at)),
        };
        let (mut cursor, mut entry) = (area.y, None);
        let mut drawn: Vec<Line> = Vec::new();
        let view = self.window.in_view(&rows, u32::from(area.height));
        for (y, anchor) in (area.y..area.bottom()).zip(view) {
            if entry != Some(anchor.entry) {
                entry = Some(anchor.entry);
                drawn = (self.lines)(anchor.entry);
            }
            if anchor.row == 0 {
                if anchor.entry == self.window.cursor {
                    cursor = y;
                    canvas.say(area.x, y, area.right(), ">", strong);
                }
                if (self.picked)(anchor.entry) {
                    canvas.say(area.x + 1, y, area.right(), "*", strong);
                }
            }
            let at = usize::try_from(anchor.row).unwrap_or(usize::MAX);
            if let Some(line) = drawn.get(at) {
                canvas.line(area.x + self.before, y, area.right(), line);
            }
        }
        cursor
    }
}

/// From this height on, an empty row stands above each heading.
const HIGH: u16 = 30;

/// A list whose entries stand under headings: the rows of a heading belong to the entry below it.
pub(super) struct Headed<'a> {
    /// The cursor and what is in view.
    pub window: Window,
    /// How many entries there are.
    pub len: u32,
    /// The rows of an entry, and which of them is the first of its own.
    pub lines: &'a dyn Fn(u32) -> (Vec<Line>, u32),
}

impl Headed<'_> {
    /// Draws those in view; gives the row of the cursor.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
        let rows = Rows {
            len: self.len,
            of: &|at| count(&(self.lines)(at).0),
        };
        let (mut cursor, mut entry) = (area.y, None);
        let (mut drawn, mut own) = (Vec::new(), 0);
        let view = self.window.in_view(&rows, u32::from(area.height));
        for (y, anchor) in (area.y..area.bottom()).zip(view) {
            if entry != Some(anchor.entry) {
                entry = Some(anchor.entry);
                (drawn, own) = (self.lines)(anchor.entry);
            }
            if anchor.entry == self.window.cursor && anchor.row == own {
                cursor = y;
                canvas.say(area.x, y, area.right(), ">", canvas.theme.strong());
            }
            let at = usize::try_from(anchor.row).unwrap_or(usize::MAX);
            if let Some(line) = drawn.get(at) {
                canvas.line(area.x + 2, y, area.right(), line);
            }
        }
        cursor
    }
}

/// The rows of an entry under a heading, where one stands above it; for screen readers each line
/// says itself what it is of.
pub(super) fn under(app: &App, heading: Option<String>, own: Vec<Line>) -> (Vec<Line>, u32) {
    let mut lines: Vec<Line> = Vec::new();
    if let Some(words) = heading.filter(|_| !app.theme.is_linear()) {
        if app.size.1 >= HIGH {
            lines.push(Vec::new());
        }
        lines.push(vec![(Shown::line(&words), app.theme.quiet())]);
    }
    let first = count(&lines);
    lines.extend(own);
    (lines, first)
}

/// Nothing is picked in this list.
pub(super) fn none(_at: u32) -> bool {
    false
}

/// Says why a list has no entries, where their words would stand; gives the row after that.
pub(super) fn nothing(canvas: &mut Canvas<'_>, area: Rect, before: u16, words: &str) -> u16 {
    let width = area.width.saturating_sub(before).max(1);
    let lines = hung(Vec::new(), &Shown::line(words), canvas.theme.quiet(), width);
    let mut after = area.y;
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        canvas.line(area.x + before, y, area.right(), &line);
        after = y + 1;
    }
    after
}
