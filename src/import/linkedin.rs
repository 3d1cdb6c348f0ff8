//! LinkedIn's `messages.csv`, in every generation of its columns.
//!
//! UTF-8, RFC 4180, newest message first (the order is kept). Columns are found by their names;
//! seen are 7 (to 2018), 9 (2021), 10, 12 and 13 of them. One cell holds all recipients' names
//! with `, ` between them, though a name may hold `, ` itself: the profile addresses and the names
//! that stand as senders elsewhere in the file settle which it is.

use super::records::Threads;
use super::table::{Cell, Row, Split, each_row, split, text_of};
use super::window::{Tiles, Window, blank, set_written};
use super::{
    About, Basis, Detection, Export, Importer, ItemRole, ReadError, ReadOptions, Record, Sink,
    Summary, Verified, head, html, with_subject,
};
use crate::model::{
    Address, Attachment, AttachmentState, Direction, Kind, Marks, Recipient, Role, Time,
};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Most items of an export that are looked into.
const MOST_ITEMS: usize = 1000;

/// Reads LinkedIn's messages.
pub struct LinkedIn;

impl Importer for LinkedIn {
    fn name(&self) -> &'static str {
        "linkedin"
    }

    fn version(&self) -> u32 {
        2
    }

    fn about(&self) -> About {
        About {
            title: "LinkedIn's messages.csv",
            channels: &["linkedin"],
            reads: &["tables of 7, 9, 10, 12 and 13 columns, 2018 to today"],
            carries: &[
                "sender, recipients, profile addresses, time in UTC, subject, folder, drafts, links to attachments; direction where Profile.csv stands beside it, or there are drafts",
            ],
            lacks: &["the attached files themselves, reactions, edits, deleted messages"],
            verified: &[
                Verified {
                    by: Basis::RealExports,
                    what: "one of 9 columns with 3,593 messages, all read",
                },
                Verified {
                    by: Basis::Source,
                    what: "public programs' tests for the other generations",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random tables, read back equal",
                },
            ],
            export: &[
                "LinkedIn: Settings & Privacy, Data privacy, Get a copy of your data, Messages, Request archive; give docket the zip or messages.csv",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    fn home<'p>(&self, file: &'p Path) -> Option<&'p Path> {
        file.parent()
    }

    fn brings(&self, inside: &str) -> bool {
        inside == PROFILE
    }

    fn detect(&self, export: &Export) -> Detection {
        for item in tables(export) {
            if let Some(columns) = Columns::of_head(&head(export, item)) {
                return Detection::Yes(format!(
                    "a table of {} columns, named as LinkedIn names them",
                    columns.count
                ));
            }
        }
        Detection::No("no table with LinkedIn's columns".into())
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let mut summary = Summary::default();
        let mut book = Book::new();
        let items: Vec<u32> = tables(export)
            .filter(|item| Columns::of_head(&head(export, *item)).is_some())
            .collect();
        for item in &items {
            let mut window = Window::new(export.open(*item)?, &export.item_name(*item));
            let mut columns = None;
            each_row(&mut window, &mut |row| {
                if let Row::Cells(bytes, cells) = row {
                    match &columns {
                        None => columns = Columns::of(bytes, &cells),
                        Some(columns) => book.meet(&columns.row(bytes, &cells)),
                    }
                }
                Ok(())
            })?;
        }
        book.settle(profile(export, &items)?);
        for item in items {
            summary.chat_item = summary.chat_item.or(Some(item));
            let mut window = Window::new(export.open(item)?, &export.item_name(item));
            let mut tiles = Tiles::new(sink, item);
            let mut columns: Option<Columns> = None;
            each_row(&mut window, &mut |row| {
                let (bytes, cells) = match row {
                    Row::Nothing(length) => return tiles.structure(length),
                    Row::Broken(bytes) => {
                        let thread = book.threads.unreadable(&mut tiles)?;
                        return tiles.unreadable(thread, bytes, "Its quotes do not close.");
                    }
                    Row::Cells(bytes, cells) => (bytes, cells),
                };
                let Some(known) = &columns else {
                    columns = Columns::of(bytes, &cells);
                    if let Some(columns) = &columns {
                        summary.shape = format!("messages.csv with {} columns", columns.count);
                    }
                    return tiles.structure(bytes.len());
                };
                if cells.len() != known.count {
                    let thread = book.threads.unreadable(&mut tiles)?;
                    let reason = format!(
                        "It has {} cells where the table has {} columns.",
                        cells.len(),
                        known.count
                    );
                    return tiles.unreadable(thread, bytes, &reason);
                }
                tiles.about(bytes.len())?;
                let record = book.record(&known.row(bytes, &cells), &mut tiles)?;
                tiles.record(bytes.len(), record)
            })?;
            tiles.finish()?;
        }
        Ok(summary)
    }
}

/// The items that may be tables.
fn tables(export: &Export) -> impl Iterator<Item = u32> + '_ {
    (0u32..)
        .zip(&export.items)
        .filter(|(_, item)| {
            let named = item.file_name().to_ascii_lowercase().ends_with(".csv");
            item.size > 0 && (item.role == ItemRole::Chat || named)
        })
        .map(|(number, _)| number)
        .take(MOST_ITEMS)
}

/// Longest file of a profile that is read; real ones have a few lines.
const LONGEST_PROFILE: u64 = 1 << 20;

/// The file that says whose account it is.
const PROFILE: &str = "Profile.csv";

/// The name in `Profile.csv`, which stands beside the table in a whole download: one row with the
/// columns `First Name` and `Last Name`.
fn profile(export: &Export, items: &[u32]) -> Result<Option<String>, ReadError> {
    let folder = |name: &str| {
        name.rsplit_once('/')
            .map_or("", |(folder, _)| folder)
            .to_owned()
    };
    let homes: Vec<String> = items
        .iter()
        .map(|item| folder(&export.item_name(*item)))
        .collect();
    let found = (0u32..).zip(&export.items).find(|(_, item)| {
        let is_profile = item.file_name() == PROFILE;
        is_profile && item.size <= LONGEST_PROFILE && homes.contains(&folder(&item.name))
    });
    let Some((item, _)) = found else {
        return Ok(None);
    };
    let mut window = Window::new(export.open(item)?, &export.item_name(item));
    let (mut places, mut names) = (None, Vec::new());
    each_row(&mut window, &mut |row| {
        let Row::Cells(bytes, cells) = row else {
            return Ok(());
        };
        let words: Vec<String> = cells.iter().map(|cell| text_of(bytes, cell).0).collect();
        let place = |name: &str| {
            words
                .iter()
                .position(|word| word.trim().eq_ignore_ascii_case(name))
        };
        match places {
            None => places = Some((place("First Name"), place("Last Name"))),
            Some((Some(first), last)) => {
                let part = |at: usize| words.get(at).map_or("", |word| word.trim());
                let whole = [part(first), last.map_or("", part)].join(" ");
                names.push(Address::new(&whole, "").name);
            }
            Some(_) => {}
        }
        Ok(())
    })?;
    names.retain(|name| !name.is_empty());
    Ok(match names.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    })
}

/// Which column is which.
#[derive(Clone, Debug, Default)]
struct Columns {
    count: usize,
    names: HashMap<String, usize>,
}

impl Columns {
    fn of(bytes: &[u8], cells: &[Cell]) -> Option<Columns> {
        let names: HashMap<String, usize> = cells
            .iter()
            .enumerate()
            .map(|(number, cell)| {
                let (name, _) = text_of(bytes, cell);
                (name.trim().to_ascii_uppercase(), number)
            })
            .collect();
        let has = |wanted: &[&str]| wanted.iter().all(|name| names.contains_key(*name));
        (has(&["CONVERSATION ID", "FROM", "DATE", "CONTENT"])
            || has(&["FROM", "TO", "DATE", "CONTENT", "DIRECTION", "FOLDER"]))
        .then_some(Columns {
            count: cells.len(),
            names,
        })
    }

    fn of_head(head: &[u8]) -> Option<Columns> {
        let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
        match split(head, true) {
            Split::Row(length, cells) => Columns::of(head.get(..length)?, &cells),
            _ => None,
        }
    }

    fn row<'a>(&'a self, bytes: &'a [u8], cells: &'a [Cell]) -> Cells<'a> {
        Cells {
            columns: self,
            bytes,
            cells,
        }
    }
}

/// A row, by the names of its columns.
struct Cells<'a> {
    columns: &'a Columns,
    bytes: &'a [u8],
    cells: &'a [Cell],
}

impl Cells<'_> {
    fn cell(&self, name: &str) -> Option<&Cell> {
        self.cells.get(*self.columns.names.get(name)?)
    }

    fn get(&self, name: &str) -> String {
        self.cell(name)
            .map(|cell| text_of(self.bytes, cell).0)
            .unwrap_or_default()
    }

    fn yes(&self, name: &str) -> bool {
        matches!(
            self.get(name).trim().to_ascii_lowercase().as_str(),
            "yes" | "true"
        )
    }

    /// The profiles of the recipients, in order.
    fn profiles(&self) -> Vec<String> {
        self.get("RECIPIENT PROFILE URLS")
            .split(',')
            .map(|profile| profile.trim().to_owned())
            .filter(|profile| !profile.is_empty())
            .collect()
    }

    fn is_draft(&self) -> bool {
        self.yes("IS MESSAGE DRAFT") || self.yes("IS CONVERSATION DRAFT")
    }

    fn sender(&self) -> Address {
        Address::new(&self.get("FROM"), &self.get("SENDER PROFILE URL"))
    }
}

/// The people and threads of the export.
struct Book {
    /// The name that each profile stands under as a sender.
    names: HashMap<String, String>,
    /// Every sender's name.
    senders: HashSet<String>,
    /// Whose account it is: whom the export tells, else who sent most.
    owner: Address,
    /// Whether the export tells it: by the profile beside the table, or by drafts.
    is_told: bool,
    /// Everyone who wrote drafts: nobody finds those of others in their own account.
    drafted: HashSet<Address>,
    sent: HashMap<Address, u64>,
    threads: Threads,
}

impl Book {
    fn new() -> Book {
        Book {
            names: HashMap::new(),
            senders: HashSet::new(),
            owner: Address::default(),
            is_told: false,
            drafted: HashSet::new(),
            sent: HashMap::new(),
            threads: Threads::new("linkedin"),
        }
    }

    fn meet(&mut self, row: &Cells<'_>) {
        let sender = row.sender();
        if sender.is_empty() {
            return;
        }
        if !sender.name.is_empty() {
            let key = if sender.address.is_empty() {
                &sender.name
            } else {
                &sender.address
            };
            self.names.insert(key.clone(), sender.name.clone());
            if !self.senders.contains(&sender.name) {
                self.senders.insert(sender.name.clone());
            }
        }
        if row.is_draft() {
            self.drafted.insert(sender.clone());
        }
        let count = self.sent.entry(sender).or_default();
        *count = count.saturating_add(1);
    }

    /// Ends the meeting; `profile` is the name that the account's own profile gives.
    fn settle(&mut self, profile: Option<String>) {
        let sent = std::mem::take(&mut self.sent);
        let drafted = std::mem::take(&mut self.drafted);
        let mut drafted = drafted.into_iter();
        let drafter = drafted.next().filter(|_| drafted.next().is_none());
        let named = profile.and_then(|name| {
            let mut bearing = sent.keys().filter(|sender| sender.name == name);
            match (bearing.next(), bearing.next()) {
                (Some(one), None) => Some(one.clone()),
                // The owner sent nothing.
                (None, _) => Some(Address::new(&name, "")),
                _ => None,
            }
        });
        if let Some(owner) = drafter.or(named) {
            self.owner = owner;
            self.is_told = true;
            return;
        }
        let most = sent
            .into_iter()
            .max_by(|(a, one), (b, other)| one.cmp(other).then_with(|| b.name.cmp(&a.name)));
        self.owner = most.map(|(address, _)| address).unwrap_or_default();
    }

    /// The recipients of a row.
    fn recipients(&self, row: &Cells<'_>) -> Vec<Address> {
        let to = row.get("TO");
        let profiles = row.profiles();
        let split: Vec<&str> = to.split(", ").map(str::trim).collect();
        match profiles.as_slice() {
            [] => self.split_names(&to),
            [only] => vec![Address::new(&to, only)],
            _ if split.len() == profiles.len() => split
                .iter()
                .zip(&profiles)
                .map(|(name, profile)| Address::new(name, profile))
                .collect(),
            _ => profiles
                .iter()
                .map(|profile| {
                    let name = self.names.get(profile).map_or("", String::as_str);
                    Address::new(name, profile)
                })
                .collect(),
        }
    }

    /// Names with `, ` between them, where no profiles stand beside them: the longest run that is
    /// a sender's name elsewhere is one name.
    fn split_names(&self, to: &str) -> Vec<Address> {
        let parts: Vec<&str> = to.split(", ").collect();
        let mut found = Vec::new();
        let mut begin = 0usize;
        while begin < parts.len() {
            let longest = (begin.saturating_add(1)..=parts.len().min(begin.saturating_add(6)))
                .rev()
                .find_map(|end| {
                    let name = parts.get(begin..end)?.join(", ");
                    self.senders.contains(&name).then_some((name, end))
                });
            let (name, end) = longest.unwrap_or_else(|| {
                let name = parts.get(begin).copied().unwrap_or_default();
                (name.to_owned(), begin.saturating_add(1))
            });
            begin = end;
            if !name.trim().is_empty() {
                found.push(Address::new(&name, ""));
            }
        }
        found
    }

    fn record(&mut self, row: &Cells<'_>, tiles: &mut Tiles<'_>) -> Result<Record, ReadError> {
        let mut record = blank(0);
        let sender = row.sender();
        let recipients = self.recipients(row);
        record.thread = self.thread(row, &sender, &recipients, tiles)?;
        record.sender = (!sender.is_empty()).then(|| sender.to_string());
        record.extra.recipients = recipients
            .iter()
            .map(|one| Recipient {
                role: Role::To,
                who: one.to_string(),
            })
            .collect();
        if let Some(cell) = row.cell("DATE") {
            set_date(row.bytes, cell, &mut record);
        }
        let (content, damaged) = row
            .cell("CONTENT")
            .map(|cell| text_of(row.bytes, cell))
            .unwrap_or_default();
        if damaged {
            record.marks = record.marks.with(Marks::DAMAGED);
        }
        let body = if html::is_html(&content) {
            html::to_text(&content)
        } else {
            content
        };
        record.extra.attachments = attachments(&row.get("ATTACHMENTS"));
        if !record.extra.attachments.is_empty() {
            record.kind = Kind::Attachment;
            record.marks = record.marks.with(Marks::ATTACHMENT);
        } else if body.trim().is_empty() {
            record.kind = Kind::NotExported;
        }
        record.extra.direction = match row.get("DIRECTION").trim().to_ascii_uppercase().as_str() {
            "INCOMING" => Some(Direction::Received),
            "OUTGOING" => Some(Direction::Sent),
            _ if !self.is_told => None,
            _ if same(&sender, &self.owner) => Some(Direction::Sent),
            _ => {
                let is_to_owner = recipients.iter().any(|one| same(one, &self.owner));
                is_to_owner.then_some(Direction::Received)
            }
        };
        if row.is_draft() {
            record.extra.unsent = "draft".into();
            record.marks = record.marks.with(Marks::UNSENT);
        }
        let folder = row.get("FOLDER");
        if !folder.trim().is_empty() {
            record.extra.labels.push(folder.trim().to_owned());
        }
        let subject = row.get("SUBJECT").trim().to_owned();
        record.text = with_subject(&subject, body);
        record.extra.subject = subject;
        Ok(record)
    }

    /// The thread of a row: its conversation; before there were ids, the people in it.
    fn thread(
        &mut self,
        row: &Cells<'_>,
        sender: &Address,
        recipients: &[Address],
        tiles: &mut Tiles<'_>,
    ) -> Result<u32, ReadError> {
        let owner = self.owner.clone();
        let others: Vec<&Address> = recipients
            .iter()
            .rev()
            .chain([sender])
            .rev()
            .filter(|one| !one.is_empty() && !same(one, &owner))
            .collect();
        let name = |one: &Address| {
            if one.name.is_empty() {
                one.address.clone()
            } else {
                one.name.clone()
            }
        };
        let mut key = row.get("CONVERSATION ID");
        if key.is_empty() {
            let mut names: Vec<String> = others.iter().map(|one| name(one)).collect();
            names.sort();
            key = names.join("\n");
        }
        let title = || {
            let title = row.get("CONVERSATION TITLE").trim().to_owned();
            let names = || others.iter().map(|one| name(one)).collect::<Vec<_>>();
            let title = Some(title).filter(|title| !title.is_empty());
            let title = title.unwrap_or_else(|| names().join(", "));
            (title, Some(recipients.len() > 1))
        };
        self.threads.of(tiles, &key, title)
    }
}

/// Whether two are one person here: the same profile, or without profiles the same name.
fn same(one: &Address, other: &Address) -> bool {
    if one.address.is_empty() || other.address.is_empty() {
        one.name == other.name
    } else {
        one.address == other.address
    }
}

/// `2023-04-22 08:18:59 UTC`. What names no zone is a clock's time; anything else is no time.
fn set_date(bytes: &[u8], cell: &Cell, record: &mut Record) {
    let (date, _) = text_of(bytes, cell);
    let written = bytes.get(cell.clone()).unwrap_or_default();
    // As it stands there: what is no UTF-8 is longer once it is read.
    let lead = usize::from(written.first() == Some(&b'"'));
    let bare = written.get(lead..).unwrap_or_default();
    let bare = bare
        .strip_suffix(b"\"")
        .filter(|_| lead > 0)
        .unwrap_or(bare);
    set_written(record, cell.start.saturating_add(lead), bare);
    let date = date.trim();
    let zoned = date.strip_suffix("UTC").map(str::trim);
    let read = |text: &str| {
        ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]
            .iter()
            .find_map(|form| chrono::NaiveDateTime::parse_from_str(text, form).ok())
            .map(|date| date.and_utc().timestamp())
    };
    if let Some(seconds) = read(zoned.unwrap_or(date)) {
        record.time = match zoned {
            Some(_) => Time::Instant {
                seconds,
                offset_minutes: Some(0),
            },
            None => Time::Local(seconds),
        };
    } else if let Ok(date) = chrono::DateTime::parse_from_rfc3339(date) {
        record.time = Time::Instant {
            seconds: date.timestamp(),
            offset_minutes: i16::try_from(date.offset().local_minus_utc() / 60).ok(),
        };
    } else {
        record
            .extra
            .notes
            .push("Its date is not written as LinkedIn writes dates.".into());
    }
}

/// The files a message names; the export holds none of them.
fn attachments(cell: &str) -> Vec<Attachment> {
    let addresses = cell.contains("://");
    cell.split(|sign: char| addresses && (sign.is_whitespace() || sign == ','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| Attachment {
            name: name.into(),
            state: AttachmentState::Missing,
            item: None,
            media: String::new(),
            content_type: String::new(),
            within: None,
        })
        .collect()
}
