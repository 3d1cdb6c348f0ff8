//! What a session keeps for the next one.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::case::ledger::Known;
use crate::review::rules::RuleText;

/// What a session keeps at its end is what the next one starts from: a checkpoint that cannot be
/// read would be no fault that anybody sees, but each start would read the whole ledger.
#[test]
fn a_checkpoint_that_was_kept_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case");
    let actor = Actor {
        name: "Ann".into(),
        how: Known::Given,
    };
    let session = Session::open(Case::open_or_create(&path).unwrap(), actor).unwrap();
    let text = RuleText {
        name: "Money".into(),
        query: "budget".into(),
        decision: Decision::Official,
        reason: None,
        code: None,
    };
    session.give_rule(None, &text).unwrap();
    let head = session.head();
    drop(session);
    let case = Case::open_or_create(&path).unwrap();
    let store = case.store();
    let ground = Ground::of(&store);
    let state = Fold::at_checkpoint(&case, &ground).unwrap().unwrap();
    assert_eq!(state.head, head);
    assert_eq!(state.rules.len(), 1);
}
