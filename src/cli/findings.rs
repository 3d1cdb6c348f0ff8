//! `docket findings`: what detectors point at, and what a person says of it.

use super::out::{Column, Out};
use super::progress::ProgressLine;
use super::{Common, End, Failure, redact, search};
use crate::findings::kept::Texts;
use crate::findings::lexicon::defaults;
use crate::findings::{self, Finding, Lexicons, value_of};
use crate::model::MessageNumber;
use crate::review::findings::{Looked, Term, Verdict, Which};
use crate::review::{How, Query, Session, Target};
use crate::text::{Shown, counted, grouped};
use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use roaring::RoaringBitmap;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;

/// Letters of a text that are shown before and after what is pointed at.
const AROUND: usize = 32;
/// So many findings of a preview are shown.
const SHOWN: usize = 5;

/// List what detectors point at: personal data in texts, files and their names
///
/// A finding is a place in a message with the detector that points at it and
/// what that rests on. It is a suggestion: it decides nothing, and what is
/// dismissed stays dismissed. The same messages give the same findings.
///
/// docket search has:finding finds the messages, finding:nhs those of one
/// detector, finding:health those of one kind of data, finding:open those that
/// nobody has looked at; rules, tags and flags take these terms too.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    override_usage = "docket findings [QUERY] [--type TYPE]... [--all]\n       \
                      docket findings <confirm|dismiss|reopen|redact|detectors|lexicons> ...",
    after_help = "\
Examples:
  docket findings
  docket findings 'in:ward' --type nhs --type phone
  docket findings confirm 'in:ward' --type nhs
  docket findings dismiss --message 412 --nth 2
  docket findings dismiss --value '0131 496 0100' --yes
  docket findings redact 'in:ward' --type nhs --reason foi-40-2
  docket findings detectors
  docket findings lexicons --write"
)]
pub struct Findings {
    #[command(subcommand)]
    act: Option<Act>,
    /// Only of these messages; docket search --help shows the language
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    /// Only of this detector, or of this kind of data; may be given again
    #[arg(long = "type", value_name = "TYPE", value_parser = kinds())]
    kinds: Vec<Term>,
    /// Those that were dismissed too
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Say that findings are what their detector says
    #[command(after_help = "\
Example:
  docket findings confirm 'in:ward' --type nhs")]
    Confirm(Say),
    /// Say that findings are not what their detector says, or do not matter
    ///
    /// With --value the value is dismissed wherever the detector points at it,
    /// also in what is loaded later. docket undo takes it back.
    #[command(after_help = "\
Examples:
  docket findings dismiss --message 412 --nth 2
  docket findings dismiss --value '0131 496 0100' --type phone")]
    Dismiss(Say),
    /// Take back what was said of findings
    #[command(after_help = "\
Example:
  docket findings reopen --message 412")]
    Reopen(Say),
    /// Mask what findings point at; of a file all of it
    #[command(after_help = "\
Example:
  docket findings redact 'in:ward' --type nhs --reason foi-40-2")]
    Redact(Mask),
    /// List the detectors, with their rules and how often each points at something
    #[command(after_help = "\
Example:
  docket findings detectors")]
    Detectors,
    /// List the lists of words that are pointed at, or write docket's own into the case
    ///
    /// Markings and risks are lists of words: security markings, passwords and
    /// incidents, legal privilege, special category data, talk of deletion and of
    /// other channels, words against requests, and the case's own words. A list in
    /// the folder lexicons of the case takes the place of docket's own; a line has
    /// a term, a colon, and why it is pointed at.
    #[command(after_help = "\
Examples:
  docket findings lexicons
  docket findings lexicons --write")]
    Lexicons(Lists),
}

#[derive(Debug, clap::Args)]
struct Lists {
    /// Write those lists into the case that it does not have, to be edited
    #[arg(long)]
    write: bool,
}

#[derive(Debug, clap::Args)]
struct Chosen {
    /// Of which messages; docket search --help shows the language
    #[arg(value_name = "QUERY", conflicts_with = "message")]
    query: Vec<String>,
    /// Of the message of this number, instead of a query
    #[arg(long, value_name = "NUMBER")]
    message: Option<u32>,
    /// Only the finding of this place among those of the message, counted from 1
    #[arg(long, value_name = "PLACE", requires = "message")]
    nth: Option<usize>,
    /// Only of this detector, or of this kind of data; may be given again
    #[arg(long = "type", value_name = "TYPE", value_parser = kinds())]
    kinds: Vec<Term>,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
}

#[derive(Debug, clap::Args)]
struct Say {
    #[command(flatten)]
    chosen: Chosen,
    /// Of this value in whatever spelling, wherever it stands
    #[arg(long, value_name = "VALUE", conflicts_with_all = ["query", "message"])]
    value: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Mask {
    #[command(flatten)]
    chosen: Chosen,
    /// Why: the code of a reason, or what its mask shows
    #[arg(long, value_name = "CODE")]
    reason: String,
}

fn kinds() -> impl TypedValueParser<Value = Term> {
    let is_kind = |term: &Term| matches!(term, Term::Detector(_) | Term::Data(_));
    let names: Vec<&str> = Term::all()
        .into_iter()
        .filter(is_kind)
        .map(Term::name)
        .collect();
    PossibleValuesParser::new(names).try_map(|name| {
        let found = Term::all().into_iter().find(|term| term.name() == name);
        found.ok_or("no detector and no kind of data")
    })
}

/// A finding, for programs.
#[derive(Serialize)]
struct Row<'a> {
    message: u32,
    nth: usize,
    thread: Option<u32>,
    #[serde(rename = "type")]
    kind: &'a str,
    version: u32,
    data: &'a str,
    place: String,
    start: u32,
    end: u32,
    found: Option<&'a str>,
    value: Option<String>,
    because: String,
    said: Option<&'static str>,
}

/// A detector, for programs.
#[derive(Serialize)]
struct DetectorRow {
    #[serde(rename = "type")]
    kind: &'static str,
    version: u32,
    title: &'static str,
    data: &'static str,
    source: &'static str,
    findings: u64,
    messages: u64,
}

/// What was said, or would be, for programs.
#[derive(Serialize)]
struct SaidRow<'a> {
    said: Option<&'static str>,
    query: Option<&'a str>,
    value: Option<&'a str>,
    types: Vec<&'a str>,
    count: u64,
    saved: bool,
    entry: Option<u64>,
    hash: Option<String>,
}

impl Findings {
    /// Lists findings, or says something of them.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        match self.act {
            None => {
                let query = search::parse(&self.query)?;
                let session = common.session()?;
                let looked = look(&session)?;
                let hits = search::find(&session, &query)?;
                let wanted = |finding: &Finding, said: Option<Verdict>| {
                    is_one(finding, &self.kinds) && (self.all || said != Some(Verdict::Dismissed))
                };
                list(&session, &looked, &hits, &wanted, out)
            }
            Some(Act::Detectors) => {
                let looked = look(&common.session()?)?;
                detectors(&looked, out)
            }
            Some(Act::Lexicons(lists)) => lists.run(&common.session()?, out),
            Some(Act::Confirm(say)) => say.run(common, Some(Verdict::Confirmed), out),
            Some(Act::Dismiss(say)) => say.run(common, Some(Verdict::Dismissed), out),
            Some(Act::Reopen(say)) => say.run(common, None, out),
            Some(Act::Redact(mask)) => mask.run(common, out),
        }
    }
}

fn look(session: &Session) -> Result<std::sync::Arc<Looked>, Failure> {
    let mut progress = ProgressLine::new();
    session.findings(&mut progress).map_err(Failure::refused)
}

/// Whether a finding is of one of these kinds; of any where none is given.
fn is_one(finding: &Finding, kinds: &[Term]) -> bool {
    kinds.is_empty()
        || kinds.iter().any(|kind| match kind {
            Term::Detector(place) => finding.detector == *place,
            Term::Data(data) => finding.about().is_some_and(|about| about.data == *data),
            Term::Open | Term::Verdict(_) => false,
        })
}

/// The place of a finding among those of its message, counted from 1.
fn nth(looked: &Looked, finding: &Finding) -> usize {
    let mut of = looked.findings().of_message(finding.message);
    of.position(|one| one == *finding).map_or(0, |at| at + 1)
}

/// The bytes of a text around a run of them, between characters.
fn around(text: &str, span: &Range<usize>) -> (String, String, String) {
    let before = text.get(..span.start).unwrap_or_default();
    let from = before.char_indices().rev().nth(AROUND).map(|(at, _)| at);
    let before = before.get(from.unwrap_or_default()..).unwrap_or_default();
    let after = text.get(span.end..).unwrap_or_default();
    let until = after
        .char_indices()
        .nth(AROUND)
        .map_or(after.len(), |(at, _)| at);
    let found = text.get(span.clone()).unwrap_or_default();
    let plain = |text: &str| text.replace(['\n', '\r'], " ");
    (
        plain(before),
        plain(found),
        plain(after.get(..until).unwrap_or_default()),
    )
}

fn list(
    session: &Session,
    looked: &Looked,
    hits: &RoaringBitmap,
    wanted: &dyn Fn(&Finding, Option<Verdict>) -> bool,
    out: &mut Out,
) -> Result<End, Failure> {
    let store = session.store();
    let hits = hits - session.same().copies();
    let (mut texts, mut names) = (Texts::default(), Texts::default());
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut total, mut messages) = (0_u64, RoaringBitmap::new());
    for message in &hits {
        let of = looked.findings().of_message(MessageNumber(message));
        for (at, finding) in (1..).zip(of) {
            let said = looked.verdict(session, &finding, &mut names);
            let Some(about) = finding.about().filter(|_| wanted(&finding, said)) else {
                continue;
            };
            total += 1;
            messages.insert(message);
            *counts.entry(about.id).or_default() += 1;
            let text = texts.around(session.case(), &store, &finding);
            let text = text.as_deref().unwrap_or_default();
            let because = looked.findings().because(&finding);
            if out.json {
                let found = text.get(finding.span());
                out.object(&Row {
                    message,
                    nth: at,
                    thread: store
                        .position_of(finding.message)
                        .map(|(thread, _)| thread.0),
                    kind: about.id,
                    version: about.version,
                    data: about.data.name(),
                    place: finding.place.name(),
                    start: finding.start,
                    end: finding.end,
                    found,
                    value: found.map(|found| value_of(about.id, found)),
                    because,
                    said: said.map(Verdict::name),
                })?;
                continue;
            }
            tell(&finding, at, said, text, out)?;
            let place = match finding.place {
                findings::Place::Text => String::new(),
                place => format!("in {}: ", place.name()),
            };
            out.block(13, &format!("{place}{because}"))?;
        }
    }
    if !out.json {
        let by: Vec<String> = counts
            .iter()
            .map(|(id, n)| format!("{id} {}", grouped(*n)))
            .collect();
        out.line(&format!(
            "{} in {}{}{}",
            counted(total, "finding", "findings"),
            counted(messages.len(), "message", "messages"),
            if by.is_empty() { "" } else { ": " },
            by.join(", "),
        ))?;
    }
    Ok(End::Done)
}

fn tell(
    finding: &Finding,
    nth: usize,
    said: Option<Verdict>,
    text: &str,
    out: &mut Out,
) -> Result<(), Failure> {
    let id = finding.about().map_or("", |about| about.id);
    let (before, found, after) = around(text, &finding.span());
    let said = said.map_or_else(String::new, |said| format!(" ({})", said.name()));
    let number = format!("{}.{nth}", finding.message);
    out.line(&format!(
        "{number:>11}  {id}{said}  {before}[{found}]{after}"
    ))
}

fn detectors(looked: &Looked, out: &mut Out) -> Result<End, Failure> {
    let mut rows = Vec::new();
    for (place, about) in (0_u8..).zip(findings::all()) {
        let messages = looked
            .findings()
            .messages(place)
            .map_or(0, RoaringBitmap::len);
        let row = DetectorRow {
            kind: about.id,
            version: about.version,
            title: about.title,
            data: about.data.name(),
            source: about.source,
            findings: looked.findings().count(place),
            messages,
        };
        if out.json {
            out.object(&row)?;
            continue;
        }
        rows.push(vec![
            Shown::line(row.kind),
            Shown::line(&row.version.to_string()),
            Shown::line(row.data),
            Shown::line(&grouped(row.findings)),
            Shown::line(row.source),
        ]);
    }
    if !out.json {
        let columns = [
            Column::text("type"),
            Column::number("version"),
            Column::text("data"),
            Column::number("findings"),
            Column::giving("rule"),
        ];
        out.table(&columns, &rows)?;
    }
    Ok(End::Done)
}

/// A list of words, for programs.
#[derive(Serialize)]
struct ListRow<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    data: &'static str,
    terms: usize,
    path: Option<&'a std::path::Path>,
    sha256: &'a str,
}

impl Lists {
    fn run(self, session: &Session, out: &mut Out) -> Result<End, Failure> {
        let case = session.case();
        let lexicons = Lexicons::of(case).map_err(Failure::refused)?;
        if self.write {
            let missing = lexicons.all().iter().filter(|list| list.path.is_none());
            let missing: Vec<&str> = missing.map(|list| list.about.id).collect();
            for (name, text) in defaults().filter(|(name, _)| missing.contains(name)) {
                let path = case.write_lexicon(name, text).map_err(Failure::refused)?;
                out.line(&format!("written: {}; edit it", path.display()))?;
            }
            return Ok(End::Done);
        }
        let mut rows = Vec::new();
        for list in lexicons.all() {
            let row = ListRow {
                kind: list.about.id,
                title: list.about.title,
                data: list.about.data.name(),
                terms: list.terms.len(),
                path: list.path.as_deref(),
                sha256: &list.sha256,
            };
            if out.json {
                out.object(&row)?;
                continue;
            }
            let place = row.path.map_or_else(
                || "docket's own".to_owned(),
                |path| path.display().to_string(),
            );
            rows.push(vec![
                Shown::line(row.kind),
                Shown::line(row.data),
                Shown::line(&grouped(row.terms as u64)),
                Shown::line(&place),
            ]);
        }
        if !out.json {
            let columns = [
                Column::text("type"),
                Column::text("data"),
                Column::number("terms"),
                Column::giving("list"),
            ];
            out.table(&columns, &rows)?;
        }
        Ok(End::Done)
    }
}

impl Chosen {
    /// The findings that are meant, and the query that found their messages.
    fn findings(
        &self,
        session: &Session,
        looked: &Looked,
        wanted: &dyn Fn(Option<Verdict>) -> bool,
    ) -> Result<(Vec<Finding>, Option<Query>), Failure> {
        let (hits, query) = match self.message {
            Some(message) => (RoaringBitmap::from_iter([message]), None),
            None if self.query.is_empty() && self.kinds.is_empty() => {
                return Err(Failure::Usage(
                    "which findings? give a query, --type, --message or --value".into(),
                ));
            }
            None => {
                let query = search::parse(&self.query)?;
                (search::find(session, &query)?, Some(query))
            }
        };
        let found = session.select_findings(looked, &hits, &mut |finding, said| {
            is_one(finding, &self.kinds)
                && wanted(said)
                && self.nth.is_none_or(|wanted| nth(looked, finding) == wanted)
        });
        Ok((found, query))
    }

    fn types(&self) -> Vec<&'static str> {
        self.kinds.iter().map(|kind| kind.name()).collect()
    }
}

/// Goes on where the reader says yes, or set that so many need none.
fn confirmed(yes: bool, count: u64, question: &str, out: &mut Out) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    out.agreed(count, question)
}

impl Say {
    fn run(self, common: &Common, to: Option<Verdict>, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let looked = look(&session)?;
        if let Some(value) = &self.value {
            return self.of_value(&session, &looked, value, to, out);
        }
        let (found, query) = self
            .chosen
            .findings(&session, &looked, &|said| said != to)?;
        let query = query.map(|query| query.to_string());
        let mut row = SaidRow {
            said: to.map(Verdict::name),
            query: query.as_deref(),
            value: None,
            types: self.chosen.types(),
            count: found.len() as u64,
            saved: false,
            entry: None,
            hash: None,
        };
        if found.is_empty() {
            match out.json {
                true => out.object(&row)?,
                false => out.line("nothing to change")?,
            }
            return Ok(End::Done);
        }
        let findings = counted(row.count, "finding", "findings");
        let what = match to {
            Some(verdict) => format!("would be {}", verdict.name()),
            None => "would be open again".to_owned(),
        };
        if !out.json {
            out.line(&format!("{findings} {what}"))?;
            preview(&session, &looked, &found, out)?;
        }
        let question = format!("{findings} {what}: do it?");
        confirmed(self.chosen.yes, row.count, &question, out)?;
        let how = match self.chosen.message {
            Some(_) => How::Key,
            None => How::Bulk,
        };
        let said = session
            .judge(&Which::These(found), to, how, row.query)
            .map_err(Failure::refused)?;
        row.count = u64::from(said.count);
        saved(row, said.recorded.as_ref(), out)
    }

    /// Says it of a value, of each detector that points at it somewhere.
    fn of_value(
        &self,
        session: &Session,
        looked: &Looked,
        value: &str,
        to: Option<Verdict>,
        out: &mut Out,
    ) -> Result<End, Failure> {
        let mut texts = Texts::default();
        let mut found: BTreeMap<(u8, String), Vec<Finding>> = BTreeMap::new();
        for finding in looked
            .findings()
            .iter()
            .filter(|one| is_one(one, &self.chosen.kinds))
        {
            let Some(about) = finding.about() else {
                continue;
            };
            let wanted = value_of(about.id, value);
            if session.value_of(&finding, &mut texts).as_ref() == Some(&wanted) {
                found
                    .entry((finding.detector, wanted))
                    .or_default()
                    .push(finding);
            }
        }
        if found.is_empty() {
            return Err(Failure::Refused(
                "no detector points at this value in this case; docket findings lists what is there"
                    .into(),
            ));
        }
        let count: usize = found.values().map(Vec::len).sum();
        let findings = counted(count as u64, "finding", "findings");
        let what = to.map_or("open again", Verdict::name);
        if !out.json {
            out.line(&format!(
                "{findings} of this value would be {what}, and those that come later"
            ))?;
            for all in found.values() {
                preview(session, looked, all, out)?;
            }
        }
        let question = format!("{findings} {what}: do it?");
        confirmed(self.chosen.yes, count as u64, &question, out)?;
        for ((place, wanted), all) in found {
            let id = findings::at_place(place).map_or("", |about| about.id);
            let said = session
                .judge(&Which::Value(place, wanted), to, How::Bulk, None)
                .map_err(Failure::refused)?;
            let row = SaidRow {
                said: to.map(Verdict::name),
                query: None,
                value: Some(value),
                types: vec![id],
                count: all.len() as u64,
                saved: false,
                entry: None,
                hash: None,
            };
            saved(row, said.recorded.as_ref(), out)?;
        }
        Ok(End::Done)
    }
}

/// Some of the findings that would change.
fn preview(
    session: &Session,
    looked: &Looked,
    found: &[Finding],
    out: &mut Out,
) -> Result<(), Failure> {
    let (store, mut texts) = (session.store(), Texts::default());
    for finding in found.iter().take(SHOWN) {
        let text = texts.around(session.case(), &store, finding);
        let said = looked.verdict(session, finding, &mut Texts::default());
        tell(
            finding,
            nth(looked, finding),
            said,
            text.as_deref().unwrap_or_default(),
            out,
        )?;
    }
    match found.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => out.line(&format!("{:>11}  and {} more", "", grouped(more as u64))),
    }
}

fn saved(
    mut row: SaidRow<'_>,
    recorded: Option<&crate::case::ledger::Recorded>,
    out: &mut Out,
) -> Result<End, Failure> {
    row.saved = recorded.is_some();
    row.entry = recorded.map(|recorded| recorded.seq);
    row.hash = recorded.map(|recorded| recorded.hash.to_string());
    match (out.json, row.entry) {
        (true, _) => out.object(&row)?,
        (false, None) => out.line("nothing to change: it is said already")?,
        (false, Some(entry)) => out.line(&format!(
            "saved: {} {}, entry {entry} of the ledger",
            counted(row.count, "finding", "findings"),
            row.said.unwrap_or("open again"),
        ))?,
    }
    Ok(End::Done)
}

impl Mask {
    fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let reason = session
            .mask_reason(&self.reason)
            .map_err(Failure::refused)?;
        let looked = look(&session)?;
        let is_standing = |said| said != Some(Verdict::Dismissed);
        let (found, query) = self.chosen.findings(&session, &looked, &is_standing)?;
        let messages: RoaringBitmap = found.iter().map(|finding| finding.message.0).collect();
        let spot = session.as_masks(&found);
        let target = match self.chosen.message {
            Some(message) => Target::Message(MessageNumber(message)),
            None => Target::Set(messages, query.map(|query| query.to_string())),
        };
        redact::act(
            &session,
            &target,
            &spot,
            Some(&reason),
            self.chosen.yes,
            out,
        )
    }
}
