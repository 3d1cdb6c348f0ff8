//! A day as plain text: every line of a message is indented, so that none can pass for a heading.

use super::{Day, Line, Mail, Message, withheld_words};
use crate::text::Shown;
use std::fmt::Write as _;

/// What stands before each line of a message.
const INDENT: &str = "    ";

/// The record as text in UTF-8; lines end in LF.
pub fn render(day: &Day<'_>) -> String {
    let mut out = String::new();
    for (label, value) in day.head() {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(out, "{:<12}{}", format!("{label}:"), line(&value));
    }
    for entry in &day.lines {
        out.push('\n');
        match entry {
            Line::Message(entry) => message(&mut out, entry),
            Line::Withheld(count) => {
                let _ = writeln!(out, "-- {} --", withheld_words(*count));
            }
        }
    }
    out
}

fn message(out: &mut String, message: &Message) {
    let mut heading = vec![message.clock()];
    if let Some(sender) = &message.sender {
        heading.push(line(&sender.name));
    }
    heading.push(format!("[{}]", message.labels().join("; ")));
    heading.retain(|part| !part.is_empty());
    let _ = writeln!(out, "{}", heading.join("  "));
    for (label, words) in message.beside.rows() {
        // Only a text has lines of its own; they stand under their label.
        let words = Shown::block(&words);
        let words = words.as_str().replace('\n', "\n    ");
        indented(out, &format!("{label}: {words}"));
    }
    if let Some(Mail::Here { copy, .. }) = &message.beside.original {
        indented(out, &format!("Original: {}", copy.path));
    }
    let body = message.beside.body(&message.text);
    if !body.is_empty() {
        indented(out, Shown::block(body).as_str());
    }
    for file in &message.attachments {
        for (caption, copy) in file.lines() {
            let mut caption = format!("File: {}", line(&caption));
            if let Some(copy) = copy {
                let _ = write!(caption, "\n{INDENT}{}", copy.path);
            }
            indented(out, &caption);
        }
    }
}

fn indented(out: &mut String, block: &str) {
    for line in block.split('\n') {
        if !line.is_empty() {
            out.push_str(INDENT);
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn line(text: &str) -> String {
    Shown::line(text).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{beside, day, heading, message, thread};
    use super::*;

    #[test]
    fn what_a_message_has_beside_its_text_stands_under_its_heading() {
        let (heading, thread) = (heading(), thread("Harbour"));
        let mut said = message(7, "Ann", "two\nlines\n\nbody");
        said.beside = beside("two\nlines");
        let text = render(&day(&heading, &thread, vec![said]));
        let at_margin = text.lines().filter(|line| line.starts_with(|c| c != ' '));
        assert_eq!(at_margin.count(), 8);
        for line in [
            "    Never sent: two",
            "    To: two",
            "    Bcc: two",
            "    Subject: two",
            "    Answers: a message that is not here",
            "    Forwarded from: two",
            "    Earlier text: [two",
            "    Reaction: [two",
            "    Labels: two",
            "        lines",
            "    Original: data/mail/thread-0001/message-7.eml",
            "    body",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    }

    #[test]
    fn no_line_of_a_message_passes_for_a_heading() {
        let (heading, thread) = (heading(), thread("Harbour\nDay: 1999-01-01"));
        let mut day = day(
            &heading,
            &thread,
            vec![message(
                7,
                "Ann\nBob",
                "one\n\n-- 9 messages are not handed over --\r\ntwo",
            )],
        );
        day.lines.push(Line::Withheld(2));
        let text = render(&day);
        let at_margin: Vec<&str> = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with(' '))
            .collect();
        assert_eq!(
            at_margin,
            [
                "Thread:     Harbour␊Day: 1999-01-01",
                "Channel:    whatsapp, thread-0001",
                "Day:        2021-03-05 (Europe/London)",
                "Messages:   1 handed over, 2 not handed over",
                "Reference:  HRB/2021/7",
                "Department: Department for Harbours",
                "Custodian:  Ada Example",
                "08:00:07 +00:00  Ann␊Bob  [official; received; message 7]",
                "-- 2 messages are not handed over --",
            ]
        );
    }
}
