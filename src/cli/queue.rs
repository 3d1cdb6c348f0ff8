//! The queue of work in `docket status`: what is left, what needs a second look, what a bundle
//! would hold now, the pace, and where the reviewer was.

use super::Failure;
use super::out::{Column, Out};
use crate::bundle::{self, Outlook};
use crate::model::Decision;
use crate::review::place;
use crate::review::queue::{By, Known, Part, Queue, Reason};
use crate::review::ways::Stopped;
use crate::review::{ReviewError, Session};
use crate::text::{Shown, counted, grouped};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

/// Longer searches are left to `--json`.
const LONGEST: usize = 40;
/// So many parts of each kind are printed; `--json` has them all.
const SHOWN: usize = 8;

/// The queue of work, looked up.
pub(super) struct Work {
    queue: Queue,
    outlook: Outlook,
    stops: Vec<Stopped>,
    looks: Vec<Option<String>>,
}

/// The queue of work, for programs.
#[derive(Serialize)]
pub(super) struct Row {
    left: BTreeMap<&'static str, Vec<PartRow>>,
    second_look: Vec<LookRow>,
    bundle: BundleRow,
    pace: PaceRow,
    stops: Vec<StopRow>,
}

/// How one custodian, channel, thread, person or month stands, for programs.
#[derive(Serialize)]
struct PartRow {
    name: String,
    query: String,
    messages: u32,
    #[serde(flatten)]
    decisions: BTreeMap<&'static str, u32>,
    never_decided: u32,
}

/// What needs a second look, for programs.
#[derive(Serialize)]
struct LookRow {
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    count: u64,
    query: Option<String>,
}

/// What a bundle would hold, for programs.
#[derive(Serialize)]
struct BundleRow {
    goes: u64,
    stays: u64,
    attachments: u64,
    blocks: Vec<String>,
}

/// The reviewer's pace, for programs.
#[derive(Serialize)]
struct PaceRow {
    decisions: i64,
    minutes: f64,
    per_minute: Option<f64>,
    bulk_acts: u32,
    bulk_messages: u64,
    minutes_left: Option<f64>,
    minutes_left_low: Option<f64>,
    minutes_left_high: Option<f64>,
}

/// Where the reviewer was on one way, for programs.
#[derive(Serialize)]
struct StopRow {
    by: &'static str,
    name: String,
    query: String,
    message: u32,
    position: u32,
    messages: u32,
    undecided: u32,
}

impl Work {
    /// Looks it up.
    pub(super) fn of(session: &Session) -> Result<Work, Failure> {
        let never = AtomicBool::new(false);
        let known = &mut Known::default();
        let queue = Queue::of(session, known, &never).map_err(Failure::refused)?;
        let path = session.case().layout().place();
        let place = place::load(&path, &session.actor().name);
        let stops: Result<Vec<Option<Stopped>>, ReviewError> = place
            .stops
            .iter()
            .map(|stop| stop.look_up(session, &never))
            .collect();
        let stops = stops.map_err(Failure::refused)?;
        Ok(Work {
            looks: queue.looks.iter().map(|look| look.query(session)).collect(),
            stops: stops.into_iter().flatten().collect(),
            queue,
            outlook: bundle::outlook(session),
        })
    }

    /// All of it, for programs.
    pub(super) fn row(&self) -> Row {
        let (queue, outlook) = (&self.queue, &self.outlook);
        let part = |part: &Part| PartRow {
            name: part.name.clone(),
            query: part.way.query(),
            messages: part.counts.total,
            decisions: Decision::ALL
                .map(|decision| (decision.name(), part.counts.of(decision)))
                .into(),
            never_decided: part.counts.never,
        };
        let looks = queue.looks.iter().zip(&self.looks);
        let (pace, estimate) = (&queue.pace, queue.estimate);
        Row {
            left: By::ALL
                .map(|by| (by.name(), queue.parts(by).iter().map(part).collect()))
                .into(),
            second_look: looks
                .map(|(look, query)| LookRow {
                    reason: look.name(),
                    of: match &look.reason {
                        Reason::Flagged(flag) => Some(flag.name().to_owned()),
                        Reason::Proposed(_, name) => Some(name.clone()),
                        _ => None,
                    },
                    count: look.count,
                    query: query.clone(),
                })
                .collect(),
            bundle: BundleRow {
                goes: outlook.goes,
                stays: outlook.stays,
                attachments: outlook.attachments,
                blocks: outlook.blocks.iter().map(ToString::to_string).collect(),
            },
            pace: PaceRow {
                decisions: pace.decisions,
                minutes: pace.worked as f64 / 60_000.0,
                per_minute: pace.per_minute(),
                bulk_acts: pace.bulk_acts,
                bulk_messages: pace.bulk_messages,
                minutes_left: estimate.map(|estimate| estimate.minutes),
                minutes_left_low: estimate.map(|estimate| estimate.low),
                minutes_left_high: estimate.map(|estimate| estimate.high),
            },
            stops: self
                .stops
                .iter()
                .map(|stop| StopRow {
                    by: stop.way.by(),
                    name: stop.name.clone(),
                    query: stop.way.query(),
                    message: stop.message.0,
                    position: stop.position,
                    messages: stop.len,
                    undecided: stop.left,
                })
                .collect(),
        }
    }

    /// Prints it.
    pub(super) fn print(&self, out: &mut Out) -> Result<(), Failure> {
        let queue = &self.queue;
        out.line("")?;
        out.block(0, &sentence(&queue.pace_words()))?;
        if queue.pace.bulk_acts > 0 {
            out.line(&format!(
                "{} at once, by {}, are not part of that",
                counted(queue.pace.bulk_messages, "message", "messages"),
                counted(queue.pace.bulk_acts, "act", "acts"),
            ))?;
        }
        if !queue.looks.is_empty() {
            out.line("")?;
            out.line("needs a second look")?;
            for (look, query) in queue.looks.iter().zip(&self.looks) {
                let words = format!("  {:>11}  {}", grouped(look.count), look.words());
                match query {
                    Some(query) => out.line(&format!("{words}: {query}"))?,
                    None => out.line(&words)?,
                }
            }
        }
        out.line("")?;
        out.line(&format!(
            "a bundle would hold {} now; {} would stay",
            counted(self.outlook.goes, "message", "messages"),
            grouped(self.outlook.stays),
        ))?;
        for block in &self.outlook.blocks {
            out.block(2, &format!("in the way: {block}"))?;
        }
        if let Some(stop) = self.stops.first() {
            out.line("")?;
            out.line(&format!(
                "you stopped at message {} of {}, {} {}: {}",
                grouped(stop.position),
                grouped(stop.len),
                stop.way.by(),
                stop.name,
                stop.way.query()
            ))?;
        }
        By::ALL.into_iter().try_for_each(|by| self.table(by, out))
    }

    fn table(&self, by: By, out: &mut Out) -> Result<(), Failure> {
        let parts = self.queue.parts(by);
        let left: Vec<&Part> = parts.iter().filter(|part| part.left() > 0).collect();
        if left.is_empty() {
            return Ok(());
        }
        out.line("")?;
        let rows: Vec<Vec<Shown>> = left
            .iter()
            .take(SHOWN)
            .map(|part| {
                let query = part.way.query();
                let query = match query.len() > LONGEST {
                    true => "see --json".to_owned(),
                    false => query,
                };
                vec![
                    Shown::line(&grouped(part.left())),
                    Shown::line(&grouped(part.counts.total)),
                    Shown::line(&part.name),
                    Shown::line(&query),
                ]
            })
            .collect();
        let columns = [
            Column::number("left"),
            Column::number("of"),
            Column::giving(by.name()),
            Column::text("search"),
        ];
        out.table(&columns, &rows)?;
        match left.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => out.line(&format!(
                "and {} more: --json has all",
                grouped(more as u64)
            )),
        }
    }
}

/// With a capital letter at its head.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
