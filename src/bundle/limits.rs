//! What `completeness.json` tells beside the balance: what was chosen by, where nothing was said for
//! long, and which exports may have been cut off by the app that made them. A part must never pass
//! for the whole.

use super::completeness::{Cap, DayRow, Filters, Gap};
use super::options::Options;
use super::records::source_id;
use super::select::Selection;
use crate::findings::completeness::{CAPS, is_at_cap};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// So many days without any message in a thread are told as a gap, at least.
const LONG: i64 = 30;

impl Filters {
    /// Of a selection and what was chosen with it.
    pub(super) fn of(selection: &Selection, options: &Options) -> Filters {
        let profile = options.profile.as_ref();
        let takes_context = profile.is_none_or(|one| one.context);
        Filters {
            decisions: ["official", "mixed", "context"]
                .into_iter()
                .filter(|decision| takes_context || *decision != "context")
                .map(str::to_owned)
                .collect(),
            lines: "with every thread of which anything is handed over".to_owned(),
            partial: options.partial,
            on_hold: selection.held(),
            awaiting_second: selection.missing.kept,
            notes: options.takes_notes(),
        }
    }
}

/// The gaps of at least thirty days in threads, from the rows of the balance alone: they tell
/// nothing that those do not.
pub(super) fn gaps(days: &[DayRow]) -> Vec<Gap> {
    let mut by_thread: BTreeMap<&str, BTreeSet<NaiveDate>> = BTreeMap::new();
    for row in days {
        if let Ok(day) = row.day.parse() {
            by_thread.entry(&row.thread).or_default().insert(day);
        }
    }
    let mut gaps = Vec::new();
    for (thread, days) in by_thread {
        for (after, before) in days.iter().zip(days.iter().skip(1)) {
            let between = before.signed_duration_since(*after).num_days() - 1;
            if between >= LONG {
                gaps.push(Gap {
                    thread: thread.to_owned(),
                    after: *after,
                    before: *before,
                    days: between,
                });
            }
        }
    }
    gaps
}

/// The caps of exports that are named in the bundle.
pub(super) fn caps(selection: &Selection) -> Vec<Cap> {
    let sources = selection.store.sources().iter();
    let named = sources.filter(|source| selection.sources.contains(&source.id));
    named
        .filter_map(|source| {
            let cap = CAPS.iter().find(|(format, ..)| *format == source.format);
            let (_, with_files, without_files) = *cap?;
            let own = selection.source_counts(source.id).messages;
            let messages = own.saturating_add(source.already_known.into());
            Some(Cap {
                source: source_id(source.id.0),
                with_files,
                without_files,
                messages,
                reached: is_at_cap(messages, with_files) || is_at_cap(messages, without_files),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::counts::Counts;

    #[test]
    fn gaps_are_told_thread_by_thread() {
        let row = |thread: &str, day: &str| DayRow {
            source: "source-0000".to_owned(),
            thread: thread.to_owned(),
            day: day.to_owned(),
            counts: Counts::default(),
        };
        let rows = [
            row("thread-0001", "2021-03-01"),
            row("thread-0002", "2021-03-20"),
            row("thread-0001", "2021-04-01"),
            row("thread-0001", "undated"),
            row("thread-0002", "2021-04-19"),
        ];
        let found = gaps(&rows);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].thread, "thread-0001");
        assert_eq!(found[0].days, 30);
        assert_eq!(found[0].before.to_string(), "2021-04-01");
    }

    #[test]
    fn caps_are_met_from_both_sides() {
        for (messages, met) in [
            (9_899, false),
            (9_900, true),
            (10_000, true),
            (10_101, false),
        ] {
            assert_eq!(is_at_cap(messages, 10_000), met, "{messages}");
        }
    }
}
