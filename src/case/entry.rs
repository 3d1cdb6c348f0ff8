//! What an entry of the ledger says, as data with a stable JSON form.

use super::findings::FindingChange;
use super::marks::{About, MarkChange, Reason, Said};
use super::masks::MaskReason;
use super::people::{ContactList, PeopleAct, PeopleChange, SaidMe};
use super::rules::{RuleChange, RuleNumber};
use super::same::{OwnNumber, SameChange};
use super::second::{Draw, SecondAct};
use crate::import::{DateOrder, Portion};
use crate::model::{Decision, MessageNumber, ParticipantId, SourceId};
use serde::{Deserialize, Serialize};

/// Who does something, and how docket knows the name. Never trusted for access: it is a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// The reviewer's name.
    pub name: String,
    /// Where the name comes from.
    pub how: Known,
}

/// How the name of an [`Actor`] is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// The reviewer gave it.
    Given,
    /// It is the name of the account that docket runs under.
    Account,
    /// docket acted by itself, to make or mend a case.
    Program,
}

/// How a decision was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// One key on one message.
    Key,
    /// One key on a range of a thread.
    Range,
    /// A whole thread at once.
    Thread,
    /// All hits of a query, or a set of marked messages.
    Bulk,
    /// By a rule: what its query found and nobody had decided.
    Rule(RuleNumber),
}

/// What one export brought, as the entry of its import tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedSource {
    /// Its number in the case.
    pub source: SourceId,
    /// The path as it was given.
    pub path: String,
    /// The importer's name.
    pub format: String,
    /// The importer's version.
    pub importer_version: u32,
    /// Of the bytes as given, in hexadecimal.
    pub sha256: String,
    /// Bytes as given.
    pub size: u64,
    /// The first of its new messages' numbers; they follow one another.
    pub first: MessageNumber,
    /// How many messages are new, system lines and unreadable spans included.
    pub new: u32,
    /// How many messages the case already had from an earlier export of the same chat.
    pub already_known: u32,
    /// Its own name: of a file, what importers are told.
    #[serde(default)]
    pub name: String,
    /// Of a folder, its files as they are sealed; empty for a single file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<super::SealedFile>,
    /// Of an archive that holds several exports, which of its items this one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Portion>,
    /// The order of dates that a person gave, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// What became of its bytes.
    #[serde(default)]
    pub balance: super::Balance,
    /// The lists of wording that it was read with besides docket's own, as they are sealed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<super::SealedFile>,
}

/// One act. The form of its JSON is part of the ledger: fields may be added with a default, never
/// renamed or taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Entry {
    /// The case was made.
    Created {
        /// The version of docket that made it.
        docket: String,
    },
    /// A fact of the case was given, changed or taken back.
    Fact {
        /// `reference`, `department`, `custodian`, `time-zone` ...
        key: String,
        /// What held before.
        from: Option<String>,
        /// What holds now.
        to: Option<String>,
        /// What it rests on, where that matters: who said so, or where it was read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<String>,
    },
    /// Exports were loaded. The data tells where each new message stands in its source, so that a
    /// rebuild gives every message its number again.
    Import {
        /// The number of the part that holds the messages.
        part: u32,
        /// The first of the new messages' numbers.
        first: MessageNumber,
        /// How many messages are new.
        count: u32,
        /// The exports, in the order they were loaded.
        sources: Vec<ImportedSource>,
    },
    /// A person settled the order of dates of an export that was loaded before: its times changed,
    /// its messages and their numbers did not.
    DateOrder {
        /// The export.
        source: SourceId,
        /// The order from now on.
        order: DateOrder,
    },
    /// An export that was loaded before is read with other lists of wording: what its messages are
    /// may have changed, their numbers did not.
    Words {
        /// The export.
        source: SourceId,
        /// The lists from now on, as they are sealed.
        words: Vec<super::SealedFile>,
    },
    /// Messages were decided. The data lists the changes.
    Decide {
        /// What holds now for all of them.
        decision: Decision,
        /// How many messages changed.
        count: u32,
        /// How it was done.
        how: How,
        /// The query whose hits they are, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        query: Option<String>,
        /// What the reviewer wrote with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// Why, from the case's list of reasons as it was then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
        /// How the reasons changed; the messages of each are in the data.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        marks: Vec<MarkChange>,
    },
    /// A flag or a note was put on messages, or taken off. The data lists the messages.
    Mark {
        /// Which flag, or whose note.
        #[serde(flatten)]
        about: About,
        /// What holds now for all of them; `None`: it was taken off.
        to: Option<Said>,
        /// How many messages changed.
        count: u32,
        /// How it was done.
        how: How,
        /// The query whose hits they are, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        query: Option<String>,
        /// The changes; the messages of each are in the data, in the same order.
        marks: Vec<MarkChange>,
    },
    /// Parts of messages were masked or withheld, or shown again. The data give, for each message,
    /// all its masks before and after.
    Redact {
        /// Why; `None`: masks were taken off.
        reason: Option<MaskReason>,
        /// How many messages changed.
        count: u32,
        /// How many places were named, before those that meet were joined.
        places: u64,
        /// How it was done.
        how: How,
        /// The query in whose hits they are, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        query: Option<String>,
        /// The words or pattern that was masked, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        find: Option<String>,
        /// The reasons of all masks that changed; where they lie is in the data.
        masks: Vec<MaskReason>,
        /// Second words on mixed messages that lapsed with their masks; the messages are in the
        /// data.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        marks: Vec<MarkChange>,
    },
    /// A second reviewer said a word on decisions, or somebody answered one. The data lists the
    /// messages.
    Second {
        /// What was said.
        act: SecondAct,
        /// How many messages changed.
        count: u32,
        /// How it was done.
        how: How,
        /// The query whose hits they are, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        query: Option<String>,
        /// The comment, or the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// Why, from the case's list of reasons as it was then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
        /// The changes; the messages of each are in the data, in the same order.
        marks: Vec<MarkChange>,
    },
    /// A sample for quality was drawn. It cannot be taken back: every draw stands.
    Sample {
        /// The sample.
        #[serde(flatten)]
        draw: Draw,
    },
    /// A decision, or an act on people, was taken back by the one who made it. The data lists the
    /// changes of decisions.
    Undo {
        /// The number of the entry taken back; a [`Entry::Redo`] can be taken back too.
        of: u64,
        /// How many messages changed.
        count: u32,
        /// How many kept what another reviewer had decided since.
        skipped: u32,
        /// The changes, where the entry taken back is about people.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        people: Vec<PeopleChange>,
        /// The changes of reasons, flags and notes; the messages of each are in the data.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        marks: Vec<MarkChange>,
        /// The change, where the entry taken back is about a rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<RuleChange>,
        /// The reasons of the masks that changed; where they lie is in the data.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        masks: Vec<MaskReason>,
        /// The changes, where the entry taken back is about messages that are one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        same: Vec<SameChange>,
        /// Who the custodian is in an export again, where the entry taken back said it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        me: Option<MeAgain>,
        /// The changes, where the entry taken back is about findings.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        findings: Vec<FindingChange>,
    },
    /// What was undone was made again. The data lists the changes of decisions.
    Redo {
        /// The number of the [`Entry::Undo`] taken back.
        of: u64,
        /// How many messages changed.
        count: u32,
        /// How many kept what another reviewer had decided since.
        skipped: u32,
        /// The changes, where the entry taken back is about people.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        people: Vec<PeopleChange>,
        /// The changes of reasons, flags and notes; the messages of each are in the data.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        marks: Vec<MarkChange>,
        /// The change, where the entry taken back is about a rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<RuleChange>,
        /// The reasons of the masks that changed; where they lie is in the data.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        masks: Vec<MaskReason>,
        /// The changes, where the entry taken back is about messages that are one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        same: Vec<SameChange>,
        /// Who the custodian is in an export again, where the entry taken back said it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        me: Option<MeAgain>,
        /// The changes, where the entry taken back is about findings.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        findings: Vec<FindingChange>,
    },
    /// The reviewer said who the custodian is in a source.
    Me {
        /// The export.
        source: SourceId,
        /// The participant; `None` takes it back.
        participant: Option<ParticipantId>,
        /// The participant's name as the source shows it, so that the entry stands by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// It was said which messages are the same, and which are not. The data list what of decisions
    /// and marks changed with it: those of a copy go to the message that stands for it.
    Same {
        /// All of it.
        changes: Vec<SameChange>,
        /// How many messages changed in a decision or a mark.
        count: u32,
        /// The changes of reasons, flags and notes; the messages of each are in the data.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        marks: Vec<MarkChange>,
    },
    /// Copies that an import had found got numbers of their own, which follow one another. Until
    /// somebody says otherwise each stays a copy.
    OwnNumbers {
        /// The number of the part that holds them.
        part: u32,
        /// The first of their numbers.
        first: MessageNumber,
        /// The copies, in the order of their numbers.
        copies: Vec<OwnNumber>,
    },
    /// It was said which names are one person, or what a person is.
    People {
        /// What was done.
        act: PeopleAct,
        /// All of it.
        changes: Vec<PeopleChange>,
    },
    /// A rule was added, changed or removed. What it decides is an [`Entry::Decide`].
    Rule {
        /// The change, all of it.
        change: RuleChange,
    },
    /// It was said of findings that they are what a detector says, or are not.
    Findings {
        /// All of it.
        changes: Vec<FindingChange>,
        /// How many findings are named; a value counts as one.
        count: u32,
        /// How it was done.
        how: How,
        /// The query that found them, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        query: Option<String>,
    },
    /// A list of contacts was loaded.
    Contacts {
        /// The list.
        #[serde(flatten)]
        list: ContactList,
    },
    /// Everything derived was made again.
    Rebuild {
        /// The version of docket that did it.
        docket: String,
        /// How many messages the case holds after it.
        messages: u32,
        /// How many decided messages could not be found again.
        lost: u32,
    },
    /// A bundle was written.
    Bundle {
        /// The name of the bundle's folder.
        name: String,
        /// SHA-256 of its `tagmanifest-sha256.txt`, in hexadecimal.
        sha256: String,
        /// How many messages went with their content.
        messages: u32,
        /// Whether undecided or referred messages were left behind.
        partial: bool,
        /// The form of an export: `mbox`, `rsmf` ...; `None` of a records bundle.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<String>,
        /// Who alone can open it: public keys or their fingerprints; empty of one in clear.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        recipients: Vec<String>,
        /// The profile that it was made by, with its version; `None` of one without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<String>,
    },
    /// A statement about a bundle was signed.
    Signed {
        /// SHA-256 of the bundle's `tagmanifest-sha256.txt`, in hexadecimal, as its entry has it.
        bundle: String,
        /// SHA-256 of the statement that was signed, in hexadecimal.
        statement: String,
        /// SHA-256 of the template that its words are from, in hexadecimal.
        template: String,
        /// The signer, as the statement names them.
        signer: String,
        /// The key's fingerprint, as OpenSSH writes it: `SHA256:...`.
        key: String,
    },
    /// It was certified what a search found, and in what.
    Certificate {
        /// The query, as it was typed.
        query: String,
        /// How many messages it found.
        found: u32,
        /// SHA-256 of the certificate, in hexadecimal.
        sha256: String,
        /// The fingerprint of the key that signed it, where docket did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// The receipt of a bundle came back and was checked.
    Receipt {
        /// As of [`Entry::Signed`].
        bundle: String,
        /// SHA-256 of the receipt, in hexadecimal.
        receipt: String,
        /// The receiver, as the receipt names them.
        receiver: String,
        /// The fingerprint of the receiver's key.
        key: String,
        /// Who the key belongs to by the list of allowed signers that was given; `None`: none was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        known_as: Option<String>,
    },
}

impl Entry {
    /// Whether it tells of a bundle, and says nothing of the case's state.
    pub fn is_of_handover(&self) -> bool {
        matches!(
            self,
            Entry::Bundle { .. }
                | Entry::Signed { .. }
                | Entry::Certificate { .. }
                | Entry::Receipt { .. }
        )
    }
}

impl Entry {
    /// What it changes of reasons, flags and notes; the messages are in its data.
    pub fn marks(&self) -> &[MarkChange] {
        match self {
            Entry::Decide { marks, .. }
            | Entry::Mark { marks, .. }
            | Entry::Redact { marks, .. }
            | Entry::Second { marks, .. }
            | Entry::Same { marks, .. }
            | Entry::Undo { marks, .. }
            | Entry::Redo { marks, .. } => marks,
            _ => &[],
        }
    }

    /// The reasons of the masks that it changes; where they lie is in its data.
    pub fn mask_reasons(&self) -> &[MaskReason] {
        match self {
            Entry::Redact { masks, .. } | Entry::Undo { masks, .. } | Entry::Redo { masks, .. } => {
                masks
            }
            _ => &[],
        }
    }

    /// What it changes of people.
    pub fn people(&self) -> std::borrow::Cow<'_, [PeopleChange]> {
        match self {
            Entry::People { changes, .. }
            | Entry::Undo {
                people: changes, ..
            }
            | Entry::Redo {
                people: changes, ..
            } => changes.into(),
            Entry::Contacts { list } => vec![PeopleChange::List {
                list: list.list,
                from: false,
                to: true,
            }]
            .into(),
            _ => (&[]).into(),
        }
    }
}

/// Who the custodian is in an export after an undo or a redo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeAgain {
    /// The export.
    pub source: SourceId,
    /// Before.
    pub from: Option<ParticipantId>,
    /// From now on.
    pub to: Option<ParticipantId>,
    /// The name of the latter as the export shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Entry {
    /// What it changes of who the custodian is in an export: the export, and who it is from now on.
    pub fn me(&self) -> Option<(SourceId, Option<SaidMe>)> {
        let said = |participant: Option<ParticipantId>, name: &Option<String>| {
            participant.map(|participant| SaidMe {
                participant,
                name: name.clone(),
            })
        };
        match self {
            Entry::Me {
                source,
                participant,
                name,
            } => Some((*source, said(*participant, name))),
            Entry::Undo { me, .. } | Entry::Redo { me, .. } => {
                me.as_ref().map(|me| (me.source, said(me.to, &me.name)))
            }
            _ => None,
        }
    }

    /// What it changes of which messages are one.
    pub fn same(&self) -> &[SameChange] {
        match self {
            Entry::Same { changes, .. }
            | Entry::Undo { same: changes, .. }
            | Entry::Redo { same: changes, .. } => changes,
            _ => &[],
        }
    }

    /// What it changes of what is said of findings.
    pub fn findings(&self) -> &[FindingChange] {
        match self {
            Entry::Findings { changes, .. }
            | Entry::Undo {
                findings: changes, ..
            }
            | Entry::Redo {
                findings: changes, ..
            } => changes,
            _ => &[],
        }
    }

    /// What it changes of a rule.
    pub fn rule(&self) -> Option<&RuleChange> {
        match self {
            Entry::Rule { change } => Some(change),
            Entry::Undo { rule, .. } | Entry::Redo { rule, .. } => rule.as_ref(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_of_entries_is_stable() {
        let entry = Entry::Decide {
            decision: Decision::Official,
            count: 2,
            how: How::Bulk,
            query: Some("budget".into()),
            note: None,
            reason: None,
            marks: Vec::new(),
        };
        assert_eq!(
            serde_json::to_string(&entry).unwrap(),
            r#"{"kind":"decide","decision":"official","count":2,"how":"bulk","query":"budget"}"#
        );
        let reason = Some(Reason {
            code: "legal".into(),
            means: "advice of lawyers".into(),
        });
        let text = String::new();
        let about = About::Flag {
            flag: crate::model::Flag::AlreadyHeld,
        };
        let to = Some(Said {
            reason,
            text,
            word: None,
        });
        let from = None;
        let change = MarkChange {
            about: about.clone(),
            from,
            to: to.clone(),
        };
        let entry = Entry::Mark {
            about,
            to,
            count: 1,
            how: How::Key,
            query: None,
            marks: vec![change],
        };
        let json = serde_json::to_string(&entry).unwrap();
        let said = r#"{"reason":{"code":"legal","means":"advice of lawyers"}}"#;
        assert_eq!(
            json,
            format!(
                r#"{{"kind":"mark","about":"flag","flag":"already-held","to":{said},"count":1,"how":"key","marks":[{{"about":"flag","flag":"already-held","from":null,"to":{said}}}]}}"#
            )
        );
        assert_eq!(serde_json::from_str::<Entry>(&json).unwrap(), entry);
        let ann = Actor {
            name: "Ann".into(),
            how: Known::Given,
        };
        assert_eq!(
            serde_json::to_string(&ann).unwrap(),
            r#"{"name":"Ann","how":"given"}"#
        );
    }
}
