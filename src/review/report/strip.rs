//! How complete a conversation is, day by day.

use crate::case::{FileKind, Store};
use crate::findings::completeness::{Silence, lacks, silences};
use crate::model::{Kind, MessageNumber, ThreadId};
use crate::review::timeline::day_at;
use chrono::{Days, NaiveDate};
use std::collections::BTreeMap;

/// One day with messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnDay {
    /// Messages, lines of the app left out.
    pub messages: u32,
    /// Of them such that were deleted, could be viewed once, were not exported, or whose files no
    /// export holds.
    pub lacking: u32,
}

/// The days of one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strip {
    /// Which.
    pub thread: ThreadId,
    /// Its days with messages, in the case's time zone.
    pub days: BTreeMap<NaiveDate, OnDay>,
    /// The silences out of pattern.
    pub silences: Vec<Silence>,
    /// The days on which messages were set to disappear after some time, or no longer.
    pub timers: Vec<NaiveDate>,
}

/// What a stretch of days shows; of several the gravest, which stands last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// Before the first message, or after the last: no export tells anything.
    Outside,
    /// Within the conversation, and no message.
    Nothing,
    /// Messages, and nothing missing of them.
    Whole,
    /// A silence out of pattern.
    Silence,
    /// Messages, and something missing of them.
    Lacking,
}

impl Cell {
    /// All of them.
    pub const ALL: [Cell; 5] = [
        Cell::Outside,
        Cell::Nothing,
        Cell::Whole,
        Cell::Silence,
        Cell::Lacking,
    ];

    /// What it says, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Cell::Outside => "before or after what the exports tell",
            Cell::Nothing => "no messages",
            Cell::Whole => "messages, nothing missing",
            Cell::Silence => "silence out of pattern",
            Cell::Lacking => "deleted, viewed once, left out, or files missing",
        }
    }
}

impl Strip {
    /// Its first day with messages.
    pub fn first(&self) -> Option<NaiveDate> {
        self.days.keys().next().copied()
    }

    /// Its last.
    pub fn last(&self) -> Option<NaiveDate> {
        self.days.keys().next_back().copied()
    }

    /// The days from `from` to `to` in at most `most` cells of like length, the last perhaps
    /// shorter; see [`days_a_cell`].
    pub fn cells(&self, (from, to): (NaiveDate, NaiveDate), most: usize) -> Vec<Cell> {
        let step = days_a_cell((from, to), most);
        let mut cells = Vec::new();
        let mut first = from;
        while first <= to {
            let Some(next) = first.checked_add_days(Days::new(step)) else {
                break;
            };
            cells.push(self.cell(first, next));
            first = next;
        }
        cells
    }

    /// What the days from `first` to before `next` show.
    fn cell(&self, first: NaiveDate, next: NaiveDate) -> Cell {
        let (Some(begin), Some(end)) = (self.first(), self.last()) else {
            return Cell::Outside;
        };
        let mut cell = match first <= end && next > begin {
            true => Cell::Nothing,
            false => Cell::Outside,
        };
        for (_, day) in self.days.range(first..next) {
            cell = cell.max(match day.lacking {
                0 => Cell::Whole,
                _ => Cell::Lacking,
            });
        }
        let is_silent = |silence: &Silence| {
            let begins = silence.after.succ_opt();
            let ends = u64::try_from(silence.days)
                .ok()
                .and_then(|days| silence.after.checked_add_days(Days::new(days)));
            begins.is_some_and(|begins| begins < next) && ends.is_some_and(|ends| ends >= first)
        };
        if self.silences.iter().any(is_silent) {
            cell = cell.max(Cell::Silence);
        }
        cell
    }
}

/// How many days one cell stands for where `most` cells have to hold all days from `from` to `to`.
pub fn days_a_cell((from, to): (NaiveDate, NaiveDate), most: usize) -> u64 {
    let days = to.signed_duration_since(from).num_days() + 1;
    let most = most.max(1) as u64;
    u64::try_from(days).unwrap_or(1).div_ceil(most).max(1)
}

/// The days that strips show where no period was given: all of them; but where the middle 99 in 100
/// messages lie on fewer than half of the days, those alone, or a message from years ago would leave
/// no room for the rest.
pub(super) fn span(strips: &[Strip]) -> Option<(NaiveDate, NaiveDate)> {
    let mut days: BTreeMap<NaiveDate, u64> = BTreeMap::new();
    for (day, on) in strips.iter().flat_map(|strip| &strip.days) {
        *days.entry(*day).or_default() += u64::from(on.messages);
    }
    let all = (*days.keys().next()?, *days.keys().next_back()?);
    let off = days.values().sum::<u64>() / 200;
    let middle = after(days.iter(), off).zip(after(days.iter().rev(), off))?;
    let long = |(from, to): (NaiveDate, NaiveDate)| to.signed_duration_since(from).num_days() + 1;
    Some(match long(middle) * 2 < long(all) {
        true => middle,
        false => all,
    })
}

/// The first of these days after so many messages.
fn after<'a>(
    mut days: impl Iterator<Item = (&'a NaiveDate, &'a u64)>,
    off: u64,
) -> Option<NaiveDate> {
    let mut passed = 0;
    let found = days.find(|(_, messages)| {
        passed += **messages;
        passed > off
    });
    found.map(|(day, _)| *day)
}

/// The strips of all conversations that have a day, those with most messages first.
pub(super) fn strips(store: &Store) -> Vec<Strip> {
    let missing = store.with_file(FileKind::Missing);
    let mut strips = Vec::new();
    for thread in store.threads() {
        let mut days: BTreeMap<NaiveDate, OnDay> = BTreeMap::new();
        let mut timers = Vec::new();
        for number in store.thread_messages(thread.id) {
            let (Some(kind), Some(day)) = (
                store.kind(number),
                store.time(number).and_then(|time| day_at(store, time)),
            ) else {
                continue;
            };
            if kind == Kind::System {
                if is_timer(store, number) {
                    timers.push(day);
                }
                continue;
            }
            let on = days.entry(day).or_default();
            on.messages += 1;
            on.lacking += u32::from(lacks(kind).is_some() || missing.contains(number.0));
        }
        if days.is_empty() {
            continue;
        }
        let on: Vec<NaiveDate> = days.keys().copied().collect();
        strips.push(Strip {
            thread: thread.id,
            silences: silences(&on),
            days,
            timers,
        });
    }
    let messages =
        |strip: &Strip| -> u64 { strip.days.values().map(|day| u64::from(day.messages)).sum() };
    strips.sort_by_key(|strip| (std::cmp::Reverse(messages(strip)), strip.thread));
    strips
}

/// Whether a line of the app tells that messages were set to disappear, or no longer.
fn is_timer(store: &Store, number: MessageNumber) -> bool {
    store.extra(number).event.starts_with("timer")
}

#[allow(clippy::unwrap_used)]
#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn strip() -> Strip {
        let on = |messages, lacking| OnDay { messages, lacking };
        Strip {
            thread: ThreadId(1),
            days: [
                (day("2024-03-03"), on(4, 0)),
                (day("2024-03-04"), on(1, 1)),
                (day("2024-03-09"), on(2, 0)),
            ]
            .into(),
            silences: vec![Silence {
                after: day("2024-03-04"),
                days: 4,
                usual: 1,
            }],
            timers: Vec::new(),
        }
    }

    fn drawn(cells: &[Cell]) -> String {
        let sign = |cell: &Cell| match cell {
            Cell::Outside => ' ',
            Cell::Nothing => '.',
            Cell::Whole => '#',
            Cell::Silence => '~',
            Cell::Lacking => '!',
        };
        cells.iter().map(sign).collect()
    }

    #[test]
    fn each_day_shows_what_it_has_and_what_it_lacks() {
        let span = (day("2024-03-01"), day("2024-03-11"));
        assert_eq!(drawn(&strip().cells(span, 31)), "  #!~~~~#  ");
        let mut quiet = strip();
        quiet.silences.clear();
        assert_eq!(drawn(&quiet.cells(span, 31)), "  #!....#  ");
    }

    #[test]
    fn several_days_in_a_cell_show_the_gravest() {
        let span = (day("2024-03-01"), day("2024-03-11"));
        assert_eq!(days_a_cell(span, 4), 3);
        assert_eq!(drawn(&strip().cells(span, 4)), "#!~ ");
        assert_eq!(drawn(&strip().cells(span, 1)), "!");
        assert_eq!(strip().cells(span, 0).len(), 1);
    }

    #[test]
    fn a_few_messages_far_off_leave_room_for_the_rest() {
        let mut busy = strip();
        for on in busy.days.values_mut() {
            on.messages = 300;
        }
        let all = (day("2024-03-03"), day("2024-03-09"));
        assert_eq!(span(&[busy.clone()]), Some(all));
        busy.days.insert(
            day("2019-06-01"),
            OnDay {
                messages: 4,
                lacking: 0,
            },
        );
        assert_eq!(span(&[busy.clone()]), Some(all));
        busy.days.insert(
            day("2019-06-01"),
            OnDay {
                messages: 5,
                lacking: 0,
            },
        );
        assert_eq!(span(&[busy]), Some((day("2019-06-01"), day("2024-03-09"))));
        assert_eq!(span(&[]), None);
    }

    #[test]
    fn a_span_that_ends_before_it_begins_has_no_cells() {
        let span = (day("2024-03-11"), day("2024-03-01"));
        assert!(strip().cells(span, 10).is_empty());
    }
}
