//! The bundle's page: what it would hold, and writing it.

use super::{App, Purpose};
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
        vec![Effect::PlanBundle(self.bundle.ticket, self.bundle.partial)]
    }

    pub(super) fn write_bundle(&mut self, path: PathBuf) -> Vec<Effect> {
        let Some(Ok(plan)) = self.bundle.plan.clone() else {
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
