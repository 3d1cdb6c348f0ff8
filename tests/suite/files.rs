//! The files of messages, from the command line: what they are, and writing them out.

use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

/// A WhatsApp export with a picture that is one, a page that calls itself a picture, a voice note,
/// a text, a file that is not there, and one that was left out.
pub fn export(path: &Path) {
    let chat = "\
[25/03/2021, 09:00:00] Priya Shah: \u{200E}<attached: 00000001-PHOTO-2021-03-25-09-00-00.png>
[25/03/2021, 09:01:00] Priya Shah: \u{200E}<attached: 00000002-PHOTO-2021-03-25-09-01-00.jpg>
[25/03/2021, 09:02:00] Tom Reed: \u{200E}<attached: 00000003-AUDIO-2021-03-25-09-02-00.opus>
[25/03/2021, 09:03:00] Tom Reed: \u{200E}<attached: 00000004-plan.csv>
[25/03/2021, 09:04:00] Tom Reed: \u{200E}<attached: 00000005-PHOTO-2021-03-25-09-04-00.jpg>
[25/03/2021, 09:05:00] Priya Shah: \u{200E}image omitted
[25/03/2021, 09:06:00] Priya Shah: Thanks, all here
[25/03/2021, 09:07:00] Tom Reed: Good
";
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    let mut put = |name: &str, bytes: &[u8]| {
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    };
    put("_chat.txt", chat.as_bytes());
    put("00000001-PHOTO-2021-03-25-09-00-00.png", &png());
    put(
        "00000002-PHOTO-2021-03-25-09-01-00.jpg",
        b"<!DOCTYPE html><p>Not a picture</p>",
    );
    put("00000003-AUDIO-2021-03-25-09-02-00.opus", &opus());
    put("00000004-plan.csv", b"item,cost\ntest kits,1200\n");
    zip.finish().unwrap();
}

/// A picture of four by two: red above blue.
fn png() -> Vec<u8> {
    // Written out, so that what is read was written by another program.
    const HEX: &str = "89504e470d0a1a0a0000000d4948445200000004000000020802000000f0caea3400000011\
49444154789c63f8cfc000470c48ecff0067b207f92638e38f0000000049454e44ae426082";
    let digits: Vec<u8> = HEX.bytes().collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// A voice note of 42 seconds.
fn opus() -> Vec<u8> {
    let page = |position: u64, body: &[u8]| {
        let mut bytes = b"OggS\0\0".to_vec();
        bytes.extend(position.to_le_bytes());
        bytes.extend([0; 12]);
        bytes.extend([1, u8::try_from(body.len()).unwrap()]);
        bytes.extend(body);
        bytes
    };
    let head = [b"OpusHead\x01\x01\x38\x01".as_slice(), &[0; 7]].concat();
    [page(0, &head), page(312 + 42 * 48_000, &[1; 200])].concat()
}

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk {
            folder: tempfile::tempdir().unwrap(),
        };
        let path = desk.folder.path().join("WhatsApp Chat - Kits.zip");
        export(&path);
        let ran = desk.run(&["import", path.to_str().unwrap()]);
        assert_eq!(ran.status.code(), Some(0), "{ran:?}");
        desk
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_docket"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("USER", "tester")
            .env("DOCKET_CASE", self.folder.path().join("case"))
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    fn file(&self, number: u32) -> Value {
        let ran = self.run(&["--json", "attachment", &number.to_string()]);
        assert_eq!(ran.status.code(), Some(0), "{ran:?}");
        serde_json::from_slice(&ran.stdout).unwrap()
    }
}

#[test]
fn files_are_told_by_their_bytes_and_what_is_not_there_is_said() {
    let desk = Desk::new();
    let told: Vec<Value> = (0..6).map(|number| desk.file(number)).collect();
    let kinds: Vec<&str> = told
        .iter()
        .map(|row| row["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds[..4],
        ["picture PNG, 4 × 2", "page HTML", "voice note 0:42", "text"]
    );
    assert_eq!(told[1]["claims_otherwise"], "its name says .jpg");
    assert_eq!(told[0]["claims_otherwise"], Value::Null);
    assert_eq!(told[2]["milliseconds"], 42_000);
    assert_eq!(told[3]["text"], "item,cost\ntest kits,1200");
    let states: Vec<&str> = told
        .iter()
        .map(|row| row["state"].as_str().unwrap())
        .collect();
    assert_eq!(
        states,
        [
            "present", "present", "present", "present", "missing", "omitted"
        ]
    );
    let words = desk.run(&["attachment", "4"]);
    let words = String::from_utf8(words.stdout).unwrap();
    assert!(words.contains("not in the export"), "{words}");
}

#[test]
fn a_file_is_written_out_once_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let ran = desk.run(&["attachment", "0", "--out", "picture.png"]);
    assert_eq!(ran.status.code(), Some(0), "{ran:?}");
    let path = desk.folder.path().join("picture.png");
    assert_eq!(std::fs::read(&path).unwrap(), png());
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    std::fs::write(&path, "mine").unwrap();
    let again = desk.run(&["attachment", "0", "--out", "picture.png"]);
    assert_eq!(again.status.code(), Some(3), "{again:?}");
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    for (arguments, code) in [
        (&["attachment", "4", "--out", "gone.jpg"][..], 3),
        (&["attachment", "6"], 3),
        (&["attachment", "700"], 3),
        (&["attachment", "0", "--file", "2"], 2),
    ] {
        let ran = desk.run(arguments);
        assert_eq!(ran.status.code(), Some(code), "{ran:?}");
        assert!(!desk.folder.path().join("gone.jpg").exists());
    }
}
