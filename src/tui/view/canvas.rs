//! Putting text into a screen. Whatever is put there went through [`crate::text`].

use super::Line;
use crate::text::{Look, Shown, width};
use crate::tui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns after which a line across ends.
const LONGEST_RULE: u16 = 100;

/// A screen that is being drawn.
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    /// The looks.
    pub theme: Theme,
}

impl<'a> Canvas<'a> {
    /// Draws into this buffer.
    pub fn new(buffer: &'a mut Buffer, theme: Theme) -> Canvas<'a> {
        Canvas { buffer, theme }
    }

    /// Puts text at a place, cut at `right` (a column that it does not reach). Gives the column
    /// after it. An ellipsis stands for more than blanks that are cut: half a number would be read
    /// as a whole one.
    pub fn put(&mut self, x: u16, y: u16, right: u16, text: &Shown, style: Style) -> u16 {
        let area = self.buffer.area;
        let right = right.min(area.right());
        let mut x = x;
        if y >= area.bottom() {
            return x;
        }
        let room = usize::from(right.saturating_sub(x));
        let fits = width(text.as_str().trim_end_matches(' ')) <= room;
        let text = if fits { text } else { &text.cut(room) };
        for piece in text.pieces() {
            let style = match piece.look {
                Look::Plain => style,
                Look::Mark => style.patch(self.theme.quiet()),
                Look::Hit => self.theme.hit(style),
            };
            for grapheme in piece.text.graphemes(true) {
                let wide = u16::try_from(grapheme.width()).unwrap_or(u16::MAX);
                if wide == 0 {
                    continue;
                }
                if x.saturating_add(wide) > right {
                    return x;
                }
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                    cell.set_symbol(grapheme).set_style(style);
                }
                for covered in x + 1..x + wide {
                    if let Some(cell) = self.buffer.cell_mut((covered, y)) {
                        cell.reset();
                    }
                }
                x += wide;
            }
        }
        x
    }

    /// Puts two pixels into a cell, one above the other.
    pub fn half_block(&mut self, x: u16, y: u16, upper: Color, lower: Color) {
        if let Some(cell) = self.buffer.cell_mut((x, y)) {
            cell.reset();
            cell.set_symbol("▀").set_fg(upper).set_bg(lower);
        }
    }

    /// Makes an area blank, to draw over what stands there.
    pub fn blank(&mut self, area: Rect) {
        for y in area.y..area.bottom() {
            for x in area.x..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
    }

    /// Puts words of this program's own; they take the same door.
    pub fn say(&mut self, x: u16, y: u16, right: u16, words: &str, style: Style) -> u16 {
        self.put(x, y, right, &Shown::line(words), style)
    }

    /// Puts several words with a look each on one row.
    pub fn say_all(&mut self, x: u16, y: u16, right: u16, parts: &[(&str, Style)]) -> u16 {
        parts
            .iter()
            .fold(x, |x, (words, style)| self.say(x, y, right, words, *style))
    }

    /// Puts a line of parts that went through the door.
    pub fn line(&mut self, x: u16, y: u16, right: u16, line: &Line) -> u16 {
        line.iter()
            .fold(x, |x, (words, style)| self.put(x, y, right, words, *style))
    }

    /// A line across, or as far as can be afforded, with a heading in it.
    pub fn rule(&mut self, area: Rect, y: u16, heading: &Shown, style: Style) {
        let right = area.right();
        if self.theme.is_linear() {
            self.put(area.x, y, right, heading, style);
            return;
        }
        let mut x = self.say(area.x, y, right, "── ", style);
        x = self.put(x, y, right.saturating_sub(2), heading, style);
        x = self.say(x, y, right, " ", style);
        // Each column of it is three bytes, whenever it scrolls into view.
        while x < right.min(area.x.saturating_add(LONGEST_RULE)) {
            x = self.say(x, y, right, "─", style);
        }
    }
}
