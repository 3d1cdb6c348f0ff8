//! Who decided what: every reviewer's standing decisions, told apart.
//!
//! A decision is of whoever changed it last, or the reason that belongs to it. An undo gives it back
//! to whoever had it before; so each entry that took decisions over from somebody else is kept with
//! those, and nothing is kept of what somebody changed of their own.

use super::marks::{Mismatch, from_hex, to_hex};
use crate::case::ledger::{Entry, Recorded};
use crate::model::MessageNumber;
use crate::text::fold;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The reviewers, each with the messages whose decision is theirs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct Deciders {
    /// By name; the sets do not overlap and are never empty. What is undecided is nobody's.
    by: BTreeMap<String, RoaringBitmap>,
    /// By entry: whose the decisions were that it took over, where they were somebody else's.
    before: BTreeMap<u64, Vec<(String, RoaringBitmap)>>,
}

/// Whether two names are one reviewer's: case, accents and blanks around do not matter.
pub fn is_same(one: &str, other: &str) -> bool {
    fold(one.trim()) == fold(other.trim())
}

impl Deciders {
    /// Every reviewer by name, with the messages whose decision is theirs.
    pub fn all(&self) -> impl Iterator<Item = (&str, &RoaringBitmap)> {
        self.by.iter().map(|(name, set)| (name.as_str(), set))
    }

    /// How many reviewers have decisions.
    pub fn len(&self) -> usize {
        self.by.len()
    }

    /// Whether nobody has decided anything.
    pub fn is_empty(&self) -> bool {
        self.by.is_empty()
    }

    /// Whose decision a message's is; `None` where it is undecided.
    pub fn of(&self, number: MessageNumber) -> Option<&str> {
        let mut all = self.all();
        all.find_map(|(name, set)| set.contains(number.0).then_some(name))
    }

    /// The messages whose decision is of the reviewer of this name; see [`is_same`].
    pub fn own(&self, name: &str) -> RoaringBitmap {
        let own = self.all().filter(|(by, _)| is_same(by, name));
        own.fold(RoaringBitmap::new(), |all, (_, set)| all | set)
    }

    /// The messages decided by whoever is called so: the one of this very name, or else all whose
    /// name has it as a part.
    pub fn called(&self, name: &str) -> RoaringBitmap {
        named(name, self.all().map(|(by, set)| (by, set.clone())))
    }

    /// Follows one entry that changed the decisions, or their reasons, of `changed`; `undecided`
    /// are the messages that nobody has decided after it.
    pub(super) fn follow(
        &mut self,
        recorded: &Recorded,
        changed: &RoaringBitmap,
        undecided: &RoaringBitmap,
    ) {
        if changed.is_empty() {
            return;
        }
        let actor = &recorded.actor.name;
        let mut taken: Vec<(String, RoaringBitmap)> = Vec::new();
        for (name, set) in &mut self.by {
            let here = &*set & changed;
            if !here.is_empty() {
                *set -= &here;
                if name != actor {
                    taken.push((name.clone(), here));
                }
            }
        }
        let mut left = changed - undecided;
        // An undo gives back what the entry took over. What it took back was the actor's, and so a
        // redo, which takes an undo back, finds nothing here that another has to have again.
        if let Entry::Undo { of, .. } | Entry::Redo { of, .. } = &recorded.entry {
            for (name, set) in self.before.get(of).cloned().unwrap_or_default() {
                let back = set & &left;
                left -= &back;
                self.give(&name, back);
            }
        }
        self.give(actor, left);
        if !taken.is_empty() {
            self.before.insert(recorded.seq, taken);
        }
        self.by.retain(|_, set| !set.is_empty());
    }

    fn give(&mut self, name: &str, messages: RoaringBitmap) {
        if !messages.is_empty() {
            *self.by.entry(name.to_owned()).or_default() |= messages;
        }
    }
}

/// The sets of the one whose name is just this, or else of all whose name has it as a part.
pub(super) fn named<'a>(
    name: &str,
    all: impl Iterator<Item = (&'a str, RoaringBitmap)>,
) -> RoaringBitmap {
    let wanted = fold(name.trim());
    let (mut whole, mut parts) = (None, RoaringBitmap::new());
    for (by, set) in all {
        let by = fold(by.trim());
        if by == wanted {
            *whole.get_or_insert_with(RoaringBitmap::new) |= &set;
        }
        if by.contains(&wanted) {
            parts |= set;
        }
    }
    whole.unwrap_or(parts)
}

/// The form of a checkpoint: sets as hexadecimal.
#[derive(Serialize, Deserialize)]
struct Kept {
    by: Vec<(String, String)>,
    before: Vec<(u64, Vec<(String, String)>)>,
}

impl From<Deciders> for Kept {
    fn from(deciders: Deciders) -> Kept {
        let sets = |sets: Vec<(String, RoaringBitmap)>| {
            let hex = sets.into_iter().map(|(name, set)| (name, to_hex(&set)));
            hex.collect()
        };
        Kept {
            by: sets(deciders.by.into_iter().collect()),
            before: deciders
                .before
                .into_iter()
                .map(|(seq, taken)| (seq, sets(taken)))
                .collect(),
        }
    }
}

impl TryFrom<Kept> for Deciders {
    type Error = Mismatch;

    fn try_from(kept: Kept) -> Result<Deciders, Mismatch> {
        let sets = |sets: Vec<(String, String)>| {
            let read = sets.into_iter();
            read.map(|(name, hex)| Ok((name, from_hex(&hex)?)))
                .collect::<Result<Vec<_>, Mismatch>>()
        };
        let before = kept.before.into_iter();
        Ok(Deciders {
            by: sets(kept.by)?.into_iter().collect(),
            before: before
                .map(|(seq, taken)| Ok((seq, sets(taken)?)))
                .collect::<Result<_, Mismatch>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_name_goes_before_its_parts() {
        let set = |n: u32| RoaringBitmap::from_iter([n]);
        let deciders = Deciders {
            by: [("Ann", 1), ("Annabel Lee", 2), ("Bo", 3)]
                .map(|(name, n)| (name.to_owned(), set(n)))
                .into(),
            before: BTreeMap::from([(7, vec![("Bo".to_owned(), set(1))])]),
        };
        assert_eq!(deciders.called("ann"), set(1));
        assert_eq!(deciders.called("LEE"), set(2));
        assert_eq!(deciders.called("an"), set(1) | set(2));
        assert!(deciders.called("carol").is_empty());
        assert_eq!(deciders.own(" ÁNN "), set(1));
        assert_eq!(deciders.of(MessageNumber(3)), Some("Bo"));
        let json = serde_json::to_string(&deciders).unwrap();
        assert_eq!(serde_json::from_str::<Deciders>(&json).unwrap(), deciders);
        let broken = json.replace("3a30", "3a3");
        assert!(serde_json::from_str::<Deciders>(&broken).is_err());
    }
}
