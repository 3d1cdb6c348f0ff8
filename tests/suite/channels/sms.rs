use super::{file, open, shared, take, walk};
use crate::suite::patience::no_hang;
use docket::import::ReadError;
use docket::model::{AttachmentState, Direction, Encoding, Kind, Marks, Role, Time};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::io::Read as _;

fn backup(records: &str) -> Vec<u8> {
    format!("<?xml version='1.0' encoding='UTF-8'?>\n<smses count=\"1\">\n{records}\n</smses>\n")
        .into_bytes()
}

#[test]
fn texts_in_both_directions_share_a_thread_over_spellings() {
    let bytes = backup(
        "<sms address=\"+447700900123\" date=\"1617181723004\" type=\"1\" body=\"Is it on?\" contact_name=\"Amina Yusuf\" />\n\
         <sms address=\"07700 900123\" date=\"1617181800\" type=\"2\" body=\"Yes &#55357;&#56842;&#10;At ten\" contact_name=\"Amina Yusuf\" />\n\
         <sms address=\"07700 900123\" date=\"1617181900000\" type=\"3\" body=\"Do not\" contact_name=\"Amina Yusuf\" />\n\
         <sms address=\"86444\" date=\"x\" type=\"1\" body=\"null\" contact_name=\"(Unknown)\" />",
    );
    let (_dir, export) = file("sms-20210331.xml", &bytes);
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "sms-backup-restore");
    assert_eq!(
        taken.texts(),
        ["Is it on?", "Yes \u{1F60A}\nAt ten", "Do not", "null"]
    );
    let [first, second, draft, empty] = taken.records.as_slice() else {
        panic!()
    };
    assert_eq!(first.sender.as_deref(), Some("Amina Yusuf <+447700900123>"));
    assert_eq!(second.sender.as_deref(), Some("Me"));
    assert_eq!(second.extra.direction, Some(Direction::Sent));
    assert_eq!(second.extra.recipients[0].who, "Amina Yusuf <07700 900123>");
    assert_eq!((first.thread, second.thread, draft.thread), (0, 0, 0));
    assert_eq!(taken.threads[0].title, "Amina Yusuf");
    assert_eq!(taken.threads[0].group, Some(false));
    let at = |seconds| Time::Instant {
        seconds,
        offset_minutes: None,
    };
    assert_eq!(
        (first.time, second.time),
        (at(1_617_181_723), at(1_617_181_800))
    );
    let (offset, length) = first.written.unwrap();
    let start = first.span.offset as usize + usize::from(offset);
    assert_eq!(&bytes[start..start + usize::from(length)], b"1617181723004");
    assert!(draft.marks.has(Marks::UNSENT));
    assert_eq!(draft.extra.unsent, "draft");
    assert_eq!((empty.kind, empty.time), (Kind::NotExported, Time::Unknown));
    assert_eq!(empty.sender.as_deref(), Some("86444"));
    assert_eq!(
        taken.summary.notes,
        ["The file says that it holds 1 messages; it holds 4."]
    );
}

#[test]
fn a_group_with_a_picture_a_card_and_a_lone_half() {
    let bytes = backup(
        "<sms address='+447700900001' date='1617181723004' type='1' body='hi' contact_name='Ben Okafor'/>\
         <mms date=\"1617181724000\" msg_box=\"1\" m_type=\"132\" address=\"+447700900001~+447700900002\" sub=\"Plan\" contact_name=\"Ben Okafor, Cara\" m_id=\"m1\">\
         <parts><part seq=\"-1\" ct=\"application/smil\" text=\"&lt;smil&gt;\"/>\
         <part seq=\"0\" ct=\"text/plain\" text=\"See&#55357; this\"/>\
         <part seq=\"1\" ct=\"image/jpeg\" name=\"null\" cl=\"plan.jpg\" text=\"null\" data=\"AAEC&#10;AwQ=\"/>\
         <part seq=\"2\" ct=\"text/x-vCard\" name=\"a.vcf\" text=\"BEGIN:VCARD&#13;&#10;END:VCARD\"/>\
         <part seq=\"3\" ct=\"video/mp4\" name=\"v.mp4\" text=\"null\"/></parts>\
         <addrs><addr address=\"+447700900001\" type=\"137\" charset=\"106\"/><addr address=\"+447700900002\" type=\"151\"/>\
         <addr address=\"+447700900003\" type=\"130\"/></addrs></mms>",
    );
    let (_dir, export) = file("sms.xml", &bytes);
    let taken = take(&export).unwrap();
    let group = &taken.records[1];
    assert_eq!(group.text, "Plan\n\nSee\u{FFFD} this");
    assert_eq!(group.extra.subject, "Plan");
    assert_eq!(group.kind, Kind::Attachment);
    assert!(group.marks.has(Marks::ATTACHMENT.with(Marks::DAMAGED)));
    assert_eq!(group.sender.as_deref(), Some("Ben Okafor <+447700900001>"));
    assert_eq!(taken.threads[1].group, Some(true));
    let roles: Vec<_> = group
        .extra
        .recipients
        .iter()
        .map(|r| (r.role, r.who.as_str()))
        .collect();
    assert_eq!(
        roles,
        [(Role::To, "+447700900002"), (Role::Cc, "+447700900003")]
    );
    let [picture, card, lost] = group.extra.attachments.as_slice() else {
        panic!()
    };
    assert_eq!(
        (picture.name.as_str(), picture.media.as_str()),
        ("plan.jpg", "photo")
    );
    assert_eq!(picture.within.unwrap().encoding, Encoding::Base64);
    assert_eq!(lost.state, AttachmentState::Missing);
    let read = |attachment: &docket::model::Attachment| {
        assert_eq!(attachment.item, None);
        let mut out = Vec::new();
        docket::import::within::open(&export, attachment.within.unwrap())
            .unwrap()
            .read_to_end(&mut out)
            .unwrap();
        out
    };
    assert_eq!(read(picture), [0, 1, 2, 3, 4]);
    assert_eq!(read(card), b"BEGIN:VCARD\r\nEND:VCARD");
}

#[test]
fn a_broken_record_costs_itself() {
    let bytes = backup(
        "<sms address=\"1\" date=\"1617181723004\" type=\"1\" body=\"one\"/>\n\
         <sms address=\"1\" date=\"1617181723004\" type=\"1\" body=\"lost\n\
         <sms address=\"1\" date=\"1617181723004\" type=\"1\" body=\"two\"/>\n\
         <mms date=\"1617181723004\" msg_box=\"1\" address=\"1\"><parts><part ct=\"text/plain\" text=\"lost\"/>\n\
         <sms address=\"1\" date=\"1617181723004\" type=\"1\" body=\"a > b < c 'd'\"/>\n\
         what is this <b>here</b>?\n\
         <sms address='1' date='1617181723004' type='1' body='three'></sms>",
    );
    let (_dir, export) = file("sms.xml", &bytes);
    let taken = take(&export).unwrap();
    let read: Vec<_> = taken
        .records
        .iter()
        .filter(|record| record.kind == Kind::Text)
        .map(|record| record.text.as_str())
        .collect();
    assert_eq!(read, ["one", "two", "a > b < c 'd'", "three"]);
    assert_eq!(taken.counts(), (4, 3));
}

#[test]
fn a_doctype_is_refused() {
    let bytes = b"<?xml version='1.0'?><!DOCTYPE smses [<!ENTITY a 'b'>]><smses count='1'><sms address='1' date='1' type='1' body='&a;'/></smses>";
    let (_dir, export) = file("sms.xml", bytes);
    assert!(matches!(take(&export), Err(ReadError::Refused { .. })));
}

#[test]
fn marks_without_ends_are_read_in_a_moment() {
    for piece in [
        "<?<sms />",
        "<!--<sms />",
        "<sms \"",
        "<mms>",
        "<smses <sms />",
        "<!<sms",
        "<a",
    ] {
        let bytes = backup(&piece.repeat(100_000));
        let (_dir, export) = file("sms.xml", &bytes);
        let begun = std::time::Instant::now();
        take(&export).unwrap();
        no_hang(begun, piece);
    }
}

#[test]
fn calls() {
    let bytes = b"<calls count=\"2\">\n<call number=\"+447700900001\" duration=\"125\" date=\"1617181723004\" type=\"1\" contact_name=\"Ben Okafor\"/>\n<call number=\"07700900001\" duration=\"0\" date=\"1617181723004\" type=\"3\" contact_name=\"(Unknown)\"/></calls>";
    let (_dir, export) = file("calls.xml", bytes);
    let taken = take(&export).unwrap();
    assert_eq!(taken.texts(), ["Incoming call, 2 min 5 s", "Missed call"]);
    assert!(
        taken
            .records
            .iter()
            .all(|record| record.kind == Kind::Call && record.thread == 0)
    );
    assert_eq!(taken.threads[0].channel, "calls");
}

#[test]
fn samples_give_their_independent_counts() {
    let Some(samples) = shared("samples") else {
        return;
    };
    // Of the malformed one, its one element is broken: it is set aside.
    for (name, expected) in [
        ("sms-backup-restore-fixtures/edge_cases.xml", (4, 0)),
        ("sms-backup-restore-fixtures/malformed.xml", (0, 1)),
        ("sms-backup-restore-fixtures/minimal_calls.xml", (1, 0)),
        ("sms-backup-restore-fixtures/minimal_mms.xml", (1, 0)),
        ("sms-backup-restore-fixtures/minimal_sms.xml", (1, 0)),
        ("sms-backup-restore-fixtures/mixed.xml", (4, 0)),
        ("sms-backup-restore-khasmek/sms.xml", (9, 0)),
        ("sms-backup-restore-radj/sms.xml", (2, 0)),
    ] {
        let taken = take(&open(&samples.join(name))).unwrap();
        assert_eq!(taken.counts(), expected, "{name}");
        assert!(
            taken
                .records
                .iter()
                .all(|r| r.kind == Kind::Unreadable || r.time != Time::Unknown)
        );
    }
}

#[test]
fn hostile_xml_is_refused_whole() {
    let Some(hostile) = shared("hostile/xml-defused") else {
        return;
    };
    for path in walk(&hostile) {
        let export = open(&path);
        let begun = std::time::Instant::now();
        // With this importer by force: by themselves they are nobody's.
        let outcome = super::take_with(&docket::import::sms::Sms, &export);
        no_hang(begun, "a document");
        if let Ok(taken) = outcome {
            assert!(taken.records.is_empty(), "{}", path.display());
        }
        assert!(super::detect(&export).is_none_or(|found| found.name() != "sms-backup-restore"));
    }
}

/// As Android's serialiser writes an attribute: everything beyond ASCII as UTF-16 references.
fn attribute(text: &str) -> String {
    let mut out = String::new();
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ (b' '..=b'~')) if !matches!(byte, b'"' | b'&' | b'<' | b'>') => {
                out.push(char::from(byte));
            }
            _ => write!(out, "&#{unit};").unwrap(),
        }
    }
    out
}

proptest! {
    #[test]
    fn random_backups_read_back(
        messages in proptest::collection::vec((0u8..5, 1u8..7, 1_000_000_000i64..2_000_000_000, "\\PC{1,40}"), 0..40),
        raw in any::<bool>(),
    ) {
        let mut records = String::new();
        for (who, kind, seconds, body) in &messages {
            let body = if raw {
                body.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
            } else {
                attribute(body)
            };
            writeln!(records, "  <sms protocol=\"0\" address=\"+44770090010{who}\" date=\"{seconds}123\" type=\"{kind}\" subject=\"null\" body=\"{body}\" read=\"1\" contact_name=\"Person {who}\" />").unwrap();
        }
        let bytes = backup(&records);
        let (_dir, export) = file("sms.xml", &bytes);
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.records.len(), messages.len());
        for (record, (who, kind, seconds, body)) in taken.records.iter().zip(&messages) {
            prop_assert_eq!(&record.text, body);
            prop_assert_eq!(record.time, Time::Instant { seconds: *seconds, offset_minutes: None });
            prop_assert_eq!(record.extra.direction == Some(Direction::Received), *kind == 1);
            prop_assert_eq!(record.marks.has(Marks::UNSENT), *kind > 2);
            let title = format!("Person {who}");
            prop_assert_eq!(&taken.threads[record.thread as usize].title, &title);
        }
    }

    #[test]
    fn damage_never_loses_a_byte(
        cuts in proptest::collection::vec((0usize..2000, any::<u8>()), 0..12),
    ) {
        let mut records = String::new();
        for number in 0..12 {
            writeln!(records, "<sms address=\"1\" date=\"1617181723004\" type=\"1\" body=\"{number}\"/><mms date=\"1617181723004\" msg_box=\"1\" address=\"1~2\"><parts><part ct=\"image/png\" data=\"AAAA\"/></parts></mms>").unwrap();
        }
        let mut bytes = backup(&records);
        let safe = bytes.iter().position(|byte| *byte == b's').unwrap() + 100;
        for (place, byte) in cuts {
            let place = safe + place % (bytes.len() - safe);
            bytes[place] = byte;
        }
        let (_dir, export) = file("sms.xml", &bytes);
        // `take_with` checks that the spans lie end to end.
        let _ = super::take_with(&docket::import::sms::Sms, &export);
    }
}
