//! What a command makes beside the case: where it lies, and that it is whole where it lies there.

use crate::desk::{Decided, Desk};
use std::fs;

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// A bundle.
    Bag,
    /// The case in one file.
    Backup,
    /// A case from such a file.
    Restored,
    /// A case without what is personal.
    Purged,
}

/// A backup that lies on the desk before anything is tried.
const GIVEN: &str = "given.tar";

impl Made {
    /// All of them.
    pub const ALL: [Made; 4] = [Made::Bag, Made::Backup, Made::Restored, Made::Purged];

    /// The command that makes it.
    pub fn command(self) -> &'static [&'static str] {
        match self {
            Made::Bag => &["bundle", "bag"],
            Made::Backup => &["backup", "backup.tar"],
            Made::Restored => &["--case", "restored", "restore", GIVEN],
            Made::Purged => &["purge", "purged", "--leave-undecided", "--yes"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Made::Bag => "bag",
            Made::Backup => "backup.tar",
            Made::Restored => "restored",
            Made::Purged => "purged",
        }
    }

    /// Lays on a desk what the commands need: a backup to restore.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn prepare(desk: &Desk) -> Result<(), String> {
        desk.run(&["backup", GIVEN]).done("a backup").map(drop)
    }

    /// Whether it is there. An empty folder is nothing yet: a case may be restored into one.
    pub fn is_there(self, desk: &Desk) -> bool {
        let place = desk.path(self.name());
        match fs::read_dir(&place) {
            Ok(mut names) => names.next().is_some(),
            Err(_) => place.exists(),
        }
    }

    /// That what is there is whole, and says what the case says that it was made of.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn holds(self, desk: &Desk, when: &str) -> Result<(), String> {
        let whole = |case: &str| -> Result<Decided, String> {
            // What is derived may have been under way: whoever opens the case goes on with it.
            let status = ["--case", case, "status"];
            desk.run(&status).done(&format!("{when}: {case}: status"))?;
            desk.run(&["--case", case, "check", "--full"])
                .done(&format!("{when}: {case}: check --full"))?;
            desk.decided_in(case)
                .map_err(|fault| format!("{when}: {case}: {fault}"))
        };
        let of = desk.decided()?;
        let (made, wanted) = match self {
            Made::Bag => {
                return desk.run(&["verify", "bag"]).done(when).map(drop);
            }
            Made::Backup => {
                let again = ["--case", "again", "restore", self.name()];
                desk.run(&again).done(&format!("{when}: then restore"))?;
                (whole("again")?, of)
            }
            Made::Restored => (whole(self.name())?, of),
            Made::Purged => {
                let stays = |decision: &String| ["official", "mixed"].contains(&decision.as_str());
                let mut left: Vec<String> = of.into_values().filter(stays).collect();
                left.sort_unstable();
                // Lines that tell of what stayed behind have no decision.
                let made = whole(self.name())?.into_values();
                let mut made: Vec<String> = made.filter(|decision| !decision.is_empty()).collect();
                made.sort_unstable();
                return match made == left {
                    true => Ok(()),
                    false => Err(format!(
                        "{when}: of {} messages {} went over",
                        left.len(),
                        made.len()
                    )),
                };
            }
        };
        match made == wanted {
            true => Ok(()),
            false => Err(format!("{when}: the case that was put back says otherwise")),
        }
    }

    /// After a command that was disturbed, and may have ended as done: what is there is whole; what
    /// is not is made by the same command, which takes away what was left of the first try.
    ///
    /// # Errors
    /// What is wrong.
    pub fn comes_to_be(self, desk: &Desk, is_told: bool, when: &str) -> Result<(), String> {
        let is_there = self.is_there(desk);
        if is_told && !is_there {
            return Err(format!("{when}: told as made, and not there"));
        }
        if is_there {
            self.holds(desk, when)?;
        }
        // Made again an hour later, it takes away what the first try left.
        desk.age_leftovers();
        if !is_there {
            let again = format!("{when}: again");
            desk.run(self.command()).done(&again)?;
            self.holds(desk, &again)?;
        }
        let left = desk.leftovers();
        match left.is_empty() || is_there {
            true => Ok(()),
            false => Err(format!("{when}: {left:?} was left behind")),
        }
    }
}
