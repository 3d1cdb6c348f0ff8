//! Mail: Gmail by Takeout, a folder of `.eml`, a Maildir.

use super::super::chat::{Chat, Fault, File, Hand, Line};
use super::super::desktop::{instant, offset, talk};
use super::super::rng::Rng;
use super::super::scene::{Scene, Words};
use super::super::{Made, archive, media};
use super::{base64, member, pack, said};
use std::fmt::Write as _;

/// A mail before it is kept anywhere.
struct Mail {
    line: Line,
    subject: String,
    id: String,
    answers: Option<String>,
    body: String,
    /// Whether the account's owner wrote it.
    own: bool,
    file: Option<File>,
}

/// Whose account, and with whom.
struct Account {
    talk: Chat,
    owner: &'static str,
    /// Name and address of each member, the owner first.
    people: &'static [(&'static str, &'static str)],
    germany: bool,
}

/// The mails of a talk: what is said within half a day is one thread, a mail for each line.
fn mails(account: &Account, scenes: &[Scene], words: &Words) -> Result<Vec<Mail>, Fault> {
    let mut all: Vec<Mail> = Vec::new();
    let mut rng = Rng::new(account.talk.seed + 1000);
    let mut subject = String::new();
    for (number, (line, words)) in said(&account.talk, scenes, words)?.into_iter().enumerate() {
        let last = all.last();
        let goes_on = last.is_some_and(|last| (line.at - last.line.at).num_hours() < 12);
        if !goes_on {
            let first: Vec<&str> = words.split_whitespace().take(5).collect();
            subject = first
                .join(" ")
                .trim_end_matches(['.', ',', '?', '!'])
                .to_owned();
        }
        let greeting = if account.germany {
            "Liebe Gr\u{fc}\u{df}e"
        } else {
            "Best"
        };
        let nick = account
            .talk
            .members
            .iter()
            .find(|member| member.shown == line.sender);
        let body = format!(
            "{words}\n\n{greeting}\n{}\n",
            nick.map_or("", |member| member.nick)
        );
        let file = (number % 17 == 8).then(|| {
            let name = format!("scan {number:03}.pdf");
            let bytes = media::file(&name, "Harrowmere, March 2024", &mut rng);
            (name, bytes)
        });
        all.push(Mail {
            own: line.sender == account.owner,
            subject: if goes_on {
                format!("Re: {subject}")
            } else {
                subject.clone()
            },
            id: format!("{number:04}.{}@mail.example.org", account.talk.seed),
            answers: goes_on.then(|| last.map(|last| last.id.clone())).flatten(),
            line,
            body,
            file,
        });
    }
    Ok(all)
}

/// The mail as it travelled.
fn written(mail: &Mail, account: &Account) -> String {
    let address = |name: &str| {
        let known = account.people.iter().find(|(shown, _)| *shown == name);
        known.map_or("", |(_, address)| address)
    };
    let mut out = String::new();
    let hours = offset(mail.line.at, account.germany) / 60;
    let date = mail.line.at.format("%a, %d %b %Y %H:%M:%S");
    let _ = writeln!(out, "Date: {date} +{hours:02}00");
    let _ = writeln!(
        out,
        "From: {} <{}>",
        word(&mail.line.sender),
        address(&mail.line.sender)
    );
    let others: Vec<String> = account
        .people
        .iter()
        .filter(|(name, _)| *name != mail.line.sender)
        .map(|(name, address)| format!("{} <{address}>", word(name)))
        .collect();
    let (to, cc) = others.split_at(1.min(others.len()));
    let _ = writeln!(out, "To: {}", to.join(", "));
    if !cc.is_empty() {
        let _ = writeln!(out, "Cc: {}", cc.join(", "));
    }
    let _ = writeln!(out, "Subject: {}", word(&mail.subject));
    let _ = writeln!(out, "Message-ID: <{}>", mail.id);
    if let Some(id) = &mail.answers {
        let _ = writeln!(out, "In-Reply-To: <{id}>\nReferences: <{id}>");
    }
    out.push_str("MIME-Version: 1.0\n");
    let text = format!(
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{}",
        mail.body
    );
    match &mail.file {
        None => out.push_str(&text),
        Some((name, bytes)) => {
            let _ = write!(
                out,
                "Content-Type: multipart/mixed; boundary=\"=-march\"\n\n--=-march\n{text}\n--=-march\nContent-Type: application/pdf; name=\"{name}\"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"{name}\"\n\n{}\n--=-march--\n",
                base64(bytes, 76)
            );
        }
    }
    out
}

/// Text for a header (RFC 2047).
fn word(text: &str) -> String {
    if text.is_ascii() {
        text.to_owned()
    } else {
        format!("=?utf-8?B?{}?=", base64(text.as_bytes(), 0))
    }
}

const PRIYA: Account = Account {
    talk: talk(
        "priya.vl@example.org",
        &[
            member("PV", "Priya Venkatesan-Lowe", "Priya", Hand::Plain),
            member("JT", "Jonah Threlkeld", "Jonah", Hand::Plain),
            member("AUN", "Aunty Shanta", "Shanta Aunty", Hand::Kisses),
        ],
        "@ 2024-03-04 22:14\n\
         PV: To myself, because the laptop will not open it: the lines for Tuesday are below. Kits yes, numbers no, valley by name once.\n\
         +31 JT: Take out the second \"swift\". And never send me these at home again, after this one\n\
         @ 2024-03-10 11:05\n\
         AUN: The wedding is now on the 8th and not on the 7th because of the hall. Tell your mother before I do.\n\
         +95 PV: I told her. Call her at once.\n",
        &[
            pack("lines", 5, &["PV", "JT"]),
            pack("life", 7, &["AUN", "PV"]),
            pack("office", 3, &["JT", "PV"]),
        ],
        531,
    ),
    owner: "Priya Venkatesan-Lowe",
    people: &[
        ("Priya Venkatesan-Lowe", "priya.vl@example.org"),
        ("Jonah Threlkeld", "jonah.threlkeld@example.org"),
        ("Aunty Shanta", "shanta.venkatesan@example.org"),
    ],
    germany: false,
};

/// A communications director's Gmail, as Takeout packs it: all mail in one mailbox, with labels.
///
/// # Errors
/// When a script does not read.
pub fn takeout(scenes: &[Scene], words: &Words) -> Result<Made, Fault> {
    let all = mails(&PRIYA, scenes, words)?;
    let mut out = String::new();
    let mut thread = 1_792_600_000_000_000_000u64;
    for mail in all.iter().rev() {
        let at = instant(mail.line.at, false);
        let date = chrono::DateTime::from_timestamp(at, 0).unwrap_or_default();
        let labels = if mail.own {
            "Sent,Opened"
        } else {
            "Inbox,Important,Category Personal"
        };
        let _ = write!(
            out,
            "From {thread}@xxx {}\nX-GM-THRID: {thread}\nX-Gmail-Labels: {labels}\n{}\n",
            date.format("%a %b %d %H:%M:%S +0000 %Y"),
            written(mail, &PRIYA).replace("\nFrom ", "\n>From ")
        );
        // The newest stands first: the mail that begins a thread is its last here.
        thread += u64::from(mail.answers.is_none()) * 7919;
    }
    let name = "Takeout/Mail/All mail Including Spam and Trash.mbox";
    Ok(Made {
        path: "takeout-20240401T081500Z-002.zip".into(),
        bytes: archive::zip(name, out.as_bytes(), &[])?,
        messages: all.len(),
        system: 0,
        files: all.iter().filter(|mail| mail.file.is_some()).count(),
        about:
            "The communications director's Gmail, by Takeout: lines to take that she sent home, a \
            wedding; labels, threads, scans"
                .into(),
    })
}

const KATHARINA: Account = Account {
    talk: talk(
        "katharina@example.org",
        &[
            member("KV", "Katharina Vossberg", "Katharina", Hand::Plain),
            member("BL", "Bj\u{f6}rn L\u{fc}tjens", "Bj\u{f6}rn", Hand::Plain),
        ],
        "@ 2024-03-07 19:40\n\
         KV: Die Werte aus Harrowmere darf ich dir eigentlich noch nicht schicken. Sag mir trotzdem, ob die Kurve f\u{fc}r dich nach der alten Leitung aussieht.\n\
         +70 BL: Nach der alten Leitung oder nach einem defekten Detektor. Miss noch einmal, und schick es bitte \u{fc}ber das Amt.\n",
        &[
            pack("labor", 9, &["KV", "BL"]),
            pack("chor", 4, &["BL", "KV"]),
        ],
        541,
    ),
    owner: "Katharina Vossberg",
    people: &[
        ("Katharina Vossberg", "katharina@example.org"),
        ("Bj\u{f6}rn L\u{fc}tjens", "b.luetjens@example.org"),
    ],
    germany: true,
};

/// A scientist's mails, dragged out of a mail program: a file each.
///
/// # Errors
/// When a script does not read.
pub fn folder(scenes: &[Scene], words: &Words) -> Result<Made, Fault> {
    let all = mails(&KATHARINA, scenes, words)?;
    let mut files: Vec<File> = all
        .iter()
        .map(|mail| {
            let folder = if mail.own { "Gesendet" } else { "Posteingang" };
            let stamp = mail.line.at.format("%Y%m%d-%H%M%S");
            let text = written(mail, &KATHARINA).replace('\n', "\r\n");
            (format!("{folder}/{stamp}.eml"), text.into_bytes())
        })
        .collect();
    let (name, bytes) = files.pop().ok_or("no mails")?;
    Ok(Made {
        path: "Mails Katharina.zip".into(),
        bytes: archive::zip(&name, &bytes, &files)?,
        messages: all.len(),
        system: 0,
        files: all.iter().filter(|mail| mail.file.is_some()).count(),
        about:
            "The scientist's mails in German, a file each: values that were not hers to send, and \
            choir practice"
                .into(),
    })
}

const OWEN: Account = Account {
    talk: talk(
        "owen@example.org",
        &[
            member("OLD", "Owen Llewellyn-Das", "Owen", Hand::Plain),
            member("FNM", "Farida Nasseri-Moss", "Farida", Hand::Plain),
        ],
        "@ 2024-03-13 23:02\n\
         FNM: I am writing to your own address because the other one is read by four people. The chronology has a hole on the 6th between six and nine in the evening.\n\
         +25 OLD: I know what stands in the hole: a telephone call without a note. I have written the note tonight, dated tonight. It goes on file tomorrow, and so does this mail.\n",
        &[
            pack("direct", 9, &["FNM", "OLD"]),
            pack("life", 5, &["OLD", "FNM"]),
        ],
        551,
    ),
    owner: "Owen Llewellyn-Das",
    people: &[
        ("Owen Llewellyn-Das", "owen@example.org"),
        ("Farida Nasseri-Moss", "farida.nm@example.org"),
    ],
    germany: false,
};

/// A private secretary's mail as his own server keeps it: a Maildir.
///
/// # Errors
/// When a script does not read.
pub fn maildir(scenes: &[Scene], words: &Words) -> Result<Made, Fault> {
    let all = mails(&OWEN, scenes, words)?;
    let count = all.len();
    let mut files: Vec<File> = all
        .iter()
        .enumerate()
        .map(|(number, mail)| {
            let at = instant(mail.line.at, false);
            let name = match (mail.own, number + 3 < count) {
                (true, _) => format!("Maildir/.Sent/cur/{at}.M{number}.tarn:2,S"),
                (false, true) => format!("Maildir/cur/{at}.M{number}.tarn:2,RS"),
                (false, false) => format!("Maildir/new/{at}.M{number}.tarn"),
            };
            (name, written(mail, &OWEN).into_bytes())
        })
        .collect();
    let (name, bytes) = files.pop().ok_or("no mails")?;
    Ok(Made {
        path: "Maildir owen 2024-04-01.zip".into(),
        bytes: archive::zip(&name, &bytes, &files)?,
        messages: count,
        system: 0,
        files: all.iter().filter(|mail| mail.file.is_some()).count(),
        about:
            "The private secretary's own mail server, a Maildir: a hole in a chronology, and the \
            weekend"
                .into(),
    })
}
