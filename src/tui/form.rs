//! The facts of the case, asked once and whenever the reviewer wants: a form with a line for each,
//! and one for who the custodian is. An export that is another's is asked about on its own.

use super::keymap::{Key, KeyCode};
use super::people::SayOfPeople;
use super::prompt::Prompt;
use crate::case::{Source, Store, TIME_ZONE};
use crate::model::{ParticipantId, Relation, SourceId};
use crate::review::facts::KEYS;
use crate::review::people::Marking;
use crate::review::whose::{Candidate, Whose};
use crate::review::{ReviewError, Session};
use crate::text::{counted, fold};

/// A form that is being filled.
#[derive(Clone, Debug)]
pub struct Form {
    /// What it is about, in one sentence.
    pub title: String,
    /// What is known of whose the exports are, below the fields.
    pub notes: Vec<String>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// The field that has the keys.
    pub at: usize,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Whether it was told that leaving drops what was typed.
    leaving: bool,
}

/// One line of the form.
#[derive(Clone, Debug)]
pub struct Field {
    /// What is asked.
    pub label: String,
    /// Why, or how to answer.
    pub help: String,
    /// The answer.
    pub answer: Answer,
}

/// How a field is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// With a line of text, kept under this key.
    Text {
        /// The fact's key in the ledger.
        key: &'static str,
        /// What held when the form was opened.
        before: String,
        /// The line.
        line: Prompt,
    },
    /// With someone.
    Person {
        /// Whom it is asked of: an export, or all exports that do not tell it.
        of: Option<SourceId>,
        /// Which choice held when the form was opened; 0 is nobody.
        before: usize,
        /// Who can be chosen, and what speaks for it; the first choice, nobody, is not among them.
        people: Vec<Candidate>,
        /// The choice: 0 for nobody, 1 for the first of them.
        chosen: usize,
        /// What was typed to find someone.
        typed: Prompt,
        /// Whether who can be chosen is still looked up.
        looking: bool,
    },
}

impl Answer {
    /// Who is chosen; `None` where nobody is or the answer is a line.
    pub fn person(&self) -> Option<&Candidate> {
        match self {
            Answer::Person { people, chosen, .. } => people.get(chosen.checked_sub(1)?),
            Answer::Text { .. } => None,
        }
    }
}

/// What a form says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Facts that changed, by key.
    pub facts: Vec<(&'static str, String)>,
    /// Who is the custodian now, and who is not any more.
    pub people: Vec<SayOfPeople>,
    /// Who the custodian is in single exports; `None` takes back what was said.
    pub me: Vec<(SourceId, Option<ParticipantId>)>,
}

impl Answers {
    /// Says it all, durably.
    ///
    /// # Errors
    /// When the ledger cannot be written; what was written before stays.
    pub fn carry_out(&self, session: &Session) -> Result<(), ReviewError> {
        for (key, value) in &self.facts {
            let value = Some(value.as_str()).filter(|value| !value.is_empty());
            session.set_fact(key, value, Some("given on the review screen"))?;
        }
        for said in &self.people {
            said.carry_out(session)?;
        }
        for (source, participant) in &self.me {
            session.set_me(*source, *participant)?;
        }
        Ok(())
    }
}

/// What a key did to the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ready {
    /// It goes on.
    No,
    /// The reviewer left it.
    Skip,
    /// It is to be saved.
    Save(Answers),
}

impl Form {
    /// A form with these fields.
    pub fn new(title: &str, fields: Vec<Field>) -> Form {
        Form {
            title: title.into(),
            notes: Vec::new(),
            fields,
            at: 0,
            error: None,
            leaving: false,
        }
    }

    /// The form for the facts of this case. Who the custodian may be is to be looked up and then
    /// [offered](Form::offer).
    pub fn of(session: &Session, store: &Store) -> Form {
        let facts = session.facts();
        let mut fields: Vec<Field> = KEYS
            .iter()
            .map(|(key, help)| {
                let before = if *key == TIME_ZONE {
                    facts.time_zone().0
                } else {
                    facts.get(key).unwrap_or_default()
                };
                let mut label = key.replace('-', " ");
                if let Some(first) = label.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                Form::text(&label, key, before, help)
            })
            .collect();
        if !store.sources().is_empty() {
            fields.push(Form::person("Me", None));
        }
        let title = "The facts of this case. All can be left empty and given later (gf).";
        Form::new(title, fields)
    }

    /// The form that asks whose an export is.
    pub fn of_export(source: &Source) -> Form {
        let fields = vec![Form::person("Custodian", Some(source.id))];
        Form::new(&format!("Whose export is this? {}", source.name), fields)
    }

    /// Takes what is known of whose the exports are: who can be chosen, and what is still open.
    pub fn offer(&mut self, session: &Session, store: &Store, whose: &Whose) {
        let mut notes = Vec::new();
        for field in &mut self.fields {
            let Answer::Person {
                of,
                before,
                people,
                chosen,
                looking,
                ..
            } = &mut field.answer
            else {
                continue;
            };
            if !std::mem::take(looking) {
                continue;
            }
            match *of {
                None => {
                    people.clone_from(&whose.candidates);
                    *before = people
                        .iter()
                        .position(|one| one.is_me)
                        .map_or(0, |at| at + 1);
                    notes = standing(whose);
                }
                Some(source) => {
                    let said = session.facts().me(store, source);
                    let may_be = whose.of(source).map(|of| of.may_be.as_slice());
                    *people = may_be
                        .unwrap_or_default()
                        .iter()
                        .filter_map(|(id, reason)| {
                            Some(Candidate {
                                name: store.participant(*id)?.name.clone(),
                                people: vec![*id],
                                is_me: said == Some(*id),
                                reason: reason.clone(),
                            })
                        })
                        .collect();
                    *before = people
                        .iter()
                        .position(|one| one.is_me)
                        .map_or(0, |at| at + 1);
                }
            }
            *chosen = *before;
        }
        self.notes = notes;
    }

    /// A field for a line of text.
    pub fn text(label: &str, key: &'static str, before: &str, help: &str) -> Field {
        Field {
            label: label.into(),
            help: help.into(),
            answer: Answer::Text {
                key,
                before: before.into(),
                line: Prompt::with(before),
            },
        }
    }

    /// A field for the custodian, of an export or of all that do not tell it.
    pub fn person(label: &str, of: Option<SourceId>) -> Field {
        Field {
            label: label.into(),
            help: "left and right choose, or type a part of the name".into(),
            answer: Answer::Person {
                of,
                before: 0,
                people: Vec::new(),
                chosen: 0,
                typed: Prompt::default(),
                looking: true,
            },
        }
    }

    fn current(&mut self) -> Option<&mut Answer> {
        self.fields.get_mut(self.at).map(|field| &mut field.answer)
    }

    /// Puts pasted text into the current field.
    pub fn paste(&mut self, text: &str) {
        if let Some(Answer::Text { line, .. }) = self.current() {
            line.insert(text);
        }
    }

    /// Takes one key.
    pub fn press(&mut self, key: Key) -> Ready {
        self.error = None;
        let last = self.fields.len().saturating_sub(1);
        let told = std::mem::take(&mut self.leaving);
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) if told || !self.is_changed() => {
                return Ready::Skip;
            }
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => {
                self.leaving = true;
                self.error = Some(
                    "not saved yet: Enter, to the end, saves; Esc again drops what was typed"
                        .into(),
                );
            }
            (KeyCode::Enter, _) if self.at >= last => return self.save(),
            (KeyCode::Enter | KeyCode::Tab | KeyCode::Down, _) => self.at = (self.at + 1).min(last),
            (KeyCode::BackTab | KeyCode::Up, _) => self.at = self.at.saturating_sub(1),
            _ => match self.current() {
                Some(Answer::Text { line, .. }) => {
                    line.press(key);
                }
                Some(Answer::Person {
                    people,
                    chosen,
                    typed,
                    ..
                }) => choose(key, people, chosen, typed),
                None => {}
            },
        }
        Ready::No
    }

    /// Whether an answer is another than when the form was opened.
    fn is_changed(&self) -> bool {
        self.fields.iter().any(|field| match &field.answer {
            Answer::Text { before, line, .. } => line.text() != before,
            Answer::Person { before, chosen, .. } => chosen != before,
        })
    }

    fn save(&mut self) -> Ready {
        let mut answers = Answers::default();
        for (at, field) in self.fields.iter().enumerate() {
            match &field.answer {
                Answer::Text { key, before, line } => {
                    let text = line.text().trim();
                    if *key == TIME_ZONE && text.parse::<chrono_tz::Tz>().is_err() {
                        self.error =
                            Some("no such time zone; write one such as Europe/London".into());
                        self.at = at;
                        return Ready::No;
                    }
                    if text != before {
                        answers.facts.push((*key, text.to_owned()));
                    }
                }
                Answer::Person {
                    of,
                    before,
                    people,
                    chosen,
                    ..
                } => {
                    if chosen == before {
                        continue;
                    }
                    let nth = |at: usize| people.get(at.checked_sub(1)?);
                    match *of {
                        Some(source) => {
                            let person = nth(*chosen).and_then(|one| one.people.first());
                            answers.me.push((source, person.copied()));
                        }
                        None => {
                            for (at, relation) in
                                [(*before, Relation::Unknown), (*chosen, Relation::Me)]
                            {
                                answers
                                    .people
                                    .extend(nth(at).map(|one| mark(one, relation)));
                            }
                        }
                    }
                }
            }
        }
        if answers == Answers::default() {
            Ready::Skip
        } else {
            Ready::Save(answers)
        }
    }
}

/// That everyone of this name is this to the custodian.
fn mark(one: &Candidate, relation: Relation) -> SayOfPeople {
    let marking = Marking {
        relation: Some(relation),
        ..Marking::default()
    };
    SayOfPeople::Mark(one.people.clone(), marking)
}

/// How it is known in how many exports what was sent and what received.
fn standing(whose: &Whose) -> Vec<String> {
    let (all, told, open) = (whose.exports.len(), whose.told().len(), whose.open().len());
    let said = all.saturating_sub(told + open);
    let mut notes = vec![format!(
        "Sent or received, of {}: {told} tell it, {said} by what you said, {open} not known.",
        counted(all as u64, "export", "exports")
    )];
    if open > 0 {
        notes.push("Whose a single export is: gs, then w.".into());
    }
    notes
}

fn choose(key: Key, people: &[Candidate], chosen: &mut usize, typed: &mut Prompt) {
    match key.code {
        KeyCode::Right => {
            *chosen = (*chosen + 1) % (people.len() + 1);
            *typed = Prompt::default();
        }
        KeyCode::Left => {
            *chosen = (*chosen + people.len()) % (people.len() + 1);
            *typed = Prompt::default();
        }
        _ => {
            if typed.press(key) {
                let wanted = fold(typed.text().trim());
                if wanted.is_empty() {
                    *chosen = 0;
                } else if let Some(at) = people
                    .iter()
                    .position(|one| fold(&one.name).contains(&wanted))
                {
                    *chosen = at + 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::parse;

    fn candidate(name: &str, people: &[u32]) -> Candidate {
        Candidate {
            name: name.into(),
            people: people.iter().copied().map(ParticipantId).collect(),
            is_me: false,
            reason: String::new(),
        }
    }

    fn form() -> Form {
        let mut fields = vec![
            Form::text("Reference", "reference", "", ""),
            Form::text("Time zone", crate::case::TIME_ZONE, "Europe/London", ""),
            Form::person("Me", None),
        ];
        if let Answer::Person { people, .. } = &mut fields[2].answer {
            *people = vec![candidate("Ann", &[4]), candidate("Zoë Ray", &[9, 12])];
        }
        Form::new("", fields)
    }

    fn press(keys: &str) -> Ready {
        let mut form = form();
        let mut ready = Ready::No;
        for key in parse(keys) {
            ready = form.press(key);
        }
        ready
    }

    #[test]
    fn only_what_changed_is_saved() {
        assert_eq!(
            press("R/1<Enter><Enter>zoe<Enter>"),
            Ready::Save(Answers {
                facts: vec![("reference", "R/1".into())],
                people: vec![mark(&candidate("Zoë Ray", &[9, 12]), Relation::Me)],
                me: Vec::new(),
            })
        );
        assert_eq!(press("<Enter><Enter><Enter>"), Ready::Skip);
        assert_eq!(press("<Esc>"), Ready::Skip);
    }

    #[test]
    fn what_was_typed_is_dropped_only_when_asked_twice() {
        assert_eq!(press("abc<Esc>"), Ready::No);
        assert_eq!(press("abc<Esc>d<Esc>"), Ready::No);
        assert_eq!(press("abc<Esc><Esc>"), Ready::Skip);
    }

    #[test]
    fn a_zone_that_is_none_is_refused() {
        assert_eq!(press("<Tab>x<Tab><Enter>"), Ready::No);
    }

    #[test]
    fn another_custodian_takes_the_place_of_the_first() {
        let mut form = form();
        if let Answer::Person { before, chosen, .. } = &mut form.fields[2].answer {
            (*before, *chosen) = (1, 1);
        }
        form.at = 2;
        for key in parse("zoe") {
            form.press(key);
        }
        let Ready::Save(answers) = form.press(parse("<Enter>")[0]) else {
            panic!("not saved");
        };
        let said = [
            mark(&candidate("Ann", &[4]), Relation::Unknown),
            mark(&candidate("Zoë Ray", &[9, 12]), Relation::Me),
        ];
        assert_eq!(answers.people, said);
    }

    #[test]
    fn choices_go_round() {
        assert_eq!(press("<Tab><Tab><Left><Right><Enter>"), Ready::Skip);
    }
}
