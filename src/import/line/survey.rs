//! How a file is written, found from the whole of it before it is read.

use super::day::{Day, time_of};
use crate::import::lines::Begins;
use crate::import::{DateOrder, ReadOptions, Summary};
use std::collections::{HashMap, HashSet};

/// Most words of a name, where names and texts are parted by spaces.
const NAME_WORDS: usize = 4;
/// Most beginnings of lines that are counted to find the names.
const MOST_PREFIXES: usize = 400_000;
/// Most senders that are remembered.
const MOST_SENDERS: usize = 100_000;

/// What a line is by itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mark {
    /// Nothing but white space.
    Blank,
    /// It names a day.
    Day(Day),
    /// It begins a message: the length of its time, the minutes since midnight, and whether a
    /// tab follows rather than a space.
    Message {
        /// Bytes of the time.
        time: usize,
        /// Minutes since midnight.
        minutes: u32,
        /// Whether a tab follows the time.
        tab: bool,
    },
    /// Anything else.
    Other,
}

impl Mark {
    /// What a line is, its line end left out.
    pub(super) fn of(line: &str) -> Mark {
        if line.trim().is_empty() {
            return Mark::Blank;
        }
        if let Some((time, minutes)) = time_of(line) {
            let after = line.as_bytes().get(time);
            if matches!(after, Some(b'\t' | b' ')) {
                return Mark::Message {
                    time,
                    minutes,
                    tab: after == Some(&b'\t'),
                };
            }
        }
        Day::parse(line).map_or(Mark::Other, Mark::Day)
    }
}

/// How a file is written.
#[derive(Debug)]
pub(super) struct Shape {
    /// Whether tabs part time, name and text; else spaces do.
    pub(super) tabs: bool,
    /// Whether an empty line stands before each day's line.
    pub(super) spaced: bool,
    /// The order of a day's numbers where the year is the last.
    pub(super) order: DateOrder,
    /// Everyone who sent something.
    pub(super) senders: HashSet<String>,
    /// Where spaces part names and texts: how many lines begin with these words.
    prefixes: HashMap<String, Prefix>,
    title: Option<String>,
}

impl Shape {
    /// Whether a line begins something: a message, or a day. `blank` says whether an empty line,
    /// or nothing at all, stands before it.
    pub(super) fn is_start(&self, mark: Mark, blank: bool) -> bool {
        match mark {
            Mark::Message { tab, .. } => tab == self.tabs,
            Mark::Day(day) => self.accepts(day, blank),
            Mark::Blank | Mark::Other => false,
        }
    }

    /// Whether a line that could name a day does: what is a day of the week in no language known
    /// here needs an empty line before it.
    pub(super) fn accepts(&self, day: Day, blank: bool) -> bool {
        blank || (day.is_certain() && !self.spaced)
    }

    /// Where the name ends in what follows the time of a message, where spaces part them: the
    /// chat's name where it stands there; else its first word, and the next ones as long as no
    /// more than a few different words follow in all lines that begin so: two people may share a
    /// first name, but texts begin in many ways.
    pub(super) fn name_end(&self, rest: &str) -> usize {
        const FEW: u32 = 3;
        if let Some(title) = &self.title
            && rest
                .strip_prefix(title.as_str())
                .is_some_and(|after| after.is_empty() || after.starts_with(' '))
        {
            return title.len();
        }
        let mut ends = prefixes(rest);
        let Some(mut name) = ends.next() else {
            return rest.len();
        };
        let known = |end: usize| rest.get(..end).and_then(|words| self.prefixes.get(words));
        for end in ends {
            let few = known(name).is_some_and(|before| before.next <= FEW);
            let again = known(end).is_some_and(|longer| longer.lines >= 3);
            if !few || !again {
                break;
            }
            name = end;
        }
        name
    }
}

impl Begins for Shape {
    fn begins(&self, line: &str) -> bool {
        self.is_start(Mark::of(line), false)
    }

    fn follows(&self, before: &str, line: &str) -> bool {
        match (time_of(before), time_of(line)) {
            (Some((_, before)), Some((_, minutes))) => minutes >= before,
            _ => true,
        }
    }
}

/// How lines go on that begin with the same words.
#[derive(Debug, Default)]
struct Prefix {
    lines: u32,
    /// How many different words come next.
    next: u32,
}

/// Where each of the first words of a line ends that another word follows.
fn prefixes(rest: &str) -> impl Iterator<Item = usize> + '_ {
    rest.match_indices(' ')
        .map(|(end, _)| end)
        .filter(|end| *end > 0)
        .take(NAME_WORDS)
}

/// Counts what a file's lines show.
#[derive(Default)]
pub(super) struct Survey {
    tabs: u64,
    spaces: u64,
    /// Days' lines with an empty line before them, and without.
    spaced: u64,
    close: u64,
    /// Days that are days under the one order, and under the other, and how many are open.
    month_first: u64,
    day_first: u64,
    open: u64,
    year_first: u64,
    blank: bool,
    begun: bool,
    senders: HashSet<String>,
    prefixes: HashMap<String, Prefix>,
}

impl Survey {
    /// Takes in a line without its line end.
    pub(super) fn take(&mut self, line: &str) {
        let blank = self.blank || !self.begun;
        self.begun = true;
        let mark = Mark::of(line);
        self.blank = matches!(mark, Mark::Blank);
        match mark {
            Mark::Day(day) => self.day(day, blank),
            Mark::Message {
                time, tab: true, ..
            } => {
                self.tabs += 1;
                let rest = line.get(time..).unwrap_or_default();
                let mut cells = rest.split('\t').skip(1);
                if let (Some(name), Some(_)) = (cells.next(), cells.next())
                    && !name.is_empty()
                    && self.senders.len() < MOST_SENDERS
                    && !self.senders.contains(name)
                {
                    self.senders.insert(name.to_owned());
                }
            }
            Mark::Message { time, .. } => {
                self.spaces += 1;
                let rest = line.get(time.saturating_add(1)..).unwrap_or_default();
                let mut before: Option<&str> = None;
                for words in prefixes(rest).filter_map(|end| rest.get(..end)) {
                    if let Some(known) = self.prefixes.get_mut(words) {
                        known.lines = known.lines.saturating_add(1);
                    } else {
                        if self.prefixes.len() < MOST_PREFIXES {
                            let first = Prefix { lines: 1, next: 0 };
                            self.prefixes.insert(words.to_owned(), first);
                        }
                        if let Some(known) = before.and_then(|words| self.prefixes.get_mut(words)) {
                            known.next = known.next.saturating_add(1);
                        }
                    }
                    before = Some(words);
                }
            }
            Mark::Blank | Mark::Other => {}
        }
    }

    fn day(&mut self, day: Day, blank: bool) {
        if !(day.is_certain() || blank && day.is_named()) {
            return;
        }
        if day.is_open() {
            let is = |order| u64::from(day.date(order).is_some());
            self.open += 1;
            self.month_first += is(DateOrder::Mdy);
            self.day_first += is(DateOrder::Dmy);
        } else if day.date(DateOrder::Ymd).is_some() {
            self.year_first += 1;
        }
        if blank {
            self.spaced += 1;
        } else {
            self.close += 1;
        }
    }

    /// Settles how the file is written, and writes what was found into the summary.
    pub(super) fn settle(
        self,
        title: Option<&str>,
        options: &ReadOptions,
        summary: &mut Summary,
    ) -> Shape {
        let tabs = self.tabs >= self.spaces;
        let order = match options.date_order {
            Some(order) if self.open > 0 => {
                summary.date_order_basis = "it was given".into();
                order
            }
            _ if self.open == 0 => {
                if self.year_first > 0 {
                    summary.date_order_basis = "the year stands first".into();
                }
                DateOrder::Ymd
            }
            _ if self.month_first != self.day_first => {
                summary.date_order_basis = "the days of the week beside the dates".into();
                if self.month_first > self.day_first {
                    DateOrder::Mdy
                } else {
                    DateOrder::Dmy
                }
            }
            _ => {
                summary.date_order_basis =
                    "LINE in English writes the month first; nothing in the file decides it".into();
                summary.date_order_assumed = true;
                DateOrder::Mdy
            }
        };
        summary.date_order = (self.open > 0 || self.year_first > 0).then_some(order);
        if !tabs {
            summary.notes.push(
                "Names and texts are parted by spaces in this file: where a name ends was found \
                 from all its lines, and a name that sent little may be cut short."
                    .into(),
            );
        }
        Shape {
            tabs,
            spaced: self.spaced > self.close,
            order,
            senders: self.senders,
            prefixes: self.prefixes,
            title: title.map(str::to_owned),
        }
    }
}
