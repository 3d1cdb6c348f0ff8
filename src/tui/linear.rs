//! A message as one line, for screen readers: nothing above it, nothing beside it, and said in the
//! order in which it is read. What does not fit is in the details.

use super::block::{Blocks, Gutter, Role, Row};
use crate::case::Message;
use crate::settings::MessageColumn;
use crate::text::Shown;

/// At the end of a line that does not hold all of its message.
const MORE: &str = "[more]";

impl Blocks<'_> {
    /// The one line of a message: the day where it is new, the time, the sender, what is to be known
    /// of it, its words.
    pub(super) fn one_line(&self, message: &Message<'_>, previous: Option<&Message<'_>>) -> Row {
        let mut line = Line {
            row: Row::new(Gutter::First),
            width: self.width,
            is_full: false,
        };
        let shows = |column| self.settings.message_columns.contains(&column);
        if let Some(heading) = self.heading(message, previous) {
            line.put(&heading, Role::Quiet);
        }
        line.put(&Shown::line(&self.when(message)), Role::Quiet);
        if shows(MessageColumn::Sender) {
            let (sender, role) = self.sender(message, usize::from(self.width / 3).max(1));
            line.put(&sender, role);
            line.touch(":");
        }
        let extra = self.store.extra(message.number);
        for (words, role) in self.notes(message, &extra) {
            line.put(&Shown::line(&words), role);
        }
        let room = usize::from(self.width).max(1);
        for piece in self.pieces(message, &extra, previous) {
            for (words, role) in piece.rows(room) {
                line.put(&words, role);
            }
        }
        line.finish()
    }
}

struct Line {
    row: Row,
    width: u16,
    is_full: bool,
}

impl Line {
    /// Puts words after what stands there, as far as there is room beside the mark for more.
    fn put(&mut self, words: &Shown, role: Role) {
        if words.is_empty() || self.is_full {
            return;
        }
        let is_first = self.row.parts.is_empty();
        let x = self.row.end().saturating_add(u16::from(!is_first));
        let room = usize::from(self.room_after(x));
        self.is_full = words.width() > room;
        if !self.is_full {
            self.row.parts.push((x, words.clone(), role));
        } else if room > 0 || is_first {
            let room = room.max(usize::from(self.width.saturating_sub(x)).min(1));
            self.row.parts.push((x, words.cut(room), role));
        }
    }

    /// Puts a sign right after the words before it.
    fn touch(&mut self, sign: &str) {
        let x = self.row.end();
        if !self.is_full && self.room_after(x) > 0 {
            self.row.parts.push((x, Shown::line(sign), Role::Text));
        }
    }

    /// Columns from `x` on, but for those of the mark.
    fn room_after(&self, x: u16) -> u16 {
        let kept = u16::try_from(MORE.len() + 1).unwrap_or(u16::MAX);
        self.width.saturating_sub(x).saturating_sub(kept)
    }

    fn finish(self) -> Row {
        if !self.is_full {
            return self.row;
        }
        let x = self.row.end().saturating_add(1);
        self.row.with(x, Shown::line(MORE), Role::Warning)
    }
}
