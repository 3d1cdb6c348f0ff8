//! Records that begin with a line of a known form and go on over the lines after it.

use super::ReadError;
use super::window::Window;
use memchr::memchr;

/// Longest line, and longest record of several; chat apps allow some ten thousand characters.
pub(super) const LONGEST: usize = 1 << 20;
/// How far a quotation mark is looked for that closes a text.
const QUOTED: usize = 1 << 17;

/// The length of the line at `from` in the window, its line end included; `None` where nothing
/// follows. A line longer than [`LONGEST`] is cut.
pub(super) fn line_at(window: &mut Window<'_>, from: usize) -> Result<Option<usize>, ReadError> {
    let mut looked = from;
    loop {
        let bytes = window.bytes();
        let rest = bytes.get(looked..).unwrap_or_default();
        if let Some(end) = memchr(b'\n', rest) {
            let end = looked.saturating_add(end).saturating_add(1);
            return Ok(end.checked_sub(from));
        }
        looked = bytes.len().max(from);
        if looked.saturating_sub(from) > LONGEST || !window.more()? {
            return Ok(window
                .bytes()
                .len()
                .checked_sub(from)
                .filter(|length| *length > 0));
        }
    }
}

/// A line without its line end.
pub(super) fn bare(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

/// Takes a run of a file, and whether it begins as a record does.
pub(super) type TakeRun<'t> = dyn FnMut(&[u8], bool) -> Result<(), ReadError> + 't;

/// Gives every run of a file that begins with a line for which `begins` holds, line ends left out,
/// and goes on up to the next such line; and what stands before the first. Says of each whether it
/// begins so. A run longer than [`LONGEST`] is parted.
///
/// # Errors
/// When the file cannot be read, or `take` refuses.
pub(super) fn each_run(
    window: &mut Window<'_>,
    begins: &dyn Fn(&str) -> bool,
    take: &mut TakeRun<'_>,
) -> Result<(), ReadError> {
    let begins_at = |window: &Window<'_>, from: usize, length: usize| {
        let end = from.saturating_add(length);
        let line = window.bytes().get(from..end).unwrap_or_default();
        std::str::from_utf8(line).map_or_else(
            |_| begins(bare(&String::from_utf8_lossy(line))),
            |line| begins(bare(line)),
        )
    };
    while let Some(length) = line_at(window, 0)? {
        let first = begins_at(window, 0, length);
        let mut end = length;
        while end <= LONGEST
            && let Some(next) = line_at(window, end)?
        {
            if begins_at(window, end, next) {
                break;
            }
            end = end.saturating_add(next);
        }
        take(window.bytes().get(..end).unwrap_or_default(), first)?;
        window.take(end);
    }
    Ok(())
}

/// What the lines of a format begin.
pub(super) trait Begins {
    /// Whether a line, its line end left out, begins a record or something else that ends the
    /// record before it.
    fn begins(&self, line: &str) -> bool;
    /// Whether a line that begins a record can be the next after the one whose first line is
    /// `before`, as far as their times tell.
    fn follows(&self, before: &str, line: &str) -> bool;
}

/// Where a text in quotation marks ends, if the text at `body` in the window's first line is one:
/// at the line end after the first mark that is not doubled. Says too whether a line within it
/// looks like a record of its own. A mark that stands elsewhere, or a next line that begins the
/// next record, show that the first was but a mark.
pub(super) fn quoted_end(
    window: &mut Window<'_>,
    body: usize,
    format: &dyn Begins,
) -> Result<Option<(usize, bool)>, ReadError> {
    if window.bytes().get(body) != Some(&b'"') {
        return Ok(None);
    }
    let mut place = body.saturating_add(1);
    let mut begin = 0usize;
    let mut first = String::new();
    let mut pasted = false;
    let mut number = 0u64;
    while begin <= QUOTED
        && let Some(length) = line_at(window, begin)?
    {
        let end = begin.saturating_add(length);
        let bytes = window.bytes();
        let text = String::from_utf8_lossy(bytes.get(begin..end).unwrap_or_default());
        let text = bare(&text);
        number = number.saturating_add(1);
        if number == 1 {
            first = text.to_owned();
        } else if format.begins(text) {
            if number == 2 && format.follows(&first, text) {
                return Ok(None);
            }
            pasted = true;
        }
        while let Some(step) = bytes.get(place..end).and_then(|rest| memchr(b'"', rest)) {
            let after = place.saturating_add(step).saturating_add(1);
            match bytes.get(after) {
                Some(b'"') => place = after.saturating_add(1),
                Some(b'\r' | b'\n') | None => return Ok(Some((end, pasted))),
                Some(_) => return Ok(None),
            }
        }
        place = end;
        begin = end;
    }
    Ok(None)
}

/// The text of a body: lines end in `\n`; marks around it are left out, and those within are no
/// longer doubled.
pub(super) fn unquoted(body: &str) -> String {
    let body = body.replace("\r\n", "\n");
    let inside = body
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .filter(|inside| !inside.replace("\"\"", "").contains('"'));
    match inside {
        Some(inside) => inside.replace("\"\"", "\""),
        None => body,
    }
}
