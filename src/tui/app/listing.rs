//! Which threads the table lists, and in what order.

use super::App;
use crate::case::Thread;
use crate::model::ThreadId;
use crate::text::fold;
use std::cmp::Reverse;

/// In what order the table lists threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The latest message first.
    #[default]
    Latest,
    /// By channel; in each, the latest first.
    Channel,
    /// What has most undecided messages first.
    Undecided,
}

impl Sort {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Sort::Latest => "latest first",
            Sort::Channel => "by channel",
            Sort::Undecided => "most undecided first",
        }
    }

    fn next(self) -> Sort {
        match self {
            Sort::Latest => Sort::Channel,
            Sort::Channel => Sort::Undecided,
            Sort::Undecided => Sort::Latest,
        }
    }
}

/// What the table of threads shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The order.
    pub sort: Sort,
    /// Words that a thread's title or channel must all hold; empty for all threads.
    pub only: String,
}

impl Listing {
    fn shows(&self, thread: &Thread) -> bool {
        let words = fold(&self.only);
        let (title, channel) = (fold(&thread.title), fold(&thread.channel));
        words
            .split_whitespace()
            .all(|word| title.contains(word) || channel.contains(word))
    }
}

impl App {
    /// The thread under the cursor of the table.
    pub fn thread_under_cursor(&self) -> Option<ThreadId> {
        self.order
            .get(usize::try_from(self.threads.cursor).ok()?)
            .copied()
    }

    /// Lists the threads anew.
    pub(super) fn sort_threads(&mut self) {
        let shown = self.store.threads().iter();
        let mut order: Vec<&Thread> = shown.filter(|one| self.listing.shows(one)).collect();
        order.sort_by_key(|thread| (Reverse(thread.last), thread.id));
        match self.listing.sort {
            Sort::Latest => {}
            Sort::Channel => order.sort_by(|one, other| one.channel.cmp(&other.channel)),
            Sort::Undecided => {
                order.sort_by_cached_key(|one| Reverse(self.session.tally(one.id).undecided));
            }
        }
        self.order = order.into_iter().map(|thread| thread.id).collect();
    }

    /// Puts the cursor on a thread; one that the table leaves out brings all of them back.
    pub(super) fn point_at_thread(&mut self, id: ThreadId) {
        if !self.order.contains(&id) && !self.listing.only.is_empty() {
            self.listing.only.clear();
            self.sort_threads();
        }
        if let Some(at) = self.order.iter().position(|thread| *thread == id) {
            self.threads.cursor = u32::try_from(at).unwrap_or(u32::MAX);
        }
    }

    /// Sorts the table by what is left, and puts the cursor on the first.
    pub(super) fn sort_by_undecided(&mut self) {
        self.listing = Listing {
            sort: Sort::Undecided,
            only: String::new(),
        };
        self.sort_threads();
        self.threads.cursor = 0;
    }

    /// Sorts the table in the next way, with the cursor on its thread.
    pub(super) fn sort_otherwise(&mut self) {
        self.listing.sort = self.listing.sort.next();
        let thread = self.thread_under_cursor();
        self.sort_threads();
        if let Some(thread) = thread {
            self.point_at_thread(thread);
        }
        self.say(format!("threads: {}", self.listing.sort.name()));
    }

    /// Lists only the threads whose title or channel hold these words.
    pub(super) fn list_only(&mut self, words: &str) {
        let thread = self.thread_under_cursor();
        words.trim().clone_into(&mut self.listing.only);
        self.sort_threads();
        self.threads.cursor = thread
            .and_then(|thread| self.order.iter().position(|id| *id == thread))
            .map_or(0, |at| u32::try_from(at).unwrap_or(u32::MAX));
    }
}
