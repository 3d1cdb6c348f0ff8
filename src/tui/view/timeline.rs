//! The timeline: a line for each day or month, its messages as a bar of decision letters.

use super::canvas::Canvas;
use crate::model::Decision;
use crate::review::timeline::{Chart, Counts, Row, Step, day_of};
use crate::text::{counted, grouped};
use crate::tui::app::App;
use crate::tui::window::Rows;
use chrono::NaiveDate;
use ratatui::layout::Rect;

/// From this width on, a day has its weekday, and what is undecided a number of its own.
const WIDE: u16 = 60;
/// What is never decided: a line of the app, or unreadable.
const NEVER: char = '-';

/// What the header says of it.
pub(super) fn header(app: &App) -> (String, String) {
    let Some(chart) = &app.timeline.chart else {
        return ("the timeline".to_owned(), "  counting ...".to_owned());
    };
    let of = match chart.thread.and_then(|id| app.store.thread(id)) {
        Some(thread) => thread.title.clone(),
        None => "all threads".to_owned(),
    };
    let by = match chart.step {
        Step::Day => "by day",
        Step::Month => "by month",
    };
    let undated = match chart.undated.total {
        0 => String::new(),
        count => format!(", {} undated", grouped(u64::from(count))),
    };
    let all = counted(u64::from(chart.all.total), "message", "messages");
    (of, format!("  {by}, {all}{undated}"))
}

/// What the header says of a day.
pub(super) fn day_header(app: &App) -> (String, String) {
    let current = app.current_message();
    let day = current.and_then(|number| day_of(&app.store, number));
    let day = day.map_or_else(
        || "a day".to_owned(),
        |day| app.settings.dates.long(day.into()),
    );
    (day, "  all threads, by time".to_owned())
}

/// Draws the lines in view; gives the row of the cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    let theme = app.theme;
    let mut cursor = area.y;
    let Some(chart) = &app.timeline.chart else {
        canvas.say(
            area.x + 2,
            area.y,
            area.right(),
            "counting ...",
            theme.quiet(),
        );
        return cursor;
    };
    if chart.rows.is_empty() {
        let words = "no message here has a date";
        canvas.say(area.x + 2, area.y, area.right(), words, theme.quiet());
    }
    let rows = Rows {
        len: app.timeline.len(),
        of: &|_| 1,
    };
    let view = app.timeline.window.in_view(&rows, u32::from(area.height));
    for (y, anchor) in (area.y..area.bottom()).zip(view) {
        let current = anchor.entry == app.timeline.window.cursor;
        if current {
            cursor = y;
            canvas.say(area.x, y, area.right(), ">", theme.strong());
        }
        let at = usize::try_from(anchor.entry).unwrap_or(usize::MAX);
        match chart.rows.get(at) {
            Some(Row::Bar(day, counts)) => {
                let area = Rect::new(area.x + 2, y, area.width.saturating_sub(2), 1);
                bar(app, canvas, area, chart, (*day, counts));
            }
            Some(Row::Gap(from, to, empty)) => {
                let words = gap(chart.step, *from, *to, *empty);
                canvas.say(area.x + 2, y, area.right(), &words, theme.quiet());
            }
            None => {}
        }
    }
    cursor
}

/// Steps without a message, from the first to the last of them.
pub(super) fn gap(step: Step, from: NaiveDate, to: NaiveDate, empty: u32) -> String {
    let form = match step {
        Step::Day => "%Y-%m-%d",
        Step::Month => "%Y-%m",
    };
    let (one, many) = match step {
        Step::Day => ("day", "days"),
        Step::Month => ("month", "months"),
    };
    let empty = counted(u64::from(empty), one, many);
    let (first, last) = (from.format(form).to_string(), to.format(form).to_string());
    if first == last {
        format!("{first}  ~ nothing")
    } else {
        format!("{first}  ~ nothing for {empty}, to {last}")
    }
}

fn bar(
    app: &App,
    canvas: &mut Canvas<'_>,
    area: Rect,
    chart: &Chart,
    (day, counts): (NaiveDate, &Counts),
) {
    let theme = app.theme;
    let right = area.right();
    let wide = area.width + 2 >= WIDE;
    let form = match (chart.step, wide) {
        (Step::Month, _) => "%Y-%m",
        (Step::Day, true) => "%Y-%m-%d %a",
        (Step::Day, false) => "%m-%d",
    };
    let room = grouped(u64::from(chart.most)).len().max(4);
    let total = grouped(u64::from(counts.total));
    let mut words = format!("{}  {total:>room$}  ", day.format(form));
    if wide {
        let left = counts.of(Decision::Undecided);
        let left = match left {
            0 => "done".to_owned(),
            left => format!("{} left", grouped(u64::from(left))),
        };
        words += &format!("{left:>width$}  ", width = room + 5);
    }
    let mut x = canvas.say(area.x, area.y, right, &words, theme.text());
    for (what, cells) in counts.bar(chart.most, right.saturating_sub(x + 1)) {
        let (letter, style) = match what {
            Some(decision) => (app.settings.letters.of(decision), theme.decision(decision)),
            None => (NEVER, theme.quiet()),
        };
        let cells: String = std::iter::repeat_n(letter, usize::from(cells)).collect();
        x = canvas.say(x, area.y, right, &cells, style);
    }
}
