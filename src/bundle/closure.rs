//! What of a bundle may not be open, as archives write it: in The National Archives' codes of
//! exemptions, and in the review fields of the Public Record Office of Northern Ireland.
//!
//! A reviewer proposes; whether a record is closed is decided elsewhere (in the United Kingdom by
//! the Advisory Council, who give a schedule its date). So a record is called closed only once a
//! person has told the case that date and the years; until then it is proposed, and says so.

use super::exemptions::{CODES, code};
use super::layout::REVIEW;
use super::records::date;
use super::select::Selection;
use crate::case::masks::Reach;
use crate::model::MessageNumber;
use crate::review::facts::{CLOSURE_PERIOD, SCHEDULE_DATE};
use chrono::{DateTime, Datelike, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

/// Why something may not be open: the codes of its reasons, those of theirs and those of the
/// department's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Exempt {
    codes: BTreeSet<&'static str>,
    others: BTreeSet<String>,
    /// What the department's own reasons are in the codes of theirs.
    own: BTreeMap<String, &'static str>,
}

impl Exempt {
    /// Of nothing yet; the selection's profile may know reasons of the department's own.
    pub(super) fn of(selection: &Selection) -> Exempt {
        let profile = selection.profile.as_ref();
        Exempt {
            own: profile
                .map(|one| one.closure.codes.clone())
                .unwrap_or_default(),
            ..Exempt::default()
        }
    }

    /// Adds a reason.
    pub(super) fn add(&mut self, reason: &str) {
        match code(reason).or_else(|| self.own.get(reason).copied()) {
            Some(code) => {
                self.codes.insert(code);
            }
            None => {
                self.others.insert(reason.to_owned());
            }
        }
    }

    /// Whether nothing keeps it from being open.
    pub(super) fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.others.is_empty()
    }

    /// How many codes there are that The National Archives take.
    pub(super) fn known(&self) -> usize {
        self.codes.len()
    }

    /// The codes that they take, parted by semicolons.
    pub(super) fn codes(&self) -> String {
        let codes: Vec<&str> = self.codes.iter().copied().collect();
        codes.join(";")
    }

    /// All reasons, parted by semicolons.
    pub(super) fn all(&self) -> String {
        let codes = self.codes.iter().copied();
        let all: Vec<&str> = codes
            .chain(self.others.iter().map(String::as_str))
            .collect();
        all.join(";")
    }

    /// Whether the public interest has to be weighed: not where all exemptions are absolute, and in
    /// doubt of what a department calls by a name of its own.
    fn is_qualified(&self) -> bool {
        let qualified = |code: &&str| CODES.iter().any(|(known, is)| known == code && *is);
        !self.others.is_empty() || self.codes.iter().any(qualified)
    }
}

/// What the case was told of the closure of its records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Closure {
    /// The date of the schedule that the Advisory Council approved.
    pub(super) schedule: Option<NaiveDate>,
    /// For how many years.
    pub(super) years: Option<u32>,
}

impl Closure {
    /// As the facts of a case say, or else the profile.
    pub(super) fn of(selection: &Selection) -> Closure {
        let defaults = selection.profile.as_ref().map(|one| &one.closure);
        Closure {
            schedule: selection
                .fold
                .facts
                .get(SCHEDULE_DATE)
                .and_then(|date| date.parse().ok())
                .or_else(|| defaults?.schedule),
            years: selection
                .fold
                .facts
                .get(CLOSURE_PERIOD)
                .and_then(|years| years.parse().ok())
                .or_else(|| defaults?.years),
        }
    }
}

/// Why a message may not be open.
pub(super) fn exempt(selection: &Selection, number: MessageNumber) -> Exempt {
    let mut exempt = Exempt::of(selection);
    // As they were given: in the open set alone all masks are of everything that leaves.
    let masks = selection.fold.masks.of(number);
    for (_, mask) in masks.into_iter().flat_map(|masks| masks.all()) {
        if mask.reason.reach == Reach::Open {
            exempt.add(&mask.reason.code);
        }
    }
    exempt
}

/// The words of `access_status`.
pub(super) const OPEN: &str = "Open";
/// Closed but for what the open copy shows.
pub(super) const IN_PART: &str = "Closed in part";

/// The review fields of a message that is handed over. `signed` is who countersigned its decision,
/// and when.
pub(super) fn review(
    selection: &Selection,
    number: MessageNumber,
    closure: Closure,
    signed: (&str, &str),
) -> [String; REVIEW] {
    let exempt = exempt(selection, number);
    // Whoever masked it recommends that it be closed; whoever decided, that it be open.
    let by = match exempt.is_empty() {
        true => selection.decided_by(number),
        false => selection.masked_by(number),
    };
    let reviewer = by.map(|by| by.actor.name.clone()).unwrap_or_default();
    let recommended = by.map(|by| day_of(&by.at)).unwrap_or_default();
    let days: Vec<String> = signed.1.split("; ").map(day_of).collect();
    let message = selection.store.message(number);
    let from = message.and_then(|message| date(&message));
    let until = closure.years.zip(from).and_then(|(years, from)| {
        let years = i32::try_from(years).ok()?;
        from.year().checked_add(years)
    });
    let (status, weighed, action) = match (exempt.is_empty(), until) {
        (true, _) => (OPEN, "", ""),
        (false, until) => (
            IN_PART,
            match exempt.is_qualified() {
                true => "required",
                false => "not required",
            },
            match until {
                Some(_) => "Open in",
                None => "Review in",
            },
        ),
    };
    let year = until.filter(|_| !exempt.is_empty());
    [
        status.to_owned(),
        exempt.all(),
        weighed.to_owned(),
        action.to_owned(),
        year.map(|year| year.to_string()).unwrap_or_default(),
        reviewer,
        recommended,
        signed.0.to_owned(),
        days.join("; "),
    ]
}

/// The day of a moment of the ledger, in its own zone, UTC; empty of what is none.
pub(super) fn day_of(at: &str) -> String {
    DateTime::parse_from_rfc3339(at)
        .map(|at| at.date_naive().to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_interest_is_weighed_unless_all_is_absolute() {
        let of = |reasons: &[&str]| {
            let mut exempt = Exempt::default();
            reasons.iter().for_each(|reason| exempt.add(reason));
            exempt
        };
        assert!(!of(&["foi-40-2", "foi-41"]).is_qualified());
        assert!(of(&["foi-40-2", "foi-36"]).is_qualified());
        assert!(of(&["eir-12-5-d"]).is_qualified());
        assert!(of(&["of-our-own"]).is_qualified());
        let both = of(&["of-our-own", "foi-40-2", "foi-36"]);
        assert_eq!((both.codes(), both.known()), ("36;40(2)".to_owned(), 2));
        assert_eq!(both.all(), "36;40(2);of-our-own");
    }

    #[test]
    fn days_are_those_of_the_ledger() {
        assert_eq!(day_of("2021-03-05T23:59:59Z"), "2021-03-05");
        assert_eq!(day_of("soon"), "");
    }
}
