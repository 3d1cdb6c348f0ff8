//! `README.txt` of an export.

use super::Form;
use crate::bundle::plan::Plan;
use crate::bundle::readme::{count, facts};
use crate::bundle::records::Heading;
use std::fmt::Write as _;

/// The text; lines end in LF.
pub(super) fn render(heading: &Heading, plan: &Plan, form: Form, edition: &str) -> String {
    let mut out = String::from(HEAD);
    // Writing to a String cannot fail, here.
    let _ = writeln!(out, "  {:<12}{}", "Form:", form.title());
    facts(&mut out, heading);
    let total = &plan.total;
    let left = total.messages.saturating_sub(total.handed_over);
    out.push('\n');
    for (label, number) in [
        ("Messages in the exports:", total.messages),
        ("Here with their content:", total.handed_over),
        ("Not here, but for their number:", left),
    ] {
        count(&mut out, label, number);
    }
    if plan.options.partial {
        out.push_str(
            "\nTHIS IS A PARTIAL EXPORT. Messages that nobody has decided on are left out.\n",
        );
    }
    out.push_str(match edition {
        "open" => OPEN,
        "closed" => CLOSED,
        _ => BOTH,
    });
    out.push_str(match form {
        Form::Mbox => MBOX,
        Form::Rsmf => RSMF,
        Form::Concordance => CONCORDANCE,
        Form::Sip => SIP,
    });
    out.push_str(CHECK);
    out
}

const HEAD: &str = "\
EXPORT OF RECORDS
=================

Official records from private chats, chosen message by message by the person whose chats they
are or on their behalf, and put into another form by docket. The records bundle that the same
choice gives says who decided what, when and why; this export does not.

";

const OPEN: &str = "
This is the open copy: what is exempt from being shown to everybody is masked, with its reason.
";

const CLOSED: &str = "
THIS IS THE CLOSED MASTER: what is exempt from being shown to everybody is not masked in it.
";

const BOTH: &str = "
It holds the closed master and, where anything in a record is exempt from being shown to
everybody, the open copy of that record beside it with _R at the end of its name.
";

const MBOX: &str = "
WHAT IS HERE
------------
Each file has mails one after the other, with a line \"From ... date\" before each, as mail programs
import them (mbox). A line of a mail that begins with \"From \", or with that after some \">\", has
one more \">\" before it (mboxrd). A file that would be empty is not here.

  data/mail/as-sent.mbox
      Mails as they were. They hold every header with the names in it, blind copies (Bcc) too.
  data/mbox/mail-records.mbox
      Mails that are not here as they were, because a part of them is masked or not handed over:
      their record, with masks.
  data/mbox/chats.mbox
      Every other message: each day of each chat is one mail, which says where a message is left out.
  data/attachments/
      The files that the records name.
";

const RSMF: &str = "
WHAT IS HERE
------------
  data/rsmf/<chat>/<day>.rsmf
      One file for each chat (and thread of mails) and day, as Relativity and others import them. A
      day of more than 10,000 messages is in parts. Where messages are left out, an event of type
      \"disclaimer\" says how many; it bears the time of the message before. What has no field of its
      own, such as the decision and the masks, stands in custom fields.
";

const CONCORDANCE: &str = "
WHAT IS HERE
------------
  data/loadfile.dat
      A row for each document: the day of a chat, a mail, or a file that came with either. Fields are
      between þ, with U+0014 between them; a þ within is doubled; UTF-8. Links are relative to the
      folder of this file.
  data/loadfile.opt
      A row for each picture among the files.
  data/records/, data/mail/, data/attachments/
      What the rows link to: texts, pages, mails as they were (with every header, blind copies too),
      and files.
";

const SIP: &str = "
WHAT IS HERE
------------
The one folder in data/ is a submission information package (E-ARK SIP 2.2.0): METS.xml describes it,
metadata/descriptive says what it is (Dublin Core), metadata/preservation what became of it and what
each file is (PREMIS 3), representations/rep1/data holds the records as the records bundle has them:
days as pages, mails and plain text, messages.jsonl, mails as they were, and files.
";

const CHECK: &str = "
HOW TO CHECK IT
---------------
It is a BagIt bag (RFC 8493). In the folder that holds this file:

  bagit.py --validate .                      (Python: pip install bagit)
  sha256sum --check --quiet manifest-sha256.txt tagmanifest-sha256.txt

If you have docket: `docket verify .` does the same, and also follows the custody chain
(custody.jsonl) and adds up completeness.json, in which every message of every export is counted
once: how many were decided as what, for each export, chat and day. The files that hold the messages
are listed there, with how many each holds (\"export\").

Where handover.txt.sig is here, those who hand this over have signed handover.txt:

  ssh-keygen -Y verify -f LIST -I NAME -n records-handover -s handover.txt.sig < handover.txt
  grep -E '^[0-9a-f]{64}  ' handover.txt | sha256sum --check
";
