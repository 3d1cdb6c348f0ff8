#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used
)]

use super::walk::UNCLOSED;
use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Takes whole what stands at a path, enters what leads there, and passes the rest.
#[derive(Default)]
struct Taker {
    wanted: &'static [&'static [&'static str]],
    place: usize,
    values: Vec<(Path, String)>,
    broken: Vec<(Path, String, &'static str)>,
}

impl Visitor for Taker {
    fn choose(&mut self, path: &Path, _: Opens) -> Result<Take, ReadError> {
        if self.wanted.iter().any(|wanted| path.is(wanted)) {
            return Ok(Take::Whole);
        }
        let leads = self.wanted.iter().any(|wanted| {
            wanted.len() > path.parts.len() && path.begins(&wanted[..path.parts.len()])
        });
        Ok(if leads { Take::Enter } else { Take::Pass })
    }
    fn piece(&mut self, path: &Path, piece: Piece<'_>) -> Result<(), ReadError> {
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.place += match piece {
            Piece::Between(count) => count,
            Piece::Value(bytes) => {
                self.values.push((path.clone(), shown(bytes)));
                bytes.len()
            }
            Piece::Broken(bytes, reason) => {
                self.broken.push((path.clone(), shown(bytes), reason));
                bytes.len()
            }
        };
        Ok(())
    }
}

/// A stream that gives a few bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl std::io::Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(buffer.len()).min(self.0.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn taken(bytes: &[u8], wanted: &'static [&'static [&'static str]]) -> (Taker, Walked) {
    let mut whole: Option<(Taker, Walked)> = None;
    // A window makes room for many bytes each time it reads, however few it gets.
    let steps: &[usize] = match bytes.len() {
        0..200 => &[1 << 20, 1],
        200..5000 => &[1 << 20, 97],
        _ => &[1 << 20],
    };
    for step in steps.iter().copied() {
        let mut taker = Taker {
            wanted,
            ..Taker::default()
        };
        let mut window = Window::new(Box::new(Slow(bytes, step)), "x");
        let walked = walk(&mut window, &mut taker).unwrap();
        assert_eq!(taker.place, bytes.len(), "every byte is handed over");
        match &whole {
            None => whole = Some((taker, walked)),
            Some((first, ended)) => {
                assert_eq!(first.values, taker.values, "in pieces of {step}");
                assert_eq!(first.broken, taker.broken, "in pieces of {step}");
                assert_eq!(*ended, walked);
            }
        }
    }
    whole.unwrap()
}

fn values(taker: &Taker) -> Vec<&str> {
    taker.values.iter().map(|(_, text)| text.as_str()).collect()
}

fn broken(taker: &Taker) -> Vec<&str> {
    taker
        .broken
        .iter()
        .map(|(_, text, _)| text.as_str())
        .collect()
}

const MESSAGES: &[&[&str]] = &[&["chats", "*", "messages", "*"], &["chats", "*", "name"]];
const LINES: &[&[&str]] = &[&[]];
const ELEMENTS: &[&[&str]] = &[&["*"]];

#[test]
fn values_are_taken_where_they_are_wanted_and_told_where_they_stand() {
    let text = "\u{FEFF}{\"about\": [1, {\"messages\": [2]}], \"chats\": [\n {\"messages\": [{\"a\": \"]}\\\"\"}, 7],\n  \"name\": \"B\\u00e9\"}, {\"na\\u006de\": null, \"messages\": []}]} ";
    let (taker, walked) = taken(text.as_bytes(), MESSAGES);
    assert_eq!(
        values(&taker),
        ["{\"a\": \"]}\\\"\"}", "7", "\"B\\u00e9\"", "null"]
    );
    assert!(taker.broken.is_empty(), "{:?}", taker.broken);
    assert_eq!(taker.values[1].0.index(1), Some(0));
    assert_eq!(taker.values[1].0.index(3), Some(1));
    assert_eq!(taker.values[3].0.key(), Some("name"));
    assert_eq!(
        walked,
        Walked {
            documents: 1,
            cut_short: false
        }
    );
}

#[test]
fn documents_stand_one_a_line_or_one_behind_another() {
    let (taker, walked) = taken(b"{\"a\":1}\n{\"a\":2}\r\n\n[3]{}\"x\" 4", LINES);
    assert_eq!(
        values(&taker),
        ["{\"a\":1}", "{\"a\":2}", "[3]", "{}", "\"x\"", "4"]
    );
    assert_eq!(walked.documents, 6);
    assert_eq!(taker.values[4].0.document, 4);
}

#[test]
fn a_broken_line_costs_itself() {
    for bad in [
        "{\"a\":",
        "{\"a\":\"x",
        "{\"a\":1}}",
        "{\"a\" 1}",
        "{a:1}",
        "\"x\\",
        "nul",
        "}",
        "{\"a\":[1,2}",
        "{\"a\":\"x\\",
    ] {
        let text = format!("{{\"n\":1}}\n{bad}\n{{\"n\":2}}\n");
        let (taker, walked) = taken(text.as_bytes(), LINES);
        let good: Vec<&str> = values(&taker)
            .into_iter()
            .filter(|value| value.contains("\"n\""))
            .collect();
        assert_eq!(good, ["{\"n\":1}", "{\"n\":2}"], "{bad}");
        assert_eq!(taker.broken.len(), 1, "{bad}");
        assert!(!walked.cut_short);
    }
}

#[test]
fn a_broken_record_of_an_indented_document_costs_itself() {
    let record = |text: &str| format!("    {{\n      \"t\": {text}\n    }}");
    for bad in [
        "\"x",
        "\"x\"y\"",
        "[",
        "{\"t\": [1",
        "1}",
        "\"x\"\n    }\n  ]x",
    ] {
        let text = format!(
            "{{\n \"chats\": [\n  {{\n   \"name\": \"A\",\n   \"messages\": [\n{},\n{},\n{}\n   ]\n  }},\n  {{\n   \"messages\": [\n{}\n   ],\n   \"name\": \"B\"\n  }}\n ]\n}}\n",
            record("1"),
            record(bad),
            record("3"),
            record("4"),
        );
        let (taker, walked) = taken(text.as_bytes(), MESSAGES);
        let found: Vec<(Option<u64>, bool)> = taker
            .values
            .iter()
            .filter(|(path, _)| path.key().is_none())
            .map(|(path, text)| {
                (
                    path.index(1),
                    text.contains("\"t\": 1\n") || text.contains("3") || text.contains("4"),
                )
            })
            .collect();
        assert!(
            found.len() >= 3,
            "{bad}: {:?} {:?}",
            taker.values,
            taker.broken
        );
        assert_eq!(found.first(), Some(&(Some(0), true)));
        assert_eq!(found.last(), Some(&(Some(1), true)), "{bad}");
        assert!(values(&taker).contains(&"\"B\""), "{bad}");
        assert!(!walked.cut_short, "{bad}");
        assert_eq!(walked.documents, 1);
    }
}

#[test]
fn the_last_record_of_an_array_does_not_take_the_next_array() {
    let text = "{\n \"chats\": [\n  {\n   \"messages\": [\n    {\"t\": \"x\n   ]\n  },\n  {\n   \"messages\": [\n    {\"t\": 2}\n   ]\n  }\n ]\n}";
    let (taker, _) = taken(text.as_bytes(), MESSAGES);
    assert_eq!(values(&taker), ["{\"t\": 2}"]);
    assert_eq!(taker.values[0].0.index(1), Some(1));
    assert_eq!(broken(&taker), ["{\"t\": \"x\n   "]);
    assert_eq!(taker.broken[0].0.index(1), Some(0));
}

#[test]
fn a_record_that_does_not_close_does_not_swallow_the_next() {
    let text = "[\n  {\"a\": [{\"b\": 1},\n  {\"a\": 2},\n  {\"a\": 3}\n]";
    let (taker, walked) = taken(text.as_bytes(), ELEMENTS);
    assert_eq!(values(&taker), ["{\"a\": 2}", "{\"a\": 3}"]);
    assert_eq!(taker.broken[0].2, UNCLOSED);
    assert!(!walked.cut_short);
}

#[test]
fn on_one_line_the_first_key_tells_the_next_record() {
    let (taker, _) = taken(
        br#"[{"id":1,"t":"x"},{"id":2,"t":"a"b"},{"id":3,"t":",{\"id\":"},{"id":4}]"#,
        ELEMENTS,
    );
    assert_eq!(
        values(&taker),
        [
            r#"{"id":1,"t":"x"}"#,
            r#"{"id":3,"t":",{\"id\":"}"#,
            r#"{"id":4}"#
        ]
    );
    // Where records hold objects with that key too, nothing is guessed.
    let (taker, _) = taken(
        br#"[{"id":1,"of":[{"id":0}]},{"id":2,"t":"a"b"},{"id":3}]"#,
        ELEMENTS,
    );
    assert_eq!(values(&taker), [r#"{"id":1,"of":[{"id":0}]}"#]);
    assert_eq!(broken(&taker), [r#"{"id":2,"t":"a"b"},{"id":3}]"#]);
}

#[test]
fn what_is_too_long_or_too_deep_is_broken_and_reading_goes_on() {
    let long = "x".repeat(LONGEST);
    let text = format!("[{{\"a\":1}},{{\"a\":\"{long}\"}},{{\"a\":2}}]");
    let (taker, _) = taken(text.as_bytes(), ELEMENTS);
    assert_eq!(values(&taker), ["{\"a\":1}", "{\"a\":2}"]);
    assert!(taker.broken.len() >= 4);
    assert!(
        taker
            .broken
            .iter()
            .all(|(_, bytes, _)| bytes.len() <= PIECE)
    );

    let deep = "[".repeat(1_000_000);
    let text = format!("{{\"a\":1}}\n{deep}\n{{\"a\":2}}");
    let (taker, _) = taken(text.as_bytes(), LINES);
    assert_eq!(values(&taker), ["{\"a\":1}", "{\"a\":2}"]);
}

#[test]
fn what_is_cut_short_is_told() {
    let (taker, walked) = taken(b"[{\"a\":1},{\"a\":", ELEMENTS);
    assert_eq!(values(&taker), ["{\"a\":1}"]);
    assert_eq!(broken(&taker), ["{\"a\":"]);
    assert!(walked.cut_short);
    let (_, walked) = taken(b"[{\"a\":1},", ELEMENTS);
    assert!(walked.cut_short);
    let (_, walked) = taken(b" \n", ELEMENTS);
    assert_eq!(walked, Walked::default());
}

#[test]
fn the_outline_names_the_keys() {
    let keys = outline(b"{\"name\":\"x\",\"messages\":[{\"id\":1,\"from\":{\"a\":2}},{\"te");
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "",
            "messages",
            "messages.*",
            "messages.*.from",
            "messages.*.from.a",
            "messages.*.id",
            "name"
        ]
    );
}

#[test]
fn parse_forgives_what_programs_write() {
    let read = |bytes: &[u8]| parse(bytes);
    assert_eq!(
        read(b"\xEF\xBB\xBF{\"a\":\"\\x1F\\x1f\"}"),
        Some((json!({"a": "\u{1F}\u{1F}"}), false))
    );
    assert_eq!(
        read(b"[\"a\x01b\n\", \"\\\\x1F\"]"),
        Some((json!(["a\u{1}b\n", "\\x1F"]), false))
    );
    assert_eq!(
        read(br#"["\ud83d\ude09\ud83d x \ude09"]"#),
        Some((json!(["\u{1F609}\u{FFFD} x \u{FFFD}"]), true))
    );
    assert_eq!(read(b"[\"\xC3\x28\"]"), Some((json!(["\u{FFFD}("]), true)));
    assert_eq!(
        read(br#"["\q\u12"]"#),
        Some((json!(["\u{FFFD}q\u{FFFD}u12"]), true))
    );
    assert_eq!(read(b"{a:1}"), None);
    assert_eq!(read(b"[\"\\"), None);
    assert_eq!(read("[".repeat(100_000).as_bytes()), None);
}

#[test]
fn places_are_found_by_their_keys() {
    let bytes = br#"{"a": {"x": [1, "}", {"b": 2}], "b" : "te\"xt"}, "n": -12.5 ,"z":null}"#;
    let at = |keys: &[&str]| {
        place_of(bytes, keys).map(|range| String::from_utf8_lossy(&bytes[range]).into_owned())
    };
    assert_eq!(at(&["a", "b"]).as_deref(), Some("te\\\"xt"));
    assert_eq!(at(&["n"]).as_deref(), Some("-12.5"));
    assert_eq!(at(&["z"]).as_deref(), Some("null"));
    assert_eq!(at(&["a", "x"]).as_deref(), Some("[1, \"}\", {\"b\": 2}]"));
    assert_eq!(at(&["a", "c"]), None);
    assert_eq!(at(&["n", "c"]), None);
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[\\[\\]{}\",:\\\\\n ]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::hash_map("[a-c\"\\\\]{0,3}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn written(values: &[Value], form: u8) -> String {
    match form {
        0 => serde_json::to_string(values).unwrap(),
        1 => serde_json::to_string_pretty(values).unwrap(),
        _ => values
            .iter()
            .map(|value| serde_json::to_string(value).unwrap() + "\n")
            .collect(),
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        values in proptest::collection::vec(any_value(), 0..12),
        form in 0u8..3,
    ) {
        let text = written(&values, form);
        let (taker, walked) = taken(text.as_bytes(), if form == 2 { LINES } else { ELEMENTS });
        let read: Vec<Value> = taker
            .values
            .iter()
            .map(|(_, text)| parse(text.as_bytes()).unwrap().0)
            .collect();
        prop_assert_eq!(read, values);
        prop_assert!(taker.broken.is_empty());
        prop_assert!(!walked.cut_short);
    }

    #[test]
    fn damage_loses_no_byte(
        values in proptest::collection::vec(any_value(), 0..12),
        form in 0u8..3,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 0..6),
    ) {
        let mut bytes = written(&values, form).into_bytes();
        for (place, byte, change) in changes {
            if bytes.is_empty() {
                break;
            }
            let place = place.index(bytes.len());
            match change {
                0 => bytes[place] = byte,
                1 => drop(bytes.remove(place)),
                _ => bytes.insert(place, byte),
            }
        }
        taken(&bytes, ELEMENTS);
        taken(&bytes, LINES);
        outline(&bytes);
        parse(&bytes);
    }

    #[test]
    fn one_broken_record_costs_itself(
        texts in proptest::collection::vec("[ -~\u{e9}]{0,12}", 3..9),
        which in any::<prop::sample::Index>(),
        lines in any::<bool>(),
        kind in 0u8..4,
    ) {
        let record = |text: &str| json!({"id": 1, "text": text, "of": {"x": [text]}});
        let good: Vec<Value> = texts.iter().map(|text| record(text)).collect();
        // That documents stand one a line, the first line shows.
        let which = 1 + which.index(good.len() - 1);
        let mut written: Vec<String> = good
            .iter()
            .map(|value| serde_json::to_string(value).unwrap())
            .collect();
        let bad = &mut written[which];
        let short: String = bad.chars().take(bad.chars().count() / 2).collect();
        *bad = match kind {
            0 => bad.replace(":1", ":1\""),
            1 => bad.replace("\"of\"", "of"),
            2 => bad.replace("\"of\":", "\"of\" "),
            _ if lines => short,
            _ => bad.replace("\"id\"", "\"id"),
        };
        let text = if lines { written.join("\n") } else { format!("[\n {}\n]", written.join(",\n ")) };
        let (taker, _) = taken(text.as_bytes(), if lines { LINES } else { ELEMENTS });
        let read: Vec<Value> = taker.values.iter().filter_map(|(_, text)| parse(text.as_bytes())).map(|(value, _)| value).collect();
        let mut expected = good;
        expected.remove(which);
        prop_assert_eq!(read, expected, "{}", text);
        prop_assert_eq!(taker.broken.len(), 1);
    }

    #[test]
    fn anything_at_all_is_handed_over(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        taken(&bytes, ELEMENTS);
        taken(&bytes, LINES);
        parse(&bytes);
        place_of(&bytes, &["a", "b"]);
    }

    #[test]
    fn anything_like_it_is_handed_over(text in "[\\[\\]{}\",:\\\\\n at1]{0,60}") {
        taken(text.as_bytes(), ELEMENTS);
        taken(text.as_bytes(), LINES);
        taken(text.as_bytes(), MESSAGES);
        parse(text.as_bytes());
        place_of(text.as_bytes(), &["a", "a"]);
    }
}
