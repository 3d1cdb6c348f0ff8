//! Terms that name people: a joined person is found by any of their names, numbers and addresses,
//! on every channel.

use super::find::{Asked, Part};
use crate::case::Field;
use crate::model::{Address, ParticipantId, ThreadId};
use crate::people::Person;
use crate::text::fold;
use roaring::RoaringBitmap;
use std::collections::BTreeSet;

/// For each participant, by number, whether it is meant.
type Meant = Vec<bool>;

fn is_meant(meant: &Meant, id: ParticipantId) -> bool {
    usize::try_from(id.0).is_ok_and(|at| meant.get(at).copied().unwrap_or_default())
}

impl Asked<'_> {
    /// The participants of the people for whom `yes` holds.
    pub(super) fn people(&self, yes: impl Fn(&Person) -> bool) -> Meant {
        let mut meant = vec![false; self.store.participants().len()];
        for person in self.roster.people().iter().filter(|person| yes(person)) {
            for id in &person.participants {
                if let Ok(at) = usize::try_from(id.0)
                    && let Some(meant) = meant.get_mut(at)
                {
                    *meant = true;
                }
            }
        }
        meant
    }

    /// The participants of everyone who bears these words: as part of a name, number or address
    /// that a channel shows, or of the name that the reviewer gave them.
    pub(super) fn bearers(&self, name: &str) -> Meant {
        let part = Part::new(name);
        self.people(|person| {
            (person.is_named && part.is_in(&fold(&person.name)))
                || person
                    .participants
                    .iter()
                    .filter_map(|id| self.store.participant(*id))
                    .any(|participant| part.is_in(&fold(&participant.name)))
        })
    }

    /// The participants of everyone of an organisation with these words in its name.
    pub(super) fn of_organisation(&self, name: &str) -> Meant {
        let part = Part::new(name);
        self.people(|person| {
            !person.organisation.is_empty() && part.is_in(&fold(&person.organisation))
        })
    }

    /// The messages of these participants.
    pub(super) fn from(&self, meant: &Meant) -> RoaringBitmap {
        if !meant.contains(&true) {
            return RoaringBitmap::new();
        }
        self.pass(self.store.senders(), |_, sender| {
            sender.is_some_and(|id| is_meant(meant, id))
        })
    }

    /// The names of these participants, and the addresses in them, folded as recipients are kept.
    pub(super) fn addresses(&self, meant: &Meant) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let all = self.store.participants().iter();
        for participant in all.filter(|participant| is_meant(meant, participant.id)) {
            let address = Address::parse(&participant.name);
            names.extend([fold(&participant.name), fold(&address.address)]);
        }
        names.remove("");
        names
    }

    /// The messages addressed so to one of these names or addresses.
    pub(super) fn addressed(&self, how: &[Field], names: &BTreeSet<String>) -> RoaringBitmap {
        if names.is_empty() {
            return RoaringBitmap::new();
        }
        self.store.with_value(&|field, value| {
            how.contains(&field)
                && (names.contains(value) || names.contains(&Address::parse(value).address))
        })
    }

    /// The messages addressed so to whoever bears these words, by any of their addresses.
    pub(super) fn to(&self, how: &[Field], name: &str) -> RoaringBitmap {
        let part = Part::new(name);
        let names = self.addresses(&self.bearers(name));
        self.store.with_value(&|field, value| {
            how.contains(&field)
                && (part.is_in(value)
                    || names.contains(value)
                    || names.contains(&Address::parse(value).address))
        })
    }

    /// The participants that are the custodian somewhere.
    fn me(&self) -> Meant {
        let mut meant = vec![false; self.store.participants().len()];
        for source in self.store.sources() {
            for id in self.custodians.in_source(source.id).unwrap_or_default() {
                if let Ok(at) = usize::try_from(id.0)
                    && let Some(meant) = meant.get_mut(at)
                {
                    *meant = true;
                }
            }
        }
        meant
    }

    /// The messages that were addressed to the custodian, by the names that are known for them:
    /// those that they have as a sender, and the addresses within those.
    pub(super) fn addressed_to_me(&self) -> RoaringBitmap {
        self.addressed(&Field::RECIPIENTS, &self.addresses(&self.me()))
    }

    /// The threads that the custodian takes part in.
    pub(super) fn with_me(&self) -> RoaringBitmap {
        self.with(&self.me(), self.addressed_to_me())
    }

    /// The threads in which one of these participants sent something, and those of messages that
    /// were addressed to them.
    pub(super) fn with(&self, meant: &Meant, addressed: RoaringBitmap) -> RoaringBitmap {
        let to: BTreeSet<ThreadId> = addressed
            .iter()
            .filter_map(|number| self.store.position_of(crate::model::MessageNumber(number)))
            .map(|(thread, _)| thread)
            .collect();
        self.threads(|thread| {
            to.contains(&thread.id) || thread.participants.iter().any(|id| is_meant(meant, *id))
        })
    }
}
