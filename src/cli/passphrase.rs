//! Asks for a passphrase on the terminal, without showing it. It is never an argument, because other
//! users of a machine can read those.

use super::Failure;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{Read, Write};

/// Longer than any that a person types, in bytes.
const LONGEST: usize = 4096;

/// Gives the terminal its former ways back.
struct Quiet<'a> {
    terminal: &'a File,
    before: Termios,
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// What a person types at the terminal, up to Enter.
///
/// # Errors
/// When there is no terminal to ask at, or the person stops.
pub fn ask(question: &str) -> Result<Vec<u8>, Failure> {
    let none = |_| {
        Failure::Refused(
            "the key has a passphrase and there is no terminal to ask for it; use --prepare and \
             ssh-keygen"
                .to_owned(),
        )
    };
    let lost = |error: std::io::Error| Failure::Refused(format!("the terminal: {error}"));
    let mut terminal = File::options()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .map_err(none)?;
    let mut reader = terminal.try_clone().map_err(lost)?;
    let before = tcgetattr(&terminal).map_err(|error| none(error.into()))?;
    let mut quiet = before.clone();
    // Signs come one by one and Ctrl-C as one of them, so that nothing ends before the terminal
    // has its ways back.
    quiet.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
    tcsetattr(&terminal, OptionalActions::Flush, &quiet).map_err(|error| lost(error.into()))?;
    let typed = {
        let _quiet = Quiet {
            terminal: &terminal,
            before,
        };
        // Asked only now: who answers at once is neither shown nor lost.
        (&terminal)
            .write_all(format!("{question}: ").as_bytes())
            .map_err(lost)?;
        line(&mut reader)
    };
    terminal.write_all(b"\n").map_err(lost)?;
    typed
        .map_err(lost)?
        .ok_or_else(|| Failure::Refused("stopped; nothing was signed".to_owned()))
}

/// Bytes up to the line's end; `None` where the person stopped.
fn line(reader: &mut impl Read) -> std::io::Result<Option<Vec<u8>>> {
    let mut typed: Vec<u8> = Vec::with_capacity(LONGEST);
    let mut one = [0];
    loop {
        if reader.read(&mut one)? == 0 {
            return Ok(None);
        }
        match one {
            [b'\n' | b'\r'] => return Ok(Some(typed)),
            // Ctrl-C, and Ctrl-D on an empty line.
            [3] => return Ok(None),
            [4] if typed.is_empty() => return Ok(None),
            [8 | 127] => {
                // Back over a whole character of UTF-8.
                while typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            [21] => typed.clear(),
            [byte] if typed.len() < LONGEST => typed.push(byte),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_edited_and_stopped() {
        let read = |typed: &[u8]| line(&mut &typed[..]).ok().flatten();
        assert_eq!(read(b"secret\n"), Some(b"secret".to_vec()));
        assert_eq!(
            read("se\u{e9}\u{7f}\u{7f}ab\r".as_bytes()),
            Some(b"sab".to_vec())
        );
        assert_eq!(read(b"wrong\x15right\n"), Some(b"right".to_vec()));
        assert_eq!(read(b"half\x03"), None);
        assert_eq!(read(b"half"), None);
    }
}
