//! Fills a bag: the records and the files that they lead to.

use super::attached::{Attached, Copies};
use super::cleared::OpenFiles;
use super::context::{contexts, is_context};
use super::custody::{self, Custody};
use super::day::{self, Told};
use super::earlier::Earlier;
use super::error::BundleError;
use super::hands;
use super::layout::{INDEX, MESSAGES, OPEN_INDEX, OPEN_MESSAGES};
use super::mails;
use super::making::{Bag, BagFile, Seal, put_apart, tick};
use super::plan::{Plan, files_of};
use super::profile::Sets;
use super::records::{Copy, Day, Heading, Mail, Mails, Thread, date, eml, html, index, jsonl, txt};
use super::select::Selection;
use super::selftest::{Room, SelfTest};
use crate::case::{Case, Progress};
use crate::model::{MessageNumber, SourceId, Stands};
use crate::review::Edition;
use crate::text::hex;
use chrono::NaiveDate;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::path::PathBuf;

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

/// An edition in the making.
struct Set {
    /// Whether it stands beside the closed master.
    is_copy: bool,
    lines: BagFile,
    contents: Vec<index::Entry>,
}

/// What was put into the payload, for the tables to tell of.
pub(super) struct Payload {
    pub(super) mails: Mails,
    pub(super) attached: Attached,
    pub(super) open: OpenFiles,
}

/// Fills a bag.
pub(super) struct Maker<'a> {
    pub(super) case: &'a Case,
    pub(super) selection: &'a Selection,
    pub(super) heading: Heading,
    pub(super) custody: Custody,
    /// The bundles that it follows, where there are any.
    pub(super) earlier: Option<&'a Earlier>,
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
        test: &SelfTest<'_>,
    ) -> Result<Payload, BundleError> {
        let copies = self.attachments(plan)?;
        let (attached, open) = self.open_files(&copies)?;
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
        let mut sets = Vec::new();
        let editions = self.editions();
        for (_, is_copy) in editions.iter().copied() {
            let name = if is_copy { OPEN_MESSAGES } else { MESSAGES };
            sets.push(Set {
                is_copy,
                lines: self.bag.start(name)?,
                contents: Vec::new(),
            });
        }
        let days = self
            .selection
            .threads
            .iter()
            .filter_map(|id| store.thread(*id));
        let days = days.flat_map(|thread| {
            let days = day::days(store, thread.id);
            days.into_iter()
                .map(move |(date, numbers)| (thread, date, numbers))
        });
        for id in &self.selection.threads {
            if let Some(thread) = store.thread(*id) {
                let folder = day::called(self.selection, thread, Edition::Closed).folder();
                self.bag.make_folder(&folder)?;
            }
        }
        let records = Records {
            heading: &self.heading,
            editions: &editions,
            told: &told,
            root: self.bag.root().to_path_buf(),
            test,
        };
        let (bag, progress) = (&mut *self.bag, &mut *self.progress);
        let (mut done, total) = (0, self.selection.leaving.len());
        hands::in_order(
            days,
            |(thread, date, numbers), room| records.of_day(thread, date, &numbers, room),
            |made| {
                let made = made?;
                done += made.leaving;
                tick(progress, "records", done, total)?;
                for (name, seal) in made.files {
                    bag.enter(name, seal);
                }
                for (set, part) in sets.iter_mut().zip(made.parts) {
                    let Some(part) = part else {
                        continue;
                    };
                    index::put_into(&mut set.contents, &part.thread, part.page);
                    set.lines
                        .write_all(part.rows.as_bytes())
                        .map_err(BundleError::io(set.lines.path()))?;
                }
                Ok::<(), BundleError>(())
            },
        )?;
        for set in sets {
            self.bag.end(set.lines)?;
            let name = if set.is_copy { OPEN_INDEX } else { INDEX };
            let page = index::render(&self.heading, set.is_copy, &set.contents);
            self.bag.put(name, page.as_bytes())?;
        }
        Ok(Payload {
            mails,
            attached,
            // Of one set alone there is nothing to tell of another.
            open: match self.selection.sets() {
                Sets::Both => open,
                Sets::Closed | Sets::Open => OpenFiles::default(),
            },
        })
    }

    /// The editions that are written, and whether each is the open copy beside the closed master.
    fn editions(&self) -> Vec<(Edition, bool)> {
        match self.selection.sets() {
            Sets::Open => vec![(Edition::Open, false)],
            Sets::Both if self.selection.has_open_copy() => {
                vec![(Edition::Closed, false), (Edition::Open, true)]
            }
            Sets::Both | Sets::Closed => vec![(Edition::Closed, false)],
        }
    }

    /// What is known of the files, and what the open set has of each. Where the open set leaves
    /// alone, its files take the place of those that came.
    fn open_files(&mut self, copies: &Copies) -> Result<(Attached, OpenFiles), BundleError> {
        let attached = self.withheld_files(copies)?;
        match self.selection.sets() {
            Sets::Closed => Ok((attached, OpenFiles::default())),
            Sets::Both => {
                let open = OpenFiles::of_bag(self.bag, &attached, self.progress)?;
                Ok((attached, open))
            }
            Sets::Open => {
                let mut open = OpenFiles::of_bag(self.bag, &attached, self.progress)?;
                let mut alone = copies.clone();
                open.stand_alone(self.bag, &mut alone)?;
                // A folder is named after a file's checksum.
                self.bag.prune()?;
                // The files that are here now have other names.
                Ok((self.withheld_files(&alone)?, open))
            }
        }
    }

    /// Writes the mails that leave as they were.
    pub(super) fn mails(&mut self, test: &SelfTest<'_>) -> Result<Mails, BundleError> {
        let (mut told, mut room) = (Mails::new(), Room::new());
        let numbers = mails::leaving(self.selection);
        for (done, number) in (0_u64..).zip(&numbers) {
            tick(self.progress, "mails", done, numbers.len())?;
            let Some(message) = self.selection.store.message(MessageNumber(number)) else {
                continue;
            };
            // Its headers name people whom nobody looked at, so it is of the closed master alone.
            let mail = match self.selection.sets() {
                Sets::Open => Err("it is of the closed master alone, for its headers"),
                Sets::Both | Sets::Closed => {
                    mails::original(self.selection, &message, test, &mut room)
                }
            };
            let mail = match mail {
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

    /// The files that the open copy withholds, and refuses those that the closed master withholds
    /// and that are in the bag all the same, with another message.
    pub(super) fn withheld_files(&self, copies: &Copies) -> Result<Attached, BundleError> {
        let selection = self.selection;
        let (mut shown, mut attached) = (BTreeSet::new(), Attached::of(selection));
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
}

/// What every hand needs to make records.
struct Records<'a> {
    heading: &'a Heading,
    /// The editions, and whether each is the open copy beside the closed master.
    editions: &'a [(Edition, bool)],
    told: &'a (dyn Fn(Edition) -> Told<'a> + Sync),
    root: PathBuf,
    test: &'a SelfTest<'a>,
}

/// A day's records: what of them is written, and what the bag has to be told.
#[derive(Default)]
struct Made {
    /// Messages of the day that leave.
    leaving: u64,
    /// Files that are written.
    files: Vec<(String, Seal)>,
    /// What each edition has of the day; nothing where no message of it leaves.
    parts: Vec<Option<Part>>,
}

/// What an edition has of a day beside its record.
struct Part {
    /// The thread as the edition calls it.
    thread: Thread,
    /// The day, its page, and how many messages it holds.
    page: (String, String, u64),
    /// The lines of JSON.
    rows: String,
}

impl Records<'_> {
    fn of_day(
        &self,
        thread: &crate::case::Thread,
        date: Option<NaiveDate>,
        numbers: &[MessageNumber],
        room: &mut Room,
    ) -> Result<Made, BundleError> {
        let mut made = Made::default();
        let selection = (self.told)(Edition::Closed).selection;
        let leaves = |number: &&MessageNumber| selection.leaving.contains(number.0);
        made.leaving = numbers.iter().filter(leaves).count() as u64;
        let has_copy = numbers.iter().any(|one| selection.is_exempt(*one));
        for (edition, is_copy) in self.editions.iter().copied() {
            let thread = day::called(selection, thread, edition);
            let day = Day {
                heading: self.heading,
                thread: &thread,
                date,
                is_open_copy: is_copy && has_copy,
                lines: (self.told)(edition).lines(numbers),
            };
            let messages = day.messages().count() as u64;
            if messages == 0 {
                made.parts.push(None);
                continue;
            }
            if !is_copy || has_copy {
                // What has an open copy beside it is of the closed master alone.
                let is_open = selection.sets() != Sets::Closed && (is_copy || !has_copy);
                self.put(&day, is_open, room, &mut made)?;
            }
            let rows = jsonl::render(&day).map_err(|error| BundleError::Form(error.to_string()))?;
            let page = (day.name(), format!("{}.html", day.file_name()), messages);
            made.parts.push(Some(Part {
                thread: thread.clone(),
                page,
                rows,
            }));
        }
        Ok(made)
    }

    /// Writes a day's record in its three forms.
    fn put(
        &self,
        day: &Day<'_>,
        is_open: bool,
        room: &mut Room,
        made: &mut Made,
    ) -> Result<(), BundleError> {
        let path = format!("{}/{}", day.thread.folder(), day.file_name());
        let text = txt::render(day);
        let forms = [
            ("eml", eml::render_with(day, &text)),
            ("html", html::render(day)),
            ("txt", text),
        ];
        for (ending, form) in forms {
            let name = format!("{path}.{ending}");
            // A long one is searched later, piece by piece.
            let is_searched = SelfTest::takes_written(form.as_bytes());
            if is_searched {
                self.test.written(&name, form.as_bytes(), is_open, room)?;
            }
            let seal = put_apart(&self.root, &name, form.as_bytes(), is_searched)?;
            made.files.push((name, seal));
        }
        Ok(())
    }
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
}
