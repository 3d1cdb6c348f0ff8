//! What a message has beside its text, as records tell it.

use super::{Copy, person_id};
use crate::model::{Reaction, Recipient, Role, Version};
use crate::review::beside;
pub use crate::review::beside::Answers;
use serde::{Deserialize, Serialize};

/// What only some messages have. Empty for most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Whom it was addressed to.
    pub recipients: Vec<Addressed>,
    /// Its subject, with which its text begins too.
    pub subject: String,
    /// Its own name in its format.
    pub message_id: String,
    /// The names of the messages it answers, the nearest last, but for those that stay behind.
    pub reply_to: Vec<String>,
    /// What it answers, if it answers something: a message that is handed over, or one that is not
    /// here, since the export does not have it, or it stays behind. Which of the two is not said.
    pub answers: Option<Answers>,
    /// Whom it was forwarded from; empty where only that is known.
    pub forwarded: Option<String>,
    /// Signs that people put on it.
    pub reactions: Vec<Reaction>,
    /// Its earlier texts, the oldest first.
    pub versions: Vec<Version>,
    /// The folders or labels it was kept under.
    pub labels: Vec<String>,
    /// Why it was never sent; empty where it was.
    pub unsent: String,
    /// What its time rests on, where that is not its own date.
    pub time_basis: String,
    /// Of context: the numbers of the records here that answer or quote it.
    pub context_for: Vec<u32>,
    /// Of a mail: the mail as it was, or why it is not here.
    pub original: Option<Mail>,
}

/// Someone a message was addressed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressed {
    /// `to`, `cc` or `bcc`.
    pub role: Role,
    /// Who, as the export shows them.
    pub who: String,
    /// `person-0001`, where they also sent something on this channel.
    #[serde(default)]
    pub person: Option<String>,
}

impl Addressed {
    /// Someone, with the number of the participant of that name.
    pub fn new(role: Role, who: String, participant: Option<u32>) -> Addressed {
        Addressed {
            role,
            who,
            person: participant.map(person_id),
        }
    }
}

/// A mail as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mail {
    /// It is in the bag.
    Here {
        /// Where.
        copy: Copy,
        /// Lines from which the mailbox's `>` before `From ` was taken.
        unquoted: u32,
    },
    /// It is not, and why: words of docket.
    LeftOut(&'static str),
}

impl Beside {
    /// What a record says of it to a person: a label and words, in the order they are said. The
    /// mail as it was is not among them: forms link it in their own ways.
    pub(super) fn rows(&self) -> Vec<(&'static str, String)> {
        let recipients = self.recipients.iter().map(|one| Recipient {
            role: one.role,
            who: one.who.clone(),
        });
        let numbers: Vec<String> = self.context_for.iter().map(u32::to_string).collect();
        let context = match numbers.as_slice() {
            [] => None,
            [one] => Some(("Context for", format!("message {one}"))),
            many => Some(("Context for", format!("messages {}", many.join(", ")))),
        };
        let beside = beside::Beside {
            unsent: &self.unsent,
            recipients: &recipients.collect::<Vec<_>>(),
            subject: &self.subject,
            time_basis: &self.time_basis,
            answers: self.answers,
            forwarded: self.forwarded.as_deref(),
            versions: &self.versions,
            reactions: &self.reactions,
            labels: &self.labels,
        }
        .rows();
        let mut rows: Vec<_> = context.into_iter().chain(beside).collect();
        if let Some(Mail::LeftOut(why)) = self.original {
            rows.push(("Original", format!("not here: {why}")));
        }
        rows
    }

    /// A text without the subject that it begins with, which stands in a row of its own.
    pub(super) fn body<'a>(&self, text: &'a str) -> &'a str {
        if self.subject.is_empty() {
            return text;
        }
        text.strip_prefix(self.subject.as_str())
            .and_then(|rest| {
                rest.strip_prefix("\n\n")
                    .or(rest.is_empty().then_some(rest))
            })
            .unwrap_or(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_the_text_without_its_subject() {
        let with = |subject: &str| Beside {
            subject: subject.to_owned(),
            ..Beside::default()
        };
        assert_eq!(with("Plan").body("Plan\n\nbody"), "body");
        assert_eq!(with("Plan").body("Plan"), "");
        assert_eq!(with("Plan").body("Planning"), "Planning");
        assert_eq!(with("").body("Plan\n\nbody"), "Plan\n\nbody");
    }
}
