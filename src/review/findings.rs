//! Findings in a session: what detectors point at, what people said of it, and the acts of saying.
//!
//! Findings are derived ([`crate::findings`]); what a person says is an entry of the ledger, with undo
//! and redo, and carries the version of the detector. Nothing here decides on a message.

use super::error::ReviewError;
use super::fold::Fold;
use super::redacting::{self, Spot};
use super::session::{Session, number};
use super::steps::Acted;
use crate::case::Progress;
use crate::case::ledger::{Entry, How, Reading, Recorded};
use crate::case::masks::Part;
use crate::findings::kept::Texts;
use crate::findings::{self, Data, Finding, Findings, Lexicons, Place, value_of};
use crate::model::MessageNumber;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use crate::case::findings::Spot as At;
pub use crate::case::findings::{FindingChange, Of, Verdict};

/// What the ledger says of findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Judged {
    /// Of single findings, by detector.
    spots: BTreeMap<String, BTreeMap<At, Verdict>>,
    /// Of values, by detector.
    values: BTreeMap<String, BTreeMap<String, Verdict>>,
}

/// The form of a checkpoint.
#[derive(Serialize, Deserialize)]
struct Kept {
    spots: Vec<(String, Vec<(At, Verdict)>)>,
    values: BTreeMap<String, BTreeMap<String, Verdict>>,
}

impl From<Judged> for Kept {
    fn from(judged: Judged) -> Kept {
        let spots = judged.spots.into_iter();
        Kept {
            spots: spots
                .map(|(id, said)| (id, said.into_iter().collect()))
                .collect(),
            values: judged.values,
        }
    }
}

impl From<Kept> for Judged {
    fn from(kept: Kept) -> Judged {
        let spots = kept.spots.into_iter();
        Judged {
            spots: spots
                .map(|(id, said)| (id, said.into_iter().collect()))
                .collect(),
            values: kept.values,
        }
    }
}

/// A change that does not fit what held before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mismatch;

impl Judged {
    /// What is said of one finding by itself.
    pub fn of_spot(&self, detector: &str, at: &At) -> Option<Verdict> {
        self.spots.get(detector)?.get(at).copied()
    }

    /// What is said of a value.
    pub fn of_value(&self, detector: &str, value: &str) -> Option<Verdict> {
        self.values.get(detector)?.get(value).copied()
    }

    /// Whether something is said of values that this detector points at.
    pub fn has_values(&self, detector: &str) -> bool {
        self.values
            .get(detector)
            .is_some_and(|said| !said.is_empty())
    }

    /// The values of which something is said.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str, Verdict)> {
        self.values.iter().flat_map(|(id, said)| {
            said.iter()
                .map(move |(value, verdict)| (id.as_str(), value.as_str(), *verdict))
        })
    }

    /// What holds of this now, of those of one change the same.
    fn standing(&self, change: &FindingChange) -> BTreeSet<Option<Verdict>> {
        let id = change.detector.as_str();
        match &change.of {
            Of::Value(value) => [self.of_value(id, value)].into(),
            Of::Spots(spots) => spots.iter().map(|at| self.of_spot(id, at)).collect(),
        }
    }

    /// Follows one entry of the ledger.
    pub(super) fn follow(&mut self, entry: &Entry) -> Result<(), Mismatch> {
        for change in entry.findings() {
            if change.from == change.to || self.standing(change) != [change.from].into() {
                return Err(Mismatch);
            }
            let id = change.detector.clone();
            match &change.of {
                Of::Value(value) => {
                    let said = self.values.entry(id).or_default();
                    match change.to {
                        Some(to) => said.insert(value.clone(), to),
                        None => said.remove(value),
                    };
                }
                Of::Spots(spots) => {
                    let said = self.spots.entry(id).or_default();
                    for at in spots {
                        match change.to {
                            Some(to) => said.insert(*at, to),
                            None => said.remove(at),
                        };
                    }
                }
            }
        }
        self.spots.retain(|_, said| !said.is_empty());
        self.values.retain(|_, said| !said.is_empty());
        Ok(())
    }
}

/// A term of a query about findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// Of this detector, by its place; not dismissed.
    Detector(u8),
    /// Of this kind of data; not dismissed.
    Data(Data),
    /// Of which nobody has said anything.
    Open,
    /// Of which somebody has said so.
    Verdict(Verdict),
}

impl Term {
    /// All of them: detectors in their order, kinds of data, what is said.
    pub fn all() -> Vec<Term> {
        let places = 0_u8..;
        let detectors = places
            .zip(findings::all())
            .map(|(place, _)| Term::Detector(place));
        detectors
            .chain(Data::ALL.map(Term::Data))
            .chain([
                Term::Open,
                Term::Verdict(Verdict::Confirmed),
                Term::Verdict(Verdict::Dismissed),
            ])
            .collect()
    }

    /// The word after `finding:`.
    pub fn name(self) -> &'static str {
        match self {
            Term::Detector(place) => findings::at_place(place).map_or("", |about| about.id),
            Term::Data(data) => data.name(),
            Term::Open => "open",
            Term::Verdict(verdict) => verdict.name(),
        }
    }
}

/// All findings of a case with what is said of them, at one moment.
#[derive(Debug, Default)]
pub struct Looked {
    findings: Arc<Findings>,
    judged: Arc<Judged>,
    /// For each detector, the messages with a finding of it that is not dismissed.
    standing: Vec<RoaringBitmap>,
    /// The messages with a finding of which nobody has said anything.
    open: RoaringBitmap,
    confirmed: RoaringBitmap,
    dismissed: RoaringBitmap,
}

/// What a session knows of findings, since it was last asked.
pub(super) type Known = Mutex<Option<Arc<Looked>>>;

impl Looked {
    fn new(session: &Session, findings: Arc<Findings>, judged: Arc<Judged>) -> Looked {
        let detectors = findings::all().count();
        let mut looked = Looked {
            standing: vec![RoaringBitmap::new(); detectors],
            findings,
            judged,
            ..Looked::default()
        };
        let mut texts = Texts::default();
        let (mut standing, mut open) = (std::mem::take(&mut looked.standing), RoaringBitmap::new());
        let (mut confirmed, mut dismissed) = (RoaringBitmap::new(), RoaringBitmap::new());
        for finding in looked.findings.iter() {
            let message = finding.message.0;
            let verdict = looked.verdict(session, &finding, &mut texts);
            match verdict {
                None => open.insert(message),
                Some(Verdict::Confirmed) => confirmed.insert(message),
                Some(Verdict::Dismissed) => dismissed.insert(message),
            };
            if verdict != Some(Verdict::Dismissed)
                && let Some(set) = standing.get_mut(usize::from(finding.detector))
            {
                set.insert(message);
            }
        }
        Looked {
            standing,
            open,
            confirmed,
            dismissed,
            ..looked
        }
    }

    /// The messages with a finding that is open; no copies.
    pub fn open(&self, session: &Session) -> RoaringBitmap {
        &self.open - session.same().copies()
    }

    /// Whether all messages that there are now were looked at.
    pub fn is_whole(&self, session: &Session) -> bool {
        self.findings.looked_at() == session.store().len()
    }

    /// The findings.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// What is said of one: of itself, or else of its value. Reads its text where something is said
    /// of values of its detector.
    pub fn verdict(
        &self,
        session: &Session,
        finding: &Finding,
        texts: &mut Texts,
    ) -> Option<Verdict> {
        let id = finding.about()?.id;
        if let Some(said) = self.judged.of_spot(id, &finding.spot()) {
            return Some(said);
        }
        if !self.judged.has_values(id) {
            return None;
        }
        let value = session.value_of(finding, texts)?;
        self.judged.of_value(id, &value)
    }

    /// The messages with a finding that is not dismissed.
    pub fn any(&self) -> RoaringBitmap {
        self.standing
            .iter()
            .fold(RoaringBitmap::new(), |all, set| all | set)
    }

    /// The messages that answer a term of a query.
    pub fn answer(&self, term: Term) -> RoaringBitmap {
        let of = |place: u8| {
            self.standing
                .get(usize::from(place))
                .cloned()
                .unwrap_or_default()
        };
        match term {
            Term::Detector(place) => of(place),
            Term::Data(data) => {
                let places = (0_u8..).zip(findings::all());
                let of_data = places.filter(|(_, about)| about.data == data);
                of_data.fold(RoaringBitmap::new(), |all, (place, _)| all | of(place))
            }
            Term::Open => self.open.clone(),
            Term::Verdict(Verdict::Confirmed) => self.confirmed.clone(),
            Term::Verdict(Verdict::Dismissed) => self.dismissed.clone(),
        }
    }
}

/// Which findings are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listed {
    /// Of which nobody said anything.
    #[default]
    Open,
    /// Confirmed ones.
    Confirmed,
    /// Dismissed ones.
    Dismissed,
    /// All.
    All,
}

impl Listed {
    /// All of them, in the order that a key leads through.
    pub const ALL: [Listed; 4] = [
        Listed::Open,
        Listed::Confirmed,
        Listed::Dismissed,
        Listed::All,
    ];

    /// The one after it; after the last the first.
    pub fn next(self) -> Listed {
        let mut after = Listed::ALL.into_iter().skip_while(|one| *one != self);
        after.nth(1).unwrap_or_default()
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Listed::Open => "open",
            Listed::Confirmed => "confirmed",
            Listed::Dismissed => "dismissed",
            Listed::All => "all",
        }
    }

    /// The query that finds the messages with one.
    pub fn query(self) -> &'static str {
        match self {
            Listed::Open => "finding:open",
            Listed::Confirmed => "finding:confirmed",
            Listed::Dismissed => "finding:dismissed",
            Listed::All => "has:finding OR finding:dismissed",
        }
    }

    /// Whether it lists one of which this is said.
    pub fn has(self, verdict: Option<Verdict>) -> bool {
        match self {
            Listed::Open => verdict.is_none(),
            Listed::Confirmed => verdict == Some(Verdict::Confirmed),
            Listed::Dismissed => verdict == Some(Verdict::Dismissed),
            Listed::All => true,
        }
    }
}

/// What something is said of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// These findings, each by itself.
    These(Vec<Finding>),
    /// A value, as [`value_of`] gives it, wherever this detector points at it, now and later.
    Value(u8, String),
}

/// What came of saying something of findings.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The ledger's entry, which is on the disk; `None` where it was said already.
    pub recorded: Option<Recorded>,
    /// How many findings it names, or one for a value.
    pub count: u32,
}

impl Session {
    /// What people said of findings, as of now.
    pub fn judged(&self) -> Arc<Judged> {
        self.fold().judged
    }

    /// What is known of findings already, without looking at any message; it may be of fewer messages
    /// than there are now ([`Findings::looked_at`]). `None` where nobody looked yet, or somebody looks
    /// just now. For a worker thread.
    ///
    /// # Errors
    /// When the lists of words cannot be read.
    pub fn findings_kept(&self) -> Result<Option<Arc<Looked>>, ReviewError> {
        let mut known = match self.looked.try_lock() {
            Ok(known) => known,
            Err(TryLockError::Poisoned(known)) => known.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(None),
        };
        let (judged, store) = (self.judged(), self.store());
        let lexicons = Lexicons::of(self.case())?;
        let fits = known
            .as_ref()
            .filter(|looked| looked.findings.are_begun_of(&store, &lexicons));
        if let Some(looked) = fits.filter(|looked| looked.judged == judged) {
            return Ok(Some(looked.clone()));
        }
        let findings = match fits {
            Some(looked) => Some(looked.findings.clone()),
            None => Findings::kept(self.case(), &store)?.map(Arc::new),
        };
        let Some(findings) = findings else {
            return Ok(None);
        };
        let looked = Arc::new(Looked::new(self, findings, judged));
        *known = Some(looked.clone());
        Ok(Some(looked))
    }

    /// All findings with what is said of them, as of now. Looks at the messages that nobody looked
    /// at yet, which takes a second for each 50 MB or so: for a worker thread.
    ///
    /// # Errors
    /// [`ReviewError::Stopped`], and when the disk refuses.
    pub fn findings(&self, progress: &mut dyn Progress) -> Result<Arc<Looked>, ReviewError> {
        let mut known = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let Fold { judged, .. } = self.fold();
        let store = self.store();
        let lexicons = Lexicons::of(self.case())?;
        let fits = known
            .as_ref()
            .filter(|looked| looked.findings.are_of(&store, &lexicons));
        if let Some(looked) = fits.filter(|looked| looked.judged == judged) {
            return Ok(looked.clone());
        }
        let findings = match fits {
            Some(looked) => looked.findings.clone(),
            None => {
                let made = Findings::of(self.case(), &store, progress);
                Arc::new(made.map_err(|error| match error {
                    crate::case::CaseError::Stopped => ReviewError::Stopped,
                    other => other.into(),
                })?)
            }
        };
        let looked = Arc::new(Looked::new(self, findings, judged));
        *known = Some(looked.clone());
        Ok(looked)
    }

    /// What a finding points at, as one value whatever its spelling.
    pub fn value_of(&self, finding: &Finding, texts: &mut Texts) -> Option<String> {
        let store = self.store();
        let text = texts.around(self.case(), &store, finding)?;
        Some(value_of(finding.about()?.id, text.get(finding.span())?))
    }

    /// Says something of findings, or takes it back with `None`. `query` is what found them. Saved,
    /// which is to say on the disk, when this returns.
    ///
    /// # Errors
    /// When the ledger cannot be read or written. Nothing has changed then.
    pub fn judge(
        &self,
        which: &Which,
        to: Option<Verdict>,
        how: How,
        query: Option<&str>,
    ) -> Result<Said, ReviewError> {
        let lexicons = Lexicons::of(self.case())?;
        let (recorded, count) = self.write(|writing, _| {
            let (changes, count) = changes(&self.judged(), &lexicons, which, to);
            if changes.is_empty() {
                return Ok((None, 0));
            }
            let entry = Entry::Findings {
                changes,
                count,
                how,
                query: query.map(str::to_owned),
            };
            let recorded = writing.append(self.actor(), &entry, None)?;
            Ok((Some((recorded, Acted::default())), count))
        })?;
        Ok(Said { recorded, count })
    }

    /// What takes back what entry `of` said of findings, and how many are kept as they are: those
    /// of which something else was said since.
    pub(super) fn findings_back(
        &self,
        reading: &Reading<'_>,
        of: u64,
    ) -> Result<(Vec<FindingChange>, u64), ReviewError> {
        let Some(recorded) = reading.entry(of)? else {
            return Err(ReviewError::Rewritten);
        };
        let judged = self.judged();
        let (mut back, mut kept) = (Vec::new(), 0);
        for change in recorded.entry.findings() {
            let mut change = change.clone();
            if let Of::Spots(spots) = &mut change.of {
                let before = spots.len();
                spots.retain(|at| judged.of_spot(&change.detector, at) == change.to);
                kept += (before - spots.len()) as u64;
                if spots.is_empty() {
                    continue;
                }
            } else if judged.standing(&change) != [change.to].into() {
                kept += 1;
                continue;
            }
            back.push(change.reversed());
        }
        Ok((back, kept))
    }

    /// The places of findings as what is to be masked; of a file all of it.
    pub fn as_masks(&self, findings: &[Finding]) -> Spot {
        let mut listed: BTreeMap<u32, Vec<redacting::Listed>> = BTreeMap::new();
        for finding in findings {
            let one = match finding.place {
                Place::Text => (Part::Text, Some(finding.span())),
                Place::Version(at) => (Part::Version(at), Some(finding.span())),
                Place::FileName(at) | Place::FileText(at) => (Part::File(at), None),
            };
            let of = listed.entry(finding.message.0).or_default();
            if !of.contains(&one) {
                of.push(one);
            }
        }
        Spot::Listed(Arc::new(listed))
    }

    /// The findings of these messages of which `wanted` says yes; none of a message that is a copy.
    pub fn select_findings(
        &self,
        looked: &Looked,
        messages: &RoaringBitmap,
        wanted: &mut dyn FnMut(&Finding, Option<Verdict>) -> bool,
    ) -> Vec<Finding> {
        let copies = self.same().copies();
        let mut texts = Texts::default();
        let mut found = Vec::new();
        for message in messages - copies {
            for finding in looked.findings().of_message(MessageNumber(message)) {
                let verdict = looked.verdict(self, &finding, &mut texts);
                if wanted(&finding, verdict) {
                    found.push(finding);
                }
            }
        }
        found
    }
}

/// The changes that say this, and how many findings they name.
fn changes(
    judged: &Judged,
    lexicons: &Lexicons,
    which: &Which,
    to: Option<Verdict>,
) -> (Vec<FindingChange>, u32) {
    let list = |place: u8| lexicons.at_place(place).map(|list| list.sha256.clone());
    match which {
        Which::Value(place, value) => {
            let Some(about) = findings::at_place(*place) else {
                return (Vec::new(), 0);
            };
            let from = judged.of_value(about.id, value);
            let change = FindingChange {
                detector: about.id.to_owned(),
                version: about.version,
                list: list(*place),
                of: Of::Value(value.clone()),
                from,
                to,
            };
            match from == to {
                true => (Vec::new(), 0),
                false => (vec![change], 1),
            }
        }
        Which::These(all) => {
            let mut by: BTreeMap<(u8, Option<Verdict>), BTreeSet<At>> = BTreeMap::new();
            for finding in all {
                let Some(about) = finding.about() else {
                    continue;
                };
                let from = judged.of_spot(about.id, &finding.spot());
                if from != to {
                    by.entry((finding.detector, from))
                        .or_default()
                        .insert(finding.spot());
                }
            }
            let count = by.values().map(|spots| spots.len() as u64).sum();
            let changes = by.into_iter().filter_map(|((place, from), spots)| {
                let about = findings::at_place(place)?;
                Some(FindingChange {
                    detector: about.id.to_owned(),
                    version: about.version,
                    list: list(place),
                    of: Of::Spots(spots.into_iter().collect()),
                    from,
                    to,
                })
            });
            (changes.collect(), number(count))
        }
    }
}

/// An act on findings in a few words: `dismissed 3 findings (phone)`.
pub(super) fn in_words(changes: &[FindingChange]) -> String {
    let Some(first) = changes.first() else {
        return "nothing said of findings".to_owned();
    };
    let what = match first.to {
        Some(verdict) => verdict.name(),
        None => "open again:",
    };
    let mut detectors: Vec<&str> = changes
        .iter()
        .map(|change| change.detector.as_str())
        .collect();
    detectors.dedup();
    let detectors = detectors.join(", ");
    if let Of::Value(_) = first.of {
        return format!("{what} a value ({detectors})");
    }
    let count: usize = changes
        .iter()
        .map(|change| match &change.of {
            Of::Spots(spots) => spots.len(),
            Of::Value(_) => 1,
        })
        .sum();
    let findings = if count == 1 { "finding" } else { "findings" };
    format!("{what} {count} {findings} ({detectors})")
}
