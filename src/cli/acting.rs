//! What the commands that change messages share: the question before, and how the act ended.

use super::out::Out;
use super::{End, Failure};
use crate::review::Decided;
use crate::text::counted;
use serde::Serialize;

/// How an act on messages ended: the last fields of its row for programs.
#[derive(Default, Serialize)]
pub struct Ending {
    conflicts: u64,
    saved: bool,
    /// The ledger's entry, which is on the disk.
    pub entry: Option<u64>,
    hash: Option<String>,
    /// The entry that keeps what was decided of the conflicts as a disagreement.
    #[serde(skip_serializing_if = "Option::is_none")]
    word: Option<u64>,
}

impl Ending {
    /// Of what the session did.
    pub fn of(decided: &Decided) -> Ending {
        let recorded = decided.recorded.as_ref();
        Ending {
            conflicts: decided.conflicts.len(),
            saved: recorded.is_some(),
            entry: recorded.map(|recorded| recorded.seq),
            hash: recorded.map(|recorded| recorded.hash.to_string()),
            word: decided.word.as_ref().map(|recorded| recorded.seq),
        }
    }

    /// Says how many messages stay as another reviewer left them meanwhile; `to_do` says which
    /// they are and what to do: "that another reviewer masked meanwhile; look and do it again".
    pub fn tell_conflicts(&self, to_do: &str, out: &mut Out) -> Result<(), Failure> {
        if self.conflicts == 0 {
            return Ok(());
        }
        let messages = counted(self.conflicts, "message", "messages");
        out.line(&format!("not changed: {messages} {to_do}"))?;
        match self.word {
            Some(entry) => out.line(&format!(
                "kept: your decision on them, as a disagreement, entry {entry} of the ledger"
            )),
            None => Ok(()),
        }
    }

    /// How the command ends.
    pub fn end(&self) -> End {
        match self.conflicts {
            0 => End::Done,
            _ => End::Exceptions,
        }
    }
}

/// Asks for a yes to an act on so many messages; without one, a program is given the row of what
/// would have been done.
///
/// # Errors
/// [`Failure::Refused`] where the answer is no, or there is nobody to ask.
pub fn agreed(
    count: impl Into<u64>,
    question: &str,
    row: &impl Serialize,
    out: &mut Out,
) -> Result<(), Failure> {
    let asked = out.agreed(count, question);
    if out.json && matches!(asked, Err(Failure::Refused(_))) {
        out.object(row)?;
    }
    asked
}
