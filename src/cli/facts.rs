//! `docket facts [KEY=VALUE...]`.

use super::out::Out;
use super::place::account;
use super::{Common, End, Failure};
use crate::case::TIME_ZONE;
use crate::review::Session;
use crate::review::facts::{KEYS, reviewer_key};
use serde::Serialize;

/// Show the facts of the case, or give them
///
/// The facts: reference, department, custodian, time-zone (of the phone the
/// exports come from; Europe/London unless you say otherwise), me (who the
/// custodian is in the exports, so that sent and received are known), and
/// reviewer (your own name, for this account). Every change is an entry of the
/// ledger; an empty value takes a fact back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket facts
  docket facts reference=FOI-2021-044 custodian='A. Osei'
  docket facts time-zone=Europe/Paris --basis 'the custodian was posted there'
  docket facts me='Ama Osei'
  docket facts me='+44 7700 900123' --source 2")]
pub struct Facts {
    /// Facts to give
    #[arg(value_name = "KEY=VALUE", value_parser = pair)]
    facts: Vec<(String, String)>,
    /// For me: only in the source with this number, as docket status shows it
    #[arg(long, value_name = "NUMBER")]
    source: Option<u32>,
    /// What a fact rests on
    #[arg(long, value_name = "TEXT")]
    basis: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_lowercase(), value.trim().to_owned()))
        }
        _ => Err("a fact is given as KEY=VALUE, such as reference=FOI-2021-044"),
    }
}

/// One fact, for programs.
#[derive(Serialize)]
struct Row<'a> {
    key: &'a str,
    value: Option<&'a str>,
    basis: Option<&'a str>,
    source: Option<u32>,
}

impl Facts {
    /// Gives the facts named, then prints all of them.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        // Facts may be given before the first export; who the custodian is in one, only after.
        let session = if self.facts.iter().any(|(key, _)| key != "me") {
            common.session_or_new()?
        } else {
            common.session()?
        };
        for (key, value) in &self.facts {
            if key == "me" {
                self.give_me(&session, value)?;
            } else {
                let key = match key.as_str() {
                    "reviewer" => &reviewer_key(&account()),
                    _ => key,
                };
                let value = Some(value.as_str()).filter(|value| !value.is_empty());
                session
                    .set_fact(key, value, self.basis.as_deref())
                    .map_err(Failure::refused)?;
            }
        }
        drop(session);
        print(&common.session()?, out)?;
        Ok(End::Done)
    }

    /// Says who the custodian is, in one source or in every source where that name stands.
    fn give_me(&self, session: &Session, name: &str) -> Result<(), Failure> {
        let store = session.store();
        let mut found = false;
        for source in store.sources() {
            if self.source.is_some_and(|number| number != source.id.0) {
                continue;
            }
            let participant = if name.is_empty() {
                None
            } else {
                let among = source
                    .threads
                    .iter()
                    .filter_map(|id| store.thread(*id))
                    .flat_map(|thread| &thread.participants)
                    .filter_map(|id| store.participant(*id))
                    .find(|participant| participant.name == name);
                let Some(participant) = among else { continue };
                Some(participant.id)
            };
            session
                .set_me(source.id, participant)
                .map_err(Failure::refused)?;
            found = true;
        }
        if found {
            return Ok(());
        }
        Err(Failure::Usage(match self.source {
            Some(number) => format!(
                "me={name}: source {number} has no participant of that name; docket threads --json lists them"
            ),
            None => format!(
                "me={name}: no source has a participant of that name; docket threads --json lists them"
            ),
        }))
    }
}

fn print(session: &Session, out: &mut Out) -> Result<(), Failure> {
    let facts = session.facts();
    let store = session.store();
    for (key, what) in KEYS {
        let (value, basis) = match facts.fact(key) {
            Some(fact) => (Some(fact.value.as_str()), fact.basis.as_deref()),
            None if key == TIME_ZONE => {
                let (zone, basis) = facts.time_zone();
                (Some(zone), Some(basis))
            }
            None => (None, None),
        };
        if out.json {
            out.object(&Row {
                key,
                value,
                basis,
                source: None,
            })?;
        } else {
            let basis = basis.map(|basis| format!(" ({basis})")).unwrap_or_default();
            let value =
                value.map_or_else(|| format!("- ({what})"), |value| format!("{value}{basis}"));
            out.line(&format!("{key:<11} {value}"))?;
        }
    }
    let reviewer = session.actor();
    if out.json {
        out.object(&Row {
            key: "reviewer",
            value: Some(&reviewer.name),
            basis: None,
            source: None,
        })?;
    } else {
        out.line(&format!("reviewer    {}", reviewer.name))?;
    }
    let cast = session.cast();
    for source in store.sources() {
        let me = cast.me(source.id);
        let me = me.as_deref();
        if out.json {
            out.object(&Row {
                key: "me",
                value: me,
                basis: None,
                source: Some(source.id.0),
            })?;
        } else {
            out.line(&format!(
                "me          {} in source {}: {}",
                me.unwrap_or("-"),
                source.id,
                source.name
            ))?;
        }
    }
    Ok(())
}
