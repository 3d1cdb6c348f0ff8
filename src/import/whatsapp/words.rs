//! The wording of WhatsApp in many languages, from data files.
//!
//! The lists stand in `words/`, one file a language; `words/README.md` describes their form. A new
//! list is one file and one line in `LISTS`; a person may add lists without touching code
//! ([`Words::add`]). Wording is only asked after structure has said that a line may be the app's.
//!
//! Every process that reads a chat takes all lists in anew, so that this has to cost little: the wording
//! that docket brings is never copied where it stands in its plain form already.

use super::chars::{is_mark, plain};
use super::header::Half;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

macro_rules! lists {
    ($($language:literal),* $(,)?) => {
        &[$(($language, include_str!(concat!("words/", $language, ".txt")))),*]
    };
}

/// The lists that docket brings.
const LISTS: &[(&str, &str)] = lists![
    "en", "af", "ar", "az", "bg", "bn", "ca", "cs", "da", "de", "el", "es", "et", "fa", "fi", "fr",
    "ga", "gu", "he", "hi", "hr", "hu", "id", "it", "ja", "kk", "kn", "ko", "lo", "lt", "lv", "mk",
    "ml", "mr", "ms", "nb", "nl", "pa", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "sw",
    "ta", "te", "th", "tl", "tr", "uk", "ur", "uz", "vi", "zh"
];

/// Wording: as the lists that docket brings have it, or a person's own.
type Text = Cow<'static, str>;

/// What a piece of wording means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A line of the app; which event.
    System(&'static str),
    /// The place of a deleted message.
    Deleted,
    /// The suffix of an edited message.
    Edited,
    /// The place of a file that was left out; which kind of file.
    Omitted(&'static str),
    /// The place of a contact card that was left out.
    Contact,
    /// The place of something that could be viewed once.
    ViewOnce,
    /// A message that could not be exported.
    NotExported,
    /// A call.
    Call(&'static str),
    /// A poll's first line.
    Poll,
    /// A place, before its link.
    Location,
}

impl Meaning {
    /// Whether it can stand in the place of what a person sent, beside the sender's name.
    fn is_place(&self) -> bool {
        !matches!(self, Meaning::System(_) | Meaning::Call(_))
    }
}

/// Which meanings are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All.
    All,
    /// Only those that can stand in the place of what a person sent.
    Places,
}

/// The events that a line of the app can tell of.
const EVENTS: &[&str] = &[
    "added",
    "admin",
    "blocked",
    "business",
    "community",
    "contact",
    "created",
    "description",
    "encryption",
    "event",
    "icon",
    "joined",
    "left",
    "link",
    "meta-ai",
    "note",
    "number-changed",
    "pinned",
    "privacy",
    "removed",
    "requested",
    "security-code",
    "settings",
    "subject",
    "timer",
    "timer-off",
    "timer-on",
    "unpinned",
];
/// The kinds of calls.
const CALLS: &[&str] = &[
    "voice",
    "video",
    "group",
    "missed-voice",
    "missed-video",
    "missed-group",
    "silenced",
    "failed",
];
/// The kinds of files; none is a kind too.
const KINDS: &[&str] = &["photo", "video", "audio", "sticker", "gif", "document"];

/// A word of a list of words, or what is wrong with it.
fn one_of(list: &[&'static str], what: &str, word: &str) -> Result<&'static str, String> {
    let known = list.iter().find(|known| **known == word);
    known.copied().ok_or_else(|| {
        let known = list.join(" ");
        format!("'{word}' is not a known {what}; known are: {known}")
    })
}

/// A list that does not follow the form.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct WordsError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// What stands for a gap.
const GAP: u8 = b'*';

/// A text with gaps, each a `*`, or without.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern(Text);

impl Pattern {
    /// What stands before, between and after the gaps. No gap: one part.
    fn parts(&self) -> std::str::Split<'_, char> {
        self.0.split(char::from(GAP))
    }

    /// Whether the text has this form; every gap but one at the end holds something.
    fn fits(&self, text: &str) -> bool {
        self.fill(text, |_| ()).is_some()
    }

    /// What fills the first gap, if the text has this form.
    fn first<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut first = None;
        self.fill(text, |gap| {
            first.get_or_insert(gap);
        })?;
        first
    }

    /// Hands over what fills the gaps, if the text has this form.
    fn fill<'t>(&self, text: &'t str, mut take: impl FnMut(&'t str)) -> Option<()> {
        let (own, other) = (self.0.as_bytes(), text.as_bytes());
        // Nearly every text is told by its first byte, or by its last, to be another.
        let differs = |own: Option<&u8>, other: Option<&u8>| own != Some(&GAP) && own != other;
        if differs(own.first(), other.first()) || differs(own.last(), other.last()) {
            return None;
        }
        let Some((first, others)) = self.0.split_once(char::from(GAP)) else {
            return (*self.0 == *text).then_some(());
        };
        let (middle, last) = match others.rsplit_once(char::from(GAP)) {
            Some((middle, last)) => (Some(middle), last),
            None => (None, others),
        };
        let mut rest = text.strip_prefix(first)?.strip_suffix(last)?;
        for part in middle
            .into_iter()
            .flat_map(|parts| parts.split(char::from(GAP)))
        {
            let one = rest.chars().next()?.len_utf8();
            let found = memchr::memmem::find(rest.as_bytes().get(one..)?, part.as_bytes())?;
            let place = one + found;
            take(rest.get(..place)?);
            rest = rest.get(place + part.len()..)?;
        }
        if rest.is_empty() && !last.is_empty() {
            return None;
        }
        take(rest);
        Some(())
    }
}

/// Which lengths, first and last bytes the texts of a set have.
#[derive(Debug)]
struct Signs(Vec<u64>);

impl Default for Signs {
    fn default() -> Signs {
        Signs(vec![0; 1 << 11])
    }
}

impl Signs {
    /// The word of the table, and the bit in it.
    fn of(text: &str) -> (usize, u64) {
        let bytes = text.as_bytes();
        let byte = |at: Option<&u8>| at.map_or(0, |byte| u64::from(*byte));
        let middle = byte(bytes.get(bytes.len() / 2));
        let sign = (bytes.len() as u64) << 24 | byte(bytes.first()) << 16 | byte(bytes.last()) << 8;
        // Multiplied by a large odd number, the highest bits depend on all bits.
        let mixed = (sign | middle).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 47;
        (usize::try_from(mixed >> 6).unwrap_or(0), 1 << (mixed & 63))
    }

    fn insert(&mut self, text: &str) {
        let (at, bit) = Signs::of(text);
        if let Some(word) = self.0.get_mut(at) {
            *word |= bit;
        }
    }

    /// False where no text of the set is this one.
    fn may_hold(&self, text: &str) -> bool {
        let (at, bit) = Signs::of(text);
        self.0.get(at).is_some_and(|word| word & bit != 0)
    }
}

/// Of how much wording without gaps there is room from the start.
const EXACT: usize = 1 << 10;

/// What of all that matters stands in a piece of wording: looked for once.
#[derive(Default)]
struct Holds {
    gap: bool,
    two_gaps: bool,
    colon: bool,
    /// A full stop before the angle bracket that closes.
    stop_in_brackets: bool,
}

impl Holds {
    fn of(wording: &[u8]) -> Holds {
        let mut holds = Holds::default();
        let mut before = 0;
        for byte in wording {
            holds.gap |= *byte == GAP;
            holds.two_gaps |= *byte == GAP && before == GAP;
            holds.colon |= *byte == b':';
            holds.stop_in_brackets |= *byte == b'>' && before == b'.';
            before = *byte;
        }
        holds
    }
}

/// What stands before and after the first byte like this one, which is ASCII.
fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let place = memchr::memchr(at, text.as_bytes())?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

/// What stands before and after the first gap.
fn around(wording: &Text) -> Option<(Text, Text)> {
    match wording {
        Cow::Borrowed(text) => {
            let (before, after) = cut(text, GAP)?;
            Some((before.into(), after.into()))
        }
        Cow::Owned(text) => {
            let (before, after) = cut(text, GAP)?;
            Some((before.to_owned().into(), after.to_owned().into()))
        }
    }
}

/// Wording with its meanings.
#[derive(Debug, Default)]
pub struct Words {
    languages: Vec<Box<str>>,
    exact: HashMap<Text, (usize, Meaning)>,
    /// Signs of the wording without gaps: nearly every text is told by its sign to be none.
    signs: Signs,
    /// Of each language, its wording with gaps: what stands in a message's place, and other lines.
    places: Vec<Vec<(Pattern, Meaning)>>,
    lines: Vec<Vec<(Pattern, Meaning)>>,
    /// Of the former, the places of deleted messages: asked of texts that nothing else marks.
    deleted: Vec<(usize, Pattern)>,
    attached: Vec<(Text, Text)>,
    /// What stands before a colon in wording that can follow a sender: `<attached`, `location`.
    before_colons: HashSet<Box<str>>,
    titles: Vec<(usize, Pattern)>,
    halves: HashMap<Box<str>, Half>,
}

impl Words {
    /// The lists that docket brings.
    pub fn standard() -> &'static Words {
        static STANDARD: OnceLock<Words> = OnceLock::new();
        STANDARD.get_or_init(Words::from_lists)
    }

    /// A copy of the lists that docket brings, to add to.
    pub fn from_lists() -> Words {
        let mut words = Words::default();
        words.add_standard();
        words
    }

    /// Adds the lists that docket brings.
    pub(super) fn add_standard(&mut self) {
        self.exact.reserve(EXACT);
        for (language, text) in LISTS {
            // A test reads every list that is built in; a line that cannot be read is left out.
            let _ = self.add_list(language, text, |wording| wording);
        }
    }

    /// Adds a list of a language; where two lists disagree, the earlier holds.
    ///
    /// # Errors
    /// At the first line that does not follow the form; the lines before it are kept.
    pub fn add(&mut self, language: &str, text: &str) -> Result<(), WordsError> {
        self.add_list(language, text, |wording| Cow::Owned(wording.into_owned()))
    }

    /// Adds a list; `keep` makes what is kept of its wording.
    fn add_list<'t>(
        &mut self,
        language: &str,
        text: &'t str,
        keep: fn(Cow<'t, str>) -> Text,
    ) -> Result<(), WordsError> {
        let number = match self.languages.iter().position(|known| &**known == language) {
            Some(number) => number,
            None => {
                self.languages.push(language.into());
                self.places.push(Vec::new());
                self.lines.push(Vec::new());
                self.languages.len() - 1
            }
        };
        let (mut rest, mut index) = (text, 0);
        while !rest.is_empty() {
            let line;
            (line, rest) = cut(rest, b'\n').unwrap_or((rest, ""));
            index += 1;
            let line = line.trim_start_matches('\u{FEFF}').trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |reason: String| WordsError {
                line: index,
                reason,
            };
            let (what, wording) = cut(line, b'=').ok_or_else(|| wrong("has no '='".into()))?;
            let wording = plain(wording);
            if wording.is_empty() {
                return Err(wrong("has no wording after '='".into()));
            }
            let holds = Holds::of(wording.as_bytes());
            if holds.two_gaps {
                return Err(wrong("has two gaps side by side".into()));
            }
            let wording = match holds.stop_in_brackets {
                true => Cow::Owned(wording.replace(".>", ">")),
                false => wording,
            };
            self.rule(number, what.trim(), keep(wording), &holds)
                .map_err(wrong)?;
        }
        Ok(())
    }

    fn rule(
        &mut self,
        language: usize,
        what: &str,
        wording: Text,
        holds: &Holds,
    ) -> Result<(), String> {
        let (kind, detail) = cut(what, b' ').unwrap_or((what, ""));
        let detail = detail.trim();
        let meaning = match kind {
            "am" | "pm" | "hour" => {
                let half = match kind {
                    "am" => Half::Am,
                    "pm" => Half::Pm,
                    _ => Half::None,
                };
                self.halves.entry(half_key(&wording).into()).or_insert(half);
                return Ok(());
            }
            "title" => {
                self.titles.push((language, Pattern(wording)));
                return Ok(());
            }
            "attached" => {
                let pair = around(&wording).ok_or("needs one * for the file's name")?;
                self.note_colon(&pair.0);
                if !self.attached.contains(&pair) {
                    self.attached.push(pair);
                }
                return Ok(());
            }
            "system" => Meaning::System(one_of(EVENTS, "event", detail)?),
            "deleted" => Meaning::Deleted,
            "edited" => Meaning::Edited,
            "omitted" => match detail {
                "" => Meaning::Omitted(""),
                kind => Meaning::Omitted(one_of(KINDS, "kind of file", kind)?),
            },
            "contact" => Meaning::Contact,
            "view-once" => Meaning::ViewOnce,
            "not-exported" => Meaning::NotExported,
            "call" => Meaning::Call(one_of(CALLS, "call", detail)?),
            "poll" => Meaning::Poll,
            "location" => Meaning::Location,
            other => return Err(format!("'{other}' is not a known meaning")),
        };
        if holds.colon && meaning.is_place() {
            self.note_colon(&wording);
        }
        if !holds.gap {
            self.signs.insert(&wording);
            self.exact.entry(wording).or_insert((language, meaning));
            return Ok(());
        }
        if meaning == Meaning::Deleted {
            self.deleted.push((language, Pattern(wording.clone())));
        }
        let table = if meaning.is_place() {
            &mut self.places
        } else {
            &mut self.lines
        };
        if let Some(rules) = table.get_mut(language) {
            rules.push((Pattern(wording), meaning));
        }
        Ok(())
    }

    /// Remembers what stands before the first colon that could end a name, where no gap does.
    fn note_colon(&mut self, wording: &str) {
        let fixed = wording.split(char::from(GAP)).next().unwrap_or_default();
        let before = fixed.split_once(": ").map(|(before, _)| before);
        if let Some(before) = before.or_else(|| fixed.trim_end().strip_suffix(':')) {
            self.before_colons.insert(before.trim().into());
        }
    }

    /// Whether what stands between a sender's colon and the next one begins the app's own wording,
    /// so that it is no part of a name.
    pub(super) fn begins_wording(&self, between: &str) -> bool {
        self.before_colons.contains(plain(between).trim())
    }

    /// The code of a language, by its number.
    pub(super) fn language(&self, number: usize) -> &str {
        self.languages.get(number).map_or("", |code| code)
    }

    /// How many languages there are.
    pub(super) fn language_count(&self) -> usize {
        self.languages.len()
    }

    /// The meaning of a whole text in its [`plain`] form, and the language; only exact wording.
    pub(super) fn exact(&self, plain: &str, scope: Scope) -> Option<(usize, &Meaning)> {
        if !self.signs.may_hold(plain) {
            return None;
        }
        let (language, meaning) = self.exact.get(plain)?;
        (scope == Scope::All || meaning.is_place()).then_some((*language, meaning))
    }

    /// The meaning of a whole text in its [`plain`] form in one language, among wording with gaps.
    pub(super) fn gapped(&self, language: usize, plain: &str, scope: Scope) -> Option<&Meaning> {
        let lines = match scope {
            Scope::All => self.lines.get(language)?.as_slice(),
            Scope::Places => &[],
        };
        let places = self.places.get(language)?;
        places
            .iter()
            .chain(lines)
            .find(|(pattern, _)| pattern.fits(plain))
            .map(|(_, meaning)| meaning)
    }

    /// The wording that stands beside names in the app's lines on this event, in all languages: what
    /// stands right before a gap, and what stands right after one.
    pub fn beside_names(&'static self, event: &str) -> (Vec<&'static str>, Vec<&'static str>) {
        let is_of = |meaning: &Meaning| matches!(meaning, Meaning::System(of) if *of == event);
        let lines = self.lines.iter().flatten();
        let patterns = lines.filter(|(_, meaning)| is_of(meaning));
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for (pattern, _) in patterns {
            let gaps = pattern.parts().count().saturating_sub(1);
            before.extend(pattern.parts().take(gaps));
            after.extend(pattern.parts().skip(1));
        }
        for pieces in [&mut before, &mut after] {
            pieces.retain(|piece: &&str| !piece.trim().is_empty());
        }
        (before, after)
    }

    /// The language in which a whole text in its [`plain`] form is the place of a deleted message,
    /// among wording with gaps.
    pub(super) fn deleted(&self, plain: &str) -> Option<usize> {
        let mut rules = self.deleted.iter();
        let (language, _) = rules.find(|(_, pattern)| pattern.fits(plain))?;
        Some(*language)
    }

    /// What stands before and after a file's name in the lines that name an attached file.
    pub(super) fn attached(&self) -> &[(Text, Text)] {
        &self.attached
    }

    /// The chat's name in the name of an export (without its ending), and the language.
    pub(super) fn title<'n>(&self, name: &'n str) -> Option<(usize, &'n str)> {
        self.titles
            .iter()
            .find_map(|(language, pattern)| Some((*language, pattern.first(name)?.trim())))
    }

    /// The half of the day that the bytes beside a time name.
    pub(super) fn half(&self, bytes: &[u8]) -> Half {
        if let Some(half) = ascii_half(bytes) {
            return half;
        }
        let key = half_key(&String::from_utf8_lossy(bytes));
        self.halves
            .get(key.as_str())
            .copied()
            .unwrap_or_else(|| Half::Unknown(hash(key.as_bytes())))
    }
}

/// `AM`, `pm`, `a. m.`, `P.M.`, whatever the spaces.
fn ascii_half(bytes: &[u8]) -> Option<Half> {
    let mut letters = [0; 2];
    let mut count = 0;
    for byte in bytes {
        match byte {
            // Spaces, full stops, and the bytes of U+00A0, U+202F and U+200E.
            b' ' | b'.' | 0xC2 | 0xA0 | 0xE2 | 0x80 | 0xAF | 0x8E => {}
            letter => {
                *letters.get_mut(count)? = letter.to_ascii_lowercase();
                count += 1;
            }
        }
    }
    match &letters {
        b"am" => Some(Half::Am),
        b"pm" => Some(Half::Pm),
        _ => None,
    }
}

/// The form that words for the halves of the day are compared in: lower case, letters only.
fn half_key(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !c.is_whitespace()
                && !is_mark(*c)
                && !matches!(
                    c,
                    '.' | ',' | '،' | '、' | '"' | '\'' | '״' | '׳' | '\u{2019}' | '-' | '\u{200C}'
                )
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// FNV-1a; never 0.
fn hash(bytes: &[u8]) -> u32 {
    let hash = bytes.iter().fold(0x811C_9DC5_u32, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    hash.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_follows_the_form() {
        let mut words = Words::default();
        for (language, text) in LISTS {
            words
                .add(language, text)
                .unwrap_or_else(|error| panic!("{language}: {error}"));
        }
    }

    /// What docket brings and is not copied means what the same lists of a person's own mean.
    #[test]
    fn lists_of_ones_own_are_read_alike() {
        let mut own = Words::default();
        for (language, text) in LISTS {
            own.add(language, text).unwrap();
        }
        let brought = Words::standard();
        assert!(brought.exact.len() > 500 && brought.exact.len() <= EXACT);
        assert_eq!(own.exact, brought.exact);
        assert_eq!(own.places, brought.places);
        assert_eq!(own.lines, brought.lines);
        assert_eq!(own.deleted, brought.deleted);
        assert_eq!(own.attached, brought.attached);
        assert_eq!(own.before_colons, brought.before_colons);
        assert_eq!(own.titles, brought.titles);
    }

    #[test]
    fn a_line_that_does_not_follow_the_form_is_told() {
        let told = |text: &str| Words::default().add("xx", text).unwrap_err().to_string();
        assert_eq!(told("# a list\n\ndeleted"), "line 3: has no '='");
        assert_eq!(told("deleted = "), "line 1: has no wording after '='");
        assert_eq!(
            told("system left = ** left"),
            "line 1: has two gaps side by side"
        );
        assert_eq!(
            told("\r\nsmile = x"),
            "line 2: 'smile' is not a known meaning"
        );
        assert_eq!(
            told("omitted song = x"),
            "line 1: 'song' is not a known kind of file; known are: photo video audio sticker gif document"
        );
        assert_eq!(
            told("attached = x"),
            "line 1: needs one * for the file's name"
        );
    }

    #[test]
    fn gaps_hold_something_but_at_the_end() {
        let fills = |pattern: &str, text: &'static str| {
            let mut fills = Vec::new();
            let fits = Pattern(pattern.to_owned().into()).fill(text, |gap| fills.push(gap));
            fits.map(|()| fills)
        };
        assert_eq!(
            fills("* added *", "Ann added Bob"),
            Some(vec!["Ann", "Bob"])
        );
        assert_eq!(fills("* added *", " added Bob"), None);
        assert_eq!(fills("* added *", "Ann added "), Some(vec!["Ann", ""]));
        assert_eq!(fills("* said *!", "Ann said !"), None);
        assert_eq!(fills("null", "null"), Some(vec![]));
        assert_eq!(fills("null", "nulls"), None);
        assert_eq!(
            Pattern("Chat with *".into()).first("Chat with Ann"),
            Some("Ann")
        );
    }
}
