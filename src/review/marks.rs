//! What is said of messages beside their decisions, as it stands: the fold of the ledger's marks.
//!
//! A set of message numbers for each thing said, so that finding, previewing and changing a million
//! are operations on sets; and what each reviewer used last, to be offered first.

use crate::case::changes::{self, Change, ChangesError};
use crate::case::ledger::{Entry, Recorded};
use crate::case::marks::{About, MarkChange, Marked, Reason, Said};
use crate::model::{Flag, MessageNumber};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many of what a reviewer used are remembered.
const RECENT: usize = 20;

/// What a reviewer used last, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    /// Reasons, by code.
    pub reasons: Vec<String>,
    /// Flags.
    pub flags: Vec<Flag>,
    /// The words of notes.
    pub notes: Vec<String>,
    /// Where copies are held.
    pub places: Vec<String>,
}

/// Everything said, and of which messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct Markings {
    /// By what it is about and what is said; no empty sets.
    said: BTreeMap<About, BTreeMap<Said, RoaringBitmap>>,
    /// By what it is about: the union of the above.
    all: BTreeMap<About, RoaringBitmap>,
    recent: BTreeMap<String, Recent>,
}

/// A mark says that something held of a message which did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what it says of a message did not hold before it")]
pub struct Mismatch;

impl Markings {
    /// The messages of which something is said about this.
    pub fn about(&self, about: &About) -> Option<&RoaringBitmap> {
        self.all.get(about)
    }

    /// The messages with this flag.
    pub fn flagged(&self, flag: Flag) -> RoaringBitmap {
        self.about(&About::Flag { flag })
            .cloned()
            .unwrap_or_default()
    }

    /// The flags of a message, the gravest first.
    pub fn flags(&self, number: MessageNumber) -> Vec<Flag> {
        let has = |flag: &Flag| {
            let set = self.about(&About::Flag { flag: *flag });
            set.is_some_and(|set| set.contains(number.0))
        };
        Flag::ALL.into_iter().filter(has).collect()
    }

    /// Whether a message has a note, or its thread where the note stands at it.
    pub fn is_noted(&self, number: MessageNumber) -> bool {
        let is_note =
            |about: &About| matches!(about, About::Note { .. } | About::ThreadNote { .. });
        let mut notes = self.all.iter().filter(|(about, _)| is_note(about));
        notes.any(|(_, set)| set.contains(number.0))
    }

    /// Everything said, with the messages that it is said of.
    pub fn each(&self) -> impl Iterator<Item = (&About, &Said, &RoaringBitmap)> {
        let said = self.said.iter();
        said.flat_map(|(about, sets)| sets.iter().map(move |(said, set)| (about, said, set)))
    }

    /// The messages for whose marks `yes` says yes.
    pub fn find(&self, yes: impl Fn(&About, &Said) -> bool) -> RoaringBitmap {
        let mut found = RoaringBitmap::new();
        for (about, said) in &self.said {
            for (said, set) in said {
                if yes(about, said) {
                    found |= set;
                }
            }
        }
        found
    }

    /// What is said of a message about this.
    pub fn said(&self, number: MessageNumber, about: &About) -> Option<&Said> {
        if !self.about(about)?.contains(number.0) {
            return None;
        }
        let said = self.said.get(about)?.iter();
        said.filter(|(_, set)| set.contains(number.0))
            .map(|(said, _)| said)
            .next()
    }

    /// The second words said of a message, by reviewer.
    pub(super) fn seconds_on(&self, number: MessageNumber) -> Vec<(&str, &Said)> {
        let here = self.all.iter().filter(|(_, set)| set.contains(number.0));
        here.filter_map(|(about, _)| match about {
            About::Second { by } => Some((by.as_str(), self.said(number, about)?)),
            _ => None,
        })
        .collect()
    }

    /// All that is said of a message: the reason, flags, notes.
    pub fn of(&self, number: MessageNumber) -> Vec<(&About, &Said)> {
        let here = self.all.iter().filter(|(_, set)| set.contains(number.0));
        here.filter_map(|(about, _)| Some((about, self.said(number, about)?)))
            .collect()
    }

    /// The reason of a message's decision.
    pub fn reason(&self, number: MessageNumber) -> Option<&Reason> {
        self.said(number, &About::Reason)?.reason.as_ref()
    }

    /// How many messages each code of a reason is said of, of decisions and of flags.
    pub fn uses(&self) -> BTreeMap<&str, u64> {
        let mut uses = BTreeMap::new();
        for (said, set) in self.said.values().flatten() {
            if let Some(reason) = &said.reason {
                *uses.entry(reason.code.as_str()).or_default() += set.len();
            }
        }
        uses
    }

    /// What a reviewer used last.
    pub fn recent(&self, reviewer: &str) -> Option<&Recent> {
        self.recent.get(reviewer)
    }

    /// What would change if this was said of these messages: one change for each thing said before.
    /// Messages of which it is said already are not in it.
    pub fn changes(
        &self,
        messages: &RoaringBitmap,
        about: &About,
        to: Option<&Said>,
    ) -> Vec<Marked> {
        let mut changes = Vec::new();
        let mut add = |from: Option<&Said>, messages: RoaringBitmap| {
            if from != to && !messages.is_empty() {
                let change = MarkChange {
                    about: about.clone(),
                    from: from.cloned(),
                    to: to.cloned(),
                };
                changes.push(Marked { change, messages });
            }
        };
        match self.about(about) {
            Some(all) => add(None, messages - all),
            None => add(None, messages.clone()),
        }
        for (said, set) in self.said.get(about).into_iter().flatten() {
            add(Some(said), messages & set);
        }
        changes
    }

    /// Applies changes; gives the messages they changed.
    ///
    /// # Errors
    /// [`Mismatch`] when what a change says did not hold; then nothing is applied.
    pub fn apply(&mut self, changes: &[Marked]) -> Result<RoaringBitmap, Mismatch> {
        let mut seen: BTreeMap<&About, RoaringBitmap> = BTreeMap::new();
        for Marked { change, messages } in changes {
            if !seen.entry(&change.about).or_default().is_disjoint(messages)
                || !self.holds(change, messages)
            {
                return Err(Mismatch);
            }
            *seen.entry(&change.about).or_default() |= messages;
        }
        for Marked { change, messages } in changes {
            self.shift(change, messages);
        }
        Ok(seen
            .into_values()
            .fold(RoaringBitmap::new(), |all, set| all | set))
    }

    /// Whether of all these messages is said what a change says was.
    fn holds(&self, change: &MarkChange, messages: &RoaringBitmap) -> bool {
        match &change.from {
            None => self
                .about(&change.about)
                .is_none_or(|all| all.is_disjoint(messages)),
            Some(from) => self
                .standing(&change.about, from)
                .is_some_and(|set| messages.is_subset(set)),
        }
    }

    /// The messages of which just this is said.
    pub fn standing(&self, about: &About, said: &Said) -> Option<&RoaringBitmap> {
        self.said.get(about)?.get(said)
    }

    fn shift(&mut self, change: &MarkChange, messages: &RoaringBitmap) {
        let said = self.said.entry(change.about.clone()).or_default();
        if let Some(from) = &change.from
            && let Some(set) = said.get_mut(from)
        {
            *set -= messages;
            if set.is_empty() {
                said.remove(from);
            }
        }
        if let Some(to) = &change.to {
            *said.entry(to.clone()).or_default() |= messages;
        }
        if said.is_empty() {
            self.said.remove(&change.about);
        }
        let all = self.all.entry(change.about.clone()).or_default();
        match change.to {
            Some(_) => *all |= messages,
            None => *all -= messages,
        }
        if all.is_empty() {
            self.all.remove(&change.about);
        }
    }

    /// Remembers what the reviewer of an entry used.
    pub fn remember(&mut self, recorded: &Recorded) {
        let (about, to) = match &recorded.entry {
            Entry::Decide {
                reason: Some(reason),
                ..
            } => {
                let recent = self.recent.entry(recorded.actor.name.clone()).or_default();
                first(&mut recent.reasons, reason.code.clone());
                return;
            }
            Entry::Mark {
                about,
                to: Some(to),
                ..
            } => (about, to),
            _ => return,
        };
        let recent = self.recent.entry(recorded.actor.name.clone()).or_default();
        if let Some(reason) = &to.reason {
            first(&mut recent.reasons, reason.code.clone());
        }
        match about {
            About::Flag { flag } => {
                first(&mut recent.flags, *flag);
                if !to.text.is_empty() {
                    first(&mut recent.places, to.text.clone());
                }
            }
            About::Note { .. } | About::ThreadNote { .. } => {
                first(&mut recent.notes, to.text.clone());
            }
            About::Reason | About::Second { .. } | About::Sampled { .. } => {}
        }
    }
}

/// Puts one to the front.
fn first<T: PartialEq>(list: &mut Vec<T>, one: T) {
    list.retain(|other| *other != one);
    list.insert(0, one);
    list.truncate(RECENT);
}

/// The form of a checkpoint: sets as hexadecimal.
#[derive(Serialize, Deserialize)]
struct Kept {
    said: Vec<(About, Said, String)>,
    recent: BTreeMap<String, Recent>,
}

impl From<Markings> for Kept {
    fn from(marks: Markings) -> Kept {
        let mut said = Vec::new();
        for (about, sets) in marks.said {
            for (words, set) in sets {
                said.push((about.clone(), words, to_hex(&set)));
            }
        }
        Kept {
            said,
            recent: marks.recent,
        }
    }
}

impl TryFrom<Kept> for Markings {
    type Error = Mismatch;

    fn try_from(kept: Kept) -> Result<Markings, Mismatch> {
        let mut marks = Markings {
            recent: kept.recent,
            ..Markings::default()
        };
        for (about, words, hex) in kept.said {
            let set = from_hex(&hex)?;
            let change = MarkChange {
                about,
                from: None,
                to: Some(words),
            };
            marks.shift(&change, &set);
        }
        Ok(marks)
    }
}

/// A set as hexadecimal.
pub(super) fn to_hex(set: &RoaringBitmap) -> String {
    let mut bytes = Vec::with_capacity(set.serialized_size());
    // Into memory, which refuses nothing; a set that is cut short is refused when read.
    let _ = set.serialize_into(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The set that [`to_hex`] wrote.
pub(super) fn from_hex(hex: &str) -> Result<RoaringBitmap, Mismatch> {
    let pairs = (0..hex.len()).step_by(2).map(|at| hex.get(at..at + 2));
    let bytes = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok());
    let bytes: Vec<u8> = bytes.collect::<Option<_>>().ok_or(Mismatch)?;
    RoaringBitmap::deserialize_from(bytes.as_slice()).map_err(|_| Mismatch)
}

/// What an entry changed of messages, of its data: decisions, and marks.
///
/// # Errors
/// When the data are damaged, or do not hold one set for each of the entry's marks.
pub fn changes_of(entry: &Entry, data: &[u8]) -> Result<(Vec<Change>, Vec<Marked>), ChangesError> {
    let (changes, sets) = changes::decode_with(data)?;
    let marks = entry.marks();
    if marks.len() != sets.len() {
        return Err(ChangesError {
            at: data.len(),
            reason: "it has not one set of messages for each mark",
        });
    }
    let marks = marks.iter().cloned().zip(sets);
    let marks = marks.map(|(change, messages)| Marked { change, messages });
    Ok((changes, marks.collect()))
}

/// A mark in a few words: `hold on 12 messages`.
pub fn in_words(about: &About, to: Option<&Said>, count: u32) -> String {
    let messages = match count {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    };
    let what = match about {
        About::Reason => "reason".to_owned(),
        About::Flag { flag } => flag.name().to_owned(),
        About::Note { .. } => "note".to_owned(),
        About::ThreadNote { .. } => match to {
            Some(said) => return format!("note on a thread: {}", said.text),
            None => return "note on a thread taken off".to_owned(),
        },
        About::Second { .. } => "second word".to_owned(),
        About::Sampled { sample } => format!("word for sample {sample}"),
    };
    let Some(said) = to else {
        return format!("{what} taken off {messages}");
    };
    let reason = said.reason.as_ref();
    let reason = reason.map_or_else(String::new, |reason| format!(" ({})", reason.code));
    let text = match said.text.as_str() {
        "" => String::new(),
        text => format!(": {text}"),
    };
    format!("{what} on {messages}{reason}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn about(n: u8) -> About {
        match n % 4 {
            0 => About::Reason,
            1 => About::Flag { flag: Flag::Hold },
            2 => About::Note { by: "Ann".into() },
            _ => About::Flag {
                flag: Flag::AlreadyHeld,
            },
        }
    }

    proptest! {
        /// Against a plain map, whatever is said and taken back; and a checkpoint gives it back.
        #[test]
        fn marks_agree_with_a_plain_map_and_every_act_can_be_taken_back(
            acts in proptest::collection::vec((0u8..4, 0u8..4, 0u32..200, 1u32..100, 1usize..4, any::<bool>()), 1..25),
        ) {
            let mut marks = Markings::default();
            let mut plain: BTreeMap<(About, u32), Said> = BTreeMap::new();
            for (what, says, start, length, step, back) in acts {
                let about = about(what);
                let to = (says > 0).then(|| Said { reason: None, text: says.to_string(), word: None });
                let messages: RoaringBitmap = (start..start + length).step_by(step).collect();
                let changes = marks.changes(&messages, &about, to.as_ref());
                let before = marks.clone();
                let changed = marks.apply(&changes).unwrap();
                if back {
                    let reversed: Vec<_> = changes.iter().map(|one| one.reversed(one.messages.clone())).collect();
                    marks.apply(&reversed).unwrap();
                    prop_assert_eq!(&marks, &before);
                    continue;
                }
                for number in messages {
                    let key = (about.clone(), number);
                    prop_assert_eq!(changed.contains(number), plain.get(&key) != to.as_ref());
                    match &to {
                        Some(said) => plain.insert(key, said.clone()),
                        None => plain.remove(&key),
                    };
                }
            }
            for number in 0..300 {
                for what in 0..4 {
                    let about = about(what);
                    let wanted = plain.get(&(about.clone(), number));
                    prop_assert_eq!(marks.said(MessageNumber(number), &about), wanted);
                }
            }
            let json = serde_json::to_string(&marks).unwrap();
            prop_assert_eq!(serde_json::from_str::<Markings>(&json).unwrap(), marks);
        }
    }

    #[test]
    fn a_change_that_does_not_fit_changes_nothing() {
        let mut marks = Markings::default();
        let hold = About::Flag { flag: Flag::Hold };
        let said = Said::default();
        let messages: RoaringBitmap = [1, 2].into_iter().collect();
        let changes = marks.changes(&messages, &hold, Some(&said));
        marks.apply(&changes).unwrap();
        let before = marks.clone();
        assert_eq!(marks.apply(&changes), Err(Mismatch));
        let off = changes[0].reversed([2, 3].into_iter().collect());
        assert_eq!(marks.apply(&[off]), Err(Mismatch));
        let off = changes[0].reversed([2].into_iter().collect());
        assert_eq!(marks.apply(&[off.clone(), off]), Err(Mismatch));
        assert_eq!(marks, before);
    }
}
