//! Exports that are packed together: one archive, several sources.

use docket::case::ledger::Known;
use docket::case::{Actor, Case, ImportOptions, Outcome, SourceReport};
use docket::check::{Verdict, overall};
use docket::model::{MessageNumber, ThreadId};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn actor() -> Actor {
    Actor {
        name: "Rita Reviewer".to_owned(),
        how: Known::Given,
    }
}

fn load(case: &Case, path: &Path) -> Vec<SourceReport> {
    let options = ImportOptions::default();
    case.import(&[path.to_owned()], &options, &actor(), &mut ())
        .unwrap()
}

/// A new case with what stands at a path; it holds, and a rebuild changes nothing.
fn case_of(dir: &TempDir, name: &str, path: &Path) -> (Case, Vec<SourceReport>) {
    let case = Case::open_or_create(&dir.path().join(name)).unwrap();
    let reports = load(&case, path);
    let state = state_of(&case);
    assert_eq!(
        overall(&case.check(true, None, &mut ())),
        Verdict::Ok,
        "{name}"
    );
    case.rebuild(&mut ()).unwrap();
    assert_eq!(state_of(&case), state, "{name}");
    assert_eq!(
        overall(&case.check(true, None, &mut ())),
        Verdict::Ok,
        "{name}"
    );
    (case, reports)
}

/// All messages by number, and all sources, as text.
fn state_of(case: &Case) -> Vec<String> {
    let store = case.store();
    let messages = (0..store.len()).map(|number| {
        let message = store.message(MessageNumber(number)).unwrap();
        format!(
            "{:?} {:?} {:?} {:?} {:?} {}",
            message.source, message.item, message.span, message.time, message.kind, message.text
        )
    });
    let threads = (0..store.threads().len()).map(|at| {
        let thread = ThreadId(u32::try_from(at).unwrap());
        format!("{} {}", store.threads()[at].title, store.thread_len(thread))
    });
    let sources = store.sources().iter().map(|source| format!("{source:?}"));
    messages.chain(threads).chain(sources).collect()
}

/// What was read, whatever it was packed in.
fn read(reports: &[SourceReport]) -> Vec<String> {
    let mut read: Vec<String> = reports
        .iter()
        .filter(|report| report.outcome == Outcome::Loaded)
        .map(|report| {
            let items: BTreeSet<&str> = report
                .items
                .iter()
                .filter(|item| item.is_read)
                .map(|item| item.name.as_str())
                .collect();
            format!(
                "{} {} of {} in {} threads, {} bytes = {} + {} + {}: {items:?}",
                report.format,
                report.exceptions,
                report.messages,
                report.threads,
                report.bytes,
                report.bytes_in_messages,
                report.bytes_in_structure,
                report.bytes_in_exceptions
            )
        })
        .collect();
    read.sort();
    read
}

/// The files below a folder, by their paths in it.
fn files_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy();
                files.push((name.into_owned(), std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

pub fn zip_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (at, (name, bytes)) in files.iter().enumerate() {
        let method = match at % 3 {
            0 => zip::CompressionMethod::Stored,
            _ => zip::CompressionMethod::Deflated,
        };
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        zip.start_file(name.as_str(), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A header of a tar (POSIX ustar).
fn header(name: &str, size: usize, kind: u8) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[156] = kind;
    block[257..263].copy_from_slice(b"ustar\0");
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block
}

fn tar_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tar = Vec::new();
    let mut add = |name: &str, bytes: &[u8], kind: u8| {
        tar.extend(header(name, bytes.len(), kind));
        tar.extend(bytes);
        tar.resize(tar.len().div_ceil(512) * 512, 0);
    };
    for (name, bytes) in files {
        if name.len() > 99 {
            add("././@LongLink", name.as_bytes(), b'L');
            add("long", bytes, b'0');
        } else {
            add(name, bytes, b'0');
        }
    }
    tar.extend([0; 1024]);
    tar
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn put(dir: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_exports")
}

/// Every sample in one zip, as a person packs their whole folder: zips in it, a mailbox of
/// Outlook's, an RSMF file, chats and pages. All is read that the folder gives, source by source.
#[test]
fn a_packed_folder_gives_what_the_folder_gives() {
    let dir = TempDir::new().unwrap();
    let (folder, from_folder) = case_of(&dir, "folder", &samples());
    let files = files_of(&samples());
    for (name, bytes) in [
        ("all.zip", zip_of(&files)),
        ("all.tar", tar_of(&files)),
        ("all.tgz", gzip(&tar_of(&files))),
    ] {
        let path = put(&dir, name, &bytes);
        let (packed, reports) = case_of(&dir, &name.replace('.', "-"), &path);
        assert_eq!(read(&reports), read(&from_folder), "{name}");
        let said = |case: &Case| {
            let store = case.store();
            let mut said: Vec<String> = (0..store.len())
                .map(|number| {
                    let message = store.message(MessageNumber(number)).unwrap();
                    format!("{:?} {}", message.time, message.text)
                })
                .collect();
            said.sort();
            said
        };
        assert_eq!(said(&packed), said(&folder), "{name}");
        // Each says where it stands, and all rest on one sealed file.
        let store = packed.store();
        let places: BTreeSet<&str> = store
            .sources()
            .iter()
            .map(|source| source.within.as_ref().unwrap().place.as_str())
            .collect();
        assert_eq!(places.len(), store.sources().len());
        assert!(places.contains("WhatsApp Chat with Mam.zip"), "{places:?}");
        let originals = packed.layout().root().join("originals");
        assert_eq!(std::fs::read_dir(originals).unwrap().count(), 1);
        // Again: nothing is added, and each is told of.
        let again = load(&packed, &path);
        let known = again
            .iter()
            .filter(|report| report.outcome == Outcome::AlreadyKnown);
        assert_eq!(known.count(), store.sources().len());
        assert_eq!(packed.store().len(), store.len());
        // The folder itself, after the zip: the same messages.
        let reports = load(&packed, &samples());
        // A draft has neither a date nor an id: it is never taken for another.
        let new: Vec<u32> = reports
            .iter()
            .filter_map(|report| report.source)
            .flat_map(|source| packed.store().source(source).unwrap().numbers.clone())
            .filter(|number| {
                packed
                    .store()
                    .message(MessageNumber(*number))
                    .unwrap()
                    .time
                    .is_some()
            })
            .collect();
        let is_new = |number: &u32| *number >= store.len();
        assert_eq!(
            new.iter().filter(|number| is_new(number)).count(),
            0,
            "{name}"
        );
        assert_eq!(overall(&packed.check(true, None, &mut ())), Verdict::Ok);
    }
}

/// A chat as an iPhone exports it.
fn chat(name: &str, from: u32, to: u32) -> Vec<u8> {
    let mut text = String::new();
    for at in from..to {
        let (hour, minute) = (8 + at / 60, at % 60);
        text.push_str(&format!(
            "[14/03/2024, {hour:02}:{minute:02}:07] {name}: this is message {at} of {name}\r\n"
        ));
    }
    text.into_bytes()
}

fn chats(last: u32) -> Vec<(String, Vec<u8>)> {
    let of = |name: &str, to: u32| {
        let inner = [("_chat.txt".to_owned(), chat(name, 0, to))];
        (format!("phone/WhatsApp Chat - {name}.zip"), zip_of(&inner))
    };
    vec![of("Ann", last), of("Ben", 20), of("Cas", 30)]
}

/// A later zip of the same chats adds what is new, and nobody's number changes.
#[test]
fn a_later_archive_adds_only_what_is_new() {
    let dir = TempDir::new().unwrap();
    let first = put(&dir, "march.zip", &zip_of(&chats(40)));
    let (case, _) = case_of(&dir, "case", &first);
    let before = state_of(&case);
    let messages = case.store().len();
    assert_eq!(messages, 90);
    let later = put(&dir, "april.tgz", &gzip(&tar_of(&chats(55))));
    let reports = load(&case, &later);
    let new: Vec<u32> = reports.iter().map(|report| report.new).collect();
    assert_eq!(new, [15, 0, 0]);
    let after = state_of(&case);
    assert_eq!(after[..messages as usize], before[..messages as usize]);
    case.rebuild(&mut ()).unwrap();
    assert_eq!(state_of(&case), after);
    assert_eq!(overall(&case.check(true, None, &mut ())), Verdict::Ok);
}

/// What is cut short is read as far as it is whole, and the person is told to copy it again; the
/// whole archive then adds the rest.
#[test]
fn what_is_whole_of_a_cut_archive_is_read() {
    let dir = TempDir::new().unwrap();
    let files = chats(40);
    for (name, whole) in [
        ("cut.zip", zip_of(&files)),
        ("cut.tar", tar_of(&files)),
        ("cut.tgz", gzip(&tar_of(&files))),
    ] {
        // The last of the three chats is cut.
        let part = match name {
            "cut.zip" => whole.len() - 500,
            _ => whole.len() * 3 / 5,
        };
        let path = put(&dir, name, &whole[..part]);
        let case_name = name.replace('.', "-");
        let (case, reports) = case_of(&dir, &case_name, &path);
        let read = case.store().len();
        assert!((40..90).contains(&read), "{name}: {read}");
        let told = reports.iter().flat_map(|report| &report.notes);
        let said: Vec<&String> = told
            .filter(|note| note.contains("ends early") || note.contains("cut short"))
            .collect();
        assert!(
            !said.is_empty() && said[0].contains("copy it again"),
            "{name}: {reports:#?}"
        );
        let path = put(&dir, &format!("whole-{name}"), &whole);
        load(&case, &path);
        assert_eq!(case.store().len(), 90, "{name}");
        assert_eq!(overall(&case.check(true, None, &mut ())), Verdict::Ok);
    }
}

/// A zip that holds itself, zips of zips of zips, names that step out, links: all end in an
/// outcome, and nothing is written beside the case.
#[test]
fn hostile_archives_end_in_an_outcome() {
    let dir = TempDir::new().unwrap();
    let chat_zip = |name: &str, text: Vec<u8>| (name.to_owned(), text);
    let mut deep = zip_of(&[chat_zip("_chat.txt", chat("Ann", 0, 9))]);
    for _ in 0..12 {
        deep = zip_of(&[
            chat_zip("next.zip", deep),
            chat_zip("_chat.txt", chat("Ben", 0, 5)),
        ]);
    }
    let mut linked = tar_of(&[chat_zip("../../../tmp/out/_chat.txt", chat("Ann", 0, 9))]);
    linked.truncate(linked.len() - 1024);
    for kind in [b'1', b'2', b'3', b'6'] {
        linked.extend(header("/etc/passwd", 0, kind));
    }
    linked.extend(header("huge.mbox", 0o77_777_777_777, b'0'));
    let bomb = zip_of(&[
        chat_zip("a.zip", gzip(&vec![0; 1 << 20])),
        chat_zip("b.zip", vec![b'P'; 9]),
    ]);
    let twins = zip_of(&[
        chat_zip("a/_chat.txt", chat("Ann", 0, 9)),
        chat_zip("a\\_chat.txt", chat("Ben", 0, 9)),
        chat_zip("b/_chat.txt", chat("Cas", 0, 9)),
    ]);
    for (name, bytes, least) in [
        ("deep.zip", deep, 5),
        ("linked.tar", linked, 9),
        ("bomb.zip", bomb, 0),
        ("twins.zip", twins, 27),
    ] {
        let path = put(&dir, name, &bytes);
        let (case, reports) = case_of(&dir, &name.replace('.', "-"), &path);
        assert!(!reports.is_empty());
        assert!(case.store().len() >= least, "{name}: {reports:#?}");
    }
    assert!(!dir.path().join("out").exists());
}

/// A file that ends early is read as far as it goes, and the person is told.
#[test]
fn a_cut_file_is_told() {
    let dir = TempDir::new().unwrap();
    for (name, part) in [
        ("gethin.marlowe-price@example.org.pst", "ends early"),
        ("sms-20240401090000.xml", "no whole message"),
    ] {
        let whole = std::fs::read(samples().join(name)).unwrap();
        let path = put(&dir, name, &whole[..whole.len() * 3 / 5]);
        let (case, reports) = case_of(&dir, &format!("case-{name}"), &path);
        let told = reports[0].notes.iter().any(|note| note.contains(part));
        assert!(told, "{name}: {:?}", reports[0].notes);
        assert!(case.store().len() > 20);
        let (_, reports) = case_of(&dir, &format!("whole-{name}"), &samples().join(name));
        let told = reports[0].notes.iter().any(|note| note.contains(part));
        assert!(!told, "{name}: {:?}", reports[0].notes);
    }
}

/// Archives in archives are read three deep, whatever they are; what is packed deeper is told.
#[test]
fn archives_are_opened_three_deep_and_deeper_ones_told() {
    let dir = TempDir::new().unwrap();
    let mut packed = zip_of(&[("_chat.txt".to_owned(), chat("Ann", 0, 9))]);
    let mut names = vec![];
    for (level, kind) in ["zip", "tar", "zip", "zip"].into_iter().enumerate() {
        let inner = format!("inner.{}", if level > 0 { names[level - 1] } else { "zip" });
        let own = format!("of {level}/_chat.txt");
        let files = [
            (inner, packed),
            (own, chat(&format!("Level {level}"), 0, 2)),
        ];
        packed = if kind == "tar" {
            tar_of(&files)
        } else {
            zip_of(&files)
        };
        names.push(kind);
        let name = format!("deep-{level}.{kind}");
        let path = put(&dir, &name, &packed);
        let (case, reports) = case_of(&dir, &name.replace('.', "-"), &path);
        // Two of each level, and nine in the innermost zip, as long as it is opened.
        let innermost = if level < 3 { 9 } else { 0 };
        let read = 2 * (u32::try_from(level).unwrap() + 1) + innermost;
        assert_eq!(case.store().len(), read, "{name}: {reports:#?}");
        let told = reports
            .iter()
            .flat_map(|report| &report.notes)
            .any(|note| note.contains("was not read: unpack it"));
        assert_eq!(told, level == 3, "{name}: {reports:#?}");
    }
}

/// A mailbox of so many mails.
fn mailbox(mails: u32) -> Vec<u8> {
    let mail = |at: u32| {
        format!(
            "From ann@example.com Thu Mar 14 08:{at:02}:07 2024\nFrom: Ann <ann@example.com>\n\
             To: Ben <ben@example.com>\nDate: Thu, 14 Mar 2024 08:{at:02}:07 +0000\n\
             Subject: pumps {at}\nMessage-ID: <{at}@example.com>\n\nThe pump of station {at} runs.\n\n"
        )
    };
    (0..mails).map(mail).collect::<String>().into_bytes()
}

/// One compressed file gives what it gives unpacked: alone, and beside others in an archive; a
/// tar and a compressed tar in an archive are opened like a zip there.
#[test]
fn a_compressed_file_gives_what_it_holds() {
    let dir = TempDir::new().unwrap();
    let sms = std::fs::read(samples().join("sms-20240401090000.xml")).unwrap();
    let mails = mailbox(20);
    let files = [
        ("sms.xml".to_owned(), sms),
        ("pumps.mbox".to_owned(), mails),
    ];
    let mut plain = Vec::new();
    for (name, bytes) in &files {
        let (case, reports) = case_of(&dir, &format!("plain-{name}"), &put(&dir, name, bytes));
        assert!(case.store().len() > 19, "{name}");
        let packed = put(&dir, &format!("{name}.gz"), &gzip(bytes));
        let (packed, packed_reports) = case_of(&dir, &format!("packed-{name}"), &packed);
        assert_eq!(packed.store().len(), case.store().len(), "{name}");
        assert_eq!(read(&packed_reports), read(&reports), "{name}");
        plain.push(case.store().len());
    }
    let total: u32 = plain.iter().sum();
    let gzipped = |(name, bytes): &(String, Vec<u8>)| (format!("old/{name}.gz"), gzip(bytes));
    let all: Vec<(String, Vec<u8>)> = files.iter().map(gzipped).collect();
    let chat = |to| ("chat/_chat.txt".to_owned(), chat("Ann", 0, to));
    for (name, bytes, messages) in [
        ("gz-in.zip", zip_of(&all), total),
        (
            "tar-in.zip",
            zip_of(&[("a.tar".to_owned(), tar_of(&files)), chat(7)]),
            total + 7,
        ),
        (
            "tgz-in.zip",
            zip_of(&[chat(7), ("a.tgz".to_owned(), gzip(&tar_of(&files)))]),
            total + 7,
        ),
        ("gz-in.tgz", gzip(&tar_of(&all)), total),
    ] {
        let path = put(&dir, name, &bytes);
        let (case, reports) = case_of(&dir, &name.replace('.', "-"), &path);
        assert_eq!(case.store().len(), messages, "{name}: {reports:#?}");
    }
    // Cut short, it is read as far as it goes and told of.
    let whole = gzip(&mailbox(400));
    let path = put(&dir, "cut.mbox.gz", &whole[..whole.len() / 2]);
    let (case, reports) = case_of(&dir, "cut-gz", &path);
    assert!((20..400).contains(&case.store().len()));
    assert!(
        reports[0]
            .notes
            .iter()
            .any(|note| note.contains("copy it again")),
        "{:?}",
        reports[0].notes
    );
    // What is no export is told as what it is.
    let path = put(&dir, "notes.txt.gz", &gzip(b"nothing to see"));
    let (_, reports) = case_of(&dir, "notes", &path);
    let Outcome::Refused(why) = &reports[0].outcome else {
        panic!("{reports:#?}");
    };
    assert!(why.contains("text that fits no format"), "{why}");
}

/// A mailbox that breaks off is told, wherever it does; a whole one is not.
#[test]
fn a_cut_mailbox_is_told() {
    let dir = TempDir::new().unwrap();
    let plain = mailbox(5);
    let parts =
        b"From a@example.com Thu Mar 14 08:00:07 2024\nFrom: a@example.com\nTo: b@example.com\n\
        Content-Type: multipart/mixed; boundary=edge\n\n--edge\n\nhello\n--edge\n\
        Content-Disposition: attachment; filename=x.bin\n\nAAAA\nBBBB\n--edge--\n\n";
    for (name, bytes, is_cut) in [
        ("whole.mbox", plain.clone(), false),
        ("line.mbox", plain[..plain.len() - 9].to_vec(), true),
        ("parts.mbox", [&plain[..], parts].concat(), false),
        (
            "within.mbox",
            [&plain[..], &parts[..parts.len() - 16]].concat(),
            true,
        ),
    ] {
        let path = put(&dir, name, &bytes);
        let (_, reports) = case_of(&dir, &name.replace('.', "-"), &path);
        let told = reports[0]
            .notes
            .iter()
            .any(|note| note.contains("cut short"));
        assert_eq!(told, is_cut, "{name}: {:?}", reports[0].notes);
    }
}

/// A chat's folder with what was sent in it: a mail that the chat names is its attachment, one that
/// it does not name is an export of its own, and the pictures are linked in either case.
#[test]
fn a_chat_keeps_its_files_beside_other_exports() {
    let dir = TempDir::new().unwrap();
    let mail =
        b"From: a@example.com\nTo: b@example.com\nDate: Thu, 14 Mar 2024 08:00:07 +0000\n\nhello\n";
    let line = |at: u32, file: &str| {
        format!("[14/03/2024, 09:0{at}:07] Ann: \u{200E}<attached: {file}>\r\n")
    };
    let said = line(0, "00000001-PHOTO-2024-03-14-09-00-07.jpg")
        + &line(1, "00000002-minutes.eml")
        + &line(2, "00000003-old chat.txt");
    let sent = |older: bool| {
        let mut files = vec![
            ("_chat.txt", said.clone().into_bytes()),
            (
                "00000001-PHOTO-2024-03-14-09-00-07.jpg",
                vec![0xFF, 0xD8, 0xFF, 0],
            ),
            ("00000002-minutes.eml", mail.to_vec()),
            ("kept beside it.eml", mail.to_vec()),
        ];
        if older {
            files.push(("00000003-old chat.txt", chat("Ben", 0, 4)));
        }
        files
    };
    for older in [false, true] {
        let folder = dir.path().join(format!("chat-{older}"));
        std::fs::create_dir(&folder).unwrap();
        for (name, bytes) in sent(older) {
            std::fs::write(folder.join(name), bytes).unwrap();
        }
        let (case, reports) = case_of(&dir, &format!("case-{older}"), &folder);
        let loaded: Vec<(&str, u32)> = reports
            .iter()
            .filter(|report| report.outcome == Outcome::Loaded)
            .map(|report| (report.format.as_str(), report.messages))
            .collect();
        assert_eq!(loaded, [("whatsapp", 3), ("email", 1)], "{reports:#?}");
        let states: Vec<String> = (0..3)
            .map(|number| {
                let store = case.store();
                let message = store.message(MessageNumber(number)).unwrap();
                let sender = store.participant(message.participant.unwrap()).unwrap();
                assert_eq!(sender.name, "Ann");
                let extra = store.extra(MessageNumber(number));
                extra.attachments[0].state.name().to_owned()
            })
            .collect();
        let last = if older { "present" } else { "missing" };
        assert_eq!(states, ["present", "present", last]);
    }
}

/// All exports of a telephone in one folder: each chat has the files that it names, packed too, and
/// what none names is told.
#[test]
fn each_of_several_chats_has_the_files_that_it_names() {
    let dir = TempDir::new().unwrap();
    let said = |name: &str, files: &[&str]| {
        let lines = files.iter().zip(1..).map(|(file, minute)| {
            format!("14/03/2024, 09:0{minute} - {name}: {file} (file attached)\n")
        });
        let lines: String = lines.collect();
        let text = format!("14/03/2024, 09:00 - {name}: hello\n{lines}");
        (format!("WhatsApp Chat with {name}.txt"), text.into_bytes())
    };
    let photo = |name: &str| (name.to_owned(), vec![0xFF, 0xD8, 0xFF, 0]);
    let files = [
        said("Ann", &["IMG-1.jpg", "IMG-3.jpg", "old chat.txt"]),
        said("Ben", &["IMG-2.jpg", "IMG-3.jpg", "IMG-5.jpg"]),
        said("Cas", &[]),
        ("old chat.txt".to_owned(), chat("Dot", 0, 4)),
        photo("IMG-1.jpg"),
        photo("IMG-2.jpg"),
        photo("IMG-3.jpg"),
        photo("1.jpg"),
    ];
    let folder = dir.path().join("phone");
    std::fs::create_dir(&folder).unwrap();
    for (name, bytes) in &files {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let packed = put(&dir, "phone.zip", &zip_of(&files));
    for (name, path) in [("apart", &folder), ("packed", &packed)] {
        let (case, reports) = case_of(&dir, name, path);
        let end = |one: &SourceReport| one.path.rsplit('/').next().unwrap().to_owned();
        let are = |outcome: &dyn Fn(&Outcome) -> bool| -> Vec<String> {
            let those = reports.iter().filter(|one| outcome(&one.outcome));
            those.map(end).collect()
        };
        let loaded = are(&|outcome| *outcome == Outcome::Loaded);
        let chats = ["Ann", "Ben", "Cas"].map(|name| format!("WhatsApp Chat with {name}.txt"));
        assert_eq!(loaded, chats, "{reports:#?}");
        let others = are(&|outcome| matches!(outcome, Outcome::NotAnExport(_)));
        assert_eq!(others, ["1.jpg"], "{name}");
        let store = case.store();
        let states: Vec<String> = (0..store.len())
            .flat_map(|number| store.extra(MessageNumber(number)).attachments)
            .map(|file| format!("{} {}", file.name, file.state.name()))
            .collect();
        assert_eq!(
            states,
            [
                "IMG-1.jpg present",
                "IMG-3.jpg present",
                "old chat.txt present",
                "IMG-2.jpg present",
                "IMG-3.jpg present",
                "IMG-5.jpg missing",
            ],
            "{name}"
        );
        assert_eq!(overall(&case.check(true, None, &mut ())), Verdict::Ok);
        // Loaded again it adds nothing.
        let again = load(&case, path);
        assert!(again.iter().all(|one| one.outcome != Outcome::Loaded));
    }
}

/// What an export holds beside its messages and their files is told with its names, and an archive that
/// cannot be read says why.
#[test]
fn what_nobody_reads_is_told() {
    let dir = TempDir::new().unwrap();
    let text = || ("_chat.txt".to_owned(), chat("Ann", 0, 4));
    let with = |name: &str, bytes: &[u8]| zip_of(&[text(), (name.to_owned(), bytes.to_vec())]);
    let whole = zip_of(&[text()]);
    for (name, bytes, told, holds_more) in [
        (
            "seven.zip",
            with("Signal.7z", b"7z\xBC\xAF\x27\x1C"),
            "Signal.7z; unpack",
            true,
        ),
        (
            "cut.zip",
            with("in/cut.zip", &whole[..40]),
            "in/cut.zip; unpack",
            true,
        ),
        (
            "file.zip",
            with("plan.pdf", b"%PDF-"),
            "not read: plan.pdf.",
            false,
        ),
        ("system.zip", with("__MACOSX/._chat.txt", b"x"), "", false),
    ] {
        let path = put(&dir, name, &bytes);
        let (_, reports) = case_of(&dir, &name.replace('.', "-"), &path);
        let [report] = &reports[..] else {
            panic!("{name}: {reports:#?}");
        };
        assert_eq!(report.messages, 4, "{name}");
        assert_eq!(report.holds_more, holds_more, "{name}");
        let said = report
            .notes
            .iter()
            .find(|note| note.contains("named by no message"));
        assert_eq!(said.is_some(), !told.is_empty(), "{name}: {said:?}");
        assert!(
            said.is_none_or(|said| said.contains(told)),
            "{name}: {said:?}"
        );
    }
    let damaged = |at: &[u8], byte: usize, bytes: &[u8]| {
        let mut zip = bytes.to_vec();
        let place = zip.windows(4).position(|part| part == at).unwrap();
        zip[place + byte] ^= 1;
        zip
    };
    // Another way to pack (APPNOTE 4.4.5) in the entry and in the list; another checksum there.
    let other = damaged(b"PK\x01\x02", 10, &damaged(b"PK\x03\x04", 8, &whole));
    let sum = damaged(b"PK\x01\x02", 16, &damaged(b"PK\x03\x04", 14, &whole));
    let mut split = whole.clone();
    let end = split.len() - 22;
    split[end + 4] = 1;
    split[end + 6] = 1;
    for (name, bytes, told) in [
        ("other.zip", other, "_chat.txt is compressed in a way"),
        ("sum.zip", sum, "_chat.txt: is damaged"),
        ("split.zip", split, "one part of a zip"),
        (
            "whole.z01",
            [b"PK\x07\x08", &whole[..90]].concat(),
            "one part of a zip",
        ),
    ] {
        let path = put(&dir, name, &bytes);
        let (_, reports) = case_of(&dir, &name.replace('.', "-"), &path);
        let is_told = |one: &SourceReport| matches!(&one.outcome, Outcome::Refused(why) if why.contains(told));
        assert!(reports.iter().any(is_told), "{name}: {reports:#?}");
    }
}

/// The text of a chat from an iPhone is called `_chat.txt`, whatever the chat is called: that says the
/// folder which it was unpacked into.
#[test]
fn an_unpacked_chat_is_called_as_its_folder() {
    let dir = TempDir::new().unwrap();
    let lines = |names: [&str; 3]| {
        let said = names.map(|name| format!("[14/03/2024, 09:00:07] {name}: hello {name}\r\n"));
        said.concat().into_bytes()
    };
    let files = [
        (
            "WhatsApp Chat - Ward 7/_chat.txt".to_owned(),
            lines(["Ann", "Ben", "Cas"]),
        ),
        (
            "WhatsApp Chat - Ward 7/notes.txt".to_owned(),
            b"notes".to_vec(),
        ),
        (
            "WhatsApp Chat - Ward 8/_chat.txt".to_owned(),
            lines(["Dot", "Eli", "Fay"]),
        ),
    ];
    let phone = dir.path().join("phone");
    for (name, bytes) in &files {
        let path = phone.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let packed = put(&dir, "phone.zip", &zip_of(&files));
    let one = phone.join("WhatsApp Chat - Ward 8/_chat.txt");
    let folder = phone.join("WhatsApp Chat - Ward 8");
    for (name, path, titles) in [
        ("apart", &phone, &["Ward 7", "Ward 8"][..]),
        ("packed", &packed, &["Ward 7", "Ward 8"]),
        ("one", &one, &["Ward 8"]),
        ("folder", &folder, &["Ward 8"]),
    ] {
        let (case, reports) = case_of(&dir, name, path);
        let store = case.store();
        let named: Vec<&str> = store.threads().iter().map(|one| &*one.title).collect();
        assert_eq!(named, titles, "{name}");
        // What else stands there is told for itself.
        let told = reports.iter().filter(|one| one.outcome != Outcome::Loaded);
        assert_eq!(told.count(), usize::from(titles.len() == 2), "{name}");
        drop(store);
        let again = load(&case, path);
        assert!(again.iter().all(|one| one.outcome != Outcome::Loaded));
        assert_eq!(overall(&case.check(true, None, &mut ())), Verdict::Ok);
    }
}
