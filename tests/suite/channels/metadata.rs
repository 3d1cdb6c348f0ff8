//! What a message has beside its text, through a case: found by queries, in the order of its
//! thread, with the message it answers.

use docket::case::ledger::Known;
use docket::case::{Actor, Case, ImportOptions};
use docket::model::{Direction, MessageNumber, ThreadId};
use docket::review::{Session, query};
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// Mails in an order of their own, as Gmail exports them: an answer before what it answers, a
/// draft, a forwarded mail, copies and labels.
pub const MAILBOX: &str = "\
From 2@xxx Wed Mar 31 09:09:43 +0000 2021
X-Gmail-Labels: Inbox,\"Quay, the new\"
From: Ben Okafor <ben@example.com>
To: Amina Yusuf <amina@example.com>
Cc: Cara Quill <cara@example.com>, press@example.com
Date: Wed, 31 Mar 2021 10:09:43 +0100
Message-ID: <2@example.com>
In-Reply-To: <1@example.com>
References: <1@example.com>
Subject: Re: Quay tender

Agreed, with the changes.

From 1@xxx Wed Mar 31 09:08:43 +0000 2021
X-Gmail-Labels: Sent
From: Amina Yusuf <amina@example.com>
To: Ben Okafor <ben@example.com>
Date: Wed, 31 Mar 2021 10:08:43 +0100
Message-ID: <1@example.com>
Subject: Quay tender

>From Monday on the tender is open.

From 3@xxx Wed Mar 31 09:10:43 +0000 2021
X-Gmail-Labels: Drafts
From: Amina Yusuf <amina@example.com>
To: Ben Okafor <ben@example.com>
Bcc: Dora Amsel <dora@example.com>
Date: Wed, 31 Mar 2021 10:10:43 +0100
Message-ID: <3@example.com>
In-Reply-To: <2@example.com>
Subject: Re: Quay tender

Not yet sent

From 4@xxx Wed Mar 31 09:11:43 +0000 2021
X-Gmail-Labels: Inbox,Family
Resent-From: Ben Okafor <ben@example.com>
From: Uncle Ben <uncle@example.net>
To: Amina Yusuf <amina@example.com>
Date: Wed, 31 Mar 2021 10:11:43 +0100
Message-ID: <4@example.com>
Subject: Sunday lunch

Bring the yellow towels please
";

/// Newest first, as LinkedIn lists them; one a draft.
const LINKEDIN: &str = "\
CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER,ATTACHMENTS,IS MESSAGE DRAFT,IS CONVERSATION DRAFT
c1,,Ben Okafor,https://example.com/in/ben,Amina Yusuf,https://example.com/in/amina,2021-03-05 10:02:00 UTC,,third,INBOX,,No,No
c1,,Amina Yusuf,https://example.com/in/amina,Ben Okafor,https://example.com/in/ben,2021-03-05 10:01:00 UTC,,second,INBOX,,No,No
c1,,Ben Okafor,https://example.com/in/ben,Amina Yusuf,https://example.com/in/amina,2021-03-05 10:00:00 UTC,Hello there,first,INBOX,,No,No
";

/// A page of iMessage with a tapback and an edited message.
const IMESSAGE: &str = "Mar  1, 2021  5:29:42 PM\nAmina Yusuf\nIs it on?\nTapbacks:\nLoved by Ben\n\nMar  1, 2021  5:31:00 PM\nMe\nMar  1, 2021  5:31:00 PM frist\nEdited 5 seconds later: first\n\nMar  1, 2021  5:32:00 PM\nAmina Yusuf\nplain\n\n";

pub fn loaded(folder: &Path, files: &[(&str, &str)]) -> Session {
    let given = folder.join("given");
    fs::create_dir_all(&given).unwrap();
    for (name, text) in files {
        fs::write(given.join(name), text).unwrap();
    }
    let case = Case::open_or_create(&folder.join("case")).unwrap();
    let actor = Actor {
        name: "Rita Reviewer".to_owned(),
        how: Known::Given,
    };
    case.import(&[given], &ImportOptions::default(), &actor, &mut ())
        .unwrap();
    Session::open(case, actor).unwrap()
}

fn found(session: &Session, text: &str) -> Vec<String> {
    let query = query::parse(text).unwrap();
    assert_eq!(query::parse(&query.to_string()).unwrap(), query, "{text}");
    let store = session.store();
    session
        .search(&query, &AtomicBool::new(false))
        .unwrap()
        .iter()
        .map(|number| {
            let text = store.text(MessageNumber(number)).unwrap();
            text.lines().last().unwrap_or_default().to_owned()
        })
        .collect()
}

#[test]
fn queries_ask_for_whom_what_and_how() {
    let folder = TempDir::new().unwrap();
    let files = [
        ("mail.mbox", MAILBOX),
        ("messages.csv", LINKEDIN),
        ("+447700900123.txt", IMESSAGE),
    ];
    let session = loaded(folder.path(), &files);
    assert_eq!(session.store().len(), 10);
    let reply = "Agreed, with the changes.";
    let tender = "From Monday on the tender is open.";
    let draft = "Not yet sent";
    let lunch = "Bring the yellow towels please";
    for (text, expected) in [
        ("to:cara", &[reply][..]),
        ("to:\"Cara Quill\"", &[reply]),
        ("to:PRESS@example", &[reply]),
        ("cc:cara", &[reply]),
        ("cc:amina", &[]),
        ("bcc:dora", &[draft]),
        ("to:dora", &[draft]),
        ("to:amina channel:email", &[reply, lunch]),
        ("subject:tender", &[reply, tender, draft]),
        ("subject:\"re: quay\"", &[reply, draft]),
        ("subject:yellow", &[]),
        ("label:family", &[lunch]),
        ("label:\"quay, the\"", &[reply]),
        ("label:INBOX channel:email", &[reply, lunch]),
        ("is:unsent", &[draft]),
        ("is:forwarded", &[lunch]),
        ("is:reply", &[reply, draft]),
        ("is:edited", &["first"]),
        ("has:reaction", &["Is it on?"]),
        ("is:sent channel:email", &[tender, draft]),
        ("-to:ben channel:email", &[reply, lunch]),
        ("channel:linkedin subject:hello", &["first"]),
    ] {
        let mut found = found(&session, text);
        let mut expected: Vec<String> = expected.iter().map(|text| (*text).to_owned()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{text}");
    }
    // Whom mails were addressed to, by the name that the custodian sends under.
    let store = session.store();
    let me = store
        .participants()
        .iter()
        .find(|one| one.channel == "email" && one.name.starts_with("Amina"))
        .unwrap();
    for source in store.sources().iter().filter(|one| one.format == "email") {
        session.set_me(source.id, Some(me.id)).unwrap();
    }
    assert_eq!(found(&session, "to:me"), [reply, lunch]);
    for (text, near) in [("lable:x", "label:"), ("is:unsend", "is:unsent")] {
        assert!(query::parse(text).unwrap_err().message.contains(near));
    }
}

#[test]
fn threads_are_shown_in_the_order_of_time() {
    let folder = TempDir::new().unwrap();
    let session = loaded(
        folder.path(),
        &[("mail.mbox", MAILBOX), ("messages.csv", LINKEDIN)],
    );
    let case = session.case();
    for turn in 0..2 {
        let store = case.store();
        for thread in store.threads() {
            let times: Vec<_> = store
                .thread_messages(thread.id)
                .map(|number| store.time(number))
                .collect();
            assert!(times.is_sorted(), "{} {turn}", thread.title);
            for (at, number) in (0..).zip(store.thread_messages(thread.id)) {
                assert_eq!(store.position_of(number), Some((thread.id, at)));
                assert_eq!(store.thread_message(thread.id, at), Some(number));
            }
        }
        case.rebuild(&mut ()).unwrap();
    }
}

#[test]
fn the_message_that_is_answered_is_known_by_its_name() {
    let folder = TempDir::new().unwrap();
    let session = loaded(folder.path(), &[("mail.mbox", MAILBOX)]);
    let store = session.store();
    let answered = |number: u32| {
        let extra = store.extra(MessageNumber(number));
        let (thread, _) = store.position_of(MessageNumber(number)).unwrap();
        store.named(extra.reply_to.last()?, thread)
    };
    assert_eq!(answered(0), Some(MessageNumber(1)));
    assert_eq!(answered(2), Some(MessageNumber(0)));
    assert_eq!(answered(1), None);
    assert_eq!(store.all_named("4@example.com"), [MessageNumber(3)]);
    assert_eq!(store.named("nobody@example.com", ThreadId(0)), None);
    assert_eq!(session.direction(MessageNumber(1)), Direction::Sent);
    let recipients = store.recipients();
    let of: Vec<&str> = recipients[&ThreadId(0)].iter().copied().collect();
    assert_eq!(
        of,
        [
            "Amina Yusuf <amina@example.com>",
            "Ben Okafor <ben@example.com>",
            "Cara Quill <cara@example.com>",
            "Dora Amsel <dora@example.com>",
            "press@example.com",
        ]
    );
}
