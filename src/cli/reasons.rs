//! `docket reasons`.

use super::out::{Column, Out};
use super::{Common, End, Failure};
use crate::text::{Shown, grouped};
use serde::Serialize;

/// List the reasons that a decision or a flag may have
///
/// A reason is a code and what it means. The list is reasons.txt in the case's
/// folder; a case without it has docket's own, which --write puts there to be
/// edited. What was used is in the ledger with the meaning it had then.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket reasons
  docket reasons --write
  docket reasons --check
  docket tag personal 'in:family' --reason family")]
pub struct Reasons {
    /// Only say whether the list can be read; names every line that is wrong
    #[arg(long, conflicts_with = "write")]
    check: bool,
    /// Write docket's own list into the case, to be edited
    #[arg(long)]
    write: bool,
}

/// One reason, for programs.
#[derive(Serialize)]
struct Row<'a> {
    code: &'a str,
    means: &'a str,
    messages: u64,
    listed: bool,
}

/// A line that is wrong, for programs.
#[derive(Serialize)]
struct FaultRow<'a> {
    file: &'a str,
    line: usize,
    reason: &'a str,
}

impl Reasons {
    /// Lists, checks or writes.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let case = session.case();
        if self.write {
            let path = case.write_reasons().map_err(Failure::refused)?;
            out.line(&format!(
                "written: {}; edit it, then docket reasons --check",
                path.display()
            ))?;
            return Ok(End::Done);
        }
        let list = case.reason_list().map_err(Failure::refused)?;
        let file = list.path.as_ref().map(|path| path.display().to_string());
        let file = file.as_deref().unwrap_or("docket's own list");
        let reasons = match &list.reasons {
            Ok(reasons) => reasons,
            Err(faults) => {
                for fault in faults {
                    let (line, reason) = (fault.line, fault.reason.as_str());
                    match out.json {
                        true => out.object(&FaultRow { file, line, reason })?,
                        false => out.line(&format!("{file}:{line}: {reason}"))?,
                    }
                }
                return Ok(End::Exceptions);
            }
        };
        if self.check {
            if !out.json {
                let codes = grouped(reasons.len() as u64);
                out.line(&format!("{file}: {codes} reasons, nothing is wrong"))?;
            }
            return Ok(End::Done);
        }
        let marks = session.marks();
        let uses = marks.uses();
        let known = |code: &str| reasons.iter().any(|reason| reason.code == code);
        let gone = uses.keys().filter(|code| !known(code));
        let rows = reasons.iter().map(|reason| Row {
            code: &reason.code,
            means: &reason.means,
            messages: uses.get(reason.code.as_str()).copied().unwrap_or_default(),
            listed: true,
        });
        let rows: Vec<Row<'_>> = rows
            .chain(gone.map(|code| Row {
                code,
                means: "used, and not in the list any more",
                messages: uses.get(code).copied().unwrap_or_default(),
                listed: false,
            }))
            .collect();
        if out.json {
            return rows
                .iter()
                .try_for_each(|row| out.object(row))
                .map(|()| End::Done);
        }
        let columns = [
            Column::text("code"),
            Column::number("messages"),
            Column::giving("means"),
        ];
        let cells = |row: &Row<'_>| {
            vec![
                Shown::line(row.code),
                Shown::line(&grouped(row.messages)),
                Shown::line(row.means),
            ]
        };
        out.table(&columns, &rows.iter().map(cells).collect::<Vec<_>>())?;
        out.line(&format!("from {file}"))?;
        Ok(End::Done)
    }
}
