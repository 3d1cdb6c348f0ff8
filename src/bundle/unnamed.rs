//! Names that may not be shown: where a text holds one, a neutral number stands in its place.

use super::records::person_id;
use crate::model::ParticipantId;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;

/// The letters and digits of a text with their places: what is left of a name however an app
/// spaces it, marks it or writes its telephone number.
pub(super) fn letters(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    text.char_indices().filter(|(_, c)| c.is_alphanumeric())
}

/// Names that must not be shown, each reduced to its letters and digits, by the first of them; the
/// longest first, so that `Ann Lee` is not found as `Ann`.
#[derive(Default)]
pub(super) struct Names {
    by_first: HashMap<char, Vec<(Vec<char>, ParticipantId)>>,
    /// Said after each number.
    of: &'static str,
}

impl Names {
    /// Of names reduced to their letters and digits.
    pub(super) fn new(names: impl IntoIterator<Item = (Vec<char>, ParticipantId)>) -> Names {
        let mut by_first: HashMap<char, Vec<_>> = HashMap::new();
        for (name, id) in names {
            if let Some(first) = name.first() {
                by_first.entry(*first).or_default().push((name, id));
            }
        }
        for names in by_first.values_mut() {
            names.sort_by_key(|(name, id)| (Reverse(name.len()), *id));
        }
        Names { by_first, of: "" }
    }

    /// Says after each number whose it is: where the text goes, others have these numbers.
    pub(super) fn say_of(&mut self, of: &'static str) {
        self.of = of;
    }

    /// The text with neutral numbers in the place of names that stand as whole words.
    pub(super) fn replace<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let places: Vec<(usize, char)> = letters(text).collect();
        let mut shown = String::new();
        let mut done = 0;
        let mut at = 0;
        while let Some((from, _)) = places.get(at) {
            let rest = places.get(at..).unwrap_or_default();
            let Some((id, count, to)) = self.at_start(text, *from, rest) else {
                at += 1;
                continue;
            };
            shown.push_str(text.get(done..*from).unwrap_or_default());
            shown.push_str(&format!("[{}{}]", person_id(id.0), self.of));
            done = to;
            at += count;
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        shown.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(shown)
    }

    /// The name that begins at byte `from`, how many letters it has, and where it ends.
    fn at_start(
        &self,
        text: &str,
        from: usize,
        rest: &[(usize, char)],
    ) -> Option<(ParticipantId, usize, usize)> {
        let touches = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if touches(text.get(..from)?.chars().next_back()) {
            return None;
        }
        let (_, first) = rest.first()?;
        self.by_first.get(first)?.iter().find_map(|(name, id)| {
            let here = rest.get(..name.len())?;
            let (last, c) = here.last()?;
            let to = last + c.len_utf8();
            let same = here.iter().map(|(_, c)| c).eq(name);
            (same && !touches(text.get(to..)?.chars().next())).then_some((*id, name.len(), to))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_way_to_numbers_as_whole_words() {
        let list = [
            ("Ann", 4),
            ("AnnLee", 6),
            ("447700900123", 2),
            ("person", 8),
        ];
        let unnamed =
            Names::new(list.map(|(name, id)| (name.chars().collect(), ParticipantId(id))));
        for (line, shown) in [
            ("Ada added Ann Lee", "Ada added [person-0006]"),
            ("Ann added Annabel", "[person-0004] added Annabel"),
            (
                "\u{202a}+44\u{a0}7700 900123\u{202c} left",
                "\u{202a}+[person-0002]\u{202c} left",
            ),
            ("Ann added Ann", "[person-0004] added [person-0004]"),
            ("person added Ann", "[person-0008] added [person-0004]"),
            ("Nobody left", "Nobody left"),
        ] {
            assert_eq!(unnamed.replace(line), shown);
        }
        let mut former = unnamed;
        former.say_of(" of the former case");
        assert_eq!(
            former.replace("Ann left"),
            "[person-0004 of the former case] left"
        );
    }
}
