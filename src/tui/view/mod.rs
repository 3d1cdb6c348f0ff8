//! Drawing: what the state looks like. No I/O; only the rows in view are read.

pub mod canvas;
