//! Writes the bag: beside its target under a hidden name, flushed whole, then renamed.

use super::bag::hex;
use super::day::{Copies, Told};
use super::mails::{self, MailCounts, Mails};
use super::plan::{self, Block, Options, Plan, files_of};
use super::records::{self, Copy, Day, Heading, Mail, eml, html, jsonl, txt};
use super::select::{Selection, date};
use super::selftest::SelfTest;
use super::{BundleError, readme, tables};
use crate::case::ledger::Entry;
use crate::case::{Case, Progress};
use crate::model::{MessageNumber, SourceId, Stands};
use crate::review::Session;
use crate::text::Shown;
use chrono::{NaiveDate, Utc};
use sha2::{Digest, Sha256, Sha512};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// The file that makes a folder a bag; written last.
const DECLARATION_NAME: &str = "bagit.txt";

/// What stands in it: RFC 8493 section 2.1.1.
const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// All messages of a bundle, as lines of JSON.
pub(super) const MESSAGES: &str = "data/records/messages.jsonl";

/// A bundle that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
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
    /// Texts left behind that were too short to be searched for in what was written, each counted
    /// once.
    pub too_short: u64,
    /// Texts left behind that are also said in something handed over, each counted once.
    pub also_said: u64,
    /// Mails, and how many of them are there as they were.
    pub mails: MailCounts,
}

/// What a bundle of the case's present state would be.
///
/// # Errors
/// When the case or its ledger cannot be read.
pub fn plan(session: &Session, options: &Options) -> Result<Plan, BundleError> {
    Ok(plan::of(&Selection::of(session.case())?, *options))
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
    let case = session.case();
    let target = Target::of(case, out)?;
    let selection = Selection::of(case)?;
    if selection.head != plan.head {
        return Err(BundleError::Moved);
    }
    // The plan is made again rather than trusted: it may have been made for other options.
    let plan = plan::of(&selection, plan.options);
    if !plan.is_ready() {
        plan::check_balance(&selection)?;
        let blocks: Vec<Block> = plan.blocks;
        return Err(BundleError::Blocked(blocks));
    }
    target.check_space(plan.bytes)?;
    let mut bag = Bag::create(&target)?;
    let mut maker = Maker {
        case,
        selection: &selection,
        heading: heading(&selection),
        bag: &mut bag,
        progress,
    };
    let mut test = maker.self_test(&plan);
    let mails = maker.payload(&plan, &mut test)?;
    maker.tags(&plan, &mails)?;
    maker.search(&mut test)?;
    let (too_short, also_said) = (test.too_short, test.also_said);
    let sha256 = bag.finish(progress)?;
    let messages = selection.leaving.len();
    let entry = Entry::Bundle {
        name: target.name.to_string_lossy().into_owned(),
        sha256: sha256.clone(),
        messages: u32::try_from(messages).unwrap_or(u32::MAX),
        partial: plan.options.partial,
    };
    let recorded = case.ledger().append(session.actor(), &entry, None)?;
    let (files, bytes) = bag.payload();
    bag.publish(&target)?;
    Ok(Written {
        path: target.path,
        messages,
        files,
        bytes,
        sha256,
        entry: recorded.seq,
        too_short,
        also_said,
        mails: MailCounts::of(&mails),
    })
}

fn heading(selection: &Selection) -> Heading {
    Heading {
        reference: selection.facts.reference.clone(),
        department: selection.facts.department.clone(),
        custodian: selection.facts.custodian.clone(),
        zone: selection.store.zone().name().to_owned(),
        case_id: selection.case_id.clone(),
    }
}

/// Where the bundle is to be.
struct Target {
    path: PathBuf,
    folder: PathBuf,
    name: std::ffi::OsString,
}

impl Target {
    fn of(case: &Case, out: &Path) -> Result<Target, BundleError> {
        let named = |path: &Path| BundleError::NoName {
            path: path.to_path_buf(),
        };
        let name = out.file_name().ok_or_else(|| named(out))?.to_owned();
        if fs::symlink_metadata(out).is_ok() {
            return Err(BundleError::Exists { path: out.into() });
        }
        let folder = match out.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let folder = folder.canonicalize().map_err(BundleError::io(folder))?;
        let root = case.layout().root();
        let root = root.canonicalize().map_err(BundleError::io(root))?;
        if folder.starts_with(root) {
            return Err(BundleError::InsideCase { path: out.into() });
        }
        Ok(Target {
            path: folder.join(&name),
            folder,
            name,
        })
    }

    fn check_space(&self, needed: u64) -> Result<(), BundleError> {
        let found = rustix::fs::statvfs(&self.folder)
            .map_err(|error| BundleError::io(&self.folder)(error.into()))?;
        let free = found.f_bavail.saturating_mul(found.f_frsize);
        if free < needed {
            return Err(BundleError::NoSpace {
                path: self.path.clone(),
                needed,
                free,
            });
        }
        Ok(())
    }
}

/// What the manifests say of one file.
struct Seal {
    bytes: u64,
    sha256: String,
    sha512: String,
}

/// A bag in the making, in a hidden folder that goes when it is dropped unfinished.
struct Bag {
    root: PathBuf,
    seals: BTreeMap<String, Seal>,
    folders: BTreeSet<PathBuf>,
    published: bool,
}

/// A file of the bag, open for writing.
struct BagFile {
    name: String,
    path: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
    sha256: Sha256,
    sha512: Sha512,
}

impl Write for BagFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.sha256.update(bytes);
        self.sha512.update(bytes);
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Bag {
    fn drop(&mut self) {
        if !self.published {
            // There is nobody left to tell of a failure here; what stays has a hidden name and,
            // its declaration being written last, is no bag.
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

impl Bag {
    fn create(target: &Target) -> Result<Bag, BundleError> {
        use std::os::unix::fs::DirBuilderExt;
        let name = target.name.to_string_lossy();
        let hidden = format!(".{name}.docket-{}", std::process::id());
        let root = target.folder.join(hidden);
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&root)
            .map_err(BundleError::io(&root))?;
        Ok(Bag {
            folders: BTreeSet::from([root.clone()]),
            root,
            seals: BTreeMap::new(),
            published: false,
        })
    }

    /// The path of a file in the bag, its folder made.
    fn place(&mut self, name: &str) -> Result<PathBuf, BundleError> {
        use std::os::unix::fs::DirBuilderExt;
        let path = self.root.join(name);
        if let Some(folder) = path.parent()
            && !self.folders.contains(folder)
        {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(BundleError::io(folder))?;
            let within = |above: &&Path| above.starts_with(&self.root);
            let new: Vec<PathBuf> = folder
                .ancestors()
                .take_while(within)
                .map(Path::to_path_buf)
                .collect();
            self.folders.extend(new);
        }
        Ok(path)
    }

    fn start(&mut self, name: &str) -> Result<BagFile, BundleError> {
        let path = self.place(name)?;
        Ok(BagFile {
            name: name.to_owned(),
            file: BufWriter::new(new_file(&path)?),
            path,
            bytes: 0,
            sha256: Sha256::new(),
            sha512: Sha512::new(),
        })
    }

    fn end(&mut self, mut file: BagFile) -> Result<(), BundleError> {
        file.file.flush().map_err(BundleError::io(&file.path))?;
        self.seals.insert(
            file.name,
            Seal {
                bytes: file.bytes,
                sha256: hex(&file.sha256.finalize()),
                sha512: hex(&file.sha512.finalize()),
            },
        );
        Ok(())
    }

    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), BundleError> {
        self.put_with(name, |file| file.write_all(bytes))
    }

    /// A file that `write` fills.
    fn put_with(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut BagFile) -> io::Result<()>,
    ) -> Result<(), BundleError> {
        let mut file = self.start(name)?;
        write(&mut file).map_err(BundleError::io(&file.path))?;
        self.end(file)
    }

    /// Files and bytes of the payload.
    fn payload(&self) -> (u64, u64) {
        let payload = self
            .seals
            .iter()
            .filter(|(name, _)| name.starts_with("data/"));
        payload.fold((0, 0), |(files, bytes), (_, seal)| {
            (files + 1, bytes + seal.bytes)
        })
    }

    /// A manifest of the files that `wanted` picks.
    fn manifest(&self, wanted: fn(&str) -> bool, sum: fn(&Seal) -> &str) -> String {
        self.seals
            .iter()
            .filter(|(name, _)| wanted(name))
            .map(|(name, seal)| format!("{}  {name}\n", sum(seal)))
            .collect()
    }

    /// Flushes every file and folder, then writes the declaration that makes a bag of them. Gives
    /// the SHA-256 of `tagmanifest-sha256.txt`.
    fn finish(&mut self, progress: &mut dyn Progress) -> Result<String, BundleError> {
        // One flush of the file system first makes the many that follow cheap.
        if let Ok(root) = File::open(&self.root) {
            let _ = rustix::fs::syncfs(&root);
        }
        let total = self.seals.len() as u64;
        for (done, name) in (0_u64..).zip(self.seals.keys()) {
            tick(progress, "flushing", done, total)?;
            if name != DECLARATION_NAME {
                sync(&self.root.join(name))?;
            }
        }
        // Deepest folders first, so that no name is durable before what it names.
        for folder in self.folders.iter().rev() {
            sync(folder)?;
        }
        let path = self.root.join(DECLARATION_NAME);
        new_file(&path)?
            .write_all(DECLARATION.as_bytes())
            .map_err(BundleError::io(&path))?;
        sync(&path)?;
        sync(&self.root)?;
        let seal = self.seals.get("tagmanifest-sha256.txt");
        Ok(seal.map(|seal| seal.sha256.clone()).unwrap_or_default())
    }

    fn publish(mut self, target: &Target) -> Result<(), BundleError> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        let exists = || BundleError::Exists {
            path: target.path.clone(),
        };
        match renameat_with(CWD, &self.root, CWD, &target.path, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            Err(rustix::io::Errno::EXIST) => return Err(exists()),
            // Some file systems cannot refuse by themselves.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                if fs::symlink_metadata(&target.path).is_ok() {
                    return Err(exists());
                }
                fs::rename(&self.root, &target.path).map_err(BundleError::io(&target.path))?;
            }
            Err(error) => return Err(BundleError::io(&target.path)(error.into())),
        }
        self.published = true;
        sync(&target.folder)
    }
}

fn new_file(path: &Path) -> Result<File, BundleError> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(BundleError::io(path))
}

fn sync(path: &Path) -> Result<(), BundleError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(BundleError::io(path))
}

fn tick(
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

/// Fills a bag.
struct Maker<'a> {
    case: &'a Case,
    selection: &'a Selection,
    heading: Heading,
    bag: &'a mut Bag,
    progress: &'a mut dyn Progress,
}

impl<'a> Maker<'a> {
    /// Attachments, mails as they were, and the records that point to both.
    fn payload(&mut self, plan: &Plan, test: &mut SelfTest<'_>) -> Result<Mails, BundleError> {
        let copies = self.attachments(plan)?;
        let mails = self.mails(test)?;
        let told = Told {
            selection: self.selection,
            copies: &copies,
            mails: &mails,
        };
        let store = &self.selection.store;
        let mut lines = self.bag.start(MESSAGES)?;
        let mut done = 0;
        for id in &self.selection.threads {
            let Some(thread) = store.thread(*id) else {
                continue;
            };
            let thread = records::Thread {
                number: id.0,
                title: self.selection.title(thread).to_owned(),
                channel: thread.channel.clone(),
                group: thread.group,
            };
            let mut days: BTreeMap<Option<NaiveDate>, Vec<MessageNumber>> = BTreeMap::new();
            for number in store.thread_messages(*id) {
                if let Some(message) = store.message(number) {
                    days.entry(date(&message)).or_default().push(number);
                }
            }
            for (date, numbers) in days {
                let leaves = |number: &&MessageNumber| self.selection.leaving.contains(number.0);
                done += numbers.iter().filter(leaves).count() as u64;
                tick(self.progress, "records", done, self.selection.leaving.len())?;
                let day = Day {
                    heading: &self.heading,
                    thread: &thread,
                    date,
                    lines: told.lines(&numbers),
                };
                if day.messages().next().is_none() {
                    continue;
                }
                let path = format!("{}/{}", thread.folder(), day.name());
                self.bag
                    .put(&format!("{path}.eml"), eml::render(&day).as_bytes())?;
                self.bag
                    .put(&format!("{path}.html"), html::render(&day).as_bytes())?;
                self.bag
                    .put(&format!("{path}.txt"), txt::render(&day).as_bytes())?;
                let rows =
                    jsonl::render(&day).map_err(|error| BundleError::Form(error.to_string()))?;
                lines
                    .write_all(rows.as_bytes())
                    .map_err(BundleError::io(&lines.path))?;
            }
        }
        self.bag.end(lines)?;
        Ok(mails)
    }

    /// Writes the mails that leave as they were.
    fn mails(&mut self, test: &mut SelfTest<'_>) -> Result<Mails, BundleError> {
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
                    let seal = self.bag.seals.get(&path);
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
    fn attachments(&mut self, plan: &Plan) -> Result<Copies, BundleError> {
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
                        self.discard("data/attachments/incoming")?;
                        copy.clone()
                    }
                    None => {
                        let prefix: String = sha256.chars().take(2).collect();
                        let path =
                            format!("data/attachments/{prefix}/{sha256}.{}", extension(&name));
                        self.rename("data/attachments/incoming", &path)?;
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
                    .map_err(BundleError::io(&file.path))?,
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
        let seal = self.bag.seals.get(name);
        Ok(seal
            .map(|seal| (seal.sha256.clone(), seal.bytes))
            .unwrap_or_default())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), BundleError> {
        let path = self.bag.place(to)?;
        fs::rename(self.bag.root.join(from), &path).map_err(BundleError::io(&path))?;
        if let Some(seal) = self.bag.seals.remove(from) {
            self.bag.seals.insert(to.to_owned(), seal);
        }
        Ok(())
    }

    fn discard(&mut self, name: &str) -> Result<(), BundleError> {
        let path = self.bag.root.join(name);
        self.bag.seals.remove(name);
        fs::remove_file(&path).map_err(BundleError::io(&path))
    }

    /// Tables, the readme, `bag-info.txt` and the manifests.
    fn tags(&mut self, plan: &Plan, mails: &Mails) -> Result<(), BundleError> {
        let selection = self.selection;
        let partial = plan.options.partial;
        let table = |written: csv::Result<()>| written.map_err(io::Error::from);
        self.bag.put_with("decisions.csv", |file| {
            table(tables::decisions(selection, mails, file))
        })?;
        self.bag.put_with("sources.csv", |file| {
            table(tables::sources(selection, file))
        })?;
        self.bag
            .put_with("people.csv", |file| table(tables::people(selection, file)))?;
        let completeness = tables::completeness(selection, mails, partial);
        let mut json = serde_json::to_vec_pretty(&completeness)
            .map_err(|error| BundleError::Form(error.to_string()))?;
        json.push(b'\n');
        self.bag.put("completeness.json", &json)?;
        let readme = readme::render(&self.heading, &plan.total, partial);
        self.bag.put("README.txt", readme.as_bytes())?;
        let info = self.info(plan);
        self.bag.put("bag-info.txt", info.as_bytes())?;
        self.bag.seals.insert(
            DECLARATION_NAME.to_owned(),
            Seal {
                bytes: DECLARATION.len() as u64,
                sha256: hex(&Sha256::digest(DECLARATION)),
                sha512: hex(&Sha512::digest(DECLARATION)),
            },
        );
        for (prefix, wanted) in [
            (
                "manifest",
                (|name: &str| name.starts_with("data/")) as fn(&str) -> bool,
            ),
            ("tagmanifest", |name| {
                !name.starts_with("data/") && !name.starts_with("tagmanifest-")
            }),
        ] {
            let sha256 = self.bag.manifest(wanted, |seal| &seal.sha256);
            let sha512 = self.bag.manifest(wanted, |seal| &seal.sha512);
            self.bag
                .put(&format!("{prefix}-sha256.txt"), sha256.as_bytes())?;
            self.bag
                .put(&format!("{prefix}-sha512.txt"), sha512.as_bytes())?;
        }
        Ok(())
    }

    /// `bag-info.txt`: RFC 8493 section 2.2.2, and docket's own labels.
    fn info(&self, plan: &Plan) -> String {
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
    fn self_test(&self, plan: &Plan) -> SelfTest<'a> {
        let selection = self.selection;
        let store = &selection.store;
        let readme = readme::render(&self.heading, &plan.total, plan.options.partial);
        let info = self.info(plan);
        let template = self.template();
        let mut said: Vec<&str> = vec![&readme, &info];
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
            if selection.is_whole(source.id) {
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

    /// Searches all that was written.
    fn search(&mut self, test: &mut SelfTest<'_>) -> Result<(), BundleError> {
        let total: u64 = self.bag.seals.values().map(|seal| seal.bytes).sum();
        let mut done = 0;
        for (name, seal) in &self.bag.seals {
            tick(self.progress, "self-test", done, total)?;
            done += seal.bytes;
            if name != DECLARATION_NAME {
                test.file(&self.bag.root, name)?;
            }
        }
        Ok(())
    }

    /// An empty record in each form: the words that are docket's own.
    fn template(&self) -> [String; 4] {
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
            lines: Vec::new(),
        };
        let heads = [tables::DECISIONS, tables::SOURCES, tables::PEOPLE].concat();
        [
            eml::render(&day),
            html::render(&day),
            txt::render(&day),
            heads.join(","),
        ]
    }
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
