//! International bank account numbers.

use super::reading::{Cursor, Reading, Runs};
use super::{About, Data, Detector, Found, Why};

/// A country, two check digits and an account, as long as that country has them.
pub(super) struct Iban;

static ABOUT: About = About {
    id: "iban",
    version: 1,
    title: "IBAN",
    data: Data::Money,
    source: "ISO 13616, SWIFT IBAN registry: lengths by country, modulo 97",
    cue: "nothing",
};

/// Countries with their lengths; others are not looked for.
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AT", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"CH", 21),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DK", 18),
    (b"EE", 20),
    (b"ES", 24),
    (b"FI", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GI", 23),
    (b"GR", 27),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"MC", 27),
    (b"MT", 31),
    (b"NL", 18),
    (b"NO", 15),
    (b"PK", 24),
    (b"PL", 28),
    (b"PT", 25),
    (b"RO", 24),
    (b"SA", 24),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"TR", 26),
    (b"UA", 29),
];

/// The remainder of 97, with letters as 10 to 35 and the first four at the end.
fn remainder(account: &[u8]) -> u32 {
    let (head, rest) = account.split_at_checked(4).unwrap_or((account, &[]));
    rest.iter().chain(head).fold(0, |sum, byte| match byte {
        b'0'..=b'9' => (sum * 10 + u32::from(byte - b'0')) % 97,
        letter => (sum * 100 + u32::from(letter.to_ascii_uppercase() - b'A') + 10) % 97,
    })
}

impl Detector for Iban {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn runs(&self) -> Runs {
        Runs::MIXED
    }

    fn code(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        let Some(code) = reading.code(at) else { return };
        let country = [reading.byte(code.start), reading.byte(code.start + 1)];
        let country = country.map(|byte| byte.to_ascii_uppercase());
        let Some((_, length)) = LENGTHS.iter().find(|(known, _)| **known == country) else {
            return;
        };
        let mut cursor = Cursor::new(reading, code.start);
        let mut account = Vec::with_capacity(*length);
        let mut groups = 1;
        while account.len() < *length {
            if let Some(byte) = cursor.one(|byte| byte.is_ascii_alphanumeric()) {
                account.push(byte);
            } else if account.len() % 4 == 0 && matches!(reading.byte(cursor.at), b' ' | b'-') {
                cursor.at += 1;
                groups += 1;
            } else {
                return;
            }
        }
        let checks = account.get(2..4).unwrap_or_default();
        if cursor.ends() && checks.iter().all(u8::is_ascii_digit) && remainder(&account) == 1 {
            let why = Why::CHECKSUM.with(Why::FORM).and(groups > 1, Why::GROUPS);
            found.at(code.start, cursor.at, why);
        }
    }
}
