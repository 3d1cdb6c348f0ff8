//! Rules: a search with a decision and a reason, given once and run again.
//!
//! A rule decides nothing by itself. It shows what it would decide, which is what its query finds
//! and nobody has decided; whoever runs it makes one decision of that, which names the rule and is
//! taken back like any other. What it finds and what was decided otherwise is an exception: listed,
//! and kept unless it is asked for.
//!
//! [`Rules`] is the fold of what the ledger says of them.

use super::act::{Asking, Decided, MAX_NOTE, Target};
use super::error::ReviewError;
use super::query::Query;
use super::session::Session;
use super::steps::Acted;
use crate::case::Progress;
use crate::case::ledger::{Entry, How, Reading, Recorded};
pub use crate::case::rules::{Moved, RuleChange, RuleNumber, RuleText};
use crate::model::Decision;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

/// The longest name of a rule, in bytes.
pub const MAX_NAME: usize = 200;

/// What the ledger says of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Those that stand.
    given: BTreeMap<RuleNumber, RuleText>,
    /// The same, in the order in which they are listed and run.
    order: Vec<RuleNumber>,
    /// For each that was ever given, how many messages the case had when it was last given or run.
    since: BTreeMap<RuleNumber, u32>,
    /// How many messages the case has, as its imports say.
    messages: u32,
}

/// A change that does not fit what held before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mismatch;

impl Rules {
    /// All rules, in their order.
    pub fn all(&self) -> impl Iterator<Item = (RuleNumber, &RuleText)> {
        let texts = self.order.iter();
        texts.filter_map(|number| Some((*number, self.get(*number)?)))
    }

    /// The place of a rule, 0 for the first.
    pub fn place(&self, rule: RuleNumber) -> Option<u32> {
        let at = self.order.iter().position(|number| *number == rule)?;
        u32::try_from(at).ok()
    }

    /// Whether messages came to the case after some rule was last given or run.
    pub fn have_news(&self) -> bool {
        self.all().any(|(rule, _)| self.since(rule) < self.messages)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.given.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// What a rule says.
    pub fn get(&self, rule: RuleNumber) -> Option<&RuleText> {
        self.given.get(&rule)
    }

    /// The rule of this name, in whatever case and with or without accents, or of this number.
    pub fn find(&self, name: &str) -> Option<(RuleNumber, &RuleText)> {
        let number = name.parse().ok().map(RuleNumber);
        let numbered = number.and_then(|number| Some((number, self.get(number)?)));
        numbered.or_else(|| {
            let name = crate::text::fold(name.trim());
            self.all()
                .find(|(_, text)| crate::text::fold(&text.name) == name)
        })
    }

    /// The number of the first message that came to the case after the rule was last given or run.
    pub fn since(&self, rule: RuleNumber) -> u32 {
        self.since.get(&rule).copied().unwrap_or(0)
    }

    /// Whether an entry changes anything here.
    pub(super) fn concerns(entry: &Entry) -> bool {
        entry.rule().is_some()
            || matches!(
                entry,
                Entry::Import { .. }
                    | Entry::Decide {
                        how: How::Rule(_),
                        ..
                    }
            )
    }

    /// Follows one entry of the ledger; those that are about something else change nothing.
    pub(super) fn follow(&mut self, entry: &Entry) -> Result<(), Mismatch> {
        match entry {
            Entry::Import { first, count, .. } => {
                self.messages = self.messages.max(first.0.saturating_add(*count));
            }
            Entry::Decide {
                how: How::Rule(rule),
                ..
            } => {
                self.since.insert(*rule, self.messages);
            }
            entry => {
                if let Some(change) = entry.rule() {
                    self.apply(change)?;
                }
            }
        }
        Ok(())
    }

    fn apply(&mut self, change: &RuleChange) -> Result<(), Mismatch> {
        let place = self.place(change.rule);
        let moved = change
            .moved
            .filter(|_| place.is_some() && change.to.is_some());
        if self.get(change.rule) != change.from.as_ref()
            || moved.is_some_and(|moved| Some(moved.from) != place)
        {
            return Err(Mismatch);
        }
        // Where it is only moved, what is new to it stays new.
        if change.from != change.to {
            self.since.insert(change.rule, self.messages);
        }
        match &change.to {
            Some(text) => self.given.insert(change.rule, text.clone()),
            None => self.given.remove(&change.rule),
        };
        self.order.retain(|number| *number != change.rule);
        if change.to.is_some() {
            let last = self.order.len();
            let to = change.moved.map(|moved| moved.to).or(place);
            let to = to.and_then(|to| usize::try_from(to).ok()).unwrap_or(last);
            self.order.insert(to.min(last), change.rule);
        }
        Ok(())
    }

    /// The number that the next rule gets.
    fn next(&self) -> RuleNumber {
        let last = self.since.keys().next_back();
        RuleNumber(last.map_or(1, |last| last.0.saturating_add(1)))
    }

    /// Whether another rule has this name.
    fn is_taken(&self, rule: RuleNumber, name: &str) -> bool {
        self.find(name).is_some_and(|(other, _)| other != rule)
    }
}

/// What a rule finds, and what it would do, at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Matches {
    /// The rule.
    pub rule: RuleNumber,
    /// What it says.
    pub text: RuleText,
    /// All messages that it finds and that someone has to decide on.
    pub found: RoaringBitmap,
    /// Those that it would decide: nobody has.
    pub open: RoaringBitmap,
    /// Those of them that came to the case after it was last given or run.
    pub new: u32,
    /// Those that were decided otherwise: kept, unless it is asked for.
    pub exceptions: RoaringBitmap,
    /// How many of those found stand so, for every decision that one of them has.
    pub standing: Vec<(Decision, u32)>,
    /// In how many threads it would decide something.
    pub threads: u32,
    /// How many of those it would decide a rule before it would decide too, and does if it is run
    /// first. Known where all rules were asked.
    pub earlier: u32,
    /// The ledger's last entry that this knows of.
    seen: u64,
}

impl Matches {
    /// How many messages it would decide.
    pub fn count(&self) -> u32 {
        number(self.open.len())
    }
}

impl Session {
    /// Adds a rule, or changes the one of this number. The query is kept in its canonical form; a
    /// reason that is a code of the case's list is that reason.
    /// Gives the entry and the rule's number; no entry where that was so already.
    ///
    /// # Errors
    /// [`ReviewError::Rule`] for a text that cannot be a rule, and a name that another has;
    /// [`ReviewError::Missing`] for a number that no rule has; otherwise when the ledger cannot be
    /// written. Nothing has changed then, here and below.
    pub fn give_rule(
        &self,
        rule: Option<RuleNumber>,
        text: &RuleText,
    ) -> Result<(Option<Recorded>, RuleNumber), ReviewError> {
        let mut text = checked(text)?;
        if let Some(said) = &text.reason {
            let listed = self.case().reasons()?;
            if let Some(reason) = listed.into_iter().find(|reason| reason.code == *said) {
                text.code = Some(reason);
                text.reason = None;
            }
        }
        self.write(|writing, _| {
            let rules = self.rules();
            let number = rule.unwrap_or_else(|| rules.next());
            let from = rules.get(number).cloned();
            if rule.is_some() && from.is_none() {
                return Err(ReviewError::Missing(format!("rule {number}")));
            }
            if rules.is_taken(number, &text.name) {
                return Err(ReviewError::Rule(
                    "there is a rule of that name; give another, or change that one".into(),
                ));
            }
            if from.as_ref() == Some(&text) {
                return Ok((None, number));
            }
            let change = RuleChange {
                rule: number,
                from,
                to: Some(text),
                moved: None,
            };
            let recorded = writing.append(self.actor(), &Entry::Rule { change }, None)?;
            Ok((Some((recorded, Acted::default())), number))
        })
    }

    /// Removes a rule. What was decided by it stays.
    ///
    /// # Errors
    /// As [`Session::give_rule`].
    pub fn remove_rule(&self, rule: RuleNumber) -> Result<Option<Recorded>, ReviewError> {
        let (recorded, ()) = self.write(|writing, _| {
            let Some(text) = self.rules().get(rule).cloned() else {
                return Err(ReviewError::Missing(format!("rule {rule}")));
            };
            let place = self.rules().place(rule).unwrap_or(u32::MAX);
            let change = RuleChange {
                rule,
                from: Some(text),
                to: None,
                moved: Some(Moved {
                    from: place,
                    to: place,
                }),
            };
            let recorded = writing.append(self.actor(), &Entry::Rule { change }, None)?;
            Ok((Some((recorded, Acted::default())), ()))
        })?;
        Ok(recorded)
    }

    /// Moves a rule to this place among the rules, 0 for the first; one that is too large is the
    /// last. Gives no entry where it stands there already.
    ///
    /// # Errors
    /// As [`Session::give_rule`].
    pub fn move_rule(&self, rule: RuleNumber, to: u32) -> Result<Option<Recorded>, ReviewError> {
        let (recorded, ()) = self.write(|writing, _| {
            let rules = self.rules();
            let (Some(text), Some(from)) = (rules.get(rule), rules.place(rule)) else {
                return Err(ReviewError::Missing(format!("rule {rule}")));
            };
            let last = u32::try_from(rules.len().saturating_sub(1)).unwrap_or(u32::MAX);
            let to = to.min(last);
            if to == from {
                return Ok((None, ()));
            }
            let change = RuleChange {
                rule,
                from: Some(text.clone()),
                to: Some(text.clone()),
                moved: Some(Moved { from, to }),
            };
            let recorded = writing.append(self.actor(), &Entry::Rule { change }, None)?;
            Ok((Some((recorded, Acted::default())), ()))
        })?;
        Ok(recorded)
    }

    /// What a rule finds now, and what it would decide. Reads only; for a worker thread.
    ///
    /// # Errors
    /// [`ReviewError::Missing`] where there is no such rule, [`ReviewError::Rule`] where its query
    /// cannot be read by this docket; otherwise as [`Session::search`].
    pub fn matches(&self, rule: RuleNumber, cancel: &AtomicBool) -> Result<Matches, ReviewError> {
        let (rules, seen) = (self.rules(), self.head().seq);
        let Some(text) = rules.get(rule).cloned() else {
            return Err(ReviewError::Missing(format!("rule {rule}")));
        };
        let found = self.search(&query(&text)?, cancel)?;
        let decisions = self.decisions();
        let found = &found - decisions.undecidable();
        let open = &found & decisions.set(Decision::Undecided);
        let exceptions = &(&found - &open) - decisions.set(text.decision);
        let standing = Decision::ALL.map(|decision| {
            let so = found.intersection_len(decisions.set(decision));
            (decision, number(so))
        });
        Ok(Matches {
            rule,
            new: number(open.range_cardinality(rules.since(rule)..)),
            threads: decisions.threads_of(&open),
            earlier: 0,
            text,
            found,
            open,
            exceptions,
            standing: standing.into_iter().filter(|(_, so)| *so > 0).collect(),
            seen,
        })
    }

    /// What every rule finds now, in their order. One search each: for a worker thread.
    ///
    /// # Errors
    /// As [`Session::search`]. A rule whose query this docket cannot read is left out.
    pub fn proposals(&self, cancel: &AtomicBool) -> Result<Vec<Matches>, ReviewError> {
        let mut all = Vec::new();
        let mut taken = RoaringBitmap::new();
        for (rule, _) in self.rules().all() {
            match self.matches(rule, cancel) {
                Ok(mut matches) => {
                    matches.earlier = number(matches.open.intersection_len(&taken));
                    taken |= &matches.open;
                    all.push(matches);
                }
                // Another docket wrote it, or it was removed meanwhile.
                Err(ReviewError::Rule(_) | ReviewError::Missing(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    /// Decides what a rule would decide, as one decision that names it; its exceptions too where
    /// `over`. What others decided since [`Session::matches`] is left as it is.
    ///
    /// # Errors
    /// [`ReviewError::RuleMeanwhile`] where the rule is not what it was; otherwise as
    /// [`Session::decide_with`].
    pub fn run_rule(
        &self,
        matches: &Matches,
        over: bool,
        progress: &mut dyn Progress,
    ) -> Result<Decided, ReviewError> {
        let mut messages = matches.open.clone();
        if over {
            messages |= &matches.exceptions;
        }
        let target = Target::Set(messages, Some(matches.text.query.clone()));
        let asking = Asking {
            how: How::Rule(matches.rule),
            reason: None,
            note: None,
            seen: Some(matches.seen),
        };
        self.decide_with(&target, matches.text.decision, &asking, progress)
    }

    /// What takes back the change of a rule that entry `of` made, and how many are kept as they are
    /// (one, or none): those that somebody changed since, or whose name another rule has now.
    pub(super) fn rule_back(
        &self,
        reading: &Reading<'_>,
        of: u64,
    ) -> Result<(Option<RuleChange>, u64), ReviewError> {
        let Some(recorded) = reading.entry(of)? else {
            return Err(ReviewError::Rewritten);
        };
        let Some(change) = recorded.entry.rule().cloned() else {
            return Ok((None, 0));
        };
        let (change, rules) = (change.reversed(), self.rules());
        let place = rules.place(change.rule);
        let moved = change
            .moved
            .filter(|_| place.is_some() && change.to.is_some());
        let stands = rules.get(change.rule) == change.from.as_ref()
            && moved.is_none_or(|moved| Some(moved.from) == place);
        let is_free = |text: &RuleText| !rules.is_taken(change.rule, &text.name);
        match stands && change.to.as_ref().is_none_or(is_free) {
            true => Ok((Some(change), 0)),
            false => Ok((None, 1)),
        }
    }
}

/// A rule's query, ready to be asked.
fn query(text: &RuleText) -> Result<Query, ReviewError> {
    Query::parse(&text.query).map_err(|error| ReviewError::Rule(format!("query: {error}")))
}

/// The text as the ledger keeps it, if it can be a rule.
fn checked(text: &RuleText) -> Result<RuleText, ReviewError> {
    let refuse = |reason: String| Err(ReviewError::Rule(reason));
    let name = text.name.trim();
    if name.is_empty() || name.len() > MAX_NAME {
        return refuse(format!("a rule's name has 1 to {MAX_NAME} bytes"));
    }
    if name.parse::<u32>().is_ok() {
        return refuse("a rule's name is more than a number".into());
    }
    if text.decision == Decision::Undecided {
        return refuse("a rule decides: official, personal, mixed, context or refer".into());
    }
    let reason = text.reason.as_deref().map(str::trim);
    let reason = reason.filter(|reason| !reason.is_empty());
    if reason.is_some_and(|reason| reason.len() > MAX_NOTE) {
        return Err(ReviewError::Note);
    }
    let query = query(text)?;
    if query.is_all() {
        return refuse("a rule needs a query: what is it about?".into());
    }
    Ok(RuleText {
        name: name.to_owned(),
        query: query.to_string(),
        decision: text.decision,
        reason: reason.map(Into::into),
        code: text.code.clone(),
    })
}

fn number(count: u64) -> u32 {
    // Numbers of messages are 32 bits wide, and a case holds fewer than all of them.
    u32::try_from(count).unwrap_or(u32::MAX)
}
