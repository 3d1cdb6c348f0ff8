use super::{file, files, open, shared, take};
use docket::model::{Direction, Kind, Marks, Time};
use proptest::prelude::*;
use std::fmt::Write as _;

const ME: &str = "https://www.linkedin.com/in/amina";
const BEN: &str = "https://www.linkedin.com/in/ben";

#[test]
fn the_newest_generation() {
    let table = format!(
        "\u{feff}\"CONVERSATION ID\",\"CONVERSATION TITLE\",\"FROM\",\"SENDER PROFILE URL\",\"TO\",\"RECIPIENT PROFILE URLS\",\"DATE\",\"SUBJECT\",\"CONTENT\",\"FOLDER\",\"ATTACHMENTS\",\"IS MESSAGE DRAFT\",\"IS CONVERSATION DRAFT\"\r\n\
         2-a==,,Amina Yusuf,{ME},\"Ben Okafor, CPHR\",{BEN},2023-04-22 08:18:59 UTC,,\"Two\r\nlines, \"\"quoted\"\"\",INBOX,,No,No\r\n\
         2-a==,,\"Ben Okafor, CPHR\",{BEN},Amina Yusuf,{ME},2023-04-22 08:18:58 UTC,Offer,<p>One</p><p>Two</p>,INBOX,,No,No\r\n\
         2-b==,Planning,Amina Yusuf,{ME},\"Ben Okafor, CPHR, Cara\",\"{BEN},https://www.linkedin.com/in/cara\",2023-04-21 08:18:58 UTC,,draft,ARCHIVE,,true,false\r\n\
         2-b==,Planning,LinkedIn Member,,Amina Yusuf,{ME},04/21/23,,,ARCHIVE,https://example.com/a https://example.com/b,false,false\r\n\
         \r\n\
         2-b==,Planning,,,Amina Yusuf,{ME},2023-04-21 08:18:50 UTC,,,ARCHIVE,,false,false\r\n"
    );
    let (_dir, export) = file("messages.csv", table.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.importer, "linkedin");
    assert_eq!(
        taken.texts(),
        [
            "Two\r\nlines, \"quoted\"",
            "Offer\n\nOne\n\nTwo",
            "draft",
            "",
            ""
        ]
    );
    let [first, second, draft, member, nobody] = taken.records.as_slice() else {
        panic!()
    };
    assert_eq!(
        first.extra.recipients[0].who,
        format!("Ben Okafor, CPHR <{BEN}>")
    );
    assert_eq!(
        second.sender.as_deref(),
        Some(format!("Ben Okafor, CPHR <{BEN}>").as_str())
    );
    assert_eq!(
        first.time,
        Time::Instant {
            seconds: 1_682_151_539,
            offset_minutes: Some(0)
        }
    );
    assert_eq!(second.extra.subject, "Offer");
    assert!(draft.marks.has(Marks::UNSENT));
    let who: Vec<_> = draft
        .extra
        .recipients
        .iter()
        .map(|one| one.who.as_str())
        .collect();
    assert_eq!(
        who,
        [
            &format!("Ben Okafor, CPHR <{BEN}>"),
            "https://www.linkedin.com/in/cara"
        ]
    );
    assert_eq!(
        (member.kind, member.extra.attachments.len()),
        (Kind::Attachment, 2)
    );
    assert_eq!(member.time, Time::Unknown);
    assert_eq!(
        (nobody.kind, nobody.sender.as_deref()),
        (Kind::NotExported, None)
    );
    assert_eq!(
        (taken.title(0), taken.title(2)),
        ("Ben Okafor, CPHR", "Planning")
    );
    assert_eq!(draft.extra.labels, ["ARCHIVE"]);
    let (offset, length) = first.written.unwrap();
    let begin = first.span.offset as usize + usize::from(offset);
    assert_eq!(
        &table.as_bytes()[begin..begin + usize::from(length)],
        b"2023-04-22 08:18:59 UTC"
    );
}

#[test]
fn the_oldest_generation_and_the_whole_archive() {
    let table = "From,To,Date,Subject,Content,Direction,Folder\nAmina Yusuf,Ben Okafor,2017-01-02 03:04:05,,hi,OUTGOING,SENT\nBen Okafor,Amina Yusuf,2017-01-02 03:04:06,,ho,INCOMING,INBOX\nAmina Yusuf,Ben Okafor,2017-01-02 03:04:07,,ha,OUTGOING,SENT\n";
    let (_dir, export) = files(
        "Basic_LinkedInDataExport",
        &[
            ("Connections.csv", b"First Name,Last Name\nBen,Okafor\n"),
            ("messages.csv", table.as_bytes()),
        ],
    );
    let taken = take(&export).unwrap();
    assert_eq!((taken.threads.len(), taken.title(0)), (1, "Ben Okafor"));
    assert_eq!(taken.records[0].extra.direction, Some(Direction::Sent));
    assert_eq!(taken.records[1].extra.direction, Some(Direction::Received));
    assert_eq!(taken.records[0].time, Time::Local(1_483_326_245));
}

#[test]
fn names_with_commas_are_one_where_they_are_known() {
    let table = "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,DATE,SUBJECT,CONTENT,FOLDER\na,,\"Femi O, CPHR\",u,\"Amina, Ben\",2021-06-15 16:37:00 UTC,,x,INBOX\na,,Amina,v,\"Femi O, CPHR, Ben\",2021-06-15 16:36:00 UTC,,y,INBOX\n";
    let (_dir, export) = file("messages.csv", table.as_bytes());
    let taken = take(&export).unwrap();
    let who = |record: usize| -> Vec<&str> {
        taken.records[record]
            .extra
            .recipients
            .iter()
            .map(|one| one.who.as_str())
            .collect()
    };
    assert_eq!(who(0), ["Amina", "Ben"]);
    assert_eq!(who(1), ["Femi O, CPHR", "Ben"]);
}

#[test]
fn a_broken_row_costs_itself() {
    let head = "CONVERSATION ID,FROM,DATE,CONTENT";
    let row = |text: &str| format!("a,Ben,2021-06-15 16:37:00 UTC,{text}\n");
    let table = format!(
        "{head}\n{}{}{}{}{}{}",
        row("one"),
        row("\"lost"),
        row("\"two\""),
        row("too,many"),
        row("5\" pipe"),
        "a,Ben,2021-06-15 16:37:00 UTC,\"never closed\n"
    );
    let (_dir, export) = file("messages.csv", table.as_bytes());
    let taken = take(&export).unwrap();
    let read: Vec<_> = taken
        .records
        .iter()
        .filter(|one| one.kind == Kind::Text)
        .map(|one| one.text.as_str())
        .collect();
    assert_eq!(read, ["one", "two", "5\" pipe"]);
    assert_eq!(taken.counts(), (3, 3));
}

#[test]
fn the_sample_gives_its_independent_count() {
    let Some(samples) = shared("samples/linkedin-9col") else {
        return;
    };
    let taken = take(&open(&samples.join("messages.csv"))).unwrap();
    assert_eq!(taken.counts(), (3593, 0));
    assert_eq!(taken.threads.len(), 992);
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
            .all(|record| !record.text.contains("</"))
    );
}

proptest! {
    #[test]
    fn random_tables_read_back(
        rows in proptest::collection::vec((0u8..4, "\\PC{0,12}", "[^<]{0,40}", 0i64..2_000_000_000, any::<bool>()), 0..30),
        generation in 0usize..4,
    ) {
        const GENERATIONS: [&[&str]; 4] = [
            &["CONVERSATION ID", "CONVERSATION TITLE", "FROM", "SENDER PROFILE URL", "TO", "DATE", "SUBJECT", "CONTENT", "FOLDER"],
            &["CONVERSATION ID", "CONVERSATION TITLE", "FROM", "SENDER PROFILE URL", "TO", "RECIPIENT PROFILE URLS", "DATE", "SUBJECT", "CONTENT", "FOLDER"],
            &["Conversation Id", "Conversation Title", "From", "Sender Profile Url", "To", "Recipient Profile Urls", "Date", "Subject", "Content", "Folder", "Attachments", "Is Message Draft"],
            &["CONVERSATION ID", "CONVERSATION TITLE", "FROM", "SENDER PROFILE URL", "TO", "RECIPIENT PROFILE URLS", "DATE", "SUBJECT", "CONTENT", "FOLDER", "ATTACHMENTS", "IS MESSAGE DRAFT", "IS CONVERSATION DRAFT"],
        ];
        let columns = GENERATIONS[generation];
        let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let mut table = columns.join(",");
        table.push('\n');
        for (who, subject, content, seconds, draft) in &rows {
            let cells: Vec<String> = columns.iter().map(|column| match column.to_uppercase().as_str() {
                "CONVERSATION ID" => cell(&format!("c{who}")),
                "FROM" => cell(&format!("P{who}")),
                "SENDER PROFILE URL" => format!("https://example.com/{who}"),
                "TO" => "Q".into(),
                "RECIPIENT PROFILE URLS" => "https://example.com/q".into(),
                "DATE" => chrono::DateTime::from_timestamp(*seconds, 0).unwrap().format("%Y-%m-%d %H:%M:%S UTC").to_string(),
                "SUBJECT" => cell(subject),
                "CONTENT" => cell(content),
                "IS MESSAGE DRAFT" => if *draft { "Yes" } else { "No" }.into(),
                _ => String::new(),
            }).collect();
            writeln!(table, "{}", cells.join(",")).unwrap();
        }
        let (_dir, export) = file("messages.csv", table.as_bytes());
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.records.len(), rows.len());
        for (record, (who, subject, content, seconds, draft)) in taken.records.iter().zip(&rows) {
            let subject = subject.trim();
            let text = match (subject.is_empty(), content.is_empty()) {
                (true, _) => content.clone(),
                (false, true) => subject.to_owned(),
                (false, false) => format!("{subject}\n\n{content}"),
            };
            prop_assert_eq!(&record.text, &text);
            let time = Time::Instant { seconds: *seconds, offset_minutes: Some(0) };
            prop_assert_eq!(record.time, time);
            let sender = format!("P{who} <https://example.com/{who}>");
            prop_assert_eq!(record.sender.as_deref(), Some(sender.as_str()));
            prop_assert_eq!(record.marks.has(Marks::UNSENT), *draft && generation > 1);
        }
    }
}
