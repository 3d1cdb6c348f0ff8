//! Questions: a line to type with its hits as they come, a confirming key, the facts of the case,
//! the order of an export's dates.

use super::App;
use super::around::AroundAsk;
use super::deciding::Saving;
use super::marking::{ConfirmMark, FlagAsk, ReasonAsk};
use crate::case::ledger::How;
use crate::case::marks::Reason;
use crate::import::DateOrder;
use crate::model::{Decision, SourceId, ThreadId};
use crate::review::query::{Query, QueryError};
use crate::review::whose::Whose;
use crate::review::{List, Preview, Target, Way};
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use crate::tui::form::{Form, Ready};
use crate::tui::highlight::Highlight;
use crate::tui::keymap::{Key, KeyCode};
use crate::tui::masking::MaskAsk;
use crate::tui::palette::Palette;
use crate::tui::prompt::Prompt;
use crate::tui::reading::{Asked, Reading};
use crate::tui::reconcile::SameAsk;
use crate::tui::second::SecondAsk;
use std::path::PathBuf;

/// A search as it is handed out.
#[derive(Debug)]
pub struct Request {
    /// What to find.
    pub query: Query,
    /// Where: in one thread, in its order; or everywhere, by time.
    pub thread: Option<ThreadId>,
}

/// What a search found.
#[derive(Clone)]
pub struct Found {
    /// The hits in the order they are shown.
    pub hits: List,
    /// In how many threads.
    pub threads: u32,
}

/// Why a line is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To search all threads.
    Search,
    /// To filter the open thread.
    Filter,
    /// To filter the table of threads.
    Threads,
    /// To say where the bundle goes.
    BundlePath,
    /// To give a person a name.
    Rename,
    /// To say where a colleague works, and as what.
    Colleague,
    /// To note something of a person.
    Notes,
    /// To draw a random sample.
    Sample,
    /// To note something of messages, or of a thread.
    Note,
    /// To say where a copy is held.
    Where,
    /// To comment on a second word, or to answer one.
    Comment,
    /// To keep a search as a rule, or change one.
    Rule,
    /// To change the search of a rule.
    RuleQuery,
    /// To find something in the message that is masked.
    Inside,
}

impl Purpose {
    /// Whether it is the words of a note or a flag; Up brings earlier ones.
    pub fn is_of_marks(self) -> bool {
        matches!(self, Purpose::Note | Purpose::Where)
    }

    /// Whether it is something said of a person; nothing typed takes it back then.
    pub fn is_of_people(self) -> bool {
        matches!(self, Purpose::Rename | Purpose::Colleague | Purpose::Notes)
    }
}

/// A line that is being typed.
#[derive(Clone)]
pub struct LineAsk {
    /// Why.
    pub purpose: Purpose,
    /// The line.
    pub line: Prompt,
    /// What is wrong with it, and where.
    pub error: Option<QueryError>,
    /// Its hits so far, shown while typing.
    pub preview: Option<Reading>,
    /// How many, in how many threads.
    pub found: Option<(u32, u32)>,
    /// The request that is under way.
    pub(super) ticket: u64,
    /// Whether its answer is still to come.
    pub(super) waiting: bool,
    /// Whether Enter came before the answer.
    accept: bool,
    query: Option<Query>,
}

/// An act that waits for its confirming key.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// What is about to be done, in one line.
    pub words: String,
    /// What would change.
    pub preview: Preview,
    pub(super) target: Target,
    /// What is decided.
    pub decision: Decision,
    pub(super) how: How,
    /// Why.
    pub reason: Option<Reason>,
}

/// A question that has all keys.
#[derive(Clone)]
pub enum Ask {
    /// A line to type.
    Line(Box<LineAsk>),
    /// A confirming key.
    Confirm(Box<Confirm>),
    /// The facts of the case.
    Form(Box<Form>),
    /// Which number of this source's dates is the day.
    DateOrder(SourceId),
    /// Whether these suggestions hold.
    Accept(Vec<String>),
    /// Which flag.
    Flags(Box<FlagAsk>),
    /// Which reason.
    Why(Box<ReasonAsk>),
    /// A confirming key for a flag or a note.
    Mark(Box<ConfirmMark>),
    /// A second word: which, or whether.
    Second(Box<SecondAsk>),
    /// Whether messages are the same, or what holds of them.
    Same(Box<SameAsk>),
    /// Whether a few messages become context.
    Around(Box<AroundAsk>),
    /// Something about masks: why, how far, or whether.
    Masking(Box<MaskAsk>),
    /// Which action is to be done.
    Palette(Box<Palette>),
}

impl App {
    pub(super) fn ask_line(&mut self, purpose: Purpose, text: &str) {
        self.ask = Some(Ask::Line(Box::new(LineAsk {
            purpose,
            line: Prompt::with(text),
            error: None,
            preview: None,
            found: None,
            ticket: 0,
            waiting: false,
            accept: false,
            query: None,
        })));
    }

    pub(super) fn ask_filter(&mut self) {
        if self.view == View::Threads {
            let only = self.listing.only.clone();
            return self.ask_line(Purpose::Threads, &only);
        }
        if self.view.is_across() {
            let text = self
                .listed()
                .and_then(|listed| listed.asked.as_ref())
                .map(|asked| asked.text.clone() + " ");
            self.ask_line(Purpose::Search, &text.unwrap_or_default());
        } else {
            let text = self
                .reading
                .as_ref()
                .and_then(|reading| reading.asked.as_ref())
                .map(|asked| asked.text.clone());
            self.ask_line(Purpose::Filter, &text.unwrap_or_default());
        }
    }

    pub(super) fn ask_facts(&mut self) -> Vec<Effect> {
        self.ask = Some(Ask::Form(Box::new(Form::of(&self.session, &self.store))));
        vec![Effect::Whose]
    }

    /// Asks whose the export under the cursor is.
    pub(super) fn ask_whose(&mut self) -> Vec<Effect> {
        let at = usize::try_from(self.sources.cursor).unwrap_or(usize::MAX);
        let Some(source) = self.store.sources().get(at) else {
            return Vec::new();
        };
        self.ask = Some(Ask::Form(Box::new(Form::of_export(source))));
        vec![Effect::Whose]
    }

    /// Takes what is known of whose the exports are.
    pub(super) fn take_whose(&mut self, whose: Box<Whose>) {
        if let Some(Ask::Form(form)) = &mut self.ask {
            form.offer(&self.session, &self.store, &whose);
        }
        self.whose = Some(whose);
    }

    pub(super) fn answer(&mut self, key: Key) -> Vec<Effect> {
        match &mut self.ask {
            Some(Ask::Line(_)) => self.line_key(key),
            Some(Ask::Confirm(_)) => self.confirm_key(key),
            Some(Ask::Accept(_)) => self.accept_key(key),
            Some(Ask::Flags(_)) => self.flag_key(key),
            Some(Ask::Why(_)) => self.why_key(key),
            Some(Ask::Mark(_)) => self.mark_key(key),
            Some(Ask::Second(_)) => self.second_key(key),
            Some(Ask::Same(_)) => self.same_key(key),
            Some(Ask::Around(_)) => self.around_key(key),
            Some(Ask::Masking(_)) => self.masking_key(key),
            Some(Ask::Palette(_)) => self.palette_key(key),
            Some(Ask::Form(form)) => match form.press(key) {
                Ready::No => Vec::new(),
                Ready::Skip => {
                    self.ask = None;
                    self.asked = true;
                    let key = self.keymap.label(Act::GoFacts);
                    self.say(format!("nothing changed; {key} asks again"));
                    vec![Effect::SavePlace(self.place())]
                }
                Ready::Save(answers) => {
                    self.ask = None;
                    self.asked = true;
                    vec![Effect::Facts(answers), Effect::SavePlace(self.place())]
                }
            },
            Some(Ask::DateOrder(source)) => {
                let source = *source;
                self.date_order_key(source, key)
            }
            None => Vec::new(),
        }
    }

    pub(super) fn date_order_key(&mut self, source: SourceId, key: Key) -> Vec<Effect> {
        let order = match key.code {
            KeyCode::Char('1') => DateOrder::Dmy,
            KeyCode::Char('2') => DateOrder::Mdy,
            KeyCode::Char('3') => DateOrder::Ymd,
            KeyCode::Esc => {
                self.ask = None;
                let go = self.keymap.label(Act::GoSources);
                let ask = self.keymap.label(Act::DateOrder);
                self.say(format!("left as it is; {go} and {ask} ask again"));
                return Vec::new();
            }
            _ => return Vec::new(),
        };
        self.ask = None;
        if !self.begins_job("reading again") {
            return Vec::new();
        }
        vec![Effect::ReadAgain(source, order)]
    }

    pub(super) fn confirm_key(&mut self, key: Key) -> Vec<Effect> {
        match (key.code, key.ctrl) {
            (KeyCode::Char('y'), false) => {
                if let Some(Ask::Confirm(confirm)) = self.ask.take() {
                    if let Some(reading) = self.current_reading_mut() {
                        reading.range = None;
                    }
                    self.saving.push(Saving {
                        numbers: Vec::new(),
                        from: None,
                        decision: confirm.decision,
                        single: false,
                    });
                    let seen = Some(confirm.preview.seen);
                    return vec![Effect::Decide(
                        confirm.target,
                        confirm.decision,
                        confirm.how,
                        seen,
                        confirm.reason,
                    )];
                }
                Vec::new()
            }
            (KeyCode::Char('n') | KeyCode::Esc, false) | (KeyCode::Char('c'), true) => {
                if let Some(Ask::Confirm(confirm)) = self.ask.take() {
                    // It was chosen for this, and this is not done yet; a rule keeps its own.
                    if !matches!(confirm.how, How::Rule(_)) {
                        self.marks.reason = confirm.reason;
                    }
                }
                self.say("nothing changed");
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn line_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(Ask::Line(ask)) = &mut self.ask else {
            return Vec::new();
        };
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => {
                let threads = ask.purpose == Purpose::Threads;
                self.ask = None;
                if threads {
                    self.list_only("");
                }
                Vec::new()
            }
            (KeyCode::Enter, _) => self.line_entered(),
            (KeyCode::Backspace, _)
                if ask.line.text().is_empty()
                    && !ask.purpose.is_of_people()
                    && !ask.purpose.is_of_marks() =>
            {
                self.ask = None;
                Vec::new()
            }
            (KeyCode::Down | KeyCode::Up, _) if ask.purpose.is_of_marks() => {
                let purpose = ask.purpose;
                let words = self.earlier(purpose, key.code == KeyCode::Up);
                if let (Some(words), Some(Ask::Line(ask))) = (words, &mut self.ask) {
                    ask.line = Prompt::with(&words);
                }
                Vec::new()
            }
            (KeyCode::Down | KeyCode::Up, _) => {
                if let Some(preview) = &mut ask.preview {
                    let down = key.code == KeyCode::Down;
                    let cursor = preview.window.cursor;
                    preview.window.cursor = if down {
                        cursor.saturating_add(1)
                    } else {
                        cursor.saturating_sub(1)
                    };
                }
                Vec::new()
            }
            _ => {
                let before = ask.line.text().to_owned();
                ask.line.press(key);
                if ask.line.text() == before {
                    Vec::new()
                } else {
                    self.line_changed()
                }
            }
        }
    }

    pub(super) fn line_changed(&mut self) -> Vec<Effect> {
        let ticket = self.ticket();
        let thread = self.reading.as_ref().and_then(|reading| reading.thread());
        let Some(Ask::Line(ask)) = &mut self.ask else {
            return Vec::new();
        };
        ask.accept = false;
        ask.waiting = false;
        let thread = match ask.purpose {
            Purpose::Threads => {
                let words = ask.line.text().to_owned();
                self.list_only(&words);
                return Vec::new();
            }
            Purpose::BundlePath
            | Purpose::Rename
            | Purpose::Colleague
            | Purpose::Notes
            | Purpose::Sample
            | Purpose::Note
            | Purpose::Where
            | Purpose::Comment
            | Purpose::Rule
            | Purpose::RuleQuery
            | Purpose::Inside => {
                return Vec::new();
            }
            Purpose::Search => None,
            Purpose::Filter => thread,
        };
        ask.ticket = ticket;
        if ask.line.text().trim().is_empty() {
            ask.error = None;
            ask.preview = None;
            ask.found = None;
            ask.query = None;
            return Vec::new();
        }
        match Query::live(ask.line.text()) {
            Ok(query) => {
                ask.error = None;
                ask.query = Some(query.clone());
                ask.waiting = true;
                vec![Effect::Search(ticket, Box::new(Request { query, thread }))]
            }
            Err(error) => {
                ask.error = Some(error);
                ask.query = None;
                Vec::new()
            }
        }
    }

    pub(super) fn found(&mut self, ticket: u64, result: Result<Found, String>) -> Vec<Effect> {
        let Some(Ask::Line(ask)) = &mut self.ask else {
            return Vec::new();
        };
        if ask.ticket != ticket {
            return Vec::new();
        }
        ask.waiting = false;
        match result {
            Ok(found) => {
                let Some(query) = &ask.query else {
                    return Vec::new();
                };
                let asked = Asked {
                    text: query.to_string(),
                    highlight: Highlight::of(query),
                };
                ask.found = Some((found.hits.len(), found.threads));
                ask.preview = Some(Reading::of(found.hits, Some(asked)));
                if ask.accept {
                    return self.line_entered();
                }
            }
            Err(error) => {
                ask.error = Some(QueryError {
                    at: 0..0,
                    message: error,
                });
            }
        }
        Vec::new()
    }

    pub(super) fn line_entered(&mut self) -> Vec<Effect> {
        let Some(Ask::Line(ask)) = &mut self.ask else {
            return Vec::new();
        };
        if ask.purpose == Purpose::BundlePath {
            let path = PathBuf::from(ask.line.text().trim());
            if path.as_os_str().is_empty() {
                return Vec::new();
            }
            self.ask = None;
            return self.write_bundle(path);
        }
        if ask.purpose == Purpose::Threads {
            self.ask = None;
            if self.order.is_empty() {
                self.list_only("");
                self.say("no thread has these words in its title or channel");
            }
            return Vec::new();
        }
        if ask.purpose == Purpose::Sample {
            let text = ask.line.text().to_owned();
            self.ask = None;
            return self.sample_line(&text);
        }
        if ask.purpose.is_of_marks() {
            let (purpose, text) = (ask.purpose, ask.line.text().trim().to_owned());
            self.ask = None;
            return self.mark_line(purpose, &text);
        }
        if ask.purpose == Purpose::Comment {
            let text = ask.line.text().trim().to_owned();
            self.ask = None;
            return self.comment_line(&text);
        }
        if ask.purpose == Purpose::Inside {
            let text = ask.line.text().to_owned();
            self.ask = None;
            return self.find_inside(&text);
        }
        if ask.purpose == Purpose::Rule {
            let text = ask.line.text().trim().to_owned();
            self.ask = None;
            return self.rule_line(&text);
        }
        if ask.purpose == Purpose::RuleQuery {
            let text = ask.line.text().trim().to_owned();
            self.ask = None;
            return self.rule_query_line(&text);
        }
        if ask.purpose.is_of_people() {
            let (purpose, text) = (ask.purpose, ask.line.text().trim().to_owned());
            self.ask = None;
            return self.person_line(purpose, &text);
        }
        if ask.line.text().trim().is_empty() {
            let filter = ask.purpose == Purpose::Filter;
            self.ask = None;
            if filter && self.reading.as_ref().is_some_and(Reading::is_filtered) {
                return self.go_back();
            }
            return Vec::new();
        }
        if ask.error.is_some() {
            return Vec::new();
        }
        // What is shown while the answer is awaited was found for an earlier wording.
        let answered = ask.preview.take_if(|_| !ask.waiting);
        let Some(preview) = answered else {
            ask.accept = true;
            return Vec::new();
        };
        let purpose = ask.purpose;
        let none = preview.is_empty();
        self.ask = None;
        if none {
            self.say("nothing found");
            return Vec::new();
        }
        if purpose == Purpose::Filter {
            let current = self.reading.as_ref().and_then(|reading| reading.current());
            let mut filtered = preview;
            if filtered.window.cursor == 0
                && let Some(position) = current.and_then(|number| filtered.list.position_of(number))
            {
                filtered.window.cursor = position;
            }
            self.reading = Some(filtered);
        } else {
            let mut results = preview;
            let way = results.asked.as_ref().map(|asked| Way::of(&asked.text));
            let left = way.and_then(|way| self.remembered(&way));
            if results.window.cursor == 0
                && let Some(left) = left
                && results.go_to(left)
                && results.window.cursor > 0
            {
                self.say_again();
            }
            self.results = Some(results);
            self.go(View::Results);
        }
        Vec::new()
    }
}
