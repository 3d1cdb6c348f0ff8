//! RSMF, Relativity's short message format, version 2.0.0: a mail for each thread and day whose one
//! attachment, `rsmf.zip`, holds the manifest and the files of its events. What the parts are called
//! is of Relativity's specification and its schema of the manifest.
//!
//! Where messages stay behind, an event of type `disclaimer` says how many. A line of the app is an
//! event of type `unknown`, because the types `join` and `leave` want somebody named and a line names
//! people in its text alone. Decisions, masks and whatever RSMF has no field for are custom fields.

use super::package::{put_coded, zipped};
use super::{HoldsRow, Making, Staged, part_name};
use crate::bundle::error::BundleError;
use crate::bundle::making::Bag;
use crate::bundle::records::{Answers, Day, File, Line, Message, eml, person_id, txt};
use crate::import::rsmf::own;
use crate::model::{Address, AttachmentState, Decision, Direction, Kind, MessageNumber, Reaction};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::sync::Arc;

/// Most events of one file.
const MOST_EVENTS: usize = 10_000;

/// The name of the manifest in the zip.
const MANIFEST: &str = "rsmf_manifest.json";

/// Stands neither in base64 nor in quoted-printable.
const BOUNDARY: &str = "=_docket_rsmf";

/// A file that was staged as its manifest, its head and its transcript.
pub(super) struct Piece {
    /// The path without an ending.
    stem: String,
    /// Its files: the name in the zip, and the path in the bag.
    files: BTreeMap<String, String>,
}

/// Stages manifests, heads and transcripts.
pub(super) fn stage(making: &mut Making<'_, '_>) -> Result<Staged<Piece>, BundleError> {
    let mut pieces = Vec::new();
    let mut holds = Vec::new();
    let store = Arc::clone(&making.maker.selection.store);
    let is_line = |number: u32| {
        let message = store.message(MessageNumber(number));
        message.is_some_and(|message| !message.kind.is_decidable())
    };
    making.each_day(&mut |bag: &mut Bag, day| {
        for (part, lines) in day.lines.chunks(MOST_EVENTS).enumerate() {
            let name = part_name(day.date, part);
            let day = Day {
                lines: lines.to_vec(),
                ..day.clone()
            };
            let stem = format!("data/rsmf/{}/{name}", day.thread.id());
            let made = Manifest::of(&day, &is_line);
            let manifest = serde_json::to_vec(&made.value)
                .map_err(|error| BundleError::Form(error.to_string()))?;
            bag.put(&format!("{stem}.json"), &manifest)?;
            bag.put(&format!("{stem}.head"), head(&day, &made).as_bytes())?;
            let mut said = String::new();
            eml::quoted_printable(&mut said, &txt::render(&packed(&day)));
            bag.put(&format!("{stem}.txt"), said.as_bytes())?;
            holds.push(HoldsRow {
                path: format!("{stem}.rsmf"),
                messages: day.messages().count() as u64,
            });
            pieces.push(Piece {
                stem,
                files: made.files,
            });
        }
        Ok(())
    })?;
    Ok(Staged { pieces, holds })
}

/// The day as its transcript tells it: with the names that its files have in the zip.
fn packed<'a>(day: &Day<'a>) -> Day<'a> {
    let mut day = day.clone();
    for line in &mut day.lines {
        let Line::Message(message) = line else {
            continue;
        };
        let copies = message.attachments.iter_mut();
        for copy in copies.filter_map(|file| file.copy.as_mut()) {
            if let Some((_, name)) = copy.path.rsplit_once('/') {
                copy.path = format!("rsmf.zip/{name}");
            }
        }
    }
    day
}

/// Puts each file together, and takes away what it was made of.
pub(super) fn assemble(making: &mut Making<'_, '_>, pieces: Vec<Piece>) -> Result<(), BundleError> {
    let bag = &mut *making.maker.bag;
    for piece in pieces {
        let staged = |ending: &str| format!("{}.{ending}", piece.stem);
        let manifest = staged("json");
        let mut files = vec![(MANIFEST, manifest.as_str())];
        files.extend(piece.files.iter().map(|(name, path)| (&**name, &**path)));
        let zip = zipped(bag, &files)?;
        let [head, said] = ["head", "txt"].map(|ending| bag.root().join(staged(ending)));
        bag.put_with(&staged("rsmf"), |to| {
            io::copy(&mut fs::File::open(&head)?, to)?;
            write!(
                to,
                "\r\n--{BOUNDARY}\r\nContent-Type: text/plain; charset=\"utf-8\"\r\n\
                 Content-Transfer-Encoding: quoted-printable\r\n\r\n"
            )?;
            io::copy(&mut fs::File::open(&said)?, to)?;
            write!(
                to,
                "\r\n--{BOUNDARY}\r\nContent-Type: application/zip; name=\"rsmf.zip\"\r\n\
                 Content-Disposition: attachment; filename=\"rsmf.zip\"\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n"
            )?;
            put_coded(to, &zip)?;
            write!(to, "--{BOUNDARY}--\r\n")
        })?;
        for ending in ["json", "head", "txt"] {
            bag.discard(&staged(ending))?;
        }
    }
    let attached: Vec<String> = bag
        .files()
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.starts_with("data/attachments/"))
        .collect();
    for path in attached {
        bag.discard(&path)?;
    }
    bag.prune()
}

/// The headers of the mail.
fn head(day: &Day<'_>, made: &Manifest) -> String {
    let mut out = String::new();
    let mut header = |name: &str, value: &str| eml::header(&mut out, name, value);
    let id = format!("{}.{}", day.thread.id(), day.name());
    header("X-RSMF-Version", "2.0.0");
    header(
        "X-RSMF-Generator",
        concat!("docket ", env!("CARGO_PKG_VERSION")),
    );
    let times = || day.messages().filter_map(|message| message.time);
    for (name, time) in [
        ("X-RSMF-BeginDate", times().min()),
        ("X-RSMF-EndDate", times().max()),
    ] {
        if let Some(time) = time {
            header(name, &time.to_rfc3339());
        }
    }
    header("X-RSMF-EventCount", &made.events.to_string());
    header("X-RSMF-Application", &eml::words(&day.thread.channel));
    if !day.heading.custodian.is_empty() {
        header("X-RSMF-Custodian", &eml::words(&day.heading.custodian));
    }
    let people: Vec<&str> = made.people.iter().map(String::as_str).collect();
    if !people.is_empty() {
        header("X-RSMF-Participants", &eml::words(&people.join("; ")));
    }
    header("X-RSMF-AttachmentCount", &made.files.len().to_string());
    header("X-RSMF-EventCollectionID", &collection(day));
    header("Message-ID", &format!("<{id}.rsmf@{}>", eml::DOMAIN));
    if let Some(time) = times().max() {
        header("Date", &time.to_rfc2822());
    }
    header("From", &format!("docket <records@{}>", eml::DOMAIN));
    let title = &day.thread.title;
    header("To", &format!("{} :;", eml::words(title)));
    header("Subject", &eml::words(&format!("{title}, {}", day.name())));
    header("MIME-Version", "1.0");
    header(
        "Content-Type",
        &format!("multipart/mixed;\r\n boundary=\"{BOUNDARY}\""),
    );
    out
}

/// What keeps the days of one thread together.
fn collection(day: &Day<'_>) -> String {
    format!("{}-{}", day.heading.case_id, day.thread.id())
}

/// A manifest, and what the head and the zip need of it.
struct Manifest {
    value: Value,
    events: usize,
    people: Vec<String>,
    files: BTreeMap<String, String>,
}

/// The participants of a manifest: everyone that its events name, once.
#[derive(Default)]
struct People {
    ids: BTreeMap<String, String>,
    rows: Vec<Value>,
    names: Vec<String>,
}

impl People {
    /// The id of somebody by the name that the export shows; one who sent nothing gets a number of
    /// this file.
    fn id(&mut self, name: &str, person: Option<u32>) -> String {
        if let Some(id) = self.ids.get(name) {
            return id.clone();
        }
        let id = match person {
            Some(number) => person_id(number),
            None => format!("named-{}", self.rows.len().saturating_add(1)),
        };
        let who = Address::parse(name);
        let mut row = json!({
            "id": id,
            "display": if who.name.is_empty() { &who.address } else { &who.name },
        });
        let is_mail = who.address.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && !host.is_empty() && !host.contains('@')
        });
        if !who.address.is_empty()
            && let Some(row) = row.as_object_mut()
        {
            let field = if is_mail { "email" } else { "account_id" };
            row.insert(field.to_owned(), Value::from(who.address));
        }
        self.ids.insert(name.to_owned(), id.clone());
        self.rows.push(row);
        self.names.push(name.to_owned());
        id
    }
}

impl Manifest {
    fn of(day: &Day<'_>, is_line: &dyn Fn(u32) -> bool) -> Manifest {
        let mut people = People::default();
        let mut files = BTreeMap::new();
        // Senders first: their numbers are those of the case.
        for message in day.messages() {
            if let Some(sender) = &message.sender {
                people.id(&sender.name, Some(sender.number));
            }
        }
        let here: Vec<u32> = day.messages().map(|message| message.number).collect();
        let mut events: Vec<Value> = Vec::new();
        let mut last = None;
        for line in &day.lines {
            match line {
                Line::Message(message) => {
                    last = message.time;
                    let mut event = event(day, message, &here, &mut people, &mut files);
                    let custom = pairs(custom(message, &here, is_line));
                    if let Some(event) = event.as_object_mut() {
                        event.insert("custom".to_owned(), custom);
                    }
                    events.push(event);
                }
                Line::Withheld(count) => {
                    let mut event = json!({
                        "type": "disclaimer",
                        "conversation": day.thread.id(),
                        "body": match count {
                            1 => "1 message is not handed over here".to_owned(),
                            count => format!("{count} messages are not handed over here"),
                        },
                    });
                    // It has no time of its own; this one keeps its place.
                    put(&mut event, "timestamp", last.map(|time| time.to_rfc3339()));
                    events.push(event);
                }
            }
        }
        let custodian = day
            .messages()
            .find(|message| message.direction == Direction::Sent)
            .and_then(|message| message.sender.as_ref())
            .map(|sender| person_id(sender.number));
        let mut conversation = json!({
            "id": day.thread.id(),
            "display": day.thread.title,
            "platform": match day.thread.channel.as_str() {
                "" => "unknown",
                channel => channel,
            },
            "participants": people.ids.values().collect::<Vec<_>>(),
            "custom": told(day),
        });
        let kind = day.thread.group.map(|group| match group {
            true => "channel".to_owned(),
            false => "direct".to_owned(),
        });
        put(&mut conversation, "type", kind);
        put(&mut conversation, "custodian", custodian);
        Manifest {
            events: events.len(),
            value: json!({
                "version": "2.0.0",
                "eventcollectionid": collection(day),
                "participants": people.rows,
                "conversations": [conversation],
                "events": events,
            }),
            people: people.names,
            files,
        }
    }
}

/// What RSMF has no field for in a conversation.
fn told(day: &Day<'_>) -> Value {
    let group = day.thread.group.map_or("", |group| match group {
        true => "yes",
        false => "no",
    });
    pairs(vec![
        (own::CHANNEL, day.thread.channel.clone()),
        (own::GROUP, group.to_owned()),
    ])
}

/// Custom fields, those without a value left out.
fn pairs(rows: Vec<(&'static str, String)>) -> Value {
    rows.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

/// Whether a participant of RSMF says a name letter by letter.
fn is_exact(name: &str) -> bool {
    Address::parse(name).to_string() == name
}

/// Puts a text into an object, where there is one.
fn put(object: &mut Value, key: &str, text: Option<String>) {
    if let (Some(object), Some(text)) = (object.as_object_mut(), text) {
        object.insert(key.to_owned(), Value::from(text));
    }
}

fn event(
    day: &Day<'_>,
    message: &Message,
    here: &[u32],
    people: &mut People,
    files: &mut BTreeMap<String, String>,
) -> Value {
    let beside = &message.beside;
    let mut event = json!({
        "id": event_id(message.number),
        "type": match message.kind {
            Kind::System | Kind::Unreadable => "unknown",
            _ => "message",
        },
        "conversation": day.thread.id(),
        "body": message.text,
    });
    put(
        &mut event,
        "timestamp",
        message.time.map(|time| time.to_rfc3339()),
    );
    let sender = message.sender.as_ref();
    put(
        &mut event,
        "participant",
        sender.map(|sender| people.id(&sender.name, Some(sender.number))),
    );
    if let Some(Answers::Here(number)) = beside.answers
        && here.contains(&number)
    {
        put(&mut event, "parent", Some(event_id(number)));
    }
    let direction = match message.direction {
        Direction::Sent => Some("outgoing"),
        Direction::Received => Some("incoming"),
        Direction::None | Direction::Unknown => None,
    };
    put(&mut event, "direction", direction.map(str::to_owned));
    let reactions: Vec<Value> = beside
        .reactions
        .iter()
        .filter(|reaction| !reaction.value.is_empty())
        .map(|reaction| match reaction.who.is_empty() {
            true => json!({ "value": reaction.value, "count": 1 }),
            false => json!({
                "value": reaction.value,
                "count": 1,
                "participants": [people.id(&reaction.who, None)],
            }),
        })
        .collect();
    // Who edits is who wrote it; somebody has to be named.
    let edits: Vec<Value> = match sender {
        None => Vec::new(),
        Some(sender) => beside
            .versions
            .iter()
            .enumerate()
            .map(|(at, version)| {
                let next = beside.versions.get(at.saturating_add(1));
                json!({
                    "participant": people.id(&sender.name, Some(sender.number)),
                    "previous": version.text,
                    "new": next.map_or(&message.text, |next| &next.text),
                })
            })
            .collect(),
    };
    let attachments: Vec<Value> = message
        .attachments
        .iter()
        .filter_map(|file| attachment(file, files))
        .collect();
    if let Some(event) = event.as_object_mut() {
        if message.kind == Kind::Deleted {
            event.insert("deleted".to_owned(), Value::from(true));
        }
        for (key, list) in [
            ("reactions", reactions),
            ("edits", edits),
            ("attachments", attachments),
        ] {
            if !list.is_empty() {
                event.insert(key.to_owned(), Value::from(list));
            }
        }
    }
    event
}

fn event_id(number: u32) -> String {
    format!("{}{number}", own::ID)
}

/// A file that is here, by the name it has in the zip.
fn attachment(file: &File, files: &mut BTreeMap<String, String>) -> Option<Value> {
    let copy = file.copy.as_ref()?;
    let (_, name) = copy.path.rsplit_once('/')?;
    files.insert(name.to_owned(), copy.path.clone());
    let shown = match file.name.is_empty() {
        true => name,
        false => &file.name,
    };
    Some(json!({ "id": name, "display": shown, "size": copy.bytes }))
}

/// What RSMF has no field for. [`crate::import`] reads it back by these names.
fn custom(
    message: &Message,
    here: &[u32],
    is_line: &dyn Fn(u32) -> bool,
) -> Vec<(&'static str, String)> {
    let beside = &message.beside;
    let mut rows = vec![
        (
            own::DECISION,
            match message.decision {
                Some(Decision::Context) => "context, not itself a record".to_owned(),
                Some(decision) => decision.name().to_owned(),
                None => String::new(),
            },
        ),
        (own::NUMBER, message.number.to_string()),
        (own::KIND, message.kind.name().to_owned()),
        (own::EVENT, message.event.clone()),
        (own::WRITTEN, message.written.clone()),
        (own::BASIS, beside.time_basis.clone()),
        (own::SUBJECT, beside.subject.clone()),
    ];
    let recipients = beside.recipients.iter();
    rows.extend(recipients.map(|one| (own::addressed(one.role), one.who.clone())));
    if let Some(from) = &beside.forwarded {
        rows.push((
            own::FORWARDED,
            match from.is_empty() {
                true => own::FROM_NOBODY.to_owned(),
                false => from.clone(),
            },
        ));
    }
    match beside.answers {
        Some(Answers::NotHere) => rows.push((own::ANSWERS, "a message that is not here".into())),
        // What RSMF calls a parent stands in the same file.
        Some(Answers::Here(number)) if !here.contains(&number) => {
            rows.push((own::ANSWERS, event_id(number)));
        }
        Some(Answers::Here(_)) | None => {}
    }
    rows.push((own::UNSENT, beside.unsent.clone()));
    rows.extend(beside.labels.iter().map(|one| (own::LABEL, one.clone())));
    rows.push((own::NAME, beside.message_id.clone()));
    // Of what is not here the words above say enough: which of it stays behind is not told.
    if let Some(Answers::Here(number)) = beside.answers
        && let Some((nearest, before)) = beside.reply_to.split_last()
    {
        rows.extend(before.iter().map(|one| (own::ANSWERED, one.clone())));
        // A line of the app has its text alone, and no name.
        let nearest = match is_line(number) {
            true => event_id(number),
            false => nearest.clone(),
        };
        rows.push((own::ANSWERED, nearest));
    }
    let marks = own::MARKS.iter();
    let marks = marks.filter(|(mark, _)| message.marks.has(*mark));
    rows.extend(marks.map(|(_, name)| (own::MARK, (*name).to_owned())));
    if let Some(sender) = message.sender.as_ref().filter(|one| !is_exact(&one.name)) {
        rows.push((own::SENDER, sender.name.clone()));
    }
    for (at, version) in (1_usize..).zip(&beside.versions) {
        if !version.written.is_empty() {
            rows.push((own::VERSION_AT, format!("{at}: {}", version.written)));
        }
    }
    rows.extend(signs(&beside.reactions));
    rows.extend(message.attachments.iter().flat_map(told_file));
    rows.extend(message.masks.iter().map(|mask| {
        let times = format!("{}: {}, {} times", mask.part, mask.shown, mask.count);
        ("Masked or withheld", times)
    }));
    rows
}

/// The signs of a message, where RSMF has no field for all of one.
fn signs(signs: &[Reaction]) -> Vec<(&'static str, String)> {
    let is_whole = |one: &Reaction| one.written.is_empty() && is_exact(&one.who);
    if signs.iter().all(is_whole) {
        return Vec::new();
    }
    let signs = signs.iter().filter(|one| !one.value.is_empty());
    signs
        .flat_map(|one| {
            [
                (own::SIGN, one.value.clone()),
                (own::SIGN_BY, one.who.clone()),
                (own::SIGN_AT, one.written.clone()),
            ]
        })
        .collect()
}

/// A file as the export tells of it. Of one that is withheld there is only that.
fn told_file(file: &File) -> Vec<(&'static str, String)> {
    if file.withheld.is_some() {
        return vec![("File that is withheld", file.caption())];
    }
    let is_here = file.copy.is_some();
    let mut rows = vec![
        (
            own::FILE,
            match is_here {
                true => own::HERE.to_owned(),
                false => file.state.name().to_owned(),
            },
        ),
        (own::FILE_NAME, file.name.clone()),
        (own::FILE_KIND, file.media.clone()),
    ];
    if !is_here {
        let name = match file.state {
            // Its properties keep it from the open set: the words say so.
            AttachmentState::Present => "File that is left out",
            AttachmentState::Missing | AttachmentState::Omitted => own::FILE_GONE,
        };
        rows.push((name, file.caption()));
    }
    rows
}
