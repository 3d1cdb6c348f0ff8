//! What a check of a case or of a bundle found: one verdict for each thing looked at.

use serde::{Deserialize, Serialize};

/// How a check ended, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It holds.
    Ok,
    /// It holds, and a person should know something about it.
    Warn,
    /// It does not hold.
    Failed,
}

impl Verdict {
    /// The word used on the screen and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Warn => "warn",
            Verdict::Failed => "failed",
        }
    }
}

/// One thing looked at.
///
/// `detail` may name files of what was checked: it is text from outside and is printed through
/// [`crate::text`] only. It never holds message text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at, in one or two words that stay the same from version to version.
    pub name: String,
    /// How it ended.
    pub verdict: Verdict,
    /// What was found, in one line.
    pub detail: String,
}

impl Check {
    /// A check that holds.
    pub fn ok(name: &str, detail: impl Into<String>) -> Check {
        Check::new(name, Verdict::Ok, detail)
    }

    /// A check that holds with a remark.
    pub fn warn(name: &str, detail: impl Into<String>) -> Check {
        Check::new(name, Verdict::Warn, detail)
    }

    /// A check that does not hold.
    pub fn failed(name: &str, detail: impl Into<String>) -> Check {
        Check::new(name, Verdict::Failed, detail)
    }

    /// A check that holds, or does not, with what was found either way.
    pub fn of(name: &str, found: Result<String, String>) -> Check {
        match found {
            Ok(detail) => Check::ok(name, detail),
            Err(detail) => Check::failed(name, detail),
        }
    }

    fn new(name: &str, verdict: Verdict, detail: impl Into<String>) -> Check {
        Check {
            name: name.to_owned(),
            verdict,
            detail: detail.into(),
        }
    }
}

/// The worst verdict of all; [`Verdict::Ok`] where nothing was looked at.
pub fn overall(checks: &[Check]) -> Verdict {
    checks
        .iter()
        .map(|check| check.verdict)
        .max()
        .unwrap_or(Verdict::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_verdict_counts() {
        assert_eq!(overall(&[]), Verdict::Ok);
        let mut checks = vec![Check::ok("a", "")];
        assert_eq!(overall(&checks), Verdict::Ok);
        checks.push(Check::failed("b", ""));
        checks.push(Check::warn("c", ""));
        assert_eq!(overall(&checks), Verdict::Failed);
    }
}
