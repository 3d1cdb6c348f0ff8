//! What protects a case here, and what does not: as far as it can be seen from inside, and no
//! further.

use crate::case::anchors::Fingerprint;
use crate::case::{Layout, exposure, free_space};
use serde::Serialize;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What one thing does for the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It protects the case.
    Protects,
    /// It does not.
    DoesNot,
    /// From here it cannot be told.
    CannotTell,
}

impl Verdict {
    /// In a word or two.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Protects => "protects",
            Verdict::DoesNot => "does not",
            Verdict::CannotTell => "cannot tell",
        }
    }
}

/// One thing looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What was looked at; the same from version to version.
    pub name: &'static str,
    /// What it does for the case.
    pub verdict: Verdict,
    /// What was found.
    pub detail: String,
    /// What to do about it; empty where there is nothing.
    pub todo: &'static str,
}

impl Finding {
    /// One thing.
    pub fn new(
        name: &'static str,
        verdict: Verdict,
        detail: impl Into<String>,
        todo: &'static str,
    ) -> Finding {
        Finding {
            name,
            verdict,
            detail: detail.into(),
            todo,
        }
    }
}

/// Least bytes that are free in comfort: SQLite, the index and a bundle of a small case need room.
const LITTLE: u64 = 1 << 30;

/// Looks at the surroundings of a case's folder, whether it is there yet or not.
pub fn examine(folder: &Path) -> Vec<Finding> {
    let there = nearest(folder);
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mount = mount_of(&there, &mounts);
    let mut found = vec![
        rights(folder),
        encryption(&there, mount.as_ref()),
        file_system(mount.as_ref()),
        space(&there),
        swap(),
        cores(),
    ];
    found.extend(ledger(folder));
    found.push(lock(folder));
    found
}

/// The folder itself, or the nearest one above it that is there.
fn nearest(folder: &Path) -> PathBuf {
    let there = folder.ancestors().find(|path| path.is_dir());
    let there = there.filter(|path| !path.as_os_str().is_empty());
    let there = there.unwrap_or(Path::new("."));
    there.canonicalize().unwrap_or_else(|_| there.to_path_buf())
}

fn rights(folder: &Path) -> Finding {
    if !folder.exists() {
        return Finding::new(
            "permissions",
            Verdict::Protects,
            format!(
                "{} is not there yet; docket makes it for you alone",
                folder.display()
            ),
            "",
        );
    }
    match exposure::of(folder).as_slice() {
        [] => Finding::new(
            "permissions",
            Verdict::Protects,
            "the case's folder and what is in it are for your account alone; whoever administers \
             this machine can read them all the same",
            "",
        ),
        [first, more @ ..] => Finding::new(
            "permissions",
            Verdict::DoesNot,
            match more.len() {
                0 => first.what.clone(),
                count => format!("{}; and {count} more", first.what),
            },
            "chmod -R go= on the case's folder, and keep it in a folder that only you can write to",
        ),
    }
}

/// A line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mount {
    device: String,
    point: PathBuf,
    kind: String,
    source: String,
}

/// The mount that a folder lies on: of those above it the longest, the last of several.
fn mount_of(folder: &Path, mounts: &str) -> Option<Mount> {
    mounts
        .lines()
        .filter_map(mount)
        .filter(|mount| folder.starts_with(&mount.point))
        .max_by_key(|mount| mount.point.as_os_str().len())
}

fn mount(line: &str) -> Option<Mount> {
    let (left, right) = line.split_once(" - ")?;
    let mut left = left.split(' ');
    let device = left.nth(2)?.to_owned();
    let point = PathBuf::from(unescaped(left.nth(1)?));
    let mut right = right.split(' ');
    Some(Mount {
        device,
        point,
        kind: right.next()?.to_owned(),
        source: unescaped(right.next()?),
    })
}

/// Blanks and backslashes stand there as three octal digits.
fn unescaped(text: &str) -> String {
    ["\\040", "\\011", "\\012"]
        .iter()
        .zip([" ", "\t", "\n"])
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
        .replace("\\134", "\\")
}

/// Whether dm-crypt stands somewhere below the folder's file system, as far as the kernel shows it.
fn encryption(folder: &Path, mount: Option<&Mount>) -> Finding {
    const NAME: &str = "disk encryption";
    const REMEDY: &str = "keep the case on an encrypted disk (LUKS, FileVault), and ask whoever runs \
                        this machine; docket does not encrypt the case";
    if let Some(mount) = mount
        && matches!(
            mount.kind.as_str(),
            "ecryptfs" | "fscrypt" | "fuse.gocryptfs" | "fuse.encfs" | "fuse.cryfs"
        )
    {
        return Finding::new(
            NAME,
            Verdict::Protects,
            format!(
                "the folder lies on an encrypting file system ({})",
                mount.kind
            ),
            "",
        );
    }
    let device = fs::metadata(folder).map(|found| {
        let device = found.dev();
        let numbers = (rustix::fs::major(device), rustix::fs::minor(device));
        PathBuf::from(format!("/sys/dev/block/{}:{}", numbers.0, numbers.1))
    });
    // btrfs and others give their files a device of their own; the mount's source names the disk.
    let named = mount.and_then(|mount| {
        let name = Path::new(&mount.source).canonicalize().ok()?;
        let name = name.strip_prefix("/dev").ok()?.to_path_buf();
        Some(Path::new("/sys/class/block").join(name))
    });
    let seen = [device.ok(), named];
    let is_crypt = seen.iter().flatten().any(|device| is_crypt(device, 0));
    if is_crypt {
        return Finding::new(
            NAME,
            Verdict::Protects,
            "the disk below is encrypted (dm-crypt): it protects when the machine is off, and not \
             while it runs",
            "",
        );
    }
    Finding::new(
        NAME,
        Verdict::CannotTell,
        "not visible: no dm-crypt below this folder; the disk itself, a virtual machine's host or a \
         server may encrypt unseen, or nothing does",
        REMEDY,
    )
}

/// Whether a block device, or one that it is made of, is one of dm-crypt's.
fn is_crypt(device: &Path, depth: u8) -> bool {
    // Disks stand on few layers; a circle would be a fault of the kernel's.
    if depth > 8 {
        return false;
    }
    let id = fs::read_to_string(device.join("dm/uuid")).unwrap_or_default();
    if id.starts_with("CRYPT-") {
        return true;
    }
    let below = fs::read_dir(device.join("slaves")).into_iter().flatten();
    below
        .flatten()
        .any(|entry| is_crypt(&entry.path(), depth + 1))
}

fn file_system(mount: Option<&Mount>) -> Finding {
    const NAME: &str = "file system";
    let Some(Mount { kind, point, .. }) = mount else {
        return Finding::new(
            NAME,
            Verdict::CannotTell,
            "this system does not tell what the folder lies on",
            "",
        );
    };
    let on = format!("{kind}, at {}", point.display());
    match kind.as_str() {
        "tmpfs" | "ramfs" => Finding::new(
            NAME,
            Verdict::DoesNot,
            format!("{on}: it lies in memory, and is lost when the machine is switched off"),
            "keep the case on a disk",
        ),
        "nfs" | "nfs4" | "cifs" | "smb3" | "smbfs" | "9p" | "afs" | "ceph" | "fuse.sshfs" => {
            Finding::new(
                NAME,
                Verdict::DoesNot,
                format!(
                    "{on}: a network drive; the ledger needs all sessions on one machine, and what \
                     is flushed may not be on a disk"
                ),
                "keep the case on a disk of this machine, and copy it with docket backup",
            )
        }
        "vfat" | "exfat" | "msdos" | "ntfs" | "ntfs3" | "fuseblk" => Finding::new(
            NAME,
            Verdict::DoesNot,
            format!("{on}: it knows no owners, so whoever has the drive reads all of it"),
            "keep the case on a file system that knows owners, and only encrypted backups on this",
        ),
        fuse if fuse.starts_with("fuse") => Finding::new(
            NAME,
            Verdict::CannotTell,
            format!("{on}: a file system that a program serves; what it flushes, it alone knows"),
            "keep the case on a disk of this machine",
        ),
        "overlay" => Finding::new(
            NAME,
            Verdict::CannotTell,
            format!("{on}: a container's own layer, which may go with the container"),
            "keep the case on a volume that outlasts the container",
        ),
        _ => Finding::new(NAME, Verdict::Protects, on, ""),
    }
}

fn space(folder: &Path) -> Finding {
    const NAME: &str = "free space";
    match free_space(folder) {
        Err(error) => Finding::new(NAME, Verdict::CannotTell, error.to_string(), ""),
        Ok(free) if free < LITTLE => Finding::new(
            NAME,
            Verdict::DoesNot,
            format!("{free} bytes are free: little for an import or a bundle"),
            "free some space; what is saved stays safe when a disk fills",
        ),
        Ok(free) => Finding::new(
            NAME,
            Verdict::Protects,
            format!("{free} bytes are free"),
            "",
        ),
    }
}

/// Whether memory may be written to a disk in clear.
fn swap() -> Finding {
    const NAME: &str = "swap";
    let Ok(swaps) = fs::read_to_string("/proc/swaps") else {
        return Finding::new(
            NAME,
            Verdict::CannotTell,
            "this system does not tell whether it swaps",
            "",
        );
    };
    // The first line is a heading.
    let used: Vec<&str> = swaps
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let is_safe = |name: &&str| {
        name.starts_with("/dev/zram")
            || Path::new(name)
                .canonicalize()
                .ok()
                .and_then(|path| path.file_name().map(PathBuf::from))
                .is_some_and(|name| is_crypt(&Path::new("/sys/class/block").join(name), 0))
    };
    match (used.is_empty(), used.iter().all(is_safe)) {
        (true, _) => Finding::new(NAME, Verdict::Protects, "there is none", ""),
        (false, true) => Finding::new(
            NAME,
            Verdict::Protects,
            format!("{}: encrypted, or in memory", used.join(", ")),
            "",
        ),
        (false, false) => Finding::new(
            NAME,
            Verdict::CannotTell,
            format!(
                "{}: what is on the screen may be written there, and no encryption is visible",
                used.join(", ")
            ),
            "encrypt the swap, or switch it off while you review",
        ),
    }
}

/// Whether a crash of docket would leave its memory in a file.
fn cores() -> Finding {
    use rustix::process::{Resource, getrlimit};
    let limit = getrlimit(Resource::Core).current;
    match limit {
        Some(0) => Finding::new(
            "core dumps",
            Verdict::Protects,
            "docket leaves none: its limit for them is 0",
            "",
        ),
        _ => Finding::new(
            "core dumps",
            Verdict::DoesNot,
            "a crash could leave docket's memory in a file",
            "ulimit -c 0",
        ),
    }
}

/// How far the case's own ledger is noted.
fn ledger(folder: &Path) -> Option<Finding> {
    let layout = Layout::open(folder).ok()?;
    let noted = crate::case::anchors::read(&layout).ok()?;
    let last = noted.last()?;
    Some(Finding::new(
        "ledger",
        Verdict::Protects,
        format!(
            "{} heads are noted in the case, the last {} on {}",
            noted.noted.len(),
            Fingerprint::of(last.head),
            last.at.get(..10).unwrap_or(&last.at)
        ),
        "keep the last head elsewhere too: docket check --head finds what is cut off",
    ))
}

/// Whether the locks that keep sessions apart work there, and whether one is held.
fn lock(folder: &Path) -> Finding {
    const NAME: &str = "locks";
    let Ok(layout) = Layout::open(folder) else {
        return Finding::new(NAME, Verdict::CannotTell, "there is no case here yet", "");
    };
    match layout.lock() {
        Ok(_) => Finding::new(
            NAME,
            Verdict::Protects,
            "they work, and nobody is loading",
            "",
        ),
        Err(crate::case::CaseError::Busy { .. }) => Finding::new(
            NAME,
            Verdict::Protects,
            "they work: another docket is loading or rebuilding",
            "",
        ),
        Err(error) => Finding::new(
            NAME,
            Verdict::DoesNot,
            format!("they do not work: {error}"),
            "let one session at a time work on the case",
        ),
    }
}

#[allow(clippy::unwrap_used)]
#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/mapper/root rw\n\
        23 22 0:5 / /home rw - nfs4 server:/homes rw\n\
        24 23 0:6 / /home/ann/a\\040b rw - tmpfs tmpfs rw\nbroken line\n";

    #[test]
    fn the_mount_of_a_folder_is_the_longest_above_it() {
        let kind = |path: &str| mount_of(Path::new(path), MOUNTS).unwrap().kind;
        assert_eq!(kind("/srv/case"), "ext4");
        assert_eq!(kind("/home/ann/case"), "nfs4");
        assert_eq!(kind("/home/ann/a b/case"), "tmpfs");
        assert_eq!(kind("/homestead"), "ext4");
    }

    #[test]
    fn file_systems_that_lose_or_share_are_told() {
        for (kind, verdict) in [
            ("ext4", Verdict::Protects),
            ("tmpfs", Verdict::DoesNot),
            ("nfs4", Verdict::DoesNot),
            ("cifs", Verdict::DoesNot),
            ("exfat", Verdict::DoesNot),
            ("fuse.sshfs", Verdict::DoesNot),
            ("fuse.other", Verdict::CannotTell),
            ("overlay", Verdict::CannotTell),
        ] {
            let mount = Mount {
                device: "0:1".into(),
                point: "/".into(),
                kind: kind.into(),
                source: "none".into(),
            };
            assert_eq!(file_system(Some(&mount)).verdict, verdict, "{kind}");
        }
        assert_eq!(file_system(None).verdict, Verdict::CannotTell);
    }

    #[test]
    fn encryption_is_seen_through_layers_and_never_claimed() {
        let sys = tempfile::tempdir().unwrap();
        let layer = |name: &str, id: &str| {
            let path = sys.path().join(name);
            fs::create_dir_all(path.join("dm")).unwrap();
            fs::create_dir_all(path.join("slaves")).unwrap();
            fs::write(path.join("dm/uuid"), id).unwrap();
            path
        };
        let (volume, crypt) = (layer("dm-1", "LVM-x"), layer("dm-0", "CRYPT-LUKS2-x"));
        assert!(!is_crypt(&volume, 0));
        std::os::unix::fs::symlink(&crypt, volume.join("slaves/dm-0")).unwrap();
        assert!(is_crypt(&volume, 0));
        let circle = layer("dm-2", "LVM-y");
        std::os::unix::fs::symlink(&circle, circle.join("slaves/dm-2")).unwrap();
        assert!(!is_crypt(&circle, 0));
    }
}
