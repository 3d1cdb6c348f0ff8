//! From keys to actions: counts, prefixes, and how keys are written down.

use super::action::{ACTIONS, Act, View};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// The largest count that can be typed before a key.
const LARGEST_COUNT: u32 = 99_999_999;

/// One key as it was pressed. Shift is in the character itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The key.
    pub code: KeyCode,
    /// Whether Ctrl was held.
    pub ctrl: bool,
}

impl Key {
    /// A key without Ctrl.
    pub fn plain(code: KeyCode) -> Key {
        Key { code, ctrl: false }
    }

    /// A character key without Ctrl.
    pub fn char(c: char) -> Key {
        Key::plain(KeyCode::Char(c))
    }

    /// What the terminal reported, or `None` for a key's release and for keys with Alt, which many
    /// terminals send for a quick Esc and something else.
    pub fn of(event: KeyEvent) -> Option<Key> {
        if event.kind == KeyEventKind::Release || event.modifiers.contains(KeyModifiers::ALT) {
            return None;
        }
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        let code = match event.code {
            KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Some(Key { code, ctrl })
    }

    /// The key as help shows it: `j`, `Ctrl-D`, `Tab`.
    pub fn label(self) -> String {
        let name = match self.code {
            KeyCode::Char(' ') => "Space".into(),
            KeyCode::Char(c) if self.ctrl => c.to_ascii_uppercase().to_string(),
            KeyCode::Char(c) => c.to_string(),
            KeyCode::F(n) => format!("F{n}"),
            KeyCode::BackTab => "Shift-Tab".into(),
            code => NAMED
                .iter()
                .find(|(_, named)| *named == code)
                .map_or_else(String::new, |(name, _)| (*name).to_string()),
        };
        if self.ctrl {
            format!("Ctrl-{name}")
        } else {
            name
        }
    }
}

const NAMED: [(&str, KeyCode); 15] = [
    ("Tab", KeyCode::Tab),
    ("S-Tab", KeyCode::BackTab),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Space", KeyCode::Char(' ')),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
];

/// Reads keys as the table and the tests write them: `5jv<Tab><C-d>`. What stands between `<` and
/// `>` and is no key's name is taken letter by letter.
pub fn parse(text: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let named = rest
            .strip_prefix('<')
            .and_then(|inner| inner.split_once('>'))
            .and_then(|(name, after)| Some((named(name)?, after)));
        match named {
            Some((key, after)) => {
                keys.push(key);
                rest = after;
            }
            None => {
                keys.push(Key::char(first));
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
    }
    keys
}

fn named(name: &str) -> Option<Key> {
    if let Some(letter) = name.strip_prefix("C-") {
        let code = KeyCode::Char(letter.chars().next()?);
        return Some(Key { code, ctrl: true });
    }
    if let Some(number) = name.strip_prefix('F') {
        return Some(Key::plain(KeyCode::F(number.parse().ok()?)));
    }
    NAMED
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, code)| Key::plain(*code))
}

/// Keys as help shows them: `*o`, `gg`, `Ctrl-D`.
pub fn label(keys: &str) -> String {
    parse(keys).into_iter().map(Key::label).collect()
}

/// What a key led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// More keys are needed.
    Wait,
    /// An action, with the count typed before it.
    Do(Act, Option<u32>),
    /// These keys mean nothing here.
    Unknown(String),
}

/// Keys typed so far that are not yet an action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    count: Option<u32>,
    keys: Vec<Key>,
}

impl Pending {
    /// The count and prefix typed so far, to be shown; empty when there is none.
    pub fn label(&self) -> String {
        let count = self
            .count
            .map_or_else(String::new, |count| count.to_string());
        let keys: String = self.keys.iter().map(|key| key.label()).collect();
        count + &keys
    }

    /// The count typed so far.
    pub fn count(&self) -> Option<u32> {
        self.count
    }

    /// Takes one key in `view`.
    pub fn press(&mut self, key: Key, view: View) -> Step {
        if let (
            Key {
                code: KeyCode::Char(c),
                ctrl: false,
            },
            true,
        ) = (key, self.keys.is_empty())
            && let Some(digit) = c.to_digit(10)
            && (digit > 0 || self.count.is_some())
        {
            let count = self
                .count
                .unwrap_or(0)
                .saturating_mul(10)
                .saturating_add(digit);
            self.count = Some(count.min(LARGEST_COUNT));
            return Step::Wait;
        }
        if key.code == KeyCode::Esc && (self.count.is_some() || !self.keys.is_empty()) {
            *self = Pending::default();
            return Step::Wait;
        }
        self.keys.push(key);
        let mut longer = false;
        let mut found = None;
        for action in ACTIONS.iter().filter(|action| action.holds_in(view)) {
            for keys in action.keys {
                let keys = parse(keys);
                if keys == self.keys {
                    found = Some(action.act);
                } else if keys.starts_with(&self.keys) {
                    longer = true;
                }
            }
        }
        match found {
            Some(act) => {
                let count = self.count;
                *self = Pending::default();
                Step::Do(act, count)
            }
            None if longer => Step::Wait,
            None => {
                let label = self.label();
                *self = Pending::default();
                Step::Unknown(label)
            }
        }
    }

    /// The actions that the keys typed so far can still lead to.
    pub fn choices(&self, view: View) -> Vec<(String, &'static str)> {
        if self.keys.is_empty() {
            return Vec::new();
        }
        ACTIONS
            .iter()
            .filter(|action| action.holds_in(view))
            .flat_map(|action| action.keys.iter().map(move |keys| (keys, action.name)))
            .filter(|(keys, _)| parse(keys).starts_with(&self.keys))
            .map(|(keys, name)| (label(keys), name))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Decision;
    use crate::tui::action::Reach;

    fn run(keys: &str, view: View) -> Vec<Step> {
        let mut pending = Pending::default();
        parse(keys)
            .into_iter()
            .map(|key| pending.press(key, view))
            .collect()
    }

    #[test]
    fn counts_and_prefixes() {
        assert_eq!(
            run("12j", View::Messages),
            [Step::Wait, Step::Wait, Step::Do(Act::Down, Some(12))]
        );
        assert_eq!(
            run("gg", View::Messages),
            [Step::Wait, Step::Do(Act::First, None)]
        );
        assert_eq!(
            run("*o", View::Results),
            [
                Step::Wait,
                Step::Do(Act::Decide(Decision::Official, Reach::Listed), None)
            ]
        );
        assert_eq!(
            run("10G", View::Messages).last(),
            Some(&Step::Do(Act::Last, Some(10)))
        );
        assert_eq!(
            run("<C-d>", View::Messages),
            [Step::Do(Act::HalfDown, None)]
        );
    }

    #[test]
    fn escape_drops_what_was_typed_and_nothing_else() {
        assert_eq!(
            run("5<Esc>j", View::Messages),
            [Step::Wait, Step::Wait, Step::Do(Act::Down, None)]
        );
        assert_eq!(run("<Esc>", View::Messages), [Step::Do(Act::Back, None)]);
    }

    #[test]
    fn unknown_keys_are_named() {
        assert_eq!(
            run("3gQ", View::Messages).last(),
            Some(&Step::Unknown("3gQ".into()))
        );
    }

    #[test]
    fn a_huge_count_does_not_overflow() {
        let steps = run("99999999999999999999j", View::Messages);
        assert_eq!(
            steps.last(),
            Some(&Step::Do(Act::Down, Some(LARGEST_COUNT)))
        );
    }

    #[test]
    fn keys_are_written_as_they_are_read() {
        assert_eq!(label("<C-d>"), "Ctrl-D");
        assert_eq!(label("<S-Tab>"), "Shift-Tab");
        assert_eq!(label("*o"), "*o");
    }
}
