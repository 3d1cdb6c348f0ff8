//! The ledger: who decided what, when, and how; the latest first.

use super::canvas::Canvas;
use super::entries::{Entries, none, nothing};
use super::{Line, count, hung};
use crate::case::Store;
use crate::case::ledger::Recorded;
use crate::review::entry_in_words;
use crate::text::Shown;
use crate::tui::app::App;
use crate::tui::theme::Theme;
use ratatui::layout::Rect;

/// Draws the entries in view; gives the row of the cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    if app.log.is_empty() {
        nothing(canvas, area, 2, "reading the ledger ...");
    }
    let entry = |at| app.log.get(usize::try_from(at).ok()?);
    let entries = Entries {
        window: app.log_window,
        len: u32::try_from(app.log.len()).unwrap_or(u32::MAX),
        before: 1,
        lines: &|at| {
            let entry: Option<&Recorded> = entry(at);
            entry.map_or_else(Vec::new, |entry| {
                lines(app.theme, &app.store, entry, area.width)
            })
        },
        picked: &none,
    };
    entries.draw(canvas, area)
}

/// How many rows an entry takes in a window of this width.
pub fn rows(theme: Theme, store: &Store, log: &[Recorded], at: u32, width: u16) -> u32 {
    let entry = usize::try_from(at).ok().and_then(|at| log.get(at));
    entry.map_or(0, |entry| count(&lines(theme, store, entry, width)))
}

fn lines(theme: Theme, store: &Store, entry: &Recorded, width: u16) -> Vec<Line> {
    let mut head = vec![(Shown::line(&format!("{:>6}  ", entry.seq)), theme.quiet())];
    if width >= 60 {
        let time = format!("{}  ", minute(&entry.at));
        head.push((Shown::line(&time), theme.quiet()));
        head.push((Shown::line(&entry.actor.name).pad(14), theme.text()));
        head.push((Shown::line("  "), theme.text()));
    }
    let room = width.saturating_sub(1).max(1);
    hung(head, &Shown::line(&words(entry, store)), theme.text(), room)
}

/// `2021-03-05 14:02` of an RFC 3339 time; in UTC, as the ledger keeps it.
pub(super) fn minute(at: &str) -> String {
    at.chars()
        .take(16)
        .map(|c| if c == 'T' { ' ' } else { c })
        .collect::<String>()
        + "Z"
}

/// An entry in words.
pub fn words(recorded: &Recorded, store: &Store) -> String {
    entry_in_words(&recorded.entry, &|id| {
        let source = store.source(id);
        source.map_or_else(|| format!("export {id}"), |source| source.name.clone())
    })
}
