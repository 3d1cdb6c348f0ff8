//! The lower half of a `.pst` (MS-PST 2.2, 2.6.1): pages, blocks, and the two trees that lead to
//! them. ANSI (to Outlook 2002) and Unicode files; both encodings, which hide nothing and need no
//! password.

use super::{Bytes, exactly};
use std::sync::Arc;

/// Bytes of a page.
const PAGE: usize = 512;
/// Deepest tree of pages; 20 levels hold more than any disk.
const DEEPEST: u8 = 20;
/// Most bytes of a block with its trailer.
const LONGEST_BLOCK: usize = 8192;
/// Most nodes of a file that are listed.
const MOST_NODES: usize = 20_000_000;

/// Why a part of a file cannot be read: words that follow `cannot be read: `.
pub(super) type Fault = &'static str;

/// How bytes are encoded (MS-PST 5.1, 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crypt {
    None,
    Permute,
    Cyclic,
}

/// A node: what is kept under one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Its number; the low five bits are its type.
    pub id: u32,
    /// The block of its data.
    pub data: u64,
    /// The block that lists its own nodes; 0 where it has none.
    pub subnodes: u64,
    /// The node it belongs to.
    pub parent: u32,
}

/// The node database of a file, its two trees known.
pub(super) struct Database {
    bytes: Arc<dyn Bytes>,
    /// Whether its numbers are 64 bits wide.
    wide: bool,
    crypt: Crypt,
    nodes: u64,
    blocks: u64,
    /// How many bytes the file says that it has.
    declared: u64,
}

/// A little-endian number at a place.
pub(super) fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    let two = bytes.get(place..place.checked_add(2)?)?;
    Some(u16::from_le_bytes(two.try_into().ok()?))
}

/// As [`u16_at`].
pub(super) fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    let four = bytes.get(place..place.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

fn u64_at(bytes: &[u8], place: usize) -> Option<u64> {
    let eight = bytes.get(place..place.checked_add(8)?)?;
    Some(u64::from_le_bytes(eight.try_into().ok()?))
}

/// Takes what was read from what may be read; a short block counts as more, so that a few bytes
/// named again and again do not keep the reader busy.
fn charge(left: &mut usize, length: usize) -> Result<(), Fault> {
    *left = left
        .checked_sub(length.max(512))
        .ok_or("it is longer than docket reads")?;
    Ok(())
}

impl Database {
    /// Reads the head of a file.
    pub(super) fn open(bytes: Arc<dyn Bytes>) -> Result<Database, Fault> {
        const SHORT: Fault = "it is shorter than its own head";
        let head = exactly(bytes.as_ref(), 0, 564).ok_or(SHORT)?;
        let wide = match u16_at(&head, 10) {
            Some(14 | 15) => false,
            Some(23) => true,
            _ => {
                return Err(
                    "it is of a version that docket does not read; export it from Outlook again as a .pst",
                );
            }
        };
        let (nodes, blocks, crypt) = if wide {
            (u64_at(&head, 224), u64_at(&head, 240), head.get(513))
        } else {
            let place = |at| u32_at(&head, at).map(u64::from);
            (place(188), place(196), head.get(461))
        };
        // The root's `ibFileEof` (MS-PST 2.2.2.5).
        let declared = if wide {
            u64_at(&head, 184)
        } else {
            u32_at(&head, 168).map(u64::from)
        };
        let crypt = match crypt {
            Some(0) => Crypt::None,
            Some(1) => Crypt::Permute,
            Some(2) => Crypt::Cyclic,
            _ => return Err("it is encrypted by Windows; export it again without that"),
        };
        Ok(Database {
            bytes,
            wide,
            crypt,
            nodes: nodes.ok_or(SHORT)?,
            blocks: blocks.ok_or(SHORT)?,
            declared: declared.ok_or(SHORT)?,
        })
    }

    /// How many bytes it has and says that it has, where these are fewer.
    pub(super) fn cut(&self) -> Option<(u64, u64)> {
        let size = self.bytes.size().ok()?;
        (size < self.declared).then_some((size, self.declared))
    }

    /// A number as wide as the file's; its place is counted in such numbers from `base`.
    fn number(&self, bytes: &[u8], base: usize, index: usize) -> Option<u64> {
        let width = self.width();
        let place = base.checked_add(index.checked_mul(width)?)?;
        if self.wide {
            u64_at(bytes, place)
        } else {
            u32_at(bytes, place).map(u64::from)
        }
    }

    fn width(&self) -> usize {
        if self.wide { 8 } else { 4 }
    }

    /// A page of a tree: its level and its entries.
    fn page(&self, place: u64, kind: u8) -> Result<(u8, Vec<Vec<u8>>), Fault> {
        let page = exactly(self.bytes.as_ref(), place, PAGE).ok_or("a page is beyond its end")?;
        let meta = if self.wide { 488 } else { 496 };
        let trailer = if self.wide { 496 } else { 500 };
        let [count, _, size, level] = page.get(meta..meta + 4).unwrap_or_default() else {
            return Err("a page is damaged");
        };
        if page.get(trailer..trailer + 2) != Some(&[kind, kind]) || *size == 0 || *level > DEEPEST {
            return Err("a page is damaged");
        }
        let entries = page
            .get(..meta)
            .unwrap_or_default()
            .chunks_exact(usize::from(*size))
            .take(usize::from(*count));
        Ok((*level, entries.map(<[u8]>::to_vec).collect()))
    }

    /// The entry of a key in a tree; `mask` has the bits that count.
    fn find(&self, root: u64, kind: u8, key: u64, mask: u64) -> Result<Vec<u8>, Fault> {
        let mut place = root;
        let mut above = DEEPEST + 1;
        loop {
            let (level, entries) = self.page(place, kind)?;
            // Down by one each time, or the tree runs in a circle.
            if level >= above {
                return Err("its tree of pages is damaged");
            }
            above = level;
            let key_of = |entry: &[u8]| self.number(entry, 0, 0);
            if level == 0 {
                return entries
                    .into_iter()
                    .find(|entry| key_of(entry).is_some_and(|own| own & mask == key & mask))
                    .ok_or("a part of it is missing");
            }
            place = entries
                .iter()
                .rev()
                .find(|entry| key_of(entry).is_some_and(|own| own & mask <= key & mask))
                .and_then(|entry| self.number(entry, 0, 2))
                .ok_or("a part of it is missing")?;
        }
    }

    /// Every node of these types, by number.
    pub(super) fn nodes(&self, types: &[u32]) -> Result<Vec<Node>, Fault> {
        let mut found = Vec::new();
        let mut open = vec![(self.nodes, DEEPEST + 1)];
        // No page stands in the tree twice.
        let most = self.bytes.size().unwrap_or(0) / PAGE as u64 + 1;
        let mut pages = 0;
        while let Some((place, above)) = open.pop() {
            pages += 1;
            let page = self.page(place, 0x81);
            let (level, entries) = match page {
                Ok(page) if page.0 < above && pages <= most => page,
                // A damaged page costs what it leads to.
                _ if pages > 1 => continue,
                Err(fault) => return Err(fault),
                Ok(_) => return Err("its tree of pages is damaged"),
            };
            for entry in entries {
                if level > 0 {
                    open.extend(self.number(&entry, 0, 2).map(|place| (place, level)));
                } else if let Some(node) = self.node_of(&entry)
                    && types.contains(&(node.id & 31))
                    && found.len() < MOST_NODES
                {
                    found.push(node);
                }
            }
        }
        found.sort_by_key(|node| node.id);
        found.dedup_by_key(|node| node.id);
        Ok(found)
    }

    fn node_of(&self, entry: &[u8]) -> Option<Node> {
        Some(Node {
            id: u32_at(entry, 0)?,
            data: self.number(entry, 0, 1)?,
            subnodes: self.number(entry, 0, 2)?,
            parent: u32_at(entry, 3 * self.width())?,
        })
    }

    /// The node of this number.
    pub(super) fn node(&self, id: u32) -> Result<Node, Fault> {
        let entry = self.find(self.nodes, 0x81, u64::from(id), u64::MAX)?;
        self.node_of(&entry).ok_or("a part of it is missing")
    }

    /// A block's own bytes, decoded and checked, and whether they are a list of further blocks.
    fn block(&self, id: u64) -> Result<(Vec<u8>, bool), Fault> {
        const DAMAGED: Fault = "a part of it is damaged: its checksum does not match";
        let entry = self.find(self.blocks, 0x80, id, !1)?;
        let place = self.number(&entry, 0, 1).ok_or(DAMAGED)?;
        let length = usize::from(u16_at(&entry, 2 * self.width()).ok_or(DAMAGED)?);
        let trailer = if self.wide { 16 } else { 12 };
        let whole = (length + trailer).next_multiple_of(64);
        if length == 0 || whole > LONGEST_BLOCK {
            return Err(DAMAGED);
        }
        let mut bytes = exactly(self.bytes.as_ref(), place, whole)
            .ok_or("a part of it is beyond the end of the file")?;
        let checksum_at = whole - trailer + if self.wide { 4 } else { 8 };
        let checksum = u32_at(&bytes, checksum_at);
        bytes.truncate(length);
        // A fuzzer would never get past a checksum, and what lies behind it is what is to be tried.
        if checksum != Some(crc(&bytes)) && !cfg!(fuzzing) {
            return Err(DAMAGED);
        }
        let is_list = id & 2 != 0;
        if !is_list {
            self.decode(&mut bytes, id);
        }
        Ok((bytes, is_list))
    }

    fn decode(&self, bytes: &mut [u8], id: u64) {
        match self.crypt {
            Crypt::None => {}
            Crypt::Permute => {
                for byte in bytes {
                    *byte = turned(&BACK, *byte);
                }
            }
            Crypt::Cyclic => {
                let id = id as u32;
                let mut key = (id ^ (id >> 16)) as u16;
                for byte in bytes {
                    let [low, high] = key.to_le_bytes();
                    let first = turned(&THERE, byte.wrapping_add(low)).wrapping_add(high);
                    let second = turned(&SWAP, first).wrapping_sub(high);
                    *byte = turned(&BACK, second).wrapping_sub(low);
                    key = key.wrapping_add(1);
                }
            }
        }
    }

    /// The bytes under a block's number, block by block (MS-PST 2.2.2.8.3). `left` is how many may
    /// still be read, and is made less.
    pub(super) fn data(&self, id: u64, left: &mut usize) -> Result<Vec<Vec<u8>>, Fault> {
        let mut blocks = Vec::new();
        self.data_into(id, 2, left, &mut blocks)?;
        Ok(blocks)
    }

    fn data_into(
        &self,
        id: u64,
        lists: u8,
        left: &mut usize,
        blocks: &mut Vec<Vec<u8>>,
    ) -> Result<(), Fault> {
        if id & !1 == 0 {
            return Ok(());
        }
        let (bytes, is_list) = self.block(id)?;
        charge(left, bytes.len())?;
        if !is_list {
            blocks.push(bytes);
            return Ok(());
        }
        let (Some([1, _]), Some(count), Some(below)) =
            (bytes.get(..2), u16_at(&bytes, 2), lists.checked_sub(1))
        else {
            return Err("a list of its parts is damaged");
        };
        for index in 0..usize::from(count) {
            let next = self
                .number(&bytes, 8, index)
                .ok_or("a list of its parts is damaged")?;
            self.data_into(next, below, left, blocks)?;
        }
        Ok(())
    }

    /// The nodes within a node, by number (MS-PST 2.2.2.8.3.3).
    pub(super) fn subnodes(&self, id: u64, left: &mut usize) -> Result<Vec<Node>, Fault> {
        const DAMAGED: Fault = "the list of what it holds is damaged";
        let mut found = Vec::new();
        if id & !1 == 0 {
            return Ok(found);
        }
        let mut open = vec![(id, true)];
        let head = if self.wide { 8 } else { 4 };
        while let Some((id, may_list)) = open.pop() {
            let (bytes, _) = self.block(id)?;
            charge(left, bytes.len())?;
            let count = usize::from(u16_at(&bytes, 2).ok_or(DAMAGED)?);
            match bytes.get(..2) {
                Some([2, 0]) => {
                    for index in 0..count {
                        let at = |field| self.number(&bytes, head, index * 3 + field);
                        found.push(Node {
                            id: at(0).ok_or(DAMAGED)? as u32,
                            data: at(1).ok_or(DAMAGED)?,
                            subnodes: at(2).ok_or(DAMAGED)?,
                            parent: 0,
                        });
                    }
                }
                Some([2, 1]) if may_list => {
                    for index in (0..count).rev() {
                        let next = self.number(&bytes, head, index * 2 + 1);
                        open.push((next.ok_or(DAMAGED)?, false));
                    }
                }
                _ => return Err(DAMAGED),
            }
        }
        Ok(found)
    }

    /// How many bytes of rows a block of a table holds at most.
    pub(super) fn table_block(&self) -> usize {
        LONGEST_BLOCK - if self.wide { 16 } else { 12 }
    }
}

/// What stands for a byte in a table of all bytes.
fn turned(table: &[u8; 256], byte: u8) -> u8 {
    table.get(usize::from(byte)).copied().unwrap_or(byte)
}

/// The checksum of MS-PST 5.3: CRC-32 that begins with nothing and is not inverted.
fn crc(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    bytes.iter().fold(0, |crc, byte| {
        let index = (crc ^ u32::from(*byte)) & 0xFF;
        TABLE.get(index as usize).copied().unwrap_or(0) ^ (crc >> 8)
    })
}

#[allow(clippy::indexing_slicing)] // Evaluated by the compiler, within the array's length.
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut value = at as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 {
                (value >> 1) ^ 0xEDB8_8320
            } else {
                value >> 1
            };
            bit += 1;
        }
        table[at] = value;
        at += 1;
    }
    table
}

/// MS-PST 5.1, `mpbbR`.
#[rustfmt::skip]
const THERE: [u8; 256] = [
    65, 54, 19, 98, 168, 33, 110, 187, 244, 22, 204, 4, 127, 100, 232, 93,
    30, 242, 203, 42, 116, 197, 94, 53, 210, 149, 71, 158, 150, 45, 154, 136,
    76, 125, 132, 63, 219, 172, 49, 182, 72, 95, 246, 196, 216, 57, 139, 231,
    35, 59, 56, 142, 200, 193, 223, 37, 177, 32, 165, 70, 96, 78, 156, 251,
    170, 211, 86, 81, 69, 124, 85, 0, 7, 201, 43, 157, 133, 155, 9, 160,
    143, 173, 179, 15, 99, 171, 137, 75, 215, 167, 21, 90, 113, 102, 66, 191,
    38, 74, 107, 152, 250, 234, 119, 83, 178, 112, 5, 44, 253, 89, 58, 134,
    126, 206, 6, 235, 130, 120, 87, 199, 141, 67, 175, 180, 28, 212, 91, 205,
    226, 233, 39, 79, 195, 8, 114, 128, 207, 176, 239, 245, 40, 109, 190, 48,
    77, 52, 146, 213, 14, 60, 34, 50, 229, 228, 249, 159, 194, 209, 10, 129,
    18, 225, 238, 145, 131, 118, 227, 151, 230, 97, 138, 23, 121, 164, 183, 220,
    144, 122, 92, 140, 2, 166, 202, 105, 222, 80, 26, 17, 147, 185, 82, 135,
    88, 252, 237, 29, 55, 73, 27, 106, 224, 41, 51, 153, 189, 108, 217, 148,
    243, 64, 84, 111, 240, 198, 115, 184, 214, 62, 101, 24, 68, 31, 221, 103,
    16, 241, 12, 25, 236, 174, 3, 161, 20, 123, 169, 11, 255, 248, 163, 192,
    162, 1, 247, 46, 188, 36, 104, 117, 13, 254, 186, 47, 181, 208, 218, 61,
];

/// MS-PST 5.1, `mpbbS`.
#[rustfmt::skip]
const SWAP: [u8; 256] = [
    20, 83, 15, 86, 179, 200, 122, 156, 235, 101, 72, 23, 22, 21, 159, 2,
    204, 84, 124, 131, 0, 13, 12, 11, 162, 98, 168, 118, 219, 217, 237, 199,
    197, 164, 220, 172, 133, 116, 214, 208, 167, 155, 174, 154, 150, 113, 102, 195,
    99, 153, 184, 221, 115, 146, 142, 132, 125, 165, 94, 209, 93, 147, 177, 87,
    81, 80, 128, 137, 82, 148, 79, 78, 10, 107, 188, 141, 127, 110, 71, 70,
    65, 64, 68, 1, 17, 203, 3, 63, 247, 244, 225, 169, 143, 60, 58, 249,
    251, 240, 25, 48, 130, 9, 46, 201, 157, 160, 134, 73, 238, 111, 77, 109,
    196, 45, 129, 52, 37, 135, 27, 136, 170, 252, 6, 161, 18, 56, 253, 76,
    66, 114, 100, 19, 55, 36, 106, 117, 119, 67, 255, 230, 180, 75, 54, 92,
    228, 216, 53, 61, 69, 185, 44, 236, 183, 49, 43, 41, 7, 104, 163, 14,
    105, 123, 24, 158, 33, 57, 190, 40, 26, 91, 120, 245, 35, 202, 42, 176,
    175, 62, 254, 4, 140, 231, 229, 152, 50, 149, 211, 246, 74, 232, 166, 234,
    233, 243, 213, 47, 112, 32, 242, 31, 5, 103, 173, 85, 16, 206, 205, 227,
    39, 59, 218, 186, 215, 194, 38, 212, 145, 29, 210, 28, 34, 51, 248, 250,
    241, 90, 239, 207, 144, 182, 139, 181, 189, 192, 191, 8, 151, 30, 108, 226,
    97, 224, 198, 193, 89, 171, 187, 88, 222, 95, 223, 96, 121, 126, 178, 138,
];

/// The way back from [`THERE`] (`mpbbI`).
const BACK: [u8; 256] = back();

#[allow(clippy::indexing_slicing)] // Evaluated by the compiler, within the arrays' length.
const fn back() -> [u8; 256] {
    let mut back = [0; 256];
    let mut at = 0;
    while at < 256 {
        back[THERE[at] as usize] = at as u8;
        at += 1;
    }
    back
}
