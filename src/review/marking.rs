//! What a reviewer says of messages beside their decisions: flags and notes, put on and taken off.
//! Each act is one entry of the ledger, with the same preview, the same undo and redo, and the same
//! care for what others did meanwhile as a decision.

use super::act::{Asking, Decided, MAX_NOTE, MarkPreview, Target};
use super::error::ReviewError;
use super::session::{Session, number};
use super::steps::{Acted, Topic};
use crate::case::Progress;
use crate::case::ledger::{Entry, Recorded};
use crate::case::marks::{About, Reason, Said};
use crate::model::{MessageNumber, ThreadId};
use roaring::RoaringBitmap;

/// Something said of a message, and the entry that said it.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// What about.
    pub about: About,
    /// What is said.
    pub said: Said,
    /// Who and when: the last entry after which it was said so.
    pub entry: Option<Recorded>,
}

impl Session {
    /// The reason of this code, as the case's list has it now.
    ///
    /// # Errors
    /// [`ReviewError::NoSuchReason`] with the nearest; otherwise when the list cannot be read.
    pub fn reason(&self, code: &str) -> Result<Reason, ReviewError> {
        let reasons = self.case().reasons()?;
        if let Some(found) = reasons.iter().find(|reason| reason.code == code) {
            return Ok(found.clone());
        }
        let codes = reasons.iter().map(|reason| reason.code.as_str());
        let near = super::query::nearest_word(code, codes);
        Err(ReviewError::NoSuchReason {
            code: code.to_owned(),
            near: near.map_or_else(String::new, |near| format!(" (did you mean {near}?)")),
        })
    }

    /// The reasons that can be used now, those that this reviewer used last first.
    ///
    /// # Errors
    /// When the case's list cannot be read or does not follow its form.
    pub fn reasons(&self) -> Result<Vec<Reason>, ReviewError> {
        let mut reasons = self.case().reasons()?;
        let marks = self.marks();
        let recent = marks.recent(&self.actor().name);
        let used = recent.map_or(&[][..], |recent| recent.reasons.as_slice());
        let place = |reason: &Reason| used.iter().position(|code| *code == reason.code);
        reasons.sort_by_key(|reason| place(reason).unwrap_or(usize::MAX));
        Ok(reasons)
    }

    /// The note of this reviewer on one message or several.
    pub fn own_note(&self) -> About {
        About::Note {
            by: self.actor().name.clone(),
        }
    }

    /// The note of this reviewer on a whole thread, and the message that it stands at.
    ///
    /// # Errors
    /// [`ReviewError::Missing`] when there is no such thread.
    pub fn thread_note(&self, thread: ThreadId) -> Result<(About, Target), ReviewError> {
        let first = self.store().thread_message(thread, 0);
        let first = first.ok_or_else(|| ReviewError::Missing(format!("thread {thread}")))?;
        let by = self.actor().name.clone();
        // Where an earlier message came since, the note stands where it stood.
        let about = About::ThreadNote { by };
        let marks = self.marks();
        let known = marks.about(&about);
        let known = known.map(|set| set & self.store().thread_set(thread));
        let at = known.and_then(|set| set.min()).map_or(first, MessageNumber);
        Ok((about, Target::Message(at)))
    }

    /// What putting this on, or taking it off with `None`, would do. Changes nothing.
    ///
    /// # Errors
    /// [`ReviewError::Missing`] when there is no such message or thread.
    pub fn plan_mark(
        &self,
        target: &Target,
        about: &About,
        to: Option<&Said>,
    ) -> Result<MarkPreview, ReviewError> {
        let (seen, marks) = (self.head().seq, self.marks());
        let messages = self.meant(target)?;
        let changes = marks.changes(&messages, about, to);
        let replaced = changes.iter().filter(|one| one.change.from.is_some());
        let replaced = replaced.map(|one| one.messages.len()).sum();
        let acted = Acted {
            marks: changes,
            ..Acted::default()
        };
        let changed = acted.all();
        Ok(MarkPreview {
            count: number(changed.len()),
            threads: self.decisions().threads_of(&changed),
            already: number(messages.len() - changed.len()),
            replaced: number(replaced),
            seen,
        })
    }

    /// Puts a flag or a note on messages, or takes it off with `None`, as far as this session has
    /// seen what others did. Saved, which is to say on the disk, when this returns.
    ///
    /// # Errors
    /// When there is no such message, a note has no words or too many, or the ledger cannot be
    /// written; [`ReviewError::Stopped`]. Nothing has changed then.
    pub fn put_mark(
        &self,
        target: &Target,
        about: &About,
        to: Option<&Said>,
        asking: &Asking,
        progress: &mut dyn Progress,
    ) -> Result<Decided, ReviewError> {
        let is_note = matches!(about, About::Note { .. } | About::ThreadNote { .. });
        if let Some(said) = to
            && (said.text.len() > MAX_NOTE || (is_note && said.text.trim().is_empty()))
        {
            return Err(ReviewError::NoWords);
        }
        let changes = |wanted: &RoaringBitmap| {
            Ok(Acted {
                marks: self.marks().changes(wanted, about, to),
                ..Acted::default()
            })
        };
        let entry = |acted: &Acted, count| {
            Ok(Entry::Mark {
                about: about.clone(),
                to: to.cloned(),
                count,
                how: asking.how,
                query: target.query().map(str::to_owned),
                marks: acted.marks.iter().map(|one| one.change.clone()).collect(),
            })
        };
        self.act_on(target, &Topic::of(about), asking, progress, changes, entry)
    }

    /// What is said of a message now, with who said it and when. Reads the ledger: for a worker
    /// thread.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn standing(&self, number: MessageNumber) -> Result<Vec<Standing>, ReviewError> {
        let marks = self.marks();
        let said = marks.of(number);
        if said.is_empty() {
            return Ok(Vec::new());
        }
        let entries = self.marking(number)?;
        let standing = said.into_iter().map(|(about, said)| {
            let says_so = |(_, acted): &&(Recorded, Acted)| {
                acted.marks.iter().any(|one| {
                    one.change.about == *about
                        && one.change.to.as_ref() == Some(said)
                        && one.messages.contains(number.0)
                })
            };
            let entry = entries.iter().rev().find(says_so);
            Standing {
                about: about.clone(),
                said: said.clone(),
                entry: entry.map(|(recorded, _)| recorded.clone()),
            }
        });
        Ok(standing.collect())
    }
}
