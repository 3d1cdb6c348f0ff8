//! Bodies in RTF: unpacking them (MS-OXRTFCP), and their words: the HTML that Outlook wrapped in
//! RTF (MS-OXRTFEX), or plain text.

use super::properties::decode;

/// Most bytes that come out of a compressed body.
const LONGEST: usize = 64 << 20;
/// What the dictionary begins with (MS-OXRTFCP 2.1.2.1).
const PRELOADED: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Unpacks a compressed body, as far as it can be.
pub(super) fn unpack(bytes: &[u8]) -> Vec<u8> {
    let Some((head, packed)) = bytes.split_at_checked(16) else {
        return Vec::new();
    };
    let [_, _, _, _, r0, r1, r2, r3, kind @ .., _, _, _, _] = head else {
        return Vec::new();
    };
    let raw = u32::from_le_bytes([*r0, *r1, *r2, *r3]);
    let raw = usize::try_from(raw).unwrap_or(usize::MAX).min(LONGEST);
    if kind == b"MELA" {
        return packed
            .get(..raw.min(packed.len()))
            .unwrap_or_default()
            .to_vec();
    }
    if kind != b"LZFu" {
        return Vec::new();
    }
    let mut dictionary = [b' '; 4096];
    for (slot, byte) in dictionary.iter_mut().zip(PRELOADED) {
        *slot = *byte;
    }
    let mut write = PRELOADED.len();
    let mut out = Vec::new();
    let mut input = packed.iter().copied();
    let mut put = |byte: u8, out: &mut Vec<u8>, dictionary: &mut [u8; 4096]| {
        out.push(byte);
        if let Some(slot) = dictionary.get_mut(write % 4096) {
            *slot = byte;
        }
        write += 1;
        write
    };
    let mut place = PRELOADED.len();
    'runs: while let Some(control) = input.next() {
        for bit in 0..8 {
            if out.len() >= raw {
                break 'runs;
            }
            let Some(byte) = input.next() else {
                break 'runs;
            };
            if control >> bit & 1 == 0 {
                place = put(byte, &mut out, &mut dictionary);
                continue;
            }
            let Some(low) = input.next() else { break 'runs };
            let pair = usize::from(byte) << 8 | usize::from(low);
            let (from, length) = (pair >> 4, (pair & 15) + 2);
            if from == place % 4096 {
                break 'runs;
            }
            for step in 0..length {
                let byte = dictionary
                    .get((from + step) % 4096)
                    .copied()
                    .unwrap_or(b' ');
                place = put(byte, &mut out, &mut dictionary);
            }
        }
    }
    out.truncate(raw);
    out
}

/// What an RTF body says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) enum Words {
    /// The HTML that was wrapped in it.
    Html(String),
    /// Its text.
    Text(String),
}

/// What holds within one pair of braces.
#[derive(Clone, Copy, Default)]
struct Group {
    /// Nothing in it is text: fonts, colours, pictures.
    hidden: bool,
    /// It is a tag of the wrapped HTML.
    tag: bool,
    /// It is RTF for readers who cannot read the wrapped HTML.
    instead: bool,
    /// Characters that stand after `\u` for readers who do not know it.
    skip: usize,
}

/// Reads RTF.
pub(in crate::import) fn words(rtf: &[u8]) -> Words {
    let mut reader = Reader {
        bytes: rtf,
        at: 0,
        page: 1252,
        html: false,
        out: String::new(),
        pending: Vec::new(),
        surrogate: None,
    };
    reader.run();
    reader.flush();
    if reader.html {
        Words::Html(reader.out)
    } else {
        Words::Text(reader.out.trim().to_owned())
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    page: u32,
    html: bool,
    out: String,
    /// Bytes in the code page that wait to be decoded together.
    pending: Vec<u8>,
    surrogate: Option<u16>,
}

/// Destinations without text of the body (RTF 1.9.1).
const HIDDEN: [&[u8]; 14] = [
    b"fonttbl",
    b"colortbl",
    b"stylesheet",
    b"info",
    b"pict",
    b"object",
    b"objdata",
    b"header",
    b"footer",
    b"footnote",
    b"listtable",
    b"listoverridetable",
    b"themedata",
    b"fldinst",
];

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() {
            self.out.push_str(&decode(&self.pending, self.page));
            self.pending.clear();
        }
    }

    fn text(&mut self, text: &str, group: Group) {
        // Of wrapped HTML its tags count and what stands between them, not what is for others.
        if !group.hidden && (group.tag || !group.instead) {
            self.flush();
            self.out.push_str(text);
        }
    }

    fn byte(&mut self, byte: u8, group: Group) {
        if !group.hidden && (group.tag || !group.instead) {
            self.pending.push(byte);
        }
    }

    fn run(&mut self) {
        let mut groups = Vec::new();
        let mut group = Group {
            skip: 1,
            ..Group::default()
        };
        // Characters yet to be passed over after a `\u`.
        let mut passed = 0usize;
        while let Some(byte) = self.next() {
            match byte {
                b'{' => {
                    // Deeper than any body: what is there is taken as one level.
                    if groups.len() < 10_000 {
                        groups.push(group);
                    }
                    passed = 0;
                }
                b'}' => {
                    group = groups.pop().unwrap_or(group);
                    passed = 0;
                }
                b'\r' | b'\n' => {}
                b'\\' => self.control(&mut group, &mut passed),
                _ if passed > 0 => passed -= 1,
                byte => self.byte(byte, group),
            }
        }
    }

    fn control(&mut self, group: &mut Group, passed: &mut usize) {
        let Some(first) = self.peek() else { return };
        if !first.is_ascii_alphabetic() {
            self.at += 1;
            match first {
                b'\'' => {
                    let code = self
                        .bytes
                        .get(self.at..self.at + 2)
                        .and_then(|two| std::str::from_utf8(two).ok())
                        .and_then(|two| u8::from_str_radix(two, 16).ok());
                    if let Some(byte) = code {
                        self.at += 2;
                        if *passed > 0 {
                            *passed -= 1;
                        } else {
                            self.byte(byte, *group);
                        }
                    }
                }
                b'*' => self.destination(group),
                b'~' => self.text("\u{A0}", *group),
                b'_' => self.text("\u{2011}", *group),
                b'-' => {}
                b'\r' | b'\n' => self.text("\n", *group),
                byte => self.byte(byte, *group),
            }
            return;
        }
        let (word, number) = self.word();
        match word {
            b"u" => {
                *passed = group.skip;
                self.unicode(number.unwrap_or(0), *group);
            }
            b"uc" => group.skip = usize::try_from(number.unwrap_or(1)).unwrap_or(1).min(16),
            b"ansicpg" => self.page = u32::try_from(number.unwrap_or(1252)).unwrap_or(1252),
            b"fromhtml" => self.html = number != Some(0),
            b"htmlrtf" => group.instead = number != Some(0),
            // In wrapped HTML the tags themselves say where lines end.
            b"par" | b"line" | b"sect" | b"page" => {
                self.text(if self.html { "\r\n" } else { "\n" }, *group)
            }
            b"row" => self.text("\n", *group),
            b"tab" | b"cell" => self.text("\t", *group),
            b"emdash" => self.text("\u{2014}", *group),
            b"endash" => self.text("\u{2013}", *group),
            b"lquote" => self.text("\u{2018}", *group),
            b"rquote" => self.text("\u{2019}", *group),
            b"ldblquote" => self.text("\u{201C}", *group),
            b"rdblquote" => self.text("\u{201D}", *group),
            b"bullet" => self.text("\u{2022}", *group),
            b"bin" => {
                let count = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
                self.at = self.at.saturating_add(count);
            }
            word if HIDDEN.contains(&word) => group.hidden = true,
            _ => {}
        }
    }

    /// A control word and its number; the space after it belongs to it.
    fn word(&mut self) -> (&'static [u8], Option<i32>) {
        let begin = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
            self.at += 1;
        }
        let word = self.bytes.get(begin..self.at).unwrap_or_default();
        let digits = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let number = self
            .bytes
            .get(digits..self.at)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| digits.parse().ok());
        if self.peek() == Some(b' ') {
            self.at += 1;
        }
        (known(word), number)
    }

    /// After `\*`: a destination that old readers pass over. Of those only the tags of wrapped HTML
    /// hold text.
    fn destination(&mut self, group: &mut Group) {
        if self
            .bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(b"\\htmltag"))
        {
            self.at += 1;
            self.word();
            group.tag = true;
            group.instead = false;
        } else {
            group.hidden = true;
        }
    }

    fn unicode(&mut self, number: i32, group: Group) {
        let Ok(unit) = u16::try_from(number & 0xFFFF) else {
            return;
        };
        let pair: Vec<u16> = self.surrogate.take().into_iter().chain([unit]).collect();
        if pair.len() == 1 && (0xD800..0xDC00).contains(&unit) {
            self.surrogate = Some(unit);
            return;
        }
        self.text(&String::from_utf16_lossy(&pair), group);
    }
}

/// The word, where it is one that acts.
fn known(word: &[u8]) -> &'static [u8] {
    const WORDS: [&[u8]; 22] = [
        b"u",
        b"uc",
        b"ansicpg",
        b"fromhtml",
        b"htmlrtf",
        b"par",
        b"line",
        b"sect",
        b"page",
        b"row",
        b"tab",
        b"cell",
        b"emdash",
        b"endash",
        b"lquote",
        b"rquote",
        b"ldblquote",
        b"rdblquote",
        b"bullet",
        b"bin",
        b"htmltag",
        b"",
    ];
    WORDS
        .into_iter()
        .chain(HIDDEN)
        .find(|known| *known == word)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The two examples of MS-OXRTFCP, section 4.
    #[test]
    fn the_examples_of_the_specification_unpack() {
        let simple = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03,
            0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3,
            0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d,
            0x0a, 0x80, 0x0f, 0xa0,
        ];
        assert_eq!(
            unpack(&simple),
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
        );
        let crossing = [
            0x1a, 0, 0, 0, 0x1c, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xe2, 0xd4, 0x4b, 0x51, 0x41, 0,
            0x04, 0x20, 0x57, 0x58, 0x59, 0x5a, 0x0d, 0x6e, 0x7d, 0x01, 0x0e, 0xb0,
        ];
        assert_eq!(unpack(&crossing), b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
        assert_eq!(unpack(b""), b"");
    }

    #[test]
    fn words_of_rtf() {
        let text = |rtf: &str| match words(rtf.as_bytes()) {
            Words::Text(text) => text,
            Words::Html(html) => format!("HTML {html}"),
        };
        assert_eq!(
            text(
                r"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 Arial;}}\pard \'ef\'f0\'e8 \b x\b0\par y\u8364 ?z\u-10179 ?\u-8694 ?}"
            ),
            "\u{43f}\u{440}\u{438} x\ny\u{20ac}z\u{1F60A}"
        );
        assert_eq!(
            text(r"{\rtf1 a\{b\\c\~d{\*\generator Riched20;}{\pict 00ff}e}"),
            "a{b\\c\u{a0}de"
        );
        assert_eq!(
            text(
                r"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}\htmlrtf \par \htmlrtf0 Hello {\*\htmltag84 <b>}world{\*\htmltag92 </b>}{\*\htmltag72 </p>}}"
            ),
            "HTML <p>Hello <b>world</b></p>"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_words(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let mut packed = vec![0, 0, 0, 0, 255, 255, 0, 0];
            packed.extend_from_slice(b"LZFu\0\0\0\0");
            packed.extend_from_slice(&bytes);
            words(&unpack(&packed));
            words(&bytes);
        }
    }
}
