//! The terminal: the only file that writes escape codes.
//!
//! [`Painter`] turns two screens into the fewest bytes that lead from one to the other, with scroll
//! regions where rows moved; a frame is one write, wrapped in synchronized output. [`Terminal`]
//! enters and leaves the screen's modes and leaves nothing behind on any way out: a normal end, a
//! signal, a suspension, a panic.
//!
//! What reaches the terminal is made of this file's own sequences and of the cells of a screen,
//! and a cell is written only if it holds no control character: the second lock behind
//! [`crate::text`].

mod ask;
mod back;
pub mod input;
pub mod pictures;

pub use back::{restore, restore_for_good};

use super::moved;
use crate::guard::is_guarded;
use crate::text::{Shown, base64};
use crossterm::terminal as modes;
use pictures::Placed;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The smallest window that can be reviewed in, in columns and rows.
pub const SMALLEST: (u16, u16) = (20, 5);
/// The largest screen that is drawn, in columns and rows; what lies beyond stays empty.
pub const LARGEST: (u16, u16) = (500, 200);

/// The byte that begins every escape code.
const ESC: u8 = 0x1B;
/// Alternate screen, bracketed paste, cursor hidden, all clear.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[m\x1b[2J";
/// The end of a frame, plain style, the whole window scrolls, no mouse, paste as typed, cursor shown, the
/// screen that was there before.
const LEAVE: &[u8] =
    b"\x1b[?2026l\x1b[m\x1b[r\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?25h\x1b[?1049l";
/// Presses and wheel of the mouse, told in the form that knows no largest column (SGR).
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// The longest text that is copied, in bytes: terminals cap what they take, at unlike lengths.
pub const LONGEST_COPY: usize = 48 * 1024;
const BEGIN_FRAME: &[u8] = b"\x1b[?2026h";
const END_FRAME: &[u8] = b"\x1b[?2026l";

/// Why there is no screen to review in.
#[derive(Debug, thiserror::Error)]
pub enum NoScreen {
    /// Input or output is not a terminal.
    #[error(
        "there is no terminal here; `docket threads`, `docket search QUERY` and `docket tag DECISION QUERY` do the same work"
    )]
    NotATerminal,
    /// The terminal says that it cannot place text.
    #[error(
        "this terminal (TERM={0}) cannot show a screen; `docket threads`, `docket search QUERY` and `docket tag DECISION QUERY` do the same work"
    )]
    Dumb(String),
    /// The window is too small.
    #[error(
        "the window is {0} by {1}; the review screen needs 20 by 5: enlarge it, or use `docket threads`, `docket search QUERY` and `docket tag DECISION QUERY`"
    )]
    TooSmall(u16, u16),
    /// The terminal refused its modes.
    #[error(
        "the terminal cannot be set up: {0}; `docket threads`, `docket search QUERY` and `docket tag DECISION QUERY` do the same work"
    )]
    Io(#[from] io::Error),
}

/// Rows of the screen that moved since the last frame: a hint, never needed for a right picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scroll {
    /// First row of the region.
    pub top: u16,
    /// One past its last row.
    pub bottom: u16,
    /// Rows by which the text moved up; negative: down.
    pub up: i16,
}

/// Where the cursor rests, and whether it can be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Column, from 0.
    pub x: u16,
    /// Row, from 0.
    pub y: u16,
    /// Shown where a person types; elsewhere it only tells a screen reader the selected row.
    pub shown: bool,
}

/// What is on the screen, and how to lead from there to the next frame.
#[derive(Debug)]
pub struct Painter {
    shown: Option<Buffer>,
    cursor: Option<Cursor>,
    colour: bool,
    /// The picture on the screen.
    pictured: Option<Placed>,
    /// The picture that is to be there.
    wanted: Option<Placed>,
}

impl Painter {
    /// A painter before its first frame. Without `colour` only bold, dim, underline and reverse
    /// are written (`NO_COLOR`).
    pub fn new(colour: bool) -> Painter {
        Painter {
            shown: None,
            cursor: None,
            colour,
            pictured: None,
            wanted: None,
        }
    }

    /// The picture that the next frames have, in the protocol of the terminal; it stands where they are
    /// blank, and is left out where they are not.
    pub fn place(&mut self, picture: Option<Placed>) {
        self.wanted = picture;
    }

    /// Forgets what is on the screen: the next frame is drawn whole.
    pub fn forget(&mut self) {
        self.shown = None;
        self.cursor = None;
    }

    /// The bytes that bring `next` to the screen; none when nothing differs.
    pub fn frame(&mut self, next: &Buffer, cursor: Cursor, scroll: Option<Scroll>) -> Vec<u8> {
        let wanted = self.wanted.clone().filter(|placed| is_free(next, placed));
        let pictures = self.pictured.is_some() || wanted.is_some();
        let removal = self
            .pictured
            .take_if(|pictured| Some(&*pictured) != wanted.as_ref())
            .map(|pictured| pictured.picture.removal());
        let known = self
            .shown
            .take()
            .filter(|shown| shown.area == next.area && removal != Some(None));
        let clear = known.is_none();
        let from = known.unwrap_or_else(|| Buffer::empty(next.area));

        let mut pen = Pen::new(self.colour);
        if clear {
            pen.out.extend_from_slice(b"\x1b[m\x1b[2J");
            self.cursor = None;
        }
        let still = self.pictured.as_ref().filter(|_| clear);
        let removal = removal.or(still.map(|pictured| pictured.picture.removal()));
        pen.out
            .extend_from_slice(removal.flatten().unwrap_or_default());
        pen.changes(&from, next);
        let guessed = moved::guess(&from, next).filter(|guess| Some(*guess) != scroll);
        // Rows that move would take a picture along, or a part of it.
        let may_scroll = !clear && !pictures;
        for scroll in [scroll, guessed]
            .into_iter()
            .flatten()
            .filter(|_| may_scroll)
        {
            let mut other = Pen::new(self.colour);
            let moved = other.scroll(&from, scroll);
            other.changes(&moved, next);
            if other.out.len() < pen.out.len() {
                pen = other;
            }
        }
        self.shown = Some(next.clone());
        if let Some(placed) = wanted.filter(|_| clear || self.pictured.is_none()) {
            pen.plain();
            pen.go(placed.x, placed.y);
            pen.out.extend_from_slice(placed.picture.code());
            pen.at = None;
            back::pictured(placed.picture.removal().is_some());
            self.pictured = Some(placed);
        }

        let written = !pen.out.is_empty();
        if !written && self.cursor == Some(cursor) {
            return Vec::new();
        }
        pen.plain();
        pen.go(cursor.x, cursor.y);
        let was_shown = self.cursor.is_some_and(|before| before.shown);
        if cursor.shown != was_shown {
            pen.out.extend_from_slice(if cursor.shown {
                b"\x1b[?25h"
            } else {
                b"\x1b[?25l"
            });
        }
        self.cursor = Some(cursor);
        let mut bytes = Vec::with_capacity(pen.out.len() + BEGIN_FRAME.len() + END_FRAME.len());
        bytes.extend_from_slice(BEGIN_FRAME);
        bytes.extend_from_slice(&pen.out);
        bytes.extend_from_slice(END_FRAME);
        bytes
    }
}

/// Whether nothing stands where a picture is to stand, and all of it is on the screen.
fn is_free(screen: &Buffer, placed: &Placed) -> bool {
    let (columns, rows) = (placed.picture.columns, placed.picture.rows);
    let all = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row)));
    let mut cells = all.map(|(column, row)| {
        let place = (
            placed.x.saturating_add(column),
            placed.y.saturating_add(row),
        );
        screen.cell(place)
    });
    cells.all(|cell| cell.is_some_and(is_blank))
}

/// The terminal's own cursor and style while a frame is written.
struct Pen {
    out: Vec<u8>,
    /// Column, where it is known; and row.
    at: Option<(Option<u16>, u16)>,
    style: Look,
    colour: bool,
}

/// The part of a style that is written.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

const PLAIN: Look = Look {
    fg: Color::Reset,
    bg: Color::Reset,
    modifier: Modifier::empty(),
};

/// Clean cells that are rewritten rather than jumped over.
const SHORT_GAP: usize = 4;

impl Pen {
    fn new(colour: bool) -> Pen {
        Pen {
            out: Vec::new(),
            at: None,
            style: PLAIN,
            colour,
        }
    }

    /// Lets the terminal move rows, and gives what it then shows.
    fn scroll(&mut self, from: &Buffer, scroll: Scroll) -> Buffer {
        let mut moved = from.clone();
        let rows = scroll.up.unsigned_abs();
        let bottom = scroll.bottom.min(from.area.height);
        if scroll.top.saturating_add(rows) >= bottom || rows == 0 {
            return moved;
        }
        let (from_row, way) = if scroll.up > 0 { (rows, 'S') } else { (0, 'T') };
        for y in scroll.top..bottom {
            let source = if way == 'S' {
                y.checked_add(from_row)
            } else {
                y.checked_sub(rows)
            };
            let source = source.filter(|row| (scroll.top..bottom).contains(row));
            for x in 0..from.area.width {
                let cell = source
                    .and_then(|row| from.cell((x, row)))
                    .cloned()
                    .unwrap_or_default();
                if let Some(place) = moved.cell_mut((x, y)) {
                    *place = cell;
                }
            }
        }
        let first = scroll.top.saturating_add(1);
        let count = if rows == 1 {
            String::new()
        } else {
            rows.to_string()
        };
        let code = format!("\x1b[{first};{bottom}r\x1b[{count}{way}\x1b[r");
        self.out.extend_from_slice(code.as_bytes());
        self.at = None;
        moved
    }

    /// Writes what differs, row by row.
    fn changes(&mut self, from: &Buffer, next: &Buffer) {
        let width = usize::from(next.area.width).max(1);
        let rows = from
            .content()
            .chunks(width)
            .zip(next.content().chunks(width));
        for (y, (old, new)) in rows.enumerate() {
            if old != new {
                self.row(u16::try_from(y).unwrap_or(u16::MAX), old, new);
            }
        }
    }

    fn row(&mut self, y: u16, old: &[Cell], new: &[Cell]) {
        let dirty = Dirty::of(old, new);
        let end_new = end_of(new);
        let mut x = 0;
        while let Some(start) = dirty.next(x) {
            if dirty.erase_from == Some(start) || start >= end_new {
                self.plain();
                self.go(column(start), y);
                self.out.extend_from_slice(b"\x1b[K");
            }
            if start >= end_new {
                return;
            }
            x = start;
            while x < end_new {
                let Some(cell) = new.get(x) else { return };
                if !dirty.is(x) {
                    let gap_ends = dirty.next(x).unwrap_or(usize::MAX);
                    let short = gap_ends.saturating_sub(x) <= SHORT_GAP;
                    let bridge = || {
                        new.get(x..gap_ends).is_some_and(|gap| {
                            gap.iter().all(|clean| {
                                symbol(clean).is_ascii() && look(clean, self.colour) == self.style
                            })
                        })
                    };
                    if !short || !bridge() {
                        break;
                    }
                }
                if dirty.erase_from == Some(x) && x > start {
                    break;
                }
                self.go(column(x), y);
                let width = symbol(cell).width().max(1);
                if width > 1 && !is_certain(symbol(cell)) {
                    let erased = dirty.erase_from.is_some_and(|from| from <= x);
                    let blank = |cells: &[Cell]| cells.iter().all(is_blank);
                    if !erased && !old.get(x..x + width).is_some_and(blank) {
                        self.blanks(width, column(x), y);
                    }
                }
                x += self.cell(cell, new.len() - x);
            }
        }
    }

    /// Writes one cell where the cursor stands; gives the columns it covers.
    fn cell(&mut self, cell: &Cell, room: usize) -> usize {
        let symbol = symbol(cell);
        let next = look(cell, self.colour);
        let lined = Modifier::UNDERLINED | Modifier::REVERSED;
        // The weight and the colour of a blank cannot be seen; its ground can.
        let seen = (next.modifier | self.style.modifier).intersects(lined);
        if symbol != " " || seen || next.bg != self.style.bg {
            self.look(next);
        }
        self.out.extend_from_slice(within(symbol, room).as_bytes());
        let width = symbol.width().max(1);
        self.at = match self.at {
            // After the last column the cursor waits to wrap: where it is differs by terminal.
            _ if width >= room => None,
            Some((Some(x), y)) if is_certain(symbol) => {
                Some((Some(x.saturating_add(column(width))), y))
            }
            Some((_, y)) => Some((None, y)),
            None => None,
        };
        width
    }

    /// Writes blanks where something of disputed width is to stand, and goes back: a terminal that
    /// draws it in one column would else keep what stood in the next.
    fn blanks(&mut self, width: usize, x: u16, y: u16) {
        self.out.resize(self.out.len() + width, b' ');
        self.at = Some((None, y));
        self.go(x, y);
    }

    fn plain(&mut self) {
        self.look(PLAIN);
    }

    fn look(&mut self, next: Look) {
        if next == self.style {
            return;
        }
        let added = next.modifier.difference(self.style.modifier);
        let removed = self.style.modifier.difference(next.modifier);
        let colour_changes = next.fg != self.style.fg;
        let ground_changes = next.bg != self.style.bg;
        let back_to_default = (colour_changes && next.fg == Color::Reset)
            || (ground_changes && next.bg == Color::Reset);
        if next == PLAIN {
            self.out.extend_from_slice(b"\x1b[m");
        } else {
            let mut codes: Vec<u8> = Vec::with_capacity(6);
            let modifiers = if removed.is_empty() && !back_to_default {
                added
            } else {
                codes.push(0);
                next.modifier
            };
            codes.extend(
                MODIFIERS
                    .iter()
                    .filter(|(m, _)| modifiers.contains(*m))
                    .map(|(_, c)| c),
            );
            if colour_changes || codes.first() == Some(&0) {
                match next.fg {
                    Color::Indexed(number) => codes.extend([38, 5, number]),
                    Color::Rgb(red, green, blue) => codes.extend([38, 2, red, green, blue]),
                    own => codes.extend(colour_code(own)),
                }
            }
            if ground_changes || codes.first() == Some(&0) {
                match next.bg {
                    Color::Indexed(number) => codes.extend([48, 5, number]),
                    Color::Rgb(red, green, blue) => codes.extend([48, 2, red, green, blue]),
                    _ => {}
                }
            }
            let codes: Vec<String> = codes.iter().map(u8::to_string).collect();
            let code = format!("\x1b[{}m", codes.join(";"));
            self.out.extend_from_slice(code.as_bytes());
        }
        self.style = next;
    }

    /// Moves the cursor, by the shortest way.
    fn go(&mut self, x: u16, y: u16) {
        let code = match self.at {
            Some((Some(column), row)) if row == y && column == x => return,
            Some((Some(column), row)) if row == y && column < x => match x - column {
                1 => "\x1b[C".to_string(),
                right => format!("\x1b[{right}C"),
            },
            Some((_, row)) if row == y && x == 0 => "\r".to_string(),
            Some((_, row)) if row == y => format!("\x1b[{}G", x + 1),
            Some((_, row)) if x == 0 && row.checked_add(1) == Some(y) => "\r\n".to_string(),
            _ if x == 0 => format!("\x1b[{}H", y + 1),
            _ => format!("\x1b[{};{}H", y + 1, x + 1),
        };
        self.out.extend_from_slice(code.as_bytes());
        self.at = Some((Some(x), y));
    }
}

const MODIFIERS: [(Modifier, u8); 5] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::REVERSED, 7),
];

/// The 16 colours that every terminal has; none for the default and for any other. Those of the 256
/// that are numbered need a longer code.
fn colour_code(colour: Color) -> Option<u8> {
    Some(match colour {
        Color::Black => 30,
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        Color::Gray => 37,
        Color::DarkGray => 90,
        Color::LightRed => 91,
        Color::LightGreen => 92,
        Color::LightYellow => 93,
        Color::LightBlue => 94,
        Color::LightMagenta => 95,
        Color::LightCyan => 96,
        Color::White => 97,
        _ => return None,
    })
}

fn look(cell: &Cell, colour: bool) -> Look {
    let is_exact = |colour: Color| matches!(colour, Color::Indexed(_) | Color::Rgb(..));
    Look {
        fg: if colour && (colour_code(cell.fg).is_some() || is_exact(cell.fg)) {
            cell.fg
        } else {
            Color::Reset
        },
        // Only pictures have a ground of their own.
        bg: if colour && is_exact(cell.bg) {
            cell.bg
        } else {
            Color::Reset
        },
        modifier: cell.modifier,
    }
}

fn column(x: usize) -> u16 {
    u16::try_from(x).unwrap_or(u16::MAX)
}

/// What is written for a cell: never a control character.
fn symbol(cell: &Cell) -> &str {
    let symbol = cell.symbol();
    if symbol.is_empty() || symbol.chars().any(char::is_control) {
        " "
    } else {
        symbol
    }
}

fn is_blank(cell: &Cell) -> bool {
    symbol(cell) == " " && look(cell, true) == PLAIN
}

/// One past the last cell of a row that is not blank.
fn end_of(row: &[Cell]) -> usize {
    row.iter()
        .rposition(|cell| !is_blank(cell))
        .map_or(0, |last| {
            last + row.get(last).map_or(1, |cell| symbol(cell).width().max(1))
        })
}

/// Whether every terminal gives this the width that we do: one character that is a letter, a digit,
/// ASCII, or one of the signs this program draws with. Emoji and joined characters are not.
fn is_certain(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    match (chars.next(), chars.next()) {
        (Some(one), None) => {
            one.is_ascii()
                || one.is_alphanumeric()
                || matches!(
                    one,
                    '·' | '─'
                        | '▀'
                        | '…'
                        | '–'
                        | '—'
                        | '‘'
                        | '’'
                        | '“'
                        | '”'
                        | '⟪'
                        | '⟫'
                        | '£'
                        | '€'
                )
        }
        _ => false,
    }
}

/// The columns that a terminal takes which does not join characters.
fn apart(symbol: &str) -> usize {
    symbol.chars().filter_map(UnicodeWidthChar::width).sum()
}

/// What is written of a symbol before the end of its row: all of it, or its first character where a
/// terminal that does not join characters would run on into the next row, or scroll the last one.
fn within(symbol: &str, room: usize) -> &str {
    let first = symbol.chars().next().map_or(0, char::len_utf8);
    match symbol.get(..first) {
        Some(base) if apart(symbol) > room => base,
        _ => symbol,
    }
}

/// Which cells of a row have to be written.
struct Dirty {
    cells: Vec<bool>,
    /// From here the terminal may show something other than we believe: erase first.
    erase_from: Option<usize>,
}

impl Dirty {
    fn of(old: &[Cell], new: &[Cell]) -> Dirty {
        let mut cells = vec![false; new.len()];
        // A wide character that goes leaves its second column blank.
        let mut spill = 0;
        for ((mark, before), after) in cells.iter_mut().zip(old).zip(new) {
            let changed = before != after;
            *mark = changed || spill > 0;
            spill = if changed {
                spill.max(symbol(before).width())
            } else {
                spill
            }
            .saturating_sub(1);
        }
        // A column under a wide character of the new row is not written.
        let mut covered = 0;
        for (mark, after) in cells.iter_mut().zip(new) {
            if covered > 0 {
                *mark = false;
                covered -= 1;
            } else {
                covered = symbol(after).width().saturating_sub(1);
            }
        }
        let doubtful = old.iter().position(|cell| !is_certain(symbol(cell)));
        let last = cells.iter().rposition(|dirty| *dirty);
        let erase_from = doubtful.filter(|from| last.is_some_and(|last| last >= *from));
        if let Some(from) = erase_from {
            let mut covered = 0;
            for (x, (mark, after)) in cells.iter_mut().zip(new).enumerate() {
                if covered > 0 {
                    covered -= 1;
                    continue;
                }
                covered = symbol(after).width().saturating_sub(1);
                *mark |= x >= from;
            }
        }
        // A terminal that does not join characters draws them over the columns that follow.
        let (mut covered, mut spilled) = (0, 0_usize);
        for (mark, after) in cells.iter_mut().zip(new) {
            spilled = spilled.saturating_sub(1);
            if covered > 0 {
                covered -= 1;
                continue;
            }
            *mark |= spilled > 0;
            covered = symbol(after).width().saturating_sub(1);
            if *mark && !is_certain(symbol(after)) {
                spilled = spilled.max(apart(symbol(after)));
            }
        }
        // Where the erased part begins under a wide character, it begins at the next cell written.
        let erase_from =
            erase_from.and_then(|from| (from..cells.len()).find(|x| cells.get(*x) == Some(&true)));
        Dirty { cells, erase_from }
    }

    fn is(&self, x: usize) -> bool {
        self.cells.get(x).copied().unwrap_or(false)
    }

    fn next(&self, from: usize) -> Option<usize> {
        (from..self.cells.len()).find(|x| self.is(*x))
    }
}

/// The terminal's device, unbuffered.
pub type Tty = File;

/// A terminal in the modes of the review screen. Dropping it restores everything.
#[derive(Debug)]
pub struct Terminal<W: Write> {
    out: W,
    painter: Painter,
    /// Bytes written since the start.
    pub bytes: u64,
    modes: bool,
    active: bool,
    mouse: bool,
}

impl Terminal<Tty> {
    /// Takes over the terminal that standard output is.
    ///
    /// # Errors
    /// [`NoScreen`] where there is none that can be used.
    pub fn enter(colour: bool) -> Result<Terminal<Tty>, NoScreen> {
        let stdout = io::stdout();
        if !stdout.is_terminal() || !io::stdin().is_terminal() {
            return Err(NoScreen::NotATerminal);
        }
        let term = std::env::var("TERM").unwrap_or_default();
        if term == "dumb" {
            return Err(NoScreen::Dumb(term));
        }
        let (width, height) = size();
        if width < SMALLEST.0 || height < SMALLEST.1 {
            return Err(NoScreen::TooSmall(width, height));
        }
        // An unbuffered handle: a frame is one write.
        let out = File::from(stdout.as_fd().try_clone_to_owned()?);
        let mut terminal = Terminal {
            out,
            painter: Painter::new(colour),
            bytes: 0,
            modes: true,
            active: false,
            mouse: false,
        };
        terminal.resume()?;
        Ok(terminal)
    }
}

impl<W: Write> Terminal<W> {
    /// A terminal that is only a stream of bytes, for measuring.
    pub fn over(out: W, colour: bool) -> Terminal<W> {
        Terminal {
            out,
            painter: Painter::new(colour),
            bytes: 0,
            modes: false,
            active: true,
            mouse: false,
        }
    }

    /// Draws a frame in one write; none when nothing differs or the screen is not ours now.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(
        &mut self,
        next: &Buffer,
        cursor: Cursor,
        scroll: Option<Scroll>,
    ) -> io::Result<()> {
        if !self.active {
            return Ok(());
        }
        let bytes = self.painter.frame(next, cursor, scroll);
        if bytes.is_empty() {
            return Ok(());
        }
        self.put(&bytes)
    }

    /// The picture that the next frames have; see [`Painter::place`].
    pub fn place(&mut self, picture: Option<Placed>) {
        self.painter.place(picture);
    }

    /// Asks the terminal what it can show; [`input::Told`] is the answer, if one comes.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn ask(&mut self, within_another: bool) -> io::Result<()> {
        ask::sent();
        self.say(&ask::questions(within_another))
    }

    /// Takes the screen (again), after a start or a suspension; the next frame is drawn whole.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn resume(&mut self) -> io::Result<()> {
        if self.modes {
            let out = &mut self.out;
            back::in_turn(|| {
                if back::is_entered() {
                    // A shell may have changed the modes while we were stopped from outside.
                    modes::disable_raw_mode()?;
                }
                modes::enable_raw_mode()?;
                back::entered();
                out.write_all(ENTER)?;
                if self.mouse {
                    out.write_all(MOUSE_ON)?;
                }
                out.flush()
            })?;
        }
        self.painter.forget();
        self.active = true;
        Ok(())
    }

    /// Gives the terminal back as it was.
    pub fn leave(&mut self) {
        self.active = false;
        if self.modes {
            restore();
        }
    }

    /// Stops this program and its job, as Ctrl-Z does everywhere; returns once it was continued.
    /// [`Terminal::resume`] is to follow when SIGCONT is reported.
    pub fn suspend(&mut self) {
        self.leave();
        // A SIGTSTP sent to oneself is dropped where no shell waits; a SIGSTOP is not.
        let _ = rustix::process::kill_current_process_group(rustix::process::Signal::STOP);
    }

    /// Draws the next frame whole.
    pub fn forget(&mut self) {
        self.painter.forget();
    }

    /// Hands text to the terminal's clipboard (OSC 52): what went through [`crate::text`], in
    /// base64, so that nothing of it can be an instruction. A terminal may ignore it.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn copy(&mut self, text: &Shown) -> io::Result<()> {
        let code = format!("\x1b]52;c;{}\x1b\\", base64(text.as_str().as_bytes()));
        self.say(code.as_bytes())
    }

    /// Asks the terminal to tell of the mouse's wheel, or leaves the mouse to it.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        self.say(if on { MOUSE_ON } else { MOUSE_OFF })
    }

    fn say(&mut self, code: &[u8]) -> io::Result<()> {
        if !self.active {
            return Ok(());
        }
        self.put(code)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        let out = &mut self.out;
        let mut write = || out.write_all(bytes).and_then(|()| out.flush());
        match self.modes {
            true => back::in_turn(write),
            false => write(),
        }
    }
}

impl<W: Write> Drop for Terminal<W> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// The window in columns and rows, no more than [`LARGEST`]; 80 by 24 where the terminal says
/// nothing of use.
pub fn size() -> (u16, u16) {
    match modes::size() {
        Ok((width, height)) if width > 0 && height > 0 => {
            (width.min(LARGEST.0), height.min(LARGEST.1))
        }
        _ => (80, 24),
    }
}

/// How many pixels a cell is wide and high, where the terminal's device tells it.
pub fn cell() -> Option<(u16, u16)> {
    let window = modes::window_size().ok()?;
    let pixels = |all: u16, cells: u16| all.checked_div(cells).filter(|pixels| *pixels > 0);
    pixels(window.width, window.columns).zip(pixels(window.height, window.rows))
}

/// The area of a window of this size.
pub fn area(size: (u16, u16)) -> Rect {
    Rect::new(0, 0, size.0, size.1)
}

/// Makes a panic, in any thread, restore the terminal before it is told as it was told before, and
/// end the program: a screen without one of its threads would wait for ever.
pub fn install_panic_hook() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if is_guarded() {
            return;
        }
        restore_for_good();
        tell(panic);
        std::process::exit(101);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::style::Style;

    /// A screen with these rows; `#` before a row makes it bold.
    fn screen(width: u16, rows: &[String]) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, rows.len() as u16));
        for (y, row) in rows.iter().enumerate() {
            let (text, style) = match row.strip_prefix('#') {
                Some(text) => (
                    text,
                    Style::new().fg(Color::Green).add_modifier(Modifier::BOLD),
                ),
                None => (row.as_str(), Style::new()),
            };
            buffer.set_stringn(0, y as u16, text, usize::from(width), style);
        }
        buffer
    }

    /// What a terminal shows after these frames.
    fn shown(frames: &[Vec<u8>], width: u16, height: u16) -> Vec<String> {
        let size = |n: u16| std::num::NonZero::new(n).unwrap();
        let mut terminal = vt100::Parser::new(size(height), size(width), 0);
        for frame in frames {
            terminal.process(frame);
        }
        terminal
            .screen()
            .rows(0, width)
            .map(|row| row.trim_end().to_owned())
            .collect()
    }

    fn expected(buffer: &Buffer) -> Vec<String> {
        let width = usize::from(buffer.area.width);
        buffer
            .content()
            .chunks(width)
            .map(|row| {
                let mut text = String::new();
                let mut covered = 0;
                for cell in row {
                    if covered > 0 {
                        covered -= 1;
                        continue;
                    }
                    text += cell.symbol();
                    covered = cell.symbol().width().saturating_sub(1);
                }
                text.trim_end().to_owned()
            })
            .collect()
    }

    fn row() -> impl Strategy<Value = String> {
        prop_oneof![
            3 => "#?[a-e ]{0,14}",
            1 => "#?[ab会議é ]{0,8}",
            1 => "#?(a|b|🐣|❤\u{fe0f}|e\u{301}| ){0,6}",
        ]
    }

    proptest! {
        #[test]
        fn a_terminal_shows_what_was_drawn(
            frames in prop::collection::vec(prop::collection::vec(row(), 6), 1..8),
            hints in prop::collection::vec((0_u16..6, 0_u16..7, -4_i16..5), 8),
        ) {
            let mut painter = Painter::new(true);
            let mut bytes = Vec::new();
            for (rows, (top, bottom, up)) in frames.iter().zip(&hints) {
                let buffer = screen(12, rows);
                let hint = Scroll { top: *top, bottom: *bottom, up: *up };
                bytes.push(painter.frame(&buffer, Cursor::default(), Some(hint)));
                prop_assert_eq!(shown(&bytes, 12, 6), expected(&buffer));
            }
        }
    }

    #[test]
    fn a_terminal_that_draws_emoji_narrow_keeps_nothing_of_what_stood_there() {
        let mut painter = Painter::new(true);
        let mut bytes = Vec::new();
        // Without U+FE0F the emulator gives these one column, as tmux 3.3 does with it.
        for (row, wanted) in [
            ("Daylight", "Daylight"),
            ("Day ❤\u{fe0f}go", "Day ❤ go"),
            ("1\u{fe0f}\u{20e3}light", "1\u{20e3} light"),
            ("#Daylight", "Daylight"),
            ("#Day❤\u{fe0f}ght", "Day❤ ght"),
            ("Daylight ❤\u{fe0f}", "Daylight ❤"),
            ("Daylight!!!!", "Daylight!!!!"),
            ("Daylight!!❤\u{fe0f}", "Daylight!!❤"),
        ] {
            let buffer = screen(12, &[row.to_owned()]);
            let frame = painter.frame(&buffer, Cursor::default(), None);
            let narrow = String::from_utf8(frame).unwrap().replace('\u{fe0f}', "");
            bytes.push(narrow.into_bytes());
            assert_eq!(shown(&bytes, 12, 1), [wanted], "{row}");
        }
    }

    #[test]
    fn joined_emoji_at_the_end_of_a_row_stay_in_it() {
        let rows = ["Mum 👩\u{200d}👩\u{200d}👧".to_owned(), "below".to_owned()];
        for width in [10, 9, 6] {
            let mut painter = Painter::new(true);
            let frame = painter.frame(&screen(width, &rows), Cursor::default(), None);
            let shown = shown(&[frame], width, 2);
            assert!(shown[0].starts_with("Mum 👩"), "{width}: {shown:?}");
            assert_eq!(shown[1], "below", "{width}");
        }
    }

    #[test]
    fn nothing_new_is_no_bytes() {
        let mut painter = Painter::new(true);
        let buffer = screen(12, &vec!["abc".to_owned(); 6]);
        assert!(!painter.frame(&buffer, Cursor::default(), None).is_empty());
        assert!(painter.frame(&buffer, Cursor::default(), None).is_empty());
    }

    #[test]
    fn a_scrolled_row_costs_a_row() {
        let rows: Vec<String> = (0..50)
            .map(|n| format!("{n} {}", "words and ".repeat(12)))
            .collect();
        let mut painter = Painter::new(true);
        painter.frame(&screen(140, &rows[..40]), Cursor::default(), None);
        let up = Scroll {
            top: 0,
            bottom: 40,
            up: 1,
        };
        let bytes = painter.frame(&screen(140, &rows[1..41]), Cursor::default(), Some(up));
        assert!(bytes.len() < 180, "{}", bytes.len());
    }

    #[test]
    fn no_colour_is_no_colour_but_bold_stays() {
        let mut painter = Painter::new(false);
        let bytes = painter.frame(&screen(12, &["#abc".to_owned()]), Cursor::default(), None);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("\x1b[1m") && !text.contains("32"), "{text:?}");
    }

    #[test]
    fn a_cell_that_holds_a_control_is_blank() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        for (x, symbol) in ["\x1b[31m", "\u{9b}", "a\x07", "b"].into_iter().enumerate() {
            buffer.cell_mut((x as u16, 0)).unwrap().set_symbol(symbol);
        }
        let bytes = Painter::new(true).frame(&buffer, Cursor::default(), None);
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("\x1b[31m") && !text.contains('\u{9b}') && !text.contains('\x07'));
        assert!(text.contains('b'));
    }
}
