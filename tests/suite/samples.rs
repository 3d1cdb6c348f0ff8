//! The sample exports in the repository are what their generator makes.

#[path = "../../examples/sample_exports/make/mod.rs"]
mod make;

use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_exports")
}

fn files(folder: &Path, under: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{under}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{name}/"), found);
        } else {
            found.push(name);
        }
    }
}

#[test]
fn the_folder_is_what_the_generator_makes() {
    let made = make::exports().unwrap();
    let again = "; run: cargo run --example sample_exports -- sample_exports";
    for export in &made {
        let kept = std::fs::read(folder().join(&export.path)).unwrap_or_default();
        assert!(kept == export.bytes, "{} differs{again}", export.path);
    }
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    assert_eq!(
        readme,
        make::readme::write(&made),
        "README.md differs{again}"
    );
    let mut kept = Vec::new();
    files(&folder(), "", &mut kept);
    kept.sort();
    let mut expected: Vec<String> = made.into_iter().map(|export| export.path).collect();
    expected.push("README.md".into());
    expected.sort();
    assert_eq!(kept, expected, "files that nobody makes");
}

/// Telephone numbers of the ranges kept for fiction: Ofcom's for mobiles and for London, the
/// Bundesnetzagentur's for Berlin; and NHS numbers from the synthetic range.
#[test]
fn every_number_is_from_a_range_kept_for_fiction() {
    let number = regex::Regex::new(r"\+?[0-9][0-9 ]{8,15}[0-9]").unwrap();
    let fiction = r"^(\+44 ?7700 ?900|447700900|07700 ?900|020 7946 0|\+49 30 23125|999 )";
    let fiction = regex::Regex::new(fiction).unwrap();
    let mut seen = 0;
    for make::Said { chat, lines, .. } in make::chats().unwrap() {
        for line in lines {
            let head = chat.dialect.header(line.at);
            let body = chat
                .dialect
                .line(line.at, chat.title, &line.sender, &line.what)
                .replace(&head, "")
                .replace('\u{A0}', " ");
            for found in number.find_iter(&body) {
                seen += 1;
                assert!(fiction.is_match(found.as_str()), "{}", found.as_str());
            }
        }
    }
    assert!(seen > 20, "the numbers were not found");
}
