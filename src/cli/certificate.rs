//! `docket certificate QUERY --out FILE`.

use super::new_file::{may_stand_at, put};
use super::out::Out;
use super::sign::{Pen, quoted};
use super::{Common, End, Failure, search};
use crate::bundle::certificate::{Certificate, sha256, signature_of};
use crate::bundle::sign::Kind;
use crate::case::ledger::Entry;
use crate::text::{counted, grouped};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Certify what a search finds, also when it finds nothing
///
/// Writes a text that says what was searched (exports, counts, days, what could not
/// be searched), how, by whom and when, and how many messages were found, by
/// decision. It quotes nothing and names no export or conversation; the query stands
/// in it as you typed it. The ledger keeps its checksum.
///
/// With --key it is signed with your own SSH key, beside it as FILE.sig; for an
/// agent or a hardware key sign it with ssh-keygen as shown.
#[derive(Debug, clap::Args)]
#[command(
    name = "certificate",
    after_help = "\
Examples:
  docket certificate 'kit OR kits' --out foi-2024-031.txt
  docket certificate '\"quay contract\" after:2024-01' --out nil.txt --key ~/.ssh/id_ed25519
  docket verify nil.txt --allowed-signers signers.txt

Exit code 3: nothing was written."
)]
pub struct CertificateCommand {
    /// What to search for; docket search --help shows the language
    #[arg(required = true, value_name = "QUERY")]
    query: Vec<String>,
    /// The file to write; it must not exist yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Sign it with the private key in this file
    #[arg(long, value_name = "KEY")]
    key: Option<PathBuf>,
}

/// The certificate, for programs.
#[derive(Serialize)]
struct Row<'a> {
    out: String,
    sha256: &'a str,
    entry: u64,
    key: Option<&'a str>,
    #[serde(flatten)]
    certificate: &'a Certificate,
}

impl CertificateCommand {
    /// What it writes.
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// Whether it is signed.
    pub fn signs(&self) -> bool {
        self.key.is_some()
    }

    /// Searches, writes, signs and notes it.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let query = search::parse(&self.query)?;
        let path = &self.out;
        let signature_path = signature_of(path);
        let session = common.session()?;
        for new in [path, &signature_path] {
            may_stand_at(new, session.case().layout().root())?;
        }
        let key = self.key.as_deref().map(Pen::of).transpose()?;
        let certificate = Certificate::of(&session, &self.query.join(" "), &query);
        let certificate = certificate.map_err(Failure::refused)?;
        let text = certificate.render().map_err(Failure::refused)?;
        let signature = key.map(|key| key.sign(Kind::Search, text.as_bytes()));
        let signature = signature.transpose()?;
        let fingerprint = signature.as_ref().map(|one| one.fingerprint());
        put(path, text.as_bytes())?;
        if let Some(signature) = &signature {
            put(&signature_path, signature.pem().as_bytes())?;
        }
        let sha256 = sha256(&text);
        let entry = Entry::Certificate {
            query: certificate.query.clone(),
            found: u32::try_from(certificate.found.messages).unwrap_or(u32::MAX),
            sha256: sha256.clone(),
            key: fingerprint.clone(),
        };
        let ledger = session.case().ledger();
        let noted = ledger.append(session.actor(), &entry, None);
        let noted = noted.map_err(|error| {
            // What the ledger does not know certifies nothing.
            let _ = std::fs::remove_file(path);
            let _ = std::fs::remove_file(&signature_path);
            Failure::refused(error)
        })?;
        if out.json {
            out.object(&Row {
                out: path.display().to_string(),
                sha256: &sha256,
                entry: noted.seq,
                key: fingerprint.as_deref(),
                certificate: &certificate,
            })?;
            return Ok(End::Done);
        }
        let found = &certificate.found;
        out.line(&format!(
            "written: {}, {} of {} found, entry {} of the ledger",
            path.display(),
            grouped(found.messages),
            counted(certificate.searched.messages, "message", "messages"),
            noted.seq
        ))?;
        out.line(&format!("SHA-256 {sha256}"))?;
        match fingerprint {
            Some(key) => out.line(&format!(
                "signed with key {key}: {}",
                signature_path.display()
            ))?,
            None => {
                out.line("not signed; read it, then sign it:")?;
                let name = Kind::Search.namespace();
                out.line(&format!(
                    "  ssh-keygen -Y sign -n {name} -f KEY {}",
                    quoted(path)
                ))?;
            }
        }
        Ok(End::Done)
    }
}
