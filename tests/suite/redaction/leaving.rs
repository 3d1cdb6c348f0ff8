//! What leaves under masks: the closed master, the open copy, and nothing of what is masked.

use super::{redact, set, words};
use crate::suite::bundle::outlook::planned;
use crate::suite::tui::{Desk, chat, desk};
use docket::bundle::{self, Block, BundleError, Options, Written};
use docket::check::{Verdict, overall};
use docket::model::{Decision, MessageNumber};
use docket::review::{How, Session, Spot, Target};
use std::path::{Path, PathBuf};

/// Six messages on two days: 1 is mixed, 2 is official with an exempt name, 5 is personal.
pub(in crate::suite) fn mixed() -> Desk {
    let mut text = chat(
        &["Priya Shah", "Tom Reed"],
        &[
            "the quay opens on Monday, minutes to follow",
            "sign the contract; and Nadia Petrov is ill again, ring her on 07700 900461",
            "the complaint is from Leopold Grant, 14 Harbour Row",
        ],
        3,
    );
    for (time, who, said) in [
        ("09:00", "Tom Reed", "the pier is closed until Friday week"),
        ("09:10", "Priya Shah", "thank you, noted for the file"),
        (
            "09:20",
            "Tom Reed",
            "my mother in law comes for supper on Sunday, dreading it",
        ),
    ] {
        text.push_str(&format!("26/03/2021, {time} - {who}: {said}\n"));
    }
    let desk = desk(&[("WhatsApp Chat with Quay.txt", text)]);
    let session = &desk.session;
    let decide = |target: Target, decision| {
        session.decide(&target, decision, How::Bulk, None).unwrap();
    };
    decide(set(0, 6), Decision::Official);
    decide(set(1, 2), Decision::Mixed);
    decide(set(5, 6), Decision::Personal);
    desk
}

pub(in crate::suite) fn write(session: &Session, out: &Path) -> Result<Written, BundleError> {
    let plan = bundle::plan(session, &Options::default())?;
    bundle::write(session, &plan, out, &mut ())
}

pub(in crate::suite) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// The files of a bag that hold these words, by their names there.
pub(in crate::suite) fn places(bag: &Path, words: &str) -> Vec<String> {
    let holds = |path: &&PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&bytes).replace("=\r\n", "");
        text.contains(words)
    };
    let all = files(bag);
    let found = all.iter().filter(holds);
    found
        .map(|path| path.strip_prefix(bag).unwrap().display().to_string())
        .collect()
}

#[test]
fn a_mixed_message_leaves_without_its_personal_span_and_an_exemption_makes_an_open_copy() {
    let desk = mixed();
    let session = &desk.session;
    let out = tempfile::tempdir().unwrap();
    let blocks = planned(session, &Options::default()).blocks;
    let first = MessageNumber(1);
    assert_eq!(blocks, [Block::Mixed { count: 1, first }]);
    // An exemption is not enough: the closed master would have what is personal.
    assert_eq!(
        redact(session, &set(0, 6), &words("Nadia Petrov"), Some("foi-38")),
        1
    );
    let blocks = planned(session, &Options::default()).blocks;
    assert_eq!(blocks, [Block::Mixed { count: 1, first }]);
    session.undo().unwrap();

    let all = Spot::Found(docket::review::Find::regex("and Nadia.*$").unwrap());
    assert_eq!(redact(session, &set(0, 6), &all, Some("personal")), 1);
    assert_eq!(
        redact(
            session,
            &set(0, 6),
            &words("Leopold Grant"),
            Some("foi-40-2")
        ),
        1
    );
    let bag = out.path().join("bag");
    write(session, &bag).unwrap();
    let checks = bundle::verify(&bag);
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
    for gone in ["Nadia", "07700 900461", "7700900461", "mother in law"] {
        assert_eq!(places(&bag, gone), [""; 0], "{gone}");
    }
    // The exempt name is in the closed master alone; the other day has one record.
    let folder = "data/records/whatsapp/thread-0000";
    assert_eq!(
        places(&bag, "Leopold Grant"),
        [
            "data/records/messages.jsonl".to_owned(),
            format!("{folder}/2021-03-25.eml"),
            format!("{folder}/2021-03-25.html"),
            format!("{folder}/2021-03-25.txt"),
        ]
    );
    let names: Vec<String> = files(&bag.join(folder))
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(
        names,
        [
            "2021-03-25.eml",
            "2021-03-25.html",
            "2021-03-25.txt",
            "2021-03-25_R.eml",
            "2021-03-25_R.html",
            "2021-03-25_R.txt",
            "2021-03-26.eml",
            "2021-03-26.html",
            "2021-03-26.txt",
        ]
    );
    let open = std::fs::read_to_string(bag.join(folder).join("2021-03-25_R.txt")).unwrap();
    assert!(open.contains("the complaint is from [redacted: FOI s40(2)], 14 Harbour Row"));
    assert!(
        open.contains("sign the contract; [redacted: personal]"),
        "{open}"
    );
    assert!(open.contains("open copy"), "{open}");
    let table = std::fs::read_to_string(bag.join("redactions.csv")).unwrap();
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(rows.len(), 2);
    assert!(rows[0].starts_with(&format!(
        "\"{folder}/2021-03-25.eml\",\"1\",\"text\",\"personal\",\"personal\",\"always\""
    )));
    assert!(rows[1].starts_with(&format!(
        "\"{folder}/2021-03-25_R.eml\",\"2\",\"text\",\"foi-40-2\",\"FOI s40(2)\",\"open\""
    )));

    // The same masks whatever they hide: nothing tells how long it was.
    assert!(!table.contains(&format!("\"{}\"", "Leopold Grant".len())));
    // A second bundle of the same state says the same.
    let again = out.path().join("again");
    write(session, &again).unwrap();
    for path in files(&bag) {
        let name = path.strip_prefix(&bag).unwrap();
        assert_eq!(
            std::fs::read(&path).unwrap(),
            std::fs::read(again.join(name)).unwrap()
        );
    }
}

#[test]
fn what_is_masked_is_told_wrongly_in_no_bag_that_verifies() {
    let desk = mixed();
    let session = &desk.session;
    let out = tempfile::tempdir().unwrap();
    let all = Spot::Found(docket::review::Find::regex("and Nadia.*$").unwrap());
    redact(session, &set(0, 6), &all, Some("personal"));
    redact(
        session,
        &set(0, 6),
        &words("Leopold Grant"),
        Some("foi-40-2"),
    );
    let bag = out.path().join("bag");
    write(session, &bag).unwrap();
    let whole = |name: &str| std::fs::read_to_string(bag.join(name)).unwrap();
    let messages = whole("data/records/messages.jsonl");
    let open = whole("data/records/messages_R.jsonl");
    let table = whole("redactions.csv");
    let cases = [
        (
            "data/records/messages.jsonl",
            messages.replace("[redacted: personal]", "her"),
        ),
        (
            "data/records/messages_R.jsonl",
            open.replace("[redacted: FOI s40(2)]", "Bo"),
        ),
        (
            "data/records/messages_R.jsonl",
            open.lines().skip(1).map(|l| format!("{l}\n")).collect(),
        ),
        ("data/records/messages_R.jsonl", messages.clone()),
        ("redactions.csv", table.replace("foi-40-2", "foi-41")),
        (
            "redactions.csv",
            table.lines().take(2).map(|l| format!("{l}\r\n")).collect(),
        ),
        (
            "redactions.csv",
            table.replace("2021-03-25_R", "2021-03-27_R"),
        ),
    ];
    for (name, text) in cases {
        let before = std::fs::read(bag.join(name)).unwrap();
        assert_ne!(before, text.as_bytes(), "{name}");
        std::fs::write(bag.join(name), text).unwrap();
        let redacted = bundle::verify(&bag).into_iter().any(|check| {
            let of_masks = ["redactions", "records"].contains(&check.name.as_str());
            of_masks && check.verdict == Verdict::Failed
        });
        assert!(redacted, "{name}");
        std::fs::write(bag.join(name), before).unwrap();
    }
    assert_eq!(overall(&bundle::verify(&bag)), Verdict::Ok);
}

/// A case from a zip with one file, which message 0 names; message 1 is mixed, with its personal
/// part and a telephone number masked.
fn with_file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, std::sync::Arc<Session>) {
    let folder = tempfile::tempdir().unwrap();
    let chat = format!(
        "25/03/2021, 09:00 - Priya Shah: {name} (file attached)\n\
         25/03/2021, 09:10 - Tom Reed: sign it; Zoë Petrova is ill, ring 07700 900461\n\
         25/03/2021, 09:20 - Tom Reed: my mother in law comes for supper on Sunday, dreading it\n"
    );
    let path = folder.path().join("WhatsApp Chat with Quay.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in [
        ("WhatsApp Chat with Quay.txt", chat.as_bytes()),
        (name, bytes),
    ] {
        zip.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut zip, bytes).unwrap();
    }
    zip.finish().unwrap();
    let session = crate::suite::tui::session(&folder.path().join("case"), "Ann Reviewer");
    session
        .case()
        .import(
            &[path],
            &docket::case::ImportOptions::default(),
            session.actor(),
            &mut (),
        )
        .unwrap();
    session.refresh().unwrap();
    for (from, decision) in [
        (0, Decision::Official),
        (1, Decision::Mixed),
        (2, Decision::Personal),
    ] {
        session
            .decide(&set(from, from + 1), decision, How::Bulk, None)
            .unwrap();
    }
    assert_eq!(
        redact(
            &session,
            &set(0, 3),
            &words("Zoë Petrova"),
            Some("personal")
        ),
        1
    );
    assert_eq!(
        redact(
            &session,
            &set(0, 3),
            &words("07700 900461"),
            Some("personal")
        ),
        1
    );
    (folder, session)
}

fn zipped(text: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file(
        "word/document.xml",
        zip::write::SimpleFileOptions::default(),
    )
    .unwrap();
    std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

fn pdf(drawing: &str) -> Vec<u8> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, drawing.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    [
        b"%PDF-1.4\n1 0 obj<<>>stream\r\n",
        packed.as_slice(),
        b"\nendstream endobj",
    ]
    .concat()
}

fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(order).collect()
}

fn deflated(text: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, text).unwrap();
    packed.finish().unwrap()
}

/// A picture with a chunk of this kind before its pixels.
fn png(kind: &[u8; 4], body: Vec<u8>) -> Vec<u8> {
    let pixels = deflated(&[0, 9]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = vec![0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0];
    for (kind, body) in [(b"IHDR", header), (kind, body), (b"IDAT", pixels)] {
        bytes.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        bytes.extend(kind);
        bytes.extend(body);
        bytes.extend([0; 4]);
    }
    bytes
}

#[test]
fn every_kind_of_leak_stops_the_bundle() {
    let hex = |text: &str, form: fn(u8) -> String| text.bytes().map(form).collect::<String>();
    let name = "Zoë Petrova";
    let supper = "my mother in law comes for supper on Sunday, dreading it";
    let leaks: [(&str, Vec<u8>); 18] = [
        ("plain", format!("x {name} y").into()),
        ("a withheld message", format!("then {supper}!").into()),
        ("base64", "(Wm/DqyBQZXRyb3Zh)".into()),
        ("base64 in lines, anywhere", "xxWm/DqyBQ\r\nZXRyb3Zh".into()),
        (
            "quoted-printable",
            hex(name, |byte| format!("={byte:02X}")).into(),
        ),
        ("JSON", "\"Zo\\u00eb Petrova\"".into()),
        (
            "HTML",
            "Zo&euml; "
                .replace("&euml;", "&#xEB;")
                .into_bytes()
                .into_iter()
                .chain(*b"Petrova")
                .collect(),
        ),
        ("an address", "?q=Zo%C3%AB%20Petrova".into()),
        ("UTF-16, little end first", utf16(name, u16::to_le_bytes)),
        (
            "UTF-16, big end first, at an odd place",
            [b"x".to_vec(), utf16(name, u16::to_be_bytes)].concat(),
        ),
        ("digits", b"tel:00447700900461".to_vec()),
        ("digits apart", b"(07700) 900-461".to_vec()),
        (
            "an office document",
            zipped("<w:t>Zo\u{eb} Pet</w:t><w:r/><w:t>rova</w:t>"),
        ),
        ("a withheld message, packed", zipped(supper)),
        ("a PDF", pdf("BT [(07700) -20 ( 900461)] TJ")),
        (
            "a packed remark of a picture",
            png(
                b"zTXt",
                [&b"Comment\0\0"[..], &deflated(b"by Zo\xeb Petrova")].concat(),
            ),
        ),
        (
            "a packed remark in Unicode",
            png(
                b"iTXt",
                [&b"Comment\0\x01\0en\0\0"[..], &deflated(supper.as_bytes())].concat(),
            ),
        ),
        (
            "metadata",
            [
                b"\xff\xd8\xff\xe1Exif\0\0".to_vec(),
                name.into(),
                vec![0; 99],
            ]
            .concat(),
        ),
    ];
    for (kind, bytes) in leaks {
        let (folder, session) = with_file("plan.bin", &bytes);
        let bag = folder.path().join("bag");
        match write(&session, &bag) {
            Err(BundleError::Leak { what, file }) => {
                assert!(
                    what.contains("message 1") || what.contains("message 2"),
                    "{kind}: {what}"
                );
                assert!(file.starts_with("data/attachments/"), "{kind}: {file}");
            }
            other => panic!("{kind}: {other:?}"),
        }
        assert!(!bag.exists());
        // The message whose file it is can leave when the file is withheld.
        let whole = Spot::Whole(docket::case::masks::Part::File(0));
        assert_eq!(redact(&session, &set(0, 1), &whole, Some("personal")), 1);
        // WhatsApp writes the file's name into the text too: that is masked as text.
        write(&session, &bag).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(overall(&bundle::verify(&bag)), Verdict::Ok);
        assert!(!bag.join("data/attachments").exists(), "{kind}");
    }
}

#[test]
fn what_is_masked_once_is_masked_everywhere_or_stops_the_bundle() {
    let desk = mixed();
    let session = &desk.session;
    let out = tempfile::tempdir().unwrap();
    let all = Spot::Found(docket::review::Find::regex("and Nadia.*$").unwrap());
    redact(session, &set(0, 6), &all, Some("personal"));
    // "the quay opens" is exempt in one message only; in the open copy another would say it.
    let pier = Spot::Found(docket::review::Find::words("noted for the file").unwrap());
    assert_eq!(redact(session, &set(4, 5), &pier, Some("foi-38")), 1);
    write(session, &out.path().join("one")).unwrap();
    let text = chat(&["Priya Shah"], &["as I said, noted for the file"], 1);
    let given = out.path().join("WhatsApp Chat with Pier.txt");
    std::fs::write(&given, text).unwrap();
    let options = docket::case::ImportOptions::default();
    session
        .case()
        .import(&[given], &options, session.actor(), &mut ())
        .unwrap();
    session.refresh().unwrap();
    session
        .decide(&set(6, 7), Decision::Official, How::Bulk, None)
        .unwrap();
    match write(session, &out.path().join("two")) {
        Err(BundleError::Leak { what, file }) => {
            assert_eq!(what, "what is masked in message 4");
            assert!(
                file.contains("thread-0001") || file.contains("_R"),
                "{file}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(redact(session, &set(0, 7), &pier, Some("foi-38")), 1);
    let written = write(session, &out.path().join("two")).unwrap();
    assert!(written.unsearched.masks_too_short.is_empty());
    // A sender's name that is masked in a text stands at the head of records: it is listed. So is
    // what is too short.
    redact(session, &set(0, 7), &words("contract"), Some("foi-38"));
    redact(session, &set(0, 7), &words("pier"), Some("foi-38"));
    let written = write(session, &out.path().join("three")).unwrap();
    assert_eq!(
        written
            .unsearched
            .masks_too_short
            .iter()
            .collect::<Vec<_>>(),
        [3]
    );
}
