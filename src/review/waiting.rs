//! What waits for a second reviewer, and for the first: referred messages, disagreements to answer,
//! decisions to countersign. Each group is of one person's decisions or words, with how many and
//! since when.

use super::deciders::is_same;
use super::error::ReviewError;
use super::second::Stand;
use super::session::{Session, number};
use crate::model::Decision;
use roaring::RoaringBitmap;

/// Whether decisions need a countersign before a whole bundle: the case's fact `countersign`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Needed {
    /// None does.
    #[default]
    None,
    /// Those that are mixed.
    Mixed,
    /// A sample for quality, looked at to its end, does for all.
    Sample,
    /// All.
    All,
}

impl Needed {
    /// The key of the fact.
    pub const KEY: &'static str = "countersign";

    /// All of them.
    pub const ALL: [Needed; 4] = [Needed::None, Needed::Mixed, Needed::Sample, Needed::All];

    /// The fact's value.
    pub fn name(self) -> &'static str {
        match self {
            Needed::None => "none",
            Needed::Mixed => "mixed",
            Needed::Sample => "sample",
            Needed::All => "all",
        }
    }

    /// What the fact says; none where nobody gave it.
    pub fn of(value: Option<&str>) -> Needed {
        let named = value.and_then(|value| Needed::ALL.into_iter().find(|one| one.name() == value));
        named.unwrap_or_default()
    }
}

/// What a group waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waiting {
    /// Referred by somebody: needs a decision.
    Referred,
    /// Somebody disagrees with a decision: needs an answer, or another decision.
    Disagreed,
    /// Countersigned by this reviewer, but the decision, or what is masked of it, changed since.
    Lapsed,
    /// Decided by somebody else, and no second word on it stands.
    Unsigned,
}

impl Waiting {
    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Waiting::Referred => "referred",
            Waiting::Disagreed => "disagreement",
            Waiting::Lapsed => "lapsed",
            Waiting::Unsigned => "to countersign",
        }
    }

    /// What is to be done, in a few words.
    pub fn todo(self) -> &'static str {
        match self {
            Waiting::Referred => "waits for a second look: decide",
            Waiting::Disagreed => "disagrees: uphold with a word, or decide anew",
            Waiting::Lapsed => "was countersigned and changed since: look again",
            Waiting::Unsigned => "decided: countersign or disagree",
        }
    }
}

/// One group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What for.
    pub waiting: Waiting,
    /// Whose decisions, or whose words.
    pub who: String,
    /// The messages.
    pub messages: RoaringBitmap,
    /// When the oldest of it was said, as the ledger has it.
    pub since: Option<String>,
}

impl Group {
    /// How many messages.
    pub fn count(&self) -> u32 {
        number(self.messages.len())
    }

    /// The query that finds its messages; a place in it is remembered by it, as on every way.
    pub fn query(&self) -> String {
        let who = self.who.replace('\\', "\\\\").replace('"', "\\\"");
        match self.waiting {
            Waiting::Referred => format!("is:refer by:\"{who}\""),
            Waiting::Disagreed => format!("is:disagreed disagreed-by:\"{who}\""),
            Waiting::Lapsed => format!("is:lapsed by:\"{who}\""),
            Waiting::Unsigned => {
                format!("by:\"{who}\" -is:refer -is:countersigned -is:disagreed -is:upheld")
            }
        }
    }
}

impl Session {
    /// What waits, as this reviewer sees it: the gravest first. Reads the ledger: for a worker
    /// thread.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn waiting(&self) -> Result<Vec<Group>, ReviewError> {
        let (decisions, deciders, marks) = (self.decisions(), self.deciders(), self.marks());
        let me = &self.actor().name;
        let mut groups: Vec<Group> = Vec::new();
        let mut add = |waiting, who: &str, messages: RoaringBitmap| {
            if !messages.is_empty() {
                groups.push(Group {
                    waiting,
                    who: who.to_owned(),
                    messages,
                    since: None,
                });
            }
        };
        let referred = decisions.set(Decision::Refer);
        let signed = [Stand::Countersigned, Stand::Disagreed, Stand::Upheld]
            .into_iter()
            .fold(RoaringBitmap::new(), |all, stand| {
                all | marks.standing_so(stand)
            });
        let mut by: Vec<&str> = marks.words().map(|(said, _)| said.by).collect();
        by.sort_unstable();
        by.dedup();
        for name in by {
            add(
                Waiting::Disagreed,
                name,
                marks.exactly(name, Stand::Disagreed),
            );
        }
        let lapsed = marks.exactly(me, Stand::Lapsed);
        for (name, set) in deciders.all() {
            add(Waiting::Referred, name, set & referred);
            if !is_same(name, me) {
                let unsigned = &(set - referred) - &signed;
                add(Waiting::Lapsed, name, &unsigned & &lapsed);
                add(Waiting::Unsigned, name, unsigned - &lapsed);
            }
        }
        groups.sort_by(|a, b| (a.waiting, &a.who).cmp(&(b.waiting, &b.who)));
        for group in &mut groups {
            group.since = match group.waiting {
                Waiting::Disagreed => self.oldest(&group.messages, true)?,
                _ => self.oldest(&group.messages, false)?,
            };
        }
        Ok(groups)
    }
}
