//! How long a reader of foreign bytes may go without getting on, in time of the processor: a slow or a
//! busy machine costs it nothing.
//!
//! It gets on when it reads on in its export, and when it tells what it read. A reader that does
//! neither for [`STUCK`] seconds is at one record without an end. One that reads on and tells
//! nothing has longer, because some archives are read through before anything can be told of them;
//! whoever has it read says how long. A large export may take hours, as long as it gets on.
//! The system ends the process (`SIGXCPU`): whatever it is at need not look at a clock.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::sync::atomic::{AtomicU64, Ordering};

/// Seconds of the processor that a reader may be at one thing.
pub const STUCK: u64 = 5;
/// Milliseconds that pass before the limit is moved again.
const AGAIN: u64 = 500;

/// Seconds that a reader may be at one thing; 0 where there is no limit.
static PATIENCE: AtomicU64 = AtomicU64::new(0);
/// Seconds that it may tell nothing.
static SILENT: AtomicU64 = AtomicU64::new(0);
/// At which second of its time it told something last.
static TOLD: AtomicU64 = AtomicU64::new(0);
/// Milliseconds of the clock after which the limit is moved again.
static NEXT: AtomicU64 = AtomicU64::new(0);
/// That clock: it is looked at for every message, and a few milliseconds are nothing to it.
#[cfg(target_os = "linux")]
const CLOCK: ClockId = ClockId::MonotonicCoarse;
#[cfg(not(target_os = "linux"))]
const CLOCK: ClockId = ClockId::Monotonic;

/// From now on this process is ended when it does not get on: when for `stuck` seconds it neither reads
/// nor tells, or for `silent` seconds tells nothing.
pub fn begin(stuck: u64, silent: u64) {
    PATIENCE.store(stuck.max(1), Ordering::Relaxed);
    SILENT.store(silent.max(stuck), Ordering::Relaxed);
    TOLD.store(seconds_used(), Ordering::Relaxed);
    move_limit();
}

/// Something was told.
pub fn tells() {
    if is_due() {
        TOLD.store(seconds_used(), Ordering::Relaxed);
        move_limit();
    }
}

/// Something was read.
pub fn reads() {
    if is_due() {
        move_limit();
    }
}

/// Finds out how to ask for the time and move a limit, before calls are refused.
pub(super) fn find_out() {
    milliseconds();
    allow_until(u64::MAX);
    seconds_used();
}

/// Whether there is a limit to be moved, and it was not moved just now.
fn is_due() -> bool {
    if PATIENCE.load(Ordering::Relaxed) == 0 {
        return false;
    }
    let passed = milliseconds();
    if passed < NEXT.load(Ordering::Relaxed) {
        return false;
    }
    NEXT.store(passed.saturating_add(AGAIN), Ordering::Relaxed);
    true
}

/// Of the clock.
fn milliseconds() -> u64 {
    let now = clock_gettime(CLOCK);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let rest = u64::try_from(now.tv_nsec / 1_000_000).unwrap_or(0);
    seconds.saturating_mul(1000).saturating_add(rest)
}

fn move_limit() {
    let (stuck, silent) = (&PATIENCE, &SILENT);
    let until_told = TOLD.load(Ordering::Relaxed);
    let until_told = until_told.saturating_add(silent.load(Ordering::Relaxed));
    let from_now = seconds_used().saturating_add(stuck.load(Ordering::Relaxed));
    allow_until(until_told.min(from_now));
}

/// Ends this process once it has used so many seconds of the processor, or as many as it may at most.
fn allow_until(seconds: u64) {
    let maximum = getrlimit(Resource::Cpu).maximum;
    let limit = Rlimit {
        current: Some(maximum.map_or(seconds, |most| most.min(seconds))),
        maximum,
    };
    // Where it cannot be set, the limit that is there holds.
    let _ = setrlimit(Resource::Cpu, limit);
}

/// Whole seconds of the processor that this process has used, rounded up.
fn seconds_used() -> u64 {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    u64::try_from(used.tv_sec).unwrap_or(0).saturating_add(1)
}
