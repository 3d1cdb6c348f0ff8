//! What mails and other channels have beside their texts, handed over: mails as they were, the
//! people and labels of official messages, and nothing of the others.

use super::metadata::{MAILBOX, loaded};
use super::{shared, walk};
use docket::bundle::records::jsonl::Row;
use docket::bundle::{MailCounts, Options, Written, plan, verify, write};
use docket::check::{Verdict, overall};
use docket::model::{Decision, MessageNumber};
use docket::review::{How, Session, Target};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Decides every message: official where its text holds one of these words, else personal.
fn decide(session: &Session, official: &[&str]) {
    let store = session.store();
    for number in (0..store.len()).map(MessageNumber) {
        let text = store.text(number).unwrap();
        let decision = if official.iter().any(|word| text.contains(word)) {
            Decision::Official
        } else {
            Decision::Personal
        };
        session
            .decide(&Target::Message(number), decision, How::Key, None)
            .unwrap();
    }
    for (key, value) in [("reference", "HRB/2021/7"), ("custodian", "Amina Yusuf")] {
        session.set_fact(key, Some(value), None).unwrap();
    }
}

struct Handed {
    folder: TempDir,
    bag: PathBuf,
    written: Written,
    rows: Vec<Row>,
}

impl Handed {
    fn over(files: &[(&str, &str)], official: &[&str]) -> Handed {
        let folder = TempDir::new().unwrap();
        let session = loaded(folder.path(), files);
        decide(&session, official);
        let bag = folder.path().join("bag");
        let plan = plan(&session, &Options::default()).unwrap();
        assert!(plan.is_ready(), "{:?}", plan.blocks);
        let written = write(&session, &plan, &bag, &mut ()).unwrap();
        assert_eq!(plan.mails, written.mails.mails);
        let checks = verify(&bag);
        assert_eq!(overall(&checks), Verdict::Ok, "{checks:?}");
        let rows = fs::read_to_string(bag.join("data/records/messages.jsonl")).unwrap();
        let rows = rows
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        Handed {
            folder,
            bag,
            written,
            rows,
        }
    }

    fn row(&self, word: &str) -> &Row {
        let mut rows = self.rows.iter().filter(|row| row.text.contains(word));
        rows.next().unwrap()
    }

    /// The bytes of a mail as it was.
    fn original(&self, word: &str) -> Vec<u8> {
        let original = self.row(word).original.as_ref().unwrap();
        let bytes = fs::read(self.bag.join(&original.path)).unwrap();
        assert_eq!(bytes.len() as u64, original.bytes);
        bytes
    }

    fn table(&self, name: &str) -> Vec<Vec<String>> {
        let bytes = fs::read(self.bag.join(name)).unwrap();
        csv::Reader::from_reader(bytes.as_slice())
            .deserialize()
            .map(Result::unwrap)
            .collect()
    }

    /// The files that hold any of these.
    fn holding(&self, words: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for path in walk(&self.bag) {
            let bytes = fs::read(&path).unwrap();
            for word in words {
                if memchr::memmem::find(&bytes, word.as_bytes()).is_some() {
                    found.push(format!("{}: {word}", path.display()));
                }
            }
        }
        found
    }
}

fn counts(mails: u64, originals: u64) -> MailCounts {
    MailCounts {
        mails,
        originals,
        left_out: mails - originals,
    }
}

#[test]
fn official_mails_leave_as_they_were() {
    let single = "From: Eve Stone <eve@example.org>\r\nTo: Amina Yusuf <amina@example.com>\r\nDate: Thu, 1 Apr 2021 09:00:00 +0100\r\nMessage-ID: <9@example.org>\r\nSubject: Berth\r\n\r\n>From the berth\r\n\r\n";
    let files = [("mail.mbox", MAILBOX), ("berth.eml", single)];
    let handed = Handed::over(&files, &["Agreed", "tender is open", "berth"]);
    assert_eq!(handed.written.mails, counts(3, 3));
    // Of a file of its own, every byte.
    assert_eq!(handed.original("the berth"), single.as_bytes());
    // Of a mailbox: neither the separator, nor the empty line after it, nor the quoting.
    let mail = handed.original("tender is open");
    let text = String::from_utf8(mail).unwrap();
    assert!(
        text.starts_with("X-Gmail-Labels: Sent\nFrom: Amina"),
        "{text}"
    );
    assert!(
        text.ends_with("\n\nFrom Monday on the tender is open.\n"),
        "{text}"
    );
    let row = handed.row("tender is open");
    assert_eq!(row.original.as_ref().unwrap().unquoted, 1);
    assert_eq!(row.message_id, "1@example.com");
    // What it has beside its text stands in the record.
    let reply = handed.row("Agreed");
    let who: Vec<_> = reply
        .recipients
        .iter()
        .map(|one| (one.role.name(), one.who.as_str(), one.person.is_some()))
        .collect();
    assert_eq!(
        who,
        [
            ("to", "Amina Yusuf <amina@example.com>", true),
            ("cc", "Cara Quill <cara@example.com>", true),
            ("cc", "press@example.com", true),
        ]
    );
    assert_eq!(reply.subject, "Re: Quay tender");
    assert_eq!(reply.answers, Some(row.message));
    assert_eq!(reply.labels, ["Inbox", "Quay, the new"]);
    let folder = format!("data/records/email/{}", reply.thread);
    let day = fs::read_to_string(handed.bag.join(&folder).join("2021-03-31.txt")).unwrap();
    for line in [
        "    To: Amina Yusuf <amina@example.com>",
        "    Cc: Cara Quill <cara@example.com>; press@example.com",
        "    Subject: Re: Quay tender",
        &format!("    Answers: message {}", row.message),
        "    Labels: Inbox; Quay, the new",
        "    Agreed, with the changes.",
    ] {
        assert!(day.lines().any(|found| found == line), "{line} in {day}");
    }
    // The tables point to it, and name whom it names with the part they had.
    let decisions = handed.table("decisions.csv");
    let path = &row.original.as_ref().unwrap().path;
    assert_eq!(
        decisions
            .iter()
            .filter(|row| row.iter().any(|cell| cell == path))
            .count(),
        1
    );
    let people = handed.table("people.csv");
    let roles = |name: &str| {
        let row = people.iter().find(|row| row[1].starts_with(name)).unwrap();
        (row[8].clone(), row[9].clone())
    };
    assert_eq!(
        roles("Amina"),
        ("sender recipient".to_owned(), "2".to_owned())
    );
    assert_eq!(roles("Cara"), ("recipient".to_owned(), "1".to_owned()));
    assert_eq!(roles("Eve"), ("sender".to_owned(), "0".to_owned()));
    // Of what stays, nothing: no text, subject, label, recipient, sender or name of a mail.
    let found = handed.holding(&[
        "yellow towels",
        "Sunday lunch",
        "Family",
        "uncle@example.net",
        "4@example.com",
        "Not yet sent",
        "dora@example.com",
        "3@example.com",
        "Drafts",
    ]);
    assert!(found.is_empty(), "{found:?}");
    assert!(handed.folder.path().exists());
}

/// A mail in parts, each with its coding.
fn parts(id: u32, subject: &str, parts: &[(&str, &str)]) -> String {
    let mut mail = format!(
        "From: Ben Okafor <ben@example.com>\nTo: Amina Yusuf <amina@example.com>\nDate: Wed, 31 Mar 2021 11:0{id}:00 +0100\nMessage-ID: <p{id}@example.com>\nSubject: {subject}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
    );
    for (head, body) in parts {
        mail.push_str(&format!("--b\n{head}\n\n{body}\n"));
    }
    mail.push_str("--b--\n");
    mail
}

const PRIVATE: &str = "Date: Tue, 30 Mar 2021 10:00:00 +0100\nMessage-ID: <private@example.com>\nFrom: Ben Okafor <ben@example.com>\nTo: Amina Yusuf <amina@example.com>\nSubject: Lunch\n\nThe dentist wants us both on Friday afternoon\n";

#[test]
fn a_mail_that_holds_what_stays_has_its_record_only() {
    let quoted = "The dentist wants us both on Fr=\niday after=6Eoon";
    let base64 = "VGhlIGRlbnRpc3Qgd2FudHMgdXMgYm90aCBvbiBGcmlkYXkgYWZ0ZXJub29u";
    let html = "<p>The <b>dentist</b> wants us both on Friday&#32;after<i>noon</i></p>";
    let plain = ("Content-Type: text/plain", "OFFICIAL as agreed");
    // Attached files would leave by themselves: what is looked for here stands beside the words.
    let page = |coding: &str| {
        format!("Content-Type: text/x-note; name=n.txt\nContent-Transfer-Encoding: {coding}")
    };
    for (what, mail, reason) in [
        (
            "a mail within it",
            parts(
                1,
                "Quay",
                &[plain, ("Content-Type: message/rfc822", PRIVATE)],
            ),
            "a mail within it is not handed over",
        ),
        (
            "quoted-printable",
            parts(2, "Quay", &[plain, (&page("quoted-printable"), quoted)]),
            "a part of it says what is not handed over",
        ),
        (
            "base64",
            parts(3, "Quay", &[plain, (&page("base64"), base64)]),
            "a part of it says what is not handed over",
        ),
        (
            "a header",
            parts(
                6,
                "Quay\nX-Note: =?utf-8?B?VGhlIGRlbnRpc3Qgd2FudHMgdXMgYm90aCBvbiBGcmlkYXkgYWZ0ZXJub29u?=",
                &[plain],
            ),
            "a part of it says what is not handed over",
        ),
        (
            "a page",
            parts(4, "Quay", &[("Content-Type: text/html", html)]),
            "",
        ),
        ("nothing", parts(5, "Quay", &[plain]), ""),
    ] {
        let folder = TempDir::new().unwrap();
        let session = loaded(folder.path(), &[("a.eml", &mail), ("b.eml", PRIVATE)]);
        let store = session.store();
        for number in (0..store.len()).map(MessageNumber) {
            let is_private = store.extra(number).message_id == "private@example.com";
            let decision = if is_private {
                Decision::Personal
            } else {
                Decision::Official
            };
            session
                .decide(&Target::Message(number), decision, How::Key, None)
                .unwrap();
        }
        let bag = folder.path().join("bag");
        let plan = plan(&session, &Options::default()).unwrap();
        let written = write(&session, &plan, &bag, &mut ());
        match written {
            Ok(written) => {
                let here = reason.is_empty();
                assert_eq!(written.mails, counts(1, u64::from(here)), "{what}");
                let rows = fs::read_to_string(bag.join("data/records/messages.jsonl")).unwrap();
                let row: Row = serde_json::from_str(rows.trim()).unwrap();
                assert_eq!(row.original_left_out.as_deref().unwrap_or_default(), reason);
                assert_eq!(overall(&verify(&bag)), Verdict::Ok);
            }
            // A file that came with it says it too: then nothing leaves at all.
            Err(error) => {
                assert!(what == "quoted-printable" || what == "base64", "{what}");
                assert!(
                    error.to_string().contains("is not to be handed over"),
                    "{error}"
                );
            }
        }
    }
}

#[test]
fn a_thread_of_mails_is_not_called_after_a_mail_that_stays() {
    let first = "From: Ben Okafor <ben@example.com>\nTo: Amina Yusuf <amina@example.com>\nDate: Wed, 31 Mar 2021 10:00:00 +0100\nMessage-ID: <a1@example.com>\nSubject: My separation from Amsel\n\nCan we talk tonight\n";
    let second = "From: Amina Yusuf <amina@example.com>\nTo: Ben Okafor <ben@example.com>\nDate: Wed, 31 Mar 2021 11:00:00 +0100\nMessage-ID: <a2@example.com>\nIn-Reply-To: <a1@example.com>\nSubject: Re: Budget of the quay\n\nOFFICIAL the budget stands\n";
    let handed = Handed::over(&[("1.eml", first), ("2.eml", second)], &["OFFICIAL"]);
    let row = handed.row("OFFICIAL");
    assert_eq!(row.thread_title, "Budget of the quay");
    // The mail as it was names what it answers; docket's own files do not.
    assert!(row.reply_to.is_empty());
    assert_eq!(row.answers, None);
    let found = handed.holding(&["separation", "Amsel", "talk tonight"]);
    assert!(found.is_empty(), "{found:?}");
    let named = handed.holding(&["a1@example.com"]);
    assert!(
        named.iter().all(|one| one.contains("/data/mail/")),
        "{named:?}"
    );
}

#[test]
fn reactions_and_earlier_texts_go_with_their_message() {
    let page = "Mar  1, 2021  5:29:42 PM\nAmina Yusuf\nOFFICIAL Is it on?\nTapbacks:\nLoved by Cara Quill\n\nMar  1, 2021  5:31:00 PM\nMe\nMar  1, 2021  5:31:00 PM OFFICIAL frist\nEdited 5 seconds later: OFFICIAL first\n\nMar  1, 2021  5:32:00 PM\nMe\nMar  1, 2021  5:32:00 PM the dentist is at eleven tomorrow\nEdited 5 seconds later: private\n\n";
    let handed = Handed::over(&[("+447700900123.txt", page)], &["OFFICIAL"]);
    let asked = handed.row("Is it on?");
    assert_eq!(asked.reactions[0].who, "Cara Quill");
    let edited = handed.row("first");
    assert_eq!(edited.versions[0].text, "OFFICIAL frist");
    assert!(handed.holding(&["dentist"]).is_empty());
    let people = handed.table("people.csv");
    let cara = people.iter().find(|row| row[1] == "Cara Quill").unwrap();
    assert_eq!(cara[8], "reaction");
    let folder = handed
        .bag
        .join(format!("data/records/{}/{}", asked.channel, asked.thread));
    let day = fs::read_to_string(folder.join("2021-03-01.txt")).unwrap();
    assert!(
        day.contains("by Cara Quill") && day.contains("OFFICIAL frist"),
        "{day}"
    );
}

#[test]
fn an_original_that_was_changed_or_added_is_found() {
    let handed = Handed::over(&[("mail.mbox", MAILBOX)], &["Agreed", "tender is open"]);
    let path = handed
        .bag
        .join(&handed.row("Agreed").original.as_ref().unwrap().path);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, [&bytes[..], b"x"].concat()).unwrap();
    assert_eq!(overall(&verify(&handed.bag)), Verdict::Failed);
    fs::remove_file(&path).unwrap();
    assert_eq!(overall(&verify(&handed.bag)), Verdict::Failed);
    fs::write(&path, bytes).unwrap();
    assert_eq!(overall(&verify(&handed.bag)), Verdict::Ok);
    let added = path.with_file_name("message-77.eml");
    fs::write(&added, b"From: a@example.com\n\nx\n").unwrap();
    assert_eq!(overall(&verify(&handed.bag)), Verdict::Failed);
    assert!(Path::new(&added).exists());
}

#[test]
fn what_outlook_keeps_is_no_mail_as_it_was_sent() {
    let Some(samples) = shared("samples/msg") else {
        return;
    };
    let sample = samples.join("unicode.msg");
    let folder = TempDir::new().unwrap();
    let session = loaded(folder.path(), &[]);
    let actor = session.actor().clone();
    session
        .case()
        .import(&[sample], &Default::default(), &actor, &mut ())
        .unwrap();
    session.refresh().unwrap();
    decide(&session, &[""]);
    let plan = plan(&session, &Options::default()).unwrap();
    let bag = folder.path().join("bag");
    let written = write(&session, &plan, &bag, &mut ()).unwrap();
    assert!(written.mails.mails > 0);
    assert_eq!(written.mails.originals, 0);
    let rows = fs::read_to_string(bag.join("data/records/messages.jsonl")).unwrap();
    assert!(
        rows.contains("Outlook does not keep a mail as it was sent"),
        "{rows}"
    );
    assert_eq!(overall(&verify(&bag)), Verdict::Ok);
}
