//! What the ledger says of second reviewers: their words on decisions, and the samples that were
//! drawn for quality.
//!
//! A word belongs to the decision it was said of. It stands on a message as a flag or a note does
//! (`super::marks`), one of each second reviewer; the entry that changes the decision says in the
//! same breath that the word lapsed, so that taking that entry back brings the word back.

use crate::model::Decision;
use serde::{Deserialize, Serialize};

/// What a second reviewer says of decisions, or what is answered to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondAct {
    /// Agrees.
    Countersign,
    /// Would decide so instead.
    Disagree(Decision),
    /// Decided otherwise at the same moment, and came second: docket keeps it so. No act that is
    /// taken back; the word can be taken off like any other.
    Meanwhile(Decision),
    /// Takes the own word off.
    Withdraw,
    /// Answers disagreements of others: the decision stands.
    Uphold,
}

impl SecondAct {
    /// The word of somebody who would decide so.
    pub fn of(now: Decision, would: Decision) -> SecondAct {
        match now == would {
            true => SecondAct::Countersign,
            false => SecondAct::Disagree(would),
        }
    }

    /// In a few words: `countersigned`, `disagreed (personal)`.
    pub fn words(self) -> String {
        match self {
            SecondAct::Countersign => "countersigned".into(),
            SecondAct::Disagree(would) => format!("disagreed ({})", would.name()),
            SecondAct::Meanwhile(would) => {
                format!(
                    "decided {} at the same moment: kept as a disagreement",
                    would.name()
                )
            }
            SecondAct::Withdraw => "word taken off".into(),
            SecondAct::Uphold => "upheld against a disagreement".into(),
        }
    }
}

/// A second reviewer's word on a decision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Word {
    /// The decision that it was said of.
    pub saw: Decision,
    /// What the second reviewer decides; the same where they agree.
    pub would: Decision,
    /// The answer to a disagreement: the decision was upheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// Whether the decision changed since, or the masks of a mixed message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lapsed: bool,
}

/// Why a decision stands although somebody disagrees.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Answer {
    /// Who upheld it.
    pub by: String,
    /// What they said.
    pub text: String,
}

/// How a second reviewer's word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stand {
    /// Agreed, and the decision is as it was.
    Countersigned,
    /// Not agreed, and nobody has answered.
    Disagreed,
    /// Not agreed, and answered: the decision stands.
    Upheld,
    /// Agreed, but the decision, or the masks of a mixed message, changed since.
    Lapsed,
    /// Not agreed, and the decision changed since.
    Settled,
}

impl Stand {
    /// All of them.
    pub const ALL: [Stand; 5] = [
        Stand::Countersigned,
        Stand::Disagreed,
        Stand::Upheld,
        Stand::Lapsed,
        Stand::Settled,
    ];

    /// The word for it, as queries have it.
    pub fn name(self) -> &'static str {
        match self {
            Stand::Countersigned => "countersigned",
            Stand::Disagreed => "disagreed",
            Stand::Upheld => "upheld",
            Stand::Lapsed => "lapsed",
            Stand::Settled => "settled",
        }
    }

    /// Its sign in the gutter, so that it can be read without colour; none where nothing is left
    /// to be seen.
    pub fn letter(self) -> Option<char> {
        match self {
            Stand::Countersigned => Some('+'),
            Stand::Disagreed => Some('!'),
            Stand::Upheld => Some('='),
            Stand::Lapsed => Some('~'),
            Stand::Settled => None,
        }
    }
}

impl Word {
    /// How it stands.
    pub fn stand(&self) -> Stand {
        match (self.saw == self.would, self.lapsed, &self.answer) {
            (true, false, _) => Stand::Countersigned,
            (true, true, _) => Stand::Lapsed,
            (false, true, _) => Stand::Settled,
            (false, false, Some(_)) => Stand::Upheld,
            (false, false, None) => Stand::Disagreed,
        }
    }

    /// In words: `countersigned official`, `official, would be personal; upheld by Ann: as agreed`.
    pub fn in_words(&self) -> String {
        let mut words = match self.saw == self.would {
            true => format!("countersigned {}", self.saw.name()),
            false => format!(
                "disagreed with {}: would be {}",
                self.saw.name(),
                self.would.name()
            ),
        };
        if let Some(Answer { by, text }) = &self.answer {
            words += &format!("; upheld by {by}: {text}");
        }
        if self.lapsed {
            words += "; lapsed: the decision, or what is masked, changed since";
        }
        words
    }
}

/// A sample for quality: others' decisions, drawn at random for one second reviewer to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// Its number in the case, from 1 on.
    pub sample: u32,
    /// What it was drawn with.
    pub seed: u64,
    /// How many were asked for; fewer came where there were fewer.
    pub size: u32,
    /// The query whose hits it was drawn from; empty for all messages.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub of: String,
    /// How many messages it was drawn from: those of them that others had decided.
    pub population: u32,
    /// Whether the first decision is hidden until the second is given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blind: bool,
    /// The messages in rising order, each with its decision then.
    pub drawn: Vec<(u32, Decision)>,
}

impl Draw {
    /// In words: `sample 3: 50 of 1204 decisions of others (is:personal), seed 7, blind`.
    pub fn in_words(&self) -> String {
        let of = match self.of.as_str() {
            "" => String::new(),
            of => format!(" ({of})"),
        };
        format!(
            "sample {}: {} of {} decisions of others{of}, seed {}{}",
            self.sample,
            self.drawn.len(),
            self.population,
            self.seed,
            if self.blind { ", blind" } else { "" }
        )
    }
}
