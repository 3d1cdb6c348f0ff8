//! What a process of docket's may do, as far as the kernel holds it to that.
//!
//! Two locks, both for good: once locked, a process and all that it starts stay so. Landlock says
//! which files can be opened, seccomp which calls of the kernel are made; both are Linux's. The
//! limits on memory, time and files are those that every Unix has. Where the kernel has less,
//! docket works with less, and [`state`] says so.

pub mod chosen;
#[cfg(target_os = "linux")]
mod linux;
pub mod patience;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::PathBuf;

/// Bytes of memory that a reader of foreign bytes may have, its program included.
pub const MEMORY: u64 = 1 << 30;

/// What of the locks this kernel has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Whether files can be closed off (Landlock), and whether the kernel does all that is asked.
    pub files: Support,
    /// Whether calls of the kernel can be refused (seccomp): network, other programs, processes.
    pub calls: Support,
    /// Whether docket itself can be kept from writing elsewhere (Landlock of Linux 5.19 or newer).
    pub writes: Support,
}

/// How far the kernel has something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Support {
    /// All that is asked.
    Full,
    /// Some of it: an older kernel.
    Part,
    /// None.
    #[default]
    None,
}

impl Support {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Support::Full => "full",
            Support::Part => "part",
            Support::None => "none",
        }
    }
}

impl State {
    /// What it means for whoever loads exports, one sentence each.
    pub fn sentences(self) -> [String; 2] {
        let files = match self.files {
            Support::Full => "The reader of exports can open no file but the export (Landlock).",
            Support::Part => {
                "The reader of exports can open no file but the export; this kernel's Landlock is older and holds less of the rest."
            }
            Support::None => {
                "This system cannot keep the reader of exports from other files (it has no Landlock)."
            }
        };
        let calls = match self.calls {
            Support::Full | Support::Part => {
                "The reader of exports can use no network, start no program and write no file (seccomp)."
            }
            Support::None => {
                "This system cannot keep the reader of exports from the network or other programs (it has no seccomp); it still has limits on memory, time and files."
            }
        };
        [files.into(), calls.into()]
    }

    /// What it means for where docket itself writes.
    pub fn writing(self) -> &'static str {
        match self.writes {
            Support::Full => {
                "docket itself can write in the case and where it was told to, and nowhere else (Landlock)."
            }
            Support::Part => {
                "docket itself can write in the case and where it was told to, and nowhere else; this kernel's Landlock is older and does not keep files elsewhere from being cut short."
            }
            Support::None => {
                "This system cannot keep docket itself from writing elsewhere (it has no Landlock, or one older than Linux 5.19)."
            }
        }
    }
}

/// What a reader of foreign bytes may open once it is locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nothing: what it reads is open already.
    Nothing,
    /// These files, and of folders all that is below them; for reading.
    These(Vec<PathBuf>),
}

/// Locks this process, which must have one thread only, for good: it may read what is open or in
/// reach and write to what is open, and nothing else. Its memory is limited and its core never
/// dumped. What the kernel does not have is left out; the answer says what holds.
pub fn lock_reader(reach: &Reach) -> State {
    // How to ask for the time is found out once, by calls that are refused later.
    patience::find_out();
    limit(Resource::Core, 0);
    // No byte can be added to any file.
    limit(Resource::Fsize, 0);
    limit(Resource::As, MEMORY);
    #[cfg(target_os = "linux")]
    undumpable();
    end_with_parent();
    lock(reach)
}

/// Locks a process that starts readers, which must have one thread only, for good: it may start processes like
/// itself, and what these need to open an export and lock themselves; it can write no file, open no connection
/// and start no other program. What the kernel does not have is left out.
pub fn lock_starter() {
    limit(Resource::Core, 0);
    limit(Resource::Fsize, 0);
    end_with_parent();
    #[cfg(target_os = "linux")]
    {
        undumpable();
        let _ = linux::close_writing(&Acts::default());
        let _ = linux::refuse_calls(linux::Calls::Starting);
    }
}

/// Has this process end with the one that started it: nobody is left to read for then.
pub fn end_with_parent() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, set_parent_process_death_signal};
        // Where it cannot be said, the pipe's end says it.
        let _ = set_parent_process_death_signal(Some(Signal::KILL));
    }
}

/// What docket's own process may do once it is locked, beside reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acts {
    /// Files that it may write, and folders in which and below which it may make, write, rename and
    /// remove files. What is not there is passed over.
    pub writes: Vec<PathBuf>,
    /// Devices that it may talk to, beside the terminal.
    pub devices: Vec<PathBuf>,
    /// Whether another program is to be started that needs a connection: what a process starts
    /// inherits what it may not do.
    pub connects: bool,
}

/// Keeps the memory of this process from others, for good: its core is never dumped, and no process of
/// the same user may look into it.
pub fn close_memory() {
    limit(Resource::Core, 0);
    #[cfg(target_os = "linux")]
    undumpable();
}

/// Locks this thread, and all that it starts, for good: they can write only what is named (and to the
/// terminal), open no connection, look into no other process and change nothing of the system. They
/// may still read and run what their user may. Called before there is a second thread, it holds for
/// the process. Where another program is to be started that needs a connection, only those of TCP are
/// refused. What the kernel does not have is left out.
pub fn lock_program(acts: &Acts) {
    #[cfg(target_os = "linux")]
    {
        let _ = linux::close_writing(acts);
        if !acts.connects {
            let _ = linux::refuse_network();
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = acts;
}

/// No process of the same user may look into this one.
#[cfg(target_os = "linux")]
fn undumpable() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    // Where it cannot be said, the limit on cores holds.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

#[cfg(target_os = "linux")]
fn lock(reach: &Reach) -> State {
    State {
        files: linux::close_files(reach),
        calls: linux::refuse_calls(match reach {
            Reach::Nothing => linux::Calls::Reading,
            Reach::These(_) => linux::Calls::Opening,
        }),
        writes: Support::None,
    }
}

#[cfg(not(target_os = "linux"))]
fn lock(_reach: &Reach) -> State {
    State::default()
}

/// Lowers a limit of this process for good. Where it is lower already, it stays.
fn limit(resource: Resource, most: u64) {
    let has = getrlimit(resource);
    let lower = |limit: Option<u64>| Some(limit.map_or(most, |limit| limit.min(most)));
    // Where the limit cannot be set, the others hold.
    let _ = setrlimit(
        resource,
        Rlimit {
            current: lower(has.current),
            maximum: lower(has.maximum),
        },
    );
}

/// What this kernel has, tried on threads that end with it.
pub fn state() -> State {
    let tried = std::thread::spawn(|| lock(&Reach::Nothing)).join();
    State {
        writes: std::thread::spawn(writes).join().unwrap_or_default(),
        ..tried.unwrap_or_default()
    }
}

#[cfg(target_os = "linux")]
fn writes() -> Support {
    linux::close_writing(&Acts::default())
}

#[cfg(not(target_os = "linux"))]
fn writes() -> Support {
    Support::None
}
