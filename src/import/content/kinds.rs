//! The types of files that docket knows by their bytes.
//!
//! The marks are those of the formats' own specifications: PNG (RFC 2083), JPEG (ITU-T T.81),
//! GIF89a, RIFF (WebP, WAVE, AVI), ISO/IEC 14496-12 `ftyp` (MP4, M4A, 3GP, QuickTime, HEIF), Ogg (RFC
//! 3533), AMR (RFC 4867), MPEG audio (ISO/IEC 11172-3), FLAC (RFC 9639), EBML (RFC 8794), PDF, ZIP
//! (APPNOTE), compound files ([MS-CFB]), RTF, vCard (RFC 6350), iCalendar (RFC 5545).

/// What kind of thing a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Something to look at.
    Picture,
    /// Something to listen to.
    Sound,
    /// Something that moves.
    Film,
    /// Something to read.
    Document,
    /// Other files, packed.
    Archive,
}

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident = $class:ident, $words:literal, [$($end:literal),*];)*) => {
        /// A type of file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Type {
            $($(#[$doc])* $name,)*
        }

        /// All of them.
        const ALL: &[Type] = &[$(Type::$name),*];

        impl Type {
            /// What kind of thing it is.
            pub fn class(self) -> Class {
                match self {
                    $(Type::$name => Class::$class,)*
                }
            }

            /// As a person calls it: `picture JPEG`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Type::$name => $words,)*
                }
            }

            /// The endings that names of such files have.
            fn endings(self) -> &'static [&'static str] {
                match self {
                    $(Type::$name => &[$($end),*],)*
                }
            }
        }
    };
}

types! {
    /// JPEG.
    Jpeg = Picture, "picture JPEG", ["jpg", "jpeg", "jpe", "jfif", "thumb"];
    /// PNG.
    Png = Picture, "picture PNG", ["png"];
    /// GIF.
    Gif = Picture, "picture GIF", ["gif"];
    /// WebP; stickers are.
    Webp = Picture, "picture WebP", ["webp"];
    /// HEIF and AVIF.
    Heif = Picture, "picture HEIF", ["heic", "heif", "avif", "hif"];
    /// BMP.
    Bmp = Picture, "picture BMP", ["bmp", "dib"];
    /// TIFF.
    Tiff = Picture, "picture TIFF", ["tif", "tiff", "dng", "nef", "cr2"];
    /// SVG, which is text.
    Svg = Picture, "picture SVG", ["svg"];
    /// Opus in Ogg: voice notes of WhatsApp, Telegram and others.
    Opus = Sound, "voice note", ["opus", "ogg", "oga"];
    /// Other sound in Ogg.
    Ogg = Sound, "sound Ogg", ["ogg", "oga", "opus", "ogv"];
    /// Sound in MP4.
    M4a = Sound, "sound M4A", ["m4a", "mp4", "m4b", "m4r", "aac", "3gp", "mov"];
    /// Film in MP4.
    Mp4 = Film, "video MP4", ["mp4", "m4v", "mov"];
    /// Sound in 3GP: voice notes of old telephones.
    Sound3gp = Sound, "voice note 3GP", ["3gp", "3gpp", "3ga", "m4a", "amr"];
    /// Film in 3GP.
    Film3gp = Film, "video 3GP", ["3gp", "3gpp", "3g2", "mp4"];
    /// QuickTime.
    QuickTime = Film, "video QuickTime", ["mov", "qt", "mp4"];
    /// Matroska and WebM.
    Matroska = Film, "video Matroska", ["mkv", "webm", "mka"];
    /// AVI.
    Avi = Film, "video AVI", ["avi"];
    /// AMR: voice notes of old telephones and of MMS.
    Amr = Sound, "voice note AMR", ["amr", "awb", "3gp"];
    /// MPEG audio.
    Mp3 = Sound, "sound MP3", ["mp3", "mpga", "mp2"];
    /// AAC in ADTS.
    Aac = Sound, "sound AAC", ["aac"];
    /// WAVE.
    Wav = Sound, "sound WAV", ["wav"];
    /// FLAC.
    Flac = Sound, "sound FLAC", ["flac"];
    /// Core Audio: voice notes of iMessage.
    Caf = Sound, "voice note CAF", ["caf"];
    /// PDF.
    Pdf = Document, "document PDF", ["pdf"];
    /// Word, since 2007.
    Docx = Document, "document Word", ["docx", "docm", "dotx"];
    /// Excel, since 2007.
    Xlsx = Document, "table Excel", ["xlsx", "xlsm"];
    /// PowerPoint, since 2007.
    Pptx = Document, "slides PowerPoint", ["pptx", "pptm", "ppsx"];
    /// OpenDocument text.
    Odt = Document, "document OpenDocument", ["odt", "ott"];
    /// OpenDocument table.
    Ods = Document, "table OpenDocument", ["ods"];
    /// OpenDocument slides.
    Odp = Document, "slides OpenDocument", ["odp"];
    /// An electronic book.
    Epub = Document, "book EPUB", ["epub"];
    /// Compound files: Office before 2007, Outlook.
    Compound = Document, "document of old Office or Outlook", ["doc", "xls", "ppt", "msg", "dot", "pps", "pub"];
    /// RTF.
    Rtf = Document, "document RTF", ["rtf", "doc"];
    /// HTML.
    Html = Document, "page HTML", ["html", "htm", "xhtml", "mht", "xls", "doc"];
    /// XML.
    Xml = Document, "document XML", ["xml", "xsd", "kml", "gpx", "plist", "rels", "svg", "html"];
    /// A contact card, or several.
    Vcard = Document, "contact card", ["vcf", "vcard"];
    /// A date.
    Calendar = Document, "calendar entry", ["ics", "vcs"];
    /// A mail.
    Mail = Document, "mail", ["eml", "mht", "mhtml", "txt", "mbox"];
    /// Text of whatever kind, tables and JSON among it.
    Text = Document, "text", [
        "txt", "csv", "tsv", "json", "jsonl", "md", "log", "eml", "srt", "ini", "tex", "yaml", "yml", "toml",
        "vcf", "ics", "html", "htm", "xml", "svg", "rtf"
    ];
    /// A zip of whatever.
    Zip = Archive, "archive ZIP", ["zip", "pages", "numbers", "key", "apk", "jar", "kmz", "usdz"];
    /// gzip.
    Gzip = Archive, "archive gzip", ["gz", "tgz", "svgz"];
    /// 7-Zip.
    SevenZip = Archive, "archive 7-Zip", ["7z"];
    /// RAR.
    Rar = Archive, "archive RAR", ["rar"];
    /// A program for Windows.
    Program = Archive, "PROGRAM for Windows", ["exe", "dll", "scr", "com"];
    /// A program for Unix.
    Elf = Archive, "PROGRAM for Unix", ["elf", "so", "bin", "o"];
}

/// Whether this is an ending that says what a file is.
pub(super) fn is_ending(end: &str) -> bool {
    ALL.iter().any(|kind| kind.endings().contains(&end))
}

impl Type {
    /// Whether names of such files end so.
    pub(super) fn may_end(self, end: &str) -> bool {
        self.endings().contains(&end)
    }

    /// Whether such a file may rightly be declared as another kind of thing: containers that hold
    /// sound, film or both.
    pub(super) fn may_be(self, claimed: Class) -> bool {
        use Type::*;
        let both = [
            Ogg, Opus, M4a, Mp4, Sound3gp, Film3gp, QuickTime, Matroska, Amr,
        ];
        both.contains(&self) && matches!(claimed, Class::Sound | Class::Film)
    }

    /// The same container without a film in it.
    pub(super) fn without_film(self) -> Type {
        match self {
            Type::Mp4 | Type::QuickTime => Type::M4a,
            Type::Film3gp => Type::Sound3gp,
            other => other,
        }
    }

    /// What it has several of, one and many.
    pub(super) fn leaves(self) -> (&'static str, &'static str) {
        match self {
            Type::Pptx | Type::Odp => ("slide", "slides"),
            Type::Xlsx | Type::Ods => ("sheet", "sheets"),
            Type::Zip => ("file", "files"),
            Type::Vcard => ("card", "cards"),
            _ => ("page", "pages"),
        }
    }

    /// The type of a file that begins with these bytes (4 kB are enough); `None` where they do not
    /// tell. A zip may be an office document: its names tell.
    pub fn of(head: &[u8]) -> Option<Type> {
        let begins = |mark: &[u8]| head.starts_with(mark);
        let at = |place: usize, mark: &[u8]| {
            head.get(place..).is_some_and(|rest| rest.starts_with(mark))
        };
        let marks: [(&[u8], Type); 23] = [
            (b"\xFF\xD8\xFF", Type::Jpeg),
            (b"\x89PNG\r\n\x1A\n", Type::Png),
            (b"GIF87a", Type::Gif),
            (b"GIF89a", Type::Gif),
            (b"II*\0", Type::Tiff),
            (b"MM\0*", Type::Tiff),
            (b"%PDF-", Type::Pdf),
            (b"PK\x03\x04", Type::Zip),
            (b"PK\x05\x06", Type::Zip),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Type::Compound),
            (b"{\\rtf", Type::Rtf),
            (b"#!AMR", Type::Amr),
            (b"fLaC", Type::Flac),
            (b"caff\0\x01", Type::Caf),
            (b"ID3", Type::Mp3),
            (b"\x1A\x45\xDF\xA3", Type::Matroska),
            (b"\x1F\x8B\x08", Type::Gzip),
            (b"7z\xBC\xAF\x27\x1C", Type::SevenZip),
            (b"Rar!\x1A\x07", Type::Rar),
            (b"\x7FELF", Type::Elf),
            (b"RIFX", Type::Wav),
            (b"FORM", Type::Wav),
            (b"Rar!", Type::Rar),
        ];
        if let Some((_, kind)) = marks.iter().find(|(mark, _)| begins(mark)) {
            return match kind {
                // A sound in these two has its name eight bytes further on.
                Type::Wav if !at(8, b"WAVE") => None,
                other => Some(*other),
            };
        }
        if begins(b"RIFF") {
            return match head.get(8..12)? {
                b"WEBP" => Some(Type::Webp),
                b"WAVE" => Some(Type::Wav),
                b"AVI " => Some(Type::Avi),
                _ => None,
            };
        }
        if begins(b"OggS") {
            return Some(if memchr::memmem::find(head, b"OpusHead").is_some() {
                Type::Opus
            } else {
                Type::Ogg
            });
        }
        if at(4, b"ftyp") {
            return Some(match head.get(8..12)? {
                b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1" | b"avif" | b"avis" | b"heim"
                | b"heis" => Type::Heif,
                b"M4A " | b"M4B " | b"M4P " => Type::M4a,
                b"qt  " => Type::QuickTime,
                brand if brand.starts_with(b"3g") => Type::Film3gp,
                _ => Type::Mp4,
            });
        }
        if at(4, b"moov") || at(4, b"mdat") || at(4, b"wide") {
            return Some(Type::QuickTime);
        }
        if begins(b"BM") && super::feed::little(head, 6, 4) == Some(0) && head.len() > 26 {
            return Some(Type::Bmp);
        }
        if begins(b"MZ") && head.len() >= 64 && head.contains(&0) {
            return Some(Type::Program);
        }
        if let [0xFF, second, third, ..] = head
            && second & 0xE0 == 0xE0
            && third & 0xF0 != 0xF0
        {
            // The layer: 0 is AAC (ADTS, ISO/IEC 13818-7), 1 to 3 are MPEG audio.
            match (second >> 1 & 3, second & 0xF6 == 0xF0) {
                (0, true) => return Some(Type::Aac),
                (1..=3, _) if super::length::is_mpeg_frame(head) => return Some(Type::Mp3),
                _ => {}
            }
        }
        text(head)
    }
}

/// The type of a text, if it is one.
fn text(head: &[u8]) -> Option<Type> {
    let text = super::words::decode(head)?;
    let start = text.trim_start();
    let lower: String = start
        .chars()
        .take(512)
        .collect::<String>()
        .to_ascii_lowercase();
    let begins = |mark: &str| lower.starts_with(mark);
    if start.is_empty() {
        return (!head.is_empty()).then_some(Type::Text);
    }
    Some(if begins("begin:vcard") {
        Type::Vcard
    } else if begins("begin:vcalendar") {
        Type::Calendar
    } else if begins("<!doctype html") || begins("<html") {
        Type::Html
    } else if begins("<svg") || ((begins("<?xml") || begins("<!--")) && lower.contains("<svg")) {
        Type::Svg
    } else if begins("<?xml") && lower.contains("<html") {
        Type::Html
    } else if begins("<?xml") {
        Type::Xml
    } else if [
        "received: ",
        "return-path: ",
        "mime-version: ",
        "delivered-to: ",
    ]
    .iter()
    .any(|mark| begins(mark))
    {
        Type::Mail
    } else {
        Type::Text
    })
}
