//! What a message is: structure first (the app's invisible marks, angle brackets, file names),
//! then wording. Ordinary talk that only uses such words stays ordinary talk.

use super::chars::{has_mark, is_mark, plain, starts_with_mark, trimmed};
use super::words::{Meaning, Scope, Words};
use crate::import::Export;
use crate::model::{Attachment, AttachmentState, Extra, Kind, Marks};
use std::collections::HashMap;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Longest text in bytes that can be a placeholder as a whole, where a mark or an angle bracket
/// says that it may be one, and where nothing does.
const PLACEHOLDER: usize = 400;
const UNMARKED: usize = 160;
/// Lookups without a hit after which only languages that did hit are asked.
const PATIENCE: u32 = 5_000;

/// The wording of one file: the languages that were found in it are asked first.
pub(super) struct Wording<'w> {
    words: &'w Words,
    order: Vec<usize>,
    hits: Vec<u32>,
    misses: u32,
}

impl<'w> Wording<'w> {
    pub(super) fn new(words: &'w Words) -> Wording<'w> {
        Wording {
            words,
            order: (0..words.language_count()).collect(),
            hits: vec![0; words.language_count()],
            misses: 0,
        }
    }

    /// What a whole text in its plain form means.
    pub(super) fn find(&mut self, plain: &str, scope: Scope) -> Option<&'w Meaning> {
        if plain.len() > PLACEHOLDER * 2 {
            return None;
        }
        if let Some((language, meaning)) = self.words.exact(plain, scope) {
            self.hit(language);
            return Some(meaning);
        }
        let tired = self.misses > PATIENCE;
        let found = self.order.iter().copied().find_map(|language| {
            let known = self.hits.get(language).is_some_and(|hits| *hits > 0);
            if tired && !known {
                return None;
            }
            let meaning = self.words.gapped(language, plain, scope)?;
            Some((language, meaning))
        });
        match found {
            Some((language, meaning)) => {
                self.hit(language);
                Some(meaning)
            }
            None => {
                self.misses = self.misses.saturating_add(1);
                None
            }
        }
    }

    /// What a whole text means that nothing marks as the app's: exact wording, and the places of
    /// deleted messages.
    fn find_unmarked(&mut self, plain: &str) -> Option<&'w Meaning> {
        if let Some((language, meaning)) = self.words.exact(plain, Scope::Places) {
            self.hit(language);
            return Some(meaning);
        }
        let language = self.words.deleted(plain)?;
        self.hit(language);
        Some(&Meaning::Deleted)
    }

    fn hit(&mut self, language: usize) {
        if let Some(hits) = self.hits.get_mut(language) {
            *hits = hits.saturating_add(1);
        }
        if let Some(place) = self.order.iter().position(|other| *other == language)
            && let Some(front) = self.order.get_mut(..=place)
        {
            front.rotate_right(1);
        }
    }

    /// The language that was found most.
    pub(super) fn most(&self) -> Option<&'w str> {
        let (language, hits) = self
            .hits
            .iter()
            .enumerate()
            .max_by_key(|(_, hits)| **hits)?;
        (*hits > 0).then(|| self.words.language(language))
    }
}

/// The files of an export by name.
pub(super) struct Files {
    by_name: HashMap<String, u32>,
}

impl Files {
    pub(super) fn new(export: &Export, chat: u32) -> Files {
        let mut by_name = HashMap::new();
        for (item, number) in export.items.iter().zip(0u32..) {
            if number != chat && item.problem.is_none() {
                by_name.entry(key(item.file_name())).or_insert(number);
            }
        }
        Files { by_name }
    }

    /// The item of a name as a message writes it.
    fn find(&self, name: &str) -> Option<u32> {
        if self.by_name.is_empty() {
            return None;
        }
        let key = key(name);
        let found = self.by_name.get(&key);
        found
            .or_else(|| self.by_name.get(key.trim_end_matches('.')))
            .copied()
    }
}

/// Names are compared composed (Apple's zips decompose them) and without regard to case.
fn key(name: &str) -> String {
    let name = name.trim();
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let unmarked: String = name.chars().filter(|c| !is_mark(*c)).collect();
    if is_nfc(&unmarked) {
        unmarked.to_lowercase()
    } else {
        unmarked.nfc().collect::<String>().to_lowercase()
    }
}

/// What a message turned out to be.
pub(super) struct Judged {
    pub kind: Kind,
    pub marks: Marks,
    pub extra: Extra,
    /// Whether the sender is no person but the group's name beside a line of the app.
    pub by_app: bool,
}

/// What is the same for all messages of a file.
pub(super) struct Judge<'w> {
    pub wording: Wording<'w>,
    pub words: &'w Words,
    pub files: Files,
    /// Whether the app's invisible marks are in the file.
    pub marks: bool,
    /// Whether the file is written as iOS does, where such a mark begins all that is the app's own.
    pub ios: bool,
    /// The group's name as it stands in a sender's place.
    pub group: Option<String>,
}

impl Judge<'_> {
    /// A line without a sender: the app's own.
    pub(super) fn app_line(&mut self, text: &str) -> Judged {
        let plain = plain(text);
        let mut judged = Judged {
            kind: Kind::System,
            marks: Marks::default(),
            extra: Extra::default(),
            by_app: true,
        };
        match self.wording.find(&plain, Scope::All) {
            Some(Meaning::System(event)) => judged.extra.event = event.to_string(),
            Some(Meaning::Call(event)) => {
                judged.kind = Kind::Call;
                judged.extra.event = event.to_string();
            }
            Some(Meaning::Deleted) => judged.kind = Kind::Deleted,
            Some(Meaning::NotExported) if !plain.is_empty() => judged.kind = Kind::NotExported,
            _ => {}
        }
        judged
    }

    /// Whether a whole line is one of the app's, although a colon in it looks like a sender's:
    /// the colon stands inside quotes (a group's name), or the line begins with the app's mark.
    pub(super) fn is_app_line(&mut self, text: &str) -> bool {
        let plain = plain(text);
        let quoted = plain.split(": ").next().is_some_and(in_quotes);
        (quoted || starts_with_mark(text.as_bytes()))
            && matches!(
                self.wording.find(&plain, Scope::All),
                Some(Meaning::System(_))
            )
    }

    /// A message with a sender. `line_mark`: whether its first line begins with the app's mark.
    pub(super) fn message(&mut self, sender: &str, text: &str, line_mark: bool) -> Judged {
        let mut judged = Judged {
            kind: Kind::Text,
            marks: Marks::default(),
            extra: Extra::default(),
            by_app: false,
        };
        let bare = trimmed(text);
        if bare.is_empty() || bare == "null" {
            judged.kind = Kind::NotExported;
            return judged;
        }
        let mut body = text;
        if let Some(before) = self.without_edited(text) {
            judged.marks = judged.marks.with(Marks::EDITED);
            body = before;
        }
        let mark = starts_with_mark(text.as_bytes());
        let any_mark = mark || line_mark || has_mark(text);
        if self.attached(body, any_mark, &mut judged) {
            return judged;
        }
        let most = if any_mark || bare.starts_with('<') {
            PLACEHOLDER
        } else {
            UNMARKED
        };
        // On iOS a marked line has a placeholder at its end, however long the caption before it.
        if body.len() > most && !mark && !(self.ios && line_mark) {
            return judged;
        }
        self.placeholder(sender, body, mark, line_mark, any_mark, &mut judged);
        judged
    }

    /// The text before the suffix that says that it was edited, if it has one: known wording, or
    /// on iOS a tag in angle brackets behind the app's mark that names no file.
    fn without_edited<'t>(&self, text: &'t str) -> Option<&'t str> {
        let end = text.trim_end();
        if !end.ends_with('>') {
            return None;
        }
        let place = end.rfind('<')?;
        let (before, tag) = (end.get(..place)?, end.get(place..)?);
        let known = matches!(
            self.words
                .exact(&plain(tag).replace(".>", ">"), Scope::Places),
            Some((_, Meaning::Edited))
        );
        let marked = self.ios
            && before.ends_with(['\u{200E}', '\u{200F}'])
            && before.trim_end_matches(is_mark).ends_with([' ', '\n'])
            && !tag.contains(':')
            && !tag.trim_end_matches(['>', '.']).contains('.')
            && !tag.contains('\n');
        (known || marked).then_some(before)
    }

    /// A text that may stand in a message's place.
    fn placeholder(
        &mut self,
        sender: &str,
        body: &str,
        mark: bool,
        line_mark: bool,
        any_mark: bool,
        judged: &mut Judged,
    ) {
        let plain_body = plain(body);
        // On iOS only marked text is the app's own; a file that lost its marks is read by wording.
        let own = !self.ios || any_mark || !self.marks;
        let found = if mark && self.ios {
            self.wording.find(&plain_body, Scope::All)
        } else if plain_body.starts_with('<') && plain_body.contains('\n') {
            // Android puts a caption, or the name of the file, on the line after `<Media omitted>`.
            self.wording.find(&plain(first_line(body)), Scope::Places)
        } else if plain_body.starts_with('<') || (self.ios && own) {
            self.wording.find(&plain_body, Scope::Places)
        } else if own {
            self.wording.find_unmarked(&plain_body)
        } else {
            None
        };
        // On iOS a caption, or the name of a document, stands before the placeholder and its mark.
        let found = found.or_else(|| {
            if !any_mark {
                return None;
            }
            let (_, last) = body.rsplit_once(['\u{200E}', '\u{200F}'])?;
            let (_, meaning) = self.words.exact(&plain(last), Scope::Places)?;
            matches!(meaning, Meaning::Omitted(_) | Meaning::Contact).then_some(meaning)
        });
        match found {
            Some(Meaning::System(event)) => {
                judged.kind = Kind::System;
                judged.extra.event = event.to_string();
                judged.by_app = self.group.as_deref() == Some(sender);
            }
            Some(Meaning::Deleted) => judged.kind = Kind::Deleted,
            Some(Meaning::Omitted(media)) => {
                judged.kind = Kind::Omitted;
                self.omitted(body, media, judged);
            }
            Some(Meaning::Contact) => {
                judged.kind = Kind::Contact;
                self.omitted(body, "contact", judged);
            }
            Some(Meaning::ViewOnce) => judged.kind = Kind::ViewOnce,
            Some(Meaning::NotExported) => judged.kind = Kind::NotExported,
            Some(Meaning::Call(event)) => {
                judged.kind = Kind::Call;
                judged.extra.event = event.to_string();
            }
            Some(Meaning::Location) => judged.kind = Kind::Location,
            Some(Meaning::Poll | Meaning::Edited) | None => {
                self.by_structure(sender, body, any_mark, line_mark, judged);
            }
        }
    }

    /// What the marks tell of a text whose wording is not known.
    fn by_structure(
        &self,
        sender: &str,
        body: &str,
        any_mark: bool,
        line_mark: bool,
        judged: &mut Judged,
    ) {
        let first_line = first_line(body);
        if is_place(first_line) && body.trim_end().len() <= PLACEHOLDER {
            judged.kind = Kind::Location;
            return;
        }
        if !any_mark || !self.ios {
            return;
        }
        let one_line = !body.trim_end().contains('\n');
        let mark = starts_with_mark(body.as_bytes());
        let inner_mark = mark || has_mark(body);
        if self.is_poll(first_line, body) {
            judged.kind = Kind::Poll;
        } else if line_mark && inner_mark {
            // A mark before the line and before the placeholder: a file left out.
            judged.kind = Kind::Omitted;
            self.omitted(body, "", judged);
        } else if mark && one_line {
            let by_group = self.group.as_deref() == Some(sender);
            let names_sender = plain(body).starts_with(&*plain(sender));
            if by_group || names_sender {
                judged.kind = Kind::System;
                judged.by_app = by_group;
            } else {
                judged.extra.notes.push(
                    "begins with the mark that the app puts before its own lines, but the wording is not known".into(),
                );
            }
        }
    }

    /// Whether the body is a poll: by its first word, or by its marked lines.
    fn is_poll(&self, first_line: &str, body: &str) -> bool {
        let word = plain(first_line);
        if matches!(
            self.words.exact(&word, Scope::Places),
            Some((_, Meaning::Poll))
        ) {
            return body.trim_end().contains('\n');
        }
        word.ends_with(':')
            && body
                .lines()
                .skip(1)
                .filter(|line| starts_with_mark(line.as_bytes()))
                .count()
                >= 2
    }

    fn omitted(&self, body: &str, media: &str, judged: &mut Judged) {
        // `name.pdf • 9 pages document omitted` names the file before the first mark.
        let name = body.split(['\u{200E}', '\u{200F}']).next().unwrap_or("");
        let name = name.split('\u{2022}').next().unwrap_or("").trim();
        let name = if name.contains('.') { name } else { "" };
        if !name.is_empty() {
            judged.marks = judged.marks.with(Marks::ATTACHMENT);
        }
        judged.extra.attachments.push(Attachment {
            name: name.to_owned(),
            state: AttachmentState::Omitted,
            item: None,
            media: media.to_owned(),
            content_type: String::new(),
            within: None,
        });
    }

    /// Finds the files that a body names; whether there were any.
    fn attached(&self, body: &str, any_mark: bool, judged: &mut Judged) -> bool {
        if memchr::memchr2(b'<', b'(', body.as_bytes()).is_none() {
            return false;
        }
        for line in body.lines() {
            if let Some(name) = self.attached_name(line, any_mark) {
                let item = self.files.find(&name);
                let media = media_of(&name);
                judged.extra.attachments.push(Attachment {
                    state: AttachmentState::of(item.is_some()),
                    item,
                    media: media.to_owned(),
                    content_type: String::new(),
                    within: None,
                    name,
                });
            }
        }
        if judged.extra.attachments.is_empty() {
            return false;
        }
        judged.marks = judged.marks.with(Marks::ATTACHMENT);
        let card = judged
            .extra
            .attachments
            .iter()
            .all(|file| file.media == "contact");
        judged.kind = if card {
            Kind::Contact
        } else {
            Kind::Attachment
        };
        true
    }

    /// The name of the file that a line says is attached.
    fn attached_name(&self, line: &str, any_mark: bool) -> Option<String> {
        let has_tag = line.contains('<') && line.trim_end().ends_with('>');
        let has_note = line.trim_end().ends_with(')') && line.contains(" (");
        if !has_tag && !has_note {
            return None;
        }
        let plain_line = plain(line);
        // A file may have no ending: the app's mark in front of its tag tells it, or that it is there.
        let has_dot = plain_line.contains('.');
        let is_file = |name: &str| name.contains('.') || self.files.find(name.trim()).is_some();
        for (before, after) in self.words.attached() {
            if before.is_empty() {
                if let Some(name) = plain_line.strip_suffix(&**after)
                    && is_file(name)
                {
                    return Some(name.trim().to_owned());
                }
            } else if let Some((_, rest)) = plain_line.split_once(&**before)
                && let Some(name) = rest.strip_suffix(&**after)
                && !name.is_empty()
                && (has_dot || any_mark || is_file(name))
            {
                return Some(name.trim().to_owned());
            }
        }
        // Wording that no list knows: a name of the form that the app gives files, or of a file
        // that is in the export.
        if has_tag && any_mark {
            let (_, tag) = plain_line.rsplit_once('<')?;
            let tag = tag.strip_suffix('>')?;
            let named = |name: &str| is_app_name(name) || self.files.find(name).is_some();
            let last = tag.rsplit(": ").next().unwrap_or(tag).trim();
            let first = tag.split(' ').next().unwrap_or(tag);
            return [last, first]
                .into_iter()
                .find(|name| named(name))
                .map(str::to_owned);
        }
        if has_note && has_dot {
            let (name, _) = plain_line.rsplit_once(" (")?;
            if is_app_name(name) || self.files.find(name).is_some() {
                return Some(name.to_owned());
            }
        }
        None
    }
}

/// A text up to its first line end.
fn first_line(text: &str) -> &str {
    let end = memchr::memchr(b'\n', text.as_bytes());
    let line = end.and_then(|end| text.get(..end)).unwrap_or(text);
    match end {
        Some(_) => line.strip_suffix('\r').unwrap_or(line),
        None => line,
    }
}

/// Whether a quote is open at the end of a text in its plain form.
pub(super) fn in_quotes(text: &str) -> bool {
    let straight = text.matches('"').count() % 2 == 1;
    let count = |sign: char| text.matches(sign).count();
    straight || count('「') > count('」') || count('『') > count('』')
}

/// Whether a line is a link to a place with at most one word and a colon before it.
fn is_place(line: &str) -> bool {
    let line = trimmed(line);
    if !line.ends_with(|c: char| c.is_ascii_digit()) || !line.contains('?') {
        return false;
    }
    let Some((before, after)) = line.split_once("https://maps.google.com/?q=") else {
        return false;
    };
    let before = before.trim_end();
    (before.is_empty() || (before.ends_with(':') && before.chars().count() <= 40))
        && !after.contains(' ')
        && after.starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

/// Whether a name has the form that WhatsApp gives files: `IMG-20201231-WA0001.jpg` on Android,
/// `00000042-PHOTO-2020-06-07-15-13-20.jpg` on iOS.
fn is_app_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes
            .get(range)
            .is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
    };
    let android = bytes.get(3) == Some(&b'-')
        && digits(4..12)
        && bytes.get(12..15) == Some(b"-WA")
        && digits(15..19);
    let ios = digits(0..8) && bytes.get(8) == Some(&b'-') && name.contains('.');
    android || ios
}

/// What kind of file a name speaks of.
fn media_of(name: &str) -> &'static str {
    let upper = name.to_ascii_uppercase();
    let tagged = [
        ("-PHOTO-", "photo"),
        ("-VIDEO-", "video"),
        ("-AUDIO-", "audio"),
        ("-STICKER-", "sticker"),
        ("-GIF-", "gif"),
    ];
    if let Some((_, media)) = tagged.iter().find(|(tag, _)| upper.contains(tag)) {
        return media;
    }
    let ending = upper.rsplit_once('.').map_or("", |(_, ending)| ending);
    match (upper.get(..4).unwrap_or(""), ending) {
        ("STK-", _) => "sticker",
        (_, "JPG" | "JPEG" | "PNG" | "HEIC" | "HEIF" | "AVIF") => "photo",
        (_, "WEBP") => "sticker",
        (_, "MP4" | "MOV" | "3GP" | "MKV" | "AVI" | "WEBM" | "M4V") => "video",
        (_, "OPUS" | "OGG" | "OGA" | "M4A" | "MP3" | "AAC" | "AMR" | "WAV") => "audio",
        (_, "GIF") => "gif",
        (_, "VCF") => "contact",
        (_, "") => "",
        _ => "document",
    }
}
