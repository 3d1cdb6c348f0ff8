//! What detectors point at: each with the text around it, what it rests on, and what is said of it.

use super::canvas::Canvas;
use super::entries::{Entries, none, nothing};
use super::{Line, count, hung};
use crate::findings::{Finding, Place};
use crate::review::findings::Verdict;
use crate::text::{Shown, counted, grouped};
use crate::tui::app::App;
use crate::tui::block::clock;
use crate::tui::findings::{Listed, Words};
use ratatui::layout::Rect;

/// Columns before a finding's words: the cursor, and a blank.
const BEFORE: u16 = 2;
/// Rows of the text around a finding, at most.
const MOST_AROUND: usize = 4;
/// Words are no wider, however wide the window.
const WIDEST: u16 = 110;

/// What the header says.
pub(super) fn header(app: &App) -> (String, String) {
    let words = match &app.findings.board {
        None => String::new(),
        Some(board) => format!(
            "  {} of {}",
            match board.listed {
                Listed::All => "all".to_owned(),
                listed => format!("{} {}", grouped(u64::from(board.len())), listed.name()),
            },
            grouped(board.all() as u64)
        ),
    };
    ("findings".to_owned(), words)
}

/// How many rows a finding takes in a window of this width.
pub fn rows(app: &App, at: u32, width: u16) -> u32 {
    count(&lines(app, at, width))
}

/// Draws those in view; gives the row of the cursor.
pub(super) fn list(app: &App, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    if app.findings.is_empty() {
        let words = match &app.findings.board {
            None => "looking through all messages ...".to_owned(),
            Some(board) if board.all() == 0 => "no detector points at anything".to_owned(),
            Some(board) => format!(
                "no finding is {} now, of {}",
                board.listed.name(),
                counted(board.all() as u64, "finding", "findings")
            ),
        };
        nothing(canvas, area, BEFORE, &words);
        return area.y;
    }
    let entries = Entries {
        window: app.findings.window,
        len: app.findings.len(),
        before: BEFORE,
        lines: &|at| lines(app, at, area.width),
        picked: &none,
    };
    entries.draw(canvas, area)
}

fn lines(app: &App, at: u32, width: u16) -> Vec<Line> {
    let theme = app.theme;
    let room = width.saturating_sub(BEFORE).clamp(1, WIDEST);
    let board = app.findings.board.as_ref();
    let Some(finding) = board.and_then(|board| board.nth(at)) else {
        return Vec::new();
    };
    let title = finding.about().map_or("", |about| about.title);
    let mut head: Line = vec![(Shown::line(title), theme.text())];
    let words = app.findings.words(at);
    let told = words.flatten();
    let mut lines = match told {
        Some(words) => {
            head.push((Shown::line(": "), theme.text()));
            let mut head = hung(head, &words.found, theme.strong(), room);
            if let (Some(last), said) = (head.last_mut(), said(app, &finding, words))
                && !said.is_empty()
            {
                last.push((Shown::line(&format!("  {said}")), theme.good()));
            }
            head
        }
        None => vec![head],
    };
    let indent = || vec![(Shown::line("  "), theme.text())];
    match words {
        Some(Some(words)) => {
            let mut around = hung(indent(), &words.around, theme.text(), room);
            around.truncate(MOST_AROUND);
            lines.extend(around);
            let because = Shown::line(&format!("because {}", words.because));
            lines.extend(hung(indent(), &because, theme.quiet(), room));
        }
        Some(None) => {
            let words = Shown::line("its text cannot be read");
            lines.extend(hung(indent(), &words, theme.warning(), room));
        }
        None => lines.push(vec![(Shown::line("  reading ..."), theme.quiet())]),
    }
    let place = Shown::line(&stands(app, &finding));
    lines.extend(hung(indent(), &place, theme.quiet(), room));
    lines
}

/// What is said of a finding and done about it.
fn said(app: &App, finding: &Finding, words: &Words) -> String {
    let mut all: Vec<&str> = Vec::new();
    all.extend(app.verdict_of(finding, Some(words)).map(Verdict::name));
    if app.masks_finding(finding) {
        all.push("masked");
    }
    if app.flags_finding(finding) {
        all.push("flagged");
    }
    all.join(", ")
}

/// Where it stands: by whom, when, in which thread, and where in the message.
fn stands(app: &App, finding: &Finding) -> String {
    let Some(message) = app.store.message(finding.message) else {
        return String::new();
    };
    let time = clock(&message).map_or_else(
        || "no date".to_owned(),
        |time| {
            let day = app.settings.dates.short(time);
            format!("{day} {}", time.format("%H:%M"))
        },
    );
    let sender = message.participant.and_then(|id| app.store.participant(id));
    let sender = sender.map_or_else(String::new, |one| format!("{}, ", one.name));
    let thread = app.store.thread(message.thread);
    let thread = thread.map_or("", |thread| thread.title.as_str());
    let place = match finding.place {
        Place::Text => String::new(),
        Place::Version(_) => ", in an earlier wording".to_owned(),
        Place::FileName(_) => ", in the name of a file".to_owned(),
        Place::FileText(_) => ", in a file".to_owned(),
    };
    let decision = app.session.decision(finding.message).name();
    format!("{sender}{time}, in {thread}{place}: {decision}")
}
