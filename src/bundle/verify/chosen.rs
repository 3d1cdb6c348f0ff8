//! What a bundle promises by its profile: it says the same of it everywhere, and nothing is here that
//! the profile leaves behind.

use super::bagit::Bag;
use super::tables::table;
use super::told::Told;
use crate::bundle::layout::{FLAGS, OPEN_COPY, PROFILE, PROFILE_SUM, REDACTIONS};
use crate::bundle::profile::{ProfileRow, Sets, TABLES};
use crate::case::masks::Reach;
use crate::model::{Decision, Flag};

/// Holds a bundle against its profile.
///
/// # Errors
/// What is wrong.
pub(super) fn check(bag: &Bag, told: &Told) -> Result<String, String> {
    let Some(profile) = &told.profile else {
        return match bag.told(PROFILE).or(bag.told(PROFILE_SUM)) {
            None => Ok("none".to_owned()),
            Some(_) => Err("bag-info.txt names a profile, and completeness.json none".to_owned()),
        };
    };
    let name = format!("{} {}", profile.name, profile.version);
    if bag.told(PROFILE) != Some(&name) || bag.told(PROFILE_SUM) != Some(&profile.sha256) {
        return Err("bag-info.txt and completeness.json name other profiles".to_owned());
    }
    tables(bag, profile)?;
    sets(bag, told, profile.sets)?;
    let context = Decision::Context.name();
    let mut decisions = told.decisions.iter();
    if !profile.context
        && let Some((number, _)) = decisions.find(|(_, one)| one.as_deref() == Some(context))
    {
        return Err(format!(
            "message {number} is context, and the profile takes none"
        ));
    }
    if !profile.transitory {
        let flags = table(bag, told, "flags.csv", FLAGS)?;
        let at = FLAGS.iter().position(|column| *column == "flag");
        let is_transitory = |row: &Vec<String>| {
            let flag = at.and_then(|at| row.get(at));
            flag.is_some_and(|flag| flag == Flag::Transitory.name())
        };
        if flags.iter().any(is_transitory) {
            return Err("a message is transitory, and the profile takes none".to_owned());
        }
    }
    Ok(format!(
        "{name}, {} set{}",
        profile.sets.name(),
        match profile.sets {
            Sets::Both => "s",
            Sets::Closed | Sets::Open => " alone",
        }
    ))
}

/// The tables that it leaves out are not here, and are ones that may be left out.
fn tables(bag: &Bag, profile: &ProfileRow) -> Result<(), String> {
    for table in &profile.left_out {
        if !TABLES.contains(&table.as_str()) {
            return Err(format!("{table}.csv: no profile can leave this out"));
        }
        if bag.tree.files.contains_key(&format!("{table}.csv")) {
            return Err(format!("{table}.csv: the profile leaves it out"));
        }
    }
    match !profile.notes && bag.tree.files.contains_key("notes.csv") {
        true => Err("notes.csv: the profile leaves it out".to_owned()),
        false => Ok(()),
    }
}

/// Of one set alone there is nothing of another, and of the open set nothing that is exempt.
fn sets(bag: &Bag, told: &Told, sets: Sets) -> Result<(), String> {
    if sets == Sets::Both {
        return Ok(());
    }
    let is_copy = |name: &&String| {
        let (stem, _) = name.rsplit_once('.').unwrap_or((name, ""));
        name.starts_with("data/") && stem.ends_with(OPEN_COPY)
    };
    if let Some(name) = bag.tree.files.keys().find(is_copy) {
        return Err(format!(
            "{name}: an open copy, where there is one set alone"
        ));
    }
    let at = REDACTIONS.iter().position(|column| *column == "reach");
    let is_open = |row: &Vec<String>| {
        let reach = at.and_then(|at| row.get(at));
        reach.is_some_and(|reach| reach == Reach::Open.name())
    };
    if table(bag, told, "redactions.csv", REDACTIONS)?
        .iter()
        .any(is_open)
    {
        return Err("redactions.csv: masks an open copy that is not here".to_owned());
    }
    if sets == Sets::Open && told.mail.originals > 0 {
        return Err("a mail is here as it was, and the open set has none".to_owned());
    }
    Ok(())
}
