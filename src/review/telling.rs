//! Entries of the ledger in words: said here once, for every shell.

use super::act::Refreshed;
use super::{findings, marks, redacting};
use crate::case::ledger::{Entry, How, Recorded};
use crate::case::rules::RuleChange;
use crate::case::same::SameChange;
use crate::model::SourceId;
use crate::text::counted;

/// How many exports of one load are named in words.
const NAMED: usize = 8;

/// What can be taken back, in a few words: `official on 12 messages of a thread`.
pub fn act_in_words(entry: &Entry) -> String {
    match entry {
        Entry::Mark {
            about, to, count, ..
        } => marks::in_words(about, to.as_ref(), *count),
        Entry::Decide {
            decision,
            count,
            how,
            reason,
            ..
        } => {
            let of = match how {
                How::Key => "",
                How::Range => " in a range",
                How::Thread => " of a thread",
                How::Bulk => " at once",
                How::Rule(rule) => &format!(" by rule {rule}"),
            };
            let why = reason.as_ref();
            let why = why.map_or_else(String::new, |reason| format!(" ({})", reason.code));
            format!("{} on {}{of}{why}", decision.name(), messages(*count))
        }
        Entry::Redact { reason, count, .. } => redacting::in_words(reason.as_ref(), *count),
        Entry::Second { act, count, .. } => format!("{}: {}", act.words(), messages(*count)),
        Entry::Same { changes, .. } => same(changes),
        Entry::Findings { changes, .. } => findings::in_words(changes),
        Entry::Me { name, .. } => match name {
            Some(name) => format!("the custodian of an export is {name}"),
            None => "who the custodian of an export is: taken back".into(),
        },
        entry => match entry.rule() {
            Some(change) => change.in_words(),
            None => crate::people::in_words(entry),
        },
    }
}

/// Any entry in words, with all that it says; `export` gives the name of one.
pub fn entry_in_words(entry: &Entry, export: &dyn Fn(SourceId) -> String) -> String {
    match entry {
        Entry::Created { docket } => format!("the case was made by docket {docket}"),
        Entry::Fact { key, to, basis, .. } => {
            let basis = basis.as_ref().map(|basis| format!(" ({basis})"));
            let to = to.as_deref().unwrap_or("taken back");
            format!("{key}: {to}{}", basis.unwrap_or_default())
        }
        Entry::Import { sources, count, .. } => {
            let names: Vec<&str> = sources.iter().map(|source| last(&source.path)).collect();
            let more = names.len().saturating_sub(NAMED);
            format!(
                "loaded {} from {}: {}{}",
                counted(u64::from(*count), "new message", "new messages"),
                counted(sources.len() as u64, "export", "exports"),
                names.get(..NAMED).unwrap_or(&names).join("; "),
                match more {
                    0 => String::new(),
                    more => format!("; and {more} more, see docket status"),
                }
            )
        }
        Entry::DateOrder { source, order } => {
            let order = order.name();
            format!("{} read again with dates as {order}", export(*source))
        }
        Entry::Words { source, words } => {
            let names: Vec<_> = words.iter().map(|list| list.name.as_str()).collect();
            format!("{} read again with {}", export(*source), names.join(", "))
        }
        Entry::Decide {
            reason,
            query,
            note,
            ..
        }
        | Entry::Second {
            reason,
            query,
            note,
            ..
        } => {
            let mut words = act_in_words(entry);
            if let Some(reason) = reason {
                words += &format!(", reason {}: {}", reason.code, reason.means);
            }
            words + &asked(query.as_ref()) + &after(note.as_ref())
        }
        Entry::Redact { query, find, .. } => {
            let find = find.as_ref().map(|find| format!(", where it says {find}"));
            act_in_words(entry) + &find.unwrap_or_default() + &asked(query.as_ref())
        }
        Entry::Mark { query, .. } | Entry::Findings { query, .. } => {
            act_in_words(entry) + &asked(query.as_ref())
        }
        Entry::Undo { of, .. } => format!("took back entry {of}: {}", step(entry)),
        Entry::Redo { of, .. } => format!("made again what entry {of} took back: {}", step(entry)),
        Entry::Me { source, name, .. } => match name {
            Some(name) => format!("the custodian is {name} in {}", export(*source)),
            None => format!("who the custodian is in {}: taken back", export(*source)),
        },
        Entry::Sample { draw } => format!("drew {}", draw.in_words()),
        Entry::Rule { change } => rule(change),
        Entry::OwnNumbers { first, copies, .. } => format!(
            "{} of its own from {first} on: what the import took for copies",
            counted(copies.len() as u64, "number", "numbers"),
        ),
        Entry::Rebuild {
            messages: all,
            lost,
            ..
        } => format!(
            "all that is derived was made again: {}, {} lost",
            messages(*all),
            counted(u64::from(*lost), "decision", "decisions")
        ),
        Entry::Bundle {
            name,
            messages: with,
            partial,
            form,
            recipients,
            profile,
            ..
        } => {
            let by = match profile {
                Some(profile) => format!(" by the profile {profile}"),
                None => String::new(),
            };
            let what = match form {
                Some(form) => format!("export as {form}"),
                None => "bundle".to_owned(),
            };
            let partial = if *partial { ", partial" } else { "" };
            let to = match recipients.is_empty() {
                true => String::new(),
                false => format!(", encrypted to {}", recipients.join(", ")),
            };
            format!(
                "{what} {name} written{by}: {}{partial}{to}",
                messages(*with)
            )
        }
        Entry::Signed {
            bundle,
            statement,
            signer,
            key,
            ..
        } => format!(
            "bundle {} signed by {signer} with key {key}: statement {}",
            short(bundle),
            short(statement)
        ),
        Entry::Certificate {
            query,
            found,
            sha256,
            key,
        } => {
            let signed = match key {
                Some(key) => format!(", signed with key {key}"),
                None => String::new(),
            };
            format!(
                "search for {query} certified: {} found{signed}, certificate {}",
                messages(*found),
                short(sha256)
            )
        }
        Entry::Receipt {
            bundle,
            receipt,
            receiver,
            key,
            known_as,
        } => {
            let known = match known_as {
                Some(name) => format!("known as {name}"),
                None => "not checked whose it is".to_owned(),
            };
            format!(
                "receipt {} of bundle {} from {receiver} with key {key}, {known}",
                short(receipt),
                short(bundle)
            )
        }
        Entry::Same { .. } | Entry::People { .. } | Entry::Contacts { .. } => act_in_words(entry),
    }
}

/// The first digits of a checksum, enough to know it again.
fn short(sha256: &str) -> &str {
    sha256.get(..16).unwrap_or(sha256)
}

/// What other sessions did, in one line and as what it was: `Bo Ek decided 3 messages`, `Bo Ek: flag
/// hold on 1 message`. `own` is this session's reviewer, `export` gives the name of an export. `None`
/// where nothing of it is news: a job of this session wrote it, and tells of it itself.
pub fn news_in_words(
    news: &Refreshed,
    own: &str,
    export: &dyn Fn(SourceId) -> String,
) -> Option<String> {
    let entries = &news.entries;
    let is_own = |recorded: &Recorded| recorded.actor.name == own;
    if news.changed.is_empty() && entries.iter().all(is_own) {
        return None;
    }
    // What another reviewer did comes before what the same one did elsewhere.
    let others = entries.iter().rfind(|recorded| !is_own(recorded));
    let last = others.or(entries.last())?;
    let who = &last.actor.name;
    if !news.conflicts.is_empty() {
        let count = counted(news.conflicts.len(), "decision", "decisions");
        return Some(format!("{who} changed {count} of yours"));
    }
    let theirs = entries.iter().filter(|one| one.actor.name == *who);
    let (mut decided, mut decisions, mut rest) = (0u64, 0u64, 0u64);
    for recorded in theirs {
        match &recorded.entry {
            Entry::Decide { count, .. } => {
                decided = decided.saturating_add(u64::from(*count));
                decisions += 1;
            }
            _ => rest += 1,
        }
    }
    Some(match (decisions, rest) {
        (_, 0) => match decided {
            1 => format!("{who} decided a message"),
            count => format!("{who} decided {}", counted(count, "message", "messages")),
        },
        (0, 1) => format!("{who}: {}", entry_in_words(&last.entry, export)),
        (decisions, rest) => {
            let more = counted(decisions + rest - 1, "act", "acts");
            let words = entry_in_words(&last.entry, export);
            format!("{who}: {words}; and {more} before it")
        }
    })
}

/// What an undo or a redo changed.
fn step(entry: &Entry) -> String {
    let (Entry::Undo {
        count,
        skipped,
        people,
        rule,
        same: one,
        me,
        ..
    }
    | Entry::Redo {
        count,
        skipped,
        people,
        rule,
        same: one,
        me,
        ..
    }) = entry
    else {
        return String::new();
    };
    let what = match (rule, me) {
        (Some(change), _) => change.in_words(),
        (_, Some(me)) => match &me.name {
            Some(name) => format!("the custodian of an export is {name}"),
            None => "the custodian of an export is not known".into(),
        },
        _ if !one.is_empty() => same(one),
        _ if !entry.findings().is_empty() => findings::in_words(entry.findings()),
        _ if !people.is_empty() => {
            counted(people.len() as u64, "change of people", "changes of people")
        }
        _ => messages(*count),
    };
    match skipped {
        0 => what,
        skipped => format!("{what}; {skipped} kept what was done since"),
    }
}

/// What became one, and what did not stay so.
fn same(changes: &[SameChange]) -> String {
    let mut words = Vec::new();
    let count = |yes: &dyn Fn(&SameChange) -> bool| {
        changes.iter().filter(|change| yes(change)).count() as u64
    };
    let joined = count(&|change| {
        matches!(
            change,
            SameChange::StandsFor {
                to: Some(_),
                from: None,
                ..
            }
        )
    });
    let parted = count(&|change| matches!(change, SameChange::StandsFor { to: None, .. }));
    let only = |wanted: &dyn Fn(&SameChange) -> Option<String>| changes.iter().find_map(wanted);
    if joined == 1 {
        words.extend(only(&|change| match change {
            SameChange::StandsFor {
                copy,
                to: Some(to),
                from: None,
            } => Some(format!("messages {to} and {copy} are the same")),
            _ => None,
        }));
    } else if joined > 1 {
        words.push(format!("{joined} messages are the same as others"));
    }
    if parted == 1 {
        words.extend(only(&|change| match change {
            SameChange::StandsFor {
                copy,
                to: None,
                from: Some(from),
            } => Some(format!("messages {from} and {copy} are not the same")),
            _ => None,
        }));
    } else if parted > 1 {
        words.push(format!("{parted} messages are not the same as others"));
    }
    if words.is_empty() {
        words.extend(only(&|change| match change {
            SameChange::Apart {
                one,
                other,
                to: true,
                ..
            } => Some(format!("messages {one} and {other} are not the same")),
            SameChange::Apart {
                one,
                other,
                to: false,
                ..
            } => Some(format!(
                "whether messages {one} and {other} are the same is open"
            )),
            SameChange::StandsFor { .. } => None,
        }));
    }
    match words.is_empty() {
        true => "which messages are the same".into(),
        false => words.join("; "),
    }
}

/// A change of a rule, with its text.
fn rule(change: &RuleChange) -> String {
    let what = change.in_words();
    match &change.to {
        None => what,
        Some(text) => {
            let (query, decision) = (&text.query, text.decision.name());
            format!(
                "{what}: {query} are {decision}{}",
                after(text.why().as_ref())
            )
        }
    }
}

fn asked(query: Option<&String>) -> String {
    query.map_or_else(String::new, |query| format!(", query: {query}"))
}

fn after(note: Option<&String>) -> String {
    note.map_or_else(String::new, |note| format!("; {note}"))
}

fn messages(count: u32) -> String {
    counted(u64::from(count), "message", "messages")
}

/// The last part of a path.
fn last(path: &str) -> &str {
    let mut parts = path.rsplit('/');
    parts.find(|part| !part.is_empty()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::ledger::{Actor, Hash, Known};
    use crate::case::marks::{About, Said};
    use crate::model::{Decision, Flag, MessageNumber};
    use roaring::RoaringBitmap;

    fn by(name: &str, entry: Entry) -> Recorded {
        Recorded {
            seq: 7,
            at: "2021-03-13T10:00:00Z".into(),
            actor: Actor {
                name: name.into(),
                how: Known::Given,
            },
            entry,
            has_data: true,
            prev: Hash([0; 32]),
            hash: Hash([0; 32]),
        }
    }

    fn decide(count: u32) -> Entry {
        Entry::Decide {
            decision: Decision::Official,
            count,
            how: How::Key,
            query: None,
            note: None,
            reason: None,
            marks: Vec::new(),
        }
    }

    fn told(entries: Vec<Recorded>, conflicts: u32) -> Option<String> {
        let news = Refreshed {
            entries,
            changed: RoaringBitmap::from_iter([1]),
            conflicts: (0..conflicts).collect(),
            imported: false,
        };
        news_in_words(&news, "Ann", &|id| format!("export {id}"))
    }

    #[test]
    fn what_others_did_is_told_as_what_it_was() {
        let flag = Entry::Mark {
            about: About::Flag { flag: Flag::Hold },
            to: Some(Said::default()),
            count: 1,
            how: How::Key,
            query: None,
            marks: Vec::new(),
        };
        let same = Entry::Same {
            changes: vec![SameChange::StandsFor {
                copy: MessageNumber(57),
                from: None,
                to: Some(MessageNumber(12)),
            }],
            count: 0,
            marks: Vec::new(),
        };
        for (entries, words) in [
            (vec![by("Bo", decide(1))], "Bo decided a message"),
            (
                vec![by("Bo", decide(1)), by("Bo", decide(2))],
                "Bo decided 3 messages",
            ),
            (vec![by("Bo", flag.clone())], "Bo: hold on 1 message"),
            (vec![by("Bo", same)], "Bo: messages 12 and 57 are the same"),
            (
                vec![by("Bo", decide(1)), by("Bo", flag.clone())],
                "Bo: hold on 1 message; and 1 act before it",
            ),
            // What the same reviewer did elsewhere stands behind what another did.
            (
                vec![by("Bo", flag), by("Ann", decide(2))],
                "Bo: hold on 1 message",
            ),
        ] {
            assert_eq!(told(entries, 0).as_deref(), Some(words));
        }
        let changed = told(vec![by("Bo", decide(2))], 2);
        assert_eq!(changed.as_deref(), Some("Bo changed 2 decisions of yours"));
    }

    #[test]
    fn what_a_job_of_this_session_wrote_is_no_news() {
        let news = Refreshed {
            entries: vec![by("Ann", decide(1))],
            ..Refreshed::default()
        };
        assert_eq!(news_in_words(&news, "Ann", &|_| String::new()), None);
    }
}
