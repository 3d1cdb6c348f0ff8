//! What a person sets, on the screen: themes in the cells of a terminal, keys, columns, dates, letters,
//! and the screen for screen readers.

use super::{Desk, Review, two_chats};
use docket::tui::action::{ACTIONS, View};
use docket::tui::event::Event;
use docket::tui::keymap::{Keymap, setting};
use vt100::Color;

/// Five messages decided, each another way, and the next undecided.
const DECIDED: &str = "/the order<Enter><Enter>ggopmcr";

fn with(desk: &Desk, size: (u16, u16), toml: &str) -> Review {
    let mut review = Review::start(desk, size.0, size.1);
    review.set(toml);
    review
}

/// Colour, bold and reverse of the letters of official, personal, mixed, context and refer, and
/// whether the undecided dot is dim; then the colour of the dot.
type Looks = (Vec<(Color, bool, bool)>, bool, Color);

fn letters(toml: &str) -> Looks {
    let desk = two_chats();
    let mut review = with(&desk, (80, 24), toml);
    review.press(DECIDED);
    let look = |letter: &str| {
        let mut cells = (0..24).map(|y| review.cell(2, y));
        let cell = cells.find(|cell| cell.contents() == letter).unwrap();
        assert_eq!(
            cell.bgcolor(),
            Color::Default,
            "no theme fills a background"
        );
        cell
    };
    let of = |letter| {
        let cell = look(letter);
        (cell.fgcolor(), cell.bold(), cell.inverse())
    };
    let dot = look("·");
    let decided = ["O", "P", "M", "C", "R"].map(of).to_vec();
    (decided, dot.dim(), dot.fgcolor())
}

#[test]
fn themes_colour_the_cells() {
    let bold = |colours: [u8; 5]| colours.map(|c| (Color::Idx(c), true, false)).to_vec();
    let own = (bold([2, 5, 3, 4, 1]), true, Color::Default);
    assert_eq!(letters(""), own);
    assert_eq!(letters("theme = 'sixteen'"), own);
    assert_eq!(
        letters("theme = 'dark'"),
        (bold([114, 176, 221, 111, 210]), false, Color::Idx(248))
    );
    assert_eq!(
        letters("theme = 'light'"),
        (bold([22, 90, 94, 19, 124]), false, Color::Idx(240))
    );
    assert_eq!(
        letters("theme = 'none'"),
        (vec![(Color::Default, true, false); 5], true, Color::Default)
    );
    assert_eq!(
        letters("theme = 'high-contrast'"),
        (vec![(Color::Default, true, true); 5], false, Color::Default)
    );
}

#[test]
fn themes_change_colours_and_nothing_else() {
    let desk = two_chats();
    let shown = |theme: &str| {
        let mut review = with(&desk, (80, 24), &format!("theme = '{theme}'"));
        review.press("/the order<Enter><Enter>gg");
        review.screen()
    };
    let own = shown("auto");
    for theme in ["dark", "light", "high-contrast", "sixteen", "none"] {
        assert_eq!(shown(theme), own, "{theme}");
    }
}

#[test]
fn a_key_that_is_given_works_and_is_told_everywhere() {
    let desk = two_chats();
    let mut review = with(
        &desk,
        (120, 40),
        "[keys]\nofficial = '<F7>'\nhelp = '<F9>'\nlog = ['gL', 'W']\ncontext = []\nquit = '<C-t>'\n",
    );
    review.press("/the order<Enter><Enter>gg");
    let footer = review.rows().pop().unwrap();
    assert!(
        footer.contains(" F7 official") && footer.contains("F9 help"),
        "{footer}"
    );
    assert!(
        !footer.contains("context"),
        "what has no key is not offered: {footer}"
    );
    review.press("<F7>");
    assert!(
        review.screen().contains("399 undecided"),
        "{}",
        review.screen()
    );
    review.press("o");
    assert!(
        review
            .screen()
            .contains("o is no key here (in masks: other end); F9 shows the keys")
    );
    review.press("g");
    review.happen(Event::Rest);
    assert!(review.screen().contains("gL log"), "{}", review.screen());
    review.press("<Esc>W");
    assert_eq!(review.app.view, View::Log);
    review.press("<F9>");
    let mut help = String::new();
    for _ in 0..10 {
        help += &review.screen();
        review.press("<PgDn>");
    }
    assert!(
        help.contains("F7                official: government"),
        "{help}"
    );
    assert!(help.contains("gL W              the ledger"), "{help}");
    assert!(help.contains("Ctrl-T            quit"), "{help}");
}

/// With every key another one, no footer and no page tells a key of the table: what is told is what
/// works.
#[test]
fn no_view_tells_a_key_that_does_not_work() {
    let desk = two_chats();
    let letters = || 'а'..='я';
    let mut keys = letters().flat_map(|a| letters().map(move |b| format!("{a}{b}")));
    let toml: String = ACTIONS
        .iter()
        .filter(|action| action.name != "suspend")
        .map(|action| format!("{} = '{}'\n", setting(action), keys.next().unwrap()))
        .collect();
    let mut review = with(&desk, (200, 50), &format!("[keys]\n{toml}"));
    let keymap = review.app.keymap.clone();
    let key_of = |name: &str| {
        let action = ACTIONS.iter().find(|action| action.name == name).unwrap();
        keymap.label(action.act)
    };
    let own = Keymap::default();
    for name in [
        "open",
        "bundle",
        "log",
        "exports",
        "people",
        "suggestions",
        "threads",
    ] {
        review.press(&key_of(name));
        let footer = review.rows().pop().unwrap();
        assert!(footer.contains(&key_of("help")), "{name}: {footer}");
        for action in ACTIONS.iter().filter(|action| action.name != "suspend") {
            for key in own.labels(action.act) {
                let told = format!(" {key} {} ", action.name);
                assert!(!footer.contains(&told), "{name}: {told}");
            }
        }
    }
    review.press(&key_of("bundle"));
    let page = review.screen();
    let next = key_of("next undecided");
    assert!(
        page.contains(&format!("undecided: {next} finds them")),
        "{page}"
    );
    assert!(!page.contains("Tab finds"), "{page}");
}

#[test]
fn a_decision_on_more_than_the_threshold_asks() {
    let desk = two_chats();
    let mut review = with(&desk, (80, 24), "confirm-over = 3");
    review.press("/the order<Enter><Enter>gg3o");
    let screen = review.screen();
    assert!(screen.contains("397 undecided"), "{screen}");
    review.press("4o");
    let screen = review.screen();
    assert!(screen.contains("official: 4 messages"), "{screen}");
    review.press("n");
    let screen = review.screen();
    assert!(screen.contains("397 undecided"), "{screen}");
}

#[test]
fn columns_dates_and_letters_are_as_set() {
    let desk = two_chats();
    let mut review = with(
        &desk,
        (100, 24),
        "dates = {form = 'iso', weekday = false}\nletters.official = 'G'\n\
         columns = {threads = ['last'], messages = ['sender', 'date']}\n",
    );
    let rows = review.rows();
    assert_eq!(rows[1], "   last message  thread", "{rows:#?}");
    assert_eq!(rows[3], ">  2021-03-28    Test Kits", "{rows:#?}");
    review.press("/the order<Enter><Enter>ggo");
    let rows = review.rows();
    assert!(rows[1].starts_with("── 2021-03-25 ──"), "{rows:#?}");
    assert!(
        rows[2].starts_with("  G 2021-03-25  Priya Shah"),
        "{rows:#?}"
    );
    review.set("columns.messages = []\ndates.form = 'numbers'");
    review.press("/the order<Enter><Enter>gg");
    let rows = review.rows();
    assert!(
        rows[1].starts_with("── Thursday 25/03/2021 ──"),
        "{rows:#?}"
    );
    assert!(rows[2].starts_with("> O Please confirm"), "{rows:#?}");
}

const LINEAR: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 50), (20, 5)];

fn pictures(name: &str, keys: &str) {
    let desk = two_chats();
    for size in LINEAR {
        let mut review = with(&desk, size, "linear = true");
        review.press(keys);
        let (width, height) = size;
        insta::assert_snapshot!(format!("linear_{name}_{width}x{height}"), review.screen());
    }
}

#[test]
fn linear_threads() {
    pictures("threads", "");
}

#[test]
fn linear_messages() {
    pictures("messages", DECIDED);
}

#[test]
fn linear_results() {
    pictures("results", "/minister line<Enter>jj");
}

#[test]
fn linear_confirm() {
    pictures("confirm", "/the order<Enter><Enter>O");
}

#[test]
fn linear_draws_no_lines_and_puts_the_cursor_on_the_row() {
    let desk = two_chats();
    for size in LINEAR {
        let mut review = with(&desk, size, "linear = true");
        let mut seen = 0;
        for keys in [
            "", "j", "<Enter>", "jjj", "o", "v", "j", "<Esc>", "i", "j", "i", "gl", "gs", "gb",
            "gp", "gj", "gt", "?", "<Esc>", "/kits", "<Enter>", "j", "O", "n", "gf", "<Esc>", "u",
        ] {
            review.press(keys);
            review.happen(Event::Rest);
            let rows = review.rows();
            let drawn = |c: char| ('\u{2500}'..='\u{259F}').contains(&c);
            assert!(
                !rows.iter().any(|row| row.contains(drawn)),
                "{keys}: {rows:#?}"
            );
            let (_, y) = review.cursor().unwrap();
            let marked = rows.iter().position(|row| row.starts_with('>'));
            if let Some(marked) = marked.filter(|_| review.app.ask.is_none()) {
                assert_eq!(usize::from(y), marked, "{keys}: {rows:#?}");
                seen += 1;
            }
        }
        assert!(seen > 8, "{seen}");
    }
}

#[test]
fn linear_has_a_message_a_line_and_the_rest_in_the_details() {
    let desk = two_chats();
    let mut review = with(&desk, (80, 24), "linear = true");
    review.press("/the order<Enter><Enter>gg");
    let rows = review.rows();
    assert!(
        rows[1].starts_with("> · Thursday 25 March 2021 09:00 Priya Shah: Please"),
        "{rows:#?}"
    );
    assert!(rows[1].ends_with("[more]"), "{rows:#?}");
    assert_eq!(rows[2], "  · 09:10 Tom Reed: Confirmed. PO-4471 to follow");
    // What happened comes first on the last line; the keys stand above it.
    review.press("o");
    let rows = review.rows();
    assert!(rows[23].starts_with(" official: "), "{rows:#?}");
    assert!(rows[22].contains("o official"), "{rows:#?}");
    review.press("ki");
    review.happen(Event::Rest);
    let page = review.screen();
    assert!(
        page.contains("09:00 Priya Shah: Please confirm the order"),
        "{page}"
    );
    assert!(page.contains("answer them once"), "{page}");
}
