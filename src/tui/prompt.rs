//! A line that is being typed.

use super::keymap::{Key, KeyCode};
use unicode_segmentation::UnicodeSegmentation;

/// The longest line that can be typed, in bytes.
const LONGEST: usize = 4096;

/// One line of text with a cursor. The cursor stands between graphemes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    text: String,
    cursor: usize,
}

impl Prompt {
    /// A line that already holds `text`, the cursor at its end.
    pub fn with(text: &str) -> Prompt {
        let mut prompt = Prompt::default();
        prompt.insert(text);
        prompt
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor.
    pub fn before(&self) -> &str {
        self.text.get(..self.cursor).unwrap_or_default()
    }

    fn after(&self) -> &str {
        self.text.get(self.cursor..).unwrap_or_default()
    }

    /// Puts text in at the cursor: line ends and tabs become spaces, other controls are left out,
    /// and what goes past the longest line is left out.
    pub fn insert(&mut self, text: &str) {
        for c in text.chars() {
            let c = if matches!(c, '\n' | '\t') { ' ' } else { c };
            if !c.is_control() && self.text.len() + c.len_utf8() <= LONGEST {
                self.text.insert(self.cursor, c);
                self.cursor += c.len_utf8();
            }
        }
    }

    /// Takes an editing key; says whether it was one.
    pub fn press(&mut self, key: Key) -> bool {
        match (key.code, key.ctrl) {
            (KeyCode::Char('a'), true) | (KeyCode::Home, _) => self.cursor = 0,
            (KeyCode::Char('e'), true) | (KeyCode::End, _) => self.cursor = self.text.len(),
            (KeyCode::Char('u'), true) => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
            }
            (KeyCode::Char('k'), true) => self.text.truncate(self.cursor),
            (KeyCode::Char('w'), true) => {
                let kept = self.before().trim_end();
                let from = kept.rfind(char::is_whitespace).map_or(0, |at| {
                    at + kept
                        .get(at..)
                        .and_then(|rest| rest.chars().next())
                        .map_or(1, char::len_utf8)
                });
                self.text.drain(from..self.cursor);
                self.cursor = from;
            }
            (KeyCode::Backspace, _) | (KeyCode::Char('h'), true) => {
                let length = self
                    .before()
                    .graphemes(true)
                    .next_back()
                    .map_or(0, str::len);
                self.text.drain(self.cursor - length..self.cursor);
                self.cursor -= length;
            }
            (KeyCode::Delete, _) => {
                let length = self.after().graphemes(true).next().map_or(0, str::len);
                self.text.drain(self.cursor..self.cursor + length);
            }
            (KeyCode::Left, _) => {
                self.cursor -= self
                    .before()
                    .graphemes(true)
                    .next_back()
                    .map_or(0, str::len);
            }
            (KeyCode::Right, _) => {
                self.cursor += self.after().graphemes(true).next().map_or(0, str::len);
            }
            (KeyCode::Char(c), false) => self.insert(c.encode_utf8(&mut [0; 4])),
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::parse;

    fn typed(keys: &str) -> (String, String) {
        let mut prompt = Prompt::default();
        for key in parse(keys) {
            prompt.press(key);
        }
        (prompt.before().into(), prompt.after().into())
    }

    #[test]
    fn edits_by_grapheme() {
        assert_eq!(typed("abc<Left><Left>x"), ("ax".into(), "bc".into()));
        assert_eq!(typed("e\u{301}<Backspace>"), (String::new(), String::new()));
        assert_eq!(typed("one two<C-w>"), ("one ".into(), String::new()));
        assert_eq!(typed("one<C-a><Delete>"), (String::new(), "ne".into()));
        assert_eq!(typed("one<Left><C-u>"), (String::new(), "e".into()));
    }

    #[test]
    fn pasted_controls_do_not_enter() {
        let mut prompt = Prompt::default();
        prompt.insert("a\x1b[2Jb\nc\u{9b}d");
        assert_eq!(prompt.text(), "a[2Jb cd");
    }

    proptest::proptest! {
        #[test]
        fn any_keys_keep_the_cursor_between_characters(text in "\\PC{0,12}", keys in "(<Left>|<Right>|<Backspace>|<Delete>|<C-w>|<Home>|\\PC){0,30}") {
            let mut prompt = Prompt::with(&text);
            for key in parse(&keys) {
                prompt.press(key);
                assert!(prompt.text.is_char_boundary(prompt.cursor));
            }
        }
    }
}
