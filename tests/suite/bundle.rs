//! The bundle and its verifier, driven from outside.

mod conformance;
