//! Where things stand in a bundle, and the columns of its tables: what those who write it, describe it
//! and check it have in common.

/// The manifests of every bundle and export: without one of them BagIt would still call it valid.
pub(super) const MANIFESTS: [&str; 4] = [
    "manifest-sha256.txt",
    "manifest-sha512.txt",
    "tagmanifest-sha256.txt",
    "tagmanifest-sha512.txt",
];

/// All messages of a bundle, as lines of JSON.
pub(super) const MESSAGES: &str = "data/records/messages.jsonl";

/// The same as the open copy has them; there where anything is masked in it alone.
pub(super) const OPEN_MESSAGES: &str = "data/records/messages_R.jsonl";

/// The contents: every conversation and day, with the records.
pub(super) const INDEX: &str = "data/records/index.html";

/// The same of the open copy.
pub(super) const OPEN_INDEX: &str = "data/records/index_R.html";

/// How the names of open copies end (The National Archives, digital transfer, step 3).
pub(super) const OPEN_COPY: &str = "_R";

/// Columns of `decisions.csv`.
pub(super) const DECISIONS: &[&str] = &[
    "message",
    "thread",
    "day",
    "time",
    "decision",
    "decided_by",
    "decided_at",
    "how",
    "ledger_entry",
    "original",
    "reason",
    "reason_means",
    "countersigned_by",
    "countersigned_at",
    "access_status",
    "foi_exemption",
    "public_interest_test",
    "next_action",
    "year_for_next_action",
    "reviewer_name",
    "date_of_recommendation",
    "countersignature",
    "date_of_countersignature",
];

/// How many of these columns, the last ones, are review fields, in the order of the Public Record
/// Office of Northern Ireland.
pub(super) const REVIEW: usize = 9;

/// Columns of `flags.csv`.
pub(super) const FLAGS: &[&str] = &[
    "message",
    "thread",
    "day",
    "flag",
    "reason",
    "reason_means",
    "where",
    "flagged_by",
    "flagged_at",
    "ledger_entry",
];

/// Columns of `notes.csv`.
pub(super) const NOTES: &[&str] = &["message", "thread", "day", "on", "note", "by", "at"];

/// Columns of `sources.csv`.
pub(super) const SOURCES: &[&str] = &[
    "source",
    "handed_over",
    "name",
    "format",
    "importer_version",
    "sha256",
    "bytes",
    "date_order",
    "loaded_at",
    "loaded_by",
    "messages",
    "already_known",
    "official",
    "context",
    "mixed",
    "personal",
    "refer",
    "undecided",
    "system",
    "unreadable",
    "copies",
];

/// Columns of `people.csv`.
pub(super) const PEOPLE: &[&str] = &[
    "person",
    "name",
    "name_is_number",
    "channel",
    "custodian",
    "messages",
    "first",
    "last",
    "roles",
    "addressed",
    "joined_as",
    "known_as",
    "name_from",
    "relation",
    "organisation",
    "position",
];

/// Columns of `reconciliation.csv`.
pub(super) const RECONCILIATION: &[&str] = &[
    "message",
    "thread",
    "day",
    "source",
    "difference",
    "messages",
];

/// Columns of `redactions.csv`.
pub(super) const REDACTIONS: &[&str] = &[
    "file",
    "message",
    "part",
    "reason",
    "shown",
    "reach",
    "reason_means",
    "count",
    "redacted_by",
    "redacted_at",
    "ledger_entry",
];

/// Columns of `withheld.csv`.
pub(super) const WITHHELD: &[&str] = &["thread", "day", "decision", "messages", "commitment"];

/// Columns of `file-metadata.csv`.
pub(super) const METADATA: &[&str] = &[
    "filepath",
    "filename",
    "date last modified",
    "date of the record",
    "description",
    "former reference",
    "closure status",
    "closure start date",
    "closure period",
    "foi exemption code",
    "foi schedule date",
    "is filename closed",
    "alternate filename",
    "is description closed",
    "alternate description",
    "language",
    "translated filename",
    "copyright",
    "copyright details",
    "related material",
    "restrictions on use",
    "evidence provided by",
    "note",
];

/// Columns of `file-ffid.csv`.
pub(super) const FFID: &[&str] = &[
    "Filepath",
    "Extension",
    "PUID",
    "FormatName",
    "ExtensionMismatch",
    "FFID-Software",
    "FFID-SoftwareVersion",
    "FFID-BinarySignatureFileVersion",
    "FFID-ContainerSignatureFileVersion",
];

/// Columns of `properties.csv`.
pub(super) const PROPERTIES: &[&str] = &["file", "open_set", "open_copy", "removed", "reason"];

/// What `properties.csv` says the open set has of a file.
pub(super) const OPEN_SET: &[&str] = &["same", "copy", "none"];

/// Columns of `membership.csv`.
pub(super) const MEMBERSHIP: &[&str] = &[
    "thread",
    "person",
    "came",
    "came_by",
    "came_message",
    "went",
    "went_by",
    "went_message",
    "first_wrote",
    "last_wrote",
];

/// Columns of `supersedes.csv`.
pub(super) const SUPERSEDES: &[&str] = &["bundle", "file", "sha256", "what", "by"];

/// What `supersedes.csv` says of a file.
pub(super) const WHAT: &[&str] = &["replaced", "withdrawn"];

/// The label of the seal of the bundle before, in `bag-info.txt`.
pub(super) const FOLLOWS: &str = "Docket-Follows";

/// The labels of `bag-info.txt` that tell of the profile.
pub(super) const PROFILE: &str = "Docket-Profile";

pub(super) const PROFILE_SUM: &str = "Docket-Profile-Sha256";
