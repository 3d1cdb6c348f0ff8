//! An E-ARK submission information package: METS for the package and its one representation, Dublin
//! Core and PREMIS 3 beside it. The rules are those of E-ARK CSIP and SIP, version 2.2.0
//! (<https://dilcis.eu/specifications>).
//!
//! ```text
//! data/<package>/METS.xml
//! data/<package>/metadata/descriptive/dc.xml, metadata/preservation/premis.xml
//! data/<package>/documentation/README.txt, completeness.json, custody.jsonl
//! data/<package>/representations/rep1/METS.xml
//! data/<package>/representations/rep1/data/...      what a bundle has in data/
//! ```
//!
//! Dates are those of the ledger's last entry, so that the same state gives the same bytes.

use super::{Form, HoldsRow, Making};
use crate::bundle::error::BundleError;
use crate::bundle::layout::MESSAGES;
use crate::bundle::making::Bag;
use crate::bundle::selftest::{Room, SelfTest};
use crate::text::html as escaped;
use serde_json::Value;
use std::fmt::Write as _;

/// The one representation, as seen from the package.
const REPRESENTATION: &str = "representations/rep1";

/// What METS files begin with.
const METS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <mets xmlns=\"http://www.loc.gov/METS/\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
    xmlns:csip=\"https://DILCIS.eu/XML/METS/CSIPExtensionMETS\" \
    xmlns:sip=\"https://DILCIS.eu/XML/METS/SIPExtensionMETS\" \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
    PROFILE=\"https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml\" TYPE=\"Mixed\" \
    csip:CONTENTINFORMATIONTYPE=\"MIXED\"";

const PREMIS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <premis xmlns=\"http://www.loc.gov/premis/v3\" \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" version=\"3.0\">\n";

/// Makes the package: the bundle's payload, searched as that is, then described.
pub(super) fn make(making: &mut Making<'_, '_>, test: &SelfTest<'_>) -> Result<(), BundleError> {
    let selection = making.maker.selection;
    let mut put = making.maker.payload(making.plan, test)?;
    making.mails = std::mem::take(&mut put.mails);
    let id = format!("docket-{}-{}", selection.case_id, selection.head.seq);
    let root = format!("data/{id}");
    let place = |name: &str| format!("{root}/{REPRESENTATION}/{name}");
    making.tags(
        Form::Sip,
        vec![HoldsRow {
            path: place(MESSAGES),
            messages: selection.leaving.len(),
        }],
    )?;
    making.maker.search(test, &put)?;
    let last = selection.history().last();
    let package = Package {
        id,
        root: root.clone(),
        made: last.map(|last| last.at.clone()).unwrap_or_default(),
    };
    let names: Vec<String> = making
        .maker
        .bag
        .files()
        .map(|(name, _)| name.to_owned())
        .collect();
    let bag = &mut *making.maker.bag;
    for name in &names {
        if name.starts_with("data/") {
            bag.rename(name, &place(name))?;
            continue;
        }
        let path = bag.root().join(name);
        let bytes = std::fs::read(&path).map_err(BundleError::io(&path))?;
        bag.put(&package.path(&format!("documentation/{name}")), &bytes)?;
    }
    bag.prune()?;
    let heading = &making.maker.heading;
    let dc = dublin_core(&package, heading);
    bag.put(&package.path("metadata/descriptive/dc.xml"), dc.as_bytes())?;
    let premis = package.premis(bag)?;
    bag.put(
        &package.path("metadata/preservation/premis.xml"),
        premis.as_bytes(),
    )?;
    let inner = package.representation(bag);
    bag.put(
        &package.path(&format!("{REPRESENTATION}/METS.xml")),
        inner.as_bytes(),
    )?;
    let department = match heading.department.is_empty() {
        true => "not given",
        false => &heading.department,
    };
    let outer = package.mets(bag, department);
    bag.put(&package.path("METS.xml"), outer.as_bytes())?;
    let mut room = Room::new();
    for name in [
        "METS.xml",
        "metadata/descriptive/dc.xml",
        "metadata/preservation/premis.xml",
        "representations/rep1/METS.xml",
    ] {
        test.file(bag.root(), &package.path(name), false, &mut room)?;
    }
    making.close(Form::Sip, test)
}

/// The package, as its files name it.
struct Package {
    id: String,
    /// Its folder in the bag.
    root: String,
    /// When the ledger's last entry was made: RFC 3339.
    made: String,
}

impl Package {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.root)
    }

    /// The files under a folder of the package: name within that folder, size, SHA-256.
    fn files<'b>(
        &self,
        bag: &'b Bag,
        folder: &str,
    ) -> impl Iterator<Item = (&'b str, u64, &'b str)> {
        let prefix = self.path(folder);
        bag.files().filter_map(move |(name, bytes)| {
            let within = name.strip_prefix(&prefix)?.strip_prefix('/')?;
            Some((within, bytes, bag.seal(name)?.sha256.as_str()))
        })
    }

    /// What tells of a file: its type, size, date and checksum.
    fn attributes(&self, name: &str, bytes: u64, sha256: &str) -> String {
        format!(
            "MIMETYPE=\"{}\" SIZE=\"{bytes}\" CREATED=\"{}\" CHECKSUM=\"{sha256}\" \
             CHECKSUMTYPE=\"SHA-256\"",
            media_type(name),
            self.made
        )
    }

    /// A group of files; `folder` is where they lie, seen from the METS file.
    fn group(&self, bag: &Bag, from: &str, folder: &str, id: &str, usage: &str) -> String {
        let mut out = format!("<fileGrp ID=\"{id}\" USE=\"{usage}\">\n");
        let within = match from.is_empty() {
            true => folder.to_owned(),
            false => format!("{from}/{folder}"),
        };
        // Writing to a String cannot fail, here and below.
        for (at, (name, bytes, sha256)) in (1..).zip(self.files(bag, &within)) {
            let _ = writeln!(
                out,
                "<file ID=\"{id}-{at}\" {}><FLocat LOCTYPE=\"URL\" xlink:type=\"simple\" \
                 xlink:href=\"{folder}/{name}\"/></file>",
                self.attributes(name, bytes, sha256)
            );
        }
        out.push_str("</fileGrp>\n");
        out
    }

    /// A reference to a file of metadata.
    fn reference(&self, bag: &Bag, name: &str, kind: &str) -> String {
        let seal = bag.seal(&self.path(name));
        let (bytes, sha256) = seal.map_or((0, ""), |seal| (seal.bytes, &seal.sha256));
        format!(
            "<mdRef LOCTYPE=\"URL\" MDTYPE=\"{kind}\" xlink:type=\"simple\" xlink:href=\"{name}\" {}/>",
            self.attributes(name, bytes, sha256)
        )
    }

    fn head(&self, agents: &str) -> String {
        format!(
            "<metsHdr CREATEDATE=\"{0}\" LASTMODDATE=\"{0}\" RECORDSTATUS=\"NEW\" \
             csip:OAISPACKAGETYPE=\"SIP\">\n<agent ROLE=\"CREATOR\" TYPE=\"OTHER\" \
             OTHERTYPE=\"SOFTWARE\"><name>docket</name><note csip:NOTETYPE=\"SOFTWARE VERSION\">{1}\
             </note></agent>\n{agents}</metsHdr>\n",
            self.made,
            env!("CARGO_PKG_VERSION")
        )
    }

    /// The METS file of the representation.
    fn representation(&self, bag: &Bag) -> String {
        let group = self.group(bag, REPRESENTATION, "data", "data", "Data");
        format!(
            "{METS} OBJID=\"rep1\" LABEL=\"Records\">\n{}<amdSec ID=\"amd\"/>\n\
             <fileSec ID=\"files\">\n{group}</fileSec>\n\
             <structMap ID=\"map\" TYPE=\"PHYSICAL\" LABEL=\"CSIP\">\n\
             <div ID=\"map-root\" TYPE=\"ORIGINAL\" LABEL=\"rep1\">\n\
             <div ID=\"map-data\" LABEL=\"Data\"><fptr FILEID=\"data\"/></div>\n\
             </div>\n</structMap>\n</mets>\n",
            self.head("")
        )
    }

    /// The METS file of the package.
    fn mets(&self, bag: &Bag, department: &str) -> String {
        let agents = format!(
            "<agent ROLE=\"CREATOR\" TYPE=\"ORGANIZATION\"><name>{0}</name>\
             <note csip:NOTETYPE=\"IDENTIFICATIONCODE\">{0}</note></agent>\n",
            escaped(department)
        );
        let inner = format!("{REPRESENTATION}/METS.xml");
        let seal = bag.seal(&self.path(&inner));
        let (bytes, sha256) = seal.map_or((0, ""), |seal| (seal.bytes, &seal.sha256));
        format!(
            "{METS} OBJID=\"{id}\" LABEL=\"Official records chosen from private chats\">\n{head}\
             <dmdSec ID=\"dmd\" CREATED=\"{date}\" STATUS=\"CURRENT\">{dc}</dmdSec>\n\
             <amdSec ID=\"amd\"><digiprovMD ID=\"premis\" CREATED=\"{date}\" STATUS=\"CURRENT\">\
             {premis}</digiprovMD></amdSec>\n<fileSec ID=\"files\">\n{documentation}\
             <fileGrp ID=\"rep1\" USE=\"Representations/rep1\" \
             csip:CONTENTINFORMATIONTYPE=\"MIXED\">\n<file ID=\"rep1-1\" {attributes}>\
             <FLocat LOCTYPE=\"URL\" xlink:type=\"simple\" xlink:href=\"{inner}\"/></file>\n\
             </fileGrp>\n</fileSec>\n<structMap ID=\"map\" TYPE=\"PHYSICAL\" LABEL=\"CSIP\">\n\
             <div ID=\"map-root\" LABEL=\"{id}\">\n\
             <div ID=\"map-metadata\" LABEL=\"Metadata\" DMDID=\"dmd\" ADMID=\"premis\"/>\n\
             <div ID=\"map-documentation\" LABEL=\"Documentation\">\
             <fptr FILEID=\"documentation\"/></div>\n\
             <div ID=\"map-rep1\" LABEL=\"Representations/rep1\"><mptr LOCTYPE=\"URL\" \
             xlink:type=\"simple\" xlink:href=\"{inner}\" xlink:title=\"rep1\"/></div>\n\
             </div>\n</structMap>\n</mets>\n",
            id = self.id,
            date = self.made,
            head = self.head(&agents),
            dc = self.reference(bag, "metadata/descriptive/dc.xml", "DC"),
            premis = self.reference(bag, "metadata/preservation/premis.xml", "PREMIS"),
            documentation = self.group(bag, "", "documentation", "documentation", "Documentation"),
            attributes = self.attributes(&inner, bytes, sha256),
        )
    }

    /// What every file is, and what became of the exports: the custody chain as events.
    fn premis(&self, bag: &Bag) -> Result<String, BundleError> {
        let mut out = PREMIS.to_owned();
        for (name, bytes, sha256) in self.files(bag, REPRESENTATION) {
            let _ = writeln!(
                out,
                "<object xsi:type=\"file\"><objectIdentifier><objectIdentifierType>local\
                 </objectIdentifierType><objectIdentifierValue>{REPRESENTATION}/{name}\
                 </objectIdentifierValue></objectIdentifier><objectCharacteristics><fixity>\
                 <messageDigestAlgorithm>SHA-256</messageDigestAlgorithm><messageDigest>{sha256}\
                 </messageDigest></fixity><size>{bytes}</size><format><formatDesignation>\
                 <formatName>{}</formatName></formatDesignation></format></objectCharacteristics>\
                 </object>",
                media_type(name)
            );
        }
        let path = bag.root().join("custody.jsonl");
        let custody = std::fs::read_to_string(&path).map_err(BundleError::io(&path))?;
        for line in custody.lines() {
            let event: Value =
                serde_json::from_str(line).map_err(|error| BundleError::Form(error.to_string()))?;
            let of = |key: &str| match event.get(key) {
                Some(Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
                None => String::new(),
            };
            let at = match of("at").is_empty() {
                true => self.made.clone(),
                false => of("at"),
            };
            let _ = writeln!(
                out,
                "<event><eventIdentifier><eventIdentifierType>custody</eventIdentifierType>\
                 <eventIdentifierValue>{}</eventIdentifierValue></eventIdentifier><eventType>{}\
                 </eventType><eventDateTime>{}</eventDateTime><eventDetailInformation>\
                 <eventDetail>{}</eventDetail></eventDetailInformation></event>",
                escaped(&of("seq")),
                escaped(&of("event")),
                escaped(&at),
                escaped(&of("detail"))
            );
        }
        let _ = write!(
            out,
            "<agent><agentIdentifier><agentIdentifierType>software</agentIdentifierType>\
             <agentIdentifierValue>docket {}</agentIdentifierValue></agentIdentifier>\
             <agentName>docket</agentName><agentType>software</agentType></agent>\n</premis>\n",
            env!("CARGO_PKG_VERSION")
        );
        Ok(out)
    }
}

/// What the package is, in the fifteen elements.
fn dublin_core(package: &Package, heading: &crate::bundle::records::Heading) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <metadata xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n",
    );
    for (element, value) in [
        ("title", "Official records chosen from private chats"),
        ("identifier", &package.id),
        ("identifier", &heading.reference),
        ("creator", &heading.custodian),
        ("publisher", &heading.department),
        ("type", "Collection"),
    ] {
        if !value.is_empty() {
            let _ = writeln!(out, "<dc:{element}>{}</dc:{element}>", escaped(value));
        }
    }
    let _ = writeln!(out, "<dc:date>{}</dc:date>", package.made);
    out.push_str("</metadata>\n");
    out
}

/// The registered type of a file by the ending of its name. A mail is `message/global` (RFC 6532), of
/// which `message/rfc822` is the part that has ASCII headers: the list of types that commons-ip holds
/// packages against lacks the latter, and a WebP picture's.
fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "txt" => "text/plain",
        "html" => "text/html",
        "eml" => "message/global",
        "xml" => "application/xml",
        "json" | "jsonl" => "application/json",
        "csv" => "text/csv",
        "vcf" => "text/vcard",
        "pdf" => "application/pdf",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "heic" => "image/heic",
        "mp4" => "video/mp4",
        "opus" | "ogg" => "audio/ogg",
        "mp3" => "audio/mpeg",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}
