//! One message in several exports: where it stands, and what the exports disagree on.
//!
//! What an export tells differently of a message was written down when it was loaded. What it
//! lacks follows from that: of a thread that several exports tell of, each covers what stands
//! between the first and the last message that it has, and lacks what it covers and does not have.
//! Mailboxes lack nothing, because nobody's mailbox has all mails of a thread.

use super::instances::{Details, Instance};
use super::source::{Disagree, Rename};
use crate::model::{Attachment, MessageNumber, SourceId, ThreadId};
use roaring::RoaringBitmap;
use std::collections::BTreeMap;

/// Where a message stands besides the export that gave it its number, and what that tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Also {
    /// Where, and whether it differs.
    pub at: Instance,
    /// What it tells differently; empty where it agrees.
    pub told: Details,
}

/// A file that a message names, and the export whose file it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The export.
    pub source: SourceId,
    /// The file; its item or place is one of that export.
    pub file: Attachment,
}

/// One thing that two exports disagree on, to be looked up by [`super::Store::disagreements`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The thread.
    pub thread: ThreadId,
    /// The place of the message in it.
    pub position: u32,
    /// The message; for a renamed sender, the first one by them.
    pub number: MessageNumber,
    /// The export that tells it differently, or lacks it.
    pub source: SourceId,
    /// How they differ.
    pub what: Disagree,
}

/// What is worked out of all parts at its first use.
#[derive(Debug, Default)]
pub(super) struct Reconciled {
    /// By export: what it covers and does not have.
    pub(super) missing: BTreeMap<SourceId, RoaringBitmap>,
    /// By the first message concerned.
    pub(super) renames: BTreeMap<MessageNumber, Vec<(SourceId, Rename)>>,
}
