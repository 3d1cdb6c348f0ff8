//! What kinds of files messages carry: found once for a store, then a set for each kind.

use crate::model::{Attachment, AttachmentState};
use roaring::RoaringBitmap;

/// A kind of file, as a person looks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A photo, a drawing, a sticker, an animated picture.
    Picture,
    /// Whatever is to be read: a text, a table, a contact card; and what nothing tells the kind of.
    Document,
    /// A voice note, or other sound.
    Voice,
    /// A film.
    Video,
    /// A file of whatever kind that no export of the case holds.
    Missing,
}

impl FileKind {
    /// All of them.
    pub const ALL: [FileKind; 5] = [
        FileKind::Picture,
        FileKind::Document,
        FileKind::Voice,
        FileKind::Video,
        FileKind::Missing,
    ];

    /// The word for it, as in `has:picture`.
    pub fn name(self) -> &'static str {
        match self {
            FileKind::Picture => "picture",
            FileKind::Document => "document",
            FileKind::Voice => "voice",
            FileKind::Video => "video",
            FileKind::Missing => "missing",
        }
    }

    /// What kind a file is, whether it is there or not: as its export says, else by the type it
    /// declares, else by the end of its name. `None` where nothing is told of it but that it was
    /// left out; never [`FileKind::Missing`].
    pub(super) fn of(file: &Attachment) -> Option<FileKind> {
        match file.media.as_str() {
            "photo" | "sticker" | "gif" => return Some(FileKind::Picture),
            "audio" => return Some(FileKind::Voice),
            "video" => return Some(FileKind::Video),
            "document" | "contact" => return Some(FileKind::Document),
            _ => {}
        }
        match file.content_type.split('/').next().unwrap_or_default() {
            "image" => return Some(FileKind::Picture),
            "audio" => return Some(FileKind::Voice),
            "video" => return Some(FileKind::Video),
            "" if file.name.is_empty() && file.state != AttachmentState::Present => return None,
            _ => {}
        }
        let end = file.name.rsplit_once('.').map(|(_, end)| end);
        Some(
            match end.unwrap_or_default().to_ascii_lowercase().as_str() {
                "jpg" | "jpeg" | "png" | "gif" | "webp" | "heic" | "heif" | "bmp" | "tif"
                | "tiff" | "svg" => FileKind::Picture,
                "opus" | "ogg" | "oga" | "m4a" | "mp3" | "wav" | "amr" | "aac" | "caf" | "flac" => {
                    FileKind::Voice
                }
                "mp4" | "mov" | "3gp" | "mkv" | "webm" | "avi" | "m4v" => FileKind::Video,
                _ => FileKind::Document,
            },
        )
    }
}

/// The messages with files of each kind. A message may have several.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) sets: [RoaringBitmap; FileKind::ALL.len()],
}

impl Files {
    pub(super) fn put(&mut self, kind: FileKind, number: u32) {
        let sets = FileKind::ALL.into_iter().zip(&mut self.sets);
        for (_, set) in sets.filter(|(other, _)| *other == kind) {
            set.insert(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_export_says_else_its_type_else_its_name() {
        let file = |media: &str, content_type: &str, name: &str| {
            FileKind::of(&Attachment {
                name: name.into(),
                state: AttachmentState::Present,
                item: None,
                media: media.into(),
                content_type: content_type.into(),
                within: None,
            })
            .unwrap()
        };
        assert_eq!(file("photo", "audio/ogg", "a.mp4"), FileKind::Picture);
        assert_eq!(file("", "audio/ogg", "a.mp4"), FileKind::Voice);
        assert_eq!(
            file("", "application/octet-stream", "a.MP4"),
            FileKind::Video
        );
        assert_eq!(file("", "", "minutes.docx"), FileKind::Document);
        assert_eq!(file("", "", ""), FileKind::Document);
        assert_eq!(file("", "", "IMG-1.HEIC"), FileKind::Picture);
    }
}
