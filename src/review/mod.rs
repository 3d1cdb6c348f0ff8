//! Deciding: sessions, queries, decisions, undo.

pub mod decisions;
pub mod facts;
mod history;
pub mod list;
pub mod query;
mod session;
mod steps;

pub use crate::case::ledger::How;
pub use decisions::{Decisions, Tally};
pub use facts::{Fact, Facts};
pub use list::List;
pub use query::{Query, QueryError};
pub use session::{
    Asking, Decided, MAX_NOTE, Preview, Refreshed, ReviewError, Session, Target, Undone,
};
