//! What a line of the app says of who came or went: whom it is about, and who did it.
//!
//! What the line reports is known from its importer, in every language that it reads
//! (`Extra::event`); who is meant is read from the names in it, from who stands as its sender, and
//! from the few words that languages have for the reader ("you") and for what was done to somebody
//! ("was added"). These are taken from the wordings that `import/` knows. What a line leaves open
//! stays open.

use super::told::{Change, Named, Told, Who};
use super::whole::whole;
use super::wording::{PASSIVE, PASSIVE_INSIDE, READER, READER_INSIDE, VERB_FIRST};
use std::ops::Range;

/// Reads a line. `text` is folded, and `named` are the names in it, in their order; `sender` is who
/// stands as its sender, where the export says so, and `owner` the reader whom the app calls "you".
pub(super) fn read(
    change: Change,
    text: &str,
    named: &[Named],
    sender: Option<&Who>,
    owner: &Who,
) -> Told {
    let named = &whole(change, text, named);
    let before = named
        .first()
        .map_or("", |first| piece(text, 0..first.at.start));
    let around = around(text, named);
    let line = Line {
        change,
        names: named.iter().filter_map(|name| name.who.clone()).collect(),
        first: named.first().and_then(|name| name.who.clone()),
        is_one_open: named.iter().any(|name| name.who.is_none()),
        begins_otherwise: has_words(before)
            && !words(before).any(|word| VERB_FIRST.contains(&word)),
        lists_names: before.trim_end().ends_with(':'),
        is_to_reader: holds(&around, READER, READER_INSIDE),
        is_passive: holds(&around, PASSIVE, PASSIVE_INSIDE),
        is_of_leaving: words(text).any(|word| word == "left"),
        may_name_doer: holds(&between(text, named), PASSIVE, PASSIVE_INSIDE),
        owner,
    };
    let mut told = match (change, sender) {
        (Change::Added | Change::Removed, Some(sender)) => line.done_by(sender),
        (Change::Added | Change::Removed, None) => line.done(),
        (Change::Created, _) => line.made(sender),
        _ => line.moved(sender),
    };
    // Whoever stands as the sender of a line on coming or going is the one it is about.
    let is_senders = !line.is_of_others() && sender.is_some() && !line.lists_names;
    told.leaves_open |= line.is_one_open && !is_senders;
    told
}

/// A line, taken apart.
struct Line<'a> {
    change: Change,
    names: Vec<Who>,
    /// Whose the first name is; `None` where that is not sure.
    first: Option<Who>,
    /// Whether it is not sure of one of the names whose it is.
    is_one_open: bool,
    /// Whether words stand before the first name: somebody else, or a verb, did something to them.
    begins_otherwise: bool,
    /// Whether the names are a list after a colon.
    lists_names: bool,
    is_to_reader: bool,
    is_passive: bool,
    /// Whether it says of whoever stands as its sender that they left.
    is_of_leaving: bool,
    /// Whether a name stands behind what was done to the first: perhaps of who did it.
    may_name_doer: bool,
    owner: &'a Who,
}

impl Line<'_> {
    /// Whether it is of what somebody did to others.
    fn is_of_others(&self) -> bool {
        matches!(
            self.change,
            Change::Added | Change::Removed | Change::Created
        )
    }

    fn all(&self, of: &[Who]) -> Vec<(Who, Change)> {
        of.iter().map(|who| (who.clone(), self.change)).collect()
    }

    /// Somebody was added or removed, and the line itself names who did it, if anybody does.
    fn done(&self) -> Told {
        let owner = (self.owner.clone(), self.change);
        match self.names.as_slice() {
            [] => Told {
                about: Vec::from_iter(self.is_to_reader.then_some(owner)),
                leaves_open: !self.is_to_reader,
            },
            _ if self.may_name_doer => Told {
                about: self.all(self.first.as_slice()),
                leaves_open: true,
            },
            // Whoever did it is none of those whose names are sure.
            all if self.begins_otherwise || self.is_passive || self.first.is_none() => Told {
                about: self.all(all),
                leaves_open: false,
            },
            [by] => Told {
                about: std::iter::once((by.clone(), Change::Acted))
                    .chain(self.is_to_reader.then_some(owner))
                    .collect(),
                leaves_open: !self.is_to_reader,
            },
            [by, others @ ..] => {
                let mut about = vec![(by.clone(), Change::Acted)];
                about.extend(self.all(others));
                Told {
                    about,
                    leaves_open: false,
                }
            }
        }
    }

    /// The same, of somebody who stands as the line's sender.
    fn done_by(&self, sender: &Who) -> Told {
        let others: Vec<Who> = self
            .names
            .iter()
            .filter(|one| *one != sender)
            .cloned()
            .collect();
        let acted = (sender.clone(), Change::Acted);
        if !others.is_empty() {
            let mut about = vec![acted];
            about.extend(self.all(&others));
            return Told {
                about,
                leaves_open: false,
            };
        }
        let (about, leaves_open) = match self.change {
            _ if self.is_to_reader && sender != self.owner => {
                (vec![acted, (self.owner.clone(), self.change)], false)
            }
            // Who is removed by nobody else went by themselves.
            Change::Removed if self.is_of_leaving => (vec![(sender.clone(), Change::Left)], false),
            _ => (vec![acted], true),
        };
        Told { about, leaves_open }
    }

    /// Somebody joined or left.
    fn moved(&self, sender: Option<&Who>) -> Told {
        let about = match (sender, self.names.as_slice()) {
            (Some(sender), names) if !self.lists_names || names.is_empty() => {
                self.all(std::slice::from_ref(sender))
            }
            (_, []) if self.is_to_reader => self.all(std::slice::from_ref(self.owner)),
            (_, names) => self.all(names),
        };
        Told {
            leaves_open: about.is_empty(),
            about,
        }
    }

    /// Somebody made the group, perhaps with others in it.
    fn made(&self, sender: Option<&Who>) -> Told {
        let first = match &self.first {
            Some(first) if !(self.begins_otherwise && self.is_to_reader) => Some(first),
            _ if self.is_to_reader => Some(self.owner),
            _ => None,
        };
        let Some(maker) = sender.or(first) else {
            return Told {
                about: Vec::new(),
                leaves_open: true,
            };
        };
        let others = self.names.iter().filter(|one| *one != maker);
        let others = others.map(|one| (one.clone(), Change::Added));
        Told {
            about: std::iter::once((maker.clone(), Change::Created))
                .chain(others)
                .collect(),
            leaves_open: false,
        }
    }
}

fn piece(text: &str, at: Range<usize>) -> &str {
    text.get(at).unwrap_or_default()
}

/// What stands beside the names.
fn around(text: &str, named: &[Named]) -> String {
    let mut around = String::new();
    let mut from = 0;
    for name in named {
        around.push_str(piece(text, from..name.at.start));
        around.push(' ');
        from = name.at.end;
    }
    around.push_str(piece(text, from..text.len()));
    around
}

/// What stands between the first name and the last.
fn between(text: &str, named: &[Named]) -> String {
    let (Some(first), Some(last)) = (named.first(), named.last()) else {
        return String::new();
    };
    let within = first.at.end..last.at.start;
    piece(text, within).to_owned()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '-'))
}

fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

fn holds(text: &str, whole: &[&str], inside: &[&str]) -> bool {
    words(text).any(|word| whole.contains(&word)) || inside.iter().any(|part| text.contains(part))
}

/// Whom a folded text names, in the order of the names in it; `names` the longest first. A
/// telephone number is a name too, whoever's it is.
pub(super) fn named(text: &str, names: &[(String, Option<Who>)]) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    for (name, who) in names {
        for (from, _) in text.match_indices(name.as_str()) {
            let to = from.saturating_add(name.len());
            let before = piece(text, 0..from).chars().next_back();
            let after = piece(text, to..text.len()).chars().next();
            // Where words are not parted by spaces, a particle may follow a name at once.
            let touches = name.is_ascii()
                && (is_letter(before.filter(char::is_ascii))
                    || is_letter(after.filter(char::is_ascii)));
            let taken = found
                .iter()
                .any(|one| from < one.at.end && one.at.start < to);
            if !touches && !taken {
                found.push(Named {
                    at: from..to,
                    who: who.clone(),
                });
            }
        }
    }
    for at in numbers(text) {
        if !found
            .iter()
            .any(|one| at.start < one.at.end && one.at.start < at.end)
        {
            let who = Some(Who::Named(piece(text, at.clone()).to_owned()));
            found.push(Named { at, who });
        }
    }
    found.sort_by_key(|one| one.at.start);
    let mut seen = Vec::new();
    found.retain(|one| {
        one.who.is_none()
            || !seen.contains(&one.who) && {
                seen.push(one.who.clone());
                true
            }
    });
    found
}

/// Where telephone numbers in their international form stand: a plus and seven digits at least.
fn numbers(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (from, _) in text.match_indices('+') {
        let rest = piece(text, from.saturating_add(1)..text.len());
        let is_part =
            |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '\u{2011}');
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let number = piece(rest, 0..length);
        let number = number.trim_end_matches(|c: char| !c.is_ascii_digit());
        if number.chars().filter(char::is_ascii_digit).count() >= 7 {
            found.push(from..from.saturating_add(1).saturating_add(number.len()));
        }
    }
    found
}

/// The text with what stands in quotation marks made blank: the name that a group was given may be
/// somebody's.
pub(super) fn without_quotes(text: &str) -> String {
    let mut closing = None;
    let blank = |c: char| " ".repeat(c.len_utf8());
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match (closing, c) {
            (Some(end), c) if c == end => closing = None,
            (Some(_), c) => {
                out.push_str(&blank(c));
                continue;
            }
            (None, '"') => closing = Some('"'),
            (None, '“') => closing = Some('”'),
            (None, '„') => closing = Some('“'),
            (None, '«') => closing = Some('»'),
            (None, '「') => closing = Some('」'),
            _ => {}
        }
        out.push(c);
    }
    match closing {
        // A quotation mark that nothing closes quotes nothing.
        Some(_) => text.to_owned(),
        None => out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ParticipantId, SourceId};
    use crate::text::fold;

    const ANN: Who = Who::Participant(ParticipantId(1));
    const BO: Who = Who::Participant(ParticipantId(2));
    const CY: Who = Who::Participant(ParticipantId(3));
    const ME: Who = Who::Owner(SourceId(0));

    fn names() -> Vec<(String, Option<Who>)> {
        let mut names = vec![
            ("ann".to_owned(), Some(Who::Participant(ParticipantId(7)))),
            ("ann lee".to_owned(), Some(ANN)),
            ("bo ek".to_owned(), Some(BO)),
            (fold("田中"), Some(CY)),
            ("sam".to_owned(), None),
        ];
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        names
    }

    #[test]
    fn words_are_written_as_folding_leaves_them() {
        let lists = [READER, READER_INSIDE, PASSIVE, PASSIVE_INSIDE, VERB_FIRST];
        for word in lists.iter().copied().flatten() {
            assert_eq!(fold(word), *word);
        }
    }

    #[test]
    fn names_are_found_in_the_lines_of_every_language() {
        for (line, whom) in [
            ("Ann Lee added Bo Ek", vec![ANN, BO]),
            ("Ann Lee hat Bo Ek hinzugefügt", vec![ANN, BO]),
            ("Ann Lee, Bo Ek'i ekledi", vec![ANN, BO]),
            ("أضاف Ann Lee Bo Ek", vec![ANN, BO]),
            ("Ann Leeが田中を追加しました", vec![ANN, CY]),
            ("Annabel left", vec![]),
            ("\u{202a}Bo Ek\u{202c} left", vec![BO]),
            (
                "Ann Lee added +44 7700 900123",
                vec![ANN, Who::Named("+44 7700 900123".into())],
            ),
        ] {
            let found = named(&fold(line), &names());
            let found: Vec<Who> = found.into_iter().filter_map(|one| one.who).collect();
            assert_eq!(found, whom, "{line}");
        }
    }

    fn told(change: Change, line: &str, sender: Option<&Who>) -> (Vec<(Who, Change)>, bool) {
        let text = fold(line);
        let told = read(change, &text, &named(&text, &names()), sender, &ME);
        (told.about, told.leaves_open)
    }

    #[test]
    fn who_was_added_is_told_from_who_did_it() {
        use Change::{Acted, Added};
        let by_ann = |who: Who| vec![(ANN, Acted), (who, Added)];
        for (line, about) in [
            ("Ann Lee added Bo Ek", by_ann(BO)),
            ("Ann Lee hat Bo Ek hinzugefügt", by_ann(BO)),
            ("أضاف Ann Lee Bo Ek", by_ann(BO)),
            // The reader: before the name they did it, after it it was done to them.
            ("Ann Lee added you", by_ann(ME)),
            ("Ann Lee hat dich hinzugefügt", by_ann(ME)),
            ("Ann Lee te añadió", by_ann(ME)),
            ("Ann Lee vous a ajouté(e)", by_ann(ME)),
            ("Ann Lee heeft je toegevoegd", by_ann(ME)),
            ("Ann Lee sizi ekledi", by_ann(ME)),
            ("Ann Lee добавил(-а) вас", by_ann(ME)),
            ("Ann Lee σας πρόσθεσε", by_ann(ME)),
            ("Ann Lee đã thêm bạn", by_ann(ME)),
            ("Ann Lee ने आपको जोड़ा", by_ann(ME)),
            ("أضافك Ann Lee", by_ann(ME)),
            ("Ann Leeがあなたを追加しました", by_ann(ME)),
            ("Ann Lee新增了您", by_ann(ME)),
            ("You added Bo Ek", vec![(BO, Added)]),
            ("Du hast Bo Ek hinzugefügt", vec![(BO, Added)]),
            ("Hai aggiunto Bo Ek", vec![(BO, Added)]),
            ("Lisäsit Bo Ek", vec![(BO, Added)]),
            ("Вы добавили Bo Ek", vec![(BO, Added)]),
            ("أضفت Bo Ek", vec![(BO, Added)]),
            // By nobody who is named.
            ("Bo Ek was added", vec![(BO, Added)]),
            ("Bo Ek wurde hinzugefügt", vec![(BO, Added)]),
            ("Bo Ek a été ajouté", vec![(BO, Added)]),
            ("Bo Ek eklendi", vec![(BO, Added)]),
            ("Bo Ek добавлен(-а)", vec![(BO, Added)]),
            ("تمت إضافة Bo Ek", vec![(BO, Added)]),
            ("田中が追加されました", vec![(CY, Added)]),
            ("You were added", vec![(ME, Added)]),
            ("Du blev tilføjet", vec![(ME, Added)]),
            ("Eklendiniz", vec![(ME, Added)]),
            ("Nobody Known added Bo Ek", vec![(BO, Added)]),
            (
                "members added: Ann Lee, Bo Ek",
                vec![(ANN, Added), (BO, Added)],
            ),
        ] {
            assert_eq!(told(Added, line, None), (about, false), "{line}");
        }
        // Who did it may stand behind whom it was done to.
        for line in [
            "Bo Ek was added by Ann Lee",
            "Bo Ek wurde von Ann Lee hinzugefügt",
        ] {
            assert_eq!(told(Added, line, None), (vec![(BO, Added)], true), "{line}");
        }
        assert_eq!(told(Added, "Sam was added by Bo Ek", None), (vec![], true));
        // Whom it is about that names one of two, or one of two of a name, is not guessed.
        let open = (vec![(ANN, Acted)], true);
        for line in [
            "Ann Lee added Nobody Known",
            "Ann Lee hat Niemand hinzugefügt",
            "Ann Lee added Sam",
        ] {
            assert_eq!(told(Added, line, None), open, "{line}");
        }
        assert_eq!(told(Added, "Nobody added Nowhere", None), (vec![], true));
        // Nor is whoever bears a part of the doer's name taken for them, or one of two for both.
        for line in ["Mary Ann Lee added Bo Ek", "Sam added Bo Ek"] {
            assert_eq!(told(Added, line, None), (vec![(BO, Added)], true), "{line}");
        }
    }

    #[test]
    fn who_stands_as_the_sender_did_it() {
        use Change::{Acted, Added, Created, Joined, Left, Removed};
        for (change, line, about, open) in [
            (Added, "added Bo Ek", vec![(ANN, Acted), (BO, Added)], false),
            (
                Added,
                "Ann Lee added Bo Ek to the group.",
                vec![(ANN, Acted), (BO, Added)],
                false,
            ),
            (
                Removed,
                "removed Bo Ek",
                vec![(ANN, Acted), (BO, Removed)],
                false,
            ),
            (Removed, "Left the group.", vec![(ANN, Left)], false),
            (Removed, "removed Sam", vec![(ANN, Acted)], true),
            (
                Joined,
                "joined by a link of Bo Ek",
                vec![(ANN, Joined)],
                false,
            ),
            (Joined, "members joined: Bo Ek", vec![(BO, Joined)], false),
            (
                Joined,
                "@Ann Lee has joined the channel",
                vec![(ANN, Joined)],
                false,
            ),
            (
                Created,
                "created the group “Kits” with Ann Lee, Bo Ek",
                vec![(ANN, Created), (BO, Added)],
                false,
            ),
            // A sender who removed somebody unknown did not leave by that.
            (Removed, "removed Nobody Known", vec![(ANN, Acted)], true),
        ] {
            assert_eq!(told(change, line, Some(&ANN)), (about, open), "{line}");
        }
        assert_eq!(
            told(Joined, "Bo Ek joined using your invite", None),
            (vec![(BO, Joined)], false)
        );
        assert_eq!(told(Left, "You left", None), (vec![(ME, Left)], false));
        assert_eq!(told(Left, "Nobody left", None), (vec![], true));
        for (line, about, open) in [
            ("You created group Kits", vec![(ME, Created)], false),
            ("You created group Ann Lee", vec![(ME, Created)], true),
            ("Ann Lee created group Bo Ek", vec![(ANN, Created)], true),
            ("Mary Ann Lee created group Kits", vec![], true),
            ("Nobody Known created group Ann Lee", vec![], true),
        ] {
            assert_eq!(told(Created, line, None), (about, open), "{line}");
        }
        assert_eq!(told(Left, "Mary Ann Lee left", None), (vec![], true));
    }

    #[test]
    fn what_a_group_is_called_is_nobody_in_it() {
        for (line, left) in [
            ("Ann made \"Bo Ek\"", "Ann made \"     \""),
            ("„Bo“ x «Bo» y", "„  “ x «  » y"),
            ("an inch is 1\" Bo", "an inch is 1\" Bo"),
        ] {
            assert_eq!(without_quotes(line), left);
        }
    }
}
