//! Heads of the ledger, noted in a file beside it: what a cut-off end of the ledger shows against.
//!
//! The chain of hashes shows what was changed in the ledger, and not that its last entries are gone.
//! So whenever a session or a command ends, and with each bundle, the ledger's head is added to
//! `anchors`, a line each: the entry's number, its hash, and when it was noted. The file only grows,
//! and each line is on the disk before it counts. Whoever takes entries away and forgets this file
//! is found out by it; whoever takes away both is found out by a head that is kept elsewhere: in the
//! `bag-info.txt` of a bundle, in its receipt, or a [`Fingerprint`] on paper.

use super::layout::{self, Layout};
use super::ledger::{Hash, Head, Ledger};
use super::{CaseError, LedgerError};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Longer than any line: two numbers, a hash and a time.
const LONGEST: u64 = 160;

/// Digits of a hash in a fingerprint: 80 bits, which nobody finds a second ledger for.
const DIGITS: usize = 20;

/// Fewer digits than these tell too little to be held against a ledger.
const FEWEST: usize = 12;

/// One noted head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Where the ledger ended then.
    pub head: Head,
    /// When it was noted, by this machine's clock: RFC 3339, UTC.
    pub at: String,
}

/// What the file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anchors {
    /// The noted heads, in their order.
    pub noted: Vec<Anchor>,
    /// Lines that are none: what a power cut left of one, or what somebody wrote.
    pub broken: usize,
}

impl Anchors {
    /// The noted head with the highest number.
    pub fn last(&self) -> Option<&Anchor> {
        self.noted.iter().max_by_key(|anchor| anchor.head.seq)
    }

    pub(super) fn read(path: &Path) -> Result<Anchors, CaseError> {
        match plain(path).and_then(|()| std::fs::read(path)) {
            Ok(bytes) => Ok(Anchors::parse(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Anchors::default()),
            Err(error) => Err(CaseError::io(path, error)),
        }
    }

    fn parse(bytes: &[u8]) -> Anchors {
        let mut anchors = Anchors::default();
        for line in bytes.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()) {
            match std::str::from_utf8(line).ok().and_then(anchor) {
                Some(anchor) => anchors.noted.push(anchor),
                None => anchors.broken += 1,
            }
        }
        anchors
    }

    /// What of it the ledger does not hold any more, the newest first; empty where all of it
    /// stands.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn against(&self, ledger: &Ledger) -> Result<Vec<Gone>, LedgerError> {
        let head = ledger.head()?;
        let mut gone = Vec::new();
        for anchor in self.noted.iter().rev() {
            if let Some(lost) = Gone::of(anchor.head, head, ledger)? {
                gone.push(lost);
            }
        }
        gone.sort_by_key(|gone| std::cmp::Reverse(gone.noted));
        Ok(gone)
    }

    /// As [`Anchors::against`], of the head with the highest number alone: a moment's work, for
    /// every opening of a case.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn last_against(&self, ledger: &Ledger) -> Result<Option<Gone>, LedgerError> {
        match self.last() {
            Some(last) => Gone::of(last.head, ledger.head()?, ledger),
            None => Ok(None),
        }
    }
}

/// A head that was noted and is not in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The number of the noted entry.
    pub noted: u64,
    /// The number of the last entry there is.
    pub last: u64,
}

impl Gone {
    fn of(noted: Head, head: Head, ledger: &Ledger) -> Result<Option<Gone>, LedgerError> {
        let holds = ledger.hash_of(noted.seq)? == Some(noted.hash);
        Ok((!holds).then_some(Gone {
            noted: noted.seq,
            last: head.seq,
        }))
    }
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Gone { noted, last } = self;
        if noted > last {
            write!(
                f,
                "the ledger was noted to hold entry {noted} and ends at entry {last}: later entries were cut off"
            )
        } else {
            write!(
                f,
                "entry {noted} of the ledger is another one than was noted: the ledger was rewritten"
            )
        }
    }
}

/// A line: `NUMBER HASH TIME`.
fn anchor(line: &str) -> Option<Anchor> {
    let mut words = line.split(' ');
    let seq = words.next()?.parse().ok()?;
    let hash = Hash::from_hex(words.next()?)?;
    let at = chrono::DateTime::parse_from_rfc3339(words.next()?).ok()?;
    words.next().is_none().then(|| Anchor {
        head: Head { seq, hash },
        at: at
            .to_utc()
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    })
}

/// Reads the file; empty where there is none, as in cases from before it.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read(layout: &Layout) -> Result<Anchors, CaseError> {
    Anchors::read(&layout.anchors())
}

/// Notes the ledger's head, where it is not the last one noted. It is on the disk then.
///
/// # Errors
/// When the file cannot be written; the next session notes its head then.
pub(super) fn note(layout: &Layout, head: Head) -> Result<(), CaseError> {
    if head == Head::START {
        return Ok(());
    }
    let path = layout.anchors();
    let failed = |error| CaseError::io(&path, error);
    let end = match end_of(&path) {
        Ok(end) => end,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let file = layout::new_file(&path)?;
            file.sync_all().map_err(failed)?;
            layout::sync_folder(layout.root())?;
            Vec::new()
        }
        Err(error) => return Err(failed(error)),
    };
    let last = end.split(|byte| *byte == b'\n').rfind(|l| !l.is_empty());
    let last = last.and_then(|line| std::str::from_utf8(line).ok());
    if last.and_then(anchor).is_some_and(|last| last.head == head) {
        return Ok(());
    }
    let at = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    // What a power cut left of a line is ended first, so that it costs no line but itself.
    let before = if end.last().is_none_or(|byte| *byte == b'\n') {
        ""
    } else {
        "\n"
    };
    let line = format!("{before}{} {} {at}\n", head.seq, head.hash);
    let mut file = OpenOptions::new()
        .append(true)
        .open(&path)
        .map_err(failed)?;
    file.write_all(line.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed)
}

/// Refuses what is no file: a pipe or a device in its place would be waited for, or read, for ever.
fn plain(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path)?.is_file() {
        true => Ok(()),
        false => Err(io::Error::other(
            "this is no file; take it away, or put it back from a copy of the case",
        )),
    }
}

/// The last bytes of the file, a whole line at least where there is one.
fn end_of(path: &Path) -> io::Result<Vec<u8>> {
    plain(path)?;
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LONGEST)))?;
    let mut end = Vec::new();
    file.take(LONGEST).read_to_end(&mut end)?;
    Ok(end)
}

/// A head in a form short enough for paper: `42:3f9a-0b1c-77de-aa01-5c22`, the entry's number and
/// the first 20 digits of its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// The entry's number, where it is told.
    pub seq: Option<u64>,
    /// The first hexadecimal digits of its hash, in small letters.
    pub digits: String,
}

impl Fingerprint {
    /// Of a head.
    pub fn of(head: Head) -> Fingerprint {
        let hash = head.hash.to_string();
        Fingerprint {
            seq: Some(head.seq),
            digits: hash.get(..DIGITS).unwrap_or(&hash).to_owned(),
        }
    }

    /// Reads one as a person types it: the number and a colon may be left out, dashes and blanks
    /// stand anywhere, and a whole hash of 64 digits is one too.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Fingerprint, String> {
        let wrong = || {
            format!(
                "a fingerprint is an entry's number, a colon and at least {FEWEST} digits of its hash, as docket status prints it: 42:3f9a-0b1c-77de-aa01-5c22"
            )
        };
        let (seq, digits) = match text.split_once(':') {
            Some((seq, digits)) => (Some(seq.trim().parse().map_err(|_| wrong())?), digits),
            None => (None, text),
        };
        let digits: String = digits
            .chars()
            .filter(|c| !matches!(c, '-' | ' '))
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_hex || !(FEWEST..=64).contains(&digits.len()) {
            return Err(wrong());
        }
        Ok(Fingerprint { seq, digits })
    }

    /// The number of the entry that it is of, where the ledger holds it.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn found_in(&self, ledger: &Ledger) -> Result<Option<u64>, LedgerError> {
        let Some(seq) = self.seq else {
            return ledger.entry_with(&self.digits);
        };
        let hash = ledger.hash_of(seq)?.map(|hash| hash.to_string());
        Ok(hash
            .is_some_and(|hash| hash.starts_with(&self.digits))
            .then_some(seq))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(seq) = self.seq {
            write!(f, "{seq}:")?;
        }
        for (at, digit) in self.digits.chars().enumerate() {
            let dash = if at > 0 && at % 4 == 0 { "-" } else { "" };
            write!(f, "{dash}{digit}")?;
        }
        Ok(())
    }
}

#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
#[cfg(test)]
mod tests {
    use super::*;

    fn head(seq: u64) -> Head {
        let byte = u8::try_from(seq).unwrap();
        Head {
            seq,
            hash: Hash([byte; 32]),
        }
    }

    fn layout() -> (tempfile::TempDir, Layout) {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::open_or_create(&folder.path().join("case")).unwrap();
        (folder, layout)
    }

    #[test]
    fn a_head_is_noted_once_and_only_added() {
        let (_folder, layout) = layout();
        note(&layout, Head::START).unwrap();
        assert!(!layout.anchors().exists());
        for seq in [3, 3, 7, 5] {
            note(&layout, head(seq)).unwrap();
        }
        let anchors = read(&layout).unwrap();
        let noted: Vec<Head> = anchors.noted.iter().map(|anchor| anchor.head).collect();
        assert_eq!(noted, [head(3), head(7), head(5)]);
        assert_eq!(anchors.last().unwrap().head, head(7));
        assert_eq!(anchors.broken, 0);
    }

    #[test]
    fn a_line_that_a_power_cut_left_costs_itself() {
        let (_folder, layout) = layout();
        note(&layout, head(3)).unwrap();
        let whole = std::fs::read(layout.anchors()).unwrap();
        for cut in 1..whole.len() {
            std::fs::write(layout.anchors(), [&whole[..], &whole[..cut]].concat()).unwrap();
            note(&layout, head(9)).unwrap();
            let anchors = read(&layout).unwrap();
            assert_eq!(anchors.last().unwrap().head, head(9), "{cut}");
            assert_eq!(anchors.noted[0].head, head(3), "{cut}");
            assert!(anchors.broken <= 1, "{cut}");
        }
    }

    #[test]
    fn fingerprints_are_read_as_they_are_printed_and_typed() {
        let print = Fingerprint::of(head(42));
        assert_eq!(print.to_string(), "42:2a2a-2a2a-2a2a-2a2a-2a2a");
        for typed in [
            "42:2a2a-2a2a-2a2a-2a2a-2a2a",
            " 42 : 2A2A2A2A2A2A2A2A2A2A",
            "42:2a2a 2a2a 2a2a 2a2a 2a2a",
        ] {
            assert_eq!(Fingerprint::parse(typed).unwrap(), print, "{typed}");
        }
        let whole = Fingerprint::parse(&head(42).hash.to_string()).unwrap();
        assert_eq!((whole.seq, whole.digits.len()), (None, 64));
        for wrong in [
            "",
            "42:",
            "42:2a2a",
            "x:2a2a2a2a2a2a",
            "42:2g2a2a2a2a2a",
            "42",
        ] {
            assert!(Fingerprint::parse(wrong).is_err(), "{wrong}");
        }
    }
}
