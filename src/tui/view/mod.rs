//! Drawing: what the state looks like. No I/O, no rules; only the rows in view are read.
//!
//! The panes lie one above the other and take the whole width: a line that scrolls is then one
//! instruction to the terminal and one new row, whatever else is on the screen, and nothing stands
//! to the right of a text whose width or direction terminals see differently.

mod around;
mod ask;
mod canvas;
mod entries;
mod hint;
mod marking;
mod messages;
mod pages;
mod palette;
mod status;

pub mod differences;
pub mod files;
pub mod findings;
pub mod ledger;
pub mod masking;
pub mod people;
pub mod report;
pub mod rules;
pub mod sources;
pub mod start;
pub mod threads;
mod timeline;
pub mod waiting;

use super::action::{Act, View};
use super::app::{App, Ask, Tone};
use super::keymap::Keymap;
use super::masking::MaskAsk;
use super::terminal::{Cursor, SMALLEST};
use crate::case::{Outcome, SourceReport};
use crate::text::{Shown, counted, grouped};
use canvas::Canvas;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

pub use ledger::words as entry_words;
pub use messages::Drawn;
pub use palette::palette_area;

/// A line of a page: words and their look.
pub type Line = Vec<(Shown, Style)>;

/// Words after a head, in rows of at most `width` columns: what does not fit the first row goes on
/// under the words or, where that leaves little room, below the head and a little to the right.
fn hung(head: Line, words: &Shown, style: Style, width: u16) -> Vec<Line> {
    let width = usize::from(width);
    let before: usize = head.iter().map(|(part, _)| part.width()).sum();
    let beside = before <= FAR_IN || width.saturating_sub(before) >= LITTLE_ROOM;
    let indent = if beside { before } else { FAR_IN };
    let blank = Shown::line("").pad(indent);
    let mut rows = vec![head];
    for (at, part) in words
        .wrap(width.saturating_sub(indent).max(1))
        .into_iter()
        .enumerate()
    {
        match rows.last_mut() {
            Some(first) if at == 0 && beside => first.push((part, style)),
            _ => rows.push(vec![(blank.clone(), style), (part, style)]),
        }
    }
    rows
}

fn count(lines: &[Line]) -> u32 {
    u32::try_from(lines.len()).unwrap_or(u32::MAX)
}

/// Where the parts of the screen lie. A part without rows is not drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Areas {
    /// The case and what is open.
    pub header: Rect,
    /// The threads around the open one.
    pub band: Rect,
    /// The list or page that has the keys.
    pub main: Rect,
    /// The details of the current message.
    pub details: Rect,
    /// Position, target and notice; or the line that is typed.
    pub status: Rect,
    /// The keys that matter here.
    pub footer: Rect,
}

/// Words that begin at this column or before it go on under themselves, however small the window.
const FAR_IN: usize = 4;
/// Columns that words must have beside their head.
const LITTLE_ROOM: usize = 30;
/// From this height on, the threads around the open one stand above its messages.
const BAND_FROM: u16 = 36;
/// Rows of that band, with its heading and the line below it.
const BAND: u16 = 7;
/// From this height on, the details take part of the window; below, all of it.
const SHARED_FROM: u16 = 16;

/// Divides the window.
pub fn areas(app: &App) -> Areas {
    let (width, height) = app.size;
    let header = u16::from(height >= 8);
    let footer = u16::from(height >= 7);
    let status = u16::from(height >= 2);
    let mut left = height.saturating_sub(header + footer + status);

    let messages = app.view.is_reading();
    // For screen readers there is one thing on the screen at a time.
    let roomy = !app.theme.is_linear();
    let band = match app.view {
        View::Messages if roomy && height >= BAND_FROM && app.order.len() > 1 => BAND,
        _ => 0,
    };
    left = left.saturating_sub(band);
    let details = match (&app.details, messages, roomy && height >= SHARED_FROM) {
        (Some(_), true, true) => (height / 3).min(16),
        (Some(_), true, false) => left,
        _ => 0,
    };
    left = left.saturating_sub(details);

    let mut y = 0;
    let mut take = |rows: u16| {
        let area = Rect::new(0, y, width, rows);
        y += rows;
        area
    };
    let mut areas = Areas {
        header: take(header),
        band: take(band),
        main: take(left),
        details: take(details),
        status: take(status),
        footer: take(footer),
    };
    if app.theme.is_linear() && footer > 0 {
        // What happened is told on the last line, whatever stands above it.
        std::mem::swap(&mut areas.status.y, &mut areas.footer.y);
    }
    areas
}

/// Draws the whole screen. Gives where the cursor rests, and where the list of messages lies, so
/// that the next frame can tell how far it moved.
pub fn draw(app: &App, buffer: &mut Buffer) -> (Cursor, Option<Drawn>) {
    let (mut cursor, drawn) = draw_all(app, buffer);
    // A screen reader reads the row of a cursor that it can see.
    cursor.shown |= app.theme.is_linear();
    (cursor, drawn)
}

fn draw_all(app: &App, buffer: &mut Buffer) -> (Cursor, Option<Drawn>) {
    let mut canvas = Canvas::new(buffer, app.theme);
    let (width, height) = app.size;
    if width < SMALLEST.0 || height < SMALLEST.1 {
        canvas.say(0, 0, width, "enlarge the window", app.theme.strong());
        return (Cursor::default(), None);
    }
    let areas = areas(app);
    let (mut cursor, mut drawn) = (
        Cursor {
            x: 0,
            y: areas.main.y,
            shown: false,
        },
        None,
    );

    status::header(app, &mut canvas, areas.header);
    match (&app.ask, app.view) {
        (Some(Ask::Form(form)), _) => {
            let at = ask::form(app, &mut canvas, areas, form);
            status::footer(app, &mut canvas, areas.footer, false);
            return (at, None);
        }
        (Some(Ask::DateOrder(source)), _) => {
            ask::date_order(app, &mut canvas, areas.main, *source);
            status::footer(app, &mut canvas, areas.footer, false);
            return (cursor, None);
        }
        (Some(Ask::Flags(flags)), _) => {
            return (marking::flags(app, &mut canvas, areas, flags), None);
        }
        (Some(Ask::Why(why)), _) => {
            return (marking::why(app, &mut canvas, areas, why), None);
        }
        (Some(Ask::Masking(ask)), _) if matches!(**ask, MaskAsk::Why(_)) => {
            let at = masking::question(app, &mut canvas, areas, ask);
            return (at.unwrap_or(cursor), None);
        }
        (Some(Ask::Palette(palette)), _) => {
            return (palette::draw(app, &mut canvas, palette), None);
        }
        (_, _) if app.current_reading().is_some() => {
            threads::band(app, &mut canvas, areas.band);
            let (y, list) = messages::list(app, &mut canvas, areas.main);
            cursor.y = y;
            drawn = list;
            messages::details(app, &mut canvas, areas.details);
        }
        (_, View::Masks) => cursor = masking::draw(app, &mut canvas),
        (_, View::Start) => cursor.y = start::list(app, &mut canvas, areas.main),
        (_, View::Timeline) => cursor.y = timeline::list(app, &mut canvas, areas.main),
        (
            _,
            View::Threads
            | View::Messages
            | View::Results
            | View::Day
            | View::Bookmarks
            | View::Sample,
        ) => {
            cursor.y = threads::table(app, &mut canvas, areas.main);
        }
        (_, View::Log) => cursor.y = ledger::list(app, &mut canvas, areas.main),
        (_, View::People | View::Person | View::Suggestions) => {
            cursor.y = people::list(app, &mut canvas, areas.main);
        }
        (_, View::Findings) => cursor.y = findings::list(app, &mut canvas, areas.main),
        (_, View::Report) => cursor.y = report::list(app, &mut canvas, areas.main),
        (_, View::Waiting) => cursor.y = waiting::list(app, &mut canvas, areas.main),
        (_, View::Rules) => cursor.y = rules::list(app, &mut canvas, areas.main),
        (_, View::Differences) => cursor.y = differences::list(app, &mut canvas, areas.main),
        (_, View::Files) => files::draw(app, &mut canvas, areas.main),
        (_, View::Sources) => cursor.y = sources::list(app, &mut canvas, areas.main),
        (_, View::Help | View::Bundle) => pages::draw(app, &mut canvas, areas.main),
    }
    match &app.ask {
        Some(Ask::Line(line)) => {
            cursor = ask::line(app, &mut canvas, areas, line);
        }
        Some(Ask::Confirm(confirm)) => ask::confirm(app, &mut canvas, areas, confirm),
        Some(Ask::Masking(ask)) => {
            masking::question(app, &mut canvas, areas, ask);
        }
        Some(Ask::Second(ask)) => waiting::question(app, &mut canvas, areas, ask),
        Some(Ask::Same(ask)) => differences::question(app, &mut canvas, areas, ask),
        Some(Ask::Around(ask)) => around::question(app, &mut canvas, areas, ask),
        Some(Ask::Mark(mark)) => marking::confirm(app, &mut canvas, areas, mark),
        Some(Ask::Accept(ids)) => ask::accept(app, &mut canvas, areas, ids.len()),
        _ => {
            let above = Rect {
                height: areas.main.height + areas.details.height,
                ..areas.main
            };
            let hinted = app.hint && hint::draw(app, &mut canvas, above);
            status::status(app, &mut canvas, areas.status);
            status::footer(app, &mut canvas, areas.footer, hinted);
        }
    }
    (cursor, drawn)
}

/// How many rows the page in view has.
pub fn page_rows(app: &App) -> u32 {
    match app.view {
        View::Files => count(&page_lines(app)),
        _ => count(&app.page.lines),
    }
}

/// The rows of the page in view, laid out anew.
pub fn page_lines(app: &App) -> Vec<Line> {
    pages::lines(app)
}

/// How many rows of the details there are, and how many of them fit the pane.
pub fn details_rows(app: &App) -> (u32, u32) {
    let area = areas(app).details;
    let rows = count(&messages::details_lines(app, area.width));
    (rows, u32::from(messages::details_room(area)))
}

/// What an import brought, in one line.
pub fn import_words(reports: &[SourceReport], keymap: &Keymap) -> (String, Tone) {
    let new: u64 = reports.iter().map(|report| u64::from(report.new)).sum();
    let unreadable: u64 = reports
        .iter()
        .map(|report| u64::from(report.exceptions))
        .sum();
    let refused: Vec<_> = reports
        .iter()
        .filter_map(|report| match &report.outcome {
            Outcome::Refused(reason) => Some((report, reason)),
            _ => None,
        })
        .collect();
    if let Some((report, reason)) = refused.first() {
        let more = match refused.len() {
            1 => String::new(),
            n => format!(
                " (and {} more: {})",
                grouped(n as u64 - 1),
                keymap.label(Act::GoSources)
            ),
        };
        return (
            format!("not loaded: {}: {reason}{more}", report.path),
            Tone::Bad,
        );
    }
    let again = |report: &&SourceReport| report.outcome == Outcome::ReadAgain;
    if let Some(report) = reports.iter().find(again) {
        let order = report.date_order.map_or("", |order| order.name());
        let words = format!("dates read again as {order}: saved");
        return (words, Tone::Good);
    }
    if new == 0 {
        return ("nothing new in these exports".into(), Tone::Plain);
    }
    let mut words = format!(
        "loaded {} from {}",
        counted(new, "message", "messages"),
        counted(reports.len() as u64, "export", "exports")
    );
    if unreadable > 0 {
        words += &format!(
            "; {} unreadable: {}is:unreadable",
            grouped(unreadable),
            keymap.label(Act::Search)
        );
        return (words, Tone::Bad);
    }
    (words, Tone::Good)
}
