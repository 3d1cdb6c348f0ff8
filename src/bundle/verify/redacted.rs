//! What bundles promise of masks: each that a message tells of stands in its record and in
//! `redactions.csv`, the open copies are there where they are needed and nowhere else, and what is
//! personal is in neither.

use super::bagit::Bag;
use super::tables::{cell, table};
use super::told::Told;
use crate::bundle::layout::{OPEN_COPY, OPEN_MESSAGES, REDACTIONS};
use crate::bundle::records::MaskRow;
use crate::bundle::records::jsonl::Row;
use crate::case::masks::{Part, Reach};
use crate::review::Edition;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};

/// What the lines of JSON tell of masks.
#[derive(Default)]
pub(super) struct Redacted {
    /// Masks by message, as the closed master and as the open copy have them.
    closed: BTreeMap<u32, Vec<MaskRow>>,
    open: BTreeMap<u32, Vec<MaskRow>>,
    /// The record of each message: channel, thread and day.
    records: BTreeMap<u32, (String, String, String)>,
    /// Threads and days on which something is masked in the open copy alone.
    open_days: BTreeSet<(String, String)>,
    /// Whether there is an open copy of the messages.
    is_there: bool,
    /// Every message of the closed master, and of the open copy where there is one.
    all: [BTreeSet<u32>; 2],
}

impl Redacted {
    /// Takes up a message as an edition has it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn add(&mut self, row: &Row, edition: Edition) -> Result<(), &'static str> {
        let is_closed = edition == Edition::Closed;
        for mask in &row.masks {
            let (Some(part), Some(reach)) =
                (Part::from_name(&mask.part), Reach::from_name(&mask.reach))
            else {
                return Err("a mask lies on no part, or reaches nowhere");
            };
            if !edition.masks(reach) {
                return Err("what is exempt is masked in the closed master");
            }
            let shown = format!("[redacted: {}]", mask.shown);
            let holds = |text: &str| text.matches(&shown).count() as u64 >= mask.count;
            let stands = match part {
                Part::Text => holds(&row.text),
                Part::Version(at) => {
                    let version = row.versions.get(usize::from(at));
                    version.is_some_and(|version| holds(&version.text))
                }
                Part::File(at) => row.attachments.get(usize::from(at)).is_some_and(|file| {
                    file.state == "withheld" && file.name.is_empty() && file.path.is_none()
                }),
                Part::Recipients => row.recipients.is_empty(),
                Part::Reactions => row.reactions.is_empty(),
                Part::Forwarded => row.forwarded.is_none(),
                Part::Labels => row.labels.is_empty(),
            };
            if reach == Reach::Open {
                self.open_days.insert((row.thread.clone(), row.day.clone()));
            }
            if !stands || mask.count == 0 {
                return Err("a mask that it tells of is not on it");
            }
        }
        let is_masked = row
            .masks
            .iter()
            .any(|mask| mask.reach == Reach::Always.name());
        if row.decision.as_deref() == Some("mixed") && !is_masked {
            return Err("it is mixed, and nothing personal is masked in it");
        }
        if !row.masks.is_empty() && row.original.is_some() {
            return Err("it is masked, and the mail is there as it was");
        }
        let masks = match is_closed {
            true => &mut self.closed,
            false => &mut self.open,
        };
        if !row.masks.is_empty() {
            masks.insert(row.message, row.masks.clone());
            let record = (row.channel.clone(), row.thread.clone(), row.day.clone());
            self.records.insert(row.message, record);
        }
        let [closed, open] = &mut self.all;
        let all = if is_closed { closed } else { open };
        all.insert(row.message);
        Ok(())
    }

    /// Reads the open copy of the messages, where there is one.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(super) fn read_open(&mut self, bag: &Bag) -> Result<(), String> {
        if !bag.tree.files.contains_key(OPEN_MESSAGES) {
            return Ok(());
        }
        self.is_there = true;
        let file = bag.tree.open(OPEN_MESSAGES);
        let file = file.map_err(|error| format!("{OPEN_MESSAGES}: {error}"))?;
        for (line, at) in BufReader::new(file).lines().zip(1..) {
            let line = line.map_err(|error| format!("{OPEN_MESSAGES}: {error}"))?;
            let row: Row = serde_json::from_str(&line)
                .map_err(|error| format!("{OPEN_MESSAGES}, line {at}: {error}"))?;
            self.add(&row, Edition::Open)
                .map_err(|reason| format!("{OPEN_MESSAGES}, line {at}: {reason}"))?;
        }
        Ok(())
    }

    /// Whether there is an open copy of the messages.
    pub(super) fn is_open(&self) -> bool {
        self.is_there
    }

    /// Whether a thread's day has an open copy: something on it is masked there alone.
    pub(super) fn has_open_copy(&self, slot: &(String, String)) -> bool {
        self.open_days.contains(slot)
    }
}

/// Every mask has its row, and every row its mask.
///
/// # Errors
/// What is wrong, and where.
pub(super) fn check(bag: &Bag, all: &Told) -> Result<String, String> {
    let told = &all.redacted;
    let mut wanted: BTreeSet<(String, u32, MaskRow)> = BTreeSet::new();
    for (masks, reach, open) in [
        (&told.closed, Reach::Always, ""),
        (&told.open, Reach::Open, OPEN_COPY),
    ] {
        for (message, masks) in masks {
            let Some((channel, thread, day)) = told.records.get(message) else {
                continue;
            };
            let channel = crate::text::file_name(channel);
            let file = format!("data/records/{channel}/{thread}/{day}{open}.eml");
            for mask in masks.iter().filter(|mask| mask.reach == reach.name()) {
                wanted.insert((file.clone(), *message, mask.clone()));
            }
        }
    }
    let [closed, open] = &told.all;
    if told.is_there && closed != open {
        return Err(format!(
            "{OPEN_MESSAGES} does not tell of the same messages"
        ));
    }
    for (message, masks) in &told.closed {
        let also = told
            .open
            .get(message)
            .map(Vec::as_slice)
            .unwrap_or_default();
        if told.is_there && masks.iter().any(|mask| !also.contains(mask)) {
            return Err(format!(
                "message {message}: the open copy shows what is no record"
            ));
        }
    }
    let mut here = BTreeSet::new();
    for (row, at) in table(bag, all, "redactions.csv", REDACTIONS)?
        .iter()
        .zip(1..)
    {
        let of = |column| cell(row, REDACTIONS, column).to_owned();
        let fault = |what: &str| format!("redactions.csv, row {at}: {what}");
        let message = of("message").parse();
        let count = of("count").parse();
        let (Ok(message), Ok(count)) = (message, count) else {
            return Err(fault("its message or count is no number"));
        };
        if !bag.payload.contains_key(&of("file")) {
            return Err(fault("the record that it names is not here"));
        }
        let mask = MaskRow {
            part: of("part"),
            reason: of("reason"),
            shown: of("shown"),
            reach: of("reach"),
            means: of("reason_means"),
            count,
        };
        if !here.insert((of("file"), message, mask)) {
            return Err(fault("it stands there twice"));
        }
    }
    if here != wanted {
        return Err("redactions.csv and the records do not tell of the same masks".to_owned());
    }
    let masks: u64 = here.iter().map(|(_, _, mask)| mask.count).sum();
    let messages: BTreeSet<u32> = here.iter().map(|(_, message, _)| *message).collect();
    Ok(format!("{masks} masks on {} messages", messages.len()))
}
