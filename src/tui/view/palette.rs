//! The command palette: the line that is typed, and the actions it finds with their keys.

use super::canvas::Canvas;
use super::{Areas, areas};
use crate::text::Shown;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::palette::{Palette, where_it_holds};
use crate::tui::terminal::Cursor;
use crate::tui::window::Rows;
use ratatui::layout::Rect;

/// Columns of the keys, and of the names.
const KEYS: u16 = 12;
const NAMES: u16 = 20;
/// From this width on, the help stands beside the name.
const WIDE: u16 = 60;

/// The rows of the list: all between the header and the line that is typed.
pub fn palette_area(app: &App) -> Rect {
    let Areas { header, status, .. } = areas(app);
    Rect::new(
        0,
        header.bottom(),
        header.width,
        status.y.saturating_sub(header.bottom()),
    )
}

/// Draws the palette; gives where the cursor of the line stands.
pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, palette: &Palette) -> Cursor {
    let theme = app.theme;
    let area = palette_area(app);
    let rows = Rows {
        len: palette.len(),
        of: &|_| 1,
    };
    let view = palette.window.in_view(&rows, u32::from(area.height));
    for (y, anchor) in (area.y..area.bottom()).zip(view) {
        let at = usize::try_from(anchor.entry).unwrap_or(usize::MAX);
        if let Some(action) = palette.found().get(at) {
            let current = anchor.entry == palette.window.cursor;
            row(app, canvas, (area, y), palette, action, current);
        }
    }
    if palette.is_empty() {
        canvas.say(
            area.x + 2,
            area.y,
            area.right(),
            "no action has that name",
            theme.quiet(),
        );
    }

    let Areas { status, footer, .. } = areas(app);
    let x = canvas.say(status.x, status.y, status.right(), ":", theme.strong());
    let shown = Shown::line(palette.line.text());
    let cursor = super::ask::typed(canvas, (x, status.y), status.right(), &palette.line, &shown);
    if footer.height > 0 {
        let current = palette.current();
        // Beside a narrow list, the help of the current one stands here.
        let words = match current {
            Some(action) if !palette.holds(action) => where_it_holds(action),
            // What is cut in its row stands here.
            Some(action) if area.width < WIDE || !fits(action, area.width) => {
                action.help.to_owned()
            }
            _ => "Enter does it, Up and Down choose, Esc leaves; a number first is its count"
                .to_owned(),
        };
        canvas.say(
            footer.x + 1,
            footer.y,
            footer.right(),
            &words,
            theme.quiet(),
        );
    }
    cursor
}

/// Whether the help of an action fits into its row.
fn fits(action: &Action, width: u16) -> bool {
    Shown::line(action.help).width() + usize::from(KEYS + NAMES + 3) <= usize::from(width)
}

fn row(
    app: &App,
    canvas: &mut Canvas<'_>,
    (area, y): (Rect, u16),
    palette: &Palette,
    action: &Action,
    current: bool,
) {
    let theme = app.theme;
    let right = area.right();
    let holds = palette.holds(action);
    let style = match (current, holds) {
        (_, false) => theme.quiet(),
        (true, true) => theme.strong(),
        (false, true) => theme.text(),
    };
    canvas.say(
        area.x,
        y,
        right,
        if current { ">" } else { " " },
        theme.strong(),
    );
    let keys = app.keymap.labels(action.act);
    let room = if area.width < WIDE { 6 } else { KEYS };
    // As many of its keys as there is room for, and at least the first.
    let mut shown = String::new();
    for (at, keys) in keys.iter().enumerate() {
        if at == 0 {
            shown.push_str(keys);
        } else if shown.len() + 1 + keys.len() <= usize::from(room) {
            shown = shown + " " + keys;
        }
    }
    canvas.put(
        area.x + 2,
        y,
        area.x + 2 + room,
        &Shown::line(&shown),
        style,
    );
    let x = area.x + 3 + room;
    let name = Shown::line(action.name);
    let end = canvas.put(x, y, right, &name, style);
    if area.width >= WIDE {
        let help = if holds { action.help } else { "not here" };
        canvas.say(end.max(x + NAMES), y, right, help, theme.quiet());
    } else if !holds {
        canvas.say(end + 1, y, right, "(not here)", theme.quiet());
    }
}
