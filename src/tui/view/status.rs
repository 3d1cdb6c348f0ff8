//! The lines that say where one is: the header, the status line and the keys.

use super::ask::over_the_end;
use super::canvas::Canvas;
use crate::case::Thread;
use crate::model::{Decision, Relation};
use crate::text::{Shown, counted, grouped};
use crate::tui::action::{self, Act, FindingAct, Reach, UnitStep, View};
use crate::tui::app::{App, Ask, Job, Tone, way_heading};
use crate::tui::block::aligned;
use crate::tui::keymap::Keymap;
use ratatui::layout::Rect;

/// The case, and what is open of it.
pub(super) fn header(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let theme = app.theme;
    let right = area.right();
    let facts = app.session.facts();
    let name = facts
        .reference()
        .filter(|text| !text.is_empty())
        .unwrap_or("no reference yet");
    // On a small window the room is for the case and what is open of it.
    let small = area.width < 60;
    let mut x = area.x;
    if !small {
        x = canvas.say(x, area.y, right, "docket  ", theme.strong());
    }
    let longest = if small {
        usize::from(area.width / 2)
    } else {
        40
    };
    let name = Shown::line(name).cut(longest);
    x = canvas.put(x, area.y, right, &name, theme.text());
    x = canvas.say(x, area.y, right, "  ", theme.text());
    if app.is_read_only {
        let words = match small {
            true => "read-only  ",
            false => "read-only: nothing is saved  ",
        };
        x = canvas.say(x, area.y, right, words, theme.warning());
    }
    let reading = app.current_reading();
    let (what, rest) = match (app.view, reading) {
        (View::Day, Some(_)) => super::timeline::day_header(app),
        (View::Bookmarks, Some(_)) => {
            ("bookmarks".to_owned(), "  yours, of all threads".to_owned())
        }
        (View::Sample, Some(_)) => sample(app),
        (View::Start, _) => super::start::header(app),
        (View::Timeline, _) => super::timeline::header(app),
        (_, Some(reading)) if reading.thread().is_none() => {
            let query = reading
                .asked
                .as_ref()
                .map_or("", |asked| asked.text.as_str());
            way_heading(app, query)
                .unwrap_or_else(|| ("search: ".to_owned() + query, String::new()))
        }
        (_, Some(reading)) => {
            let thread = reading.thread().and_then(|id| app.store.thread(id));
            let filter = reading
                .asked
                .as_ref()
                .map_or_else(String::new, |asked| format!("  only: {}", asked.text));
            (
                thread.map_or_else(String::new, |thread| thread.title.clone()),
                thread.map_or_else(String::new, about) + &filter,
            )
        }
        (View::Log, _) => (
            "the ledger".to_owned(),
            "  who decided what, the latest first".to_owned(),
        ),
        (View::Sources, _) => ("the exports of this case".to_owned(), String::new()),
        (View::Differences, _) => (
            "to reconcile".to_owned(),
            "  one message, told twice".to_owned(),
        ),
        (View::People, _) => (
            "people".to_owned(),
            match app.people.picked.len() {
                0 => "  which names are one person".to_owned(),
                picked => format!("  {picked} picked: {} joins", app.keymap.label(Act::Join)),
            },
        ),
        (View::Person, _) => (
            app.people
                .person()
                .map_or_else(String::new, |person| person.name.clone()),
            "  every name, number and address".to_owned(),
        ),
        (View::Suggestions, _) => (
            "who may be one person".to_owned(),
            "  nothing is joined by itself".to_owned(),
        ),
        (View::Masks, _) => super::masking::header(app),
        (View::Waiting, _) => (
            "waiting for a second look".to_owned(),
            "  by whom and since when".to_owned(),
        ),
        (View::Rules, _) => (
            "the rules".to_owned(),
            "  they decide when they are run".to_owned(),
        ),
        (View::Files, _) => super::files::header(app),
        (View::Findings, _) => super::findings::header(app),
        (View::Report, _) => super::report::header(app),
        (View::Help, _) => ("keys".to_owned(), String::new()),
        (View::Bundle, _) => (
            "the bundle".to_owned(),
            "  what would be handed over now".to_owned(),
        ),
        _ => {
            let all = app.session.tally_all();
            let rules = match app.rules.propose() {
                true => format!(", rules: {}", app.keymap.label(Act::GoRules)),
                false => String::new(),
            };
            (
                counted(app.store.threads().len() as u64, "thread", "threads"),
                format!(
                    ", {}, {} undecided{rules}",
                    counted(u64::from(all.total), "message", "messages"),
                    grouped(u64::from(all.undecided))
                ),
            )
        }
    };
    x = canvas.put(x, area.y, right, &Shown::line(&what), theme.strong());
    canvas.put(x, area.y, right, &Shown::line(&rest), theme.quiet());
}

/// A sample, how much of it was looked at and, once that is all, what it tells.
fn sample(app: &App) -> (String, String) {
    let Some(sampled) = &app.sampled else {
        return ("a sample".to_owned(), String::new());
    };
    if let Some(words) = app.quality_words() {
        return ("quality sample".to_owned(), format!("  {words}"));
    }
    let estimate = sampled.sample.estimate(&app.session.decisions());
    let told = match estimate.filter(|_| sampled.is_done()) {
        Some(estimate) => format!("  {}", estimate.words()),
        None => format!("  {} looked at", grouped(sampled.seen())),
    };
    (format!("sample: {}", sampled.sample.describe()), told)
}

fn about(thread: &Thread) -> String {
    let people = counted(thread.participants.len() as u64, "person", "people");
    format!("  {}, {people}", thread.channel)
}

/// Position, what is left, what the next key acts on, and the last thing to tell.
///
/// What changes with every key stands first and keeps its width: a moved cursor then costs the
/// digits that changed.
pub(super) fn status(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let theme = app.theme;
    let (y, right) = (area.y, area.right());
    let narrow = area.width < 60;
    let is_full = app.view == View::Masks && area.width < 120 && !theme.is_linear();
    let notice = notice(app);
    // A refusal is read whole, and on a small window whatever happened; there any notice is all there
    // is room for. What only goes on, such as a job, covers nothing.
    if let Some((words, tone)) = &notice
        && (narrow || is_full || *tone == Tone::Bad)
    {
        let (words, style) = (Shown::line(words), tone_style(app, *tone));
        let is_news = app.notice.is_some() && (narrow || *tone == Tone::Bad);
        if is_news && words.width() > usize::from(area.width) {
            let all = Rect::new(area.x, 0, area.width, area.bottom());
            over_the_end(canvas, all, &words, style);
        } else {
            canvas.put(area.x, y, right, &words, style);
        }
        return;
    }
    let mut x = canvas.say(area.x, y, right, " ", theme.text());
    // Read aloud, what happened comes before where one is.
    let (news, notice) = match theme.is_linear() {
        true => (notice, None),
        false => (None, notice),
    };
    if let Some((words, tone)) = news {
        let room = usize::from(right.saturating_sub(x));
        x = canvas.put(
            x,
            y,
            right,
            &Shown::line_cut(&words, room),
            tone_style(app, tone),
        );
        x = canvas.say(x, y, right, " | ", theme.quiet());
    }
    if let Some(reading) = app.current_reading() {
        let total = u64::from(reading.len());
        let position = if total == 0 {
            0
        } else {
            u64::from(reading.window.cursor) + 1
        };
        x = canvas.say(x, y, right, &aligned(position, total), theme.strong());
        x = canvas.say(
            x,
            y,
            right,
            &format!(" of {}", grouped(total)),
            theme.text(),
        );
        if !narrow && let Some(thread) = reading.thread() {
            let tally = app.session.tally(thread);
            let left = aligned(u64::from(tally.undecided), u64::from(tally.decidable()));
            x = canvas.say(x, y, right, &format!(", {left} undecided"), theme.text());
        }
    } else if app.view == View::Threads && !app.order.is_empty() {
        let total = app.order.len() as u64;
        x = canvas.say(
            x,
            y,
            right,
            &aligned(u64::from(app.threads.cursor) + 1, total),
            theme.strong(),
        );
        x = canvas.say(
            x,
            y,
            right,
            &format!(" of {}", grouped(total)),
            theme.text(),
        );
        if !app.listing.only.is_empty() {
            let only = Shown::line(&format!(", only: {}", app.listing.only));
            x = canvas.put(x, y, right, &only, theme.text());
        }
    }
    if let Some((at, total)) = listed(app).filter(|(_, total)| *total > 0) {
        let (at, total) = (u64::from(at) + 1, u64::from(total));
        x = canvas.say(x, y, right, &aligned(at.min(total), total), theme.strong());
        x = canvas.say(
            x,
            y,
            right,
            &format!(" of {}", grouped(total)),
            theme.text(),
        );
    }
    if let Some((from, to, all)) = page(app) {
        let words = format!("lines {from} to {to} of {all}");
        x = canvas.say(x, y, right, &words, theme.text());
    }
    if app.view == View::Masks {
        let words = Shown::line(&super::masking::status(app));
        x = canvas.put(x, y, right, &words, theme.text());
    }
    let target = target(app);
    // What happened counts more than what the next key acts on, and that less than where one is.
    let is_room = notice.as_ref().is_none_or(|(words, _)| {
        let needed = usize::from(x) + Shown::line(words).width() + 3;
        let room = usize::from(right);
        needed + Shown::line(&target).width() + 3 <= room || needed > room
    });
    if !target.is_empty() && is_room {
        x = canvas.say(x, y, right, " | ", theme.quiet());
        x = canvas.say(x, y, right, &target, theme.text());
    }
    let typed = app.pending.label();
    if !typed.is_empty() {
        x = canvas.say(x, y, right, " | ", theme.quiet());
        x = canvas.say(x, y, right, &typed, theme.strong());
    }
    if let Some((words, tone)) = notice {
        let (words, style) = (Shown::line(&words), tone_style(app, tone));
        if usize::from(x) + words.width() + 3 > usize::from(right) {
            let blank = Shown::line("").pad(usize::from(area.width));
            canvas.put(area.x, y, right, &blank, theme.text());
            x = canvas.say(area.x, y, right, " ", theme.text());
        } else if x > area.x + 1 {
            x = canvas.say(x, y, right, " | ", theme.quiet());
        }
        canvas.put(x, y, right, &words, style);
    }
}

/// The place in the list of the view and its length, where it is no list of messages or threads.
fn listed(app: &App) -> Option<(u32, u32)> {
    match app.view {
        View::People | View::Suggestions => {
            Some((super::people::window(app).cursor, super::people::len(app)))
        }
        View::Differences => Some((app.reconcile.window.cursor, app.reconcile.len())),
        View::Waiting => Some((app.second.window.cursor, app.second.len())),
        View::Rules => Some((app.rules.window.cursor, app.rules.len())),
        View::Findings => Some((app.findings.window.cursor, app.findings.len())),
        View::Report => Some((app.report.window.cursor, app.report.len())),
        View::Start => Some((app.start.window.cursor, app.start_len())),
        View::Timeline => Some((app.timeline.window.cursor, app.timeline.len())),
        _ => None,
    }
}

/// Which lines of a page that does not fit the window are in sight, and how many it has.
fn page(app: &App) -> Option<(u32, u32, u32)> {
    if !matches!(app.view, View::Help | View::Bundle) {
        return None;
    }
    let all = super::page_rows(app);
    let rows = u32::from(super::areas(app).main.height);
    let first = app.page_top;
    (all > rows).then_some((first + 1, (first + rows).min(all), all))
}

/// Whether the view lists nothing: then there is nothing that a key could act on.
fn is_empty(app: &App) -> bool {
    match (app.current_reading(), app.view) {
        (Some(reading), _) => reading.len() == 0,
        (None, View::Threads) => app.order.is_empty(),
        (None, View::Log) => app.log.is_empty(),
        _ => listed(app).is_some_and(|(_, total)| total == 0),
    }
}

/// Whether an act needs nothing of a list to act on.
fn is_free(act: Act) -> bool {
    matches!(
        act,
        Act::Back
            | Act::Help
            | Act::Undo
            | Act::Redo
            | Act::Stop
            | Act::Quit
            | Act::GoFacts
            | Act::OfFinding(FindingAct::Listed)
            | Act::GoPeople
            | Act::GoSample
            | Act::GoSources
            | Act::GoSuggestions
            | Act::GoThreads
    )
}

fn tone_style(app: &App, tone: Tone) -> ratatui::style::Style {
    match tone {
        Tone::Plain => app.theme.text(),
        Tone::Good => app.theme.good(),
        Tone::Bad => app.theme.warning(),
    }
}

/// The last thing to tell; while a job runs and nothing else is to tell, how far it is.
fn notice(app: &App) -> Option<(String, Tone)> {
    if let Some(notice) = &app.notice {
        return Some(notice.clone());
    }
    if app.is_saving() {
        return Some(("saving ...".into(), Tone::Plain));
    }
    app.job
        .as_ref()
        .map(|job| (progress(app, job), Tone::Plain))
}

fn progress(app: &App, job: &Job) -> String {
    let stop = app.keymap.label(Act::Stop);
    match (job.done.saturating_mul(100)).checked_div(job.total) {
        Some(percent) => format!("{} {}%, {stop} stops", job.stage, percent.min(100)),
        None if job.done > 0 => format!("{} {}, {stop} stops", job.stage, grouped(job.done)),
        None => format!("{}, {stop} stops", job.stage),
    }
}

/// What a decision would act on now.
fn target(app: &App) -> String {
    let Some(reading) = app.current_reading().filter(|_| app.view != View::Threads) else {
        return String::new();
    };
    let (from, to) = reading.target(app.pending.count());
    let size = u64::from(to.saturating_sub(from)) + 1;
    let why = app.marks.reason.as_ref();
    let why = why.map_or_else(String::new, |reason| format!(", why: {}", reason.code));
    let masked = match app.theme.is_linear() {
        true => masked(app),
        false => String::new(),
    };
    let why = masked + &why;
    match reading.range {
        Some(_) => format!("RANGE of {}{why}", grouped(size)),
        None if size > 1 => format!("{} messages{why}", grouped(size)),
        None => format!("this message{why}"),
    }
}

/// What is masked of the current message, for who does not see the sign beside it.
fn masked(app: &App) -> String {
    let masks = app.session.masks();
    let of = app.current_message().and_then(|number| masks.of(number));
    let count = of.map_or(0, |masks| masks.all().count());
    match count {
        0 => String::new(),
        count => format!(", {}", counted(count as u64, "mask", "masks")),
    }
}

/// The keys that matter in each view, the most needed first.
fn keys_of(app: &App) -> &'static [Act] {
    const DECIDE: &[Act] = &[
        Act::Decide(Decision::Official, Reach::Target),
        Act::Decide(Decision::Personal, Reach::Target),
        Act::Decide(Decision::Mixed, Reach::Target),
        Act::Decide(Decision::Context, Reach::Target),
        Act::Decide(Decision::Refer, Reach::Target),
        Act::Undo,
        Act::Help,
        Act::NextUndecided,
        Act::Search,
        Act::Range,
        Act::Filter,
        Act::Details,
        Act::GoBundle,
        Act::Back,
    ];
    const HITS: &[Act] = &[
        Act::Open,
        Act::Decide(Decision::Official, Reach::Target),
        Act::Decide(Decision::Personal, Reach::Target),
        Act::Decide(Decision::Official, Reach::Listed),
        Act::Decide(Decision::Personal, Reach::Listed),
        Act::Back,
        Act::Help,
        Act::Search,
        Act::Undo,
        Act::NextUndecided,
        Act::Filter,
    ];
    const THREADS: &[Act] = &[
        Act::Open,
        Act::NextUndecided,
        Act::Search,
        Act::Filter,
        Act::Sort,
        Act::Help,
        Act::Decide(Decision::Personal, Reach::Thread),
        Act::Decide(Decision::Official, Reach::Thread),
        Act::GoBundle,
        Act::GoFacts,
        Act::GoLog,
        Act::GoSources,
        Act::GoDifferences,
        Act::Quit,
    ];
    match app.view {
        View::Messages => DECIDE,
        View::Results => HITS,
        View::Timeline => &[
            Act::Open,
            Act::Zoom,
            Act::Scope,
            Act::Back,
            Act::Help,
            Act::Palette,
        ],
        View::Sample => &[
            Act::Decide(Decision::Official, Reach::Target),
            Act::Decide(Decision::Personal, Reach::Target),
            Act::Open,
            Act::Details,
            Act::GoSample,
            Act::Back,
            Act::Help,
        ],
        View::Bookmarks => &[
            Act::Open,
            Act::Bookmark,
            Act::Decide(Decision::Official, Reach::Target),
            Act::Decide(Decision::Personal, Reach::Target),
            Act::Back,
            Act::Help,
        ],
        View::Day => &[
            Act::Open,
            Act::Decide(Decision::Official, Reach::Target),
            Act::Decide(Decision::Personal, Reach::Target),
            Act::PreviousDay,
            Act::NextDay,
            Act::NextUndecided,
            Act::Back,
            Act::Help,
        ],
        View::Start => &[
            Act::Open,
            Act::Back,
            Act::NextUndecided,
            Act::NextSection,
            Act::GoThreads,
            Act::Search,
            Act::Help,
            Act::GoBundle,
            Act::GoTimeline,
            Act::GoPeople,
            Act::Quit,
        ],
        View::Threads => THREADS,
        View::Bundle => &[
            Act::WriteBundle,
            Act::Partial,
            Act::NextProfile,
            Act::Back,
            Act::Help,
        ],
        View::Sources => &[Act::Whose, Act::DateOrder, Act::Back, Act::Help],
        View::Differences => super::differences::keys(app),
        View::People => &[
            Act::Open,
            Act::Pick,
            Act::Join,
            Act::Say(Relation::Me),
            Act::Say(Relation::Colleague),
            Act::Say(Relation::Outsider),
            Act::GoSuggestions,
            Act::Help,
            Act::Rename,
            Act::MessagesOf,
            Act::Undo,
            Act::Back,
        ],
        View::Person => &[
            Act::Split,
            Act::Rename,
            Act::Say(Relation::Me),
            Act::Say(Relation::Colleague),
            Act::Say(Relation::Outsider),
            Act::Notes,
            Act::MessagesOf,
            Act::Undo,
            Act::Help,
            Act::Back,
        ],
        View::Suggestions => &[
            Act::Accept,
            Act::Dismiss,
            Act::AcceptExact,
            Act::Undo,
            Act::GoPeople,
            Act::Help,
            Act::Back,
        ],
        View::Rules => &[
            Act::Open,
            Act::RunRule,
            Act::Exceptions,
            Act::ChangeRule,
            Act::Undo,
            Act::Help,
            Act::RemoveRule,
            Act::RuleUp,
            Act::RuleDown,
            Act::Back,
        ],
        View::Masks => &[
            Act::Span,
            Act::MaskFor,
            Act::MaskAgain,
            Act::Unmask,
            Act::MaskAll,
            Act::Search,
            Act::Undo,
            Act::Back,
            Act::Help,
            Act::NextUndecided,
            Act::Along(UnitStep::NextWord),
            Act::SpanOther,
        ],
        View::Waiting => &[Act::Open, Act::Undo, Act::GoSample, Act::Help, Act::Back],
        View::Findings => &[
            Act::OfFinding(FindingAct::Confirm),
            Act::OfFinding(FindingAct::Dismiss),
            Act::OfFinding(FindingAct::DismissValue),
            Act::OfFinding(FindingAct::Mask),
            Act::OfFinding(FindingAct::Flag),
            Act::Undo,
            Act::Help,
            Act::Open,
            Act::OfFinding(FindingAct::Listed),
            Act::OfFinding(FindingAct::Reopen),
            Act::Back,
        ],
        View::Report => &[
            Act::Open,
            Act::NextSection,
            Act::PreviousSection,
            Act::Back,
            Act::Help,
            Act::GoFindings,
        ],
        View::Log => &[Act::Undo, Act::Redo, Act::Back, Act::Help],
        View::Files if app.files.len > 1 => &[Act::Down, Act::Up, Act::Back, Act::Help],
        View::Files => &[Act::Back, Act::Help],
        View::Help => &[Act::PageDown, Act::PageUp, Act::Back, Act::Palette],
    }
}

/// The keys that matter now; after a prefix, what can follow it, unless that is `hinted` elsewhere.
pub(super) fn footer(app: &App, canvas: &mut Canvas<'_>, area: Rect, hinted: bool) {
    if area.height == 0 {
        return;
    }
    let mut pairs: Vec<(String, String)> = Vec::new();
    match &app.ask {
        Some(Ask::Form(_)) => {
            for (key, name) in [
                ("Enter", "next, at the end save"),
                ("Up Down", "move"),
                ("Esc", "leaves it"),
            ] {
                pairs.push((key.into(), name.into()));
            }
        }
        Some(Ask::DateOrder(_)) => {
            for (key, name) in [
                ("1", "day first"),
                ("2", "month first"),
                ("3", "year first"),
                ("Esc", "leave it"),
            ] {
                pairs.push((key.into(), name.into()));
            }
        }
        _ if hinted => pairs.push(("Esc".into(), "drops it".into())),
        _ if app.hint => {
            pairs.extend(
                app.pending
                    .choices(app.view, &app.keymap)
                    .into_iter()
                    .map(|(key, name)| (key, name.to_owned())),
            );
        }
        _ => {
            // What is merged can be taken apart.
            let apart = app.is_of_several().then_some(Act::NotTheSame);
            let stop = (app.job.is_some() && app.order.is_empty()).then_some(Act::Stop);
            let empty = is_empty(app);
            let acts = stop.iter().chain(&apart).chain(keys_of(app));
            let acts = acts.filter(|act| !empty || is_free(**act));
            for action in acts.filter_map(|act| action::of(*act)) {
                // What has no key is not offered.
                if let Some(key) = app.keymap.labels(action.act).into_iter().next() {
                    pairs.push((key, action.name.to_owned()));
                }
            }
        }
    }
    let (y, right) = (area.y, area.right());
    let mut x = area.x;
    for (key, name) in fitting(pairs, usize::from(area.width), &app.keymap) {
        x = canvas.say_all(
            x,
            y,
            right,
            &[
                (" ", app.theme.text()),
                (&key, app.theme.strong()),
                (" ", app.theme.text()),
                (&name, app.theme.quiet()),
                (" ", app.theme.text()),
            ],
        );
    }
}

/// As many of the keys as the row has room for, from the first on. The key that shows all keys is
/// always among them, and the way back where it stands before that.
fn fitting(
    pairs: Vec<(String, String)>,
    width: usize,
    keymap: &Keymap,
) -> impl Iterator<Item = (String, String)> {
    let needs =
        |(key, name): &(String, String)| Shown::line(key).width() + Shown::line(name).width() + 3;
    let place = |act| {
        let key = keymap.label(act);
        pairs.iter().position(|(own, _)| *own == key)
    };
    let help = place(Act::Help);
    let back = place(Act::Back).filter(|back| help.is_some_and(|help| *back < help));
    let is_kept = move |at: usize| [help, back].contains(&Some(at));
    let kept = pairs.iter().enumerate().filter(|(at, _)| is_kept(*at));
    let kept: usize = kept.map(|(_, pair)| needs(pair)).sum();
    let mut room = width.saturating_sub(kept);
    let mut is_full = false;
    let fits = move |(at, pair): &(usize, (String, String))| {
        if is_kept(*at) {
            return kept <= width;
        }
        let needed = needs(pair);
        is_full |= needed > room;
        room = room.saturating_sub(needed);
        !is_full
    };
    pairs
        .into_iter()
        .enumerate()
        .filter(fits)
        .map(|(_, pair)| pair)
}
