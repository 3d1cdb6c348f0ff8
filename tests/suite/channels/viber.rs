//! Viber's message histories.

use super::{file, take, take_with};
use docket::model::{Direction, Kind, Marks, Time};
use proptest::prelude::*;

/// 17 August 2014, 12:52:56, on a clock.
const NOON: i64 = 1_408_279_976;

#[test]
fn rows_parted_by_commas_hold_any_text() {
    let chat = "17/08/2014,12:52:56,Me,+447700900123,Hi, all of you\r\n17/08/2014,12:58:34,Ben,+447700900124,\"quoted\" he said\r\nand a second line\r\n17/08/2014,12:59:00,Ben,+447700900124,Фотоповідомлення\r\n17/08/2014,12:59:01,Ben,,\"typed\"\r\n";
    let (_dir, export) = file("Messages - Ben.csv", chat.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(
        (taken.importer, taken.counts(), taken.title(0)),
        ("viber", (4, 0), "Messages - Ben")
    );
    assert_eq!(
        taken.texts(),
        [
            "Hi, all of you",
            "\"quoted\" he said\nand a second line",
            "Фотоповідомлення",
            "\"typed\""
        ]
    );
    let [first, second, photo, last] = taken.records.as_slice() else {
        panic!()
    };
    assert_eq!(first.sender.as_deref(), Some("Me <+447700900123>"));
    assert_eq!(first.extra.direction, Some(Direction::Sent));
    assert_eq!(second.extra.direction, Some(Direction::Received));
    assert_eq!(first.time, Time::Local(NOON));
    assert_eq!(first.written, Some((0, 19)));
    assert_eq!(photo.kind, Kind::Omitted);
    assert_eq!(last.sender.as_deref(), Some("Ben"));
    assert_eq!(taken.summary.date_order.unwrap().name(), "dmy");
    assert!(!taken.summary.date_order_assumed);
}

#[test]
fn rows_parted_by_tabs_and_lines_in_brackets() {
    let chat = "=\"17/08/2014\"\t12:52:56\t=\"Me\"\t=\"+447700900123\"\t\"Hi \"\"you\"\"\nand you\"\n=\"17/08/2014\"\t12:58:34\t=\"Ben\"\t=\"01632960001\"\t\"Hey\"\n";
    let (_dir, export) = file("chat.csv", chat.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.texts(), ["Hi \"you\"\nand you", "Hey"]);
    assert_eq!(taken.records[0].time, Time::Local(NOON));

    let chat = "[ 8/17/2014, 12:52 pm ] Ben: one: two\nthree\n[ 8/18/2014, 9:05 am ] Cara: \n";
    let (_dir, export) = file("Ben.txt", chat.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!((taken.importer, taken.counts()), ("viber", (2, 0)));
    assert_eq!(taken.records[0].text, "one: two\nthree");
    assert_eq!(taken.records[0].time, Time::Local(NOON - 56));
    assert_eq!(taken.records[0].written, Some((2, 19)));
    assert_eq!(taken.records[1].kind, Kind::NotExported);
    assert_eq!(taken.summary.date_order.unwrap().name(), "mdy");
}

#[test]
fn columns_may_be_named_and_what_does_not_fit_is_kept() {
    let chat = "\u{feff}Date,Time,Sender,Phone,Message\n20/09/2026,18:03,Ben,+40,\"a, b\"\n\n20/09/2026,18:04,Ben,+40,\"12/09/2026,10:00,Cara,+41,x\nlast\"\n40/19/2026,18:05,Ben,+40,never\n";
    let (_dir, export) = file("viber.csv", chat.as_bytes());
    let taken = take(&export).unwrap();
    assert_eq!(taken.counts(), (3, 0));
    assert_eq!(taken.records[0].text, "a, b");
    assert_eq!(taken.records[1].text, "12/09/2026,10:00,Cara,+41,x\nlast");
    assert!(!taken.records[1].marks.has(Marks::PASTED));
    assert_eq!(taken.records[2].time, Time::Unknown);
    for other in [
        "Date,Time,Sender,Phone,Message\n",
        "a,b,c,d,e\n1,2,3,4,5\n",
        "17/08/2014,12:52:56,only three\n",
        "[17/08/2014, 12:52:56] Ben: WhatsApp\n",
    ] {
        let (_dir, export) = file("x.csv", other.as_bytes());
        assert!(super::detect(&export).is_none_or(|one| one.name() != "viber"));
    }
}

/// One message of a random chat: who, the words, and seconds after the one before.
type Said = (u8, String, u32);

const NAMES: [(&str, &str); 3] = [
    ("Me", "+447700900123"),
    ("Ben Okafor", "+447700900124"),
    ("花子", ""),
];

/// The chat, and the times it tells.
fn write(said: &[Said], form: u8) -> (String, Vec<i64>) {
    let mut clock = NOON;
    let mut chat = String::new();
    let mut times = Vec::new();
    for (who, words, later) in said {
        clock += i64::from(*later);
        let at = chrono::DateTime::from_timestamp(clock, 0).unwrap();
        let (name, number) = NAMES[usize::from(*who)];
        let quoted = format!("\"{}\"", words.replace('"', "\"\""));
        times.push(if form == 3 {
            clock - clock.rem_euclid(60)
        } else {
            clock
        });
        chat.push_str(&match form {
            0 => format!(
                "{},{name},{number},{words}\n",
                at.format("%d/%m/%Y,%H:%M:%S")
            ),
            1 => format!(
                "{},\"{name}\",{number},{quoted}\n",
                at.format("%Y-%m-%d,%H:%M:%S")
            ),
            2 => format!(
                "=\"{}\"\t{}\t=\"{name}\"\t=\"{number}\"\t{quoted}\r\n",
                at.format("%d/%m/%Y"),
                at.format("%H:%M:%S")
            ),
            _ => format!("[ {} ] {name}: {words}\n", at.format("%m/%d/%Y, %I:%M %p")),
        });
    }
    (chat, times)
}

fn said() -> impl Strategy<Value = Vec<Said>> {
    let words = prop_oneof![
        "[^\r\n\u{feff}]{1,30}",
        "[a-z,\" ]{1,12}\n[a-z\", ]{0,12}\n[a-z]{1,12}"
    ]
    .prop_filter("words", |words| {
        !words.trim().is_empty() && !words.starts_with('"')
    });
    proptest::collection::vec((0u8..3, words, 0u32..2_000_000), 1..20)
}

proptest! {
    #[test]
    fn random_chats_read_back(said in said(), form in 0u8..4) {
        let (mut chat, times) = write(&said, form);
        // So that it is settled whether marks belong to the table, and which number is the day.
        if form != 1 && form != 2 {
            let (last, _) = write(&[(1, "a, b".into(), 0)], form);
            chat.insert_str(0, &last);
        }
        let (_dir, export) = file("chat.csv", chat.as_bytes());
        let taken = take(&export).unwrap();
        prop_assert_eq!(taken.importer, "viber");
        let extra = usize::from(form != 1 && form != 2);
        prop_assert_eq!(taken.counts(), (said.len() + extra, 0));
        for (record, ((who, words, _), time)) in taken.records.iter().skip(extra).zip(said.iter().zip(times)) {
            prop_assert_eq!(&record.text, words);
            if !taken.summary.date_order_assumed {
                prop_assert_eq!(record.time, Time::Local(time));
            }
            let (name, number) = NAMES[usize::from(*who)];
            let sender = if number.is_empty() || form == 3 { name.to_owned() } else { format!("{name} <{number}>") };
            prop_assert_eq!(record.sender.as_deref(), Some(sender.as_str()));
        }
    }

    #[test]
    fn damage_never_loses_a_byte(
        said in said(),
        form in 0u8..4,
        cut in 0usize..2000,
        bytes in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let (chat, _) = write(&said, form);
        let mut chat = chat.into_bytes();
        let at = cut % (chat.len() + 1);
        let end = (at + bytes.len() / 2).min(chat.len());
        chat.splice(at..end, bytes);
        let (_dir, export) = file("chat.csv", &chat);
        take_with(docket::import::by_name("viber").unwrap(), &export).unwrap();
    }
}
