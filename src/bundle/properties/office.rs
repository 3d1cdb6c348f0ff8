//! Office documents: OOXML (ISO/IEC 29500) and OpenDocument (ISO/IEC 26300) are zips of parts. A copy
//! is a new zip of the same parts without those that tell of the document, with their names taken
//! from the lists; the others unpack to the same bytes, but for pictures, of which the copies are
//! taken. Times in the zip are set to its zero.
//!
//! Documents that name people inside (comments, tracked changes), hold other files or lead to some are
//! withheld, and those with a part that is none of the kinds that are listed here: what a part is, its
//! root element tells, whatever it is called.

use super::xml::{self, Element, Fate};
use super::{CHUNK, Clean, HEAD, LARGE, Properties, Refusal, examine as examine_file};
use crate::import::content::{Class, Type};
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
const PEOPLE: &str = "it holds comments or tracked changes, or names who worked on it";
const INSIDE: &str = "it holds other files or programs";
const ELSEWHERE: &str = "it leads to files on somebody's disk, whose paths name people";
const LOCKED: &str = "it is locked or damaged";

/// Parts unpack to no more than this.
const MOST: u64 = super::LARGEST;

/// The root elements of parts that are kept (OOXML, part 1, section 11 to 14, and what Office added).
/// Not among them: comments, people, properties, tags of programs, signatures, and the cache of a
/// pivot table, which holds rows that nobody may see any more.
const OFFICE_ROOTS: &[&str] = &[
    // Of the package.
    "Types",
    "Relationships",
    // Of texts.
    "document",
    "styles",
    "settings",
    "webSettings",
    "fonts",
    "numbering",
    "footnotes",
    "endnotes",
    "hdr",
    "ftr",
    "glossaryDocument",
    // Of tables.
    "workbook",
    "worksheet",
    "chartsheet",
    "dialogsheet",
    "sst",
    "styleSheet",
    "calcChain",
    "table",
    "metadata",
    // Of slides.
    "presentation",
    "presentationPr",
    "viewPr",
    "tblStyleLst",
    "sldMaster",
    "sldLayout",
    "sld",
    "notes",
    "notesMaster",
    "handoutMaster",
    // Of drawings.
    "theme",
    "themeOverride",
    "chartSpace",
    "chartStyle",
    "colorStyle",
    "dataModel",
    "layoutDef",
    "styleDef",
    "colorsDef",
    "drawing",
    "wsDr",
    "userShapes",
];

/// Elements that hold or mark a comment, a change, or who made one: WordprocessingML (part 1, section
/// 17.13), SpreadsheetML (18.7, 18.11), PresentationML (19.4), [MS-DOCX], [MS-PPTX], and OpenDocument
/// 1.3 (part 3, sections 5.5, 9.9, 14.1 to 14.3).
const MARKS: &[&str] = &[
    "ins",
    "del",
    "delText",
    "delInstrText",
    "cellIns",
    "cellDel",
    "cellMerge",
    "permStart",
    "cm",
    "cmLst",
    "author",
    "authors",
    "authorLst",
    "people",
    "person",
    "personList",
    "customWorkbookView",
    "userInfo",
    "creator",
    "tracked-changes",
    "tracked-change",
    "change",
    "change-info",
    "change-start",
    "change-end",
    "changed-region",
    "format-change",
    "insertion",
    "deletion",
    "movement",
    "cell-content-change",
    "cell-content-deletion",
    "annotation",
    "annotation-end",
    "encryption-data",
];

/// What names of such elements begin with.
const BEGINS: &[&str] = &[
    "comment",
    "threadedComment",
    "cmAuthor",
    "moveFrom",
    "moveTo",
    "customXmlIns",
    "customXmlDel",
    "customXmlMove",
    "chg",
];

/// Attributes that say who.
const BY: &[&str] = &[
    "author",
    "authorId",
    "creator",
    "initials",
    "lastModifiedBy",
    "refreshedBy",
    "userId",
    "userName",
];

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
    let mut places: Vec<(u64, u64)> = Vec::new();
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
        let start = file.data_start().unwrap_or_default();
        let end = start.saturating_add(file.compressed_size());
        places.push((file.header_start(), end));
        is_plain &= is_filled(between(bytes, start, end), file.compression());
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
    is_plain &= holds_no_more(bytes, &mut places, archive.central_directory_start());
    if !is_plain {
        clean.without(TIMES);
    }
    if clean.removed.is_empty() {
        return Ok(clean);
    }
    clean.put(packed(&parts).map_err(|_| Refusal::Because(LOCKED))?);
    Ok(clean)
}

/// Whether a zip is its parts one after the other, the list of them from `list` on, and nothing else:
/// what stands between, or is listed twice, was once a part and is shown to nobody (APPNOTE 4.3).
fn holds_no_more(zip: &[u8], places: &mut [(u64, u64)], list: u64) -> bool {
    places.sort_unstable();
    let mut at = 0;
    let ends = places.iter().map(|(begin, _)| *begin).skip(1).chain([list]);
    for ((begin, end), next) in places.iter().zip(ends) {
        let gap = between(zip, *end, next).unwrap_or(b"?");
        let is_sum = gap.starts_with(b"PK\x07\x08") && matches!(gap.len(), 16 | 24);
        if *begin != at || !(gap.is_empty() || is_sum) {
            return false;
        }
        at = next;
    }
    let Some((rest, end)) = zip.split_last_chunk::<22>() else {
        return false;
    };
    let number = |from: usize, width: usize| {
        let bytes = end.get(from..from + width).unwrap_or_default();
        bytes
            .iter()
            .rev()
            .fold(0, |all, byte| all << 8 | u64::from(*byte))
    };
    end.starts_with(b"PK\x05\x06")
        && number(10, 2) == places.len() as u64
        && number(12, 4) + number(16, 4) == rest.len() as u64
        && number(16, 4) == list
        && number(20, 2) == 0
}

fn between(zip: &[u8], from: u64, to: u64) -> Option<&[u8]> {
    zip.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?)
}

/// Whether what is packed ends where its stated length does: a packed stream says itself where it is
/// over (RFC 1951, 3.2.3), and nobody reads what stands after that.
fn is_filled(part: Option<&[u8]>, method: CompressionMethod) -> bool {
    let Some(part) = part else {
        return false;
    };
    if method == CompressionMethod::Stored {
        return true;
    }
    let mut inflate = flate2::Decompress::new(false);
    let mut shown = vec![0; CHUNK];
    loop {
        let (taken, given) = (inflate.total_in(), inflate.total_out());
        let rest = usize::try_from(taken).ok().and_then(|at| part.get(at..));
        let none = flate2::FlushDecompress::None;
        match inflate.decompress(rest.unwrap_or_default(), &mut shown, none) {
            Ok(flate2::Status::StreamEnd) => return inflate.total_in() == part.len() as u64,
            Ok(_) if (inflate.total_in(), inflate.total_out()) != (taken, given) => {}
            _ => return false,
        }
    }
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
    office_xml(body)
}

/// A part of an OOXML document that is XML.
fn office_xml(body: Vec<u8>) -> Result<Part, Refusal> {
    let mut root = String::new();
    judged(body, &mut |element| {
        if element.depth == 0 {
            names_nobody(element)?;
            element.name.clone_into(&mut root);
            is_of(OFFICE_ROOTS, &root)?;
        }
        let fate = match (root.as_str(), element.name) {
            ("Types", "Override") if is_listed(element, "PartName") => Fate::Goes,
            ("Relationships", "Relationship") => relationship(element)?,
            ("settings", "attachedTemplate" | "rsid" | "rsidRoot" | "docVars") => {
                Fate::GoesAs(OTHER)
            }
            ("workbook", "absPath" | "fileSharing") => Fate::GoesAs(PATH),
            _ => Fate::Stays,
        };
        if fate == Fate::Stays {
            names_nobody(element)?;
            leads_nowhere(element)?;
        }
        Ok(fate)
    })
}

/// What becomes of a line in a list of what belongs together (part 2, section 9).
fn relationship(element: &Element<'_>) -> Result<Fate, Refusal> {
    let is = |kind: &str| {
        let own = element.value("Type");
        own.is_some_and(|own| own.rsplit('/').next() == Some(kind))
    };
    if is("attachedTemplate") {
        return Ok(Fate::GoesAs(PATH));
    }
    if is_listed(element, "Target") {
        return Ok(Fate::Goes);
    }
    let leads_out = element
        .value("TargetMode")
        .is_some_and(|mode| mode.trim() == "External");
    let is_path = element
        .value("Target")
        .is_some_and(|target| target.contains('\\'));
    match is_path || (leads_out && !is("hyperlink")) {
        true => Err(Refusal::Because(ELSEWHERE)),
        false => Ok(Fate::Stays),
    }
}

/// Whether an attribute leads to a part that goes.
fn is_listed(element: &Element<'_>, attribute: &str) -> bool {
    let gone = [
        "docprops/",
        "customxml/",
        "printersettings/",
        "docmetadata/",
    ];
    element.value(attribute).is_some_and(|target| {
        let target = target.to_ascii_lowercase();
        gone.iter().any(|folder| target.contains(folder))
    })
}

fn of_open_document(name: &str, body: Vec<u8>) -> Result<Part, Refusal> {
    match name {
        "meta.xml" => return Ok(Part::Gone(TAGS)),
        "settings.xml" => return Ok(Part::Gone(SETTINGS)),
        "mimetype" => {
            let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-+/".contains(byte);
            let kind = body.strip_prefix(b"application/vnd.oasis.opendocument.");
            return match kind.is_some_and(|kind| kind.len() < 40 && kind.iter().all(is_plain)) {
                true => Ok(Part::Same(body)),
                false => Err(Refusal::Because(INSIDE)),
            };
        }
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
    let root = match name {
        "content.xml" => "document-content",
        "styles.xml" => "document-styles",
        "META-INF/manifest.xml" => "manifest",
        _ => return Err(Refusal::Because(INSIDE)),
    };
    let gone = [
        "meta.xml",
        "settings.xml",
        "Thumbnails/",
        "Configurations2/",
        "manifest.rdf",
        "layout-cache",
    ];
    judged(body, &mut |element| {
        names_nobody(element)?;
        if element.depth == 0 {
            is_of(&[root], element.name)?;
        }
        let is_gone = element.name == "file-entry"
            && element
                .value("full-path")
                .is_some_and(|path| gone.iter().any(|name| path.starts_with(name)));
        leads_nowhere(element)?;
        Ok(match is_gone {
            true => Fate::Goes,
            false => Fate::Stays,
        })
    })
}

/// A part without what `look` says goes, and without comments and instructions to programs.
fn judged(
    body: Vec<u8>,
    look: &mut dyn FnMut(&Element<'_>) -> Result<Fate, Refusal>,
) -> Result<Part, Refusal> {
    let xml::Copy {
        bytes,
        gone,
        had_asides,
    } = xml::copy(body, look)?;
    let mut what: Vec<_> = gone.into_iter().collect();
    if had_asides {
        what.push(OTHER);
    }
    Ok(match what.is_empty() {
        // The lists change only where a part is gone, which is told of that part.
        true => Part::Same(bytes),
        false => Part::Changed(bytes, what),
    })
}

fn is_of(roots: &[&str], root: &str) -> Result<(), Refusal> {
    match roots.contains(&root) {
        true => Ok(()),
        false => Err(Refusal::Because(INSIDE)),
    }
}

/// Refuses what a document is full of that was changed or commented on: elements and attributes that
/// say by whom, and those that hold what was deleted.
fn names_nobody(element: &Element<'_>) -> Result<(), Refusal> {
    let name = element.name;
    let is_so = MARKS.contains(&name)
        || BEGINS.iter().any(|begin| name.starts_with(begin))
        || name.ends_with("Change");
    let space = || element.space().unwrap_or_default();
    let is_shown = match name {
        // How a pen moves in a drawing.
        "moveTo" => space().contains("/drawingml/"),
        // A field of the text, in which the name is to be read.
        "creator" => space().ends_with(":xmlns:text:1.0"),
        _ => false,
    };
    let names = |(name, _): (&str, _)| BY.contains(&name);
    match (is_so && !is_shown) || element.attributes().any(names) {
        true => Err(Refusal::Because(PEOPLE)),
        false => Ok(()),
    }
}

/// Refuses a path on somebody's disk, which as a rule holds their name.
fn leads_nowhere(element: &Element<'_>) -> Result<(), Refusal> {
    let is_path = |value: Cow<'_, str>| {
        let begin = value.trim_start().as_bytes().get(..5);
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(b"file:"))
    };
    match element.attributes().any(|(_, value)| is_path(value)) {
        true => Err(Refusal::Because(ELSEWHERE)),
        false => Ok(()),
    }
}

/// A picture inside a document is held to what pictures are held to. Nobody is shown a text in its
/// place, and a document there would hold another one in turn, thousands deep in a megabyte.
fn picture(body: Vec<u8>) -> Result<Part, Refusal> {
    let kind = Type::of(body.get(..HEAD.min(body.len())).unwrap_or_default());
    let is_shown = |kind: Type| matches!(kind.class(), Class::Picture | Class::Sound | Class::Film);
    if !kind.is_some_and(is_shown) {
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
