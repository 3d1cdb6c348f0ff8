//! Talk as plain text: small scenes with gaps to fill, and scripts with dates.
//!
//! A file of scenes holds paragraphs. `~ office weekday 8-19` opens one: its pack, the days and
//! the hours it can start in. `A: words | other words` is a line of the first speaker, one of the
//! wordings is taken. `{kit}` is filled from the list of that name in `words.txt`, `{kit2}` with
//! another item of it; within one scene a gap keeps its filling.
//!
//! A script holds `@ 2024-03-06 18:55` (sets the clock), `OLD: words` (said by that member) and
//! `! added OLD JT` (a line of the app). `+12 OLD: words` says it twelve minutes later.

use super::rng::Rng;
use std::collections::BTreeMap;

/// On which days a scene can play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Days {
    /// Monday to Friday.
    Week,
    /// Saturday and Sunday.
    Weekend,
    /// Any day.
    All,
}

/// One small scene.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The pack it belongs to.
    pub pack: String,
    /// The days it can play on.
    pub days: Days,
    /// The first and last hour it can start in.
    pub hours: (i64, i64),
    /// Speaker's letter and wordings, line by line.
    pub lines: Vec<(char, Vec<String>)>,
}

/// All scenes of a file.
pub fn scenes(file: &str) -> Vec<Scene> {
    let mut all: Vec<Scene> = Vec::new();
    for line in file.lines().map(str::trim_end) {
        if let Some(head) = line.strip_prefix("~ ") {
            let mut words = head.split(' ');
            let pack = words.next().unwrap_or_default().to_owned();
            let days = match words.next() {
                Some("weekday") => Days::Week,
                Some("weekend") => Days::Weekend,
                _ => Days::All,
            };
            let hours = words
                .next()
                .and_then(|hours| hours.split_once('-'))
                .and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)))
                .unwrap_or((9, 20));
            all.push(Scene {
                pack,
                days,
                hours,
                lines: Vec::new(),
            });
        } else if let Some((speaker, words)) = line.split_once(": ") {
            let wordings = words.split(" | ").map(str::to_owned).collect();
            if let (Some(scene), Some(letter)) = (all.last_mut(), speaker.chars().next()) {
                scene.lines.push((letter, wordings));
            }
        }
    }
    all
}

/// The lists that gaps are filled from.
#[derive(Clone, Debug, Default)]
pub struct Words(BTreeMap<String, Vec<String>>);

impl Words {
    /// Reads `name: item | item | item`, a list a line.
    pub fn new(file: &str) -> Words {
        let lists = file.lines().filter_map(|line| {
            let (name, items) = line.split_once(": ")?;
            let items = items.split(" | ").map(|item| item.trim().to_owned());
            Some((name.to_owned(), items.collect()))
        });
        Words(lists.collect())
    }

    /// Fills the gaps of a text; `filled` keeps what a scene has filled so far.
    pub fn fill(&self, text: &str, filled: &mut BTreeMap<String, String>, rng: &mut Rng) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((gap, tail)) = after.split_once('}') else {
                out.push('{');
                rest = after;
                continue;
            };
            let value = match filled.get(gap) {
                Some(value) => value.clone(),
                None => {
                    let taken: Vec<&String> = filled.values().collect();
                    let value = self.draw(gap, &taken, rng);
                    filled.insert(gap.to_owned(), value.clone());
                    value
                }
            };
            out.push_str(&value);
            rest = tail;
        }
        out.push_str(rest);
        out.replace("\\n", "\n")
    }

    fn draw(&self, gap: &str, taken: &[&String], rng: &mut Rng) -> String {
        let list = gap.trim_end_matches(|c: char| c.is_ascii_digit());
        match list {
            "n" => rng.between(2, 48).to_string(),
            "many" => (rng.between(5, 180) * 100).to_string(),
            "time" => {
                let hour = rng.between(1, 12);
                let minute = rng.pick(&["", ".15", ".30", ".45"]).unwrap_or(&"");
                format!("{hour}{minute}")
            }
            _ => {
                let items = self.0.get(list).map(Vec::as_slice).unwrap_or_default();
                let free: Vec<&String> = items.iter().filter(|i| !taken.contains(i)).collect();
                match rng.pick(&free).or(items.iter().collect::<Vec<_>>().first()) {
                    Some(item) => (*item).clone(),
                    None => format!("{{{gap}}}"),
                }
            }
        }
    }
}
