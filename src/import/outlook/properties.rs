//! Properties: what Outlook keeps of everything, by numbers (MS-OXPROPS).

use std::collections::{BTreeMap, BTreeSet};

/// Types of properties (MS-OXCDATA, 2.11.1).
pub(super) mod kind {
    pub const SHORT: u16 = 0x0002;
    pub const LONG: u16 = 0x0003;
    pub const BOOLEAN: u16 = 0x000B;
    pub const OBJECT: u16 = 0x000D;
    pub const LARGE: u16 = 0x0014;
    pub const STRING8: u16 = 0x001E;
    pub const STRING: u16 = 0x001F;
    pub const TIME: u16 = 0x0040;
    pub const BINARY: u16 = 0x0102;
    pub const BINARIES: u16 = 0x1102;
}

/// The numbers of the properties that are read (MS-OXPROPS, section 2).
pub(super) mod id {
    pub const IMPORTANCE: u16 = 0x0017;
    pub const MESSAGE_CLASS: u16 = 0x001A;
    pub const SENSITIVITY: u16 = 0x0036;
    pub const SUBJECT: u16 = 0x0037;
    pub const SUBMITTED: u16 = 0x0039;
    pub const SENT_FOR_NAME: u16 = 0x0042;
    pub const REPLY_NAMES: u16 = 0x0050;
    pub const START: u16 = 0x0060;
    pub const END: u16 = 0x0061;
    pub const SENT_FOR_TYPE: u16 = 0x0064;
    pub const SENT_FOR_ADDRESS: u16 = 0x0065;
    pub const TRANSPORT_HEADERS: u16 = 0x007D;
    pub const SENDER_NAME: u16 = 0x0C1A;
    pub const SENDER_TYPE: u16 = 0x0C1E;
    pub const SENDER_ADDRESS: u16 = 0x0C1F;
    pub const RECIPIENT_TYPE: u16 = 0x0C15;
    pub const DISPLAY_TO: u16 = 0x0E04;
    pub const DELIVERED: u16 = 0x0E06;
    pub const FLAGS: u16 = 0x0E07;
    pub const BODY: u16 = 0x1000;
    pub const RTF: u16 = 0x1009;
    pub const HTML: u16 = 0x1013;
    pub const MESSAGE_ID: u16 = 0x1035;
    pub const REFERENCES: u16 = 0x1039;
    pub const IN_REPLY_TO: u16 = 0x1042;
    pub const LAST_VERB: u16 = 0x1081;
    pub const DISPLAY_NAME: u16 = 0x3001;
    pub const ADDRESS_TYPE: u16 = 0x3002;
    pub const ADDRESS: u16 = 0x3003;
    pub const CREATED: u16 = 0x3007;
    pub const MODIFIED: u16 = 0x3008;
    pub const IPM_SUBTREE: u16 = 0x35E0;
    pub const DATA: u16 = 0x3701;
    pub const FILE_NAME: u16 = 0x3704;
    pub const METHOD: u16 = 0x3705;
    pub const LONG_FILE_NAME: u16 = 0x3707;
    pub const CONTENT_TYPE: u16 = 0x370E;
    pub const CONTENT_ID: u16 = 0x3712;
    pub const SMTP_ADDRESS: u16 = 0x39FE;
    pub const HOME_PHONE: u16 = 0x3A09;
    pub const WORK_PHONE: u16 = 0x3A08;
    pub const COMPANY: u16 = 0x3A16;
    pub const TITLE: u16 = 0x3A17;
    pub const MOBILE: u16 = 0x3A1C;
    pub const CODEPAGE: u16 = 0x3FDE;
    pub const MESSAGE_CODEPAGE: u16 = 0x3FFD;
    pub const SENDER_SMTP: u16 = 0x5D01;
    pub const SENT_FOR_SMTP: u16 = 0x5D02;
}

/// Named properties that are read, by the numbers of their names (MS-OXPROPS): they have other
/// property numbers in every file.
pub(super) mod named {
    pub const CONTACT_EMAIL: u32 = 0x8083;
    pub const TASK_DUE: u32 = 0x8105;
    pub const MEETING_PLACE: u32 = 0x8208;
    pub const MEETING_START: u32 = 0x820D;
    pub const MEETING_END: u32 = 0x820E;
    pub const LIST_MEMBERS: u32 = 0x8054;
}

/// Properties by their numbers: type and bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Properties {
    values: BTreeMap<u16, (u16, Vec<u8>)>,
    lists: BTreeMap<u16, Vec<Vec<u8>>>,
    missed: BTreeSet<u16>,
}

impl Properties {
    /// Adds one; of two of a number the first stays.
    pub(super) fn add(&mut self, id: u16, kind: u16, bytes: Vec<u8>) {
        self.values.entry(id).or_insert((kind, bytes));
    }

    /// Adds the next value of a list of binary values.
    pub(super) fn add_part(&mut self, id: u16, bytes: Vec<u8>) {
        self.lists.entry(id).or_default().push(bytes);
    }

    /// The values of a list of binary values.
    pub(super) fn list(&self, id: u16) -> impl Iterator<Item = &[u8]> {
        let values = self.lists.get(&id).into_iter().flatten();
        values.map(Vec::as_slice)
    }

    /// Says that a property is there and its value cannot be read.
    pub(super) fn miss(&mut self, id: u16) {
        self.missed.insert(id);
    }

    /// Whether a property is there whose value cannot be read.
    pub(super) fn misses(&self, id: u16) -> bool {
        self.missed.contains(&id)
    }

    /// Takes one out.
    pub(super) fn take(&mut self, id: u16) -> Option<(u16, Vec<u8>)> {
        self.values.remove(&id)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Its type and bytes.
    pub(super) fn get(&self, id: u16) -> Option<(u16, &[u8])> {
        let (kind, bytes) = self.values.get(&id)?;
        Some((*kind, bytes))
    }

    /// A text, controls but line ends and tabs removed.
    pub(super) fn text(&self, id: u16) -> Option<String> {
        let (kind, bytes) = self.get(id)?;
        let text = match kind {
            kind::STRING => utf16(bytes),
            kind::STRING8 => self.decode(bytes),
            _ => return None,
        };
        let text = text.trim_end_matches('\0').replace('\0', "\u{FFFD}");
        (!text.is_empty()).then_some(text)
    }

    /// A text on one line.
    pub(super) fn line(&self, id: u16) -> Option<String> {
        let text = self.text(id)?;
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (!line.is_empty()).then_some(line)
    }

    /// Bytes.
    pub(super) fn binary(&self, id: u16) -> Option<&[u8]> {
        let (kind, bytes) = self.get(id)?;
        (kind == kind::BINARY).then_some(bytes)
    }

    /// A number.
    pub(super) fn number(&self, id: u16) -> Option<u32> {
        let (kind, bytes) = self.get(id)?;
        match (kind, bytes) {
            (kind::LONG, [a, b, c, d, ..]) => Some(u32::from_le_bytes([*a, *b, *c, *d])),
            (kind::SHORT | kind::BOOLEAN, [a, b, ..]) => {
                Some(u32::from(u16::from_le_bytes([*a, *b])))
            }
            _ => None,
        }
    }

    /// An instant in seconds since 1970, UTC: properties count 100 nanoseconds since 1601.
    pub(super) fn time(&self, id: u16) -> Option<i64> {
        let (kind, bytes) = self.get(id)?;
        let ticks = i64::from_le_bytes(bytes.get(..8)?.try_into().ok()?);
        let seconds = ticks.checked_div(10_000_000)?.checked_sub(11_644_473_600)?;
        // To the year 9999; Outlook writes 4501 for `none`.
        (kind == kind::TIME && ticks > 0 && seconds < 79_874_000_000).then_some(seconds)
    }

    /// The HTML body as text: its bytes are in the item's own code page.
    pub(super) fn html(&self) -> Option<String> {
        match self.get(id::HTML)? {
            (kind::BINARY, bytes) if !bytes.is_empty() => Some(self.decode(bytes)),
            _ => self.text(id::HTML),
        }
    }

    fn decode(&self, bytes: &[u8]) -> String {
        let page = [id::CODEPAGE, id::MESSAGE_CODEPAGE]
            .into_iter()
            .find_map(|id| self.number(id));
        decode(bytes, page.unwrap_or(1252))
    }
}

/// Text in a code page of Windows; in 1252 where the page is not known.
pub(super) fn decode(bytes: &[u8], page: u32) -> String {
    let label = match page {
        65001 => "utf-8".into(),
        20127 => "us-ascii".into(),
        932 => "shift_jis".into(),
        936 => "gbk".into(),
        949 => "euc-kr".into(),
        950 => "big5".into(),
        20866 => "koi8-r".into(),
        21866 => "koi8-u".into(),
        28591..=28606 => format!("iso-8859-{}", page - 28590),
        50220..=50222 => "iso-2022-jp".into(),
        51932 => "euc-jp".into(),
        54936 => "gb18030".into(),
        page => format!("windows-{page}"),
    };
    let encoding =
        encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::WINDOWS_1252);
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// Text in UTF-16, little endian.
pub(super) fn utf16(bytes: &[u8]) -> String {
    encoding_rs::UTF_16LE
        .decode_without_bom_handling(bytes)
        .0
        .into_owned()
}

/// Which property numbers the named properties have in this file (MS-OXMSG 2.2.3, MS-PST 2.4.7:
/// both write the same entries).
#[derive(Clone, Debug, Default)]
pub(super) struct Names(BTreeMap<u32, u16>);

impl Names {
    /// From the stream of entries: 8 bytes each, the name's number, flags, the property's index.
    pub(super) fn of(entries: &[u8]) -> Names {
        let mut names = BTreeMap::new();
        for entry in entries.chunks_exact(8) {
            let [n0, n1, n2, n3, g0, _, i0, i1] = *entry else {
                continue;
            };
            // A name that is text begins at an offset instead.
            let is_text = g0 & 1 == 1;
            let index = u16::from_le_bytes([i0, i1]);
            if let (false, Some(id)) = (is_text, index.checked_add(0x8000)) {
                names
                    .entry(u32::from_le_bytes([n0, n1, n2, n3]))
                    .or_insert(id);
            }
        }
        Names(names)
    }

    /// The property's number; 0, which no property has, where the file does not name it.
    pub(super) fn id(&self, name: u32) -> u16 {
        self.0.get(&name).copied().unwrap_or(0)
    }
}

/// An item with all that belongs to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    /// Its own properties.
    pub properties: Properties,
    /// Those of each recipient.
    pub recipients: Vec<Properties>,
    /// Its attachments.
    pub attachments: Vec<Attachment>,
    /// What could not be unpacked, a sentence each.
    pub notes: Vec<String>,
}

/// An attachment of an item.
#[derive(Clone, Debug)]
pub(super) struct Attachment {
    /// Its properties, but for the bytes themselves.
    pub properties: Properties,
    /// What it is.
    pub content: Content,
}

/// What an attachment is.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// A file.
    Bytes(Vec<u8>),
    /// Another item.
    Item(Box<Item>),
    /// A link or an embedded object: nothing that could be unpacked, and why.
    Nothing(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_their_types() {
        let mut properties = Properties::default();
        let wide: Vec<u8> = "Zo\u{eb}\0"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        properties.add(id::SUBJECT, kind::STRING, wide);
        properties.add(id::BODY, kind::STRING8, b"caf\xe9  \r\n bar".to_vec());
        properties.add(id::FLAGS, kind::LONG, vec![8, 0, 0, 0]);
        // 2024-03-05T10:00:00Z.
        let ticks = (1_709_632_800i64 + 11_644_473_600) * 10_000_000;
        properties.add(id::SUBMITTED, kind::TIME, ticks.to_le_bytes().to_vec());
        properties.add(id::DELIVERED, kind::TIME, vec![0xFF; 8]);
        assert_eq!(properties.text(id::SUBJECT).unwrap(), "Zo\u{eb}");
        assert_eq!(properties.line(id::BODY).unwrap(), "caf\u{e9} bar");
        assert_eq!(properties.number(id::FLAGS), Some(8));
        assert_eq!(properties.time(id::SUBMITTED), Some(1_709_632_800));
        assert_eq!(properties.time(id::DELIVERED), None);
        assert_eq!(properties.text(id::FLAGS), None);
        assert_eq!(decode(b"\xef\xf0\xe8", 1251), "\u{43f}\u{440}\u{438}");
        assert_eq!(decode(b"a\x80", 999_999), "a\u{20ac}");
    }

    #[test]
    fn names_lead_to_property_numbers() {
        let mut entries = Vec::new();
        for (name, flags, index) in [(0x8208u32, 6u8, 3u16), (0, 1, 4), (0x820D, 6, 5)] {
            entries.extend_from_slice(&name.to_le_bytes());
            entries.extend_from_slice(&[flags, 0]);
            entries.extend_from_slice(&index.to_le_bytes());
        }
        let names = Names::of(&entries);
        assert_eq!(names.id(named::MEETING_PLACE), 0x8003);
        assert_eq!(names.id(named::MEETING_START), 0x8005);
        assert_eq!(names.id(named::MEETING_END), 0);
    }
}
