//! `docket sample --second`: samples of others' decisions, for a second reviewer to decide again.

use super::out::{Out, note};
use super::search::sender;
use super::{Common, End, Failure, time};
use crate::model::MessageNumber;
use crate::review::Session;
use crate::review::quality::{Drawn, Quality, QualityWanted, Rate};
use crate::text::Shown;
use serde::Serialize;
use std::sync::atomic::AtomicBool;

/// A sample for quality, for programs.
#[derive(Serialize)]
struct Told<'a> {
    sample: u32,
    reviewer: &'a str,
    at: &'a str,
    seed: u64,
    query: &'a str,
    population: u32,
    blind: bool,
    drawn: u32,
    looked_at: u32,
    changed: u32,
    agreed: Rate,
    decisions: Vec<OfDecision>,
    elusion: Rate,
    numbers: Vec<u32>,
}

/// How many of one first decision agree, for programs.
#[derive(Serialize)]
struct OfDecision {
    decision: &'static str,
    #[serde(flatten)]
    agreed: Rate,
}

/// Draws a sample where one is wanted, and lists it; else tells what all of them show.
pub(super) fn run(
    wanted: Option<QualityWanted>,
    common: &Common,
    out: &mut Out,
) -> Result<End, Failure> {
    let session = common.session()?;
    let Some(wanted) = wanted else {
        return tell_all(&session, out);
    };
    let drawn = session
        .draw_quality(&wanted, &AtomicBool::new(false))
        .map_err(Failure::refused)?;
    if out.json {
        tell(&session, &drawn, out)?;
        return Ok(End::Done);
    }
    let store = session.store();
    for (number, then) in &drawn.draw.drawn {
        if let Some(message) = store.message(MessageNumber(*number)) {
            let head = format!(
                "{number:>7}  {}  {:<9}  {}: {}",
                time::minute(out.dates(), message.time, message.offset_minutes),
                if drawn.draw.blind { "?" } else { then.name() },
                sender(&store, &message).unwrap_or("-"),
                message.text,
            );
            out.shown(&Shown::line_cut(&head, out.width()))?;
        }
    }
    out.flush()?;
    note(&format!(
        "{}, in the ledger; docket countersign or disagree --message NUMBER gives your word on each",
        drawn.draw.in_words()
    ));
    Ok(End::Done)
}

fn tell_all(session: &Session, out: &mut Out) -> Result<End, Failure> {
    let samples = session.samples();
    if samples.all().is_empty() {
        return Err(Failure::Refused(
            "no sample for quality was drawn yet; docket sample 50 --second draws one".into(),
        ));
    }
    for drawn in samples.all() {
        if out.json {
            tell(session, drawn, out)?;
            continue;
        }
        let at = time::written_day(out.dates(), &drawn.at);
        out.line(&format!(
            "{}; drawn by {} on {at}",
            drawn.draw.in_words(),
            drawn.by
        ))?;
        for line in session.quality(drawn).lines() {
            out.line(&format!("  {line}"))?;
        }
    }
    Ok(End::Done)
}

fn tell(session: &Session, drawn: &Drawn, out: &mut Out) -> Result<(), Failure> {
    let Quality {
        given,
        changed,
        agreed,
        per,
        elusion,
        ..
    } = session.quality(drawn);
    let draw = &drawn.draw;
    let decisions = per.into_iter().map(|(decision, agreed)| OfDecision {
        decision: decision.name(),
        agreed,
    });
    out.object(&Told {
        sample: draw.sample,
        reviewer: &drawn.by,
        at: &drawn.at,
        seed: draw.seed,
        query: &draw.of,
        population: draw.population,
        blind: draw.blind,
        drawn: u32::try_from(draw.drawn.len()).unwrap_or(u32::MAX),
        looked_at: given,
        changed,
        agreed,
        decisions: decisions.collect(),
        elusion,
        numbers: draw.drawn.iter().map(|(number, _)| *number).collect(),
    })
}
