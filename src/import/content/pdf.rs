//! How many pages a PDF says it has. Nothing of it is unpacked: of a file whose page tree lies in a
//! compressed stream no number is told.

use super::feed::Feed;
use memchr::memmem;
use std::io::Read;

/// The longest PDF that is searched.
const MOST_PDF: usize = 8 << 20;
/// Bytes around `/Type /Pages` that its dictionary is looked for in.
const AROUND: usize = 4 << 10;

/// The count of the root of the page tree (ISO 32000-1, 7.7.3), the last that was written; `None`
/// where none stands in the open.
pub(super) fn pages<R: Read>(feed: &mut Feed<R>) -> Option<u32> {
    let (bytes, all) = feed.rest(MOST_PDF);
    if !all {
        return None;
    }
    let mut found = None;
    for at in memmem::find_iter(&bytes, b"/Pages").take(10_000) {
        let before = bytes.get(at.saturating_sub(16)..at)?;
        if !before.trim_ascii_end().ends_with(b"/Type") {
            continue;
        }
        let start = bytes.get(at.saturating_sub(AROUND)..at)?;
        let start = memmem::rfind(start, b"<<").map(|place| at.saturating_sub(AROUND) + place);
        let rest = bytes.get(at..at.saturating_add(AROUND).min(bytes.len()))?;
        let end = memmem::find(rest, b">>").map(|place| at + place);
        let (Some(start), Some(end)) = (start, end) else {
            continue;
        };
        let dictionary = bytes.get(start..end)?;
        // A branch of the tree has a parent.
        if memmem::find(dictionary, b"/Parent").is_some() {
            continue;
        }
        if let Some(count) = memmem::find(dictionary, b"/Count") {
            let digits = dictionary.get(count + 6..)?.trim_ascii_start();
            let end = digits.iter().position(|byte| !byte.is_ascii_digit());
            let digits = digits.get(..end.unwrap_or(digits.len()))?;
            let number = std::str::from_utf8(digits).ok()?.parse::<u32>().ok();
            found = number.filter(|number| *number > 0).or(found);
        }
    }
    found
}
