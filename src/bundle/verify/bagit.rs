//! BagIt itself, versions 0.93 to 1.0: complete (all that is listed is there, all that is there is
//! listed) and valid (every checksum holds).

use super::tags::{self, Declaration};
use super::walk::Tree;
use crate::bundle::bag::{self, Algorithm, Hasher};
use crate::check::Check;
use crate::text::{counted, grouped};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use unicode_normalization::UnicodeNormalization;

/// The largest tag file that is read: a manifest of some four million files.
const LARGEST_TAG_FILE: u64 = 1 << 29;

/// How many names a detail gives before it only counts.
const NAMES_SHOWN: usize = 5;

/// A bag whose structure could be read.
pub(super) struct Bag {
    /// The files on disk.
    pub(super) tree: Tree,
    /// The checksums that hold, by name, of the strongest payload manifest.
    pub(super) payload: BTreeMap<String, String>,
    /// Every tag file that a tag manifest lists.
    pub(super) sealed_tags: BTreeSet<String>,
    /// Labels and values of `bag-info.txt`.
    pub(super) info: Vec<(String, String)>,
}

impl Bag {
    /// What `bag-info.txt` says under a label, where it says it once.
    pub(super) fn told(&self, label: &str) -> Option<&str> {
        let mut told = self.info.iter().filter(|(name, _)| name == label);
        let (_, value) = told.next()?;
        told.next().is_none().then_some(value.as_str())
    }
}

/// One manifest, read.
struct Manifest {
    name: String,
    algorithm: Algorithm,
    /// Checksum in lower case by file name.
    entries: BTreeMap<String, String>,
}

/// Remarks on one aspect, gathered into one check.
#[derive(Default)]
struct Findings {
    failed: Vec<String>,
    warned: Vec<String>,
}

impl Findings {
    fn into_check(self, name: &str, ok: impl Into<String>) -> Check {
        if !self.failed.is_empty() {
            Check::failed(name, listed(&self.failed))
        } else if !self.warned.is_empty() {
            Check::warn(name, listed(&self.warned))
        } else {
            Check::ok(name, ok)
        }
    }
}

/// The first few of a list, and how many more there are.
fn listed(items: &[String]) -> String {
    let mut text = items
        .iter()
        .take(NAMES_SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("; ");
    if let Some(more) = items.len().checked_sub(NAMES_SHOWN).filter(|n| *n > 0) {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

/// Checks the bag; the bag itself comes back where it could be read at all.
pub(super) fn verify(path: &Path) -> (Vec<Check>, Option<Bag>) {
    let tree = match Tree::walk(path) {
        Ok(tree) => tree,
        Err(error) => {
            let detail = format!("cannot read the folder: {error}");
            return (vec![Check::failed("bag", detail)], None);
        }
    };
    let mut checks = vec![structure(&tree)];
    let declared = tree
        .read("bagit.txt", 4096)
        .map_err(|error| format!("cannot be read: {error}"))
        .and_then(|bytes| tags::declaration(&bytes));
    let declaration = match declared {
        Ok(declaration) => declaration,
        Err(reason) => {
            checks.push(Check::failed("declaration", format!("bagit.txt {reason}")));
            return (checks, None);
        }
    };
    let (major, minor) = declaration.version;
    checks.push(Check::ok("declaration", format!("BagIt {major}.{minor}")));

    let (info_check, info) = read_info(&tree, &declaration);
    checks.push(info_check);

    let mut findings = Findings::default();
    let payload = manifests(&tree, &declaration, Part::Payload, &mut findings);
    if payload.is_empty() {
        findings
            .failed
            .push("no payload manifest with a known checksum".to_owned());
    }
    agree(&payload, declaration.is_final(), &mut findings);
    checks.push(findings.into_check("manifests", names_of(&payload)));

    let mut findings = Findings::default();
    let tag_manifests = manifests(&tree, &declaration, Part::Tags, &mut findings);
    same_tag_files(&tag_manifests, &mut findings);
    checks.push(findings.into_check("tag manifests", names_of(&tag_manifests)));

    checks.push(fetch(&tree, &declaration, &payload));
    let litter = missing_litter(&tree, &declaration, &payload);
    checks.push(complete(
        &tree,
        &declaration,
        &payload,
        &tag_manifests,
        &litter,
    ));
    checks.push(oxum(&tree, &info, litter.len() as u64));
    checks.push(hashes(&tree, "payload checksums", &payload));
    checks.push(hashes(&tree, "tag checksums", &tag_manifests));

    let sealed_tags = tag_manifests
        .iter()
        .flat_map(|manifest| manifest.entries.keys().cloned())
        .collect();
    let strongest = payload
        .into_iter()
        .max_by_key(|manifest| (manifest.algorithm == Algorithm::Sha256, manifest.algorithm));
    let bag = Bag {
        tree,
        payload: strongest.map(|m| m.entries).unwrap_or_default(),
        sealed_tags,
        info,
    };
    (checks, Some(bag))
}

fn names_of(manifests: &[Manifest]) -> String {
    if manifests.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = manifests
        .iter()
        .map(|manifest| {
            let files = counted(manifest.entries.len() as u64, "file", "files");
            format!("{} with {files}", manifest.name)
        })
        .collect();
    listed(&names)
}

/// Nothing but regular files and folders, and a payload folder.
fn structure(tree: &Tree) -> Check {
    let mut findings = Findings::default();
    for (name, reason) in &tree.strange {
        findings.failed.push(format!("{name}: {reason}"));
    }
    let has_payload =
        tree.files.keys().any(|name| name.starts_with("data/")) || tree.root.join("data").is_dir();
    if !has_payload {
        findings.failed.push("there is no folder data".to_owned());
    }
    for name in &tree.empty_folders {
        if name != "data" {
            findings
                .warned
                .push(format!("{name}: an empty folder is not kept by manifests"));
        }
    }
    findings.into_check(
        "structure",
        counted(tree.files.len() as u64, "file", "files"),
    )
}

/// `bag-info.txt`, or `package-info.txt` before 0.96.
fn read_info(tree: &Tree, declaration: &Declaration) -> (Check, Vec<(String, String)>) {
    let name = declaration.info_name();
    if !tree.files.contains_key(name) {
        return (
            Check::ok("bag-info", format!("there is no {name}")),
            Vec::new(),
        );
    }
    let text = match read_tag(tree, declaration, name) {
        Ok(text) => text,
        Err(reason) => return (Check::failed("bag-info", reason), Vec::new()),
    };
    match tags::labels(&text) {
        Ok(labels) => {
            let detail = format!(
                "{name} with {}",
                counted(labels.len() as u64, "label", "labels")
            );
            (Check::ok("bag-info", detail), labels)
        }
        Err(line) => {
            let detail = format!("{name}, line {line}: neither a label with a value nor continued");
            (Check::failed("bag-info", detail), Vec::new())
        }
    }
}

/// A tag file as text.
fn read_tag(tree: &Tree, declaration: &Declaration, name: &str) -> Result<String, String> {
    let bytes = tree
        .read(name, LARGEST_TAG_FILE)
        .map_err(|error| format!("{name}: {error}"))?;
    declaration
        .encoding
        .decode(&bytes)
        .map_err(|reason| format!("{name}: {reason}"))
}

/// What a manifest is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Payload,
    Tags,
}

/// Reads every manifest of one part, in the order of their names.
fn manifests(
    tree: &Tree,
    declaration: &Declaration,
    part: Part,
    findings: &mut Findings,
) -> Vec<Manifest> {
    let prefix = match part {
        Part::Payload => "manifest-",
        Part::Tags => "tagmanifest-",
    };
    let mut manifests = Vec::new();
    for name in tree.files.keys() {
        let Some(algorithm) = name
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_suffix(".txt"))
        else {
            continue;
        };
        if algorithm.contains('/') {
            continue;
        }
        let Some(algorithm) = Algorithm::from_name(algorithm) else {
            findings.warned.push(format!(
                "{name}: its checksum is not known here and not checked"
            ));
            continue;
        };
        if algorithm.is_broken() {
            findings
                .warned
                .push(format!("{name}: this checksum finds damage, not forgery"));
        }
        match read_tag(tree, declaration, name) {
            Ok(text) => manifests.push(Manifest {
                name: name.clone(),
                algorithm,
                entries: entries(&text, name, algorithm, tree, declaration, part, findings),
            }),
            Err(reason) => findings.failed.push(reason),
        }
    }
    manifests
}

/// The lines of one manifest, each name checked to stay inside.
fn entries(
    text: &str,
    manifest: &str,
    algorithm: Algorithm,
    tree: &Tree,
    declaration: &Declaration,
    part: Part,
    findings: &mut Findings,
) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::new();
    for (index, line) in tags::lines(text).enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let place = format!("{manifest}, line {}", index + 1);
        let Some(line) = bag::manifest_line(line) else {
            findings
                .failed
                .push(format!("{place}: not a checksum and a name"));
            continue;
        };
        if line.checksum.len() != algorithm.hex_length() {
            findings
                .failed
                .push(format!("{place}: the checksum has the wrong length"));
            continue;
        }
        if line.asterisk {
            findings.warned.push(format!(
                "{place}: an asterisk before the name, as md5sum writes it"
            ));
        }
        let mut name = bag::decode_name(line.name, declaration.is_final());
        // Writers that do not encode the percent sign are common; theirs is meant where only the
        // name as it stands is in the bag.
        if !tree.files.contains_key(&name) && tree.files.contains_key(line.name) {
            name = line.name.to_owned();
        }
        if let Some(plain) = name.strip_prefix("./") {
            findings
                .warned
                .push(format!("{place}: the name begins with ./"));
            name = plain.to_owned();
        }
        let reason = bag::outside(&name).or_else(|| {
            let in_payload = name.starts_with("data/");
            match part {
                Part::Payload if !in_payload => Some("is not in the payload folder data"),
                Part::Tags if in_payload => Some("is in the payload"),
                _ => None,
            }
        });
        if let Some(reason) = reason {
            findings.failed.push(format!("{place}: {name} {reason}"));
            continue;
        }
        if part == Part::Tags && name.starts_with("tagmanifest-") {
            findings
                .failed
                .push(format!("{place}: a tag manifest lists a tag manifest"));
            continue;
        }
        let checksum = line.checksum.to_ascii_lowercase();
        match entries.get(&name) {
            None => {
                entries.insert(name, checksum);
            }
            Some(other) if *other == checksum && !declaration.is_final() => findings
                .warned
                .push(format!("{place}: {name} is listed twice")),
            Some(_) => findings
                .failed
                .push(format!("{place}: {name} is listed twice")),
        }
    }
    twins(entries.keys(), manifest, findings);
    entries
}

/// Names that some file systems cannot tell apart: by letter case or by Unicode's normal forms.
fn twins<'a>(names: impl Iterator<Item = &'a String>, manifest: &str, findings: &mut Findings) {
    let mut seen: BTreeMap<String, &String> = BTreeMap::new();
    for name in names {
        if let Some(other) = seen.insert(folded(name), name) {
            findings.warned.push(format!(
                "{manifest}: {other} and {name} are one name on some systems"
            ));
        }
    }
}

/// A name as the least discerning file systems see it.
fn folded(name: &str) -> String {
    name.nfc().flat_map(char::to_lowercase).nfc().collect()
}

/// Payload manifests list the same files: all must from 1.0 on; before, together they had to list
/// every file.
fn agree(manifests: &[Manifest], strict: bool, findings: &mut Findings) {
    let all: BTreeSet<&String> = manifests.iter().flat_map(|m| m.entries.keys()).collect();
    for manifest in manifests {
        let missing = all.len().saturating_sub(manifest.entries.len());
        if missing > 0 {
            let text = format!(
                "{}: does not list {} that another lists",
                manifest.name,
                counted(missing as u64, "file", "files")
            );
            if strict {
                findings.failed.push(text);
            } else {
                findings.warned.push(text);
            }
        }
    }
}

/// Tag manifests should list the same files (RFC 8493 section 2.2.1).
fn same_tag_files(manifests: &[Manifest], findings: &mut Findings) {
    let all: BTreeSet<&String> = manifests.iter().flat_map(|m| m.entries.keys()).collect();
    for manifest in manifests {
        let missing = all.len().saturating_sub(manifest.entries.len());
        if missing > 0 {
            findings.warned.push(format!(
                "{}: does not list {missing} tag files that another lists",
                manifest.name
            ));
        }
    }
}

/// `fetch.txt`: each line a URL, a length or `-`, and a name in the payload. Nothing is fetched.
fn fetch(tree: &Tree, declaration: &Declaration, payload: &[Manifest]) -> Check {
    if !tree.files.contains_key("fetch.txt") {
        return Check::ok("fetch", "nothing is to be fetched");
    }
    let text = match read_tag(tree, declaration, "fetch.txt") {
        Ok(text) => text,
        Err(reason) => return Check::failed("fetch", reason),
    };
    let mut findings = Findings::default();
    let mut count = 0_usize;
    for (index, line) in tags::lines(&text).enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        count += 1;
        let place = format!("fetch.txt, line {}", index + 1);
        let mut rest = line.trim_start_matches([' ', '\t']);
        let mut word = || {
            let (word, after) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
            rest = after.trim_start_matches([' ', '\t']);
            word
        };
        let (url, length) = (word(), word());
        if url.is_empty() || !(length == "-" || length.parse::<u64>().is_ok()) || rest.is_empty() {
            findings
                .failed
                .push(format!("{place}: not a URL, a length and a name"));
            continue;
        }
        let decoded = bag::decode_name(rest, declaration.is_final());
        let name = decoded.strip_prefix("./").unwrap_or(&decoded);
        if let Some(reason) = bag::outside(name) {
            findings.failed.push(format!("{place}: {name} {reason}"));
        } else if !name.starts_with("data/") {
            findings
                .failed
                .push(format!("{place}: {name} is not in the payload folder data"));
        } else if !payload.iter().any(|m| m.entries.contains_key(name)) {
            findings
                .failed
                .push(format!("{place}: {name} is in no manifest"));
        } else if !tree.files.contains_key(name) {
            findings.failed.push(format!(
                "{place}: {name} has not been fetched; fetch it yourself and check again"
            ));
        }
    }
    findings.into_check(
        "fetch",
        match count {
            1 => "1 file, which is here".to_owned(),
            _ => format!("{} files, all of them here", grouped(count as u64)),
        },
    )
}

/// All that is listed is there, all that is there is listed.
fn complete(
    tree: &Tree,
    declaration: &Declaration,
    payload: &[Manifest],
    tag_manifests: &[Manifest],
    litter: &BTreeSet<String>,
) -> Check {
    let mut findings = Findings::default();
    let mut listed: BTreeMap<&String, &String> = BTreeMap::new();
    for manifest in payload {
        listed.extend(&manifest.entries);
    }
    let tags: BTreeSet<&String> = tag_manifests
        .iter()
        .flat_map(|m| m.entries.keys())
        .collect();
    // The drafts take it for a matter of the file system that a bag went through when a file is
    // there under a name that differs only in form, with the same bytes.
    let here: BTreeSet<(String, &String)> = listed
        .iter()
        .filter(|(name, _)| !declaration.is_final() && tree.files.contains_key(**name))
        .map(|(name, checksum)| (folded(name), *checksum))
        .collect();
    for (name, checksum) in &listed {
        if tree.files.contains_key(*name) {
            continue;
        }
        if here.contains(&(folded(name), *checksum)) {
            findings.warned.push(format!(
                "{name}: kept under a name that differs only in form"
            ));
        } else if litter.contains(*name) {
            findings.warned.push(format!(
                "{name}: a desktop's own empty file, left behind on the way"
            ));
        } else {
            findings
                .failed
                .push(format!("{name}: listed and not there"));
        }
    }
    for name in tags.iter().filter(|name| !tree.files.contains_key(**name)) {
        findings
            .failed
            .push(format!("{name}: listed and not there"));
    }
    for name in tree.files.keys() {
        if name.starts_with("data/") {
            let missing = if declaration.is_final() {
                payload.iter().any(|m| !m.entries.contains_key(name))
            } else {
                !listed.contains_key(name)
            };
            if missing {
                findings
                    .failed
                    .push(format!("{name}: there and not listed"));
            }
        }
    }
    findings.into_check(
        "complete",
        format!(
            "{} and {}",
            counted(listed.len() as u64, "payload file", "payload files"),
            counted(tags.len() as u64, "tag file", "tag files")
        ),
    )
}

/// Listed files that are not there and of which nothing is lost: empty, and of a name that
/// desktops give to files of their own. The conformance suite of the drafts holds a bag with one
/// for valid; version 1.0 is kept to its word.
fn missing_litter(
    tree: &Tree,
    declaration: &Declaration,
    payload: &[Manifest],
) -> BTreeSet<String> {
    let mut litter = BTreeSet::new();
    if declaration.is_final() {
        return litter;
    }
    for manifest in payload {
        let empty = Hasher::new(manifest.algorithm).hex();
        for (name, checksum) in &manifest.entries {
            let last = name.rsplit('/').next().unwrap_or(name);
            if matches!(last, ".DS_Store" | "Thumbs.db" | "desktop.ini")
                && *checksum == empty
                && !tree.files.contains_key(name)
            {
                litter.insert(name.clone());
            }
        }
    }
    litter
}

/// `Payload-Oxum`: bytes and files of the payload, with as many empty files as were left behind.
fn oxum(tree: &Tree, info: &[(String, String)], left_behind: u64) -> Check {
    let values: Vec<&str> = info
        .iter()
        .filter(|(label, _)| label.eq_ignore_ascii_case("payload-oxum"))
        .map(|(_, value)| value.as_str())
        .collect();
    let [value] = values.as_slice() else {
        return if values.is_empty() {
            Check::ok("payload-oxum", "not given")
        } else {
            Check::failed("payload-oxum", "Payload-Oxum is given more than once")
        };
    };
    let (mut bytes, mut files) = (0_u64, left_behind);
    for (_, size) in tree
        .files
        .iter()
        .filter(|(name, _)| name.starts_with("data/"))
    {
        bytes = bytes.saturating_add(*size);
        files += 1;
    }
    let found = format!("{bytes}.{files}");
    if *value == found {
        Check::ok("payload-oxum", found)
    } else {
        Check::failed(
            "payload-oxum",
            format!("says {value}, and the payload is {found}"),
        )
    }
}

/// Every listed file that is there has the checksum of every manifest, read once for all of them.
fn hashes(tree: &Tree, name: &str, manifests: &[Manifest]) -> Check {
    let mut findings = Findings::default();
    let all: BTreeSet<&String> = manifests.iter().flat_map(|m| m.entries.keys()).collect();
    let mut checked = 0_u64;
    for file in all
        .into_iter()
        .filter(|name| tree.files.contains_key(*name))
    {
        let wanted: Vec<(&Manifest, &String)> = manifests
            .iter()
            .filter_map(|manifest| Some((manifest, manifest.entries.get(file)?)))
            .collect();
        let algorithms: Vec<Algorithm> = wanted.iter().map(|(m, _)| m.algorithm).collect();
        match checksums(tree, file, &algorithms) {
            Err(error) => findings
                .failed
                .push(format!("{file}: cannot be read: {error}")),
            Ok(found) => {
                checked += 1;
                for ((manifest, wanted), found) in wanted.iter().zip(found) {
                    if **wanted != found {
                        findings.failed.push(format!(
                            "{file}: its bytes are not those of {}",
                            manifest.name
                        ));
                    }
                }
            }
        }
    }
    findings.into_check(
        name,
        format!("{} them", counted(checked, "file has", "files have")),
    )
}

/// Several checksums of one file, which is read once.
fn checksums(tree: &Tree, name: &str, algorithms: &[Algorithm]) -> std::io::Result<Vec<String>> {
    let mut file = tree.open(name)?;
    let mut hashers: Vec<Hasher> = algorithms.iter().map(|a| Hasher::new(*a)).collect();
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        for hasher in &mut hashers {
            hasher.update(buffer.get(..count).unwrap_or_default());
        }
    }
    Ok(hashers.into_iter().map(Hasher::hex).collect())
}
