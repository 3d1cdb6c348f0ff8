//! Places that a person chooses while docket runs: on the screen they type where a bundle goes.
//!
//! What Landlock has closed is never opened again; but it is closed to a thread and to what that
//! starts. So one thread, begun before the others are locked, stays outside and does nothing but this:
//! for each chosen place it starts a thread, which locks itself to that place and the case before its
//! work begins.

use super::Acts;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{JoinHandle, spawn};

type Work = Box<dyn FnOnce() + Send>;

/// What is to be started, and where its handle goes.
struct Asked {
    acts: Acts,
    work: Work,
    started: Sender<JoinHandle<()>>,
}

static OUTSIDE: OnceLock<Mutex<Sender<Asked>>> = OnceLock::new();

/// Begins the thread that stays outside; before this one is locked.
pub fn keep_outside() {
    OUTSIDE.get_or_init(|| {
        let (asks, asked) = channel::<Asked>();
        spawn(move || {
            for Asked {
                acts,
                work,
                started,
            } in asked
            {
                let thread = spawn(move || {
                    super::lock_program(&acts);
                    work();
                });
                // Who asked waits for it.
                let _ = started.send(thread);
            }
        });
        Mutex::new(asks)
    });
}

/// Starts a thread that may write what `acts` names; where no thread stays outside, one that may do
/// what this one may.
pub fn start(acts: Acts, work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    let Some(outside) = OUTSIDE.get() else {
        return spawn(work);
    };
    let (started, thread) = channel();
    let asked = Asked {
        acts,
        work: Box::new(work),
        started,
    };
    let asks = outside.lock().unwrap_or_else(PoisonError::into_inner);
    // It lives as long as the program: a fault there has ended that.
    let _ = asks.send(asked);
    thread.recv().unwrap_or_else(|_| spawn(|| ()))
}
