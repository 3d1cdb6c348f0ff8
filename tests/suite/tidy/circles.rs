//! Which file uses which, read from the text: that of two files of a room one may use the other, and
//! no circle comes of it.

use super::{is_under, nothing, program, sources};
use std::collections::{BTreeMap, BTreeSet};

/// The rooms in which no files use each other in a circle. What a file and one of its folder share
/// stands in a third.
const ONE_WAY: &[&str] = &["text", "case", "people", "review/report", "bundle/verify"];

/// Where a name stands, from the crate's root: the rooms and files on the way, then the name.
type Path = Vec<String>;

/// What each file uses of each other.
type Arrows = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// One file: its place among the modules, and what it names.
struct File {
    name: String,
    module: Path,
    /// What it imports or calls by its path.
    used: Vec<Path>,
    /// What it only hands on, by the name that others call it.
    given: BTreeMap<String, Path>,
}

/// The words of a file, with `::` and the brackets of imports between them.
fn words(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (_, line) in program(name, text) {
        let line = line.split(" // ").next().unwrap_or_default();
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            let length = match rest.find(|c| !word(c)) {
                Some(0) if rest.starts_with("::") => 2,
                Some(0) => first.len_utf8(),
                Some(length) => length,
                None => rest.len(),
            };
            let (token, after) = rest.split_at(length);
            if !token.trim().is_empty() {
                found.push(token.to_owned());
            }
            rest = after;
        }
    }
    found
}

/// Reads the paths of an import, up to the end of it or of its group.
fn imports(words: &mut impl Iterator<Item = String>, before: &[String], found: &mut Vec<Path>) {
    let mut path = before.to_vec();
    let mut is_whole = false;
    while let Some(word) = words.next() {
        match word.as_str() {
            "::" => {}
            "{" => imports(words, &path, found),
            "as" => drop(words.next()),
            "," | "}" | ";" => {
                if is_whole {
                    found.push(path);
                }
                if word != "," {
                    return;
                }
                path = before.to_vec();
            }
            "self" if !before.is_empty() => {}
            _ => path.push(word.clone()),
        }
        is_whole = !matches!(word.as_str(), "," | "{" | "::");
    }
}

/// A path from the crate's root, where it leads into the crate.
fn absolute(path: &[String], module: &[String], modules: &BTreeSet<Path>) -> Option<Path> {
    let mut from = module.to_vec();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => {
            from.clear();
            rest = &rest[1..];
        }
        "self" => rest = &rest[1..],
        "super" => {}
        name => {
            let mut child = module.to_vec();
            child.push(name.to_owned());
            modules.get(&child)?;
        }
    }
    while rest.first().is_some_and(|word| word == "super") {
        from.pop()?;
        rest = &rest[1..];
    }
    Some([from.as_slice(), rest].concat())
}

fn module_of(name: &str) -> Path {
    let mut module: Path = name
        .trim_end_matches(".rs")
        .split('/')
        .map(str::to_owned)
        .collect();
    if matches!(
        module.last().map(String::as_str),
        Some("mod" | "lib" | "main")
    ) {
        module.pop();
    }
    module
}

fn read(name: &str, text: &str, modules: &BTreeSet<Path>) -> File {
    let module = module_of(name);
    let (mut used, mut handed, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    let mut words = words(name, text).into_iter().peekable();
    let mut is_public = false;
    while let Some(word) = words.next() {
        // `use<>` stands in a type.
        if word != "use" || words.peek().is_some_and(|next| next == "<") {
            is_public = word == "pub" || (is_public && !matches!(word.as_str(), ";" | "}" | "{"));
            rest.push(word);
            continue;
        }
        let into = if is_public { &mut handed } else { &mut used };
        imports(&mut words, &[], into);
        is_public = false;
    }
    let resolve = |path: &Path| absolute(path, &module, modules);
    let mut used: Vec<Path> = used.iter().filter_map(resolve).collect();
    let handed: Vec<Path> = handed.iter().filter_map(resolve).collect();
    let called = |path: &Path| Some((path.last()?.clone(), path.clone()));
    let given: BTreeMap<String, Path> = handed.iter().filter_map(called).collect();
    let imported: BTreeMap<String, Path> = used.iter().chain(&handed).filter_map(called).collect();
    // What it hands on and uses itself.
    let own = rest.iter().filter_map(|word| given.get(word));
    used.extend(own.cloned());
    let mut at = 0;
    while at < rest.len() {
        let mut path = vec![rest[at].clone()];
        at += 1;
        while rest.get(at).is_some_and(|word| word == "::") {
            path.extend(rest.get(at + 1).cloned());
            at += 2;
        }
        if path.len() > 1 {
            let known = imported.get(&path[0]);
            let known = known.map(|known| [known.as_slice(), &path[1..]].concat());
            used.extend(known.or_else(|| absolute(&path, &module, modules)));
        }
    }
    File {
        name: name.to_owned(),
        module,
        used,
        given,
    }
}

/// The file that a path leads to, and the name in it.
fn leads_to<'a>(path: &Path, files: &'a [File], steps: u32) -> Option<(&'a File, String)> {
    let of = |length: usize| files.iter().find(|file| file.module == path[..length]);
    let (file, length) = (1..=path.len())
        .rev()
        .find_map(|length| Some((of(length)?, length)))?;
    let name = path.get(length)?;
    match file.given.get(name) {
        Some(from) if steps > 0 => {
            let from = [from.as_slice(), &path[length + 1..]].concat();
            leads_to(&from, files, steps - 1)
        }
        _ => Some((file, name.clone())),
    }
}

fn read_all(sources: &[(String, String)]) -> Vec<File> {
    let modules: BTreeSet<Path> = sources.iter().map(|(name, _)| module_of(name)).collect();
    sources
        .iter()
        .filter(|(name, _)| !name.ends_with("/tests.rs") && !name.contains("/tests/"))
        .map(|(name, text)| read(name, text, &modules))
        .collect()
}

/// What the files under `room` use of each other.
fn arrows(files: &[File], room: &str) -> Arrows {
    let is_here = |name: &str| is_under(name, room) || is_under(name, &format!("{room}.rs"));
    let mut arrows = Arrows::new();
    for file in files.iter().filter(|file| is_here(&file.name)) {
        for path in &file.used {
            if let Some((other, name)) = leads_to(path, files, 8)
                && other.name != file.name
                && is_here(&other.name)
            {
                let from = arrows.entry(file.name.clone()).or_default();
                from.entry(other.name.clone()).or_default().insert(name);
            }
        }
    }
    arrows
}

/// The arrows that are in a circle, or on the way from one to another.
fn circles(mut arrows: Arrows) -> Arrows {
    loop {
        let before: usize = arrows.values().map(BTreeMap::len).sum();
        let using: BTreeSet<String> = arrows.keys().cloned().collect();
        let used: BTreeSet<String> = arrows.values().flat_map(BTreeMap::keys).cloned().collect();
        arrows.retain(|name, _| used.contains(name));
        for others in arrows.values_mut() {
            others.retain(|name, _| using.contains(name));
        }
        arrows.retain(|_, others| !others.is_empty());
        if arrows.values().map(BTreeMap::len).sum::<usize>() == before {
            return arrows;
        }
    }
}

#[test]
fn files_of_these_rooms_use_each_other_one_way() {
    let files = read_all(&sources());
    let mut faults = Vec::new();
    for room in ONE_WAY {
        let arrows = arrows(&files, room);
        assert!(!arrows.is_empty(), "no file of {room} uses another");
        for (name, others) in circles(arrows) {
            for (other, names) in others {
                let names: Vec<String> = names.into_iter().collect();
                let names = names.join(", ");
                faults.push(format!(
                    "src/{name} uses {names} of src/{other}, which leads back to it"
                ));
            }
        }
    }
    nothing(&faults);
}

#[test]
fn the_reader_of_uses_sees_circles() {
    let source = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let mut sources = vec![
        source(
            "room/mod.rs",
            "mod low;\npub mod high;\n\npub use low::{Low, self};\n",
        ),
        source("room/low.rs", "pub struct Low;\n"),
        source(
            "room/high.rs",
            "use super::{\n    Low,\n    low::{self, other as another},\n};\nfn f() -> Low {\n    low::make()\n}\n",
        ),
    ];
    let here = arrows(&read_all(&sources), "room");
    let names = &here["room/high.rs"]["room/low.rs"];
    assert_eq!(
        names.iter().map(String::as_str).collect::<Vec<_>>(),
        ["Low", "make", "other"]
    );
    assert_eq!((here.len(), here["room/high.rs"].len()), (1, 1));
    assert!(circles(here).is_empty());
    sources[1]
        .1
        .push_str("fn f() {\n    crate::room::high::f();\n}\n");
    assert_eq!(circles(arrows(&read_all(&sources), "room")).len(), 2);
}
