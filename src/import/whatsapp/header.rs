//! The beginning of a message's first line: date, time and what ends them.
//!
//! WhatsApp writes the date and the time as the phone's language and region do, so there is no
//! list of formats that would be complete. This is a grammar that covers them all; which of its
//! shapes a file is written in is found from the whole file (`survey`), and only lines of that
//! shape begin a message.
//!
//! ```text
//! marks '['? (DATE between TIME | TIME between DATE) half? (']' | ' - ' | ': ' | ' ') rest
//! ```

use super::chars::{byte, character, digit, is_mark, is_space, number, skip_marks, skip_spaces};
use super::words::Words;

/// Most bytes between date and time, or between the time and what ends the header.
const MOST_BETWEEN: usize = 48;
/// Most characters of a word between date and time (`à`, `klo`) or after the time.
const MOST_WORD: usize = 14;

/// What stands between the numbers of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Between {
    /// `31/12/2024`
    Slash,
    /// `31.12.2024`
    Dot,
    /// `31. 12. 2024.`
    SpacedDot,
    /// `31-12-2024`
    Dash,
    /// `2024年12月31日`, `2024년 12월 31일`
    Named,
    /// `07 20`: two numbers, no year.
    NoYear,
}

/// What ends a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum End {
    /// `] `
    Bracket,
    /// ` - ` or ` – `
    Dash,
    /// `: `
    Colon,
    /// One space.
    Space,
}

/// Where the word for the half of the day stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum HalfPlace {
    /// Nowhere: a 24-hour clock.
    Nowhere,
    /// Before the time.
    Before,
    /// After the time.
    After,
}

/// All of a header that is the same in every message of one export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub bracket: bool,
    pub time_first: bool,
    pub between: Between,
    pub comma: bool,
    /// A word between date and time that is not a half of the day, as a hash; 0 for none.
    pub word: u32,
    /// `:`, `.` or `h`.
    pub clock: u8,
    pub seconds: bool,
    pub half: HalfPlace,
    pub end: End,
}

/// The half of the day that a word names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Half {
    /// 24-hour clock: no word.
    None,
    /// Before noon.
    Am,
    /// After noon.
    Pm,
    /// A word that no list knows, as a hash.
    Unknown(u32),
}

/// One header, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub shape: Shape,
    /// The numbers of the date in the order written (two of them in a date without year).
    pub numbers: [u16; 3],
    /// How many digits each is written with.
    pub widths: [u8; 3],
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub half: Half,
    /// Where date and time begin and end in the line.
    pub written: (usize, usize),
    /// Where the rest of the line begins: the sender, or the app's own text.
    pub rest: usize,
}

/// Reads the header that a line begins with, if it begins with one of a shape.
pub(super) fn parse_in(line: &[u8], words: &Words, shape: &Shape) -> Option<Header> {
    let named = shape.end != End::Space;
    read(line, words, named).filter(|header| header.shape == *shape)
}

/// Reads the header that a line begins with, if it begins with one.
pub(super) fn parse(line: &[u8], words: &Words) -> Option<Header> {
    read(line, words, true)
}

/// Reads the header that a line begins with, if it begins with one in which no word that no list
/// knows stands between time and dash.
pub(super) fn parse_plain(line: &[u8], words: &Words) -> Option<Header> {
    read(line, words, false)
}

/// `named`: whether a word that no list knows may stand between time and dash. Where only a space
/// ends the header, it would be the beginning of a name.
fn read(line: &[u8], words: &Words, named: bool) -> Option<Header> {
    let mut at = 0;
    if byte(line, 0) >= 0xD8 {
        at = skip_marks(line, 0);
    }
    let bracket = byte(line, at) == b'[';
    if bracket {
        at = skip_marks(line, at + 1);
    }
    let begin = at;
    let (first, width, after) = number(line, at, 4)?;
    let next = byte(line, skip_marks(line, after));
    if next == b':' || next == b'h' {
        return time_first(line, begin, bracket, words, named);
    }
    let date = date(line, first, width, after)?;
    let gap = gap(line, date.end)?;
    let (before, word) = gap.meaning(words);
    let time = time(line, gap.end)?;
    let tail = tail(line, time.end, bracket, words, named)?;
    let (half, place) = match (before, tail.half) {
        (Half::None, Half::None) => (Half::None, HalfPlace::Nowhere),
        (Half::None, half) => (half, HalfPlace::After),
        (half, Half::None) => (half, HalfPlace::Before),
        _ => return None,
    };
    Some(Header {
        shape: Shape {
            bracket,
            time_first: false,
            between: date.between,
            comma: gap.comma,
            word,
            clock: time.clock,
            seconds: time.seconds,
            half: place,
            end: tail.end,
        },
        numbers: date.numbers,
        widths: date.widths,
        hour: time.hour,
        minute: time.minute,
        second: time.second,
        half,
        written: (begin, tail.written_end),
        rest: tail.rest,
    })
}

/// `10:35 PM, 07 20 - ` (the oldest exports, without a year) and `15:04, 12/05/2019 - ` (locales
/// that put the time first).
fn time_first(
    line: &[u8],
    begin: usize,
    bracket: bool,
    words: &Words,
    named: bool,
) -> Option<Header> {
    let time = time(line, begin)?;
    let gap = gap(line, time.end)?;
    let (half, word) = gap.meaning(words);
    let (first, width, after) = number(line, gap.end, 4)?;
    let date = date(line, first, width, after).or_else(|| {
        let second = skip_spaces(line, after);
        let (value, second_width, end) = number(line, second, 2)?;
        (second > after && width <= 2).then_some(Date {
            numbers: [first, value, 0],
            widths: [width, second_width, 0],
            between: Between::NoYear,
            end,
        })
    })?;
    let tail = tail(line, date.end, bracket, words, named)?;
    if tail.half != Half::None {
        return None;
    }
    Some(Header {
        shape: Shape {
            bracket,
            time_first: true,
            between: date.between,
            comma: gap.comma,
            word,
            clock: time.clock,
            seconds: time.seconds,
            half: if half == Half::None {
                HalfPlace::Nowhere
            } else {
                HalfPlace::After
            },
            end: tail.end,
        },
        numbers: date.numbers,
        widths: date.widths,
        hour: time.hour,
        minute: time.minute,
        second: time.second,
        half,
        written: (begin, date.end),
        rest: tail.rest,
    })
}

struct Date {
    numbers: [u16; 3],
    widths: [u8; 3],
    between: Between,
    end: usize,
}

/// The rest of a date whose first number is already read.
fn date(line: &[u8], first: u16, width: u8, after: usize) -> Option<Date> {
    let at = skip_marks(line, after);
    let (between, second_at) = match byte(line, at) {
        b'/' => (Between::Slash, skip_marks(line, at + 1)),
        b'-' => (Between::Dash, skip_marks(line, at + 1)),
        b'.' => {
            let spaced = skip_spaces(line, at + 1);
            if byte(line, at + 1) == b' ' || byte(line, at + 1) == 0xC2 {
                (Between::SpacedDot, spaced)
            } else {
                (Between::Dot, spaced)
            }
        }
        _ => match character(line, at)? {
            ('年' | '년', length) => (Between::Named, skip_spaces(line, at + length)),
            _ => return None,
        },
    };
    let (second, second_width, after) = number(line, second_at, 2)?;
    let at = skip_marks(line, after);
    let third_at = match (between, byte(line, at)) {
        (Between::Slash, b'/') | (Between::Dash, b'-') => skip_marks(line, at + 1),
        (Between::Dot, b'.') => skip_marks(line, at + 1),
        (Between::SpacedDot, b'.') => skip_spaces(line, at + 1),
        (Between::Named, _) => match character(line, at)? {
            ('月' | '월', length) => skip_spaces(line, at + length),
            _ => return None,
        },
        _ => return None,
    };
    let (third, third_width, mut end) = number(line, third_at, 4)?;
    match between {
        Between::Named => match character(line, end)? {
            ('日' | '일', length) => end += length,
            _ => return None,
        },
        Between::SpacedDot | Between::Dot if byte(line, end) == b'.' => end += 1,
        _ => {}
    }
    Some(Date {
        numbers: [first, second, third],
        widths: [width, second_width, third_width],
        between,
        end,
    })
}

struct Gap<'a> {
    bytes: &'a [u8],
    comma: bool,
    bare: bool,
    end: usize,
}

/// What stands between date and time: spaces, a comma, a word; ends before the next digit.
fn gap(line: &[u8], start: usize) -> Option<Gap<'_>> {
    let mut at = start;
    let (mut comma, mut space, mut bare) = (false, false, true);
    loop {
        if at > start + MOST_BETWEEN {
            return None;
        }
        match byte(line, at) {
            b' ' => (space, at) = (true, at + 1),
            b',' => (comma, at) = (true, at + 1),
            b'0'..=b'9' => break,
            0 | b'\r' | b'\n' | b'[' | b']' | b':' | b'-' | b'/' => return None,
            0..=0x7F => (bare, at) = (false, at + 1),
            _ => match character(line, at) {
                Some(_) if digit(line, at).is_some() => break,
                Some(('\u{2013}' | '\u{2014}', _)) => return None,
                Some(('،' | '、' | '，', length)) => (comma, at) = (true, at + length),
                Some((other, length)) => {
                    if is_space(other) {
                        space = true;
                    } else if !is_mark(other) {
                        bare = false;
                    }
                    at += length;
                }
                // A word in another encoding: `à` of Latin-1.
                None => (bare, at) = (false, at + 1),
            },
        }
    }
    (comma || space || !bare).then_some(Gap {
        bytes: line.get(start..at)?,
        comma,
        bare,
        end: at,
    })
}

impl Gap<'_> {
    /// The half of the day that it names, and the hash of a word that is none.
    fn meaning(&self, words: &Words) -> (Half, u32) {
        if self.bare {
            return (Half::None, 0);
        }
        match words.half(self.bytes) {
            Half::Unknown(hash) => (Half::None, hash),
            known => (known, 0),
        }
    }
}

struct Clock {
    hour: u8,
    minute: u8,
    second: u8,
    clock: u8,
    seconds: bool,
    end: usize,
}

/// Hours and minutes, with or without seconds: `9:05`, `21.05`, `14 h 30`.
fn time(line: &[u8], at: usize) -> Option<Clock> {
    let (hour, _, after) = number(line, at, 2)?;
    let at = skip_marks(line, after);
    let clock = match byte(line, at) {
        sign @ (b':' | b'.' | b'h') => sign,
        b' ' | 0xC2 | 0xE2 => byte(line, skip_spaces(line, at)),
        _ => return None,
    };
    let minute_at = match clock {
        b':' | b'.' if byte(line, at) == clock => skip_marks(line, at + 1),
        b'h' => skip_spaces(line, skip_spaces(line, at) + 1),
        _ => return None,
    };
    let (minute, 2, mut end) = number(line, minute_at, 2)? else {
        return None;
    };
    let mut second = None;
    let at = skip_marks(line, end);
    if byte(line, at) == clock
        && clock != b'h'
        && let Some((value, 2, after)) = number(line, skip_marks(line, at + 1), 2)
    {
        second = Some(value);
        end = after;
    }
    if !is_time(hour, minute, second.unwrap_or(0)) {
        return None;
    }
    Some(Clock {
        hour: u8::try_from(hour).ok()?,
        minute: u8::try_from(minute).ok()?,
        second: u8::try_from(second.unwrap_or(0)).ok()?,
        clock,
        seconds: second.is_some(),
        end,
    })
}

/// Whether a clock may show this: 24:00 and a leap second too.
pub(super) fn is_time(hour: u16, minute: u16, second: u16) -> bool {
    hour <= 24 && minute <= 59 && second <= 60
}

struct Tail {
    half: Half,
    end: End,
    written_end: usize,
    rest: usize,
}

/// The word for the half of the day, if any, and what ends the header.
fn tail(line: &[u8], start: usize, bracket: bool, words: &Words, named: bool) -> Option<Tail> {
    if bracket {
        let window = line.get(start..line.len().min(start + MOST_BETWEEN))?;
        let close = start + memchr::memchr(b']', window)?;
        let half = half_word(line.get(start..close)?, words)?;
        let rest = match byte(line, close + 1) {
            b' ' => close + 2,
            0 | b'\r' | b'\n' => close + 1,
            _ if skip_marks(line, close + 1) > close + 1 => close + 1,
            _ => return None,
        };
        return Some(Tail {
            half,
            end: End::Bracket,
            written_end: close,
            rest,
        });
    }
    let at = skip_marks(line, start);
    if let Some(rest) = colon(line, at) {
        return Some(Tail {
            half: Half::None,
            end: End::Colon,
            written_end: start,
            rest,
        });
    }
    let next = skip_spaces(line, at);
    if next > at
        && let Some(rest) = dash(line, next)
    {
        return Some(Tail {
            half: Half::None,
            end: End::Dash,
            written_end: start,
            rest,
        });
    }
    // A word, and then a dash or a colon.
    let limit = line.len().min(start + MOST_BETWEEN);
    let mut place = next;
    while place < limit {
        let found = dash(line, place).map(|rest| (End::Dash, rest));
        let found = found.or_else(|| colon(line, place).map(|rest| (End::Colon, rest)));
        if let Some((end, rest)) = found {
            let written_end = trim_end(line, start, place);
            let known = half_word(line.get(start..place)?, words);
            match (known, end) {
                (Some(half @ (Half::None | Half::Am | Half::Pm)), _)
                    if written_end < place || end == End::Colon =>
                {
                    return Some(Tail {
                        half,
                        end,
                        written_end,
                        rest,
                    });
                }
                (Some(half @ Half::Unknown(_)), End::Dash) if named && written_end < place => {
                    return Some(Tail {
                        half,
                        end,
                        written_end,
                        rest,
                    });
                }
                _ => break,
            }
        }
        place += character(line, place).map_or(1, |(_, length)| length);
    }
    // A known word or nothing, and then only a space.
    if next == at {
        return None;
    }
    let mut place = next;
    for _ in 0..2 {
        let ahead = line.get(place..limit).unwrap_or_default();
        let Some(length) = memchr::memchr(b' ', ahead) else {
            break;
        };
        place += length;
        let half = words.half(line.get(start..place)?);
        if matches!(half, Half::Am | Half::Pm) {
            return Some(Tail {
                half,
                end: End::Space,
                written_end: place,
                rest: place + 1,
            });
        }
        place += 1;
    }
    Some(Tail {
        half: Half::None,
        end: End::Space,
        written_end: start,
        rest: if byte(line, at) == b' ' { at + 1 } else { next },
    })
}

/// The half of the day in the bytes between time and end: none where there is no word, `None`
/// where they cannot be such a word.
fn half_word(bytes: &[u8], words: &Words) -> Option<Half> {
    if skip_spaces(bytes, 0) == bytes.len() {
        return Some(Half::None);
    }
    let half = words.half(bytes);
    if let Half::Unknown(_) = half {
        let text = std::str::from_utf8(bytes).ok()?;
        let letters = text.chars().any(char::is_alphabetic);
        let plain = text
            .chars()
            .all(|c| !c.is_numeric() && !matches!(c, ':' | '/' | '[' | '(' | '"' | ','));
        if !letters || !plain || text.chars().count() > MOST_WORD {
            return None;
        }
    }
    Some(half)
}

/// The place after `: ` or a colon at the line's end.
fn colon(line: &[u8], at: usize) -> Option<usize> {
    if byte(line, at) != b':' {
        return None;
    }
    match byte(line, at + 1) {
        b' ' => Some(at + 2),
        0 | b'\r' | b'\n' => Some(at + 1),
        _ => None,
    }
}

/// The place after `- ` or `– `, or such a dash at the line's end.
fn dash(line: &[u8], at: usize) -> Option<usize> {
    let after = match byte(line, at) {
        b'-' => at + 1,
        0xE2 if matches!(character(line, at), Some(('\u{2013}' | '\u{2014}', _))) => at + 3,
        _ => return None,
    };
    match byte(line, after) {
        b' ' => Some(after + 1),
        0 | b'\r' | b'\n' => Some(after),
        _ if skip_spaces(line, after) > after => Some(after),
        _ => None,
    }
}

/// The end of what is not spaces or marks in a stretch of a line.
fn trim_end(line: &[u8], start: usize, end: usize) -> usize {
    let mut last = start;
    let mut at = start;
    while at < end {
        let next = skip_spaces(line, at);
        if next > at {
            at = next;
            continue;
        }
        at += character(line, at).map_or(1, |(_, length)| length);
        last = at;
    }
    last.min(end)
}

impl Shape {
    /// The shape for a person: every number as 9.
    pub(super) fn describe(&self) -> String {
        let date = match self.between {
            Between::Slash => "9/9/9",
            Between::Dot => "9.9.9",
            Between::SpacedDot => "9. 9. 9.",
            Between::Dash => "9-9-9",
            Between::Named => "9年9月9日",
            Between::NoYear => "9 9",
        };
        let mut time = String::new();
        if self.half == HalfPlace::Before {
            time.push_str("PM ");
        }
        time.push_str(match (self.clock, self.seconds) {
            (b'.', true) => "9.9.9",
            (b'.', false) => "9.9",
            (b'h', _) => "9 h 9",
            (_, true) => "9:9:9",
            (_, false) => "9:9",
        });
        if self.half == HalfPlace::After {
            time.push_str(" PM");
        }
        let word = if self.word == 0 { "" } else { " …" };
        let comma = if self.comma { "," } else { "" };
        let (first, second) = if self.time_first {
            (time.as_str(), date)
        } else {
            (date, time.as_str())
        };
        let open = if self.bracket { "[" } else { "" };
        let end = match self.end {
            End::Bracket => "] ",
            End::Dash => " - ",
            End::Colon => ": ",
            End::Space => " ",
        };
        format!("{open}{first}{comma}{word} {second}{end}")
    }
}
