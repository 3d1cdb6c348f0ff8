//! The rules of WhatsApp's exports, each on a chat made for it.

use super::import::{Kept, read};
use docket::import::{DateOrder, Export, Importer, ReadOptions, Summary, whatsapp};
use docket::model::{AttachmentState, Kind, Marks, Time};
use std::io::Write;

/// Reads a chat from a file of this name.
fn named(name: &str, chat: &[u8]) -> (Kept, Summary) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("given");
    std::fs::write(&path, chat).unwrap();
    read(&Export::from_file(&path, name).unwrap())
}

fn chat(text: &str) -> (Kept, Summary) {
    named("_chat.txt", text.as_bytes())
}

fn zip(name: &str, entries: &[(&str, &[u8])]) -> (tempfile::TempDir, Export) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("given.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, bytes) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    let export = Export::from_file(&path, name).unwrap();
    (folder, export)
}

#[test]
fn carriage_returns_end_messages_where_they_do_so_everywhere() {
    let (kept, _) = chat(
        "[31/12/2024, 10:00:00] Ann: one\r\n\
         [31/12/2024, 10:01:00] Ben: pasted:\n[30/12/2024, 09:00:00] Cat: old words\nend\r\n\
         [31/12/2024, 10:02:00] Ann: two\r\n",
    );
    assert_eq!(kept.messages(), 3);
    let pasted = &kept.records[1];
    assert_eq!(
        pasted.text,
        "pasted:\n[30/12/2024, 09:00:00] Cat: old words\nend"
    );
    assert!(pasted.marks.has(Marks::PASTED));
    assert!(!kept.records[0].marks.has(Marks::PASTED));
}

#[test]
fn a_chat_pasted_in_another_shape_stays_inside() {
    let (kept, summary) = chat(
        "31/12/2024, 10:00 - Ann: see\n[30/12/2024, 09:00:00] Cat: old words\n\
         31/12/2024, 10:01 - Ben: 12.02.24 - 18.02.24 holidays\n",
    );
    assert_eq!(kept.messages(), 2);
    assert!(kept.records[0].marks.has(Marks::PASTED));
    assert!(!kept.records[1].marks.has(Marks::PASTED));
    assert!(summary.notes.iter().any(|note| note.contains("pasted")));
}

#[test]
fn a_stranger_far_back_in_time_is_doubted() {
    let (kept, _) = chat(
        "31/12/2024, 10:00 - Ann: one\n31/12/2024, 10:01 - Ben: two\n\
         01/03/2020, 08:00 - Stranger: three\n\
         31/12/2024, 10:02 - Ann: four\n30/12/2024, 10:02 - Ben: late, but known\n",
    );
    let doubted: Vec<bool> = kept
        .records
        .iter()
        .map(|record| record.marks.has(Marks::PASTED))
        .collect();
    assert_eq!(doubted, [false, false, true, false, false]);
}

#[test]
fn bytes_before_the_first_message_and_half_lines_are_kept() {
    let (kept, summary) = named(
        "x.txt",
        b"\xEF\xBB\xBFjunk\n\n31/12/2024, 10:00 - Ann: on\xFFe\nhalf",
    );
    assert_eq!(kept.records.len(), 2);
    assert_eq!(kept.records[0].kind, Kind::Unreadable);
    assert_eq!(kept.records[0].text, "junk\n\n");
    assert_eq!(kept.records[1].text, "on\u{FFFD}e\nhalf");
    assert!(kept.records[1].marks.has(Marks::DAMAGED));
    assert!(
        summary
            .notes
            .iter()
            .any(|note| note.contains("as an exception"))
    );
}

#[test]
fn talk_about_adding_and_leaving_is_talk() {
    let (kept, _) = chat(
        "31/12/2024, 10:00 - Ann added Ben\n\
         31/12/2024, 10:01 - Ann: Cat added Dan\n\
         31/12/2024, 10:02 - Ann: I left\n\
         31/12/2024, 10:03 - Ann: <stdio.h>\n\
         31/12/2024, 10:04 - Ann changed the subject from \"plan: a\" to \"plan: b\"\n\
         31/12/2024, 10:05 - \"Nick\" Old: he left\n\
         31/12/2024, 10:06 - Ben left\n",
    );
    let kinds: Vec<(Kind, &str)> = kept
        .records
        .iter()
        .map(|record| (record.kind, record.extra.event.as_str()))
        .collect();
    assert_eq!(
        kinds,
        [
            (Kind::System, "added"),
            (Kind::Text, ""),
            (Kind::Text, ""),
            (Kind::Text, ""),
            (Kind::System, "subject"),
            (Kind::Text, ""),
            (Kind::System, "left"),
        ]
    );
    assert_eq!(kept.records[4].sender, None);
    assert_eq!(kept.records[5].sender.as_deref(), Some("\"Nick\" Old"));
    assert_eq!(kept.threads[0].title, "plan: b");
    assert_eq!(kept.threads[0].group, Some(true));
}

#[test]
fn names_keep_their_colons_where_they_recur() {
    let (kept, _) = chat(
        "31/12/2024, 10:00 - Team: Red: one\n31/12/2024, 10:01 - Team: Red: two\n\
         31/12/2024, 10:02 - Team: Red: three\n31/12/2024, 10:03 - Ann: note: a\n\
         31/12/2024, 10:04 - Ann: b\n31/12/2024, 10:05 - Ann: note: c\n\
         31/12/2024, 10:06 - \u{202A}+44 7700 900123\u{202C}: d\n\
         31/12/2024, 10:07 - Ann:\n31/12/2024, 10:08 - Ann: null\n31/12/2024, 10:09 - Ann:.\n",
    );
    let said: Vec<(&str, &str)> = kept
        .records
        .iter()
        .map(|record| (record.sender.as_deref().unwrap(), record.text.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("Team: Red", "one"),
            ("Team: Red", "two"),
            ("Team: Red", "three"),
            ("Ann", "note: a"),
            ("Ann", "b"),
            ("Ann", "note: c"),
            ("+44 7700 900123", "d"),
            ("Ann", ""),
            ("Ann", "null"),
            ("Ann", "."),
        ]
    );
    assert_eq!(kept.records[7].kind, Kind::NotExported);
    assert_eq!(kept.records[8].kind, Kind::NotExported);
}

#[test]
fn who_sends_nothing_but_files_places_or_polls_keeps_the_name() {
    let ios = chat(
        "[01/03/2024, 10:00:00] Ann: \u{200E}<attached: 00000001-PHOTO-2024-03-01-10-00-00.jpg>\r\n\
         [01/03/2024, 10:01:00] Ann: \u{200E}<attached: 00000002-PHOTO-2024-03-01-10-01-00.jpg>\r\n\
         [01/03/2024, 10:02:00] Ann: \u{200E}<attached: 00000003-AUDIO-2024-03-01-10-02-00.opus>\r\n\
         [01/03/2024, 10:03:00] Ann: \u{200E}<attached: 00000004-AUDIO-2024-03-01-10-03-00.opus>\r\n\
         [01/03/2024, 10:04:00] Ben: rota.xlsx \u{200E}<attached: 00000005-rota.xlsx>\r\n\
         [01/03/2024, 10:05:00] Ben: rota.xlsx \u{200E}<attached: 00000006-rota.xlsx>\r\n\
         [01/03/2024, 10:06:00] Ben: rota.xlsx \u{200E}<attached: 00000007-rota.xlsx>\r\n\
         [01/03/2024, 10:07:00] Cat: Location: https://maps.google.com/?q=51.5,-0.1\r\n\
         [01/03/2024, 10:08:00] Cat: Location: https://maps.google.com/?q=51.6,-0.1\r\n\
         [01/03/2024, 10:09:00] Cat: Location: https://maps.google.com/?q=51.7,-0.1\r\n",
    );
    let android = chat(
        "01/03/2024, 10:00 - Ann: POLL:\nTea?\nOPTION: yes (1 vote)\n\
         01/03/2024, 10:01 - Ann: POLL:\nTea?\nOPTION: no (0 votes)\n\
         01/03/2024, 10:02 - Ann: POLL:\nCake?\nOPTION: yes (2 votes)\n\
         01/03/2024, 10:03 - Ben: Harts: Sunday?\n",
    );
    for ((kept, _), senders) in [
        (
            ios,
            ["Ann"; 4]
                .iter()
                .chain(["Ben"; 3].iter())
                .chain(["Cat"; 3].iter()),
        ),
        (
            android,
            ["Ann"; 3]
                .iter()
                .chain(["Ben"; 1].iter())
                .chain([""; 0].iter()),
        ),
    ] {
        let found: Vec<&str> = kept
            .records
            .iter()
            .map(|record| record.sender.as_deref().unwrap_or_default())
            .collect();
        assert_eq!(found, senders.copied().collect::<Vec<_>>());
    }
}

#[test]
fn ios_lines_are_told_apart_by_marks_and_wording() {
    let (kept, _) = chat(concat!(
        "[31/12/2024, 10:00:00] The Group: \u{200E}Messages and calls are end-to-end encrypted. Only people in this chat can read, listen to, or share them.\r\n",
        "[31/12/2024, 10:00:01] Ann: \u{200E}Ann created this group\r\n",
        "[31/12/2024, 10:00:02] The Group: \u{200E}Ann added you\r\n",
        "[31/12/2024, 10:00:03] Ann: hello \u{200E}<This message was edited>\r\n",
        "\u{200E}[31/12/2024, 10:00:04] Ann: \u{200E}<attached: 00000004-PHOTO-2024-12-31-10-00-04.jpg>\r\n",
        "\u{200E}[31/12/2024, 10:00:05] Ann: plan b.xlsx \u{200E}<attached: 00000005-plan b.xlsx>\r\n",
        "\u{200E}[31/12/2024, 10:00:06] Ann: plan.pdf \u{2022} \u{200E}9 pages \u{200E}document omitted\r\n",
        "\u{200E}[31/12/2024, 10:00:07] Ann: \u{200E}image omitted\r\n",
        "\u{200E}[31/12/2024, 10:00:08] Ann: \u{200E}POLL:\nwhen?\n\u{200E}OPTION: now (\u{200E}3 votes)\n\u{200E}OPTION: later (\u{200E}0 votes)\r\n",
        "[31/12/2024, 10:00:09] Ann: \u{200E}This message was deleted.\r\n",
        "[31/12/2024, 10:00:10] Ann: \u{200E}Voice call, \u{200E}9 min\r\n",
        "[31/12/2024, 10:00:11] Ann: \u{200E}Location: https://maps.google.com/?q=51.5,-0.12\r\n",
        "[31/12/2024, 10:00:12] The Group: \u{200E}words that no list knows\r\n",
        "\u{200E}[31/12/2024, 10:00:13] Ann: \u{200E}kuva poijätetty\r\n",
        "[31/12/2024, 10:00:14] Ann: hei \u{200E}<Lukittu viestinviesti>\r\n",
        "[31/12/2024, 10:00:15] Ann: image omitted\r\n",
        "\u{200E}[31/12/2024, 10:00:16] Ann: \u{200E}Contact card omitted\r\n",
    ));
    let kinds: Vec<Kind> = kept.records.iter().map(|record| record.kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::System,
            Kind::System,
            Kind::System,
            Kind::Text,
            Kind::Attachment,
            Kind::Attachment,
            Kind::Omitted,
            Kind::Omitted,
            Kind::Poll,
            Kind::Deleted,
            Kind::Call,
            Kind::Location,
            Kind::System,
            Kind::Omitted,
            Kind::Text,
            Kind::Text,
            Kind::Contact,
        ]
    );
    let edited = |index: usize| kept.records[index].marks.has(Marks::EDITED);
    assert!(edited(3) && edited(14) && !edited(15));
    assert_eq!(
        kept.records[5].extra.attachments[0].name,
        "00000005-plan b.xlsx"
    );
    assert_eq!(kept.records[6].extra.attachments[0].name, "plan.pdf");
    assert_eq!(kept.records[2].sender, None);
    assert_eq!(kept.records[1].sender.as_deref(), Some("Ann"));
    assert_eq!(kept.threads[0].title, "The Group");
    assert_eq!(kept.threads[0].group, Some(true));
}

#[test]
fn a_long_caption_does_not_hide_what_was_left_out() {
    let (kept, _) = chat(&format!(
        "\u{200E}[31/12/2024, 10:00:04] Ann: {} \u{200E}image omitted\r\n[31/12/2024, 10:00:05] Ann: {}\r\n",
        "long ".repeat(200),
        "long ".repeat(200),
    ));
    assert_eq!(kept.records[0].kind, Kind::Omitted);
    assert_eq!(kept.records[1].kind, Kind::Text);
}

#[test]
fn languages_have_their_wording() {
    let (kept, summary) = named(
        "WhatsApp Chat mit Büro.txt",
        "01.02.24, 10:00 - Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt. Niemand außerhalb dieses Chats kann sie lesen.\n\
         01.02.24, 10:01 - Ann hat Ben hinzugefügt.\n\
         01.02.24, 10:02 - Ann: <Medien ausgeschlossen>\nplan.pdf\n\
         01.02.24, 10:03 - Ann: Diese Nachricht wurde gelöscht.\n\
         01.02.24, 10:04 - Ann: ja <Diese Nachricht wurde bearbeitet.>\n\
         01.02.24, 10:05 - Ann: \u{200E}IMG-20240201-WA0001.jpg (Datei angehängt)\nmit Text\n\
         01.02.24, 10:06 - Ann hat selbstlöschende Nachrichten aktiviert.\n"
            .as_bytes(),
    );
    let kinds: Vec<Kind> = kept.records.iter().map(|record| record.kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::System,
            Kind::System,
            Kind::Omitted,
            Kind::Deleted,
            Kind::Text,
            Kind::Attachment,
            Kind::System
        ]
    );
    assert!(kept.records[4].marks.has(Marks::EDITED));
    assert_eq!(
        kept.records[5].extra.attachments[0].state,
        AttachmentState::Missing
    );
    assert_eq!(kept.records[6].extra.event, "timer-on");
    assert_eq!(kept.threads[0].title, "Büro");
    assert_eq!(summary.date_order, Some(DateOrder::Dmy));
}

#[test]
fn a_person_can_add_wording() {
    let mut words = whatsapp::words::Words::from_lists();
    words
        .add("eo", "system added = * aldonis *\ndeleted = Forigita\n")
        .unwrap();
    assert_eq!(words.add("eo", "ok\n").unwrap_err().line, 1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.txt");
    std::fs::write(
        &path,
        "31/12/2024, 10:00 - Ann aldonis Ben\n31/12/2024, 10:01 - Ann: Forigita\n",
    )
    .unwrap();
    let export = Export::from_file(&path, "c.txt").unwrap();
    let mut kept = Kept::default();
    whatsapp::WhatsApp::with_words(words)
        .read(&export, &ReadOptions::default(), &mut kept)
        .unwrap();
    assert_eq!(kept.records[0].extra.event, "added");
    assert_eq!(kept.records[1].kind, Kind::Deleted);
}

#[test]
fn the_order_of_dates_is_proved_or_assumed_or_given() {
    let order = |text: &str| {
        let (_, summary) = chat(text);
        (summary.date_order.unwrap(), summary.date_order_assumed)
    };
    assert_eq!(order("13/12/24, 10:00 - Ann: x\n"), (DateOrder::Dmy, false));
    assert_eq!(order("12/13/24, 10:00 - Ann: x\n"), (DateOrder::Mdy, false));
    assert_eq!(
        order("2024/12/01, 10:00 - Ann: x\n"),
        (DateOrder::Ymd, false)
    );
    assert_eq!(order("01.02.24, 10:00 - Ann: x\n"), (DateOrder::Dmy, false));
    assert_eq!(
        order("[01-02-2024, 10:00:00] Ann: x\n"),
        (DateOrder::Dmy, false)
    );
    assert!(order("01/02/24, 10:00 - Ann: x\n").1);
    assert!(order("1/2/24, 3:00 PM - Ann: x\n").1);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.txt");
    std::fs::write(&path, "01/02/24, 10:00 - Ann: x\n").unwrap();
    let export = Export::from_file(&path, "c.txt").unwrap();
    for (given, time) in [
        (DateOrder::Dmy, 1_706_781_600),
        (DateOrder::Mdy, 1_704_189_600),
    ] {
        let mut kept = Kept::default();
        let options = ReadOptions {
            date_order: Some(given),
        };
        let summary = whatsapp::WhatsApp::STANDARD
            .read(&export, &options, &mut kept)
            .unwrap();
        assert_eq!(kept.records[0].time, Time::Local(time));
        assert!(!summary.date_order_assumed);
        assert!(summary.date_order_basis.contains("given by the reviewer"));
    }
}

#[test]
fn orders_are_never_mixed_in_one_file() {
    let mut text = String::new();
    for day in 13..=30 {
        text.push_str(&format!("{day}/01/2024, 10:00 - Ann: x\n"));
    }
    text.push_str("01/31/2024, 10:00 - Ann: y\n");
    let (kept, summary) = chat(&text);
    assert_eq!(summary.date_order, Some(DateOrder::Dmy));
    assert!(summary.date_order_assumed);
    assert_eq!(kept.records.last().unwrap().time, Time::Unknown);
    assert_eq!(kept.messages(), 19);
    assert!(
        summary
            .notes
            .iter()
            .any(|note| note.contains("cannot be read"))
    );
}

#[test]
fn a_date_without_a_year_is_no_time() {
    let (kept, _) = chat("10:35 PM, 07 20 - Ann: x\n10:36 PM, 07 20 - Ben: y\n");
    assert_eq!(kept.messages(), 2);
    assert_eq!(kept.records[0].time, Time::Unknown);
    assert_eq!(kept.records[0].sender.as_deref(), Some("Ann"));
    assert_eq!(kept.records[0].written, Some((0, 15)));
}

#[test]
fn unknown_words_for_the_halves_of_the_day_are_told_apart_by_their_order() {
    let mut text = String::new();
    for day in 20..25 {
        text.push_str(&format!("{day}/01/2024, 9:00 mañanita - Ann: x\n"));
        text.push_str(&format!("{day}/01/2024, 3:00 tardecita - Ann: y\n"));
    }
    let (kept, _) = chat(&text);
    let hours: Vec<i64> = kept
        .records
        .iter()
        .map(|record| match record.time {
            Time::Local(time) => time % 86_400 / 3_600,
            _ => -1,
        })
        .collect();
    assert_eq!(hours, [9, 15].repeat(5));
}

#[test]
fn the_chat_of_a_zip_is_found_and_its_files_are_linked() {
    let text = "31/12/2024, 10:00 - Ann: IMG-20241231-WA0001.jpg (file attached)\n\
                31/12/2024, 10:01 - Ann: IMG-20241231-WA0002.jpg (file attached)\n\
                31/12/2024, 10:02 - Ann: notes.txt (file attached)\n";
    let (_folder, export) = zip(
        "WhatsApp Chat with A_B.zip",
        &[
            ("Chats/IMG-20241231-WA0001.jpg", b"jpeg"),
            ("Chats/notes.txt", b"31/12/2024, 10:00 - x: y\n31/12/2024, 10:00 - x: y\n31/12/2024, 10:00 - x: y\n31/12/2024, 10:00 - x: y\n"),
            ("Chats/WhatsApp Chat with AB.txt", text.as_bytes()),
            ("__MACOSX/._x", b"mac"),
        ],
    );
    let (kept, summary) = read(&export);
    assert_eq!(summary.chat_item, Some(2));
    let files: Vec<_> = kept
        .records
        .iter()
        .map(|record| {
            (
                record.extra.attachments[0].state,
                record.extra.attachments[0].item,
            )
        })
        .collect();
    assert_eq!(
        files,
        [
            (AttachmentState::Present, Some(0)),
            (AttachmentState::Missing, None),
            (AttachmentState::Present, Some(1)),
        ]
    );
    assert_eq!(kept.threads[0].title, "A_B");
}

/// Files without an ending: the app's mark tells its tag, and of other lines that the file is there.
#[test]
fn a_file_without_an_ending_is_a_file() {
    let ios = "[31/12/2024, 10:00:00] Ann: \u{200E}<attached: 00000001-README>\r\n\
               [31/12/2024, 10:00:01] Ann: README \u{2022} \u{200E}<attached: 00000002-README>\r\n\
               [31/12/2024, 10:00:02] Ann: <attached: nothing>\r\n\
               [31/12/2024, 10:00:03] Ann: hello \u{200E}<This message was edited>\r\n";
    let android = "31/12/2024, 10:00 - Ann: README (file attached)\n\
                   31/12/2024, 10:01 - Ann: nothing (file attached)\n\
                   31/12/2024, 10:02 - Ann: README (read it)\n";
    for (name, text, file, wanted) in [
        (
            "_chat.txt",
            ios,
            "00000001-README",
            &["present", "missing", "", ""][..],
        ),
        (
            "WhatsApp Chat with Ann.txt",
            android,
            "README",
            &["present", "", ""],
        ),
    ] {
        let (_folder, export) = zip(name, &[(name, text.as_bytes()), (file, b"x")]);
        let (kept, _) = read(&export);
        let states: Vec<&str> = kept
            .records
            .iter()
            .map(|record| {
                let first = record.extra.attachments.first();
                first.map_or("", |file| file.state.name())
            })
            .collect();
        assert_eq!(states, wanted, "{name}");
    }
}

#[test]
fn one_line_without_end_is_cut_into_pieces() {
    let mut text = b"31/12/2024, 10:00 - Ann: ".to_vec();
    text.resize(11 << 20, b'x');
    let (kept, summary) = named("x.txt", &text);
    assert_eq!(kept.messages(), 1);
    assert!(kept.records.len() >= 3);
    assert!(
        kept.records
            .iter()
            .all(|record| record.text.len() < 6 << 20)
    );
    assert!(summary.notes.iter().any(|note| note.contains("4 MiB")));
}

#[test]
fn a_round_count_is_told() {
    let line = "31/12/2024, 10:00 - Ann: x\n";
    let (_, summary) = chat(&line.repeat(39_999));
    assert!(summary.notes.iter().any(|note| note.contains("40000")));
    let (_, summary) = chat(&line.repeat(100));
    assert!(
        !summary
            .notes
            .iter()
            .any(|note| note.contains("stops an export"))
    );
}
