//! Profiles of bundles: what each takes away, that none adds, and what verifying holds them to.

use super::writing::{Fixture, files, read, reseal, zip_case};
use crate::suite::redaction::{redact, set, words};
use docket::bundle::profile::Profile;
use docket::bundle::{
    Block, BundleError, Destination, Earlier, EarlierError, Options, Written, plan, plan_after,
    verify, write, write_after,
};
use docket::case::marks::{About, Said};
use docket::check::{Verdict, overall};
use docket::model::{Decision, Flag, MessageNumber};
use docket::review::{Asking, How, Session, Target};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

const NAMES: [&str; 4] = ["uk-central", "foi-response", "inquiry", "minimal"];

/// Six messages: 1 is mixed, 2 holds an exempt name, 3 is transitory, 4 is context, 5 is personal.
const CHAT: &str = "\
25/03/2021, 09:00 - Ann Lee: The quay opens on Monday, minutes to follow
25/03/2021, 09:01 - Tom Reed: sign the contract; and Nadia Petrov is ill again, ring her
25/03/2021, 09:02 - Ann Lee: the complaint is from Leopold Grant, 14 Harbour Row
26/03/2021, 09:03 - Tom Reed: five minutes late, the tram is stuck at the harbour bridge
26/03/2021, 09:04 - Ann Lee: which quay is that about, the northern one or the other
26/03/2021, 09:05 - Tom Reed: my mother in law comes for supper on Sunday, dreading it
";

fn asking() -> Asking {
    Asking {
        how: How::Bulk,
        note: None,
        reason: None,
        seen: None,
    }
}

fn flag(session: &Session, target: &Target, is_on: bool) {
    let said = Said {
        reason: None,
        text: String::new(),
        word: None,
    };
    let about = About::Flag {
        flag: Flag::Transitory,
    };
    let to = is_on.then_some(&said);
    session
        .put_mark(target, &about, to, &asking(), &mut ())
        .unwrap();
}

fn ready() -> Fixture {
    let fixture = Fixture::of(&[("WhatsApp Chat with Quay works.txt", CHAT)]);
    let session = &fixture.session;
    for (number, decision) in [
        (0, Decision::Official),
        (1, Decision::Mixed),
        (2, Decision::Official),
        (3, Decision::Official),
        (4, Decision::Context),
        (5, Decision::Personal),
    ] {
        fixture.decide(MessageNumber(number), decision);
    }
    flag(session, &set(3, 4), true);
    let personal = words("Nadia Petrov is ill again");
    assert_eq!(redact(session, &set(0, 6), &personal, Some("personal")), 1);
    let exempt = words("Leopold Grant");
    assert_eq!(redact(session, &set(0, 6), &exempt, Some("foi-40-2")), 1);
    fixture
}

fn options(profile: Option<&str>) -> Options {
    Options {
        bagging_date: chrono::NaiveDate::from_ymd_opt(2026, 1, 2),
        profile: profile.map(|name| Arc::new(Profile::built_in(name).unwrap())),
        ..Options::default()
    }
}

fn by(fixture: &Fixture, name: &str, options: &Options) -> Result<Written, BundleError> {
    let out = fixture.out(name);
    fs::create_dir_all(out.parent().unwrap()).unwrap();
    let plan = plan(&fixture.session, options)?;
    write(&fixture.session, &plan, &out, &mut ())
}

fn failed(root: &Path) -> Vec<String> {
    let checks = verify(root);
    let failed = checks
        .iter()
        .filter(|check| check.verdict == Verdict::Failed);
    failed.map(|check| check.name.clone()).collect()
}

/// The messages of a bag with the texts that it gives them.
fn texts(root: &Path, name: &str) -> BTreeMap<u64, String> {
    let rows = fs::read_to_string(root.join(name)).unwrap_or_default();
    let rows = rows
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|row| {
        let text = row["text"].as_str().unwrap().to_owned();
        (row["message"].as_u64().unwrap(), text)
    })
    .collect()
}

/// Whether some byte of a bag, or of a name in it, says this.
fn says(root: &Path, wanted: &str) -> bool {
    files(root).iter().any(|(name, bytes)| {
        let text = String::from_utf8_lossy(bytes).replace("=\r\n", "");
        name.contains(wanted) || text.contains(wanted)
    })
}

#[test]
fn each_profile_takes_away_what_it_says_and_verifies() {
    let fixture = ready();
    for (name, messages, files_there, files_gone) in [
        (
            "uk-central",
            &[0, 1, 2, 4][..],
            &["people.csv", "withheld.csv"][..],
            &["x"][..],
        ),
        (
            "foi-response",
            &[0, 1, 2, 3],
            &["redactions.csv"],
            &[
                "people.csv",
                "decisions.csv",
                "sources.csv",
                "properties.csv",
            ],
        ),
        (
            "inquiry",
            &[0, 1, 2, 3, 4],
            &["people.csv", "withheld.csv"],
            &["file-metadata.csv"],
        ),
        (
            "minimal",
            &[0, 1, 2],
            &["redactions.csv"],
            &["people.csv", "withheld.csv"],
        ),
    ] {
        let written = by(&fixture, name, &options(Some(name))).unwrap();
        let root = &written.path;
        let checks = verify(root);
        assert_eq!(overall(&checks), Verdict::Ok, "{name}: {checks:#?}");
        let here: Vec<u64> = texts(root, "data/records/messages.jsonl")
            .into_keys()
            .collect();
        assert_eq!(here, messages, "{name}");
        let open = root.join("data/records/messages_R.jsonl").exists();
        assert_eq!(open, ["uk-central", "minimal"].contains(&name), "{name}");
        for file in files_there {
            assert!(root.join(file).exists(), "{name}: {file}");
        }
        for file in files_gone {
            assert!(!root.join(file).exists(), "{name}: {file}");
        }
        // What is personal is in none, what is exempt in no byte of the open set.
        assert!(
            !says(root, "Nadia") && !says(root, "mother in law"),
            "{name}"
        );
        assert_eq!(
            says(root, "Leopold Grant"),
            name != "foi-response",
            "{name}"
        );
        assert_eq!(
            says(root, "the tram is stuck"),
            messages.contains(&3),
            "{name}"
        );

        // It says which profile it was made by, and what that took away.
        let profile = Profile::built_in(name).unwrap();
        let info = read(root, "bag-info.txt");
        assert!(
            info.contains(&format!("Docket-Profile: {name} 1\n")),
            "{info}"
        );
        let sum = format!("Docket-Profile-Sha256: {}\n", profile.sha256);
        assert!(info.contains(&sum), "{info}");
        let balance: Value = serde_json::from_str(&read(root, "completeness.json")).unwrap();
        let aside = [0, 1, 2, 3, 4].len() - messages.len();
        assert_eq!(
            balance["total"]["set_aside"].as_u64().unwrap_or(0),
            aside as u64
        );
        assert_eq!(
            balance["profile"],
            serde_json::to_value(profile.row()).unwrap()
        );
        let readme = read(root, "README.txt");
        assert!(
            readme.contains(&format!("the profile {name}, version 1")),
            "{readme}"
        );
        // The same state gives the same bytes.
        let again = by(&fixture, &format!("{name}-again"), &options(Some(name))).unwrap();
        assert_eq!(files(root), files(&again.path), "{name}");
    }
    // The ledger knows by which.
    let said = fixture.session.case().ledger().entries(1).unwrap();
    let last = said.last().unwrap();
    assert!(format!("{:?}", last.entry).contains("minimal 1"));
}

#[test]
fn an_export_goes_by_its_profile() {
    let fixture = ready();
    let case = fixture.session.case().layout().root().to_owned();
    let forms = ["mbox", "rsmf", "concordance", "sip"];
    for (profile, closed, messages) in [
        ("uk-central", false, 4),
        ("foi-response", false, 4),
        ("inquiry", true, 5),
        ("minimal", false, 3),
    ] {
        for form in forms {
            let out = fixture.out(&format!("{form}-{profile}"));
            fs::create_dir_all(out.parent().unwrap()).unwrap();
            let to = out.to_str().unwrap();
            let mut arguments = vec!["export", to, "--form", form, "--profile", profile];
            if closed && form != "sip" {
                // What it holds has to be said, or nothing is written.
                let (code, _, err) = docket(&case, &arguments);
                assert_eq!((code, err.lines().count()), (2, 1), "{err}");
                assert!(
                    err.contains("say so with --closed") && !out.exists(),
                    "{err}"
                );
                arguments.push("--closed");
            }
            let (code, said, err) = docket(&case, &arguments);
            assert_eq!(code, 0, "{form} {profile}: {err}");
            assert!(said.contains(&format!("profile {profile} 1")), "{said}");
            assert_eq!(failed(&out), [""; 0], "{form} {profile}");
            let info = read(&out, "bag-info.txt");
            let by = format!("Docket-Profile: {profile} 1\n");
            assert!(info.contains(&by), "{info}");
            let name = match form {
                // A package has it among its documentation, and at the top.
                "sip" => files(&out)
                    .into_keys()
                    .find(|name| name.ends_with("completeness.json"))
                    .unwrap(),
                _ => "completeness.json".to_owned(),
            };
            let balance: Value = serde_json::from_str(&read(&out, &name)).unwrap();
            let holds = balance["export"]["files"].as_array().unwrap();
            let held = holds.iter().map(|row| row["messages"].as_u64().unwrap());
            assert_eq!(held.sum::<u64>(), messages, "{form} {profile}");
            let has_exempt = closed || (form == "sip" && profile != "foi-response");
            assert_eq!(says(&out, "Leopold Grant"), has_exempt, "{form} {profile}");
            assert!(!says(&out, "Nadia") && !says(&out, "mother in law"));
        }
    }
    // The open set is never made the closed one by a word on the command line.
    let out = fixture.out("closed");
    let to = out.to_str().unwrap();
    let arguments = [
        "export",
        to,
        "--form",
        "mbox",
        "--profile",
        "foi-response",
        "--closed",
    ];
    let (code, _, err) = docket(&case, &arguments);
    assert_eq!((code, err.lines().count()), (2, 1), "{err}");
    assert!(
        err.contains("the open set over alone") && !out.exists(),
        "{err}"
    );
}

#[test]
fn the_open_set_stops_where_what_is_exempt_is_said_elsewhere() {
    let fixture = ready();
    let session = &fixture.session;
    // Another message says it too, and nobody masked it there: the closed master has it anyway, the
    // open copy may not.
    let exempt = words("harbour bridge");
    assert_eq!(redact(session, &set(3, 4), &exempt, Some("foi-38")), 1);
    let said = words("the harbour bridge");
    assert_eq!(redact(session, &set(2, 3), &said, Some("foi-38")), 0);
    let chat = format!(
        "{CHAT}27/03/2021, 10:00 - Ann Lee: the stop at the harbour bridge is closed for good\n"
    );
    let other = Fixture::of(&[("WhatsApp Chat with Quay works.txt", &chat)]);
    for number in 0..7 {
        other.decide(MessageNumber(number), Decision::Official);
    }
    assert_eq!(
        redact(&other.session, &set(3, 4), &exempt, Some("foi-38")),
        1
    );
    match by(&other, "foi", &options(Some("foi-response"))) {
        Err(BundleError::Leak { what, .. }) => {
            assert!(what.contains("masked in message 3"), "{what}")
        }
        other => panic!("{other:?}"),
    }
    // The closed set alone holds it, as the inquiry may see it.
    by(&other, "inquiry", &options(Some("inquiry"))).unwrap();
    assert!(!other.out("foi").exists());
}

#[test]
fn what_a_profile_says_itself_is_searched_too() {
    let fixture = ready();
    let text = Profile::built_in("minimal").unwrap().text
        + "\n[bag-info]\nContact-Email = \"records@example.gov\"\n";
    let own = |text: &str| Options {
        profile: Some(Arc::new(Profile::read(text).unwrap())),
        ..options(None)
    };
    let written = by(&fixture, "named", &own(&text)).unwrap();
    let info = read(&written.path, "bag-info.txt");
    assert!(
        info.contains("Contact-Email: records@example.gov\n"),
        "{info}"
    );
    assert_eq!(overall(&verify(&written.path)), Verdict::Ok);
    let lets_out = text.replace(
        "records@example.gov",
        "my mother in law comes for supper on Sunday, dreading it",
    );
    match by(&fixture, "lets-out", &own(&lets_out)) {
        Err(BundleError::Leak { file, .. }) => assert_eq!(file, "bag-info.txt"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_bundle_that_is_not_what_its_profile_says_is_refused() {
    let fixture = ready();
    let bundle = |name: &str| by(&fixture, name, &options(Some(name))).unwrap().path;
    let (foi, minimal) = (bundle("foi-response"), bundle("minimal"));
    let plain = by(&fixture, "plain", &options(None)).unwrap().path;
    type Change = fn(&Path);
    let balance = |root: &Path, from: &str, to: &str| {
        let text = read(root, "completeness.json");
        assert!(text.contains(from), "{text}");
        fs::write(root.join("completeness.json"), text.replacen(from, to, 1)).unwrap();
    };
    let changes: [(&Path, Change); 7] = [
        // What says that it is the open set is the closed one.
        (&minimal, |root| {
            let text = read(root, "completeness.json");
            let text = text.replacen("\"sets\": \"both\"", "\"sets\": \"open\"", 1);
            fs::write(root.join("completeness.json"), text).unwrap();
        }),
        (&foi, |root| {
            let table = read(root, "redactions.csv").replacen("\"always\"", "\"open\"", 1);
            fs::write(root.join("redactions.csv"), table).unwrap();
        }),
        (&foi, |root| {
            fs::write(root.join("people.csv"), "\"person\"\r\n").unwrap()
        }),
        (&foi, |root| {
            let info = read(root, "bag-info.txt").replace("foi-response 1", "foi-response 2");
            fs::write(root.join("bag-info.txt"), info).unwrap();
        }),
        (&plain, |root| {
            let info = read(root, "bag-info.txt") + "Docket-Profile: minimal 1\n";
            fs::write(root.join("bag-info.txt"), info).unwrap();
        }),
        // A context message, where there may be none.
        (&foi, |root| {
            let path = root.join("data/records/messages.jsonl");
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text.replacen("\"official\"", "\"context\"", 1)).unwrap();
        }),
        (&minimal, |root| {
            fs::remove_file(root.join("redactions.csv")).unwrap()
        }),
    ];
    for (at, (root, change)) in changes.into_iter().enumerate() {
        let whole = files(root);
        change(root);
        reseal(root);
        assert!(!failed(root).is_empty(), "change {at}");
        for name in files(root).keys().filter(|name| !whole.contains_key(*name)) {
            fs::remove_file(root.join(name)).unwrap();
        }
        for (name, bytes) in &whole {
            fs::write(root.join(name), bytes).unwrap();
        }
        assert_eq!(failed(root), [""; 0], "change {at}");
    }
    // A table called left out that no profile can leave out.
    balance(
        &minimal,
        "\"left_out\": [",
        "\"left_out\": [\n \"redactions\",",
    );
    reseal(&minimal);
    assert_eq!(failed(&minimal), ["profile"]);
}

#[test]
fn bundles_with_other_sets_do_not_follow_each_other() {
    let fixture = ready();
    let first = by(&fixture, "first", &options(Some("inquiry"))).unwrap();
    fixture.decide(MessageNumber(0), Decision::Personal);
    let earlier = Earlier::read(std::slice::from_ref(&first.path)).unwrap();
    match plan_after(&fixture.session, &options(Some("foi-response")), &earlier) {
        Err(BundleError::Earlier(EarlierError::OtherSets { here, .. })) => {
            assert_eq!(here, "the open set alone");
        }
        other => panic!("{other:?}"),
    }
    let options = options(Some("inquiry"));
    let plan = plan_after(&fixture.session, &options, &earlier).unwrap();
    let out = fixture.out("second");
    let to = Destination::plain(&out);
    let second = write_after(&fixture.session, &plan, &to, &earlier, &mut ()).unwrap();
    assert_eq!(overall(&verify(&second.path)), Verdict::Ok);
}

#[test]
fn files_of_the_open_set_stand_alone_without_properties() {
    // A picture with a remark, twice: as it was sent, and without the remark already.
    let png = |remark: bool| {
        let chunk = |kind: &[u8], body: &[u8]| {
            let named = [kind, body].concat();
            let crc = flate2::Crc::new();
            let mut crc = crc;
            crc.update(&named);
            let length = u32::try_from(body.len()).unwrap().to_be_bytes();
            [&length[..], &named, &crc.sum().to_be_bytes()].concat()
        };
        let mut pixels = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut pixels, &[0, 9]).unwrap();
        [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]),
            match remark {
                true => chunk(b"tEXt", b"Author\0Jessamy Planted"),
                false => Vec::new(),
            },
            chunk(b"IDAT", &pixels.finish().unwrap()),
            chunk(b"IEND", b""),
        ]
        .concat()
    };
    let chat = "\
27/03/2021, 08:00 - Ann Lee: IMG-20210327-WA0001.png (file attached)
27/03/2021, 08:01 - Ann Lee: IMG-20210327-WA0002.png (file attached)
27/03/2021, 08:02 - Ann Lee: DOC-20210327-WA0003.pdf (file attached)
";
    let (with, without) = (png(true), png(false));
    let media: [(&str, &[u8]); 3] = [
        ("IMG-20210327-WA0001.png", &with),
        ("IMG-20210327-WA0002.png", &without),
        (
            "DOC-20210327-WA0003.pdf",
            b"%PDF-1.4\n<</Info 2 0 R>>\n%%EOF\n",
        ),
    ];
    let fixture = zip_case(chat, &media);
    let written = by(&fixture, "open", &options(Some("foi-response"))).unwrap();
    let checks = verify(&written.path);
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
    let all = files(&written.path);
    let attached: Vec<_> = all
        .keys()
        .filter(|name| name.contains("/attachments/"))
        .collect();
    assert_eq!(attached.len(), 1, "{attached:?}");
    assert_eq!(all[attached[0]], without);
    assert!(!says(&written.path, "Jessamy"));
    let text = read(
        &written.path,
        "data/records/whatsapp/thread-0000/2021-03-27.txt",
    );
    assert!(text.contains("withheld from the open copy"), "{text}");
    // The file as it came, under the open set's own seal.
    fs::write(written.path.join(attached[0]), &with).unwrap();
    reseal(&written.path);
    assert!(!failed(&written.path).is_empty());
}

/// What a random reviewer does: a decision, a flag and masks for each message.
type Acts = Vec<(u8, bool, u8)>;

/// A profile of these choices.
fn chosen(sets: u8, leave: [bool; 3], tables: u16) -> Profile {
    let sets = ["both", "closed", "open"][usize::from(sets % 3)];
    let tables: Vec<String> = docket::bundle::profile::TABLES
        .iter()
        .enumerate()
        .filter(|(at, name)| tables >> at & 1 == 1 && (sets == "both" || **name != "properties"))
        .map(|(_, name)| format!("\"{name}\""))
        .collect();
    let text = format!(
        "name = \"any\"\nversion = 1\nabout = \"any\"\nsets = \"{sets}\"\ntables = [{}]\n[leave]\n\
         transitory = {}\ncontext = {}\nnotes = {}\n",
        tables.join(", "),
        leave[0],
        leave[1],
        leave[2]
    );
    Profile::read(&text).unwrap()
}

const MESSAGES: u32 = 10;

/// Each message says a thing of its own, something that may be personal, and something that may be
/// exempt.
fn said(number: u32) -> [String; 3] {
    let word = |kind: &str| format!("{kind}{number}x{number}y the {number}th");
    [word("Plainword"), word("Personalword"), word("Exemptword")]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn no_profile_lets_more_leave_than_none(
        acts in prop::collection::vec((0_u8..5, any::<bool>(), 0_u8..4), MESSAGES as usize),
        sets in 0_u8..3,
        leave in any::<[bool; 3]>(),
        tables in any::<u16>(),
    ) {
        never_more(&acts, &chosen(sets, leave, tables))?;
    }
}

fn never_more(acts: &Acts, profile: &Profile) -> Result<(), TestCaseError> {
    let chat: String = (0..MESSAGES)
        .map(|number| {
            let [plain, personal, exempt] = said(number);
            let (day, who) = (
                20 + number / 4,
                ["Ann Lee", "Tom Reed"][number as usize % 2],
            );
            format!("{day}/03/2021, 09:{number:02} - {who}: {plain} {personal} {exempt} end\n")
        })
        .collect();
    let fixture = Fixture::of(&[("WhatsApp Chat with Quay works.txt", &chat)]);
    let session = &fixture.session;
    for (number, (decision, transitory, masks)) in (0_u32..).zip(acts) {
        let decision = [
            Decision::Official,
            Decision::Context,
            Decision::Mixed,
            Decision::Personal,
            Decision::Refer,
        ][usize::from(*decision)];
        fixture.decide(MessageNumber(number), decision);
        let only = set(number, number + 1);
        flag(session, &only, *transitory);
        let [_, personal, exempt] = said(number);
        if masks & 1 == 1 || decision == Decision::Mixed {
            redact(session, &only, &words(&personal), Some("personal"));
        }
        if masks & 2 == 2 {
            redact(session, &only, &words(&exempt), Some("foi-40-2"));
        }
    }
    let with = |profile: Option<Profile>| Options {
        partial: true,
        profile: profile.map(Arc::new),
        ..options(None)
    };
    let Ok(plain) = by(&fixture, "plain", &with(None)) else {
        let blocks = plan(session, &with(None)).unwrap().blocks;
        prop_assert_eq!(blocks, [Block::Nothing]);
        return Ok(());
    };
    let (closed, open) = (
        texts(&plain.path, "data/records/messages.jsonl"),
        texts(&plain.path, "data/records/messages_R.jsonl"),
    );
    let sets = profile.sets;
    let made = match by(&fixture, "made", &with(Some(profile.clone()))) {
        Ok(made) => made,
        Err(BundleError::Blocked(blocks)) => {
            prop_assert_eq!(blocks, [Block::Nothing]);
            return Ok(());
        }
        Err(other) => return Err(TestCaseError::fail(other.to_string())),
    };
    let checks = verify(&made.path);
    prop_assert_eq!(overall(&checks), Verdict::Ok, "{:#?}", checks);
    let is_open = sets == docket::bundle::profile::Sets::Open;
    let shown = if is_open && !open.is_empty() {
        &open
    } else {
        &closed
    };
    for (number, text) in texts(&made.path, "data/records/messages.jsonl") {
        prop_assert_eq!(Some(&text), shown.get(&number), "message {}", number);
    }
    // Whatever the bag without a profile does not say, this one does not say either.
    let before = fs::read_dir(&plain.path).is_ok();
    prop_assert!(before);
    for number in 0..MESSAGES {
        for word in said(number) {
            let said_now = says(&made.path, &word);
            prop_assert!(!said_now || says(&plain.path, &word), "{}", word);
            let text = shown.get(&u64::from(number));
            let may = text.is_some_and(|text| text.contains(&word));
            prop_assert!(!said_now || may, "{}", word);
        }
    }
    Ok(())
}

fn docket(case: &Path, arguments: &[&str]) -> (i32, String, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(arguments)
        .env("DOCKET_CASE", case)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        ran.status.code().unwrap(),
        text(&ran.stdout),
        text(&ran.stderr),
    )
}

#[test]
fn profiles_are_listed_shown_checked_and_chosen() {
    let fixture = ready();
    let case = fixture.session.case().layout().root().to_owned();
    let run = |arguments: &[&str]| docket(&case, arguments);
    let (code, list, _) = run(&["profile", "list"]);
    assert_eq!(code, 0);
    for name in NAMES {
        assert!(list.contains(name), "{list}");
        let (code, shown, _) = run(&["profile", "show", name]);
        assert_eq!(
            (code, shown.as_str()),
            (0, Profile::built_in(name).unwrap().text.as_str())
        );
    }
    // What is shown is a file that holds; one with faults tells each with its line.
    let file = fixture.out("ours.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let minimal = Profile::built_in("minimal").unwrap().text;
    fs::write(&file, &minimal).unwrap();
    let path = file.to_str().unwrap();
    let (code, said, _) = run(&["profile", "check", path]);
    assert_eq!((code, said.lines().count()), (0, 1), "{said}");
    let wrong = minimal
        .replace("version = 1", "version = \"1\"")
        .replace("context = false", "contxt = false");
    fs::write(&file, wrong).unwrap();
    let (code, said, _) = run(&["profile", "check", path]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!((code, lines.len()), (1, 3), "{said}");
    assert!(
        lines[0].starts_with(&format!("{path}:5: version: ")),
        "{said}"
    );
    assert!(lines[2].contains("did you mean context?"), "{said}");
    let (code, _, err) = run(&["bundle", "/nowhere/x", "--profile", path]);
    assert_eq!((code, err.lines().count()), (2, 1), "{err}");
    assert!(err.contains("line 5") && err.contains("2 more"), "{err}");
    let (code, _, err) = run(&["bundle", "/nowhere/x", "--profile", "foi"]);
    assert_eq!((code, err.lines().count()), (2, 1), "{err}");
    assert!(err.contains("there are uk-central, foi-response"), "{err}");

    // One of the case's own goes before docket's, and the case remembers which it is made by.
    let own = case.join("profiles");
    fs::create_dir(&own).unwrap();
    fs::write(
        own.join("minimal.toml"),
        minimal.replace("version = 1", "version = 7"),
    )
    .unwrap();
    let (code, said, _) = run(&["profile", "use", "minimal"]);
    assert_eq!(code, 0, "{said}");
    let out = fixture.out("chosen");
    let (code, said, err) = run(&["bundle", out.to_str().unwrap()]);
    assert_eq!(code, 0, "{err}");
    assert!(
        said.contains("profile minimal 7: both sets, nothing transitory, no context"),
        "{said}"
    );
    assert!(read(&out, "bag-info.txt").contains("Docket-Profile: minimal 7\n"));
    let (code, _, err) = run(&["bundle", "/nowhere/x", "--with-notes"]);
    assert_eq!(code, 2);
    assert!(err.contains("takes no notes"), "{err}");
    let (code, said, _) = run(&["bundle", "/nowhere/x", "--dry-run", "--profile", "none"]);
    assert_eq!(code, 0);
    assert!(!said.contains("profile"), "{said}");
    let (code, _, _) = run(&["profile", "use", "none"]);
    assert_eq!(code, 0);
    let (_, facts, _) = run(&["facts"]);
    assert!(!facts.contains("minimal"), "{facts}");
    // What the profile sets aside can be proved as what it is: withheld.
    let central = fixture.out("central");
    let to = central.to_str().unwrap();
    assert_eq!(run(&["bundle", to, "--profile", "uk-central"]).0, 0);
    let (code, proof, err) = run(&["prove", "3", "--profile", "uk-central"]);
    assert_eq!(code, 0, "{err}");
    let kept = fixture.out("proof.json");
    fs::write(&kept, proof).unwrap();
    let (code, _, err) = run(&["prove", "--check", kept.to_str().unwrap(), to]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(run(&["prove", "3", "--profile", "none"]).0, 3);
}
