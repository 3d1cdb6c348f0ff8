//! Reasons, flags and notes: what their keys ask, and what comes of it.

use super::{App, Ask, Purpose, Tone};
use crate::case::ledger::How;
use crate::case::marks::{About, Reason, Said};
use crate::model::{Decision, Flag, MessageNumber};
use crate::review::marks::Recent;
use crate::review::{Decided, MarkPreview, Target};
use crate::text::{counted, grouped};
use crate::tui::action::{Act, Reach, View};
use crate::tui::event::Effect;
use crate::tui::keymap::{Key, KeyCode};
use crate::tui::prompt::Prompt;

/// A flag or a note that is to be put on, or taken off.
#[derive(Clone, Debug)]
pub struct Mark {
    /// On what.
    pub target: Target,
    /// How the target was chosen.
    pub how: How,
    /// What.
    pub about: About,
    /// What is said from now on; `None` takes it off.
    pub to: Option<Said>,
}

/// What a key reaches.
#[derive(Clone, Debug)]
pub struct Aim {
    pub(super) target: Target,
    pub(super) how: How,
    /// In a few words.
    pub words: String,
    /// The only message, if there is one.
    pub one: Option<MessageNumber>,
    /// Whether it asks first.
    pub(super) asks: bool,
}

/// The list of flags that one is chosen from.
#[derive(Clone, Debug)]
pub struct FlagAsk {
    /// What it would be put on.
    pub aim: Aim,
    /// The last used first.
    pub flags: Vec<Flag>,
    /// The one that Enter takes.
    pub at: usize,
    /// Whether flags of several messages are taken off.
    pub off: bool,
}

/// The list of reasons that one is chosen from.
#[derive(Clone, Debug, Default)]
pub struct ReasonAsk {
    /// All of them, the last used first; `None` until they are read.
    pub all: Option<Vec<Reason>>,
    /// What was typed: parts of codes and meanings.
    pub line: Prompt,
    /// The one that Enter takes, of those that fit.
    pub at: usize,
}

impl ReasonAsk {
    /// The reasons that fit what was typed.
    pub fn found(&self) -> Vec<&Reason> {
        let wanted = crate::text::fold(self.line.text());
        let fits = |reason: &&Reason| {
            let words = crate::text::fold(&format!("{} {}", reason.code, reason.means));
            wanted.split_whitespace().all(|part| words.contains(part))
        };
        let mut found: Vec<_> = self.all.iter().flatten().filter(fits).collect();
        // A code that begins so comes first.
        found.sort_by_key(|reason| !reason.code.starts_with(&wanted));
        found
    }
}

/// A flag or note that waits for its confirming key.
#[derive(Clone, Debug)]
pub struct ConfirmMark {
    /// What is about to be done, on what.
    pub words: String,
    /// What would change.
    pub preview: MarkPreview,
    mark: Mark,
}

/// What is under way.
#[derive(Debug, Default)]
pub struct Marking {
    /// The reason that the next decision or flag takes.
    pub reason: Option<Reason>,
    /// The reason of the last decision, for repeating it.
    used: Option<Reason>,
    /// What the words that are being typed are for.
    pending: Option<(Aim, About)>,
    /// How far back among earlier words.
    back: usize,
    planning: Option<(u64, Mark, String)>,
    /// How many are on their way to the disk.
    saving: u32,
}

impl Marking {
    /// Whether something is being written or asked.
    pub(super) fn is_busy(&self) -> bool {
        self.saving > 0 || self.planning.is_some()
    }

    /// Takes note that one more is on its way to the disk.
    pub(super) fn begin_saving(&mut self) {
        self.saving += 1;
    }
}

impl App {
    /// What one of these keys does.
    pub(super) fn mark_act(&mut self, act: Act, count: Option<u32>) -> Vec<Effect> {
        match act {
            Act::Why => {
                self.ask = Some(Ask::Why(Box::default()));
                return vec![Effect::Reasons];
            }
            Act::Flags(reach) => {
                if let Some(aim) = self.aim(reach, count) {
                    let used = self.recent_marks().flags;
                    let rest = Flag::ALL.into_iter().filter(|flag| !used.contains(flag));
                    let flags = used.iter().copied().chain(rest).collect();
                    self.ask = Some(Ask::Flags(Box::new(FlagAsk {
                        aim,
                        flags,
                        at: 0,
                        off: false,
                    })));
                }
            }
            Act::Annotate(reach) => self.ask_note(reach, count),
            _ => {}
        }
        Vec::new()
    }

    fn recent_marks(&self) -> Recent {
        let marks = self.session.marks();
        let recent = marks.recent(&self.session.actor().name);
        recent.cloned().unwrap_or_default()
    }

    /// What a key of this reach acts on.
    pub(super) fn aim(&mut self, reach: Reach, count: Option<u32>) -> Option<Aim> {
        let thread = match self.view {
            View::Threads => self.thread_under_cursor(),
            _ => {
                let current = self.current_message();
                current.and_then(|number| self.store.message(number).map(|m| m.thread))
            }
        };
        let aim = |target, how, words: String, one, asks| Aim {
            target,
            how,
            words,
            one,
            asks,
        };
        let whole = |listed: bool| {
            let id = thread?;
            let title = &self.store.thread(id)?.title;
            let asks = listed || self.store.thread_len(id) > self.settings.confirm_over;
            let words = format!("the whole thread {title}");
            Some(aim(Target::Thread(id), How::Thread, words, None, asks))
        };
        if reach == Reach::Thread {
            return whole(false);
        }
        let reading = self.current_reading()?;
        let current = reading.current()?;
        if reach == Reach::Listed {
            if let (Some(_), None) = (reading.thread(), reading.list.set()) {
                return whole(true);
            }
            let set = reading.list.set().cloned().unwrap_or_default();
            let query = reading.asked.as_ref().map(|asked| match reading.thread() {
                Some(id) => format!("in:{id} ({})", asked.text),
                None => asked.text.clone(),
            });
            let target = Target::Set(set, query);
            return Some(aim(
                target,
                How::Bulk,
                "everything listed".into(),
                None,
                true,
            ));
        }
        let (from, to) = reading.target(count);
        if reading.range.is_none() && from == to {
            let target = Target::Message(current);
            let words = "this message".to_owned();
            return Some(aim(target, How::Key, words, Some(current), false));
        }
        let size = to - from + 1;
        let target = match (reading.thread(), reading.list.set()) {
            (Some(id), None) => Target::Range(id, from, to),
            _ => Target::Set(reading.numbers(from, to).into_iter().collect(), None),
        };
        let words = format!(
            "{} in a row",
            counted(u64::from(size), "message", "messages")
        );
        Some(aim(
            target,
            How::Range,
            words,
            None,
            size > self.settings.confirm_over,
        ))
    }

    fn ask_note(&mut self, reach: Reach, count: Option<u32>) {
        let Some(mut aim) = self.aim(reach, count) else {
            return;
        };
        let mut about = self.session.own_note();
        if let (Reach::Thread, Target::Thread(id)) = (reach, &aim.target) {
            let Ok((thread_note, target)) = self.session.thread_note(*id) else {
                return;
            };
            if let Target::Message(number) = &target {
                aim.one = Some(*number);
            }
            (about, aim.target, aim.asks) = (thread_note, target, false);
        }
        let marks = self.session.marks();
        let own = aim.one.and_then(|number| marks.said(number, &about));
        let own = own.map_or_else(String::new, |said| said.text.clone());
        self.marks.pending = Some((aim, about));
        self.marks.back = 0;
        self.ask_line(Purpose::Note, &own);
    }

    /// Earlier words, for the line that is typed.
    pub(super) fn earlier(&mut self, purpose: Purpose, up: bool) -> Option<String> {
        let recent = self.recent_marks();
        let words = match purpose {
            Purpose::Where => recent.places,
            _ => recent.notes,
        };
        let back = match up {
            true => self.marks.back.saturating_add(1).min(words.len()),
            false => self.marks.back.saturating_sub(1),
        };
        self.marks.back = back;
        match back.checked_sub(1) {
            Some(at) => words.get(at).cloned(),
            None => Some(String::new()),
        }
    }

    /// The words of a note, or where a copy is held, were entered.
    pub(super) fn mark_line(&mut self, purpose: Purpose, text: &str) -> Vec<Effect> {
        let Some((aim, about)) = self.marks.pending.take() else {
            return Vec::new();
        };
        let to = match purpose {
            Purpose::Where => Some(Said {
                reason: self.marks.reason.take(),
                text: text.to_owned(),
                word: None,
            }),
            _ => (!text.is_empty()).then(|| Said {
                reason: None,
                text: text.to_owned(),
                word: None,
            }),
        };
        self.put(aim, about, to)
    }

    fn put(&mut self, aim: Aim, about: About, to: Option<Said>) -> Vec<Effect> {
        let words = match (&about, &to) {
            (About::Flag { flag }, Some(_)) => format!("flag {}", flag.name()),
            (About::Flag { flag }, None) => format!("take {} off", flag.name()),
            (_, Some(_)) => "note".to_owned(),
            (_, None) => "take your note off".to_owned(),
        };
        let mark = Mark {
            target: aim.target,
            how: aim.how,
            about,
            to,
        };
        if aim.asks {
            let ticket = self.ticket();
            let words = format!("{words}: {}", aim.words);
            self.marks.planning = Some((ticket, mark.clone(), words));
            return vec![Effect::PlanMark(ticket, Box::new(mark))];
        }
        if let Some(reading) = self.current_reading_mut() {
            reading.range = None;
        }
        self.marks.saving += 1;
        vec![Effect::Mark(Box::new(mark), None)]
    }

    /// What putting it on would do is known.
    pub(super) fn mark_planned(&mut self, ticket: u64, result: Result<MarkPreview, String>) {
        let planning = self.marks.planning.take_if(|(known, ..)| *known == ticket);
        let Some((_, mark, words)) = planning else {
            return;
        };
        match result {
            Err(error) => self.warn(error),
            Ok(preview) if preview.count == 0 => self.say("all of it stands so already"),
            Ok(_) if self.ask.is_some() => {
                self.say("nothing changed: something else was begun meanwhile");
            }
            Ok(preview) => {
                self.ask = Some(Ask::Mark(Box::new(ConfirmMark {
                    words,
                    preview,
                    mark,
                })));
            }
        }
    }

    /// A flag or a note is on the disk, or is not.
    pub(super) fn marked(&mut self, result: Result<Decided, String>) {
        self.marks.saving = self.marks.saving.saturating_sub(1);
        self.refresh_details();
        match result {
            Err(error) => self.warn(format!("NOT saved: {error}")),
            Ok(done) if !done.conflicts.is_empty() => self.warn(format!(
                "another session said it of {} of these meanwhile; look, then do it again",
                grouped(done.conflicts.len())
            )),
            Ok(done) => {
                let words = match done.recorded {
                    Some(recorded) => {
                        format!("{}: saved", crate::review::act_in_words(&recorded.entry))
                    }
                    None => "it stands so already".to_owned(),
                };
                self.notice = Some((words, Tone::Good));
            }
        }
    }

    /// A key for the question whether so many are to be flagged or noted.
    pub(super) fn mark_key(&mut self, key: Key) -> Vec<Effect> {
        match (key.code, key.ctrl) {
            (KeyCode::Char('y'), false) => {
                let Some(Ask::Mark(confirm)) = self.ask.take() else {
                    return Vec::new();
                };
                if let Some(reading) = self.current_reading_mut() {
                    reading.range = None;
                }
                self.marks.saving += 1;
                let seen = Some(confirm.preview.seen);
                return vec![Effect::Mark(Box::new(confirm.mark), seen)];
            }
            (KeyCode::Char('n') | KeyCode::Esc, false) | (KeyCode::Char('c'), true) => {
                self.ask = None;
                self.say("nothing changed");
            }
            _ => {}
        }
        Vec::new()
    }

    /// A key in the list of flags.
    pub(super) fn flag_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(Ask::Flags(ask)) = &mut self.ask else {
            return Vec::new();
        };
        let last = ask.flags.len().saturating_sub(1);
        let chosen = match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => {
                self.ask = None;
                return Vec::new();
            }
            (KeyCode::Down | KeyCode::Tab, _) => {
                ask.at = ask.at.saturating_add(1).min(last);
                None
            }
            (KeyCode::Up | KeyCode::BackTab, _) => {
                ask.at = ask.at.saturating_sub(1);
                None
            }
            (KeyCode::Char('-'), false) if ask.aim.one.is_none() => {
                ask.off = !ask.off;
                None
            }
            (KeyCode::Enter, _) => ask.flags.get(ask.at).copied(),
            (KeyCode::Char(letter), false) => {
                Flag::ALL.into_iter().find(|flag| flag.letter() == letter)
            }
            _ => None,
        };
        let Some(flag) = chosen else {
            return Vec::new();
        };
        let Some(Ask::Flags(ask)) = self.ask.take() else {
            return Vec::new();
        };
        let about = About::Flag { flag };
        let marks = self.session.marks();
        let is_set = |number: MessageNumber| marks.said(number, &about).is_some();
        let off = ask.off || ask.aim.one.is_some_and(is_set);
        if off {
            return self.put(ask.aim, about, None);
        }
        if flag == Flag::AlreadyHeld {
            self.marks.pending = Some((ask.aim, about));
            let last = self.recent_marks().places.into_iter().next();
            self.marks.back = usize::from(last.is_some());
            self.ask_line(Purpose::Where, &last.unwrap_or_default());
            return Vec::new();
        }
        let said = Said {
            reason: self.marks.reason.take(),
            text: String::new(),
            word: None,
        };
        self.put(ask.aim, about, Some(said))
    }

    /// The reasons were read, or cannot be.
    pub(super) fn take_reasons(&mut self, result: Result<Vec<Reason>, String>) {
        match (result, &mut self.ask) {
            (Ok(reasons), Some(Ask::Why(ask))) => ask.all = Some(reasons),
            (Err(error), Some(Ask::Why(_))) => {
                self.ask = None;
                self.warn(error);
            }
            _ => {}
        }
    }

    /// A key in the list of reasons.
    pub(super) fn why_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(Ask::Why(ask)) = &mut self.ask else {
            return Vec::new();
        };
        let last = ask.found().len().saturating_sub(1);
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => self.ask = None,
            (KeyCode::Backspace, _) if ask.line.text().is_empty() => self.ask = None,
            (KeyCode::Down | KeyCode::Tab, _) => ask.at = ask.at.saturating_add(1).min(last),
            (KeyCode::Up | KeyCode::BackTab, _) => ask.at = ask.at.saturating_sub(1),
            (KeyCode::Enter, _) => {
                let chosen = ask.found().get(ask.at).map(|reason| (*reason).clone());
                if let Some(reason) = chosen {
                    self.ask = None;
                    self.say(format!(
                        "why: {}; the next decision or flag takes it, Esc drops it",
                        reason.code
                    ));
                    self.marks.reason = Some(reason);
                }
            }
            _ => {
                ask.line.press(key);
                ask.at = 0;
            }
        }
        Vec::new()
    }

    /// The reason that a decision takes: none for clearing one.
    pub(super) fn take_reason(&mut self, decision: Decision) -> Option<Reason> {
        if decision == Decision::Undecided {
            return None;
        }
        self.marks.used = self.marks.reason.take();
        self.marks.used.clone()
    }

    /// Brings the last decision's reason back, to be repeated with it.
    pub(super) fn reason_again(&mut self) {
        if self.marks.reason.is_none() {
            self.marks.reason = self.marks.used.clone();
        }
    }
}
