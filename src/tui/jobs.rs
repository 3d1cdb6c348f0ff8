//! What takes time, on threads of its own: writing in the order it was asked for, searching where
//! the latest search wins, looking things up, one long job, and a watch for other sessions.

use super::app::{Found, Job, Mark, Request, WayAsked, Work as Queued};
use super::details;
use super::event::{Done, Event};
use super::files::LookAt;
use super::findings::SayOfFindings;
use super::form::Answers;
use super::masking::SayOfMasks;
use super::people::{Board, SayOfPeople};
use super::place::{self, Place};
use super::reconcile::SayOfSame;
use super::report;
use super::rules::SayOfRules;
use super::second::SayOfSecond;
use crate::bundle::{self, Plan};
use crate::case::marks::Reason;
use crate::case::watch::{Ending, Watch};
use crate::case::{CaseError, ImportOptions, Progress, folder_of};
use crate::import::DateOrder;
use crate::model::{MessageNumber, SourceId, ThreadId};
use crate::review::files::Looker;
use crate::review::queue::{Known, Queue};
use crate::review::report::Report;
use crate::review::rules::Matches;
use crate::review::sample::{Sample, Wanted};
use crate::review::timeline::{Chart, Days, Step};
use crate::review::ways::Stop;
use crate::review::{Asking, List, Session, news_in_words};
use crate::sandbox::{Acts, chosen};
use crate::text::{Shown, counted};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Progress is told no more often than this.
const TELL: Duration = Duration::from_millis(150);

type Work = Box<dyn FnOnce(&Session) -> Option<Done> + Send>;

/// The threads.
pub struct Jobs {
    session: Arc<Session>,
    events: Sender<Event>,
    writer: Sender<Work>,
    reader: Sender<Work>,
    /// What the start screen counts: nothing that is waited for stands behind it.
    counter: Sender<Work>,
    /// Who looks at files: to decode a picture may take seconds.
    looker: Sender<LookAt>,
    searcher: Sender<(u64, Request, Arc<AtomicBool>)>,
    /// Stops the search that runs.
    searching: Arc<AtomicBool>,
    /// Stops the long job.
    stop: Arc<AtomicBool>,
    /// Stops the decision that is being written, before it is.
    stop_write: Arc<AtomicBool>,
    long: Option<JoinHandle<()>>,
    writing: JoinHandle<()>,
    /// Dropped to end the watch for other sessions.
    _watch: Ending,
}

impl Jobs {
    /// Starts the threads; they report to `events`.
    pub fn start(session: Arc<Session>, events: Sender<Event>) -> Jobs {
        let (writer, work) = channel();
        let writing = worker(session.clone(), events.clone(), work);
        let (reader, work) = channel();
        worker(session.clone(), events.clone(), work);
        let (counter, work) = channel();
        worker(session.clone(), events.clone(), work);
        let (looker, wanted) = channel();
        look_worker(session.clone(), events.clone(), wanted);
        let (searcher, requests) = channel();
        search_worker(session.clone(), events.clone(), requests);
        let (watch, ending) = Watch::over(session.case().layout());
        watcher(session.clone(), events.clone(), watch);
        Jobs {
            session,
            events,
            writer,
            reader,
            counter,
            looker,
            searcher,
            searching: Arc::default(),
            stop: Arc::default(),
            stop_write: Arc::default(),
            long: None,
            writing,
            _watch: ending,
        }
    }

    fn write(&self, work: impl FnOnce(&Session) -> Option<Done> + Send + 'static) {
        // The thread lives as long as this; a fault there has ended the program.
        let _ = self.writer.send(Box::new(work));
    }

    fn read(&self, work: impl FnOnce(&Session) -> Option<Done> + Send + 'static) {
        let _ = self.reader.send(Box::new(work));
    }

    /// Searches; the search that runs is stopped.
    pub fn search(&mut self, ticket: u64, request: Request) {
        self.searching.store(true, Ordering::Relaxed);
        self.searching = Arc::default();
        let _ = self
            .searcher
            .send((ticket, request, self.searching.clone()));
    }

    /// Says what an act would change; after the writes asked for before it.
    pub fn plan(
        &self,
        ticket: u64,
        target: crate::review::Target,
        decision: crate::model::Decision,
        reason: Option<Reason>,
    ) {
        self.write(move |session| {
            let planned = session.plan_with(&target, decision, reason.as_ref());
            Some(Done::Planned(ticket, planned.map_err(told)))
        });
    }

    /// Says what a flag or a note would change; after the writes asked for before it.
    pub fn plan_mark(&self, ticket: u64, mark: Mark) {
        self.write(move |session| {
            let planned = session.plan_mark(&mark.target, &mark.about, mark.to.as_ref());
            Some(Done::MarkPlanned(ticket, planned.map_err(told)))
        });
    }

    /// Puts a flag or a note on, or takes it off.
    pub fn mark(&self, mark: Mark, seen: Option<u64>) {
        let (events, stop) = (self.events.clone(), self.stop_write.clone());
        self.write(move |session| {
            stop.store(false, Ordering::Relaxed);
            let mut ticker = Ticker::new(events, stop);
            let asking = Asking {
                how: mark.how,
                note: None,
                reason: None,
                seen,
            };
            let Mark {
                target, about, to, ..
            } = &mark;
            let marked = session.put_mark(target, about, to.as_ref(), &asking, &mut ticker);
            Some(Done::Marked(marked.map_err(told)))
        });
    }

    /// Says a second word, draws a sample for quality, or looks up what waits.
    pub fn second(&self, said: SayOfSecond) {
        if matches!(said, SayOfSecond::Waiting) {
            self.read(move |session| {
                Some(Done::Second(said.carry_out(session, &mut ()).map_err(told)))
            });
            return;
        }
        let (events, stop) = (self.events.clone(), self.stop_write.clone());
        self.write(move |session| {
            stop.store(false, Ordering::Relaxed);
            let mut ticker = Ticker::new(events, stop);
            let done = said.carry_out(session, &mut ticker);
            Some(Done::Second(done.map_err(told)))
        });
    }

    /// Looks up findings, which may read all texts, or says something of them.
    pub fn findings(&self, said: SayOfFindings) {
        let writes = said.writes();
        let work = move |session: &Session| {
            Some(Done::Findings(
                said.carry_out(session, &mut ()).map_err(told),
            ))
        };
        if writes {
            self.write(work);
        } else {
            let _ = self.counter.send(Box::new(work));
        }
    }

    /// Puts the report together, which may read all texts.
    pub fn report(&self) {
        let work = |session: &Session| Some(Done::Report(report(session)));
        let _ = self.counter.send(Box::new(work));
    }

    /// Masks, says what that would do, or reads the list of reasons for masks.
    pub fn masking(&self, said: SayOfMasks) {
        if matches!(said, SayOfMasks::Reasons) {
            self.read(move |session| {
                Some(Done::Masking(
                    said.carry_out(session, &mut ()).map_err(told),
                ))
            });
            return;
        }
        let (events, stop) = (self.events.clone(), self.stop_write.clone());
        self.write(move |session| {
            stop.store(false, Ordering::Relaxed);
            let mut ticker = Ticker::new(events, stop);
            let done = said.carry_out(session, &mut ticker);
            Some(Done::Masking(done.map_err(told)))
        });
    }

    /// Reads the list of reasons.
    pub fn reasons(&self) {
        self.read(|session| Some(Done::Reasons(session.reasons().map_err(told))));
    }

    /// Decides.
    pub fn decide(
        &self,
        target: crate::review::Target,
        decision: crate::model::Decision,
        asking: Asking,
    ) {
        let (events, stop) = (self.events.clone(), self.stop_write.clone());
        self.write(move |session| {
            stop.store(false, Ordering::Relaxed);
            let mut ticker = Ticker::new(events, stop);
            let decided = session.decide_with(&target, decision, &asking, &mut ticker);
            Some(Done::Decided(decided.map_err(told)))
        });
    }

    /// Makes messages context.
    pub fn add_context(&self, around: crate::review::proposed::Around, seen: u64) {
        self.write(move |session| {
            let added = session.add_context(&around, Some(seen));
            Some(Done::Decided(added.map_err(told)))
        });
    }

    /// Takes back, or puts back.
    pub fn undo(&self, redo: bool) {
        self.write(move |session| {
            Some(if redo {
                Done::Redone(session.redo().map_err(told))
            } else {
                Done::Undone(session.undo().map_err(told))
            })
        });
    }

    /// Counts messages by day or month.
    pub fn timeline(
        &self,
        ticket: u64,
        thread: Option<ThreadId>,
        step: Step,
        known: Option<Arc<Days>>,
    ) {
        self.read(move |session| Some(timeline(session, ticket, thread, step, known)));
    }

    /// Draws a sample.
    pub fn sample(&self, wanted: Wanted) {
        self.read(move |session| Some(sample(session, &wanted)));
    }

    /// Looks up what the rules find.
    pub fn rules(&self) {
        self.read(|session| Some(Done::Rules(rules(session))));
    }

    /// Says something of rules.
    pub fn say_of_rules(&self, said: SayOfRules) {
        self.write(move |session| {
            let saved = said.carry_out(session).map_err(told);
            Some(Done::RulesSaved(saved))
        });
    }

    /// Puts the queue of work together.
    pub fn queue(&self, ticket: u64, known: Known, stops: Vec<Stop>) {
        let work = move |session: &Session| Some(queue(session, ticket, known, &stops));
        let _ = self.counter.send(Box::new(work));
    }

    /// Says what a bundle would hold now.
    pub fn outlook(&self, ticket: u64) {
        let work = move |session: &Session| Some(outlook(session, ticket));
        let _ = self.counter.send(Box::new(work));
    }

    /// Finds the messages of a way.
    pub fn way(&self, ticket: u64, asked: WayAsked) {
        self.read(move |session| Some(way(session, ticket, asked)));
    }

    /// Says something of messages that are one, or looks up what there is to reconcile.
    pub fn same(&self, said: SayOfSame) {
        let looks_up = matches!(said, SayOfSame::LookUp);
        let work = move |session: &Session| Some(Done::Same(said.carry_out(session).map_err(told)));
        if looks_up {
            // It reads whole threads.
            let _ = self.counter.send(Box::new(work));
        } else {
            self.write(work);
        }
    }

    /// Looks up who is who.
    pub fn people(&self) {
        self.read(|session| Some(Done::People(Box::new(Board::of(session)))));
    }

    /// Looks up who may be one person.
    pub fn suggestions(&self) {
        self.read(|session| Some(Done::Suggestions(session.suggestions().map_err(told))));
    }

    /// Says something of people.
    pub fn say_of_people(&self, said: SayOfPeople) {
        self.write(move |session| {
            let saved = said.carry_out(session).map_err(told);
            Some(Done::PeopleSaved(saved))
        });
    }

    /// Looks up whose the exports are.
    pub fn whose(&self) {
        self.read(|session| Some(Done::Whose(Box::new(session.whose()))));
    }

    /// Writes what a form says.
    pub fn facts(&self, answers: Answers) {
        self.write(move |session| Some(Done::Facts(answers.carry_out(session).map_err(told))));
    }

    /// Remembers the place. That it cannot be written is no loss worth a word.
    pub fn save_place(&self, place: Place) {
        self.write(move |session| {
            let _ = keep_place(session, &place);
            None
        });
    }

    /// Remembers the place for its bookmarks, which somebody relies on.
    pub fn bookmark(&self, place: Place) {
        self.write(move |session| {
            let kept = keep_place(session, &place);
            Some(Done::Bookmarked(kept.map_err(told)))
        });
    }

    /// Looks up the details of a message.
    pub fn details(&self, ticket: u64, number: MessageNumber) {
        self.read(move |session| {
            Some(Done::Details(
                ticket,
                Box::new(details::of(session, number)),
            ))
        });
    }

    /// Looks at files of messages.
    pub fn look(&self, at: LookAt) {
        let _ = self.looker.send(at);
    }

    /// Reads the ledger.
    pub fn log(&self) {
        self.read(|session| Some(Done::Log(session.case().ledger().entries(1).map_err(told))));
    }

    /// Says what a bundle would hold.
    pub fn plan_bundle(&self, ticket: u64, partial: bool, profile: Option<String>) {
        self.read(move |session| {
            let ahead = bundle::ahead(session, partial, profile.as_deref());
            Some(Done::BundlePlanned(ticket, ahead.map(Box::new)))
        });
    }

    /// Writes a bundle, on a thread that may write in the case and where the bundle goes.
    pub fn write_bundle(&mut self, out: PathBuf, plan: Plan) {
        let case = self.session.case().layout().root().to_owned();
        let place = folder_of(&out).to_owned();
        let acts = Acts {
            writes: vec![case, place],
            ..Acts::default()
        };
        self.long_with(Some(acts), move |session, ticker| {
            let written = bundle::write(session, &plan, &out, ticker);
            // Its entry is this session's own: the watch has nothing to tell of it.
            let _ = session.refresh();
            Done::BundleWritten(written.map_err(told).map(|written| {
                format!(
                    "bundle written: {}, {} in {}; docket verify checks it",
                    counted(written.messages, "message", "messages"),
                    counted(written.files, "file", "files"),
                    Shown::path(&written.path)
                )
            }))
        });
    }

    /// Loads exports.
    pub fn import(&mut self, paths: Vec<PathBuf>, options: ImportOptions) {
        self.long(move |session, ticker| {
            let loaded = session
                .case()
                .import(&paths, &options, session.actor(), ticker);
            let reports = loaded.map_err(told).and_then(|reports| {
                session.refresh().map_err(told)?;
                Ok(reports)
            });
            Done::Imported(reports)
        });
    }

    /// Reads an export again, with this order of dates.
    pub fn read_again(&mut self, source: SourceId, order: DateOrder) {
        self.long(move |session, ticker| {
            let case = session.case();
            let read = case.read_again(source, order, session.actor(), ticker);
            Done::Imported(read.map_err(told).and_then(|report| {
                session.refresh().map_err(told)?;
                Ok(vec![report])
            }))
        });
    }

    fn long(&mut self, work: impl FnOnce(&Session, &mut Ticker) -> Done + Send + 'static) {
        self.long_with(None, work);
    }

    /// The same, where it writes outside the case too.
    fn long_with(
        &mut self,
        acts: Option<Acts>,
        work: impl FnOnce(&Session, &mut Ticker) -> Done + Send + 'static,
    ) {
        self.stop.store(false, Ordering::Relaxed);
        let (session, events) = (self.session.clone(), self.events.clone());
        let mut ticker = Ticker::new(self.events.clone(), self.stop.clone());
        let work = move || {
            let done = work(&session, &mut ticker);
            let _ = events.send(Event::Done(Box::new(done)));
        };
        self.long = Some(match acts {
            Some(acts) => chosen::start(acts, work),
            None => std::thread::spawn(work),
        });
    }

    /// Stops the long job, and a decision that is not yet on its way to the disk.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.stop_write.store(true, Ordering::Relaxed);
    }

    /// Ends: what was asked to be written is written, the long job is stopped and leaves the case
    /// as it was.
    pub fn finish(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.searching.store(true, Ordering::Relaxed);
        drop(self.writer);
        let _ = self.writing.join();
        if let Some(long) = self.long {
            let _ = long.join();
        }
    }
}

/// An error as a line for a person.
fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn worker(session: Arc<Session>, events: Sender<Event>, work: Receiver<Work>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for work in work {
            if let Some(done) = work(&session) {
                let _ = events.send(Event::Done(Box::new(done)));
            }
        }
    })
}

/// Looks at files; of several that are wanted on the screen only the latest, and before the lines.
fn look_worker(session: Arc<Session>, events: Sender<Event>, wanted: Receiver<LookAt>) {
    std::thread::spawn(move || {
        let mut looker = Looker::default();
        let mut tell = |seen| {
            let _ = events.send(Event::Done(Box::new(Done::Seen(seen))));
        };
        while let Ok(first) = wanted.recv() {
            let mut file = None;
            let mut lines = Vec::new();
            for at in std::iter::once(first).chain(wanted.try_iter()) {
                match at {
                    LookAt::File(..) => file = Some(at),
                    LookAt::Lines(more) => lines.extend(more),
                }
            }
            if let Some(file) = file {
                file.carry_out(&session, &mut looker, &mut tell);
            }
            LookAt::Lines(lines).carry_out(&session, &mut looker, &mut tell);
        }
    });
}

fn search_worker(
    session: Arc<Session>,
    events: Sender<Event>,
    requests: Receiver<(u64, Request, Arc<AtomicBool>)>,
) {
    std::thread::spawn(move || {
        for (ticket, request, cancel) in requests {
            if cancel.load(Ordering::Relaxed) {
                continue;
            }
            let found = find(&session, &request, &cancel);
            if !cancel.load(Ordering::Relaxed) {
                let _ = events.send(Event::Done(Box::new(Done::Found(ticket, found))));
            }
        }
    });
}

/// Carries out a search.
///
/// # Errors
/// What went wrong, in a line for a person.
pub fn find(session: &Session, request: &Request, cancel: &AtomicBool) -> Result<Found, String> {
    let set = session.search(&request.query, cancel).map_err(told)?;
    let store = session.store();
    let hits = match request.thread {
        Some(thread) => List::filtered(store, thread, &set),
        None => List::hits(store, set),
    };
    let threads = hits
        .set()
        .map_or(0, |set| session.decisions().threads_of(set));
    Ok(Found { hits, threads })
}

/// Tells what other sessions wrote.
fn watcher(session: Arc<Session>, events: Sender<Event>, mut watch: Watch) {
    std::thread::spawn(move || {
        while watch.wait() {
            let news = match session.refresh() {
                Ok(refreshed) if refreshed.is_empty() => continue,
                Ok(refreshed) => {
                    let store = session.store();
                    let export = |id| {
                        let source = store.source(id);
                        source.map_or_else(String::new, |source| source.name.clone())
                    };
                    news_in_words(&refreshed, &session.actor().name, &export)
                }
                Err(error) => Some(told(error)),
            };
            if events
                .send(Event::Done(Box::new(Done::Others(news))))
                .is_err()
            {
                return;
            }
        }
    });
}

/// Tells how far a job is, and stops it when asked.
struct Ticker {
    events: Sender<Event>,
    stop: Arc<AtomicBool>,
    told: Option<(Instant, Job)>,
}

impl Ticker {
    fn new(events: Sender<Event>, stop: Arc<AtomicBool>) -> Ticker {
        Ticker {
            events,
            stop,
            told: None,
        }
    }
}

impl Progress for Ticker {
    fn tick(&mut self, stage: &str, done: u64, total: u64) -> ControlFlow<()> {
        if self.stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        let percent = |done: u64, total: u64| done.saturating_mul(100).checked_div(total);
        let worth = self.told.as_ref().is_none_or(|(when, job)| {
            when.elapsed() >= TELL
                && (job.stage != stage
                    || percent(job.done, job.total) != percent(done, total)
                    || total == 0)
        });
        if worth {
            let job = Job {
                stage: stage.to_owned(),
                done,
                total,
            };
            self.told = Some((Instant::now(), job.clone()));
            let _ = self.events.send(Event::Done(Box::new(Done::Progress(job))));
        }
        ControlFlow::Continue(())
    }
}

/// Puts the queue of work together, and looks up where the reviewer was.
pub fn queue(session: &Session, ticket: u64, mut known: Known, stops: &[Stop]) -> Done {
    let never = AtomicBool::new(false);
    let mut work = || -> Result<Queued, crate::review::ReviewError> {
        let queue = Queue::of(session, &mut known, &never)?;
        let stopped: Result<Vec<_>, _> = stops
            .iter()
            .map(|stop| stop.look_up(session, &never))
            .collect();
        Ok(Queued {
            looks: queue.looks.iter().map(|look| look.query(session)).collect(),
            stops: stopped?.into_iter().flatten().collect(),
            queue,
        })
    };
    let work = work().map_err(told);
    Done::Queue(ticket, known, Box::new(work))
}

/// Says what a bundle would hold now.
pub fn outlook(session: &Session, ticket: u64) -> Done {
    Done::Outlook(ticket, bundle::outlook(session))
}

/// Finds the messages of a way.
pub fn way(session: &Session, ticket: u64, asked: WayAsked) -> Done {
    let list = asked.way.list(session, &AtomicBool::new(false));
    Done::Way(ticket, Box::new(asked), list.map_err(told))
}

/// Draws a sample.
pub fn sample(session: &Session, wanted: &Wanted) -> Done {
    let drawn = Sample::of(session, wanted, &AtomicBool::new(false));
    Done::Sample(drawn.map_err(told))
}

/// Counts messages by day or month; `known` is used where it is of the newest messages.
pub fn timeline(
    session: &Session,
    ticket: u64,
    thread: Option<ThreadId>,
    step: Step,
    known: Option<Arc<Days>>,
) -> Done {
    let store = session.store();
    let days = known
        .filter(|days| Arc::ptr_eq(days.store(), &store))
        .unwrap_or_else(|| Arc::new(Days::of(store)));
    let chart = Chart::of(&days, &session.decisions(), thread, step);
    Done::Timeline(ticket, days, Box::new(chart))
}

/// Puts the report together.
///
/// # Errors
/// What went wrong, in a line for a person.
pub fn report(session: &Session) -> Result<Arc<report::Board>, String> {
    let report = Report::of(session, None, &mut ());
    report
        .map(|report| Arc::new(report::Board::of(report)))
        .map_err(told)
}

/// What the rules find.
///
/// # Errors
/// What went wrong, in a line for a person; here and below.
pub fn rules(session: &Session) -> Result<Vec<Matches>, String> {
    session.proposals(&AtomicBool::new(false)).map_err(told)
}

fn keep_place(session: &Session, place: &Place) -> Result<(), CaseError> {
    let path = session.case().layout().place();
    place::save(&path, &session.actor().name, place).map_err(|error| CaseError::io(&path, error))
}

/// The place of the session's reviewer.
pub fn load_place(session: &Session) -> Place {
    let path: &Path = &session.case().layout().place();
    place::load(path, &session.actor().name)
}
