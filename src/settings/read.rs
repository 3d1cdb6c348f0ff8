//! Reading a settings file: every value with its line, every fault with what is allowed.

use super::{Bound, Fault, LARGEST_BLANK, LARGEST_CONFIRM, Settings, ThreadColumn, Word};
use crate::model::Decision;
use crate::text::{self, line_at, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The tables and keys of the file, in the order they are listed to a person.
const TOP: &[&str] = &[
    "theme",
    "linear",
    "start",
    "pictures",
    "blank-after",
    "allow-shared",
    "confirm-over",
    "dates",
    "columns",
    "letters",
    "keys",
];
const DATES: &[&str] = &["form", "weekday"];
const COLUMNS: &[&str] = &["threads", "messages"];
const KEYS: &str = "allowed is a key such as \"Q\" or \"<C-q>\", or a list of keys";

type Value<'i> = Spanned<DeValue<'i>>;

/// Reads a file; gives everything that is wrong with it.
pub(super) fn read(
    text: &str,
    check_keys: impl FnOnce(&[Bound]) -> Vec<Fault>,
) -> Result<Settings, Vec<Fault>> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let table = DeTable::parse(text).map_err(|error| {
        let words = error.message().split_whitespace().collect::<Vec<_>>();
        let words = words.join(" ");
        let at = error.span().map_or(0, |span| span.start);
        vec![Fault {
            line: line_at(text, at),
            words: format!("this is no TOML: {words}"),
        }]
    })?;
    let mut reader = Reader {
        text,
        faults: Vec::new(),
        settings: Settings::default(),
    };
    reader.top(table.get_ref());
    reader.letters_differ();
    // A table gives its keys by name; a person reads by line.
    reader.settings.keys.sort_by_key(|bound| bound.line);
    reader.faults.extend(check_keys(&reader.settings.keys));
    reader.faults.sort_by_key(|fault| fault.line);
    if reader.faults.is_empty() {
        Ok(reader.settings)
    } else {
        Err(reader.faults)
    }
}

struct Reader<'i> {
    text: &'i str,
    faults: Vec<Fault>,
    settings: Settings,
}

impl<'i> Reader<'i> {
    fn fault(&mut self, at: usize, words: String) {
        let line = line_at(self.text, at);
        self.faults.push(Fault { line, words });
    }

    /// Takes note of what sets a setting.
    fn set(&mut self, name: &str, value: &Value<'i>) {
        let line = line_at(self.text, value.span().start);
        self.settings.lines.insert(name.to_owned(), line);
    }

    fn top(&mut self, table: &DeTable<'i>) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "theme" => {
                    if let Some(theme) = self.word(name, value) {
                        self.settings.theme = theme;
                    }
                }
                "linear" => {
                    if let Some(linear) = self.switch(name, value) {
                        self.settings.linear = linear;
                    }
                }
                "start" => {
                    if let Some(start) = self.word(name, value) {
                        self.settings.start = start;
                    }
                }
                "pictures" => {
                    if let Some(pictures) = self.word(name, value) {
                        self.settings.pictures = pictures;
                    }
                }
                "blank-after" => {
                    if let Some(minutes) = self.number(name, value, 0, LARGEST_BLANK) {
                        self.settings.blank_after = minutes;
                    }
                }
                "allow-shared" => {
                    if let Some(allowed) = self.switch(name, value) {
                        self.settings.allow_shared = allowed;
                    }
                }
                "confirm-over" => {
                    if let Some(number) = self.number(name, value, 1, LARGEST_CONFIRM) {
                        self.settings.confirm_over = number;
                    }
                }
                "dates" => self.table(name, value, DATES, |reader, full, key, value| match key {
                    "form" => {
                        if let Some(form) = reader.word(full, value) {
                            reader.settings.dates.form = form;
                        }
                    }
                    _ => {
                        if let Some(weekday) = reader.switch(full, value) {
                            reader.settings.dates.weekday = weekday;
                        }
                    }
                }),
                "columns" => self.table(name, value, COLUMNS, |reader, full, key, value| {
                    if key == "threads" {
                        if let Some(columns) = reader.words::<ThreadColumn>(full, value) {
                            reader.settings.thread_columns = columns;
                        }
                    } else if let Some(columns) = reader.words(full, value) {
                        reader.settings.message_columns = columns;
                    }
                }),
                "letters" => {
                    let names = Decision::ALL.map(Decision::name);
                    self.table(name, value, &names, Reader::letter);
                }
                "keys" => self.keys(value),
                _ => {
                    let at = key.span().start;
                    self.unknown(at, name, name, TOP);
                }
            }
        }
    }

    /// Says that there is no such setting; `name` stands in `among`, `full` is how it is told.
    fn unknown(&mut self, at: usize, full: &str, name: &str, among: &[&str]) {
        let hint = match nearest(name, among) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("allowed are {}", among.join(", ")),
        };
        self.fault(at, format!("{full} is no setting; {hint}"));
    }

    fn table(
        &mut self,
        name: &str,
        value: &Value<'i>,
        known: &[&str],
        mut take: impl FnMut(&mut Self, &str, &str, &Value<'i>),
    ) {
        let Some(table) = value.get_ref().as_table() else {
            let words = format!(
                "{name} is {}: it is a table, with {}",
                kind(value),
                known.join(", ")
            );
            return self.fault(value.span().start, words);
        };
        for (key, value) in table {
            let key_name = key.get_ref().as_ref();
            let full = format!("{name}.{key_name}");
            if known.contains(&key_name) {
                take(self, &full, key_name, value);
            } else {
                self.unknown(key.span().start, &full, key_name, known);
            }
        }
    }

    fn word<W: Word>(&mut self, name: &str, value: &Value<'i>) -> Option<W> {
        let names: Vec<&str> = W::ALL.iter().map(|word| word.name()).collect();
        let allowed = names.join(", ");
        let at = value.span().start;
        let Some(written) = value.get_ref().as_str() else {
            let words = format!("{name} is {}: allowed are {allowed}", kind(value));
            self.fault(at, words);
            return None;
        };
        let found = W::ALL.iter().find(|word| word.name() == written).copied();
        if found.is_none() {
            let hint = nearest(written, &names)
                .map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
            let words = format!("{name} = \"{written}\": allowed are {allowed}{hint}");
            self.fault(at, words);
        } else {
            self.set(name, value);
        }
        found
    }

    fn words<W: Word>(&mut self, name: &str, value: &Value<'i>) -> Option<Vec<W>> {
        let Some(list) = value.get_ref().as_array() else {
            let names: Vec<&str> = W::ALL.iter().map(|word| word.name()).collect();
            let words = format!(
                "{name} is {}: it is a list of {}",
                kind(value),
                names.join(", ")
            );
            self.fault(value.span().start, words);
            return None;
        };
        let mut found: Vec<W> = Vec::new();
        for item in list.iter() {
            let word: W = match self.word(name, item) {
                Some(word) => word,
                None => continue,
            };
            if found.contains(&word) {
                let words = format!("{name} names {} twice", word.name());
                self.fault(item.span().start, words);
            } else {
                found.push(word);
            }
        }
        self.set(name, value);
        Some(found)
    }

    fn switch(&mut self, name: &str, value: &Value<'i>) -> Option<bool> {
        let found = value.get_ref().as_bool();
        if found.is_none() {
            let words = format!("{name} is {}: allowed are true, false", kind(value));
            self.fault(value.span().start, words);
        } else {
            self.set(name, value);
        }
        found
    }

    fn number(&mut self, name: &str, value: &Value<'i>, least: u32, most: u32) -> Option<u32> {
        let allowed = format!("allowed is a number from {least} to {most}");
        let at = value.span().start;
        let Some(written) = value.get_ref().as_integer() else {
            self.fault(at, format!("{name} is {}: {allowed}", kind(value)));
            return None;
        };
        match u32::from_str_radix(written.as_str(), written.radix()) {
            Ok(number) if (least..=most).contains(&number) => {
                self.set(name, value);
                Some(number)
            }
            _ => {
                self.fault(at, format!("{name} = {}: {allowed}", written.as_str()));
                None
            }
        }
    }

    fn letter(&mut self, full: &str, name: &str, value: &Value<'i>) {
        let allowed = "allowed is one character, of one column";
        let at = value.span().start;
        let Some(written) = value.get_ref().as_str() else {
            return self.fault(at, format!("{full} is {}: {allowed}", kind(value)));
        };
        let mut chars = written.chars();
        let letter = chars.next().filter(|_| chars.next().is_none());
        let fits = |letter: &char| {
            // The dots stand where a decision is being written.
            !letter.is_whitespace() && *letter != '…' && text::width(written) == 1
        };
        match (letter.filter(fits), Decision::from_name(name)) {
            (Some(letter), Some(decision)) => {
                self.settings.letters.set(decision, letter);
                self.set(full, value);
            }
            _ => self.fault(at, format!("{full} = \"{written}\": {allowed}")),
        }
    }

    /// Two decisions with one letter could not be told apart without colour.
    fn letters_differ(&mut self) {
        let letters = self.settings.letters;
        for (at, decision) in Decision::ALL.iter().enumerate() {
            let full = format!("letters.{}", decision.name());
            let Some(line) = self.settings.line(&full) else {
                continue;
            };
            let letter = letters.of(*decision);
            let other = Decision::ALL.iter().enumerate().find(|(place, other)| {
                // Of two that the file sets, the second is told.
                let told = self
                    .settings
                    .line(&format!("letters.{}", other.name()))
                    .is_none_or(|_| *place < at);
                **other != *decision && told && letters.of(**other) == letter
            });
            if let Some((_, other)) = other {
                let words = format!(
                    "{full} = \"{letter}\" is the letter of {} too",
                    other.name()
                );
                self.faults.push(Fault { line, words });
            }
        }
    }

    fn keys(&mut self, value: &Value<'i>) {
        let Some(table) = value.get_ref().as_table() else {
            let words = format!(
                "keys is {}: it is a table of actions and their keys",
                kind(value)
            );
            return self.fault(value.span().start, words);
        };
        for (key, value) in table {
            let action = key.get_ref().to_string();
            let line = line_at(self.text, key.span().start);
            let keys = match value.get_ref() {
                DeValue::String(one) => Some(vec![one.to_string()]),
                DeValue::Array(list) => list
                    .iter()
                    .map(|item| item.get_ref().as_str().map(str::to_owned))
                    .collect(),
                _ => None,
            };
            match keys {
                Some(keys) => {
                    let bound = Bound { action, keys, line };
                    self.set(&format!("keys.{}", bound.action), value);
                    self.settings.keys.push(bound);
                }
                None => {
                    let words = match value.get_ref() {
                        DeValue::Array(_) => {
                            format!("keys.{action} lists what is no text: {KEYS}")
                        }
                        _ => format!("keys.{action} is {}: {KEYS}", kind(value)),
                    };
                    self.fault(value.span().start, words);
                }
            }
        }
    }
}

fn kind(value: &Value<'_>) -> &'static str {
    match value.get_ref() {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
