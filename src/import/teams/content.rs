//! The content of messages as text: HTML, and the older rich text of Skype's making.

use crate::import::html;
use crate::import::markup::{Token, tokens};
use crate::import::records::quoted;

/// The text of a body of this type: `html`, or plain.
pub(super) fn body(content_type: &str, content: &str) -> String {
    if content_type.eq_ignore_ascii_case("html") {
        html::to_text(content)
    } else {
        content.to_owned()
    }
}

/// Rich text: words with line ends as they are, a few elements, and quotations of other messages.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rich {
    /// The text, what it quotes as `> ` lines.
    pub(super) text: String,
    /// The ids of the messages it quotes.
    pub(super) quotes: Vec<String>,
}

/// Reads rich text. `<quote author authorname messageid>` holds what is quoted; in it
/// `<legacyquote>` holds the same head again for old programs, and is left out.
pub(super) fn rich(content: &str) -> Rich {
    let mut rich = Rich::default();
    let mut parts: Vec<String> = Vec::new();
    let mut author: Option<String> = None;
    let mut from = 0usize;
    let mut tokens = tokens(content.as_bytes());
    let words = |from: usize, to: usize| {
        let raw = content.get(from..to).unwrap_or_default();
        html::to_text(&format!("<pre>{raw}</pre>"))
            .trim()
            .to_owned()
    };
    let mut said = String::new();
    loop {
        let begin = tokens.place();
        let Some(token) = tokens.next() else { break };
        match token {
            Token::Open(tag) if tag.is("quote") && author.is_none() => {
                parts.push(words(from, begin));
                let id = tag.value("messageid").unwrap_or_default();
                rich.quotes.extend((!id.is_empty()).then_some(id));
                author = Some(
                    tag.value("authorname")
                        .or(tag.value("author"))
                        .unwrap_or_default(),
                );
                said.clear();
                from = tokens.place();
            }
            Token::Open(tag) if tag.is("legacyquote") && author.is_some() && !tag.empty => {
                said.push_str(&words(from, begin));
                tokens.skip_to_close("legacyquote");
                from = tokens.place();
            }
            Token::Close(name) if name.eq_ignore_ascii_case(b"legacyquote") => {
                from = tokens.place();
            }
            Token::Close(name) if name.eq_ignore_ascii_case(b"quote") => {
                if let Some(author) = author.take() {
                    said.push_str(&words(from, begin));
                    let lead = if author.is_empty() {
                        String::new()
                    } else {
                        format!("{author}: ")
                    };
                    parts.push(quoted(&format!("{lead}{said}")));
                    from = tokens.place();
                }
            }
            _ => {}
        }
    }
    parts.push(words(from, content.len()));
    parts.retain(|part| !part.is_empty());
    rich.text = parts.join("\n");
    rich
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rich_text_is_read_as_it_is_seen() {
        for (content, text, quotes) in [
            ("one\ntwo  three", "one\ntwo  three", vec![]),
            (
                "<b raw_pre=\"*\">bold</b> &amp; <a href=\"https://example.org\">https://example.org</a> <ss type=\"smile\">:)</ss>",
                "bold & https://example.org :)",
                vec![],
            ),
            (
                "<at id=\"8:live:ben\">Ben</at> hi<e_m ts=\"1\" a=\"live:x\" t=\"61\"/>",
                "Ben hi",
                vec![],
            ),
            (
                "<quote author=\"live:ben\" authorname=\"Ben\" timestamp=\"1\" messageid=\"7\"><legacyquote>[09:00] Ben: </legacyquote>first\nsecond<legacyquote>\n\n&lt;&lt;&lt; </legacyquote></quote>mine",
                "> Ben: first\n> second\nmine",
                vec!["7".to_owned()],
            ),
            (
                "a </quote> b <quote author=\"x\">never closed",
                "a  b\nnever closed",
                vec![],
            ),
            ("", "", vec![]),
        ] {
            let rich = rich(content);
            assert_eq!(
                (rich.text.as_str(), rich.quotes),
                (text, quotes),
                "{content}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn never_fails(content in "(<quote>|</quote>|<legacyquote>|</legacyquote>|<|>|a|\\n|é){0,30}") {
            rich(&content);
        }
    }
}
