//! What the details tell of a message's surroundings, in lines: each message that they name has a
//! mark, `[1]` and on, by which a key goes there.

use super::beside::short;
use super::block::{clock, counted, head};
use crate::case::Store;
use crate::model::MessageNumber;
use crate::people::membership::Basis;
use crate::review::Session;
use crate::review::context::{Context, standing};

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
    for (at, words) in present(&store, &context).into_iter().enumerate() {
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
fn present(store: &Store, context: &Context) -> Vec<String> {
    let name = |one: &crate::review::context::Present| {
        let known = store.participant(one.participant);
        known.map_or_else(String::new, |known| short(&known.name))
    };
    let day = |number: MessageNumber| {
        let message = store.message(number);
        let time = message.and_then(|message| clock(&message));
        time.map_or_else(String::new, |time| time.format(" %-d %b %Y").to_string())
    };
    let told = |one: &crate::review::context::Present| {
        let basis = match one.basis {
            Basis::Line(change, number) => format!("{}{}", change.words(), day(number)),
            Basis::Wrote(_) => "wrote by then".to_owned(),
            Basis::WentLater(change, number) => format!("{}{} later", change.words(), day(number)),
            Basis::WroteLater(number) => format!("first wrote{}", day(number)),
        };
        format!("{} ({basis})", name(one))
    };
    let joined = |open: bool| {
        let all = context.present.iter();
        let all: Vec<_> = all.filter(|one| one.basis.is_open() == open).collect();
        let mut words: Vec<String> = all.iter().take(MOST_NAMED).map(|one| told(one)).collect();
        if all.len() > MOST_NAMED {
            words.push(format!("{} more", all.len() - MOST_NAMED));
        }
        words.join(", ")
    };
    let (sure, open) = (joined(false), joined(true));
    let mut lines = Vec::new();
    if !sure.is_empty() {
        lines.push(sure);
    }
    if !open.is_empty() {
        lines.push(format!("perhaps not yet: {open}"));
    }
    if !context.tells_of_members {
        lines.push("the export does not say who came or went".to_owned());
    }
    lines
}
