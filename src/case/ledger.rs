//! The truth of decisions: an append-only, hash-chained list of entries in one SQLite file.
//!
//! The only room that names SQLite. An entry that [`Ledger::append`] or [`Ledger::write`] has
//! returned is on the disk (WAL, `synchronous=FULL`); before that, nothing may be called saved.
//! Entries are never changed and never taken away: triggers forbid it, and the chain of hashes shows
//! it where someone went round them. A cut-off end shows only against a [`Head`] kept elsewhere.
//!
//! One row is one act, however many messages it touches: a decision on a million messages is one
//! row whose data lists them (see [`super::changes`]).
//!
//! SQLite's WAL needs every session of a case on one host: not a network file system.

mod chain;
mod error;
mod reading;
mod recorded;
mod schema;
mod writing;

pub use super::entry::{Actor, Entry, How, ImportedSource, Known, MeAgain};
pub use chain::{Fault, Hash, Head, Verdict};
pub use error::LedgerError;
pub use reading::Reading;
pub use recorded::Recorded;
pub use writing::Writing;

use super::layout::{folder_of, is_on_read_only};
use chain::verify;
use reading::{data, entries, head, select, signed};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior};
use schema::SCHEMA;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// `docL`: says that an SQLite file is a docket ledger.
const APPLICATION: i32 = 0x646f_634c;
/// The form of the table and of the chain.
const FORM: i32 = 1;
/// How long an append waits for another session's append.
const BUSY: Duration = Duration::from_secs(10);

/// The ledger of one case. `Send + Sync`: calls from several threads take turns.
pub struct Ledger {
    path: PathBuf,
    connection: Mutex<Connection>,
    /// The last answer of [`Ledger::data_version`], for when another thread holds the connection.
    version: AtomicI64,
}

/// Whether a new file beside this one is refused its first bytes because of a quota.
fn is_quota_used_up(path: &Path) -> bool {
    let beside = path.with_extension(format!("room-{}", std::process::id()));
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside);
    let written = made.and_then(|mut file| {
        file.write_all(&[0; 4096])?;
        file.sync_all()
    });
    let _ = std::fs::remove_file(&beside);
    written.is_err_and(|error| error.kind() == std::io::ErrorKind::QuotaExceeded)
}

/// A file's path as SQLite takes it in a URI, of a file that nobody changes.
fn as_uri(file: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in file.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri + "?immutable=1"
}

impl Ledger {
    /// Opens the ledger in this file, or makes an empty one (mode 0600) and its folder's record of
    /// it durable. The folder must exist.
    ///
    /// # Errors
    /// [`LedgerError::Open`] when it cannot be opened, or is a symbolic link;
    /// [`LedgerError::Form`] when the file is not a ledger or is from a newer docket.
    pub fn open(path: &Path) -> Result<Ledger, LedgerError> {
        let refused = |reason: &dyn fmt::Display| LedgerError::Open {
            path: path.to_owned(),
            reason: reason.to_string(),
        };
        let name = path
            .file_name()
            .ok_or_else(|| refused(&"the path names no file"))?;
        let folder = folder_of(path);
        // SQLite's refusal of links looks at every folder of the path; only the file matters here.
        let folder = folder.canonicalize().map_err(|e| refused(&e))?;
        let file = folder.join(name);
        if is_on_read_only(&folder) {
            return Ledger::open_to_look(path, &file);
        }
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&file)
        {
            Ok(new) => {
                new.sync_all().map_err(|e| refused(&e))?;
                File::open(&folder)
                    .and_then(|folder| folder.sync_all())
                    .map_err(|e| refused(&e))?;
            }
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(refused(&e)),
        }
        let connection = Connection::open_with_flags(
            &file,
            OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX
                | OpenFlags::SQLITE_OPEN_NOFOLLOW
                | OpenFlags::SQLITE_OPEN_EXRESCODE,
        )
        .map_err(|e| refused(&e))?;
        let ledger = Ledger {
            path: path.to_owned(),
            connection: Mutex::new(connection),
            version: AtomicI64::new(0),
        };
        ledger.prepare()?;
        Ok(ledger)
    }

    /// Opens a ledger on storage that is read-only. SQLite reads one with a log only where it may make
    /// files beside it, unless it is told that nobody changes the file (sqlite.org/uri.html,
    /// `immutable`), which holds here; but then it looks into no log.
    fn open_to_look(path: &Path, file: &Path) -> Result<Ledger, LedgerError> {
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
            return Err(LedgerError::LogOnReadOnly {
                path: path.to_owned(),
            });
        }
        let refused = |e: rusqlite::Error| LedgerError::Open {
            path: path.to_owned(),
            reason: e.to_string(),
        };
        let connection = Connection::open_with_flags(
            as_uri(file),
            OpenFlags::SQLITE_OPEN_READ_ONLY
                | OpenFlags::SQLITE_OPEN_URI
                | OpenFlags::SQLITE_OPEN_NO_MUTEX
                | OpenFlags::SQLITE_OPEN_NOFOLLOW
                | OpenFlags::SQLITE_OPEN_EXRESCODE,
        )
        .map_err(refused)?;
        let ledger = Ledger {
            path: path.to_owned(),
            connection: Mutex::new(connection),
            version: AtomicI64::new(0),
        };
        ledger.known(&mut ledger.connection())?;
        Ok(ledger)
    }

    /// The form of the ledger that the file is; 0 of one that is empty.
    fn known(&self, connection: &mut Connection) -> Result<i32, LedgerError> {
        let form = |reason| LedgerError::Form {
            path: self.path.clone(),
            reason,
        };
        let opened = (|| {
            // Fails on a file that is no database, before anything is written to it. One moment of
            // the file: another session may be making it.
            let tx = connection.transaction()?;
            let application = tx.pragma_query_value(None, "application_id", |r| r.get(0))?;
            let version: i32 = tx.pragma_query_value(None, "user_version", |r| r.get(0))?;
            let tables: i64 =
                tx.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0))?;
            Ok((application, version, tables))
        })();
        let (application, version, tables): (i32, i32, i64) = match opened {
            Err(rusqlite::Error::SqliteFailure(e, _)) if e.code == ErrorCode::NotADatabase => {
                return Err(form("this is not a ledger; put the case back from a copy"));
            }
            other => other.map_err(LedgerError::database("be opened"))?,
        };
        if application != APPLICATION && (application != 0 || tables != 0) {
            return Err(form("this is another program's file, not a ledger"));
        }
        if version > FORM {
            return Err(form(
                "this ledger is from a newer docket; use that one to open it",
            ));
        }
        Ok(version)
    }

    fn prepare(&self) -> Result<(), LedgerError> {
        let mut connection = self.connection();
        connection
            .busy_timeout(BUSY)
            .map_err(LedgerError::database("be opened"))?;
        let version = self.known(&mut connection)?;
        (|| {
            use_wal(&connection)?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            // On macOS a plain fsync does not reach the disk; elsewhere these change nothing.
            connection.pragma_update(None, "fullfsync", true)?;
            connection.pragma_update(None, "checkpoint_fullfsync", true)?;
            connection.pragma_update(None, "trusted_schema", false)?;
            // Nothing of a case is laid down outside it, not for a moment.
            connection.pragma_update(None, "temp_store", "MEMORY")?;
            if version == 0 {
                let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                // Another session may have made it while this one waited.
                let version: i32 = tx.pragma_query_value(None, "user_version", |r| r.get(0))?;
                if version == 0 {
                    for (_, sql) in SCHEMA {
                        tx.execute_batch(sql)?;
                    }
                    tx.pragma_update(None, "application_id", APPLICATION)?;
                    tx.pragma_update(None, "user_version", FORM)?;
                }
                tx.commit()?;
            }
            Ok(())
        })()
        .map_err(|error| self.unless_quota(error, LedgerError::database("be opened")))
    }

    /// The connection; a thread that panicked while holding it has left no open transaction.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends one entry with its data and returns it as recorded. It is on the disk then.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing is saved then.
    pub fn append(
        &self,
        actor: &Actor,
        entry: &Entry,
        data: Option<&[u8]>,
    ) -> Result<Recorded, LedgerError> {
        self.write(|writing| writing.append(actor, entry, data))
    }

    /// Runs `act` while no other session can write, and makes what it appended durable.
    ///
    /// What `act` reads through [`Writing`] is the newest state, other sessions' entries included.
    /// When it fails, nothing of it is saved.
    ///
    /// # Errors
    /// What `act` returns, or a [`LedgerError`] of the start or the commit.
    pub fn write<T, E: From<LedgerError>>(
        &self,
        act: impl FnOnce(&mut Writing<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.connection();
        let tx = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(LedgerError::database("be written"))?;
        let reading = Reading { connection: &tx };
        let done = act(&mut Writing { reading })?;
        tx.commit()
            .map_err(|error| self.unless_quota(error, LedgerError::commit))?;
        Ok(done)
    }

    /// What an error means, unless it means a used-up quota. SQLite tells that as any failed write;
    /// whether it is one shows where a file beside the ledger is refused for it. A commit whose write
    /// failed is none: its last page, which makes it one, is written last.
    fn unless_quota(
        &self,
        error: rusqlite::Error,
        otherwise: impl FnOnce(rusqlite::Error) -> LedgerError,
    ) -> LedgerError {
        let code = error.sqlite_error().map(|error| error.extended_code);
        if code == Some(rusqlite::ffi::SQLITE_IOERR_WRITE) && is_quota_used_up(&self.path) {
            return LedgerError::Quota;
        }
        otherwise(error)
    }

    /// Runs `act` on one moment of the ledger: what other sessions append meanwhile is not in it.
    ///
    /// # Errors
    /// What `act` returns, or a [`LedgerError`] of the start.
    pub fn read<T, E: From<LedgerError>>(
        &self,
        act: impl FnOnce(&Reading<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.connection();
        let tx = connection
            .transaction()
            .map_err(LedgerError::database("be read"))?;
        act(&Reading { connection: &tx })
    }

    /// The entries from number `from` on, in order, without their data.
    ///
    /// # Errors
    /// [`LedgerError`] when reading fails or an entry cannot be understood.
    pub fn entries(&self, from: u64) -> Result<Vec<Recorded>, LedgerError> {
        entries(&self.connection(), from, u64::MAX)
    }

    /// The entries that are no decisions, marks, second words, undoes or redoes, in order, without their data: what a
    /// case is made of. Many times fewer than all of them where reviewers decide one by one.
    ///
    /// # Errors
    /// As [`Ledger::entries`].
    pub fn entries_of_the_case(&self) -> Result<Vec<Recorded>, LedgerError> {
        // The kind stands first in an entry's JSON, and its form never changes.
        select(
            &self.connection(),
            "substr(body, 1, 14) NOT IN ('{\"kind\":\"decid', '{\"kind\":\"mark\"', '{\"kind\":\"undo\"', '{\"kind\":\"redo\"', '{\"kind\":\"redac', '{\"kind\":\"secon')
             AND seq BETWEEN ?1 AND ?2",
            0,
            u64::MAX,
        )
    }

    /// The data of an entry; `None` where it has none or does not exist.
    ///
    /// # Errors
    /// [`LedgerError`] when reading fails or the data is not what the entry was sealed with.
    pub fn data(&self, seq: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        data(&self.connection(), seq)
    }

    /// Where the ledger ends now.
    ///
    /// # Errors
    /// [`LedgerError`] when reading fails.
    pub fn head(&self) -> Result<Head, LedgerError> {
        head(&self.connection())
    }

    /// The hash of entry `seq`, if it exists; [`Hash::GENESIS`] for 0.
    ///
    /// # Errors
    /// [`LedgerError`] when reading fails.
    pub fn hash_of(&self, seq: u64) -> Result<Option<Hash>, LedgerError> {
        if seq == 0 {
            return Ok(Some(Hash::GENESIS));
        }
        self.connection()
            .query_row(
                "SELECT hash FROM entry WHERE seq = ?1",
                [signed(seq)],
                |r| r.get(0),
            )
            .optional()
            .map(|found| found.map(Hash))
            .map_err(LedgerError::database("be read"))
    }

    /// The number of the first entry whose hash begins with these hexadecimal digits, in small
    /// letters.
    ///
    /// # Errors
    /// [`LedgerError`] when reading fails.
    pub fn entry_with(&self, digits: &str) -> Result<Option<u64>, LedgerError> {
        self.connection()
            .query_row(
                "SELECT seq FROM entry WHERE lower(substr(hex(hash), 1, ?2)) = ?1 ORDER BY seq LIMIT 1",
                rusqlite::params![digits, i64::try_from(digits.len()).unwrap_or(i64::MAX)],
                |row| row.get::<_, i64>(0),
            )
            .optional()
            .map(|found| found.map(i64::unsigned_abs))
            .map_err(LedgerError::database("be read"))
    }

    /// A number that changes whenever another connection has written: a poll of microseconds.
    ///
    /// It does not wait: while another thread is at work here, the answer is the last one.
    ///
    /// # Errors
    /// [`LedgerError`] when reading fails.
    pub fn data_version(&self) -> Result<i64, LedgerError> {
        let connection = match self.connection.try_lock() {
            Ok(connection) => connection,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(self.version.load(Ordering::Relaxed)),
        };
        let version = connection
            .pragma_query_value(None, "data_version", |r| r.get(0))
            .map_err(LedgerError::database("be read"))?;
        self.version.store(version, Ordering::Relaxed);
        Ok(version)
    }

    /// Writes a copy of the ledger as it stands at one moment into a new file, whoever else is at
    /// work on it.
    ///
    /// # Errors
    /// [`LedgerError`] when the file is there already, or the disk refuses.
    pub fn copy_to(&self, path: &Path) -> Result<(), LedgerError> {
        let refused = |reason: &dyn fmt::Display| LedgerError::Open {
            path: path.to_owned(),
            reason: reason.to_string(),
        };
        let name = path
            .to_str()
            .ok_or_else(|| refused(&"its name is no text"))?;
        self.connection()
            .execute("VACUUM INTO ?1", [name])
            .map_err(LedgerError::database("be copied"))?;
        let restricted = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(path, restricted).map_err(|error| refused(&error))
    }

    /// Checks the whole ledger: SQLite's own structure, the guards, numbers without a gap, every
    /// hash and every entry's form. With an `anchor` kept from earlier, also that the ledger has
    /// not been cut or rewritten since.
    ///
    /// # Errors
    /// [`LedgerError`] when reading fails as a whole; what is wrong with entries is in the verdict.
    pub fn verify(&self, anchor: Option<Head>) -> Result<Verdict, LedgerError> {
        let connection = self.connection();
        verify(&connection, anchor).map_err(LedgerError::database("be checked"))
    }
}

/// Turns the write-ahead log on. SQLite does not wait here when another session is at the same,
/// or is just closing the file, so this does.
fn use_wal(connection: &Connection) -> rusqlite::Result<()> {
    let start = Instant::now();
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())) {
            Err(e)
                if e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && start.elapsed() < BUSY =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::schema::FORMER_TABLE;
    use super::writing::PIECE;
    use super::*;
    use crate::case::marks::About;
    use crate::model::Flag;
    use proptest::prelude::*;
    use std::os::unix::fs::PermissionsExt;

    fn actor(name: &str) -> Actor {
        Actor {
            name: name.into(),
            how: Known::Given,
        }
    }

    fn fact(to: &str) -> Entry {
        Entry::Fact {
            key: "reference".into(),
            from: None,
            to: Some(to.into()),
            basis: None,
        }
    }

    fn made(folder: &Path) -> Ledger {
        let ledger = Ledger::open(&folder.join("ledger.sqlite")).unwrap();
        ledger.append(&actor("Ann"), &fact("first"), None).unwrap();
        ledger
            .append(&actor("Ann"), &fact("second"), Some(b"data of the second"))
            .unwrap();
        ledger
            .append(&actor("Bo"), &fact("third"), Some(b""))
            .unwrap();
        ledger
    }

    /// Opens the file without the guards, as someone with an SQLite shell would.
    fn unguarded(folder: &Path) -> Connection {
        let connection = Connection::open(folder.join("ledger.sqlite")).unwrap();
        connection
            .execute_batch(
                "DROP TRIGGER entry_follows; DROP TRIGGER entry_stays; DROP TRIGGER entry_holds",
            )
            .unwrap();
        connection
    }

    fn guard(connection: &Connection) {
        for (name, sql) in &SCHEMA[1..] {
            connection
                .execute_batch(sql)
                .unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }

    #[test]
    fn entries_come_back_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let before = made(folder.path()).entries(0).unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        assert_eq!(ledger.entries(1).unwrap(), before);
        assert_eq!(ledger.entries(3).unwrap().len(), 1);
        assert_eq!(ledger.data(1).unwrap(), None);
        assert_eq!(ledger.data(2).unwrap().unwrap(), b"data of the second");
        assert_eq!(ledger.data(3).unwrap().unwrap(), b"");
        assert_eq!(ledger.data(4).unwrap(), None);
        assert_eq!(ledger.head().unwrap().seq, 3);
        let verdict = ledger.verify(Some(ledger.head().unwrap())).unwrap();
        assert_eq!(verdict.faults, vec![]);
        assert_eq!(verdict.entries, 3);
        assert_eq!(
            Hash::from_hex(&verdict.head.hash.to_string()),
            Some(verdict.head.hash)
        );
    }

    #[test]
    fn entries_of_the_case_are_all_but_decisions() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = made(folder.path());
        let (of, count, skipped) = (4, 0, 0);
        for entry in [
            Entry::Decide {
                decision: crate::model::Decision::Mixed,
                count,
                how: How::Key,
                query: None,
                note: None,
                reason: None,
                marks: Vec::new(),
            },
            Entry::Mark {
                about: About::Flag { flag: Flag::Hold },
                to: None,
                count,
                how: How::Key,
                query: None,
                marks: Vec::new(),
            },
            Entry::Second {
                act: crate::case::second::SecondAct::Countersign,
                count,
                how: How::Key,
                query: None,
                note: None,
                reason: None,
                marks: Vec::new(),
            },
            Entry::Undo {
                of,
                count,
                skipped,
                people: Vec::new(),
                marks: Vec::new(),
                rule: None,
                masks: Vec::new(),
                same: Vec::new(),
                me: None,
                findings: Vec::new(),
            },
            Entry::Redo {
                of,
                count,
                skipped,
                people: Vec::new(),
                marks: Vec::new(),
                rule: None,
                masks: Vec::new(),
                same: Vec::new(),
                me: None,
                findings: Vec::new(),
            },
            Entry::Redact {
                reason: None,
                count,
                places: 0,
                how: How::Key,
                query: None,
                find: None,
                masks: Vec::new(),
                marks: Vec::new(),
            },
            Entry::Created { docket: "1".into() },
        ] {
            ledger.append(&actor("Ann"), &entry, None).unwrap();
        }
        let of_the_case = ledger.entries_of_the_case().unwrap();
        let seqs: Vec<_> = of_the_case.iter().map(|recorded| recorded.seq).collect();
        assert_eq!(seqs, [1, 2, 3, 10]);
    }

    #[test]
    fn only_the_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let _open = made(folder.path());
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
        }
    }

    #[test]
    fn what_stands_cannot_be_changed() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = made(folder.path());
        let connection = ledger.connection();
        for sql in [
            "UPDATE entry SET body = '{}' WHERE seq = 2",
            "DELETE FROM entry WHERE seq = 3",
            "DELETE FROM entry",
            "INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE seq = 2",
            "INSERT INTO entry SELECT seq + 9, at, actor, body, prev, hash, data_sha256, data FROM entry",
            "INSERT INTO entry SELECT 4, at, actor, body, prev, hash, data_sha256, data FROM entry WHERE seq = 3",
        ] {
            let refused = connection.execute_batch(sql).unwrap_err().to_string();
            assert!(refused.contains("only grows"), "{sql}: {refused}");
        }
        drop(connection);
        assert!(ledger.verify(None).unwrap().holds());
    }

    #[test]
    fn a_ledger_with_the_former_table_is_read_and_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(FORMER_TABLE).unwrap();
        guard(&connection);
        connection
            .pragma_update(None, "application_id", APPLICATION)
            .unwrap();
        connection
            .pragma_update(None, "user_version", FORM)
            .unwrap();
        drop(connection);
        let ledger = Ledger::open(&path).unwrap();
        let data = vec![7; PIECE + 100_000];
        let first = ledger
            .append(&actor("Ann"), &fact("first"), Some(&data))
            .unwrap();
        ledger.append(&actor("Bo"), &fact("second"), None).unwrap();
        assert_eq!(ledger.data(first.seq).unwrap(), Some(data));
        assert_eq!(ledger.head().unwrap().seq, 2);
        assert!(ledger.verify(None).unwrap().holds());
    }

    #[test]
    fn much_data_are_written_in_pieces_and_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = made(folder.path());
        for length in [PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 17] {
            let data: Vec<u8> = (0..length).map(|at| ((at * 31) >> 3) as u8).collect();
            let entry = ledger
                .append(&actor("Ann"), &fact("much"), Some(&data))
                .unwrap();
            assert_eq!(ledger.data(entry.seq).unwrap(), Some(data), "{length}");
        }
        drop(ledger);
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        assert!(ledger.verify(None).unwrap().holds());
    }

    #[test]
    fn a_failed_act_saves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = made(folder.path());
        let failed: Result<(), LedgerError> = ledger.write(|writing| {
            writing.append(&actor("Ann"), &fact("fourth"), None)?;
            Err(LedgerError::Busy)
        });
        assert!(failed.is_err());
        assert_eq!(ledger.head().unwrap().seq, 3);
        assert_eq!(
            ledger
                .append(&actor("Ann"), &fact("fourth"), None)
                .unwrap()
                .seq,
            4
        );
    }

    #[test]
    fn sessions_take_turns_and_notice_one_another() {
        let folder = tempfile::tempdir().unwrap();
        let one = made(folder.path());
        let two = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let (seen_one, seen_two) = (one.data_version().unwrap(), two.data_version().unwrap());
        std::thread::scope(|scope| {
            for ledger in [&one, &two] {
                scope.spawn(move || {
                    for _ in 0..50 {
                        ledger.append(&actor("Ann"), &fact("more"), None).unwrap();
                    }
                });
            }
        });
        assert_eq!(one.head().unwrap().seq, 103);
        assert!(one.verify(None).unwrap().holds());
        assert_ne!(one.data_version().unwrap(), seen_one);
        assert_ne!(two.data_version().unwrap(), seen_two);
        let quiet = one.data_version().unwrap();
        one.append(&actor("Ann"), &fact("own"), None).unwrap();
        assert_eq!(one.data_version().unwrap(), quiet);
    }

    #[test]
    fn several_sessions_make_it_at_once() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ledger.sqlite");
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        let ledger = Ledger::open(&path).unwrap();
                        ledger.append(&actor("Ann"), &fact("one"), None).unwrap();
                    });
                }
            });
            let verdict = Ledger::open(&path).unwrap().verify(None).unwrap();
            assert_eq!((verdict.entries, verdict.faults), (4, vec![]));
        }
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        std::fs::write(
            &path,
            "not a database, but long enough to be looked at".repeat(99),
        )
        .unwrap();
        assert!(matches!(Ledger::open(&path), Err(LedgerError::Form { .. })));
        std::fs::remove_file(&path).unwrap();
        Connection::open(&path)
            .unwrap()
            .execute_batch("CREATE TABLE t (x)")
            .unwrap();
        assert!(matches!(Ledger::open(&path), Err(LedgerError::Form { .. })));
        let link = folder.path().join("link.sqlite");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(Ledger::open(&link), Err(LedgerError::Open { .. })));
    }

    #[test]
    fn a_cut_end_shows_against_a_noted_head() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = made(folder.path());
        let head = ledger.head().unwrap();
        let shell = unguarded(folder.path());
        shell
            .execute_batch("DELETE FROM entry WHERE seq = 3")
            .unwrap();
        guard(&shell);
        assert!(ledger.verify(None).unwrap().holds());
        let verdict = ledger.verify(Some(head)).unwrap();
        assert_eq!(verdict.faults.len(), 1);
        assert!(verdict.faults[0].what.contains("cut off"));
        ledger
            .append(&actor("Bo"), &fact("another third"), None)
            .unwrap();
        assert!(
            ledger.verify(Some(head)).unwrap().faults[0]
                .what
                .contains("rewritten")
        );
    }

    #[test]
    fn a_missing_guard_shows() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = made(folder.path());
        unguarded(folder.path());
        assert_eq!(ledger.verify(None).unwrap().faults.len(), 3);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_changed_byte_is_found(
            row in 1i64..4,
            column in 0usize..7,
            at in any::<prop::sample::Index>(),
            flip in 1u8..=255,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let ledger = made(folder.path());
            let column =
                ["at", "actor", "body", "data", "data_sha256", "prev", "hash"][column];
            let shell = unguarded(folder.path());
            let stored: Option<Vec<u8>> = shell
                .query_row(
                    &format!("SELECT CAST({column} AS BLOB) FROM entry WHERE seq = ?1"),
                    [row],
                    |r| r.get(0),
                )
                .unwrap();
            let mut changed = stored.unwrap_or_default();
            if changed.is_empty() {
                changed.push(flip);
            } else {
                let at = at.index(changed.len());
                changed[at] ^= flip;
            }
            let kind = if ["at", "actor", "body"].contains(&column) { "TEXT" } else { "BLOB" };
            shell
                .execute(
                    &format!("UPDATE entry SET {column} = CAST(?1 AS {kind}) WHERE seq = ?2"),
                    rusqlite::params![changed, row],
                )
                .unwrap();
            guard(&shell);
            prop_assert!(!ledger.verify(None).unwrap().holds());
        }

        #[test]
        fn any_two_swapped_entries_are_found(a in 1i64..4, b in 1i64..4) {
            prop_assume!(a != b);
            let folder = tempfile::tempdir().unwrap();
            let ledger = made(folder.path());
            let shell = unguarded(folder.path());
            for (from, to) in [(a, 99), (b, a), (99, b)] {
                shell.execute("UPDATE entry SET seq = ?2 WHERE seq = ?1", [from, to]).unwrap();
            }
            guard(&shell);
            prop_assert!(!ledger.verify(None).unwrap().holds());
        }
    }
}
