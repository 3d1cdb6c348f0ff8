//! What a person sets for themselves: looks, columns, dates, keys. Plain data, read from TOML.
//!
//! A setting changes how a case is shown and asked about, never what is in it. The file is read
//! strictly: a key that is not known, or a value that is not allowed, is a [`Fault`] with its line,
//! and whoever reads the file then goes on with [`Settings::default`].

mod read;

use crate::model::Decision;
use chrono::NaiveDateTime;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// A word out of a few.
pub trait Word: Copy + PartialEq + 'static {
    /// All of them, as they are listed to a person.
    const ALL: &'static [Self];

    /// How it is written.
    fn name(self) -> &'static str;
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$what:meta])* $word:ident = $written:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$what])* $word,)*
        }

        impl Word for $name {
            const ALL: &'static [$name] = &[$($name::$word,)*];

            fn name(self) -> &'static str {
                match self {
                    $($name::$word => $written,)*
                }
            }
        }
    };
}

words! {
    /// The colours of the screen.
    ThemeName {
        /// The terminal's own, or those of its background where it tells of it.
        Auto = "auto",
        /// For dark backgrounds.
        Dark = "dark",
        /// For light backgrounds.
        Light = "light",
        /// No dim text, no colours; what matters is bold or reversed.
        HighContrast = "high-contrast",
        /// The 16 colours that every terminal has.
        Sixteen = "sixteen",
        /// Bold, dim and underline only.
        None = "none",
    }
}

words! {
    /// What a case opens with that somebody comes back to.
    Start {
        /// The place where they stopped.
        Place = "place",
        /// The start screen: what is left, and where they were.
        Overview = "overview",
    }
}

words! {
    /// How pictures are drawn.
    Pictures {
        /// As well as the terminal says that it can.
        Auto = "auto",
        /// In the protocol of kitty.
        Kitty = "kitty",
        /// As sixels.
        Sixel = "sixel",
        /// In the protocol of iTerm.
        Iterm = "iterm",
        /// As half blocks.
        HalfBlocks = "half-blocks",
        /// Told in words.
        None = "none",
    }
}

words! {
    /// A column of the table of threads, left of the title.
    ThreadColumn {
        /// How many messages are undecided.
        Undecided = "undecided",
        /// How many can be decided.
        Total = "total",
        /// The share that is decided.
        Done = "done",
        /// The day of the last message.
        Last = "last",
        /// The app.
        Channel = "channel",
    }
}

words! {
    /// A column of a list of messages, left of the words.
    MessageColumn {
        /// The day, on every message and not only on the first of it.
        Date = "date",
        /// The clock time.
        Time = "time",
        /// Who it is from.
        Sender = "sender",
    }
}

words! {
    /// How a day is written.
    DateForm {
        /// 5 March 2024; 5 Mar 2024 where there is little room.
        Words = "words",
        /// 2024-03-05.
        Iso = "iso",
        /// 05/03/2024, day first.
        Numbers = "numbers",
    }
}

/// How days are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dates {
    /// The form.
    pub form: DateForm,
    /// Whether the lines between days name the weekday.
    pub weekday: bool,
}

impl Dates {
    /// A day where it stands alone on a line: `Friday 5 March 2024`.
    pub fn long(self, time: NaiveDateTime) -> String {
        let day = match self.form {
            DateForm::Words => time.format("%-d %B %Y"),
            DateForm::Iso => time.format("%Y-%m-%d"),
            DateForm::Numbers => time.format("%d/%m/%Y"),
        };
        if self.weekday {
            format!("{} {day}", time.format("%A"))
        } else {
            day.to_string()
        }
    }

    /// A day in a column, at most [`Dates::SHORT`] columns wide and without a weekday.
    pub fn short(self, time: NaiveDateTime) -> String {
        match self.form {
            DateForm::Words => time.format("%-d %b %Y"),
            DateForm::Iso => time.format("%Y-%m-%d"),
            DateForm::Numbers => time.format("%d/%m/%Y"),
        }
        .to_string()
    }

    /// The widest day of a column, for years of four digits.
    pub const SHORT: usize = 11;
}

/// The letter that stands beside a message for each decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letters([char; Decision::ALL.len()]);

impl Letters {
    /// The letter of a decision.
    pub fn of(self, decision: Decision) -> char {
        let place = Decision::ALL.iter().position(|known| *known == decision);
        place
            .and_then(|place| self.0.get(place).copied())
            .unwrap_or_else(|| decision.letter())
    }

    fn set(&mut self, decision: Decision, letter: char) {
        for (known, place) in Decision::ALL.iter().zip(&mut self.0) {
            if *known == decision {
                *place = letter;
            }
        }
    }
}

impl Default for Letters {
    fn default() -> Letters {
        Letters(Decision::ALL.map(Decision::letter))
    }
}

/// The keys that a person gives to an action, in place of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The action's name, as the file has it.
    pub action: String,
    /// The keys, as the file has them; none leave the action without a key.
    pub keys: Vec<String>,
    /// The line of the file, from 1.
    pub line: u32,
}

/// What a person set, or the defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The colours.
    pub theme: ThemeName,
    /// Whether the screen is laid out for screen readers.
    pub linear: bool,
    /// What a case opens with.
    pub start: Start,
    /// How pictures are drawn.
    pub pictures: Pictures,
    /// After so many minutes without a key the screen is blank; 0: never.
    pub blank_after: u32,
    /// Whether a case that others can get at is opened all the same.
    pub allow_shared: bool,
    /// Acts on more messages than this ask first.
    pub confirm_over: u32,
    /// How days are written.
    pub dates: Dates,
    /// Which columns the table of threads has.
    pub thread_columns: Vec<ThreadColumn>,
    /// Which columns lists of messages have.
    pub message_columns: Vec<MessageColumn>,
    /// The letters of the decisions.
    pub letters: Letters,
    /// The keys given to actions. Their names and meanings are the screen's to check.
    pub keys: Vec<Bound>,
    /// The lines of the file that set something, by the setting's name.
    lines: BTreeMap<String, u32>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            theme: ThemeName::Auto,
            linear: false,
            start: Start::Place,
            pictures: Pictures::Auto,
            blank_after: 0,
            allow_shared: false,
            confirm_over: 100,
            dates: Dates {
                form: DateForm::Words,
                weekday: true,
            },
            thread_columns: ThreadColumn::ALL.to_vec(),
            message_columns: vec![MessageColumn::Time, MessageColumn::Sender],
            letters: Letters::default(),
            keys: Vec::new(),
            lines: BTreeMap::new(),
        }
    }
}

/// What is wrong with a settings file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1; 0 where the whole file is meant.
    pub line: u32,
    /// What is wrong and what is allowed, in one line.
    pub words: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.words),
            line => write!(f, "line {line}: {}", self.words),
        }
    }
}

/// Whom a setting serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serves {
    /// The review screen alone.
    Screen,
    /// The review screen, and the commands too.
    Both,
    /// The review screen; the commands too once the file sets it.
    BothOnceSet,
}

impl Serves {
    /// In a word or a few.
    pub fn name(self) -> &'static str {
        match self {
            Serves::Screen => "screen",
            Serves::Both => "both",
            Serves::BothOnceSet => "both, once set",
        }
    }
}

/// A setting, for whoever lists them: its name, what it holds now and where that comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// As the file names it, with its table: `dates.form`.
    pub name: String,
    /// As the file would write it.
    pub value: String,
    /// The line of the file that sets it; `None` where it is the default.
    pub line: Option<u32>,
    /// Whom it serves.
    pub serves: Serves,
}

/// A setting that the file can hold.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name, with its table.
    pub name: &'static str,
    /// What it may be.
    pub allowed: &'static str,
    /// Whom it serves.
    pub serves: Serves,
    /// What it does.
    pub help: &'static str,
}

/// Every setting but the keys, which [`crate::settings`] does not know one by one.
pub const ENTRIES: &[Entry] = &[
    Entry {
        name: "theme",
        allowed: "`auto`, `dark`, `light`, `high-contrast`, `sixteen`, `none`",
        serves: Serves::Screen,
        help: "the colours: the terminal's own, for a dark or a light background, without colour \
               and dim text, the 16 of every terminal, or none",
    },
    Entry {
        name: "linear",
        allowed: "`true`, `false`",
        serves: Serves::Screen,
        help: "a screen for screen readers: one message a line, no lines drawn, what happened on \
               the last line, the cursor on the current row",
    },
    Entry {
        name: "start",
        allowed: "`place`, `overview`",
        serves: Serves::Screen,
        help: "what a case opens with that you come back to: the place where you stopped, or the \
               start screen, which gh shows at any time",
    },
    Entry {
        name: "pictures",
        allowed: "`auto`, `kitty`, `sixel`, `iterm`, `half-blocks`, `none`",
        serves: Serves::Screen,
        help: "how a message's picture is drawn: as well as the terminal says that it can, in one of \
               the protocols of terminals whatever it says, as half blocks, or never",
    },
    Entry {
        name: "blank-after",
        allowed: "a number from 0 to 1440",
        serves: Serves::Screen,
        help: "after so many minutes without a key the screen is blank; any key brings it back, and \
               does nothing else; 0 is never",
    },
    Entry {
        name: "allow-shared",
        allowed: "`true`, `false`",
        serves: Serves::Both,
        help: "whether a case is opened that others on this machine can get at; docket refuses it \
               otherwise, and says why",
    },
    Entry {
        name: "confirm-over",
        allowed: "a number from 1 to 100000",
        serves: Serves::BothOnceSet,
        help: "a decision on more messages than this shows the count and waits for y; until it is \
               set, commands ask about any number, and without a terminal they always need --yes",
    },
    Entry {
        name: "dates.form",
        allowed: "`words`, `iso`, `numbers`",
        serves: Serves::BothOnceSet,
        help: "5 March 2024, 2024-03-05 or 05/03/2024; commands write 2024-03-05 until it is set",
    },
    Entry {
        name: "dates.weekday",
        allowed: "`true`, `false`",
        serves: Serves::Both,
        help: "whether the lines between days name the weekday",
    },
    Entry {
        name: "columns.threads",
        allowed: "a list of `undecided`, `total`, `done`, `last`, `channel`",
        serves: Serves::BothOnceSet,
        help: "what the table of threads shows before the title, as far as the window is wide \
               enough; once set, docket threads prints these; always in this order",
    },
    Entry {
        name: "columns.messages",
        allowed: "a list of `date`, `time`, `sender`",
        serves: Serves::BothOnceSet,
        help: "what stands before the words of a message; once set, docket search prints these, \
               and a line between days where they lack the date; always in this order",
    },
    Entry {
        name: "letters.undecided",
        allowed: LETTER,
        serves: Serves::Both,
        help: "beside an undecided message",
    },
    Entry {
        name: "letters.official",
        allowed: LETTER,
        serves: Serves::Both,
        help: "beside an official message",
    },
    Entry {
        name: "letters.personal",
        allowed: LETTER,
        serves: Serves::Both,
        help: "beside a personal message",
    },
    Entry {
        name: "letters.mixed",
        allowed: LETTER,
        serves: Serves::Both,
        help: "beside a mixed message",
    },
    Entry {
        name: "letters.context",
        allowed: LETTER,
        serves: Serves::Both,
        help: "beside a message of context",
    },
    Entry {
        name: "letters.refer",
        allowed: LETTER,
        serves: Serves::Both,
        help: "beside a referred message",
    },
];

const LETTER: &str = "one character, of one column, unlike the other letters";

/// The largest number that [`Settings::confirm_over`] may be.
pub const LARGEST_CONFIRM: u32 = 100_000;

/// A day: the most minutes after which a screen can be blank.
const LARGEST_BLANK: u32 = 24 * 60;

impl Settings {
    /// The settings file of this platform: `settings.toml` in docket's settings folder. `None` where
    /// the platform tells of no home.
    pub fn own_file() -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "docket")
            .map(|dirs| dirs.config_dir().join("settings.toml"))
    }

    /// Reads a settings file. `check_keys` tells what is wrong with the keys given to actions, since
    /// only the screen knows them.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the lines.
    pub fn read(
        text: &str,
        check_keys: impl FnOnce(&[Bound]) -> Vec<Fault>,
    ) -> Result<Settings, Vec<Fault>> {
        read::read(text, check_keys)
    }

    /// How commands write days: as the file says, and until it does as they sort.
    pub fn printed_dates(&self) -> Dates {
        match self.line("dates.form") {
            Some(_) => self.dates,
            None => Dates {
                form: DateForm::Iso,
                ..self.dates
            },
        }
    }

    /// What stands before a message that a command prints: as the file says, and until it does all.
    pub fn printed_columns(&self) -> &[MessageColumn] {
        match self.line("columns.messages") {
            Some(_) => &self.message_columns,
            None => MessageColumn::ALL,
        }
    }

    /// Which columns a command that lists threads has, where the file says so.
    pub fn printed_threads(&self) -> Option<&[ThreadColumn]> {
        self.line("columns.threads").map(|_| &*self.thread_columns)
    }

    /// How many messages a command may act on without asking; none until the file says so.
    pub fn unasked(&self) -> u32 {
        self.line("confirm-over").map_or(0, |_| self.confirm_over)
    }

    /// The line of the file that sets this; `None` where it is the default.
    pub fn line(&self, name: &str) -> Option<u32> {
        self.lines.get(name).copied()
    }

    /// Every setting but the keys.
    pub fn rows(&self) -> Vec<Row> {
        ENTRIES
            .iter()
            .map(|entry| {
                let value = match entry.name {
                    "theme" => quoted(self.theme.name()),
                    "linear" => self.linear.to_string(),
                    "start" => quoted(self.start.name()),
                    "pictures" => quoted(self.pictures.name()),
                    "blank-after" => self.blank_after.to_string(),
                    "allow-shared" => self.allow_shared.to_string(),
                    "confirm-over" => self.confirm_over.to_string(),
                    "dates.form" => quoted(self.dates.form.name()),
                    "dates.weekday" => self.dates.weekday.to_string(),
                    "columns.threads" => list(&self.thread_columns),
                    "columns.messages" => list(&self.message_columns),
                    name => {
                        let decision = name.strip_prefix("letters.").and_then(Decision::from_name);
                        decision.map_or_else(String::new, |decision| {
                            quoted(&self.letters.of(decision).to_string())
                        })
                    }
                };
                Row {
                    name: entry.name.to_owned(),
                    value,
                    line: self.line(entry.name),
                    serves: entry.serves,
                }
            })
            .collect()
    }
}

fn list<W: Word>(words: &[W]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word.name())).collect();
    format!("[{}]", words.join(", "))
}

/// Text as TOML writes it, and JSON too.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, Vec<Fault>> {
        Settings::read(text, |_| Vec::new())
    }

    fn faults(text: &str) -> Vec<String> {
        let faults = read(text).unwrap_err();
        faults.iter().map(Fault::to_string).collect()
    }

    #[test]
    fn an_empty_file_is_the_defaults() {
        assert_eq!(read(""), Ok(Settings::default()));
        assert_eq!(read("\u{FEFF}# mine\r\n"), Ok(Settings::default()));
    }

    #[test]
    fn what_is_listed_can_be_read_back() {
        let settings = Settings::default();
        let text: String = settings
            .rows()
            .iter()
            .map(|row| format!("{} = {}\n", row.name, row.value))
            .collect();
        let read = read(&text).unwrap();
        for (at, row) in (1..).zip(read.rows()) {
            assert_eq!(row.line, Some(at), "{}", row.name);
        }
        let same = Settings {
            lines: BTreeMap::new(),
            ..read
        };
        assert_eq!(same, settings);
    }

    #[test]
    fn every_setting_is_taken() {
        let settings = read(
            "theme = 'light'\nlinear = true\nconfirm-over = 1_000\n\
             [dates]\nform = 'iso'\nweekday = false\n\
             [columns]\nthreads = ['last', 'undecided']\nmessages = []\n\
             [letters]\nofficial = 'G'\n[keys]\nquit = 'Z'\nnext-hit = ['n', '<F3>']\n",
        )
        .unwrap();
        assert_eq!(settings.theme, ThemeName::Light);
        assert!(settings.linear);
        assert_eq!(settings.confirm_over, 1000);
        assert_eq!(settings.thread_columns.len(), 2);
        assert!(settings.message_columns.is_empty());
        assert_eq!(settings.letters.of(Decision::Official), 'G');
        assert_eq!(settings.letters.of(Decision::Personal), 'P');
        assert_eq!(settings.line("dates.form"), Some(5));
        let keys = &settings.keys;
        assert_eq!(keys.len(), 2);
        assert_eq!((keys[0].action.as_str(), keys[0].line), ("quit", 13));
        assert_eq!(keys[1].keys, ["n", "<F3>"]);
    }

    #[test]
    fn faults_name_the_line_and_what_is_allowed() {
        assert_eq!(
            faults("theme = 'dark'\nthem = 'light'\n"),
            ["line 2: them is no setting; did you mean theme?"]
        );
        assert_eq!(
            faults("theme = 'drak'"),
            [
                "line 1: theme = \"drak\": allowed are auto, dark, light, high-contrast, sixteen, none; did you mean dark?"
            ]
        );
        assert_eq!(
            faults("[dates]\nform = 3\n[colours]\nx = 1\n"),
            [
                "line 2: dates.form is a number: allowed are words, iso, numbers",
                "line 3: colours is no setting; allowed are theme, linear, start, pictures, blank-after, allow-shared, confirm-over, dates, columns, letters, keys",
            ]
        );
        assert_eq!(
            faults("confirm-over = 0"),
            ["line 1: confirm-over = 0: allowed is a number from 1 to 100000"]
        );
        assert_eq!(
            faults("[letters]\nofficial = 'P'\n"),
            ["line 2: letters.official = \"P\" is the letter of personal too"]
        );
        assert_eq!(
            faults("[letters]\nofficial = '会'\nmixed = 'MM'\nrefer = ' '\n").len(),
            3
        );
        assert_eq!(
            faults("[columns]\nthreads = ['last', 'last', 'size']\n"),
            [
                "line 2: columns.threads names last twice",
                "line 2: columns.threads = \"size\": allowed are undecided, total, done, last, channel",
            ]
        );
        assert_eq!(
            faults("[keys]\nquit = 1\n"),
            [
                "line 2: keys.quit is a number: allowed is a key such as \"Q\" or \"<C-q>\", or a list of keys"
            ]
        );
        assert_eq!(
            faults("dates = 'iso'"),
            ["line 1: dates is a string: it is a table, with form, weekday"]
        );
    }

    #[test]
    fn what_is_no_toml_is_told_in_one_line() {
        for text in [
            "theme = ",
            "a = 1\na = 2",
            "[x",
            "\0",
            "theme = \"dark",
            "= 3",
        ] {
            let faults = faults(text);
            assert_eq!(faults.len(), 1, "{text:?}");
            assert!(!faults[0].contains('\n'), "{faults:?}");
            assert!(faults[0].starts_with("line "), "{faults:?}");
        }
    }

    #[test]
    fn days_are_written_as_asked() {
        let time = chrono::NaiveDate::from_ymd_opt(2024, 3, 5)
            .and_then(|day| day.and_hms_opt(14, 3, 0))
            .unwrap();
        let written = |form, weekday| {
            let dates = Dates { form, weekday };
            (dates.long(time), dates.short(time))
        };
        let pair = |long: &str, short: &str| (long.to_owned(), short.to_owned());
        assert_eq!(
            written(DateForm::Words, true),
            pair("Tuesday 5 March 2024", "5 Mar 2024")
        );
        assert_eq!(
            written(DateForm::Iso, false),
            pair("2024-03-05", "2024-03-05")
        );
        assert_eq!(
            written(DateForm::Numbers, true),
            pair("Tuesday 05/03/2024", "05/03/2024")
        );
    }
}
