//! The verifier against bags made here and damaged one thing at a time.

use docket::bundle::verify;
use docket::check::{Check, Verdict, overall};
use docket::text::hex;
use sha2::{Digest, Sha256, Sha512};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(bytes))
}

fn sha512(bytes: impl AsRef<[u8]>) -> String {
    hex(&Sha512::digest(bytes))
}

/// A valid bag with two files.
fn bag() -> TempDir {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("data/sub")).unwrap();
    fs::write(root.join("data/a.txt"), "first").unwrap();
    fs::write(root.join("data/sub/b.txt"), "second").unwrap();
    fs::write(
        root.join("bagit.txt"),
        "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
    )
    .unwrap();
    fs::write(root.join("bag-info.txt"), "Payload-Oxum: 11.2\n").unwrap();
    seal(root);
    folder
}

/// Writes the manifests of what is there.
fn seal(root: &Path) {
    let sums = |names: &[&str], sum: fn(Vec<u8>) -> String| -> String {
        names
            .iter()
            .map(|name| format!("{}  {name}\n", sum(fs::read(root.join(name)).unwrap())))
            .collect()
    };
    let payload = ["data/a.txt", "data/sub/b.txt"];
    fs::write(root.join("manifest-sha256.txt"), sums(&payload, sha256)).unwrap();
    fs::write(root.join("manifest-sha512.txt"), sums(&payload, sha512)).unwrap();
    seal_tags(root);
}

/// Writes the tag manifest of what is there.
fn seal_tags(root: &Path) {
    let names = [
        "bag-info.txt",
        "bagit.txt",
        "manifest-sha256.txt",
        "manifest-sha512.txt",
    ];
    let lines: String = names
        .iter()
        .map(|name| {
            let bytes = fs::read(root.join(name)).unwrap();
            format!("{}  {name}\n", sha256(bytes))
        })
        .collect();
    fs::write(root.join("tagmanifest-sha256.txt"), lines).unwrap();
}

fn failed(checks: &[Check]) -> Vec<&str> {
    checks
        .iter()
        .filter(|check| check.verdict == Verdict::Failed)
        .map(|check| check.name.as_str())
        .collect()
}

fn add_line(root: &Path, manifest: &str, line: &str) {
    let path = root.join(manifest);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{text}{line}\n")).unwrap();
}

#[test]
fn a_whole_bag_holds() {
    let bag = bag();
    let checks = verify(bag.path());
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
}

#[test]
fn every_damage_is_found_where_it_is() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage, &str); 13] = [
        (
            "a byte changed",
            |root| fs::write(root.join("data/a.txt"), "fIrst").unwrap(),
            "payload checksums",
        ),
        (
            "a file gone",
            |root| fs::remove_file(root.join("data/a.txt")).unwrap(),
            "complete",
        ),
        (
            "a file added",
            |root| fs::write(root.join("data/c.txt"), "x").unwrap(),
            "complete",
        ),
        (
            "a tag file changed",
            |root| fs::write(root.join("bag-info.txt"), "Payload-Oxum: 11.2\nX: 1\n").unwrap(),
            "tag checksums",
        ),
        (
            "a manifest gone",
            |root| fs::remove_file(root.join("manifest-sha512.txt")).unwrap(),
            "complete",
        ),
        (
            "no declaration",
            |root| fs::remove_file(root.join("bagit.txt")).unwrap(),
            "declaration",
        ),
        (
            "another size told",
            |root| {
                fs::write(root.join("bag-info.txt"), "Payload-Oxum: 12.2\n").unwrap();
                seal_tags(root);
            },
            "payload-oxum",
        ),
        (
            "two sizes told",
            |root| {
                fs::write(
                    root.join("bag-info.txt"),
                    "Payload-Oxum: 11.2\nPayload-Oxum: 11.2\n",
                )
                .unwrap();
                seal_tags(root);
            },
            "payload-oxum",
        ),
        (
            "labels that are none",
            |root| {
                fs::write(root.join("bag-info.txt"), "no colon here\n").unwrap();
                seal_tags(root);
            },
            "bag-info",
        ),
        (
            "a file in one manifest only",
            |root| {
                fs::write(root.join("data/c.txt"), "").unwrap();
                fs::write(root.join("bag-info.txt"), "").unwrap();
                add_line(
                    root,
                    "manifest-sha256.txt",
                    &format!("{}  data/c.txt", sha256("")),
                );
                seal_tags(root);
            },
            "manifests",
        ),
        (
            "a line that is none",
            |root| {
                add_line(root, "manifest-sha256.txt", "what is this");
                seal_tags(root);
            },
            "manifests",
        ),
        (
            "something to fetch",
            |root| {
                fs::write(
                    root.join("fetch.txt"),
                    "https://example.org/a 3 data/c.txt\n",
                )
                .unwrap();
            },
            "fetch",
        ),
        (
            "bytes that are no text",
            |root| {
                fs::write(root.join("manifest-sha256.txt"), [0xff, 0xfe, 0x41]).unwrap();
            },
            "manifests",
        ),
    ];
    for (what, damage, name) in damages {
        let bag = bag();
        damage(bag.path());
        let checks = verify(bag.path());
        assert!(failed(&checks).contains(&name), "{what}: {checks:#?}");
    }
}

#[test]
fn nothing_outside_the_bag_is_believed() {
    let bag = bag();
    let outside = TempDir::new().unwrap();
    let secret = outside.path().join("secret.txt");
    fs::write(&secret, "secret").unwrap();
    let sum = sha256("secret");
    let up = format!(
        "../{}/secret.txt",
        outside.path().file_name().unwrap().to_str().unwrap()
    );
    // The name leads to a file that has this very checksum.
    assert!(bag.path().join(&up).is_file());
    for name in [
        up.clone(),
        format!("data/../{up}"),
        secret.to_str().unwrap().to_owned(),
    ] {
        add_line(bag.path(), "manifest-sha256.txt", &format!("{sum}  {name}"));
        seal_tags(bag.path());
        let checks = verify(bag.path());
        assert!(
            failed(&checks).contains(&"manifests"),
            "{name}: {checks:#?}"
        );
        seal(bag.path());
    }
}

#[test]
fn links_and_devices_have_no_place() {
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("a.txt"), "first").unwrap();

    let linked_file = bag();
    let path = linked_file.path().join("data/a.txt");
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(outside.path().join("a.txt"), &path).unwrap();

    let linked_folder = bag();
    let link = linked_folder.path().join("data/more");
    std::os::unix::fs::symlink(outside.path(), link).unwrap();

    let pipe = bag();
    let made = std::process::Command::new("mkfifo")
        .arg(pipe.path().join("data/pipe"))
        .status()
        .unwrap();
    assert!(made.success());

    for bag in [linked_file, linked_folder, pipe] {
        let checks = verify(bag.path());
        assert!(failed(&checks).contains(&"structure"), "{checks:#?}");
    }
}

#[test]
fn a_name_with_a_percent_sign_may_be_written_either_way() {
    for written in ["data/100%25.txt", "data/100%.txt"] {
        let bag = bag();
        let root = bag.path();
        fs::write(root.join("data/100%.txt"), "").unwrap();
        add_line(
            root,
            "manifest-sha256.txt",
            &format!("{}  {written}", sha256("")),
        );
        add_line(
            root,
            "manifest-sha512.txt",
            &format!("{}  {written}", sha512("")),
        );
        fs::write(root.join("bag-info.txt"), "Payload-Oxum: 11.3\n").unwrap();
        seal_tags(root);
        let checks = verify(root);
        assert_eq!(overall(&checks), Verdict::Ok, "{checks:#?}");
    }
}

#[test]
fn what_is_no_folder_is_a_failed_check() {
    assert_eq!(
        overall(&verify(Path::new("/nowhere/at/all"))),
        Verdict::Failed
    );
    assert_eq!(overall(&verify(Path::new("Cargo.toml"))), Verdict::Failed);
}
