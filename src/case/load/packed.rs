//! Archives that hold several exports: a person packs a whole folder, a service packs all it has.
//! The archive is sealed once; each export in it is a source of its own, which says where it
//! stands.

use super::{
    Batch, Failure, How, Loading, Outcome, Report, SealedSource, SourceReport, Steps, Traces,
};
use crate::case::layout;
use crate::import::{self, Importer, Verdict};

impl Loading<'_> {
    /// Reads every export in an archive; `whole` reads it as one, where there is but one.
    pub(super) fn all_in(
        &mut self,
        archive: &SealedSource,
        whole: Option<&'static dyn Importer>,
        batch: &mut Batch<'_>,
        traces: &mut Traces,
        progress: &mut Steps<'_>,
    ) -> Result<Vec<SealedSource>, Failure> {
        let mut loaded = Vec::new();
        // The folders to look through: the root, then zips in it that hold several themselves. Of
        // each, how it is read as one.
        let root = whole.map(|importer| (archive.clone(), importer));
        let mut folders = vec![(String::new(), root)];
        while let Some((folder, whole)) = folders.pop() {
            let packets = batch.packets(archive, &folder, progress)?;
            let exports = packets.iter().map(|packet| packet.verdict.exports());
            let exports: usize = exports.sum();
            if let Some((sealed, importer)) = &whole
                && exports < 2
            {
                let how = How::Whole;
                loaded.extend(self.source(sealed, *importer, how, batch, traces, progress)?);
                continue;
            }
            progress.are(exports);
            let mut is_first = true;
            for packet in packets {
                let place = &packet.portion.place;
                let path = format!("{}/{place}", archive.path);
                let importer = match packet.verdict {
                    Verdict::Export { importer, .. } => import::by_name(importer),
                    Verdict::Archive { .. } => {
                        folders.push((place.clone(), None));
                        continue;
                    }
                    Verdict::NotAnExport(why) => {
                        let report = SourceReport::nothing(path, Outcome::NotAnExport(why));
                        self.reports.push(Report::Done(Box::new(report)));
                        continue;
                    }
                    Verdict::Unreadable(why) => {
                        self.refuse(path, why);
                        continue;
                    }
                };
                let Some(importer) = importer else { continue };
                if !std::mem::take(&mut is_first) {
                    progress.next_of_them();
                }
                let name = Some(packet.portion.name()).filter(|name| !name.is_empty());
                let sealed = SealedSource {
                    name: name.unwrap_or(&archive.name).to_owned(),
                    path,
                    within: Some(packet.portion.clone()),
                    ..archive.clone()
                };
                match self.source(&sealed, importer, How::First, batch, traces, progress) {
                    Ok(source) => loaded.extend(source),
                    Err(Failure::Several) => {
                        folders.push((place.clone(), Some((sealed, importer))));
                    }
                    Err(Failure::Refused(why)) => self.refuse(sealed.path, why),
                    Err(failure) => return Err(failure),
                }
            }
        }
        let sources = batch.store().sources();
        if !sources.iter().any(|source| source.sha256 == archive.sha256) {
            // Nothing of it is in the case.
            let original = self.case.layout.original(&archive.sha256);
            if let Some(at) = traces.sealed.iter().position(|path| *path == original) {
                traces.sealed.swap_remove(at);
                layout::remove(&original)?;
            }
        }
        Ok(loaded)
    }
}
