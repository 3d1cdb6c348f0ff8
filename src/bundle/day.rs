//! From the messages of a case to the lines of a record: what leaves of each, and nothing else.

use super::attached::Copies;
use super::cleared::OpenFiles;
use super::context::Contexts;
use super::masked::Leaving;
use super::records::{
    self, Addressed, Answers, Beside, Heading, Line, Mails, OpenFile, Sender, date, moment,
};
use super::select::Selection;
use crate::case::masks::MaskReason;
use crate::case::{Message, Store, Thread};
use crate::model::{AttachmentState, Extra, MessageNumber, ThreadId};
use crate::review::Edition;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// The messages of a thread by their local day; those without a time first.
pub(super) fn days(
    store: &Store,
    thread: ThreadId,
) -> BTreeMap<Option<NaiveDate>, Vec<MessageNumber>> {
    let mut days: BTreeMap<_, Vec<MessageNumber>> = BTreeMap::new();
    for number in store.thread_messages(thread) {
        if let Some(message) = store.message(number) {
            days.entry(date(&message)).or_default().push(number);
        }
    }
    days
}

/// A thread that is handed over, as an edition calls it.
pub(super) fn called(selection: &Selection, thread: &Thread, edition: Edition) -> records::Thread {
    records::Thread {
        number: thread.id.0,
        title: selection.title_in(thread, edition).to_owned(),
        channel: thread.channel.clone(),
        group: thread.group,
    }
}

/// What was put into the bag before the records, for the records to point to.
pub(super) struct Told<'a> {
    pub(super) selection: &'a Selection,
    pub(super) copies: &'a Copies,
    /// What the open set has of them, by their path.
    pub(super) open: &'a OpenFiles,
    pub(super) mails: &'a Mails,
    pub(super) contexts: &'a Contexts,
    /// Which masks lie on it.
    pub(super) edition: Edition,
}

impl Told<'_> {
    /// One day's lines: what leaves, and how many stay between.
    pub(super) fn lines(&self, numbers: &[MessageNumber]) -> Vec<Line> {
        let mut lines = Vec::new();
        for number in numbers {
            let message = self
                .selection
                .leaving
                .contains(number.0)
                .then(|| self.selection.store.message(*number))
                .flatten();
            match (message, lines.last_mut()) {
                (Some(message), _) => lines.push(Line::Message(Box::new(self.message(&message)))),
                (None, Some(Line::Withheld(count))) => *count += 1,
                (None, _) => lines.push(Line::Withheld(1)),
            }
        }
        lines
    }

    fn message(&self, message: &Message<'_>) -> records::Message {
        let store = &self.selection.store;
        let decided = message.kind.is_decidable();
        // A line of the app is its text alone, and what it reports: nobody decided on more of it.
        let event = store.extra(message.number).event;
        let Leaving {
            text,
            extra,
            files,
            masks,
        } = self.selection.leaving_in(message, self.edition);
        records::Message {
            number: message.number.0,
            source: message.source.0,
            time: message
                .time
                .and_then(|time| moment(time, message.offset_minutes)),
            written: store.written(message.number),
            sender: message
                .participant
                .filter(|_| decided)
                .and_then(|id| store.participant(id))
                .map(|participant| Sender {
                    number: participant.id.0,
                    name: participant.name.clone(),
                }),
            direction: self.selection.direction(message),
            kind: message.kind,
            decision: decided.then(|| self.selection.decision(message.number)),
            marks: message.marks,
            text: text.into_owned(),
            event,
            masks,
            attachments: files
                .into_iter()
                .map(|(held, withheld)| {
                    if let Some(reason) = withheld {
                        return withheld_file(&reason);
                    }
                    let attachment = held.file;
                    let copy = attachment
                        .stands()
                        .and_then(|stands| self.copies.get(&(held.source, stands)))
                        .cloned();
                    let is_here = copy.is_some();
                    let (copy, open) = self.open.of(copy, self.edition);
                    records::File {
                        name: attachment.name,
                        open,
                        state: if is_here {
                            AttachmentState::Present
                        } else {
                            attachment.state
                        },
                        media: attachment.media,
                        copy,
                        withheld: None,
                    }
                })
                .collect(),
            beside: self.beside(message, extra),
        }
    }

    fn beside(&self, message: &Message<'_>, extra: Extra) -> Beside {
        let selection = self.selection;
        let store = &selection.store;
        let leaves = |number: MessageNumber| selection.leaving.contains(number.0);
        let named = |name: &String| store.named(name, message.thread);
        let channel = store
            .thread(message.thread)
            .map_or("", |thread| thread.channel.as_str());
        Beside {
            answers: extra.reply_to.last().map(|name| {
                named(name)
                    .filter(|number| leaves(*number))
                    .map_or(Answers::NotHere, |number| Answers::Here(number.0))
            }),
            reply_to: extra
                .reply_to
                .into_iter()
                .filter(|name| named(name).is_none_or(leaves))
                .collect(),
            recipients: extra
                .recipients
                .into_iter()
                .map(|recipient| {
                    let person = selection.participant(channel, &recipient.who);
                    Addressed::new(recipient.role, recipient.who, person.map(|id| id.0))
                })
                .collect(),
            subject: extra.subject,
            message_id: extra.message_id,
            forwarded: extra.forwarded,
            reactions: extra.reactions,
            versions: extra.versions,
            labels: extra.labels,
            unsent: extra.unsent,
            time_basis: extra.time_basis,
            context_for: self
                .contexts
                .get(&message.number.0)
                .cloned()
                .unwrap_or_default(),
            original: self.mails.get(&message.number.0).cloned(),
        }
    }
}

/// What a record shows of a file that is withheld: neither its name nor its kind.
fn withheld_file(reason: &MaskReason) -> records::File {
    records::File {
        name: String::new(),
        state: AttachmentState::Missing,
        media: String::new(),
        copy: None,
        withheld: Some(reason.to_string()),
        open: OpenFile::Same,
    }
}

/// What stands over every record of a bundle.
pub(super) fn heading(selection: &Selection) -> Heading {
    Heading {
        reference: selection.facts.reference.clone(),
        department: selection.facts.department.clone(),
        custodian: selection.facts.custodian.clone(),
        zone: selection.store.zone().name().to_owned(),
        case_id: selection.case_id.clone(),
    }
}
