//! What a reviewer asks for, and what came of it, as data.

use super::ReviewError;
use crate::case::Store;
use crate::case::ledger::{How, Recorded};
use crate::case::marks::Reason;
use crate::model::{Decision, MessageNumber, ThreadId};
use roaring::RoaringBitmap;

/// The longest reason that can be given with a decision, in bytes.
pub const MAX_NOTE: usize = 10_000;

/// What a decision is made on.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// One message.
    Message(MessageNumber),
    /// The messages of a thread from one position to another, both included.
    Range(ThreadId, u32, u32),
    /// A whole thread.
    Thread(ThreadId),
    /// A set of messages, and the canonical text of the query whose hits they are.
    Set(RoaringBitmap, Option<String>),
}

impl Target {
    /// The query whose hits they are, if they are a query's.
    pub fn query(&self) -> Option<&str> {
        match self {
            Target::Set(_, query) => query.as_deref(),
            _ => None,
        }
    }

    /// The messages that it names, decidable or not.
    ///
    /// # Errors
    /// [`ReviewError::Missing`] when there is no such message or thread.
    pub fn messages(&self, store: &Store) -> Result<RoaringBitmap, ReviewError> {
        match self {
            Target::Message(number) if number.0 < store.len() => {
                Ok(RoaringBitmap::from_iter([number.0]))
            }
            Target::Message(number) => Err(ReviewError::Missing(format!("message {number}"))),
            Target::Range(thread, from, to) => {
                let Some(found) = store.thread(*thread) else {
                    return Err(ReviewError::Missing(format!("thread {thread}")));
                };
                let mut messages = RoaringBitmap::new();
                let mut position = 0u32;
                for run in &found.runs {
                    let length = run.end.saturating_sub(run.start);
                    // The part of the run that stands between the two positions.
                    let skip = from.saturating_sub(position).min(length);
                    let end = to.saturating_add(1).saturating_sub(position).min(length);
                    if skip < end {
                        messages.insert_range(run.start + skip..run.start + end);
                    }
                    position = position.saturating_add(length);
                }
                Ok(messages)
            }
            Target::Thread(thread) if store.thread(*thread).is_some() => {
                Ok(store.thread_set(*thread))
            }
            Target::Thread(thread) => Err(ReviewError::Missing(format!("thread {thread}"))),
            Target::Set(messages, _) => match messages.max() {
                Some(last) if last >= store.len() => {
                    Err(ReviewError::Missing(format!("message {last}")))
                }
                _ => Ok(messages.clone()),
            },
        }
    }
}

/// What deciding would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// How many messages would change.
    pub count: u32,
    /// In how many threads.
    pub threads: u32,
    /// How many stand so already.
    pub already: u32,
    /// How many would change, by what they are now.
    pub changes: Vec<(Decision, u32)>,
    /// How many no one decides on: lines of the app and unreadable bytes.
    pub undecidable_skipped: u32,
    /// The ledger's last entry that this preview knows of, for [`Asking::seen`].
    pub seen: u64,
}

/// What putting or taking off a flag or a note would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkPreview {
    /// How many messages would change.
    pub count: u32,
    /// In how many threads.
    pub threads: u32,
    /// How many stand so already.
    pub already: u32,
    /// How many of those that would change have it with other words, or for another reason.
    pub replaced: u32,
    /// The ledger's last entry that this preview knows of, for [`Asking::seen`].
    pub seen: u64,
}

/// How a decision is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// How it is made.
    pub how: How,
    /// What the reviewer writes with it.
    pub note: Option<String>,
    /// Why, from the case's list of reasons; of a mark, what is said gives it.
    pub reason: Option<Reason>,
    /// The last entry that the reviewer has seen the effect of: what others decided after it is not
    /// overwritten. `None`: whatever this session has taken up.
    pub seen: Option<u64>,
}

/// What deciding did.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The ledger's entry, which is on the disk; `None` where nothing had to change.
    pub recorded: Option<Recorded>,
    /// How many messages changed.
    pub count: u32,
    /// The messages that another reviewer decided otherwise since this session saw them. They are
    /// as that reviewer left them; deciding again, now that they are seen, does change them.
    pub conflicts: RoaringBitmap,
    /// The ledger's entry that keeps what was decided of those as a disagreement. `None` where
    /// nothing was to be kept, or, once `recorded` is saved, the disk refused it.
    pub word: Option<Recorded>,
}

/// What an undo or redo did.
#[derive(Clone, Debug, PartialEq)]
pub struct Undone {
    /// The ledger's entry, which is on the disk.
    pub seq: u64,
    /// What was taken back or made again, in a few words: `official on 12 messages`.
    pub what: String,
    /// The decision that was taken back or made again.
    pub decision: Recorded,
    /// The messages that changed.
    pub changed: RoaringBitmap,
    /// How many changed.
    pub count: u32,
    /// How many were left as they are because another reviewer decided them since.
    pub skipped: u32,
}

/// What a refresh took up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refreshed {
    /// The new entries that this session did not make.
    pub entries: Vec<Recorded>,
    /// The messages that they changed.
    pub changed: RoaringBitmap,
    /// Those of them that this session had decided itself.
    pub conflicts: RoaringBitmap,
    /// Whether messages came to the case or were read anew: lists have to be made again.
    pub imported: bool,
}

impl Refreshed {
    /// Whether there was nothing new.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && !self.imported
    }
}
