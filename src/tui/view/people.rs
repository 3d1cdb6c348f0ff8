//! The people of the case, the names of one of them, and who may be one.

use super::canvas::Canvas;
use super::entries::{Entries, nothing};
use super::{Line, count, hung};
use crate::model::Relation;
use crate::people::Person;
use crate::people::suggest::{Strength, Suggestion};
use crate::review::people::Sent;
use crate::text::{Shown, counted, grouped};
use crate::tui::action::{Act, View};
use crate::tui::app::App;
use crate::tui::people::Board;
use crate::tui::window::Window;
use chrono::DateTime;
use ratatui::layout::Rect;

/// Columns before a line's words: the cursor, and whether someone is picked.
const BEFORE: u16 = 3;

/// How many entries the view has.
pub fn len(app: &App) -> u32 {
    let board = app.people.board.as_ref();
    match app.view {
        View::Person => {
            let names = app
                .people
                .person()
                .map(|person| person.participants.len() + 1);
            u32::try_from(names.unwrap_or(0)).unwrap_or(u32::MAX)
        }
        View::Suggestions if board.is_some() => {
            let all = app.people.suggestions.as_ref().map_or(0, Vec::len);
            u32::try_from(all).unwrap_or(u32::MAX)
        }
        View::People => board.map_or(0, |board| board.len()),
        _ => 0,
    }
}

/// How many rows an entry of the view takes in a window of this width.
pub fn rows(app: &App, at: u32, width: u16) -> u32 {
    match app.view {
        View::People => 1,
        _ => count(&lines(app, at, width)),
    }
}

/// The window of the view.
pub fn window(app: &App) -> Window {
    match app.view {
        View::Person => app.people.names,
        View::Suggestions => app.people.proposals,
        _ => app.people.list,
    }
}

/// Draws the entries in view; gives the row of the cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    let all = len(app);
    if all == 0 {
        let words = match (&app.people.board, app.view) {
            (None, _) => "looking ...",
            (_, View::Suggestions) if app.people.suggestions.is_none() => "looking ...",
            (_, View::Suggestions) => {
                "Nobody shares a number, an address or a name. docket people import FILE loads a \
                 staff list or a vCard file."
            }
            _ => "nobody yet: docket import PATH loads exports",
        };
        nothing(canvas, area, BEFORE, words);
        return area.y;
    }
    let entries = Entries {
        window: window(app),
        len: all,
        before: BEFORE,
        lines: &|at| lines(app, at, area.width),
        picked: &|at| is_picked(app, at),
    };
    entries.draw(canvas, area)
}

fn is_picked(app: &App, at: u32) -> bool {
    let board = app
        .people
        .board
        .as_ref()
        .filter(|_| app.view == View::People);
    board
        .and_then(|board| board.nth(at))
        .is_some_and(|(person, _)| app.people.picked.contains(&person.number))
}

fn lines(app: &App, at: u32, width: u16) -> Vec<Line> {
    let Some(board) = &app.people.board else {
        return Vec::new();
    };
    let room = width.saturating_sub(BEFORE).max(1);
    match app.view {
        View::People => board
            .nth(at)
            .map(|(person, sent)| vec![row(app, person, sent, room)])
            .unwrap_or_default(),
        View::Person => match (app.people.person(), at.checked_sub(1)) {
            (Some(person), None) => about(app, board, person, room),
            (Some(person), Some(at)) => name(app, board, person, at, room),
            (None, _) => Vec::new(),
        },
        _ => {
            let at = usize::try_from(at).ok();
            let found = at.and_then(|at| app.people.suggestions.as_ref()?.get(at));
            found.map_or_else(Vec::new, |found| suggestion(app, board, found, room))
        }
    }
}

/// `1,204  colleague  whatsapp 900, email 304  Ama Osei (3 names), DCR`: the name comes last, since
/// what stands in it can have any width on a terminal.
fn row(app: &App, person: &Person, sent: &Sent, room: u16) -> Line {
    let theme = app.theme;
    let mut line: Line = Vec::new();
    let mut put = |words: &str, style| line.push((Shown::line(words), style));
    if room >= 30 {
        put(
            &format!("{:>9}  ", grouped(u64::from(sent.total()))),
            theme.text(),
        );
    }
    if room >= 46 {
        let relation = match person.relation {
            Relation::Unknown => "",
            relation => relation.name(),
        };
        let style = match person.relation {
            Relation::Me => theme.good(),
            _ => theme.text(),
        };
        put(&format!("{relation:<11}"), style);
    }
    if room >= 76 {
        // The total of one channel stands before it already.
        let alone = sent.channels.len() == 1;
        let mut channels: Vec<String> = sent
            .channels
            .iter()
            .map(|(channel, messages)| match alone {
                true => channel.clone(),
                false => format!("{channel} {}", grouped(u64::from(*messages))),
            })
            .collect();
        if channels.is_empty() && sent.addressed > 0 {
            channels.push(format!(
                "written to in {}",
                grouped(u64::from(sent.addressed))
            ));
        }
        let columns = if room < 100 { 22 } else { 34 };
        let shown = Shown::line(&channels.join(", "))
            .cut(columns)
            .pad(columns + 2);
        line.push((shown, theme.quiet()));
    }
    let mut after = match person.participants.len() {
        1 => String::new(),
        names => format!(" ({names} names)"),
    };
    if !person.organisation.is_empty() {
        after += &format!(", {}", person.organisation);
    }
    line.push((Shown::line(&person.name), theme.strong()));
    line.push((Shown::line(&after), theme.quiet()));
    line
}

fn day(app: &App, seconds: Option<i64>) -> String {
    seconds
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .map_or_else(
            || "no date".to_owned(),
            |time| {
                let time = time.with_timezone(&app.store.zone());
                app.settings.dates.short(time.naive_local())
            },
        )
}

/// What is told of a person.
fn about(app: &App, board: &Board, person: &Person, room: u16) -> Vec<Line> {
    let theme = app.theme;
    let mut lines = hung(Vec::new(), &Shown::line(&person.name), theme.strong(), room);
    let mut tell = |words: &str, style| {
        let head = vec![(Shown::line("  "), style)];
        lines.extend(hung(head, &Shown::line(words), style, room));
    };
    let standing = person.standing();
    match standing.is_empty() {
        true => {
            let said = [Relation::Me, Relation::Colleague, Relation::Outsider];
            let keys = said.map(|relation| app.keymap.label(Act::Say(relation)));
            tell(
                &format!("not said what they are: {}", keys.join(" ")),
                theme.quiet(),
            );
        }
        false => tell(&standing, theme.text()),
    }
    let row = board.row_of(person.number);
    if let Some((_, sent)) = row.and_then(|row| board.nth(row)) {
        for (channel, messages) in &sent.channels {
            let messages = counted(u64::from(*messages), "message", "messages");
            tell(&format!("{messages} on {channel}"), theme.text());
        }
        if sent.addressed > 0 {
            let messages = counted(u64::from(sent.addressed), "message", "messages");
            tell(&format!("addressed in {messages}"), theme.text());
        }
        if sent.first.is_some() {
            let between = format!("{} to {}", day(app, sent.first), day(app, sent.last));
            tell(&between, theme.quiet());
        }
    }
    if let Some(contact) = &person.contact {
        tell(&format!("entry {contact} of a contact list"), theme.quiet());
    }
    if !person.notes.is_empty() {
        tell(&format!("notes: {}", person.notes), theme.text());
    }
    lines
}

/// One name of a person, and the exports that show it.
fn name(app: &App, board: &Board, person: &Person, at: u32, room: u16) -> Vec<Line> {
    let theme = app.theme;
    let id = usize::try_from(at)
        .ok()
        .and_then(|at| person.participants.get(at));
    let Some(participant) = id.and_then(|id| board.cast.store.participant(*id)) else {
        return Vec::new();
    };
    let head = vec![(Shown::line(&participant.channel).pad(10), theme.quiet())];
    let mut lines = hung(head, &Shown::line(&participant.name), theme.strong(), room);
    let names: Vec<&str> = board
        .sources_of(participant.id)
        .filter_map(|source| board.cast.store.source(source))
        .map(|source| source.name.as_str())
        .collect();
    if !names.is_empty() {
        let head = vec![(Shown::line("  in "), theme.quiet())];
        lines.extend(hung(
            head,
            &Shown::line(&names.join("; ")),
            theme.quiet(),
            room,
        ));
    }
    lines
}

fn suggestion(app: &App, board: &Board, suggestion: &Suggestion, room: u16) -> Vec<Line> {
    let theme = app.theme;
    let (one, other) = suggestion.sides(&board.cast.store, &board.cast.roster);
    let mut lines = hung(Vec::new(), &Shown::line(&one), theme.strong(), room);
    let also = vec![(Shown::line("= "), theme.text())];
    lines.extend(hung(also, &Shown::line(&other), theme.strong(), room));
    let style = match suggestion.strength {
        Strength::Exact => theme.good(),
        Strength::Name | Strength::Weak => theme.quiet(),
    };
    let why = format!(
        "{}: {}",
        suggestion.strength.name(),
        suggestion.reasons.join("; ")
    );
    let head = vec![(Shown::line("  "), style)];
    lines.extend(hung(head, &Shown::line(&why), style, room));
    lines
}
