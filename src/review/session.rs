//! One reviewer at work on a case: what the screen and the command line both call.
//!
//! A session keeps the fold of the ledger in memory and takes up what other sessions append. Before
//! it decides anything it does so while no other session can write, so that what an entry says was
//! there before is true, and what another reviewer decided meanwhile is never overwritten unseen.

use super::act::{Asking, Decided, MAX_NOTE, Preview, Refreshed, Target, Undone};
use super::deciders::Deciders;
use super::decisions::{Decisions, Ground, Tally};
use super::error::ReviewError;
use super::facts::{self, Fact, Facts};
use super::fold::{Fold, Followed};
use super::history::History;
use super::marks::Markings;
use super::masks::Masks;
use super::people::Cast;
use super::quality::Samples;
use super::query::{Asked, Query};
use super::rules::Rules;
use super::same::Sameness;
use super::steps::{self, Acted, Step, Steps, Topic};
use super::telling;
use crate::case::changes::Change;
use crate::case::ledger::{Actor, Entry, Head, How, LedgerError, Reading, Recorded, Writing};
use crate::case::marks::Reason;
use crate::case::masks::{MessageMasks, reasons_of};
use crate::case::same::SameChange;
use crate::case::{Case, CaseError, Progress, Store, TIME_ZONE};
use crate::check::Check;
use crate::import::contacts::Contact;
use crate::model::{Decision, MessageNumber, ThreadId};
use crate::people::People;
use crate::text::{counted, grouped};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// After so many entries a checkpoint is worth its writing.
const WORTH_A_CHECKPOINT: u64 = 200;
/// How often the case is loaded again for one act, should imports follow one another that fast.
const MOST_LOADS: u32 = 5;

/// What a session knows of a case, as of one entry of the ledger.
struct State {
    store: Arc<Store>,
    fold: Fold,
    /// The entries that this session made.
    own: BTreeSet<u64>,
    /// The messages that this session decided.
    decided_here: RoaringBitmap,
    /// What was folded in and not yet told by [`Session::refresh`].
    news: Refreshed,
    /// Entries folded in since the last checkpoint.
    since_checkpoint: u64,
}

impl State {
    /// From what is folded already.
    fn of(store: Arc<Store>, fold: Fold) -> State {
        State {
            store,
            fold,
            own: BTreeSet::new(),
            decided_here: RoaringBitmap::new(),
            news: Refreshed::default(),
            since_checkpoint: 0,
        }
    }

    /// Before the first entry.
    fn start(store: Arc<Store>, ground: Ground) -> State {
        State::of(store, Fold::start(ground))
    }

    /// Folds in one entry; `acted` is what it changed of messages.
    fn follow(&mut self, recorded: &Recorded, acted: &Acted) -> Result<(), ReviewError> {
        let Followed {
            decided, marked, ..
        } = self.fold.follow(recorded, acted)?;
        if self.own.contains(&recorded.seq) {
            self.decided_here |= decided;
        } else {
            self.news.conflicts |= &decided & &self.decided_here;
            self.decided_here -= &decided;
            self.news.changed |= decided;
            self.news.changed |= marked;
            self.news.entries.push(recorded.clone());
        }
        self.since_checkpoint += 1;
        Ok(())
    }
}

/// One reviewer's way into a case. `Send + Sync`; every method takes `&self` and may be called from
/// any thread. Reading (a decision, a tally) waits for nothing longer than a fold in memory; what
/// writes, and [`Session::refresh`], wait for the disk and belong on a worker thread.
pub struct Session {
    case: Case,
    actor: Actor,
    state: RwLock<State>,
    /// Held by whoever folds or writes, so that entries are followed once and in order. What the
    /// actor can take back and make again is made at the first use.
    acting: Mutex<Option<Steps>>,
    pub(super) history: Mutex<History>,
    /// Who is who, as of the last question.
    pub(super) cast: Mutex<Option<Cast>>,
    /// The contact lists that were read.
    pub(super) lists: Mutex<BTreeMap<u32, Arc<Vec<Contact>>>>,
    /// Who came and went in the thread that was asked about last.
    pub(super) known_members: super::context::Known,
    /// The findings, as they were last asked for.
    pub(super) looked: super::findings::Known,
    /// What messages lean on, as it was asked for last.
    pub(super) known_parents: super::proposed::Known,
}

/// What an act appended: the entry with what it changed of messages, if it appended one.
pub(super) type Appended = Option<(Recorded, Acted)>;

/// Why the ledger could not be followed to its end.
enum Halt {
    /// This entry brought messages to the case: it has to be loaded again first.
    Reload(u64),
    Error(ReviewError),
}

impl From<ReviewError> for Halt {
    fn from(error: ReviewError) -> Halt {
        Halt::Error(error)
    }
}

impl From<LedgerError> for Halt {
    fn from(error: LedgerError) -> Halt {
        Halt::Error(error.into())
    }
}

impl Session {
    /// Opens a session and folds the ledger: from the checkpoint, where there is one that fits.
    ///
    /// # Errors
    /// When the ledger cannot be read or does not hold together.
    pub fn open(case: Case, actor: Actor) -> Result<Session, ReviewError> {
        let store = case.store();
        let ground = Ground::of(&store);
        let known = Fold::at_checkpoint(&case, &ground)?;
        let shortened = known.is_some();
        let state = match known {
            Some(fold) => State::of(store, fold),
            None => State::start(store, ground),
        };
        let session = Session {
            case,
            actor,
            state: RwLock::new(state),
            acting: Mutex::new(None),
            history: Mutex::new(History::default()),
            cast: Mutex::new(None),
            lists: Mutex::new(BTreeMap::new()),
            known_members: super::context::Known::default(),
            looked: super::findings::Known::default(),
            known_parents: super::proposed::Known::default(),
        };
        // The case was opened a moment ago with all its messages.
        let loaded = session.case.ledger().head()?.seq;
        match session.follow_up(loaded) {
            Err(
                ReviewError::Disagreement { .. }
                | ReviewError::People(_)
                | ReviewError::Marks(_)
                | ReviewError::Masks(_)
                | ReviewError::Rules(_)
                | ReviewError::Findings(_)
                | ReviewError::Same(_),
            ) if shortened => {
                // The checkpoint lied: the ledger has the last word.
                let store = session.store();
                let ground = Ground::of(&store);
                *session.state_mut() = State::start(store, ground);
                session.follow_up(loaded)?;
            }
            followed => followed?,
        }
        session.state_mut().news = Refreshed::default();
        session.keep_checkpoint(WORTH_A_CHECKPOINT);
        Ok(session)
    }

    /// The case.
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// The same session for another reviewer, who has not acted in it yet.
    #[must_use]
    pub fn acting_as(mut self, actor: Actor) -> Session {
        self.actor = actor;
        self.acting = Mutex::new(None);
        self
    }

    /// Who reviews.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// All messages, as of the last refresh. Keep it for one piece of work, then ask again.
    pub fn store(&self) -> Arc<Store> {
        self.state().store.clone()
    }

    /// All messages, and all that the ledger says of them, both as of one moment.
    pub fn messages_and_fold(&self) -> (Arc<Store>, Fold) {
        let state = self.state();
        (state.store.clone(), state.fold.clone())
    }

    /// All that the ledger says, as of now.
    pub(super) fn fold(&self) -> Fold {
        self.state().fold.clone()
    }

    /// All decisions, as of now. Keep it for one piece of work, then ask again.
    pub fn decisions(&self) -> Arc<Decisions> {
        self.state().fold.decisions.clone()
    }

    /// What holds for a message, of a copy for the one that stands for it; `Undecided` for one that
    /// no one decides on.
    pub fn decision(&self, number: MessageNumber) -> Decision {
        let fold = &self.state().fold;
        fold.decisions.decision(fold.same.head(number))
    }

    /// How a thread stands.
    pub fn tally(&self, thread: ThreadId) -> Tally {
        self.state().fold.decisions.tally(thread)
    }

    /// How the whole case stands.
    pub fn tally_all(&self) -> Tally {
        self.state().fold.decisions.tally_all()
    }

    /// The last entry of the ledger that this session has folded in: the last thing saved, and a
    /// fingerprint of everything decided up to it.
    pub fn head(&self) -> Head {
        self.state().fold.head
    }

    /// The facts of the case.
    pub fn facts(&self) -> Arc<Facts> {
        self.state().fold.facts.clone()
    }

    /// What the ledger says of people, as of now.
    pub fn people(&self) -> Arc<People> {
        self.state().fold.people.clone()
    }

    /// What is said of messages beside their decisions, as of now.
    pub fn marks(&self) -> Arc<Markings> {
        self.state().fold.marks.clone()
    }

    /// What is masked, as of now.
    pub fn masks(&self) -> Arc<Masks> {
        self.state().fold.masks.clone()
    }

    /// Whose each decision is, as of now.
    pub fn deciders(&self) -> Arc<Deciders> {
        self.state().fold.deciders.clone()
    }

    /// The samples for quality, as of now.
    pub fn samples(&self) -> Arc<Samples> {
        self.state().fold.samples.clone()
    }

    /// The rules of the case, as of now.
    pub fn rules(&self) -> Arc<Rules> {
        self.state().fold.rules.clone()
    }

    /// Which messages are one by a person's word, as of now.
    pub fn same(&self) -> Arc<Sameness> {
        self.state().fold.same.clone()
    }

    /// The messages that answer a query now. Reads only; stops when `cancel` becomes true.
    ///
    /// # Errors
    /// [`ReviewError::Stopped`] when cancelled; otherwise when the index cannot be read.
    pub fn search(&self, query: &Query, cancel: &AtomicBool) -> Result<RoaringBitmap, ReviewError> {
        let (decisions, marks, masks) = (self.decisions(), self.marks(), self.masks());
        let same = self.same();
        let deciders = self.deciders();
        let cast = self.cast();
        // Looked for only where they are asked for: the first time takes its time.
        let looked = query
            .asks_findings()
            .then(|| self.findings(&mut Until(cancel)))
            .transpose()?;
        let asked = Asked {
            findings: looked.as_deref(),
            marks: &marks,
            deciders: &deciders,
            masks: &masks,
            same: &same,
            store: &cast.store,
            decisions: &decisions,
            roster: &cast.roster,
            custodians: &cast.custodians,
            parents: &|| self.parents(cancel),
            cancel,
        };
        query.find(asked).map_err(|error| match error {
            CaseError::Stopped => ReviewError::Stopped,
            other => other.into(),
        })
    }

    /// What deciding would do. Changes nothing.
    ///
    /// # Errors
    /// [`ReviewError::Missing`] when there is no such message or thread.
    pub fn plan(&self, target: &Target, decision: Decision) -> Result<Preview, ReviewError> {
        self.plan_with(target, decision, None)
    }

    /// As [`Session::plan`], with a reason: those that stand so already, but for another reason or
    /// for none, get it too.
    ///
    /// # Errors
    /// As [`Session::plan`].
    pub fn plan_with(
        &self,
        target: &Target,
        decision: Decision,
        reason: Option<&Reason>,
    ) -> Result<Preview, ReviewError> {
        let head = self.head();
        let (messages, decisions) = (self.meant(target)?, self.decisions());
        let acted = steps::reasoned(&decisions, &self.marks(), &messages, decision, reason);
        let (changed, changes) = (acted.decided(), &acted.changes);
        let standing = &messages & decisions.set(decision);
        Ok(Preview {
            count: number(changed.len()),
            threads: decisions.threads_of(&changed),
            already: number((standing - &changed).len()),
            changes: changes
                .iter()
                .map(|change| (change.from, number(change.messages.len())))
                .collect(),
            undecidable_skipped: number(messages.intersection_len(decisions.undecidable())),
            seen: head.seq,
        })
    }

    /// Decides, as far as this session has seen what others decided. Saved, which is to say on the
    /// disk, when this returns.
    ///
    /// # Errors
    /// When there is no such message, or the ledger cannot be written. Nothing has changed then.
    pub fn decide(
        &self,
        target: &Target,
        decision: Decision,
        how: How,
        note: Option<&str>,
    ) -> Result<Decided, ReviewError> {
        let asking = Asking {
            how,
            note: note.map(Into::into),
            reason: None,
            seen: None,
        };
        self.decide_with(target, decision, &asking, &mut ())
    }

    /// As [`Session::decide`], with what the reviewer had seen when asked, and with progress, which
    /// can stop it up to the moment before it is saved.
    ///
    /// # Errors
    /// As [`Session::decide`], and [`ReviewError::Stopped`].
    pub fn decide_with(
        &self,
        target: &Target,
        decision: Decision,
        asking: &Asking,
        progress: &mut dyn Progress,
    ) -> Result<Decided, ReviewError> {
        if asking
            .note
            .as_ref()
            .is_some_and(|note| note.len() > MAX_NOTE)
        {
            return Err(ReviewError::Note);
        }
        if decision == Decision::Undecided && asking.reason.is_some() {
            return Err(ReviewError::NoReason);
        }
        // A rule says what it gives as the note and the reason; asked when nobody else can write.
        let given = || -> Result<(Option<String>, Option<Reason>), ReviewError> {
            let How::Rule(rule) = asking.how else {
                return Ok((asking.note.clone(), asking.reason.clone()));
            };
            let rules = self.rules();
            let query = target.query();
            let said = rules
                .get(rule)
                .filter(|said| said.decision == decision && Some(said.query.as_str()) == query)
                .ok_or(ReviewError::RuleMeanwhile)?;
            Ok((said.reason.clone(), said.code.clone()))
        };
        let changes = |wanted: &RoaringBitmap| {
            let (_, reason) = given()?;
            let (decisions, marks) = (self.decisions(), self.marks());
            let reason = reason.as_ref();
            Ok(steps::reasoned(
                &decisions, &marks, wanted, decision, reason,
            ))
        };
        let entry = |acted: &Acted, count| {
            let (note, reason) = given()?;
            Ok(Entry::Decide {
                decision,
                count,
                how: asking.how,
                query: target.query().map(str::to_owned),
                note,
                reason,
                marks: acted.marks.iter().map(|one| one.change.clone()).collect(),
            })
        };
        let mut decided =
            self.act_on(target, &Topic::Decision, asking, progress, changes, entry)?;
        decided.word = match self.keep_as_word(&decided.conflicts, decision) {
            // What is saved is told as saved, whatever became of the word beside it.
            Err(_) if decided.recorded.is_some() => None,
            kept => kept?,
        };
        Ok(decided)
    }

    /// The messages that a target means: of several that are one, the one that stands for all.
    ///
    /// # Errors
    /// [`ReviewError::Missing`] when there is no such message or thread.
    pub(super) fn meant(&self, target: &Target) -> Result<RoaringBitmap, ReviewError> {
        Ok(self.same().heads(target.messages(&self.store())?))
    }

    /// Carries out one act on messages, as far as this session has seen what others did of this
    /// topic: what a decision and a mark have in common. `changes` says what the act changes of the
    /// messages given, `entry` what the ledger says of it.
    pub(super) fn act_on(
        &self,
        target: &Target,
        topic: &Topic,
        asking: &Asking,
        progress: &mut dyn Progress,
        changes: impl Fn(&RoaringBitmap) -> Result<Acted, ReviewError>,
        entry: impl FnOnce(&Acted, u32) -> Result<Entry, ReviewError>,
    ) -> Result<Decided, ReviewError> {
        let seen = asking.seen.unwrap_or_else(|| self.head().seq);
        let mut conflicts = RoaringBitmap::new();
        let (recorded, count) = self.write(|writing, _| {
            let wanted = self.meant(target)?;
            let total = wanted.len();
            tick(progress, 0, total)?;
            let unseen = steps::changed_since(writing, seen, topic, |seq| !self.is_own(seq))?;
            conflicts = &changes(&wanted)?.all() & &unseen;
            let acted = changes(&(wanted - &unseen))?;
            let count = number(acted.all().len());
            if acted.is_empty() {
                return Ok((None, count));
            }
            let entry = entry(&acted, count)?;
            let recorded = writing.append(&self.actor, &entry, Some(&acted.encode()?))?;
            tick(progress, total, total)?;
            Ok((Some((recorded, acted)), count))
        })?;
        Ok(Decided {
            recorded,
            count,
            conflicts,
            word: None,
        })
    }

    /// Takes back the actor's last decision, or act on people or a rule, that is not taken back, also
    /// one of an earlier session. What another reviewer decided or said since stays as it is. `None` where
    /// there is none.
    ///
    /// # Errors
    /// When the ledger cannot be read or written. Nothing has changed then.
    pub fn undo(&self) -> Result<Option<Undone>, ReviewError> {
        self.step(Step::Undo)
    }

    /// Makes again what the actor's last undo took back, unless the actor has decided since. Messages
    /// that another reviewer decided since stay as they are. `None` where there is none.
    ///
    /// # Errors
    /// When the ledger cannot be read or written. Nothing has changed then.
    pub fn redo(&self) -> Result<Option<Undone>, ReviewError> {
        self.step(Step::Redo)
    }

    fn step(&self, step: Step) -> Result<Option<Undone>, ReviewError> {
        let (recorded, undone) = self.write(|writing, acting| {
            let Some(of) = Steps::last(acting, writing, &self.actor, step)? else {
                return Ok((None, None));
            };
            let touched = steps::touched_since(writing, of)?;
            let (same, held_apart) = self.same_back(writing, of, &touched)?;
            let done = steps::acted_by(writing, of)?.without(&held_apart);
            let (mut acted, mut kept) = self.back(&done, &same, &touched);
            acted.lapse(&self.marks(), self.decisions().set(Decision::Mixed));
            kept |= held_apart;
            let (people, people_kept) = self.people_back(writing, of)?;
            let (rule, held) = self.rule_back(writing, of)?;
            let (me, me_kept) = self.me_back(writing, of)?;
            let (findings, findings_kept) = self.findings_back(writing, of)?;
            let changed = acted.all();
            let (count, skipped) = (
                number(changed.len()),
                number(kept.len() + people_kept + held + me_kept + findings_kept),
            );
            let marks = acted.marks.iter().map(|one| one.change.clone()).collect();
            let masks = reasons_of(&acted.masks);
            let entry = match step {
                Step::Undo => Entry::Undo {
                    of,
                    count,
                    skipped,
                    people,
                    marks,
                    rule,
                    masks,
                    same,
                    me,
                    findings,
                },
                Step::Redo => Entry::Redo {
                    of,
                    count,
                    skipped,
                    people,
                    marks,
                    rule,
                    masks,
                    same,
                    me,
                    findings,
                },
            };
            let recorded = writing.append(&self.actor, &entry, Some(&acted.encode()?))?;
            let decision = steps::decision_behind(writing, of)?;
            let seq = recorded.seq;
            let what = telling::act_in_words(&decision.entry);
            let undone = Undone {
                seq,
                what,
                decision,
                changed,
                count,
                skipped,
            };
            Ok((Some((recorded, acted)), Some(undone)))
        })?;
        Ok(recorded.and(undone))
    }

    /// What takes an act back, but for what was touched since; and the messages that stay for it.
    /// What it makes of copies comes to pass with it.
    fn back(
        &self,
        acted: &Acted,
        same: &[SameChange],
        touched: &steps::Touched,
    ) -> (Acted, RoaringBitmap) {
        let (decisions, marks, masks) = (self.decisions(), self.marks(), self.masks());
        let (mut back, mut kept) = (Acted::default(), RoaringBitmap::new());
        let none = RoaringBitmap::new();
        let released = same.iter().filter_map(|change| match change {
            SameChange::StandsFor { copy, to: None, .. } => Some(copy.0),
            _ => None,
        });
        let released: RoaringBitmap = released.collect();
        let copies = decisions.copies() - &released;
        let never = decisions.undecidable() - decisions.copies();
        for Change { from, to, messages } in &acted.changes {
            let decidable = messages - &never;
            let since = touched.get(&Topic::Decision).unwrap_or(&none);
            let mut left = &(&decidable - since) & decisions.set(*to);
            if *to == Decision::Undecided {
                left |= &decidable & &released;
            }
            left -= &copies;
            kept |= decidable - &left;
            if !left.is_empty() {
                back.changes.push(Change {
                    from: *to,
                    to: *from,
                    messages: left,
                });
            }
        }
        for one in &acted.marks {
            let about = &one.change.about;
            let mut left = &one.messages - touched.get(&Topic::of(about)).unwrap_or(&none);
            if about.is_second() {
                // A word that comes back is on the decision that it was said of, or does not.
                left -= touched.get(&Topic::Decision).unwrap_or(&none);
            }
            left = match &one.change.to {
                Some(said) => left & marks.standing(about, said).unwrap_or(&none),
                None => left - marks.about(about).unwrap_or(&none),
            };
            if !about.is_second() || acted.changes.is_empty() {
                kept |= &one.messages - &left;
            }
            if !left.is_empty() {
                back.marks.push(one.reversed(left));
            }
        }
        let since = touched.get(&Topic::Masks).unwrap_or(&none);
        let nothing = MessageMasks::default();
        for change in &acted.masks {
            let standing = masks.of(MessageNumber(change.number)).unwrap_or(&nothing);
            if since.contains(change.number) || *standing != change.to {
                kept.insert(change.number);
            } else {
                back.masks.push(change.reversed());
            }
        }
        (back, kept)
    }

    /// Takes up what others appended, and the messages that an import added, and tells what was
    /// taken up since the last refresh. Microseconds where there is nothing new.
    ///
    /// # Errors
    /// When the ledger or the new messages cannot be read. What was taken up until then stays.
    pub fn refresh(&self) -> Result<Refreshed, ReviewError> {
        self.follow_up(0)?;
        self.renew_cast();
        Ok(std::mem::take(&mut self.state_mut().news))
    }

    /// Gives a fact of the case, or takes it back with `None`; `basis` says what it rests on. Gives
    /// the entry, or `None` where that was so already.
    ///
    /// # Errors
    /// [`ReviewError::Fact`] for an unknown key, a value that is too long or no time zone; when the
    /// ledger cannot be written, or, for another time zone, an original is not as it was sealed.
    /// Another time zone is saved before the case is loaded again for it: where that fails, the zone
    /// holds from the next start on.
    pub fn set_fact(
        &self,
        key: &str,
        value: Option<&str>,
        basis: Option<&str>,
    ) -> Result<Option<Recorded>, ReviewError> {
        facts::check(key, value, basis)?;
        let fact = value.map(|value| Fact {
            value: value.to_owned(),
            basis: basis.map(Into::into),
        });
        if key == TIME_ZONE && self.facts().fact(key) != fact.as_ref() {
            self.case.originals_hold(&mut ())?;
        }
        let (recorded, ()) = self.write(|writing, _| {
            let facts = self.facts();
            if facts.fact(key) == fact.as_ref() {
                return Ok((None, ()));
            }
            let entry = Entry::Fact {
                key: key.to_owned(),
                from: facts.get(key).map(Into::into),
                to: value.map(Into::into),
                basis: basis.map(Into::into),
            };
            Ok((
                Some((writing.append(&self.actor, &entry, None)?, Acted::default())),
                (),
            ))
        })?;
        Ok(recorded)
    }

    /// Looks whether the decisions that this session shows are what the whole ledger says, replayed
    /// from its first entry: each entry fits what came before it, and tells how many messages it
    /// changed.
    ///
    /// # Errors
    /// When the ledger cannot be read at all; what does not hold is in the check.
    pub fn check(&self) -> Result<Check, ReviewError> {
        const NAME: &str = "decisions";
        self.follow_up(0)?;
        let store = self.store();
        let ground = Ground::of(&store);
        let mut replayed = State::start(store, ground);
        let done = self.case.ledger().read(|reading| {
            for recorded in reading.entries(1)? {
                let acted = steps::acted(reading, &recorded)?;
                if steps::told(&recorded.entry)
                    .is_some_and(|told| told != number(acted.all().len()))
                {
                    return Err(ReviewError::Miscounted(recorded.seq));
                }
                replayed.follow(&recorded, &acted)?;
            }
            Ok(())
        });
        let state = self.state();
        Ok(match done {
            Err(error @ ReviewError::Ledger(_)) => return Err(error),
            Err(error) => Check::failed(NAME, error.to_string()),
            // Another thread decided meanwhile: nothing to compare with.
            Ok(()) if state.fold.head != replayed.fold.head => Check::ok(
                NAME,
                counted(replayed.fold.head.seq, "entry replayed", "entries replayed"),
            ),
            Ok(()) if state.fold == replayed.fold => {
                let all = state.fold.decisions.tally_all();
                Check::ok(
                    NAME,
                    format!(
                        "{}: {} of {} decided",
                        counted(replayed.fold.head.seq, "entry replayed", "entries replayed"),
                        grouped(all.decided()),
                        counted(all.decidable(), "message", "messages")
                    ),
                )
            }
            Ok(()) => Check::failed(
                NAME,
                "the kept checkpoint is not what the ledger says; run `docket rebuild`",
            ),
        })
    }

    /// Folds in what others appended. Up to entry `loaded` the messages are known to be loaded.
    fn follow_up(&self, loaded: u64) -> Result<(), ReviewError> {
        let _acting = self.acting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut loaded = loaded;
        for _ in 0..MOST_LOADS {
            let followed = self
                .case
                .ledger()
                .read(|reading| self.take_up(reading, loaded));
            match followed {
                Ok(()) => return Ok(()),
                Err(Halt::Reload(seq)) => loaded = self.reload(seq)?,
                Err(Halt::Error(error)) => return Err(error),
            }
        }
        Err(ReviewError::Incomplete)
    }

    /// Runs `act` while no other session can write and with everything they wrote taken up, then
    /// folds in what it appended. `act` runs once, or not at all where this fails before.
    pub(super) fn write<T>(
        &self,
        act: impl FnOnce(&mut Writing<'_>, &mut Option<Steps>) -> Result<(Appended, T), ReviewError>,
    ) -> Result<(Option<Recorded>, T), ReviewError> {
        let mut acting = self.acting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut act = Some(act);
        let mut loaded = 0;
        let mut done = None;
        for _ in 0..MOST_LOADS {
            let tried = self.case.ledger().write(|writing| {
                self.take_up(writing, loaded)?;
                match act.take() {
                    Some(act) => Ok(act(writing, &mut acting)?),
                    None => Err(ReviewError::Incomplete.into()),
                }
            });
            match tried {
                Ok(acted) => {
                    done = Some(acted);
                    break;
                }
                Err(Halt::Reload(seq)) => loaded = self.reload(seq)?,
                Err(Halt::Error(error)) => return Err(error),
            }
        }
        let (appended, told) = done.ok_or(ReviewError::Incomplete)?;
        let recorded = match appended {
            None => None,
            Some((recorded, acted)) => {
                let mut state = self.state_mut();
                state.own.insert(recorded.seq);
                state.follow(&recorded, &acted)?;
                drop(state);
                if changes_messages(&recorded.entry) {
                    self.reload(recorded.seq)?;
                }
                Some(recorded)
            }
        };
        drop(acting);
        self.renew_cast();
        self.keep_checkpoint(WORTH_A_CHECKPOINT);
        Ok((recorded, told))
    }

    /// Folds in what this session has not followed yet. Up to entry `loaded` the messages are known
    /// to be loaded; those of a later import have to be loaded first.
    fn take_up(&self, reading: &Reading<'_>, loaded: u64) -> Result<(), Halt> {
        let known = self.head();
        if reading.head()? == known {
            return Ok(());
        }
        let new = reading.entries(known.seq.saturating_add(1))?;
        if new.first().is_none_or(|first| first.prev != known.hash) {
            return Err(ReviewError::Rewritten.into());
        }
        for recorded in new {
            let is_there = match &recorded.entry {
                Entry::Import { first, count, .. } => {
                    let end = first.0.saturating_add(*count);
                    recorded.seq <= loaded && end <= self.state().store.len()
                }
                Entry::OwnNumbers { first, copies, .. } => {
                    let count = u32::try_from(copies.len()).unwrap_or(u32::MAX);
                    let end = first.0.saturating_add(count);
                    recorded.seq <= loaded && end <= self.state().store.len()
                }
                entry => recorded.seq <= loaded || !changes_messages(entry),
            };
            if !is_there {
                return Err(Halt::Reload(recorded.seq));
            }
            let acted = steps::acted(reading, &recorded)?;
            self.state_mut().follow(&recorded, &acted)?;
        }
        Ok(())
    }

    /// Loads the case again because of entry `seq`; gives the last entry that is loaded then.
    fn reload(&self, seq: u64) -> Result<u64, ReviewError> {
        let head = self.case.ledger().head()?.seq;
        self.case.reload()?;
        let store = self.case.store();
        let mut state = self.state_mut();
        if !Arc::ptr_eq(&state.store, &store) {
            state.fold.on(Ground::of(&store));
            state.store = store;
        }
        state.news.imported = true;
        Ok(head.max(seq))
    }

    /// Keeps a checkpoint if at least so many entries came since the last. It is a shortcut for the
    /// next start: where it cannot be kept, the ledger is replayed.
    fn keep_checkpoint(&self, entries: u64) {
        let fold = {
            let mut state = self.state_mut();
            if state.since_checkpoint < entries {
                return;
            }
            state.since_checkpoint = 0;
            state.fold.clone()
        };
        if let Some(bytes) = fold.checkpoint() {
            let _ = self.case.keep_checkpoint(&bytes);
        }
    }

    /// Whether this session made an entry.
    pub(super) fn is_own(&self, seq: u64) -> bool {
        self.state().own.contains(&seq)
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.keep_checkpoint(1);
        }
    }
}

/// Whether an entry says that there are other messages than before, or that they are read anew.
fn changes_messages(entry: &Entry) -> bool {
    match entry {
        Entry::Import { .. }
        | Entry::OwnNumbers { .. }
        | Entry::Rebuild { .. }
        | Entry::DateOrder { .. }
        | Entry::Words { .. } => true,
        Entry::Fact { key, .. } => key == TIME_ZONE,
        _ => false,
    }
}

/// Stops a job when the search that it is for is not wanted any more.
struct Until<'a>(&'a AtomicBool);

impl Progress for Until<'_> {
    fn tick(&mut self, _stage: &str, _done: u64, _total: u64) -> ControlFlow<()> {
        match self.0.load(std::sync::atomic::Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// A count of messages: their numbers are 32 bits wide, and a case holds fewer than all of them.
pub(super) fn number(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

pub(super) fn tick(progress: &mut dyn Progress, done: u64, total: u64) -> Result<(), ReviewError> {
    match progress.tick("deciding", done, total) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ReviewError::Stopped),
    }
}

#[cfg(test)]
mod tests;
