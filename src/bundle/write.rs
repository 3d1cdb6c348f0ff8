//! Writes a bundle: what leaves, as records and tables, into a bag in the making.

use super::bag::hex;
use super::cleared::{self, OpenFiles};
use super::commitments::{self, Secret};
use super::context::{contexts, is_context};
use super::custody::Custody;
use super::day::{self, Copies, Told};
use super::files::{self, Attached};
use super::later::{self, Earlier, plan_after, selected};
use super::mails::{self, MailCounts, Mails};
use super::making::{Bag, Destination, Target};
use super::plan::{self, Block, Options, Plan, files_of};
use super::records::{
    self, Copy, Day, Heading, Mail, OPEN_COPY, OpenFile, eml, html, index, jsonl, txt,
};
use super::seal::tar;
use super::select::{Selection, date};
use super::selftest::{SelfTest, Unsearched};
use super::verify::custody::LABEL as CUSTODY_HEAD;
use super::{BundleError, custody, membership, package, readme, tables};
use crate::case::anchors::Fingerprint;
use crate::case::ledger::Entry;
use crate::case::{Case, Progress};
use crate::model::{MessageNumber, SourceId, Stands};
use crate::review::{Edition, Session};
use crate::text::Shown;
use chrono::Utc;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// All messages of a bundle, as lines of JSON.
pub(super) const MESSAGES: &str = "data/records/messages.jsonl";

/// The same as the open copy has them; there where anything is masked in it alone.
pub(super) const OPEN_MESSAGES: &str = "data/records/messages_R.jsonl";

/// The contents: every conversation and day, with the records.
pub(super) const INDEX: &str = "data/records/index.html";

/// The same of the open copy.
pub(super) const OPEN_INDEX: &str = "data/records/index_R.html";

/// What every bundle has, as a BagIt profile (1.4.0), for programs to check it by.
const PROFILE: &str = include_str!("bagit-profile.json");

/// The name of that profile.
const PROFILE_NAME: &str = "urn:docket:bagit-profile:4";

/// A bundle that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// Who alone can open it, as the ledger keeps them; empty where it is a folder in clear.
    pub recipients: Vec<String>,
    /// Of one file for recipients: the folder that it unpacks to.
    pub folder: Option<String>,
    /// Messages in it with their content.
    pub messages: u64,
    /// Files in its payload.
    pub files: u64,
    /// Bytes of its payload.
    pub bytes: u64,
    /// SHA-256 of its `tagmanifest-sha256.txt`, which seals all of it: to be told to the receiver
    /// by another way.
    pub sha256: String,
    /// The ledger's entry that notes it.
    pub entry: u64,
    /// Where the ledger ends with that entry, to be kept elsewhere.
    pub ledger: Fingerprint,
    /// Texts left behind that were too short to be searched for in what was written, each counted
    /// once.
    pub too_short: u64,
    /// Texts left behind that are also said in something handed over, each counted once.
    pub also_said: u64,
    /// What could not be searched for, by message.
    pub unsearched: Unsearched,
    /// Mails, and how many of them are there as they were.
    pub mails: MailCounts,
}

/// What a bundle of the case's present state would be.
///
/// # Errors
/// When the case or its ledger cannot be read.
pub fn plan(session: &Session, options: &Options) -> Result<Plan, BundleError> {
    plan_after(session, options, &Earlier::default())
}

/// Writes the bundle of a plan into the new folder `out`, and notes it in the ledger.
///
/// The bag is written beside `out` under a hidden name; when every file is on the disk, the
/// self-test has found nothing and the ledger has its entry, it is renamed. Whatever happens
/// before, nothing named `out` is there, and an orderly end removes what was written.
///
/// # Errors
/// [`BundleError::Blocked`] when something stands in the way, [`BundleError::Moved`] when the case
/// has changed since the plan, and what else [`BundleError`] lists.
pub fn write(
    session: &Session,
    plan: &Plan,
    out: &Path,
    progress: &mut dyn Progress,
) -> Result<Written, BundleError> {
    write_to(session, plan, &Destination::plain(out), progress)
}

/// As [`write()`], to wherever the bundle is to be: a folder, or one file for its recipients alone.
///
/// # Errors
/// As [`write()`].
pub fn write_to(
    session: &Session,
    plan: &Plan,
    to: &Destination<'_>,
    progress: &mut dyn Progress,
) -> Result<Written, BundleError> {
    write_after(session, plan, to, &Earlier::default(), progress)
}

/// As [`write_to()`], of a plan by [`plan_after`] with the same earlier bundles.
///
/// # Errors
/// As [`write()`] and [`plan_after`].
pub fn write_after(
    session: &Session,
    plan: &Plan,
    to: &Destination<'_>,
    earlier: &Earlier,
    progress: &mut dyn Progress,
) -> Result<Written, BundleError> {
    let case = session.case();
    let Ready {
        selection,
        plan,
        target,
    } = Ready::of(session, plan, to, earlier)?;
    let secret = Secret::of(case, &selection)?;
    let mut bag = Bag::create(&target)?;
    let mut maker = Maker::new(case, &selection, &mut bag, progress);
    maker.earlier = Some(earlier).filter(|earlier| !earlier.is_empty());
    let mut test = maker.self_test(&plan);
    let put = maker.payload(&plan, &mut test)?;
    maker.tags(&plan, &put, &secret)?;
    maker.search(&mut test, &put)?;
    let done = Done {
        session,
        selection: &selection,
        plan: &plan,
        secret: Some(&secret),
        form: None,
        mails: MailCounts::of(&put.mails),
        left: Left::of(test),
    };
    done.conclude(bag, target, progress)
}

/// What a bundle or an export is made from, with nothing in its way.
pub(super) struct Ready<'a> {
    pub(super) selection: Selection,
    /// Made again from the selection.
    pub(super) plan: Plan,
    pub(super) target: Target<'a>,
}

impl<'a> Ready<'a> {
    /// Looks at the case once more, and at the place.
    ///
    /// # Errors
    /// As [`write()`], before anything is written.
    pub(super) fn of(
        session: &Session,
        plan: &Plan,
        to: &Destination<'a>,
        earlier: &Earlier,
    ) -> Result<Ready<'a>, BundleError> {
        let case = session.case();
        custody::is_whole(case)?;
        let target = Target::of(case, to)?;
        let (selection, changes) = selected(case, earlier)?;
        if selection.head != plan.head {
            return Err(BundleError::Moved);
        }
        // The plan is made again rather than trusted: it may have been made for other options.
        let plan = plan::of(&selection, plan.options, changes);
        if !plan.is_ready() {
            plan::check_balance(&selection)?;
            let blocks: Vec<Block> = plan.blocks;
            return Err(BundleError::Blocked(blocks));
        }
        target.check_space(plan.bytes)?;
        Ok(Ready {
            selection,
            plan,
            target,
        })
    }
}

/// A bag of which every file is written and searched.
pub(super) struct Done<'a> {
    pub(super) session: &'a Session,
    pub(super) selection: &'a Selection,
    pub(super) plan: &'a Plan,
    /// The secret of its commitments; an export has none.
    pub(super) secret: Option<&'a Secret>,
    /// The form of an export.
    pub(super) form: Option<&'static str>,
    pub(super) mails: MailCounts,
    pub(super) left: Left,
}

/// What could not be searched for.
pub(super) struct Left {
    too_short: u64,
    also_said: u64,
    unsearched: Unsearched,
}

impl Left {
    /// What a search that has ended says.
    pub(super) fn of(test: SelfTest<'_>) -> Left {
        Left {
            too_short: test.too_short,
            also_said: test.also_said,
            unsearched: test.unsearched,
        }
    }
}

impl Done<'_> {
    /// Makes it durable, notes it in the ledger and gives it its name, in this order.
    ///
    /// # Errors
    /// As [`write()`]; nothing of that name is there then.
    pub(super) fn conclude(
        self,
        mut bag: Bag,
        target: Target<'_>,
        progress: &mut dyn Progress,
    ) -> Result<Written, BundleError> {
        let (selection, plan) = (self.selection, self.plan);
        let sha256 = bag.finish(progress)?;
        bag.pack(&target, progress)?;
        let messages = selection.leaving.len();
        let entry = Entry::Bundle {
            name: target.name().into_owned(),
            sha256: sha256.clone(),
            messages: u32::try_from(messages).unwrap_or(u32::MAX),
            partial: plan.options.partial,
            form: self.form.map(str::to_owned),
            recipients: target.recipients(),
        };
        let recipients = target.recipients();
        let folder = (!recipients.is_empty()).then(|| tar::folder(&target.name()));
        let ledger = self.session.case().ledger();
        let recorded = ledger.write(|writing| {
            // Another session may have written the first bundle meanwhile: a case has one secret.
            let seen = selection.entries().last().map_or(0, |last| last.seq);
            let since = match self.secret.is_some_and(|secret| secret.is_new) {
                true => writing.entries(seen.saturating_add(1))?,
                false => Vec::new(),
            };
            if since
                .iter()
                .any(|one| matches!(one.entry, Entry::Bundle { .. }))
            {
                return Err(BundleError::Moved);
            }
            let secret = self.secret.and_then(Secret::to_keep);
            Ok(writing.append(self.session.actor(), &entry, secret)?)
        })?;
        let (files, bytes) = bag.payload();
        let path = bag.publish(target)?;
        // The bundle is there, and its bag-info.txt holds the head that it rests on, whether this
        // one can be noted now or by the end of the session.
        let _ = self.session.case().note_head();
        Ok(Written {
            path,
            recipients,
            folder,
            messages,
            files,
            bytes,
            sha256,
            entry: recorded.seq,
            ledger: Fingerprint::of(recorded.head()),
            too_short: self.left.too_short,
            also_said: self.left.also_said,
            unsearched: self.left.unsearched,
            mails: self.mails,
        })
    }
}

pub(super) fn tick(
    progress: &mut dyn Progress,
    stage: &str,
    done: u64,
    total: u64,
) -> Result<(), BundleError> {
    if progress.tick(stage, done, total).is_break() {
        return Err(BundleError::Stopped);
    }
    Ok(())
}

/// Takes bytes for a checksum.
struct HashWriter<'a>(&'a mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What was put into the payload, for the tables to tell of.
pub(super) struct Payload {
    pub(super) mails: Mails,
    attached: Attached,
    open: OpenFiles,
}

/// Fills a bag.
pub(super) struct Maker<'a> {
    case: &'a Case,
    pub(super) selection: &'a Selection,
    pub(super) heading: Heading,
    custody: Custody,
    /// The bundles that it follows, where there are any.
    earlier: Option<&'a Earlier>,
    pub(super) bag: &'a mut Bag,
    pub(super) progress: &'a mut dyn Progress,
}

impl<'a> Maker<'a> {
    /// Begins with an empty bag.
    pub(super) fn new(
        case: &'a Case,
        selection: &'a Selection,
        bag: &'a mut Bag,
        progress: &'a mut dyn Progress,
    ) -> Maker<'a> {
        Maker {
            case,
            selection,
            heading: day::heading(selection),
            custody: custody::of(selection),
            earlier: None,
            bag,
            progress,
        }
    }

    /// Attachments, mails as they were, and the records that point to both.
    pub(super) fn payload(
        &mut self,
        plan: &Plan,
        test: &mut SelfTest<'_>,
    ) -> Result<Payload, BundleError> {
        let copies = self.attachments(plan)?;
        let attached = self.withheld_files(&copies)?;
        let open = OpenFiles::of_bag(self.bag, &attached, self.progress)?;
        let mails = self.mails(test)?;
        let contexts = contexts(self.selection);
        let told = |edition| Told {
            selection: self.selection,
            copies: &copies,
            open: &open,
            mails: &mails,
            contexts: &contexts,
            edition,
        };
        let store = &self.selection.store;
        let mut lines = vec![(Edition::Closed, self.bag.start(MESSAGES)?, Vec::new())];
        if self.selection.has_open_copy() {
            lines.push((Edition::Open, self.bag.start(OPEN_MESSAGES)?, Vec::new()));
        }
        let mut done = 0;
        for id in &self.selection.threads {
            let Some(thread) = store.thread(*id) else {
                continue;
            };
            for (date, numbers) in day::days(store, *id) {
                let leaves = |number: &&MessageNumber| self.selection.leaving.contains(number.0);
                done += numbers.iter().filter(leaves).count() as u64;
                tick(self.progress, "records", done, self.selection.leaving.len())?;
                let has_copy = numbers.iter().any(|one| self.selection.is_exempt(*one));
                for (edition, lines, contents) in &mut lines {
                    let thread = day::called(self.selection, thread, *edition);
                    let is_open = *edition == Edition::Open;
                    let day = Day {
                        heading: &self.heading,
                        thread: &thread,
                        date,
                        is_open_copy: is_open && has_copy,
                        lines: told(*edition).lines(&numbers),
                    };
                    let messages = day.messages().count() as u64;
                    if messages == 0 {
                        continue;
                    }
                    let page = (day.name(), format!("{}.html", day.file_name()), messages);
                    index::put_into(contents, &thread, page);
                    if !is_open || has_copy {
                        put_record(self.bag, &day)?;
                    }
                    let rows = jsonl::render(&day)
                        .map_err(|error| BundleError::Form(error.to_string()))?;
                    lines
                        .write_all(rows.as_bytes())
                        .map_err(BundleError::io(lines.path()))?;
                }
            }
        }
        for (edition, lines, contents) in lines {
            self.bag.end(lines)?;
            let is_open = edition == Edition::Open;
            let name = if is_open { OPEN_INDEX } else { INDEX };
            let page = index::render(&self.heading, is_open, &contents);
            self.bag.put(name, page.as_bytes())?;
        }
        Ok(Payload {
            mails,
            attached,
            open,
        })
    }

    /// Writes the mails that leave as they were.
    pub(super) fn mails(&mut self, test: &mut SelfTest<'_>) -> Result<Mails, BundleError> {
        let mut told = Mails::new();
        let numbers = mails::leaving(self.selection);
        for (done, number) in (0_u64..).zip(&numbers) {
            tick(self.progress, "mails", done, numbers.len())?;
            let Some(message) = self.selection.store.message(MessageNumber(number)) else {
                continue;
            };
            let mail = match mails::original(self.selection, &message, test) {
                Ok(original) => {
                    let path = mails::path(message.thread.0, number);
                    self.bag.put(&path, &original.bytes)?;
                    let seal = self.bag.seal(&path);
                    Mail::Here {
                        copy: Copy {
                            sha256: seal.map(|seal| seal.sha256.clone()).unwrap_or_default(),
                            bytes: original.bytes.len() as u64,
                            path,
                        },
                        unquoted: original.unquoted,
                    }
                }
                Err(why) => Mail::LeftOut(why),
            };
            told.insert(number, mail);
        }
        Ok(told)
    }

    /// Copies the files of messages that leave, each once, and tells where they are.
    pub(super) fn attachments(&mut self, plan: &Plan) -> Result<Copies, BundleError> {
        let mut copies = Copies::new();
        let mut by_sum: BTreeMap<String, Copy> = BTreeMap::new();
        let mut done = 0;
        for number in &self.selection.decided_out {
            let number = MessageNumber(number);
            for (source, stands, name) in files_of(self.selection, number) {
                done += 1;
                tick(self.progress, "attachments", done, plan.attachments)?;
                if copies.contains_key(&(source, stands)) {
                    continue;
                }
                let known = match stands {
                    Stands::Within(_) => None,
                    Stands::Item(item) => self
                        .selection
                        .store
                        .source(source)
                        .and_then(|source| source.items.get(usize::try_from(item).ok()?)),
                };
                let name = known.map_or(name, |item| item.name.clone());
                let (sha256, bytes) =
                    self.copy(number, source, stands, "data/attachments/incoming")?;
                if let Some(wanted) = known.and_then(|item| item.sha256.as_deref())
                    && wanted != sha256
                {
                    return Err(BundleError::Attachment {
                        message: number.0,
                        reason: "its bytes are not those that were loaded".to_owned(),
                    });
                }
                let copy = match by_sum.get(&sha256) {
                    Some(copy) => {
                        self.bag.discard("data/attachments/incoming")?;
                        copy.clone()
                    }
                    None => {
                        let prefix: String = sha256.chars().take(2).collect();
                        let path =
                            format!("data/attachments/{prefix}/{sha256}.{}", extension(&name));
                        self.bag.rename("data/attachments/incoming", &path)?;
                        Copy {
                            sha256: sha256.clone(),
                            bytes,
                            path,
                        }
                    }
                };
                by_sum.insert(sha256, copy.clone());
                copies.insert((source, stands), copy);
            }
        }
        Ok(copies)
    }

    fn copy(
        &mut self,
        number: MessageNumber,
        source: SourceId,
        stands: Stands,
        name: &str,
    ) -> Result<(String, u64), BundleError> {
        let mut from = self.case.attachment(source, stands)?;
        let mut file = self.bag.start(name)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => file
                    .write_all(buffer.get(..count).unwrap_or_default())
                    .map_err(BundleError::io(file.path()))?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(BundleError::Attachment {
                        message: number.0,
                        reason: error.to_string(),
                    });
                }
            }
        }
        self.bag.end(file)?;
        let seal = self.bag.seal(name);
        Ok(seal
            .map(|seal| (seal.sha256.clone(), seal.bytes))
            .unwrap_or_default())
    }

    /// Tables, the readme, `bag-info.txt` and the manifests.
    fn tags(&mut self, plan: &Plan, put: &Payload, secret: &Secret) -> Result<(), BundleError> {
        let mails = &put.mails;
        let selection = self.selection;
        let partial = plan.options.partial;
        let table = |written: csv::Result<()>| written.map_err(io::Error::from);
        self.bag.put_with("decisions.csv", |file| {
            table(tables::decisions(selection, mails, file))
        })?;
        self.bag.put_with("redactions.csv", |file| {
            table(tables::redactions(selection, file))
        })?;
        self.bag
            .put_with("flags.csv", |file| table(tables::flags(selection, file)))?;
        if plan.options.notes {
            self.bag
                .put_with("notes.csv", |file| table(tables::notes(selection, file)))?;
        }
        self.bag.put_with("sources.csv", |file| {
            table(tables::sources(selection, file))
        })?;
        self.bag
            .put_with("people.csv", |file| table(tables::people(selection, file)))?;
        self.bag.put_with("reconciliation.csv", |file| {
            table(tables::reconciliation(selection, file))
        })?;
        self.bag.put_with("membership.csv", |file| {
            table(membership::membership(selection, file))
        })?;
        self.bag.put_with("withheld.csv", |file| {
            table(commitments::withheld(selection, secret, file))
        })?;
        let names = self.bag.files().map(|(name, _)| name.to_owned());
        let names: Vec<String> = names.filter(|name| name.starts_with("data/")).collect();
        self.bag.put_with("file-metadata.csv", |file| {
            let names = names.iter().map(String::as_str);
            table(files::metadata(
                selection,
                (&put.attached, &put.open),
                names,
                file,
            ))
        })?;
        self.bag
            .put_with("properties.csv", |file| table(put.open.table(file)))?;
        self.bag
            .put_with("file-ffid.csv", |file| table(files::ffid(file)))?;
        if let (Some(changes), Some(earlier)) = (&plan.changes, self.earlier) {
            let bag = &mut *self.bag;
            let here: BTreeSet<String> = names.iter().cloned().collect();
            let is_here = |path: &str| here.contains(path);
            bag.put_with("supersedes.csv", |file| {
                table(later::supersedes(
                    selection, earlier, changes, is_here, file,
                ))
            })?;
        }
        let package = package::describe(|name| self.bag.seal(name).is_some());
        let mut described = serde_json::to_vec_pretty(&package)
            .map_err(|error| BundleError::Form(error.to_string()))?;
        described.push(b'\n');
        self.bag.put("datapackage.json", &described)?;
        let completeness = tables::completeness(selection, mails, plan.options);
        let mut json = serde_json::to_vec_pretty(&completeness)
            .map_err(|error| BundleError::Form(error.to_string()))?;
        json.push(b'\n');
        self.bag.put("completeness.json", &json)?;
        self.put_custody()?;
        self.bag.put("bagit-profile.json", PROFILE.as_bytes())?;
        let readme = readme::render(&self.heading, &plan.total, partial);
        self.bag.put("README.txt", readme.as_bytes())?;
        let info = self.info(plan);
        self.bag.put("bag-info.txt", info.as_bytes())?;
        self.bag.put_manifests()
    }

    /// The custody chain.
    pub(super) fn put_custody(&mut self) -> Result<(), BundleError> {
        self.bag.put(custody::NAME, self.custody.lines.as_bytes())
    }

    /// `bag-info.txt`: RFC 8493 section 2.2.2, and docket's own labels.
    pub(super) fn info(&self, plan: &Plan) -> String {
        let selection = self.selection;
        let (files, bytes) = self.bag.payload();
        let today = || {
            Utc::now()
                .with_timezone(&selection.store.zone())
                .date_naive()
        };
        let day = plan.options.bagging_date.unwrap_or_else(today);
        let rows = [
            ("Source-Organization", self.heading.department.clone()),
            ("Contact-Name", self.heading.custodian.clone()),
            ("External-Identifier", self.heading.reference.clone()),
            (
                "External-Description",
                "Official records chosen from private chats".to_owned(),
            ),
            ("Bagging-Date", day.to_string()),
            ("Bag-Size", size(bytes)),
            ("Payload-Oxum", format!("{bytes}.{files}")),
            (
                "Bag-Software-Agent",
                concat!("docket ", env!("CARGO_PKG_VERSION")).to_owned(),
            ),
            ("Original-Included", "False".to_owned()),
            (
                "BagIt-Profile-Identifier",
                // An export in another form is no such bag.
                match self.bag.seal("bagit-profile.json") {
                    Some(_) => PROFILE_NAME.to_owned(),
                    None => String::new(),
                },
            ),
            ("Bag-Group-Identifier", later::group(&self.heading.case_id)),
            (
                "Bag-Count",
                format!("{} of ?", self.earlier.map_or(0, Earlier::len) + 1),
            ),
            (
                later::FOLLOWS,
                self.earlier.map_or("", Earlier::last_seal).to_owned(),
            ),
            ("Docket-Case", self.heading.case_id.clone()),
            ("Docket-Time-Zone", self.heading.zone.clone()),
            (
                "Docket-Time-Zone-Basis",
                if selection.facts.zone_given {
                    "given"
                } else {
                    "assumed"
                }
                .to_owned(),
            ),
            (
                "Docket-Set",
                if plan.options.partial {
                    "partial"
                } else {
                    "whole"
                }
                .to_owned(),
            ),
            ("Docket-Undecided", plan.total.undecided.to_string()),
            ("Docket-Refer", plan.total.refer.to_string()),
            ("Docket-Ledger-Entry", selection.head.seq.to_string()),
            ("Docket-Ledger-Head", selection.head.hash.to_string()),
            (CUSTODY_HEAD, self.custody.head.clone()),
        ];
        rows.iter()
            .filter_map(|(label, value)| {
                let value = Shown::line(value);
                let value = value.as_str().trim();
                (!value.is_empty()).then(|| format!("{label}: {value}\n"))
            })
            .collect()
    }

    /// The search for what must not leave, made ready: what is handed over beside messages is said.
    pub(super) fn self_test(&self, plan: &Plan) -> SelfTest<'a> {
        let selection = self.selection;
        let store = &selection.store;
        let readme = readme::render(&self.heading, &plan.total, plan.options.partial);
        let info = self.info(plan);
        let template = self.template();
        let mut said: Vec<&str> = vec![&readme, &info, custody::WORDS];
        said.extend(template.iter().map(String::as_str));
        for participant in store.participants() {
            if selection.named.contains(&participant.id) {
                said.push(&participant.name);
            }
        }
        for thread in store.threads() {
            if selection.threads.contains(&thread.id) {
                said.push(selection.title(thread));
            }
        }
        for source in store.sources() {
            if selection.sources.contains(&source.id) {
                said.extend([source.name.as_str(), &source.imported_by]);
            }
            if selection.tells_seal(source) {
                said.push(&source.sha256);
            }
        }
        let reviewers: BTreeSet<&str> = selection
            .decided_out
            .iter()
            .filter_map(|number| selection.decided_by(MessageNumber(number)))
            .map(|by| by.actor.name.as_str())
            .collect();
        said.extend(reviewers);
        let told = selection.told_names();
        said.extend(told.iter().map(String::as_str));
        SelfTest::new(selection, &said)
    }

    /// Whether a file is of the open copy: the open records, those that have none beside them, and
    /// what is not withheld from it. The tables are of the closed master.
    fn is_open(&self, name: &str, put: &Payload) -> bool {
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let open = format!("{stem}{OPEN_COPY}.{ending}");
        let withheld = put.open.get(name);
        name.starts_with("data/")
            && !put.attached.exempt.contains_key(name)
            && withheld.is_none_or(|cleared| !matches!(cleared.open, OpenFile::Withheld(_)))
            && self.bag.seal(&open).is_none()
    }

    /// The files that the open copy withholds, and refuses those that the closed master withholds
    /// and that are in the bag all the same, with another message.
    pub(super) fn withheld_files(&self, copies: &Copies) -> Result<Attached, BundleError> {
        let selection = self.selection;
        let (mut shown, mut attached) = (BTreeSet::new(), Attached::default());
        let mut kept: BTreeMap<String, u32> = BTreeMap::new();
        for number in &selection.decided_out {
            let number = MessageNumber(number);
            let Some(message) = selection.store.message(number) else {
                continue;
            };
            let closed = selection.leaving_in(&message, Edition::Closed).files;
            let open = selection.leaving_in(&message, Edition::Open).files;
            for ((held, closed), (_, open)) in closed.into_iter().zip(open) {
                let Some(stands) = held.file.stands() else {
                    continue;
                };
                if closed.is_some() {
                    let mut file = self.case.attachment(held.source, stands)?;
                    let mut sum = Sha256::new();
                    io::copy(&mut file, &mut HashWriter(&mut sum)).map_err(|error| {
                        BundleError::Attachment {
                            message: number.0,
                            reason: error.to_string(),
                        }
                    })?;
                    kept.entry(hex(&sum.finalize())).or_insert(number.0);
                } else if let Some(copy) = copies.get(&(held.source, stands)) {
                    attached.came(&copy.path, date(&message), is_context(selection, number));
                    match open {
                        Some(reason) => attached.withhold(&copy.path, &reason.code),
                        None => {
                            shown.insert(copy.path.as_str());
                        }
                    }
                }
            }
        }
        let leak = copies
            .values()
            .find_map(|copy| Some((kept.get(&copy.sha256)?, copy)));
        if let Some((message, copy)) = leak {
            return Err(BundleError::Leak {
                what: format!("a file that is withheld with message {message}"),
                file: copy.path.clone(),
            });
        }
        let mut withheld = attached.exempt.keys();
        if let Some(path) = withheld.find(|path| shown.contains(path.as_str())) {
            return Err(BundleError::Leak {
                what: "a file that is withheld from the open copy with one message".to_owned(),
                file: path.clone(),
            });
        }
        Ok(attached)
    }

    /// Searches all that was written.
    pub(super) fn search(
        &mut self,
        test: &mut SelfTest<'_>,
        put: &Payload,
    ) -> Result<(), BundleError> {
        let total: u64 = self.bag.files().map(|(_, bytes)| bytes).sum();
        let mut done = 0;
        for (name, bytes) in self.bag.files() {
            tick(self.progress, "self-test", done, total)?;
            done += bytes;
            test.file(self.bag.root(), name, self.is_open(name, put))?;
        }
        Ok(())
    }

    /// An empty record in each form: the words that are docket's own.
    fn template(&self) -> [String; 5] {
        let thread = records::Thread {
            number: 1,
            title: String::new(),
            channel: String::new(),
            group: None,
        };
        let day = Day {
            heading: &self.heading,
            thread: &thread,
            date: None,
            is_open_copy: true,
            lines: Vec::new(),
        };
        let heads = [
            tables::DECISIONS,
            tables::FLAGS,
            tables::REDACTIONS,
            tables::NOTES,
            tables::SOURCES,
            tables::PEOPLE,
            files::METADATA,
            commitments::WITHHELD,
            membership::MEMBERSHIP,
            cleared::PROPERTIES,
            later::SUPERSEDES,
        ]
        .concat();
        [
            eml::render(&day),
            html::render(&day),
            index::render(&self.heading, true, &[]),
            txt::render(&day),
            [
                heads.join(","),
                files::WORDS.join("\n"),
                package::describe(|_| true).to_string(),
                PROFILE.to_owned(),
            ]
            .join("\n"),
        ]
    }
}

/// Writes a day's record in its three forms.
fn put_record(bag: &mut Bag, day: &Day<'_>) -> Result<(), BundleError> {
    let path = format!("{}/{}", day.thread.folder(), day.file_name());
    bag.put(&format!("{path}.eml"), eml::render(day).as_bytes())?;
    bag.put(&format!("{path}.html"), html::render(day).as_bytes())?;
    bag.put(&format!("{path}.txt"), txt::render(day).as_bytes())
}

/// Bytes as people read them: `3.4 MB`.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    let mut value = bytes as f64 / 1000.0;
    let mut unit = "bytes";
    if bytes < 1000 {
        return format!("{bytes} {unit}");
    }
    for next in UNITS {
        unit = next;
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
    }
    format!("{value:.1} {unit}")
}

/// The ending of a file's name, where it is a plain one; else `bin`.
fn extension(name: &str) -> String {
    name.rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase())
        .filter(|ending| {
            (1..=8).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric())
        })
        .unwrap_or_else(|| "bin".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_plain() {
        assert_eq!(extension("a.JPG"), "jpg");
        assert_eq!(extension("a.tar.gz"), "gz");
        assert_eq!(extension("a.\u{202e}gpj"), "bin");
        assert_eq!(extension("a.averylongending"), "bin");
        assert_eq!(extension("a"), "bin");
        assert_eq!(extension("a."), "bin");
    }

    #[test]
    fn sizes_are_readable() {
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(1000), "1.0 kB");
        assert_eq!(size(2_500_000), "2.5 MB");
    }
}
