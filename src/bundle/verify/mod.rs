//! Checks a bag: any BagIt bag by the rules of its version, and docket's own bundles further, by
//! what their tables promise.
//!
//! Nothing outside the bag is ever opened: files are opened only by the names that a walk of the
//! bag itself gave, symbolic links are never followed, and no name that stands in a manifest is
//! used as a path.

mod archive;
mod bagit;
mod chosen;
mod contents;
pub(super) mod custody;
mod earlier;
mod exported;
pub(super) mod followed;
mod ledger;
mod properties;
mod redacted;
mod redactions;
mod rows;
pub(super) mod signed;
mod sums;
mod tables;
mod tags;
mod told;
pub(super) mod walk;

use super::sign::Signers;
use crate::bundle::earlier::Earlier;
use crate::case::ledger::Recorded;
use crate::check::Check;
use std::path::Path;
use told::MARK;

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
    let against = Against {
        signers,
        ..Against::default()
    };
    verify_against(path, &against)
}

/// What a bundle is held against besides itself.
#[derive(Clone, Copy, Default)]
pub struct Against<'a> {
    /// Who may sign: it has to be signed then, with a key of the list.
    pub signers: Option<&'a Signers>,
    /// The bundles that it follows, of which it supersedes what it tells anew.
    pub earlier: Option<&'a Earlier>,
    /// The ledger of the case that it is from, from its first entry on.
    pub ledger: Option<&'a [Recorded]>,
}

/// As [`verify`], held against more than the bundle itself.
pub fn verify_against(path: &Path, against: &Against<'_>) -> Vec<Check> {
    let (mut checks, bag) = bagit::verify(path);
    if let Some(bag) = bag
        && bag.tree.files.contains_key(MARK)
    {
        checks.extend(contents::verify(&bag));
        checks.extend(signed::check(&bag, against.signers));
        let earlier = against.earlier;
        checks.extend(earlier.map(|earlier| earlier::follows(&bag, earlier)));
        if let Some(entries) = against.ledger {
            checks.extend(ledger::check(&bag, entries));
        }
    } else if against.signers.is_some() || against.earlier.is_some() || against.ledger.is_some() {
        let reason = "only docket's bundles can be held against what was given";
        checks.push(Check::failed("signature", reason));
    }
    checks
}
