//! NHS numbers of England, Wales and the Isle of Man.

use super::reading::{Gap, Number, Reading, Runs, modulus_11};
use super::{About, Cues, Data, Detector, Found, Why};

/// Ten digits with their check digit, written `943 476 5919` or beside a word that tells.
pub(super) struct Nhs;

static ABOUT: About = About {
    id: "nhs",
    version: 2,
    title: "NHS number",
    data: Data::Health,
    source: "NHS Data Dictionary, NHS NUMBER: ten digits, modulus 11; ranges of England, Wales, Man, \
             Northern Ireland and of tests",
    cue: "a word such as NHS or patient",
};

/// Whether a word says that it is one: then it may be grouped as few people group it.
fn called(reading: &Reading<'_>, number: &Number) -> bool {
    reading.near(Cues::NHS, number.start, number.end, 60, 24)
}

impl Detector for Nhs {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn runs(&self) -> Runs {
        Runs::of(&[3, 10])
    }

    fn code(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        const JOINS: [Gap; 2] = [Gap::Space, Gap::Dash];
        const FURTHER: [Gap; 3] = [Gap::Dash, Gap::Dot, Gap::Slash];
        let number = reading
            .grouped(at, &[3, 3, 4], &JOINS)
            .or_else(|| reading.grouped(at, &[10], &JOINS))
            .or_else(|| {
                reading
                    .grouped(at, &[3, 7], &JOINS)
                    .filter(|one| called(reading, one))
            })
            .or_else(|| {
                reading
                    .grouped(at, &[3, 3, 4], &[Gap::Dot])
                    .filter(|one| called(reading, one))
            });
        let Some(number) = number.filter(|number| modulus_11(number.digits())) else {
            return;
        };
        let (start, end) = (number.start, number.end);
        let last = at + number.groups - 1;
        if reading.byte_before(start) == b'+'
            || reading.joined_before(at, &FURTHER)
            || reading.joined_after(last, &FURTHER)
            // What is called a CHI number is one, or none.
            || reading.near(Cues::CHI, start, end, 60, 24)
        {
            return;
        }
        let told = reading.near(Cues::NHS, start, end, 60, 24)
            || reading.near(Cues::CLINICAL, start, end, 40, 24);
        // Below those ranges are Scotland's numbers; those of 999 are for tests, the rest nobody's.
        let issued = matches!(number.digits(), [3, 2..=9, ..] | [4 | 6 | 7, ..]);
        let likely = issued
            || matches!(number.digits(), [9, 9, 9, ..])
            || reading.near(Cues::NHS, start, end, 60, 24);
        let grouped = number.groups > 1
            && !reading.joined_before(at, &[Gap::Space])
            && !reading.joined_after(last, &[Gap::Space])
            && !reading.near(Cues::OTHER, start, end, 20, 0);
        if likely && (told || grouped) {
            let why = Why::CHECKSUM
                .and(told, Why::CUE)
                .and(issued, Why::ISSUED)
                .and(number.groups > 1, Why::GROUPS);
            found.at(start, end, why);
        }
    }
}
