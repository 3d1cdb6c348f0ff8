//! What README and the guides in `docs` say can be done, can be done.

use docket::review::query;
use docket::tui::action::{ACTIONS, Group};
use docket::tui::keymap::{label, setting};
use std::process::Command;

/// What the README leads to, in the order of the job.
const GUIDES: [&str; 5] = [
    "docs/loading.md",
    "docs/reviewing.md",
    "docs/handing-over.md",
    "docs/forms.md",
    "docs/keeping.md",
];

fn page(name: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(root.join(name)).unwrap()
}

/// The README and its guides.
fn pages() -> String {
    let guides = GUIDES.map(page).join("\n");
    page("README.md") + "\n" + &guides
}

/// The words that stand in `code` in a text.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_command_of_the_readme_exists() {
    let readme = pages();
    let shown = readme
        .split("```sh\n")
        .skip(1)
        .flat_map(|block| block.split("```").next().unwrap().lines())
        .filter(|line| line.starts_with("docket "));
    let spoken = code(&readme)
        .into_iter()
        .filter(|c| c.starts_with("docket "));
    let mut seen = 0;
    for line in shown.chain(spoken) {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        if words[0] == "COMMAND" {
            continue;
        }
        let help = Command::new(env!("CARGO_BIN_EXE_docket"))
            .args([words[0], "--help"])
            .output()
            .unwrap();
        assert!(help.status.success(), "{line}");
        let help = String::from_utf8(help.stdout).unwrap();
        for option in words.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "{line}: no {option}");
        }
        seen += 1;
    }
    assert!(seen > 8, "only {seen} commands were found");
}

#[test]
fn every_search_of_the_guides_is_understood() {
    let guide = page("docs/reviewing.md");
    let searches = guide
        .lines()
        .find(|line| line.starts_with("Searches: "))
        .unwrap();
    let mut seen = 0;
    for words in code(searches) {
        // `OR` joins two, and `before:` stands for one like the example ahead of it.
        if words == "OR" || words.ends_with(':') {
            continue;
        }
        assert!(query::parse(words).is_ok(), "{words}");
        seen += 1;
    }
    assert!(seen > 10, "only {seen} searches were found");
}

#[test]
fn every_search_of_the_help_is_understood() {
    for (written, _) in docket::review::query::GUIDE {
        let query = docket::review::query::parse(written).unwrap();
        assert!(!query.is_all(), "{written}");
    }
}

#[test]
fn the_search_that_the_readme_shows_finds_something_in_the_samples() {
    let readme = page("README.md");
    let shown = readme
        .lines()
        .find_map(|line| line.strip_prefix("docket search '")?.strip_suffix('\''))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let docket = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_docket"))
            .args(arguments)
            .arg("--case")
            .arg(folder.path().join("case"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap()
    };
    assert!(docket(&["import", "sample_exports"]).status.success());
    let found = docket(&["search", shown, "--json"]);
    assert!(found.status.success());
    assert!(!found.stdout.is_empty(), "{shown} finds nothing");
}

/// `ARCHITECTURE.md` names the test that holds each rule, as `area::test`.
#[test]
fn every_test_of_the_architecture_exists() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let mut seen = 0;
    for name in code(&text) {
        let Some((area, test)) = name.split_once("::") else {
            continue;
        };
        let mut files = vec![root.join(format!("tests/suite/{area}.rs"))];
        if let Ok(folder) = std::fs::read_dir(root.join("tests/suite").join(area)) {
            files.extend(folder.map(|entry| entry.unwrap().path()));
        }
        if !files[0].exists() {
            continue;
        }
        let held = files.iter().any(|file| {
            std::fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("fn {test}(")))
        });
        // `review::Target` and the like are types.
        if test.starts_with(char::is_lowercase) {
            assert!(held, "{name}");
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} tests were found");
}

#[test]
fn every_file_the_readme_links_to_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["README.md", "ARCHITECTURE.md"].into_iter().chain(GUIDES) {
        let from = root.join(name);
        for link in page(name).split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap();
            if !target.contains("://") {
                let file = from.with_file_name("").join(target);
                assert!(file.exists(), "{name}: {target}");
            }
        }
    }
}

/// All keys, as `docs/keys.md` has them.
fn keys() -> String {
    let mut out = String::from(
        "# Keys\n\nMade from the program's own table: `UPDATE_DOCS=1 cargo test --test suite readme`.\n\
         A number before a key repeats it; a decision with a number acts on so many messages.\n\
         [Settings](settings.md) can give an action other keys, by its name.\n",
    );
    for group in Group::ALL {
        out.push_str(&format!(
            "\n## {}\n\n| keys | name | what | where |\n|---|---|---|---|\n",
            group.title()
        ));
        for action in ACTIONS.iter().filter(|action| action.group == group) {
            let keys: Vec<String> = action
                .keys
                .iter()
                .map(|keys| format!("`{}`", label(keys).replace('|', "\\|")))
                .collect();
            let views: Vec<String> = action
                .views
                .iter()
                .map(|view| format!("{view:?}").to_lowercase())
                .collect();
            let (keys, views) = (keys.join(" "), views.join(", "));
            out.push_str(&format!(
                "| {keys} | `{}` | {} | {views} |\n",
                setting(action),
                action.help
            ));
        }
    }
    out
}

#[test]
fn the_list_of_keys_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, keys()).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == keys(),
        "docs/keys.md differs; run: UPDATE_DOCS=1 cargo test --test suite readme"
    );
}

#[test]
fn every_key_of_the_readme_does_something() {
    let known: Vec<String> = ACTIONS
        .iter()
        .flat_map(|action| action.keys)
        .map(|keys| label(keys))
        .collect();
    let (readme, guide) = (page("README.md"), page("docs/reviewing.md"));
    let section = readme.split("### 3. Review").nth(1).unwrap();
    let section = section.split("### 4. Hand over").next().unwrap();
    let guide = guide.split("Searches: ").next().unwrap();
    let rows = section.lines().chain(guide.lines());
    let mut seen = 0;
    for row in rows.filter(|line| line.starts_with("| `")) {
        for key in code(row.split('|').nth(1).unwrap()) {
            assert!(known.iter().any(|known| known == key), "{key} in: {row}");
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} keys were found");
}
