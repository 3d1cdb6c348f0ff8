//! Which exports stand at a path that a person gives, or in an archive.
//!
//! A folder and an archive are looked through alike, so that a packed folder gives the exports that
//! it gives unpacked.

mod chats;
mod shelf;

use super::advice::{self, Look};
use super::export::{Item, ItemRole, Portion, role_of};
use super::{ALL, Detection, Export, Importer, ReadError, contacts, first_bytes};
use crate::text::counted;
use shelf::{Disk, Packed, Shelf, Watch, What};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How what is compressed with gzip begins (RFC 1952, 2.3.1).
const GZIP: &[u8] = &[0x1F, 0x8B, 8];
/// Most folders below the one given.
const DEPTH: usize = 16;

/// Something that stands at or below a path that a person gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The file or folder.
    pub path: PathBuf,
    /// Its own name.
    pub name: String,
    /// Of a folder that is one export, its files: each by its name in the folder and its path,
    /// sorted. Empty for a file.
    pub files: Vec<(String, PathBuf)>,
    /// Whether it is an export.
    pub verdict: Verdict,
}

/// Whether something that was given is an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is one, of this importer, and why.
    Export {
        /// The importer's name.
        importer: &'static str,
        /// What shows it.
        evidence: String,
    },
    /// It is an archive that is no export as a whole, and holds so many: see [`within`].
    Archive {
        /// How many.
        exports: usize,
    },
    /// It is none, and why: one sentence.
    NotAnExport(String),
    /// It may be one, but cannot be read: one sentence.
    Unreadable(String),
}

impl Verdict {
    /// How many exports it is.
    pub fn exports(&self) -> usize {
        match self {
            Verdict::Export { .. } => 1,
            Verdict::Archive { exports } => *exports,
            Verdict::NotAnExport(_) | Verdict::Unreadable(_) => 0,
        }
    }
}

impl Given {
    /// Opens it.
    ///
    /// # Errors
    /// As [`Export::from_file`] and [`Export::from_files`].
    pub fn open(&self) -> Result<Export, ReadError> {
        if self.files.is_empty() {
            Export::from_file(&self.path, &self.name)
        } else {
            Export::from_files(&self.name, self.files.clone())
        }
    }

    /// The importer that reads it, if it is an export.
    pub fn importer(&self) -> Option<&'static dyn Importer> {
        match &self.verdict {
            Verdict::Export { importer, .. } => super::by_name(importer),
            _ => None,
        }
    }
}

/// Why an importer says that an export is not its own: its name, and the reason.
pub type Refusal = (&'static str, String);

/// The importer that an export belongs to, with the evidence.
///
/// # Errors
/// The reason of each importer that it does not belong to.
pub fn detect(export: &Export) -> Result<(&'static dyn Importer, String), Vec<Refusal>> {
    let mut maybe = None;
    let mut reasons = Vec::new();
    for importer in ALL {
        match importer.detect(export) {
            Detection::Yes(evidence) => return Ok((*importer, evidence)),
            Detection::Maybe(evidence) => {
                maybe.get_or_insert((*importer, evidence));
            }
            Detection::No(reason) => reasons.push((importer.name(), reason)),
        }
    }
    maybe.ok_or(reasons)
}

/// What else stands in an archive of which `reader` has read the items that `taken` names: one sentence
/// for a person, where it is another export or a zip that is not opened, as when a Takeout brings
/// chats and mails together, or somebody packs a folder of exports; [`within`] tells which exports
/// these are. Files that messages bring are not meant: `taken` names them too. An importer that takes all its files at once leaves out only
/// those that tell the same again.
pub fn beside(
    export: Export,
    reader: &dyn Importer,
    taken: &dyn Fn(u32) -> bool,
) -> Option<String> {
    let rest = export.rest(taken)?.with_what_is_within();
    let another = |importer: &&&dyn Importer| {
        let same = importer.name() == reader.name() && importer.gathers(&rest);
        !same && !matches!(importer.detect(&rest), Detection::No(_))
    };
    let stands = match ALL.iter().find(another) {
        Some(importer) => format!("an export of the format {}", importer.name()),
        None => {
            let is_zip = |item: &&Item| {
                item.problem.is_none() && item.name.to_ascii_lowercase().ends_with(".zip")
            };
            let zip = rest.items.iter().find(is_zip)?;
            format!("a zip ({})", zip.name)
        }
    };
    Some(format!(
        "It also holds {stands}, which was not read: unpack it and load the folder, then all that \
         stands in it is read."
    ))
}

/// Endings of names of archives.
const ARCHIVES: &[&str] = &[
    "zip", "7z", "rar", "tar", "gz", "tgz", "bz2", "xz", "zst", "z01", "001",
];
/// Most files that are named in one sentence.
const MOST_NAMED: usize = 3;

/// What was neither read nor named by a message, of the export that `reader` has read: one sentence for a
/// person, and whether other exports may be in it. Archives, and other files where messages name all
/// there are.
pub fn left_over(
    export: &Export,
    reader: &dyn Importer,
    taken: &dyn Fn(u32) -> bool,
) -> Option<(String, bool)> {
    let is_left = |(number, item): &(u32, &Item)| {
        let is_of_system = item.name.contains("__MACOSX/")
            || item.file_name().starts_with('.')
            || item.file_name().eq_ignore_ascii_case("thumbs.db");
        let is_file = item.role != ItemRole::Folder && item.size > 0 && item.problem.is_none();
        is_file
            && !is_of_system
            && !taken(*number)
            && (reader.names_all_files() || ends_with(&item.name, ARCHIVES))
    };
    let left = (0u32..).zip(&export.items).filter(is_left);
    let names: Vec<&str> = left.map(|(_, item)| item.name.as_str()).collect();
    let first = names.get(..MOST_NAMED).unwrap_or(&names).join(", ");
    let (count, more) = (names.len() as u64, names.len().saturating_sub(MOST_NAMED));
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let archives = names.iter().any(|name| ends_with(name, ARCHIVES));
    let remedy = match archives {
        true => "; unpack an archive that holds exports and load its folder",
        false => "",
    };
    let files = counted(
        count,
        "file of it is named by no message and was not read",
        "files of it are named by no message and were not read",
    );
    (count > 0).then(|| (format!("{files}: {first}{more}{remedy}."), archives))
}

/// Says which exports stand at a path: the file itself; or in a folder, each file that is one and
/// what its child folders hold. A folder that directly holds one chat text and the files that its
/// messages name is one export, even where one of these is an export itself. Files that are but parts of one (the mails of an account, the
/// pages of a service) are one export together: all of the folder given, where it holds nothing
/// else to load, and otherwise those of each folder in it. Everything else is told too, with the reason. Sorted by path;
/// symbolic links are not followed.
pub fn discover(path: &Path) -> Vec<Given> {
    look(&Disk::default(), path)
}

/// The same, with `watch` told of each file before it is looked at; those that are `skipped` are not
/// looked at, and are told as unreadable for the reason given.
pub(super) fn discover_watched(
    path: &Path,
    skipped: BTreeMap<PathBuf, String>,
    watch: Watch,
) -> Vec<Given> {
    let disk = Disk {
        skipped,
        watch: Some(watch),
    };
    look(&disk, path)
}

fn look(disk: &Disk, path: &Path) -> Vec<Given> {
    match disk.what(path) {
        What::Folder => all_in(disk, path),
        What::File => vec![chats::alone(file(disk, path))],
        What::Nothing(why) => vec![not_an_export(path, &why)],
        What::Unreadable(why) => vec![unreadable(path, &why)],
    }
}

/// Something that stands in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Where it stands, and which items are it.
    pub portion: Portion,
    /// Whether it is an export.
    pub verdict: Verdict,
}

/// Says which exports stand in an archive with [what is within](Export::with_what_is_within) its
/// items, or in one folder of it; everything else is told too, as [`discover`] does of a folder.
pub fn within(archive: &Export, folder: &str) -> Vec<Packet> {
    let shelf = Packed::of(archive);
    let mut given = all_in(&shelf, Path::new(folder));
    for one in &mut given {
        if let Some(exports) = exports_in(&shelf, one) {
            one.verdict = Verdict::Archive { exports };
        }
    }
    given
        .into_iter()
        .map(|one| Packet {
            portion: shelf.portion(&one),
            verdict: one.verdict,
        })
        .collect()
}

/// Of an archive within an archive so many files are looked at, one by one, for exports; a larger
/// one is told as a whole, to be unpacked.
const MOST_LOOKED_AT: usize = 2_000;

/// How many exports stand in an archive on a shelf that is none itself; `None` where none does, it
/// is no archive, or it holds too many files to look at each.
fn exports_in(shelf: &Packed<'_>, one: &Given) -> Option<usize> {
    if !matches!(one.verdict, Verdict::NotAnExport(_)) || !shelf.is_archive(&one.path) {
        return None;
    }
    if shelf.holds_more(&one.path, MOST_LOOKED_AT) {
        return None;
    }
    let inside = all_in(shelf, &one.path);
    let exports = inside.iter().map(|inner| {
        let packed = exports_in(shelf, inner);
        packed.unwrap_or_else(|| inner.verdict.exports())
    });
    Some(exports.sum()).filter(|exports| *exports > 0)
}

fn all_in(shelf: &dyn Shelf, path: &Path) -> Vec<Given> {
    let mut given = Vec::new();
    folder(shelf, path, 0, &mut given);
    gather(shelf, path, given)
}

pub(super) fn own_name(path: &Path) -> String {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    name.or_else(|| shelf::real_name(path)).unwrap_or_default()
}

fn bare(path: &Path, verdict: Verdict) -> Given {
    Given {
        path: path.into(),
        name: own_name(path),
        files: Vec::new(),
        verdict,
    }
}

fn not_an_export(path: &Path, reason: &str) -> Given {
    bare(path, Verdict::NotAnExport(reason.into()))
}

fn unreadable(path: &Path, reason: &str) -> Given {
    bare(path, Verdict::Unreadable(reason.into()))
}

fn verdict(shelf: &dyn Shelf, path: &Path, name: &str) -> Verdict {
    let export = match shelf.open(path, name) {
        Ok(export) => export,
        Err(error) => return Verdict::Unreadable(error.to_string()),
    };
    if let Ok((importer, evidence)) = detect(&export) {
        return Verdict::Export {
            importer: importer.name(),
            evidence,
        };
    }
    let told = told(shelf, path, &export);
    if shelf.opens_archives() && export.is_archive() {
        let packets = within(&export.with_what_is_within(), "");
        let exports = packets.iter().map(|one| one.verdict.exports()).sum();
        if exports > 0 {
            return Verdict::Archive { exports };
        }
        if let Some(problem) = shelf.open(path, name).ok().and_then(unread) {
            return Verdict::Unreadable(format!(
                "is an archive in which docket can read no export: {problem}"
            ));
        }
    }
    Verdict::NotAnExport(told)
}

/// Most bytes of an archive without an export that are read to see whether it is damaged.
const MOST_TRIED: u64 = 64 << 20;

/// Why an entry of an archive cannot be read: the first of which that is so.
fn unread(mut archive: Export) -> Option<String> {
    let listed = archive.items.iter().find_map(|item| {
        let problem = item.problem.as_ref()?;
        (item.role != ItemRole::Folder).then(|| format!("{} {problem}", item.name))
    });
    let sizes = archive.readable().filter_map(|item| archive.item(item));
    let all = sizes.fold(0, |all: u64, item| all.saturating_add(item.size));
    listed.or_else(|| {
        (all <= MOST_TRIED)
            .then(|| archive.set_damaged_aside(&|_| true))
            .flatten()
    })
}

/// What a file is that is no export, and what to do.
fn told(shelf: &dyn Shelf, path: &Path, export: &Export) -> String {
    let is_archive = export.is_archive() && !export.items.is_empty();
    // Of one compressed file it is told what that is.
    let compressed = match export.items.as_slice() {
        [only] if is_archive && shelf.head(path, GZIP.len()) == GZIP => Some(only.name.as_str()),
        _ => None,
    };
    let is_archive = is_archive && compressed.is_none();
    let most = if is_archive { 0 } else { advice::LOOK };
    let mut head = match compressed {
        Some(_) => first_bytes(export, 0, u64::try_from(most).unwrap_or(u64::MAX)),
        None => shelf.head(path, most),
    };
    if head.starts_with(advice::SQLITE) {
        head = shelf.head(path, advice::LOOK_FOR_TABLES);
    }
    if ends_with(&export.name, &["csv"]) && contacts::read(&head, &[]).is_ok() {
        return "a table of people, without messages; docket people import FILE takes it as a list \
                of who is who"
            .into();
    }
    let names = export.items.iter().map(|item| item.name.as_str());
    advice::advice(&Look {
        name: compressed.unwrap_or(&export.name),
        head: &head,
        entries: &names.filter(|_| is_archive).collect::<Vec<_>>(),
    })
}

fn file(shelf: &dyn Shelf, path: &Path) -> Given {
    let name = own_name(path);
    bare(path, verdict(shelf, path, &name))
}

/// Whether a file can be an export by its name alone; media files beside a chat are not opened. A
/// table may be either; cards of contacts are none, and looked at to say what they are for.
fn may_be_export(name: &str) -> bool {
    let is_list = ends_with(name, &["csv", "vcf"]);
    (role_of(name) != ItemRole::Media || is_list) && !name.starts_with('.')
}

fn ends_with(name: &str, endings: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, own)| {
        endings
            .iter()
            .any(|ending| own.eq_ignore_ascii_case(ending))
    })
}

/// The files that a part of an export names, where it alone says which they are.
fn named_by(shelf: &dyn Shelf, one: &Given) -> Vec<PathBuf> {
    let (Some(importer), Some(folder)) = (one.importer(), one.path.parent()) else {
        return Vec::new();
    };
    let export = shelf.open(&one.path, &one.name);
    let names = export.map(|export| importer.names_files(&export));
    let names = names.unwrap_or_default();
    names.iter().map(|name| folder.join(name)).collect()
}

/// Whether a file is a list that this importer reads its exports with.
fn is_list(shelf: &dyn Shelf, one: &Given, importer: &dyn Importer) -> bool {
    one.path.extension().is_some_and(|ending| ending == "json")
        && shelf
            .open(&one.path, &one.name)
            .is_ok_and(|file| importer.is_read_with(&file))
}

/// Joins the files that are parts of one export.
fn gather(shelf: &dyn Shelf, path: &Path, given: Vec<Given>) -> Vec<Given> {
    // What gathers: the importer, and the folder its files are joined in.
    let parts: Vec<Option<&'static str>> = given
        .iter()
        .map(|one| {
            let importer = one.importer().filter(|_| one.files.is_empty())?;
            let export = shelf.open(&one.path, &one.name).ok()?;
            // An archive is whole, and could not be opened as one of several files.
            (!export.is_archive() && importer.gathers(&export)).then(|| importer.name())
        })
        .collect();
    let kinds: BTreeSet<Option<&'static str>> = given
        .iter()
        .zip(&parts)
        .filter(|(one, _)| matches!(one.verdict, Verdict::Export { .. }))
        .map(|(_, part)| *part)
        .collect();
    let alone = kinds.len() == 1;
    let folder_of = |one: &Given| {
        let home = one
            .importer()
            .and_then(|importer| importer.home(&one.path))
            .filter(|home| home.starts_with(path));
        if let Some(home) = home {
            return home.to_owned();
        }
        let below = one.path.strip_prefix(path).unwrap_or(&one.path);
        match below.components().next() {
            Some(first) if !alone && below.components().count() > 1 => path.join(first),
            _ => path.to_owned(),
        }
    };
    let mut groups: BTreeMap<(PathBuf, &'static str), BTreeSet<usize>> = BTreeMap::new();
    for (index, (one, part)) in given.iter().zip(&parts).enumerate() {
        if let Some(name) = part {
            let group = (folder_of(one), *name);
            groups.entry(group).or_default().insert(index);
        }
    }
    let inside = |one: &Given, folder: &Path| {
        let inside = one.path.strip_prefix(folder).unwrap_or(&one.path);
        let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("/")
    };
    let named: BTreeSet<PathBuf> = given
        .iter()
        .zip(&parts)
        .filter(|(_, part)| part.is_some())
        .flat_map(|(one, _)| named_by(shelf, one))
        .collect();
    // What is no export and stands in a folder may be what the exports there name.
    let beside = |one: &Given, folder: &Path, importer: &dyn Importer| {
        matches!(one.verdict, Verdict::NotAnExport(_))
            && one.path.starts_with(folder)
            && shelf.is_plain_file(&one.path)
            && (importer.brings(&inside(one, folder))
                || named.contains(&one.path)
                || is_list(shelf, one, importer))
    };
    groups.retain(|(folder, name), members| {
        let only = members.first().and_then(|index| given.get(*index));
        let alone = only
            .zip(super::by_name(name))
            .is_some_and(|(one, importer)| {
                // A page deep in a download is named by its way there even with nothing beside it.
                importer.fills(&one.path, folder)
                    && (one.path.parent() != Some(folder)
                        || given.iter().any(|other| beside(other, folder, importer)))
            });
        members.len() > 1 || alone
    });
    let mut taken = BTreeSet::new();
    let mut joined = Vec::new();
    for ((folder, name), members) in &groups {
        let first = members.first().and_then(|index| given.get(*index));
        let (Some(first), Some(importer)) = (first, super::by_name(name)) else {
            continue;
        };
        let mut files = Vec::new();
        for (index, one) in given.iter().enumerate() {
            if members.contains(&index) || beside(one, folder, importer) {
                files.push((inside(one, folder), one.path.clone()));
                taken.insert(index);
            }
        }
        joined.push(Given {
            path: folder.clone(),
            name: own_name(folder),
            files,
            verdict: first.verdict.clone(),
        });
    }
    let mut left: Vec<Given> = given
        .into_iter()
        .enumerate()
        .filter(|(index, _)| !taken.contains(index))
        .map(|(_, one)| one)
        .collect();
    left.append(&mut joined);
    left.sort_by(|a, b| a.path.cmp(&b.path));
    left
}

fn folder(shelf: &dyn Shelf, path: &Path, depth: usize, given: &mut Vec<Given>) {
    let paths = match shelf.list(path) {
        Ok(paths) => paths,
        Err(why) => {
            given.push(unreadable(path, &why));
            return;
        }
    };
    let names: Vec<String> = paths.iter().map(|inside| own_name(inside)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if let Some(advice) = advice::advice_on_folder(&names) {
        given.push(not_an_export(path, &advice));
        return;
    }
    let (mut files, mut folders, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for inside in paths {
        match shelf.what_itself(&inside) {
            What::Folder => folders.push(inside),
            What::File => files.push(inside),
            What::Nothing(why) => others.push(not_an_export(&inside, &why)),
            What::Unreadable(why) => others.push(unreadable(&inside, &why)),
        }
    }
    let judged: Vec<Given> = files
        .iter()
        .map(|inside| {
            if may_be_export(&own_name(inside)) {
                file(shelf, inside)
            } else {
                not_an_export(inside, "stands beside the exports and is none")
            }
        })
        .collect();
    given.extend(chats::joined(shelf, path, judged));
    given.extend(others);
    for inside in folders {
        if depth < DEPTH {
            folder(shelf, &inside, depth + 1, given);
        } else {
            let why = format!(
                "lies more than {DEPTH} folders deep; give this folder itself to load what is in it"
            );
            given.push(unreadable(&inside, &why));
        }
    }
    given.sort_by(|a, b| a.path.cmp(&b.path));
}
