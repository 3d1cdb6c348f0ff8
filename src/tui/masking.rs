//! The masks of one message: its parts with a cursor on them, how both copies read, and what is
//! asked to be masked. Where the cursor stands is a unit of the shown text ([`Units`]), so that what
//! is masked is what was seen, whatever the text holds.

use super::action::UnitStep;
use crate::case::Progress;
use crate::case::Store;
use crate::case::ledger::How;
use crate::case::masks::{Mask, MaskReason, Masked, MessageMasks, Part, print_of};
use crate::model::MessageNumber;
use crate::review::beside;
use crate::review::masks::read_under;
use crate::review::redacting::{Stale, stale, text_of};
use crate::review::{
    Asking, Decided, Edition, Find, MaskPreview, ReviewError, Session, Spot, Target,
};
use crate::text::{Class, Units};
use std::ops::Range;

/// From this width on both sides stand beside each other.
pub const BESIDE_FROM: u16 = 120;

/// What is to be masked, and what is under way.
#[derive(Default)]
pub struct MaskScreen {
    /// The message that is open.
    pub open: Option<Sheet>,
    /// The words that were looked for in a message.
    pub find: Option<Find>,
    /// The act whose size is being asked for.
    pub planning: Option<(u64, MaskSaying)>,
    /// How many are on their way to the disk.
    pub saving: u32,
}

impl MaskScreen {
    /// Whether something is being written or asked.
    pub fn is_busy(&self) -> bool {
        self.saving > 0 || self.planning.is_some()
    }
}

/// A message whose parts can be masked.
pub struct Sheet {
    /// Which.
    pub message: MessageNumber,
    /// Its parts, the text first.
    pub sides: Vec<Side>,
    /// The part that has the cursor.
    pub at: usize,
    /// The unit of its text that the cursor is on.
    pub unit: usize,
    /// Where a span began, in the same part.
    pub anchor: Option<usize>,
    /// The first line in view.
    pub top: usize,
    /// What is masked.
    pub masks: MessageMasks,
    /// Why that has to be looked at again.
    pub stale: Option<Stale>,
    /// Whether it was mixed without what makes it leave when it was opened.
    pub was_waiting: bool,
    width: u16,
}

/// A part, as it is and as it would leave.
pub struct Side {
    /// Which.
    pub part: Part,
    /// What it is, in a few words; of the text nothing.
    pub label: String,
    /// Its text, where it is one.
    pub text: Option<Shape>,
    /// How it reads in the closed master and in the open copy; one where they read alike.
    pub copies: Vec<Copied>,
}

/// A text laid out.
pub struct Shape {
    /// As the case holds it.
    pub text: String,
    /// Its units.
    pub units: Units,
    /// In rows.
    pub rows: Vec<Range<usize>>,
}

/// How a part reads in a copy.
pub struct Copied {
    /// In which: one, or both.
    pub edition: Option<Edition>,
    /// Laid out.
    pub shape: Shape,
}

impl Shape {
    fn of(text: String, width: usize) -> Shape {
        let units = Units::of(&text);
        let rows = units.rows(width);
        Shape { text, units, rows }
    }

    /// The row that a unit stands in.
    pub fn row_of(&self, unit: usize) -> usize {
        let after = self.rows.partition_point(|row| row.start <= unit);
        after.saturating_sub(1)
    }

    /// The row at a place.
    pub fn row(&self, at: usize) -> Range<usize> {
        self.rows.get(at).cloned().unwrap_or_default()
    }
}

/// A line of the sheet: a part's heading, or a row of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SheetLine {
    /// The part, by its place.
    pub side: usize,
    /// The row of its text; `None` for its heading.
    pub row: Option<usize>,
}

impl Sheet {
    /// A message's parts as they stand; `None` where there is no such message.
    pub fn of(session: &Session, message: MessageNumber) -> Option<Sheet> {
        let store = session.store();
        store.message(message)?;
        let mut sheet = Sheet {
            message,
            sides: Vec::new(),
            at: 0,
            unit: 0,
            anchor: None,
            top: 0,
            masks: MessageMasks::default(),
            stale: None,
            was_waiting: session.waits_for_mask(message),
            width: 0,
        };
        sheet.read(&store);
        Some(sheet)
    }

    fn read(&mut self, store: &Store) {
        let mut sides = vec![(Part::Text, String::new())];
        let extra = store.extra(self.message);
        let versions = (0_u16..).zip(&extra.versions);
        sides.extend(versions.map(|(at, version)| {
            let label = format!("earlier text {}  {}", u32::from(at) + 1, version.written);
            (Part::Version(at), label.trim_end().to_owned())
        }));
        let files = (0_u16..).zip(store.attachments(self.message));
        sides.extend(files.map(|(at, held)| {
            let size = beside::file_size(store, held.source, &held.file);
            let told = [
                held.file.name.as_str(),
                beside::file_state(held.file.state, false),
                &size,
            ];
            let told: Vec<&str> = told.into_iter().filter(|word| !word.is_empty()).collect();
            let label = format!("file {}  {}", u32::from(at) + 1, told.join(", "));
            (Part::File(at), label)
        }));
        if !extra.recipients.is_empty() {
            let label = format!("recipients  {}", beside::addressed(&extra.recipients));
            sides.push((Part::Recipients, label));
        }
        if !extra.reactions.is_empty() {
            let all = extra.reactions.iter();
            let all: Vec<String> = all
                .map(|one| format!("{} {}", one.value, one.who).trim_end().to_owned())
                .collect();
            sides.push((Part::Reactions, format!("reactions  {}", all.join(", "))));
        }
        if let Some(from) = &extra.forwarded {
            sides.push((Part::Forwarded, format!("forwarded from  {from}")));
        }
        if !extra.labels.is_empty() {
            let label = format!("labels  {}", extra.labels.join("; "));
            sides.push((Part::Labels, label));
        }
        self.sides = sides
            .into_iter()
            .map(|(part, label)| Side {
                part,
                label,
                text: text_of(store, self.message, part)
                    .map(|text| Shape::of(text.into_owned(), 1)),
                copies: Vec::new(),
            })
            .collect();
    }

    /// Takes what is masked now, and lays everything out for windows of these widths where that has
    /// changed.
    pub fn lay_out(&mut self, session: &Session, width: u16, copy_width: u16) {
        let all = session.masks();
        let nothing = MessageMasks::default();
        let masks = all.of(self.message).unwrap_or(&nothing);
        let changed = *masks != self.masks || self.width == 0;
        if !changed && self.width == width {
            return;
        }
        self.stale = match changed {
            true => stale(&session.store(), self.message, masks),
            false => self.stale,
        };
        self.masks = masks.clone();
        self.width = width;
        for side in &mut self.sides {
            if let Some(shape) = &mut side.text {
                shape.rows = shape.units.rows(usize::from(width.saturating_sub(1)));
            }
            side.copies = copies(side, &self.masks, usize::from(copy_width.saturating_sub(1)));
        }
    }

    /// Whether any of its texts is written from right to left: then nothing stands beside it.
    pub fn is_right_to_left(&self) -> bool {
        let mut texts = self.sides.iter().filter_map(|side| side.text.as_ref());
        texts.any(|shape| shape.text.chars().any(is_right_to_left))
    }

    /// The part that has the cursor.
    pub fn side(&self) -> Option<&Side> {
        self.sides.get(self.at)
    }

    /// Its text.
    pub fn shape(&self) -> Option<&Shape> {
        self.side()?.text.as_ref()
    }

    /// All lines, from the first to the last.
    pub fn lines(&self) -> Vec<SheetLine> {
        let mut lines = Vec::new();
        for (at, side) in self.sides.iter().enumerate() {
            if !side.label.is_empty() {
                lines.push(SheetLine {
                    side: at,
                    row: None,
                });
            }
            let rows = side.text.as_ref().map_or(0, |shape| shape.rows.len());
            lines.extend((0..rows).map(|row| SheetLine {
                side: at,
                row: Some(row),
            }));
        }
        lines
    }

    /// The line that has the cursor.
    pub fn line(&self) -> SheetLine {
        SheetLine {
            side: self.at,
            row: self.shape().map(|shape| shape.row_of(self.unit)),
        }
    }

    /// The units that are chosen: the span with both its ends.
    pub fn span(&self) -> Option<Range<usize>> {
        let anchor = self.anchor?;
        Some(anchor.min(self.unit)..anchor.max(self.unit).saturating_add(1))
    }

    /// The span or, without one, the word under the cursor; where that is none, the unit.
    pub fn chosen(&self) -> Option<Range<usize>> {
        let units = &self.shape()?.units;
        if units.is_empty() {
            return None;
        }
        Some(self.span().unwrap_or_else(|| {
            let class = units.class(self.unit);
            if class != Class::Word {
                return self.unit..self.unit.saturating_add(1);
            }
            let start = (0..self.unit).rev();
            let start = start.take_while(|at| units.class(*at) == class).last();
            let end = (self.unit..units.len()).find(|at| units.class(*at) != class);
            start.unwrap_or(self.unit)..end.unwrap_or(units.len())
        }))
    }

    /// The exact bytes that are chosen, of a part that is text.
    pub fn bytes(&self) -> Option<Range<usize>> {
        let chosen = self.chosen()?;
        Some(self.shape()?.units.source(chosen))
    }

    /// The text that is chosen.
    pub fn words(&self) -> Option<&str> {
        self.shape()?.text.get(self.bytes()?)
    }

    /// The mask under the cursor; of a part that is withheld whole, its mask.
    pub fn mask(&self) -> Option<&Mask> {
        let side = self.side()?;
        let masks = self.masks.of(side.part);
        let Some(shape) = &side.text else {
            return masks.first();
        };
        let unit = shape.units.source(self.unit..self.unit + 1);
        masks.iter().find(|mask| {
            let range = bytes_of(mask);
            range.start < unit.end && unit.start < range.end
        })
    }

    /// What masking would act on here.
    pub fn spot(&self) -> Option<Spot> {
        let side = self.side()?;
        match side.text {
            None => Some(Spot::Whole(side.part)),
            Some(_) => Some(Spot::Span(side.part, self.bytes()?)),
        }
    }

    /// What unmasking would act on here: the masks of the span, else the one under the cursor.
    pub fn masked_spot(&self) -> Option<Spot> {
        let side = self.side()?;
        if side.text.is_some() && self.anchor.is_some() {
            return self.spot();
        }
        let mask = self.mask()?;
        Some(match side.text {
            None => Spot::Whole(side.part),
            Some(_) => Spot::Span(side.part, bytes_of(mask)),
        })
    }

    /// Puts the cursor on a unit of a part; a span ends where the part changes.
    pub fn go_to(&mut self, side: usize, unit: usize) {
        if side != self.at {
            self.anchor = None;
        }
        self.at = side.min(self.sides.len().saturating_sub(1));
        let last = self.shape().map_or(0, |shape| shape.units.len());
        self.unit = unit.min(last.saturating_sub(1));
    }

    /// Moves by one line, or as many; the column stays where the line reaches it.
    pub fn by_line(&mut self, down: bool, count: usize) {
        let lines = self.lines();
        let is_place = |line: &SheetLine| {
            let side = self.sides.get(line.side);
            line.row.is_some() || side.is_some_and(|side| side.text.is_none())
        };
        let places: Vec<SheetLine> = lines.into_iter().filter(is_place).collect();
        let now = self.line();
        let at = places.iter().position(|line| *line == now).unwrap_or(0);
        let to = match down {
            true => at.saturating_add(count).min(places.len().saturating_sub(1)),
            false => at.saturating_sub(count),
        };
        let Some(to) = places.get(to).copied() else {
            return;
        };
        let column = self.column();
        let unit = self.sides.get(to.side).and_then(|side| side.text.as_ref());
        let unit = unit.map_or(0, |shape| unit_at(shape, to.row.unwrap_or(0), column));
        self.go_to(to.side, unit);
    }

    /// The column that the cursor is in.
    pub fn column(&self) -> usize {
        self.shape().map_or(0, |shape| {
            let row = shape.row(shape.row_of(self.unit));
            (row.start..self.unit)
                .map(|at| shape.units.columns(at))
                .sum()
        })
    }

    /// Moves within the text.
    pub fn by_unit(&mut self, step: UnitStep, count: usize) {
        let Some(shape) = self.shape() else {
            return;
        };
        let (units, mut at) = (&shape.units, self.unit);
        let last = units.len().saturating_sub(1);
        let row = shape.row(shape.row_of(at));
        for _ in 0..count.min(units.len()) {
            at = match step {
                UnitStep::Left => at.saturating_sub(1),
                UnitStep::Right => at.saturating_add(1).min(last),
                UnitStep::LineStart => row.start,
                UnitStep::LineEnd => {
                    let ends = row.end.saturating_sub(1).max(row.start);
                    let blank = ends > row.start && units.class(ends) == Class::Blank;
                    ends.saturating_sub(usize::from(blank))
                }
                UnitStep::NextWord => {
                    let class = units.class(at);
                    let rest = (at..units.len()).skip_while(|at| units.class(*at) == class);
                    let mut rest = rest.skip_while(|at| units.class(*at) == Class::Blank);
                    rest.next().unwrap_or(last)
                }
                UnitStep::WordBefore => {
                    let before = (0..at).rev();
                    let mut before = before.skip_while(|at| units.class(*at) == Class::Blank);
                    match before.next() {
                        None => 0,
                        Some(end) => {
                            let class = units.class(end);
                            let run = (0..=end).rev();
                            run.take_while(|at| units.class(*at) == class)
                                .last()
                                .unwrap_or(end)
                        }
                    }
                }
                UnitStep::WordEnd => {
                    let rest = at.saturating_add(1)..units.len();
                    let mut rest = rest.skip_while(|at| units.class(*at) == Class::Blank);
                    match rest.next() {
                        None => last,
                        Some(start) => {
                            let class = units.class(start);
                            let run = start..units.len();
                            run.take_while(|at| units.class(*at) == class)
                                .last()
                                .unwrap_or(start)
                        }
                    }
                }
            };
        }
        self.unit = at;
    }

    /// To the next place that these find, or the one before, as a span; round the end. Says whether
    /// there is one.
    pub fn to_match(&mut self, forward: bool, find: &dyn Fn(&str) -> Vec<Range<usize>>) -> bool {
        let mut found: Vec<(usize, usize, usize)> = Vec::new();
        for (side, text) in self.sides.iter().enumerate() {
            let Some(shape) = &text.text else {
                continue;
            };
            for range in find(&shape.text) {
                let first = shape.units.unit_at(range.start);
                let last = shape.units.unit_at(range.end.saturating_sub(1));
                found.push((side, first, last.max(first)));
            }
        }
        let here = (self.at, self.span().map_or(self.unit, |span| span.start));
        let begun = self.anchor.is_some();
        let place = |one: &&(usize, usize, usize)| (one.0, one.1);
        let to = match forward {
            true => {
                let next = |one: &&(usize, usize, usize)| {
                    place(one) > here || (!begun && place(one) == here)
                };
                found.iter().find(next).or(found.first())
            }
            false => {
                let before = |one: &&(usize, usize, usize)| place(one) < here;
                found.iter().rev().find(before).or(found.last())
            }
        };
        let Some((side, first, last)) = to.copied() else {
            return false;
        };
        self.go_to(side, last);
        self.anchor = Some(first);
        true
    }

    /// Where the cursor stands in a copy of its part: the row.
    pub fn row_in(&self, copied: &Copied) -> usize {
        let (Some(side), Some(shape)) = (self.side(), self.shape()) else {
            return 0;
        };
        let byte = shape.units.source(self.unit..self.unit).start;
        let mut at = byte;
        for mask in self.masks.of(side.part) {
            let lies = match copied.edition {
                Some(edition) => edition.masks(mask.reason.reach),
                None => Edition::Open.masks(mask.reason.reach),
            };
            let range = bytes_of(mask);
            if !lies || range.start > byte {
                continue;
            }
            let hidden = range.end.min(byte).saturating_sub(range.start);
            let label = match range.end <= byte {
                true => mask.reason.to_string().len(),
                false => 0,
            };
            at = at.saturating_sub(hidden).saturating_add(label);
        }
        copied.shape.row_of(copied.shape.units.unit_at(at))
    }
}

fn unit_at(shape: &Shape, row: usize, column: usize) -> usize {
    let row = shape.row(row);
    let mut x = 0;
    for at in row.clone() {
        x += shape.units.columns(at);
        if x > column {
            return at;
        }
    }
    row.end.saturating_sub(1).max(row.start)
}

fn bytes_of(mask: &Mask) -> Range<usize> {
    let wide = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    wide(mask.start)..wide(mask.end)
}

/// How a part reads in both copies.
fn copies(side: &Side, masks: &MessageMasks, width: usize) -> Vec<Copied> {
    let lying = masks.of(side.part);
    let read = |edition: Edition| match &side.text {
        Some(shape) => {
            let masked = Masked {
                part: side.part,
                of: masks
                    .parts
                    .iter()
                    .find(|one| one.part == side.part)
                    .map_or_else(|| print_of(&shape.text), |one| one.of),
                masks: lying.to_vec(),
            };
            // Earlier texts that nobody looked at stay behind, once the text has a mask.
            let unseen = matches!(side.part, Part::Version(_))
                && lying.is_empty()
                && !masks.of(Part::Text).is_empty();
            match unseen {
                true => "(stays behind whole: nobody masked it)".to_owned(),
                false => read_under(&shape.text, &masked, edition).0.into_owned(),
            }
        }
        None => match lying.iter().find(|mask| edition.masks(mask.reason.reach)) {
            Some(mask) => mask.reason.to_string(),
            None => side.label.clone(),
        },
    };
    let (closed, open) = (read(Edition::Closed), read(Edition::Open));
    let copied = |edition, text| Copied {
        edition,
        shape: Shape::of(text, width),
    };
    match closed == open {
        true => vec![copied(None, closed)],
        false => vec![
            copied(Some(Edition::Closed), closed),
            copied(Some(Edition::Open), open),
        ],
    }
}

/// Whether a character is of a script that is written from right to left.
fn is_right_to_left(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// For which reason.
#[derive(Clone, Debug)]
pub enum Why {
    /// None: masks are taken off.
    Off,
    /// This one.
    For(MaskReason),
    /// The one that the reviewer used last.
    Last,
}

/// What is to be masked or shown again.
#[derive(Clone, Debug)]
pub struct MaskSaying {
    /// Of which messages.
    pub target: Target,
    /// What of them.
    pub spot: Spot,
    /// Why.
    pub why: Why,
    /// How it is asked for.
    pub how: How,
    /// The last entry seen, where a preview was shown.
    pub seen: Option<u64>,
    /// In a few words, what and where.
    pub words: String,
    /// Whether it asks first, whatever its size.
    pub asks: bool,
}

/// A question about masks.
#[derive(Clone, Debug)]
pub enum MaskAsk {
    /// For which reason.
    Why(MaskWhy),
    /// How far: these words, wherever they stand.
    Reach(String),
    /// The confirming key.
    Sure(MaskSaying, MaskPreview),
}

/// The list of reasons that one is chosen from.
#[derive(Clone, Debug)]
pub struct MaskWhy {
    /// What it is for.
    pub saying: MaskSaying,
    /// All of them, the last used first; `None` until they are read.
    pub all: Option<Vec<MaskReason>>,
    /// What was typed.
    pub line: super::prompt::Prompt,
    /// The one that Enter takes, of those that fit.
    pub at: usize,
}

impl MaskWhy {
    /// The reasons that fit what was typed.
    pub fn found(&self) -> Vec<&MaskReason> {
        let wanted = crate::text::fold(self.line.text());
        let fits = |reason: &&MaskReason| {
            let words = format!("{} {} {}", reason.code, reason.label, reason.means);
            let words = crate::text::fold(&words);
            wanted.split_whitespace().all(|part| words.contains(part))
        };
        let mut found: Vec<_> = self.all.iter().flatten().filter(fits).collect();
        found.sort_by_key(|reason| !reason.code.starts_with(&wanted));
        found
    }
}

/// What is to be done or looked up.
#[derive(Debug)]
pub enum SayOfMasks {
    /// The list of reasons.
    Reasons,
    /// What masking would do.
    Plan(u64, Box<MaskSaying>),
    /// Mask, or show again.
    Redact(Box<MaskSaying>),
}

/// What came of it.
pub enum MasksDone {
    /// The reasons, the last used first.
    Reasons(Vec<MaskReason>),
    /// What masking would do, and for which reason.
    Planned(u64, MaskPreview, Option<MaskReason>),
    /// It is on the disk.
    Saved(Box<Decided>),
}

impl SayOfMasks {
    /// Carries it out.
    ///
    /// # Errors
    /// As the session.
    pub fn carry_out(
        self,
        session: &Session,
        progress: &mut dyn Progress,
    ) -> Result<MasksDone, ReviewError> {
        let reason = |why: &Why| -> Result<Option<MaskReason>, ReviewError> {
            match why {
                Why::Off => Ok(None),
                Why::For(reason) => Ok(Some(reason.clone())),
                Why::Last => Ok(session.mask_reasons()?.into_iter().next()),
            }
        };
        Ok(match self {
            SayOfMasks::Reasons => MasksDone::Reasons(session.mask_reasons()?),
            SayOfMasks::Plan(ticket, saying) => {
                let why = reason(&saying.why)?;
                let plan =
                    session.plan_redaction(&saying.target, &saying.spot, why.as_ref(), progress)?;
                MasksDone::Planned(ticket, plan, why)
            }
            SayOfMasks::Redact(saying) => {
                let why = reason(&saying.why)?;
                let asking = Asking {
                    how: saying.how,
                    note: None,
                    reason: None,
                    seen: saying.seen,
                };
                let done = session.redact(
                    &saying.target,
                    &saying.spot,
                    why.as_ref(),
                    &asking,
                    progress,
                )?;
                MasksDone::Saved(Box::new(done))
            }
        })
    }
}
