//! What became of the bytes of an export, item by item; where they do not add up, it is refused.

use crate::case::failure::Failure;
use crate::case::layout::Layout;
use crate::case::reading::Pass;
use crate::case::sealed::SealedSource;
use crate::case::source::{Balance, SourceItem};
use crate::case::{CaseError, Progress, originals};
use crate::import::Export;
use std::ops::ControlFlow;

/// The items of a source with what became of their bytes; refuses a source whose bytes do not
/// add up.
pub(super) fn items(
    layout: &Layout,
    sealed: &SealedSource,
    export: &Export,
    pass: &Pass,
    progress: &mut dyn Progress,
) -> Result<(Vec<SourceItem>, Balance), Failure> {
    let mut items = Vec::with_capacity(export.items.len());
    let mut balance = Balance::default();
    for (at, item) in (0u32..).zip(&export.items) {
        let is_chat = pass.has_read(at);
        let tally = pass.items.get(&at).copied().unwrap_or_default();
        let mut size = item.size;
        let mut sha256 = match usize::try_from(at).ok().and_then(|at| sealed.files.get(at)) {
            Some(file) => Some(file.sha256.clone()),
            None if !export.is_packed(at) => Some(sealed.sha256.clone()),
            None => None,
        };
        if is_chat && export.is_packed(at) {
            let mut stream = export
                .open(at)
                .map_err(|error| Failure::Refused(error.to_string()))?;
            let mut done = 0;
            let unpacked = originals::unpack(layout, &mut stream, &mut |count| {
                done += count;
                match progress.tick("unpacking", done, item.size) {
                    ControlFlow::Continue(()) => Ok(()),
                    ControlFlow::Break(()) => Err(CaseError::Stopped),
                }
            })?;
            size = unpacked.size;
            sha256 = Some(unpacked.sha256);
        }
        if is_chat {
            balance.bytes += size;
            balance.in_messages += tally.in_messages;
            balance.in_structure += tally.in_structure;
            balance.in_exceptions += tally.in_exceptions;
            if tally.overlaps || tally.end > size {
                return Err(unbalanced(&item.name, &balance));
            }
        }
        items.push(SourceItem {
            name: item.name.clone(),
            size,
            sha256,
            role: item.role,
            is_read: is_chat,
            is_carried: export.is_packed(at) && !export.is_archive(),
            problem: item.problem.clone(),
            bytes_in_messages: tally.in_messages,
        });
    }
    if !balance.holds() {
        return Err(unbalanced(&sealed.name, &balance));
    }
    Ok((items, balance))
}

fn unbalanced(name: &str, balance: &Balance) -> Failure {
    Failure::Refused(format!(
        "{name}: its bytes do not add up ({} read; {} in messages, {} in structure, {} in exceptions); \
         this is a fault of docket's importer, please report it",
        balance.bytes, balance.in_messages, balance.in_structure, balance.in_exceptions
    ))
}
