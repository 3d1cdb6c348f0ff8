//! The bundle's page: what it would hold, and writing it.

use super::{App, Purpose};
use crate::bundle::Ahead;
use crate::bundle::profile::NONE;
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use std::path::PathBuf;

impl App {
    pub(super) fn go_bundle(&mut self) -> Vec<Effect> {
        self.go(View::Bundle);
        self.page_top = 0;
        self.plan_bundle()
    }

    pub(super) fn plan_bundle(&mut self) -> Vec<Effect> {
        self.bundle.ticket = self.ticket();
        self.bundle.plan = None;
        self.bundle.head = Some(self.session.head());
        vec![Effect::PlanBundle(
            self.bundle.ticket,
            self.bundle.partial,
            self.bundle.profile.clone(),
        )]
    }

    /// The page tells what would be handed over now: what was decided or taken back since, here or
    /// in another session, has it looked up again. Not while the folder is typed: what is written
    /// then is what was seen, or nothing.
    pub(super) fn renew_bundle(&mut self) -> Vec<Effect> {
        let is_old = self.bundle.head != Some(self.session.head());
        match self.view == View::Bundle && self.ask.is_none() && self.job.is_none() && is_old {
            true => self.plan_bundle(),
            false => Vec::new(),
        }
    }

    /// What it would hold is known.
    pub(super) fn bundle_planned(&mut self, ticket: u64, result: Result<Box<Ahead>, String>) {
        if ticket != self.bundle.ticket {
            return;
        }
        self.bundle.plan = Some(result.map(|ahead| {
            let Ahead {
                plan,
                chosen,
                profiles,
                proposed,
            } = *ahead;
            self.bundle.profile = Some(chosen);
            self.bundle.profiles = profiles;
            self.bundle.proposed = proposed;
            plan
        }));
    }

    /// Whether undecided messages may be left behind, the other way round.
    pub(super) fn part_of_bundle(&mut self) -> Vec<Effect> {
        self.bundle.partial = !self.bundle.partial;
        self.plan_bundle()
    }

    /// The next of the profiles at hand; after the last none.
    pub(super) fn next_profile(&mut self) -> Vec<Effect> {
        let known = &self.bundle.profiles;
        let now = self.bundle.profile.as_deref().unwrap_or(NONE);
        let at = known.iter().position(|name| name == now);
        let next = match at {
            Some(at) => known.get(at.saturating_add(1)),
            None if now == NONE => known.first(),
            None => None,
        };
        self.bundle.profile = Some(next.map_or_else(|| NONE.to_owned(), Clone::clone));
        self.plan_bundle()
    }

    pub(super) fn write_bundle(&mut self, path: PathBuf) -> Vec<Effect> {
        let Some(Ok(plan)) = self.bundle.plan.clone() else {
            self.warn("what it would hold is not known yet: nothing was written");
            return Vec::new();
        };
        if !self.begins_job("writing the bundle") {
            return Vec::new();
        }
        vec![Effect::WriteBundle(path, Box::new(plan))]
    }

    pub(super) fn ask_bundle_path(&mut self) {
        match &self.bundle.plan {
            Some(Ok(plan)) if plan.is_ready() => self.ask_line(Purpose::BundlePath, ""),
            Some(Ok(_)) => {
                let key = self.keymap.label(Act::Partial);
                self.warn(format!(
                    "something is in the way: see above; {key} hands over what is decided"
                ));
            }
            _ => self.warn("what it would hold is not known yet"),
        }
    }
}
