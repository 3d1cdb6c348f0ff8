//! The facts of the case, asked once and whenever the reviewer wants: a form with a line for each.

use super::keymap::Key;
use super::prompt::Prompt;
use crate::case::{Store, TIME_ZONE};
use crate::model::{ParticipantId, SourceId};
use crate::review::Session;
use crate::review::facts::{KEYS, suggest_me};
use crate::text::fold;
use ratatui::crossterm::event::KeyCode;

/// A form that is being filled.
#[derive(Clone, Debug)]
pub struct Form {
    /// Its fields.
    pub fields: Vec<Field>,
    /// The field that has the keys.
    pub at: usize,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// One line of the form.
#[derive(Clone, Debug)]
pub struct Field {
    /// What is asked.
    pub label: String,
    /// Why, or how to answer.
    pub help: &'static str,
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
    /// With one of the people of an export.
    Person {
        /// The export.
        source: SourceId,
        /// Which choice held when the form was opened; 0 is nobody.
        before: usize,
        /// Who can be chosen; the first choice, nobody, is not among them.
        people: Vec<(ParticipantId, String)>,
        /// The choice: 0 for nobody, 1 for the first of them.
        chosen: usize,
        /// What was typed to find someone.
        typed: Prompt,
    },
}

impl Answer {
    /// The name of the chosen person; `None` where nobody is chosen or the answer is a line.
    pub fn person(&self) -> Option<&str> {
        match self {
            Answer::Person { people, chosen, .. } => people
                .get(chosen.checked_sub(1)?)
                .map(|(_, name)| name.as_str()),
            Answer::Text { .. } => None,
        }
    }
}

/// What a key did to the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ready {
    /// It goes on.
    No,
    /// The reviewer left it.
    Skip,
    /// It is to be saved: what changed of the facts, and of who the custodian is.
    Save(
        Vec<(&'static str, String)>,
        Vec<(SourceId, Option<ParticipantId>)>,
    ),
}

impl Form {
    /// A form with these fields.
    pub fn new(fields: Vec<Field>) -> Form {
        Form {
            fields,
            at: 0,
            error: None,
        }
    }

    /// The form for the facts of this case.
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
        for source in store.sources() {
            let people = suggest_me(store, &facts, source.id)
                .into_iter()
                .filter_map(|(id, _)| Some((id, store.participant(id)?.name.clone())))
                .collect();
            let thread = source.threads.first().and_then(|id| store.thread(*id));
            let title = thread.map_or(&source.name, |thread| &thread.title);
            let label = format!("You in {title}");
            fields.push(Form::person(&label, source.id, people, facts.me(source.id)));
        }
        Form::new(fields)
    }

    /// A field for a line of text.
    pub fn text(label: &str, key: &'static str, before: &str, help: &'static str) -> Field {
        Field {
            label: label.into(),
            help,
            answer: Answer::Text {
                key,
                before: before.into(),
                line: Prompt::with(before),
            },
        }
    }

    /// A field for one of the people of an export.
    pub fn person(
        label: &str,
        source: SourceId,
        people: Vec<(ParticipantId, String)>,
        before: Option<ParticipantId>,
    ) -> Field {
        let at = people
            .iter()
            .position(|(id, _)| Some(*id) == before)
            .map_or(0, |at| at + 1);
        Field {
            label: label.into(),
            help: "left and right choose, or type a part of the name",
            answer: Answer::Person {
                source,
                before: at,
                people,
                chosen: at,
                typed: Prompt::default(),
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
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return Ready::Skip,
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
                }) => {
                    choose(key, people, chosen, typed);
                    self.same_person_below();
                }
                None => {}
            },
        }
        Ready::No
    }

    /// Whoever is chosen here is proposed for the exports below that name the same person and for
    /// which nothing was said before: most reviewers are the same person in all of them.
    fn same_person_below(&mut self) {
        let here = self.fields.get(self.at).map(|field| &field.answer);
        let Some(Answer::Person { people, chosen, .. }) = here else {
            return;
        };
        let person = chosen.checked_sub(1).and_then(|at| people.get(at));
        let person = person.map(|(id, _)| *id);
        for field in self.fields.iter_mut().skip(self.at + 1) {
            if let Answer::Person {
                before: 0,
                people,
                chosen,
                ..
            } = &mut field.answer
            {
                let at = people.iter().position(|(id, _)| Some(*id) == person);
                *chosen = at.map_or(0, |at| at + 1);
            }
        }
    }

    fn save(&mut self) -> Ready {
        let mut facts = Vec::new();
        let mut me = Vec::new();
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
                        facts.push((*key, text.to_owned()));
                    }
                }
                Answer::Person {
                    source,
                    before,
                    people,
                    chosen,
                    ..
                } => {
                    if chosen != before {
                        let person = chosen.checked_sub(1).and_then(|at| people.get(at));
                        me.push((*source, person.map(|(id, _)| *id)));
                    }
                }
            }
        }
        if facts.is_empty() && me.is_empty() {
            Ready::Skip
        } else {
            Ready::Save(facts, me)
        }
    }
}

fn choose(key: Key, people: &[(ParticipantId, String)], chosen: &mut usize, typed: &mut Prompt) {
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
                    .position(|(_, name)| fold(name).contains(&wanted))
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

    fn form() -> Form {
        let people = vec![
            (ParticipantId(4), "Ann".into()),
            (ParticipantId(9), "Zoë Ray".into()),
        ];
        Form::new(vec![
            Form::text("Reference", "reference", "", ""),
            Form::text("Time zone", crate::case::TIME_ZONE, "Europe/London", ""),
            Form::person("You", SourceId(0), people, None),
        ])
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
            Ready::Save(
                vec![("reference", "R/1".into())],
                vec![(SourceId(0), Some(ParticipantId(9)))]
            )
        );
        assert_eq!(press("<Enter><Enter><Enter>"), Ready::Skip);
        assert_eq!(press("abc<Esc>"), Ready::Skip);
    }

    #[test]
    fn a_zone_that_is_none_is_refused() {
        assert_eq!(press("<Tab>x<Tab><Enter>"), Ready::No);
    }

    #[test]
    fn one_person_is_proposed_for_all_exports_that_name_them() {
        let people = |ids: &[u32]| -> Vec<_> {
            ids.iter()
                .map(|id| (ParticipantId(*id), format!("P{id}")))
                .collect()
        };
        let mut form = Form::new(vec![
            Form::person("You", SourceId(0), people(&[1, 2]), None),
            Form::person("You", SourceId(1), people(&[7, 2]), None),
            Form::person("You", SourceId(2), people(&[7, 8]), None),
        ]);
        for key in parse("p2") {
            form.press(key);
        }
        let names: Vec<_> = form
            .fields
            .iter()
            .map(|field| field.answer.person())
            .collect();
        assert_eq!(names, [Some("P2"), Some("P2"), None]);
    }

    #[test]
    fn choices_go_round() {
        assert_eq!(press("<Tab><Tab><Left><Right><Enter>"), Ready::Skip);
    }
}
