//! The bundle and its verifier, driven from outside.

mod bags;
mod conformance;
mod custody;
mod hostile;
mod signed;
mod tables;
mod writing;
