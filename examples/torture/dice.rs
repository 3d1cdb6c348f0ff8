//! What is drawn: the same numbers for the same seed, row and trial, on every machine.

/// A source of numbers (SplitMix64: Steele, Lea and Flood, OOPSLA 2014).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Of one trial of a row.
    pub fn of(seed: u64, row: &str, trial: u64) -> Dice {
        let row = row.bytes().fold(0, |sum: u64, byte| {
            sum.wrapping_mul(131).wrapping_add(byte.into())
        });
        let mut dice = Dice(seed ^ row.rotate_left(40));
        let mixed = dice.next() ^ trial.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Dice(mixed)
    }

    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one; 0 where there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        match end {
            0 => 0,
            _ => self.next() % end,
        }
    }

    /// A place in something so long.
    pub fn place(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// One of these; there must be some.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.place(of.len())]
    }

    /// Whether a coin that falls so once in `times` did.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}
