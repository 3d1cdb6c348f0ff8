//! The list of messages, and the details of one.

use super::canvas::Canvas;
use super::{Line, hung};
use crate::model::{Flag, MessageNumber, ThreadId};
use crate::review::Markings;
use crate::review::deciders::is_same;
use crate::review::second::Stand;
use crate::text::Shown;
use crate::tui::action::Act;
use crate::tui::app::App;
use crate::tui::block::{Gutter, LONGEST_TEXT, Role, Row, head, hour};
use crate::tui::reading::Reading;
use crate::tui::terminal::Scroll;
use crate::tui::window::{Anchor, Rows};
use ratatui::layout::Rect;
use ratatui::style::Style;

/// From this width on, labels of details stand in a column of their own; its width.
const LABELS_FROM: u16 = 60;
const LABEL: usize = 17;

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
    let highlight = app.last_highlight();
    let files = app.known_files();
    reading.laid_out(&app.session, &app.settings, files, size, highlight, act)
}

/// Draws the list; gives the row of its cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> (u16, Option<Drawn>) {
    let Some(reading) = app.current_reading() else {
        return (area.y, None);
    };
    let mut cursor = area.y;
    let (marks, same) = (app.session.marks(), app.session.same());
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
            if gutter == Gutter::First
                && let Some(number) = reading.at(anchor.entry)
            {
                put_marks(app, canvas, line, &marks, number);
            }
            // A copy is read where it is decided: here it only keeps its place.
            let is_copy = reading
                .at(anchor.entry)
                .is_some_and(|one| same.is_copy(one))
                && row.gutter != Gutter::Empty;
            for (x, text, role) in &row.parts {
                if *role == Role::Heading {
                    canvas.rule(line, y, text, app.theme.day());
                } else {
                    let role = if is_copy { Role::Quiet } else { *role };
                    canvas.put(area.x + x, y, area.right(), text, style(app, role));
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
        Role::Subject => app.theme.strong(),
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
            if app.bookmarks.contains(number.0) {
                canvas.say(x + 1, y, right, "'", theme.strong());
            }
            letter(app, canvas, (x + 2, y), right, number);
        }
    }
}

/// The initial of another reviewer whose decision it is, where nothing else stands there.
fn initial(app: &App, number: MessageNumber) -> Option<String> {
    if app.bookmarks.contains(number.0) || app.second.hidden.contains(number.0) {
        return None;
    }
    let deciders = app.session.deciders();
    let by = deciders.of(number)?;
    if is_same(by, &app.session.actor().name) {
        return None;
    }
    let first = by.trim().chars().next()?;
    let shown = Shown::line(&first.to_lowercase().to_string());
    (shown.width() == 1).then(|| shown.to_string())
}

/// Whether a finding of a message is open, as far as they were looked up.
fn has_finding(app: &App, number: MessageNumber) -> bool {
    let open = app.findings.open.as_ref();
    open.is_some_and(|open| open.contains(number.0))
}

/// Left of the decision's letter a flag's, or `+` for several, or the initial of another reviewer;
/// right of it how a second reviewer's word stands, or `*` for a note, `#` for masks, `&` for both, or `^` for a
/// finding that is open.
fn put_marks(
    app: &App,
    canvas: &mut Canvas<'_>,
    line: Rect,
    marks: &Markings,
    number: MessageNumber,
) {
    let (theme, right) = (app.theme, line.right());
    let flags = marks.flags(number);
    let style = match flags.first() {
        Some(Flag::Hold) => theme.warning(),
        _ => theme.strong(),
    };
    match flags.as_slice() {
        [] => {
            if let Some(initial) = initial(app, number) {
                canvas.say(line.x + 1, line.y, right, &initial, theme.quiet());
            }
        }
        [one] => {
            let letter = one.letter().to_string();
            canvas.say(line.x + 1, line.y, right, &letter, style);
        }
        _ => {
            canvas.say(line.x + 1, line.y, right, "+", style);
        }
    }
    let word = marks.stand(number).and_then(Stand::letter);
    match word.filter(|_| !app.second.hidden.contains(number.0)) {
        Some('!') => {
            canvas.say(line.x + 3, line.y, right, "!", theme.warning());
        }
        Some(letter) => {
            canvas.say(
                line.x + 3,
                line.y,
                right,
                &letter.to_string(),
                theme.quiet(),
            );
        }
        None => {
            let is_masked = app.session.masks().of(number).is_some();
            let sign = match (marks.is_noted(number), is_masked) {
                (true, true) => "&",
                (true, false) => "*",
                (false, true) => "#",
                (false, false) if has_finding(app, number) => "^",
                (false, false) => return,
            };
            canvas.say(line.x + 3, line.y, right, sign, theme.strong());
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
    if app.session.same().is_copy(number) {
        canvas.say(at.0, at.1, right, "=", app.theme.quiet());
        return;
    }
    if app.second.hidden.contains(number.0) {
        canvas.say(at.0, at.1, right, "?", app.theme.strong());
        return;
    }
    let decision = app.session.decision(number);
    let letter = app.settings.letters.of(decision).to_string();
    canvas.say(at.0, at.1, right, &letter, app.theme.decision(decision));
}

/// Where the current message comes from, how it was decided, what is hidden in it.
pub(super) fn details(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let (Some(pane), true) = (&app.details, area.height > 0) else {
        return;
    };
    let lines = details_lines(app, area.width);
    let room = details_room(area);
    let first = usize::try_from(pane.top).unwrap_or(usize::MAX);
    let mut y = area.y;
    if room < area.height {
        let last = lines.len().min(first.saturating_add(usize::from(room)));
        let heading = if lines.len() > usize::from(room) {
            let total = lines.len();
            let (down, up) = (Act::DetailsDown, Act::DetailsUp);
            let (down, up) = (app.keymap.label(down), app.keymap.label(up));
            format!(
                "details, {} to {last} of {total}: {down} {up} scroll",
                first + 1
            )
        } else {
            "details".to_owned()
        };
        canvas.rule(area, y, &Shown::line(&heading), app.theme.day());
        y += 1;
    }
    for (y, line) in (y..area.bottom()).zip(lines.iter().skip(first)) {
        canvas.line(area.x + 1, y, area.right(), line);
    }
}

/// Rows of the details pane without its heading.
pub(super) fn details_room(area: Rect) -> u16 {
    area.height - u16::from(area.height > 4)
}

/// All rows of the details.
pub(super) fn details_lines(app: &App, width: u16) -> Vec<Line> {
    let Some(details) = app.details.as_ref().and_then(|pane| pane.shown.as_ref()) else {
        return Vec::new();
    };
    let theme = app.theme;
    let room = width.saturating_sub(1).max(1);
    let line = |(label, words): &(String, String)| {
        if width >= LABELS_FROM {
            let head = vec![(Shown::line(label).pad(LABEL), theme.quiet())];
            return hung(head, &Shown::line(words), theme.text(), room);
        }
        let words = if label.is_empty() {
            words.clone()
        } else {
            format!("{label}: {words}")
        };
        hung(Vec::new(), &Shown::line(&words), theme.text(), room)
    };
    // A line of the list may not hold all of a message; here it is whole.
    let message = app.store.message(details.number);
    let whole = message.filter(|_| theme.is_linear()).map(|message| {
        let sender = message.participant.and_then(|id| app.store.participant(id));
        let sender = sender.map_or("nobody named", |sender| sender.name.as_str());
        let text = head(message.text, LONGEST_TEXT).0;
        Shown::block(&format!("{} {sender}: {text}", hour(&message)))
    });
    let words = whole.iter().flat_map(|text| text.wrap(usize::from(room)));
    words
        .map(|row| vec![(row, theme.text())])
        .chain(details.lines.iter().flat_map(line))
        .collect()
}
