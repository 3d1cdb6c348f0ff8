//! The exports of the case: what was read, and whether it adds up.

use super::canvas::Canvas;
use crate::case::Source;
use crate::text::Shown;
use crate::tui::app::App;
use crate::tui::block::{counted, grouped};
use crate::tui::window::Rows;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Rows that each export takes.
pub const ROWS: u32 = 4;

/// Draws the exports in view; gives the row of the cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    let mut cursor = area.y;
    let sources = app.store.sources();
    if sources.is_empty() {
        canvas.say(
            area.x + 2,
            area.y,
            area.right(),
            "no exports yet: docket import PATH loads some",
            app.theme.quiet(),
        );
    }
    let rows = Rows {
        len: u32::try_from(sources.len()).unwrap_or(u32::MAX),
        of: &|_| ROWS,
    };
    for (y, anchor) in
        (area.y..area.bottom()).zip(app.sources.in_view(&rows, u32::from(area.height)))
    {
        let Some(source) = usize::try_from(anchor.entry)
            .ok()
            .and_then(|at| sources.get(at))
        else {
            continue;
        };
        let current = anchor.entry == app.sources.cursor && anchor.row == 0;
        if current {
            cursor = y;
            canvas.say(area.x, y, area.right(), ">", app.theme.strong());
        }
        if let Some((words, style)) = lines(app, source)
            .into_iter()
            .nth(usize::try_from(anchor.row).unwrap_or(usize::MAX))
        {
            canvas.put(
                area.x + 2 + 2 * u16::from(anchor.row > 0),
                y,
                area.right(),
                &words,
                style,
            );
        }
    }
    cursor
}

fn lines(app: &App, source: &Source) -> Vec<(Shown, Style)> {
    let theme = app.theme;
    let balance = &source.balance;
    let bytes = format!(
        "{} bytes = {} in messages + {} of the format + {} unreadable{}",
        grouped(balance.bytes),
        grouped(balance.in_messages),
        grouped(balance.in_structure),
        grouped(balance.in_exceptions),
        if balance.holds() {
            ""
        } else {
            ": DOES NOT ADD UP, run docket check"
        },
    );
    let read = format!(
        "{} ({} system, {} unreadable): {} new, {} known before; loaded {} by {}",
        counted(u64::from(source.messages), "message", "messages"),
        grouped(u64::from(source.system)),
        grouped(u64::from(source.exceptions)),
        grouped(u64::from(source.new)),
        grouped(u64::from(source.already_known)),
        source.imported_at,
        source.imported_by,
    );
    let order = match (source.date_order, source.date_order_assumed) {
        (Some(order), true) => (
            format!(
                "order of dates ASSUMED to be {}: press d to settle it",
                order.name()
            ),
            theme.warning(),
        ),
        (Some(order), false) => (
            format!(
                "order of dates: {} ({})",
                order.name(),
                source.date_order_basis
            ),
            theme.quiet(),
        ),
        (None, _) => (source.notes.join(" "), theme.quiet()),
    };
    vec![
        (Shown::line(&source.name), theme.strong()),
        (Shown::line(&read), theme.text()),
        (
            Shown::line(&bytes),
            if balance.holds() {
                theme.quiet()
            } else {
                theme.warning()
            },
        ),
        (Shown::line(&order.0), order.1),
    ]
}
