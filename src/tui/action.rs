//! Everything a key can do: one table, from which the keymap, the help and the footer are made.
//!
//! The rules of the map: lower case acts on the target, upper case on the whole thread, `*` on
//! everything listed. The target is the range if there is one, else the current message, or as many
//! from it on as the count says. `m` is *mixed* and `r` is *refer*, so vim's marks and replace have
//! no keys here; `n` and `N` go between hits.
//!
//! Left free on purpose: Ctrl-A, Ctrl-B and Ctrl-Space (tmux, screen), Ctrl-S and Ctrl-Q (flow
//! control), Alt (a quick Esc over a slow line), function keys but F1 and F2.

mod findings;
mod kinds;
mod marks;
mod masking;
mod people;
mod same;
mod seconds;
mod ways;

pub use kinds::{Act, FindingAct, Group, Reach, UnitStep, View};

use crate::model::Decision;

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// What it does.
    pub act: Act,
    /// A short name: the footer shows it.
    pub name: &'static str,
    /// What help says.
    pub help: &'static str,
    /// The keys, as [`super::keymap::parse`] reads them.
    pub keys: &'static [&'static str],
    /// Where it holds.
    pub views: &'static [View],
    /// Under which heading help lists it.
    pub group: Group,
}

use Act::*;
use Reach::{Listed, Target, Thread};

const LISTS: &[View] = &[
    View::Start,
    View::Threads,
    View::Messages,
    View::Results,
    View::Log,
    View::Bundle,
    View::Sources,
    View::Differences,
    View::Timeline,
    View::Day,
    View::Bookmarks,
    View::Sample,
    View::People,
    View::Person,
    View::Suggestions,
    View::Rules,
    View::Waiting,
    View::Masks,
    View::Files,
    View::Findings,
    View::Report,
    View::Help,
];
const DECIDING: &[View] = &[
    View::Messages,
    View::Results,
    View::Day,
    View::Bookmarks,
    View::Sample,
];
const THREADS: &[View] = &[
    View::Threads,
    View::Messages,
    View::Results,
    View::Day,
    View::Bookmarks,
    View::Sample,
];
const HITS: &[View] = &[View::Messages, View::Results, View::Masks];
const ANYWHERE: &[View] = &[
    View::Start,
    View::Threads,
    View::Messages,
    View::Results,
    View::Sources,
    View::Log,
    View::Bundle,
    View::Differences,
    View::Timeline,
    View::Day,
    View::Bookmarks,
    View::Sample,
    View::People,
    View::Person,
    View::Suggestions,
    View::Rules,
    View::Waiting,
    View::Masks,
    View::Files,
    View::Findings,
    View::Report,
];

const fn line(
    act: Act,
    name: &'static str,
    keys: &'static [&'static str],
    views: &'static [View],
    group: Group,
    help: &'static str,
) -> Action {
    Action {
        act,
        name,
        help,
        keys,
        views,
        group,
    }
}

/// The table.
pub const ACTIONS: &[Action] = &joined();

/// The parts of the table, one after the other.
const PARTS: &[&[Action]] = &[
    LINES,
    people::PEOPLE,
    same::SAME,
    marks::MARKS,
    seconds::SECONDS,
    masking::MASKING,
    ways::WAYS,
    findings::LINES,
];

#[allow(clippy::indexing_slicing)]
const ALL: usize = {
    let (mut all, mut part) = (0, 0);
    while part < PARTS.len() {
        all += PARTS[part].len();
        part += 1;
    }
    all
};

#[allow(clippy::indexing_slicing)]
const fn joined() -> [Action; ALL] {
    let mut all = [LINES[0]; ALL];
    let (mut at, mut part) = (0, 0);
    while part < PARTS.len() {
        let mut line = 0;
        while line < PARTS[part].len() {
            all[at] = PARTS[part][line];
            at += 1;
            line += 1;
        }
        part += 1;
    }
    all
}

const LINES: &[Action] = &[
    line(
        Decide(Decision::Official, Target),
        "official",
        &["o"],
        DECIDING,
        Group::Decide,
        "official: government business, is handed over; then on to the next undecided",
    ),
    line(
        Decide(Decision::Personal, Target),
        "personal",
        &["p"],
        DECIDING,
        Group::Decide,
        "personal: not government business, never leaves",
    ),
    line(
        Decide(Decision::Mixed, Target),
        "mixed",
        &["m"],
        DECIDING,
        Group::Decide,
        "mixed: both in one message, handed over once masked",
    ),
    line(
        Decide(Decision::Context, Target),
        "context",
        &["c"],
        DECIDING,
        Group::Decide,
        "context: not a record, but needed to understand one",
    ),
    line(
        Decide(Decision::Refer, Target),
        "refer",
        &["r"],
        DECIDING,
        Group::Decide,
        "refer: needs a second look",
    ),
    line(
        Decide(Decision::Undecided, Target),
        "clear",
        &["x"],
        DECIDING,
        Group::Decide,
        "clear: undecided again",
    ),
    line(
        Decide(Decision::Official, Thread),
        "thread official",
        &["O"],
        THREADS,
        Group::Decide,
        "the whole thread is official",
    ),
    line(
        Decide(Decision::Personal, Thread),
        "thread personal",
        &["P"],
        THREADS,
        Group::Decide,
        "the whole thread is personal",
    ),
    line(
        Decide(Decision::Mixed, Thread),
        "thread mixed",
        &["M"],
        THREADS,
        Group::Decide,
        "the whole thread is mixed",
    ),
    line(
        Decide(Decision::Context, Thread),
        "thread context",
        &["C"],
        THREADS,
        Group::Decide,
        "the whole thread is context",
    ),
    line(
        Decide(Decision::Refer, Thread),
        "thread refer",
        &["R"],
        THREADS,
        Group::Decide,
        "the whole thread needs a second look",
    ),
    line(
        Decide(Decision::Undecided, Thread),
        "thread clear",
        &["X"],
        THREADS,
        Group::Decide,
        "the whole thread is undecided again",
    ),
    line(
        Decide(Decision::Official, Listed),
        "all official",
        &["*o"],
        DECIDING,
        Group::Decide,
        "everything listed is official",
    ),
    line(
        Decide(Decision::Personal, Listed),
        "all personal",
        &["*p"],
        DECIDING,
        Group::Decide,
        "everything listed is personal",
    ),
    line(
        Decide(Decision::Mixed, Listed),
        "all mixed",
        &["*m"],
        DECIDING,
        Group::Decide,
        "everything listed is mixed",
    ),
    line(
        Decide(Decision::Context, Listed),
        "all context",
        &["*c"],
        DECIDING,
        Group::Decide,
        "everything listed is context",
    ),
    line(
        Decide(Decision::Refer, Listed),
        "all refer",
        &["*r"],
        DECIDING,
        Group::Decide,
        "everything listed needs a second look",
    ),
    line(
        Decide(Decision::Undecided, Listed),
        "all clear",
        &["*x"],
        DECIDING,
        Group::Decide,
        "everything listed is undecided again",
    ),
    line(
        Range,
        "range",
        &["v"],
        DECIDING,
        Group::Decide,
        "begin or end a range; a decision then acts on all of it",
    ),
    line(
        Repeat,
        "repeat",
        &["."],
        DECIDING,
        Group::Decide,
        "the last decision again, on the new target",
    ),
    line(
        Undo,
        "undo",
        &["u"],
        ANYWHERE,
        Group::Decide,
        "take back your last decision or act on people, whatever its size",
    ),
    line(
        Redo,
        "redo",
        &["<C-r>"],
        ANYWHERE,
        Group::Decide,
        "put back what was taken back",
    ),
    line(
        Down,
        "down",
        &["j", "<Down>"],
        LISTS,
        Group::Move,
        "down; 12j moves twelve",
    ),
    line(Up, "up", &["k", "<Up>"], LISTS, Group::Move, "up"),
    line(
        HalfDown,
        "half down",
        &["<C-d>"],
        LISTS,
        Group::Move,
        "half a window down",
    ),
    line(
        HalfUp,
        "half up",
        &["<C-u>"],
        LISTS,
        Group::Move,
        "half a window up",
    ),
    line(
        PageDown,
        "page down",
        &["<PgDn>", "<C-f>", "<Space>"],
        LISTS,
        Group::Move,
        "a window down",
    ),
    line(
        PageUp,
        "page up",
        &["<PgUp>"],
        LISTS,
        Group::Move,
        "a window up",
    ),
    line(
        LineDown,
        "scroll down",
        &["<C-e>"],
        DECIDING,
        Group::Move,
        "move the window one line down",
    ),
    line(
        LineUp,
        "scroll up",
        &["<C-y>"],
        DECIDING,
        Group::Move,
        "move the window one line up",
    ),
    line(
        First,
        "first",
        &["gg", "<Home>"],
        LISTS,
        Group::Move,
        "to the first",
    ),
    line(
        Last,
        "last",
        &["G", "<End>"],
        LISTS,
        Group::Move,
        "to the last; 120G goes to number 120",
    ),
    line(
        NextUndecided,
        "next undecided",
        &["<Tab>"],
        ANYWHERE,
        Group::Move,
        "to the next undecided",
    ),
    line(
        PreviousUndecided,
        "previous undecided",
        &["<S-Tab>"],
        ANYWHERE,
        Group::Move,
        "to the undecided before",
    ),
    line(
        PreviousDay,
        "day before",
        &["{"],
        DECIDING,
        Group::Move,
        "to the day before",
    ),
    line(
        NextDay,
        "next day",
        &["}"],
        DECIDING,
        Group::Move,
        "to the next day",
    ),
    line(
        PreviousThread,
        "thread before",
        &["["],
        DECIDING,
        Group::Move,
        "to the thread before",
    ),
    line(
        NextThread,
        "next thread",
        &["]"],
        DECIDING,
        Group::Move,
        "to the next thread",
    ),
    line(
        Middle,
        "to the middle",
        &["zz"],
        DECIDING,
        Group::Move,
        "put the current message into the middle of the window",
    ),
    line(
        ToTop,
        "to the top",
        &["zt"],
        DECIDING,
        Group::Move,
        "put it at the top",
    ),
    line(
        ToBottom,
        "to the bottom",
        &["zb"],
        DECIDING,
        Group::Move,
        "put it at the bottom",
    ),
    line(
        Search,
        "search",
        &["/"],
        LISTS,
        Group::Find,
        "search all threads, with results as you type",
    ),
    line(
        Filter,
        "filter",
        &["f"],
        THREADS,
        Group::Find,
        "leave only what matches in this view, or threads by title and channel; Esc shows all",
    ),
    line(
        NextHit,
        "next hit",
        &["n"],
        HITS,
        Group::Find,
        "to the next hit",
    ),
    line(
        PreviousHit,
        "previous hit",
        &["N"],
        HITS,
        Group::Find,
        "to the hit before",
    ),
    line(
        Open,
        "open",
        &["<Enter>", "l", "<Right>"],
        &[
            View::Start,
            View::Threads,
            View::Results,
            View::Differences,
            View::Timeline,
            View::Day,
            View::Bookmarks,
            View::Sample,
            View::People,
            View::Rules,
            View::Waiting,
            View::Findings,
            View::Report,
        ],
        Group::Go,
        "open the thread, at the hit or the difference; of a person, all names; of a rule, what it finds",
    ),
    line(
        Back,
        "back",
        &["<Esc>", "q"],
        LISTS,
        Group::Go,
        "back: ends a range, then a filter, then the view",
    ),
    line(
        GoThreads,
        "threads",
        &["gt", "h", "<Left>"],
        &[
            View::Start,
            View::Messages,
            View::Results,
            View::Sources,
            View::Log,
            View::Bundle,
            View::Differences,
            View::Timeline,
            View::Day,
            View::Bookmarks,
            View::Sample,
            View::People,
            View::Person,
            View::Suggestions,
            View::Rules,
            View::Waiting,
            View::Findings,
            View::Report,
        ],
        Group::Go,
        "the threads",
    ),
    line(
        GoResults,
        "results",
        &["gr"],
        &[
            View::Start,
            View::Threads,
            View::Messages,
            View::Timeline,
            View::Day,
            View::Bookmarks,
            View::Sample,
        ],
        Group::Go,
        "the hits of the last search",
    ),
    line(
        GoLog,
        "log",
        &["gl"],
        ANYWHERE,
        Group::Go,
        "the ledger: who decided what, when",
    ),
    line(
        GoFacts,
        "facts",
        &["gf"],
        ANYWHERE,
        Group::Go,
        "the facts of the case, and who you are in each export",
    ),
    line(
        GoSources,
        "exports",
        &["gs"],
        ANYWHERE,
        Group::Go,
        "the exports of the case",
    ),
    line(
        GoBundle,
        "bundle",
        &["gb"],
        ANYWHERE,
        Group::Go,
        "what would be handed over, what stays, what is in the way",
    ),
    line(
        WriteBundle,
        "write",
        &["w"],
        &[View::Bundle],
        Group::Go,
        "write the bundle",
    ),
    line(
        Partial,
        "partial",
        &["p"],
        &[View::Bundle],
        Group::Go,
        "hand over what is decided, and say that the rest is not",
    ),
    line(
        NextProfile,
        "profile",
        &["f"],
        &[View::Bundle],
        Group::Go,
        "make it by the next profile: what a department wants of its bundles",
    ),
    line(
        DateOrder,
        "date order",
        &["d"],
        &[View::Sources],
        Group::Go,
        "settle which number is the day in this export's dates",
    ),
    line(
        Whose,
        "whose",
        &["w"],
        &[View::Sources],
        Group::Go,
        "say whose this export is, where another person's than yours",
    ),
    line(
        Help,
        "help",
        &["?", "<F1>"],
        LISTS,
        Group::Program,
        "these keys",
    ),
    line(
        Stop,
        "stop",
        &["<C-c>"],
        LISTS,
        Group::Program,
        "stop the job that runs; never quits",
    ),
    line(
        Suspend,
        "suspend",
        &["<C-z>"],
        LISTS,
        Group::Program,
        "back to the shell for a while; fg returns",
    ),
    line(
        Redraw,
        "redraw",
        &["<C-l>"],
        LISTS,
        Group::Program,
        "draw the screen anew",
    ),
    line(
        Quit,
        "quit",
        &["Q"],
        LISTS,
        Group::Program,
        "quit; everything shown as saved is saved",
    ),
];

/// The table's line for an action.
pub fn of(act: Act) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.act == act)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::parse;
    use std::collections::HashMap;

    #[test]
    fn no_key_means_two_things_in_one_view_nor_hides_another() {
        for view in LISTS {
            let mut seen: HashMap<Vec<_>, &str> = HashMap::new();
            for action in ACTIONS.iter().filter(|action| action.holds_in(*view)) {
                for keys in action.keys {
                    if let Some(other) = seen.insert(parse(keys), action.name) {
                        panic!("{keys} is {other} and {} in {view:?}", action.name);
                    }
                }
            }
            for (long, name) in &seen {
                for short in 1..long.len() {
                    assert!(
                        !seen.contains_key(&long[..short]),
                        "{name} in {view:?} can never be reached"
                    );
                }
            }
        }
    }

    #[test]
    fn the_confirming_key_starts_nothing() {
        assert!(
            ACTIONS
                .iter()
                .flat_map(|action| action.keys)
                .all(|keys| !keys.ends_with('y') || keys.starts_with('<'))
        );
    }

    #[test]
    fn terminal_multiplexers_and_flow_control_keep_their_keys() {
        for taken in ["<C-a>", "<C-b>", "<C-s>", "<C-q>"] {
            assert!(ACTIONS.iter().all(|action| !action.keys.contains(&taken)));
        }
    }
}
