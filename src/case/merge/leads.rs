//! Which texts lead to which threads: by the text's key, the threads that hold it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A text that leads to more threads than this tells nothing.
pub(super) const COMMON: usize = 16;

/// Places keys, which are hashes themselves, in a table.
#[derive(Default)]
pub(super) struct Placed(u64);

impl Hasher for Placed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, key: u32) {
        // The table asks the highest bits too.
        self.0 = (self.0 ^ u64::from(key)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Table<T> = HashMap<u32, T, BuildHasherDefault<Placed>>;

/// Where a text leads.
enum Lead {
    /// To this thread alone.
    One(u32),
    /// To the threads at this place of the lists.
    Several(u32),
    /// To too many to tell.
    Many,
}

/// By the keys of texts: the threads that hold them.
#[derive(Default)]
pub(super) struct Leads {
    table: Table<Lead>,
    /// Threads, at most [`COMMON`] and the first in each.
    lists: Vec<Vec<u32>>,
}

impl Leads {
    /// Notes that a text of a thread has this key.
    pub(super) fn lead(&mut self, key: u32, thread: u32) {
        let lead = self.table.entry(key).or_insert(Lead::One(thread));
        match lead {
            Lead::One(first) if *first == thread => {}
            Lead::One(first) => {
                let list = vec![*first, thread];
                if let Ok(place) = u32::try_from(self.lists.len()) {
                    *lead = Lead::Several(place);
                    self.lists.push(list);
                }
            }
            Lead::Several(place) => {
                let place = usize::try_from(*place).unwrap_or(usize::MAX);
                if let Some(list) = self.lists.get_mut(place)
                    && !list.contains(&thread)
                {
                    list.push(thread);
                    if list.len() > COMMON {
                        *list = Vec::new();
                        *lead = Lead::Many;
                    }
                }
            }
            Lead::Many => {}
        }
    }

    /// The threads that a text leads to; `None` where they are too many to tell.
    fn threads(&self, key: u32) -> Option<&[u32]> {
        match self.table.get(&key) {
            None => Some(&[]),
            Some(Lead::One(thread)) => Some(std::slice::from_ref(thread)),
            Some(Lead::Several(place)) => {
                let place = usize::try_from(*place).ok();
                let list = place.and_then(|place| self.lists.get(place));
                Some(list.map_or(&[][..], Vec::as_slice))
            }
            Some(Lead::Many) => None,
        }
    }

    /// Whether a text is known to lead to a thread; `None` where it leads to too many to tell.
    pub(super) fn leads_to(&self, key: u32, thread: u32) -> Option<bool> {
        self.threads(key).map(|threads| threads.contains(&thread))
    }

    /// How many of these texts lead to each thread, of which there are so many.
    pub(super) fn count(&self, keys: &[u32], threads: usize) -> Vec<u32> {
        let mut counts = vec![0; threads];
        for thread in keys.iter().filter_map(|key| self.threads(*key)).flatten() {
            let at = usize::try_from(*thread).unwrap_or(usize::MAX);
            if let Some(count) = counts.get_mut(at) {
                *count += 1;
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lead_to_the_threads_that_hold_them_until_those_are_too_many() {
        let mut leads = Leads::default();
        let most = u32::try_from(COMMON).unwrap();
        for thread in 0..most {
            leads.lead(7, thread);
            leads.lead(7, thread);
        }
        leads.lead(8, 3);
        assert_eq!(leads.leads_to(7, most - 1), Some(true));
        assert_eq!(leads.leads_to(7, most), Some(false));
        assert_eq!(leads.count(&[7, 8, 9], 5), [1, 1, 1, 2, 1]);
        leads.lead(7, most);
        assert_eq!(leads.leads_to(7, 0), None);
        assert_eq!(leads.leads_to(9, 0), Some(false));
        assert_eq!(leads.count(&[7, 8, 9], 5), [0, 0, 0, 1, 0]);
    }
}
