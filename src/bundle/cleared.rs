//! What the open set has of the files that messages came with: each as it is, a copy without its
//! properties, or nothing; and `properties.csv`, which tells it of every one.

use super::attached::{Attached, Copies};
use super::error::BundleError;
use super::layout::{OPEN_COPY, PROPERTIES};
use super::making::{Bag, tick};
use super::properties::{Properties, examine};
use super::records::{Copy, OpenFile};
use super::table::Table;
use crate::case::Progress;
use crate::review::Edition;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;

/// What is said of a file that the open set has not for another reason than its properties.
pub(super) const EXEMPT: &str = "it is exempt";

/// What the open set has of one file.
pub(super) struct Cleared {
    pub(super) open: OpenFile,
    /// What its copy is without, in words.
    removed: String,
}

/// What the open set has of each file, by its path in the bag.
#[derive(Default)]
pub(super) struct OpenFiles(BTreeMap<String, Cleared>);

impl OpenFiles {
    /// Looks at each file of the bag that a message came with, and puts the copies beside those
    /// that need one.
    ///
    /// # Errors
    /// When a file cannot be read, or a copy not be written.
    pub(super) fn of_bag(
        bag: &mut Bag,
        attached: &Attached,
        progress: &mut dyn Progress,
    ) -> Result<OpenFiles, BundleError> {
        let paths: Vec<String> = bag
            .files()
            .filter(|(name, _)| name.starts_with("data/attachments/"))
            .map(|(name, _)| name.to_owned())
            .collect();
        let mut open = OpenFiles::default();
        let total = paths.len() as u64;
        for (done, path) in (0_u64..).zip(paths) {
            tick(progress, "properties", done, total)?;
            let cleared = match attached.exempt.contains_key(&path) {
                true => Cleared {
                    open: OpenFile::Withheld(EXEMPT.to_owned()),
                    removed: String::new(),
                },
                false => clear(bag, &path)?,
            };
            open.0.insert(path, cleared);
        }
        Ok(open)
    }

    /// Takes away the files that are not of the open set, and puts the copies in their place.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn replace_masters(
        &self,
        bag: &mut Bag,
        copies: &mut Copies,
    ) -> Result<(), BundleError> {
        for (path, cleared) in &self.0 {
            replace_master(path, &cleared.open, bag, copies)?;
        }
        Ok(())
    }

    /// Takes away the files that are not of the open set, and gives the copies their places, by their
    /// own checksums: for an open set that leaves alone.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn stand_alone(
        &mut self,
        bag: &mut Bag,
        copies: &mut Copies,
    ) -> Result<(), BundleError> {
        for (path, cleared) in &mut self.0 {
            if let OpenFile::Copy(copy) = &mut cleared.open {
                let (_, ending) = copy.path.rsplit_once('.').unwrap_or(("", "bin"));
                let prefix: String = copy.sha256.chars().take(2).collect();
                let own = format!("data/attachments/{prefix}/{}.{ending}", copy.sha256);
                // Two files may be the same without their properties, or the same as a third.
                match bag.seal(&own).is_some() {
                    true => bag.discard(&copy.path)?,
                    false => bag.rename(&copy.path, &own)?,
                }
                copy.path = own;
            }
            replace_master(path, &cleared.open, bag, copies)?;
        }
        Ok(())
    }

    /// The file that a record of an edition leads to, and what it says of the open set.
    pub(super) fn of(&self, copy: Option<Copy>, edition: Edition) -> (Option<Copy>, OpenFile) {
        let known = copy.as_ref().and_then(|copy| self.0.get(&copy.path));
        let open = known.map_or(OpenFile::Same, |cleared| cleared.open.clone());
        match (edition, open) {
            (Edition::Open, OpenFile::Copy(open)) => (Some(open), OpenFile::Same),
            (Edition::Open, OpenFile::Withheld(why)) => (None, OpenFile::Withheld(why)),
            (_, open) => (copy, open),
        }
    }

    /// What the open set has of a file, by its path.
    pub(super) fn get(&self, path: &str) -> Option<&Cleared> {
        self.0.get(path)
    }

    /// `properties.csv`: a row for each file that a message came with.
    pub(super) fn table(&self, out: impl Write) -> csv::Result<()> {
        let mut table = Table::new(out, PROPERTIES)?;
        for (path, cleared) in &self.0 {
            let (set, copy, reason) = match &cleared.open {
                OpenFile::Same => ("same", "", ""),
                OpenFile::Copy(copy) => ("copy", copy.path.as_str(), ""),
                OpenFile::Withheld(why) => ("none", "", why.as_str()),
            };
            table.row(&[
                path.clone(),
                set.to_owned(),
                copy.to_owned(),
                cleared.removed.clone(),
                reason.to_owned(),
            ])?;
        }
        table.end()
    }
}

impl Cleared {
    /// What `file-metadata.csv` notes of the file, where the open set has it not as it is for its
    /// properties.
    pub(super) fn note(&self) -> Option<String> {
        match &self.open {
            OpenFile::Copy(copy) => Some(format!(
                "{NOT_OPEN}: it carries {}. Its open copy is {}.",
                self.removed, copy.path
            )),
            OpenFile::Withheld(why) if why != EXEMPT => Some(format!("{NOT_OPEN}: {why}.")),
            OpenFile::Same | OpenFile::Withheld(_) => None,
        }
    }
}

/// The note of a file that carries properties begins so.
pub(super) const NOT_OPEN: &str = "Not for the open set";

/// Looks at one file, and puts a copy of it beside it where it carries properties.
fn clear(bag: &mut Bag, path: &str) -> Result<Cleared, BundleError> {
    let place = bag.root().join(path);
    let mut file = File::open(&place).map_err(BundleError::io(&place))?;
    let found = examine(&mut file).map_err(BundleError::io(&place))?;
    let clean = match found {
        Properties::None => {
            return Ok(Cleared {
                open: OpenFile::Same,
                removed: String::new(),
            });
        }
        Properties::Withheld(why) => {
            return Ok(Cleared {
                open: OpenFile::Withheld(why.to_owned()),
                removed: String::new(),
            });
        }
        Properties::Removed(clean) => clean,
    };
    let (stem, ending) = path.rsplit_once('.').unwrap_or((path, "bin"));
    let open = format!("{stem}{OPEN_COPY}.{ending}");
    bag.put_with(&open, |out| clean.write(&mut file, out))?;
    // What was made is held to what it was made for.
    let made = bag.root().join(&open);
    let again = File::open(&made).and_then(|mut file| examine(&mut file));
    if !matches!(again.map_err(BundleError::io(&made))?, Properties::None) {
        bag.discard(&open)?;
        return Ok(Cleared {
            open: OpenFile::Withheld("its copy would still carry properties".to_owned()),
            removed: String::new(),
        });
    }
    let seal = bag.seal(&open);
    Ok(Cleared {
        removed: clean.removed.into_iter().collect::<Vec<_>>().join("; "),
        open: OpenFile::Copy(Copy {
            sha256: seal.map(|seal| seal.sha256.clone()).unwrap_or_default(),
            bytes: seal.map(|seal| seal.bytes).unwrap_or_default(),
            path: open,
        }),
    })
}

/// Puts what the open set has of a file in the place of the file itself.
fn replace_master(
    path: &str,
    open: &OpenFile,
    bag: &mut Bag,
    copies: &mut Copies,
) -> Result<(), BundleError> {
    match open {
        OpenFile::Same => {}
        OpenFile::Copy(open) => {
            bag.discard(path)?;
            let masters = copies.values_mut().filter(|copy| copy.path == path);
            masters.for_each(|copy| copy.clone_from(open));
        }
        OpenFile::Withheld(_) => {
            bag.discard(path)?;
            copies.retain(|_, copy| copy.path != path);
        }
    }
    Ok(())
}
