//! The rules: what each says, what it would decide, and how many exceptions it has.

use super::canvas::Canvas;
use super::entries::{Entries, none, nothing};
use super::{Line, count, hung};
use crate::review::rules::Matches;
use crate::text::{Shown, counted, grouped};
use crate::tui::app::App;
use ratatui::layout::Rect;

/// How many rows a rule takes in a window of this width.
pub fn rows(app: &App, at: u32, width: u16) -> u32 {
    count(&lines(app, at, width))
}

/// What a rule proposes of what is new to it: `rule 3 would decide 41 new messages`.
pub fn proposal(one: &Matches) -> String {
    let new = counted(u64::from(one.new), "new message", "new messages");
    format!("rule {} would decide {new}", one.rule)
}

/// Draws those in view; gives the row of the cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    if app.rules.is_empty() {
        let words = match app.rules.all {
            Some(_) => "no rules yet: on a thread or the hits of a search, K keeps it as a rule",
            None => "looking what the rules find ...",
        };
        nothing(canvas, area, 2, words);
        return area.y;
    }
    let entries = Entries {
        window: app.rules.window,
        len: app.rules.len(),
        before: 2,
        lines: &|at| lines(app, at, area.width),
        picked: &none,
    };
    entries.draw(canvas, area)
}

fn lines(app: &App, at: u32, width: u16) -> Vec<Line> {
    let theme = app.theme;
    let Some(one) = app.rules.nth(at) else {
        return Vec::new();
    };
    let room = width.saturating_sub(2).max(1);
    let number = vec![(Shown::line(&format!("{:>3}  ", one.rule)), theme.quiet())];
    let mut lines = hung(number, &Shown::line(&one.text.name), theme.strong(), room);
    let mut tell = |words: &str, style| {
        let indent = vec![(Shown::line("     "), theme.quiet())];
        lines.extend(hung(indent, &Shown::line(words), style, room));
    };
    let said = format!("{} are {}", one.text.query, one.text.decision.name());
    tell(&said, theme.decision(one.text.decision));
    if let Some(why) = one.text.why() {
        tell(&format!("because: {why}"), theme.text());
    }
    let found = counted(one.found.len(), "message", "messages");
    let new = match one.new {
        0 => String::new(),
        new => format!(" ({} of them new)", grouped(u64::from(new))),
    };
    let exceptions = counted(one.exceptions.len(), "exception", "exceptions");
    let open = grouped(u64::from(one.count()));
    let words = format!("finds {found}, would decide {open}{new}, keeps {exceptions}");
    let style = match one.count() {
        0 => theme.quiet(),
        _ => theme.warning(),
    };
    tell(&words, style);
    if one.earlier > 0 {
        let shared = grouped(u64::from(one.earlier));
        let words = format!("{shared} of them a rule above would decide too: the first run does");
        tell(&words, theme.text());
    }
    lines
}
