//! The custody chain of a bundle: every line follows from the one before, the lines tile the ledger,
//! and the last tells the ledger's head as `bag-info.txt` does.

use super::bagit::Bag;
pub(super) use crate::bundle::custody::NAME;
use crate::bundle::custody::{FIELDS, GENESIS, HEAD, canonical, hash};
use crate::text::counted;
use serde_json::Value;
use std::io::{BufRead, BufReader};

/// The longest line that is read, in bytes; docket's own have a few hundred.
const LONGEST: usize = 1 << 16;

/// The label in `bag-info.txt` of the custody head.
pub(in crate::bundle) const LABEL: &str = "Docket-Custody-Head";

/// A chain that holds.
pub(super) struct Chain {
    /// How many lines it has.
    pub(super) lines: u64,
    /// SHA-256 of the last of them, in hexadecimal.
    pub(super) head: String,
}

/// Follows the chain from its first line to its last.
///
/// # Errors
/// Where it breaks, and why.
pub(super) fn follow(bag: &Bag) -> Result<Chain, String> {
    let open = bag.tree.open(NAME);
    let file = open.map_err(|error| format!("{NAME}: {error}"))?;
    let mut prev = GENESIS.to_owned();
    let (mut seq, mut told, mut last): (u64, u64, Option<Value>) = (0, 0, None);
    let mut reader = BufReader::new(file);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let most = LONGEST as u64;
        let read = std::io::Read::take(&mut reader, most).read_until(b'\n', &mut bytes);
        if read.map_err(|error| format!("{NAME}: {error}"))? == 0 {
            break;
        }
        seq += 1;
        let broken = |what: &str| format!("{NAME}, line {seq}: {what}");
        let line = bytes.strip_suffix(b"\n");
        let line = line.ok_or_else(|| broken("it has no end, or is too long"))?;
        let line = std::str::from_utf8(line).map_err(|_| broken("it is not UTF-8"))?;
        if last.as_ref().is_some_and(is_head) {
            return Err(broken(
                "it stands after the ledger's head, which is the last",
            ));
        }
        let value: Value = serde_json::from_str(line).map_err(|_| broken("it is not JSON"))?;
        if canonical(&value) != line {
            return Err(broken("it is not in the canonical form"));
        }
        let keys: Option<Vec<&str>> = value
            .as_object()
            .map(|fields| fields.keys().map(String::as_str).collect());
        let mut keys = keys.ok_or_else(|| broken("it is not an object"))?;
        keys.sort_unstable();
        if keys != FIELDS {
            return Err(broken("its fields are not those of an event"));
        }
        if field(&value, "seq").and_then(Value::as_u64) != Some(seq) {
            return Err(broken("its number is not the next one"));
        }
        if field(&value, "prev").and_then(Value::as_str) != Some(&prev) {
            return Err(broken(
                "the chain breaks here: it does not follow the line before",
            ));
        }
        if !is_head(&value) {
            told = tiles(&value, told).ok_or_else(|| {
                broken("its entries of the ledger do not follow those of the line before")
            })?;
        }
        prev = hash(line);
        last = Some(value);
    }
    let end = last.filter(is_head);
    let end = end.ok_or_else(|| format!("{NAME}: it does not end with the ledger's head"))?;
    let entries = detail(&end, "entries").and_then(Value::as_u64);
    let of_ledger = detail(&end, "hash").and_then(Value::as_str);
    if entries != Some(told) {
        return Err(format!("{NAME}: it does not tell of every entry"));
    }
    for (label, value) in [
        ("Docket-Ledger-Entry", told.to_string().as_str()),
        ("Docket-Ledger-Head", of_ledger.unwrap_or_default()),
        (LABEL, &prev),
    ] {
        if bag.told(label) != Some(value) {
            return Err(format!("{NAME}: bag-info.txt tells another {label}"));
        }
    }
    Ok(Chain {
        lines: seq,
        head: prev,
    })
}

/// What the check says.
pub(super) fn check(bag: &Bag) -> Result<String, String> {
    let chain = follow(bag)?;
    Ok(format!(
        "{}, head {}",
        counted(chain.lines, "line", "lines"),
        chain.head
    ))
}

fn field<'a>(line: &'a Value, name: &str) -> Option<&'a Value> {
    line.as_object()?.get(name)
}

fn detail<'a>(line: &'a Value, name: &str) -> Option<&'a Value> {
    field(line, "detail")?.as_object()?.get(name)
}

fn is_head(line: &Value) -> bool {
    field(line, "event").and_then(Value::as_str) == Some(HEAD)
}

/// The last entry that is told with this line, if it goes on where those before ended. The exports
/// of one import are several lines of one entry.
fn tiles(line: &Value, told: u64) -> Option<u64> {
    let first = detail(line, "first_entry")?.as_u64()?;
    let last = detail(line, "last_entry")?.as_u64()?;
    let next = told.checked_add(1)?;
    let again = first == told && last == told && told > 0;
    (again || first == next && last >= first).then_some(last)
}
