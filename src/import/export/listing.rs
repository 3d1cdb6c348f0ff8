//! What a zip lists: its items, and where the bytes of each are.

use super::Item;

/// Most entries one zip may have.
pub(super) const MAX_ENTRIES: usize = 100_000;
/// Bytes of a local file header before its name (APPNOTE 4.3.7).
pub(super) const LOCAL_HEADER: u64 = 30;

/// Where one entry's bytes are and how they are packed.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    pub(super) header_start: u64,
    pub(super) name_raw: Vec<u8>,
    pub(super) compressed: u64,
    pub(super) size: u64,
    pub(super) crc: u32,
    pub(super) deflated: bool,
}

/// What a zip lists.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) items: Vec<Item>,
    /// Item by item.
    pub(super) entries: Vec<Packed>,
    /// What is to be told of it as a whole, one sentence each.
    pub(super) notes: Vec<String>,
}
