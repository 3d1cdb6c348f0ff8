//! The words of a mail: its text part, or its HTML as text.

use crate::import::html;
use crate::text::fold;
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};
use std::collections::HashSet;

/// What stands before the HTML's words where they are not those of the text part.
const OTHER_VERSION: &str = "[The same mail's HTML version reads:]";
/// Share of the HTML's words, in hundredths, that the text part must have to count as the same.
const ALIKE: usize = 80;

/// The words of a mail. Where it has a text part and an HTML part that say different things, both
/// are given: which of them the reader saw is not known.
pub(super) fn body(message: &Message<'_>, from_mailbox: bool) -> String {
    let mut plain = Vec::new();
    let mut only_html = true;
    for part in parts(message, &message.text_body) {
        match &part.body {
            PartType::Text(text) => {
                only_html = false;
                plain.push(lines(text, from_mailbox && part.encoding == Encoding::None));
            }
            PartType::Html(text) => plain.push(html::to_text(text)),
            _ => {}
        }
    }
    // A mail that is but one part of another kind of text (text/enriched, a calendar entry).
    if plain.is_empty()
        && let [part] = message.parts.as_slice()
        && let PartType::Text(text) = &part.body
    {
        plain.push(lines(text, from_mailbox && part.encoding == Encoding::None));
    }
    if plain.is_empty()
        && let Some((_, part)) = lone(message)
        && let PartType::Text(text) | PartType::Html(text) = &part.body
    {
        plain.push(match is_of(part, &["html"]) {
            true => html::to_text(text),
            false => lines(text, from_mailbox && part.encoding == Encoding::None),
        });
    }
    let plain = join(plain);
    if only_html {
        return plain;
    }
    let other = join(
        parts(message, &message.html_body)
            .filter_map(|part| match &part.body {
                PartType::Html(text) => Some(html::to_text(text)),
                _ => None,
            })
            .collect(),
    );
    if other.trim().is_empty() || alike(&plain, &other) {
        return plain;
    }
    if plain.trim().is_empty() {
        return other;
    }
    format!("{plain}\n\n{OTHER_VERSION}\n\n{other}")
}

/// The words of a mail that breaks off within its first part, which the parser takes for a file then:
/// its number and the part. Files have a name, or are said to be some.
pub(super) fn lone<'m, 'x>(message: &'m Message<'x>) -> Option<(u32, &'m MessagePart<'x>)> {
    let is_container = |part: &&MessagePart<'_>| matches!(part.body, PartType::Multipart(_));
    let at = message.parts.iter().take_while(is_container).count();
    let (part, number) = (message.parts.get(at)?, u32::try_from(at).ok()?);
    let is_text = matches!(part.body, PartType::Text(_) | PartType::Html(_))
        && (part.content_type().is_none() || is_of(part, &["plain", "html"]));
    let is_file = part.content_disposition().is_some() || part.attachment_name().is_some();
    let is_lone = message.attachments.contains(&number)
        && message.text_body.is_empty()
        && message.html_body.is_empty();
    (is_text && !is_file && is_lone).then_some((number, part))
}

/// Whether a part says that it is one of these kinds of text.
fn is_of(part: &MessagePart<'_>, kinds: &[&str]) -> bool {
    let own = part.content_type().and_then(|kind| kind.subtype());
    own.is_some_and(|own| kinds.iter().any(|kind| own.eq_ignore_ascii_case(kind)))
}

fn parts<'m, 'x>(
    message: &'m Message<'x>,
    numbers: &'m [u32],
) -> impl Iterator<Item = &'m MessagePart<'x>> {
    numbers
        .iter()
        .filter_map(|number| message.parts.get(usize::try_from(*number).ok()?))
}

fn join(texts: Vec<String>) -> String {
    texts
        .iter()
        .map(|text| text.trim_end())
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// A text with its line ends as `\n`; from a mailbox, lines that were quoted because they began
/// with `From ` are as they were.
fn lines(text: &str, unquote: bool) -> String {
    let text = text.replace("\r\n", "\n");
    if !unquote || !text.contains(">From ") {
        return text;
    }
    text.split_inclusive('\n')
        .map(|line| match line.strip_prefix('>') {
            Some(rest) if rest.trim_start_matches('>').starts_with("From ") => rest,
            _ => line,
        })
        .collect()
}

/// Whether nearly all words of the HTML version stand in the text version too. Links count in
/// neither: versions differ in how they show them.
fn alike(plain: &str, html: &str) -> bool {
    fn words(text: &str) -> impl Iterator<Item = &str> {
        text.split_whitespace()
            .filter(|word| !word.starts_with('<') && !word.contains("://") && !word.contains('@'))
            .flat_map(|word| word.split(|sign: char| !sign.is_alphanumeric()))
            .filter(|word| !word.is_empty())
    }
    let plain = fold(plain);
    let html = fold(html);
    let known: HashSet<&str> = words(&plain).collect();
    let (mut all, mut found) = (0usize, 0usize);
    for word in words(&html) {
        all = all.saturating_add(1);
        found = found.saturating_add(usize::from(known.contains(word)));
    }
    found.saturating_mul(100) >= all.saturating_mul(ALIKE)
}
