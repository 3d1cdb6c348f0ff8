//! Libraries that may fault over bytes that they did not write: where one does, that is an answer,
//! and the program goes on.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// Whether a fault in this thread is taken where it happens.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Does what may fail over foreign or damaged bytes in a library that was not written here; `None`
/// where it panicked. Then nothing is told of it, because [`is_guarded`] keeps the hooks silent.
///
/// What `work` changes outside itself must not be used where it failed.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    let before = GUARDED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    done.ok()
}

/// Whether a fault in this thread is taken where it happens; a panic's hook leaves it alone then.
pub fn is_guarded() -> bool {
    GUARDED.get()
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_an_answer_and_guards_may_stand_in_guards() {
        assert!(!is_guarded());
        let outer = guarded(|| {
            assert_eq!(guarded(|| -> u8 { panic!("within") }), None);
            is_guarded()
        });
        assert_eq!(outer, Some(true));
        assert!(!is_guarded());
    }
}
