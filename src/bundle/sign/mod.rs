//! Signatures on a bundle: the statement of those who hand it over, and the receipt of those who
//! took it.
//!
//! What is signed is a text that a person can read ([`Statement`]). It names the checksums of the
//! bag's manifests, which seal all else, and the custody head. The signature is an SSHSIG, as
//! `ssh-keygen -Y sign` makes it and `ssh-keygen -Y verify` checks it, under a namespace of its own,
//! so that it cannot be taken for a login or for a signature on anything else.
//!
//! ```text
//! handover.txt    handover.txt.sig    namespace records-handover
//! receipt.txt     receipt.txt.sig     namespace records-receipt, over the two above and the seals
//! ```
//!
//! They are tag files that no tag manifest lists: RFC 8493 lets them be added to a finished bag.
//!
//! docket reads Ed25519 and P-256 keys from a file and signs with them here. It opens no socket, so it
//! speaks to no agent: with every other key (in an agent, in hardware, RSA) the command line has
//! `ssh-keygen` sign, which the signer has, and what that made is checked here like any signature.

mod key;
mod signers;
mod statement;

pub use key::{Key, Signature};
pub use signers::Signers;
pub(super) use statement::{FIRST, check_template};
pub use statement::{Held, RECEIPT, Statement, TEMPLATE};

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Most bytes of a statement, a signature, a template, a key or a list of signers.
pub(super) const MOST: u64 = 1 << 20;

/// Which of the two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The statement of those who hand over.
    Handover,
    /// The receipt of those who took it.
    Receipt,
    /// A certificate of a search, which stands alone and in no bag.
    Search,
}

impl Kind {
    /// The text's file in the bag.
    pub fn file(self) -> &'static str {
        match self {
            Kind::Handover => "handover.txt",
            Kind::Receipt => "receipt.txt",
            Kind::Search => "certificate.txt",
        }
    }

    /// The signature's file in the bag.
    pub fn signature(self) -> &'static str {
        match self {
            Kind::Handover => "handover.txt.sig",
            Kind::Receipt => "receipt.txt.sig",
            Kind::Search => "certificate.txt.sig",
        }
    }

    /// The namespace of the signature.
    pub fn namespace(self) -> &'static str {
        match self {
            Kind::Handover => "records-handover",
            Kind::Receipt => "records-receipt",
            Kind::Search => "records-search",
        }
    }

    /// The files whose checksums the text names, in their order.
    pub(super) fn sealed(self) -> &'static [&'static str] {
        match self {
            Kind::Handover => &[
                "bag-info.txt",
                "manifest-sha256.txt",
                "manifest-sha512.txt",
                "tagmanifest-sha256.txt",
                "tagmanifest-sha512.txt",
            ],
            Kind::Search => &[],
            Kind::Receipt => &[
                "handover.txt",
                "handover.txt.sig",
                "tagmanifest-sha256.txt",
                "tagmanifest-sha512.txt",
            ],
        }
    }
}

/// The files that may be added to a finished bundle.
pub(super) const ADDED: [&str; 4] = [
    "handover.txt",
    "handover.txt.sig",
    "receipt.txt",
    "receipt.txt.sig",
];

/// Why nothing was signed, or nothing added.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The bag does not hold.
    #[error("{path}: the bundle does not hold ({what}); docket verify tells all of it")]
    Broken {
        /// The bag.
        path: PathBuf,
        /// The first check that failed.
        what: String,
    },
    /// It stands there already.
    #[error("{path}: this is signed already, and a signature is never replaced")]
    Signed {
        /// The signature.
        path: PathBuf,
    },
    /// There is no text to sign.
    #[error("{path}: nothing was prepared here; begin with --prepare")]
    Unprepared {
        /// The text.
        path: PathBuf,
    },
    /// A receipt is for what was signed.
    #[error("{path}: nobody has signed this bundle yet, so there is nothing to confirm")]
    Unsigned {
        /// The bag.
        path: PathBuf,
    },
    /// The template of the statement is wrong.
    #[error("the statement's template, line {line}: {reason}")]
    Template {
        /// The line, from 1 on.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The key cannot be used.
    #[error("{path}: {reason}")]
    Key {
        /// The key's file.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The signature does not hold.
    #[error("{path}: {reason}; nothing was added")]
    Signature {
        /// The signature's file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The disk refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl SignError {
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> SignError + '_ {
        move |source| SignError::Io {
            path: path.to_path_buf(),
            source,
        }
    }
}

/// Reads a small file.
///
/// # Errors
/// When it cannot be read or is larger than anything of its kind.
pub fn read_small(path: &Path) -> Result<Vec<u8>, SignError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes))
        .map_err(SignError::io(path))?;
    if bytes.len() as u64 > MOST {
        let error = std::io::Error::other("this is larger than any such file");
        return Err(SignError::io(path)(error));
    }
    Ok(bytes)
}
