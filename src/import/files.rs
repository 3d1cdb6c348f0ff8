//! The files of an export, found by the paths that its messages name them by.

use super::{Export, Item};
use crate::model::{Attachment, AttachmentState};
use std::collections::HashMap;

/// The files of an export by their paths.
pub(super) struct Files<'a> {
    /// Whole paths.
    whole: HashMap<&'a str, u32>,
    /// What paths end with, whole parts of them; of several files the first.
    ends: HashMap<&'a str, u32>,
    items: &'a [Item],
}

/// A path, then what is left of it without its first part, and so on.
fn ends(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |rest| {
        rest.split_once('/').map(|(_, rest)| rest)
    })
}

impl<'a> Files<'a> {
    /// All files of an export.
    pub(super) fn of(export: &'a Export) -> Files<'a> {
        let mut files = Files {
            whole: HashMap::new(),
            ends: HashMap::new(),
            items: &export.items,
        };
        for (number, item) in (0u32..).zip(&export.items) {
            files.whole.entry(&item.name).or_insert(number);
            for end in ends(&item.name) {
                files.ends.entry(end).or_insert(number);
            }
        }
        files
    }

    /// The file at a path that may begin above the export's own root or below it: one path is the
    /// end of the other, whole parts of it.
    pub(super) fn find(&self, path: &str) -> Option<u32> {
        let path = path.trim_start_matches("./").trim_matches('/');
        if path.is_empty() {
            return None;
        }
        let whole = self.whole.get(path);
        let below = || ends(path).find_map(|end| self.whole.get(end));
        whole
            .or_else(|| self.ends.get(path))
            .or_else(below)
            .copied()
    }

    /// How many bytes an item has.
    pub(super) fn size(&self, item: u32) -> Option<u64> {
        let item = self.items.get(usize::try_from(item).ok()?)?;
        Some(item.size)
    }

    /// A message's attachment that stands at a path; missing where no such file is in the export.
    /// An address of the web is kept whole as its name.
    pub(super) fn attachment(&self, path: &str, media: &str) -> Attachment {
        let web = path.starts_with("https://") || path.starts_with("http://");
        let item = self.find(path).filter(|_| !web);
        Attachment {
            name: if web {
                path.to_owned()
            } else {
                path.rsplit('/').next().unwrap_or(path).to_owned()
            },
            state: AttachmentState::of(item.is_some()),
            item,
            media: media.to_owned(),
            content_type: String::new(),
            within: None,
        }
    }
}
