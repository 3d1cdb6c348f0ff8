//! The command palette: every action of the table by its name, found by a few of its letters.

use super::action::{ACTIONS, Act, Action, Group, View};
use super::keymap::Keymap;
use super::prompt::Prompt;
use super::window::Window;

/// So many of the actions used last are remembered.
const REMEMBERED: usize = 12;

/// The palette while it is open.
#[derive(Clone, Debug)]
pub struct Palette {
    /// What is typed: a count, if any, then letters of a name, words of the help, or a key.
    pub line: Prompt,
    /// The cursor and what is in view of the list.
    pub window: Window,
    /// The view that the action would be done in.
    view: View,
    /// Names of the actions used last, the latest first.
    recent: Vec<String>,
    found: Vec<&'static Action>,
    keymap: Keymap,
}

impl Palette {
    /// All actions: first those used last, then what can be done in `view`, moving last, then the rest.
    pub fn open(view: View, recent: &[String], keymap: &Keymap) -> Palette {
        let mut palette = Palette {
            line: Prompt::default(),
            window: Window::default(),
            view,
            recent: recent.to_vec(),
            found: Vec::new(),
            keymap: keymap.clone(),
        };
        palette.changed();
        palette
    }

    /// The actions that what is typed finds, the likeliest first.
    pub fn found(&self) -> &[&'static Action] {
        &self.found
    }

    /// How many they are.
    pub fn len(&self) -> u32 {
        u32::try_from(self.found.len()).unwrap_or(u32::MAX)
    }

    /// Whether nothing is found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The one under the cursor.
    pub fn current(&self) -> Option<&'static Action> {
        let at = usize::try_from(self.window.cursor).ok()?;
        self.found.get(at).copied()
    }

    /// Whether an action can be done where the palette was opened.
    pub fn holds(&self, action: &Action) -> bool {
        action.holds_in(self.view)
    }

    /// The count that stands before the name, and the rest.
    pub fn typed(&self) -> (Option<u32>, &str) {
        let text = self.line.text().trim_start();
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (count, rest) = text.split_at_checked(digits).unwrap_or(("", text));
        (count.parse().ok(), rest.trim())
    }

    /// Takes note of a changed line.
    pub fn changed(&mut self) {
        self.window = Window::default();
        let (_, rest) = self.typed();
        let rest = rest.to_lowercase();
        let exact = self.typed().1.to_owned();
        let mut found: Vec<_> = ACTIONS
            .iter()
            .enumerate()
            .filter_map(|(at, action)| {
                let recent = self.recent.iter().position(|name| name == action.name);
                let rank = if rest.is_empty() {
                    recent.map_or(1, |_| 0)
                } else {
                    rank(&self.keymap, action, &rest, &exact)?
                };
                let here = !self.holds(action);
                // Who types nothing looks for what can be done; the ways to move are known or many.
                let moves = rest.is_empty() && recent.is_none() && action.group == Group::Move;
                let recent = recent.unwrap_or(REMEMBERED);
                Some(((rank, here, moves, recent, at), action))
            })
            .collect();
        found.sort_by_key(|(key, _)| *key);
        self.found = found.into_iter().map(|(_, action)| action).collect();
    }
}

/// How well an action answers what is typed, smaller is better; `None` where it does not.
fn rank(keymap: &Keymap, action: &Action, typed: &str, exact: &str) -> Option<u8> {
    let name = action.name;
    if name == typed || keymap.labels(action.act).iter().any(|key| key == exact) {
        return Some(1);
    }
    if name.starts_with(typed) {
        return Some(2);
    }
    if name.split(' ').any(|word| word.starts_with(typed)) {
        return Some(3);
    }
    if name.contains(typed) {
        return Some(4);
    }
    let help = action.help.to_lowercase();
    let words: Vec<&str> = help.split(|c: char| !c.is_alphanumeric()).collect();
    let stands = |part: &str| {
        words
            .iter()
            .chain(&name.split(' ').collect::<Vec<_>>())
            .any(|word| word.starts_with(part))
    };
    if typed.split_whitespace().all(stands) {
        return Some(5);
    }
    let mut letters = name.chars();
    let in_turn = typed
        .chars()
        .filter(|c| !c.is_whitespace())
        .all(|c| letters.any(|letter| letter == c));
    in_turn.then_some(6)
}

/// Puts the action used last before the others.
pub fn remember(recent: &mut Vec<String>, act: Act) {
    if let Some(action) = super::action::of(act) {
        recent.retain(|name| name != action.name);
        recent.insert(0, action.name.to_owned());
        recent.truncate(REMEMBERED);
    }
}

/// Where an action can be done, for a person who tried it elsewhere.
pub fn where_it_holds(action: &Action) -> String {
    let views: Vec<&str> = action.views.iter().map(|view| view.name()).collect();
    format!("{} works only in: {}", action.name, views.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::parse;

    fn found(typed: &str) -> Vec<&'static str> {
        let mut palette = Palette::open(View::Messages, &["log".into()], &Keymap::default());
        for key in parse(typed) {
            palette.line.press(key);
        }
        palette.changed();
        palette.found().iter().map(|action| action.name).collect()
    }

    #[test]
    fn a_few_letters_words_or_the_key_find_an_action() {
        assert_eq!(found("undec")[0], "next undecided");
        assert_eq!(found("und")[0], "undo");
        assert_eq!(found("nxundcd")[0], "next undecided");
        assert_eq!(found("gb")[0], "bundle");
        assert_eq!(found("Ctrl-R")[0], "redo");
        assert_eq!(found("handed over").first(), Some(&"official"));
        assert!(found("zzzzqqq").is_empty());
    }

    #[test]
    fn what_was_used_last_comes_first_and_nothing_is_left_out() {
        let all = found("");
        assert_eq!(all[0], "log");
        assert_eq!(all.len(), ACTIONS.len());
    }

    #[test]
    fn a_number_before_the_name_is_its_count() {
        let mut palette = Palette::open(View::Messages, &[], &Keymap::default());
        palette.line.insert("12 down");
        palette.changed();
        assert_eq!(palette.typed(), (Some(12), "down"));
        assert_eq!(palette.current().map(|action| action.act), Some(Act::Down));
    }

    #[test]
    fn names_are_told_apart() {
        let mut names: Vec<_> = ACTIONS.iter().map(|action| action.name).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
