//! Why an export was not read: it is at fault, or the case is, or a person stopped it.

use super::CaseError;
use super::originals::SealError;
use crate::import::ReadError;

/// Why a source was not read.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is an archive with several exports, to be read one by one: see
    /// [`super::batch::Batch::packets`].
    Several,
    /// The source is at fault: it is refused, the others go on.
    Refused(String),
    /// The case is, or the person stopped it.
    Case(CaseError),
}

impl From<CaseError> for Failure {
    fn from(error: CaseError) -> Failure {
        Failure::Case(error)
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Failure {
        match error {
            SealError::Refused(why) => Failure::Refused(why),
            SealError::Case(error) => Failure::Case(error),
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        match error {
            ReadError::Stopped => Failure::Case(CaseError::Stopped),
            other => Failure::Refused(other.to_string()),
        }
    }
}
