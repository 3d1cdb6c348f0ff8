//! `completeness.json`: the balance, as it is written and as it is read again.

use super::counts::{Counts, MailCounts};
use super::profile::ProfileRow;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The form of bundles that this docket writes.
pub(super) const FORM: u32 = 4;

/// `completeness.json`: every message of the case is in exactly one part, for each source, thread
/// and day. Fields are never renamed or taken away; new ones may come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completeness {
    /// The form of the bundle: `FORM`; 2 in those without a custody chain and the tables of files;
    /// 1 in those that have no rules here and may lack tables or their last columns.
    pub docket_bundle: u32,
    /// `whole`, or `partial` where undecided or referred messages were left behind.
    pub set: String,
    /// The zone that days are in.
    pub zone: String,
    /// The rule that the numbers keep.
    pub rule: String,
    /// The case.
    pub total: Counts,
    /// Mails among what is handed over, and how many of them are here as they were.
    #[serde(default)]
    pub mail: MailCounts,
    /// What the second look came to, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_look: Option<SecondLook>,
    /// The rules that decided something that is handed over; `None` in the first form.
    #[serde(default)]
    pub rules: Option<Vec<RuleRow>>,
    /// What decided what is here; `None` in forms before the third, here and below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<Filters>,
    /// Where no export has anything of a thread for at least thirty days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gaps: Option<Vec<Gap>>,
    /// Which exports may have been cut off by the app that made them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<Vec<Cap>>,
    /// Of an export: its form and its files; `None` in a records bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<ExportRow>,
    /// The profile that it was made by, where it was by any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileRow>,
    /// Per source.
    pub sources: Vec<SourceRow>,
    /// Per thread.
    pub threads: Vec<ThreadRow>,
    /// Per source, thread and day.
    pub days: Vec<DayRow>,
}

/// One source of [`Completeness`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRow {
    /// `source-0001`.
    pub source: String,
    /// Its messages that no earlier source had.
    #[serde(flatten)]
    pub counts: Counts,
}

/// One thread of [`Completeness`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadRow {
    /// `thread-0001`.
    pub thread: String,
    /// Its messages.
    #[serde(flatten)]
    pub counts: Counts,
}

/// One source, thread and day of [`Completeness`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRow {
    /// `source-0001`.
    pub source: String,
    /// `thread-0001`.
    pub thread: String,
    /// The local day, or `undated`.
    pub day: String,
    /// Its messages.
    #[serde(flatten)]
    pub counts: Counts,
}

/// What an export says of itself in `completeness.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportRow {
    /// [`crate::bundle::forms::Form::name`].
    pub form: String,
    /// `open`, `closed`, or `both`.
    pub edition: String,
    /// The files that hold the messages, with how many each holds: together all that are handed over.
    pub files: Vec<HoldsRow>,
}

/// A file that holds messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldsRow {
    /// Its path in the bag.
    pub path: String,
    /// Messages in it.
    pub messages: u64,
}

/// What decided which messages are in a bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filters {
    /// The decisions that are handed over.
    pub decisions: Vec<String>,
    /// What else is: the lines of the app.
    pub lines: String,
    /// Whether undecided and referred messages were left behind.
    pub partial: bool,
    /// How many messages stay because they are on hold; they are counted as referred.
    pub on_hold: u64,
    /// How many stay because their second look is missing; they are counted as referred.
    pub awaiting_second: u64,
    /// Whether the reviewers' notes are here.
    pub notes: bool,
}

/// Days on which no export has any message of a thread, between two on which one has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// `thread-0001`.
    pub thread: String,
    /// The last day before it that has a message.
    pub after: NaiveDate,
    /// The first day after it that has one.
    pub before: NaiveDate,
    /// Days without any, between them.
    pub days: i64,
}

/// What an app is known to put into one export at most, beside what this one has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// `source-0001`.
    pub source: String,
    /// The most messages of an export with files.
    pub with_files: u64,
    /// The most messages of an export without.
    pub without_files: u64,
    /// Messages in this one, lines of the app included.
    pub messages: u64,
    /// Whether it has about as many as one of the two, so that older messages may be missing.
    pub reached: bool,
}

/// One rule of [`super::Completeness`], as it stood when it decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRow {
    /// Its number in the case.
    pub rule: u32,
    /// What it decided.
    pub decision: String,
    /// The code of its reason; empty where it has none.
    pub reason: String,
    /// How many messages that are handed over stand as it decided.
    pub messages: u64,
    /// What it finds; `None` where that would name what is not handed over: it is kept in the case.
    pub text: Option<String>,
}

/// What the second look at a case came to, in numbers: no name, no query and no message of what
/// stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SecondLook {
    /// What needs a countersign: `none`, `mixed`, `sample` or `all`.
    pub needed: String,
    /// Messages of the whole case that a second reviewer agrees with.
    pub countersigned: u64,
    /// Disagreements that were left open.
    pub open: u64,
    /// Disagreements that were answered: the decision stands.
    pub upheld: u64,
    /// The samples for quality, in the order they were drawn.
    pub samples: Vec<SampleRow>,
}

/// One sample of [`SecondLook`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SampleRow {
    /// How many decisions it was drawn from.
    pub population: u32,
    /// How many were drawn.
    pub drawn: u32,
    /// How many were decided a second time.
    pub looked_at: u32,
    /// Whether the first decision was hidden until then.
    pub blind: bool,
    /// How many agree.
    pub agreed: u32,
    /// Their share, with the bounds of its 95% interval.
    pub rate: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
    /// Of those looked at, how many were called personal.
    pub personal: u32,
    /// How many of those the second look would hand over: elusion.
    pub eluded: u32,
    /// Their share, with the bounds of its 95% interval.
    pub elusion: f64,
    /// The lower bound.
    pub elusion_low: f64,
    /// The upper bound.
    pub elusion_high: f64,
}
