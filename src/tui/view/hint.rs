//! What can follow the keys typed so far: a panel over the last rows of the window, all of it in sight.

use super::canvas::Canvas;
use crate::text::Shown;
use crate::tui::app::App;
use ratatui::layout::Rect;

/// Columns between two choices.
const BETWEEN: usize = 2;

/// Draws the choices over the end of `area`; whether there was room for all of them.
pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> bool {
    let choices: Vec<(Shown, Shown)> = app
        .pending
        .choices(app.view, &app.keymap)
        .into_iter()
        .map(|(keys, name)| (Shown::line(&keys), Shown::line(name)))
        .collect();
    let widest = |of: fn(&(Shown, Shown)) -> &Shown| {
        let widths = choices.iter().map(|choice| of(choice).width());
        widths.max().unwrap_or(0)
    };
    let keys = widest(|(keys, _)| keys);
    let column = keys + 1 + widest(|(_, name)| name) + BETWEEN;
    let columns = (usize::from(area.width).saturating_sub(1) / column.max(1)).max(1);
    let rows = choices.len().div_ceil(columns);
    // The line above tells where the list ends and the choices begin.
    let needed = u16::try_from(rows + 1).unwrap_or(u16::MAX);
    if choices.is_empty() || needed > area.height {
        return false;
    }
    let theme = app.theme;
    let (right, top) = (area.right(), area.bottom() - needed);
    canvas.blank(Rect::new(area.x, top, area.width, needed));
    let heading = Shown::line(&format!("after {}", app.pending.label()));
    canvas.rule(area, top, &heading, theme.strong());
    for (at, (key, name)) in choices.iter().enumerate() {
        let left = u16::try_from(at / rows * column).unwrap_or(u16::MAX);
        let row = u16::try_from(at % rows).unwrap_or(u16::MAX);
        let (x, y) = (area.x.saturating_add(1).saturating_add(left), top + 1 + row);
        let next = canvas.put(x, y, right, &key.pad(keys + 1), theme.strong());
        canvas.put(next, y, right, name, theme.quiet());
    }
    true
}
