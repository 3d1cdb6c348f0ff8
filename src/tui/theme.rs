//! Roles and their looks. No theme fills a background, and every state has a letter or a word beside
//! its colour.
//!
//! Without a theme in the settings, the terminal's own 16 colours are used, which its owner chose to
//! be read; where the terminal tells of its background in `COLORFGBG`, colours that are read well
//! on that. The terminal is not asked: over a slow line the answer would come among the keys.

use crate::model::Decision;
use crate::settings::ThemeName;
use ratatui::style::{Color, Modifier, Style};

/// The looks of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    palette: Option<&'static Palette>,
    contrast: bool,
    linear: bool,
}

/// The colours of a theme. Each state has one of its own.
#[derive(Debug, PartialEq, Eq)]
struct Palette {
    /// `None` where quiet is dim.
    quiet: Option<Color>,
    sender: Color,
    warning: Color,
    good: Color,
    official: Color,
    personal: Color,
    mixed: Color,
    context: Color,
    refer: Color,
}

const SIXTEEN: Palette = Palette {
    quiet: None,
    sender: Color::Cyan,
    warning: Color::Red,
    good: Color::Green,
    official: Color::Green,
    personal: Color::Magenta,
    mixed: Color::Yellow,
    context: Color::Blue,
    refer: Color::Red,
};

/// Of the 256 colours those from 16 on, which no terminal's settings change.
const DARK: Palette = Palette {
    quiet: Some(Color::Indexed(248)),
    sender: Color::Indexed(116),
    warning: Color::Indexed(210),
    good: Color::Indexed(114),
    official: Color::Indexed(114),
    personal: Color::Indexed(176),
    mixed: Color::Indexed(221),
    context: Color::Indexed(111),
    refer: Color::Indexed(210),
};

const LIGHT: Palette = Palette {
    quiet: Some(Color::Indexed(240)),
    sender: Color::Indexed(23),
    warning: Color::Indexed(124),
    good: Color::Indexed(22),
    official: Color::Indexed(22),
    personal: Color::Indexed(90),
    mixed: Color::Indexed(94),
    context: Color::Indexed(19),
    refer: Color::Indexed(124),
};

/// What the environment tells of the terminal and the person.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `NO_COLOR`: the person wants none, if it is set to anything but nothing (no-color.org).
    pub no_color: Option<String>,
    /// `COLORFGBG`, which some terminals set: the numbers of their text's and background's colour.
    pub colorfgbg: Option<String>,
    /// `TERM`.
    pub term: Option<String>,
    /// `COLORTERM`.
    pub colorterm: Option<String>,
    /// `TERM_PROGRAM`, and `LC_TERMINAL`, which some hosts pass on over SSH: the terminal's name.
    pub program: Vec<String>,
    /// Whether `TMUX`, `STY` or `ZELLIJ` tell of a program between this one and the terminal.
    pub within: bool,
}

impl Surroundings {
    /// Those that this program runs in.
    pub fn of_this_program() -> Surroundings {
        Surroundings::read(|name| {
            std::env::var_os(name).map(|text| text.to_string_lossy().into_owned())
        })
    }

    /// What variables of the environment tell.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Surroundings {
        let names = ["TERM_PROGRAM", "LC_TERMINAL"];
        let within = ["TMUX", "STY", "ZELLIJ"];
        Surroundings {
            no_color: variable("NO_COLOR"),
            colorfgbg: variable("COLORFGBG"),
            term: variable("TERM"),
            colorterm: variable("COLORTERM"),
            program: names.iter().filter_map(|name| variable(name)).collect(),
            within: within
                .iter()
                .any(|name| variable(name).is_some_and(|text| !text.is_empty())),
        }
    }

    /// Whether another program draws the screen for the terminal.
    pub(super) fn is_within_another(&self) -> bool {
        let term = self.term.as_deref().unwrap_or_default();
        self.within || term.starts_with("tmux") || term.starts_with("screen")
    }

    /// Whether the terminal is a console, which has no pictures and writes out a question it does not know.
    pub(super) fn is_console(&self) -> bool {
        matches!(self.term.as_deref(), Some("linux" | "dumb" | "cons25"))
    }

    /// Whether the terminal is one of those that have kitty's pictures, by its own `TERM`.
    pub(super) fn names_kitty(&self) -> bool {
        matches!(self.term.as_deref(), Some("xterm-kitty" | "xterm-ghostty"))
    }

    /// Whether the terminal calls itself iTerm.
    pub(super) fn names_iterm(&self) -> bool {
        let mut programs = self.program.iter();
        programs.any(|name| name == "iTerm.app" || name == "iTerm2")
    }

    /// Whether the terminal has more than 16 colours, as far as it says.
    pub(super) fn has_many_colours(&self) -> bool {
        let says = |text: &Option<String>, word: &str| {
            text.as_ref().is_some_and(|text| text.contains(word))
        };
        says(&self.term, "256color")
            || says(&self.term, "direct")
            || self.colorterm.as_ref().is_some_and(|text| !text.is_empty())
    }

    /// Whether the terminal has all colours, as far as it says.
    pub(super) fn has_all_colours(&self) -> bool {
        let colorterm = self.colorterm.as_deref();
        colorterm.is_some_and(|text| text.contains("truecolor") || text.contains("24bit"))
    }

    /// The theme for the background that the terminal tells of.
    fn background(&self) -> Option<ThemeName> {
        let (_, background) = self.colorfgbg.as_ref()?.rsplit_once(';')?;
        match background.parse::<u8>().ok()? {
            0..=6 | 8 => Some(ThemeName::Dark),
            7 | 15 => Some(ThemeName::Light),
            _ => None,
        }
    }
}

impl Theme {
    /// With the terminal's own colours, or with bold, dim and underline only.
    pub fn new(colour: bool) -> Theme {
        Theme {
            palette: colour.then_some(&SIXTEEN),
            contrast: false,
            linear: false,
        }
    }

    /// The theme that a person chose, as far as the terminal can show it. One that is named is
    /// shown also where `NO_COLOR` is set, as no-color.org wants it.
    pub fn chosen(name: ThemeName, around: &Surroundings) -> Theme {
        let name = match name {
            ThemeName::Auto
                if around
                    .no_color
                    .as_ref()
                    .is_some_and(|text| !text.is_empty()) =>
            {
                ThemeName::None
            }
            ThemeName::Auto => around.background().unwrap_or(ThemeName::Sixteen),
            name => name,
        };
        let many = around.has_many_colours();
        let palette = match name {
            ThemeName::Dark if many => Some(&DARK),
            ThemeName::Light if many => Some(&LIGHT),
            ThemeName::None | ThemeName::HighContrast => None,
            _ => Some(&SIXTEEN),
        };
        Theme {
            palette,
            contrast: name == ThemeName::HighContrast,
            linear: false,
        }
    }

    /// The same, laid out for screen readers or not.
    pub fn linear(self, linear: bool) -> Theme {
        Theme { linear, ..self }
    }

    /// Whether the screen is laid out for screen readers: no lines are drawn.
    pub fn is_linear(self) -> bool {
        self.linear
    }

    /// Whether colours are written at all.
    pub fn has_colour(self) -> bool {
        self.palette.is_some()
    }

    fn colour(self, style: Style, colour: impl Fn(&Palette) -> Color) -> Style {
        self.palette
            .map_or(style, |palette| style.fg(colour(palette)))
    }

    /// Bold, and reversed where contrast is all there is.
    fn marked(self) -> Style {
        if self.contrast {
            self.strong().add_modifier(Modifier::REVERSED)
        } else {
            self.strong()
        }
    }

    /// Ordinary text.
    pub fn text(self) -> Style {
        Style::new()
    }

    /// What matters less: times, counts, system lines, marks for hidden characters.
    pub fn quiet(self) -> Style {
        match self.palette.map(|palette| palette.quiet) {
            Some(Some(colour)) => Style::new().fg(colour),
            _ if self.contrast => Style::new(),
            _ => Style::new().add_modifier(Modifier::DIM),
        }
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
            self.colour(Style::new(), |palette| palette.sender)
        }
    }

    /// A hit of the search.
    pub fn hit(self, base: Style) -> Style {
        base.add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
    }

    /// What a person must not miss.
    pub fn warning(self) -> Style {
        self.colour(self.marked(), |palette| palette.warning)
    }

    /// What was saved.
    pub fn good(self) -> Style {
        self.colour(Style::new(), |palette| palette.good)
    }

    /// The letter of a decision.
    pub fn decision(self, decision: Decision) -> Style {
        match decision {
            Decision::Undecided => self.quiet(),
            Decision::Official => self.colour(self.marked(), |palette| palette.official),
            Decision::Personal => self.colour(self.marked(), |palette| palette.personal),
            Decision::Mixed => self.colour(self.marked(), |palette| palette.mixed),
            Decision::Context => self.colour(self.marked(), |palette| palette.context),
            Decision::Refer => self.colour(self.marked(), |palette| palette.refer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red, green and blue of a colour from 16 on (xterm's cube of 6 by 6 by 6, then 24 greys).
    fn rgb(colour: Color) -> [f64; 3] {
        let Color::Indexed(number) = colour else {
            panic!("{colour:?} is the terminal's own");
        };
        if let Some(grey) = number.checked_sub(232) {
            return [f64::from(8 + 10 * u32::from(grey)); 3];
        }
        let at = number.checked_sub(16).unwrap();
        [at / 36, at / 6 % 6, at % 6].map(|step| match step {
            0 => 0.0,
            step => f64::from(55 + 40 * u32::from(step)),
        })
    }

    /// Relative luminance, as WCAG 2 defines it.
    fn luminance(rgb: [f64; 3]) -> f64 {
        let [r, g, b] = rgb.map(|value| match value / 255.0 {
            low if low <= 0.04045 => low / 12.92,
            high => ((high + 0.055) / 1.055).powf(2.4),
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    #[test]
    fn dark_and_light_can_be_read_on_their_backgrounds() {
        // Backgrounds in use are seldom quite black or white.
        for (palette, background) in [(DARK, 40.0), (LIGHT, 245.0)] {
            let ground = luminance([background; 3]);
            let colours = [
                palette.quiet.unwrap(),
                palette.sender,
                palette.warning,
                palette.good,
                palette.official,
                palette.personal,
                palette.mixed,
                palette.context,
                palette.refer,
            ];
            for colour in colours {
                let light = luminance(rgb(colour));
                let contrast = (light.max(ground) + 0.05) / (light.min(ground) + 0.05);
                // WCAG 2, level AA.
                assert!(contrast >= 4.5, "{colour:?} on {background}: {contrast:.1}");
            }
        }
    }

    fn around(no_color: &str, colorfgbg: &str, term: &str) -> Surroundings {
        Surroundings {
            no_color: Some(no_color.into()),
            colorfgbg: Some(colorfgbg.into()),
            term: Some(term.into()),
            ..Surroundings::default()
        }
    }

    #[test]
    fn nothing_is_guessed_of_a_terminal_that_tells_nothing() {
        let own = Theme::new(true);
        let chosen = |name, no_color, colorfgbg, term| {
            Theme::chosen(name, &around(no_color, colorfgbg, term))
        };
        let many = "xterm-256color";
        assert_eq!(chosen(ThemeName::Auto, "", "", many), own);
        assert_eq!(chosen(ThemeName::Auto, "", "15;default", many), own);
        assert_eq!(chosen(ThemeName::Auto, "", "0;15", "xterm"), own);
        assert_eq!(
            chosen(ThemeName::Auto, "1", "0;15", many),
            Theme::new(false)
        );
        assert_eq!(chosen(ThemeName::None, "", "0;15", many), Theme::new(false));
        let light = chosen(ThemeName::Auto, "", "0;default;15", many);
        assert_eq!(light.palette, Some(&LIGHT));
        assert_eq!(
            chosen(ThemeName::Auto, "", "15;0", many).palette,
            Some(&DARK)
        );
        // What is chosen by name is shown, as far as the terminal can.
        assert_eq!(chosen(ThemeName::Dark, "1", "", many).palette, Some(&DARK));
        assert_eq!(chosen(ThemeName::Dark, "", "", "linux"), own);
        assert!(!chosen(ThemeName::HighContrast, "", "", many).has_colour());
    }
}
