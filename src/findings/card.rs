//! Numbers of bank and credit cards.

use super::reading::{Gap, Number, Reading, Runs};
use super::{About, Cues, Data, Detector, Found, Why};

/// Thirteen to nineteen digits of an issuer, with their check digit.
pub(super) struct Card;

static ABOUT: About = About {
    id: "card",
    version: 2,
    title: "card number",
    data: Data::Money,
    source: "ISO/IEC 7812-1: issuer prefixes, Luhn check digit",
    cue: "a word such as card",
};

/// Whether the digits have the check digit of Luhn.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .zip([1_u32, 2].into_iter().cycle())
        .map(|(digit, weight)| {
            let product = u32::from(*digit) * weight;
            product / 10 + product % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether cards of an issuer begin so and have so many digits.
fn is_issued(digits: &[u8]) -> bool {
    let begin = |count: usize| {
        let first = digits.get(..count).unwrap_or_default();
        first
            .iter()
            .fold(0_u32, |all, digit| all * 10 + u32::from(*digit))
    };
    match digits.len() {
        13 | 19 => begin(1) == 4 || digits.len() == 19 && (begin(1) == 6 || begin(1) == 5),
        14 => matches!(begin(3), 300..=305) || matches!(begin(2), 36 | 38 | 39),
        15 => matches!(begin(2), 34 | 37),
        16 => {
            begin(1) == 4
                || matches!(begin(2), 50..=69)
                || matches!(begin(4), 2221..=2720 | 3528..=3589)
        }
        17 | 18 => matches!(begin(1), 5 | 6),
        _ => false,
    }
}

impl Detector for Card {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn runs(&self) -> Runs {
        Runs::of(&[4, 6, 8]).with(Runs::between(13, 19))
    }

    fn code(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        const JOINS: [Gap; 3] = [Gap::Space, Gap::Dash, Gap::Dot];
        let Some(code) = reading.code(at).filter(|code| code.digits) else {
            return;
        };
        let forms: &[&[usize]] = match code.len() {
            4 => &[
                &[4, 4, 4, 4, 3],
                &[4, 4, 4, 4],
                &[4, 6, 5],
                &[4, 6, 4],
                &[4, 4, 4, 1],
            ],
            6 => &[&[6, 13]],
            8 => &[&[8, 8]],
            13..=19 => &[&[]],
            _ => return,
        };
        let further = [Gap::Space, Gap::Dash, Gap::Dot];
        if reading.joined_before(at, &further) {
            return;
        }
        let length = [code.len()];
        let number: Option<Number> = forms.iter().find_map(|form| match form.is_empty() {
            true => reading.grouped(at, &length, &JOINS),
            false => reading.grouped(at, form, &JOINS),
        });
        let Some(number) = number else { return };
        let last = at + number.groups - 1;
        if !luhn(number.digits())
            || !is_issued(number.digits())
            || reading.joined_after(last, &further)
            || reading.in_link(number.start)
        {
            return;
        }
        let told = reading.near(Cues::CARD, number.start, number.end, 40, 24);
        // One long number in ten has the check digit: alone, and named otherwise, it is none.
        if number.groups == 1 && !told && reading.near(Cues::OTHER, number.start, number.end, 24, 0)
        {
            return;
        }
        let why = Why::CHECKSUM
            .with(Why::ISSUED)
            .and(told, Why::CUE)
            .and(number.groups > 1, Why::GROUPS);
        found.at(number.start, number.end, why);
    }
}
