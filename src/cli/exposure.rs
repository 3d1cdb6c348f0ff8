//! `docket exposure`: who could read the personal data in conversations.

use super::out::{Column, Out};
use super::progress::ProgressLine;
use super::{Common, End, Failure, search};
use crate::model::Relation;
use crate::review::exposure::{Amount, Someone, is_personal};
use crate::text::{Shown, counted, grouped};
use serde::Serialize;

/// So many rows of people and days are printed for a person.
const SHOWN: usize = 30;

/// Report who could read the personal data in conversations
///
/// It counts what detectors point at and nobody dismissed: by kind of data, by
/// day, by who posted it, and by who was in the conversation then. Who was there
/// follows from the app's lines on who came and went, from lists of members, and
/// from who wrote; where that leaves it open it is counted as perhaps. Whoever is
/// neither the custodian nor a colleague (docket people) is named as no staff.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket exposure
  docket exposure 'in:ward' --json")]
pub struct Exposed {
    /// Only of these messages; docket search --help shows the language
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
}

/// A row, for programs.
#[derive(Serialize)]
struct Row<'a> {
    by: &'static str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relation: Option<&'static str>,
    findings: u64,
    messages: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    perhaps: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    people: Option<u64>,
}

/// The rows of one table.
struct Table {
    by: &'static str,
    title: &'static str,
    rows: Vec<(String, Amount, Extra)>,
}

#[derive(Clone, Copy, Default)]
struct Extra {
    thread: Option<u32>,
    relation: Option<&'static str>,
    perhaps: Option<u64>,
    people: Option<u64>,
}

fn someone(one: Someone, exposed: bool) -> (String, Amount, Extra) {
    let relation = one.relation.map_or("no staff", |relation| match relation {
        Relation::Outsider | Relation::Unknown => "no staff",
        relation => relation.name(),
    });
    let extra = Extra {
        relation: Some(relation),
        perhaps: exposed.then_some(one.perhaps.messages),
        ..Extra::default()
    };
    (one.name, one.amount, extra)
}

impl Exposed {
    /// Prints one table after another.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let query = search::parse(&self.query)?;
        let session = common.session()?;
        let mut progress = ProgressLine::new();
        let looked = session.findings(&mut progress).map_err(Failure::refused)?;
        drop(progress);
        let hits = search::find(&session, &query)?;
        let hits = &hits & &looked.any();
        let exposure = session.exposure(&looked, &hits, &is_personal);
        let store = session.store();
        let plain = |name: String, amount: Amount| (name, amount, Extra::default());
        let tables = [
            Table {
                by: "data",
                title: "by kind of data",
                rows: exposure
                    .by_data
                    .iter()
                    .map(|(data, amount)| plain(data.name().to_owned(), *amount))
                    .collect(),
            },
            Table {
                by: "type",
                title: "by detector",
                rows: exposure
                    .by_type
                    .iter()
                    .map(|(id, amount)| plain((*id).to_owned(), *amount))
                    .collect(),
            },
            Table {
                by: "thread",
                title: "by conversation",
                rows: exposure
                    .by_thread
                    .iter()
                    .map(|(id, (amount, people))| {
                        let thread = store.thread(*id);
                        let extra = Extra {
                            thread: Some(id.0),
                            people: Some(*people),
                            ..Extra::default()
                        };
                        (
                            thread.map_or_else(String::new, |one| one.title.clone()),
                            *amount,
                            extra,
                        )
                    })
                    .collect(),
            },
            Table {
                by: "day",
                title: "by day",
                rows: exposure
                    .by_day
                    .iter()
                    .map(|(day, amount)| {
                        plain(
                            day.map_or_else(|| "no time".into(), |day| day.to_string()),
                            *amount,
                        )
                    })
                    .collect(),
            },
            Table {
                by: "posted",
                title: "by who posted it",
                rows: exposure
                    .posted
                    .into_iter()
                    .map(|one| someone(one, false))
                    .collect(),
            },
            Table {
                by: "exposed",
                title: "by who could read it",
                rows: exposure
                    .exposed
                    .into_iter()
                    .map(|one| someone(one, true))
                    .collect(),
            },
        ];
        if !out.json {
            out.line(&format!(
                "{} in {}",
                counted(
                    exposure.all.findings,
                    "finding of personal data",
                    "findings of personal data"
                ),
                counted(exposure.all.messages, "message", "messages"),
            ))?;
            if exposure.unknown > 0 {
                out.line(&format!(
                    "of {} nothing tells who was in the conversation but who wrote",
                    counted(exposure.unknown, "message", "messages"),
                ))?;
            }
        }
        for table in &tables {
            print(table, out)?;
        }
        Ok(End::Done)
    }
}

fn print(table: &Table, out: &mut Out) -> Result<(), Failure> {
    if out.json {
        for (name, amount, extra) in &table.rows {
            out.object(&Row {
                by: table.by,
                name,
                thread: extra.thread,
                relation: extra.relation,
                findings: amount.findings,
                messages: amount.messages,
                perhaps: extra.perhaps,
                people: extra.people,
            })?;
        }
        return Ok(());
    }
    if table.rows.is_empty() {
        return Ok(());
    }
    out.line("")?;
    let has = |yes: &dyn Fn(&Extra) -> bool| table.rows.iter().any(|(_, _, extra)| yes(extra));
    let (relation, perhaps, people) = (
        has(&|extra| extra.relation.is_some()),
        has(&|extra| extra.perhaps.is_some()),
        has(&|extra| extra.people.is_some()),
    );
    let mut columns = vec![
        Column::giving(table.title),
        Column::number("findings"),
        Column::number("messages"),
    ];
    if perhaps {
        columns.push(Column::number("perhaps"));
    }
    if people {
        columns.push(Column::number("readers"));
    }
    if relation {
        columns.push(Column::text("is"));
    }
    let rows: Vec<Vec<Shown>> = table
        .rows
        .iter()
        .take(SHOWN)
        .map(|(name, amount, extra)| {
            let number = |number: u64| Shown::line(&grouped(number));
            let mut row = vec![
                Shown::line(name),
                number(amount.findings),
                number(amount.messages),
            ];
            row.extend(extra.perhaps.map(number));
            row.extend(extra.people.map(number));
            row.extend(extra.relation.map(Shown::line));
            row
        })
        .collect();
    out.table(&columns, &rows)?;
    match table.rows.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => out.line(&format!(
            "and {} more; --json has all",
            grouped(more as u64)
        )),
    }
}
