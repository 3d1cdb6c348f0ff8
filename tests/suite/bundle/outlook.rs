//! What a bundle would hold, in a few numbers: the same as the dry run tells.

use docket::bundle::{Options, Plan, outlook, plan};
use docket::case::ledger::Known;
use docket::case::marks::{About, Said};
use docket::case::masks::Part;
use docket::case::{Actor, Case, ImportOptions};
use docket::model::{Decision, Flag, MessageNumber};
use docket::review::{Asking, Find, How, Session, Spot, Target};
use proptest::prelude::*;
use roaring::RoaringBitmap;

/// The dry run, which agrees with the numbers of the start screen and of `docket status`.
pub(in crate::suite) fn planned(session: &Session, options: &Options) -> Plan {
    session.refresh().unwrap();
    let whole = plan(session, &Options::default()).unwrap();
    let told = outlook(session);
    assert_eq!(told.goes, whole.total.handed_over);
    assert_eq!(told.goes + told.stays, whole.total.messages);
    assert_eq!(told.attachments, whole.attachments);
    assert_eq!(told.blocks, whole.blocks);
    plan(session, options).unwrap()
}

#[derive(Clone, Debug)]
enum Act {
    Decide(u32, u32, Decision),
    Hold(u32, u32, bool),
    Mask(u32, u32, &'static str),
    Withhold(u32, &'static str),
    Same(u32, u32),
    Countersign(&'static str),
    Undo,
}

fn act() -> impl Strategy<Value = Act> {
    let (from, len) = (0u32..20, 1u32..9);
    let codes = prop_oneof![Just("personal"), Just("foi-38")];
    let decision = proptest::sample::select(Decision::ALL.to_vec());
    let needed = proptest::sample::select(vec!["none", "mixed", "sample", "all"]);
    prop_oneof![
        6 => (from.clone(), len.clone(), decision).prop_map(|(f, l, d)| Act::Decide(f, l, d)),
        2 => (from.clone(), len.clone(), any::<bool>()).prop_map(|(f, l, on)| Act::Hold(f, l, on)),
        2 => (from.clone(), len, codes.clone()).prop_map(|(f, l, c)| Act::Mask(f, l, c)),
        2 => (from.clone(), codes).prop_map(|(n, c)| Act::Withhold(n, c)),
        1 => (from.clone(), from).prop_map(|(a, b)| Act::Same(a, b)),
        1 => needed.prop_map(Act::Countersign),
        2 => Just(Act::Undo),
    ]
}

fn carry_out(session: &Session, act: &Act) {
    let asking = |how| Asking {
        how,
        note: None,
        reason: None,
        seen: None,
    };
    let most = session.store().len();
    let set = |from: u32, len: u32| {
        let mut set = RoaringBitmap::new();
        set.insert_range(from.min(most)..(from + len).min(most));
        Target::Set(set, None)
    };
    let reason = |code: &str| session.mask_reason(code).unwrap();
    // What cannot be done leaves all as it was, and the numbers have to agree all the same.
    match act {
        Act::Decide(from, len, decision) => {
            let _ = session.decide(&set(*from, *len), *decision, How::Bulk, None);
        }
        Act::Hold(from, len, on) => {
            let said = on.then(Said::default);
            let about = About::Flag { flag: Flag::Hold };
            let target = set(*from, *len);
            let _ = session.put_mark(&target, &about, said.as_ref(), &asking(How::Bulk), &mut ());
        }
        Act::Mask(from, len, code) => {
            let spot = Spot::Found(Find::words("all").unwrap());
            let (target, reason) = (set(*from, *len), reason(code));
            let _ = session.redact(&target, &spot, Some(&reason), &asking(How::Bulk), &mut ());
        }
        Act::Withhold(number, code) => {
            let target = Target::Message(MessageNumber(*number));
            let (spot, reason) = (Spot::Whole(Part::File(0)), reason(code));
            let _ = session.redact(&target, &spot, Some(&reason), &asking(How::Key), &mut ());
        }
        Act::Same(one, other) => {
            let pair = (MessageNumber(*one), MessageNumber(*other));
            let _ = session.say_same(&[pair], None, None);
        }
        Act::Countersign(needed) => {
            session.set_fact("countersign", Some(needed), None).unwrap();
        }
        Act::Undo => {
            let _ = session.undo();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn the_outlook_tells_what_the_dry_run_tells(acts in proptest::collection::vec(act(), 1..30)) {
        let folder = tempfile::tempdir().unwrap();
        let zip = folder.path().join("WhatsApp Chat - Kits.zip");
        crate::suite::files::export(&zip);
        let text = folder.path().join("WhatsApp Chat with Quay.txt");
        std::fs::write(
            &text,
            "\
25/03/2021, 09:00 - Ada Example created group \"Quay\"
25/03/2021, 09:01 - Ada Example added Tom Reed
25/03/2021, 09:02 - Tom Reed: this is all official
25/03/2021, 09:03 - Ada Example: and this, all of it, is not
25/03/2021, 09:04 - Tom Reed: nor all of this
25/03/2021, 09:05 - Tom Reed: <Media omitted>
25/03/2021, 09:06 - Ada Example: Thanks, all here
",
        )
        .unwrap();
        let actor = Actor { name: "Ann Reviewer".into(), how: Known::Given };
        let case = Case::open_or_create(&folder.path().join("case")).unwrap();
        case.import(&[zip, text], &ImportOptions::default(), &actor, &mut ()).unwrap();
        let session = Session::open(case, actor).unwrap();
        planned(&session, &Options::default());
        for act in &acts {
            carry_out(&session, act);
            planned(&session, &Options::default());
        }
    }
}
