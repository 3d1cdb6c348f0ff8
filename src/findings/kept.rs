//! What was found in a case: derived, kept on the disk, read by a map.
//!
//! Layout: one line of JSON (`Head`), then a record of `RECORD` bytes for each finding, in the
//! order of messages, places and bytes; little endian: message, first byte, one past the last, place
//! (each 4 bytes), detector, what it rests on (each 1 byte), term of a list (2 bytes). The head tells
//! the detectors with their versions, the lists with their checksums, and the runs of messages that were looked at. Where the detectors
//! are the same, runs that were looked at are taken as they are, and only new ones are looked at.

use super::{About, Hit, Lexicons, Scanner, Why, all, at_place};
pub use crate::case::findings::Place;
use crate::case::findings::Spot;
use crate::case::{Carried, Case, CaseError, Held, Kept, Loaded, Progress, Store};
use crate::model::{AttachmentState, Kind, Marks, MessageNumber};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::io::{Read, Write};
use std::ops::ControlFlow;

/// Bytes of a record.
const RECORD: usize = 20;
/// The form that this file writes and reads.
const FORM: u32 = 2;
/// The longest head that is read.
const LONGEST_HEAD: usize = 1 << 26;
/// Of a file that is text so many bytes are looked at.
const MOST_OF_A_FILE: u64 = 1 << 20;
/// So often a person is told how far it is.
const OFTEN: u32 = 2048;
/// The stage's name.
const STAGE: &str = "looking for personal data";

/// One thing that a detector points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finding {
    /// The message.
    pub message: MessageNumber,
    /// Where in it.
    pub place: Place,
    /// The first byte there.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// The detector, by its place in the order.
    pub detector: u8,
    /// What it rests on.
    pub why: Why,
    /// Of a list of words the term, by its place in the list; else 0.
    pub term: u16,
}

impl Finding {
    /// What the detector is.
    pub fn about(&self) -> Option<&'static About> {
        at_place(self.detector)
    }

    /// As the ledger names it.
    pub fn spot(&self) -> Spot {
        (self.message.0, self.place, self.start, self.end)
    }

    /// The bytes there.
    pub fn span(&self) -> std::ops::Range<usize> {
        let wide = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        wide(self.start)..wide(self.end)
    }

    fn record(&self) -> [u8; RECORD] {
        let (kind, at) = match self.place {
            Place::Text => (0, 0),
            Place::Version(at) => (1, at),
            Place::FileName(at) => (2, at),
            Place::FileText(at) => (3, at),
        };
        let place = u32::from(at) << 8 | kind;
        let mut record = [0; RECORD];
        let numbers = [self.message.0, self.start, self.end, place];
        let bytes = numbers.into_iter().flat_map(u32::to_le_bytes);
        let bytes = bytes.chain([self.detector, self.why.0]);
        let bytes = bytes.chain(self.term.to_le_bytes());
        for (to, byte) in record.iter_mut().zip(bytes) {
            *to = byte;
        }
        record
    }

    fn of_record(record: &[u8]) -> Option<Finding> {
        let (numbers, _) = record.as_chunks::<4>();
        let [message, start, end, place, [detector, why, term @ ..]] = numbers else {
            return None;
        };
        let [message, start, end, place] =
            [message, start, end, place].map(|bytes| u32::from_le_bytes(*bytes));
        let at = u16::try_from(place >> 8).ok()?;
        let place = match place & 0xFF {
            0 => Place::Text,
            1 => Place::Version(at),
            2 => Place::FileName(at),
            3 => Place::FileText(at),
            _ => return None,
        };
        at_place(*detector)?;
        (start < end).then_some(Finding {
            message: MessageNumber(message),
            place,
            start,
            end,
            detector: *detector,
            why: Why(*why),
            term: u16::from_le_bytes(*term),
        })
    }
}

/// What stands before the records.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    form: u32,
    detectors: Vec<(String, u32)>,
    lists: Vec<(String, String)>,
    loaded: Vec<Loaded>,
}

impl Head {
    /// What holds of this program and these messages.
    fn of(store: &Store, lexicons: &Lexicons) -> Head {
        Head {
            form: FORM,
            detectors: all()
                .map(|about| (about.id.to_owned(), about.version))
                .collect(),
            lists: lexicons.prints(),
            loaded: store.loaded(),
        }
    }

    /// Whether both are of the same detectors and lists, whatever the messages.
    fn looks_as(&self, other: &Head) -> bool {
        self.form == other.form && self.detectors == other.detectors && self.lists == other.lists
    }

    /// The head of kept bytes, and where the records begin.
    fn read(bytes: &[u8]) -> Option<(Head, usize)> {
        let line = bytes.get(..bytes.len().min(LONGEST_HEAD))?;
        let end = memchr::memchr(b'\n', line)?;
        let head = serde_json::from_slice(bytes.get(..end)?).ok()?;
        let records = bytes.len() - end - 1;
        records.is_multiple_of(RECORD).then_some((head, end + 1))
    }
}

/// All findings of a case, as of its messages when they were looked at.
#[derive(Debug, Default)]
pub struct Findings {
    bytes: Kept,
    from: usize,
    loaded: Vec<Loaded>,
    lexicons: Lexicons,
    /// For each detector, the messages that it points at.
    by: Vec<RoaringBitmap>,
    /// For each detector, how often it does.
    counts: Vec<u64>,
}

impl Findings {
    /// The findings of a case's messages: those that are kept, where they still hold, and else made
    /// now, for the messages that were not looked at yet, and kept. For a worker thread; it takes
    /// no more memory than the longest text, however many messages there are.
    ///
    /// # Errors
    /// [`CaseError::Stopped`], and when the disk refuses.
    pub fn of(
        case: &Case,
        store: &Store,
        progress: &mut dyn Progress,
    ) -> Result<Findings, CaseError> {
        let lexicons = Lexicons::of(case)?;
        let wanted = Head::of(store, &lexicons);
        let kept = case.kept_findings();
        if let Some((head, from)) = Head::read(&kept)
            && head == wanted
        {
            return Ok(Findings::open(kept, from, wanted.loaded, lexicons));
        }
        case.keep_findings(&mut |out| {
            make(case, store, (&wanted, &lexicons), &kept, out, progress)
        })?;
        drop(kept);
        let kept = case.kept_findings();
        match Head::read(&kept) {
            Some((head, from)) if head == wanted => {
                Ok(Findings::open(kept, from, head.loaded, lexicons))
            }
            _ => Err(CaseError::Damaged {
                path: case.layout().findings(),
                reason: "what was just written reads otherwise".into(),
            }),
        }
    }

    /// Those that were found before, without looking at any message: of all of them, or of the first
    /// so many ([`Findings::looked_at`]) where others came since. `None` where nobody looked, or
    /// with other detectors or lists of words.
    ///
    /// # Errors
    /// When the lists cannot be read.
    pub fn kept(case: &Case, store: &Store) -> Result<Option<Findings>, CaseError> {
        let lexicons = Lexicons::of(case)?;
        let wanted = Head::of(store, &lexicons);
        let kept = case.kept_findings();
        let Some((head, from)) = Head::read(&kept) else {
            return Ok(None);
        };
        let is_begun = head.looks_as(&wanted) && wanted.loaded.starts_with(&head.loaded);
        Ok(is_begun.then(|| Findings::open(kept, from, head.loaded, lexicons)))
    }

    fn open(bytes: Kept, from: usize, loaded: Vec<Loaded>, lexicons: Lexicons) -> Findings {
        let detectors = all().count();
        let mut findings = Findings {
            bytes,
            from,
            loaded,
            lexicons,
            by: vec![RoaringBitmap::new(); detectors],
            counts: vec![0; detectors],
        };
        let (mut by, mut counts) = (
            std::mem::take(&mut findings.by),
            std::mem::take(&mut findings.counts),
        );
        for finding in findings.iter() {
            let at = usize::from(finding.detector);
            if let (Some(messages), Some(count)) = (by.get_mut(at), counts.get_mut(at)) {
                messages.insert(finding.message.0);
                *count += 1;
            }
        }
        (findings.by, findings.counts) = (by, counts);
        findings
    }

    /// Whether they are of these messages, found with these lists.
    pub fn are_of(&self, store: &Store, lexicons: &Lexicons) -> bool {
        self.loaded == store.loaded() && self.lexicons.prints() == lexicons.prints()
    }

    /// Whether they are of these messages, or of the first of them, found with these lists.
    pub fn are_begun_of(&self, store: &Store, lexicons: &Lexicons) -> bool {
        store.loaded().starts_with(&self.loaded) && self.lexicons.prints() == lexicons.prints()
    }

    /// How many messages were looked at: those with the lowest numbers.
    pub fn looked_at(&self) -> u32 {
        let last = self.loaded.last();
        last.map_or(0, |last| last.first.saturating_add(last.count))
    }

    /// The lists of words that they were found with.
    pub fn lexicons(&self) -> &Lexicons {
        &self.lexicons
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.bytes.len().saturating_sub(self.from) / RECORD
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The finding at this place, in the order of messages.
    pub fn get(&self, at: usize) -> Option<Finding> {
        let start = at.checked_mul(RECORD)?.checked_add(self.from)?;
        Finding::of_record(self.bytes.get(start..start.checked_add(RECORD)?)?)
    }

    /// All of them, in the order of messages, places and bytes.
    pub fn iter(&self) -> impl Iterator<Item = Finding> + '_ {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    /// Those of one message.
    pub fn of_message(&self, message: MessageNumber) -> impl Iterator<Item = Finding> + '_ {
        let first = self.first_from(message);
        (first..self.len())
            .filter_map(|at| self.get(at))
            .take_while(move |finding| finding.message == message)
    }

    /// The place of the first finding of this message, or of one after it.
    pub fn first_from(&self, message: MessageNumber) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle) {
                Some(finding) if finding.message < message => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }

    /// What a finding rests on, as a clause for a person.
    pub fn because(&self, finding: &Finding) -> String {
        if let Some(list) = self.lexicons.at_place(finding.detector) {
            let term = list.terms.get(usize::from(finding.term));
            return term.map_or_else(String::new, |term| term.reason.clone());
        }
        let about = finding.about();
        about.map_or_else(String::new, |about| about.because(finding.why))
    }

    /// The messages that a detector points at.
    pub fn messages(&self, detector: u8) -> Option<&RoaringBitmap> {
        self.by.get(usize::from(detector))
    }

    /// How often a detector points at something.
    pub fn count(&self, detector: u8) -> u64 {
        self.counts
            .get(usize::from(detector))
            .copied()
            .unwrap_or_default()
    }
}

/// Reads the texts that findings lie in; keeps the export of the last file open.
#[derive(Default)]
pub struct Texts {
    carried: Carried,
}

impl Texts {
    /// The text at a place of a message, where it is there and can be read.
    pub fn text<'s>(
        &mut self,
        case: &Case,
        store: &'s Store,
        message: MessageNumber,
        place: Place,
    ) -> Option<Cow<'s, str>> {
        match place {
            Place::Text => store.text(message).map(Cow::Borrowed),
            Place::Version(at) => {
                let versions = store.extra(message).versions;
                Some(Cow::Owned(versions.into_iter().nth(at.into())?.text))
            }
            Place::FileName(at) => {
                let held = store.attachments(message).into_iter().nth(at.into())?;
                Some(Cow::Owned(held.file.name))
            }
            Place::FileText(at) => {
                let held = store.attachments(message).into_iter().nth(at.into())?;
                self.inside(case, &held).map(Cow::Owned)
            }
        }
    }

    /// What a finding points at, and the text around it.
    pub fn around<'s>(
        &mut self,
        case: &Case,
        store: &'s Store,
        finding: &Finding,
    ) -> Option<Cow<'s, str>> {
        let text = self.text(case, store, finding.message, finding.place)?;
        text.get(finding.span()).is_some().then_some(text)
    }

    /// The text inside a file that is plain text or a contact card; the first so many bytes.
    fn inside(&mut self, case: &Case, held: &Held) -> Option<String> {
        if held.file.state != AttachmentState::Present || !is_text(held) {
            return None;
        }
        let stream = self
            .carried
            .open(case, held.source, held.file.stands()?)
            .ok()?;
        let mut bytes = Vec::new();
        stream.take(MOST_OF_A_FILE).read_to_end(&mut bytes).ok()?;
        // What is no text by its bytes is none, whatever it is called.
        (!bytes.contains(&0)).then(|| String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Whether a file is plain text or a contact card by its name or as its export declares it.
fn is_text(held: &Held) -> bool {
    const ENDINGS: [&str; 10] = [
        "vcf", "txt", "csv", "tsv", "md", "ics", "json", "log", "xml", "yaml",
    ];
    let file = &held.file;
    let ending = file
        .name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
        || file.content_type.starts_with("text/") && file.content_type != "text/html"
        || file.media == "contact"
}

/// Writes the head and all records.
fn make(
    case: &Case,
    store: &Store,
    (wanted, lexicons): (&Head, &Lexicons),
    kept: &Kept,
    out: &mut dyn Write,
    progress: &mut dyn Progress,
) -> Result<(), CaseError> {
    let failed = |error| CaseError::io(&case.layout().findings(), error);
    let head = serde_json::to_vec(wanted).map_err(|error| failed(error.into()))?;
    out.write_all(&head).map_err(failed)?;
    out.write_all(b"\n").map_err(failed)?;
    let known = Head::read(kept).filter(|(head, _)| head.looks_as(wanted));
    let (known, from) = known.map_or((Vec::new(), 0), |(head, from)| (head.loaded, from));
    let same = known
        .iter()
        .zip(&wanted.loaded)
        .take_while(|(known, wanted)| known == wanted);
    let looked: Vec<&Loaded> = same.map(|(known, _)| known).collect();
    let first = looked
        .last()
        .map_or(0, |last| last.first.saturating_add(last.count));
    for record in kept.get(from..).unwrap_or_default().chunks_exact(RECORD) {
        match Finding::of_record(record) {
            Some(finding) if !looked.is_empty() && finding.message.0 < first => {
                out.write_all(record).map_err(failed)?;
            }
            _ => break,
        }
    }
    let mut scanner = Scanner::new(lexicons);
    let mut texts = Texts::default();
    for number in first..store.len() {
        if number % OFTEN == 0 {
            let tick = progress.tick(STAGE, u64::from(number), u64::from(store.len()));
            if tick == ControlFlow::Break(()) {
                return Err(CaseError::Stopped);
            }
        }
        look(
            case,
            store,
            MessageNumber(number),
            &mut scanner,
            &mut texts,
            &mut |finding| out.write_all(&finding.record()).map_err(failed),
        )?;
    }
    Ok(())
}

/// Looks at one message: its text, earlier texts, and the names and texts of its files.
fn look(
    case: &Case,
    store: &Store,
    message: MessageNumber,
    scanner: &mut Scanner,
    texts: &mut Texts,
    found: &mut dyn FnMut(Finding) -> Result<(), CaseError>,
) -> Result<(), CaseError> {
    let Some(at) = store.message(message) else {
        return Ok(());
    };
    // What the app wrote names the members of a group; nobody said it.
    if at.kind == Kind::System {
        return Ok(());
    }
    let mut scan = |text: &str, place: Place| -> Result<(), CaseError> {
        for hit in scanner.scan(text) {
            let Hit {
                start,
                end,
                detector,
                why,
                term,
            } = *hit;
            found(Finding {
                message,
                place,
                start,
                end,
                detector,
                why,
                term,
            })?;
        }
        Ok(())
    };
    scan(at.text, Place::Text)?;
    if at.marks.has(Marks::EDITED) {
        for (at, version) in (0_u16..).zip(store.extra(message).versions) {
            scan(&version.text, Place::Version(at))?;
        }
    }
    if at.marks.has(Marks::ATTACHMENT) {
        let held = store.attachments(message);
        for (at, held) in (0_u16..).zip(&held) {
            scan(&held.file.name, Place::FileName(at))?;
        }
        for (at, held) in (0_u16..).zip(&held) {
            if let Some(text) = texts.inside(case, held) {
                scan(&text, Place::FileText(at))?;
            }
        }
    }
    Ok(())
}
