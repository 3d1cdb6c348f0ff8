//! The files of an export, found by the paths that its messages name them by.

use super::Export;
use crate::model::{Attachment, AttachmentState};
use std::collections::HashMap;

/// The files of an export by their own names.
pub(super) struct Files<'a> {
    names: HashMap<&'a str, Vec<(u32, &'a str)>>,
}

impl<'a> Files<'a> {
    /// All files of an export.
    pub(super) fn of(export: &'a Export) -> Files<'a> {
        let mut names: HashMap<&str, Vec<(u32, &str)>> = HashMap::new();
        for (number, item) in (0u32..).zip(&export.items) {
            let named = names.entry(item.file_name()).or_default();
            named.push((number, item.name.as_str()));
        }
        Files { names }
    }

    /// The file at a path that may begin above the export's own root or below it: one path is the
    /// end of the other, whole parts of it.
    pub(super) fn find(&self, path: &str) -> Option<u32> {
        let path = path.trim_start_matches("./").trim_matches('/');
        let ends = |long: &str, short: &str| {
            long.strip_suffix(short)
                .is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        self.names
            .get(path.rsplit('/').next()?)?
            .iter()
            .find(|(_, whole)| ends(path, whole) || ends(whole, path))
            .map(|(number, _)| *number)
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
            state: if item.is_some() {
                AttachmentState::Present
            } else {
                AttachmentState::Missing
            },
            item,
            media: media.to_owned(),
            content_type: String::new(),
            within: None,
        }
    }
}
