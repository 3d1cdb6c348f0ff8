//! What to tell of a file that is no export: what it is, and how to get an export instead.
//!
//! Most are an app's own database or an encrypted backup, brought in good faith. They are told by
//! their first bytes and by the tables they declare; by their name only where an app encrypts all
//! of the file, so that nothing else is left to see.

use super::export;
use memchr::memmem;

/// Bytes from the start of a file that are looked at.
pub(super) const LOOK: usize = 1 << 16;
/// Bytes of a database in which the declarations of its tables are looked for.
pub(super) const LOOK_FOR_TABLES: usize = 4 << 20;

/// How SQLite's files begin (sqlite.org, "Database File Format", 1.3).
pub(super) const SQLITE: &[u8] = b"SQLite format 3\0";

/// What shows that a file is of a kind.
enum Sign {
    /// Its first bytes.
    Begins(&'static [u8]),
    /// The bytes at a place, of bytes that begin so.
    At(&'static [u8], usize, &'static [u8]),
    /// It is an SQLite database that declares all of these.
    Tables(&'static [&'static str]),
    /// It is an archive with an entry whose path begins so.
    Entry(&'static str),
    /// Its name, in lower case, ends so, and it is no text.
    Named(&'static [&'static str]),
    /// It is a mail whose headers name a version of RSMF.
    Rsmf,
}

/// How to come to an export.
enum Then {
    /// As the importer of this name says.
    As(&'static str),
    /// So.
    Do(&'static str),
}

/// One kind of file.
struct Known {
    sign: Sign,
    what: &'static str,
    then: Then,
}

const fn known(sign: Sign, what: &'static str, then: Then) -> Known {
    Known { sign, what, then }
}

use Sign::{At, Begins, Entry, Named, Rsmf, Tables};
use Then::{As, Do};

const PICTURE: &str = "a picture";
const NO_PICTURES: Then = Do(
    "docket reads exports, not screenshots: export the conversation in its app, or hand the picture over as a document; one that a chat names is loaded with the folder in which both stand",
);
const RECORDING: &str = "a recording";
const NO_RECORDINGS: Then = Do(
    "hand it over as a document; one that a chat names is loaded with the folder in which both stand",
);
const OFFICE: &str = "an Office document";
const NO_DOCUMENTS: Then = Do("hand it over as a document: docket reads conversations only");
const SEALED: Then =
    Do("open it with `age -d`, or with docket restore where it is the backup of a case");
const PACKED: Then = Do("unpack it and load the folder");
const SIGNAL: Then =
    Do("in Signal open Settings, Chats, Export chat history, and load the folder that it makes");
const TELEGRAM: Then = Do(
    "in Telegram Desktop open the chat, the three dots, Export chat history, and choose the format JSON",
);
const VIBER: Then =
    Do("in Viber on the phone open More, Settings, Account, Viber backup, Email message history");
const SKYPE: Then =
    Do("export your Skype or Teams data from the account's privacy page, and load messages.json");

/// The kinds, asked in this order.
const KINDS: &[Known] = &[
    known(
        Tables(&["message_media", "jid"]),
        "WhatsApp's own database (msgstore.db)",
        As("whatsapp"),
    ),
    known(
        Tables(&["key_remote_jid"]),
        "WhatsApp's own database (msgstore.db)",
        As("whatsapp"),
    ),
    known(
        Tables(&["wa_contacts"]),
        "WhatsApp's address book (wa.db), without messages",
        As("whatsapp"),
    ),
    known(
        Tables(&["ZWAMESSAGE"]),
        "WhatsApp's own database on an iPhone (ChatStorage.sqlite)",
        As("whatsapp"),
    ),
    known(
        Tables(&["chat_message_join"]),
        "the database of Messages on a Mac or an iPhone (chat.db, sms.db)",
        As("imessage-exporter"),
    ),
    known(
        Tables(&["Files", "fileID", "relativePath"]),
        "the index of an iPhone backup (Manifest.db)",
        As("imessage-exporter"),
    ),
    known(
        Tables(&["canonical_addresses"]),
        "Android's own database of texts (mmssms.db)",
        As("sms-backup-restore"),
    ),
    known(
        Tables(&["ChatInfo", "EventInfo"]),
        "Viber's own database (viber.db)",
        VIBER,
    ),
    known(
        Tables(&["ChatInfo", "Events"]),
        "Viber's own database (viber.db)",
        VIBER,
    ),
    known(
        Tables(&["participants_info"]),
        "Viber's own database on Android",
        VIBER,
    ),
    known(
        Tables(&["messages_v2", "dialogs"]),
        "Telegram's own database on Android (cache4.db)",
        TELEGRAM,
    ),
    known(
        Tables(&["recipient", "part", "thread"]),
        "Signal's own database",
        SIGNAL,
    ),
    known(
        Tables(&["Conversations", "DBMeta"]),
        "Skype's own database (main.db)",
        SKYPE,
    ),
    known(
        Tables(&["messagesText_content"]),
        "Thunderbird's search index",
        Do(
            "load the mail folders beside it: files without an ending, next to those that end in .msf",
        ),
    ),
    known(
        Begins(SQLITE),
        "a program's database (SQLite)",
        Do("export the conversation in the app itself"),
    ),
    known(
        Begins(b"ANDROID BACKUP\n"),
        "a backup of Android apps (.ab)",
        Do(
            "export each conversation in its app: texts with SMS Backup & Restore, WhatsApp with Export chat",
        ),
    ),
    known(
        Begins(b"TDF$"),
        "Telegram Desktop's own data (tdata), encrypted",
        TELEGRAM,
    ),
    known(
        Begins(b"// <!-- <mdb:mork"),
        "Thunderbird's index of a mail folder (.msf), without mails",
        Do("load the file of the same name without .msf"),
    ),
    known(
        At(b"!BDN", 8, b"SO"),
        "Outlook's copy of a mailbox on a server (.ost)",
        Do(
            "in Outlook choose File, Open & Export, Import/Export, Export to a file, Outlook Data File (.pst)",
        ),
    ),
    known(
        Begins(&[0xCF, 0xAD, 0x12, 0xFE]),
        "a mail folder of Outlook Express (.dbx)",
        Do("open it in a mail program that can, and save its mails as .eml files or an mbox"),
    ),
    known(
        Entry("docket-backup/backup.json"),
        "a backup of a case",
        Do("docket restore puts it back"),
    ),
    known(
        Entry("Accounts/"),
        "an archive of Outlook for Mac (.olm)",
        Do("drag each mail folder from Outlook to the desktop: it becomes an .mbox"),
    ),
    known(Entry("[Content_Types].xml"), OFFICE, NO_DOCUMENTS),
    known(
        Entry("META-INF/manifest.xml"),
        "an OpenDocument file",
        NO_DOCUMENTS,
    ),
    known(Entry("AndroidManifest.xml"), "an Android app", NO_DOCUMENTS),
    known(
        Begins(b"age-encryption.org/v1"),
        "a file encrypted with age",
        SEALED,
    ),
    known(
        Begins(b"-----BEGIN AGE ENCRYPTED FILE-----"),
        "a file encrypted with age",
        SEALED,
    ),
    known(
        Begins(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
        "a document of older Office",
        NO_DOCUMENTS,
    ),
    known(
        Rsmf,
        "an RSMF file without a whole manifest: its attachment rsmf.zip is missing, cut or damaged",
        Do(
            "copy it again, or collect the conversation again; its text, which a mail program shows, is a transcript only",
        ),
    ),
    known(
        At(b"", 257, b"ustar"),
        "a tar archive whose first entry is damaged",
        PACKED,
    ),
    known(Begins(&[0x1F, 0x8B]), "a gzip archive", PACKED),
    known(
        Begins(&[b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C]),
        "a 7z archive",
        PACKED,
    ),
    known(Begins(b"Rar!\x1A\x07"), "a RAR archive", PACKED),
    known(Begins(b"BZh"), "a bzip2 archive", PACKED),
    known(
        Begins(&[0xFD, b'7', b'z', b'X', b'Z', 0]),
        "an xz archive",
        PACKED,
    ),
    known(Begins(&[0x28, 0xB5, 0x2F, 0xFD]), "a zstd archive", PACKED),
    known(Begins(b"%PDF-"), "a PDF", NO_DOCUMENTS),
    known(Begins(b"{\\rtf"), "a document (RTF)", NO_DOCUMENTS),
    known(
        Begins(b"BEGIN:VCARD"),
        "contact cards (vCard), without messages",
        Do("docket people import FILE takes them as a list of who is who"),
    ),
    known(Begins(&[0xFF, 0xD8, 0xFF]), PICTURE, NO_PICTURES),
    known(Begins(b"\x89PNG\r\n"), PICTURE, NO_PICTURES),
    known(Begins(b"GIF8"), PICTURE, NO_PICTURES),
    known(Begins(b"BM"), PICTURE, NO_PICTURES),
    known(Begins(b"II*\0"), PICTURE, NO_PICTURES),
    known(Begins(b"MM\0*"), PICTURE, NO_PICTURES),
    known(At(b"RIFF", 8, b"WEBP"), PICTURE, NO_PICTURES),
    known(At(b"", 4, b"ftyphei"), PICTURE, NO_PICTURES),
    known(At(b"", 4, b"ftypmif1"), PICTURE, NO_PICTURES),
    known(At(b"", 4, b"ftypavif"), PICTURE, NO_PICTURES),
    known(At(b"", 4, b"ftyp"), RECORDING, NO_RECORDINGS),
    known(At(b"RIFF", 8, b"WAVE"), RECORDING, NO_RECORDINGS),
    known(At(b"RIFF", 8, b"AVI "), RECORDING, NO_RECORDINGS),
    known(Begins(b"OggS"), RECORDING, NO_RECORDINGS),
    known(Begins(b"ID3"), RECORDING, NO_RECORDINGS),
    known(Begins(b"#!AMR"), RECORDING, NO_RECORDINGS),
    known(Begins(b"fLaC"), RECORDING, NO_RECORDINGS),
    known(Begins(&[0x1A, 0x45, 0xDF, 0xA3]), RECORDING, NO_RECORDINGS),
    known(
        Named(&[
            ".crypt", ".crypt5", ".crypt7", ".crypt8", ".crypt12", ".crypt14", ".crypt15",
        ]),
        "WhatsApp's encrypted backup",
        As("whatsapp"),
    ),
    known(Named(&[".backup"]), "Signal's encrypted backup", SIGNAL),
    known(
        Named(&["db.sqlite", "signal.sqlite"]),
        "Signal's own database, encrypted",
        SIGNAL,
    ),
    known(
        Named(&["enmicromsg.db"]),
        "WeChat's own database, encrypted",
        Do("WeChat has no export: ask the records team how to hand the conversations over"),
    ),
];

/// A file as far as advice looks at it.
pub(super) struct Look<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its first bytes: [`LOOK`] of them, of a database [`LOOK_FOR_TABLES`].
    pub head: &'a [u8],
    /// Of an archive, the paths of its entries; `head` is empty then.
    pub entries: &'a [&'a str],
}

impl Sign {
    fn is_on(&self, file: &Look<'_>) -> bool {
        match self {
            Begins(magic) => file.head.starts_with(magic),
            At(begin, place, bytes) => {
                let there = file.head.get(*place..);
                file.head.starts_with(begin) && there.is_some_and(|at| at.starts_with(bytes))
            }
            Tables(words) => {
                file.head.starts_with(SQLITE)
                    && words
                        .iter()
                        .all(|word| memmem::find(file.head, word.as_bytes()).is_some())
            }
            Rsmf => export::is_rsmf(file.head),
            Entry(path) => file.entries.iter().any(|entry| entry.starts_with(path)),
            Named(endings) => {
                let name = file.name.to_lowercase();
                text_of(file.head).is_none() && endings.iter().any(|ending| name.ends_with(ending))
            }
        }
    }
}

/// What a file is that no importer reads, and what to do, in one sentence without an end stop.
pub(super) fn advice(file: &Look<'_>) -> String {
    let Some(kind) = KINDS.iter().find(|kind| kind.sign.is_on(file)) else {
        return format!(
            "{}; `docket formats` lists what docket reads and how to export it",
            looks_like(file)
        );
    };
    match kind.then {
        Do(what) => format!("{}; {what}", kind.what),
        As(importer) => {
            let steps =
                super::by_name(importer).map_or(&[][..], |importer| importer.about().export);
            format!("{}; {}", kind.what, steps.join("; "))
        }
    }
}

/// What a folder is that holds nothing but an app's own data, or docket's, told by the files directly
/// in it: such a folder may hold a hundred thousand files, and none is an export. What docket made of
/// exports is not loaded as if it were another: a case has what was loaded into it, and a bundle tells
/// of the same messages again.
pub(super) fn advice_on_folder(names: &[&str]) -> Option<String> {
    let has = |name: &str| names.contains(&name);
    if has("Manifest.db") && has("Info.plist") {
        let steps = super::by_name("imessage-exporter").map_or(&[][..], |one| one.about().export);
        return Some(format!(
            "an iPhone backup; for WhatsApp export each chat on the phone, for Messages: {}",
            steps.join("; ")
        ));
    }
    if has("key_datas") {
        return Some(advice(&Look {
            name: "key_datas",
            head: b"TDF$",
            entries: &[],
        }));
    }
    if has("docket.json") && has("ledger.sqlite") {
        let then = match has("backup.json") {
            true => "a backup of a case, unpacked; docket restore puts it back as it was packed",
            false => {
                "a case of docket's, which has what was loaded into it; docket review --case opens it"
            }
        };
        return Some(then.into());
    }
    if has("bagit.txt") && has("custody.jsonl") && has("datapackage.json") {
        return Some(
            "a records bundle, which tells of messages by the day; docket verify checks it, and to be \
             loaded they are asked for as RSMF (docket export --form rsmf)"
                .into(),
        );
    }
    None
}

/// The text that a file begins with, if it is one; the look may end within a character.
fn text_of(head: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_some() => return None,
        Err(error) => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
    };
    (!text.contains('\0')).then_some(text)
}

/// What a file looks like to somebody who does not know it.
fn looks_like(file: &Look<'_>) -> &'static str {
    if (file.entries.iter()).any(|entry| entry.to_ascii_lowercase().ends_with(".zip")) {
        return "an archive with zips in it, in which no export was found; docket opens archives within archives, three deep and no deeper: unpack it and load the folder";
    }
    if !file.entries.is_empty() {
        return "an archive in which docket knows no file";
    }
    if file.head.starts_with(b"\xFF\xFE") || file.head.starts_with(b"\xFE\xFF") {
        return "text in UTF-16, as an editor or a spreadsheet saves it: give the file as the app wrote it, or save it as UTF-8";
    }
    let Some(text) = text_of(file.head) else {
        return "nothing that docket knows";
    };
    let begin = text.trim_start_matches('\u{FEFF}').trim_start();
    match begin.chars().next() {
        None => "an empty file",
        Some('{' | '[') => "JSON that fits no format",
        Some('<') if begin.starts_with("<?xml") => "XML that fits no format",
        Some('<') => "a page that fits no format",
        Some(_) => "text that fits no format",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, head: &[u8], entries: &[&str]) -> String {
        advice(&Look {
            name,
            head,
            entries,
        })
    }

    fn database(tables: &str) -> Vec<u8> {
        let mut bytes = SQLITE.to_vec();
        bytes.extend_from_slice(&[0; 200]);
        bytes.extend_from_slice(tables.as_bytes());
        bytes
    }

    #[test]
    fn every_kind_is_told_by_its_sign() {
        let mut tar = vec![0; 600];
        tar[257..262].copy_from_slice(b"ustar");
        let noise = [0xC3, 0x28, 0xA0, 0xA1, 0, 1, 2, 3];
        for (name, head, entries, expected) in [
            (
                "a",
                database("CREATE TABLE jid(x) CREATE TABLE message_media(x)"),
                &[][..],
                "msgstore.db); iPhone: open the chat",
            ),
            (
                "backup.tar.age",
                b"age-encryption.org/v1\n-> ".to_vec(),
                &[],
                "docket restore",
            ),
            (
                "a",
                tar.clone(),
                &["docket-backup/backup.json"],
                "a backup of a case",
            ),
            ("a", database("CREATE TABLE wa_contacts(x)"), &[], "wa.db"),
            (
                "a",
                database("CREATE TABLE chat_message_join(x)"),
                &[],
                "chat.db, sms.db); Mac: imessage-exporter",
            ),
            (
                "a",
                database("CREATE TABLE Files (fileID TEXT PRIMARY KEY, relativePath TEXT)"),
                &[],
                "iPhone backup",
            ),
            (
                "a",
                database("CREATE TABLE ChatInfo(x) CREATE TABLE Events(x)"),
                &[],
                "Viber",
            ),
            (
                "a",
                database("CREATE TABLE x(y)"),
                &[],
                "a program's database",
            ),
            (
                "msgstore.db.crypt15",
                noise.to_vec(),
                &[],
                "WhatsApp's encrypted",
            ),
            (
                "signal-2024-03-05.backup",
                noise.to_vec(),
                &[],
                "Signal's encrypted",
            ),
            (
                "settings.backup",
                b"a=b".to_vec(),
                &[],
                "text that fits no format",
            ),
            ("db.sqlite", noise.to_vec(), &[], "Signal's own database"),
            ("a", b"ANDROID BACKUP\n5\n1\nnone\n".to_vec(), &[], "(.ab)"),
            ("a", b"TDF$\x01".to_vec(), &[], "tdata"),
            ("a", b"!BDN\0\0\0\0SO".to_vec(), &[], ".ost"),
            (
                "Inbox.msf",
                b"// <!-- <mdb:mork:z v=\"1.4\"/> -->".to_vec(),
                &[],
                "without .msf",
            ),
            ("a", tar, &[], "entry is damaged; unpack"),
            ("a", b"7z\xBC\xAF\x27\x1C".to_vec(), &[], "7z"),
            ("a", b"Rar!\x1A\x07\0".to_vec(), &[], "RAR"),
            (
                "a.rsmf",
                b"X-RSMF-Version: 2.0.0\r\nFrom: a\r\n\r\nb".to_vec(),
                &[],
                "without a whole manifest",
            ),
            ("a.pdf", b"%PDF-1.7".to_vec(), &[], "a PDF"),
            (
                "a",
                b"PK\x03\x04".to_vec(),
                &["[Content_Types].xml", "word/document.xml"],
                "an Office document",
            ),
            (
                "a.zip",
                b"PK\x03\x04".to_vec(),
                &["notes/a.bin"],
                "an archive in which docket knows no file; `docket formats`",
            ),
            (
                "a.zip",
                b"PK\x03\x04".to_vec(),
                &["phone/Chat.ZIP"],
                "unpack it and load the folder",
            ),
            ("a.csv", b"\xFF\xFEF\0R\0".to_vec(), &[], "save it as UTF-8"),
            ("a.png", b"\x89PNG\r\n\x1A\n".to_vec(), &[], "screenshots"),
            ("a", b"RIFF\0\0\0\0WEBPVP8 ".to_vec(), &[], "a picture"),
            ("a", b"\0\0\0 ftypisom".to_vec(), &[], "a recording"),
            ("a", Vec::new(), &[], "an empty file"),
            ("a", b"  {\"x\": 1}".to_vec(), &[], "JSON that"),
            ("a", noise.to_vec(), &[], "nothing that docket knows"),
            ("a", b"caf\xC3".to_vec(), &[], "text that fits no format"),
        ] {
            let told = of(name, &head, entries);
            assert!(told.contains(expected), "{expected}: {told}");
            assert!(!told.contains('\n') && !told.ends_with('.'), "{told}");
        }
    }

    #[test]
    fn advice_always_says_what_to_do() {
        for kind in KINDS {
            match kind.then {
                Do(what) => assert!(!what.is_empty() && !what.ends_with('.'), "{what}"),
                As(name) => assert!(crate::import::by_name(name).is_some(), "{name}"),
            }
        }
    }

    #[test]
    fn folders_of_an_app_are_told_as_a_whole() {
        let told = advice_on_folder(&["Info.plist", "Manifest.db", "00"]).unwrap();
        assert!(told.contains("an iPhone backup"), "{told}");
        assert!(advice_on_folder(&["key_datas"]).unwrap().contains("tdata"));
        assert_eq!(advice_on_folder(&["Info.plist", "a.txt"]), None);
        // An export of docket's in another form is one to be loaded.
        assert_eq!(advice_on_folder(&["bagit.txt", "custody.jsonl"]), None);
    }
}
