//! Everything that can happen to the review screen: one closed list.

use super::app::{Details, Found, Job, Mark, Request, WayAsked, Work};
use super::files::{LookAt, Seen};
use super::findings::{FindingsDone, SayOfFindings};
use super::form::Answers;
use super::keymap::Key;
use super::masking::{MasksDone, SayOfMasks};
use super::people::{Board, SayOfPeople};
use super::place::Place;
use super::reconcile::{SameDone, SayOfSame};
use super::report;
use super::rules::SayOfRules;
use super::second::{SayOfSecond, SecondDone};
use super::terminal::input::Told;
use crate::bundle::{Ahead, Outlook, Plan};
use crate::case::ledger::{How, Recorded};
use crate::case::marks::Reason;
use crate::case::{ImportOptions, SourceReport};
use crate::import::DateOrder;
use crate::model::{Decision, MessageNumber, SourceId, ThreadId};
use crate::people::suggest::Suggestion;
use crate::review::proposed::Around;
use crate::review::queue::Known;
use crate::review::rules::Matches;
use crate::review::sample::{Sample, Wanted};
use crate::review::timeline::{Chart, Days, Step};
use crate::review::ways::Stop;
use crate::review::whose::Whose;
use crate::review::{Decided, List, MarkPreview, Preview, Target, Undone};
use crate::text::Shown;
use std::path::PathBuf;
use std::sync::Arc;

/// What happened.
pub enum Event {
    /// A key.
    Key(Key),
    /// The mouse wheel: whether down.
    Wheel(bool),
    /// Text pasted into the terminal.
    Paste(String),
    /// The window has a new size, in columns and rows.
    Resize(u16, u16),
    /// A signal.
    Signal(Signal),
    /// No key has come for a moment: time for what can wait.
    Rest,
    /// The terminal told what it can show.
    Told(Told),
    /// A job reports.
    Done(Box<Done>),
}

/// The signals that are heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The program is to end: SIGTERM, SIGHUP, SIGINT, SIGQUIT; with its number.
    End(i32),
    /// The program is to stop: SIGTSTP.
    Stop,
    /// The program goes on: SIGCONT.
    Continue,
}

/// What a job reports. Errors are lines for a person.
pub enum Done {
    /// A search came to an end; the number is that of its request.
    Found(u64, Result<Found, String>),
    /// What an act would change.
    Planned(u64, Result<Preview, String>),
    /// A decision is on the disk, or is not.
    Decided(Result<Decided, String>),
    /// What putting a flag or a note on would change.
    MarkPlanned(u64, Result<MarkPreview, String>),
    /// A flag or a note is on the disk, or is not.
    Marked(Result<Decided, String>),
    /// The reasons that can be used, the last used first.
    Reasons(Result<Vec<Reason>, String>),
    /// Something was taken back.
    Undone(Result<Option<Undone>, String>),
    /// Something was put back.
    Redone(Result<Option<Undone>, String>),
    /// The details of a message.
    Details(u64, Box<Details>),
    /// Files of messages, or one of them.
    Seen(Seen),
    /// The ledger's entries.
    Log(Result<Vec<Recorded>, String>),
    /// Something said of messages that are one, or what there is to reconcile.
    Same(Result<SameDone, String>),
    /// When messages were sent.
    Timeline(u64, Arc<Days>, Box<Chart>),
    /// The queue of work, and what may be kept of it for the next.
    Queue(u64, Known, Box<Result<Work, String>>),
    /// What a bundle would hold now, for the start screen.
    Outlook(u64, Outlook),
    /// The messages of a way.
    Way(u64, Box<WayAsked>, Result<List, String>),
    /// A sample was drawn.
    Sample(Result<Sample, String>),
    /// Who is who.
    People(Box<Board>),
    /// Who may be one person.
    Suggestions(Result<Vec<Suggestion>, String>),
    /// Something was said of people: what, if it was not so already.
    PeopleSaved(Result<Option<String>, String>),
    /// A second reviewer's word, or what waits for one.
    Second(Result<SecondDone, String>),
    /// Findings, or what was said of them.
    Findings(Result<FindingsDone, String>),
    /// The report.
    Report(Result<Arc<report::Board>, String>),
    /// Masks, or what is asked of them.
    Masking(Result<MasksDone, String>),
    /// What the rules find.
    Rules(Result<Vec<Matches>, String>),
    /// Something was said of rules: what, if it was not so already.
    RulesSaved(Result<Option<String>, String>),
    /// Whose the exports are.
    Whose(Box<Whose>),
    /// Facts were written.
    Facts(Result<(), String>),
    /// A bookmark is on the disk, or is not.
    Bookmarked(Result<(), String>),
    /// How far the long job is.
    Progress(Job),
    /// Exports were loaded, or read again.
    Imported(Result<Vec<SourceReport>, String>),
    /// What a bundle would hold.
    BundlePlanned(u64, Result<Box<Ahead>, String>),
    /// A bundle was written; what to tell.
    BundleWritten(Result<String, String>),
    /// Another session wrote to the case; what to tell, if anything.
    Others(Option<String>),
}

/// What the state asks for; carried out outside of it.
#[derive(Debug)]
pub enum Effect {
    /// Search; of a thread or of all. A later search replaces it.
    Search(u64, Box<Request>),
    /// Say what an act would change.
    Plan(u64, Target, Decision, Option<Reason>),
    /// Decide, durably; the last entry of the ledger that the reviewer saw the effect of, where a
    /// preview was shown; and why.
    Decide(Target, Decision, How, Option<u64>, Option<Reason>),
    /// Make these messages context, durably; with the last entry seen, as [`Effect::Decide`].
    AddContext(Box<Around>, u64),
    /// Say what putting a flag or a note on would change.
    PlanMark(u64, Box<Mark>),
    /// Put it on, or take it off, durably; with the last entry seen, as [`Effect::Decide`].
    Mark(Box<Mark>, Option<u64>),
    /// Read the list of reasons.
    Reasons,
    /// Take back the last decision.
    Undo,
    /// Put it back.
    Redo,
    /// Look up the details of a message.
    Details(u64, MessageNumber),
    /// Look at files of messages.
    Look(LookAt),
    /// Read the ledger.
    Log,
    /// Say something of messages that are one, or look up what there is to reconcile.
    Same(SayOfSame),
    /// Count messages by day or month; of a thread, or of all. The days of the messages, where they
    /// are known already.
    Timeline(u64, Option<ThreadId>, Step, Option<Arc<Days>>),
    /// Put the queue of work together, and look up these stops.
    Queue(u64, Known, Vec<Stop>),
    /// Say what a bundle would hold now, for the start screen.
    Outlook(u64),
    /// Find the messages of a way.
    Way(u64, Box<WayAsked>),
    /// Draw a sample.
    Sample(Box<Wanted>),
    /// Look up who is who.
    People,
    /// Look up who may be one person.
    Suggestions,
    /// Say something of people.
    SayOfPeople(SayOfPeople),
    /// Say a second word, or look up what waits for one.
    Second(SayOfSecond),
    /// Look up findings, or say something of them.
    Findings(SayOfFindings),
    /// Put the report together.
    Report,
    /// Mask, or look up what masking would do.
    Masking(SayOfMasks),
    /// Look up what the rules find.
    Rules,
    /// Say something of rules.
    SayOfRules(SayOfRules),
    /// Write facts of the case and who the custodian is in exports.
    Facts(Answers),
    /// Look up whose the exports are.
    Whose,
    /// Load exports.
    Import(Vec<PathBuf>, ImportOptions),
    /// Read an export again, with this order of dates.
    ReadAgain(SourceId, DateOrder),
    /// Say what a bundle would hold, by the profile of this name or the case's own choice.
    PlanBundle(u64, bool, Option<String>),
    /// Write a bundle.
    WriteBundle(PathBuf, Box<Plan>),
    /// Stop the long job.
    StopJob,
    /// Remember the place.
    SavePlace(Place),
    /// Remember a bookmark, with the place.
    Bookmark(Place),
    /// Stop the program, as Ctrl-Z does.
    Suspend,
    /// Hand text that went through [`crate::text`] to the terminal's clipboard.
    Copy(Shown),
    /// Take the mouse from the terminal, or give it back.
    Mouse(bool),
    /// Ask the terminal what it can show; whether another program draws for it.
    AskTerminal(bool),
    /// Draw everything anew.
    Redraw,
    /// Take the terminal again, after SIGCONT.
    Resume,
    /// End.
    Quit(Option<i32>),
}
