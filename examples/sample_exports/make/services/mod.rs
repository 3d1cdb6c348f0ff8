//! Exports of services that offices use: Slack, Google Chat, Microsoft Teams, Discord.

// Keys are set on objects that stand a few lines above, and places are taken below a length.
#![allow(clippy::indexing_slicing)]

mod discord;
mod google;
mod pages;
mod slack;
mod teams;

use super::chat::{Chat, Fault, File, Hand, Line, Member, Pack};
use super::dialect::{Dialect, What};
use super::rng::Rng;
use super::{Made, archive, chats, scene};
use serde_json::Value;

/// All of them.
///
/// # Errors
/// When a script does not read.
pub fn exports() -> Result<Vec<Made>, Fault> {
    Ok(vec![
        slack::export()?,
        google::export()?,
        teams::graph()?,
        teams::personal()?,
        pages::export()?,
        discord::channel()?,
        discord::package()?,
    ])
}

/// A conversation that a service writes in its own way: what WhatsApp would do with it is not
/// asked.
const fn talk(
    title: &'static str,
    members: &'static [Member],
    script: &'static str,
    packs: &'static [Pack],
    seed: u64,
) -> Chat {
    Chat {
        path: title,
        inside: "",
        dialect: Dialect::AndroidEnGb,
        title,
        media: true,
        members,
        script,
        packs,
        seed,
        about: "",
    }
}

const fn member(key: &'static str, shown: &'static str, nick: &'static str) -> Member {
    Member {
        key,
        shown,
        nick,
        hand: Hand::Plain,
    }
}

const fn pack(name: &'static str, count: usize, cast: &'static [&'static str]) -> Pack {
    Pack { name, count, cast }
}

/// What a conversation says, and its files.
fn lines(chat: &Chat) -> Result<(Vec<Line>, Vec<File>), Fault> {
    let scenes: Vec<scene::Scene> = chats::SCENES
        .iter()
        .flat_map(|file| scene::scenes(file))
        .collect();
    chat.lines(&scenes, &scene::Words::new(chats::WORDS))
}

/// How many of the lines the service wrote itself.
fn system(lines: &[Line]) -> usize {
    lines
        .iter()
        .filter(|line| matches!(line.what, What::System(_)))
        .count()
}

/// Seconds since 1970 of a line, whose clock is Greenwich's.
fn seconds(line: &Line) -> i64 {
    line.at.and_utc().timestamp()
}

/// Indented JSON.
fn pretty(value: &Value) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec_pretty(value).map_err(|e| e.to_string())
}

/// A zip of these files.
fn zip(mut files: Vec<File>) -> Result<Vec<u8>, Fault> {
    let Some((name, last)) = files.pop() else {
        return Err("nothing to pack".into());
    };
    archive::zip(&name, &last, &files)
}

/// The name of a file as its sender had it, without what WhatsApp makes of it.
fn plain_name(kind: &str, name: &str) -> String {
    match kind {
        "PHOTO" => format!("image-{}", name.trim_start_matches("IMG-")),
        _ => name.to_owned(),
    }
}

/// Whether people put a sign on a message, and which.
fn sign(rng: &mut Rng) -> Option<usize> {
    rng.chance(90).then(|| rng.below(3))
}
