//! How far a long job is.

use super::CaseError;
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

/// Tells of bytes or things, each time how many more, and stops the job where it is to stop.
pub(super) fn ticker<'a>(
    stage: &'a str,
    progress: &'a mut dyn Progress,
) -> impl FnMut(u64) -> Result<(), CaseError> + use<'a> {
    let mut done = 0;
    move |count| {
        done += count;
        match progress.tick(stage, done, 0) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(CaseError::Stopped),
        }
    }
}
