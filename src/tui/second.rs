//! What the screen knows of second reviewers, and what it asks to be said and looked up.

use super::app::Aim;
use super::window::Window;
use crate::case::Progress;
use crate::case::ledger::Head;
use crate::review::quality::{Drawn, QualityWanted};
use crate::review::second::{Reviewer, SecondAct, SecondPreview};
use crate::review::waiting::Group;
use crate::review::{Asking, Decided, ReviewError, Session, Target};
use roaring::RoaringBitmap;
use std::sync::atomic::AtomicBool;

/// What waits, and what is under way.
#[derive(Default)]
pub struct SecondScreen {
    /// What waits; `None` until it is known.
    pub groups: Option<Vec<Group>>,
    /// What each reviewer decided and said, as of then.
    pub reviewers: Vec<Reviewer>,
    /// The cursor and what is in view.
    pub window: Window,
    /// The entry of the ledger that it was asked for at.
    pub asked: Option<Head>,
    /// The messages whose first decision is hidden: those of a blind sample without a word.
    pub hidden: RoaringBitmap,
    /// As of which entry.
    pub hidden_at: Option<Head>,
    /// What the sample for quality that is open tells, as of that entry.
    pub quality: Option<String>,
    /// The sample that this is of.
    pub quality_of: Option<u32>,
    /// The word whose comment is being typed.
    pub pending: Option<(Aim, SecondAct)>,
    /// The word whose size is being asked for.
    pub planning: Option<(u64, Saying)>,
    /// How many are on their way to the disk.
    pub saving: u32,
}

impl SecondScreen {
    /// How many groups there are.
    pub fn len(&self) -> u32 {
        let len = self.groups.as_ref().map_or(0, Vec::len);
        u32::try_from(len).unwrap_or(u32::MAX)
    }

    /// How many entries the list has: the groups, and after them the reviewers as one.
    pub fn entries(&self) -> u32 {
        let reviewers = u32::from(!self.reviewers.is_empty());
        self.len().saturating_add(reviewers)
    }

    /// Whether there are none, or none are known yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The one in this row.
    pub fn nth(&self, at: u32) -> Option<&Group> {
        self.groups.as_ref()?.get(usize::try_from(at).ok()?)
    }

    /// The one under the cursor.
    pub fn current(&self) -> Option<&Group> {
        self.nth(self.window.cursor)
    }

    /// Whether something is being written or asked.
    pub fn is_busy(&self) -> bool {
        self.saving > 0 || self.planning.is_some()
    }
}

/// A second word that is to be said.
#[derive(Clone, Debug)]
pub struct Saying {
    /// On what.
    pub target: Target,
    /// What.
    pub act: SecondAct,
    /// How it is asked for.
    pub asking: Asking,
    /// In a few words, what and on what.
    pub words: String,
}

/// A question about a second word.
#[derive(Clone, Debug)]
pub enum SecondAsk {
    /// What would you decide instead?
    Would(Aim),
    /// The confirming key.
    Sure(Saying, SecondPreview),
}

/// What is to be said or looked up.
#[derive(Debug)]
pub enum SayOfSecond {
    /// What saying it would do.
    Plan(u64, Saying),
    /// Say it.
    Say(Saying),
    /// Draw a sample for quality.
    Draw(QualityWanted),
    /// Look up what waits.
    Waiting,
}

/// What came of it.
pub enum SecondDone {
    /// What saying it would do.
    Planned(u64, SecondPreview),
    /// It is on the disk.
    Said(SecondAct, Box<Decided>),
    /// A sample was drawn.
    Drawn(Box<Drawn>),
    /// What waits, and what each reviewer decided and said.
    Waiting(Vec<Group>, Vec<Reviewer>),
}

impl SayOfSecond {
    /// Carries it out.
    ///
    /// # Errors
    /// As the session.
    pub fn carry_out(
        self,
        session: &Session,
        progress: &mut dyn Progress,
    ) -> Result<SecondDone, ReviewError> {
        Ok(match self {
            SayOfSecond::Plan(ticket, saying) => {
                let plan = session.plan_second(&saying.target, saying.act, &saying.asking)?;
                SecondDone::Planned(ticket, plan)
            }
            SayOfSecond::Say(Saying {
                target,
                act,
                asking,
                ..
            }) => {
                let said = session.say_second(&target, act, &asking, progress)?;
                SecondDone::Said(act, Box::new(said))
            }
            SayOfSecond::Draw(wanted) => {
                let drawn = session.draw_quality(&wanted, &AtomicBool::new(false))?;
                SecondDone::Drawn(Box::new(drawn))
            }
            SayOfSecond::Waiting => SecondDone::Waiting(session.waiting()?, session.reviewers()),
        })
    }
}
