//! Outlook's containers: `.msg`, one item in a compound file, and `.pst`, all folders of a mailbox.
//!
//! Neither holds mails as they travelled: both hold tables of properties, in pieces all over the
//! file. So a container is unpacked, like a zip: each folder of a `.pst` becomes a mailbox (mbox),
//! a `.msg` becomes one mail, and the importer of mails reads those. The same container always
//! gives the same bytes. The container itself is an item too, whose bytes are structure.
//!
//! Sources: MS-PST (the file), MS-CFB and MS-OXMSG (`.msg`), MS-OXPROPS and MS-OXCMSG (what the
//! properties mean), MS-OXRTFCP and MS-OXRTFEX (bodies in RTF). The readers here keep to what they
//! need, hold one item at a time, and bound everything that a file may claim: a hostile file ends
//! in less text, never in a fault.

mod cfb;
mod eml;
mod ltp;
mod msg;
mod ndb;
mod properties;
mod pst;
pub(super) mod rtf;

use std::io::{self, Read};
use std::sync::Arc;

/// Most bytes of a `.msg`; it is read whole. Outlook's own limit for an item is 150 MB.
const LONGEST_MSG: u64 = 256 << 20;
/// Most bytes of one item's properties and attachments together that are unpacked: as a mail they
/// are a third longer, and the importer of mails reads 100 MB of one.
const LONGEST_ITEM: usize = 72 << 20;
/// Deepest item within an item that is unpacked.
const DEEPEST: usize = 16;

/// Reads bytes at a place of a file; fewer than asked for only at its end.
pub(super) trait Bytes: Send + Sync {
    /// Fills the buffer from this place on; how many bytes there were.
    fn read_at(&self, place: u64, buffer: &mut [u8]) -> io::Result<usize>;
    /// How many bytes there are.
    fn size(&self) -> io::Result<u64>;
    /// The same bytes, without holding the file open: of a folder with ten thousand mails no more
    /// than one is open at a time.
    fn closed(&self) -> Arc<dyn Bytes>;
}

/// Bytes in memory.
struct Held(Vec<u8>);

impl Bytes for Held {
    fn read_at(&self, place: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let begin = usize::try_from(place).unwrap_or(usize::MAX);
        self.0.get(begin..).unwrap_or_default().read(buffer)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn closed(&self) -> Arc<dyn Bytes> {
        Arc::new(Held(self.0.clone()))
    }
}

/// Exactly so many bytes from a place; `None` where the file is shorter or cannot be read.
fn exactly(bytes: &dyn Bytes, place: u64, length: usize) -> Option<Vec<u8>> {
    let mut buffer = vec![0; length];
    let mut filled = 0;
    while filled < length {
        let rest = buffer.get_mut(filled..)?;
        match bytes.read_at(place.checked_add(filled as u64)?, rest) {
            Ok(0) | Err(_) => return None,
            Ok(count) => filled += count,
        }
    }
    Some(buffer)
}

/// A container, open for reading.
pub(super) enum Container {
    /// One item.
    Msg(Arc<dyn Bytes>),
    /// Folders with items.
    Pst(Arc<pst::Store>),
}

impl std::fmt::Debug for Container {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Container::Msg(_) => "Msg",
            Container::Pst(_) => "Pst",
        })
    }
}

/// What is unpacked from a container: one item of its export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inside {
    /// Its name: `Inbox/Projects.mbox`, `Minutes.eml`.
    pub name: String,
    /// About how many bytes it has, at least 1: its true length is known once it is unpacked.
    pub size: u64,
    /// Which folder of a `.pst`, by its number; 0 for a `.msg`.
    folder: u32,
}

/// Whether a file may be a container, by its first bytes.
pub(super) fn may_be_container(head: &[u8]) -> bool {
    kind(head).is_some()
}

/// Whether a file is a container, by its first bytes: a compound file with a message's property
/// stream, or a mailbox file of Outlook's own.
fn kind_of(bytes: &dyn Bytes) -> Option<bool> {
    let mut head = [0; 12];
    let count = bytes.read_at(0, &mut head).ok()?;
    kind(head.get(..count)?)
}

/// Whether it is a mailbox (or one item).
fn kind(head: &[u8]) -> Option<bool> {
    match head {
        // `SM`: a mailbox; a copy of a server's (`SO`) is laid out in other ways too.
        [b'!', b'B', b'D', b'N', _, _, _, _, b'S', b'M', ..] => Some(true),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Some(false),
        _ => None,
    }
}

impl Container {
    /// Opens a container, and lists what is to be unpacked. `name` is the file's. `None` where the
    /// file is none.
    ///
    /// # Errors
    /// In one sentence, where it is one that cannot be read as a whole.
    pub(super) fn open(
        bytes: Arc<dyn Bytes>,
        name: &str,
    ) -> Result<Option<(Container, Vec<Inside>)>, String> {
        let stem = stem(name);
        match kind_of(bytes.as_ref()) {
            None => Ok(None),
            Some(true) => {
                let store = Arc::new(pst::Store::open(bytes)?);
                let folders = store.folders();
                let inside = folders
                    .iter()
                    .map(|folder| Inside {
                        name: format!("{stem}/{}.mbox", folder.path),
                        size: (folder.items as u64).saturating_mul(4096).max(1),
                        folder: folder.number,
                    })
                    .collect();
                Ok(Some((Container::Pst(store), inside)))
            }
            Some(false) => {
                let size = bytes.size().map_err(|error| error.to_string())?;
                if size > LONGEST_MSG || !msg::is_message(&bytes) {
                    return Ok(None);
                }
                let inside = Inside {
                    name: format!("{stem}.eml"),
                    size,
                    folder: 0,
                };
                Ok(Some((Container::Msg(bytes.closed()), vec![inside])))
            }
        }
    }

    /// Whether it holds one item only, and so may be but a part of an export.
    pub(super) fn is_single(&self) -> bool {
        matches!(self, Container::Msg(_))
    }

    /// What is to be told of a file that ends before it says it does: a download that was cut.
    pub(super) fn cut(&self) -> Option<String> {
        let Container::Pst(store) = self else {
            return None;
        };
        let (size, declared) = store.cut()?;
        Some(format!(
            "ends early: it has {size} bytes and should have {declared}, as when a copy or a \
             download was cut short. What is whole in it was read; copy it again and load it, \
             then what is missing is added."
        ))
    }

    /// A stream of what is unpacked; the same bytes each time.
    pub(super) fn unpack(&self, inside: &Inside) -> Box<dyn Read + Send> {
        match self {
            Container::Msg(bytes) => Box::new(io::Cursor::new(msg::mail(bytes))),
            Container::Pst(store) => Box::new(Mailbox {
                items: store.items(inside.folder),
                store: Arc::clone(store),
                next: 0,
                ready: io::Cursor::new(Vec::new()),
            }),
        }
    }
}

/// The name of a container without its ending: what is unpacked from it is named below that.
pub(super) fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !ending.contains('/') => stem,
        _ => name,
    }
}

/// Whether bytes begin as what is unpacked here does.
pub(super) fn is_unpacked(mail: &[u8]) -> bool {
    let mail = mail.strip_prefix(eml::SEPARATOR).unwrap_or(mail);
    mail.starts_with(eml::FIRST_HEADER)
}

/// A folder as an mbox, item by item.
struct Mailbox {
    store: Arc<pst::Store>,
    items: Vec<pst::Node>,
    next: usize,
    ready: io::Cursor<Vec<u8>>,
}

impl Read for Mailbox {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.ready.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(node) = self.items.get(self.next) else {
                return Ok(0);
            };
            self.next += 1;
            let mut entry = eml::SEPARATOR.to_vec();
            entry.extend_from_slice(&self.store.mail(*node));
            entry.push(b'\n');
            self.ready = io::Cursor::new(entry);
        }
    }
}
