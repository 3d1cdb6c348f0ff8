//! What a bundle has beside its payload: tables, the readme, `bag-info.txt` and the manifests.

use super::commitments::{self, Secret};
use super::earlier::{Earlier, group};
use super::error::BundleError;
use super::later;
use super::layout::{FOLLOWS, PROFILE, PROFILE_SUM};
use super::maker::{Maker, Payload};
use super::making::BagFile;
use super::plan::Plan;
use super::profile::{Profile, TABLES};
use super::verify::custody::LABEL as CUSTODY_HEAD;
use super::{custody, files, identified, membership, package, readme, tables};
use crate::text::Shown;
use chrono::Utc;
use std::collections::BTreeSet;
use std::io;

/// What every bundle has, as a BagIt profile (1.4.0), for programs to check it by.
pub(super) const BAGIT_PROFILE: &str = include_str!("bagit-profile.json");

/// The name of that profile.
const BAGIT_PROFILE_NAME: &str = "urn:docket:bagit-profile:4";

/// The BagIt profile of a bundle, and its name: without the tables that docket's profile leaves out,
/// and named after that.
pub(super) fn bagit_profile(profile: Option<&Profile>) -> (String, String) {
    let Some(profile) = profile else {
        return (BAGIT_PROFILE_NAME.to_owned(), BAGIT_PROFILE.to_owned());
    };
    let name = format!("{BAGIT_PROFILE_NAME}:{}:{}", profile.name, profile.version);
    let left_out: BTreeSet<String> = TABLES
        .iter()
        .filter(|table| !profile.tables.contains(*table))
        .map(|table| format!("\"{table}.csv\""))
        .collect();
    let mut lines: Vec<String> = Vec::new();
    for line in BAGIT_PROFILE.lines() {
        if left_out.contains(line.trim().trim_end_matches(',')) {
            continue;
        }
        // The last of a list has no comma after it.
        if let (true, Some(last)) = (line.trim_start().starts_with(']'), lines.last_mut()) {
            *last = last.trim_end_matches(',').to_owned();
        }
        let named = line.replace(&format!("\"{BAGIT_PROFILE_NAME}\""), &format!("\"{name}\""));
        lines.push(named);
    }
    (name, lines.join("\n") + "\n")
}

impl Maker<'_> {
    /// Tables, the readme, `bag-info.txt` and the manifests.
    pub(super) fn tags(
        &mut self,
        plan: &Plan,
        put: &Payload,
        secret: Option<&Secret>,
    ) -> Result<(), BundleError> {
        let mails = &put.mails;
        let selection = self.selection;
        let names = self.bag.files().map(|(name, _)| name.to_owned());
        let names: Vec<String> = names.filter(|name| name.starts_with("data/")).collect();
        let paths = || names.iter().map(String::as_str);
        self.table("decisions", |file| {
            tables::decisions(selection, mails, file)
        })?;
        self.table("redactions", |file| tables::redactions(selection, file))?;
        self.table("flags", |file| tables::flags(selection, file))?;
        if plan.options.takes_notes() {
            self.table("notes", |file| tables::notes(selection, file))?;
        }
        self.table("sources", |file| tables::sources(selection, file))?;
        self.table("people", |file| tables::people(selection, file))?;
        self.table("reconciliation", |file| {
            tables::reconciliation(selection, file)
        })?;
        self.table("membership", |file| membership::membership(selection, file))?;
        if let Some(secret) = secret {
            self.table("withheld", |file| {
                commitments::withheld(selection, secret, file)
            })?;
        }
        self.table("file-metadata", |file| {
            files::metadata(selection, (&put.attached, &put.open), paths(), file)
        })?;
        self.table("properties", |file| put.open.table(file))?;
        let root = self.bag.root().to_path_buf();
        self.table("file-ffid", |file| identified::table(&root, paths(), file))?;
        if let (Some(changes), Some(earlier)) = (&plan.changes, self.earlier) {
            let here: BTreeSet<String> = names.iter().cloned().collect();
            let is_here = |path: &str| here.contains(path);
            self.table("supersedes", |file| {
                later::supersedes(selection, earlier, changes, is_here, file)
            })?;
        }
        let package = package::describe(|name| self.bag.seal(name).is_some());
        let mut described = serde_json::to_vec_pretty(&package)
            .map_err(|error| BundleError::Form(error.to_string()))?;
        described.push(b'\n');
        self.bag.put("datapackage.json", &described)?;
        let completeness = tables::completeness(selection, mails, &plan.options);
        let mut json = serde_json::to_vec_pretty(&completeness)
            .map_err(|error| BundleError::Form(error.to_string()))?;
        json.push(b'\n');
        self.bag.put("completeness.json", &json)?;
        self.put_custody()?;
        let (_, profile) = bagit_profile(selection.profile.as_deref());
        self.bag.put("bagit-profile.json", profile.as_bytes())?;
        let readme = self.readme(plan);
        self.bag.put("README.txt", readme.as_bytes())?;
        let mut info = self.info(plan);
        info.push_str(&self.own_info());
        self.bag.put("bag-info.txt", info.as_bytes())?;
        self.bag.put_manifests()
    }

    /// A table, unless the profile leaves it out.
    fn table(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut BagFile) -> csv::Result<()>,
    ) -> Result<(), BundleError> {
        if TABLES.contains(&name) && !self.selection.takes(name) {
            return Ok(());
        }
        self.bag.put_with(&format!("{name}.csv"), |file| {
            write(file).map_err(io::Error::from)
        })
    }

    /// `README.txt`.
    pub(super) fn readme(&self, plan: &Plan) -> String {
        let profile = self.selection.profile.as_deref();
        readme::render(&self.heading, &plan.total, plan.options.partial, profile)
    }

    /// What the profile adds to `bag-info.txt`, in words of the department's own.
    pub(super) fn own_info(&self) -> String {
        let profile = self.selection.profile.as_ref();
        let rows = profile.map_or(&[][..], |profile| &profile.info);
        rows.iter()
            .map(|(label, value)| format!("{label}: {}\n", Shown::line(value).as_str().trim()))
            .collect()
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
        let profile = selection.profile.as_ref();
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
                    Some(_) => bagit_profile(selection.profile.as_deref()).0,
                    None => String::new(),
                },
            ),
            ("Bag-Group-Identifier", group(&self.heading.case_id)),
            (
                "Bag-Count",
                format!("{} of ?", self.earlier.map_or(0, Earlier::len) + 1),
            ),
            (
                FOLLOWS,
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
            (
                PROFILE,
                profile.map_or_else(String::new, |one| format!("{} {}", one.name, one.version)),
            ),
            (
                PROFILE_SUM,
                profile.map_or_else(String::new, |one| one.sha256.clone()),
            ),
        ];
        rows.iter()
            .filter_map(|(label, value)| {
                let value = Shown::line(value);
                let value = value.as_str().trim();
                (!value.is_empty()).then(|| format!("{label}: {value}\n"))
            })
            .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_asks_for_the_tables_that_it_takes() {
        let asks = |profile: Option<&Profile>| {
            let (name, text) = bagit_profile(profile);
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            let info = &json["BagIt-Profile-Info"]["BagIt-Profile-Identifier"];
            assert_eq!(info.as_str(), Some(name.as_str()));
            assert_eq!(
                json["Bag-Info"]["BagIt-Profile-Identifier"]["values"][0],
                *name
            );
            json["Tag-Files-Required"].as_array().unwrap().len()
        };
        assert_eq!(asks(None), 16);
        for (name, count) in [("uk-central", 16), ("minimal", 6), ("inquiry", 13)] {
            assert_eq!(asks(Profile::built_in(name).as_ref()), count, "{name}");
        }
        let last = Profile {
            tables: ["decisions"].into(),
            ..Profile::built_in("minimal").unwrap()
        };
        assert_eq!(asks(Some(&last)), 7);
    }

    #[test]
    fn sizes_are_readable() {
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(1000), "1.0 kB");
        assert_eq!(size(2_500_000), "2.5 MB");
    }
}
