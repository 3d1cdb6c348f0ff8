//! The reasons for which a part of a message is masked or withheld: a list in a text file that a
//! person edits.
//!
//! ```text
//! personal   always  personal: not government business
//! foi-40-2   open    FOI s40(2): personal data of others
//! ```
//!
//! A line has a code (as in [`super::reasons`]), how far the reason reaches (see
//! [`super::masks::Reach`]), what the mask shows, a colon, and what it means. The codes of docket's
//! own list are those that The National Archives accept for closure (da-metadata-schema, MIT).

use super::masks::{MaskReason, Reach};
use super::reasons::{Fault, is_code};
use super::{Case, CaseError, layout};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The list of a case that has no file of its own.
pub const DEFAULTS: &str = include_str!("redactions.txt");

/// Most bytes of a list.
const LARGEST: u64 = 1 << 18;
/// What a mask shows has at most so many bytes.
const LONGEST_LABEL: usize = 60;
/// The longest meaning, in bytes.
const LONGEST_MEANING: usize = 500;

/// Reads a list; gives the reasons in its order.
///
/// # Errors
/// Every line that does not follow the form.
pub fn parse(text: &str) -> Result<Vec<MaskReason>, Vec<Fault>> {
    let (mut reasons, mut faults) = (Vec::new(), Vec::new());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (line, words) in (1..).zip(text.lines()) {
        let words = words.trim();
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        match reason(words) {
            Err(reason) => faults.push(Fault { line, reason }),
            Ok(reason) => match seen.get(&reason.code) {
                Some(first) => faults.push(Fault {
                    line,
                    reason: format!("`{}` stands in line {first} already", reason.code),
                }),
                None => {
                    seen.insert(reason.code.clone(), line);
                    reasons.push(reason);
                }
            },
        }
    }
    match faults.is_empty() {
        true => Ok(reasons),
        false => Err(faults),
    }
}

fn reason(words: &str) -> Result<MaskReason, String> {
    let (code, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    if !is_code(code) {
        return Err(format!(
            "`{code}` is no code: use lower-case letters, digits and -, at most 40"
        ));
    }
    let rest = rest.trim();
    let (reach, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let reach = Reach::from_name(reach)
        .ok_or_else(|| format!("write always or open after `{code}`, for how far it reaches"))?;
    let (label, means) = rest.split_once(':').unwrap_or((rest, ""));
    let (label, means) = (label.trim(), means.trim());
    let is_plain = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
    if !is_plain(label) || label.len() > LONGEST_LABEL || label.contains(['[', ']']) {
        return Err(format!(
            "what a mask of `{code}` shows is 1 to {LONGEST_LABEL} bytes without brackets, then a \
             colon"
        ));
    }
    if !is_plain(means) || means.len() > LONGEST_MEANING {
        return Err(format!(
            "write what `{code}` means after a colon, at most {LONGEST_MEANING} bytes"
        ));
    }
    Ok(MaskReason {
        code: code.to_owned(),
        label: label.to_owned(),
        reach,
        means: means.to_owned(),
    })
}

impl Case {
    /// The reasons for masks that can be used now, and the file where they are the case's own.
    ///
    /// # Errors
    /// [`CaseError::Reasons`] with the first line that does not follow the form; otherwise when the
    /// file cannot be read.
    pub fn mask_reasons(&self) -> Result<(Option<PathBuf>, Vec<MaskReason>), CaseError> {
        let path = self.layout().mask_reasons();
        let refused = |line: usize, reason: String| CaseError::Reasons {
            path: path.clone(),
            line,
            reason,
        };
        let (text, own) = match path.exists() {
            false => (DEFAULTS.to_owned(), None),
            true => {
                let bytes = Case::read_small(&path, LARGEST)?
                    .ok_or_else(|| refused(1, format!("a list has at most {LARGEST} bytes")))?;
                let text = String::from_utf8(bytes)
                    .map_err(|_| refused(1, "this is not UTF-8".to_owned()))?;
                (text, Some(path.clone()))
            }
        };
        let reasons = parse(&text).map_err(|faults| {
            let first = faults.into_iter().next();
            first.map_or_else(
                || refused(1, String::new()),
                |fault| refused(fault.line, fault.reason),
            )
        })?;
        Ok((own, reasons))
    }

    /// Writes docket's own list into the case, to be edited; gives the path.
    ///
    /// # Errors
    /// [`CaseError::HasReasons`] where there is one; otherwise when it cannot be written.
    pub fn write_mask_reasons(&self) -> Result<PathBuf, CaseError> {
        let path = self.layout().mask_reasons();
        layout::write_list(&path, DEFAULTS)?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_that_docket_ships_holds() {
        let reasons = parse(DEFAULTS).unwrap();
        let by = |code: &str| reasons.iter().find(|reason| reason.code == code).unwrap();
        assert_eq!(by("personal").reach, Reach::Always);
        assert_eq!(by("foi-40-2").reach, Reach::Open);
        assert_eq!(by("foi-40-2").to_string(), "[redacted: FOI s40(2)]");
        // The codes of The National Archives: 32 of the Act, 7 of the Regulations.
        let count = |start: &str| reasons.iter().filter(|r| r.code.starts_with(start)).count();
        assert_eq!((count("foi-"), count("eir-")), (32, 7));
    }

    #[test]
    fn every_line_that_is_wrong_is_named() {
        let text = "# a list\nok open Fine: good\nok open Again: x\nBad open a: b\nx never a: b\n\
                    y open no meaning\nz open [a]: b\n";
        let lines: Vec<usize> = parse(text).unwrap_err().iter().map(|f| f.line).collect();
        assert_eq!(lines, [3, 4, 5, 6, 7]);
    }
}
