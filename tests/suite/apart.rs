//! Exports are read in a process of their own, which can do nothing else; what ends it costs the
//! record that did.

use super::overheard::{Overheard, asks_and_answers, read_with};
use docket::case::{Actor, Case, ImportOptions};
use docket::import::whatsapp::WhatsApp;
use docket::import::{Importer, Record, worker};
use docket::model::Kind;
use docket::sandbox::{self, Acts, Reach, Support, patience};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// Runs one of the tests below that are for a process of their own.
pub fn alone(test: &str, given: &Path) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            test,
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("DOCKET_ALONE", given)
        .output()
        .unwrap()
}

pub fn given() -> Option<std::path::PathBuf> {
    std::env::var_os("DOCKET_ALONE").map(Into::into)
}

#[test]
fn a_reader_can_do_nothing_but_read_its_export() {
    let state = sandbox::state();
    if state.files == Support::None || state.calls == Support::None {
        println!("skipped: this kernel has no Landlock or no seccomp ({state:?})");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("export.txt"), "what may be read").unwrap();
    fs::write(folder.path().join("other.txt"), "what may not").unwrap();
    std::os::unix::fs::symlink("other.txt", folder.path().join("link.txt")).unwrap();
    let output = alone("suite::apart::acts_of_a_reader", folder.path());
    let told = String::from_utf8(output.stdout).unwrap();
    hold_acts_against_their_names(&told, 40);
}

#[test]
fn what_starts_readers_can_start_them_and_little_else() {
    let state = sandbox::state();
    if state.writes == Support::None || state.calls == Support::None {
        println!("skipped: this kernel has no Landlock or no seccomp ({state:?})");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("export.txt"), "what may be read").unwrap();
    let output = alone("suite::apart::acts_of_a_starter", folder.path());
    let told = String::from_utf8(output.stdout).unwrap();
    hold_acts_against_their_names(&told, 25);
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "{told}");
}

/// What the program tries that starts readers.
#[test]
#[ignore = "is run by a test, in a process of its own"]
fn acts_of_a_starter() {
    let Some(folder) = given() else { return };
    let export = folder.join("export.txt");
    sandbox::lock_starter();
    let tell = |act: &str, done: bool| {
        println!("act {act}: {}", if done { "done" } else { "denied" });
    };
    tell("may open an export", fs::read(&export).is_ok());
    let fork = [i64::from(libc::SIGCHLD), 0, 0];
    tell("may fork", raw(libc::SYS_clone, fork));
    let waited = rustix::process::wait(rustix::process::WaitOptions::empty());
    tell("may wait for it", waited.is_ok());
    let append = fs::OpenOptions::new().append(true).open(&export);
    tell("write an export", append.is_ok());
    tell("cut an export", fs::File::create(&export).is_ok());
    tell("make a file", fs::File::create(folder.join("new")).is_ok());
    tell("make a folder", fs::create_dir(folder.join("new")).is_ok());
    tell("remove a file", fs::remove_file(&export).is_ok());
    let renamed = fs::rename(&export, folder.join("new"));
    tell("rename a file", renamed.is_ok());
    tell("listen", std::net::TcpListener::bind("127.0.0.1:0").is_ok());
    tell(
        "open a Unix socket",
        std::os::unix::net::UnixDatagram::unbound().is_ok(),
    );
    tell("start a program", Command::new("/bin/true").spawn().is_ok());
    let thread = std::thread::Builder::new().spawn(|| ());
    tell("start a thread", thread.is_ok());
    for (act, number, arguments) in calls() {
        // It forks, locks itself, and ends what it started.
        if ![libc::SYS_clone, libc::SYS_prctl, libc::SYS_tgkill].contains(&number) {
            tell(act, raw(number, arguments));
        }
    }
    #[cfg(target_os = "linux")]
    for (what, flag) in [
        ("memory", libc::CLONE_VM),
        ("folders", libc::CLONE_NEWNS),
        ("users", libc::CLONE_NEWUSER),
        ("processes", libc::CLONE_NEWPID),
    ] {
        let flags = i64::from(libc::SIGCHLD | flag);
        let act = format!("fork with a word on {what}");
        tell(&act, raw(libc::SYS_clone, [flags, 0, 0]));
    }
}

/// What a process tries once it is locked; each line says whether it was done.
#[test]
#[ignore = "is run by a test, in a process of its own"]
fn acts_of_a_reader() {
    let Some(folder) = given() else { return };
    let export = folder.join("export.txt");
    let open = fs::File::open(&export).unwrap();
    let state = sandbox::lock_reader(&Reach::These(vec![export.clone()]));
    println!("{state:?}");
    let tell = |act: &str, done: bool| {
        println!("act {act}: {}", if done { "done" } else { "denied" });
    };
    tell("may read what is open", {
        use std::os::unix::fs::FileExt;
        open.read_exact_at(&mut [0; 4], 0).is_ok()
    });
    tell("may open its export", fs::read(&export).is_ok());
    tell(
        "open another file",
        fs::File::open(folder.join("other.txt")).is_ok(),
    );
    tell(
        "open what a link leads to",
        fs::File::open(folder.join("link.txt")).is_ok(),
    );
    tell("read /etc/passwd", fs::read("/etc/passwd").is_ok());
    tell("read another process", fs::read("/proc/1/environ").is_ok());
    tell("list a folder", fs::read_dir(&folder).is_ok());
    tell(
        "write its export",
        fs::OpenOptions::new().append(true).open(&export).is_ok(),
    );
    tell(
        "cut its export",
        fs::OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(&export)
            .is_ok(),
    );
    tell("make a file", fs::File::create(folder.join("new")).is_ok());
    tell(
        "make a file in /tmp",
        fs::File::create("/tmp/docket-acts").is_ok(),
    );
    tell("make a folder", fs::create_dir(folder.join("new")).is_ok());
    tell(
        "make a link",
        std::os::unix::fs::symlink("/etc", folder.join("new")).is_ok(),
    );
    tell("remove a file", fs::remove_file(&export).is_ok());
    tell(
        "rename a file",
        fs::rename(&export, folder.join("new")).is_ok(),
    );
    tell(
        "change who may read",
        fs::set_permissions(&export, fs::Permissions::from_mode(0o777)).is_ok(),
    );
    tell(
        "connect",
        std::net::TcpStream::connect("127.0.0.1:9").map_or_else(
            |error| error.kind() == std::io::ErrorKind::ConnectionRefused,
            |_| true,
        ),
    );
    tell("listen", std::net::TcpListener::bind("127.0.0.1:0").is_ok());
    tell(
        "send a datagram",
        std::net::UdpSocket::bind("127.0.0.1:0").is_ok(),
    );
    tell(
        "open a Unix socket",
        std::os::unix::net::UnixDatagram::unbound().is_ok(),
    );
    tell("start a program", Command::new("/bin/true").spawn().is_ok());
    tell(
        "start a thread",
        std::thread::Builder::new().spawn(|| ()).is_ok(),
    );
    for (act, number, arguments) in calls() {
        tell(act, raw(number, arguments));
    }
}

/// Calls that have no name in the standard library.
#[cfg(target_os = "linux")]
fn calls() -> Vec<(&'static str, i64, [i64; 3])> {
    let parent = i64::from(std::os::unix::process::parent_id());
    vec![
        ("fork", libc::SYS_clone, [i64::from(libc::SIGCHLD), 0, 0]),
        ("fork in the newer way", libc::SYS_clone3, [0, 0, 0]),
        ("signal another process", libc::SYS_kill, [parent, 0, 0]),
        (
            "signal a thread of another process",
            libc::SYS_tgkill,
            [parent, parent, 0],
        ),
        (
            "signal another process with a word",
            libc::SYS_rt_sigqueueinfo,
            [parent, 0, 0],
        ),
        ("hold another process", libc::SYS_pidfd_open, [parent, 0, 0]),
        (
            "take what another process has open",
            libc::SYS_pidfd_getfd,
            [0, 0, 0],
        ),
        (
            "read the memory of another process",
            libc::SYS_process_vm_readv,
            [parent, 0, 0],
        ),
        (
            "write the memory of another process",
            libc::SYS_process_vm_writev,
            [parent, 0, 0],
        ),
        (
            "move the limits of another process",
            libc::SYS_prlimit64,
            [parent, i64::from(libc::RLIMIT_CPU as i32), 0],
        ),
        (
            "start a program by a handle",
            libc::SYS_execveat,
            [-1, 0, 0],
        ),
        (
            "trace another process",
            libc::SYS_ptrace,
            [i64::from(libc::PTRACE_SEIZE as i32), parent, 0],
        ),
        ("make a ring", libc::SYS_io_uring_setup, [1, 0, 0]),
        ("mount", libc::SYS_mount, [0, 0, 0]),
        (
            "make a namespace",
            libc::SYS_unshare,
            [i64::from(libc::CLONE_NEWUSER), 0, 0],
        ),
        (
            "make memory that can be run",
            libc::SYS_memfd_create,
            [0, 0, 0],
        ),
        ("change its user", libc::SYS_setuid, [0, 0, 0]),
        (
            "change its name space of calls",
            libc::SYS_prctl,
            [i64::from(libc::PR_SET_DUMPABLE), 1, 0],
        ),
    ]
}

#[cfg(not(target_os = "linux"))]
fn calls() -> Vec<(&'static str, i64, [i64; 3])> {
    Vec::new()
}

/// Makes a call of the kernel; whether it was not denied.
#[allow(unsafe_code)]
#[cfg(target_os = "linux")]
fn raw(number: i64, [a, b, c]: [i64; 3]) -> bool {
    // SAFETY: no argument is an address but null, which each of these calls refuses or ignores.
    let result = unsafe { libc::syscall(number, a, b, c, 0, 0) };
    let refused = std::io::Error::last_os_error().raw_os_error() == Some(libc::EPERM);
    if number == libc::SYS_clone && result == 0 {
        std::process::exit(0);
    }
    result >= 0 || !refused
}

#[cfg(not(target_os = "linux"))]
fn raw(_: i64, _: [i64; 3]) -> bool {
    false
}

/// What a test in a process of its own told of each act.
fn hold_acts_against_their_names(told: &str, least: usize) {
    let acts: Vec<(&str, &str)> = told
        .lines()
        .filter_map(|line| line.strip_prefix("act ")?.split_once(": "))
        .collect();
    assert!(acts.len() >= least, "{told}");
    let is_allowed = |act: &str| act.starts_with("may");
    let allowed = acts.iter().filter(|(act, _)| is_allowed(act)).count();
    for (act, became) in &acts {
        let wanted = if is_allowed(act) { "done" } else { "denied" };
        assert_eq!(*became, wanted, "{act}\n{told}");
    }
    println!("counted {} forbidden acts denied", acts.len() - allowed);
    println!("counted {allowed} acts that have to be done");
}

#[test]
fn the_program_writes_in_its_case_and_where_it_was_told_and_nowhere_else() {
    let state = sandbox::state();
    if state.writes == Support::None {
        println!("skipped: this kernel has no Landlock, or an old one ({state:?})");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["case", "out", "chosen", "other"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("held"), "what was there").unwrap();
    }
    std::os::unix::fs::symlink("../other/held", folder.path().join("case/link")).unwrap();
    let output = alone("suite::apart::acts_of_the_program", folder.path());
    let told = String::from_utf8(output.stdout).unwrap();
    hold_acts_against_their_names(&told, 45);
    let other: Vec<_> = fs::read_dir(folder.path().join("other")).unwrap().collect();
    assert_eq!(other.len(), 1, "{other:?}");
    let held = fs::read(folder.path().join("other/held")).unwrap();
    assert_eq!(held, b"what was there");
}

/// What the program tries once it is locked; each line says whether it was done.
#[test]
#[ignore = "is run by a test, in a process of its own"]
fn acts_of_the_program() {
    let Some(folder) = given() else { return };
    let at = |place: &str| folder.join(place);
    let state = sandbox::state();
    sandbox::chosen::keep_outside();
    let reach = |places: &[&str]| Acts {
        writes: places.iter().map(|place| at(place)).collect(),
        ..Acts::default()
    };
    sandbox::lock_program(&reach(&["case", "out", "not there"]));
    let tell = |act: &str, done: bool| {
        println!("act {act}: {}", if done { "done" } else { "denied" });
    };
    let append = |path: &Path| fs::OpenOptions::new().append(true).open(path).is_ok();
    let shell = |command: &str| {
        let ran = Command::new("/bin/sh")
            .args(["-c", command])
            .current_dir(&folder)
            .status();
        ran.is_ok_and(|status| status.success())
    };
    tell(
        "may read what its user may",
        fs::read("/etc/passwd").is_ok(),
    );
    tell("may read elsewhere", fs::read(at("other/held")).is_ok());
    tell("may run a program", shell("true"));
    tell("may write to nothing", fs::write("/dev/null", "x").is_ok());
    for place in ["case", "out"] {
        let at = |name: &str| at(place).join(name);
        tell("may make a file", fs::write(at("new"), "x").is_ok());
        tell("may add to a file", append(&at("new")));
        tell("may cut a file", fs::File::create(at("new")).is_ok());
        tell("may make a folder", fs::create_dir(at("deep")).is_ok());
        tell(
            "may move a file",
            fs::rename(at("new"), at("deep/moved")).is_ok(),
        );
        tell(
            "may link a file",
            fs::hard_link(at("deep/moved"), at("twin")).is_ok(),
        );
        tell("may remove a file", fs::remove_file(at("twin")).is_ok());
        tell("may remove all", fs::remove_dir_all(at("deep")).is_ok());
        tell(
            "make a link to elsewhere",
            std::os::unix::fs::symlink("/etc", at("links")).is_ok(),
        );
    }
    tell(
        "may move between its places",
        fs::write(at("case/moves"), "x").is_ok()
            && fs::rename(at("case/moves"), at("out/moves")).is_ok(),
    );
    tell("make a file", fs::write(at("other/new"), "x").is_ok());
    tell("make one above", fs::write(at("new"), "x").is_ok());
    tell(
        "make one in /tmp",
        fs::File::create("/tmp/docket-acts").is_ok(),
    );
    tell("add to a file", append(&at("other/held")));
    tell("add to one through a link", append(&at("case/link")));
    tell("cut a file", fs::File::create(at("other/held")).is_ok());
    if state.writes == Support::Full {
        tell("cut one by its path", cut(&at("other/held")));
    }
    tell("make a folder", fs::create_dir(at("other/new")).is_ok());
    tell("remove a file", fs::remove_file(at("other/held")).is_ok());
    tell("remove a folder", fs::remove_dir_all(at("other")).is_ok());
    tell(
        "take a file in",
        fs::rename(at("other/held"), at("case/taken")).is_ok(),
    );
    tell(
        "put a file out",
        fs::rename(at("case/held"), at("other/put")).is_ok(),
    );
    tell(
        "link a file out",
        fs::hard_link(at("case/held"), at("other/put")).is_ok(),
    );
    tell("have a program write", shell("echo x > other/new"));
    let beside = at("other/new");
    let thread = std::thread::spawn(move || fs::write(beside, "x").is_ok());
    tell("have a thread write", thread.join().unwrap());
    tell(
        "connect",
        std::net::TcpStream::connect("127.0.0.1:9").map_or_else(
            |error| error.kind() == std::io::ErrorKind::ConnectionRefused,
            |_| true,
        ),
    );
    tell(
        "open a Unix socket",
        std::os::unix::net::UnixDatagram::unbound().is_ok(),
    );
    // What a person chooses later is open to the one thread that writes there.
    tell("write there", fs::write(at("chosen/new"), "x").is_ok());
    let (chosen, other, case) = (at("chosen/new"), at("other/new"), at("case/again"));
    let thread = sandbox::chosen::start(reach(&["case", "chosen"]), move || {
        tell("may write where was chosen", fs::write(chosen, "x").is_ok());
        tell("may write in the case too", fs::write(case, "x").is_ok());
        tell("write elsewhere then", fs::write(other, "x").is_ok());
        tell(
            "open a socket then",
            std::os::unix::net::UnixDatagram::unbound().is_ok(),
        );
    });
    thread.join().unwrap();
    tell(
        "write there still",
        fs::write(at("chosen/new"), "x").is_ok(),
    );
}

/// Cuts a file by its path, without opening it.
fn cut(path: &Path) -> bool {
    rustix::fs::open(path, rustix::fs::OFlags::PATH, rustix::fs::Mode::empty()).is_ok()
        && Command::new("truncate")
            .args(["-s", "0"])
            .arg(path)
            .stderr(std::process::Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
}

#[test]
fn no_command_is_led_out_of_its_case() {
    if sandbox::state().writes == Support::None {
        println!("skipped: this kernel has no Landlock, or an old one");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |place: &str| folder.path().join(place);
    let docket = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_docket"))
            .args(arguments)
            .env("DOCKET_CASE", at("case"))
            .env("DOCKET_REVIEWER", "Ada")
            .current_dir(folder.path())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), told)
    };
    for name in ["Ann", "Bo"] {
        let line = format!("22/03/2024, 10:00 - {name}: hello\n");
        fs::write(at(&format!("WhatsApp Chat with {name}.txt")), line).unwrap();
    }
    let (code, told) = docket(&["import", "WhatsApp Chat with Ann.txt"]);
    assert_eq!(code, Some(0), "{told}");
    // Whoever handed the case over has put a link in it that leads elsewhere.
    fs::rename(at("case/originals"), at("elsewhere")).unwrap();
    std::os::unix::fs::symlink("../elsewhere", at("case/originals")).unwrap();
    let count = || fs::read_dir(at("elsewhere")).unwrap().count();
    assert_eq!(count(), 1);
    let (code, told) = docket(&["import", "WhatsApp Chat with Bo.txt"]);
    assert_eq!(code, Some(3), "{told}");
    assert_eq!(count(), 1, "{told}");
    let (code, told) = docket(&["search", "hello"]);
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn what_makes_a_case_makes_it_where_nothing_is() {
    let folder = tempfile::tempdir().unwrap();
    let chat = folder.path().join("WhatsApp Chat with Ann.txt");
    fs::write(&chat, "22/03/2024, 10:00 - Ann: hello\n").unwrap();
    for arguments in [
        &["import", chat.to_str().unwrap()] as &[&str],
        &["facts", "reference=F-1"],
        &["profile", "use", "uk-central"],
    ] {
        let case = folder.path().join(format!("{}/deep/case", arguments[0]));
        let output = Command::new(env!("CARGO_BIN_EXE_docket"))
            .args(arguments)
            .env("DOCKET_CASE", &case)
            .env("DOCKET_REVIEWER", "Ada")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        assert!(case.join("docket.json").exists());
    }
    // What only looks makes none.
    let none = folder.path().join("none");
    let output = Command::new(env!("CARGO_BIN_EXE_docket"))
        .arg("status")
        .env("DOCKET_CASE", &none)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(!none.exists());
}

/// Uses up the stack.
#[allow(unconditional_recursion)]
fn nest(depth: u64) -> u64 {
    let held = std::hint::black_box([depth; 512]);
    nest(depth + 1) + std::hint::black_box(held)[7]
}

/// Ends the process that reads certain messages, each in a way of its own, where the text of a
/// record says so, before it is told.
fn trap(record: &mut Record) {
    let says = |word| record.text.contains(word);
    if says("CRASH") {
        std::process::abort();
    }
    if says("FAULT") {
        panic!("a fault, and words of a message");
    }
    if says("NEST") {
        nest(0);
    }
    if says("EAT") {
        let mut all = Vec::new();
        loop {
            all.push(vec![1u8; 1 << 26]);
            std::hint::black_box(&all);
        }
    }
    if says("HANG") {
        loop {
            std::hint::spin_loop();
        }
    }
    if says("LIE") {
        record.thread = 77;
    }
    if says("BEYOND") {
        record.item = u32::MAX;
    }
}

fn hostile(_: &str) -> Option<&'static dyn Importer> {
    static HOSTILE: Overheard = Overheard {
        of: &WhatsApp::STANDARD,
        hear: &trap,
    };
    Some(&HOSTILE)
}

/// A reader whose importer ends its process.
#[test]
#[ignore = "is run by a test, in a process of its own"]
fn hostile_reader() {
    let Some((asks, answers)) = asks_and_answers() else {
        return;
    };
    // A hang is found in time for a test.
    use rustix::process::{Resource, Rlimit, setrlimit};
    let soon = Rlimit {
        current: Some(2),
        maximum: Some(2),
    };
    setrlimit(Resource::Cpu, soon).unwrap();
    worker::serve(asks, answers, &hostile).unwrap();
}

/// Loads the chat in a folder with the reader above, and tells what became of it.
#[test]
#[ignore = "is run by a test, in a process of its own"]
fn hostile_import() {
    let Some(folder) = given() else { return };
    read_with(&folder, "suite::apart::hostile_reader", "1");
    let case = Case::open_or_create(&folder.join("case")).unwrap();
    let reports = case
        .import(
            &[folder.join("WhatsApp Chat with Ann.txt")],
            &ImportOptions::default(),
            &Actor {
                name: "Ada".into(),
                how: docket::case::ledger::Known::Given,
            },
            &mut (),
        )
        .unwrap();
    println!();
    for report in &reports {
        println!("report {}", serde_json::to_string(report).unwrap());
    }
    let store = case.store();
    for number in 0..store.len() {
        let message = store.message(docket::model::MessageNumber(number)).unwrap();
        if message.kind == Kind::Unreadable {
            let extra = store.extra(docket::model::MessageNumber(number));
            println!("aside {}\t{:?}", message.text.trim_end(), extra.notes);
        }
    }
}

#[test]
fn what_ends_a_reader_costs_the_record_that_did() {
    let folder = tempfile::tempdir().unwrap();
    let traps = ["CRASH", "FAULT", "NEST", "EAT", "HANG", "LIE", "BEYOND"];
    let mut chat = String::new();
    for at in 0..70 {
        let said = match at % 10 {
            5 => traps[at / 10].to_owned(),
            _ => format!("line {at}\nand more of it"),
        };
        let (hour, minute) = (10 + at / 60, at % 60);
        chat.push_str(&format!("22/03/2024, {hour}:{minute:02} - Ann: {said}\n"));
    }
    fs::write(folder.path().join("WhatsApp Chat with Ann.txt"), &chat).unwrap();
    let output = alone("suite::apart::hostile_import", folder.path());
    let told = String::from_utf8(output.stdout).unwrap();
    let report = told.lines().find_map(|line| line.strip_prefix("report "));
    let report: serde_json::Value = serde_json::from_str(report.expect(&told)).unwrap();
    assert_eq!(report["outcome"], "loaded", "{told}");
    assert_eq!(report["messages"], 70, "{told}");
    assert_eq!(report["exceptions"], 7, "{told}");
    assert_eq!(report["bytes"], chat.len() as u64);
    let sum = [
        "bytes_in_messages",
        "bytes_in_structure",
        "bytes_in_exceptions",
    ];
    let sum: u64 = sum.iter().map(|part| report[part].as_u64().unwrap()).sum();
    assert_eq!(sum, chat.len() as u64, "0 bytes unaccounted");
    let aside: Vec<&str> = told
        .lines()
        .filter_map(|line| line.strip_prefix("aside "))
        .collect();
    for (trap, aside) in traps.iter().zip(&aside) {
        assert!(aside.contains(&format!("Ann: {trap}")), "{told}");
        assert!(aside.contains("Was set aside: reading it "), "{told}");
    }
    assert!(aside[1].contains("a fault of docket's own at "), "{told}");
    assert!(aside[5].contains("answer what it must not"), "{told}");
}

/// A process that does not get on is ended, and one that does goes on for as long as it does.
#[test]
fn a_reader_may_take_long_and_never_stand_still() {
    let folder = tempfile::tempdir().unwrap();
    for (test, word) in [
        ("suite::apart::reads_on_and_stops", "went on"),
        ("suite::apart::reads_on_and_never_tells", "went on reading"),
    ] {
        let output = alone(test, folder.path());
        use std::os::unix::process::ExitStatusExt;
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.contains(&format!("{word}\n")), "{test}: {told}");
        assert_eq!(
            output.status.signal(),
            Some(libc::SIGXCPU),
            "{test}: {told}"
        );
    }
}

/// Keeps the processor busy for so many milliseconds of its time, and does something meanwhile.
fn work(milliseconds: i64, meanwhile: impl Fn()) {
    use rustix::time::{ClockId, clock_gettime};
    let used = || {
        let used = clock_gettime(ClockId::ProcessCPUTime);
        used.tv_sec * 1000 + used.tv_nsec / 1_000_000
    };
    let end = used() + milliseconds;
    while used() < end {
        meanwhile();
    }
}

#[test]
#[ignore = "is run by a test, in a process of its own"]
fn reads_on_and_stops() {
    if given().is_none() {
        return;
    }
    patience::begin(1, 100);
    work(3200, patience::reads);
    println!("went on");
    work(10_000, || ());
    println!("was not ended");
}

#[test]
#[ignore = "is run by a test, in a process of its own"]
fn reads_on_and_never_tells() {
    if given().is_none() {
        return;
    }
    patience::begin(1, 2);
    work(3200, patience::tells);
    println!("went on");
    work(1500, patience::reads);
    println!("went on reading");
    work(10_000, patience::reads);
    println!("was not ended");
}

#[test]
fn the_program_opens_no_connection() {
    let strace = Command::new("strace").arg("-V").output();
    if !strace.is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no strace");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_exports");
    let log = folder.path().join("calls");
    let run = |arguments: &[&str]| {
        let output = Command::new("strace")
            .args(["-f", "-qq", "-A", "-e", "trace=%network", "-o"])
            .arg(&log)
            .arg(env!("CARGO_BIN_EXE_docket"))
            .args(arguments)
            .env("DOCKET_CASE", folder.path().join("case"))
            .env("DOCKET_REVIEWER", "Ada")
            .current_dir(folder.path())
            .output()
            .unwrap();
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1)), "{arguments:?}: {output:?}");
    };
    run(&["import", samples.to_str().unwrap()]);
    for arguments in [
        &["status"] as &[&str],
        &["search", "budget"],
        &["threads"],
        &["findings"],
        &["tag", "personal", "is:undecided", "--yes"],
        &["undo"],
        &["check"],
        &["rebuild"],
        &["log"],
    ] {
        run(arguments);
    }
    let calls = fs::read_to_string(&log).unwrap();
    // Two ends in one process are how a signal becomes an event. What handlers write to is asked first
    // whether it is a socket, by a call that sends nothing; it is a pipe, and says so.
    let within = ["socketpair(AF_UNIX", " = -1 ENOTSOCK "];
    let calls: Vec<&str> = calls
        .lines()
        .filter(|line| line.contains('(') && !within.iter().any(|one| line.contains(one)))
        .collect();
    assert!(calls.is_empty(), "{calls:#?}");
}
