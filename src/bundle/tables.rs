//! The bundle's tables: CSV (RFC 4180, UTF-8, every cell quoted) that a spreadsheet may open, and
//! the balance as JSON.

use super::closure;
use super::completeness::{Completeness, DayRow, FORM, Filters, SecondLook, SourceRow, ThreadRow};
use super::counts::MailCounts;
use super::layout::{
    DECISIONS, FLAGS, NOTES, OPEN_COPY, PEOPLE, RECONCILIATION, REDACTIONS, SOURCES,
};
use super::limits;
use super::masked::Redaction;
use super::options::Options;
use super::profile::Sets;
use super::records::{Mail, Mails, date, day_name, moment, person_id, source_id, thread_id};
use super::rules;
use super::second;
use super::select::{KnownAs, Selection};
use super::table::Table;
use crate::case::ledger::{Entry, How, Recorded};
use crate::case::marks::About;
use crate::import::DateOrder;
use crate::model::{MessageNumber, ParticipantId, ThreadId};
use crate::review::Edition;
use crate::review::reconciling::differences;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// `decisions.csv`: who decided what, when and why, of the messages that are handed over. Notes and
/// queries stay in the case, because they may name what stays behind.
pub(super) fn decisions(selection: &Selection, mails: &Mails, out: impl Write) -> csv::Result<()> {
    let mut table = Table::new(out, DECISIONS)?;
    let countersigns = selection.countersigns();
    let closure = closure::Closure::of(selection);
    for number in &selection.decided_out {
        let number = MessageNumber(number);
        let Some(message) = selection.store.message(number) else {
            continue;
        };
        let time = message
            .time
            .and_then(|time| moment(time, message.offset_minutes));
        let by = selection.decided_by(number);
        let reason = selection.marks.reason(number);
        let (signed_by, signed_at) = second::countersigned(selection, &countersigns, number);
        let review = closure::review(selection, number, closure, (&signed_by, &signed_at));
        let mut row = vec![
            number.to_string(),
            thread_id(message.thread.0),
            day_name(date(&message)),
            time.map(|time| time.to_rfc3339()).unwrap_or_default(),
            selection.decision(number).name().to_owned(),
            by.map(|by| by.actor.name.clone()).unwrap_or_default(),
            by.map(|by| by.at.clone()).unwrap_or_default(),
            by.map(|by| how(selection, by)).unwrap_or_default(),
            by.map(|by| by.seq.to_string()).unwrap_or_default(),
            match mails.get(&number.0) {
                Some(Mail::Here { copy, .. }) => copy.path.clone(),
                Some(Mail::LeftOut(_)) | None => String::new(),
            },
            reason.map_or("", |reason| &reason.code).to_owned(),
            reason.map_or("", |reason| &reason.means).to_owned(),
            signed_by,
            signed_at,
        ];
        row.extend(review);
        table.row(&row)?;
    }
    table.end()
}

/// `flags.csv`: the flags of the messages that are handed over.
pub(super) fn flags(selection: &Selection, out: impl Write) -> csv::Result<()> {
    let mut table = Table::new(out, FLAGS)?;
    for ((number, about), by) in selection.marked_by(&selection.decided_out) {
        let About::Flag { flag } = about else {
            continue;
        };
        let number = MessageNumber(number);
        // One that was taken off since has a row no more.
        let (Some(said), Some(message)) = (
            selection.marks.said(number, about),
            selection.store.message(number),
        ) else {
            continue;
        };
        let reason = said.reason.as_ref();
        table.row(&[
            number.to_string(),
            thread_id(message.thread.0),
            day_name(date(&message)),
            flag.name().to_owned(),
            reason.map_or("", |reason| &reason.code).to_owned(),
            reason.map_or("", |reason| &reason.means).to_owned(),
            selection.without_names(&said.text).into_owned(),
            by.map(|by| by.actor.name.clone()).unwrap_or_default(),
            by.map(|by| by.at.clone()).unwrap_or_default(),
            by.map(|by| by.seq.to_string()).unwrap_or_default(),
        ])?;
    }
    table.end()
}

/// `redactions.csv`: what is masked or withheld of the messages that are handed over, why, by whom
/// and when. It tells neither what stood there nor how long it was.
pub(super) fn redactions(selection: &Selection, out: impl Write) -> csv::Result<()> {
    let mut table = Table::new(out, REDACTIONS)?;
    // Of the closed master alone, what is masked in an open copy that is not here is no row.
    let is_here =
        |row: &Redaction| row.edition == Edition::Closed || selection.sets() == Sets::Both;
    for row in selection.redactions().into_iter().filter(is_here) {
        let Some(thread) = selection.store.thread(ThreadId(row.thread)) else {
            continue;
        };
        let by = selection.masked_by(row.number);
        let open = match row.edition {
            Edition::Closed => "",
            Edition::Open => OPEN_COPY,
        };
        table.row(&[
            format!(
                "data/records/{}/{}/{}{open}.eml",
                crate::text::file_name(&thread.channel),
                thread_id(row.thread),
                row.day
            ),
            row.number.to_string(),
            row.mask.part,
            row.mask.reason,
            row.mask.shown,
            row.mask.reach,
            row.mask.means,
            row.mask.count.to_string(),
            by.map(|by| by.actor.name.clone()).unwrap_or_default(),
            by.map(|by| by.at.clone()).unwrap_or_default(),
            by.map(|by| by.seq.to_string()).unwrap_or_default(),
        ])?;
    }
    table.end()
}

/// `notes.csv`: the reviewers' notes on messages that are handed over, and on threads whose first
/// message is; written only where they were asked for.
pub(super) fn notes(selection: &Selection, out: impl Write) -> csv::Result<()> {
    let mut table = Table::new(out, NOTES)?;
    for ((number, about), by) in selection.marked_by(&selection.decided_out) {
        let (on, writer) = match about {
            About::Note { by } => ("message", by),
            About::ThreadNote { by } => ("thread", by),
            About::Reason | About::Flag { .. } | About::Second { .. } | About::Sampled { .. } => {
                continue;
            }
        };
        let number = MessageNumber(number);
        let (Some(said), Some(message)) = (
            selection.marks.said(number, about),
            selection.store.message(number),
        ) else {
            continue;
        };
        table.row(&[
            number.to_string(),
            thread_id(message.thread.0),
            day_name(date(&message)),
            on.to_owned(),
            selection.without_names(&said.text).into_owned(),
            writer.clone(),
            by.map(|by| by.at.clone()).unwrap_or_default(),
        ])?;
    }
    table.end()
}

/// How a decision was made, in the ledger's words.
fn how(selection: &Selection, recorded: &Recorded) -> String {
    if let Some((rule, _)) = rules::decided(selection, recorded) {
        return rules::how(rule);
    }
    let how = match &recorded.entry {
        Entry::Decide { how: How::Key, .. } => "key",
        Entry::Decide {
            how: How::Range, ..
        } => "range",
        Entry::Decide {
            how: How::Thread, ..
        } => "thread",
        Entry::Decide { how: How::Bulk, .. } => "bulk",
        Entry::Undo { .. } => "undo",
        Entry::Redo { of, .. } if selection.entry(*of).is_some() => "redo",
        _ => "",
    };
    how.to_owned()
}

/// `sources.csv`: every export; one of which nothing is handed over by its number and counts only.
pub(super) fn sources(selection: &Selection, out: impl Write) -> csv::Result<()> {
    let mut table = Table::new(out, SOURCES)?;
    for source in selection.store.sources() {
        let named = selection.sources.contains(&source.id);
        let whole = named && selection.is_whole(source.id);
        let sealed = named && selection.tells_seal(source);
        let counts = selection.source_counts(source.id);
        let shown = |show: bool, value: String| if show { value } else { String::new() };
        table.row(&[
            source_id(source.id.0),
            if whole {
                "whole"
            } else if named {
                "part"
            } else {
                "none"
            }
            .to_owned(),
            shown(named, selection.without_names(&source.name).into_owned()),
            shown(named, source.format.clone()),
            shown(named, source.importer_version.to_string()),
            shown(sealed, source.sha256.clone()),
            shown(sealed, source.size.to_string()),
            shown(
                named,
                source.date_order.map_or("", DateOrder::name).to_owned(),
            ),
            shown(named, source.imported_at.clone()),
            shown(named, source.imported_by.clone()),
            counts.messages.to_string(),
            source.already_known.to_string(),
            counts.official.to_string(),
            counts.context.to_string(),
            counts.mixed.to_string(),
            counts.personal.to_string(),
            counts.refer.to_string(),
            counts.undecided.to_string(),
            counts.system.to_string(),
            counts.unreadable.to_string(),
            counts.copies.to_string(),
        ])?;
    }
    table.end()
}

/// What a person did in messages that are handed over.
#[derive(Default)]
struct Part {
    /// Messages they sent.
    messages: u64,
    first: Option<(i64, i16)>,
    last: Option<(i64, i16)>,
    /// Messages addressed to them.
    addressed: u64,
    reacted: bool,
    forwarded: bool,
}

impl Part {
    /// The words for it, in the order of the table's rules.
    fn roles(&self) -> String {
        let roles = [
            (self.messages > 0, "sender"),
            (self.addressed > 0, "recipient"),
            (self.reacted, "reaction"),
            (self.forwarded, "forwarded-from"),
        ];
        let roles: Vec<&str> = roles
            .into_iter()
            .filter(|(holds, _)| *holds)
            .map(|(_, role)| role)
            .collect();
        roles.join(" ")
    }
}

/// Someone of the table: a participant of the case, or a name that messages give beside their
/// senders, with its channel.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Participant(ParticipantId),
    Named(String, String),
}

/// The cells that tell who somebody is; empty of a name that messages give beside their senders.
fn said_of(known: Option<KnownAs>) -> [String; 6] {
    let Some(known) = known else {
        return Default::default();
    };
    [
        person_id(known.person.0),
        known.name,
        known.basis.to_owned(),
        known.relation.name().to_owned(),
        known.organisation,
        known.position,
    ]
}

/// `people.csv`: everyone who sent something that is handed over, and whom such a message names
/// beside its sender; nobody else.
pub(super) fn people(selection: &Selection, out: impl Write) -> csv::Result<()> {
    let store = &selection.store;
    let mut parts: BTreeMap<Who, Part> = BTreeMap::new();
    for number in &selection.decided_out {
        let number = MessageNumber(number);
        let Some(message) = store.message(number) else {
            continue;
        };
        if let Some(participant) = message.participant {
            let part = parts.entry(Who::Participant(participant)).or_default();
            part.messages += 1;
            if let Some(time) = message.time {
                let time = (time, message.offset_minutes);
                part.first = Some(part.first.map_or(time, |first| first.min(time)));
                part.last = Some(part.last.map_or(time, |last| last.max(time)));
            }
        }
        let channel = store
            .thread(message.thread)
            .map_or("", |thread| thread.channel.as_str());
        let who = |name: &str| {
            selection.participant(channel, name).map_or_else(
                || Who::Named(channel.to_owned(), name.to_owned()),
                Who::Participant,
            )
        };
        let extra = selection.extra(number);
        let recipients: BTreeSet<Who> = extra.recipients.iter().map(|to| who(&to.who)).collect();
        for recipient in recipients {
            parts.entry(recipient).or_default().addressed += 1;
        }
        for reaction in extra.reactions.iter().filter(|sign| !sign.who.is_empty()) {
            parts.entry(who(&reaction.who)).or_default().reacted = true;
        }
        if let Some(from) = extra.forwarded.filter(|from| !from.is_empty()) {
            parts.entry(who(&from)).or_default().forwarded = true;
        }
    }
    let time = |time: Option<(i64, i16)>| {
        time.and_then(|(seconds, offset)| moment(seconds, offset))
            .map(|time| time.to_rfc3339())
            .unwrap_or_default()
    };
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let here: BTreeSet<ParticipantId> = parts
        .keys()
        .filter_map(|who| match who {
            Who::Participant(id) => Some(*id),
            Who::Named(..) => None,
        })
        .collect();
    let mut table = Table::new(out, PEOPLE)?;
    for (who, part) in parts {
        let known = match &who {
            Who::Participant(id) => selection.known_as(*id, &here),
            Who::Named(..) => None,
        };
        let (person, name, is_number, channel, custodian) = match who {
            Who::Participant(id) => {
                let Some(participant) = store.participant(id) else {
                    continue;
                };
                (
                    person_id(id.0),
                    participant.name.clone(),
                    yes(participant.is_number),
                    participant.channel.clone(),
                    yes(selection.is_custodian(id)),
                )
            }
            Who::Named(channel, name) => {
                let is_number = !name.chars().any(char::is_alphabetic)
                    && name.chars().any(|c| c.is_ascii_digit());
                (String::new(), name, yes(is_number), channel, yes(false))
            }
        };
        let mut row = vec![
            person,
            name,
            is_number,
            channel,
            custodian,
            part.messages.to_string(),
            time(part.first),
            time(part.last),
            part.roles(),
            part.addressed.to_string(),
        ];
        row.extend(said_of(known));
        table.row(&row)?;
    }
    table.end()
}

/// `reconciliation.csv`: on which messages that are handed over the exports disagree, and how; of
/// those that stay behind only how many, by how. What the other export says is not there: nobody
/// decided on that.
pub(super) fn reconciliation(selection: &Selection, out: impl Write) -> csv::Result<()> {
    let store = &selection.store;
    let mut table = Table::new(out, RECONCILIATION)?;
    let mut withheld: BTreeMap<&'static str, u64> = BTreeMap::new();
    for differs in differences(store, selection.same()) {
        // Of a copy it is said at the message that stands for it.
        let message = store.message(selection.same().head(differs.number));
        let Some(message) =
            message.filter(|message| selection.decided_out.contains(message.number.0))
        else {
            *withheld.entry(differs.what.name()).or_default() += 1;
            continue;
        };
        table.row(&[
            message.number.0.to_string(),
            thread_id(message.thread.0),
            day_name(date(&message)),
            source_id(differs.source.0),
            differs.what.name().to_owned(),
            "1".to_owned(),
        ])?;
    }
    for (number, copy) in selection.copies() {
        let message = store.message(number);
        let Some((message, copy)) = message
            .filter(|message| selection.decided_out.contains(message.number.0))
            .zip(store.message(copy))
        else {
            *withheld.entry(SAID_SAME).or_default() += 1;
            continue;
        };
        table.row(&[
            message.number.0.to_string(),
            thread_id(message.thread.0),
            day_name(date(&message)),
            source_id(copy.source.0),
            SAID_SAME.to_owned(),
            "1".to_owned(),
        ])?;
    }
    for (what, count) in withheld {
        let nothing = String::new;
        table.row(&[
            nothing(),
            nothing(),
            nothing(),
            nothing(),
            what.to_owned(),
            count.to_string(),
        ])?;
    }
    table.end()
}

/// What `reconciliation.csv` calls a copy that a person said is one.
pub(super) const SAID_SAME: &str = "said-same";

/// The balance of a selection.
pub(super) fn completeness(
    selection: &Selection,
    mails: &Mails,
    options: &Options,
) -> Completeness {
    let store = &selection.store;
    let threads: BTreeSet<_> = selection.slots.keys().map(|slot| slot.thread).collect();
    let days: Vec<DayRow> = selection
        .slots
        .iter()
        .map(|(slot, counts)| DayRow {
            source: source_id(slot.source.0),
            thread: thread_id(slot.thread.0),
            day: day_name(slot.date),
            counts: *counts,
        })
        .collect();
    Completeness {
        docket_bundle: FORM,
        set: if options.partial { "partial" } else { "whole" }.to_owned(),
        zone: store.zone().name().to_owned(),
        rule: "messages = official + mixed + context + personal + refer + undecided + system + \
               unreadable + copies + earlier + set_aside; handed_over = official + mixed + context + the system lines of \
               threads that \
               are handed over"
            .to_owned(),
        total: selection.total(),
        mail: MailCounts::of(mails),
        second_look: SecondLook::of(selection),
        rules: Some(rules::rows(selection)),
        filters: Some(Filters::of(selection, options)),
        gaps: Some(limits::gaps(&days)),
        caps: Some(limits::caps(selection)),
        export: None,
        profile: selection.profile.as_ref().map(|one| one.row()),
        sources: store
            .sources()
            .iter()
            .map(|source| SourceRow {
                source: source_id(source.id.0),
                counts: selection.source_counts(source.id),
            })
            .collect(),
        threads: threads
            .into_iter()
            .map(|thread| ThreadRow {
                thread: thread_id(thread.0),
                counts: selection.thread_counts(thread),
            })
            .collect(),
        days,
    }
}
