//! Messages that are one, or are not: what the keys say of them, in the list of what there is to
//! reconcile and on the messages themselves.

use super::{App, Ask, Tone};
use crate::case::Disagree;
use crate::model::{Decision, MessageNumber};
use crate::review::reconciling::Item;
use crate::review::{Apart, Same, act_in_words};
use crate::text::counted;
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use crate::tui::keymap::{Key, KeyCode};
use crate::tui::reconcile::{SameAsk, SameDone, SayOfSame};
use crate::tui::view;
use crate::tui::window::{Rows, Window};
use std::sync::Arc;

impl App {
    /// What one of these keys does.
    pub(super) fn reconcile_act(&mut self, act: Act) -> Vec<Effect> {
        match (act, self.view) {
            (Act::TheSame, View::Differences) => self.listed_are_same(),
            (Act::NotTheSame, View::Differences) => self.listed_are_apart(),
            (Act::TheSame, _) => self.shown_are_same(),
            (Act::NotTheSame, _) => self.shown_is_apart(),
            _ => {
                self.go(View::Differences);
                Vec::new()
            }
        }
    }

    fn listed_are_same(&mut self) -> Vec<Effect> {
        match self.reconcile.current() {
            Some(Item::Likely(likely)) => {
                let pairs = vec![(likely.one, likely.other)];
                let seen = self.reconcile.asked.as_ref().map(|(_, head)| head.seq);
                self.say_of_same(SayOfSame::Same(pairs, None, seen))
            }
            Some(_) => {
                self.say("they are one message already");
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn listed_are_apart(&mut self) -> Vec<Effect> {
        let what = match self.reconcile.current() {
            None => return Vec::new(),
            Some(Item::Likely(likely)) => Apart::Two(likely.one, likely.other),
            Some(Item::Same(one, other)) => Apart::Two(*one, *other),
            Some(Item::Differs(differs)) => match differs.what {
                Disagree::Missing => {
                    self.say("that export does not have it: there is nothing to take apart");
                    return Vec::new();
                }
                Disagree::RenamedSender => {
                    let open = self.keymap.label(Act::Open);
                    let apart = self.keymap.label(Act::NotTheSame);
                    self.say(format!(
                        "that is of many messages: {open} opens the first, {apart} there is of one"
                    ));
                    return Vec::new();
                }
                _ => {
                    let words = format!(
                        "message {} and what this export has in its place are not the same",
                        differs.number
                    );
                    let what = Apart::In(differs.number, differs.source);
                    return self.ask_same(words, SayOfSame::Apart(what));
                }
            },
        };
        self.say_of_same(SayOfSame::Apart(what))
    }

    /// The messages of a range, or the current one and the other that is marked.
    fn shown_are_same(&mut self) -> Vec<Effect> {
        let Some(current) = self.current_message() else {
            return Vec::new();
        };
        let reading = self.current_reading();
        let range = reading.filter(|reading| reading.range.is_some());
        let these: Vec<u32> = match range {
            Some(reading) => {
                let (from, to) = reading.target(None);
                reading.numbers(from, to)
            }
            None => {
                let marked = self.bookmarks.iter().filter(|number| *number != current.0);
                let marked: Vec<u32> = marked.collect();
                match marked.as_slice() {
                    [other] => vec![*other, current.0],
                    _ => {
                        let (mark, range) = (Act::Bookmark, Act::Range);
                        let (mark, range) = (self.keymap.label(mark), self.keymap.label(range));
                        let same = self.keymap.label(Act::TheSame);
                        self.warn(match marked.len() {
                            0 => format!(
                                "mark the other one with {mark}, then {same} here; or both in a range ({range})"
                            ),
                            count => format!(
                                "{count} others are marked: leave one bookmark, or take a range ({range})"
                            ),
                        });
                        return Vec::new();
                    }
                }
            }
        };
        let decided = |number: &u32| {
            let kind = self.store.kind(MessageNumber(*number));
            kind.is_some_and(crate::model::Kind::is_decidable)
        };
        let these: Vec<u32> = these.into_iter().filter(decided).collect();
        let (Some(first), 2..) = (these.iter().min().copied(), these.len()) else {
            self.warn("give two messages: lines of the app are not decided on");
            return Vec::new();
        };
        let others = these.iter().filter(|number| **number != first);
        let pairs: Vec<_> = others
            .map(|other| (MessageNumber(first), MessageNumber(*other)))
            .collect();
        let words = match pairs.as_slice() {
            [(one, other)] => format!("messages {one} and {other} are the same"),
            _ => format!(
                "{} are the same message",
                counted(these.len() as u64, "message", "messages")
            ),
        };
        let seen = self.session.head().seq;
        self.ask_same(words, SayOfSame::Same(pairs, None, Some(seen)))
    }

    fn shown_is_apart(&mut self) -> Vec<Effect> {
        let Some(number) = self.current_message() else {
            return Vec::new();
        };
        let same = self.session.same();
        let others = same.copies_of(number).count() + self.store.also_in(number).len();
        let words = match (same.is_copy(number), others) {
            (true, _) => format!("message {number} is not message {}", same.head(number)),
            (false, 0) => {
                self.say("this message stands in one place only: nothing to take apart");
                return Vec::new();
            }
            (false, 1) => format!("message {number} and its copy are not the same"),
            (false, _) => format!("message {number} and its {others} copies are not the same"),
        };
        self.ask_same(words, SayOfSame::Apart(Apart::Message(number)))
    }

    /// Whether the current message is one with others: the footer offers to take it apart then.
    pub fn is_of_several(&self) -> bool {
        self.current_message().is_some_and(|number| {
            let same = self.session.same();
            same.is_copy(number) || same.copies_of(number).next().is_some()
        })
    }

    fn ask_same(&mut self, words: String, said: SayOfSame) -> Vec<Effect> {
        self.ask = Some(Ask::Same(Box::new(SameAsk::Sure(words, said))));
        Vec::new()
    }

    fn say_of_same(&mut self, said: SayOfSame) -> Vec<Effect> {
        if let Some(reading) = self.current_reading_mut() {
            reading.range = None;
        }
        self.reconcile.saving += 1;
        vec![Effect::Same(said)]
    }

    /// A key for a question about messages that are one.
    pub(super) fn same_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(Ask::Same(ask)) = self.ask.take() else {
            return Vec::new();
        };
        match (*ask, key.code, key.ctrl) {
            (_, KeyCode::Char('c'), true) | (_, KeyCode::Esc, _) => self.say("nothing changed"),
            (SameAsk::Sure(_, said), KeyCode::Char('y'), false) => return self.say_of_same(said),
            (SameAsk::Sure(..), KeyCode::Char('n'), false) => self.say("nothing changed"),
            (SameAsk::Holds(clashes, seen), KeyCode::Char(letter), false) => {
                let mut decisions = Decision::ALL.into_iter().skip(1);
                let holds = decisions.find(|one| one.letter().eq_ignore_ascii_case(&letter));
                match holds {
                    Some(holds) => {
                        let pairs = clashes.iter().map(|clash| (clash.one.0, clash.other.0));
                        let said = SayOfSame::Same(pairs.collect(), Some(holds), Some(seen));
                        return self.say_of_same(said);
                    }
                    None => {
                        self.ask = Some(Ask::Same(Box::new(SameAsk::Holds(clashes, seen))));
                    }
                }
            }
            (other, ..) => self.ask = Some(Ask::Same(Box::new(other))),
        }
        Vec::new()
    }

    /// Something was said or looked up, or was not.
    pub(super) fn same_done(&mut self, result: Result<SameDone, String>) {
        if !matches!(result, Ok(SameDone::Found(_))) {
            self.reconcile.saving = self.reconcile.saving.saturating_sub(1);
            // A copy that an import found has got a number of its own.
            self.reload();
            self.refresh_details();
        }
        match result {
            Err(error) => self.warn(error),
            Ok(SameDone::Found(found)) => self.reconcile.found = Some(found),
            Ok(SameDone::Same(same, seen)) => self.became_same(same, seen),
            Ok(SameDone::Apart(None)) => self.say("that was said already"),
            Ok(SameDone::Apart(Some(recorded))) => {
                let words = format!("{}: saved", act_in_words(&recorded.entry));
                self.notice = Some((words, Tone::Good));
            }
        }
    }

    fn became_same(&mut self, same: Same, seen: u64) {
        match &same.recorded {
            Some(recorded) => {
                let words = format!("{}: saved", act_in_words(&recorded.entry));
                self.notice = Some((words, Tone::Good));
            }
            None if same.clashes.is_empty() => self.say("they are one message already"),
            None => {}
        }
        if same.clashes.is_empty() {
            return;
        }
        // A question that comes up by itself must not take keys that are meant for another.
        if self.ask.is_none() {
            self.ask = Some(Ask::Same(Box::new(SameAsk::Holds(same.clashes, seen))));
        } else {
            self.warn("they are decided differently, and left as they are; say it again");
        }
    }

    /// Asks what there is to reconcile where that is not, or no longer, known.
    pub(super) fn renew_reconcile(&mut self) -> Option<Effect> {
        let now = (self.session.store(), self.session.head());
        let known = self
            .reconcile
            .asked
            .as_ref()
            .is_some_and(|(store, head)| Arc::ptr_eq(store, &now.0) && *head == now.1);
        if self.view != View::Differences || known {
            return None;
        }
        self.reconcile.asked = Some(now);
        Some(Effect::Same(SayOfSame::LookUp))
    }

    /// Opens the thread at what is under the cursor.
    pub(super) fn open_reconciled(&mut self) {
        let number = match self.reconcile.current() {
            None => return,
            Some(Item::Likely(likely)) => likely.one,
            Some(Item::Differs(differs)) => differs.number,
            Some(Item::Same(one, _)) => *one,
        };
        if let Some((thread, _)) = self.store.position_of(number) {
            self.open_thread(thread, Some(number));
            self.back.push(View::Differences);
        }
    }

    pub(super) fn travel_reconcile(
        &mut self,
        width: u16,
        step: impl FnOnce(&mut Window, &Rows<'_>),
    ) {
        let mut window = self.reconcile.window;
        let rows = Rows {
            len: self.reconcile.len(),
            of: &|at| view::differences::rows(self, at, width),
        };
        step(&mut window, &rows);
        self.reconcile.window = window;
    }
}
