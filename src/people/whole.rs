//! Whether a name that is found in a line of the app is all of somebody's name there.
//!
//! `Mary Ann Lee removed Bo` is not on an Ann Lee, and `Ann Lee-Smith left` neither, though the
//! case knows one. So what stands beside a name must be known: an end of the line, the app's own
//! wording, or a list with another name. Beside anything else the name is whose it is not sure to
//! be, and the line stays open. Of a line on who made a group all names after the first are open
//! but those that it says were brought along: a group may be called after somebody.

use super::told::{Change, Named};
use super::wording::{PASSIVE, VERB_FIRST};
use crate::import;
use crate::text::{fold, is_unspaced};
use std::sync::OnceLock;

/// Wording of other apps than those whose lists [`import::beside_names`] knows, and of docket's
/// importers, folded.
const BEFORE: &[&str] = &["added", "removed", "invited"];
const AFTER: &[&str] = &[
    "to",
    "from",
    "was added",
    "was removed",
    "were added",
    "were removed",
    "has joined",
    "has left",
    "joined",
    "left",
    "invited",
    "created",
];
/// What stands before who made a group, and before those who were brought along.
const BEFORE_IN_CREATED: &[&str] = &["by", "with", "انشا", "قام"];
/// Words that join two names.
const AND: &[&str] = &[
    "and", "und", "et", "y", "e", "i", "og", "och", "en", "ja", "ve", "и", "та", "και", "va", "dan",
];
/// What Turkish puts behind a name, after an apostrophe, where something is done to its bearer.
const SUFFIXES: &[&str] = &["i", "u", "yi", "yu", "ni", "nu"];

/// The app's wording on an event, folded and without the spaces around it.
struct Wording {
    before: Vec<String>,
    after: Vec<String>,
}

impl Wording {
    /// Of the lines on a change; found once.
    fn of(change: Change) -> &'static Wording {
        const CHANGES: [Change; 5] = [
            Change::Created,
            Change::Added,
            Change::Joined,
            Change::Left,
            Change::Removed,
        ];
        static ALL: OnceLock<Vec<Wording>> = OnceLock::new();
        static NONE: Wording = Wording {
            before: Vec::new(),
            after: Vec::new(),
        };
        let all = ALL.get_or_init(|| CHANGES.map(Wording::read).into());
        let at = CHANGES.iter().position(|one| *one == change);
        at.and_then(|at| all.get(at)).unwrap_or(&NONE)
    }

    fn read(change: Change) -> Wording {
        let (before, after) = import::beside_names(change.name());
        let folded = |pieces: Vec<&str>, also: &[&str]| -> Vec<String> {
            let pieces = pieces
                .into_iter()
                .map(|piece| fold(piece).trim().to_owned());
            let also = also.iter().map(|piece| (*piece).to_owned());
            let mut all: Vec<String> = pieces.chain(also).filter(|one| has_words(one)).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        Wording {
            before: match change {
                // What stands before a gap there stands before what the group is called, too.
                Change::Created => folded(Vec::new(), BEFORE_IN_CREATED),
                _ => folded(before, BEFORE),
            },
            after: folded(after, &[AFTER, PASSIVE].concat()),
        }
    }
}

/// The names found in a folded line; those that may be a part of a longer one are nobody's.
pub(super) fn whole(change: Change, text: &str, named: &[Named]) -> Vec<Named> {
    let wording = Wording::of(change);
    let judged = named.iter().map(|name| Named {
        at: name.at.clone(),
        who: name
            .who
            .clone()
            .filter(|_| begins(text, name, wording, named) && ends(text, name, wording, named)),
    });
    judged.collect()
}

/// Whether all of a name begins where it was found.
fn begins(text: &str, name: &Named, wording: &Wording, named: &[Named]) -> bool {
    let before = text.get(..name.at.start).unwrap_or_default();
    let bare = before.trim_end_matches(|c: char| c.is_whitespace() || is_mark(c));
    let gap = before.get(bare.len()..).unwrap_or_default();
    if bare.is_empty() || bare.ends_with(':') || gap.contains('\n') {
        return true;
    }
    if wording.before.iter().any(|piece| ends_with(bare, piece)) {
        return true;
    }
    let listed = bare.trim_end_matches(is_stop);
    let listed = AND
        .iter()
        .find(|and| ends_with(listed, and))
        .map_or(listed, |and| {
            listed
                .get(..listed.len().saturating_sub(and.len()))
                .unwrap_or_default()
        });
    let listed = listed.trim_end_matches(|c: char| c.is_whitespace() || is_stop(c));
    named.iter().any(|other| match other.at.end {
        end if end == bare.len() => follows_a_verb(text, other),
        end => end == listed.len(),
    })
}

/// Whether all of a name ends where it was found.
fn ends(text: &str, name: &Named, wording: &Wording, named: &[Named]) -> bool {
    let mut after = text.get(name.at.end..).unwrap_or_default();
    if let Some(suffixed) = after.strip_prefix(['\'', '’'])
        && let Some(suffix) = SUFFIXES.iter().find(|suffix| starts_with(suffixed, suffix))
    {
        after = suffixed.get(suffix.len()..).unwrap_or_default();
    }
    let bare = after.trim_start_matches(|c: char| c.is_whitespace() || is_mark(c));
    let gap = after.strip_suffix(bare).unwrap_or_default();
    if gap.contains('\n')
        || bare
            .chars()
            .all(|c| c.is_whitespace() || is_mark(c) || is_stop(c))
    {
        return true;
    }
    if wording.after.iter().any(|piece| starts_with(bare, piece)) {
        return true;
    }
    let listed = bare.trim_start_matches(|c: char| c.is_whitespace() || is_stop(c));
    let listed = AND
        .iter()
        .find(|and| starts_with(listed, and))
        .map_or(listed, |and| listed.get(and.len()..).unwrap_or_default());
    let listed = listed.trim_start_matches(|c: char| c.is_whitespace() || is_mark(c));
    named
        .iter()
        .any(|other| match text.len().saturating_sub(other.at.start) {
            rest if rest == bare.len() => follows_a_verb(text, name),
            rest => rest == listed.len(),
        })
}

/// Whether a verb stands right before a name whose bearer did what it says.
fn follows_a_verb(text: &str, name: &Named) -> bool {
    let before = text.get(..name.at.start).unwrap_or_default().trim_end();
    VERB_FIRST.iter().any(|verb| ends_with(before, verb))
}

/// What may stand around a name and is no part of it.
fn is_mark(c: char) -> bool {
    matches!(
        c,
        '@' | '~' | '"' | '“' | '”' | '„' | '«' | '»' | '「' | '」'
    )
}

/// What ends a name, and what parts the names of a list.
fn is_stop(c: char) -> bool {
    matches!(
        c,
        '.' | ',' | ';' | ':' | '!' | ')' | '،' | '、' | '。' | '，' | '।' | '…'
    )
}

fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Whether letters in a row are of one word.
fn is_one_word(left: Option<char>, right: Option<char>) -> bool {
    let is_part =
        |c: char| (c.is_alphanumeric() || matches!(c, '\'' | '’' | '-')) && !is_unspaced(c);
    left.is_some_and(is_part) && right.is_some_and(is_part)
}

/// Whether a text begins with whole words.
fn starts_with(text: &str, words: &str) -> bool {
    text.strip_prefix(words)
        .is_some_and(|rest| !is_one_word(words.chars().next_back(), rest.chars().next()))
}

/// Whether a text ends with whole words.
fn ends_with(text: &str, words: &str) -> bool {
    text.strip_suffix(words)
        .is_some_and(|rest| !is_one_word(rest.chars().next_back(), words.chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ParticipantId;
    use crate::people::told::Who;

    /// Which of the names that are found are whole.
    fn whole_in(change: Change, line: &str) -> Vec<bool> {
        let names = ["ann lee", "bo ek", "ann", "berg", "田中"];
        let names: Vec<_> = (0..)
            .zip(names)
            .map(|(id, name)| (fold(name), Some(Who::Participant(ParticipantId(id)))))
            .collect();
        let text = fold(line);
        let found = super::super::lines::named(&text, &names);
        whole(change, &text, &found)
            .iter()
            .map(|name| name.who.is_some())
            .collect()
    }

    #[test]
    fn a_part_of_a_longer_name_is_nobodys() {
        use Change::{Added, Joined, Left, Removed};
        for (change, line, expected) in [
            (Removed, "Mary Ann Lee removed Bo Ek", vec![false, true]),
            (Removed, "mary ann lee removed bo ek", vec![false, true]),
            (Removed, "Ann Lee removed Bo Ek", vec![true, true]),
            (Removed, "Ann Lee removed Bo Ek Hansen", vec![true, false]),
            (
                Removed,
                "Anna van den Berg removed Bo Ek",
                vec![false, true],
            ),
            (Left, "Ann Lee-Smith left", vec![false]),
            (Left, "Ann Lee Smith left", vec![false]),
            (Left, "Ann Lee 🌻 left", vec![false]),
            (Left, "Ann Lee (DHSC) left", vec![false]),
            (Left, "Smith, Ann left", vec![false]),
            (Left, "Ann Lee left", vec![true]),
            (Left, "Ann Lee left the group", vec![true]),
            (Left, "Ann Lee hat die Gruppe verlassen", vec![true]),
            (Left, "Ann Lee ayrıldı", vec![true]),
            (Left, "غادر Ann Lee", vec![true]),
            (Left, "田中が退出しました", vec![true]),
            (Left, "田中太郎が退出しました", vec![false]),
            (
                Added,
                "Ann Lee added Bo Ek and Berg",
                vec![true, true, true],
            ),
            (Added, "Ann Lee added Nobody, Bo Ek", vec![true, false]),
            (Added, "أضاف Ann Lee Bo Ek", vec![true, true]),
            (Added, "Ann Lee Bo Ek was added", vec![false, false]),
            (
                Added,
                "Bo Ek wurde von Ann Lee hinzugefügt",
                vec![true, false],
            ),
            (Added, "Ann Lee, Bo Ek'i ekledi", vec![true, true]),
            (Added, "Members added: Ann Lee, Bo Ek", vec![true, true]),
            (
                Joined,
                "Ann Lee joined by a link of Bo Ek",
                vec![true, false],
            ),
            (Joined, "Bo Ek joined using Ann's invite", vec![true, false]),
        ] {
            assert_eq!(whole_in(change, line), expected, "{line}");
        }
    }

    #[test]
    fn what_a_group_is_called_may_be_a_persons_name() {
        for (line, expected) in [
            ("Ann Lee created group Bo Ek", vec![true, false]),
            ("You created group Ann Lee", vec![false]),
            ("Ann Lee hat die Gruppe Bo Ek erstellt", vec![true, false]),
            (
                "Ann Lee created the group “Kits” with Bo Ek, Berg",
                vec![true, true, true],
            ),
            ("This group was created by Ann Lee", vec![true]),
            ("أنشأ Ann Lee هذه المجموعة", vec![true]),
        ] {
            assert_eq!(whole_in(Change::Created, line), expected, "{line}");
        }
    }
}
