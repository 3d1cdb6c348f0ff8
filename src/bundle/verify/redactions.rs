//! `redactions.csv`: each mask that a message tells of has its row there, and each row its mask.

use super::bagit::Bag;
use super::tables::{cell, table};
use super::told::Told;
use crate::bundle::layout::{OPEN_COPY, OPEN_MESSAGES, REDACTIONS};
use crate::bundle::records::MaskRow;
use crate::case::masks::Reach;
use crate::text::counted;
use std::collections::BTreeSet;

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
    Ok(format!(
        "{} on {}",
        counted(masks, "mask", "masks"),
        counted(messages.len() as u64, "message", "messages")
    ))
}
