//! Sorting all messages by time: in blocks, which are then merged.

use super::Store;
use crate::case::map::Map;
use crate::case::order::{MAGIC, Order};
use crate::case::{CaseError, layout};
use crate::model::MessageNumber;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Messages sorted at once in memory: 16 bytes each.
const BLOCK: u32 = 1 << 20;

impl Order {
    /// Sorts all messages of a store and publishes the file. Sorts a block at a time and merges
    /// the blocks, so that its memory does not grow with the case.
    pub(in crate::case) fn write(
        path: &Path,
        state: u64,
        store: &Store,
    ) -> Result<Order, CaseError> {
        let beside = path.with_extension("new");
        let blocks = path.with_extension("blocks");
        layout::remove(&beside)?;
        layout::remove(&blocks)?;
        let failed = |error| CaseError::io(path, error);
        let key = |number: u32| (store.time(MessageNumber(number)), number);
        // Blocks, each sorted.
        let mut sorted = BufWriter::new(layout::new_file(&blocks)?);
        let mut times = store.times().zip(0u32..);
        let mut runs = Vec::new();
        let mut start = 0;
        while start < store.len() {
            let end = start.saturating_add(BLOCK).min(store.len());
            let count = usize::try_from(end - start).unwrap_or(usize::MAX);
            let mut block: Vec<_> = times.by_ref().take(count).collect();
            // Threads come in the order of time: a sort that keeps what is in order is the faster.
            block.sort_by_key(|(time, _)| *time);
            for (_, number) in &block {
                sorted.write_all(&number.to_le_bytes()).map_err(failed)?;
            }
            runs.push(start..end);
            start = end;
            store.let_times_go();
        }
        sorted.flush().map_err(failed)?;
        drop(sorted);
        let map = Map::open(&blocks).map_err(failed)?;
        let at = |place: u32| -> Option<u32> {
            let from = usize::try_from(place).ok()?.checked_mul(4)?;
            let bytes = map.get(from..from.checked_add(4)?)?;
            bytes.try_into().ok().map(u32::from_le_bytes)
        };
        // The blocks merged.
        let mut out = BufWriter::new(layout::new_file(&beside)?);
        out.write_all(&MAGIC)
            .and_then(|()| out.write_all(&state.to_le_bytes()))
            .map_err(failed)?;
        let mut heads = BinaryHeap::new();
        for run in runs {
            if let Some(number) = at(run.start) {
                heads.push(Reverse((key(number), run.start, run.end)));
            }
        }
        let mut merged = 0u32;
        while let Some(Reverse(((_, number), place, end))) = heads.pop() {
            merged = merged.wrapping_add(1);
            if merged.is_multiple_of(BLOCK) {
                store.let_times_go();
                map.let_go();
            }
            out.write_all(&number.to_le_bytes()).map_err(failed)?;
            let next = place.saturating_add(1);
            if heads.is_empty() {
                // What is left stands in one block, in order.
                let byte = |place: u32| usize::try_from(u64::from(place) * 4).unwrap_or(usize::MAX);
                let rest = map.get(byte(next)..byte(end)).unwrap_or_default();
                out.write_all(rest).map_err(failed)?;
                break;
            }
            if next < end
                && let Some(number) = at(next)
            {
                heads.push(Reverse((key(number), next, end)));
            }
        }
        out.into_inner()
            .map_err(std::io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .map_err(failed)?;
        drop(map);
        layout::remove(&blocks)?;
        layout::publish(&beside, path)?;
        Order::open(path, state, store.len())
            .ok_or_else(|| CaseError::inconsistent("the order by time was not written whole"))
    }
}
