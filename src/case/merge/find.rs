//! Which messages of an export the case has already: candidates are found by the texts that
//! threads share, and each is then compared in full.

use super::align::{Aligned, FARTHEST, Told, Verdict};
use super::differ;
use super::key::{hashed, is_plain, key};
use super::leads::Leads;
use super::mail::Mails;
use super::pair::Pair;
use crate::case::columns::Columns;
use crate::case::draft::{Draft, DraftThread};
use crate::case::store::{Participant, Store, Thread};
use crate::import::ME;
use crate::model::{Extra, Kind, MessageNumber, ParticipantId, ThreadId};
use crate::text;
use std::collections::{BTreeSet, HashMap};

/// Letters that a text must have to lead to a thread.
const LETTERS: usize = 6;
/// Of a thread with more messages than this, a quarter of the texts lead to it.
const LARGE: u32 = 1000;
/// Texts that must lead to a thread of another title.
const LEADS: u32 = 2;
/// Messages of a thread of another title that are looked at before it is compared in full.
const SAMPLE: u32 = 512;
/// So many of them must be there for the look to tell anything.
const ENOUGH: u32 = 32;
/// Where fewer than one in so many is known on the other side, whichever side is asked, the two are
/// not one chat: that takes half of what one of them says.
const ONE_IN: u32 = 8;
/// Threads of another title that are compared in full, those first that most texts lead to.
const TRIED: usize = 6;
/// The same of threads of the same title.
const TRIED_SAME: usize = 24;

/// What texts of the case lead to which threads; made as it is needed and kept during an import.
#[derive(Default)]
pub(in crate::case) struct Finder {
    leads: Leads,
    /// By thread: the number up to which its messages are among them.
    upto: HashMap<ThreadId, u32>,
    /// By thread: its title, folded.
    titles: Vec<String>,
    /// By thread: how many messages it had when it was last looked at, and what then was seen.
    looks: HashMap<ThreadId, (u32, Vec<Look>)>,
    /// The keys of the last export's messages, all of which are new, from this number on.
    fresh: (u32, Vec<Fresh>),
    mails: Mails,
}

/// What is known of a message that was new a moment ago.
#[derive(Clone, Copy, Default)]
enum Fresh {
    #[default]
    Unknown,
    LeadsNowhere,
    Key(u64),
}

/// Of an export with more messages than this, keys are not kept.
const FRESH: u32 = 1 << 20;

/// One message of a thread as a quick look at it takes it: the key of its text and its clock.
#[derive(Clone, Copy)]
struct Look {
    key: u32,
    clock: Option<i64>,
}

/// What kind of thing the channels of two threads carry: texts of telephones are one, whichever
/// app wrote them out.
fn medium(channel: &str) -> &str {
    match channel {
        "imessage" | "google-voice" => "sms",
        other => other,
    }
}

/// The message at a place of these columns; `at` is what it is called.
fn told(at: u32, (columns, place): (&Columns, u32), unit: i64) -> Option<Told> {
    let kind = columns.kind(place)?;
    let bytes = columns.text_bytes(place);
    // What is plain is text, and need not be read as such first.
    let (key, letters) = if is_plain(bytes) {
        (hashed(bytes), bytes.len())
    } else {
        let text = columns.text(place);
        (key(text), text.len())
    };
    Some(Told {
        at,
        clock: columns
            .clock(place)
            .map(|clock| clock.div_euclid(unit) * unit),
        sender: columns.participant(place),
        key,
        letters: u8::try_from(letters).unwrap_or(u8::MAX),
        kind,
    })
}

/// Whether a message's text may lead to a thread.
fn leads_on(told: &Told) -> bool {
    told.is_said() && usize::from(told.letters) >= LETTERS
}

/// Whether a quick look takes notice of a message: of one whose text somebody wrote. What an app
/// puts in the place of a file is the same in all chats.
fn is_looked_at(told: &Told) -> bool {
    leads_on(told)
        && !matches!(
            told.kind,
            Kind::Deleted | Kind::Omitted | Kind::ViewOnce | Kind::NotExported
        )
}

/// The keys of the texts that may lead to a thread, ascending, each once.
fn keys(told: &[Told]) -> Vec<u32> {
    let leading = told.iter().filter(|told| leads_on(told));
    let mut keys: Vec<u32> = leading.map(|told| told.key as u32).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

impl Finder {
    /// Finds what of an export the case has, as pairs in the order in which the export has them.
    /// `first` is the number that its first new message gets.
    pub(in crate::case) fn find(&mut self, store: &Store, draft: &Draft, first: u32) -> Vec<Pair> {
        let mut pairs = self.mails.find(store, draft, first);
        let untitled = store.threads().iter().skip(self.titles.len());
        let titles: Vec<String> = untitled.map(|thread| text::fold(&thread.title)).collect();
        self.titles.extend(titles);
        let nameless = nameless(store, draft);
        let mut fresh = Vec::new();
        for (at, thread) in draft.threads.iter().enumerate() {
            if thread.head.channel != super::mail::CHANNEL {
                self.find_chat(store, draft, at, &nameless, &mut pairs, &mut fresh);
            }
        }
        pairs.sort_unstable();
        self.fresh = match pairs.is_empty() {
            true => (first, fresh),
            false => (first, Vec::new()),
        };
        pairs
    }

    fn find_chat(
        &mut self,
        store: &Store,
        draft: &Draft,
        at: usize,
        nameless: &BTreeSet<ParticipantId>,
        pairs: &mut Vec<Pair>,
        fresh: &mut Vec<Fresh>,
    ) {
        let Some(read) = draft.threads.get(at) else {
            return;
        };
        let messages: Vec<u32> = read.runs.iter().cloned().flatten().collect();
        let title = text::fold(&read.head.title);
        let meets = |thread: &&Thread| {
            medium(&thread.channel) == medium(&read.head.channel)
                && match (thread.first, thread.last, read.first, read.last) {
                    (Some(first), Some(last), Some(from), Some(to)) => {
                        first.saturating_sub(FARTHEST) <= to
                            && last.saturating_add(FARTHEST) >= from
                    }
                    _ => true,
                }
        };
        let near: Vec<&Thread> = store.threads().iter().filter(meets).collect();
        if near.is_empty() {
            return;
        }
        for thread in &near {
            self.learn(store, thread);
        }
        let there: Vec<Told> = messages
            .iter()
            .filter_map(|at| told(*at, (&draft.columns, *at), 1))
            .collect();
        if draft.columns.len() <= FRESH {
            let all = usize::try_from(draft.columns.len()).unwrap_or(0);
            fresh.resize(all, Fresh::Unknown);
            for told in &there {
                let known = usize::try_from(told.at).ok();
                if let Some(known) = known.and_then(|at| fresh.get_mut(at)) {
                    *known = match leads_on(told) {
                        true => Fresh::Key(told.key),
                        false => Fresh::LeadsNowhere,
                    };
                }
            }
        }
        let keys = keys(&there);
        let leads = self.leads.count(&keys, store.threads().len());
        let mut same: Vec<(u32, &Thread)> = Vec::new();
        let mut other: Vec<(u32, &Thread)> = Vec::new();
        for thread in near {
            let known = usize::try_from(thread.id.0).unwrap_or(usize::MAX);
            let count = leads.get(known).copied().unwrap_or(0);
            if self.titles.get(known) == Some(&title) {
                // A long thread that no text leads to has nothing to say in common.
                if count > 0 || thread.len() <= LARGE {
                    same.push((count, thread));
                }
            } else if count >= LEADS {
                other.push((count, thread));
            }
        }
        let mut found: Vec<(u32, Vec<Pair>)> = Vec::new();
        for (mut tried, same_title, most) in [(same, true, TRIED_SAME), (other, false, TRIED)] {
            tried.sort_by_key(|(count, thread)| (std::cmp::Reverse(*count), thread.id));
            tried.truncate(most);
            if !same_title {
                tried.retain(|(_, thread)| self.may_be_one(store, thread, read, &there, &keys));
            }
            found.extend(tried.into_iter().filter_map(|(_, thread)| {
                compare(store, draft, thread, &there, nameless, same_title)
            }));
        }
        // A thread that has more in common goes before one that has less.
        found.sort_by_key(|(same, _)| std::cmp::Reverse(*same));
        let mut taken: BTreeSet<u32> = BTreeSet::new();
        for (_, found) in found {
            let new: Vec<Pair> = found
                .into_iter()
                .filter(|pair| !taken.contains(&pair.at))
                .collect();
            taken.extend(new.iter().map(|pair| pair.at));
            pairs.extend(new);
        }
    }

    /// Takes in what a thread holds since it was last looked at.
    fn learn(&mut self, store: &Store, thread: &Thread) {
        let from = self.upto.get(&thread.id).copied().unwrap_or(0);
        let upto = thread.runs.iter().map(|run| run.end).max().unwrap_or(0);
        if from >= upto {
            return;
        }
        self.upto.insert(thread.id, upto);
        let is_large = thread.len() > LARGE;
        let numbers = thread.runs.iter().cloned().flatten();
        for number in numbers.filter(|number| *number >= from) {
            let (first, fresh) = &self.fresh;
            let at = number
                .checked_sub(*first)
                .and_then(|at| usize::try_from(at).ok());
            let key = match at.and_then(|at| fresh.get(at)) {
                Some(Fresh::Key(key)) => *key,
                Some(Fresh::LeadsNowhere) => continue,
                Some(Fresh::Unknown) | None => {
                    let place = store.stands_at(MessageNumber(number));
                    match place.and_then(|place| told(number, place, 1)) {
                        Some(told) if leads_on(&told) => told.key,
                        _ => continue,
                    }
                }
            };
            if !is_large || key >> 62 == 0 {
                self.leads.lead(key as u32, thread.id.0);
            }
        }
    }

    /// A quick look at what both say while both go on: false where the two cannot be one chat.
    fn may_be_one(
        &mut self,
        store: &Store,
        thread: &Thread,
        read: &DraftThread,
        there: &[Told],
        keys: &[u32],
    ) -> bool {
        let from = read.first.max(thread.first);
        let to = match (read.last, thread.last) {
            (Some(one), Some(other)) => Some(one.min(other)),
            _ => None,
        };
        let goes_on = |clock: Option<i64>| match (clock, from, to) {
            (Some(time), Some(from), Some(to)) => {
                time >= from.saturating_sub(FARTHEST) && time <= to.saturating_add(FARTHEST)
            }
            _ => true,
        };
        let is_large = thread.len() > LARGE;
        let (mut asked, mut known) = (0u32, 0u32);
        // Every so many, four times as many where a quarter of the texts is known.
        let step = usize::try_from(SAMPLE).map_or(1, |sample| (there.len() / sample / 4).max(1));
        for told in there.iter().step_by(step) {
            if is_looked_at(told)
                && goes_on(told.clock)
                && (!is_large || told.key >> 62 == 0)
                && let Some(leads) = self.leads.leads_to(told.key as u32, thread.id.0)
            {
                asked += 1;
                known += u32::from(leads);
            }
        }
        if asked < ENOUGH || known.saturating_mul(ONE_IN) >= asked {
            return true;
        }
        let (mut asked, mut known) = (0u32, 0u32);
        for look in self.look(store, thread) {
            if goes_on(look.clock) {
                asked += 1;
                known += u32::from(keys.binary_search(&look.key).is_ok());
            }
        }
        asked < ENOUGH || known.saturating_mul(ONE_IN) >= asked
    }

    /// Every so many messages of a thread of the case: it is asked of for many exports.
    fn look(&mut self, store: &Store, thread: &Thread) -> &[Look] {
        let (len, looks) = self.looks.entry(thread.id).or_default();
        if *len != thread.len() {
            *len = thread.len();
            let step = usize::try_from(thread.len() / SAMPLE).map_or(1, |step| step.max(1));
            *looks = (0..thread.len())
                .step_by(step)
                .filter_map(|position| store.thread_message(thread.id, position))
                .filter_map(|number| told(0, store.stands_at(number)?, 1))
                .filter(is_looked_at)
                .map(|told| Look {
                    key: told.key as u32,
                    clock: told.clock,
                })
                .collect();
        }
        looks
    }
}

/// The names that exports give to their own owner.
fn nameless(store: &Store, draft: &Draft) -> BTreeSet<ParticipantId> {
    let is_owner =
        |participant: &&Participant| [ME, "You"].iter().any(|name| participant.name == *name);
    store
        .participants()
        .iter()
        .chain(&draft.participants)
        .filter(is_owner)
        .map(|participant| participant.id)
        .collect()
}

/// Compares an export's messages with a thread of the case; how much is the same, and what.
fn compare(
    store: &Store,
    draft: &Draft,
    thread: &Thread,
    there: &[Told],
    nameless: &BTreeSet<ParticipantId>,
    same_title: bool,
) -> Option<(u32, Vec<Pair>)> {
    let numbers = || thread.runs.iter().cloned().flatten();
    let has_seconds = |mut clocks: Box<dyn Iterator<Item = Option<i64>> + '_>| {
        clocks.any(|time| time.is_some_and(|time| time.rem_euclid(60) != 0))
    };
    let here = numbers()
        .take(1000)
        .map(|number| store.time(MessageNumber(number)));
    let clocks = there.iter().take(1000).map(|told| told.clock);
    let unit = if has_seconds(Box::new(here)) && has_seconds(Box::new(clocks)) {
        1
    } else {
        60
    };
    let here: Vec<Told> = numbers()
        .filter_map(|number| told(number, store.stands_at(MessageNumber(number))?, unit))
        .collect();
    let there: Vec<Told> = there
        .iter()
        .map(|told| Told {
            clock: told.clock.map(|clock| clock.div_euclid(unit) * unit),
            ..*told
        })
        .collect();
    let mut aligned = Aligned::new(&here, &there, nameless, unit);
    if !aligned.is_one_chat(same_title) {
        return None;
    }
    let beside = aligned.pair_left_over(&|here, there| verdict(store, draft, here, there));
    let at_of = |told: &[Told], at: u32| {
        let at = usize::try_from(at).ok()?;
        told.get(at).map(|told| told.at)
    };
    let same = aligned.same();
    let mut pairs: Vec<Pair> = there
        .iter()
        .zip(&aligned.other_there)
        .filter_map(|(told, other)| {
            Some(Pair {
                at: told.at,
                number: at_of(&here, (*other)?)?,
                beside: false,
            })
        })
        .collect();
    pairs.extend(beside.into_iter().filter_map(|(one, other)| {
        Some(Pair {
            at: at_of(&there, other)?,
            number: at_of(&here, one)?,
            beside: true,
        })
    }));
    Some((same, pairs))
}

fn verdict(store: &Store, draft: &Draft, here: &Told, there: &Told) -> Option<Verdict> {
    let number = MessageNumber(here.at);
    let (one, other) = (store.row(number)?, draft.columns.row(there.at)?);
    let extras = || -> (Extra, Extra) { (store.extra(number), draft.columns.extra(there.at)) };
    differ::verdict(&one, &other, &extras)
}
