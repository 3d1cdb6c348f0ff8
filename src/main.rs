//! Starts docket: what has to hold before anything else, then the command line.

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, setrlimit, umask};
use std::io::Write;
use std::panic::PanicHookInfo;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Whatever docket writes is for its user alone.
    umask(Mode::from_raw_mode(0o077));
    // A core dump would hold messages. Where the limit cannot be set, there is nothing to lose.
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
    std::panic::set_hook(Box::new(tell_place));
    docket::cli::run(std::env::args_os())
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
