//! Starts docket: what has to hold before anything else, then the command line.

use docket::import::{self, worker};
use docket::sandbox;
use rustix::fs::Mode;
use rustix::process::umask;
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    // Whatever docket writes is for its user alone.
    umask(Mode::from_raw_mode(0o077));
    sandbox::close_memory();
    std::panic::set_hook(Box::new(tell_place));
    if std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == worker::ARGUMENT)
    {
        return read_export();
    }
    if let Some(program) = own_program() {
        worker::read_with(program, vec![worker::ARGUMENT.into()]);
    }
    docket::cli::run(std::env::args_os())
}

/// This very program, whatever became of its file since.
fn own_program() -> Option<PathBuf> {
    let running = Path::new("/proc/self/exe");
    match running.exists() {
        true => Some(running.to_owned()),
        false => std::env::current_exe().ok(),
    }
}

/// Reads exports for the process that started this one, and does nothing else.
fn read_export() -> ExitCode {
    // Standard input itself would hold back what is not its own, and standard output look for line ends in
    // what is no text.
    let asks = std::io::stdin().as_fd().try_clone_to_owned();
    let answers = std::io::stdout().as_fd().try_clone_to_owned();
    let served = asks
        .and_then(|asks| worker::serve(File::from(asks), File::from(answers?), &import::by_name));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Says where in docket's own source a fault was met, and nothing else: the message of a panic may
/// hold text from an export.
fn tell_place(fault: &PanicHookInfo<'_>) {
    if docket::guard::is_guarded() {
        return;
    }
    let mut stderr = std::io::stderr().lock();
    // With standard error closed there is nobody to tell.
    let _ = match fault.location() {
        Some(place) => writeln!(
            stderr,
            "docket: a fault in docket itself, at {}:{}; what was shown as saved is safe; please report this line",
            place.file(),
            place.line()
        ),
        None => writeln!(
            stderr,
            "docket: a fault in docket itself; what was shown as saved is safe; please report this line"
        ),
    };
}
