//! What the screen of rules shows, and what it asks to be said of them.

use super::window::Window;
use crate::case::Store;
use crate::case::ledger::Head;
use crate::review::rules::{Matches, RuleNumber, RuleText};
use crate::review::{ReviewError, Session};
use std::sync::Arc;

/// The rules, as the screen knows them.
#[derive(Default)]
pub struct RulesScreen {
    /// What each finds; `None` until it is known.
    pub all: Option<Vec<Matches>>,
    /// The cursor and what is in view.
    pub window: Window,
    /// What that is of, known or asked for.
    pub asked: Option<(Arc<Store>, Head)>,
    /// Whether what they propose is to be told once it is known.
    pub tell: bool,
    /// The rule that is being written.
    pub draft: Draft,
}

/// A rule that is being written.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The rule that is changed; `None` for a new one.
    pub rule: Option<RuleNumber>,
    /// Its query.
    pub query: String,
    /// The rest, as it was before.
    pub before: String,
}

impl RulesScreen {
    /// How many there are.
    pub fn len(&self) -> u32 {
        let len = self.all.as_ref().map_or(0, Vec::len);
        u32::try_from(len).unwrap_or(u32::MAX)
    }

    /// Whether there are none, or none are known yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether some rule would decide messages that are new to it, as far as that is known.
    pub fn propose(&self) -> bool {
        self.all.iter().flatten().any(|one| one.new > 0)
    }

    /// The one in this row.
    pub fn nth(&self, at: u32) -> Option<&Matches> {
        self.all.as_ref()?.get(usize::try_from(at).ok()?)
    }

    /// The one under the cursor.
    pub fn current(&self) -> Option<&Matches> {
        self.nth(self.window.cursor)
    }
}

/// What is to be said of rules.
#[derive(Clone, Debug, PartialEq)]
pub enum SayOfRules {
    /// A rule says this: a new one, or that of this number.
    Give(Option<RuleNumber>, RuleText),
    /// It stands at this place, 0 for the first.
    Move(RuleNumber, u32),
    /// It is no rule any more.
    Remove(RuleNumber),
}

impl SayOfRules {
    /// Says it, durably; gives what was done, in a few words. `None` where it was so already.
    ///
    /// # Errors
    /// Why it cannot be said, or cannot be saved.
    pub fn carry_out(&self, session: &Session) -> Result<Option<String>, ReviewError> {
        let recorded = match self {
            SayOfRules::Give(rule, text) => session.give_rule(*rule, text)?.0,
            SayOfRules::Move(rule, to) => session.move_rule(*rule, *to)?,
            SayOfRules::Remove(rule) => session.remove_rule(*rule)?,
        };
        let change = recorded.as_ref().and_then(|recorded| recorded.entry.rule());
        Ok(change.map(crate::review::rules::RuleChange::in_words))
    }
}
