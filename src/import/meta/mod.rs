//! Messenger and Instagram, as Meta's "Download your information" gives them: JSON or HTML, a
//! folder for each conversation in `messages/inbox` and its neighbours, in files of up to 10,000
//! messages, the newest first in the first file; and the separate download of Messenger's
//! encrypted chats, one JSON file each.
//!
//! JSON was read from real downloads; the encrypted chats and the pages from the source of public
//! programs that read them. Times are instants in JSON; in HTML they are written in the account's
//! language, on a clock that is not named.

mod archive;
mod dates;
mod html;
mod json;
mod owner;

use super::files::Files;
use super::window::Tiles;
use super::{
    About, Basis, Detection, Export, Importer, ReadError, ReadOptions, Sink, Summary, ThreadHead,
    Verified,
};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;

/// Bytes of a page that are looked at to tell what it is: its style stands first.
const PAGE_HEAD: u64 = 1 << 18;

/// Reads Messenger's and Instagram's downloads.
pub struct Meta;

/// How a file holds messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// A part of a conversation as JSON.
    Json,
    /// A conversation of the encrypted chats' download.
    Encrypted,
    /// A part of a conversation as a page.
    Html,
    /// Conversations on one page, as Facebook wrote them to 2018.
    Archive,
}

impl Form {
    fn words(self) -> &'static str {
        match self {
            Form::Json => "JSON of a conversation as Meta writes it",
            Form::Encrypted => "JSON of an encrypted chat as Messenger writes it",
            Form::Html => "a page of a conversation as Meta writes it",
            Form::Archive => "a page of conversations as Facebook wrote them to 2018",
        }
    }
}

impl Importer for Meta {
    fn name(&self) -> &'static str {
        "meta"
    }

    fn version(&self) -> u32 {
        3
    }

    fn about(&self) -> About {
        About {
            title: "Messenger and Instagram, \"Download your information\"",
            channels: &["messenger", "instagram"],
            reads: &[
                "JSON, 2018 to today, with its text mended where Meta encodes it twice",
                "the separate download of Messenger's encrypted chats, JSON",
                "HTML in its three generations since 2018, and the page of all conversations before",
            ],
            carries: &[
                "sender, participants (JSON), in conversations of two the recipient, time (UTC in JSON), reactions, photos, videos, voice messages, files, stickers, shared links, calls, who was added or left, that a message was unsent, the folder; direction where the download holds the account's own profile as JSON",
            ],
            lacks: &[
                "edits, replies, read receipts; HTML: recipients, which lines are calls; what was said in encrypted chats (a download of its own)",
            ],
            verified: &[
                Verified {
                    by: Basis::RealExports,
                    what: "a group of 682 messages as JSON, all read",
                },
                Verified {
                    by: Basis::Source,
                    what: "public programs' tests for older JSON, for Instagram, for encrypted chats and for pages",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random conversations in JSON and HTML, read back equal",
                },
            ],
            export: &[
                "Facebook or Instagram: Settings, Accounts Centre, Your information and permissions, Download your information; choose Messages and JSON; give docket the zips or the folder",
                "Encrypted chats: messenger.com, Settings, Privacy and safety, End-to-end encrypted chats, Message storage, Download secure storage data",
            ],
        }
    }

    fn gathers(&self, _: &Export) -> bool {
        true
    }

    /// A download that was asked for one chat only, and a chat's own folder: its pictures stand in
    /// `photos`, `videos` and the like beside its one file.
    fn fills(&self, file: &Path, folder: &Path) -> bool {
        let inside = file.strip_prefix(folder).unwrap_or(file);
        let stem = file.file_stem().and_then(OsStr::to_str).unwrap_or_default();
        let is_part = stem.strip_prefix("message_").is_some_and(is_number);
        is_part
            && (inside.parent() == Some(Path::new(""))
                || inside
                    .components()
                    .any(|part| part.as_os_str() == "messages"))
    }

    /// The files that messages name stand in folders of their own beside them; and the account's
    /// own file says whose download it is.
    fn brings(&self, inside: &str) -> bool {
        const OWN: [&str; 8] = [
            "audio",
            "files",
            "gifs",
            "media",
            "photos",
            "stickers",
            "stickers_used",
            "videos",
        ];
        let parts: Vec<&str> = inside.split('/').collect();
        let Some((file, folders)) = parts.split_last() else {
            return false;
        };
        let is_account = folders
            .iter()
            .any(|folder| matches!(*folder, "personal_information" | "profile_information"));
        let is_named = folders.last().is_some_and(|folder| OWN.contains(folder))
            && (folders.len() == 1 || folders.contains(&"messages"));
        is_named || (is_account && owner::is_account(file))
    }

    fn detect(&self, export: &Export) -> Detection {
        match pages(export).next() {
            Some((_, form)) => Detection::Yes(form.words().into()),
            None => Detection::No("no conversation as Meta writes them".into()),
        }
    }

    fn read(
        &self,
        export: &Export,
        options: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let items: Vec<(u32, Form)> = pages(export).collect();
        let mut summary = Summary::default();
        if let [(only, _)] = items.as_slice() {
            summary.chat_item = Some(*only);
        }
        let files = Files::of(export);
        let owner = owner::name(export)?;
        let mut threads: BTreeMap<(String, Form), Vec<(u64, u32)>> = BTreeMap::new();
        let mut announced = 0u32;
        let mut notes = Notes::default();
        for (item, form) in items {
            let name = export.item_name(item);
            if form == Form::Archive {
                notes.pages = true;
                summary.shape = form.words().into();
                let part = Part {
                    thread: 0,
                    files: &files,
                    label: None,
                    owner: None,
                    people: &[],
                    date_order: options.date_order,
                };
                archive::read(export, item, Tiles::new(sink, item), &part, &mut announced)?;
                continue;
            }
            let (place, part) = place_of(&name, form);
            threads.entry((place, form)).or_default().push((part, item));
        }
        for (thread, ((place, form), mut parts)) in (announced..).zip(threads) {
            parts.sort_unstable();
            let mut conversation = Conversation::default();
            for (_, item) in &parts {
                match form {
                    Form::Html | Form::Archive => {
                        html::survey(export, *item, &mut conversation)?;
                    }
                    Form::Json | Form::Encrypted => {
                        json::survey(export, *item, form, &mut conversation)?;
                    }
                }
            }
            let channel = channel_of(export, &place, &conversation, &mut notes);
            let head = conversation.head(&place, channel);
            let label = conversation.folder(&place);
            notes.cutover |= label.as_deref() == Some("e2ee_cutover");
            summary.shape = form.words().into();
            for (number, (_, item)) in parts.iter().enumerate() {
                let mut tiles = Tiles::new(sink, *item);
                if number == 0 {
                    tiles.thread(head.clone())?;
                }
                let part = Part {
                    thread,
                    files: &files,
                    label: label.as_deref(),
                    owner: owner.as_deref().filter(|owner| conversation.is_one(owner)),
                    people: &conversation.participants,
                    date_order: options.date_order,
                };
                let whole = match form {
                    Form::Html | Form::Archive => {
                        notes.pages = true;
                        html::read(export, *item, tiles, &part)?;
                        true
                    }
                    Form::Json | Form::Encrypted => json::read(export, *item, form, tiles, &part)?,
                };
                if !whole {
                    notes.cut_short.push(export.item_name(*item));
                }
            }
        }
        notes.write(&mut summary);
        Ok(summary)
    }
}

/// What one file of a conversation is read with.
struct Part<'a> {
    thread: u32,
    files: &'a Files<'a>,
    /// The folder the conversation was kept in.
    label: Option<&'a str>,
    /// The name of the account, where the download tells it and one person here bears it.
    owner: Option<&'a str>,
    /// Who takes part, as the conversation's files say.
    people: &'a [String],
    /// The order of dates that a person gave.
    date_order: Option<super::DateOrder>,
}

/// What a conversation's files say of it as a whole.
#[derive(Default)]
struct Conversation {
    title: String,
    participants: Vec<String>,
    /// Names that two of them bear.
    shared: Vec<String>,
    /// Where Meta keeps it: `inbox/alice_aaaaaaaaaa`.
    path: String,
    /// The address of one of its files, which may name the service.
    address: String,
    group: bool,
}

impl Conversation {
    /// Meets its participants, as one of its files names them.
    fn meet(&mut self, names: Vec<String>) {
        for (at, name) in names.iter().enumerate() {
            let is_shared = names.iter().take(at).any(|before| before == name);
            if is_shared && !self.shared.contains(name) {
                self.shared.push(name.clone());
            }
        }
        for name in names {
            if !self.participants.contains(&name) {
                self.participants.push(name);
            }
        }
    }

    /// Whether one participant alone bears this name.
    fn is_one(&self, name: &str) -> bool {
        let is = |one: &String| one == name;
        self.participants.iter().any(is) && !self.shared.iter().any(is)
    }

    fn head(&self, place: &str, channel: &str) -> ThreadHead {
        let folder = place.rsplit('/').next().unwrap_or(place);
        let title = [self.title.trim(), &self.participants.join(", "), folder]
            .into_iter()
            .find(|title| !title.is_empty())
            .unwrap_or("(no name)")
            .to_owned();
        ThreadHead {
            title,
            channel: channel.into(),
            group: match self.participants.len() {
                0 if !self.group => None,
                count => Some(self.group || count > 2),
            },
            members: self.participants.clone(),
        }
    }

    /// The folder it was kept in: `inbox`, `archived_threads`.
    fn folder(&self, place: &str) -> Option<String> {
        let own = self.path.split_once('/').map(|(folder, _)| folder);
        let around = place
            .rsplit_once("messages/")
            .and_then(|(_, rest)| rest.split_once('/'))
            .map(|(folder, _)| folder);
        own.or(around).map(str::to_owned)
    }
}

/// What is to be said of the export as a whole.
#[derive(Default)]
struct Notes {
    cutover: bool,
    pages: bool,
    unnamed: bool,
    cut_short: Vec<String>,
}

impl Notes {
    fn write(self, summary: &mut Summary) {
        if self.cutover {
            summary.notes.push(
                "The folder e2ee_cutover holds what was said before a chat was encrypted; what \
                 was said after it is in a download of its own."
                    .into(),
            );
        }
        if self.pages {
            summary.notes.push(
                "Pages do not always say on which clock their times are; JSON has them as \
                 instants."
                    .into(),
            );
        }
        if self.unnamed {
            summary.notes.push(
                "Nothing in it says whether it is from Messenger or from Instagram: it stands \
                 under Messenger."
                    .into(),
            );
        }
        for name in self.cut_short {
            summary
                .notes
                .push(format!("{name} ends in the middle: it was cut short."));
        }
    }
}

/// The items that hold messages, and how.
fn pages(export: &Export) -> impl Iterator<Item = (u32, Form)> + '_ {
    export.readable().filter_map(|item| {
        let name = export.item_name(item).to_ascii_lowercase();
        let page = name.ends_with(".html") || name.ends_with(".htm");
        let form = if page {
            let head = page_head(export, item);
            if archive::is_page(&head) {
                Some(Form::Archive)
            } else {
                html::is_page(&head).then_some(Form::Html)
            }
        } else {
            json::form_of(&super::head(export, item))
        };
        Some((item, form?))
    })
}

fn page_head(export: &Export, item: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(input) = export.open(item)
        && input.take(PAGE_HEAD).read_to_end(&mut bytes).is_err()
    {
        bytes.clear();
    }
    bytes
}

/// Which conversation a file is a part of, and which part: its folder and the number in
/// `message_2.json`. An encrypted chat is one file.
fn place_of(name: &str, form: Form) -> (String, u64) {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let part = stem
        .strip_prefix("message")
        .map(|number| number.trim_start_matches('_'));
    match part {
        Some(number) if form != Form::Encrypted && (number.is_empty() || is_number(number)) => {
            let place = if folder.is_empty() { stem } else { folder };
            (place.to_owned(), number.parse().unwrap_or(0))
        }
        _ => (
            name.rsplit_once('.').map_or(name, |(stem, _)| stem).into(),
            0,
        ),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Which service a conversation is of: its folders are named after it.
fn channel_of(
    export: &Export,
    place: &str,
    conversation: &Conversation,
    notes: &mut Notes,
) -> &'static str {
    let names = [place, &conversation.address, &export.name].map(str::to_ascii_lowercase);
    if names.iter().any(|name| name.contains("instagram")) {
        return "instagram";
    }
    let facebook = ["facebook", "messenger"];
    let told = names
        .iter()
        .any(|name| facebook.iter().any(|word| name.contains(word)));
    notes.unnamed |= !told;
    "messenger"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_conversation_are_numbered_parts() {
        for (name, form, place, part) in [
            (
                "a/messages/inbox/b_1/message_12.json",
                Form::Json,
                "a/messages/inbox/b_1",
                12,
            ),
            (
                "messages/inbox/b_1/message.json",
                Form::Json,
                "messages/inbox/b_1",
                0,
            ),
            ("message_1.json", Form::Json, "message_1", 1),
            ("messages/Ben_2.json", Form::Encrypted, "messages/Ben_2", 0),
            ("x.json", Form::Json, "x", 0),
        ] {
            assert_eq!(place_of(name, form), (place.to_owned(), part), "{name}");
        }
    }
}
