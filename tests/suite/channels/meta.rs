//! Messenger's and Instagram's downloads.

use super::{Taken, file, files, open, shared, take, take_with};
use docket::model::{AttachmentState, Kind, Marks, Time};
use proptest::prelude::*;
use serde_json::{Value, json};

const INBOX: &str = "your_facebook_activity/messages/inbox/benokafor_123";

/// A text as Meta writes it: each byte of its UTF-8 as a character of its own.
fn twice(text: &str) -> String {
    text.bytes().map(char::from).collect()
}

/// JSON as Meta writes it: everything past ASCII escaped.
fn escaped(value: &Value) -> String {
    let mut out = String::new();
    for sign in serde_json::to_string_pretty(value).unwrap().chars() {
        if sign.is_ascii() {
            out.push(sign);
        } else {
            let mut units = [0; 2];
            for unit in sign.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

fn senders(taken: &Taken) -> Vec<&str> {
    taken
        .records
        .iter()
        .map(|record| record.sender.as_deref().unwrap_or_default())
        .collect()
}

#[test]
fn a_download_in_parts_with_its_files() {
    let message = |seconds: i64, more: Value| {
        let mut message = json!({"sender_name": twice("Zoë"), "timestamp_ms": seconds * 1000 + 7});
        message
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        message
    };
    let conversation = |messages: Vec<Value>| {
        escaped(&json!({
            "participants": [{"name": "Ben Okafor"}, {"name": twice("Zoë")}, {"name": "Cara"}],
            "messages": messages,
            "title": twice("Chœur 🎶"),
            "is_still_participant": true,
            "thread_path": "inbox/benokafor_123",
            "magic_words": []
        }))
    };
    let first = conversation(vec![
        message(
            1_700_000_900,
            json!({"content": "x", "type": "Generic", "is_unsent": true}),
        ),
        message(
            1_700_000_800,
            json!({"type": "Call", "call_duration": 75, "content": "Audio call"}),
        ),
        message(
            1_700_000_700,
            json!({"photos": [{"uri": format!("{INBOX}/photos/1.jpg"), "creation_timestamp": 1}, {"uri": format!("{INBOX}/photos/2.jpg")}]}),
        ),
        message(
            1_700_000_600,
            json!({"sticker": {"uri": "messages/stickers_used/s.png", "ai_stickers": []}}),
        ),
    ]);
    let second = conversation(vec![
        message(
            1_700_000_500,
            json!({"content": "see", "share": {"link": "https://example.com/a", "share_text": twice("naïve")}, "type": "Share"}),
        ),
        message(
            1_700_000_400,
            json!({"content": "Zoë added Cara.", "type": "Subscribe", "users": [{"name": "Cara"}]}),
        ),
        message(
            1_700_000_300,
            json!({"content": twice("“quoted” 😆"), "reactions": [{"reaction": twice("❤"), "actor": twice("Zoë"), "timestamp": 1_700_000_301}]}),
        ),
        message(1_700_000_200, json!({"is_geoblocked_for_viewer": true})),
    ]);
    let names =
        ["message_10.json", "message_2.json", "photos/1.jpg"].map(|name| format!("{INBOX}/{name}"));
    let (_dir, export) = files(
        "facebook-zoe",
        &[
            (&names[0], second.as_bytes()),
            (&names[1], first.as_bytes()),
            (&names[2], b"jpeg"),
            ("your_facebook_activity/posts/posts_1.json", b"[]"),
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "meta");
    assert_eq!((taken.counts(), taken.threads.len()), ((8, 0), 1));
    assert_eq!(taken.threads[0].title, "Chœur 🎶");
    assert_eq!(
        (taken.threads[0].channel.as_str(), taken.threads[0].group),
        ("messenger", Some(true))
    );
    let kinds: Vec<Kind> = taken.records.iter().map(|record| record.kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::Deleted,
            Kind::Call,
            Kind::Attachment,
            Kind::Attachment,
            Kind::Text,
            Kind::System,
            Kind::Text,
            Kind::NotExported
        ]
    );
    assert_eq!(
        taken.texts(),
        [
            "x",
            "Audio call\n1:15",
            "",
            "",
            "see\nnaïve\nhttps://example.com/a",
            "Zoë added Cara.",
            "“quoted” 😆",
            ""
        ]
    );
    assert!(senders(&taken).iter().all(|name| *name == "Zoë"));
    let photos = &taken.records[2].extra.attachments;
    assert_eq!(
        (photos[0].state, photos[0].item),
        (AttachmentState::Present, Some(2))
    );
    assert_eq!(
        (photos[1].state, photos[1].name.as_str()),
        (AttachmentState::Missing, "2.jpg")
    );
    assert_eq!(taken.records[3].extra.attachments[0].media, "sticker");
    let sign = &taken.records[6].extra.reactions[0];
    assert_eq!(
        (
            sign.value.as_str(),
            sign.who.as_str(),
            sign.written.as_str()
        ),
        ("❤", "Zoë", "1700000301")
    );
    assert_eq!(taken.records[5].extra.event, "added");
    assert_eq!(taken.records[0].extra.labels, ["inbox"]);
    assert_eq!(taken.records[7].extra.notes.len(), 1);
    assert_eq!(
        taken.records[0].time,
        Time::Instant {
            seconds: 1_700_000_900,
            offset_minutes: None
        }
    );
    let (offset, length) = taken.records[0].written.unwrap();
    let begin = taken.records[0].span.offset as usize + usize::from(offset);
    assert_eq!(
        &first.as_bytes()[begin..begin + usize::from(length)],
        b"1700000900007"
    );
}

#[test]
fn an_encrypted_chat_and_instagram() {
    let chat = json!({
        "participants": ["Ben Okafor", "Zoë für 花"],
        "threadName": "Ben Okafor_7",
        "messages": [
            {"isUnsent": false, "media": [{"uri": "./media/a.jpeg"}], "reactions": [{"actor": "Zoë für 花", "reaction": "😆"}], "senderName": "Ben Okafor", "text": "", "timestamp": 1_700_000_000_123i64, "type": "media"},
            {"isUnsent": true, "media": [], "reactions": [], "senderName": "Zoë für 花", "text": "", "timestamp": 1_700_000_060_000i64, "type": "text"},
            {"isUnsent": false, "media": [], "reactions": [], "senderName": "Zoë für 花", "text": "für dich", "timestamp": 1_700_000_090_000i64, "type": "text"},
        ]
    });
    let chat = serde_json::to_string(&chat).unwrap();
    let (_dir, export) = files(
        "messages",
        &[
            ("Ben Okafor_7.json", chat.as_bytes()),
            ("media/a.jpeg", b"jpeg"),
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!((taken.counts(), taken.title(0)), ((3, 0), "Ben Okafor_7"));
    assert_eq!(taken.threads[0].group, Some(false));
    assert_eq!(taken.records[0].extra.attachments[0].item, Some(1));
    assert_eq!(taken.records[0].extra.attachments[0].media, "photo");
    assert_eq!(taken.records[1].kind, Kind::Deleted);
    assert_eq!(taken.records[2].text, "für dich");
    assert_eq!(senders(&taken)[2], "Zoë für 花");
    assert!(
        taken
            .summary
            .notes
            .iter()
            .any(|note| note.contains("Instagram"))
    );

    let chat = r#"{"participants":[{"name":"a"},{"name":"b"}],"messages":[{"sender_name":"a","timestamp_ms":1700000000000,"content":"Liked a message"}],"title":"b","thread_path":"inbox/b_1"}"#;
    let (_dir, export) = files(
        "x",
        &[(
            "your_instagram_activity/messages/inbox/b_1/message_1.json",
            chat.as_bytes(),
        )],
    );
    let taken = take(&export).unwrap();
    assert_eq!(taken.threads[0].channel, "instagram");
    assert!(taken.summary.notes.is_empty());
}

#[test]
fn zips_beside_each_other_are_downloads_of_their_own() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=2 {
        let file =
            std::fs::File::create(folder.path().join(format!("facebook-{number}.zip"))).unwrap();
        let mut zip = zip::ZipWriter::new(file);
        zip.start_file(
            format!("{INBOX}/message_1.json"),
            zip::write::SimpleFileOptions::default(),
        )
        .unwrap();
        let chat = json!({"messages": [{"sender_name": "Ben", "timestamp_ms": number * 1000, "content": "x"}]});
        zip.write_all(chat.to_string().as_bytes()).unwrap();
        zip.finish().unwrap();
    }
    let given = docket::import::discover(folder.path());
    assert_eq!(given.len(), 2);
    for one in given {
        assert_eq!(take(&one.open().unwrap()).unwrap().counts(), (1, 0));
    }
}

#[test]
fn a_broken_message_costs_itself() {
    let good = |number: u32| {
        format!(
            "{{\"sender_name\":\"Ben\",\"timestamp_ms\":{number}000,\"content\":\"m{number}\"}}"
        )
    };
    let chat = format!(
        "{{\"participants\":[{{\"name\":\"Ben\"}}],\"messages\":[\n{},\n{},\n{},\n{},\n42,\n{}\n],\"title\":\"Ben\",\"thread_path\":\"inbox/ben_1\"}}",
        good(1),
        "{\"sender_name\":\"Ben\",\"timestamp_ms\":2000,\"content\":\"no end}",
        good(3),
        "{\"nothing\":\"known\"}",
        good(5)
    );
    let (_dir, export) = file("message_1.json", chat.as_bytes());
    let taken = take(&export).unwrap();
    let read: Vec<&str> = taken
        .records
        .iter()
        .filter(|record| record.kind == Kind::Text)
        .map(|record| record.text.as_str())
        .collect();
    assert!(read.contains(&"m1") && read.contains(&"m5"), "{read:?}");
    assert!(taken.counts().1 >= 2);

    let cut = &chat[..chat.len() - 60];
    let (_dir, export) = file("message_1.json", cut.as_bytes());
    assert!(
        take(&export)
            .unwrap()
            .summary
            .notes
            .iter()
            .any(|note| note.contains("cut short"))
    );
}

/// The pages of a conversation in one of three generations.
fn page(generation: u8, messages: &[(String, String, String)]) -> String {
    let mut page = "<html><head><meta charset=\"utf-8\"/><title>Ben &amp; Zoë</title><style>._3-95{margin:0}</style></head><body><div class=\"_a705\"><div class=\"_a706\" role=\"main\">".to_owned();
    if generation == 1 {
        page.push_str("<div class=\"pam _3-95 _2ph- _a6-g uiBoxWhite noborder\"><div class=\"_3-95 _a6-p\">Participants: Ben and Zoë</div></div>");
    }
    for (who, content, when) in messages {
        page.push_str(&match generation {
            0 => format!("<div class=\"pam _3-95 _2pi0 _2lej uiBoxWhite noborder\"><div class=\"_3-96 _2pio _2lek _2lel\">{who}</div><div class=\"_3-96 _2let\"><div><div></div><div>{content}</div><div></div><div></div></div></div><div class=\"_3-94 _2lem\">{when}</div></div>"),
            1 => format!("<div class=\"pam _3-95 _2ph- _a6-g uiBoxWhite noborder\"><h2 class=\"_3-95 _2pim _a6-h _a6-i\">{who}</h2><div class=\"_3-95 _a6-p\"><div><div></div><div>{content}</div><div></div><div></div></div></div><div class=\"_3-94 _a6-o\">{when}</div></div>"),
            _ => format!("<section class=\"_a6-g\" aria-labelledby=\"u_0\"><h2 class=\"_2ph_ _a6-h _a6-i\">{who}</h2><div class=\"_2ph_ _a6-p\"><div><div></div><div>{content}</div><div></div><div></div></div></div><footer class=\"_3-94 _a6-o\"><div class=\"_a72d\">{when}</div></footer></section>"),
        });
    }
    page.push_str("</div></div></body></html>\n");
    page
}

#[test]
fn pages_of_three_generations() {
    for generation in 0..3 {
        let messages = [
            ("Zoë".into(), "one &lt;two&gt;<br />three".into(), "Jan 13, 2024 10:30:00 pm".into()),
            (
                "Ben".into(),
                "<a target=\"_blank\" href=\"messages/inbox/b_1/photos/1.jpg\"><img src=\"messages/inbox/b_1/photos/1.jpg\" class=\"_a6_o _3-96\" /></a><ul class=\"_a6-q _tqp\"><li>❤Zoë (Jan 14, 2024 1:00 am)</li><li><span>😆Ben</span></li></ul>".into(),
                "13 de enero de 2024, 22:29".into(),
            ),
            ("Ben".into(), "<div class=\"pam _3-95 _2ph- _a6-g uiBoxWhite noborder\"><div class=\"_3-94 _a6-o\">Jan 1, 2020 1:00 am</div><a href=\"https://example.com/x\">shared</a></div>".into(), "13 janv. 2024, 22:28".into()),
            ("Ben".into(), "<video src=\"messages/inbox/b_1/videos/2.mp4\" controls=\"1\"><a href=\"messages/inbox/b_1/videos/2.mp4\">Click for video</a></video>".into(), "soon".into()),
        ];
        let page = page(generation, &messages);
        let (_dir, export) = files(
            "facebook-ben",
            &[
                ("messages/inbox/b_1/message_1.html", page.as_bytes()),
                ("messages/inbox/b_1/photos/1.jpg", b"jpeg"),
            ],
        );
        let taken = take(&export).unwrap();
        assert_eq!(
            (taken.importer, taken.counts()),
            ("meta", (4, 0)),
            "{generation}"
        );
        assert_eq!(taken.title(0), "Ben & Zoë");
        assert_eq!(taken.texts()[..2], ["one <two>\nthree", ""]);
        assert!(
            taken.records[2].text.starts_with("Jan 1, 2020"),
            "{:?}",
            taken.records[2].text
        );
        assert_eq!(senders(&taken), ["Zoë", "Ben", "Ben", "Ben"]);
        assert_eq!(taken.records[0].time, Time::Local(1_705_185_000));
        assert_eq!(taken.records[2].time, Time::Local(1_705_184_880));
        let photo = &taken.records[1].extra;
        assert_eq!(
            (photo.attachments.len(), photo.attachments[0].item),
            (1, Some(1))
        );
        assert_eq!(photo.reactions.len(), 2);
        assert_eq!(
            (
                photo.reactions[0].value.as_str(),
                photo.reactions[0].who.as_str(),
                photo.reactions[0].written.as_str()
            ),
            ("❤", "Zoë", "Jan 14, 2024 1:00 am")
        );
        assert_eq!(photo.reactions[1].who, "Ben");
        assert_eq!(taken.records[3].time, Time::Unknown);
        assert_eq!(taken.records[3].extra.attachments[0].media, "video");
        let (offset, length) = taken.records[0].written.unwrap();
        let begin = taken.records[0].span.offset as usize + usize::from(offset);
        assert_eq!(
            &page.as_bytes()[begin..begin + usize::from(length)],
            b"Jan 13, 2024 10:30:00 pm"
        );
    }
}

/// A message on a page: who, when and what, as written there.
type Written = (String, String, String);

/// The page of all conversations of a download before 2018.
fn old_page(threads: &[(&str, Vec<Written>)]) -> String {
    let mut page = "<html><head><title>Zoë - Messages</title></head><body><div class=\"contents\"><h1>Zoë</h1><div>".to_owned();
    for (names, messages) in threads {
        page.push_str(&format!("<div class=\"thread\">{names}"));
        for (who, content, when) in messages {
            page.push_str(&format!("<div class=\"message\"><div class=\"message_header\"><span class=\"user\">{who}</span><span class=\"meta\">{when}</span></div></div><p>{content}</p>"));
        }
        page.push_str("</div>");
    }
    page.push_str("</div></div><div class=\"footer\">Downloaded by Zoë</div></body></html>");
    page
}

#[test]
fn the_page_of_all_conversations_before_2018() {
    let one = |text: &str, when: &str| ("Ben".to_owned(), text.to_owned(), when.to_owned());
    let page = old_page(&[
        (
            "Ben, Zoë",
            vec![
                one(
                    "a &amp; b<br />c",
                    "Thursday, January 8, 2015 at 1:15pm UTC+01",
                ),
                one(
                    "<img src=\"messages/photos/1.jpg\" />",
                    "Donnerstag, 8. Januar 2015 um 13:14 UTC+01",
                ),
            ],
        ),
        (
            "Ben, Cara &amp; Co, Zoë",
            vec![one("", "8 de enero de 2015 a la(s) 13:13")],
        ),
    ]);
    let (_dir, export) = files(
        "facebook-zoe",
        &[
            ("html/messages.htm", page.as_bytes()),
            ("messages/photos/1.jpg", b"jpeg"),
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!((taken.importer, taken.counts()), ("meta", (3, 0)));
    let titles: Vec<_> = taken
        .threads
        .iter()
        .map(|head| (head.title.as_str(), head.group))
        .collect();
    assert_eq!(
        titles,
        [
            ("Ben, Zoë", Some(false)),
            ("Ben, Cara & Co, Zoë", Some(true))
        ]
    );
    assert_eq!(taken.texts(), ["a & b\nc", "", ""]);
    assert_eq!(
        taken.records[0].time,
        Time::Instant {
            seconds: 1_420_719_300,
            offset_minutes: Some(60)
        }
    );
    assert_eq!(taken.records[1].extra.attachments[0].item, Some(1));
    assert_eq!(taken.records[2].time, Time::Local(1_420_722_780));
    assert_eq!(taken.records[2].kind, Kind::NotExported);
    let span = taken.records[0].span;
    let bytes = &page.as_bytes()[span.offset as usize..span.end() as usize];
    assert!(bytes.starts_with(b"<div class=\"message\">") && bytes.ends_with(b"</p>"));
}

#[test]
fn the_samples_give_their_independent_counts() {
    let Some(samples) = shared("samples") else {
        return;
    };
    for (path, count) in [
        ("messenger-group/message_1.json", 682),
        ("chat-analytics/messenger__2A_7M.json", 7),
        ("chat-miner/instagram__test_export.json", 2),
    ] {
        let taken = take(&open(&samples.join(path))).unwrap();
        assert_eq!(
            (taken.importer, taken.counts()),
            ("meta", (count, 0)),
            "{path}"
        );
        assert!(
            taken
                .records
                .iter()
                .all(|record| record.time != Time::Unknown)
        );
        assert!(
            taken
                .records
                .iter()
                .all(|record| !record.marks.has(Marks::DAMAGED))
        );
        if count == 682 {
            let of = |kind: Kind| {
                taken
                    .records
                    .iter()
                    .filter(|record| record.kind == kind)
                    .count()
            };
            // 32 and 11 moving pictures, 6 with photos, 4 stickers; 4 that were unsent; 1 joined.
            assert_eq!(
                (of(Kind::Attachment), of(Kind::Deleted), of(Kind::System)),
                (53, 4, 1)
            );
            assert_eq!(of(Kind::Text), 624);
            let mended = taken
                .texts()
                .iter()
                .filter(|text| text.contains("\u{1F7E9}"))
                .count();
            assert!(mended > 100, "{mended}");
        }
    }
}

/// One message of a random conversation: who, the words, milliseconds before the one above.
type Said = (u8, String, u64);

fn said() -> impl Strategy<Value = Vec<Said>> {
    proptest::collection::vec((0u8..3, "\\PC{0,30}", 0u64..10_000_000), 1..30)
}

const NAMES: [&str; 3] = ["Ben", "Zoë 🎶", "花子"];

fn conversation(said: &[Said], meta: bool) -> (String, Vec<i64>) {
    let encode = |text: &str| if meta { twice(text) } else { text.to_owned() };
    let mut clock = 1_700_000_000_000u64;
    let mut times = Vec::new();
    let messages: Vec<Value> = said
        .iter()
        .map(|(who, words, before)| {
            clock -= before;
            times.push((clock / 1000) as i64);
            let name = encode(NAMES[usize::from(*who)]);
            if meta {
                json!({"sender_name": name, "timestamp_ms": clock, "content": encode(words), "type": "Generic"})
            } else {
                json!({"senderName": name, "timestamp": clock, "text": words, "type": "text", "isUnsent": false, "media": [], "reactions": []})
            }
        })
        .collect();
    let chat = if meta {
        json!({"participants": NAMES.map(|name| json!({"name": encode(name)})), "messages": messages, "title": encode("Çhat"), "thread_path": "inbox/chat_1"})
    } else {
        json!({"participants": NAMES, "messages": messages, "threadName": "Çhat"})
    };
    (
        if meta {
            escaped(&chat)
        } else {
            chat.to_string()
        },
        times,
    )
}

proptest! {
    #[test]
    fn random_conversations_read_back(said in said(), meta in any::<bool>()) {
        let (chat, times) = conversation(&said, meta);
        let (_dir, export) = file("message_1.json", chat.as_bytes());
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.importer, "meta");
        prop_assert_eq!(taken.counts(), (said.len(), 0));
        prop_assert_eq!(taken.title(0), "Çhat");
        for (record, ((who, words, _), seconds)) in taken.records.iter().zip(said.iter().zip(times)) {
            prop_assert_eq!(&record.text, words);
            // Who of three was there then, the list of participants does not tell.
            prop_assert!(record.extra.recipients.is_empty());
            prop_assert_eq!(record.sender.as_deref(), Some(NAMES[usize::from(*who)]));
            prop_assert_eq!(record.time, Time::Instant { seconds, offset_minutes: None });
        }
    }

    #[test]
    fn random_pages_read_back(said in said(), generation in 0u8..4) {
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let mut clock = 1_700_000_000i64;
        let mut times = Vec::new();
        let messages: Vec<(String, String, String)> = said.iter().map(|(who, words, before)| {
            clock -= (*before / 1000) as i64;
            times.push(clock);
            let when = chrono::DateTime::from_timestamp(clock, 0).unwrap();
            (NAMES[usize::from(*who)].into(), escape(words), when.format("%b %d, %Y %I:%M:%S %P").to_string())
        }).collect();
        let page = match generation {
            3 => old_page(&[("Ben, Zoë", messages)]),
            _ => page(generation, &messages),
        };
        let (_dir, export) = file("message_1.html", page.as_bytes());
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.counts(), (said.len(), 0));
        for (record, ((who, words, _), seconds)) in taken.records.iter().zip(said.iter().zip(times)) {
            // A page shows runs of white space as one space.
            let shown = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(shown(&record.text), shown(words));
            prop_assert_eq!(record.sender.as_deref(), Some(NAMES[usize::from(*who)]));
            prop_assert_eq!(record.time, Time::Local(seconds));
        }
    }

    #[test]
    fn damage_never_loses_a_byte(
        said in said(),
        form in 0u8..6,
        cut in 0usize..4000,
        bytes in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut export = match form {
            0 | 1 => conversation(&said, form == 0).0,
            5 => old_page(&[("Ben, Zoë", said.iter().map(|(who, words, _)| (NAMES[usize::from(*who)].into(), words.clone(), "Jan 13, 2024 10:30 pm".into())).collect())]),
            _ => page(form - 2, &said.iter().map(|(who, words, _)| (NAMES[usize::from(*who)].into(), words.clone(), "Jan 13, 2024 10:30 pm".into())).collect::<Vec<_>>()),
        }.into_bytes();
        let at = cut % (export.len() + 1);
        let end = (at + bytes.len() / 2).min(export.len());
        export.splice(at..end, bytes);
        let name = if form < 2 { "message_1.json" } else { "message_1.html" };
        let (_dir, export) = file(name, &export);
        take_with(docket::import::by_name("meta").unwrap(), &export).unwrap();
    }
}
