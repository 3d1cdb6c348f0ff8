//! Reading a profile: strictly. Every value is known, every fault is told by its line with what is
//! allowed, and all of them at once.

use super::{ClosureDefaults, Fault, Profile, Sets, TABLES, check_statement};
use crate::bundle::exemptions;
use crate::text::hex;
use crate::text::{line_at, nearest};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys of the file, in the order they are listed to a person.
const TOP: &[&str] = &[
    "name",
    "version",
    "about",
    "sets",
    "leave",
    "tables",
    "closure",
    "statement",
    "bag-info",
];
const LEAVE: &[&str] = &["transitory", "context", "notes"];
const CLOSURE: &[&str] = &["years", "schedule", "codes"];

/// The longest name, and the longest value, in bytes.
const LONGEST_NAME: usize = 40;
const LONGEST_VALUE: usize = 500;

/// Labels of `bag-info.txt` that docket writes itself.
const OWN: [&str; 15] = [
    "source-organization",
    "contact-name",
    "external-identifier",
    "external-description",
    "bagging-date",
    "bag-size",
    "payload-oxum",
    "bag-software-agent",
    "original-included",
    "bagit-profile-identifier",
    "bag-group-identifier",
    "bag-count",
    "payload-identifier",
    "bagit-version",
    "tag-file-character-encoding",
];

type Value<'i> = Spanned<DeValue<'i>>;

/// Reads a profile; gives everything that is wrong with it.
pub(super) fn read(text: &str) -> Result<Profile, Vec<Fault>> {
    let plain = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let table = DeTable::parse(plain).map_err(|error| {
        let words: Vec<&str> = error.message().split_whitespace().collect();
        vec![Fault {
            line: line_at(plain, error.span().map_or(0, |span| span.start)),
            words: format!("this is no TOML: {}", words.join(" ")),
        }]
    })?;
    let mut reader = Reader {
        text: plain,
        faults: Vec::new(),
        profile: Profile {
            name: String::new(),
            version: 0,
            about: String::new(),
            sets: Sets::Both,
            transitory: false,
            context: false,
            notes: false,
            tables: BTreeSet::new(),
            closure: ClosureDefaults::default(),
            statement: None,
            info: Vec::new(),
            sha256: hex(&Sha256::digest(text.as_bytes())),
            text: text.to_owned(),
        },
    };
    reader.top(table.get_ref());
    reader.faults.sort_by_key(|fault| fault.line);
    match reader.faults.is_empty() {
        true => Ok(reader.profile),
        false => Err(reader.faults),
    }
}

struct Reader<'i> {
    text: &'i str,
    faults: Vec<Fault>,
    profile: Profile,
}

impl<'i> Reader<'i> {
    fn fault(&mut self, at: usize, words: String) {
        let line = line_at(self.text, at);
        self.faults.push(Fault { line, words });
    }

    fn top(&mut self, table: &DeTable<'i>) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "name" => self.name(value),
                "version" => {
                    let whole = self.number(name, value, 1..=u32::MAX);
                    self.profile.version = whole.unwrap_or(0);
                }
                "about" => self.profile.about = self.line(name, value).unwrap_or_default(),
                "sets" => self.sets(value),
                "leave" => self.leave(value),
                "tables" => self.tables(value),
                "closure" => self.closure(value),
                "statement" => self.statement(value),
                "bag-info" => self.info(value),
                _ => self.unknown(key.span().start, name, name, TOP),
            }
        }
        // What leaves is never a matter of what was forgotten: all that chooses has to be said.
        for name in ["name", "version", "about", "sets", "leave", "tables"] {
            if !table.iter().any(|(key, _)| key.get_ref() == name) {
                self.fault(0, format!("{name} is missing"));
            }
        }
        let (sets, has) = (
            self.profile.sets,
            self.profile.tables.contains("properties"),
        );
        if has && sets != Sets::Both {
            let at = table.iter().find(|(key, _)| key.get_ref() == "tables");
            let words =
                "tables: properties tells what the open set has of the closed one's files, \
                         and there is one set alone"
                    .to_owned();
            self.fault(at.map_or(0, |(key, _)| key.span().start), words);
        }
    }

    fn unknown(&mut self, at: usize, full: &str, name: &str, among: &[&str]) {
        let hint = match nearest(name, among) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("allowed are {}", among.join(", ")),
        };
        self.fault(at, format!("{full} is nothing of a profile; {hint}"));
    }

    /// A table of known keys; gives what it has.
    fn known<'t>(
        &mut self,
        name: &str,
        value: &'t Value<'i>,
        known: &[&str],
    ) -> Vec<(String, &'t Value<'i>)> {
        let Some(table) = value.get_ref().as_table() else {
            let words = format!("{name} is {}: it is a table, [{name}]", kind(value));
            self.fault(value.span().start, words);
            return Vec::new();
        };
        let mut found = Vec::new();
        for (key, value) in table {
            let key_name = key.get_ref().as_ref();
            match known.is_empty() || known.contains(&key_name) {
                true => found.push((key_name.to_owned(), value)),
                false => {
                    let full = format!("{name}.{key_name}");
                    self.unknown(key.span().start, &full, key_name, known);
                }
            }
        }
        found
    }

    /// One line of text.
    fn line(&mut self, name: &str, value: &Value<'i>) -> Option<String> {
        let at = value.span().start;
        let Some(text) = value.get_ref().as_str() else {
            self.fault(
                at,
                format!("{name} is {}: it is a text in quotes", kind(value)),
            );
            return None;
        };
        let is_plain = |c: char| !c.is_control() && c != '\u{2028}' && c != '\u{2029}';
        if text.trim().is_empty() || text.len() > LONGEST_VALUE || !text.chars().all(is_plain) {
            let words = format!("{name}: it is one line of 1 to {LONGEST_VALUE} bytes");
            self.fault(at, words);
            return None;
        }
        Some(text.to_owned())
    }

    fn number(
        &mut self,
        name: &str,
        value: &Value<'i>,
        range: std::ops::RangeInclusive<u32>,
    ) -> Option<u32> {
        let written = value.get_ref().as_integer();
        let number = written.and_then(|one| u32::from_str_radix(one.as_str(), one.radix()).ok());
        let found = number.filter(|number| range.contains(number));
        if found.is_none() {
            let (least, most) = (range.start(), range.end());
            let words = format!("{name}: allowed is a whole number from {least} to {most}");
            self.fault(value.span().start, words);
        }
        found
    }

    fn switch(&mut self, name: &str, value: &Value<'i>) -> bool {
        value.get_ref().as_bool().unwrap_or_else(|| {
            let words = format!("{name} is {}: allowed are true, false", kind(value));
            self.fault(value.span().start, words);
            false
        })
    }

    fn name(&mut self, value: &Value<'i>) {
        let Some(name) = self.line("name", value) else {
            return;
        };
        let is_plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if name.len() > LONGEST_NAME || !name.bytes().all(is_plain) || name == super::NONE {
            let words = format!(
                "name: it has 1 to {LONGEST_NAME} of a to z, 0 to 9 and -, and is not \"{}\"",
                super::NONE
            );
            return self.fault(value.span().start, words);
        }
        self.profile.name = name;
    }

    fn sets(&mut self, value: &Value<'i>) {
        let written = value.get_ref().as_str().unwrap_or_default();
        match Sets::ALL.into_iter().find(|sets| sets.name() == written) {
            Some(sets) => self.profile.sets = sets,
            None => {
                let allowed = Sets::ALL.map(Sets::name).join(", ");
                self.fault(value.span().start, format!("sets: allowed are {allowed}"));
            }
        }
    }

    fn leave(&mut self, value: &Value<'i>) {
        let found = self.known("leave", value, LEAVE);
        for (key, value) in &found {
            let on = self.switch(&format!("leave.{key}"), value);
            match key.as_str() {
                "transitory" => self.profile.transitory = on,
                "context" => self.profile.context = on,
                _ => self.profile.notes = on,
            }
        }
        for key in LEAVE {
            if value.get_ref().is_table() && !found.iter().any(|(found, _)| found == key) {
                self.fault(value.span().start, format!("leave.{key} is missing"));
            }
        }
    }

    fn tables(&mut self, value: &Value<'i>) {
        let Some(list) = value.get_ref().as_array() else {
            let words = format!("tables is {}: it is a list of tables", kind(value));
            return self.fault(value.span().start, words);
        };
        for item in list.iter() {
            let at = item.span().start;
            let written = item.get_ref().as_str().unwrap_or_default();
            match TABLES.iter().find(|table| **table == written) {
                Some(table) if !self.profile.tables.insert(table) => {
                    self.fault(at, format!("tables names {table} twice"));
                }
                Some(_) => {}
                None => self.unknown(at, &format!("tables: \"{written}\""), written, &TABLES),
            }
        }
    }

    fn closure(&mut self, value: &Value<'i>) {
        for (key, value) in self.known("closure", value, CLOSURE) {
            let full = format!("closure.{key}");
            match key.as_str() {
                "years" => self.profile.closure.years = self.number(&full, value, 1..=150),
                "schedule" => {
                    let day = value.get_ref().as_str().and_then(|day| day.parse().ok());
                    if day.is_none() {
                        let words = format!("{full}: allowed is a date such as \"2024-03-31\"");
                        self.fault(value.span().start, words);
                    }
                    self.profile.closure.schedule = day;
                }
                _ => self.codes(&full, value),
            }
        }
    }

    fn codes(&mut self, full: &str, value: &Value<'i>) {
        for (reason, value) in self.known(full, value, &[]) {
            let written = value.get_ref().as_str().unwrap_or_default();
            match exemptions::known(written) {
                Some(code) => {
                    self.profile.closure.codes.insert(reason, code);
                }
                None => {
                    let words = format!(
                        "{full}.{reason}: allowed is a code of The National Archives, such as \
                         \"40(2)\" or \"EIR 12(5)(f)\""
                    );
                    self.fault(value.span().start, words);
                }
            }
        }
    }

    fn statement(&mut self, value: &Value<'i>) {
        let at = value.span().start;
        let Some(text) = value.get_ref().as_str() else {
            let words = format!("statement is {}: it is a text in quotes", kind(value));
            return self.fault(at, words);
        };
        if let Err((line, reason)) = check_statement(text) {
            return self.fault(at, format!("statement, line {line} of it: {reason}"));
        }
        self.profile.statement = Some(text.to_owned());
    }

    fn info(&mut self, value: &Value<'i>) {
        for (label, value) in self.known("bag-info", value, &[]) {
            let at = value.span().start;
            let lower = label.to_ascii_lowercase();
            let is_plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
            if label.is_empty() || label.len() > LONGEST_NAME || !label.bytes().all(is_plain) {
                let words = format!("bag-info: a label has 1 to {LONGEST_NAME} letters, digits, -");
                self.fault(at, words);
            } else if OWN.contains(&lower.as_str()) || lower.starts_with("docket-") {
                self.fault(at, format!("bag-info.{label}: docket writes that itself"));
            } else if let Some(text) = self.line(&format!("bag-info.{label}"), value) {
                self.profile.info.push((label, text));
            }
        }
    }
}

fn kind(value: &Value<'_>) -> &'static str {
    match value.get_ref() {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "\
name = \"quay\"
version = 3
about = \"what the harbour board takes\"
sets = \"both\"
tables = [\"people\"]
statement = \"I, {signer}, hand this over.\"
[leave]
transitory = true
context = false
notes = false
[closure]
years = 20
schedule = \"2024-03-31\"
codes.our-own = \"40(2)\"
[bag-info]
Contact-Email = \"records@example.gov\"
";

    #[test]
    fn what_is_written_is_what_holds() {
        let read = read(GOOD).unwrap();
        assert_eq!((read.name.as_str(), read.version), ("quay", 3));
        assert!(read.transitory && !read.context && !read.notes);
        assert_eq!(read.tables.iter().copied().collect::<Vec<_>>(), ["people"]);
        assert_eq!(read.closure.years, Some(20));
        assert_eq!(read.closure.codes["our-own"], "40(2)");
        assert_eq!(read.info.len(), 1);
        assert!(read.statement.is_some());
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        for (from, to, line, words) in [
            (
                "name = \"quay\"",
                "name = \"Quay Board\"",
                1,
                "name: it has",
            ),
            ("name = \"quay\"", "name = \"none\"", 1, "name: it has"),
            ("version = 3", "version = 0", 2, "version: allowed"),
            ("version = 3\n", "", 1, "version is missing"),
            (
                "sets = \"both\"",
                "sets = \"all\"",
                4,
                "sets: allowed are both, closed, open",
            ),
            ("sets = \"both\"", "set = \"both\"", 4, "did you mean sets?"),
            ("[\"people\"]", "[\"peple\"]", 5, "did you mean people?"),
            ("[\"people\"]", "[\"people\", \"people\"]", 5, "twice"),
            ("{signer}", "{who}", 6, "statement, line 1 of it"),
            ("context = false\n", "", 7, "leave.context is missing"),
            (
                "transitory = true",
                "transitory = 1",
                8,
                "allowed are true, false",
            ),
            ("years = 20", "years = 151", 12, "from 1 to 150"),
            ("\"2024-03-31\"", "\"March\"", 13, "a date such as"),
            (
                "\"40(2)\"",
                "\"40(7)\"",
                14,
                "a code of The National Archives",
            ),
            ("Contact-Email", "Bag-Size", 16, "docket writes that itself"),
            (
                "Contact-Email",
                "Docket-Set",
                16,
                "docket writes that itself",
            ),
            (
                "records@example.gov",
                "a\\nBag-Size: 1",
                16,
                "it is one line",
            ),
            ("sets = \"both\"", "sets = ", 4, "this is no TOML"),
        ] {
            let text = GOOD.replacen(from, to, 1);
            assert_ne!(text, GOOD, "{from}");
            let faults = read(&text).unwrap_err();
            let told = faults
                .iter()
                .any(|one| one.line == line && one.words.contains(words));
            assert!(told, "{to}: {faults:?}");
            assert!(
                faults.iter().all(|one| !one.words.contains('\n')),
                "{faults:?}"
            );
        }
        let open = GOOD
            .replace("\"both\"", "\"open\"")
            .replace("\"people\"", "\"properties\"");
        assert_eq!(read(&open).unwrap_err()[0].line, 5);
        let two = GOOD
            .replace("years = 20", "years = x")
            .replace("version = 3", "version = y");
        assert_eq!(read(&two).unwrap_err()[0].line, 2);
    }

    proptest! {
        #[test]
        fn anything_at_all_is_taken_or_told_in_lines(
            at in 0..GOOD.len(), less in 0_usize..20, more in "[ -~\n\u{e9}]{0,12}",
        ) {
            let end = (at + less).min(GOOD.len());
            let text = [GOOD.get(..at).unwrap(), &more, GOOD.get(end..).unwrap()].concat();
            if let Err(faults) = read(&text) {
                prop_assert!(!faults.is_empty());
                let lines = u32::try_from(text.lines().count()).unwrap() + 1;
                for fault in faults {
                    prop_assert!(fault.line >= 1 && fault.line <= lines, "{fault}");
                    prop_assert!(!fault.words.contains('\n'), "{fault}");
                }
            }
        }
    }
}
