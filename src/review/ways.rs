//! Ways through a case: by thread, by day, by month, by person, by files, by findings, by a search.
//!
//! Every way is a query and named by it, so that a command walks it too (`docket search` takes the
//! same words), and a place on it is its words and a message.

use super::findings::Listed;
use super::list::List;
use super::query::Query;
use super::timeline::Step;
use super::{ReviewError, Session};
use crate::case::FileKind;
use crate::model::{Decision, MessageNumber, ParticipantId, ThreadId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::sync::atomic::AtomicBool;

/// A way through a case: which messages, and in what order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// A thread, in its own order.
    Thread(ThreadId),
    /// A day over all threads, by time.
    Day(NaiveDate),
    /// A month over all threads, by time: its first day.
    Month(NaiveDate),
    /// All that a person sent, on whatever channel, by time: any participant who is them.
    Person(ParticipantId),
    /// The messages with files, by time: of one kind, or of all.
    Files(Option<FileKind>),
    /// What detectors point at, one after the other in the order of the messages' numbers.
    Findings(Listed),
    /// What a search finds, by time: its words.
    Search(String),
}

impl Way {
    /// The way that a query is.
    pub fn of(words: &str) -> Way {
        let words = words.trim();
        if let Some(listed) = Listed::ALL.into_iter().find(|one| one.query() == words) {
            return Way::Findings(listed);
        }
        let number = |text: &str| text.parse::<u32>().ok();
        let known = match words.split_once(':') {
            Some(("in", of)) => number(of).map(|number| Way::Thread(ThreadId(number))),
            Some(("from", of)) => of
                .strip_prefix('#')
                .and_then(number)
                .map(|number| Way::Person(ParticipantId(number))),
            Some(("on", of)) => {
                let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
                match of.len() {
                    10 => day(of).map(Way::Day),
                    7 => day(&format!("{of}-01")).map(Way::Month),
                    _ => None,
                }
            }
            Some(("has", "attachment")) => Some(Way::Files(None)),
            Some(("has", of)) => FileKind::ALL
                .into_iter()
                .find(|kind| kind.name() == of)
                .map(|kind| Way::Files(Some(kind))),
            _ => None,
        };
        known.unwrap_or_else(|| Way::Search(words.to_owned()))
    }

    /// One word for what it goes by.
    pub fn by(&self) -> &'static str {
        match self {
            Way::Thread(_) => "thread",
            Way::Day(_) => "day",
            Way::Month(_) => "month",
            Way::Person(_) => "person",
            Way::Files(_) => "files",
            Way::Findings(_) => "findings",
            Way::Search(_) => "search",
        }
    }

    /// The query that finds its messages, as it is typed.
    pub fn query(&self) -> String {
        match self {
            Way::Thread(thread) => format!("in:{thread}"),
            Way::Day(day) => Step::Day.query(*day),
            Way::Month(day) => Step::Month.query(*day),
            Way::Person(person) => format!("from:#{person}"),
            Way::Files(None) => "has:attachment".to_owned(),
            Way::Files(Some(kind)) => format!("has:{}", kind.name()),
            Way::Findings(listed) => listed.query().to_owned(),
            Way::Search(words) => words.clone(),
        }
    }

    /// The query that finds what of it is undecided.
    pub fn query_left(&self) -> String {
        let words = self.query();
        match Query::parse(&words) {
            Ok(query) if query.to_string().contains(" OR ") => format!("is:undecided ({words})"),
            _ => format!("is:undecided {words}"),
        }
    }

    /// What it goes through, for a heading: the thread's title, the person's name, the words of the
    /// search.
    pub fn name(&self, session: &Session) -> String {
        match self {
            Way::Thread(id) => {
                let store = session.store();
                let thread = store.thread(*id);
                thread.map_or_else(String::new, |thread| thread.title.clone())
            }
            Way::Day(day) => day.format("%Y-%m-%d").to_string(),
            Way::Month(day) => day.format("%Y-%m").to_string(),
            Way::Person(number) => {
                let roster = session.roster();
                let person = roster.person(*number);
                person.map_or_else(String::new, |person| person.name.clone())
            }
            Way::Files(kind) => files(*kind).to_owned(),
            Way::Findings(listed) => listed.name().to_owned(),
            Way::Search(words) => words.clone(),
        }
    }

    /// The messages, in the order they are walked. For a worker.
    ///
    /// # Errors
    /// [`ReviewError::Query`] where its words are no query; otherwise as [`Session::search`].
    pub fn list(&self, session: &Session, cancel: &AtomicBool) -> Result<List, ReviewError> {
        if let Way::Thread(thread) = self {
            return Ok(List::thread(session.store(), *thread));
        }
        let query =
            Query::parse(&self.query()).map_err(|error| ReviewError::Query(error.message))?;
        let found = session.search(&query, cancel)?;
        Ok(List::hits(session.store(), found))
    }
}

/// What a way through files goes through.
pub fn files(kind: Option<FileKind>) -> &'static str {
    match kind {
        None => "of any kind",
        Some(FileKind::Picture) => "pictures",
        Some(FileKind::Document) => "documents",
        Some(FileKind::Voice) => "voice notes and other sounds",
        Some(FileKind::Video) => "videos",
        Some(FileKind::Missing) => "files that no export holds",
    }
}

/// Where a reviewer was on a way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stop {
    /// The way, as [`Way::query`] writes it.
    pub way: String,
    /// The message the cursor was on.
    pub message: u32,
}

/// A stop, looked up as the case is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The way.
    pub way: Way,
    /// What it goes through; see [`Way::name`].
    pub name: String,
    /// The message.
    pub message: MessageNumber,
    /// Its place on the way, counted from 1; 0 where it is not on it (any more).
    pub position: u32,
    /// How many messages the way has.
    pub len: u32,
    /// How many of them are undecided.
    pub left: u32,
}

impl Stop {
    /// Looks it up; `None` of a way that is no query or finds nothing (any more). For a worker.
    ///
    /// # Errors
    /// As [`Way::list`], but for words that are no query.
    pub fn look_up(
        &self,
        session: &Session,
        cancel: &AtomicBool,
    ) -> Result<Option<Stopped>, ReviewError> {
        let way = Way::of(&self.way);
        // Nobody asked for findings to be looked for here.
        let asks = Query::parse(&way.query()).is_ok_and(|query| query.asks_findings());
        if asks
            && session
                .findings_kept()?
                .is_none_or(|looked| !looked.is_whole(session))
        {
            return Ok(None);
        }
        let list = match way.list(session, cancel) {
            Ok(list) if list.is_empty() => return Ok(None),
            Ok(list) => list,
            Err(ReviewError::Query(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let message = MessageNumber(self.message);
        let decisions = session.decisions();
        let left = match (list.thread_id(), list.set()) {
            (Some(thread), None) => u64::from(decisions.tally(thread).undecided),
            (_, set) => set.map_or(0, |set| {
                set.intersection_len(decisions.set(Decision::Undecided))
            }),
        };
        Ok(Some(Stopped {
            name: way.name(session),
            way,
            message,
            position: list
                .position_of(message)
                .map_or(0, |at| at.saturating_add(1)),
            len: list.len(),
            left: u32::try_from(left).unwrap_or(u32::MAX),
        }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_its_query() {
        for (words, by) in [
            ("in:12", "thread"),
            ("on:2021-03-05", "day"),
            ("on:2021-03", "month"),
            ("from:#7", "person"),
            ("has:attachment", "files"),
            ("has:missing", "files"),
            ("finding:open", "findings"),
            ("has:finding OR finding:dismissed", "findings"),
            ("on:2021", "search"),
            ("in:cabinet", "search"),
            ("from:ann", "search"),
            ("has:link", "search"),
            ("finding:nhs", "search"),
            ("in:12 budget", "search"),
        ] {
            let way = Way::of(words);
            assert_eq!(way.by(), by, "{words}");
            assert_eq!(way.query(), words);
            let query = Query::parse(words).unwrap();
            assert_eq!(query.to_string(), words, "the way is found as typed");
        }
        let left = Way::of("source:1 OR source:2").query_left();
        assert_eq!(left, "is:undecided (source:1 OR source:2)");
        assert_eq!(Way::of("in:3").query_left(), "is:undecided in:3");
    }
}
