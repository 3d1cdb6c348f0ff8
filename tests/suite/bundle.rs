//! The bundle and its verifier, driven from outside.

mod bags;
mod conformance;
mod hostile;
mod writing;
