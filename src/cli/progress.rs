//! The progress line of a long job, and how a person stops it.

use crate::case::Progress;
use crate::text::{self, Shown};
use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a job runs before it is drawn at all, and how often at most: a short job draws nothing.
const PACE: Duration = Duration::from_millis(200);
/// Columns the line takes at most.
const WIDTH: usize = 78;

/// One line on standard error, drawn only where that is a terminal. Ctrl-C, a closed connection
/// and SIGTERM ask the job to stop at its next safe place; a second Ctrl-C ends docket at once,
/// which loses nothing that was saved.
pub struct ProgressLine {
    stop: Arc<AtomicBool>,
    /// What listens to the signals, until the job is over.
    listeners: Vec<SigId>,
    shows: bool,
    /// When it was drawn last; at first, when the job began.
    drawn: Instant,
    width: usize,
}

impl ProgressLine {
    /// Starts to listen for the person's wish to stop.
    pub fn new() -> ProgressLine {
        let stop = Arc::new(AtomicBool::new(false));
        let mut listeners = Vec::new();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // The order matters: the first signal finds the flag down and raises it. Where a
            // handler cannot be set, the signal ends docket, which is safe too.
            listeners.extend(signal_hook::flag::register_conditional_shutdown(
                signal,
                3,
                stop.clone(),
            ));
            listeners.extend(signal_hook::flag::register(signal, stop.clone()));
        }
        ProgressLine {
            stop,
            listeners,
            shows: io::stderr().is_terminal(),
            drawn: Instant::now(),
            width: 0,
        }
    }

    /// Whether the person asked to stop.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn draw(&mut self, line: &str) {
        let line = Shown::line(line).cut(WIDTH);
        let width = text::width(line.as_str());
        let blank = self.width.saturating_sub(width);
        let mut stderr = io::stderr().lock();
        // A lost progress line is no loss.
        let _ = write!(stderr, "\r{line}{:blank$}", "");
        let _ = stderr.flush();
        self.width = width;
        self.drawn = Instant::now();
    }
}

impl Progress for ProgressLine {
    fn tick(&mut self, stage: &str, done: u64, total: u64) -> ControlFlow<()> {
        if self.stopped() {
            return ControlFlow::Break(());
        }
        if self.shows && self.drawn.elapsed() >= PACE {
            let share = done.saturating_mul(100).checked_div(total);
            match share {
                Some(percent) => self.draw(&format!("{:>3} %  {stage}", percent.min(100))),
                None => self.draw(stage),
            }
        }
        ControlFlow::Continue(())
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        for listener in self.listeners.drain(..) {
            signal_hook::low_level::unregister(listener);
        }
        if self.width > 0 {
            self.draw("");
            let _ = write!(io::stderr().lock(), "\r");
        }
    }
}
