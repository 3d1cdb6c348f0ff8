//! Signing with a key that docket does not read itself, by `ssh-keygen`: a key in an agent, in
//! hardware, of RSA. The only place where docket starts a program of others, and only when somebody
//! names such a key: docket opens no socket, so it cannot ask an agent itself.
//!
//! The text goes through standard input and the signature comes back through standard output; no
//! file is written. A passphrase or a touch is asked for by `ssh-keygen` on the terminal. What comes
//! back is checked by whoever asked.

use super::Failure;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// The most bytes of a signature.
const MOST: u64 = 1 << 20;

/// Signs a text under a namespace with the key in, or of, a file; gives what `ssh-keygen` wrote.
pub fn sign(key: &Path, namespace: &str, text: &[u8]) -> Result<Vec<u8>, Failure> {
    let refused = |what: String| {
        Failure::Refused(format!(
            "{}: {what}; nothing was signed (docket sign --prepare shows how to sign by hand)",
            key.display()
        ))
    };
    let started = Command::new("ssh-keygen")
        .args(["-q", "-Y", "sign", "-n", namespace, "-f"])
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut program =
        started.map_err(|error| refused(format!("ssh-keygen cannot be started: {error}")))?;
    // It may refuse the key before it reads: then its own end tells.
    let written = program.stdin.take().map(|mut to| to.write_all(text));
    let mut signature = Vec::new();
    let read = program
        .stdout
        .take()
        .map(|from| from.take(MOST).read_to_end(&mut signature));
    let ended = program
        .wait()
        .map_err(|error| refused(format!("ssh-keygen cannot be waited for: {error}")))?;
    if !ended.success() {
        return Err(refused("ssh-keygen did not sign".to_owned()));
    }
    match (written, read) {
        (Some(Ok(())), Some(Ok(_))) => Ok(signature),
        _ => Err(refused("ssh-keygen did not take the text".to_owned())),
    }
}
