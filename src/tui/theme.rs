//! Roles and their looks. Only the terminal's own 16 colours, no background fill: it reads on dark
//! and light, and every state has a letter or a word beside its colour.

use crate::model::Decision;
use ratatui::style::{Color, Modifier, Style};

/// The looks of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    colour: bool,
}

impl Theme {
    /// With colour, or with bold, dim and underline only.
    pub fn new(colour: bool) -> Theme {
        Theme { colour }
    }

    /// With colour unless the person asked for none: `NO_COLOR` set to anything but nothing
    /// (no-color.org).
    pub fn from_environment() -> Theme {
        Theme::new(std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
    }

    /// Whether colours are written at all.
    pub fn has_colour(self) -> bool {
        self.colour
    }

    fn colour(self, style: Style, colour: Color) -> Style {
        if self.colour { style.fg(colour) } else { style }
    }

    /// Ordinary text.
    pub fn text(self) -> Style {
        Style::new()
    }

    /// What matters less: times, counts, system lines, marks for hidden characters.
    pub fn quiet(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// Headings, the cursor, keys.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// The lines between days.
    pub fn day(self) -> Style {
        self.quiet()
    }

    /// A sender.
    pub fn sender(self, own: bool) -> Style {
        if own {
            self.strong()
        } else {
            self.colour(Style::new(), Color::Cyan)
        }
    }

    /// A hit of the search.
    pub fn hit(self, base: Style) -> Style {
        base.add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
    }

    /// What a person must not miss.
    pub fn warning(self) -> Style {
        self.colour(self.strong(), Color::Red)
    }

    /// What was saved.
    pub fn good(self) -> Style {
        self.colour(Style::new(), Color::Green)
    }

    /// The letter of a decision.
    pub fn decision(self, decision: Decision) -> Style {
        match decision {
            Decision::Undecided => self.quiet(),
            Decision::Official => self.colour(self.strong(), Color::Green),
            Decision::Personal => self.colour(self.strong(), Color::Magenta),
            Decision::Mixed => self.colour(self.strong(), Color::Yellow),
            Decision::Context => self.colour(self.strong(), Color::Blue),
            Decision::Refer => self.colour(self.strong(), Color::Red),
        }
    }
}
