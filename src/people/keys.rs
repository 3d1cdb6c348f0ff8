//! What two names of one person have in common: numbers in one spelling, addresses in one case,
//! the words of a name in one order.

use crate::import::phone;
use crate::model::Address;
use crate::text::{fold, words};
use std::collections::BTreeMap;

/// Words before and after a name that are not part of it.
const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "sir",
    "dame",
    "lord",
    "lady",
    "rt",
    "hon",
    "mp",
    "cbe",
    "obe",
    "mbe",
    "phd",
];

/// Countries of time zones, with the code that their numbers begin with: those of one code.
const ZONES: &[(&str, &str)] = &[
    ("Europe/London", "44"),
    ("Europe/Belfast", "44"),
    ("GB", "44"),
    ("Europe/Dublin", "353"),
    ("Europe/Paris", "33"),
    ("Europe/Berlin", "49"),
    ("Europe/Madrid", "34"),
    ("Europe/Rome", "39"),
    ("Europe/Lisbon", "351"),
    ("Europe/Amsterdam", "31"),
    ("Europe/Brussels", "32"),
    ("Europe/Luxembourg", "352"),
    ("Europe/Zurich", "41"),
    ("Europe/Vienna", "43"),
    ("Europe/Copenhagen", "45"),
    ("Europe/Stockholm", "46"),
    ("Europe/Oslo", "47"),
    ("Europe/Helsinki", "358"),
    ("Europe/Warsaw", "48"),
    ("Europe/Prague", "420"),
    ("Europe/Bratislava", "421"),
    ("Europe/Budapest", "36"),
    ("Europe/Bucharest", "40"),
    ("Europe/Sofia", "359"),
    ("Europe/Athens", "30"),
    ("Europe/Kyiv", "380"),
    ("Europe/Istanbul", "90"),
    ("Europe/Moscow", "7"),
    ("America/New_York", "1"),
    ("America/Chicago", "1"),
    ("America/Denver", "1"),
    ("America/Los_Angeles", "1"),
    ("America/Toronto", "1"),
    ("America/Vancouver", "1"),
    ("America/Mexico_City", "52"),
    ("America/Sao_Paulo", "55"),
    ("America/Argentina/Buenos_Aires", "54"),
    ("Africa/Lagos", "234"),
    ("Africa/Nairobi", "254"),
    ("Africa/Accra", "233"),
    ("Africa/Johannesburg", "27"),
    ("Africa/Cairo", "20"),
    ("Asia/Jerusalem", "972"),
    ("Asia/Dubai", "971"),
    ("Asia/Karachi", "92"),
    ("Asia/Kolkata", "91"),
    ("Asia/Dhaka", "880"),
    ("Asia/Singapore", "65"),
    ("Asia/Hong_Kong", "852"),
    ("Asia/Shanghai", "86"),
    ("Asia/Tokyo", "81"),
    ("Asia/Seoul", "82"),
    ("Australia/Sydney", "61"),
    ("Australia/Melbourne", "61"),
    ("Australia/Brisbane", "61"),
    ("Australia/Perth", "61"),
    ("Pacific/Auckland", "64"),
];

/// Fewer numbers than these say nothing of where a case is at home.
const FEWEST_NUMBERS: usize = 3;

/// The country that numbers without one are taken to be of, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// Its code: `44`.
    pub code: String,
    /// What that rests on, as part of a sentence.
    pub basis: String,
}

impl Home {
    /// From the case's time zone where someone gave it, else from what most numbers begin with,
    /// else from the zone that is assumed. `None` where nothing tells.
    pub fn of<'a>(
        zone: &str,
        zone_is_given: bool,
        numbers: impl Iterator<Item = &'a str>,
    ) -> Option<Home> {
        let of_zone = |why: &str| {
            let (_, code) = ZONES.iter().find(|(name, _)| *name == zone)?;
            Some(Home {
                code: (*code).to_owned(),
                basis: format!("the case's time zone {why} {zone}"),
            })
        };
        if zone_is_given && let Some(home) = of_zone("is") {
            return Some(home);
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for code in numbers.filter_map(phone::country) {
            *counts.entry(code).or_default() += 1;
        }
        let all: usize = counts.values().sum();
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        if let Some((code, count)) = most
            && all >= FEWEST_NUMBERS
            && count * 3 >= all * 2
        {
            return Some(Home {
                basis: format!("{count} of the case's {all} numbers with a country begin so"),
                code,
            });
        }
        of_zone("is taken to be")
    }
}

/// What a participant's name tells of who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Keys {
    /// The number, as it is written.
    pub number: Option<String>,
    /// An e-mail address or profile, folded.
    pub address: Option<String>,
    /// The words of the name.
    pub name: Option<Name>,
}

/// The words of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// Words of more than one letter, in the order of the alphabet.
    pub full: Vec<String>,
    /// Single letters, in the order of the alphabet.
    pub initials: Vec<String>,
}

impl Name {
    /// The words of a name: without titles, without what stands in brackets, after a dash or after
    /// a comma behind a whole name, without signs and emoji.
    pub fn of(text: &str) -> Option<Name> {
        let mut depth = 0u32;
        let bare: String = text
            .chars()
            .filter(|c| match c {
                '(' | '[' => {
                    depth += 1;
                    false
                }
                ')' | ']' => {
                    depth = depth.saturating_sub(1);
                    false
                }
                _ => depth == 0,
            })
            .collect();
        let whole = |part: &str| words(part).count() >= 2;
        let mut bare = bare.as_str();
        for mark in [" - ", " – ", " — ", " | ", ", "] {
            if let Some((before, _)) = bare.split_once(mark).filter(|(before, _)| whole(before)) {
                bare = before;
            }
        }
        // An apostrophe or a full stop in a name parts no words: O'Neill, O’Neill.
        let bare: String = bare
            .chars()
            .filter(|c| !matches!(c, '\'' | '’' | '`'))
            .collect();
        let mut name = Name::default();
        for word in words(&bare).map(|word| word.folded) {
            if !word.chars().any(char::is_alphabetic) || TITLES.contains(&word.as_str()) {
                continue;
            }
            if word.is_ascii() && word.len() == 1 {
                name.initials.push(word);
            } else {
                name.full.push(word);
            }
        }
        name.full.sort();
        name.initials.sort();
        (!name.full.is_empty()).then_some(name)
    }

    /// All of it in one key; two names that differ in the order of words have the same.
    pub fn key(&self) -> String {
        [self.full.join(" "), self.initials.join(" ")].join("/")
    }

    /// Whether one of two names is the other with initials in the place of some words: `A. Osei`
    /// and `Ama Osei`.
    pub fn is_short_for(&self, long: &Name) -> bool {
        if self.initials.is_empty() || self.full.is_empty() || !long.initials.is_empty() {
            return false;
        }
        let mut rest = long.full.clone();
        for word in &self.full {
            match rest.iter().position(|other| other == word) {
                Some(at) => rest.remove(at),
                None => return false,
            };
        }
        self.initials.iter().all(|initial| {
            match rest.iter().position(|word| word.starts_with(initial)) {
                Some(at) => {
                    rest.remove(at);
                    true
                }
                None => false,
            }
        })
    }
}

impl Keys {
    /// What a participant's name tells.
    pub fn of(shown: &str) -> Keys {
        let address = Address::parse(shown);
        // `~` stands before a name that the phone's owner has not given.
        let name = address.name.trim_start_matches('~').trim();
        let mut keys = Keys::default();
        for part in [address.address.as_str(), name] {
            if part.is_empty() {
                continue;
            }
            if is_number(part) {
                keys.number.get_or_insert_with(|| part.to_owned());
            } else if is_address(part) {
                keys.address.get_or_insert_with(|| profile(part));
            } else if part == name {
                keys.name = Name::of(part);
            }
        }
        keys
    }
}

/// An e-mail address or a profile's in one spelling: folded, without scheme, `www.` and last slash.
pub(super) fn profile(text: &str) -> String {
    let text = fold(text);
    let bare = text.trim().trim_end_matches('/');
    let bare = bare
        .strip_prefix("https://")
        .or_else(|| bare.strip_prefix("http://"))
        .unwrap_or(bare);
    bare.strip_prefix("www.").unwrap_or(bare).to_owned()
}

/// Whether a text is a telephone number: at least five digits, and what people put between them.
fn is_number(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    digits >= 5
        && text.chars().all(|c| {
            c.is_ascii_digit()
                || c.is_whitespace()
                || "+-().~/".contains(c)
                || ('\u{2010}'..='\u{2015}').contains(&c)
                || ('\u{200e}'..='\u{200f}').contains(&c)
                || ('\u{202a}'..='\u{202f}').contains(&c)
        })
}

/// Whether a text is an e-mail address, or the address of a profile.
fn is_address(text: &str) -> bool {
    let plain = !text.contains(char::is_whitespace);
    let mail = text
        .split_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && host.contains('.'));
    plain && (mail || text.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_their_words() {
        let key = |text: &str| Name::of(text).map(|name| name.key()).unwrap_or_default();
        for (one, other) in [
            ("Ama Osei", "Osei, Ama"),
            ("Ama Osei", "AMA  OSEI 🌻"),
            ("Jonah Threlkeld - SpAd", "jonah threlkeld"),
            ("Dr Zoë Ek (DCR)", "Zoe Ek"),
            ("Femi Osho, CPHR", "Femi Osho"),
            ("Nia O’Neill", "Nia O'Neill"),
        ] {
            assert_eq!(key(one), key(other), "{one} {other}");
        }
        assert_ne!(key("Ama Osei"), key("Ama Ofori"));
        assert_eq!(Name::of("🐣"), None);
        let name = |text: &str| Name::of(text).unwrap_or_default();
        assert!(name("A. Osei").is_short_for(&name("Ama Osei")));
        assert!(name("Osei, A").is_short_for(&name("Ama Osei")));
        assert!(name("A K Osei").is_short_for(&name("Kwame Ama Osei")));
        assert!(!name("B Osei").is_short_for(&name("Ama Osei")));
        assert!(!name("Osei").is_short_for(&name("Ama Osei")));
        assert!(!name("A Osei").is_short_for(&name("A Osei")));
    }

    #[test]
    fn what_a_participant_shows_is_number_address_and_name() {
        let keys = Keys::of("Ama Osei <A.Osei@DCR.gov.example>");
        assert_eq!(keys.address.as_deref(), Some("a.osei@dcr.gov.example"));
        assert!(keys.name.is_some() && keys.number.is_none());
        let keys = Keys::of("\u{202a}+44\u{a0}7700 900123\u{202c}");
        assert!(keys.number.is_some() && keys.name.is_none());
        let keys = Keys::of("~\u{202f}Sol");
        assert_eq!(keys.name, Name::of("sol"));
        assert_eq!(Keys::of("Room 12345 at last").number, None);
    }

    #[test]
    fn a_case_is_at_home_where_its_zone_or_its_numbers_are() {
        let none = || std::iter::empty::<&str>();
        let given = Home::of("Europe/Paris", true, none()).unwrap();
        assert_eq!(given.code, "33");
        let numbers = [
            "+1 202 555 0101",
            "+1 202 555 0102",
            "+1 202 555 0103",
            "+44 20 7946 0000",
        ];
        let counted = Home::of("Europe/London", false, numbers.into_iter()).unwrap();
        assert_eq!(counted.code, "1");
        assert!(
            counted.basis.contains("3 of the case's 4"),
            "{}",
            counted.basis
        );
        let assumed = Home::of("Europe/London", false, none()).unwrap();
        assert_eq!(assumed.code, "44");
        assert!(assumed.basis.contains("taken to be"), "{}", assumed.basis);
        assert_eq!(Home::of("Antarctica/Troll", true, none()), None);
    }
}
