//! How long a test waits before it says that something hangs: no measurement, as a machine may be
//! busy, but a bound that work which grows with the square of its input never keeps.

use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(180);

/// Fails where what began then has been at it for longer than any sound work takes.
#[track_caller]
pub fn no_hang(begun: Instant, what: &str) {
    assert!(begun.elapsed() < PATIENCE, "{what} hangs");
}
