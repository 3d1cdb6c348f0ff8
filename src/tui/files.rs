//! The files of messages: what the list says of them, and one of them looked at. Reading and decoding
//! are a worker's; see [`super::jobs`].

use super::picture::{self, Picture, Room};
use super::terminal;
use crate::guard::guarded;
use crate::import::content::Class;
use crate::model::MessageNumber;
use crate::review::Session;
use crate::review::beside::bytes;
use crate::review::files::{File, Looker};
use std::collections::HashMap;
use std::sync::Arc;

/// Messages whose files are remembered; then all are forgotten.
const MOST_KNOWN: usize = 4_096;

/// What the files of the messages in view are, as far as it was looked up: for each message its files
/// in their order, each in a few words; empty words where its bytes are not there.
#[derive(Clone, Debug, Default)]
pub struct Known(Arc<HashMap<u32, Vec<String>>>);

impl Known {
    /// The words for a file of a message.
    pub fn words(&self, number: MessageNumber, at: usize) -> Option<&str> {
        let words = self.0.get(&number.0)?.get(at)?;
        (!words.is_empty()).then_some(words)
    }

    /// Whether a message was looked up, or is being.
    pub fn has(&self, number: MessageNumber) -> bool {
        self.0.contains_key(&number.0)
    }

    /// Takes note that a message is being looked up, or what was found.
    pub fn put(&mut self, number: MessageNumber, words: Vec<String>) {
        let known = Arc::make_mut(&mut self.0);
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(number.0, words);
    }

    /// Forgets all: what was missing may be there now.
    pub fn forget(&mut self) {
        self.0 = Arc::default();
    }
}

/// What is to be looked at.
#[derive(Clone, Debug)]
pub enum LookAt {
    /// The files of these messages, for a line each.
    Lines(Vec<MessageNumber>),
    /// All of one file of a message: its place among the files, and what room a picture has; none where
    /// pictures are not drawn.
    File(u64, MessageNumber, usize, Option<Room>),
}

/// What was seen.
#[derive(Clone, Debug)]
pub enum Seen {
    /// The files of a message, in words.
    Line(MessageNumber, Vec<String>),
    /// One file of a message; the number is that of its request.
    File(u64, Box<Look>),
}

/// A file that was looked at.
#[derive(Clone, Debug)]
pub struct Look {
    /// The message.
    pub number: MessageNumber,
    /// All its files.
    pub files: Vec<File>,
    /// Which of them was looked at.
    pub at: usize,
    /// It as a picture, or why it is not drawn; `None` where it is no picture.
    pub picture: Option<Result<Picture, String>>,
}

impl LookAt {
    /// Looks; tells what it sees as it sees it.
    pub fn carry_out(self, session: &Session, looker: &mut Looker, tell: &mut dyn FnMut(Seen)) {
        match self {
            LookAt::Lines(numbers) => {
                for number in numbers {
                    let files = looker.look(session, number, None);
                    tell(Seen::Line(number, files.iter().map(words).collect()));
                }
            }
            LookAt::File(ticket, number, at, room) => {
                let files = looker.look(session, number, Some(at));
                let picture = files
                    .get(at)
                    .zip(room)
                    .and_then(|(file, room)| draw(session, looker, file, room));
                tell(Seen::File(
                    ticket,
                    Box::new(Look {
                        number,
                        files,
                        at,
                        picture,
                    }),
                ));
            }
        }
    }
}

/// A file that is there, as a list says it: `voice note 0:42, 118 kB`.
fn words(file: &File) -> String {
    if file.content.is_none() {
        return String::new();
    }
    let mut words = file.kind();
    if let Some(size) = file.size() {
        words += &format!(", {}", bytes(size));
    }
    if let Some(claim) = file.otherwise() {
        words += &format!(", but {claim}");
    }
    if file.elsewhere {
        words += ", in another export";
    }
    words
}

fn draw(
    session: &Session,
    looker: &mut Looker,
    file: &File,
    room: Room,
) -> Option<Result<Picture, String>> {
    let kind = file.content.as_ref()?.is?;
    if kind.class() != Class::Picture {
        return None;
    }
    let mut decode = || {
        let bytes = looker.bytes(session, &file.held, picture::MOST_BYTES)?;
        let bytes = bytes.ok_or("it is too long to be decoded here")?;
        // A fault in a decoder costs the picture, not the review.
        let cell = terminal::cell().or(room.cell);
        guarded(move || Picture::decode(kind, &bytes, Room { cell, ..room }))
            .unwrap_or_else(|| Err("its decoder failed over it".into()))
    };
    Some(decode())
}
