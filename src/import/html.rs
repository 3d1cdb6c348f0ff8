//! HTML as the text a reader sees. Nothing is rendered, loaded or run.
//!
//! Kept: every word, line and paragraph breaks, list marks, table rows (cells parted by tabs),
//! quotation depth (`> `), the target of a link where its text does not show it, the words that
//! stand for an image. Left out: scripts, styles, the head, comments. Words that a style hides are
//! kept: what was sent counts, not what a screen would have shown.

use super::markup::{Tag, Token, tokens, unescape};

/// Deepest quotation that is still marked.
const DEEPEST_QUOTE: usize = 32;

/// The text of a piece of HTML.
pub(super) fn to_text(html: &str) -> String {
    let mut page = Page::default();
    let mut tokens = tokens(html.as_bytes());
    while let Some(token) = tokens.next() {
        match token {
            Token::Open(tag) => {
                for hidden in ["script", "style", "title", "template"] {
                    if tag.is(hidden) && !tag.empty {
                        tokens.skip_to_close(hidden);
                    }
                }
                page.open(tag);
            }
            Token::Close(name) => page.close(name),
            Token::Text(text) => page.words(&unescape(text).0),
            Token::Literal(text) => page.words(&String::from_utf8_lossy(text)),
            Token::Aside => {}
        }
    }
    page.finish()
}

/// Whether a text is HTML rather than words with a `<` among them: it has a closing tag or a line
/// break as HTML writes them.
pub(super) fn is_html(text: &str) -> bool {
    const NAMES: [&[u8]; 14] = [
        b"a", b"p", b"div", b"span", b"br", b"b", b"i", b"strong", b"em", b"ul", b"li", b"table",
        b"html", b"body",
    ];
    let known = |name: &[u8]| NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
    tokens(text.as_bytes()).any(|token| match token {
        Token::Close(name) => known(name),
        Token::Open(tag) => tag.is("br"),
        _ => false,
    })
}

#[derive(Default)]
struct Page {
    out: String,
    /// Line breaks that are due before the next word.
    breaks: usize,
    /// A space is due before the next word.
    space: bool,
    quotes: usize,
    preformatted: usize,
    /// The target of the open link, and where its text begins.
    link: Option<(String, usize)>,
    /// One entry for each open list: the number of its last item where it counts them.
    lists: Vec<Option<u32>>,
}

/// Line breaks around an element: none, one, or an empty line.
fn breaks_around(name: &[u8]) -> usize {
    let lower = name.to_ascii_lowercase();
    match lower.as_slice() {
        b"p" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"ul" | b"ol" | b"dl" | b"table"
        | b"blockquote" | b"pre" | b"hr" => 2,
        b"div" | b"li" | b"tr" | b"dt" | b"dd" | b"section" | b"article" | b"header"
        | b"footer" | b"center" | b"address" | b"form" | b"body" | b"head" | b"caption" => 1,
        _ => 0,
    }
}

impl Page {
    fn open(&mut self, tag: Tag<'_>) {
        self.due(breaks_around(tag.name));
        if tag.is("br") {
            self.breaks = (self.breaks + 1).min(3);
            self.space = false;
        } else if tag.is("blockquote") {
            self.quotes = (self.quotes + 1).min(DEEPEST_QUOTE);
        } else if tag.is("pre") || tag.is("textarea") {
            self.preformatted += 1;
        } else if tag.is("ul") {
            self.lists.push(None);
        } else if tag.is("ol") {
            self.lists.push(Some(0));
        } else if tag.is("li") {
            let mark = match self.lists.last_mut() {
                Some(Some(number)) => {
                    *number = number.saturating_add(1);
                    format!("{number}. ")
                }
                _ => "- ".to_owned(),
            };
            self.exact(&mark);
        } else if (tag.is("td") || tag.is("th")) && self.in_line() {
            self.space = false;
            self.exact("\t");
        } else if tag.is("hr") {
            self.exact("---");
            self.due(1);
        } else if tag.is("img") {
            if let Some(words) = tag.value("alt").filter(|words| !words.trim().is_empty()) {
                self.words(&format!("[{}]", words.trim()));
            }
        } else if tag.is("emoji") || tag.is("customemoji") {
            // As Microsoft Teams writes them: the sign is the element's `alt`.
            self.words(&tag.value("alt").unwrap_or_default());
        } else if tag.is("a") {
            self.end_link();
            if let Some(target) = tag.value("href").filter(|target| !target.starts_with('#')) {
                self.link = Some((target.trim().to_owned(), self.out.len()));
            }
        }
    }

    fn close(&mut self, name: &[u8]) {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("a") {
            self.end_link();
        }
        self.due(breaks_around(name));
        if is("blockquote") {
            self.quotes = self.quotes.saturating_sub(1);
        } else if is("pre") || is("textarea") {
            self.preformatted = self.preformatted.saturating_sub(1);
        } else if is("ul") || is("ol") {
            self.lists.pop();
        }
    }

    /// Writes the target of the open link where its text does not show it already.
    fn end_link(&mut self) {
        let Some((target, begin)) = self.link.take() else {
            return;
        };
        let text = self.out.get(begin..).unwrap_or_default().trim();
        let bare = |address: &str| {
            let address = address.trim_end_matches('/');
            let address = address.strip_prefix("mailto:").unwrap_or(address);
            let address = address.strip_prefix("tel:").unwrap_or(address);
            let address = address.split_once("://").map_or(address, |(_, rest)| rest);
            address.to_lowercase()
        };
        if !target.is_empty() && bare(text) != bare(&target) {
            self.space = self.in_line() && self.breaks == 0;
            self.exact(&format!("<{target}>"));
        }
    }

    fn due(&mut self, breaks: usize) {
        if breaks > 0 {
            self.breaks = self.breaks.max(breaks);
            self.space = false;
        }
    }

    /// Whether the line that is being written has something on it.
    fn in_line(&self) -> bool {
        self.breaks == 0 && !self.out.is_empty() && !self.out.ends_with('\n')
    }

    fn words(&mut self, text: &str) {
        if self.preformatted > 0 {
            let mut lines = text.split('\n');
            if let Some(first) = lines.next() {
                self.exact(first.trim_end_matches('\r'));
            }
            for line in lines {
                self.breaks += 1;
                self.exact(line.trim_end_matches('\r'));
            }
            return;
        }
        // White space in HTML is ASCII's: a no-break space is a sign like others.
        let blank = |sign: char| matches!(sign, ' ' | '\t' | '\n' | '\r' | '\u{c}');
        for (index, word) in text.split(blank).enumerate() {
            if index > 0 {
                self.space = self.in_line();
            }
            if !word.is_empty() {
                self.exact(word);
            }
        }
    }

    /// Writes as it is, after the breaks or the space that are due.
    fn exact(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.out.is_empty() {
            self.breaks = 0;
            self.space = false;
            self.quote_marks();
        }
        if self.breaks > 0 {
            for _ in 0..self.breaks {
                self.out.push('\n');
            }
            self.breaks = 0;
            self.quote_marks();
        } else if self.space {
            self.out.push(' ');
        }
        self.space = false;
        self.out.push_str(text);
    }

    fn quote_marks(&mut self) {
        for _ in 0..self.quotes {
            self.out.push_str("> ");
        }
    }

    fn finish(mut self) -> String {
        self.end_link();
        let length = self.out.trim_end().len();
        self.out.truncate(length);
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_reader_sees() {
        for (html, text) in [
            ("Hello <b>world</b>!", "Hello world!"),
            ("<p>One</p>\n<p>Two</p>", "One\n\nTwo"),
            ("a<br>b<br/><br>c", "a\nb\n\nc"),
            ("<ul><li>x<li>y</ul>z", "- x\n- y\n\nz"),
            ("<ol><li>x</li><li>y</li></ol>", "1. x\n2. y"),
            (
                "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>",
                "1\t2\n3",
            ),
            (
                "before<blockquote>said<br>twice</blockquote>after",
                "before\n\n> said\n> twice\n\nafter",
            ),
            (
                "see <a href=\"https://example.com/x\">this</a>, ok",
                "see this <https://example.com/x>, ok",
            ),
            (
                "<a href='https://example.com/'>example.com</a>",
                "example.com",
            ),
            (
                "<a href=mailto:a@example.com>a@example.com</a>",
                "a@example.com",
            ),
            (
                "<style>p { }</style><script>if (a < b) x()</script>words",
                "words",
            ),
            ("<head><title>T</title></head><body>B</body>", "B"),
            ("<img src=x alt='the plan'>", "[the plan]"),
            ("fine<emoji id=\"ok\" alt=\"👌\"></emoji>", "fine👌"),
            ("5 &lt; 6 &amp; 7&nbsp;pm", "5 < 6 & 7\u{a0}pm"),
            ("if a < b then", "if a < b then"),
            ("<pre>a\n  b\n</pre>c", "a\n  b\n\nc"),
            ("<!-- no -->yes<!-- <p>no</p> -->", "yes"),
            ("<div style='display:none'>kept</div>", "kept"),
            ("", ""),
        ] {
            assert_eq!(to_text(html), text, "{html}");
        }
    }

    #[test]
    fn html_is_told_from_words() {
        assert!(is_html("<p class=x>a</p>") && is_html("a<br>b"));
        assert!(!is_html("a < b and <c> too, <3") && !is_html("plain"));
    }

    proptest! {
        #[test]
        fn every_word_is_kept(words in proptest::collection::vec("[a-z]{1,8}", 1..30), tags in proptest::collection::vec(0usize..8, 30)) {
            const TAGS: [&str; 8] = ["<p>", "</p>", "<br>", "<div>", "</blockquote>", "<blockquote>", "<td>", "<b>"];
            let mut html = String::new();
            for (word, tag) in words.iter().zip(&tags) {
                html.push_str(TAGS[*tag]);
                html.push_str(word);
                html.push(' ');
            }
            let text = to_text(&html);
            let seen: Vec<_> = text.split_whitespace().filter(|word| *word != ">").collect();
            prop_assert_eq!(seen, words);
        }

        #[test]
        fn never_fails(html in any::<String>()) {
            to_text(&html);
        }
    }
}
