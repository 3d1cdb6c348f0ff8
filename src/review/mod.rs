//! Deciding: sessions, queries, decisions, undo.

mod act;
pub mod decisions;
mod error;
pub mod facts;
mod history;
pub mod list;
mod marking;
pub mod marks;
pub mod pace;
pub mod people;
pub mod place;
pub mod query;
pub mod queue;
pub mod rules;
pub mod sample;
mod session;
mod steps;
pub mod timeline;
pub mod ways;
pub mod whose;

pub use crate::case::ledger::How;
pub use act::{Asking, Decided, MAX_NOTE, MarkPreview, Preview, Refreshed, Target, Undone};
pub use decisions::{Decisions, Tally};
pub use error::ReviewError;
pub use facts::{Fact, Facts};
pub use list::List;
pub use marking::Standing;
pub use marks::Markings;
pub use query::{Query, QueryError};
pub use queue::Queue;
pub use session::Session;
pub use steps::in_words as what_in_words;
pub use ways::Way;
