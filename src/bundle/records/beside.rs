//! What a message has beside its text, as records tell it.

use super::{Copy, person_id};
use crate::model::{Reaction, Role, Version};
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
    /// What it answers, if it answers something.
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

/// What a message answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// A message that is handed over, by its number.
    Here(u32),
    /// One that is not here: the export does not have it, or it stays behind. Which of the two is
    /// not said.
    NotHere,
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
        let mut rows = Vec::new();
        if !self.unsent.is_empty() {
            rows.push(("Never sent", self.unsent.clone()));
        }
        for (role, label) in [(Role::To, "To"), (Role::Cc, "Cc"), (Role::Bcc, "Bcc")] {
            let names: Vec<&str> = self
                .recipients
                .iter()
                .filter(|recipient| recipient.role == role)
                .map(|recipient| recipient.who.as_str())
                .collect();
            if !names.is_empty() {
                rows.push((label, names.join("; ")));
            }
        }
        if !self.subject.is_empty() {
            rows.push(("Subject", self.subject.clone()));
        }
        if !self.time_basis.is_empty() {
            rows.push(("Time from", time_basis(&self.time_basis).to_owned()));
        }
        match self.answers {
            Some(Answers::Here(number)) => rows.push(("Answers", format!("message {number}"))),
            Some(Answers::NotHere) => {
                rows.push(("Answers", "a message that is not here".to_owned()));
            }
            None => {}
        }
        if let Some(from) = &self.forwarded {
            let from = if from.is_empty() { "not told" } else { from };
            rows.push(("Forwarded from", from.to_owned()));
        }
        for version in &self.versions {
            rows.push((
                "Earlier text",
                format!("{}{}", at(&version.written), version.text),
            ));
        }
        for reaction in &self.reactions {
            let who = match reaction.who.as_str() {
                "" => String::new(),
                who => format!(" by {who}"),
            };
            rows.push((
                "Reaction",
                format!("{}{}{who}", at(&reaction.written), reaction.value),
            ));
        }
        if !self.labels.is_empty() {
            rows.push(("Labels", self.labels.join("; ")));
        }
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

fn at(written: &str) -> String {
    if written.is_empty() {
        String::new()
    } else {
        format!("[{written}] ")
    }
}

/// What a time rests on, in words.
fn time_basis(basis: &str) -> &str {
    match basis {
        "received" => "the stamp of the mail server that took it last",
        "separator" => "the line between two mails of the mailbox",
        other => other,
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
