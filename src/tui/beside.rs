//! What a list shows of a message that answers others: what it answers, and the quotes at its end.

use super::block::clock;
use crate::case::{Message, Store};
use crate::model::Extra;
use crate::review::beside::short;
use crate::text::counted;
use std::collections::BTreeSet;

/// Fewer quoted lines than this are not worth folding.
const WORTH_FOLDING: usize = 4;
/// How much of an answered message is looked at for its first words.
const FIRST_WORDS: usize = 300;

/// The people of a message: whom it is from and whom it was addressed to.
pub fn circle(store: &Store, message: &Message<'_>, extra: &Extra) -> BTreeSet<String> {
    let sender = message
        .participant
        .and_then(|id| store.participant(id))
        .map(|participant| participant.name.clone());
    let recipients = extra.recipients.iter().map(|one| one.who.clone());
    recipients.chain(sender).collect()
}

/// What a message answers, on a row: `↳ 10:08 Ben Okafor: Shall we`. `None` where it answers
/// nothing, or what it names is not in the case and of a format whose names mean nothing here.
pub fn answered(store: &Store, message: &Message<'_>, extra: &Extra) -> Option<String> {
    let name = extra.reply_to.last()?;
    let Some(answered) = store
        .named(name, message.thread)
        .and_then(|number| store.message(number))
    else {
        return Some("↳ a message that is not in this case".to_owned());
    };
    let time = clock(&answered).map_or_else(String::new, |time| {
        let same_day = clock(message).is_some_and(|own| own.date() == time.date());
        let form = if same_day { "%H:%M " } else { "%-d %b %H:%M " };
        time.format(form).to_string()
    });
    let sender = answered
        .participant
        .and_then(|id| store.participant(id))
        .map_or_else(|| "nobody named".to_owned(), |one| short(&one.name));
    let (words, _) = super::block::head(answered.text, FIRST_WORDS);
    let words: Vec<&str> = words.split_whitespace().collect();
    Some(format!("↳ {time}{sender}: {}", words.join(" ")))
}

/// Where the tail of a mail begins that only repeats what it answers, and how many lines that is:
/// lines that begin with `>`, or all after a line such as `-----Original Message-----`; with the
/// line before them that says whose words they are.
pub fn quoted_tail(text: &str) -> Option<(usize, usize)> {
    let mut places = Vec::new();
    let mut at = 0usize;
    for line in text.split_inclusive('\n') {
        places.push((at, line.trim()));
        at = at.saturating_add(line.len());
    }
    let is_quoted = |line: &str| line.starts_with('>');
    let is_rule = |line: &str| {
        line.len() > 12 && line.starts_with("-----") && line.ends_with("-----") && {
            let words = line.trim_matches('-').trim();
            !words.is_empty() && words.chars().any(char::is_alphabetic)
        }
    };
    let after_rule = |from: usize| {
        let mut after = places.iter().skip(from.saturating_add(1));
        after
            .find(|(_, line)| !line.is_empty())
            .is_some_and(|(_, line)| line.contains(':'))
    };
    let rule = (0..places.len())
        .find(|line| places.get(*line).is_some_and(|(_, line)| is_rule(line)) && after_rule(*line));
    let mut first = match rule {
        Some(line) => line,
        None => {
            let run = places
                .iter()
                .rev()
                .take_while(|(_, line)| line.is_empty() || is_quoted(line))
                .count();
            places.len().saturating_sub(run)
        }
    };
    let line = |at: usize| places.get(at).map_or("", |(_, line)| *line);
    while first < places.len() && line(first).is_empty() {
        first = first.saturating_add(1);
    }
    if rule.is_none() {
        // `On Monday, Ben wrote:` may go over two lines, and an empty one may follow it.
        let mut above = first;
        while above > 0 && line(above.saturating_sub(1)).is_empty() {
            above = above.saturating_sub(1);
        }
        if above > 0 && line(above.saturating_sub(1)).ends_with(':') {
            first = above.saturating_sub(1);
            let before = first.saturating_sub(1);
            let starts = line(first).starts_with(|c: char| c.is_uppercase());
            if first > 0 && !starts && !line(before).is_empty() {
                first = before;
            }
        }
    }
    let lines = places.len().saturating_sub(first);
    let (at, _) = places.get(first)?;
    // A mail that is nothing but quotes is shown as it is.
    (lines >= WORTH_FOLDING && *at > 0).then_some((*at, lines))
}

/// What stands in the place of a folded tail.
pub fn folded(lines: usize) -> String {
    format!(
        "[{}: zo shows them]",
        counted(lines as u64, "quoted line", "quoted lines")
    )
}

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_tail_of_an_answer_is_found() {
        for (text, shown) in [
            (
                "Yes.\n\nOn Monday Ben wrote:\n> a\n> b\n>\n> c\n",
                Some("Yes.\n\n"),
            ),
            (
                "Yes.\n\nOn Monday Ben\n<ben@example.com> wrote:\n\n> a\n> b\n> c\n> d",
                Some("Yes.\n\n"),
            ),
            (
                "Yes.\n-----Ursprüngliche Nachricht-----\nVon: Ben\nAn: Ann\n\nwords\nwords",
                Some("Yes.\n"),
            ),
            // Few lines, answers between the lines, words after them, nothing but quotes.
            ("Yes.\n> a\n> b\n", None),
            ("> a\n> b\n> c\n> d\nYes.", None),
            ("> a\n> b\n> c\n> d\n> e", None),
            ("-----\nnot a rule\na\nb\nc\nd", None),
            ("", None),
        ] {
            let found = quoted_tail(text).map(|(at, _)| text.get(..at).unwrap());
            assert_eq!(found, shown, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_tail_begins_a_line_and_reaches_the_end(text in "([>a:\\-é ]{0,8}\n){0,12}") {
            if let Some((at, lines)) = quoted_tail(&text) {
                prop_assert!(text[..at].ends_with('\n'));
                prop_assert_eq!(text[at..].lines().count(), lines);
            }
        }
    }
}
