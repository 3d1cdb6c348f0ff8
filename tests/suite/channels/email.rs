use super::{Taken, detect, file, files, open, shared, take, take_with, walk};
use crate::suite::patience::no_hang;
use docket::import::{email::Email, within};
use docket::model::{Attachment, Direction, Kind, Marks, Role, Time};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::io::Read as _;

const LINE: &str = "From amina@example.com Wed Mar 31 09:08:43 2021\n";

fn one(mail: &str) -> Taken {
    let (_dir, export) = file("a.eml", mail.as_bytes());
    take(&export).unwrap()
}

fn bytes_of(export: &docket::import::Export, attachment: &Attachment) -> Vec<u8> {
    assert_eq!(attachment.item, None);
    let mut out = Vec::new();
    within::open(export, attachment.within.unwrap())
        .unwrap()
        .read_to_end(&mut out)
        .unwrap();
    out
}

#[test]
fn a_mail_with_everything() {
    let taken = one("Received: from x by y; Wed, 31 Mar 2021 10:09:00 +0100\r\n\
        From: =?utf-8?q?Am=C3=ADna?= Yusuf <amina@example.com>\r\n\
        To: \"Okafor, Ben\" <ben@example.com>, cara@example.com\r\n\
        Cc: Team: dev@example.com;\r\nBcc: eve@example.com\r\n\
        Subject: =?utf-8?b?UGxhbiDwn5iJ?=\r\n for\r\n March\r\n\
        Date: Wed, 31 Mar 2021 10:08:43 +0100\r\nMessage-ID: <1@example.com>\r\n\
        In-Reply-To: <0@example.com>\r\nReferences: <a@example.com>\r\n\r\nHello,\r\n\r\nyes.\r\n");
    let record = &taken.records[0];
    assert_eq!(
        record.sender.as_deref(),
        Some("Am\u{ed}na Yusuf <amina@example.com>")
    );
    let people: Vec<_> = record
        .extra
        .recipients
        .iter()
        .map(|one| (one.role, one.who.as_str()))
        .collect();
    assert_eq!(
        people,
        [
            (Role::To, "Okafor, Ben <ben@example.com>"),
            (Role::To, "cara@example.com"),
            (Role::Cc, "dev@example.com"),
            (Role::Bcc, "eve@example.com")
        ]
    );
    assert_eq!(record.extra.subject, "Plan \u{1F609} for March");
    assert_eq!(record.text, "Plan \u{1F609} for March\n\nHello,\n\nyes.");
    assert_eq!(
        record.time,
        Time::Instant {
            seconds: 1_617_181_723,
            offset_minutes: Some(60)
        }
    );
    assert_eq!(record.extra.message_id, "1@example.com");
    assert_eq!(record.extra.reply_to, ["a@example.com", "0@example.com"]);
    assert_eq!(record.extra.time_basis, "");
    assert_eq!(taken.threads[0].channel, "email");
}

#[test]
fn dates_fall_back_and_say_so() {
    let stamp = "Received: from a by b; Wed, 31 Mar 2021 10:08:43 +0100\n";
    for (mail, basis, written) in [
        (
            format!("{LINE}From: a@example.com\nSubject: s\n\nx\n"),
            "separator",
            false,
        ),
        (
            format!("{LINE}{stamp}From: a@example.com\n\nx\n"),
            "received",
            false,
        ),
        (
            format!("{LINE}{stamp}Date: soon\nFrom: a@example.com\n\nx\n"),
            "received",
            true,
        ),
        (
            format!("{LINE}Date: Wed, 31 Mar 2021 10:08:43 +0100\nFrom: a@example.com\n\nx\n"),
            "",
            true,
        ),
    ] {
        let (_dir, export) = file("x.mbox", mail.as_bytes());
        let taken = take(&export).unwrap();
        let record = &taken.records[0];
        assert_eq!(record.extra.time_basis, basis, "{mail}");
        assert_eq!(record.written.is_some(), written);
        assert!(
            matches!(
                record.time,
                Time::Instant {
                    seconds: 1_617_181_723,
                    ..
                }
            ),
            "{mail} {:?}",
            record.time
        );
    }
    assert_eq!(
        one("From: a@example.com\nSubject: s\n\nx\n").records[0].time,
        Time::Unknown
    );
}

#[test]
fn html_and_text_that_differ_are_both_given() {
    let mail = |plain: &str, html: &str| {
        format!(
            "From: a@example.com\nTo: b@example.com\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b--\n"
        )
    };
    let same = one(&mail(
        "The plan is ready, see https://example.com",
        "<p>The <b>plan</b> is ready, see <a href=x>here</a></p>",
    ));
    assert_eq!(same.texts(), ["The plan is ready, see https://example.com"]);
    let other = one(&mail(
        "Your client cannot show this.",
        "<p>Delete the minutes of Tuesday please</p>",
    ));
    assert!(
        other.texts()[0].starts_with("Your client")
            && other.texts()[0].ends_with("Delete the minutes of Tuesday please")
    );
    let only = one(&mail(
        "",
        "<div>Words &amp; more</div><script>no()</script>",
    ));
    assert_eq!(only.texts(), ["Words & more"]);
}

/// A mail that breaks off within its only part says what is there of it; what is a file stays one.
#[test]
fn a_mail_that_breaks_off_keeps_its_words() {
    for (kind, part, text, files) in [
        (
            "mixed",
            "Content-Type: text/plain\n\nthe minutes\n",
            "s\n\nthe minutes",
            0,
        ),
        ("mixed", "\nthe minutes", "s\n\nthe minutes", 0),
        (
            "mixed",
            "Content-Type: text/html\n\n<p>the minutes",
            "s\n\nthe minutes",
            0,
        ),
        (
            "alternative",
            "Content-Type: text/plain\n\nthe minutes\n",
            "s\n\nthe minutes",
            0,
        ),
        (
            "mixed",
            "Content-Type: text/plain; name=a.txt\n\nthe minutes\n",
            "s",
            1,
        ),
        (
            "mixed",
            "Content-Disposition: attachment\n\nthe minutes\n",
            "s",
            1,
        ),
        ("mixed", "Content-Type: text/calendar\n\nBEGIN\n", "s", 1),
    ] {
        let taken = one(&format!(
            "From: a@example.com\nDate: Wed, 31 Mar 2021 10:08:43 +0100\nSubject: s\n\
             MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary=q\n\n--q\n{part}"
        ));
        let record = &taken.records[0];
        assert_eq!(record.text, text, "{kind}: {part}");
        assert_eq!(record.extra.attachments.len(), files, "{kind}: {part}");
    }
}

#[test]
fn attachments_are_read_again_from_their_place() {
    let inner = "From: c@example.com\nTo: d@example.com\nSubject: inner\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\ninner words\n--i\nContent-Type: application/pdf; name=deep.pdf\nContent-Transfer-Encoding: base64\n\nZGVlcA==\n--i--\n";
    let mail = format!(
        "{LINE}From: a@example.com\nTo: b@example.com\nSubject: outer\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee below\n>From here on\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename*=utf-8''pl%C3%A4n.png\n\nAAEC\nAwQ=\n--b\nContent-Type: text/csv; name=\"a.csv\"\nContent-Transfer-Encoding: quoted-printable\nContent-Disposition: attachment\n\na=3Db,=\nc\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n"
    );
    // Not at the start of the file, so that places in the mail and in the item differ.
    let all = format!("{LINE}From: z@example.com\nSubject: first\n\nx\n\n{mail}");
    let (_dir, export) = file("x.mbox", all.as_bytes());
    let taken = take(&export).unwrap();
    let record = &taken.records[1];
    assert!(record.marks.has(Marks::ATTACHMENT));
    assert_eq!(
        record.text,
        "outer\n\nSee below\nFrom here on\n\n[Attached mail]\nFrom: c@example.com\nTo: d@example.com\nSubject: inner\n\ninner words"
    );
    let [picture, table, nested, deep] = record.extra.attachments.as_slice() else {
        panic!("{:?}", record.extra.attachments)
    };
    assert_eq!(
        (picture.name.as_str(), picture.media.as_str()),
        ("pl\u{e4}n.png", "photo")
    );
    assert_eq!(bytes_of(&export, picture), [0, 1, 2, 3, 4]);
    assert_eq!(bytes_of(&export, table).trim_ascii_end(), b"a=b,c");
    assert_eq!(nested.name, "inner.eml");
    assert!(bytes_of(&export, nested).starts_with(b"From: c@example.com\n"));
    assert_eq!(deep.name, "deep.pdf");
    assert_eq!(bytes_of(&export, deep), b"deep");
}

#[test]
fn gmail_takeout() {
    let mail = "From 1500@xxx Wed Mar 31 09:08:43 +0000 2021\nX-GM-THRID: 1500\nX-Gmail-Labels: =?utf-8?Q?Gesendet,\"Arbeit,_privat\",Ge=C3=B6ffnet?=\nFrom: a@example.com\nSubject: Re: Plan\n\nx\n\nFrom 1501@xxx Wed Mar 31 09:08:44 +0000 2021\nX-GM-THRID: 1500\nX-Gmail-Labels: Drafts\nFrom: a@example.com\n\ny\n";
    let (_dir, export) = files(
        "Takeout",
        &[
            ("Mail/Alle Nachrichten.mbox", mail.as_bytes()),
            ("archive_browser.html", b"<html></html>"),
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!(
        taken.records[0].extra.labels,
        ["Gesendet", "Arbeit, privat", "Ge\u{f6}ffnet"]
    );
    assert_eq!(taken.records[0].extra.direction, Some(Direction::Sent));
    assert_eq!(taken.records[1].extra.unsent, "draft");
    assert_eq!((taken.threads.len(), taken.title(0)), (1, "Plan"));
}

#[test]
fn empty_lines_before_the_first_mail_are_no_mail() {
    let mail = format!("\n\r\n{LINE}From: a@example.com\nSubject: s\n\nx\n");
    let (_dir, export) = file("x.mbox", mail.as_bytes());
    assert_eq!(take(&export).unwrap().counts(), (1, 0));
}

#[test]
fn maildir_and_emlx() {
    let (_dir, export) = files(
        "Maildir",
        &[
            (
                "cur/1.x:2,DS",
                b"From: a@example.com\nTo: b@example.com\n\nunsent\n",
            ),
            (
                ".Sent/cur/2.x:2,S",
                b"From: a@example.com\nTo: b@example.com\n\nsent\n",
            ),
            (
                "new/3.x",
                b"From: b@example.com\nTo: a@example.com\n\nnew\n",
            ),
            ("dovecot-uidlist", b"3 V1 N4\n"),
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!(taken.texts(), ["unsent", "sent", "new"]);
    assert_eq!(taken.records[0].extra.unsent, "draft");
    assert_eq!(taken.records[1].extra.direction, Some(Direction::Sent));
    assert_eq!(taken.records[1].extra.labels, ["Sent"]);
    let (_dir, export) = file("1.emlx", b"51        \nFrom: a@example.com\nTo: b@example.com\n\nHello there\n<?xml version=\"1.0\"?><plist/>\n");
    let taken = take(&export).unwrap();
    assert_eq!(taken.texts(), ["Hello there"]);
}

#[test]
fn what_would_overwhelm_the_library_is_shown_as_it_was_sent() {
    let head = "From: a@example.com\nTo: b@example.com\nSubject: s\n";
    let nested = format!(
        "{head}{}",
        "Content-Type: message/rfc822\n\n".repeat(60_000)
    );
    let digests = format!(
        "{head}{}",
        "Content-Type: multipart/digest; boundary=a\n\n--a\n\n".repeat(20_000)
    );
    let parts = format!(
        "{head}Content-Type: multipart/mixed; boundary=a\n\n{}",
        "--a\n\nx\n".repeat(30_000)
    );
    let headers = format!("{head}{}\nbody\n", "X-A: b\n".repeat(50_000));
    let mut hidden = "Content-Type: message/rfc822\n\n"
        .repeat(60_000)
        .into_bytes();
    for _ in 0..2 {
        let mut coded =
            b"Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n"
                .to_vec();
        for byte in &hidden {
            coded.extend_from_slice(format!("={byte:02X}").as_bytes());
        }
        hidden = coded;
    }
    let hidden = format!("{head}{}", String::from_utf8(hidden).unwrap());
    let bodies = format!(
        "{head}Content-Type: message/rfc822\n{}",
        "Content-Transfer-Encoding: base64\n\nQUJD\n".repeat(100_000)
    );
    for mail in [nested, digests, parts, headers, hidden, bodies] {
        let begun = std::time::Instant::now();
        let taken = one(&mail);
        no_hang(begun, "a mail");
        let record = &taken.records[0];
        assert_eq!(record.extra.subject, "s");
        let told = record.extra.notes.first().map(String::as_str);
        let told = told.unwrap_or_default();
        assert!(told.starts_with("It has more than"), "{told}");
    }
}

#[test]
fn samples_give_their_independent_counts() {
    let Some(samples) = shared("samples/mbox") else {
        return;
    };
    for (name, expected) in [
        ("asterix-dev-201709-mailarchivesao.mbox", 53),
        ("empty_attachment.mbox", 1),
        ("empty_body.mbox", 1),
        ("httpd-dev-28428.mbox", 1),
        ("httpd-users-200606-part.mbox", 12),
        ("httpd-users-2020-07.asf.mbox", 108),
        ("httpd-users-2020-07.mbox", 108),
        ("httpd-users-4950.mbox", 1),
        ("nexus-html-only.mbox", 3),
        ("ponymail-dev-1079-mailarchiesao.mbox", 1),
        ("ponymail-dev-1079-mboxvm.mbox", 1),
        ("ponymail-dev-1080-listsao.mbox", 1),
        ("ponymail-dev-1080-mailarchiesao.mbox", 1),
        ("ponymail-dev-1080-mboxvm.mbox", 1),
        ("text_enriched.mbox", 1),
        ("tomcat-ancient-boundary.mbox", 1),
    ] {
        let taken = take(&open(&samples.join(name))).unwrap();
        assert_eq!(taken.counts(), (expected, 0), "{name}");
        assert!(
            taken
                .records
                .iter()
                .all(|record| record.time != Time::Unknown && record.sender.is_some()),
            "{name}"
        );
    }
    // Its one separator has no sender and no date: there is no mailbox in it.
    assert!(detect(&open(&samples.join("no_date.mbox"))).is_none());
}

#[test]
fn hostile_mails_end_in_a_stated_outcome() {
    let mut tried = 0;
    for set in ["mail-mailparser", "mail-mime4j", "mail-python-email"] {
        let Some(hostile) = shared(&format!("hostile/{set}")) else {
            return;
        };
        for path in walk(&hostile) {
            let begun = std::time::Instant::now();
            let export = open(&path);
            let taken = take_with(&Email, &export).unwrap();
            let (messages, unreadable) = taken.counts();
            let bytes = std::fs::read(&path).unwrap();
            let blank = bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
            assert!(messages + unreadable > 0 || blank, "{}", path.display());
            no_hang(begun, &path.display().to_string());
            tried += 1;
        }
    }
    println!("{tried} files tried");
}

fn word() -> impl Strategy<Value = String> {
    "[a-z\u{e9}\u{4e2d}\u{1F609}]{1,8}"
}

/// A mail as a mailbox of the rd kind holds it.
fn quoted(body: &str) -> String {
    body.split_inclusive('\n')
        .map(|line| {
            if line.trim_start_matches('>').starts_with("From ") {
                format!(">{line}")
            } else {
                line.to_owned()
            }
        })
        .collect()
}

proptest! {
    #[test]
    fn random_mailboxes_read_back(
        mails in proptest::collection::vec(
            (word(), proptest::collection::vec(prop_oneof![
                Just("From my side".to_owned()), Just(LINE.trim_end().to_owned()),
                Just(">From x".to_owned()), Just("Subject: no".to_owned()), word()
            ], 1..8), 0i64..2_000_000_000, any::<Option<prop::sample::Index>>()),
            1..20),
        crlf in any::<bool>(),
    ) {
        let mut all = String::new();
        let mut answers = Vec::new();
        for (number, (subject, lines, seconds, answered)) in mails.iter().enumerate() {
            let date = chrono::DateTime::from_timestamp(*seconds, 0).unwrap().to_rfc2822();
            let answered = answered.filter(|_| number > 0).map(|index| index.index(number));
            answers.push(answered);
            all.push_str(LINE);
            write!(all, "From: P{number} <p{number}@example.com>\nTo: q@example.com\nSubject: {subject}\nDate: {date}\nMessage-ID: <{number}@example.com>\nContent-Type: text/plain; charset=utf-8\n").unwrap();
            if let Some(answered) = answered {
                writeln!(all, "In-Reply-To: <{answered}@example.com>").unwrap();
            }
            write!(all, "\n{}\n\n", quoted(&lines.join("\n"))).unwrap();
        }
        if crlf {
            all = all.replace('\n', "\r\n");
        }
        let (_dir, export) = file("x.mbox", all.as_bytes());
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.records.len(), mails.len());
        for (number, (record, (subject, lines, seconds, _))) in taken.records.iter().zip(&mails).enumerate() {
            prop_assert_eq!(&record.extra.subject, subject);
            prop_assert_eq!(&record.text, &format!("{subject}\n\n{}", lines.join("\n")));
            let time = Time::Instant { seconds: *seconds, offset_minutes: Some(0) };
            prop_assert_eq!(record.time, time);
            let sender = format!("P{number} <p{number}@example.com>");
            prop_assert_eq!(record.sender.as_deref(), Some(sender.as_str()));
            match answers[number] {
                Some(answered) => prop_assert_eq!(record.thread, taken.records[answered].thread),
                None => prop_assert!(taken.records[..number].iter().all(|other| other.thread != record.thread)),
            }
        }
    }

    #[test]
    fn random_bytes_end_in_a_stated_outcome(
        pieces in proptest::collection::vec(prop_oneof![
            Just(LINE.as_bytes().to_vec()), Just(b"\n".to_vec()), Just(b"\n\n".to_vec()), Just(b"--b\n".to_vec()),
            Just(b"--b--\n".to_vec()), Just(b"Content-Type: multipart/mixed; boundary=b\n".to_vec()),
            Just(b"Content-Type: message/rfc822\n".to_vec()), Just(b"Content-Type: multipart/digest; boundary=b\n".to_vec()),
            Just(b"Content-Transfer-Encoding: base64\n".to_vec()), Just(b"Content-Length: 10\n".to_vec()),
            Just(b"From: a@example.com\n".to_vec()), proptest::collection::vec(any::<u8>(), 0..20),
        ], 0..30),
    ) {
        let bytes: Vec<u8> = pieces.concat();
        let (_dir, export) = file("x", &bytes);
        let taken = take_with(&Email, &export).unwrap();
        let blank = bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
        prop_assert!(blank || !taken.records.is_empty());
        prop_assert!(taken.records.iter().all(|record| record.kind == Kind::Text || record.kind == Kind::Unreadable));
    }
}
