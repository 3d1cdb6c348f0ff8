//! The threads: a table on its own, and a band above the messages of the open one.

use super::canvas::Canvas;
use super::hung;
use crate::case::Thread;
use crate::settings::ThreadColumn;
use crate::text::{Shown, grouped};
use crate::tui::app::App;
use crate::tui::window::{Anchor, Rows, Window};
use chrono::DateTime;
use ratatui::layout::Rect;

/// Rows of the table's heading.
const HEADING: u16 = 2;
/// Columns of a channel's name; the longest of those that docket reads fits.
const CHANNEL: usize = 12;

/// How many threads the table shows in an area of this height.
pub fn rows_of(app: &App, height: u16) -> u32 {
    u32::from(height - heading_rows(app, height))
}

/// Rows above the table. A screen reader is told with each number what it is.
fn heading_rows(app: &App, height: u16) -> u16 {
    if height > 6 && !app.theme.is_linear() {
        HEADING
    } else {
        0
    }
}

/// The columns that fit into a width, from the left; the title is the last of them and takes the
/// rest, since what stands in it can have any width on a terminal.
struct Columns {
    undecided: bool,
    done: bool,
    total: bool,
    last: bool,
    channel: bool,
}

impl Columns {
    fn of(app: &App, width: u16) -> Columns {
        let shows = |column| app.settings.thread_columns.contains(&column);
        Columns {
            undecided: shows(ThreadColumn::Undecided),
            done: width >= 34 && shows(ThreadColumn::Done),
            total: width >= 100 && shows(ThreadColumn::Total),
            last: width >= 48 && shows(ThreadColumn::Last),
            channel: width >= 64 && shows(ThreadColumn::Channel),
        }
    }
}

/// Draws the table; gives the row of its cursor.
pub(super) fn table(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    let columns = Columns::of(app, area.width);
    let mut y = area.y;
    if app.order.is_empty() {
        nothing(app, canvas, area);
        return y;
    }
    let above = heading_rows(app, area.height);
    if above > 0 {
        heading(app, canvas, area, &columns);
        y += above;
    }
    let rows = Rows {
        len: u32::try_from(app.order.len()).unwrap_or(u32::MAX),
        of: &|_| 1,
    };
    let mut cursor = y;
    for anchor in app
        .threads
        .in_view(&rows, u32::from(area.bottom().saturating_sub(y)))
    {
        let current = anchor.entry == app.threads.cursor;
        if current {
            cursor = y;
        }
        if let Some(thread) = nth(app, anchor.entry) {
            row(
                app,
                canvas,
                Rect::new(area.x, y, area.width, 1),
                &columns,
                thread,
                current,
            );
        }
        y += 1;
    }
    cursor
}

/// What the numbers are.
fn heading(app: &App, canvas: &mut Canvas<'_>, area: Rect, columns: &Columns) {
    let mut words = String::new();
    if columns.undecided {
        words += " undecided";
    }
    if columns.total {
        words += "        of";
    }
    if columns.done {
        words += "  done";
    }
    if columns.last {
        words += "  last message";
    }
    if columns.channel {
        words += "  channel     ";
    }
    words += "  thread";
    canvas.say(area.x + 1, area.y, area.right(), &words, app.theme.quiet());
}

fn nth(app: &App, at: u32) -> Option<&Thread> {
    app.store.thread(*app.order.get(usize::try_from(at).ok()?)?)
}

fn row(
    app: &App,
    canvas: &mut Canvas<'_>,
    area: Rect,
    columns: &Columns,
    thread: &Thread,
    current: bool,
) {
    let theme = app.theme;
    let (y, right) = (area.y, area.right());
    let tally = app.session.tally(thread.id);
    // The mark alone shows the cursor: a row in another weight would be written anew with each key.
    let style = theme.text();
    let (mark, weight) = match current {
        true => (">", theme.strong()),
        false => (" ", style),
    };
    let mut x = canvas.say(area.x, y, right, mark, weight);
    if theme.is_linear() {
        canvas.put(x + 1, y, right, &in_words(app, columns, thread), style);
        return;
    }
    let left = if tally.undecided == 0 && tally.decidable() > 0 {
        "done".to_owned()
    } else {
        grouped(u64::from(tally.undecided))
    };
    let left_style = if tally.undecided == 0 {
        theme.good()
    } else {
        style
    };
    if columns.undecided {
        x = canvas.say(x, y, right, &format!("{left:>10}"), left_style);
    }
    if columns.total {
        x = canvas.say(
            x,
            y,
            right,
            &format!("{:>10}", grouped(u64::from(tally.decidable()))),
            theme.quiet(),
        );
    }
    if columns.done {
        // Rounded down: 100% is said only when nothing is left.
        let share = (u64::from(tally.decided()) * 100)
            .checked_div(u64::from(tally.decidable()))
            .unwrap_or(100);
        x = canvas.say(x, y, right, &format!("{share:>5}%"), theme.quiet());
    }
    if columns.last {
        let last = last_day(app, thread);
        x = canvas.say(x, y, right, &format!("  {last:<12}"), theme.quiet());
    }
    if columns.channel {
        let channel = Shown::line(&thread.channel).cut(CHANNEL).pad(CHANNEL);
        x = canvas.say(x, y, right, "  ", theme.text());
        x = canvas.put(x, y, right, &channel, theme.quiet());
        x = canvas.say(x, y, right, "  ", theme.text());
    } else {
        x = canvas.say(x, y, right, "  ", theme.text());
    }
    canvas.put(
        x,
        y,
        right,
        &Shown::line_cut(&thread.title, usize::from(right.saturating_sub(x))),
        style,
    );
}

/// The day of the last message.
fn last_day(app: &App, thread: &Thread) -> String {
    let last = thread.last.and_then(|at| DateTime::from_timestamp(at, 0));
    last.map_or_else(
        || "no date".to_owned(),
        |time| {
            let time = time.with_timezone(&app.store.zone());
            app.settings.dates.short(time.naive_local())
        },
    )
}

/// A thread as a screen reader says it: what it is, then what of it the columns tell.
fn in_words(app: &App, columns: &Columns, thread: &Thread) -> Shown {
    let tally = app.session.tally(thread.id);
    let mut words = thread.title.clone();
    let mut tell = |part: String| words += &format!(", {part}");
    let all = grouped(u64::from(tally.decidable()));
    match (columns.undecided, columns.total) {
        (true, _) if tally.undecided == 0 => tell("done".to_owned()),
        (true, true) => tell(format!(
            "{} of {all} undecided",
            grouped(u64::from(tally.undecided))
        )),
        (true, false) => tell(format!("{} undecided", grouped(u64::from(tally.undecided)))),
        (false, true) => tell(format!("{all} messages")),
        (false, false) => {}
    }
    if columns.last {
        tell(format!("last {}", last_day(app, thread)));
    }
    if columns.channel {
        tell(thread.channel.clone());
    }
    Shown::line(&words)
}

/// The threads around the open one, and a line below them.
pub(super) fn band(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(last) = area.height.checked_sub(1) else {
        return;
    };
    let len = u32::try_from(app.order.len()).unwrap_or(u32::MAX);
    let rows = Rows { len, of: &|_| 1 };
    let height = u32::from(last.saturating_sub(1));
    let mut window = Window {
        cursor: app.threads.cursor,
        top: Anchor {
            entry: app.threads.cursor.saturating_sub(height / 2),
            row: 0,
        },
    };
    window.settle(&rows, height);
    let columns = Columns::of(app, area.width);
    heading(app, canvas, area, &columns);
    for (y, anchor) in (area.y + 1..).zip(window.in_view(&rows, height)) {
        if let Some(thread) = nth(app, anchor.entry) {
            let line = Rect::new(area.x, y, area.width, 1);
            row(
                app,
                canvas,
                line,
                &columns,
                thread,
                anchor.entry == app.threads.cursor,
            );
        }
    }
    let line = "─".repeat(usize::from(area.width));
    canvas.say(
        area.x,
        area.y + last,
        area.right(),
        &line,
        app.theme.quiet(),
    );
}

/// What to do where there is nothing yet.
fn nothing(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let words: &[&str] = if app.job.is_some() {
        &["Loading. The threads are shown once all of it is read."]
    } else if !app.listing.only.is_empty() {
        &["No thread has these words in its title or channel."]
    } else {
        &[
            "This case holds no messages yet.",
            "",
            "Quit with Q and load exports:",
            "  docket review PATH    loads and opens this screen",
            "  docket import PATH    only loads",
            "PATH is an exported chat: a .zip, a .txt, or a folder of them.",
        ]
    };
    let width = area.width.saturating_sub(2).max(1);
    let style = app.theme.text();
    let lines = words
        .iter()
        .flat_map(|words| hung(Vec::new(), &Shown::line(words), style, width));
    for (y, line) in (area.y.saturating_add(1)..area.bottom()).zip(lines) {
        canvas.line(area.x + 2, y, area.right(), &line);
    }
}
