//! Pages that are read: the keys, and what a bundle would hold. They are laid out once after each
//! event, and the keys only where the window has another width.

use super::App;
use crate::tui::action::View;
use crate::tui::view::{self, Line};

/// A page, laid out.
#[derive(Default)]
pub struct Page {
    /// Its rows; none in a view that is no page.
    pub lines: Vec<Line>,
    /// Of which view, and for which width.
    of: Option<(View, u16)>,
}

impl App {
    /// Lays out the page in view, and keeps its first line within it.
    pub(super) fn settle_page(&mut self, rows: u32) {
        let of = (self.view, self.size.0);
        match self.view {
            // What the keys do is the same all the time.
            View::Help if self.page.of == Some(of) => {}
            View::Help | View::Bundle => {
                self.page = Page {
                    lines: view::page_lines(self),
                    of: Some(of),
                };
            }
            _ => self.page = Page::default(),
        }
        if matches!(self.view, View::Help | View::Bundle | View::Files) {
            let last = view::page_rows(self).saturating_sub(rows);
            self.page_top = self.page_top.min(last);
        }
    }
}
