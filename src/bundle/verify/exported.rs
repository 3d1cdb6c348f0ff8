//! What an export in another form promises beyond BagIt: the balance adds up, every file that it says
//! holds messages is there, together they hold all that are handed over, and the custody chain holds.
//! What the files say is for the programs they are made for.

use super::bagit::Bag;
use super::custody;
use super::sums::adds_up;
use super::told::{MARK, balance};
use crate::bundle::completeness::{Completeness, ExportRow};
use crate::bundle::forms::form::Form;
use crate::bundle::layout::MANIFESTS;
use crate::bundle::sign::ADDED;
use crate::check::Check;
use crate::text::counted;
use std::collections::BTreeSet;

/// Tag files of every export besides those of BagIt.
const TAGS: [&str; 3] = ["README.txt", "completeness.json", "custody.jsonl"];

/// What the bag says of itself, where it is an export.
pub(super) fn is_one(bag: &Bag) -> Option<(Completeness, ExportRow)> {
    let balance = balance(bag).ok()?;
    let export = balance.export.clone()?;
    Some((balance, export))
}

/// Checks an export.
pub(super) fn verify(bag: &Bag, balance: &Completeness, export: &ExportRow) -> Vec<Check> {
    [
        ("export", holds(bag, balance, export)),
        ("sealed", sealed(bag)),
        ("completeness", adds_up(balance, &|_, _| Ok(()))),
        ("custody", custody::check(bag)),
    ]
    .into_iter()
    .map(|(name, found)| Check::of(name, found))
    .collect()
}

fn holds(bag: &Bag, balance: &Completeness, export: &ExportRow) -> Result<String, String> {
    let form = Form::ALL
        .into_iter()
        .find(|form| form.name() == export.form);
    let form = form.ok_or_else(|| {
        format!("{MARK}: made by a newer docket, which knows the form; check with that one")
    })?;
    let told = [
        ("Docket-Form", form.name()),
        ("Docket-Edition", export.edition.as_str()),
    ];
    if let Some((label, _)) = told
        .iter()
        .find(|(label, value)| bag.told(label) != Some(value))
    {
        return Err(format!("{MARK}: bag-info.txt tells another {label}"));
    }
    let mut messages = 0_u64;
    let mut named = BTreeSet::new();
    for file in &export.files {
        if !bag.tree.files.contains_key(&file.path) {
            return Err(format!("{}: it is not here", file.path));
        }
        if !named.insert(&file.path) {
            return Err(format!("{}: it is listed twice", file.path));
        }
        messages = messages.saturating_add(file.messages);
    }
    let wanted = balance.total.handed_over;
    match messages == wanted {
        true => Ok(format!(
            "{}, {}: {} in {}",
            form.title(),
            export.edition,
            counted(messages, "message", "messages"),
            counted(export.files.len() as u64, "file", "files")
        )),
        false => Err(format!(
            "the files hold {}, and {} handed over",
            counted(messages, "message", "messages"),
            counted(wanted, "is", "are")
        )),
    }
}

/// Whether the tag files are those of an export, each sealed.
fn sealed(bag: &Bag) -> Result<String, String> {
    if let Some(name) = TAGS.iter().find(|name| !bag.sealed_tags.contains(**name)) {
        return Err(format!("{name}: no tag manifest lists it"));
    }
    let is_here = |name: &&&str| bag.tree.files.contains_key(**name);
    if let Some(name) = MANIFESTS.iter().find(|name| !is_here(name)) {
        return Err(format!("{name}: it is not here"));
    }
    let strange = bag.tree.files.keys().find(|name| {
        !name.starts_with("data/")
            && !name.starts_with("tagmanifest-")
            && !ADDED.contains(&name.as_str())
            && !bag.sealed_tags.contains(*name)
    });
    match strange {
        Some(name) => Err(format!("{name}: no manifest lists it")),
        None => Ok("every file is listed".to_owned()),
    }
}
