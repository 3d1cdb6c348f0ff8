//! The words that tell what a number or a name beside them is.

use regex::bytes::{Regex, RegexBuilder};
use std::collections::HashMap;

/// Kinds of cues, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cues(pub(super) u32);

impl Cues {
    pub(super) const NHS: Cues = Cues(1);
    pub(super) const CHI: Cues = Cues(1 << 1);
    pub(super) const INSURANCE: Cues = Cues(1 << 2);
    pub(super) const BIRTH: Cues = Cues(1 << 3);
    pub(super) const PHONE: Cues = Cues(1 << 4);
    pub(super) const HOME: Cues = Cues(1 << 5);
    pub(super) const CARD: Cues = Cues(1 << 6);
    pub(super) const SORT: Cues = Cues(1 << 7);
    pub(super) const ACCOUNT: Cues = Cues(1 << 8);
    pub(super) const PASSPORT: Cues = Cues(1 << 9);
    pub(super) const LICENCE: Cues = Cues(1 << 10);
    pub(super) const CAR: Cues = Cues(1 << 11);
    pub(super) const TAX: Cues = Cues(1 << 12);
    pub(super) const CLINICAL: Cues = Cues(1 << 13);
    pub(super) const TITLE: Cues = Cues(1 << 14);
    /// What a number is that is nobody's: a reference, an order, a price.
    pub(super) const OTHER: Cues = Cues(1 << 15);

    /// Whether it has one of these.
    pub(super) fn has_any(self, other: Cues) -> bool {
        self.0 & other.0 != 0
    }

    /// These and those of `other`, for asking after either.
    pub(super) const fn or(self, other: Cues) -> Cues {
        self.with(other)
    }

    const fn with(self, other: Cues) -> Cues {
        Cues(self.0 | other.0)
    }
}

/// A cue in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cue {
    /// Its first byte.
    pub(super) start: usize,
    /// One past its last.
    pub(super) end: usize,
    /// What it tells.
    pub(super) kinds: Cues,
}

/// The cues, in small letters; a blank stands for one blank or dash.
const WORDS: &[(Cues, &[&str])] = &[
    (
        Cues::NHS.with(Cues::CLINICAL),
        &[
            "nhs no",
            "nhs number",
            "nhs num",
            "nhs id",
            "hospital number",
        ],
    ),
    (Cues::NHS, &["nhs"]),
    (
        Cues::CHI.with(Cues::CLINICAL),
        &["chi", "chi no", "chi number"],
    ),
    (
        Cues::INSURANCE,
        &[
            "national insurance",
            "ni no",
            "ni number",
            "nino",
            "n.i",
            "ni",
            "ni num",
        ],
    ),
    (
        Cues::BIRTH,
        &[
            "dob",
            "d.o.b",
            "d o b",
            "born",
            "date of birth",
            "birth date",
            "birthdate",
            "birthday",
            "born on",
            "bday",
        ],
    ),
    (
        Cues::PHONE,
        &[
            "phone",
            "tel",
            "telephone",
            "mobile",
            "mob",
            "call",
            "ring",
            "text",
            "whatsapp",
            "number",
            "landline",
            "cell",
            "contact",
            "bleep",
            "phone number",
        ],
    ),
    (
        Cues::HOME,
        &[
            "address",
            "postcode",
            "post code",
            "lives at",
            "live at",
            "living at",
            "flat",
            "house",
            "home",
            "street",
            "road",
            "avenue",
            "moved to",
            "deliver to",
            "visit",
        ],
    ),
    (
        Cues::CARD,
        &[
            "card",
            "visa",
            "mastercard",
            "amex",
            "debit",
            "credit",
            "card no",
            "card number",
        ],
    ),
    (Cues::SORT, &["sort code", "sortcode", "sort", "s/c", "sc"]),
    (
        Cues::ACCOUNT,
        &[
            "account",
            "acc",
            "acct",
            "a/c",
            "account no",
            "account number",
            "acc no",
            "ac no",
            "bank",
            "bacs",
            "account num",
        ],
    ),
    (
        Cues::PASSPORT,
        &["passport", "passport no", "passport number"],
    ),
    (
        Cues::LICENCE,
        &[
            "licence",
            "license",
            "driving licence",
            "driving license",
            "dvla",
            "driver number",
        ],
    ),
    (
        Cues::CAR,
        &[
            "reg",
            "registration",
            "number plate",
            "plate",
            "car",
            "van",
            "vehicle",
            "parked",
            "parking",
            "lorry",
            "taxi",
            "reg no",
            "motorbike",
        ],
    ),
    (
        Cues::TAX,
        &[
            "utr",
            "tax ref",
            "tax reference",
            "taxpayer reference",
            "unique taxpayer",
            "self assessment",
            "hmrc",
        ],
    ),
    (
        Cues::CLINICAL,
        &[
            "patient",
            "patients",
            "pt",
            "pts",
            "ward",
            "bed",
            "diagnosed",
            "diagnosis",
            "admitted",
            "discharged",
            "discharge",
            "bloods",
            "biopsy",
            "chemo",
            "chemotherapy",
            "dialysis",
            "insulin",
            "diabetic",
            "covid",
            "swab",
            "swabbed",
            "tested positive",
            "oncology",
            "cancer",
            "tumour",
            "stroke",
            "sepsis",
            "seizure",
            "theatre",
            "icu",
            "itu",
            "a&e",
            "hdu",
            "triage",
            "prescription",
            "prescribed",
            "medication",
            "meds",
            "mg",
            "antibiotics",
            "warfarin",
            "morphine",
            "overdose",
            "self harm",
            "pregnant",
            "miscarriage",
            "dementia",
            "palliative",
            "dnacpr",
            "cardiac",
            "fracture",
            "x ray",
            "mri",
            "ct scan",
            "scan",
            "injection",
            "dressing",
            "catheter",
            "wound",
            "symptoms",
            "asthma",
            "copd",
            "referral",
            "referred",
            "care home",
            "dose",
        ],
    ),
    (
        Cues::TITLE,
        &[
            "mr", "mrs", "ms", "miss", "mx", "master", "dr", "prof", "sir", "dame", "rev",
        ],
    ),
    (
        Cues::OTHER,
        &[
            "ref",
            "reference",
            "invoice",
            "order",
            "po",
            "ticket",
            "case",
            "isbn",
            "tracking",
            "meeting id",
            "passcode",
            "booking",
            "policy",
            "id",
            "serial",
            "part",
            "budget",
            "total",
        ],
    ),
];

/// Finds cues: one pass over a text.
pub(super) struct CueFinder {
    pattern: Option<Regex>,
    kinds: HashMap<String, Cues>,
}

/// As it is looked up: small letters, a blank for each dash.
fn plain(word: &[u8], into: &mut String) {
    into.clear();
    into.extend(word.iter().map(|byte| match byte {
        b'-' => ' ',
        byte => char::from(byte.to_ascii_lowercase()),
    }));
}

impl CueFinder {
    /// Makes the finder of all cues.
    pub(super) fn new() -> CueFinder {
        let mut kinds: HashMap<String, Cues> = HashMap::new();
        for (cue, words) in WORDS {
            for word in *words {
                let known = kinds.entry((*word).to_owned()).or_default();
                *known = known.with(*cue);
            }
        }
        let mut words: Vec<&String> = kinds.keys().collect();
        // The longest first, so that `sort code` is not read as `sort`.
        words.sort_by_key(|word| (std::cmp::Reverse(word.len()), *word));
        let words: Vec<String> = words
            .iter()
            .map(|word| regex::escape(word).replace(' ', "[ -]"))
            .collect();
        // Only ASCII, and only between what is no letter or digit: fast, and enough for these.
        let pattern = format!(r"(?i-u)\b(?:{})(?:\b|$)", words.join("|"));
        let pattern = RegexBuilder::new(&pattern)
            .unicode(false)
            .dfa_size_limit(1 << 24)
            .build()
            .ok();
        CueFinder { pattern, kinds }
    }

    /// Finds the cues of a text.
    pub(super) fn find(&self, text: &str, cues: &mut Vec<Cue>) {
        cues.clear();
        let Some(pattern) = &self.pattern else {
            return;
        };
        let mut word = String::new();
        for found in pattern.find_iter(text.as_bytes()) {
            plain(found.as_bytes(), &mut word);
            if let Some(kinds) = self.kinds.get(&word) {
                cues.push(Cue {
                    start: found.start(),
                    end: found.end(),
                    kinds: *kinds,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_are_found_in_any_case_as_whole_words() {
        let finder = CueFinder::new();
        assert!(finder.pattern.is_some());
        let mut cues = Vec::new();
        let text = "NHS Number and sort-code, not sorted; Pt on ward";
        finder.find(text, &mut cues);
        let found: Vec<&str> = cues
            .iter()
            .map(|cue| text.get(cue.start..cue.end).unwrap())
            .collect();
        assert_eq!(found, ["NHS Number", "sort-code", "Pt", "ward"]);
    }
}
