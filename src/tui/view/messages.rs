//! The list of messages, and the details of one.

use super::canvas::Canvas;
use crate::model::{MessageNumber, ThreadId};
use crate::text::Shown;
use crate::tui::app::App;
use crate::tui::block::{Gutter, Role, Row};
use crate::tui::reading::Reading;
use crate::tui::terminal::Scroll;
use crate::tui::window::{Anchor, Rows};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Where a list of messages was drawn and what stood at its top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    area: Rect,
    thread: Option<ThreadId>,
    len: u32,
    top: Anchor,
}

impl Drawn {
    /// How the list moved from one frame to the next, if both show the same list in the same place
    /// and it moved by less than its height.
    pub fn scroll(before: Option<&Drawn>, now: Option<&Drawn>, app: &App) -> Option<Scroll> {
        let (before, now) = (before?, now?);
        let same = (before.area, before.thread, before.len) == (now.area, now.thread, now.len);
        if !same || before.top == now.top {
            return None;
        }
        let reading = app.current_reading()?;
        let height = u32::from(now.area.height);
        let rows = laid_out(app, reading, now.area, |_, rows| {
            if before.top < now.top {
                i64::from(rows.between(before.top, now.top, height))
            } else {
                -i64::from(rows.between(now.top, before.top, height))
            }
        });
        let up = i16::try_from(rows)
            .ok()
            .filter(|_| rows.unsigned_abs() < u64::from(height))?;
        Some(Scroll {
            top: now.area.y,
            bottom: now.area.bottom(),
            up,
        })
    }
}

fn laid_out<T>(
    app: &App,
    reading: &Reading,
    area: Rect,
    act: impl FnOnce(&crate::tui::block::Blocks<'_>, &Rows<'_>) -> T,
) -> T {
    let size = (area.width, area.height);
    reading.laid_out(&app.session, size, app.last_highlight(), act)
}

/// Draws the list; gives the row of its cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> (u16, Option<Drawn>) {
    let Some(reading) = app.current_reading() else {
        return (area.y, None);
    };
    let mut cursor = area.y;
    let len = reading.len();
    if len == 0 {
        canvas.say(
            area.x + 2,
            area.y,
            area.right(),
            "nothing found",
            app.theme.quiet(),
        );
    }
    laid_out(app, reading, area, |blocks, rows| {
        let mut entry = None;
        let mut drawn: Vec<Row> = Vec::new();
        let view = reading.window.in_view(rows, u32::from(area.height));
        for (y, anchor) in (area.y..area.bottom()).zip(view) {
            if entry != Some(anchor.entry) {
                entry = Some(anchor.entry);
                drawn = reading.rows_at(blocks, anchor.entry);
            }
            let Some(row) = usize::try_from(anchor.row)
                .ok()
                .and_then(|at| drawn.get(at))
            else {
                continue;
            };
            // A message taller than the window keeps its mark and letter on its first row in view.
            let current = anchor.entry == reading.window.cursor;
            let goes_on = current && y == area.y && row.gutter == Gutter::More;
            let gutter = if goes_on { Gutter::First } else { row.gutter };
            if current && gutter == Gutter::First {
                cursor = y;
            }
            let line = Rect::new(area.x, y, area.width, 1);
            put_gutter(app, canvas, line, reading, anchor.entry, gutter);
            for (x, text, role) in &row.parts {
                if *role == Role::Heading {
                    canvas.rule(line, y, text, app.theme.day());
                } else {
                    canvas.put(area.x + x, y, area.right(), text, style(app, *role));
                }
            }
        }
    });
    let drawn = Drawn {
        area,
        thread: reading.thread(),
        len,
        top: reading.window.top,
    };
    (cursor, Some(drawn))
}

fn style(app: &App, role: Role) -> Style {
    match role {
        Role::Text => app.theme.text(),
        Role::Quiet | Role::Heading => app.theme.quiet(),
        Role::Sender => app.theme.sender(false),
        Role::Own => app.theme.sender(true),
        Role::Warning => app.theme.warning(),
    }
}

/// The cursor or the range, and the decision's letter.
fn put_gutter(
    app: &App,
    canvas: &mut Canvas<'_>,
    line: Rect,
    reading: &Reading,
    position: u32,
    gutter: Gutter,
) {
    let theme = app.theme;
    let (x, y, right) = (line.x, line.y, line.right());
    let (from, to) = reading.target(None);
    let in_range = reading.range.is_some() && (from..=to).contains(&position);
    match gutter {
        Gutter::Empty => {}
        Gutter::More if in_range => {
            canvas.say(x, y, right, "|", theme.strong());
        }
        Gutter::More => {}
        Gutter::First => {
            let mark = match (position == reading.window.cursor, in_range) {
                (true, _) => ">",
                (false, true) => "|",
                (false, false) => " ",
            };
            canvas.say(x, y, right, mark, theme.strong());
            let Some(number) = reading.at(position) else {
                return;
            };
            letter(app, canvas, (x + 2, y), right, number);
        }
    }
}

fn letter(app: &App, canvas: &mut Canvas<'_>, at: (u16, u16), right: u16, number: MessageNumber) {
    if !app
        .store
        .kind(number)
        .is_some_and(|kind| kind.is_decidable())
    {
        return;
    }
    if app.is_saving_message(number) {
        canvas.say(at.0, at.1, right, "…", app.theme.quiet());
        return;
    }
    let decision = app.session.decision(number);
    let letter = decision.letter().to_string();
    canvas.say(at.0, at.1, right, &letter, app.theme.decision(decision));
}

/// Where the current message comes from, how it was decided, what is hidden in it.
pub(super) fn details(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let (Some(pane), true) = (&app.details, area.height > 0) else {
        return;
    };
    let mut y = area.y;
    if area.height > 4 {
        canvas.rule(area, y, &Shown::line("details"), app.theme.day());
        y += 1;
    }
    let Some(details) = &pane.shown else {
        return;
    };
    let label_width = if area.width >= 60 { 16 } else { 0 };
    for (label, words) in &details.lines {
        if y >= area.bottom() {
            return;
        }
        let label = if label_width == 0 && !label.is_empty() {
            format!("{label}: ")
        } else {
            label.clone()
        };
        let text = if label_width == 0 {
            Shown::line(&format!("{label}{words}"))
        } else {
            Shown::line(words)
        };
        let x = area.x + 1 + label_width;
        if label_width > 0 {
            canvas.say(area.x + 1, y, x, &label, app.theme.quiet());
        }
        let room = usize::from(area.right().saturating_sub(x).max(1));
        for line in text.wrap(room) {
            if y >= area.bottom() {
                return;
            }
            canvas.put(x, y, area.right(), &line, app.theme.text());
            y += 1;
        }
    }
}
