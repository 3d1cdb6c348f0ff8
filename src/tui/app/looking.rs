//! A case on storage that is read-only: it can be looked at, and each key that would save something
//! says why it does not.

use super::App;
use crate::tui::action::{Act, FindingAct};

impl App {
    /// Whether an act would save something where nothing can be saved; then that is said.
    pub(super) fn cannot_save(&mut self, act: Act) -> bool {
        let refused = self.is_read_only && saves(act);
        if refused {
            self.warn("not saved: this storage is read-only; copy the case to another disk");
        }
        refused
    }
}

/// Whether an act puts something into the ledger, or beside it, or asks what to put there. It names
/// every act, so that a new one is not forgotten here.
fn saves(act: Act) -> bool {
    match act {
        Act::Decide(..)
        | Act::Repeat
        | Act::Why
        | Act::Flags(_)
        | Act::Annotate(_)
        | Act::Undo
        | Act::Redo
        | Act::AddContext
        | Act::GoFacts
        | Act::Whose
        | Act::DateOrder
        | Act::TheSame
        | Act::NotTheSame
        | Act::WriteBundle
        | Act::Join
        | Act::Split
        | Act::Rename
        | Act::Say(_)
        | Act::Notes
        | Act::Accept
        | Act::AcceptExact
        | Act::Dismiss
        | Act::Bookmark
        | Act::Countersign(_)
        | Act::Disagree
        | Act::Uphold
        | Act::RunRule
        | Act::KeepRule
        | Act::ChangeRule
        | Act::RemoveRule
        | Act::RuleUp
        | Act::RuleDown
        | Act::MaskFor
        | Act::MaskAgain
        | Act::Unmask
        | Act::MaskAll => true,
        Act::OfFinding(act) => match act {
            FindingAct::Confirm
            | FindingAct::Dismiss
            | FindingAct::DismissValue
            | FindingAct::Reopen
            | FindingAct::Mask
            | FindingAct::MaskAgain
            | FindingAct::Flag => true,
            FindingAct::Listed | FindingAct::NextMessage => false,
        },
        Act::Down
        | Act::Up
        | Act::HalfDown
        | Act::HalfUp
        | Act::PageDown
        | Act::PageUp
        | Act::LineDown
        | Act::LineUp
        | Act::First
        | Act::Last
        | Act::NextDay
        | Act::PreviousDay
        | Act::NextThread
        | Act::PreviousThread
        | Act::NextUndecided
        | Act::PreviousUndecided
        | Act::Open
        | Act::Back
        | Act::Middle
        | Act::ToTop
        | Act::ToBottom
        | Act::Range
        | Act::Search
        | Act::Filter
        | Act::NextHit
        | Act::PreviousHit
        | Act::Quotes
        | Act::Details
        | Act::DetailsDown
        | Act::DetailsUp
        | Act::GoStart
        | Act::NextSection
        | Act::PreviousSection
        | Act::GoPerson
        | Act::GoMonth
        | Act::Files
        | Act::GoFiles
        | Act::GoProposed
        | Act::Follow
        | Act::GoThreads
        | Act::GoResults
        | Act::GoLog
        | Act::GoSources
        | Act::GoDifferences
        | Act::GoFindings
        | Act::GoReport
        | Act::GoBundle
        | Act::Partial
        | Act::NextProfile
        | Act::Sort
        | Act::GoPeople
        | Act::GoSuggestions
        | Act::Pick
        | Act::MessagesOf
        | Act::GoTimeline
        | Act::Zoom
        | Act::Scope
        | Act::GoDay
        | Act::JumpBack
        | Act::JumpOn
        | Act::NextBookmark
        | Act::GoBookmarks
        | Act::GoSample
        | Act::Clipboard
        | Act::Copy
        | Act::Mouse
        | Act::GoWaiting
        | Act::GoRules
        | Act::Exceptions
        | Act::GoMasks
        | Act::Along(_)
        | Act::Span
        | Act::SpanOther
        | Act::Palette
        | Act::Help
        | Act::Stop
        | Act::Suspend
        | Act::Redraw
        | Act::Quit => false,
    }
}
