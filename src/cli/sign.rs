//! `docket sign BAG`.

use super::out::{self, Out};
use super::{Common, End, Failure, keygen, passphrase};
use crate::bundle::handover;
use crate::bundle::profile::{Profile, ProfileRow};
use crate::bundle::sign::{self, Held, Key, Kind, SignError, Signature, Statement, TEMPLATE};
use crate::case::Case;
use crate::case::ledger::{Entry, LedgerError};
use crate::review::Session;
use serde::Serialize;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Sign a bundle with your own SSH key
///
/// The statement that is signed is put into the bundle as handover.txt, the
/// signature beside it. Its words are those of statement.txt in the case's folder
/// (--write-template puts docket's there to be edited), else those of the profile
/// that the bundle was made by, else docket's own.
///
/// --key names your key's file. An Ed25519 or P-256 key is read here, and its
/// passphrase asked for on the terminal. With every other key (RSA; the .pub of
/// one in an agent or in hardware) ssh-keygen signs, which asks for what it needs,
/// and what it made is checked. --prepare and --add do the same in two steps,
/// where the key is on another machine.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket sign handover --key ~/.ssh/id_ed25519
  docket sign handover --key ~/.ssh/id_rsa.pub      a key in an agent
  docket sign handover --prepare
  docket sign handover --add handover/handover.txt.sig
  docket sign --write-template

Exit code 3: nothing was signed.")]
pub struct Sign {
    /// The bundle's folder
    #[arg(required_unless_present = "write_template")]
    bag: Option<PathBuf>,
    #[command(flatten)]
    way: Way,
    /// The profile that the bundle was made by, where it is a file that has moved
    #[arg(long, value_name = "NAME|FILE")]
    profile: Option<String>,
    /// Write docket's own statement into the case, to be edited
    #[arg(long, conflicts_with_all = ["bag", "key", "prepare", "add"])]
    write_template: bool,
}

/// How a text gets its signature.
#[derive(Debug, clap::Args)]
pub struct Way {
    /// Sign with the key in this file; of one in an agent or in hardware its .pub
    #[arg(long, value_name = "FILE", conflicts_with_all = ["prepare", "add"])]
    pub key: Option<PathBuf>,
    /// Write the text and show how to sign it with ssh-keygen
    #[arg(long, conflicts_with = "add")]
    pub prepare: bool,
    /// Check this signature on the text that was prepared, and add it
    #[arg(long, value_name = "SIGNATURE")]
    pub add: Option<PathBuf>,
}

/// What was signed, for programs.
#[derive(Serialize)]
struct Row<'a> {
    bag: String,
    text: &'a str,
    sha256: String,
    namespace: &'a str,
    signed: bool,
    key: Option<String>,
    party: &'a str,
}

impl From<SignError> for Failure {
    fn from(error: SignError) -> Failure {
        Failure::refused(error)
    }
}

impl Sign {
    /// The bundle that it adds to.
    pub fn bag(&self) -> Option<&Path> {
        self.bag.as_deref()
    }

    /// Whether it signs itself, with a key that docket may not read.
    pub fn signs(&self) -> bool {
        self.way.key.is_some()
    }

    /// Signs, or prepares or adds.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let Some(bag) = self.bag.filter(|_| !self.write_template) else {
            return write_template(session.case(), out);
        };
        let held = handover::held(&bag)?;
        let words = template(&session, held.profile.as_ref(), self.profile.as_deref())?;
        let signer = &session.actor().name;
        let seal = seal_of(&session, &bag, &held)?;
        self.way.run(
            &bag,
            Kind::Handover,
            signer,
            &words,
            out,
            |statement, signature| {
                let entry = entry(&seal, statement, signature);
                let ledger = session.case().ledger();
                ledger.append(session.actor(), &entry, None).map(|_| ())
            },
        )
    }
}

impl Way {
    /// Signs, prepares or adds; `note` keeps a record before the signature gets its name.
    pub fn run(
        self,
        bag: &Path,
        kind: Kind,
        party: &str,
        words: &str,
        out: &mut Out,
        note: impl FnOnce(&Statement, &Signature) -> Result<(), LedgerError>,
    ) -> Result<End, Failure> {
        let (statement, signature) = if let Some(path) = &self.add {
            let statement = handover::prepared(bag, kind)?;
            let here = bag.join(kind.signature());
            let is_it = here.canonicalize().ok() == path.canonicalize().ok();
            if here.exists() && !is_it {
                return Err(SignError::Signed { path: here }.into());
            }
            let pem = sign::read_small(path)?;
            let text = statement.render();
            let signature = Signature::checked(kind, &pem, text.as_bytes()).map_err(|reason| {
                SignError::Signature {
                    path: path.clone(),
                    reason,
                }
            })?;
            (statement, signature)
        } else {
            let today = chrono::Local::now().date_naive();
            let statement = handover::compose(bag, kind, party, today, words)?;
            let Some(path) = &self.key else {
                if !self.prepare {
                    let text = "give --key FILE, or --prepare where the key is on another machine";
                    return Err(Failure::Usage(text.to_owned()));
                }
                let path = handover::prepare(bag, &statement)?;
                return prepared(bag, &path, &statement, out);
            };
            let signature = Pen::of(path)?.sign(kind, statement.render().as_bytes())?;
            handover::prepare(bag, &statement)?;
            (statement, signature)
        };
        handover::add(bag, kind, &signature, || {
            note(&statement, &signature).map_err(Failure::refused)
        })?;
        if out.json {
            out.object(&row(bag, &statement, Some(&signature)))?;
            return Ok(End::Done);
        }
        out.line(&format!(
            "signed by {} with key {}",
            statement.party,
            signature.fingerprint()
        ))?;
        let file = kind.file();
        out.line(&format!("statement {file}, SHA-256 {}", statement.sha256()))?;
        Ok(End::Done)
    }
}

fn row<'a>(bag: &Path, statement: &'a Statement, signature: Option<&Signature>) -> Row<'a> {
    Row {
        bag: bag.display().to_string(),
        text: statement.kind.file(),
        sha256: statement.sha256(),
        namespace: statement.kind.namespace(),
        signed: signature.is_some(),
        key: signature.map(Signature::fingerprint),
        party: &statement.party,
    }
}

/// Says how to go on with `ssh-keygen`.
fn prepared(bag: &Path, path: &Path, statement: &Statement, out: &mut Out) -> Result<End, Failure> {
    if out.json {
        out.object(&row(bag, statement, None))?;
        return Ok(End::Done);
    }
    let (name, again) = match statement.kind {
        Kind::Handover => (statement.kind.namespace(), "sign"),
        Kind::Receipt => (statement.kind.namespace(), "receipt"),
        Kind::Search => (statement.kind.namespace(), "certificate"),
    };
    let (bag, path) = (quoted(bag), quoted(path));
    out.line(&format!("prepared: {path}; read it, then sign it:"))?;
    out.line(&format!("  ssh-keygen -Y sign -n {name} -f KEY {path}"))?;
    out.line("KEY is your private key's file, or its .pub where an agent holds it. Then:")?;
    let signature = statement.kind.signature();
    out.line(&format!("  docket {again} {bag} --add {bag}/{signature}"))?;
    Ok(End::Done)
}

/// A path as a shell takes it.
pub fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    match path.chars().all(is_plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

/// What signs: a key that is read here, or `ssh-keygen` with the key of a file.
pub enum Pen<'a> {
    /// A key without its passphrase, and its file.
    Here(Box<Key>, &'a Path),
    /// The file of a key, or the public key of one in an agent or in hardware.
    Program(&'a Path),
}

impl<'a> Pen<'a> {
    /// Makes it ready: asks for the passphrase of a key that is read here, three times at most.
    pub fn of(path: &'a Path) -> Result<Pen<'a>, Failure> {
        let Some(key) = Key::look(path)? else {
            return Ok(Pen::Program(path));
        };
        if !key.is_locked() {
            return Ok(Pen::Here(Box::new(key), path));
        }
        for _ in 0..3 {
            let typed = passphrase::ask(&format!("Passphrase of {}", path.display()))?;
            if let Some(key) = key.unlocked(&typed) {
                return Ok(Pen::Here(Box::new(key), path));
            }
            out::complain("this is not the passphrase");
        }
        Err(Failure::Refused(format!(
            "{}: three times not the passphrase; nothing was signed",
            path.display()
        )))
    }

    /// Signs a text; the signature holds for it.
    pub fn sign(&self, kind: Kind, text: &[u8]) -> Result<Signature, Failure> {
        let (path, made) = match self {
            Pen::Here(key, path) => (path, key.sign(kind, text)),
            Pen::Program(path) => {
                let pem = keygen::sign(path, kind.namespace(), text)?;
                (path, Signature::checked(kind, &pem, text))
            }
        };
        made.map_err(|reason| {
            let path = path.to_path_buf();
            SignError::Key { path, reason }.into()
        })
    }
}

/// The ledger's entry of a statement that was signed.
pub fn entry(bundle: &str, statement: &Statement, signature: &Signature) -> Entry {
    Entry::Signed {
        bundle: bundle.to_owned(),
        statement: statement.sha256(),
        template: statement.template.clone(),
        signer: statement.party.clone(),
        key: signature.fingerprint(),
    }
}

/// The seal by which the case knows the bundle.
pub fn seal_of(session: &Session, bag: &Path, held: &Held) -> Result<String, Failure> {
    let seal = held.seal.clone();
    let entries = session.case().ledger().entries(0);
    let entries = entries.map_err(Failure::refused)?;
    let is_known = entries
        .iter()
        .any(|one| matches!(&one.entry, Entry::Bundle { sha256, .. } if *sha256 == seal));
    match is_known {
        true => Ok(seal),
        false => Err(Failure::Refused(format!(
            "{}: this is no bundle that this case wrote; name its case with --case",
            bag.display()
        ))),
    }
}

/// The words of the case; else those of the profile that the bundle was made by; else docket's.
fn template(
    session: &Session,
    made_by: Option<&ProfileRow>,
    named: Option<&str>,
) -> Result<String, Failure> {
    let Some(words) = own_words(session)? else {
        let Some(made_by) = made_by.filter(|one| one.statement) else {
            return Ok(TEMPLATE.to_owned());
        };
        let name = named.unwrap_or(&made_by.name);
        let found = Profile::find(Some(session.case()), name).ok().flatten();
        let found = found.filter(|one| one.sha256 == made_by.sha256);
        return match found.and_then(|one| one.statement.clone()) {
            Some(words) => Ok(words),
            None => Err(Failure::Refused(format!(
                "the bundle was made by the profile {} {}, which has the words to be signed and is \
                 not here as it was; name its file with --profile",
                made_by.name, made_by.version
            ))),
        };
    };
    Ok(words)
}

/// The words of the case's own `statement.txt`, where it has one.
pub fn own_words(session: &Session) -> Result<Option<String>, Failure> {
    let path = session.case().layout().statement();
    if !path.exists() {
        return Ok(None);
    }
    let bytes = sign::read_small(&path)?;
    let words = String::from_utf8(bytes);
    words
        .map(Some)
        .map_err(|_| Failure::Refused(format!("{}: this is not UTF-8", path.display())))
}

fn write_template(case: &Case, out: &mut Out) -> Result<End, Failure> {
    let path = case.layout().statement();
    let refused = |error: std::io::Error| {
        Failure::Refused(format!("{}: {error}; it was left as it is", path.display()))
    };
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .map_err(refused)?;
    file.write_all(TEMPLATE.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(refused)?;
    out.line(&format!(
        "written: {}; edit it, then docket sign",
        path.display()
    ))?;
    Ok(End::Done)
}
