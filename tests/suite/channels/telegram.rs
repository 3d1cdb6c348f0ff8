//! Telegram Desktop's JSON and pages.

use super::{file, files, open, shared, take};
use docket::model::{AttachmentState, Direction, Kind, Marks, Time};
use proptest::prelude::*;
use serde_json::json;
use std::fmt::Write as _;

#[test]
fn the_samples_give_what_was_counted() {
    for (name, expected, threads) in [
        ("samples/chat-miner/telegram__test_single_export.json", 2, 1),
        ("samples/chat-miner/telegram__test_batch_export.json", 2, 1),
        ("samples/chat-analytics/telegram__DM_2A_7M.json", 8, 1),
    ] {
        let Some(path) = shared(name) else { return };
        let taken = take(&open(&path)).unwrap();
        assert_eq!(taken.importer, "telegram");
        assert_eq!(taken.counts(), (expected, 0), "{name}");
        assert_eq!(taken.threads.len(), threads);
        let undated = taken.records.iter().filter(|one| one.time == Time::Unknown);
        assert_eq!(undated.count(), 0, "{name}");
        println!("{name}: {expected}");
    }
}

/// A kind of message that came after docket is shown as the export has it.
#[test]
fn a_kind_that_is_not_known_is_shown_as_it_stands() {
    let chat = json!({"name": "G", "type": "personal_chat", "id": 1, "messages": [
        {"id": 1, "type": "message", "date": "2024-04-01T02:30:00", "date_unixtime": "1711931400",
         "from": "B", "from_id": "user3", "text": "", "todo_list": {"title": "Rota",
         "answers": [{"id": 1, "text": "call the ward"}], "others_can_append": false}},
        {"id": 2, "type": "message", "date": "2024-04-01T02:31:00", "date_unixtime": "1711931460",
         "from": "B", "from_id": "user3", "text": ""},
    ]});
    let (_folder, export) = file("result.json", chat.to_string().as_bytes());
    let taken = take(&export).unwrap();
    let told: Vec<(Kind, &str)> = taken
        .records
        .iter()
        .map(|one| (one.kind, one.text.as_str()))
        .collect();
    let rota = "todo list answers id: 1\ntodo list answers text: call the ward\n\
                todo list others can append: false\ntodo list title: Rota";
    assert_eq!(told[0].0, Kind::Text);
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(told[0].1), sorted(rota));
    assert_eq!(told[1], (Kind::NotExported, ""));
}

/// What comes after a string that was not closed is read again where records begin alike, and what
/// stands there and belongs to nothing that is known is an exception and no structure.
#[test]
fn what_follows_a_broken_message_is_lost_in_no_structure() {
    let said = |id: u32, text: &str| {
        format!(
            r#"{{"id":{id},"type":"message","date":"2024-04-01T02:3{id}:00","from":"B","from_id":"user3","text":"{text}"}}"#
        )
    };
    let head = r#"{"name":"G","type":"personal_chat","id":1,"messages":["#;
    let broken = r#"{"id":2,"type":"message","from":"B","text":"unclosed},"#;
    let (one, after, last) = (said(1, "first"), said(3, "after"), said(4, "last"));
    let whole = format!("{head}{one},{broken}\n{after},{last}]}}");
    let (_folder, export) = file("result.json", whole.as_bytes());
    let taken = take(&export).unwrap();
    let texts: Vec<&str> = taken
        .records
        .iter()
        .filter(|one| one.kind == Kind::Text)
        .map(|one| one.text.as_str())
        .collect();
    assert_eq!(texts, ["first", "after", "last"]);
    // Nothing tells that what follows is a message of the chat.
    let other = r#"{"date":"2024-04-01T02:33:00","type":"message","text":"stray"}"#;
    let whole = format!("{head}{one},{broken}\n{other},{last}]}}");
    let (_folder, export) = file("result.json", whole.as_bytes());
    let taken = take(&export).unwrap();
    let is_told = taken.records.iter().any(|one| one.text.contains("stray"));
    assert!(is_told, "{:?}", taken.records);
}

const CHAT: &str = r#"{
 "name": "Ben Okoro",
 "type": "personal_chat",
 "id": 700,
 "messages": [
  {
   "id": 1,
   "type": "message",
   "date": "2024-03-31T11:08:43",
   "date_unixtime": "1711879723",
   "edited": "2024-03-31T11:09:43",
   "edited_unixtime": "1711879783",
   "from": "Ben Okoro",
   "from_id": "user700",
   "text": [
    "See ",
    {
     "type": "text_link",
     "text": "this",
     "href": "https://example.org/a"
    },
    " a\x1Fb"
   ],
   "text_entities": [],
   "reactions": [
    {"type": "emoji", "count": 2, "emoji": "👍", "recent": [{"from": "Ann", "from_id": "user300", "date": "2024-03-31T11:10:00"}]}
   ]
  },
  {
   "id": 2,
   "type": "message",
   "date": "2024-03-31T11:11:43",
   "date_unixtime": "1711879903",
   "from": null,
   "from_id": "user300",
   "forwarded_from": "News",
   "reply_to_message_id": 1,
   "photo": "photos/photo_1@31-03-2024_11-11-43.jpg",
   "width": 10,
   "height": 10,
   "text": ""
  },
  {
   "id": 3,
   "type": "message",
   "date": "2019-01-02T03:04:05",
   "from": "Ben Okoro",
   "from_id": 700,
   "file": "(File not included. Change data exporting settings to download.)",
   "file_name": "plan.pdf",
   "mime_type": "application/pdf",
   "text": "the plan"
  },
  {
   "id": 4,
   "type": "service",
   "date": "2024-03-31T12:00:00",
   "date_unixtime": "1711882800",
   "actor": "Ben Okoro",
   "actor_id": "user700",
   "action": "set_messages_ttl",
   "period": 86400,
   "text": ""
  },
  {
   "id": 5,
   "type": "service",
   "date": "2024-03-31T12:00:01",
   "date_unixtime": "1711882801",
   "actor": "Ben Okoro",
   "actor_id": "user700",
   "action": "phone_call",
   "duration_seconds": 56,
   "discard_reason": "missed",
   "text": ""
  },
  {
   "id": 6,
   "type": "message",
   "date": "2024-03-31T12:00:02",
   "date_unixtime": "1711882802",
   "from": "Ben Okoro",
   "from_id": "user700",
   "poll": {"question": "When?", "closed": true, "total_voters": 3, "answers": [{"text": "Now", "voters": 2, "chosen": true}, {"text": "Later", "voters": 0, "chosen": false}]},
   "text": ""
  },
  {
   "id": -999,
   "type": "message",
   "date": "2024-03-31T12:00:03",
   "date_unixtime": "1711882803",
   "from": "Ben Okoro",
   "from_id": "user700",
   "place_name": "Café",
   "address": "1 High Street",
   "location_information": {"latitude": 51.5, "longitude": -0.12},
   "text": ""
  },
  {
   "id": 8,
   "type": "message",
   "date": "2024-03-31T12:00:04",
   "date_unixtime": "1711882804",
   "from": "Ben Okoro",
   "from_id": "user700",
   "contact_information": {"first_name": "Cy", "last_name": "", "phone_number": "+44 7700 900124"},
   "text": ""
  },
  {
   "id": 9,
   "type": "unsupported"
  }
 ]
}"#;

#[test]
fn what_a_message_carries_is_kept() {
    let (_dir, export) = files(
        "ChatExport_2024-04-01",
        &[
            ("result.json", CHAT.as_bytes()),
            ("photos/photo_1@31-03-2024_11-11-43.jpg", b"abc"),
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (9, 0));
    assert_eq!(taken.threads[0].title, "Ben Okoro");
    assert_eq!(taken.threads[0].group, Some(false));
    let of = |index: usize| &taken.records[index];
    assert_eq!(of(0).text, "See this (https://example.org/a) a\u{1F}b");
    assert_eq!(of(0).sender.as_deref(), Some("Ben Okoro <user700>"));
    assert!(of(0).marks.has(Marks::EDITED) && !of(0).marks.has(Marks::DAMAGED));
    assert_eq!(of(0).extra.reactions.len(), 2);
    assert_eq!(of(0).extra.reactions[0].who, "Ann <user300>");
    assert_eq!(
        of(0).time,
        Time::Instant {
            seconds: 1_711_879_723,
            offset_minutes: Some(60)
        }
    );
    assert_eq!(of(1).sender.as_deref(), Some("user300"));
    assert_eq!(of(1).extra.reply_to, ["1"]);
    assert_eq!(of(1).extra.forwarded.as_deref(), Some("News"));
    assert_eq!(of(1).extra.attachments[0].item, Some(1));
    assert_eq!(of(1).kind, Kind::Attachment);
    assert_eq!(of(2).time, Time::Local(1_546_398_245));
    assert_eq!(of(2).sender.as_deref(), Some("Ben Okoro <user700>"));
    assert_eq!(of(2).extra.attachments[0].state, AttachmentState::Omitted);
    assert_eq!(of(2).extra.attachments[0].name, "plan.pdf");
    assert_eq!(of(2).text, "the plan");
    assert_eq!(
        (of(3).kind, of(3).extra.event.as_str()),
        (Kind::System, "timer")
    );
    assert_eq!(of(3).text, "set messages to be deleted after 1 day");
    assert_eq!(
        (of(4).kind, of(4).text.as_str()),
        (Kind::Call, "Call, missed, 56 s")
    );
    assert_eq!(of(5).text, "When?\n• Now (2) ✓\n• Later");
    assert_eq!(of(6).text, "Café\n1 High Street\n51.5, -0.12");
    assert_eq!(of(6).extra.message_id, "-999");
    assert_eq!(of(7).text, "Cy\n+44 7700 900124");
    assert_eq!(of(8).kind, Kind::NotExported);
}

#[test]
fn a_whole_account_is_read_with_left_groups_and_its_owner() {
    let message = |id: u32, who: u32| json!({"id": id, "type": "message", "date": "2024-03-31T12:00:00", "from": format!("P{who}"), "from_id": format!("user{who}"), "text": "x"});
    let account = json!({
        "about": "Here is the data you requested.",
        "personal_information": {"user_id": 300, "first_name": "Ann"},
        "contacts": {"about": "", "list": [{"user_id": 1, "first_name": "X", "date": "2024-03-31T12:00:00"}]},
        "chats": {"about": "", "list": [
            {"name": "Ben", "type": "personal_chat", "id": 700, "messages": [message(1, 300), message(2, 700)]},
            {"type": "saved_messages", "id": 300, "messages": [message(1, 300)]},
            {"name": null, "type": "personal_chat", "id": 701, "messages": [message(1, 701)]},
        ]},
        "left_chats": {"about": "", "list": [
            {"name": "Old team", "type": "private_group", "id": 5, "messages": [message(3, 300)]},
        ]},
    });
    let text = serde_json::to_string_pretty(&account).unwrap();
    let (_dir, export) = file("result.json", text.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (5, 0));
    let titles: Vec<&str> = taken.threads.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(
        titles,
        ["Ben", "Saved Messages", "Deleted account", "Old team"]
    );
    assert_eq!(taken.threads[3].group, Some(true));
    assert_eq!(taken.records[0].extra.direction, Some(Direction::Sent));
    assert_eq!(taken.records[1].extra.direction, Some(Direction::Received));
}

#[test]
fn a_broken_message_costs_itself() {
    let broken = CHAT.replace(
        "\"forwarded_from\": \"News\"",
        "\"forwarded_from\": \"Ne\"ws\"",
    );
    let (_dir, export) = file("result.json", broken.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (8, 1));
    assert_eq!(taken.records[1].kind, Kind::Unreadable);
    assert_eq!(taken.records[2].text, "the plan");
    assert_eq!(taken.threads.len(), 1);
}

fn page(title: &str, messages: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html>\n\n <head>\n\n  <meta charset=\"utf-8\"/>\n<title>Exported Data</title>\n </head>\n\n <body onload=\"CheckLocation();\">\n\n  <div class=\"page_wrap\">\n\n   <div class=\"page_header\">\n\n    <div class=\"content\">\n\n     <div class=\"text bold\">\n{title}\n     </div>\n\n    </div>\n\n   </div>\n\n   <div class=\"page_body chat_page\">\n\n    <div class=\"history\">\n{messages}\n    </div>\n\n   </div>\n\n  </div>\n\n </body>\n\n</html>\n"
    )
}

fn said(id: u32, joined: Option<&str>, time: &str, body: &str) -> String {
    let (class, from) = match joined {
        None => (" joined", String::new()),
        Some(name) => (
            "",
            format!("       <div class=\"from_name\">\n{name}       </div>\n\n"),
        ),
    };
    format!(
        "     <div class=\"message default clearfix{class}\" id=\"message{id}\">\n\n      <div class=\"body\">\n\n       <div class=\"pull_right date details\" title=\"{time}\">\n09:41\n       </div>\n\n{from}{body}\n      </div>\n\n     </div>\n\n"
    )
}

fn day(number: i32, words: &str) -> String {
    format!(
        "     <div class=\"message service\" id=\"message{number}\">\n\n      <div class=\"body details\">\n{words}\n      </div>\n\n     </div>\n\n"
    )
}

fn words(text: &str) -> String {
    format!("       <div class=\"text\">\n{text}\n       </div>\n")
}

#[test]
fn pages_are_read_in_their_order_with_joined_messages() {
    let first = [
        day(-1, "8 March 2024"),
        said(1, Some("Ann &amp; Co"), "08.03.2024 09:41:12 UTC+01:00", &words("Hello<br>Ben &lt;3 <strong>now</strong>")),
        said(2, None, "08.03.2024 09:42:12 UTC+01:00", "<div class=\"media_wrap clearfix\"><a class=\"photo_wrap clearfix pull_left\" href=\"photos/a.jpg\"><img class=\"photo\" src=\"photos/a_thumb.jpg\"/></a></div>"),
        day(3, "Ann &amp; Co invited Cy and Dee"),
        said(4, Some("Ben via @gif"), "08.03.2024 09:43:12 UTC+01:00", "<div class=\"reply_to details\">In reply to <a href=\"#go_to_message1\" onclick=\"return GoToMessage(1)\">this message</a></div><div class=\"media_wrap clearfix\"><div class=\"media clearfix pull_left media_file\"><div class=\"body\"><div class=\"title bold\">plan.pdf</div><div class=\"description\">Not included, change data exporting settings to download.</div><div class=\"status details\">1 KB</div></div></div></div>"),
        said(5, None, "08.03.2024 09:43:20 UTC+01:00", "<div class=\"pull_left forwarded userpic_wrap\"></div><div class=\"forwarded body\"><div class=\"from_name\">News <span class=\"date details\" title=\"01.03.2024 09:00:00 UTC+01:00\"> 01.03.2024 09:00:00</span></div><div class=\"text\">old words</div></div>"),
        said(6, None, "08.03.2024 09:44:20 UTC+01:00", "<div class=\"media_wrap clearfix\"><div class=\"media_poll\"><div class=\"question bold\">When?</div><div class=\"details\">Anonymous poll</div><div class=\"answer\">- Now <span class=\"details\">2 votes</span></div><div class=\"answer\">- Later</div><div class=\"total details\">2 votes</div></div></div>"),
        said(7, Some("Ben"), "08.03.2024 09:45:20 UTC+01:00", "<div class=\"media_wrap clearfix\"><div class=\"media clearfix pull_left media_call success\"><div class=\"body\"><div class=\"title bold\">Ann</div><div class=\"status details\">Incoming (63 seconds)</div></div></div></div>"),
    ].concat();
    let second = said(
        8,
        Some("Ann &amp; Co"),
        "09.03.2024 09:45:20 UTC+01:00",
        &words("next page"),
    );
    let (_dir, export) = files(
        "ChatExport_2024-04-01",
        &[
            ("messages2.html", page("Team", &second).as_bytes()),
            ("messages.html", page("Team", &first).as_bytes()),
            ("photos/a.jpg", b"abc"),
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "telegram");
    assert_eq!(taken.counts(), (8, 0));
    assert_eq!(taken.threads.len(), 1);
    assert_eq!(taken.threads[0].title, "Team");
    let of = |index: usize| &taken.records[index];
    assert_eq!(of(0).text, "Hello\nBen <3 now");
    assert_eq!(of(0).sender.as_deref(), Some("Ann & Co"));
    assert_eq!(
        of(0).time,
        Time::Instant {
            seconds: 1_709_887_272,
            offset_minutes: Some(60)
        }
    );
    assert_eq!(of(1).sender.as_deref(), Some("Ann & Co"));
    assert_eq!(of(1).extra.attachments[0].item, Some(2));
    assert_eq!(
        (of(2).kind, of(2).extra.event.as_str()),
        (Kind::System, "added")
    );
    assert_eq!(of(2).text, "Ann & Co invited Cy and Dee");
    assert_eq!(of(2).extra.time_as_written.as_deref(), Some("8 March 2024"));
    assert_eq!(of(3).sender.as_deref(), Some("Ben"));
    assert_eq!(of(3).extra.reply_to, ["1"]);
    assert_eq!(of(3).extra.attachments[0].state, AttachmentState::Omitted);
    assert_eq!(of(3).extra.attachments[0].name, "plan.pdf");
    assert_eq!(of(4).extra.forwarded.as_deref(), Some("News"));
    assert_eq!(of(4).text, "old words");
    assert_eq!(of(4).sender.as_deref(), Some("Ben"));
    assert_eq!(of(5).text, "When?\n• Now 2 votes\n• Later\n2 votes");
    assert_eq!(
        (of(6).kind, of(6).extra.direction),
        (Kind::Call, Some(Direction::Received))
    );
    assert_eq!(of(7).text, "next page");
}

#[test]
fn a_joined_message_behind_a_broken_one_is_not_given_a_sender() {
    let broken =
        said(2, Some("Ben"), "08.03.2024 09:42:12", &words("two")).replacen("</div>", "", 4);
    let page = page(
        "Team",
        &[
            said(1, Some("Ann"), "08.03.2024 09:41:12", &words("one")),
            broken,
            said(3, None, "08.03.2024 09:43:12", &words("three")),
        ]
        .concat(),
    );
    let (_dir, export) = file("messages.html", page.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (2, 1));
    let last = taken.records.last().unwrap();
    assert_eq!(
        (last.text.as_str(), last.sender.as_deref()),
        ("three", None)
    );
    assert_eq!(taken.records[0].time, Time::Local(1_709_890_872));
}

/// As Telegram Desktop writes strings: control characters as `\x1F`.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for sign in text.chars() {
        match sign {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            sign if sign < ' ' => write!(out, "\\x{:02X}", u32::from(sign)).unwrap(),
            sign => out.push(sign),
        }
    }
    out.push('"');
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\n', "<br>")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_json_reads_back(
        said in proptest::collection::vec(
            (0u32..3, 1i64..4_000_000_000, "[\\x01-\\x1f \"\\\\a-z\u{e9}\u{1F600}\\PC]{1,20}", any::<bool>(), any::<i32>()), 0..20),
    ) {
        let mut text = String::from("{\n \"name\": \"Team\",\n \"type\": \"private_group\",\n \"id\": 5,\n \"messages\": [");
        for (number, (who, time, body, split, id)) in said.iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            let half = body.char_indices().nth(body.chars().count() / 2).unwrap().0;
            let body = if *split {
                format!("[\n    {},\n    {{\n     \"type\": \"bold\",\n     \"text\": {}\n    }}\n   ]", quoted(&body[..half]), quoted(&body[half..]))
            } else {
                quoted(body)
            };
            write!(text, "{comma}\n  {{\n   \"id\": {id},\n   \"type\": \"message\",\n   \"date_unixtime\": \"{time}\",\n   \"from\": \"P{who}\",\n   \"from_id\": \"user{who}\",\n   \"text\": {body}\n  }}").unwrap();
        }
        text.push_str("\n ]\n}\n");
        let (_dir, export) = file("result.json", text.as_bytes());
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.counts(), (said.len(), 0));
        for (record, (who, time, body, _, id)) in taken.records.iter().zip(&said) {
            prop_assert_eq!(&record.text, body);
            let sender = format!("P{who} <user{who}>");
            prop_assert_eq!(record.sender.as_deref(), Some(sender.as_str()));
            prop_assert_eq!(record.time, Time::Instant { seconds: *time, offset_minutes: None });
            prop_assert_eq!(&record.extra.message_id, &id.to_string());
        }
    }

    #[test]
    fn random_pages_read_back(
        given in proptest::collection::vec(
            (0u32..3, 946_684_800i64..4_000_000_000, "[!-~\u{e9}\u{1F600}]([ -~\n]{0,14}[!-~])?", any::<bool>()), 1..20),
    ) {
        let mut messages = String::new();
        let mut senders = Vec::new();
        for (number, (who, time, body, joined)) in given.iter().enumerate() {
            let joined = *joined && number > 0;
            let name = format!("P{who}");
            let sender = if joined { senders.last().cloned().unwrap() } else { name.clone() };
            let time = chrono::DateTime::from_timestamp(time + 7200, 0).unwrap().format("%d.%m.%Y %H:%M:%S UTC+02:00");
            messages.push_str(&super::telegram::said(number as u32 + 1, (!joined).then_some(name.as_str()), &time.to_string(), &words(&escaped(body))));
            senders.push(sender);
        }
        let text = page("Team", &messages);
        let (_dir, export) = file("messages.html", text.as_bytes());
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.counts(), (given.len(), 0));
        for ((record, (_, time, body, _)), sender) in taken.records.iter().zip(&given).zip(&senders) {
            // Spaces at the end of a line are the page's, as far as anyone can tell.
            let lines: Vec<&str> = body.lines().map(str::trim_end).collect();
            prop_assert_eq!(&record.text, &lines.join("\n"));
            prop_assert_eq!(record.sender.as_ref(), Some(sender));
            prop_assert_eq!(record.time, Time::Instant { seconds: *time, offset_minutes: Some(120) });
        }
    }

    #[test]
    fn damage_never_loses_a_byte(
        html in any::<bool>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..12),
    ) {
        let mut bytes = if html {
            page("Team", &[said(1, Some("Ann"), "08.03.2024 09:41:12", &words("one")), said(2, None, "08.03.2024 09:41:13", &words("two"))].concat()).into_bytes()
        } else {
            CHAT.as_bytes().to_vec()
        };
        // What comes before the first message tells whose format it is.
        let from = if html { 620 } else { 110 };
        for (place, byte, change) in changes {
            let place = from + place.index(bytes.len() - from);
            match change {
                0 => bytes[place] = byte,
                1 => drop(bytes.remove(place)),
                _ => bytes.insert(place, byte),
            }
        }
        let name = if html { "messages.html" } else { "result.json" };
        let (_dir, export) = file(name, &bytes);
        let importer = docket::import::by_name("telegram").unwrap();
        super::take_with(importer, &export).unwrap();
    }
}

#[test]
fn other_json_is_not_taken() {
    for text in [
        "{}",
        "[]",
        "{\"messages\": []}",
        "{\"messages\": [{\"sender_name\": \"a\", \"timestamp_ms\": 1, \"type\": \"Generic\"}]}",
        "{\"name\": \"x\", \"messages\": [{\"id\": 1}]}",
    ] {
        let (_dir, export) = file("message_1.json", text.as_bytes());
        let found = super::detect(&export).map(|importer| importer.name());
        assert_ne!(found, Some("telegram"), "{text}");
    }
}

#[test]
fn an_export_brings_its_own_files_and_not_what_a_person_keeps_beside_it() {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    write("Downloads/result.json", CHAT.as_bytes());
    write("Downloads/photos/photo_1@31-03-2024_11-11-43.jpg", b"abc");
    write("Downloads/payslip.pdf", b"mine");
    write("Downloads/holiday/photo.jpg", b"mine");
    let given = docket::import::discover(&root.path().join("Downloads"));
    let exports: Vec<_> = given
        .iter()
        .filter(|one| one.importer().is_some())
        .collect();
    assert_eq!(exports.len(), 1);
    let names: Vec<&str> = exports[0]
        .files
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        names,
        ["photos/photo_1@31-03-2024_11-11-43.jpg", "result.json"]
    );
    // What is not of it is told all the same.
    assert_eq!(given.len(), 3);
    let taken = take(&exports[0].open().unwrap()).unwrap();
    assert_eq!(taken.records[1].extra.attachments[0].item, Some(0));
}

#[test]
fn naughty_strings_read_back_in_json_and_in_pages() {
    let Some(path) = shared("hostile/naughty-strings/blns.json") else {
        return;
    };
    let strings: Vec<String> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let kept: Vec<&String> = strings
        .iter()
        .filter(|text| !text.trim().is_empty())
        .collect();
    let list: Vec<String> = kept
        .iter()
        .map(|text| format!("{{\"id\": 1, \"type\": \"message\", \"date_unixtime\": \"1\", \"from\": {0}, \"text\": {0}}}", quoted(text)))
        .collect();
    let text = format!(
        "{{\"name\": \"x\", \"type\": \"personal_chat\", \"messages\": [\n{}\n]}}",
        list.join(",\n")
    );
    let (_dir, export) = file("result.json", text.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (kept.len(), 0));
    assert!(
        taken
            .texts()
            .iter()
            .zip(&kept)
            .all(|(read, given)| read == given)
    );

    let list: String = (1..)
        .zip(&kept)
        .map(|(number, text)| {
            said(
                number,
                Some(&escaped(text)),
                "08.03.2024 09:41:12",
                &words(&escaped(text)),
            )
        })
        .collect();
    let (_dir, export) = file("messages.html", page("x", &list).as_bytes());
    assert_eq!(take(&export).unwrap().counts(), (kept.len(), 0));
}

#[test]
fn a_file_that_was_cut_short_is_said_to_be() {
    let cut = &CHAT[..CHAT.len() - 40];
    let (_dir, export) = file("result.json", cut.as_bytes());
    let taken = take(&export).unwrap();
    assert!(
        taken
            .summary
            .notes
            .iter()
            .any(|note| note.contains("cut short"))
    );
    assert_eq!(taken.counts(), (8, 1));
}
