//! What a decision changed, as the bytes beside its ledger entry: former value, new value, messages.
//!
//! With the former values, an undo needs no query and a replay can check every step.
//!
//! Where reasons, flags or notes change too, their sets follow: see [`encode_with`].
//!
//! Layout, little endian: one version byte, then for each change the former decision's code (one
//! byte), the new one's code (one byte), a length (4 bytes) and as many bytes of a roaring bitmap in
//! its portable form. Changes stand in the order of their two codes, each pair once, their sets do
//! not overlap, and nothing follows the last.

use crate::model::Decision;
use roaring::RoaringBitmap;

/// The layout this file writes and reads.
const VERSION: u8 = 1;
/// The layout with sets after the changes.
const WITH_SETS: u8 = 2;

/// Messages that went from one decision to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What held before.
    pub from: Decision,
    /// What holds now; never the same as `from`.
    pub to: Decision,
    /// Message numbers; never empty.
    pub messages: RoaringBitmap,
}

/// Why bytes are not a list of changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its list of changed messages is damaged at byte {at}: {reason}")]
pub struct ChangesError {
    /// Where in the bytes, counted from 0.
    pub at: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

/// The bytes of these changes. Empty sets and changes to the same value are left out, and sets of
/// one pair are joined, so that equal changes give equal bytes.
///
/// # Errors
/// Only where a set has no bytes to give, which none made in memory does.
pub fn encode(changes: &[Change]) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![VERSION];
    for from in Decision::ALL {
        for to in Decision::ALL {
            let mut messages = RoaringBitmap::new();
            for change in changes {
                if change.from == from && change.to == to {
                    messages |= &change.messages;
                }
            }
            if from == to || messages.is_empty() {
                continue;
            }
            messages.optimize();
            let mut set = Vec::with_capacity(messages.serialized_size());
            messages.serialize_into(&mut set)?;
            bytes.push(from.code());
            bytes.push(to.code());
            // At most 65,536 containers of 8 KiB and a header.
            let length = u32::try_from(set.len()).map_err(std::io::Error::other)?;
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(&set);
        }
    }
    Ok(bytes)
}

/// The changes that these bytes hold.
///
/// Memory stays within a small multiple of the bytes' length, whatever they claim.
///
/// # Errors
/// [`ChangesError`] for an unknown version, bytes that end early or go on, codes that do not exist,
/// a pair out of order, or a set that is damaged, empty, or overlaps another.
pub fn decode(bytes: &[u8]) -> Result<Vec<Change>, ChangesError> {
    let mut rest = bytes;
    let fault = |rest: &[u8], reason| ChangesError {
        at: bytes.len().saturating_sub(rest.len()),
        reason,
    };
    match rest.split_first() {
        Some((&VERSION, tail)) => rest = tail,
        Some(_) => return Err(fault(rest, "it was written by a newer docket")),
        None => return Err(fault(rest, "it is empty")),
    }
    let mut changes: Vec<Change> = Vec::new();
    let mut all = RoaringBitmap::new();
    while !rest.is_empty() {
        let Some((&[from, to, a, b, c, d], tail)) = rest.split_first_chunk::<6>() else {
            return Err(fault(rest, "it ends early"));
        };
        let (Some(from), Some(to)) = (Decision::from_code(from), Decision::from_code(to)) else {
            return Err(fault(rest, "it names a decision that does not exist"));
        };
        if from == to {
            return Err(fault(rest, "a change changes nothing"));
        }
        if let Some(last) = changes.last()
            && (last.from, last.to) >= (from, to)
        {
            return Err(fault(rest, "its changes are out of order"));
        }
        let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        let Some((mut set, tail)) = tail.split_at_checked(length) else {
            return Err(fault(rest, "it ends early"));
        };
        let messages = RoaringBitmap::deserialize_from(&mut set)
            .map_err(|_| fault(rest, "a set of messages cannot be read"))?;
        if !set.is_empty() || messages.is_empty() {
            return Err(fault(rest, "a set of messages has the wrong length"));
        }
        if !all.is_disjoint(&messages) {
            return Err(fault(rest, "a message changes twice"));
        }
        all |= &messages;
        changes.push(Change { from, to, messages });
        rest = tail;
    }
    Ok(changes)
}

/// The bytes of these changes, and of further sets of messages in their order: those that an
/// entry's marks are about. Without sets, the bytes of [`encode`]; else one version byte, a length
/// (4 bytes) and as many bytes of [`encode`], then for each set a length (4 bytes) and as many
/// bytes of a roaring bitmap in its portable form.
///
/// # Errors
/// As [`encode`].
pub fn encode_with(changes: &[Change], sets: &[RoaringBitmap]) -> std::io::Result<Vec<u8>> {
    let changes = encode(changes)?;
    if sets.is_empty() {
        return Ok(changes);
    }
    let mut bytes = vec![WITH_SETS];
    let mut put = |block: &[u8]| -> std::io::Result<()> {
        let length = u32::try_from(block.len()).map_err(std::io::Error::other)?;
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(block);
        Ok(())
    };
    put(&changes)?;
    for set in sets {
        let mut set = set.clone();
        set.optimize();
        let mut block = Vec::with_capacity(set.serialized_size());
        set.serialize_into(&mut block)?;
        put(&block)?;
    }
    Ok(bytes)
}

/// What [`encode_with`] wrote: the changes, and the sets.
///
/// # Errors
/// As [`decode`]; a set is never empty.
pub fn decode_with(bytes: &[u8]) -> Result<(Vec<Change>, Vec<RoaringBitmap>), ChangesError> {
    let Some(mut rest) = bytes.strip_prefix(&[WITH_SETS]) else {
        return Ok((decode(bytes)?, Vec::new()));
    };
    let fault = |rest: &[u8], reason| ChangesError {
        at: bytes.len().saturating_sub(rest.len()),
        reason,
    };
    let mut blocks = Vec::new();
    while !rest.is_empty() {
        let Some((length, tail)) = rest.split_first_chunk::<4>() else {
            return Err(fault(rest, "it ends early"));
        };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let Some((block, tail)) = tail.split_at_checked(length) else {
            return Err(fault(rest, "it ends early"));
        };
        blocks.push((block, tail));
        rest = tail;
    }
    let Some(((first, _), sets)) = blocks.split_first() else {
        return Err(fault(rest, "it is empty"));
    };
    let changes = decode(first)?;
    let mut read = Vec::with_capacity(sets.len());
    for (block, tail) in sets {
        let mut left = *block;
        let set = RoaringBitmap::deserialize_from(&mut left)
            .map_err(|_| fault(tail, "a set of messages cannot be read"))?;
        if !left.is_empty() || set.is_empty() {
            return Err(fault(tail, "a set of messages has the wrong length"));
        }
        read.push(set);
    }
    Ok((changes, read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn change() -> impl Strategy<Value = Change> {
        (
            0u8..6,
            0u8..6,
            proptest::collection::vec(0u32..200_000, 1..400),
        )
            .prop_map(|(from, to, numbers)| Change {
                from: Decision::from_code(from).unwrap(),
                to: Decision::from_code(to).unwrap(),
                messages: numbers.into_iter().collect(),
            })
    }

    /// Makes the sets disjoint and one per pair, as `decode` gives them back.
    fn tidy(changes: Vec<Change>) -> Vec<Change> {
        let mut all = RoaringBitmap::new();
        let mut tidy: Vec<Change> = Vec::new();
        for mut change in changes {
            change.messages -= &all;
            all |= &change.messages;
            if change.from == change.to || change.messages.is_empty() {
                continue;
            }
            match tidy
                .iter_mut()
                .find(|c| (c.from, c.to) == (change.from, change.to))
            {
                Some(same) => same.messages |= &change.messages,
                None => tidy.push(change),
            }
        }
        tidy.sort_by_key(|c| (c.from, c.to));
        tidy
    }

    proptest! {
        #[test]
        fn changes_come_back(changes in proptest::collection::vec(change(), 0..8)) {
            let changes = tidy(changes);
            prop_assert_eq!(decode(&encode(&changes).unwrap()).unwrap(), changes.clone());
            let sets: Vec<_> = changes.iter().map(|change| change.messages.clone()).collect();
            let bytes = encode_with(&changes, &sets).unwrap();
            prop_assert_eq!(decode_with(&bytes).unwrap(), (changes, sets));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(changes) = decode(&bytes) {
                for change in changes {
                    prop_assert!(!change.messages.is_empty());
                }
            }
            let _ = decode_with(&bytes);
            let _ = decode_with(&[&[WITH_SETS], bytes.as_slice()].concat());
        }

        #[test]
        fn damaged_changes_are_read_or_refused(
            changes in proptest::collection::vec(change(), 1..4),
            at in any::<prop::sample::Index>(),
            bit in 0u8..8,
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = encode(&tidy(changes)).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(changes) = decode(&bytes) {
                for change in changes {
                    prop_assert_eq!(change.messages.iter().count() as u64, change.messages.len());
                }
            }
            bytes.truncate(cut.index(bytes.len()));
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn a_range_of_a_million_is_small() {
        let mut messages = RoaringBitmap::new();
        messages.insert_range(0..1_000_000);
        let change = Change {
            from: Decision::Undecided,
            to: Decision::Official,
            messages,
        };
        assert!(encode(&[change]).unwrap().len() < 1_000);
    }

    #[test]
    fn faults_say_where() {
        assert_eq!(decode(&[]).unwrap_err().reason, "it is empty");
        assert_eq!(decode(&[9]).unwrap_err().at, 0);
        assert_eq!(
            decode(&[1, 0, 1, 255, 255, 255, 255]).unwrap_err().reason,
            "it ends early"
        );
        assert_eq!(
            decode(&[1, 0, 0, 0, 0, 0, 0]).unwrap_err().reason,
            "a change changes nothing"
        );
        assert_eq!(decode(&[1]).unwrap(), vec![]);
    }
}
