//! S3, S10, S13: rows whose work the test suite does. At `ci` the suite is run whole beside this,
//! so only that its tests are there is looked at; at `release` they are run, with more cases.

use crate::desk::{program, root};
use crate::dice::Dice;
use crate::row::{Lack, Level, Options, Row, Tally, Trials};
use std::path::PathBuf;
use std::process::Command;

pub const S3: Row = Row {
    number: "S3",
    about: "terminal: hostile text on every screen, in commands, errors and after the end (the suite's tests)",
    goal: "0 foreign control bytes",
    limit: (60, 3600),
    apart: false,
    ready: |options| {
        ready(
            options,
            &[
                "cli::hostile_names_act_on_no_terminal",
                "channels::hostile::naughty_strings_read_back_as_they_are",
                "every_screen_has_a_picture",
                "random_keys_lose_nothing",
                "pictures::",
                "suite::pty::",
            ],
        )
    },
};

pub const S10: Row = Row {
    number: "S10",
    about: "properties: formats written and read back, replay, dates, limits (the suite's tests, by their cases)",
    goal: "20,000 cases; 0 failures",
    limit: (60, 3600),
    apart: false,
    ready: |options| {
        ready(
            options,
            &[
                "import_dialects::",
                "channels::fields::every_format_is_written_and_read_back",
                "damage_never_loses",
                "review::plain::sessions_agree_with_a_plain_map",
                "people::sessions_agree_whatever_is_done",
                "redaction::sessions_agree_with_a_plain_model",
                "second::words_agree_with_a_plain_map",
                "bundle::outlook::",
            ],
        )
    },
};

pub const S13: Row = Row {
    number: "S13",
    about: "bundle: hostile texts and names as every field, formulas, conformance bags, 2,000 tamperings (the suite's tests)",
    goal: "0 injected elements, formulas, unsafe names, wrong verdicts, tamperings missed",
    limit: (60, 3600),
    apart: false,
    ready: |options| {
        ready(
            options,
            &[
                "bundle::hostile::",
                "bundle::conformance::",
                "bundle::bags::",
                "bundle::signed::two_thousand_tamperings",
                "bundle::custody::",
            ],
        )
    },
};

struct Suite {
    program: PathBuf,
    filters: &'static [&'static str],
    is_run: bool,
}

fn ready(options: &Options, filters: &'static [&'static str]) -> Result<Box<dyn Trials>, Lack> {
    let listed = std::fs::read_dir(program().with_file_name("deps"))
        .into_iter()
        .flatten()
        .flatten();
    let suites = listed.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("suite-") && path.extension().is_none()
    });
    let newest = suites.max_by_key(|path| path.metadata().and_then(|known| known.modified()).ok());
    match newest {
        Some(suite) => Ok(Box::new(Suite {
            program: suite,
            filters,
            is_run: options.level == Level::Release,
        })),
        None => Err(Lack::Here(
            "the suite is not built: cargo test --no-run".into(),
        )),
    }
}

impl Trials for Suite {
    fn count(&self) -> u64 {
        self.filters.len() as u64
    }

    fn run(&self, trial: u64, mut dice: Dice, tally: &Tally) -> Result<(), String> {
        let filter = self.filters[trial as usize];
        let mut suite = Command::new(&self.program);
        suite.args([filter, "--test-threads=1"]);
        suite.current_dir(root()).env_remove("DOCKET_CASE");
        if !self.is_run {
            let listed = suite
                .arg("--list")
                .output()
                .map_err(|error| error.to_string())?;
            let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
            let tests = listed
                .lines()
                .filter(|line| line.ends_with(": test"))
                .count() as u64;
            tally.add("tests that the suite runs", tests);
            return match tests {
                0 => Err(format!("{filter}: no such test")),
                _ => Ok(()),
            };
        }
        suite
            .env("PROPTEST_CASES", "500")
            .env("PROPTEST_RNG_SEED", dice.below(1 << 32).to_string());
        let ran = suite.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        let result = said
            .lines()
            .rev()
            .find(|line| line.starts_with("test result:"));
        let passed = result
            .and_then(|line| line.split(' ').nth(3)?.parse::<u64>().ok())
            .unwrap_or_default();
        tally.add("tests passed", passed);
        match ran.status.success() && passed > 0 {
            true => Ok(()),
            false => Err(format!("{filter}: {}", result.unwrap_or("no test ran"))),
        }
    }
}
