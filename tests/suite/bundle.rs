//! The bundle and its verifier, driven from outside.

mod bags;
mod conformance;
mod custody;
mod hostile;
mod later;
pub(super) mod outlook;
mod profiles;
mod properties;
mod signed;
mod tables;
mod writing;
