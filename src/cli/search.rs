//! `docket search QUERY`.

use super::out::{Out, note};
use super::{Common, End, Failure, time};
use crate::case::marks::{About, Said};
use crate::case::second::Answer;
use crate::case::{Details, Disagree, Message, Source, Store};
use crate::model::{Attachment, Decision, Kind, Marks, Reaction, Recipient, SourceId, Version};
use crate::review::Markings;
use crate::review::beside::{self, Answers, Beside};
use crate::review::query::Query;
use crate::review::{Session, query};
use crate::settings::{Dates, MessageColumn};
use crate::text::{Shown, counted};
use roaring::RoaringBitmap;
use serde::Serialize;
use std::sync::atomic::AtomicBool;

/// Find messages, in the order of their times
///
/// A query is words, all of which a message must hold, and filters:
///
///   budget              the word, in any case, with or without accents
///   "budget plan"       the words in a row
///   budg*               words that begin so
///   /b[au]dget/         a regular expression
///   from:kerr           part of a name, number or address of the sender, on
///                       every channel once joined (docket people)
///   from:me             the custodian; also from:colleague, from:outsider
///   org:treasury        part of the name of the sender's organisation
///   to:kerr             part of the name or address of someone it was
///                       addressed to; to:me; also cc: and bcc:
///   subject:budget      part of the subject; label:inbox  of a label or folder
///   with:kerr           threads in which they sent or were sent something
///   in:cabinet  in:3    part of the thread's title; the thread's number
///   on:2021-03-05       that day; also on:2021-03 and on:2021
///   after:  before:     later than it ends, earlier than it begins
///   is:undecided        or official, personal, mixed, context, refer,
///                       decided, system, sent, received, unsent (drafts),
///                       reply, forwarded, edited, deleted, damaged;
///                       proposed: as context (docket context)
///   has:attachment      names a file; also has:picture, has:document, has:voice,
///                       has:video, and has:missing: one that no export holds
///   has:link            a web address; also has:reaction, has:flag, has:reason,
///                       has:note (yours), has:remark (docket's), has:mask
///   flag:hold           has that flag (docket flag); reason:family  that
///                       reason; note:budget  part of a reviewer's note
///   kind:poll           or text, call, location, contact, view-once ...
///   source:2            the export, by number or name; also channel:whatsapp
///   -word  OR  ( )      not, or, and grouping
///
/// Days are those of the case's time zone. An empty query finds everything.
/// One that begins with - stands after --. Quotation marks need quoting from
/// the shell.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  docket search budget from:kerr after:2021-03
  docket search '\"budget plan\" is:undecided'
  docket search -- '-has:attachment in:cabinet'
  docket search /REF-[0-9]+/ --json"
)]
pub struct Search {
    /// What to find
    #[arg(required = true, value_name = "QUERY")]
    query: Vec<String>,
    /// Print at most this many messages
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u32>,
}

/// The letter of a decision that is not to be told.
const HIDDEN: char = '?';

/// One message, for programs.
#[derive(Serialize)]
struct Row<'a> {
    number: u32,
    thread: u32,
    thread_title: &'a str,
    time: Option<String>,
    time_as_written: String,
    sender: Option<&'a str>,
    direction: &'static str,
    kind: &'static str,
    edited: bool,
    text: &'a str,
    recipients: Vec<Recipient>,
    subject: String,
    message_id: String,
    reply_to: Vec<String>,
    answers: Option<u32>,
    forwarded: Option<String>,
    reactions: Vec<Reaction>,
    versions: Vec<Version>,
    labels: Vec<String>,
    unsent: String,
    time_basis: String,
    attachments: Vec<FileRow<'a>>,
    decision: Option<&'static str>,
    reason: Option<String>,
    decided_by: Option<String>,
    second: Vec<SecondRow>,
    flags: Vec<FlagRow>,
    notes: Vec<NoteRow>,
    source: &'a str,
    item: Option<&'a str>,
    offset: u64,
    length: u32,
    also_in: Vec<AlsoRow<'a>>,
}

impl Row<'_> {
    /// Takes away what tells how it was decided.
    fn hide_decision(&mut self) {
        (self.decision, self.reason, self.decided_by) = (None, None, None);
        self.second.clear();
    }
}

/// A flag of a message.
#[derive(Serialize)]
struct FlagRow {
    flag: &'static str,
    #[serde(flatten)]
    said: Said,
}

/// A reviewer's note on a message, or at its first message on its thread.
#[derive(Serialize)]
struct NoteRow {
    on: &'static str,
    by: String,
    text: String,
}

/// A second reviewer's word on the decision.
#[derive(Serialize)]
struct SecondRow {
    by: String,
    stand: &'static str,
    saw: &'static str,
    would: &'static str,
    text: String,
    answer: Option<Answer>,
}

/// The second words on a message.
fn second(marks: &Markings, message: &Message<'_>) -> Vec<SecondRow> {
    let words = marks.words_on(message.number).into_iter();
    words
        .map(|said| SecondRow {
            by: said.by.to_owned(),
            stand: said.word.stand().name(),
            saw: said.word.saw.name(),
            would: said.word.would.name(),
            text: said.said.text.clone(),
            answer: said.word.answer.clone(),
        })
        .collect()
}

/// The flags and notes of a message.
fn marks(marks: &Markings, message: &Message<'_>) -> (Vec<FlagRow>, Vec<NoteRow>) {
    let (mut flags, mut notes) = (Vec::new(), Vec::new());
    for (about, said) in marks.of(message.number) {
        let (on, by) = match about {
            About::Reason | About::Second { .. } | About::Sampled { .. } => continue,
            About::Flag { flag } => {
                let flag = flag.name();
                let said = said.clone();
                flags.push(FlagRow { flag, said });
                continue;
            }
            About::Note { by } => ("message", by),
            About::ThreadNote { by } => ("thread", by),
        };
        let (by, text) = (by.clone(), said.text.clone());
        notes.push(NoteRow { on, by, text });
    }
    (flags, notes)
}

/// A file of a message.
#[derive(Serialize)]
struct FileRow<'a> {
    #[serde(flatten)]
    file: Attachment,
    /// The export that holds it, where that is not the message's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
}

/// Where a message stands besides.
#[derive(Serialize)]
struct AlsoRow<'a> {
    source: &'a str,
    item: Option<&'a str>,
    offset: u64,
    length: u32,
    differs: Vec<&'static str>,
    /// Its number, where a person said that it is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
    #[serde(flatten)]
    told: Details,
}

/// Reads a query from the words of a command line.
pub fn parse(words: &[String]) -> Result<Query, Failure> {
    let text = words.join(" ");
    query::parse(&text).map_err(|error| {
        Failure::Usage(format!(
            "query: {error}, at column {} of: {text}; docket search --help shows the language",
            text.get(..error.at.start)
                .map_or(0, |before| before.chars().count())
                + 1
        ))
    })
}

impl Search {
    /// Prints the hits as they are read; says on standard error how many there are.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let query = parse(&self.query)?;
        let session = common.session()?;
        let hits = find(&session, &query)?;
        let limit = self.limit.map_or(usize::MAX, |limit| limit as usize);
        list(&session, &hits, limit, out)?;
        if !out.json {
            out.flush()?;
            note(&counted(hits.len(), "message", "messages"));
        }
        Ok(End::Done)
    }
}

/// Prints messages in the order of time, at most so many, with the threads they are in. What a
/// blind sample hides from this reviewer is not told.
pub fn list(
    session: &Session,
    hits: &RoaringBitmap,
    limit: usize,
    out: &mut Out,
) -> Result<(), Failure> {
    let (store, hidden) = (session.store(), session.hidden());
    let (dates, letters) = (out.dates(), out.settings.letters);
    let has_days = out
        .settings
        .printed_columns()
        .contains(&MessageColumn::Date);
    let (mut thread, mut day) = (None, String::new());
    for message in in_time_order(&store, hits).take(limit) {
        if out.json {
            let mut row = row(session, &store, &message);
            if hidden.contains(message.number.0) {
                row.hide_decision();
            }
            out.object(&row)?;
            continue;
        }
        if thread != Some(message.thread) {
            thread = Some(message.thread);
            let title = store
                .thread(message.thread)
                .map_or("", |t| t.title.as_str());
            out.line(&format!("{title}  (in:{})", message.thread))?;
            day.clear();
        }
        if !has_days {
            let own = time::local(message.time, message.offset_minutes);
            let own = own.map_or_else(|| "no date".to_owned(), |time| dates.long(time));
            if own != day {
                out.line(&format!("-- {own}"))?;
                day = own;
            }
        }
        let letter = match decision(session, &message) {
            None => ' ',
            Some(_) if hidden.contains(message.number.0) => HIDDEN,
            Some(decision) => letters.of(decision),
        };
        print(session, letter, &store, &message, out)?;
    }
    Ok(())
}

/// The messages that answer a query.
pub fn find(session: &Session, query: &Query) -> Result<RoaringBitmap, Failure> {
    session
        .search(query, &AtomicBool::new(false))
        .map_err(Failure::refused)
}

fn in_time_order<'a>(
    store: &'a Store,
    hits: &'a RoaringBitmap,
) -> impl Iterator<Item = Message<'a>> {
    store
        .by_time()
        .iter()
        .filter(|number| hits.contains(number.0))
        .filter_map(|number| store.message(number))
}

fn row<'a>(session: &Session, store: &'a Store, message: &Message<'a>) -> Row<'a> {
    let source = store.source(message.source);
    let extra = store.extra(message.number);
    let standing = session.marks();
    let (flags, notes) = marks(&standing, message);
    Row {
        number: message.number.0,
        thread: message.thread.0,
        thread_title: store
            .thread(message.thread)
            .map_or("", |thread| thread.title.as_str()),
        time: time::rfc3339(message.time, message.offset_minutes),
        time_as_written: store.written(message.number),
        sender: sender(store, message),
        direction: session.direction(message.number).name(),
        kind: message.kind.name(),
        edited: message.marks.has(Marks::EDITED),
        text: message.text,
        answers: extra
            .reply_to
            .last()
            .and_then(|name| store.named(name, message.thread))
            .map(|number| number.0),
        recipients: extra.recipients,
        subject: extra.subject,
        message_id: extra.message_id,
        reply_to: extra.reply_to,
        forwarded: extra.forwarded,
        reactions: extra.reactions,
        versions: extra.versions,
        labels: extra.labels,
        unsent: extra.unsent,
        time_basis: extra.time_basis,
        attachments: store
            .attachments(message.number)
            .into_iter()
            .map(|held| FileRow {
                file: held.file,
                source: (held.source != message.source).then(|| path(store, held.source)),
            })
            .collect(),
        decision: decision(session, message).map(Decision::name),
        reason: standing.reason(message.number).map(|one| one.code.clone()),
        decided_by: session.deciders().of(message.number).map(Into::into),
        second: second(&standing, message),
        flags,
        notes,
        source: source.map_or("", |source| source.path.as_str()),
        item: source.and_then(|source| item_name(source, message.item)),
        offset: message.span.offset,
        length: message.span.length,
        also_in: store
            .also_in(message.number)
            .into_iter()
            .map(|also| AlsoRow {
                source: path(store, also.at.source),
                item: store
                    .source(also.at.source)
                    .and_then(|source| item_name(source, also.at.item)),
                offset: also.at.span.offset,
                length: also.at.span.length,
                differs: also.at.differs.iter().map(Disagree::name).collect(),
                number: None,
                told: also.told,
            })
            .chain(
                session
                    .same()
                    .copies_of(message.number)
                    .filter_map(|copy| store.message(copy))
                    .map(|copy| said_same(store, message, &copy)),
            )
            .collect(),
    }
}

/// Where a copy stands that a person said is one.
fn said_same<'a>(store: &'a Store, message: &Message<'_>, copy: &Message<'a>) -> AlsoRow<'a> {
    AlsoRow {
        source: path(store, copy.source),
        item: store
            .source(copy.source)
            .and_then(|source| item_name(source, copy.item)),
        offset: copy.span.offset,
        length: copy.span.length,
        differs: Vec::new(),
        number: Some(copy.number.0),
        told: Details {
            text: (copy.text != message.text).then(|| copy.text.to_owned()),
            ..Details::default()
        },
    }
}

/// The path that an export was given under.
pub fn path(store: &Store, source: SourceId) -> &str {
    store
        .source(source)
        .map_or("", |source| source.path.as_str())
}

/// The name of a file inside an export that has several.
pub fn item_name(source: &Source, item: u32) -> Option<&str> {
    let several = source.items.len() > 1;
    let item = source.items.get(usize::try_from(item).ok()?)?;
    several.then_some(item.name.as_str())
}

/// Who sent a message, as its export shows them.
pub fn sender<'a>(store: &'a Store, message: &Message<'_>) -> Option<&'a str> {
    let participant = store.participant(message.participant?)?;
    Some(participant.name.as_str())
}

/// The decision, where one is made.
fn decision(session: &Session, message: &Message<'_>) -> Option<Decision> {
    let decided = || session.decision(message.number);
    message.kind.is_decidable().then(decided)
}

/// One message for a person: a line that says which it is and, by this letter, how it is decided;
/// then its text.
fn print(
    session: &Session,
    letter: char,
    store: &Store,
    message: &Message<'_>,
    out: &mut Out,
) -> Result<(), Failure> {
    let kind = match message.kind {
        Kind::Text => String::new(),
        kind => format!("  ({})", kind.name()),
    };
    let columns = out.settings.printed_columns();
    let time = column_time(out.dates(), columns, message);
    let sender = columns.contains(&MessageColumn::Sender);
    let sender = sender.then(|| self::sender(store, message).unwrap_or("-"));
    let mut head = format!("{letter} {:>7}", message.number.0);
    for cell in [time.as_deref(), sender].into_iter().flatten() {
        head += &format!("  {cell}");
    }
    out.shown(&Shown::line(&(head + &kind)).cut(out.width()))?;
    let extra = store.extra(message.number);
    let (flags, notes) = marks(&session.marks(), message);
    if !flags.is_empty() {
        let names: Vec<&str> = flags.iter().map(|row| row.flag).collect();
        out.block(11, &format!("[flagged: {}]", names.join(", ")))?;
    }
    for note in &notes {
        let thread = if note.on == "thread" {
            " on the thread"
        } else {
            ""
        };
        out.block(11, &format!("[note{thread} by {}: {}]", note.by, note.text))?;
    }
    let marks = session.marks();
    let words = marks.words_on(message.number).into_iter();
    for said in words.filter(|_| letter != HIDDEN) {
        let comment = match said.said.text.as_str() {
            "" => String::new(),
            text => format!("; {text}"),
        };
        let words = said.word.in_words();
        out.block(11, &format!("[{}: {words}{comment}]", said.by))?;
    }
    let answers = extra.reply_to.last().map(|name| {
        let here = store.named(name, message.thread);
        here.map_or(Answers::NotHere, |number| Answers::Here(number.0))
    });
    let beside = Beside {
        answers,
        // The text begins with it.
        subject: "",
        ..Beside::of(&extra)
    };
    for (label, words) in beside.rows() {
        out.block(11, &format!("{}: {words}", label.to_lowercase()))?;
    }
    for held in store.attachments(message.number) {
        let state = beside::file_state(held.file.state, held.source != message.source);
        let size = beside::file_size(store, held.source, &held.file);
        let told = [state, &size].into_iter().filter(|word| !word.is_empty());
        let told: Vec<&str> = told.collect();
        let name = beside::file_name(&held.file.name, &held.file.media);
        out.block(11, &format!("[{name}: {}]", told.join(", ")))?;
    }
    for (_, _, words) in beside::odd(message.marks) {
        out.block(11, &format!("({words})"))?;
    }
    if !message.text.is_empty() {
        out.block(11, message.text)?;
    }
    Ok(())
}

/// The day and the clock time of a message, as far as they are columns.
fn column_time(dates: Dates, columns: &[MessageColumn], message: &Message<'_>) -> Option<String> {
    let has = |column| columns.contains(&column);
    let own = || time::local(message.time, message.offset_minutes);
    match (has(MessageColumn::Date), has(MessageColumn::Time)) {
        (true, true) => Some(time::minute(dates, message.time, message.offset_minutes)),
        (true, false) => Some(own().map_or_else(|| "no date".to_owned(), |at| dates.short(at))),
        (false, true) => {
            let time = own().map(|at| at.format("%H:%M").to_string());
            Some(time.unwrap_or_else(|| "     ".to_owned()))
        }
        (false, false) => None,
    }
}
