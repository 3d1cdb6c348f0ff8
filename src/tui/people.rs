//! What the people screen shows, and what it asks to be said of people.

use super::window::Window;
use crate::model::{ParticipantId, Relation, SourceId};
use crate::people::Person;
use crate::people::suggest::Suggestion;
use crate::review::people::{Cast, Marking, Sent};
use crate::review::{ReviewError, Session};
use std::collections::BTreeSet;

/// Who is who, looked up for the screen.
pub struct Board {
    /// The people.
    pub cast: Cast,
    /// What each of them sent, in the roster's order.
    sent: Vec<Sent>,
    /// The exports in which each participant appears.
    sources: Vec<BTreeSet<SourceId>>,
    /// The places of the people in the roster, those who sent most first, then those who were
    /// written to most.
    order: Vec<usize>,
}

impl Board {
    /// Looks it up; reads a column of all messages.
    pub fn of(session: &Session) -> Board {
        let cast = session.cast();
        let sent = session.sent(&cast);
        let mut order: Vec<usize> = (0..cast.roster.people().len()).collect();
        order.sort_by_key(|at| {
            let sent = sent.get(*at);
            std::cmp::Reverse(sent.map(|sent| (sent.total(), sent.addressed)))
        });
        Board {
            sources: cast.sources(),
            order,
            sent,
            cast,
        }
    }

    /// How many people there are.
    pub fn len(&self) -> u32 {
        u32::try_from(self.order.len()).unwrap_or(u32::MAX)
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The person in this row, and what they sent.
    pub fn nth(&self, at: u32) -> Option<(&Person, &Sent)> {
        let place = *self.order.get(usize::try_from(at).ok()?)?;
        Some((self.cast.roster.people().get(place)?, self.sent.get(place)?))
    }

    /// The row of the person whom a participant is.
    pub fn row_of(&self, participant: ParticipantId) -> Option<u32> {
        let number = self.cast.roster.person(participant)?.number;
        let people = self.cast.roster.people();
        let is_it = |place: &usize| people.get(*place).is_some_and(|p| p.number == number);
        let row = self.order.iter().position(is_it)?;
        u32::try_from(row).ok()
    }

    /// The exports in which a participant appears.
    pub fn sources_of(&self, id: ParticipantId) -> impl Iterator<Item = SourceId> + '_ {
        let at = usize::try_from(id.0).ok();
        let found = at.and_then(|at| self.sources.get(at));
        found.into_iter().flatten().copied()
    }
}

/// The state of the people screen.
#[derive(Default)]
pub struct PeopleScreen {
    /// Who is who, once it is looked up.
    pub board: Option<Box<Board>>,
    /// The window of the list.
    pub list: Window,
    /// Those who are picked to be joined, by number.
    pub picked: BTreeSet<ParticipantId>,
    /// Whose names are shown, by any of them.
    pub shown: Option<ParticipantId>,
    /// The window of the names: the first entry tells of the person, then each name.
    pub names: Window,
    /// Who may be one person, once it is looked up.
    pub suggestions: Option<Vec<Suggestion>>,
    /// The window of the suggestions.
    pub proposals: Window,
}

impl PeopleScreen {
    /// The person whose names are shown.
    pub fn person(&self) -> Option<&Person> {
        self.board.as_ref()?.cast.roster.person(self.shown?)
    }

    /// The name under the cursor of the shown person; `None` on what is told of the person.
    pub fn name(&self) -> Option<ParticipantId> {
        let at = usize::try_from(self.names.cursor).ok()?.checked_sub(1)?;
        self.person()?.participants.get(at).copied()
    }

    /// The suggestion under the cursor.
    pub fn suggestion(&self) -> Option<&Suggestion> {
        let at = usize::try_from(self.proposals.cursor).ok()?;
        self.suggestions.as_ref()?.get(at)
    }
}

/// What is to be said of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SayOfPeople {
    /// They are one.
    Join(Vec<ParticipantId>),
    /// This name is somebody else.
    Split(ParticipantId),
    /// This is the name.
    Rename(ParticipantId, String),
    /// What they are, where they work, or notes.
    Mark(Vec<ParticipantId>, Marking),
    /// These suggestions hold.
    Accept(Vec<String>),
    /// These do not.
    Dismiss(Vec<String>),
}

impl SayOfPeople {
    /// That they are this to the custodian.
    pub fn relation(who: ParticipantId, relation: Relation) -> SayOfPeople {
        let marking = Marking {
            relation: Some(relation),
            ..Marking::default()
        };
        SayOfPeople::Mark(vec![who], marking)
    }

    /// Says it, durably; gives what was said, `None` where it was so already.
    ///
    /// # Errors
    /// When the ledger cannot be written, or another reviewer said something of them meanwhile.
    pub fn carry_out(&self, session: &Session) -> Result<Option<String>, ReviewError> {
        let recorded = match self {
            SayOfPeople::Join(who) => session.join(who),
            SayOfPeople::Split(name) => session.split(&[*name]),
            SayOfPeople::Rename(who, name) => session.rename(*who, name),
            SayOfPeople::Mark(who, marking) => session.mark(who, marking),
            SayOfPeople::Accept(ids) => session.accept(ids),
            SayOfPeople::Dismiss(ids) => session.dismiss(ids),
        }?;
        Ok(recorded.map(|recorded| crate::people::in_words(&recorded.entry)))
    }
}
