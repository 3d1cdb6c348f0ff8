//! Makes the sample exports: a fictional department's March 2024, as phones and accounts would export it.
//!
//! Everything is invented. Telephone numbers come from the ranges that Ofcom, the Bundesnetzagentur
//! and Arcep keep for fiction, NHS numbers from the synthetic range 999, addresses from
//! `example.org` and `.gov.example`.

// Each user of this module (the example, the tests, the benchmark) needs another part of it.
#![allow(dead_code)]

pub mod accounts;
pub mod archive;
pub mod chat;
pub mod chats;
pub mod contacts;
pub mod desktop;
pub mod dialect;
pub mod media;
pub mod others;
pub mod outlook;
pub mod planted;
pub mod readme;
pub mod rng;
pub mod scene;
pub mod services;
pub mod signal;
pub mod telegram;

use chat::{Chat, Fault, File, Line};
use dialect::What;

/// One export: where it is written, its bytes, and what docket must find in it.
#[derive(Clone, Debug)]
pub struct Made {
    /// The path under the output folder.
    pub path: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// All messages, system lines included.
    pub messages: usize,
    /// The system lines.
    pub system: usize,
    /// The files beside the chat.
    pub files: usize,
    /// The phone and what the chat holds.
    pub about: String,
}

/// A chat, its lines of the whole month, and the files beside it.
#[derive(Clone, Debug)]
pub struct Said {
    /// The chat.
    pub chat: &'static Chat,
    /// All it says.
    pub lines: Vec<Line>,
    /// The files, with their bytes.
    pub files: Vec<File>,
}

/// All chats, with their lines of the whole month and the files beside them.
///
/// # Errors
/// When a script or a scene does not read.
pub fn chats() -> Result<Vec<Said>, Fault> {
    let (scenes, words) = material();
    let lines = |chat: &'static Chat| {
        let (lines, files) = chat.lines(&scenes, &words)?;
        Ok(Said { chat, lines, files })
    };
    chats::CHATS.iter().map(lines).collect()
}

/// All exports, the two of one chat included, in the order of their names.
///
/// # Errors
/// When a script or a scene does not read.
pub fn exports() -> Result<Vec<Made>, Fault> {
    let mut all = Vec::new();
    for Said { chat, lines, files } in chats()? {
        if chat.path == chats::TWICE {
            let (early, later) = chats::twice(&lines);
            all.push(made(chat, chat.path, chat.about, &early, &files)?);
            all.push(made(
                chat,
                chats::LATER,
                chats::LATER_ABOUT,
                &later,
                &files,
            )?);
        } else {
            all.push(made(chat, chat.path, chat.about, &lines, &files)?);
        }
    }
    all.extend(planted::exports()?);
    all.extend(others::exports()?);
    all.extend(services::exports()?);
    let (scenes, words) = material();
    all.extend(signal::exports(&scenes, &words)?);
    all.extend(telegram::exports(&scenes, &words)?);
    all.extend(accounts::exports(&scenes, &words)?);
    all.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(all)
}

/// What chats are filled up with: the scenes, and the words for their gaps.
pub fn material() -> (Vec<scene::Scene>, scene::Words) {
    let scenes = chats::SCENES
        .iter()
        .flat_map(|file| scene::scenes(file))
        .collect();
    (scenes, scene::Words::new(chats::WORDS))
}

fn made(
    chat: &Chat,
    path: &str,
    about: &str,
    lines: &[Line],
    files: &[File],
) -> Result<Made, Fault> {
    let text = chat.write(lines);
    let bytes = if path.ends_with(".zip") {
        archive::zip(chat.inside, text.as_bytes(), files)?
    } else {
        text.into_bytes()
    };
    Ok(Made {
        path: path.to_owned(),
        bytes,
        messages: lines.len(),
        system: lines
            .iter()
            .filter(|line| matches!(line.what, What::System(_)))
            .count(),
        files: if path.ends_with(".zip") {
            files.len()
        } else {
            0
        },
        about: about.to_owned(),
    })
}
