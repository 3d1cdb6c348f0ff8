//! The command palette's keys.

use super::{App, Ask};
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use crate::tui::keymap::{Key, KeyCode};
use crate::tui::palette::{self, Palette};
use crate::tui::view;
use crate::tui::window::Rows;

impl App {
    pub(super) fn open_palette(&mut self) {
        let palette = Palette::open(self.view, &self.recent, &self.keymap);
        self.ask = Some(Ask::Palette(Box::new(palette)));
    }

    pub(super) fn palette_key(&mut self, key: Key) -> Vec<Effect> {
        let page = u32::from(view::palette_area(self).height)
            .saturating_sub(1)
            .max(1);
        let Some(Ask::Palette(palette)) = &mut self.ask else {
            return Vec::new();
        };
        let cursor = palette.window.cursor;
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => self.ask = None,
            (KeyCode::Backspace, _) if palette.line.text().is_empty() => self.ask = None,
            (KeyCode::Enter, _) => return self.palette_entered(),
            (KeyCode::Down | KeyCode::Tab, _) | (KeyCode::Char('n'), true) => {
                palette.window.cursor = cursor.saturating_add(1);
            }
            (KeyCode::Up | KeyCode::BackTab, _) | (KeyCode::Char('p'), true) => {
                palette.window.cursor = cursor.saturating_sub(1);
            }
            (KeyCode::PageDown, _) => palette.window.cursor = cursor.saturating_add(page),
            (KeyCode::PageUp, _) => palette.window.cursor = cursor.saturating_sub(page),
            _ => {
                let before = palette.line.text().to_owned();
                palette.line.press(key);
                if palette.line.text() != before {
                    palette.changed();
                }
            }
        }
        Vec::new()
    }

    fn palette_entered(&mut self) -> Vec<Effect> {
        let Some(Ask::Palette(palette)) = self.ask.take() else {
            return Vec::new();
        };
        self.notice = None;
        let (count, rest) = palette.typed();
        // As in other programs with such a line, a number alone goes there.
        if rest.is_empty() && count.is_some() && palette.window.cursor == 0 {
            return match self.view {
                View::Help | View::Bundle => Vec::new(),
                _ => self.act(Act::Last, count),
            };
        }
        let Some(action) = palette.current() else {
            self.warn("no action has that name; ? shows all of them");
            return Vec::new();
        };
        if !palette.holds(action) {
            self.warn(palette::where_it_holds(action));
            return Vec::new();
        }
        palette::remember(&mut self.recent, action.act);
        self.act(action.act, count)
    }

    pub(super) fn settle_palette(&mut self) {
        let height = u32::from(view::palette_area(self).height);
        if let Some(Ask::Palette(palette)) = &mut self.ask {
            let rows = Rows {
                len: palette.len(),
                of: &|_| 1,
            };
            palette.window.settle(&rows, height);
        }
    }
}
