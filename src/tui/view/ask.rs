//! Questions: a line to type, a confirming key, the facts of the case, the order of dates.

use super::Areas;
use super::canvas::Canvas;
use crate::model::{Decision, SourceId};
use crate::text::{Shown, counted, grouped};
use crate::tui::app::{App, Confirm, LineAsk, Purpose};
use crate::tui::form::{Answer, Form};
use crate::tui::prompt::Prompt;
use crate::tui::terminal::Cursor;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// What can be searched for, the most useful first; as many as fit are shown.
const EXAMPLES: [&str; 9] = [
    "words",
    "\"a phrase\"",
    "from:ann",
    "on:2021-03",
    "is:undecided",
    "in:title",
    "has:attachment",
    "-not",
    "/regex/",
];

/// The line that is typed, on the status line, and below it what it finds or what is wrong.
pub(super) fn line(app: &App, canvas: &mut Canvas<'_>, areas: Areas, ask: &LineAsk) -> Cursor {
    let theme = app.theme;
    let area = areas.status;
    let (y, right) = (area.y, area.right());
    let label = match ask.purpose {
        Purpose::Search => "/",
        Purpose::Filter | Purpose::Threads => "only: ",
        Purpose::BundlePath => "write to: ",
        Purpose::Rename => "name: ",
        Purpose::Colleague => "colleague of: ",
        Purpose::Notes => "notes: ",
        Purpose::Sample => "sample: ",
        Purpose::Note => "note: ",
        Purpose::Where => "held where: ",
        Purpose::Comment => "word: ",
        Purpose::Rule => "rule: ",
        Purpose::RuleQuery => "its search: ",
        Purpose::Inside => "find: ",
    };
    let x = canvas.say(area.x, y, right, label, theme.strong());
    let shown = match &ask.error {
        Some(error) if !error.at.is_empty() => {
            Shown::line_with_hits(ask.line.text(), std::slice::from_ref(&error.at))
        }
        _ => Shown::line(ask.line.text()),
    };
    let cursor = typed(canvas, (x, y), right, &ask.line, &shown);

    let below = areas.footer;
    let (y, right) = (below.y, below.right());
    let x = below.x + 1;
    if let Some(error) = &ask.error {
        let place = match error.at.start {
            0 => String::new(),
            at => {
                let before = ask.line.text().get(..at).unwrap_or_default();
                format!("at {}: ", before.chars().count() + 1)
            }
        };
        let words = Shown::line(&format!("{place}{error}"));
        if below.height > 0 && words.width() < usize::from(below.width) {
            canvas.put(x, y, right, &words, theme.warning());
        } else {
            over_the_end(canvas, areas.main, &words, theme.warning());
        }
        return cursor;
    }
    if below.height == 0 {
        return cursor;
    }
    let help = match ask.purpose {
        Purpose::BundlePath => "the name of a new folder; Enter writes, Esc leaves",
        Purpose::Threads => {
            "words of a title or channel, such as slack; Enter keeps, Esc shows all"
        }
        Purpose::Rename => "the name to show, empty takes it back; Enter saves, Esc leaves",
        Purpose::Colleague => "organisation; position: both may be empty; Enter saves, Esc leaves",
        Purpose::Notes => "they stay in the case; Enter saves, Esc leaves",
        Purpose::Sample => "how many, then what of: 50 is:personal; or 50 seed=7; Enter draws",
        Purpose::Note => "stays in the case; Up: earlier notes; empty takes it off; Enter saves",
        Purpose::Where => "leaves with the flag; Up: earlier places; may be empty; Enter saves",
        Purpose::Comment => "a comment on your word, or the answer; Enter saves it",
        Purpose::Rule => "decision name; reason or its code: as p Family; private life",
        Purpose::RuleQuery => "what the rule finds; Enter goes on, Esc leaves it as it is",
        Purpose::Inside => "in this message; Enter goes to the next, as n does; Esc leaves",
        Purpose::Search | Purpose::Filter => "",
    };
    match (ask.purpose, ask.found) {
        _ if !help.is_empty() => {
            canvas.say(x, y, right, help, theme.quiet());
        }
        (_, Some((hits, threads))) => {
            let words = match ask.purpose {
                Purpose::Filter => counted(u64::from(hits), "message", "messages"),
                _ => format!(
                    "{} in {}",
                    counted(u64::from(hits), "message", "messages"),
                    counted(u64::from(threads), "thread", "threads")
                ),
            };
            let x = canvas.say(x, y, right, &words, theme.strong());
            canvas.say(x, y, right, "   Enter opens, Esc leaves", theme.quiet());
        }
        (_, None) => {
            let mut x = x;
            for example in EXAMPLES {
                let end = x.saturating_add(u16::try_from(example.len()).unwrap_or(u16::MAX));
                if end > right {
                    break;
                }
                x = canvas.say(x, y, right, example, theme.quiet()) + 2;
            }
        }
    }
    cursor
}

/// A line that is typed; one wider than its room shows the part around the cursor.
pub(super) fn typed(
    canvas: &mut Canvas<'_>,
    (x, y): (u16, u16),
    right: u16,
    line: &Prompt,
    shown: &Shown,
) -> Cursor {
    let room = usize::from(right.saturating_sub(x + 1));
    let style = canvas.theme.text();
    let before = Shown::line(line.before());
    let width_before = before.width();
    let at = if width_before <= room {
        canvas.put(x, y, right, shown, style);
        width_before
    } else {
        let tail = before.wrap(room.saturating_sub(1).max(1));
        let tail = tail.into_iter().next_back().unwrap_or_default();
        canvas.put(x, y, right, &tail, style);
        tail.width()
    };
    let at = u16::try_from(at).unwrap_or(u16::MAX);
    Cursor {
        x: x.saturating_add(at).min(right.saturating_sub(1)),
        y,
        shown: true,
    }
}

/// Writes over the last rows of an area what is too long for one line.
pub(super) fn over_the_end(canvas: &mut Canvas<'_>, area: Rect, words: &Shown, style: Style) {
    let rows = words.wrap(usize::from(area.width.saturating_sub(1).max(1)));
    let count = u16::try_from(rows.len())
        .unwrap_or(u16::MAX)
        .min(area.height);
    let blank = Shown::line("").pad(usize::from(area.width));
    for (y, row) in (area.bottom() - count..area.bottom()).zip(rows) {
        canvas.put(area.x, y, area.right(), &blank, canvas.theme.text());
        canvas.put(area.x, y, area.right(), &row, style);
    }
}

/// What is about to be done, and the one key that does it.
pub(super) fn confirm(app: &App, canvas: &mut Canvas<'_>, areas: Areas, confirm: &Confirm) {
    let theme = app.theme;
    let area = areas.status;
    let preview = &confirm.preview;
    let mut words = format!(
        "{}: {} in {}",
        confirm.decision.name(),
        counted(u64::from(preview.count), "message", "messages"),
        counted(u64::from(preview.threads), "thread", "threads"),
    );
    let others: Vec<String> = preview
        .changes
        .iter()
        .filter(|(from, count)| *from != Decision::Undecided && *count > 0)
        .map(|(from, count)| format!("{} now {}", grouped(u64::from(*count)), from.name()))
        .collect();
    if !others.is_empty() {
        words += &format!(", of them {}", others.join(", "));
    }
    if preview.undecidable_skipped > 0 {
        let skipped = u64::from(preview.undecidable_skipped);
        words += &format!(
            ", {} never decided",
            counted(skipped, "line of the app is", "lines of the app are")
        );
    }
    if let Some(reason) = &confirm.reason {
        words += &format!(", why: {}", reason.code);
    }
    words += &format!(" ({})", confirm.words);
    if areas.footer.height == 0 {
        words += ": y does it, n leaves it";
    }
    // The count is never cut: what does not fit the line stands above it.
    let shown = Shown::line(&words);
    if shown.width() < usize::from(area.width) {
        canvas.put(area.x + 1, area.y, area.right(), &shown, theme.warning());
    } else {
        let all = Rect::new(area.x, 0, area.width, area.bottom());
        over_the_end(canvas, all, &shown, theme.warning());
    }
    keys_of_a_question(app, canvas, areas.footer);
}

/// A decision, asked for by its letter on the status line, and below it what the answer is about.
/// `brief` is the question where there is little room.
pub(super) fn decision(
    app: &App,
    canvas: &mut Canvas<'_>,
    areas: Areas,
    (question, brief): (&str, &str),
    about: &str,
) {
    let (status, below) = (areas.status, areas.footer);
    let decisions = Decision::ALL.into_iter().skip(1);
    let is_narrow = status.width < 70;
    let letters: Vec<String> = decisions
        .map(|one| match (one.letter().to_ascii_lowercase(), is_narrow) {
            (letter, true) => letter.to_string(),
            (letter, false) => format!("{letter} {}", one.name()),
        })
        .collect();
    let words = match is_narrow {
        true => format!("{brief}? {}", letters.join(" ")),
        false => format!("{question}? {}", letters.join(", ")),
    };
    let shown = Shown::line(&words).cut(usize::from(status.width.saturating_sub(1)));
    let style = app.theme.strong();
    canvas.put(status.x + 1, status.y, status.right(), &shown, style);
    if below.height > 0 {
        let about = Shown::line(about);
        let style = app.theme.quiet();
        canvas.put(below.x + 1, below.y, below.right(), &about, style);
    }
}

fn keys_of_a_question(app: &App, canvas: &mut Canvas<'_>, below: Rect) {
    let theme = app.theme;
    if below.height > 0 {
        canvas.say_all(
            below.x,
            below.y,
            below.right(),
            &[
                (" y", theme.strong()),
                (" does it ", theme.text()),
                (" n", theme.strong()),
                (" leaves all as it is", theme.text()),
                ("   u takes it back afterwards", theme.quiet()),
            ],
        );
    }
}

/// How many suggestions are about to be accepted, and the one key that does it.
pub(super) fn accept(app: &App, canvas: &mut Canvas<'_>, areas: Areas, count: usize) {
    let words = format!(
        "accept {} by the same number or address",
        counted(count as u64, "suggestion", "suggestions")
    );
    question(app, canvas, areas, words);
}

/// A question in one line, and the one key that says yes.
pub(super) fn question(app: &App, canvas: &mut Canvas<'_>, areas: Areas, words: String) {
    let (theme, area, mut words) = (app.theme, areas.status, words);
    if areas.footer.height == 0 {
        words += ": y does it, n leaves it";
    }
    let shown = Shown::line(&words);
    if shown.width() < usize::from(area.width) {
        canvas.put(area.x + 1, area.y, area.right(), &shown, theme.warning());
    } else {
        let all = Rect::new(area.x, 0, area.width, area.bottom());
        over_the_end(canvas, all, &shown, theme.warning());
    }
    keys_of_a_question(app, canvas, areas.footer);
}

/// Columns that are kept for the answers of a form.
const ANSWER: u16 = 26;

/// The facts of the case.
pub(super) fn form(app: &App, canvas: &mut Canvas<'_>, areas: Areas, form: &Form) -> Cursor {
    let theme = app.theme;
    let area = areas.main;
    let right = area.right();
    let mut cursor = Cursor {
        x: area.x,
        y: area.y,
        shown: false,
    };
    let roomy = area.height >= 12;
    let mut y = area.y;
    if roomy {
        canvas.say(area.x + 2, y + 1, right, &form.title, theme.text());
        y += 3;
    }
    let longest = form
        .fields
        .iter()
        .map(|field| Shown::line(&field.label).width());
    let longest = u16::try_from(longest.max().unwrap_or(0)).unwrap_or(u16::MAX);
    let label_width = longest
        .saturating_add(4)
        .min(area.width.saturating_sub(ANSWER))
        .max(12);
    // The field with the keys, and below it what it is for, are always in view.
    let rows = usize::from(area.bottom().saturating_sub(y).saturating_sub(2).max(1));
    let first = form.at.saturating_sub(rows.saturating_sub(1));
    for (at, field) in form.fields.iter().enumerate().skip(first).take(rows) {
        let current = at == form.at;
        let style = if current {
            theme.strong()
        } else {
            theme.text()
        };
        canvas.say(
            area.x,
            y,
            right,
            if current { ">" } else { " " },
            theme.strong(),
        );
        let label = Shown::line(&field.label).cut(usize::from(label_width - 3));
        canvas.put(area.x + 2, y, area.x + label_width, &label, style);
        let x = area.x + label_width;
        match &field.answer {
            Answer::Text { line, .. } => {
                let shown = Shown::line(line.text());
                if current {
                    cursor = typed(canvas, (x, y), right, line, &shown);
                } else if line.text().is_empty() {
                    canvas.say(x, y, right, "not given", theme.quiet());
                } else {
                    let room = usize::from(right.saturating_sub(x));
                    canvas.put(x, y, right, &shown.cut(room), theme.text());
                }
            }
            answer @ Answer::Person { typed, looking, .. } => {
                let person = answer.person();
                let nobody = if *looking { "looking ..." } else { "not said" };
                let shown = Shown::line(person.map_or(nobody, |person| &person.name));
                let style = if person.is_some() {
                    style
                } else {
                    theme.quiet()
                };
                let room = usize::from(right.saturating_sub(x));
                let end = canvas.put(x, y, right, &shown.cut(room), style);
                if current {
                    cursor = Cursor { x, y, shown: false };
                    if !typed.text().is_empty() {
                        canvas.put(
                            end + 2,
                            y,
                            right,
                            &Shown::line(&format!("({})", typed.text())),
                            theme.quiet(),
                        );
                    }
                }
            }
        }
        y += 1;
    }
    let field = form.fields.get(form.at);
    let mut words: Vec<(String, _)> = Vec::new();
    match (&form.error, field) {
        (Some(error), _) => words.push((error.clone(), theme.warning())),
        (None, Some(field)) => {
            if let Some(person) = field.answer.person() {
                words.push((person.reason.clone(), theme.text()));
            } else if let Answer::Person { people, .. } = &field.answer
                && let Some(first) = people.first()
            {
                let likely = format!("perhaps {}: {}", first.name, first.reason);
                words.push((likely, theme.text()));
            }
            words.push((field.help.clone(), theme.quiet()));
        }
        (None, None) => {}
    }
    if roomy && !form.notes.is_empty() {
        words.push((String::new(), theme.quiet()));
        words.extend(form.notes.iter().map(|note| (note.clone(), theme.quiet())));
    }
    let width = usize::from(area.width.saturating_sub(3).max(1));
    let lines = words.into_iter().flat_map(|(words, style)| {
        Shown::line(&words)
            .wrap(width)
            .into_iter()
            .map(move |line| (line, style))
    });
    for (y, (line, style)) in (y + u16::from(roomy)..area.bottom()).zip(lines) {
        canvas.put(area.x + 2, y, right, &line, style);
    }
    cursor
}

/// Which number of a date is the day.
pub(super) fn date_order(app: &App, canvas: &mut Canvas<'_>, area: Rect, source: SourceId) {
    let theme = app.theme;
    let right = area.right();
    let Some(source) = app.store.source(source) else {
        return;
    };
    let mut lines = Vec::new();
    if area.height < 12 {
        // What can be pressed is in view in the smallest window.
        lines.push((Shown::line("1 dmy, 2 mdy, 3 ymd"), theme.strong()));
    }
    lines.extend([
        (
            Shown::line("Which number is the day in the dates of this export?"),
            theme.strong(),
        ),
        (Shown::line(&source.name), theme.text()),
        (Shown::line(&source.date_order_basis), theme.quiet()),
    ]);
    let example = source
        .numbers
        .clone()
        .take(100)
        .map(|number| app.store.written(crate::model::MessageNumber(number)))
        .find(|written| !written.is_empty());
    if let Some(example) = example {
        lines.push((
            Shown::line(&format!("It writes dates like: {example}")),
            theme.text(),
        ));
    }
    for words in [
        "1  day, month, year",
        "2  month, day, year",
        "3  year, month, day",
    ] {
        lines.push((Shown::line(words), theme.text()));
    }
    let now = source.date_order.map_or("", |order| order.name());
    lines.push((
        Shown::line(&format!(
            "Taken for now: {now}. Decisions stay with their messages either way."
        )),
        theme.quiet(),
    ));
    let mut y = area.y;
    for (words, style) in lines {
        for line in words.wrap(usize::from(area.width.saturating_sub(2).max(1))) {
            if y >= area.bottom() {
                return;
            }
            canvas.put(area.x + 1, y, right, &line, style);
            y += 1;
        }
    }
}
