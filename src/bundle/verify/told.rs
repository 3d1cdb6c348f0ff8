//! What the lines of JSON of a bundle tell: what all its tables and files are held against.

use super::bagit::Bag;
use super::redacted::Redacted;
use crate::bundle::completeness::{Completeness, FORM};
use crate::bundle::counts::{Counts, MailCounts};
use crate::bundle::layout::MESSAGES;
use crate::bundle::mails;
use crate::bundle::profile::{ProfileRow, Sets};
use crate::bundle::records::jsonl::Row;
use crate::review::Edition;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};

/// What the lines of JSON tell.
#[derive(Default)]
pub(super) struct Told {
    /// Decision by message.
    pub(super) decisions: BTreeMap<u32, Option<String>>,
    /// Official, context and system lines by source, thread and day.
    pub(super) slots: BTreeMap<(String, String, String), Counts>,
    /// The channel of each thread.
    pub(super) threads: BTreeMap<String, String>,
    /// Name and number of messages of each person.
    pub(super) people: BTreeMap<String, (String, u64)>,
    /// Whom messages name beside their senders.
    pub(super) named: BTreeSet<String>,
    /// SHA-256 by path.
    pub(super) files: BTreeMap<String, String>,
    /// What the open set has of a file instead: the copy by its path, or the reason why none.
    pub(super) open_files: BTreeMap<String, Result<(String, String), String>>,
    /// Mails that are there as they were: path and SHA-256 by message.
    pub(super) originals: BTreeMap<u32, (String, String)>,
    /// How many mails are there, and how.
    pub(super) mail: MailCounts,
    /// Records that context says it is for, and the context.
    context_for: Vec<(u32, u32)>,
    /// The form that the bundle says it has.
    pub(super) form: u32,
    /// The profile that it says it was made by.
    pub(super) profile: Option<ProfileRow>,
    /// What is masked and withheld, in both editions.
    pub(super) redacted: Redacted,
}

impl Told {
    /// Reads the lines.
    ///
    /// # Errors
    /// What is wrong with them, and where.
    pub(super) fn read(bag: &Bag) -> Result<Told, String> {
        let file = bag
            .tree
            .open(MESSAGES)
            .map_err(|error| format!("{MESSAGES}: {error}"))?;
        // Where the balance cannot be read, another check tells.
        let balance = balance(bag).ok();
        let mut told = Told {
            form: balance.as_ref().map_or(FORM, |one| one.docket_bundle),
            profile: balance.and_then(|one| one.profile),
            ..Told::default()
        };
        for (index, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(|error| format!("{MESSAGES}: {error}"))?;
            let row: Row = serde_json::from_str(&line)
                .map_err(|error| format!("{MESSAGES}, line {}: {error}", index + 1))?;
            told.add(row)
                .map_err(|reason| format!("{MESSAGES}, line {}: {reason}", index + 1))?;
        }
        told.redacted.read_open(bag)?;
        for (record, context) in &told.context_for {
            let decision = told.decisions.get(record).and_then(Option::as_deref);
            if !matches!(decision, Some("official" | "mixed")) {
                return Err(format!(
                    "{MESSAGES}: message {context} is context for message {record}, which is no \
                     record here"
                ));
            }
        }
        Ok(told)
    }

    fn add(&mut self, row: Row) -> Result<(), &'static str> {
        self.redacted.add(&row, Edition::Closed)?;
        let counts = self
            .slots
            .entry((row.source, row.thread.clone(), row.day))
            .or_default();
        counts.handed_over += 1;
        match row.decision.as_deref() {
            Some("official") => counts.official += 1,
            Some("context") => counts.context += 1,
            Some("mixed") => counts.mixed += 1,
            None if row.kind == "system" => counts.system += 1,
            _ => return Err("this message is not decided official, mixed or context"),
        }
        if !row.context_for.is_empty() && row.decision.as_deref() != Some("context") {
            return Err("this message says what it is context for, and is none");
        }
        let records = row.context_for.iter();
        self.context_for
            .extend(records.map(|record| (*record, row.message)));
        if let (Some(person), Some(name)) = (row.person, row.sender) {
            let entry = self.people.entry(person).or_insert((name.clone(), 0));
            if entry.0 != name {
                return Err("one person has two names");
            }
            entry.1 += 1;
        }
        let beside = row.recipients.into_iter().map(|one| one.who);
        let reactions = row.reactions.into_iter().map(|one| one.who);
        let named = beside.chain(reactions).chain(row.forwarded);
        self.named.extend(named.filter(|name| !name.is_empty()));
        if let Some(original) = row.original {
            if original.path != mails::path_in(&row.thread, row.message) {
                return Err("the mail as it was is not named after its message");
            }
            self.mail.add(true);
            let told = (original.path, original.sha256);
            self.originals.insert(row.message, told);
        } else if row.original_left_out.is_some() {
            self.mail.add(false);
        }
        self.threads.insert(row.thread, row.channel);
        for file in row.attachments {
            let (Some(path), Some(sha256)) = (file.path, file.sha256) else {
                continue;
            };
            match (file.open_path, file.open_sha256, file.open_withheld) {
                (Some(open), Some(sha256), None) => {
                    self.open_files.insert(path.clone(), Ok((open, sha256)));
                }
                (None, None, Some(why)) => {
                    self.open_files.insert(path.clone(), Err(why));
                }
                (None, None, None) => {}
                _ => return Err("of a file it tells an open copy and none"),
            }
            self.files.insert(path, sha256);
        }
        match self.decisions.insert(row.message, row.decision) {
            None => Ok(()),
            Some(_) => Err("this message stands there twice"),
        }
    }
}

impl Told {
    /// Which editions it says it has.
    pub(super) fn sets(&self) -> Sets {
        self.profile.as_ref().map_or(Sets::Both, |one| one.sets)
    }

    /// Whether its profile leaves this table out.
    pub(super) fn leaves_out(&self, name: &str) -> bool {
        let stem = name.strip_suffix(".csv").unwrap_or(name);
        let profile = self.profile.as_ref();
        profile.is_some_and(|one| one.left_out.iter().any(|table| table == stem))
    }
}

/// The file that tells docket's bundles from other bags.
pub(super) const MARK: &str = "completeness.json";

/// The largest table that is read: about a million rows.
pub(super) const LARGEST_TABLE: u64 = 1 << 28;

/// The balance as the bundle tells it.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn balance(bag: &Bag) -> Result<Completeness, String> {
    let bytes = bag
        .tree
        .read(MARK, LARGEST_TABLE)
        .map_err(|error| format!("{MARK}: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{MARK}: {error}"))
}
