//! `docket people ...`.

mod show;

use super::import::missing;
use super::out::Out;
use super::{Common, End, Failure};
use crate::case::ledger::Recorded;
use crate::model::{ParticipantId, Relation};
use crate::people::suggest::Strength;
use crate::people::{NotOne, in_words};
use crate::review::Session;
use crate::review::people::{Cast, ListReport, Marking};
use crate::text::counted;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Say which names are one person, and who they are
///
/// Alone it lists the people of the case, with what each sent on which
/// channel. A person is one name, number or address as an app shows it, or
/// several that you joined. from: and with: find a joined person by any of
/// them, on every channel. docket suggests who may be one person; it joins
/// nobody. Every act is an entry of the ledger; docket undo takes it back.
///
/// WHO is a person's number in the list, a name, or a part of one that only one
/// person bears.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  docket people
  docket people join 'Ama Osei' '+44 7700 900123'
  docket people mark me 'Ama Osei'
  docket people mark colleague 12 --organisation DCR --position 'Deputy Director'
  docket people import staff.csv
  docket people suggest
  docket people accept --exact
  docket people accept 1.12+4")]
pub struct People {
    #[command(subcommand)]
    act: Option<Act>,
}

#[derive(Debug, Subcommand)]
enum Act {
    List(List),
    Show(Show),
    Join(Join),
    Split(Split),
    Rename(Rename),
    Mark(Mark),
    Import(Import),
    Suggest(Suggest),
    Accept(Accept),
    Dismiss(Dismiss),
}

/// List the people of the case
#[derive(Debug, Args)]
struct List {}

/// Show a person with every name, number and address, and where each is from
#[derive(Debug, Args)]
struct Show {
    /// The person
    #[arg(value_name = "WHO")]
    who: String,
}

/// Make one person of several
///
/// What was said of the first of them that something was said of holds for all.
#[derive(Debug, Args)]
struct Join {
    /// The people
    #[arg(value_name = "WHO", required = true, num_args = 2..)]
    who: Vec<String>,
}

/// Take names out of the person they are
#[derive(Debug, Args)]
struct Split {
    /// Each a number as docket people show has it, or a name in full
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
}

/// Give a person a name; an empty one takes it back
#[derive(Debug, Args)]
struct Rename {
    /// The person
    #[arg(value_name = "WHO")]
    who: String,
    /// The name to show
    #[arg(value_name = "NAME")]
    name: String,
}

/// Say who people are: me, colleague, outsider or unknown
///
/// me is the custodian: what they sent and received is then known in every
/// export in which they appear. Notes stay in the case; the rest goes into the
/// bundle with those who sent something that is handed over.
#[derive(Debug, Args)]
struct Mark {
    /// What they are
    #[arg(value_name = "WHAT", value_parser = relations())]
    relation: Relation,
    /// The people
    #[arg(value_name = "WHO", required = true)]
    who: Vec<String>,
    /// Where they work; empty takes it back
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    /// As what; empty takes it back
    #[arg(long, value_name = "TITLE")]
    position: Option<String>,
    /// Notes; empty takes them back
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// Load contacts: a vCard file, or a CSV staff list
///
/// The file is sealed in the case. It gives suggestions: each contact whose
/// number, address or name somebody in the case has. A staff list needs a first
/// row that names its columns; English headings are known.
#[derive(Debug, Args)]
struct Import {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What a column is, where its heading does not say: name, given, family,
    /// organisation, position, email or phone
    #[arg(long = "column", value_name = "PART=HEADING")]
    columns: Vec<String>,
    /// What those become whom you accept from it; colleague for a table,
    /// unknown for a vCard file
    #[arg(long = "as", value_name = "WHAT", value_parser = relations())]
    relation: Option<Relation>,
}

/// List who may be one person, and why
#[derive(Debug, Args)]
struct Suggest {}

/// Accept suggestions
#[derive(Debug, Args)]
struct Accept {
    /// The suggestions, as docket people suggest calls them
    #[arg(value_name = "SUGGESTION", required_unless_present = "exact")]
    ids: Vec<String>,
    /// All that rest on the same number or address; asks first
    #[arg(long, conflicts_with = "ids")]
    exact: bool,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
}

/// Dismiss suggestions: they are not made again
#[derive(Debug, Args)]
struct Dismiss {
    /// The suggestions, as docket people suggest calls them
    #[arg(value_name = "SUGGESTION", required = true)]
    ids: Vec<String>,
}

fn relations() -> impl TypedValueParser<Value = Relation> {
    PossibleValuesParser::new(Relation::ALL.map(Relation::name))
        .try_map(|name| Relation::from_name(&name).ok_or("me, colleague, outsider or unknown"))
}

/// What an act did, for programs.
#[derive(Serialize)]
struct Row {
    what: Option<String>,
    saved: bool,
    entry: Option<u64>,
    hash: Option<String>,
}

/// What a list of contacts brought, for programs.
#[derive(Serialize)]
struct ListRow<'a> {
    list: u32,
    file: &'a str,
    format: &'a str,
    sha256: &'a str,
    contacts: u32,
    unreadable: &'a [(u32, String)],
    columns: &'a [String],
    suggestions: u32,
    exact: u32,
    unmatched: u32,
    already_known: bool,
    entry: Option<u64>,
}

impl People {
    /// Lists, or does what is asked and says what was saved.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        let session = common.session()?;
        let cast = session.cast();
        let one = |who: &str| find(&cast, who);
        let all = |who: &[String]| {
            who.iter()
                .map(|who| one(who))
                .collect::<Result<Vec<_>, _>>()
        };
        let done = match self.act.unwrap_or(Act::List(List {})) {
            Act::List(List {}) => return show::list(&session, out),
            Act::Show(Show { who }) => return show::person(&session, one(&who)?, out),
            Act::Suggest(Suggest {}) => return show::suggestions(&session, out),
            Act::Import(import) => return import.run(&session, out),
            Act::Accept(accept) if accept.exact => return accept_exact(&accept, &session, out),
            Act::Join(Join { who }) => session.join(&all(&who)?),
            Act::Split(Split { names }) => {
                let names = names.iter().map(|name| participant(&cast, name));
                session.split(&names.collect::<Result<Vec<_>, _>>()?)
            }
            Act::Rename(Rename { who, name }) => session.rename(one(&who)?, &name),
            Act::Mark(mark) => {
                let marking = Marking {
                    relation: Some(mark.relation),
                    organisation: mark.organisation,
                    position: mark.position,
                    notes: mark.note,
                };
                session.mark(&all(&mark.who)?, &marking)
            }
            Act::Accept(Accept { ids, .. }) => session.accept(&ids),
            Act::Dismiss(Dismiss { ids }) => session.dismiss(&ids),
        };
        tell(done.map_err(Failure::refused)?.as_ref(), out)?;
        Ok(End::Done)
    }
}

/// The person whom words name.
fn find(cast: &Cast, who: &str) -> Result<ParticipantId, Failure> {
    match cast.roster.find(&cast.store, who) {
        Ok(person) => Ok(person.number),
        Err(NotOne::Nobody) => Err(Failure::Usage(format!(
            "nobody in this case is called {who}; docket people lists everyone"
        ))),
        Err(NotOne::Several(numbers)) => {
            let some: Vec<String> = numbers
                .iter()
                .filter_map(|number| cast.roster.person(*number))
                .map(|person| format!("{} ({})", person.number, person.name))
                .collect();
            Err(Failure::Usage(format!(
                "{who} can be several people: {}; give the number",
                some.join(", ")
            )))
        }
    }
}

/// The one participant that a number or a name in full names.
fn participant(cast: &Cast, name: &str) -> Result<ParticipantId, Failure> {
    let all = cast.store.participants();
    if let Some(found) = name
        .parse()
        .ok()
        .and_then(|number| cast.store.participant(ParticipantId(number)))
    {
        return Ok(found.id);
    }
    let mut found = all.iter().filter(|participant| participant.name == name);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.id),
        (Some(_), Some(_)) => Err(Failure::Usage(format!(
            "{name} stands on several channels; give the number that docket people show has"
        ))),
        (None, _) => Err(Failure::Usage(format!(
            "no app shows the name {name}; docket people show WHO lists a person's names"
        ))),
    }
}

/// Says what was saved.
fn tell(recorded: Option<&Recorded>, out: &mut Out) -> Result<(), Failure> {
    let row = Row {
        what: recorded.map(|recorded| in_words(&recorded.entry)),
        saved: recorded.is_some(),
        entry: recorded.map(|recorded| recorded.seq),
        hash: recorded.map(|recorded| recorded.hash.to_string()),
    };
    if out.json {
        return out.object(&row);
    }
    match (row.what, row.entry) {
        (Some(what), Some(entry)) => {
            out.line(&format!("saved: {what}, entry {entry} of the ledger"))
        }
        _ => out.line("nothing to change: it is so already"),
    }
}

/// Accepts all suggestions that rest on a number or address, after one question.
fn accept_exact(accept: &Accept, session: &Session, out: &mut Out) -> Result<End, Failure> {
    let exact: Vec<_> = session
        .suggestions()
        .map_err(Failure::refused)?
        .into_iter()
        .filter(|suggestion| suggestion.strength == Strength::Exact)
        .collect();
    if !out.json {
        show::lines(session, &exact, out)?;
    }
    if exact.is_empty() {
        tell(None, out)?;
        return Ok(End::Done);
    }
    if !accept.yes {
        let count = exact.len() as u64;
        let suggestions = counted(count, "suggestion", "suggestions");
        out.agreed(count, &format!("Accept {suggestions}?"))?;
    }
    let ids: Vec<String> = exact.into_iter().map(|suggestion| suggestion.id).collect();
    let recorded = session.accept(&ids).map_err(Failure::refused)?;
    tell(recorded.as_ref(), out)?;
    Ok(End::Done)
}

impl Import {
    fn run(self, session: &Session, out: &mut Out) -> Result<End, Failure> {
        is_list(&self.file).map_err(Failure::Usage)?;
        let is_card = self.file.extension().is_some_and(|name| {
            name.eq_ignore_ascii_case("vcf") || name.eq_ignore_ascii_case("vcard")
        });
        let relation = match self.relation {
            Some(Relation::Unknown) => None,
            Some(relation) => Some(relation),
            None => (!is_card).then_some(Relation::Colleague),
        };
        let report = session
            .load_contacts(&self.file, &self.columns, relation)
            .map_err(Failure::refused)?;
        if out.json {
            out.object(&ListRow {
                list: report.list.list,
                file: &report.list.name,
                format: &report.list.format,
                sha256: &report.list.sha256,
                contacts: report.list.contacts,
                unreadable: &report.unreadable,
                columns: &report.columns,
                suggestions: report.suggestions.0,
                exact: report.suggestions.1,
                unmatched: report.unmatched,
                already_known: report.recorded.is_none(),
                entry: report.recorded.as_ref().map(|recorded| recorded.seq),
            })?;
        } else {
            print(&report, out)?;
        }
        Ok(match report.unreadable.is_empty() {
            true => End::Done,
            false => End::Exceptions,
        })
    }
}

/// Refuses what cannot be a list of contacts by what stands at the path.
fn is_list(path: &Path) -> Result<(), String> {
    let shown = path.display();
    match std::fs::metadata(path) {
        Err(error) => Err(missing(path, &error, "no such file")),
        Ok(found) if found.is_dir() => Err(format!(
            "{shown}: is a folder; give the vCard file or the CSV table in it"
        )),
        Ok(found) if !found.is_file() => Err(format!(
            "{shown}: is neither a file nor a folder; give a vCard file or a CSV table"
        )),
        Ok(_) => Ok(()),
    }
}

fn print(report: &ListReport, out: &mut Out) -> Result<(), Failure> {
    let list = &report.list;
    let contacts = counted(list.contacts, "contact", "contacts");
    out.line(&match &report.recorded {
        Some(recorded) => format!(
            "saved: {contacts} from {}, list {}, entry {} of the ledger",
            list.name, list.list, recorded.seq
        ),
        None => format!(
            "{} was loaded before: {contacts}, list {}",
            list.name, list.list
        ),
    })?;
    if !report.columns.is_empty() {
        out.line(&format!("  columns: {}", report.columns.join(", ")))?;
    }
    for (row, why) in &report.unreadable {
        out.line(&format!("  not read: entry {row}: {why}"))?;
    }
    let (all, exact) = report.suggestions;
    out.line(&format!(
        "  {}, {exact} of them by the same number or address",
        counted(all, "suggestion", "suggestions")
    ))?;
    out.line(&format!(
        "  {} nobody in the case",
        counted(report.unmatched, "contact matches", "contacts match")
    ))?;
    if all > 0 {
        out.line("docket people suggest lists them; docket people accept --exact takes the exact")?;
    }
    Ok(())
}
