//! What the screen knows of findings, and what it asks to be looked up and said of them.

use super::window::Window;
use crate::case::ledger::How;
use crate::case::{Progress, Store};
use crate::findings::kept::Texts;
use crate::findings::{Finding, value_of};
use crate::model::MessageNumber;
pub use crate::review::findings::Listed;
use crate::review::findings::{Judged, Looked, Said, Verdict, Which};
use crate::review::same::Sameness;
use crate::review::{ReviewError, Session};
use crate::text::Shown;
use roaring::RoaringBitmap;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of a text that are shown before and after what is pointed at, or a few less.
const AROUND: usize = 160;
/// Findings whose words are kept; then all are forgotten.
const MOST_KNOWN: usize = 2_048;

/// The findings that are listed: as of when they were looked up. What is said of them since changes
/// their words and not the list, so that it can be seen and changed again.
#[derive(Debug, Default)]
pub struct Board {
    looked: Arc<Looked>,
    /// The places of those that are listed among all.
    at: Vec<u32>,
    /// Which they are.
    pub listed: Listed,
}

impl Board {
    fn of(
        session: &Session,
        listed: Listed,
        progress: &mut dyn Progress,
    ) -> Result<Board, ReviewError> {
        let looked = session.findings(progress)?;
        let same = session.same();
        let copies = same.copies();
        let mut texts = Texts::default();
        let places = (0_u32..).zip(looked.findings().iter());
        let at = places
            .filter(|(_, finding)| !copies.contains(finding.message.0))
            .filter(|(_, finding)| listed.has(looked.verdict(session, finding, &mut texts)))
            .map(|(place, _)| place)
            .collect();
        Ok(Board { looked, at, listed })
    }

    /// How many are listed.
    pub fn len(&self) -> u32 {
        u32::try_from(self.at.len()).unwrap_or(u32::MAX)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// How many there are in all.
    pub fn all(&self) -> usize {
        self.looked.findings().len()
    }

    /// The one in this row.
    pub fn nth(&self, at: u32) -> Option<Finding> {
        let place = self.at.get(usize::try_from(at).ok()?)?;
        self.looked.findings().get(usize::try_from(*place).ok()?)
    }

    /// The row of the first one of this message or, where none is listed, of one after it.
    fn row_from(&self, message: u32) -> u32 {
        let before = |place: &u32| {
            let at = usize::try_from(*place).unwrap_or(usize::MAX);
            let one = self.looked.findings().get(at);
            one.is_some_and(|one| one.message.0 < message)
        };
        u32::try_from(self.at.partition_point(before)).unwrap_or(u32::MAX)
    }

    /// The row of this one or, where it is not listed, of the one after it.
    pub fn row_of(&self, finding: &Finding) -> u32 {
        let before = |place: &u32| {
            let one = self
                .looked
                .findings()
                .get(usize::try_from(*place).unwrap_or(usize::MAX));
            one.is_some_and(|one| one < *finding)
        };
        u32::try_from(self.at.partition_point(before)).unwrap_or(u32::MAX)
    }

    fn words(&self, session: &Session, finding: &Finding, texts: &mut Texts) -> Option<Words> {
        let store = session.store();
        let text = texts.around(session.case(), &store, finding)?;
        let span = finding.span();
        let found = text.get(span.clone())?;
        let from = (span.start.saturating_sub(AROUND)..=span.start)
            .find(|at| text.is_char_boundary(*at))?;
        let last = span.end.saturating_add(AROUND).min(text.len());
        let to = (span.end..=last)
            .rev()
            .find(|at| text.is_char_boundary(*at))?;
        let hit = span.start - from..span.end - from;
        Some(Words {
            found: Shown::line(found),
            around: Shown::line_with_hits(text.get(from..to)?, &[hit]),
            value: value_of(finding.about()?.id, found),
            because: self.looked.findings().because(finding),
        })
    }
}

/// What is told of a finding.
#[derive(Clone, Debug)]
pub struct Words {
    /// What is pointed at.
    pub found: Shown,
    /// It, and the text around it.
    pub around: Shown,
    /// It as one value, whatever its spelling.
    pub value: String,
    /// What the finding rests on.
    pub because: String,
}

/// The findings on the screen.
#[derive(Default)]
pub struct FindingsScreen {
    /// Those that are listed; `None` until they are known.
    pub board: Option<Arc<Board>>,
    /// Which are to be listed.
    pub listed: Listed,
    /// The cursor and what is in view.
    pub window: Window,
    /// Whether they are being looked up.
    pub looking: bool,
    /// How many words are on their way to the disk.
    pub saving: u32,
    words: HashMap<u32, Option<Words>>,
    /// The message at whose finding the list that is looked up is to open.
    pub at: Option<MessageNumber>,
    /// The messages with one that is open, as far as messages were looked at; `None` where nobody
    /// looked.
    pub open: Option<Arc<RoaringBitmap>>,
    /// What `open` is of, or what is being looked up.
    open_of: Option<Known>,
}

/// What it depends on which messages have open findings.
struct Known {
    store: Arc<Store>,
    judged: Arc<Judged>,
    same: Arc<Sameness>,
}

impl FindingsScreen {
    /// Which messages have open findings is to be looked up again.
    pub fn forget_open(&mut self) {
        self.open_of = None;
    }

    /// Whether it has to be looked up which messages have open findings; what is to be looked up is
    /// then taken to be known.
    pub fn lacks_open(&mut self, session: &Session) -> bool {
        let now = Known {
            store: session.store(),
            judged: session.judged(),
            same: session.same(),
        };
        let lacks = self.open_of.as_ref().is_none_or(|known| {
            !Arc::ptr_eq(&known.store, &now.store)
                || !Arc::ptr_eq(&known.judged, &now.judged)
                || !Arc::ptr_eq(&known.same, &now.same)
        });
        if lacks {
            self.open_of = Some(now);
        }
        lacks
    }

    /// Which are listed; `None` until they are known.
    pub fn lists(&self) -> Option<Listed> {
        self.board.as_ref().map(|board| board.listed)
    }

    /// How many are listed.
    pub fn len(&self) -> u32 {
        self.board.as_ref().map_or(0, |board| board.len())
    }

    /// Whether none is, or none is known yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The one under the cursor.
    pub fn current(&self) -> Option<Finding> {
        self.board.as_ref()?.nth(self.window.cursor)
    }

    /// The words for the one in a row: `None` while they are looked up, `Some(None)` where its text
    /// cannot be read.
    pub fn words(&self, at: u32) -> Option<Option<&Words>> {
        self.words.get(&at).map(Option::as_ref)
    }

    /// Takes the findings that were looked up. The cursor goes where the list was left, or else stays
    /// at the finding that it was on.
    pub fn take(&mut self, board: Arc<Board>) {
        let current = self.current();
        self.looking = false;
        self.words.clear();
        self.window = Window {
            cursor: match (self.at.take(), current) {
                (Some(message), _) => board.row_from(message.0),
                (None, Some(finding)) => board.row_of(&finding),
                (None, None) => 0,
            },
            ..Window::default()
        };
        self.open_of = None;
        self.board = Some(board);
    }

    /// Takes words that were looked up, if they are of these findings.
    pub fn take_words(&mut self, board: &Arc<Board>, words: Vec<(u32, Option<Words>)>) {
        if self
            .board
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(known, board))
        {
            self.words.extend(words);
        }
    }

    /// Of these rows those whose words are not known, from the first to the last of them.
    pub fn lacks(&mut self, rows: Range<u32>) -> Option<(Arc<Board>, Range<u32>)> {
        let board = self.board.clone()?;
        let rows = rows.start..rows.end.min(board.len());
        let mut lacking = rows.filter(|at| !self.words.contains_key(at));
        let first = lacking.next()?;
        let last = lacking.next_back().unwrap_or(first);
        if self.words.len() > MOST_KNOWN {
            self.words.clear();
        }
        Some((board, first..last.saturating_add(1)))
    }

    /// Whether something is being written.
    pub fn is_busy(&self) -> bool {
        self.saving > 0
    }
}

/// What is to be said or looked up.
#[derive(Debug)]
pub enum SayOfFindings {
    /// Look up which findings there are.
    Look(Listed),
    /// Look up which messages have open ones, as far as messages were looked at already.
    Open,
    /// Look up the words for these rows.
    Words(Arc<Board>, Range<u32>),
    /// Say this of them, or take it back.
    Judge(Which, Option<Verdict>),
}

/// What came of it.
pub enum FindingsDone {
    /// The findings.
    Looked(Arc<Board>),
    /// The messages with open ones; `None` where nobody looked.
    Open(Option<Arc<RoaringBitmap>>),
    /// The words for some rows.
    Words(Arc<Board>, Vec<(u32, Option<Words>)>),
    /// Something is on the disk.
    Said(Option<Verdict>, Box<Said>),
}

impl SayOfFindings {
    /// Whether it writes.
    pub fn writes(&self) -> bool {
        matches!(self, SayOfFindings::Judge(..))
    }

    /// Carries it out.
    ///
    /// # Errors
    /// As the session.
    pub fn carry_out(
        self,
        session: &Session,
        progress: &mut dyn Progress,
    ) -> Result<FindingsDone, ReviewError> {
        Ok(match self {
            SayOfFindings::Look(listed) => {
                FindingsDone::Looked(Arc::new(Board::of(session, listed, progress)?))
            }
            SayOfFindings::Open => {
                let looked = session.findings_kept()?;
                FindingsDone::Open(looked.map(|looked| Arc::new(looked.open(session))))
            }
            SayOfFindings::Words(board, rows) => {
                let mut texts = Texts::default();
                let words = rows
                    .filter_map(|at| Some((at, board.nth(at)?)))
                    .map(|(at, finding)| (at, board.words(session, &finding, &mut texts)))
                    .collect();
                FindingsDone::Words(board, words)
            }
            SayOfFindings::Judge(which, to) => {
                let said = session.judge(&which, to, How::Key, None)?;
                FindingsDone::Said(to, Box::new(said))
            }
        })
    }
}
