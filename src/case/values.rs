//! What messages have beside their text and are searched by: whom they were addressed to, their
//! subjects and labels; and the names that messages have in their own format, by which others
//! answer them.
//!
//! Each value is kept once, in three files that are there only where a message has one:
//! `values`, the values as they are and folded for searching (a sign for the field, the value, the
//! byte 0xFE, the folded value, the byte 0xFF; no UTF-8 text holds either byte); `values.index`,
//! which messages have which (message as u32, value by its place in the list as u32; ascending);
//! and `ids`, the messages by a hash of their own names (hash as u64, message as u32; ascending).
//! All little endian; messages are counted within the folder.

use super::CaseError;
use super::layout;
use super::map::Map;
use crate::model::{Extra, Role, SourceId};
use crate::text::fold;
use memchr::memchr;
use roaring::RoaringBitmap;
use std::borrow::Cow;
use std::collections::hash_map::{Entry, RandomState};
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Stands between a value and its folded form.
const MIDDLE: u8 = 0xFE;
/// Stands after the folded form.
const END: u8 = 0xFF;
/// Bytes of an entry of `values.index`.
const PAIR: usize = 8;
/// Bytes of an entry of `ids`.
const ID: usize = 12;
/// Bytes kept back before each write, per file.
const BUFFER: usize = 1 << 15;
/// Most messages that are looked at for one name: names are ids, and no honest export repeats
/// one more often.
const MOST_ALIKE: usize = 4096;

/// The files; a folder in which no message has a value has none of them.
pub(super) const FILES: [&str; 3] = ["values", "values.index", "ids"];

/// Whether a path within a case is that of a file of values.
pub fn is_values(path: &str) -> bool {
    path.starts_with("derived/") && path.ends_with("/values")
}

/// The values of such a file as they are, each ended by a line feed, without those folded forms that
/// are what [`fold`] makes of the value beside them, which say nothing that it does not; any other
/// stays, as do bytes that are no value.
pub fn without_folded(bytes: &[u8]) -> Vec<u8> {
    let mut alone = Vec::with_capacity(bytes.len() / 2);
    for entry in bytes.split(|byte| *byte == END) {
        let middle = memchr(MIDDLE, entry).unwrap_or(entry.len());
        let (value, folded) = entry.split_at_checked(middle).unwrap_or((entry, &[]));
        let folded = folded.get(1..).unwrap_or_default();
        // Before it stands the sign of its field.
        let exact = std::str::from_utf8(value.get(1..).unwrap_or_default());
        alone.extend(value);
        alone.push(b'\n');
        if !exact.is_ok_and(|exact| fold(exact).as_bytes() == folded) {
            alone.extend(folded);
            alone.push(b'\n');
        }
    }
    alone
}

/// What a value is to its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Someone it was addressed to, written as [`crate::model::Address`] writes them.
    To,
    /// Someone who got a copy, seen by all.
    Cc,
    /// Someone who got a copy that the others do not see.
    Bcc,
    /// Its subject.
    Subject,
    /// A folder or label it was kept under.
    Label,
}

impl Field {
    /// Everyone a message was addressed to, in whatever way.
    pub const RECIPIENTS: [Field; 3] = [Field::To, Field::Cc, Field::Bcc];

    fn sign(self) -> u8 {
        match self {
            Field::To => b't',
            Field::Cc => b'c',
            Field::Bcc => b'b',
            Field::Subject => b's',
            Field::Label => b'l',
        }
    }

    fn of_sign(sign: u8) -> Option<Field> {
        [
            Field::To,
            Field::Cc,
            Field::Bcc,
            Field::Subject,
            Field::Label,
        ]
        .into_iter()
        .find(|field| field.sign() == sign)
    }
}

impl From<Role> for Field {
    fn from(role: Role) -> Field {
        match role {
            Role::To => Field::To,
            Role::Cc => Field::Cc,
            Role::Bcc => Field::Bcc,
        }
    }
}

/// The values of one message.
fn of_extra(extra: &Extra) -> impl Iterator<Item = (Field, &str)> {
    let recipients = extra
        .recipients
        .iter()
        .map(|recipient| (recipient.role.into(), recipient.who.as_str()));
    let labels = extra.labels.iter().map(|label| (Field::Label, &**label));
    recipients
        .chain([(Field::Subject, extra.subject.as_str())])
        .chain(labels)
        .filter(|(_, value)| !value.is_empty())
}

/// FNV-1a: the hash stands on the disk, so it must not change with the compiler. Who crafts names
/// of one hash makes himself slower to look up, and nothing else: what it finds is compared.
fn hash(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

struct Files {
    values: BufWriter<File>,
    index: BufWriter<File>,
}

/// Writes the values of messages as they come. Holds a few bytes for each different value.
pub(super) struct Writer {
    folder: PathBuf,
    files: Option<Files>,
    /// The place in the list of each value, by a hash that nobody outside can foresee.
    places: HashMap<u64, u32>,
    keys: RandomState,
    ids: Vec<(u64, u32)>,
}

impl Writer {
    pub(super) fn new(folder: &Path) -> Writer {
        Writer {
            folder: folder.into(),
            files: None,
            places: HashMap::new(),
            keys: RandomState::new(),
            ids: Vec::new(),
        }
    }

    /// Takes the values of the next message that has any.
    pub(super) fn push(&mut self, message: u32, extra: &Extra) -> Result<(), CaseError> {
        for (field, value) in of_extra(extra) {
            self.add(message, field, value, None)?;
        }
        if !extra.message_id.is_empty() {
            self.ids.push((hash(&extra.message_id), message));
        }
        Ok(())
    }

    /// Takes all of another folder, whose first message is `first` here.
    pub(super) fn append(&mut self, from: &Values, first: u32) -> Result<(), CaseError> {
        let list: Vec<_> = from.list().collect();
        for (message, value) in from.pairs() {
            let value = usize::try_from(value)
                .ok()
                .and_then(|value| list.get(value));
            if let Some((field, exact, folded)) = value {
                self.add(message.saturating_add(first), *field, exact, Some(folded))?;
            }
        }
        let ids = from.ids.chunks_exact(ID).filter_map(id);
        self.ids
            .extend(ids.map(|(hash, message)| (hash, message.saturating_add(first))));
        Ok(())
    }

    fn add(
        &mut self,
        message: u32,
        field: Field,
        value: &str,
        folded: Option<&str>,
    ) -> Result<(), CaseError> {
        self.write(message, field, value, folded)
            .map_err(|error| CaseError::io(&self.folder, error))
    }

    fn write(
        &mut self,
        message: u32,
        field: Field,
        value: &str,
        folded: Option<&str>,
    ) -> std::io::Result<()> {
        if self.files.is_none() {
            layout::make_folder(&self.folder).map_err(std::io::Error::other)?;
            let start = |name: &str| {
                layout::new_file(&self.folder.join(name))
                    .map(|file| BufWriter::with_capacity(BUFFER, file))
                    .map_err(std::io::Error::other)
            };
            self.files = Some(Files {
                values: start("values")?,
                index: start("values.index")?,
            });
        }
        let Some(files) = &mut self.files else {
            return Ok(());
        };
        let next = u32::try_from(self.places.len()).map_err(std::io::Error::other)?;
        let place = match self.places.entry(self.keys.hash_one((field.sign(), value))) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                new.insert(next);
                let folded = folded.map_or_else(|| Cow::Owned(fold(value)), Cow::Borrowed);
                files.values.write_all(&[field.sign()])?;
                files.values.write_all(value.as_bytes())?;
                files.values.write_all(&[MIDDLE])?;
                files.values.write_all(folded.as_bytes())?;
                files.values.write_all(&[END])?;
                next
            }
        };
        files.index.write_all(&message.to_le_bytes())?;
        files.index.write_all(&place.to_le_bytes())
    }

    /// Writes out what is kept back.
    pub(super) fn finish(mut self) -> Result<(), CaseError> {
        let failed = |error| CaseError::io(&self.folder, error);
        if let Some(files) = self.files {
            for buffer in [files.values, files.index] {
                buffer
                    .into_inner()
                    .map_err(|error| failed(error.into_error()))?;
            }
        }
        if self.ids.is_empty() {
            return Ok(());
        }
        self.ids.sort_unstable();
        layout::make_folder(&self.folder)?;
        let file = layout::new_file(&self.folder.join("ids"))?;
        let mut out = BufWriter::with_capacity(BUFFER, file);
        for (hash, message) in &self.ids {
            out.write_all(&hash.to_le_bytes()).map_err(failed)?;
            out.write_all(&message.to_le_bytes()).map_err(failed)?;
        }
        out.flush().map_err(failed)
    }
}

fn pair(bytes: &[u8]) -> Option<(u32, u32)> {
    Some((
        u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?),
        u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?),
    ))
}

fn id(bytes: &[u8]) -> Option<(u64, u32)> {
    Some((
        u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?),
        u32::from_le_bytes(bytes.get(8..12)?.try_into().ok()?),
    ))
}

/// The values of one folder, mapped.
#[derive(Debug)]
pub(super) struct Values {
    values: Map,
    index: Map,
    ids: Map,
}

impl Values {
    /// Opens a folder; one without these files has no values.
    pub(super) fn open(folder: &Path) -> Result<Values, CaseError> {
        let open = |name: &str| {
            let path = folder.join(name);
            Map::open_if_there(&path).map_err(|error| CaseError::io(&path, error))
        };
        Ok(Values {
            values: open("values")?,
            index: open("values.index")?,
            ids: open("ids")?,
        })
    }

    /// All values in their order: what each is, as it is, and folded.
    pub(super) fn list(&self) -> impl Iterator<Item = (Field, &str, &str)> + '_ {
        let mut rest: &[u8] = &self.values;
        std::iter::from_fn(move || {
            let (sign, after) = rest.split_first()?;
            let middle = memchr(MIDDLE, after)?;
            let (exact, after) = after.split_at_checked(middle)?;
            let after = after.get(1..)?;
            let (folded, after) = after.split_at_checked(memchr(END, after)?)?;
            rest = after.get(1..)?;
            Some((
                Field::of_sign(*sign)?,
                std::str::from_utf8(exact).ok()?,
                std::str::from_utf8(folded).ok()?,
            ))
        })
    }

    /// Which messages have which value, by its place in the list; messages ascend.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.index.chunks_exact(PAIR).filter_map(pair)
    }

    /// The messages with a value for which `wanted` says yes, given what it is and its folded form.
    pub(super) fn find(&self, wanted: &dyn Fn(Field, &str) -> bool) -> RoaringBitmap {
        let yes: RoaringBitmap = (0u32..)
            .zip(self.list())
            .filter(|(_, (field, _, folded))| wanted(*field, folded))
            .map(|(place, _)| place)
            .collect();
        if yes.is_empty() {
            return yes;
        }
        let mut found = RoaringBitmap::new();
        for (message, value) in self.pairs() {
            if yes.contains(value) {
                found.insert(message);
            }
        }
        found
    }

    /// The messages that may have this name of their own: all that do, and perhaps others.
    pub(super) fn named(&self, name: &str) -> Vec<u32> {
        let wanted = hash(name);
        let ids: &[u8] = &self.ids;
        let at = |entry: usize| {
            let from = entry.checked_mul(ID)?;
            id(ids.get(from..from.checked_add(ID)?)?)
        };
        let (mut low, mut high) = (0, ids.len() / ID);
        while low < high {
            let middle = low + (high - low) / 2;
            if at(middle).is_some_and(|(hash, _)| hash < wanted) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low..)
            .map_while(at)
            .take_while(|(hash, _)| *hash == wanted)
            .take(MOST_ALIKE)
            .map(|(_, message)| message)
            .collect()
    }
}

/// What was addressed to someone on a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addressed {
    /// How many messages, each counted once.
    pub messages: u32,
    /// The exports that they came with.
    pub sources: BTreeSet<SourceId>,
    /// The last message counted.
    pub(super) last: Option<u32>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::model::Recipient;
    use proptest::prelude::*;

    fn extra(to: &[String], subject: &str, id: &str) -> Extra {
        Extra {
            recipients: to
                .iter()
                .map(|who| Recipient {
                    role: Role::To,
                    who: who.clone(),
                })
                .collect(),
            subject: subject.into(),
            message_id: id.into(),
            ..Extra::default()
        }
    }

    #[test]
    fn a_folder_without_values_has_no_file_of_them() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::new(dir.path());
        writer.push(0, &Extra::default()).unwrap();
        writer.finish().unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        let values = Values::open(dir.path()).unwrap();
        assert!(values.find(&|_, _| true).is_empty());
        assert!(values.named("a").is_empty());
    }

    #[test]
    fn only_what_folding_makes_of_a_value_says_nothing_new() {
        let entry = |value: &str, folded: &str| {
            [b"s", value.as_bytes(), &[MIDDLE], folded.as_bytes(), &[END]].concat()
        };
        let alone = |bytes: &[u8]| String::from_utf8(without_folded(bytes)).unwrap();
        let both = [
            entry("Plan B", "plan b"),
            entry("\u{c9}t\u{e9}", &fold("\u{c9}t\u{e9}")),
        ];
        assert_eq!(alone(&both.concat()), "sPlan B\ns\u{c9}t\u{e9}\n\n");
        // What does not follow from its value is looked at.
        assert_eq!(alone(&entry("Plan B", "lunch")), "sPlan B\nlunch\n\n");
        assert_eq!(
            alone(&entry("Plan B", "plan b or c")),
            "sPlan B\nplan b or c\n\n"
        );
        assert_eq!(alone(b"neither"), "neither\n\n");
        assert_eq!(
            alone(&[b"s".as_slice(), &[MIDDLE], b"lunch"].concat()),
            "s\nlunch\n"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        /// What is found is what a look at every message finds, also after joining folders.
        #[test]
        fn every_value_is_found_where_it_stands(
            messages in proptest::collection::vec(
                (proptest::collection::vec("[A-Cé]{1,2}", 0..3), "[A-C ]{0,2}", "[a-c]{0,2}"),
                0..40,
            ),
            cut in 0usize..40,
            wanted in "[a-ce]{1,2}",
        ) {
            let extras: Vec<Extra> = messages
                .iter()
                .map(|(to, subject, id)| extra(to, subject, id))
                .collect();
            let cut = cut.min(extras.len());
            let write = |extras: &[Extra]| {
                let dir = tempfile::tempdir().unwrap();
                let mut writer = Writer::new(dir.path());
                for (at, extra) in (0u32..).zip(extras) {
                    writer.push(at, extra).unwrap();
                }
                writer.finish().unwrap();
                dir
            };
            let (one, two) = (write(&extras[..cut]), write(&extras[cut..]));
            let joined = tempfile::tempdir().unwrap();
            let mut writer = Writer::new(joined.path());
            writer.append(&Values::open(one.path()).unwrap(), 0).unwrap();
            writer.append(&Values::open(two.path()).unwrap(), cut as u32).unwrap();
            writer.finish().unwrap();
            let whole = write(&extras);
            for dir in [&joined, &whole] {
                let values = Values::open(dir.path()).unwrap();
                for field in [Field::To, Field::Subject] {
                    let found = values.find(&|is, value| is == field && value.contains(&wanted));
                    let expected: RoaringBitmap = (0u32..)
                        .zip(&extras)
                        .filter(|(_, extra)| match field {
                            Field::To => extra
                                .recipients
                                .iter()
                                .any(|to| fold(&to.who).contains(&wanted)),
                            _ => fold(&extra.subject).contains(&wanted),
                        })
                        .map(|(at, _)| at)
                        .collect();
                    prop_assert_eq!(found, expected);
                }
                let named = values.named(&wanted);
                let expected: Vec<u32> = (0u32..)
                    .zip(&extras)
                    .filter(|(_, extra)| extra.message_id == wanted)
                    .map(|(at, _)| at)
                    .collect();
                prop_assert_eq!(named, expected);
            }
            for name in FILES {
                let read = |dir: &tempfile::TempDir| std::fs::read(dir.path().join(name)).ok();
                prop_assert_eq!(read(&joined), read(&whole));
            }
        }
    }
}
