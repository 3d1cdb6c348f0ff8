//! The random sample: drawing it, and what was looked at.

use super::jumps::Spot;
use super::{App, Purpose};
use crate::review::sample::{Sample, Wanted};
use crate::review::{List, Query};
use crate::tui::action::View;
use crate::tui::event::Effect;
use crate::tui::highlight::Highlight;
use crate::tui::place::Kept;
use crate::tui::reading::{Asked, Reading};
use roaring::RoaringBitmap;

/// The sample that is being looked at.
pub struct Sampled {
    /// What was drawn.
    pub sample: Sample,
    /// Its number, where it is one for quality.
    pub quality: Option<u32>,
    /// The messages that the cursor has been on.
    pub looked: RoaringBitmap,
    /// The messages by time.
    pub reading: Reading,
}

impl Sampled {
    /// How many were looked at.
    pub fn seen(&self) -> u64 {
        self.looked.len()
    }

    /// Whether all were looked at.
    pub fn is_done(&self) -> bool {
        self.seen() >= u64::from(self.reading.len())
    }
}

impl App {
    /// The sample that a reviewer left, with what was looked at.
    pub(super) fn take_kept(&mut self, kept: &Kept) {
        if kept.sample.drawn.is_empty() {
            return;
        }
        self.set_sample(kept.sample.clone());
        if let Some(sampled) = &mut self.sampled {
            sampled.looked = kept.looked.iter().copied().collect();
            let left = sampled.sample.set() - &sampled.looked;
            let first = sampled.reading.list.next_in(0, &left);
            sampled.reading.window.cursor = first.unwrap_or(0);
        }
    }

    pub(super) fn kept_sample(&self) -> Kept {
        self.sampled
            .as_ref()
            .map_or_else(Kept::default, |sampled| Kept {
                sample: sampled.sample.clone(),
                looked: sampled.looked.iter().collect(),
            })
    }

    /// To the sample, or to the question for one.
    pub(super) fn go_sample(&mut self) {
        if self.sampled.is_some() && self.view != View::Sample {
            self.go(View::Sample);
            self.say_estimate();
        } else {
            self.ask_line(Purpose::Sample, "50 ");
        }
    }

    pub(super) fn sample_line(&mut self, text: &str) -> Vec<Effect> {
        if let Some(effects) = self.quality_line(text) {
            return effects;
        }
        match Wanted::parse(text) {
            Ok(wanted) => {
                self.say("drawing ...");
                vec![Effect::Sample(Box::new(wanted))]
            }
            Err(error) => {
                self.warn(error);
                Vec::new()
            }
        }
    }

    pub(super) fn take_sample(&mut self, drawn: Result<Sample, String>) -> Vec<Effect> {
        match drawn {
            Err(error) => self.warn(error),
            Ok(sample) if sample.drawn.is_empty() => {
                self.warn("nothing to draw from: no message there is decided on");
            }
            Ok(sample) => {
                self.set_sample(sample);
                // Keys that are meant for a question that is open stay with it.
                if self.ask.is_none() {
                    self.go(View::Sample);
                }
                self.notice = None;
                return vec![Effect::SavePlace(self.place())];
            }
        }
        Vec::new()
    }

    fn set_sample(&mut self, sample: Sample) {
        let mut set = sample.set();
        set.remove_range(self.store.len()..);
        let list = List::hits(self.store.clone(), set);
        let asked = Query::parse(&sample.of).ok().map(|query| Asked {
            text: sample.of.clone(),
            highlight: Highlight::of(&query),
        });
        let asked = asked.filter(|asked| !asked.text.is_empty());
        self.sampled = Some(Sampled {
            reading: Reading::of(list, asked),
            looked: RoaringBitmap::new(),
            quality: self.quality_of(&sample),
            sample,
        });
    }

    /// Takes note that a message of the sample was looked at: the cursor has gone on from it, or
    /// would have at the end of the list. To leave the list is no look.
    pub(super) fn note_look(&mut self, before: Option<Spot>, went_on: bool) {
        let Some(before) = before.filter(|before| before.is_in(View::Sample)) else {
            return;
        };
        let now = self.spot();
        if now.is_some_and(|now| now.is_in(View::Sample) && (now != before || went_on)) {
            self.look(before.number().0);
        }
    }

    fn look(&mut self, number: u32) {
        let Some(sampled) = &mut self.sampled else {
            return;
        };
        if sampled.looked.insert(number) && sampled.is_done() {
            self.say_estimate();
        }
    }

    /// Tells what the sample shows, once all of it was looked at.
    fn say_estimate(&mut self) {
        let Some(sampled) = self.sampled.as_ref().filter(|sampled| sampled.is_done()) else {
            return;
        };
        if let Some(words) = self.quality_told() {
            self.say(words);
            return;
        }
        if let Some(estimate) = sampled.sample.estimate(&self.session.decisions()) {
            self.say(estimate.words());
        }
    }

    /// In a sample, a decision leads to the next message that was not looked at; says whether one
    /// is read.
    pub(super) fn advance_in_sample(&mut self) -> bool {
        if self.view != View::Sample {
            return false;
        }
        if let Some(number) = self.current_message() {
            self.look(number.0);
        }
        let Some(sampled) = &mut self.sampled else {
            return false;
        };
        let left = sampled.sample.set() - &sampled.looked;
        let after = sampled.reading.window.cursor.saturating_add(1);
        let next = sampled.reading.list.next_in(after, &left);
        if let Some(to) = next.or_else(|| sampled.reading.list.next_in(0, &left)) {
            sampled.reading.window.cursor = to;
        }
        true
    }
}
