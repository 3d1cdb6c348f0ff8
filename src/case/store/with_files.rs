//! The messages with files of a kind: a look at all of them, once for a store.

use super::Store;
use crate::case::files::{FileKind, Files};
use crate::model::{Attachment, AttachmentState, Kind, Marks, MessageNumber};
use roaring::RoaringBitmap;

impl Files {
    /// Looks at what every message with a file names.
    fn of(store: &Store) -> Files {
        let mut files = Files::default();
        for ((number, marks), kind) in (0u32..).zip(store.marks()).zip(store.kinds()) {
            if !marks.has(Marks::ATTACHMENT) && kind != Kind::Omitted {
                continue;
            }
            let held = store.attachments(MessageNumber(number));
            let is_here = |file: &Attachment| file.state == AttachmentState::Present;
            if held.is_empty() || held.iter().any(|held| !is_here(&held.file)) {
                files.put(FileKind::Missing, number);
            }
            for kind in held.iter().filter_map(|held| FileKind::of(&held.file)) {
                files.put(kind, number);
            }
        }
        files
    }
}

impl Store {
    /// The messages with a file of this kind. The first call looks at all messages that have files:
    /// for a worker thread.
    pub fn with_file(&self, kind: FileKind) -> &RoaringBitmap {
        let files = self.file_kinds.get_or_init(|| Files::of(self));
        let mut sets = FileKind::ALL.into_iter().zip(&files.sets);
        let [first, ..] = &files.sets;
        sets.find(|(other, _)| *other == kind)
            .map_or(first, |(_, set)| set)
    }
}
