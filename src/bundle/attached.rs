//! What is known of the files that messages came with, on their way into a bag.

use super::closure::Exempt;
use super::records::Copy;
use super::select::Selection;
use crate::model::{SourceId, Stands};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// The files that leave, by where they stand.
pub(super) type Copies = BTreeMap<(SourceId, Stands), Copy>;

/// What is known of files that messages came with, by path.
#[derive(Default)]
pub(super) struct Attached {
    /// The last day on which a message came with it.
    pub(super) days: BTreeMap<String, Option<NaiveDate>>,
    /// Why the open copy withholds it.
    pub(super) exempt: BTreeMap<String, Exempt>,
    /// Those that came with a record, and not with context alone.
    pub(super) of_records: BTreeSet<String>,
    /// What a file is exempt for before any reason is told.
    none: Exempt,
}

impl Attached {
    /// Of nothing yet.
    pub(super) fn of(selection: &Selection) -> Attached {
        Attached {
            none: Exempt::of(selection),
            ..Attached::default()
        }
    }

    /// Notes that a message of this day came with a file, a record or context.
    pub(super) fn came(&mut self, path: &str, day: Option<NaiveDate>, is_context: bool) {
        if !is_context {
            self.of_records.insert(path.to_owned());
        }
        let known = self.days.entry(path.to_owned()).or_default();
        *known = (*known).max(day);
    }

    /// Notes that the open copy withholds it, and why.
    pub(super) fn withhold(&mut self, path: &str, reason: &str) {
        let none = || self.none.clone();
        let exempt = self.exempt.entry(path.to_owned());
        exempt.or_insert_with(none).add(reason);
    }
}
