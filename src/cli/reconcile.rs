//! `docket reconcile`.

use super::out::{Out, note};
use super::same::{Apart, Likely, Same};
use super::search::{find, item_name, parse, path, sender};
use super::{Common, End, Failure, time};
use crate::case::{Difference, Disagree, Disagreement, Message, Store};
use crate::model::MessageNumber;
use crate::review::beside::file_state;
use crate::text::{Shown, counted};
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
///
/// docket merges only what it is sure of. docket reconcile likely lists what
/// else may be the same; docket reconcile same, and apart, have the last word.
/// What a person said is the same is listed as said-same.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  docket reconcile
  docket reconcile is:official after:2021-03
  docket reconcile in:3 --json
  docket reconcile likely
  docket reconcile same 12 57
  docket reconcile same in:3 in:7
  docket reconcile apart 12"
)]
pub struct Reconcile {
    #[command(subcommand)]
    act: Option<Act>,
    /// Of which messages; without it, of all
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    Likely(Likely),
    Same(Same),
    Apart(Apart),
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
    /// The number of the copy, where a person said that it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    copy: Option<u32>,
}

impl Reconcile {
    /// Prints the differences by thread and place; says on standard error how many there are.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        match self.act {
            Some(Act::Likely(likely)) => return likely.run(common, out),
            Some(Act::Same(same)) => return same.run(common, out),
            Some(Act::Apart(apart)) => return apart.run(common, out),
            None => {}
        }
        let query = (!self.query.is_empty())
            .then(|| parse(&self.query))
            .transpose()?;
        let session = common.session()?;
        let hits = query.map(|query| find(&session, &query)).transpose()?;
        let store = session.store();
        let mut count = 0u32;
        let mut last: Option<Difference> = None;
        let (all, one) = (session.differences(), session.same());
        // A copy is found as the message that stands for it.
        let is_wanted = |number: MessageNumber| {
            let hits = hits.as_ref();
            hits.is_none_or(|hits| hits.contains(one.head(number).0))
        };
        let wanted = all.iter().filter(|differs| is_wanted(differs.number));
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
        let groups = one.groups().filter(|(number, _)| is_wanted(*number));
        for (number, copies) in groups {
            let Some(message) = store.message(number) else {
                continue;
            };
            if !out.json {
                head(&store, &message, out)?;
            }
            for copy in copies.filter_map(|copy| store.message(copy)) {
                count += 1;
                if out.json {
                    out.object(&said_same(&store, &message, &copy))?;
                } else {
                    let source = path(&store, copy.source);
                    let number = copy.number;
                    out.block(9, &format!("said-same: message {number} of {source}"))?;
                    if copy.text != message.text {
                        out.block(11, copy.text)?;
                    }
                }
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
        copy: None,
    }
}

/// A copy, as a person says, of a message.
fn said_same<'a>(store: &'a Store, message: &Message<'a>, copy: &Message<'a>) -> Row<'a> {
    Row {
        number: message.number.0,
        thread: message.thread.0,
        thread_title: store
            .thread(message.thread)
            .map_or("", |thread| thread.title.as_str()),
        time: time::rfc3339(message.time, message.offset_minutes),
        sender: sender(store, message),
        difference: "said-same",
        messages: 1,
        source: path(store, copy.source),
        item: store
            .source(copy.source)
            .and_then(|source| item_name(source, copy.item)),
        offset: Some(copy.span.offset),
        length: Some(copy.span.length),
        text: message.text,
        told: copy.text,
        files: Vec::new(),
        copy: Some(copy.number.0),
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
        time::minute(out.dates(), message.time, message.offset_minutes),
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
        out.block(
            11,
            &format!("[{}: {}]", file.name, file_state(file.state, false)),
        )?;
    }
    Ok(())
}
