//! By how much the clocks of two tellings of one chat differ, message by message.

/// What is paired by its time wavers by no more than this, whatever the holds show.
pub(super) const LOOSEST: i64 = 300;
/// Holds on each side of one whose clocks are compared with its own.
const NEIGHBOURS: usize = 4;

/// By how much the clock there is ahead.
pub(super) struct Clocks {
    /// From which message there on, and how many seconds; ascending.
    pub ahead: Vec<(u32, i64)>,
    /// Seconds by which the time of a single message wavers around that.
    pub waver: i64,
}

impl Clocks {
    /// At this message there: between what the holds before and after it show.
    pub(super) fn ahead(&self, at: u32) -> i64 {
        let next = self.ahead.partition_point(|(from, _)| *from <= at);
        let before = next.checked_sub(1).and_then(|at| self.ahead.get(at));
        match (before, self.ahead.get(next)) {
            (Some((from, ahead)), Some((to, later))) => {
                let (past, all) = (i64::from(at - from), i64::from(to - from));
                let step = later - ahead;
                if step.abs() <= LOOSEST {
                    // A clock that drifts.
                    ahead + step * past / all.max(1)
                } else if past * 2 <= all {
                    *ahead
                } else {
                    *later
                }
            }
            (Some((_, ahead)), None) | (None, Some((_, ahead))) => *ahead,
            (None, None) => 0,
        }
    }

    /// By how many seconds that may be wrong at this message: what the clock drifts between the
    /// holds around it.
    pub(super) fn slack(&self, at: u32) -> i64 {
        let next = self.ahead.partition_point(|(from, _)| *from < at);
        // Before the first hold and after the last one, what it drifts between the next few.
        let (from, to) = if next == 0 {
            (0, NEIGHBOURS)
        } else if next >= self.ahead.len() {
            (next.saturating_sub(NEIGHBOURS), next)
        } else {
            (next - 1, next + 1)
        };
        let near = self
            .ahead
            .get(from..to.min(self.ahead.len()))
            .unwrap_or_default();
        let least = near.iter().map(|(_, ahead)| *ahead).min().unwrap_or(0);
        let most = near.iter().map(|(_, ahead)| *ahead).max().unwrap_or(0);
        let step = most - least;
        if step <= LOOSEST { step } else { 0 }
    }

    pub(super) fn is_shifted(&self) -> bool {
        self.ahead.iter().any(|(_, ahead)| *ahead != 0)
    }
}

fn median(mut all: Vec<i64>) -> i64 {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or(0)
}

/// The largest of all but the two in a hundred that are largest.
pub(super) fn most_of(mut all: Vec<i64>) -> i64 {
    all.sort_unstable();
    let most = all.len().saturating_sub(1 + all.len() / 50);
    all.get(most).copied().unwrap_or(0)
}

/// The median of what stands around each place, its own included.
pub(super) fn smooth(all: &[i64]) -> Vec<i64> {
    if all.windows(2).all(|two| two.first() == two.last()) {
        return all.to_vec();
    }
    (0..all.len())
        .map(|at| {
            let from = at.saturating_sub(NEIGHBOURS);
            let to = at.saturating_add(NEIGHBOURS + 1).min(all.len());
            median(all.get(from..to).unwrap_or_default().to_vec())
        })
        .collect()
}
