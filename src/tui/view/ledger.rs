//! The ledger: who decided what, when, and how; the latest first.

use super::canvas::Canvas;
use crate::case::ledger::{Entry, How, Recorded};
use crate::text::Shown;
use crate::tui::app::App;
use crate::tui::block::counted;
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
        of: &|_| 1,
    };
    for (y, anchor) in
        (area.y..area.bottom()).zip(app.log_window.in_view(&rows, u32::from(area.height)))
    {
        let Some(entry) = usize::try_from(anchor.entry)
            .ok()
            .and_then(|at| app.log.get(at))
        else {
            continue;
        };
        let current = anchor.entry == app.log_window.cursor;
        if current {
            cursor = y;
        }
        let right = area.right();
        let mut x = canvas.say(
            area.x,
            y,
            right,
            if current { ">" } else { " " },
            theme.strong(),
        );
        x = canvas.say(x, y, right, &format!("{:>6}  ", entry.seq), theme.quiet());
        if area.width >= 60 {
            x = canvas.say(
                x,
                y,
                right,
                &format!("{}  ", minute(&entry.at)),
                theme.quiet(),
            );
            x = canvas.put(
                x,
                y,
                right,
                &Shown::line(&entry.actor.name).pad(14),
                theme.text(),
            );
            x = canvas.say(x, y, right, "  ", theme.text());
        }
        canvas.put(
            x,
            y,
            right,
            &Shown::line(&words(entry)),
            if current {
                theme.strong()
            } else {
                theme.text()
            },
        );
    }
    cursor
}

/// `2021-03-05 14:02` of an RFC 3339 time; in UTC, as the ledger keeps it.
fn minute(at: &str) -> String {
    at.chars()
        .take(16)
        .map(|c| if c == 'T' { ' ' } else { c })
        .collect::<String>()
        + "Z"
}

fn messages(count: u32) -> String {
    counted(u64::from(count), "message", "messages")
}

/// An entry in a few words.
pub fn words(recorded: &Recorded) -> String {
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
            format!("source {source} read again with dates as {}", order.name())
        }
        Entry::Decide {
            decision,
            count,
            how,
            query,
            note,
        } => {
            let how = match how {
                How::Key => "one key",
                How::Range => "a range",
                How::Thread => "a whole thread",
                How::Bulk => "everything listed",
            };
            let query = query
                .as_ref()
                .map_or_else(String::new, |query| format!(" for {query}"));
            let note = note
                .as_ref()
                .map_or_else(String::new, |note| format!(": {note}"));
            format!(
                "{} on {} ({how}{query}){note}",
                decision.name(),
                messages(*count)
            )
        }
        Entry::Undo { of, count, .. } => format!("took back {of}: {}", messages(*count)),
        Entry::Redo { of, count, .. } => format!("put back what {of} took: {}", messages(*count)),
        Entry::Me { source, name, .. } => match name {
            Some(name) => format!("the custodian is {name} in export {source}"),
            None => format!("who the custodian is in export {source}: taken back"),
        },
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
