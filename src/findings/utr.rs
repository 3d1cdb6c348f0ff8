//! Unique taxpayer references.

use super::reading::{Gap, Reading, Runs};
use super::{About, Cues, Data, Detector, Found, Why};

/// Ten digits beside a word that tells; whether the check digit is right is said.
pub(super) struct Utr;

static ABOUT: About = About {
    id: "utr",
    version: 2,
    title: "tax reference",
    data: Data::Identity,
    source: "HMRC, unique taxpayer reference: ten digits, the first a check digit modulo 11",
    cue: "a word such as UTR or tax reference",
};

/// Whether the first digit is the check digit of the others.
fn checks(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 9] = [6, 7, 8, 9, 10, 5, 4, 3, 2];
    const CHECK: [u8; 11] = [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1];
    let Some((check, body)) = digits.split_first() else {
        return false;
    };
    let sum: u32 = WEIGHTS
        .iter()
        .zip(body)
        .map(|(weight, digit)| weight * u32::from(*digit))
        .sum();
    let right = usize::try_from(sum % 11).ok().and_then(|at| CHECK.get(at));
    right == Some(check)
}

impl Detector for Utr {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn runs(&self) -> Runs {
        Runs::MIXED.with(Runs::of(&[5, 10]))
    }

    fn code(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        let joins = [Gap::Space, Gap::Dash];
        // Letters of the tax office put a K behind it: `1234567890K`.
        if let Some(code) = reading.code(at).filter(|code| !code.digits) {
            let digits = reading.of(code).strip_suffix(['K', 'k']);
            let is_one = digits.is_some_and(|digits| {
                digits.len() == 10 && digits.bytes().all(|byte| byte.is_ascii_digit())
            });
            if is_one && reading.near(Cues::TAX, code.start, code.end, 40, 24) {
                found.at(code.start, code.end, Why::CUE.with(Why::FORM));
            }
            return;
        }
        let number = reading
            .grouped(at, &[10], &joins)
            .or_else(|| reading.grouped(at, &[5, 5], &joins));
        let Some(number) = number else { return };
        if reading.byte_before(number.start) == b'+'
            || !reading.near(Cues::TAX, number.start, number.end, 40, 24)
        {
            return;
        }
        let why = Why::CUE.and(checks(number.digits()), Why::CHECKSUM);
        found.at(number.start, number.end, why);
    }
}
