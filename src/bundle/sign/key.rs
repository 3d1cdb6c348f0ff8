//! Keys and signatures: the only file that signs, and the one that checks.

use super::{Kind, SignError, read_small};
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};
use std::path::Path;

/// The smallest RSA key that is taken, in bytes of its modulus: 2048 bits.
const SMALLEST_RSA: usize = 256;

/// A private key from a file.
pub struct Key(PrivateKey);

impl Key {
    /// Reads a key in OpenSSH's form.
    ///
    /// # Errors
    /// When it cannot be read, or is in another form.
    pub fn read(path: &Path) -> Result<Key, SignError> {
        let bytes = read_small(path)?;
        let key = PrivateKey::from_openssh(&bytes).map_err(|_| SignError::Key {
            path: path.into(),
            reason: "this is no private key in OpenSSH's form".to_owned(),
        })?;
        Ok(Key(key))
    }

    /// What a file that somebody signs with is: a key that is read and used here, or one that
    /// `ssh-keygen` has to sign with (the public key of one in an agent or a hardware key; RSA and
    /// other kinds; older forms).
    ///
    /// # Errors
    /// When it cannot be read, or is no key.
    pub fn look(path: &Path) -> Result<Option<Key>, SignError> {
        let bytes = read_small(path)?;
        if let Ok(key) = Key::read(path) {
            let is_ours = matches!(
                key.0.algorithm(),
                Algorithm::Ed25519
                    | Algorithm::Ecdsa {
                        curve: EcdsaCurve::NistP256
                    }
            );
            return Ok(is_ours.then_some(key));
        }
        let text = String::from_utf8_lossy(&bytes);
        let is_key = text.contains("PRIVATE KEY-----")
            || text
                .lines()
                .any(|line| PublicKey::from_openssh(line).is_ok());
        match is_key {
            true => Ok(None),
            false => Err(SignError::Key {
                path: path.into(),
                reason: "this is neither a private key nor the public key of one in an agent"
                    .to_owned(),
            }),
        }
    }

    /// Whether a passphrase protects it.
    pub fn is_locked(&self) -> bool {
        self.0.is_encrypted()
    }

    /// The key without its passphrase; `None` where that is not the passphrase.
    pub fn unlocked(&self, passphrase: &[u8]) -> Option<Key> {
        self.0.decrypt(passphrase).ok().map(Key)
    }

    /// Its fingerprint as OpenSSH writes it.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    /// Signs a text.
    ///
    /// # Errors
    /// What is wrong with the key, for a person.
    pub fn sign(&self, kind: Kind, text: &[u8]) -> Result<Signature, String> {
        let kept = || "docket signs with Ed25519 and P-256 keys from a file".to_owned();
        let made = self.0.sign(kind.namespace(), HashAlg::Sha512, text);
        let pem = made.and_then(|made| made.to_pem(LineEnding::LF));
        let pem = pem.map_err(|_| kept())?;
        // What was made is checked as it will be by others.
        Signature::checked(kind, pem.as_bytes(), text)
    }
}

/// A signature that holds for its text.
#[derive(Clone, Debug)]
pub struct Signature {
    key: KeyData,
    pem: String,
}

impl Signature {
    /// Checks a signature on a text; whose key it is is another question.
    ///
    /// # Errors
    /// What is wrong, for a person.
    pub fn checked(kind: Kind, pem: &[u8], text: &[u8]) -> Result<Signature, String> {
        let read = SshSig::from_pem(pem);
        let read = read.map_err(|_| "this is no SSH signature".to_owned())?;
        if read.namespace() != kind.namespace() {
            return Err(format!(
                "the signature is for another purpose, not for {}",
                kind.namespace()
            ));
        }
        if let KeyData::Rsa(key) = read.public_key() {
            let length = key.n.as_positive_bytes().map_or(0, <[u8]>::len);
            if length < SMALLEST_RSA {
                return Err("the RSA key has fewer than 2048 bits".to_owned());
            }
        }
        let key = PublicKey::new(read.public_key().clone(), "");
        key.verify(kind.namespace(), text, &read)
            .map_err(|_| "the signature does not hold for this text".to_owned())?;
        let written = read.to_pem(LineEnding::LF);
        Ok(Signature {
            key: read.public_key().clone(),
            pem: written.map_err(|_| "this is no SSH signature".to_owned())?,
        })
    }

    /// The signature as it is written: armoured, lines of 70 signs, LF.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The fingerprint of its key as OpenSSH writes it.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The public key that it carries, which proves nothing by itself.
    pub(super) fn key(&self) -> &KeyData {
        &self.key
    }
}
