//! What files carry beside what they show stays out of the open set, and verifying sees to it.

use super::writing::{files, reseal, zip_case};
use docket::bundle::verify;
use docket::check::{Verdict, overall};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A photo of one pixel that says who took it, and is to be turned.
fn photo() -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]);
    tiff.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend(b"Jessamy Planted");
    let segment = |marker: u8, payload: &[u8]| {
        let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker], &length[..], payload].concat()
    };
    [
        vec![0xFF, 0xD8],
        segment(0xE1, &[b"Exif\0\0", tiff.as_slice()].concat()),
        segment(0xDB, &[1; 65]),
        segment(0xC0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]),
        segment(0xDA, &[1, 1, 0, 0, 63, 0]),
        vec![7, 9, 0xFF, 0xD9],
    ]
    .concat()
}

fn rows(root: &Path, name: &str) -> Vec<Vec<String>> {
    let bytes = fs::read(root.join(name)).unwrap();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| row.iter().map(str::to_owned).collect())
        .collect()
}

fn failed(root: &Path) -> Vec<String> {
    let checks = verify(root);
    let failed = checks
        .iter()
        .filter(|check| check.verdict == Verdict::Failed);
    failed.map(|check| check.name.clone()).collect()
}

#[test]
fn the_open_set_has_files_without_properties_or_not_at_all() {
    let chat = "\
27/03/2021, 08:00 - Ann Lee: IMG-20210327-WA0001.jpg (file attached)
27/03/2021, 08:01 - Ann Lee: DOC-20210327-WA0002.pdf (file attached)
27/03/2021, 08:02 - Ann Lee: DOC-20210327-WA0003.txt (file attached)
";
    let photo = photo();
    let files_of_chat: [(&str, &[u8]); 3] = [
        ("IMG-20210327-WA0001.jpg", &photo),
        (
            "DOC-20210327-WA0002.pdf",
            b"%PDF-1.4\n<</Info 2 0 R>>\n%%EOF\n",
        ),
        ("DOC-20210327-WA0003.txt", b"what to bring"),
    ];
    let fixture = zip_case(chat, &files_of_chat);
    let written = fixture.write_to("handover", false).unwrap();
    let root = &written.path;
    let checks = verify(root);
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");

    // The closed master has every byte; the copy all but the properties.
    let told = rows(root, "properties.csv");
    let of = |set: &str| told.iter().find(|row| row[1] == set).unwrap().clone();
    let [copy, none, same] = ["copy", "none", "same"].map(of);
    assert_eq!(told.len(), 3);
    assert_eq!(fs::read(root.join(&copy[0])).unwrap(), photo);
    assert_eq!(copy[2], copy[0].replace(".jpg", "_R.jpg"));
    assert_eq!(copy[3], "Exif; position");
    let open = fs::read(root.join(&copy[2])).unwrap();
    assert!(open.len() < photo.len() && open.ends_with(&[7, 9, 0xFF, 0xD9]));
    assert!(memchr::memmem::find(&open, b"Jessamy").is_none());
    assert!(none[4].contains("PDF"), "{none:?}");
    assert!(same[0].ends_with(".txt") && same[2..] == ["", "", ""]);
    let metadata = rows(root, "file-metadata.csv");
    let note = |path: &str| {
        let row = metadata.iter().find(|row| row[0] == path).unwrap();
        row.last().unwrap().clone()
    };
    assert!(note(&copy[0]).starts_with("Not for the open set: it carries Exif; position."));
    assert!(note(&copy[2]).starts_with("Open copy of "));
    assert!(note(&none[0]).starts_with("Not for the open set: docket cannot"));
    assert_eq!(note(&same[0]), "");
    // The records lead to both, and say why where there is none.
    let text = fs::read_to_string(root.join("data/records/whatsapp/thread-0000/2021-03-27.txt"));
    let text = text.unwrap();
    assert!(text.contains(&copy[0]) && text.contains(&copy[2]), "{text}");
    assert!(text.contains("the open set is without it"), "{text}");

    // Under new seals: a copy that is the master again, one that is gone, a row that says otherwise.
    let whole = files(root);
    let put_back = || {
        for (name, bytes) in &whole {
            fs::write(root.join(name), bytes).unwrap();
        }
    };
    let messages = fs::read_to_string(root.join("data/records/messages.jsonl")).unwrap();
    let row: Value = serde_json::from_str(messages.lines().next().unwrap()).unwrap();
    let known = row["attachments"][0]["open_sha256"].as_str().unwrap();
    let other = docket::text::hex(&<sha2::Sha256 as sha2::Digest>::digest(&photo));
    fs::write(root.join(&copy[2]), &photo).unwrap();
    let lied = messages.replace(known, &other);
    fs::write(root.join("data/records/messages.jsonl"), lied).unwrap();
    reseal(root);
    assert_eq!(failed(root), ["properties"]);
    put_back();
    fs::remove_file(root.join(&copy[2])).unwrap();
    reseal(root);
    assert!(failed(root).contains(&"properties".to_owned()));
    put_back();
    let table = fs::read_to_string(root.join("properties.csv")).unwrap();
    let lied = table.replace("\"none\"", "\"same\"");
    fs::write(root.join("properties.csv"), lied).unwrap();
    reseal(root);
    assert_eq!(failed(root), ["properties"]);
    put_back();
    assert_eq!(overall(&verify(root)), Verdict::Ok);
}
