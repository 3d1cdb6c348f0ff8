//! What a line of the app tells of who came or went: whom it is about, and what became of them.

use super::Roster;
use crate::case::Store;
use crate::model::{ParticipantId, SourceId};
use std::ops::Range;

/// Someone of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// A person, by the lowest number of their names.
    Participant(ParticipantId),
    /// A name that sent nothing, as the export writes it; or a telephone number.
    Named(String),
    /// Whoever made this export, where nobody has said who that is.
    Owner(SourceId),
}

impl Who {
    /// What to call them: the name that holds for the person, else the channel's own.
    pub fn name(&self, store: &Store, roster: &Roster) -> String {
        match self {
            Who::Participant(id) => match roster.person(*id) {
                Some(person) => person.name.clone(),
                None => store
                    .participant(*id)
                    .map_or_else(String::new, |one| one.name.clone()),
            },
            Who::Named(name) => name.clone(),
            Who::Owner(source) => {
                let source = store
                    .source(*source)
                    .map_or("", |source| source.name.as_str());
                format!("the owner of {source}")
            }
        }
    }
}

/// What a line of the app says of someone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// They made the group.
    Created,
    /// They were added.
    Added,
    /// They joined.
    Joined,
    /// They added or removed somebody.
    Acted,
    /// They left.
    Left,
    /// They were removed.
    Removed,
}

impl Change {
    /// The change that importers name so.
    pub(super) fn from_event(event: &str) -> Option<Change> {
        Some(match event {
            "created" => Change::Created,
            "added" => Change::Added,
            "joined" => Change::Joined,
            "left" => Change::Left,
            "removed" => Change::Removed,
            _ => return None,
        })
    }

    /// Whether whom it is about is there after it.
    pub(super) fn comes(self) -> bool {
        !matches!(self, Change::Left | Change::Removed)
    }

    /// Whether whom it is about was there before it.
    pub(super) fn was_there(self) -> bool {
        matches!(self, Change::Acted | Change::Left | Change::Removed)
    }

    /// The name that importers give it.
    pub fn name(self) -> &'static str {
        match self {
            Change::Created => "created",
            Change::Added => "added",
            Change::Joined => "joined",
            Change::Acted => "acted",
            Change::Left => "left",
            Change::Removed => "removed",
        }
    }

    /// What happened, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Change::Created => "made the group",
            Change::Added => "added",
            Change::Joined => "joined",
            Change::Acted => "added or removed others",
            Change::Left => "left",
            Change::Removed => "removed",
        }
    }
}

/// A name in a line: where it stands, and whose it is; `None` where several people bear it, or it
/// may be a part of a longer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub at: Range<usize>,
    pub who: Option<Who>,
}

/// What a line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Whom it is about, and what became of them.
    pub about: Vec<(Who, Change)>,
    /// Whether it is on somebody, too, of whom it does not let us tell who they are.
    pub leaves_open: bool,
}
