//! The text that is signed: a head that a program can check, and words for people.
//!
//! ```text
//! RECORDS HANDOVER 1
//! bag: 3f2a...-118
//! signer: Jo Bloggs
//! date: 2024-04-02
//! custody: <the custody head>
//! template: <SHA-256 of the template of the words>
//!
//! <SHA-256>  bag-info.txt
//! <SHA-256>  manifest-sha256.txt
//! ...
//!
//! I, Jo Bloggs, hand over ...
//! ```
//!
//! The checksums are lines as `sha256sum --check` reads them. There is one way to write a statement:
//! what is read is written again and must be the same, byte for byte.

use super::{Kind, SignError};
use crate::bundle::counts::Counts;
use crate::bundle::profile::ProfileRow;
use crate::text::Shown;
use crate::text::hex;
use chrono::NaiveDate;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The words of a statement where a case has none of its own.
pub const TEMPLATE: &str = include_str!("../statement.txt");

/// The words of a receipt.
pub const RECEIPT: &str = include_str!("../receipt.txt");

/// What a bag that holds tells for a statement.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The bag: its case and the ledger's entry it was made from.
    pub bag: String,
    /// SHA-256 of its last custody line.
    pub custody: String,
    /// SHA-256 of `tagmanifest-sha256.txt`: the seal by which the ledger knows the bundle.
    pub seal: String,
    /// The profile that it was made by.
    pub profile: Option<ProfileRow>,
    /// Whether its handover is signed.
    pub is_signed: bool,
    /// The head of the ledger that it rests on, in its short form.
    pub(in crate::bundle) ledger: String,
    /// SHA-256 by name of the files that statements name.
    pub(in crate::bundle) sums: BTreeMap<String, String>,
    /// The facts that `bag-info.txt` gives.
    pub(in crate::bundle) reference: String,
    pub(in crate::bundle) department: String,
    pub(in crate::bundle) custodian: String,
    /// The balance.
    pub(in crate::bundle) total: Counts,
    pub(in crate::bundle) exports: usize,
    /// The first and the last day of which something is here.
    pub(in crate::bundle) days: Option<(String, String)>,
}

impl Held {
    fn gaps(&self) -> String {
        let gaps: Vec<String> = [
            (
                self.total.unreadable,
                "parts of the exports could not be read",
            ),
            (self.total.undecided, "messages are undecided"),
            (self.total.refer, "messages wait for a second look"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        match gaps.is_empty() {
            true => "none that docket knows of".to_owned(),
            false => gaps.join("; "),
        }
    }
}

/// A statement or a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Which of the two.
    pub kind: Kind,
    /// The bag that it is about.
    pub bag: String,
    /// The signer, or the receiver.
    pub party: String,
    /// The day of signing, as the signer's machine has it.
    pub date: String,
    /// The custody head.
    pub custody: String,
    /// SHA-256 of the template of the words.
    pub template: String,
    /// SHA-256 and name of each file that it holds fast.
    pub seals: Vec<(String, String)>,
    /// The words.
    pub words: String,
}

impl Statement {
    /// The statement of a bag.
    ///
    /// # Errors
    /// When the template is wrong.
    pub(in crate::bundle) fn of(
        held: &Held,
        kind: Kind,
        party: &str,
        date: NaiveDate,
        template: &str,
    ) -> Result<Statement, SignError> {
        let party = plain(party);
        let date = date.to_string();
        let unknown = || "unknown".to_owned();
        let (first, last) = held.days.clone().unwrap_or((unknown(), unknown()));
        let given = |text: &str| match text.is_empty() {
            true => "not given".to_owned(),
            false => plain(text),
        };
        let total = &held.total;
        let kept = total.messages.saturating_sub(total.handed_over);
        let values = [
            ("reference", given(&held.reference)),
            ("department", given(&held.department)),
            ("custodian", given(&held.custodian)),
            ("signer", party.clone()),
            ("date", date.clone()),
            ("exports", held.exports.to_string()),
            ("messages", total.messages.to_string()),
            ("handed_over", total.handed_over.to_string()),
            ("records", (total.official + total.mixed).to_string()),
            ("context", total.context.to_string()),
            ("kept", kept.to_string()),
            ("first_day", first),
            ("last_day", last),
            ("gaps", held.gaps()),
            ("ledger", given(&held.ledger)),
        ];
        let sum = |name: &&str| {
            let sum = held.sums.get(*name).cloned().unwrap_or_default();
            (sum, (*name).to_owned())
        };
        Ok(Statement {
            kind,
            bag: held.bag.clone(),
            party,
            date,
            custody: held.custody.clone(),
            template: hex(&Sha256::digest(template)),
            seals: kind.sealed().iter().map(sum).collect(),
            words: fill(template, &values)?,
        })
    }

    /// The text, as it is signed; lines end in LF.
    pub fn render(&self) -> String {
        let mut out = format!(
            "{}\nbag: {}\n{}: {}\ndate: {}\ncustody: {}\ntemplate: {}\n\n",
            first_line(self.kind),
            self.bag,
            party(self.kind),
            self.party,
            self.date,
            self.custody,
            self.template
        );
        for (sum, name) in &self.seals {
            out.push_str(&format!("{sum}  {name}\n"));
        }
        out.push('\n');
        out.push_str(&self.words);
        out
    }

    /// SHA-256 of the text, in hexadecimal.
    pub fn sha256(&self) -> String {
        hex(&Sha256::digest(self.render()))
    }

    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with its form.
    pub(in crate::bundle) fn parse(kind: Kind, text: &str) -> Result<Statement, String> {
        let wrong = || format!("{} is not in its form", kind.file());
        let mut lines = text.split('\n');
        if lines.next() != Some(first_line(kind)) {
            return Err(wrong());
        }
        let mut field = |label: &str| {
            let line = lines.next().ok_or_else(wrong)?;
            let value = line
                .strip_prefix(label)
                .and_then(|rest| rest.strip_prefix(": "));
            value.map(str::to_owned).ok_or_else(wrong)
        };
        let (bag, party) = (field("bag")?, field(party(kind))?);
        let (date, custody, template) = (field("date")?, field("custody")?, field("template")?);
        if lines.next() != Some("") {
            return Err(wrong());
        }
        let mut seals = Vec::new();
        for line in lines.by_ref().take_while(|line| !line.is_empty()) {
            let (sum, name) = line.split_once("  ").ok_or_else(wrong)?;
            seals.push((sum.to_owned(), name.to_owned()));
        }
        let words: Vec<&str> = lines.collect();
        let read = Statement {
            kind,
            bag,
            party,
            date,
            custody,
            template,
            seals,
            words: words.join("\n"),
        };
        match read.render() == text && read.words.ends_with('\n') {
            true => Ok(read),
            false => Err(wrong()),
        }
    }

    /// Checks that it is about this bag.
    ///
    /// # Errors
    /// What it tells otherwise.
    pub(in crate::bundle) fn is_of(&self, held: &Held) -> Result<(), String> {
        let file = self.kind.file();
        if self.bag != held.bag {
            return Err(format!("{file} is about another bag"));
        }
        if self.custody != held.custody {
            return Err(format!("{file} tells another custody head"));
        }
        let names: Vec<&str> = self.seals.iter().map(|(_, name)| name.as_str()).collect();
        if names != self.kind.sealed() {
            return Err(format!("{file} does not name the files that it has to"));
        }
        for (sum, name) in &self.seals {
            if held.sums.get(name) != Some(sum) {
                return Err(format!("{name} is not the one that {file} names"));
            }
        }
        Ok(())
    }
}

/// What it begins with.
pub(in crate::bundle) const FIRST: &str = "RECORDS SEARCH CERTIFICATE 1";

fn first_line(kind: Kind) -> &'static str {
    match kind {
        Kind::Handover => "RECORDS HANDOVER 1",
        Kind::Receipt => "RECORDS RECEIPT 1",
        Kind::Search => FIRST,
    }
}

fn party(kind: Kind) -> &'static str {
    match kind {
        Kind::Handover => "signer",
        Kind::Receipt => "receiver",
        Kind::Search => "searched-by",
    }
}

/// What stands in braces in a template.
const PLACEHOLDERS: [&str; 15] = [
    "reference",
    "department",
    "custodian",
    "signer",
    "date",
    "exports",
    "messages",
    "handed_over",
    "records",
    "context",
    "kept",
    "first_day",
    "last_day",
    "gaps",
    "ledger",
];

/// Whether a template can be filled.
///
/// # Errors
/// The line in it, from 1, and what is wrong there.
pub(in crate::bundle) fn check_template(template: &str) -> Result<(), (u32, String)> {
    let values = PLACEHOLDERS.map(|name| (name, name.to_owned()));
    match fill(template, &values) {
        Ok(_) => Ok(()),
        Err(SignError::Template { line, reason }) => {
            Err((u32::try_from(line).unwrap_or(u32::MAX), reason))
        }
        Err(other) => Err((1, other.to_string())),
    }
}

/// One line without anything that a screen would obey or hide.
fn plain(text: &str) -> String {
    Shown::line(text).as_str().trim().to_owned()
}

/// A template with its placeholders filled, without its remarks.
fn fill(template: &str, values: &[(&str, String)]) -> Result<String, SignError> {
    let mut words = String::new();
    for (line, text) in (1..).zip(template.lines()) {
        if text.starts_with('#') {
            continue;
        }
        let wrong = |reason: String| SignError::Template { line, reason };
        let mut rest = text;
        let mut filled = String::new();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| wrong("a brace is not closed".to_owned()))?;
            let value = values.iter().find(|(known, _)| *known == name);
            let (_, value) = value.ok_or_else(|| {
                let known: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
                wrong(format!("{{{name}}} is not one of {}", known.join(" ")))
            })?;
            filled.push_str(before);
            filled.push_str(value);
            rest = after;
        }
        filled.push_str(rest);
        words.push_str(Shown::line(&filled).as_str().trim_end());
        words.push('\n');
    }
    if words.trim().is_empty() {
        return Err(SignError::Template {
            line: 1,
            reason: "it says nothing".to_owned(),
        });
    }
    Ok(words)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_or_told_where_it_is_wrong() {
        let values = [("signer", "Jo".to_owned())];
        let filled = fill("# no\nI, {signer}, say so.\n", &values).unwrap();
        assert_eq!(filled, "I, Jo, say so.\n");
        for (template, at) in [("a\n{who}", 2), ("{signer", 1), ("# only this", 1)] {
            let Err(SignError::Template { line, .. }) = fill(template, &values) else {
                panic!("{template}");
            };
            assert_eq!(line, at);
            assert!(check_template(template).is_err());
        }
        for ours in [TEMPLATE, RECEIPT] {
            assert_eq!(check_template(ours), Ok(()));
        }
    }

    #[test]
    fn a_statement_has_one_form() {
        let held = Held::default();
        let day = NaiveDate::from_ymd_opt(2024, 4, 2).unwrap();
        let made = Statement::of(&held, Kind::Handover, "Jo\n\u{202e}Bo", day, TEMPLATE).unwrap();
        let text = made.render();
        assert_eq!(Statement::parse(Kind::Handover, &text).unwrap(), made);
        assert!(Statement::parse(Kind::Receipt, &text).is_err());
        let head = text.split("\n\n").next().unwrap();
        for (at, _) in head.char_indices() {
            let mut less = text.clone();
            less.remove(at);
            if let Ok(read) = Statement::parse(Kind::Handover, &less) {
                assert_ne!(read, made);
            }
        }
    }
}
