//! A reader at work: a process that is asked, waited for, and ended.
//!
//! Its program stays for the next export where the reader of this one ended as it was told. How a reader ended
//! is told by the program and not by the reader, on a way that no reader has.

use super::super::ReadError;
use super::super::window::blank;
use super::Program;
use super::said::{Answer, Ask, Setup};
use super::starter::End;
use super::wire::{self, Event, Events};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, Read};
use std::ops::Range;
use std::os::fd::AsFd;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Stdio};
use std::time::Duration;

/// Bytes that are read from a reader at a time.
const CHUNK: usize = 1 << 17;
/// The signals of a process that took too long, by the limit that it may move and the one it may
/// not; their numbers are the same on all systems that docket runs on.
const XCPU: u8 = 24;
const KILL: u8 = 9;
/// How often whoever waits is asked whether they still do.
const TICK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 200_000_000,
};

/// No time, to look whether something has come.
const AT_ONCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};
/// How long the end of a reader is waited for that was told to end.
const LAST: Timespec = Timespec {
    tv_sec: 5,
    tv_nsec: 0,
};
/// How often, and how long each time, the end of a program is waited for that has closed its pipe.
const LAST_TICKS: u32 = 500;
const LAST_TICK: Duration = Duration::from_millis(10);

/// Why no more comes from a reader.
pub(super) enum Gone {
    /// Whoever waits for it has stopped it, or could not keep what came.
    Refused(ReadError),
    /// It ended, and why: for a person.
    Ended(String),
}

impl From<ReadError> for Gone {
    fn from(error: ReadError) -> Gone {
        Gone::Refused(error)
    }
}

/// A reader at work, and the program that started it. They end with this.
pub(super) struct Process {
    /// The program.
    child: Child,
    asks: ChildStdin,
    answers: ChildStdout,
    /// Where the program tells how its reader ended.
    ends: ChildStderr,
    /// What came, and room for more.
    received: Vec<u8>,
    /// Which of its bytes came and were not taken yet.
    waiting: Range<usize>,
    /// Why it could not be asked, where it lives and does not know what is wanted of it.
    unasked: Option<io::Error>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.kill();
        let _ = self.child.wait();
    }
}

/// Whether something can be read there, or never will; in this time.
fn is_ready(pipe: &impl AsFd, within: &Timespec) -> bool {
    poll(&mut [PollFd::new(pipe, PollFlags::IN)], Some(within)).is_ok_and(|ready| ready > 0)
}

impl Process {
    /// Starts the program.
    pub(super) fn start(program: &Program) -> io::Result<Process> {
        let mut command = std::process::Command::new(&program.path);
        // Keys that stop docket stop it by way of this process.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .args(&program.arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(asks), Some(answers), Some(ends)) = pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Process {
            child,
            asks,
            answers,
            ends,
            received: Vec::new(),
            waiting: 0..0,
            unasked: None,
        })
    }

    /// Has the program, which has no reader, start one for this.
    pub(super) fn told(mut self, setup: &Setup) -> io::Result<Process> {
        let json = serde_json::to_vec(setup)?;
        self.send(&json);
        Ok(self)
    }

    /// Tells the reader that nothing more is asked, and waits for its end. Gives the program back for the next
    /// export, where nothing is left of this one in any pipe and the reader ended well; else it ends too.
    pub(super) fn without_reader(mut self) -> Option<Process> {
        let is_left = !self.waiting.is_empty() || self.unasked.is_some();
        if is_left || is_ready(&self.answers, &AT_ONCE) || is_ready(&self.ends, &AT_ONCE) {
            return None;
        }
        wire::send(&mut self.asks, &[]).ok()?;
        if !is_ready(&self.ends, &LAST) {
            return None;
        }
        // It is gone: what it did not say by now it never says.
        (self.end_told()? == End::Well && !is_ready(&self.answers, &AT_ONCE)).then_some(self)
    }

    /// How the program tells that its reader ended; `None` where it told nothing before its own end.
    fn end_told(&mut self) -> Option<End> {
        let mut told = [0; End::BYTES];
        self.ends.read_exact(&mut told).ok()?;
        Some(End::from_bytes(told))
    }

    pub(super) fn ask(&mut self, ask: &Ask) {
        let json = serde_json::to_vec(ask).unwrap_or_default();
        self.send(&json);
    }

    /// Sends a frame. Where it could not be sent, waiting for the answer says why; nobody waits for
    /// a reader that waits for the rest of what it is asked.
    fn send(&mut self, json: &[u8]) {
        match wire::send(&mut self.asks, json) {
            Ok(()) => {}
            // It has ended already: its answer will be missing.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(error) => self.unasked = Some(error),
        }
    }

    /// Waits for the next frame and gives its place in what was received.
    fn frame(
        &mut self,
        waiting: &mut dyn FnMut() -> Result<(), ReadError>,
    ) -> Result<Range<usize>, Gone> {
        if let Some(error) = self.unasked.take() {
            return Err(unheard(error));
        }
        loop {
            let come = self.received.get(self.waiting.clone()).unwrap_or_default();
            let length = wire::length_of(come).map_err(|_| malformed())?;
            if let Some(length) = length {
                let whole = wire::PREFIX.saturating_add(length);
                if come.len() >= whole {
                    let begin = self.waiting.start;
                    self.waiting.start = begin.saturating_add(whole);
                    return Ok(begin.saturating_add(wire::PREFIX)..self.waiting.start);
                }
            }
            let mut fds = [
                PollFd::new(&self.answers, PollFlags::IN),
                PollFd::new(&self.ends, PollFlags::IN),
            ];
            match poll(&mut fds, Some(&TICK)) {
                Ok(0) => {
                    waiting()?;
                    continue;
                }
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(unheard(error.into())),
            }
            let [answers, _] = fds.map(|fd| !fd.revents().is_empty());
            // Only its end was there. What it said before comes first, and may have come since.
            if !answers && !is_ready(&self.answers, &AT_ONCE) {
                return Err(Gone::Ended(self.how_it_ended()));
            }
            self.make_room();
            let free = self.received.get_mut(self.waiting.end..);
            match self.answers.read(free.unwrap_or_default()) {
                Ok(0) => return Err(Gone::Ended(self.how_it_ended())),
                Ok(count) => self.waiting.end = self.waiting.end.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unheard(error)),
            }
        }
    }

    /// Makes room for what comes next behind what was not taken yet.
    fn make_room(&mut self) {
        let (has, waiting) = (self.received.len(), self.waiting.clone());
        let is_much = has > 4 * CHUNK && waiting.len() < CHUNK;
        if is_much || has < waiting.end.saturating_add(CHUNK) {
            self.received.copy_within(waiting.clone(), 0);
            self.waiting = 0..waiting.len();
        }
        let room = self.waiting.end.saturating_add(CHUNK).max(2 * CHUNK);
        if is_much {
            // What one long text took is not kept for all that follow.
            self.received.truncate(room);
            self.received.shrink_to_fit();
        }
        if self.received.len() < room {
            self.received.resize(room, 0);
        }
    }

    /// Waits for an answer; gives each event before it to `take`.
    pub(super) fn answer(
        &mut self,
        sink: &mut dyn FnMut(Option<Event<'_>>) -> Result<(), Gone>,
    ) -> Result<Answer, Gone> {
        let mut record = blank(0);
        loop {
            let mut refused = None;
            let place = self.frame(&mut || {
                sink(None).map_err(|gone| match gone {
                    Gone::Refused(error) => error,
                    Gone::Ended(why) => {
                        refused = Some(why);
                        ReadError::Stopped
                    }
                })
            });
            let place = match (place, refused) {
                (_, Some(why)) => return Err(Gone::Ended(why)),
                (place, None) => place?,
            };
            let frame = self.received.get(place).unwrap_or_default();
            let mut events = Events::of(frame).map_err(|_| malformed())?;
            while let Some(event) = events.next(&mut record).map_err(|_| malformed())? {
                let Event::Answer(json) = event else {
                    sink(Some(event))?;
                    continue;
                };
                match serde_json::from_slice(&json).map_err(|_| malformed())? {
                    Answer::Fault(place) => {
                        return Err(Gone::Ended(format!(
                            "met a fault of docket's own at {place}; please report this line"
                        )));
                    }
                    Answer::Looking(path) => {
                        sink(Some(Event::Answer(path.0)))?;
                    }
                    answer => return Ok(answer),
                }
            }
        }
    }

    /// Ends the program and its reader.
    fn kill(&mut self) -> io::Result<()> {
        // Once it was waited for, its number may be another's.
        #[cfg(unix)]
        if let Ok(None) = self.child.try_wait() {
            use rustix::process::{Pid, Signal, kill_process_group};
            kill_process_group(Pid::from_child(&self.child), Signal::KILL)?;
        }
        self.child.kill()
    }

    /// Waits for the program's end for a while; one that has closed its pipe and goes on is ended.
    fn end(&mut self) -> io::Result<std::process::ExitStatus> {
        for _ in 0..LAST_TICKS {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(LAST_TICK);
        }
        self.kill()?;
        self.child.wait()
    }

    /// Why the reader ended, for a person.
    fn how_it_ended(&mut self) -> String {
        let end = match is_ready(&self.ends, &AT_ONCE) {
            true => self.end_told(),
            false => None,
        };
        // The program itself may have ended, and its reader with it.
        let end = end.unwrap_or_else(|| self.end().map_or(End::Badly, End::of_program));
        match end {
            End::Signal(XCPU) => "kept the processor busy for seconds and got no further".into(),
            End::Signal(KILL) => "was stopped by the system: it took too much".into(),
            End::Signal(signal) => format!(
                "ended docket's reader: out of memory, or nested too deep (signal {signal})"
            ),
            End::Well | End::Badly => "ended docket's reader".into(),
        }
    }
}

/// The way to a reader failed: that says nothing of what it reads.
fn unheard(error: io::Error) -> Gone {
    Gone::Refused(ReadError::Io {
        path: "docket's reader".into(),
        source: error,
    })
}

pub(super) fn malformed() -> Gone {
    Gone::Ended("made docket's reader answer what it must not".into())
}
