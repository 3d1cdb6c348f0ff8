//! What is handed over as context, and for which records it is.
//!
//! Context is no record: it is here so that one can be understood. Its record says so in every form,
//! and names the records that answer or quote it. Of a mail that is context there is that record
//! alone; the mail as it was would be more than is needed.

use super::select::Selection;
use crate::model::{Decision, MessageNumber};
use crate::review::proposed::{Link, parent};
use std::collections::BTreeMap;

/// Of each message that is context, by its number: the records that answer or quote it, in rising
/// order. Not of all: what somebody added around a record has none.
pub(super) type Contexts = BTreeMap<u32, Vec<u32>>;

/// Finds them among what is handed over.
pub(super) fn contexts(selection: &Selection) -> Contexts {
    let store = &selection.store;
    let mut all = Contexts::new();
    let is_context = |number| selection.decision(number) == Decision::Context;
    for number in selection.decided_out.iter().map(MessageNumber) {
        let Some(message) = store.message(number).filter(|_| !is_context(number)) else {
            continue;
        };
        let Some((parent, link)) = parent(store, number, message.marks) else {
            continue;
        };
        let parent = selection.fold.same.head(parent);
        let is_here = selection.decided_out.contains(parent.0) && is_context(parent);
        // What a mask lies on is not told by what it is found in.
        let may_tell = link == Link::Answers || selection.masks.of(number).is_none();
        if is_here && may_tell {
            all.entry(parent.0).or_default().push(number.0);
        }
    }
    all
}

/// Whether a message is handed over as context.
pub(super) fn is_context(selection: &Selection, number: MessageNumber) -> bool {
    selection.decided_out.contains(number.0) && selection.decision(number) == Decision::Context
}
