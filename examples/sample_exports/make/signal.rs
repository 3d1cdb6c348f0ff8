//! Signal: an export of the phone's own, and what signal-export and sigtop write from a desktop.

use super::chat::{Chat, Fault, File, Hand, Line, Member, Pack};
use super::desktop::{event_who, instant, lines, made, picture, talk, text};
use super::dialect::{Event, What};
use super::rng::Rng;
use super::scene::{Scene, Words};
use super::{Made, archive};
use chrono::Duration;

const fn member(key: &'static str, shown: &'static str, nick: &'static str, hand: Hand) -> Member {
    Member {
        key,
        shown,
        nick,
        hand,
    }
}

const fn pack(name: &'static str, count: usize, cast: &'static [&'static str]) -> Pack {
    Pack { name, count, cast }
}

const JONAH: Member = member("JT", "Jonah Threlkeld", "Jonah", Hand::Emoji);

const GRID: Chat = talk(
    "Grid",
    &[
        JONAH,
        member("PV", "Priya Venkatesan-Lowe", "Priya", Hand::Plain),
        member("TAH", "Tamsin Adeyemi-Hart", "Tamsin", Hand::Plain),
        member("OLD", "Owen Llewellyn-Das", "Owen", Hand::Plain),
    ],
    include_str!("talk/signal_grid.txt"),
    &[
        pack("lines", 12, &["JT", "PV", "OLD"]),
        pack("office", 4, &["PV", "OLD", "JT", "TAH"]),
    ],
    301,
);

const HAMISH: Chat = talk(
    "Hamish",
    &[
        JONAH,
        member("HAM", "Hamish Orr-Baptiste", "Hamish", Hand::Lower),
    ],
    include_str!("talk/signal_hamish.txt"),
    &[pack("life", 6, &["JT", "HAM"])],
    302,
);

const FARIDA: Chat = talk(
    "Farida Nasseri-Moss",
    &[
        member("CS", "Me", "Callum", Hand::Lower),
        member("FNM", "Farida Nasseri-Moss", "Farida", Hand::Plain),
    ],
    include_str!("talk/signal_farida.txt"),
    &[pack("direct", 8, &["FNM", "CS"])],
    303,
);

const AYESHA: Chat = talk(
    "Ayesha Kirkbride",
    &[
        member("NBO", "You", "Nkechi", Hand::Plain),
        member("AK", "Ayesha Kirkbride", "Ayesha", Hand::Plain),
    ],
    include_str!("talk/signal_ayesha.txt"),
    &[pack("kits", 9, &["NBO", "AK"])],
    304,
);

/// The three exports.
///
/// # Errors
/// When a script does not read.
pub fn exports(scenes: &[Scene], words: &Words) -> Result<Vec<Made>, Fault> {
    Ok(vec![
        own(scenes, words)?,
        by_signal_export(scenes, words)?,
        by_sigtop(scenes, words)?,
    ])
}

/// A key that is none: letters without meaning, as long as Signal's.
fn key(rng: &mut Rng, length: usize) -> String {
    let signs: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').collect();
    let mut key: String = (1..length).filter_map(|_| rng.pick(&signs)).collect();
    key.push('=');
    key
}

/// The people of Jonah's phone: number in the export, name in two parts, telephone.
const PEOPLE: [(u32, &str, &str, &str); 4] = [
    (10, "Priya", "Venkatesan-Lowe", "447700900311"),
    (11, "Tamsin", "Adeyemi-Hart", "447700900312"),
    (12, "Owen", "Llewellyn-Das", "447700900313"),
    (13, "Hamish", "Orr-Baptiste", "447700900314"),
];

fn number_of(name: &str) -> u32 {
    PEOPLE
        .iter()
        .find(|(_, given, family, _)| format!("{given} {family}") == name)
        .map_or(1, |(number, ..)| *number)
}

fn account_of(number: u32) -> String {
    format!("AAoRzgAAQACAAAAAAAAA{number:02}==")
}

/// The official export of Jonah's phone.
fn own(scenes: &[Scene], words: &Words) -> Result<Made, Fault> {
    let mut rng = Rng::new(311);
    let mut out = format!(
        "{{\"version\":\"1\",\"backupTimeMs\":\"1712044800000\",\"mediaRootBackupKey\":\"{}\",\"currentAppVersion\":\"Signal-Android 8.10.2\"}}\n",
        key(&mut rng, 44)
    );
    out.push_str(&format!(
        "{{\"account\":{{\"profileKey\":\"{}\",\"username\":\"jonah.27\",\"givenName\":\"Jonah\",\"familyName\":\"Threlkeld\",\"accountSettings\":{{\"readReceipts\":true}}}}}}\n{{\"recipient\":{{\"id\":\"1\",\"self\":{{\"avatarColor\":\"A110\"}}}}}}\n{{\"recipient\":{{\"id\":\"2\",\"releaseNotes\":{{}}}}}}\n",
        key(&mut rng, 44)
    ));
    for (number, given, family, telephone) in PEOPLE {
        out.push_str(&format!(
            "{{\"recipient\":{{\"id\":\"{number}\",\"contact\":{{\"aci\":\"{}\",\"e164\":\"{telephone}\",\"registered\":{{}},\"profileKey\":\"{}\",\"profileGivenName\":\"{given}\",\"profileFamilyName\":\"{family}\"}}}}}}\n",
            account_of(number),
            key(&mut rng, 44)
        ));
    }
    let (grid, hamish) = (lines(&GRID, scenes, words)?, lines(&HAMISH, scenes, words)?);
    let mut files = Vec::new();
    let members: Vec<String> = [1, 10, 11, 12]
        .iter()
        .map(|one| {
            format!(
                "{{\"userId\":\"{}\",\"role\":\"ADMINISTRATOR\"}}",
                account_of(*one)
            )
        })
        .collect();
    let members = members.join(",");
    out.push_str(&format!(
        "{{\"recipient\":{{\"id\":\"20\",\"group\":{{\"masterKey\":\"{}\",\"whitelisted\":true,\"snapshot\":{{\"title\":{{\"title\":\"Grid – recess\"}},\"version\":7,\"members\":[{members}]}}}}}}}}\n{{\"chat\":{{\"id\":\"3\",\"recipientId\":\"20\"}}}}\n{{\"chat\":{{\"id\":\"4\",\"recipientId\":\"13\",\"expirationTimerMs\":\"604800000\"}}}}\n",
        key(&mut rng, 44)
    ));
    for (chat, talk) in [(3u32, &grid), (4, &hamish)] {
        let mut before: Option<(i64, u32)> = None;
        for (place, line) in talk.iter().enumerate() {
            let item = Item {
                chat,
                place,
                line,
                before,
            };
            out.push_str(&item.write(&mut rng, &mut files));
            out.push('\n');
            before = Some((item.sent(), item.author()));
        }
    }
    let count = files.len();
    files.push(("metadata.json".into(), b"{\"version\":1}\n".to_vec()));
    let bytes = archive::zip("main.jsonl", out.as_bytes(), &files)?;
    Ok(made(
        "signal-export-2024-04-02.zip",
        bytes,
        &[&grid, &hamish],
        count,
        "The special adviser's Android phone, Signal's own export: press lines in a group, and a \
            friend. An edit with its first wording, a poll with its voters, answers and \
            reactions, a timer set and taken off again, a deletion, view once, calls; keys that no \
            one should see",
    ))
}

/// One chat item.
struct Item<'l> {
    chat: u32,
    place: usize,
    line: &'l Line,
    /// The time and author of the message before.
    before: Option<(i64, u32)>,
}

impl Item<'_> {
    fn sent(&self) -> i64 {
        instant(self.line.at, false) * 1000 + (self.place as i64 * 37) % 1000
    }

    fn author(&self) -> u32 {
        match &self.line.what {
            What::System(event) => number_of(event_who(event).0),
            _ => number_of(&self.line.sender),
        }
    }

    fn write(&self, rng: &mut Rng, files: &mut Vec<File>) -> String {
        let (sent, author) = (self.sent(), self.author());
        let others: Vec<u32> = if self.chat == 3 {
            vec![10, 11, 12]
        } else {
            vec![13]
        };
        let update = matches!(self.line.what, What::System(_) | What::Call(..));
        let way = if update {
            "\"directionless\":{}".to_owned()
        } else if author == 1 {
            let statuses: Vec<String> = others
                .iter()
                .map(|one| format!("{{\"recipientId\":\"{one}\",\"timestamp\":\"{}\",\"read\":{{\"sealedSender\":true}}}}", sent + 900))
                .collect();
            format!(
                "\"outgoing\":{{\"sendStatus\":[{}],\"dateReceived\":\"{sent}\"}}",
                statuses.join(",")
            )
        } else {
            format!(
                "\"incoming\":{{\"dateReceived\":\"{}\",\"dateServerSent\":\"{}\",\"read\":true,\"sealedSender\":true}}",
                sent + 400,
                sent + 200
            )
        };
        let content = self.content(rng, files, &others);
        format!(
            "{{\"chatItem\":{{\"chatId\":\"{}\",\"authorId\":\"{author}\",\"dateSent\":\"{sent}\",{way},{content}}}}}",
            self.chat
        )
    }

    fn standard(&self, words: &str, rng: &mut Rng, others: &[u32]) -> String {
        let mut more = String::new();
        if let Some((sent, author)) = self.before.filter(|_| rng.chance(90)) {
            more.push_str(&format!(",\"quote\":{{\"targetSentTimestamp\":\"{sent}\",\"authorId\":\"{author}\",\"type\":\"NORMAL\"}}"));
        }
        if rng.chance(110) {
            let emoji = rng.pick(&["👍", "😂", "❤️", "🙏"]).unwrap_or(&"👍");
            let by = if self.author() == 1 {
                others.first().copied().unwrap_or(1)
            } else {
                1
            };
            more.push_str(&format!(",\"reactions\":[{{\"emoji\":\"{emoji}\",\"authorId\":\"{by}\",\"sentTimestamp\":\"{}\",\"sortOrder\":\"1\"}}]", self.sent() + 60_000));
        }
        format!(
            "\"standardMessage\":{{\"text\":{{\"body\":{}}}{more}}}",
            text(words)
        )
    }

    fn content(&self, rng: &mut Rng, files: &mut Vec<File>, others: &[u32]) -> String {
        match &self.line.what {
            What::Text(words) => self.standard(words, rng, others),
            What::Edited(words) => {
                let first = words
                    .rsplit_once(' ')
                    .map_or(words.as_str(), |(first, _)| first);
                let earlier = self.sent() - 45_000;
                format!(
                    "\"standardMessage\":{{\"text\":{{\"body\":{}}}}},\"revisions\":[{{\"chatId\":\"{}\",\"authorId\":\"{}\",\"dateSent\":\"{earlier}\",\"standardMessage\":{{\"text\":{{\"body\":{}}}}}}}]",
                    text(words),
                    self.chat,
                    self.author(),
                    text(first)
                )
            }
            What::Deleted | What::DeletedByAdmin(_) => "\"remoteDeletedMessage\":{}".into(),
            What::Once(_) => "\"viewOnceMessage\":{}".into(),
            What::Media { kind, caption, .. } => {
                let given = if *kind == "DOC" {
                    "grid-week-12.pdf"
                } else {
                    ""
                };
                let (name, bytes) = picture(self.place, kind, given, self.line.at, rng);
                let (kind_of, flag) = match *kind {
                    "PHOTO" => ("image/jpeg", ""),
                    "AUDIO" => ("audio/ogg", ",\"flag\":\"VOICE_MESSAGE\""),
                    "STICKER" => ("image/webp", ""),
                    _ => ("application/pdf", ""),
                };
                files.push((format!("files/{name}"), bytes));
                let pointer = format!(
                    "{{\"contentType\":\"{kind_of}\",\"fileName\":{},\"locatorInfo\":{{\"key\":\"{}\"}}}}",
                    text(&name),
                    key(rng, 88)
                );
                if *kind == "STICKER" {
                    return format!(
                        "\"stickerMessage\":{{\"sticker\":{{\"packId\":\"{}\",\"packKey\":\"{}\",\"stickerId\":4,\"emoji\":\"🦡\",\"data\":{pointer}}}}}",
                        key(rng, 24),
                        key(rng, 44)
                    );
                }
                let words = if caption.is_empty() {
                    String::new()
                } else {
                    format!("\"text\":{{\"body\":{}}},", text(caption))
                };
                format!(
                    "\"standardMessage\":{{{words}\"attachments\":[{{\"pointer\":{pointer}{flag},\"wasDownloaded\":true}}]}}"
                )
            }
            What::Poll(question, options) => {
                let options: Vec<String> = options
                    .iter()
                    .map(|(option, votes)| {
                        let voters: Vec<String> = others
                            .iter()
                            .take(*votes as usize)
                            .map(|one| format!("{{\"voterId\":\"{one}\",\"voteCount\":1}}"))
                            .collect();
                        format!(
                            "{{\"option\":{},\"votes\":[{}]}}",
                            text(option),
                            voters.join(",")
                        )
                    })
                    .collect();
                format!(
                    "\"poll\":{{\"question\":{},\"options\":[{}],\"hasEnded\":true}}",
                    text(question),
                    options.join(",")
                )
            }
            What::Location(place) => {
                self.standard(&format!("https://maps.google.com/?q={place}"), rng, &[])
            }
            What::Contact(name, _) => {
                let (given, family) = name.split_once(' ').unwrap_or((name, ""));
                format!(
                    "\"contactMessage\":{{\"contact\":{{\"name\":{{\"givenName\":{},\"familyName\":{}}},\"number\":[{{\"value\":\"+447700900871\",\"type\":\"MOBILE\"}}]}}}}",
                    text(given),
                    text(family)
                )
            }
            What::Call(video, minutes) => {
                let kind = if *video { "VIDEO_CALL" } else { "AUDIO_CALL" };
                let way = if self.author() == 1 {
                    "OUTGOING"
                } else {
                    "INCOMING"
                };
                let state = if minutes.is_some() {
                    "ACCEPTED"
                } else {
                    "MISSED"
                };
                format!(
                    "\"updateMessage\":{{\"individualCall\":{{\"callId\":\"{}\",\"type\":\"{kind}\",\"direction\":\"{way}\",\"state\":\"{state}\",\"startedCallTimestamp\":\"{}\",\"read\":true}}}}",
                    self.place + 100,
                    self.sent()
                )
            }
            What::System(event) => format!("\"updateMessage\":{}", self.update(event)),
            What::Null | What::Empty => self.standard("", rng, &[]),
        }
    }

    fn update(&self, event: &Event) -> String {
        let (who, whom) = event_who(event);
        let by = format!("\"updaterAci\":\"{}\"", account_of(number_of(who)));
        let change = |kind: &str, more: &str| {
            format!("{{\"groupChange\":{{\"updates\":[{{\"{kind}\":{{{by}{more}}}}}]}}}}")
        };
        match event {
            Event::Created(..) => change("groupCreationUpdate", ""),
            Event::Added(..) => change(
                "groupMemberAddedUpdate",
                &format!(",\"newMemberAci\":\"{}\"", account_of(number_of(whom))),
            ),
            Event::Subject(_, title) => change(
                "groupNameUpdate",
                &format!(",\"newGroupName\":{}", text(title)),
            ),
            Event::Timer(_, 0) => change("groupExpirationTimerUpdate", ""),
            Event::Timer(_, days) => change(
                "groupExpirationTimerUpdate",
                &format!(",\"expiresInMs\":\"{}\"", i64::from(*days) * 86_400_000),
            ),
            Event::Pinned(_) => {
                "{\"pinMessage\":{\"targetSentTimestamp\":\"1711000000000\",\"authorId\":\"10\"}}"
                    .into()
            }
            Event::SecurityCode(_) => "{\"simpleUpdate\":{\"type\":\"IDENTITY_UPDATE\"}}".into(),
            _ => "{\"simpleUpdate\":{\"type\":\"JOINED_SIGNAL\"}}".into(),
        }
    }
}

/// Callum's desktop, by signal-export: a chat in all its forms.
fn by_signal_export(scenes: &[Scene], words: &Words) -> Result<Made, Fault> {
    let mut rng = Rng::new(313);
    let talk = lines(&FARIDA, scenes, words)?;
    let (mut markdown, mut data) = (String::new(), String::new());
    let mut files: Vec<File> = Vec::new();
    for (place, line) in talk.iter().enumerate() {
        let mut links = Vec::new();
        let (mut body, mut deleted, mut call) = (String::new(), false, false);
        match &line.what {
            What::Text(words) | What::Edited(words) => body.clone_from(words),
            What::Deleted => deleted = true,
            What::Call(..) => {
                call = true;
                body = "Outgoing voice call (accepted, 6m 2s)".into();
            }
            What::Media { kind, caption, .. } => {
                body.clone_from(caption);
                let given = "sampling-note-v3.pdf";
                let (name, bytes) = picture(place, kind, given, line.at, &mut rng);
                let name = format!("{}_{name}", line.at.format("%Y-%m-%d"));
                files.push((format!("Farida Nasseri-Moss/media/{name}"), bytes));
                links.push(name);
            }
            _ => {}
        }
        let reaction = rng.chance(80).then_some("👍");
        let (date, iso) = (
            line.at.format("%Y-%m-%d %H:%M:%S"),
            line.at.format("%Y-%m-%dT%H:%M:%S"),
        );
        if deleted {
            markdown.push_str(&format!(
                "[{date}] {}: (This message was deleted)\n\n",
                line.sender
            ));
        } else {
            let mut written = format!("{body}  ");
            if let Some(sign) = reaction {
                written.push_str(&format!("\n(- Me: {sign} -)"));
            }
            for name in &links {
                let mark = if name.ends_with(".jpg") { "!" } else { "" };
                written.push_str(&format!("{mark}[{name}](./media/{name})  "));
            }
            markdown.push_str(&format!("[{date}] {}: {written}\n\n", line.sender));
        }
        let attachments: Vec<String> = links
            .iter()
            .map(|name| {
                format!(
                    "{{\"name\": {}, \"path\": {}}}",
                    text(name),
                    text(&format!("media/{name}"))
                )
            })
            .collect();
        let reactions = reaction.map_or(String::new(), |sign| format!("[\"Me\", \"{sign}\"]"));
        data.push_str(&format!(
            "{{\"date\": \"{iso}\", \"sender\": {}, \"body\": {}, \"quote\": \"\", \"sticker\": null, \"reactions\": [{reactions}], \"attachments\": [{}], \"deleted\": {deleted}, \"call\": {call}, \"missed\": false}}\n",
            text(&line.sender),
            text(&format!("{body}  ")),
            attachments.join(", ")
        ));
    }
    let count = files.len();
    files.push(("Farida Nasseri-Moss/chat.md".into(), markdown.into_bytes()));
    let bytes = archive::zip("Farida Nasseri-Moss/data.json", data.as_bytes(), &files)?;
    Ok(made(
        "sigexport Callum.zip",
        bytes,
        &[&talk],
        count,
        "The diary secretary's laptop, Signal Desktop by signal-export (Markdown and JSON of the \
            same chat): the chief scientist's deputy, house numbers that should not travel, a \
            phone on a train",
    ))
}

/// Nkechi's desktop, by sigtop.
fn by_sigtop(scenes: &[Scene], words: &Words) -> Result<Made, Fault> {
    let talk = lines(&AYESHA, scenes, words)?;
    let other = "Ayesha Kirkbride (+447700900321)";
    let mut out = format!("Conversation: {other}\n\n");
    for line in &talk {
        let date =
            |at: chrono::NaiveDateTime| at.format("%a, %-d %b %Y %H:%M:%S +0000").to_string();
        let mine = line.sender == "You";
        let from = if mine { "You" } else { other };
        let kind = match (&line.what, mine) {
            (What::System(_), _) => "keychange",
            (_, true) => "outgoing",
            (_, false) => "incoming",
        };
        if kind != "keychange" {
            out.push_str(&format!("From: {from}\n"));
        }
        out.push_str(&format!("Type: {kind}\nSent: {}\n", date(line.at)));
        if kind != "outgoing" {
            out.push_str(&format!(
                "Received: {}\n",
                date(line.at + Duration::seconds(1))
            ));
        }
        match &line.what {
            What::Text(words) => out.push_str(&format!("\n{words}\n")),
            What::Edited(words) => {
                let first = words
                    .rsplit_once(' ')
                    .map_or(words.as_str(), |(first, _)| first);
                out.push_str(&format!(
                    "Edited: 2 versions\n\n| Version: 2\n| Sent: {}\n|\n| {words}\n|\n| Version: 1\n| Sent: {}\n|\n| {first}\n",
                    date(line.at + Duration::seconds(50)),
                    date(line.at)
                ));
            }
            What::Media { caption, .. } => {
                out.push_str(&format!(
                    "Attachment: no filename (image/jpeg, 48213 bytes)\n\n{caption}\n"
                ));
            }
            _ => {}
        }
        out.push('\n');
    }
    Ok(made(
        &format!("{other}.txt"),
        out.into_bytes(),
        &[&talk],
        0,
        "The procurement director's laptop, Signal Desktop by sigtop: kits bought with a colleague; \
            an edit with its first wording, a picture that was not exported, a new safety number",
    ))
}
