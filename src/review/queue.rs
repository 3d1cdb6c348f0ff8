//! The queue of work: how a case stands, what is left and where, what needs a second look, and how
//! long the rest would take.
//!
//! What depends on the messages alone (whose each is, from which month, who sent it) is found once
//! and kept as sets (`Ground`); each count is then an operation on sets, so that the queue of a
//! million messages is made anew after a decision in the time of a frame or two. It is made on a
//! worker, and is true for one entry of the ledger, which it names.

use super::decisions::{Decisions, Tally};
use super::findings::Listed;
use super::pace::{Estimate, Pace, Paces};
use super::people::Cast;
use super::second::Stand;
use super::timeline::{Chart, Counts, Days, Row, Step};
use super::ways::Way;
use super::{ReviewError, Session};
use crate::case::Store;
use crate::case::ledger::{Head, LedgerError};
use crate::case::rules::RuleNumber;
use crate::model::{Decision, Flag, Marks, SourceId};
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// By what the work that is left is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// By whose export a message came in; of one that several tell, the first of them.
    Custodian,
    /// By app.
    Channel,
    /// By thread.
    Thread,
    /// By who sent it; what names no sender is nobody's.
    Person,
    /// By month of the case's time zone.
    Month,
}

impl By {
    /// All of them, in the order they are shown.
    pub const ALL: [By; 5] = [
        By::Custodian,
        By::Channel,
        By::Thread,
        By::Person,
        By::Month,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            By::Custodian => "custodian",
            By::Channel => "channel",
            By::Thread => "thread",
            By::Person => "person",
            By::Month => "month",
        }
    }
}

/// How the messages of one custodian, channel, thread, person or month stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub name: String,
    /// The way through them.
    pub way: Way,
    /// How they stand.
    pub counts: Counts,
}

impl Part {
    /// How many are undecided.
    pub fn left(&self) -> u32 {
        self.counts.of(Decision::Undecided)
    }
}

/// Why messages need a second look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// They were referred.
    Referred,
    /// They are mixed and nothing in them is masked, as it is in so many others.
    Mixed(u64),
    /// A second reviewer disagrees with the decision.
    Disagreed,
    /// A second reviewer's word is older than the decision.
    Lapsed,
    /// They carry this flag.
    Flagged(Flag),
    /// A rule would decide them.
    Proposed(RuleNumber, String),
    /// Exports tell them differently, and they may leave.
    Disputed,
    /// Their clock time happened twice that night, or not at all, and they may leave.
    Ambiguous,
    /// Bytes that no message could be made of.
    Unreadable,
    /// The order of an export's dates is assumed: exports, not messages.
    DateOrder,
    /// It is not known whose an export is: exports, not messages.
    Whose,
    /// Detectors point at something in them, and nobody said anything of it.
    Finding,
    /// Nobody has looked for findings in them.
    Unlooked,
}

/// What needs a second look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Why.
    pub reason: Reason,
    /// How many messages; of [`Reason::DateOrder`] and [`Reason::Whose`], exports.
    pub count: u64,
}

impl Look {
    /// The query that finds them; `None` where they are not messages.
    pub fn query(&self, session: &Session) -> Option<String> {
        Some(match &self.reason {
            Reason::Referred => "is:refer".to_owned(),
            Reason::Mixed(_) => "is:mixed -has:mask".to_owned(),
            Reason::Disagreed => "is:disagreed".to_owned(),
            Reason::Lapsed => "is:lapsed".to_owned(),
            Reason::Flagged(flag) => format!("flag:{}", flag.name()),
            Reason::Proposed(rule, _) => {
                let rules = session.rules();
                Way::of(&rules.get(*rule)?.query).query_left()
            }
            Reason::Disputed => "is:disputed -is:personal".to_owned(),
            Reason::Ambiguous => "is:ambiguous -is:personal".to_owned(),
            Reason::Unreadable => "is:unreadable".to_owned(),
            Reason::Finding => Listed::Open.query().to_owned(),
            Reason::DateOrder | Reason::Whose | Reason::Unlooked => return None,
        })
    }

    /// One word for the reason, for programs.
    pub fn name(&self) -> &'static str {
        match self.reason {
            Reason::Referred => "refer",
            Reason::Mixed(_) => "mixed",
            Reason::Disagreed => "disagreed",
            Reason::Lapsed => "lapsed",
            Reason::Flagged(_) => "flag",
            Reason::Proposed(..) => "rule",
            Reason::Disputed => "disputed",
            Reason::Ambiguous => "ambiguous",
            Reason::Unreadable => "unreadable",
            Reason::DateOrder => "date-order",
            Reason::Whose => "whose",
            Reason::Finding => "finding",
            Reason::Unlooked => "not-looked-through",
        }
    }

    /// What it is, after the number.
    pub fn words(&self) -> String {
        match &self.reason {
            Reason::Referred => "referred for a second look".into(),
            Reason::Mixed(0) => {
                "mixed: official and personal in one message, nothing masked".into()
            }
            Reason::Mixed(masked) => {
                format!("mixed, with nothing masked; {masked} others have masks")
            }
            Reason::Disagreed => "that a second reviewer disagrees on".into(),
            Reason::Lapsed => "changed after a second reviewer's word".into(),
            Reason::Flagged(flag) => format!("flagged {}", flag.name()),
            Reason::Proposed(_, name) => format!("that the rule {name} would decide"),
            Reason::Disputed => "that exports tell differently, and may leave".into(),
            Reason::Ambiguous => "sent at an ambiguous time (clock change), and may leave".into(),
            Reason::Unreadable => "not readable as messages: kept, never decided".into(),
            Reason::DateOrder => match self.count {
                1 => "export whose order of dates is assumed".into(),
                _ => "exports whose order of dates is assumed".into(),
            },
            Reason::Whose => match self.count {
                1 => "export of which it is not known whose it is".into(),
                _ => "exports of which it is not known whose they are".into(),
            },
            Reason::Finding => "with a finding that is open".into(),
            Reason::Unlooked => "that nobody has looked through for findings".into(),
        }
    }
}

/// What of a case the counts rest on, found once for its messages and people.
struct Ground {
    cast: Cast,
    /// What depends on the messages alone.
    columns: Arc<Columns>,
    /// How many exports there are of which it is not known whose they are.
    open: u64,
}

/// What the columns of all messages tell, as sets.
struct Columns {
    days: Days,
    /// What each participant sent, by number; lines of the app that name them among it, as
    /// `from:` finds them.
    senders: Vec<RoaringBitmap>,
    ambiguous: RoaringBitmap,
    disputed: RoaringBitmap,
}

impl Ground {
    /// Looks at columns of all messages, as far as `known` does not hold for them: for a worker.
    fn of(session: &Session, known: Option<&Arc<Ground>>) -> Arc<Ground> {
        let cast = session.cast();
        let same = known.filter(|known| Arc::ptr_eq(&known.cast.store, &cast.store));
        if let Some(known) = same
            && Arc::ptr_eq(&known.cast.roster, &cast.roster)
        {
            return known.clone();
        }
        let columns = same.map(|known| known.columns.clone());
        Arc::new(Ground {
            columns: columns.unwrap_or_else(|| Arc::new(Columns::of(&cast.store))),
            open: session.whose().open().len() as u64,
            cast,
        })
    }
}

impl Columns {
    fn of(store: &Arc<Store>) -> Columns {
        // Numbers are gathered in the order they come, which is rising for each.
        let mut senders: Vec<Vec<u32>> = vec![Vec::new(); store.participants().len()];
        for (number, sender) in (0u32..).zip(store.senders()) {
            let at = sender.and_then(|sender| usize::try_from(sender.0).ok());
            if let Some(numbers) = at.and_then(|at| senders.get_mut(at)) {
                numbers.push(number);
            }
        }
        let set =
            |numbers| RoaringBitmap::from_sorted_iter::<Vec<u32>>(numbers).unwrap_or_default();
        let unsure = Marks::AMBIGUOUS_TIME.with(Marks::IMPOSSIBLE_TIME).0;
        let marked = |wanted: u16| -> RoaringBitmap {
            let marked = (0u32..).zip(store.marks());
            let marked = marked.filter(|(_, marks)| marks.0 & wanted != 0);
            marked.map(|(number, _)| number).collect()
        };
        Columns {
            days: Days::of(store.clone()),
            senders: senders.into_iter().map(set).collect(),
            ambiguous: marked(unsure),
            disputed: marked(Marks::DISPUTED.0),
        }
    }
}

/// What may be kept from one queue to the next.
#[derive(Clone, Default)]
pub struct Known {
    /// What the counts rest on.
    ground: Option<Arc<Ground>>,
    /// The work of the reviewers.
    paces: Arc<Paces>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").finish_non_exhaustive()
    }
}

/// The queue of work, as of one entry of the ledger.
#[derive(Clone, Debug)]
pub struct Queue {
    /// The last entry that it takes account of.
    pub head: Head,
    /// How the whole case stands.
    pub all: Tally,
    /// How the parts stand: what has most undecided first; months in their order, those of which nothing
    /// is left last.
    parts: BTreeMap<By, Vec<Part>>,
    /// What needs a second look, the gravest first; only what there is.
    pub looks: Vec<Look>,
    /// The work of the session's reviewer.
    pub pace: Pace,
    /// How long the undecided would take them; `None` where there is too little to go on.
    pub estimate: Option<Estimate>,
}

impl Queue {
    /// Puts it together; `known` is used as far as it still holds, and brought up to date. For a
    /// worker.
    ///
    /// # Errors
    /// When the ledger cannot be read, or a rule's search fails.
    pub fn of(
        session: &Session,
        known: &mut Known,
        cancel: &AtomicBool,
    ) -> Result<Queue, ReviewError> {
        let head = session.head();
        let ground = Ground::of(session, known.ground.as_ref());
        known.ground = Some(ground.clone());
        let paces = Arc::make_mut(&mut known.paces);
        let ledger = session.case().ledger();
        ledger.read::<_, LedgerError>(|reading| paces.follow(reading))?;
        let decisions = session.decisions();
        let all = decisions.tally_all();
        let pace = paces.of(&session.actor().name);
        let estimate = pace.estimate(all.undecided);
        let parts = By::ALL.map(|by| (by, parts(by, &ground, &decisions)));
        Ok(Queue {
            head,
            all,
            parts: parts.into(),
            looks: looks(session, &ground, &decisions, cancel)?,
            pace,
            estimate,
        })
    }

    /// How the parts stand.
    pub fn parts(&self, by: By) -> &[Part] {
        self.parts.get(&by).map_or(&[], Vec::as_slice)
    }

    /// The pace and what it means for what is left, in a sentence or two.
    pub fn pace_words(&self) -> String {
        self.pace.words(self.all.undecided)
    }
}

fn parts(by: By, ground: &Ground, decisions: &Decisions) -> Vec<Part> {
    let store = &ground.cast.store;
    let mut parts: Vec<Part> = match by {
        By::Custodian => custodians(ground, decisions),
        By::Channel => {
            let mut channels: BTreeMap<&str, Counts> = BTreeMap::new();
            for thread in store.threads() {
                let counts = Counts::from(decisions.tally(thread.id));
                channels.entry(&thread.channel).or_default().add(&counts);
            }
            let part = |(name, counts): (&str, Counts)| Part {
                name: name.to_owned(),
                way: Way::Search(term("channel", name)),
                counts,
            };
            channels.into_iter().map(part).collect()
        }
        By::Thread => {
            let threads = store.threads().iter();
            let part = |thread: &crate::case::Thread| Part {
                name: thread.title.clone(),
                way: Way::Thread(thread.id),
                counts: Counts::from(decisions.tally(thread.id)),
            };
            threads.map(part).collect()
        }
        By::Person => people(ground, decisions),
        By::Month => {
            let chart = Chart::of(&ground.columns.days, decisions, None, Step::Month);
            let part = |row: &Row| match row {
                Row::Bar(first, counts) => Some(Part {
                    name: first.format("%Y-%m").to_string(),
                    way: Way::Month(*first),
                    counts: *counts,
                }),
                Row::Gap(..) => None,
            };
            let mut months: Vec<Part> = chart.rows.iter().filter_map(part).collect();
            if chart.undated.total > 0 {
                months.push(Part {
                    name: "undated".into(),
                    way: Way::Search("is:undated".into()),
                    counts: chart.undated,
                });
            }
            months.sort_by_key(|month| month.left() == 0);
            return months;
        }
    };
    parts.retain(|part| part.counts.total > 0);
    parts.sort_by(|one, other| {
        let key = |part: &Part| std::cmp::Reverse((part.left(), part.counts.total));
        key(one)
            .cmp(&key(other))
            .then_with(|| one.name.cmp(&other.name))
    });
    parts
}

/// The exports of each custodian, as far as it is known whose they are.
fn custodians(ground: &Ground, decisions: &Decisions) -> Vec<Part> {
    let mut whose: BTreeMap<Option<String>, Vec<SourceId>> = BTreeMap::new();
    for source in ground.cast.store.sources() {
        let me = ground.cast.me(source.id);
        whose.entry(me).or_default().push(source.id);
    }
    // Where nothing is known of any export, there is nobody to count by.
    if whose.keys().all(Option::is_none) {
        return Vec::new();
    }
    let part = |(name, sources): (Option<String>, Vec<SourceId>)| {
        let mut set = RoaringBitmap::new();
        for source in sources
            .iter()
            .filter_map(|id| ground.cast.store.source(*id))
        {
            set.insert_range(source.numbers.clone());
        }
        let terms: Vec<String> = sources.iter().map(|id| format!("source:{id}")).collect();
        Part {
            name: name.unwrap_or_else(|| "not said whose".into()),
            way: Way::Search(terms.join(" OR ")),
            counts: Counts::of_set(&set, decisions),
        }
    };
    whose.into_iter().map(part).collect()
}

fn people(ground: &Ground, decisions: &Decisions) -> Vec<Part> {
    let senders = &ground.columns.senders;
    let people = ground.cast.roster.people().iter();
    people
        .map(|person| {
            let names = person.participants.iter();
            let sent = names.filter_map(|id| senders.get(usize::try_from(id.0).ok()?));
            let all = sent.fold(RoaringBitmap::new(), |all, set| all | set);
            Part {
                name: person.name.clone(),
                way: Way::Person(person.number),
                counts: Counts::of_set(&all, decisions),
            }
        })
        .collect()
}

fn looks(
    session: &Session,
    ground: &Ground,
    decisions: &Decisions,
    cancel: &AtomicBool,
) -> Result<Vec<Look>, ReviewError> {
    let (store, marks) = (&ground.cast.store, session.marks());
    let personal = decisions.set(Decision::Personal);
    let mixed = decisions.set(Decision::Mixed);
    let masked = session.masks().messages();
    let mut looks = vec![
        (Reason::Referred, decisions.set(Decision::Refer).len()),
        (Reason::Disagreed, marks.standing_so(Stand::Disagreed).len()),
        (Reason::Lapsed, marks.standing_so(Stand::Lapsed).len()),
        (
            Reason::Mixed(mixed.intersection_len(&masked)),
            mixed.difference_len(&masked),
        ),
    ];
    looks.extend(Flag::ALL.map(|flag| (Reason::Flagged(flag), marks.flagged(flag).len())));
    for matches in session.proposals(cancel)? {
        let reason = Reason::Proposed(matches.rule, matches.text.name);
        looks.push((reason, matches.open.len()));
    }
    let assumed = store.sources().iter().filter(|one| one.date_order_assumed);
    looks.extend([
        (
            Reason::Disputed,
            (&ground.columns.disputed - personal).len(),
        ),
        (
            Reason::Ambiguous,
            (&ground.columns.ambiguous - personal).len(),
        ),
        (Reason::DateOrder, assumed.count() as u64),
        (Reason::Whose, ground.open),
        (
            Reason::Unreadable,
            u64::from(decisions.tally_all().unreadable),
        ),
    ]);
    // What is found already; nobody asked for more to be looked for here.
    let looked = session.findings_kept()?;
    let seen = looked
        .as_ref()
        .map_or(0, |looked| looked.findings().looked_at());
    let open = looked.map_or(0, |looked| looked.open(session).len());
    looks.push((Reason::Finding, open));
    let unseen = u64::from(store.len().saturating_sub(seen));
    looks.push((Reason::Unlooked, unseen));
    let look = |(reason, count)| Look { reason, count };
    Ok(looks
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(look)
        .collect())
}

/// A term of a query whose value is in quotes where it needs them.
fn term(field: &str, value: &str) -> String {
    let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
    let plain = value
        .chars()
        .all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    if plain && !value.is_empty() {
        format!("{field}:{value}")
    } else {
        format!("{field}:\"{quoted}\"")
    }
}
