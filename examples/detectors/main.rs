//! How well the detectors do, and how fast, on labelled messages that are made for it:
//!
//! ```text
//! cargo run --release --example detectors                     precision and recall
//! cargo run --release --example detectors -- --false-alarms   with every false alarm and miss
//! cargo run --release --example detectors -- --speed          megabytes a second, all together
//! cargo run --release --example detectors -- --labelled FILE  the messages, as JSON lines
//! cargo run --release --example detectors -- --texts FILE     what is found in texts of others
//! cargo run --release --example detectors -- --second ...     the same on the second set
//! ```
//!
//! The texts of others are JSON lines with a field `text`; of them nothing but counts is printed.
//! `.ci/presidio.py FILE` measures Microsoft Presidio's recognisers on the same messages.

mod make;
mod second;

use docket::findings::{Lexicons, Scanner, all, at_place};
use make::{Labelled, Score, make, score};
use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::time::Instant;

/// The seed of the messages, and how many for each detector.
const SEED: u64 = 20_240_301;
const EACH: usize = 400;
/// The same of the second set.
const SECOND: (u64, usize) = (20_260_117, 250);

fn hits(scanner: &mut Scanner, text: &str) -> Vec<(Range<usize>, &'static str)> {
    let hits = scanner.scan(text).iter();
    hits.filter_map(|hit| {
        let id = at_place(hit.detector)?.id;
        Some((hit.start as usize..hit.end as usize, id))
    })
    .collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_second = arguments.first().is_some_and(|one| one == "--second");
    let messages = match is_second {
        true => second::make(SECOND.0, SECOND.1),
        false => make(SEED, EACH),
    };
    arguments.drain(..usize::from(is_second));
    match arguments.first().map(String::as_str) {
        Some("--labelled") => {
            let path = arguments.get(1).ok_or("--labelled FILE")?;
            return write(path, &messages);
        }
        Some("--texts") => {
            let path = arguments.get(1).ok_or("--texts FILE")?;
            return texts(path);
        }
        Some("--speed") => {
            speed(&messages);
            return Ok(());
        }
        _ => {}
    }
    let tells = arguments.iter().any(|one| one == "--false-alarms");
    let mut scanner = Scanner::new(&Lexicons::default());
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    for message in &messages {
        let hits = hits(&mut scanner, &message.text);
        let before = scores.clone();
        score(message, &hits, &mut scores);
        if tells {
            tell(message, &hits, &before, &scores);
        }
    }
    println!("detector    labels  found  false alarms  precision  recall");
    for id in all().map(|about| about.id) {
        if let Some(one) = scores.get(id) {
            println!(
                "{id:<10} {:>7} {:>6} {:>13} {:>10.3} {:>7.3}",
                one.labels,
                one.found,
                one.false_alarms,
                one.precision(),
                one.recall()
            );
        }
    }
    println!("{} messages, half of them without any", messages.len());
    Ok(())
}

fn tell(
    message: &Labelled,
    hits: &[(Range<usize>, &str)],
    before: &BTreeMap<&str, Score>,
    after: &BTreeMap<&str, Score>,
) {
    for (kind, one) in after {
        let was = before.get(kind).copied().unwrap_or_default();
        if one.false_alarms > was.false_alarms {
            println!("false alarm  {kind}  {:?}  {hits:?}", message.text);
        }
        if one.labels - was.labels > one.found - was.found {
            println!("miss         {kind}  {:?}", message.text);
        }
    }
}

fn write(path: &str, messages: &[Labelled]) -> Result<(), Box<dyn std::error::Error>> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for message in messages {
        // Presidio counts characters.
        let count = |at: usize| {
            message
                .text
                .get(..at)
                .map_or(0, |text| text.chars().count())
        };
        let labels: Vec<_> = message
            .labels
            .iter()
            .map(|(span, kind)| serde_json::json!([count(span.start), count(span.end), kind]))
            .collect();
        let line = serde_json::json!({"text": message.text, "labels": labels});
        writeln!(file, "{line}")?;
    }
    Ok(file.flush()?)
}

/// What is found in texts of others, as counts, and how fast.
fn texts(path: &str) -> Result<(), Box<dyn std::error::Error>> {
    let file = std::fs::read_to_string(path)?;
    let mut texts = Vec::new();
    for line in file.lines() {
        let value: serde_json::Value = serde_json::from_str(line)?;
        let text = value.get("text").and_then(serde_json::Value::as_str);
        texts.push(text.unwrap_or_default().to_owned());
    }
    let mut scanner = Scanner::new(&Lexicons::docket());
    let (mut counts, mut bytes) = (BTreeMap::<&str, usize>::new(), 0);
    let start = busy();
    for text in &texts {
        bytes += text.len();
        for (_, id) in hits(&mut scanner, text) {
            *counts.entry(id).or_default() += 1;
        }
    }
    let speed = bytes as f64 / 1e6 / (busy() - start);
    println!("{} texts, {bytes} bytes, {speed:.0} MB/s", texts.len());
    for id in all().map(|about| about.id) {
        println!(
            "{id:<18} {:>7}",
            counts.get(id).copied().unwrap_or_default()
        );
    }
    Ok(())
}

/// Seconds that this thread was at work: what others do on the machine does not count. Where the
/// system does not tell, the clock.
fn busy() -> f64 {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.elapsed().as_secs_f64(), |one| one / 1e9)
}

/// Megabytes a second of work on one core: messages one by one, as a case has them.
fn speed(messages: &[Labelled]) {
    let plain: Vec<&str> = messages
        .iter()
        .filter(|message| message.labels.is_empty())
        .map(|message| message.text.as_str())
        .collect();
    let chat = "the supplier has not answered since Tuesday and the minister would like to know by \
                the end of the day whether we are publishing at 4pm or not";
    let digits = "12345678 ".repeat(16);
    let groups = "12 34 56 ".repeat(16);
    let long = "a1".repeat(8192);
    let cues = "patient ward bed Mr Smith ".repeat(8);
    let sets: [(&str, Vec<&str>); 7] = [
        ("chat", vec![chat]),
        ("messages that hold nothing", plain),
        (
            "labelled messages",
            messages.iter().map(|one| one.text.as_str()).collect(),
        ),
        ("digits alone", vec![&digits]),
        ("pairs of digits", vec![&groups]),
        ("one long run", vec![&long]),
        ("cues alone", vec![&cues]),
    ];
    for lists in [Lexicons::default(), Lexicons::docket()] {
        let mut scanner = Scanner::new(&lists);
        for (name, texts) in &sets {
            let (mut bytes, mut found) = (0_usize, 0_usize);
            let start = busy();
            while busy() - start < 0.7 {
                for text in texts.iter().cycle().take(texts.len().max(2000)) {
                    found += scanner.scan(text).len();
                    bytes += text.len();
                }
            }
            let speed = bytes as f64 / 1e6 / (busy() - start);
            let lists = if lists.all().is_empty() {
                "without lists"
            } else {
                "with lists"
            };
            println!("{speed:>8.0} MB/s  {name}, {lists} ({found} findings)");
        }
    }
}
