//! From a query to the messages that answer it.
//!
//! Every term gives a set of message numbers: words from the index, decisions from their sets,
//! threads from their runs, and the rest from one pass over a column of the store. Of terms side by
//! side the cheapest are asked first, and a regular expression looks only at what they left.

use super::{Expr, Has, Is, Period, Query, pattern};
use crate::case::marks::About;
use crate::case::{CaseError, Field, Pattern, Store, Thread, WordQuery};
use crate::model::{Address, Decision, Direction, Kind, Marks, MessageNumber, Relation, SourceId};
use crate::people::{Custodians, Roster};
use crate::review::deciders::Deciders;
use crate::review::decisions::Decisions;
use crate::review::findings::Looked;
use crate::review::marks::Markings;
use crate::review::masks::Masks;
use crate::review::proposed::{Parents, proposed};
use crate::review::same::Sameness;
use crate::review::second::Stand;
use crate::text::{fold, words};
use chrono::{NaiveDate, NaiveTime, TimeZone};
use memchr::memmem::Finder;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a query is asked of: one moment of a case.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) store: &'a Store,
    pub(crate) decisions: &'a Decisions,
    /// Which messages are one.
    pub(crate) same: &'a Sameness,
    /// What is said beside them.
    pub(crate) marks: &'a Markings,
    /// Whose they are.
    pub(crate) deciders: &'a Deciders,
    /// What detectors point at, where the query asks after it.
    pub(crate) findings: Option<&'a Looked>,
    /// What is masked.
    pub(crate) masks: &'a Masks,
    /// Who is who.
    pub(crate) roster: &'a Roster,
    /// Who the custodian is in each source.
    pub(crate) custodians: &'a Custodians,
    /// What messages lean on; reads all messages where nobody asked before.
    pub(crate) parents: &'a dyn Fn() -> Result<Arc<Parents>, CaseError>,
    /// Stops the search when it becomes true.
    pub(crate) cancel: &'a AtomicBool,
}

/// Fewer than one in this many messages are looked at one by one, not by a pass over all.
const FEW: u64 = 16;

impl Query {
    /// The messages that answer. Of several that are one, the one that stands for all: it has what
    /// any of them has.
    ///
    /// # Errors
    /// [`CaseError::Stopped`] when cancelled; otherwise when the index cannot be read.
    pub(crate) fn find(&self, asked: Asked<'_>) -> Result<RoaringBitmap, CaseError> {
        Ok(asked.set(self.expr(), None)? - asked.same.copies())
    }
}

impl Asked<'_> {
    /// The messages that answer. Where `among` is given, the answer is right only for those: it may
    /// hold others, or lack them.
    fn set(&self, expr: &Expr, among: Option<&RoaringBitmap>) -> Result<RoaringBitmap, CaseError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(CaseError::Stopped);
        }
        let found = match expr {
            Expr::All => self.everything(),
            Expr::And(parts) => {
                let mut parts: Vec<&Expr> = parts.iter().collect();
                parts.sort_by_key(|part| cost(part));
                let mut left: Option<RoaringBitmap> = None;
                for part in parts {
                    let narrowed = left.as_ref().or(among);
                    let mut found = self.set(part, narrowed)?;
                    if let Some(left) = &left {
                        found &= left;
                    }
                    if found.is_empty() {
                        return Ok(found);
                    }
                    left = Some(found);
                }
                left.unwrap_or_default()
            }
            Expr::Or(parts) => {
                let mut all = RoaringBitmap::new();
                for part in parts {
                    all |= self.set(part, among)?;
                }
                all
            }
            Expr::Not(inner) => {
                let all = among.cloned().unwrap_or_else(|| self.everything());
                all - self.set(inner, among)?
            }
            Expr::Words { text, prefix } => self.words(text, *prefix)?,
            Expr::Pattern(text) => match pattern(text) {
                Ok(pattern) => self.texts(&pattern, among),
                // Every pattern was compiled when the query was read.
                Err(_) => RoaringBitmap::new(),
            },
            Expr::From(name) => self.from(&self.bearers(name)),
            Expr::FromPerson(number) => {
                self.from(&self.people(|person| self.roster.is_one(person.number, *number)))
            }
            Expr::FromRelation(relation) => {
                self.from(&self.people(|person| person.relation == *relation))
            }
            Expr::Organisation(name) => self.from(&self.of_organisation(name)),
            Expr::FromMe | Expr::Is(Is::Sent) => self.sent(true),
            Expr::Is(Is::Received) => self.sent(false),
            Expr::To(name) => self.to(&Field::RECIPIENTS, name),
            Expr::ToMe => self.addressed_to_me(),
            Expr::Value(wanted @ (Field::Cc | Field::Bcc), name) => self.to(&[*wanted], name),
            Expr::Value(wanted, text) => {
                let part = Part::new(text);
                self.store
                    .with_value(&|field, value| field == *wanted && part.is_in(value))
            }
            Expr::In(title) => self.threads(|thread| is_part(title, &thread.title)),
            Expr::InNumber(number) => {
                if self
                    .store
                    .threads()
                    .iter()
                    .any(|thread| thread.id.0 == *number)
                {
                    self.threads(|thread| thread.id.0 == *number)
                } else {
                    let digits = number.to_string();
                    self.threads(|thread| is_part(&digits, &thread.title))
                }
            }
            Expr::With(name) => self.with(&self.bearers(name), self.to(&Field::RECIPIENTS, name)),
            Expr::WithPerson(number) => {
                let people = self.people(|person| self.roster.is_one(person.number, *number));
                let addressed = self.addressed(&Field::RECIPIENTS, &self.addresses(&people));
                self.with(&people, addressed)
            }
            Expr::WithRelation(Relation::Me) => self.with_me(),
            Expr::WithRelation(relation) => {
                let people = self.people(|person| person.relation == *relation);
                let addressed = self.addressed(&Field::RECIPIENTS, &self.addresses(&people));
                self.with(&people, addressed)
            }
            Expr::Channel(name) => self.threads(|thread| is_part(name, &thread.channel)),
            Expr::Source(path) => self.sources(|source| is_part(path, &source.path)),
            Expr::SourceNumber(number) => {
                if self
                    .store
                    .sources()
                    .iter()
                    .any(|source| source.id.0 == *number)
                {
                    self.sources(|source| source.id.0 == *number)
                } else {
                    let digits = number.to_string();
                    self.sources(|source| is_part(&digits, &source.path))
                }
            }
            Expr::On(period) => self.between(*period, |first, after| (Some(first), Some(after))),
            Expr::After(period) => self.between(*period, |_, after| (Some(after), None)),
            Expr::Before(period) => self.between(*period, |first, _| (None, Some(first))),
            Expr::Is(is) => self.is(*is)?,
            Expr::Has(Has::Attachment) => {
                let both = self.store.marks().zip(self.store.kinds());
                self.pass(both, |_, (marks, kind)| {
                    marks.has(Marks::ATTACHMENT) || kind == Kind::Omitted
                })
            }
            Expr::Has(Has::File(kind)) => self.store.with_file(*kind).clone(),
            Expr::Has(Has::Link) => self.links()?,
            Expr::Has(Has::Reaction) => self.marked(Marks::REACTED),
            Expr::Has(Has::Remark) => self.marked(Marks::NOTED),
            Expr::Has(Has::Flag) => self
                .marks
                .find(|about, _| matches!(about, About::Flag { .. })),
            Expr::Has(Has::Reason) => self.marks.find(|_, said| said.reason.is_some()),
            Expr::Has(Has::Note) => self.marks.find(|about, _| is_note(about)),
            Expr::Has(Has::Mask) => self.masks.messages(),
            Expr::Has(Has::Finding) => self.findings.map(Looked::any).unwrap_or_default(),
            Expr::Finding(term) => {
                let answer = self.findings.map(|looked| looked.answer(*term));
                answer.unwrap_or_default()
            }
            Expr::Flag(flag) => self.marks.flagged(*flag),
            Expr::Reason(code) => self.marks.find(|_, said| {
                let reason = said.reason.as_ref();
                reason.is_some_and(|reason| reason.code.eq_ignore_ascii_case(code))
            }),
            Expr::Note(text) => {
                let part = Part::new(text);
                let finds = |said: &str| part.is_in(&fold(said));
                self.marks
                    .find(|about, said| is_note(about) && finds(&said.text))
            }
            Expr::By(name) => self.deciders.called(name),
            Expr::CountersignedBy(name) => self.marks.word_of(name, Stand::Countersigned),
            Expr::DisagreedBy(name) => {
                self.marks.word_of(name, Stand::Disagreed) | self.marks.word_of(name, Stand::Upheld)
            }
            Expr::Kind(wanted) => self.kinds(|kind| kind == *wanted),
        };
        if self.cancel.load(Ordering::Relaxed) {
            // What a scan gives when it is stopped is not the answer.
            return Err(CaseError::Stopped);
        }
        Ok(match expr {
            Expr::And(_) | Expr::Or(_) | Expr::Not(_) => found,
            _ => self.same.whole(found),
        })
    }

    fn everything(&self) -> RoaringBitmap {
        let mut all = RoaringBitmap::new();
        all.insert_range(0..self.store.len());
        all
    }

    fn words(&self, text: &str, prefix: bool) -> Result<RoaringBitmap, CaseError> {
        let words: Vec<String> = words(text).map(|word| word.folded).collect();
        if words.is_empty() {
            return Ok(RoaringBitmap::new());
        }
        self.store
            .matches(&WordQuery { words, prefix }, self.cancel)
    }

    /// The messages whose text a pattern matches: of a few each is looked at, of many all texts.
    fn texts(&self, pattern: &Pattern, among: Option<&RoaringBitmap>) -> RoaringBitmap {
        match among.filter(|among| among.len() < u64::from(self.store.len()) / FEW) {
            Some(few) => RoaringBitmap::from_sorted_iter(few.iter().filter(|number| {
                !self.cancel.load(Ordering::Relaxed)
                    && self
                        .store
                        .text(MessageNumber(*number))
                        .is_some_and(|text| pattern.is_match(text))
            }))
            .unwrap_or_default(),
            None => self.store.scan(pattern, self.cancel),
        }
    }

    /// The messages for which one pass over a column says yes.
    pub(super) fn pass<T>(
        &self,
        column: impl Iterator<Item = T>,
        mut yes: impl FnMut(u32, T) -> bool,
    ) -> RoaringBitmap {
        let hits = (0..self.store.len())
            .zip(column)
            .filter_map(|(number, value)| yes(number, value).then_some(number));
        // The numbers ascend, so that this is no error.
        RoaringBitmap::from_sorted_iter(hits).unwrap_or_default()
    }

    fn kinds(&self, yes: impl Fn(Kind) -> bool) -> RoaringBitmap {
        self.pass(self.store.kinds(), |_, kind| yes(kind))
    }

    fn marked(&self, wanted: Marks) -> RoaringBitmap {
        self.pass(self.store.marks(), |_, marks| marks.0 & wanted.0 != 0)
    }

    /// The messages that the custodian sent, or others, where it is known who the custodian is.
    fn sent(&self, by_custodian: bool) -> RoaringBitmap {
        let sources: Vec<_> = self
            .store
            .sources()
            .iter()
            .map(|source| (source.numbers.end, self.custodians.in_source(source.id)))
            .collect();
        let numbered = self.store.numbered();
        let own: BTreeMap<u32, SourceId> = numbered
            .map(|(number, copy)| (number.0, copy.source))
            .collect();
        let mut at = 0;
        let told = self.store.marks().zip(self.store.kinds());
        self.pass(
            self.store.senders().zip(told),
            |number, (sender, (marks, kind))| {
                if let Some(told) = marks.told_direction().filter(|_| kind.is_decidable()) {
                    return (told == Direction::Sent) == by_custodian;
                }
                while sources.get(at).is_some_and(|(end, _)| *end <= number) {
                    at += 1;
                }
                // What got its number later stands between the ranges of exports.
                let me = match own.get(&number) {
                    Some(source) => self.custodians.in_source(*source),
                    None => sources.get(at).and_then(|(_, me)| *me),
                };
                match (sender, me) {
                    (Some(sender), Some(me)) => me.binary_search(&sender).is_ok() == by_custodian,
                    _ => false,
                }
            },
        )
    }

    pub(super) fn threads(&self, yes: impl Fn(&Thread) -> bool) -> RoaringBitmap {
        let mut found = RoaringBitmap::new();
        for thread in self.store.threads().iter().filter(|thread| yes(thread)) {
            for run in &thread.runs {
                found.insert_range(run.clone());
            }
        }
        found
    }

    fn sources(&self, yes: impl Fn(&crate::case::Source) -> bool) -> RoaringBitmap {
        let mut found = RoaringBitmap::new();
        for source in self.store.sources().iter().filter(|source| yes(source)) {
            found |= self.store.numbers_of(source.id);
        }
        found
    }

    fn is(&self, is: Is) -> Result<RoaringBitmap, CaseError> {
        Ok(match is {
            Is::Standing(decision) => self.decisions.set(decision).clone(),
            Is::Decided => {
                let mut decided = self.everything();
                decided -= self.decisions.undecidable();
                decided - self.decisions.set(Decision::Undecided)
            }
            Is::Second(stand) => self.marks.standing_so(stand),
            Is::Proposed => {
                let parents = (self.parents)()?;
                proposed(&parents, self.decisions, self.same)
            }
            Is::System => self.kinds(|kind| kind == Kind::System),
            Is::Unreadable => self.kinds(|kind| kind == Kind::Unreadable),
            Is::Deleted => self.kinds(|kind| kind == Kind::Deleted),
            Is::Edited => self.marked(Marks::EDITED),
            Is::Damaged => self.marked(Marks::DAMAGED),
            Is::Ambiguous => self.marked(Marks::AMBIGUOUS_TIME.with(Marks::IMPOSSIBLE_TIME)),
            Is::Pasted => self.marked(Marks::PASTED),
            Is::Disputed => self.marked(Marks::DISPUTED),
            Is::Undated => self.pass(self.store.times(), |_, time| time.is_none()),
            Is::Reply => self.marked(Marks::REPLY),
            Is::Forwarded => self.marked(Marks::FORWARDED),
            Is::Unsent => self.marked(Marks::UNSENT),
            Is::Sent => self.sent(true),
            Is::Received => self.sent(false),
        })
    }

    /// The messages from an instant on and before another, both taken from a period's first day
    /// and the day after its last.
    fn between(
        &self,
        period: Period,
        ends: impl Fn(NaiveDate, NaiveDate) -> (Option<NaiveDate>, Option<NaiveDate>),
    ) -> RoaringBitmap {
        let Some((first, after)) = period.days() else {
            return RoaringBitmap::new();
        };
        let (from, to) = ends(first, after);
        let zone = self.store.zone();
        let from = from.map_or(i64::MIN, |day| midnight(zone, day));
        let to = to.map_or(i64::MAX, |day| midnight(zone, day));
        let order = self.store.by_time();
        let time_at = |place: usize| order.get(place).and_then(|number| self.store.time(number));
        let places = first_place(order.len(), |place| {
            time_at(place).is_some_and(|time| time >= from)
        })..first_place(order.len(), |place| {
            time_at(place).is_some_and(|time| time >= to)
        });
        if (places.len() as u64) < u64::from(self.store.len()) / FEW {
            let mut numbers: Vec<u32> = places
                .filter_map(|place| order.get(place))
                .map(|number| number.0)
                .collect();
            numbers.sort_unstable();
            return RoaringBitmap::from_sorted_iter(numbers).unwrap_or_default();
        }
        self.pass(self.store.times(), |_, time| {
            time.is_some_and(|time| from <= time && time < to)
        })
    }

    /// The messages with a web address: the index gives those with its words, and their text says.
    fn links(&self) -> Result<RoaringBitmap, CaseError> {
        let mut likely = RoaringBitmap::new();
        for word in ["http", "https", "www"] {
            likely |= self.words(word, false)?;
        }
        let Ok(address) = Pattern::regex(r"https?://[^\s]|www\.[^\s]", true) else {
            return Ok(likely);
        };
        Ok(self.texts(&address, Some(&likely)) & likely)
    }
}

/// Whether something said is a reviewer's note.
fn is_note(about: &About) -> bool {
    matches!(about, About::Note { .. } | About::ThreadNote { .. })
}

/// How much work a term is, from least to most.
fn cost(expr: &Expr) -> u8 {
    match expr {
        Expr::All
        | Expr::In(_)
        | Expr::InNumber(_)
        | Expr::Channel(_)
        | Expr::Source(_)
        | Expr::SourceNumber(_)
        | Expr::Is(Is::Standing(_) | Is::Decided | Is::Second(_))
        | Expr::By(_)
        | Expr::CountersignedBy(_)
        | Expr::DisagreedBy(_)
        | Expr::Flag(_)
        | Expr::Reason(_)
        | Expr::Note(_)
        | Expr::Finding(_)
        | Expr::Has(Has::Flag | Has::Reason | Has::Note | Has::Mask | Has::Finding) => 0,
        Expr::Words { .. } => 1,
        Expr::On(_) | Expr::After(_) | Expr::Before(_) => 2,
        Expr::From(_)
        | Expr::FromMe
        | Expr::FromPerson(_)
        | Expr::FromRelation(_)
        | Expr::Organisation(_)
        | Expr::Is(_)
        | Expr::Kind(_) => 3,
        Expr::With(_) | Expr::WithPerson(_) | Expr::WithRelation(_) => 4,
        Expr::To(_) | Expr::ToMe | Expr::Value(..) | Expr::Has(_) => 4,
        Expr::Pattern(_) => 6,
        // What is taken away needs something to be taken from.
        Expr::Not(inner) => cost(inner).max(1),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().map(cost).max().unwrap_or_default(),
    }
}

/// The first of `0..len` places for which `yes` holds, where it holds for all after it too.
fn first_place(len: usize, yes: impl Fn(usize) -> bool) -> usize {
    let Range { mut start, mut end } = 0..len;
    while start < end {
        let middle = start + (end - start) / 2;
        if yes(middle) {
            end = middle;
        } else {
            start = middle + 1;
        }
    }
    start
}

/// The instant at which a day begins in a zone. Where midnight is skipped (some zones change their
/// clocks then), the first instant after.
pub(in crate::review) fn midnight(zone: chrono_tz::Tz, day: NaiveDate) -> i64 {
    let naive = day.and_time(NaiveTime::MIN);
    (0..=3)
        .find_map(|hours| {
            let shifted = naive.checked_add_signed(chrono::Duration::hours(hours))?;
            zone.from_local_datetime(&shifted).earliest()
        })
        .map_or_else(
            || naive.and_utc().timestamp(),
            |instant| instant.timestamp(),
        )
}

/// Whether `part` is part of a name or number; see [`Part`].
fn is_part(part: &str, whole: &str) -> bool {
    Part::new(part).is_in(&fold(whole))
}

/// A part of names and numbers to be looked for: letters without case and accents; of telephone
/// numbers the digits alone, so that `07700 900123` is part of `+44 7700 900123`.
pub(super) struct Part {
    letters: Finder<'static>,
    /// The digits, where it is a number of at least three.
    digits: Option<String>,
}

impl Part {
    pub(super) fn new(part: &str) -> Part {
        let digits = digits(part);
        let wanted = digits.trim_start_matches('0');
        Part {
            letters: Finder::new(fold(part).trim()).into_owned(),
            digits: (is_number(part) && wanted.len() >= 3).then(|| wanted.to_owned()),
        }
    }

    /// Whether it is part of this name or number, which [`fold`] gave.
    pub(super) fn is_in(&self, whole: &str) -> bool {
        self.letters.find(whole.as_bytes()).is_some()
            || self.digits.as_ref().is_some_and(|wanted| {
                let number = Address::parse(whole).address;
                let number = if number.is_empty() { whole } else { &number };
                is_number(number) && digits(number).contains(wanted)
            })
    }
}

fn is_number(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_ascii_digit()
            || c.is_whitespace()
            || "+-().".contains(c)
            || ('\u{2010}'..='\u{2015}').contains(&c)
            || ('\u{202A}'..='\u{202E}').contains(&c)
    })
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_names_and_numbers() {
        for (part, whole) in [
            ("ann", "Ann Other"),
            ("OTHER", "Ann Öther"),
            ("07700 900123", "+44 7700 900123"),
            ("+447700900123", "+44 7700 900123"),
            ("900-123", "+44\u{a0}7700\u{2011}900123"),
            ("44", "Room 44"),
        ] {
            assert!(is_part(part, whole), "{part} {whole}");
        }
        for (part, whole) in [
            ("bo", "Ann Other"),
            ("00", "+44 7711 922133"),
            ("7700900124", "+44 7700 900123"),
            ("12 34", "Room 1234 b"),
        ] {
            assert!(!is_part(part, whole), "{part} {whole}");
        }
    }

    #[test]
    fn days_begin_where_the_zone_says() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        let at = |zone, day| midnight(zone, day);
        assert_eq!(
            at(chrono_tz::Europe::London, day(2021, 3, 5)),
            1_614_902_400
        );
        assert_eq!(
            at(chrono_tz::Europe::London, day(2021, 7, 1)),
            1_625_094_000
        );
        // Midnight did not happen: the clocks of São Paulo went from 23:59:59 to 01:00.
        assert_eq!(
            at(chrono_tz::America::Sao_Paulo, day(2018, 11, 4)),
            1_541_300_400
        );
        // Midnight happened twice: the first counts.
        assert_eq!(
            at(chrono_tz::America::Havana, day(2021, 11, 7)),
            1_636_257_600
        );
    }
}
