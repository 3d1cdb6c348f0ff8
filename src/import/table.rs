//! Tables as RFC 4180 writes them, row by row out of a stream. A row whose quotes do not close
//! costs its line and no more.

use super::ReadError;
use super::window::Window;
use std::ops::Range;

/// Longest row; the longest messages that services keep in tables have some thousand characters.
const LONGEST: usize = 1 << 20;

/// One cell of a row: where it stands, with its quotes.
pub(super) type Cell = Range<usize>;

/// A run of a table.
pub(super) enum Row<'a> {
    /// A byte order mark or an empty line.
    Nothing(usize),
    /// A row with its line end, and its cells.
    Cells(&'a [u8], Vec<Cell>),
    /// A line whose quotes do not close.
    Broken(&'a [u8]),
}

/// What the first row of some bytes is.
pub(super) enum Split {
    /// It goes on past them.
    More,
    /// Its length with its line end, and its cells.
    Row(usize, Vec<Cell>),
    /// Its quotes do not close.
    Broken,
}

/// Finds the first row of `bytes`. A quote opens a cell only where the cell begins, and closes it
/// only before a comma or the row's end; anything else is broken.
pub(super) fn split(bytes: &[u8], ended: bool) -> Split {
    let mut cells = Vec::new();
    let mut begin = 0usize;
    let mut place = 0usize;
    let mut quoted = false;
    loop {
        let Some(&byte) = bytes.get(place) else {
            return match (ended, quoted) {
                (false, _) => Split::More,
                (true, true) => Split::Broken,
                (true, false) => {
                    cells.push(begin..place);
                    Split::Row(place, cells)
                }
            };
        };
        match byte {
            b'"' if quoted => match bytes.get(place.saturating_add(1)) {
                Some(b'"') => place = place.saturating_add(1),
                Some(b',' | b'\r' | b'\n') => quoted = false,
                None if ended => quoted = false,
                None => return Split::More,
                Some(_) => return Split::Broken,
            },
            b'"' if place == begin => quoted = true,
            b',' if !quoted => {
                cells.push(begin..place);
                begin = place.saturating_add(1);
            }
            b'\n' if !quoted => {
                let end = place.saturating_add(1);
                let bare = bytes.get(begin..place).unwrap_or_default();
                let cut = usize::from(bare.last() == Some(&b'\r'));
                cells.push(begin..place.saturating_sub(cut));
                return Split::Row(end, cells);
            }
            _ => {}
        }
        place = place.saturating_add(1);
    }
}

/// Gives every run of a table in order.
pub(super) fn each_row(
    window: &mut Window<'_>,
    take: &mut dyn FnMut(Row<'_>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    window.at_least(3)?;
    if window.bytes().starts_with(b"\xEF\xBB\xBF") {
        take(Row::Nothing(3))?;
        window.take(3);
    }
    loop {
        window.at_least(1)?;
        if window.bytes().is_empty() {
            return Ok(());
        }
        let found = loop {
            let reach = window.bytes().len().min(LONGEST);
            let bytes = window.bytes().get(..reach).unwrap_or_default();
            match split(bytes, window.ended()) {
                Split::More if reach == LONGEST => break Split::Broken,
                Split::More => window.at_least(reach.saturating_mul(2))?,
                found => break found,
            }
        };
        let bytes = window.bytes();
        let length = match found {
            Split::Row(length, cells) => {
                let row = bytes.get(..length).unwrap_or_default();
                if row.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
                    take(Row::Nothing(length))?;
                } else {
                    take(Row::Cells(row, cells))?;
                }
                length
            }
            Split::More | Split::Broken => {
                let line = memchr::memchr(b'\n', bytes)
                    .map_or(bytes.len(), |end| end.saturating_add(1))
                    .min(LONGEST);
                take(Row::Broken(bytes.get(..line).unwrap_or_default()))?;
                line
            }
        };
        window.take(length);
    }
}

/// The text of a cell, and whether its bytes were not UTF-8.
pub(super) fn text_of(bytes: &[u8], cell: &Cell) -> (String, bool) {
    let written = bytes.get(cell.clone()).unwrap_or_default();
    let inside = written
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    let (text, damaged) = super::window::text_of(inside.unwrap_or(written));
    match inside {
        Some(_) => (text.replace("\"\"", "\""), damaged),
        None => (text, damaged),
    }
}
