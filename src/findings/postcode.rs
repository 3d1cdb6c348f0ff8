//! British postcodes.

use super::reading::{Gap, Reading, Runs};
use super::{About, Cues, Data, Detector, Found, Why};

/// A whole postcode of an area that there is, in capitals; in small letters beside a word that
/// tells of an address.
pub(super) struct Postcode;

static ABOUT: About = About {
    id: "postcode",
    version: 1,
    title: "postcode",
    data: Data::Address,
    source: "Royal Mail, PAF Programmers' Guide: six forms; 124 areas of places, BF and BX; ZZ of the NHS",
    cue: "a word such as address or lives at",
};

/// The areas in the order of letters; ZZ is what the NHS writes for nowhere.
const AREAS: &[&str] = &[
    "AB", "AL", "B", "BA", "BB", "BD", "BF", "BH", "BL", "BN", "BR", "BS", "BT", "BX", "CA", "CB",
    "CF", "CH", "CM", "CO", "CR", "CT", "CV", "CW", "DA", "DD", "DE", "DG", "DH", "DL", "DN", "DT",
    "DY", "E", "EC", "EH", "EN", "EX", "FK", "FY", "G", "GL", "GU", "GY", "HA", "HD", "HG", "HP",
    "HR", "HS", "HU", "HX", "IG", "IM", "IP", "IV", "JE", "KA", "KT", "KW", "KY", "L", "LA", "LD",
    "LE", "LL", "LN", "LS", "LU", "M", "ME", "MK", "ML", "N", "NE", "NG", "NN", "NP", "NR", "NW",
    "OL", "OX", "PA", "PE", "PH", "PL", "PO", "PR", "RG", "RH", "RM", "S", "SA", "SE", "SG", "SK",
    "SL", "SM", "SN", "SO", "SP", "SR", "SS", "ST", "SW", "SY", "TA", "TD", "TF", "TN", "TQ", "TR",
    "TS", "TW", "UB", "W", "WA", "WC", "WD", "WF", "WN", "WR", "WS", "WV", "YO", "ZE", "ZZ",
];

/// Whether these capitals are the first half of a postcode.
fn is_outward(half: &str) -> bool {
    let letters = half.bytes().take_while(u8::is_ascii_uppercase).count();
    let (area, district) = half.split_at_checked(letters).unwrap_or((half, ""));
    let is_district = match district.as_bytes() {
        [digit] => digit.is_ascii_digit(),
        [digit, last] => {
            digit.is_ascii_digit() && (last.is_ascii_digit() || last.is_ascii_uppercase())
        }
        _ => false,
    };
    is_district && AREAS.binary_search(&area).is_ok()
}

/// Whether these capitals are the second half.
fn is_inward(half: &str) -> bool {
    match half.as_bytes() {
        [digit, one, two] => {
            digit.is_ascii_digit()
                && [one, two]
                    .iter()
                    .all(|byte| byte.is_ascii_uppercase() && !b"CIKMOV".contains(byte))
        }
        _ => false,
    }
}

impl Detector for Postcode {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn runs(&self) -> Runs {
        Runs::MIXED
    }

    fn code(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        let Some(code) = reading.code(at) else { return };
        if code.digits || code.len() > 7 || !reading.byte(code.start).is_ascii_alphabetic() {
            return;
        }
        let text = reading.of(code);
        let mut capitals = text.to_ascii_uppercase();
        let mut end = code.end;
        let joined = text.len() >= 5;
        if !joined {
            let Some(next) = reading.code(at + 1).filter(|next| next.len() == 3) else {
                return;
            };
            if reading.gap(at) != Gap::Space {
                return;
            }
            capitals.push_str(&reading.of(next).to_ascii_uppercase());
            end = next.end;
        }
        let half = capitals.len().saturating_sub(3);
        let Some((outward, inward)) = capitals.split_at_checked(half) else {
            return;
        };
        if !is_outward(outward) || !is_inward(inward) {
            return;
        }
        let whole = reading.text.get(code.start..end).unwrap_or_default();
        let is_upper = !whole.bytes().any(|byte| byte.is_ascii_lowercase());
        let told = reading.near(Cues::HOME, code.start, end, 60, 16);
        if (is_upper && (!joined || told || !reading.near(Cues::OTHER, code.start, end, 24, 0)))
            || (told && !joined)
        {
            let why = Why::ISSUED
                .and(told, Why::CUE)
                .and(is_upper && !joined, Why::GROUPS);
            found.at(code.start, end, why);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AREAS;

    #[test]
    fn areas_are_in_order() {
        assert!(AREAS.is_sorted());
        assert_eq!(AREAS.len(), 127, "124 of places, BF, BX, and ZZ of the NHS");
    }
}
