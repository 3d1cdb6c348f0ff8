//! Three sessions of two reviewers against a plain map.

use super::{case_folder, find, session, set};
use docket::case::ledger::How;
use docket::model::{Decision, MessageNumber};
use docket::review::{Session, Tally, Target};
use proptest::prelude::*;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;

/// What the property test below does, on one of three sessions: two of one reviewer, one of another.
#[derive(Clone, Debug)]
enum Act {
    Decide(usize, u32, u32, Decision),
    Undo(usize),
    Redo(usize),
    Refresh(usize),
    Reopen(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let who = 0usize..3;
    prop_oneof![
        5 => (who.clone(), 0u32..150, 1u32..30, 0usize..6)
            .prop_map(|(who, from, len, d)| Act::Decide(who, from, len, Decision::ALL[d])),
        3 => who.clone().prop_map(Act::Undo),
        2 => who.clone().prop_map(Act::Redo),
        1 => who.clone().prop_map(Act::Refresh),
        1 => who.prop_map(Act::Reopen),
    ]
}

const NAMES: [&str; 3] = ["Ann", "Bo", "Ann"];

/// A decision that stands on a message: the entry it was first made with.
type Standing = (usize, Decision);

/// A decision taken back: the messages that changed, and what stood on them after it.
type Undone = (Standing, BTreeMap<u32, Vec<Standing>>);

/// The plain map: per message the decisions that stand on one another, and per reviewer the steps.
#[derive(Default)]
struct Plain {
    messages: BTreeMap<u32, Vec<Standing>>,
    /// Per entry: the session that made it (and how often that session was opened), and the
    /// messages it changed.
    log: Vec<((usize, u32), RoaringBitmap)>,
    /// With the entry that a step would take back: the decision, or the redo of it.
    done: BTreeMap<&'static str, Vec<(usize, Standing)>>,
    undone: BTreeMap<&'static str, Vec<Undone>>,
    seen: [usize; 3],
    opened: [u32; 3],
}

impl Plain {
    fn now(&self, number: u32) -> Decision {
        self.messages
            .get(&number)
            .and_then(|stack| stack.last())
            .map_or(Decision::Undecided, |(_, decision)| *decision)
    }

    fn record(&mut self, who: usize, changed: RoaringBitmap) {
        self.log.push(((who, self.opened[who]), changed));
    }

    /// The count and the conflicts of a decision.
    fn decide(&mut self, who: usize, wanted: &RoaringBitmap, to: Decision) -> (u32, RoaringBitmap) {
        let me = (who, self.opened[who]);
        let unseen = self.log[self.seen[who]..]
            .iter()
            .filter(|(by, _)| *by != me)
            .fold(RoaringBitmap::new(), |all, (_, set)| all | set);
        let changing: RoaringBitmap = wanted.iter().filter(|n| self.now(*n) != to).collect();
        let conflicts = &changing & &unseen;
        let changed = changing - unseen;
        if !changed.is_empty() {
            let id = self.log.len();
            for number in &changed {
                self.messages.entry(number).or_default().push((id, to));
            }
            self.done
                .entry(NAMES[who])
                .or_default()
                .push((id, (id, to)));
            self.undone.entry(NAMES[who]).or_default().clear();
            self.record(who, changed.clone());
        }
        self.seen[who] = self.log.len();
        (changed.len() as u32, conflicts)
    }

    /// The count and the skipped of an undo.
    fn undo(&mut self, who: usize) -> Option<(u32, u32)> {
        self.seen[who] = self.log.len();
        let (id, standing) = self.done.entry(NAMES[who]).or_default().pop()?;
        let mut left = BTreeMap::new();
        let mut skipped = 0;
        for number in self.log[id].1.clone() {
            let stack = self.messages.get_mut(&number).unwrap();
            if stack.last() == Some(&standing) {
                stack.pop();
                left.insert(number, stack.clone());
            } else {
                skipped += 1;
            }
        }
        let count = left.len() as u32;
        self.record(who, left.keys().copied().collect());
        self.undone
            .entry(NAMES[who])
            .or_default()
            .push((standing, left));
        self.seen[who] = self.log.len();
        Some((count, skipped))
    }

    /// The count and the skipped of a redo.
    fn redo(&mut self, who: usize) -> Option<(u32, u32)> {
        self.seen[who] = self.log.len();
        let (standing, left) = self.undone.entry(NAMES[who]).or_default().pop()?;
        let id = self.log.len();
        let mut changed = RoaringBitmap::new();
        let mut skipped = 0;
        for (number, stood) in left {
            let stack = self.messages.get_mut(&number).unwrap();
            if *stack == stood {
                stack.push(standing);
                changed.insert(number);
            } else {
                skipped += 1;
            }
        }
        let count = changed.len() as u32;
        self.record(who, changed);
        self.done
            .entry(NAMES[who])
            .or_default()
            .push((id, standing));
        self.seen[who] = self.log.len();
        Some((count, skipped))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn sessions_agree_with_a_plain_map(acts in proptest::collection::vec(act(), 1..40)) {
        let folder = case_folder();
        let mut sessions: Vec<Session> = NAMES.iter().map(|name| session(&folder, name)).collect();
        let store = sessions[0].store();
        let decidable = &find(&sessions[0], "") - &find(&sessions[0], "is:system OR is:unreadable");
        let mut plain = Plain::default();
        for act in acts {
            match act {
                Act::Decide(who, from, len, to) => {
                    let wanted = set(from..(from + len).min(150));
                    let expected = plain.decide(who, &(&wanted & &decidable), to);
                    let target = Target::Set(wanted, None);
                    let decided = sessions[who].decide(&target, to, How::Bulk, None).unwrap();
                    prop_assert_eq!((decided.count, decided.conflicts), expected);
                }
                Act::Undo(who) => {
                    let undone = sessions[who].undo().unwrap().map(|u| (u.count, u.skipped));
                    prop_assert_eq!(undone, plain.undo(who));
                }
                Act::Redo(who) => {
                    let redone = sessions[who].redo().unwrap().map(|u| (u.count, u.skipped));
                    prop_assert_eq!(redone, plain.redo(who));
                }
                Act::Refresh(who) => {
                    sessions[who].refresh().unwrap();
                    plain.seen[who] = plain.log.len();
                }
                Act::Reopen(who) => {
                    sessions[who] = session(&folder, NAMES[who]);
                    plain.seen[who] = plain.log.len();
                    plain.opened[who] += 1;
                }
            }
        }
        sessions.push(session(&folder, "Fresh"));
        std::fs::remove_file(folder.path().join("case/derived/decisions")).ok();
        sessions.push(session(&folder, "Replayed"));
        for session in &sessions {
            session.refresh().unwrap();
            let mut tally = Tally { total: store.len(), ..session.tally_all() };
            for number in 0..store.len() {
                prop_assert_eq!(session.decision(MessageNumber(number)), plain.now(number));
            }
            for decision in Decision::ALL {
                let count = decidable.iter().filter(|n| plain.now(*n) == decision).count();
                prop_assert_eq!(session.tally_all().of(decision), count as u32);
                tally.total -= session.tally_all().of(decision);
            }
            prop_assert_eq!(tally.total, tally.system + tally.unreadable);
        }
        for session in &sessions {
            let check = session.check().unwrap();
            prop_assert_eq!(check.verdict, docket::check::Verdict::Ok, "{}", check.detail);
        }
        let verdict = sessions[0].case().ledger().verify(None).unwrap();
        prop_assert!(verdict.holds(), "{:?}", verdict.faults);
    }
}
