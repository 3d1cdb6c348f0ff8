//! Who the custodian is in an export, as a person says it of that export.

use super::ReviewError;
use super::facts::Facts;
use super::session::Session;
use super::steps::Acted;
use crate::case::ledger::{Entry, MeAgain, Reading, Recorded};
use crate::model::{ParticipantId, SourceId};

impl Session {
    /// Says who the custodian is in a source, or takes it back with `None`. Gives the entry, or
    /// `None` where that was so already.
    ///
    /// # Errors
    /// [`ReviewError::Missing`] for a source or participant that does not exist; otherwise when the
    /// ledger cannot be written.
    pub fn set_me(
        &self,
        source: SourceId,
        participant: Option<ParticipantId>,
    ) -> Result<Option<Recorded>, ReviewError> {
        let store = self.store();
        if store.source(source).is_none() {
            return Err(ReviewError::Missing(format!("source {source}")));
        }
        let name = match participant {
            None => None,
            Some(id) => match store.participant(id) {
                Some(participant) => Some(participant.name.clone()),
                None => return Err(ReviewError::Missing(format!("participant {id}"))),
            },
        };
        let (recorded, ()) = self.write(|writing, _| {
            if self.facts().me(&store, source) == participant {
                return Ok((None, ()));
            }
            let entry = Entry::Me {
                source,
                participant,
                name: name.clone(),
            };
            let recorded = writing.append(self.actor(), &entry, None)?;
            Ok((Some((recorded, Acted::default())), ()))
        })?;
        Ok(recorded)
    }

    /// What takes back what entry `of` said of the custodian in an export, and how many are kept as
    /// they are (one, or none): where somebody said something else since.
    pub(super) fn me_back(
        &self,
        reading: &Reading<'_>,
        of: u64,
    ) -> Result<(Option<MeAgain>, u64), ReviewError> {
        let is_said = reading
            .entry(of)?
            .is_some_and(|recorded| recorded.entry.me().is_some());
        if !is_said {
            return Ok((None, 0));
        }
        // An entry does not tell what held before it.
        let mut before = Facts::default();
        let mut said = None;
        for recorded in reading.entries(1)? {
            if recorded.seq == of {
                said = recorded.entry.me();
                break;
            }
            before.follow(&recorded.entry);
        }
        let Some((source, from)) = said else {
            return Ok((None, 0));
        };
        let store = self.store();
        let (from, to) = (
            from.and_then(|said| said.now(&store, source)),
            before.me(&store, source),
        );
        if self.facts().me(&store, source) != from {
            return Ok((None, 1));
        }
        let name = to.and_then(|id| store.participant(id));
        let again = MeAgain {
            source,
            from,
            to,
            name: name.map(|participant| participant.name.clone()),
        };
        Ok((Some(again), 0))
    }
}
