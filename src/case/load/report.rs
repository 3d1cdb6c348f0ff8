//! What loading an export brought, as a person and a program are told.

use crate::case::source::{ClockShift, Source, SourceItem};
use crate::case::store::Store;
use crate::case::zone;
use crate::import::DateOrder;
use crate::model::{SourceId, ThreadId};
use serde::Serialize;
use std::collections::BTreeMap;

/// What became of one export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome", content = "reason")]
pub enum Outcome {
    /// It was loaded; it may have brought nothing new.
    Loaded,
    /// The case has these very bytes already.
    AlreadyKnown,
    /// A source of the case was read again with another order of dates.
    ReadAgain,
    /// A file that stands in a folder that was given, and is no export. Says why.
    NotAnExport(String),
    /// It could not be loaded; nothing of it is in the case. Says why, and what to do.
    Refused(String),
}

/// What loading one export brought. Its JSON form is what `docket import --json` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceReport {
    /// The path as given.
    pub path: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Its number in the case; `None` where it is not in it.
    pub source: Option<SourceId>,
    /// The importer's name; empty where no importer knows it.
    pub format: String,
    /// The importer's version.
    pub importer_version: u32,
    /// Of the bytes as given; empty where they were not read.
    pub sha256: String,
    /// Messages read, system lines and unreadable spans included.
    pub messages: u32,
    /// How many of them are system lines.
    pub system: u32,
    /// How many of them are spans that no message could be made of.
    pub exceptions: u32,
    /// Messages with bytes that are not text.
    pub undecodable: u32,
    /// Bytes of the items that hold messages.
    pub bytes: u64,
    /// Bytes in messages.
    pub bytes_in_messages: u64,
    /// Bytes of the format's own structure.
    pub bytes_in_structure: u64,
    /// Bytes in listed exceptions.
    pub bytes_in_exceptions: u64,
    /// How many threads it tells of.
    pub threads: u32,
    /// Their numbers in the case.
    pub thread_ids: Vec<ThreadId>,
    /// The order of dates, where dates are three numbers.
    pub date_order: Option<DateOrder>,
    /// What that order rests on.
    pub date_order_basis: String,
    /// Whether it was taken without proof: a person should settle it.
    pub date_order_assumed: bool,
    /// Messages that the case did not have.
    pub new: u32,
    /// Messages that it had already.
    pub already_known: u32,
    /// The earliest time in it: RFC 3339 with the offset used.
    pub first: Option<String>,
    /// The latest time in it: RFC 3339 with the offset used.
    pub last: Option<String>,
    /// How many messages of the case it tells differently, by how.
    pub disagreements: BTreeMap<&'static str, u32>,
    /// Threads in which its clock differs from that of the exports loaded before.
    pub clocks: Vec<ClockShift>,
    /// Its files.
    pub items: Vec<SourceItem>,
    /// What a reader of it should know, one sentence each.
    pub notes: Vec<String>,
    /// Whether an export of another format stands in it that was not read; the notes say which.
    pub holds_more: bool,
}

impl SourceReport {
    pub(super) fn nothing(path: String, outcome: Outcome) -> SourceReport {
        SourceReport {
            path,
            outcome,
            source: None,
            format: String::new(),
            importer_version: 0,
            sha256: String::new(),
            messages: 0,
            system: 0,
            exceptions: 0,
            undecodable: 0,
            bytes: 0,
            bytes_in_messages: 0,
            bytes_in_structure: 0,
            bytes_in_exceptions: 0,
            threads: 0,
            thread_ids: Vec::new(),
            date_order: None,
            date_order_basis: String::new(),
            date_order_assumed: false,
            new: 0,
            already_known: 0,
            first: None,
            last: None,
            disagreements: BTreeMap::new(),
            clocks: Vec::new(),
            items: Vec::new(),
            notes: Vec::new(),
            holds_more: false,
        }
    }

    /// The report on a source that the case holds.
    pub(super) fn of(
        source: &Source,
        path: String,
        outcome: Outcome,
        store: &Store,
    ) -> SourceReport {
        let at = |time: Option<i64>| time.and_then(|time| zone::rfc3339_in(time, store.zone()));
        let mut disagreements: BTreeMap<&'static str, u32> = BTreeMap::new();
        for (what, count) in store.differing(source.id) {
            disagreements.insert(what.name(), count);
        }
        SourceReport {
            source: Some(source.id),
            format: source.format.clone(),
            importer_version: source.importer_version,
            sha256: source.sha256.clone(),
            messages: source.messages,
            system: source.system,
            exceptions: source.exceptions,
            undecodable: source.undecodable,
            bytes: source.balance.bytes,
            bytes_in_messages: source.balance.in_messages,
            bytes_in_structure: source.balance.in_structure,
            bytes_in_exceptions: source.balance.in_exceptions,
            threads: u32::try_from(source.threads.len()).unwrap_or(u32::MAX),
            thread_ids: source.threads.clone(),
            date_order: source.date_order,
            date_order_basis: source.date_order_basis.clone(),
            date_order_assumed: source.date_order_assumed,
            new: source.new,
            already_known: source.already_known,
            first: at(source.first),
            last: at(source.last),
            disagreements,
            clocks: source.clocks.clone(),
            items: source.items.clone(),
            notes: source.notes.clone(),
            holds_more: source.holds_more,
            ..SourceReport::nothing(path, outcome)
        }
    }

    /// The report on bytes that the case has already: nothing new.
    pub(super) fn known(source: &Source, path: String, store: &Store) -> SourceReport {
        SourceReport {
            new: 0,
            already_known: source.messages,
            disagreements: BTreeMap::new(),
            clocks: Vec::new(),
            ..SourceReport::of(source, path, Outcome::AlreadyKnown, store)
        }
    }
}
