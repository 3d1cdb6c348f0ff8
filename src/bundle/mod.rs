//! What leaves: the records bundle and its verifier.

pub mod bag;
pub mod records;
pub mod verify;

pub use verify::verify;
