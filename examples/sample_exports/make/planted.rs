//! What is planted to be found: a ward's group with every kind of personal data and a stranger in it,
//! the same group from another phone that lacks some of it, and a mail that answers what is not
//! there. The list says where each thing stands; a test finds all of it.
//!
//! The numbers are nobody's: NHS numbers from the synthetic range, telephone numbers kept for
//! fiction, an account of the examples of banks, a card for tests of payments, the specimens of
//! passports, driving licences and number plates, an IBAN and a tax reference from documentation,
//! a CHI number whose serial is not given out, a postcode of a district that there is not.

use super::chat::{Chat, Fault, Hand, Line, Member};
use super::dialect::{Dialect, What};
use super::{Made, Said, material};

const fn member(key: &'static str, shown: &'static str, nick: &'static str) -> Member {
    Member {
        key,
        shown,
        nick,
        hand: Hand::Plain,
    }
}

/// The members, as the sister's phone and the doctor's show them alike.
const MEMBERS: &[Member] = &[
    member("BRO", "Bronwen Achterberg", "Bronwen"),
    member("TOM", "Tom Featherstonehaugh-Iqbal", "Tom"),
    member("KIM", "Kim Marrable", "Kim"),
    member("ZAR", "Zara Ollivander", "Zara"),
    member("NEW", STRANGER, "Kit"),
];

/// Who was added in error.
pub const STRANGER: &str = "Kit Pomfret";

/// The group on the sister's iPhone.
pub const WARD: Chat = Chat {
    path: "WhatsApp Chat - Ward 7 beds.zip",
    inside: "_chat.txt",
    dialect: Dialect::IosEnGb,
    title: "Ward 7 beds",
    media: true,
    members: MEMBERS,
    script: include_str!("talk/ward.txt"),
    packs: &[],
    seed: 112,
    about: "A ward sister's iPhone, with media: everything that should not be in such a group is \
        planted in it, and for three days somebody who is no staff; exported from the middle on",
};

/// The same group on the doctor's Android phone.
pub const OTHER: Chat = Chat {
    path: "WhatsApp Chat with Ward 7 beds.txt",
    inside: "",
    dialect: Dialect::AndroidEnGb,
    media: false,
    seed: 113,
    about: "The ward's group again, from the doctor's Android phone: two messages that the other has \
        are missing",
    ..WARD
};

/// Beginnings of messages that the doctor's phone does not have.
const LACKING: [&str; 2] = ["Not on here please", "Sending him down"];

/// A mail that answers one that is not there.
const MAIL: &str = "RE_ Bed 4.eml";

/// What is planted: in which conversation, what a detector is called, and what stands there.
pub const FOUND: &[(&str, &str, &str)] = &[
    ("Ward 7 beds", "nhs", "999 012 3454"),
    ("Ward 7 beds", "person", "Mrs Ottoline Quarrington"),
    ("Ward 7 beds", "phone", "07700 900274"),
    ("Ward 7 beds", "phone", "+44 7700 900871"),
    ("Ward 7 beds", "dob", "14/02/1951"),
    ("Ward 7 beds", "chi", "0101010001"),
    ("Ward 7 beds", "nhs", "999 300 4111"),
    ("Ward 7 beds", "nhs", "999 417 2069"),
    ("Ward 7 beds", "dob", "2 March 1948"),
    ("Ward 7 beds", "address", "14 Tarn Lane"),
    ("Ward 7 beds", "postcode", "HX99 9ZZ"),
    ("Ward 7 beds", "vehicle", "BD51 SMR"),
    ("Ward 7 beds", "nino", "AB 12 34 56 C"),
    ("Ward 7 beds", "utr", "1955839661"),
    ("Ward 7 beds", "bank", "20-00-00"),
    ("Ward 7 beds", "bank", "55779911"),
    ("Ward 7 beds", "passport", "107185703"),
    ("Ward 7 beds", "licence", "MORGA657054SM9IJ"),
    ("Ward 7 beds", "incident", "Wrong chat"),
    ("Ward 7 beds", "deletion", "delete this"),
    ("Ward 7 beds", "card", "4111 1111 1111 1111"),
    ("Ward 7 beds", "iban", "GB82 WEST 1234 5698 7654 32"),
    ("Ward 7 beds", "email", "kim.marrable@example.org"),
    ("Ward 7 beds", "incident", "wrong group"),
    ("Ward 7 beds", "deletion", "clear the chat"),
    ("Ward 7 beds", "marking", "OFFICIAL-SENSITIVE"),
    ("Ward 7 beds", "privilege", "legal advice"),
    ("Ward 7 beds", "not-for-foi", "not for FOI"),
    ("Ward 7 beds", "special-category", "epilepsy"),
    ("Ward 7 beds", "own", "Kestrel"),
    ("Ward 7 beds", "incident", "Door code"),
];

/// In how many messages with personal data the stranger could read it.
pub const EXPOSED: u64 = 14;

/// The list of the case's own words that one of them needs.
pub const OWN: &str = "Kestrel: the name of an operation\n";

/// What is planted for completeness: what it is called, and where.
pub const LACKS: &[(&str, &str)] = &[
    ("start", "Ward 7 beds"),
    ("deleted", "Ward 7 beds"),
    ("view-once", "Ward 7 beds"),
    ("names-another", "Ward 7 beds"),
    ("other-has-more", "WhatsApp Chat with Ward 7 beds.txt"),
    ("answers-nothing", "Bed 4"),
    ("timer", "Private Office TAH"),
    ("not-exported", "Ayesha Kirkbride"),
    ("missing-files", "Easter Harts 🐣"),
    ("silence", "Clinical cell – Harrowmere"),
    ("ends-early", "WhatsApp Chat with Test Kits Cell.txt"),
];

/// The text file that one of the nurses sends.
pub fn handover() -> &'static str {
    "Bay 2 handover\r\n1  999 417 2069, born 2 March 1948, walks with a frame\r\n2  empty\r\n\
     3  for theatre, nothing by mouth\r\n"
}

/// The ward's chat with its lines and files.
///
/// # Errors
/// When the script does not read.
pub fn ward() -> Result<Said, Fault> {
    let (scenes, words) = material();
    let (lines, files) = WARD.lines(&scenes, &words)?;
    Ok(Said {
        chat: &WARD,
        lines,
        files,
    })
}

/// The three exports.
///
/// # Errors
/// When the script does not read.
pub fn exports() -> Result<Vec<Made>, Fault> {
    let Said { lines, files, .. } = ward()?;
    let lacks = |line: &Line| {
        let What::Text(text) = &line.what else {
            return false;
        };
        LACKING.iter().any(|lacking| text.starts_with(lacking))
    };
    let mut other: Vec<Line> = lines.iter().filter(|line| !lacks(line)).cloned().collect();
    for line in &mut other {
        // It was exported without media.
        match &mut line.what {
            What::Media { file, .. } => *file = None,
            What::Contact(_, held) => *held = false,
            _ => {}
        }
    }
    Ok(vec![
        super::made(&WARD, WARD.path, WARD.about, &lines, &files)?,
        super::made(&OTHER, OTHER.path, OTHER.about, &other, &[])?,
        Made {
            path: MAIL.into(),
            bytes: mail().into_bytes(),
            messages: 1,
            system: 0,
            files: 0,
            about:
                "One mail of the ward sister's, saved by itself: it answers one that nobody gave"
                    .into(),
        },
    ])
}

fn mail() -> String {
    "Message-ID: <ward7-0311-2@example.org>\r\n\
     In-Reply-To: <ward7-0311-1@example.org>\r\n\
     References: <ward7-0311-1@example.org>\r\n\
     From: Bronwen Achterberg <bronwen.achterberg@example.org>\r\n\
     To: Tom Featherstonehaugh-Iqbal <tom.f-i@example.org>\r\n\
     Date: Mon, 11 Mar 2024 21:15:00 +0000\r\n\
     Subject: RE: Bed 4\r\n\
     MIME-Version: 1.0\r\n\
     Content-Type: text/plain; charset=utf-8\r\n\
     \r\n\
     Agreed with what you say. I will tell the family tomorrow.\r\n"
        .into()
}

/// The part of the list of samples that tells what is planted.
pub fn list() -> String {
    let mut out = String::from(
        "\nPlanted, for `docket findings`, `completeness` and `exposure` to point at:\n\n\
         | what | where | says |\n|---|---|---|\n",
    );
    for (thread, detector, text) in FOUND {
        out.push_str(&format!("| `{detector}` | {thread} | {text} |\n"));
    }
    for (kind, place) in LACKS {
        out.push_str(&format!("| `{kind}` (completeness) | {place} | |\n"));
    }
    out.push_str(&format!(
        "| somebody who is no staff | Ward 7 beds | {STRANGER}, added on 5 March and removed on 8 March |\n\n\
         `own` needs the list `own.txt` of the case to have a line `{}`. Of the kinds of completeness \
         `begins-late` needs a period (`docket completeness --from 2024-03-01 --to 2024-03-31`), and \
         `cap` an export of nearly 10,000 messages, which would be larger than all of these.\n",
        OWN.trim_end()
    ));
    out
}
