//! Items without some of their bytes: what ended the reader when it read them is left out when it
//! reads again. And who is told of each item that is opened, so that it is known which one it was.

use super::Export;
use crate::model::Span;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

/// Bytes of an item that are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::import) struct Gap {
    /// The item.
    pub(in crate::import) item: u32,
    /// The first byte, and one past the last.
    pub(in crate::import) begin: u64,
    pub(in crate::import) end: u64,
    /// Whether they are one record, and not the rest of the item.
    pub(in crate::import) is_record: bool,
}

/// Is told of each item that is opened.
#[derive(Clone)]
pub(in crate::import) struct Watch(Arc<dyn Fn(u32) + Send + Sync>);

impl Watch {
    pub(super) fn tell(&self, item: u32) {
        (self.0)(item);
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

impl Export {
    /// The numbers of all items.
    pub(in crate::import) fn numbers(&self) -> std::ops::Range<u32> {
        0..self.count()
    }

    /// The items that cannot be read, and why.
    pub(in crate::import) fn problems(&self) -> Vec<(u32, String)> {
        let problem = |(number, item): (u32, &super::Item)| Some((number, item.problem.clone()?));
        (0u32..).zip(&self.items).filter_map(problem).collect()
    }

    /// Sets items aside that somebody knows cannot be read.
    pub(in crate::import) fn know_problems(&mut self, problems: &[(u32, String)]) {
        for (number, problem) in problems {
            let at = usize::try_from(*number).unwrap_or(usize::MAX);
            if let Some(item) = self.items.get_mut(at)
                && item.problem.is_none()
            {
                item.role = super::ItemRole::Other;
                item.problem = Some(problem.clone());
            }
        }
    }

    /// The same without some bytes, told of each item that is opened. Places in it are counted
    /// without what is left out: see [`filled`].
    #[must_use]
    pub(in crate::import) fn watched(
        mut self,
        gaps: &[Gap],
        watch: Arc<dyn Fn(u32) + Send + Sync>,
    ) -> Export {
        self.gaps = gaps.to_vec();
        self.gaps.sort_by_key(|gap| (gap.item, gap.begin));
        for gap in gaps {
            let at = usize::try_from(gap.item).unwrap_or(usize::MAX);
            if let Some(item) = self.items.get_mut(at) {
                let length = gap.end.min(item.size).saturating_sub(gap.begin);
                item.size = item.size.saturating_sub(length);
            }
        }
        self.watch = Some(Watch(watch));
        self
    }
}

/// A span of an item without the gaps, counted as it stands in the whole item; `None` where a gap
/// stands in the middle of it. `gaps` are in order.
pub(in crate::import) fn filled(gaps: &[Gap], item: u32, span: Span) -> Option<Span> {
    let mut offset = span.offset;
    for gap in gaps.iter().filter(|gap| gap.item == item) {
        if offset >= gap.begin {
            offset = offset.checked_add(gap.end.checked_sub(gap.begin)?)?;
        } else if offset.checked_add(u64::from(span.length))? > gap.begin {
            return None;
        }
    }
    Some(Span { offset, ..span })
}

/// The same of a span that gaps may stand in: its parts, in order, as they stand in the whole item.
pub(in crate::import) fn filled_around(gaps: &[Gap], item: u32, span: Span) -> Option<Vec<Span>> {
    let mut parts = Vec::new();
    let mut left = span;
    for gap in gaps.iter().filter(|gap| gap.item == item) {
        let before = gap.begin.saturating_sub(left.offset);
        if before >= u64::from(left.length) && before > 0 {
            break;
        }
        let before = u32::try_from(before).ok()?;
        if before > 0 {
            parts.push(Span {
                offset: left.offset,
                length: before,
            });
            left.length = left.length.checked_sub(before)?;
            left.offset = gap.begin;
        }
        left.offset = left.offset.checked_add(gap.end.checked_sub(gap.begin)?)?;
    }
    parts.push(left);
    Some(parts)
}

/// A stream without the gaps of an item.
pub(super) fn without(
    stream: Box<dyn Read + Send>,
    item: u32,
    gaps: &[Gap],
) -> Box<dyn Read + Send> {
    let gaps: Vec<Gap> = gaps
        .iter()
        .copied()
        .filter(|gap| gap.item == item)
        .collect();
    match gaps.as_slice() {
        [] => stream,
        _ => Box::new(
            Without {
                stream,
                place: 0,
                gaps: gaps.into_iter(),
                next: None,
            }
            .begun(),
        ),
    }
}

struct Without {
    stream: Box<dyn Read + Send>,
    place: u64,
    gaps: std::vec::IntoIter<Gap>,
    next: Option<Gap>,
}

impl Without {
    fn begun(mut self) -> Without {
        self.next = self.gaps.next();
        self
    }
}

impl Read for Without {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(gap) = self.next
            && self.place >= gap.begin
        {
            let length = gap.end.saturating_sub(gap.begin);
            io::copy(&mut self.stream.by_ref().take(length), &mut io::sink())?;
            self.place = gap.end;
            self.next = self.gaps.next();
        }
        let most = self.next.map_or(u64::MAX, |gap| gap.begin - self.place);
        let most = usize::try_from(most)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let count = self
            .stream
            .read(buffer.get_mut(..most).unwrap_or_default())?;
        self.place = self.place.saturating_add(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What is read without gaps is the item less them, and each byte is found again where it
        /// stands.
        #[test]
        fn bytes_keep_their_places(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            cuts in proptest::collection::vec((0u64..300, 0u64..40), 0..5),
        ) {
            let mut gaps: Vec<Gap> = Vec::new();
            let mut cuts = cuts;
            cuts.sort_unstable();
            for (begin, length) in cuts {
                if gaps.last().is_none_or(|last| last.end < begin) {
                    gaps.push(Gap { item: 3, begin, end: begin + length, is_record: true });
                }
            }
            let mut read = Vec::new();
            without(Box::new(io::Cursor::new(bytes.clone())), 3, &gaps)
                .read_to_end(&mut read)
                .unwrap();
            let kept: Vec<u8> = (0u64..)
                .zip(&bytes)
                .filter(|(at, _)| !gaps.iter().any(|gap| (gap.begin..gap.end).contains(at)))
                .map(|(_, byte)| *byte)
                .collect();
            prop_assert_eq!(&read, &kept);
            for (at, byte) in (0u64..).zip(&read) {
                let span = filled(&gaps, 3, Span { offset: at, length: 1 }).unwrap();
                prop_assert_eq!(bytes[usize::try_from(span.offset).unwrap()], *byte);
            }
            // A run of them is found again around the gaps.
            for length in [1, 7, 60] {
                for begin in 0..read.len().saturating_sub(length) {
                    let span = Span { offset: begin as u64, length: length as u32 };
                    let around = filled_around(&gaps, 3, span).unwrap();
                    let found: Vec<u8> = around
                        .iter()
                        .flat_map(|part| {
                            let begin = usize::try_from(part.offset).unwrap();
                            bytes[begin..begin + part.length as usize].to_vec()
                        })
                        .collect();
                    prop_assert_eq!(&found, &read[begin..begin + length]);
                }
            }
        }
    }
}
