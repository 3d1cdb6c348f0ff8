//! Random keys: whatever is pressed, nothing panics, what the screen shows as decided is in the
//! ledger, the screen is what a terminal without a past would show, and undo leads back to the start.
//!
//! The keys are drawn from the one table, those of the view in hand more often; in questions there is
//! text besides. Windows change their size, another reviewer decides in between, docket is quit and
//! comes back. `PROPTEST_RNG_SEED` makes the same keys again; a failure tells seed and keys.

use super::{Desk, Review, chat, desk_in, session};
use docket::case::ledger::How;
use docket::case::marks::About;
use docket::check::Verdict;
use docket::model::{Decision, MessageNumber};
use docket::review::{Session, Target};
use docket::tui::action::{ACTIONS, Group, View};
use docket::tui::event::{Done, Event};
use docket::tui::keymap::KeyCode;
use docket::tui::keymap::{self, Key};
use docket::tui::place::Place;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// Keys in all.
const KEYS: usize = 100_000;
/// Keys from the start of one case until all is taken back.
const LENGTH: usize = 500;
/// Keys after which a frame is drawn, at the most; a program that has much to do draws no more often.
const UNDRAWN: usize = 24;

/// What people type: searches, notes, names, paths, samples, and nothing of the sort.
const TEXTS: [&str; 20] = [
    "lunch",
    "is:undecided",
    "from:priya OR from:mum",
    "(",
    "kits -lunch",
    "/or.er/",
    "ask Priya",
    "bag",
    "../bag",
    "5",
    "4 --blind",
    "3 --second is:official",
    "o Lunch; they talk",
    "p Family",
    "Department; Director",
    "שלום 🐣",
    "e\u{301}\u{202e}x",
    "2021-03",
    "undo",
    "",
];

/// SplitMix64.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

fn seed() -> u64 {
    let given = std::env::var("PROPTEST_RNG_SEED").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or_else(|| {
        let now = std::time::SystemTime::now();
        now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
    })
}

/// Two small chats, in memory where the system has such a folder: thousands of entries are made
/// durable here.
fn small() -> Desk {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let kits = chat(
        &["Priya Shah", "Tom Reed", "Ann Reviewer"],
        &[
            "Please confirm the order",
            "Lunch?",
            "The minister wants a line on the contract before questions, and the figures by noon",
        ],
        34,
    );
    let family = chat(
        &["Mum 👩‍👩‍👧", "دانا", "Ann Reviewer"],
        &["Has the cat come in 🐣", "שלום", "one\ntwo\nthree"],
        9,
    );
    desk_in(
        folder.unwrap(),
        &[
            ("WhatsApp Chat with Test Kits.txt", kits),
            ("WhatsApp Chat with Family.txt", family),
        ],
    )
}

/// What can be decided and said of a case, in a form that can be compared.
#[derive(Debug, PartialEq)]
struct Stand {
    decisions: Vec<Decision>,
    said: BTreeMap<String, RoaringBitmap>,
    people: String,
    rules: String,
}

impl Stand {
    fn of(session: &Session) -> Stand {
        let len = session.store().len();
        let marks = session.marks();
        let said = marks
            .each()
            // What a blind sample was answered is no step, and stays.
            .filter(|(about, _, _)| !matches!(about, About::Second { .. }))
            .map(|(about, said, of)| (format!("{about:?} {said:?}"), of.clone()))
            .collect();
        let people = session.people();
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (channel, name, person) in people.members() {
            groups.entry(person).or_default().push((channel, name));
        }
        let groups: Vec<_> = groups.into_values().filter(|one| one.len() > 1).collect();
        Stand {
            decisions: (0..len)
                .map(|number| session.decision(MessageNumber(number)))
                .collect(),
            said,
            people: format!("{groups:?}"),
            rules: format!("{:?}", session.rules().all().collect::<Vec<_>>()),
        }
    }
}

/// One review by random keys.
struct Run {
    desk: Desk,
    review: Review,
    /// Another reviewer at the same case, who sees only what the ledger says.
    other: Arc<Session>,
    /// What the other decided since the start.
    touched: RoaringBitmap,
    draw: Draw,
    pressed: String,
    keys: usize,
    undrawn: usize,
    with_other: bool,
}

impl Run {
    fn new(seed: u64, with_other: bool) -> Run {
        let desk = small();
        let other = session(desk.session.case().layout().root(), "Bo Second");
        for (from, to, decision) in [(0, 3, Decision::Official), (8, 9, Decision::Refer)] {
            let thread = other.store().threads()[0].id;
            let target = Target::Range(thread, from, to);
            other.decide(&target, decision, How::Range, None).unwrap();
        }
        desk.session.refresh().unwrap();
        let place = Place {
            asked: true,
            ..Place::default()
        };
        let review = Review::with(&desk.session, (80, 24), true, &place);
        Run {
            desk,
            review,
            other,
            touched: RoaringBitmap::new(),
            draw: Draw(seed),
            pressed: String::new(),
            keys: 0,
            undrawn: 0,
            with_other,
        }
    }

    /// The next event, and frames now and then.
    fn step(&mut self) {
        match self.draw.below(200) {
            0..=2 => {
                let size =
                    *self
                        .draw
                        .one(&[(80, 24), (120, 40), (200, 50), (20, 5), (40, 8), (9, 3)]);
                let _ = write!(self.pressed, " [{}x{}] ", size.0, size.1);
                self.review.resize(size.0, size.1);
            }
            3..=5 => self.happen(Event::Rest, " [rest] "),
            6 => {
                let text = (*self.draw.one(&TEXTS)).to_owned();
                self.happen(Event::Paste(text), " [paste] ");
            }
            7 => {
                let down = self.draw.below(2) == 0;
                self.happen(Event::Wheel(down), " [wheel] ");
            }
            8..=9 if self.with_other => self.let_other_decide(),
            _ => self.press(),
        }
        if self.review.quit {
            self.come_back();
        }
    }

    fn happen(&mut self, event: Event, told: &str) {
        self.pressed.push_str(told);
        let effects = self.review.app.update(event);
        self.review.follow(effects);
        self.undrawn += 1;
        if self.undrawn >= UNDRAWN || self.draw.below(UNDRAWN) == 0 {
            self.frame();
        }
    }

    fn frame(&mut self) {
        self.undrawn = 0;
        self.review.draw();
        self.shown_is_saved();
    }

    fn key(&mut self, key: Key) {
        let label = match key.label() {
            one if one.chars().count() == 1 => one,
            more => format!("<{more}>"),
        };
        self.keys += 1;
        self.happen(Event::Key(key), &label);
    }

    fn press(&mut self) {
        if self.review.app.ask.is_some() {
            match self.draw.below(12) {
                0..=2 => {
                    let text = *self.draw.one(&TEXTS);
                    for letter in text.chars() {
                        self.key(Key::char(letter));
                    }
                    self.key(Key::plain(KeyCode::Enter));
                }
                3 => self.key(Key::plain(KeyCode::Esc)),
                4 => self.key(Key::char('y')),
                5 => self.keys_of(&[
                    "<Up>",
                    "<Down>",
                    "<Tab>",
                    "<S-Tab>",
                    "<Left>",
                    "<C-u>",
                    "<Backspace>",
                ]),
                6..=8 => self.key(Key::plain(KeyCode::Enter)),
                _ => self.of_table(false),
            }
            return;
        }
        // Where nothing can be done but to read, nobody stays for long.
        if self.review.app.view == View::Help && self.draw.below(2) == 0 {
            self.key(Key::plain(KeyCode::Esc));
            return;
        }
        if self.draw.below(12) == 0 {
            let digit = char::from(b'1' + u8::try_from(self.draw.below(9)).unwrap());
            self.key(Key::char(digit));
        }
        let here = self.draw.below(8) > 0;
        self.of_table(here);
    }

    fn keys_of(&mut self, texts: &[&str]) {
        let text = *self.draw.one(texts);
        for key in keymap::parse(text) {
            self.key(key);
        }
    }

    /// Keys of an action; `here`: of one that the view has.
    fn of_table(&mut self, here: bool) {
        let view = self.review.app.view;
        // Half of what is pressed changes something.
        let acts = here && self.draw.below(2) == 0;
        let changes = [Group::Decide, Group::Mark, Group::People, Group::Rules];
        let mut actions: Vec<_> = ACTIONS
            .iter()
            .filter(|action| !here || action.holds_in(view))
            .filter(|action| !acts || changes.contains(&action.group))
            .collect();
        if actions.is_empty() {
            actions.extend(ACTIONS);
        }
        let action = *self.draw.one(&actions);
        self.keys_of(action.keys);
    }

    fn let_other_decide(&mut self) {
        let len = self.desk.session.store().len() as usize;
        let number = u32::try_from(self.draw.below(len)).unwrap();
        let decision = *self.draw.one(&Decision::ALL);
        let _ = write!(self.pressed, " [Bo: {number} {decision:?}] ");
        let target = Target::Message(MessageNumber(number));
        self.other
            .decide(&target, decision, How::Key, None)
            .unwrap();
        self.touched.insert(number);
        self.desk.session.refresh().unwrap();
        self.happen(Event::Done(Box::new(Done::Others(None))), "");
    }

    /// The reviewer quit: docket is started again where they were.
    fn come_back(&mut self) {
        let root = self.desk.session.case().layout().root().to_path_buf();
        self.desk.session = session(&root, "Ann Reviewer");
        let size = self.review.app.size;
        let place = self.review.place.clone();
        let size = (size.0.max(20), size.1.max(5));
        self.review = Review::with(&self.desk.session, size, true, &place);
    }

    /// The letter in the row of the cursor is what the other session reads in the ledger.
    fn shown_is_saved(&mut self) {
        let app = &self.review.app;
        let shows =
            app.ask.is_none() && app.view.is_reading() && app.size.0 >= 20 && app.size.1 >= 5;
        let Some(number) = app.current_message().filter(|_| shows) else {
            return;
        };
        let row = self.review.current_row();
        let Some(letter) = row.chars().nth(2) else {
            return;
        };
        self.other.refresh().unwrap();
        let saved = self.other.decision(number);
        let Some(shown) = Decision::ALL.into_iter().find(|one| one.letter() == letter) else {
            return;
        };
        assert_eq!(shown, saved, "message {}: {row}", number.0);
    }

    /// A terminal without a past shows the same.
    fn drawn_whole(&mut self) {
        self.review.draw();
        let before = self.review.screen();
        self.review.frames.terminal().forget();
        self.review.draw();
        assert_eq!(self.review.screen(), before);
    }

    /// Undo until there is nothing left; gives how many steps that were.
    fn undo_all(&mut self) -> usize {
        for _ in 0..6 {
            self.key(Key::plain(KeyCode::Esc));
        }
        self.keys_of(&["gt"]);
        for steps in 0.. {
            self.key(Key::char('u'));
            let (words, _) = self.review.app.notice.clone().unwrap();
            if words == "nothing of yours to take back" {
                return steps;
            }
            assert!(words.starts_with("took back and saved"), "{words}");
        }
        0
    }
}

#[test]
fn random_keys_lose_nothing_and_undo_leads_back_to_the_start() {
    let first = seed();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut keys, mut steps) = (0, 0);
    std::thread::scope(|scope| {
        let share = KEYS.div_ceil(workers);
        let begin = |worker: usize| {
            let seed = first.wrapping_add(1_000_000 * worker as u64);
            scope.spawn(move || reviews(seed, share))
        };
        let all: Vec<_> = (0..workers).map(begin).collect();
        for worker in all {
            let (more_keys, more_steps) = worker.join().unwrap();
            keys += more_keys;
            steps += more_steps;
        }
    });
    assert!(keys >= KEYS && steps > 0);
    println!("{keys} keys from seed {first}; {steps} steps were taken back");
}

/// Reviews until so many keys were pressed; gives how many that were, and the steps taken back.
fn reviews(first: u64, wanted: usize) -> (usize, usize) {
    let (mut keys, mut steps, mut runs) = (0, 0, 0);
    while keys < wanted {
        let seed = first.wrapping_add(runs);
        let mut run = Run::new(seed, runs % 3 == 2);
        let start = Stand::of(&run.desk.session);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            while run.keys < LENGTH {
                run.step();
            }
            run.drawn_whole();
            // What stands in memory, in the ledger, and in a case that is opened anew is one.
            let check = run.desk.session.check().unwrap();
            assert_eq!(check.verdict, Verdict::Ok, "{check:?}");
            run.other.refresh().unwrap();
            let now = Stand::of(&run.desk.session);
            assert_eq!(now, Stand::of(&run.other));
            let root = run.desk.session.case().layout().root().to_path_buf();
            assert_eq!(now, Stand::of(&session(&root, "Cy Third")));

            let others = run.desk.session.deciders().own("Bo Second");
            let taken = run.undo_all();
            let end = Stand::of(&run.desk.session);
            if run.with_other {
                for (number, (before, after)) in
                    start.decisions.iter().zip(&end.decisions).enumerate()
                {
                    let number = u32::try_from(number).unwrap();
                    if !run.touched.contains(number) {
                        assert_eq!(before, after, "message {number}");
                    } else if others.contains(number) {
                        assert_eq!(&now.decisions[number as usize], after, "message {number}");
                    }
                }
            } else {
                assert_eq!(start, end);
            }
            taken
        }));
        match result {
            Ok(taken) => steps += taken,
            Err(fault) => {
                println!("seed {seed} (run {runs}), keys:\n{}", run.pressed);
                println!("the screen:\n{}", run.review.screen());
                std::panic::resume_unwind(fault);
            }
        }
        keys += run.keys;
        runs += 1;
    }
    (keys, steps)
}
