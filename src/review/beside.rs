//! What stands beside a message's text, in words: whom it was addressed to, what it answers, where it
//! came from, what it said before, who put which sign on it, its files, what is odd about it.
//!
//! Records, lists and commands say these things here, so that they say them alike: all of it with
//! labels ([`Beside::told`]), or in the few words that a row has room for.

use crate::case::Store;
use crate::model::{
    Address, Attachment, AttachmentState, Encoding, Extra, Marks, Reaction, Recipient, Role,
    SourceId, Stands, Version,
};

/// Most people of one kind that are named on a row; the rest is counted.
const MOST_NAMED: usize = 8;

/// What a message has beside its text, as far as it may be told. Empty for most.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// Why it was never sent; empty where it was.
    pub unsent: &'a str,
    /// Whom it was addressed to.
    pub recipients: &'a [Recipient],
    /// Its subject.
    pub subject: &'a str,
    /// What its time rests on, where that is not its own date.
    pub time_basis: &'a str,
    /// What it answers, if it answers something.
    pub answers: Option<Answers>,
    /// Whom it was forwarded from; empty where only that is known.
    pub forwarded: Option<&'a str>,
    /// Its earlier texts, the oldest first.
    pub versions: &'a [Version],
    /// Signs that people put on it.
    pub reactions: &'a [Reaction],
    /// The folders or labels it was kept under.
    pub labels: &'a [String],
}

/// What a message answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// A message that is at hand, by its number.
    Here(u32),
    /// One that is not.
    NotHere,
}

/// A kind of thing that stands beside a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Why it was never sent.
    NeverSent,
    /// Whom it was addressed to.
    Addressed(Role),
    /// Its subject.
    Subject,
    /// What its time rests on.
    TimeFrom,
    /// What it answers.
    Answers,
    /// Whom it was forwarded from.
    ForwardedFrom,
    /// A text that it had before.
    EarlierText,
    /// A sign that somebody put on it.
    Reaction,
    /// Where it was kept.
    Labels,
}

impl Fact {
    /// The label, with a capital.
    pub fn label(self) -> &'static str {
        match self {
            Fact::NeverSent => "Never sent",
            Fact::Addressed(Role::To) => "To",
            Fact::Addressed(Role::Cc) => "Cc",
            Fact::Addressed(Role::Bcc) => "Bcc",
            Fact::Subject => "Subject",
            Fact::TimeFrom => "Time from",
            Fact::Answers => "Answers",
            Fact::ForwardedFrom => "Forwarded from",
            Fact::EarlierText => "Earlier text",
            Fact::Reaction => "Reaction",
            Fact::Labels => "Labels",
        }
    }

    /// Whether several of it make one list of names, and not a row each.
    pub fn is_list(self) -> bool {
        matches!(self, Fact::Addressed(_) | Fact::Labels)
    }
}

impl<'a> Beside<'a> {
    /// Of a message as the case holds it, but for what it answers.
    pub fn of(extra: &'a Extra) -> Beside<'a> {
        Beside {
            unsent: &extra.unsent,
            recipients: &extra.recipients,
            subject: &extra.subject,
            time_basis: &extra.time_basis,
            answers: None,
            forwarded: extra.forwarded.as_deref(),
            versions: &extra.versions,
            reactions: &extra.reactions,
            labels: &extra.labels,
        }
    }

    /// All of it, in the order it is said; of each kind there is one entry, with at least one thing.
    pub fn told(&self) -> Vec<(Fact, Vec<String>)> {
        let one = |words: &str| match words {
            "" => Vec::new(),
            words => vec![words.to_owned()],
        };
        let mut all = vec![(Fact::NeverSent, one(self.unsent))];
        for role in [Role::To, Role::Cc, Role::Bcc] {
            let names = self.recipients.iter().filter(|one| one.role == role);
            let names = names.map(|one| one.who.clone()).collect();
            all.push((Fact::Addressed(role), names));
        }
        all.push((Fact::Subject, one(self.subject)));
        all.push((Fact::TimeFrom, one(time_basis(self.time_basis))));
        let answers = self.answers.map(|answers| match answers {
            Answers::Here(number) => format!("message {number}"),
            Answers::NotHere => "a message that is not here".to_owned(),
        });
        all.push((Fact::Answers, Vec::from_iter(answers)));
        let from = self.forwarded.map(|from| match from {
            "" => "not told".to_owned(),
            from => from.to_owned(),
        });
        all.push((Fact::ForwardedFrom, Vec::from_iter(from)));
        let versions = self.versions.iter();
        let versions = versions.map(|one| format!("{}{}", at(&one.written), one.text));
        all.push((Fact::EarlierText, versions.collect()));
        let signs = self.reactions.iter().map(|one| {
            let who = match one.who.as_str() {
                "" => String::new(),
                who => format!(" by {who}"),
            };
            format!("{}{}{who}", at(&one.written), one.value)
        });
        all.push((Fact::Reaction, signs.collect()));
        all.push((Fact::Labels, self.labels.to_vec()));
        all.retain(|(_, words)| !words.is_empty());
        all
    }

    /// The same as rows: a label and words; names of one kind in one row.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        for (fact, words) in self.told() {
            if fact.is_list() {
                rows.push((fact.label(), words.join("; ")));
            } else {
                rows.extend(words.into_iter().map(|words| (fact.label(), words)));
            }
        }
        rows
    }

    /// What a row has room for after a message's words: whom it was forwarded from, that it was
    /// edited, whose clock its time is, who put which sign on it, where it was kept.
    pub fn in_brief(&self, marks: Marks) -> Vec<String> {
        let mut notes = Vec::new();
        match self.forwarded {
            Some("") => notes.push("(forwarded)".to_owned()),
            Some(from) => notes.push(format!("(forwarded from {})", short(from))),
            None => {}
        }
        match self.versions.len() {
            0 if marks.has(Marks::EDITED) => notes.push("(edited)".to_owned()),
            0 => {}
            1 => notes.push("(edited; 1 earlier text: i)".to_owned()),
            count => notes.push(format!("(edited; {count} earlier texts: i)")),
        }
        match self.time_basis {
            "" => {}
            "received" => notes.push("(no date of its own: the time a server took it)".to_owned()),
            "separator" => notes.push("(no date of its own: the time of its mailbox)".to_owned()),
            other => notes.push(format!("(no date of its own: by {other})")),
        }
        if !self.reactions.is_empty() {
            notes.push(format!("[{}]", reactions(self.reactions)));
        }
        if !self.labels.is_empty() {
            notes.push(format!("(kept in {})", self.labels.join("; ")));
        }
        notes
    }
}

fn at(written: &str) -> String {
    match written {
        "" => String::new(),
        written => format!("[{written}] "),
    }
}

/// What a time rests on, in words.
fn time_basis(basis: &str) -> &str {
    match basis {
        "received" => "the stamp of the mail server that took it last",
        "separator" => "the line between two mails of the mailbox",
        other => other,
    }
}

/// The name of somebody without the address behind it, where there is a name.
pub fn short(who: &str) -> String {
    let address = Address::parse(who);
    if address.name.is_empty() {
        address.address
    } else {
        address.name
    }
}

/// Whom a message was addressed to, on a row: `to Ben Okafor; cc Cara Quill, press@example.com`.
/// Empty where the export does not say.
pub fn addressed(recipients: &[Recipient]) -> String {
    let mut kinds = Vec::new();
    for role in [Role::To, Role::Cc, Role::Bcc] {
        let names = recipients.iter().filter(|recipient| recipient.role == role);
        let names: Vec<String> = names.map(|recipient| short(&recipient.who)).collect();
        if names.is_empty() {
            continue;
        }
        let more = names.len().saturating_sub(MOST_NAMED);
        let named = names.get(..names.len().min(MOST_NAMED));
        let mut words = named.unwrap_or_default().join(", ");
        if more > 0 {
            words.push_str(&format!(" and {more} more"));
        }
        kinds.push(format!("{} {words}", role.name()));
    }
    kinds.join("; ")
}

/// Signs that people put on a message, gathered: `👍 by Ann, Ben; ❤ ×2`.
pub fn reactions(reactions: &[Reaction]) -> String {
    let mut signs: Vec<(&str, Vec<String>, usize)> = Vec::new();
    for reaction in reactions {
        let place = signs
            .iter()
            .position(|(sign, _, _)| *sign == reaction.value)
            .unwrap_or_else(|| {
                signs.push((&reaction.value, Vec::new(), 0));
                signs.len().saturating_sub(1)
            });
        if let Some((_, names, count)) = signs.get_mut(place) {
            *count = count.saturating_add(1);
            if !reaction.who.is_empty() {
                names.push(short(&reaction.who));
            }
        }
    }
    let words = signs
        .into_iter()
        .map(|(sign, names, count)| match (names.is_empty(), count) {
            (true, 1) => sign.to_owned(),
            (true, count) => format!("{sign} ×{count}"),
            (false, _) => format!("{sign} by {}", names.join(", ")),
        });
    words.collect::<Vec<String>>().join("; ")
}

/// A mark that a careful reader must know of: the mark, its word for programs, and words for people.
pub type Odd = (Marks, &'static str, &'static str);

/// The marks of a message that a careful reader must know of.
pub fn odd(marks: Marks) -> impl Iterator<Item = Odd> {
    const ALL: [Odd; 5] = [
        (Marks::DAMAGED, "damaged", "some bytes are not text"),
        (
            Marks::AMBIGUOUS_TIME,
            "ambiguous-time",
            "this clock time came twice that night; the first is taken",
        ),
        (
            Marks::IMPOSSIBLE_TIME,
            "impossible-time",
            "this clock time did not come that night",
        ),
        (
            Marks::PASTED,
            "pasted",
            "a line inside looks like a message: perhaps pasted",
        ),
        (
            Marks::DISPUTED,
            "disputed",
            "another export tells it differently",
        ),
    ];
    ALL.into_iter().filter(move |(mark, _, _)| marks.has(*mark))
}

/// Whether a file is in the case, in a few words; `elsewhere`: in another export than its message's.
pub fn file_state(state: AttachmentState, elsewhere: bool) -> &'static str {
    match state {
        AttachmentState::Present if elsewhere => "in another export",
        AttachmentState::Present => "in the export",
        AttachmentState::Missing => "not in the export",
        AttachmentState::Omitted => "left out by the app",
    }
}

/// What a file is called, with its kind as the export says; `file` where nothing tells.
pub fn file_name(name: &str, media: &str) -> String {
    match (name, media) {
        ("", "") => "file".to_owned(),
        ("", media) => media.to_owned(),
        (name, "") => name.to_owned(),
        (name, media) => format!("{name} ({media})"),
    }
}

/// How large a file is, as far as it can be told without reading it: `12 kB`; `about 12 kB` where
/// it stands encoded in something else. Empty where it is not in the export.
pub fn file_size(store: &Store, source: SourceId, file: &Attachment) -> String {
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
        1 => "1 byte".to_owned(),
        0..1_000 => format!("{count} bytes"),
        1_000..1_000_000 => format!("{} kB", count.div_ceil(1_000)),
        _ => {
            let whole = count / 1_000_000;
            let whole = match whole / 1_000 {
                0 => whole.to_string(),
                thousands => format!("{thousands},{:03}", whole % 1_000),
            };
            format!("{whole}.{} MB", count % 1_000_000 / 100_000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let all = Beside {
            recipients: &list,
            ..Beside::default()
        };
        assert_eq!(
            all.rows(),
            [
                ("To", "Ben Okafor <ben@example.com>".to_owned()),
                ("Cc", "press@example.com".to_owned()),
                ("Bcc", "Dora".to_owned()),
            ]
        );
    }

    #[test]
    fn all_of_it_is_told_in_order_and_in_brief() {
        let extra = Extra {
            unsent: "draft".into(),
            subject: "Quay".into(),
            time_basis: "received".into(),
            forwarded: Some(String::new()),
            versions: vec![Version {
                text: "old".into(),
                written: "10:00".into(),
            }],
            reactions: vec![Reaction {
                value: "👍".into(),
                who: "Ann <ann@example.com>".into(),
                written: String::new(),
            }],
            labels: vec!["Inbox".into(), "Quay".into()],
            ..Extra::default()
        };
        let beside = Beside {
            answers: Some(Answers::NotHere),
            ..Beside::of(&extra)
        };
        let rows: Vec<String> = beside
            .rows()
            .into_iter()
            .map(|(label, words)| format!("{label}: {words}"))
            .collect();
        assert_eq!(
            rows,
            [
                "Never sent: draft",
                "Subject: Quay",
                "Time from: the stamp of the mail server that took it last",
                "Answers: a message that is not here",
                "Forwarded from: not told",
                "Earlier text: [10:00] old",
                "Reaction: 👍 by Ann <ann@example.com>",
                "Labels: Inbox; Quay",
            ]
        );
        assert_eq!(
            beside.in_brief(Marks::of(&extra)),
            [
                "(forwarded)",
                "(edited; 1 earlier text: i)",
                "(no date of its own: the time a server took it)",
                "[👍 by Ann]",
                "(kept in Inbox; Quay)",
            ]
        );
        assert!(Beside::default().told().is_empty());
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
        assert_eq!(bytes(12_345_600_000), "12,345.6 MB");
    }
}
