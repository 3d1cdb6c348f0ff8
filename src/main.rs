//! Starts docket.

fn main() {}
