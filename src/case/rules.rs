//! What the ledger says of rules: texts that can be given, changed, moved, taken away and put back.

use super::marks::Reason;
use crate::model::Decision;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The number of a rule: 1 for the first, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleNumber(pub u32);

impl fmt::Display for RuleNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleText {
    /// What the reviewer calls it.
    pub name: String,
    /// The canonical text of the query whose hits it is about.
    pub query: String,
    /// What it would decide; never `undecided`.
    pub decision: Decision,
    /// Why: the note of each decision that is made by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The reason of each decision that is made by it, from the case's list as it was when the rule
    /// was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Reason>,
}

impl RuleText {
    /// Why, in words: the reason's code and what it means, or what was written.
    pub fn why(&self) -> Option<String> {
        let code = self.code.as_ref();
        let code = code.map(|reason| format!("{}: {}", reason.code, reason.means));
        let parts: Vec<String> = code.into_iter().chain(self.reason.clone()).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// A rule's place among the rules, 0 for the first: before, and from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Before.
    pub from: u32,
    /// From now on.
    pub to: u32,
}

/// One change of one rule. It says what held before, so that entries can be replayed and checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleChange {
    /// The rule.
    pub rule: RuleNumber,
    /// Before; `None` where there was no such rule.
    pub from: Option<RuleText>,
    /// From now on; `None` where there is none.
    pub to: Option<RuleText>,
    /// Its places, where it was moved or taken away; otherwise it stays where it is, and a new one
    /// comes last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
}

impl RuleChange {
    /// The change that takes it back.
    #[must_use]
    pub fn reversed(self) -> RuleChange {
        RuleChange {
            rule: self.rule,
            from: self.to,
            to: self.from,
            moved: self.moved.map(|moved| Moved {
                from: moved.to,
                to: moved.from,
            }),
        }
    }

    /// In a few words: `rule 2 added: Family`.
    pub fn in_words(&self) -> String {
        let moved = self.moved.filter(|moved| moved.from != moved.to);
        let place = moved.map(|moved| format!("moved to place {}", moved.to.saturating_add(1)));
        let (what, text) = match (&self.from, &self.to) {
            (None, Some(to)) => ("added", Some(to)),
            (Some(from), Some(to)) if from == to => (place.as_deref().unwrap_or("kept"), Some(to)),
            (Some(_), Some(to)) => ("changed", Some(to)),
            (from, None) => ("removed", from.as_ref()),
        };
        let name = text.map_or("", |text| text.name.as_str());
        format!("rule {} {what}: {name}", self.rule)
    }
}
