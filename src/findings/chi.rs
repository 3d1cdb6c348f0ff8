//! CHI numbers of Scotland.

use super::reading::{Gap, Reading, Runs, is_date, modulus_11};
use super::{About, Cues, Data, Detector, Found, Why};

/// Ten digits that begin with a date of birth, day first, and end with their check digit.
pub(super) struct Chi;

static ABOUT: About = About {
    id: "chi",
    version: 1,
    title: "CHI number",
    data: Data::Health,
    source: "Public Health Scotland, CHI number: ddmmyy and four digits, modulus 11",
    cue: "a word such as CHI or patient",
};

impl Detector for Chi {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn runs(&self) -> Runs {
        Runs::of(&[3, 6, 10])
    }

    fn code(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        const JOINS: [Gap; 2] = [Gap::Space, Gap::Dash];
        let number = reading
            .grouped(at, &[6, 4], &JOINS)
            .or_else(|| reading.grouped(at, &[3, 3, 4], &JOINS))
            .or_else(|| reading.grouped(at, &[10], &JOINS));
        let Some(number) = number.filter(|number| modulus_11(number.digits())) else {
            return;
        };
        let &[a, b, c, d, e, f, ..] = number.digits() else {
            return;
        };
        let two = |tens: u8, ones: u8| u32::from(tens) * 10 + u32::from(ones);
        // Of a leap day the year 2000 stands for both centuries.
        if !is_date(2000 + two(e, f), two(c, d), two(a, b)) {
            return;
        }
        let (start, end) = (number.start, number.end);
        let last = at + number.groups - 1;
        let further = [Gap::Space, Gap::Dash, Gap::Dot, Gap::Slash];
        if reading.byte_before(start) == b'+'
            || reading.joined_before(at, &further)
            || reading.joined_after(last, &further)
            || reading.in_link(start)
        {
            return;
        }
        let told = reading.near(Cues::CHI, start, end, 60, 24)
            || reading.near(Cues::CLINICAL, start, end, 40, 24);
        let is_nhs = number.groups == 3 || reading.near(Cues::NHS, start, end, 60, 24);
        let elsewhere = reading.near(Cues::OTHER.or(Cues::TAX), start, end, 20, 0);
        let called = reading.near(Cues::CHI, start, end, 60, 24);
        let holds = match told {
            true => called || !is_nhs,
            false => !is_nhs && !elsewhere,
        };
        if holds {
            let why = Why::CHECKSUM
                .with(Why::DATE)
                .and(told, Why::CUE)
                .and(number.groups == 2, Why::GROUPS);
            found.at(start, end, why);
        }
    }
}
