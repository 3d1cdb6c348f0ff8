//! Sort codes and account numbers of British banks.

use super::reading::{Gap, Reading, Runs};
use super::{About, Cues, Data, Detector, Found, Why};

/// A sort code, or the number of an account, where a word tells or one stands beside the other.
pub(super) struct Bank;

static ABOUT: About = About {
    id: "bank",
    version: 1,
    title: "sort code or account number",
    data: Data::Money,
    source: "Pay.UK: six digits in pairs, eight digits; without tables there is no check",
    cue: "a word such as sort code or account",
};

/// How far from each other the two may stand.
const BESIDE: usize = 40;

impl Bank {
    /// Whether the run at this place begins a sort code in pairs.
    fn sort_code(reading: &Reading<'_>, at: usize) -> Option<(usize, usize, Gap)> {
        let number = reading.grouped(at, &[2, 2, 2], &[Gap::Dash, Gap::Space])?;
        let gap = reading.gap(at);
        let further = [Gap::Dash, Gap::Slash, Gap::Dot];
        (!reading.joined_before(at, &further) && !reading.joined_after(at + 2, &further))
            .then_some((number.start, number.end, gap))
    }

    /// Whether the run at this place may be the number of an account.
    fn account(reading: &Reading<'_>, at: usize) -> Option<(usize, usize)> {
        let number = reading
            .grouped(at, &[8], &[])
            .or_else(|| reading.grouped(at, &[4, 4], &[Gap::Space]))?;
        let last = at + number.groups - 1;
        let further = [Gap::Dash, Gap::Slash, Gap::Dot, Gap::Space];
        let joined = match number.groups {
            1 => {
                reading.joined_before(at, &[Gap::Slash, Gap::Dot])
                    || reading.joined_after(last, &[Gap::Slash, Gap::Dot])
            }
            _ => reading.joined_before(at, &further) || reading.joined_after(last, &further),
        };
        (!joined && reading.byte_before(number.start) != b'+').then_some((number.start, number.end))
    }
}

impl Detector for Bank {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn runs(&self) -> Runs {
        Runs::of(&[2, 4, 6, 8])
    }

    fn code(&self, reading: &Reading<'_>, at: usize, found: &mut Found<'_>) {
        let Some(code) = reading.code(at).filter(|code| code.digits) else {
            return;
        };
        match code.len() {
            2 => {
                let Some((start, end, gap)) = Bank::sort_code(reading, at) else {
                    return;
                };
                let told = reading.near(Cues::SORT, start, end, 40, 16);
                let beside = (at + 3..at + 6)
                    .filter_map(|next| Bank::account(reading, next))
                    .any(|(next, _)| next.saturating_sub(end) <= BESIDE);
                let banked = beside && reading.near(Cues::ACCOUNT, start, end, 40, BESIDE);
                if told || banked || (beside && gap == Gap::Dash) {
                    let why = Why::GROUPS.and(told, Why::CUE).and(beside, Why::BESIDE);
                    found.at(start, end, why);
                }
            }
            6 if reading.near(Cues::SORT, code.start, code.end, 24, 0) => {
                found.at(code.start, code.end, Why::CUE);
            }
            4 | 8 => {
                let Some((start, end)) = Bank::account(reading, at) else {
                    return;
                };
                let told = reading.near(Cues::ACCOUNT, start, end, 30, 12);
                let elsewhere = reading.near(Cues::OTHER.or(Cues::PHONE), start, end, 14, 0);
                let beside = (1..=4).any(|back| {
                    let sort = at.checked_sub(back + 2);
                    let sort = sort.and_then(|sort| Bank::sort_code(reading, sort));
                    sort.is_some_and(|(_, sort_end, _)| start.saturating_sub(sort_end) <= BESIDE)
                }) || reading.near(Cues::SORT, start, end, 40, 30);
                if (told && !elsewhere) || beside {
                    let why = Why::default().and(told, Why::CUE).and(beside, Why::BESIDE);
                    found.at(start, end, why);
                }
            }
            _ => {}
        }
    }
}
