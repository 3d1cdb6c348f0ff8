#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use proptest::prelude::*;
use std::io::Write;

fn line(bytes: &[u8]) -> Content {
    Content::read(bytes, Some(bytes.len() as u64), Depth::Line)
}

fn text(bytes: &[u8]) -> Content {
    Content::read(bytes, None, Depth::Text)
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// A JPEG's header with a thumbnail of this many bytes before its size.
fn jpeg(width: u16, height: u16, before: u16) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE1];
    bytes.extend((before + 2).to_be_bytes());
    bytes.extend(vec![7; usize::from(before)]);
    bytes.extend([0xFF, 0xC0, 0, 17, 8]);
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend([3; 10]);
    bytes
}

fn page(serial: u32, position: u64, body: &[u8]) -> Vec<u8> {
    let mut bytes = b"OggS\0\0".to_vec();
    bytes.extend(position.to_le_bytes());
    bytes.extend(serial.to_le_bytes());
    bytes.extend([0; 8]);
    let mut table = vec![255u8; body.len() / 255];
    table.push(u8::try_from(body.len() % 255).unwrap());
    bytes.push(u8::try_from(table.len()).unwrap());
    bytes.extend(table);
    bytes.extend(body);
    bytes
}

fn opus(samples: u64, pages: u64) -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend(312u16.to_le_bytes());
    head.extend([0; 7]);
    let mut bytes = page(9, 0, &head);
    bytes.extend(page(9, 0, b"OpusTags"));
    for at in 1..=pages {
        // A page on which no packet ends, and one of another stream, say nothing.
        bytes.extend(page(9, u64::MAX, &[1; 300]));
        bytes.extend(page(4, 1 << 40, &[1; 10]));
        bytes.extend(page(9, 312 + samples * at / pages, &[1; 700]));
    }
    bytes
}

fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(body.len() + 8)
        .unwrap()
        .to_be_bytes()
        .to_vec();
    bytes.extend(name);
    bytes.extend(body);
    bytes
}

/// A film of so many thousandths, with its `moov` at the end.
fn mp4(brand: &[u8; 4], milliseconds: u32, film: bool) -> Vec<u8> {
    let mut head = vec![0; 12];
    head.extend(1_000u32.to_be_bytes());
    head.extend(milliseconds.to_be_bytes());
    head.extend([0; 80]);
    let mut track = vec![0; 76];
    track.extend((640u32 << 16).to_be_bytes());
    track.extend((480u32 << 16).to_be_bytes());
    let mut handler = vec![0; 8];
    handler.extend(if film { b"vide" } else { b"soun" });
    handler.extend([0; 12]);
    let media = boxed(b"mdia", &boxed(b"hdlr", &handler));
    let trak = boxed(b"trak", &[boxed(b"tkhd", &track), media].concat());
    let moov = boxed(b"moov", &[boxed(b"mvhd", &head), trak].concat());
    let mut bytes = boxed(b"ftyp", &[&brand[..], b"\0\0\0\0isom"].concat());
    bytes.extend(boxed(b"mdat", &[5; 9_000]));
    bytes.extend(moov);
    bytes
}

fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, body) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(body.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn docx() -> Vec<u8> {
    zip(&[
        ("[Content_Types].xml", "<Types/>"),
        (
            "docProps/app.xml",
            "<Properties><Pages>3</Pages></Properties>",
        ),
        (
            "word/document.xml",
            "<w:document><w:body><w:p><w:r><w:t>Minutes &amp; actions</w:t></w:r></w:p>\
             <w:p><w:r><w:t>First</w:t></w:r><w:r><w:tab/><w:t>point</w:t></w:r></w:p></w:body></w:document>",
        ),
    ])
}

fn wav(rate: u32, seconds: u32) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    bytes.extend(8_000u32.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend([1, 0, 8, 0]);
    bytes.extend(b"LIST\x03\0\0\0abc\0data");
    bytes.extend((rate * seconds).to_le_bytes());
    bytes
}

fn mp3(frames: usize) -> Vec<u8> {
    // MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes, 26 ms.
    let mut frame = vec![0xFF, 0xFB, 0x90, 0x00];
    frame.resize(417, 0);
    let mut bytes = b"ID3\x04\0\0\0\0\0\x0A0123456789".to_vec();
    for _ in 0..frames {
        bytes.extend(&frame);
    }
    bytes
}

fn amr(frames: usize) -> Vec<u8> {
    let mut bytes = b"#!AMR\n".to_vec();
    for _ in 0..frames {
        bytes.push(0x3C);
        bytes.extend([9; 31]);
    }
    bytes
}

fn samples() -> Vec<Vec<u8>> {
    vec![
        png(1600, 1200),
        jpeg(640, 480, 60_000),
        b"GIF89a\x40\x01\xF0\0\0\0\0".to_vec(),
        opus(48_000 * 42, 30),
        mp4(b"isom", 65_000, true),
        mp4(b"3gp4", 5_000, false),
        docx(),
        zip(&[("a.txt", "a"), ("b/c.txt", "c")]),
        wav(8_000, 7),
        mp3(400),
        amr(100),
        b"%PDF-1.4\n1 0 obj\n<< /Type /Pages /Kids [2 0 R] /Count 3 >>\nendobj\n".to_vec(),
        b"{\\rtf1\\ansi Dear all,\\par the plan}".to_vec(),
        b"<!DOCTYPE html><p>One<p>Two".to_vec(),
        b"BEGIN:VCARD\r\nFN:Ann Example\r\nPHOTO;ENCODING=b:AAAA\r\n BBBB\r\nEND:VCARD\r\n"
            .to_vec(),
    ]
}

#[test]
fn files_are_known_by_their_bytes() {
    let told: Vec<String> = samples()
        .iter()
        .map(|bytes| line(bytes).describe())
        .collect();
    assert_eq!(
        told,
        [
            "picture PNG, 1600 × 1200",
            "picture JPEG, 640 × 480",
            "picture GIF, 320 × 240",
            "voice note 0:42",
            "video MP4 1:05, 640 × 480",
            "voice note 3GP 0:05",
            "document Word, 3 pages",
            "archive ZIP, 2 files",
            "sound WAV 0:07",
            "sound MP3 about 0:11",
            "voice note AMR 0:02",
            "document PDF, 3 pages",
            "document RTF",
            "page HTML",
            "contact card",
        ]
    );
}

#[test]
fn documents_give_their_first_words() {
    assert_eq!(text(&docx()).text, "Minutes & actions\nFirst\tpoint");
    assert_eq!(
        text(b"{\\rtf1\\ansi Dear all,\\par the plan}").text,
        "Dear all,\nthe plan"
    );
    assert_eq!(text(b"<!DOCTYPE html><p>One<p>Two").text, "One\n\nTwo");
    assert_eq!(text("naïve, ±".as_bytes()).text, "naïve, ±");
    assert_eq!(text(b"caf\xE9").text, "café");
    assert_eq!(text(b"\xFF\xFEh\0i\0").text, "hi");
    let card = text(samples().last().unwrap()).text;
    assert_eq!(card, "BEGIN:VCARD\nFN:Ann Example\nPHOTO: ...\nEND:VCARD");
    let sheet = zip(&[
        (
            "xl/sharedStrings.xml",
            "<sst><si><t>Name</t></si><si><t>Cost</t></si></sst>",
        ),
        (
            "xl/worksheets/sheet1.xml",
            "<sheetData><row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c></row>\
             <row><c t=\"inlineStr\"><is><t>PPE</t></is></c><c><v>12.5</v></c></row></sheetData>",
        ),
    ]);
    let sheet = text(&sheet);
    assert_eq!(sheet.text, "Name\tCost\nPPE\t12.5");
    assert_eq!(sheet.describe(), "table Excel, 1 sheet");
    let open = zip(&[
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        (
            "content.xml",
            "<text:h>Head</text:h><text:p>Body<text:s/>text</text:p>",
        ),
    ]);
    assert_eq!(text(&open).text, "Head\nBody text");
    let long = text("word ".repeat(10_000).as_bytes());
    assert!(long.goes_on && long.text.len() <= MOST_TEXT);
    assert_eq!(text(b"a\0b\x01\x02").is, None);
}

#[test]
fn a_name_or_a_type_that_claims_otherwise_is_told() {
    let picture = line(&png(1, 1));
    assert_eq!(picture.otherwise("a.png", "image/jpeg"), None);
    assert_eq!(
        picture.otherwise("a.pdf", "").unwrap(),
        "its name says .pdf"
    );
    assert_eq!(
        picture.otherwise("a", "video/mp4").unwrap(),
        "the export says video/mp4"
    );
    assert_eq!(picture.otherwise("Minutes of 3.4", ""), None);
    assert_eq!(
        line(&opus(48_000, 1)).otherwise("PTT-1.opus", "audio/ogg; codecs=opus"),
        None
    );
    assert_eq!(line(b"a,b\n1,2\n").otherwise("a.csv", "text/csv"), None);
    assert_eq!(line(b"MZ\x90\0").is, None);
    let mut program = b"MZ\x90\0".to_vec();
    program.resize(200, 0);
    assert_eq!(
        line(&program).otherwise("invoice.pdf", "").unwrap(),
        "its name says .pdf"
    );
}

#[test]
fn what_was_not_read_to_its_end_has_no_length() {
    let whole = opus(48_000 * 60, 5_000);
    assert!(whole.len() as u64 > BRIEF);
    assert_eq!(line(&whole).length, None);
    assert_eq!(text(&whole).length.unwrap().clock(), "1:00");
    // What is cut short ends where it ends: the length of what is there.
    let cut = &opus(48_000 * 60, 10)[..6_000];
    assert!(text(cut).length.unwrap().milliseconds < 60_000);
}

#[test]
fn a_stream_that_fails_is_told() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let bytes = png(3, 4);
    let told = Content::read(bytes.as_slice().chain(Fails), None, Depth::Text);
    assert!(told.trouble.contains("the disk is gone"));
    assert_eq!(
        (told.size, told.is, told.pixels),
        (None, Some(Type::Png), Some((3, 4)))
    );
}

/// Little is read of what unpacks to much.
#[test]
fn a_bomb_costs_a_bounded_amount() {
    let bomb = zip(&[("word/document.xml", &"<w:p>".repeat(4 << 20))]);
    assert!(text(&bomb).text.len() <= MOST_TEXT);
}

proptest! {
    #[test]
    fn anything_at_all_ends_in_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..3_000)) {
        for depth in [Depth::Line, Depth::Text] {
            let told = Content::read(bytes.as_slice(), None, depth);
            prop_assert!(told.text.len() <= MOST_TEXT);
            told.describe();
        }
    }

    #[test]
    fn damaged_and_cut_files_end_in_an_answer(
        which in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
    ) {
        let all = samples();
        let mut bytes = which.get(&all).clone();
        bytes.truncate(cut.index(bytes.len()) + 1);
        for (at, byte) in &damage {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        for depth in [Depth::Line, Depth::Text] {
            let told = Content::read(bytes.as_slice(), Some(bytes.len() as u64), depth);
            prop_assert!(told.text.len() <= MOST_TEXT);
            told.describe();
            told.otherwise("a.jpg", "video/mp4");
        }
    }

    #[test]
    fn lengths_read_back(seconds in 1u64..400_000, pages in 1u64..40, milliseconds in 1u32..) {
        let told = line(&opus(seconds * 48, pages));
        prop_assert_eq!(told.length.unwrap().milliseconds, seconds);
        let told = line(&mp4(b"isom", milliseconds, true));
        let length = told.length.map(|length| length.milliseconds);
        prop_assert!(length == Some(u64::from(milliseconds)) || u64::from(milliseconds) > 2_592_000_000);
    }
}
