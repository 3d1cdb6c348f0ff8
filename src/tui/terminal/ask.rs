//! Asking the terminal what it can show. It is asked once, when the first picture is to be drawn, and
//! nothing waits for its answer: one that says nothing costs these few bytes.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// So long after it was asked an answer is likely still on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(3);

/// Whether a 1 by 1 picture could be shown in the protocol of kitty (its documentation, "Querying support
/// and available transmission mediums").
const KITTY: &[u8] = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\";
/// The terminal's name and version: XTVERSION.
const NAME: &[u8] = b"\x1b[>q";
/// The size of a cell in pixels (xterm's window operations).
const CELL: &[u8] = b"\x1b[16t";
/// Primary device attributes: every terminal answers them, so that they end the answers.
const ATTRIBUTES: &[u8] = b"\x1b[c";

/// When the terminal was asked, while it has not answered.
static ASKED: Mutex<Option<Instant>> = Mutex::new(None);

/// The questions. One that runs in another (tmux, screen) takes the first for a title and the second for
/// its own.
pub(super) fn questions(within_another: bool) -> Vec<u8> {
    let asked: &[&[u8]] = if within_another {
        &[CELL, ATTRIBUTES]
    } else {
        &[KITTY, NAME, CELL, ATTRIBUTES]
    };
    asked.concat()
}

/// Takes note that the terminal was asked.
pub(super) fn sent() {
    if let Ok(mut asked) = ASKED.lock() {
        *asked = Some(Instant::now());
    }
}

/// Takes note that it answered.
pub(super) fn answered() {
    if let Ok(mut asked) = ASKED.lock() {
        *asked = None;
    }
}

/// After how many rests an Esc is one: later while it may be the first byte of an answer.
pub(super) fn rests_before_esc() -> u32 {
    let asked = ASKED.lock().ok().and_then(|asked| *asked);
    if asked.is_some_and(|asked| asked.elapsed() < ON_ITS_WAY) {
        4
    } else {
        1
    }
}
