//! What there is to reconcile: messages that may be one, with what speaks for it; message by
//! message what another export tells; and what a person said is the same. And the questions about
//! it.

use super::Areas;
use super::canvas::Canvas;
use super::entries::{Entries, none, nothing};
use super::{Line, count, hung};
use crate::case::{Difference, Store};
use crate::model::{Decision, MessageNumber};
use crate::review::reconciling::Item;
use crate::text::Shown;
use crate::tui::action::Act;
use crate::tui::app::App;
use crate::tui::block::{clock, head};
use crate::tui::reconcile::SameAsk;
use crate::tui::theme::Theme;
use ratatui::layout::Rect;

/// Bytes of a text that are shown; the thread and the details have all of it.
const MOST: usize = 240;

/// How many rows one takes in a window of this width.
pub fn rows(app: &App, at: u32, width: u16) -> u32 {
    count(&lines_at(app, at, width))
}

/// Draws those in view; gives the row of the cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    let list = &app.reconcile;
    if list.is_empty() {
        let words = match list.found {
            Some(_) => {
                "the exports disagree on nothing that two of them tell, and no two messages look the same"
            }
            None => "comparing the exports ...",
        };
        nothing(canvas, area, 2, words);
        return area.y;
    }
    let entries = Entries {
        window: list.window,
        len: list.len(),
        before: 2,
        lines: &|at| lines_at(app, at, area.width),
        picked: &none,
    };
    entries.draw(canvas, area)
}

fn lines_at(app: &App, at: u32, width: u16) -> Vec<Line> {
    let Some((store, item)) = app.reconcile.nth(at) else {
        return Vec::new();
    };
    let room = width.saturating_sub(2).max(1);
    match item {
        Item::Likely(likely) => {
            let words = format!("may be the same: {}", likely.evidence);
            pair(app, store, &words, [likely.one, likely.other], room)
        }
        Item::Same(one, other) => {
            let words = "said to be the same, decided once";
            pair(app, store, words, [*one, *other], room)
        }
        Item::Differs(differs) => {
            // Where the one before is of the same message, the message is not shown again.
            let before = at.checked_sub(1).and_then(|at| app.reconcile.nth(at));
            let again = before.is_some_and(
                |(_, item)| matches!(item, Item::Differs(before) if before.number == differs.number),
            );
            differing(app.theme, store, differs, again, room)
        }
    }
}

/// Two messages, one under the other, and what is said of the two.
fn pair(app: &App, store: &Store, words: &str, two: [MessageNumber; 2], width: u16) -> Vec<Line> {
    let theme = app.theme;
    let mut lines = hung(Vec::new(), &Shown::line(words), theme.strong(), width);
    for number in two {
        let Some(message) = store.message(number) else {
            continue;
        };
        let hidden = app.second.hidden.contains(number.0);
        let decision = match app.session.decision(number) {
            _ if hidden => "decided, hidden",
            decision => decision.name(),
        };
        let words = format!("{number}, {decision}: {}", place(store, number));
        let two = vec![(Shown::line("  "), theme.quiet())];
        lines.extend(hung(two, &Shown::line(&words), theme.quiet(), width));
        let four = vec![(Shown::line("    "), theme.quiet())];
        let text = head(message.text, MOST).0;
        lines.extend(hung(four, &Shown::line(text), theme.text(), width));
    }
    lines
}

/// When a message was sent, by whom, and in which thread.
fn place(store: &Store, number: MessageNumber) -> String {
    let Some(message) = store.message(number) else {
        return String::new();
    };
    let time = clock(&message).map_or_else(
        || "no date         ".to_owned(),
        |time| time.format("%Y-%m-%d %H:%M").to_string(),
    );
    let sender = message.participant.and_then(|id| store.participant(id));
    let name = sender.map_or("", |one| one.name.as_str());
    let title = store.thread(message.thread);
    let title = title.map_or("", |one| one.title.as_str());
    format!("{time}  {name}, in {title}")
}

fn differing(
    theme: Theme,
    store: &Store,
    differs: &Difference,
    again: bool,
    width: u16,
) -> Vec<Line> {
    let mut lines = Vec::new();
    let indent = || vec![(Shown::line("  "), theme.quiet())];
    if let Some(message) = store.message(differs.number).filter(|_| !again) {
        let words = place(store, differs.number);
        lines.extend(hung(
            Vec::new(),
            &Shown::line(&words),
            theme.strong(),
            width,
        ));
        let text = head(message.text, MOST).0;
        lines.extend(hung(indent(), &Shown::line(text), theme.text(), width));
    }
    let source = store.source(differs.source);
    let name = source.map_or("", |one| one.name.as_str());
    let shift = source
        .and_then(|one| one.clocks.iter().find(|one| one.thread == differs.thread))
        .map_or_else(String::new, |one| {
            format!(" (its clock is {})", one.describe())
        });
    let words = format!("{name} {}{shift}", differs.what.describe());
    lines.extend(hung(indent(), &Shown::line(&words), theme.warning(), width));
    if let Some(told) = store.disagreement(differs) {
        let text = head(&told.text, MOST).0;
        if !text.is_empty() {
            let four = vec![(Shown::line("    "), theme.quiet())];
            lines.extend(hung(four, &Shown::line(text), theme.text(), width));
        }
    }
    lines
}

/// What is about to be said, and the one key that says it; or what holds of what was decided
/// differently.
pub(super) fn question(app: &App, canvas: &mut Canvas<'_>, areas: Areas, ask: &SameAsk) {
    let clashes = match ask {
        SameAsk::Sure(words, _) => {
            return super::ask::question(app, canvas, areas, words.clone());
        }
        SameAsk::Holds(clashes, _) => clashes,
    };
    let told: Vec<String> = clashes
        .iter()
        .take(2)
        .map(|clash| {
            let of = |(number, decision): (MessageNumber, Decision)| {
                format!("{number} is {}", decision.name())
            };
            format!("{}, {}", of(clash.one), of(clash.other))
        })
        .collect();
    let more = match clashes.len() {
        0..3 => String::new(),
        count => format!(", and {} more pairs", count - 2),
    };
    let about = format!("{}{more}; Esc leaves them apart", told.join("; "));
    let question = ("decided differently; which holds", "which holds");
    super::ask::decision(app, canvas, areas, question, &about);
}

/// The keys that matter for what is under the cursor, the most needed first.
pub(super) fn keys(app: &App) -> &'static [Act] {
    match app.reconcile.current() {
        Some(Item::Likely(_)) => &[
            Act::TheSame,
            Act::NotTheSame,
            Act::Open,
            Act::Undo,
            Act::Back,
            Act::Help,
        ],
        Some(Item::Same(..)) => &[Act::NotTheSame, Act::Open, Act::Undo, Act::Back, Act::Help],
        _ => &[
            Act::Open,
            Act::NotTheSame,
            Act::Back,
            Act::GoSources,
            Act::Help,
        ],
    }
}
