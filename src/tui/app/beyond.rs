//! What reaches beyond the screen, and only on request: the terminal's clipboard and its mouse.

use super::App;
use crate::text::{Shown, counted};
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use crate::tui::terminal::LONGEST_COPY;

/// Rows that one step of the wheel scrolls.
const WHEEL: u32 = 3;

/// What was allowed; nothing at first, and never remembered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Allowed {
    copy: bool,
    mouse: bool,
}

impl App {
    pub(super) fn beyond(&mut self, act: Act) -> Vec<Effect> {
        match act {
            Act::Clipboard => {
                self.allowed.copy = !self.allowed.copy;
                self.say(if self.allowed.copy {
                    "Y copies a message; other programs can read the clipboard"
                } else {
                    "nothing is copied any more"
                });
                Vec::new()
            }
            Act::Mouse => {
                self.allowed.mouse = !self.allowed.mouse;
                self.say(if self.allowed.mouse {
                    "the wheel scrolls; F2 gives the mouse back for selecting"
                } else {
                    "the mouse is the terminal's again"
                });
                vec![Effect::Mouse(self.allowed.mouse)]
            }
            _ => self.copy(),
        }
    }

    fn copy(&mut self) -> Vec<Effect> {
        if !self.allowed.copy {
            self.warn("copying is off: zc allows it until docket ends");
            return Vec::new();
        }
        let number = self.current_message();
        let Some(text) = number.and_then(|number| self.store.text(number)) else {
            return Vec::new();
        };
        let shown = Shown::block(text);
        let length = shown.as_str().len();
        if length == 0 {
            self.warn("this message has no text");
            return Vec::new();
        }
        if length > LONGEST_COPY {
            self.warn("too long for a terminal's clipboard; docket search --json gives all of it");
            return Vec::new();
        }
        self.say(format!(
            "{} sent to the terminal's clipboard, as shown",
            counted(length as u64, "byte", "bytes")
        ));
        vec![Effect::Copy(shown)]
    }

    /// Scrolls by the wheel, where no question is open.
    pub(super) fn wheel(&mut self, down: bool) {
        if self.ask.is_some() {
            return;
        }
        let act = match (matches!(self.view, View::Help | View::Bundle), down) {
            (true, true) => Act::Down,
            (true, false) => Act::Up,
            (false, true) => Act::LineDown,
            (false, false) => Act::LineUp,
        };
        self.travel(act, Some(WHEEL));
    }
}
