//! What the details tell of a message's surroundings, in lines: each message that they name has a
//! mark, `[1]` and on, by which a key goes there.

use super::block::{clock, head};
use crate::case::Store;
use crate::model::MessageNumber;
use crate::people::membership::{Basis, Who};
use crate::review::Session;
use crate::review::beside::short;
use crate::review::context::{Context, Present, standing};
use crate::text::counted;

/// How much of a neighbour's text is shown, in characters.
const FIRST_WORDS: usize = 160;
/// How many of those who were there are named.
const MOST_NAMED: usize = 24;

/// Adds the lines; gives the messages that they name, in the order of their marks. A decision that
/// a blind sample hides from this reviewer is not told.
pub fn lines(
    session: &Session,
    number: MessageNumber,
    line: &mut dyn FnMut(&str, String),
) -> Vec<MessageNumber> {
    let mut links = Vec::new();
    let Some(context) = session.context(number) else {
        return links;
    };
    let (store, hidden) = (session.store(), session.hidden());
    let mut near = |label: &str, messages: &[MessageNumber], across: bool| {
        for (at, other) in messages.iter().enumerate() {
            links.push(*other);
            let words = told(&store, number, *other, across);
            let stands = standing(session, *other).filter(|_| !hidden.contains(other.0));
            let stands = stands.map_or("", |decision| decision.name());
            let label = if at == 0 { label } else { "" };
            let stands = match stands {
                "" => String::new(),
                stands => format!("{stands}; "),
            };
            line(label, format!("[{}] {stands}{words}", links.len()));
        }
    };
    let answers: Vec<_> = context.answers.into_iter().collect();
    near("answers", &answers, false);
    near("answered by", &context.answered_by, false);
    // What stands there already is not told twice.
    let told =
        |other: &MessageNumber| answers.contains(other) || context.answered_by.contains(other);
    let (mut before, mut after) = (context.before.clone(), context.after.clone());
    before.retain(|other| !told(other));
    after.retain(|other| !told(other));
    near("before", &before, false);
    near("after", &after, false);
    near("elsewhere", &context.elsewhere, true);
    if context.is_cut {
        line(
            "",
            "more of that hour is not shown; ga shows the day".into(),
        );
    }
    for (at, words) in present(session, &context).into_iter().enumerate() {
        line(if at == 0 { "there" } else { "" }, words);
    }
    if let (count @ 1.., last) = context.unknown {
        let mark = last.map_or_else(String::new, |last| {
            links.push(last);
            format!(", the last: [{}]", links.len())
        });
        let lines = counted(count as u64, "line tells", "lines tell");
        line(
            "",
            format!("{lines} of somebody who came or went and cannot be told apart{mark}"),
        );
    }
    links
}

/// A neighbour in one line: when, where if it is elsewhere, who, its first words.
fn told(store: &Store, of: MessageNumber, other: MessageNumber, across: bool) -> String {
    let (Some(of), Some(message)) = (store.message(of), store.message(other)) else {
        return String::new();
    };
    let time = clock(&message).map_or_else(String::new, |time| {
        let same = clock(&of).is_some_and(|own| own.date() == time.date());
        let form = if same { "%H:%M " } else { "%-d %b %Y %H:%M " };
        time.format(form).to_string()
    });
    let place = match store.thread(message.thread).filter(|_| across) {
        Some(thread) => format!("{}, {}: ", thread.channel, thread.title),
        None => String::new(),
    };
    let sender = message.participant.and_then(|id| store.participant(id));
    let sender = sender.map_or_else(|| message.kind.name().to_owned(), |one| short(&one.name));
    let words: Vec<&str> = head(message.text, FIRST_WORDS)
        .0
        .split_whitespace()
        .collect();
    format!("{time}{place}{sender}: {}", words.join(" "))
}

/// Who was there, and what that rests on.
fn present(session: &Session, context: &Context) -> Vec<String> {
    let cast = session.cast();
    let store = &cast.store;
    let name = |who: &Who| short(&who.name(store, &cast.roster));
    let names = |all: &[Who]| {
        let names: Vec<String> = all.iter().take(MOST_NAMED).map(name).collect();
        with_more(names, all.len().saturating_sub(MOST_NAMED))
    };
    let day = |number: MessageNumber| {
        let message = store.message(number);
        let time = message.and_then(|message| clock(&message));
        time.map_or_else(String::new, |time| time.format(" %-d %b %Y").to_string())
    };
    // What holds for several in a row is told once, after the last of them.
    let told = |these: &[&Present]| {
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        for one in these.iter().take(MOST_NAMED) {
            let basis = match one.basis {
                Basis::Line(change, number) => format!("{}{}", change.words(), day(number)),
                Basis::Wrote(_) => "wrote by then".to_owned(),
                Basis::LineLater(change, number) => {
                    format!("{}{}, later", change.words(), day(number))
                }
                Basis::Sent => "from".to_owned(),
                Basis::Addressed(role) => role.name().to_owned(),
                Basis::OfTwo => "a chat of two".to_owned(),
                Basis::Listed => "member when the export was made".to_owned(),
                Basis::WroteLater(number) => format!("first wrote{}", day(number)),
            };
            match groups.last_mut() {
                Some((last, names)) if *last == basis => names.push(name(&one.who)),
                _ => groups.push((basis, vec![name(&one.who)])),
            }
        }
        let groups = groups.into_iter();
        let words = groups.map(|(basis, names)| format!("{} ({basis})", names.join(", ")));
        with_more(words.collect(), these.len().saturating_sub(MOST_NAMED))
    };
    let (open, sure): (Vec<&Present>, Vec<&Present>) =
        context.present.iter().partition(|one| one.basis.is_open());
    let mut lines = Vec::new();
    if !sure.is_empty() {
        lines.push(told(&sure));
    }
    if !open.is_empty() {
        lines.push(format!("perhaps not yet: {}", told(&open)));
    }
    if !context.is_new.is_empty() {
        lines.push(format!(
            "not on the one that it answers: {}",
            names(&context.is_new)
        ));
    }
    if !context.is_left_out.is_empty() {
        lines.push(format!(
            "left out since that one: {}",
            names(&context.is_left_out)
        ));
    }
    if !context.tells_of_members {
        lines.push("the export does not say who came or went".to_owned());
    }
    lines
}

fn with_more(mut words: Vec<String>, more: usize) -> String {
    if more > 0 {
        words.push(format!("{more} more"));
    }
    words.join(", ")
}
