//! A table of people: CSV with a heading. Its columns are known by what English headings say
//! (Google's and Outlook's lists of contacts among them), or by what a person says they are.

use super::{Contact, Contacts, NoContacts, Part};
use crate::text::words;

/// Headings, reduced to their words, and what they are. A heading with more words than these is
/// looked at for its beginning (`e mail 1 value`, `business phone 2`).
const HEADINGS: &[(&str, Part)] = &[
    ("name", Part::Name),
    ("full name", Part::Name),
    ("display name", Part::Name),
    ("employee name", Part::Name),
    ("staff name", Part::Name),
    ("contact name", Part::Name),
    ("given name", Part::Given),
    ("first name", Part::Given),
    ("forename", Part::Given),
    ("forenames", Part::Given),
    ("preferred name", Part::Given),
    ("family name", Part::Family),
    ("last name", Part::Family),
    ("surname", Part::Family),
    ("organisation", Part::Organisation),
    ("organization", Part::Organisation),
    ("organisation name", Part::Organisation),
    ("organization name", Part::Organisation),
    ("organization 1 name", Part::Organisation),
    ("company", Part::Organisation),
    ("company name", Part::Organisation),
    ("employer", Part::Organisation),
    ("department", Part::Organisation),
    ("directorate", Part::Organisation),
    ("agency", Part::Organisation),
    ("position", Part::Position),
    ("title", Part::Position),
    ("job title", Part::Position),
    ("organization title", Part::Position),
    ("organization 1 title", Part::Position),
    ("role", Part::Position),
    ("grade", Part::Position),
    ("post", Part::Position),
    ("email", Part::Email),
    ("e mail", Part::Email),
    ("mail", Part::Email),
    ("email address", Part::Email),
    ("e mail address", Part::Email),
    ("work email", Part::Email),
    ("personal email", Part::Email),
    ("upn", Part::Email),
    ("user principal name", Part::Email),
    ("phone", Part::Phone),
    ("phone number", Part::Phone),
    ("telephone", Part::Phone),
    ("telephone number", Part::Phone),
    ("tel", Part::Phone),
    ("mobile", Part::Phone),
    ("mobile phone", Part::Phone),
    ("mobile number", Part::Phone),
    ("cell", Part::Phone),
    ("cell phone", Part::Phone),
    ("work phone", Part::Phone),
    ("business phone", Part::Phone),
    ("home phone", Part::Phone),
    ("primary phone", Part::Phone),
    ("other phone", Part::Phone),
    ("landline", Part::Phone),
    ("contact number", Part::Phone),
];

/// What a heading is, if its words are known; words after numbers in it (`1`, `value`) are left
/// out, and what says of what kind a value is (`type`, `label`) is no value.
fn part_of(heading: &str) -> Option<Part> {
    let all: Vec<String> = words(heading).map(|word| word.folded).collect();
    if all
        .iter()
        .any(|word| matches!(word.as_str(), "type" | "label" | "yomi" | "phonetic"))
    {
        return None;
    }
    let without: Vec<&str> = all
        .iter()
        .map(String::as_str)
        .filter(|word| *word != "value" && !word.bytes().all(|b| b.is_ascii_digit()))
        .collect();
    let without = without.join(" ");
    let known = |wanted: &str| HEADINGS.iter().find(|(words, _)| *words == wanted);
    known(&all.join(" "))
        .or_else(|| known(&without))
        .map(|(_, part)| *part)
}

/// Reads a table; `columns` say what columns are, as `part=Heading`.
pub(super) fn read(text: &str, columns: &[String]) -> Result<Contacts, NoContacts> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    // Spreadsheets of many countries part columns with semicolons, and some programs with tabs.
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|sign| {
            (
                first.bytes().filter(|byte| byte == sign).count(),
                *sign == b',',
            )
        })
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut rows = reader.records();
    let headings: Vec<String> = match rows.next() {
        Some(Ok(row)) => row.iter().map(|cell| cell.trim().to_owned()).collect(),
        _ => return Err(NoContacts::Unknown),
    };
    // One column alone is a table only where its heading is known: anything else is any text.
    let parts = parts(&headings, columns)?;

    let mut contacts = Contacts {
        format: "csv",
        columns: parts
            .iter()
            .map(|(part, at)| {
                let heading = headings.get(*at).map_or("", String::as_str);
                format!("{part}={heading}")
            })
            .collect(),
        ..Contacts::default()
    };
    for (row, place) in rows.zip(1u32..) {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                contacts.unreadable.push((place, error.to_string()));
                continue;
            }
        };
        let mut contact = Contact {
            row: place,
            ..Contact::default()
        };
        let (mut given, mut family) = ("", "");
        for (part, at) in &parts {
            let value = row.get(*at).unwrap_or_default().trim();
            if value.is_empty() {
                continue;
            }
            match part {
                Part::Name if contact.name.is_empty() => contact.name = value.to_owned(),
                Part::Name => Contact::add(&mut contact.other_names, value),
                Part::Given if given.is_empty() => given = value,
                Part::Given => {}
                Part::Family => family = value,
                Part::Organisation if contact.organisation.is_empty() => {
                    contact.organisation = value.to_owned();
                }
                Part::Organisation => {
                    contact.organisation = format!("{}, {value}", contact.organisation);
                }
                Part::Position if contact.position.is_empty() => {
                    value.clone_into(&mut contact.position)
                }
                Part::Position => {}
                // One cell may hold several: Google joins them with ` ::: `.
                Part::Email => {
                    several(value).for_each(|value| Contact::add(&mut contact.addresses, value))
                }
                Part::Phone => {
                    several(value).for_each(|value| Contact::add(&mut contact.numbers, value))
                }
            }
        }
        let whole = format!("{given} {family}");
        let whole = whole.trim();
        if contact.name.is_empty() {
            contact.name = whole.to_owned();
        } else if !whole.is_empty() && whole != contact.name {
            Contact::add(&mut contact.other_names, whole);
        }
        if contact.is_empty() {
            let why = "the row has no name, number or address".to_owned();
            contacts.unreadable.push((place, why));
        } else {
            contacts.contacts.push(contact);
        }
    }
    Ok(contacts)
}

fn several(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(":::")
        .flat_map(|part| part.split([';', '|', '\n']))
        .flat_map(|part| part.split(" / "))
}

/// What each column is, in the order of the table.
fn parts(headings: &[String], columns: &[String]) -> Result<Vec<(Part, usize)>, NoContacts> {
    let all = || headings.join(", ");
    let mut given: Vec<(Part, usize)> = Vec::new();
    for column in columns {
        let (part, heading) = column.split_once('=').unwrap_or((column, ""));
        let wanted = part.trim().to_lowercase();
        let part = Part::ALL
            .into_iter()
            .find(|part| part.name() == wanted)
            .ok_or_else(|| NoContacts::NoPart(part.trim().to_owned()))?;
        let heading = heading.trim();
        let at = headings
            .iter()
            .position(|known| known.eq_ignore_ascii_case(heading))
            .ok_or_else(|| NoContacts::Missing(heading.to_owned(), all()))?;
        given.push((part, at));
    }
    let mut parts: Vec<(Part, usize)> = Vec::new();
    for (at, heading) in headings.iter().enumerate() {
        match given.iter().find(|(_, place)| *place == at) {
            Some(said) => parts.push(*said),
            // What a person says a part is replaces what the headings say of that part.
            None => parts.extend(
                part_of(heading)
                    .filter(|part| given.iter().all(|(said, _)| said != part))
                    .map(|part| (part, at)),
            ),
        }
    }
    let tells = parts.iter().any(|(part, _)| {
        matches!(
            part,
            Part::Name | Part::Given | Part::Family | Part::Email | Part::Phone
        )
    });
    match tells {
        true => Ok(parts),
        false if headings.len() < 2 => Err(NoContacts::Unknown),
        false => Err(NoContacts::NoColumn(all())),
    }
}
