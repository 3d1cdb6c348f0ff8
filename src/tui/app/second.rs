//! The second reviewer: what the keys say of others' decisions, and the list of what waits.

use super::{App, Ask, Purpose, Tone};
use crate::case::ledger::How;
use crate::model::{Decision, MessageNumber};
use crate::review::deciders::is_same;
use crate::review::quality::{Drawn, QualityWanted};
use crate::review::sample::{Sample, Wanted};
use crate::review::second::{SecondAct, Stand};
use crate::review::waiting::Group;
use crate::review::ways::Way;
use crate::review::{Asking, Decided, List, Query, Target};
use crate::text::{counted, grouped};
use crate::tui::action::{Act, Reach, View};
use crate::tui::event::Effect;
use crate::tui::highlight::Highlight;
use crate::tui::keymap::{Key, KeyCode};
use crate::tui::reading::{Asked, Reading};
use crate::tui::second::{SayOfSecond, Saying, SecondAsk, SecondDone};
use crate::tui::view;
use crate::tui::window::{Rows, Window};

impl App {
    /// What one of these keys does.
    pub(super) fn second_act(&mut self, act: Act, count: Option<u32>) -> Vec<Effect> {
        match act {
            Act::Countersign(reach) => {
                let Some(aim) = self.aim(reach, count) else {
                    return Vec::new();
                };
                let own = self.session.actor().name.clone();
                let signed = |number| {
                    let marks = self.session.marks();
                    let words = marks.words_on(number);
                    words.iter().any(|said| {
                        is_same(said.by, &own) && said.word.stand() == Stand::Countersigned
                    })
                };
                let act = match aim.one.is_some_and(signed) {
                    true => SecondAct::Withdraw,
                    false => SecondAct::Countersign,
                };
                self.say_word(aim, act, None)
            }
            Act::Disagree => {
                if let Some(aim) = self.aim(Reach::Target, count) {
                    self.ask = Some(Ask::Second(Box::new(SecondAsk::Would(aim))));
                }
                Vec::new()
            }
            Act::Uphold => {
                if let Some(aim) = self.aim(Reach::Target, count) {
                    self.second.pending = Some((aim, SecondAct::Uphold));
                    self.ask_line(Purpose::Comment, "");
                }
                Vec::new()
            }
            _ => {
                self.go(View::Waiting);
                Vec::new()
            }
        }
    }

    /// The comment on a word, or the answer to one, was typed.
    pub(super) fn comment_line(&mut self, text: &str) -> Vec<Effect> {
        let Some((aim, act)) = self.second.pending.take() else {
            return Vec::new();
        };
        self.say_word(aim, act, (!text.is_empty()).then(|| text.to_owned()))
    }

    fn say_word(&mut self, aim: super::Aim, act: SecondAct, note: Option<String>) -> Vec<Effect> {
        let reason = match act {
            SecondAct::Disagree(_) => self.marks.reason.take(),
            _ => None,
        };
        let saying = Saying {
            words: format!("{}: {}", act.words(), aim.words),
            asking: Asking {
                how: aim.how,
                note,
                reason,
                seen: None,
            },
            target: aim.target,
            act,
        };
        if aim.asks {
            let ticket = self.ticket();
            self.second.planning = Some((ticket, saying.clone()));
            return vec![Effect::Second(SayOfSecond::Plan(ticket, saying))];
        }
        self.send_word(saying)
    }

    fn send_word(&mut self, saying: Saying) -> Vec<Effect> {
        if let Some(reading) = self.current_reading_mut() {
            reading.range = None;
        }
        self.second.saving += 1;
        vec![Effect::Second(SayOfSecond::Say(saying))]
    }

    /// In a sample for quality a decision is the second one: it goes to the ledger as a word on the
    /// first, which stays. `None` elsewhere.
    pub(super) fn decide_again(&mut self, would: Decision, reach: Reach) -> Option<Vec<Effect>> {
        let is_quality = self
            .sampled
            .as_ref()
            .is_some_and(|one| one.quality.is_some());
        if self.view != View::Sample || !is_quality {
            return None;
        }
        let number = self.current_message()?;
        if reach != Reach::Target || would == Decision::Undecided {
            self.warn("in a sample for quality each message is decided by itself");
            return Some(Vec::new());
        }
        let act = SecondAct::of(self.session.decision(number), would);
        let saying = Saying {
            target: Target::Message(number),
            act,
            asking: Asking {
                how: How::Key,
                note: None,
                reason: self.take_reason(would),
                seen: None,
            },
            words: String::new(),
        };
        Some(self.send_word(saying))
    }

    /// Something was said or looked up, or was not.
    pub(super) fn second_done(&mut self, result: Result<SecondDone, String>) -> Vec<Effect> {
        match result {
            Err(error) => {
                self.second.planning = None;
                self.second.saving = self.second.saving.saturating_sub(1);
                self.warn(error);
            }
            Ok(SecondDone::Waiting(groups, reviewers)) => {
                self.second.groups = Some(groups);
                self.second.reviewers = reviewers;
            }
            Ok(SecondDone::Drawn(drawn)) => return self.take_quality(&drawn),
            Ok(SecondDone::Planned(ticket, preview)) => {
                let planning = self.second.planning.take_if(|(known, _)| *known == ticket);
                let Some((_, mut saying)) = planning else {
                    return Vec::new();
                };
                if preview.count == 0 {
                    self.say("there is nothing to say it of: it stands so already");
                } else if self.ask.is_some() {
                    self.say("nothing changed: something else was begun meanwhile");
                } else {
                    saying.asking.seen = Some(preview.seen);
                    let ask = SecondAsk::Sure(saying, preview);
                    self.ask = Some(Ask::Second(Box::new(ask)));
                }
            }
            Ok(SecondDone::Said(act, decided)) => self.word_said(act, &decided),
        }
        Vec::new()
    }

    fn word_said(&mut self, act: SecondAct, decided: &Decided) {
        self.second.saving = self.second.saving.saturating_sub(1);
        self.refresh_details();
        if !decided.conflicts.is_empty() {
            self.warn(format!(
                "{} of these changed meanwhile, and nothing is said of them; look, then do it again",
                grouped(decided.conflicts.len())
            ));
            return;
        }
        let words = match (&decided.recorded, decided.count) {
            (None, _) => "it stands so already".to_owned(),
            (_, 1) => format!("{}: saved", act.words()),
            (_, count) => format!(
                "{} on {}: saved",
                act.words(),
                counted(u64::from(count), "message", "messages")
            ),
        };
        self.notice = Some((words, Tone::Good));
        // On to the next; a word taken off leaves the cursor where it is.
        if decided.count == 1 && act != SecondAct::Withdraw && !self.advance_in_sample() {
            self.on_to_the_next();
        }
    }

    /// To the next message of the list, however tall this one is.
    fn on_to_the_next(&mut self) {
        if let Some(reading) = self.current_reading_mut() {
            let next = reading.window.cursor.saturating_add(1);
            if next < reading.len() {
                reading.window.cursor = next;
            }
        }
    }

    /// A key for a question about a second word.
    pub(super) fn second_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(Ask::Second(ask)) = self.ask.take() else {
            return Vec::new();
        };
        match (*ask, key.code, key.ctrl) {
            (SecondAsk::Would(_), KeyCode::Esc, _) | (_, KeyCode::Char('c'), true) => {}
            (SecondAsk::Would(aim), KeyCode::Char(letter), false) => {
                let mut decisions = Decision::ALL.into_iter().skip(1);
                let would = decisions.find(|one| one.letter().eq_ignore_ascii_case(&letter));
                match would {
                    Some(would) => {
                        self.second.pending = Some((aim, SecondAct::Disagree(would)));
                        self.ask_line(Purpose::Comment, "");
                    }
                    None => self.ask = Some(Ask::Second(Box::new(SecondAsk::Would(aim)))),
                }
            }
            (SecondAsk::Sure(saying, _), KeyCode::Char('y'), false) => {
                return self.send_word(saying);
            }
            (SecondAsk::Sure(..), KeyCode::Char('n') | KeyCode::Esc, _) => {
                self.say("nothing changed");
            }
            (other, ..) => self.ask = Some(Ask::Second(Box::new(other))),
        }
        Vec::new()
    }

    /// Asks what waits where that is not, or no longer, known; and keeps what is hidden and where
    /// the reviewer is up to date.
    pub(super) fn renew_second(&mut self) -> Option<Effect> {
        let head = self.session.head();
        let quality = self.sampled.as_ref().and_then(|sampled| sampled.quality);
        if self.second.hidden_at != Some(head) || self.second.quality_of != quality {
            self.second.hidden = self.session.hidden();
            self.second.hidden_at = Some(head);
            self.second.quality_of = quality;
            self.second.quality = self.look_up_quality(quality);
        }
        if self.view != View::Waiting || self.second.asked == Some(head) {
            return None;
        }
        self.second.asked = Some(head);
        Some(Effect::Second(SayOfSecond::Waiting))
    }

    /// Lists the messages of the group under the cursor, where the reviewer was in it.
    pub(super) fn open_group(&mut self) {
        let Some(group) = self.second.current().cloned() else {
            return;
        };
        self.list_of_group(&group);
    }

    fn list_of_group(&mut self, group: &Group) {
        let mut messages = group.messages.clone();
        messages.remove_range(self.store.len()..);
        let text = group.query();
        let asked = Query::parse(&text).ok().map(|query| Asked {
            highlight: Highlight::of(&query),
            text: text.clone(),
        });
        let left = self.remembered(&Way::of(&text));
        let mut reading = Reading::of(List::hits(self.store.clone(), messages), asked);
        let again = left.is_some_and(|left| reading.go_to(left));
        self.results = Some(reading);
        self.go(View::Results);
        if again {
            self.say_again();
        }
    }

    pub(super) fn travel_second(&mut self, width: u16, step: impl FnOnce(&mut Window, &Rows<'_>)) {
        let mut window = self.second.window;
        let rows = Rows {
            len: self.second.entries(),
            of: &|at| view::waiting::rows(self, at, width),
        };
        step(&mut window, &rows);
        self.second.window = window;
    }

    /// What was typed for a sample for quality, after the number: `--second`, `--blind` and the rest
    /// of a sample. `None` where it asks for none.
    pub(super) fn quality_line(&mut self, text: &str) -> Option<Vec<Effect>> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let blind = words.contains(&"--blind");
        if !blind && !words.contains(&"--second") {
            return None;
        }
        let rest: Vec<&str> = words
            .into_iter()
            .filter(|word| !matches!(*word, "--second" | "--blind"))
            .collect();
        Some(match Wanted::parse(&rest.join(" ")) {
            Ok(wanted) => {
                self.say("drawing ...");
                let wanted = QualityWanted { wanted, blind };
                vec![Effect::Second(SayOfSecond::Draw(wanted))]
            }
            Err(error) => {
                self.warn(error);
                Vec::new()
            }
        })
    }

    fn take_quality(&mut self, drawn: &Drawn) -> Vec<Effect> {
        let draw = &drawn.draw;
        self.take_sample(Ok(Sample {
            seed: draw.seed,
            of: draw.of.clone(),
            population: draw.population,
            drawn: draw.drawn.clone(),
        }))
    }

    /// The sample for quality that this is, if it is one of this reviewer's.
    pub(super) fn quality_of(&self, sample: &Sample) -> Option<u32> {
        let samples = self.session.samples();
        let mut own = samples.all().iter().rev();
        let found = own.find(|drawn| {
            is_same(&drawn.by, &self.session.actor().name)
                && drawn.draw.seed == sample.seed
                && drawn.draw.drawn == sample.drawn
        });
        found.map(|drawn| drawn.draw.sample)
    }

    /// What the sample for quality that is open tells so far: the agreed rate.
    pub fn quality_words(&self) -> Option<&str> {
        self.sampled.as_ref()?.quality?;
        self.second.quality.as_deref()
    }

    fn look_up_quality(&self, sample: Option<u32>) -> Option<String> {
        let samples = self.session.samples();
        let quality = self.session.quality(samples.get(sample?)?);
        let agreed = quality.agreed;
        let (given, drawn) = (quality.given, quality.drawn);
        let percent = |share: f64| format!("{:.1}", share * 100.0);
        Some(match given {
            0 => format!("{given} of {drawn} decided again"),
            _ => format!(
                "{given} of {drawn}: agreed {}% ({} to {}%)",
                percent(agreed.share),
                percent(agreed.low),
                percent(agreed.high)
            ),
        })
    }

    /// What the sample for quality that is open tells, once all of it was looked at: in full.
    pub(super) fn quality_told(&self) -> Option<String> {
        let sample = self.sampled.as_ref()?.quality?;
        let samples = self.session.samples();
        let quality = self.session.quality(samples.get(sample)?);
        Some(match quality.elusion.of {
            0 => format!("agreed: {}", quality.agreed.words()),
            _ => format!(
                "agreed: {}; elusion: {}",
                quality.agreed.words(),
                quality.elusion.words()
            ),
        })
    }

    /// What another reviewer decided at the same moment, with both names: `Bo decided it personal;
    /// your official is kept as a disagreement`.
    pub(super) fn conflict_words(&self, decided: &Decided, own: Decision) -> String {
        let deciders = self.session.deciders();
        let mut names: Vec<&str> = deciders
            .all()
            .filter(|(_, set)| !set.is_disjoint(&decided.conflicts))
            .map(|(name, _)| name)
            .collect();
        names.dedup();
        let who = match names.as_slice() {
            [] => "another reviewer".to_owned(),
            names => names.join(", "),
        };
        let me = &self.session.actor().name;
        let kept = match (own, &decided.word) {
            (_, None) => String::new(),
            (own, Some(_)) => format!("; {} by {me} is kept as a disagreement", own.name()),
        };
        match (decided.conflicts.len(), decided.conflicts.min()) {
            (1, Some(number)) => {
                let now = self.session.decision(MessageNumber(number)).name();
                format!("{who} decided this {now} meanwhile{kept}; look, then decide again")
            }
            (count, _) => format!(
                "{who} decided {} of these meanwhile{kept}; look, then decide again",
                grouped(count)
            ),
        }
    }
}
