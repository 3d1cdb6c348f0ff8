//! The rules: what their keys do.

use super::{App, Purpose, Tone};
use crate::case::Store;
use crate::case::ledger::{Head, How};
use crate::model::Decision;
use crate::review::rules::{Matches, RuleText};
use crate::review::{List, Query, Target};
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use crate::tui::highlight::Highlight;
use crate::tui::reading::{Asked, Reading};
use crate::tui::view;
use crate::tui::window::{Rows, Window};
use std::sync::Arc;

/// The rules, as the screen knows them.
#[derive(Default)]
pub struct RulesScreen {
    /// What each finds; `None` until it is known.
    pub all: Option<Vec<Matches>>,
    /// The cursor and what is in view.
    pub window: Window,
    /// What that is of, known or asked for.
    asked: Option<(Arc<Store>, Head)>,
    /// Whether what they propose is to be told once it is known.
    tell: bool,
    /// The search to be kept.
    query: String,
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

    /// The one in this row.
    pub fn nth(&self, at: u32) -> Option<&Matches> {
        self.all.as_ref()?.get(usize::try_from(at).ok()?)
    }
}

impl App {
    /// What a key of the rules does.
    pub(super) fn rules_act(&mut self, act: Act) -> Vec<Effect> {
        match act {
            Act::RunRule => return self.run_rule(),
            Act::KeepRule => {
                let asked = self.results.as_ref();
                let asked = asked.and_then(|results| results.asked.as_ref());
                if let Some(asked) = asked {
                    self.rules.query.clone_from(&asked.text);
                    self.ask_line(Purpose::Rule, "");
                }
            }
            _ => self.go(View::Rules),
        }
        Vec::new()
    }

    /// Asks what the rules find where that is not, or no longer, known.
    pub(super) fn renew_rules(&mut self) -> Option<Effect> {
        if self.view != View::Rules && !self.rules.tell {
            return None;
        }
        let now = (self.session.store(), self.session.head());
        if self.knows_rules() {
            return None;
        }
        self.rules.asked = Some(now);
        Some(Effect::Rules)
    }

    /// Whether what they find was asked of what there is now.
    fn knows_rules(&self) -> bool {
        self.rules.asked.as_ref().is_some_and(|(store, head)| {
            Arc::ptr_eq(store, &self.session.store()) && *head == self.session.head()
        })
    }

    /// After an import, says what the rules would decide.
    pub(super) fn tell_rules(&mut self) {
        self.rules.tell = !self.session.rules().is_empty();
        self.rules.asked = None;
    }

    pub(super) fn take_rules(&mut self, all: Vec<Matches>) {
        if std::mem::take(&mut self.rules.tell) {
            let new: Vec<&Matches> = all.iter().filter(|one| one.new > 0).collect();
            let told: Vec<String> = new.iter().map(|one| view::rules::proposal(one)).collect();
            if !told.is_empty() {
                self.notice = Some((format!("{}: gR", told.join("; ")), Tone::Plain));
            }
        }
        self.rules.all = Some(all);
    }

    pub(super) fn settle_rules(&mut self, width: u16, height: u32) {
        self.travel_rules(width, |window, rows| window.settle(rows, height));
    }

    pub(super) fn travel_rules(&mut self, width: u16, step: impl FnOnce(&mut Window, &Rows<'_>)) {
        if self.rules.all.is_none() {
            return;
        }
        let mut window = self.rules.window;
        let rows = Rows {
            len: self.rules.len(),
            of: &|at| view::rules::rows(self, at, width),
        };
        step(&mut window, &rows);
        self.rules.window = window;
    }

    /// Lists what the rule under the cursor finds; the letters show which are its exceptions.
    pub(super) fn open_rule(&mut self) {
        let Some(one) = self.rules.nth(self.rules.window.cursor) else {
            return;
        };
        if one.found.max().is_some_and(|last| last >= self.store.len()) {
            return;
        }
        if one.found.is_empty() {
            self.say("it finds nothing");
            return;
        }
        let text = one.text.query.clone();
        let asked = Query::parse(&text).ok().map(|query| Asked {
            highlight: Highlight::of(&query),
            text,
        });
        let list = List::hits(self.store.clone(), one.found.clone());
        self.results = Some(Reading::of(list, asked));
        self.go(View::Results);
    }

    fn run_rule(&mut self) -> Vec<Effect> {
        if !self.knows_rules() {
            self.say("looking what it finds ...");
            return Vec::new();
        }
        let Some(one) = self.rules.nth(self.rules.window.cursor) else {
            return Vec::new();
        };
        if one.open.is_empty() {
            self.say("nothing to decide: all that it finds is decided");
            return Vec::new();
        }
        let words = format!("rule {}: {}", one.rule, one.text.name);
        let target = Target::Set(one.open.clone(), Some(one.text.query.clone()));
        let (decision, how) = (one.text.decision, How::Rule(one.rule));
        self.plan(target, decision, how, words, true)
    }

    /// What was typed for a rule: a decision, a name and, after a semicolon, a reason.
    pub(super) fn rule_line(&mut self, text: &str) -> Vec<Effect> {
        let (said, reason) = text.split_once(';').unwrap_or((text, ""));
        let (word, name) = said.trim().split_once(' ').unwrap_or((said.trim(), ""));
        let decision = Decision::ALL.into_iter().find(|decision| {
            *decision != Decision::Undecided
                && (decision.name() == word
                    || decision.letter().to_string().eq_ignore_ascii_case(word))
        });
        let Some(decision) = decision else {
            self.warn("first the decision, as o or official: personal Family; private life");
            return Vec::new();
        };
        vec![Effect::GiveRule(RuleText {
            name: name.trim().to_owned(),
            query: self.rules.query.clone(),
            decision,
            reason: Some(reason.trim().to_owned()),
        })]
    }

    /// A rule was saved, or was not.
    pub(super) fn rule_given(&mut self, result: Result<String, String>) {
        match result {
            Ok(what) => {
                self.notice = Some((format!("{what}: saved; gR lists the rules"), Tone::Good))
            }
            Err(error) => self.warn(format!("NOT saved: {error}")),
        }
    }
}
