//! A certificate of a search: what was searched, how, by whom and when, and how much was found, also
//! when nothing was. For whoever has to answer a request for information and may have to show how it
//! was answered.
//!
//! It is one text, made from one line of JSON that stands at its end: there is one way to write it, so
//! that no byte of it is free. It can be signed as bundles are, under a namespace of its own
//! (`records-search`), and its signature stands beside it as `ssh-keygen -Y sign` puts it there.
//!
//! It quotes nothing that was found, and names nobody but the reviewer, the custodian and whom the
//! query itself names: exports have numbers, because their names are often those of people.

use super::records::{date, day_name, source_id};
use super::sign::{self, FIRST, Kind, Signature, Signers};
use crate::case::Source;
use crate::check::Check;
use crate::model::{AttachmentState, Decision, MessageNumber};
use crate::review::query::Query;
use crate::review::{ReviewError, Session};
use crate::text::Shown;
use crate::text::{counted, grouped, hex};
use chrono::{NaiveDate, SecondsFormat, Utc};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// What stands before its line of JSON.
const DATA: &str = "data: ";

/// What a search certified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The form: 1.
    pub certificate: u32,
    /// Sixteen digits that tell the case from others.
    pub case: String,
    /// The case's reference; empty where none was given, here and below.
    pub reference: String,
    /// The department.
    pub department: String,
    /// Whose accounts they are.
    pub custodian: String,
    /// Who searched.
    pub searched_by: String,
    /// When: RFC 3339, UTC, by this machine's clock.
    pub searched_at: String,
    /// The zone that days are in, and whether somebody gave it.
    pub zone: String,
    /// Whether somebody gave it.
    pub zone_given: bool,
    /// The query, as it was typed.
    pub query: String,
    /// The query, as docket understood it.
    pub understood: String,
    /// The program.
    pub program: String,
    /// The last entry of the ledger when it was searched, and its hash: the state of the case.
    pub entry: u64,
    /// The hash.
    pub head: String,
    /// What was searched.
    pub searched: Searched,
    /// What was found.
    pub found: Found,
}

/// What a search looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Searched {
    /// Messages in the case, lines of apps and unreadable parts among them.
    pub messages: u64,
    /// Of these, how many the index has the words of.
    pub indexed: u64,
    /// Lines that apps wrote.
    pub lines: u64,
    /// Parts of exports that no message could be made of: found by their bytes as text alone.
    pub unreadable: u64,
    /// Messages without a time: no search for days finds them.
    pub undated: u64,
    /// Files that messages name and that are here; their names are searched, what is in them is not.
    pub files: u64,
    /// Files that messages name and no export has.
    pub files_not_here: u64,
    /// The first and the last day.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// The exports.
    pub exports: Vec<Export>,
}

/// An export that was searched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// `source-0001`.
    pub source: String,
    /// The importer.
    pub format: String,
    /// Messages in it, those that another export has too among them.
    pub messages: u64,
    /// Parts of it that no message could be made of.
    pub exceptions: u64,
    /// Whether every byte of it is in a message, in the format's own structure or in an exception.
    pub adds_up: bool,
    /// The first and the last day of the messages that no export before it has.
    pub days: Option<(NaiveDate, NaiveDate)>,
}

/// What a search found, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// Messages.
    pub messages: u64,
    /// In so many conversations.
    pub threads: u64,
    /// Of so many exports.
    pub exports: u64,
    /// The first and the last day.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// By decision; lines of apps and unreadable parts, which nobody decides on, as `none`.
    pub decisions: BTreeMap<String, u64>,
}

/// First and last of days.
fn widen(days: &mut Option<(NaiveDate, NaiveDate)>, day: Option<NaiveDate>) {
    if let Some(day) = day {
        let (first, last) = days.get_or_insert((day, day));
        (*first, *last) = ((*first).min(day), (*last).max(day));
    }
}

impl Certificate {
    /// Searches the case and says what came of it; nothing is written.
    ///
    /// # Errors
    /// When the case or its index cannot be read.
    pub fn of(session: &Session, text: &str, query: &Query) -> Result<Certificate, ReviewError> {
        let hits = session.search(query, &AtomicBool::new(false))?;
        let (store, facts) = (session.store(), session.facts());
        let entries = session.case().ledger().entries(0)?;
        let first = entries.first().map(|first| first.hash.to_string());
        let given = |key: &str| facts.get(key).unwrap_or_default().to_owned();
        let head = session.head();
        Ok(Certificate {
            certificate: 1,
            case: first.unwrap_or_default().chars().take(16).collect(),
            reference: given("reference"),
            department: given("department"),
            custodian: given("custodian"),
            searched_by: session.actor().name.clone(),
            searched_at: Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true),
            zone: store.zone().name().to_owned(),
            zone_given: facts.get(crate::case::TIME_ZONE).is_some(),
            query: text.to_owned(),
            understood: query.to_string(),
            program: concat!("docket ", env!("CARGO_PKG_VERSION")).to_owned(),
            entry: head.seq,
            head: head.hash.to_string(),
            searched: searched(session),
            found: found(session, &hits),
        })
    }

    /// The text; lines end in LF.
    ///
    /// # Errors
    /// None in practice: every field has a JSON form.
    pub fn render(&self) -> serde_json::Result<String> {
        let mut out = format!("{FIRST}\n\n");
        let mut row = |label: &str, value: &str| {
            let value = Shown::line(value);
            let value = match value.as_str().trim() {
                "" => "not given",
                value => value,
            };
            // Writing to a String cannot fail, here and below.
            let _ = writeln!(out, "{:<22}{value}", format!("{label}:"));
        };
        row("Reference", &self.reference);
        row("Department", &self.department);
        row("Custodian", &self.custodian);
        row("Searched by", &self.searched_by);
        row("Searched at", &self.searched_at);
        row("Searched for", &self.query);
        row("Understood as", &self.understood);
        let basis = match self.zone_given {
            true => "given",
            false => "assumed, nobody gave one",
        };
        row("Time zone", &format!("{} ({basis})", self.zone));
        row("Program", &self.program);
        row("Case", &self.case);
        row(
            "State of the case",
            &format!("entry {}, {}", self.entry, self.head),
        );
        out.push_str(HOW);
        let searched = &self.searched;
        out.push_str("\nWHAT WAS SEARCHED\n");
        let mut count = |label: &str, count: u64| {
            let _ = writeln!(out, "  {label:<62}{count:>10}");
        };
        count("Exports", searched.exports.len() as u64);
        count("Messages", searched.messages);
        count("  of these with their words in the index", searched.indexed);
        count("  of these lines that an app wrote", searched.lines);
        count(
            "  of these parts that no message could be made of",
            searched.unreadable,
        );
        count(
            "  of these without a time, which no search for days finds",
            searched.undated,
        );
        count(
            "Files of messages, by their names; not what is in them",
            searched.files,
        );
        count(
            "Files that are named and that no export has",
            searched.files_not_here,
        );
        let _ = writeln!(out, "  Days: {}", span(searched.days));
        for export in &searched.exports {
            let adds_up = match export.adds_up {
                true => "every byte accounted for",
                false => "DOES NOT ADD UP",
            };
            let _ = writeln!(
                out,
                "  {}, {}: {} messages, {} unreadable parts, {}; {adds_up}",
                export.source,
                Shown::line(&export.format).as_str(),
                export.messages,
                export.exceptions,
                span(export.days)
            );
        }
        out.push_str("\nWHAT WAS FOUND\n");
        let found = &self.found;
        match found.messages {
            0 => out.push_str("  Nothing: no message answers the query.\n"),
            messages => {
                let _ = writeln!(
                    out,
                    "  {messages} messages in {} conversations of {} exports, {}",
                    found.threads,
                    found.exports,
                    span(found.days)
                );
            }
        }
        for (decision, count) in &found.decisions {
            let _ = writeln!(
                out,
                "  {:<62}{count:>10}",
                format!("  {}", in_words(decision))
            );
        }
        let _ = writeln!(out, "\n{DATA}{}", crate::text::json(self)?);
        Ok(out)
    }

    /// Reads a certificate.
    ///
    /// # Errors
    /// What is wrong with its form or its numbers.
    pub fn parse(text: &str) -> Result<Certificate, String> {
        let wrong = || "it is not written as docket writes certificates".to_owned();
        let (_, data) = text.rsplit_once(&format!("\n{DATA}")).ok_or_else(wrong)?;
        let read: Certificate = serde_json::from_str(data.trim_end()).map_err(|_| wrong())?;
        if read.certificate != 1 {
            return Err("it was made by a newer docket; check it with that one".to_owned());
        }
        let written = read.render().map_err(|_| wrong())?;
        if written != text {
            return Err(wrong());
        }
        let decided: u64 = read.found.decisions.values().sum();
        if decided != read.found.messages || read.found.messages > read.searched.messages {
            return Err("what was found does not add up".to_owned());
        }
        Ok(read)
    }
}

/// SHA-256 of a certificate's text, in hexadecimal.
pub fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// Words for a decision's name.
fn in_words(decision: &str) -> String {
    match decision {
        "none" => "lines of apps and unreadable parts, which nobody decides on".to_owned(),
        "personal" => "decided personal: not held as official information".to_owned(),
        "undecided" => "undecided".to_owned(),
        other => format!("decided {other}"),
    }
}

fn span(days: Option<(NaiveDate, NaiveDate)>) -> String {
    match days {
        Some((first, last)) => format!("{first} to {last}"),
        None => format!("days {}", day_name(None)),
    }
}

fn searched(session: &Session) -> Searched {
    let store = session.store();
    let tally = session.tally_all();
    let mut searched = Searched {
        messages: u64::from(store.len()),
        indexed: u64::from(store.indexed()),
        lines: u64::from(tally.system),
        unreadable: u64::from(tally.unreadable),
        ..Searched::default()
    };
    let mut days: BTreeMap<_, Option<(NaiveDate, NaiveDate)>> = BTreeMap::new();
    for number in (0..store.len()).map(MessageNumber) {
        let Some(message) = store.message(number) else {
            continue;
        };
        match date(&message) {
            None => searched.undated += 1,
            day => {
                widen(&mut searched.days, day);
                widen(days.entry(message.source).or_default(), day);
            }
        }
        for held in store.attachments(number) {
            match held.file.state {
                AttachmentState::Present => searched.files += 1,
                AttachmentState::Missing | AttachmentState::Omitted => {
                    searched.files_not_here += 1;
                }
            }
        }
    }
    let export = |source: &Source| Export {
        source: source_id(source.id.0),
        format: source.format.clone(),
        messages: u64::from(source.messages),
        exceptions: u64::from(source.exceptions),
        adds_up: source.balance.holds(),
        days: days.get(&source.id).copied().flatten(),
    };
    searched.exports = store.sources().iter().map(export).collect();
    searched
}

fn found(session: &Session, hits: &RoaringBitmap) -> Found {
    let store = session.store();
    let (mut threads, mut exports) = (BTreeSet::new(), BTreeSet::new());
    let mut found = Found {
        messages: hits.len(),
        ..Found::default()
    };
    for number in hits {
        let Some(message) = store.message(MessageNumber(number)) else {
            continue;
        };
        threads.insert(message.thread);
        exports.insert(message.source);
        widen(&mut found.days, date(&message));
        let decision = match message.kind.is_decidable() {
            true => session.decision(message.number).name(),
            false => "none",
        };
        *found.decisions.entry(decision.to_owned()).or_default() += 1;
    }
    debug_assert!(found.decisions.len() <= Decision::ALL.len() + 1);
    (found.threads, found.exports) = (threads.len() as u64, exports.len() as u64);
    found
}

/// Checks a certificate and, where it stands beside it, its signature; with a list of who may sign,
/// it has to be signed by one of them.
pub fn verify(path: &Path, signers: Option<&Signers>) -> Vec<Check> {
    let read = sign::read_small(path).map_err(|error| error.to_string());
    let text =
        read.and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()));
    let text = match text {
        Ok(text) => text,
        Err(reason) => return vec![Check::failed("certificate", reason)],
    };
    let mut checks = vec![match Certificate::parse(&text) {
        Ok(read) => Check::ok(
            "certificate",
            format!(
                "{} of {} found by {}, {}",
                grouped(read.found.messages),
                counted(read.searched.messages, "message", "messages"),
                read.searched_by,
                read.searched_at
            ),
        ),
        Err(reason) => Check::failed("certificate", reason),
    }];
    checks.push(Check::ok("seal", sha256(&text)));
    let beside = signature_of(path);
    if !beside.exists() {
        let why = "nobody has signed it, so nothing shows who wrote it";
        checks.push(match signers {
            Some(_) => Check::failed("signature", why),
            None => Check::warn("signature", why),
        });
        return checks;
    }
    let read = sign::read_small(&beside).map_err(|error| error.to_string());
    let signature = read.and_then(|pem| Signature::checked(Kind::Search, &pem, text.as_bytes()));
    checks.push(match (signature, signers) {
        (Err(reason), _) => Check::failed("signature", reason),
        (Ok(signature), None) => Check::warn(
            "signature",
            format!(
                "with key {}; not checked whose key it is: give --allowed-signers",
                signature.fingerprint()
            ),
        ),
        (Ok(signature), Some(signers)) => {
            let key = signature.fingerprint();
            match signers.whose(&signature, Kind::Search, Utc::now()) {
                Ok(whose) => Check::ok("signature", format!("with the key {key} of {whose}")),
                Err(why) => Check::failed("signature", format!("{why}: {key}")),
            }
        }
    });
    checks
}

/// Where the signature of a certificate stands: beside it, as `ssh-keygen` puts it.
pub fn signature_of(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// How docket searches, in words.
const HOW: &str = "
HOW IT WAS SEARCHED
  In the texts of all messages, with their subjects; and, where the query asks for them, in senders,
  recipients, titles of conversations, labels, names of files, days, and what reviewers decided.
  The case of letters and accents do not matter; words are whole unless the query ends them with *;
  a pattern between slashes is looked for in every text as it is. What was edited is searched as it
  read last. A message that several exports hold is counted once. What is inside of files (pictures,
  recordings, documents) was not searched, nor what an app left out of its export.
";
