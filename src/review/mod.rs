//! Deciding: sessions, queries, decisions, undo.

pub mod decisions;

pub use decisions::{Decisions, Tally};
