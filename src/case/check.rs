//! Whether a case holds together: seals, chain, balance, columns, order, index, leftovers.

use super::anchors::Fingerprint;
use super::opening::Wanted;
use super::originals;
use super::part::Opened;
use super::progress::ticker;
use super::store::Store;
use super::words::WordQuery;
use super::{Case, CaseError, Progress, layout, rebuild};
use crate::check::Check;
use crate::model::MessageNumber;
use crate::text::{self, counted, grouped};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

/// Messages whose words are looked up in the index.
const SAMPLE: u32 = 200;
/// As many where every byte is looked at.
const FULL_SAMPLE: u32 = 5_000;

impl Case {
    /// Looks whether all holds together: the ledger's chain, the originals, the balance of every
    /// source, columns, order, index, and files that nothing refers to. `full` also reads every
    /// byte of originals and derived data and compares it with its seal, reads every original
    /// again and compares what it gives. The ledger has to hold the heads that were noted, and
    /// `kept`, one that was kept elsewhere.
    pub fn check(
        &self,
        full: bool,
        kept: Option<&Fingerprint>,
        progress: &mut dyn Progress,
    ) -> Vec<Check> {
        check(self, full, kept, progress)
    }
}

/// Looks at everything; see [`Case::check`].
fn check(
    case: &Case,
    full: bool,
    kept: Option<&Fingerprint>,
    progress: &mut dyn Progress,
) -> Vec<Check> {
    let mut checks = vec![ledger(case), named("anchors", anchors(case, kept))];
    let wanted = match Wanted::read(&case.ledger) {
        Ok(wanted) => wanted,
        Err(error) => {
            checks.push(Check::failed("imports", error.to_string()));
            return checks;
        }
    };
    let store = case.store();
    checks.push(named("originals", seals(case, &wanted, full, progress)));
    checks.push(named("unpacked", unpacked(case, &store, full, progress)));
    checks.push(balance(&store));
    checks.push(carried(&store));
    checks.push(named(
        "columns",
        columns(case, &store, &wanted, full, progress),
    ));
    if full {
        checks.push(named("reading", reading(case, &wanted, progress)));
    }
    checks.push(order(&store));
    checks.push(named("index", index(&store, full, progress)));
    checks.push(named("leftovers", leftovers(case, &wanted)));
    checks
}

fn named(name: &str, done: Result<Check, CaseError>) -> Check {
    done.unwrap_or_else(|error| Check::failed(name, error.to_string()))
}

/// `one` or `two and 3 more`: names for a line.
fn some(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [one, more @ ..] => format!("{one} and {} more", more.len()),
    }
}

fn ledger(case: &Case) -> Check {
    match case.ledger.verify(None) {
        Ok(verdict) if verdict.holds() => Check::ok(
            "ledger",
            format!(
                "{}, head {}",
                counted(verdict.entries, "entry", "entries"),
                verdict.head.hash
            ),
        ),
        Ok(verdict) => {
            let faults: Vec<String> = verdict.faults.iter().map(ToString::to_string).collect();
            Check::failed(
                "ledger",
                format!("{}; put the ledger back from a copy", some(&faults)),
            )
        }
        Err(error) => Check::failed("ledger", error.to_string()),
    }
}

/// Whether the ledger holds every head that was noted, in the case and elsewhere.
fn anchors(case: &Case, kept: Option<&Fingerprint>) -> Result<Check, CaseError> {
    let anchors = case.anchors()?;
    let head = case.ledger.head()?;
    let mut faults: Vec<String> = Vec::new();
    if let Some(kept) = kept
        && kept.found_in(&case.ledger)?.is_none()
    {
        faults.push(format!(
            "the ledger does not hold the head {kept} that was kept: it was cut or rewritten, or \
             that is of another case"
        ));
    }
    faults.extend(
        anchors
            .against(&case.ledger)?
            .iter()
            .map(ToString::to_string),
    );
    if !faults.is_empty() {
        return Ok(Check::failed(
            "anchors",
            format!(
                "{}; what is in the ledger and the originals is as it was: put the ledger back from \
                 a backup, and compare with the bundles that were handed over",
                some(&faults)
            ),
        ));
    }
    let also = kept.map_or_else(String::new, |kept| format!("; it holds {kept}"));
    let broken = match anchors.broken {
        0 => String::new(),
        count => format!(
            "; {} no heads",
            counted(
                count as u64,
                "line of the file tells",
                "lines of the file tell"
            )
        ),
    };
    let detail = match anchors.last() {
        None => format!(
            "no head was noted yet, of {}{also}{broken}",
            counted(head.seq, "entry", "entries")
        ),
        Some(last) => format!(
            "{} heads were noted, the last at entry {} of {}, {}{also}{broken}",
            anchors.noted.len(),
            last.head.seq,
            head.seq,
            last.at
        ),
    };
    Ok(match anchors.broken {
        0 => Check::ok("anchors", detail),
        _ => Check::warn("anchors", detail),
    })
}

/// Whether the originals, read again, give the messages that the case shows: every text from its
/// span, every column.
fn reading(case: &Case, wanted: &Wanted, progress: &mut dyn Progress) -> Result<Check, CaseError> {
    const ASIDE: &str = "derived.check";
    if case.layout.is_read_only() {
        return Ok(Check::warn(
            "reading",
            "not compared: it takes room in the case for a while, which lies on storage that is read-only",
        ));
    }
    let _lock = match case.layout.lock() {
        Err(CaseError::Busy { .. }) => {
            return Ok(Check::warn(
                "reading",
                "not compared: another docket is loading or rebuilding this case",
            ));
        }
        lock => lock?,
    };
    layout::remove(&case.layout.root().join(ASIDE))?;
    let needed = layout::size_of(&case.layout.parts())
        .saturating_add(layout::size_of(&case.layout.unpacked()));
    let free = layout::free_space(case.layout.root())?;
    if free < needed {
        return Ok(Check::warn(
            "reading",
            format!("not compared: it takes {needed} bytes for a while, and {free} are free"),
        ));
    }
    let aside = case.layout.aside(ASIDE)?;
    let made = rebuild::remake_parts(&aside, &case.ledger, wanted, Vec::new(), progress);
    let compared = made.and_then(|_| {
        let mut faults = Vec::new();
        for import in &wanted.imports {
            let places = [&aside, &case.layout].map(|layout| layout.part(import.part));
            let [again, there] = &places;
            if let Some(name) = Opened::difference(again, there)? {
                faults.push(format!("part {}: {name}", import.part));
            }
        }
        Ok(faults)
    });
    layout::remove(&aside.derived())?;
    let faults = compared?;
    Ok(if faults.is_empty() {
        Check::ok(
            "reading",
            "every original, read again, gives the same messages at the same places",
        )
    } else {
        Check::failed(
            "reading",
            format!(
                "{} is not what the originals give; run `docket rebuild`",
                some(&faults)
            ),
        )
    })
}

/// Size and hash of every sealed file that the ledger tells of, by its name.
pub(super) fn sealed(wanted: &Wanted) -> BTreeMap<&str, u64> {
    let mut sealed: BTreeMap<&str, u64> = BTreeMap::new();
    for (sha256, size) in &wanted.lists {
        sealed.insert(sha256, *size);
    }
    for source in wanted.imports.iter().flat_map(|import| &import.sources) {
        if source.files.is_empty() {
            sealed.insert(source.sha256.as_str(), source.size);
        }
        for file in &source.files {
            sealed.insert(file.sha256.as_str(), file.size);
        }
        for list in &source.words {
            sealed.insert(list.sha256.as_str(), list.size);
        }
    }
    for list in wanted.words.values().flatten() {
        sealed.insert(list.sha256.as_str(), list.size);
    }
    sealed
}

fn seals(
    case: &Case,
    wanted: &Wanted,
    full: bool,
    progress: &mut dyn Progress,
) -> Result<Check, CaseError> {
    let sealed = sealed(wanted);
    let mut tick = ticker("checking originals", progress);
    let mut faults = Vec::new();
    for (sha256, size) in &sealed {
        let path = case.layout.original(sha256);
        match std::fs::symlink_metadata(&path) {
            Err(_) => faults.push(format!("{sha256} is missing")),
            Ok(found) if !found.is_file() || found.len() != *size => {
                faults.push(format!("{sha256} has another length"));
            }
            Ok(_) if full && originals::hash_file(&path, &mut tick)? != **sha256 => {
                faults.push(format!("{sha256} holds other bytes"));
            }
            Ok(_) => {}
        }
    }
    Ok(if !faults.is_empty() {
        Check::failed(
            "originals",
            format!("{}; put it back from a copy", some(&faults)),
        )
    } else if full {
        Check::ok(
            "originals",
            format!(
                "{}, every byte as sealed",
                counted(sealed.len() as u64, "file", "files")
            ),
        )
    } else {
        Check::ok(
            "originals",
            format!(
                "{}, lengths as sealed",
                counted(sealed.len() as u64, "file", "files")
            ),
        )
    })
}

fn unpacked(
    case: &Case,
    store: &Store,
    full: bool,
    progress: &mut dyn Progress,
) -> Result<Check, CaseError> {
    let mut tick = ticker("checking unpacked texts", progress);
    let mut faults = Vec::new();
    let mut count = 0u64;
    for source in store.sources() {
        let items = source.items.iter();
        for item in items.filter(|item| item.is_read && source.is_packed(item)) {
            let Some(sha256) = &item.sha256 else { continue };
            count += 1;
            let path = case.layout.unpacked().join(sha256);
            let length = std::fs::metadata(&path).map(|found| found.len());
            let holds = length.is_ok_and(|length| length == item.size)
                && (!full || originals::hash_file(&path, &mut tick)? == *sha256);
            if !holds {
                faults.push(sha256.clone());
            }
        }
    }
    Ok(if faults.is_empty() {
        Check::ok("unpacked", counted(count, "text of a zip", "texts of zips"))
    } else {
        Check::failed(
            "unpacked",
            format!(
                "{} is missing or damaged; run `docket rebuild`",
                some(&faults)
            ),
        )
    })
}

fn balance(store: &Store) -> Check {
    let mut faults = Vec::new();
    for source in store.sources() {
        let said = u64::from(source.new) + u64::from(source.already_known);
        if !source.balance.holds() || said != u64::from(source.messages) {
            faults.push(format!("source {} ({})", source.id, source.path));
        }
    }
    let bytes: u64 = store
        .sources()
        .iter()
        .map(|source| source.balance.bytes)
        .sum();
    if faults.is_empty() {
        Check::ok(
            "balance",
            format!(
                "{}, {} in messages, structure and exceptions",
                counted(store.sources().len() as u64, "source", "sources"),
                counted(bytes, "byte", "bytes")
            ),
        )
    } else {
        Check::failed("balance", format!("{} does not add up", some(&faults)))
    }
}

fn carried(store: &Store) -> Check {
    let lost: Vec<String> = store
        .sources()
        .iter()
        .flat_map(|source| &source.not_carried)
        .map(|number| format!("message {number}"))
        .collect();
    if lost.is_empty() {
        Check::ok("carried", "every number is still a message of its source")
    } else {
        Check::warn(
            "carried",
            format!(
                "{} was read by an earlier importer and is no message to this one; \
                 its bytes are kept as unreadable",
                some(&lost)
            ),
        )
    }
}

fn columns(
    case: &Case,
    store: &Store,
    wanted: &Wanted,
    full: bool,
    progress: &mut dyn Progress,
) -> Result<Check, CaseError> {
    let mut faults = Vec::new();
    let expected: u64 = wanted
        .imports
        .iter()
        .map(|import| u64::from(import.count))
        .sum();
    if expected != u64::from(store.len()) {
        faults.push(format!(
            "the ledger tells of {}, the case shows {}",
            counted(expected, "message", "messages"),
            grouped(store.len())
        ));
    }
    // Every message stands at one place of one thread, and leads back to it.
    let placed: u64 = store
        .threads()
        .iter()
        .map(|thread| u64::from(thread.len()))
        .sum();
    let lost = (0..store.len()).map(MessageNumber).find(|number| {
        store
            .position_of(*number)
            .and_then(|(thread, position)| store.thread_message(thread, position))
            != Some(*number)
    });
    if placed != u64::from(store.len()) || lost.is_some() {
        faults.push("threads do not hold each message once".into());
    }
    let unknown = store
        .senders()
        .flatten()
        .any(|sender| store.participant(sender).is_none());
    if unknown {
        faults.push("a message has a sender that is nobody".into());
    }
    if full {
        let mut tick = ticker("checking messages", progress);
        for import in &wanted.imports {
            let folder = case.layout.part(import.part);
            for name in Opened::damaged_files(&folder, &mut tick)? {
                faults.push(format!("part {}: {name} is damaged", import.part));
            }
        }
    }
    Ok(if faults.is_empty() {
        Check::ok(
            "columns",
            format!(
                "{} in {}, each at one place",
                counted(store.len(), "message", "messages"),
                counted(store.threads().len() as u64, "thread", "threads")
            ),
        )
    } else {
        Check::failed(
            "columns",
            format!("{}; run `docket rebuild`", some(&faults)),
        )
    })
}

fn order(store: &Store) -> Check {
    let mut before = None;
    let mut seen = roaring::RoaringBitmap::new();
    let mut is_sorted = true;
    for number in store.by_time().iter() {
        let key = (store.time(number), number);
        is_sorted &= before.is_none_or(|before| before < key);
        before = Some(key);
        seen.insert(number.0);
    }
    if is_sorted && seen.len() == u64::from(store.len()) {
        Check::ok(
            "order",
            format!("{} by time", counted(store.len(), "message", "messages")),
        )
    } else {
        Check::failed(
            "order",
            "not all messages stand by time; run `docket rebuild`",
        )
    }
}

fn index(store: &Store, full: bool, progress: &mut dyn Progress) -> Result<Check, CaseError> {
    let never = AtomicBool::new(false);
    let mut faults = Vec::new();
    if store.index().len() != store.len() {
        faults.push(format!(
            "it holds {} of {}",
            counted(store.index().len(), "message", "messages"),
            grouped(store.len())
        ));
    }
    // First words, spread over all messages, must lead back to their message.
    let sample = if full { FULL_SAMPLE } else { SAMPLE };
    let step = usize::try_from((store.len() / sample).max(1)).unwrap_or(1);
    let mut looked_up = 0;
    for number in (0..store.len()).step_by(step) {
        let words: Vec<String> = store
            .text(MessageNumber(number))
            .map(|text| text::words(text).take(3).map(|word| word.folded).collect())
            .unwrap_or_default();
        if words.is_empty() {
            continue;
        }
        looked_up += 1;
        let query = WordQuery {
            words,
            prefix: false,
        };
        if !store.matches(&query, &never)?.contains(number) {
            faults.push(format!("message {number} is not found by its words"));
        }
    }
    if full {
        let damaged = store
            .index()
            .damaged(|done| progress.tick("checking the index", done, 0))?;
        faults.extend(damaged.iter().map(|file| format!("{file} is damaged")));
    }
    Ok(if faults.is_empty() {
        Check::ok(
            "index",
            format!(
                "{} in {}; {looked_up} looked up",
                counted(store.index().len(), "message", "messages"),
                counted(store.index().segments() as u64, "segment", "segments")
            ),
        )
    } else {
        Check::failed("index", format!("{}; run `docket rebuild`", some(&faults)))
    })
}

fn leftovers(case: &Case, wanted: &Wanted) -> Result<Check, CaseError> {
    let sealed: BTreeSet<&str> = sealed(wanted).into_keys().collect();
    let strange: Vec<String> = originals::list(&case.layout)?
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| !sealed.contains(name.as_str()))
        .collect();
    Ok(if strange.is_empty() {
        Check::ok(
            "leftovers",
            "nothing lies among the originals that was not imported",
        )
    } else {
        Check::warn(
            "leftovers",
            format!(
                "{} lies among the originals and no import tells of it",
                some(&strange)
            ),
        )
    })
}
