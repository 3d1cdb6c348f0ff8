//! Writes a bundle: what leaves, as records and tables, into a bag in the making.

use super::block::Block;
use super::commitments::Secret;
use super::counts::MailCounts;
use super::custody;
use super::earlier::Earlier;
use super::error::BundleError;
use super::later::{plan_after, selected};
use super::maker::Maker;
use super::making::{Bag, Destination, Target};
use super::options::Options;
use super::plan::{self, Plan};
use super::seal::tar;
use super::select::Selection;
use super::selftest::{SelfTest, Unsearched};
use crate::case::Progress;
use crate::case::anchors::Fingerprint;
use crate::case::ledger::Entry;
use crate::review::Session;
use std::path::{Path, PathBuf};

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
    /// Where the ledger ends with that entry, or that of its signature, to be kept elsewhere.
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
    // Where nothing is committed to there is nothing to keep.
    let secret = match selection.takes("withheld") {
        true => Some(Secret::of(case, &selection)?),
        false => None,
    };
    let mut bag = Bag::create(&target)?;
    let mut maker = Maker::new(case, &selection, &mut bag, progress);
    maker.earlier = Some(earlier).filter(|earlier| !earlier.is_empty());
    let test = maker.self_test(&plan);
    let put = maker.payload(&plan, &test)?;
    maker.tags(&plan, &put, secret.as_ref())?;
    maker.search(&test, &put)?;
    let done = Done {
        session,
        selection: &selection,
        plan: &plan,
        secret: secret.as_ref(),
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
        let (selection, changes) = selected(case, earlier, plan.options.profile.clone())?;
        if selection.head != plan.head {
            return Err(BundleError::Moved);
        }
        // The plan is made again rather than trusted: it may have been made for other options.
        let plan = plan::of(&selection, plan.options.clone(), changes);
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
        let signed = bag.sign(&target, &sha256)?;
        bag.pack(&target, progress)?;
        let messages = selection.leaving.len();
        let entry = Entry::Bundle {
            name: target.name().into_owned(),
            sha256: sha256.clone(),
            messages: u32::try_from(messages).unwrap_or(u32::MAX),
            partial: plan.options.partial,
            form: self.form.map(str::to_owned),
            recipients: target.recipients(),
            profile: selection
                .profile
                .as_ref()
                .map(|one| format!("{} {}", one.name, one.version)),
        };
        let recipients = target.recipients();
        let folder = (!recipients.is_empty()).then(|| tar::folder(&target.name()));
        let ledger = self.session.case().ledger();
        let (recorded, head) = ledger.write(|writing| {
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
            let recorded = writing.append(self.session.actor(), &entry, secret)?;
            let head = match &signed {
                Some(signed) => writing.append(self.session.actor(), signed, None)?.head(),
                None => recorded.head(),
            };
            Ok((recorded, head))
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
            ledger: Fingerprint::of(head),
            too_short: self.left.too_short,
            also_said: self.left.also_said,
            unsearched: self.left.unsearched,
            mails: self.mails,
        })
    }
}
