//! Statements and receipts: signed here or with `ssh-keygen`, checked here and with it, and every
//! tampering with a signed bundle found.

use super::writing::{Fixture, files, read, reseal};
use chrono::NaiveDate;
use docket::bundle::handover;
use docket::bundle::sign::{Key, Kind, RECEIPT, SignError, Signature, Signers, TEMPLATE};
use docket::bundle::{verify, verify_with};
use docket::check::{Verdict, overall};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{LineEnding, PrivateKey};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A key from a seed, in a file of its own, and its line in a list of allowed signers.
fn key(folder: &Path, name: &str, seed: u8) -> (PathBuf, String) {
    let pair = Ed25519Keypair::from_seed(&[seed; 32]);
    let private = PrivateKey::new(KeypairData::Ed25519(pair), name).unwrap();
    let path = folder.join(name);
    fs::write(
        &path,
        private.to_openssh(LineEnding::LF).unwrap().as_bytes(),
    )
    .unwrap();
    let public = private.public_key().to_openssh().unwrap();
    (path, format!("{name}@example {public}\n"))
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 4, 2).unwrap()
}

fn sign(bag: &Path, kind: Kind, party: &str, key: &Path) {
    let words = match kind {
        Kind::Handover => TEMPLATE,
        Kind::Receipt | Kind::Search => RECEIPT,
    };
    let statement = handover::compose(bag, kind, party, day(), words).unwrap();
    handover::prepare(bag, &statement).unwrap();
    let key = Key::read(key).unwrap();
    let made = key.sign(kind, statement.render().as_bytes()).unwrap();
    handover::add::<SignError>(bag, kind, &made, || Ok(())).unwrap();
}

/// A signed bundle with a receipt, and the list of both signers.
struct Signed {
    _fixture: Fixture,
    keys: TempDir,
    bag: PathBuf,
    list: String,
}

impl Signed {
    fn new() -> Signed {
        let fixture = Fixture::usual();
        let bag = fixture.write_to("handover", false).unwrap().path;
        let keys = TempDir::new().unwrap();
        let (official, first) = key(keys.path(), "official", 1);
        let (records, second) = key(keys.path(), "records", 2);
        sign(&bag, Kind::Handover, "Ada Example", &official);
        sign(&bag, Kind::Receipt, "Records team", &records);
        Signed {
            _fixture: fixture,
            keys,
            bag,
            list: first + &second,
        }
    }

    fn signers(&self) -> Signers {
        Signers::parse(&self.list).unwrap()
    }

    fn is_found(&self) -> bool {
        overall(&verify_with(&self.bag, Some(&self.signers()))) == Verdict::Failed
    }
}

fn verdict(bag: &Path, signers: Option<&Signers>, name: &str) -> (Verdict, String) {
    let checks = verify_with(bag, signers);
    let check = checks.iter().find(|check| check.name == name).unwrap();
    (check.verdict, check.detail.clone())
}

#[test]
fn a_signed_bundle_tells_by_whom_and_trusts_no_key_of_its_own() {
    let signed = Signed::new();
    let bag = &signed.bag;
    let checks = verify_with(bag, Some(&signed.signers()));
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
    let (ok, told) = verdict(bag, Some(&signed.signers()), "signature");
    assert_eq!(ok, Verdict::Ok);
    assert!(
        told.contains("Ada Example") && told.contains("official@example"),
        "{told}"
    );
    let (warned, told) = verdict(bag, None, "signature");
    assert_eq!(warned, Verdict::Warn);
    assert!(
        told.contains("SHA256:") && told.contains("not checked whose"),
        "{told}"
    );
    // Another key, another purpose, another time.
    let key = signed.list.lines().next().unwrap();
    let key = key.split_once(' ').unwrap().1;
    for list in [
        String::new(),
        signed.list.lines().nth(1).unwrap().to_owned(),
        format!("a namespaces=\"file\" {key}"),
        format!("a valid-before=\"20010101\" {key}"),
        format!("a valid-after=\"29990101\" {key}"),
    ] {
        let signers = Signers::parse(&list).unwrap();
        assert_eq!(
            verdict(bag, Some(&signers), "signature").0,
            Verdict::Failed,
            "{list}"
        );
    }
    let text = read(bag, "handover.txt");
    for said in [
        "Reference: HRB/2021/7\n",
        "I, Ada Example, hand over",
        "from 2 exports",
        "Known gaps: none",
    ] {
        assert!(text.contains(said), "{text}");
    }
    let statement = handover::compose(bag, Kind::Handover, "Ada", day(), TEMPLATE);
    assert!(matches!(statement, Err(SignError::Signed { .. })));
}

#[test]
fn an_unsigned_bundle_is_told_where_a_signature_is_asked_for() {
    let fixture = Fixture::usual();
    let bag = fixture.write_to("handover", false).unwrap().path;
    let none = Signers::default();
    assert_eq!(overall(&verify(&bag)), Verdict::Ok);
    assert_eq!(verdict(&bag, Some(&none), "signature").0, Verdict::Failed);
    let receipt = handover::compose(&bag, Kind::Receipt, "R", day(), RECEIPT);
    assert!(matches!(receipt, Err(SignError::Unsigned { .. })));
    let statement = handover::compose(&bag, Kind::Handover, "A", day(), TEMPLATE).unwrap();
    handover::prepare(&bag, &statement).unwrap();
    assert_eq!(verdict(&bag, None, "signature").0, Verdict::Warn);
    assert_eq!(verdict(&bag, Some(&none), "signature").0, Verdict::Failed);
}

/// One random tampering with a bag; gives what it was, or nothing where it changed nothing.
fn tamper(bag: &Path, random: &mut TestRng, others: &BTreeMap<String, Vec<u8>>) -> Option<String> {
    let here: Vec<String> = files(bag).into_keys().collect();
    let mut draw = |below: usize| (random.next_u64() % below.max(1) as u64) as usize;
    let name = here[draw(here.len())].clone();
    let path = bag.join(&name);
    let bytes = fs::read(&path).unwrap();
    let (what, changed) = match draw(12) {
        0 | 1 => {
            let mut bytes = bytes.clone();
            let at = draw(bytes.len());
            *bytes.get_mut(at)? ^= 1 << draw(8);
            ("a bit", bytes)
        }
        2 => {
            let mut bytes = bytes.clone();
            bytes.insert(draw(bytes.len() + 1), b' ');
            ("a byte more", bytes)
        }
        3 => ("cut", bytes[..draw(bytes.len())].to_vec()),
        4 | 5 => {
            let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
            let (one, other) = (draw(lines.len()), draw(lines.len()));
            lines.swap(one, other);
            ("rows swapped", lines.concat())
        }
        6 => {
            let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
            let row = lines.remove(draw(lines.len()));
            if draw(2) == 0 {
                lines.extend([row, row]);
            }
            ("a row out or twice", lines.concat())
        }
        7 => {
            let other = bag.join(&here[draw(here.len())]);
            let content = fs::read(&other).unwrap();
            if content == bytes {
                return None;
            }
            fs::write(&path, content).unwrap();
            fs::write(other, bytes).unwrap();
            return Some(format!("{name}: swapped with another file"));
        }
        8 => {
            fs::rename(&path, bag.join(format!("{name}x"))).unwrap();
            return Some(format!("{name}: another name"));
        }
        9 => {
            fs::remove_file(&path).unwrap();
            return Some(format!("{name}: taken out"));
        }
        10 => {
            let folder = ["", "data/", "data/records/", "data/attachments/"][draw(4)];
            let new = bag.join(format!("{folder}added-{}", draw(9)));
            fs::create_dir_all(new.parent().unwrap()).unwrap();
            fs::write(new, bytes).unwrap();
            return Some(format!("{name}: a copy added"));
        }
        _ => ("that of another bag", others.get(&name)?.clone()),
    };
    if changed == bytes {
        return None;
    }
    fs::write(&path, changed).unwrap();
    Some(format!("{name}: {what}"))
}

/// Puts a bag back.
fn put(bag: &Path, whole: &BTreeMap<String, Vec<u8>>) {
    for name in files(bag).keys().filter(|name| !whole.contains_key(*name)) {
        fs::remove_file(bag.join(name)).unwrap();
    }
    let _ = fs::remove_dir(bag.join("data/attachments"));
    for (name, bytes) in whole {
        if fs::read(bag.join(name)).ok().as_ref() != Some(bytes) {
            fs::write(bag.join(name), bytes).unwrap();
        }
    }
}

#[test]
fn two_thousand_tamperings_with_a_signed_bundle_are_found() {
    let (signed, other) = (Signed::new(), Signed::new());
    let (whole, others) = (files(&signed.bag), files(&other.bag));
    assert_ne!(whole["handover.txt.sig"], others["handover.txt.sig"]);
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &[5; 32]);
    let (mut found, mut sealed, mut missed) = (0, 0, Vec::new());
    while found + missed.len() < 2000 {
        let Some(what) = tamper(&signed.bag, &mut random, &others) else {
            continue;
        };
        // Every fourth is hidden under new seals, as somebody would who knows what a bag is; what
        // changed nothing but the seals themselves is then undone by them.
        let is_sealed = random.next_u64().is_multiple_of(4)
            && fs::read_to_string(signed.bag.join("bag-info.txt")).is_ok();
        if is_sealed {
            reseal(&signed.bag);
            sealed += 1;
        }
        match signed.is_found() {
            true => found += 1,
            false => missed.push(format!("{what}, new seals: {is_sealed}")),
        }
        put(&signed.bag, &whole);
    }
    assert!(missed.is_empty(), "{} missed: {missed:#?}", missed.len());
    assert!(sealed > 300, "{sealed}");
    println!("counted {found} tamperings found");
    assert!(!signed.is_found());
}

fn has_ssh_keygen() -> bool {
    let found = Command::new("ssh-keygen").arg("-?").output().is_ok();
    if !found {
        println!("skipped: there is no ssh-keygen here");
    }
    found
}

fn ssh_keygen(arguments: &[&str], input: Option<&Path>) -> bool {
    let mut command = Command::new("ssh-keygen");
    command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match input {
        Some(path) => command.stdin(fs::File::open(path).unwrap()),
        None => command.stdin(Stdio::null()),
    };
    command.status().unwrap().success()
}

#[test]
fn openssh_accepts_what_docket_signs_and_refuses_what_was_changed() {
    if !has_ssh_keygen() {
        return;
    }
    let signed = Signed::new();
    let list = signed.keys.path().join("signers");
    fs::write(&list, &signed.list).unwrap();
    let check = |who: &str, kind: Kind| {
        let signature = signed.bag.join(kind.signature());
        let (list, signature) = (list.to_str().unwrap(), signature.to_str().unwrap());
        let text = signed.bag.join(kind.file());
        let name = kind.namespace();
        let all = [
            "-Y", "verify", "-f", list, "-I", who, "-n", name, "-s", signature,
        ];
        ssh_keygen(&all, Some(&text))
    };
    assert!(check("official@example", Kind::Handover));
    assert!(check("records@example", Kind::Receipt));
    assert!(!check("records@example", Kind::Handover));
    let text = signed.bag.join("handover.txt");
    fs::write(
        &text,
        read(&signed.bag, "handover.txt").replace("Ada", "Eve"),
    )
    .unwrap();
    assert!(!check("official@example", Kind::Handover));
}

#[test]
fn what_openssh_signs_is_added_whatever_the_kind_of_key() {
    if !has_ssh_keygen() {
        return;
    }
    let keys = TempDir::new().unwrap();
    let fixture = Fixture::usual();
    for (number, kind) in [["ed25519", "256"], ["ecdsa", "256"], ["rsa", "2048"]]
        .iter()
        .enumerate()
    {
        let bag = fixture
            .write_to(&format!("handover-{number}"), false)
            .unwrap()
            .path;
        let key = keys.path().join(kind[0]);
        let file = key.to_str().unwrap();
        let made = [
            "-q",
            "-t",
            kind[0],
            "-b",
            kind[1],
            "-N",
            "open sesame",
            "-f",
            file,
        ];
        assert!(ssh_keygen(&made, None));
        // The passphrase opens it, another does not.
        let locked = Key::read(&key).unwrap();
        assert!(locked.is_locked());
        assert!(locked.unlocked(b"open").is_none());
        let own = locked.unlocked(b"open sesame").unwrap();
        let change = ["-q", "-p", "-P", "open sesame", "-N", "", "-f", file];
        assert!(ssh_keygen(&change, None));
        let statement = handover::compose(&bag, Kind::Handover, "Ada", day(), TEMPLATE).unwrap();
        let text = handover::prepare(&bag, &statement).unwrap();
        let path = text.to_str().unwrap();
        assert!(ssh_keygen(
            &[
                "-q",
                "-Y",
                "sign",
                "-n",
                "records-handover",
                "-f",
                file,
                path
            ],
            None
        ));
        let pem = fs::read(bag.join("handover.txt.sig")).unwrap();
        let added = Signature::checked(Kind::Handover, &pem, &fs::read(&text).unwrap()).unwrap();
        assert_eq!(
            added.pem().as_bytes(),
            pem,
            "{kind:?}: not written as OpenSSH writes it"
        );
        assert_eq!(added.fingerprint(), own.fingerprint());
        assert!(Signature::checked(Kind::Receipt, &pem, &fs::read(&text).unwrap()).is_err());
        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        let signers = Signers::parse(&format!("ada@example {public}")).unwrap();
        assert_eq!(verdict(&bag, Some(&signers), "signature").0, Verdict::Ok);
        // With RSA only OpenSSH signs, and that is said.
        let made = own.sign(Kind::Receipt, b"text");
        assert_eq!(made.is_ok(), kind[0] != "rsa", "{kind:?}");
    }
}

/// Runs docket on a case; gives its exit code and what it printed.
fn docket(case: &Path, reviewer: &str, arguments: &[&str]) -> (i32, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(arguments)
        .arg("--case")
        .arg(case)
        .args(["--reviewer", reviewer])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    (ran.status.code().unwrap(), String::from_utf8(said).unwrap())
}

#[test]
fn commands_sign_confirm_and_note_it_in_the_ledger() {
    let fixture = Fixture::usual();
    let bag = fixture.write_to("handover", false).unwrap().path;
    let custody = read(&bag, "custody.jsonl");
    let keys = TempDir::new().unwrap();
    let (official, first) = key(keys.path(), "official", 1);
    let (records, second) = key(keys.path(), "records", 2);
    let list = keys.path().join("signers");
    fs::write(&list, first + &second).unwrap();
    let case = fixture.out("../case");
    let (bag_name, list) = (bag.to_str().unwrap(), list.to_str().unwrap());
    let run = |reviewer: &str, arguments: &[&str]| docket(&case, reviewer, arguments);

    // The words of the department.
    let (code, said) = run("Ada", &["sign", "--write-template"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(run("Ada", &["sign", "--write-template"]).0, 3);
    fs::write(case.join("statement.txt"), "{signer} says {nothing}.\n").unwrap();
    let (code, said) = run("Ada", &["sign", bag_name, "--prepare"]);
    assert!(code == 3 && said.contains("line 1: {nothing}"), "{said}");
    fs::write(case.join("statement.txt"), "{signer} says {messages}.\n").unwrap();

    let (code, said) = run("Ada", &["sign", bag_name, "--prepare"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("ssh-keygen -Y sign -n records-handover -f KEY"),
        "{said}"
    );
    let own = official.to_str().unwrap();
    let (code, said) = run("Ada Example", &["sign", bag_name, "--key", own]);
    assert_eq!(code, 0, "{said}");
    assert!(read(&bag, "handover.txt").ends_with("\nAda Example says 13.\n"));
    assert_eq!(run("Ada", &["sign", bag_name, "--key", own]).0, 3);
    let theirs = records.to_str().unwrap();
    assert_eq!(
        run("Records team", &["receipt", bag_name, "--key", theirs]).0,
        0
    );
    let load = ["receipt", bag_name, "--load", "--allowed-signers", list];
    assert_eq!(run("Ada", &load).0, 0);
    let (code, said) = run("Ada", &["verify", bag_name, "--allowed-signers", list]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = run("Ada", &["log"]);
    assert_eq!(code, 0);
    // Long lines are broken between words.
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "signed by Ada Example with key SHA256:",
        "from Records team with key SHA256:",
        "known as records@example",
    ] {
        assert!(said.contains(told), "{said}");
    }
    // What is said of a bundle is no change of the case.
    let again = fixture.write_to("again", false).unwrap().path;
    assert_eq!(read(&again, "custody.jsonl"), custody);

    // A bundle of another case, and one that does not hold, are not signed.
    let other = Fixture::usual();
    let (code, said) = docket(
        other.session.case().layout().root(),
        "Ada",
        &["sign", bag_name, "--prepare"],
    );
    assert!(
        code == 3 && said.contains("no bundle that this case wrote"),
        "{said}"
    );
    fs::write(again.join("README.txt"), "changed").unwrap();
    assert_eq!(
        run("Ada", &["sign", again.to_str().unwrap(), "--key", own]).0,
        3
    );
}

#[test]
fn keys_that_docket_does_not_read_sign_through_ssh_keygen() {
    if !ssh_keygen(&["-Q", "sig"], None) && Command::new("ssh-keygen").output().is_err() {
        println!("skipped: ssh-keygen is not installed");
        return;
    }
    let fixture = Fixture::usual();
    let case = fixture.session.case().layout().root().to_owned();
    let keys = TempDir::new().unwrap();
    let rsa = keys.path().join("rsa");
    let file = rsa.to_str().unwrap();
    assert!(ssh_keygen(
        &["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", file],
        None
    ));
    let public = fs::read_to_string(rsa.with_extension("pub")).unwrap();
    let list = keys.path().join("signers");
    fs::write(&list, format!("ada@example {public}")).unwrap();
    let list = list.to_str().unwrap();
    let verified = |bag: &str| docket(&case, "Ada", &["verify", bag, "--allowed-signers", list]);

    // RSA, in a file.
    let bag = fixture.write_to("rsa", false).unwrap().path;
    let bag = bag.to_str().unwrap();
    let (code, said) = docket(&case, "Ada", &["sign", bag, "--key", file]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(verified(bag).0, 0);

    // The public key of one in an agent: docket itself speaks to none.
    let socket = keys.path().join("agent");
    let agent = Command::new("ssh-agent")
        .args(["-D", "-a"])
        .arg(&socket)
        .stdout(Stdio::null())
        .spawn();
    if let Ok(mut agent) = agent {
        for _ in 0..500 {
            if socket.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let with_agent = |program: &str, arguments: &[&str]| {
            let mut command = Command::new(program);
            let command = command.args(arguments).env("SSH_AUTH_SOCK", &socket);
            command.stdin(Stdio::null()).output().unwrap()
        };
        assert!(with_agent("ssh-add", &["-q", file]).status.success());
        fs::remove_file(&rsa).unwrap();
        let out = fixture.out("agent");
        let out = out.to_str().unwrap();
        let case = case.to_str().unwrap();
        let public = format!("{file}.pub");
        // Written, signed and noted in one step.
        let ran = with_agent(
            env!("CARGO_BIN_EXE_docket"),
            &[
                "bundle",
                out,
                "--sign",
                &public,
                "--case",
                case,
                "--reviewer",
                "Ada",
            ],
        );
        agent.kill().unwrap();
        agent.wait().unwrap();
        assert!(ran.status.success(), "{ran:?}");
        let (code, said) = verified(out);
        assert_eq!(code, 0, "{said}");
        let (_, log) = docket(Path::new(case), "Ada", &["log", "--json"]);
        let signed = log.lines().filter(|line| line.contains("\"signed\""));
        assert_eq!(signed.count(), 2, "{log}");
    }

    // What a program of that name makes is checked: nothing that is no signature is added.
    let fake = keys.path().join("bin");
    fs::create_dir(&fake).unwrap();
    let program = fake.join("ssh-keygen");
    fs::write(&program, "#!/bin/sh\ncat >/dev/null\necho garbage\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&program, mode).unwrap();
    let public = format!("{file}.pub");
    let path = format!("{}:/usr/bin:/bin", fake.display());
    let last = fixture.write_to("last", false).unwrap().path;
    let ran = Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(["sign", last.to_str().unwrap(), "--key", &public, "--case"])
        .arg(&case)
        .env("PATH", path)
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(3), "{ran:?}");
    assert!(!last.join("handover.txt.sig").exists());
    let out = fixture.out("unsigned");
    let ran = Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(["bundle", out.to_str().unwrap(), "--sign", &public, "--case"])
        .arg(&case)
        .env("PATH", &fake)
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(3), "{ran:?}");
    assert!(!out.exists());
}
