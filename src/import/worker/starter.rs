//! The program that reads exports, each in a process of its own.
//!
//! To start a program takes longer than to read a small export: it is mapped and fitted together, and the wording
//! of all languages is taken in. So docket starts its reader's program once. That makes ready what every reader
//! needs, locks itself, and for each export forks a process, which opens the export, locks itself and answers.
//!
//! The program reads nothing: neither what is asked, which is its reader's, nor an export. So nothing of one export
//! is in what the reader of the next inherits. It tells how its reader ended on standard error, which the reader
//! has given away before it knows what it is to read: so no reader can tell that it is gone while it is not, and
//! the case hands out the next export only once it is. What a reader left unread or said unasked ends the program.

use super::super as import;
use super::super::Importer;
use super::serve::read_one;
use crate::sandbox;
use fork::{Fork, fork};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, WaitOptions, WaitStatus, waitpid};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::process::ExitStatus;

/// How a reader ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself, and with nothing left of what it was asked.
    Well,
    /// By itself, otherwise.
    Badly,
    /// By a signal.
    Signal(u8),
}

impl End {
    /// Bytes of it in the pipe.
    pub(super) const BYTES: usize = 2;

    pub(super) fn from_bytes(bytes: [u8; Self::BYTES]) -> End {
        match bytes {
            [0, 0] => End::Well,
            [2, signal] => End::Signal(signal),
            _ => End::Badly,
        }
    }

    fn bytes(self) -> [u8; Self::BYTES] {
        match self {
            End::Well => [0, 0],
            End::Badly => [1, 0],
            End::Signal(signal) => [2, signal],
        }
    }

    fn of_reader(status: WaitStatus, is_left: bool) -> End {
        match (status.terminating_signal(), status.exit_status()) {
            (Some(signal), _) => End::Signal(u8::try_from(signal).unwrap_or(u8::MAX)),
            (None, Some(0)) if !is_left => End::Well,
            (None, _) => End::Badly,
        }
    }

    /// How the program ended, and its reader with it.
    pub(super) fn of_program(status: ExitStatus) -> End {
        use std::os::unix::process::ExitStatusExt;
        match status.signal() {
            Some(signal) => End::Signal(u8::try_from(signal).unwrap_or(u8::MAX)),
            None => End::Badly,
        }
    }
}

/// Reads exports for whoever started this program, each in a process forked for it, which returns from this too:
/// asks come from `from`, answers go to `to`, and on standard error is told how a reader ended. Called with one
/// thread only. The program is locked first, and stays so. `formats` finds an importer.
///
/// # Errors
/// When a pipe is closed, or no process can be started.
pub fn serve(
    mut from: File,
    to: File,
    formats: &dyn Fn(&str) -> Option<&'static dyn Importer>,
) -> io::Result<()> {
    let nothing = OpenOptions::new().write(true).open("/dev/null")?;
    import::make_ready();
    sandbox::lock_starter();
    while is_asked(&from, None)? {
        let reader = match fork()? {
            Fork::Child => {
                rustix::stdio::dup2_stderr(&nothing)?;
                sandbox::end_with_parent();
                return read_one(&mut from, to, formats);
            }
            Fork::Parent(reader) => Pid::from_raw(reader).ok_or(io::ErrorKind::InvalidData)?,
        };
        let status = loop {
            match waitpid(Some(reader), WaitOptions::empty()) {
                Ok(Some((_, status))) => break status,
                Ok(None) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        };
        let at_once = Timespec::default();
        let end = End::of_reader(status, is_asked(&from, Some(&at_once))?);
        std::io::stderr().write_all(&end.bytes())?;
        if end != End::Well {
            break;
        }
    }
    Ok(())
}

/// Waits until something is asked; says no where nothing ever will be, or nothing is in this time.
fn is_asked(from: &File, within: Option<&Timespec>) -> io::Result<bool> {
    loop {
        let mut fds = [PollFd::new(from, PollFlags::IN)];
        match poll(&mut fds, within) {
            Ok(_) => return Ok(fds.iter().any(|fd| fd.revents().contains(PollFlags::IN))),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
