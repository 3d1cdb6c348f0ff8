//! All message numbers by time: written once per import, then mapped.
//!
//! The file: 8 bytes that name it, 8 bytes that say which state of the case it belongs to, then one
//! number of 4 bytes per message, little endian.

use super::map::Map;
use crate::model::MessageNumber;
use std::path::Path;

pub(super) const MAGIC: [u8; 8] = *b"dkorder1";
const HEAD: usize = 16;

/// All message numbers by time, earliest first.
#[derive(Debug, Default)]
pub struct Order(Option<Map>);

impl Order {
    fn numbers(&self) -> &[u8] {
        self.0
            .as_ref()
            .and_then(|map| map.get(HEAD..))
            .unwrap_or_default()
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.numbers().len() / 4
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The message at this place.
    pub fn get(&self, at: usize) -> Option<MessageNumber> {
        let from = at.checked_mul(4)?;
        let bytes = self.numbers().get(from..from.checked_add(4)?)?;
        bytes
            .try_into()
            .ok()
            .map(u32::from_le_bytes)
            .map(MessageNumber)
    }

    /// The messages from the earliest on; `.rev()` gives the latest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = MessageNumber> + ExactSizeIterator + '_ {
        self.numbers()
            .chunks_exact(4)
            .map(|bytes| MessageNumber(bytes.try_into().map_or(u32::MAX, u32::from_le_bytes)))
    }

    /// Opens the order if it is that of this state of the case.
    pub(super) fn open(path: &Path, state: u64, len: u32) -> Option<Order> {
        let map = Map::open(path).ok()?;
        let whole = usize::try_from(len)
            .ok()?
            .checked_mul(4)?
            .checked_add(HEAD)?;
        let fits = map.len() == whole
            && map.get(..8) == Some(&MAGIC)
            && map.get(8..HEAD) == Some(&state.to_le_bytes());
        fits.then_some(Order(Some(map)))
    }
}
