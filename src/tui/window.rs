//! A window over a long list whose entries take one row or many: the cursor, what is in view, and
//! how both move. Only entries near the window are ever measured, so a list of ten million costs
//! what a list of ten does.

/// A row of a list: an entry and a row inside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Anchor {
    /// The entry, from 0.
    pub entry: u32,
    /// The row inside it, from 0.
    pub row: u32,
}

/// A list as the window sees it: how many entries, and how many rows each takes (at least one).
pub struct Rows<'a> {
    /// Entries.
    pub len: u32,
    /// Rows of an entry.
    pub of: &'a dyn Fn(u32) -> u32,
}

impl Rows<'_> {
    fn at(&self, entry: u32) -> u32 {
        (self.of)(entry).max(1)
    }

    fn last(&self) -> u32 {
        self.len.saturating_sub(1)
    }

    /// The row `rows` further on, or the list's last row.
    fn after(&self, from: Anchor, rows: u32) -> Anchor {
        let mut at = from;
        let mut left = rows;
        loop {
            let rest = self.at(at.entry).saturating_sub(at.row + 1);
            if left <= rest {
                at.row += left;
                return at;
            }
            if at.entry >= self.last() {
                at.row += rest;
                return at;
            }
            left -= rest + 1;
            at = Anchor {
                entry: at.entry + 1,
                row: 0,
            };
        }
    }

    /// The row `rows` before, or the list's first row.
    fn before(&self, from: Anchor, rows: u32) -> Anchor {
        let mut at = from;
        let mut left = rows;
        loop {
            if left <= at.row {
                at.row -= left;
                return at;
            }
            if at.entry == 0 {
                return Anchor::default();
            }
            left -= at.row + 1;
            at.entry -= 1;
            at.row = self.at(at.entry) - 1;
        }
    }

    fn end_of(&self, entry: u32) -> Anchor {
        Anchor {
            entry,
            row: self.at(entry) - 1,
        }
    }

    /// Rows from one row to a later one, counted no further than `most`.
    pub fn between(&self, from: Anchor, to: Anchor, most: u32) -> u32 {
        let mut at = from;
        let mut count = 0;
        while at.entry < to.entry && count < most {
            count += self.at(at.entry).saturating_sub(at.row);
            at = Anchor {
                entry: at.entry + 1,
                row: 0,
            };
        }
        count
            .saturating_add(to.row.saturating_sub(at.row))
            .min(most)
    }
}

/// Where in the window the cursor's entry is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// At its top.
    Top,
    /// In its middle.
    Middle,
    /// At its bottom.
    Bottom,
}

/// The cursor and the first row in view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The entry that the cursor is on.
    pub cursor: u32,
    /// The first row in view.
    pub top: Anchor,
}

/// Rows kept in view beyond the cursor, so that nothing is judged without what follows it.
fn margin(height: u32) -> u32 {
    if height >= 12 { 2 } else { 0 }
}

impl Window {
    /// Brings the cursor into the list and its entry into view, moving as little as can be; after a
    /// far jump the entry stands in the middle. To be called before every frame.
    pub fn settle(&mut self, rows: &Rows<'_>, height: u32) {
        if rows.len == 0 {
            *self = Window::default();
            return;
        }
        self.cursor = self.cursor.min(rows.last());
        // What has no room now, because the details take all of it, keeps its place.
        if height == 0 {
            return;
        }
        if self.top.entry > rows.last() {
            self.top = rows.end_of(rows.last());
        }
        self.top.row = self.top.row.min(rows.at(self.top.entry) - 1);

        let start = Anchor {
            entry: self.cursor,
            row: 0,
        };
        let end = rows.end_of(self.cursor);
        let tall = end.row + 1 > height;
        let far = height;
        let keep = margin(height).min(height.saturating_sub(end.row + 1) / 2);
        if tall {
            if self.top.entry != self.cursor {
                self.top = start;
            }
            self.top.row = self.top.row.min(end.row + 1 - height);
        } else if start < self.top {
            let above = rows.before(start, keep);
            let distance = rows.between(start, self.top, far);
            if distance >= far {
                self.put(Spot::Middle, rows, height);
            } else {
                self.top = above;
            }
        } else {
            let wanted = rows.after(end, keep);
            let down_to = rows.between(self.top, wanted, far.saturating_mul(3)) + 1;
            if down_to > far.saturating_mul(2) {
                self.put(Spot::Middle, rows, height);
            } else if down_to > height {
                self.top = rows.after(self.top, down_to - height).min(start);
            } else if start.entry > 0 || start.row > 0 {
                self.top = self.top.min(rows.before(start, keep));
            } else {
                self.top = start;
            }
        }
        if !tall {
            self.top = self.top.min(self.lowest_top(rows, height));
        }
    }

    /// The top that brings the end of the list to the end of the window.
    fn lowest_top(&self, rows: &Rows<'_>, height: u32) -> Anchor {
        rows.before(rows.end_of(rows.last()), height.saturating_sub(1))
    }

    /// Puts the cursor's entry into this part of the window.
    pub fn put(&mut self, spot: Spot, rows: &Rows<'_>, height: u32) {
        if rows.len == 0 {
            return;
        }
        let start = Anchor {
            entry: self.cursor,
            row: 0,
        };
        self.top = match spot {
            Spot::Top => start,
            Spot::Middle => rows.before(start, height.saturating_sub(rows.at(self.cursor)) / 2),
            Spot::Bottom => rows.before(rows.end_of(self.cursor), height.saturating_sub(1)),
        };
    }

    /// Moves on by entries; inside an entry taller than the window, by almost a window first.
    pub fn down(&mut self, count: u32, rows: &Rows<'_>, height: u32) {
        let end = rows.end_of(self.cursor);
        let bottom = rows.after(self.top, height.saturating_sub(1));
        if count == 1 && self.top.entry == self.cursor && bottom < end {
            let hidden = rows.between(bottom, end, height);
            self.top = rows.after(self.top, hidden.min(height.saturating_sub(2).max(1)));
        } else {
            self.cursor = self.cursor.saturating_add(count).min(rows.last());
        }
    }

    /// Moves back by entries; inside an entry taller than the window, by almost a window first.
    pub fn up(&mut self, count: u32, rows: &Rows<'_>, height: u32) {
        if count == 1 && self.top.entry == self.cursor && self.top.row > 0 {
            let back = self.top.row.min(height.saturating_sub(2).max(1));
            self.top = rows.before(self.top, back);
        } else {
            let before = self.cursor;
            self.cursor = self.cursor.saturating_sub(count);
            let tall = rows.at(self.cursor) > height;
            if tall && count == 1 && self.cursor != before {
                self.put(Spot::Bottom, rows, height);
            }
        }
    }

    /// Moves the window by rows (down where positive) and takes the cursor along, so that it stays
    /// at about the same place of the window.
    pub fn scroll(&mut self, by: i64, carry: bool, rows: &Rows<'_>, height: u32) {
        if rows.len == 0 {
            return;
        }
        let amount = u32::try_from(by.unsigned_abs()).unwrap_or(u32::MAX);
        let start = Anchor {
            entry: self.cursor,
            row: 0,
        };
        let place = if start >= self.top {
            rows.between(self.top, start, height)
        } else {
            0
        };
        let before = self.top;
        self.top = if by >= 0 {
            rows.after(self.top, amount)
                .min(self.lowest_top(rows, height).max(self.top))
        } else {
            rows.before(self.top, amount)
        };
        if self.top == before {
            if carry {
                self.cursor = if by >= 0 { rows.last() } else { 0 };
            }
            return;
        }
        let keep = margin(height);
        let place = if carry {
            place
        } else {
            // The cursor stays on its entry while that is in view.
            let bottom = rows.after(self.top, height.saturating_sub(1 + keep));
            let first = if self.top.entry == 0 && self.top.row == 0 {
                self.top
            } else {
                rows.after(self.top, keep)
            };
            if start < first {
                rows.between(self.top, first, height)
            } else if rows.end_of(self.cursor) > bottom {
                height.saturating_sub(1 + keep)
            } else {
                return;
            }
        };
        let mut at = rows.after(self.top, place);
        if at.row > 0
            && by >= 0
            && at.entry < rows.last()
            && rows.at(at.entry) <= height
            && place < height / 2
        {
            at.entry += 1;
        }
        self.cursor = at.entry;
    }

    /// The rows in view, from the top.
    pub fn in_view(&self, rows: &Rows<'_>, height: u32) -> Vec<Anchor> {
        let mut list = Vec::new();
        let mut at = self.top;
        while at.entry < rows.len && (list.len() as u64) < u64::from(height) {
            let count = rows.at(at.entry);
            while at.row < count && (list.len() as u64) < u64::from(height) {
                list.push(at);
                at.row += 1;
            }
            at = Anchor {
                entry: at.entry + 1,
                row: 0,
            };
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn settled(cursor: u32, top: u32, len: u32, height: u32) -> Window {
        let mut window = Window {
            cursor,
            top: Anchor { entry: top, row: 0 },
        };
        window.settle(&Rows { len, of: &|_| 1 }, height);
        window
    }

    #[test]
    fn one_step_past_the_edge_scrolls_one_row() {
        let rows = Rows {
            len: 1000,
            of: &|_| 1,
        };
        let mut window = settled(17, 0, 1000, 20);
        assert_eq!(window.top.entry, 0);
        window.down(1, &rows, 20);
        window.settle(&rows, 20);
        assert_eq!((window.cursor, window.top.entry), (18, 1));
    }

    #[test]
    fn a_far_jump_lands_in_the_middle_and_the_end_fills_the_window() {
        assert_eq!(settled(500, 0, 1000, 20).top.entry, 491);
        assert_eq!(settled(999, 0, 1000, 20).top.entry, 980);
        assert_eq!(settled(0, 900, 1000, 20).top.entry, 0);
    }

    #[test]
    fn a_tall_entry_is_read_to_its_end_before_the_next() {
        let of = |entry| if entry == 1 { 50 } else { 1 };
        let rows = Rows { len: 3, of: &of };
        let mut window = Window {
            cursor: 1,
            top: Anchor::default(),
        };
        window.settle(&rows, 10);
        assert_eq!(window.top, Anchor { entry: 1, row: 0 });
        let mut steps = 0;
        while window.cursor == 1 {
            window.down(1, &rows, 10);
            window.settle(&rows, 10);
            steps += 1;
            assert!(steps < 20);
        }
        assert_eq!(steps, 6);
        window.up(1, &rows, 10);
        window.settle(&rows, 10);
        assert_eq!(window.cursor, 1);
        assert_eq!(window.top, Anchor { entry: 1, row: 40 });
    }

    #[test]
    fn ten_million_entries_cost_what_ten_do() {
        let asked = std::cell::Cell::new(0_u32);
        let of = |entry: u32| {
            asked.set(asked.get() + 1);
            1 + entry % 3
        };
        let rows = Rows {
            len: 10_000_000,
            of: &of,
        };
        let mut window = Window::default();
        for target in [9_999_999, 0, 5_000_000] {
            window.cursor = target;
            window.settle(&rows, 50);
        }
        assert!(asked.get() < 3_000, "{}", asked.get());
    }

    proptest! {
        #[test]
        fn whatever_is_done_the_cursor_is_in_view(
            heights in prop::collection::vec(1_u32..30, 1..40),
            height in 1_u32..25,
            steps in prop::collection::vec((0_u8..8, 1_u32..60), 0..60),
        ) {
            let of = |entry: u32| heights[entry as usize];
            let rows = Rows { len: heights.len() as u32, of: &of };
            let mut window = Window::default();
            window.settle(&rows, height);
            for (step, n) in steps {
                match step {
                    0 => window.down(1, &rows, height),
                    1 => window.up(1, &rows, height),
                    2 => window.down(n, &rows, height),
                    3 => window.up(n, &rows, height),
                    4 => window.scroll(i64::from(n), true, &rows, height),
                    5 => window.scroll(-i64::from(n), true, &rows, height),
                    6 => window.scroll(1, false, &rows, height),
                    _ => window.scroll(-1, false, &rows, height),
                }
                window.settle(&rows, height);
                let view = window.in_view(&rows, height);
                prop_assert!(view.iter().any(|anchor| anchor.entry == window.cursor));
                let whole = view.iter().filter(|anchor| anchor.entry == window.cursor).count() as u32;
                prop_assert_eq!(whole, of(window.cursor).min(height));
            }
        }

        #[test]
        fn down_reaches_the_end_and_up_the_start(heights in prop::collection::vec(1_u32..30, 1..40), height in 1_u32..25) {
            let of = |entry: u32| heights[entry as usize];
            let rows = Rows { len: heights.len() as u32, of: &of };
            let mut window = Window::default();
            window.settle(&rows, height);
            for _ in 0..2_000 {
                window.down(1, &rows, height);
                window.settle(&rows, height);
            }
            prop_assert_eq!(window.cursor, rows.len - 1);
            for _ in 0..2_000 {
                window.up(1, &rows, height);
                window.settle(&rows, height);
            }
            prop_assert_eq!(window, Window::default());
        }
    }
}
