//! The lists that a flag or a reason is chosen from, and the question before many are marked.

use super::Areas;
use super::canvas::Canvas;
use crate::text::{Shown, counted};
use crate::tui::app::{App, ConfirmMark, FlagAsk, ReasonAsk};
use crate::tui::terminal::Cursor;

/// A row of a list: its key or sign, its name, what it means.
pub(super) type Row = (String, String, String);

/// The flags; gives where the cursor rests.
pub(super) fn flags(app: &App, canvas: &mut Canvas<'_>, areas: Areas, ask: &FlagAsk) -> Cursor {
    let marks = app.session.marks();
    let set = ask.aim.one.map(|number| marks.flags(number));
    let row = |flag: &crate::model::Flag| {
        let is_set = set.as_ref().is_some_and(|set| set.contains(flag));
        let sign = if is_set { "*" } else { " " };
        (
            format!("{sign} {}", flag.letter()),
            flag.name().to_owned(),
            flag.means().to_owned(),
        )
    };
    let rows: Vec<Row> = ask.flags.iter().map(row).collect();
    let verb = if ask.off { "take off" } else { "flag" };
    let cursor = list(app, canvas, areas, &rows, ask.at);
    let why = app.marks.reason.as_ref();
    let why = why.map_or_else(String::new, |reason| format!(", why: {}", reason.code));
    let status = areas.status;
    let words = Shown::line(&format!("{verb} {}{why}", ask.aim.words));
    canvas.put(
        status.x + 1,
        status.y,
        status.right(),
        &words,
        app.theme.strong(),
    );
    let help = match ask.aim.one {
        Some(_) => "a letter or Enter puts it on, or takes off what has *; Esc leaves",
        None => "a letter or Enter puts it on; - takes off instead; Esc leaves",
    };
    foot(app, canvas, areas, help);
    cursor
}

/// The reasons; gives where the cursor of the line stands.
pub(super) fn why(app: &App, canvas: &mut Canvas<'_>, areas: Areas, ask: &ReasonAsk) -> Cursor {
    let found = ask.found();
    let rows: Vec<Row> = found
        .iter()
        .map(|reason| (String::new(), reason.code.clone(), reason.means.clone()))
        .collect();
    list(app, canvas, areas, &rows, ask.at);
    if rows.is_empty() {
        let words = match ask.all {
            None => "reading ...",
            Some(_) => "no reason has that in its code or meaning",
        };
        let main = areas.main;
        canvas.say(main.x + 2, main.y, main.right(), words, app.theme.quiet());
    }
    let status = areas.status;
    let x = canvas.say(
        status.x,
        status.y,
        status.right(),
        "why: ",
        app.theme.strong(),
    );
    let shown = Shown::line(ask.line.text());
    let cursor = super::ask::typed(canvas, (x, status.y), status.right(), &ask.line, &shown);
    let help = "type to find, Enter chooses: the next decision or flag takes it; Esc leaves";
    foot(app, canvas, areas, help);
    cursor
}

pub(super) fn foot(app: &App, canvas: &mut Canvas<'_>, areas: Areas, help: &str) {
    let below = areas.footer;
    if below.height > 0 {
        canvas.say(below.x + 1, below.y, below.right(), help, app.theme.quiet());
    }
}

/// Draws the rows around the chosen one; gives where it stands.
pub(super) fn list(
    app: &App,
    canvas: &mut Canvas<'_>,
    areas: Areas,
    rows: &[Row],
    at: usize,
) -> Cursor {
    let theme = app.theme;
    let area = areas.main;
    let height = usize::from(area.height.max(1));
    let first = at.saturating_sub(height.saturating_sub(1));
    let name_width = rows.iter().map(|(_, name, _)| Shown::line(name).width());
    let name_width = u16::try_from(name_width.max().unwrap_or(0)).unwrap_or(u16::MAX);
    let mut cursor = Cursor {
        x: area.x,
        y: area.y,
        shown: false,
    };
    let shown = rows.iter().enumerate().skip(first);
    for (y, (place, (sign, name, means))) in (area.y..area.bottom()).zip(shown) {
        let current = place == at;
        let style = if current {
            theme.strong()
        } else {
            theme.text()
        };
        if current {
            cursor.y = y;
            canvas.say(area.x, y, area.right(), ">", theme.strong());
        }
        let mut x = area.x + 2;
        if !sign.is_empty() {
            x = canvas.say(x, y, area.right(), sign, theme.strong()) + 2;
        }
        canvas.put(x, y, area.right(), &Shown::line(name), style);
        let x = x.saturating_add(name_width).saturating_add(2);
        canvas.put(x, y, area.right(), &Shown::line(means), theme.quiet());
    }
    cursor
}

/// What is about to be done to many, and the one key that does it.
pub(super) fn confirm(app: &App, canvas: &mut Canvas<'_>, areas: Areas, ask: &ConfirmMark) {
    let preview = &ask.preview;
    let mut words = format!(
        "{} ({} in {}",
        ask.words,
        counted(u64::from(preview.count), "message", "messages"),
        counted(u64::from(preview.threads), "thread", "threads"),
    );
    if preview.replaced > 0 {
        words += &format!(", {} said otherwise now", preview.replaced);
    }
    words += ")";
    super::ask::question(app, canvas, areas, words);
}
