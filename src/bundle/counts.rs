//! Messages by what became of them.

use super::records::{Mail, Mails};
use crate::model::{Decision, Kind};
use serde::{Deserialize, Serialize};

/// Messages by what became of them. They balance when the parts add up to `messages`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Messages in: counted apart from the parts.
    pub messages: u64,
    /// Handed over as records.
    pub official: u64,
    /// Official and personal in one: handed over without what is personal.
    pub mixed: u64,
    /// Handed over to understand a record.
    pub context: u64,
    /// Stay.
    pub personal: u64,
    /// Wait for a second look.
    pub refer: u64,
    /// Nobody has decided.
    pub undecided: u64,
    /// Lines of the app.
    pub system: u64,
    /// Bytes that no message could be made of.
    pub unreadable: u64,
    /// Copies, as a person says, of another message, which stands for them.
    #[serde(default)]
    pub copies: u64,
    /// Handed over with an earlier bundle, and not changed since.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub earlier: u64,
    /// Decided to be handed over, and left behind because the bundle's profile takes none such.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub set_aside: u64,
    /// How many of all these are in the bundle with their content.
    pub handed_over: u64,
}

/// Whether there is nothing to tell: bundles that follow none say nothing of earlier ones, and those
/// without a profile nothing of what it sets aside.
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Counts {
    /// Whether every message is in exactly one part.
    pub fn balance(&self) -> bool {
        let parts = [
            self.official,
            self.mixed,
            self.context,
            self.personal,
            self.refer,
            self.undecided,
            self.system,
            self.unreadable,
            self.copies,
            self.earlier,
            self.set_aside,
        ];
        parts.iter().sum::<u64>() == self.messages
    }

    /// Counts one more message by its kind and decision.
    pub(super) fn add(&mut self, kind: Kind, decision: Decision, is_copy: bool, leaves: bool) {
        let part = match (kind, decision) {
            (Kind::System, _) => &mut self.system,
            (Kind::Unreadable, _) => &mut self.unreadable,
            _ if is_copy => &mut self.copies,
            (_, Decision::Undecided) => &mut self.undecided,
            (_, Decision::Official) => &mut self.official,
            (_, Decision::Personal) => &mut self.personal,
            (_, Decision::Mixed) => &mut self.mixed,
            (_, Decision::Context) => &mut self.context,
            (_, Decision::Refer) => &mut self.refer,
        };
        *part += 1;
        self.handed_over += u64::from(leaves);
    }

    /// The sum of two counts, part by part.
    #[must_use]
    pub fn plus(&self, other: &Counts) -> Counts {
        Counts {
            messages: self.messages + other.messages,
            official: self.official + other.official,
            mixed: self.mixed + other.mixed,
            context: self.context + other.context,
            personal: self.personal + other.personal,
            refer: self.refer + other.refer,
            undecided: self.undecided + other.undecided,
            system: self.system + other.system,
            unreadable: self.unreadable + other.unreadable,
            copies: self.copies + other.copies,
            earlier: self.earlier + other.earlier,
            set_aside: self.set_aside + other.set_aside,
            handed_over: self.handed_over + other.handed_over,
        }
    }
}

/// How many mails leave, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailCounts {
    /// Mails with a record.
    pub mails: u64,
    /// Of these, here as they were.
    pub originals: u64,
    /// Of these, with their record only.
    pub left_out: u64,
}

impl MailCounts {
    /// Counts one more mail.
    pub(super) fn add(&mut self, is_here: bool) {
        self.mails += 1;
        *(if is_here {
            &mut self.originals
        } else {
            &mut self.left_out
        }) += 1;
    }

    pub(super) fn of(mails: &Mails) -> MailCounts {
        let mut counts = MailCounts::default();
        for mail in mails.values() {
            counts.add(matches!(mail, Mail::Here { .. }));
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_balance_only_when_every_message_has_its_part() {
        let mut counts = Counts::default();
        counts.messages += 1;
        assert!(!counts.balance());
        counts.add(Kind::Text, Decision::Personal, false, false);
        assert!(counts.balance());
        counts.add(Kind::System, Decision::Undecided, false, true);
        assert!(!counts.balance());
        assert_eq!(counts.handed_over, 1);
    }
}
