//! What the person who makes a bundle chooses.

use super::profile::Profile;
use chrono::NaiveDate;
use std::sync::Arc;

/// What the person who makes the bundle chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Leaves undecided and referred messages, those on hold and those whose second look is missing
    /// behind, and says so in the bag.
    pub partial: bool,
    /// Takes the reviewers' notes along, of what leaves.
    pub notes: bool,
    /// The day the bag is made, as the bag declares it; today in the case's zone where not given.
    pub bagging_date: Option<NaiveDate>,
    /// What the department wants of its bundles; it only takes away.
    pub profile: Option<Arc<Profile>>,
}

impl Options {
    /// Whether the reviewers' notes leave: where they are asked for, and the profile takes any.
    pub(super) fn takes_notes(&self) -> bool {
        self.notes && self.profile.as_ref().is_none_or(|one| one.notes)
    }
}
