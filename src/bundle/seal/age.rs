//! The age file format, version 1, to write it.
//!
//! A file key of 16 random bytes is wrapped for each recipient in a stanza of the header; a MAC under
//! the file key seals the header; the payload is ChaCha20-Poly1305 in chunks of 64 KiB, each under a
//! nonce that counts and tells the last one, so that a file cut short is known for it.

use crate::text::base64;
use chacha20poly1305::aead::{Aead, OsRng};
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce};
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::montgomery::MontgomeryPoint;
use hkdf::Hkdf;
use hkdf::hmac::{Hmac, Mac};
use rsa::sha2::{Digest, Sha256};
use rsa::{BigUint, Oaep, RsaPublicKey};
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PublicKey};
use std::io::{self, Read, Write};

/// What every such file begins with.
pub(super) const VERSION: &str = "age-encryption.org/v1";
const X25519: &str = "age-encryption.org/v1/X25519";
const SSH_ED25519: &str = "age-encryption.org/v1/ssh-ed25519";
const SSH_RSA: &str = "age-encryption.org/v1/ssh-rsa";
/// Bytes of the payload in a chunk.
const CHUNK: usize = 1 << 16;
/// Signs in a line of a stanza's body.
const LINE: usize = 64;
/// RSA keys from so many bits on: what `age` takes.
const FEWEST_BITS: usize = 2048;
const MOST_BITS: usize = 8192;

/// Someone who can open the file.
pub(super) enum Recipient {
    /// A key of age's own.
    X25519 { text: String, point: [u8; 32] },
    /// An SSH key on the Edwards curve, and the same as X25519 needs it.
    SshEd25519 { key: PublicKey, point: [u8; 32] },
    /// An SSH key of RSA.
    SshRsa {
        key: PublicKey,
        public: RsaPublicKey,
    },
}

/// What age's secret keys begin with.
pub(super) const SECRET: &str = "AGE-SECRET-KEY-";

impl Recipient {
    /// Whether a text is meant as a key rather than as a file's name.
    pub(super) fn looks_like(text: &str) -> bool {
        text.starts_with("age1")
            || text.starts_with("ssh-") && text.contains(' ')
            || Recipient::is_secret(text)
    }

    /// Whether a text is a secret key of age's, which is repeated nowhere.
    pub(super) fn is_secret(text: &str) -> bool {
        let begins = text.get(..SECRET.len());
        begins.is_some_and(|begins| begins.eq_ignore_ascii_case(SECRET))
    }

    /// Reads a public key.
    ///
    /// # Errors
    /// What is wrong, without what it says.
    pub(super) fn parse(text: &str) -> Result<Recipient, String> {
        if text.starts_with("age1") {
            let point = bech32("age", text).ok_or("this is no public key of age")?;
            return match is_weak(&point) {
                true => Err("this key is too weak to encrypt to".to_owned()),
                false => Ok(Recipient::X25519 {
                    text: text.to_owned(),
                    point,
                }),
            };
        }
        if Recipient::is_secret(text) {
            return Err("this is a secret key, to be kept; its public key is asked for".to_owned());
        }
        let key = PublicKey::from_openssh(text).map_err(|_| "this is no public key")?;
        match key.key_data() {
            KeyData::Ed25519(bytes) => {
                let point = CompressedEdwardsY(bytes.0)
                    .decompress()
                    .map(|point| point.to_montgomery().0)
                    .filter(|point| !is_weak(point))
                    .ok_or("this key is none of Ed25519")?;
                Ok(Recipient::SshEd25519 { key, point })
            }
            KeyData::Rsa(numbers) => {
                let number = |bytes: Option<&[u8]>| BigUint::from_bytes_be(bytes.unwrap_or(&[]));
                let (n, e) = (
                    number(numbers.n.as_positive_bytes()),
                    number(numbers.e.as_positive_bytes()),
                );
                if !(FEWEST_BITS..=MOST_BITS).contains(&n.bits()) {
                    return Err(format!(
                        "this RSA key has {} bits; from {FEWEST_BITS} to {MOST_BITS} are taken",
                        n.bits()
                    ));
                }
                let public = RsaPublicKey::new_with_max_size(n, e, MOST_BITS)
                    .map_err(|_| "this key is none of RSA")?;
                Ok(Recipient::SshRsa { key, public })
            }
            _ => {
                Err("keys of this kind sign only, and nothing can be encrypted to them".to_owned())
            }
        }
    }

    /// What tells it from others.
    pub(super) fn name(&self) -> String {
        match self {
            Recipient::X25519 { text, .. } => text.clone(),
            Recipient::SshEd25519 { key, .. } | Recipient::SshRsa { key, .. } => {
                key.fingerprint(HashAlg::Sha256).to_string()
            }
        }
    }

    /// The stanza with which this one finds the file key.
    fn stanza(&self, file_key: &[u8; 16]) -> io::Result<String> {
        match self {
            Recipient::X25519 { point, .. } => {
                let (share, shared) = agreed(point)?;
                let body = wrapped(file_key, X25519, &share, point, &shared)?;
                let arguments = format!("X25519 {}", unpadded(&share));
                Ok(stanza(&arguments, &body))
            }
            Recipient::SshEd25519 { key, point } => {
                let wire = key.to_bytes().map_err(io::Error::other)?;
                let (share, shared) = agreed(point)?;
                let tweak = derived(&wire, &[], SSH_ED25519)?;
                let shared = MontgomeryPoint(shared).mul_clamped(tweak).0;
                let body = wrapped(file_key, SSH_ED25519, &share, point, &shared)?;
                let arguments = format!("ssh-ed25519 {} {}", tag(&wire), unpadded(&share));
                Ok(stanza(&arguments, &body))
            }
            Recipient::SshRsa { key, public } => {
                let wire = key.to_bytes().map_err(io::Error::other)?;
                let padding = Oaep::new_with_label::<Sha256, _>(SSH_RSA);
                let body = public
                    .encrypt(&mut OsRng, padding, file_key)
                    .map_err(io::Error::other)?;
                Ok(stanza(&format!("ssh-rsa {}", tag(&wire)), &body))
            }
        }
    }
}

/// Whether a point gives the same secret to everybody: one of low order.
fn is_weak(point: &[u8; 32]) -> bool {
    MontgomeryPoint(*point).mul_clamped([1; 32]).0 == [0; 32]
}

/// A new share, and the secret that the holder of the key finds with it.
fn agreed(point: &[u8; 32]) -> io::Result<([u8; 32], [u8; 32])> {
    let secret: [u8; 32] = random()?;
    let share = MontgomeryPoint::mul_base_clamped(secret).0;
    let shared = MontgomeryPoint(*point).mul_clamped(secret).0;
    match shared == [0; 32] {
        true => Err(io::Error::other("the recipient's key is too weak")),
        false => Ok((share, shared)),
    }
}

/// The file key under a key that both sides find.
fn wrapped(
    file_key: &[u8; 16],
    purpose: &str,
    share: &[u8; 32],
    point: &[u8; 32],
    shared: &[u8; 32],
) -> io::Result<Vec<u8>> {
    let key = derived(&[share.as_slice(), point].concat(), shared, purpose)?;
    encrypted(&cipher(&key), Nonce::default(), file_key)
}

fn cipher(key: &[u8; 32]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(Key::from_slice(key))
}

fn encrypted(cipher: &ChaCha20Poly1305, nonce: Nonce, plain: &[u8]) -> io::Result<Vec<u8>> {
    let sealed = cipher.encrypt(&nonce, plain);
    sealed.map_err(|_| io::Error::other("this cannot be encrypted"))
}

/// HKDF with SHA-256 (RFC 5869), 32 bytes.
fn derived(salt: &[u8], secret: &[u8], purpose: &str) -> io::Result<[u8; 32]> {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(salt), secret)
        .expand(purpose.as_bytes(), &mut key)
        .map_err(|_| io::Error::other("no key can be derived"))?;
    Ok(key)
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Which SSH key a stanza is for.
fn tag(wire: &[u8]) -> String {
    unpadded(Sha256::digest(wire).get(..4).unwrap_or_default())
}

fn unpadded(bytes: &[u8]) -> String {
    base64(bytes).trim_end_matches('=').to_owned()
}

/// A stanza: its arguments, then its body in lines of 64 signs, the last of them shorter.
fn stanza(arguments: &str, body: &[u8]) -> String {
    let mut out = format!("-> {arguments}\n");
    let coded = unpadded(body);
    let mut rest = coded.as_str();
    while let Some((line, after)) = rest.split_at_checked(LINE) {
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str(rest);
    out.push('\n');
    out
}

/// A file being written: what is given is encrypted chunk by chunk.
pub(crate) struct Sealing<W: Write> {
    to: W,
    cipher: ChaCha20Poly1305,
    chunk: Vec<u8>,
    chunks: u64,
}

impl<W: Write> Sealing<W> {
    /// Writes the header.
    pub(super) fn begin(recipients: &[Recipient], mut to: W) -> io::Result<Sealing<W>> {
        if recipients.is_empty() {
            return Err(io::Error::other("there is nobody to encrypt it to"));
        }
        let file_key: [u8; 16] = random()?;
        let mut header = format!("{VERSION}\n");
        for recipient in recipients {
            header.push_str(&recipient.stanza(&file_key)?);
        }
        header.push_str("---");
        let mac_key = derived(&[], &file_key, "header")?;
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&mac_key).map_err(io::Error::other)?;
        mac.update(header.as_bytes());
        writeln!(to, "{header} {}", unpadded(&mac.finalize().into_bytes()))?;
        let nonce: [u8; 16] = random()?;
        to.write_all(&nonce)?;
        Ok(Sealing {
            to,
            cipher: cipher(&derived(&nonce, &file_key, "payload")?),
            chunk: Vec::with_capacity(CHUNK),
            chunks: 0,
        })
    }

    /// Writes the last chunk, which may be a full one and is empty only of an empty payload.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.put(true)?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn put(&mut self, is_last: bool) -> io::Result<()> {
        // 11 bytes that count, and one that tells the last.
        let mut nonce = [0; 12];
        let (_, counter) = nonce.split_at_mut(3);
        if let Some((last, counter)) = counter.split_last_mut() {
            counter.copy_from_slice(&self.chunks.to_be_bytes());
            *last = u8::from(is_last);
        }
        let sealed = encrypted(&self.cipher, Nonce::from(nonce), &self.chunk)?;
        self.to.write_all(&sealed)?;
        self.chunk.clear();
        self.chunks += 1;
        Ok(())
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk waits for more: only then it is not the last.
        if self.chunk.len() == CHUNK && !bytes.is_empty() {
            self.put(false)?;
        }
        let room = CHUNK.saturating_sub(self.chunk.len());
        let taken = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.chunk.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The 32 bytes of a text in Bech32 (BIP 173, without its limit of 90 signs), in small letters.
fn bech32(prefix: &str, text: &str) -> Option<[u8; 32]> {
    const SIGNS: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const STEPS: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let data = text.strip_prefix(prefix)?.strip_prefix('1')?;
    let digits: Option<Vec<u8>> = data
        .chars()
        .map(|sign| SIGNS.find(sign).and_then(|at| u8::try_from(at).ok()))
        .collect();
    let digits = digits?;
    let high = prefix.bytes().map(|byte| byte >> 5);
    let low = prefix.bytes().map(|byte| byte & 31);
    let mut check = 1_u32;
    for digit in high.chain([0]).chain(low).chain(digits.iter().copied()) {
        let top = check >> 25;
        check = (check & 0x1ff_ffff) << 5 ^ u32::from(digit);
        for (bit, step) in STEPS.iter().enumerate() {
            if top >> bit & 1 == 1 {
                check ^= step;
            }
        }
    }
    let words = digits.get(..digits.len().checked_sub(6)?)?;
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for word in words {
        held = (held << 5 | u32::from(*word)) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    let is_padded_with_zeros = bits < 5 && held & ((1 << bits) - 1) == 0;
    (check == 1 && is_padded_with_zeros).then_some(())?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the specification of age.
    const KEY: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

    #[test]
    fn keys_are_read_to_the_last_sign() {
        assert!(Recipient::parse(KEY).is_ok());
        for at in 4..KEY.len() {
            let mut other = KEY.to_owned();
            let sign = if KEY.as_bytes()[at] == b'q' { "p" } else { "q" };
            other.replace_range(at..=at, sign);
            assert!(Recipient::parse(&other).is_err(), "{other}");
        }
        for cut in [4, 10, KEY.len() - 1] {
            assert!(Recipient::parse(KEY.get(..cut).unwrap()).is_err());
        }
        assert!(Recipient::parse(&KEY.to_uppercase()).is_err());
    }

    #[test]
    fn what_cannot_be_encrypted_to_is_refused_without_repeating_it() {
        let secret = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
        let ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHwf2HMM5TRXvo2SQJjsNkiDD5KqiiNjrGVv3UUh+mMT5RHxiRtOnlqvjhQtBq0VpmpCV/PwUdhOig4vkbqAcEc=";
        for text in [secret, ecdsa, "ssh-ed25519 AAAA", "ssh-rsa", "", "age1"] {
            let Err(reason) = Recipient::parse(text) else {
                panic!("{text}");
            };
            assert!(!reason.contains("GFPY"), "{reason}");
        }
    }

    #[test]
    fn a_point_that_gives_everybody_the_same_secret_is_refused() {
        assert!(is_weak(&[0; 32]));
        assert!(!is_weak(&[9; 32]));
    }

    /// Runs `age` or a program beside it; `None` where it is not installed.
    fn run(program: &str, arguments: &[&std::ffi::OsStr]) -> Option<std::process::Output> {
        let ran = std::process::Command::new(program)
            .args(arguments)
            .stdin(std::process::Stdio::null())
            .output();
        if ran.is_err() {
            println!("skipped: {program} is not installed");
        }
        ran.ok()
    }

    #[test]
    fn age_opens_what_is_sealed_with_each_kind_of_key() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let Some(_) = run("age-keygen", &["-o".as_ref(), at("age").as_ref()]) else {
            return;
        };
        for kind in ["ed25519", "rsa"] {
            let made = at(kind);
            let options = ["-q", "-N", "", "-t", kind, "-f"].map(std::ffi::OsStr::new);
            if run("ssh-keygen", &[&options[..], &[made.as_ref()]].concat()).is_none() {
                return;
            }
        }
        let text = |name: &str| std::fs::read_to_string(at(name)).unwrap();
        let own = text("age");
        let own = own
            .lines()
            .find_map(|line| line.strip_prefix("# public key: "));
        let keys = [
            own.unwrap().to_owned(),
            text("ed25519.pub"),
            text("rsa.pub"),
        ];
        let parse = |key: &String| Recipient::parse(key.trim()).unwrap();
        let recipients: Vec<Recipient> = keys.iter().map(parse).collect();
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7] {
            let plain: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let mut sealing = Sealing::begin(&recipients, Vec::new()).unwrap();
            for piece in plain.chunks(1000) {
                sealing.write_all(piece).unwrap();
            }
            std::fs::write(at("sealed"), sealing.finish().unwrap()).unwrap();
            for key in ["age", "ed25519", "rsa"] {
                let (key, sealed) = (at(key), at("sealed"));
                let opened = run(
                    "age",
                    &["-d".as_ref(), "-i".as_ref(), key.as_ref(), sealed.as_ref()],
                );
                let opened = opened.unwrap();
                assert!(opened.status.success(), "{size}: {opened:?}");
                assert!(opened.stdout == plain, "{size}");
            }
        }
    }

    #[test]
    fn a_body_of_48_bytes_ends_with_an_empty_line() {
        assert_eq!(stanza("x", &[0; 48]).split('\n').nth(2), Some(""));
        assert_eq!(stanza("x", &[0; 32]).lines().count(), 2);
    }
}
