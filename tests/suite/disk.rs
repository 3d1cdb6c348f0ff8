//! What the real program does when the disk is full, when it fails, and when the program is killed
//! in the middle of anything: driven by a small library in C that is loaded before the system's
//! own and lets a chosen call fail. Without a C compiler, or where no library can be put first,
//! these tests say so and end.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

/// Counts the calls that change files below `DISK_UNDER` and, from the one numbered `DISK_FROM` on,
/// does as `DISK_DOES` says: `full` (no write finds room), `quota` (none
/// is granted any), `sync` (nothing becomes durable), `broken`
/// (neither works), `kill` (the program is killed before the call), `count` (nothing, but the count is
/// written to `DISK_COUNT` at the end).
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static int count = -1;

static int is_under(const char *path) {
    const char *under = getenv("DISK_UNDER");
    return under && strncmp(path, under, strlen(under)) == 0;
}

static int concerns(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_under(path);
}

/* 0, or the error that the call ends with. */
static int fails(int sync) {
    const char *does = getenv("DISK_DOES"), *from = getenv("DISK_FROM");
    long call = atomic_fetch_add(&calls, 1);
    if (!does || !from || call < atol(from)) return 0;
    if (strcmp(does, "kill") == 0) raise(SIGKILL);
    if (strcmp(does, "full") == 0 && !sync) return ENOSPC;
    if (strcmp(does, "quota") == 0 && !sync) return EDQUOT;
    if (strcmp(does, "sync") == 0 && sync) return EIO;
    if (strcmp(does, "broken") == 0) return EIO;
    return 0;
}

/* Before the program begins: later it lets nobody write there. */
__attribute__((constructor)) static void begin(void) {
    const char *place = getenv("DISK_COUNT");
    if (place) count = open(place, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
}

__attribute__((destructor)) static void tell(void) {
    if (count >= 0) dprintf(count, "%ld", (long)calls);
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define GUARD(fd, sync) do { int saved = errno; int error = concerns(fd) ? fails(sync) : 0; \
    if (error) { errno = error; return -1; } errno = saved; } while (0)

ssize_t write(int fd, const void *b, size_t n) { REAL(write); GUARD(fd, 0); return real(fd, b, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { REAL(pwrite); GUARD(fd, 0); return real(fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { REAL(pwrite64); GUARD(fd, 0); return real(fd, b, n, o); }
ssize_t writev(int fd, const struct iovec *v, int n) { REAL(writev); GUARD(fd, 0); return real(fd, v, n); }
int fsync(int fd) { REAL(fsync); GUARD(fd, 1); return real(fd); }
int fdatasync(int fd) { REAL(fdatasync); GUARD(fd, 1); return real(fd); }
ssize_t copy_file_range(int i, off64_t *a, int o, off64_t *b, size_t n, unsigned f) { REAL(copy_file_range); GUARD(o, 0); return real(i, a, o, b, n, f); }
int rename(const char *a, const char *b) { REAL(rename); if (is_under(b)) { int error = fails(1); if (error) { errno = error; return -1; } } return real(a, b); }
"#;

/// The library, compiled once; `None` where it cannot be, which is said.
fn shim() -> Option<&'static Path> {
    static MADE: OnceLock<Option<(TempDir, PathBuf)>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (source, library) = (folder.path().join("disk.c"), folder.path().join("disk.so"));
        fs::write(&source, SHIM).unwrap();
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-w", "-o"])
            .arg(&library)
            .arg(&source)
            .arg("-ldl")
            .output();
        let works = cfg!(target_os = "linux") && compiled.is_ok_and(|ran| ran.status.success());
        if !works {
            println!("skipped: no C compiler that makes a library to load first");
        }
        works.then_some((folder, library))
    });
    made.as_ref().map(|(_, library)| library.as_path())
}

/// Two chats of one month; `more` messages after those of the first.
fn chat(name: &str, messages: usize) -> String {
    (0..messages)
        .map(|at| {
            format!(
                "{:02}/03/2021, {:02}:{:02} - {}: {} number {at} of {name}\n",
                1 + at / 24 % 28,
                at % 24,
                at * 7 % 60,
                ["Ann", "Bo Ek", "Cleo"][at % 3],
                ["the budget paper", "lunch with Rafe", "a late train"][at / 2 % 3],
            )
        })
        .collect()
}

/// A case with one chat and two decisions, as every run of a test begins with it.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk {
            folder: tempfile::tempdir().unwrap(),
        };
        let first = desk.path("WhatsApp Chat with Quay works.txt");
        fs::write(&first, chat("quay", 300)).unwrap();
        fs::write(
            desk.path("WhatsApp Chat with North office.txt"),
            chat("north", 400),
        )
        .unwrap();
        desk.done(&["import", first.to_str().unwrap()]);
        desk.done(&["tag", "official", "budget", "--yes"]);
        desk.done(&["tag", "personal", "lunch", "--yes"]);
        fs::rename(desk.case(), desk.path("kept")).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn case(&self) -> PathBuf {
        self.path("case")
    }

    /// Puts the case back as it was.
    fn again(&self) {
        if self.case().exists() {
            fs::remove_dir_all(self.case()).unwrap();
        }
        copy(&self.path("kept"), &self.case());
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("USER", "tester")
            .env("DOCKET_CASE", self.case())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command on a sound disk.
    fn done(&self, arguments: &[&str]) -> String {
        let ran = self.command(arguments).output().unwrap();
        let told = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(0), "{arguments:?}: {told}");
        String::from_utf8(ran.stdout).unwrap()
    }

    /// Runs a command on a disk that does this from some call on.
    fn run(&self, library: &Path, does: &str, from: u64, arguments: &[&str]) -> Output {
        self.command(arguments)
            .env("LD_PRELOAD", library)
            .env("DISK_UNDER", fs::canonicalize(self.case()).unwrap())
            .env("DISK_DOES", does)
            .env("DISK_FROM", from.to_string())
            .env("DISK_COUNT", self.path("count"))
            .output()
            .unwrap()
    }

    /// How many calls a command makes that change the case; `None` where none is seen, because
    /// no library can be put first here.
    fn calls(&self, library: &Path, arguments: &[&str]) -> Option<u64> {
        self.again();
        let ran = self.run(library, "count", 0, arguments);
        assert_eq!(ran.status.code(), Some(0));
        let count = fs::read_to_string(self.path("count")).ok()?;
        let count = count.parse().ok().filter(|count| *count > 0);
        if count.is_none() {
            println!("skipped: the library is not loaded first here");
        }
        count
    }

    /// Messages by decision, with how many there are.
    fn decided(&self) -> BTreeMap<String, u64> {
        let rows = self.done(&["--json", "search", "number"]);
        let mut decided = BTreeMap::new();
        for row in rows.lines() {
            let row: Value = serde_json::from_str(row).unwrap();
            let decision = row["decision"].as_str().unwrap_or("none").to_owned();
            *decided.entry(decision).or_default() += 1;
        }
        decided
    }

    /// The kinds of the ledger's entries.
    fn entries(&self) -> Vec<String> {
        let rows = self.done(&["--json", "log"]);
        let kind = |row: &str| -> String {
            let row: Value = serde_json::from_str(row).unwrap();
            row["entry"]["kind"]
                .as_str()
                .or(row["kind"].as_str())
                .unwrap_or_default()
                .into()
        };
        rows.lines().map(kind).collect()
    }

    /// That the case is whole, whatever happened.
    fn is_whole(&self, when: &str) {
        let ran = self.command(&["check", "--full"]).output().unwrap();
        let told = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert_eq!(ran.status.code(), Some(0), "{when}: {told}");
    }
}

fn copy(from: &Path, to: &Path) {
    // As docket makes it, for its owner alone.
    let mut folder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), &place).unwrap();
        }
    }
}

/// At most so many of these calls, the first and the last few among them.
fn some(calls: u64, most: u64) -> Vec<u64> {
    let step = (calls / most).max(1);
    (0..calls)
        .filter(|at| at % step == 0 || *at < 4 || *at + 6 > calls)
        .collect()
}

/// What a failed command says: one line, that names what is safe and what to do.
fn told(ran: &Output, when: &str) -> String {
    let told = String::from_utf8(ran.stderr.clone()).unwrap();
    assert_eq!(ran.status.code(), Some(3), "{when}: {told}");
    assert_eq!(told.lines().count(), 1, "{when}: {told}");
    told
}

#[test]
fn a_failing_disk_while_tagging_is_told_and_loses_nothing() {
    let Some(library) = shim() else { return };
    let desk = Desk::new();
    let tag = ["--json", "tag", "official", "train", "--yes"];
    let Some(calls) = desk.calls(library, &tag) else {
        return;
    };
    let after = desk.decided();
    desk.again();
    let before = desk.decided();
    assert_ne!(before, after);
    let (mut refused, mut unsure, mut of_quota) = (0, 0, 0);
    for does in ["full", "quota", "sync", "broken", "kill"] {
        for from in some(calls, 12) {
            let when = format!("{does} from call {from} of {calls}");
            desk.again();
            let ran = desk.run(library, does, from, &tag);
            let is_told_saved = !ran.stdout.is_empty();
            let found = desk.decided();
            if is_told_saved {
                assert_eq!(found, after, "{when}");
            } else if does != "kill" {
                let told = told(&ran, &when);
                refused += 1;
                of_quota += usize::from(told.contains("(its quota) is used up"));
                assert!(does == "quota" || !told.contains("quota"), "{when}: {told}");
                if told.contains("nothing was saved") {
                    assert_eq!(found, before, "{when}: {told}");
                } else {
                    assert!(told.contains("docket log"), "{when}: {told}");
                    unsure += 1;
                }
            }
            // The act is there whole or not at all, and everything before it is.
            assert!(found == before || found == after, "{when}: {found:?}");
            desk.is_whole(&when);
            desk.done(&tag);
            assert_eq!(desk.decided(), after, "{when}");
        }
    }
    assert!(refused > 0 && of_quota > 0);
    println!("{calls} calls; {refused} refusals, {unsure} of them unsure, {of_quota} of a quota");
}

#[test]
fn a_failing_disk_while_importing_is_told_and_loses_nothing() {
    let Some(library) = shim() else { return };
    let desk = Desk::new();
    let path = desk.path("WhatsApp Chat with North office.txt");
    let import = ["--json", "import", path.to_str().unwrap()];
    let Some(calls) = desk.calls(library, &import) else {
        return;
    };
    let (after, entries_after) = (desk.decided(), desk.entries());
    desk.again();
    let (before, entries_before) = (desk.decided(), desk.entries());
    assert_ne!(before, after);
    let mut refused = 0;
    for does in ["full", "sync", "broken", "kill"] {
        for from in some(calls, 8) {
            let when = format!("{does} from call {from} of {calls}");
            desk.again();
            let ran = desk.run(library, does, from, &import);
            let (found, entries) = (desk.decided(), desk.entries());
            if !ran.stdout.is_empty() {
                assert_eq!(found, after, "{when}");
            } else if does != "kill" {
                let told = told(&ran, &when);
                refused += 1;
                let nothing = ["nothing was saved", "nothing was loaded"];
                if nothing.iter().any(|safe| told.contains(safe)) {
                    assert_eq!(found, before, "{when}: {told}");
                } else if told.contains("loaded and saved all the same") {
                    assert_eq!(found, after, "{when}: {told}");
                } else {
                    assert!(told.contains("docket log"), "{when}: {told}");
                }
            }
            // What the ledger tells of is there, and nothing else.
            if entries == entries_before {
                assert_eq!(found, before, "{when}");
            } else {
                assert_eq!((&entries, &found), (&entries_after, &after), "{when}");
            }
            desk.is_whole(&when);
            desk.done(&import);
            assert_eq!(desk.decided(), after, "{when}");
        }
    }
    assert!(refused > 0);
    println!("{calls} calls; {refused} refusals");
}
