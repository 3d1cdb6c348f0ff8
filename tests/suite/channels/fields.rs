//! What formats carry beside words, each on an export made for it: whom a message went to, which way
//! it went, where it was first sent, how it is marked.

use super::{Taken, discord, file, files, take};
use docket::import::ALL;
use docket::model::{Direction, Kind};
use serde_json::json;
use std::path::Path;

/// What one record says of the ways it went: direction, recipients, notes.
fn ways(taken: &Taken, at: usize) -> (Option<Direction>, Vec<&str>, Vec<&str>) {
    let extra = &taken.records[at].extra;
    (
        extra.direction,
        extra.recipients.iter().map(|to| to.who.as_str()).collect(),
        extra.notes.iter().map(String::as_str).collect(),
    )
}

const SENT: Option<Direction> = Some(Direction::Sent);
const RECEIVED: Option<Direction> = Some(Direction::Received);

#[test]
fn texts_went_to_their_owner() {
    let backup = "<smses count=\"2\">\n\
        <sms address=\"+447700900123\" date=\"1617181723004\" type=\"1\" body=\"Is it on?\" contact_name=\"Amina\" />\n\
        <mms date=\"1617181723004\" msg_box=\"1\" address=\"+447700900123~+447700900124\" m_type=\"132\">\
        <parts><part seq=\"0\" ct=\"text/plain\" text=\"All here\" /></parts>\
        <addrs><addr address=\"+447700900124\" type=\"137\" /><addr address=\"+447700900123\" type=\"151\" />\
        <addr address=\"insert-address-token\" type=\"151\" /></addrs></mms>\n</smses>\n";
    let (_dir, export) = file("sms.xml", backup.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(ways(&taken, 0), (RECEIVED, vec!["Me"], vec![]));
    assert_eq!(
        ways(&taken, 1),
        (RECEIVED, vec!["Amina <+447700900123>", "Me"], vec![])
    );
    assert_eq!(taken.records[1].sender.as_deref(), Some("+447700900124"));
}

#[test]
fn imessages_went_to_those_the_file_is_called_after() {
    let text = "Mar  1, 2021  5:29:42 PM\nBen\nhello\n\nMar  1, 2021  5:30:00 PM\nMe\nhi\n\n";
    for (name, received, sent) in [
        ("Ben.txt", vec!["Me"], vec!["Ben"]),
        ("Ben, Cara.txt", vec!["Me"], vec![]),
        ("Choir - 12.txt", vec!["Me"], vec![]),
        ("Ben, Cara, and 4 others.txt", vec!["Me"], vec![]),
    ] {
        let (_dir, export) = file(name, text.as_bytes());
        let taken = take(&export).unwrap();
        assert_eq!(ways(&taken, 0), (RECEIVED, received, vec![]), "{name}");
        assert_eq!(ways(&taken, 1), (SENT, sent, vec![]), "{name}");
    }
}

#[test]
fn a_chat_of_two_tells_its_owner() {
    let history = "[LINE] Chat history with Ben\nSaved on: 2021/03/31 10:00\n\n2021/03/31(Wed)\n\
        09:08\tBen\thello\n09:09\tAmina\thi\n";
    let (_dir, export) = file("[LINE] Ben.txt", history.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "line");
    assert_eq!(ways(&taken, 0), (RECEIVED, vec!["Amina"], vec![]));
    assert_eq!(ways(&taken, 1), (SENT, vec!["Ben"], vec![]));
    // Of three nobody can say it, nor where the chat has another name than those who write.
    for other in [
        history.to_owned() + "09:10\tCara\tand I\n",
        history.replace("with Ben", "with Old friends"),
    ] {
        let (_dir, export) = file("[LINE] Ben.txt", other.as_bytes());
        assert_eq!(ways(&take(&export).unwrap(), 0), (None, vec![], vec![]));
    }
    let message = |id: &str, name: &str, pinned: bool| {
        json!({"id": id, "type": "Default", "timestamp": "2024-03-01T09:00:00+01:00", "isPinned": pinned, "content": "x",
            "author": {"id": id, "name": name.to_lowercase(), "discriminator": "0000", "nickname": name}})
    };
    let messages = json!([message("1", "Ben", true), message("2", "Amina", false)]);
    for (kind, name, first, second) in [
        ("DirectTextChat", "Ben", RECEIVED, SENT),
        ("DirectTextChat", "ben", RECEIVED, SENT),
        ("GuildTextChat", "Ben", None, None),
        ("DirectGroupTextChat", "Ben", None, None),
    ] {
        let (_dir, export) = file("x.json", &discord::channel(kind, name, &messages));
        let taken = take(&export).unwrap();
        assert_eq!(ways(&taken, 0), (first, vec![], vec!["It is pinned."]));
        assert_eq!(ways(&taken, 1), (second, vec![], vec![]));
    }
}

#[test]
fn a_package_tells_whom_direct_messages_went_to() {
    let said = [
        (false, 1_700_000_000, "hello".to_owned(), false),
        (true, 1_700_000_000, "all".to_owned(), false),
    ];
    for tables in [false, true] {
        let entries = discord::package(&said, tables);
        let given: Vec<(&str, &[u8])> = entries
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        let (_dir, export) = files("package", &given);
        let taken = take(&export).unwrap();
        assert_eq!(taken.importer, "discord-package");
        assert_eq!(ways(&taken, 0), (SENT, vec!["ben <8>"], vec![]));
        assert_eq!(ways(&taken, 1), (SENT, vec![], vec![]));
    }
}

#[test]
fn answers_of_teams_tell_whose_question_they_are_to() {
    let message = |id: u32, user: &str, name: &str| {
        json!({"id": id.to_string(), "messageType": "message", "createdDateTime": "2024-03-01T09:00:00Z", "chatId": "c1",
            "from": {"user": {"id": user, "displayName": name}}, "body": {"contentType": "text", "content": "x"}})
    };
    let messages = json!([message(1, "u-1", "Amina"), message(2, "u-2", "Ben")]);
    let chats = json!({"value": [{"id": "c1", "chatType": "oneOnOne", "members": [
        {"userId": "u-1", "displayName": "Amina", "email": "amina@example.org"}, {"userId": "u-2", "displayName": "Ben"}]}]});
    for (context, first, second) in [
        (
            "https://graph.microsoft.com/v1.0/$metadata#users('u-1')/chats('c1')/messages",
            SENT,
            RECEIVED,
        ),
        (
            "https://graph.microsoft.com/v1.0/$metadata#chats('c1')/messages",
            None,
            None,
        ),
    ] {
        let page = json!({"@odata.context": context, "value": messages}).to_string();
        let chats = chats.to_string();
        let given = [
            ("messages.json", page.as_bytes()),
            ("chats.json", chats.as_bytes()),
        ];
        let (_dir, export) = files("teams", &given);
        let taken = take(&export).unwrap();
        assert_eq!(taken.importer, "teams");
        assert_eq!(ways(&taken, 0), (first, vec!["Ben"], vec![]));
        let to = vec!["Amina <amina@example.org>"];
        assert_eq!(ways(&taken, 1), (second, to, vec![]));
    }
    let next = json!({"@odata.nextLink": "https://graph.microsoft.com/v1.0/users/u-2/chats/getAllMessages?$skip=2", "value": messages});
    let (_dir, export) = file("messages.json", next.to_string().as_bytes());
    assert_eq!(ways(&take(&export).unwrap(), 0).0, RECEIVED);
}

#[test]
fn conversations_of_two_tell_whom_a_message_went_to() {
    let users = json!([{"id": "U1", "name": "amina"}, {"id": "U2", "name": "ben"}, {"id": "U3", "name": "cara"}]);
    let dms = json!([{"id": "D1", "members": ["U1", "U2"]}]);
    let channels = json!([{"id": "C1", "name": "all", "members": ["U1", "U2", "U3"]}]);
    let day =
        json!([{"type": "message", "user": "U1", "ts": "1700000000.000100", "text": "hello"}]);
    let all = [users, dms, channels, day].map(|one| one.to_string());
    let given = [
        ("users.json", all[0].as_bytes()),
        ("dms.json", all[1].as_bytes()),
        ("channels.json", all[2].as_bytes()),
        ("D1/2024-03-01.json", all[3].as_bytes()),
        ("all/2024-03-01.json", all[3].as_bytes()),
    ];
    let (_dir, export) = files("slack", &given);
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "slack");
    assert_eq!(ways(&taken, 0).1, ["@ben"]);
    assert!(ways(&taken, 1).1.is_empty());

    let group = json!({"name": "Kits", "members": [{"name": "Amina", "email": "a@example.org"}, {"name": "Ben", "email": "b@example.org"}]});
    let messages = json!({"messages": [{"creator": {"name": "Ben", "email": "b@example.org", "user_type": "Human"},
        "created_date": "Monday, January 15, 2024 at 3:04:05 PM UTC", "text": "hi", "topic_id": "t", "message_id": "s/t/t"}]});
    let (group, messages) = (group.to_string(), messages.to_string());
    let given = [
        ("Groups/Space 1/group_info.json", group.as_bytes()),
        ("Groups/Space 1/messages.json", messages.as_bytes()),
    ];
    let (_dir, export) = files("Google Chat", &given);
    let taken = take(&export).unwrap();
    assert_eq!(ways(&taken, 0).1, ["Amina <a@example.org>"]);
}

#[test]
fn an_rsmf_file_is_as_large_as_told_or_said_to_be_otherwise() {
    let event = |file: &str, size: u32| {
        json!({"type": "message", "participant": "a", "conversation": "c", "timestamp": "2024-03-01T09:00:00Z", "body": "see",
            "attachments": [{"id": file, "display": file, "size": size}]})
    };
    let manifest = json!({"version": "2.0.0",
        "participants": [{"id": "a", "display": "Amina"}, {"id": "b", "display": "Ben"}],
        "conversations": [{"id": "c", "platform": "slack", "participants": ["a", "b"]}],
        "events": [event("plan.pdf", 4), event("plan.pdf", 9), event("gone.pdf", 9)]});
    let manifest = manifest.to_string();
    let given = [
        ("rsmf_manifest.json", manifest.as_bytes()),
        ("plan.pdf", &b"four"[..]),
    ];
    let (_dir, export) = files("rsmf", &given);
    let taken = take(&export).unwrap();
    assert_eq!(ways(&taken, 0), (None, vec!["Ben"], vec![]));
    let notes = |at: usize| ways(&taken, at).2.join(" ");
    assert!(
        notes(1).contains("9 bytes; the file here has 4"),
        "{}",
        notes(1)
    );
    assert!(
        notes(2).contains("9 bytes; the file is not here"),
        "{}",
        notes(2)
    );
}

#[test]
fn mails_say_where_they_went_on_to_and_how_they_are_marked() {
    let mail = "From: Amina <a@example.com>\nTo: Ben <b@example.com>\nDate: Thu, 14 Mar 2024 08:00:07 +0000\n\
        Resent-From: Ben <b@example.com>\nResent-To: Cara <c@example.com>\nReply-To: office@example.com\n\
        Sensitivity: Private\nImportance: High\nSender: Dan <d@example.com>\n\nhello\n";
    let (_dir, export) = file("a.eml", mail.as_bytes());
    let taken = take(&export).unwrap();
    let (_, recipients, notes) = ways(&taken, 0);
    assert_eq!(recipients, ["Ben <b@example.com>", "Cara <c@example.com>"]);
    assert_eq!(
        notes,
        [
            "It was sent for its author by Dan <d@example.com>.",
            "It was sent on to Cara <c@example.com>.",
            "Answers to it go to office@example.com.",
            "Its sender marked it: sensitivity private.",
            "Its sender marked it: importance high.",
        ]
    );
    assert_eq!(
        taken.records[0].extra.forwarded.as_deref(),
        Some("Ben <b@example.com>")
    );
    // A list's own address, and the author's, are no news.
    let list = "From: a@example.com\nTo: list@example.com\nReply-To: list@example.com, a@example.com\nImportance: normal\n\nhello\n";
    let (_dir, export) = file("a.eml", list.as_bytes());
    assert!(ways(&take(&export).unwrap(), 0).2.is_empty());
}

#[test]
fn pages_of_telegram_tell_of_forwards_owners_and_what_is_gone() {
    let message = |id: u32, joined: bool, inner: &str| {
        let class = if joined { " joined" } else { "" };
        format!(
            "<div class=\"message default clearfix{class}\" id=\"message{id}\"><div class=\"body\">\
             <div class=\"pull_right date details\" title=\"08.03.2024 09:41:1{id} UTC+01:00\">09:41</div>{inner}</div></div>\n"
        )
    };
    let from = |name: &str| format!("<div class=\"from_name\">\n{name}\n</div>");
    let first = format!(
        "{}<div class=\"forwarded body\"><div class=\"from_name\">\nCara <span class=\"date details\" title=\"01.03.2024 08:00:00 UTC+01:00\"> 01.03.2024 08:00:00</span></div><div class=\"text\">\nold\n</div></div>",
        from("Amina Yusuf")
    );
    let second = "<div class=\"forwarded body\"><div class=\"text\">\nolder\n</div></div>";
    let gone = format!(
        "{}<div class=\"media_wrap clearfix\"><div class=\"media clearfix pull_left media_photo\"><div class=\"fill pull_left\"></div><div class=\"body\"><div class=\"title bold\">\nSelf-destructing photo\n</div><div class=\"status details\">\nExpired\n</div></div></div></div>",
        from("Ben")
    );
    let poll = format!(
        "{}<div class=\"media_wrap clearfix\"><div class=\"media_poll\"><div class=\"question bold\">\nTea?\n</div><div class=\"details\">\nFinal results\n</div><div class=\"answer\">\n- yes <span class=\"details\">2 votes</span>\n</div><div class=\"total details\">\n2 votes\n</div></div></div>",
        from("Ben")
    );
    let page = format!(
        "<!DOCTYPE html><html><body><div class=\"page_wrap\"><div class=\"page_header\"><div class=\"content\"><div class=\"text bold\">\nKits\n</div></div></div>\
         <div class=\"page_body chat_page\"><div class=\"history\">\n{}{}{}{}</div></div></div></body></html>",
        message(1, false, &first),
        message(2, true, second),
        message(3, false, &gone),
        message(4, false, &poll)
    );
    let main = "<html><body><div class=\"page_body\"><div class=\"personal_info clearfix\"><div class=\"rows names\">\
        <div class=\"row\"><div class=\"label details\">\nFirst name\n</div><div class=\"value bold\">\nAmina\n</div></div>\
        <div class=\"row\"><div class=\"label details\">\nLast name\n</div><div class=\"value bold\">\nYusuf\n</div></div></div></div></div></body></html>";
    let given = [
        ("export_results.html", main.as_bytes()),
        ("chats/chat_1/messages.html", page.as_bytes()),
    ];
    let (_dir, export) = files("DataExport", &given);
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "telegram");
    let [one, two, three, four] = taken.records.as_slice() else {
        panic!("{:?}", taken.texts());
    };
    assert_eq!(one.extra.forwarded.as_deref(), Some("Cara"));
    assert_eq!(two.extra.forwarded.as_deref(), Some("Cara"));
    assert_eq!(
        ways(&taken, 0).2,
        ["It was first sent at 01.03.2024 08:00:00 UTC+01:00."]
    );
    assert_eq!(
        (one.extra.direction, three.extra.direction),
        (SENT, RECEIVED)
    );
    assert_eq!(
        (three.kind, three.extra.attachments.len()),
        (Kind::ViewOnce, 0)
    );
    assert_eq!(ways(&taken, 2).2, ["Self-destructing photo: Expired"]);
    assert_eq!(
        (four.kind, ways(&taken, 3).2),
        (Kind::Poll, vec!["The poll is closed."])
    );
    // One chat's export does not tell whose it is.
    let (_dir, export) = files(
        "ChatExport",
        &[("messages.html", page.as_bytes()), ("css/style.css", b"x")],
    );
    assert_eq!(take(&export).unwrap().records[0].extra.direction, None);
}

#[test]
fn a_time_of_the_corpus_that_cannot_be_read_is_told() {
    let corpus = "<?xml version=\"1.0\"?><smsCorpus><message id=\"1\"><text>hello</text><source><srcNumber>7</srcNumber></source>\
        <messageProfile language=\"en\" time=\"next Tuesday\" type=\"send\"/></message></smsCorpus>";
    let (_dir, export) = file("corpus.xml", corpus.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(
        ways(&taken, 0).2,
        ["Its time is not written as the corpus writes times."]
    );
}

/// A text that was typed with such characters is left as it is, where a file shows that it is
/// written once.
#[test]
fn encrypted_chats_are_left_as_they_are_written() {
    let chat = |name: &str| {
        json!({"participants": ["Ben", name], "threadName": "Chat", "messages": [
            {"senderName": name, "text": "Ã©", "timestamp": 1_700_000_000_000u64, "type": "text", "isUnsent": false, "media": [], "reactions": []}]})
    };
    for (name, text) in [("花子", "Ã©"), ("Amina", "é")] {
        let (_dir, export) = file("Ben_1.json", chat(name).to_string().as_bytes());
        assert_eq!(take(&export).unwrap().texts(), [text], "{name}");
    }
}

/// Every format of the registry has a writer in these tests whose random exports are read back.
#[test]
fn every_format_is_written_and_read_back() {
    const WRITERS: [(&str, &str, &str); 22] = [
        ("discord", "discord", "random_channels_read_back"),
        ("discord-package", "discord", "random_packages_read_back"),
        ("email", "email", "random_mailboxes_read_back"),
        ("google-chat", "google_chat", "random_takeouts_read_back"),
        ("google-voice", "pages", "random_voice_pages_read_back"),
        (
            "imessage-exporter",
            "pages",
            "random_imessage_pages_read_back",
        ),
        ("line", "line", "random_chats_read_back"),
        ("linkedin", "linkedin", "random_tables_read_back"),
        ("meta", "meta", "random_conversations_read_back"),
        ("nus-sms-corpus", "pages", "random_corpora_read_back"),
        ("rsmf", "rsmf", "random_files_read_back"),
        ("signal", "signal", "random_exports_read_back"),
        (
            "signal-export",
            "signal_desktop",
            "random_exports_read_back_in_every_form",
        ),
        (
            "sigtop",
            "signal_desktop",
            "random_exports_read_back_in_every_form",
        ),
        ("slack", "slack", "random_workspaces_read_back"),
        ("sms-backup-restore", "sms", "random_backups_read_back"),
        ("teams", "teams", "random_exports_read_back"),
        ("teams-pages", "teams", "random_exports_read_back"),
        ("teams-personal", "teams", "random_exports_read_back"),
        ("telegram", "telegram", "random_json_reads_back"),
        ("viber", "viber", "random_chats_read_back"),
        (
            "whatsapp",
            "../import_dialects",
            "chats_in_every_dialect_are_read_back",
        ),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/channels");
    for importer in ALL {
        let writer = WRITERS.iter().find(|(name, ..)| *name == importer.name());
        let (_, module, test) = writer.unwrap_or_else(|| panic!("{}", importer.name()));
        let source = std::fs::read_to_string(folder.join(format!("{module}.rs"))).unwrap();
        let properties = source.split_once("proptest! {").map(|(_, rest)| rest);
        assert!(
            properties.is_some_and(|rest| rest.contains(&format!("fn {test}("))),
            "{}: {module}::{test}",
            importer.name()
        );
    }
    assert_eq!(ALL.len(), WRITERS.len());
}
