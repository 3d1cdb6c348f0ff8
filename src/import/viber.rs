//! Viber's "Email message history": a table or a text for each chat, often in one zip.
//!
//! Viber documents none of it, and no real export was at hand. Read are the forms that public
//! readers of such files and their issues show: rows of date, time, name, number and text, parted
//! by commas (the text as it is, whatever it holds) or by tabs with each cell as `="..."`; and
//! lines `[ 3/4/2021, 10:15 am ] Name: text`. What begins like none of them goes on with the
//! text before it, and what stands before the first is an exception.
//!
//! Times are the clock of the device that exported. The owner stands as `Me`.

use super::lines::{Begins, LONGEST, bare, line_at, quoted_end, unquoted};
use super::window::{Tiles, Window, blank, set_written, text_of};
use super::{
    About, Basis, DateOrder, Detection, Export, Importer, ItemRole, ME, ReadError, ReadOptions,
    Record, Sink, Summary, ThreadHead, Verified, head,
};
use crate::model::{Address, Attachment, AttachmentState, Direction, Kind, Marks, Time};
use chrono::NaiveDate;

/// Most items of an export that are looked into.
const MOST_ITEMS: usize = 1000;
/// What stands for a file that is not exported, and what kind of file.
const FILES: &[(&str, &str)] = &[
    ("Фотоповідомлення", "photo"),
    ("Стікер", "sticker"),
    ("Голосове повідомлення", "audio"),
];

/// Reads Viber's message histories.
pub struct Viber;

impl Importer for Viber {
    fn name(&self) -> &'static str {
        "viber"
    }

    fn version(&self) -> u32 {
        1
    }

    fn about(&self) -> About {
        About {
            title: "Viber, \"Email message history\"",
            channels: &["viber"],
            reads: &[
                "tables of date, time, name, number and text, parted by commas or tabs",
                "lines of date and time in brackets, name and text",
            ],
            carries: &["sender with number, time on the exporting device's clock"],
            lacks: &["files, stickers, calls, reactions, replies, edits, deleted messages"],
            verified: &[
                Verified {
                    by: Basis::Source,
                    what: "public programs that read such tables, and a row that a person reported",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random chats in four forms, read back equal; no real export was at hand",
                },
            ],
            export: &["Viber: More, Settings, Calls and messages, Email message history"],
        }
    }

    fn detect(&self, export: &Export) -> Detection {
        match chats(export).next() {
            Some((_, form)) => Detection::Yes(format!("its first rows are {}", form.words())),
            None => Detection::No("no rows or lines as Viber writes them".into()),
        }
    }

    fn read(
        &self,
        export: &Export,
        options: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let mut summary = Summary::default();
        let mut items: Vec<(u32, Form)> = chats(export).collect();
        if items.is_empty()
            && let Some(only) = export.readable().next()
        {
            items.push((only, Form::Commas));
        }
        if let [(only, _)] = items.as_slice() {
            summary.chat_item = Some(*only);
        }
        // The device wrote all chats of an export alike.
        let mut survey = Survey::default();
        for (item, form) in &items {
            let mut window = Window::new(export.open(*item)?, &export.item_name(*item));
            while let Some(length) = line_at(&mut window, 0)? {
                let (line, _) = text_of(window.bytes().get(..length).unwrap_or_default());
                let line = bare(&line);
                let line = line.strip_prefix('\u{FEFF}').unwrap_or(line);
                if let Some(row) = Row::parse(line, *form) {
                    survey.take(&row, line.get(row.body..).unwrap_or_default());
                }
                window.take(length);
            }
        }
        let order = survey.settle(options, &mut summary);
        for (thread, (item, form)) in (0u32..).zip(items) {
            summary.shape = format!("Viber: {}", form.words());
            let name = export.item_name(item);
            let mut window = Window::new(export.open(item)?, &name);
            let mut tiles = Tiles::new(sink, item);
            let file = name.rsplit(['/', '\\']).next().unwrap_or(&name);
            let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
            tiles.thread(ThreadHead {
                title: stem.to_owned(),
                channel: "viber".into(),
                group: None,
                members: Vec::new(),
            })?;
            let reader = Reader {
                form,
                order,
                thread,
                owner: survey.owner,
                quotes: form == Form::Tabs || (form == Form::Commas && !survey.raw),
            };
            reader.read(&mut window, &mut tiles)?;
            tiles.finish()?;
        }
        Ok(summary)
    }
}

/// How the messages of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `17/08/2014,12:52:56,Me,+447700900123,text`
    Commas,
    /// `="17/08/2014"`, tab, `12:52:56`, tab, `="Me"`, tab, `="+447700900123"`, tab, `"text"`
    Tabs,
    /// `[ 17/8/2014, 12:52 pm ] Me: text`
    Brackets,
}

impl Form {
    const ALL: [Form; 3] = [Form::Commas, Form::Tabs, Form::Brackets];

    fn words(self) -> &'static str {
        match self {
            Form::Commas => "date, time, name, number and text, parted by commas",
            Form::Tabs => "date, time, name, number and text, parted by tabs",
            Form::Brackets => "date and time in brackets, name and text",
        }
    }
}

impl Begins for Form {
    fn begins(&self, line: &str) -> bool {
        Row::parse(line, *self).is_some()
    }

    fn follows(&self, _: &str, _: &str) -> bool {
        true
    }
}

/// The items that hold chats, by their first lines.
fn chats(export: &Export) -> impl Iterator<Item = (u32, Form)> + '_ {
    (0u32..)
        .zip(&export.items)
        .filter(|(_, item)| {
            let name = item.file_name().to_ascii_lowercase();
            let named = name.ends_with(".csv") || name.ends_with(".txt");
            item.size > 0 && (item.role == ItemRole::Chat || named)
        })
        .take(MOST_ITEMS)
        .filter_map(|(item, _)| Some((item, form_of(&head(export, item))?)))
}

/// How a file with these first bytes is written, if a first line, or the second after one that
/// names the columns, begins a message.
fn form_of(head: &[u8]) -> Option<Form> {
    let (text, _) = text_of(head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head));
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next()?;
    let second = lines.next().unwrap_or_default();
    Form::ALL.into_iter().find(|form| {
        Row::parse(first, *form).is_some()
            || (names_columns(first) && Row::parse(second, *form).is_some())
    })
}

/// Whether a line names the columns of a table.
fn names_columns(line: &str) -> bool {
    let line = line.to_lowercase();
    line.split([',', '\t']).count() == 5
        && ["date", "time"].iter().all(|name| line.contains(name))
        && !line.contains(|sign: char| sign.is_ascii_digit())
}

/// The first line of a message.
struct Row {
    numbers: [u32; 3],
    widths: [usize; 3],
    seconds: i64,
    /// Where date and time stand in the line.
    written: (usize, usize),
    name: String,
    number: String,
    /// Where the text begins.
    body: usize,
}

impl Row {
    fn parse(line: &str, form: Form) -> Option<Row> {
        let mut parts = Parts { line, place: 0 };
        let (date, time, end);
        let begin;
        if form == Form::Brackets {
            parts.skip("[ ")?;
            begin = parts.place;
            let inside = parts.until(']')?;
            let at = inside.find([',', ' '])?;
            date = inside.get(..at)?.to_owned();
            time = inside.get(at..)?.trim_matches([',', ' ']).to_owned();
            end = begin.checked_add(inside.trim_end().len())?;
            parts.skip(" ")?;
        } else {
            let sign = if form == Form::Tabs { '\t' } else { ',' };
            begin = 0;
            date = parts.cell(sign)?;
            let before = parts.place;
            time = parts.cell(sign)?;
            end = parts.place.checked_sub(1).filter(|end| *end >= before)?;
        }
        let (numbers, widths) = date_of(&date)?;
        let seconds = clock(time.trim())?;
        let (name, number);
        if form == Form::Brackets {
            name = parts.until(':')?.to_owned();
            number = String::new();
            // The text may be empty.
            parts.skip(" ").or(Some(()))?;
        } else {
            let sign = if form == Form::Tabs { '\t' } else { ',' };
            name = parts.cell(sign)?;
            number = parts.cell(sign)?;
            let known = |sign: char| sign.is_ascii_digit() || "+-() ".contains(sign);
            if !number.chars().all(known) {
                return None;
            }
        }
        Some(Row {
            numbers,
            widths,
            seconds,
            written: (begin, end),
            name,
            number,
            body: parts.place,
        })
    }

    /// The day of its date under an order, if there is one.
    fn day(&self, order: DateOrder) -> Option<NaiveDate> {
        let [a, b, c] = self.numbers;
        let [first, _, last] = self.widths;
        let (year, month, day) = match order {
            DateOrder::Ymd if last != 4 => (a, b, c),
            DateOrder::Dmy if first != 4 => (c, b, a),
            DateOrder::Mdy if first != 4 => (c, a, b),
            _ => return None,
        };
        let short = if order == DateOrder::Ymd { first } else { last } == 2;
        let year = i32::try_from(year).ok()?;
        let year = if short { year.checked_add(2000)? } else { year };
        NaiveDate::from_ymd_opt(year, month, day).filter(|_| (2000..2200).contains(&year))
    }
}

/// Takes a line apart.
struct Parts<'a> {
    line: &'a str,
    place: usize,
}

impl<'a> Parts<'a> {
    fn rest(&self) -> &'a str {
        self.line.get(self.place..).unwrap_or_default()
    }

    fn skip(&mut self, words: &str) -> Option<()> {
        self.rest().strip_prefix(words)?;
        self.place = self.place.checked_add(words.len())?;
        Some(())
    }

    /// What stands before a sign, which is passed over.
    fn until(&mut self, sign: char) -> Option<&'a str> {
        let (before, _) = self.rest().split_once(sign)?;
        self.place = self
            .place
            .checked_add(before.len())?
            .checked_add(sign.len_utf8())?;
        Some(before)
    }

    /// A cell before a sign: as it is, in quotation marks, or as `="..."`.
    fn cell(&mut self, sign: char) -> Option<String> {
        let rest = self.rest();
        let lead = if rest.starts_with("=\"") {
            2
        } else if rest.starts_with('"') {
            1
        } else {
            return self.until(sign).map(str::to_owned);
        };
        let inside = rest.get(lead..)?;
        let mut place = 0usize;
        loop {
            let mark = place.checked_add(inside.get(place..)?.find('"')?)?;
            let after = inside.get(mark.checked_add(1)?..)?;
            if after.starts_with('"') {
                place = mark.checked_add(2)?;
            } else if after.starts_with(sign) {
                let length = lead.checked_add(mark)?.checked_add(2)?;
                self.place = self.place.checked_add(length)?;
                return Some(inside.get(..mark)?.replace("\"\"", "\""));
            } else {
                return None;
            }
        }
    }
}

/// The three numbers of a date and how many digits each has.
fn date_of(text: &str) -> Option<([u32; 3], [usize; 3])> {
    let sign = text.chars().find(|sign| !sign.is_ascii_digit())?;
    if !matches!(sign, '/' | '.' | '-') {
        return None;
    }
    let mut numbers = [0u32; 3];
    let mut widths = [0usize; 3];
    let mut parts = text.split(sign);
    for (number, width) in numbers.iter_mut().zip(&mut widths) {
        let part = parts.next()?;
        *width = part.len();
        if !matches!(part.len(), 1 | 2 | 4) || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    let [first, middle, last] = widths;
    (parts.next().is_none() && middle < 3 && (first == 4 || last != 1)).then_some((numbers, widths))
}

/// Seconds since midnight: `12:52`, `12:52:56`, `3:04 pm`.
fn clock(text: &str) -> Option<i64> {
    let lower = text
        .to_lowercase()
        .replace(['.', '\u{A0}', '\u{202F}'], " ");
    let lower = lower.split_whitespace().collect::<String>();
    let (digits, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(digits), _) => (digits, Some(false)),
        (_, Some(digits)) => (digits, Some(true)),
        _ => (lower.as_str(), None),
    };
    let mut numbers = digits.split(':').map(|part| {
        let fits = matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i64>().ok().filter(|_| fits)
    });
    let hour = numbers.next()??;
    let minute = numbers.next()??;
    let second = match numbers.next() {
        Some(second) => second?,
        None => 0,
    };
    if numbers.next().is_some() || minute > 59 || second > 59 {
        return None;
    }
    let hour = match half {
        Some(late) => Some(hour % 12 + if late { 12 } else { 0 }).filter(|_| hour <= 12)?,
        None => Some(hour).filter(|hour| *hour < 24)?,
    };
    Some(hour * 3600 + minute * 60 + second)
}

/// What the rows of all chats show: the order of their dates, and how they are written.
#[derive(Default)]
struct Survey {
    /// By order: dates that are one, and steps back of more than a day.
    valid: [u64; 3],
    back: [u64; 3],
    last: [Option<NaiveDate>; 3],
    rows: u64,
    /// Whether someone stands as `Me`.
    owner: bool,
    /// Whether a text holds a comma and no quotation marks stand around it: then marks around
    /// another were typed.
    raw: bool,
}

const ORDERS: [DateOrder; 3] = [DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd];

impl Survey {
    fn take(&mut self, row: &Row, body: &str) {
        self.rows = self.rows.saturating_add(1);
        self.raw |= body.contains(',') && !body.starts_with('"');
        self.owner |= row.name == ME;
        let counts = self.valid.iter_mut().zip(&mut self.back);
        for (order, ((valid, back), last)) in ORDERS.iter().zip(counts.zip(&mut self.last)) {
            let Some(day) = row.day(*order) else { continue };
            *valid = valid.saturating_add(1);
            let earlier = last.is_some_and(|last| day < last.pred_opt().unwrap_or(last));
            *back = back.saturating_add(u64::from(earlier));
            *last = Some(day);
        }
    }

    /// The order that most dates are dates under; then the one under which time runs back least.
    fn settle(&self, options: &ReadOptions, summary: &mut Summary) -> DateOrder {
        if self.rows == 0 {
            return DateOrder::Dmy;
        }
        if let Some(order) = options.date_order {
            summary.date_order = Some(order);
            summary.date_order_basis = "it was given".into();
            return order;
        }
        let best = self.valid.iter().max().copied().unwrap_or(0);
        let left: Vec<(DateOrder, u64)> = ORDERS
            .into_iter()
            .zip(self.valid.iter().zip(&self.back))
            .filter(|(_, (valid, _))| **valid == best)
            .map(|(order, (_, back))| (order, *back))
            .collect();
        let least = left.iter().map(|(_, back)| *back).min().unwrap_or(0);
        let fewest: Vec<DateOrder> = left
            .iter()
            .filter(|(_, back)| *back == least)
            .map(|(order, _)| *order)
            .collect();
        let order = fewest.first().copied().unwrap_or(DateOrder::Dmy);
        summary.date_order = Some(order);
        summary.date_order_basis = match (left.len(), fewest.len()) {
            (1, _) => "only so is each of them a date",
            (_, 1) => "only so time runs forward",
            _ => "the exports that were seen have the day first; nothing in this one decides it",
        }
        .into();
        summary.date_order_assumed = fewest.len() > 1;
        order
    }
}

struct Reader {
    form: Form,
    order: DateOrder,
    thread: u32,
    owner: bool,
    /// Whether quotation marks around a text belong to the table.
    quotes: bool,
}

impl Reader {
    fn read(&self, window: &mut Window<'_>, tiles: &mut Tiles<'_>) -> Result<(), ReadError> {
        window.at_least(3)?;
        if window.bytes().starts_with(b"\xEF\xBB\xBF") {
            tiles.structure(3)?;
            window.take(3);
        }
        let mut first = true;
        while let Some(length) = line_at(window, 0)? {
            let bytes = window.bytes().get(..length).unwrap_or_default();
            let (line, _) = text_of(bytes);
            let line = bare(&line);
            let length = if line.trim().is_empty() || (first && names_columns(line)) {
                tiles.structure(length)?;
                length
            } else if let Some(row) = Row::parse(line, self.form) {
                let (length, pasted) = self.end(window, length, row.body)?;
                let bytes = window.bytes().get(..length).unwrap_or_default();
                tiles.about(length)?;
                tiles.record(length, self.record(bytes, &row, pasted))?;
                length
            } else {
                let reason = "It does not begin as Viber's messages do.";
                tiles.unreadable(self.thread, bytes, reason)?;
                length
            };
            first = false;
            window.take(length);
        }
        Ok(())
    }

    /// Where the message at the window's start ends, and whether a line within it looks like a
    /// message of its own.
    fn end(
        &self,
        window: &mut Window<'_>,
        first: usize,
        body: usize,
    ) -> Result<(usize, bool), ReadError> {
        if self.quotes
            && let Some(quoted) = quoted_end(window, body, &self.form)?
        {
            return Ok(quoted);
        }
        let mut kept = first;
        let mut place = first;
        while place < LONGEST
            && let Some(length) = line_at(window, place)?
        {
            let end = place.saturating_add(length);
            let (line, _) = text_of(window.bytes().get(place..end).unwrap_or_default());
            if self.form.begins(bare(&line)) {
                break;
            }
            place = end;
            if !line.trim().is_empty() {
                kept = end;
            }
        }
        Ok((kept, false))
    }

    fn record(&self, bytes: &[u8], row: &Row, pasted: bool) -> Record {
        let mut record = blank(self.thread);
        let (text, damaged) = text_of(bytes);
        if damaged {
            record.marks = record.marks.with(Marks::DAMAGED);
        }
        if pasted {
            record.marks = record.marks.with(Marks::PASTED);
            let note = "A line in it looks like a message of its own: possibly a pasted chat.";
            record.extra.notes.push(note.into());
        }
        let (begin, end) = row.written;
        set_written(
            &mut record,
            begin,
            bytes.get(begin..end).unwrap_or_default(),
        );
        match row.day(self.order) {
            Some(day) => {
                let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
                record.time = Time::Local(midnight.saturating_add(row.seconds));
            }
            None => {
                let note = "Its date is none in the order of the others.";
                record.extra.notes.push(note.into());
            }
        }
        let sender = Address::new(&row.name, &row.number);
        record.sender = (!sender.is_empty()).then(|| sender.to_string());
        if self.owner {
            record.extra.direction = Some(if row.name == ME {
                Direction::Sent
            } else {
                Direction::Received
            });
        }
        let body = bare(&text).get(row.body..).unwrap_or_default();
        record.text = if self.quotes {
            unquoted(body)
        } else {
            body.replace("\r\n", "\n")
        };
        let media = FILES.iter().find(|(words, _)| *words == record.text);
        if let Some((_, media)) = media {
            record.kind = Kind::Omitted;
            record.marks = record.marks.with(Marks::ATTACHMENT);
            record.extra.attachments.push(Attachment {
                name: String::new(),
                state: AttachmentState::Omitted,
                item: None,
                media: (*media).to_owned(),
                content_type: String::new(),
                within: None,
            });
        } else if record.text.trim().is_empty() {
            record.kind = Kind::NotExported;
        }
        record
    }
}
