//! Mails as they were: which of those that leave do so byte for byte, and why the others do not.
//!
//! A mail is more than its record shows: every header, a blind copy, the page beside the words. It
//! leaves as it was only where all of it was decided to leave, and where all of it could be
//! searched. It stays behind, with the reason in its record, where
//! - it is context: its record says what is needed of it;
//! - a part of it is masked or withheld, in whichever edition, or of a mail within it;
//! - a mail within it is a message of the case that does not leave;
//! - any part of it, decoded, says what does not leave;
//! - it was too long to be read whole, or cannot be taken apart;
//! - it comes from Outlook, which keeps properties and no mail as it was sent;
//! - its bytes do not read as the text that was reviewed.
//!
//! Nothing is cut from a mail: what there is of it is the bytes that were sealed when it was loaded,
//! without what a mailbox puts around and into a mail (see [`email::original`]).

use super::context::is_context;
use super::records::thread_id;
use super::select::Selection;
use super::selftest::{Room, SelfTest};
use crate::case::Message;
use crate::import::Importer;
use crate::import::email::{self, Email, Original};
use roaring::RoaringBitmap;

/// The path of a mail in the bag.
pub(super) fn path(thread: u32, message: u32) -> String {
    path_in(&thread_id(thread), message)
}

/// The path of a mail in the bag, by its thread's name there.
pub(super) fn path_in(thread: &str, message: u32) -> String {
    format!("data/mail/{thread}/message-{message}.eml")
}

/// The mails among the messages that leave.
pub(super) fn leaving(selection: &Selection) -> RoaringBitmap {
    let mut mails = RoaringBitmap::new();
    for source in selection.store.sources() {
        if source.format == Email.name() {
            mails |= selection.store.numbers_of(source.id);
        }
    }
    mails & &selection.decided_out
}

/// A mail as it was, where it may leave so.
///
/// # Errors
/// Why it does not, for its record.
pub(super) fn original<'a>(
    selection: &'a Selection,
    message: &Message<'_>,
    test: &SelfTest<'_>,
    room: &mut Room,
) -> Result<Original<'a>, &'static str> {
    const CONTEXT: &str = "it is context and no record; what is needed of it is here";
    const UNREAD: &str = "its bytes cannot be read";
    const OTHER: &str = "its bytes do not read as what was reviewed";
    const WITHIN: &str = "a mail within it is not handed over";
    const SAYS: &str = "a part of it says what is not handed over";
    const APART: &str = "it cannot be taken apart to be searched";
    const MASKED: &str = "a part of it is masked or withheld";
    const WITHIN_MASKED: &str = "a part of a mail within it is masked or withheld";

    if is_context(selection, message.number) {
        return Err(CONTEXT);
    }
    if selection.masks.of(message.number).is_some() {
        return Err(MASKED);
    }

    let raw = selection.store.raw(message.number).ok_or(UNREAD)?;
    let mail = email::original(raw)?;
    let read = email::read_again(raw).ok_or(OTHER)?;
    if read.text != message.text {
        return Err(OTHER);
    }
    let searched = test.mail(&mail.bytes, room).map_err(|_| APART)?;
    let stays = |name: &String| {
        let all = selection.store.all_named(name);
        !all.is_empty()
            && !all
                .iter()
                .any(|number| selection.leaving.contains(number.0))
    };
    if searched.contents.mails.iter().any(stays) {
        return Err(WITHIN);
    }
    let is_masked = |name: &String| {
        let all = selection.store.all_named(name);
        all.iter()
            .any(|number| selection.masks.of(*number).is_some())
    };
    if searched.contents.mails.iter().any(is_masked) {
        return Err(WITHIN_MASKED);
    }
    if searched.found.is_some() {
        return Err(SAYS);
    }
    Ok(mail)
}
