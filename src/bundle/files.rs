//! `file-metadata.csv`: one row for each file of the payload, in the columns and the order of The
//! National Archives (United Kingdom).
//!
//! The columns, their order and what a cell may hold: nationalarchives/da-metadata-schema
//! (metadata-template.json, baseSchema, closureSchemaOpen, closureSchemaClosed; MIT). What holds of a
//! row is checked by [`fault`], which says what their schemas say.

use super::attached::Attached;
use super::cleared::{Cleared, OpenFiles};
use super::closure::{Closure, Exempt, day_of};
use super::context::is_context;
use super::exemptions::is_code;
use super::layout::{INDEX, MESSAGES, METADATA, OPEN_COPY, OPEN_INDEX, OPEN_MESSAGES};
use super::records::{date, day_name, thread_id};
use super::select::Selection;
use super::table::Table;
use crate::model::{MessageNumber, ThreadId};
use crate::review::Edition;
use crate::review::facts::{LANGUAGE, LANGUAGES};
use crate::text::Shown;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// Who may hold a copyright.
const COPYRIGHTS: [&str; 6] = [
    "Crown copyright",
    "Third party",
    "Crown",
    "UK Parliament",
    "Open Parliament Licence",
    "Unknown",
];

/// Columns whose cells have so many characters at most.
const LONGEST: [(&str, usize); 9] = [
    ("description", 8000),
    ("alternate description", 8000),
    ("former reference", 255),
    ("alternate filename", 255),
    ("translated filename", 255),
    ("copyright details", 255),
    ("related material", 255),
    ("restrictions on use", 500),
    ("note", 1000),
];

/// The note of a file that ought to be closed and is not yet begins so.
pub(super) const PROPOSED: &str = "Proposed for closure";

/// The words of its cells that are docket's own.
pub(super) const WORDS: [&str; 10] = [
    CAME,
    WITHHELD,
    WITH_CONTEXT,
    HOLDS_CONTEXT,
    HEADERS,
    MAIL,
    ALL,
    CONTENTS,
    NOT_YET,
    PLAIN,
];
const CONTENTS: &str = "The contents: every conversation and day";
const PLAIN: &str = "without its properties";
const CAME: &str = "A file that came with a message";
const WITHHELD: &str = "The open copy withholds it.";
const WITH_CONTEXT: &str = "It came with context, which is no record itself.";
const HOLDS_CONTEXT: &str = "Holds context, which is no record itself and is marked so.";
const HEADERS: &str = "Not for the open set: with all its headers, which hold more names and \
                       addresses than its record.";
const MAIL: &str = "a mail as it was";
const ALL: &str = "All messages of the bundle, for programs";
const NOT_YET: &str = "Not approved yet, so no schedule gives it a date and this table cannot call \
                       it closed; it is not to be published.";

/// What every row is made from.
struct Filling<'a> {
    selection: &'a Selection,
    attached: &'a Attached,
    open: &'a OpenFiles,
    /// Why the closed master of a record is exempt: by the path without its ending.
    exempt: BTreeMap<String, Exempt>,
    /// The records that hold context: by the path without its ending.
    with_context: BTreeSet<String>,
    closure: Closure,
    /// The day of the ledger's last entry that the records were made from.
    made: String,
    language: String,
    reference: String,
    /// The last day of anything that is handed over.
    last: Option<NaiveDate>,
}

/// `file-metadata.csv`: one row for each file of the payload, in the order of their paths.
pub(super) fn metadata<'a>(
    selection: &Selection,
    (attached, open): (&Attached, &OpenFiles),
    paths: impl Iterator<Item = &'a str>,
    out: impl Write,
) -> csv::Result<()> {
    let store = &selection.store;
    let mut exempt: BTreeMap<String, Exempt> = BTreeMap::new();
    let none = || Exempt::of(selection);
    let mut all = none();
    for row in selection.redactions() {
        let Some(thread) = store.thread(ThreadId(row.thread)) else {
            continue;
        };
        if row.edition == Edition::Open {
            let record = record_stem(&thread.channel, row.thread, &row.day);
            exempt
                .entry(record)
                .or_insert_with(none)
                .add(&row.mask.reason);
            all.add(&row.mask.reason);
        }
    }
    if !all.is_empty() {
        for name in [MESSAGES, INDEX] {
            let (stem, _) = name.rsplit_once('.').unwrap_or((name, ""));
            exempt.insert(stem.to_owned(), all.clone());
        }
    }
    let mut with_context = BTreeSet::new();
    let context = selection.decided_out.iter().map(MessageNumber);
    for number in context.filter(|number| is_context(selection, *number)) {
        let message = store.message(number);
        let thread = message
            .as_ref()
            .and_then(|message| store.thread(message.thread));
        if let (Some(message), Some(thread)) = (message.as_ref(), thread) {
            let day = day_name(date(message));
            with_context.insert(record_stem(&thread.channel, thread.id.0, &day));
        }
    }
    if let (false, Some((stem, _))) = (with_context.is_empty(), MESSAGES.rsplit_once('.')) {
        with_context.insert(stem.to_owned());
    }
    let messages = selection.leaving.iter();
    let messages = messages.filter_map(|number| store.message(MessageNumber(number)));
    let entry = selection.entry(selection.head.seq);
    let facts = &selection.fold.facts;
    let reference = Shown::line(&selection.facts.reference).as_str().to_owned();
    let filling = Filling {
        selection,
        attached,
        open,
        exempt,
        with_context,
        closure: Closure::of(selection),
        made: entry.map(|entry| day_of(&entry.at)).unwrap_or_default(),
        language: facts.get(LANGUAGE).unwrap_or("English").to_owned(),
        reference: reference.chars().take(255).collect(),
        last: messages.filter_map(|message| date(&message)).max(),
    };
    let mut table = Table::new(out, METADATA)?;
    for path in paths {
        table.row(&filling.row(path))?;
    }
    table.end()
}

/// The path of a day's record without its ending.
fn record_stem(channel: &str, thread: u32, day: &str) -> String {
    let channel = crate::text::file_name(channel);
    format!("data/records/{channel}/{}/{day}", thread_id(thread))
}

/// What a file of the payload is.
struct About {
    day: Option<NaiveDate>,
    description: String,
    /// What makes it exempt.
    exempt: Exempt,
    copyright: &'static str,
    note: String,
}

impl Filling<'_> {
    fn row(&self, path: &str) -> Vec<String> {
        let about = self.about(path);
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        let day = about.day.map(|day| day.to_string()).unwrap_or_default();
        let mut closed: [String; 5] = [
            "Open".to_owned(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
        ];
        let mut note = about.note;
        if !about.exempt.is_empty() {
            let Closure { schedule, years } = self.closure;
            match (schedule, years) {
                (Some(schedule), Some(years)) if about.exempt.known() > 0 && !day.is_empty() => {
                    let years = vec![years.to_string(); about.exempt.known()];
                    closed = [
                        "Closed".to_owned(),
                        day.clone(),
                        years.join(";"),
                        about.exempt.codes(),
                        schedule.to_string(),
                    ];
                }
                _ => {
                    let why = about.exempt.all();
                    note = format!("{PROPOSED}: {why}. {NOT_YET} {note}");
                }
            }
        }
        let [status, from, years, codes, schedule] = closed;
        let no = || "No".to_owned();
        let nothing = String::new;
        vec![
            path.to_owned(),
            name.to_owned(),
            self.made.clone(),
            day,
            about.description,
            self.reference.clone(),
            status,
            from,
            years,
            codes,
            schedule,
            no(),
            nothing(),
            no(),
            nothing(),
            self.language.clone(),
            nothing(),
            about.copyright.to_owned(),
            nothing(),
            nothing(),
            nothing(),
            nothing(),
            note.trim_end().to_owned(),
        ]
    }

    fn about(&self, path: &str) -> About {
        let about = |day, description: String| About {
            day,
            description,
            exempt: Exempt::default(),
            copyright: "Crown",
            note: String::new(),
        };
        let (stem, ending) = path.rsplit_once('.').unwrap_or((path, ""));
        if path.starts_with("data/attachments/") {
            let closed = stem.strip_suffix(OPEN_COPY);
            let closed = closed.map(|stem| format!("{stem}.{ending}"));
            let came = closed.as_deref().unwrap_or(path);
            let carries = self.open.get(path).and_then(Cleared::note);
            return About {
                exempt: self.attached.exempt.get(path).cloned().unwrap_or_default(),
                copyright: "Unknown",
                note: [
                    match (self.attached.exempt.contains_key(path), carries, &closed) {
                        (true, ..) => WITHHELD.to_owned(),
                        (_, Some(note), _) => note,
                        (_, _, Some(closed)) => format!("Open copy of {closed}, {PLAIN}."),
                        _ => String::new(),
                    },
                    match self.attached.of_records.contains(came) {
                        true => String::new(),
                        false => WITH_CONTEXT.to_owned(),
                    },
                ]
                .into_iter()
                .filter(|words| !words.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
                ..about(
                    self.attached.days.get(came).copied().flatten(),
                    CAME.to_owned(),
                )
            };
        }
        let name = stem.rsplit_once('/').map_or(stem, |(_, name)| name);
        let number = name.strip_prefix("message-");
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            let message = self.selection.store.message(MessageNumber(number));
            return About {
                note: HEADERS.to_owned(),
                ..about(
                    message.and_then(|message| date(&message)),
                    format!("Message {number}, {MAIL}"),
                )
            };
        }
        let closed = stem.strip_suffix(OPEN_COPY);
        let open = match closed {
            Some(closed) => format!("Open copy of {closed}."),
            None => String::new(),
        };
        let exempt = self.exempt.get(stem).cloned().unwrap_or_default();
        let mut note = match exempt.is_empty() {
            true => open,
            false => format!("Its open copy is {stem}{OPEN_COPY}."),
        };
        if self.with_context.contains(closed.unwrap_or(stem)) {
            note = format!("{HOLDS_CONTEXT} {note}");
        }
        let day = match path {
            MESSAGES | OPEN_MESSAGES | INDEX | OPEN_INDEX => self.last,
            _ => name.strip_suffix(OPEN_COPY).unwrap_or(name).parse().ok(),
        };
        let description = match path {
            MESSAGES | OPEN_MESSAGES => ALL.to_owned(),
            INDEX | OPEN_INDEX => CONTENTS.to_owned(),
            _ => {
                let folder = stem.rsplit('/').nth(1).unwrap_or_default();
                format!("What is handed over of {folder}, {}", day_name(day))
            }
        };
        About {
            exempt,
            note,
            ..about(day, description)
        }
    }
}

/// What The National Archives would refuse in a row; `None` where nothing.
pub(super) fn fault(of: impl Fn(&str) -> String) -> Option<String> {
    let is_day = |text: &str| {
        let day = text.parse::<NaiveDate>();
        day.is_ok_and(|day| day.to_string() == text)
    };
    for column in ["filepath", "filename"] {
        if of(column).is_empty() {
            return Some(format!("{column} is empty"));
        }
    }
    for column in [
        "date last modified",
        "date of the record",
        "closure start date",
        "foi schedule date",
    ] {
        let day = of(column);
        let may_lack = column != "date last modified";
        let is_lacking = day.is_empty() && may_lack;
        if !is_lacking && !is_day(&day) {
            return Some(format!("{column} is no date"));
        }
    }
    for (column, most) in LONGEST {
        let cell = of(column);
        if cell.chars().count() > most {
            return Some(format!("{column} is longer than {most} characters"));
        }
        if most == 255 && cell.contains(['\r', '\n']) {
            return Some(format!("{column} has more than one line"));
        }
    }
    let languages = of("language");
    if languages.split(';').any(|one| !LANGUAGES.contains(&one)) {
        return Some("language is none that they take".to_owned());
    }
    let copyright = of("copyright");
    let mut holders = copyright.split(';');
    if holders.any(|one| !COPYRIGHTS.contains(&one))
        || (copyright.contains("Unknown")
            && (copyright != "Unknown" || !of("copyright details").is_empty()))
    {
        return Some("copyright is none that they take".to_owned());
    }
    for (closed, instead) in [
        ("is filename closed", "alternate filename"),
        ("is description closed", "alternate description"),
    ] {
        let fits = match of(closed).as_str() {
            "Yes" => !of(instead).is_empty(),
            "No" => of(instead).is_empty(),
            _ => false,
        };
        if !fits {
            return Some(format!("{closed} and {instead} contradict each other"));
        }
    }
    let (periods, codes) = (of("closure period"), of("foi exemption code"));
    match of("closure status").as_str() {
        "Open" => {
            let empty = [
                "closure start date",
                "closure period",
                "foi exemption code",
                "foi schedule date",
                "alternate filename",
                "alternate description",
            ];
            let full = empty.into_iter().find(|column| !of(column).is_empty());
            full.map(|column| format!("it is open, and has a {column}"))
        }
        "Closed" => {
            let years = |period: &str| period.parse().is_ok_and(|one: u8| (1..=150).contains(&one));
            if of("closure start date").is_empty() || of("foi schedule date").is_empty() {
                return Some("it is closed, and a date is missing".to_owned());
            }
            if !codes.split(';').all(is_code) || !periods.split(';').all(years) {
                return Some("it is closed, for no code or period that they take".to_owned());
            }
            let same = codes.split(';').count() == periods.split(';').count();
            (!same).then(|| "not one closure period for each exemption code".to_owned())
        }
        _ => Some("closure status is neither Open nor Closed".to_owned()),
    }
}
