//! S7: what lies on the disk is changed behind docket's back, or the disk itself is too small, has
//! no room for one more file, or may not be written. Damage is found or mended, never papered over.

use crate::cut::while_mapped;
use crate::desk::{Decided, Desk, chat, files};
use crate::dice::Dice;
use crate::kill::reviewed;
use crate::mount::{Mount, is_possible};
use crate::row::{Lack, Options, Row, Tally, Trials};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub const ROW: Row = Row {
    number: "S7",
    about: "damage to index, ledger, originals, bundle; maps cut under a session; sources that change; small, full and read-only disks",
    goal: "600 damages; 0 undetected or unrecovered",
    limit: (600, 7200),
    apart: false,
    ready,
};

struct Damages {
    count: u64,
    begin: Desk,
    /// A case to be reviewed.
    open: Desk,
    decided: Decided,
    hashes: Vec<String>,
    found: String,
    mounts: bool,
}

/// What a search prints that touches words, texts and columns alike.
const FIND: &[&str] = &["--json", "search", "--", "budget"];

fn ready(options: &Options) -> Result<Box<dyn Trials>, Lack> {
    let open = Desk::usual()?;
    reviewed(&open, 300)?;
    let begin = Desk::usual()?;
    begin
        .run(&["import", &begin.chat("North office")])
        .done("import")?;
    begin
        .run(&["tag", "official", "", "--yes"])
        .done("tag all")?;
    begin.run(&["bundle", "bag"]).done("bundle")?;
    Ok(Box::new(Damages {
        count: options.level.of(240, 3000),
        decided: begin.decided()?,
        hashes: begin.hashes()?,
        found: begin.run(FIND).done("search")?.out,
        mounts: is_possible(),
        begin,
        open,
    }))
}

impl Trials for Damages {
    fn count(&self) -> u64 {
        self.count
    }

    fn run(&self, trial: u64, mut dice: Dice, tally: &Tally) -> Result<(), String> {
        match trial % 10 {
            0 | 1 => self.derived(&mut dice, tally),
            2 => while_mapped(&self.open, &mut dice, tally),
            3 | 4 => self.ledger(&mut dice, tally),
            5 => self.originals(&mut dice, tally),
            6 | 7 => self.bundle(&mut dice, tally),
            8 => self.moving(&mut dice, tally),
            _ if !self.mounts => {
                tally.one("not tried: only root may mount");
                Ok(())
            }
            _ => match dice.below(5) {
                0 => self.read_only(tally),
                1 => self.small(&mut dice, "nr_inodes", tally),
                _ => self.small(&mut dice, "size", tally),
            },
        }
    }
}

/// Changes one file; says how.
fn damage(path: &Path, dice: &mut Dice) -> Result<String, String> {
    let fault = |error: std::io::Error| format!("{}: {error}", path.display());
    // Originals are read-only, which root may pass over and others not.
    let writable = fs::metadata(path).map_err(fault).map(|known| {
        use std::os::unix::fs::PermissionsExt;
        let mut mode = known.permissions();
        mode.set_mode(0o600);
        mode
    })?;
    fs::set_permissions(path, writable).map_err(fault)?;
    let mut bytes = fs::read(path).map_err(fault)?;
    let length = bytes.len();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let how = match dice.below(6) {
        0 | 1 if length > 0 => {
            let at = dice.place(length);
            bytes[at] ^= 1 << dice.below(8);
            format!("a bit of byte {at} flipped")
        }
        2 if length > 0 => {
            let at = dice.place(length);
            let end = (at + 1 + dice.place(64)).min(length);
            for byte in &mut bytes[at..end] {
                *byte = !*byte;
            }
            format!("bytes {at} to {end} turned over")
        }
        3 if length > 0 => {
            bytes.truncate(dice.place(length));
            format!("cut at {} of {length}", bytes.len())
        }
        4 => {
            bytes.extend_from_slice(b"\0more");
            "something added".to_owned()
        }
        _ => {
            fs::remove_file(path).map_err(fault)?;
            return Ok(format!("{name} removed"));
        }
    };
    fs::write(path, bytes).map_err(fault)?;
    Ok(format!("{name}: {how}"))
}

impl Damages {
    fn harmed(&self, folder: &str, dice: &mut Dice) -> Result<(Desk, String), String> {
        let desk = self.begin.again();
        let all = files(&desk.path(folder));
        let path: &PathBuf = dice.one(&all);
        let how = damage(path, dice)?;
        let place = path.strip_prefix(desk.path("")).unwrap_or(path);
        Ok((desk, format!("{}: {how}", place.display())))
    }

    /// Whether all that can be asked gives what it gave.
    fn is_same(&self, desk: &Desk) -> bool {
        desk.decided().as_ref() == Ok(&self.decided)
            && desk.hashes().as_ref() == Ok(&self.hashes)
            && desk.run(FIND).out == self.found
    }

    fn derived(&self, dice: &mut Dice, tally: &Tally) -> Result<(), String> {
        let (desk, when) = self.harmed("case/derived", dice)?;
        for command in [&["status"], FIND, &["--json", "threads"]] {
            desk.run(command).sound(&when)?;
        }
        let checked = desk.run(&["check", "--full"]);
        checked.sound(&when)?;
        match checked.code {
            Some(0) if !self.is_same(&desk) => {
                return Err(format!(
                    "{when}: other answers, and the check finds nothing"
                ));
            }
            Some(0) => tally.one("mended or harmless"),
            _ => tally.one("found"),
        }
        desk.run(&["rebuild"]).done(&when)?;
        if !self.is_same(&desk) {
            return Err(format!("{when}: a rebuild does not give what was there"));
        }
        desk.is_whole(&when)
    }

    fn ledger(&self, dice: &mut Dice, tally: &Tally) -> Result<(), String> {
        let desk = self.begin.again();
        let path = desk.path("case/ledger.sqlite");
        let when = damage(&path, dice)?;
        for command in [&["status"], FIND] {
            desk.run(command).sound(&when)?;
        }
        let checked = desk.run(&["check", "--full"]);
        checked.sound(&when)?;
        match checked.code {
            Some(0) if !self.is_same(&desk) => Err(format!(
                "{when}: the ledger tells something else, and the check finds nothing"
            )),
            Some(0) => {
                tally.one("mended or harmless");
                Ok(())
            }
            _ => {
                tally.one("found");
                Ok(())
            }
        }
    }

    fn originals(&self, dice: &mut Dice, tally: &Tally) -> Result<(), String> {
        let (desk, when) = self.harmed("case/originals", dice)?;
        desk.run(&["status"]).sound(&when)?;
        let checked = desk.run(&["check", "--full"]);
        checked.sound(&when)?;
        if checked.code == Some(0) {
            return Err(format!("{when}: the full check finds nothing"));
        }
        tally.one("found");
        desk.run(&["rebuild"]).sound(&when)?;
        match desk.run(&["check", "--full"]).code {
            Some(0) => Err(format!("{when}: a rebuild hides it")),
            _ => Ok(()),
        }
    }

    fn bundle(&self, dice: &mut Dice, tally: &Tally) -> Result<(), String> {
        let (desk, when) = self.harmed("bag", dice)?;
        let verdict = desk.run(&["verify", "bag", "--ledger"]);
        verdict.sound(&when)?;
        if verdict.code == Some(0) {
            return Err(format!("{when}: verify finds nothing"));
        }
        tally.one("found");
        Ok(())
    }

    /// A source that is cut, longer, another or gone while it is read.
    fn moving(&self, dice: &mut Dice, tally: &Tally) -> Result<(), String> {
        let desk = self.begin.again();
        let path = desk.path("WhatsApp Chat with The Weir.txt");
        let text = chat("weir", 4000);
        fs::write(&path, &text).map_err(|error| error.to_string())?;
        let how = dice.below(4);
        let wait = Duration::from_micros(dice.below(40_000));
        let when = format!(
            "a source that changes after {} us, way {how}",
            wait.as_micros()
        );
        let (source, place) = (path.clone(), dice.place(text.len()) as u64);
        let changer = std::thread::spawn(move || {
            std::thread::sleep(wait);
            let opened = fs::OpenOptions::new().write(true).open(&source);
            match (how, opened) {
                (0, Ok(file)) => drop(file.set_len(place)),
                (1, Ok(file)) => drop(file.set_len(place + (1 << 20))),
                (2, _) => drop(fs::write(&source, chat("another", 3000))),
                _ => drop(fs::remove_file(&source)),
            }
        });
        let ran = desk.run(&["--json", "import", &path.to_string_lossy()]);
        let _ = changer.join();
        ran.sound(&when)?;
        tally.one("sources changed while read");
        desk.is_whole(&when)
    }

    /// A disk with so much room, or for so many files; everything is tried on it, and again when
    /// there is room.
    fn small(&self, dice: &mut Dice, limit: &str, tally: &Tally) -> Result<(), String> {
        let mut desk = Desk::empty();
        let room = match limit {
            "size" => format!("{}k", 16 << dice.below(9)),
            _ => (8 + dice.below(90)).to_string(),
        };
        let when = format!("a disk with {limit} {room}");
        let place = desk.path("disk");
        fs::create_dir(&place).map_err(|error| error.to_string())?;
        let mount = Mount::small(&place, &format!("{limit}={room}"))?;
        desk.case = place.join("case");
        let name = desk.chat("Quay works");
        fs::write(&name, chat("Quay works", 300)).map_err(|error| error.to_string())?;
        let bag = place.join("bag").to_string_lossy().into_owned();
        let mut told = Vec::new();
        let commands: [&[&str]; 5] = [
            &["--json", "import", &name],
            &["--json", "tag", "official", "budget", "--yes"],
            &["--json", "tag", "official", "", "--yes"],
            &["bundle", &bag],
            &["rebuild"],
        ];
        for command in commands {
            let ran = desk.run(command);
            ran.sound(&format!("{when}: docket {}", command.join(" ")))?;
            let is_done = ran.code == Some(0);
            tally.one(match is_done {
                true => "done on a small disk",
                false => "refused on a small disk",
            });
            if is_done && command[0] == "bundle" {
                desk.run(&["verify", &bag]).done(&when)?;
            }
            told.push(is_done);
        }
        mount.again(
            &when,
            &format!("{limit}={}", if limit == "size" { "64m" } else { "4000" }),
        )?;
        if told[0] {
            let decided = desk.decided()?;
            if decided.len() != 300 {
                return Err(format!("{when}: what was told as loaded is not there"));
            }
            let made = |word: &str| decided.values().any(|kept| kept == word);
            if told[1] && !made("official") {
                return Err(format!("{when}: a decision told as saved is not there"));
            }
        }
        // With room it goes on from there.
        desk.run(&["--json", "import", &name]).done(&when)?;
        desk.run(&["tag", "official", "", "--yes"]).done(&when)?;
        desk.is_whole(&when)
    }

    fn read_only(&self, tally: &Tally) -> Result<(), String> {
        let desk = self.begin.again();
        let when = "a case on a disk that may only be read";
        let mount = Mount::read_only(&desk.path("case"))?;
        for command in [&["status"], FIND, &["check"], &["rebuild"]] {
            desk.run(command).sound(when)?;
        }
        for command in [
            &["tag", "personal", "lunch", "--yes"][..],
            &["import", "WhatsApp Chat with North office.txt"],
            &["undo"],
        ] {
            let ran = desk.run(command);
            ran.sound(when)?;
            if ran.code == Some(0) && command[0] != "import" {
                return Err(format!(
                    "{when}: docket {} is told as done",
                    command.join(" ")
                ));
            }
        }
        tally.one("read-only disks");
        drop(mount);
        match self.is_same(&desk) {
            true => desk.is_whole(when),
            false => Err(format!("{when}: the case changed")),
        }
    }
}
