//! Masking: the message whose parts are masked, and what its keys do.

use super::{App, Ask, Tone};
use crate::case::ledger::How;
use crate::case::masks::Reach as MaskReach;
use crate::model::MessageNumber;
use crate::review::{Find, MaskPreview, Spot, Target};
use crate::text::{counted, grouped};
use crate::tui::action::{Act, Reach, View};
use crate::tui::event::Effect;
use crate::tui::keymap::{Key, KeyCode};
use crate::tui::masking::{MaskAsk, MaskSaying, MaskWhy, MasksDone, SayOfMasks, Sheet, Why};
use crate::tui::prompt::Prompt;
use crate::tui::view;
use roaring::RoaringBitmap;

impl App {
    /// What a key of masking does.
    pub(super) fn masking_act(&mut self, act: Act, count: Option<u32>) -> Vec<Effect> {
        let times = usize::try_from(count.unwrap_or(1).max(1)).unwrap_or(usize::MAX);
        let step = match act {
            Act::Along(step) => step,
            Act::GoMasks => return self.open_masks(),
            Act::Span | Act::SpanOther => {
                if let Some(sheet) = &mut self.masking.open {
                    match (act, sheet.anchor) {
                        (Act::Span, None) => {
                            let is_text = sheet.shape().is_some_and(|one| !one.units.is_empty());
                            sheet.anchor = is_text.then_some(sheet.unit);
                        }
                        (Act::Span, Some(_)) => sheet.anchor = None,
                        (_, anchor) => {
                            let unit = sheet.unit;
                            sheet.unit = anchor.unwrap_or(unit);
                            sheet.anchor = anchor.map(|_| unit);
                        }
                    }
                }
                return Vec::new();
            }
            Act::MaskAll => {
                let sheet = self.masking.open.as_ref();
                let words = sheet.and_then(Sheet::words).unwrap_or_default().trim();
                match words.is_empty() {
                    true => self.say("no words are chosen here: v begins a span of a text"),
                    false => {
                        let ask = MaskAsk::Reach(words.to_owned());
                        self.ask = Some(Ask::Masking(Box::new(ask)));
                    }
                }
                return Vec::new();
            }
            Act::Unmask => {
                let sheet = self.masking.open.as_ref();
                let spot = sheet.and_then(Sheet::masked_spot);
                return match spot.and_then(|spot| self.saying_here(spot, Why::Off)) {
                    Some(saying) => self.send_masks(saying),
                    None => {
                        self.say("nothing is masked here");
                        Vec::new()
                    }
                };
            }
            _ => {
                let spot = self.masking.open.as_ref().and_then(Sheet::spot);
                let Some(saying) = spot.and_then(|spot| self.saying_here(spot, Why::Last)) else {
                    self.say("there is nothing here to be masked");
                    return Vec::new();
                };
                return match act {
                    Act::MaskAgain if self.has_used_a_mask() => self.send_masks(saying),
                    _ => self.ask_mask_reason(saying),
                };
            }
        };
        if let Some(sheet) = &mut self.masking.open {
            sheet.by_unit(step, times);
        }
        Vec::new()
    }

    pub(super) fn has_used_a_mask(&self) -> bool {
        let masks = self.session.masks();
        !masks.recent(&self.session.actor().name).is_empty()
    }

    fn saying_here(&self, spot: Spot, why: Why) -> Option<MaskSaying> {
        let sheet = self.masking.open.as_ref()?;
        Some(MaskSaying {
            target: Target::Message(sheet.message),
            spot,
            why,
            how: How::Key,
            seen: None,
            words: "this message".to_owned(),
            asks: false,
        })
    }

    pub(super) fn ask_mask_reason(&mut self, saying: MaskSaying) -> Vec<Effect> {
        let why = MaskWhy {
            saying,
            all: None,
            line: Prompt::default(),
            at: 0,
        };
        self.ask = Some(Ask::Masking(Box::new(MaskAsk::Why(why))));
        vec![Effect::Masking(SayOfMasks::Reasons)]
    }

    fn open_masks(&mut self) -> Vec<Effect> {
        let Some(number) = self.current_message() else {
            return Vec::new();
        };
        if self.second.hidden.contains(number.0) {
            self.warn("in a blind sample the message is decided before its masks are shown");
            return Vec::new();
        }
        let same = self.session.same();
        if same.is_copy(number) {
            let head = same.head(number);
            self.warn(format!(
                "message {head} stands for this one: it is masked there"
            ));
            return Vec::new();
        }
        self.masking.open = Sheet::of(&self.session, number);
        if self.masking.open.is_some() {
            self.go(View::Masks);
        }
        Vec::new()
    }

    /// Moves over the lines of the message, as lists move over theirs.
    pub(super) fn travel_masks(&mut self, act: Act, count: Option<u32>, height: u32) {
        let room = usize::try_from(height).unwrap_or(usize::MAX).max(1);
        let times = usize::try_from(count.unwrap_or(1).max(1)).unwrap_or(usize::MAX);
        let Some(sheet) = &mut self.masking.open else {
            return;
        };
        match act {
            Act::Down => sheet.by_line(true, times),
            Act::Up => sheet.by_line(false, times),
            Act::HalfDown => sheet.by_line(true, times.saturating_mul(room / 2)),
            Act::HalfUp => sheet.by_line(false, times.saturating_mul(room / 2)),
            Act::PageDown => sheet.by_line(true, times.saturating_mul(room)),
            Act::PageUp => sheet.by_line(false, times.saturating_mul(room)),
            Act::First => sheet.by_line(false, usize::MAX),
            Act::Last => sheet.by_line(true, usize::MAX),
            _ => {}
        }
    }

    /// The words to be looked for in the message were typed.
    pub(super) fn find_inside(&mut self, text: &str) -> Vec<Effect> {
        if !text.is_empty() {
            match Find::anywhere(text) {
                Ok(find) => self.masking.find = Some(find),
                Err(error) => {
                    self.warn(error.to_string());
                    return Vec::new();
                }
            }
        }
        self.next_match(true, None);
        Vec::new()
    }

    /// To the next place of what was looked for in the message or, before that, of the last search.
    pub(super) fn next_match(&mut self, forward: bool, count: Option<u32>) {
        let last = self.last_highlight().cloned();
        let (find, Some(sheet)) = (&self.masking.find, &mut self.masking.open) else {
            return;
        };
        let mut found = false;
        for _ in 0..count.unwrap_or(1).clamp(1, 1000) {
            found = match (find, &last) {
                (Some(find), _) => sheet.to_match(forward, &|text| find.spans(text)),
                (None, Some(last)) => sheet.to_match(forward, &|text| last.hits(text)),
                (None, None) => false,
            };
        }
        if !found {
            self.say("not found in this message");
        }
    }

    /// Leaves the message, to where it was opened. A mixed one that has its mask now was waiting for
    /// nothing else: on to the next that waits.
    pub(super) fn leave_masks(&mut self, on: bool) -> Vec<Effect> {
        if let Some(sheet) = &mut self.masking.open
            && sheet.anchor.take().is_some()
            && !on
        {
            return Vec::new();
        }
        let sheet = self.masking.open.take();
        self.view = self.back.pop().unwrap_or(View::Threads);
        let is_done =
            |sheet: &Sheet| sheet.was_waiting && !self.session.waits_for_mask(sheet.message);
        if !on && !sheet.as_ref().is_some_and(is_done) {
            return Vec::new();
        }
        match self.next_to_do() {
            Some((to, number)) => {
                if let Some(reading) = self.current_reading_mut() {
                    reading.window.cursor = to;
                }
                match self.session.waits_for_mask(number) {
                    true => return self.open_masks(),
                    false => self.say("the next undecided"),
                }
            }
            None => self.say("nothing listed after it is undecided, or mixed without its mask"),
        }
        Vec::new()
    }

    /// The next message of the list that is undecided, or mixed without its mask.
    fn next_to_do(&self) -> Option<(u32, MessageNumber)> {
        let reading = self.current_reading()?;
        let from = reading.window.cursor.saturating_add(1);
        let saving = self.saving_numbers();
        let open = reading.next_open(&self.session, from, &saving);
        let waiting = self.session.waiting_for_masks();
        let mixed = waiting
            .iter()
            .filter_map(|number| reading.list.position_of(MessageNumber(number)))
            .filter(|at| *at >= from)
            .min();
        let to = open.into_iter().chain(mixed).min()?;
        Some((to, reading.at(to)?))
    }

    pub(super) fn send_masks(&mut self, saying: MaskSaying) -> Vec<Effect> {
        self.masking.saving += 1;
        vec![Effect::Masking(SayOfMasks::Redact(Box::new(saying)))]
    }

    /// Does it, or asks first how many it would be.
    fn begin_masks(&mut self, saying: MaskSaying) -> Vec<Effect> {
        if matches!(saying.spot, Spot::Found(_)) {
            if !self.begins_job("looking for these words") {
                return Vec::new();
            }
            let ticket = self.ticket();
            self.masking.planning = Some((ticket, saying.clone()));
            let said = SayOfMasks::Plan(ticket, Box::new(saying));
            return vec![Effect::Masking(said)];
        }
        self.send_masks(saying)
    }

    /// Something was masked or looked up, or was not.
    pub(super) fn masking_done(&mut self, result: Result<MasksDone, String>) -> Vec<Effect> {
        match result {
            Err(error) => {
                if let Some(Ask::Masking(_)) = &self.ask {
                    self.ask = None;
                }
                if self.masking.is_busy() {
                    self.job = None;
                }
                let saving = self.masking.saving > 0;
                self.masking.planning = None;
                self.masking.saving = self.masking.saving.saturating_sub(1);
                self.warn(match saving {
                    true => format!("NOT saved: {error}"),
                    false => error,
                });
            }
            Ok(MasksDone::Reasons(reasons)) => {
                if let Some(Ask::Masking(ask)) = &mut self.ask
                    && let MaskAsk::Why(why) = &mut **ask
                {
                    why.all = Some(reasons);
                }
            }
            Ok(MasksDone::Planned(ticket, preview, reason)) => {
                let planning = self.masking.planning.take_if(|(known, _)| *known == ticket);
                let Some((_, mut saying)) = planning else {
                    return Vec::new();
                };
                self.job = None;
                saying.seen = Some(preview.seen);
                if let Some(reason) = reason {
                    saying.why = Why::For(reason);
                }
                if preview.count == 0 {
                    self.say("nothing to change: it stands so already");
                } else if self.ask.is_some() {
                    self.say("nothing changed: something else was begun meanwhile");
                } else if saying.asks || preview.count > self.settings.confirm_over {
                    self.ask = Some(Ask::Masking(Box::new(MaskAsk::Sure(saying, preview))));
                } else {
                    return self.send_many(saying);
                }
            }
            Ok(MasksDone::Saved(decided)) => {
                self.masking.saving = self.masking.saving.saturating_sub(1);
                self.job = None;
                self.refresh_details();
                if !decided.conflicts.is_empty() {
                    self.warn(format!(
                        "another session masked {} of these meanwhile; look, then do it again",
                        grouped(decided.conflicts.len())
                    ));
                    return Vec::new();
                }
                let mut words = match &decided.recorded {
                    Some(recorded) => {
                        format!("{}: saved", crate::review::act_in_words(&recorded.entry))
                    }
                    None => "it stands so already".to_owned(),
                };
                let session = self.session.clone();
                if let Some(sheet) = &mut self.masking.open {
                    sheet.anchor = None;
                    if sheet.was_waiting && !session.waits_for_mask(sheet.message) {
                        let back = self.keymap.label(Act::Back);
                        words += &format!("; {back} goes on to the next");
                    }
                }
                self.notice = Some((words, Tone::Good));
            }
        }
        Vec::new()
    }

    fn send_many(&mut self, saying: MaskSaying) -> Vec<Effect> {
        match self.begins_job("masking") {
            true => self.send_masks(saying),
            false => Vec::new(),
        }
    }

    /// A key for a question about masks.
    pub(super) fn masking_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(Ask::Masking(ask)) = self.ask.take() else {
            return Vec::new();
        };
        let leaves = key.code == KeyCode::Esc || (key.code == KeyCode::Char('c') && key.ctrl);
        match *ask {
            _ if leaves => self.say("nothing changed"),
            MaskAsk::Why(mut why) => {
                let last = why.found().len().saturating_sub(1);
                match key.code {
                    KeyCode::Backspace if why.line.text().is_empty() => return Vec::new(),
                    KeyCode::Down | KeyCode::Tab => why.at = why.at.saturating_add(1).min(last),
                    KeyCode::Up | KeyCode::BackTab => why.at = why.at.saturating_sub(1),
                    KeyCode::Enter => {
                        let chosen = why.found().get(why.at).map(|reason| (*reason).clone());
                        if let Some(reason) = chosen {
                            let mut saying = why.saying;
                            saying.why = Why::For(reason);
                            return self.begin_masks(saying);
                        }
                    }
                    _ => {
                        why.line.press(key);
                        why.at = 0;
                    }
                }
                self.ask = Some(Ask::Masking(Box::new(MaskAsk::Why(why))));
            }
            MaskAsk::Reach(words) => {
                let reach = match key.code {
                    KeyCode::Char('t') => self.everywhere(&words, Reach::Thread),
                    KeyCode::Char('l') => self.everywhere(&words, Reach::Listed),
                    KeyCode::Char('c') => self.everywhere(&words, Reach::Target),
                    _ => {
                        self.ask = Some(Ask::Masking(Box::new(MaskAsk::Reach(words))));
                        return Vec::new();
                    }
                };
                return match reach {
                    Some(saying) => self.ask_mask_reason(saying),
                    None => Vec::new(),
                };
            }
            MaskAsk::Sure(saying, preview) => match (key.code, key.ctrl) {
                (KeyCode::Char('y'), false) => return self.send_many(saying),
                (KeyCode::Char('n'), false) => self.say("nothing changed"),
                _ => self.ask = Some(Ask::Masking(Box::new(MaskAsk::Sure(saying, preview)))),
            },
        }
        Vec::new()
    }

    /// These words in the thread of the message, in the list that it was opened from, or (the reach
    /// of the target) in the whole case.
    fn everywhere(&mut self, words: &str, reach: Reach) -> Option<MaskSaying> {
        let find = match Find::words(words) {
            Ok(find) => find,
            Err(error) => {
                self.warn(error.to_string());
                return None;
            }
        };
        let number = self.masking.open.as_ref()?.message;
        let thread = self.store.message(number)?.thread;
        let (target, how, asks, place) = match reach {
            Reach::Thread => (Target::Thread(thread), How::Thread, false, "the thread"),
            Reach::Target => {
                let mut all = RoaringBitmap::new();
                all.insert_range(0..self.store.len());
                (Target::Set(all, None), How::Bulk, true, "the whole case")
            }
            Reach::Listed => {
                let from = self.back.last().copied();
                let reading = match from {
                    Some(View::Messages) => self.reading.as_ref(),
                    Some(view) => self.listed_in(view),
                    None => None,
                };
                let set = reading.and_then(|reading| reading.list.set().cloned());
                let target = match set {
                    Some(set) => {
                        let asked = reading.and_then(|reading| reading.asked.as_ref());
                        Target::Set(set, asked.map(|asked| asked.text.clone()))
                    }
                    None => Target::Thread(thread),
                };
                (target, How::Bulk, true, "the list")
            }
        };
        Some(MaskSaying {
            target,
            spot: Spot::Found(find),
            why: Why::Last,
            how,
            seen: None,
            words: format!("\"{words}\" in {place}"),
            asks,
        })
    }

    /// Lays the message out, and brings its cursor into view.
    pub(super) fn settle_masks(&mut self) {
        if self.view != View::Masks {
            return;
        }
        let areas = view::masking::panes(self);
        let session = self.session.clone();
        let Some(sheet) = &mut self.masking.open else {
            return;
        };
        sheet.lay_out(&session, areas.source.width, areas.copies.width);
        let line = sheet.line();
        let at = sheet.lines().iter().position(|one| *one == line);
        let (at, room) = (at.unwrap_or(0), usize::from(areas.source.height.max(1)));
        sheet.top = sheet.top.min(at).max(at.saturating_sub(room - 1));
    }
}

/// What is about to be masked, in one line.
pub fn question_words(saying: &MaskSaying, preview: &MaskPreview) -> String {
    let why = match &saying.why {
        Why::For(reason) => match reason.reach {
            MaskReach::Always => format!("{reason}, in everything that leaves"),
            MaskReach::Open => format!("{reason}, in the open copy"),
        },
        _ => String::new(),
    };
    format!(
        "mask {}: {} in {} of {}: {why}",
        saying.words,
        counted(preview.places, "place", "places"),
        counted(u64::from(preview.count), "message", "messages"),
        counted(u64::from(preview.threads), "thread", "threads"),
    )
}
