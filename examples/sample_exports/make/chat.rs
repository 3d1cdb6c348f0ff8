//! One chat: a script with dates, filled up with scenes, then written in a phone's dialect.

use super::dialect::{Dialect, Event, What};
use super::media;
use super::rng::Rng;
use super::scene::{Days, Scene, Words};
use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use std::collections::BTreeMap;

/// How someone types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// As the scene says.
    Plain,
    /// No capitals, no full stops.
    Lower,
    /// A kiss at the end, often.
    Kisses,
    /// An emoji at the end, often.
    Emoji,
}

/// Someone in a chat.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The letters a script calls them by.
    pub key: &'static str,
    /// The name as this phone shows it.
    pub shown: &'static str,
    /// What friends and colleagues call them.
    pub nick: &'static str,
    /// How they type.
    pub hand: Hand,
}

/// Which scenes a chat draws, and who can play in them.
#[derive(Clone, Copy, Debug)]
pub struct Pack {
    /// The pack's name.
    pub name: &'static str,
    /// How many scenes of it to play in the month.
    pub count: usize,
    /// The keys of the members who play in them.
    pub cast: &'static [&'static str],
}

/// A chat to make.
#[derive(Clone, Copy, Debug)]
pub struct Chat {
    /// The file to write, under the output folder. A `.zip` holds the chat and its media.
    pub path: &'static str,
    /// The chat's own file, when it is in a zip.
    pub inside: &'static str,
    /// The phone.
    pub dialect: Dialect,
    /// The group's or the other person's name.
    pub title: &'static str,
    /// Whether it was exported with media.
    pub media: bool,
    /// Everyone who ever writes in it.
    pub members: &'static [Member],
    /// The script.
    pub script: &'static str,
    /// The scenes.
    pub packs: &'static [Pack],
    /// Its own seed.
    pub seed: u64,
    /// The phone and what the chat holds, for the list.
    pub about: &'static str,
}

/// A line of a chat before it is written.
#[derive(Clone, Debug)]
pub struct Line {
    /// The clock on the phone.
    pub at: NaiveDateTime,
    /// The sender as shown; empty for lines of the app.
    pub sender: String,
    /// What it says.
    pub what: What,
}

/// A file beside the chat: its name and bytes.
pub type File = (String, Vec<u8>);

/// What goes wrong in a script: the line, and why.
pub type Fault = String;

impl Chat {
    /// All lines of the month, in the order in which the phone keeps them.
    ///
    /// # Errors
    /// When the script names someone or something it should not.
    pub fn lines(&self, scenes: &[Scene], words: &Words) -> Result<(Vec<Line>, Vec<File>), Fault> {
        let mut maker = Maker {
            chat: self,
            words,
            rng: Rng::new(self.seed),
            lines: Vec::new(),
            files: Vec::new(),
        };
        maker.play_script()?;
        for pack in self.packs {
            maker.play_pack(pack, scenes)?;
        }
        maker.lines.sort_by_key(|line| line.at);
        maker.name_files();
        maker.deliver_late();
        Ok((maker.lines, maker.files))
    }

    /// The chat's bytes.
    pub fn write(&self, lines: &[Line]) -> String {
        lines
            .iter()
            .map(|line| {
                self.dialect
                    .line(line.at, self.title, &line.sender, &line.what)
            })
            .collect()
    }

    fn member(&self, key: &str) -> Result<&Member, Fault> {
        self.members
            .iter()
            .find(|member| member.key == key)
            .ok_or_else(|| format!("{}: nobody is called {key}", self.path))
    }
}

struct Maker<'a> {
    chat: &'a Chat,
    words: &'a Words,
    rng: Rng,
    lines: Vec<Line>,
    files: Vec<File>,
}

impl Maker<'_> {
    fn play_script(&mut self) -> Result<(), Fault> {
        let mut clock = NaiveDateTime::default();
        for line in self.chat.script.lines().map(str::trim_end) {
            let fault = || format!("{}: cannot read: {line}", self.chat.path);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(stamp) = line.strip_prefix("@ ") {
                clock = NaiveDateTime::parse_from_str(stamp, "%Y-%m-%d %H:%M")
                    .map_err(|_| fault())?
                    + Duration::seconds(self.rng.between(2, 40));
                continue;
            }
            let (minutes, rest) = match line.strip_prefix('+') {
                Some(rest) => {
                    let (minutes, rest) = rest.split_once(' ').ok_or_else(fault)?;
                    (minutes.parse::<i64>().map_err(|_| fault())?, rest)
                }
                None => (0, line),
            };
            clock += Duration::minutes(minutes) + Duration::seconds(self.rng.between(4, 70));
            if let Some(event) = rest.strip_prefix("! ") {
                let what = What::System(self.event(event)?);
                self.lines.push(Line {
                    at: clock,
                    sender: String::new(),
                    what,
                });
                continue;
            }
            let (key, words) = rest.split_once(": ").ok_or_else(fault)?;
            let member = *self.chat.member(key)?;
            let text = self.words.fill(words, &mut BTreeMap::new(), &mut self.rng);
            self.say(clock, &member, &text)?;
        }
        Ok(())
    }

    fn event(&self, words: &str) -> Result<Event, Fault> {
        let (name, rest) = words.split_once(' ').unwrap_or((words, ""));
        let (who, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let shown = |key: &str| -> Result<String, Fault> {
            if key == "You" {
                return Ok("You".into());
            }
            self.chat.member(key).map(|member| member.shown.to_owned())
        };
        Ok(match name {
            "encrypted" => Event::Encrypted,
            "admin" => Event::Admin,
            "created" => Event::Created(shown(who)?, rest.into()),
            "added" => Event::Added(shown(who)?, shown(rest)?),
            "joined" => Event::Joined(shown(who)?),
            "left" => Event::Left(shown(who)?),
            "removed" => Event::Removed(shown(who)?, shown(rest)?),
            "subject" => Event::Subject(shown(who)?, rest.into()),
            "icon" => Event::Icon(shown(who)?),
            "description" => Event::Description(shown(who)?),
            "timer" => Event::Timer(shown(who)?, rest.parse().unwrap_or(0)),
            "number" => Event::Number(shown(who)?),
            "code" => Event::SecurityCode(shown(who)?),
            "pinned" => Event::Pinned(shown(who)?),
            _ => return Err(format!("{}: no such event: {words}", self.chat.path)),
        })
    }

    fn play_pack(&mut self, pack: &Pack, scenes: &[Scene]) -> Result<(), Fault> {
        let mine: Vec<&Scene> = scenes.iter().filter(|s| s.pack == pack.name).collect();
        let mut deck: Vec<&Scene> = Vec::new();
        let mut busy: Vec<(NaiveDateTime, NaiveDateTime)> = Vec::new();
        let mut played: Vec<(NaiveDate, *const Scene)> = Vec::new();
        for _ in 0..pack.count {
            if deck.is_empty() {
                deck.clone_from(&mine);
                self.rng.shuffle(&mut deck);
            }
            let Some(scene) = deck.pop() else {
                return Err(format!("{}: no pack {}", self.chat.path, pack.name));
            };
            let mut start = self.moment(scene);
            for _ in 0..40 {
                let end = start + Duration::minutes(25);
                let near = |(day, other): &(NaiveDate, *const Scene)| {
                    std::ptr::eq(*other, scene) && (start.date() - *day).num_days().abs() < 2
                };
                if busy.iter().all(|(from, to)| end < *from || start > *to)
                    && !played.iter().any(near)
                {
                    break;
                }
                start = self.moment(scene);
            }
            played.push((start.date(), scene));
            let end = self.play(scene, pack, start)?;
            busy.push((start, end));
        }
        Ok(())
    }

    fn moment(&mut self, scene: &Scene) -> NaiveDateTime {
        loop {
            let day = self.rng.between(1, 30) as u32;
            let date = NaiveDate::from_ymd_opt(2024, 3, day).unwrap_or_default();
            let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
            let fits = match scene.days {
                Days::Week => !weekend,
                Days::Weekend => weekend,
                Days::All => true,
            };
            if fits {
                let hour = self.rng.between(scene.hours.0, scene.hours.1) as u32;
                let (minute, second) = (self.rng.below(60) as u32, self.rng.below(60) as u32);
                let time = NaiveTime::from_hms_opt(hour, minute, second).unwrap_or_default();
                return date.and_time(time);
            }
        }
    }

    fn play(
        &mut self,
        scene: &Scene,
        pack: &Pack,
        start: NaiveDateTime,
    ) -> Result<NaiveDateTime, Fault> {
        let mut cast: Vec<Member> = Vec::new();
        for key in pack.cast {
            cast.push(*self.chat.member(key)?);
        }
        self.rng.shuffle(&mut cast);
        let mut filled = BTreeMap::new();
        let roles: BTreeMap<char, Member> = ('A'..='F').zip(cast.iter().cycle().copied()).collect();
        for (role, member) in &roles {
            filled.insert(role.to_string(), member.nick.to_owned());
        }
        let mut clock = start;
        for (role, wordings) in &scene.lines {
            let Some(member) = roles.get(role).copied() else {
                return Err(format!("no role {role} in a scene of {}", pack.name));
            };
            let text = self.rng.pick(wordings).cloned().unwrap_or_default();
            let opens = text.starts_with('{');
            let mut text = self.words.fill(&text, &mut filled, &mut self.rng);
            if opens {
                text = capital(&text);
            }
            let text = self.by_hand(&text, member.hand);
            self.say(clock, &member, &text)?;
            let wait = if self.rng.chance(60) {
                self.rng.between(180, 900)
            } else {
                self.rng.between(6, 95)
            };
            clock += Duration::seconds(wait);
        }
        Ok(clock)
    }

    /// As this person would type it, with a slip of the finger now and then.
    fn by_hand(&mut self, text: &str, hand: Hand) -> String {
        if text.starts_with("[[") || text.contains("http") {
            return text.to_owned();
        }
        let mut text = text.to_owned();
        match hand {
            Hand::Plain => {}
            Hand::Lower => {
                text = text.to_lowercase();
                if text.ends_with('.') {
                    text.pop();
                }
            }
            Hand::Kisses if self.rng.chance(550) => text.push_str(" x"),
            Hand::Emoji if self.rng.chance(350) => {
                let end = ["😂", "🙈", "👍", "❤️", "🤞", "😬", "🎉", "👀", "🤷🏽‍♀️", "🫠"];
                text.push(' ');
                text.push_str(self.rng.pick(&end).unwrap_or(&"👍"));
            }
            Hand::Kisses | Hand::Emoji => {}
        }
        if self.rng.chance(25) {
            text = self.slip(&text);
        }
        text
    }

    fn slip(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        let places: Vec<usize> = letters
            .windows(4)
            .enumerate()
            .filter(|(_, four)| four.iter().all(char::is_ascii_lowercase))
            .map(|(at, _)| at + 1)
            .collect();
        if let Some(at) = self.rng.pick(&places) {
            letters.swap(*at, at + 1);
        }
        letters.into_iter().collect()
    }

    /// Puts what a member says, or does in `[[brackets]]`, into the chat.
    fn say(&mut self, at: NaiveDateTime, member: &Member, text: &str) -> Result<(), Fault> {
        let sender = member.shown.to_owned();
        let acted = text
            .strip_prefix("[[")
            .and_then(|rest| rest.split_once("]]"));
        let what = match acted {
            None => What::Text(text.to_owned()),
            Some((act, rest)) => self.act(act, rest.trim_start())?,
        };
        self.lines.push(Line { at, sender, what });
        Ok(())
    }

    fn act(&self, act: &str, rest: &str) -> Result<What, Fault> {
        let (name, argument) = act.split_once(' ').unwrap_or((act, ""));
        let caption = rest.to_owned();
        let media = |kind| {
            let file = self.chat.media.then(|| argument.to_owned());
            What::Media {
                kind,
                file,
                caption: caption.clone(),
            }
        };
        Ok(match name {
            "photo" => media("PHOTO"),
            "video" => media("VIDEO"),
            "voice" => media("AUDIO"),
            "sticker" => media("STICKER"),
            "doc" => media("DOC"),
            "edited" => What::Edited(caption),
            "deleted" => What::Deleted,
            "deleted-by" => What::DeletedByAdmin(self.chat.member(argument)?.shown.to_owned()),
            "null" => What::Null,
            "empty" => What::Empty,
            "location" => What::Location(argument.to_owned()),
            "contact" => What::Contact(argument.to_owned(), self.chat.media),
            "once" => What::Once(match argument {
                "video" => "video",
                "voice" => "voice message",
                _ => "photo",
            }),
            "call" => What::Call(false, argument.parse().ok()),
            "videocall" => What::Call(true, argument.parse().ok()),
            "poll" => {
                let mut parts = rest.split(" / ");
                let question = parts.next().unwrap_or_default().to_owned();
                let options = parts
                    .map(|part| {
                        let (text, votes) = part.rsplit_once('=').unwrap_or((part, "0"));
                        (text.to_owned(), votes.parse().unwrap_or(0))
                    })
                    .collect();
                What::Poll(question, options)
            }
            _ => return Err(format!("{}: no such act: {act}", self.chat.path)),
        })
    }

    /// Names files as the platform does, by their place in the chat, and makes them. A file whose
    /// name was given with a `?` stays away, and so do videos: the phone had lost them.
    fn name_files(&mut self) {
        let ios = self.chat.dialect.is_ios();
        for (number, line) in self.lines.iter_mut().enumerate() {
            let at = line.at;
            if let What::Contact(name, true) = &mut line.what {
                let card = media::file("card.vcf", name, &mut self.rng);
                *name = if ios {
                    format!("{number:08}-{name}.vcf")
                } else {
                    format!("{name}.vcf")
                };
                self.files.push((name.clone(), card));
                continue;
            }
            let What::Media {
                kind,
                file: Some(file),
                caption,
            } = &mut line.what
            else {
                continue;
            };
            let lost = file.ends_with('?') || *kind == "VIDEO";
            let given = file.trim_end_matches('?').to_owned();
            let end = match *kind {
                "PHOTO" => "jpg",
                "VIDEO" => "mp4",
                "AUDIO" => "opus",
                "STICKER" => "webp",
                _ => "",
            };
            *file = match (ios, *kind) {
                (true, "DOC") => {
                    *caption = format!("{given} • \u{200E}2 pages");
                    format!("{number:08}-{given}")
                }
                (false, "DOC") => given.clone(),
                (true, kind) => {
                    format!(
                        "{number:08}-{kind}-{}.{end}",
                        at.format("%Y-%m-%d-%H-%M-%S")
                    )
                }
                (false, kind) => {
                    let short = match kind {
                        "PHOTO" => "IMG",
                        "VIDEO" => "VID",
                        "AUDIO" => "PTT",
                        _ => "STK",
                    };
                    format!("{short}-{}-WA{number:04}.{end}", at.format("%Y%m%d"))
                }
            };
            if !lost {
                let bytes = media::file(file, &given, &mut self.rng);
                self.files.push((file.clone(), bytes));
            }
        }
    }

    /// Some messages reach a phone late and stand behind younger ones.
    fn deliver_late(&mut self) {
        for at in (150..self.lines.len().saturating_sub(3)).step_by(400) {
            let words =
                |line: Option<&Line>| line.is_some_and(|line| matches!(line.what, What::Text(_)));
            if (at..at + 3).all(|near| words(self.lines.get(near))) {
                self.lines.swap(at, at + 2);
            }
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect()
}
