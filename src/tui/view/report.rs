//! The report: the pictures of `docket report` in characters, line by line, each of which leads to
//! what it tells of. Every sign is told apart by its letter; for screen readers a line is a sentence.

use super::canvas::Canvas;
use super::entries::{Headed, nothing, under};
use super::{Line, count, hung, start, timeline};
use crate::findings::Data;
use crate::model::Relation;
use crate::review::exposure::{Posting, Someone};
use crate::review::report::{Cell, Export, LIMIT, Report, Reviewer, STEPS, Strip};
use crate::review::timeline::{Counts, Row, Step};
use crate::text::{Shown, counted, grouped};
use crate::tui::app::App;
use crate::tui::report::{Board, Item, Section};
use chrono::NaiveDate;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Words are no wider, however wide the window.
const WIDEST: u16 = 110;
/// From this width on, lines have bars.
const WIDE: u16 = 60;
/// What is never decided: a line of the app, or unreadable.
const NEVER: char = '-';

/// What the header says of it.
pub(super) fn header(app: &App) -> (String, String) {
    let words = match &app.report.board {
        None => "  putting it together ...".to_owned(),
        Some(board) => match board.report.span {
            Some((from, to)) => format!("  {from} to {to}"),
            None => String::new(),
        },
    };
    ("the report".to_owned(), words)
}

/// How many rows a line takes in a window of this width, with the heading above it.
pub fn rows(app: &App, at: u32, width: u16) -> u32 {
    count(&lines(app, at, width).0)
}

/// Draws the lines in view; gives the row of the cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    if app.report.is_empty() {
        nothing(canvas, area, 2, "looking through all messages ...");
        return area.y;
    }
    let entries = Headed {
        window: app.report.window,
        len: app.report.len(),
        lines: &|at| lines(app, at, area.width),
    };
    entries.draw(canvas, area)
}

/// The rows of a line, and which of them is the first of its own after a heading.
fn lines(app: &App, at: u32, width: u16) -> (Vec<Line>, u32) {
    let Some(board) = &app.report.board else {
        return (Vec::new(), 0);
    };
    let Some(item) = board.item(at) else {
        return (Vec::new(), 0);
    };
    let heading = board.is_first(at).then(|| heading(item.section()));
    under(
        app,
        heading,
        of(app, board, item, width.saturating_sub(2).max(1)),
    )
}

fn heading(section: Section) -> String {
    match section {
        Section::Case => "The case at a glance",
        Section::Months => "Messages by month, as they stand",
        Section::Strips => "How complete each conversation is, day by day",
        Section::Waits => "Days from sent to captured: messages, at least and at most",
        Section::Exposure => "Personal data: how much, and where it was posted",
        Section::Readers => "Who could read it",
        Section::Pace => "The reviewers",
        Section::Open => "Open points",
        Section::Lacks => "What the exports lack, or may lack",
    }
    .to_owned()
}

/// The rows of a line without its heading.
fn of(app: &App, board: &Board, item: Item, width: u16) -> Vec<Line> {
    let (theme, report) = (app.theme, &board.report);
    let words =
        |words: &str, style: Style| hung(Vec::new(), &Shown::line(words), style, width.min(WIDEST));
    let linear = theme.is_linear();
    match item {
        Item::Numbers => words(&numbers(report), theme.text()),
        Item::Stands => {
            let counts = Counts::from(report.tally);
            match linear {
                true => words(&stands(&counts), theme.text()),
                false => vec![start::bar(app, &counts, "undecided", width)],
            }
        }
        Item::Month(at) => match report.months.rows.get(at) {
            Some(Row::Bar(day, counts)) => vec![month(app, board, (*day, counts), width)],
            Some(Row::Gap(from, to, months)) => words(
                &timeline::gap(Step::Month, *from, *to, *months),
                theme.quiet(),
            ),
            None => Vec::new(),
        },
        Item::Signs => signs(app, report, width),
        Item::Strip(at) => match report.strips.get(at) {
            Some(strip) if linear => words(&told(report, strip), theme.text()),
            Some(strip) => vec![drawn(app, report, strip, width)],
            None => Vec::new(),
        },
        Item::Wait(at) => wait(app, report, at, width),
        Item::Over => words(&over(report), theme.strong()),
        Item::Data(data) => words(&amount(report, data), theme.text()),
        Item::Posting(at) => {
            let posting = report.exposure.postings.get(at);
            posting.map_or_else(Vec::new, |one| words(&posted(report, one), theme.text()))
        }
        Item::Reader(at) => {
            let reader = report.exposure.exposed.get(at);
            reader.map_or_else(Vec::new, |one| words(&could_read(one), theme.text()))
        }
        Item::Reviewer(at) => {
            let one = report.reviewers.get(at);
            one.map_or_else(Vec::new, |one| words(&reviewer(one), theme.text()))
        }
        Item::Left => words(&format!("For you: {}.", report.pace), theme.text()),
        Item::Open(at) => {
            let Some(open) = report.open.get(at) else {
                return Vec::new();
            };
            let said = if linear { "Open: " } else { "" };
            let mut lines = words(
                &format!("{said}{:>9}  {}", grouped(open.count), open.words),
                theme.text(),
            );
            if let Some(advice) = open.advice {
                lines.extend(beneath(&format!("you can: {advice}"), theme.quiet(), width));
            }
            lines
        }
        Item::Lack(at) => {
            let Some(point) = report.points.get(at) else {
                return Vec::new();
            };
            let of = match (point.thread, point.source) {
                (Some(thread), _) => report.title(thread),
                (None, Some(source)) => report.export(source),
                (None, None) => "the case",
            };
            let mut lines = words(&format!("{}: {of}", point.kind.name()), theme.strong());
            let rests = format!("because {}", point.rests_on);
            lines.extend(beneath(&rests, theme.text(), width));
            let advice = format!("you can: {}", point.kind.advice());
            lines.extend(beneath(&advice, theme.quiet(), width));
            lines
        }
        Item::Nothing(section) => words(none_of(section), theme.quiet()),
    }
}

/// Rows below a line, a little to the right.
fn beneath(words: &str, style: Style, width: u16) -> Vec<Line> {
    let head = vec![(Shown::line("  "), style)];
    hung(head, &Shown::line(words), style, width.min(WIDEST))
}

fn none_of(section: Section) -> &'static str {
    match section {
        Section::Months | Section::Strips | Section::Waits => "no message has a date",
        Section::Exposure => "no detector points at personal data",
        Section::Readers => "nobody else that is known of",
        Section::Open => "nothing is open",
        Section::Lacks => "nothing points at that",
        Section::Case | Section::Pace => "nothing",
    }
}

fn numbers(report: &Report) -> String {
    let of = |export: &Export| u64::from(export.exceptions);
    let exceptions: u64 = report.exports.iter().map(of).sum();
    let balance = match report.exports.iter().all(|export| export.adds_up) {
        true => "every byte of them is accounted for",
        false => "NOT every byte of them is accounted for: run docket check",
    };
    format!(
        "{} in {} from {}, {}; {}; {balance}.",
        counted(u64::from(report.tally.total), "message", "messages"),
        counted(report.titles.len() as u64, "conversation", "conversations"),
        counted(report.exports.len() as u64, "export", "exports"),
        counted(report.people, "person", "people"),
        counted(exceptions, "span unreadable", "spans unreadable"),
    )
}

fn stands(counts: &Counts) -> String {
    let left = u64::from(counts.of(crate::model::Decision::Undecided));
    let all = u64::from(counts.total.saturating_sub(counts.never));
    format!(
        "{} of {} undecided.",
        counted(left, "message", "messages"),
        grouped(all)
    )
}

/// `2021-03     460  OOOOPP....`: a bar is as long as its month has messages.
fn month(app: &App, board: &Board, (day, counts): (NaiveDate, &Counts), width: u16) -> Line {
    let theme = app.theme;
    let total = grouped(u64::from(counts.total));
    let name = day.format("%Y-%m");
    if theme.is_linear() {
        let words = format!("Month {name}: {}", stands(counts));
        return vec![(Shown::line(&words), theme.text())];
    }
    let head = format!("{name}  {total:>9}  ");
    let room = width.saturating_sub(u16::try_from(head.len()).unwrap_or(u16::MAX) + 1);
    let mut line = vec![(Shown::line(&head), theme.text())];
    for (what, cells) in counts.bar(board.most, room) {
        let (letter, style) = match what {
            Some(decision) => (app.settings.letters.of(decision), theme.decision(decision)),
            None => (NEVER, theme.quiet()),
        };
        line.push((repeated(letter, cells), style));
    }
    line
}

fn repeated(letter: char, cells: u16) -> Shown {
    let cells: String = std::iter::repeat_n(letter, usize::from(cells)).collect();
    Shown::line(&cells)
}

/// The sign of a cell, and how it is drawn.
fn sign(app: &App, cell: Cell) -> (char, Style) {
    let theme = app.theme;
    match cell {
        Cell::Outside => (' ', theme.quiet()),
        Cell::Nothing => ('.', theme.quiet()),
        Cell::Whole => ('#', theme.good()),
        Cell::Silence => ('~', theme.strong()),
        Cell::Lacking => ('!', theme.warning()),
    }
}

/// Columns of a strip; the conversation's name has the rest.
fn strip_room(width: u16) -> u16 {
    match width < WIDE {
        true => width / 2,
        false => width.saturating_sub(30),
    }
}

/// What the signs say, and how many days each stands for.
fn signs(app: &App, report: &Report, width: u16) -> Vec<Line> {
    let theme = app.theme;
    let told = Cell::ALL
        .into_iter()
        .rev()
        .filter(|cell| *cell != Cell::Outside);
    let told: Vec<String> = told
        .map(|cell| format!("{} {}", sign(app, cell).0, cell.words()))
        .collect();
    let room = usize::from(strip_room(width));
    let days = report
        .span
        .map_or(1, |span| crate::review::report::days_a_cell(span, room));
    let each = match theme.is_linear() {
        true => "Days with messages, and what is missing of them".to_owned(),
        false => format!(
            "each sign {}, blank {}: {}",
            counted(days, "day", "days"),
            Cell::Outside.words(),
            told.join(", ")
        ),
    };
    hung(
        Vec::new(),
        &Shown::line(&each),
        theme.quiet(),
        width.min(WIDEST),
    )
}

/// A conversation's strip. The name comes last, since what stands in it can have any width on a
/// terminal.
fn drawn(app: &App, report: &Report, strip: &Strip, width: u16) -> Line {
    let room = strip_room(width);
    let cells = match report.span {
        Some(span) => strip.cells(span, usize::from(room)),
        None => Vec::new(),
    };
    let mut line: Line = Vec::new();
    for run in cells.chunk_by(|one, next| one == next) {
        if let Some(cell) = run.first() {
            let (letter, style) = sign(app, *cell);
            let length = u16::try_from(run.len()).unwrap_or(u16::MAX);
            // Blanks at the head of a line would be dropped as text.
            let part = match letter {
                ' ' => Shown::line("").pad(usize::from(length)),
                letter => repeated(letter, length),
            };
            line.push((part, style));
        }
    }
    // Strips of one report have as many cells, so the names stand in one column.
    line.push((Shown::line("").pad(2), app.theme.text()));
    line.push((Shown::line(report.title(strip.thread)), app.theme.text()));
    line
}

/// The same in a sentence.
fn told(report: &Report, strip: &Strip) -> String {
    let lacking = strip.days.values().filter(|day| day.lacking > 0).count();
    let between = match strip.first().zip(strip.last()) {
        Some((first, last)) => format!(", from {first} to {last}"),
        None => String::new(),
    };
    format!(
        "Conversation {}: {}{between}; something missing on {}; {}.",
        report.title(strip.thread),
        counted(
            strip.days.len() as u64,
            "day with messages",
            "days with messages"
        ),
        counted(lacking as u64, "day", "days"),
        counted(
            strip.silences.len() as u64,
            "silence out of pattern",
            "silences out of pattern"
        ),
    )
}

/// How many waited so long, at least and at most, with a bar of the most.
fn wait(app: &App, report: &Report, at: usize, width: u16) -> Vec<Line> {
    let theme = app.theme;
    let Some((_, name)) = STEPS.get(at) else {
        return Vec::new();
    };
    let of = |steps: &[u64]| steps.get(at).copied().unwrap_or_default();
    let latency = &report.latency;
    let (least, most) = (of(&latency.at_least.steps), of(&latency.at_most.steps));
    if theme.is_linear() || width < WIDE {
        let words = format!(
            "{name}: {} counted to the export's last message, {} counted to the day it was loaded",
            grouped(least),
            grouped(most)
        );
        return hung(Vec::new(), &Shown::line(&words), theme.text(), width);
    }
    let head = format!("{name:<15} {:>9} {:>9}  ", grouped(least), grouped(most));
    let room = u64::from(width).saturating_sub(head.len() as u64 + 1);
    let all = latency.at_most.messages.max(1);
    let cells = (most * room).div_ceil(all).min(room);
    let style = match STEPS.get(at).is_some_and(|(days, _)| *days > LIMIT) {
        true => theme.warning(),
        false => theme.text(),
    };
    vec![vec![
        (Shown::line(&head), theme.text()),
        (
            repeated('=', u16::try_from(cells).unwrap_or(u16::MAX)),
            style,
        ),
    ]]
}

fn over(report: &Report) -> String {
    let latency = &report.latency;
    let undated = match latency.undated {
        0 => String::new(),
        count => format!("; {} have no date", grouped(count)),
    };
    format!(
        "Over {LIMIT} days: {} at least (to the export's last message), {} at most (to the day it was \
         loaded), of {}; of the official, mixed and context ones {} to {}{undated}.",
        grouped(latency.at_least.over),
        grouped(latency.at_most.over),
        counted(latency.at_most.messages, "message", "messages"),
        grouped(latency.records_at_least.over),
        grouped(latency.records_at_most.over),
    )
}

fn amount(report: &Report, data: Data) -> String {
    let amount = report
        .exposure
        .by_data
        .get(&data)
        .copied()
        .unwrap_or_default();
    format!(
        "{:>9}  {} in {}",
        grouped(amount.findings),
        data.name(),
        counted(amount.messages, "message", "messages")
    )
}

fn posted(report: &Report, one: &Posting) -> String {
    let day = one
        .day
        .map_or_else(|| "no date".to_owned(), |day| day.to_string());
    let by = one.posted.and_then(|at| report.exposure.posted.get(at));
    let by = by.map_or("somebody that the export does not name", |by| {
        by.name.as_str()
    });
    let data: Vec<String> = one
        .data
        .iter()
        .map(|(data, count)| format!("{} {}", grouped(*count), data.name()))
        .collect();
    let perhaps = match one.perhaps {
        0 => String::new(),
        count => format!(", {} more perhaps", grouped(count)),
    };
    format!(
        "{day}  {}, by {by}: {} in {}; {} could read it{perhaps}; {} no staff",
        report.title(one.thread),
        data.join(", "),
        counted(one.messages, "message", "messages"),
        counted(one.readers, "other", "others"),
        grouped(one.strangers),
    )
}

fn could_read(one: &Someone) -> String {
    let relation = match one.relation {
        Some(Relation::Me) => "the custodian",
        Some(Relation::Colleague) => "colleague",
        _ => "no staff",
    };
    let perhaps = match one.perhaps.messages {
        0 => String::new(),
        count => format!(", perhaps {} more", grouped(count)),
    };
    format!(
        "{:>9}  messages{perhaps}: {} ({relation})",
        grouped(one.amount.messages),
        one.name
    )
}

fn reviewer(one: &Reviewer) -> String {
    let pace = match one.per_minute {
        Some(pace) => format!(
            "; {pace:.1} messages a minute one by one, over {:.0} minutes of work",
            one.minutes
        ),
        None => String::new(),
    };
    let at_once: u64 = one.days.values().map(|work| work.at_once).sum();
    let singly: u64 = one.days.values().map(|work| work.one_by_one).sum();
    format!(
        "{}: {} standing; decided {} one by one and {} many at once on {}{pace}",
        one.name,
        counted(one.standing, "decision", "decisions"),
        grouped(singly),
        grouped(at_once),
        counted(one.days.len() as u64, "day", "days"),
    )
}
