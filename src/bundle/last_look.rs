//! The last look at a bag in the making: what is searched for, and in which of its files.

use super::error::BundleError;
use super::hands::in_order;
use super::layout::{
    DECISIONS, FLAGS, MEMBERSHIP, METADATA, NOTES, OPEN_COPY, PEOPLE, PROPERTIES, REDACTIONS,
    SOURCES, SUPERSEDES, WITHHELD,
};
use super::maker::{Maker, Payload};
use super::making::{Bag, tick};
use super::plan::Plan;
use super::profile::Sets;
use super::records::{self, Day, OpenFile, eml, html, index, txt};
use super::selftest::SelfTest;
use super::tag_files::BAGIT_PROFILE;
use super::{custody, files, package};
use crate::case::Progress;
use crate::model::MessageNumber;
use std::cmp::Reverse;
use std::collections::BTreeSet;

impl<'a> Maker<'a> {
    /// The search for what must not leave, made ready: what is handed over beside messages is said.
    pub(super) fn self_test(&self, plan: &Plan) -> SelfTest<'a> {
        let selection = self.selection;
        let store = &selection.store;
        let readme = self.readme(plan);
        // What the profile says in words of its own is searched like everything else.
        let info = self.info(plan);
        let template = self.template();
        let mut said: Vec<&str> = vec![&readme, &info, custody::WORDS];
        said.extend(template.iter().map(String::as_str));
        for participant in store.participants() {
            if selection.named.contains(&participant.id) {
                said.push(&participant.name);
            }
        }
        for thread in store.threads() {
            if selection.threads.contains(&thread.id) {
                said.push(selection.title(thread));
            }
        }
        for source in store.sources() {
            if selection.sources.contains(&source.id) {
                said.extend([source.name.as_str(), &source.imported_by]);
            }
            if selection.tells_seal(source) {
                said.push(&source.sha256);
            }
        }
        let reviewers: BTreeSet<&str> = selection
            .decided_out
            .iter()
            .filter_map(|number| selection.decided_by(MessageNumber(number)))
            .map(|by| by.actor.name.as_str())
            .collect();
        said.extend(reviewers);
        let told = selection.told_names();
        said.extend(told.iter().map(String::as_str));
        SelfTest::new(selection, &said)
    }

    /// Whether a file is of the open copy: the open records, those that have none beside them, and
    /// what is not withheld from it. The tables are of the closed master.
    fn is_open(&self, name: &str, put: &Payload) -> bool {
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let open = format!("{stem}{OPEN_COPY}.{ending}");
        let withheld = put.open.get(name);
        self.selection.sets() != Sets::Closed
            && name.starts_with("data/")
            && !put.attached.exempt.contains_key(name)
            && withheld.is_none_or(|cleared| !matches!(cleared.open, OpenFile::Withheld(_)))
            && self.bag.seal(&open).is_none()
    }

    /// Searches all that was written, but for what was searched as it was written.
    pub(super) fn search(&mut self, test: &SelfTest<'_>, put: &Payload) -> Result<(), BundleError> {
        let bag = &*self.bag;
        let left = bag.files().filter(|(name, _)| !bag.is_searched(name));
        let files = left.map(|(name, bytes)| (name, bytes, self.is_open(name, put)));
        search_files(bag, files.collect(), test, &mut *self.progress)
    }

    /// An empty record in each form: the words that are docket's own.
    fn template(&self) -> [String; 5] {
        let thread = records::Thread {
            number: 1,
            title: String::new(),
            channel: String::new(),
            group: None,
        };
        let day = Day {
            heading: &self.heading,
            thread: &thread,
            date: None,
            is_open_copy: true,
            lines: Vec::new(),
        };
        let heads = [
            DECISIONS, FLAGS, REDACTIONS, NOTES, SOURCES, PEOPLE, METADATA, WITHHELD, MEMBERSHIP,
            PROPERTIES, SUPERSEDES,
        ]
        .concat();
        [
            eml::render(&day),
            html::render(&day),
            index::render(&self.heading, true, &[]),
            txt::render(&day),
            [
                heads.join(","),
                files::WORDS.join("\n"),
                package::describe(|_| true).to_string(),
                BAGIT_PROFILE.to_owned(),
            ]
            .join("\n"),
        ]
    }
}

/// Searches files of a bag, each with its length, and whether it is of the open copy.
///
/// # Errors
/// [`BundleError::Leak`], or when one cannot be read.
pub(super) fn search_files(
    bag: &Bag,
    mut files: Vec<(&str, u64, bool)>,
    test: &SelfTest<'_>,
    progress: &mut dyn Progress,
) -> Result<(), BundleError> {
    // The longest first, so that no hand is left with one when the others have nothing to do.
    files.sort_by_key(|(_, bytes, _)| Reverse(*bytes));
    let total: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
    let mut done = 0;
    in_order(
        files.into_iter(),
        |(name, bytes, is_open), room| (bytes, test.file(bag.root(), name, is_open, room)),
        |(bytes, searched)| {
            tick(progress, "self-test", done, total)?;
            done += bytes;
            searched
        },
    )
}
