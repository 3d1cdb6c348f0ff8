//! How docket ends when a file that it has mapped fails it.
//!
//! What is derived is read through maps. Where such a file was cut short, or the disk below it gives
//! out, reading on raises SIGBUS: the thread that reads has no bytes to go on with, and by itself the
//! system ends the program where it stands, with the terminal in the screen's modes and nothing said
//! but "Bus error". docket cannot go on either, but it ends in order: the terminal as it was, one
//! sentence, exit code 3. What was called saved is on the disk before it is called so.
//!
//! It takes two pipes and a thread that waits, and no `unsafe`. The signal's handler runs in the
//! thread that read, which may be anywhere, so that it can do next to nothing: it writes a byte into
//! the first pipe, which wakes the thread that waits, and a byte into the second, which is full, so
//! that it stays there and never returns to what it cannot read. The thread that waits does the rest
//! in a state like any other's. It takes no lock that a thread of docket's could hold while it reads
//! a map: those of standard output and standard error among them.
//!
//! Rust's own handler of SIGBUS would run first and, at the first signal, set the system's default
//! back, so that a second thread that reads from the same disk ends the program before it is said
//! why. It is made to do so before anything is mapped (`step_aside`), where the system tells
//! that it is there. Elsewhere it runs first, and only the first thread is held.
//!
//! The process that reads exports maps nothing and does not have this.

use crate::unlocked;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use signal_hook::consts::SIGBUS;
use signal_hook::low_level;
use std::io::{self, IsTerminal, PipeReader, PipeWriter, Read, Write};
use std::sync::Once;

/// What is said then. It names no file: which it was is not known here.
const SENTENCE: &str = "docket: a file of the case was cut short, or the disk below it failed, while docket read it; \
what was shown as saved is safe; start docket again: `docket check` tells what is damaged, `docket rebuild` makes \
what is derived again\n";

/// The exit code for what was stopped.
const STOPPED: i32 = 3;

/// Has docket end in order from now on, once for the process. Called before anything is mapped and any
/// other thread begins, and once the process is locked, so that the thread that waits is locked too.
///
/// Where the system refuses what this takes, it ends docket as it ends every program.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(set_up()));
}

fn set_up() -> io::Result<()> {
    step_aside();
    let (told, tells) = io::pipe()?;
    let (full, holds) = full_pipe()?;
    let held = holds.try_clone()?;
    let waiting = std::thread::Builder::new().name("lost map".into());
    waiting.spawn(move || wait(told, full))?;
    // Handlers run in this order.
    low_level::pipe::register(SIGBUS, tells)?;
    low_level::pipe::register(SIGBUS, holds)?;
    // To register a pipe keeps writes to it from waiting, and here they are to wait.
    let flags = fcntl_getfl(&held)?;
    fcntl_setfl(&held, flags - OFlags::NONBLOCK)?;
    Ok(())
}

/// A pipe that takes no byte more, as long as nobody reads it.
fn full_pipe() -> io::Result<(PipeReader, PipeWriter)> {
    let (read, mut write) = io::pipe()?;
    fcntl_setfl(&write, OFlags::NONBLOCK)?;
    for piece in [&[0_u8; 4096][..], &[0]] {
        loop {
            match write.write(piece) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
    }
    Ok((read, write))
}

/// Has Rust's own handler of SIGBUS set the system's default back, as it does when the signal means
/// no overflown stack. On Linux none does: it is SIGSEGV that tells of those. While that handler runs, a
/// thread that is just beginning waits without an end, since the program is taken to be ending: so this
/// comes before any other thread.
fn step_aside() {
    if cfg!(target_os = "linux") && is_caught() {
        // Where it stays, it runs first.
        let _ = low_level::raise(SIGBUS);
    }
}

/// Whether there is a handler of SIGBUS, as far as the system tells: without one the signal would end
/// docket.
fn is_caught() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let caught = lines.find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    caught.is_some_and(|set| set & (1 << (SIGBUS - 1)) != 0)
}

/// Waits for the byte that a handler writes, and ends docket. `_full` is kept open as long: without a
/// reader nobody would be held.
fn wait(mut told: PipeReader, _full: PipeReader) {
    if told.read_exact(&mut [0]).is_ok() {
        end();
    }
}

fn end() -> ! {
    #[cfg(feature = "tui")]
    crate::tui::terminal::restore_for_good();
    if io::stderr().is_terminal() {
        // Over a line of progress, which is shorter.
        say(b"\r");
    }
    say(SENTENCE.as_bytes());
    // At once: other threads are held where they cannot go on.
    low_level::exit(STOPPED)
}

fn say(words: &[u8]) {
    unlocked::write(rustix::stdio::stderr(), words);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_full_pipe_takes_no_byte_more() {
        let (_read, mut write) = full_pipe().unwrap();
        let error = write.write(&[0]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }
}
