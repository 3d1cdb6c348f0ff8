//! Landlock and seccomp.

use super::{Acts, Reach, Support};
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule,
};
use std::path::{Path, PathBuf};

/// The newest form of Landlock whose rules are asked for; an older kernel holds those it knows.
const NEWEST: ABI = ABI::V6;

/// Closes all files to this thread but those in reach, connections of TCP, and the signals and
/// sockets of other processes.
pub(super) fn close_files(reach: &Reach) -> Support {
    let closed = || -> Result<RulesetStatus, RulesetError> {
        let ruleset = Ruleset::default()
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?;
        let paths = match reach {
            Reach::Nothing => [].as_slice(),
            Reach::These(paths) => paths,
        };
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        let status = ruleset
            .add_rules(path_beneath_rules(paths, read))?
            .restrict_self()?;
        Ok(status.ruleset)
    };
    held(closed())
}

/// How far rules are held.
fn held(status: Result<RulesetStatus, RulesetError>) -> Support {
    match status {
        Ok(RulesetStatus::FullyEnforced) => Support::Full,
        Ok(RulesetStatus::PartiallyEnforced) => Support::Part,
        Ok(RulesetStatus::NotEnforced) | Err(_) => Support::None,
    }
}

/// What the terminal and nothing are, for every program; what is written there is in no file.
const DEVICES: &[&str] = &["/dev/null", "/dev/tty"];

/// Closes all files to this thread for writing but those named, and connections of TCP.
pub(super) fn close_writing(acts: &Acts) -> Support {
    // Links, pipes, sockets and devices are made by no part of docket.
    let files = AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::Refer;
    let device = AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev;
    let devices = DEVICES.iter().map(Path::new);
    let devices = devices.chain(acts.devices.iter().map(PathBuf::as_path));
    let closed = || -> Result<RulesetStatus, RulesetError> {
        let ruleset = Ruleset::default()
            // A Landlock that does not know it lets nothing be moved into another folder.
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::Refer)?
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_write(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .create()?;
        let status = ruleset
            .add_rules(path_beneath_rules(&acts.writes, files))?
            .add_rules(path_beneath_rules(devices, device))?
            .restrict_self()?;
        Ok(status.ruleset)
    };
    held(closed())
}

/// What a process that reads exports makes calls for; each takes in those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Calls {
    /// To read what is open.
    Reading,
    /// To open what is in reach.
    Opening,
    /// To start processes like itself, which lock themselves.
    Starting,
}

/// Refuses this thread all calls of the kernel but these. A call that is refused fails with `EPERM`.
pub(super) fn refuse_calls(but: Calls) -> Support {
    let refused = || -> Result<(), seccompiler::Error> {
        let filter = filter(but)?;
        seccompiler::apply_filter(&filter)
    };
    match refused() {
        Ok(()) => Support::Full,
        Err(_) => Support::None,
    }
}

/// Calls that read what is open, manage memory, tell the time and end the process.
const READING: &[i64] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_statx,
    // To the pipe that answers go through: no other file is open for it, and none can be.
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_ppoll,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_getrusage,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_sigaltstack,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Calls that say what stands at a path, and nothing of what it holds.
const LOOKING: &[i64] = &[
    libc::SYS_newfstatat,
    libc::SYS_getdents64,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
];

/// Calls that wait for a process, lock it, and give its standard error away. Forking is one with conditions.
const STARTING: &[i64] = &[
    libc::SYS_wait4,
    libc::SYS_getppid,
    libc::SYS_set_tid_address,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_dup3,
    libc::SYS_prctl,
    libc::SYS_seccomp,
    libc::SYS_landlock_create_ruleset,
    libc::SYS_landlock_add_rule,
    libc::SYS_landlock_restrict_self,
];

/// The older forms of the same, which this architecture still has.
#[cfg(target_arch = "x86_64")]
const OLDER: &[i64] = &[
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_readlink,
    libc::SYS_poll,
    libc::SYS_time,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[i64] = &[];

/// Calls that no part of docket makes: to the network, into other processes, and to change the system.
/// `socketpair`, which joins two ends in one process, is not among them: signals come through one.
const NEVER: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    libc::SYS_perf_event_open,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
];

/// Refuses this thread, and all that it starts, the calls that no part of docket makes.
pub(super) fn refuse_network() -> Support {
    let refused = || -> Result<(), seccompiler::Error> {
        let rules = NEVER.iter().map(|call| (*call, Vec::new()));
        let filter = SeccompFilter::new(
            rules.collect(),
            SeccompAction::Allow,
            SeccompAction::Errno(denied()),
            std::env::consts::ARCH.try_into()?,
        )?;
        let filter: BpfProgram = filter.try_into()?;
        seccompiler::apply_filter(&filter)
    };
    match refused() {
        Ok(()) => Support::Full,
        Err(_) => Support::None,
    }
}

/// What a call that is refused fails with.
fn denied() -> u32 {
    u32::try_from(libc::EPERM).unwrap_or(1)
}

/// A rule that holds where the bits of an argument that `mask` names are these.
fn where_bits(argument: u8, mask: u64, are: u64) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(
        argument,
        SeccompCmpArgLen::Dword,
        SeccompCmpOp::MaskedEq(mask),
        are,
    )?])
}

/// Flags of opening a file with which it can be written, made or cut.
const WRITING: i32 = libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC | libc::O_TMPFILE;

/// What a fork asks for: a process of its own, in this one's name spaces, whose end is a signal.
const FORKING: i32 =
    0xFF | libc::CLONE_CHILD_SETTID | libc::CLONE_CHILD_CLEARTID | libc::CLONE_PARENT_SETTID;

fn filter(but: Calls) -> Result<BpfProgram, seccompiler::Error> {
    // `O_TMPFILE` holds the bit of `O_DIRECTORY`, which reads a folder.
    let writing = u64::try_from(WRITING & !libc::O_DIRECTORY).unwrap_or(u64::MAX);
    let own = u64::from(std::process::id());
    let whole = u64::from(u32::MAX);
    let mut rules: Vec<(i64, Vec<SeccompRule>)> = READING
        .iter()
        .chain(OLDER)
        .map(|call| (*call, Vec::new()))
        .collect();
    // It may end itself, as `abort` does, and set limits of its own. What it starts has numbers of their own.
    let itself = match but {
        Calls::Reading | Calls::Opening => vec![where_bits(0, whole, own)?],
        Calls::Starting => Vec::new(),
    };
    rules.push((libc::SYS_tgkill, itself));
    rules.push((libc::SYS_prlimit64, vec![where_bits(0, whole, 0)?]));
    if but >= Calls::Opening {
        rules.extend(LOOKING.iter().map(|call| (*call, Vec::new())));
        rules.push((libc::SYS_openat, vec![where_bits(2, writing, 0)?]));
        #[cfg(target_arch = "x86_64")]
        rules.push((libc::SYS_open, vec![where_bits(1, writing, 0)?]));
    }
    if but >= Calls::Starting {
        let other = whole & !u64::try_from(FORKING).unwrap_or_default();
        rules.extend(STARTING.iter().map(|call| (*call, Vec::new())));
        rules.push((libc::SYS_clone, vec![where_bits(0, other, 0)?]));
        #[cfg(target_arch = "x86_64")]
        rules.extend([libc::SYS_fork, libc::SYS_dup2].map(|call| (call, Vec::new())));
    }
    let filter = SeccompFilter::new(
        rules.into_iter().collect(),
        SeccompAction::Errno(denied()),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into()?,
    )?;
    Ok(filter.try_into()?)
}
