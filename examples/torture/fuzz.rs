//! S8: the functions of `fuzz/targets.rs` without cargo-fuzz: mutants of small pieces of clean
//! exports, of searches, of a ledger and of a bag, many in each trial.

use crate::desk::{Desk, root, scratch};
use crate::dice::Dice;
use crate::hostile::{TIME, clean, time};
use crate::mutate::mutate;
use crate::row::{Lack, Options, Row, Tally, Trials};
use crate::targets;
use docket::case::Ledger;
use docket::import::ALL;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

pub const ROW: Row = Row {
    number: "S8",
    about: "fuzz targets: 22 importers, searches, escaping, records, archives, files, ledger, entries, bag",
    goal: "12 targets, 20 s each in CI; 0 open crashes",
    limit: (400, 7200),
    apart: true,
    ready,
};

/// Targets beside the importers.
const OTHERS: [&str; 8] = [
    "search", "escaping", "records", "files", "archive", "ledger", "entries", "bag",
];

/// The longest piece of an export: short ones are quick, and hold what is odd closer together.
const PIECE: usize = 3000;

struct Fuzz {
    count: u64,
    runs: u64,
    clean: Vec<(String, Vec<u8>)>,
    searches: Vec<Vec<u8>>,
    ledger: Vec<u8>,
    entries: Vec<u8>,
    desk: Desk,
    folder: TempDir,
    regressions: Vec<PathBuf>,
}

fn ready(options: &Options) -> Result<Box<dyn Trials>, Lack> {
    let desk = Desk::usual()?;
    desk.run(&["tag", "official", "", "--yes"]).done("tag")?;
    desk.run(&["bundle", "bag"]).done("bundle")?;
    // The ledger's last words may still stand beside it.
    let ledger = fs::read(desk.path("case/ledger.sqlite")).map_err(|error| error.to_string())?;
    let entries = entries(&desk)?;
    let targets = (ALL.len() + OTHERS.len()) as u64;
    let guide = fs::read_to_string(root().join("docs/reviewing.md")).unwrap_or_default();
    let quoted = guide.split('`').skip(1).step_by(2);
    Ok(Box::new(Fuzz {
        count: targets * options.level.of(4, 60),
        runs: options.level.of(24, 60),
        clean: clean(),
        searches: quoted.map(|words| words.as_bytes().to_vec()).collect(),
        ledger,
        entries,
        desk,
        folder: scratch(),
        regressions: crate::desk::files(&root().join("fuzz/regressions")),
    }))
}

/// What stands in a desk's ledger, as [`targets::entries`] takes it.
fn entries(desk: &Desk) -> Result<Vec<u8>, String> {
    let ledger = Ledger::open(&desk.path("case/ledger.sqlite")).map_err(|e| e.to_string())?;
    let mut lines = Vec::new();
    for recorded in ledger.entries(2).map_err(|error| error.to_string())? {
        lines.push(serde_json::to_string(&recorded.entry).map_err(|error| error.to_string())?);
        if let Some(data) = ledger
            .data(recorded.seq)
            .map_err(|error| error.to_string())?
        {
            let digits = data.iter().map(|byte| format!("{byte:02x}"));
            lines.push(format!("x{}", digits.collect::<String>()));
        }
    }
    Ok(lines.join("\n").into_bytes())
}

impl Trials for Fuzz {
    fn count(&self) -> u64 {
        self.count
    }

    fn run(&self, trial: u64, mut dice: Dice, tally: &Tally) -> Result<(), String> {
        let at = trial as usize % (ALL.len() + OTHERS.len());
        // A whole ledger or bag is looked at an eighth as often as a piece of an export.
        let is_large = ALL.len() + 5 <= at;
        let runs = if is_large { self.runs / 8 } else { self.runs };
        for run in 0..runs {
            let begun = time();
            let target = match ALL.get(at) {
                Some(importer) => importer.name(),
                None => OTHERS[at - ALL.len()],
            };
            let (name, bytes) = self.bytes(target, &mut dice);
            let said = match (ALL.get(at), target) {
                (Some(importer), _) => {
                    targets::importer(*importer, self.folder.path(), &name, &bytes).map(drop)
                }
                (_, "search") => targets::search(&bytes),
                (_, "escaping") => targets::escaping(&bytes),
                (_, "records") => targets::records(&bytes),
                (_, "files") => targets::files(&bytes),
                (_, "entries") => targets::entries(&self.desk.path("case"), &self.ledger, &bytes),
                (_, "archive") => targets::archive(self.folder.path(), &name, &bytes),
                (_, "ledger") => targets::ledger(self.folder.path(), &bytes),
                _ => targets::bag(&self.desk.path("bag"), &bytes),
            };
            said.map_err(|fault| format!("{target}, run {run}: {fault}"))?;
            let spent = time() - begun;
            tally.most("most ms of one run", spent);
            if spent > TIME {
                return Err(format!("{target}, run {run}: {spent} ms"));
            }
            tally.one("runs");
        }
        let again: &[PathBuf] = if trial == 0 { &self.regressions } else { &[] };
        for path in again {
            let bytes = fs::read(path).map_err(|error| error.to_string())?;
            let begun = time();
            targets::files(&bytes)?;
            targets::archive(self.folder.path(), "given", &bytes)?;
            targets::escaping(&bytes)?;
            let spent = time() - begun;
            if spent > TIME {
                return Err(format!("{}: {spent} ms", path.display()));
            }
            tally.one("regressions");
        }
        Ok(())
    }
}

impl Fuzz {
    /// What a target is given, with the name of the file it is from.
    fn bytes(&self, target: &str, dice: &mut Dice) -> (String, Vec<u8>) {
        let (name, clean) = dice.one(&self.clean);
        let (_, other) = dice.one(&self.clean);
        let of: Vec<u8> = match target {
            "search" => match self.searches.is_empty() {
                true => b"from:ann OR (kit AND NOT is:official)".to_vec(),
                false => dice.one(&self.searches).clone(),
            },
            "ledger" => self.ledger.clone(),
            "entries" => self.entries.clone(),
            "bag" => {
                let listed = fs::read_dir(self.desk.path("bag"))
                    .into_iter()
                    .flatten()
                    .flatten();
                let mut paths: Vec<PathBuf> = listed
                    .map(|entry| entry.path())
                    .filter(|path| path.is_file())
                    .collect();
                paths.sort();
                let at = dice.place(paths.len());
                let mut bytes = vec![at as u8];
                bytes.extend(mutate(
                    &fs::read(&paths[at]).unwrap_or_default(),
                    other,
                    dice,
                ));
                return (name.clone(), bytes);
            }
            // The head tells what it is; of the rest a piece will do.
            _ if !clean.starts_with(b"PK") && clean.len() > PIECE => {
                let from = dice.place(clean.len() - PIECE / 2);
                let until = (from + PIECE / 2).min(clean.len());
                [&clean[..PIECE / 2], &clean[from..until]].concat()
            }
            _ => clean.clone(),
        };
        (
            name.clone(),
            mutate(&of, &other[..other.len().min(PIECE)], dice),
        )
    }
}
