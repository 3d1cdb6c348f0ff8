//! `docket reconcile`.

use super::out::{Out, counted, note};
use super::search::{find, item_name, parse, path, sender};
use super::{Common, End, Failure, time};
use crate::case::{Difference, Disagree, Disagreement, Message, Store};
use crate::text::Shown;
use serde::Serialize;

/// List what exports of the same chat or mail disagree on
///
/// The same chat from two phones, or exported twice, and the same mail in two
/// mailboxes are one message each, however the clocks and the names of the
/// two differ. Here stands what one export tells differently from the one
/// that was loaded first, or does not have although it covers the time:
///
///   missing           it does not have the message
///   deleted-since     it has the place of a deleted message
///   present-here      it has what is deleted in the other
///   edited            it has another wording, and one of them was edited
///   told-differently  it has another wording
///   attachment        one of the two has a file that the other lacks
///   recipients        it shows other recipients, such as a blind copy
///   other-content     another mail with the same Message-ID
///   renamed-sender    it has another name for the sender
///
/// A query, as of docket search, leaves only what it finds.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  docket reconcile
  docket reconcile is:official after:2021-03
  docket reconcile in:3 --json"
)]
pub struct Reconcile {
    /// Of which messages; without it, of all
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
}

/// One difference, for programs.
#[derive(Serialize)]
struct Row<'a> {
    number: u32,
    thread: u32,
    thread_title: &'a str,
    time: Option<String>,
    sender: Option<&'a str>,
    difference: &'static str,
    messages: u32,
    source: &'a str,
    item: Option<&'a str>,
    offset: Option<u64>,
    length: Option<u32>,
    text: &'a str,
    told: &'a str,
    files: Vec<&'a str>,
}

impl Reconcile {
    /// Prints the differences by thread and place; says on standard error how many there are.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let query = (!self.query.is_empty())
            .then(|| parse(&self.query))
            .transpose()?;
        let session = common.session()?;
        let hits = query.map(|query| find(&session, &query)).transpose()?;
        let store = session.store();
        let mut count = 0u32;
        let mut last: Option<Difference> = None;
        let all = store.differences();
        let wanted = all.iter().filter(|differs| {
            hits.as_ref()
                .is_none_or(|hits| hits.contains(differs.number.0))
        });
        for differs in wanted {
            let Some(message) = store.message(differs.number) else {
                continue;
            };
            count += 1;
            if !out.json && last.map(|last| last.thread) != Some(differs.thread) {
                title(&store, differs, out)?;
            }
            let is_new = last.map(|last| last.number) != Some(differs.number);
            if !out.json && is_new {
                head(&store, &message, out)?;
            }
            last = Some(*differs);
            let Some(told) = store.disagreement(differs) else {
                continue;
            };
            if out.json {
                out.object(&row(&store, &message, &told))?;
            } else {
                print(&store, &told, out)?;
            }
        }
        if !out.json {
            out.flush()?;
            note(&counted(count, "difference", "differences"));
        }
        Ok(End::Done)
    }
}

fn row<'a>(store: &'a Store, message: &Message<'a>, told: &'a Disagreement) -> Row<'a> {
    let is_there = told.what != Disagree::Missing;
    Row {
        number: message.number.0,
        thread: message.thread.0,
        thread_title: store
            .thread(message.thread)
            .map_or("", |thread| thread.title.as_str()),
        time: time::rfc3339(message.time, message.offset_minutes),
        sender: sender(store, message),
        difference: told.what.name(),
        messages: told.messages,
        source: path(store, told.source),
        item: store
            .source(told.source)
            .filter(|_| is_there)
            .and_then(|source| item_name(source, told.item)),
        offset: is_there.then_some(told.span.offset),
        length: is_there.then_some(told.span.length),
        text: message.text,
        told: &told.text,
        files: told
            .attachments
            .iter()
            .map(|file| file.name.as_str())
            .collect(),
    }
}

/// The thread, and by how much the clocks of its exports differ.
fn title(store: &Store, differs: &Difference, out: &mut Out) -> Result<(), Failure> {
    let thread = store.thread(differs.thread);
    let title = thread.map_or("", |thread| thread.title.as_str());
    out.line(&format!("{title}  (in:{})", differs.thread))?;
    for source in store.sources() {
        for clock in source
            .clocks
            .iter()
            .filter(|clock| clock.thread == differs.thread)
        {
            out.block(
                2,
                &format!("{}: its clock is {}", source.name, clock.describe()),
            )?;
        }
    }
    Ok(())
}

fn head(store: &Store, message: &Message<'_>, out: &mut Out) -> Result<(), Failure> {
    let head = Shown::line(&format!(
        "  {:>7}  {}  {}",
        message.number.0,
        time::minute(message.time, message.offset_minutes),
        sender(store, message).unwrap_or("-"),
    ));
    out.shown(&head.cut(out.width()))?;
    if !message.text.is_empty() {
        out.block(11, message.text)?;
    }
    Ok(())
}

fn print(store: &Store, told: &Disagreement, out: &mut Out) -> Result<(), Failure> {
    let source = store.source(told.source);
    let name = source.map_or("", |source| source.name.as_str());
    let many = if told.messages > 1 {
        format!(" ({})", counted(told.messages, "message", "messages"))
    } else {
        String::new()
    };
    out.block(
        9,
        &format!(
            "{}: {name} {}{many}",
            told.what.name(),
            told.what.describe()
        ),
    )?;
    if !told.text.is_empty() {
        out.block(11, &told.text)?;
    }
    for file in &told.attachments {
        out.block(11, &format!("[{}: {}]", file.state.name(), file.name))?;
    }
    Ok(())
}
