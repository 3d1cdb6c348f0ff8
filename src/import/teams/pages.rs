//! Pages of an eDiscovery search: one HTML page a conversation.
//!
//! Microsoft documents that Purview writes such pages and not how. What is read here is the markup
//! that public programs for these pages name (`TeamsChatConverter`, several of one author): a table
//! of `chat-label` and `chat-data`, then messages in `label` elements of the class
//! `sent-message-wrapper`, `received-message-wrapper` or `unknown-direction-message-wrapper`, each
//! with `message-sender`, `message-date` and `message-text`. Pages with other markup are refused.

use crate::import::blocks::{Blocks, Element, Piece, Places, Whole, elements, has_class};
use crate::import::markup::Tag;
use crate::import::records::{Threads, other_of_two, set_marks};
use crate::import::window::{Tiles, Window, blank, set_written};
use crate::import::{
    About, Basis, DateOrder, Detection, Export, Importer, ReadError, ReadOptions, Record, Sink,
    Summary, Verified, head,
};
use crate::model::{Direction, Kind, Time};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// Reads pages of an eDiscovery search.
pub struct TeamsPages;

impl Importer for TeamsPages {
    fn name(&self) -> &'static str {
        "teams-pages"
    }

    fn version(&self) -> u32 {
        2
    }

    fn about(&self) -> About {
        About {
            title: "Microsoft Teams, HTML pages of an eDiscovery search",
            channels: &["teams"],
            reads: &[
                "pages with message-sender, message-date and message-text; pages of other markup are refused",
            ],
            carries: &[
                "sender, who takes part, in conversations of two the recipient, time, direction where the page tells it",
            ],
            lacks: &[
                "answers, reactions, edits, deletions, files: take the PST of the same search where there is one",
            ],
            verified: &[
                Verified {
                    by: Basis::Source,
                    what: "public programs that read such pages; no real page could be had",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random pages, read back equal",
                },
            ],
            export: &[
                "Microsoft Purview, eDiscovery: export the search's Teams conversations as HTML transcripts; give docket the folder",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    fn detect(&self, export: &Export) -> Detection {
        if pages(export).next().is_some() {
            Detection::Yes("a page with `message-wrapper` and `message-sender`".into())
        } else {
            Detection::No("no page of an eDiscovery search of Teams".into())
        }
    }

    fn read(
        &self,
        export: &Export,
        options: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let mut summary = Summary {
            shape: "eDiscovery HTML of Teams".into(),
            ..Summary::default()
        };
        let items: Vec<u32> = pages(export).collect();
        if let [only] = items.as_slice() {
            summary.chat_item = Some(*only);
        }
        let mut survey = Survey::default();
        for item in &items {
            let mut window = Window::new(export.open(*item)?, &export.item_name(*item));
            let mut places = Places::of(&mut *sink, *item);
            MESSAGES.each(&mut window, &mut |piece| {
                places.about(&piece)?;
                if let Piece::Block(bytes) = piece {
                    let all = elements(bytes, |_| false);
                    survey.meet(&words(&all, bytes, "message-date"));
                }
                Ok(())
            })?;
        }
        let order = survey.settle(options, &mut summary);
        let mut threads = Threads::new("teams");
        for item in items {
            let name = export.item_name(item);
            let page = Page::of(export, item)?;
            let mut window = Window::new(export.open(item)?, &name);
            let mut tiles = Tiles::new(sink, item);
            let title = page.title(&name);
            let thread = threads.of(&mut tiles, &title, || {
                (title.clone(), page.group(), page.people.clone())
            })?;
            let mut found = 0u64;
            MESSAGES.each(&mut window, &mut |piece| match piece {
                Piece::Between(bytes) => tiles.structure(bytes.len()),
                Piece::Broken(bytes) => {
                    tiles.unreadable(thread, bytes, "This message does not close.")
                }
                Piece::Block(bytes) => {
                    tiles.about(bytes.len())?;
                    found = found.saturating_add(1);
                    match record(bytes, thread, &page, order) {
                        Some(record) => tiles.record(bytes.len(), record),
                        None => tiles.unreadable(
                            thread,
                            bytes,
                            "It has neither a sender nor a date nor a text.",
                        ),
                    }
                }
            })?;
            tiles.finish()?;
            if let Some(told) = page.count.filter(|told| *told != found) {
                summary.notes.push(format!(
                    "A page says that it holds {told} messages; {found} were found in it."
                ));
            }
        }
        Ok(summary)
    }
}

const MESSAGES: Blocks = Blocks {
    element: "label",
    begins: is_message,
    nests: false,
};

fn is_message(tag: Tag<'_>) -> bool {
    ["sent", "received", "unknown-direction"]
        .iter()
        .any(|kind| has_class(&tag, &format!("{kind}-message-wrapper")))
}

fn pages(export: &Export) -> impl Iterator<Item = u32> + '_ {
    export.readable().filter(|item| {
        let head = head(export, *item);
        let has = |mark: &[u8]| memchr::memmem::find(&head, mark).is_some();
        has(b"-message-wrapper") && has(b"message-sender")
            || has(b"chat-label") && has(b"chat-data")
    })
}

/// The words of the first element of a class.
fn words(all: &[Element<'_>], block: &[u8], class: &str) -> String {
    all.iter()
        .find(|element| element.has_class(class))
        .map(|element| element.words(block))
        .unwrap_or_default()
}

/// What the page says of its conversation.
#[derive(Default)]
struct Page {
    title: String,
    people: Vec<String>,
    count: Option<u64>,
    /// Whether its times are UTC by its own word.
    utc: bool,
}

impl Page {
    fn of(export: &Export, item: u32) -> Result<Page, ReadError> {
        let mut page = Page::default();
        let mut begun = false;
        let mut window = Window::new(export.open(item)?, &export.item_name(item));
        MESSAGES.each(&mut window, &mut |piece| {
            if let Piece::Between(bytes) = piece
                && !begun
            {
                page.head(bytes);
            }
            begun |= matches!(piece, Piece::Block(_));
            Ok(())
        })?;
        Ok(page)
    }

    /// The table before the messages: a label, then what belongs to it.
    fn head(&mut self, bytes: &[u8]) {
        let all = elements(bytes, |_| false);
        let mut label = String::new();
        let mut whole = Whole::default();
        for (at, element) in all.iter().enumerate() {
            let read = ["chat-title", "chat-label", "chat-header", "chat-data"]
                .into_iter()
                .filter(|class| element.has_class(class))
                .any(|class| !whole.takes(class, element));
            if read {
                continue;
            }
            let said = || element.words(bytes);
            if element.has_class("chat-title") && self.title.is_empty() {
                self.title = said();
            } else if element.has_class("chat-label") || element.has_class("chat-header") {
                label = said().to_lowercase();
            } else if element.tag.is("td") && element.has_class("chat-data") {
                let inner = all
                    .iter()
                    .skip(at.saturating_add(1))
                    .take_while(|one| one.inside.end <= element.inside.end);
                let mut within = Whole::default();
                let names: Vec<String> = inner
                    .filter(|one| one.has_class("chat-data") && within.takes("name", one))
                    .map(|one| one.words(bytes))
                    .collect();
                self.fact(label.trim_end_matches(':'), said(), names);
            }
        }
    }

    fn fact(&mut self, label: &str, said: String, names: Vec<String>) {
        match label {
            "display names" if names.is_empty() => {
                self.people = said
                    .split([';', '\n'])
                    .map(|name| name.trim().to_owned())
                    .filter(|name| !name.is_empty())
                    .collect();
            }
            "display names" => self.people = names,
            "number of messages" => self.count = said.parse().ok(),
            "case time zone" => {
                let said = said.to_uppercase();
                self.utc = matches!(
                    said.as_str(),
                    "UTC" | "(UTC)" | "COORDINATED UNIVERSAL TIME"
                ) || said.starts_with("(UTC) COORDINATED")
                    || said.starts_with("(UTC+00:00) COORDINATED");
            }
            _ => {}
        }
    }

    fn title(&self, file: &str) -> String {
        match (self.title.as_str(), self.people.as_slice()) {
            ("", []) => file.to_owned(),
            ("", people) => people.join(", "),
            (title, _) => title.to_owned(),
        }
    }

    fn group(&self) -> Option<bool> {
        (!self.people.is_empty()).then_some(self.people.len() > 2)
    }
}

fn record(bytes: &[u8], thread: u32, page: &Page, order: Option<DateOrder>) -> Option<Record> {
    let all = elements(bytes, |_| false);
    let sender = words(&all, bytes, "message-sender");
    let date = words(&all, bytes, "message-date");
    let said = words(&all, bytes, "message-text");
    if sender.is_empty() && date.is_empty() && said.is_empty() {
        return None;
    }
    let mut record = blank(thread);
    if let Some(element) = all.iter().find(|element| element.has_class("message-date")) {
        let inside = element.content(bytes);
        let lead = inside
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let at = element.inside.start.saturating_add(lead);
        set_written(&mut record, at, inside.trim_ascii());
    }
    match time(&date, order, page.utc) {
        Some(time) => record.time = time,
        None if date.is_empty() => {}
        None => record
            .extra
            .notes
            .push("Its date cannot be read without guessing.".into()),
    }
    record.sender = (!sender.is_empty()).then_some(sender);
    record.kind = if said.is_empty() {
        Kind::NotExported
    } else {
        Kind::Text
    };
    record.text = said;
    if let Some(wrapper) = all.first() {
        record.extra.message_id = wrapper.tag.value("id").unwrap_or_default();
        record.extra.direction = if wrapper.has_class("sent-message-wrapper") {
            Some(Direction::Sent)
        } else if wrapper.has_class("received-message-wrapper") {
            Some(Direction::Received)
        } else {
            None
        };
    }
    record.extra.recipients = other_of_two(&page.people, record.sender.as_deref());
    set_marks(&mut record, std::str::from_utf8(bytes).is_err());
    Some(record)
}

/// The dates of all messages, to find the order of day and month.
#[derive(Default)]
struct Survey {
    day_first: bool,
    month_first: bool,
    numbers: bool,
}

impl Survey {
    fn meet(&mut self, date: &str) {
        if let Some((first, second, _)) = numbers(date) {
            self.numbers = true;
            self.day_first |= first > 12;
            self.month_first |= second > 12;
        }
    }

    /// The order, and what it rests on. `None` where the pages contradict themselves.
    fn settle(&self, options: &ReadOptions, summary: &mut Summary) -> Option<DateOrder> {
        let (order, basis, assumed) = match (self.numbers, self.day_first, self.month_first) {
            (false, ..) => return options.date_order,
            (_, true, true) => {
                summary.notes.push(
                    "Its dates have the day first in some messages and the month first in others: they are not read.".into(),
                );
                return None;
            }
            (_, true, false) => (DateOrder::Dmy, "a first number above 12", false),
            (_, false, true) => (DateOrder::Mdy, "a second number above 12", false),
            (_, false, false) => match options.date_order {
                Some(order) => (order, "given", false),
                None => (
                    DateOrder::Mdy,
                    "Microsoft's order, no number above 12",
                    true,
                ),
            },
        };
        summary.date_order = Some(order);
        summary.date_order_basis = basis.into();
        summary.date_order_assumed = assumed;
        Some(order)
    }
}

/// `3/14/2024 2:05:06 PM`: the three numbers, and the rest.
fn numbers(date: &str) -> Option<(u32, u32, &str)> {
    let (day, rest) = date.trim().split_once([' ', ','])?;
    let mut parts = day.split(['/', '.', '-']);
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.len() <= 2);
    (year.len() == 4 && parts.next().is_none()).then_some(())?;
    Some((number(first)?, number(second)?, rest))
}

/// The time of a date; in the zone that it names, else in UTC where the page says so, else on a
/// clock.
fn time(date: &str, order: Option<DateOrder>, utc: bool) -> Option<Time> {
    let date: String = date
        .chars()
        .map(|sign| {
            if matches!(sign, '\u{A0}' | '\u{202F}') {
                ' '
            } else {
                sign
            }
        })
        .filter(|sign| !matches!(sign, '\u{200E}' | '\u{200F}'))
        .collect();
    if let Some(time) = crate::import::records::instant(&date) {
        return Some(time);
    }
    let (bare, offset) = zone(date.trim());
    let local = clock(bare, order)?.and_utc().timestamp();
    Some(match offset.or(utc.then_some(0)) {
        Some(offset) => Time::Instant {
            seconds: local.checked_sub(i64::from(offset) * 60)?,
            offset_minutes: Some(offset),
        },
        None => Time::Local(local),
    })
}

/// A date without the zone at its end, and the zone's minutes east of UTC: `UTC`, `(UTC)`, `Z`,
/// `(UTC+01:00)`.
fn zone(date: &str) -> (&str, Option<i16>) {
    let bare = date.trim_end_matches(')').trim_end();
    for name in ["UTC", "GMT", "Z"] {
        if let Some(rest) = bare.strip_suffix(name) {
            return (rest.trim_end_matches('(').trim_end(), Some(0));
        }
    }
    let found = bare.rsplit_once("UTC").and_then(|(rest, offset)| {
        let (sign, offset) = match offset.split_at_checked(1)? {
            ("+", offset) => (1, offset),
            ("-", offset) => (-1, offset),
            _ => return None,
        };
        let (hours, minutes) = offset.split_once(':')?;
        let minutes = hours
            .parse::<i16>()
            .ok()?
            .checked_mul(60)?
            .checked_add(minutes.parse().ok()?)?;
        let rest = rest.trim_end_matches('(').trim_end();
        (minutes <= 18 * 60).then_some((rest, Some(sign * minutes)))
    });
    found.unwrap_or((date, None))
}

fn clock(date: &str, order: Option<DateOrder>) -> Option<NaiveDateTime> {
    const WORDS: [&str; 6] = [
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%S%.f",
        "%A, %B %d, %Y %I:%M:%S %p",
        "%B %d, %Y %I:%M:%S %p",
        "%d %B %Y %H:%M:%S",
        "%A, %d %B %Y %H:%M:%S",
    ];
    let named = WORDS
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(date, form).ok());
    if named.is_some() {
        return named;
    }
    let (first, second, rest) = numbers(date)?;
    let (day, month) = match order? {
        DateOrder::Dmy => (first, second),
        DateOrder::Mdy => (second, first),
        DateOrder::Ymd => return None,
    };
    let year = date.split(['/', '.', '-']).nth(2)?.get(..4)?.parse().ok()?;
    let time = rest.trim_matches([' ', ',']);
    let time = ["%I:%M:%S %p", "%I:%M %p", "%H:%M:%S", "%H:%M"]
        .iter()
        .find_map(|form| NaiveTime::parse_from_str(time, form).ok())?;
    Some(NaiveDate::from_ymd_opt(year, month, day)?.and_time(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_never_guessed() {
        const AT: i64 = 1_710_425_106; // 2024-03-14T14:05:06Z
        let instant = |seconds, offset| {
            Some(Time::Instant {
                seconds,
                offset_minutes: Some(offset),
            })
        };
        for (date, order, utc, time_of) in [
            ("2024-03-14T14:05:06Z", None, false, instant(AT, 0)),
            (
                "3/14/2024 2:05:06 PM",
                Some(DateOrder::Mdy),
                true,
                instant(AT, 0),
            ),
            (
                "3/14/2024 2:05:06 PM",
                Some(DateOrder::Mdy),
                false,
                Some(Time::Local(AT)),
            ),
            (
                "3/14/2024 2:05:06\u{202f}PM (UTC)",
                Some(DateOrder::Mdy),
                false,
                instant(AT, 0),
            ),
            (
                "14/03/2024, 15:05:06 (UTC+01:00)",
                Some(DateOrder::Dmy),
                true,
                instant(AT, 60),
            ),
            (
                "14.03.2024 14:05:06 UTC",
                Some(DateOrder::Dmy),
                false,
                instant(AT, 0),
            ),
            (
                "Thursday, March 14, 2024 02:05:06 PM",
                None,
                true,
                instant(AT, 0),
            ),
            ("14 March 2024 14:05:06", None, false, Some(Time::Local(AT))),
            ("3/14/2024 2:05:06 PM", None, true, None),
            ("14/3/2024 2:05:06 PM", Some(DateOrder::Mdy), true, None),
            ("yesterday", Some(DateOrder::Mdy), true, None),
            ("", None, true, None),
        ] {
            assert_eq!(time(date, order, utc), time_of, "{date}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_fails(date in proptest::prelude::any::<String>(), utc in proptest::prelude::any::<bool>()) {
            time(&date, Some(DateOrder::Dmy), utc);
            numbers(&date);
        }
    }
}
