//! The settings file: what is read, what is told of a mistake, and what its page says.

use super::pty::Pty;
use docket::settings::{ENTRIES, Settings};
use docket::tui::keymap::Keymap;
use proptest::prelude::*;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn docket(folder: &Path, config: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", folder)
        .env("DOCKET_CASE", folder.join("case"))
        .current_dir(folder);
    if let Some(config) = config {
        command.env("DOCKET_CONFIG", config);
    }
    command.output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The words of a setting's row after its name.
fn row(told: &str, name: &str) -> Vec<String> {
    let begins = format!("{name} ");
    let row = told.lines().find(|line| line.starts_with(&begins));
    let words = row.unwrap_or_else(|| panic!("no {name}: {told}"));
    words
        .split_whitespace()
        .skip(1)
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_effective_settings_are_told_with_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let text = "theme = 'dark'\n\n[keys]\nquit = ['Z', '<C-t>']\n";
    std::fs::write(folder.path().join("mine.toml"), text).unwrap();
    let ran = docket(folder.path(), Some("mine.toml"), &["config"]);
    assert!(ran.status.success(), "{}", err(&ran));
    let told = out(&ran);
    assert_eq!(row(&told, "theme"), ["line", "1", "screen", "\"dark\""]);
    assert_eq!(row(&told, "linear"), ["default", "screen", "false"]);
    assert_eq!(
        row(&told, "keys.quit"),
        ["line", "4", "screen", "[\"Z\",", "\"<C-t>\"]"]
    );
    assert_eq!(
        row(&told, "keys.next-undecided"),
        ["default", "screen", "\"<Tab>\""]
    );

    let ran = docket(folder.path(), Some("mine.toml"), &["config", "--json"]);
    let rows: Vec<Value> = out(&ran)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let quit = rows.iter().find(|row| row["setting"] == "keys.quit");
    let quit = quit.unwrap();
    assert_eq!(quit["value"], serde_json::json!(["Z", "<C-t>"]));
    assert_eq!(
        (&quit["file"], &quit["line"]),
        (&"mine.toml".into(), &4.into())
    );
}

#[test]
fn the_file_of_the_platform_is_taken_where_none_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let ran = docket(folder.path(), None, &["config", "path"]);
    let path = out(&ran).trim_end().to_owned();
    assert!(path.starts_with(folder.path().to_str().unwrap()), "{path}");
    let ran = docket(folder.path(), None, &["config", "check"]);
    assert!(ran.status.success() && out(&ran).contains("the defaults hold"));
    std::fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
    std::fs::write(&path, "linear = true\n").unwrap();
    let ran = docket(folder.path(), None, &["config"]);
    assert_eq!(row(&out(&ran), "linear"), ["line", "1", "screen", "true"]);
    let ran = docket(folder.path(), Some(""), &["config"]);
    assert_eq!(row(&out(&ran), "linear"), ["default", "screen", "false"]);
}

#[test]
fn mistakes_are_told_by_line_and_stop_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let text = "theme = 'drak'\n[keys]\nofficial = '<F7>'\nofical = 'K'\n";
    std::fs::write(folder.path().join("bad.toml"), text).unwrap();
    let ran = docket(folder.path(), None, &["config", "check", "bad.toml"]);
    assert_eq!(ran.status.code(), Some(1));
    assert_eq!(
        out(&ran),
        "bad.toml:1: theme = \"drak\": allowed are auto, dark, light, high-contrast, sixteen, none; did you mean dark?\n\
         bad.toml:4: ofical is no action; did you mean official?\n"
    );
    // Every command works, with the defaults, and says why on standard error.
    let ran = docket(folder.path(), Some("bad.toml"), &["formats", "whatsapp"]);
    assert!(ran.status.success());
    let said = err(&ran);
    assert!(
        said.starts_with("settings not taken: bad.toml:1: theme = "),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1);
    let ran = docket(folder.path(), Some("bad.toml"), &["config"]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(out(&ran).contains("has mistakes and is not taken"));
    // What is no file at all is told too.
    for (name, why) in [(".", "cannot be read"), ("none.toml", "no such file")] {
        let ran = docket(folder.path(), Some(name), &["formats", "whatsapp"]);
        assert!(ran.status.success());
        assert!(err(&ran).contains(why), "{}", err(&ran));
    }
    std::fs::write(folder.path().join("latin.toml"), b"theme = '\xe9'").unwrap();
    let check = ["config", "check", "--json"];
    let ran = docket(folder.path(), Some("latin.toml"), &check);
    assert_eq!(ran.status.code(), Some(1));
    let fault: Value = serde_json::from_str(out(&ran).trim_end()).unwrap();
    assert_eq!(fault["fault"], "it cannot be read: it is not UTF-8");
}

/// A case with a small chat.
fn chat(folder: &Path) {
    let text = "05/03/2021, 09:00 - Ann: the budget\n05/03/2021, 09:05 - Bo: yes\n\
                07/03/2021, 10:00 - Ann: thanks\n";
    std::fs::write(folder.join("WhatsApp Chat with Ann.txt"), text).unwrap();
    let ran = docket(folder, Some(""), &["import", "WhatsApp Chat with Ann.txt"]);
    assert!(
        ran.status.code().is_some_and(|code| code < 2),
        "{}",
        err(&ran)
    );
}

#[test]
fn commands_honour_what_is_set_and_print_as_before_where_nothing_is() {
    let folder = tempfile::tempdir().unwrap();
    chat(folder.path());
    let set = |text: &str| std::fs::write(folder.path().join("mine.toml"), text).unwrap();
    let told = |arguments: &[&str]| out(&docket(folder.path(), Some("mine.toml"), arguments));

    set("theme = 'dark'\n");
    let plain = told(&["search", "budget"]);
    assert!(
        plain.contains("·       0  2021-03-05 09:00  Ann\n"),
        "{plain}"
    );
    set("[dates]\nform = 'numbers'\n[letters]\nundecided = '-'\nofficial = 'G'\n");
    let found = told(&["search", "budget"]);
    assert!(
        found.contains("-       0  05/03/2021 09:00  Ann\n"),
        "{found}"
    );
    assert!(told(&["threads"]).contains("05/03/2021  07/03/2021"));
    let bars = told(&["timeline", "--days"]);
    assert!(
        bars.contains("05/03/2021") && bars.contains("----"),
        "{bars}"
    );
    // What a program reads is the same for everybody.
    let rows = told(&["search", "budget", "--json"]);
    assert!(rows.contains("\"2021-03-05T09:00:00+00:00\""), "{rows}");

    set(
        "[columns]\nthreads = ['total', 'channel']\nmessages = ['time']\n[dates]\nweekday = false\n",
    );
    let threads = told(&["threads"]);
    assert_eq!(row(&threads, "id"), ["thread", "messages", "channel"]);
    let found = told(&["search", ""]);
    let lines: Vec<&str> = found.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "-- 2021-03-05",
            "·       0  09:00",
            "           the budget",
            "·       1  09:05",
            "           yes",
            "-- 2021-03-07",
            "·       2  10:00",
            "           thanks",
        ]
    );
    // Few messages need no yes of a person who set so; a script still has to give it.
    set("confirm-over = 5\n");
    let ran = docket(
        folder.path(),
        Some("mine.toml"),
        &["tag", "official", "budget"],
    );
    assert_eq!(ran.status.code(), Some(3), "{}", out(&ran));
}

#[test]
fn few_enough_messages_are_not_asked_about_at_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    chat(folder.path());
    let config = folder.path().join("mine.toml");
    let case = folder.path().join("case");
    let run = |query: &str| {
        let variables = [("DOCKET_CONFIG", config.to_str().unwrap()), ("HOME", "/")];
        Pty::start(&["tag", "official", query], &case, &variables, 80, 24)
    };
    std::fs::write(&config, "confirm-over = 1\n").unwrap();
    run("from:bo").wait_for("saved: 1 message official");
    run("from:ann").wait_for("Decide 2 messages official? [y/N]");
    std::fs::write(&config, "theme = 'dark'\n").unwrap();
    run("thanks").wait_for("Decide 1 message official? [y/N]");
}

#[test]
fn few_enough_findings_are_not_asked_about_at_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("WhatsApp Chat with Ward.txt"),
        "25/03/2021, 09:01 - Tom: write to dana@example.org\n\
         25/03/2021, 09:02 - Tom: or ring 07700 900456\n\
         25/03/2021, 09:03 - Tom: or 07700 900999\n",
    )
    .unwrap();
    let ran = docket(folder.path(), None, &["import", "."]);
    assert!(ran.status.success(), "{}", out(&ran));
    let config = folder.path().join("mine.toml");
    let case = folder.path().join("case");
    let run = |kind: &str| {
        let variables = [("DOCKET_CONFIG", config.to_str().unwrap()), ("HOME", "/")];
        let arguments = ["findings", "dismiss", "--type", kind];
        Pty::start(&arguments, &case, &variables, 80, 24)
    };
    std::fs::write(&config, "confirm-over = 1\n").unwrap();
    run("email").wait_for("saved");
    run("phone").wait_for("2 findings would be dismissed: do it? [y/N]");
    std::fs::write(&config, "theme = 'dark'\n").unwrap();
    run("phone").wait_for("do it? [y/N]");
}

/// `docs/settings.md`, made from the program's own list.
fn page() -> String {
    let mut page = BEGINNING.replace("EXAMPLE\n", EXAMPLE);
    for (entry, row) in ENTRIES.iter().zip(Settings::default().rows()) {
        assert_eq!(entry.name, row.name);
        page.push_str(&format!(
            "| `{}` | `{}` | {} | {} | {} |\n",
            entry.name,
            row.value,
            entry.allowed,
            entry.serves.name(),
            entry.help
        ));
    }
    page + END
}

const BEGINNING: &str = "\
# Settings

Made from the program's own list: `UPDATE_DOCS=1 cargo test --test suite settings`.

Settings are a person's, not a case's: they change how the review screen and the commands look and ask, never what is decided or handed over.
Each serves the screen; those that serve `both` hold for the commands too, some of them only once the file sets them, so that what a script reads does not change with a person's taste.
The time zone is none of them: days and times are in the case's own, which `docket facts time-zone` sets, everywhere.
They stand in a TOML file: `docket config path` prints where, `DOCKET_CONFIG` names another (empty: none).
`docket config` shows what holds and which line says so, `docket config check` finds mistakes.
A file with a mistake is not taken at all: the screen starts with the defaults and says so, and every command says so on standard error.

```toml
EXAMPLE
```

| setting | default | allowed | serves | what it does |
|---|---|---|---|---|
";

const END: &str = "
## Colours

`auto` uses the terminal's own 16 colours.
Where the terminal says in `COLORFGBG` that its background is dark or light, and that it has 256 colours, `auto` is `dark` or `light`; the terminal is never asked.
`auto` writes no colour where `NO_COLOR` is set; a theme that is named is used all the same.
`dark` and `light` are `sixteen` on a terminal that does not say it has 256 colours.
No theme fills the background, and nothing is told by colour alone.

## Screen readers

With `linear = true`, or `docket review --linear`, there is one thing on the screen at a time and no line is drawn.
A message is one line: its letter, the day where it is new, the time, the sender, what is to be known of it, its words.
A line that ends in `[more]` does not hold all of them; the details (`i`) do.
What happened is told at the beginning of the last line, and the cursor stands on the row that is selected.

## Keys

Each action can have other keys, by its name in [the list of keys](keys.md), which has the defaults: `keys.NAME` is one, a list, or none (`[]`).
They take the place of its own.
A key is a character, Ctrl with a letter (`<C-d>`), a name (`<Tab>`, `<S-Tab>`, `<Enter>`, `<Esc>`, `<Space>`, `<Up>`, `<Down>`, `<Left>`, `<Right>`, `<PgUp>`, `<PgDn>`, `<Home>`, `<End>`, `<Backspace>`, `<Delete>`, `<F1>` to `<F12>`), or up to four in a row (`gb`).
Two actions of one view cannot share a key, nor can one key begin another's.
Digits are counts, `y` confirms, and Ctrl-Z always goes back to the shell.
";

const EXAMPLE: &str = "\
theme = \"light\"
confirm-over = 20

[dates]
form = \"iso\"

[letters]
official = \"G\"

[keys]
next-undecided = [\"<Tab>\", \"<F7>\"]
";

#[test]
fn the_page_of_settings_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/settings.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == page(),
        "docs/settings.md differs; run: UPDATE_DOCS=1 cargo test --test suite settings"
    );
}

#[test]
fn the_examples_are_taken() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let shown = readme.split("```toml\n").nth(1).unwrap();
    for text in [EXAMPLE, shown.split("```").next().unwrap()] {
        let read = Settings::read(text, |keys| Keymap::of(keys).err().unwrap_or_default());
        assert!(read.is_ok(), "{text}: {read:?}");
    }
}

fn one_line_each(text: &str) {
    let read = Settings::read(text, |keys| Keymap::of(keys).err().unwrap_or_default());
    for fault in read.err().unwrap_or_default() {
        let lines = text.lines().count().max(1) + 1;
        assert!((1..=lines).contains(&(fault.line as usize)), "{fault:?}");
        assert!(!fault.words.is_empty(), "{fault:?}");
        let shown = docket::text::Shown::line(&fault.words);
        assert!(!shown.as_str().contains('\n'), "{fault:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_taken_or_told_in_lines(text in "(?s).{0,60}") {
        one_line_each(&text);
    }

    #[test]
    fn damaged_settings_are_taken_or_told_in_lines(
        at in 0..EXAMPLE.len(),
        put in "[ -~\\n]{0,4}",
        out in 0..6usize,
    ) {
        let end = (at + out).min(EXAMPLE.len());
        one_line_each(&format!("{}{put}{}", &EXAMPLE[..at], &EXAMPLE[end..]));
    }
}
