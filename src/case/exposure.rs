//! Whether others than its owner can read a case's folder, or put another in its place.

use super::layout::nearest;
use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// What of a case others can get at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// A sentence that names the path.
    pub what: String,
    /// What to do, but for allowing it.
    pub remedy: String,
}

/// Rights of a group and of others to read, write and enter.
const OTHERS: u32 = 0o077;
/// Their rights to write.
const WRITE: u32 = 0o022;
/// In such a folder only the owner of an entry may take it away.
const STICKY: u32 = 0o1000;

/// What of a case others can get at; empty where nothing is seen. Looks at rights only: who
/// administers the machine, and lists of further rights (ACLs), are beyond them.
pub fn of(root: &Path) -> Vec<Exposed> {
    let Ok(root) = root.canonicalize() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let me = rustix::process::geteuid().as_raw();
    if let Ok(about) = fs::metadata(&root) {
        let mode = about.permissions().mode() & 0o777;
        if mode & OTHERS != 0 {
            found.push(Exposed {
                what: format!(
                    "{}: others on this machine can get at this case (its rights are {mode:o})",
                    root.display()
                ),
                remedy: format!("take their rights away (chmod -R go= {})", root.display()),
            });
        }
        if about.uid() != me && me != 0 {
            found.push(Exposed {
                what: format!(
                    "{}: this case's folder belongs to another account",
                    root.display()
                ),
                remedy: "ask its owner for a backup of the case (docket backup)".into(),
            });
        }
    }
    found.extend(above(&root, me));
    found
}

/// Who could put another case in the place of one that is to be made there.
pub fn of_place(root: &Path) -> Vec<Exposed> {
    let me = rustix::process::geteuid().as_raw();
    let mut made = root.to_path_buf();
    if let Some(stands) = nearest(root) {
        made = match made.exists() {
            true => stands,
            false => stands.join("case"),
        };
    }
    above(&made, me).collect()
}

fn above(root: &Path, me: u32) -> impl Iterator<Item = Exposed> {
    root.ancestors()
        .skip(1)
        .filter(move |above| fs::metadata(above).is_ok_and(|about| is_writable(&about, me)))
        .map(|above| Exposed {
            what: format!(
                "{}: others on this machine can put another case in the place of this one, because \
                 they can write to this folder above it",
                above.display()
            ),
            remedy: format!(
                "keep the case elsewhere (--case DIR), or take their right to write away (chmod \
                 go-w {})",
                above.display()
            ),
        })
}

/// Whether others than this account and the administrator can rename what lies in a folder.
fn is_writable(about: &Metadata, me: u32) -> bool {
    let mode = about.permissions().mode();
    // Where each account has a group of its own, of its own number, the group is the account.
    let is_own_group = about.uid() == about.gid();
    let others = if is_own_group { WRITE & 0o007 } else { WRITE };
    mode & others != 0 && mode & STICKY == 0 || about.uid() != me && about.uid() != 0 && me != 0
}

#[allow(clippy::unwrap_used)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_of_others_and_folders_above_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let above = folder.path().join("above");
        let case = above.join("case");
        fs::create_dir_all(&case).unwrap();
        let allow = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        allow(&above, 0o700);
        for (mode, is_told) in [(0o700, 0), (0o750, 1), (0o701, 1), (0o770, 1)] {
            allow(&case, mode);
            assert_eq!(of(&case).len(), is_told, "{mode:o}");
        }
        allow(&case, 0o700);
        for (mode, is_told) in [(0o755, 0), (0o777, 1), (0o1777, 0), (0o707, 1)] {
            allow(&above, mode);
            assert_eq!(of(&case).len(), is_told, "{mode:o}");
            for place in ["case", "new", "new/case"] {
                assert_eq!(of_place(&above.join(place)).len(), is_told, "{mode:o}");
            }
        }
        assert!(of(&folder.path().join("none")).is_empty());
    }
}
