//! Disks for one trial: small ones, and a folder that may only be read. Only root makes them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A mounted place, taken away when it goes.
pub struct Mount(PathBuf);

/// Whether this machine lets us mount.
pub fn is_possible() -> bool {
    let Ok(folder) = tempfile::tempdir() else {
        return false;
    };
    Mount::small(folder.path(), "size=64k").is_ok()
}

fn run(program: &str, arguments: &[&str], path: &Path) -> Result<(), String> {
    let ran = Command::new(program).args(arguments).arg(path).output();
    match ran {
        Ok(ran) if ran.status.success() => Ok(()),
        Ok(ran) => Err(String::from_utf8_lossy(&ran.stderr).trim().to_owned()),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

impl Mount {
    /// A disk in memory with this limit: `size=64k`, `nr_inodes=20`.
    pub fn small(place: &Path, limit: &str) -> Result<Mount, String> {
        let options = format!("{limit},mode=700");
        run("mount", &["-t", "tmpfs", "-o", &options, "none"], place)?;
        Ok(Mount(place.to_owned()))
    }

    /// A folder as it stands, which may only be read.
    pub fn read_only(place: &Path) -> Result<Mount, String> {
        let path = place.to_string_lossy().into_owned();
        run("mount", &["--bind", &path], place)?;
        let mount = Mount(place.to_owned());
        run("mount", &["-o", "remount,ro,bind"], place)?;
        Ok(mount)
    }

    /// A disk that lies in a file.
    pub fn image(image: &Path, place: &Path) -> Result<Mount, String> {
        let path = image.to_string_lossy().into_owned();
        run("mount", &["-o", "loop", &path], place)?;
        Ok(Mount(place.to_owned()))
    }

    /// The same with another limit.
    pub fn again(&self, when: &str, limit: &str) -> Result<(), String> {
        let options = format!("remount,{limit}");
        run("mount", &["-o", &options], &self.0).map_err(|fault| format!("{when}: {fault}"))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let gone = run("umount", &[], &self.0);
        if gone.is_err() {
            let _ = run("umount", &["-l"], &self.0);
        }
    }
}
