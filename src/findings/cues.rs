//! The words that tell what a number or a name beside them is.

use super::hash::Fnv;
use super::lexicon::Lexicons;
use regex::bytes::{Regex, RegexBuilder};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::BuildHasherDefault;

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

    pub(super) const fn with(self, other: Cues) -> Cues {
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

/// A term of a list: the list's place among detectors, the term's place in the list, and how it is
/// found.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) detector: u8,
    pub(super) term: u16,
    text: String,
    exact: bool,
    prefix: bool,
}

/// What a word tells.
#[derive(Clone, Debug, Default)]
struct Known {
    kinds: Cues,
    listed: Vec<Listed>,
}

/// A term of a list in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) detector: u8,
    pub(super) term: u16,
}

/// Finds cues and the terms of lists: one pass over a text.
pub(super) struct CueFinder {
    pattern: Option<Regex>,
    known: HashMap<String, Known, BuildHasherDefault<Fnv>>,
    /// Beginnings of words by their first byte, the longest first.
    beginnings: BTreeMap<u8, Vec<String>>,
}

/// As it is looked up: small letters, a blank for each dash.
fn plain(word: &str, into: &mut String) {
    into.clear();
    into.extend(word.chars().map(|c| match c {
        '-' => ' ',
        c => c.to_ascii_lowercase(),
    }));
}

impl CueFinder {
    /// Makes the finder of all cues, and of the terms of these lists.
    pub(super) fn new(lexicons: &Lexicons) -> CueFinder {
        let mut known: HashMap<String, Known, BuildHasherDefault<Fnv>> = HashMap::default();
        for (cue, words) in WORDS {
            for word in *words {
                let one = known.entry((*word).to_owned()).or_default();
                one.kinds = one.kinds.with(*cue);
            }
        }
        let cues: Vec<(String, Cues)> = known
            .iter()
            .map(|(word, one)| (format!(" {word} "), one.kinds))
            .collect();
        let mut beginnings = BTreeSet::new();
        let mut word = String::new();
        let first = u8::try_from(super::DETECTORS.len()).unwrap_or(u8::MAX);
        for (detector, list) in (first..).zip(lexicons.all()) {
            for (term, one) in (0_u16..).zip(&list.terms) {
                plain(&one.text, &mut word);
                if one.prefix {
                    beginnings.insert(word.clone());
                }
                let entry = known.entry(word.clone()).or_default();
                // A cue within a term is one still: the longer of the two is what is found.
                let within = format!(" {word} ");
                for (_, kinds) in cues.iter().filter(|(cue, _)| within.contains(cue.as_str())) {
                    entry.kinds = entry.kinds.with(*kinds);
                }
                entry.listed.push(Listed {
                    detector,
                    term,
                    text: one.text.clone(),
                    exact: one.exact,
                    prefix: one.prefix,
                });
            }
        }
        let mut words: Vec<&String> = known.keys().collect();
        // The longest first, so that `sort code` is not read as `sort`.
        words.sort_by_key(|word| (std::cmp::Reverse(word.len()), *word));
        let words: Vec<String> = words
            .iter()
            .map(|word| {
                let more = if beginnings.contains(*word) {
                    r"\w*"
                } else {
                    ""
                };
                regex::escape(word).replace(' ', "[ -]") + more
            })
            .collect();
        // Only ASCII, and only between what is no letter or digit: fast, and enough for these.
        let pattern = format!(r"(?i-u)\b(?:{})(?:\b|$)", words.join("|"));
        let pattern = RegexBuilder::new(&pattern)
            .unicode(false)
            .size_limit(1 << 26)
            .dfa_size_limit(1 << 25)
            .build()
            .ok();
        let mut by_first: BTreeMap<u8, Vec<String>> = BTreeMap::new();
        for word in beginnings {
            let first = word.bytes().next().unwrap_or_default();
            by_first.entry(first).or_default().push(word);
        }
        for words in by_first.values_mut() {
            words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        }
        CueFinder {
            pattern,
            known,
            beginnings: by_first,
        }
    }

    /// Finds the cues of a text, and the terms of lists in it.
    pub(super) fn find(&self, text: &str, cues: &mut Vec<Cue>, listed: &mut Vec<Word>) {
        cues.clear();
        listed.clear();
        let Some(pattern) = &self.pattern else {
            return;
        };
        let mut word = String::new();
        for found in pattern.find_iter(text.as_bytes()) {
            let (start, end) = (found.start(), found.end());
            let Some(written) = text.get(start..end) else {
                continue;
            };
            plain(written, &mut word);
            let whole = self.known.get(&word);
            if let Some(one) = whole.filter(|one| one.kinds != Cues::default()) {
                cues.push(Cue {
                    start,
                    end,
                    kinds: one.kinds,
                });
            }
            let first = word.bytes().next().unwrap_or_default();
            let begun = self.beginnings.get(&first).into_iter().flatten();
            let begun = begun.filter(|begin| word.starts_with(*begin));
            let begun = begun.filter_map(|begin| self.known.get(begin));
            let terms = whole.into_iter().flat_map(|one| &one.listed);
            let terms = terms.filter(|one| !one.prefix);
            let begun = begun.flat_map(|one| &one.listed).filter(|one| one.prefix);
            for one in terms.chain(begun) {
                let is_it = match (one.exact, one.prefix) {
                    (false, _) => true,
                    (true, false) => written == one.text,
                    (true, true) => written.starts_with(&one.text),
                };
                if is_it {
                    listed.push(Word {
                        start,
                        end,
                        detector: one.detector,
                        term: one.term,
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_are_found_in_any_case_as_whole_words() {
        let finder = CueFinder::new(&Lexicons::default());
        assert!(finder.pattern.is_some());
        let (mut cues, mut listed) = (Vec::new(), Vec::new());
        let text = "NHS Number and sort-code, not sorted; Pt on ward";
        finder.find(text, &mut cues, &mut listed);
        let found: Vec<&str> = cues
            .iter()
            .map(|cue| text.get(cue.start..cue.end).unwrap())
            .collect();
        assert_eq!(found, ["NHS Number", "sort-code", "Pt", "ward"]);
    }
}
