//! The first reading of a chat: which shape its messages begin with, in which order its dates are
//! written, what ends its messages, who speaks, and in which language the app is.
//!
//! It reads the whole text once, in bounded memory, and keeps counts only.

use super::again::Headers;
use super::chars::{byte, plain, starts_with_mark};
use super::dates::{self, Calendar, Decided, Evidence};
use super::header::{self, Half, Header, Shape};
use super::kinds::{self, Wording};
use super::lines::{Ending, Line, Lines};
use super::words::{Meaning, Scope, Words};
use crate::import::DateOrder;
use crate::import::lately::Lately;
use std::collections::HashMap;
use std::io::{self, Read};
use std::ops::ControlFlow;

/// Longest piece of a line that is looked at.
const LINE: usize = 1 << 18;
/// Most shapes that are counted; a file of its own has one.
const SHAPES: usize = 64;
/// Most names that are counted, and most bytes of one.
const NAMES: usize = 50_000;
const NAME_LENGTH: usize = 200;
/// Most lines whose wording is looked up.
const WORDINGS: u32 = 5_000;
/// Most headers that are kept for the second reading: 2 MB of them.
const KEPT: usize = 1 << 15;
/// How often a name with a colon in it must recur to be taken for a name.
const RECURS: u32 = 3;

/// What is known of one shape.
#[derive(Clone, Debug)]
struct Seen {
    shape: Shape,
    count: u64,
    after_crlf: u64,
    after_lf: u64,
    /// A shape whose lines would be of this one if their unknown word were the name's.
    twin: Option<usize>,
    evidence: Evidence,
}

/// What the first reading found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Of the messages' first lines; `None` where no line is one.
    pub shape: Option<Shape>,
    /// How many lines have it.
    pub headers: u64,
    /// Lines that look like first lines of another shape.
    pub others: u64,
    /// Whether a carriage return and a line feed end a message, and nothing else does.
    pub crlf_ends: bool,
    /// Whether every line ends with carriage return and line feed.
    pub crlf_everywhere: bool,
    /// Whether the app's invisible marks are in the file.
    pub marks: bool,
    /// Usual width of the year, and whether day and month are written with leading zeros.
    pub year_width: u8,
    pub padded: bool,
    /// Halves of the day that no list knows: the one that is before noon, if that could be found.
    pub unknown_am: Option<u32>,
    pub unknown_halves: bool,
    /// A single such word beside hours over 12: it says nothing, the clock has 24 hours.
    pub plain_word: bool,
    /// The app's language, where wording showed it.
    pub language: Option<Box<str>>,
    /// The group's name, where a line of the app told it.
    pub group_name: Option<String>,
    /// The sender of the notice that messages are encrypted.
    pub notice_sender: Option<Box<[u8]>>,
    /// Whether a line of the app tells of a group, and which message tells of its beginning.
    pub group_events: u64,
    pub beginning: Option<u64>,
    evidence: Evidence,
    names: HashMap<Box<[u8]>, u32>,
    with_colon: HashMap<Box<[u8]>, u32>,
    kept: Kept,
}

/// The headers of a text's first lines, so that they are not read a second time.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Where a line begins, and its header; ascending.
    headers: Vec<(u64, Header)>,
    /// Lines that begin before this place have a header only if it is among them.
    upto: u64,
    full: bool,
    /// The first that was not asked for yet.
    next: usize,
}

impl Kept {
    fn keep(&mut self, line: &Line, header: Option<Header>) {
        self.full |= self.headers.len() >= KEPT;
        if self.full {
            return;
        }
        self.headers
            .extend(header.map(|header| (line.start, header)));
        self.upto = line.end;
    }

    /// The header of a line, `None` inside where it has none; `None` where that is not known. The
    /// lines are asked for in order.
    pub(super) fn of(&mut self, line: &Line) -> Option<Option<Header>> {
        if line.start >= self.upto {
            return None;
        }
        while let Some((start, header)) = self.headers.get(self.next) {
            if *start > line.start {
                break;
            }
            self.next += 1;
            if *start == line.start {
                return Some(Some(*header));
            }
        }
        Some(None)
    }
}

impl Survey {
    /// Reads a text; `watch` is told the bytes read now and then, and may stop it.
    ///
    /// # Errors
    /// When the stream fails. Stopping is no error: what was read so far counts.
    pub(super) fn read<R: Read>(
        reader: R,
        words: &Words,
        mut watch: impl FnMut(u64) -> ControlFlow<()>,
    ) -> io::Result<Survey> {
        let mut lines = Lines::new(reader, LINE)?;
        let mut counts = Counts::new(words);
        let mut told = 0;
        let mut before = Ending::Cut;
        while let Some(line) = lines.next_line()? {
            lines.keep_from(line.start);
            let bytes = lines.slice(line.start, line.end);
            counts.line(bytes, &line, before);
            before = line.ending;
            if lines.bytes_read() - told > 1 << 20 {
                told = lines.bytes_read();
                if watch(told).is_break() {
                    break;
                }
            }
        }
        Ok(counts.finish())
    }

    /// What was kept of the headers; can be had once.
    pub(super) fn take_kept(&mut self) -> Kept {
        std::mem::take(&mut self.kept)
    }

    /// Order and calendar of the dates.
    pub(super) fn dates(&self, given: Option<DateOrder>) -> Decided {
        let Some(shape) = &self.shape else {
            return Decided {
                order: DateOrder::Dmy,
                basis: String::new(),
                assumed: false,
                calendar: Calendar::Gregorian,
            };
        };
        let mut decided = self.evidence.decide(shape, self.language.as_deref());
        if let Some(order) = given {
            decided.basis = if order == decided.order {
                format!("given by the reviewer; {}", decided.basis)
            } else {
                format!(
                    "given by the reviewer ({} of {} dates can be read so); the file itself speaks for {}: {}",
                    self.evidence.readable(order),
                    self.headers,
                    decided.order.name(),
                    decided.basis
                )
            };
            decided.order = order;
            decided.assumed = false;
        }
        decided
    }

    /// How often a name begins a message, with the marks it is written with.
    pub(super) fn times(&self, name: &[u8]) -> u32 {
        self.names.get(name).copied().unwrap_or(0)
    }

    /// Names that begin messages, with how often; unordered.
    pub(super) fn names(&self) -> impl Iterator<Item = (&[u8], u32)> {
        self.names.iter().map(|(name, count)| (&**name, *count))
    }

    /// Where the sender's name ends in the rest of a header's line, if there is a sender: the
    /// place of the colon. A longer name with a colon in it is preferred where it recurs.
    pub(super) fn name_end(&self, rest: &[u8]) -> Option<usize> {
        let first = colon(rest, 0)?;
        if self.with_colon.is_empty() {
            return Some(first);
        }
        let mut found = first;
        let mut next = first;
        while let Some(later) = colon(rest, next + 1).filter(|later| *later < NAME_LENGTH) {
            if rest
                .get(..later)
                .is_some_and(|name| self.with_colon.contains_key(name))
            {
                found = later;
            }
            next = later;
        }
        Some(found)
    }
}

/// The place of the next colon that a space or the line's end follows, where it can end a name.
fn colon(rest: &[u8], from: usize) -> Option<usize> {
    let window = rest.get(from..rest.len().min(NAME_LENGTH * 2))?;
    memchr::memchr_iter(b':', window)
        .map(|place| from + place)
        .find(|place| *place > 0 && matches!(byte(rest, place + 1), b' ' | 0))
}

/// Whether a byte is there that a quotation mark or one of the app's marks begins with. Nearly all
/// names are told by a look at all their bytes at once to have none.
pub(super) fn may_be_quoted(name: &[u8]) -> bool {
    let odd = |byte: &u8| matches!(byte, b'"' | 0xC2 | 0xE2 | 0xE3);
    (!name.is_ascii() || name.contains(&b'"')) && name.iter().any(odd)
}

/// Whether a quote is open at the end of these bytes.
fn in_quotes(bytes: &[u8]) -> bool {
    may_be_quoted(bytes) && kinds::in_quotes(&plain(&String::from_utf8_lossy(bytes)))
}

/// A line without its end.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let mut line = line.strip_suffix(b"\n").unwrap_or(line);
    while let Some(shorter) = line.strip_suffix(b"\r") {
        line = shorter;
    }
    line
}

/// The counts of the first reading.
struct Counts<'w> {
    words: &'w Words,
    parser: Headers<'w>,
    wording: Wording<'w>,
    looked_up: u32,
    seen: Vec<Seen>,
    last: usize,
    first_shape: Option<usize>,
    crlf: u64,
    lf: u64,
    ends_with_crlf: bool,
    survey: Survey,
    /// How often names that came lately did so beyond what is counted of them.
    lately: Lately<u32>,
    parents: HashMap<Box<[u8]>, u32>,
    halves: Vec<u32>,
    before_half: Option<([u16; 3], u32)>,
    late_hours: bool,
    ups: HashMap<(u32, u32), u64>,
    messages: u64,
    /// The sender of the file's first message, if its text is marked, and how many are.
    first_sender: Option<(Box<[u8]>, u32)>,
}

impl<'w> Counts<'w> {
    fn new(words: &'w Words) -> Counts<'w> {
        Counts {
            words,
            parser: Headers::new(words),
            wording: Wording::new(words),
            looked_up: 0,
            seen: Vec::new(),
            last: 0,
            first_shape: None,
            crlf: 0,
            lf: 0,
            ends_with_crlf: false,
            survey: Survey::default(),
            lately: Lately::default(),
            parents: HashMap::new(),
            halves: Vec::new(),
            before_half: None,
            late_hours: false,
            ups: HashMap::new(),
            messages: 0,
            first_sender: None,
        }
    }

    fn line(&mut self, bytes: &[u8], line: &Line, before: Ending) {
        match line.ending {
            Ending::CrLf => self.crlf += 1,
            Ending::Lf => self.lf += 1,
            Ending::Cut => {}
        }
        self.ends_with_crlf = line.ending == Ending::CrLf;
        if !line.first {
            return;
        }
        let header = self.parser.parse(bytes);
        self.survey.kept.keep(line, header);
        let Some(header) = header else {
            return;
        };
        let Some(index) = self.shape(&header.shape) else {
            return;
        };
        if line.start == 0 {
            self.first_shape = Some(index);
        }
        if let Some(seen) = self.seen.get_mut(index) {
            seen.count += 1;
            match before {
                Ending::CrLf => seen.after_crlf += 1,
                Ending::Lf => seen.after_lf += 1,
                Ending::Cut => {}
            }
            seen.evidence.take(&header);
        }
        if let Half::Unknown(_) = header.half
            && let Some(plain) = header::parse_plain(bytes, self.words)
            && let Some(twin) = self.shape(&plain.shape)
            && twin != index
            && let Some(seen) = self.seen.get_mut(twin)
        {
            seen.twin = Some(index);
            seen.evidence.take(&plain);
        }
        self.messages += 1;
        self.half(&header);
        let rest = without_end(bytes.get(header.rest..).unwrap_or_default());
        self.survey.marks |= starts_with_mark(bytes) || starts_with_mark(rest);
        let body = match colon(rest, 0) {
            // The colon stands in a quoted name: the line is the app's.
            Some(end) if in_quotes(rest.get(..end).unwrap_or_default()) => rest,
            Some(end) => {
                self.name(rest, end);
                let body = rest.get(end + 1..).unwrap_or_default();
                body.strip_prefix(b" ").unwrap_or(body)
            }
            None => rest,
        };
        let mark = starts_with_mark(body);
        self.survey.marks |= mark;
        if mark && header.shape.bracket {
            self.first_sender(rest, body);
        }
        if (mark || body.len() == rest.len() || body.first() == Some(&b'<'))
            && self.looked_up < WORDINGS
        {
            self.looked_up += 1;
            self.wording(rest, body, mark);
        }
    }

    /// The number of a shape; `None` where too many have been seen.
    fn shape(&mut self, shape: &Shape) -> Option<usize> {
        if self
            .seen
            .get(self.last)
            .is_some_and(|seen| seen.shape == *shape)
        {
            return Some(self.last);
        }
        let found = self.seen.iter().position(|seen| seen.shape == *shape);
        let index = match found {
            Some(index) => index,
            None if self.seen.len() < SHAPES => {
                self.seen.push(Seen {
                    shape: *shape,
                    count: 0,
                    after_crlf: 0,
                    after_lf: 0,
                    twin: None,
                    evidence: Evidence::default(),
                });
                self.seen.len() - 1
            }
            None => return None,
        };
        self.last = index;
        Some(index)
    }

    fn name(&mut self, rest: &[u8], end: usize) {
        let Some(name) = rest.get(..end).filter(|name| name.len() <= NAME_LENGTH) else {
            return;
        };
        match self.lately.of(name) {
            Some(times) => *times = times.saturating_add(1),
            None => {
                count(&mut self.survey.names, name);
                if let Some((before, times)) = self.lately.say(name, 0) {
                    count_more(&mut self.survey.names, &before, times);
                }
            }
        }
        let Some(later) = colon(rest, end + 1).filter(|later| *later <= NAME_LENGTH) else {
            return;
        };
        // `Ann: <attached: ...` is what Ann sent, however often she sends nothing else.
        let between = rest.get(end + 2..later).unwrap_or_default();
        if starts_with_mark(between)
            || between.first() == Some(&b'<')
            || memchr::memmem::find(between, "\u{200E}<".as_bytes()).is_some()
            || self.words.begins_wording(&String::from_utf8_lossy(between))
        {
            return;
        }
        if let Some(longer) = rest.get(..later) {
            count(&mut self.survey.with_colon, longer);
            count(&mut self.parents, name);
        }
    }

    /// Counts the marked texts of the sender of the file's first message.
    fn first_sender(&mut self, rest: &[u8], body: &[u8]) {
        let end = rest.len().checked_sub(body.len() + 2);
        let Some(name) = end.and_then(|end| rest.get(..end)) else {
            return;
        };
        if self.messages == 1 {
            self.first_sender = Some((name.into(), 1));
        } else if let Some((first, count)) = &mut self.first_sender
            && **first == *name
        {
            *count += 1;
        }
    }

    /// Which of two unknown words is the earlier half of the day: the one that comes first within
    /// days.
    fn half(&mut self, header: &Header) {
        let Half::Unknown(half) = header.half else {
            return;
        };
        if !self.halves.contains(&half) && self.halves.len() < 8 {
            self.halves.push(half);
        }
        self.late_hours |= header.hour > 12;
        if let Some((numbers, earlier)) = self.before_half
            && numbers == header.numbers
            && earlier != half
            && self.halves.contains(&earlier)
            && self.halves.contains(&half)
        {
            *self.ups.entry((earlier, half)).or_default() += 1;
        }
        self.before_half = Some((header.numbers, half));
    }

    fn wording(&mut self, rest: &[u8], body: &[u8], mark: bool) {
        let text = String::from_utf8_lossy(body);
        let plain = plain(&text);
        let alone = body.len() == rest.len();
        let scope = if mark || alone {
            Scope::All
        } else {
            Scope::Places
        };
        let found = self.wording.find(&plain, scope);
        let Some(Meaning::System(event)) = found else {
            return;
        };
        let sender = || {
            rest.len()
                .checked_sub(body.len() + 2)
                .and_then(|end| rest.get(..end))
        };
        match &**event {
            "encryption" => {
                self.survey.beginning.get_or_insert(self.messages);
                if self.survey.notice_sender.is_none() {
                    self.survey.notice_sender = sender().map(Into::into);
                }
            }
            "created" => {
                self.survey.beginning.get_or_insert(self.messages);
                self.survey.group_events += 1;
                if let Some(name) = quoted(&plain) {
                    self.survey.group_name = Some(name);
                }
            }
            "subject" => {
                self.survey.group_events += 1;
                if let Some(name) = quoted(&plain) {
                    self.survey.group_name = Some(name);
                }
            }
            "added" | "left" | "removed" | "joined" | "icon" | "description" | "admin"
            | "settings" => self.survey.group_events += 1,
            _ => {}
        }
    }

    /// A line such as `31. 12. 2013. 3:04 Jörg - Büro: ...` reads two ways: `Jörg` may be a word of
    /// the clock. Where other lines of the file have no such word, it is the name's.
    fn join_twins(&mut self) {
        for index in 0..self.seen.len() {
            let Some(Seen {
                twin: Some(twin),
                count: 1..,
                ..
            }) = self.seen.get(index)
            else {
                continue;
            };
            let twin = *twin;
            let taken = self.seen.get_mut(twin).map(|seen| {
                (
                    std::mem::take(&mut seen.count),
                    std::mem::take(&mut seen.after_crlf),
                    std::mem::take(&mut seen.after_lf),
                )
            });
            if let (Some((count, after_crlf, after_lf)), Some(seen)) =
                (taken, self.seen.get_mut(index))
            {
                seen.count += count;
                seen.after_crlf += after_crlf;
                seen.after_lf += after_lf;
            }
            if self.first_shape == Some(twin) {
                self.first_shape = Some(index);
            }
        }
    }

    fn finish(mut self) -> Survey {
        for (name, times) in self.lately.take_all() {
            count_more(&mut self.survey.names, &name, times);
        }
        self.join_twins();
        for seen in &mut self.seen {
            seen.evidence.settle();
        }
        let most = self.seen.iter().map(|seen| seen.count).max().unwrap_or(0);
        // The file begins with a message of its own; a pasted chat can be longer than the file's
        // own lines, but not five times as long.
        let own = self
            .first_shape
            .and_then(|index| self.seen.get(index))
            .filter(|seen| seen.count * 5 >= most);
        let dominant = own.or_else(|| self.seen.iter().find(|seen| seen.count == most));
        let survey = &mut self.survey;
        survey.language = self.wording.most().map(Into::into);
        survey.crlf_everywhere = self.crlf > 0 && self.lf == 0;
        if let Some(seen) = dominant {
            survey.shape = Some(seen.shape);
            survey.headers = seen.count;
            survey.others = self.messages - seen.count;
            survey.evidence = seen.evidence;
            (survey.year_width, survey.padded) = seen.evidence.usual();
            let ends = self.crlf - u64::from(self.ends_with_crlf);
            survey.crlf_ends = self.lf > 0
                && seen.after_crlf > 0
                && seen.after_crlf == ends
                && seen.after_lf * 2 <= seen.after_crlf;
        }
        self.settle_names();
        self.settle_halves();
        // Whoever has the first word and says nothing but the app's lines is the group itself, in
        // whatever language.
        if self.survey.notice_sender.is_none()
            && let Some((name, marked)) = self.first_sender
            && self.survey.times(&name) == marked
            && self.survey.names.len() > 2
        {
            self.survey.notice_sender = Some(name);
            self.survey.group_events += 1;
        }
        self.survey
    }

    /// Keeps of the names with a colon those that recur and leave nothing of the shorter name.
    fn settle_names(&mut self) {
        let mut covered: HashMap<&[u8], u32> = HashMap::new();
        let parent = |name: &[u8]| colon(name, 0);
        for (name, times) in &self.survey.with_colon {
            if *times >= RECURS
                && let Some(short) = parent(name).and_then(|end| name.get(..end))
            {
                *covered.entry(short).or_default() += *times;
            }
        }
        let names: Vec<Box<[u8]>> = self
            .survey
            .with_colon
            .iter()
            .filter(|(name, times)| {
                let short = parent(name)
                    .and_then(|end| name.get(..end))
                    .unwrap_or_default();
                **times >= RECURS && covered.get(short) == self.survey.names.get(short)
            })
            .map(|(name, _)| name.clone())
            .collect();
        let kept: HashMap<Box<[u8]>, u32> = names
            .into_iter()
            .filter_map(|name| {
                let times = self.survey.with_colon.get(&name).copied()?;
                Some((name, times))
            })
            .collect();
        for (name, times) in &kept {
            if let Some(short) = parent(name).and_then(|end| name.get(..end)) {
                self.survey.names.remove(short);
            }
            self.survey.names.insert(name.clone(), *times);
        }
        self.survey.with_colon = kept;
    }

    fn settle_halves(&mut self) {
        self.survey.plain_word = self.halves.len() == 1 && self.late_hours;
        self.survey.unknown_halves = !self.halves.is_empty() && !self.survey.plain_word;
        if let [one, two] = self.halves.as_slice() {
            let up = self.ups.get(&(*one, *two)).copied().unwrap_or(0);
            let down = self.ups.get(&(*two, *one)).copied().unwrap_or(0);
            if up >= 2 && up > down * 4 {
                self.survey.unknown_am = Some(*one);
            } else if down >= 2 && down > up * 4 {
                self.survey.unknown_am = Some(*two);
            }
        }
    }
}

fn count(counts: &mut HashMap<Box<[u8]>, u32>, name: &[u8]) {
    if let Some(count) = counts.get_mut(name) {
        *count = count.saturating_add(1);
    } else if counts.len() < NAMES {
        counts.insert(name.into(), 1);
    }
}

/// Counts a name that is counted more often.
fn count_more(counts: &mut HashMap<Box<[u8]>, u32>, name: &[u8], times: u32) {
    if let Some(count) = counts.get_mut(name) {
        *count = count.saturating_add(times);
    }
}

/// The last text in quotes: the name that a group got.
fn quoted(plain: &str) -> Option<String> {
    let open_close = [
        ('"', '"'),
        ('„', '"'),
        ('「', '」'),
        ('『', '』'),
        ('‹', '›'),
    ];
    for (open, close) in open_close {
        let Some((before, _)) = plain.rsplit_once(close) else {
            continue;
        };
        if let Some((_, name)) = before.rsplit_once(open)
            && !name.trim().is_empty()
        {
            return Some(name.trim().to_owned());
        }
    }
    None
}

/// When a header says its message was sent: seconds on the local clock.
pub(super) fn local_time(header: &Header, decided: &Decided, survey: &Survey) -> Option<i64> {
    let day = dates::day(
        &header.numbers,
        &header.widths,
        decided.order,
        decided.calendar,
    )?;
    let hour = match (header.half, header.hour) {
        (Half::Am, 12) => 0,
        (Half::Pm, hour @ 1..12) => hour + 12,
        (Half::Unknown(_), hour) if survey.plain_word => hour % 24,
        (Half::Unknown(half), hour) => {
            let am = survey.unknown_am? == half;
            match (am, hour) {
                (true, 12) => 0,
                (false, hour @ 1..12) => hour + 12,
                (_, hour) => hour,
            }
        }
        (_, 24) => 0,
        (_, hour) => hour,
    };
    let seconds = i64::from(header.second.min(59));
    Some(day * 86_400 + i64::from(hour) * 3_600 + i64::from(header.minute) * 60 + seconds)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Reads every line of a text a second time, as the second reading does.
    fn lines_with(text: &[u8], mut each: impl FnMut(&[u8], &Line)) {
        let mut lines = Lines::new(text, 1 << 22).unwrap();
        while let Some(line) = lines.next_line().unwrap() {
            lines.keep_from(line.start);
            each(lines.slice(line.start, line.end), &line);
        }
    }

    #[test]
    fn what_is_kept_of_headers_is_what_would_be_read_again() {
        let one = "31/12/2020, 23:59 - Ann Lee: hello\nnext line\n\n\
                   [01/01/2021, 00:01:02] Bob: pasted\n01/01/2021, 00:02 - You were added\n";
        let text = one.repeat(KEPT);
        let words = Words::standard();
        let mut survey =
            Survey::read(text.as_bytes(), words, |_| ControlFlow::Continue(())).unwrap();
        let mut kept = survey.take_kept();
        let (mut known, mut unknown) = (0, 0);
        lines_with(text.as_bytes(), |bytes, line| match kept.of(line) {
            Some(header) => {
                assert_eq!(header, header::parse(bytes, words));
                known += usize::from(header.is_some());
            }
            None => unknown += 1,
        });
        assert_eq!(known, KEPT);
        assert!(unknown > KEPT);
    }
}
