//! Detectors: how much text a second all of them together look at on one core, of several kinds, and
//! what looking through a whole case takes.

use crate::labelled;
use crate::measure::{Result, Row, own_memory, run, short};
use crate::reference::Texts;
use docket::case::Case;
use docket::findings::{Lexicons, Scanner};
use docket::review::Session;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Seconds that all detectors together may take for a gigabyte on one core: 50 MB/s.
const TARGET: f64 = 20.0;
/// Each kind of text is looked at until so many bytes were.
const BYTES: usize = 32_000_000;

/// The kinds: what a chat says, the labelled messages, and such as are made to be slow.
fn kinds(texts: &Texts) -> Vec<(&'static str, Vec<String>)> {
    let labelled = labelled::make(20_240_301, 400).into_iter();
    vec![
        ("chat", texts.first(20_000)),
        ("labelled messages", labelled.map(|one| one.text).collect()),
        ("pairs of digits", vec!["12 34 56 ".repeat(400)]),
        (
            "clinical words",
            vec!["patient ward bed Mr Smith ".repeat(200)],
        ),
        ("single digits", vec!["1 ".repeat(2000)]),
        (
            "addresses and signs",
            vec!["a@b.c 12 Tarn Lane AB12 CDE ".repeat(100)],
        ),
        ("one run of letters", vec!["a1".repeat(20_000)]),
    ]
}

/// Measures each kind, with SHA-256 over the same texts in turn with it.
pub fn speed(texts: &Texts) -> Result<()> {
    let mut scanner = Scanner::new(&Lexicons::docket());
    for (name, texts) in kinds(texts) {
        let bytes: usize = texts.iter().map(String::len).sum();
        let turns = (BYTES / bytes.max(1)).max(1);
        let mut found = 0;
        let ((), ours, _) = run(|| {
            for text in texts.iter().cycle().take(texts.len() * turns) {
                found += scanner.scan(text).len();
            }
            Ok(())
        })?;
        let ((), sha, _) = run(|| {
            for text in texts.iter().cycle().take(texts.len() * turns) {
                std::hint::black_box(Sha256::digest(text.as_bytes()));
            }
            Ok(())
        })?;
        let all = (bytes * turns) as f64 / 1e6;
        Row {
            what: format!("detectors: {name}"),
            figure: ours * 1000.0 / all,
            unit: "s/GB",
            target: Some(TARGET),
            reference: format!(
                "{} MB/s; SHA-256 {} MB/s; {} findings",
                short(all / ours.max(0.01)),
                short(all / sha.max(0.01)),
                found / turns
            ),
        }
        .print();
    }
    Ok(())
}

/// Looks through a whole case, then once more when nothing is new.
pub fn whole(case: &Path) -> Result<()> {
    let session = Session::open(Case::open(case)?, crate::actor())?;
    let before = own_memory("self").unwrap_or(0.0);
    let (looked, cpu, _) = run(|| Ok(session.findings(&mut ())?))?;
    let after = own_memory("self").unwrap_or(0.0);
    Row {
        what: "findings: looking through the whole case".into(),
        figure: cpu,
        unit: "s",
        target: None,
        reference: format!(
            "{} findings; own memory {} MB more",
            looked.findings().len(),
            short(after - before)
        ),
    }
    .print();
    drop((looked, session));
    let session = Session::open(Case::open(case)?, crate::actor())?;
    let (_, cpu, _) = run(|| Ok(session.findings(&mut ())?))?;
    Row {
        what: "findings: opened again, nothing new".into(),
        figure: cpu,
        unit: "s",
        target: None,
        reference: String::new(),
    }
    .print();
    Ok(())
}
