//! Readers of one program after another: what one of them does is no word on the next one's export.

use super::apart::{alone, given};
use super::overheard::{Overheard, asks_and_answers, read_with};
use docket::case::{Actor, Case, ImportOptions};
use docket::import::whatsapp::WhatsApp;
use docket::import::{Importer, worker};
use std::fs;
use std::io::{Read, Write};
use std::sync::Mutex;

/// What the reader of an export was told to do by it, once it has answered all that it is asked.
static TAKEN_OVER: Mutex<Option<&str>> = Mutex::new(None);

/// A reader that does what its export says.
fn obedient(_: &str) -> Option<&'static dyn Importer> {
    static OBEDIENT: Overheard = Overheard {
        of: &WhatsApp::STANDARD,
        hear: &|record| {
            for act in ["SAYS MORE", "STAYS", "LEAVES BADLY"] {
                if record.text == act {
                    *TAKEN_OVER.lock().unwrap() = Some(act);
                }
            }
        },
    };
    Some(&OBEDIENT)
}

/// An answer as a reader frames it: that another export could be opened, or has been read and holds nothing.
fn forged(json: &str) -> Vec<u8> {
    let mut event = vec![7];
    let length = json.len();
    event.extend([(length & 0x7F) as u8 | 0x80, (length >> 7) as u8]);
    event.extend(json.as_bytes());
    let mut frame = u32::try_from(event.len()).unwrap().to_le_bytes().to_vec();
    frame.extend(event);
    frame
}

#[test]
#[ignore = "is run by a test, in a process of its own"]
fn obedient_reader() {
    let Some((asks, answers)) = asks_and_answers() else {
        return;
    };
    let mut says = answers.try_clone().unwrap();
    let mut hears = asks.try_clone().unwrap();
    worker::serve(asks, answers, &obedient).unwrap();
    // A reader comes here too: it has been told that nothing more is asked of it.
    let act = *TAKEN_OVER.lock().unwrap();
    let mut speak = || {
        let well = [0, 0];
        // Where the program tells how its readers ended: if a reader had it, this would be taken for its end.
        let _ = std::io::stderr().write_all(&well);
        let _ = says.write_all(&forged("\"Opened\""));
        let _ = says.write_all(&forged("{\"Done\":{}}"));
    };
    match act {
        Some("SAYS MORE") => speak(),
        Some("STAYS") => {
            speak();
            // What the next reader would be told.
            let _ = hears.read(&mut [0; 4096]);
            speak();
            let _ = hears.read(&mut [0; 4096]);
        }
        Some("LEAVES BADLY") => std::process::exit(3),
        _ => {}
    }
}

/// Loads the chats in a folder with that reader.
#[test]
#[ignore = "is run by a test, in a process of its own"]
fn obedient_import() {
    let Some(folder) = given() else { return };
    read_with(&folder, "suite::in_turn::obedient_reader", "1");
    let ada = Actor {
        name: "Ada".into(),
        how: docket::case::ledger::Known::Given,
    };
    let case = Case::open_or_create(&folder.join("case")).unwrap();
    let chats = [folder.join("chats")];
    let reports = case.import(&chats, &ImportOptions::default(), &ada, &mut ());
    println!();
    for report in &reports.unwrap() {
        println!("report {}", serde_json::to_string(report).unwrap());
    }
    let store = case.store();
    for number in 0..store.len() {
        let message = store.message(docket::model::MessageNumber(number)).unwrap();
        println!("said {}", message.text.trim_end());
    }
}

#[test]
fn a_reader_that_was_taken_over_speaks_for_its_own_export_alone() {
    let folder = tempfile::tempdir().unwrap();
    let chats = folder.path().join("chats");
    fs::create_dir(&chats).unwrap();
    let said: Vec<String> = [
        "SAYS MORE",
        "STAYS",
        "LEAVES BADLY",
        "nothing",
        "STAYS",
        "SAYS MORE",
    ]
    .iter()
    .enumerate()
    .flat_map(|(at, act)| {
        [
            format!("hello {at}"),
            (*act).to_owned(),
            format!("bye {at}"),
        ]
    })
    .collect();
    for (at, texts) in said.chunks(3).enumerate() {
        let lines = texts
            .iter()
            .enumerate()
            .map(|(minute, text)| format!("22/03/2024, 1{at}:0{minute} - Ann {at}: {text}\n"));
        let chat = chats.join(format!("WhatsApp Chat with {at}.txt"));
        fs::write(chat, lines.collect::<String>()).unwrap();
    }
    let output = alone("suite::in_turn::obedient_import", folder.path());
    let told = String::from_utf8(output.stdout).unwrap();
    let reports: Vec<serde_json::Value> = told
        .lines()
        .filter_map(|line| line.strip_prefix("report "))
        .map(|report| serde_json::from_str(report).unwrap())
        .collect();
    assert_eq!(reports.len(), 6, "{told}");
    for report in &reports {
        assert_eq!(report["outcome"], "loaded", "{told}");
        assert_eq!(report["messages"], 3, "{told}");
        assert_eq!(report["exceptions"], 0, "{told}");
    }
    let heard: Vec<&str> = told
        .lines()
        .filter_map(|line| line.strip_prefix("said "))
        .collect();
    assert_eq!(heard, said, "{told}");
}

/// Whoever started the readers' program is gone, and so are they.
#[test]
fn readers_end_with_the_program_that_asks_them() {
    let reader = std::process::Command::new(env!("CARGO_BIN_EXE_docket"))
        .arg(worker::ARGUMENT)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn();
    let mut program = reader.unwrap();
    let mut asks = program.stdin.take().unwrap();
    // Half a frame: its reader waits for the rest.
    asks.write_all(&[9, 0, 0, 0, b'{']).unwrap();
    drop(asks);
    let told = program.wait_with_output().unwrap();
    assert_eq!(told.stdout, b"");
    // Its reader ended, and not well; the program, which is asked nothing more, did too.
    assert_eq!(told.stderr, [1, 0]);
}
