//! `docket facts [KEY=VALUE...]`.

use super::out::Out;
use super::place::account;
use super::{Common, End, Failure};
use crate::case::{Participant, Store, TIME_ZONE};
use crate::model::{Address, SourceId};
use crate::review::Session;
use crate::review::facts::{KEYS, WAYS, reviewer_key};
use crate::review::whose::{Known, Whose};
use serde::Serialize;
use std::collections::BTreeMap;

/// Show the facts of the case, or give them
///
/// The facts: reference, department, custodian, time-zone (of the phone the
/// exports come from; Europe/London unless you say otherwise), me (who the
/// custodian is in the exports, so that sent and received are known),
/// countersign (what needs a second reviewer: none, mixed, sample or all),
/// language (of the records), closure-period and foi-schedule-date (for how many
/// years what is exempt is closed, and when that was approved), profile (see
/// docket profile), and reviewer (your own name, for this account). Every change is an entry of the
/// ledger; an empty value takes a fact back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket facts
  docket facts reference=FOI-2021-044 custodian='A. Osei'
  docket facts time-zone=Europe/Paris --basis 'the custodian was posted there'
  docket facts me='Ama Osei'
  docket facts me='+44 7700 900123' --source 2
  docket facts me='Ama Osei' --likely")]
pub struct Facts {
    /// Facts to give
    #[arg(value_name = "KEY=VALUE", value_parser = pair)]
    facts: Vec<(String, String)>,
    /// For me: only in the source with this number, as docket status shows it
    #[arg(long, value_name = "NUMBER")]
    source: Option<u32>,
    /// For me: only in the sources that are likely that person's, as docket facts shows them
    #[arg(long, conflicts_with = "source")]
    likely: bool,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    likely: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    likely_because: Option<&'a str>,
}

impl Facts {
    /// Whether a case that is not there is made: facts may be given before the first export; who the
    /// custodian is in one, only after.
    pub fn makes_case(&self) -> bool {
        self.facts.iter().any(|(key, _)| key != "me")
    }

    /// Gives the facts named, then prints all of them.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = if self.makes_case() {
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
        if self.likely {
            return give_likely(session, name);
        }
        let mut found = false;
        for source in store.sources() {
            if self.source.is_some_and(|number| number != source.id.0) {
                continue;
            }
            let participant = if name.is_empty() {
                None
            } else {
                let among = || {
                    let threads = source.threads.iter().filter_map(|id| store.thread(*id));
                    let names = threads.flat_map(|thread| &thread.participants);
                    names.filter_map(|id| store.participant(*id))
                };
                // A name is found before its address, too: `Ama Osei` of `Ama Osei <ama@...>`.
                let bears = |participant: &&Participant| {
                    let own = Address::parse(&participant.name).name;
                    crate::text::fold(&own) == crate::text::fold(name)
                };
                let whole = among().find(|participant| participant.name == name);
                let Some(participant) = whole.or_else(|| among().find(bears)) else {
                    continue;
                };
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

/// Says who the custodian is in every source that is likely theirs, by any of their names.
fn give_likely(session: &Session, name: &str) -> Result<(), Failure> {
    let cast = session.cast();
    let wanted = crate::text::fold(name);
    let mut found = false;
    for of in session.whose().exports {
        let Some((id, _)) = of.likely else {
            continue;
        };
        let person = cast.roster.person(id);
        let names = person.into_iter().flat_map(|person| &person.participants);
        let mut bears = names
            .filter_map(|id| cast.store.participant(*id))
            .any(|one| {
                let own = Address::parse(&one.name).name;
                [&own, &one.name]
                    .into_iter()
                    .any(|own| crate::text::fold(own) == wanted)
            });
        bears |= person.is_some_and(|person| crate::text::fold(&person.name) == wanted);
        if bears {
            session
                .set_me(of.source, Some(id))
                .map_err(Failure::refused)?;
            found = true;
        }
    }
    if found {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "me={name} --likely: no source is likely theirs; docket facts lists whose is likely whose"
    )))
}

fn print(session: &Session, out: &mut Out) -> Result<(), Failure> {
    let facts = session.facts();
    let store = session.store();
    for (key, what) in KEYS.into_iter().chain(WAYS) {
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
                likely: None,
                likely_because: None,
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
            likely: None,
            likely_because: None,
        })?;
    } else {
        out.line(&format!("reviewer    {}", reviewer.name))?;
    }
    let whose = session.whose();
    if !out.json {
        return whose_lines(&whose, &session.store())
            .into_iter()
            .try_for_each(|(head, words)| out.line(&format!("{head:<11} {words}")));
    }
    let cast = session.cast();
    for (source, of) in store.sources().iter().zip(&whose.exports) {
        out.object(&Row {
            key: "me",
            value: cast.me(source.id).as_deref(),
            basis: (of.known == Known::Told)
                .then_some("the export tells what was sent and what received"),
            source: Some(source.id.0),
            likely: of
                .likely
                .as_ref()
                .and_then(|(id, _)| store.participant(*id))
                .map(|one| one.name.as_str()),
            likely_because: of.likely.as_ref().map(|(_, reason)| reason.as_str()),
        })?;
    }
    Ok(())
}

/// How many of those who may be the custodian are named.
const LIKELY: usize = 3;

/// Whose the exports are, and what is still open, with the command that says it.
pub(super) fn whose_lines(whose: &Whose, store: &Store) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for (name, sources) in whose.said() {
        lines.push(("me", format!("{name}, in {}", exports(&sources))));
    }
    let (told, open) = (whose.told(), whose.open());
    if !told.is_empty() {
        let words = format!(
            "sent and received are told by {} themselves",
            exports(&told)
        );
        lines.push(("", words));
    }
    if open.is_empty() {
        return lines;
    }
    lines.push((
        if lines.iter().any(|(head, _)| *head == "me") {
            ""
        } else {
            "me"
        },
        format!("not known in {}", exports(&open)),
    ));
    let candidates = whose.candidates.iter().filter(|one| !one.is_me);
    for one in candidates.take(LIKELY) {
        lines.push(("", format!("  perhaps {}: {}", one.name, one.reason)));
    }
    let mut likely: BTreeMap<(&str, &str), Vec<SourceId>> = BTreeMap::new();
    for of in &whose.exports {
        if let Some((id, reason)) = &of.likely
            && let Some(one) = store.participant(*id)
        {
            likely
                .entry((&one.name, reason))
                .or_default()
                .push(of.source);
        }
    }
    for ((name, reason), sources) in &likely {
        let words = format!("  likely {name} in {}: {reason}", exports(sources));
        lines.push(("", words));
    }
    lines.push((
        "",
        "docket people mark me NAME says it; docket facts me=NAME --source N of one export".into(),
    ));
    if !likely.is_empty() {
        let words = "docket facts me=NAME --likely of the exports that are likely theirs";
        lines.push(("", words.into()));
    }
    lines
}

/// Exports by their numbers, as `sources 0, 3 to 7`.
fn exports(sources: &[SourceId]) -> String {
    let word = match sources.len() {
        1 => "source",
        _ => "sources",
    };
    let mut numbers = String::new();
    let mut sources = sources.iter().map(|source| source.0).peekable();
    while let Some(first) = sources.next() {
        let mut last = first;
        while let Some(next) = sources.next_if(|next| Some(*next) == last.checked_add(1)) {
            last = next;
        }
        if !numbers.is_empty() {
            numbers += ", ";
        }
        numbers += &match last - first {
            0 => first.to_string(),
            1 => format!("{first}, {last}"),
            _ => format!("{first} to {last}"),
        };
    }
    format!("{word} {numbers}")
}
