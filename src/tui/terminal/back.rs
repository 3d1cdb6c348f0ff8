//! The way back: the terminal as it was, from whichever thread, whatever the others are at.
//!
//! Nothing here waits for what a thread of docket's may hold for long: the locks of standard output
//! and standard error are the command's for as long as it runs, so both are passed by.

use super::{LEAVE, modes, pictures};
use crate::unlocked;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Whether the terminal is in the screen's modes now; the panic hook and the signals ask it.
static ENTERED: AtomicBool = AtomicBool::new(false);
/// Whether a picture of kitty's protocol, which lies over the cells, may be on the screen.
static PICTURED: AtomicBool = AtomicBool::new(false);
/// Whether the terminal was given back for good: docket is ending.
static FOR_GOOD: AtomicBool = AtomicBool::new(false);
/// Whose turn it is to write to the terminal. Nobody reads the case while it is theirs, so that no
/// thread that a file of the case fails can hold it.
static TURN: Mutex<()> = Mutex::new(());

/// Whether the terminal is in the screen's modes now.
pub(super) fn is_entered() -> bool {
    ENTERED.load(Ordering::SeqCst)
}

/// Notes that the terminal is in the screen's modes from now on.
pub(super) fn entered() {
    ENTERED.store(true, Ordering::SeqCst);
}

/// Notes whether a picture that lies over the cells is on the screen.
pub(super) fn pictured(lies_over: bool) {
    PICTURED.store(lies_over, Ordering::SeqCst);
}

/// Writes to the terminal, unless it was given back for good: then nothing is done.
///
/// # Errors
/// Those of `write`.
pub(super) fn in_turn(write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    match FOR_GOOD.load(Ordering::SeqCst) {
        true => Ok(()),
        false => write(),
    }
}

/// Puts the terminal back as it was, if it is ours. Safe to call from anywhere, any number of times.
pub fn restore() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    if ENTERED.swap(false, Ordering::SeqCst) {
        if PICTURED.swap(false, Ordering::SeqCst) {
            write(pictures::KITTY_AWAY);
        }
        write(LEAVE);
        // Nothing can be done about a terminal that is gone.
        let _ = modes::disable_raw_mode();
    }
}

/// Puts the terminal back as it was, as [`restore`] does, for good: no thread that goes on for a
/// moment draws on it or takes it again.
pub fn restore_for_good() {
    FOR_GOOD.store(true, Ordering::SeqCst);
    restore();
}

fn write(code: &[u8]) {
    unlocked::write(rustix::stdio::stdout(), code);
}
