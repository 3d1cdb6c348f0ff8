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

use crate::model::Span;

const VERSION: u8 = 2;
/// Without what was known.
const NEW_ONLY: u8 = 1;

/// Where a message stands: its item and its bytes there.
pub(super) type Standing = (u32, Span);

/// What the ledger keeps of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Where its new messages stand, in number order.
    pub new: Vec<Standing>,
    /// Where those stand that were known, the number of each, and whether it only belongs to that
    /// one; in the order the source has them. `None` where an earlier docket did not keep them.
    pub known: Option<Vec<(Standing, u32, bool)>>,
}

/// Gathers the known messages of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    places: Encoder,
    next: u32,
}

impl Known {
    /// Adds the next known message, and whether it only belongs to the one of this number.
    pub(super) fn push(&mut self, standing: Standing, number: u32, beside: bool) {
        self.places.push(standing.0, standing.1);
        let step = i64::from(number) - i64::from(self.next);
        let step = if step < 0 {
            (step.unsigned_abs() << 1) - 1
        } else {
            step.unsigned_abs() << 1
        };
        put(&mut self.places.bytes, step << 1 | u64::from(beside));
        self.next = number.saturating_add(1);
    }
}

/// Gathers the standings of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Encoder {
    bytes: Vec<u8>,
    count: u64,
    next: (u32, u64),
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
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
    /// These standings.
    pub(super) fn of(standings: &[Standing]) -> Encoder {
        let mut encoder = Encoder::default();
        for (item, span) in standings {
            encoder.push(*item, *span);
        }
        encoder
    }

    /// Adds the next new message.
    pub(super) fn push(&mut self, item: u32, span: Span) {
        let follows = self.next == (item, span.offset);
        put(
            &mut self.bytes,
            u64::from(span.length) << 1 | u64::from(!follows),
        );
        if !follows {
            put(&mut self.bytes, u64::from(item));
            put(&mut self.bytes, span.offset);
        }
        self.next = (item, span.end());
        self.count += 1;
    }
}

/// The data of an import's entry. Takes the bytes of the first source for it, so that a single large
/// one is not held twice.
pub(super) fn encode(sources: Vec<(Encoder, Known)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (new, known) in sources {
        if bytes.is_empty() {
            let mut head = vec![VERSION];
            put(&mut head, new.count);
            bytes = new.bytes;
            bytes.splice(..0, head);
        } else {
            put(&mut bytes, new.count);
            bytes.extend_from_slice(&new.bytes);
        }
        put(&mut bytes, known.places.count);
        bytes.extend_from_slice(&known.places.bytes);
    }
    if bytes.is_empty() {
        bytes.push(VERSION);
    }
    bytes
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
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<Told>> {
    let mut bytes = bytes.iter();
    let version = *bytes.next()?;
    if !matches!(version, VERSION | NEW_ONLY) {
        return None;
    }
    let mut sources = Vec::new();
    while bytes.len() > 0 {
        let mut told = Told::default();
        let count = take(&mut bytes)?;
        let mut next = (0, 0);
        for _ in 0..count {
            told.new.push(take_standing(&mut bytes, &mut next)?);
        }
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

    proptest! {
        #[test]
        fn what_is_written_is_read(sources in proptest::collection::vec((proptest::collection::vec(standing(), 0..20), proptest::collection::vec(known(), 0..20)), 0..4)) {
            let encoders: Vec<_> = sources.iter().map(|(new, known)| {
                let mut encoder = Known::default();
                for (standing, number, beside) in known {
                    encoder.push(*standing, *number, *beside);
                }
                (Encoder::of(new), encoder)
            }).collect();
            let told: Vec<_> = sources.into_iter().map(|(new, known)| Told { new, known: Some(known) }).collect();
            prop_assert_eq!(decode(&encode(encoders)), Some(told));
        }

        #[test]
        fn foreign_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn messages_in_a_row_cost_a_byte_or_two() {
        let mut encoder = Encoder::default();
        for at in 0..1000u64 {
            encoder.push(
                0,
                Span {
                    offset: at * 60,
                    length: 60,
                },
            );
        }
        assert!(encode(vec![(encoder, Known::default())]).len() < 2010);
    }
}
