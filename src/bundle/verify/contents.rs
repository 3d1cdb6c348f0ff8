//! What docket's own bundles promise beyond BagIt: the tables parse and agree with the records, and
//! nothing is there that no table or record tells of.

use super::archive;
use super::bagit::Bag;
use super::custody;
use super::earlier;
use super::exported;
use super::properties;
use super::redacted::{self, Redacted};
use crate::bundle::closure::REVIEW;
use crate::bundle::mails::{self, MailCounts};
use crate::bundle::records::OPEN_COPY;
use crate::bundle::records::jsonl::Row;
use crate::bundle::sign::ADDED;
use crate::bundle::tables::{
    Completeness, DECISIONS, DayRow, FLAGS, FORM, NOTES, PEOPLE, RECONCILIATION, SAID_SAME, SOURCES,
};
use crate::bundle::write::{INDEX, MESSAGES, OPEN_INDEX, OPEN_MESSAGES};
use crate::bundle::{Counts, records, rules};
use crate::case::Disagree;
use crate::check::Check;
use crate::model::Flag;
use crate::review::Edition;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};

/// The file that tells docket's bundles from other bags.
pub(super) const MARK: &str = "completeness.json";

/// Every tag file that a bundle has besides those of BagIt.
const TAGS: [&str; 16] = [
    "README.txt",
    "bagit-profile.json",
    "completeness.json",
    "custody.jsonl",
    "datapackage.json",
    "decisions.csv",
    "file-ffid.csv",
    "file-metadata.csv",
    "flags.csv",
    "membership.csv",
    "people.csv",
    "properties.csv",
    "reconciliation.csv",
    "redactions.csv",
    "sources.csv",
    "withheld.csv",
];

/// The largest table that is read: about a million rows.
pub(super) const LARGEST_TABLE: u64 = 1 << 28;

/// Checks the tables against each other and against the records.
pub(super) fn verify(bag: &Bag) -> Vec<Check> {
    if let Some((balance, export)) = exported::is_one(bag) {
        return exported::verify(bag, &balance, &export);
    }
    let told = match Told::read(bag) {
        Ok(told) => told,
        Err(reason) => return vec![Check::failed("records", reason)],
    };
    vec![
        check("file names", names(bag)),
        check("sealed", sealed(bag, &told)),
        check("records", files(bag, &told)),
        check("attachments", attachments(bag, &told)),
        check("properties", properties::check(bag, &told)),
        check("mails", mails(bag, &told)),
        check("file metadata", archive::files(bag, &told)),
        check("data package", archive::package(bag, &told)),
        check("completeness", completeness(bag, &told)),
        check("withheld", archive::withheld(bag, &told)),
        check("decisions", decisions(bag, &told)),
        check("rules", rules(bag, &told)),
        check("redactions", redacted::check(bag, &told)),
        check("flags", flags(bag, &told)),
        check("people", people(bag, &told)),
        check("membership", archive::membership(bag, &told)),
        check("sources", sources(bag, &told)),
        check("reconciliation", reconciliation(bag, &told)),
        check("supersedes", earlier::supersedes(bag, &told)),
        check("custody", chain(bag, &told)),
    ]
}

pub(super) fn check(name: &str, found: Result<String, String>) -> Check {
    match found {
        Ok(detail) => Check::ok(name, detail),
        Err(detail) => Check::failed(name, detail),
    }
}

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
    named: BTreeSet<String>,
    /// SHA-256 by path.
    pub(super) files: BTreeMap<String, String>,
    /// What the open set has of a file instead: the copy by its path, or the reason why none.
    pub(super) open_files: BTreeMap<String, Result<(String, String), String>>,
    /// Mails that are there as they were: path and SHA-256 by message.
    originals: BTreeMap<u32, (String, String)>,
    /// How many mails are there, and how.
    mail: MailCounts,
    /// Records that context says it is for, and the context.
    context_for: Vec<(u32, u32)>,
    /// The form that the bundle says it has.
    pub(super) form: u32,
    /// What is masked and withheld, in both editions.
    pub(super) redacted: Redacted,
}

impl Told {
    fn read(bag: &Bag) -> Result<Told, String> {
        let file = bag
            .tree
            .open(MESSAGES)
            .map_err(|error| format!("{MESSAGES}: {error}"))?;
        let mut told = Told {
            form: form(bag),
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

/// The form that a bundle says it has; the newest where it does not say, which another check tells.
fn form(bag: &Bag) -> u32 {
    let bytes = bag.tree.read(MARK, LARGEST_TABLE).ok();
    let balance = bytes.and_then(|bytes| serde_json::from_slice::<Completeness>(&bytes).ok());
    balance.map_or(FORM, |balance| balance.docket_bundle)
}

/// Only `[a-z0-9._-]`, but for the tag files whose names BagIt or custom give.
fn names(bag: &Bag) -> Result<String, String> {
    let plain = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'/');
    let mut odd = bag
        .tree
        .files
        .keys()
        .filter(|name| *name != "README.txt" && !closed_name(name).bytes().all(plain));
    match odd.next() {
        Some(name) => Err(format!("{name}: docket gives no file such a name")),
        None => Ok("all plain".to_owned()),
    }
}

/// The name of what an open copy stands beside, with the same ending.
fn closed_name(name: &str) -> Cow<'_, str> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    match stem.strip_suffix(OPEN_COPY) {
        Some(stem)
            if name.starts_with("data/records/") || name.starts_with("data/attachments/") =>
        {
            format!("{stem}.{ending}").into()
        }
        _ => name.into(),
    }
}

/// Every tag file is sealed by the tag manifests, and there is no other.
fn sealed(bag: &Bag, told: &Told) -> Result<String, String> {
    for name in TAGS {
        if is_older_without(bag, told, name) {
            continue;
        }
        if !bag.sealed_tags.contains(name) {
            return Err(format!("{name}: no tag manifest lists it"));
        }
    }
    for name in bag.tree.files.keys() {
        let own = name.starts_with("data/")
            || name.starts_with("tagmanifest-")
            || ADDED.contains(&name.as_str())
            || bag.sealed_tags.contains(name);
        if !own {
            return Err(format!("{name}: no manifest lists it"));
        }
    }
    let agent = bag
        .info
        .iter()
        .find(|(label, _)| label == "Bag-Software-Agent");
    match agent {
        Some((_, agent)) => Ok(format!("made by {agent}")),
        None => Err("bag-info.txt does not say what made the bag".to_owned()),
    }
}

/// Whether a file of the payload is none of a message's own.
fn in_records(name: &str) -> bool {
    name.starts_with("data/")
        && !name.starts_with("data/attachments/")
        && !name.starts_with("data/mail/")
}

/// Each thread and day has its record in three forms, and there is no other.
fn files(bag: &Bag, told: &Told) -> Result<String, String> {
    let mut wanted = BTreeSet::from([MESSAGES.to_owned()]);
    for (_, thread, day) in told.slots.keys() {
        let channel = told.threads.get(thread).map_or("", String::as_str);
        let channel = crate::text::file_name(channel);
        let slot = (thread.clone(), day.clone());
        for form in ["eml", "html", "txt"] {
            wanted.insert(format!("data/records/{channel}/{thread}/{day}.{form}"));
            if told.redacted.has_open_copy(&slot) {
                let name = format!("data/records/{channel}/{thread}/{day}{OPEN_COPY}.{form}");
                wanted.insert(name);
            }
        }
    }
    // Bundles of earlier forms have no page of contents.
    if told.form > 3 || bag.tree.files.contains_key(INDEX) {
        wanted.insert(INDEX.to_owned());
    }
    if told.redacted.is_open() {
        wanted.insert(OPEN_MESSAGES.to_owned());
        if wanted.contains(INDEX) {
            wanted.insert(OPEN_INDEX.to_owned());
        }
    }
    let here: BTreeSet<String> = bag
        .tree
        .files
        .keys()
        .filter(|name| in_records(name))
        .cloned()
        .collect();
    if let Some(name) = wanted.difference(&here).next() {
        return Err(format!(
            "{name}: messages of it are told, and it is not there"
        ));
    }
    if let Some(name) = here.difference(&wanted).next() {
        return Err(format!("{name}: no message of it is told"));
    }
    Ok(format!(
        "{} messages in {} records",
        told.decisions.len(),
        wanted
            .iter()
            .filter(|name| !name.ends_with(".jsonl") && !name.contains("/index"))
            .count()
    ))
}

/// Each file that a message names is there with the checksum in its name, and there is no other.
fn attachments(bag: &Bag, told: &Told) -> Result<String, String> {
    for (path, sha256) in &told.files {
        if bag.payload.get(path) != Some(sha256) || !path.contains(sha256.as_str()) {
            return Err(format!("{path}: not the file that a message tells of"));
        }
    }
    let open: BTreeSet<&str> = told
        .open_files
        .values()
        .filter_map(|open| Some(open.as_ref().ok()?.0.as_str()))
        .collect();
    let mut here = bag
        .tree
        .files
        .keys()
        .filter(|name| name.starts_with("data/attachments/"));
    match here.find(|name| !told.files.contains_key(*name) && !open.contains(name.as_str())) {
        Some(name) => Err(format!("{name}: no message tells of it")),
        None => Ok(format!("{} files", told.files.len())),
    }
}

/// Each mail that a message tells of is there as it was, and there is no other.
fn mails(bag: &Bag, told: &Told) -> Result<String, String> {
    for (path, sha256) in told.originals.values() {
        if bag.payload.get(path) != Some(sha256) {
            return Err(format!("{path}: not the mail that its message tells of"));
        }
    }
    let known: BTreeSet<&str> = told
        .originals
        .values()
        .map(|(path, _)| path.as_str())
        .collect();
    let mut here = bag
        .tree
        .files
        .keys()
        .filter(|name| name.starts_with("data/mail/"));
    match here.find(|name| !known.contains(name.as_str())) {
        Some(name) => Err(format!("{name}: no message tells of it")),
        None => Ok(format!(
            "{} of {} mails are there as they were",
            told.mail.originals, told.mail.mails
        )),
    }
}

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

/// The balance holds in every row and sum, and says the same as the messages.
fn completeness(bag: &Bag, told: &Told) -> Result<String, String> {
    let balance = balance(bag)?;
    if !(1..=FORM).contains(&balance.docket_bundle) {
        return Err(format!(
            "{MARK}: made by a newer docket; check with that one"
        ));
    }
    let sums = adds_up(&balance, &|slot, counts| {
        let here = told.slots.get(slot).copied().unwrap_or_default();
        let same = here.handed_over == counts.handed_over
            && here.official == counts.official
            && here.context == counts.context
            && here.mixed == counts.mixed
            && (here.system == counts.system || here.system == 0);
        match same {
            true => Ok(()),
            false => Err("the records do not hold what it says"),
        }
    })?;
    let rows: BTreeSet<_> = balance.days.iter().map(slot_of).collect();
    if let Some(slot) = told.slots.keys().find(|slot| !rows.contains(slot)) {
        return Err(format!("{}, {}, {}: has no row", slot.0, slot.1, slot.2));
    }
    if balance.mail != told.mail {
        return Err("it does not count the mails that the records hold".to_owned());
    }
    archive::limits(&balance)?;
    Ok(sums)
}

/// Source, thread and day.
type SlotName = (String, String, String);

fn slot_of(row: &DayRow) -> SlotName {
    (row.source.clone(), row.thread.clone(), row.day.clone())
}

/// Adds up the days of a balance, each of which `holds` looks at, too.
///
/// # Errors
/// What does not add up.
pub(super) fn adds_up(
    balance: &Completeness,
    holds: &dyn Fn(&SlotName, &Counts) -> Result<(), &'static str>,
) -> Result<String, String> {
    let mut sources: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut threads: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut total = Counts::default();
    let mut rows = BTreeSet::new();
    for row in &balance.days {
        let place = format!("{}, {}, {}", row.source, row.thread, row.day);
        if !row.counts.balance() {
            return Err(format!("{place}: does not add up"));
        }
        let slot = slot_of(row);
        holds(&slot, &row.counts).map_err(|reason| format!("{place}: {reason}"))?;
        if !rows.insert(slot) {
            return Err(format!("{place}: has two rows"));
        }
        for (sums, key) in [(&mut sources, &row.source), (&mut threads, &row.thread)] {
            let sum = sums.entry(key.as_str()).or_default();
            *sum = sum.plus(&row.counts);
        }
        total = total.plus(&row.counts);
    }
    let sum = |sums: &BTreeMap<&str, Counts>, key: &str| sums.get(key).copied().unwrap_or_default();
    for row in &balance.sources {
        if sum(&sources, &row.source) != row.counts {
            return Err(format!("{}: its days do not add up to it", row.source));
        }
    }
    for row in &balance.threads {
        if sum(&threads, &row.thread) != row.counts {
            return Err(format!("{}: its days do not add up to it", row.thread));
        }
    }
    if balance.sources.len() < sources.len() || balance.threads.len() < threads.len() {
        return Err("a source or thread has days and no row".to_owned());
    }
    if total != balance.total || !total.balance() {
        return Err("the total is not the sum of the days".to_owned());
    }
    let waiting = total.undecided + total.refer;
    match balance.set.as_str() {
        "partial" => {}
        "whole" if waiting == 0 => {}
        _ => return Err(format!("a {} set leaves {waiting} undecided", balance.set)),
    }
    Ok(format!(
        "{} messages in, {} handed over, {} not",
        total.messages,
        total.handed_over,
        total.messages.saturating_sub(total.handed_over)
    ))
}

/// Tables that came later, with the last form that may lack them: it was written before them, or
/// while they came.
const LATER: [(&str, u32); 11] = [
    ("flags.csv", 1),
    ("reconciliation.csv", 1),
    ("redactions.csv", 1),
    (custody::NAME, 2),
    ("datapackage.json", 2),
    ("file-ffid.csv", 2),
    ("file-metadata.csv", 2),
    ("membership.csv", 2),
    ("withheld.csv", 2),
    ("properties.csv", 3),
    ("bagit-profile.json", 3),
];

/// So many columns of `decisions.csv` stand in bundles of the second form.
const DECIDED: usize = DECISIONS.len() - REVIEW.len();

/// The custody chain, where the bundle's form has one.
fn chain(bag: &Bag, told: &Told) -> Result<String, String> {
    match is_older_without(bag, told, custody::NAME) {
        true => Ok("none in a bundle of this form".to_owned()),
        false => custody::check(bag),
    }
}

/// Whether this table is not there and need not be.
pub(super) fn is_older_without(bag: &Bag, told: &Told, name: &str) -> bool {
    let may_lack = LATER
        .iter()
        .any(|(table, form)| *table == name && told.form <= *form);
    may_lack && !bag.tree.files.contains_key(name)
}

/// The rows of a table whose columns are these, each cell as it was before the apostrophe that
/// keeps it from being a formula. In bundles of the first form a table may lack its last columns,
/// and some tables may not be there.
pub(super) fn table(
    bag: &Bag,
    told: &Told,
    name: &str,
    columns: &[&str],
) -> Result<Vec<Vec<String>>, String> {
    if is_older_without(bag, told, name) {
        return Ok(Vec::new());
    }
    let bytes = bag
        .tree
        .read(name, LARGEST_TABLE)
        .map_err(|error| format!("{name}: {error}"))?;
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes.as_slice());
    let head = reader
        .headers()
        .map_err(|error| format!("{name}: {error}"))?;
    let is_known = match told.form {
        1 => !head.is_empty() && head.iter().zip(columns).all(|(a, b)| a == *b),
        2 if name == "decisions.csv" => head.iter().eq(columns.iter().copied().take(DECIDED)),
        _ => head.len() == columns.len() && head.iter().eq(columns.iter().copied()),
    };
    if !is_known || head.len() > columns.len() {
        return Err(format!("{name}: its columns are not those of this table"));
    }
    let mut rows = Vec::new();
    for (index, row) in reader.records().enumerate() {
        let row = row.map_err(|error| format!("{name}, row {}: {error}", index + 1))?;
        let mut cells = Vec::new();
        for cell in &row {
            let plain = cell.strip_prefix('\'');
            if plain.is_none() && crate::text::csv_cell(cell) != cell {
                return Err(format!(
                    "{name}, row {}: a cell that a spreadsheet takes for a formula",
                    index + 1
                ));
            }
            cells.push(plain.unwrap_or(cell).to_owned());
        }
        rows.push(cells);
    }
    Ok(rows)
}

/// The cell of a row in a column.
pub(super) fn cell<'a>(row: &'a [String], columns: &[&str], column: &str) -> &'a str {
    columns
        .iter()
        .position(|name| *name == column)
        .and_then(|at| row.get(at))
        .map_or("", String::as_str)
}

/// One row for each message that was decided, with the decision of its record.
fn decisions(bag: &Bag, told: &Told) -> Result<String, String> {
    let mut here: BTreeMap<u32, String> = BTreeMap::new();
    for row in table(bag, told, "decisions.csv", DECISIONS)? {
        let message = cell(&row, DECISIONS, "message");
        let number = message
            .parse()
            .map_err(|_| format!("decisions.csv: {message} is no message number"))?;
        let decision = cell(&row, DECISIONS, "decision").to_owned();
        let original = told.originals.get(&number);
        if cell(&row, DECISIONS, "original") != original.map_or("", |(path, _)| path) {
            return Err(format!(
                "decisions.csv: message {number} is not where it says as it was"
            ));
        }
        if here.insert(number, decision).is_some() {
            return Err(format!(
                "decisions.csv: message {number} stands there twice"
            ));
        }
    }
    let told: BTreeMap<u32, String> = told
        .decisions
        .iter()
        .filter_map(|(number, decision)| Some((*number, decision.clone()?)))
        .collect();
    if here != told {
        return Err("decisions.csv and the records do not tell of the same messages".to_owned());
    }
    Ok(format!("{} decisions", here.len()))
}

/// The rules count what the table of decisions says was decided by them, rule by rule.
fn rules(bag: &Bag, told: &Told) -> Result<String, String> {
    let bytes = bag
        .tree
        .read(MARK, LARGEST_TABLE)
        .map_err(|error| format!("{MARK}: {error}"))?;
    let balance: Completeness =
        serde_json::from_slice(&bytes).map_err(|error| format!("{MARK}: {error}"))?;
    let Some(rows) = balance.rules else {
        return match told.form {
            1 => Ok("not told of in bundles of this form".to_owned()),
            _ => Err(format!("{MARK}: does not tell of rules")),
        };
    };
    let mut counted: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut by_rule = 0u64;
    for row in table(bag, told, "decisions.csv", DECISIONS)? {
        let how = cell(&row, DECISIONS, "how");
        if how.starts_with("rule") {
            let decision = cell(&row, DECISIONS, "decision").to_owned();
            *counted.entry((how.to_owned(), decision)).or_default() += 1;
            by_rule += 1;
        }
    }
    let mut told_of: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut kept = 0u64;
    for row in &rows {
        if row.messages == 0 {
            return Err(format!("rule {}: decided nothing that is here", row.rule));
        }
        kept += u64::from(row.text.is_none());
        let key = (rules::how(row.rule), row.decision.clone());
        *told_of.entry(key).or_default() += row.messages;
    }
    if told_of != counted {
        return Err(format!(
            "{MARK} and decisions.csv do not tell the same of what rules decided"
        ));
    }
    Ok(format!(
        "{by_rule} decisions by rule, {kept} of {} texts kept in the case",
        rows.len()
    ))
}

/// Each flag and each note is on a message that is here; nothing on hold is.
fn flags(bag: &Bag, told: &Told) -> Result<String, String> {
    let on = |name: &str, columns: &[&str]| -> Result<Vec<Vec<String>>, String> {
        let rows = table(bag, told, name, columns)?;
        for (row, index) in rows.iter().zip(1..) {
            let number = cell(row, columns, "message").parse().ok();
            let is_here = number
                .is_some_and(|number| told.decisions.get(&number).is_some_and(Option::is_some));
            if !is_here {
                return Err(format!(
                    "{name}, row {index}: on a message that is not here"
                ));
            }
        }
        Ok(rows)
    };
    let flags = on("flags.csv", FLAGS)?;
    for (row, index) in flags.iter().zip(1..) {
        match Flag::from_name(cell(row, FLAGS, "flag")) {
            None => return Err(format!("flags.csv, row {index}: no flag that docket knows")),
            Some(Flag::Hold) => {
                return Err(format!(
                    "flags.csv, row {index}: what is on hold does not leave"
                ));
            }
            Some(_) => {}
        }
    }
    if bag.tree.files.contains_key("notes.csv") {
        let notes = on("notes.csv", NOTES)?.len();
        return Ok(format!("{} flags, {notes} notes", flags.len()));
    }
    Ok(format!("{} flags", flags.len()))
}

/// One row for each person of whom a message is here, with their name and number of messages, and
/// for each whom a message names beside its sender.
fn people(bag: &Bag, told: &Told) -> Result<String, String> {
    let mut here: BTreeMap<String, (String, u64)> = BTreeMap::new();
    let mut names = BTreeSet::new();
    let rows = table(bag, told, "people.csv", PEOPLE)?;
    for row in &rows {
        let row = row.as_slice();
        let messages = cell(row, PEOPLE, "messages");
        let count = messages
            .parse()
            .map_err(|_| format!("people.csv: {messages} is no number"))?;
        let name = cell(row, PEOPLE, "name").to_owned();
        if count > 0 {
            let person = cell(row, PEOPLE, "person").to_owned();
            here.insert(person, (name.clone(), count));
        } else if !told.named.contains(&name) {
            return Err("people.csv names someone whom no record names".to_owned());
        }
        names.insert(name);
    }
    if here != told.people || !told.named.is_subset(&names) {
        return Err("people.csv and the records do not tell of the same people".to_owned());
    }
    let people: BTreeSet<&str> = rows.iter().map(|row| cell(row, PEOPLE, "person")).collect();
    for row in &rows {
        let joined = cell(row, PEOPLE, "joined_as");
        // Bundles of the first form may tell nothing of joins.
        let older = told.form == 1 && joined.is_empty();
        if !older && !people.contains(joined) {
            return Err(format!("people.csv: {joined} is nobody who is here"));
        }
    }
    Ok(format!("{} people", names.len()))
}

/// One row for each source; what is not handed over has no name there.
fn sources(bag: &Bag, told: &Told) -> Result<String, String> {
    let rows = table(bag, told, "sources.csv", SOURCES)?;
    let handed_over: BTreeSet<&str> = told.slots.keys().map(|slot| slot.0.as_str()).collect();
    for (row, index) in rows.iter().zip(0..) {
        let source = cell(row, SOURCES, "source");
        if source != records::source_id(index) {
            return Err(format!("sources.csv: {source} is not the next source"));
        }
        let none = cell(row, SOURCES, "handed_over") == "none";
        if none == handed_over.contains(source) {
            return Err(format!("{source}: the records do not hold what it says"));
        }
        let named = ["name", "format", "sha256", "bytes"]
            .iter()
            .any(|column| !cell(row, SOURCES, column).is_empty());
        if none && named {
            return Err(format!("{source}: named although nothing of it is here"));
        }
    }
    if rows.len() < handed_over.len() {
        return Err("sources.csv does not list every source".to_owned());
    }
    Ok(format!("{} sources", rows.len()))
}

/// Each row tells of a message that is here, or counts and names nothing.
fn reconciliation(bag: &Bag, told: &Told) -> Result<String, String> {
    let rows = table(bag, told, "reconciliation.csv", RECONCILIATION)?;
    let mut counted = 0u64;
    for (row, index) in rows.iter().zip(1..) {
        let fault = |what: &str| Err(format!("reconciliation.csv, row {index}: {what}"));
        let of = |column| cell(row, RECONCILIATION, column);
        let known = Disagree::ALL
            .iter()
            .any(|what| what.is_dispute() && what.name() == of("difference"));
        if !known && of("difference") != SAID_SAME {
            return fault("no difference that docket knows");
        }
        let Ok(messages) = of("messages").parse::<u64>() else {
            return fault("its count is no number");
        };
        counted = counted.saturating_add(messages);
        match of("message") {
            "" => {
                let names = ["thread", "day", "source"];
                if names.iter().any(|column| !of(column).is_empty()) {
                    return fault("tells where a message stands that is not here");
                }
            }
            number => {
                let number = number.parse().ok();
                let is_here = number
                    .is_some_and(|number| told.decisions.get(&number).is_some_and(Option::is_some));
                if !is_here || !told.threads.contains_key(of("thread")) {
                    return fault("tells of a message that is not here");
                }
            }
        }
    }
    Ok(format!("{counted} differences between exports"))
}
