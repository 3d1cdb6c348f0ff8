//! How complete each export is: what is missing, may be missing, or was made to disappear.
//!
//! Everything here follows from what the exports tell; each point says what it rests on and what an
//! official can do about it. A point is no proof: a chat may begin where its export begins.

use super::named::{Given, Named, names};
use crate::case::{FileKind, Store, Thread};
use crate::model::{Kind, MessageNumber, SourceId, ThreadId};
use crate::text::counted;
use chrono::{DateTime, NaiveDate, TimeZone};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The formats whose apps cut exports off: the format, and the most messages with files and
/// without. WhatsApp's own figures are in no documentation of theirs; these are what others who
/// read its exports found (TelegramTools/TLImporter issue 10, mtln/chat-export issue 4).
pub const CAPS: [(&str, u64, u64); 1] = [("whatsapp", 10_000, 40_000)];

/// Whether an export was cut off here: it has as many messages, or one in a hundred fewer or more,
/// because nobody knows which lines the app counts.
pub fn is_at_cap(messages: u64, cap: u64) -> bool {
    messages.abs_diff(cap) <= cap / 100
}

/// Days without a message that are told, at least, in a conversation that is busy otherwise.
const SILENT: i64 = 7;
/// A silence is out of pattern where it is so many times as long as nineteen in twenty others.
const TIMES: i64 = 4;
/// Fewer days with messages make no pattern.
const FEWEST_DAYS: usize = 20;
/// An export ends early where others go on for so many days.
const OLDER: i64 = 7;
/// Answers to what is not there are named one by one up to so many for each conversation.
const MOST: usize = 5;

/// What a point is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kinds {
    /// The first message is not the start.
    Start,
    /// As many messages as the app puts into one export.
    Cap,
    /// Messages were set to disappear, or no longer.
    Timer,
    /// Messages were deleted.
    Deleted,
    /// What could be viewed once.
    ViewOnce,
    /// What the app did not export.
    NotExported,
    /// Files that no export holds.
    MissingFiles,
    /// A silence out of pattern.
    Silence,
    /// Answers to what is not there.
    Unanswered,
    /// Another export has messages that this one lacks.
    OtherHasMore,
    /// The export ends before the period does.
    EndsEarly,
    /// The export begins after the period does.
    BeginsLate,
    /// A conversation is named that may not be here.
    Named,
}

impl Kinds {
    /// The word used on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kinds::Start => "start",
            Kinds::Cap => "cap",
            Kinds::Timer => "timer",
            Kinds::Deleted => "deleted",
            Kinds::ViewOnce => "view-once",
            Kinds::NotExported => "not-exported",
            Kinds::MissingFiles => "missing-files",
            Kinds::Silence => "silence",
            Kinds::Unanswered => "answers-nothing",
            Kinds::OtherHasMore => "other-has-more",
            Kinds::EndsEarly => "ends-early",
            Kinds::BeginsLate => "begins-late",
            Kinds::Named => "names-another",
        }
    }

    /// What can be done about it.
    pub fn advice(self) -> &'static str {
        match self {
            Kinds::Start => {
                "export the conversation again from a phone that has its beginning, or ask another \
                 member; then load that too"
            }
            Kinds::Cap => {
                "export again without files, which takes more messages, or ask another member for \
                 an export; load it beside this one"
            }
            Kinds::Timer => {
                "ask who set it and why, and ask the other members whether they kept the messages"
            }
            Kinds::Deleted => {
                "ask other members for their exports: what one deleted another may have"
            }
            Kinds::ViewOnce | Kinds::NotExported => {
                "no export holds it: ask who sent it, and note the answer"
            }
            Kinds::MissingFiles => {
                "export again with files, or take the files from the phone's gallery; load them in \
                 one folder with the export"
            }
            Kinds::Silence => {
                "ask the custodian: a holiday, another channel, or messages that are gone"
            }
            Kinds::Unanswered => {
                "ask whoever wrote the answer what it answers, or for their export"
            }
            Kinds::OtherHasMore => {
                "both exports are in the case: docket reconcile lists what this one lacks; ask why"
            }
            Kinds::EndsEarly => "export the conversation again now, and load that too",
            Kinds::BeginsLate => "look for an older export or phone, or ask another member",
            Kinds::Named => "see whether that conversation is in the case; if not, ask for it",
        }
    }
}

/// One point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// What about.
    pub kind: Kinds,
    /// The conversation, where it is one.
    pub thread: Option<ThreadId>,
    /// The export, where it is one.
    pub source: Option<SourceId>,
    /// The message that it rests on, or the first of them.
    pub message: Option<MessageNumber>,
    /// How many messages, files or days.
    pub count: u64,
    /// What it rests on, in a sentence. Holds text from outside.
    pub rests_on: String,
}

/// All points of a case, thread by thread, then export by export; `period` is the time that the
/// case is about, where somebody gave one. Reads the columns once: for a worker thread.
pub fn points(store: &Store, period: Option<RangeInclusive<NaiveDate>>) -> Vec<Point> {
    let mut points = Vec::new();
    let of_files = store.with_file(FileKind::Missing);
    let given = Given::of(store.threads());
    for thread in store.threads() {
        let mut of = OfThread::default();
        for number in store.thread_messages(thread.id) {
            of.look(store, &given, thread, number);
        }
        of.tell(store, thread, &mut points);
        let missing = store.thread_set(thread.id) & of_files;
        if let Some(first) = missing.min() {
            points.push(Point {
                kind: Kinds::MissingFiles,
                thread: Some(thread.id),
                source: None,
                message: Some(MessageNumber(first)),
                count: missing.len(),
                rests_on: format!(
                    "{}, and no export of the case holds them",
                    counted(
                        missing.len(),
                        "message names files, or had some left out",
                        "messages name files, or had some left out"
                    )
                ),
            });
        }
    }
    let last = store
        .threads()
        .iter()
        .filter_map(|thread| thread.last)
        .max();
    for source in store.sources() {
        of_source(store, source, last, period.as_ref(), &mut points);
    }
    points
}

fn day(store: &Store, time: i64) -> Option<NaiveDate> {
    let time = DateTime::from_timestamp(time, 0)?;
    Some(
        store
            .zone()
            .from_utc_datetime(&time.naive_utc())
            .date_naive(),
    )
}

/// What one conversation shows.
#[derive(Default)]
struct OfThread {
    first: Option<MessageNumber>,
    begins: bool,
    kinds: BTreeMap<Kinds, (MessageNumber, u64)>,
    days: Vec<NaiveDate>,
    timers: Vec<MessageNumber>,
    unanswered: Vec<MessageNumber>,
    unanswered_count: u64,
    links: Vec<MessageNumber>,
    /// Conversations that are named, each with the first message that does.
    named: BTreeMap<Named, MessageNumber>,
}

/// Addresses that invite to a conversation of an app.
const INVITES: [&str; 6] = [
    "chat.whatsapp.com/",
    "signal.group/#",
    "t.me/+",
    "t.me/joinchat/",
    "discord.gg/",
    "teams.microsoft.com/l/channel",
];

impl OfThread {
    fn look(&mut self, store: &Store, given: &Given, thread: &Thread, number: MessageNumber) {
        let Some(message) = store.message(number) else {
            return;
        };
        if self.first.is_none() {
            self.first = Some(number);
            let event = store.extra(number).event;
            self.begins = thread.channel != "whatsapp"
                || (message.kind == Kind::System
                    && matches!(event.as_str(), "created" | "encryption"));
        }
        // The line that a group was made may be years older than its first message.
        if message.kind != Kind::System
            && let Some(day) = message.time.and_then(|time| day(store, time))
            && self.days.last() != Some(&day)
        {
            self.days.push(day);
        }
        if let Some(kind) = lacks(message.kind) {
            self.kinds.entry(kind).or_insert((number, 0)).1 += 1;
        }
        if message.kind == Kind::System && store.extra(number).event.starts_with("timer") {
            self.timers.push(number);
        }
        if message.marks.has(crate::model::Marks::REPLY) {
            let names = store.extra(number).reply_to;
            let answered = names.last().map(|name| store.named(name, thread.id));
            if answered == Some(None) {
                self.unanswered_count += 1;
                if self.unanswered.len() < MOST {
                    self.unanswered.push(number);
                }
            }
        }
        if message.kind != Kind::System && INVITES.iter().any(|link| message.text.contains(link)) {
            self.links.push(number);
        }
        for named in names(message.text) {
            if self.named.len() < MOST && !given.may_have(&named) {
                self.named.entry(named).or_insert(number);
            }
        }
    }

    fn tell(mut self, store: &Store, thread: &Thread, points: &mut Vec<Point>) {
        let mut point = |kind, message, count, rests_on| {
            points.push(Point {
                kind,
                thread: Some(thread.id),
                source: None,
                message,
                count,
                rests_on,
            });
        };
        if !self.begins && self.first.is_some() {
            let rests = "the first message is neither the notice that a chat is encrypted nor the \
                         group's making, with which every chat of the app begins";
            point(Kinds::Start, self.first, 1, rests.to_owned());
        }
        for number in &self.timers {
            let message = store.message(*number);
            let text = message.map_or("", |message| message.text);
            let when = message
                .and_then(|message| message.time)
                .and_then(|time| day(store, time));
            let when = when.map_or_else(String::new, |day| format!("{day}: "));
            point(Kinds::Timer, Some(*number), 1, format!("{when}{text}"));
        }
        for (kind, (first, count)) in &self.kinds {
            let (one, many) = match kind {
                Kinds::Deleted => (
                    "message was deleted by its sender or an admin, and only its place is left",
                    "messages were deleted by their senders or an admin, and only their places are \
                     left",
                ),
                Kinds::ViewOnce => (
                    "message could be viewed once, and is in no export",
                    "messages could be viewed once, and are in no export",
                ),
                _ => (
                    "message has no content in the export",
                    "messages have no content in the export",
                ),
            };
            let rests = counted(*count, one, many);
            point(*kind, Some(*first), *count, rests);
        }
        self.days.sort_unstable();
        self.days.dedup();
        for Silence { after, days, usual } in silences(&self.days) {
            point(
                Kinds::Silence,
                None,
                u64::try_from(days).unwrap_or_default(),
                format!(
                    "no message for {days} days after {after}; nineteen in twenty silences here last \
                     {} at most",
                    counted(u64::try_from(usual).unwrap_or_default(), "day", "days")
                ),
            );
        }
        for number in &self.unanswered {
            let more = self
                .unanswered_count
                .saturating_sub(self.unanswered.len() as u64);
            let rests = "it answers a message that no export of the case holds";
            let rests = match (self.unanswered.last() == Some(number), more) {
                (true, 1..) => format!("{rests}; so do {more} more here"),
                _ => rests.to_owned(),
            };
            point(Kinds::Unanswered, Some(*number), 1, rests);
        }
        for number in &self.links {
            let rests = "it holds an invitation to a conversation".to_owned();
            point(Kinds::Named, Some(*number), 1, rests);
        }
        for (named, number) in &self.named {
            let rests = match &named.name {
                Some(name) => format!("it names a conversation “{name}” on {}", named.app),
                None => format!(
                    "it names a conversation on {}, of which the case has none",
                    named.app
                ),
            };
            point(Kinds::Named, Some(*number), 1, rests);
        }
    }
}

/// A silence out of pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The last day with messages before it.
    pub after: NaiveDate,
    /// How many days it has.
    pub days: i64,
    /// How long nineteen in twenty others last at most.
    pub usual: i64,
}

/// The silences out of pattern among these days, which rise: the days on which there are messages.
pub fn silences(days: &[NaiveDate]) -> Vec<Silence> {
    if days.len() < FEWEST_DAYS {
        return Vec::new();
    }
    let pairs = days.iter().zip(days.iter().skip(1));
    let silent: Vec<(NaiveDate, i64)> = pairs
        .map(|(one, next)| (*one, next.signed_duration_since(*one).num_days() - 1))
        .collect();
    let mut lengths: Vec<i64> = silent.iter().map(|(_, days)| *days).collect();
    lengths.sort_unstable();
    let usual = lengths
        .get(lengths.len() * 19 / 20)
        .copied()
        .unwrap_or_default();
    // Of a few silences the longest would itself be the measure.
    let usual = usual.min(
        lengths
            .get(lengths.len() * 3 / 4)
            .copied()
            .unwrap_or_default()
            * 3
            + 1,
    );
    let least = SILENT.max(usual * TIMES);
    silent
        .into_iter()
        .filter(|(_, days)| *days >= least)
        .map(|(after, days)| Silence { after, days, usual })
        .collect()
}

/// What the export lacks of a message of this kind, if it lacks something.
pub fn lacks(kind: Kind) -> Option<Kinds> {
    match kind {
        Kind::Deleted => Some(Kinds::Deleted),
        Kind::ViewOnce => Some(Kinds::ViewOnce),
        Kind::NotExported => Some(Kinds::NotExported),
        _ => None,
    }
}

fn of_source(
    store: &Store,
    source: &crate::case::Source,
    last: Option<i64>,
    period: Option<&RangeInclusive<NaiveDate>>,
    points: &mut Vec<Point>,
) {
    let mut point = |kind, count, rests_on| {
        points.push(Point {
            kind,
            thread: None,
            source: Some(source.id),
            message: None,
            count,
            rests_on,
        });
    };
    let cap = CAPS.iter().find(|(format, ..)| *format == source.format);
    if let Some((_, with_files, without_files)) = cap {
        let messages = u64::from(source.messages);
        for cap in [with_files, without_files] {
            if is_at_cap(messages, *cap) {
                let rests = format!(
                    "it has {messages} messages; the app was seen to put {cap} into one export at most"
                );
                point(Kinds::Cap, messages, rests);
            }
        }
    }
    let lacks = store.missing(source.id).len();
    if lacks > 0 {
        let rests = format!(
            "another export of the same conversation has {} that this one covers the time of and lacks",
            counted(lacks, "message", "messages")
        );
        point(Kinds::OtherHasMore, lacks, rests);
    }
    let (Some(begin), Some(end)) = (
        source.first.and_then(|time| day(store, time)),
        source.last.and_then(|time| day(store, time)),
    ) else {
        return;
    };
    let days = |from: NaiveDate, to: NaiveDate| {
        u64::try_from(to.signed_duration_since(from).num_days()).unwrap_or_default()
    };
    match period {
        Some(period) => {
            if end < *period.end() {
                let rests = format!(
                    "its last message is of {end}; the period ends on {}",
                    period.end()
                );
                point(Kinds::EndsEarly, days(end, *period.end()), rests);
            }
            if begin > *period.start() {
                let rests = format!(
                    "its first message is of {begin}; the period begins on {}",
                    period.start()
                );
                point(Kinds::BeginsLate, days(*period.start(), begin), rests);
            }
        }
        None => {
            let newest = last.and_then(|time| day(store, time));
            if let Some(newest) = newest.filter(|newest| days(end, *newest) > OLDER as u64) {
                let rests = format!(
                    "its last message is of {end}; other exports of the case go on to {newest}"
                );
                point(Kinds::EndsEarly, days(end, newest), rests);
            }
        }
    }
}
