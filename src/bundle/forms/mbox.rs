//! Mailboxes (RFC 4155; quoted as in mboxrd, so that every byte comes back):
//!
//! ```text
//! data/mail/as-sent.mbox       the mails as they were, where all of them may leave
//! data/mbox/mail-records.mbox  of the other mails what may leave, written anew
//! data/mbox/chats.mbox         each day of each chat as one mail, as the bundle has it
//! data/attachments/            the files of what was written anew
//! ```

use super::{HoldsRow, Making, Staged};
use crate::bundle::error::BundleError;
use crate::bundle::making::{Bag, BagFile};
use crate::bundle::records::{Mail, eml};
use crate::import::email;
use chrono::{DateTime, FixedOffset};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};

const AS_SENT: &str = "data/mail/as-sent.mbox";
const MAIL_RECORDS: &str = "data/mbox/mail-records.mbox";
const CHATS: &str = "data/mbox/chats.mbox";

/// A mail that was staged: which mailbox it goes into, and its file.
pub(super) struct Piece {
    mailbox: &'static str,
    path: String,
    time: Option<DateTime<FixedOffset>>,
}

/// Stages each mail as a file of its own.
pub(super) fn stage(making: &mut Making<'_, '_>) -> Result<Staged<Piece>, BundleError> {
    let mut pieces = Vec::new();
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    making.each_day(&mut |bag: &mut Bag, day| {
        if day.thread.channel != email::CHANNEL {
            let path = format!("data/mbox/{}/{}.eml", day.thread.id(), day.file_name());
            bag.put(&path, eml::render(day).as_bytes())?;
            *counts.entry(CHATS).or_default() += day.messages().count() as u64;
            let times = day.messages().filter_map(|message| message.time);
            pieces.push(Piece {
                mailbox: CHATS,
                path,
                time: times.max(),
            });
            return Ok(());
        }
        for message in day.messages() {
            let (mailbox, path) = match &message.beside.original {
                Some(Mail::Here { copy, .. }) => (AS_SENT, copy.path.clone()),
                Some(Mail::LeftOut(_)) | None => {
                    let name = format!("message-{}", message.number);
                    let path = format!("data/mbox/{}/{name}.eml", day.thread.id());
                    bag.put(&path, eml::of_mail(day, message).as_bytes())?;
                    (MAIL_RECORDS, path)
                }
            };
            *counts.entry(mailbox).or_default() += 1;
            pieces.push(Piece {
                mailbox,
                path,
                time: message.time,
            });
        }
        Ok(())
    })?;
    let holds = counts.into_iter().map(|(path, messages)| HoldsRow {
        path: path.to_owned(),
        messages,
    });
    Ok(Staged {
        pieces,
        holds: holds.collect(),
    })
}

/// Puts the mails one after the other.
pub(super) fn assemble(making: &mut Making<'_, '_>, pieces: Vec<Piece>) -> Result<(), BundleError> {
    let bag = &mut *making.maker.bag;
    let mut open: BTreeMap<&'static str, BagFile> = BTreeMap::new();
    for piece in pieces {
        let path = bag.root().join(&piece.path);
        let mail = fs::read(&path).map_err(BundleError::io(&path))?;
        if !open.contains_key(piece.mailbox) {
            let file = bag.start(piece.mailbox)?;
            open.insert(piece.mailbox, file);
        }
        if let Some(file) = open.get_mut(piece.mailbox) {
            let place = file.path().to_path_buf();
            put(file, &mail, piece.time).map_err(BundleError::io(&place))?;
        }
        bag.discard(&piece.path)?;
    }
    for (_, file) in open {
        bag.end(file)?;
    }
    bag.prune()
}

/// One mail: its separator, its lines with those that would be taken for a separator quoted, and an
/// empty line.
fn put(to: &mut impl Write, mail: &[u8], time: Option<DateTime<FixedOffset>>) -> io::Result<()> {
    let time = time.unwrap_or_default().to_utc();
    let date = time.format("%a %b %e %H:%M:%S %Y");
    writeln!(to, "From records@docket.invalid {date}")?;
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        let quoted = line.iter().position(|byte| *byte != b'>');
        let rest = quoted.and_then(|at| line.get(at..)).unwrap_or_default();
        if rest.starts_with(b"From ") {
            to.write_all(b">")?;
        }
        to.write_all(line)?;
    }
    if !mail.ends_with(b"\n") {
        to.write_all(b"\n")?;
    }
    to.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_look_like_separators_are_quoted_once_more() {
        let mut out = Vec::new();
        put(&mut out, b"A: b\r\n\r\nFrom me\n>From you\nFromage", None).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "From records@docket.invalid Thu Jan  1 00:00:00 1970\nA: b\r\n\r\n>From me\n\
             >>From you\nFromage\n\n"
        );
    }
}
