//! The start screen: one list under headings, which is walked and entered line by line.

use super::canvas::Canvas;
use super::entries::{Headed, under};
use super::{Line, count, hung};
use crate::bundle::Block;
use crate::review::queue::{By, Part, Reason};
use crate::review::timeline::Counts;
use crate::review::ways::Way;
use crate::text::{Shown, counted, grouped};
use crate::tui::action::{Act, View};
use crate::tui::app::{App, Item, Section, Work};
use ratatui::layout::Rect;

/// From this width on, lines have bars.
const WIDE: u16 = 60;
/// What is never decided: a line of the app, or unreadable.
const NEVER: char = '-';

/// What the header says of it.
pub(super) fn header(app: &App) -> (String, String) {
    let all = app.session.tally_all();
    (
        "the case".to_owned(),
        format!(
            "  {}, {} undecided",
            counted(u64::from(all.total), "message", "messages"),
            grouped(u64::from(all.undecided))
        ),
    )
}

/// Draws the lines in view; gives the row of the cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    let items = app.start_items();
    let entries = Headed {
        window: app.start.window,
        len: u32::try_from(items.len()).unwrap_or(u32::MAX),
        lines: &|at| lines(app, &items, at, area.width),
    };
    entries.draw(canvas, area)
}

/// How many rows a line takes in a window of this width, with the heading above it.
pub fn rows(app: &App, items: &[Item], at: u32, width: u16) -> u32 {
    count(&lines(app, items, at, width).0)
}

/// The rows of a line, and which of them is the first of its own after a heading.
fn lines(app: &App, items: &[Item], at: u32, width: u16) -> (Vec<Line>, u32) {
    let Ok(at) = usize::try_from(at) else {
        return (Vec::new(), 0);
    };
    let Some(item) = items.get(at) else {
        return (Vec::new(), 0);
    };
    let before = at.checked_sub(1).and_then(|before| items.get(before));
    let is_first = before.is_none_or(|before| before.section() != item.section());
    let heading = heading(item.section()).filter(|_| is_first);
    under(app, heading, of(app, *item, width.saturating_sub(2).max(1)))
}

fn heading(section: Section) -> Option<String> {
    Some(match section {
        Section::Head => return None,
        Section::Left => "What is left".into(),
        Section::Looks => "Needs a second look".into(),
        Section::Bundle => "The bundle, as things stand".into(),
        Section::Stops => "Where you were".into(),
        Section::By(by) => format!("Left by {}", by.name()),
    })
}

/// The rows of a line without its heading.
fn of(app: &App, item: Item, width: u16) -> Vec<Line> {
    let theme = app.theme;
    let key = |act| app.keymap.label(act);
    let one = |words: &str, style| vec![vec![(Shown::line(words), style)]];
    let Some(work) = &app.start.work else {
        return match item {
            Item::GoOn => one(&go_on(app, None), theme.strong()),
            _ => one("counting ...", theme.quiet()),
        };
    };
    let queue = &work.queue;
    match item {
        Item::GoOn => one(&go_on(app, Some(work)), theme.strong()),
        Item::Left => {
            let counts = Counts::from(queue.all);
            match theme.is_linear() {
                true => one(
                    &format!(
                        "Left: {} of {} undecided.",
                        counted(u64::from(queue.all.undecided), "message", "messages"),
                        grouped(u64::from(queue.all.decidable())),
                    ),
                    theme.text(),
                ),
                false => vec![bar(app, &counts, "undecided", width)],
            }
        }
        Item::Pace => {
            let words = sentence(&queue.pace_words());
            let mut lines = hung(Vec::new(), &Shown::line(&words), theme.text(), width);
            if queue.pace.bulk_acts > 0 {
                let words = format!(
                    "{} decided at once ({}) are not part of that.",
                    counted(queue.pace.bulk_messages, "message", "messages"),
                    counted(u64::from(queue.pace.bulk_acts), "act", "acts"),
                );
                lines.extend(hung(Vec::new(), &Shown::line(&words), theme.quiet(), width));
            }
            lines
        }
        Item::Look(None) => one("nothing does", theme.quiet()),
        Item::Look(Some(at)) => {
            let look = queue.looks.get(at);
            let mut words = look.map_or_else(String::new, |look| look.words());
            if look.is_some_and(|look| look.reason == Reason::Unlooked) {
                words += &format!("; {} looks", key(Act::GoFindings));
            }
            numbered(
                app,
                look.map_or(0, |look| look.count),
                &words,
                "Second look: ",
            )
        }
        Item::Bundle => bundle(app, width),
        Item::Stop(at) => {
            let stop = work.stops.get(at);
            stop.map_or_else(Vec::new, |stop| {
                let said = match theme.is_linear() {
                    true => "You were on: ",
                    false => "",
                };
                let at = format!(
                    "{said}{:<7} {} of {}, {} undecided  ",
                    stop.way.by(),
                    grouped(u64::from(stop.position)),
                    grouped(u64::from(stop.len)),
                    grouped(u64::from(stop.left)),
                );
                vec![vec![
                    (Shown::line(&at), theme.text()),
                    (Shown::line(&stop.name), theme.strong()),
                ]]
            })
        }
        Item::Sample => {
            let sampled = app.sampled.as_ref();
            let words = sampled.map_or_else(String::new, |sampled| {
                let seen = grouped(sampled.seen());
                format!("sample  {}, {seen} looked at", sampled.sample.describe())
            });
            one(&words, theme.text())
        }
        Item::Part(by, at) => {
            let part = queue.parts(by).get(at);
            part.map_or_else(Vec::new, |part| vec![part_line(app, by, part, width)])
        }
        Item::More(by) => {
            let all = queue.parts(by).len();
            let shown = app.start_items();
            let shown = shown
                .iter()
                .filter(|item| matches!(item, Item::Part(of, _) if *of == by));
            let more = grouped(all.saturating_sub(shown.count()) as u64);
            let words = match by {
                By::Thread => format!("and {more} more threads ({})", key(Act::GoThreads)),
                By::Person => format!("and {more} more people ({})", key(Act::GoPeople)),
                By::Month => format!("and {more} more months ({})", key(Act::GoTimeline)),
                By::Channel => format!("and {more} more channels"),
                By::Custodian => format!("and {more} more custodians"),
            };
            one(&words, theme.quiet())
        }
    }
}

/// Where Enter goes on.
fn go_on(app: &App, work: Option<&Work>) -> String {
    let way = |by: &str, name: &str, position: u32, len: u32| {
        format!(
            "Go on: {by} {name}, message {} of {}",
            grouped(u64::from(position)),
            grouped(u64::from(len)),
        )
    };
    if let Some(stop) = &app.start.going_on {
        let stopped = work.and_then(|work| {
            let mut stops = work.stops.iter();
            stops.find(|stopped| stopped.way.query() == stop.way)
        });
        return match stopped {
            Some(stop) => way(stop.way.by(), &stop.name, stop.position, stop.len),
            None => format!("Go on: {}", Way::of(&stop.way).name(&app.session)),
        };
    }
    match app.under_start() {
        View::Messages => {
            let reading = app.reading.as_ref();
            let thread = reading
                .and_then(|reading| reading.thread())
                .and_then(|id| app.store.thread(id));
            let title = thread.map_or("", |thread| thread.title.as_str());
            let (at, len) = reading.map_or((0, 0), |reading| {
                (reading.window.cursor.saturating_add(1), reading.len())
            });
            way("thread", title, at, len)
        }
        View::Threads => "Go on: the threads".to_owned(),
        view => format!("Go on: the {}", view.name()),
    }
}

/// What a bundle would hold now.
fn bundle(app: &App, width: u16) -> Vec<Line> {
    let theme = app.theme;
    let (words, style) = match &app.start.outlook {
        None => ("counting ...".to_owned(), theme.quiet()),
        Some(outlook) => {
            let files = match outlook.attachments {
                0 => String::new(),
                files => format!(", with {}", counted(files, "file", "files")),
            };
            let blocks: Vec<String> = outlook.blocks.iter().map(block).collect();
            let blocks = match blocks.is_empty() {
                true => "nothing is in the way".to_owned(),
                false => format!("in the way: {}", blocks.join(", ")),
            };
            let words = format!(
                "{} would go{files}, {} would stay; {blocks}",
                counted(outlook.goes, "message", "messages"),
                grouped(outlook.stays),
            );
            let style = match outlook.blocks.is_empty() {
                true => theme.good(),
                false => theme.text(),
            };
            (words, style)
        }
    };
    let head = match theme.is_linear() {
        true => vec![(Shown::line("Bundle: "), theme.text())],
        false => Vec::new(),
    };
    hung(head, &Shown::line(&words), style, width)
}

/// What is in the way of a bundle, in a few words.
fn block(block: &Block) -> String {
    match block {
        Block::Undecided(count) => format!("{} undecided", grouped(*count)),
        Block::Hold(count) => format!("{} on hold", grouped(*count)),
        Block::Disagreed(count) => format!("{} disagreed on", grouped(*count)),
        Block::Unsigned(count) => format!("{} to be countersigned", grouped(*count)),
        Block::Sample => "a sample for quality to be looked at".to_owned(),
        Block::Refer(count) => format!("{} referred", grouped(*count)),
        Block::Mixed { count, .. } => format!("{} mixed and not masked", grouped(*count)),
        Block::Stale { count, .. } => format!("{} with masks to be set anew", grouped(*count)),
        Block::Nothing => "nothing is official or context".to_owned(),
        Block::Unchanged => "nothing is new or changed".to_owned(),
        Block::Unbalanced => "the messages do not add up: run docket check".to_owned(),
    }
}

/// A number and what it counts.
fn numbered(app: &App, number: u64, words: &str, said: &str) -> Vec<Line> {
    let theme = app.theme;
    let number = match theme.is_linear() {
        true => format!("{said}{} ", grouped(number)),
        false => format!("{:>9}  ", grouped(number)),
    };
    vec![vec![
        (Shown::line(&number), theme.strong()),
        (Shown::line(words), theme.text()),
    ]]
}

fn part_line(app: &App, by: By, part: &Part, width: u16) -> Line {
    if app.theme.is_linear() {
        let words = format!(
            "Left by {}: {} of {} undecided, {}.",
            by.name(),
            grouped(u64::from(part.left())),
            grouped(u64::from(part.counts.total)),
            part.name
        );
        return vec![(Shown::line(&words), app.theme.text())];
    }
    bar(app, &part.counts, &part.name, width)
}

/// `     214 of     233  OOOOPP......  whatsapp`: each bar is as long, and shows the shares of its
/// line. The name comes last, since what stands in it can have any width on a terminal.
pub(super) fn bar(app: &App, counts: &Counts, name: &str, width: u16) -> Line {
    let theme = app.theme;
    let left = counts.of(crate::model::Decision::Undecided);
    let left_words = match left {
        0 => "done".to_owned(),
        left => grouped(u64::from(left)),
    };
    let total = grouped(u64::from(counts.total));
    let style = if left == 0 {
        theme.quiet()
    } else {
        theme.text()
    };
    if width < WIDE {
        let words = format!("{left_words:>9} of {total}  ");
        return vec![(Shown::line(&words), style), (Shown::line(name), style)];
    }
    let mut line = vec![(
        Shown::line(&format!("{left_words:>9} of {total:>9}  ")),
        style,
    )];
    let room = width / 3;
    let mut used = 0;
    for (what, cells) in counts.bar(counts.total, room) {
        let (letter, style) = match what {
            Some(decision) => (app.settings.letters.of(decision), theme.decision(decision)),
            None => (NEVER, theme.quiet()),
        };
        let cells_words: String = std::iter::repeat_n(letter, usize::from(cells)).collect();
        line.push((Shown::line(&cells_words), style));
        used += cells;
    }
    let pad = usize::from(room.saturating_sub(used) + 2);
    line.push((Shown::line("").pad(pad), style));
    line.push((Shown::line(name), style));
    line
}

/// With a capital letter at its head.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}
