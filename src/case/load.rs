//! Import: from exports as given to messages in the case.

use super::ledger::Actor;
use super::store::SourceItem;
use super::{Case, CaseError, Progress};
use crate::import::{DateOrder, ReadOptions};
use crate::model::{SourceId, ThreadId};
use serde::Serialize;
use std::path::PathBuf;

/// What the person who loads exports may settle beforehand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Handed to the importers.
    pub read: ReadOptions,
}

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
    /// Its number in the case; `None` where it was refused.
    pub source: Option<SourceId>,
    /// The importer's name; empty where no importer knows it.
    pub format: String,
    /// The importer's version.
    pub importer_version: u32,
    /// Of the bytes as given.
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
    pub disagreements: std::collections::BTreeMap<&'static str, u32>,
    /// Its files.
    pub items: Vec<SourceItem>,
    /// What a reader of it should know, one sentence each.
    pub notes: Vec<String>,
}

pub(super) fn import(
    _case: &Case,
    _given: &[PathBuf],
    _options: &ImportOptions,
    _actor: &Actor,
    _progress: &mut dyn Progress,
) -> Result<Vec<SourceReport>, CaseError> {
    Ok(Vec::new())
}
