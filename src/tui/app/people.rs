//! The people screen: what its keys do.

use super::{App, Ask, Purpose, Tone};
use crate::model::{ParticipantId, Relation};
use crate::people::suggest::Strength;
use crate::review::Way;
use crate::review::people::Marking;
use crate::text::counted;
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use crate::tui::keymap::{Key, KeyCode};
use crate::tui::people::{Board, SayOfPeople};
use crate::tui::view;
use crate::tui::window::{Rows, Window};

impl App {
    /// What a key of the people screen does.
    pub(super) fn people_act(&mut self, act: Act) -> Vec<Effect> {
        match act {
            Act::GoPeople => {
                self.go(View::People);
                return vec![Effect::People];
            }
            Act::GoSuggestions => {
                self.go(View::Suggestions);
                return vec![Effect::People, Effect::Suggestions];
            }
            Act::Pick => self.pick(),
            Act::Join => return self.join(),
            Act::Split => match self.people.name() {
                Some(name) => return vec![Effect::SayOfPeople(SayOfPeople::Split(name))],
                None => self.warn("go to the name that is somebody else first"),
            },
            Act::Rename => {
                let person = self.current_person();
                let named = person.filter(|person| person.is_named);
                let name = named.map_or_else(String::new, |person| person.name.clone());
                if person.is_some() {
                    self.ask_line(Purpose::Rename, &name);
                }
            }
            Act::Say(Relation::Colleague) => {
                if let Some(person) = self.current_person() {
                    let said = [person.organisation.as_str(), person.position.as_str()];
                    let said = said.join("; ");
                    let said = said.trim_matches([';', ' ']).to_owned();
                    self.ask_line(Purpose::Colleague, &said);
                }
            }
            Act::Say(relation) => {
                if let Some(person) = self.current_person() {
                    let said = SayOfPeople::relation(person.number, relation);
                    return vec![Effect::SayOfPeople(said)];
                }
            }
            Act::Notes => {
                if let Some(person) = self.current_person() {
                    let notes = person.notes.clone();
                    self.ask_line(Purpose::Notes, &notes);
                }
            }
            Act::MessagesOf => {
                if let Some(person) = self.current_person() {
                    let way = Way::Person(person.number);
                    return self.open_way(way, None);
                }
            }
            Act::Accept | Act::Dismiss => {
                if let Some(suggestion) = self.people.suggestion() {
                    let ids = vec![suggestion.id.clone()];
                    return vec![Effect::SayOfPeople(match act {
                        Act::Accept => SayOfPeople::Accept(ids),
                        _ => SayOfPeople::Dismiss(ids),
                    })];
                }
                self.say("nothing is suggested");
            }
            Act::AcceptExact => {
                let all = self.people.suggestions.iter().flatten();
                let exact = all.filter(|suggestion| suggestion.strength == Strength::Exact);
                let ids: Vec<String> = exact.map(|suggestion| suggestion.id.clone()).collect();
                if ids.is_empty() {
                    self.say("no suggestion rests on the same number or address");
                } else {
                    self.ask = Some(Ask::Accept(ids));
                }
            }
            _ => {}
        }
        Vec::new()
    }

    /// Brings the cursor of the view into its list and into view.
    pub(super) fn settle_people(&mut self, width: u16, height: u32) {
        if matches!(self.view, View::People | View::Person | View::Suggestions) {
            let mut window = view::people::window(self);
            let rows = Rows {
                len: view::people::len(self),
                of: &|at| view::people::rows(self, at, width),
            };
            window.settle(&rows, height);
            self.put_window(window);
        }
    }

    /// Moves in a view of the people screen.
    pub(super) fn travel_people(&mut self, width: u16, step: impl FnOnce(&mut Window, &Rows<'_>)) {
        let mut window = view::people::window(self);
        let rows = Rows {
            len: view::people::len(self),
            of: &|at| view::people::rows(self, at, width),
        };
        step(&mut window, &rows);
        self.put_window(window);
    }

    fn put_window(&mut self, window: Window) {
        match self.view {
            View::Person => self.people.names = window,
            View::Suggestions => self.people.proposals = window,
            _ => self.people.list = window,
        }
    }

    /// The person that a key acts on.
    fn current_person(&self) -> Option<&crate::people::Person> {
        match self.view {
            View::Person => self.people.person(),
            _ => {
                let board = self.people.board.as_ref()?;
                Some(board.nth(self.people.list.cursor)?.0)
            }
        }
    }

    /// Shows all names of the person under the cursor.
    pub(super) fn open_person(&mut self) {
        if let Some(number) = self.current_person().map(|person| person.number) {
            self.people.shown = Some(number);
            self.people.names = Default::default();
            self.go(View::Person);
        }
    }

    fn pick(&mut self) {
        let Some(number) = self.current_person().map(|person| person.number) else {
            return;
        };
        if !self.people.picked.remove(&number) {
            self.people.picked.insert(number);
        }
        // `settle` keeps it in the list.
        self.people.list.cursor = self.people.list.cursor.saturating_add(1);
    }

    fn join(&mut self) -> Vec<Effect> {
        let current = self.current_person().map(|person| person.number);
        let mut who: Vec<ParticipantId> = self.people.picked.iter().copied().collect();
        // Two picked are meant as they are; one waits for the other under the cursor.
        if who.len() < 2 {
            who.extend(current.filter(|number| !who.contains(number)));
        }
        if who.len() < 2 {
            self.warn("pick someone with v first, then J joins them with the one here");
            return Vec::new();
        }
        vec![Effect::SayOfPeople(SayOfPeople::Join(who))]
    }

    /// What was typed for a person.
    pub(super) fn person_line(&mut self, purpose: Purpose, text: &str) -> Vec<Effect> {
        let Some(number) = self.current_person().map(|person| person.number) else {
            return Vec::new();
        };
        let said = match purpose {
            Purpose::Rename => SayOfPeople::Rename(number, text.to_owned()),
            Purpose::Colleague => {
                let (organisation, position) = text.split_once(';').unwrap_or((text, ""));
                let marking = Marking {
                    relation: Some(Relation::Colleague),
                    organisation: Some(organisation.trim().to_owned()),
                    position: Some(position.trim().to_owned()),
                    notes: None,
                };
                SayOfPeople::Mark(vec![number], marking)
            }
            _ => {
                let marking = Marking {
                    notes: Some(text.to_owned()),
                    ..Marking::default()
                };
                SayOfPeople::Mark(vec![number], marking)
            }
        };
        vec![Effect::SayOfPeople(said)]
    }

    /// A key for the question whether all exact suggestions hold.
    pub(super) fn accept_key(&mut self, key: Key) -> Vec<Effect> {
        match (key.code, key.ctrl) {
            (KeyCode::Char('y'), false) => match self.ask.take() {
                Some(Ask::Accept(ids)) => vec![Effect::SayOfPeople(SayOfPeople::Accept(ids))],
                _ => Vec::new(),
            },
            (KeyCode::Char('n') | KeyCode::Esc, false) | (KeyCode::Char('c'), true) => {
                self.ask = None;
                self.say("nothing changed");
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// What the people screen has to look up again, if it is on the screen.
    pub(super) fn renew_people(&self) -> Vec<Effect> {
        match self.view {
            View::Suggestions => vec![Effect::People, Effect::Suggestions],
            View::People | View::Person => vec![Effect::People],
            View::Sources => vec![Effect::Whose],
            _ => Vec::new(),
        }
    }

    /// Something was said of people, or was not.
    pub(super) fn people_saved(&mut self, result: Result<Option<String>, String>) -> Vec<Effect> {
        match result {
            Ok(None) => self.say("it is so already"),
            Ok(Some(what)) => {
                self.people.picked.clear();
                self.notice = Some((format!("{what}: saved"), Tone::Good));
            }
            Err(error) => self.warn(format!("NOT saved: {error}")),
        }
        self.refresh_details();
        self.renew_people()
    }

    /// Takes who is who; the cursor stays on its person.
    pub(super) fn take_people(&mut self, board: Box<Board>) {
        let before = self.people.board.as_ref();
        let current = before
            .and_then(|before| before.nth(self.people.list.cursor))
            .map(|(person, _)| person.number);
        let first = before.is_none();
        if let Some(row) = current.and_then(|number| board.row_of(number)) {
            self.people.list.cursor = row;
        }
        let is_here = |id: &ParticipantId| board.cast.roster.person(*id).is_some();
        self.people.picked.retain(is_here);
        if first && self.view == View::People {
            let people = counted(u64::from(board.len()), "person", "people");
            self.say(format!("{people}; gj says who may be one"));
        }
        self.people.board = Some(board);
    }
}
