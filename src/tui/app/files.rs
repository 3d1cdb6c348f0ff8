//! Looking at the files of a message, what the lists say of files, and what is asked for when
//! the screen rests.

use super::App;
use crate::import::content::Class;
use crate::model::{Marks, MessageNumber};
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use crate::tui::files::{Known, Look, LookAt, Seen};
use crate::tui::picture::{self, Pixels, Room};
use crate::tui::terminal::input::Told;
use crate::tui::theme::Surroundings;
use crate::tui::view;

/// The files of a message, on the screen.
#[derive(Default)]
pub struct FilesScreen {
    /// The message.
    pub number: Option<MessageNumber>,
    /// Which of its files is looked at, from 0.
    pub at: usize,
    /// How many it has.
    pub len: usize,
    /// What was seen last.
    pub look: Option<Look>,
    /// What was asked for: the message, which file, and the room for a picture.
    asked: Option<Asked>,
    ticket: u64,
    /// What the environment tells of the terminal.
    around: Surroundings,
    /// What the terminal told of itself.
    told: Option<Told>,
    /// Whether it was asked.
    asked_terminal: bool,
}

/// A message, the place of a file, and the room for a picture.
type Asked = (MessageNumber, usize, Option<Room>);

impl App {
    /// The same state in a terminal that tells this of itself.
    pub fn in_surroundings(mut self, around: &Surroundings) -> App {
        self.pixels = Pixels::chosen(self.settings.pictures, self.theme, around);
        self.files.around = around.clone();
        self
    }

    /// How a picture is drawn in so many columns and rows; `None` where none is drawn.
    pub fn picture_room(&self, columns: u16, rows: u16) -> Option<Room> {
        let files = &self.files;
        let told = files.told.as_ref();
        let protocol = picture::protocol(self.settings.pictures, &files.around, told);
        let protocol = protocol.filter(|_| picture::are_shown(self.settings.pictures, self.theme));
        (protocol.is_some() || self.pixels != Pixels::None).then_some(Room {
            columns,
            rows,
            protocol,
            cell: told.and_then(|told| told.cell),
        })
    }

    /// Takes what the terminal told of itself.
    pub(super) fn take_told(&mut self, told: Told) -> Vec<Effect> {
        self.files.told = Some(told);
        Vec::new()
    }

    /// Asks the terminal what it can show, once, when the first picture is to be drawn.
    fn ask_terminal(&mut self) -> Option<Effect> {
        let set = self.settings.pictures;
        let files = &self.files;
        let look = files.look.as_ref()?;
        let content = look.files.get(look.at)?.content.as_ref()?;
        let is_picture = content.is?.class() == Class::Picture;
        let wanted = is_picture
            && !files.asked_terminal
            && picture::are_shown(set, self.theme)
            && picture::is_asked(set, &files.around);
        let within_another = files.around.is_within_another();
        self.files.asked_terminal |= wanted;
        wanted.then_some(Effect::AskTerminal(within_another))
    }

    /// What is asked for when the keys rest: whether a key begun has a hint, the files in sight, the
    /// details of the current message.
    pub(super) fn rest(&mut self) -> Vec<Effect> {
        self.hint = !self.pending.choices(self.view, &self.keymap).is_empty();
        let current = self.current_message().filter(|_| self.shows_messages());
        let ticket = self.ticket();
        let mut effects = self.look_up_files();
        if let (Some(pane), Some(number)) = (&mut self.details, current)
            && pane.lacks(current)
        {
            pane.asked = Some((number, ticket));
            effects.push(Effect::Details(ticket, number));
        }
        effects
    }

    /// Has the details shown asked for anew.
    pub(super) fn refresh_details(&mut self) {
        if let Some(pane) = &mut self.details {
            pane.stale = true;
            pane.asked = None;
        }
    }

    /// Opens the files of the current message.
    pub(super) fn go_files(&mut self) {
        let Some(number) = self.current_message() else {
            return;
        };
        let len = self.store.attachments(number).len();
        if len == 0 {
            self.say("this message names no file");
            return;
        }
        self.files.number = Some(number);
        self.files.at = 0;
        self.files.len = len;
        self.page_top = 0;
        self.go(View::Files);
    }

    /// To another file of the message; says whether there are several.
    pub(super) fn other_file(&mut self, act: Act, count: Option<u32>) -> bool {
        if self.view != View::Files || self.files.len < 2 {
            return false;
        }
        let by = usize::try_from(count.unwrap_or(1).max(1)).unwrap_or(usize::MAX);
        let last = self.files.len - 1;
        self.files.at = match act {
            Act::Down => self.files.at.saturating_add(by).min(last),
            Act::Up => self.files.at.saturating_sub(by),
            _ => return false,
        };
        self.page_top = 0;
        true
    }

    /// Asks for the file that is to be on the screen, where it is not, or was drawn for another window.
    pub(super) fn renew_files(&mut self) -> Vec<Effect> {
        let Some(number) = self.files.number.filter(|_| self.view == View::Files) else {
            self.files.asked = None;
            return Vec::new();
        };
        let mut effects: Vec<Effect> = self.ask_terminal().into_iter().collect();
        let wanted = (number, self.files.at, view::files::room(self));
        if self.files.asked == Some(wanted) {
            return effects;
        }
        let ticket = self.ticket();
        self.files.asked = Some(wanted);
        self.files.ticket = ticket;
        let (number, at, room) = wanted;
        effects.push(Effect::Look(LookAt::File(ticket, number, at, room)));
        effects
    }

    pub(super) fn take_seen(&mut self, seen: Seen) {
        match seen {
            Seen::Line(number, words) => self.known_files.put(number, words),
            Seen::File(ticket, look) => {
                if ticket == self.files.ticket {
                    self.files.look = Some(*look);
                }
            }
        }
    }

    /// The messages in view whose files were not looked up yet.
    fn lacking_files(&self) -> Vec<MessageNumber> {
        let Some(reading) = self.current_reading() else {
            return Vec::new();
        };
        let top = reading.window.top.entry;
        let rows = u32::from(view::areas(self).main.height);
        (top..top.saturating_add(rows))
            .map_while(|at| reading.at(at))
            .filter(|number| !self.known_files.has(*number))
            .filter(|number| {
                let message = self.store.message(*number);
                message.is_some_and(|message| message.marks.has(Marks::ATTACHMENT))
            })
            .collect()
    }

    /// Whether the files of a message in view are to be looked up once the keys rest.
    pub(super) fn lacks_files(&self) -> bool {
        !self.lacking_files().is_empty()
    }

    /// Looks them up.
    pub(super) fn look_up_files(&mut self) -> Vec<Effect> {
        let numbers = self.lacking_files();
        if numbers.is_empty() {
            return Vec::new();
        }
        for number in &numbers {
            self.known_files.put(*number, Vec::new());
        }
        vec![Effect::Look(LookAt::Lines(numbers))]
    }

    /// What lists say of files.
    pub fn known_files(&self) -> &Known {
        &self.known_files
    }
}
