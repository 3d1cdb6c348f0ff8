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

/// Whether an act puts something into the ledger, or beside it, or asks what to put there.
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
        Act::OfFinding(act) => !matches!(act, FindingAct::Listed | FindingAct::NextMessage),
        _ => false,
    }
}
