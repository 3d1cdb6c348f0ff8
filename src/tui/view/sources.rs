//! The exports of the case: what was read, and whether it adds up.

use super::canvas::Canvas;
use super::entries::{Entries, none, nothing};
use super::ledger::minute;
use super::{Line, count, hung};
use crate::case::{Source, Store};
use crate::review::whose::{Known, OfExport};
use crate::text::{Shown, counted, grouped};
use crate::tui::app::App;
use crate::tui::theme::Theme;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the exports in view; gives the row of the cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    let sources = app.store.sources();
    if sources.is_empty() {
        let words = "no exports yet: docket import PATH loads some";
        nothing(canvas, area, 2, words);
    }
    let entries = Entries {
        window: app.sources,
        len: u32::try_from(sources.len()).unwrap_or(u32::MAX),
        before: 2,
        lines: &|at| lines_of(app, at, area.width),
        picked: &none,
    };
    entries.draw(canvas, area)
}

/// How many rows an export takes in a window of this width.
pub fn rows(app: &App, at: u32, width: u16) -> u32 {
    count(&lines_of(app, at, width))
}

fn lines_of(app: &App, at: u32, width: u16) -> Vec<Line> {
    let source = usize::try_from(at)
        .ok()
        .and_then(|at| app.store.sources().get(at));
    source.map_or_else(Vec::new, |source| {
        let whose = app.whose.as_ref().and_then(|whose| whose.of(source.id));
        let whose = whose.map(|of| whose_words(&app.store, of));
        lines(app.theme, source, whose, width.saturating_sub(2).max(1))
    })
}

/// Whose an export is, and whether that is settled.
fn whose_words(store: &Store, of: &OfExport) -> (String, bool) {
    match &of.known {
        Known::Told => (
            "it tells itself what was sent and what received".into(),
            true,
        ),
        Known::Said(name) => (format!("custodian: {name}"), true),
        Known::Open(_) => {
            let likely = of.likely.as_ref().and_then(|(id, reason)| {
                Some(format!(
                    "; likely {} ({reason})",
                    store.participant(*id)?.name
                ))
            });
            let likely = likely.unwrap_or_default();
            (
                format!("whose it is, is not known{likely}: press w to say"),
                false,
            )
        }
    }
}

fn lines(theme: Theme, source: &Source, whose: Option<(String, bool)>, width: u16) -> Vec<Line> {
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
        minute(&source.imported_at),
        source.imported_by,
    );
    let indented = |words: &str, style: Style| {
        let head = vec![(Shown::line("  "), style)];
        hung(head, &Shown::line(words), style, width)
    };
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
    let bytes_style = if balance.holds() {
        theme.quiet()
    } else {
        theme.warning()
    };
    let name = Shown::line(&source.name);
    let mut lines = hung(Vec::new(), &name, theme.strong(), width);
    lines.extend(indented(&read, theme.text()));
    lines.extend(indented(&bytes, bytes_style));
    if !order.0.is_empty() {
        lines.extend(indented(&order.0, order.1));
    }
    if let Some((words, is_settled)) = whose {
        let style = if is_settled {
            theme.quiet()
        } else {
            theme.text()
        };
        lines.extend(indented(&words, style));
    }
    lines
}
