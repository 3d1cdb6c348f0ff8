use super::{Taken, damage, faults, file, files, take, take_with};
use docket::import::{DateOrder, by_name};
use docket::model::{AttachmentState, Direction, Kind, Marks, Time};
use proptest::prelude::*;
use serde_json::{Value, json};

const AT: i64 = 1_709_283_600; // 2024-03-01T09:00:00Z

fn utc(seconds: i64) -> Time {
    Time::Instant {
        seconds,
        offset_minutes: Some(0),
    }
}

fn rfc(seconds: i64) -> String {
    let time = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
    time.format("%Y-%m-%dT%H:%M:%S.25Z").to_string()
}

fn user(id: &str, name: &str) -> Value {
    json!({"application": null, "device": null, "user": {"id": id, "displayName": name, "userIdentityType": "aadUser"}})
}

/// A message of the Graph API, with what is special about it.
fn graph(id: u32, more: Value) -> Value {
    let mut message = json!({
        "id": id.to_string(), "replyToId": null, "etag": "1", "messageType": "message",
        "createdDateTime": rfc(AT + i64::from(id)), "lastModifiedDateTime": null, "lastEditedDateTime": null, "deletedDateTime": null,
        "subject": null, "summary": null, "chatId": "19:kits@thread.v2", "importance": "normal", "locale": "en-us", "channelIdentity": null,
        "policyViolation": null, "eventDetail": null, "from": user("u1", "Amina Yusuf"),
        "body": {"contentType": "html", "content": ""}, "attachments": [], "mentions": [], "reactions": [],
    });
    message
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    message
}

fn page(messages: &[Value]) -> Vec<u8> {
    serde_json::to_vec_pretty(&json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#chats('x')/messages",
        "@odata.count": messages.len(), "value": messages,
    }))
    .unwrap()
}

fn read(bytes: &[u8]) -> Taken {
    let (_dir, export) = file("messages.json", bytes);
    take(&export).unwrap()
}

#[test]
fn a_graph_message_keeps_all_it_has() {
    let html = |content: &str| json!({"contentType": "html", "content": content});
    let preview = json!({"messageId": "1", "messagePreview": "Hello there", "messageSender": user("u1", "Amina Yusuf")}).to_string();
    let forwarded = json!({"originalMessageId": "9", "originalMessageContent": "<p>From elsewhere</p>", "originalMessageSender": user("u3", "Cara")}).to_string();
    let card = json!({"title": "Approval", "text": "Please decide"}).to_string();
    let taken = read(&page(&[
        graph(
            1,
            json!({"subject": "Kits", "importance": "high", "lastEditedDateTime": rfc(AT), "body": html("<p>Hello <at id=\"0\">Ben</at> <emoji id=\"smile\" alt=\"🙂\"></emoji></p><p>Two</p>"),
            "reactions": [{"reactionType": "like", "createdDateTime": rfc(AT), "user": user("u2", "Ben Okafor")}, {"reactionType": "🎉", "user": user("u2", "Ben Okafor")}]}),
        ),
        graph(
            2,
            json!({"from": user("u2", "Ben Okafor"), "body": html("<attachment id=\"1\"></attachment><p>agreed</p>"), "attachments": [{"id": "1", "contentType": "messageReference", "content": preview}]}),
        ),
        graph(
            3,
            json!({"body": html("<p>plan</p><img src=\"https://graph.microsoft.com/v1.0/chats/x/messages/3/hostedContents/aWQ/$value\" alt=\"chart\">"),
            "attachments": [{"id": "f", "contentType": "reference", "contentUrl": "https://x.sharepoint.com/plan.docx", "name": "plan.docx"}]}),
        ),
        graph(4, json!({"deletedDateTime": rfc(AT), "body": html("")})),
        graph(
            5,
            json!({"messageType": "systemEventMessage", "from": null, "body": html("<systemEventMessage/>"),
            "eventDetail": {"@odata.type": "#microsoft.graph.membersAddedEventMessageDetail", "members": [{"id": "u4", "displayName": "Dan"}], "initiator": user("u1", "Amina Yusuf")}}),
        ),
        graph(
            6,
            json!({"messageType": "unknownFutureValue", "from": null, "body": html("<systemEventMessage/>"),
            "eventDetail": {"@odata.type": "#microsoft.graph.callEndedEventMessageDetail", "callDuration": "PT14M3S", "callEventType": "call", "callParticipants": [{"participant": user("u2", "Ben Okafor")}], "initiator": user("u2", "Ben Okafor")}}),
        ),
        graph(
            7,
            json!({"body": html(""), "attachments": [{"id": "m", "contentType": "forwardedMessageReference", "content": forwarded}]}),
        ),
        graph(
            8,
            json!({"from": {"application": {"id": "b", "displayName": "Approvals"}, "user": null}, "body": html("<attachment id=\"c\"></attachment>"), "attachments": [{"id": "c", "contentType": "application/vnd.microsoft.card.hero", "content": card}]}),
        ),
        graph(
            9,
            json!({"body": {"contentType": "text", "content": "a < b\n  c"}}),
        ),
        graph(
            10,
            json!({"replyToId": "1", "body": html("<p>an answer</p>")}),
        ),
        json!({"id": "11", "messageType": "message", "body": {"content": "no time"}}),
    ]));
    assert_eq!(taken.importer, "teams");
    assert_eq!(taken.counts(), (10, 1));
    let amina = "Amina Yusuf";
    let told: Vec<_> = taken
        .records
        .iter()
        .take(10)
        .map(|one| {
            (
                one.kind,
                one.sender.as_deref().unwrap_or(""),
                one.text.as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (Kind::Text, amina, "Kits\n\nHello Ben 🙂\n\nTwo"),
            (
                Kind::Text,
                "Ben Okafor",
                "> Amina Yusuf: Hello there\n\nagreed"
            ),
            (Kind::Attachment, amina, "plan\n\n[chart]"),
            (Kind::Deleted, amina, ""),
            (Kind::System, amina, "members added: Dan"),
            (Kind::Call, "Ben Okafor", "call ended: 14 min, Ben Okafor"),
            (Kind::Text, amina, "> Cara: From elsewhere"),
            (Kind::Text, "Approvals", "Please decide\nApproval"),
            (Kind::Text, amina, "a < b\n  c"),
            (Kind::Text, amina, "an answer"),
        ]
    );
    let [first, second, third, ..] = taken.records.as_slice() else {
        panic!()
    };
    assert_eq!(
        (first.time, first.extra.subject.as_str()),
        (utc(AT + 1), "Kits")
    );
    assert!(first.marks.has(Marks::EDITED));
    assert_eq!(first.extra.labels, ["importance: high"]);
    let reactions: Vec<_> = first
        .extra
        .reactions
        .iter()
        .map(|one| (one.value.as_str(), one.who.as_str()))
        .collect();
    assert_eq!(reactions, [("👍", "Ben Okafor"), ("🎉", "Ben Okafor")]);
    assert_eq!(second.extra.reply_to, ["1"]);
    let found: Vec<_> = third
        .extra
        .attachments
        .iter()
        .map(|one| (one.name.as_str(), one.state, one.media.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("plan.docx", AttachmentState::Missing, "document"),
            ("chart", AttachmentState::Missing, "photo"),
        ]
    );
    assert_eq!(taken.records[4].extra.event, "added");
    assert_eq!(taken.records[6].extra.forwarded.as_deref(), Some("Cara"));
    assert_eq!(taken.records[9].extra.reply_to, ["1"]);
    assert_eq!(
        (taken.title(0), taken.threads[0].group),
        ("Amina Yusuf, Ben Okafor", Some(true))
    );
}

#[test]
fn chats_have_the_names_that_stand_beside_them() {
    let chats = json!({"value": [
        {"id": "19:kits@thread.v2", "topic": "Test kits", "chatType": "group", "webUrl": "x", "members": [{"displayName": "Amina Yusuf", "userId": "u1", "email": "amina@example.org"}]},
        {"id": "19:a_b@unq.gbl.spaces", "topic": null, "chatType": "oneOnOne", "webUrl": "x", "members": [{"displayName": "Amina Yusuf", "userId": "u1"}, {"displayName": "Ben Okafor", "userId": "u2"}]}]});
    let teams = json!({"value": [{"id": "t1", "displayName": "Water", "internalId": "x"}]});
    let channels = json!({"value": [{"id": "19:c@thread.tacv2", "displayName": "General", "membershipType": "standard"}]});
    let body = json!({"contentType": "text", "content": "x"});
    let messages = page(&[
        graph(1, json!({"body": body})),
        graph(2, json!({"body": body, "chatId": "19:a_b@unq.gbl.spaces"})),
        graph(
            3,
            json!({"body": body, "chatId": null, "channelIdentity": {"teamId": "t1", "channelId": "19:c@thread.tacv2"}}),
        ),
        graph(4, json!({"body": body, "from": user("u5", "Ben Okafor")})),
        graph(5, json!({"body": body, "from": user("u6", "Ben Okafor")})),
    ]);
    let (_dir, export) = files(
        "teams",
        &[
            ("channels.json", channels.to_string().as_bytes()),
            ("chats.json", chats.to_string().as_bytes()),
            ("messages.json", &messages),
            ("teams.json", teams.to_string().as_bytes()),
        ],
    );
    let taken = take(&export).unwrap();
    let threads: Vec<_> = taken
        .threads
        .iter()
        .map(|head| (head.title.as_str(), head.group))
        .collect();
    assert_eq!(
        threads,
        [
            ("Test kits", Some(true)),
            ("Amina Yusuf, Ben Okafor", Some(false)),
            ("Water – General", Some(true)),
        ]
    );
    let senders: Vec<_> = taken
        .records
        .iter()
        .map(|one| one.sender.as_deref().unwrap())
        .collect();
    assert_eq!(
        senders,
        [
            "Amina Yusuf <amina@example.org>",
            "Amina Yusuf <amina@example.org>",
            "Amina Yusuf <amina@example.org>",
            "Ben Okafor <u5>",
            "Ben Okafor <u6>",
        ]
    );
}

#[test]
fn answers_that_stand_in_a_message_are_messages() {
    let body = |text: &str| json!({"contentType": "text", "content": text});
    let mut root = graph(1, json!({"body": body("root")}));
    root["replies"] = json!([graph(2, json!({"body": body("one")})), {"id": "x"}, graph(3, json!({"body": body("two")}))]);
    // In one form the answers stand before the message's own time.
    for bytes in [
        page(std::slice::from_ref(&root)),
        format!("{}\n{}\n", graph(0, json!({"body": body("first")})), root).into_bytes(),
        format!(
            "[{{\"replies\":[{}],\"id\":\"1\",\"messageType\":\"message\",\"createdDateTime\":\"{}\",\"body\":{{\"contentType\":\"text\",\"content\":\"root\"}}}}]",
            graph(2, json!({"body": body("one")})),
            rfc(AT + 1)
        )
        .into_bytes(),
    ] {
        let taken = read(&bytes);
        let told: Vec<_> = taken
            .records
            .iter()
            .filter(|one| one.kind == Kind::Text && one.text != "first")
            .map(|one| (one.text.as_str(), one.extra.reply_to.join(",")))
            .collect();
        assert_eq!(told[..2], [("root", String::new()), ("one", "1".to_owned())]);
        assert!(taken.records.iter().all(|one| one.thread == 0 || one.text != "one"));
    }
}

/// A personal export of these messages, in two conversations.
fn personal(messages: &[Vec<Value>; 2]) -> Vec<u8> {
    let [direct, group] = messages;
    serde_json::to_vec_pretty(&json!({
        "userId": "8:live:amina", "exportDate": "2024-04-01T09:00",
        "conversations": [
            {"id": "8:live:ben", "displayName": "Ben Okafor", "version": 1, "properties": {"conversationblocked": false}, "threadProperties": null, "MessageList": direct},
            {"id": "19:kits@thread.v2", "displayName": null, "version": 1, "MessageList": group, "threadProperties": {"membercount": 3, "topic": "Kits"}},
        ],
    }))
    .unwrap()
}

fn skype(id: u32, kind: &str, content: &str, more: Value) -> Value {
    let mut message = json!({
        "id": id.to_string(), "displayName": null, "originalarrivaltime": rfc(AT + i64::from(id)), "messagetype": kind, "version": 1,
        "content": content, "conversationid": "8:live:ben", "from": "8:live:ben", "properties": null, "amsreferences": null,
    });
    message
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    message
}

#[test]
fn a_personal_export_is_read_whole() {
    let direct = vec![
        skype(1, "RichText", "one\ntwo &amp; <b>three</b>", json!({})),
        skype(
            2,
            "RichText",
            "<quote author=\"live:ben\" authorname=\"Ben Okafor\" messageid=\"1\"><legacyquote>[1] Ben: </legacyquote>one<legacyquote>&lt;&lt;&lt; </legacyquote></quote>yes",
            json!({"from": "8:live:amina", "displayName": "Amina", "properties": {"edittime": "1709283700000", "emotions": [{"key": "like", "users": [{"mri": "8:live:ben", "time": 1_709_283_800_000_i64}]}]}}),
        ),
        skype(
            3,
            "RichText/UriObject",
            "<URIObject uri=\"https://api.asm.skype.com/v1/objects/0-eu-d1-abc\" type=\"Picture.1\">To view this shared photo, go to: <a href=\"https://login.skype.com/x\">x</a><OriginalName v=\"map.jpg\"/><FileSize v=\"3\"/></URIObject>",
            json!({}),
        ),
        skype(
            4,
            "Event/Call",
            "<partlist type=\"ended\" alt=\"\"><part identity=\"live:ben\"><name>Ben Okafor</name><duration>840</duration></part><part identity=\"live:amina\"><name>Amina</name><duration>839</duration></part></partlist>",
            json!({}),
        ),
        skype(5, "Event/Call", "<missed/>", json!({})),
        skype(
            6,
            "RichText",
            "",
            json!({"properties": {"deletetime": "1709283700000", "emotions": "[{\"key\":\"heart\",\"users\":[{\"mri\":\"8:live:amina\",\"time\":1}]}]"}}),
        ),
        skype(
            7,
            "RichText/Contacts",
            "<contacts alt=\"x\"><c t=\"s\" s=\"live:cara\" f=\"Cara Lind\"/></contacts>",
            json!({}),
        ),
        skype(
            8,
            "RichText/Location",
            "<location latitude=\"51\" longitude=\"0\" address=\"Cobden room\">Cobden room</location>",
            json!({}),
        ),
        skype(9, "Text", "a <b", json!({})),
        skype(10, "RichText/Html", "<p>a&nbsp;b</p><p>c</p>", json!({})),
        skype(11, "Something/New", "words", json!({})),
    ];
    let group = vec![
        skype(
            12,
            "ThreadActivity/AddMember",
            "<addmember><eventtime>1</eventtime><initiator>8:live:ben</initiator><target>8:live:amina</target><target>8:live:x</target></addmember>",
            json!({"from": "19:kits@thread.v2"}),
        ),
        skype(
            13,
            "ThreadActivity/TopicUpdate",
            "<topicupdate><eventtime>1</eventtime><initiator>8:live:ben</initiator><value>Kits</value></topicupdate>",
            json!({}),
        ),
        json!({"id": "14", "messagetype": "RichText", "content": "no time"}),
    ];
    let bytes = personal(&[direct, group]);
    let (_dir, export) = files(
        "8_live_amina_export",
        &[
            ("media/0-eu-d1-abc.1.jpg", b"JPG"),
            ("media/0-eu-d1-abc.json", b"{}"),
            ("messages.json", bytes.as_slice()),
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!(
        (taken.importer, taken.counts()),
        ("teams-personal", (13, 1))
    );
    let told: Vec<_> = taken
        .records
        .iter()
        .take(13)
        .map(|one| (one.kind, one.text.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Kind::Text, "one\ntwo & three"),
            (Kind::Text, "> Ben Okafor: one\nyes"),
            (Kind::Attachment, ""),
            (Kind::Call, "Call ended, 14 min: Ben Okafor, Amina"),
            (Kind::Call, "Call missed"),
            (Kind::Deleted, ""),
            (Kind::Contact, "Cara Lind"),
            (Kind::Location, "Cobden room"),
            (Kind::Text, "a <b"),
            (Kind::Text, "a\u{a0}b\n\nc"),
            (Kind::Text, "words"),
            (Kind::System, "added: Amina, live:x"),
            (Kind::System, "topic: Kits"),
        ]
    );
    let [one, yes, photo, ..] = taken.records.as_slice() else {
        panic!()
    };
    assert_eq!(
        (one.sender.as_deref(), one.extra.direction, one.time),
        (
            Some("Ben Okafor <live:ben>"),
            Some(Direction::Received),
            utc(AT + 1)
        )
    );
    assert_eq!(
        (yes.sender.as_deref(), yes.extra.direction),
        (Some("Amina <live:amina>"), Some(Direction::Sent))
    );
    assert!(yes.marks.has(Marks::EDITED));
    assert_eq!(yes.extra.reply_to, ["1"]);
    assert_eq!(yes.extra.reactions[0].value, "👍");
    assert_eq!(yes.extra.reactions[0].who, "Ben Okafor <live:ben>");
    assert_eq!(taken.records[5].extra.reactions[0].value, "❤️");
    let file = &photo.extra.attachments[0];
    assert_eq!(
        (file.name.as_str(), file.item, file.media.as_str()),
        ("map.jpg", Some(0), "photo")
    );
    let titles: Vec<_> = taken
        .threads
        .iter()
        .map(|head| (head.title.as_str(), head.group))
        .collect();
    assert_eq!(titles, [("Ben Okafor", Some(false)), ("Kits", Some(true))]);
    assert_eq!(taken.records[11].extra.event, "added");
}

/// A page of an eDiscovery search.
fn html(messages: &[(u8, String, String, String)]) -> String {
    let mut page = "<!DOCTYPE html><html><head><style>.sent-message-wrapper { } .message-sender { }</style></head><body>\n<div class=\"chat-title\">Test kits</div><table>\
        <tr><td class=\"chat-label\">Display names</td><td class=\"chat-data\"><div class=\"chat-data\">Amina Yusuf</div><div class=\"chat-data\">Ben Okafor</div></td></tr>\
        <tr><td class=\"chat-label\">Number of messages</td><td class=\"chat-data\">2</td></tr>\
        <tr><td class=\"chat-label\">Case time zone</td><td class=\"chat-data\">(UTC) Coordinated Universal Time</td></tr></table><div class=\"threaded-chat\">\n"
        .to_owned();
    for (at, (kind, sender, date, text)) in messages.iter().enumerate() {
        let kind = ["sent", "received", "unknown-direction"][usize::from(*kind % 3)];
        let escape = |text: &str| {
            text.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
        };
        page.push_str(&format!(
            "<label class=\"{kind}-message-wrapper\" id=\"message{at}\"><input type=\"checkbox\" value=\"{at}\"><div class=\"{kind}-message\"><div class=\"message-sender\">{}</div><div class=\"message-text\">{}</div><div class=\"message-date\"> {date} </div></div></label>\n",
            escape(sender),
            escape(text)
        ));
    }
    page + "</div></body></html>"
}

#[test]
fn pages_of_a_search_are_read() {
    let row = |kind, date: &str, text: &str| {
        (
            kind,
            "Amina Yusuf".to_owned(),
            date.to_owned(),
            text.to_owned(),
        )
    };
    let page = html(&[
        row(0, "3/14/2024 2:05:06 PM", "hi <b>"),
        row(1, "3/2/2024 2:05:06 PM", "see\nit"),
        row(2, "tomorrow", ""),
    ]);
    let page = page.replace(
        "</body>",
        "<label class=\"sent-message-wrapper\">never closed</body>",
    );
    let (_dir, export) = file("Test kits.html", page.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!((taken.importer, taken.counts()), ("teams-pages", (3, 1)));
    let [hi, see, nothing, _] = taken.records.as_slice() else {
        panic!()
    };
    assert_eq!(
        (hi.text.as_str(), hi.extra.direction),
        ("hi <b>", Some(Direction::Sent))
    );
    assert_eq!(hi.time, utc(1_710_425_106));
    assert_eq!(
        (see.text.as_str(), see.time),
        ("see it", utc(1_709_388_306))
    );
    assert_eq!(
        (nothing.kind, nothing.time),
        (Kind::NotExported, Time::Unknown)
    );
    assert_eq!(hi.extra.message_id, "message0");
    let (offset, length) = hi.written.unwrap();
    let at = hi.span.offset as usize + usize::from(offset);
    assert_eq!(&page[at..at + usize::from(length)], "3/14/2024 2:05:06 PM");
    assert_eq!(taken.summary.date_order, Some(DateOrder::Mdy));
    assert!(!taken.summary.date_order_assumed);
    assert_eq!(taken.title(0), "Test kits");
    assert_eq!(
        taken.summary.notes,
        ["A page says that it holds 2 messages; 3 were found in it."]
    );
}

/// Messages: in the first conversation or the second, by whom, the words, the second, edited.
type Said = (bool, bool, String, i64, bool);

fn said() -> impl Strategy<Value = Vec<Said>> {
    let one = (
        any::<bool>(),
        any::<bool>(),
        "\\PC{1,40}",
        0i64..2_000_000_000,
        any::<bool>(),
    );
    proptest::collection::vec(one, 1..20)
}

fn graph_of(said: &[Said]) -> Vec<u8> {
    let all: Vec<Value> = said
        .iter()
        .zip(0u32..)
        .map(|((second, mine, text, seconds, edited), at)| {
            let who = if *mine { user("u1", "Amina Yusuf") } else { user("u2", "Ben Okafor") };
            graph(at, json!({
                "createdDateTime": rfc(*seconds), "from": who, "body": {"contentType": "text", "content": text},
                "chatId": if *second { "19:kits@thread.v2" } else { "19:a_b@unq.gbl.spaces" }, "lastEditedDateTime": edited.then(|| rfc(*seconds)),
            }))
        })
        .collect();
    page(&all)
}

fn personal_of(said: &[Said]) -> Vec<u8> {
    let mut lists = [Vec::new(), Vec::new()];
    for ((second, mine, text, seconds, edited), at) in said.iter().zip(0u32..) {
        let from = if *mine { "8:live:amina" } else { "8:live:ben" };
        let properties = if *edited {
            json!({"edittime": "1"})
        } else {
            Value::Null
        };
        lists[usize::from(*second)].push(skype(
            at,
            "Text",
            text,
            json!({"from": from, "originalarrivaltime": rfc(*seconds), "properties": properties}),
        ));
    }
    personal(&lists)
}

fn html_of(said: &[Said]) -> String {
    let rows: Vec<_> = said
        .iter()
        .map(|(second, mine, text, seconds, _)| {
            let time = chrono::DateTime::from_timestamp(*seconds, 0).unwrap();
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            (
                u8::from(*second),
                if *mine { "Amina" } else { "Ben" }.to_owned(),
                time.format("%Y-%m-%d %H:%M:%S").to_string(),
                words,
            )
        })
        .collect();
    html(&rows)
}

proptest! {
    #[test]
    fn random_exports_read_back(said in said()) {
        let taken = read(&graph_of(&said));
        prop_assert_eq!(taken.importer, "teams");
        prop_assert_eq!(taken.counts(), (said.len(), 0));
        for (record, (second, mine, text, seconds, edited)) in taken.records.iter().zip(&said) {
            prop_assert_eq!(&record.text, text);
            prop_assert_eq!(record.time, utc(*seconds));
            prop_assert_eq!(record.sender.as_deref(), Some(if *mine { "Amina Yusuf" } else { "Ben Okafor" }));
            prop_assert_eq!(record.marks.has(Marks::EDITED), *edited);
            prop_assert_eq!(taken.threads[record.thread as usize].group, Some(*second));
        }

        let taken = read(&personal_of(&said));
        prop_assert_eq!(taken.importer, "teams-personal");
        prop_assert_eq!(taken.counts(), (said.len(), 0));
        let mut sorted: Vec<_> = said.iter().collect();
        sorted.sort_by_key(|one| one.0);
        for (record, (_, mine, text, seconds, edited)) in taken.records.iter().zip(sorted) {
            prop_assert_eq!(&record.text, text);
            prop_assert_eq!(record.time, utc(*seconds));
            let direction = if *mine { Direction::Sent } else { Direction::Received };
            prop_assert_eq!(record.extra.direction, Some(direction));
            prop_assert_eq!(record.marks.has(Marks::EDITED), *edited);
        }

        let taken = read(html_of(&said).as_bytes());
        prop_assert_eq!(taken.importer, "teams-pages");
        prop_assert_eq!(taken.counts(), (said.len(), 0));
        for (record, (_, mine, text, seconds, _)) in taken.records.iter().zip(&said) {
            let seen = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(seen(&record.text), seen(text));
            prop_assert_eq!(record.time, utc(*seconds));
            prop_assert_eq!(record.sender.as_deref(), Some(if *mine { "Amina" } else { "Ben" }));
        }
    }

    #[test]
    fn damage_never_loses_a_byte(said in said(), faults in faults()) {
        let exports = [("teams", graph_of(&said)), ("teams-personal", personal_of(&said)), ("teams-pages", html_of(&said).into_bytes())];
        for (name, bytes) in exports {
            let (_dir, export) = file("x", &damage(&bytes, &faults));
            take_with(by_name(name).unwrap(), &export).unwrap();
        }
    }
}
