use super::*;
use proptest::prelude::*;
use std::io::Cursor;

const SECRET: &str = "Jessamy Planted";

/// What the open set has of these bytes, and what is gone.
fn cleaned(bytes: &[u8]) -> (Vec<u8>, Vec<&'static str>) {
    let mut file = Cursor::new(bytes);
    match examine(&mut file).unwrap() {
        Properties::None => (bytes.to_vec(), Vec::new()),
        Properties::Removed(clean) => {
            let mut out = Vec::new();
            clean.write(&mut file, &mut out).unwrap();
            (out, clean.removed.into_iter().collect())
        }
        Properties::Withheld(why) => panic!("{why}"),
    }
}

fn withheld(bytes: &[u8]) -> &'static str {
    match examine(&mut Cursor::new(bytes)).unwrap() {
        Properties::Withheld(why) => why,
        other => panic!("{other:?}"),
    }
}

/// The copy without the secret, looked at again and found bare.
fn bare(bytes: &[u8]) -> (Vec<u8>, Vec<&'static str>) {
    let holds = |bytes: &[u8]| memchr::memmem::find(bytes, SECRET.as_bytes()).is_some();
    assert!(holds(bytes));
    let (copy, removed) = cleaned(bytes);
    assert!(!holds(&copy), "{removed:?}");
    assert_eq!(cleaned(&copy), (copy.clone(), Vec::new()));
    (copy, removed)
}

fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], &length[..], payload].concat()
}

/// Exif that is to be turned, says where it was taken, and holds a text.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend([0; 4]);
    tiff.extend(SECRET.as_bytes());
    tiff
}

fn jpeg_with(extra: &[Vec<u8>], tail: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8];
    bytes.extend(segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"));
    bytes.extend(extra.concat());
    bytes.extend(segment(0xDB, &[1; 65]));
    bytes.extend(segment(0xC2, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]));
    for scan in 0..2 {
        bytes.extend(segment(0xC4, &[2; 18]));
        bytes.extend(segment(0xDA, &[1, 1, 0, 0, 63, scan]));
        bytes.extend([7, 0xFF, 0x00, 9, 0xFF, 0xD0, 3, 0xFF, 0xFF, 0x00, 8]);
    }
    bytes.extend([0xFF, 0xD9]);
    bytes.extend(tail);
    bytes
}

#[test]
fn a_photo_keeps_its_pixels_and_how_it_is_turned() {
    let plain = jpeg_with(&[], b"");
    assert_eq!(cleaned(&plain), (plain.clone(), Vec::new()));
    let extra = [
        segment(0xE1, &[b"Exif\0\0", exif(6).as_slice()].concat()),
        segment(
            0xE1,
            &[b"http://ns.adobe.com/xap/1.0/\0", SECRET.as_bytes()].concat(),
        ),
        segment(0xED, SECRET.as_bytes()),
        segment(0xE2, b"ICC_PROFILE\0\x01\x01 profile"),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01"),
        segment(0xFE, SECRET.as_bytes()),
    ];
    let (copy, removed) = bare(&jpeg_with(&extra, SECRET.as_bytes()));
    let turned = segment(
        0xE1,
        &[b"Exif\0\0", only_orientation(6).as_slice()].concat(),
    );
    let adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01");
    assert_eq!(copy, jpeg_with(&[turned, adobe], b""));
    let all = [
        "Exif",
        "IPTC",
        "XMP",
        "bytes after its end",
        "colour profile",
        "comments",
        "position",
    ];
    assert_eq!(removed, all);
    // One that is not turned needs no Exif at all.
    let upright = segment(0xE1, &[b"Exif\0\0", exif(1).as_slice()].concat());
    assert_eq!(bare(&jpeg_with(&[upright], b"")).0, plain);
    let thumbnail = segment(0xE0, &[b"JFXX\0\x10", SECRET.as_bytes()].concat());
    assert_eq!(bare(&jpeg_with(&[thumbnail], b"")).0, plain);
    assert_eq!(withheld(b"\xff\xd8\xff\xe0\xff\xff cut"), SHORT);
    let other = [&plain[..plain.len() - 2], &[0xFF, 0x02, 0, 2]].concat();
    assert_eq!(withheld(&other), ODD);
}

fn only_orientation(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0]);
    tiff
}

fn chunk(name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(name);
    sum.update(payload);
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length, &name[..], payload, &sum.sum().to_be_bytes()].concat()
}

fn png_with(extra: &[Vec<u8>], tail: &[u8]) -> Vec<u8> {
    let head = chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
    let rest = [chunk(b"IDAT", b"pixels"), chunk(b"IEND", b"")].concat();
    [
        b"\x89PNG\r\n\x1a\n",
        head.as_slice(),
        &extra.concat(),
        &rest,
        tail,
    ]
    .concat()
}

#[test]
fn chunks_that_pixels_are_made_of_stay() {
    let secret = SECRET.as_bytes();
    let extra = [
        chunk(b"tEXt", &[b"Author\0", secret].concat()),
        chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", secret].concat()),
        chunk(b"tIME", &[7, 227, 7, 23, 0, 0, 0]),
        chunk(b"iCCP", secret),
        chunk(b"pHYs", &[0; 9]),
        chunk(b"eXIf", &exif(3)),
        chunk(b"prIV", secret),
    ];
    let (copy, removed) = bare(&png_with(&extra, secret));
    let kept = [
        chunk(b"pHYs", &[0; 9]),
        chunk(b"eXIf", &only_orientation(3)),
    ];
    assert_eq!(copy, png_with(&kept, b""));
    assert_eq!(removed.len(), 8, "{removed:?}");
    assert_eq!(withheld(&png_with(&[chunk(b"NEED", b"")], b"")), ODD);
}

fn riff(kind: &[u8; 4], chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = kind.to_vec();
    for (name, payload) in chunks {
        body.extend(*name);
        body.extend(u32::try_from(payload.len()).unwrap().to_le_bytes());
        body.extend(*payload);
        body.extend(vec![0; payload.len() % 2]);
    }
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    [b"RIFF", &length[..], &body].concat()
}

#[test]
fn a_sticker_loses_its_maker_and_a_recording_its_tags() {
    let secret = SECRET.as_bytes();
    let head = |flags: u8| [flags, 0, 0, 0, 1, 0, 0, 1, 0, 0];
    let full: &[(&[u8; 4], &[u8])] = &[
        (b"VP8X", &head(0b0011_1100)),
        (b"ICCP", secret),
        (b"VP8L", b"pixel"),
        (b"EXIF", secret),
        (b"XMP ", secret),
        (b"odd!", secret),
    ];
    let (copy, removed) = bare(&[riff(b"WEBP", full).as_slice(), secret].concat());
    let plain: &[(&[u8; 4], &[u8])] = &[(b"VP8X", &head(0b0001_0000)), (b"VP8L", b"pixel")];
    assert_eq!(copy, riff(b"WEBP", plain));
    assert_eq!(removed.len(), 5, "{removed:?}");
    let turned = exif(8);
    let full: &[(&[u8; 4], &[u8])] = &[
        (b"VP8X", &head(8)),
        (b"VP8 ", b"pixels"),
        (b"EXIF", &turned),
    ];
    let (copy, _) = bare(&riff(b"WEBP", full));
    let upright = only_orientation(8);
    let plain: &[(&[u8; 4], &[u8])] = &[
        (b"VP8X", &head(8)),
        (b"VP8 ", b"pixels"),
        (b"EXIF", &upright),
    ];
    assert_eq!(copy, riff(b"WEBP", plain));
    let full: &[(&[u8; 4], &[u8])] =
        &[(b"fmt ", &[1; 16]), (b"LIST", secret), (b"data", b"sound!")];
    let plain: &[(&[u8; 4], &[u8])] = &[(b"fmt ", &[1; 16]), (b"data", b"sound!")];
    assert_eq!(
        bare(&riff(b"WAVE", full)),
        (riff(b"WAVE", plain), vec!["tags"])
    );
}

#[test]
fn a_moving_picture_keeps_its_pictures() {
    let block = |bytes: &[u8]| [&[u8::try_from(bytes.len()).unwrap()], bytes, &[0]].concat();
    let secret = block(SECRET.as_bytes());
    let repeat = [b"\x21\xff\x0bNETSCAPE2.0".as_slice(), &block(&[1, 0, 0])].concat();
    let picture = [
        b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02".as_slice(),
        &block(b"LZ"),
    ]
    .concat();
    let gif = |extra: &[u8], tail: &[u8]| {
        let head = b"GIF89a\x01\0\x01\0\x80\0\0abcdef";
        [
            head.as_slice(),
            &repeat,
            extra,
            &picture,
            &picture,
            b"\x3b",
            tail,
        ]
        .concat()
    };
    let extra = [
        [b"\x21\xfe".as_slice(), &secret].concat(),
        [b"\x21\xff\x0bXMP DataXMP".as_slice(), &secret].concat(),
        [b"\x21\x01\x0c............".as_slice(), &secret].concat(),
    ];
    let (copy, removed) = bare(&gif(&extra.concat(), SECRET.as_bytes()));
    assert_eq!(copy, gif(b"", b""));
    assert_eq!(removed, ["XMP", "bytes after its end", "comments", "texts"]);
}

fn atom(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
    [&length, &name[..], body].concat()
}

/// A film whose sound is at a place that a box names; `kind` is what its track holds.
fn film(kind: &[u8; 4], dated: u8, tags: &[u8], around: &[u8]) -> Vec<u8> {
    let mut head = vec![0; 100];
    head[4..12].fill(dated);
    let mut handler = vec![0; 24];
    handler[8..12].copy_from_slice(kind);
    handler.extend(match dated {
        0 => vec![0; 16],
        _ => [SECRET.as_bytes(), &[0]].concat(),
    });
    let data = atom(b"dref", b"\0\0\0\0\0\0\0\x01\0\0\0\x0curl \0\0\0\x01");
    let data = atom(b"dinf", &data);
    let table = atom(
        b"stbl",
        &atom(b"stco", &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 9]),
    );
    let info = atom(b"minf", &[atom(b"smhd", &[0; 8]), data, table].concat());
    let media = [atom(b"mdhd", &head[..24]), atom(b"hdlr", &handler), info].concat();
    let track = [atom(b"tkhd", &head[..84]), atom(b"mdia", &media)].concat();
    let movie = [atom(b"mvhd", &head), atom(b"trak", &track), tags.to_vec()].concat();
    [
        atom(b"ftyp", b"mp42\0\0\0\0isom"),
        atom(b"moov", &movie),
        around.to_vec(),
        atom(b"mdat", b"the sound"),
    ]
    .concat()
}

#[test]
fn a_film_keeps_every_place_in_it() {
    let secret = SECRET.as_bytes();
    let tags = atom(b"udta", &atom(b"\xa9xyz", secret));
    let around = [atom(b"uuid", secret), atom(b"free", secret)].concat();
    let with = film(b"soun", 9, &tags, &around);
    let (copy, removed) = bare(&with);
    assert_eq!(copy.len(), with.len());
    let free = |bytes: &[u8]| atom(b"free", &vec![0; bytes.len() - 8]);
    let around = [free(&atom(b"uuid", secret)), free(&atom(b"free", secret))].concat();
    assert_eq!(copy, film(b"soun", 0, &free(&tags), &around));
    let all = [
        "dates",
        "left-over bytes",
        "names of tracks",
        "tags and position",
    ];
    assert_eq!(removed, all);
    assert_eq!(withheld(&film(b"mebx", 0, b"", b"")), film::TRACK);
    assert!(withheld(&film(b"soun", 0, b"", &atom(b"what", b""))).contains("does not know"));
}

fn page(flags: u8, number: u32, packets: &[&[u8]]) -> Vec<u8> {
    let mut laces = Vec::new();
    for packet in packets {
        laces.extend(vec![255; packet.len() / 255]);
        laces.push(u8::try_from(packet.len() % 255).unwrap());
    }
    let mut page = [b"OggS\0".as_slice(), &[flags], &[0; 8], &[1, 2, 3, 4]].concat();
    page.extend(number.to_le_bytes());
    page.extend([0; 4]);
    page.push(u8::try_from(laces.len()).unwrap());
    page.extend(laces);
    page.extend(packets.concat());
    let sum = page.iter().fold(0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            (sum << 1) ^ ((sum >> 31) * 0x04C1_1DB7)
        })
    });
    page[22..26].copy_from_slice(&sum.to_le_bytes());
    page
}

#[test]
fn a_voice_note_keeps_its_sound_and_its_pages() {
    let tags = |maker: &str, comments: &[&str]| {
        let mut packet = b"OpusTags".to_vec();
        packet.extend(u32::try_from(maker.len()).unwrap().to_le_bytes());
        packet.extend(maker.as_bytes());
        packet.extend(u32::try_from(comments.len()).unwrap().to_le_bytes());
        for one in comments {
            packet.extend(u32::try_from(one.len()).unwrap().to_le_bytes());
            packet.extend(one.as_bytes());
        }
        packet
    };
    let note = |packet: &[u8]| {
        let head = page(2, 0, &[b"OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0"]);
        let sound = page(4, 2, &[b"sound", &[7; 300]]);
        [head, page(0, 1, &[packet]), sound].concat()
    };
    let plain = note(&tags("libopus 1.4", &[]));
    assert_eq!(cleaned(&plain), (plain.clone(), Vec::new()));
    let long = "x".repeat(700);
    let full = tags("WhatsApp", &[&format!("artist={SECRET}"), &long]);
    let (copy, removed) = bare(&note(&full));
    let mut empty = tags("WhatsApp", &[]);
    empty.resize(full.len(), 0);
    assert_eq!((copy, removed), (note(&empty), vec!["tags"]));
    // A maker that nobody knows may be a person.
    bare(&note(&tags(SECRET, &[])));
    let two = [plain.clone(), page(2, 0, &[b"OpusHead"])].concat();
    assert!(withheld(&two).contains("more than one stream"));
}

#[test]
fn sounds_in_frames_keep_their_frames() {
    let frame = [&[0xFF, 0xFB, 0x90, 0x00], [5; 413].as_slice()].concat();
    let sound = frame.repeat(3);
    let secret = SECRET.as_bytes();
    let size = [0, 0, 0, u8::try_from(secret.len()).unwrap()];
    let before = [b"ID3\x04\0\0".as_slice(), &size, secret, &[0; 9]].concat();
    let after = [b"TAG".as_slice(), secret, &[0; 110]].concat();
    let (copy, removed) = bare(&[before, sound.clone(), after].concat());
    assert_eq!(
        (copy, removed),
        (sound.clone(), vec!["parts of programs", "tags"])
    );
    let odd = [sound, b"what is this?".to_vec()].concat();
    assert!(withheld(&odd).contains("no sound"));
    let note = [b"#!AMR\n".as_slice(), &[0x3C], &[9; 31], &[0x3C], &[8; 31]].concat();
    assert_eq!(cleaned(&note), (note.clone(), Vec::new()));
    assert!(withheld(&[note.as_slice(), secret].concat()).contains("no sound"));
    let flac = |extra: &[u8], last: u8| {
        let info = [&[0x80 * last, 0, 0, 34], [1; 34].as_slice()].concat();
        [b"fLaC".as_slice(), &info, extra, &[0xFF, 0xF8, 1, 2, 3]].concat()
    };
    let comment = [&[0x84, 0, 0, u8::try_from(secret.len()).unwrap()], secret].concat();
    assert_eq!(bare(&flac(&comment, 0)).0, flac(b"", 1));
}

fn zipped<B: AsRef<[u8]>>(parts: &[(&str, B)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, body) in parts {
        let options =
            zip::write::SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
        zip.start_file(*name, options).unwrap();
        zip.write_all(body.as_ref()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn parts(bytes: &[u8]) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut file = zip.by_index(at).unwrap();
            let name = file.name().unwrap().into_owned();
            (name, io::read_to_string(&mut file).unwrap())
        })
        .collect()
}

#[test]
fn a_document_keeps_its_text() {
    let types = "<Types><Override PartName=\"/docProps/core.xml\"/><Override PartName=\"/word/document.xml\"/></Types>";
    let rels = "<Relationships><Relationship Id=\"1\" Target=\"docProps/core.xml\"/><Relationship Id=\"2\" Target=\"word/document.xml\"/></Relationships>";
    let text = "<w:document>what it says</w:document>";
    let full = [
        ("[Content_Types].xml", types),
        ("_rels/.rels", rels),
        ("word/document.xml", text),
        ("docProps/core.xml", SECRET),
    ];
    let (copy, removed) = cleaned(&zipped(&full));
    assert_eq!(removed, ["title, author and dates"]);
    assert_eq!(cleaned(&copy), (copy.clone(), Vec::new()));
    let wanted = [
        (
            "[Content_Types].xml",
            "<Types><Override PartName=\"/word/document.xml\"/></Types>",
        ),
        (
            "_rels/.rels",
            "<Relationships><Relationship Id=\"2\" Target=\"word/document.xml\"/></Relationships>",
        ),
        ("word/document.xml", text),
    ];
    assert_eq!(
        parts(&copy),
        wanted.map(|(name, body)| (name.into(), body.into()))
    );
    for (name, body, why) in [
        ("word/comments.xml", "<w:comment/>", "comments"),
        (
            "word/document2.xml",
            "<document><w:ins w:author=\"x\"/></document>",
            "comments",
        ),
        ("word/embeddings/a.docx", "", "other files"),
        ("word/media/a.jpg", "\u{0}", "other files"),
        (
            "word/media/a.svg",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
            "picture",
        ),
        (
            "word/media/a.txt",
            "words that nobody is shown",
            "other files",
        ),
        ("word/vbaProject.bin", "", "other files"),
    ] {
        let with = [full.as_slice(), &[(name, body)]].concat();
        assert!(withheld(&zipped(&with)).contains(why), "{name}");
    }
    let inner = zipped(&full[..3]);
    assert_eq!(cleaned(&inner).1, [""; 0]);
    let nested = [
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", rels.as_bytes()),
        ("word/media/image1.png", &inner),
    ];
    assert!(withheld(&zipped(&nested)).contains("other files"));
    let open = [
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", "<office:document-content/>"),
        ("meta.xml", SECRET),
        (
            "META-INF/manifest.xml",
            "<manifest:manifest><manifest:file-entry manifest:full-path=\"meta.xml\"/></manifest:manifest>",
        ),
    ];
    let (copy, _) = cleaned(&zipped(&open));
    let names: Vec<String> = parts(&copy).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["mimetype", "content.xml", "META-INF/manifest.xml"]);
    assert!(withheld(&zipped(&[("a.txt", "x")])).contains("archives"));
}

const WORKED: &str = "who worked on it";

/// A document of Office's with this part in it.
fn office(name: &str, body: &[u8]) -> Vec<u8> {
    let parts: [(&str, &[u8]); 3] = [
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", b"<Relationships/>"),
        (name, body),
    ];
    zipped(&parts)
}

/// An OpenDocument with this content.
fn open_document(content: &[u8]) -> Vec<u8> {
    let parts: [(&str, &[u8]); 3] = [
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", content),
        ("META-INF/manifest.xml", b"<manifest/>"),
    ];
    zipped(&parts)
}

/// Text in UTF-16, with or without a mark of it.
fn wide(text: &str, is_little: bool, is_marked: bool) -> Vec<u8> {
    let units = is_marked.then_some(0xFEFF).into_iter();
    units
        .chain(text.encode_utf16())
        .flat_map(|unit| match is_little {
            true => unit.to_le_bytes(),
            false => unit.to_be_bytes(),
        })
        .collect()
}

#[test]
fn no_spelling_hides_who_changed_a_document() {
    let word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
    for text in [
        format!("<q:document xmlns:q='{word}'><q:ins q:id='1'/></q:document>"),
        format!("<document xmlns=\"{word}\"><p\n author\t=\r\n'J'></p></document>"),
        "<document><r><x:delText>what was deleted</x:delText></r></document>".into(),
        "<document><m:moveTo xmlns:m='urn:m'/></document>".into(),
        "<document><moveTo/></document>".into(),
        "<document><p.p:rPrChange/></document>".into(),
        "<document><b><!-- --><w:commentRangeStart\n/></b></document>".into(),
        "<document><w:permStart w:ed=\"OFFICE\\jane\"/></document>".into(),
        "<document><b><c b='>' z:userName='J'/></b></document>".into(),
        "<x:comments/>".into(),
        "<x:cmLst/>".into(),
        "<q:authorLst><q:author name='J'/></q:authorLst>".into(),
        "<people/>".into(),
        "<workbook><customWorkbookViews><y:customWorkbookView/></customWorkbookViews></workbook>"
            .into(),
        "<worksheet><c q:refreshedBy = \"J\" /></worksheet>".into(),
        "<presentation><pc:chgData name='J'/></presentation>".into(),
    ] {
        for body in [
            text.clone().into_bytes(),
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            wide(&text, true, true),
            wide(&text, false, true),
            wide(&text, true, false),
            wide(&text, false, false),
        ] {
            assert!(
                withheld(&office("word/part.xml", &body)).contains(WORKED),
                "{text}"
            );
        }
    }
    for inside in [
        "<x:creator xmlns:x='http://purl.org/dc/elements/1.1/'>J</x:creator>",
        "<creator>J</creator>",
        "<o:change-info/>",
        "<t:tracked-changes  />",
        "<t:deletion><p>what was deleted</p></t:deletion>",
        "<o:annotation\n/>",
        "<z:encryption-data/>",
    ] {
        let text = format!("<office:document-content><b>{inside}</b></office:document-content>");
        for body in [text.clone().into_bytes(), wide(&text, true, true)] {
            assert!(withheld(&open_document(&body)).contains(WORKED), "{text}");
        }
    }
}

#[test]
fn what_only_looks_like_a_change_stays() {
    let drawing = "http://schemas.openxmlformats.org/drawingml/2006/main";
    for text in [
        "<w:document><w:t>&lt;w:ins w:author=\"J\"&gt;</w:t></w:document>".into(),
        "<w:document><w:t><![CDATA[<w:ins w:author='J'>]]></w:t></w:document>".into(),
        "<w:document><w:t w:val='w:author=&quot;J&quot;'/></w:document>".into(),
        format!("<document><a:path xmlns:a='{drawing}'><a:moveTo/></a:path></document>"),
        "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\r\n<document/>\n".into(),
    ] {
        let document = office("word/document.xml", text.as_bytes());
        assert_eq!(cleaned(&document).1, [""; 0], "{text}");
    }
    let shown = "<document-content><t:creator xmlns:t='urn:oasis:names:tc:opendocument:xmlns:text:1.0'>J</t:creator></document-content>";
    assert_eq!(cleaned(&open_document(shown.as_bytes())).1, [""; 0]);
}

#[test]
fn a_part_that_could_be_read_otherwise_is_withheld() {
    for text in [
        "<!DOCTYPE document [<!ENTITY a '<w:ins/>'>]><document>&a;</document>",
        "<?xml version='1.0' encoding='ISO-8859-1'?><document/>",
        "<?xml version='1.0' encoding='UTF-7'?><document/>",
        "<?xml version='1.1'?><document/>",
        "<document><w:p></document>",
        "<document/><document/>",
        "<document>",
        "<document a=b/>",
        "<document a='1'b='2'/>",
        "<document a='&who;'/>",
        "<document a='<'/>",
        "<document a/>",
        "<document a='1/>",
        "<document>\u{1}</document>",
        "<document>a < b</document>",
        "<document></document >x",
        "words",
        "",
    ] {
        assert_eq!(
            withheld(&office("word/document.xml", text.as_bytes())),
            ODD,
            "{text}"
        );
    }
    let torn = [b"\xFF\xFE".as_slice(), &[b'<', 0, 0xD8]].concat();
    assert_eq!(withheld(&office("word/document.xml", &torn)), ODD);
    // What a part is, its root tells.
    for (name, body) in [
        (
            "word/document.xml",
            "<cp:coreProperties><a/></cp:coreProperties>",
        ),
        (
            "meta/app.xml",
            "<Properties><Company>J</Company></Properties>",
        ),
        ("ppt/tags/tag1.xml", "<p:tagLst/>"),
        (
            "xl/pivotCache/pivotCacheRecords1.xml",
            "<pivotCacheRecords/>",
        ),
        ("_xmlsignatures/sig1.xml", "<Signature/>"),
    ] {
        assert!(
            withheld(&office(name, body.as_bytes())).contains("other files"),
            "{name}"
        );
    }
    let rels = |inside: &str| format!("<Relationships>{inside}</Relationships>");
    for text in [
        "<document><pic descr=' FILE:///home/jane/a.png'/></document>".to_owned(),
        rels("<r:Relationship TargetMode = 'External' Type='x/image' Target='a.png'/>"),
        rels("<Relationship Type='x/hyperlink' TargetMode='External' Target='C:\\Users\\jane'/>"),
    ] {
        let document = office("word/part.xml", text.as_bytes());
        assert!(withheld(&document).contains("somebody's disk"), "{text}");
    }
    let named = [
        ("mimetype", SECRET),
        ("content.xml", "<document-content/>"),
        ("META-INF/manifest.xml", "<manifest/>"),
    ];
    assert!(withheld(&zipped(&named)).contains("other files"));
}

#[test]
fn lists_are_cut_however_they_are_spelled() {
    let kept = "<q:Relationship Id='3' Type='x/hyperlink' TargetMode='External' Target='https://x.test/'/>";
    let rels = format!(
        "<?xml version='1.0'?><!-- {SECRET} --><q:Relationships xmlns:q='u'>\
         <q:Relationship\n Id='1' Target = 'docProps&#x2F;core.xml'></q:Relationship>\
         <?program {SECRET}?>{kept}\
         <q:Relationship Type='x/attachedTemplate' TargetMode='External' Target='file:///C:/{SECRET}.dotx'/>\
         </q:Relationships>"
    );
    let settings = format!(
        "<s:settings><docVars><docVar val='{SECRET}'><!-- {SECRET} --></docVar></docVars><s:zoom/></s:settings>"
    );
    let bare_rels =
        format!("<?xml version='1.0'?><q:Relationships xmlns:q='u'>{kept}</q:Relationships>");
    let document = |rels: &[u8], settings: &str| {
        let parts: [(&str, &[u8]); 3] = [
            ("[Content_Types].xml", b"<Types/>"),
            ("_rels/.rels", rels),
            ("word/settings2.xml", settings.as_bytes()),
        ];
        // Stored, so that the secret is to be seen.
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, body) in parts {
            let options = zip::write::SimpleFileOptions::default()
                .compression_method(zip::CompressionMethod::Stored)
                .last_modified_time(zip::DateTime::default());
            zip.start_file(name, options).unwrap();
            zip.write_all(body).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    let (copy, removed) = bare(&document(rels.as_bytes(), &settings));
    assert_eq!(removed, ["parts of programs", "where it was stored"]);
    let texts: Vec<String> = parts(&copy).into_iter().map(|(_, body)| body).collect();
    assert_eq!(
        texts,
        ["<Types/>", &bare_rels, "<s:settings><s:zoom/></s:settings>"]
    );
    // A copy is coded as its original.
    let (copy, _) = bare(&document(&wide(&rels, false, true), &settings));
    let mut zip = zip::ZipArchive::new(Cursor::new(copy)).unwrap();
    let mut body = Vec::new();
    zip.by_index(1).unwrap().read_to_end(&mut body).unwrap();
    assert_eq!(body, wide(&bare_rels, false, true));
}

#[test]
fn what_a_zip_holds_beside_its_parts_goes() {
    let plain = office("word/document.xml", b"<document/>");
    assert_eq!(cleaned(&plain), (plain.clone(), Vec::new()));
    let list = memchr::memmem::find(&plain, b"PK\x01\x02").unwrap();
    let end = plain.len() - 22;
    // A part that the list no longer names, as a program leaves it that writes changes behind.
    let mut with = [&plain[..list], SECRET.as_bytes(), &plain[list..]].concat();
    let moved = u32::try_from(list + SECRET.len()).unwrap().to_le_bytes();
    let at = with.len() - 6;
    with[at..at + 4].copy_from_slice(&moved);
    let (copy, removed) = bare(&with);
    assert_eq!(removed, ["times and names in the zip"]);
    assert_eq!(parts(&copy), parts(&plain));
    let after_list = [&plain[..end], SECRET.as_bytes(), &plain[end..]].concat();
    bare(&after_list);
}

#[test]
fn what_stands_behind_a_packed_stream_goes() {
    let plain = office("word/document.xml", b"<document/>");
    // The last part, which its own header and the list both say is so much longer than its stream.
    let list = memchr::memmem::find(&plain, b"PK\x01\x02").unwrap();
    let own = memchr::memmem::rfind(&plain, b"PK\x03\x04").unwrap();
    let listed = memchr::memmem::rfind(&plain, b"PK\x01\x02").unwrap();
    let mut with = [&plain[..list], SECRET.as_bytes(), &plain[list..]].concat();
    let more = u32::try_from(SECRET.len()).unwrap();
    let end = with.len();
    for at in [own + 18, listed + SECRET.len() + 20, end - 6] {
        let number = u32::from_le_bytes(with[at..at + 4].try_into().unwrap());
        with[at..at + 4].copy_from_slice(&(number + more).to_le_bytes());
    }
    assert_eq!(parts(&with), parts(&plain));
    let (copy, removed) = bare(&with);
    assert_eq!(removed, ["times and names in the zip"]);
    assert_eq!(parts(&copy), parts(&plain));
}

#[test]
fn markup_and_other_formats_do_not_pass_as_text() {
    for text in [
        "<office:document office:version=\"1.3\"><office:meta/></office:document>",
        "\u{feff} \n<w:wordDocument><o:Author>x</o:Author></w:wordDocument>",
        "<?xpacket begin=''?><x:xmpmeta/>",
        "<!DOCTYPE svg><svg/>",
        "minutes <META name=author content=x>",
        "a line <!-- and one that no page shows -->",
        "\n%PDF-1.4\n1 0 obj<</Author (x)>>endobj",
        " {\\rtf1{\\info{\\author x}}}",
    ] {
        assert_eq!(withheld(text.as_bytes()), super::KIND, "{text}");
        assert_eq!(withheld(&wide(text, true, true)), super::KIND, "{text}");
    }
    let packed = [vec![b'a'; 5000], vec![0; 200]].concat();
    assert_eq!(withheld(&packed), super::KIND);
    for text in ["a < b, and", "<3", "<https://example.org>", "- <name> left"] {
        assert_eq!(cleaned(text.as_bytes()).1, [""; 0], "{text}");
    }
}

#[test]
fn what_is_not_understood_is_withheld() {
    assert_eq!(withheld(b""), "docket cannot tell what kind of file it is");
    assert!(withheld(b"\0\0\0\x18ftypheic\0\0\0\0").contains("HEIF"));
    assert!(withheld(b"%PDF-1.4\ntrailer<</Info 3 0 R>>\n%%EOF\n").contains("PDF"));
    let plain = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
    assert_eq!(cleaned(plain), (plain.to_vec(), Vec::new()));
    assert_eq!(cleaned(b"a list, as text").1, [""; 0]);
}

proptest! {
    #[test]
    fn no_bytes_are_too_much(head in 0_usize..12, bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let heads: [&[u8]; 12] = [
            b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x40\0\0\0WEBP", b"OggS\0\x02",
            b"ID3\x04\0\0\0\0\0\x05", b"RIFF\x40\0\0\0WAVE", b"fLaC", b"\0\0\0\x0cftypmp42\0\0\0",
            b"PK\x03\x04", b"caff\0\x01\0\0", b"BM",
        ];
        let bytes = [heads[head], &bytes].concat();
        let _ = examine(&mut Cursor::new(&bytes)).unwrap();
    }

    #[test]
    fn a_damaged_file_is_withheld_or_its_copy_is_bare(at in any::<prop::sample::Index>(), byte in any::<u8>(), which in 0_usize..4) {
        let secret = SECRET.as_bytes();
        let mut bytes = match which {
            0 => jpeg_with(&[segment(0xE1, &[b"Exif\0\0", exif(6).as_slice()].concat())], b""),
            1 => png_with(&[chunk(b"tEXt", secret)], b""),
            2 => film(b"vide", 9, &atom(b"udta", secret), b""),
            _ => riff(b"WEBP", &[(b"VP8L", b"pixel"), (b"EXIF", secret)]),
        };
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let mut file = Cursor::new(&bytes);
        if let Properties::Removed(clean) = examine(&mut file).unwrap() {
            let mut copy = Vec::new();
            clean.write(&mut file, &mut copy).unwrap();
            let again = examine(&mut Cursor::new(&copy)).unwrap();
            prop_assert!(matches!(again, Properties::None), "{:?}", again);
        }
    }

    /// However a document is spelled: one that says who changed it is withheld, and the others are not.
    #[test]
    fn every_spelling_of_a_change_is_found(
        prefix in "([a-z][a-z0-9.-]{0,4}:)?",
        blanks in prop::collection::vec("[ \\t\\r\\n]{1,3}", 3),
        quote in "[\"']",
        coding in 0_usize..6,
        mark in prop::sample::select(vec![
            ("ins", "id"), ("del", "id"), ("moveFrom", "id"), ("pPrChange", "id"), ("p", "author"),
            ("commentReference", "id"), ("p", "userName"), ("p", "id"), ("run", "val"),
        ]),
        text in "[a-z =\"']{0,12}",
    ) {
        let (element, attribute) = mark;
        let [before, around, after] = [&blanks[0], &blanks[1], &blanks[2]];
        let written = format!(
            "<document><b>{text}<{prefix}{element}{before}{prefix}{attribute}{around}={after}{quote}x{quote}{around}>\
             {text}</{prefix}{element}{before}></b></document>"
        );
        let body = match coding {
            0 => written.clone().into_bytes(),
            1 => [b"\xEF\xBB\xBF", written.as_bytes()].concat(),
            coding => wide(&written, coding % 2 == 0, coding < 4),
        };
        let found = examine(&mut Cursor::new(office("word/document.xml", &body))).unwrap();
        match (element, attribute) {
            ("p", "id") | ("run", "val") => {
                prop_assert!(matches!(found, Properties::None), "{found:?}")
            }
            _ => prop_assert!(
                matches!(found, Properties::Withheld(why) if why.contains(WORKED)), "{found:?}"
            ),
        }
    }
}
