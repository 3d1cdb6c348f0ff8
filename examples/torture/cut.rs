//! S7's cut maps: a file of what is derived is cut while a session has it mapped. Whoever then reads
//! past its end cannot go on (SIGBUS); such a session has to end in words, with its terminal as it was,
//! nothing that was shown as saved may be lost by it, and the next start has to be whole.

use crate::desk::{Desk, files, undecided};
use crate::dice::Dice;
use crate::kill::{keeps, opened};
use crate::row::Tally;
use crate::screen::Screen;
use rustix::process::Signal;
use std::fs;
use std::time::{Duration, Instant};

/// Keys that read what is mapped: the list from end to end, its details, a search.
const READS: [&str; 4] = ["G", "gg", "i", "/budget\r"];

/// What docket says where a cut map ends it.
pub const SAID: &str = "a file of the case was cut short, or the disk below it failed";

/// So long a session is given to meet the cut.
const MEETS: Duration = Duration::from_millis(400);

/// Decides, cuts, reads and decides on; then looks at what is left. `begin` has a chat in which the
/// next review begins.
pub fn while_mapped(begin: &Desk, dice: &mut Dice, tally: &Tally) -> Result<(), String> {
    let desk = begin.again();
    let before = desk.decided()?;
    let mut screen = opened(&desk)?;
    let left = screen.number_before(" undecided |").ok_or("no count")?;
    let some = 1 + dice.below(12);
    screen.press(&"o".repeat(some as usize));
    screen.wait("the decisions", |screen| {
        screen.number_before(" undecided |") == Some(left - some)
    })?;
    let mut all = files(&desk.path("case/derived"));
    all.retain(|path| fs::metadata(path).is_ok_and(|file| file.len() > 0));
    let path = dice.one(&all);
    let length = fs::metadata(path).map_err(|error| error.to_string())?.len();
    // Within its last page a cut file still reads, as zeros; at its beginning it does not.
    let at = match dice.below(2) {
        0 => 0,
        _ => dice.below(length),
    };
    let opened_again = fs::OpenOptions::new().write(true).open(path);
    opened_again
        .and_then(|file| file.set_len(at))
        .map_err(|error| error.to_string())?;
    let place = path.strip_prefix(desk.path("")).unwrap_or(path).display();
    let when = format!("{place} cut at {at} of {length} while a session has it");
    let mut reads = READS;
    for at in (1..reads.len()).rev() {
        reads.swap(at, dice.place(at + 1));
    }
    screen.press(&reads.concat());
    screen.press("ooo");
    let begun = Instant::now();
    while screen.ended().is_none() && begun.elapsed() < MEETS {
        std::thread::sleep(Duration::from_millis(5));
    }
    let met = screen.ended().is_some();
    if !met {
        // Whoever is held by the cut would not hear it.
        screen.signal(Signal::TERM);
    }
    let told = |told| format!("{when}: {told}");
    match screen.ends_whole().map_err(told)? {
        3 => {
            screen.wait_for_output(SAID).map_err(told)?;
            tally.one("sessions that a cut map ended, their terminals whole");
        }
        code if met => return Err(format!("{when}: ended with {code}: {}", screen.line())),
        _ => tally.one("sessions that outlived a cut map"),
    }
    let shown = screen.last_number_before(" undecided |");
    let shown = shown.unwrap_or(left - some);
    let ran = desk.run(&["status"]);
    ran.sound(&when)?;
    desk.run(&["rebuild"]).done(&when)?;
    let now = desk.decided()?;
    let open = undecided(&now);
    if open > shown.min(left - some) {
        return Err(format!("{when}: {shown} undecided were shown, {open} are"));
    }
    tally.add("acts acknowledged", left - shown.min(left - some));
    keeps(&before, &now, &when, "official")?;
    // The keys may have left the last review at another view than the chat, and there it goes on.
    let mut next = Screen::start(&desk, &["review"], 100, 30, &[]);
    next.wait_for("? help")?;
    next.press("Q");
    next.ends_whole()?;
    desk.is_whole(&when)
}
