//! The list of the sample exports, for people.

use super::Made;

/// The text of `sample_exports/README.md`.
pub fn write(all: &[Made]) -> String {
    let mut out = String::from(HEAD);
    // What lies beside the folder comes last.
    let (beside, inside): (Vec<&Made>, Vec<&Made>) =
        all.iter().partition(|made| made.path.starts_with(".."));
    for made in inside.into_iter().chain(beside) {
        out.push_str(&format!(
            "| `{}` | {} | {} | {} | {} |\n",
            made.path, made.messages, made.system, made.files, made.about
        ));
    }
    let messages: usize = all.iter().map(|made| made.messages).sum();
    out.push_str(&format!(
        "\n{} exports, {messages} messages in all (the two exports of one chat counted twice).\n",
        all.len()
    ));
    out.push_str(LISTS);
    for list in super::contacts::lists() {
        let (path, people, about) = (list.path, list.messages, list.about);
        out.push_str(&format!("| `{path}` | {people} | {about} |\n"));
    }
    out.push_str(&super::planted::list());
    out.push_str(TAIL);
    out
}

const HEAD: &str = "\
# Sample exports

March 2024 in a department that does not exist, as the phones and accounts of the people in it would export it. \
Drinking water is contaminated in a valley, test kits are bought in a hurry, a bill goes through \
its last vote, a briefing leaks, a phone is left on a train; meanwhile there are school plays, \
birthdays, choir practice and football, and all of it is in the same chats.

Every person, place, firm and number is invented. Telephone numbers are from the ranges kept for \
fiction, NHS numbers from the synthetic range that starts with 999, mail addresses at \
`example.org` and `.gov.example`.

| export | messages | of them system lines | files | phone, and what is in it |
|---|---|---|---|---|
";

const LISTS: &str = "
Two lists of contacts lie beside them. They are no exports: `docket people import FILE` loads one, \
and docket suggests who of the case they are.

| list | people | what is in it |
|---|---|---|
";

const TAIL: &str = "
Made by `cargo run --example sample_exports -- sample_exports` from the scripts in \
`examples/sample_exports/make/talk`; the same seed gives the same bytes, and a test compares them.

A good first run: load the folder, look for `is:undecided kits`, and see how often a word of the \
office turns up in the family chat. Then load `sample_exports_later`: only what is new in it is \
added, and docket says what the two exports of one chat disagree on.
";
