//! Where each message of an import stands in its source, as the bytes beside the ledger's entry:
//! with them a rebuild gives every message its number again, and takes the same ones for the same.
//!
//! Layout: one version byte; then for each source, in the entry's order, the count of its new
//! messages as a variable-length number, and for each message its length doubled, plus one where
//! it does not follow the message before it at once; such a message then has its item and its
//! offset. From version 2 on there follow the count of the messages that were known, and for each
//! its place in the same way and by how much its number is above that of the known message before
//! it plus one: the difference doubled, negative ones as one less than twice their amount, then
//! all doubled again, plus one where the message has a number of its own and only belongs to that
//! one. Numbers have 7 bits a byte, lowest first, the high bit set on all but the last byte.

use super::held::{Bytes, Out};
use super::{CaseError, layout};
use crate::model::Span;
use std::io::Write;
use std::path::{Path, PathBuf};

const VERSION: u8 = 2;
/// Without what was known.
const NEW_ONLY: u8 = 1;
/// What is more than this goes into a file: about a hundred thousand messages.
const HELD: u64 = 1 << 18;

/// Where a message stands: its item and its bytes there.
pub(super) type Standing = (u32, Span);

/// What the ledger keeps of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told<'a> {
    /// Where its new messages stand, in number order.
    pub new: Listed<'a>,
    /// Where those stand that were known, the number of each, and whether it only belongs to that
    /// one; in the order the source has them. `None` where an earlier docket did not keep them.
    pub known: Option<Vec<(Standing, u32, bool)>>,
}

/// Standings as they are kept, found to be whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listed<'a> {
    bytes: &'a [u8],
    count: u64,
}

impl Listed<'_> {
    /// Each of them, at 24 bytes of memory instead of one or two.
    pub(super) fn read(&self) -> Vec<Standing> {
        let (mut bytes, mut next) = (self.bytes.iter(), (0, 0));
        std::iter::from_fn(|| take_standing(&mut bytes, &mut next)).collect()
    }
}

/// The standings of one source, gathered.
#[derive(Debug)]
pub(super) struct Standings {
    bytes: Bytes,
    count: u64,
}

impl Standings {
    /// Whether they are the same.
    pub(super) fn are(&self, told: &Listed<'_>) -> bool {
        self.count == told.count && *self.bytes == *told.bytes
    }
}

/// Gathers the known messages of one source.
pub(super) struct Known {
    places: Encoder,
    next: u32,
}

impl Known {
    /// Starts in memory; the file is made once there are many.
    pub(super) fn new(path: &Path) -> Known {
        Known {
            places: Encoder::new(path),
            next: 0,
        }
    }

    /// Adds the next known message, and whether it only belongs to the one of this number.
    pub(super) fn push(
        &mut self,
        standing: Standing,
        number: u32,
        beside: bool,
    ) -> Result<(), CaseError> {
        let step = i64::from(number) - i64::from(self.next);
        let step = if step < 0 {
            (step.unsigned_abs() << 1) - 1
        } else {
            step.unsigned_abs() << 1
        };
        self.next = number.saturating_add(1);
        self.places.push(standing.0, standing.1)?;
        self.places.put(&[step << 1 | u64::from(beside)])
    }

    /// All of them.
    pub(super) fn finish(self) -> Result<Standings, CaseError> {
        self.places.finish()
    }
}

/// Gathers the standings of one source.
pub(super) struct Encoder {
    path: PathBuf,
    out: Out,
    is_held: bool,
    len: u64,
    count: u64,
    next: (u32, u64),
}

/// Writes a number and gives how many bytes it takes.
fn put(out: &mut impl Write, mut number: u64) -> std::io::Result<u64> {
    let mut len = 1;
    while number >= 0x80 {
        out.write_all(&[(number & 0x7F) as u8 | 0x80])?;
        number >>= 7;
        len += 1;
    }
    out.write_all(&[number as u8])?;
    Ok(len)
}

fn take(bytes: &mut std::slice::Iter<'_, u8>) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.next()?;
        let bits = u64::from(byte & 0x7F);
        if bits << shift >> shift != bits {
            return None;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

impl Encoder {
    /// Starts in memory; the file is made once there are many.
    pub(super) fn new(path: &Path) -> Encoder {
        Encoder {
            path: path.into(),
            out: Out::held(),
            is_held: true,
            len: 0,
            count: 0,
            next: (0, 0),
        }
    }

    fn put(&mut self, numbers: &[u64]) -> Result<(), CaseError> {
        for number in numbers {
            let put = put(&mut self.out, *number);
            self.len += put.map_err(|error| CaseError::io(&self.path, error))?;
        }
        if self.is_held && self.len > HELD {
            // An earlier reading of the same source may have left its own.
            layout::remove(&self.path)?;
            self.out.move_to_file(&self.path)?;
            self.is_held = false;
        }
        Ok(())
    }

    /// Adds the next new message.
    pub(super) fn push(&mut self, item: u32, span: Span) -> Result<(), CaseError> {
        let follows = self.next == (item, span.offset);
        let head = u64::from(span.length) << 1 | u64::from(!follows);
        self.next = (item, span.end());
        self.count += 1;
        match follows {
            true => self.put(&[head]),
            false => self.put(&[head, u64::from(item), span.offset]),
        }
    }

    /// All of them.
    pub(super) fn finish(self) -> Result<Standings, CaseError> {
        Ok(Standings {
            bytes: self.out.finish(&self.path)?,
            count: self.count,
        })
    }
}

/// The data of an import's entry, of the new and the known messages of each source; in this file
/// where they are many, which then must stay until the entry is written.
pub(super) fn encode(sources: &[(Standings, Standings)], path: &Path) -> Result<Bytes, CaseError> {
    let all = || sources.iter().flat_map(|(new, known)| [new, known]);
    let mut out = Out::held();
    if all()
        .map(|standings| standings.bytes.len() as u64)
        .sum::<u64>()
        > HELD
    {
        layout::remove(path)?;
        out.move_to_file(path)?;
    }
    let failed = |error| CaseError::io(path, error);
    out.write_all(&[VERSION]).map_err(failed)?;
    for standings in all() {
        put(&mut out, standings.count).map_err(failed)?;
        out.write_all(&standings.bytes).map_err(failed)?;
        standings.bytes.let_go();
    }
    out.finish(path)
}

fn take_standing(bytes: &mut std::slice::Iter<'_, u8>, next: &mut (u32, u64)) -> Option<Standing> {
    let head = take(bytes)?;
    if head & 1 == 1 {
        *next = (u32::try_from(take(bytes)?).ok()?, take(bytes)?);
    }
    let span = Span {
        offset: next.1,
        length: u32::try_from(head >> 1).ok()?,
    };
    let standing = (next.0, span);
    next.1 = span.end();
    Some(standing)
}

/// Reads the data of an import's entry, source by source. `None` where the bytes are not such
/// data.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<Told<'_>>> {
    let mut bytes = bytes.iter();
    let version = *bytes.next()?;
    if !matches!(version, VERSION | NEW_ONLY) {
        return None;
    }
    let mut sources = Vec::new();
    while bytes.len() > 0 {
        let count = take(&mut bytes)?;
        let from = bytes.as_slice();
        let mut next = (0, 0);
        for _ in 0..count {
            take_standing(&mut bytes, &mut next)?;
        }
        let new = Listed {
            bytes: from.get(..from.len() - bytes.len())?,
            count,
        };
        let mut told = Told { new, known: None };
        if version == VERSION {
            let count = take(&mut bytes)?;
            let mut known = Vec::new();
            let (mut next, mut number) = ((0, 0), 0u32);
            for _ in 0..count {
                let standing = take_standing(&mut bytes, &mut next)?;
                let head = take(&mut bytes)?;
                let (step, beside) = (head >> 1, head & 1 == 1);
                let amount = i64::try_from(step.div_ceil(2)).ok()?;
                let step = if step & 1 == 1 { -amount } else { amount };
                number = u32::try_from(i64::from(number).checked_add(step)?).ok()?;
                known.push((standing, number, beside));
                number = number.saturating_add(1);
            }
            told.known = Some(known);
        }
        sources.push(told);
    }
    Some(sources)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn standing() -> impl Strategy<Value = Standing> {
        (any::<u32>(), any::<u64>(), any::<u32>())
            .prop_map(|(item, offset, length)| (item, Span { offset, length }))
    }

    fn known() -> impl Strategy<Value = (Standing, u32, bool)> {
        (standing(), any::<u32>(), any::<bool>())
    }

    fn gather(
        path: &Path,
        new: &[Standing],
        known: &[(Standing, u32, bool)],
    ) -> (Standings, Standings) {
        let mut encoder = Encoder::new(&path.with_extension("new"));
        for (item, span) in new {
            encoder.push(*item, *span).unwrap();
        }
        let mut beside = Known::new(&path.with_extension("known"));
        for (standing, number, is_beside) in known {
            beside.push(*standing, *number, *is_beside).unwrap();
        }
        (encoder.finish().unwrap(), beside.finish().unwrap())
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            sources in proptest::collection::vec(
                (
                    proptest::collection::vec(standing(), 0..20),
                    proptest::collection::vec(known(), 0..20),
                ),
                0..4,
            ),
        ) {
            let none = Path::new("");
            let standings: Vec<_> = sources.iter().map(|(new, known)| gather(none, new, known)).collect();
            let bytes = encode(&standings, none).unwrap();
            let told = decode(&bytes).unwrap();
            prop_assert_eq!(told.len(), sources.len());
            for ((told, (new, known)), gathered) in told.iter().zip(&sources).zip(&standings) {
                prop_assert_eq!(&told.new.read(), new);
                prop_assert_eq!(told.known.as_ref(), Some(known));
                prop_assert!(gathered.0.are(&told.new));
            }
        }

        #[test]
        fn foreign_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }

    fn in_a_row(count: u64) -> Vec<Standing> {
        let span = |at| Span {
            offset: at * 60,
            length: 60,
        };
        (0..count).map(|at| (0, span(at))).collect()
    }

    #[test]
    fn messages_in_a_row_cost_a_byte_or_two() {
        let none = Path::new("");
        let standings = gather(none, &in_a_row(1000), &[]);
        assert!(encode(&[standings], none).unwrap().len() < 2010);
    }

    #[test]
    fn many_stand_in_files_and_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let new = in_a_row(HELD + 1);
        let known: Vec<_> = (0u32..)
            .zip(&new)
            .map(|(at, new)| (*new, at, false))
            .collect();
        let standings = gather(&folder.path().join("0"), &new, &known);
        for gathered in [&standings.0, &standings.1] {
            assert!(matches!(gathered.bytes, Bytes::Mapped(_)));
        }
        let bytes = encode(&[standings], &folder.path().join("all")).unwrap();
        assert!(matches!(bytes, Bytes::Mapped(_)));
        let told = decode(&bytes).unwrap().remove(0);
        assert_eq!(told.new.read(), new);
        assert_eq!(told.known, Some(known));
    }
}
