//! docket: review, decide and hand over official records kept in private chats.
//!
//! Data flows one way: export, importer, case, review, bundle. `tui` and `cli` are two thin shells
//! over one core, which knows no screen. `ARCHITECTURE.md` shows the rooms and what holds in them.

pub mod bundle;
pub mod case;
pub mod check;
pub mod findings;
pub mod guard;
pub mod import;
pub mod keeping;
pub mod model;
pub mod people;
pub mod review;
pub mod sandbox;
pub mod settings;
pub mod text;
pub mod unlocked;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "tui")]
pub mod tui;
