//! Checks a bag: any BagIt bag by the rules of its version, and docket's own bundles further, by
//! what their tables promise.
//!
//! Nothing outside the bag is ever opened: files are opened only by the names that a walk of the
//! bag itself gave, symbolic links are never followed, and no name that stands in a manifest is
//! used as a path.

mod archive;
mod bagit;
mod contents;
pub(super) mod custody;
mod exported;
mod redacted;
pub(super) mod signed;
mod tags;
mod walk;

use super::sign::Signers;
use crate::check::Check;
use std::path::Path;

/// Checks the bag in the folder `path`: one [`Check`] for each thing looked at, in a fixed order.
///
/// The bag holds when no check failed ([`crate::check::overall`]). A folder that cannot be read is
/// a failed check, too. A bag whose completeness table says that docket made it is checked further
/// by [`contents`](self): its tables parse and agree with each other and with the records.
pub fn verify(path: &Path) -> Vec<Check> {
    verify_with(path, None)
}

/// As [`verify`], with a list of who may sign: the bundle has to be signed then, with a key of the
/// list.
pub fn verify_with(path: &Path, signers: Option<&Signers>) -> Vec<Check> {
    let (mut checks, bag) = bagit::verify(path);
    if let Some(bag) = bag
        && bag.tree.files.contains_key(contents::MARK)
    {
        checks.extend(contents::verify(&bag));
        checks.extend(signed::check(&bag, signers));
    } else if signers.is_some() {
        let reason = "only docket's bundles carry the signature that is asked for";
        checks.push(Check::failed("signature", reason));
    }
    checks
}
