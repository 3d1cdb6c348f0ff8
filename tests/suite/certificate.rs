//! Certificates of searches: what they say, that they quote nothing, and what of them can be changed.

use super::keeping::{Desk, ended};
use super::redaction::leaving::mixed;
use docket::bundle::certificate::{Certificate, sha256, signature_of, verify};
use docket::bundle::sign::{Key, Kind, Signers};
use docket::check::{Verdict, overall};
use docket::review::Session;
use docket::review::query;
use std::path::Path;
use std::process::Command;

fn of(session: &Session, text: &str) -> Certificate {
    Certificate::of(session, text, &query::parse(text).unwrap()).unwrap()
}

#[test]
fn what_was_found_and_not_found_is_told_in_numbers_and_nothing_is_quoted() {
    let desk = mixed();
    let some = of(&desk.session, "quay OR  complaint");
    assert_eq!((some.found.messages, some.found.threads), (2, 1));
    assert_eq!(some.found.decisions["official"], 2);
    assert_eq!((some.searched.messages, some.searched.indexed), (6, 6));
    assert_eq!(some.searched.exports.len(), 1);
    assert!(some.searched.exports[0].adds_up);
    assert_eq!(
        (some.query.as_str(), some.understood.as_str()),
        ("quay OR  complaint", "quay OR complaint")
    );
    let text = some.render().unwrap();
    assert!(
        text.contains("2 messages in 1 conversations of 1 exports"),
        "{text}"
    );
    for word in [
        "Quay",
        "Priya",
        "Leopold",
        "mother in law",
        "opens on Monday",
    ] {
        assert!(!text.contains(word), "{word}");
    }
    let none = of(&desk.session, "zeppelin");
    assert_eq!((none.found.messages, none.found.days), (0, None));
    let text = none.render().unwrap();
    assert!(
        text.contains("Nothing: no message answers the query."),
        "{text}"
    );
    assert_eq!(Certificate::parse(&text).unwrap(), none);
}

#[test]
fn a_certificate_has_one_form_to_the_last_byte() {
    let desk = mixed();
    let text = of(&desk.session, "quay").render().unwrap();
    assert!(Certificate::parse(&text).is_ok());
    for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
        let mut less = text.clone();
        less.remove(at);
        assert!(
            Certificate::parse(&less).is_err(),
            "without the sign at {at}"
        );
    }
    assert!(Certificate::parse(&format!("{text}\n")).is_err());
    let more = text.replace("\"messages\":1,\"threads\"", "\"messages\":2,\"threads\"");
    assert_ne!(more, text);
    assert!(Certificate::parse(&more).is_err());
}

/// A certificate in a file, and a key that signs.
fn signed(folder: &Path, text: &str) -> Option<String> {
    let (path, key) = (folder.join("nil.txt"), folder.join("key"));
    std::fs::write(&path, text).unwrap();
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"])
        .arg(&key)
        .status();
    if made.is_err() {
        println!("skipped: ssh-keygen is not installed");
        return None;
    }
    let signature = Key::read(&key)
        .unwrap()
        .sign(Kind::Search, text.as_bytes())
        .unwrap();
    std::fs::write(signature_of(&path), signature.pem()).unwrap();
    let public = std::fs::read_to_string(folder.join("key.pub")).unwrap();
    Some(format!("jo@example.gov {public}"))
}

#[test]
fn a_signature_on_a_certificate_is_checked_by_docket_and_by_openssh() {
    let desk = mixed();
    let folder = tempfile::tempdir().unwrap();
    let text = of(&desk.session, "zeppelin").render().unwrap();
    let Some(line) = signed(folder.path(), &text) else {
        return;
    };
    let path = folder.path().join("nil.txt");
    let signers = Signers::parse(&line).unwrap();
    assert_eq!(overall(&verify(&path, Some(&signers))), Verdict::Ok);
    std::fs::write(folder.path().join("signers"), &line).unwrap();
    let openssh = Command::new("sh")
        .arg("-c")
        .arg("ssh-keygen -Y verify -f signers -I jo@example.gov -n records-search -s nil.txt.sig < nil.txt")
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(openssh.status.success(), "{openssh:?}");
    // Another certificate under the same signature, another purpose, nobody's signature.
    let other = of(&desk.session, "quay").render().unwrap();
    std::fs::write(&path, &other).unwrap();
    assert_eq!(overall(&verify(&path, None)), Verdict::Failed);
    let key = Key::read(&folder.path().join("key")).unwrap();
    let wrong = key.sign(Kind::Handover, other.as_bytes()).unwrap();
    std::fs::write(signature_of(&path), wrong.pem()).unwrap();
    assert_eq!(overall(&verify(&path, Some(&signers))), Verdict::Failed);
    std::fs::remove_file(signature_of(&path)).unwrap();
    assert_eq!(overall(&verify(&path, Some(&signers))), Verdict::Failed);
    assert_ne!(overall(&verify(&path, None)), Verdict::Failed);
    assert_ne!(sha256(&text), sha256(&other));
}

/// Runs a command in a terminal and types an answer each time a passphrase is asked for; gives what
/// the terminal showed and the exit code.
fn in_a_terminal(folder: &Path, arguments: &[&str], answers: &[&str]) -> (String, u32) {
    use portable_pty::{CommandBuilder, PtySize, native_pty_system};
    use std::io::{Read, Write};
    let pty = native_pty_system().openpty(PtySize::default()).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_docket"));
    command.args(arguments);
    command.cwd(folder);
    command.env("DOCKET_CASE", folder.join("case"));
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let mut writer = pty.master.take_writer().unwrap();
    let mut reader = pty.master.try_clone_reader().unwrap();
    let mut answers = answers.iter();
    let (mut shown, mut seen, mut bytes) = (Vec::new(), 0, [0; 4096]);
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        shown.extend_from_slice(&bytes[..count]);
        let text = String::from_utf8_lossy(&shown);
        let asked = text.matches("Passphrase of locked: ").count();
        if asked > seen {
            seen = asked;
            writer
                .write_all(answers.next().unwrap().as_bytes())
                .unwrap();
        }
    }
    assert!(answers.next().is_none(), "asked too seldom: {shown:?}");
    let code = child.wait().unwrap().exit_code();
    (String::from_utf8(shown).unwrap(), code)
}

#[test]
fn a_passphrase_is_asked_for_on_the_terminal_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let chat = "27/03/2021, 23:30 - Ann Lee: the quay contract goes to tender on Monday\n";
    std::fs::write(here.join("WhatsApp Chat with Ann Lee.txt"), chat).unwrap();
    let (_, code) = in_a_terminal(here, &["import", "WhatsApp Chat with Ann Lee.txt"], &[]);
    assert!(code < 2);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "open sesame", "-C", "", "-f"])
        .arg(here.join("locked"))
        .status();
    if made.is_err() {
        println!("skipped: ssh-keygen is not installed");
        return;
    }
    let ask = [
        "certificate",
        "quay",
        "--out",
        "quay.txt",
        "--key",
        "locked",
    ];
    let wrong = ["sesame street\r", "\r", "open sesam\r"];
    let (shown, code) = in_a_terminal(here, &ask, &wrong);
    assert_eq!(code, 3, "{shown}");
    assert!(shown.contains("three times not the passphrase"), "{shown}");
    let (shown, code) = in_a_terminal(here, &ask, &["open\u{3}"]);
    assert_eq!(code, 3, "{shown}");
    assert!(!here.join("quay.txt").exists() && !here.join("quay.txt.sig").exists());
    let (shown, code) = in_a_terminal(here, &ask, &["open sesame street\r", "open sesame\r"]);
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("sesame"), "{shown}");
    let public = std::fs::read_to_string(here.join("locked.pub")).unwrap();
    let signers = Signers::parse(&format!("jo@example.gov {public}")).unwrap();
    assert_eq!(
        overall(&verify(&here.join("quay.txt"), Some(&signers))),
        Verdict::Ok
    );
}

#[test]
fn what_a_command_writes_lies_beside_cases_and_bundles() {
    let desk = Desk::new();
    desk.ends(0, &["tag", "personal", "is:undecided", "--yes"]);
    desk.ends(
        0,
        &["facts", "reference=F-1", "department=D", "custodian=Ann"],
    );
    let at = |name: &str| desk.path(name).to_str().unwrap().to_owned();
    desk.ends(0, &["bundle", &at("bag")]);
    std::fs::write(desk.path("there"), "").unwrap();
    std::os::unix::fs::symlink("nowhere", desk.path("link")).unwrap();
    for (place, why) in [
        ("bag/nil.txt", "within a bundle"),
        ("bag/data/nil.txt", "within a bundle"),
        ("case/nil.txt", "within the case's own folder"),
        ("there", "something here already"),
        ("link", "something here already"),
        ("none/nil.txt", "no such folder"),
    ] {
        let (_, told) = desk.ends(3, &["certificate", "zeppelin", "--out", &at(place)]);
        assert!(told.contains(why), "{place}: {told}");
    }
    assert!(!desk.path("nowhere").exists());
    desk.ends(0, &["verify", &at("bag")]);
    let (told, _) = desk.ends(0, &["certificate", "zeppelin", "--out", &at("nil.txt")]);
    assert!(told.contains("nil.txt"), "{told}");
}

#[test]
fn an_archive_of_a_bundle_is_told_for_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let verified = |name: &str, bytes: &[u8], code: i32| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let ran = Command::new(env!("CARGO_BIN_EXE_docket"))
            .arg("verify")
            .arg(&path)
            .output()
            .unwrap();
        ended(code, name, ran)
    };
    let mut tar = vec![0; 1024];
    tar[..8].copy_from_slice(b"handover");
    for (name, bytes) in [
        ("bag.tar", &tar[..]),
        ("bag.zip", b"PK\x03\x04\x14\x00"),
        ("bag.tgz", &[0x1F, 0x8B, 8, 0]),
    ] {
        let (_, told) = verified(name, bytes, 2);
        assert!(told.contains(name) && told.contains("unpack it"), "{told}");
    }
    // Texts are held against what certificates are, wherever their beginning is cut.
    for text in [
        "",
        "minutes",
        &"é".repeat(600),
        &format!("x{}", "é".repeat(600)),
    ] {
        let (told, _) = verified("text.txt", text.as_bytes(), 1);
        assert!(told.contains("certificate"), "{told}");
    }
}
