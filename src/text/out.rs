//! Text from outside in files that other programs open: HTML, tables, names.

use super::fold;
use super::shown::{Shown, is_hidden};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};
use std::borrow::Cow;
use std::io;

/// Text for an HTML text node or a quoted attribute: escaped as [`Shown::block`] does it, then
/// `&`, `<`, `>`, `"` and `'` as character references. The caller isolates its direction with
/// `<bdi>` or `dir="auto"`.
pub fn html(text: &str) -> String {
    let shown = Shown::block(text);
    let mut out = String::with_capacity(shown.as_str().len());
    for c in shown.as_str().chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// Text for a cell of a CSV table that a spreadsheet may open.
///
/// A cell that a spreadsheet could take for a formula (its first character, leading white space
/// and quotation marks aside, is `=`, `+`, `-`, `@` or one of their full-width forms; or its very
/// first character is a tab, CR or LF) gets an apostrophe before it. So does a cell that begins
/// with an apostrophe: a reader gets every cell back exactly by removing one leading apostrophe
/// where there is one. Tables are written with every cell quoted, so that a separator inside a
/// cell starts no new one. (OWASP, "CSV Injection".)
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let acts = |c| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let passed_over =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\u{FEFF}');
    let first = text.chars().next();
    let unsafe_start = matches!(first, Some('\'' | '\t' | '\r' | '\n'))
        || text.trim_start_matches(passed_over).starts_with(acts);
    if unsafe_start {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A value as JSON on one line, its text exact: what [`Shown`] would mark (controls, invisible and
/// bidi characters, private use) is written as `\\uXXXX`, which every reader of JSON undoes, so
/// that the line can also be looked at on a terminal.
///
/// # Errors
/// When the value has no JSON form, such as a map whose keys are not text.
pub fn json<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<String> {
    let mut line = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut line, Inert,
    ))?;
    String::from_utf8(line).map_err(|error| serde::ser::Error::custom(error.utf8_error()))
}

/// Writes compact JSON in which nothing acts on a terminal.
struct Inert;

impl Formatter for Inert {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut compact = CompactFormatter;
        let mut plain = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| is_hidden(*c)) {
            compact.write_string_fragment(writer, fragment.get(plain..at).unwrap_or_default())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + c.len_utf8();
        }
        compact.write_string_fragment(writer, fragment.get(plain..).unwrap_or_default())
    }
}

/// The longest name that [`file_name`] makes, in bytes.
const MAX_FILE_NAME: usize = 80;

/// A file name made of text from outside: only `a-z`, `0-9`, `.`, `_` and `-`, at most 80 bytes,
/// never empty, hidden, `..`, or a name that Windows keeps for devices. What the folding leaves
/// outside these becomes `-`. Two texts may give one name: the caller adds a number or a hash.
pub fn file_name(text: &str) -> String {
    let mut name = String::new();
    for c in fold(text).chars() {
        let safe = match c {
            'a'..='z' | '0'..='9' | '_' => c,
            '.' => '.',
            _ => '-',
        };
        let doubled = matches!(safe, '.' | '-') && name.ends_with(['.', '-']);
        if !doubled {
            name.push(safe);
        } else if safe == '.' {
            // `report -.pdf` keeps its extension.
            name.pop();
            name.push('.');
        }
    }
    let name = name.trim_matches(['.', '-']);
    let name = shorten(name);
    let stem = name.split('.').next().unwrap_or_default();
    if name.is_empty() {
        "unnamed".to_owned()
    } else if is_device(stem) {
        format!("_{name}")
    } else {
        name
    }
}

/// Shortens a name of ASCII characters from the end of its stem, so that the extension stays.
fn shorten(name: &str) -> String {
    if name.len() <= MAX_FILE_NAME {
        return name.to_owned();
    }
    let extension = name
        .rfind('.')
        .and_then(|at| name.get(at..))
        .filter(|extension| extension.len() <= 9)
        .unwrap_or_default();
    // One byte is left for the underscore before a device's name.
    let room = MAX_FILE_NAME - 1 - extension.len();
    let stem = name
        .get(..room)
        .unwrap_or(name)
        .trim_end_matches(['.', '-']);
    format!("{stem}{extension}")
}

fn is_device(stem: &str) -> bool {
    let numbered = |prefix| {
        let digit = stem.strip_prefix(prefix).map(str::as_bytes);
        matches!(digit, Some([b'0'..=b'9']))
    };
    matches!(stem, "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn html_keeps_no_markup_and_no_control() {
        assert_eq!(
            html("<img src=x onerror='a(\"b\")'>&\u{202e}\x1b"),
            "&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt;&amp;⟪U+202E⟫␛"
        );
        assert_eq!(html("one\ntwo"), "one\ntwo");
    }

    #[test]
    fn cells_start_no_formula() {
        for text in [
            "=1+1", "+44 7700", "-2", "@SUM(A1)", "\t=1", " =1", "\"=1", "＝1", "\r", "'",
        ] {
            assert_eq!(csv_cell(text), format!("'{text}"), "{text:?}");
        }
        for text in ["", "budget", "1-2", "a=b"] {
            assert_eq!(csv_cell(text), text);
        }
    }

    #[test]
    fn json_is_exact_and_inert() {
        let text = "a\u{9b}31m\u{202e}\u{e0067}\"\\\n👩\u{200d}💻";
        let line = json(&text).unwrap();
        assert_eq!(line, r#""a\u009b31m\u202e\udb40\udc67\"\\\n👩\u200d💻""#);
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }

    #[test]
    fn names_are_plain() {
        assert_eq!(
            file_name("WhatsApp Chat – Zoë & Łukasz.TXT"),
            "whatsapp-chat-zoe-lukasz.txt"
        );
        assert_eq!(file_name("../../etc/passwd"), "etc-passwd");
        assert_eq!(file_name("a.pdf\u{202e}gpj.exe"), "a.pdfgpj.exe");
        assert_eq!(file_name("CON.txt"), "_con.txt");
        assert_eq!(file_name("com1"), "_com1");
        assert_eq!(file_name("会議"), "unnamed");
        assert_eq!(file_name("report -.pdf"), "report.pdf");
        let long = format!("{}.jpeg", "x".repeat(4096));
        assert!(file_name(&long).ends_with("x.jpeg") && file_name(&long).len() <= 80);
    }

    proptest! {
        #[test]
        fn json_comes_back(text in any::<String>()) {
            let line = json(&text).unwrap();
            prop_assert!(!line.contains(is_hidden) && !line.contains(char::is_control));
            prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        }

        #[test]
        fn cells_come_back(text in any::<String>()) {
            let cell = csv_cell(&text);
            prop_assert_eq!(cell.strip_prefix('\'').unwrap_or(&cell), text.as_str());
        }

        #[test]
        fn names_hold_only_what_they_may(text in "\\PC{0,200}|[.\\-/a-c ]{0,200}") {
            let name = file_name(&text);
            prop_assert!(!name.is_empty() && name.len() <= MAX_FILE_NAME);
            prop_assert!(name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-')));
            prop_assert!(!name.starts_with(['.', '-']) && !name.ends_with('.') && !name.contains(".."));
            prop_assert_eq!(file_name(&name), name);
        }

        #[test]
        fn html_is_inert(text in any::<String>()) {
            let acts = ['<', '>', '"', '\'', '\x1b', '\u{202e}'];
            prop_assert!(!html(&text).contains(acts));
        }
    }
}
