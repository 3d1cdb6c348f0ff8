//! A bundle held against the ledger of the case that it is from: it rests on an entry that stands
//! there still, the ledger notes it, and what the ledger notes of its signatures is here.
//!
//! Only the case can tell that a signature and all that told of it were taken away: the bundle
//! itself, which anybody may hold, looks then as if it had never been signed.

use super::bagit::Bag;
use super::told::LARGEST_TABLE;
use crate::bundle::sign::Kind;
use crate::case::ledger::{Entry, Recorded};
use crate::check::Check;
use crate::text::hex;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Two checks: the entry it rests on, and its signatures.
pub(super) fn check(bag: &Bag, entries: &[Recorded]) -> Vec<Check> {
    let seal = match sum(bag, "tagmanifest-sha256.txt") {
        Ok(seal) => seal,
        Err(reason) => return vec![Check::failed("ledger", reason)],
    };
    vec![
        Check::of("ledger", head(bag, &seal, entries)),
        Check::of("signatures in the ledger", signatures(bag, &seal, entries)),
    ]
}

fn sum(bag: &Bag, name: &str) -> Result<String, String> {
    let bytes = bag.tree.read(name, LARGEST_TABLE);
    let bytes = bytes.map_err(|error| format!("{name}: {error}"))?;
    Ok(hex(&Sha256::digest(bytes)))
}

fn head(bag: &Bag, seal: &str, entries: &[Recorded]) -> Result<String, String> {
    let first = entries.first().map(|first| first.hash.to_string());
    let case = bag.told("Docket-Case").unwrap_or_default();
    if case.is_empty() || !first.is_some_and(|first| first.starts_with(case)) {
        return Err("it is of another case".to_owned());
    }
    let seq: Option<u64> = bag
        .told("Docket-Ledger-Entry")
        .and_then(|seq| seq.parse().ok());
    let entry = entries.iter().find(|one| Some(one.seq) == seq);
    let hash = entry.map(|entry| entry.hash.to_string());
    if hash.is_none() || hash.as_deref() != bag.told("Docket-Ledger-Head") {
        return Err(
            "the entry of the ledger that it rests on is another one there; one of the two was \
             changed since"
                .to_owned(),
        );
    }
    let noted = entries
        .iter()
        .find(|one| matches!(&one.entry, Entry::Bundle { sha256, .. } if sha256 == seal));
    match noted {
        Some(noted) => Ok(format!(
            "rests on entry {} of {}, and entry {} notes it",
            seq.unwrap_or_default(),
            entries.last().map_or(0, |last| last.seq),
            noted.seq
        )),
        None => Err("the ledger notes no bundle with this seal".to_owned()),
    }
}

fn signatures(bag: &Bag, seal: &str, entries: &[Recorded]) -> Result<String, String> {
    let noted = |kind: Kind| -> BTreeSet<&str> {
        let sums = entries.iter().filter_map(|one| match (&one.entry, kind) {
            (
                Entry::Signed {
                    bundle, statement, ..
                },
                Kind::Handover,
            ) if bundle == seal => Some(statement.as_str()),
            (
                Entry::Receipt {
                    bundle, receipt, ..
                },
                Kind::Receipt,
            ) if bundle == seal => Some(receipt.as_str()),
            _ => None,
        });
        sums.collect()
    };
    let mut told = Vec::new();
    for (kind, what) in [(Kind::Handover, "statement"), (Kind::Receipt, "receipt")] {
        let noted = noted(kind);
        let is_here = [kind.file(), kind.signature()]
            .iter()
            .all(|name| bag.tree.files.contains_key(*name));
        match (noted.is_empty(), is_here) {
            (true, false) => told.push(format!("no {what}")),
            (true, true) => told.push(format!("a {what} that the ledger does not note")),
            (false, false) => {
                return Err(format!(
                    "the ledger notes a signed {what}, and it is not here: it was taken away"
                ));
            }
            (false, true) => {
                let sum = sum(bag, kind.file())?;
                if !noted.contains(sum.as_str()) {
                    return Err(format!("the {what} is not the one that the ledger notes"));
                }
                told.push(format!("the {what} as noted"));
            }
        }
    }
    Ok(told.join(", "))
}
