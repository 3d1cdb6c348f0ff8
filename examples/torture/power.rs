//! S5: the power goes. The case lies on an ext4 disk in a file; at the cut the file is copied, and
//! the copy is what the disk held: what was only in memory is gone.

use crate::desk::{Desk, copy, finish, scratch, start};
use crate::dice::Dice;
use crate::mount::{Mount, is_possible};
use crate::row::{Lack, Options, Row, Tally, Trials};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

pub const ROW: Row = Row {
    number: "S5",
    about: "power cuts on ext4, while tagging, importing, rebuilding, bundling, and at rest after an act",
    goal: "20 cuts in CI, 500 at a release; 0 acknowledged decisions lost",
    limit: (300, 3600),
    apart: false,
    ready,
};

struct Cuts {
    count: u64,
    begin: Desk,
}

fn ready(options: &Options) -> Result<Box<dyn Trials>, Lack> {
    if !is_possible() {
        return Err(Lack::Here("only root may mount a disk".into()));
    }
    let folder = scratch();
    let image = folder.path().join("try");
    let possible = disk(&image).and_then(|()| Mount::image(&image, folder.path()));
    if let Err(lacking) = possible {
        return Err(Lack::Here(format!("no ext4 disk in a file: {lacking}")));
    }
    drop(possible);
    let begin = Desk::usual()?;
    begin.run(&["tag", "official", "", "--yes"]).done("tag")?;
    Ok(Box::new(Cuts {
        count: options.level.of(20, 500),
        begin,
    }))
}

/// An empty ext4 disk in a file.
fn disk(image: &Path) -> Result<(), String> {
    let made = std::fs::File::create(image).and_then(|file| file.set_len(48 << 20));
    made.map_err(|error| error.to_string())?;
    run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(image))
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.output() {
        Ok(ran) if ran.status.success() => Ok(()),
        Ok(ran) => Err(String::from_utf8_lossy(&ran.stderr).trim().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Decisions, one after the other.
const TAGS: [&[&str]; 5] = [
    &["--json", "tag", "personal", "train", "--yes"],
    &["--json", "tag", "context", "number 1", "--yes"],
    &["--json", "undo"],
    &["--json", "tag", "official", "from:ann", "--yes"],
    &["--json", "tag", "personal", "from:cleo", "--yes"],
];

impl Trials for Cuts {
    fn count(&self) -> u64 {
        self.count
    }

    fn run(&self, trial: u64, mut dice: Dice, tally: &Tally) -> Result<(), String> {
        let mut desk = self.begin.again();
        let image = desk.path("image");
        let place = desk.path("disk");
        let made = std::fs::create_dir(&place).map_err(|error| error.to_string());
        made.and_then(|()| disk(&image))?;
        let mount = Mount::image(&image, &place)?;
        // Nothing is written back by itself before the cut.
        mount.again("a disk", "commit=300")?;
        copy(&desk.case, &place.join("case")).map_err(|error| error.to_string())?;
        run(Command::new("sync").arg("-f").arg(&place))?;
        desk.case = place.join("case");
        let bag = place.join("bag").to_string_lossy().into_owned();
        let long: &[&str] = match trial % 6 {
            0..=2 => &[],
            3 => &["--json", "import", "WhatsApp Chat with North office.txt"],
            4 => &["rebuild"],
            _ => &["bundle", &bag],
        };
        let after = Duration::from_micros(dice.below(400_000));
        let when = format!("the power goes after {} us of {long:?}", after.as_micros());
        let begun = Instant::now();
        let mut told = Vec::new();
        let mut is_done = false;
        for tag in TAGS.iter().take(1 + dice.place(TAGS.len())) {
            let ran = desk.run(tag).done(&when)?;
            told.extend(ran.rows().iter().filter_map(crate::kill::entry));
        }
        if !long.is_empty() {
            let left = after.saturating_sub(begun.elapsed().min(after / 2));
            let ran = finish(start(desk.command(long)), Some(left));
            is_done = ran.code == Some(0);
            told.extend(ran.rows().iter().filter_map(crate::kill::entry));
        }
        let cut = desk.path("cut");
        run(Command::new("cp")
            .arg("--sparse=always")
            .args([&image, &cut]))?;
        tally.one("cuts");
        tally.add("acts acknowledged", told.len() as u64 + u64::from(is_done));
        drop(mount);
        let _after = Mount::image(&cut, &place)?;
        let hashes = desk.hashes().map_err(|fault| format!("{when}: {fault}"))?;
        for (number, hash) in &told {
            let kept = hashes.get(*number as usize - 1);
            if kept.is_none_or(|kept| hash.as_ref().is_some_and(|hash| hash != kept)) {
                return Err(format!("{when}: entry {number} was saved, and is lost"));
            }
        }
        let decided = desk.decided()?;
        if is_done && long.contains(&"import") && decided.len() != 700 {
            return Err(format!("{when}: told as loaded, and lost"));
        }
        if is_done && long.contains(&"bundle") {
            desk.run(&["verify", &bag]).done(&when)?;
        }
        desk.is_whole(&when)?;
        desk.run(&["rebuild"]).done(&when)?;
        match desk.decided()? == decided {
            true => Ok(()),
            false => Err(format!("{when}: a rebuild decides otherwise")),
        }
    }
}
