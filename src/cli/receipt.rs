//! `docket receipt BAG`.

use super::out::Out;
use super::sign::{Way, seal_of};
use super::{Common, End, Failure};
use crate::bundle::handover;
use crate::bundle::sign::{self, Kind, RECEIPT, Signers};
use crate::case::ledger::Entry;
use std::path::{Path, PathBuf};

/// Confirm a signed bundle that you received, or keep the receipt you got back
///
/// For the records team: checks the bundle and signs a receipt over the
/// sender's signature, receipt.txt in the bundle. Needs no case. The ways to sign
/// are those of docket sign.
///
/// For the sender: --load checks the receipt in the bundle and notes it in the
/// ledger of the case that wrote it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket receipt handover --key ~/.ssh/id_ed25519 --reviewer 'Records team'
  docket receipt handover --prepare
  docket receipt handover --load --allowed-signers signers.txt

Exit code 3: nothing was signed or noted.")]
pub struct Receipt {
    /// The bundle's folder
    bag: PathBuf,
    #[command(flatten)]
    way: Way,
    /// Check the receipt in the bundle and note it in the case's ledger
    #[arg(long, conflicts_with_all = ["key", "prepare", "add"])]
    load: bool,
    /// With --load: who may sign a receipt, as ssh-keygen lists them
    #[arg(long, value_name = "FILE", requires = "load")]
    allowed_signers: Option<PathBuf>,
}

impl Receipt {
    /// The bundle that it adds to.
    pub fn bag(&self) -> &Path {
        &self.bag
    }

    /// Whether it signs itself, with a key that docket may not read.
    pub fn signs(&self) -> bool {
        self.way.key.is_some()
    }

    /// Signs a receipt, or notes one.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        if self.load {
            return self.note(common, out);
        }
        let receiver = common.actor().name;
        let nothing = |_: &_, _: &_| Ok(());
        let bag = self.bag;
        self.way
            .run(&bag, Kind::Receipt, &receiver, RECEIPT, out, nothing)
    }

    fn note(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        seal_of(&session, &self.bag, &handover::held(&self.bag)?)?;
        let (receipt, signature, seal) = handover::receipt(&self.bag)?;
        let known_as = match self.allowed_signers.as_deref().map(signers).transpose()? {
            None => None,
            Some(signers) => {
                let whose = signers.whose(&signature, Kind::Receipt, chrono::Utc::now());
                Some(whose.map_err(|why| {
                    Failure::Refused(format!("{why}: {}", signature.fingerprint()))
                })?)
            }
        };
        let entry = Entry::Receipt {
            bundle: seal,
            receipt: receipt.sha256(),
            receiver: receipt.party.clone(),
            key: signature.fingerprint(),
            known_as: known_as.clone(),
        };
        let ledger = session.case().ledger();
        let noted = ledger.append(session.actor(), &entry, None);
        let noted = noted.map_err(Failure::refused)?;
        if out.json {
            out.object(&entry)?;
            return Ok(End::Done);
        }
        let whose = known_as.as_deref().unwrap_or("not checked whose it is");
        out.line(&format!(
            "receipt of {} with key {} ({whose}), entry {} of the ledger",
            receipt.party,
            signature.fingerprint(),
            noted.seq
        ))?;
        Ok(End::Done)
    }
}

/// Reads a list of allowed signers.
pub fn signers(path: &Path) -> Result<Signers, Failure> {
    let bytes = sign::read_small(path)?;
    let text = String::from_utf8(bytes);
    let text =
        text.map_err(|_| Failure::Refused(format!("{}: this is not UTF-8", path.display())))?;
    Signers::parse(&text)
        .map_err(|(line, reason)| Failure::Refused(format!("{}:{line}: {reason}", path.display())))
}
