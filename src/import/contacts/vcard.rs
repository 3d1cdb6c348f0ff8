//! vCard 2.1 (Versit, 1996), 3.0 (RFC 2426) and 4.0 (RFC 6350), and what phones make of them.
//!
//! Lines are found in the bytes first: 3.0 and 4.0 fold a long line before a blank, which may be
//! inside a character; 2.1 ends a quoted-printable line with `=`. A card without an end costs
//! itself. Groups (`item1.TEL`), several values of one kind, and properties nobody knows are taken
//! as they come.

use super::{Contact, Contacts, decode};
use crate::import::within;
use crate::model::Encoding;

/// Whether a file begins as a vCard does.
pub(super) fn is_vcard(bytes: &[u8]) -> bool {
    let head = bytes.get(..1 << 12).unwrap_or(bytes);
    let head = super::text(head);
    head.trim_start_matches('\u{feff}')
        .trim_start()
        .get(..11)
        .is_some_and(|begin| begin.eq_ignore_ascii_case("begin:vcard"))
}

/// Reads all cards.
pub(super) fn read(bytes: &[u8]) -> Contacts {
    let mut contacts = Contacts {
        format: "vcard",
        ..Contacts::default()
    };
    // UTF-16, as some programs save it, is read as text at once.
    let is_wide = !matches!(
        crate::text::Encoding::of(bytes.get(..4).unwrap_or(bytes)).0,
        crate::text::Encoding::Utf8
    );
    let converted = is_wide.then(|| super::text(bytes).into_bytes());
    let bytes = converted.as_deref().unwrap_or(bytes);
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);

    let mut card: Option<Card> = None;
    let mut row = 0u32;
    let broken = |contacts: &mut Contacts, row: u32| {
        contacts
            .unreadable
            .push((row, "the card has no end".to_owned()));
    };
    for line in Lines::of(bytes) {
        let Some(property) = Property::of(&line) else {
            continue;
        };
        match (property.name.as_str(), property.raw.trim_ascii()) {
            ("BEGIN", kind) if kind.eq_ignore_ascii_case(b"vcard") => {
                // An agent's card inside a card (2.1, 3.0) is its own.
                match &mut card {
                    Some(open) if open.agents => open.depth += 1,
                    Some(_) => {
                        broken(&mut contacts, row);
                        row += 1;
                        card = Some(Card::default());
                    }
                    None => {
                        row += 1;
                        card = Some(Card::default());
                    }
                }
            }
            ("END", kind) if kind.eq_ignore_ascii_case(b"vcard") => match card.take() {
                Some(mut open) if open.depth > 0 => {
                    open.depth -= 1;
                    open.agents = open.depth > 0;
                    card = Some(open);
                }
                Some(open) => {
                    let contact = open.contact(row);
                    if contact.is_empty() {
                        let why = "the card has no name, number or address".to_owned();
                        contacts.unreadable.push((row, why));
                    } else {
                        contacts.contacts.push(contact);
                    }
                }
                None => {}
            },
            ("AGENT", b"") => {
                if let Some(open) = &mut card {
                    open.agents = true;
                }
            }
            _ => {
                if let Some(open) = card.as_mut().filter(|open| open.depth == 0) {
                    open.take(&property);
                }
            }
        }
    }
    if card.is_some() {
        broken(&mut contacts, row);
    }
    contacts
}

/// One card as it is read.
#[derive(Default)]
struct Card {
    contact: Contact,
    /// The name in its parts, put together.
    parts: String,
    /// Cards inside this one that are open.
    depth: u32,
    /// Whether a card may begin inside this one.
    agents: bool,
}

impl Card {
    fn take(&mut self, property: &Property) {
        let contact = &mut self.contact;
        let whole = || unescaped(&property.text());
        match property.name.as_str() {
            "FN" if contact.name.is_empty() => contact.name = whole().trim().to_owned(),
            "FN" => Contact::add(&mut contact.other_names, &whole()),
            "N" => {
                let parts = components(&property.text());
                let part = |at: usize| parts.get(at).map_or("", String::as_str);
                // Family, given, additional, prefixes, suffixes.
                let name = [part(1), part(2), part(0)].join(" ");
                self.parts = name.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            "NICKNAME" => {
                for name in split(&property.text(), ',') {
                    Contact::add(&mut contact.other_names, &unescaped(&name));
                }
            }
            "ORG" if contact.organisation.is_empty() => {
                let units: Vec<String> = components(&property.text())
                    .into_iter()
                    .map(|unit| unit.trim().to_owned())
                    .filter(|unit| !unit.is_empty())
                    .collect();
                contact.organisation = units.join(", ");
            }
            "TITLE" => contact.position = whole().trim().to_owned(),
            "ROLE" if contact.position.is_empty() => contact.position = whole().trim().to_owned(),
            "TEL" => {
                let value = whole();
                // 4.0 writes a URI: tel:+44-20-7946-0000;ext=5
                let number = value.trim();
                let number = strip(number, "tel:").split(';').next().unwrap_or_default();
                Contact::add(&mut contact.numbers, number);
            }
            "EMAIL" => Contact::add(&mut contact.addresses, strip(whole().trim(), "mailto:")),
            // Profiles: 4.0's own property and the ones that phones write.
            "SOCIALPROFILE" | "X-SOCIALPROFILE" => {
                Contact::add(&mut contact.addresses, &whole());
            }
            "URL" if whole().to_lowercase().contains("linkedin.com/in/") => {
                Contact::add(&mut contact.addresses, &whole());
            }
            _ => {}
        }
    }

    fn contact(self, row: u32) -> Contact {
        let mut contact = self.contact;
        contact.row = row;
        if contact.name.is_empty() {
            contact.name = self.parts;
        } else if self.parts != contact.name {
            Contact::add(&mut contact.other_names, &self.parts);
        }
        if contact.name.is_empty() && !contact.other_names.is_empty() {
            contact.name = contact.other_names.remove(0);
        }
        contact
    }
}

fn strip<'a>(text: &'a str, scheme: &str) -> &'a str {
    match text.get(..scheme.len()) {
        Some(head) if head.eq_ignore_ascii_case(scheme) => {
            text.get(scheme.len()..).unwrap_or_default()
        }
        _ => text,
    }
}

/// Splits at a sign that no backslash stands before.
fn split(text: &str, at: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == at && !escaped {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    parts
}

fn components(text: &str) -> Vec<String> {
    split(text, ';')
        .iter()
        .map(|part| unescaped(part))
        .collect()
}

/// A value without its backslashes: `\n` is a line end, which in these values is a blank.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut signs = text.chars();
    while let Some(c) = signs.next() {
        match c {
            '\\' => match signs.next() {
                Some('n' | 'N') => out.push(' '),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            '\r' | '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The lines of a file, unfolded.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    fn of(bytes: &'a [u8]) -> Lines<'a> {
        Lines { rest: bytes }
    }

    /// The next line as it stands, without its end.
    fn raw(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr::memchr2(b'\n', b'\r', self.rest).unwrap_or(self.rest.len());
        let (line, rest) = self.rest.split_at(end);
        let step = if rest.starts_with(b"\r\n") { 2 } else { 1 };
        self.rest = rest.get(step..).unwrap_or_default();
        Some(line)
    }
}

impl Iterator for Lines<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut line = self.raw()?.to_vec();
        let head = line.split(|byte| *byte == b':').next().unwrap_or_default();
        let quoted = head
            .to_ascii_uppercase()
            .windows(16)
            .any(|window| window == b"QUOTED-PRINTABLE");
        loop {
            if quoted && line.ends_with(b"=") {
                line.pop();
                match self.raw() {
                    Some(more) => line.extend_from_slice(more),
                    None => break,
                }
            } else if matches!(self.rest.first(), Some(b' ' | b'\t')) && !line.is_empty() {
                let Some(more) = self.raw() else { break };
                line.extend_from_slice(more.get(1..).unwrap_or_default());
            } else {
                break;
            }
        }
        Some(line)
    }
}

/// One property of a card.
struct Property {
    /// In upper case, without its group.
    name: String,
    charset: Option<String>,
    encoding: Encoding,
    /// The value, encoded.
    raw: Vec<u8>,
}

impl Property {
    /// `group.NAME;PARAMETER=value;...:value`; a colon in quotes ends nothing.
    fn of(line: &[u8]) -> Option<Property> {
        let mut quoted = false;
        let colon = line.iter().position(|byte| {
            quoted ^= *byte == b'"';
            *byte == b':' && !quoted
        });
        // A quote that never closes hides nothing.
        let colon = colon.or_else(|| memchr::memchr(b':', line))?;
        let (head, value) = line.split_at(colon);
        let head = String::from_utf8_lossy(head);
        let mut parts = head.split(';');
        let name = parts.next().unwrap_or_default().trim();
        let name = name.rsplit('.').next().unwrap_or(name).to_ascii_uppercase();
        let mut property = Property {
            name,
            charset: None,
            encoding: Encoding::Plain,
            raw: value.get(1..).unwrap_or_default().to_vec(),
        };
        for parameter in parts {
            let (key, value) = parameter.split_once('=').unwrap_or(("", parameter));
            let value = value.trim().trim_matches('"');
            match (
                key.trim().to_ascii_uppercase().as_str(),
                value.to_ascii_uppercase().as_str(),
            ) {
                ("CHARSET", _) => property.charset = Some(value.to_owned()),
                ("ENCODING" | "", "QUOTED-PRINTABLE" | "Q") => {
                    property.encoding = Encoding::QuotedPrintable;
                }
                ("ENCODING" | "", "BASE64" | "B") => property.encoding = Encoding::Base64,
                _ => {}
            }
        }
        Some(property)
    }

    /// The value as text: in its charset, else UTF-8, else as Windows writes western languages.
    fn text(&self) -> String {
        let bytes = match self.encoding {
            Encoding::Plain | Encoding::Escaped => self.raw.clone(),
            encoding => within::decode(&self.raw, encoding),
        };
        match (&self.charset, std::str::from_utf8(&bytes)) {
            (Some(charset), _) => decode(&bytes, charset),
            (None, Ok(text)) => text.to_owned(),
            (None, Err(_)) => decode(&bytes, "windows-1252"),
        }
    }
}
