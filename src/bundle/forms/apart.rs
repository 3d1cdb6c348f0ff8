//! What a purged case is made of: the closed master in a folder, and the search of all that was made
//! of it.

use super::{Form, Making, rsmf};
use crate::bundle::earlier::Earlier;
use crate::bundle::error::BundleError;
use crate::bundle::maker::Maker;
use crate::bundle::making::{Bag, Destination, tick};
use crate::bundle::plan::Plan;
use crate::bundle::selftest::Room;
use crate::bundle::verify::walk::Tree;
use crate::bundle::write::Ready;
use crate::case::Progress;
use crate::case::values::{is_values, without_folded};
use crate::review::{Edition, Session};
use std::fs;
use std::io;
use std::path::Path;

/// Writes what is handed over as RSMF, the closed master, into the new folder `out`, and notes it
/// nowhere: what a case without the rest is made from.
///
/// # Errors
/// As [`super::export`].
pub fn set_apart(
    session: &Session,
    plan: &Plan,
    out: &Path,
    progress: &mut dyn Progress,
) -> Result<(), BundleError> {
    let to = Destination::plain(out);
    let Ready {
        mut selection,
        plan,
        target,
    } = Ready::of(session, plan, &to, &Earlier::default())?;
    // In the new case others have these numbers.
    selection.of_the_former_case();
    let mut bag = Bag::create(&target)?;
    let mut maker = Maker::new(session.case(), &selection, &mut bag, progress);
    let test = maker.self_test(&plan);
    let mut making = Making::of(&mut maker, &plan, Edition::Closed);
    making.one_edition(Form::Rsmf, &test, rsmf::stage, rsmf::assemble)?;
    bag.finish(progress)?;
    bag.publish(target).map(|_| ())
}

/// Searches every file below a folder for what stays behind in the case, as the self-test searches a
/// bundle; gives how many files there are.
///
/// # Errors
/// [`BundleError::Leak`] for the first thing found; otherwise when something cannot be read, or is no
/// regular file.
pub fn search_folder(
    session: &Session,
    plan: &Plan,
    folder: &Path,
    progress: &mut dyn Progress,
) -> Result<u64, BundleError> {
    // The search is made ready as that of a bundle is; nothing is put into this one.
    let to = folder.with_extension("search");
    let Ready {
        selection,
        plan,
        target,
    } = Ready::of(session, plan, &Destination::plain(&to), &Earlier::default())?;
    let mut bag = Bag::create(&target)?;
    let mut quiet = ();
    let test = Maker::new(session.case(), &selection, &mut bag, &mut quiet).self_test(&plan);
    let tree = Tree::walk(folder).map_err(BundleError::io(folder))?;
    if let Some((name, reason)) = tree.strange.first() {
        let source = io::Error::other(*reason);
        return Err(BundleError::io(&folder.join(name))(source));
    }
    let total = tree.files.len() as u64;
    let mut room = Room::new();
    for (done, name) in (0..).zip(tree.files.keys()) {
        tick(progress, "searching", done, total)?;
        // An official subject in small letters may be what somebody else said, and says nothing new.
        match is_values(name) {
            true => {
                let path = folder.join(name);
                let bytes = fs::read(&path).map_err(BundleError::io(&path))?;
                test.written(name, &without_folded(&bytes), false, &mut room)?;
            }
            false => test.file(folder, name, false, &mut room)?,
        }
    }
    Ok(total)
}
