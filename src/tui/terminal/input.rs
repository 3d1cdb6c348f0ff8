//! What comes from the terminal: bytes, made into keys, pastes, turns of the wheel, and what the terminal
//! tells of itself.
//!
//! Answers of a terminal arrive among the keys, whenever they like, whole or in pieces. A library that
//! knows only keys would hand a person's decision letters out of an answer's text; so all bytes are taken
//! apart here, and no byte of an answer becomes a key. The forms are those of ECMA-48 and of xterm's
//! "Control Sequences".

use super::{ESC, ask};
use crate::tui::keymap::{Key, KeyCode};

/// The longest answer of a terminal, and the longest sequence of a key, in bytes.
const LONGEST: usize = 256;
/// The longest text that can be pasted, in bytes; the rest of it is dropped.
const LONGEST_PASTE: usize = 64 << 10;
/// Rests after which the rest of what has begun is not waited for any more.
const PATIENCE: u32 = 100;
/// The end of a paste.
const PASTED: &[u8] = b"\x1b[201~";

/// What a terminal told of itself, after it was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Its name and version, as it gives them (XTVERSION).
    pub name: String,
    /// Whether it shows pictures in the protocol of kitty.
    pub kitty: bool,
    /// Whether it shows sixels: attribute 4 of its device attributes.
    pub sixel: bool,
    /// How many pixels a cell is wide and high.
    pub cell: Option<(u16, u16)>,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A key.
    Key(Key),
    /// Text that was pasted.
    Paste(String),
    /// The wheel: whether down.
    Wheel(bool),
    /// All that the terminal told of itself.
    Told(Told),
}

/// Takes bytes apart.
#[derive(Debug, Default)]
pub struct Ear {
    /// Bytes that do not make anything whole yet.
    held: Vec<u8>,
    /// The text that is being pasted.
    pasting: Option<Vec<u8>>,
    told: Told,
    rests: u32,
}

/// What the held bytes begin with.
enum Step {
    /// So many bytes that are something, or nothing to us.
    Taken(usize, Option<Heard>),
    /// More is needed.
    More,
}

impl Ear {
    /// Takes what was read; gives what it makes whole.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Heard> {
        self.rests = 0;
        self.held.extend_from_slice(bytes);
        let mut heard = Vec::new();
        loop {
            if self.pasting.is_some() {
                match self.paste() {
                    Some(text) => heard.push(Heard::Paste(text)),
                    None => return heard,
                }
            }
            match self.step() {
                Step::Taken(length, what) => {
                    self.held.drain(..length.min(self.held.len()));
                    heard.extend(what);
                }
                Step::More => return heard,
            }
        }
    }

    /// Whether something began that is not whole: then a rest tells whether more is to come.
    pub fn is_waiting(&self) -> bool {
        !self.held.is_empty() || self.pasting.is_some()
    }

    /// Nothing came for a moment: what is held is all there is, unless it began as an answer does.
    pub fn rest(&mut self) -> Vec<Heard> {
        self.rests += 1;
        let heard = match self.held.as_slice() {
            // The end of a paste may have been lost on its way.
            _ if self.pasting.is_some() => {
                if self.rests < PATIENCE {
                    return Vec::new();
                }
                let text = self.pasting.take().unwrap_or_default();
                vec![Heard::Paste(String::from_utf8_lossy(&text).into_owned())]
            }
            // Esc by itself, and not the first byte of an answer that is on its way.
            [ESC] if self.rests >= ask::rests_before_esc() => {
                vec![Heard::Key(Key::plain(KeyCode::Esc))]
            }
            [ESC] => return Vec::new(),
            // A key with Alt, which means nothing here.
            [ESC, _] if self.rests >= ask::rests_before_esc() => Vec::new(),
            _ if self.rests < PATIENCE => return Vec::new(),
            _ => Vec::new(),
        };
        self.held.clear();
        self.rests = 0;
        heard
    }

    /// The text pasted, once its end is there.
    fn paste(&mut self) -> Option<String> {
        let end = self
            .held
            .windows(PASTED.len())
            .position(|window| window == PASTED);
        // An end that is cut is kept until the rest of it comes.
        let text = end.unwrap_or_else(|| {
            let begun = |length: &usize| self.held.ends_with(PASTED.get(..*length).unwrap_or(&[]));
            let cut = (1..PASTED.len()).rev().find(begun).unwrap_or(0);
            self.held.len() - cut
        });
        let pasting = self.pasting.as_mut()?;
        let more = self.held.drain(..text);
        let room = LONGEST_PASTE.saturating_sub(pasting.len());
        pasting.extend(more.take(room));
        end?;
        self.held.drain(..PASTED.len());
        let bytes = self.pasting.take()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn step(&mut self) -> Step {
        let held = self.held.as_slice();
        let key = |length, code| Step::Taken(length, Some(Heard::Key(Key::plain(code))));
        match held {
            [] => Step::More,
            [ESC] => Step::More,
            // The first of two is one by itself.
            [ESC, ESC, ..] => key(1, KeyCode::Esc),
            [ESC, b'[', rest @ ..] => match sequence(rest) {
                Sequence::Whole(length) => {
                    let inner = rest.get(..length).unwrap_or_default().to_vec();
                    let what = self.control(&inner);
                    Step::Taken(length + 2, what)
                }
                Sequence::Broken(length) => Step::Taken(length + 2, None),
                Sequence::Cut => Step::More,
            },
            [ESC, b'O'] => Step::More,
            [ESC, b'O', letter, ..] => {
                let named = lettered(*letter);
                Step::Taken(3, named.map(|code| Heard::Key(Key::plain(code))))
            }
            // Only what begins as the two answers do is a string; else it was a key with Alt.
            [ESC, b'_'] | [ESC, b'P'] | [ESC, b'P', b'>'] => Step::More,
            [ESC, b'_', b'G', rest @ ..] | [ESC, b'P', b'>', b'|', rest @ ..] => {
                let before = held.len() - rest.len();
                match string(rest) {
                    Sequence::Whole(length) => {
                        let inner = rest.get(..length).unwrap_or_default().to_vec();
                        if held.get(1) == Some(&b'_') {
                            self.told.kitty |= inner.ends_with(b";OK");
                        } else {
                            self.told.name = String::from_utf8_lossy(&inner).into_owned();
                        }
                        Step::Taken(before + length + 2, None)
                    }
                    Sequence::Broken(length) => Step::Taken(before + length, None),
                    Sequence::Cut => Step::More,
                }
            }
            // With Alt: many terminals send it for a quick Esc and something else.
            [ESC, rest @ ..] => match character(rest) {
                Some((length, _)) => Step::Taken(1 + length, None),
                None => Step::More,
            },
            [b'\r', ..] => key(1, KeyCode::Enter),
            [b'\t', ..] => key(1, KeyCode::Tab),
            [0x7F, ..] => key(1, KeyCode::Backspace),
            [byte @ 0..0x20, ..] => {
                let letter = match byte {
                    0 => ' ',
                    1..=26 => char::from(byte + b'a' - 1),
                    _ => char::from(byte - 28 + b'4'),
                };
                let code = KeyCode::Char(letter);
                Step::Taken(1, Some(Heard::Key(Key { code, ctrl: true })))
            }
            _ => match character(held) {
                Some((length, c)) => Step::Taken(length, c.map(|c| Heard::Key(Key::char(c)))),
                None => Step::More,
            },
        }
    }

    /// A control sequence, without what begins it.
    fn control(&mut self, inner: &[u8]) -> Option<Heard> {
        let (last, parameters) = inner.split_last()?;
        let text = std::str::from_utf8(parameters).ok()?;
        let private = text.strip_prefix(['?', '<', '>', '=']);
        let numbers: Vec<u32> = private
            .unwrap_or(text)
            .split(';')
            .map(|number| number.parse().unwrap_or(0))
            .collect();
        let number = |at: usize| numbers.get(at).copied().unwrap_or(0);
        match (text.bytes().next(), *last) {
            (Some(b'?'), b'c') => {
                self.told.sixel = numbers.iter().skip(1).any(|attribute| *attribute == 4);
                ask::answered();
                Some(Heard::Told(std::mem::take(&mut self.told)))
            }
            (Some(b'<'), b'M') => match number(0) & !0b1_1100 {
                64 => Some(Heard::Wheel(false)),
                65 => Some(Heard::Wheel(true)),
                _ => None,
            },
            (Some(b'?' | b'<' | b'>' | b'='), _) => None,
            (_, b't') if number(0) == 6 => {
                let pixels = |at| u16::try_from(number(at)).ok().filter(|n| *n > 0);
                self.told.cell = pixels(2).zip(pixels(1));
                None
            }
            (_, b'~') if number(0) == 200 => {
                self.pasting = Some(Vec::new());
                None
            }
            (_, b'~') => pressed(numbered(number(0))?, number(1)),
            (_, letter) => pressed(lettered(letter)?, number(1)),
        }
    }
}

/// A key that may have been pressed with others: 1 and the sum of Shift 1, Alt 2, Ctrl 4 and Meta 8.
fn pressed(code: KeyCode, held: u32) -> Option<Heard> {
    let held = held.saturating_sub(1);
    let ctrl = held & 4 != 0;
    (held & (2 | 8) == 0).then_some(Heard::Key(Key { code, ctrl }))
}

fn lettered(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(letter - b'P' + 1),
        b'Z' => KeyCode::BackTab,
        _ => return None,
    })
}

fn numbered(number: u32) -> Option<KeyCode> {
    let function = |from: u32| u8::try_from(number - from).ok().map(KeyCode::F);
    match number {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => function(10),
        17..=21 => function(11),
        23..=26 => function(12),
        28..=29 => function(13),
        31..=34 => function(14),
        _ => None,
    }
}

enum Sequence {
    /// So many bytes are it.
    Whole(usize),
    /// So many bytes are none, and dropped.
    Broken(usize),
    /// The end is not there yet.
    Cut,
}

/// What follows CSI: parameters, intermediates, and one final byte.
fn sequence(bytes: &[u8]) -> Sequence {
    // The Linux console's F1 to F5: a final byte that another follows.
    if let [b'[', rest @ ..] = bytes {
        return if rest.is_empty() {
            Sequence::Cut
        } else {
            Sequence::Broken(2)
        };
    }
    let inner = |byte: &u8| matches!(byte, 0x20..=0x3F);
    match bytes.iter().position(|byte| !inner(byte)) {
        _ if bytes.len() > LONGEST && bytes.iter().take(LONGEST).all(inner) => {
            Sequence::Broken(LONGEST)
        }
        None => Sequence::Cut,
        Some(at) => match bytes.get(at) {
            Some(0x40..=0x7E) => Sequence::Whole(at + 1),
            _ => Sequence::Broken(at),
        },
    }
}

/// A string's bytes before its end, `ESC \`. What no answer holds ends it: then it was none.
fn string(bytes: &[u8]) -> Sequence {
    let inner = |byte: &u8| matches!(byte, 0x20..=0x7E);
    match bytes.iter().position(|byte| !inner(byte)) {
        Some(at) if at <= LONGEST => match bytes.get(at..) {
            Some([ESC, b'\\', ..]) => Sequence::Whole(at),
            Some([ESC]) => Sequence::Cut,
            _ => Sequence::Broken(at),
        },
        None if bytes.len() <= LONGEST => Sequence::Cut,
        _ => Sequence::Broken(LONGEST),
    }
}

/// The first character and its length in bytes; `None` as the character for bytes that are none.
/// `None` where it is not whole.
fn character(bytes: &[u8]) -> Option<(usize, Option<char>)> {
    let most = bytes.get(..bytes.len().min(4)).unwrap_or_default();
    let valid = match std::str::from_utf8(most) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() > 0 => {
            std::str::from_utf8(most.get(..error.valid_up_to())?).ok()?
        }
        Err(error) => return error.error_len().map(|length| (length, None)),
    };
    let first = valid.chars().next()?;
    Some((first.len_utf8(), Some(first).filter(|c| !c.is_control())))
}

#[allow(clippy::indexing_slicing)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::parse;
    use proptest::prelude::*;

    fn heard(bytes: &[u8]) -> Vec<Heard> {
        let mut ear = Ear::default();
        let mut all = ear.take(bytes);
        for _ in 0..=PATIENCE {
            all.extend(ear.rest());
        }
        all
    }

    fn keys(text: &str) -> Vec<Heard> {
        parse(text).into_iter().map(Heard::Key).collect()
    }

    #[test]
    fn keys_are_what_terminals_send_for_them() {
        for (bytes, expected) in [
            ("jG", "jG"),
            ("é会🐣", "é会🐣"),
            ("\x1b", "<Esc>"),
            ("\x1b\x1b", "<Esc><Esc>"),
            ("\r\t\x7f \x00", "<Enter><Tab><Backspace> <C- >"),
            ("\x04\x1a", "<C-d><C-z>"),
            ("\x1b[A\x1b[B\x1bOC\x1bOD", "<Up><Down><Right><Left>"),
            ("\x1b[1~\x1b[4~\x1b[H\x1bOF", "<Home><End><Home><End>"),
            ("\x1b[5~\x1b[6~\x1b[3~\x1b[Z", "<PgUp><PgDn><Delete><S-Tab>"),
            ("\x1bOP\x1b[12~\x1b[24~", "<F1><F2><F12>"),
            // With Shift, as an arrow; with Alt, nothing.
            ("\x1b[1;2A\x1b[1;3A\x1bj\x1bé", "<Up>"),
            // Focus, a report of a size, an unknown key, the Linux console's F1.
            ("\x1b[I\x1b[8;24;80t\x1b[99~\x1b[[Aj", "j"),
            // Alt with a letter that could begin an answer.
            ("\x1b_", ""),
            ("\x1bP", ""),
            ("\x1bPjk", "jk"),
        ] {
            assert_eq!(heard(bytes.as_bytes()), keys(expected), "{bytes:?}");
        }
    }

    #[test]
    fn answers_are_heard_and_become_no_key_however_they_are_cut() {
        let answers = b"\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.35.2)\x1b\\\x1b[6;18;9t\x1b[?62;4;22c";
        let told = Told {
            name: "kitty(0.35.2)".into(),
            kitty: true,
            sixel: true,
            cell: Some((9, 18)),
        };
        for cut in 0..answers.len() {
            let mut ear = Ear::default();
            ask::sent();
            let mut all = ear.take(&answers[..cut]);
            all.extend(ear.rest());
            all.extend(ear.take(&answers[cut..]));
            assert_eq!(all, [Heard::Told(told.clone())], "cut at {cut}");
        }
        // Between keys too; and who shows none of it says so.
        let all = heard(b"j\x1b_Gi=31;ENOTSUP\x1b\\\x1b[?1;2ck");
        let none = Heard::Told(Told::default());
        assert_eq!(all, [&keys("j")[..], &[none], &keys("k")[..]].concat());
    }

    #[test]
    fn what_is_pasted_is_text_and_no_keys() {
        let paste = |text: &str| Heard::Paste(text.into());
        let bytes = b"\x1b[200~o\x1b[Aq\rP\x1b[201~j";
        let expected = [paste("o\x1b[Aq\rP"), keys("j").remove(0)];
        for cut in 0..bytes.len() {
            let mut ear = Ear::default();
            let mut all = ear.take(&bytes[..cut]);
            all.extend(ear.take(&bytes[cut..]));
            assert_eq!(all, expected, "cut at {cut}");
        }
        let long = format!("\x1b[200~{}\x1b[201~", "a".repeat(2 * LONGEST_PASTE));
        assert_eq!(heard(long.as_bytes()), [paste(&"a".repeat(LONGEST_PASTE))]);
    }

    #[test]
    fn the_wheel_is_told_and_nothing_else_of_the_mouse() {
        let all = heard(b"\x1b[<64;10;5M\x1b[<65;10;5M\x1b[<0;10;5M\x1b[<0;10;5m");
        assert_eq!(all, [Heard::Wheel(false), Heard::Wheel(true)]);
    }

    proptest! {
        #[test]
        fn whatever_comes_is_taken_and_nothing_is_kept_for_ever(
            pieces in prop::collection::vec(prop::collection::vec(prop_oneof![
                3 => any::<u8>(),
                2 => Just(ESC),
                2 => prop::sample::select(b"[]_PG>|;?~\\0123456789cOMt".to_vec()),
            ], 0..40), 0..8),
        ) {
            let mut ear = Ear::default();
            for piece in &pieces {
                ear.take(piece);
                prop_assert!(ear.held.len() <= LONGEST + 64, "{}", ear.held.len());
                if piece.len() % 3 == 0 {
                    ear.rest();
                }
            }
            for _ in 0..=PATIENCE {
                ear.rest();
            }
            prop_assert!(!ear.is_waiting());
            let after = ear.take(b"j");
            prop_assert_eq!(after.last(), Some(&Heard::Key(Key::char('j'))));
        }
    }
}
