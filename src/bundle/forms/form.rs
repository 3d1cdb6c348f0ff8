//! The forms of an export.

/// A form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Mailboxes: the mails as they were, and everything else as mails.
    Mbox,
    /// Relativity's short message format, version 2.0: a file for each thread and day.
    Rsmf,
    /// A Concordance load file: a table of documents with their texts, files and pictures.
    Concordance,
    /// An E-ARK submission information package, version 2.2.0.
    Sip,
}

impl Form {
    /// All of them.
    pub const ALL: [Form; 4] = [Form::Mbox, Form::Rsmf, Form::Concordance, Form::Sip];

    /// The word used on the command line, in the ledger and in the export.
    pub fn name(self) -> &'static str {
        match self {
            Form::Mbox => "mbox",
            Form::Rsmf => "rsmf",
            Form::Concordance => "concordance",
            Form::Sip => "sip",
        }
    }

    /// What it is, in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Form::Mbox => "mailboxes (mbox)",
            Form::Rsmf => "RSMF 2.0, a file for each chat and day",
            Form::Concordance => "a Concordance load file (DAT, OPT)",
            Form::Sip => "an E-ARK submission package (METS, PREMIS)",
        }
    }

    /// Whether it holds mails as they were, too.
    pub(super) fn takes_mails(self) -> bool {
        self != Form::Rsmf
    }

    /// Whether it holds the closed master and the open copy, rather than one of them.
    pub fn holds_both(self) -> bool {
        self == Form::Sip
    }
}
