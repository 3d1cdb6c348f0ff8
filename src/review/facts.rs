//! What the case is about and who is who in it: given once, kept in the ledger, never guessed.

use super::ReviewError;
use super::waiting::Needed;
use crate::case::Store;
use crate::case::ledger::Entry;
use crate::case::people::SaidMe;
use crate::model::{ParticipantId, SourceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The keys of a case's facts, in the order they are shown, with what each is for.
pub const KEYS: [(&str, &str); 4] = [
    ("reference", "the case's reference, such as FOI-2021-044"),
    ("department", "the department that receives the records"),
    ("custodian", "whose account was exported"),
    (
        "time-zone",
        "the zone of the clock that the exports were made with, such as Europe/London",
    ),
];

/// Facts that say how the review is done, given by command: the key, and what it is for.
pub const WAYS: [(&str, &str); 5] = [
    (
        Needed::KEY,
        "what needs a second reviewer's countersign: none, mixed, sample or all",
    ),
    (
        LANGUAGE,
        "the languages of the records, as The National Archives name them: English;Welsh",
    ),
    (
        CLOSURE_PERIOD,
        "for how many years what is exempt stays closed: 1 to 150",
    ),
    (
        SCHEDULE_DATE,
        "the date of the closure schedule that was approved: 2024-03-31",
    ),
    (
        PROFILE,
        "the profile that bundles are made by, where no other is named: uk-central",
    ),
];

/// The languages of the records.
pub const LANGUAGE: &str = "language";

/// For how many years what is exempt stays closed.
pub const CLOSURE_PERIOD: &str = "closure-period";

/// The date of the schedule by which its closure was approved.
pub const SCHEDULE_DATE: &str = "foi-schedule-date";

/// The profile that bundles are made by.
pub const PROFILE: &str = "profile";

/// The languages that The National Archives take (nationalarchives/da-metadata-schema,
/// definitions/languages).
pub const LANGUAGES: [&str; 21] = [
    "Arabic",
    "Bengali",
    "Chinese",
    "English",
    "German",
    "Gujarati",
    "Hindi",
    "Irish Gaelic",
    "Italian",
    "Latvian",
    "Lithuanian",
    "Polish",
    "Portuguese",
    "Punjabi",
    "Russian",
    "Scottish Gaelic",
    "Somali",
    "Ulster Scots",
    "Urdu",
    "Vietnamese",
    "Welsh",
];

/// The longest value of a fact, in bytes.
const MAX_FACT: usize = 1_000;
/// Before the name of an account in the key that holds its reviewer's name.
const REVIEWER: &str = "reviewer:";

/// Whether a fact of this key can be given: one of [`KEYS`] or [`WAYS`], or `reviewer:` and an account.
pub fn is_key(key: &str) -> bool {
    KEYS.iter().chain(&WAYS).any(|(known, _)| *known == key)
        || key
            .strip_prefix(REVIEWER)
            .is_some_and(|account| !account.is_empty())
}

/// Whether a key can have a value that rests on this basis.
///
/// # Errors
/// [`ReviewError::Fact`] for an unknown key, what is empty or too long, or no time zone.
pub(super) fn check(
    key: &str,
    value: Option<&str>,
    basis: Option<&str>,
) -> Result<(), ReviewError> {
    let refuse = |reason: String| Err(ReviewError::Fact(reason));
    if !is_key(key) {
        let known: Vec<_> = KEYS.iter().chain(&WAYS).map(|(key, _)| *key).collect();
        return refuse(format!(
            "there is no fact of that name; the facts are {}",
            known.join(", ")
        ));
    }
    if basis.is_some_and(|basis| basis.len() > MAX_FACT) {
        return refuse(format!("{key}: its basis has at most {MAX_FACT} bytes"));
    }
    let Some(value) = value else {
        return Ok(());
    };
    if value.trim().is_empty() || value.len() > MAX_FACT {
        return refuse(format!("{key}: a value has 1 to {MAX_FACT} bytes"));
    }
    if key == crate::case::TIME_ZONE && value.parse::<chrono_tz::Tz>().is_err() {
        return refuse(format!(
            "{key}: this is no time zone; give one as Europe/London, Asia/Kolkata or UTC"
        ));
    }
    if key == LANGUAGE && value.split(';').any(|one| !LANGUAGES.contains(&one)) {
        return refuse(format!(
            "{key}: parted by ; without spaces, of {}",
            LANGUAGES.join(", ")
        ));
    }
    let is_period = |years: &str| {
        years
            .parse()
            .is_ok_and(|years: u8| (1..=150).contains(&years))
    };
    if key == CLOSURE_PERIOD && !is_period(value) {
        return refuse(format!("{key}: give a number of years from 1 to 150"));
    }
    if key == SCHEDULE_DATE && !is_day(value) {
        return refuse(format!("{key}: give a date as 2024-03-31"));
    }
    if key == Needed::KEY && Needed::ALL.iter().all(|one| one.name() != value) {
        return refuse(format!("{key}: give none, mixed, sample or all"));
    }
    Ok(())
}

/// Whether this is a date as 2024-03-31, and written just so.
fn is_day(text: &str) -> bool {
    let day = text.parse::<chrono::NaiveDate>();
    day.is_ok_and(|day| day.to_string() == text)
}

/// The key of the fact that holds the name of whoever reviews under this account.
pub fn reviewer_key(account: &str) -> String {
    format!("{REVIEWER}{account}")
}

/// One fact and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What holds.
    pub value: String,
    /// What it rests on, where someone said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
}

/// The facts of a case: the fold of what the ledger says of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    given: BTreeMap<String, Fact>,
    me: BTreeMap<SourceId, SaidMe>,
}

impl Facts {
    /// What holds for a key, if it was given.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.given.get(key).map(|fact| fact.value.as_str())
    }

    /// What holds for a key and what it rests on, if it was given.
    pub fn fact(&self, key: &str) -> Option<&Fact> {
        self.given.get(key)
    }

    /// All that were given, the known keys first and in their order.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        let known = KEYS
            .iter()
            .filter_map(|(key, _)| Some((*key, self.get(key)?)));
        let others = self
            .given
            .iter()
            .filter(|(key, _)| KEYS.iter().all(|(known, _)| known != key))
            .map(|(key, fact)| (key.as_str(), fact.value.as_str()));
        known.chain(others)
    }

    /// What needs a countersign.
    pub fn countersign(&self) -> Needed {
        Needed::of(self.get(Needed::KEY))
    }

    /// The case's reference.
    pub fn reference(&self) -> Option<&str> {
        self.get("reference")
    }

    /// The department that receives the records.
    pub fn department(&self) -> Option<&str> {
        self.get("department")
    }

    /// Whose account was exported.
    pub fn custodian(&self) -> Option<&str> {
        self.get("custodian")
    }

    /// The zone that clock times are read in, and what it rests on.
    pub fn time_zone(&self) -> (&str, &str) {
        match self.given.get(crate::case::TIME_ZONE) {
            Some(fact) => (
                &fact.value,
                fact.basis.as_deref().unwrap_or("given by the reviewer"),
            ),
            None => (
                crate::case::DEFAULT_ZONE.name(),
                "docket's default: nobody has given another",
            ),
        }
    }

    /// The name of whoever reviews under an account, if it was given.
    pub fn reviewer(&self, account: &str) -> Option<&str> {
        self.get(&reviewer_key(account))
    }

    /// The custodian in a source, if someone said who it is.
    pub fn me(&self, store: &Store, source: SourceId) -> Option<ParticipantId> {
        self.me.get(&source)?.now(store, source)
    }

    /// Follows one entry of the ledger; those that are about something else change nothing.
    pub(super) fn follow(&mut self, entry: &Entry) {
        match entry {
            Entry::Fact {
                key,
                to: Some(value),
                basis,
                ..
            } => {
                let fact = Fact {
                    value: value.clone(),
                    basis: basis.clone(),
                };
                self.given.insert(key.clone(), fact);
            }
            Entry::Fact { key, to: None, .. } => {
                self.given.remove(key);
            }
            entry => match entry.me() {
                Some((source, Some(said))) => {
                    self.me.insert(source, said);
                }
                Some((source, None)) => {
                    self.me.remove(&source);
                }
                None => {}
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_follow_the_ledger() {
        let mut facts = Facts::default();
        let give = |key: &str, to: Option<&str>| Entry::Fact {
            key: key.into(),
            from: None,
            to: to.map(Into::into),
            basis: Some("a letter".into()),
        };
        assert_eq!(facts.time_zone().0, "Europe/London");
        facts.follow(&give("time-zone", Some("Europe/Paris")));
        facts.follow(&give(&reviewer_key("ann"), Some("Ann Other")));
        facts.follow(&give("reference", Some("R-1")));
        facts.follow(&give("department", Some("D")));
        facts.follow(&give("department", None));
        assert_eq!(facts.time_zone(), ("Europe/Paris", "a letter"));
        assert_eq!(facts.reviewer("ann"), Some("Ann Other"));
        assert_eq!(facts.department(), None);
        let keys: Vec<_> = facts.entries().map(|(key, _)| key).collect();
        assert_eq!(keys, ["reference", "time-zone", "reviewer:ann"]);
        let me = |participant| Entry::Me {
            source: SourceId(1),
            participant,
            name: None,
        };
        facts.follow(&me(Some(ParticipantId(3))));
        let said = |facts: &Facts, source| facts.me.get(&SourceId(source)).map(|me| me.participant);
        assert_eq!(said(&facts, 1), Some(ParticipantId(3)));
        assert_eq!(said(&facts, 0), None);
        facts.follow(&me(None));
        assert_eq!(said(&facts, 1), None);
        assert!(
            is_key("reference") && is_key("reviewer:x") && !is_key("reviewer:") && !is_key("y")
        );
    }
}
