//! A list of allowed signers, as `ssh-keygen(1)` describes it under ALLOWED SIGNERS: who may sign
//! what with which key. It comes to the receiver by another way than the bundle, never in it.
//!
//! ```text
//! jo.bloggs@example.gov namespaces="records-handover" ssh-ed25519 AAAAC3Nz... Jo Bloggs
//! ```
//!
//! Lines for certificates (`cert-authority`) name nobody's key and are passed over.

use super::{Kind, Signature};
use chrono::{DateTime, Local, NaiveDate, NaiveDateTime, TimeZone, Utc};
use ssh_key::PublicKey;
use ssh_key::public::KeyData;

/// The list.
#[derive(Clone, Debug, Default)]
pub struct Signers {
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    principals: String,
    namespaces: Option<Vec<String>>,
    after: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
    key: KeyData,
}

impl Signers {
    /// Reads a list.
    ///
    /// # Errors
    /// The first line that does not follow the form, from 1 on, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Signers, (usize, String)> {
        let mut signers = Signers::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            signers
                .lines
                .extend(Line::parse(line).map_err(|reason| (number, reason))?);
        }
        Ok(signers)
    }

    /// Who may have made a signature of this kind with its key, now.
    ///
    /// # Errors
    /// Why nobody may.
    pub fn whose(
        &self,
        signature: &Signature,
        kind: Kind,
        now: DateTime<Utc>,
    ) -> Result<String, &'static str> {
        let mut why = "the list of allowed signers does not have this key";
        for line in self
            .lines
            .iter()
            .filter(|line| line.key == *signature.key())
        {
            let allows =
                |list: &Vec<String>| list.iter().any(|name| is_like(kind.namespace(), name));
            if !line.namespaces.as_ref().is_none_or(allows) {
                why = "the list of allowed signers has this key for another purpose";
            } else if line.after.is_some_and(|after| now < after)
                || line.before.is_some_and(|before| now >= before)
            {
                why = "the list of allowed signers has this key for another time";
            } else {
                return Ok(line.principals.clone());
            }
        }
        Err(why)
    }
}

impl Line {
    /// `None` for a line about certificates.
    fn parse(line: &str) -> Result<Option<Line>, String> {
        let (principals, rest) = word(line).ok_or("a quotation mark is missing")?;
        let principals = principals.replace('"', "");
        let (mut namespaces, mut not_before, mut before) = (None, None, None);
        let mut key = rest;
        if PublicKey::from_openssh(key).is_err() {
            let (options, after) = word(rest).ok_or("a quotation mark is missing")?;
            key = after;
            for option in split_unquoted(options, ',') {
                let (name, value) = option.split_once('=').unwrap_or((option, ""));
                let value = value.trim_matches('"');
                let time = || moment(value).ok_or(format!("{value} is no time"));
                match name.to_ascii_lowercase().as_str() {
                    "cert-authority" => return Ok(None),
                    "namespaces" => {
                        namespaces = Some(value.split(',').map(str::to_owned).collect());
                    }
                    "valid-after" => not_before = Some(time()?),
                    "valid-before" => before = Some(time()?),
                    _ => return Err("neither a key nor an option that OpenSSH knows".to_owned()),
                }
            }
        }
        let public =
            PublicKey::from_openssh(key).map_err(|_| "there is no key that docket knows")?;
        Ok(Some(Line {
            principals,
            namespaces,
            after: not_before,
            before,
            key: public.key_data().clone(),
        }))
    }
}

/// The first word of a line, in which quoted blanks belong to the word, and what follows.
fn word(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ' ' | '\t' if !quoted => {
                return Some((line.get(..at)?, line.get(at..)?.trim_start()));
            }
            _ => {}
        }
    }
    (!quoted).then_some((line, ""))
}

fn split_unquoted(text: &str, at: char) -> Vec<&str> {
    let mut quoted = false;
    let parts = text.split(|c: char| {
        quoted ^= c == '"';
        c == at && !quoted
    });
    parts.filter(|part| !part.is_empty()).collect()
}

/// `YYYYMMDD[Z]` or `YYYYMMDDHHMM[SS][Z]`; without `Z` by the machine's own clock.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let (digits, is_utc) = match text.strip_suffix(['Z', 'z']) {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let local = match digits.len() {
        8 => NaiveDate::parse_from_str(digits, "%Y%m%d")
            .ok()?
            .and_hms_opt(0, 0, 0)?,
        12 => NaiveDateTime::parse_from_str(&format!("{digits}00"), "%Y%m%d%H%M%S").ok()?,
        14 => NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S").ok()?,
        _ => return None,
    };
    match is_utc {
        true => Some(local.and_utc()),
        false => Local
            .from_local_datetime(&local)
            .earliest()
            .map(|time| time.with_timezone(&Utc)),
    }
}

/// Whether a name is like a pattern with `*` and `?`.
fn is_like(name: &str, pattern: &str) -> bool {
    let (name, pattern): (Vec<char>, Vec<char>) =
        (name.chars().collect(), pattern.chars().collect());
    let mut ends = vec![false; name.len() + 1];
    if let Some(first) = ends.first_mut() {
        *first = true;
    }
    for sign in pattern {
        let mut next = vec![false; name.len() + 1];
        let mut before = false;
        for (at, end) in next.iter_mut().enumerate() {
            let here = ends.get(at).copied().unwrap_or_default();
            let left = at
                .checked_sub(1)
                .and_then(|left| Some((*ends.get(left)?, *name.get(left)?)));
            *end = match sign {
                '*' => here || before,
                sign => left.is_some_and(|(held, c)| held && (sign == '?' || sign == c)),
            };
            before = *end;
        }
        ends = next;
    }
    ends.last().copied().unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    #[test]
    fn lines_are_read_as_openssh_reads_them() {
        for (line, lines) in [
            (format!("jo@example {KEY} a comment"), 1),
            (format!("# jo\n\njo@example,bo@* {KEY}"), 1),
            (
                format!("jo namespaces=\"records-*,file\",valid-after=\"20240101\" {KEY}"),
                1,
            ),
            (format!("\"jo bloggs\" valid-before=\"20400101Z\" {KEY}"), 1),
            (format!("*@example cert-authority {KEY}"), 0),
        ] {
            let signers = Signers::parse(&line).unwrap();
            assert_eq!(signers.lines.len(), lines, "{line}");
        }
        for (line, at) in [
            ("jo@example".to_owned(), 1),
            (format!("\njo@example unknown {KEY}"), 2),
            (format!("jo valid-after=\"yesterday\" {KEY}"), 1),
            (format!("\"jo {KEY}"), 1),
        ] {
            assert_eq!(Signers::parse(&line).unwrap_err().0, at, "{line}");
        }
    }

    #[test]
    fn patterns_are_those_of_openssh() {
        for (pattern, is) in [
            ("records-handover", true),
            ("records-*", true),
            ("*", true),
            ("records-handove?", true),
            ("records-receipt", false),
            ("records", false),
            ("", false),
        ] {
            assert_eq!(is_like("records-handover", pattern), is, "{pattern}");
        }
    }
}
