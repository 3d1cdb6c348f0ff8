//! A report on a case, as plain data: how it stands, how complete its exports are, how long messages
//! waited to be captured, who could read personal data, how the reviewers get on, what is open.
//!
//! The page ([`page`]) and the screen draw the same pictures from it. It holds numbers, names and
//! titles (of a mail its subject or first words), and of what messages say only the app's own lines
//! on disappearing messages;
//! [`Report::without_names`] leaves out all text from outside. It follows from the messages and the
//! ledger alone, so that the same state gives the same report.

pub mod page;
mod strip;
mod svg;

mod waits;

pub use strip::{Cell, OnDay, Strip, days_a_cell};
pub use waits::{LIMIT, Latency, STEPS, Waits};

use super::exposure::{Exposure, is_personal};
use super::queue::{Known, Queue};
use super::timeline::{Chart, Days, Step};
use super::{ReviewError, Session};
use crate::case::Progress;
use crate::case::ledger::{Entry, Head, How};
use crate::findings::completeness::{Kinds, Point, points};
use crate::model::{Decision, SourceId, ThreadId};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::atomic::AtomicBool;

use super::decisions::Tally;
use super::pace::Paces;

/// A conversation, as the report names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// Its title. Text from outside.
    pub name: String,
    /// Its app.
    pub channel: String,
    /// Its messages, lines of the app included.
    pub messages: u32,
}

/// An export, as the report names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its number.
    pub id: SourceId,
    /// The name of its file. Text from outside.
    pub name: String,
    /// Its format.
    pub format: String,
    /// Messages read from it, lines of the app included.
    pub messages: u32,
    /// Of them spans that no message could be made of.
    pub exceptions: u32,
    /// Whether every byte of it is accounted for.
    pub adds_up: bool,
    /// The days of its first and last message, in the case's time zone.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// The day on which it was loaded, in the case's time zone.
    pub loaded: Option<NaiveDate>,
}

/// What a reviewer did on one day of the case's time zone. What was taken back later counts too:
/// it was work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Messages decided one by one.
    pub one_by_one: u64,
    /// Messages decided many at once: a range, a thread, the hits of a search, a rule.
    pub at_once: u64,
}

/// A reviewer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reviewer {
    /// Their name.
    pub name: String,
    /// Messages whose decision is theirs now.
    pub standing: u64,
    /// Messages a minute, one by one, breaks left out; `None` where they did too little.
    pub per_minute: Option<f64>,
    /// The time that this rests on, in minutes.
    pub minutes: f64,
    /// What they decided, day by day.
    pub days: BTreeMap<NaiveDate, Work>,
}

/// Something that somebody has to look at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// A word for it, for programs.
    pub name: &'static str,
    /// How many: messages, exports or points.
    pub count: u64,
    /// What they are, after the number. May hold the name that a person gave a rule.
    pub words: String,
    /// The search that finds them, where they are messages.
    pub query: Option<String>,
    /// What can be done, where that is not to decide.
    pub advice: Option<&'static str>,
}

/// A report.
#[derive(Clone, Debug)]
pub struct Report {
    /// The last entry of the ledger that it takes account of.
    pub head: Head,
    /// When that entry was made; `None` for an empty ledger.
    pub as_of: Option<DateTime<Utc>>,
    /// The case's reference and department, as they were given.
    pub reference: Option<String>,
    /// The department.
    pub department: Option<String>,
    /// Whose account was exported.
    pub custodian: Option<String>,
    /// The case's time zone, in which all days are.
    pub zone: String,
    /// How all messages stand.
    pub tally: Tally,
    /// Conversations.
    pub titles: BTreeMap<ThreadId, Title>,
    /// Exports, in the order they were loaded.
    pub exports: Vec<Export>,
    /// People, as far as they are put together.
    pub people: u64,
    /// Messages by month, as they stand.
    pub months: Chart,
    /// From the first to the last day of what strips show: the period that was given; or else all
    /// days, without a few messages that lie far off before or after; `None` where nothing has a
    /// date.
    pub span: Option<(NaiveDate, NaiveDate)>,
    /// How complete each conversation is, those with most messages first; such without a day have
    /// none.
    pub strips: Vec<Strip>,
    /// What is missing from the exports, or may be.
    pub points: Vec<Point>,
    /// How long messages waited to be captured.
    pub latency: Latency,
    /// Who could read personal data.
    pub exposure: Exposure,
    /// The reviewers, by name.
    pub reviewers: Vec<Reviewer>,
    /// How long the undecided would take the session's reviewer, and what that rests on.
    pub pace: String,
    /// What is open, the gravest first.
    pub open: Vec<Open>,
    /// Whether names are left out.
    pub is_nameless: bool,
}

impl Report {
    /// Puts it together; `period` is the time that the case is about, where somebody gave one. Looks
    /// at all messages, and for findings in those that nobody looked at yet: for a worker thread.
    ///
    /// # Errors
    /// [`ReviewError::Stopped`], and when the ledger or the disk refuses.
    pub fn of(
        session: &Session,
        period: Option<RangeInclusive<NaiveDate>>,
        progress: &mut dyn Progress,
    ) -> Result<Report, ReviewError> {
        let looked = session.findings(progress)?;
        let queue = Queue::of(session, &mut Known::default(), &AtomicBool::new(false))?;
        let cast = session.cast();
        let (store, decisions, facts) = (session.store(), session.decisions(), session.facts());
        let days = Days::of(store.clone());
        let points = points(&store, period.clone());
        let exposure = session.exposure(&looked, &looked.any(), &is_personal);
        let strips = strip::strips(&store);
        let given = period.map(|period| (*period.start(), *period.end()));
        let span = given.or_else(|| strip::span(&strips));
        let (reviewers, as_of) = reviewers(session)?;
        let copies = session.same().copies().clone();
        let latency = waits::latency(&store, &decisions, &copies);
        let mut open = vec![Open {
            name: "undecided",
            count: u64::from(queue.all.undecided),
            words: "undecided".into(),
            query: Some("is:undecided".into()),
            advice: None,
        }];
        open.extend(queue.looks.iter().map(|look| Open {
            name: look.name(),
            count: look.count,
            words: look.words(),
            query: look.query(session),
            advice: None,
        }));
        let mut kinds: BTreeMap<Kinds, u64> = BTreeMap::new();
        for point in &points {
            *kinds.entry(point.kind).or_default() += 1;
        }
        open.extend(kinds.into_iter().map(|(kind, count)| Open {
            name: kind.name(),
            count,
            words: match count {
                1 => format!(
                    "place where an export lacks something, or may: {}",
                    kind.name()
                ),
                _ => format!(
                    "places where exports lack something, or may: {}",
                    kind.name()
                ),
            },
            query: None,
            advice: Some(kind.advice()),
        }));
        open.retain(|one| one.count > 0);
        let titles = store.threads().iter().map(|thread| {
            let title = Title {
                name: thread.title.clone(),
                channel: thread.channel.clone(),
                messages: store.thread_len(thread.id),
            };
            (thread.id, title)
        });
        let day = |time: i64| super::timeline::day_at(&store, time);
        let exports = store.sources().iter().map(|source| {
            let times = source.first.and_then(day).zip(source.last.and_then(day));
            Export {
                id: source.id,
                name: source.name.clone(),
                format: source.format.clone(),
                messages: source.messages,
                exceptions: source.exceptions,
                adds_up: source.balance.holds(),
                days: times,
                loaded: waits::loaded(source).and_then(day),
            }
        });
        let text = |value: Option<&str>| value.map(str::to_owned);
        Ok(Report {
            head: queue.head,
            as_of,
            reference: text(facts.reference()),
            department: text(facts.department()),
            custodian: text(facts.custodian()),
            zone: store.zone().name().to_owned(),
            tally: queue.all,
            titles: titles.collect(),
            exports: exports.collect(),
            people: cast.roster.people().len() as u64,
            months: Chart::of(&days, &decisions, None, Step::Month),
            span,
            strips,
            points,
            latency,
            exposure,
            reviewers,
            pace: queue.pace_words(),
            open,
            is_nameless: false,
        })
    }

    /// The same with neutral numbers instead of names: conversations, exports and messages keep the
    /// numbers of the case, people and reviewers have such as stand in this report alone. The case's
    /// reference and department stay.
    #[must_use]
    pub fn without_names(mut self) -> Report {
        self.is_nameless = true;
        self.custodian = None;
        for (id, title) in &mut self.titles {
            title.name = format!("conversation {id}");
        }
        for export in &mut self.exports {
            export.name = format!("export {}", export.id);
        }
        let people = self
            .exposure
            .posted
            .iter_mut()
            .chain(&mut self.exposure.exposed);
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        for someone in people {
            let next = numbers.len() + 1;
            let number = numbers
                .entry(std::mem::take(&mut someone.name))
                .or_insert(next);
            someone.name = format!("person {number}");
        }
        for (number, reviewer) in (1..).zip(&mut self.reviewers) {
            reviewer.name = format!("reviewer {number}");
        }
        for point in &mut self.points {
            // These alone say what the app wrote.
            if point.kind == Kinds::Timer {
                point.rests_on = "a line of the app says so".into();
            }
        }
        let mut rules = 0;
        for open in self.open.iter_mut().filter(|open| open.name == "rule") {
            rules += 1;
            open.words = format!("that rule {rules} would decide");
            open.query = None;
        }
        self
    }

    /// What a conversation is called here.
    pub fn title(&self, thread: ThreadId) -> &str {
        self.titles.get(&thread).map_or("", |title| &title.name)
    }

    /// How many messages lie before and after what strips show.
    pub fn off_span(&self) -> u64 {
        let Some((from, to)) = self.span else {
            return 0;
        };
        let days = self.strips.iter().flat_map(|strip| &strip.days);
        let off = days.filter(|(day, _)| !(from..=to).contains(*day));
        off.map(|(_, on)| u64::from(on.messages)).sum()
    }

    /// What an export is called here.
    pub fn export(&self, id: SourceId) -> &str {
        let export = self.exports.iter().find(|export| export.id == id);
        export.map_or("", |export| &export.name)
    }

    /// The points of one conversation.
    pub fn points_of(&self, thread: ThreadId) -> impl Iterator<Item = &Point> {
        let points = self.points.iter();
        points.filter(move |point| point.thread == Some(thread))
    }
}

/// Everyone who decided something, and when the last entry of the ledger was made.
fn reviewers(session: &Session) -> Result<(Vec<Reviewer>, Option<DateTime<Utc>>), ReviewError> {
    let zone = session.store().zone();
    let entries = session.case().ledger().entries(1)?;
    let mut paces = Paces::default();
    let ledger = session.case().ledger();
    ledger.read::<_, crate::case::ledger::LedgerError>(|reading| paces.follow(reading))?;
    let paces: BTreeMap<&str, _> = paces.all().collect();
    let mut days: BTreeMap<String, BTreeMap<NaiveDate, Work>> = BTreeMap::new();
    let at = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    for recorded in &entries {
        let Entry::Decide {
            decision,
            count,
            how,
            ..
        } = &recorded.entry
        else {
            continue;
        };
        let Some(day) = at(&recorded.at).map(|at| at.with_timezone(&zone).date_naive()) else {
            continue;
        };
        let of = days.entry(recorded.actor.name.clone()).or_default();
        let work = of.entry(day).or_default();
        match (how, decision) {
            (_, Decision::Undecided) => {}
            (How::Key, _) => work.one_by_one += u64::from(*count),
            _ => work.at_once += u64::from(*count),
        }
    }
    let deciders = session.deciders();
    let standing: BTreeMap<&str, u64> = deciders
        .all()
        .map(|(name, set)| (name, set.len()))
        .collect();
    let names: BTreeSet<&str> = days
        .keys()
        .map(String::as_str)
        .chain(standing.keys().copied())
        .collect();
    let reviewers = names.into_iter().map(|name| {
        let pace = paces.get(name);
        Reviewer {
            name: name.to_owned(),
            standing: standing.get(name).copied().unwrap_or_default(),
            per_minute: pace.and_then(|pace| pace.per_minute()),
            minutes: pace.map_or(0.0, |pace| pace.worked as f64 / 60_000.0),
            days: days.get(name).cloned().unwrap_or_default(),
        }
    });
    let last = entries.last().and_then(|last| at(&last.at));
    Ok((reviewers.collect(), last.map(|at| at.with_timezone(&Utc))))
}
