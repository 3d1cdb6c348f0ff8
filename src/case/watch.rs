//! Waiting until another session may have written to the ledger, without work while nobody does.
//!
//! On a local disk the system tells of every write to a file of the ledger's, and the wait for it
//! costs nothing. A write is told before it can be read: SQLite writes to its log, waits for the
//! disk, and only then shows the entry to others. So after a write the ledger is looked at several
//! times, at distances that double, until no disk could still be at it.
//!
//! On disks that other machines write to (NFS, SMB, a folder that a virtual machine shares) nobody
//! tells of their writes, and not every system tells at all. There the time of the log is looked at
//! instead, a few times a second.

use super::layout::Layout;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime};
use told::Notices;

/// After a write, the time to the first look at the ledger; each further one comes after twice the
/// time of the one before.
const FIRST: Duration = Duration::from_millis(20);
/// The last of them comes after this; all of them take twice as long.
const LAST: Duration = Duration::from_millis(20 << 8);
/// How often the time of the log is looked at where nobody tells of writes.
const LOOK: Duration = Duration::from_millis(400);
/// Every so many looks the ledger itself is asked, whatever the time of its log.
const ASKED: u32 = 25;

/// Waits for writes to a case's ledger.
pub struct Watch {
    layout: Layout,
    /// Whether a write is told through `heard`; nothing comes there otherwise.
    is_told: bool,
    /// Closed when the watch is to end.
    heard: Receiver<()>,
    /// When the ledger is looked at next without a further write; `None` when only a write is
    /// waited for.
    next: Option<Duration>,
    /// The log as it was seen last, and how often since the ledger was asked.
    seen: Option<(u64, SystemTime)>,
    looks: u32,
}

/// Ends a [`Watch`] when it is dropped.
pub struct Ending {
    /// Whoever tells of writes closes the channel.
    notices: Option<Notices>,
    /// Where nobody does, this does.
    _channel: Option<Sender<()>>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(notices) = &self.notices {
            notices.end();
        }
    }
}

impl Watch {
    /// A watch over the ledger of the case that lies there, and what ends it.
    pub fn over(layout: &Layout) -> (Watch, Ending) {
        Watch::with(layout, Notices::of(layout))
    }

    fn with(layout: &Layout, notices: Option<Notices>) -> (Watch, Ending) {
        let (sender, heard) = channel();
        let is_told = notices.is_some();
        let ending = match notices {
            Some(notices) => {
                notices.clone().tell(sender);
                Ending {
                    notices: Some(notices),
                    _channel: None,
                }
            }
            None => Ending {
                notices: None,
                _channel: Some(sender),
            },
        };
        let watch = Watch {
            layout: layout.clone(),
            is_told,
            heard,
            // What was written before the watch began is looked for as well.
            next: Some(FIRST),
            seen: None,
            looks: ASKED,
        };
        (watch, ending)
    }

    /// Whether the system tells of writes, so that waiting for them costs nothing.
    pub fn is_told(&self) -> bool {
        self.is_told
    }

    /// Waits until the ledger may say more than before. `false` when the watch is ended.
    pub fn wait(&mut self) -> bool {
        if !self.is_told {
            return self.look();
        }
        let heard = match self.next {
            Some(most) => self.heard.recv_timeout(most),
            None => self.heard.recv().map_err(RecvTimeoutError::from),
        };
        self.follow(heard)
    }

    /// Takes what came of a wait; whether the watch goes on.
    fn follow(&mut self, heard: Result<(), RecvTimeoutError>) -> bool {
        match heard {
            Ok(()) => {
                self.next = Some(FIRST);
                // Of several writes together the last is waited for.
                self.heard.try_iter().for_each(drop);
            }
            Err(RecvTimeoutError::Timeout) => {
                self.next = self.next.map(|at| at * 2).filter(|at| *at <= LAST);
            }
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        true
    }

    /// The same where nobody tells.
    fn look(&mut self) -> bool {
        while self.heard.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            // Taken before the ledger is asked: what is written after that gives another one.
            let now = self.layout.ledger_stamp();
            self.looks += 1;
            if now.is_none() || now != self.seen || self.looks >= ASKED {
                (self.seen, self.looks) = (now, 0);
                return true;
            }
        }
        false
    }
}

/// What the system tells of writes.
#[cfg(target_os = "linux")]
mod told {
    use super::{LOOK, Layout};
    use rustix::fs::inotify::{self, CreateFlags, Event, ReadFlags, Reader, WatchFlags};
    use rustix::io::Errno;
    use std::ffi::OsString;
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::mpsc::Sender;

    /// The file systems, by the number that Linux gives each (`linux/magic.h`, and those of ZFS and
    /// exFAT from their own sources), that only this machine writes to.
    const LOCAL: &[u32] = &[
        0xEF53,      // ext2, ext3, ext4
        0x5846_5342, // XFS
        0x9123_683E, // Btrfs
        0xF2F5_2010, // F2FS
        0xCA45_1A4E, // bcachefs
        0x2FC1_2FC1, // ZFS
        0x0102_1994, // tmpfs
        0x794C_7630, // overlayfs
        0xF15F,      // eCryptfs
        0x3153_464A, // JFS
        0x4D44,      // FAT
        0x2011_BAB0, // exFAT
        0x7366_746E, // NTFS, of the kernel
    ];

    /// What is told of the files of a case folder.
    #[derive(Clone)]
    pub(super) struct Notices {
        told: Arc<OwnedFd>,
        watch: i32,
        /// How the names of the ledger's files begin.
        ledger: OsString,
    }

    impl Notices {
        /// `None` where the system does not tell, or not of all writes.
        pub(super) fn of(layout: &Layout) -> Option<Notices> {
            if !is_local(layout.root()) {
                return None;
            }
            let told = inotify::init(CreateFlags::CLOEXEC).ok()?;
            let of = WatchFlags::MODIFY | WatchFlags::CREATE | WatchFlags::MOVED_TO;
            let watch = inotify::add_watch(&told, layout.root(), of).ok()?;
            Some(Notices {
                told: Arc::new(told),
                watch,
                ledger: layout.ledger().file_name()?.to_owned(),
            })
        }

        /// Tells of writes on a thread of its own, until nobody listens, it is ended or the folder
        /// is gone.
        pub(super) fn tell(self, writes: Sender<()>) {
            std::thread::spawn(move || {
                let mut room = [MaybeUninit::uninit(); 4096];
                let mut notices = Reader::new(&self.told, &mut room);
                loop {
                    let goes_on = match notices.next() {
                        Ok(notice) if notice.events().contains(ReadFlags::IGNORED) => false,
                        Ok(notice) if self.is_of_ledger(&notice) => writes.send(()).is_ok(),
                        Ok(_) | Err(Errno::INTR) => true,
                        // What is written is not known any more; so it is looked for.
                        Err(_) => {
                            std::thread::sleep(LOOK);
                            writes.send(()).is_ok()
                        }
                    };
                    if !goes_on {
                        return;
                    }
                }
            });
        }

        /// Whether a file of the ledger's was written, or may have been: more happened than the
        /// system keeps.
        fn is_of_ledger(&self, notice: &Event<'_>) -> bool {
            let name = notice.file_name().map_or(&[][..], |name| name.to_bytes());
            name.starts_with(self.ledger.as_bytes())
                || notice.events().contains(ReadFlags::QUEUE_OVERFLOW)
        }

        /// Ends it: that a folder is no longer watched is told too.
        pub(super) fn end(&self) {
            let _ = inotify::remove_watch(&self.told, self.watch);
        }
    }

    /// Whether only this machine writes to the disk of a folder.
    fn is_local(folder: &Path) -> bool {
        // The number is 32 bits wide, in a field that is wider on some machines.
        rustix::fs::statfs(folder).is_ok_and(|of| LOCAL.contains(&(of.f_type as u32)))
    }
}

/// Systems that are not asked to tell.
#[cfg(not(target_os = "linux"))]
mod told {
    use super::Layout;
    use std::sync::mpsc::Sender;

    #[derive(Clone)]
    pub(super) enum Notices {}

    impl Notices {
        pub(super) fn of(_: &Layout) -> Option<Notices> {
            None
        }

        pub(super) fn tell(self, _: Sender<()>) {
            match self {}
        }

        pub(super) fn end(&self) {
            match *self {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn case() -> (tempfile::TempDir, Layout) {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::open_or_create(&folder.path().join("case")).unwrap();
        (folder, layout)
    }

    /// How often the ledger is looked at when nothing more is written, before a write is waited for
    /// and nothing else; without the time that it takes.
    fn looks_until_rest(watch: &mut Watch) -> u32 {
        let mut looks = 0;
        while watch.next.is_some() {
            assert!(watch.follow(Err(RecvTimeoutError::Timeout)));
            looks += 1;
        }
        looks
    }

    #[test]
    fn at_rest_nothing_but_a_write_to_the_ledger_wakes_it() {
        let (_folder, layout) = case();
        let (mut watch, ending) = Watch::over(&layout);
        if !watch.is_told() {
            println!("skipped: nobody tells of writes here");
            return;
        }
        assert_eq!(looks_until_rest(&mut watch), 9, "what came before it began");
        fs::write(layout.root().join("ledger.sqlite-wal"), b"").unwrap();
        assert!(watch.wait(), "a wait without an end, but for a write");
        assert_eq!(watch.next, Some(FIRST), "what is written shows only later");
        assert_eq!(looks_until_rest(&mut watch), 9);
        // Had this been told, it would come before the end.
        fs::write(layout.place(), b"{}").unwrap();
        drop(ending);
        assert!(!watch.wait());
    }

    #[test]
    fn it_ends_at_once_whether_told_or_not() {
        let (_folder, layout) = case();
        for notices in [Notices::of(&layout), None] {
            let (mut watch, ending) = Watch::with(&layout, notices);
            let waiting = std::thread::spawn(move || while watch.wait() {});
            drop(ending);
            waiting.join().unwrap();
        }
    }

    #[test]
    fn where_nobody_tells_the_log_is_looked_at() {
        let (_folder, layout) = case();
        let (mut watch, _ending) = Watch::with(&layout, None);
        assert!(watch.wait(), "what came before it began");
        fs::write(layout.root().join("ledger.sqlite-wal"), b"an entry").unwrap();
        assert!(watch.wait());
    }
}
