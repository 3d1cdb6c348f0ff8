//! The statement and the receipt of a bundle: about this bag, and signed by a key that may.
//!
//! The key in a signature is never trusted for being there. Whose it is, only a list of allowed
//! signers tells, which comes by another way; without one the key's fingerprint is told.

use super::bagit::{self, Bag};
use super::told::{LARGEST_TABLE, MARK};
use super::{contents, custody};
use crate::bundle::completeness::Completeness;
use crate::bundle::counts::Counts;
use crate::bundle::sign::{Held, Kind, MOST, Signature, Signers, Statement};
use crate::case::anchors::Fingerprint;
use crate::case::ledger::{Hash, Head};
use crate::check::{Check, Verdict, overall};
use crate::text::hex;
use chrono::Utc;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// What a bag tells for a statement, where it holds.
///
/// # Errors
/// What was checked, where something of it failed or it is none of docket's.
pub(in crate::bundle) fn held(path: &Path) -> Result<Held, Vec<Check>> {
    let (mut checks, bag) = bagit::verify(path);
    let Some(bag) = bag.filter(|bag| bag.tree.files.contains_key(MARK)) else {
        return Err(checks);
    };
    checks.extend(contents::verify(&bag));
    if overall(&checks) == Verdict::Failed {
        return Err(checks);
    }
    of(&bag).map_err(|reason| vec![Check::failed("signature", reason)])
}

/// The text that was prepared in a bag, where both hold.
///
/// # Errors
/// What was checked, where something of it failed.
pub(in crate::bundle) fn prepared(path: &Path, kind: Kind) -> Result<Statement, Vec<Check>> {
    let held = held(path)?;
    let failed = |reason| vec![Check::failed("signature", reason)];
    let (_, bag) = bagit::verify(path);
    let bag = bag.ok_or_else(|| failed("the bag is gone".to_owned()))?;
    let (statement, _) = statement(&bag, &held, kind).map_err(failed)?;
    Ok(statement)
}

/// Checks what was signed of a bag; nothing is told of a bag that nobody signed, unless a list was
/// given.
pub(super) fn check(bag: &Bag, signers: Option<&Signers>) -> Vec<Check> {
    let has = |name: &str| bag.tree.files.contains_key(name);
    let mut checks = Vec::new();
    for (kind, name) in [(Kind::Handover, "signature"), (Kind::Receipt, "receipt")] {
        let is_wanted = kind == Kind::Handover && signers.is_some();
        checks.extend(match (has(kind.file()), has(kind.signature())) {
            (false, false) if is_wanted => Some(Check::failed(
                name,
                "nobody has signed this bundle; a list of allowed signers was given",
            )),
            (false, false) => None,
            (true, false) if signers.is_some() => Some(Check::failed(
                name,
                format!("{} is prepared, and nobody has signed it", kind.file()),
            )),
            (true, false) => Some(Check::warn(
                name,
                format!("{} is prepared, and nobody has signed it", kind.file()),
            )),
            (false, true) => Some(Check::failed(
                name,
                format!("{} is there, and not what it signs", kind.signature()),
            )),
            (true, true) => Some(match signed(bag, kind) {
                Err(reason) => Check::failed(name, reason),
                Ok((statement, signature)) => told(name, &statement, &signature, signers),
            }),
        });
    }
    checks
}

fn told(
    name: &str,
    statement: &Statement,
    signature: &Signature,
    signers: Option<&Signers>,
) -> Check {
    let key = signature.fingerprint();
    let party = &statement.party;
    let Some(signers) = signers else {
        return Check::warn(
            name,
            format!(
                "by {party} with key {key}; not checked whose key it is: give --allowed-signers"
            ),
        );
    };
    match signers.whose(signature, statement.kind, Utc::now()) {
        Ok(whose) => Check::ok(name, format!("by {party} with the key {key} of {whose}")),
        Err(why) => Check::failed(name, format!("{why}: {key}")),
    }
}

/// A text and its signature, both of which hold.
fn signed(bag: &Bag, kind: Kind) -> Result<(Statement, Signature), String> {
    let held = of(bag)?;
    let (statement, text) = statement(bag, &held, kind)?;
    let signature = signature(bag, kind, &text)?;
    Ok((statement, signature))
}

/// The text of a kind, about this bag.
fn statement(bag: &Bag, held: &Held, kind: Kind) -> Result<(Statement, String), String> {
    let text = read(bag, kind.file())?;
    let statement = Statement::parse(kind, &text)?;
    statement.is_of(held)?;
    Ok((statement, text))
}

fn signature(bag: &Bag, kind: Kind, text: &str) -> Result<Signature, String> {
    let name = kind.signature();
    let pem = read(bag, name)?;
    let signature = Signature::checked(kind, pem.as_bytes(), text.as_bytes())
        .map_err(|reason| format!("{name}: {reason}"))?;
    match signature.pem() == pem {
        true => Ok(signature),
        false => Err(format!(
            "{name}: it is not written as docket and OpenSSH write it"
        )),
    }
}

fn read(bag: &Bag, name: &str) -> Result<String, String> {
    let bytes = bag.tree.read(name, MOST);
    let bytes = bytes.map_err(|error| format!("{name}: {error}"))?;
    String::from_utf8(bytes).map_err(|_| format!("{name}: it is not UTF-8"))
}

/// What statements tell of a bag.
fn of(bag: &Bag) -> Result<Held, String> {
    let told = |label: &str| {
        let value = bag.told(label);
        value.ok_or_else(|| format!("bag-info.txt does not tell {label}"))
    };
    let given = |label: &str| bag.told(label).unwrap_or_default().to_owned();
    let mut sums = BTreeMap::new();
    for kind in [Kind::Handover, Kind::Receipt] {
        for name in kind.sealed() {
            if bag.tree.files.contains_key(*name) {
                let sum = sum(bag, name).map_err(|error| format!("{name}: {error}"))?;
                sums.insert((*name).to_owned(), sum);
            }
        }
    }
    let bytes = bag.tree.read(MARK, LARGEST_TABLE);
    let balance = bytes
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let balance: Completeness = balance.ok_or_else(|| format!("{} cannot be read", MARK))?;
    let here = |counts: &Counts| counts.handed_over > 0;
    let days = balance.days.iter().filter(|row| here(&row.counts));
    let days = days
        .map(|row| row.day.as_str())
        .filter(|day| *day != "undated");
    let (first, last) = (days.clone().min(), days.max());
    let mut held = Held {
        bag: format!("{}-{}", told("Docket-Case")?, told("Docket-Ledger-Entry")?),
        custody: custody::follow(bag)?.head,
        seal: sums
            .get("tagmanifest-sha256.txt")
            .cloned()
            .unwrap_or_default(),
        ledger: ledger(bag),
        profile: balance.profile,
        is_signed: false,
        sums,
        reference: given("External-Identifier"),
        department: given("Source-Organization"),
        custodian: given("Contact-Name"),
        total: balance.total,
        exports: balance.sources.len(),
        days: first
            .zip(last)
            .map(|(first, last)| (first.to_owned(), last.to_owned())),
    };
    let text = statement(bag, &held, Kind::Handover);
    held.is_signed = text.is_ok_and(|(_, text)| signature(bag, Kind::Handover, &text).is_ok());
    Ok(held)
}

/// The head of the ledger that the bag rests on, in its short form.
fn ledger(bag: &Bag) -> String {
    let seq = bag
        .told("Docket-Ledger-Entry")
        .and_then(|seq| seq.parse().ok());
    let hash = bag.told("Docket-Ledger-Head").and_then(Hash::from_hex);
    seq.zip(hash)
        .map(|(seq, hash)| Fingerprint::of(Head { seq, hash }).to_string())
        .unwrap_or_default()
}

fn sum(bag: &Bag, name: &str) -> io::Result<String> {
    let mut file = bag.tree.open(name)?;
    let mut sum = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match io::Read::read(&mut file, &mut buffer) {
            Ok(0) => return Ok(hex(&sum.finalize())),
            Ok(count) => sum.update(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The receipt of a bag that holds, with its signature and the seal of the bag.
///
/// # Errors
/// What was checked, where something of it failed.
pub(in crate::bundle) fn receipt(
    path: &Path,
) -> Result<(Statement, Signature, String), Vec<Check>> {
    let held = held(path)?;
    let failed = |reason| vec![Check::failed("receipt", reason)];
    let (_, bag) = bagit::verify(path);
    let bag = bag.ok_or_else(|| failed("the bag is gone".to_owned()))?;
    let (statement, signature) = signed(&bag, Kind::Receipt).map_err(failed)?;
    Ok((statement, signature, held.seal))
}
