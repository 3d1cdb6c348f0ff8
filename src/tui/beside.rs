//! What a message has beside its words, in the few words that a list has room for.

use super::block::{clock, counted, grouped};
use crate::case::{Message, Store};
use crate::model::{
    Address, Attachment, Encoding, Extra, Marks, Reaction, Recipient, Role, SourceId, Stands,
};
use std::collections::BTreeSet;

/// Fewer quoted lines than this are not worth folding.
const WORTH_FOLDING: usize = 4;
/// Most people of one kind that are named on a row; the rest is counted.
const MOST_NAMED: usize = 8;
/// How much of an answered message is looked at for its first words.
const FIRST_WORDS: usize = 300;

/// The name of somebody without the address behind it, where there is a name.
pub fn short(who: &str) -> String {
    let address = Address::parse(who);
    if address.name.is_empty() {
        address.address
    } else {
        address.name
    }
}

/// Whom a message was addressed to: `to Ben Okafor; cc Cara Quill, press@example.com`. Empty where
/// the export does not say.
pub fn addressed(recipients: &[Recipient]) -> String {
    let mut kinds = Vec::new();
    for role in [Role::To, Role::Cc, Role::Bcc] {
        let names: Vec<String> = recipients
            .iter()
            .filter(|recipient| recipient.role == role)
            .map(|recipient| short(&recipient.who))
            .collect();
        if names.is_empty() {
            continue;
        }
        let more = names.len().saturating_sub(MOST_NAMED);
        let mut words = names
            .get(..names.len().min(MOST_NAMED))
            .unwrap_or_default()
            .join(", ");
        if more > 0 {
            words.push_str(&format!(" and {more} more"));
        }
        kinds.push(format!("{} {words}", role.name()));
    }
    kinds.join("; ")
}

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

/// Signs that people put on a message: `👍 by Ann, Ben; ❤ ×2`.
pub fn reactions(reactions: &[Reaction]) -> String {
    let mut signs: Vec<(&str, Vec<String>, usize)> = Vec::new();
    for reaction in reactions {
        let known = signs
            .iter_mut()
            .find(|(sign, _, _)| *sign == reaction.value);
        let (names, count) = match known {
            Some((_, names, count)) => (names, count),
            None => {
                signs.push((&reaction.value, Vec::new(), 0));
                match signs.last_mut() {
                    Some((_, names, count)) => (names, count),
                    None => continue,
                }
            }
        };
        *count += 1;
        if !reaction.who.is_empty() {
            names.push(short(&reaction.who));
        }
    }
    let words: Vec<String> = signs
        .into_iter()
        .map(|(sign, names, count)| match (names.is_empty(), count) {
            (true, 1) => sign.to_owned(),
            (true, count) => format!("{sign} ×{count}"),
            (false, _) => format!("{sign} by {}", names.join(", ")),
        })
        .collect();
    words.join("; ")
}

/// What a row after the words says of a message's own past: whom it was forwarded from, that it
/// was edited, who put which sign on it, where it was kept, whose clock its time is.
pub fn notes(marks: Marks, extra: &Extra) -> Vec<String> {
    let mut notes = Vec::new();
    match extra.forwarded.as_deref() {
        Some("") => notes.push("(forwarded)".to_owned()),
        Some(from) => notes.push(format!("(forwarded from {})", short(from))),
        None => {}
    }
    match extra.versions.len() {
        0 if marks.has(Marks::EDITED) => notes.push("(edited)".to_owned()),
        0 => {}
        count => notes.push(format!(
            "(edited; {}: i)",
            counted(count as u64, "earlier text", "earlier texts")
        )),
    }
    match extra.time_basis.as_str() {
        "" => {}
        "received" => notes.push("(no date of its own: the time a server took it)".to_owned()),
        "separator" => notes.push("(no date of its own: the time of its mailbox)".to_owned()),
        other => notes.push(format!("(no date of its own: by {other})")),
    }
    if !extra.reactions.is_empty() {
        notes.push(format!("[{}]", reactions(&extra.reactions)));
    }
    if !extra.labels.is_empty() {
        notes.push(format!("(kept in {})", extra.labels.join("; ")));
    }
    notes
}

/// How large a file is, as far as it can be told without reading it: `12 kB`; `about 12 kB` where
/// it stands encoded in something else. Empty where it is not in the export.
pub fn size(store: &Store, source: SourceId, file: &Attachment) -> String {
    match file.stands() {
        Some(Stands::Item(item)) => {
            let item = store
                .source(source)
                .and_then(|source| source.items.get(usize::try_from(item).ok()?));
            item.map_or_else(String::new, |item| bytes(item.size))
        }
        Some(Stands::Within(within)) => {
            let length = u64::from(within.span.length);
            match within.encoding {
                Encoding::Plain => bytes(length),
                // Four signs for three bytes, and a line end after 76 signs.
                Encoding::Base64 => format!("about {}", bytes(length.saturating_mul(57) / 78)),
                Encoding::QuotedPrintable | Encoding::Escaped => {
                    format!("about {}", bytes(length))
                }
            }
        }
        None => String::new(),
    }
}

/// Bytes as people read them.
pub fn bytes(count: u64) -> String {
    match count {
        0..1_000 => counted(count, "byte", "bytes"),
        1_000..1_000_000 => format!("{} kB", count.div_ceil(1_000)),
        _ => format!(
            "{}.{} MB",
            grouped(count / 1_000_000),
            count % 1_000_000 / 100_000
        ),
    }
}

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn recipients_are_named_by_how_they_were_addressed() {
        let to = |role, who: &str| Recipient {
            role,
            who: who.to_owned(),
        };
        let list = [
            to(Role::Cc, "press@example.com"),
            to(Role::To, "Ben Okafor <ben@example.com>"),
            to(Role::Bcc, "Dora"),
        ];
        assert_eq!(
            addressed(&list),
            "to Ben Okafor; cc press@example.com; bcc Dora"
        );
        let many: Vec<_> = (0..20).map(|n| to(Role::To, &format!("P{n}"))).collect();
        assert!(addressed(&many).ends_with("P7 and 12 more"));
        assert_eq!(addressed(&[]), "");
    }

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

    #[test]
    fn signs_are_gathered() {
        let sign = |value: &str, who: &str| Reaction {
            value: value.to_owned(),
            who: who.to_owned(),
            written: String::new(),
        };
        let list = [
            sign("👍", "Ann"),
            sign("❤", ""),
            sign("👍", "Ben"),
            sign("❤", ""),
        ];
        assert_eq!(reactions(&list), "👍 by Ann, Ben; ❤ ×2");
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(1_001), "2 kB");
        assert_eq!(bytes(2_560_000), "2.5 MB");
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
