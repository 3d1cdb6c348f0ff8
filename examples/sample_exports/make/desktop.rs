//! What the exports of the other chat apps share: a talk as chats are made of, and how its lines
//! are told in JSON.

use super::chat::{Chat, Fault, File, Line, Member};
use super::dialect::{Dialect, Event, What};
use super::rng::Rng;
use super::scene::{Scene, Words};
use super::{Made, media};
use chrono::{Datelike, NaiveDate, NaiveDateTime, Weekday};
use serde_json::Value;

/// A talk, whose form is another module's.
pub const fn talk(
    title: &'static str,
    members: &'static [Member],
    script: &'static str,
    packs: &'static [super::chat::Pack],
    seed: u64,
) -> Chat {
    Chat {
        path: title,
        inside: "",
        // The clock of the phone; none of its wordings are used.
        dialect: Dialect::IosEnGb,
        title,
        media: false,
        members,
        script,
        packs,
        seed,
        about: "",
    }
}

/// The lines of a talk.
///
/// # Errors
/// When its script does not read.
pub fn lines(chat: &Chat, scenes: &[Scene], words: &Words) -> Result<Vec<Line>, Fault> {
    Ok(chat.lines(scenes, words)?.0)
}

/// A string as JSON writes it.
pub fn text(words: &str) -> String {
    Value::String(words.to_owned()).to_string()
}

/// Minutes east of UTC in Britain, or an hour more in Germany, in March 2024.
pub fn offset(at: NaiveDateTime, germany: bool) -> i64 {
    let last = (25..=31)
        .filter_map(|day| NaiveDate::from_ymd_opt(2024, 3, day))
        .find(|date| date.weekday() == Weekday::Sun);
    let summer = last
        .and_then(|date| date.and_hms_opt(if germany { 2 } else { 1 }, 0, 0))
        .is_some_and(|change| at >= change);
    (if summer { 60 } else { 0 }) + (if germany { 60 } else { 0 })
}

/// The instant of a clock time.
pub fn instant(at: NaiveDateTime, germany: bool) -> i64 {
    at.and_utc().timestamp() - offset(at, germany) * 60
}

/// The name of the file of a line, and its bytes; its own kinds of names are the app's.
pub fn picture(number: usize, kind: &str, given: &str, at: NaiveDateTime, rng: &mut Rng) -> File {
    let stamp = at.format("%Y-%m-%d-%H-%M-%S");
    let name = match kind {
        "PHOTO" => format!("photo_{number}@{stamp}.jpg"),
        "AUDIO" => format!("audio_{number}@{stamp}.opus"),
        "STICKER" => format!("sticker_{number}.webp"),
        _ => match given.rsplit_once('.') {
            Some((stem, end)) => format!("{stem} ({number}).{end}"),
            None => format!("{given} ({number})"),
        },
    };
    let bytes = media::file(&name, given, rng);
    (name, bytes)
}

/// An export that is made.
pub fn made(path: &str, bytes: Vec<u8>, talks: &[&[Line]], files: usize, about: &str) -> Made {
    let all = || talks.iter().flat_map(|lines| lines.iter());
    Made {
        path: path.to_owned(),
        bytes,
        messages: all().count(),
        system: all()
            .filter(|line| matches!(line.what, What::System(_)))
            .count(),
        files,
        about: about.to_owned(),
    }
}

/// What an event says, told of the one who did it; and whom else it names.
pub fn event_who(event: &Event) -> (&str, &str) {
    match event {
        Event::Added(who, whom) | Event::Removed(who, whom) => (who, whom),
        Event::Created(who, title) | Event::Subject(who, title) => (who, title),
        Event::Joined(who)
        | Event::Left(who)
        | Event::Icon(who)
        | Event::Description(who)
        | Event::Timer(who, _)
        | Event::Number(who)
        | Event::SecurityCode(who)
        | Event::Pinned(who) => (who, ""),
        Event::Encrypted | Event::Admin => ("", ""),
    }
}
