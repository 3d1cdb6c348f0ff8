//! What `docket formats` tells of each format: facts for the person who decides whether an export
//! can be relied on, and how to make one.

use serde::Serialize;

/// What a format is, what of it is read, and how that was made sure of. Each text is a sentence or
/// a short phrase without an end stop, in words that an official knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// The app or the kind of file: `WhatsApp, "Export chat"`.
    pub title: &'static str,
    /// The channels its threads can have ([`ThreadHead::channel`](super::ThreadHead::channel)).
    pub channels: &'static [&'static str],
    /// Which versions or generations of the format are read.
    pub reads: &'static [&'static str],
    /// What it carries of a message beyond its text, and docket keeps.
    pub carries: &'static [&'static str],
    /// What the app's conversations have and this format does not carry.
    pub lacks: &'static [&'static str],
    /// What the reading of it was held against; never empty.
    pub verified: &'static [Verified],
    /// How to make such an export, in the app's own words: one or two steps.
    pub export: &'static [&'static str],
}

/// One thing that the reading of a format was held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// What kind of thing.
    pub by: Basis,
    /// What exactly.
    pub what: &'static str,
}

/// What shows that a format is read as it is meant, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Exports that the app made, counted by other means.
    RealExports,
    /// The source of the program that writes the format, or of one that reads it.
    Source,
    /// What the maker or a standard says of the format.
    Documentation,
    /// Exports that docket's own tests write, read back equal.
    OwnTests,
}

impl Basis {
    /// The words for a person.
    pub fn words(self) -> &'static str {
        match self {
            Basis::RealExports => "real exports",
            Basis::Source => "source",
            Basis::Documentation => "documentation",
            Basis::OwnTests => "own tests",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::import::ALL;
    use std::collections::BTreeSet;

    #[test]
    fn every_importer_tells_of_itself() {
        let (mut names, mut titles) = (BTreeSet::new(), BTreeSet::new());
        for importer in ALL {
            let (name, about) = (importer.name(), importer.about());
            assert!(names.insert(name), "{name} stands twice");
            assert!(titles.insert(about.title), "{name}: its title stands twice");
            assert!(!about.channels.is_empty(), "{name}: no channel");
            assert!(!about.verified.is_empty(), "{name}: verified by nothing");
            let title = [about.title];
            let lists = [about.channels, about.reads, about.carries, about.lacks];
            let phrases = lists
                .into_iter()
                .chain([about.export, &title])
                .inspect(|list| assert!(!list.is_empty(), "{name}: something is left out"))
                .flatten()
                .chain(about.verified.iter().map(|one| &one.what));
            for phrase in phrases {
                assert!(
                    phrase.len() > 2 && !phrase.ends_with('.') && phrase.trim() == *phrase,
                    "{name}: {phrase:?}"
                );
            }
        }
    }
}
