//! How far a long job is.

use std::ops::ControlFlow;

/// Is told how far a long job is, and stops it.
pub trait Progress {
    /// Takes the stage in a word or two, and how much of it is done. `total` is 0 where it is not
    /// known. [`ControlFlow::Break`] stops the job, which leaves the case as it was.
    fn tick(&mut self, stage: &str, done: u64, total: u64) -> ControlFlow<()>;
}

/// Takes no interest in progress and never stops a job.
impl Progress for () {
    fn tick(&mut self, _stage: &str, _done: u64, _total: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
