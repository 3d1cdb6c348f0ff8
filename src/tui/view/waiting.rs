//! What waits for a second look: whose, how many, since when; and the questions about a word.

use super::Areas;
use super::canvas::Canvas;
use super::entries::{Entries, none, nothing};
use super::{Line, count, hung};
use crate::review::second::Stand;
use crate::text::{Shown, counted, grouped};
use crate::tui::app::App;
use crate::tui::second::SecondAsk;
use ratatui::layout::Rect;

/// How many rows a group takes in a window of this width.
pub fn rows(app: &App, at: u32, width: u16) -> u32 {
    count(&lines(app, at, width))
}

/// Draws those in view; gives the row of the cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    if app.second.is_empty() {
        let words = match app.second.groups {
            Some(_) => "nothing waits: no message is referred, and nobody disagrees",
            None => "looking what waits ...",
        };
        let below = nothing(canvas, area, 2, words);
        let width = area.width.saturating_sub(2).max(1);
        for (y, line) in (below..area.bottom()).zip(reviewers(app, width)) {
            canvas.line(area.x + 2, y, area.right(), &line);
        }
        return area.y;
    }
    let entries = Entries {
        window: app.second.window,
        len: app.second.entries(),
        before: 2,
        lines: &|at| lines(app, at, area.width),
        picked: &none,
    };
    entries.draw(canvas, area)
}

fn lines(app: &App, at: u32, width: u16) -> Vec<Line> {
    let theme = app.theme;
    let room = width.saturating_sub(2).max(1);
    let Some(group) = app.second.nth(at) else {
        return reviewers(app, room);
    };
    let head = vec![(Shown::line(group.waiting.title()).pad(16), theme.strong())];
    let since = group.since.as_deref().map(super::ledger::minute);
    let since = since.map_or_else(String::new, |at| format!(", since {at}"));
    let words = format!(
        "{}, {}{since}",
        counted(u64::from(group.count()), "message", "messages"),
        group.who
    );
    let mut lines = hung(head, &Shown::line(&words), theme.text(), room);
    let indent = vec![(Shown::line("  "), theme.quiet())];
    let todo = Shown::line(group.waiting.todo());
    lines.extend(hung(indent, &todo, theme.quiet(), room));
    lines
}

/// What each reviewer decided and said of others' decisions, after an empty line.
fn reviewers(app: &App, width: u16) -> Vec<Line> {
    let theme = app.theme;
    let mut lines = Vec::new();
    for one in &app.second.reviewers {
        if lines.is_empty() {
            lines.push(Line::new());
        }
        let mut words = vec![format!("{} decided", grouped(u64::from(one.decided())))];
        let disagreed = one.words(Stand::Disagreed) + one.words(Stand::Upheld);
        for (count, what) in [
            (one.words(Stand::Countersigned), "countersigned"),
            (disagreed, "disagreed"),
        ] {
            if count > 0 {
                words.push(format!("{} {what}", grouped(u64::from(count))));
            }
        }
        let words = format!("{}: {}", one.name, words.join(", "));
        let style = theme.text();
        lines.extend(hung(Vec::new(), &Shown::line(&words), style, width));
    }
    lines
}

/// What would be decided instead; or what is about to be said of many, and the one key that says it.
pub(super) fn question(app: &App, canvas: &mut Canvas<'_>, areas: Areas, ask: &SecondAsk) {
    match ask {
        SecondAsk::Would(aim) => {
            let about = format!(
                "{}: a letter, then a comment or none; Esc leaves",
                aim.words
            );
            let question = ("you would decide", "rather");
            super::ask::decision(app, canvas, areas, question, &about);
        }
        SecondAsk::Sure(saying, preview) => {
            let mut words = format!(
                "{} ({} in {}",
                saying.words,
                counted(u64::from(preview.count), "message", "messages"),
                counted(u64::from(preview.threads), "thread", "threads"),
            );
            if preview.own > 0 {
                words += &format!(", {} your own and left out", preview.own);
            }
            words += ")";
            super::ask::question(app, canvas, areas, words);
        }
    }
}
