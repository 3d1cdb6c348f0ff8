//! `membership.csv`: who was in each thread that is handed over, when, and what that rests on.
//!
//! It is made from what is handed over alone: from the lines of the app that leave, and from who
//! sent the messages that leave. So it tells of nobody whom those do not tell of, and of nobody's
//! message that stays. People stand in it by their numbers, as in the records; people.csv has the
//! names of those who may be named. A line that anything is masked in tells nothing here.
//!
//! What no line tells is called unknown. That somebody wrote shows that they were there by then,
//! and not since when.

use super::layout::MEMBERSHIP;
use super::records::{moment, person_id, thread_id};
use super::select::Selection;
use super::table::Table;
use crate::model::{MessageNumber, ThreadId};
use crate::people::membership::{Change, Membership};
use std::io::Write;

/// What stands in `came_by` and `went_by` where no line tells.
pub(super) const UNKNOWN: &str = "unknown";

/// Writes the table.
pub(super) fn membership(selection: &Selection, out: impl Write) -> csv::Result<()> {
    let store = &selection.store;
    let mut table = Table::new(out, MEMBERSHIP)?;
    for thread in &selection.threads {
        let counts = |number: MessageNumber| {
            selection.leaving.contains(number.0)
                && (selection.decided_out.contains(number.0)
                    || selection.masks.of(number).is_none())
        };
        let members = Membership::among(store, *thread, counts);
        let time = |at| time(selection, *thread, at);
        let number = |at| store.thread_message(*thread, at);
        for stay in members.stays() {
            let line = |told: Option<(u32, Change)>| match told {
                Some((at, change)) => [
                    time(at),
                    change.name().to_owned(),
                    number(at)
                        .map(|number| number.to_string())
                        .unwrap_or_default(),
                ],
                None => [String::new(), UNKNOWN.to_owned(), String::new()],
            };
            let wrote = |at: Option<u32>| at.map(time).unwrap_or_default();
            let mut row = vec![thread_id(thread.0), person_id(stay.participant.0)];
            row.extend(line(stay.came));
            row.extend(line(stay.went));
            row.push(wrote(stay.wrote.map(|(first, _)| first)));
            row.push(wrote(stay.wrote.map(|(_, last)| last)));
            table.row(&row)?;
        }
    }
    table.end()
}

/// When the message at a place of a thread was sent: RFC 3339; empty where nothing tells.
fn time(selection: &Selection, thread: ThreadId, at: u32) -> String {
    let store = &selection.store;
    let message = store
        .thread_message(thread, at)
        .and_then(|number| store.message(number));
    let time = message.and_then(|message| moment(message.time?, message.offset_minutes));
    time.map(|time| time.to_rfc3339()).unwrap_or_default()
}
