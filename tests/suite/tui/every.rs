//! Every screen there is: a picture at three sizes, the same words in every theme, colours of the
//! theme only, and what a key costs on the wire.
//!
//! The screens are counted from the program: a view or a question that [`SCREENS`] does not show
//! fails here.

use super::{Desk, Review, chat, desk, session};
use docket::case::ledger::How;
use docket::model::Decision;
use docket::review::second::SecondAct;
use docket::review::{Asking, Target};
use docket::settings::ThemeName;
use docket::tui::action::{ACTIONS, View};
use docket::tui::app::Ask;
use docket::tui::event::Event;
use docket::tui::theme::{Surroundings, Theme};
use ratatui::style::{Color, Style};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Each screen: its name, and the keys that lead there from the threads.
const SCREENS: &[(&str, &str)] = &[
    ("start", "gh"),
    ("threads", "gt"),
    ("messages", "/\"the order\"<Enter><Enter>40G"),
    ("details", "/\"the order\"<Enter><Enter>40Gi"),
    ("prefix", "g"),
    ("results", "/minister<Enter>"),
    ("log", "gl"),
    ("bundle", "gb"),
    ("exports", "gs"),
    ("differences", "gd"),
    ("timeline", "gcz"),
    ("day", "/lunch<Enter><Enter>ga"),
    ("bookmarks", "/lunch<Enter>gg100bgk"),
    ("sample", "gn<C-u>40 seed=7<Enter>"),
    ("people", "gp"),
    ("person", "gp<Enter>"),
    ("suggestions", "gj"),
    ("rules", "gR"),
    ("waiting", "gq"),
    ("findings", "gF"),
    ("report", "gv"),
    ("report_end", "gv}}}}}}}}"),
    ("help", "?"),
    ("typing", "/from:priya is:un"),
    ("confirm", "/lunch<Enter>*o"),
    ("facts", "gf"),
    ("date_order", "gsd"),
    ("accept", "gjA"),
    ("flags", "/lunch<Enter>t"),
    ("reasons", "/lunch<Enter>w"),
    ("confirm_flag", "/lunch<Enter>*th"),
    ("disagree", "/lunch<Enter>d"),
    ("same", "/lunch<Enter>ggvj&"),
    ("masks", "/\"the order\"<Enter><Enter>40G#"),
    ("mask", "/\"the order\"<Enter><Enter>40G#v$<Enter>"),
    ("palette", ":un"),
    ("context", "/\"the order\"<Enter><Enter>18G3+"),
    ("files", "/in:depot has:attachment<Enter><Enter>F"),
];

/// What each question is called here. A new one does not compile until it has a name, and fails
/// until [`SCREENS`] shows it.
fn question(ask: &Ask) -> &'static str {
    match ask {
        Ask::Line(_) => QUESTIONS[0],
        Ask::Confirm(_) => QUESTIONS[1],
        Ask::Form(_) => QUESTIONS[2],
        Ask::DateOrder(_) => QUESTIONS[3],
        Ask::Accept(_) => QUESTIONS[4],
        Ask::Flags(_) => QUESTIONS[5],
        Ask::Why(_) => QUESTIONS[6],
        Ask::Mark(_) => QUESTIONS[7],
        Ask::Second(_) => QUESTIONS[8],
        Ask::Palette(_) => QUESTIONS[9],
        Ask::Same(_) => QUESTIONS[10],
        Ask::Masking(_) => QUESTIONS[11],
        Ask::Around(_) => QUESTIONS[12],
    }
}

const QUESTIONS: [&str; 13] = [
    "line",
    "confirm",
    "form",
    "date order",
    "accept",
    "flags",
    "why",
    "mark",
    "second",
    "palette",
    "same",
    "masking",
    "around",
];

/// All views that the table of keys knows.
fn views() -> BTreeSet<&'static str> {
    let views = ACTIONS.iter().flat_map(|action| action.views);
    views.map(|view| view.name()).collect()
}

/// Chats, one of them from two phones, and texts; partly decided, by two reviewers.
pub fn fixture() -> Desk {
    let kits = chat(
        &["Priya Shah", "Tom Reed", "Ann Reviewer", "+44 7700 900123"],
        &[
            "Please confirm the order of test kits by noon, finance are asking for the number again and I would rather answer them once",
            "Confirmed. PO-4471 to follow",
            "Thanks. Lunch?",
            "The minister wants a line on the contract before questions",
        ],
        400,
    );
    let family = chat(
        &["Dayo ❤️", "دانا", "Mum 👩‍👩‍👧"],
        &[
            "Has the cat come in 🐣",
            "שלום",
            "one\ntwo\nring me on 07700 900456",
        ],
        60,
    );
    let phone = |hour: u32, skip: usize, late: &str| -> String {
        (0..60)
            .filter(|at| *at != skip)
            .map(|at| {
                let (hour, minute) = (hour + at as u32 / 12, at % 12 * 5);
                let who = ["Ann Reviewer", "Kwame Mensah"][at * 5 % 3 % 2];
                let late = if at % 2 == 1 { late } else { "" };
                format!("26/03/2021, {hour:02}:{minute:02} - {who}: item {at} of the list is agreed{late}\n")
            })
            .collect()
    };
    let texts: String = (0..80)
        .map(|at| {
            format!(
                "<sms address=\"07700 900{:03}\" contact_name=\"Contact {at:02}\" date=\"{}\" type=\"1\" body=\"Call me about lunch {at}\"/>\n",
                123 + at,
                1_614_700_000_000_u64 + at * 86_400_000
            )
        })
        .collect();
    let depot = "26/03/2021, 10:00 - Ann Reviewer: IMG-20210326-WA0001.jpg (file attached)\n\
                 26/03/2021, 10:01 - Kwame Mensah: received, thank you\n";
    let mut exports = vec![
        ("WhatsApp Chat with Depot.txt".to_owned(), depot.to_owned()),
        ("WhatsApp Chat with Test Kits.txt".to_owned(), kits),
        ("WhatsApp Chat with Family.txt".to_owned(), family),
        (
            "WhatsApp Chat with Kwame Mensah.txt".to_owned(),
            phone(9, 4, ""),
        ),
        (
            "WhatsApp Chat with Ann Reviewer.txt".to_owned(),
            phone(10, 9, " <This message was edited>"),
        ),
        (
            "sms-20210331.xml".to_owned(),
            format!("<?xml version='1.0'?><smses count=\"80\">{texts}</smses>"),
        ),
    ];
    for at in 0..50 {
        let said = chat(
            &["Ann Reviewer", &format!("Guest {at:02}")],
            &["Lunch?", "Yes"],
            4 + at,
        );
        exports.push((format!("WhatsApp Chat with Guest {at:02}.txt"), said));
    }
    let exports: Vec<_> = exports
        .iter()
        .map(|(name, text)| (name.as_str(), text.clone()))
        .collect();
    let desk = desk(&exports);
    let ann = &desk.session;
    let store = ann.store();
    let thread = |title: &str| {
        store
            .threads()
            .iter()
            .find(|one| one.title == title)
            .unwrap()
            .id
    };
    let business = thread("Test Kits");
    for (from, to, decision) in [
        (0, 9, Decision::Official),
        (10, 14, Decision::Personal),
        (15, 16, Decision::Refer),
        (17, 17, Decision::Mixed),
    ] {
        let target = Target::Range(business, from, to);
        ann.decide(&target, decision, How::Range, None).unwrap();
    }
    let family = Target::Thread(thread("Family"));
    ann.decide(&family, Decision::Personal, How::Thread, None)
        .unwrap();
    let bo = session(ann.case().layout().root(), "Bo Second");
    let asking = Asking {
        how: How::Range,
        note: Some("not ours".into()),
        reason: None,
        seen: None,
    };
    let first = Target::Range(business, 0, 1);
    bo.say_second(
        &first,
        SecondAct::Disagree(Decision::Personal),
        &asking,
        &mut (),
    )
    .unwrap();
    for at in 0..40 {
        let target = Target::Range(business, 100 + 3 * at, 101 + 3 * at);
        bo.decide(&target, Decision::Context, How::Range, None)
            .unwrap();
    }
    ann.refresh().unwrap();
    let mut review = Review::start(&desk, 80, 24);
    for at in 0..25 {
        review.press(&format!(
            "/lunch {at}<Enter>Ko Lunch {at}; they talk business<Enter>gt"
        ));
    }
    desk
}

fn at(desk: &Desk, size: (u16, u16), settings: &str, keys: &str) -> Review {
    let mut review = Review::start(desk, size.0, size.1);
    // Every screen is reached from the start screen too.
    review.set(&format!("start = 'overview'\n{settings}"));
    review.press(keys);
    review.happen(Event::Rest);
    review
}

/// Dates of today's clock as noughts.
fn undated(screen: &str) -> String {
    let dates = regex::Regex::new(r"20(2[4-9]|[3-9]\d)-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?").unwrap();
    let noughts = |found: &regex::Captures| {
        let digits = found[0].chars();
        digits
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect::<String>()
    };
    dates.replace_all(screen, noughts).into_owned()
}

/// Each theme's name in the settings, and as the program knows it.
const THEMES: [(&str, ThemeName); 5] = [
    ("dark", ThemeName::Dark),
    ("light", ThemeName::Light),
    ("sixteen", ThemeName::Sixteen),
    ("none", ThemeName::None),
    ("high-contrast", ThemeName::HighContrast),
];

/// Every colour that a theme may write.
fn palette(name: ThemeName) -> BTreeSet<String> {
    let around = Surroundings {
        term: Some("xterm-256color".into()),
        ..Surroundings::default()
    };
    let theme = Theme::chosen(name, &around);
    let styles = [
        theme.text(),
        theme.quiet(),
        theme.strong(),
        theme.day(),
        theme.warning(),
        theme.good(),
    ]
    .into_iter()
    .chain([theme.sender(true), theme.sender(false)])
    .chain(Decision::ALL.map(|decision| theme.decision(decision)));
    styles.map(written).collect()
}

/// The foreground of a style as the emulator names it.
fn written(style: Style) -> String {
    let colour = match style.fg {
        None | Some(Color::Reset) => vt100::Color::Default,
        Some(Color::Indexed(number)) => vt100::Color::Idx(number),
        Some(own) => {
            let all = [
                Color::Black,
                Color::Red,
                Color::Green,
                Color::Yellow,
                Color::Blue,
                Color::Magenta,
                Color::Cyan,
            ];
            let at = all.iter().position(|one| *one == own);
            vt100::Color::Idx(u8::try_from(at.unwrap()).unwrap())
        }
    };
    format!("{colour:?}")
}

fn look(cell: &vt100::Cell) -> String {
    let mut look = format!("{:?}", cell.fgcolor());
    for (on, name) in [
        (cell.bold(), "bold"),
        (cell.dim(), "dim"),
        (cell.underline(), "underlined"),
        (cell.inverse(), "reversed"),
    ] {
        if on {
            look += " ";
            look += name;
        }
    }
    look
}

/// Where each look of a screen stands, in all themes: a letter for each look, and what it is.
fn looks(reviews: &[Review]) -> String {
    let (width, height) = reviews[0].app.size;
    let mut letters: BTreeMap<String, char> = BTreeMap::new();
    let mut map = String::new();
    for y in 0..height {
        let mut row = String::new();
        for x in 0..width {
            let cell = reviews[0].cell(x, y);
            let all: Vec<_> = reviews.iter().map(|one| look(one.cell(x, y))).collect();
            let all = all.join(" | ");
            let plain = all.split(" | ").all(|one| one == "Default");
            let next = char::from(b'a' + u8::try_from(letters.len()).unwrap());
            let blank = cell.contents().trim().is_empty();
            row.push(match (plain, blank) {
                (_, true) => ' ',
                (true, _) => '.',
                _ => *letters.entry(all).or_insert(next),
            });
        }
        map += row.trim_end();
        map.push('\n');
    }
    let mut legend: Vec<_> = letters
        .into_iter()
        .map(|(look, letter)| (letter, look))
        .collect();
    legend.sort();
    for (letter, look) in legend {
        let _ = writeln!(map, "{letter}  {look}");
    }
    map
}

#[test]
fn every_screen_has_a_picture_and_every_theme_the_same_words() {
    let desk = fixture();
    let (mut seen, mut asked) = (BTreeSet::new(), BTreeSet::new());
    for (name, keys) in SCREENS {
        let mut picture = String::new();
        for size in [(80, 24), (120, 40), (200, 50)] {
            let review = at(&desk, size, "theme = 'dark'", keys);
            let _ = writeln!(
                picture,
                "{}x{}\n{}\n",
                size.0,
                size.1,
                undated(&review.screen())
            );
        }
        let reviews =
            THEMES.map(|(theme, _)| at(&desk, (80, 24), &format!("theme = '{theme}'"), keys));
        let app = &reviews[0].app;
        seen.insert(app.view.name());
        asked.extend(app.ask.as_ref().map(question));
        for (review, (theme, known)) in reviews.iter().zip(THEMES) {
            assert_eq!(
                undated(&review.screen()),
                undated(&reviews[0].screen()),
                "{name} in {theme}"
            );
            let allowed = palette(known);
            for (x, y) in (0..24).flat_map(|y| (0..80).map(move |x| (x, y))) {
                let cell = review.cell(x, y);
                let colour = format!("{:?}", cell.fgcolor());
                assert!(
                    allowed.contains(&colour),
                    "{name} in {theme}: {colour} at {x}, {y}"
                );
                assert_eq!(cell.bgcolor(), vt100::Color::Default, "{name} in {theme}");
            }
        }
        let themes = THEMES.map(|(theme, _)| theme).join(" | ");
        let _ = writeln!(picture, "looks: {themes}\n{}", looks(&reviews));
        insta::assert_snapshot!(*name, picture);
    }
    assert_eq!(seen, views(), "each view has a screen here");
    assert_eq!(
        asked,
        BTreeSet::from(QUESTIONS),
        "each question has a screen here"
    );
}

/// The most that a frame may cost, in bytes.
const CURSOR: usize = 80;
const DECISION: usize = 150;
const LINE: usize = 400;

/// The settings in which bytes are counted.
const MODES: [&str; 4] = ["", "theme = 'dark'", "theme = 'light'", "linear = true"];

/// What `less` writes for a page of the same words: each row from its first column on without the
/// blanks at its end, a line end for each, and the prompt. It writes no colour; a screen that is
/// read by its colours pays for them out of the third that it may cost more.
fn page_of_less(review: &Review) -> usize {
    let rows = review.rows();
    rows.iter().map(|row| row.len() + 2).sum::<usize>() + "\r\x1b[K:\x1b[K".len()
}

/// What keys cost on one screen, the most of each kind.
#[derive(Debug, Default)]
struct Costs {
    idle: usize,
    cursor: usize,
    line: usize,
    page: usize,
    less: usize,
    decision: usize,
    /// The frame of the dearest cursor key.
    frame: String,
}

/// By how many rows the list between the first and the last lines moved; 0 where it stands.
/// A frame that lets the terminal move rows tells so itself: texts that repeat hide it.
fn moved_by(before: &[String], after: &[String], frame: &[u8]) -> usize {
    let moves = frame.windows(3).any(|part| part == b"\x1b[r");
    let same = |by: usize, up: bool| {
        let (high, low) = if up { (after, before) } else { (before, after) };
        let pairs = high.iter().zip(low.iter().skip(by));
        pairs.filter(|(a, b)| a == b && !a.is_empty()).count()
    };
    let still = same(0, true);
    let ways = (1..before.len()).flat_map(|by| [(by, true), (by, false)]);
    let best = ways.max_by_key(|(by, up)| (same(*by, *up), std::cmp::Reverse(*by)));
    best.filter(|(by, up)| moves || same(*by, *up) > still)
        .map_or(0, |(by, _)| by)
}

/// Cursor keys in a row.
const STEPS: usize = 6;

fn costs(desk: &Desk, mode: &str, keys: &str) -> Costs {
    let mut review = at(desk, (200, 50), mode, keys);
    let mut costs = Costs {
        idle: review.draw().len(),
        ..Costs::default()
    };
    if review.app.ask.is_some() {
        return costs;
    }
    // Down and up again: a key that moves the window costs the rows that come.
    let reading = review.app.view.is_reading();
    review.press("ggjk");
    let mut step = |review: &mut Review, key: &str| {
        for _ in 0..STEPS {
            let before = review.rows();
            let frame = review.press(key).remove(0);
            let cost = frame.len();
            match moved_by(&before, &review.rows(), &frame) {
                0 if cost > costs.cursor => {
                    costs.cursor = cost;
                    costs.frame = String::from_utf8_lossy(&frame).into_owned();
                }
                0 => {}
                rows if !reading => costs.line = costs.line.max(cost / rows),
                _ => {}
            }
        }
    };
    for (to, key) in [
        ("gg", "j"),
        ("", "k"),
        ("gg<PgDn>", "k"),
        ("<PgDn><PgUp>", "j"),
        ("G<PgUp>", "j"),
    ] {
        review.press(to);
        step(&mut review, key);
    }
    if reading {
        review.press("gg<C-d>");
        for key in ["<C-e>", "<C-y>"] {
            for _ in 0..STEPS {
                costs.line = costs.line.max(review.cost(key));
            }
        }
    }
    review.press("gg");
    for key in ["<PgDn>", "<PgDn>", "<PgUp>"] {
        let cost = review.cost(key);
        let less = page_of_less(&review);
        if costs.less == 0 || cost * costs.less > costs.page * less {
            (costs.page, costs.less) = (cost, less);
        }
    }
    if review.app.view.is_reading() {
        review.press("gg");
        for key in ["o", "p", "m", "c", "r", "o"] {
            let before = review.rows();
            let frame = review.press(key).remove(0);
            // Where the next undecided is out of view, the window goes there.
            if moved_by(&before, &review.rows(), &frame) == 0 {
                costs.decision = costs.decision.max(frame.len());
            }
        }
        for _ in 0..6 {
            review.press("u");
        }
    }
    costs
}

#[test]
fn every_screen_is_frugal_in_every_mode() {
    let desk = fixture();
    let mut over = Vec::new();
    for mode in MODES {
        for (name, keys) in SCREENS {
            let costs = costs(&desk, mode, keys);
            println!("{mode:>16} {name:<12} {costs:?}");
            let mut check = |what: &str, figure: usize, most: usize| {
                if figure > most {
                    over.push(format!(
                        "{name} ({mode}): {what} {figure} bytes, at most {most}"
                    ));
                }
            };
            check("idle", costs.idle, 0);
            check(
                &format!("cursor key ({:?})", costs.frame),
                costs.cursor,
                CURSOR,
            );
            check("one line", costs.line, LINE);
            check("page", costs.page, costs.less * 13 / 10);
            check("decision", costs.decision, DECISION);
        }
    }
    assert!(over.is_empty(), "{}", over.join("\n"));
}

#[test]
fn views_are_counted_from_the_table() {
    assert!(views().contains(View::Waiting.name()) && views().len() >= 18);
}
