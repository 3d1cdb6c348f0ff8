//! The bundle and its verifier, driven from outside.

mod bags;
mod conformance;
mod custody;
mod hostile;
pub(super) mod outlook;
mod signed;
mod tables;
mod writing;
