//! The report on the screen: its lines, in sections, as they are walked and entered one by one.

use super::window::Window;
use crate::case::Store;
use crate::case::ledger::Head;
use crate::findings::Data;
use crate::review::report::{Report, STEPS};
use crate::review::timeline::Row;
use std::sync::Arc;

/// The parts of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The case at a glance.
    Case,
    /// Messages by month, as they stand.
    Months,
    /// How complete each conversation is, as a strip of days.
    Strips,
    /// How long messages waited to be captured.
    Waits,
    /// Personal data, by kind, and where it was posted.
    Exposure,
    /// Who could read it.
    Readers,
    /// The reviewers.
    Pace,
    /// What is open.
    Open,
    /// What the exports lack, or may lack.
    Lacks,
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// What there is, in numbers.
    Numbers,
    /// How it stands.
    Stands,
    /// A month, or months without a message.
    Month(usize),
    /// What the signs of the strips say.
    Signs,
    /// A conversation's strip.
    Strip(usize),
    /// How many waited so long.
    Wait(usize),
    /// How many waited over the limit.
    Over,
    /// Personal data of one kind.
    Data(Data),
    /// What one person posted in one conversation on one day.
    Posting(usize),
    /// Someone who could read some of it.
    Reader(usize),
    /// A reviewer.
    Reviewer(usize),
    /// The time that is left.
    Left,
    /// Something open.
    Open(usize),
    /// Something that an export lacks.
    Lack(usize),
    /// There is nothing of this.
    Nothing(Section),
}

impl Item {
    /// The part that it is of.
    pub fn section(self) -> Section {
        match self {
            Item::Numbers | Item::Stands => Section::Case,
            Item::Month(_) => Section::Months,
            Item::Signs | Item::Strip(_) => Section::Strips,
            Item::Wait(_) | Item::Over => Section::Waits,
            Item::Data(_) | Item::Posting(_) => Section::Exposure,
            Item::Reader(_) => Section::Readers,
            Item::Reviewer(_) | Item::Left => Section::Pace,
            Item::Open(_) => Section::Open,
            Item::Lack(_) => Section::Lacks,
            Item::Nothing(section) => section,
        }
    }
}

/// A report with its lines.
#[derive(Debug)]
pub struct Board {
    /// The report.
    pub report: Report,
    /// Its lines, in their order.
    pub items: Vec<Item>,
    /// The most messages of a month.
    pub most: u32,
}

impl Board {
    /// The lines of a report.
    pub fn of(report: Report) -> Board {
        let mut items = vec![Item::Numbers, Item::Stands];
        let mut part = |section: Section, part: Vec<Item>| {
            if part.is_empty() {
                items.push(Item::Nothing(section));
            }
            items.extend(part);
        };
        let all = |len: usize, item: &dyn Fn(usize) -> Item| (0..len).map(item).collect::<Vec<_>>();
        part(Section::Months, all(report.months.rows.len(), &Item::Month));
        let mut strips = all(report.strips.len(), &Item::Strip);
        if !strips.is_empty() {
            strips.insert(0, Item::Signs);
        }
        part(Section::Strips, strips);
        let mut waits = all(STEPS.len(), &Item::Wait);
        waits.push(Item::Over);
        waits.retain(|_| report.latency.at_most.messages > 0);
        part(Section::Waits, waits);
        let exposure = &report.exposure;
        let kinds = exposure.by_data.keys().copied().map(Item::Data);
        let mut exposed: Vec<Item> = kinds.collect();
        exposed.extend(all(exposure.postings.len(), &Item::Posting));
        part(Section::Exposure, exposed);
        part(Section::Readers, all(exposure.exposed.len(), &Item::Reader));
        let mut pace = all(report.reviewers.len(), &Item::Reviewer);
        pace.push(Item::Left);
        part(Section::Pace, pace);
        part(Section::Open, all(report.open.len(), &Item::Open));
        part(Section::Lacks, all(report.points.len(), &Item::Lack));
        let months = report.months.rows.iter().map(|row| match row {
            Row::Bar(_, counts) => counts.total,
            Row::Gap(..) => 0,
        });
        Board {
            most: months.max().unwrap_or_default(),
            items,
            report,
        }
    }

    /// The line at this place.
    pub fn item(&self, at: u32) -> Option<Item> {
        self.items.get(usize::try_from(at).ok()?).copied()
    }

    /// Whether a line is the first of its part.
    pub fn is_first(&self, at: u32) -> bool {
        let section = |at: u32| self.item(at).map(Item::section);
        at.checked_sub(1)
            .is_none_or(|before| section(before) != section(at))
    }
}

/// The report on the screen.
#[derive(Default)]
pub struct ReportScreen {
    /// It, once it is put together.
    pub board: Option<Arc<Board>>,
    /// The cursor and what is in view.
    pub window: Window,
    /// What it is of, or what is being put together.
    pub of: Option<(Arc<Store>, Head)>,
    /// Whether it is being put together.
    pub looking: bool,
}

impl ReportScreen {
    /// How many lines it has.
    pub fn len(&self) -> u32 {
        let len = self.board.as_ref().map_or(0, |board| board.items.len());
        u32::try_from(len).unwrap_or(u32::MAX)
    }

    /// Whether it has none, or is not put together yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The line under the cursor.
    pub fn current(&self) -> Option<Item> {
        self.board.as_ref()?.item(self.window.cursor)
    }
}
