//! LINE's chat histories.

use super::{file, take};
use docket::model::{AttachmentState, Kind, Marks, Time};
use proptest::prelude::*;

/// 15 January 2024, 15:04, on a clock.
const NOON: i64 = 1_705_331_040;

#[test]
fn a_phone_in_japanese() {
    let chat = "\u{feff}[LINE] 花子とのトーク履歴\r\n保存日時：2024/01/20 11:59\r\n\r\n\
        2024/01/15(月)\r\n\
        15:04\t花子\t\"お疲れ様です！\r\n\"\"よろしく\"\"お願いします！\"\r\n\
        15:05\t太郎\t[写真]\r\n\
        15:06\t太郎\t[ファイル] 議事録.pdf\r\n\
        15:07\t花子\t☎ 不在着信\r\n\
        15:08\t花子がメッセージの送信を取り消しました\r\n\
        15:09\t\tメッセージの送信を取り消しました\r\n\
        15:10\t花子\t\"unmatched\r\n\r\n\
        2024/01/16(火)\r\n\
        午前0:30\t太郎\t[スタンプ]\r\n";
    let (_dir, export) = file("[LINE] 花子とのトーク.txt", chat.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(
        (taken.importer, taken.counts(), taken.title(0)),
        ("line", (8, 0), "花子")
    );
    assert_eq!(taken.threads[0].group, Some(false));
    let [quote, photo, minutes, call, unsent, mine, open, sticker] = taken.records.as_slice()
    else {
        panic!()
    };
    assert_eq!(quote.text, "お疲れ様です！\n\"よろしく\"お願いします！");
    assert_eq!(quote.sender.as_deref(), Some("花子"));
    assert_eq!(quote.time, Time::Local(NOON));
    assert_eq!(
        quote.extra.time_as_written.as_deref(),
        Some("2024/01/15(月) 15:04")
    );
    assert_eq!(photo.kind, Kind::Omitted);
    assert_eq!(photo.extra.attachments[0].media, "photo");
    assert_eq!(minutes.kind, Kind::Attachment);
    assert_eq!(minutes.extra.attachments[0].name, "議事録.pdf");
    assert_eq!(minutes.extra.attachments[0].state, AttachmentState::Omitted);
    assert_eq!(
        (call.kind, call.extra.event.as_str()),
        (Kind::Call, "missed")
    );
    assert_eq!(
        (unsent.kind, unsent.sender.as_deref()),
        (Kind::Deleted, Some("花子"))
    );
    assert_eq!((mine.kind, mine.sender.as_deref()), (Kind::Deleted, None));
    assert_eq!(open.text, "\"unmatched");
    assert_eq!(
        sticker.time,
        Time::Local(NOON - 15 * 3600 - 4 * 60 + 86_400 + 30 * 60)
    );
}

#[test]
fn the_days_of_the_week_settle_the_order_of_dates() {
    let chat = |days: [&str; 2]| {
        format!(
            "[LINE] Chat history in Choir\nSaved on: 9/26/2026, 11:00\n\n{}\n3:04PM\tBen\tone\n\n{}\n12:04AM\tCara\ttwo\n12:05AM\t\tDan joined the group.\n",
            days[0], days[1]
        )
    };
    for (days, order) in [
        (["Mon, 01/15/2024", "Thu, 02/01/2024"], "mdy"),
        (["Mon, 15/01/2024", "Thu, 01/02/2024"], "dmy"),
        (["Mon, 15/01/2567 BE", "Thu, 01/02/2567 BE"], "dmy"),
    ] {
        let text = chat(days);
        let (_dir, export) = file("chat.txt", text.as_bytes());
        let taken = take(&export).unwrap();
        assert_eq!(taken.counts(), (3, 0));
        assert_eq!(taken.summary.date_order.unwrap().name(), order);
        assert!(!taken.summary.date_order_assumed);
        assert_eq!(taken.records[0].time, Time::Local(NOON));
        assert_eq!(taken.records[1].time, Time::Local(1_706_745_840));
        assert_eq!(taken.records[2].kind, Kind::System);
        assert_eq!(taken.records[2].extra.event, "joined");
        assert_eq!(taken.threads[0].group, Some(true));
    }
    // The same day either way, in a language whose days are not known here.
    let text = chat(["xyz, 02/01/2024", "xyz, 03/01/2024"]);
    let (_dir, export) = file("chat.txt", text.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (3, 0));
    assert!(taken.summary.date_order_assumed);
}

#[test]
fn a_day_that_was_not_costs_the_dates_after_it() {
    let chat = "[LINE] Chat history with Ben\nSaved on: 2024/01/20 10:00\n\n2024/01/15(Mon)\n15:04\tBen\tone\n\n2024/01/16(Mon)\n15:05\tBen\ttwo\n\n2024/01/17(Wed)\n15:04\tBen\tthree\n";
    let (_dir, export) = file("chat.txt", chat.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (3, 1));
    assert_eq!(taken.records[0].time, Time::Local(NOON));
    assert_eq!(taken.records[2].time, Time::Unknown);
    assert_eq!(taken.records[3].time, Time::Local(NOON + 2 * 86_400));
}

#[test]
fn a_pasted_chat_in_quotation_marks_is_one_text() {
    let chat = "[LINE] Chat history with Ben\nSaved on: 2024/01/20 10:00\n\n2024/01/15(Mon)\n15:04\tBen\t\"see what they wrote:\n12:00\tCara\tnever\nand so on\"\n15:05\tBen\t\"quoted\" and on\n15:06\tBen\t\"open,\nand a line\n15:07\tBen\tlast\n";
    let (_dir, export) = file("chat.txt", chat.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(
        taken.texts(),
        [
            "see what they wrote:\n12:00\tCara\tnever\nand so on",
            "\"quoted\" and on",
            "\"open,\nand a line",
            "last"
        ]
    );
    assert!(taken.records[0].marks.has(Marks::PASTED));
    assert!(!taken.records[2].marks.has(Marks::PASTED));
}

#[test]
fn a_computer_parts_by_spaces_and_names_are_found() {
    let mut chat = "2024.01.15 Monday\n".to_owned();
    for hour in 10..20 {
        chat.push_str(&format!(
            "{hour}:00 Amina Yusuf word{hour} and more\n{hour}:10 Amina Khan other{hour} words\n{hour}:20 Ben Photos\n"
        ));
    }
    chat.push_str(
        "19:30 Ben see:\n12:00 noon is the time\nthe end\n2024.01.16 Tuesday\n09:00 Cara hello\n",
    );
    let (_dir, export) = file("[LINE]Choir.txt", chat.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!((taken.importer, taken.title(0)), ("line", "Choir"));
    assert_eq!(taken.counts(), (32, 0));
    let sender = |record: usize| taken.records[record].sender.as_deref().unwrap();
    assert_eq!(
        [sender(0), sender(1), sender(2), sender(31)],
        ["Amina Yusuf", "Amina Khan", "Ben", "Cara"]
    );
    assert_eq!(taken.records[0].text, "word10 and more");
    assert_eq!(
        taken.records[30].text,
        "see:\n12:00 noon is the time\nthe end"
    );
    assert!(taken.records[30].marks.has(Marks::PASTED));
    assert_eq!(
        taken.records[31].time,
        Time::Local(NOON - 6 * 3600 - 240 + 86_400)
    );
    assert_eq!(taken.summary.notes.len(), 1);
}

#[test]
fn what_stands_outside_messages_is_kept() {
    let chat = "[LINE] Chat history with Ben\nsome other line\n\n10:00\tBen\tno day yet\n\n2024/01/15(Mon)\nlost\n15:04\tBen\tx\n";
    let (_dir, export) = file("chat.txt", chat.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (2, 2));
    assert_eq!(taken.records[1].time, Time::Unknown);
    assert!(!taken.records[1].extra.notes.is_empty());
    for other in [
        "Dear all,\n2024/01/15(Mon)\n10:00\tx\ty\n",
        "10:00\tx\ty\n",
        "",
        "[2024/01/15, 10:00:00] Ben: x\n[2024/01/15, 10:00:01] Ben: y\n",
    ] {
        let (_dir, export) = file("notes.txt", other.as_bytes());
        assert!(super::detect(&export).is_none_or(|one| one.name() != "line"));
    }
}

/// One message of a random chat: who, the words, and minutes after the one before.
type Said = (u8, String, u32);

fn write(said: &[Said], dialect: u8) -> (String, Vec<i64>) {
    let name = |who: u8| ["花子", "Ben Okafor", "\"Cara\"", "D,an"][usize::from(who)];
    let mut chat = match dialect % 3 {
        0 => "[LINE] Chat history with Ben Okafor\nSaved on: 2024/01/20 10:00\n",
        1 => "[LINE] 合唱団のトーク履歴\n保存日時：2024/01/20 10:00\n",
        _ => "[LINE] 與Ben的聊天記錄\n儲存日期：2024/01/20 10:00\n",
    }
    .to_owned();
    let mut clock = NOON;
    let mut day = None;
    let mut times = Vec::new();
    for (who, words, later) in said {
        clock += i64::from(*later) * 60;
        times.push(clock);
        let at = chrono::DateTime::from_timestamp(clock, 0).unwrap();
        if day != Some(at.date_naive()) {
            day = Some(at.date_naive());
            let form = ["%a, %m/%d/%Y", "%Y/%m/%d(%a)", "%Y.%m.%d %A"][usize::from(dialect % 3)];
            chat.push_str(&format!("\n{}\n", at.format(form)));
        }
        let half = |am, pm| {
            if at.format("%p").to_string() == "AM" {
                am
            } else {
                pm
            }
        };
        let time = match dialect / 3 {
            0 => at.format("%H:%M").to_string(),
            1 => at.format("%I:%M%p").to_string(),
            _ => format!("{}{}", half("上午", "下午"), at.format("%I:%M")),
        };
        let words = if words.contains('\n') {
            format!("\"{}\"", words.replace('"', "\"\""))
        } else {
            words.clone()
        };
        chat.push_str(&format!("{time}\t{}\t{words}\n", name(*who)));
    }
    (chat, times)
}

fn said() -> impl Strategy<Value = Vec<Said>> {
    let words = prop_oneof![
        "[^\r\n\t\u{feff}]{1,40}",
        "[a-z\" ]{0,12}\n[a-z\" ]{1,12}\n[0-9:a-z\t]{0,12}",
        Just("15:04\tBen\tx\nand".to_owned()),
    ];
    // Words of nothing but white space are not exported as such, and one quotation mark at the
    // start of a single line is the start of several.
    let words = words.prop_filter("words", |words| {
        !words.trim().is_empty() && (words.contains('\n') || !words.starts_with('"'))
    });
    proptest::collection::vec((0u8..4, words, 0u32..900), 1..25)
}

proptest! {
    #[test]
    fn random_chats_read_back(said in said(), dialect in 0u8..9) {
        let (chat, times) = write(&said, dialect);
        let (_dir, export) = file("chat.txt", chat.as_bytes());
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.importer, "line");
        prop_assert_eq!(taken.counts(), (said.len(), 0));
        for (record, ((who, words, _), time)) in taken.records.iter().zip(said.iter().zip(times)) {
            prop_assert_eq!(&record.text, words);
            prop_assert_eq!(record.time, Time::Local(time));
            let name = ["花子", "Ben Okafor", "\"Cara\"", "D,an"][usize::from(*who)];
            prop_assert_eq!(record.sender.as_deref(), Some(name));
        }
    }

    #[test]
    fn damage_never_loses_a_byte(
        said in said(),
        dialect in 0u8..9,
        cut in 0usize..2000,
        bytes in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let (chat, _) = write(&said, dialect);
        let mut chat = chat.into_bytes();
        let at = cut % (chat.len() + 1);
        let end = (at + bytes.len() / 2).min(chat.len());
        chat.splice(at..end, bytes);
        let (_dir, export) = file("chat.txt", &chat);
        // `take` checks that every byte is accounted for.
        super::take_with(docket::import::by_name("line").unwrap(), &export).unwrap();
    }
}
