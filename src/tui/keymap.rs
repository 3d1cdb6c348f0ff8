//! From keys to actions: counts, prefixes, and how keys are written down.

use super::action::{ACTIONS, Act, Action, View};
use crate::settings::{self, Bound, Fault};
use crate::text::nearest;

/// The largest count that can be typed before a key.
const LARGEST_COUNT: u32 = 99_999_999;

/// The keys that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyCode {
    /// What types this character.
    Char(char),
    /// A function key by its number, from 1.
    F(u8),
    /// Enter, and the one of the number pad.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Tab with Shift.
    BackTab,
    /// What takes the character before the cursor away.
    Backspace,
    /// What takes the character at the cursor away.
    Delete,
    /// Insert.
    Insert,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Up.
    Up,
    /// Down.
    Down,
    /// Left.
    Left,
    /// Right.
    Right,
}

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

impl Key {
    /// The key as the settings write it: `j`, `<C-d>`, `<Tab>`.
    fn spelling(self) -> String {
        let name = match self.code {
            KeyCode::Char(c) if self.ctrl => format!("C-{c}"),
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(c) => return c.to_string(),
            KeyCode::F(number) => format!("F{number}"),
            code => NAMED
                .iter()
                .find(|(_, named)| *named == code)
                .map_or_else(String::new, |(name, _)| (*name).to_owned()),
        };
        format!("<{name}>")
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
    written(&parse(keys))
}

fn written(keys: &[Key]) -> String {
    keys.iter().map(|key| key.label()).collect()
}

/// Which keys lead to which action: those of the table, or what a person gave to an action instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    /// For each line of the table, its keys, and the line of the settings that gave them.
    lines: Vec<(Vec<Vec<Key>>, Option<u32>)>,
}

impl Default for Keymap {
    fn default() -> Keymap {
        let keys = |action: &Action| action.keys.iter().map(|keys| parse(keys)).collect();
        Keymap {
            lines: ACTIONS.iter().map(|action| (keys(action), None)).collect(),
        }
    }
}

impl Keymap {
    /// The table with the keys that a person gave to some actions. An action has then these keys and
    /// none of its own.
    ///
    /// # Errors
    /// Actions that do not exist, keys that cannot be read or are taken for something else, and keys
    /// that would mean two things in one view, with the line that gave them.
    pub fn of(given: &[Bound]) -> Result<Keymap, Vec<Fault>> {
        let mut keymap = Keymap::default();
        let mut faults = Vec::new();
        for bound in given {
            let line = bound.line;
            let mut fault = |words: String| faults.push(Fault { line, words });
            let at = ACTIONS
                .iter()
                .position(|action| setting(action) == bound.action);
            let Some(place) = at.and_then(|at| keymap.lines.get_mut(at)) else {
                let names: Vec<String> = ACTIONS.iter().map(setting).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let hint = match nearest(&bound.action, &names) {
                    Some(meant) => format!("did you mean {meant}?"),
                    None => "docket config lists them".to_owned(),
                };
                fault(format!("{} is no action; {hint}", bound.action));
                continue;
            };
            let mut keys = Vec::new();
            for text in &bound.keys {
                match readable(text) {
                    Ok(read) if keys.contains(&read) => {}
                    Ok(read) => keys.push(read),
                    Err(why) => fault(format!("keys.{} = \"{text}\": {why}", bound.action)),
                }
            }
            *place = (keys, Some(line));
        }
        if faults.is_empty() {
            faults = keymap.conflicts();
        }
        match faults.is_empty() {
            true => Ok(keymap),
            false => Err(faults),
        }
    }

    /// Keys that mean two things in one view, or that begin other keys, and so hide them.
    fn conflicts(&self) -> Vec<Fault> {
        let all: Vec<_> = ACTIONS
            .iter()
            .zip(&self.lines)
            .flat_map(|(action, (keys, line))| keys.iter().map(move |keys| (action, keys, *line)))
            .collect();
        let mut faults: Vec<Fault> = Vec::new();
        for (at, (first, keys, line)) in all.iter().enumerate() {
            for (second, others, other_line) in all.iter().skip(at + 1) {
                // What the table says of itself is held by its tests.
                let Some(line) = (*line).max(*other_line) else {
                    continue;
                };
                let touch = keys.starts_with(others) || others.starts_with(keys);
                let view = first.views.iter().find(|view| second.holds_in(**view));
                if let (true, Some(view)) = (touch && first.act != second.act, view) {
                    let (one, other) = (setting(first), setting(second));
                    let what = if keys == others {
                        format!("{} is both {one} and {other}", written(keys))
                    } else {
                        format!(
                            "{} is {one} and {} is {other}: one begins the other",
                            written(keys),
                            written(others)
                        )
                    };
                    let words = format!("{what} in {view:?}; give one of them another key");
                    if !faults.iter().any(|fault| fault.words == words) {
                        faults.push(Fault { line, words });
                    }
                }
            }
        }
        faults.sort_by_key(|fault| fault.line);
        faults
    }

    fn in_view(&self, view: View) -> impl Iterator<Item = (&'static Action, &Vec<Key>)> {
        ACTIONS
            .iter()
            .zip(&self.lines)
            .filter(move |(action, _)| action.holds_in(view))
            .flat_map(|(action, (keys, _))| keys.iter().map(move |keys| (action, keys)))
    }

    /// What these keys do in some other view, and in which.
    pub fn elsewhere(&self, keys: &[Key]) -> Option<(View, &'static Action)> {
        let mut all = ACTIONS.iter().zip(&self.lines);
        let (action, _) = all.find(|(_, (of, _))| of.iter().any(|own| own == keys))?;
        Some((*action.views.first()?, action))
    }

    fn line(&self, act: Act) -> Option<&(Vec<Vec<Key>>, Option<u32>)> {
        let at = ACTIONS.iter().position(|action| action.act == act)?;
        self.lines.get(at)
    }

    /// The keys of an action as help shows them.
    pub fn labels(&self, act: Act) -> Vec<String> {
        let keys = self.line(act).map(|(keys, _)| keys.as_slice());
        let keys = keys.unwrap_or_default();
        keys.iter().map(|keys| written(keys)).collect()
    }

    /// The first key of an action as help shows it; its name where it has none.
    pub fn label(&self, act: Act) -> String {
        self.labels(act).into_iter().next().unwrap_or_else(|| {
            super::action::of(act).map_or_else(String::new, |action| format!("({})", action.name))
        })
    }

    /// Every action and its keys, as the settings write them.
    pub fn rows(&self) -> Vec<settings::Row> {
        let spelt = |keys: &Vec<Key>| {
            let keys: String = keys.iter().map(|key| key.spelling()).collect();
            settings::quoted(&keys)
        };
        ACTIONS
            .iter()
            .zip(&self.lines)
            .map(|(action, (keys, line))| settings::Row {
                name: format!("keys.{}", setting(action)),
                value: match keys.as_slice() {
                    [one] => spelt(one),
                    keys => format!(
                        "[{}]",
                        keys.iter().map(spelt).collect::<Vec<_>>().join(", ")
                    ),
                },
                line: *line,
                serves: settings::Serves::Screen,
            })
            .collect()
    }
}

/// The name of an action in the settings: `next-undecided`.
pub fn setting(action: &Action) -> String {
    action.name.replace(' ', "-")
}

/// Keys as a person may write them in the settings.
fn readable(text: &str) -> Result<Vec<Key>, String> {
    const NAMES: &str = "<C-x>, <F1> to <F12>, <Tab>, <S-Tab>, <Enter>, <Esc>, <Space>, <Up>, <Down>, \
                         <Left>, <Right>, <PgUp>, <PgDn>, <Home>, <End>, <Backspace>, <Delete>";
    const MOST: usize = 4;
    let keys = parse(text);
    if text.len() > 1 && text.contains('<') && text.contains('>') {
        let named = keys.iter().all(|key| key.code != KeyCode::Char('<'));
        if !named {
            return Err(format!("no such key; named keys are {NAMES}"));
        }
    }
    let odd = |key: &Key| match key.code {
        KeyCode::Char(c) => c.is_control() || (key.ctrl && !c.is_ascii_lowercase()),
        KeyCode::F(number) => !(1..=12).contains(&number),
        _ => false,
    };
    let digit = |key: &Key| matches!(key.code, KeyCode::Char('1'..='9')) && !key.ctrl;
    let ends_in_y = keys.last() == Some(&Key::char('y'));
    if keys.is_empty() {
        Err("no key; an empty list leaves the action without one".to_owned())
    } else if keys.len() > MOST {
        Err(format!("{MOST} keys in a row are the most"))
    } else if keys.iter().any(odd) {
        Err(format!("no such key; named keys are {NAMES}"))
    } else if keys.first().is_some_and(digit) {
        Err("a number before a key is a count".to_owned())
    } else if ends_in_y {
        Err("y confirms, and must start nothing".to_owned())
    } else if keys.iter().skip(1).any(|key| key.code == KeyCode::Esc) {
        Err("Esc drops the keys before it".to_owned())
    } else if keys.contains(&Key {
        code: KeyCode::Char('z'),
        ctrl: true,
    }) {
        Err("Ctrl-Z always goes back to the shell".to_owned())
    } else {
        Ok(keys)
    }
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

    /// The keys typed so far and this one.
    pub fn followed_by(&self, key: Key) -> Vec<Key> {
        self.keys.iter().copied().chain([key]).collect()
    }

    /// Takes one key in `view`.
    pub fn press(&mut self, key: Key, view: View, keymap: &Keymap) -> Step {
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
        for (action, keys) in keymap.in_view(view) {
            if *keys == self.keys {
                found = Some(action.act);
            } else if keys.starts_with(&self.keys) {
                longer = true;
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
    pub fn choices(&self, view: View, keymap: &Keymap) -> Vec<(String, &'static str)> {
        if self.keys.is_empty() {
            return Vec::new();
        }
        keymap
            .in_view(view)
            .filter(|(_, keys)| keys.starts_with(&self.keys))
            .map(|(action, keys)| (written(keys), action.name))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Decision;
    use crate::tui::action::Reach;

    fn run(keys: &str, view: View) -> Vec<Step> {
        let (mut pending, keymap) = (Pending::default(), Keymap::default());
        parse(keys)
            .into_iter()
            .map(|key| pending.press(key, view, &keymap))
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

    fn bound(action: &str, keys: &[&str], line: u32) -> Bound {
        Bound {
            action: action.into(),
            keys: keys.iter().map(|keys| (*keys).to_owned()).collect(),
            line,
        }
    }

    fn faults(given: &[Bound]) -> Vec<String> {
        let faults = Keymap::of(given).unwrap_err();
        faults.iter().map(Fault::to_string).collect()
    }

    #[test]
    fn actions_have_names_of_their_own_and_the_table_no_conflicts() {
        let names: std::collections::BTreeSet<String> = ACTIONS.iter().map(setting).collect();
        assert_eq!(names.len(), ACTIONS.len());
        assert_eq!(Keymap::of(&[]), Ok(Keymap::default()));
        // Every action can be named with the keys it has.
        for action in ACTIONS.iter().filter(|action| action.act != Act::Suspend) {
            let given = bound(&setting(action), action.keys, 1);
            assert!(Keymap::of(&[given]).is_ok(), "{}", action.name);
        }
    }

    #[test]
    fn what_is_listed_can_be_given() {
        for action in ACTIONS {
            for text in action.keys {
                let spelt: String = parse(text).iter().map(|key| key.spelling()).collect();
                assert_eq!(spelt, *text);
            }
        }
        assert!(
            Keymap::default()
                .rows()
                .iter()
                .all(|row| row.line.is_none())
        );
    }

    #[test]
    fn given_keys_replace_those_of_the_table() {
        let given = [bound("official", &["Z", "<F5>"], 3), bound("up", &["k"], 4)];
        let keymap = Keymap::of(&given).unwrap();
        let official = Act::Decide(Decision::Official, Reach::Target);
        assert_eq!(keymap.labels(official), ["Z", "F5"]);
        assert_eq!(keymap.label(official), "Z");
        let rows = keymap.rows();
        let row = rows.iter().find(|row| row.name == "keys.official").unwrap();
        assert_eq!(
            (row.value.as_str(), row.line),
            ("[\"Z\", \"<F5>\"]", Some(3))
        );
        let press = |key| Pending::default().press(key, View::Messages, &keymap);
        assert_eq!(press(Key::char('Z')), Step::Do(official, None));
        assert_eq!(press(Key::char('o')), Step::Unknown("o".into()));
        assert_eq!(press(Key::plain(KeyCode::Up)), Step::Unknown("Up".into()));
    }

    #[test]
    fn conflicts_name_both_actions() {
        assert_eq!(
            faults(&[bound("details", &["o"], 7)]),
            ["line 7: o is both official and details in Messages; give one of them another key"]
        );
        assert_eq!(
            faults(&[bound("quit", &["g"], 2)])[0],
            "line 2: gg is first and g is quit: one begins the other in Start; give one of them another key"
        );
        // What holds in views that never meet may share a key; what changes places may too.
        assert!(Keymap::of(&[bound("date-order", &["o"], 1)]).is_ok());
        let swapped = [bound("official", &["p"], 1), bound("personal", &["o"], 2)];
        assert!(Keymap::of(&swapped).is_ok());
        assert!(Keymap::of(&[bound("details", &[], 1)]).is_ok());
    }

    #[test]
    fn what_cannot_be_a_key_is_told() {
        assert_eq!(
            faults(&[bound("offical", &["o"], 1)]),
            ["line 1: offical is no action; did you mean official?"]
        );
        for keys in [
            "", "5", "gy", "y", "<C-z>", "<Pg>", "abcde", "g<Esc>", "<F13>", "<C-1>", "\u{7}",
        ] {
            assert_eq!(faults(&[bound("quit", &[keys], 1)]).len(), 1, "{keys:?}");
        }
        for keys in ["<", "ж", "<F12>", "<C-t>", "é<Tab>"] {
            assert!(Keymap::of(&[bound("quit", &[keys], 1)]).is_ok(), "{keys:?}");
        }
    }
}
