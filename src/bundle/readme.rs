//! `README.txt` of a bundle: what it is, what each file is, and how to check it without docket.

use super::counts::Counts;
use super::profile::{Profile, Sets};
use super::records::Heading;
use crate::text::Shown;
use std::fmt::Write as _;

/// Adds the facts of the case that are known, one a line.
pub(super) fn facts(out: &mut String, heading: &Heading) {
    for (label, value) in [
        ("Reference", &heading.reference),
        ("Department", &heading.department),
        ("Custodian", &heading.custodian),
        ("Time zone", &heading.zone),
    ] {
        if !value.is_empty() {
            let value = Shown::line(value);
            // Writing to a String cannot fail, here and below.
            let _ = writeln!(out, "  {:<12}{}", format!("{label}:"), value.as_str());
        }
    }
}

/// Adds a line with a number.
pub(super) fn count(out: &mut String, label: &str, count: u64) {
    let _ = writeln!(out, "  {label:<44}{count:>9}");
}

/// The text; lines end in LF.
pub(super) fn render(
    heading: &Heading,
    total: &Counts,
    partial: bool,
    profile: Option<&Profile>,
) -> String {
    let mut out = String::from(HEAD);
    facts(&mut out, heading);
    out.push('\n');
    let lines = total
        .handed_over
        .saturating_sub(total.official + total.mixed + total.context);
    let left = total.messages.saturating_sub(total.handed_over);
    count(&mut out, "Messages in the exports:", total.messages);
    count(&mut out, "Here with their content:", total.handed_over);
    count(&mut out, "  records:", total.official + total.mixed);
    if total.mixed > 0 {
        count(
            &mut out,
            "    of these, with what is personal masked:",
            total.mixed,
        );
    }
    count(
        &mut out,
        "  context, to understand a record:",
        total.context,
    );
    count(&mut out, "  lines of the app itself:", lines);
    count(&mut out, "Not here, but for their number:", left);
    if partial {
        out.push_str("\nTHIS IS A PARTIAL BUNDLE. More may follow. Among what is not here are:\n");
        count(
            &mut out,
            "  messages that nobody has decided on:",
            total.undecided,
        );
        count(
            &mut out,
            "  messages that wait for a second look:",
            total.refer,
        );
    }
    if let Some(profile) = profile {
        chosen(&mut out, profile, total);
    }
    out.push_str(BODY);
    out
}

/// Says what the profile chose, and what of the rest of this text is not so here.
fn chosen(out: &mut String, profile: &Profile, total: &Counts) {
    let _ = writeln!(
        out,
        "\nTHE PROFILE\n-----------\nThis bundle was made by the profile {}, version {}, SHA-256 of its file\n{}.",
        profile.name, profile.version, profile.sha256
    );
    out.push_str(match profile.sets {
        Sets::Both => "",
        Sets::Closed => CLOSED,
        Sets::Open => OPEN,
    });
    if total.set_aside > 0 {
        count(
            out,
            "Decided to go, and left behind by it:",
            total.set_aside,
        );
        let what: Vec<&str> = [
            (!profile.transitory, "messages marked as transitory"),
            (!profile.context, "context"),
        ]
        .into_iter()
        .filter_map(|(stays, what)| stays.then_some(what))
        .collect();
        let _ = writeln!(out, "These are {}.", what.join(" and "));
    }
    let left_out = profile.row().left_out;
    if !left_out.is_empty() {
        out.push_str("Of the tables that are told of below, it has none of these:\n");
        for table in left_out {
            let _ = writeln!(out, "  {table}.csv");
        }
    }
}

const CLOSED: &str = "\
IT IS THE CLOSED MASTER ALONE: what is exempt from being shown to everybody is not masked in it, and
no open copies (_R) stand beside its records. Do not publish it.
";

const OPEN: &str = "\
It is the open set alone: what is exempt is masked everywhere, each mask names its exemption, and
there is no closed master beside it, so no file has _R in its name. Mails are here by their records
only, and files without their properties, or not at all.
";

const HEAD: &str = "\
RECORDS BUNDLE
==============

Official records from private chats, chosen message by message by the person whose chats they
are or on their behalf, and packed by docket.

";

const BODY: &str = "
HOW TO READ IT
--------------
Open data/records/index.html in a browser: it lists every chat and day. Each chat is a folder, each day of it a file in three
forms that say the same:

  2021-03-05.html   to read in a browser; it needs no script and loads nothing
  2021-03-05.eml    to read in a mail program or to put into a records system
  2021-03-05.txt    to read anywhere

Days and times are local to the time zone above; daylight saving is applied. Signs that would be
invisible, or would turn the order of reading, are shown as marks such as the code of the sign
between double brackets.

What is marked as context is no record itself: it is here so that one can be understood, most often
because a record answers it (\"Context for\"). It is counted by itself everywhere, and of a mail
there is this record of it alone.

A mail has its place in such a day too, and is here as it was besides: data/mail/ has it as one
file (.eml) that a mail program opens. See \"WHAT EACH FILE IS\" for what more it holds.

HOW TO CHECK IT
---------------
The bundle is a BagIt bag (RFC 8493). Each of these shows whether a file was damaged or lost since,
the first also whether one was added; run it in the folder that holds this file:

  bagit.py --validate .                      (Python: pip install bagit)
  sha256sum --check --quiet manifest-sha256.txt tagmanifest-sha256.txt
  sha512sum --check --quiet manifest-sha512.txt tagmanifest-sha512.txt

The bag's checksums protect against damage. Against forgery, compare the SHA-256 of the file
tagmanifest-sha256.txt with the one that the sender gives you by another way; docket keeps it in
the case.

Where handover.txt.sig is here, those who hand this over have signed handover.txt, which names the
checksums of the manifests and of bag-info.txt. LIST is a file of who may sign with which key
(\"allowed signers\" of OpenSSH) that you have from somewhere else than this folder, NAME the signer as
it has them. Both lines have to hold:

  ssh-keygen -Y verify -f LIST -I NAME -n records-handover -s handover.txt.sig < handover.txt
  grep -E '^[0-9a-f]{64}  ' handover.txt | sha256sum --check

If you have docket: `docket verify .` does the same and also compares the tables with the records;
`docket verify . --allowed-signers LIST` checks the signature, too.

WHAT EACH FILE IS
-----------------
  bagit.txt, manifest-*.txt, tagmanifest-*.txt
      BagIt: the version, and the checksums of all files.
  bagit-profile.json
      What every such bundle has, for programs (bagit_profile.py, PyPI bagit-profile).
  bag-info.txt
      Whose bundle this is, its size, the day it was made, and the state of the ledger of decisions
      that it was made from.
  handover.txt, handover.txt.sig
      The statement of those who hand this over, and their signature on it. They are added to the
      finished bundle, so no manifest lists them. receipt.txt and receipt.txt.sig are the receipt of
      those who took it (namespace records-receipt), signed over the two.
  completeness.json
      Every message of every export is counted once: for each export, chat and day, how many were
      decided as what. The sums hold; a bundle whose sums do not hold is never written. And how
      many mails are here as they were; and each rule that decided something here, how much, and
      what it looks for, unless that names something that is not here (\"text\": null); and, where
      there was a second look at the decisions, what it came to, in numbers. And what was chosen by
      (\"filters\"), where no export has anything of a chat for thirty days (\"gaps\"), and which
      exports are as long as the app makes them at most, so that older messages may be missing
      (\"caps\").
  custody.jsonl
      What became of the exports from their import to this bundle: one JSON object a line, each with
      the SHA-256 of the line before (\"prev\"), in counts and neutral numbers. The SHA-256 of the last
      line, without its line end, is Docket-Custody-Head in bag-info.txt. The last line has the head
      of the ledger of decisions, against which the sender's case can be held later.
  decisions.csv
      For each message here: who decided it, when, how (by a key of its own, in a range, thread or
      bulk, or by the rule of a number) and for what reason; of a mail, where it is as it was; and
      which second reviewer agreed, and when. The columns from access_status on are the nine review
      fields of the Public Record Office of Northern Ireland.
  redactions.csv
      What is masked or withheld of the messages here: in which record, for what reason, how often,
      by whom and when. Neither what stood there nor how long it was is told anywhere.
  flags.csv
      What reviewers marked messages here with, such as privileged or already-held (where), and why.
  sources.csv
      The exports. Of one of which nothing is here, only a number and counts. The checksum and size
      of an export are given when nothing of it was left out; otherwise they would tell of what was
      left out, and they are kept in the case, where the ledger seals them.
  reconciliation.csv
      Where two exports hold the same chat or mail: for each message here, which export does not
      have it or tells it differently, and how (edited, deleted-since, missing, attachment ...).
      What it tells instead is kept in the case. Rows without a message count what the exports
      disagree on of messages that are not here.
  people.csv
      Everyone who sent a message that is here, and everyone whom such a message names as a
      recipient, for a reaction, or as the one it was forwarded from; the column \"roles\" says which.
      Those that the reviewer joined as one person have the same joined_as. known_as is the person's
      name, name_from where that was taken from: the export, the reviewer, or a list of contacts.
  membership.csv
      Who was in each chat here, when, and which line of the app tells it (came_message,
      went_message). What no line tells is \"unknown\"; that somebody wrote shows only that they were
      there by then. It is made from what is here alone, and people stand in it by their numbers. To
      whom a mail went stands with the mail.
  withheld.csv
      How many messages are not here, by chat, day and decision, and a commitment to each of them,
      in the order of their letters. See \"WHAT IS NOT HERE\".
  file-metadata.csv, file-ffid.csv
      A row for each file of data/, in the columns of The National Archives (UK). A file that ought
      to be closed is called closed only where the case was told the date of an approved schedule;
      elsewhere it is called open, because their table has no third word, and its note begins
      \"Proposed for closure\": DO NOT PUBLISH SUCH A FILE, nor one whose note begins \"Not for the
      open set\". file-ffid.csv has the
      PRONOM identifier of each file whose format is known: because docket wrote it, or by its first
      bytes (the column FFID-Software says which). A file without a row there was not identified; no
      program that identifies formats was run.
  properties.csv
      What the open set has of each file in data/attachments/: the same, where it carries nothing
      beside what it shows; a copy without its properties (where and when a photo was taken, who
      wrote a document ...), which stands beside it with _R at the end of its name; or none, and
      why. Picture and sound of a copy are the original's byte for byte.
  supersedes.csv
      Only in a bundle that follows an earlier one of the same case (Bag-Group-Identifier in
      bag-info.txt; Docket-Follows is the SHA-256 of the earlier one's tagmanifest-sha256.txt): which
      of its files are not to be used any more. \"replaced\" has a new one here; \"withdrawn\" has
      none, and is to be taken out of use. What is here is new or changed since, a day of a chat at a
      time; the rest stays as it was sent, and is counted as \"earlier\".
  datapackage.json
      What each column of each table holds, for programs (a Frictionless data package):
      frictionless validate datapackage.json
  data/records/messages.jsonl
      All messages here for programs: one JSON object a line, every text exact.
  data/records/<app>/<chat>/<day>.html, .eml, .txt
      The records, as above: the closed master. Where something in it is exempt from being shown to
      everybody, the open copy stands beside it with _R at the end of its name
      (2021-03-05_R.html), and masks that; messages_R.jsonl is the open copy of messages.jsonl.
      The open set is the files with _R, and those that have none beside them, without what
      redactions.csv tells to be withheld. The tables are of the closed master.
      What was personal in a message is no record, and is in neither: [redacted: personal].
  data/mail/<chat>/message-<number>.eml
      Mails as they were, byte for byte as the export has them. They hold more than their records
      show: every header with the names and addresses in it, blind copies (Bcc) too where the
      export has them, the names of the mails they answer, and pages and pictures beside the words.
      Give none of them on without having looked at that. What a mailbox puts around a mail (a line
      \"From ... date\" before it, an empty line after it, a \">\" before lines that begin with \"From \")
      is no part of it and was taken away; messages.jsonl counts such lines as \"unquoted\". A mail
      that is not here as it was has the reason in its record: a part of it is not handed over, or
      it could not be searched for what is not.
  data/attachments/
      Files that messages here came with, named by the SHA-256 of their bytes. Their own names
      stand in the records.

WHAT IS NOT HERE
----------------
Of messages that are not here, withheld.csv has numbers, and codes that tell nothing by themselves:
each is the HMAC-SHA-256 of one message under a key that stays in the case. Should somebody be given
one message later, a judge for instance, the file that \"docket prove\" writes holds that message and
its key, and this shows that it is what was withheld then (Python 3, in this folder):

  import base64, hmac, json
  proof = json.load(open(\"proof.json\"))
  key, message = bytes.fromhex(proof[\"key\"]), proof[\"message\"].encode()
  code = base64.b32encode(hmac.digest(key, message, \"sha256\")).decode().rstrip(\"=\")
  print(code in open(\"withheld.csv\").read())

The key of one message opens no other.

Message numbers are those of the case and have gaps where messages are not here. Lines of the app
(who joined, who left) are here with every chat of which anything is here, because they show who
could read it; a person of whom nothing else is here stands in them by a number in brackets.

In the tables, a cell that a spreadsheet could take for a formula has an apostrophe before it;
one apostrophe at the start of a cell is to be removed to get the cell as it was.
";
