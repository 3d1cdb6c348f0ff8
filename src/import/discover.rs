//! Which exports stand at a path that a person gives.

use super::advice::{self, Look};
use super::export::{Item, ItemRole, role_of};
use super::{ALL, Detection, Export, Importer, ReadError};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

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
    /// It is none, and why: one sentence.
    NotAnExport(String),
    /// It may be one, but cannot be read: one sentence.
    Unreadable(String),
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

/// What else stands in a zip of which `reader` has read the items that `taken` names: one sentence
/// for a person, where it is another export or a zip that is not opened, as when a Takeout brings
/// chats and mails together, or somebody packs a folder of exports. Files that messages bring are
/// not meant: `taken` names them too. An importer that takes all its files at once leaves out only
/// those that tell the same again.
pub fn beside(
    export: Export,
    reader: &dyn Importer,
    taken: &dyn Fn(u32) -> bool,
) -> Option<String> {
    let rest = export.rest(taken)?;
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

/// Says which exports stand at a path: the file itself; or in a folder, each file that is one and
/// what its child folders hold. A folder that directly holds one chat text and the files that its
/// messages name is one export. Files that are but parts of one (the mails of an account, the
/// pages of a service) are one export together: all of the folder given, where it holds nothing
/// else to load, and otherwise those of each folder in it. Everything else is told too, with the reason. Sorted by path;
/// symbolic links are not followed.
pub fn discover(path: &Path) -> Vec<Given> {
    let mut given = Vec::new();
    match std::fs::metadata(path) {
        Err(error) => given.push(unreadable(path, &error.to_string())),
        // A link that the person names is what the person means.
        Ok(found) if found.is_dir() => {
            folder(path, 0, &mut given);
            given = gather(path, given);
        }
        Ok(found) if found.is_file() => given.push(file(path)),
        Ok(_) => given.push(not_an_export(path, "is neither a file nor a folder")),
    }
    given
}

fn own_name(path: &Path) -> String {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    // `.` and `..` have no name of their own.
    let real = || {
        let real = path.canonicalize().ok()?;
        Some(real.file_name()?.to_string_lossy().into_owned())
    };
    name.or_else(real).unwrap_or_default()
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

fn verdict(path: &Path, name: &str) -> Verdict {
    let export = match Export::from_file(path, name) {
        Ok(export) => export,
        Err(error) => return Verdict::Unreadable(error.to_string()),
    };
    match detect(&export) {
        Ok((importer, evidence)) => Verdict::Export {
            importer: importer.name(),
            evidence,
        },
        Err(_) => Verdict::NotAnExport(told(path, &export)),
    }
}

/// What a file is that is no export, and what to do.
fn told(path: &Path, export: &Export) -> String {
    let look = |most: usize| -> std::io::Result<Vec<u8>> {
        let mut head = Vec::new();
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        File::open(path)?.take(most).read_to_end(&mut head)?;
        Ok(head)
    };
    let mut head = look(advice::LOOK).unwrap_or_default();
    if head.starts_with(advice::SQLITE) {
        head = look(advice::LOOK_FOR_TABLES).unwrap_or(head);
    }
    let names = export.items.iter().map(|item| item.name.as_str());
    advice::advice(&Look {
        name: &export.name,
        head: &head,
        entries: &names.filter(|_| export.is_zip()).collect::<Vec<_>>(),
    })
}

fn file(path: &Path) -> Given {
    let name = own_name(path);
    bare(path, verdict(path, &name))
}

/// Whether a file can be an export by its name alone; media files beside a chat are not opened. A
/// table may be either.
fn may_be_export(name: &str) -> bool {
    let table = name
        .rsplit_once('.')
        .is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("csv"));
    (role_of(name) != ItemRole::Media || table) && !name.starts_with('.')
}

/// The files that a part of an export names, where it alone says which they are.
fn named_by(one: &Given) -> Vec<PathBuf> {
    let (Some(importer), Some(folder)) = (one.importer(), one.path.parent()) else {
        return Vec::new();
    };
    let names = one.open().map(|export| importer.names_files(&export));
    let names = names.unwrap_or_default();
    names.iter().map(|name| folder.join(name)).collect()
}

/// Whether a file is a list that this importer reads its exports with.
fn is_list(one: &Given, importer: &dyn Importer) -> bool {
    one.path.extension().is_some_and(|ending| ending == "json")
        && Export::from_file(&one.path, &one.name).is_ok_and(|file| importer.is_read_with(&file))
}

/// Joins the files that are parts of one export.
fn gather(path: &Path, given: Vec<Given>) -> Vec<Given> {
    // What gathers: the importer, and the folder its files are joined in.
    let parts: Vec<Option<&'static str>> = given
        .iter()
        .map(|one| {
            let importer = one.importer().filter(|_| one.files.is_empty())?;
            let export = one.open().ok()?;
            // A zip is whole, and could not be opened as one of several files.
            (!export.is_zip() && importer.gathers(&export)).then(|| importer.name())
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
        .flat_map(|(one, _)| named_by(one))
        .collect();
    // What is no export and stands in a folder may be what the exports there name.
    let beside = |one: &Given, folder: &Path, importer: &dyn Importer| {
        matches!(one.verdict, Verdict::NotAnExport(_))
            && one.path.starts_with(folder)
            && one.path.is_file()
            && !one.path.is_symlink()
            && (importer.brings(&inside(one, folder))
                || named.contains(&one.path)
                || is_list(one, importer))
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

fn folder(path: &Path, depth: usize, given: &mut Vec<Given>) {
    let entries = match std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
        Ok(entries) => entries,
        Err(error) => {
            given.push(unreadable(path, &error.to_string()));
            return;
        }
    };
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    let names: Vec<String> = paths.iter().map(|inside| own_name(inside)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if let Some(advice) = advice::advice_on_folder(&names) {
        given.push(not_an_export(path, &advice));
        return;
    }
    let (mut files, mut folders, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for inside in paths {
        match std::fs::symlink_metadata(&inside) {
            Err(error) => others.push(unreadable(&inside, &error.to_string())),
            Ok(found) if found.is_symlink() => others.push(not_an_export(
                &inside,
                "is a symbolic link, which is not followed",
            )),
            Ok(found) if found.is_dir() => folders.push(inside),
            Ok(found) if found.is_file() => files.push(inside),
            Ok(_) => others.push(not_an_export(&inside, "is neither a file nor a folder")),
        }
    }
    let judged: Vec<Given> = files
        .iter()
        .map(|inside| {
            if may_be_export(&own_name(inside)) {
                file(inside)
            } else {
                not_an_export(inside, "stands beside the exports and is none")
            }
        })
        .collect();
    let exports = judged
        .iter()
        .filter(|one| !matches!(one.verdict, Verdict::NotAnExport(_)))
        .count();
    let text = |one: &&Given| {
        let ending = one
            .path
            .extension()
            .map(|ending| ending.to_ascii_lowercase());
        ending.is_some_and(|ending| ending == "txt")
    };
    let chat = judged
        .iter()
        .find(|one| matches!(one.verdict, Verdict::Export { .. }))
        .filter(text);
    let media = judged
        .iter()
        .any(|one| role_of(&one.name) == ItemRole::Media);
    match chat {
        Some(chat) if exports == 1 && media => given.push(Given {
            path: path.into(),
            name: own_name(path),
            files: judged
                .iter()
                .map(|one| (one.name.clone(), one.path.clone()))
                .collect(),
            verdict: chat.verdict.clone(),
        }),
        _ => given.extend(judged),
    }
    given.extend(others);
    for inside in folders {
        if depth < DEPTH {
            folder(&inside, depth + 1, given);
        } else {
            given.push(not_an_export(&inside, "lies too deep"));
        }
    }
    given.sort_by(|a, b| a.path.cmp(&b.path));
}
