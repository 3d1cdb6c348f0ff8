//! S9: two people decide on one case at once, in whatever order; no decision is lost or doubled.

use crate::desk::{Desk, start};
use crate::dice::Dice;
use crate::row::{Lack, Options, Row, Tally, Trials};

pub const ROW: Row = Row {
    number: "S9",
    about: "two sessions on one case, acts in random order and at once",
    goal: "200 interleavings; 0 decisions lost or doubled",
    limit: (400, 3600),
    apart: false,
    ready,
};

struct Sessions {
    count: u64,
    begin: Desk,
}

const REVIEWERS: [&str; 2] = ["Ann Lee", "Bo Ek"];
const DECISIONS: [&str; 4] = ["official", "personal", "mixed", "context"];
/// Acts of each.
const ACTS: usize = 5;

fn ready(options: &Options) -> Result<Box<dyn Trials>, Lack> {
    Ok(Box::new(Sessions {
        count: options.level.of(200, 2000),
        begin: Desk::usual()?,
    }))
}

impl Trials for Sessions {
    fn count(&self) -> u64 {
        self.count
    }

    fn run(&self, _: u64, mut dice: Dice, tally: &Tally) -> Result<(), String> {
        let desk = self.begin.again();
        let before = desk.entries()?.len() as u64;
        let mut told: Vec<(u64, usize)> = Vec::new();
        let mut plans: Vec<Vec<Vec<String>>> = (0..2)
            .map(|who| (0..ACTS).map(|_| act(who, &mut dice)).collect())
            .collect();
        // Each waits for its own act alone; who is first is up to the machine.
        std::thread::scope(|scope| {
            let at_work: Vec<_> = plans
                .drain(..)
                .enumerate()
                .map(|(who, plan)| {
                    let desk = &desk;
                    scope.spawn(move || {
                        let mut told = Vec::new();
                        for arguments in plan {
                            let arguments: Vec<&str> =
                                arguments.iter().map(String::as_str).collect();
                            let when = format!("docket {}", arguments.join(" "));
                            let ran = crate::desk::finish(start(desk.command(&arguments)), None);
                            ran.sound(&when)?;
                            // Exit code 1: the other was quicker with some of the messages.
                            let is_done = matches!(ran.code, Some(0 | 1));
                            for row in ran.rows().into_iter().filter(|_| is_done) {
                                // What lost the race is kept as a disagreement, an entry too.
                                for name in ["entry", "word"] {
                                    told.extend(row[name].as_u64().map(|entry| (entry, who)));
                                }
                            }
                        }
                        Ok::<_, String>(told)
                    })
                })
                .collect();
            for session in at_work {
                told.extend(session.join().map_err(|_| "a session panicked")??);
            }
            Ok::<_, String>(())
        })?;
        tally.one("interleavings");
        tally.add("acts acknowledged", told.len() as u64);
        let entries = desk.entries()?;
        told.sort_unstable();
        for (entry, who) in &told {
            let kept = entries.get(*entry as usize - 1);
            let reviewer = kept.map(|kept| kept["reviewer"].as_str().unwrap_or_default());
            if reviewer != Some(REVIEWERS[*who]) {
                return Err(format!(
                    "entry {entry} was told to {}, and is {reviewer:?}'s",
                    REVIEWERS[*who]
                ));
            }
        }
        let numbers: Vec<u64> = told.iter().map(|(entry, _)| *entry).collect();
        let expected: Vec<u64> = (before + 1..=entries.len() as u64).collect();
        if numbers != expected {
            return Err(format!(
                "told were entries {numbers:?}, there are {expected:?}"
            ));
        }
        let decided = desk.decided()?;
        for command in [&["check", "--full"][..], &["rebuild"]] {
            desk.run(command).done("after both")?;
        }
        match desk.decided()? == decided {
            true => Ok(()),
            false => Err("a rebuild decides otherwise".into()),
        }
    }
}

/// One act: a decision on some messages, whoever decided before, or a step back or forth.
fn act(who: usize, dice: &mut Dice) -> Vec<String> {
    let mut words = vec!["--json", "--reviewer", REVIEWERS[who]];
    let query = format!("number {} of quay", dice.below(300));
    match dice.below(6) {
        0 => words.push("undo"),
        1 => words.push("redo"),
        _ => words.extend(["tag", *dice.one(&DECISIONS), &query, "--yes"]),
    }
    words.into_iter().map(String::from).collect()
}
