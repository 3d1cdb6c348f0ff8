//! Headers that are written as one before them: nearly all differ from it in the values of their
//! digits alone, and are read by their places, which takes less than the grammar.

use super::header::{self, Between, End, Header};
use super::words::Words;

/// Longest header that is remembered.
const LONGEST: usize = 64;
/// How many are: a file's days, hours and halves of the day are of different widths.
const PATTERNS: usize = 8;

/// Reads the headers of one file's lines.
pub(super) struct Headers<'w> {
    words: &'w Words,
    patterns: Vec<Pattern>,
    /// The one that fitted last, and the one to be forgotten next.
    last: usize,
    oldest: usize,
}

impl<'w> Headers<'w> {
    pub(super) fn new(words: &'w Words) -> Headers<'w> {
        Headers {
            words,
            patterns: Vec::new(),
            last: 0,
            oldest: 0,
        }
    }

    /// As [`header::parse`].
    pub(super) fn parse(&mut self, line: &[u8]) -> Option<Header> {
        let last = self.patterns.get(self.last);
        if let Some(header) = last.and_then(|pattern| pattern.read(line)) {
            return Some(header);
        }
        let read = |(at, pattern): (usize, &Pattern)| Some((at, pattern.read(line)?));
        if let Some((at, header)) = self.patterns.iter().enumerate().find_map(read) {
            self.last = at;
            return Some(header);
        }
        let header = header::parse(line, self.words)?;
        if let Some(pattern) = Pattern::of(line, &header) {
            if self.patterns.len() < PATTERNS {
                self.last = self.patterns.len();
                self.patterns.push(pattern);
            } else if let Some(place) = self.patterns.get_mut(self.oldest) {
                *place = pattern;
                self.last = self.oldest;
                self.oldest = (self.oldest + 1) % PATTERNS;
            }
        }
        Some(header)
    }
}

/// A header as it was written.
struct Pattern {
    bytes: [u8; LONGEST],
    header: Header,
}

impl Pattern {
    /// Of a line that begins with this header. `None` where more than the bytes before the rest of
    /// the line tell what it is, or other digits than ASCII's are in it.
    fn of(line: &[u8], header: &Header) -> Option<Pattern> {
        let written = line.get(..header.rest)?;
        // Before a line's end, and where a space alone ends the header, what follows counts too.
        if header.shape.end == End::Space || written.last() != Some(&b' ') {
            return None;
        }
        let mut before = b' ';
        let begins = written.iter().filter(|byte| {
            let begins = byte.is_ascii_digit() && !before.is_ascii_digit();
            before = **byte;
            begins
        });
        let of_date = 3 - usize::from(header.shape.between == Between::NoYear);
        if begins.count() != of_date + 2 + usize::from(header.shape.seconds) {
            return None;
        }
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..written.len())?.copy_from_slice(written);
        let pattern = Pattern {
            bytes,
            header: *header,
        };
        (pattern.read(line).as_ref() == Some(header)).then_some(pattern)
    }

    /// The header that a line begins with, if it differs from this one in the values of its digits
    /// alone. The grammar takes the same way through both then: it looks at how many digits there
    /// are, and at their values only to tell what is a time.
    fn read(&self, line: &[u8]) -> Option<Header> {
        let known = self.bytes.get(..self.header.rest)?;
        let mut numbers = [0u16; 6];
        let mut places = numbers.iter_mut();
        let mut number: Option<&mut u16> = None;
        for (byte, known) in line.get(..self.header.rest)?.iter().zip(known) {
            if !known.is_ascii_digit() {
                if byte != known {
                    return None;
                }
                number = None;
                continue;
            }
            if !byte.is_ascii_digit() {
                return None;
            }
            let value = match number {
                Some(value) => value,
                None => places.next()?,
            };
            // No number has more than four digits.
            *value = value.wrapping_mul(10).wrapping_add(u16::from(byte - b'0'));
            number = Some(value);
        }
        let [a, b, c, d, e, f] = numbers;
        let shape = &self.header.shape;
        let (date, hour, minute, second) = match (shape.time_first, shape.seconds) {
            (false, _) => ([a, b, c], d, e, f),
            (true, false) => ([c, d, e], a, b, 0),
            (true, true) => ([d, e, f], a, b, c),
        };
        if !header::is_time(hour, minute, second) {
            return None;
        }
        Some(Header {
            numbers: date,
            hour: u8::try_from(hour).ok()?,
            minute: u8::try_from(minute).ok()?,
            second: u8::try_from(second).ok()?,
            ..self.header
        })
    }
}

#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINES: [&str; 22] = [
        "31/12/2020, 23:59 - Ann: hi",
        "1/3/20, 7:05 AM - Ann: hi",
        "1/3/20, 11:05\u{202F}PM - Ann: hi",
        "[31.12.20, 23:59:07] Ann: hi",
        "\u{200E}[31.12.20, 23:59:07] Ann: \u{200E}image omitted",
        "[2020-12-31, 11:59:07 p. m.] Ann: hi",
        "31-12-2020 23.59 - Ann: hi",
        "31. 12. 2020. 3:04 - Ann: hi",
        "2020年12月31日 下午11:59 - Ann: hi",
        "2020. 12. 31. 오후 11:59 - Ann: hi",
        "2020/12/31 23:59 - Ann: hi",
        "12/31/20, 23:59: Ann: hi",
        "10:35 PM, 07 20 - Ann: hi",
        "15:04, 12/05/2019 - Ann: hi",
        "15:04:09, 12/05/2019 - Ann: hi",
        "31/12/2020 à 23:59 - Ann: hi",
        "31/12/20 14 h 30 - Ann: hi",
        "٣١/١٢/٢٠٢٠, ٢٣:٥٩ - Ann: hi",
        "٠1/01/2020, 2٣:09 - Ann: hi",
        "31/12/2020, 23:59 morning - Ann: hi",
        "31/12/2020 23:59 Ann: hi",
        "31. 12. 2013. 3:04 Jörg - Büro: hi",
    ];

    /// A line with its digits, or a few of its characters, made others.
    fn changed() -> impl Strategy<Value = (usize, String)> {
        let changes = proptest::collection::vec(
            (
                0usize..40,
                prop_oneof![
                    6 => "[0-9]".prop_map(Some),
                    2 => "[ :/.,a-zA٣-]".prop_map(Some),
                    1 => Just(None),
                ],
            ),
            0..9,
        );
        (0..LINES.len(), changes).prop_map(|(which, changes)| {
            let mut characters: Vec<String> = LINES[which].chars().map(String::from).collect();
            for (at, change) in changes {
                let is_digit = |text: &String| text.chars().all(char::is_numeric);
                let to_digit = change.as_ref().is_some_and(is_digit);
                if let Some(place) = characters.get_mut(at)
                    && (!to_digit || is_digit(place))
                {
                    *place = change.unwrap_or_default();
                }
            }
            (which, characters.concat())
        })
    }

    proptest! {
        /// Whatever lines came before, a line's header is what the grammar reads.
        #[test]
        fn headers_are_those_of_the_grammar(lines in proptest::collection::vec(changed(), 1..40)) {
            let words = Words::standard();
            let mut headers = Headers::new(words);
            for (_, line) in &lines {
                prop_assert_eq!(headers.parse(line.as_bytes()), header::parse(line.as_bytes(), words), "{}", line);
            }
        }

        /// And what is said of one line holds for each line of its pattern.
        #[test]
        fn patterns_are_those_of_the_grammar((which, line) in changed()) {
            let words = Words::standard();
            let known = LINES[which].as_bytes();
            let header = header::parse(known, words).unwrap();
            if let Some(read) = Pattern::of(known, &header).and_then(|known| known.read(line.as_bytes())) {
                prop_assert_eq!(Some(read), header::parse(line.as_bytes(), words), "{}", line);
            }
        }
    }

    #[test]
    fn most_headers_are_read_by_their_places() {
        let words = Words::standard();
        let mut forgotten = Vec::new();
        for line in LINES {
            let header = header::parse(line.as_bytes(), words).unwrap();
            if Pattern::of(line.as_bytes(), &header).is_none() {
                forgotten.push(line);
            }
        }
        let with_a_space = "31/12/2020 23:59 Ann: hi";
        let arabic = "٣١/١٢/٢٠٢٠, ٢٣:٥٩ - Ann: hi";
        assert_eq!(
            forgotten,
            [arabic, "٠1/01/2020, 2٣:09 - Ann: hi", with_a_space]
        );
        let mut headers = Headers::new(words);
        headers.parse(b"31/12/2020, 23:59 - Ann: hi");
        let next = b"01/01/2021, 00:00 - Bob: hello";
        let read = headers.patterns.first().unwrap().read(next);
        assert_eq!(read, header::parse(next, words));
        assert!(read.is_some());
    }
}
