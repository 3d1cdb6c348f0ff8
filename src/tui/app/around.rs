//! Context around a message that is handed over: which messages, and the key that adds them.

use super::deciding::Saving;
use super::{App, Ask};
use crate::model::{Decision, MessageNumber};
use crate::review::proposed::{Around, MOST_AROUND};
use crate::tui::event::Effect;
use crate::tui::keymap::{Key, KeyCode};

/// A few messages that wait for their confirming key.
#[derive(Clone, Debug)]
pub struct AroundAsk {
    /// What would become context, and around what.
    pub around: Around,
    /// The last entry of the ledger that it knows of.
    pub(super) seen: u64,
}

impl App {
    /// Asks whether what is around the current message becomes context: what it answers or quotes,
    /// and one message on either side, or as many as the count says.
    pub(super) fn ask_context(&mut self, count: Option<u32>) -> Vec<Effect> {
        if let Some(of) = self.current_message() {
            let sides = count.unwrap_or(1).min(MOST_AROUND);
            self.ask_around(of, sides, sides);
        }
        Vec::new()
    }

    fn ask_around(&mut self, of: MessageNumber, before: u32, after: u32) {
        let seen = self.session.head().seq;
        match self.session.around(of, before, after) {
            Err(error) => self.warn(error.to_string()),
            Ok(around) => self.ask = Some(Ask::Around(Box::new(AroundAsk { around, seen }))),
        }
    }

    /// A key while it waits: `y` adds them, `+` and `-` take one more or fewer on either side.
    pub(super) fn around_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(Ask::Around(ask)) = self.ask.take() else {
            return Vec::new();
        };
        let Around {
            of, before, after, ..
        } = ask.around;
        match key.code {
            KeyCode::Char('y') if ask.around.messages.is_empty() => {
                self.say("nothing around it is undecided: nothing changed");
            }
            KeyCode::Char('y') => {
                self.saving.push(Saving {
                    numbers: ask.around.messages.iter().map(|number| number.0).collect(),
                    from: Some(of),
                    decision: Decision::Context,
                    single: false,
                });
                return vec![Effect::AddContext(Box::new(ask.around), ask.seen)];
            }
            KeyCode::Char('n') | KeyCode::Esc => self.say("nothing changed"),
            KeyCode::Char('+') => {
                let more = |sides: u32| sides.saturating_add(1).min(MOST_AROUND);
                self.ask_around(of, more(before), more(after));
            }
            KeyCode::Char('-') => {
                self.ask_around(of, before.saturating_sub(1), after.saturating_sub(1));
            }
            _ => self.ask = Some(Ask::Around(ask)),
        }
        Vec::new()
    }
}
