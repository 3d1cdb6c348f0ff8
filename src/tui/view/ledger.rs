//! The ledger: who decided what, when, and how; the latest first.

use super::canvas::Canvas;
use super::{Line, count, hung};
use crate::case::Store;
use crate::case::ledger::{Entry, How, Recorded};
use crate::model::SourceId;
use crate::text::Shown;
use crate::tui::app::App;
use crate::tui::block::counted;
use crate::tui::theme::Theme;
use crate::tui::window::Rows;
use ratatui::layout::Rect;

/// Draws the entries in view; gives the row of the cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    let theme = app.theme;
    let mut cursor = area.y;
    if app.log.is_empty() {
        canvas.say(
            area.x + 2,
            area.y,
            area.right(),
            "reading the ledger ...",
            theme.quiet(),
        );
    }
    let rows = Rows {
        len: u32::try_from(app.log.len()).unwrap_or(u32::MAX),
        of: &|at| rows(theme, &app.store, &app.log, at, area.width),
    };
    let mut entry = None;
    let mut drawn: Vec<Line> = Vec::new();
    let view = app.log_window.in_view(&rows, u32::from(area.height));
    for (y, anchor) in (area.y..area.bottom()).zip(view) {
        let current = anchor.entry == app.log_window.cursor;
        if entry != Some(anchor.entry) {
            entry = Some(anchor.entry);
            let entry = usize::try_from(anchor.entry)
                .ok()
                .and_then(|at| app.log.get(at));
            drawn = entry.map_or_else(Vec::new, |entry| {
                lines(theme, &app.store, entry, area.width, current)
            });
        }
        if current && anchor.row == 0 {
            cursor = y;
            canvas.say(area.x, y, area.right(), ">", theme.strong());
        }
        let at = usize::try_from(anchor.row).unwrap_or(usize::MAX);
        if let Some(line) = drawn.get(at) {
            canvas.line(area.x + 1, y, area.right(), line);
        }
    }
    cursor
}

/// How many rows an entry takes in a window of this width.
pub fn rows(theme: Theme, store: &Store, log: &[Recorded], at: u32, width: u16) -> u32 {
    let entry = usize::try_from(at).ok().and_then(|at| log.get(at));
    entry.map_or(0, |entry| count(&lines(theme, store, entry, width, false)))
}

fn lines(theme: Theme, store: &Store, entry: &Recorded, width: u16, current: bool) -> Vec<Line> {
    let mut head = vec![(Shown::line(&format!("{:>6}  ", entry.seq)), theme.quiet())];
    if width >= 60 {
        let time = format!("{}  ", minute(&entry.at));
        head.push((Shown::line(&time), theme.quiet()));
        head.push((Shown::line(&entry.actor.name).pad(14), theme.text()));
        head.push((Shown::line("  "), theme.text()));
    }
    let style = if current {
        theme.strong()
    } else {
        theme.text()
    };
    let room = width.saturating_sub(1).max(1);
    hung(head, &Shown::line(&words(entry, store)), style, room)
}

/// `2021-03-05 14:02` of an RFC 3339 time; in UTC, as the ledger keeps it.
pub(super) fn minute(at: &str) -> String {
    at.chars()
        .take(16)
        .map(|c| if c == 'T' { ' ' } else { c })
        .collect::<String>()
        + "Z"
}

fn messages(count: u32) -> String {
    counted(u64::from(count), "message", "messages")
}

/// What an undo or redo changed.
fn step(count: u32, people: usize) -> String {
    match people {
        0 => messages(count),
        people => counted(people as u64, "change of people", "changes of people"),
    }
}

/// An entry in a few words.
pub fn words(recorded: &Recorded, store: &Store) -> String {
    let export = |id: SourceId| {
        let source = store.source(id);
        source.map_or_else(|| format!("export {id}"), |source| source.name.clone())
    };
    match &recorded.entry {
        Entry::Created { .. } => "the case was made".into(),
        Entry::Fact {
            key, to: Some(to), ..
        } => format!("{key}: {to}"),
        Entry::Fact { key, to: None, .. } => format!("{key}: taken back"),
        Entry::Import { count, sources, .. } => {
            let from = match sources.as_slice() {
                [one] => one.path.clone(),
                many => counted(many.len() as u64, "export", "exports"),
            };
            format!("loaded {} from {from}", messages(*count))
        }
        Entry::DateOrder { source, order } => {
            format!(
                "{} read again with dates as {}",
                export(*source),
                order.name()
            )
        }
        Entry::Words { source, words } => {
            let names: Vec<_> = words.iter().map(|list| list.name.as_str()).collect();
            format!("{} read again with {}", export(*source), names.join(", "))
        }
        Entry::Decide {
            decision,
            count,
            how,
            query,
            note,
            reason,
            ..
        } => {
            let how = match how {
                How::Key => "one key",
                How::Range => "a range",
                How::Thread => "a whole thread",
                How::Bulk => "everything listed",
                How::Rule(rule) => &format!("rule {rule}"),
            };
            let reason = reason.as_ref();
            let reason = reason.map_or_else(String::new, |one| format!(", {}", one.code));
            let query = query
                .as_ref()
                .map_or_else(String::new, |query| format!(" for {query}"));
            let note = note
                .as_ref()
                .map_or_else(String::new, |note| format!(": {note}"));
            format!(
                "{}{reason} on {} ({how}{query}){note}",
                decision.name(),
                messages(*count)
            )
        }
        Entry::Mark {
            about, to, count, ..
        } => crate::review::marks::in_words(about, to.as_ref(), *count),
        entry @ Entry::Redact { .. } => crate::review::what_in_words(entry),
        Entry::Second {
            act, count, note, ..
        } => {
            let note = note.as_ref();
            let note = note.map_or_else(String::new, |note| format!(": {note}"));
            format!("{}: {}{note}", act.words(), messages(*count))
        }
        Entry::Sample { draw } => format!("drew {}", draw.in_words()),
        Entry::Undo {
            of,
            rule: Some(change),
            ..
        } => format!("took back entry {of}: {}", change.in_words()),
        Entry::Redo {
            of,
            rule: Some(change),
            ..
        } => format!("put back what entry {of} took back: {}", change.in_words()),
        Entry::Rule { change } => change.in_words(),
        Entry::Undo {
            of, count, people, ..
        } => format!("took back entry {of}: {}", step(*count, people.len())),
        Entry::Redo {
            of, count, people, ..
        } => format!(
            "put back what entry {of} took back: {}",
            step(*count, people.len())
        ),
        Entry::Me { source, name, .. } => match name {
            Some(name) => format!("the custodian is {name} in {}", export(*source)),
            None => format!("who the custodian is in {}: taken back", export(*source)),
        },
        entry @ (Entry::People { .. } | Entry::Contacts { .. }) => crate::people::in_words(entry),
        Entry::Rebuild {
            messages: count, ..
        } => format!("all that is derived was made again: {}", messages(*count)),
        Entry::Bundle {
            name,
            messages: count,
            ..
        } => format!("bundle {name} written: {}", messages(*count)),
    }
}
