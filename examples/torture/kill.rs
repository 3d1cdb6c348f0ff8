//! S4: killed at any instant, nothing that was called saved is lost, and the case is whole.

use crate::desk::{Decided, Desk, undecided};
use crate::dice::Dice;
use crate::made::Made;
use crate::row::{Lack, Options, Row, Tally, Trials, grouped};
use crate::screen::Screen;
use std::time::{Duration, Instant};

pub const ROW: Row = Row {
    number: "S4",
    about: "kill -9 at random instants of import, tagging, review, bundle, rebuild, backup, restore, purge",
    goal: "200 kills in CI, 5,000 at a release; 0 lost",
    limit: (600, 7200),
    apart: false,
    ready,
};

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    Import,
    Tag,
    Review,
    Rebuild,
    Make(Made),
}

const JOBS: [Job; 8] = [
    Job::Import,
    Job::Tag,
    Job::Review,
    Job::Rebuild,
    Job::Make(Made::Bag),
    Job::Make(Made::Backup),
    Job::Make(Made::Restored),
    Job::Make(Made::Purged),
];

struct Kills {
    count: u64,
    /// A case to begin with, and one of which all is decided.
    open: Desk,
    decided: Desk,
    /// How long each job takes when nobody kills it.
    usual: Vec<Duration>,
}

/// Keys that one review is sent.
const KEYS: usize = 40;

/// What is decided one after the other, until the kill.
const TAGS: [&[&str]; 6] = [
    &["--json", "tag", "official", "train", "--yes"],
    &["--json", "tag", "personal", "number 1", "--yes"],
    &["--json", "undo"],
    &["--json", "tag", "context", "number 2", "--yes"],
    &["--json", "tag", "official", "from:ann", "--yes"],
    &["--json", "tag", "personal", "from:cleo", "--yes"],
];

const IMPORT: &[&str] = &["--json", "import", "WhatsApp Chat with North office.txt"];
const REBUILD: &[&str] = &["rebuild"];

fn ready(options: &Options) -> Result<Box<dyn Trials>, Lack> {
    let open = Desk::usual()?;
    reviewed(&open, 300)?;
    Made::prepare(&open)?;
    let decided = open.again();
    let all = ["tag", "official", "", "--yes"];
    decided.run(&all).done("tag all")?;
    let mut kills = Kills {
        count: options.level.of(220, 5000),
        open,
        decided,
        usual: Vec::new(),
    };
    for job in JOBS {
        let desk = kills.desk(job);
        let begun = Instant::now();
        match job {
            Job::Import => drop(desk.run(IMPORT).done("import")?),
            Job::Rebuild => drop(desk.run(REBUILD).done("rebuild")?),
            Job::Make(made) => {
                desk.run(made.command()).done("a command nobody kills")?;
                made.holds(&desk, "a command nobody kills")?;
            }
            Job::Tag => {
                for tag in TAGS {
                    desk.run(tag).done("tag")?;
                }
            }
            Job::Review => {
                let mut screen = opened(&desk)?;
                let left = screen
                    .number_before(" undecided |")
                    .ok_or("no count".to_owned())?;
                screen.press(&"o".repeat(KEYS));
                screen.wait("all keys", |screen| {
                    screen.number_before(" undecided |") == Some(left - KEYS as u64)
                })?;
            }
        }
        kills.usual.push(begun.elapsed());
    }
    Ok(Box::new(kills))
}

/// Goes to the chat's first message on the screen and leaves, so that the next review begins there.
pub fn reviewed(desk: &Desk, messages: u64) -> Result<(), String> {
    let mut screen = Screen::start(desk, &["review"], 100, 30, &[]);
    screen.wait_for("The facts of this case")?;
    screen.press("\u{1b}");
    screen.wait_for("nothing changed")?;
    screen.press("\r");
    screen.wait_for(&format!(" of {}, ", grouped(messages)))?;
    screen.press("Q");
    screen.ends_whole().map(|_| ())
}

/// A review of the chat of [`reviewed`], once it shows how many are undecided.
pub fn opened(desk: &Desk) -> Result<Screen, String> {
    let mut screen = Screen::start(desk, &["review"], 100, 30, &[]);
    screen.wait("the chat", |screen| {
        screen.text().contains(" of 300, ") && screen.number_before(" undecided |").is_some()
    })?;
    Ok(screen)
}

impl Kills {
    fn desk(&self, job: Job) -> Desk {
        match job {
            Job::Make(Made::Bag) => self.decided.again(),
            _ => self.open.again(),
        }
    }
}

impl Trials for Kills {
    fn count(&self) -> u64 {
        self.count
    }

    fn run(&self, trial: u64, mut dice: Dice, tally: &Tally) -> Result<(), String> {
        let at = trial as usize % JOBS.len();
        let spread = self.usual[at].as_micros() as u64 * 9 / 10;
        let mut after = dice.below(spread);
        // What ended before its kill is tried again, and killed sooner.
        while !self.once(at, Duration::from_micros(after), tally)? && after > 0 {
            tally.one("ends before a kill");
            after /= 2;
        }
        Ok(())
    }
}

impl Kills {
    /// One job, killed after so long; tells whether it was.
    fn once(&self, at: usize, after: Duration, tally: &Tally) -> Result<bool, String> {
        let desk = self.desk(JOBS[at]);
        let (before, entries) = (desk.decided()?, desk.hashes()?);
        let when = format!("{:?} killed after {} us", JOBS[at], after.as_micros());
        let mut is_killed = false;
        match JOBS[at] {
            Job::Import => {
                let ran = desk.killed(IMPORT, after);
                let is_told = !ran.out.is_empty();
                let (now, is_there) = (desk.decided()?, desk.hashes()?.len() > entries.len());
                if is_told && !is_there {
                    return Err(format!("{when}: told as loaded, and lost"));
                }
                if !is_there && now != before || now.len() != if is_there { 700 } else { 300 } {
                    return Err(format!("{when}: {} messages, of half an import", now.len()));
                }
                tally.add("acts acknowledged", is_told.into());
                is_killed = ran.code.is_none();
                keeps(&before, &now, &when, "")?;
            }
            Job::Tag => {
                let begun = Instant::now();
                let mut told = Vec::new();
                for tag in TAGS {
                    let left = after.saturating_sub(begun.elapsed());
                    let ran = desk.killed(tag, left);
                    told.extend(ran.rows().iter().filter_map(entry));
                    is_killed = ran.code.is_none();
                    if is_killed {
                        break;
                    }
                }
                let now = desk.hashes()?;
                tally.add("acts acknowledged", told.len() as u64);
                for (number, hash) in &told {
                    let kept = now.get(*number as usize - 1);
                    if kept.is_none_or(|kept| hash.as_ref().is_some_and(|hash| hash != kept)) {
                        return Err(format!("{when}: entry {number} was saved, and is lost"));
                    }
                }
                if !now.starts_with(&entries) || now.len() > entries.len() + told.len() + 1 {
                    return Err(format!("{when}: entries that nobody made"));
                }
            }
            Job::Review => {
                let mut screen = opened(&desk)?;
                let begun = Instant::now();
                let left = screen.number_before(" undecided |").ok_or("no count")?;
                screen.press(&"o".repeat(KEYS));
                std::thread::sleep(after.saturating_sub(begun.elapsed()));
                let shown = screen.number_before(" undecided |").unwrap_or(left);
                screen.kill();
                is_killed = true;
                let now = desk.decided()?;
                let open = undecided(&now);
                tally.add("acts acknowledged", left.saturating_sub(shown));
                if open > shown {
                    return Err(format!("{when}: {shown} undecided were shown, {open} are"));
                }
                keeps(&before, &now, &when, "official")?;
            }
            Job::Make(made) => {
                let ran = desk.killed(made.command(), after);
                is_killed = ran.code.is_none();
                tally.add("acts acknowledged", u64::from(ran.code == Some(0)));
                made.comes_to_be(&desk, ran.code == Some(0), &when)?;
                if desk.decided()? != before {
                    return Err(format!("{when}: decisions changed"));
                }
            }
            Job::Rebuild => {
                let ran = desk.killed(REBUILD, after);
                is_killed = ran.code.is_none();
                if desk.decided()? != before || desk.hashes()? != entries {
                    return Err(format!("{when}: decisions changed"));
                }
            }
        }
        tally.add("kills", is_killed.into());
        desk.is_whole(&when)?;
        Ok(is_killed)
    }
}

/// What a command tells of the entry that it made: its number, and its hash where it tells it.
pub fn entry(row: &serde_json::Value) -> Option<(u64, Option<String>)> {
    Some((
        row["entry"].as_u64()?,
        row["hash"].as_str().map(String::from),
    ))
}

/// That each decision that was made is still there, or is this one now.
pub fn keeps(before: &Decided, now: &Decided, when: &str, or: &str) -> Result<(), String> {
    let made = before
        .iter()
        .filter(|(_, decision)| *decision != "undecided");
    for (number, decision) in made {
        if now
            .get(number)
            .is_none_or(|kept| kept != decision && kept != or)
        {
            return Err(format!("{when}: the decision on message {number} is lost"));
        }
    }
    Ok(())
}
