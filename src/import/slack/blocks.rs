//! What a Slack message shows beside its text: blocks (docs.slack.dev, "Block Kit") and the
//! attachments of bots, link previews and shared messages ("Legacy message attachments").

use super::emoji;
use super::mrkdwn::{self, Names};
use crate::import::json::text;
use crate::import::records::paragraphs;
use serde_json::Value;
use std::fmt::Write as _;

/// The elements of an array; none where it is not one.
fn each<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// Emoji of a message's blocks: the name between colons as its text has it, and the characters.
pub(super) fn emoji(message: &Value) -> Vec<(String, String)> {
    fn look(value: &Value, found: &mut Vec<(String, String)>) {
        match value {
            Value::Array(all) => all.iter().for_each(|one| look(one, found)),
            Value::Object(all) if text(value, "type") == "emoji" => {
                if let Some(signs) = emoji::of_hex(text(value, "unicode")) {
                    let mut name = format!(":{}:", text(value, "name"));
                    if let Some(tone) = all.get("skin_tone").and_then(Value::as_u64) {
                        let _ = write!(name, ":skin-tone-{tone}:");
                    }
                    found.push((name, signs));
                }
            }
            Value::Object(all) => all.values().for_each(|one| look(one, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    look(message.get("blocks").unwrap_or(&Value::Null), &mut found);
    // A name that another begins with must not be replaced first.
    found.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    found.dedup();
    found
}

/// Whether a message has blocks that its text may not repeat: those that people type are repeated.
pub(super) fn has_own_words(message: &Value) -> bool {
    each(message, "blocks").any(|block| text(block, "type") != "rich_text")
}

/// The words of a message's blocks.
pub(super) fn words(message: &Value, names: &dyn Names) -> String {
    let blocks: Vec<String> = each(message, "blocks")
        .map(|block| one_block(block, names))
        .collect();
    paragraphs(blocks.iter().map(String::as_str))
}

/// A text object: its words, marks resolved where it holds any.
fn text_object(value: &Value, names: &dyn Names) -> String {
    match text(value, "type") {
        "mrkdwn" => mrkdwn::to_text(text(value, "text"), names),
        _ => text(value, "text").to_owned(),
    }
}

fn one_block(block: &Value, names: &dyn Names) -> String {
    let part = |key: &str| block.get(key).map(|value| text_object(value, names));
    let lines: Vec<String> = match text(block, "type") {
        "rich_text" => return rich_text(block, names),
        "section" => part("text")
            .into_iter()
            .chain(each(block, "fields").map(|field| text_object(field, names)))
            .collect(),
        "context" => each(block, "elements")
            .map(|element| match text(element, "type") {
                "image" => text(element, "alt_text").to_owned(),
                _ => text_object(element, names),
            })
            .collect(),
        "actions" => each(block, "elements")
            .filter_map(|element| element.get("text"))
            .map(|label| format!("[{}]", text_object(label, names)))
            .collect(),
        "image" | "video" => {
            let title = part("title").filter(|title| !title.is_empty());
            vec![title.unwrap_or_else(|| text(block, "alt_text").to_owned())]
        }
        _ => part("text").or_else(|| part("label")).into_iter().collect(),
    };
    let lines: Vec<&str> = lines
        .iter()
        .map(String::as_str)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

fn rich_text(block: &Value, names: &dyn Names) -> String {
    let parts: Vec<String> = each(block, "elements")
        .map(|element| {
            let words = inline(element, names);
            match text(element, "type") {
                "rich_text_list" => each(element, "elements")
                    .map(|item| format!("• {}", inline(item, names)))
                    .collect::<Vec<_>>()
                    .join("\n"),
                "rich_text_quote" => crate::import::records::quoted(&words),
                _ => words,
            }
        })
        .collect();
    parts.join("\n")
}

fn inline(element: &Value, names: &dyn Names) -> String {
    let mut out = String::new();
    for piece in each(element, "elements") {
        let mention = |sign: char, key: &str, name: &dyn Fn(&str) -> Option<String>| {
            let id = text(piece, key);
            format!("{sign}{}", name(id).unwrap_or_else(|| id.to_owned()))
        };
        out.push_str(&match text(piece, "type") {
            "text" => text(piece, "text").to_owned(),
            "link" => match text(piece, "text") {
                "" => text(piece, "url").to_owned(),
                words => format!("{words} <{}>", text(piece, "url")),
            },
            "user" => mention('@', "user_id", &|id| names.person(id)),
            "channel" => mention('#', "channel_id", &|id| names.channel(id)),
            "usergroup" => mention('@', "usergroup_id", &|_| None),
            "broadcast" => format!("@{}", text(piece, "range")),
            "emoji" => emoji::of_hex(text(piece, "unicode"))
                .unwrap_or_else(|| format!(":{}:", text(piece, "name"))),
            "date" => text(piece, "fallback").to_owned(),
            "color" => text(piece, "value").to_owned(),
            _ => String::new(),
        });
    }
    out
}

/// The words of a message's attachments, each as a paragraph or more.
pub(super) fn attachments(message: &Value, names: &dyn Names) -> String {
    let all: Vec<String> = each(message, "attachments")
        .map(|one| one_attachment(one, names))
        .collect();
    paragraphs(all.iter().map(String::as_str))
}

/// Who wrote the message that this one shares, where it shares one.
pub(super) fn shared_from(message: &Value) -> Option<String> {
    each(message, "attachments")
        .find(|one| one.get("is_share").and_then(Value::as_bool) == Some(true))
        .map(|one| text(one, "author_name").to_owned())
}

fn one_attachment(one: &Value, names: &dyn Names) -> String {
    let said = |key: &str| mrkdwn::to_text(text(one, key), names);
    let title = match (text(one, "title"), text(one, "title_link")) {
        ("", link) => link.to_owned(),
        (_, "") => said("title"),
        (_, link) => format!("{} <{link}>", said("title")),
    };
    let fields: Vec<String> = each(one, "fields")
        .map(|field| {
            let value = mrkdwn::to_text(text(field, "value"), names);
            match text(field, "title") {
                "" => value,
                title => format!("{title}: {value}"),
            }
        })
        .collect();
    let mut lines = vec![said("pretext"), said("author_name"), title, said("text")];
    lines.extend(fields);
    lines.push(words(one, names));
    lines.retain(|line| !line.trim().is_empty());
    if lines.is_empty() {
        return said("fallback");
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct Nobody;

    impl Names for Nobody {
        fn person(&self, id: &str) -> Option<String> {
            (id == "U1").then(|| "Amina".into())
        }
        fn channel(&self, _: &str) -> Option<String> {
            None
        }
    }

    #[test]
    fn blocks_are_read_as_they_are_seen() {
        let message = json!({"blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Stocktake"}},
            {"type": "section", "text": {"type": "mrkdwn", "text": "<@U1> &amp; <https://example.org|team>"},
             "fields": [{"type": "mrkdwn", "text": "*Due* Friday"}]},
            {"type": "divider"},
            {"type": "context", "elements": [{"type": "image", "alt_text": "a chart"}, {"type": "plain_text", "text": "3 of 4"}]},
            {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Approve"}}]},
            {"type": "rich_text", "elements": [
                {"type": "rich_text_section", "elements": [
                    {"type": "text", "text": "Hi "}, {"type": "user", "user_id": "U1"}, {"type": "emoji", "name": "wave", "unicode": "1f44b"},
                    {"type": "link", "url": "https://example.org", "text": "here"}]},
                {"type": "rich_text_list", "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]},
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "two"}]}]},
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said\nso"}]}]},
        ]});
        assert_eq!(
            words(&message, &Nobody),
            "Stocktake\n\n@Amina & team <https://example.org>\n*Due* Friday\n\na chart\n3 of 4\n\n[Approve]\n\nHi @Amina👋here <https://example.org>\n• one\n• two\n> said\n> so"
        );
        assert!(has_own_words(&message));
        assert_eq!(emoji(&message), [(":wave:".to_owned(), "👋".to_owned())]);
    }

    #[test]
    fn attachments_are_read_as_they_are_seen() {
        let message = json!({"attachments": [
            {"pretext": "New <https://example.org|offer>", "title": "Kits", "title_link": "https://example.org/kits",
             "text": "40,000 &lt;by the 15th&gt;", "fields": [{"title": "Price", "value": "11.20"}], "fallback": "no"},
            {"fallback": "only this"},
            {"is_share": true, "author_name": "Ben", "text": "hello"},
        ]});
        assert_eq!(
            attachments(&message, &Nobody),
            "New offer <https://example.org>\nKits <https://example.org/kits>\n40,000 <by the 15th>\nPrice: 11.20\n\nonly this\n\nBen\nhello"
        );
        assert_eq!(shared_from(&message).as_deref(), Some("Ben"));
    }
}
