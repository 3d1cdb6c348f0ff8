//! How far an import is: which export of how many, its stage, and bytes done of bytes known to be
//! ahead. Neither goes back: what turns out to be more to do is added to the total.

use crate::case::Progress;
use std::ops::ControlFlow;

/// Tells the stages of many exports as one job.
pub(super) struct Steps<'a> {
    inner: &'a mut dyn Progress,
    /// The export at work, counted from 1, and how many there are.
    at: usize,
    exports: usize,
    /// Bytes of each export as given that is still ahead, the next one last.
    sizes: Vec<u64>,
    /// What is to be done after all exports are read.
    last: u64,
    /// The stage as its own job names it, and as it is told.
    stage: String,
    label: String,
    /// What was done before the stage, and in it.
    before: u64,
    in_stage: u64,
    /// What was told last.
    done: u64,
    total: u64,
}

impl<'a> Steps<'a> {
    /// Exports with so many bytes each: they are sealed, read and indexed.
    pub(super) fn new(inner: &'a mut dyn Progress, mut sizes: Vec<u64>) -> Steps<'a> {
        sizes.reverse();
        let all = sum(&sizes);
        Steps {
            inner,
            at: 0,
            exports: sizes.len(),
            sizes,
            last: all,
            stage: String::new(),
            label: String::new(),
            before: 0,
            in_stage: 0,
            done: 0,
            total: all.saturating_mul(3),
        }
    }

    /// The next export begins.
    pub(super) fn next(&mut self) {
        self.sizes.pop();
        self.at = self.at.saturating_add(1);
        self.stage.clear();
    }

    /// The export at work turned out to be so many.
    pub(super) fn are(&mut self, exports: usize) {
        self.exports = self.exports.saturating_add(exports).saturating_sub(1);
        self.stage.clear();
    }

    /// The next export of those that one turned out to be begins.
    pub(super) fn next_of_them(&mut self) {
        self.at = self.at.saturating_add(1);
        self.stage.clear();
    }

    /// All exports are read: what is left is done for all at once.
    pub(super) fn end(&mut self) {
        self.sizes.clear();
        self.at = 0;
        self.stage.clear();
    }

    fn enter(&mut self, stage: &str) {
        stage.clone_into(&mut self.stage);
        self.label = match self.at {
            1.. if self.exports > 1 => {
                let at = self.at.min(self.exports);
                format!("export {at} of {}: {stage}", self.exports)
            }
            _ => stage.to_owned(),
        };
    }
}

fn sum(sizes: &[u64]) -> u64 {
    sizes
        .iter()
        .fold(0, |sum: u64, size| sum.saturating_add(*size))
}

impl Progress for Steps<'_> {
    fn tick(&mut self, stage: &str, done: u64, total: u64) -> ControlFlow<()> {
        // The index counts messages; it is told as the share of bytes set aside for it.
        let (done, total) = match self.at {
            0 if total > 0 => {
                let share = u128::from(self.last) * u128::from(done) / u128::from(total);
                (u64::try_from(share).unwrap_or(self.last), self.last)
            }
            _ => (done, total),
        };
        if stage != self.stage || done < self.in_stage {
            self.before = self.done;
            self.enter(stage);
        }
        self.in_stage = done;
        let ahead = match self.at {
            0 => 0,
            _ => sum(&self.sizes).saturating_mul(2).saturating_add(self.last),
        };
        let whole = self.before.saturating_add(total).saturating_add(ahead);
        self.done = self.done.max(self.before.saturating_add(done));
        self.total = self.total.max(whole).max(self.done);
        self.inner.tick(&self.label, self.done, self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Default)]
    struct Told(Vec<(String, u64, u64)>);

    impl Progress for Told {
        fn tick(&mut self, stage: &str, done: u64, total: u64) -> ControlFlow<()> {
            self.0.push((stage.to_owned(), done, total));
            match stage {
                "stop" => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }
    }

    #[test]
    fn each_export_is_told_by_its_number() {
        let mut told = Told::default();
        let mut steps = Steps::new(&mut told, vec![10, 20]);
        steps.next();
        let _ = steps.tick("sealing", 10, 10);
        let _ = steps.tick("reading", 5, 10);
        // It is read once more.
        let _ = steps.tick("reading", 1, 10);
        steps.next();
        steps.are(2);
        let _ = steps.tick("sealing", 20, 20);
        steps.next_of_them();
        let _ = steps.tick("reading", 20, 20);
        steps.end();
        let _ = steps.tick("indexing", 7, 7);
        let stages: Vec<&str> = told.0.iter().map(|told| told.0.as_str()).collect();
        assert_eq!(
            stages,
            [
                "export 1 of 2: sealing",
                "export 1 of 2: reading",
                "export 1 of 2: reading",
                "export 2 of 3: sealing",
                "export 3 of 3: reading",
                "indexing"
            ]
        );
        let done: Vec<u64> = told.0.iter().map(|told| told.1).collect();
        assert_eq!(done, [10, 15, 16, 36, 56, 86]);
        assert_eq!(told.0.last().map(|told| told.2), Some(95));
        // One alone is told as it is, and stops as it did.
        let mut told = Told::default();
        let mut steps = Steps::new(&mut told, vec![10]);
        steps.next();
        assert!(steps.tick("stop", 1, 10).is_break());
        assert_eq!(told.0, [("stop".to_owned(), 1, 30)]);
    }

    proptest! {
        /// Whatever is told, what is done and what is to do only grow, and the one is never more
        /// than the other.
        #[test]
        fn nothing_goes_back(
            sizes in proptest::collection::vec(0u64..1000, 0..6),
            ticks in proptest::collection::vec((0u8..8, 0u64..2000, 0u64..2000), 0..60),
        ) {
            let mut told = Told::default();
            let mut steps = Steps::new(&mut told, sizes);
            for (what, done, total) in ticks {
                match what {
                    0 => steps.next(),
                    1 => steps.are(3),
                    2 => steps.next_of_them(),
                    3 => steps.end(),
                    4 => { let _ = steps.tick("sealing", done, total); }
                    _ => { let _ = steps.tick("reading", done, total); }
                }
            }
            for (this, next) in told.0.iter().zip(told.0.iter().skip(1)) {
                prop_assert!(this.1 <= next.1 && this.2 <= next.2);
            }
            prop_assert!(told.0.iter().all(|told| told.1 <= told.2));
        }
    }
}
