//! Office documents: OOXML (ISO/IEC 29500) and OpenDocument (ISO/IEC 26300) are zips of parts. A copy
//! is a new zip of the same parts without those that tell of the document, with their names taken
//! from the lists; the others unpack to the same bytes, but for pictures, of which the copies are
//! taken. Times in the zip are set to its zero.
//!
//! Documents that name people inside (comments, tracked changes) or hold other files are withheld.

use super::{Clean, HEAD, LARGE, Properties, Refusal, examine as examine_file};
use crate::import::content::Type;
use std::borrow::Cow;
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

const TAGS: &str = "title, author and dates";
const TIMES: &str = "times and names in the zip";
const PREVIEW: &str = "preview";
const PATH: &str = "where it was stored";
const OTHER: &str = "parts of programs";
const SETTINGS: &str = "settings and printers";

const ZIP: &str = "docket cannot take the properties out of archives";
const PEOPLE: &str = "it holds comments or tracked changes, which name people";
const INSIDE: &str = "it holds other files or programs";
const LOCKED: &str = "it is locked or damaged";

/// Parts unpack to no more than this.
const MOST: u64 = super::LARGEST;

/// What becomes of a part.
enum Part {
    Same(Vec<u8>),
    Changed(Vec<u8>, Vec<&'static str>),
    Gone(&'static str),
}

/// Looks at a document in a zip.
pub(super) fn examine(bytes: &[u8]) -> Result<Clean, Refusal> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Refusal::Because(LOCKED))?;
    let mut names: Vec<String> = Vec::new();
    for name in archive.file_names() {
        names.push(name.map_err(|_| Refusal::Because(LOCKED))?.into_owned());
    }
    let has = |name: &str| names.iter().any(|one| one == name);
    let is_open = has("mimetype") && has("content.xml") && has("META-INF/manifest.xml");
    let is_office = has("[Content_Types].xml") && has("_rels/.rels");
    if is_open == is_office {
        return Err(Refusal::Because(ZIP));
    }
    let mut clean = Clean::default();
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    let mut left = MOST;
    let mut is_plain = true;
    for index in 0..archive.len() {
        let mut file = archive
            .by_index(index)
            .map_err(|_| Refusal::Because(LOCKED))?;
        let name = file
            .name()
            .map_err(|_| Refusal::Because(LOCKED))?
            .into_owned();
        if file.is_dir() {
            is_plain = false;
            continue;
        }
        let own_time = file
            .last_modified()
            .is_none_or(|time| time == DateTime::default());
        is_plain &= own_time
            && file.comment().is_empty()
            && file.extra_data().unwrap_or_default().is_empty();
        let mut body = Vec::new();
        file.by_ref()
            .take(left + 1)
            .read_to_end(&mut body)
            .map_err(|_| Refusal::Because(LOCKED))?;
        left = left
            .checked_sub(body.len() as u64)
            .ok_or(Refusal::Because(LARGE))?;
        let part = match is_open {
            true => of_open_document(&name, body)?,
            false => of_office(&name, body)?,
        };
        match part {
            Part::Same(body) => parts.push((name, body)),
            Part::Changed(body, what) => {
                what.into_iter().for_each(|what| clean.without(what));
                parts.push((name, body));
            }
            Part::Gone(what) => clean.without(what),
        }
    }
    is_plain &= archive.comment().is_empty() && archive.offset() == 0;
    if !is_plain {
        clean.without(TIMES);
    }
    if clean.removed.is_empty() {
        return Ok(clean);
    }
    clean.put(packed(&parts).map_err(|_| Refusal::Because(LOCKED))?);
    Ok(clean)
}

fn packed(parts: &[(String, Vec<u8>)]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, body) in parts {
        // The type of an OpenDocument stands first and unpacked (part 2, section 3.3).
        let method = match name == "mimetype" {
            true => CompressionMethod::Stored,
            false => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::default());
        zip.start_file(name.as_str(), options)?;
        zip.write_all(body)?;
    }
    Ok(zip.finish()?.into_inner())
}

fn of_office(name: &str, body: Vec<u8>) -> Result<Part, Refusal> {
    let lower = name.to_ascii_lowercase();
    let within = |folder: &str| lower.starts_with(folder) || lower.contains(&format!("/{folder}"));
    if lower.starts_with("docprops/") {
        return Ok(Part::Gone(match lower.ends_with(".xml") {
            true => TAGS,
            false => PREVIEW,
        }));
    }
    if lower.starts_with("customxml/")
        || lower.starts_with("docmetadata/")
        || within("printersettings/")
    {
        return Ok(Part::Gone(OTHER));
    }
    let inside = [
        "embeddings/",
        "activex/",
        "externallinks/",
        "querytables/",
        "connections.xml",
    ];
    if inside.iter().any(|folder| within(folder)) || lower.ends_with(".bin") {
        return Err(Refusal::Because(INSIDE));
    }
    let of_people = ["comment", "people", "person", "revision", "users"];
    if of_people.iter().any(|word| lower.contains(word)) {
        return Err(Refusal::Because(PEOPLE));
    }
    if within("media/") {
        return picture(body);
    }
    if !lower.ends_with(".xml") && !lower.ends_with(".rels") {
        return Err(Refusal::Because(INSIDE));
    }
    let text = String::from_utf8(body).map_err(|_| Refusal::Because(LOCKED))?;
    let marks = [
        "w:author=",
        "<w:ins ",
        "<w:del ",
        "<w:moveFrom ",
        "<w:moveTo ",
        "userName=",
    ];
    if marks.iter().any(|mark| text.contains(mark)) {
        return Err(Refusal::Because(PEOPLE));
    }
    let mut what = Vec::new();
    let mut text = Cow::Owned(text);
    if lower.ends_with(".rels") || lower == "[content_types].xml" {
        let gone = [
            "docProps/",
            "customXml/",
            "printerSettings/",
            "docMetadata/",
        ];
        text = without_elements(text, &["<Relationship ", "<Override "], &|element| {
            gone.iter().any(|folder| element.contains(folder))
        });
        let before = text.len();
        text = without_elements(text, &["<Relationship "], &|element| {
            element.contains("attachedTemplate")
        });
        if text.len() != before {
            what.push(PATH);
        }
    }
    if lower == "xl/workbook.xml" {
        let before = text.len();
        text = without_elements(text, &["<x15ac:absPath ", "<fileSharing "], &|_| true);
        if text.len() != before {
            what.push(PATH);
        }
    }
    if lower == "word/settings.xml" {
        let before = text.len();
        text = without_elements(
            text,
            &["<w:attachedTemplate ", "<w:rsid ", "<w:rsidRoot "],
            &|_| true,
        );
        if text.len() != before {
            what.push(OTHER);
        }
    }
    let body = text.into_owned().into_bytes();
    Ok(match what.is_empty() {
        // The lists change only where a part is gone, which is told of that part.
        true => Part::Same(body),
        false => Part::Changed(body, what),
    })
}

fn of_open_document(name: &str, body: Vec<u8>) -> Result<Part, Refusal> {
    match name {
        "meta.xml" => return Ok(Part::Gone(TAGS)),
        "settings.xml" => return Ok(Part::Gone(SETTINGS)),
        "mimetype" => return Ok(Part::Same(body)),
        _ => {}
    }
    if name.starts_with("Thumbnails/") {
        return Ok(Part::Gone(PREVIEW));
    }
    if name.starts_with("Configurations2/") || name == "manifest.rdf" || name == "layout-cache" {
        return Ok(Part::Gone(OTHER));
    }
    if name.starts_with("Pictures/") {
        return picture(body);
    }
    let known = ["content.xml", "styles.xml", "META-INF/manifest.xml"];
    if !known.contains(&name) {
        return Err(Refusal::Because(INSIDE));
    }
    let text = String::from_utf8(body).map_err(|_| Refusal::Because(LOCKED))?;
    let marks = [
        "<dc:creator",
        "<text:tracked-changes",
        "<office:annotation",
        "manifest:encryption-data",
    ];
    if marks.iter().any(|mark| text.contains(mark)) {
        return Err(Refusal::Because(PEOPLE));
    }
    let gone = [
        "\"meta.xml\"",
        "\"settings.xml\"",
        "\"Thumbnails/",
        "\"Configurations2/",
        "\"manifest.rdf\"",
        "\"layout-cache\"",
    ];
    let text = without_elements(Cow::Owned(text), &["<manifest:file-entry "], &|element| {
        gone.iter().any(|name| element.contains(name))
    });
    Ok(Part::Same(text.into_owned().into_bytes()))
}

/// A picture inside a document is held to what pictures are held to. A document in its place would hold
/// another one in turn, thousands deep in a megabyte.
fn picture(body: Vec<u8>) -> Result<Part, Refusal> {
    if Type::of(body.get(..HEAD.min(body.len())).unwrap_or_default()) == Some(Type::Zip) {
        return Err(Refusal::Because(INSIDE));
    }
    let mut file = Cursor::new(&body);
    match examine_file(&mut file)? {
        Properties::None => Ok(Part::Same(body)),
        Properties::Removed(clean) => {
            let mut copy = Vec::new();
            clean.write(&mut file, &mut copy)?;
            Ok(Part::Changed(copy, clean.removed.into_iter().collect()))
        }
        Properties::Withheld(_) => Err(Refusal::Because(
            "it holds a picture or sound whose properties docket cannot take out",
        )),
    }
}

/// XML without those empty elements that begin so and of which this holds.
fn without_elements<'a>(
    xml: Cow<'a, str>,
    begins: &[&str],
    is_gone: &dyn Fn(&str) -> bool,
) -> Cow<'a, str> {
    let mut out = String::with_capacity(xml.len());
    let mut rest: &str = &xml;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let end = tag.find('>').map_or(tag.len(), |end| end + 1);
        let (element, after) = tag.split_at(end);
        let goes = element.ends_with("/>")
            && begins.iter().any(|begin| element.starts_with(begin))
            && is_gone(element);
        if !goes {
            out.push_str(element);
        }
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}
