//! The rules: what their keys do.

use super::{App, Purpose, Tone};
use crate::case::ledger::How;
use crate::model::{Decision, ThreadId};
use crate::review::rules::{Matches, RuleText};
use crate::review::{List, Query, Target};
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use crate::tui::highlight::Highlight;
use crate::tui::reading::{Asked, Reading};
use crate::tui::rules::{Draft, SayOfRules};
use crate::tui::view;
use crate::tui::window::{Rows, Window};
use roaring::RoaringBitmap;
use std::sync::Arc;

impl App {
    /// What a key of the rules does.
    pub(super) fn rules_act(&mut self, act: Act) -> Vec<Effect> {
        match act {
            Act::RunRule => return self.run_rule(),
            Act::KeepRule => self.keep_rule(),
            Act::ChangeRule => {
                if let Some(one) = self.rules.current() {
                    let text = &one.text;
                    let why = text.code.as_ref().map(|code| code.code.clone());
                    let why = why.or_else(|| text.reason.clone());
                    let why = why.map_or_else(String::new, |why| format!("; {why}"));
                    let query = text.query.clone();
                    self.rules.draft = Draft {
                        rule: Some(one.rule),
                        before: format!("{} {}{why}", text.decision.name(), text.name),
                        query: query.clone(),
                    };
                    self.ask_line(Purpose::RuleQuery, &query);
                }
            }
            Act::RemoveRule => {
                let rule = self.rules.current().map(|one| one.rule);
                let said = rule.map(SayOfRules::Remove);
                return said.map(Effect::SayOfRules).into_iter().collect();
            }
            Act::RuleUp | Act::RuleDown => return self.move_rule(act == Act::RuleDown),
            Act::Exceptions => {
                if let Some(one) = self.rules.current() {
                    let decision = one.text.decision.name();
                    let text = format!("({}) is:decided -is:{decision}", one.text.query);
                    self.list_of_rule(one.exceptions.clone(), text, "it has no exceptions");
                }
            }
            _ => self.go(View::Rules),
        }
        Vec::new()
    }

    /// Begins a rule of what is in view: a search, a thread, or what a filter leaves of it.
    fn keep_rule(&mut self) {
        let titled = |id: ThreadId| {
            let title = self.store.thread(id).map(|thread| thread.title.clone());
            let title = title.unwrap_or_default();
            format!(
                "in:\"{}\"",
                title.replace('\\', "\\\\").replace('"', "\\\"")
            )
        };
        let reading = self.current_reading();
        let asked = reading.and_then(|reading| reading.asked.as_ref());
        let query = match (self.view, reading.and_then(Reading::thread), asked) {
            (View::Threads, _, _) => self.thread_under_cursor().map(titled),
            (_, Some(id), Some(asked)) => Some(format!("{} ({})", titled(id), asked.text)),
            (_, Some(id), None) => Some(titled(id)),
            (_, None, asked) => asked.map(|asked| asked.text.clone()),
        };
        if let Some(query) = query {
            self.rules.draft = Draft {
                query,
                ..Draft::default()
            };
            self.ask_line(Purpose::Rule, "");
        }
    }

    fn move_rule(&mut self, down: bool) -> Vec<Effect> {
        let at = self.rules.window.cursor;
        let to = match down {
            true => at.saturating_add(1),
            false => at.saturating_sub(1),
        };
        let Some(one) = self.rules.current() else {
            return Vec::new();
        };
        if to == at || to >= self.rules.len() {
            self.say("it stands there already");
            return Vec::new();
        }
        let said = SayOfRules::Move(one.rule, to);
        self.rules.window.cursor = to;
        vec![Effect::SayOfRules(said)]
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

    /// Says what the rules would decide of messages that are new to them, if there are any: after
    /// an import, and at the start.
    pub(super) fn tell_rules(&mut self) {
        self.rules.tell = self.session.rules().have_news();
        self.rules.asked = None;
    }

    pub(super) fn take_rules(&mut self, all: Vec<Matches>) {
        if std::mem::take(&mut self.rules.tell) {
            let new: Vec<&Matches> = all.iter().filter(|one| one.new > 0).collect();
            let told: Vec<String> = new.iter().map(|one| view::rules::proposal(one)).collect();
            if !told.is_empty() {
                let key = self.keymap.label(Act::GoRules);
                let words = format!("{}: {key}", told.join("; "));
                // What went wrong at the same moment is told first; the header says it too.
                if !matches!(self.notice, Some((_, Tone::Bad))) {
                    self.notice = Some((words, Tone::Plain));
                }
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
        if let Some(one) = self.rules.current() {
            let text = one.text.query.clone();
            self.list_of_rule(one.found.clone(), text, "it finds nothing");
        }
    }

    fn list_of_rule(&mut self, messages: RoaringBitmap, text: String, none: &str) {
        if messages.is_empty() {
            self.say(none);
            return;
        }
        if messages.max().is_some_and(|last| last >= self.store.len()) {
            return;
        }
        let asked = Query::parse(&text).ok().map(|query| Asked {
            highlight: Highlight::of(&query),
            text,
        });
        let list = List::hits(self.store.clone(), messages);
        self.results = Some(Reading::of(list, asked));
        self.go(View::Results);
    }

    fn run_rule(&mut self) -> Vec<Effect> {
        if !self.knows_rules() {
            self.say("looking what it finds ...");
            return Vec::new();
        }
        let Some(one) = self.rules.current() else {
            return Vec::new();
        };
        if one.open.is_empty() {
            self.say("nothing to decide: all that it finds is decided");
            return Vec::new();
        }
        let words = format!("rule {}: {}", one.rule, one.text.name);
        let target = Target::Set(one.open.clone(), Some(one.text.query.clone()));
        let (decision, how) = (one.text.decision, How::Rule(one.rule));
        let reason = one.text.code.clone();
        self.plan_for(reason, target, decision, how, words, true)
    }

    /// The query of a rule that is changed was typed; the rest comes next.
    pub(super) fn rule_query_line(&mut self, text: &str) -> Vec<Effect> {
        match Query::parse(text) {
            Ok(_) => {
                text.clone_into(&mut self.rules.draft.query);
                let before = self.rules.draft.before.clone();
                self.ask_line(Purpose::Rule, &before);
            }
            Err(error) => self.warn(format!("no query: {error}")),
        }
        Vec::new()
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
        let Draft { rule, query, .. } = self.rules.draft.clone();
        let text = RuleText {
            name: name.trim().to_owned(),
            query,
            decision,
            reason: Some(reason.trim().to_owned()),
            code: None,
        };
        vec![Effect::SayOfRules(SayOfRules::Give(rule, text))]
    }

    /// Something was said of a rule, or was not.
    pub(super) fn rules_saved(&mut self, result: Result<Option<String>, String>) {
        match result {
            Ok(Some(what)) => {
                let elsewhere = self.view != View::Rules;
                let key = self.keymap.label(Act::GoRules);
                let more = match elsewhere {
                    true => format!("; {key} lists the rules"),
                    false => String::new(),
                };
                self.notice = Some((format!("{what}: saved{more}"), Tone::Good));
            }
            Ok(None) => self.say("it was so already"),
            Err(error) => self.warn(format!("NOT saved: {error}")),
        }
    }
}
