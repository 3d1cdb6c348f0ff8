//! Findings: what the keys say of them, one after the other, and the way from message to message.

use super::{App, Mark, Tone};
use crate::case::ledger::How;
use crate::case::marks::{About, Said as SaidOf};
use crate::case::masks::Part;
use crate::findings::{Data, Finding, Place};
use crate::model::{Flag, MessageNumber};
use crate::review::Target;
use crate::review::findings::{Listed, Said, Verdict, Which};
use crate::review::ways::Way;
use crate::tui::action::{Act, FindingAct, View};
use crate::tui::event::Effect;
use crate::tui::findings::{FindingsDone, SayOfFindings, Words};
use crate::tui::masking::{MaskSaying, Why};
use crate::tui::view;
use crate::tui::window::{Rows, Window};

/// The flag that fits what a finding points at, if one does.
fn flag_for(finding: &Finding) -> Option<Flag> {
    let about = finding.about()?;
    match about.data {
        Data::Security if about.id == "marking" => Some(Flag::Classified),
        Data::Security => Some(Flag::Incident),
        Data::Legal => Some(Flag::Privileged),
        Data::Sensitive => Some(Flag::SpecialCategory),
        Data::Conduct | Data::Own => None,
        _ => Some(Flag::ThirdParty),
    }
}

impl App {
    /// What one of these keys does.
    pub(super) fn findings_act(&mut self, act: Act) -> Vec<Effect> {
        let Act::OfFinding(act) = act else {
            return self.open_way(Way::Findings(self.findings.listed), None);
        };
        match act {
            FindingAct::Listed => {
                return self.open_way(Way::Findings(self.findings.listed.next()), None);
            }
            FindingAct::NextMessage => return self.next_with_finding(),
            _ => {}
        }
        let Some(finding) = self.findings.current() else {
            self.say("no finding is listed here");
            return Vec::new();
        };
        match act {
            FindingAct::Confirm => self.judge(finding, Some(Verdict::Confirmed)),
            FindingAct::Dismiss => self.judge(finding, Some(Verdict::Dismissed)),
            FindingAct::DismissValue => match self.value_of(&finding) {
                Some(value) => self.judge_that(
                    Which::Value(finding.detector, value),
                    Some(Verdict::Dismissed),
                ),
                None => {
                    self.say("its value is not known yet");
                    Vec::new()
                }
            },
            FindingAct::Reopen => self.judge(finding, None),
            FindingAct::Mask | FindingAct::MaskAgain => self.mask_finding(&finding, act),
            _ => self.flag_finding(&finding),
        }
    }

    /// Opens a list of findings at one of this message or, without one, where the reviewer left it.
    pub(super) fn open_findings(
        &mut self,
        listed: Listed,
        at: Option<MessageNumber>,
    ) -> Vec<Effect> {
        let is_open = self.findings.lists() == Some(listed);
        let left = || self.remembered(&Way::Findings(listed));
        let at = at.or_else(|| left().filter(|_| !is_open));
        self.findings.listed = listed;
        self.findings.at = at;
        self.go(View::Findings);
        self.look_for_findings()
    }

    /// What is said of a finding: of itself, or else of its value.
    pub fn verdict_of(&self, finding: &Finding, words: Option<&Words>) -> Option<Verdict> {
        let id = finding.about()?.id;
        let judged = self.session.judged();
        let of_value = || judged.of_value(id, &words?.value);
        judged.of_spot(id, &finding.spot()).or_else(of_value)
    }

    /// Whether what a finding points at is masked.
    pub fn masks_finding(&self, finding: &Finding) -> bool {
        let part = match finding.place {
            Place::Text => Part::Text,
            Place::Version(at) => Part::Version(at),
            Place::FileName(at) | Place::FileText(at) => Part::File(at),
        };
        let masks = self.session.masks();
        let of = masks.of(finding.message);
        of.is_some_and(|masks| {
            let mut spans = masks.of(part).iter();
            spans.any(|mask| {
                !part.is_text() || (mask.start <= finding.start && finding.end <= mask.end)
            })
        })
    }

    /// Whether the message of a finding has the flag that fits it.
    pub fn flags_finding(&self, finding: &Finding) -> bool {
        let flags = self.session.marks().flags(finding.message);
        flag_for(finding).is_some_and(|flag| flags.contains(&flag))
    }

    fn value_of(&self, finding: &Finding) -> Option<String> {
        let at = self.findings.window.cursor;
        debug_assert_eq!(self.findings.current().as_ref(), Some(finding));
        Some(self.findings.words(at)??.value.clone())
    }

    fn judge(&mut self, finding: Finding, to: Option<Verdict>) -> Vec<Effect> {
        let judged = self.session.judged();
        let id = finding.about().map_or("", |about| about.id);
        // What was said of the value is taken back there; of itself it can be said otherwise.
        let by_value = to.is_none() && judged.of_spot(id, &finding.spot()).is_none();
        let value = self.value_of(&finding).filter(|_| by_value);
        let which = match value {
            Some(value) => Which::Value(finding.detector, value),
            None => Which::These(vec![finding]),
        };
        self.judge_that(which, to)
    }

    fn judge_that(&mut self, which: Which, to: Option<Verdict>) -> Vec<Effect> {
        self.findings.saving += 1;
        if to.is_some() {
            self.next_open_finding();
        }
        vec![Effect::Findings(SayOfFindings::Judge(which, to))]
    }

    /// To the next finding of which nothing is said; where there is none, to the one after this.
    pub(super) fn next_open_finding(&mut self) {
        let from = self.findings.window.cursor.saturating_add(1);
        let len = self.findings.len();
        let Some(board) = self.findings.board.clone() else {
            return;
        };
        let is_open = |at: &u32| {
            let words = self.findings.words(*at).flatten();
            let finding = board.nth(*at);
            finding.is_some_and(|finding| self.verdict_of(&finding, words).is_none())
        };
        let next = (from..len).find(is_open);
        self.findings.window.cursor = next.unwrap_or(from).min(len.saturating_sub(1));
    }

    fn mask_finding(&mut self, finding: &Finding, act: FindingAct) -> Vec<Effect> {
        let saying = MaskSaying {
            target: Target::Message(finding.message),
            spot: self.session.as_masks(&[*finding]),
            why: Why::Last,
            how: How::Key,
            seen: None,
            words: "this finding".to_owned(),
            asks: false,
        };
        match act {
            FindingAct::MaskAgain if self.has_used_a_mask() => self.send_masks(saying),
            _ => self.ask_mask_reason(saying),
        }
    }

    /// Puts the flag on the message, or takes it off.
    fn flag_finding(&mut self, finding: &Finding) -> Vec<Effect> {
        let Some(flag) = flag_for(finding) else {
            self.say("no flag is made for it; Enter opens its message, where t lists all flags");
            return Vec::new();
        };
        let to = (!self.flags_finding(finding)).then(SaidOf::default);
        let mark = Mark {
            target: Target::Message(finding.message),
            how: How::Key,
            about: About::Flag { flag },
            to,
        };
        self.marks.begin_saving();
        vec![Effect::Mark(Box::new(mark), None)]
    }

    /// Opens the message of the finding in its thread.
    pub(super) fn open_finding(&mut self) {
        if let Some(finding) = self.findings.current()
            && let Some(message) = self.store.message(finding.message)
        {
            self.open_thread(message.thread, Some(finding.message));
            self.back.push(View::Findings);
        }
    }

    /// To the next message of this list with a finding that is open; of the last, to the first.
    fn next_with_finding(&mut self) -> Vec<Effect> {
        let Some(open) = self.findings.open.clone() else {
            self.say("looking for findings; then once more");
            return self.look_for_findings();
        };
        let Some(reading) = self.current_reading_mut() else {
            return Vec::new();
        };
        let after = reading.window.cursor.saturating_add(1);
        let next = reading.list.next_in(after, &open);
        match next.or_else(|| reading.list.next_in(0, &open)) {
            Some(to) => reading.window.cursor = to,
            None => self.say("nothing listed here has an open finding"),
        }
        Vec::new()
    }

    fn look_for_findings(&mut self) -> Vec<Effect> {
        if self.findings.looking {
            return Vec::new();
        }
        self.findings.looking = true;
        vec![Effect::Findings(SayOfFindings::Look(self.findings.listed))]
    }

    /// Asks for what of findings is on the screen and not known: their words where they are listed,
    /// and elsewhere which messages have open ones, as far as they were looked for already.
    pub(super) fn renew_findings(&mut self) -> Option<Effect> {
        if self.view != View::Findings {
            let asks = self.view.is_reading() && !self.findings.looking;
            return (asks && self.findings.lacks_open(&self.session))
                .then_some(Effect::Findings(SayOfFindings::Open));
        }
        let rows = u32::from(view::areas(self).main.height);
        let top = self.findings.window.top.entry;
        let wanted = top..top.saturating_add(rows);
        let (board, lacking) = self.findings.lacks(wanted)?;
        Some(Effect::Findings(SayOfFindings::Words(board, lacking)))
    }

    /// Something was said or looked up, or was not.
    pub(super) fn findings_done(&mut self, result: Result<FindingsDone, String>) {
        match result {
            Err(error) => {
                self.findings.looking = false;
                let saving = self.findings.saving > 0;
                self.findings.saving = self.findings.saving.saturating_sub(1);
                self.warn(match saving {
                    true => format!("NOT saved: {error}"),
                    false => error,
                });
            }
            Ok(FindingsDone::Looked(board)) => {
                self.findings.take(board);
                self.start_again();
            }
            Ok(FindingsDone::Open(open)) => self.findings.open = open,
            Ok(FindingsDone::Words(board, words)) => self.findings.take_words(&board, words),
            Ok(FindingsDone::Said(to, said)) => self.finding_said(to, &said),
        }
    }

    fn finding_said(&mut self, to: Option<Verdict>, said: &Said) {
        self.findings.saving = self.findings.saving.saturating_sub(1);
        let words = match (&said.recorded, to) {
            (Some(recorded), _) => {
                format!("{}: saved", crate::review::act_in_words(&recorded.entry))
            }
            (None, None) => "nothing is said of it".to_owned(),
            (None, Some(verdict)) => format!("it is {} already", verdict.name()),
        };
        self.notice = Some((words, Tone::Good));
    }

    pub(super) fn travel_findings(
        &mut self,
        width: u16,
        step: impl FnOnce(&mut Window, &Rows<'_>),
    ) {
        let mut window = self.findings.window;
        let rows = Rows {
            len: self.findings.len(),
            of: &|at| view::findings::rows(self, at, width),
        };
        step(&mut window, &rows);
        self.findings.window = window;
    }
}
