//! The reasons that a decision or a flag may have: a list of codes and what each means, in a text
//! file that a person edits.
//!
//! ```text
//! # reasons.txt: one reason a line, its code and what it means
//! family    family life, home, holidays
//! ```
//!
//! A code begins a line: lower-case letters, digits and `-`, at most 40. What it means follows after
//! blanks. Empty lines and lines that begin with `#` say nothing. Whoever uses a reason writes both
//! into the ledger: the list may change later, what was meant does not.

use super::marks::Reason;
use super::{Case, CaseError, layout};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The list of a case that has no file of its own.
pub const DEFAULTS: &str = include_str!("reasons.txt");

/// Most bytes of a list.
const LARGEST: u64 = 1 << 18;
/// The longest code, in bytes.
const LONGEST_CODE: usize = 40;
/// The longest meaning, in bytes.
const LONGEST_MEANING: usize = 500;

/// A line of a list that does not follow the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong, and what to do.
    pub reason: String,
}

/// Whether a list can have this code.
pub(super) fn is_code(code: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=LONGEST_CODE).contains(&code.len()) && code.chars().all(is_plain) && !code.starts_with('-')
}

/// Reads a list; gives the reasons in its order.
///
/// # Errors
/// Every line that does not follow the form.
pub fn parse(text: &str) -> Result<Vec<Reason>, Vec<Fault>> {
    let (mut reasons, mut faults) = (Vec::new(), Vec::new());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (line, words) in (1..).zip(text.lines()) {
        let words = words.trim();
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        let (code, means) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
        let means = means.trim();
        let mut fault = |reason: String| faults.push(Fault { line, reason });
        if !is_code(code) {
            fault(format!(
                "`{code}` is no code: use lower-case letters, digits and -, at most {LONGEST_CODE}"
            ));
        } else if means.is_empty() {
            fault(format!("write what `{code}` means after it"));
        } else if means.len() > LONGEST_MEANING || means.chars().any(char::is_control) {
            fault(format!(
                "what `{code}` means is one line of at most {LONGEST_MEANING} bytes"
            ));
        } else if let Some(first) = seen.get(code) {
            fault(format!("`{code}` stands in line {first} already"));
        } else {
            seen.insert(code.to_owned(), line);
            reasons.push(Reason {
                code: code.to_owned(),
                means: means.to_owned(),
            });
        }
    }
    match faults.is_empty() {
        true => Ok(reasons),
        false => Err(faults),
    }
}

/// The list of a case: where it stands if it is the case's own, and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReasonList {
    /// The file; `None`: docket's own list.
    pub path: Option<PathBuf>,
    /// The reasons, or every line that is wrong.
    pub reasons: Result<Vec<Reason>, Vec<Fault>>,
}

impl Case {
    /// The list of reasons: the case's own, else docket's.
    ///
    /// # Errors
    /// When the file cannot be read. Lines that do not follow the form are in the list.
    pub fn reason_list(&self) -> Result<ReasonList, CaseError> {
        let path = self.layout().reasons();
        if !path.exists() {
            return Ok(ReasonList {
                path: None,
                reasons: parse(DEFAULTS),
            });
        }
        let wrong = |line: usize, reason: String| vec![Fault { line, reason }];
        let reasons = match Case::read_small(&path, LARGEST)? {
            None => Err(wrong(1, format!("a list has at most {LARGEST} bytes"))),
            Some(bytes) => match String::from_utf8(bytes) {
                Ok(text) => parse(&text),
                Err(error) => {
                    let good = error
                        .as_bytes()
                        .iter()
                        .take(error.utf8_error().valid_up_to());
                    let line = good.filter(|byte| **byte == b'\n').count() + 1;
                    Err(wrong(line, "this is not UTF-8".into()))
                }
            },
        };
        Ok(ReasonList {
            path: Some(path),
            reasons,
        })
    }

    /// The reasons that can be used now.
    ///
    /// # Errors
    /// [`CaseError::Reasons`] with the first line that does not follow the form; otherwise when the
    /// file cannot be read.
    pub fn reasons(&self) -> Result<Vec<Reason>, CaseError> {
        let list = self.reason_list()?;
        list.reasons.map_err(|faults| {
            let first = faults.into_iter().next();
            CaseError::Reasons {
                path: list.path.unwrap_or_default(),
                line: first.as_ref().map_or(1, |fault| fault.line),
                reason: first.map(|fault| fault.reason).unwrap_or_default(),
            }
        })
    }

    /// Writes docket's own list into the case, to be edited; gives the path.
    ///
    /// # Errors
    /// [`CaseError::HasReasons`] where there is one; otherwise when it cannot be written.
    pub fn write_reasons(&self) -> Result<PathBuf, CaseError> {
        let path = self.layout().reasons();
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
        assert!(reasons.iter().any(|reason| reason.code == "family"));
        assert!(reasons.len() > 10);
    }

    #[test]
    fn every_line_that_is_wrong_is_named() {
        let text =
            "\u{feff}# a list\n\nfamily  family life\nFamily x\nlegal\nfamily again\nok fine\n";
        let faults = parse(text).unwrap_err();
        let lines: Vec<_> = faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [4, 5, 6]);
        assert!(faults[2].reason.contains("line 3"), "{}", faults[2].reason);
        let good = parse("# a list\r\nfamily\tfamily life \r\n").unwrap();
        assert_eq!(good[0].code, "family");
        assert_eq!(good[0].means, "family life");
    }
}
