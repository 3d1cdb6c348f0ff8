//! A writer renders chats in every shape of first line that phones write; the importer reads them
//! back equal. With random bytes in between, it still accounts for every byte.

use super::import::read;
use docket::import::{DateOrder, Export};
use docket::model::{Kind, Time};
use proptest::prelude::*;

/// How one phone writes dates and times: tokens in braces, the words for the halves of the day,
/// the zero of its digits.
struct Dialect {
    line: &'static str,
    halves: (&'static str, &'static str),
    zero: char,
    order: DateOrder,
}

const fn dialect(line: &'static str, order: DateOrder) -> Dialect {
    Dialect {
        line,
        halves: ("AM", "PM"),
        zero: '0',
        order,
    }
}

const fn local(
    line: &'static str,
    order: DateOrder,
    halves: (&'static str, &'static str),
    zero: char,
) -> Dialect {
    Dialect {
        line,
        halves,
        zero,
        order,
    }
}

use DateOrder::{Dmy, Mdy, Ymd};

const DIALECTS: &[Dialect] = &[
    dialect("[{dd}/{mm}/{yyyy}, {HH}:{MM}:{SS}] ", Dmy),
    dialect("[{dd}/{mm}/{yy}, {HH}:{MM}:{SS}] ", Dmy),
    dialect("[{dd}/{mm}/{yyyy} {HH}:{MM}:{SS}] ", Dmy),
    dialect("[{d}/{m}/{yy} {HH}:{MM}:{SS}] ", Dmy),
    dialect("[{m}/{d}/{yy}, {h}:{MM}:{SS} {a}] ", Mdy),
    dialect("[{m}/{d}/{yy}, {h}:{MM}:{SS}\u{202F}{a}] ", Mdy),
    dialect("[{dd}/{mm}/{yyyy}, {h}:{MM}:{SS}\u{202F}{a}] ", Dmy),
    local(
        "[{dd}/{mm}/{yyyy}, {h}:{MM}:{SS} {a}] ",
        Dmy,
        ("a.m.", "p.m."),
        '0',
    ),
    dialect("[{dd}.{mm}.{yy}, {HH}:{MM}:{SS}] ", Dmy),
    dialect("[{dd}.{mm}.{yy}, {h}:{MM}:{SS} {a}] ", Dmy),
    dialect("[{d}.{m}.{yyyy}, {HH}:{MM}:{SS}] ", Dmy),
    local(
        "[{d}.{m}.{yyyy}, {h}:{MM}:{SS} {a}] ",
        Dmy,
        ("לפנה\"צ", "אחה\"צ"),
        '0',
    ),
    dialect("[{dd}-{mm}-{yyyy}, {HH}:{MM}:{SS}] ", Dmy),
    dialect("[{dd}-{mm}-{yy} {HH}:{MM}:{SS}] ", Dmy),
    dialect("[{yyyy}/{mm}/{dd}, {HH}:{MM}:{SS}] ", Ymd),
    dialect("[{yyyy}/{mm}/{dd} {HH}:{MM}:{SS}] ", Ymd),
    dialect("{dd}/{mm}/{yyyy}, {HH}:{MM} - ", Dmy),
    dialect("{dd}/{mm}/{yy}, {HH}:{MM} - ", Dmy),
    dialect("{dd}/{mm}/{yyyy} {HH}:{MM} - ", Dmy),
    dialect("{dd}/{mm}/{yyyy} à {HH}:{MM} - ", Dmy),
    dialect("{dd}.{mm}.{yy} à {HH}:{MM} - ", Dmy),
    dialect("{dd}.{mm}.{yyyy} um {HH}:{MM} - ", Dmy),
    dialect("{m}/{d}/{yy}, {HH}:{MM} - ", Mdy),
    dialect("{m}/{d}/{yy}, {h}:{MM} {a} - ", Mdy),
    local(
        "{dd}/{mm}/{yy}, {h}:{MM}\u{202F}{a} - ",
        Dmy,
        ("am", "pm"),
        '0',
    ),
    local(
        "{d}/{m}/{yyyy} {h}:{MM} {a} - ",
        Dmy,
        ("a.\u{A0}m.", "p.\u{A0}m."),
        '0',
    ),
    local(
        "{d}/{m}/{yyyy}, {h}:{MM} {a} - ",
        Dmy,
        ("a. m.", "p. m."),
        '0',
    ),
    local(
        "{yyyy}-{mm}-{dd}, {h}:{MM} {a} - ",
        Ymd,
        ("a.m.", "p.m."),
        '0',
    ),
    local("{yyyy}/{mm}/{dd}, {h}:{MM} {a} - ", Ymd, ("am", "pm"), '0'),
    dialect("{dd}.{mm}.{yy}, {HH}:{MM} - ", Dmy),
    dialect("{dd}.{mm}.{yyyy}, {HH}:{MM} - ", Dmy),
    dialect("{yyyy}-{mm}-{dd} {HH}:{MM} - ", Ymd),
    dialect("{yyyy}/{m}/{d} {HH}:{MM} - ", Ymd),
    local("{yyyy}/{m}/{d} {a}{h}:{MM} - ", Ymd, ("上午", "下午"), '0'),
    local(
        "{yyyy}年{m}月{d}日 {a}{h}:{MM} - ",
        Ymd,
        ("午前", "午後"),
        '0',
    ),
    dialect("{yyyy}年{m}月{d}日 {HH}:{MM} - ", Ymd),
    local(
        "{yyyy}. {m}. {d}. {a} {h}:{MM} - ",
        Ymd,
        ("오전", "오후"),
        '0',
    ),
    dialect("{d}.{m}.{yyyy} klo {HH}.{MM} - ", Dmy),
    dialect("{dd}/{mm}/{yy} {HH}.{MM} - ", Dmy),
    dialect("{d}. {m}. {yyyy}. {HH}:{MM}:{SS} ", Dmy),
    local(
        "\u{200F}{dd}/{mm}/{yyyy}، {h}:{MM} {a} - ",
        Dmy,
        ("ص", "م"),
        '٠',
    ),
    local(
        "{d}\u{200F}/{m}\u{200F}/{yyyy}، {h}:{MM}\u{A0}{a} - ",
        Dmy,
        ("ص", "م"),
        '٠',
    ),
    local("{yyyy}/{m}/{d}،\u{200F} {HH}:{MM} - ", Ymd, ("", ""), '۰'),
    local(
        "{dd}/{mm}/{yyyy}, {h}:{MM} {a} - ",
        Dmy,
        ("पूर्वाह्न", "अपराह्न"),
        '०',
    ),
    dialect("{d}/{m}/{th} {HH}:{MM} - ", Dmy),
    dialect("[{d}/{m}/{t2} {HH}:{MM}:{SS}] ", Dmy),
    local("{d}/{m}/{th} {HH}:{MM} - ", Dmy, ("", ""), '๐'),
    dialect("{dd}/{mm}/{yyyy} {HH}:{MM}:{SS}: ", Dmy),
    dialect("{m}/{d}/{yy}, {h}:{MM}:{SS} {a}: ", Mdy),
    dialect("{d}.{m}.{yyyy}, {HH}:{MM}:{SS}: ", Dmy),
    dialect("{yyyy}-{mm}-{dd}, {h}:{MM}:{SS} {a}: ", Ymd),
    dialect("{dd}/{mm}/{yyyy}, {HH}:{MM} – ", Dmy),
    dialect("{m}/{d}/{yy}, {h}:{MM}:{SS} {a} – ", Mdy),
    dialect("{HH}:{MM}, {dd}/{mm}/{yyyy} - ", Dmy),
    dialect("{dd}.{mm}.{yyyy} г., {HH}:{MM} ч. - ", Dmy),
    dialect("{yyyy}-{mm}-{dd} {HH} h {MM} - ", Ymd),
];

impl Dialect {
    /// The first line's beginning for a time (seconds since 1970 on the phone's clock).
    fn header(&self, time: i64) -> String {
        use chrono::{DateTime, Datelike, Timelike};
        let at = DateTime::from_timestamp(time, 0).unwrap().naive_utc();
        let half = if at.hour() < 12 {
            self.halves.0
        } else {
            self.halves.1
        };
        let hour = match at.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        let year = at.year();
        let values = [
            ("{dd}", format!("{:02}", at.day())),
            ("{d}", at.day().to_string()),
            ("{mm}", format!("{:02}", at.month())),
            ("{m}", at.month().to_string()),
            ("{yyyy}", year.to_string()),
            ("{yy}", format!("{:02}", year % 100)),
            ("{th}", (year + 543).to_string()),
            ("{t2}", format!("{:02}", (year + 543) % 100)),
            ("{HH}", format!("{:02}", at.hour())),
            ("{h}", hour.to_string()),
            ("{MM}", format!("{:02}", at.minute())),
            ("{SS}", format!("{:02}", at.second())),
        ];
        let mut line = self.line.to_owned();
        for (token, value) in values {
            line = line.replace(token, &value);
        }
        let zero = u32::from(self.zero);
        let line: String = line
            .chars()
            .map(|c| match c.to_digit(10) {
                Some(digit) => char::from_u32(zero + digit).unwrap(),
                None => c,
            })
            .collect();
        line.replace("{a}", half)
    }

    /// The part of a time that this dialect writes.
    fn kept(&self, time: i64) -> i64 {
        if self.line.contains("{SS}") {
            time
        } else {
            time - time.rem_euclid(60)
        }
    }

    fn is_ios(&self) -> bool {
        self.line.starts_with('[')
    }
}

const NAMES: &[&str] = &[
    "Ann",
    "+44 7700 900123",
    "~\u{202F}Pushname",
    "Jörg - Büro",
    "נועה",
    "😀 Smile",
    "O'Neil (work)",
    "محمد",
    "田中",
    "Dr. No, Jr.",
];

#[derive(Clone, Debug)]
struct Said {
    /// `None`: a line of the app.
    name: Option<&'static str>,
    text: String,
    time: i64,
}

/// 2013-01-01 to 2031-12-31, so that a chat spans both sides of every change.
const FIRST: i64 = 1_356_998_400;

fn said() -> impl Strategy<Value = Said> {
    let line = "[a-zA-ZäöüßñÅéא-ת一-龠ก-ฮ👍🎉][a-zA-Z0-9äöüß .,!?/א-ת一-龠👍-]{0,40}";
    let text = proptest::collection::vec(line, 1..4).prop_map(|lines| lines.join("\n"));
    (
        prop::option::weighted(0.9, 0..NAMES.len()),
        text,
        0..40_000i64,
    )
        .prop_map(|(name, text, step)| Said {
            name: name.map(|index| NAMES[index]),
            text,
            time: step,
        })
}

fn chat() -> impl Strategy<Value = Vec<Said>> {
    (0..500_000_000i64, proptest::collection::vec(said(), 1..40)).prop_map(|(start, mut chat)| {
        // The chat begins on a last day of December, so that the order of dates is plain.
        let mut time = FIRST + start / 31_557_600 * 31_557_600;
        let year = chrono::DateTime::from_timestamp(time, 0).unwrap();
        let year = chrono::Datelike::year(&year);
        time = chrono::NaiveDate::from_ymd_opt(year, 12, 31)
            .unwrap()
            .and_hms_opt(3, 4, 5)
            .unwrap()
            .and_utc()
            .timestamp();
        for said in &mut chat {
            time += said.time;
            said.time = time;
        }
        // Where only a space ends the header, a file in which everybody's name holds a dash reads
        // as well with the name's first half for a word of the clock (`9:05 vorm. - Büro: ...`).
        // Nothing in such a file tells; one other sender does.
        if chat
            .iter()
            .all(|said| said.name.is_some_and(|name| name.contains(" - ")))
        {
            chat.iter_mut().for_each(|said| said.name = Some("Ann"));
        }
        chat
    })
}

/// The file, as the dialect's phone writes it.
fn render(dialect: &Dialect, chat: &[Said], crlf: bool) -> String {
    let mut file = String::new();
    for said in chat {
        file.push_str(&dialect.header(said.time));
        match said.name {
            Some(name) => file.push_str(&format!("{name}: {}", said.text)),
            None if dialect.is_ios() => file.push_str("\u{200E}Ann added Bob"),
            None => file.push_str("Ann added Bob"),
        }
        file.push_str(if crlf { "\r\n" } else { "\n" });
    }
    file
}

fn export(bytes: &[u8]) -> (tempfile::TempDir, Export) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("_chat.txt");
    std::fs::write(&path, bytes).unwrap();
    let export = Export::from_file(&path, "_chat.txt").unwrap();
    (folder, export)
}

fn assert_read_back(dialect: &Dialect, chat: &[Said], file: &[u8]) {
    let (_folder, export) = export(file);
    let (kept, summary) = read(&export);
    let name = dialect.line;
    assert_eq!(kept.records.len(), chat.len(), "{name}");
    assert_eq!(
        summary.date_order,
        Some(dialect.order),
        "{name}: {}",
        summary.date_order_basis
    );
    assert!(
        !summary.date_order_assumed,
        "{name}: {}",
        summary.date_order_basis
    );
    for (record, said) in kept.records.iter().zip(chat) {
        assert_eq!(record.time, Time::Local(dialect.kept(said.time)), "{name}");
        assert_eq!(record.sender.as_deref(), said.name, "{name}");
        match said.name {
            Some(_) => {
                assert_eq!(record.text, said.text, "{name}");
                assert_eq!(record.kind, Kind::Text, "{name}: {}", said.text);
            }
            None => {
                assert_eq!(record.kind, Kind::System, "{name}");
                assert_eq!(record.extra.event, "added", "{name}");
            }
        }
        assert!(
            record.extra.notes.is_empty(),
            "{name}: {:?}",
            record.extra.notes
        );
        let (offset, length) = record.written.unwrap();
        let begin = record.span.offset as usize + usize::from(offset);
        let written = std::str::from_utf8(&file[begin..begin + usize::from(length)]).unwrap();
        let line = dialect.header(said.time);
        assert!(line.contains(written), "{name}: {written}");
    }
}

#[test]
fn every_dialect_is_read_back_once() {
    let said = |name, text: &str, time| Said {
        name,
        text: text.into(),
        time,
    };
    let day = 1_735_603_445; // 2024-12-31T00:04:05
    let chat = [
        said(Some("Ann"), "hello", day),
        said(
            Some("Jörg - Büro"),
            "two\nlines\n\nand an empty one",
            day + 60,
        ),
        said(None, "", day + 11 * 3_600),
        said(Some("+44 7700 900123"), "noon: 12:05", day + 12 * 3_600),
        said(Some("Ann"), "evening", day + 23 * 3_600),
        said(Some("Ann"), "the next year", day + 25 * 3_600),
    ];
    for dialect in DIALECTS {
        for crlf in [false, true] {
            assert_read_back(dialect, &chat, render(dialect, &chat, crlf).as_bytes());
        }
    }
}

#[test]
fn utf16_files_are_read_and_their_spans_count_their_own_bytes() {
    let dialect = &DIALECTS[0];
    let chat = [
        Said {
            name: Some("Ann"),
            text: "hello 👍".into(),
            time: 1_735_603_445,
        },
        Said {
            name: Some("נועה"),
            text: "שלום".into(),
            time: 1_735_603_500,
        },
    ];
    let text = render(dialect, &chat, false);
    for big in [false, true] {
        for odd in [false, true] {
            let mut bytes: Vec<u8> = Vec::new();
            for unit in std::iter::once(0xFEFF).chain(text.encode_utf16()) {
                bytes.extend(if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                });
            }
            if odd {
                bytes.push(b'x');
            }
            let (_folder, export) = export(&bytes);
            let (kept, _) = read(&export);
            assert_eq!(kept.messages(), 2);
            assert_eq!(kept.records[0].text, "hello 👍");
            assert_eq!(kept.records[0].time, Time::Local(1_735_603_445));
            assert_eq!(kept.records[1].sender.as_deref(), Some("נועה"));
            assert!(kept.records[1].text.starts_with("שלום"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn chats_in_every_dialect_are_read_back(
        index in 0..DIALECTS.len(),
        chat in chat(),
        crlf in any::<bool>(),
    ) {
        let dialect = &DIALECTS[index];
        let file = render(dialect, &chat, crlf);
        assert_read_back(dialect, &chat, file.as_bytes());
    }

    #[test]
    fn random_bytes_are_accounted_for(
        index in 0..DIALECTS.len(),
        chat in chat(),
        crlf in any::<bool>(),
        noise in proptest::collection::vec((any::<prop::sample::Index>(), proptest::collection::vec(any::<u8>(), 1..20)), 0..12),
    ) {
        let dialect = &DIALECTS[index];
        let mut file = render(dialect, &chat, crlf).into_bytes();
        for (place, bytes) in noise {
            let at = place.index(file.len());
            file.splice(at..at, bytes);
        }
        let (_folder, export) = export(&file);
        read(&export);
    }

    #[test]
    fn anything_at_all_is_accounted_for(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        // A file that begins as a zip does is a zip.
        prop_assume!(!bytes.starts_with(b"PK"));
        let (_folder, export) = export(&bytes);
        read(&export);
    }
}
