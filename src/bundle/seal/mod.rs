//! Bundles that nobody but their recipients can open: one file in the age format, version 1, which
//! holds a tar of the bag.
//!
//! `age -d -i KEY bundle.tar.age | tar x` opens it; docket only ever encrypts. Recipients are age's
//! own keys (`age1...`) and SSH public keys (Ed25519, RSA), because officials have those.
//!
//! The format is specified at <https://github.com/C2SP/C2SP/blob/main/age.md>, the recipients of SSH
//! keys by the reference implementation, `filippo.io/age/agessh`. Nothing of the sender is in it: it
//! proves to nobody who wrote it. That is what the signature in the bag is for.

mod age;
pub(crate) mod tar;

use age::{Recipient, SECRET, Sealing};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Most bytes of a list of recipients.
const MOST: u64 = 1 << 20;

/// Whether a file is one in the age format, as far as its first bytes tell.
pub fn is_sealed(path: &Path) -> bool {
    use std::io::Read;
    let mut head = Vec::new();
    let length = age::VERSION.len() as u64;
    let read = std::fs::File::open(path).and_then(|file| file.take(length).read_to_end(&mut head));
    read.is_ok() && head == age::VERSION.as_bytes()
}

/// Why nobody can be written to.
#[derive(Debug, thiserror::Error)]
pub enum RecipientError {
    /// It is none that docket knows.
    #[error(
        "{place}: {reason}; a recipient is a public key that begins with age1, ssh-ed25519 or ssh-rsa"
    )]
    Unknown {
        /// The recipient, or the file and line.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A list without anybody.
    #[error("{path}: there is no recipient in this file")]
    Nobody {
        /// The list.
        path: PathBuf,
    },
    /// The list cannot be read.
    #[error("{path}: {source}; this is neither a public key nor a file of them")]
    Io {
        /// The list.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Who alone can open a file: one public key at least.
pub struct Recipients(Vec<Recipient>);

impl Recipients {
    /// Reads recipients: each a public key, or a file that lists them one a line as `age -R` and
    /// `authorized_keys` do, where a line that begins with `#` is a remark.
    ///
    /// # Errors
    /// The first that is none, with its place. The reason never repeats what a file holds: it may
    /// be a secret key, given by mistake.
    pub fn read<'a>(
        given: impl IntoIterator<Item = &'a str>,
    ) -> Result<Recipients, RecipientError> {
        let mut all = Vec::new();
        for one in given {
            let one = one.trim();
            if Recipient::looks_like(one) {
                let place = match Recipient::is_secret(one) {
                    true => SECRET.to_owned(),
                    false => one.chars().take(24).collect(),
                };
                let read = Recipient::parse(one);
                all.push(read.map_err(|reason| RecipientError::Unknown { place, reason })?);
            } else {
                all.extend(listed(Path::new(one))?);
            }
        }
        let mut names = BTreeSet::new();
        all.retain(|one| names.insert(one.name()));
        Ok(Recipients(all))
    }

    /// Each as a name that tells it from others: an age key itself, of an SSH key its fingerprint.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(Recipient::name).collect()
    }

    /// Begins a file for them.
    ///
    /// # Errors
    /// When there is nobody, the system gives no random bytes, or `to` refuses.
    pub(crate) fn seal<W: Write>(&self, to: W) -> io::Result<Sealing<W>> {
        Sealing::begin(&self.0, to)
    }
}

fn listed(path: &Path) -> Result<Vec<Recipient>, RecipientError> {
    use std::io::Read;
    let failed = |source| RecipientError::Io {
        path: path.to_path_buf(),
        source,
    };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MOST).read_to_string(&mut text).map_err(failed)?;
    let mut all = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let place = format!("{}:{line}", path.display());
        let read = Recipient::parse(text);
        all.push(read.map_err(|reason| RecipientError::Unknown { place, reason })?);
    }
    match all.is_empty() {
        true => Err(RecipientError::Nobody {
            path: path.to_path_buf(),
        }),
        false => Ok(all),
    }
}
