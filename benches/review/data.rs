//! Chats of any size for measuring: many threads in several dialects, or one long thread.

use crate::make::dialect::{Dialect, Event, What};
use crate::make::rng::Rng;
use chrono::{Duration, NaiveDate, NaiveDateTime};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

const DIALECTS: [Dialect; 6] = [
    Dialect::AndroidEnGb,
    Dialect::IosEnGb,
    Dialect::AndroidEnUs,
    Dialect::IosDe,
    Dialect::AndroidDe,
    Dialect::AndroidFr,
];

const SENDERS: usize = 30;
const VOCABULARY: usize = 60_000;

/// The word that every tenth place of a text holds, or nearly: the common word of the searches.
pub const COMMON: &str = "the";

/// A word that stands in one message of a thousand.
pub const RARE: &str = "quorumate";

/// A made-up vocabulary, drawn from as people do: the word of rank n comes n times less often
/// than the first (Zipf).
pub struct Vocabulary {
    words: Vec<String>,
    sums: Vec<f64>,
}

impl Vocabulary {
    /// The same words every time.
    pub fn new() -> Vocabulary {
        let common = [
            COMMON, "to", "and", "i", "you", "it", "is", "of", "for", "in", "we", "on", "that",
            "have", "be", "will", "not", "at", "are", "this",
        ];
        let mut words: Vec<String> = common.iter().map(|word| (*word).to_owned()).collect();
        words.extend((0..VOCABULARY - common.len()).map(word));
        let mut sum = 0.0;
        let sums = (1..=VOCABULARY)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        Vocabulary { words, sums }
    }

    fn draw(&self, rng: &mut Rng) -> &str {
        let total = self.sums.last().copied().unwrap_or(1.0);
        let at = rng.below(1 << 30) as f64 / (1_u64 << 30) as f64 * total;
        let rank = self.sums.partition_point(|sum| *sum < at);
        self.words.get(rank).map_or(COMMON, String::as_str)
    }

    fn text(&self, rng: &mut Rng) -> String {
        let mut text = String::new();
        let words = 1 + rng.below(9) + rng.below(22) * usize::from(rng.chance(500));
        for number in 0..words {
            if number > 0 {
                text.push(if words > 8 && rng.chance(30) {
                    '\n'
                } else {
                    ' '
                });
            }
            text.push_str(self.draw(rng));
        }
        match rng.below(1000) {
            0 => text.push_str(&format!(" {RARE}")),
            1..=40 => text.push_str(" 😂"),
            41..=60 => text.push_str(&format!(" https://example.org/{}", rng.below(90_000))),
            61..=75 => text.push_str(&format!(" 07700 900{:03}", rng.below(1000))),
            _ => {}
        }
        text
    }
}

/// A word for a number: syllables, no two alike.
fn word(number: usize) -> String {
    const OPEN: [&str; 16] = [
        "b", "br", "c", "d", "f", "g", "gr", "h", "l", "m", "n", "p", "r", "s", "t", "w",
    ];
    const CLOSE: [&str; 12] = [
        "ad", "an", "ea", "el", "en", "er", "ick", "in", "ol", "or", "um", "y",
    ];
    let mut rest = number + 17;
    let mut word = String::new();
    while rest > 0 {
        let (open, close) = (rest % 16, rest / 16 % 12);
        word.push_str(OPEN.get(open).unwrap_or(&"z"));
        word.push_str(CLOSE.get(close).unwrap_or(&"o"));
        rest /= 192;
    }
    word
}

/// Writes `messages` messages in `threads` files into a folder; the first thread holds a tenth of
/// all, the others less and less. Gives the bytes written.
pub fn many(folder: &Path, messages: usize, threads: usize) -> io::Result<u64> {
    std::fs::create_dir_all(folder)?;
    let vocabulary = Vocabulary::new();
    let weights: Vec<f64> = (1..=threads)
        .map(|rank| 1.0 / (rank as f64).sqrt())
        .collect();
    let whole: f64 = weights.iter().sum();
    let mut left = messages;
    let mut bytes = 0;
    for (number, weight) in weights.iter().enumerate() {
        let share = (messages as f64 * weight / whole) as usize;
        let count = if number + 1 == threads {
            left
        } else {
            share.min(left)
        };
        left -= count;
        let dialect = DIALECTS
            .get(number % DIALECTS.len())
            .copied()
            .unwrap_or(Dialect::IosEnGb);
        let path = folder.join(format!("WhatsApp Chat with Group {number:05}.txt"));
        bytes += thread(&path, dialect, count, number as u64, &vocabulary)?;
    }
    Ok(bytes)
}

/// Writes one thread of `messages` messages and gives its path and bytes.
pub fn one(folder: &Path, messages: usize) -> io::Result<(PathBuf, u64)> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join("WhatsApp Chat with Everyone.txt");
    let vocabulary = Vocabulary::new();
    let bytes = thread(&path, Dialect::AndroidEnGb, messages, 77, &vocabulary)?;
    Ok((path, bytes))
}

fn thread(
    path: &Path,
    dialect: Dialect,
    messages: usize,
    seed: u64,
    vocabulary: &Vocabulary,
) -> io::Result<u64> {
    let mut rng = Rng::new(seed.wrapping_mul(7919).wrapping_add(1));
    let title = format!("Group {seed:05}");
    let senders: Vec<String> = (0..SENDERS)
        .map(|at| match at % 5 {
            0 => format!("+44 7700 900{:03}", (seed as usize * 31 + at) % 1000),
            _ => format!("{} {}", word(at * 37 + 5), word(at * 91 + seed as usize)),
        })
        .collect();
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut clock = start();
    let step = (4 * 365 * 86_400 / messages.max(1)).clamp(2, 40_000);
    let mut bytes = 0;
    for number in 0..messages {
        clock += Duration::seconds(rng.below(step * 2) as i64);
        let sender = rng.pick(&senders).map_or("", String::as_str);
        let what = if number == 0 {
            What::System(Event::Encrypted)
        } else {
            what(&mut rng, vocabulary, &senders)
        };
        let line = dialect.line(clock, &title, sender, &what);
        out.write_all(line.as_bytes())?;
        bytes += line.len() as u64;
    }
    out.flush()?;
    Ok(bytes)
}

fn what(rng: &mut Rng, vocabulary: &Vocabulary, senders: &[String]) -> What {
    let who = |rng: &mut Rng| rng.pick(senders).cloned().unwrap_or_default();
    match rng.below(1000) {
        0..=2 => What::System(Event::Left(who(rng))),
        3..=4 => What::System(Event::Added(who(rng), who(rng))),
        5..=59 => What::Media {
            kind: "PHOTO",
            file: None,
            caption: String::new(),
        },
        60..=66 => What::Deleted,
        67..=72 => What::Edited(vocabulary.text(rng)),
        _ => What::Text(vocabulary.text(rng)),
    }
}

fn start() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2020, 1, 13)
        .and_then(|date| date.and_hms_opt(7, 0, 0))
        .unwrap_or_default()
}
