//! Where messages stand besides the export that gave them their number: the same chat from another
//! phone, a later export, the copy of a mail in another mailbox.
//!
//! A part's folder holds two files for it. `instances` has one entry of fixed width for each
//! message that an export of the part tells of and that had a number already, by that number;
//! `instances.details` has, as JSON, what the export tells differently, for the few where it does.

use super::CaseError;
use super::held::{Bytes, Out};
use super::layout;
use super::source::Disagree;
use crate::model::{Attachment, MessageNumber, Recipient, SourceId, Span};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The files, beside those of the columns.
pub(super) const FILES: [&str; 2] = ["instances", "instances.details"];

/// Bytes of one entry.
const ENTRY: usize = 40;
/// What is more than this goes into files.
const HELD: u64 = 1 << 22;

/// Where a message stands in an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The message.
    pub number: MessageNumber,
    /// The export.
    pub source: SourceId,
    /// Which item of it.
    pub item: u32,
    /// Its bytes there.
    pub span: Span,
    /// What it tells differently there.
    pub differs: Differs,
}

/// In what two exports differ on a message, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Differs(u16);

impl Differs {
    /// Only this.
    pub fn only(what: Disagree) -> Differs {
        Differs(1 << what.code())
    }

    /// Whether this is among them.
    pub fn has(self, what: Disagree) -> bool {
        self.0 & 1 << what.code() != 0
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, what: Disagree) -> Differs {
        Differs(self.0 | 1 << what.code())
    }

    /// Whether they differ in nothing.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// All of them.
    pub fn iter(self) -> impl Iterator<Item = Disagree> {
        Disagree::ALL
            .into_iter()
            .filter(move |what| self.has(*what))
    }

    /// Whether the bytes are those of another message, which only belongs to this one: they have
    /// a number of their own.
    pub fn is_beside(self) -> bool {
        self.has(Disagree::PresentHere) || self.has(Disagree::OtherContent)
    }
}

/// What an export tells differently of a message; empty where it agrees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// The text there, where it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The files it names there, where they differ; items are those of that export.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The labels or folders it is kept under there, where they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// Whom it is addressed to there, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipients: Option<Vec<Recipient>>,
    /// The number of the message there, where it has one of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<MessageNumber>,
}

/// Writes entries in the order of their numbers; one of equal numbers in the order given.
pub(super) struct Writer {
    folder: PathBuf,
    entries: Out,
    details: Out,
    is_held: bool,
    len: u64,
    details_len: u64,
}

impl Writer {
    /// Starts in memory; the folder is made once there is much to keep.
    pub(super) fn hold(folder: &Path) -> Writer {
        Writer {
            folder: folder.into(),
            entries: Out::held(),
            details: Out::held(),
            is_held: true,
            len: 0,
            details_len: 0,
        }
    }

    /// Goes on in files.
    fn spill(&mut self) -> Result<(), CaseError> {
        layout::make_folder(&self.folder)?;
        let [entries, details] = FILES.map(|name| self.folder.join(name));
        self.entries.move_to_file(&entries)?;
        self.details.move_to_file(&details)?;
        self.is_held = false;
        Ok(())
    }

    /// Writes the next entry.
    pub(super) fn push(&mut self, instance: &Instance, details: &Details) -> Result<(), CaseError> {
        let failed = |error: std::io::Error| CaseError::io(&self.folder, error);
        let json = if *details == Details::default() {
            Vec::new()
        } else {
            serde_json::to_vec(details).map_err(|error| failed(error.into()))?
        };
        self.push_raw(instance, &json)
    }

    fn push_raw(&mut self, instance: &Instance, details: &[u8]) -> Result<(), CaseError> {
        self.write(instance, details)
            .map_err(|error| CaseError::io(&self.folder, error))?;
        if self.is_held && self.len * ENTRY as u64 + self.details_len > HELD {
            self.spill()?;
        }
        Ok(())
    }

    fn write(&mut self, instance: &Instance, details: &[u8]) -> std::io::Result<()> {
        let length = u32::try_from(details.len()).map_err(std::io::Error::other)?;
        for number in [
            instance.number.0,
            instance.source.0,
            instance.item,
            instance.span.length,
        ] {
            self.entries.write_all(&number.to_le_bytes())?;
        }
        self.entries
            .write_all(&instance.span.offset.to_le_bytes())?;
        self.entries
            .write_all(&u32::from(instance.differs.0).to_le_bytes())?;
        self.entries.write_all(&length.to_le_bytes())?;
        self.entries.write_all(&self.details_len.to_le_bytes())?;
        self.details.write_all(details)?;
        self.details_len += u64::from(length);
        self.len += 1;
        Ok(())
    }

    /// Writes out what is kept back, and opens it for reading. It is not durable yet.
    pub(super) fn finish(self) -> Result<Instances, CaseError> {
        let [entries, details] = FILES.map(|name| self.folder.join(name));
        Instances::whole(
            &self.folder,
            self.entries.finish(&entries)?,
            self.details.finish(&details)?,
        )
    }
}

/// Joins the instances of several exports: in the files of a part's folder, or for the time being.
pub(super) fn join(
    folder: &Path,
    parts: &[&Instances],
    to_files: bool,
) -> Result<Instances, CaseError> {
    let mut all: Vec<(u32, usize, usize)> = Vec::new();
    for (part, instances) in parts.iter().enumerate() {
        let numbers = (0..instances.len()).filter_map(|at| Some((instances.number(at)?, part, at)));
        all.extend(numbers);
    }
    all.sort_unstable();
    let mut writer = Writer::hold(folder);
    if to_files {
        writer.spill()?;
    }
    for (_, part, at) in all {
        if let Some(instances) = parts.get(part)
            && let Some((instance, details)) = instances.entry(at)
        {
            writer.push_raw(&instance, details)?;
        }
    }
    writer.finish()
}

/// The instances of one part, mapped or held.
#[derive(Debug)]
pub(super) struct Instances {
    entries: Bytes,
    details: Bytes,
    /// Which of them differ in something: few, and all that a search looks at.
    differing: Vec<usize>,
}

fn number_at<const N: usize>(entry: &[u8], at: usize) -> Option<[u8; N]> {
    entry.get(at..at.checked_add(N)?)?.try_into().ok()
}

impl Instances {
    /// Opens the files of a folder.
    pub(super) fn open(folder: &Path) -> Result<Instances, CaseError> {
        let [entries, details] = FILES.map(|name| Bytes::open(&folder.join(name)));
        Instances::whole(folder, entries?, details?)
    }

    fn whole(folder: &Path, entries: Bytes, details: Bytes) -> Result<Instances, CaseError> {
        if !entries.len().is_multiple_of(ENTRY) {
            return Err(CaseError::Damaged {
                path: folder.into(),
                reason: "its list of what other exports tell is cut short".into(),
            });
        }
        let mut instances = Instances {
            entries,
            details,
            differing: Vec::new(),
        };
        let differs = |at: &usize| {
            let instance = instances.entry(*at);
            instance.is_some_and(|(instance, _)| !instance.differs.is_empty())
        };
        instances.differing = (0..instances.len()).filter(differs).collect();
        Ok(instances)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len() / ENTRY
    }

    fn bytes(&self, at: usize) -> Option<&[u8]> {
        let from = at.checked_mul(ENTRY)?;
        self.entries.get(from..from.checked_add(ENTRY)?)
    }

    fn number(&self, at: usize) -> Option<u32> {
        number_at(self.bytes(at)?, 0).map(u32::from_le_bytes)
    }

    fn entry(&self, at: usize) -> Option<(Instance, &[u8])> {
        let bytes = self.bytes(at)?;
        let small = |at| number_at(bytes, at).map(u32::from_le_bytes);
        let large = |at| number_at(bytes, at).map(u64::from_le_bytes);
        let instance = Instance {
            number: MessageNumber(small(0)?),
            source: SourceId(small(4)?),
            item: small(8)?,
            span: Span {
                length: small(12)?,
                offset: large(16)?,
            },
            differs: Differs(small(24)? as u16),
        };
        let from = usize::try_from(large(32)?).ok()?;
        let length = usize::try_from(small(28)?).ok()?;
        let details = self.details.get(from..from.checked_add(length)?)?;
        Some((instance, details))
    }

    /// All of them, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = Instance> + '_ {
        (0..self.len()).filter_map(|at| Some(self.entry(at)?.0))
    }

    /// Those that differ in something, with what they tell.
    pub(super) fn differing(&self) -> impl Iterator<Item = (Instance, Details)> + '_ {
        self.differing
            .iter()
            .filter_map(|at| self.entry(*at))
            .map(|(instance, details)| (instance, read(details)))
    }

    /// Those that differ in something, without what they tell.
    pub(super) fn differences(&self) -> impl Iterator<Item = Instance> + '_ {
        self.differing
            .iter()
            .filter_map(|at| Some(self.entry(*at)?.0))
    }

    /// Those of one message.
    pub(super) fn of(&self, number: u32) -> impl Iterator<Item = (Instance, Details)> + '_ {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.number(middle).is_some_and(|at| at < number) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low..self.len())
            .map_while(|at| self.entry(at))
            .take_while(move |(instance, _)| instance.number.0 == number)
            .map(|(instance, details)| (instance, read(details)))
    }
}

fn read(details: &[u8]) -> Details {
    if details.is_empty() {
        return Details::default();
    }
    serde_json::from_slice(details).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_found_by_number_across_exports() {
        let folder = tempfile::tempdir().unwrap();
        let instance = |number, source, differs| Instance {
            number: MessageNumber(number),
            source: SourceId(source),
            item: 3,
            span: Span {
                offset: 1 << 40,
                length: 17,
            },
            differs,
        };
        let edited = Details {
            text: Some("otherwise".into()),
            ..Details::default()
        };
        let mut parts = Vec::new();
        for source in [1, 2] {
            let folder = folder.path().join(source.to_string());
            let mut writer = Writer::hold(&folder);
            for number in [4, 7, 9] {
                let differs = (number == 7 && source == 2)
                    .then(|| Differs::only(Disagree::Edited).with(Disagree::Labels));
                let details = differs.map_or_else(Details::default, |_| edited.clone());
                let one = instance(number, source, differs.unwrap_or_default());
                writer.push(&one, &details).unwrap();
            }
            parts.push(writer.finish().unwrap());
        }
        let whole = folder.path().join("whole");
        join(&whole, &parts.iter().collect::<Vec<_>>(), true).unwrap();
        let whole = Instances::open(&whole).unwrap();
        assert_eq!(whole.len(), 6);
        let seven: Vec<_> = whole.of(7).collect();
        assert_eq!(seven.len(), 2);
        assert_eq!(
            seven[0],
            (instance(7, 1, Differs::default()), Details::default())
        );
        assert_eq!(seven[1].1, edited);
        let what: Vec<_> = seven[1].0.differs.iter().collect();
        assert_eq!(what, [Disagree::Edited, Disagree::Labels]);
        assert_eq!(whole.of(8).count(), 0);
        assert_eq!(whole.differing().count(), 1);
    }
}
