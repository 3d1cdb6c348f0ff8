//! The messages that would become context, and the keys that add them or take more.

use super::Areas;
use super::canvas::Canvas;
use crate::model::MessageNumber;
use crate::review::beside::short;
use crate::text::{Shown, counted};
use crate::tui::app::{App, AroundAsk};
use crate::tui::block::{clock, head};
use ratatui::layout::Rect;

/// So many bytes of a text are looked at for its first words.
const FIRST_WORDS: usize = 400;

/// Draws the question over the end of the list.
pub(super) fn question(app: &App, canvas: &mut Canvas<'_>, areas: Areas, ask: &AroundAsk) {
    let (theme, around) = (app.theme, &ask.around);
    let mut rows = Vec::new();
    for number in &around.messages {
        rows.push((row(app, *number, ""), theme.text()));
    }
    for (number, decision) in &around.kept {
        let stays = format!(" stays {}", decision.name());
        rows.push((row(app, *number, &stays), theme.quiet()));
    }
    let area = areas.main;
    let room = usize::from(area.height.saturating_sub(1).max(1));
    if rows.len() > room {
        let more = rows.len().saturating_sub(room.saturating_sub(1));
        rows.truncate(room.saturating_sub(1));
        let words = format!("  and {}", counted(more as u64, "more", "more"));
        rows.push((Shown::line(&words), theme.quiet()));
    }
    let count = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let top = area.bottom().saturating_sub(count);
    if top > area.y {
        let heading = Shown::line(&format!("around message {}", around.of));
        canvas.rule(area, top.saturating_sub(1), &heading, theme.quiet());
    }
    let blank = Shown::line("").pad(usize::from(area.width));
    for (y, (words, style)) in (top..area.bottom()).zip(rows) {
        canvas.put(area.x, y, area.right(), &blank, theme.text());
        let words = words.cut(usize::from(area.width.saturating_sub(1)));
        canvas.put(area.x, y, area.right(), &words, style);
    }
    status(app, canvas, areas, ask);
}

/// `  4711  09:00 Ann Lee: the first words`.
fn row(app: &App, number: MessageNumber, stays: &str) -> Shown {
    let Some(message) = app.store.message(number) else {
        return Shown::line("");
    };
    let time = clock(&message).map_or_else(String::new, |time| time.format(" %H:%M").to_string());
    let sender = message.participant.and_then(|id| app.store.participant(id));
    let sender = sender.map_or_else(|| "nobody named".to_owned(), |one| short(&one.name));
    let (words, _) = head(message.text, FIRST_WORDS);
    let words: Vec<&str> = words.split_whitespace().collect();
    Shown::line(&format!(
        "  {number}{time} {sender}{stays}: {}",
        words.join(" ")
    ))
}

fn status(app: &App, canvas: &mut Canvas<'_>, areas: Areas, ask: &AroundAsk) {
    let (theme, around) = (app.theme, &ask.around);
    let Rect { x, y, .. } = areas.status;
    let mut words = match around.messages.len() as u64 {
        0 => "context: nothing around it is undecided".to_owned(),
        count => format!("context: {}", counted(count, "message", "messages")),
    };
    words += &format!(
        " ({} before, {} after, what it answers)",
        around.before, around.after
    );
    if areas.footer.height == 0 {
        words += ": y adds, + - n";
    }
    let right = areas.status.right();
    let shown = Shown::line(&words).cut(usize::from(areas.status.width.saturating_sub(1)));
    canvas.put(x.saturating_add(1), y, right, &shown, theme.warning());
    let below = areas.footer;
    if below.height > 0 {
        canvas.say_all(
            below.x,
            below.y,
            below.right(),
            &[
                (" y", theme.strong()),
                (" adds them ", theme.text()),
                (" + -", theme.strong()),
                (" more or fewer ", theme.text()),
                (" n", theme.strong()),
                (" leaves all as it is", theme.text()),
                ("   u takes it back", theme.quiet()),
            ],
        );
    }
}
