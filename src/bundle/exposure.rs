//! Whether others than its owner may get at what was written in clear.

use crate::case::folder_of;
use std::os::linux::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// File systems that other machines have too, by the number that `statfs` gives (Linux,
/// `include/uapi/linux/magic.h` and the file systems' own sources).
const NETWORK: [(u32, &str); 8] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB 2"),
    (0x0102_1997, "9P"),
    (0x5346_414f, "AFS"),
    (0x00c3_6400, "Ceph"),
    (0x7375_7245, "Coda"),
];

/// File systems of sticks and cards, which know no owners.
const OWNERLESS: [(u32, &str); 3] = [
    (0x4d44, "FAT"),
    (0x2011_bab0, "exFAT"),
    (0x5346_544e, "NTFS"),
];

/// Reasons to think that others can read, or change, what lies at `path`: each a sentence that names
/// the path. Empty where nothing speaks for it; what cannot be asked is passed over.
pub fn exposures(path: &Path) -> Vec<String> {
    let shown = path.display();
    let mut found = Vec::new();
    let mode = |path: &Path| {
        let about = std::fs::metadata(path).ok();
        about.map_or(0, |about| about.permissions().mode())
    };
    if mode(path) & 0o077 != 0 {
        found.push(format!("{shown}: other users of this machine can read it"));
    }
    if mode(folder_of(path)) & 0o022 != 0 {
        found.push(format!(
            "{shown}: other users of this machine can write to the folder that it lies in"
        ));
    }
    if let Ok(about) = rustix::fs::statfs(path) {
        // The field is signed on some machines; the number has 32 bits everywhere.
        let kind = about.f_type as u32;
        let of = |known: &[(u32, &'static str)]| {
            let known = known.iter().find(|(number, _)| *number == kind);
            known.map(|(_, name)| *name)
        };
        if let Some(name) = of(&NETWORK) {
            found.push(format!("{shown}: it lies on a network drive ({name})"));
        } else if let Some(name) = of(&OWNERLESS) {
            found.push(format!(
                "{shown}: it lies on a drive that knows no owners ({name})"
            ));
        }
    }
    if is_removable(path) {
        found.push(format!("{shown}: it lies on a drive that can be taken out"));
    }
    found
}

/// Whether the system says that the drive of a file can be taken out.
fn is_removable(path: &Path) -> bool {
    let Ok(about) = std::fs::metadata(path) else {
        return false;
    };
    let (major, minor) = (
        rustix::fs::major(about.st_dev()),
        rustix::fs::minor(about.st_dev()),
    );
    let Ok(device) = Path::new(&format!("/sys/dev/block/{major}:{minor}")).canonicalize() else {
        return false;
    };
    // Of a partition the drive above it says so.
    device
        .ancestors()
        .take(2)
        .filter_map(|place| std::fs::read_to_string(place.join("removable")).ok())
        .any(|says| says.trim() == "1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn rights_of_others_are_told_and_a_folder_of_ones_own_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let bag = folder.path().join("bag");
        fs::create_dir(&bag).unwrap();
        let allow = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        allow(folder.path(), 0o700);
        allow(&bag, 0o700);
        let quiet = exposures(&bag).len();
        allow(&bag, 0o755);
        assert!(exposures(&bag).iter().any(|one| one.contains("read it")));
        allow(&bag, 0o700);
        allow(folder.path(), 0o777);
        let told = exposures(&bag);
        assert_eq!(told.len(), quiet + 1);
        assert!(told.iter().any(|one| one.contains("write to")), "{told:?}");
        assert!(
            exposures(&folder.path().join("none"))
                .iter()
                .all(|one| one.contains("write to"))
        );
    }
}
