//! What leaves: the records bundle and its verifier.
//!
//! [`plan()`] is the dry run, [`outlook()`] what it says in a few numbers, [`write()`] makes the
//! bundle, [`verify()`] checks one. Which messages leave is decided in `choice` and nowhere else,
//! strictly from the ledger; the rules stand at the head of `select`.

mod ahead;
mod attached;
pub mod bag;
mod block;
pub mod certificate;
mod choice;
mod cleared;
mod closure;
mod commitments;
mod completeness;
mod context;
mod counts;
mod custody;
mod day;
mod decode;
mod digits;
mod earlier;
mod error;
mod exemptions;
mod exposure;
mod files;
pub mod forms;
pub mod handover;
mod hands;
mod identified;
mod last_look;
mod later;
mod layout;
mod likely;
mod limits;
mod mails;
mod maker;
mod making;
mod masked;
mod membership;
mod options;
mod package;
mod plan;
pub mod profile;
pub mod properties;
mod readme;
pub mod records;
mod rules;
pub mod seal;
mod second;
mod select;
mod selftest;
pub mod sign;
mod table;
mod tables;
mod tag_files;
mod unnamed;
pub mod verify;
mod withheld;
mod write;

pub use ahead::{Ahead, ahead};
pub use block::{Block, Missing};
pub use choice::{Outlook, outlook};
pub use commitments::{Opened, Proof, ProofError, check_proof, prove};
pub use completeness::{
    Cap, Completeness, DayRow, ExportRow, Filters, Gap, HoldsRow, RuleRow, SampleRow, SecondLook,
    SourceRow, ThreadRow,
};
pub use counts::{Counts, MailCounts};
pub use earlier::{Earlier, EarlierError};
pub use error::BundleError;
pub use exposure::exposures;
pub use later::{changes, plan_after};
pub(crate) use making::sweep;
pub use making::{Destination, Signing};
pub use options::Options;
pub use plan::{DayChange, Plan, ThreadPlan};
pub use selftest::Unsearched;
pub use verify::{Against, verify, verify_against, verify_with};
pub use write::{Written, plan, write, write_after, write_to};
