//! Lists of people: a vCard file, or a table (CSV) of staff. No export: nothing in them is a
//! message. They only tell which names, numbers and addresses belong to one person.

mod table;
mod vcard;

use std::fmt;

/// Largest list that is read, in bytes: photographs of ten thousand contacts fit.
pub const LARGEST: u64 = 1 << 29;

/// One person of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Its place in the list, from 1 on, unreadable entries counted.
    pub row: u32,
    /// The name to show; may be empty.
    pub name: String,
    /// Other names of theirs: nicknames, the name in its parts.
    pub other_names: Vec<String>,
    /// Where they work.
    pub organisation: String,
    /// As what.
    pub position: String,
    /// Telephone numbers, as written.
    pub numbers: Vec<String>,
    /// E-mail addresses and profiles.
    pub addresses: Vec<String>,
}

impl Contact {
    fn is_empty(&self) -> bool {
        self.name.is_empty() && self.numbers.is_empty() && self.addresses.is_empty()
    }

    /// Adds a value to a list once, without blanks around it.
    fn add(list: &mut Vec<String>, value: &str) {
        let value = value.trim();
        if !value.is_empty() && !list.iter().any(|known| known == value) {
            list.push(value.to_owned());
        }
    }
}

/// What a file of contacts holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contacts {
    /// `vcard` or `csv`.
    pub format: &'static str,
    /// The people.
    pub contacts: Vec<Contact>,
    /// Cards or rows that hold no name, number or address, or cannot be read: their places in the
    /// list, with the reason.
    pub unreadable: Vec<(u32, String)>,
    /// Of a table, what each column that is used was taken for, as `part=Heading`.
    pub columns: Vec<String>,
}

/// Why a file is no list of contacts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoContacts {
    /// It is neither.
    #[error(
        "this is neither a vCard file nor a table with a heading; give a .vcf file, or a .csv \
         file whose first row names its columns"
    )]
    Unknown,
    /// A table whose columns say nothing that docket knows.
    #[error(
        "no column of this table is known: its headings are {0}; say which is which, such as \
         --column name=HEADING"
    )]
    NoColumn(String),
    /// A mapping names a column that is not there.
    #[error("the table has no column {0}; its headings are {1}")]
    Missing(String, String),
    /// A mapping does not name a part of a contact.
    #[error("{0} is no part of a contact; the parts are {parts}", parts = Part::names())]
    NoPart(String),
    /// The file is too large to be a list.
    #[error("a list of contacts has at most {LARGEST} bytes")]
    TooLarge,
}

/// A part of a contact that a column of a table can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The whole name.
    Name,
    /// The given name.
    Given,
    /// The family name.
    Family,
    /// Where they work.
    Organisation,
    /// As what.
    Position,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
}

impl Part {
    /// All of them.
    pub const ALL: [Part; 7] = [
        Part::Name,
        Part::Given,
        Part::Family,
        Part::Organisation,
        Part::Position,
        Part::Email,
        Part::Phone,
    ];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Part::Name => "name",
            Part::Given => "given",
            Part::Family => "family",
            Part::Organisation => "organisation",
            Part::Position => "position",
            Part::Email => "email",
            Part::Phone => "phone",
        }
    }

    fn names() -> String {
        Part::ALL.map(Part::name).join(", ")
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads a list of contacts. `columns` say what a column of a table is, as `part=Heading`, where
/// its heading does not.
///
/// # Errors
/// [`NoContacts`] where it is no such list, or the mapping does not fit it. A broken card or row
/// costs itself: see [`Contacts::unreadable`].
pub fn read(bytes: &[u8], columns: &[String]) -> Result<Contacts, NoContacts> {
    if bytes.len() as u64 > LARGEST {
        return Err(NoContacts::TooLarge);
    }
    if vcard::is_vcard(bytes) {
        return Ok(vcard::read(bytes));
    }
    table::read(&text(bytes), columns)
}

/// The text of a file without a word on its encoding: by its first bytes, else UTF-8, else as
/// Windows writes western languages.
fn text(bytes: &[u8]) -> String {
    use crate::text::Encoding;
    let (encoding, mark) = Encoding::of(bytes.get(..4).unwrap_or(bytes));
    let body = bytes.get(usize::from(mark)..).unwrap_or_default();
    let units = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = body
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| from(*pair))
            .collect();
        String::from_utf16_lossy(&units)
    };
    match encoding {
        Encoding::Utf16Le => units(u16::from_le_bytes),
        Encoding::Utf16Be => units(u16::from_be_bytes),
        Encoding::Utf8 => match std::str::from_utf8(body) {
            Ok(text) => text.to_owned(),
            Err(_) => decode(body, "windows-1252"),
        },
    }
}

/// Bytes in a named charset; UTF-8 where the name is not known.
fn decode(bytes: &[u8], charset: &str) -> String {
    match mail_parser::decoders::charsets::map::charset_decoder(charset.as_bytes()) {
        Some(decoder) => decoder(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests;
