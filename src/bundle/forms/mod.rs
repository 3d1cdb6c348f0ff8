//! Other forms of what is handed over, for those who ask for them: mailboxes, RSMF, a load file, a
//! submission package. Each is made from the same state as the bundle, by the same rules, under the
//! same masks and the same self-test, and is a BagIt bag too: with manifests, the balance, the
//! custody chain and a readme beside what it holds. None of them replaces the bundle: the tables
//! that say who decided what are only there.
//!
//! Mailboxes, RSMF and load files hold one edition. That is the open copy, in which what is exempt is
//! masked, unless the closed master is asked for: who forgets to ask must not give away too much.
//! A submission package holds both, as the bundle does.
//!
//! Files are staged in the bag in the form in which the self-test reads them best, searched, and only
//! then put together into what leaves.

mod apart;
mod concordance;
pub(super) mod form;
mod mbox;
mod package;
mod readme;
mod rsmf;
mod sip;

pub use apart::{search_folder, set_apart};
pub use form::Form;

use super::cleared::OpenFiles;
use super::context::contexts;
use super::day::{self, Told};
use super::error::BundleError;
use super::last_look::search_files;
use super::maker::Maker;
use super::making::{Bag, Destination};
use super::plan::Plan;
use super::records::{Day, day_name};
use super::selftest::{Room, SelfTest};
use super::tables;
use super::write::{Done, Left, Ready, Written};
use crate::bundle::attached::{Attached, Copies};
use crate::bundle::completeness::{Completeness, ExportRow, HoldsRow};
use crate::bundle::counts::MailCounts;
use crate::bundle::earlier::Earlier;
use crate::bundle::making::tick;
use crate::bundle::records::Mails;
use crate::case::Progress;
use crate::model::MessageNumber;
use crate::review::{Edition, Session};
use chrono::NaiveDate;

/// Writes an export of a plan, and notes it in the ledger; as [`super::write()`] writes a bundle.
/// `edition` is of no account for a form that holds both.
///
/// # Errors
/// As [`super::write()`].
pub fn export(
    session: &Session,
    plan: &Plan,
    form: Form,
    edition: Edition,
    to: &Destination<'_>,
    progress: &mut dyn Progress,
) -> Result<Written, BundleError> {
    let Ready {
        selection,
        plan,
        target,
    } = Ready::of(session, plan, to, &Earlier::default())?;
    let mut bag = Bag::create(&target)?;
    let mut maker = Maker::new(session.case(), &selection, &mut bag, progress);
    let test = maker.self_test(&plan);
    let mut making = Making::of(&mut maker, &plan, edition);
    match form {
        Form::Sip => sip::make(&mut making, &test)?,
        Form::Mbox => making.one_edition(form, &test, mbox::stage, mbox::assemble)?,
        Form::Rsmf => making.one_edition(form, &test, rsmf::stage, rsmf::assemble)?,
        Form::Concordance => {
            making.one_edition(form, &test, concordance::stage, |_, _| Ok(()))?;
        }
    }
    let mails = MailCounts::of(&making.mails);
    let done = Done {
        session,
        selection: &selection,
        plan: &plan,
        secret: None,
        form: Some(form.name()),
        mails,
        left: Left::of(test),
    };
    done.conclude(bag, target, progress)
}

/// An export in the making.
struct Making<'m, 'a> {
    maker: &'m mut Maker<'a>,
    plan: &'m Plan,
    edition: Edition,
    /// The files of messages that are staged.
    copies: Copies,
    /// The mails that are staged as they were.
    mails: Mails,
}

/// What was staged, to be put together, and which files will hold the messages.
struct Staged<T> {
    pieces: Vec<T>,
    holds: Vec<HoldsRow>,
}

impl<'m, 'a> Making<'m, 'a> {
    /// Of nothing yet.
    fn of(maker: &'m mut Maker<'a>, plan: &'m Plan, edition: Edition) -> Making<'m, 'a> {
        Making {
            maker,
            plan,
            edition,
            copies: Copies::new(),
            mails: Mails::new(),
        }
    }

    /// An export of one edition: stages what leaves, searches it, and puts it together.
    fn one_edition<T>(
        &mut self,
        form: Form,
        test: &SelfTest<'_>,
        stage: fn(&mut Self) -> Result<Staged<T>, BundleError>,
        assemble: fn(&mut Self, Vec<T>) -> Result<(), BundleError>,
    ) -> Result<(), BundleError> {
        self.copies = self.maker.attachments(self.plan)?;
        let attached = self.maker.withheld_files(&self.copies)?;
        if self.edition == Edition::Open {
            for path in attached.exempt.keys() {
                self.maker.bag.discard(path)?;
            }
            self.copies
                .retain(|_, copy| !attached.exempt.contains_key(&copy.path));
            // What is open leaves without the properties of files, or not at all.
            let (bag, progress) = (&mut *self.maker.bag, &mut *self.maker.progress);
            let open = OpenFiles::of_bag(bag, &Attached::default(), progress)?;
            open.replace_masters(bag, &mut self.copies)?;
        }
        if form.takes_mails() {
            self.mails = self.maker.mails(test)?;
        }
        let Staged { pieces, holds } = stage(self)?;
        self.tags(form, holds)?;
        self.search(test)?;
        assemble(self, pieces)?;
        self.close(form, test)
    }

    /// What every export has beside its payload, but for what tells its size.
    fn tags(&mut self, form: Form, holds: Vec<HoldsRow>) -> Result<(), BundleError> {
        let row = ExportRow {
            form: form.name().to_owned(),
            edition: self.edition_name(form).to_owned(),
            files: holds,
        };
        let selection = self.maker.selection;
        let balance = Completeness {
            // A rule's text may say what is masked in the open copy.
            rules: None,
            export: Some(row),
            ..tables::completeness(selection, &self.mails, &self.plan.options)
        };
        let mut json = serde_json::to_vec_pretty(&balance)
            .map_err(|error| BundleError::Form(error.to_string()))?;
        json.push(b'\n');
        self.maker.bag.put("completeness.json", &json)?;
        self.maker.put_custody()?;
        let edition = self.edition_name(form);
        let readme = readme::render(&self.maker.heading, self.plan, form, edition);
        self.maker.bag.put("README.txt", readme.as_bytes())
    }

    fn edition_name(&self, form: Form) -> &'static str {
        match (form.holds_both(), self.edition) {
            (true, _) => self.maker.selection.sets().name(),
            (false, Edition::Open) => "open",
            (false, Edition::Closed) => "closed",
        }
    }

    /// Searches all that was staged, as what the edition is.
    fn search(&mut self, test: &SelfTest<'_>) -> Result<(), BundleError> {
        let bag = &*self.maker.bag;
        let is_open = self.edition == Edition::Open;
        let files = bag.files().map(|(name, bytes)| (name, bytes, is_open));
        search_files(bag, files.collect(), test, &mut *self.maker.progress)
    }

    /// `bag-info.txt`, which tells the size of the payload, and the manifests.
    fn close(&mut self, form: Form, test: &SelfTest<'_>) -> Result<(), BundleError> {
        let mut info = self.maker.info(self.plan);
        info.push_str(&format!(
            "Docket-Form: {}\nDocket-Edition: {}\n",
            form.name(),
            self.edition_name(form)
        ));
        self.maker.bag.put("bag-info.txt", info.as_bytes())?;
        test.file(
            self.maker.bag.root(),
            "bag-info.txt",
            false,
            &mut Room::new(),
        )?;
        self.maker.bag.put_manifests()
    }

    /// Gives each day of each thread that is handed over, with what leaves of it in the edition.
    fn each_day(
        &mut self,
        take: &mut dyn FnMut(&mut Bag, &Day<'_>) -> Result<(), BundleError>,
    ) -> Result<(), BundleError> {
        let selection = self.maker.selection;
        let store = &selection.store;
        let contexts = contexts(selection);
        let told = Told {
            selection,
            copies: &self.copies,
            open: &OpenFiles::default(),
            mails: &self.mails,
            contexts: &contexts,
            edition: self.edition,
        };
        let mut done = 0;
        for id in &selection.threads {
            let Some(thread) = store.thread(*id) else {
                continue;
            };
            let called = day::called(selection, thread, self.edition);
            for (date, numbers) in day::days(store, *id) {
                let leaves = |number: &&MessageNumber| selection.leaving.contains(number.0);
                done += numbers.iter().filter(leaves).count() as u64;
                tick(
                    self.maker.progress,
                    "records",
                    done,
                    selection.leaving.len(),
                )?;
                let day = Day {
                    heading: &self.maker.heading,
                    thread: &called,
                    date,
                    is_open_copy: false,
                    lines: told.lines(&numbers),
                };
                if day.messages().next().is_some() {
                    take(self.maker.bag, &day)?;
                }
            }
        }
        Ok(())
    }
}

/// A day that holds one message of another, as a record of its own.
fn alone<'a>(day: &Day<'a>, message: &super::records::Message) -> Day<'a> {
    Day {
        heading: day.heading,
        thread: day.thread,
        date: day.date,
        is_open_copy: false,
        lines: vec![super::records::Line::Message(Box::new(message.clone()))],
    }
}

/// `2021-03-05`; of a part of a day, where one file cannot hold it, `2021-03-05-part-2`.
fn part_name(date: Option<NaiveDate>, part: usize) -> String {
    match part {
        0 => day_name(date),
        part => format!("{}-part-{}", day_name(date), part.saturating_add(1)),
    }
}
