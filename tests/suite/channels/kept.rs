//! What stands in a record beside its words and is easily passed over: when and by whom it was
//! edited or deleted, who sent it for whom, that it was read, or never delivered.

use super::{Taken, file, take};
use serde_json::{Value, json};

fn notes(taken: &Taken) -> Vec<&str> {
    let records = taken.records.iter();
    let notes = records.flat_map(|record| record.extra.notes.iter());
    notes.map(String::as_str).collect()
}

fn told(name: &str, bytes: &[u8]) -> Taken {
    let (_folder, export) = file(name, bytes);
    take(&export).unwrap()
}

fn has(taken: &Taken, note: &str) {
    assert!(notes(taken).contains(&note), "{:?}", notes(taken));
}

#[test]
fn when_a_message_was_edited_or_deleted_is_kept() {
    let graph: Value = json!({"value": [{"id": "1", "messageType": "message",
        "createdDateTime": "2024-03-01T09:00:00Z", "lastEditedDateTime": "2024-03-01T09:05:00Z",
        "deletedDateTime": "2024-03-02T08:00:00Z", "chatId": "19:a@thread.v2",
        "from": {"user": {"id": "u1", "displayName": "Ben Okafor"}},
        "body": {"contentType": "text", "content": "yes"}}]});
    let taken = told("messages.json", graph.to_string().as_bytes());
    has(&taken, "It was edited at 2024-03-01T09:05:00Z.");
    has(&taken, "It was deleted at 2024-03-02T08:00:00Z.");
    let discord: Value = json!({"guild": {"id": "0", "name": "Direct Messages"},
        "channel": {"id": "7", "type": "DirectTextChat", "name": "Ben"},
        "messages": [{"id": "175928847299117063", "type": "Default",
            "timestamp": "2016-04-30T11:18:25.796+00:00",
            "timestampEdited": "2016-04-30T11:20:00+00:00", "content": "yes",
            "author": {"id": "1", "name": "ben"}}]});
    let taken = told("Ben.json", discord.to_string().as_bytes());
    has(&taken, "It was edited at 2016-04-30T11:20:00+00:00.");
}

#[test]
fn who_sent_a_mail_for_whom_is_kept() {
    let mail = b"From: Ann Lee <ann@example.com>, Ben Ek <ben@example.com>\r\n\
        Sender: Office <office@example.com>\r\nTo: Cara <cara@example.com>\r\n\
        Subject: Plan\r\nDate: Fri, 01 Mar 2024 10:00:05 +0000\r\n\r\nThe plan.\r\n";
    let taken = told("plan.eml", mail);
    has(
        &taken,
        "It names 2 authors: Ann Lee <ann@example.com>; Ben Ek <ben@example.com>.",
    );
    has(
        &taken,
        "It was sent for its author by Office <office@example.com>.",
    );
}

#[test]
fn that_a_text_was_read_or_not_delivered_is_kept() {
    let texts = br#"<?xml version='1.0'?><smses count="1"><sms protocol="0" address="+447700900001"
 date="1614850000000" type="2" body="yes" status="64" date_sent="0" contact_name="Ben" /></smses>"#;
    has(
        &told("sms.xml", texts),
        "The network reported that it was not delivered.",
    );
    let txt = b"May 17, 2022  5:29:42 PM (Read by you after 1 hour, 49 seconds)\nBen\nyes\n\n\
        May 17, 2022  5:30:42 PM\nMe\nthanks\n\n";
    has(
        &told("Ben.txt", txt),
        "Read by you after 1 hour, 49 seconds.",
    );
}
