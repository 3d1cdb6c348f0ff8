//! What exports disagree on: message by message, the other export and what it tells.

use super::canvas::Canvas;
use super::{Line, count, hung};
use crate::case::{Difference, Store};
use crate::text::Shown;
use crate::tui::app::App;
use crate::tui::block::{clock, head};
use crate::tui::theme::Theme;
use crate::tui::window::Rows;
use ratatui::layout::Rect;

/// Bytes of a text that are shown; the thread and the details have all of it.
const MOST: usize = 240;

/// The list: what was found, with the messages it was found in.
#[derive(Default)]
pub struct Found {
    /// The messages, and all that exports disagree on; `None` until it is known.
    pub all: Option<(std::sync::Arc<Store>, Vec<Difference>)>,
    /// The window of the list.
    pub window: crate::tui::window::Window,
}

impl Found {
    /// How many there are.
    pub fn len(&self) -> u32 {
        let len = self.all.as_ref().map_or(0, |(_, all)| all.len());
        u32::try_from(len).unwrap_or(u32::MAX)
    }

    /// Whether there are none, or none are known yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The one under the cursor.
    pub fn current(&self) -> Option<Difference> {
        self.get(self.window.cursor).map(|(_, differs)| differs)
    }

    fn get(&self, at: u32) -> Option<(&Store, Difference)> {
        let (store, all) = self.all.as_ref()?;
        Some((store, *all.get(usize::try_from(at).ok()?)?))
    }

    /// How many rows one takes in a window of this width.
    pub fn rows(&self, theme: Theme, at: u32, width: u16) -> u32 {
        count(&self.lines(theme, at, width))
    }

    fn lines(&self, theme: Theme, at: u32, width: u16) -> Vec<Line> {
        let Some((store, differs)) = self.get(at) else {
            return Vec::new();
        };
        // Where the one before is of the same message, the message is not shown again.
        let before = at.checked_sub(1).and_then(|at| self.get(at));
        let again = before.is_some_and(|(_, before)| before.number == differs.number);
        lines(
            theme,
            store,
            &differs,
            again,
            width.saturating_sub(2).max(1),
        )
    }
}

/// Draws those in view; gives the row of the cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    let found = &app.differences;
    let mut cursor = area.y;
    if found.is_empty() {
        let words = match found.all {
            Some(_) => "the exports disagree on nothing that two of them tell",
            None => "comparing the exports ...",
        };
        canvas.say(area.x + 2, area.y, area.right(), words, app.theme.quiet());
    }
    let rows = Rows {
        len: found.len(),
        of: &|at| found.rows(app.theme, at, area.width),
    };
    let mut entry = None;
    let mut drawn: Vec<Line> = Vec::new();
    let view = found.window.in_view(&rows, u32::from(area.height));
    for (y, anchor) in (area.y..area.bottom()).zip(view) {
        if entry != Some(anchor.entry) {
            entry = Some(anchor.entry);
            drawn = found.lines(app.theme, anchor.entry, area.width);
        }
        if anchor.entry == found.window.cursor && anchor.row == 0 {
            cursor = y;
            canvas.say(area.x, y, area.right(), ">", app.theme.strong());
        }
        let at = usize::try_from(anchor.row).unwrap_or(usize::MAX);
        if let Some(line) = drawn.get(at) {
            canvas.line(area.x + 2, y, area.right(), line);
        }
    }
    cursor
}

fn lines(theme: Theme, store: &Store, differs: &Difference, again: bool, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    let indent = || vec![(Shown::line("  "), theme.quiet())];
    if let Some(message) = store.message(differs.number).filter(|_| !again) {
        let time = clock(&message).map_or_else(
            || "no date         ".to_owned(),
            |time| time.format("%Y-%m-%d %H:%M").to_string(),
        );
        let sender = message.participant.and_then(|id| store.participant(id));
        let title = store
            .thread(message.thread)
            .map_or("", |one| one.title.as_str());
        let name = sender.map_or("", |one| one.name.as_str());
        let words = format!("{time}  {name}, in {title}");
        lines.extend(hung(
            Vec::new(),
            &Shown::line(&words),
            theme.strong(),
            width,
        ));
        let text = head(message.text, MOST).0;
        lines.extend(hung(indent(), &Shown::line(text), theme.text(), width));
    }
    let source = store.source(differs.source);
    let name = source.map_or("", |one| one.name.as_str());
    let shift = source
        .and_then(|one| one.clocks.iter().find(|one| one.thread == differs.thread))
        .map_or_else(String::new, |one| {
            format!(" (its clock is {})", one.describe())
        });
    let words = format!("{name} {}{shift}", differs.what.describe());
    lines.extend(hung(indent(), &Shown::line(&words), theme.warning(), width));
    if let Some(told) = store.disagreement(differs) {
        let text = head(&told.text, MOST).0;
        if !text.is_empty() {
            let four = vec![(Shown::line("    "), theme.quiet())];
            lines.extend(hung(four, &Shown::line(text), theme.text(), width));
        }
    }
    lines
}
