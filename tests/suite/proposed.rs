//! Context: what is proposed, what a person adds, and how it leaves.

use crate::suite::redaction::{redact, words};
use crate::suite::tui::{Desk, Review, desk};
use docket::bundle::records::jsonl::Row;
use docket::bundle::{Options, plan, verify, write};
use docket::check::{Verdict, overall};
use docket::model::{Decision, MessageNumber};
use docket::review::proposed::{Link, MOST_AROUND};
use docket::review::{How, Query, Session, Target};
use roaring::RoaringBitmap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::AtomicBool;

/// A question, its answer, the answer to that, one that only quotes, and a private mail.
const MAILS: &str = "\
From 1@xxx Wed Mar 31 09:08:43 +0000 2021
From: Amina Yusuf <amina@example.com>
To: Ben Okafor <ben@example.com>
Date: Wed, 31 Mar 2021 10:08:43 +0100
Message-ID: <1@example.com>
Subject: Quay tender

Shall the northern quay be in the tender, before my aunt retires?

From 2@xxx Wed Mar 31 09:09:43 +0000 2021
From: Ben Okafor <ben@example.com>
To: Amina Yusuf <amina@example.com>
Date: Wed, 31 Mar 2021 10:09:43 +0100
Message-ID: <2@example.com>
In-Reply-To: <1@example.com>
Subject: Re: Quay tender

Yes, approved.

From 3@xxx Wed Mar 31 09:10:43 +0000 2021
From: Amina Yusuf <amina@example.com>
To: Ben Okafor <ben@example.com>
Date: Wed, 31 Mar 2021 10:10:43 +0100
Message-ID: <3@example.com>
In-Reply-To: <2@example.com>
Subject: Re: Quay tender

Thank you so much

From 4@xxx Thu Apr 01 09:10:43 +0000 2021
From: Uncle Ben <uncle@example.net>
To: Amina Yusuf <amina@example.com>
Date: Thu, 1 Apr 2021 10:10:43 +0100
Message-ID: <4@example.com>
Subject: Sunday lunch

Bring the yellow towels please
";

const CHAT: &str = "\
27/03/2021, 09:00 - Carol Danvers: the sluice at the northern lock is stuck again
27/03/2021, 09:01 - Ada Example: one
27/03/2021, 09:02 - Ada Example: two
27/03/2021, 09:03 - Carol Danvers: three
27/03/2021, 09:04 - Carol Danvers left
27/03/2021, 09:05 - Ada Example: > The sluice at the northern lock is stuck again
close it for a week
27/03/2021, 09:06 - Carol Danvers: four
27/03/2021, 09:07 - Carol Danvers: five
";

fn fixture() -> Desk {
    desk(&[
        ("mail.mbox", MAILS.to_owned()),
        ("WhatsApp Chat with Quay works.txt", CHAT.to_owned()),
    ])
}

fn at(session: &Session, text: &str) -> MessageNumber {
    let store = session.store();
    let mut all = (0..store.len()).map(MessageNumber);
    all.find(|number| store.text(*number).unwrap().contains(text))
        .unwrap_or_else(|| panic!("no {text}"))
}

fn decide(session: &Session, text: &str, decision: Decision) {
    let target = Target::Message(at(session, text));
    session.decide(&target, decision, How::Key, None).unwrap();
}

fn found(session: &Session, query: &str) -> RoaringBitmap {
    let query = Query::parse(query).unwrap();
    session.search(&query, &AtomicBool::new(false)).unwrap()
}

fn proposed(session: &Session) -> Vec<MessageNumber> {
    found(session, "is:proposed")
        .iter()
        .map(MessageNumber)
        .collect()
}

#[test]
fn what_records_answer_or_quote_is_proposed_and_nothing_else() {
    let desk = fixture();
    let session = &desk.session;
    let at = |text: &str| at(session, text);
    assert!(proposed(session).is_empty(), "nothing leaves");
    decide(session, "approved", Decision::Official);
    // What it answers, and not what answers it.
    assert_eq!(proposed(session), [at("northern quay")]);
    // Not what that one answers in its turn.
    decide(session, "Thank you", Decision::Official);
    decide(session, "approved", Decision::Undecided);
    assert_eq!(proposed(session), [at("approved")]);
    decide(session, "approved", Decision::Mixed);
    decide(session, "close it", Decision::Official);
    let mut both = [at("northern quay"), at("is stuck again")];
    both.sort_unstable();
    assert_eq!(proposed(session), both);
    let all = session.context_proposals(&AtomicBool::new(false)).unwrap();
    let by: Vec<_> = all.open.iter().map(|one| one.by.as_slice()).collect();
    assert!(
        by.contains(&[(at("close it"), Link::Quotes)].as_slice()),
        "{by:?}"
    );
    assert!(
        by.contains(&[(at("approved"), Link::Answers)].as_slice()),
        "{by:?}"
    );
    // What somebody decided otherwise stays, and is named; what leaves already is no matter.
    decide(session, "northern quay", Decision::Personal);
    decide(session, "is stuck again", Decision::Context);
    assert!(proposed(session).is_empty());
    let all = session.context_proposals(&AtomicBool::new(false)).unwrap();
    assert!(all.open.is_empty());
    let kept: Vec<_> = all
        .kept
        .iter()
        .map(|one| (one.message, one.decision))
        .collect();
    assert_eq!(kept, [(at("northern quay"), Decision::Personal)]);
}

#[test]
fn a_few_messages_around_a_record_are_added_and_taken_back() {
    let desk = fixture();
    let session = &desk.session;
    let at = |text: &str| at(session, text);
    let of = at("close it");
    assert!(session.around(of, 1, 1).is_err(), "it is no record");
    decide(session, "close it", Decision::Official);
    decide(session, "five", Decision::Personal);
    let around = session.around(of, 2, 2).unwrap();
    // What it quotes, two before it but the line of the app, two after it but what stays.
    assert_eq!(
        around.messages,
        [at("is stuck again"), at("two"), at("three"), at("four")]
    );
    assert_eq!(around.kept, [(at("five"), Decision::Personal)]);
    assert_eq!(
        session.around(of, 0, 0).unwrap().messages,
        [at("is stuck again")]
    );
    assert_eq!(session.around(of, 900, 0).unwrap().before, MOST_AROUND);
    let added = session.add_context(&around, None).unwrap();
    assert_eq!(added.count, 4);
    assert_eq!(session.decision(at("five")), Decision::Personal);
    assert_eq!(found(session, "is:context").len(), 4);
    session.undo().unwrap().unwrap();
    assert!(found(session, "is:context").is_empty());
}

fn docket(case: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(arguments)
        .env("DOCKET_CASE", case)
        .env("DOCKET_CONFIG", "")
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_command_lists_accepts_and_adds_only_when_told_so() {
    let desk = fixture();
    let session = &desk.session;
    decide(session, "approved", Decision::Official);
    decide(session, "close it", Decision::Official);
    let case = session.case().layout().root().to_path_buf();
    let listed = docket(&case, &["context"]);
    assert!(listed.status.success());
    let parent = format!("[message {} answers it]", at(session, "approved"));
    assert!(out(&listed).contains(&parent), "{}", out(&listed));
    // There is nobody to ask.
    let refused = docket(&case, &["context", "accept"]);
    assert_eq!(refused.status.code(), Some(3));
    let accepted = docket(&case, &["context", "accept", "aunt", "--yes"]);
    assert!(
        out(&accepted).contains("saved: 1 message context"),
        "{}",
        out(&accepted)
    );
    session.refresh().unwrap();
    assert_eq!(session.decision(at(session, "aunt")), Decision::Context);
    assert_eq!(proposed(session), [at(session, "is stuck again")]);
    let number = at(session, "close it").to_string();
    let added = docket(
        &case,
        &["context", "around", &number, "--after", "0", "--yes"],
    );
    assert!(
        out(&added).contains("saved: 2 messages context"),
        "{}",
        out(&added)
    );
    session.refresh().unwrap();
    let history = session.history(at(session, "three")).unwrap();
    let entry = serde_json::to_string(&history[0].entry).unwrap();
    assert!(
        entry.contains(&format!("around message {number}")),
        "{entry}"
    );
    let none = docket(
        &case,
        &["context", "around", &at(session, "towels").to_string()],
    );
    assert_eq!(none.status.code(), Some(3));
}

#[test]
fn a_key_shows_what_is_around_and_adds_it_and_another_lists_what_is_proposed() {
    let desk = fixture();
    let session = &desk.session;
    decide(session, "close it", Decision::Official);
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        let mut review = Review::start(&desk, width, height);
        review.press("/close<Enter><Enter>+");
        insta::assert_snapshot!(format!("around_{width}x{height}"), review.screen());
        review.press("+-n");
        assert!(found(session, "is:context").is_empty());
    }
    let mut review = Review::start(&desk, 80, 24);
    review.press("gx");
    assert!(
        review.screen().contains("proposed as context"),
        "{}",
        review.screen()
    );
    assert!(
        review.current_row().contains("is stuck again"),
        "{}",
        review.screen()
    );
    review.press("/close<Enter><Enter>+y");
    // What it quotes, and one message on either side.
    assert_eq!(found(session, "is:context").len(), 3);
    review.press("ugx");
    assert_eq!(found(session, "is:context").len(), 0);
    review.press("c");
    assert_eq!(
        session.decision(at(session, "is stuck again")),
        Decision::Context
    );
    // Of what is not handed over there is no context.
    review.press("/towels<Enter>+");
    assert!(
        review.status().contains("not decided official"),
        "{}",
        review.status()
    );
}

/// Everything that a bundle of a session holds, by path.
fn handed_over(session: &Session, folder: &Path) -> (PathBuf, Vec<Row>) {
    for (key, value) in [("reference", "HRB/2021/7"), ("custodian", "Amina Yusuf")] {
        session.set_fact(key, Some(value), None).unwrap();
    }
    let bag = folder.join("bag");
    let options = Options {
        partial: true,
        ..Options::default()
    };
    let plan = plan(session, &options).unwrap();
    assert!(plan.is_ready(), "{:?}", plan.blocks);
    write(session, &plan, &bag, &mut ()).unwrap();
    let checks = verify(&bag);
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:?}");
    let rows = std::fs::read_to_string(bag.join("data/records/messages.jsonl")).unwrap();
    let rows = rows.lines().map(|line| serde_json::from_str(line).unwrap());
    (bag.clone(), rows.collect())
}

#[test]
fn context_leaves_marked_in_every_form_masked_where_it_must_and_without_its_mail() {
    let desk = fixture();
    let session = &desk.session;
    decide(session, "approved", Decision::Official);
    decide(session, "northern quay", Decision::Context);
    let aunt = at(session, "northern quay");
    let masked = redact(
        session,
        &Target::Message(aunt),
        &words("my aunt"),
        Some("personal"),
    );
    assert_eq!(masked, 1);
    let folder = tempfile::tempdir().unwrap();
    let (bag, rows) = handed_over(session, folder.path());
    let of = |text: &str| rows.iter().find(|row| row.text.contains(text)).unwrap();
    let (answer, context) = (of("approved"), of("northern quay"));
    assert_eq!(context.decision.as_deref(), Some("context"));
    assert_eq!(context.context_for, [answer.message]);
    assert_eq!(answer.answers, Some(context.message));
    assert!(answer.context_for.is_empty());
    assert!(!context.text.contains("aunt"), "{}", context.text);
    // The record is all that there is of it; the mail that answers it is there as it was.
    assert!(context.original.is_none() && answer.original.is_some());
    let why = context.original_left_out.as_deref().unwrap();
    assert!(why.contains("context"), "{why}");
    let day = bag.join("data/records/email").join(&context.thread);
    let record =
        |form: &str| std::fs::read_to_string(day.join(format!("2021-03-31.{form}"))).unwrap();
    let marked = format!("Context for: message {}", answer.message);
    assert!(
        record("txt").contains(&marked) && record("txt").contains("context, not itself a record")
    );
    assert!(
        record("txt").contains("1 of them as context"),
        "{}",
        record("txt")
    );
    let page = record("html");
    assert!(page.contains("<article class=\"context\"") && page.contains("<dt>Context for</dt>"));
    assert!(record("eml").contains("X-Docket-Context-Messages: 1"));
    let table = |name: &str| std::fs::read_to_string(bag.join(name)).unwrap();
    let metadata = table("file-metadata.csv");
    assert!(
        metadata.contains("Holds context, which is no record itself"),
        "{metadata}"
    );
    let decisions = table("decisions.csv");
    let mut decisions = csv::Reader::from_reader(decisions.as_bytes());
    let decisions: Vec<(String, String)> = decisions
        .records()
        .map(|row| {
            row.map(|row| (row[0].to_owned(), row[4].to_owned()))
                .unwrap()
        })
        .collect();
    let number = context.message.to_string();
    assert!(
        decisions.contains(&(number, "context".to_owned())),
        "{decisions:?}"
    );
    let balance: serde_json::Value = serde_json::from_str(&table("completeness.json")).unwrap();
    assert_eq!(balance["total"]["context"], 1, "{balance}");
    assert_eq!(balance["total"]["official"], 1);
}

#[test]
fn a_bundle_that_says_something_else_of_its_context_is_refused() {
    let desk = fixture();
    let session = &desk.session;
    decide(session, "approved", Decision::Official);
    decide(session, "northern quay", Decision::Context);
    let folder = tempfile::tempdir().unwrap();
    let (bag, rows) = handed_over(session, folder.path());
    let path = bag.join("data/records/messages.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let answer = rows
        .iter()
        .find(|row| row.text.contains("approved"))
        .unwrap();
    let named = format!("\"context_for\":[{}]", answer.message);
    assert!(text.contains(&named));
    for (from, to, why) in [
        (
            named.as_str(),
            "\"context_for\":[999]",
            "which is no record here",
        ),
        ("\"context_for\":[]", "\"context_for\":[1]", "and is none"),
    ] {
        std::fs::write(&path, text.replace(from, to)).unwrap();
        let told = format!("{:?}", verify(&bag));
        assert!(told.contains(why), "{told}");
    }
}
