//! Deciding: sessions, queries, decisions, undo.

pub mod decisions;
pub mod query;

pub use decisions::{Decisions, Tally};
pub use query::{Query, QueryError};
