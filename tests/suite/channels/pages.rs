//! iMessage, Google Voice and the NUS corpus: records that are elements of a page.

use super::{file, files, open, shared, take};
use crate::suite::patience::no_hang;
use docket::model::{AttachmentState, Direction, Kind, Marks, Time};
use proptest::prelude::*;
use std::fmt::Write as _;

fn local(text: &str) -> Time {
    let time = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap();
    Time::Local(time.and_utc().timestamp())
}

#[test]
fn imessage_txt() {
    let text = "Mar  1, 2021  5:29:42 PM (Read by you after 1 hour, 49 seconds)\nAmina Yusuf\nIs it on?\n\nYes, with a blank line\nMar 1, 2021 5:00:00 PM was the time\nTapbacks:\nLoved by Me\n\u{2615} by Ben by name\n\n    Mar  1, 2021  5:30:00 PM\n    Me\n    the answer\n\n\nMar  1, 2021  5:30:00 PM\nMe\nthe answer\nThis message responded to an earlier message.\n\nMar  2, 2021 11:00:00 AM You renamed the conversation to Plan\n\nMar  2, 2021 11:01:00 AM\nMe\nMar  2, 2021 11:01:00 AM frist\nEdited 5 seconds later: first\nand more\nEdited 1 minute later: last\n\nMar  2, 2021 11:02:00 AM\nMe\nattachments/1/plan.jpeg\n\nMar  2, 2021 11:03:00 AM\nMe\nYou unsent this message part 1 second after sending!\n\n";
    let (_dir, export) = files(
        "imessage_export",
        &[
            ("Amina Yusuf.txt", text.as_bytes()),
            ("attachments/1/plan.jpeg", b"x"),
            ("attachments/2/plan.jpeg", b"y"),
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "imessage-exporter");
    assert_eq!(
        taken.texts(),
        [
            "Is it on?\n\nYes, with a blank line\nMar 1, 2021 5:00:00 PM was the time",
            "the answer",
            "You renamed the conversation to Plan",
            "last",
            "attachments/1/plan.jpeg",
            "You unsent this message part 1 second after sending!"
        ]
    );
    let [first, answer, renamed, edited, picture, unsent] = taken.records.as_slice() else {
        panic!()
    };
    assert_eq!(first.time, local("2021-03-01 17:29:42"));
    assert_eq!(
        (first.sender.as_deref(), first.extra.direction),
        (Some("Amina Yusuf"), Some(Direction::Received))
    );
    assert_eq!(first.extra.reactions[0].who, "Me");
    assert_eq!(
        (
            first.extra.reactions[1].value.as_str(),
            first.extra.reactions[1].who.as_str()
        ),
        ("\u{2615} by Ben", "name")
    );
    assert_eq!(answer.extra.direction, Some(Direction::Sent));
    assert_eq!((renamed.kind, unsent.kind), (Kind::System, Kind::Deleted));
    assert!(edited.marks.has(Marks::EDITED));
    let versions: Vec<_> = edited
        .extra
        .versions
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    assert_eq!(versions, ["frist", "first\nand more"]);
    assert_eq!(
        (picture.kind, picture.extra.attachments[0].item),
        (Kind::Attachment, Some(1))
    );
    assert_eq!(taken.threads[0].title, "Amina Yusuf");
}

/// The one who exported may have chosen another name than `Me`: then nothing tells who it is.
#[test]
fn imessage_txt_without_me_tells_no_owner() {
    let text =
        "Mar  1, 2021  5:29:42 PM\nAmina\nIs it on?\n\nMar  1, 2021  5:30:00 PM\nBen\nMe\n\n";
    let (_dir, export) = file("Amina.txt", text.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (2, 0));
    assert!(
        taken
            .records
            .iter()
            .all(|one| one.extra.direction.is_none())
    );
}

#[test]
fn imessage_html() {
    let page = "<html>\n<meta charset=\"UTF-8\">\n<style>.message{} .received{} .sent.iMessage{}</style>\n<body>\n\
        <div class=\"message\">\n<div class=\"received\">\n<p><span class=\"timestamp\"><a title=\"Reveal\" href=\"sms://open?message-guid=1\">Oct 17, 2021 10:31:49 PM</a> (Read by you after 5 seconds)</span>\n<span class=\"sender\">Ben &amp; Co</span></p>\n\
        <hr><div class=\"message_part\"><span class=\"bubble\">This &lt;is&gt;  it\ntwo</span></div>\n\
        <hr><div class=\"message_part\"><img src=\"attachments/a.jpeg\" loading=\"lazy\"></div>\n\
        <div class=\"reactions\"><hr><p>Reactions:</p><p><span class=\"reaction\"><b>Liked</b> by Me</span></p></div>\n\
        <div class=\"replies\"><div class=\"reply\" id=\"2\"><div class=\"message\"><div class=\"sent iMessage\"><p><span class=\"timestamp\">Oct 17, 2021 10:32:03 PM</span><span class=\"sender\">Me</span></p><hr><div class=\"message_part\"><span class=\"bubble\">answer</span></div></div></div></div></div>\n</div>\n</div>\n\
        <div class =\"announcement\"><p><span class=\"timestamp\">Oct 17, 2021 10:32:03 PM</span> You renamed the conversation to <b>Hello</b></p></div>\n\
        <div class=\"message\", id=\"r-2\">\n<div class=\"sent SMS\">\n<p><span class=\"timestamp\"><a title=\"Reveal\" href=\"sms://open?message-guid=2\">Oct 17, 2021 10:32:03 PM</a> </span>\n<span class=\"sender\">Amina</span></p>\n<hr><div class=\"message_part\"><span class=\"bubble\">answer</span></div>\n<span class=\"reply_context\">This message responded to an earlier message.</span></div>\n</div>\n\
        <div class=\"message\"><div class=\"sent iMessage\"><p><span class=\"timestamp\">Oct 17, 2021 10:33:03 PM</span><span class=\"sender\">Amina</span></p><hr><div class=\"message_part\"><div class=\"edited\"><table><tbody><tr><td><span class=\"timestamp\"></span></td><td><span class=\"bubble\">one</span></td></tr></tbody><tfoot><tr><td><span class=\"timestamp\">Edited 3 seconds later</span></td><td><span class=\"bubble\">two</span></td></tr></tfoot></table></div></div></div></div>\n</body></html>";
    let (_dir, export) = files(
        "export",
        &[("Ben.html", page.as_bytes()), ("attachments/a.jpeg", b"x")],
    );
    let taken = take(&export).unwrap();
    assert_eq!(
        taken.texts(),
        [
            "This <is>  it\ntwo",
            "You renamed the conversation to Hello",
            "answer",
            "two"
        ]
    );
    let [first, renamed, answer, edited] = taken.records.as_slice() else {
        panic!()
    };
    assert_eq!(first.sender.as_deref(), Some("Ben & Co"));
    assert_eq!(first.time, local("2021-10-17 22:31:49"));
    assert_eq!(first.extra.attachments[0].item, Some(1));
    assert_eq!(first.extra.reactions[0].value, "Liked");
    assert_eq!(
        (renamed.kind, renamed.sender.as_deref()),
        (Kind::System, None)
    );
    assert_eq!(
        (answer.sender.as_deref(), answer.extra.direction),
        (Some("Amina"), Some(Direction::Sent))
    );
    assert_eq!(
        (
            edited.extra.versions[0].text.as_str(),
            edited.extra.versions.len()
        ),
        ("one", 1)
    );
    let (offset, length) = first.written.unwrap();
    let begin = first.span.offset as usize + usize::from(offset);
    assert_eq!(
        &page[begin..begin + usize::from(length)],
        "Oct 17, 2021 10:31:49 PM"
    );
}

/// Pages that name nobody but their owner are told apart by the names of their files.
#[test]
fn google_voice_pages_with_the_owner_alone() {
    let page = |text: &str| {
        format!(
            "<html><body><div class=\"hChatLog hfeed\"><div class=\"message\"><abbr class=\"dt\" title=\"2015-03-19T20:59:29.127-07:00\">x</abbr>:\n<cite class=\"sender vcard\"><a class=\"tel\" href=\"tel:+447700900009\"><abbr class=\"fn\" title=\"\">Me</abbr></a></cite>:\n<q>{text}</q>\n</div></div></body></html>\n"
        )
    };
    let withheld = "<html><body><div class=\"haudio\"><span class=\"fn\">Placed call to\n</span><div class=\"contributor vcard\">Placed call to\n<a class=\"tel\" href=\"tel:\"><span class=\"fn\"></span></a></div><abbr class=\"published\" title=\"2013-07-29T13:56:11.000-07:00\">x</abbr><div class=\"tags\">Labels:\n<a rel=\"tag\" href=\"http://www.google.com/voice#placed\">Placed</a></div></div></body></html>\n";
    let (one, two, three) = (page("one"), page("two"), page("three"));
    let (_dir, export) = files(
        "Takeout",
        &[
            (
                "Voice/Calls/ - Placed - 2013-07-29T20_56_11Z.html",
                withheld.as_bytes(),
            ),
            (
                "Voice/Calls/+447700900001 - 2015-03-20T03_59_29Z.html",
                one.as_bytes(),
            ),
            (
                "Voice/Calls/+447700900001 - Text - 2015-03-21T03_59_29Z.html",
                two.as_bytes(),
            ),
            (
                "Voice/Calls/+447700900002 - Text - 2015-03-21T03_59_29Z.html",
                three.as_bytes(),
            ),
        ],
    );
    let taken = take(&export).unwrap();
    let threads: Vec<(u32, &str)> = taken
        .records
        .iter()
        .map(|one| {
            (
                one.thread,
                taken.threads[one.thread as usize].title.as_str(),
            )
        })
        .collect();
    assert_eq!(
        threads,
        [
            (0, "Placed - 2013-07-29T20_56_11Z"),
            (1, "+447700900001"),
            (1, "+447700900001"),
            (2, "+447700900002"),
        ]
    );
}

#[test]
fn google_voice() {
    let chat = "<?xml version=\"1.0\" ?>\n<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"x\"><html><head><title>Ben</title></head><body><div class=\"hChatLog hfeed\">\
        <div class=\"message\"><abbr class=\"dt\" title=\"2021-03-31T02:08:43.703-07:00\">Mar 31, 2021, 2:08:43&#8239;AM\nPacific Time</abbr>:\n<cite class=\"sender vcard\"><a class=\"tel\" href=\"tel:+447700900001\"><span class=\"fn\">Ben</span></a></cite>:\n<q>Hi &amp; hello<br></q>\n</div> \
        <div class=\"message\"><abbr class=\"dt\" title=\"2021-03-31T02:09:43.703-07:00\">x</abbr>:\n<cite class=\"sender vcard\"><a class=\"tel\" href=\"tel:+447700900009\"><abbr class=\"fn\" title=\"\">Me</abbr></a></cite>:\n<q></q>\n<div><img src=\"Ben - Text - 1-1\" alt=\"Image MMS Attachment\" /></div></div></div>\
        <div class=\"tags\">Labels:\n<a rel=\"tag\" href=\"http://www.google.com/voice#sms\">Text</a></div></body></html>\n";
    let call = "<html><body><div class=\"haudio\"><span class=\"album\">Call Log for\n</span>\n<span class=\"fn\">Voicemail from\nBen</span>\n<div class=\"contributor vcard\">Voicemail from\n<a class=\"tel\" href=\"tel:+447700900001\"><span class=\"fn\">Ben</span></a></div>\n<abbr class=\"published\" title=\"2021-03-31T09:23:31.000+01:00\">x</abbr>\nTranscript:\n<span class=\"description\"><span class=\"full-text\">Call me back.</span>\n<br />\n<audio controls=\"controls\" src=\"Ben - Voicemail - 1.mp3\"><a rel=\"enclosure\" href=\"Ben - Voicemail - 1.mp3\">Audio</a></audio>\n<abbr class=\"duration\" title=\"PT18S\">(00:00:18)</abbr>\n<div class=\"tags\">Labels:\n<a rel=\"tag\" href=\"http://www.google.com/voice#voicemail\">Voicemail</a></div></div></body></html>\n";
    let (_dir, export) = files(
        "Takeout",
        &[
            ("Voice/Calls/Ben - Text - 1.html", chat.as_bytes()),
            ("Voice/Calls/Ben - Text - 1-1.jpg", b"x"),
            ("Voice/Calls/Ben - Voicemail - 1.html", call.as_bytes()),
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "google-voice");
    assert_eq!(
        taken.texts(),
        [
            "Hi & hello",
            "",
            "Voicemail from Ben (00:00:18)\n\nCall me back."
        ]
    );
    let [first, picture, voicemail] = taken.records.as_slice() else {
        panic!()
    };
    assert_eq!(first.sender.as_deref(), Some("Ben <+447700900001>"));
    assert_eq!(
        first.time,
        Time::Instant {
            seconds: 1_617_181_723,
            offset_minutes: Some(-420)
        }
    );
    assert_eq!(
        (picture.sender.as_deref(), picture.extra.attachments[0].item),
        (Some("Me"), Some(1))
    );
    assert_eq!(picture.extra.recipients[0].who, "Ben <+447700900001>");
    assert_eq!(
        (voicemail.kind, voicemail.extra.event.as_str()),
        (Kind::Call, "voicemail")
    );
    assert_eq!(
        voicemail.extra.attachments[0].state,
        AttachmentState::Missing
    );
    assert_eq!((taken.threads.len(), taken.title(0)), (1, "Ben"));
}

#[test]
fn the_corpus_gives_its_independent_count() {
    let Some(samples) = shared("samples/nus-sms") else {
        return;
    };
    let taken = take(&open(&samples.join("smsCorpus_en_first3000.xml"))).unwrap();
    assert_eq!(taken.counts(), (3000, 0));
    assert!(taken.records.iter().all(|record| record.sender.is_some()));
    let timed = taken
        .records
        .iter()
        .filter(|record| record.time != Time::Unknown)
        .count();
    println!("{timed} of 3,000 have a time");
}

#[test]
fn unclosed_pages_are_read_in_a_moment() {
    let page = format!(
        "<html><div class=\"message\"><p><span class=\"timestamp\">x</span><span class=\"sender\">y</span></p></div>{}",
        "<div class=\"message\">".repeat(200_000)
    );
    let (_dir, export) = file("a.html", page.as_bytes());
    let begun = std::time::Instant::now();
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts().0 + taken.counts().1, 200_001);
    no_hang(begun, "a page");
}

/// Elements within elements of their own kind, and rows of them, in each of the formats that are pages.
#[test]
fn elements_that_hold_each_other_are_read_in_a_moment() {
    const MANY: usize = 30_000;
    let telegram = |inner: &str| {
        format!(
            "<html><head><title>Exported Data</title></head><body><div class=\"page_wrap\"><div class=\"page_header\"><div class=\"content\"><div class=\"text bold\">Ann</div></div></div><div class=\"page_body chat_page\"><div class=\"history\"><div class=\"message default clearfix\" id=\"message1\"><div class=\"body\"><div class=\"pull_right date details\" title=\"08.03.2024 09:41:12 UTC+01:00\">09:41</div><div class=\"from_name\">Ann</div>{inner}</div></div></div></div></div></body></html>"
        )
    };
    let imessage = |inner: &str| {
        format!(
            "<html>\n<style>.message .received .iMessage</style>\n<div class=\"message\"><div class=\"received\"><p><span class=\"timestamp\">May 17, 2022  5:29:42 PM</span><span class=\"sender\">Ben</span></p>{inner}</div></div></html>"
        )
    };
    let teams = |inner: &str| {
        format!(
            "<html><table><tr><td class=\"chat-label\">x</td><td class=\"chat-data\">y</td>{inner}</tr></table><label class=\"sent-message-wrapper\" id=\"1\"><span class=\"message-sender\">Ann</span><span class=\"message-date\">3/14/2024 2:05:06 PM</span><span class=\"message-text\">hello</span></label></html>"
        )
    };
    type Page<'p> = &'p dyn Fn(&str) -> String;
    let begun = std::time::Instant::now();
    for (name, page, kinds) in [
        (
            "messages.html",
            &telegram as Page<'_>,
            &[
                ("", "div", "text"),
                ("", "div", "signature"),
                ("", "div", "reply_to"),
                ("", "div", "media"),
                ("", "div", "media_poll"),
                ("<div class=\"media_poll\">", "div", "answer"),
                ("", "span", "reaction"),
                ("<div class=\"forwarded body\">", "div", "from_name"),
            ] as &[(&str, &str, &str)],
        ),
        (
            "Ben.html",
            &imessage,
            &[
                ("", "div", "message_part"),
                ("", "div", "shareplay"),
                ("", "span", "subject"),
                ("<div class=\"edited\">", "tr", "x"),
            ],
        ),
        (
            "page.html",
            &teams,
            &[("", "td", "chat-data"), ("", "td", "chat-label")],
        ),
    ] {
        for (lead, element, class) in kinds {
            let (open, close) = (
                format!("<{element} class=\"{class}\">"),
                format!("</{element}>"),
            );
            let end = if lead.is_empty() { "" } else { "</div>" };
            let nested = format!("{lead}{}x{}{end}", open.repeat(MANY), close.repeat(MANY));
            let row = format!("{lead}{}{end}", format!("{open}x{close}").repeat(MANY));
            for inner in [nested, row] {
                let (_dir, export) = file(name, page(&inner).as_bytes());
                let taken = take(&export).unwrap();
                assert_eq!(taken.records.len(), 1, "{name} {class}");
                no_hang(begun, class);
            }
        }
    }
}

proptest! {
    #[test]
    fn random_imessage_texts_read_back(
        messages in proptest::collection::vec((0i64..2_000_000_000, any::<bool>(), proptest::collection::vec("[^\\p{C}\\p{Z}]{1,20}", 1..5)), 1..20),
    ) {
        let mut text = String::new();
        for (seconds, mine, lines) in &messages {
            let time = chrono::DateTime::from_timestamp(*seconds, 0).unwrap().format("%b %d, %Y %l:%M:%S %p");
            writeln!(text, "{time}\n{}\n{}\n", if *mine { "Me" } else { "Ben" }, lines.join("\n\n")).unwrap();
        }
        let (_dir, export) = file("Ben.txt", text.as_bytes());
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.records.len(), messages.len());
        for (record, (seconds, mine, lines)) in taken.records.iter().zip(&messages) {
            prop_assert_eq!(record.time, Time::Local(*seconds));
            prop_assert_eq!(&record.text, &lines.join("\n\n"));
            prop_assert_eq!(record.extra.direction == Some(Direction::Sent), *mine);
        }
    }

    #[test]
    fn random_imessage_pages_read_back(
        messages in proptest::collection::vec((0i64..2_000_000_000, any::<bool>(), "[^\\p{C}\\p{Z}]{1,20}( [^\\p{C}\\p{Z}]{1,20}){0,3}"), 1..20),
    ) {
        let mut page = "<html>\n<style>.message .received .iMessage</style>\n".to_owned();
        for (seconds, mine, body) in &messages {
            let time = chrono::DateTime::from_timestamp(*seconds, 0).unwrap().format("%b %d, %Y %l:%M:%S %p");
            let (class, who) = if *mine { ("sent iMessage", "Me") } else { ("received", "Ben") };
            let body = body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            writeln!(page, "<div class=\"message\">\n<div class=\"{class}\">\n<p><span class=\"timestamp\">{time}</span>\n<span class=\"sender\">{who}</span></p>\n<hr><div class=\"message_part\"><span class=\"bubble\">{body}</span></div>\n</div>\n</div>").unwrap();
        }
        page.push_str("</html>");
        let (_dir, export) = file("Ben.html", page.as_bytes());
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.records.len(), messages.len());
        for (record, (seconds, mine, body)) in taken.records.iter().zip(&messages) {
            prop_assert_eq!(record.time, Time::Local(*seconds));
            prop_assert_eq!(&record.text, body);
            prop_assert_eq!(record.extra.direction == Some(Direction::Sent), *mine);
        }
    }
}

#[test]
fn a_body_of_empty_lines_is_read_in_a_moment() {
    let text = format!(
        "May 17, 2022  5:29:42 PM\nBen\n{}end\n",
        "\n".repeat(3 << 20)
    );
    let (_dir, export) = file("Ben.txt", text.as_bytes());
    let begun = std::time::Instant::now();
    assert_eq!(take(&export).unwrap().records.len(), 1);
    no_hang(begun, "a page");
}

/// Words in a row, as they come back from a page.
fn words() -> impl Strategy<Value = String> {
    "[^\\p{C}\\p{Z}]{1,12}( [^\\p{C}\\p{Z}]{1,12}){0,4}"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A page of Google Voice with these texts: seconds, minutes east, whether sent, words.
fn voice_page(name: &str, number: u32, texts: &[(i64, i16, bool, String)]) -> String {
    let mut page = format!(
        "<?xml version=\"1.0\" ?>\n<html><head><title>{0}</title></head><body><div class=\"hChatLog hfeed\">",
        escaped(name)
    );
    for (seconds, minutes, mine, body) in texts {
        let offset = chrono::FixedOffset::east_opt(i32::from(*minutes) * 60).unwrap();
        let time = chrono::DateTime::from_timestamp(*seconds, 0).unwrap();
        let time = time
            .with_timezone(&offset)
            .format("%Y-%m-%dT%H:%M:%S%.3f%:z");
        let who = if *mine {
            "<a class=\"tel\" href=\"tel:+447700900009\"><abbr class=\"fn\" title=\"\">Me</abbr></a>".to_owned()
        } else {
            format!(
                "<a class=\"tel\" href=\"tel:+4477009{number:05}\"><span class=\"fn\">{}</span></a>",
                escaped(name)
            )
        };
        write!(page, "<div class=\"message\"><abbr class=\"dt\" title=\"{time}\">x</abbr>:\n<cite class=\"sender vcard\">{who}</cite>:\n<q>{}</q>\n</div> ", escaped(body)).unwrap();
    }
    page.push_str("</div></body></html>\n");
    page
}

fn corpus(texts: &[(String, String, Option<i64>, String)]) -> String {
    let mut page =
        "<?xml version=\"1.0\"?>\n<smsCorpus version=\"1.2\" date=\"2015.03.09\">\n".to_owned();
    for (number, (from, to, at, body)) in texts.iter().enumerate() {
        let time = at.map_or("unknown".to_owned(), |at| {
            let time = chrono::DateTime::from_timestamp(at * 60, 0).unwrap();
            time.format("%Y.%m.%d %H:%M").to_string()
        });
        writeln!(page, "<message id=\"{number}\"><text>{}</text><source><srcNumber>{from}</srcNumber></source><destination country=\"SG\"><destNumber>{to}</destNumber></destination><messageProfile language=\"en\" time=\"{time}\" type=\"send\"/></message>", escaped(body)).unwrap();
    }
    page.push_str("</smsCorpus>\n");
    page
}

type Texts = Vec<(i64, i16, bool, String)>;

fn texts() -> impl Strategy<Value = Texts> {
    let one = (0i64..2_000_000_000, -12i16..=14, any::<bool>(), words());
    proptest::collection::vec(one, 1..12).prop_map(|texts| {
        let minutes = |(at, hours, mine, body)| (at, hours * 60, mine, body);
        texts.into_iter().map(minutes).collect()
    })
}

fn collected() -> impl Strategy<Value = Vec<(String, String, Option<i64>, String)>> {
    let one = (
        "[0-9]{1,5}",
        "[0-9]{5}",
        proptest::option::of(0i64..30_000_000),
        words(),
    );
    proptest::collection::vec(one, 1..20)
}

/// Bytes with some of them changed.
fn damaged(page: String, blows: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    let mut bytes = page.into_bytes();
    for (place, byte) in blows {
        let place = place.index(bytes.len());
        bytes[place] = *byte;
    }
    bytes
}

proptest! {
    #[test]
    fn random_voice_pages_read_back(name in "[A-Z][a-z]{1,9}( [A-Z][a-z]{1,9})?", number in 0u32..100_000, texts in texts()) {
        // Google writes the owner so.
        prop_assume!(name != "Me");
        let page = voice_page(&name, number, &texts);
        let (_dir, export) = file("x - Text - 1.html", page.as_bytes());
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.importer, "google-voice");
        prop_assert_eq!(taken.records.len(), texts.len());
        for (record, (seconds, minutes, mine, body)) in taken.records.iter().zip(&texts) {
            prop_assert_eq!(record.time, Time::Instant { seconds: *seconds, offset_minutes: Some(*minutes) });
            prop_assert_eq!(&record.text, body);
            let sender = if *mine { "Me".to_owned() } else { format!("{name} <+4477009{number:05}>") };
            prop_assert_eq!(record.sender.as_ref(), Some(&sender));
            let direction = if *mine { Direction::Sent } else { Direction::Received };
            prop_assert_eq!(record.extra.direction, Some(direction));
        }
    }

    #[test]
    fn random_corpora_read_back(texts in collected()) {
        let (_dir, export) = file("corpus.xml", corpus(&texts).as_bytes());
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.importer, "nus-sms-corpus");
        prop_assert_eq!(taken.records.len(), texts.len());
        for (record, (from, to, at, body)) in taken.records.iter().zip(&texts) {
            prop_assert_eq!(record.time, at.map_or(Time::Unknown, |at| Time::Local(at * 60)));
            prop_assert_eq!(&record.text, body);
            prop_assert_eq!(record.sender.as_ref(), Some(from));
            prop_assert_eq!(&record.extra.recipients[0].who, to);
        }
    }

    /// What is read lies end to end, whatever the bytes: `take` checks it.
    #[test]
    fn damage_in_pages_never_loses_a_byte(
        texts in texts(),
        collected in collected(),
        blows in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30),
    ) {
        for (name, page, importer) in [
            ("x.html", voice_page("Ben", 1, &texts), "google-voice"),
            ("x.xml", corpus(&collected), "nus-sms-corpus"),
        ] {
            let bytes = damaged(page, &blows);
            let (_dir, export) = file(name, &bytes);
            let importer = docket::import::by_name(importer).unwrap();
            super::take_with(importer, &export).unwrap();
        }
    }
}
