//! What the ledger says of redactions: which parts of a message are masked or withheld, why, and
//! how that changed.
//!
//! A mask is a run of bytes of a text exactly as the case holds it, which begins and ends between
//! characters. There are two kinds of reasons. What is personal is no record: it stays behind in
//! whatever leaves ([`Reach::Always`]). What is exempt is a record that not everybody may see: it
//! stays behind in the open copy alone ([`Reach::Open`]).
//!
//! Each change gives all masks of a message before and after, so that entries can be replayed and
//! checked, and an undo brings back what was there. The reasons stand in the entry's JSON; where
//! they lie stands in its data, after what [`super::changes`] keeps there:
//! one version byte, a length (4 bytes, little endian) and as many bytes of those, then the number
//! of changes, and for each the message's number less the one before, its masks before, its masks
//! after. Masks are: how many parts; if any, how many other wordings were known; and for each part
//! its code, eight bytes of the SHA-256 of its text, how many masks, and for each the bytes since
//! the end of the last, its length, and the place of its reason. Numbers are LEB128.

use super::changes::ChangesError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;

/// The layout of an entry's data with masks after the changes.
const WITH_MASKS: u8 = 3;

/// From where something stays behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// From everything that leaves: it is no record.
    Always,
    /// From the open copy: it is a record, and exempt from being shown to everybody.
    Open,
}

impl Reach {
    /// The word used in the list of reasons, on the command line and in the bundle.
    pub fn name(self) -> &'static str {
        match self {
            Reach::Always => "always",
            Reach::Open => "open",
        }
    }

    /// The reach of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Reach> {
        [Reach::Always, Reach::Open]
            .into_iter()
            .find(|reach| reach.name() == name)
    }
}

/// Why something is masked, as the case's list had it when it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MaskReason {
    /// The code, as commands and tables give it: `foi-40-2`.
    pub code: String,
    /// What stands in the mask: `FOI s40(2)`.
    pub label: String,
    /// From where it stays behind.
    pub reach: Reach,
    /// What it means.
    pub means: String,
}

/// What stands in the place of what is masked. Always the same for one reason, so that it tells
/// nothing of how long that was.
impl fmt::Display for MaskReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[redacted: {}]", self.label)
    }
}

/// A part of a message that can be masked or withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Its text, of which spans are masked; a subject is the beginning of it.
    Text,
    /// An earlier text, by its place, the oldest first.
    Version(u16),
    /// A file, by its place among those of the message: withheld whole, with its name.
    File(u16),
    /// Whom it was addressed to: withheld whole.
    Recipients,
    /// The signs put on it: withheld whole.
    Reactions,
    /// Whom it was forwarded from: withheld whole.
    Forwarded,
    /// The folders and labels it was kept under: withheld whole.
    Labels,
}

impl Part {
    /// Whether it is a text, of which spans are masked; of others all is withheld.
    pub fn is_text(self) -> bool {
        matches!(self, Part::Text | Part::Version(_))
    }

    /// The word used on the command line and in the bundle: `text`, `version-1`, `file-1`; places
    /// are counted from 1.
    pub fn name(self) -> String {
        match self {
            Part::Text => "text".into(),
            Part::Version(at) => format!("version-{}", u32::from(at) + 1),
            Part::File(at) => format!("file-{}", u32::from(at) + 1),
            Part::Recipients => "recipients".into(),
            Part::Reactions => "reactions".into(),
            Part::Forwarded => "forwarded".into(),
            Part::Labels => "labels".into(),
        }
    }

    /// The part of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Part> {
        let place = |digits: &str| digits.parse::<u16>().ok()?.checked_sub(1);
        Some(match name {
            "text" => Part::Text,
            "recipients" => Part::Recipients,
            "reactions" => Part::Reactions,
            "forwarded" => Part::Forwarded,
            "labels" => Part::Labels,
            _ => match name.split_once('-')? {
                ("version", digits) => Part::Version(place(digits)?),
                ("file", digits) => Part::File(place(digits)?),
                _ => return None,
            },
        })
    }

    fn code(self) -> u32 {
        match self {
            Part::Text => 0,
            Part::Version(at) => 1 + 8 * u32::from(at),
            Part::File(at) => 2 + 8 * u32::from(at),
            Part::Recipients => 3,
            Part::Reactions => 4,
            Part::Forwarded => 5,
            Part::Labels => 6,
        }
    }

    fn from_code(code: u32) -> Option<Part> {
        let at = u16::try_from(code / 8).ok()?;
        match (code % 8, at) {
            (0, 0) => Some(Part::Text),
            (1, at) => Some(Part::Version(at)),
            (2, at) => Some(Part::File(at)),
            (3, 0) => Some(Part::Recipients),
            (4, 0) => Some(Part::Reactions),
            (5, 0) => Some(Part::Forwarded),
            (6, 0) => Some(Part::Labels),
            _ => None,
        }
    }
}

/// A masked run of bytes; of a part that is withheld whole, from 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// The first byte, counted from 0 in the part's text.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Why.
    pub reason: Arc<MaskReason>,
}

/// The masks of one part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// The part.
    pub part: Part,
    /// Which text they lie on: see [`print_of`].
    pub of: u64,
    /// They do not overlap, and stand in order; never none.
    pub masks: Vec<Mask>,
}

/// All masks of one message; empty where it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageMasks {
    /// How many other wordings of it, from other exports, were known when it was masked last.
    pub wordings: u32,
    /// In the order of the parts, each once.
    pub parts: Vec<Masked>,
}

impl MessageMasks {
    /// Whether nothing is masked.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The masks of a part.
    pub fn of(&self, part: Part) -> &[Mask] {
        let found = self.parts.iter().find(|masked| masked.part == part);
        found.map_or(&[], |masked| masked.masks.as_slice())
    }

    /// All masks, of all parts.
    pub fn all(&self) -> impl Iterator<Item = (Part, &Mask)> {
        self.parts
            .iter()
            .flat_map(|masked| masked.masks.iter().map(|mask| (masked.part, mask)))
    }
}

/// How the masks of a message changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskChange {
    /// The message.
    pub number: u32,
    /// Before.
    pub from: MessageMasks,
    /// From now on.
    pub to: MessageMasks,
}

impl MaskChange {
    /// The change that takes it back.
    #[must_use]
    pub fn reversed(&self) -> MaskChange {
        MaskChange {
            number: self.number,
            from: self.to.clone(),
            to: self.from.clone(),
        }
    }
}

/// Tells one text from another: the first eight bytes of its SHA-256.
pub fn print_of(text: &str) -> u64 {
    let sum: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    sum.first_chunk::<8>()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The reasons that changes name, each once, in order: what an entry's JSON gives.
pub fn reasons_of(changes: &[MaskChange]) -> Vec<MaskReason> {
    let masks = changes
        .iter()
        .flat_map(|change| change.from.all().chain(change.to.all()));
    let mut reasons: Vec<MaskReason> = Vec::new();
    for (_, mask) in masks {
        if let Err(at) = reasons.binary_search(&mask.reason) {
            reasons.insert(at, (*mask.reason).clone());
        }
    }
    reasons
}

/// The bytes of an entry's data: those given, alone where no mask changed.
///
/// # Errors
/// When they are more than can be counted.
pub fn encode_after(
    data: Vec<u8>,
    changes: &[MaskChange],
    reasons: &[MaskReason],
) -> std::io::Result<Vec<u8>> {
    if changes.is_empty() {
        return Ok(data);
    }
    let length = u32::try_from(data.len()).map_err(std::io::Error::other)?;
    let mut bytes = vec![WITH_MASKS];
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&data);
    put(&mut bytes, changes.len() as u64);
    let mut last = 0;
    for change in changes {
        put(&mut bytes, u64::from(change.number.saturating_sub(last)));
        last = change.number;
        put_masks(&mut bytes, &change.from, reasons);
        put_masks(&mut bytes, &change.to, reasons);
    }
    Ok(bytes)
}

fn put(bytes: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn put_masks(bytes: &mut Vec<u8>, masks: &MessageMasks, reasons: &[MaskReason]) {
    put(bytes, masks.parts.len() as u64);
    if masks.is_empty() {
        return;
    }
    put(bytes, masks.wordings.into());
    for masked in &masks.parts {
        put(bytes, masked.part.code().into());
        bytes.extend_from_slice(&masked.of.to_le_bytes());
        put(bytes, masked.masks.len() as u64);
        let mut last = 0;
        for mask in &masked.masks {
            put(bytes, mask.start.saturating_sub(last).into());
            put(bytes, mask.end.saturating_sub(mask.start).into());
            // Every reason is among them: `reasons_of` made the list.
            let place = reasons.binary_search(&mask.reason).unwrap_or(usize::MAX);
            put(bytes, place as u64);
            last = mask.end;
        }
    }
}

/// What [`encode_after`] wrote: the data before the masks, and the changes of masks.
///
/// Memory stays within a multiple of the bytes' length, whatever they claim.
///
/// # Errors
/// [`ChangesError`] for what [`encode_after`] does not write.
pub fn decode_after<'a>(
    bytes: &'a [u8],
    reasons: &[MaskReason],
) -> Result<(&'a [u8], Vec<MaskChange>), ChangesError> {
    let Some(rest) = bytes.strip_prefix(&[WITH_MASKS]) else {
        return Ok((bytes, Vec::new()));
    };
    let mut reader = Reader {
        all: bytes.len(),
        rest,
    };
    let [a, b, c, d] = reader.chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    let Some((data, rest)) = reader.rest.split_at_checked(length) else {
        return Err(reader.fault("it ends early"));
    };
    reader.rest = rest;
    let reasons: Vec<Arc<MaskReason>> = reasons.iter().cloned().map(Arc::new).collect();
    let mut changes: Vec<MaskChange> = Vec::new();
    for _ in 0..reader.number()? {
        let after = reader.number()?;
        let number = match changes.last() {
            Some(_) if after == 0 => return Err(reader.fault("a message changes twice")),
            Some(last) => last.number.checked_add(after),
            None => Some(after),
        };
        let number = number.ok_or_else(|| reader.fault("it names a message too far"))?;
        let from = reader.masks(&reasons)?;
        let to = reader.masks(&reasons)?;
        if from == to {
            return Err(reader.fault("a change changes nothing"));
        }
        changes.push(MaskChange { number, from, to });
    }
    if !reader.rest.is_empty() || changes.is_empty() {
        return Err(reader.fault("its masks have the wrong length"));
    }
    Ok((data, changes))
}

/// Reads the bytes of masks.
struct Reader<'a> {
    all: usize,
    rest: &'a [u8],
}

impl Reader<'_> {
    fn fault(&self, reason: &'static str) -> ChangesError {
        ChangesError {
            at: self.all.saturating_sub(self.rest.len()),
            reason,
        }
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], ChangesError> {
        match self.rest.split_first_chunk::<N>() {
            Some((chunk, rest)) => {
                self.rest = rest;
                Ok(*chunk)
            }
            None => Err(self.fault("it ends early")),
        }
    }

    fn number(&mut self) -> Result<u32, ChangesError> {
        let mut value = 0_u64;
        for place in 0..5 {
            let [byte] = self.chunk::<1>()?;
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return u32::try_from(value).map_err(|_| self.fault("a number is too large"));
            }
        }
        Err(self.fault("a number is too large"))
    }

    fn masks(&mut self, reasons: &[Arc<MaskReason>]) -> Result<MessageMasks, ChangesError> {
        let mut masks = MessageMasks::default();
        let parts = self.number()?;
        if parts == 0 {
            return Ok(masks);
        }
        masks.wordings = self.number()?;
        for _ in 0..parts {
            let part = Part::from_code(self.number()?);
            let part = part.ok_or_else(|| self.fault("it names a part that does not exist"))?;
            if masks.parts.last().is_some_and(|last| last.part >= part) {
                return Err(self.fault("its parts are out of order"));
            }
            let of = u64::from_le_bytes(self.chunk::<8>()?);
            let mut masked = Masked {
                part,
                of,
                masks: Vec::new(),
            };
            let mut last = 0_u32;
            for _ in 0..self.number()? {
                let (gap, length) = (self.number()?, self.number()?);
                let reason = usize::try_from(self.number()?).unwrap_or(usize::MAX);
                let start = last.checked_add(gap);
                let end = start.and_then(|start| start.checked_add(length));
                let (Some(start), Some(end)) = (start, end.filter(|_| length > 0)) else {
                    return Err(self.fault("a mask masks nothing"));
                };
                let reason = reasons.get(reason).cloned();
                let reason = reason.ok_or_else(|| self.fault("a mask has no reason"))?;
                masked.masks.push(Mask { start, end, reason });
                last = end;
            }
            if masked.masks.is_empty() {
                return Err(self.fault("a part has no masks"));
            }
            masks.parts.push(masked);
        }
        Ok(masks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reason(n: u8) -> Arc<MaskReason> {
        Arc::new(MaskReason {
            code: format!("code-{n}"),
            label: format!("Code {n}"),
            reach: if n == 0 { Reach::Always } else { Reach::Open },
            means: "something".into(),
        })
    }

    fn any_masks() -> impl Strategy<Value = MessageMasks> {
        let mask = (0_u32..9, 1_u32..300, 0_u8..3);
        let masked = (0_u32..16, any::<u64>(), prop::collection::vec(mask, 1..4));
        (0_u32..3, prop::collection::vec(masked, 0..4)).prop_map(|(wordings, parts)| {
            let mut all: Vec<Masked> = Vec::new();
            for (code, of, spans) in parts {
                let Some(part) = Part::from_code(code) else {
                    continue;
                };
                let mut last = 0;
                let mut masks = Vec::new();
                for (gap, length, n) in spans {
                    let start = last + gap;
                    let end = start + length;
                    let reason = reason(n);
                    masks.push(Mask { start, end, reason });
                    last = end;
                }
                if all.iter().all(|masked| masked.part != part) {
                    all.push(Masked { part, of, masks });
                }
            }
            all.sort_by_key(|masked| masked.part);
            MessageMasks {
                wordings: if all.is_empty() { 0 } else { wordings },
                parts: all,
            }
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            all in prop::collection::btree_map(0_u32..5000, (any_masks(), any_masks()), 1..9),
            data in prop::collection::vec(any::<u8>(), 0..9),
            damage in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
        ) {
            let changes = all.into_iter().filter(|(_, (from, to))| from != to);
            let changes: Vec<MaskChange> = changes
                .map(|(number, (from, to))| MaskChange { number, from, to })
                .collect();
            prop_assume!(!changes.is_empty());
            let reasons = reasons_of(&changes);
            let mut bytes = encode_after(data.clone(), &changes, &reasons).unwrap();
            let (before, read) = decode_after(&bytes, &reasons).unwrap();
            prop_assert_eq!(before, data.as_slice());
            prop_assert_eq!(&read, &changes);
            if let Some((place, byte)) = damage {
                let place = place.index(bytes.len());
                bytes[place] = byte;
                // Whatever it says, it says so without a panic.
                let _ = decode_after(&bytes, &reasons);
                let _ = decode_after(&bytes[..place], &reasons);
            }
        }
    }

    #[test]
    fn parts_have_names() {
        for code in 0..40 {
            if let Some(part) = Part::from_code(code) {
                assert_eq!(part.code(), code);
                assert_eq!(Part::from_name(&part.name()), Some(part));
            }
        }
        assert_eq!(Part::from_name("file-0"), None);
        assert_eq!(Part::from_name("file-1"), Some(Part::File(0)));
    }

    #[test]
    fn data_without_masks_are_what_they_were() {
        let bytes = encode_after(vec![1, 2], &[], &[]).unwrap();
        assert_eq!(bytes, [1, 2]);
        assert_eq!(decode_after(&bytes, &[]).unwrap(), (&bytes[..], vec![]));
    }
}
