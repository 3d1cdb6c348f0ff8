//! The order in which a thread of an export is shown.
//!
//! Messages keep the order in which their export has them: sorting by time misorders real chats,
//! whose clocks jump. But an export that lists the newest first is read from its end, and threads
//! of mails, which stand in a mailbox in any order, are shown by time. Numbers and bytes stay as
//! they are; this is the order of a view.

use super::columns::Columns;
use super::draft::DraftThread;

/// Puts a thread's messages in the order they are shown in. `in_order` says whether their format
/// has them as they were said, be it backwards.
pub(super) fn arrange(thread: &mut DraftThread, columns: &Columns, in_order: bool) {
    let all = || thread.runs.iter().cloned().flatten();
    let (mut rises, mut falls) = (0u64, 0u64);
    let mut before: Option<i64> = None;
    for time in all().filter_map(|at| columns.time(at)) {
        match before.map(|before| before.cmp(&time)) {
            Some(std::cmp::Ordering::Less) => rises += 1,
            Some(std::cmp::Ordering::Greater) => falls += 1,
            _ => {}
        }
        before = Some(time);
    }
    if falls == 0 || (in_order && falls <= rises) {
        return;
    }
    let mut messages: Vec<u32> = all().collect();
    if in_order || rises == 0 {
        messages.reverse();
    } else {
        // What has no time stays after what it stands after.
        let mut last = i64::MIN;
        let mut timed: Vec<(i64, u32)> = messages
            .into_iter()
            .map(|at| {
                last = columns.time(at).unwrap_or(last);
                (last, at)
            })
            .collect();
        timed.sort_by_key(|(time, _)| *time);
        messages = timed.into_iter().map(|(_, at)| at).collect();
    }
    thread.runs.clear();
    for at in messages {
        match thread.runs.last_mut() {
            Some(run) if run.end == at => run.end = at.saturating_add(1),
            _ => thread.runs.push(at..at.saturating_add(1)),
        }
    }
}
