//! What the table is made of: the views, what can be done, and the headings of help.

use crate::model::{Decision, Relation};

/// Which part of the screen has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// The case: what is left, what needs a second look, where the reviewer was.
    Start,
    /// The table of threads.
    Threads,
    /// The messages of one thread, or those of it that a filter leaves.
    Messages,
    /// The hits of a search over all threads.
    Results,
    /// The ledger's entries.
    Log,
    /// What a bundle would hold.
    Bundle,
    /// The exports of the case.
    Sources,
    /// What there is to reconcile: what may be one, and what exports disagree on.
    Differences,
    /// How many messages each day or month has.
    Timeline,
    /// The messages of one day, of all threads.
    Day,
    /// The messages that the reviewer marked.
    Bookmarks,
    /// A random sample.
    Sample,
    /// The people of the case.
    People,
    /// One person: names, numbers and addresses.
    Person,
    /// Who may be one person.
    Suggestions,
    /// The rules.
    Rules,
    /// What waits for a second look.
    Waiting,
    /// One message, to be masked.
    Masks,
    /// The files of a message.
    Files,
    /// What detectors point at.
    Findings,
    /// The report.
    Report,
    /// The keys.
    Help,
}

impl View {
    /// Whether it lists messages of any threads, by time.
    pub fn is_across(self) -> bool {
        matches!(
            self,
            View::Results | View::Day | View::Bookmarks | View::Sample
        )
    }

    /// Whether it lists messages.
    pub fn is_reading(self) -> bool {
        self == View::Messages || self.is_across()
    }

    /// Its name, as help and refusals say it.
    pub fn name(self) -> &'static str {
        match self {
            View::Start => "start",
            View::Threads => "threads",
            View::Messages => "messages",
            View::Results => "results",
            View::Log => "log",
            View::Bundle => "bundle",
            View::Sources => "sources",
            View::Differences => "differences",
            View::Timeline => "timeline",
            View::Day => "day",
            View::Bookmarks => "bookmarks",
            View::Sample => "sample",
            View::People => "people",
            View::Person => "person",
            View::Suggestions => "suggestions",
            View::Rules => "rules",
            View::Waiting => "waiting",
            View::Masks => "masks",
            View::Files => "files",
            View::Findings => "findings",
            View::Report => "report",
            View::Help => "help",
        }
    }
}

/// How far a decision reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// The range, or the current message and as many after it as the count says.
    Target,
    /// The whole thread.
    Thread,
    /// Everything the current view lists.
    Listed,
}

/// A step within a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitStep {
    /// One unit back.
    Left,
    /// One unit on.
    Right,
    /// To the row's first.
    LineStart,
    /// To its last.
    LineEnd,
    /// To the next word.
    NextWord,
    /// To the beginning of the word, or of the one before.
    WordBefore,
    /// To the end of the word, or of the next.
    WordEnd,
}

/// What a key says of a finding, or does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingAct {
    /// It is what its detector says.
    Confirm,
    /// It is not.
    Dismiss,
    /// Its value is not, wherever it stands.
    DismissValue,
    /// What was said of it is taken back.
    Reopen,
    /// Masks it.
    Mask,
    /// Masks it for the reason used last.
    MaskAgain,
    /// Flags its message.
    Flag,
    /// Lists others: confirmed ones, dismissed ones, all.
    Listed,
    /// To the next message with one that is open.
    NextMessage,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// To the next message, thread or entry.
    Down,
    /// To the one before.
    Up,
    /// Half a window on.
    HalfDown,
    /// Half a window back.
    HalfUp,
    /// A window on.
    PageDown,
    /// A window back.
    PageUp,
    /// The window moves one line on.
    LineDown,
    /// The window moves one line back.
    LineUp,
    /// To the first.
    First,
    /// To the last, or the one that the count says.
    Last,
    /// To the next day.
    NextDay,
    /// To the day before.
    PreviousDay,
    /// To the next thread.
    NextThread,
    /// To the thread before.
    PreviousThread,
    /// To the next undecided message.
    NextUndecided,
    /// To the undecided message before.
    PreviousUndecided,
    /// Into what the cursor is on.
    Open,
    /// Out of it: ends a range, then a filter, then the view.
    Back,
    /// Puts the current line into the middle of the window.
    Middle,
    /// Puts it at the top.
    ToTop,
    /// Puts it at the bottom.
    ToBottom,
    /// Decides.
    Decide(Decision, Reach),
    /// The last decision again, on the new target.
    Repeat,
    /// Chooses the reason that the next decision or flag takes.
    Why,
    /// Chooses a flag, to be put on or taken off.
    Flags(Reach),
    /// Writes a note.
    Annotate(Reach),
    /// Takes back the last decision, whatever its size.
    Undo,
    /// Puts back what was taken back.
    Redo,
    /// Begins or ends a range.
    Range,
    /// Searches all threads.
    Search,
    /// Leaves only some messages in this view.
    Filter,
    /// To the next hit.
    NextHit,
    /// To the hit before.
    PreviousHit,
    /// Shows or folds the tails of mails that repeat what they answer.
    Quotes,
    /// Opens or closes the details.
    Details,
    /// To the next part of the details.
    DetailsDown,
    /// To the part of the details before.
    DetailsUp,
    /// To the start screen.
    GoStart,
    /// To the next section of it.
    NextSection,
    /// To the section before.
    PreviousSection,
    /// To all that the sender of the current message sent.
    GoPerson,
    /// To the month of the current message or bar.
    GoMonth,
    /// To the files of the current message.
    Files,
    /// To the messages with files, of all kinds or the next kind.
    GoFiles,
    /// To what is proposed as context.
    GoProposed,
    /// Makes a few messages around the current one context.
    AddContext,
    /// To a message that the details name.
    Follow,
    /// To the threads.
    GoThreads,
    /// To the hits of the last search.
    GoResults,
    /// To the ledger.
    GoLog,
    /// To the facts of the case.
    GoFacts,
    /// To the exports.
    GoSources,
    /// To what there is to reconcile.
    GoDifferences,
    /// Says that messages are the same.
    TheSame,
    /// Says that they are not.
    NotTheSame,
    /// To the findings.
    GoFindings,
    /// Go to the report.
    GoReport,
    /// Says something of a finding, or does something about it.
    OfFinding(FindingAct),
    /// To the bundle.
    GoBundle,
    /// Writes the bundle.
    WriteBundle,
    /// Whether undecided and referred messages block the bundle, or are stated in it.
    Partial,
    /// Makes the bundle by the next profile.
    NextProfile,
    /// Settles the order of day and month of an export.
    DateOrder,
    /// Lists the threads in another order.
    Sort,
    /// Says whose an export is.
    Whose,
    /// To the people.
    GoPeople,
    /// To the suggestions of who may be one person.
    GoSuggestions,
    /// Picks a person to be joined, or drops the pick; and on.
    Pick,
    /// Joins the picked people; a single one with the current.
    Join,
    /// Takes a name out of its person.
    Split,
    /// Gives a person a name.
    Rename,
    /// Says what a person is to the custodian.
    Say(Relation),
    /// Notes on a person.
    Notes,
    /// To the messages of a person.
    MessagesOf,
    /// Accepts a suggestion.
    Accept,
    /// Accepts all that rest on a number or address.
    AcceptExact,
    /// Dismisses a suggestion.
    Dismiss,
    /// To the timeline.
    GoTimeline,
    /// Bars of days instead of months, or the other way.
    Zoom,
    /// The timeline of the open thread instead of all, or the other way.
    Scope,
    /// To the day of the current message, over all threads.
    GoDay,
    /// Back to where the last jump was made from.
    JumpBack,
    /// Forward again.
    JumpOn,
    /// Marks the message, or takes its mark away.
    Bookmark,
    /// To the next marked message.
    NextBookmark,
    /// To the list of marked messages.
    GoBookmarks,
    /// To the random sample, or to the question for one.
    GoSample,
    /// Lets messages be copied, or no longer.
    Clipboard,
    /// Copies the message to the terminal's clipboard.
    Copy,
    /// Lets the mouse wheel scroll, or no longer.
    Mouse,
    /// Agrees with others' decisions.
    Countersign(Reach),
    /// Says what one would decide instead.
    Disagree,
    /// Answers a disagreement: the decision stands.
    Uphold,
    /// To what waits for a second look.
    GoWaiting,
    /// To the rules.
    GoRules,
    /// Runs a rule.
    RunRule,
    /// Keeps the search or the thread as a rule.
    KeepRule,
    /// Changes what a rule says.
    ChangeRule,
    /// Takes a rule away.
    RemoveRule,
    /// Moves a rule one place up.
    RuleUp,
    /// Moves a rule one place down.
    RuleDown,
    /// Lists what a rule finds and keeps.
    Exceptions,
    /// To the masks of the current message.
    GoMasks,
    /// Along the text of a message.
    Along(UnitStep),
    /// Begins a span, or drops it.
    Span,
    /// To the other end of the span.
    SpanOther,
    /// Masks, for a reason that is asked for.
    MaskFor,
    /// Masks, for the reason used last.
    MaskAgain,
    /// Takes a mask off.
    Unmask,
    /// Masks words wherever they stand.
    MaskAll,
    /// Opens the list of all actions.
    Palette,
    /// Shows the keys.
    Help,
    /// Stops the running job.
    Stop,
    /// Stops the program, as in any shell.
    Suspend,
    /// Draws everything anew.
    Redraw,
    /// Ends the review.
    Quit,
}

/// The headings of help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Decisions.
    Decide,
    /// Reasons, flags and notes.
    Mark,
    /// Masks.
    Mask,
    /// Moving.
    Move,
    /// Finding.
    Find,
    /// Other views.
    Go,
    /// People.
    People,
    /// Rules.
    Rules,
    /// Findings.
    Findings,
    /// The program itself.
    Program,
}

impl Group {
    /// All headings, in help's order.
    pub const ALL: [Group; 10] = [
        Group::Decide,
        Group::Mark,
        Group::Mask,
        Group::Move,
        Group::Find,
        Group::Go,
        Group::People,
        Group::Rules,
        Group::Findings,
        Group::Program,
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Group::Decide => "Decide",
            Group::Mark => "Reasons, flags and notes",
            Group::Mask => "Mask",
            Group::Move => "Move",
            Group::Find => "Find",
            Group::Go => "Go to",
            Group::People => "People",
            Group::Rules => "Rules",
            Group::Findings => "Findings",
            Group::Program => "Program",
        }
    }
}

impl super::Action {
    /// Whether it can be done in this view.
    pub fn holds_in(&self, view: View) -> bool {
        self.views.contains(&view)
    }
}
