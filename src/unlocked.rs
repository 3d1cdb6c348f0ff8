//! Writing past the locks of standard output and standard error, which a command holds as long as it
//! runs: for a program that ends where it stands.

use rustix::io::Errno;
use std::os::fd::BorrowedFd;

/// Writes all of it. Where that is no longer taken nobody can be told, and the rest is left.
pub fn write(to: BorrowedFd<'_>, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match rustix::io::write(to, bytes) {
            Ok(written) if written > 0 => bytes = bytes.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            _ => return,
        }
    }
}
