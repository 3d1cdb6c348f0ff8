//! Certificates of searches: what they say, that they quote nothing, and what of them can be changed.

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
