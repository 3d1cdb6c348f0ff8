//! Why a session could not do something.

use super::MAX_NOTE;
use super::decisions::Disagreement;
use crate::case::CaseError;
use crate::case::changes::ChangesError;
use crate::case::ledger::LedgerError;
use crate::model::MessageNumber;

/// Why a session could not do something. Nothing of it is saved then.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The case refused.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Words that are no query; what is wrong with them, for a person.
    #[error("{0}")]
    Query(String),
    /// An entry's data cannot be read.
    #[error("entry {seq} of the ledger: {source}; run `docket check`")]
    Data {
        /// The entry.
        seq: u64,
        /// What is wrong.
        source: ChangesError,
    },
    /// An entry does not fit what came before it.
    #[error(
        "entry {seq} of the ledger does not fit the entries before it: {source}; run `docket check`"
    )]
    Disagreement {
        /// The entry.
        seq: u64,
        /// Where they differ.
        source: Disagreement,
    },
    /// An entry says that something held of a person which did not.
    #[error("entry {0} of the ledger does not fit the entries before it; run `docket check`")]
    People(u64),
    /// An entry says that a flag or a note was on a message which was not.
    #[error("entry {0} of the ledger does not fit the entries before it; run `docket check`")]
    Marks(u64),
    /// An entry says that something was said of a finding which was not.
    #[error("entry {0} of the ledger does not fit the entries before it; run `docket check`")]
    Findings(u64),
    /// An entry says that messages were one which were not.
    #[error("entry {0} of the ledger does not fit the entries before it; run `docket check`")]
    Same(u64),
    /// These cannot be one, or cannot be taken apart.
    #[error("{0}")]
    NotSame(String),
    /// There is no such reason in the case's list.
    #[error("there is no reason {code}{near}; docket reasons lists them")]
    NoSuchReason {
        /// As given.
        code: String,
        /// The nearest that there is, in words.
        near: String,
    },
    /// An entry says that masks lay on a message which did not.
    #[error("entry {0} of the ledger does not fit the entries before it; run `docket check`")]
    Masks(u64),
    /// There is no such reason for masks in the case's list.
    #[error("there is no reason {0} for a mask; docket redactions --reasons lists them")]
    NoSuchMaskReason(String),
    /// What is to be masked cannot be told.
    #[error("{0}")]
    Redaction(String),
    /// A reason was given for no decision.
    #[error("what is undecided has no reason; leave the reason out")]
    NoReason,
    /// A note without words.
    #[error("a note has 1 to {MAX_NOTE} bytes")]
    NoWords,
    /// Somebody would countersign what they decided themselves.
    #[error("nobody countersigns their own decision; another reviewer has to")]
    Own,
    /// A second word cannot be what was given.
    #[error("{0}")]
    NothingSaid(&'static str),
    /// An entry says that a rule said something which it did not.
    #[error("entry {0} of the ledger does not fit the entries before it; run `docket check`")]
    Rules(u64),
    /// A rule cannot be what was given.
    #[error("{0}")]
    Rule(String),
    /// Another reviewer changed the rule since this session saw it.
    #[error(
        "another reviewer changed this rule meanwhile, and nothing was saved; look, then do it again"
    )]
    RuleMeanwhile,
    /// Another reviewer changed the same of a person since this session saw it.
    #[error(
        "another reviewer changed this person meanwhile, and nothing was saved; look, then do it \
         again"
    )]
    Meanwhile,
    /// A file of contacts cannot be used.
    #[error("{path}: {source}")]
    Contacts {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: crate::import::contacts::NoContacts,
    },
    /// An entry changed more or fewer messages than it says.
    #[error(
        "entry {0} of the ledger did not change as many messages as it says; run `docket check`"
    )]
    Miscounted(u64),
    /// The ledger is not the one that this session has read.
    #[error(
        "the ledger is not what it was: entries that were there are gone or changed; run `docket check`"
    )]
    Rewritten,
    /// The ledger tells of messages that the case does not hold.
    #[error("the case lacks messages that its ledger tells of; run `docket rebuild`")]
    Incomplete,
    /// There is no such message or thread.
    #[error("there is no {0} in this case")]
    Missing(String),
    /// A fact cannot be what was given.
    #[error("{0}")]
    Fact(String),
    /// The reason given with a decision is too long.
    #[error("a reason has at most {MAX_NOTE} bytes; shorten it")]
    Note,
    /// The person stopped it.
    #[error("stopped: nothing was changed")]
    Stopped,
    /// Context is asked for around a message that is not handed over.
    #[error("message {0} is not decided official or mixed; context is for what is handed over")]
    NoRecord(MessageNumber),
    /// Bytes for the ledger could not be made.
    #[error("the changes cannot be written: {0}")]
    Encode(#[from] std::io::Error),
}
