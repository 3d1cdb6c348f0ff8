//! What was lately said of a few names: nearly every message of a chat is by one of some dozens of
//! people, and to find a name in a table that nobody can crowd takes longer than to compare it.

/// At how many places names are kept.
const PLACES: usize = 256;

/// By name, what was said of it; a later name may take its place.
pub(crate) struct Lately<T>(Vec<Option<(Box<[u8]>, T)>>);

impl<T> Default for Lately<T> {
    fn default() -> Lately<T> {
        Lately((0..PLACES).map(|_| None).collect())
    }
}

/// The place of a name: by its length and its bytes, of a long one the first eight and the last.
fn place(name: &[u8]) -> usize {
    let bytes = match (name.first_chunk::<8>(), name.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            u64::from_le_bytes(*first).rotate_left(29) ^ u64::from_le_bytes(*last)
        }
        _ => name
            .iter()
            .fold(0, |bytes, byte| bytes << 8 | u64::from(*byte)),
    };
    // Multiplied by a large odd number, the highest bits depend on all bits.
    let mixed = (bytes ^ name.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from(mixed >> 56).unwrap_or(0)
}

impl<T> Lately<T> {
    /// What was said of a name, if that is still known.
    pub(crate) fn of(&mut self, name: &[u8]) -> Option<&mut T> {
        let (known, said) = self.0.get_mut(place(name))?.as_mut()?;
        (**known == *name).then_some(said)
    }

    /// Keeps what is said of a name, and gives what stood at its place.
    pub(crate) fn say(&mut self, name: &[u8], said: T) -> Option<(Box<[u8]>, T)> {
        self.0.get_mut(place(name))?.replace((name.into(), said))
    }

    /// Forgets all, and gives it.
    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = (Box<[u8]>, T)> + '_ {
        self.0.iter_mut().filter_map(Option::take)
    }
}

#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        /// Whatever was said: what is known of a name is what was said of it last, and nothing is
        /// lost that is not handed back.
        #[test]
        fn what_is_known_is_what_was_said(names in proptest::collection::vec("[a-d]{0,4}", 0..600)) {
            let mut lately = Lately::default();
            let mut counts: HashMap<Box<[u8]>, u32> = HashMap::new();
            for name in &names {
                if let Some(count) = lately.of(name.as_bytes()) {
                    *count += 1;
                } else if let Some((before, count)) = lately.say(name.as_bytes(), 1) {
                    *counts.entry(before).or_default() += count;
                }
            }
            for (name, count) in lately.take_all() {
                *counts.entry(name).or_default() += count;
            }
            for name in &names {
                let times = names.iter().filter(|other| *other == name).count();
                prop_assert_eq!(usize::try_from(counts[name.as_bytes()]).unwrap(), times);
            }
            prop_assert_eq!(lately.take_all().count(), 0);
        }
    }

    #[test]
    fn people_of_a_chat_mostly_stand_at_places_of_their_own() {
        let names: Vec<String> = (0..40)
            .map(|at| format!("+44 7700 900{:03}", at * 23))
            .collect();
        let places: std::collections::BTreeSet<usize> =
            names.iter().map(|name| place(name.as_bytes())).collect();
        assert!(places.len() > 25, "{}", places.len());
    }
}
