//! The second reviewer: countersigning and disagreeing, and what is answered to it.
//!
//! A word is said of somebody else's decision, and belongs to it: when the decision or its reason
//! changes, the word lapses, in the same entry of the ledger. Nobody says one of what they decided
//! themselves. What two reviewers decided at the same moment is a disagreement too: the first
//! decision stands, and the second is kept as its maker's word on it.

use super::act::{Asking, Decided, MAX_NOTE, Target};
use super::deciders::{is_same, named};
use super::error::ReviewError;
use super::marks::Markings;
use super::session::{Session, number, tick};
use super::steps::{self, Acted, Topic};
use crate::case::Progress;
use crate::case::ledger::{Entry, How, Recorded};
use crate::case::marks::{About, MarkChange, Marked, Said};
pub use crate::case::second::{Answer, SecondAct, Stand, Word};
use crate::model::{Decision, MessageNumber};
use roaring::RoaringBitmap;
use std::collections::BTreeMap;

/// What saying a second word would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondPreview {
    /// How many messages it would be said of.
    pub count: u32,
    /// In how many threads.
    pub threads: u32,
    /// How many of them are whose decisions, by name.
    pub whose: Vec<(String, u32)>,
    /// How many of them are decided how.
    pub decisions: Vec<(Decision, u32)>,
    /// Of how many it is said already, or there is nothing to take off or answer.
    pub already: u32,
    /// How many are decided just as a disagreement would have them.
    pub same: u32,
    /// How many the reviewer decided, or disagreed with, themselves.
    pub own: u32,
    /// How many nobody has decided, lines of the app and unreadable bytes included.
    pub undecided: u32,
    /// The ledger's last entry that this preview knows of, for [`Asking::seen`].
    pub seen: u64,
}

/// What one reviewer decided, and said of others' decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reviewer {
    /// The name.
    pub name: String,
    /// How many messages stand as they decided, for every decision but undecided.
    pub decisions: Vec<(Decision, u32)>,
    /// How many of their words stand how.
    pub words: Vec<(Stand, u32)>,
}

impl Reviewer {
    /// How many messages stand as they decided.
    pub fn decided(&self) -> u32 {
        self.decisions.iter().map(|(_, count)| count).sum()
    }

    /// How many of their words stand so.
    pub fn words(&self, stand: Stand) -> u32 {
        let so = self.words.iter().find(|(one, _)| *one == stand);
        so.map_or(0, |(_, count)| *count)
    }
}

/// One reviewer's word on a message, as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaidBy<'a> {
    /// The second reviewer.
    pub by: &'a str,
    /// What they said.
    pub word: &'a Word,
    /// With the comment and the reason.
    pub said: &'a Said,
}

impl Markings {
    /// All second words, with their messages.
    pub fn words(&self) -> impl Iterator<Item = (SaidBy<'_>, &RoaringBitmap)> {
        self.each().filter_map(|(about, said, set)| {
            let About::Second { by } = about else {
                return None;
            };
            let word = said.word.as_ref()?;
            Some((SaidBy { by, word, said }, set))
        })
    }

    /// The messages on which a word stands so.
    pub fn standing_so(&self, stand: Stand) -> RoaringBitmap {
        let so = self.words().filter(|(said, _)| said.word.stand() == stand);
        so.fold(RoaringBitmap::new(), |all, (_, set)| all | set)
    }

    /// The messages on which a word of whoever is called so stands so: the one of this very name, or
    /// else all whose name has it as a part.
    pub fn word_of(&self, name: &str, stand: Stand) -> RoaringBitmap {
        let mut by: BTreeMap<&str, RoaringBitmap> = BTreeMap::new();
        for (said, set) in self.words() {
            let all = by.entry(said.by).or_default();
            if said.word.stand() == stand {
                *all |= set;
            }
        }
        named(name, by.into_iter())
    }

    /// The messages on which a word of the reviewer of just this name stands so.
    pub fn exactly(&self, name: &str, stand: Stand) -> RoaringBitmap {
        let so = self
            .words()
            .filter(|(said, _)| is_same(said.by, name) && said.word.stand() == stand);
        so.fold(RoaringBitmap::new(), |all, (_, set)| all | set)
    }

    /// The second words on a message.
    pub fn words_on(&self, number: MessageNumber) -> Vec<SaidBy<'_>> {
        let said = self.seconds_on(number).into_iter();
        said.filter_map(|(by, said)| {
            let word = said.word.as_ref()?;
            Some(SaidBy { by, word, said })
        })
        .collect()
    }

    /// How the gravest of the words on a message stands: open disagreements first.
    pub fn stand(&self, number: MessageNumber) -> Option<Stand> {
        let words = self.words_on(number);
        let stands = words.iter().map(|said| said.word.stand());
        stands.min_by_key(|stand| match stand {
            Stand::Disagreed => 0,
            Stand::Upheld => 1,
            Stand::Countersigned => 2,
            Stand::Lapsed => 3,
            Stand::Settled => 4,
        })
    }

    /// What makes the words on messages lapse: all where the decision changed, those that agree where
    /// the masks did.
    fn lapses(&self, decided: &RoaringBitmap, masked: &RoaringBitmap) -> Vec<Marked> {
        if decided.is_empty() && masked.is_empty() {
            return Vec::new();
        }
        let mut lapses = Vec::new();
        for (said, set) in self.words().filter(|(said, _)| !said.word.lapsed) {
            let messages = match said.word.stand() {
                Stand::Countersigned => set & (decided | masked),
                _ => set & decided,
            };
            if messages.is_empty() {
                continue;
            }
            let to = Said {
                word: Some(Word {
                    lapsed: true,
                    ..said.word.clone()
                }),
                ..said.said.clone()
            };
            let about = About::Second {
                by: said.by.to_owned(),
            };
            lapses.push(marked(about, Some(said.said.clone()), Some(to), messages));
        }
        lapses
    }
}

impl Acted {
    /// Makes the second words lapse on what it decides, but for those that it changes itself: what
    /// an undo brings back was said of the decision that it brings back.
    ///
    /// What leaves of a mixed message is what its masks leave of it, so that who countersigned it
    /// agreed to them too; `mixed` are the messages that are mixed before it. A disagreement is with
    /// the decision, and waits for its answer whatever is masked.
    pub(super) fn lapse(&mut self, marks: &Markings, mixed: &RoaringBitmap) {
        for mut lapse in marks.lapses(&self.decided(), &(self.masked() & mixed)) {
            for one in &self.marks {
                if one.change.about == lapse.change.about {
                    lapse.messages -= &one.messages;
                }
            }
            if !lapse.messages.is_empty() {
                self.marks.push(lapse);
            }
        }
    }
}

fn marked(about: About, from: Option<Said>, to: Option<Said>, messages: RoaringBitmap) -> Marked {
    Marked {
        change: MarkChange { about, from, to },
        messages,
    }
}

/// What an act would say, and of what it would not.
#[derive(Default)]
struct Sorted {
    marks: Vec<Marked>,
    already: RoaringBitmap,
    same: RoaringBitmap,
    own: RoaringBitmap,
    undecided: RoaringBitmap,
}

impl Session {
    /// What saying this would do. Changes nothing.
    ///
    /// # Errors
    /// As [`Session::say_second`], but for what the ledger refuses.
    pub fn plan_second(
        &self,
        target: &Target,
        act: SecondAct,
        asking: &Asking,
    ) -> Result<SecondPreview, ReviewError> {
        let seen = self.head().seq;
        check(act, asking)?;
        let wanted = self.meant(target)?;
        let sorted = self.sort_words(&wanted, act, asking);
        refuse(&sorted, act)?;
        let said = all(&sorted.marks);
        let (decisions, deciders) = (self.decisions(), self.deciders());
        let whose = deciders.all().map(|(name, set)| {
            let count = number(said.intersection_len(set));
            (name.to_owned(), count)
        });
        let so = Decision::ALL.map(|decision| {
            let count = number(said.intersection_len(decisions.set(decision)));
            (decision, count)
        });
        Ok(SecondPreview {
            count: number(said.len()),
            threads: decisions.threads_of(&said),
            whose: whose.filter(|(_, count)| *count > 0).collect(),
            decisions: so.into_iter().filter(|(_, count)| *count > 0).collect(),
            already: number(sorted.already.len()),
            same: number(sorted.same.len()),
            own: number(sorted.own.len()),
            undecided: number(sorted.undecided.len()),
            seen,
        })
    }

    /// Says a second word on decisions, or answers one, as far as this session has seen what others
    /// decided: of what changed since, nothing is said. `asking` has the comment and the reason.
    /// Saved, which is to say on the disk, when this returns.
    ///
    /// # Errors
    /// [`ReviewError::Own`] where all of it is the reviewer's own, [`ReviewError::NothingSaid`] where
    /// nobody decided any of it, or it is decided as the disagreement would have it;
    /// [`ReviewError::NoWords`] for an answer without words; otherwise when there is no such message
    /// or the ledger cannot be written. Nothing has changed then.
    pub fn say_second(
        &self,
        target: &Target,
        act: SecondAct,
        asking: &Asking,
        progress: &mut dyn Progress,
    ) -> Result<Decided, ReviewError> {
        check(act, asking)?;
        let seen = asking.seen.unwrap_or_else(|| self.head().seq);
        let mut conflicts = RoaringBitmap::new();
        let (recorded, count) = self.write(|writing, _| {
            let wanted = self.meant(target)?;
            tick(progress, 0, wanted.len())?;
            let mut unseen =
                steps::changed_since(writing, seen, &Topic::Decision, |seq| !self.is_own(seq))?;
            for about in self.second_topics() {
                let topic = Topic::of(&about);
                unseen |= steps::changed_since(writing, seen, &topic, |seq| !self.is_own(seq))?;
            }
            conflicts = &wanted & &unseen;
            let sorted = self.sort_words(&(&wanted - &unseen), act, asking);
            if conflicts.is_empty() {
                refuse(&sorted, act)?;
            }
            let acted = Acted {
                marks: sorted.marks,
                ..Acted::default()
            };
            let count = number(acted.all().len());
            if acted.is_empty() {
                return Ok((None, count));
            }
            let entry = Entry::Second {
                act,
                count,
                how: asking.how,
                query: target.query().map(str::to_owned),
                note: comment(asking),
                reason: asking.reason.clone(),
                marks: acted.marks.iter().map(|one| one.change.clone()).collect(),
            };
            let recorded = writing.append(self.actor(), &entry, Some(&acted.encode()?))?;
            tick(progress, wanted.len(), wanted.len())?;
            Ok((Some((recorded, acted)), count))
        })?;
        Ok(Decided {
            recorded,
            count,
            conflicts,
            word: None,
        })
    }

    /// Everybody who decided or said a second word, by name.
    pub fn reviewers(&self) -> Vec<Reviewer> {
        let (decisions, deciders, marks) = (self.decisions(), self.deciders(), self.marks());
        let none = RoaringBitmap::new();
        let mut sets: BTreeMap<&str, &RoaringBitmap> = deciders.all().collect();
        for (said, _) in marks.words() {
            sets.entry(said.by).or_insert(&none);
        }
        let all = sets.into_iter().map(|(name, set)| {
            let decided = Decision::ALL.into_iter().skip(1);
            Reviewer {
                name: name.to_owned(),
                decisions: decided
                    .map(|one| (one, number(set.intersection_len(decisions.set(one)))))
                    .collect(),
                words: Stand::ALL
                    .map(|stand| (stand, number(marks.exactly(name, stand).len())))
                    .into(),
            }
        });
        all.collect()
    }

    /// Keeps what this reviewer decided at the same moment as another as a disagreement with what
    /// the other decided. Gives the ledger's entry, if there was something to keep.
    pub(super) fn keep_as_word(
        &self,
        messages: &RoaringBitmap,
        would: Decision,
    ) -> Result<Option<Recorded>, ReviewError> {
        if messages.is_empty() || would == Decision::Undecided {
            return Ok(None);
        }
        let asking = Asking {
            how: How::Bulk,
            note: None,
            reason: None,
            seen: None,
        };
        let target = Target::Set(messages.clone(), None);
        match self.say_second(&target, SecondAct::Meanwhile(would), &asking, &mut ()) {
            Ok(decided) => Ok(decided.recorded),
            Err(ReviewError::Own | ReviewError::NothingSaid(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every act on a message's second words, from the first to the last: the entry, whose word, and
    /// what was said from then on. Reads the ledger: for a worker thread.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn words_of(
        &self,
        number: MessageNumber,
    ) -> Result<Vec<(Recorded, String, Option<Said>)>, ReviewError> {
        let mut found = Vec::new();
        for (recorded, acted) in self.marking(number)? {
            for one in acted.marks {
                if let About::Second { by } = one.change.about
                    && one.messages.contains(number.0)
                {
                    found.push((recorded.clone(), by, one.change.to));
                }
            }
        }
        Ok(found)
    }

    /// Whose words an act may meet that another session of the same reviewer, or another, changed.
    fn second_topics(&self) -> Vec<About> {
        let mut topics = vec![self.own_word()];
        for (said, _) in self.marks().words() {
            let about = About::Second {
                by: said.by.to_owned(),
            };
            if !topics.contains(&about) {
                topics.push(about);
            }
        }
        topics
    }

    fn own_word(&self) -> About {
        About::Second {
            by: self.actor().name.clone(),
        }
    }

    fn sort_words(&self, wanted: &RoaringBitmap, act: SecondAct, asking: &Asking) -> Sorted {
        match act {
            SecondAct::Countersign => self.sort_said(wanted, None, asking),
            SecondAct::Disagree(would) | SecondAct::Meanwhile(would) => {
                self.sort_said(wanted, Some(would), asking)
            }
            SecondAct::Withdraw => {
                let marks = self.marks().changes(wanted, &self.own_word(), None);
                Sorted {
                    already: wanted - all(&marks),
                    marks,
                    ..Sorted::default()
                }
            }
            SecondAct::Uphold => self.sort_upheld(wanted, asking),
        }
    }

    fn sort_said(
        &self,
        wanted: &RoaringBitmap,
        would: Option<Decision>,
        asking: &Asking,
    ) -> Sorted {
        let (decisions, marks) = (self.decisions(), self.marks());
        let undecided = (decisions.set(Decision::Undecided) | decisions.undecidable()) & wanted;
        let own = &(self.deciders().own(&self.actor().name) & wanted) - &undecided;
        let mut fit = &(wanted - &undecided) - &own;
        let same = would.map_or_else(RoaringBitmap::new, |would| &fit & decisions.set(would));
        fit -= &same;
        let about = self.own_word();
        let text = comment(asking).unwrap_or_default();
        if text.is_empty() && asking.reason.is_none() {
            // Said without words, it does not take the words of the same from what has them.
            for (said, set) in marks.words() {
                let stands = !said.word.lapsed && said.word.answer.is_none();
                let is_own = is_same(said.by, &self.actor().name);
                if stands && is_own && would.unwrap_or(said.word.saw) == said.word.would {
                    fit -= set;
                }
            }
        }
        let mut said = Vec::new();
        for saw in Decision::ALL {
            let to = Said {
                reason: asking.reason.clone(),
                text: text.clone(),
                word: Some(Word {
                    saw,
                    would: would.unwrap_or(saw),
                    answer: None,
                    lapsed: false,
                }),
            };
            let messages = &fit & decisions.set(saw);
            said.extend(marks.changes(&messages, &about, Some(&to)));
            if let (Some(only), 1) = (messages.min(), wanted.len()) {
                said.extend(self.sampled(only, saw, would.unwrap_or(saw)));
            }
        }
        let done = all(&said);
        Sorted {
            already: &(&(wanted - &undecided) - &(&own | &same)) - &done,
            marks: said,
            same,
            own,
            undecided,
        }
    }

    fn sort_upheld(&self, wanted: &RoaringBitmap, asking: &Asking) -> Sorted {
        let mut sorted = Sorted::default();
        let answer = Answer {
            by: self.actor().name.clone(),
            text: comment(asking).unwrap_or_default(),
        };
        for (said, set) in self.marks().words() {
            let here = set & wanted;
            if here.is_empty() || said.word.stand() != Stand::Disagreed {
                continue;
            }
            if is_same(said.by, &self.actor().name) {
                sorted.own |= here;
                continue;
            }
            let to = Said {
                word: Some(Word {
                    answer: Some(answer.clone()),
                    ..said.word.clone()
                }),
                ..said.said.clone()
            };
            let about = About::Second {
                by: said.by.to_owned(),
            };
            let (from, to) = (Some(said.said.clone()), Some(to));
            sorted.marks.push(marked(about, from, to, here));
        }
        let done = all(&sorted.marks);
        sorted.own -= &done;
        sorted.already = &(wanted - &done) - &sorted.own;
        sorted
    }
}

/// The comment, without blanks around; `None` for an empty one.
fn comment(asking: &Asking) -> Option<String> {
    let text = asking.note.as_deref().map(str::trim);
    text.filter(|text| !text.is_empty()).map(Into::into)
}

/// Whether an act can be asked for so.
fn check(act: SecondAct, asking: &Asking) -> Result<(), ReviewError> {
    match act {
        _ if asking
            .note
            .as_ref()
            .is_some_and(|note| note.len() > MAX_NOTE) =>
        {
            Err(ReviewError::Note)
        }
        SecondAct::Disagree(Decision::Undecided) | SecondAct::Meanwhile(Decision::Undecided) => {
            Err(ReviewError::NothingSaid(
                "a disagreement says what you would decide: official, personal, mixed, context or refer",
            ))
        }
        SecondAct::Uphold if comment(asking).is_none() => Err(ReviewError::NothingSaid(
            "say why the decision stands: an answer has words",
        )),
        _ => Ok(()),
    }
}

/// Says why nothing can be said, where nothing can.
fn refuse(sorted: &Sorted, act: SecondAct) -> Result<(), ReviewError> {
    let is_left = !sorted.marks.is_empty() || !sorted.already.is_empty();
    if is_left && act != SecondAct::Uphold || !sorted.marks.is_empty() {
        return Ok(());
    }
    match act {
        SecondAct::Uphold if !sorted.own.is_empty() => Err(ReviewError::NothingSaid(
            "nobody answers their own disagreement: take it back, or let another reviewer answer it",
        )),
        SecondAct::Uphold => Err(ReviewError::NothingSaid(
            "nobody disagrees here: there is nothing to answer",
        )),
        _ if !sorted.same.is_empty() => Err(ReviewError::NothingSaid(
            "it is decided so already; countersign it, if you agree",
        )),
        _ if !sorted.own.is_empty() => Err(ReviewError::Own),
        _ if !sorted.undecided.is_empty() => Err(ReviewError::NothingSaid(
            "nobody has decided this yet: there is nothing to say a second word on",
        )),
        _ => Ok(()),
    }
}

/// All messages of some marks.
fn all(marks: &[Marked]) -> RoaringBitmap {
    let sets = marks.iter().map(|one| &one.messages);
    sets.fold(RoaringBitmap::new(), |all, set| all | set)
}
