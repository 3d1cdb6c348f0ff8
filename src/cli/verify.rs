//! `docket verify BAG`.

use super::out::Out;
use super::{Common, End, Failure, check};
use crate::bundle::{Against, Earlier, seal, verify_against};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::Utf8Error;

/// Check a records bundle, an export, a search certificate, or any BagIt bag
///
/// Needs no case, but for --ledger. The same can be done without docket, as the README.txt in
/// the bundle tells.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  docket verify handover
  docket verify handover --allowed-signers signers.txt
  docket verify certificate.txt
  docket verify handover --ledger

Exit code 1: the bag does not hold.")]
pub struct Verify {
    /// The bag's folder, or the certificate's file
    bag: PathBuf,
    /// Who may sign, as ssh-keygen lists them: the bundle has to be signed then,
    /// with a key of this list. Take the list from the sender by another way
    #[arg(long, value_name = "FILE")]
    allowed_signers: Option<PathBuf>,
    /// An earlier bundle that this one follows, the first one first; may be given
    /// several times. What it supersedes is held against them
    #[arg(long, value_name = "BUNDLE")]
    after: Vec<PathBuf>,
    /// Hold it against the ledger of the case (--case) too: that it rests on an
    /// entry that stands there, and that no signature was taken away since
    #[arg(long)]
    ledger: bool,
}

impl Verify {
    /// Verifies and prints one line for each thing looked at.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        if self.bag.is_file() {
            if seal::is_sealed(&self.bag) {
                let bag = super::sign::quoted(&self.bag);
                return Err(Failure::Usage(format!(
                    "{bag}: this is encrypted; open it in a folder of your own with age -d -i KEY \
                     {bag} | tar x, and verify the folder that comes out"
                )));
            }
            if !is_text(&self.bag) {
                return Err(Failure::Usage(format!(
                    "{}: this is no text and so no search certificate; where it is an archive of a \
                     bundle, unpack it and give the folder that holds bagit.txt",
                    self.bag.display()
                )));
            }
            let signers = self.allowed_signers.as_deref().map(super::receipt::signers);
            let checks =
                crate::bundle::certificate::verify(&self.bag, signers.transpose()?.as_ref());
            return check::print("the certificate", &checks, out);
        }
        if !self.bag.is_dir() {
            let what = match self.bag.symlink_metadata() {
                Ok(_) => "this is no folder and no file",
                Err(_) => "no such folder or file",
            };
            return Err(Failure::Usage(format!(
                "{}: {what}; give the folder that holds bagit.txt",
                self.bag.display()
            )));
        }
        let signers = self.allowed_signers.as_deref().map(super::receipt::signers);
        let signers = signers.transpose()?;
        let earlier = match self.after.as_slice() {
            [] => None,
            after => Some(Earlier::read(after).map_err(Failure::refused)?),
        };
        let entries = match self.ledger {
            true => {
                let session = common.session()?;
                let entries = session.case().ledger().entries(0);
                Some(entries.map_err(Failure::refused)?)
            }
            false => None,
        };
        let against = Against {
            signers: signers.as_ref(),
            earlier: earlier.as_ref(),
            ledger: entries.as_deref(),
        };
        let checks = verify_against(&self.bag, &against);
        check::print("the bag", &checks, out)
    }
}

/// Whether a file begins as texts do. What cannot be read is left to the check, which tells why.
fn is_text(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(512).read_to_end(&mut head));
    // The last letter may be cut.
    let is_whole = |error: Utf8Error| error.error_len().is_none();
    read.is_err()
        || !head.contains(&0) && std::str::from_utf8(&head).map_or_else(is_whole, |_| true)
}
