//! `.msg` (MS-OXMSG): one item in a compound file; its recipients, attachments and items within
//! are storages inside.

use super::cfb::Compound;
use super::properties::{Attachment, Content, Item, Names, Properties, id, kind};
use super::{Bytes, DEEPEST, Held, LONGEST_ITEM, eml, exactly};
use std::sync::Arc;

/// The stream with the properties that have a fixed length.
const FIXED: &str = "__properties_version1.0";

/// Whether a compound file is a message.
pub(super) fn is_message(bytes: &Arc<dyn Bytes>) -> bool {
    Compound::open(bytes).is_some_and(|file| file.find(file.root(), FIXED).is_some())
}

/// The item as a mail.
pub(super) fn mail(bytes: &Arc<dyn Bytes>) -> Vec<u8> {
    let size = bytes
        .size()
        .ok()
        .and_then(|size| usize::try_from(size).ok());
    let held = size.and_then(|size| exactly(bytes.as_ref(), 0, size));
    let held: Option<Arc<dyn Bytes>> = held.map(|held| Arc::new(Held(held)) as Arc<dyn Bytes>);
    let Some(file) = held.and_then(|held| Compound::open(&held)) else {
        return b"\nThe file cannot be read: its tables are damaged.\n".to_vec();
    };
    let names = file
        .find(file.root(), "__nameid_version1.0")
        .and_then(|storage| file.find(storage, "__substg1.0_00030102"))
        .and_then(|entries| file.stream(entries, 1 << 20))
        .map(|entries| Names::of(&entries))
        .unwrap_or_default();
    let mut left = LONGEST_ITEM;
    let item = item(&file, file.root(), 32, 0, &mut left);
    eml::mail(&item, &names, "")
}

/// Reads the item in a storage. `head` is how many bytes stand before its fixed properties, `left`
/// how many bytes may still be unpacked.
fn item(file: &Compound, storage: u32, head: usize, depth: usize, left: &mut usize) -> Item {
    let mut item = Item {
        properties: properties(file, storage, head, left),
        ..Item::default()
    };
    for (name, inside) in file.list(storage) {
        if name.starts_with("__recip_version1.0_#") {
            item.recipients.push(properties(file, inside, 8, left));
        } else if name.starts_with("__attach_version1.0_#") {
            let mut properties = properties(file, inside, 8, left);
            let whole = file.find(inside, "__substg1.0_3701000D");
            let content = match (properties.number(id::METHOD), whole) {
                (Some(5), Some(within)) if depth < DEEPEST => {
                    Content::Item(Box::new(self::item(file, within, 24, depth + 1, left)))
                }
                (Some(5), _) => Content::Nothing("an item too deep within others"),
                (Some(6), _) => Content::Nothing("an embedded object"),
                (Some(2..=4 | 7), _) => Content::Nothing("a link to a file elsewhere"),
                _ => match properties.take(id::DATA) {
                    Some((kind::BINARY, bytes)) => Content::Bytes(bytes),
                    _ => Content::Nothing("a file whose bytes are missing, or more than is read"),
                },
            };
            item.attachments.push(Attachment {
                properties,
                content,
            });
        }
    }
    item
}

/// The properties of a storage: those of fixed length in one stream, 16 bytes each after `head`
/// bytes; the others in a stream each, whose name is the number and the type.
fn properties(file: &Compound, storage: u32, head: usize, left: &mut usize) -> Properties {
    let mut properties = Properties::default();
    let fixed = file
        .find(storage, FIXED)
        .and_then(|stream| file.stream(stream, 1 << 20))
        .unwrap_or_default();
    for entry in fixed.get(head..).unwrap_or_default().chunks_exact(16) {
        let [k0, k1, i0, i1, _, _, _, _, value @ ..] = entry else {
            continue;
        };
        let kind = u16::from_le_bytes([*k0, *k1]);
        if matches!(
            kind,
            kind::SHORT | kind::LONG | kind::BOOLEAN | kind::LARGE | kind::TIME
        ) {
            properties.add(u16::from_le_bytes([*i0, *i1]), kind, value.to_vec());
        }
    }
    for (name, stream) in file.list(storage) {
        let Some(tag) = name
            .strip_prefix("__substg1.0_")
            .and_then(|tag| u32::from_str_radix(tag.get(..8)?, 16).ok())
        else {
            continue;
        };
        let kind = (tag & 0xFFFF) as u16;
        // A list has a stream of lengths, and then one for each value, whose name goes on.
        let is_list = kind == kind::BINARIES && name.len() > 20;
        let is_one = matches!(kind, kind::STRING | kind::STRING8 | kind::BINARY);
        if !(is_list || is_one && name.len() == 20) {
            continue;
        }
        // What is more than is left is not read at all: cut short, a file would pass for whole.
        let Some(bytes) = file.stream(stream, *left) else {
            continue;
        };
        *left = left.saturating_sub(bytes.len());
        let id = (tag >> 16) as u16;
        if is_list {
            properties.add_part(id, bytes);
        } else {
            properties.add(id, kind, bytes);
        }
    }
    properties
}
