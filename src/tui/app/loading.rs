//! Loading exports: the one long job at a time, and what it brought.

use super::{App, Ask, Job};
use crate::case::{ImportOptions, SourceReport};
use crate::tui::action::{Act, View};
use crate::tui::event::Effect;
use crate::tui::view;
use std::path::PathBuf;
use std::sync::Arc;

impl App {
    /// Takes note of a long job, if none runs.
    pub(super) fn begins_job(&mut self, stage: &str) -> bool {
        if self.job.is_some() {
            let key = self.keymap.label(Act::Stop);
            self.warn(format!("another job runs; {key} stops it"));
            return false;
        }
        self.job = Some(Job {
            stage: stage.into(),
            done: 0,
            total: 0,
        });
        true
    }

    /// Loads exports.
    pub fn import(&mut self, paths: Vec<PathBuf>, options: ImportOptions) -> Vec<Effect> {
        if !self.begins_job("loading") {
            return Vec::new();
        }
        vec![Effect::Import(paths, options)]
    }

    /// What an import brought, and what it leaves to be asked.
    pub(super) fn imported(&mut self, result: Result<Vec<SourceReport>, String>) -> Vec<Effect> {
        self.job = None;
        self.reload();
        match result {
            Err(error) => self.warn(error),
            Ok(reports) => {
                let (words, tone) = view::import_words(&reports, &self.keymap);
                self.notice = Some((words, tone));
                self.tell_rules();
                // Keys that are meant for something else must not answer a question that comes
                // up by itself: it waits where nobody is reading or typing.
                let at_rest =
                    self.ask.is_none() && matches!(self.view, View::Threads | View::Start);
                let assumed = reports.iter().find(|report| report.date_order_assumed);
                match assumed.and_then(|report| report.source) {
                    Some(source) if at_rest => self.ask = Some(Ask::DateOrder(source)),
                    Some(_) => {
                        let go = self.keymap.label(Act::GoSources);
                        let settle = self.keymap.label(Act::DateOrder);
                        self.warn(format!(
                            "the order of an export's dates is assumed: {go}, then {settle}, settles it"
                        ));
                    }
                    None if at_rest && !self.asked && !self.store.is_empty() => {
                        return self.ask_facts();
                    }
                    None => {}
                }
            }
        }
        Vec::new()
    }

    /// Takes the case's newest messages; every cursor stays on its message.
    pub(super) fn reload(&mut self) {
        let old = self.store.clone();
        self.store = self.session.store();
        if Arc::ptr_eq(&old, &self.store) {
            return;
        }
        self.known_files.forget();
        let thread = self.thread_under_cursor();
        self.sort_threads();
        if let Some(thread) = thread {
            self.point_at_thread(thread);
        }
        let lists = [
            &mut self.reading,
            &mut self.results,
            &mut self.day,
            &mut self.marked,
        ];
        let sampled = self.sampled.as_mut().map(|sampled| &mut sampled.reading);
        for reading in lists.into_iter().flatten().chain(sampled) {
            reading.renew(&self.store);
        }
    }
}
