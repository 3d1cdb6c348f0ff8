//! Private e-mail: mailboxes (mbox), Gmail Takeout, `.eml` and `.emlx` files, folders of them, and
//! Maildir; and Outlook's `.msg` and `.pst`, which `outlook` unpacks.
//!
//! The mails of one export are read twice: first their ids alone, so that a reply and what it
//! answers are one thread in whatever order they stand; then the mails.

mod early;
mod guard;
mod mail;
mod mbox;
mod original;
mod owner;
mod text;
mod threads;

pub use original::{Contents, Original, contents, original, read_again};
pub use threads::title;

use super::window::{Tiles, Window};
use super::{
    About, Basis, Detection, Export, Importer, ReadError, ReadOptions, Record, Sink, Summary,
    ThreadHead, Verified, head, outlook,
};
use mail::Place;
use owner::Owner;
use threads::Threads;

/// Longest mail that is read whole; mail servers refuse far shorter ones.
const LONGEST: usize = 100 << 20;
/// Bytes of a longer mail's rest that are set aside at a time.
const REST: usize = 1 << 20;

/// The channel of mails.
pub const CHANNEL: &str = "email";

/// Reads mailboxes and mails.
pub struct Email;

/// How an item holds mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Mails one after another, each after a `From ` line.
    Mbox,
    /// One mail.
    Mail,
    /// Apple Mail: the mail's length on a line of its own, the mail, a property list.
    Emlx,
    /// A file of Outlook's: what it holds stands unpacked in items of its own.
    Container,
}

impl Importer for Email {
    fn name(&self) -> &'static str {
        "email"
    }

    fn version(&self) -> u32 {
        5
    }

    fn about(&self) -> About {
        About {
            title: "E-mail: mailboxes and mails, Outlook's too",
            channels: &["email"],
            reads: &[
                "mbox in all its kinds, Gmail by Google Takeout, .eml and .emlx files, folders of them, Maildir",
                "Outlook's .msg, and .pst of Outlook 97 to today (a password on one hides nothing): mails, and appointments, contacts, lists and tasks told as what they are",
            ],
            carries: &[
                "sender, all recipients, time with its offset, attachments, mails within mails, message ids and what a mail answers, folders and labels, who sent for whom or sent it on, where answers go, marks of sensitivity and importance; a mailbox that breaks off is told",
            ],
            lacks: &[
                "reactions; who read it; blind copies but in the sender's own mailbox",
                "of .msg and .pst: addresses within an organisation that are no e-mail addresses, embedded objects, links to files, more than 72 MB of one item; .msg files in a zip",
            ],
            verified: &[
                Verified {
                    by: Basis::RealExports,
                    what: "16 mailboxes with 295 mails, counted by other means; every count is equal",
                },
                Verified {
                    by: Basis::RealExports,
                    what: "2 .msg and 3 .pst files; of .pst no large and no ANSI one was at hand",
                },
                Verified {
                    by: Basis::Documentation,
                    what: "RFC 5322, 2045 to 2047 and 4155; Microsoft's MS-PST, MS-CFB, MS-OXMSG, MS-OXRTFCP",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random mailboxes, .msg and .pst files, read back equal",
                },
            ],
            export: &[
                "Gmail: takeout.google.com, Deselect all, choose Mail, Create export",
                "Outlook: File, Open & Export, Import/Export, Export to a file, Outlook Data File (.pst); or drag mails into a folder (.msg)",
                "Other programs: save the folder as mbox, or drag the mails into a folder as .eml",
            ],
        }
    }

    fn keeps_order(&self) -> bool {
        false
    }

    fn gathers(&self, export: &Export) -> bool {
        if let [(_, is_single)] = export.containers() {
            return *is_single;
        }
        let only = export.readable().next();
        only.is_some_and(|item| form_of(&head(export, item)) != Some(Form::Mbox))
    }

    /// A mail carries its files in itself; only Apple Mail keeps them in a folder beside.
    fn brings(&self, inside: &str) -> bool {
        inside
            .split('/')
            .rev()
            .skip(1)
            .any(|part| part == "Attachments")
    }

    fn detect(&self, export: &Export) -> Detection {
        if let Some((_, is_single)) = export.containers().first() {
            return Detection::Yes(if *is_single {
                "a mail as Outlook saves it (.msg)".into()
            } else {
                "a mailbox of Outlook's (.pst)".into()
            });
        }
        for item in export.readable() {
            let evidence = match form_of(&head(export, item)) {
                Some(Form::Mbox) => {
                    "a mailbox: a separator line with a date, then a mail's headers"
                }
                Some(Form::Mail) => "a mail: it begins with a mail's headers",
                Some(Form::Emlx) => "a mail as Apple Mail keeps it",
                Some(Form::Container) | None => continue,
            };
            return Detection::Yes(evidence.into());
        }
        Detection::No("no mail: no separator line of a mailbox and no headers of a mail".into())
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let mut items: Vec<(u32, Form)> = export
            .readable()
            .filter_map(|item| Some((item, form_in(export, item)?)))
            .collect();
        if items.is_empty()
            && let Some(only) = export.readable().next()
        {
            items.push((only, Form::Mail));
        }
        let mut summary = Summary {
            shape: match items.first() {
                Some((_, Form::Mbox)) => "mbox",
                Some((_, Form::Emlx)) => "emlx",
                Some((_, Form::Container)) => match export.containers() {
                    [(_, true), ..] => "msg",
                    _ => "pst",
                },
                _ => "eml",
            }
            .into(),
            ..Summary::default()
        };
        if let [(only, _)] = items.as_slice() {
            summary.chat_item = Some(*only);
        }
        let mut threads = Threads::default();
        let mut owner = Owner::default();
        for (item, form) in &items {
            if *form == Form::Container {
                continue;
            }
            let name = export.item_name(*item);
            let kept = kept_in(export, *item, *form);
            let mut window = Window::new(export.open(*item)?, &name);
            each_piece(&mut window, *form, &mut |piece| {
                if let Piece::Mail { bytes, mail, .. } = piece {
                    let mail = bytes.get(mail..).unwrap_or_default();
                    threads.meet(mail);
                    owner.meet(mail, kept.as_deref(), flags(&name));
                }
                Ok(())
            })?;
        }
        threads.settle();
        owner.settle();
        let mut heads = Heads::default();
        let many = items.len() > 1;
        let mut unsure = 0u64;
        let mut cut_short = Vec::new();
        for (item, form) in &items {
            let name = export.item_name(*item);
            let container = export.container_of(*item);
            let mut tiles = Tiles::new(sink, *item);
            if *form == Form::Container {
                // Its words are in the items that were unpacked from it.
                let size = export.item(*item).map_or(0, |item| item.size);
                tiles.structure(usize::try_from(size).unwrap_or(usize::MAX))?;
                tiles.finish()?;
                continue;
            }
            let folder = many
                .then(|| folder_of(below(&name, container.map(|of| export.item_name(of)))))
                .flatten();
            let kept = kept_in(export, *item, *form);
            let mut window = Window::new(export.open(*item)?, &name);
            unsure =
                unsure.saturating_add(each_piece(&mut window, *form, &mut |piece| match piece {
                    Piece::Structure(length) => tiles.structure(length),
                    Piece::Rest(bytes) => {
                        let thread = heads.last_or_unreadable(&mut tiles)?;
                        tiles.unreadable(thread, bytes, "This belongs to the mail before it.")
                    }
                    Piece::Mail {
                        bytes,
                        mail,
                        whole,
                        last,
                    } => {
                        let place = Place {
                            item: *item,
                            offset: tiles.place(),
                            mail,
                            from_mailbox: *form == Form::Mbox && container.is_none(),
                            unpacked: container.is_some(),
                        };
                        let thread = threads.next();
                        tiles.about(bytes.len())?;
                        let Some(mut record) = mail::read(bytes, place) else {
                            owner.pass();
                            let thread = heads.unreadable(&mut tiles)?;
                            return tiles.unreadable(thread, bytes, "This is not a mail.");
                        };
                        if !whole {
                            record.extra.notes.push(format!(
                                "The mail is longer than {} MB; what follows stands after it.",
                                LONGEST >> 20
                            ));
                        }
                        if last
                            && whole
                            && let Some(sign) = ends_early(bytes, mail, *form, container)
                        {
                            record
                                .extra
                                .notes
                                .push(format!("It may have been cut short: {sign}."));
                            if *form == Form::Mbox {
                                cut_short.push((name.clone(), sign));
                            }
                        }
                        if let Some(folder) = &folder {
                            record.extra.labels.push(folder.clone());
                        }
                        owner.tell(&mut record, kept.as_deref(), flags(&name));
                        record.thread = heads.thread(&mut tiles, thread, &record)?;
                        tiles.record(bytes.len(), record)
                    }
                })?);
            tiles.finish()?;
        }
        if unsure > 0 {
            summary.notes.push(format!(
                "{unsure} lines look like the start of a mail, but no empty line stands before \
                 them: each was left in the mail it stands in."
            ));
        }
        for (name, sign) in cut_short {
            summary.notes.push(format!(
                "{name} seems to be cut short, as when a copy or a download breaks off: of its last \
                 mail {sign}. Copy it again and load it, then what is missing is added."
            ));
        }
        Ok(summary)
    }
}

/// What shows that the last mail of an item ends early; what docket unpacked itself does not, and
/// Apple Mail says how long a mail is.
fn ends_early(
    bytes: &[u8],
    mail: usize,
    form: Form,
    container: Option<u32>,
) -> Option<&'static str> {
    if container.is_some() || !matches!(form, Form::Mbox | Form::Mail) {
        return None;
    }
    early::sign(bytes.get(mail..)?, form == Form::Mbox)
}

/// The threads announced so far.
#[derive(Default)]
struct Heads {
    /// By the number that [`Threads`] gives: the number in the sink.
    numbers: std::collections::HashMap<u32, u32>,
    announced: u32,
    unreadable: Option<u32>,
    last: Option<u32>,
}

impl Heads {
    fn announce(&mut self, tiles: &mut Tiles<'_>, title: String) -> Result<u32, ReadError> {
        tiles.thread(ThreadHead {
            title,
            channel: CHANNEL.into(),
            group: None,
            members: Vec::new(),
        })?;
        let number = self.announced;
        self.announced = number.saturating_add(1);
        Ok(number)
    }

    fn thread(
        &mut self,
        tiles: &mut Tiles<'_>,
        root: u32,
        record: &Record,
    ) -> Result<u32, ReadError> {
        let number = match self.numbers.get(&root) {
            Some(number) => *number,
            None => {
                let number = self.announce(tiles, threads::title(&record.extra.subject))?;
                self.numbers.insert(root, number);
                number
            }
        };
        self.last = Some(number);
        Ok(number)
    }

    fn unreadable(&mut self, tiles: &mut Tiles<'_>) -> Result<u32, ReadError> {
        if let Some(number) = self.unreadable {
            return Ok(number);
        }
        let number = self.announce(tiles, "(unreadable)".into())?;
        self.unreadable = Some(number);
        Ok(number)
    }

    fn last_or_unreadable(&mut self, tiles: &mut Tiles<'_>) -> Result<u32, ReadError> {
        match self.last {
            Some(number) => Ok(number),
            None => self.unreadable(tiles),
        }
    }
}

/// How an item of an export holds mails. What docket unpacked itself is taken for what it is.
fn form_in(export: &Export, item: u32) -> Option<Form> {
    if export.containers().iter().any(|(of, _)| *of == item) {
        return Some(Form::Container);
    }
    match export.container_of(item) {
        Some(of) if export.containers().contains(&(of, true)) => Some(Form::Mail),
        Some(_) => Some(Form::Mbox),
        None => form_of(&head(export, item)),
    }
}

/// Where the mails of an item are kept, as far as that tells which way they went: in the folder it
/// stands in, or in the mailbox that it is.
fn kept_in(export: &Export, item: u32, form: Form) -> Option<String> {
    let name = export.item_name(item);
    let container = export.container_of(item);
    let name = below(&name, container.map(|of| export.item_name(of)));
    let is_mailbox = form == Form::Mbox && !name.ends_with(".mbox");
    match is_mailbox {
        // Mail programs give some mailboxes no ending: `Sent`.
        true => name.rsplit('/').next().map(str::to_owned),
        false => folder_of(name),
    }
}

/// The name of a folder of a mailbox file without the file's own.
fn below(name: &str, container: Option<String>) -> &str {
    container
        .and_then(|container| {
            let inside = name.strip_prefix(outlook::stem(&container))?;
            inside.strip_prefix('/')
        })
        .unwrap_or(name)
}

/// What an item is made of.
enum Piece<'a> {
    /// Bytes of the container.
    Structure(usize),
    /// A mail, with its separator line; `mail` is where the mail itself begins, `whole` says
    /// whether it ends here, and `last` whether the item does.
    Mail {
        bytes: &'a [u8],
        mail: usize,
        whole: bool,
        last: bool,
    },
    /// More of a mail that was too long.
    Rest(&'a [u8]),
}

/// The flags of a file in a Maildir (`...:2,RS`; on some systems `;2,`).
fn flags(name: &str) -> &str {
    name.rsplit_once(":2,")
        .or_else(|| name.rsplit_once(";2,"))
        .map_or("", |(_, flags)| flags)
}

/// Gives every piece of an item in order; how many lines looked like a separator and were none.
fn each_piece(
    window: &mut Window<'_>,
    form: Form,
    take: &mut dyn FnMut(Piece<'_>) -> Result<(), ReadError>,
) -> Result<u64, ReadError> {
    let mut unsure = 0;
    window.at_least(3)?;
    if window.bytes().starts_with(b"\xEF\xBB\xBF") {
        take(Piece::Structure(3))?;
        window.take(3);
    }
    let blank = window
        .bytes()
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    if blank > 0 {
        take(Piece::Structure(blank))?;
        window.take(blank);
    }
    if form == Form::Mbox {
        let mut splitter = mbox::Splitter::default();
        loop {
            let next = splitter.next(window)?;
            unsure = next.unsure;
            if next.length == 0 {
                break;
            }
            let last = window.ended() && window.bytes().len() == next.length;
            let bytes = window.bytes().get(..next.length).unwrap_or_default();
            take(match next.begins {
                Some(mail) => Piece::Mail {
                    bytes,
                    mail,
                    whole: next.whole,
                    last,
                },
                None => Piece::Rest(bytes),
            })?;
            window.take(next.length);
        }
        return Ok(unsure);
    }
    let mut length = LONGEST;
    if form == Form::Emlx {
        window.at_least(64)?;
        if let Some((line, declared)) = emlx_length(window.bytes()) {
            take(Piece::Structure(line))?;
            window.take(line);
            length = declared.min(LONGEST);
        }
    }
    window.at_least(length.saturating_add(1))?;
    let length = length.min(window.bytes().len());
    let whole = form == Form::Emlx || window.bytes().len() == length;
    if length > 0 {
        let bytes = window.bytes().get(..length).unwrap_or_default();
        let piece = Piece::Mail {
            bytes,
            mail: 0,
            whole,
            last: whole,
        };
        take(piece)?;
        window.take(length);
    }
    loop {
        window.at_least(REST)?;
        let bytes = window.bytes();
        let bytes = bytes.get(..bytes.len().min(REST)).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(unsure);
        }
        let length = bytes.len();
        let piece = if form == Form::Emlx {
            Piece::Structure(length)
        } else {
            Piece::Rest(bytes)
        };
        take(piece)?;
        window.take(length);
    }
}

/// The first line of an `.emlx`: its own length and the mail's.
fn emlx_length(bytes: &[u8]) -> Option<(usize, usize)> {
    let line = memchr::memchr(b'\n', bytes)?;
    let number = std::str::from_utf8(bytes.get(..line)?).ok()?.trim();
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| Some((line.checked_add(1)?, number.parse().ok()?)))?
}

/// How an item holds mails, by its first bytes.
fn form_of(head: &[u8]) -> Option<Form> {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let head = head
        .iter()
        .position(|byte| !matches!(byte, b'\r' | b'\n'))
        .and_then(|begin| head.get(begin..))?;
    if mbox::is_separator(head) {
        return Some(Form::Mbox);
    }
    if let Some((line, _)) = emlx_length(head) {
        return begins_mail(head.get(line..)?).then_some(Form::Emlx);
    }
    begins_mail(head).then_some(Form::Mail)
}

/// Whether bytes begin with a mail's headers: the first line is one, and among them are at least
/// two that mails have and other files do not. An RSMF file says so itself and is none.
fn begins_mail(head: &[u8]) -> bool {
    const KNOWN: [&str; 14] = [
        "from",
        "to",
        "date",
        "subject",
        "message-id",
        "received",
        "return-path",
        "delivered-to",
        "mime-version",
        "reply-to",
        "cc",
        "in-reply-to",
        "references",
        "x-mailer",
    ];
    let mut known = 0;
    for (number, line) in head.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        if number > 0
            && line
                .first()
                .is_some_and(|byte| matches!(byte, b' ' | b'\t'))
        {
            continue;
        }
        let Some(name) = mbox::header_name(line) else {
            if number == 0 {
                return false;
            }
            continue;
        };
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        if name == "x-rsmf-version" {
            return false;
        }
        known += usize::from(KNOWN.contains(&name.as_str()));
    }
    known >= 2
}

/// The folder that a mail was kept in, by its place in the export: the parts of a Maildir are
/// none, and a mailbox is one itself.
fn folder_of(name: &str) -> Option<String> {
    let mut parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
    let file = parts.pop()?;
    if let Some(stem) = file.strip_suffix(".mbox") {
        parts.push(stem);
    }
    while matches!(parts.last(), Some(&("cur" | "new" | "tmp" | "Messages"))) {
        parts.pop();
    }
    // Maildir++ writes a folder within as `.Parent.Child`.
    let folder = parts.join("/");
    let folder = folder.trim_start_matches('.');
    (!folder.is_empty()).then(|| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_by_content() {
        for (head, form) in [
            (
                "From a@example.com Thu Apr 16 09:53:04 2015\nFrom: a@example.com\n",
                Some(Form::Mbox),
            ),
            (
                "Return-Path: <a@example.com>\nReceived: x\n\tby y\nFrom: a\n\nbody",
                Some(Form::Mail),
            ),
            ("812       \nReceived: x\nFrom: a\n\nbody", Some(Form::Emlx)),
            ("\n\nFrom: a\nTo: b\n\n", Some(Form::Mail)),
            ("Subject: minutes\n\nFrom: a\nTo: b\n", None),
            ("From me to you\nDate: x\n", None),
            ("Dear all,\nFrom: a\nTo: b\n", None),
            ("X-RSMF-Version: 2.0.0\nFrom: a\nTo: b\n\n", None),
            ("", None),
        ] {
            assert_eq!(form_of(head.as_bytes()), form, "{head}");
        }
    }

    #[test]
    fn folders_of_mails() {
        for (name, folder) in [
            ("Maildir/cur/1:2,S", Some("Maildir")),
            ("cur/1:2,S", None),
            (".Sent.2021/cur/1:2,S", Some("Sent.2021")),
            ("Takeout/Mail/Trash.mbox", Some("Takeout/Mail/Trash")),
            ("a.eml", None),
        ] {
            assert_eq!(folder_of(name).as_deref(), folder, "{name}");
        }
        assert_eq!(flags("x,S=1:2,RS"), "RS");
    }
}
