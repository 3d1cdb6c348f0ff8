//! Where each new message of an import stands in its source, as the bytes beside the ledger's
//! entry: with them a rebuild gives every message its number again.
//!
//! Layout: one version byte; then for each source, in the entry's order, the count of its new
//! messages as a variable-length number, and for each message its length doubled, plus one where
//! it does not follow the message before it at once; such a message then has its item and its
//! offset. Numbers have 7 bits a byte, lowest first, the high bit set on all but the last byte.

use crate::model::Span;

const VERSION: u8 = 1;

/// Where a message stands: its item and its bytes there.
pub(super) type Standing = (u32, Span);

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

/// The data of an import's entry.
pub(super) fn encode(sources: &[Encoder]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(sources.iter().map(|source| source.bytes.len() + 6).sum());
    bytes.push(VERSION);
    for source in sources {
        put(&mut bytes, source.count);
        bytes.extend_from_slice(&source.bytes);
    }
    bytes
}

/// Reads the data of an import's entry: for each source the standings of its new messages. `None`
/// where the bytes are not such data.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<Vec<Standing>>> {
    let mut bytes = bytes.iter();
    if *bytes.next()? != VERSION {
        return None;
    }
    let mut sources = Vec::new();
    while bytes.len() > 0 {
        let count = take(&mut bytes)?;
        let mut standings = Vec::new();
        let mut next = (0, 0);
        for _ in 0..count {
            let head = take(&mut bytes)?;
            if head & 1 == 1 {
                next = (u32::try_from(take(&mut bytes)?).ok()?, take(&mut bytes)?);
            }
            let span = Span {
                offset: next.1,
                length: u32::try_from(head >> 1).ok()?,
            };
            standings.push((next.0, span));
            next.1 = span.end();
        }
        sources.push(standings);
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

    proptest! {
        #[test]
        fn what_is_written_is_read(sources in proptest::collection::vec(proptest::collection::vec(standing(), 0..20), 0..4)) {
            let encoders: Vec<_> = sources.iter().map(|standings| Encoder::of(standings)).collect();
            prop_assert_eq!(decode(&encode(&encoders)), Some(sources));
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
        assert!(encode(&[encoder]).len() < 2010);
    }
}
