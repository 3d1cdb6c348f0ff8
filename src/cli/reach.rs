//! Where a command may write besides its case, and what it may start: said to the kernel before the
//! command begins, and held for good.

use super::{Command, Common, Failure};
use crate::case::Layout;
use crate::sandbox::{self, Acts};
use std::path::{Path, PathBuf};

/// Locks this process to what the command is there for.
///
/// # Errors
/// When the case's folder is to be made, and may or can not be.
pub fn lock(command: &Command, common: &Common) -> Result<(), Failure> {
    let mut acts = acts(command);
    if let Ok(case) = common.named_folder() {
        if makes_case(command) {
            common.may_make(&case)?;
            // What is not there cannot be named to the kernel.
            Layout::make_place(&case).map_err(Failure::refused)?;
        }
        if let Command::Restore(_) = command {
            acts.writes.push(beside(&case));
        }
        acts.writes.push(case);
    }
    #[cfg(feature = "tui")]
    if let Command::Review(_) = command {
        sandbox::chosen::keep_outside();
    }
    sandbox::lock_program(&acts);
    Ok(())
}

/// Whether a case that is not there is made.
fn makes_case(command: &Command) -> bool {
    match command {
        Command::Import(command) => command.makes_case(),
        Command::Facts(command) => command.makes_case(),
        Command::Profile(command) => command.makes_case(),
        #[cfg(feature = "tui")]
        Command::Review(command) => command.makes_case(),
        _ => false,
    }
}

/// What a command does outside its case.
fn acts(command: &Command) -> Acts {
    let (writes, connects) = match command {
        Command::Bundle(command) => (Some(beside(command.out())), command.signs()),
        Command::Export(command) => (Some(beside(command.out())), command.signs()),
        Command::Sign(command) => (command.bag().map(Path::to_owned), command.signs()),
        Command::Receipt(command) => (Some(command.bag().to_owned()), command.signs()),
        Command::Certificate(command) => (Some(beside(command.out())), command.signs()),
        Command::Attachment(command) => (command.out().map(beside), false),
        Command::Report(command) => (command.out().map(beside), false),
        Command::Backup(command) => (Some(beside(command.out())), false),
        Command::Purge(command) => (Some(beside(command.out())), false),
        _ => (None, false),
    };
    Acts {
        writes: writes.into_iter().collect(),
        devices: match connects {
            true => keys_in_hardware(),
            false => Vec::new(),
        },
        connects,
    }
}

/// The devices through which keys in hardware are asked to sign, as they are plugged in now.
fn keys_in_hardware() -> Vec<PathBuf> {
    let devices = std::fs::read_dir("/dev").into_iter().flatten().flatten();
    devices
        .filter(|device| device.file_name().as_encoded_bytes().starts_with(b"hidraw"))
        .map(|device| device.path())
        .collect()
}

/// The folder in which something is made under this name: its parent, or where that is to be made
/// too, the nearest one that is there.
fn beside(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut folders = path.ancestors().skip(1);
    let there = folders.find(|folder| folder.is_dir());
    there.unwrap_or(&path).to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_made_in_the_nearest_folder() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path();
        assert_eq!(beside(&there.join("bag")), there);
        assert_eq!(beside(&there.join("a/b/bag")), there);
        assert_eq!(beside(Path::new("bag")), std::env::current_dir().unwrap());
        assert_eq!(beside(Path::new("/bag")), Path::new("/"));
    }
}
