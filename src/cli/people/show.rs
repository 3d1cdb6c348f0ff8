//! What `docket people` prints: people, and suggestions.

use crate::cli::out::{Column, Out};
use crate::cli::{End, Failure, time};
use crate::model::{ParticipantId, Relation, SourceId};
use crate::people::Person;
use crate::people::suggest::{Side, Suggestion};
use crate::review::Session;
use crate::review::people::{Cast, Sent};
use crate::text::{Shown, grouped};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One person, for programs.
#[derive(Serialize)]
struct Row<'a> {
    person: u32,
    name: &'a str,
    named: bool,
    relation: Relation,
    organisation: &'a str,
    position: &'a str,
    notes: &'a str,
    contact: Option<&'a str>,
    messages: u32,
    channels: &'a BTreeMap<String, u32>,
    addressed: u32,
    first: Option<String>,
    last: Option<String>,
    names: Vec<Name<'a>>,
}

/// One name, number or address of a person, for programs.
#[derive(Serialize)]
struct Name<'a> {
    participant: u32,
    channel: &'a str,
    name: &'a str,
    sources: Vec<u32>,
}

fn row<'a>(cast: &'a Cast, person: &'a Person, sent: &'a Sent, sources: &Sources) -> Row<'a> {
    let zone = cast.store.zone();
    Row {
        person: person.number.0,
        name: &person.name,
        named: person.is_named,
        relation: person.relation,
        organisation: &person.organisation,
        position: &person.position,
        notes: &person.notes,
        contact: person.contact.as_deref(),
        messages: sent.total(),
        channels: &sent.channels,
        addressed: sent.addressed,
        first: time::rfc3339_in(sent.first, zone),
        last: time::rfc3339_in(sent.last, zone),
        names: person
            .participants
            .iter()
            .filter_map(|id| cast.store.participant(*id))
            .map(|participant| Name {
                participant: participant.id.0,
                channel: &participant.channel,
                name: &participant.name,
                sources: of(sources, participant.id).map(|id| id.0).collect(),
            })
            .collect(),
    }
}

/// The exports in which each participant appears, by number.
type Sources = Vec<BTreeSet<SourceId>>;

fn of(sources: &Sources, id: ParticipantId) -> impl Iterator<Item = SourceId> + '_ {
    let at = usize::try_from(id.0).ok();
    let found = at.and_then(|at| sources.get(at));
    found.into_iter().flatten().copied()
}

/// What is told of someone who sent nothing.
fn written_to(sent: &Sent) -> String {
    format!("written to in {}", grouped(sent.addressed))
}

/// Prints all people by number.
pub(super) fn list(session: &Session, out: &mut Out) -> Result<End, Failure> {
    let cast = session.cast();
    let sent = session.sent(&cast);
    let sources = cast.sources();
    let zone = cast.store.zone();
    let mut table = Vec::new();
    for (person, sent) in cast.roster.people().iter().zip(&sent) {
        if out.json {
            out.object(&row(&cast, person, sent, &sources))?;
            continue;
        }
        let mut channels: Vec<String> = sent
            .channels
            .iter()
            .map(|(channel, messages)| format!("{channel} {}", grouped(*messages)))
            .collect();
        if channels.is_empty() && sent.addressed > 0 {
            channels.push(written_to(sent));
        }
        table.push(vec![
            Shown::line(&person.number.to_string()),
            Shown::line(&person.name),
            Shown::line(&person.standing()),
            Shown::line(&person.participants.len().to_string()),
            Shown::line(&channels.join(", ")),
            Shown::line(&time::day_in(out.dates(), sent.first, zone)),
            Shown::line(&time::day_in(out.dates(), sent.last, zone)),
        ]);
    }
    if out.json {
        return Ok(End::Done);
    }
    if table.is_empty() {
        out.line("nobody yet; docket import PATH loads an export")?;
        return Ok(End::Done);
    }
    let columns = [
        Column::number("who"),
        Column::giving("person"),
        Column::text("is"),
        Column::number("names"),
        Column::text("messages"),
        Column::text("first"),
        Column::text("last"),
    ];
    out.table(&columns, &table)?;
    Ok(End::Done)
}

/// Prints one person with every name.
pub(super) fn person(
    session: &Session,
    number: ParticipantId,
    out: &mut Out,
) -> Result<End, Failure> {
    let cast = session.cast();
    let all = session.sent(&cast);
    let sources = cast.sources();
    let found = cast.roster.people().iter().zip(&all);
    let Some((person, sent)) = found
        .into_iter()
        .find(|(person, _)| person.number == number)
    else {
        return Err(Failure::Usage(format!("there is no person {number}")));
    };
    if out.json {
        out.object(&row(&cast, person, sent, &sources))?;
        return Ok(End::Done);
    }
    out.line(&format!("{}  {}", person.number, person.name))?;
    let standing = person.standing();
    if !standing.is_empty() {
        out.line(&format!("  {standing}"))?;
    }
    if let Some(contact) = &person.contact {
        out.line(&format!("  entry {contact} of a contact list"))?;
    }
    for participant in person
        .participants
        .iter()
        .filter_map(|id| cast.store.participant(*id))
    {
        out.line(&format!(
            "  {:>5}  {}: {}",
            participant.id.to_string(),
            participant.channel,
            participant.name
        ))?;
        for source in of(&sources, participant.id) {
            if let Some(source) = cast.store.source(source) {
                out.line(&format!(
                    "         in source {}: {}",
                    source.id, source.name
                ))?;
            }
        }
    }
    for (channel, messages) in &sent.channels {
        out.line(&format!("  {} on {channel}", grouped(*messages)))?;
    }
    if sent.addressed > 0 {
        out.line(&format!("  {}", written_to(sent)))?;
    }
    if !person.notes.is_empty() {
        out.block(2, &person.notes)?;
    }
    Ok(End::Done)
}

/// One suggestion, for programs.
#[derive(Serialize)]
struct SuggestionRow<'a> {
    suggestion: &'a str,
    strength: &'static str,
    reasons: &'a [String],
    one: SideRow<'a>,
    other: SideRow<'a>,
}

/// One side of a suggestion, for programs.
#[derive(Serialize)]
#[serde(untagged)]
enum SideRow<'a> {
    Person {
        person: u32,
        name: &'a str,
        names: Vec<&'a str>,
    },
    Contact {
        contact: &'a str,
        name: &'a str,
        organisation: &'a str,
        position: &'a str,
        numbers: &'a [String],
        addresses: &'a [String],
    },
}

fn side<'a>(cast: &'a Cast, number: ParticipantId) -> SideRow<'a> {
    let person = cast.roster.person(number);
    SideRow::Person {
        person: number.0,
        name: person.map_or("", |person| person.name.as_str()),
        names: person
            .into_iter()
            .flat_map(|person| &person.participants)
            .filter_map(|id| cast.store.participant(*id))
            .map(|participant| participant.name.as_str())
            .collect(),
    }
}

/// Prints all suggestions, the strongest first.
pub(super) fn suggestions(session: &Session, out: &mut Out) -> Result<End, Failure> {
    let found = session.suggestions().map_err(Failure::refused)?;
    if out.json {
        let cast = session.cast();
        for suggestion in &found {
            let one = match &suggestion.one {
                Side::Person(number) => side(&cast, *number),
                Side::Contact { id, contact, .. } => SideRow::Contact {
                    contact: id,
                    name: &contact.name,
                    organisation: &contact.organisation,
                    position: &contact.position,
                    numbers: &contact.numbers,
                    addresses: &contact.addresses,
                },
            };
            out.object(&SuggestionRow {
                suggestion: &suggestion.id,
                strength: suggestion.strength.name(),
                reasons: &suggestion.reasons,
                one,
                other: side(&cast, suggestion.other),
            })?;
        }
        return Ok(End::Done);
    }
    if found.is_empty() {
        out.line("no suggestions: nobody shares a number, an address or a name")?;
        return Ok(End::Done);
    }
    lines(session, &found, out)?;
    out.line("docket people accept SUGGESTION joins; docket people dismiss SUGGESTION drops it")?;
    Ok(End::Done)
}

/// Prints suggestions for a person.
pub(super) fn lines(
    session: &Session,
    suggestions: &[Suggestion],
    out: &mut Out,
) -> Result<(), Failure> {
    let cast = session.cast();
    for suggestion in suggestions {
        let (one, other) = suggestion.sides(&cast.store, &cast.roster);
        out.line(&format!("{:<10}  {one}", suggestion.id))?;
        out.line(&format!("{:<10}  {other}", suggestion.strength.name()))?;
        for reason in &suggestion.reasons {
            out.block(12, reason)?;
        }
    }
    Ok(())
}
