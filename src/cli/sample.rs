//! `docket sample`.

use super::out::{Out, note};
use super::search::sender;
use super::{Common, End, Failure, quality, time};
use crate::model::MessageNumber;
use crate::review::quality::QualityWanted;
use crate::review::sample::{Sample, Wanted};
use crate::text::{Shown, counted};
use crate::tui::place::{self, Kept};
use serde::Serialize;
use std::sync::atomic::AtomicBool;

/// Draw a random sample to look at again, or tell what the last one shows
///
/// With a number, draws so many of the messages that a query finds, of all
/// that somebody decides on without one, and keeps the sample as yours: gn
/// opens it in docket review. The same seed draws the same sample again as
/// long as the query finds the same messages.
///
/// Without a number, tells how many of your sample were decided otherwise
/// since it was drawn, and between which bounds that share lies, with 95%
/// confidence, in all that it was drawn from.
///
/// With --second, the sample is of others' decisions, and for quality: it is
/// written to the ledger with its seed, and your first word on each message of
/// it (docket countersign or disagree --message, or gn on the screen) is
/// counted. Without a number, tells the agreed rate of each such sample with
/// its 95% interval, and of those called personal how many the second look
/// would hand over.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket sample 50 is:personal
  docket sample 100 --seed 7
  docket sample 50 --second --blind by:ann
  docket sample")]
pub struct SampleCommand {
    /// How many
    #[arg(value_name = "NUMBER")]
    size: Option<u32>,
    /// Of which messages; without it, of all
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    /// The seed of the draw; without it, docket chooses one
    #[arg(long, value_name = "NUMBER", requires = "size")]
    seed: Option<u64>,
    /// Of others' decisions, for quality: kept in the ledger
    #[arg(long)]
    second: bool,
    /// With --second: the first decision stays hidden on the screen until yours
    /// is given
    #[arg(long, requires = "second", requires = "size")]
    blind: bool,
}

/// A sample, for programs.
#[derive(Serialize)]
struct Told<'a> {
    seed: u64,
    query: &'a str,
    population: u32,
    drawn: usize,
    looked_at: usize,
    decided_otherwise: u32,
    share: f64,
    low: f64,
    high: f64,
    numbers: Vec<u32>,
}

impl SampleCommand {
    fn wanted(&self, size: u32) -> Result<Wanted, Failure> {
        let seed = self
            .seed
            .map_or_else(String::new, |seed| format!("seed={seed} "));
        let text = format!("{size} {seed}{}", self.query.join(" "));
        Wanted::parse(&text).map_err(Failure::Usage)
    }

    /// Draws and lists, or tells.
    pub fn run(self, common: &Common, out: &mut Out) -> Result<End, Failure> {
        if self.second {
            let wanted = self.size.map(|size| {
                let wanted = self.wanted(size)?;
                Ok::<_, Failure>(QualityWanted {
                    wanted,
                    blind: self.blind,
                })
            });
            return quality::run(wanted.transpose()?, common, out);
        }
        let session = common.session()?;
        let path = session.case().layout().place();
        let reviewer = session.actor().name.clone();
        let mut place = place::load(&path, &reviewer);
        if let Some(size) = self.size {
            let wanted = self.wanted(size)?;
            let sample =
                Sample::of(&session, &wanted, &AtomicBool::new(false)).map_err(Failure::refused)?;
            place.sample = Kept {
                sample,
                looked: Vec::new(),
            };
            place::save(&path, &reviewer, &place).map_err(|error| {
                Failure::Refused(format!("the sample cannot be kept in the case: {error}"))
            })?;
        }
        let Kept { sample, looked } = &place.sample;
        let Some(estimate) = sample.estimate(&session.decisions()) else {
            return Err(Failure::Refused(if self.size.is_some() {
                "nothing to draw from: the query finds no message that is decided on".into()
            } else {
                "no sample was drawn yet; docket sample 50 draws one".into()
            }));
        };
        if out.json {
            out.object(&Told {
                seed: sample.seed,
                query: &sample.of,
                population: sample.population,
                drawn: sample.drawn.len(),
                looked_at: looked.len(),
                decided_otherwise: estimate.otherwise,
                share: estimate.share,
                low: estimate.interval.0,
                high: estimate.interval.1,
                numbers: sample.drawn.iter().map(|(number, _)| *number).collect(),
            })?;
            return Ok(End::Done);
        }
        if self.size.is_some() {
            let store = session.store();
            for (number, then) in &sample.drawn {
                if let Some(message) = store.message(MessageNumber(*number)) {
                    let head = format!(
                        "{number:>7}  {}  {:<9}  {}: {}",
                        time::minute(out.dates(), message.time, message.offset_minutes),
                        then.name(),
                        sender(&store, &message).unwrap_or("-"),
                        message.text,
                    );
                    out.shown(&Shown::line_cut(&head, out.width()))?;
                }
            }
            out.flush()?;
            note(&format!(
                "{}; gn opens it in docket review",
                sample.describe()
            ));
            return Ok(End::Done);
        }
        out.line(&sample.describe())?;
        out.line(&format!(
            "{} looked at on the screen",
            counted(looked.len() as u64, "message", "messages")
        ))?;
        out.line(&estimate.words())?;
        Ok(End::Done)
    }
}
