//! Numbers of passports.

use super::reading::{Gap, Reading, Runs};
use super::{About, Cues, Data, Detector, Found, Why};

/// Nine digits, or two letters and seven digits, beside the word passport.
pub(super) struct Passport;

static ABOUT: About = About {
    id: "passport",
    version: 1,
    title: "passport number",
    data: Data::Identity,
    source: "HM Passport Office: nine digits; PRADO: one or two letters and six or seven digits elsewhere",
    cue: "the word passport",
};

impl Detector for Passport {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn runs(&self) -> Runs {
        Runs::MIXED.with(Runs::of(&[3, 9]))
    }

    fn code(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        let Some(code) = reading.code(at) else { return };
        let text = reading.of(code);
        let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
        let rest = text.get(letters..).unwrap_or_default();
        let is_code = (1..=2).contains(&letters)
            && (6..=8).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_digit());
        let number = reading
            .grouped(at, &[9], &[])
            .or_else(|| reading.grouped(at, &[3, 3, 3], &[Gap::Space]));
        let (start, end) = match number {
            Some(number) => (number.start, number.end),
            None if is_code => (code.start, code.end),
            None => return,
        };
        if reading.near(Cues::PASSPORT, start, end, 40, 24) {
            found.at(start, end, Why::CUE.and(number.is_some(), Why::FORM));
        }
    }
}
