//! The search index over the words of all texts: a cache that may be deleted at any time.

use super::CaseError;
use super::words::WordQuery;
use roaring::RoaringBitmap;
use std::sync::atomic::AtomicBool;

/// The open index of a case.
#[derive(Default)]
pub(super) struct Index {}

impl Index {
    /// The messages that hold these words in a row.
    pub(super) fn matches(
        &self,
        _query: &WordQuery,
        _cancel: &AtomicBool,
    ) -> Result<RoaringBitmap, CaseError> {
        Ok(RoaringBitmap::new())
    }
}
