//! Mailboxes: where one mail ends and the next begins.
//!
//! A separator is a line `From <address> <date>` (RFC 4155, appendix A) at the start of the file or
//! after an empty line, with a header or an empty line after it. Writers that do not quote such
//! lines in bodies (mboxcl2, Thunderbird) give the mail's length in Content-Length: it is believed
//! where a separator or the end of the file stands at its end, and nowhere else.

use super::{LONGEST, REST};
use crate::import::ReadError;
use crate::import::window::{Window, after_empty_line};
use memchr::{memchr, memmem};

/// Longest separator line, and longest line after it that is looked at.
const LOOK: usize = 2048;
/// Longest block of headers that is searched for a Content-Length.
const HEADERS: usize = 1 << 18;

/// The next piece of a mailbox.
pub(super) struct Next {
    /// Its length; 0 at the end.
    pub(super) length: usize,
    /// Where in it the mail begins, after its separator; `None` for more of a mail that was too
    /// long.
    pub(super) begins: Option<usize>,
    /// Whether the mail ends with it.
    pub(super) whole: bool,
    /// How many lines so far look like a separator but have no empty line before them.
    pub(super) unsure: u64,
}

/// Splits a mailbox.
#[derive(Default)]
pub(super) struct Splitter {
    in_rest: bool,
    unsure: u64,
}

impl Splitter {
    /// Finds the next piece; it stands at the start of the window.
    pub(super) fn next(&mut self, window: &mut Window<'_>) -> Result<Next, ReadError> {
        window.at_least(LOOK * 2)?;
        let begins = if self.in_rest && !is_separator(window.bytes()) {
            None
        } else if is_separator(window.bytes()) {
            memchr(b'\n', window.bytes()).map(|end| end.saturating_add(1))
        } else {
            Some(0)
        };
        let limit = if begins.is_some() { LONGEST } else { REST };
        let mut from = begins.unwrap_or(0);
        if let Some(begin) = begins
            && let Some(end) = self.by_length(window, begin)?
        {
            from = end;
        }
        let (length, whole) = self.end(window, from, limit)?;
        self.in_rest = !whole;
        Ok(Next {
            length,
            begins,
            whole,
            unsure: self.unsure,
        })
    }

    /// The place of the next separator at or after `from`, or of the end.
    fn end(
        &mut self,
        window: &mut Window<'_>,
        mut from: usize,
        limit: usize,
    ) -> Result<(usize, bool), ReadError> {
        if from > 0 && is_separator(window.bytes().get(from..).unwrap_or_default()) {
            return Ok((from, true));
        }
        loop {
            let bytes = window.bytes();
            let begin = from.saturating_sub(1);
            match memmem::find(bytes.get(begin..).unwrap_or_default(), b"\nFrom ") {
                Some(found) => {
                    let place = begin.saturating_add(found).saturating_add(1);
                    if place > limit {
                        return Ok((limit, false));
                    }
                    window.at_least(place.saturating_add(LOOK * 2))?;
                    let bytes = window.bytes();
                    let before = bytes.get(..place).unwrap_or_default();
                    if is_separator(bytes.get(place..).unwrap_or_default()) {
                        if before == b"\n"
                            || before.ends_with(b"\n\n")
                            || before.ends_with(b"\n\r\n")
                        {
                            return Ok((place, true));
                        }
                        self.unsure = self.unsure.saturating_add(1);
                    }
                    from = place.saturating_add(1);
                }
                None if bytes.len() > limit => return Ok((limit, false)),
                None => {
                    from = bytes.len().saturating_sub(5).max(from);
                    if !window.more()? {
                        return Ok((window.bytes().len(), true));
                    }
                }
            }
        }
    }

    /// Where a mail that begins at `begin` ends by its Content-Length, if a separator or the end
    /// of the file stands there.
    fn by_length(
        &mut self,
        window: &mut Window<'_>,
        begin: usize,
    ) -> Result<Option<usize>, ReadError> {
        let (headers_end, length) = loop {
            let block = window.bytes().get(begin..).unwrap_or_default();
            match after_empty_line(block) {
                Some(end) => match content_length(block.get(..end).unwrap_or_default()) {
                    Some(length) if length <= LONGEST => {
                        break (begin.saturating_add(end), length);
                    }
                    _ => return Ok(None),
                },
                None if block.len() > HEADERS || !window.more()? => return Ok(None),
                None => {}
            }
        };
        let mut end = headers_end.saturating_add(length);
        window.at_least(end.saturating_add(LOOK * 2))?;
        for _ in 0..3 {
            let rest = window.bytes().get(end..).unwrap_or_default();
            if is_separator(rest) || (window.ended() && window.bytes().len() == end) {
                return Ok(Some(end));
            }
            match rest {
                [b'\n', ..] => end = end.saturating_add(1),
                [b'\r', b'\n', ..] => end = end.saturating_add(2),
                _ => return Ok(None),
            }
        }
        Ok(None)
    }
}

/// The length of a mail's body that its headers give.
pub(super) fn content_length(headers: &[u8]) -> Option<usize> {
    headers.split(|byte| *byte == b'\n').find_map(|line| {
        let name = header_name(line)?;
        if !name.eq_ignore_ascii_case(b"content-length") {
            return None;
        }
        let value = line.get(name.len().checked_add(1)?..)?;
        std::str::from_utf8(value).ok()?.trim().parse().ok()
    })
}

/// The name of a header, where a line is one: printable ASCII before a colon (RFC 5322, 2.2).
pub(super) fn header_name(line: &[u8]) -> Option<&[u8]> {
    let colon = memchr(b':', line.get(..line.len().min(LOOK))?)?;
    let name = line.get(..colon)?;
    let name = name.trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some(name)
}

/// Whether bytes begin with a separator line, and what follows may be a mail.
pub(super) fn is_separator(bytes: &[u8]) -> bool {
    if separator_date(bytes).is_none() {
        return false;
    }
    let after = memchr(b'\n', bytes)
        .and_then(|end| bytes.get(end.checked_add(1)?..))
        .unwrap_or_default();
    let next = after
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let next = next.strip_suffix(b"\r").unwrap_or(next);
    // Some writers keep a quoted separator of an older mailbox as the first header.
    next.is_empty() || header_name(next).is_some() || next.starts_with(b">From ")
}

/// The date on a separator line, as written: `Thu Apr 16 09:53:04 2015`, perhaps with a zone
/// before or after the year, or as mails write dates. One word, the sender, stands before it.
pub(super) fn separator_date(bytes: &[u8]) -> Option<&str> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let line = bytes.get(..memchr(b'\n', bytes).unwrap_or(bytes.len()).min(LOOK))?;
    let line = std::str::from_utf8(line)
        .ok()?
        .strip_prefix("From ")?
        .trim();
    let (_, date) = line.split_once(char::is_whitespace)?;
    let date = date.trim();
    let words: Vec<&str> = date.split_whitespace().collect();
    let day = words.first()?.trim_end_matches(',').to_ascii_lowercase();
    let clock = |word: &&str| {
        let parts: Vec<&str> = word.split(':').collect();
        (2..=3).contains(&parts.len())
            && parts.iter().all(|part| {
                (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
            })
    };
    let year = |word: &&str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    (DAYS.contains(&day.as_str())
        && (5..=8).contains(&words.len())
        && words.iter().any(clock)
        && words.iter().any(year)
        && words.iter().any(|word| month_of(word).is_some()))
    .then_some(date)
}

/// The month of an English name, from 1.
pub(super) fn month_of(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let word = word.to_ascii_lowercase();
    (1u32..)
        .zip(MONTHS)
        .find_map(|(number, name)| (word.starts_with(name) && word.len() <= 9).then_some(number))
}

/// The instant a separator's date tells: UTC where it names no zone (RFC 4155).
pub(super) fn separator_instant(date: &str) -> Option<(i64, Option<i16>)> {
    let (mut month, mut day, mut year, mut clock, mut offset) = (None, None, None, None, None);
    for word in date.split_whitespace().skip(1) {
        let digits = word.bytes().all(|byte| byte.is_ascii_digit());
        if word.contains(':') {
            clock = Some(word);
        } else if let Some(zone) = word.strip_prefix(['+', '-']).filter(|zone| zone.len() == 4) {
            let number: i16 = zone.parse().ok()?;
            let minutes = number / 100 * 60 + number % 100;
            offset = Some(if word.starts_with('-') {
                -minutes
            } else {
                minutes
            });
        } else if digits && word.len() == 4 {
            year = word.parse::<i32>().ok();
        } else if digits && word.len() <= 2 {
            day = day.or(word.parse::<u32>().ok());
        } else if let Some(number) = month_of(word) {
            month = month.or(Some(number));
        }
    }
    let mut parts = clock?.split(':').map(|part| part.parse::<u32>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().flatten().unwrap_or(0).min(59);
    let local = chrono::NaiveDate::from_ymd_opt(year?, month?, day?)?
        .and_hms_opt(hour, minute, second)?
        .and_utc()
        .timestamp();
    Some((local - i64::from(offset.unwrap_or(0)) * 60, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_is_a_sender_and_a_date_before_a_header() {
        for (line, instant) in [
            (
                "From a@example.com Thu Apr 16 09:53:04 2015",
                Some(1_429_177_984),
            ),
            (
                "From a@example.com  Thu Apr  6 09:53:04 2015",
                Some(1_428_313_984),
            ),
            (
                "From 1500@xxx Thu Apr 16 09:53:04 +0000 2015",
                Some(1_429_177_984),
            ),
            (
                "From 1500@xxx Thu Apr 16 10:53:04 +0100 2015",
                Some(1_429_177_984),
            ),
            (
                "From - Thu, 16 Apr 2015 09:53:04 +0000",
                Some(1_429_177_984),
            ),
            ("From x Thu Apr 16 09:53 EDT 2015", Some(1_429_177_980)),
            ("From my side all good", None),
            ("From what I heard on Thu Apr 16 09:53:04 2015", None),
            ("From x Thu Apr 16 2015", None),
            ("From ", None),
        ] {
            let bytes = format!("{line}\nSubject: x\n");
            assert_eq!(is_separator(bytes.as_bytes()), instant.is_some(), "{line}");
            let read = separator_date(bytes.as_bytes()).and_then(separator_instant);
            assert_eq!(read.map(|(seconds, _)| seconds), instant, "{line}");
        }
        assert!(!is_separator(
            b"From a Thu Apr 16 09:53:04 2015\nand so on\n"
        ));
    }

    fn split(bytes: &[u8]) -> (Vec<String>, u64) {
        let mut window = Window::new(Box::new(bytes), "x");
        let mut splitter = Splitter::default();
        let mut mails = Vec::new();
        loop {
            let next = splitter.next(&mut window).unwrap();
            if next.length == 0 {
                return (mails, next.unsure);
            }
            let mail = &window.bytes()[..next.length];
            mails.push(String::from_utf8_lossy(mail).into_owned());
            window.take(next.length);
        }
    }

    #[test]
    fn bodies_with_separators_in_them() {
        let line = "From a@example.com Thu Apr 16 09:53:04 2015\n";
        let first =
            format!("{line}Subject: 1\n\nFrom my side all good\n\nFrom here:\nSubject: no\n\n");
        let second = format!("{line}Subject: 2\n\ntext\n{line}Subject: still 2\n");
        let (mails, unsure) = split(format!("{first}{second}").as_bytes());
        assert_eq!((mails, unsure), (vec![first, second], 1));
    }

    #[test]
    fn a_length_is_believed_where_it_fits() {
        let line = "From a@example.com Thu Apr 16 09:53:04 2015\n";
        let body = format!("see\n\n{line}Subject: quoted\n\nend\n");
        let fits = format!("{line}Content-Length: {}\n\n{body}\n", body.len());
        let next = format!("{line}Content-Length: 5\n\nx\n");
        let (mails, _) = split(format!("{fits}{next}").as_bytes());
        assert_eq!(mails, [fits, next]);
    }
}
