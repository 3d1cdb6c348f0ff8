//! What of a message leaves under its masks, in the closed master and in the open copy.
//!
//! The rules, for whoever judges them:
//! - What is masked because it is no record (`always`) is in neither edition. What is exempt
//!   (`open`) is in the closed master, and masked in the open copy.
//! - A text shows a mask of one width for each run, with its reason. Its subject is the beginning of
//!   it, and reads as that does.
//! - Where a text is masked, its earlier texts stay behind whole, but for those that a person masked
//!   by themselves: nobody looked at the others. Of both kinds of reasons the one that always holds
//!   is told; so it is of an earlier text that a purge left its reason of alone.
//! - Files, recipients, signs, whom it was forwarded from, and labels are withheld whole, and the
//!   record says so. A withheld file leaves neither name nor bytes.
//! - A mail of which anything is masked does not leave as it was, nor does one that holds it.
//! - The tables beside `data/` belong to the closed master.
//! - Where a profile hands the open set over alone, every mask is `always`, and there is one edition;
//!   of the closed master alone there is no open copy, and what is exempt is told as exempt.

use super::choice;
use super::profile::Sets;
use super::records::{MaskRow, date, day_name};
use super::select::Selection;
use crate::case::masks::{MaskReason, MessageMasks, Part, Reach};
use crate::case::{Held, Message};
use crate::model::{Extra, MessageNumber};
use crate::review::Edition;
use crate::review::masks::{read_part, read_under};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What of a message leaves in an edition.
pub(super) struct Leaving<'a> {
    /// The text under its masks.
    pub(super) text: Cow<'a, str>,
    /// What it has beside its text, without what is withheld.
    pub(super) extra: Extra,
    /// Its files; each with the reason, where it is withheld.
    pub(super) files: Vec<(Held, Option<MaskReason>)>,
    /// What is masked and withheld.
    pub(super) masks: Vec<MaskRow>,
}

impl Selection {
    /// What of a message leaves in an edition; of a line of the app its text alone.
    pub(super) fn leaving_in<'a>(&'a self, message: &Message<'a>, edition: Edition) -> Leaving<'a> {
        let decided = message.kind.is_decidable();
        let store = &self.store;
        let (extra, files) = match decided {
            true => (
                store.extra(message.number),
                choice::files_in(store, &self.masks, message.number, edition),
            ),
            false => (Extra::default(), Vec::new()),
        };
        let mut leaving = Leaving {
            text: self.text(message),
            extra,
            files,
            masks: Vec::new(),
        };
        if let Some(masks) = self.masks.of(message.number) {
            leaving.put_under(message.text, masks, edition, &self.gone);
            // A name that may not be shown stays so in what no mask lies on.
            if !decided && let Cow::Owned(text) = &leaving.text {
                leaving.text = Cow::Owned(self.without_names(text).into_owned());
            }
        }
        leaving
    }

    /// What a message has beside its text in the closed master.
    pub(super) fn extra(&self, number: MessageNumber) -> Extra {
        match (self.masks.of(number), self.store.message(number)) {
            (Some(_), Some(message)) => self.leaving_in(&message, Edition::Closed).extra,
            _ => self.store.extra(number),
        }
    }

    /// Whether the open copy of a message differs from the closed master.
    pub(super) fn is_exempt(&self, number: MessageNumber) -> bool {
        self.sets() == Sets::Both
            && self.leaving.contains(number.0)
            && self.masks.of(number).is_some_and(|masks| {
                masks
                    .all()
                    .any(|(_, mask)| mask.reason.reach == Reach::Open)
            })
    }

    /// Whether anything that leaves is masked in the open copy alone.
    pub(super) fn has_open_copy(&self) -> bool {
        self.masks.iter().any(|(number, _)| self.is_exempt(number))
    }

    /// Whether something that is no record was taken out of a message.
    pub(super) fn has_personal_mask(&self, number: MessageNumber) -> bool {
        choice::has_personal_mask(&self.masks, number)
    }

    /// The rows of `redactions.csv`: each message that leaves with masks, by its number, with the
    /// closed rows and then the open ones.
    pub(super) fn redactions(&self) -> Vec<Redaction> {
        let mut rows = Vec::new();
        for (number, _) in self.masks.iter() {
            let Some(message) = self.store.message(number) else {
                continue;
            };
            if !self.leaving.contains(number.0) {
                continue;
            }
            for edition in [Edition::Closed, Edition::Open] {
                let wanted = match edition {
                    Edition::Closed => Reach::Always,
                    Edition::Open => Reach::Open,
                };
                let masks = self.leaving_in(&message, edition).masks;
                rows.extend(
                    masks
                        .into_iter()
                        .filter(|mask| mask.reach == wanted.name())
                        .map(|mask| Redaction {
                            number,
                            thread: message.thread.0,
                            day: day_name(date(&message)),
                            edition,
                            mask,
                        }),
                );
            }
        }
        rows
    }
}

/// A row of `redactions.csv`.
pub(super) struct Redaction {
    pub(super) number: MessageNumber,
    pub(super) thread: u32,
    pub(super) day: String,
    pub(super) edition: Edition,
    pub(super) mask: MaskRow,
}

impl Leaving<'_> {
    /// `gone`: what stands in the place of what is no record.
    fn put_under(
        &mut self,
        text: &str,
        masks: &MessageMasks,
        edition: Edition,
        gone: &BTreeSet<String>,
    ) {
        let mut first: Option<MaskReason> = None;
        let mut rows: BTreeMap<(Part, MaskReason), u64> = BTreeMap::new();
        for (part, mask) in masks.all() {
            if edition.masks(mask.reason.reach) {
                // The same in both editions where something is no record.
                let is_first = first.as_ref().is_none_or(|first| {
                    first.reach == Reach::Open && mask.reason.reach == Reach::Always
                });
                if part == Part::Text && is_first {
                    first = Some((*mask.reason).clone());
                }
                *rows.entry((part, (*mask.reason).clone())).or_default() += 1;
            }
        }
        for masked in &masks.parts {
            let mut reasons = masked.masks.iter().map(|mask| &mask.reason);
            if !reasons.any(|reason| edition.masks(reason.reach)) {
                continue;
            }
            match masked.part {
                Part::Text => {
                    let subject = self.extra.subject.len();
                    if subject > 0 && text.starts_with(&self.extra.subject) {
                        let (shown, _) = read_part(text, 0..subject, masked, edition);
                        self.extra.subject = shown.into_owned();
                    }
                    self.text = Cow::Owned(read_under(text, masked, edition).0.into_owned());
                }
                Part::Version(at) => {
                    if let Some(version) = self.extra.versions.get_mut(usize::from(at)) {
                        version.text = read_under(&version.text, masked, edition).0.into_owned();
                    }
                }
                // [`choice::files_in`] withheld it.
                Part::File(_) => {}
                Part::Recipients => self.extra.recipients.clear(),
                Part::Reactions => self.extra.reactions.clear(),
                Part::Forwarded => self.extra.forwarded = None,
                Part::Labels => self.extra.labels.clear(),
            }
        }
        if let Some(reason) = first {
            let versions = self.extra.versions.iter_mut();
            for (at, version) in (0_u16..).zip(versions) {
                let part = Part::Version(at);
                if masks.of(part).is_empty() && !gone.contains(&version.text) {
                    version.text = reason.to_string();
                    rows.insert((part, reason.clone()), 1);
                }
            }
        }
        self.masks = rows
            .into_iter()
            .map(|((part, reason), count)| MaskRow {
                part: part.name(),
                reason: reason.code,
                shown: reason.label,
                reach: reason.reach.name().to_owned(),
                means: reason.means,
                count,
            })
            .collect();
    }
}
