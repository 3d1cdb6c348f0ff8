//! One message to be masked: its parts with the cursor, and how it reads in the closed master and
//! in the open copy; beside each other where there is room, else one above the other.

use super::canvas::Canvas;
use super::{Areas, marking};
use crate::case::masks::Reach;
use crate::model::Decision;
use crate::review::Edition;
use crate::text::{Shown, counted};
use crate::tui::action::Act;
use crate::tui::app::{App, mask_question};
use crate::tui::masking::{BESIDE_FROM, Copied, MaskAsk, MaskWhy, Sheet, SheetLine};
use crate::tui::terminal::Cursor;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Fewer rows than this show the message alone.
const BOTH_FROM: u16 = 8;

/// Where the message lies, and where its copies.
#[derive(Clone, Copy, Debug)]
pub struct Panes {
    /// The message as it is.
    pub source: Rect,
    /// How it reads; without rows where there is no room.
    pub copies: Rect,
    is_beside: bool,
}

/// Divides the window.
pub fn panes(app: &App) -> Panes {
    let main = super::areas(app).main;
    let sheet = app.masking.open.as_ref();
    let turned = sheet.is_some_and(Sheet::is_right_to_left);
    // Text from right to left moves what stands beside it on some terminals.
    let is_beside = main.width >= BESIDE_FROM && !turned && !app.theme.is_linear();
    let none = Rect::new(main.x, main.bottom(), main.width, 0);
    let (source, copies) = match (main.height < BOTH_FROM, is_beside) {
        (true, _) => (main, none),
        (false, true) => {
            let half = main.width / 2;
            let rest = main.width.saturating_sub(half + 1);
            (
                Rect::new(main.x, main.y, half.saturating_sub(1), main.height),
                Rect::new(main.x + half + 1, main.y, rest, main.height),
            )
        }
        (false, false) => {
            let above = main.height - main.height / 2;
            (
                Rect::new(main.x, main.y, main.width, above),
                Rect::new(main.x, main.y + above, main.width, main.height - above),
            )
        }
    };
    Panes {
        source,
        copies,
        is_beside,
    }
}

/// Draws both sides; gives where the cursor stands.
pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>) -> Cursor {
    let panes = panes(app);
    let mut cursor = Cursor {
        x: panes.source.x,
        y: panes.source.y,
        shown: true,
    };
    let Some(sheet) = &app.masking.open else {
        return cursor;
    };
    let current = sheet.line();
    let lines = sheet.lines().into_iter().skip(sheet.top);
    for (y, line) in (panes.source.y..panes.source.bottom()).zip(lines) {
        let area = Rect::new(panes.source.x, y, panes.source.width, 1);
        draw_line(app, canvas, area, sheet, line);
        if line == current {
            let column = u16::try_from(sheet.column()).unwrap_or(u16::MAX);
            let last = area.right().saturating_sub(1);
            cursor.x = area.x.saturating_add(column).min(last);
            cursor.y = y;
        }
    }
    if panes.is_beside {
        for y in panes.copies.y..panes.copies.bottom() {
            let x = panes.copies.x.saturating_sub(2);
            canvas.say(x, y, panes.copies.x, "│", app.theme.quiet());
        }
    }
    copies(app, canvas, panes.copies, sheet);
    cursor
}

/// A heading, or a row of a text with what is chosen and masked of it.
fn draw_line(app: &App, canvas: &mut Canvas<'_>, area: Rect, sheet: &Sheet, line: SheetLine) {
    let theme = app.theme;
    let Some(side) = sheet.sides.get(line.side) else {
        return;
    };
    let right = area.right();
    let (Some(at), Some(shape)) = (line.row, &side.text) else {
        let has_cursor = sheet.at == line.side && side.text.is_none();
        let style = match has_cursor {
            true => theme.strong(),
            false => theme.quiet(),
        };
        let masks = sheet.masks.of(side.part);
        let why: Vec<String> = masks.iter().map(|mask| mask.reason.to_string()).collect();
        let x = match why.is_empty() || side.text.is_some() {
            true => area.x,
            false => {
                let words = format!("{} ", why.join(" "));
                canvas.say(area.x, area.y, right, &words, theme.warning())
            }
        };
        canvas.put(x, area.y, right, &Shown::line(&side.label), style);
        return;
    };
    let row = shape.row(at);
    let span = sheet.span().filter(|_| sheet.at == line.side);
    let masked = |unit: usize| {
        let bytes = shape.units.source(unit..unit + 1);
        sheet.masks.of(side.part).iter().any(|mask| {
            let end = usize::try_from(mask.end).unwrap_or(usize::MAX);
            let start = usize::try_from(mask.start).unwrap_or(usize::MAX);
            start < bytes.end && bytes.start < end
        })
    };
    let style_of = |unit: usize| -> Style {
        let mut style = theme.text();
        if masked(unit) {
            style = style.add_modifier(Modifier::UNDERLINED);
        }
        if span.as_ref().is_some_and(|span| span.contains(&unit)) {
            style = style.add_modifier(Modifier::REVERSED);
        }
        style
    };
    let (mut x, mut start) = (area.x, row.start);
    while start < row.end {
        let style = style_of(start);
        let mut end = start + 1;
        while end < row.end && style_of(end) == style {
            end += 1;
        }
        let mut shown = shape.units.shown(start..end);
        // A line end that is chosen is seen.
        if end == row.end && shown.is_empty() && style != theme.text() {
            shown = Shown::line(" ");
        }
        x = canvas.put(x, area.y, right, &shown, style);
        start = end;
    }
}

/// How the part under the cursor reads in both copies, around the cursor.
fn copies(app: &App, canvas: &mut Canvas<'_>, area: Rect, sheet: &Sheet) {
    let Some(side) = sheet.side() else {
        return;
    };
    let count = u16::try_from(side.copies.len()).unwrap_or(1).max(1);
    let each = area.height / count;
    for (place, copied) in (0..count).zip(&side.copies) {
        let top = area.y + each * place;
        let room = Rect::new(area.x, top, area.width, each);
        copy(app, canvas, room, sheet, copied);
    }
}

fn copy(app: &App, canvas: &mut Canvas<'_>, area: Rect, sheet: &Sheet, copied: &Copied) {
    if area.height == 0 {
        return;
    }
    let heading = match copied.edition {
        None => "closed master and open copy",
        Some(Edition::Closed) => "closed master",
        Some(Edition::Open) => "open copy",
    };
    canvas.rule(area, area.y, &Shown::line(heading), app.theme.quiet());
    let room = usize::from(area.height.saturating_sub(1));
    let rows = copied.shape.rows.len();
    let middle = sheet.row_in(copied).saturating_sub(room / 2);
    let first = middle.min(rows.saturating_sub(room));
    for (y, at) in (area.y + 1..area.bottom()).zip(first..rows) {
        let row = copied.shape.units.shown(copied.shape.row(at));
        canvas.put(area.x, y, area.right(), &row, app.theme.text());
    }
}

/// Which message this is, and whether it waits for its mask.
pub(super) fn header(app: &App) -> (String, String) {
    let Some(sheet) = &app.masking.open else {
        return ("masks".to_owned(), String::new());
    };
    let decision = app.session.decision(sheet.message);
    let told = match (decision, app.session.waits_for_mask(sheet.message)) {
        (Decision::Mixed, true) => "mixed: waits for its mask".to_owned(),
        (decision, _) => decision.name().to_owned(),
    };
    (
        format!("masks of message {}", sheet.message),
        format!("  {told}"),
    )
}

/// What is under the cursor, what is chosen, and what has to be looked at.
pub(super) fn status(app: &App) -> String {
    let Some(sheet) = &app.masking.open else {
        return String::new();
    };
    let Some(side) = sheet.side() else {
        return String::new();
    };
    let mut words = vec![match &side.text {
        Some(shape) if !shape.units.is_empty() => format!(
            "{} {} of {}",
            side.part.name(),
            sheet.unit + 1,
            shape.units.len()
        ),
        _ => side.part.name(),
    }];
    if let Some(span) = sheet.span() {
        words.push(format!("SPAN of {}", span.len()));
    }
    match sheet.mask() {
        Some(mask) => words.push(format!(
            "{}, {}",
            mask.reason,
            match mask.reason.reach {
                Reach::Always => "in neither copy",
                Reach::Open => "in the closed master alone",
            }
        )),
        None if side.text.is_none() => words.push("not withheld".to_owned()),
        None => {
            let masks = sheet.masks.of(side.part).len() as u64;
            words.push(counted(masks, "mask", "masks"));
        }
    }
    if let Some(stale) = sheet.stale {
        words.push(format!("look again: {}", stale.describe()));
    }
    words.join(" | ")
}

/// A question about masks; gives where its cursor rests, where it has one.
pub(super) fn question(
    app: &App,
    canvas: &mut Canvas<'_>,
    areas: Areas,
    ask: &MaskAsk,
) -> Option<Cursor> {
    match ask {
        MaskAsk::Why(why) => return Some(reasons(app, canvas, areas, why)),
        MaskAsk::Reach(words) => {
            let status = areas.status;
            let words = Shown::line(&format!("mask wherever it stands: {words}"));
            let right = status.right();
            canvas.put(status.x + 1, status.y, right, &words, app.theme.strong());
            let help = "t in this thread, l in the list, c in the whole case; Esc leaves";
            marking::foot(app, canvas, areas, help);
        }
        MaskAsk::Sure(saying, preview) => {
            let words = mask_question(saying, preview);
            super::ask::question(app, canvas, areas, words);
        }
    }
    None
}

fn reasons(app: &App, canvas: &mut Canvas<'_>, areas: Areas, why: &MaskWhy) -> Cursor {
    let found = why.found();
    let rows: Vec<marking::Row> = found
        .iter()
        .map(|reason| {
            let from = match reason.reach {
                Reach::Always => "in neither copy",
                Reach::Open => "in the closed master alone",
            };
            let means = format!("{from}: {}", reason.means);
            (String::new(), reason.code.clone(), means)
        })
        .collect();
    marking::list(app, canvas, areas, &rows, why.at);
    if rows.is_empty() {
        let words = match why.all {
            None => "reading ...",
            Some(_) => "no reason has that in its code or meaning",
        };
        let main = areas.main;
        canvas.say(main.x + 2, main.y, main.right(), words, app.theme.quiet());
    }
    let status = areas.status;
    let label = format!("mask {}, why: ", why.saying.words);
    let room = usize::from(status.width / 2);
    let label = Shown::line_cut(&label, room);
    let x = canvas.put(
        status.x,
        status.y,
        status.right(),
        &label,
        app.theme.strong(),
    );
    let shown = Shown::line(why.line.text());
    let cursor = super::ask::typed(canvas, (x, status.y), status.right(), &why.line, &shown);
    let key = app.keymap.label(Act::MaskAgain);
    let help =
        format!("type to find, Enter masks; {key} masks for the same reason again; Esc leaves");
    marking::foot(app, canvas, areas, &help);
    cursor
}
