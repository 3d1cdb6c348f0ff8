//! Which messages leave, strictly from the ledger, and what may be named beside them.
//!
//! The rules, for whoever judges them:
//! - A message leaves when its decision is `official` or `context`, or `mixed` with what is personal
//!   in it masked. Nothing else with content does. What leaves of one with masks is told in
//!   [`super::masked`].
//! - A message on hold does not leave, whatever its decision: here it counts as referred. The lines
//!   of the app do not leave from a thread in which one of them is on hold.
//! - A message with an open disagreement does not leave either, nor one that lacks a countersign
//!   which the case asks for: they count as referred too.
//! - Reasons and flags are given for messages that leave, the words that say where a copy is held
//!   without names that may not be shown. Notes are the reviewers' own and stay, unless asked for.
//! - A thread is handed over when at least one of its messages leaves. Its title is shown then, and
//!   the lines that the app wrote (system lines) go with it: they are the evidence of who was in it.
//! - A person is named when a message by them leaves, or when a thread that is handed over carries
//!   their name as its title (the other side of a direct chat). Where a system line names somebody
//!   else who sent messages in the case, their neutral number stands in the place of the name.
//! - What belongs to a message that leaves goes with it: whom it was addressed to, who reacted to
//!   it, whom it was forwarded from, its earlier texts, the folders and labels it was kept under.
//!   A label is a word of the custodian's own, and stands in the mail's headers too; the reviewer
//!   sees it with the message. One that stands on withheld messages alone is nowhere. People of
//!   whom nothing else is here are named in those places, and in the table of people with the part
//!   they had; the names by which a message says which others it answers are given for those that
//!   are here or in no export.
//! - A thread of mails is called after the first of them that leaves: its own title is the subject
//!   of its first mail, which may stay.
//! - Which names are one person, and what was said of that person, is told of those who are named,
//!   and only with names that are shown anyway; see [`Selection::known_as`].
//! - A source is named when a message of it leaves. Its checksum and size are given only when
//!   nothing of it stays behind, because they would tell of what does.
//! - A profile ([`super::profile`]) may set aside what would leave (transitory messages, context): it
//!   stays then like anything else that does. Of the open set alone every mask is one of everything
//!   that leaves.
//! - What exports disagree on is listed for messages that leave, by number and kind: no other
//!   wording, no other name. For the others it is counted.
//! - Of several messages that are one, as a person says, the one that stands for all leaves or
//!   stays; its copies are counted as copies, for the sources, threads and days they stand in.
//! - Unreadable bytes are counted and stay: nobody could decide on them.

use super::block::Missing;
use super::choice::Choice;
use super::counts::Counts;
use super::error::BundleError;
use super::profile::{Profile, Sets};
use super::records::date;
use super::unnamed::{Names, letters};
use crate::case::ledger::{Entry, Head, Recorded};
use crate::case::marks::About;
use crate::case::masks::Reach;
use crate::case::second::SecondAct;
use crate::case::{Case, Message, Participant, Source, Store, Thread};
use crate::import::email;
use crate::model::{
    Address, Decision, Direction, Extra, Kind, MessageNumber, ParticipantId, Relation, SourceId,
    ThreadId,
};
use crate::people::{Custodians, Person, Roster, own_name};
use crate::review::quality::Samples;
use crate::review::waiting::Needed;
use crate::review::{Edition, Fold, Markings, Masks, Sameness};
use chrono::NaiveDate;
use roaring::RoaringBitmap;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// One source, thread and local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// The export.
    pub source: SourceId,
    /// The conversation.
    pub thread: ThreadId,
    /// The local day in the case's zone, where the time is known.
    pub date: Option<NaiveDate>,
}

/// What is known of the case besides messages and decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The case's reference; empty where nobody gave it, here and below.
    pub reference: String,
    /// The department.
    pub department: String,
    /// Whose accounts they are.
    pub custodian: String,
    /// Whether somebody gave the time zone.
    pub zone_given: bool,
}

/// The state of a case at one entry of its ledger, and what leaves of it.
pub struct Selection {
    /// The messages.
    pub store: Arc<Store>,
    /// The facts.
    pub facts: Facts,
    /// Where the ledger stood: its last entry that is not itself of a handover, so that a second bundle
    /// of the same state says the same.
    pub head: Head,
    /// Sixteen hexadecimal digits of the hash of the ledger's first entry.
    pub case_id: String,
    /// Messages decided official or context, and mixed ones whose personal part is masked.
    pub decided_out: RoaringBitmap,
    /// Everything that leaves with content: those, and system lines of their threads.
    pub leaving: RoaringBitmap,
    /// What left with earlier bundles, and has not changed since.
    pub(super) earlier: RoaringBitmap,
    /// Threads that are handed over.
    pub threads: BTreeSet<ThreadId>,
    /// Threads and sources of which something left with earlier bundles.
    pub(super) earlier_threads: BTreeSet<ThreadId>,
    pub(super) earlier_sources: BTreeSet<SourceId>,
    /// People who sent something that leaves.
    pub senders: BTreeSet<ParticipantId>,
    /// People who may be named: those, and the titles of direct chats.
    pub named: BTreeSet<ParticipantId>,
    /// The titles of threads that are not called what the case calls them.
    titles: BTreeMap<(Edition, ThreadId), String>,
    /// Participants by channel and name.
    participants: HashMap<String, HashMap<String, ParticipantId>>,
    /// Sources of which something leaves.
    pub sources: BTreeSet<SourceId>,
    /// The balance, per source, thread and day.
    pub slots: BTreeMap<Slot, Counts>,
    by_source: BTreeMap<SourceId, Counts>,
    by_thread: BTreeMap<ThreadId, Counts>,
    /// Sources with a system line in which a number stands for a name.
    masked: BTreeSet<SourceId>,
    /// Sources that tell of a message that stays, or of one that leaves in another wording.
    shares_withheld: BTreeSet<SourceId>,
    /// All that the ledger says.
    pub(super) fold: Fold,
    /// Per message, the place in `entries` of the one that decided it last, plus 1; 0 for none.
    decided_by: Vec<u32>,
    entries: Vec<Recorded>,
    roster: Roster,
    custodians: Custodians,
    unnamed: Names,
    /// Reasons, flags and notes.
    pub marks: Arc<Markings>,
    /// What is masked.
    pub masks: Arc<Masks>,
    /// What stands in the place of what is no record, for each reason of the case's.
    pub(super) gone: BTreeSet<String>,
    /// Which entry put them on: its place in `entries`, what, and on which messages; in order.
    marked_by: Vec<(usize, About, RoaringBitmap)>,
    /// Of each message with masks, the place in `entries` of the one that masked it last.
    pub(super) masked_by: BTreeMap<u32, usize>,
    /// Messages that would leave, were they not on hold.
    on_hold: RoaringBitmap,
    /// Messages that would leave, were nothing missing of their second look.
    kept: RoaringBitmap,
    /// What needs a countersign.
    pub needed: Needed,
    /// The samples for quality.
    pub samples: Arc<Samples>,
    /// What is missing of the second look.
    pub missing: Missing,
    /// Messages decided mixed whose personal part is not masked.
    pub(super) unmasked: RoaringBitmap,
    /// What its profile leaves behind.
    set_aside: RoaringBitmap,
    /// The profile, if it has one.
    pub(super) profile: Option<Arc<Profile>>,
}

impl Selection {
    /// Takes what the ledger says from its first entry on, and what a profile takes away of that.
    ///
    /// # Errors
    /// When the case or its ledger cannot be read, or the ledger's entries do not follow from each
    /// other.
    pub fn of(case: &Case, profile: Option<Arc<Profile>>) -> Result<Selection, BundleError> {
        case.reload()?;
        let store = case.store();
        let entries = case.ledger().entries(0)?;
        let size = usize::try_from(store.len()).unwrap_or(usize::MAX);
        let mut decided_by = vec![0; size];
        let mut marked_by = Vec::new();
        let mut masked_by = BTreeMap::new();
        let fold = Fold::replay(case, &store, &entries, &mut |index, followed| {
            let place = u32::try_from(index + 1).unwrap_or(u32::MAX);
            for number in followed.decided {
                let at = usize::try_from(number).unwrap_or(usize::MAX);
                if let Some(by) = decided_by.get_mut(at) {
                    *by = place;
                }
            }
            masked_by.extend(followed.masked.iter().map(|number| (number, index)));
            for one in followed.marks {
                if one.change.to.is_some() && one.change.about != About::Reason {
                    marked_by.push((index, one.change.about, one.messages));
                }
            }
        })
        .map_err(|(seq, error)| BundleError::Ledger {
            seq,
            reason: error.to_string(),
        })?;
        let first = entries.first().map(|first| first.hash.to_string());
        let last = entries
            .iter()
            .rfind(|recorded| !recorded.entry.is_of_handover());
        let roster = Roster::of(&store, &fold.people);
        let custodians = Custodians::of(&store, &roster, |source| fold.facts.me(&store, source));
        let given = |fact: Option<&str>| fact.unwrap_or_default().to_owned();
        let choice = Choice::of(&store, &fold, profile.as_deref());
        // What is exempt stays behind from the open set as what is no record does; what is mixed was
        // chosen before by its true masks.
        let masks = match profile.as_ref().map(|profile| profile.sets) {
            Some(Sets::Open) => Arc::new(fold.masks.always()),
            _ => Arc::clone(&fold.masks),
        };
        // Where the list of reasons is damaged, more is masked.
        let (_, reasons) = case.mask_reasons().unwrap_or_default();
        let always = reasons
            .iter()
            .filter(|reason| reason.reach == Reach::Always);
        let mut selection = Selection {
            facts: Facts {
                reference: given(fold.facts.reference()),
                department: given(fold.facts.department()),
                custodian: given(fold.facts.custodian()),
                zone_given: fold.facts.get(crate::case::TIME_ZONE).is_some(),
            },
            head: last.map_or(Head::START, |last| Head {
                seq: last.seq,
                hash: last.hash,
            }),
            case_id: first.unwrap_or_default().chars().take(16).collect(),
            store,
            decided_out: choice.decided_out,
            leaving: choice.leaving,
            threads: choice.threads,
            earlier: RoaringBitmap::new(),
            earlier_threads: BTreeSet::new(),
            earlier_sources: BTreeSet::new(),
            senders: BTreeSet::new(),
            named: BTreeSet::new(),
            titles: BTreeMap::new(),
            participants: HashMap::new(),
            sources: BTreeSet::new(),
            slots: BTreeMap::new(),
            by_source: BTreeMap::new(),
            by_thread: BTreeMap::new(),
            masked: BTreeSet::new(),
            shares_withheld: BTreeSet::new(),
            decided_by,
            entries,
            roster,
            custodians,
            unnamed: Names::default(),
            marks: Arc::clone(&fold.marks),
            masks,
            gone: always.map(ToString::to_string).collect(),
            masked_by,
            needed: fold.facts.countersign(),
            samples: Arc::clone(&fold.samples),
            fold,
            marked_by,
            on_hold: choice.on_hold,
            kept: choice.kept,
            missing: choice.missing,
            unmasked: choice.unmasked,
            set_aside: choice.set_aside,
            profile,
        };
        selection.name_and_count();
        Ok(selection)
    }

    /// Finds what may be named beside what leaves, and counts.
    fn name_and_count(&mut self) {
        let store = Arc::clone(&self.store);
        for number in &self.leaving {
            if let Some(message) = store.message(MessageNumber(number)) {
                // The sender of a line of the app is who it is about: it names, it does not speak.
                if message.kind.is_decidable() {
                    self.senders.extend(message.participant);
                }
            }
        }
        self.named.clone_from(&self.senders);
        self.name_more();
        let titles: BTreeSet<String> = store
            .threads()
            .iter()
            .filter(|thread| self.threads.contains(&thread.id))
            .map(|thread| self.title(thread).to_owned())
            .collect();
        let mut unnamed: Vec<(Vec<char>, ParticipantId)> = Vec::new();
        for participant in store.participants() {
            if titles.contains(participant.name.as_str()) {
                self.named.insert(participant.id);
            }
            if !self.named.contains(&participant.id) {
                let letters = letters(&participant.name).map(|(_, c)| c).collect();
                unnamed.push((letters, participant.id));
            }
        }
        // Two participants of one name on two channels: what is shown for one is no secret of the
        // other.
        let shown: BTreeSet<Vec<char>> = store
            .participants()
            .iter()
            .filter(|participant| self.named.contains(&participant.id))
            .map(|participant| letters(&participant.name).map(|(_, c)| c).collect())
            .collect();
        unnamed.retain(|(name, _)| !shown.contains(name));
        self.unnamed = Names::new(unnamed);
        self.count();
    }

    /// Counts what becomes of every message, and says which sources are named and whole.
    fn count(&mut self) {
        let store = Arc::clone(&self.store);
        self.slots.clear();
        self.by_source.clear();
        self.by_thread.clear();
        self.masked.clear();
        self.shares_withheld.clear();
        let leaving = self.leaving.iter().map(MessageNumber);
        let sources = leaving.filter_map(|number| Some(store.message(number)?.source));
        self.sources = sources.collect();
        for number in 0..store.len() {
            let Some(message) = store.message(MessageNumber(number)) else {
                continue;
            };
            let slot = Slot {
                source: message.source,
                thread: message.thread,
                date: date(&message),
            };
            let leaves = self.leaving.contains(number);
            let decision = self.decision(message.number);
            let counts = self.slots.entry(slot).or_default();
            counts.messages += 1;
            let is_copy = self.fold.same.is_copy(message.number);
            if self.earlier.contains(number) && message.kind.is_decidable() {
                counts.earlier += 1;
            } else if self.set_aside.contains(number) {
                counts.set_aside += 1;
            } else {
                counts.add(message.kind, decision, is_copy, leaves);
            }
            if leaves
                && (matches!(self.text(&message), Cow::Owned(_))
                    || self.has_personal_mask(message.number))
            {
                self.masked.insert(message.source);
            }
        }
        for at in store.instances() {
            if !self.leaving.contains(at.number.0) || !at.differs.is_empty() {
                self.shares_withheld.insert(at.source);
            }
        }
        // A copy goes where the message goes that stands for it, but its own wording does not.
        for (number, copies) in self.fold.same.groups() {
            let text = store.text(number);
            for copy in copies {
                let source = store.message(copy).map(|copy| copy.source);
                if !self.leaving.contains(number.0) || store.text(copy) != text {
                    self.shares_withheld.extend(source);
                }
            }
        }
        for (slot, counts) in &self.slots {
            let source = self.by_source.entry(slot.source).or_default();
            *source = source.plus(counts);
            let thread = self.by_thread.entry(slot.thread).or_default();
            *thread = thread.plus(counts);
        }
    }

    /// Names the people whom messages that leave name beside their senders, and calls threads of
    /// mails after what leaves of them.
    fn name_more(&mut self) {
        let store = Arc::clone(&self.store);
        for participant in store.participants() {
            let names = self
                .participants
                .entry(participant.channel.clone())
                .or_default();
            names.insert(participant.name.clone(), participant.id);
        }
        for thread in store.threads() {
            if !self.threads.contains(&thread.id) {
                continue;
            }
            let is_mail = thread.channel == email::CHANNEL;
            let mut called: BTreeMap<Edition, String> = BTreeMap::new();
            let mut said: BTreeSet<Edition> = BTreeSet::new();
            for number in store.thread_messages(thread.id) {
                if !self.decided_out.contains(number.0) {
                    continue;
                }
                let extra = self.extra(number);
                if is_mail && let Some(message) = store.message(number) {
                    for edition in [Edition::Closed, Edition::Open] {
                        let subject = self.leaving_in(&message, edition).extra.subject;
                        let own = email::title(&subject);
                        if own == thread.title {
                            said.insert(edition);
                        }
                        called.entry(edition).or_insert(own);
                    }
                }
                let names = names_beside(&extra);
                let named = names.filter_map(|name| self.participant(&thread.channel, name));
                let named: Vec<ParticipantId> = named.collect();
                self.named.extend(named);
            }
            for (edition, title) in called {
                if !said.contains(&edition) {
                    self.titles.insert((edition, thread.id), title);
                }
            }
        }
    }

    /// Leaves messages to the earlier bundles that they went with.
    pub(super) fn leave_to_earlier(&mut self, stays: RoaringBitmap) {
        self.leaving -= &stays;
        self.decided_out -= &stays;
        self.earlier = stays;
        self.earlier_sources.clone_from(&self.sources);
        self.earlier_threads.clone_from(&self.threads);
        let threads = self.leaving.iter().map(MessageNumber);
        let threads = threads.filter_map(|number| Some(self.store.message(number)?.thread));
        self.threads = threads.collect();
        self.count();
    }

    /// Which editions leave.
    pub(super) fn sets(&self) -> Sets {
        self.profile.as_ref().map_or(Sets::Both, |one| one.sets)
    }

    /// Whether a table of [`super::profile::TABLES`] leaves.
    pub(super) fn takes(&self, table: &str) -> bool {
        let profile = self.profile.as_ref();
        profile.is_none_or(|one| one.tables.contains(table))
    }

    /// Whether the profile leaves a message behind that was decided to leave.
    pub(super) fn is_set_aside(&self, number: MessageNumber) -> bool {
        self.set_aside.contains(number.0)
    }

    /// Whether a message is here, or was handed over earlier.
    pub(super) fn is_told(&self, number: u32) -> bool {
        self.leaving.contains(number) || self.earlier.contains(number)
    }

    /// What a thread that is handed over is called in the bundle.
    pub fn title<'a>(&'a self, thread: &'a Thread) -> &'a str {
        self.title_in(thread, Edition::Closed)
    }

    /// What a thread that is handed over is called in an edition.
    pub fn title_in<'a>(&'a self, thread: &'a Thread, edition: Edition) -> &'a str {
        self.titles
            .get(&(edition, thread.id))
            .map_or(&thread.title, String::as_str)
    }

    /// The participant of a channel who has this very name.
    pub fn participant(&self, channel: &str, name: &str) -> Option<ParticipantId> {
        self.participants.get(channel)?.get(name).copied()
    }

    /// The decision that holds for a message; undecided for one that nobody decides on.
    pub fn decision(&self, number: MessageNumber) -> Decision {
        match self.on_hold.contains(number.0) || self.kept.contains(number.0) {
            true => Decision::Refer,
            false => self.fold.decisions.decision(number),
        }
    }

    /// How many messages would leave, were they not on hold.
    pub fn held(&self) -> u64 {
        self.on_hold.len()
    }

    /// Which messages are one, as a person says.
    pub fn same(&self) -> &Sameness {
        &self.fold.same
    }

    /// The copies that a person said are ones, each after the message that stands for it.
    pub fn copies(&self) -> impl Iterator<Item = (MessageNumber, MessageNumber)> {
        let groups = self.same().groups();
        groups.flat_map(|(number, copies)| copies.map(move |copy| (number, copy)))
    }

    /// The ledger's entry that a message's decision rests on.
    pub fn decided_by(&self, number: MessageNumber) -> Option<&Recorded> {
        let at = usize::try_from(number.0).ok()?;
        let place = usize::try_from(*self.decided_by.get(at)?).ok()?;
        self.entries.get(place.checked_sub(1)?)
    }

    /// The entries that put flags and notes on messages of a set, by message and what it is; of
    /// several the last.
    pub fn marked_by(
        &self,
        messages: &RoaringBitmap,
    ) -> BTreeMap<(u32, &About), Option<&Recorded>> {
        let mut by = BTreeMap::new();
        for (place, about, set) in &self.marked_by {
            for number in &(set & messages) {
                by.insert((number, about), self.entries.get(*place));
            }
        }
        by
    }

    /// Which entries countersigned what, in their order.
    pub(super) fn countersigns(&self) -> Vec<(u64, String, RoaringBitmap)> {
        let marked = self.marked_by.iter();
        countersigns(
            marked.filter_map(|(place, about, set)| Some((self.entries.get(*place)?, about, set))),
        )
    }

    /// The entry that masked a message last.
    pub fn masked_by(&self, number: MessageNumber) -> Option<&Recorded> {
        self.entries.get(*self.masked_by.get(&number.0)?)
    }

    /// The entries up to the head, in their order.
    pub(super) fn history(&self) -> impl Iterator<Item = &Recorded> {
        let head = self.head.seq;
        self.entries.iter().take_while(move |one| one.seq <= head)
    }

    /// All that the ledger says, in order.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Recorded> {
        self.entries.iter()
    }

    /// The entry with this number.
    pub fn entry(&self, seq: u64) -> Option<&Recorded> {
        let at = self.entries.binary_search_by_key(&seq, |entry| entry.seq);
        self.entries.get(at.ok()?)
    }

    /// Which way a message went.
    pub fn direction(&self, message: &Message<'_>) -> Direction {
        if message.kind.is_decidable()
            && let Some(told) = message.marks.told_direction()
        {
            return told;
        }
        let Some(sender) = message.participant.filter(|_| message.kind.is_decidable()) else {
            return Direction::None;
        };
        match self.custodians.is_custodian(message.source, sender) {
            None => Direction::Unknown,
            Some(true) => Direction::Sent,
            Some(false) => Direction::Received,
        }
    }

    /// Whether this participant is the custodian in a source of which something leaves.
    pub fn is_custodian(&self, participant: ParticipantId) -> bool {
        self.sources
            .iter()
            .any(|source| self.custodians.is_custodian(*source, participant) == Some(true))
    }

    /// What may be told of the person that someone who may be named is; `among` are those who stand
    /// in the same table.
    ///
    /// Which names are one person is told of names that may be shown alone: a name that stands only
    /// in what stays behind is no secret that a join could let out. What the reviewer called them
    /// is told unless it is, or holds, such a name; what a contact list calls them is known from
    /// that list.
    pub fn known_as(
        &self,
        participant: ParticipantId,
        among: &BTreeSet<ParticipantId>,
    ) -> Option<KnownAs> {
        let person = self.roster.person(participant)?;
        let shown: Vec<&Participant> = person
            .participants
            .iter()
            .filter(|id| among.contains(id))
            .filter_map(|id| self.store.participant(*id))
            .collect();
        let first = shown.first()?.id;
        let is_told =
            person.is_named && (person.is_listed || self.may_be_told(&person.name, person));
        let told = |text: &str| match self.may_be_told(text, person) {
            true => text.to_owned(),
            false => String::new(),
        };
        Some(KnownAs {
            person: first,
            name: if is_told {
                person.name.clone()
            } else {
                own_name(shown.into_iter())
            },
            basis: match (is_told, person.is_listed) {
                (true, true) => "contact list",
                (true, false) => "reviewer",
                (false, _) => "export",
            },
            relation: person.relation,
            organisation: told(&person.organisation),
            position: told(&person.position),
        })
    }

    /// The people of the case, whether or not they may be named.
    pub fn people(&self) -> &[Person] {
        self.roster.people()
    }

    /// Every name that people.csv gives beside those of the exports.
    pub fn told_names(&self) -> BTreeSet<String> {
        let named = self.named.iter();
        let known = named.filter_map(|id| self.known_as(*id, &self.named));
        known.map(|known| known.name).collect()
    }

    /// Whether what a reviewer wrote of a person holds no name that stands only in what stays
    /// behind: none of somebody else, and of this person's own not even the name in an address.
    fn may_be_told(&self, text: &str, person: &Person) -> bool {
        let reduced = |text: &str| -> String {
            let folded = crate::text::fold(text);
            letters(&folded).map(|(_, c)| c).collect()
        };
        let (mut shown, mut hidden) = (BTreeSet::new(), BTreeSet::new());
        for id in &person.participants {
            let Some(participant) = self.store.participant(*id) else {
                continue;
            };
            let address = Address::parse(&participant.name);
            let parts = [&participant.name, &address.name, &address.address];
            let parts = parts.map(|part| reduced(part));
            if self.named.contains(id) {
                shown.extend(parts);
            } else {
                hidden.extend(parts);
            }
        }
        let wanted = reduced(text);
        if shown.contains(&wanted) {
            return true;
        }
        let lets_out = |name: &String| !name.is_empty() && wanted.contains(name.as_str());
        !hidden.difference(&shown).any(lets_out)
            && matches!(self.unnamed.replace(text), Cow::Borrowed(_))
    }

    /// A message's text as it leaves: exact, but for system lines that name somebody who may not
    /// be named.
    pub fn text<'a>(&self, message: &Message<'a>) -> Cow<'a, str> {
        if message.kind == Kind::System {
            self.unnamed.replace(message.text)
        } else {
            Cow::Borrowed(message.text)
        }
    }

    /// Says of the numbers that stand for names that they are the former case's.
    pub(super) fn of_the_former_case(&mut self) {
        self.unnamed.say_of(" of the former case");
    }

    /// A text without the names of people who may not be named.
    pub fn without_names<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.unnamed.replace(text)
    }

    /// Whether nothing of a source stays behind: no message, not one that it shares with another
    /// source, no other wording of one, and not even a name in a system line.
    pub fn is_whole(&self, source: SourceId) -> bool {
        let counts = self.source_counts(source);
        counts.handed_over == counts.messages
            && !self.masked.contains(&source)
            && !self.shares_withheld.contains(&source)
    }

    /// Whether the seal of a source may be told: nothing of it stays behind, and it is not one of
    /// several in an archive, whose seal is that of all of them.
    pub fn tells_seal(&self, source: &Source) -> bool {
        source.within.is_none() && self.is_whole(source.id)
    }

    /// The balance of one source.
    pub fn source_counts(&self, source: SourceId) -> Counts {
        self.by_source.get(&source).copied().unwrap_or_default()
    }

    /// The balance of one thread.
    pub fn thread_counts(&self, thread: ThreadId) -> Counts {
        self.by_thread.get(&thread).copied().unwrap_or_default()
    }

    /// The balance of the case.
    pub fn total(&self) -> Counts {
        let sum = |sum: Counts, counts: &Counts| sum.plus(counts);
        self.by_source.values().fold(Counts::default(), sum)
    }
}

/// The people whom a message names beside its sender.
pub(super) fn names_beside(extra: &Extra) -> impl Iterator<Item = &str> {
    let recipients = extra.recipients.iter().map(|one| one.who.as_str());
    let reactions = extra.reactions.iter().map(|one| one.who.as_str());
    recipients
        .chain(reactions)
        .chain(extra.forwarded.as_deref())
        .filter(|name| !name.is_empty())
}

/// What may be told of who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAs {
    /// The lowest number among those of the person's names that are shown.
    pub person: ParticipantId,
    /// The name to show.
    pub name: String,
    /// Where the name is from: `export`, `reviewer` or `contact list`.
    pub basis: &'static str,
    /// What they are to the custodian.
    pub relation: Relation,
    /// Where they work; may be empty.
    pub organisation: String,
    /// As what; may be empty.
    pub position: String,
}

/// Which entries countersigned what, in their order.
fn countersigns<'a>(
    marked: impl Iterator<Item = (&'a Recorded, &'a About, &'a RoaringBitmap)>,
) -> Vec<(u64, String, RoaringBitmap)> {
    marked
        .filter_map(|(recorded, about, set)| {
            let About::Second { by } = about else {
                return None;
            };
            let signs = matches!(
                recorded.entry,
                Entry::Second {
                    act: SecondAct::Countersign,
                    ..
                }
            );
            signs.then(|| (recorded.seq, by.clone(), set.clone()))
        })
        .collect()
}
