//! S14: what docket is built from.

use crate::desk::{files, root, scratch};
use crate::dice::Dice;
use crate::row::{Lack, Level, Options, Row, Tally, Trials};
use std::process::Command;

pub const ROW: Row = Row {
    number: "S14",
    about: "supply chain: licences, bans, advisories, crates, unsafe code, bill of materials, two builds",
    goal: "0 findings, 0 lines, at most 250 crates, two builds equal",
    limit: (200, 7200),
    apart: false,
    ready,
};

struct Supply(Level);

fn ready(options: &Options) -> Result<Box<dyn Trials>, Lack> {
    match Command::new("python3").arg("--version").output() {
        Ok(_) => Ok(Box::new(Supply(options.level))),
        Err(_) => Err(Lack::Here("no Python".into())),
    }
}

/// The last line that a check prints; what it found where it fails.
fn check(name: &str, arguments: &[&str]) -> Result<String, String> {
    let venv = root().join(".ci/venv/bin/python");
    let python = if venv.exists() {
        venv
    } else {
        "python3".into()
    };
    let ran = Command::new(python)
        .arg(root().join(".ci").join(name))
        .args(arguments)
        .current_dir(root())
        .output()
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    match ran.status.success() {
        true => Ok(said),
        false => Err(format!("{name}: {}", said.trim().replace('\n', " / "))),
    }
}

/// The first number before a word of what was printed last.
fn number_before(said: &str, word: &str) -> u64 {
    let last = said.lines().last().unwrap_or_default();
    let before = last.split(word).next().unwrap_or_default();
    let number = before.split_whitespace().last().unwrap_or_default();
    number.parse().unwrap_or_default()
}

impl Trials for Supply {
    fn count(&self) -> u64 {
        self.0.of(5, 6)
    }

    fn run(&self, trial: u64, _: Dice, tally: &Tally) -> Result<(), String> {
        match trial {
            0 => {
                let said = check("check_dependencies.py", &[])?;
                tally.add("packages", number_before(&said, " packages"));
                tally.add("of them in the program", number_before(&said, " of them"));
                tally.add("macros of it", number_before(&said, " macros"));
            }
            1 => {
                let said = check("check_advisories.py", &[])?;
                tally.add(
                    "advisories held against",
                    number_before(&said, " advisories"),
                );
            }
            2 => {
                let folder = scratch();
                let bill = folder.path().join("docket.cdx.json");
                let said = check("sbom.py", &[])?;
                std::fs::write(&bill, said).map_err(|error| error.to_string())?;
                let said = check("sbom.py", &["--check", &bill.to_string_lossy()])?;
                tally.add(
                    "components in the bill",
                    number_before(&said, " components"),
                );
                tally.add(
                    "bills by CycloneDX's schema",
                    said.contains("as CycloneDX").into(),
                );
            }
            3 => {
                for path in files(&root().join("src")) {
                    let text = std::fs::read_to_string(&path).unwrap_or_default();
                    let program = text
                        .lines()
                        .filter(|line| !line.trim_start().starts_with("//"));
                    let lines = program.filter(|line| line.contains("unsafe {")).count() as u64;
                    tally.add("lines of unsafe code", lines);
                    if lines > 0 && !path.ends_with("case/map.rs") {
                        return Err(format!("{}: unsafe code", path.display()));
                    }
                }
            }
            4 => {
                let ran = Command::new("cargo")
                    .args(["deny", "--offline", "check", "bans", "licenses", "sources"])
                    .current_dir(root())
                    .output();
                let said = ran.map_or(String::new(), |ran| {
                    String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned()
                });
                if said.contains("no such command") || said.is_empty() {
                    tally.one("not tried: cargo-deny is not here");
                } else if said.contains("FAILED") || said.contains("error") {
                    return Err(format!("cargo deny: {}", said.trim().replace('\n', " / ")));
                } else {
                    tally.one("judgements of cargo-deny");
                }
            }
            // Two whole builds: at a release alone.
            _ => {
                let ran = Command::new(root().join(".ci/reproduce"))
                    .output()
                    .map_err(|error| error.to_string())?;
                if !ran.status.success() {
                    let said = [ran.stdout, ran.stderr].concat();
                    let said = String::from_utf8_lossy(&said).trim().replace('\n', " / ");
                    return Err(format!("reproduce: {said}"));
                }
                tally.add("equal builds", 2);
            }
        }
        Ok(())
    }
}
