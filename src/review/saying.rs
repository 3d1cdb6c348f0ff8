//! A person's word that messages are the same, or that they are not.
//!
//! Said to be the same, they are decided once from then on. What was decided of a copy before goes
//! to the message that stands for it, where that is undecided; where the two were decided
//! differently, nothing is done until somebody says which of it holds ([`Clash`]).
//!
//! Said not to be the same, each has its own decision again. The one that was a copy is undecided
//! then: it was never judged for itself, and what was decided of another message must neither let
//! it leave nor keep it back. To take back the word itself there is undo, which brings back what
//! each was before.

use super::ReviewError;
use super::fold::Fold;
use super::same::Sameness;
use super::session::{Session, number};
use super::steps::{self, Acted, Topic, Touched};
use crate::case::Store;
use crate::case::changes::Change;
use crate::case::ledger::{Entry, Reading, Recorded};
use crate::case::marks::{About, MarkChange, Marked, Said};
use crate::case::same::{OwnNumber, SameChange};
use crate::model::{Decision, MessageNumber, SourceId};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};

/// Two that are the same, and were decided differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clash {
    /// One of the two, with what stands.
    pub one: (MessageNumber, Decision),
    /// The other.
    pub other: (MessageNumber, Decision),
}

/// What came of saying that messages are the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Same {
    /// The ledger's entry, if anything changed.
    pub recorded: Option<Recorded>,
    /// How many pairs became one.
    pub joined: u32,
    /// How many were one already.
    pub already: u32,
    /// Those that were left as they are.
    pub clashes: Vec<Clash>,
}

/// What is not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// A message and all its copies; of a copy, it and the rest.
    Message(MessageNumber),
    /// A message and its copies in one export.
    In(MessageNumber, SourceId),
    /// These two.
    Two(MessageNumber, MessageNumber),
}

impl Session {
    /// Says that the two of each pair are the same message. `decision` is for those that were
    /// decided differently; without it they are left, as are those that somebody decided since
    /// entry `seen` of the ledger.
    ///
    /// # Errors
    /// [`ReviewError::NotSame`] for what nobody decides on, and for a message and itself;
    /// [`ReviewError::Missing`] for one that does not exist; otherwise when the ledger cannot be
    /// written. Nothing has changed then, here and below.
    pub fn say_same(
        &self,
        pairs: &[(MessageNumber, MessageNumber)],
        decision: Option<Decision>,
        seen: Option<u64>,
    ) -> Result<Same, ReviewError> {
        let seen = seen.unwrap_or_else(|| self.head().seq);
        let (recorded, told) = self.write(|writing, _| {
            let (store, fold) = (self.store(), self.fold());
            let unseen =
                steps::changed_since(writing, seen, &Topic::Decision, |seq| !self.is_own(seq))?;
            let mut joining = Joining::new(&store, &fold);
            for (one, other) in pairs {
                let is_seen = !unseen.contains(one.0) && !unseen.contains(other.0);
                joining.pair(*one, *other, decision.filter(|_| is_seen))?;
            }
            let (changes, acted, told) = joining.finish();
            if changes.is_empty() {
                return Ok((None, told));
            }
            let entry = Entry::Same {
                changes,
                count: number(acted.all().len()),
                marks: acted.marks.iter().map(|one| one.change.clone()).collect(),
            };
            let recorded = writing.append(self.actor(), &entry, Some(&acted.encode()?))?;
            Ok((Some((recorded, acted)), told))
        })?;
        Ok(Same { recorded, ..told })
    }

    /// Says that messages are not the same. Copies that the import found get numbers of their own
    /// first, which they keep. Gives the entry, if anything changed.
    ///
    /// # Errors
    /// [`ReviewError::NotSame`] where there is nothing to take apart; [`ReviewError::Missing`] for
    /// a message that does not exist; otherwise when the case cannot be read or written.
    pub fn say_apart(&self, what: Apart) -> Result<Option<Recorded>, ReviewError> {
        let number = match what {
            Apart::Message(number) | Apart::In(number, _) | Apart::Two(number, _) => number,
        };
        let store = self.store();
        if store.message(number).is_none() {
            return Err(ReviewError::Missing(format!("message {number}")));
        }
        if !matches!(what, Apart::Two(..)) {
            let copies: Vec<OwnNumber> = store
                .also_in(number)
                .into_iter()
                .filter(|also| match what {
                    Apart::In(_, source) => also.at.source == source,
                    _ => true,
                })
                .map(|also| OwnNumber {
                    copy_of: number,
                    source: also.at.source,
                    item: also.at.item,
                    span: also.at.span,
                })
                .collect();
            if !copies.is_empty() {
                self.case().give_own_numbers(&copies, self.actor())?;
            }
        }
        let (recorded, ()) = self.write(|writing, _| {
            let (store, before) = (self.store(), self.same());
            let mut same = Sameness::clone(&before);
            let missing = |number| ReviewError::Missing(format!("message {number}"));
            match what {
                Apart::Message(number) if same.is_copy(number) => same.part(number),
                Apart::Message(number) => {
                    let copies: Vec<_> = same.copies_of(number).collect();
                    copies.into_iter().for_each(|copy| same.part(copy));
                }
                Apart::In(number, source) => {
                    let is_there = |copy: &MessageNumber| {
                        let copy = store.message(*copy);
                        copy.is_some_and(|copy| copy.source == source)
                    };
                    let copies: Vec<_> = same.copies_of(number).filter(is_there).collect();
                    copies.into_iter().for_each(|copy| same.part(copy));
                }
                Apart::Two(one, other) => {
                    store.message(other).ok_or_else(|| missing(other))?;
                    if one == other {
                        let why = format!("{one} is one message: give two");
                        return Err(ReviewError::NotSame(why));
                    }
                    if same.head(one) != same.head(other) {
                        same.keep_apart(one, other);
                    } else if same.is_copy(other) {
                        same.part(other);
                    } else {
                        same.part(one);
                    }
                }
            }
            let changes = before.changes_to(&same);
            if changes.is_empty() {
                if let Apart::Two(..) = what {
                    return Ok((None, ()));
                }
                let why = format!(
                    "message {number} stands in one place only: there is nothing to take apart"
                );
                return Err(ReviewError::NotSame(why));
            }
            let entry = Entry::Same {
                changes,
                count: 0,
                marks: Vec::new(),
            };
            let acted = Acted::default();
            let recorded = writing.append(self.actor(), &entry, Some(&acted.encode()?))?;
            Ok((Some((recorded, acted)), ()))
        })?;
        Ok(recorded)
    }

    /// What takes back what entry `of` said of messages that are one, and the messages of which it
    /// stays: those of which somebody said something else since, or, where it would make them one,
    /// those that somebody decided or marked since.
    pub(super) fn same_back(
        &self,
        reading: &Reading<'_>,
        of: u64,
        touched: &Touched,
    ) -> Result<(Vec<SameChange>, RoaringBitmap), ReviewError> {
        let Some(recorded) = reading.entry(of)? else {
            return Err(ReviewError::Rewritten);
        };
        let mut back: Vec<SameChange> = recorded.entry.same().to_vec();
        if back.is_empty() {
            return Ok((back, RoaringBitmap::new()));
        }
        back = back.into_iter().map(SameChange::reversed).collect();
        let same = self.same();
        let said_since = steps::same_touched_since(reading, of)?;
        let done_since = touched
            .values()
            .fold(RoaringBitmap::new(), |all, set| all | set);
        let mut kept = RoaringBitmap::new();
        for change in &back {
            let joins = matches!(change, SameChange::StandsFor { to: Some(_), .. });
            let mut about = change.messages().map(|number| number.0);
            let is_touched = about.any(|number| {
                said_since.contains(number) || (joins && done_since.contains(number))
            });
            if is_touched || !same.holds(*change) {
                kept.extend(change.messages().map(|number| number.0));
            }
        }
        // What hangs together stays together.
        loop {
            let before = kept.len();
            for change in &back {
                if change.messages().any(|number| kept.contains(number.0)) {
                    kept.extend(change.messages().map(|number| number.0));
                }
            }
            if kept.len() == before {
                break;
            }
        }
        back.retain(|change| !change.messages().any(|number| kept.contains(number.0)));
        let along = same.along(&back);
        back.extend(along);
        if !same.allows(&back) {
            let all = recorded.entry.same().iter();
            kept.extend(
                all.flat_map(|change| change.messages())
                    .map(|number| number.0),
            );
            back.clear();
        }
        Ok((back, kept))
    }
}

/// Messages on their way to be one.
struct Joining<'a> {
    store: &'a Store,
    fold: &'a Fold,
    same: Sameness,
    /// What holds from now on, of those that it changes for.
    decisions: BTreeMap<u32, Decision>,
    marks: BTreeMap<(u32, About), Option<Said>>,
    told: Same,
}

impl<'a> Joining<'a> {
    fn new(store: &'a Store, fold: &'a Fold) -> Joining<'a> {
        Joining {
            store,
            fold,
            same: Sameness::clone(&fold.same),
            decisions: BTreeMap::new(),
            marks: BTreeMap::new(),
            told: Same::default(),
        }
    }

    fn decision(&self, number: MessageNumber) -> Decision {
        let said = self.decisions.get(&number.0).copied();
        said.unwrap_or_else(|| self.fold.decisions.decision(number))
    }

    fn said(&self, number: MessageNumber, about: &About) -> Option<Said> {
        match self.marks.get(&(number.0, about.clone())) {
            Some(said) => said.clone(),
            None => self.fold.marks.said(number, about).cloned(),
        }
    }

    fn say(&mut self, number: MessageNumber, about: About, said: Option<Said>) {
        self.marks.insert((number.0, about), said);
    }

    /// What something is said about of a message. A thread's note is not of the message that it
    /// stands at, and a second word is on a decision: it stays with it, and lapses.
    fn topics(&self, number: MessageNumber) -> BTreeSet<About> {
        let here = self.fold.marks.of(number).into_iter();
        let since = self.marks.keys().filter(|(of, _)| *of == number.0);
        here.map(|(about, _)| about)
            .chain(since.map(|(_, about)| about))
            .filter(|about| !matches!(about, About::ThreadNote { .. }) && !about.is_second())
            .cloned()
            .collect()
    }

    fn check(&self, number: MessageNumber) -> Result<(), ReviewError> {
        match self.store.kind(number) {
            None => Err(ReviewError::Missing(format!("message {number}"))),
            Some(kind) if !kind.is_decidable() => Err(ReviewError::NotSame(format!(
                "{number} is not decided on (it is {}): only messages can be the same",
                kind.name()
            ))),
            Some(_) => Ok(()),
        }
    }

    fn pair(
        &mut self,
        one: MessageNumber,
        other: MessageNumber,
        decision: Option<Decision>,
    ) -> Result<(), ReviewError> {
        self.check(one)?;
        self.check(other)?;
        if one == other {
            return Err(ReviewError::NotSame(format!(
                "{one} is one message: give two"
            )));
        }
        let (one, other) = (self.same.head(one), self.same.head(other));
        if one == other {
            self.told.already += 1;
            return Ok(());
        }
        let (head, copy) = (one.min(other), one.max(other));
        if self.fold.masks.of(copy).is_some() {
            // Masks lie on a text, and that of the copy does not leave: what they hide would.
            return Err(ReviewError::NotSame(format!(
                "parts of {copy} are masked, and {head} would stand for both: take those masks off, \
                 and mask {head} instead"
            )));
        }
        let (here, there) = (self.decision(head), self.decision(copy));
        let holds = match (here, there, decision) {
            (here, there, _) if here == there => here,
            (Decision::Undecided, there, _) => there,
            (here, Decision::Undecided, _) => here,
            (_, _, Some(decision)) => decision,
            (here, there, None) => {
                self.told.clashes.push(Clash {
                    one: (head, here),
                    other: (copy, there),
                });
                return Ok(());
            }
        };
        // A reason goes with its decision.
        let of = |number: MessageNumber, decision| {
            let said = self.said(number, &About::Reason);
            said.filter(|_| decision == holds)
        };
        let reason = of(head, here).or_else(|| of(copy, there));
        for about in self.topics(copy) {
            if about != About::Reason {
                let said = joined(self.said(head, &about), self.said(copy, &about));
                self.say(head, about.clone(), said);
            }
            self.say(copy, about, None);
        }
        self.say(head, About::Reason, reason);
        self.decisions.insert(head.0, holds);
        self.decisions.insert(copy.0, Decision::Undecided);
        self.same.join(one, other);
        self.told.joined += 1;
        Ok(())
    }

    /// What changes with it.
    fn finish(self) -> (Vec<SameChange>, Acted, Same) {
        let mut changes: BTreeMap<(Decision, Decision), RoaringBitmap> = BTreeMap::new();
        for (number, to) in &self.decisions {
            let from = self.fold.decisions.decision(MessageNumber(*number));
            if from != *to {
                changes.entry((from, *to)).or_default().insert(*number);
            }
        }
        let mut marks: Vec<Marked> = Vec::new();
        for ((number, about), to) in &self.marks {
            let from = self.fold.marks.said(MessageNumber(*number), about);
            if from == to.as_ref() {
                continue;
            }
            let change = MarkChange {
                about: about.clone(),
                from: from.cloned(),
                to: to.clone(),
            };
            match marks.iter_mut().find(|one| one.change == change) {
                Some(one) => {
                    one.messages.insert(*number);
                }
                None => marks.push(Marked {
                    change,
                    messages: RoaringBitmap::from_iter([*number]),
                }),
            }
        }
        let mut acted = Acted {
            changes: changes
                .into_iter()
                .map(|((from, to), messages)| Change { from, to, messages })
                .collect(),
            marks,
            masks: Vec::new(),
        };
        acted.lapse(&self.fold.marks, &RoaringBitmap::new());
        (self.fold.same.changes_to(&self.same), acted, self.told)
    }
}

/// What is said of two that become one: of either; of both, where their words differ, one after the
/// other.
fn joined(here: Option<Said>, there: Option<Said>) -> Option<Said> {
    match (here, there) {
        (None, said) | (said, None) => said,
        (Some(here), Some(there)) => {
            let text = match (here.text.as_str(), there.text.as_str()) {
                (here, there) if here == there || there.is_empty() => here.to_owned(),
                ("", there) => there.to_owned(),
                (here, there) => format!("{here}\n{there}"),
            };
            Some(Said {
                reason: here.reason.or(there.reason),
                text,
                word: here.word,
            })
        }
    }
}
