//! The language of searches and filters, the same on the screen and on the command line.
//!
//! | written | finds |
//! |---|---|
//! | `budget meeting` | both words, anywhere in the message |
//! | `"budget meeting"` | the words in a row; so does `budget-meeting` |
//! | `budg*` | words that begin so |
//! | `budget OR cost`, `-lunch`, `NOT lunch`, `( … )` | either; without; grouped |
//! | `/PO-[0-9]{6}/` | a regular expression over the text, any case (`(?-i)` for exact case); `^` and `$` are its beginning and end |
//! | `from:ann`, `from:"Ann Other"`, `from:me` | part of a name, number or address of the sender, on whatever channel where it was joined; the custodian |
//! | `from:#12`, `with:#12` | the person of this number, as `docket people` lists them |
//! | `from:colleague`, `from:outsider`, `org:treasury` | what was said of the sender: what they are, part of the name of their organisation |
//! | `to:ann`, `to:me`, `cc:ann`, `bcc:ann` | part of the name or address of someone it was addressed to, in whatever way; in copy; in hidden copy |
//! | `with:ann`, `with:colleague`, `with:me` | threads in which such a person sent or was sent something |
//! | `in:cabinet`, `in:12` | part of the thread's title; the thread of that number |
//! | `subject:budget`, `label:inbox` | part of the subject; part of a label or folder it was kept under |
//! | `on:2021-03-05`, `on:2021-03`, `on:2021` | that day, month or year in the case's time zone |
//! | `after:2021-03-05`, `before:2021-03` | later than the end of it; earlier than its beginning |
//! | `is:undecided`, `is:official` …, `is:decided` | by decision |
//! | `is:countersigned`, `is:disagreed`, `is:upheld`, `is:lapsed` | by what a second reviewer said of the decision |
//! | `by:ann`, `countersigned-by:bo`, `disagreed-by:bo` | decided by the reviewer of that name; with that second reviewer's word |
//! | `is:system`, `is:edited`, `is:reply`, `is:forwarded`, `is:unsent` … | by what the message is; see [`Is`] |
//! | `has:attachment`, `has:picture`, `has:missing`, `has:link`, `has:note`, `has:mask` | by what it holds or has; see [`Has`] |
//! | `flag:privileged`, `reason:family`, `note:budget` | by flag; by the code of a reason; part of a reviewer's note |
//! | `has:finding`, `finding:nhs`, `finding:health`, `finding:open` | by what detectors point at that nobody dismissed: any, of one detector, of one kind of data; by what was said of it |
//! | `kind:poll`, `channel:whatsapp`, `source:2`, `source:chat.zip` | by kind, app or export |
//!
//! Words standing side by side must all be there. Case and accents do not matter, nor does the
//! order of terms. `OR` binds weaker than standing side by side, `-` stronger. Values with spaces
//! or signs are put in quotes, in which `\"` is a quote and `\\` a backslash; quotes also make a
//! plain word of `OR`, and a title of a number: `in:"12"`.

mod find;
mod leaves;
mod parse;
mod who;

pub(crate) use find::Asked;
pub use leaves::Leaf;
pub(super) use parse::nearest as nearest_word;

pub(in crate::review) use find::midnight;

use crate::case::second::Stand;
use crate::case::{Field, FileKind, Pattern};
use crate::model::{Decision, Flag, Kind, ParticipantId, Relation};
use crate::review::findings::Term;
use std::fmt;
use std::ops::Range;

/// The longest query, in bytes.
pub const MAX_QUERY: usize = 10_000;
/// The longest regular expression, in bytes.
pub const MAX_PATTERN: usize = 1_000;

/// The language in a few lines, for a help: what is written, and what it finds.
pub const GUIDE: &[(&str, &str)] = &[
    (
        "budget plan",
        "both words, in any case, with or without accents",
    ),
    ("\"budget plan\"", "the words in a row"),
    ("budg*", "words that begin so"),
    ("/b[au]dget/", "a regular expression"),
    (
        "from:ann",
        "part of the sender's name; from:me is the custodian",
    ),
    (
        "to:ann cc:ann bcc:ann",
        "part of the name or address of someone it was addressed to, in whatever way; in copy; in \
         hidden copy; also to:me",
    ),
    ("with:ann", "threads that such a person takes part in"),
    (
        "in:cabinet",
        "part of the thread's title; in:3 is the thread's number",
    ),
    ("subject:budget", "part of the subject of a mail or text"),
    ("label:inbox", "part of a label or folder it was kept under"),
    (
        "channel:email",
        "the app; source:2 the export, by number or name",
    ),
    (
        "on:2021-03-05 after:2021-03 before:2021",
        "that day, month or year; later than its end; earlier than its beginning",
    ),
    (
        "is:undecided",
        "or official, personal, mixed, context, refer, decided; sent, received, unsent, reply, \
         forwarded, edited, deleted, system, damaged, undated ...",
    ),
    (
        "is:proposed",
        "as context: undecided, and answered or quoted by what is official or mixed",
    ),
    (
        "is:countersigned",
        "or disagreed, upheld, lapsed: what a second reviewer said of the decision",
    ),
    (
        "by:ann countersigned-by:bo disagreed-by:bo",
        "decided by the reviewer of that name; with that second reviewer's word",
    ),
    (
        "has:attachment",
        "or picture, document, voice, video; missing: a file that no export holds; link, \
         reaction, flag, reason, note, remark",
    ),
    (
        "flag:hold reason:family note:budget",
        "with that flag; for the reason of that code; part of a reviewer's note",
    ),
    (
        "has:finding finding:nhs",
        "where a detector points at personal data; by detector, or kind of data (health, contact, \
         money ...); finding:open, confirmed, dismissed",
    ),
    (
        "kind:poll",
        "or text, call, location, contact, view-once ...",
    ),
    ("-lunch", "without it"),
    ("(budget OR cost) from:ann", "either, and grouped"),
];

/// A query that can be asked. Its display is the canonical text, which parses to the same query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    expr: Expr,
}

/// Why a text is no query, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// The bytes of the text that the message is about; empty at the end for what is missing.
    pub at: Range<usize>,
    /// What is wrong and what to write instead, for a person, in one line. Holds parts of the
    /// query: show it through [`crate::text`].
    pub message: String,
}

impl Query {
    /// The query that finds every message.
    pub fn all() -> Query {
        Query { expr: Expr::All }
    }

    /// Reads a query. Blank text finds every message.
    ///
    /// # Errors
    /// [`QueryError`] with the place and what to write instead.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        parse::parse(text, false)
    }

    /// Reads a query that is still being typed: the word at its very end is taken as the beginning
    /// of a word, as the canonical text then shows with `*`. A single letter stands for itself.
    ///
    /// # Errors
    /// As [`Query::parse`].
    pub fn live(text: &str) -> Result<Query, QueryError> {
        parse::parse(text, true)
    }

    /// Whether it finds every message, whatever the case holds.
    pub fn is_all(&self) -> bool {
        self.expr == Expr::All
    }

    /// The words and patterns that a hit's text shows, for marking them. Those under `-` are not
    /// among them.
    pub fn marks(&self) -> Vec<Mark<'_>> {
        let mut marks = Vec::new();
        self.expr.collect_marks(&mut marks);
        marks
    }

    /// Whether it asks after findings, which are looked for when they are first asked for.
    pub(crate) fn asks_findings(&self) -> bool {
        self.expr.asks_findings()
    }

    fn expr(&self) -> &Expr {
        &self.expr
    }
}

impl std::str::FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Query, QueryError> {
        Query::parse(text)
    }
}

/// As [`Query::parse`].
///
/// # Errors
/// As [`Query::parse`].
pub fn parse(text: &str) -> Result<Query, QueryError> {
    Query::parse(text)
}

/// Something that stands in the text of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark<'a> {
    /// Words in a row as typed; where `prefix`, the last is only a word's beginning. Compare them
    /// with [`crate::text::words`].
    Words {
        /// As typed.
        text: &'a str,
        /// Whether the last word is only a beginning.
        prefix: bool,
    },
    /// A regular expression; compile it with [`pattern`].
    Pattern(&'a str),
}

/// Compiles a query's regular expression: letters match in either case, `^` and `$` are the
/// message's beginning and end.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn pattern(text: &str) -> Result<Pattern, String> {
    Pattern::regex(text, true).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "it grows too large; use smaller counts".into(),
        other => {
            // The last line of the long form says what; the lines before draw where.
            let long = other.to_string();
            let last = long.lines().last().unwrap_or_default();
            last.trim_start_matches("error: ").to_owned()
        }
    })
}

/// A query's tree. Built by [`Expr::and`], [`Expr::or`] and [`Expr::not`], which keep one form for
/// what means the same grouping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expr {
    /// Every message.
    All,
    /// All of them; at least two, none of them an `And` or `All`.
    And(Vec<Expr>),
    /// At least one of them; at least two, none of them an `Or`.
    Or(Vec<Expr>),
    /// Every message but these.
    Not(Box<Expr>),
    /// Words in a row.
    Words { text: String, prefix: bool },
    /// A regular expression.
    Pattern(String),
    /// A part of the sender's name or number.
    From(String),
    /// The custodian as sender.
    FromMe,
    /// A sender who is this to the custodian.
    FromRelation(Relation),
    /// The person of this number as sender.
    FromPerson(ParticipantId),
    /// A part of the name of the sender's organisation.
    Organisation(String),
    /// A part of the name or address of someone it was addressed to, in whatever way.
    To(String),
    /// The custodian among those it was addressed to.
    ToMe,
    /// A part of a value that some messages have: someone in copy, a subject, a label.
    Value(Field, String),
    /// A part of the thread's title.
    In(String),
    /// A thread by its number, or by a part of its title where no thread has that number.
    InNumber(u32),
    /// A part of the name or number of someone in the thread.
    With(String),
    /// The person of this number in the thread.
    WithPerson(ParticipantId),
    /// Someone in the thread who is this to the custodian.
    WithRelation(Relation),
    /// Within a day, month or year.
    On(Period),
    /// Later than its end.
    After(Period),
    /// Earlier than its beginning.
    Before(Period),
    /// What the message is.
    Is(Is),
    /// What the message holds.
    Has(Has),
    /// A finding of it.
    Finding(Term),
    /// Its kind.
    Kind(Kind),
    /// This flag.
    Flag(Flag),
    /// The code of the reason of its decision, or of a flag.
    Reason(String),
    /// A part of a reviewer's note on it.
    Note(String),
    /// The name of whoever decided it, or a part of it.
    By(String),
    /// The name of whoever countersigned it.
    CountersignedBy(String),
    /// The name of whoever disagreed, answered or not.
    DisagreedBy(String),
    /// A part of the app's name.
    Channel(String),
    /// A part of the export's path.
    Source(String),
    /// An export by its number.
    SourceNumber(u32),
}

impl Expr {
    pub(crate) fn and(parts: Vec<Expr>) -> Expr {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Expr::And(inner) => flat.extend(inner),
                Expr::All => {}
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Expr::All,
            1 => flat.pop().unwrap_or(Expr::All),
            _ => Expr::And(flat),
        }
    }

    pub(crate) fn or(parts: Vec<Expr>) -> Expr {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Expr::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Expr::All,
            1 => flat.pop().unwrap_or(Expr::All),
            _ => Expr::Or(flat),
        }
    }

    pub(crate) fn not(inner: Expr) -> Expr {
        Expr::Not(Box::new(inner))
    }

    /// Whether some part of it asks after findings.
    fn asks_findings(&self) -> bool {
        match self {
            Expr::And(parts) | Expr::Or(parts) => parts.iter().any(Expr::asks_findings),
            Expr::Not(inner) => inner.asks_findings(),
            Expr::Finding(_) | Expr::Has(Has::Finding) => true,
            _ => false,
        }
    }

    fn collect_marks<'a>(&'a self, marks: &mut Vec<Mark<'a>>) {
        match self {
            Expr::And(parts) | Expr::Or(parts) => {
                parts.iter().for_each(|part| part.collect_marks(marks));
            }
            Expr::Words { text, prefix } => marks.push(Mark::Words {
                text,
                prefix: *prefix,
            }),
            Expr::Pattern(pattern) => marks.push(Mark::Pattern(pattern)),
            _ => {}
        }
    }
}

/// A day, a month or a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) year: i32,
    pub(crate) month: Option<u32>,
    /// Only with a month.
    pub(crate) day: Option<u32>,
}

impl Period {
    /// Its first day, and the day after its last; `None` where there is no such date.
    pub(crate) fn days(self) -> Option<(chrono::NaiveDate, chrono::NaiveDate)> {
        let first = chrono::NaiveDate::from_ymd_opt(
            self.year,
            self.month.unwrap_or(1),
            self.day.unwrap_or(1),
        )?;
        let after = match (self.month, self.day) {
            (_, Some(_)) => first.succ_opt()?,
            (Some(_), None) => first.checked_add_months(chrono::Months::new(1))?,
            (None, None) => first.checked_add_months(chrono::Months::new(12))?,
        };
        Some((first, after))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{month:02}")?;
        }
        if let Some(day) = self.day {
            write!(f, "-{day:02}")?;
        }
        Ok(())
    }
}

/// What can follow `is:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    /// `is:undecided`, `is:official` ...: stands so. Lines of the app and unreadable bytes are none
    /// of them.
    Standing(Decision),
    /// `is:decided`: anything but undecided.
    Decided,
    /// `is:countersigned`, `is:disagreed`, `is:upheld`, `is:lapsed`: by a second reviewer's word.
    Second(Stand),
    /// `is:proposed`: as context: undecided, and answered or quoted by what is official or mixed.
    Proposed,
    /// `is:system`: a line of the app.
    System,
    /// `is:unreadable`: bytes that no message could be made of.
    Unreadable,
    /// `is:deleted`: the place of a deleted message.
    Deleted,
    /// `is:edited`: the export says that the text was edited.
    Edited,
    /// `is:damaged`: some bytes are not text.
    Damaged,
    /// `is:ambiguous`: its clock time happened twice that night, or not at all.
    Ambiguous,
    /// `is:pasted`: a line inside looks like another message's beginning.
    Pasted,
    /// `is:disputed`: a later export tells it differently.
    Disputed,
    /// `is:sent`: by the custodian, where that is known.
    Sent,
    /// `is:received`: from another, where the custodian is known.
    Received,
    /// `is:reply`: answers another message, as the export says.
    Reply,
    /// `is:forwarded`: was forwarded from somewhere else.
    Forwarded,
    /// `is:unsent`: a draft, or one that failed or still waits.
    Unsent,
    /// `is:undated`: the export gives no time.
    Undated,
}

impl Is {
    /// All of them, in the order a help shows them.
    pub const ALL: [Is; 26] = [
        Is::Standing(Decision::Undecided),
        Is::Standing(Decision::Official),
        Is::Standing(Decision::Personal),
        Is::Standing(Decision::Mixed),
        Is::Standing(Decision::Context),
        Is::Standing(Decision::Refer),
        Is::Decided,
        Is::Second(Stand::Countersigned),
        Is::Second(Stand::Disagreed),
        Is::Second(Stand::Upheld),
        Is::Second(Stand::Lapsed),
        Is::Proposed,
        Is::Sent,
        Is::Received,
        Is::Unsent,
        Is::Reply,
        Is::Forwarded,
        Is::Edited,
        Is::Deleted,
        Is::System,
        Is::Unreadable,
        Is::Damaged,
        Is::Ambiguous,
        Is::Pasted,
        Is::Disputed,
        Is::Undated,
    ];

    /// The word after `is:`.
    pub fn name(self) -> &'static str {
        match self {
            Is::Standing(decision) => decision.name(),
            Is::Decided => "decided",
            Is::Second(stand) => stand.name(),
            Is::Proposed => "proposed",
            Is::System => "system",
            Is::Unreadable => "unreadable",
            Is::Deleted => "deleted",
            Is::Edited => "edited",
            Is::Damaged => "damaged",
            Is::Ambiguous => "ambiguous",
            Is::Pasted => "pasted",
            Is::Disputed => "disputed",
            Is::Sent => "sent",
            Is::Received => "received",
            Is::Reply => "reply",
            Is::Forwarded => "forwarded",
            Is::Unsent => "unsent",
            Is::Undated => "undated",
        }
    }
}

/// What can follow `has:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    /// `has:attachment`: a file, in the export or left out of it.
    Attachment,
    /// `has:picture`, `has:document`, `has:voice`, `has:video`: a file of that kind; `has:missing`:
    /// one that no export holds.
    File(FileKind),
    /// `has:link`: a web address in the text.
    Link,
    /// `has:reaction`: a sign that somebody put on it.
    Reaction,
    /// `has:flag`: a flag that a reviewer put on it.
    Flag,
    /// `has:reason`: its decision has a reason, or a flag of it.
    Reason,
    /// `has:note`: a reviewer's note on it or, at its first message, on its thread.
    Note,
    /// `has:mask`: a part of it is masked or withheld.
    Mask,
    /// `has:finding`: a detector points at something in it, and nobody dismissed it.
    Finding,
    /// `has:remark`: something a careful reader should know of it, found while it was read.
    Remark,
}

impl Has {
    /// All of them.
    pub const ALL: [Has; 14] = [
        Has::Attachment,
        Has::File(FileKind::Picture),
        Has::File(FileKind::Document),
        Has::File(FileKind::Voice),
        Has::File(FileKind::Video),
        Has::File(FileKind::Missing),
        Has::Link,
        Has::Reaction,
        Has::Flag,
        Has::Reason,
        Has::Note,
        Has::Mask,
        Has::Finding,
        Has::Remark,
    ];

    /// The word after `has:`.
    pub fn name(self) -> &'static str {
        match self {
            Has::Attachment => "attachment",
            Has::File(kind) => kind.name(),
            Has::Link => "link",
            Has::Reaction => "reaction",
            Has::Flag => "flag",
            Has::Reason => "reason",
            Has::Note => "note",
            Has::Mask => "mask",
            Has::Finding => "finding",
            Has::Remark => "remark",
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::All => Ok(()),
            Expr::And(parts) => {
                for (place, part) in parts.iter().enumerate() {
                    if place > 0 {
                        f.write_str(" ")?;
                    }
                    match part {
                        Expr::Or(_) => write!(f, "({part})")?,
                        _ => write!(f, "{part}")?,
                    }
                }
                Ok(())
            }
            Expr::Or(parts) => {
                for (place, part) in parts.iter().enumerate() {
                    if place > 0 {
                        f.write_str(" OR ")?;
                    }
                    write!(f, "{part}")?;
                }
                Ok(())
            }
            Expr::Not(inner) => match inner.as_ref() {
                Expr::And(_) | Expr::Or(_) | Expr::Not(_) => write!(f, "-({inner})"),
                _ => write!(f, "-{inner}"),
            },
            Expr::Words { text, prefix } => {
                if parse::is_plain_word(text) {
                    f.write_str(text)?;
                } else {
                    quoted(f, text)?;
                }
                f.write_str(if *prefix { "*" } else { "" })
            }
            Expr::Pattern(pattern) => {
                f.write_str("/")?;
                let mut escaped = false;
                for c in pattern.chars() {
                    if c == '/' && !escaped {
                        f.write_str("\\")?;
                    }
                    escaped = c == '\\' && !escaped;
                    write!(f, "{c}")?;
                }
                f.write_str("/")
            }
            Expr::From(name) => value(f, "from", name, parse::is_said(name)),
            Expr::FromPerson(number) => write!(f, "from:#{number}"),
            Expr::WithPerson(number) => write!(f, "with:#{number}"),
            Expr::FromMe => f.write_str("from:me"),
            Expr::FromRelation(relation) => write!(f, "from:{}", relation.name()),
            Expr::Organisation(name) => value(f, "org", name, false),
            Expr::To(name) => value(f, "to", name, name.eq_ignore_ascii_case("me")),
            Expr::ToMe => f.write_str("to:me"),
            Expr::Value(field, part) => value(f, field_name(*field), part, false),
            Expr::In(title) => value(f, "in", title, parse::number(title).is_some()),
            Expr::InNumber(number) => write!(f, "in:{number}"),
            Expr::With(name) => value(f, "with", name, parse::is_said(name)),
            Expr::WithRelation(relation) => write!(f, "with:{}", relation.name()),
            Expr::On(period) => write!(f, "on:{period}"),
            Expr::After(period) => write!(f, "after:{period}"),
            Expr::Before(period) => write!(f, "before:{period}"),
            Expr::Is(is) => write!(f, "is:{}", is.name()),
            Expr::Has(has) => write!(f, "has:{}", has.name()),
            Expr::Finding(term) => write!(f, "finding:{}", term.name()),
            Expr::Kind(kind) => write!(f, "kind:{}", kind.name()),
            Expr::Flag(flag) => write!(f, "flag:{}", flag.name()),
            Expr::Reason(code) => value(f, "reason", code, false),
            Expr::Note(part) => value(f, "note", part, false),
            Expr::By(name) => value(f, "by", name, false),
            Expr::CountersignedBy(name) => value(f, "countersigned-by", name, false),
            Expr::DisagreedBy(name) => value(f, "disagreed-by", name, false),
            Expr::Channel(name) => value(f, "channel", name, false),
            Expr::Source(path) => value(f, "source", path, parse::number(path).is_some()),
            Expr::SourceNumber(number) => write!(f, "source:{number}"),
        }
    }
}

/// The word before the colon.
fn field_name(field: Field) -> &'static str {
    match field {
        Field::To => "to",
        Field::Cc => "cc",
        Field::Bcc => "bcc",
        Field::Subject => "subject",
        Field::Label => "label",
    }
}

fn value(f: &mut fmt::Formatter<'_>, field: &str, value: &str, must_quote: bool) -> fmt::Result {
    write!(f, "{field}:")?;
    if must_quote || !parse::is_plain_value(value) {
        quoted(f, value)
    } else {
        f.write_str(value)
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            f.write_str("\\")?;
        }
        write!(f, "{c}")?;
    }
    f.write_str("\"")
}
