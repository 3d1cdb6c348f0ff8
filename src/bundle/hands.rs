//! Work in pieces, on every processor, given back in order.

use super::selftest::Room;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::mpsc::sync_channel;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

/// More hands wait for the disk.
const MOST: usize = 4;

/// So many pieces are done before the one that is waited for, at most.
const AHEAD: usize = 64;

/// Where the taking stands: pieces far behind it are not begun.
#[derive(Default)]
struct Gate {
    taken: Mutex<usize>,
    moved: Condvar,
}

impl Gate {
    fn wait_for(&self, at: usize) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let is_early = |taken: &mut usize| at > taken.saturating_add(AHEAD);
        drop(self.moved.wait_while(taken, is_early));
    }

    fn move_to(&self, at: usize) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = at.max(*taken);
        drop(taken);
        self.moved.notify_all();
    }
}

/// Opens the gate for good, however what holds this ends.
struct Opens<'a>(&'a Gate);

impl Drop for Opens<'_> {
    fn drop(&mut self) {
        self.0.move_to(usize::MAX);
    }
}

/// Does each piece of work with the hands there are, and takes what comes of it in the order of the
/// pieces; each hand has room of its own.
///
/// # Errors
/// What `take` says first; what was not begun is left then.
pub(super) fn in_order<J: Send, R: Send, E>(
    pieces: impl Iterator<Item = J> + Send,
    work: impl Fn(J, &mut Room) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let hands = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(MOST);
    let pieces = Mutex::new(pieces.enumerate());
    let gate = Gate::default();
    let (send, receive) = sync_channel(hands);
    thread::scope(|scope| {
        let _opens = Opens(&gate);
        for _ in 0..hands {
            let send = send.clone();
            let (pieces, gate, work) = (&pieces, &gate, &work);
            scope.spawn(move || {
                let _opens = Opens(gate);
                let mut room = Room::new();
                loop {
                    let next = pieces.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((at, piece)) = next else {
                        return;
                    };
                    gate.wait_for(at);
                    // Nobody takes anything any more.
                    if send.send((at, work(piece, &mut room))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let (mut waiting, mut taken) = (BTreeMap::new(), 0);
        for (at, made) in receive {
            waiting.insert(at, made);
            while let Some(made) = waiting.remove(&taken) {
                take(made)?;
                taken += 1;
                gate.move_to(taken);
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn what_is_done_is_taken_in_order() {
        let mut taken = Vec::new();
        let done: Result<(), Infallible> = in_order(
            0..1000_u64,
            |piece, _| {
                // The first take longest.
                let rounds = if piece % 100 == 0 { 200_000 } else { 10 };
                (0..rounds).fold(piece, |sum, round| {
                    std::hint::black_box(sum ^ round ^ round)
                })
            },
            |piece| {
                taken.push(piece);
                Ok(())
            },
        );
        assert_eq!(done, Ok(()));
        assert!(taken.iter().copied().eq(0..1000));
    }

    #[test]
    fn what_goes_wrong_first_ends_it() {
        let mut taken = 0;
        let done = in_order(
            0..100_000,
            |piece, _| piece,
            |piece| {
                taken += 1;
                match piece {
                    500 => Err("five hundred"),
                    _ => Ok(()),
                }
            },
        );
        assert_eq!((done, taken), (Err("five hundred"), 501));
    }
}
