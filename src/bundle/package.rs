//! `datapackage.json`: what each table is and what its columns hold, as a Frictionless data package
//! (specs.frictionlessdata.io, Data Package and Table Schema, version 1), so that programs can check
//! and read the tables without docket.
//!
//! A cell that a spreadsheet would take for a formula has an apostrophe before it; the descriptions
//! are of what stands there without it.

use super::closure::{IN_PART, OPEN};
use super::layout::{OPEN_SET, WHAT};
use serde_json::{Map, Value, json};

/// What a column holds.
#[derive(Clone, Copy)]
enum Holds {
    /// Any text; may be empty.
    Text,
    /// A text that is never empty.
    Some,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of these words, or nothing.
    MayBe(&'static [&'static str]),
    /// A number from 0 on.
    Count,
    /// A number from 0 on, or nothing.
    MayCount,
    /// A local day, or `undated`.
    Day,
    /// A local day, `undated`, or nothing.
    MayDay,
    /// A date, or nothing.
    Date,
    /// A date.
    SomeDate,
    /// A moment with its offset (RFC 3339), or nothing.
    Moment,
    /// The neutral number of a thread.
    Thread,
    /// The same, or nothing.
    MayThread,
    /// The neutral number of a person.
    Person,
    /// The same, or nothing.
    MayPerson,
    /// The neutral number of a source.
    Source,
    /// The same, or nothing.
    MaySource,
    /// A SHA-256 in hexadecimal, or nothing.
    Sha256,
    /// A commitment, or nothing.
    Commitment,
}

use Holds::{
    Commitment, Count, Date, Day, MayBe, MayCount, MayDay, MayPerson, MaySource, MayThread, Moment,
    OneOf, Person, Sha256, SomeDate, Source, Text, Thread,
};

impl Holds {
    /// Its type and its constraints, as a Table Schema writes them.
    fn schema(self) -> (&'static str, Value) {
        const DAY: &str = "[0-9]{4}-[0-9]{2}-[0-9]{2}|undated";
        const MOMENT: &str =
            "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})";
        let string = |constraints: Value| ("string", constraints);
        match self {
            Text => string(json!({})),
            Holds::Some => string(json!({"required": true})),
            OneOf(words) => string(json!({"required": true, "enum": words})),
            MayBe(words) => string(json!({"enum": words})),
            Count => ("integer", json!({"required": true, "minimum": 0})),
            MayCount => ("integer", json!({"minimum": 0})),
            Day => string(json!({"required": true, "pattern": DAY})),
            MayDay => string(json!({"pattern": DAY})),
            Date => ("date", json!({})),
            SomeDate => ("date", json!({"required": true})),
            Moment => string(json!({"pattern": MOMENT})),
            Thread => string(json!({"required": true, "pattern": "thread-[0-9]{4,}"})),
            MayThread => string(json!({"pattern": "thread-[0-9]{4,}"})),
            Person => string(json!({"required": true, "pattern": "person-[0-9]{4,}"})),
            MayPerson => string(json!({"pattern": "person-[0-9]{4,}"})),
            Source => string(json!({"required": true, "pattern": "source-[0-9]{4,}"})),
            MaySource => string(json!({"pattern": "source-[0-9]{4,}"})),
            Sha256 => string(json!({"pattern": "[0-9a-f]{64}"})),
            Commitment => string(json!({"pattern": "[A-Z2-7]{52}"})),
        }
    }
}

/// A column: its name, what it holds, and what that is.
type Column = (&'static str, Holds, &'static str);

/// A table.
struct About {
    name: &'static str,
    about: &'static str,
    columns: &'static [Column],
    /// The column that tells its rows apart, where one does.
    key: Option<&'static str>,
    /// A column whose cells stand in a column of another table: its name, table and column.
    refers: Option<(&'static str, &'static str, &'static str)>,
}

const YES_NO: &[&str] = &["yes", "no"];
const DECIDED: &[&str] = &["official", "mixed", "context"];
const PARTED: &str = "parted by semicolons";

const TABLES: &[About] = &[
    About {
        name: "decisions",
        about: "Who decided what of each message that is handed over, and what a reviewer recommends.",
        columns: &[
            ("message", Count, "The message's number in the case"),
            ("thread", Thread, "Its conversation"),
            ("day", Day, "Its local day"),
            ("time", Moment, "When it was sent"),
            ("decision", OneOf(DECIDED), "What it was decided to be"),
            ("decided_by", Text, "Who decided"),
            ("decided_at", Moment, "When"),
            (
                "how",
                Text,
                "By a key, in a range, thread or bulk, or by the rule of a number",
            ),
            (
                "ledger_entry",
                MayCount,
                "The entry of the ledger of decisions",
            ),
            (
                "original",
                Text,
                "Of a mail: the file that has it as it was",
            ),
            ("reason", Text, "The code of the reason"),
            ("reason_means", Text, "What the code means"),
            ("countersigned_by", Text, "Which second reviewers agreed"),
            ("countersigned_at", Text, "When"),
            (
                "access_status",
                OneOf(&[OPEN, IN_PART]),
                "PRONI: Access Status",
            ),
            (
                "foi_exemption",
                Text,
                "PRONI: FOI Exemption; codes, parted by semicolons",
            ),
            (
                "public_interest_test",
                MayBe(&["required", "not required"]),
                "PRONI: Public Interest Test; not required where all exemptions are absolute",
            ),
            (
                "next_action",
                MayBe(&["Open in", "Review in"]),
                "PRONI: Next Action",
            ),
            (
                "year_for_next_action",
                MayCount,
                "PRONI: Year for Next Action",
            ),
            ("reviewer_name", Text, "PRONI: Reviewer Name"),
            (
                "date_of_recommendation",
                Date,
                "PRONI: Date of Recommendation",
            ),
            ("countersignature", Text, "PRONI: Countersignature"),
            (
                "date_of_countersignature",
                Text,
                "PRONI: Date of Countersignature",
            ),
        ],
        key: Some("message"),
        refers: None,
    },
    About {
        name: "flags",
        about: "What reviewers marked messages that are handed over with.",
        columns: &[
            ("message", Count, "The message"),
            ("thread", Thread, "Its conversation"),
            ("day", Day, "Its local day"),
            ("flag", Holds::Some, "The flag"),
            ("reason", Text, "The code of its reason"),
            ("reason_means", Text, "What the code means"),
            ("where", Text, "Where a copy is held, or what else was said"),
            ("flagged_by", Text, "Who"),
            ("flagged_at", Moment, "When"),
            ("ledger_entry", MayCount, "The entry of the ledger"),
        ],
        key: None,
        refers: Some(("message", "decisions", "message")),
    },
    About {
        name: "notes",
        about: "Reviewers' notes on what is handed over.",
        columns: &[
            ("message", Count, "The message, or the first of the thread"),
            ("thread", Thread, "Its conversation"),
            ("day", Day, "Its local day"),
            ("on", OneOf(&["message", "thread"]), "What the note is on"),
            (
                "note",
                Text,
                "The note, without names that may not be shown",
            ),
            ("by", Text, "Who wrote it"),
            ("at", Moment, "When"),
        ],
        key: None,
        refers: Some(("message", "decisions", "message")),
    },
    About {
        name: "redactions",
        about: "What is masked or withheld of messages that are handed over, and why.",
        columns: &[
            ("file", Holds::Some, "The record in which it is masked"),
            ("message", Count, "The message"),
            (
                "part",
                Holds::Some,
                "The part of it: text, version-1, file-1, recipients ...",
            ),
            ("reason", Holds::Some, "The code of the reason"),
            ("shown", Holds::Some, "What the mask shows"),
            (
                "reach",
                OneOf(&["always", "open"]),
                "In both copies, or in the open copy alone",
            ),
            ("reason_means", Text, "What the code means"),
            ("count", Count, "How many masks"),
            ("redacted_by", Text, "Who masked"),
            ("redacted_at", Moment, "When"),
            ("ledger_entry", MayCount, "The entry of the ledger"),
        ],
        key: None,
        refers: Some(("file", "file-metadata", "filepath")),
    },
    About {
        name: "people",
        about: "Everyone who sent a message that is handed over, or whom such a message names.",
        columns: &[
            (
                "person",
                MayPerson,
                "The neutral number of this name; empty of one that only messages give",
            ),
            ("name", Text, "The name, as the channel shows it"),
            (
                "name_is_number",
                OneOf(YES_NO),
                "Whether it is a number and no name",
            ),
            ("channel", Text, "The channel"),
            (
                "custodian",
                OneOf(YES_NO),
                "Whether it is the one whose account was exported",
            ),
            ("messages", Count, "Messages here that they sent"),
            ("first", Moment, "The first of these"),
            ("last", Moment, "The last of these"),
            (
                "roles",
                Text,
                "sender, recipient, reaction, forwarded-from; parted by blanks",
            ),
            (
                "addressed",
                Count,
                "Messages here that were addressed to them",
            ),
            (
                "joined_as",
                MayPerson,
                "The same for names that are one person",
            ),
            ("known_as", Text, "That person's name"),
            (
                "name_from",
                Text,
                "Where that name is from: export, reviewer or contact list",
            ),
            ("relation", Text, "What they are to the custodian"),
            ("organisation", Text, "Where they work"),
            ("position", Text, "As what"),
        ],
        key: None,
        refers: None,
    },
    About {
        name: "membership",
        about: "Who was in each conversation, as far as what is handed over tells.",
        columns: &[
            ("thread", Thread, "The conversation"),
            (
                "person",
                Person,
                "Who; people.csv has the names of those who may be named",
            ),
            (
                "came",
                Moment,
                "When they came; empty where no line of the app tells",
            ),
            (
                "came_by",
                OneOf(&["created", "added", "joined", "unknown"]),
                "How",
            ),
            (
                "came_message",
                MayCount,
                "The line of the app that tells it",
            ),
            (
                "went",
                Moment,
                "When they went; empty where no line tells: they may be there still",
            ),
            ("went_by", OneOf(&["left", "removed", "unknown"]), "How"),
            (
                "went_message",
                MayCount,
                "The line of the app that tells it",
            ),
            (
                "first_wrote",
                Moment,
                "The first message of theirs that is handed over, meanwhile",
            ),
            ("last_wrote", Moment, "The last one"),
        ],
        key: None,
        refers: None,
    },
    About {
        name: "sources",
        about: "The exports. Those of which nothing is handed over have a number and counts.",
        columns: &[
            ("source", Source, "The neutral number of the export"),
            (
                "handed_over",
                OneOf(&["whole", "part", "none"]),
                "What of it is here",
            ),
            ("name", Text, "The name of its file or folder"),
            ("format", Text, "What it was read as"),
            (
                "importer_version",
                MayCount,
                "By which version of the importer",
            ),
            (
                "sha256",
                Sha256,
                "Its checksum, where nothing of it stays behind",
            ),
            (
                "bytes",
                MayCount,
                "Its size, where nothing of it stays behind",
            ),
            (
                "date_order",
                Text,
                "The order of days and months in it, where it has one",
            ),
            ("loaded_at", Moment, "When it was loaded"),
            ("loaded_by", Text, "Who loaded it"),
            ("messages", Count, "Messages that no earlier export had"),
            ("already_known", Count, "Messages that an earlier one had"),
            ("official", Count, "Of its messages: official"),
            ("context", Count, "Context"),
            ("mixed", Count, "Mixed"),
            ("personal", Count, "Personal"),
            ("refer", Count, "Waiting for a second look"),
            ("undecided", Count, "Undecided"),
            ("system", Count, "Lines of the app"),
            ("unreadable", Count, "Unreadable"),
            ("copies", Count, "Copies of another message"),
        ],
        key: Some("source"),
        refers: None,
    },
    About {
        name: "reconciliation",
        about: "On what the exports disagree; of messages that stay behind only how often.",
        columns: &[
            (
                "message",
                MayCount,
                "The message; empty in a count of what stays",
            ),
            ("thread", MayThread, "Its conversation"),
            ("day", MayDay, "Its local day"),
            (
                "source",
                MaySource,
                "The export that tells it otherwise, or not at all",
            ),
            ("difference", Holds::Some, "What differs"),
            ("messages", Count, "How many messages"),
        ],
        key: None,
        refers: None,
    },
    About {
        name: "withheld",
        about: "How many messages stay behind, and a commitment to each, which docket prove opens.",
        columns: &[
            ("thread", Thread, "The conversation"),
            ("day", Day, "The local day"),
            (
                "decision",
                MayBe(&[
                    "personal",
                    "refer",
                    "undecided",
                    "system",
                    "unreadable",
                    "copies",
                    "earlier",
                    "set_aside",
                ]),
                "Why they stay; empty in the row of a commitment",
            ),
            ("messages", Count, "How many; 1 in the row of a commitment"),
            (
                "commitment",
                Commitment,
                "HMAC-SHA-256 of one of them, in base 32; empty in a count",
            ),
        ],
        key: None,
        refers: None,
    },
    About {
        name: "file-metadata",
        about: "Each file of data/, in the columns and the order of The National Archives (UK).",
        columns: &[
            ("filepath", Holds::Some, "Its path in the bag"),
            ("filename", Holds::Some, "Its name"),
            (
                "date last modified",
                SomeDate,
                "The day of the last decision that it was made from",
            ),
            (
                "date of the record",
                Date,
                "The day of the messages in it, the last of several",
            ),
            ("description", Text, "What it is"),
            ("former reference", Text, "The case's reference"),
            (
                "closure status",
                OneOf(&["Open", "Closed"]),
                "Closed only once that is approved",
            ),
            ("closure start date", Date, "From when it is closed"),
            (
                "closure period",
                Text,
                "For how many years, one for each code; parted by semicolons",
            ),
            ("foi exemption code", Text, PARTED),
            (
                "foi schedule date",
                Date,
                "The date of the schedule that approved it",
            ),
            (
                "is filename closed",
                OneOf(&["Yes", "No"]),
                "Never: names of files are neutral",
            ),
            ("alternate filename", Text, "Empty"),
            (
                "is description closed",
                OneOf(&["Yes", "No"]),
                "Never: descriptions are neutral",
            ),
            ("alternate description", Text, "Empty"),
            (
                "language",
                Holds::Some,
                "As the case was told, else English; parted by semicolons",
            ),
            ("translated filename", Text, "Empty"),
            (
                "copyright",
                Holds::Some,
                "Crown; of files that messages came with, Unknown",
            ),
            ("copyright details", Text, "Empty"),
            ("related material", Text, "Empty"),
            ("restrictions on use", Text, "Empty"),
            ("evidence provided by", Text, "Empty"),
            (
                "note",
                Text,
                "Proposed closure, and which file is the open copy of which",
            ),
        ],
        key: Some("filepath"),
        refers: None,
    },
    About {
        name: "file-ffid",
        about: "Formats of files, where a program for that ran; docket runs none.",
        columns: &[
            ("Filepath", Holds::Some, "The file"),
            ("Extension", Text, "How its name ends"),
            ("PUID", Text, "The format's identifier in PRONOM"),
            ("FormatName", Text, "The format"),
            (
                "ExtensionMismatch",
                Text,
                "Whether the ending is another format's",
            ),
            ("FFID-Software", Text, "The program"),
            ("FFID-SoftwareVersion", Text, "Its version"),
            ("FFID-BinarySignatureFileVersion", Text, "Its signatures"),
            (
                "FFID-ContainerSignatureFileVersion",
                Text,
                "Its signatures of containers",
            ),
        ],
        key: None,
        refers: Some(("Filepath", "file-metadata", "filepath")),
    },
    About {
        name: "properties",
        about: "What files that messages came with carry beside what they show, such as where a \
                photo was taken, and what the open set has of them.",
        columns: &[
            ("file", Holds::Some, "The file"),
            (
                "open_set",
                OneOf(OPEN_SET),
                "The same file, for it carries nothing; a copy without it; or none",
            ),
            ("open_copy", Text, "The copy"),
            (
                "removed",
                Text,
                "What the copy is without, parted by semicolons",
            ),
            ("reason", Text, "Why the open set has none"),
        ],
        key: Some("file"),
        refers: Some(("file", "file-metadata", "filepath")),
    },
    About {
        name: "supersedes",
        about: "Files of earlier bundles that are not to be used any more.",
        columns: &[
            (
                "bundle",
                Sha256,
                "The earlier bundle: SHA-256 of its tagmanifest-sha256.txt",
            ),
            ("file", Holds::Some, "The file in it"),
            ("sha256", Sha256, "Its checksum"),
            ("what", OneOf(WHAT), "Another stands in its place, or none"),
            ("by", Text, "The file here that stands in its place"),
        ],
        key: None,
        refers: None,
    },
];

/// The package of a bag that holds these tag files.
pub(super) fn describe(is_there: impl Fn(&str) -> bool) -> Value {
    let here = TABLES
        .iter()
        .filter(|table| is_there(&format!("{}.csv", table.name)));
    // A profile may leave out the table that another refers to.
    let is_here = |table: &str| is_there(&format!("{table}.csv"));
    let resources: Vec<Value> = here.map(|table| table.resource(&is_here)).collect();
    json!({
        "profile": "tabular-data-package",
        "name": "docket-records-bundle",
        "title": "Tables of a records bundle",
        "description": "One apostrophe at the start of a cell is to be removed to get the cell as \
                        it was: it keeps a spreadsheet from taking it for a formula.",
        "resources": resources,
    })
}

impl About {
    fn resource(&self, is_here: &dyn Fn(&str) -> bool) -> Value {
        let fields: Vec<Value> = self
            .columns
            .iter()
            .map(|(name, holds, about)| {
                let (kind, constraints) = holds.schema();
                json!({
                    "name": name,
                    "type": kind,
                    "description": about,
                    "constraints": constraints,
                })
            })
            .collect();
        let mut schema = Map::new();
        schema.insert("fields".to_owned(), fields.into());
        schema.insert("missingValues".to_owned(), json!([""]));
        if let Some(key) = self.key {
            schema.insert("primaryKey".to_owned(), json!([key]));
        }
        if let Some((from, table, to)) = self.refers.filter(|(_, table, _)| is_here(table)) {
            let keys = json!([{
                "fields": [from],
                "reference": {"resource": table, "fields": [to]},
            }]);
            schema.insert("foreignKeys".to_owned(), keys);
        }
        json!({
            "profile": "tabular-data-resource",
            "name": self.name,
            "path": format!("{}.csv", self.name),
            "description": self.about,
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "schema": schema,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::{
        DECISIONS, FFID, FLAGS, MEMBERSHIP, METADATA, NOTES, PEOPLE, PROPERTIES, RECONCILIATION,
        REDACTIONS, SOURCES, SUPERSEDES, WITHHELD,
    };
    use super::*;

    #[test]
    fn every_column_of_every_table_is_described() {
        let tables = [
            ("decisions", DECISIONS),
            ("flags", FLAGS),
            ("notes", NOTES),
            ("redactions", REDACTIONS),
            ("people", PEOPLE),
            ("membership", MEMBERSHIP),
            ("sources", SOURCES),
            ("reconciliation", RECONCILIATION),
            ("withheld", WITHHELD),
            ("file-metadata", METADATA),
            ("file-ffid", FFID),
            ("properties", PROPERTIES),
            ("supersedes", SUPERSEDES),
        ];
        assert_eq!(tables.len(), TABLES.len());
        for ((name, columns), table) in tables.into_iter().zip(TABLES) {
            let described: Vec<&str> = table.columns.iter().map(|(name, ..)| *name).collect();
            assert_eq!((name, columns), (table.name, described.as_slice()));
            let key = table.key.into_iter();
            for name in key.chain(table.refers.map(|(from, ..)| from)) {
                assert!(described.contains(&name), "{name}");
            }
        }
        let all = describe(|_| true);
        assert_eq!(all["resources"].as_array().unwrap().len(), TABLES.len());
        let none = describe(|name| name == "flags.csv");
        assert_eq!(none["resources"][0]["path"], "flags.csv");
    }
}
