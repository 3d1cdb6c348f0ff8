//! What the records tell of masks: each that a message tells of stands in it, the open copies are
//! there where they are needed and nowhere else, and what is personal is in neither.

use super::bagit::Bag;
use crate::bundle::layout::OPEN_MESSAGES;
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
    pub(super) closed: BTreeMap<u32, Vec<MaskRow>>,
    pub(super) open: BTreeMap<u32, Vec<MaskRow>>,
    /// The record of each message: channel, thread and day.
    pub(super) records: BTreeMap<u32, (String, String, String)>,
    /// Threads and days on which something is masked in the open copy alone.
    open_days: BTreeSet<(String, String)>,
    /// Whether there is an open copy of the messages.
    pub(super) is_there: bool,
    /// Every message of the closed master, and of the open copy where there is one.
    pub(super) all: [BTreeSet<u32>; 2],
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
