//! Rows that only moved: a list that goes on by a line is one instruction to the terminal and one new
//! row, whatever the list is of.

use super::terminal::Scroll;
use ratatui::buffer::{Buffer, Cell};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Fewer rows than this are written anew as cheaply as they are moved.
const WORTH_IT: usize = 3;

/// By how much most of the rows that differ moved, if they moved at all: a guess from what both
/// screens show, never needed for a right picture.
pub fn guess(from: &Buffer, next: &Buffer) -> Option<Scroll> {
    if from.area != next.area {
        return None;
    }
    let width = usize::from(next.area.width).max(1);
    let both = from
        .content()
        .chunks(width)
        .zip(next.content().chunks(width));
    if both.filter(|(a, b)| a != b).take(WORTH_IT + 1).count() <= WORTH_IT {
        return None;
    }
    let (old, new) = (rows(from), rows(next));
    let height = new.len();
    let (mut best, mut found) = (WORTH_IT, None);
    for by in 1..height {
        for up in [true, false] {
            let (above, below) = if up { (&new, &old) } else { (&old, &new) };
            // A row stands `by` rows above where it stood, or the other way round.
            let mut count = 0;
            let (mut first, mut last) = (height, 0);
            for (y, (high, low)) in above.iter().zip(below.iter().skip(by)).enumerate() {
                let stayed = match up {
                    true => old.get(y) == Some(high),
                    false => new.get(y + by) == old.get(y + by),
                };
                if high.is_some() && high == low && !stayed {
                    count += 1;
                    first = first.min(y);
                    last = y;
                }
            }
            if count > best {
                best = count;
                found = Some((first, last + by + 1, by, up));
            }
        }
    }
    let (top, bottom, by, up) = found?;
    let by = i16::try_from(by).ok()?;
    Some(Scroll {
        top: u16::try_from(top).ok()?,
        bottom: u16::try_from(bottom).ok()?,
        up: if up { by } else { -by },
    })
}

/// A number for each row's cells; none for a blank one.
fn rows(buffer: &Buffer) -> Vec<Option<u64>> {
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let width = usize::from(buffer.area.width).max(1);
    let blank = Cell::EMPTY;
    let rows = buffer.content().chunks(width);
    rows.map(|row| {
        let is_blank = row.iter().all(|cell| *cell == blank);
        (!is_blank).then(|| hasher.hash_one(row))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(rows: &[&str]) -> Buffer {
        Buffer::with_lines(rows.iter().map(|row| row.to_string()))
    }

    #[test]
    fn a_list_that_goes_on_is_seen_both_ways() {
        let before = screen(&[
            "head", "one ", "two ", "3   ", "4   ", "5   ", "6   ", "foot",
        ]);
        let after = screen(&[
            "head", "two ", "3   ", "4   ", "5   ", "6   ", "7   ", "feet",
        ]);
        let down = guess(&before, &after).unwrap();
        assert_eq!((down.top, down.bottom, down.up), (1, 7, 1));
        let back = guess(&after, &before).unwrap();
        assert_eq!((back.top, back.bottom, back.up), (1, 7, -1));
    }

    #[test]
    fn what_stays_or_is_new_moved_nowhere() {
        let one = screen(&["a", "b", "c", "d", "e", "", "", ""]);
        assert_eq!(guess(&one, &one), None);
        let other = screen(&["f", "g", "h", "i", "j", "", "", ""]);
        assert_eq!(guess(&one, &other), None);
        // Blank rows that are like other blank rows are no evidence.
        let few = screen(&["f", "g", "", "", "", "", "", ""]);
        assert_eq!(guess(&one, &few), None);
    }
}
