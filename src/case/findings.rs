//! What the ledger says of findings: what a person confirmed and what they dismissed.
//!
//! A finding is named by what outlasts the derived data: the detector that pointed at it, with its
//! version then, the message, and the place in it. A word may also hold for a value wherever that
//! detector points at it. Each change says what held before, so that entries can be replayed and
//! checked, and an undo is the change reversed. Findings themselves stand in no entry.

use serde::{Deserialize, Serialize};

/// What a person says of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is what the detector says.
    Confirmed,
    /// It is not, or does not matter.
    Dismissed,
}

impl Verdict {
    /// The word used on the command line and in queries.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Confirmed => "confirmed",
            Verdict::Dismissed => "dismissed",
        }
    }
}

/// Where in a message a detector points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Its text.
    Text,
    /// An earlier text, by its place, the oldest first.
    Version(u16),
    /// The name of a file, by its place among those of the message.
    FileName(u16),
    /// The text inside a file: a contact card, or plain text.
    FileText(u16),
}

impl Place {
    /// The word used on the command line: `text`, `version-1`, `name-of-file-1`, `file-1`; places
    /// are counted from 1.
    pub fn name(self) -> String {
        match self {
            Place::Text => "text".into(),
            Place::Version(at) => format!("version-{}", u32::from(at) + 1),
            Place::FileName(at) => format!("name-of-file-{}", u32::from(at) + 1),
            Place::FileText(at) => format!("file-{}", u32::from(at) + 1),
        }
    }
}

/// One finding as the ledger names it: message, place, first byte there, and one past the last.
pub type Spot = (u32, Place, u32, u32);

/// What a word is said of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// These findings; in order, each once, never none.
    Spots(Vec<Spot>),
    /// This value, wherever the detector points at it, now and later.
    Value(String),
}

/// A change of what is said of findings of one detector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingChange {
    /// The detector.
    pub detector: String,
    /// Its version when this was said.
    pub version: u32,
    /// Of a list of words, the SHA-256 of its text then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// Of what.
    #[serde(flatten)]
    pub of: Of,
    /// Before; `None`: nothing was said.
    pub from: Option<Verdict>,
    /// From now on; never the same as `from`.
    pub to: Option<Verdict>,
}

impl FindingChange {
    /// The change that takes it back.
    #[must_use]
    pub fn reversed(self) -> FindingChange {
        FindingChange {
            from: self.to,
            to: self.from,
            ..self
        }
    }
}
