//! What a tired reader misses: personal data, markings and risks in texts, pointed at with the reason.
//!
//! A detector is one file here and one line in `DETECTORS`. A finding is a place in a message, the
//! detector that points at it, and what that rests on; it decides nothing. The same text gives the
//! same findings, whatever else the case holds, because a detector sees one text and nothing more.
//!
//! A text is read once (`reading.rs`): the runs of letters that hold a digit, the `@` signs, and the
//! words that tell what a number beside them is. Detectors look at those and at a few bytes around
//! them, so that the time grows with the text and with nothing else.
//!
//! Markings and risks are lists of words that a person edits ([`lexicon`]); each list is a detector,
//! found in the same pass.
//!
//! [`completeness`] points at what the exports lack.
//!
//! [`kept`] holds what was found in a case, derived and made again where a detector changed.

mod address;
mod bank;
mod birth;
mod card;
mod chi;
pub mod completeness;
mod cues;
mod email;
mod hash;
mod iban;
pub mod kept;
pub mod lexicon;
mod licence;
mod named;
mod nhs;
mod nino;
mod passport;
mod phone;
mod postcode;
mod reading;
mod scanner;
mod utr;
mod value;
mod vehicle;

mod person;

pub use kept::{Finding, Findings, Place};
pub use lexicon::Lexicons;
pub use scanner::{Hit, Scanner};
pub use value::value_of;

use cues::Cues;
use reading::{Reading, Runs};
use serde::{Deserialize, Serialize};

/// What kind of data a detector points at: what a report on exposure counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Data {
    /// A number that names a patient, or a name beside clinical words.
    Health,
    /// A number that the state gave a person.
    Identity,
    /// A date of birth.
    Birth,
    /// A telephone number or an e-mail address.
    Contact,
    /// Where somebody lives.
    Address,
    /// A card or an account.
    Money,
    /// A vehicle's mark.
    Vehicle,
    /// A security marking, a password, an incident.
    Security,
    /// Legal privilege.
    Legal,
    /// Special categories of data.
    Sensitive,
    /// Deletion, other channels, what others shall not see.
    Conduct,
    /// Words of a case's own.
    Own,
}

impl Data {
    /// All of them.
    pub const ALL: [Data; 12] = [
        Data::Health,
        Data::Identity,
        Data::Birth,
        Data::Contact,
        Data::Address,
        Data::Money,
        Data::Vehicle,
        Data::Security,
        Data::Legal,
        Data::Sensitive,
        Data::Conduct,
        Data::Own,
    ];

    /// Whether it is personal data, and no marking or risk.
    pub fn is_personal(self) -> bool {
        !matches!(
            self,
            Data::Security | Data::Legal | Data::Conduct | Data::Own
        )
    }

    /// The word used on the command line, in queries and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Data::Health => "health",
            Data::Identity => "identity",
            Data::Birth => "birth",
            Data::Contact => "contact",
            Data::Address => "home",
            Data::Money => "money",
            Data::Vehicle => "transport",
            Data::Security => "security",
            Data::Legal => "legal",
            Data::Sensitive => "sensitive",
            Data::Conduct => "conduct",
            Data::Own => "own-words",
        }
    }
}

/// What a detector is: the same for every finding of it.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name on the command line, in queries and in the ledger: `nhs`.
    pub id: &'static str,
    /// Grows with every change of what it finds.
    pub version: u32,
    /// What it points at, in a few words.
    pub title: &'static str,
    /// What kind of data that is.
    pub data: Data,
    /// Where its rule is from.
    pub source: &'static str,
    /// The words that tell what stands beside them, in words.
    pub cue: &'static str,
}

/// What a finding rests on, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Why(pub u8);

impl Why {
    /// Its check digits are right.
    pub const CHECKSUM: Why = Why(1);
    /// A word beside it says what it is.
    pub const CUE: Why = Why(1 << 1);
    /// It is written in the groups in which people write it.
    pub const GROUPS: Why = Why(1 << 2);
    /// Its form is hardly met by chance.
    pub const FORM: Why = Why(1 << 3);
    /// It holds a date that there is.
    pub const DATE: Why = Why(1 << 4);
    /// It begins as those do that are given out.
    pub const ISSUED: Why = Why(1 << 5);
    /// Another part of the same thing stands beside it.
    pub const BESIDE: Why = Why(1 << 6);
    /// It is a term of a list.
    pub const LISTED: Why = Why(1 << 7);

    /// These and those of `other`.
    #[must_use]
    pub const fn with(self, other: Why) -> Why {
        Why(self.0 | other.0)
    }

    /// These, and `other` where it holds.
    #[must_use]
    pub const fn and(self, holds: bool, other: Why) -> Why {
        if holds { self.with(other) } else { self }
    }

    /// Whether all of `other` are among them.
    pub const fn has(self, other: Why) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One detector.
trait Detector: Sync {
    /// What it is.
    fn about(&self) -> &'static About;

    /// The runs that it looks at.
    fn runs(&self) -> Runs {
        Runs::NONE
    }

    /// Looks at what begins with, or stands around, the run of letters and digits of this place,
    /// which is one of [`Detector::runs`].
    fn code(&self, _reading: &Reading<'_>, _at: usize, _found: &mut Found<'_>) {}

    /// Looks around an `@`.
    fn at_sign(&self, _reading: &Reading<'_>, _at: usize, _found: &mut Found<'_>) {}

    /// The cues that it looks around.
    fn cues(&self) -> Cues {
        Cues::default()
    }

    /// Looks around a word that is a cue, one of [`Detector::cues`].
    fn cue(&self, _reading: &Reading<'_>, _at: usize, _found: &mut Found<'_>) {}

    /// Whether what it points at may hold what others point at: an address its postcode.
    fn may_hold_others(&self) -> bool {
        false
    }
}

/// Where a detector says what it found.
struct Found<'a> {
    detector: u8,
    hits: &'a mut Vec<Hit>,
}

impl Found<'_> {
    /// Points at the bytes from `start` to `end`.
    fn at(&mut self, start: usize, end: usize, why: Why) {
        self.put(start, end, why, 0);
    }

    /// Points at a term of a list.
    fn term(&mut self, start: usize, end: usize, term: u16) {
        self.put(start, end, Why::LISTED, term);
    }

    fn put(&mut self, start: usize, end: usize, why: Why, term: u16) {
        let narrow = |at: usize| u32::try_from(at).ok();
        if let (Some(start), Some(end)) = (narrow(start), narrow(end))
            && start < end
        {
            self.hits.push(Hit {
                detector: self.detector,
                start,
                end,
                why,
                term,
            });
        }
    }
}

/// All detectors. Their order is that of lists; of two that point at the very same bytes for like
/// reasons the earlier is kept.
static DETECTORS: &[&dyn Detector] = &[
    &nhs::Nhs,
    &chi::Chi,
    &nino::Nino,
    &birth::Birth,
    &person::Person,
    &phone::Phone,
    &email::Email,
    &postcode::Postcode,
    &address::Address,
    &card::Card,
    &iban::Iban,
    &bank::Bank,
    &passport::Passport,
    &licence::Licence,
    &utr::Utr,
    &vehicle::Vehicle,
];

/// What every detector is, in their order; lists of words come last.
pub fn all() -> impl Iterator<Item = &'static About> {
    let detectors = DETECTORS.iter().map(|detector| detector.about());
    detectors.chain(lexicon::LISTS)
}

/// The detector of this name, and its place in the order.
pub fn by_id(id: &str) -> Option<(u8, &'static About)> {
    let mut places = (0_u8..).zip(all());
    places.find(|(_, about)| about.id == id)
}

/// The detector at this place.
pub fn at_place(place: u8) -> Option<&'static About> {
    let place = usize::from(place);
    match DETECTORS.get(place) {
        Some(detector) => Some(detector.about()),
        None => lexicon::LISTS.get(place - DETECTORS.len()),
    }
}

impl About {
    /// What a finding rests on, as a clause for a person: `the check digits are right; a word such
    /// as NHS stands beside it`.
    pub fn because(&self, why: Why) -> String {
        let parts = [
            (Why::CHECKSUM, "the check digits are right"),
            (Why::DATE, "it holds a date that there is"),
            (Why::ISSUED, "it begins as those do that are given out"),
            (Why::FORM, "its form is hardly met by chance"),
            (Why::GROUPS, "it is grouped as people write it"),
            (Why::BESIDE, "what belongs to it stands beside it"),
        ];
        let held = parts.iter().filter(|(part, _)| why.has(*part));
        let mut words: Vec<String> = held.map(|(_, words)| (*words).to_owned()).collect();
        if why.has(Why::CUE) {
            words.push(format!("{} stands near it", self.cue));
        }
        words.join("; ")
    }
}

#[cfg(test)]
mod tests;
