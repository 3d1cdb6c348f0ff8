//! Blocks, nodes and pages: the lower layer of an Outlook data file ([MS-PST] 2.2).
//!
//! Writes the Unicode form (version 23), not encoded, small enough for one allocation map.

use super::super::chat::Fault;

/// The most bytes that one block holds (2.2.2.8.3.1).
pub const BLOCK: usize = 8176;

const PAGE: usize = 512;
const SLOT: usize = 64;
const DENSITY_LIST: usize = 0x4200;
const ALLOCATION_MAP: usize = 0x4400;
const PAGE_MAP: usize = 0x4600;
const FIRST_BLOCK: usize = 0x4800;
/// What one allocation map covers: 496 bytes of bits, each for 64 bytes of the file.
const COVERED: usize = 496 * 8 * SLOT;

/// What kinds of thing a node can be, as the low five bits of its number tell (2.2.2.1).
pub mod kind {
    pub const INTERNAL: u32 = 0x01;
    pub const FOLDER: u32 = 0x02;
    pub const MESSAGE: u32 = 0x04;
    pub const ATTACHMENT: u32 = 0x05;
    pub const HIERARCHY: u32 = 0x0D;
    pub const CONTENTS: u32 = 0x0E;
    pub const ASSOCIATED: u32 = 0x0F;
    pub const VALUE: u32 = 0x1F;
}

/// A node's number from its kind and its place among them.
pub fn node_number(kind: u32, index: u32) -> u32 {
    index << 5 | kind
}

/// A node below another: its number, the block of its data, the block that lists what is below it.
pub type Below = (u32, u64, u64);

struct Block {
    number: u64,
    bytes: Vec<u8>,
}

struct Node {
    number: u32,
    data: u64,
    below: u64,
    parent: u32,
}

/// A data file in the making.
#[derive(Default)]
pub struct DataFile {
    blocks: Vec<Block>,
    nodes: Vec<Node>,
}

impl DataFile {
    /// Keeps bytes as one block, or as several and a list of them; 0 for no bytes.
    pub fn data(&mut self, bytes: &[u8]) -> u64 {
        let pieces: Vec<Vec<u8>> = bytes.chunks(BLOCK).map(<[u8]>::to_vec).collect();
        self.pieces(pieces)
    }

    /// Keeps pieces, each at most [`BLOCK`] long, as one node's data.
    pub fn pieces(&mut self, pieces: Vec<Vec<u8>>) -> u64 {
        let total: usize = pieces.iter().map(Vec::len).sum();
        let mut numbers: Vec<u64> = Vec::new();
        for piece in pieces {
            numbers.push(self.block(piece, 0));
        }
        match numbers.as_slice() {
            [] => 0,
            [only] => *only,
            several => {
                // XBLOCK (2.2.2.8.3.2.1)
                let mut list = vec![0x01, 0x01];
                list.extend(low16(several.len()));
                list.extend(low32(total));
                list.extend(several.iter().flat_map(|number| number.to_le_bytes()));
                self.block(list, 0b10)
            }
        }
    }

    /// Keeps a list of the nodes below another (SLBLOCK, 2.2.2.8.3.3.1); 0 for none.
    pub fn below(&mut self, mut nodes: Vec<Below>) -> u64 {
        if nodes.is_empty() {
            return 0;
        }
        nodes.sort_unstable();
        let mut list = vec![0x02, 0x00];
        list.extend(low16(nodes.len()));
        list.extend([0; 4]);
        for (number, data, below) in nodes {
            list.extend(u64::from(number).to_le_bytes());
            list.extend(data.to_le_bytes());
            list.extend(below.to_le_bytes());
        }
        self.block(list, 0b10)
    }

    /// Adds a node.
    pub fn node(&mut self, number: u32, data: u64, below: u64, parent: u32) {
        self.nodes.push(Node {
            number,
            data,
            below,
            parent,
        });
    }

    fn block(&mut self, bytes: Vec<u8>, internal: u64) -> u64 {
        let number = (self.blocks.len() as u64 + 1) << 2 | internal;
        self.blocks.push(Block { number, bytes });
        number
    }

    /// Lays everything out.
    ///
    /// # Errors
    /// When it does not fit under one allocation map (about 240 kB).
    pub fn write(mut self) -> Result<Vec<u8>, Fault> {
        let mut file = vec![0; ALLOCATION_MAP + COVERED];
        let mut at = FIRST_BLOCK;
        let mut places: Vec<Vec<u8>> = Vec::new();
        for block in &self.blocks {
            let size = (block.bytes.len() + 16).next_multiple_of(SLOT);
            put(&mut file, at, &block.bytes)?;
            let mut trailer = low16(block.bytes.len()).to_vec();
            trailer.extend(signature(at, block.number).to_le_bytes());
            trailer.extend(checksum(&block.bytes).to_le_bytes());
            trailer.extend(block.number.to_le_bytes());
            put(&mut file, at + size - 16, &trailer)?;
            let mut entry = reference(block.number, at);
            entry.extend(low16(block.bytes.len()));
            entry.extend(2u16.to_le_bytes());
            entry.extend([0; 4]);
            places.push(entry);
            at += size;
        }
        // Keys are compared as numbers, and each entry begins with its key.
        places.sort_by_key(|entry| key(entry));
        self.nodes.sort_by_key(|node| node.number);
        let nodes = self.nodes.iter().map(|node| {
            let mut entry = u64::from(node.number).to_le_bytes().to_vec();
            entry.extend(node.data.to_le_bytes());
            entry.extend(node.below.to_le_bytes());
            entry.extend(node.parent.to_le_bytes());
            entry.extend([0; 4]);
            entry
        });
        let nodes: Vec<Vec<u8>> = nodes.collect();

        let mut pages = Pages {
            file: &mut file,
            at: at.next_multiple_of(PAGE),
            next: 1,
        };
        let blocks_root = pages.tree(0x80, 24, places)?;
        let nodes_root = pages.tree(0x81, 32, nodes)?;
        let (end, next_page) = (pages.at, pages.next);

        let used = (end - ALLOCATION_MAP).div_ceil(SLOT);
        let mut bits = vec![0u8; 496];
        for slot in 0..used {
            if let Some(byte) = bits.get_mut(slot / 8) {
                *byte |= 0x80 >> (slot % 8);
            }
        }
        page(
            &mut file,
            ALLOCATION_MAP,
            0x84,
            ALLOCATION_MAP as u64,
            &bits,
        )?;
        page(&mut file, PAGE_MAP, 0x83, PAGE_MAP as u64, &[0xFF; 496])?;
        page(&mut file, DENSITY_LIST, 0x86, DENSITY_LIST as u64, &[])?;
        let header = self.header(nodes_root, blocks_root, next_page, COVERED - used * SLOT);
        put(&mut file, 0, &header)?;
        Ok(file)
    }

    /// The first 564 bytes (2.2.2.6).
    fn header(&self, nodes: Vec<u8>, blocks: Vec<u8>, next_page: u64, free: usize) -> Vec<u8> {
        let mut body = b"SM".to_vec();
        body.extend(23u16.to_le_bytes());
        body.extend(19u16.to_le_bytes());
        body.extend([1, 1]);
        body.extend([0; 16]);
        body.extend((next_page << 2).to_le_bytes());
        body.extend(1u32.to_le_bytes());
        for kind in 0..32 {
            let used = self.nodes.iter().filter(|node| node.number & 0x1F == kind);
            let next = used.map(|node| (node.number >> 5) + 1).max().unwrap_or(0);
            body.extend(next.max(0x400).to_le_bytes());
        }
        body.extend([0; 8]);
        body.extend([0; 4]);
        body.extend(((ALLOCATION_MAP + COVERED) as u64).to_le_bytes());
        body.extend((ALLOCATION_MAP as u64).to_le_bytes());
        body.extend((free as u64).to_le_bytes());
        body.extend([0; 8]);
        body.extend(nodes);
        body.extend(blocks);
        body.extend([2, 0, 0, 0]);
        body.extend([0; 4]);
        body.extend([0xFF; 256]);
        body.extend([0x80, 0, 0, 0]);
        body.extend(((self.blocks.len() as u64 + 1) << 2).to_le_bytes());
        let mut header = b"!BDN".to_vec();
        let (partial, _) = body.split_at(471.min(body.len()));
        header.extend(checksum(partial).to_le_bytes());
        let full = checksum(&body);
        header.extend(body);
        header.extend(full.to_le_bytes());
        header.extend([0; 36]);
        header
    }
}

/// The trees of pages that find blocks and nodes (2.2.2.7.7).
struct Pages<'a> {
    file: &'a mut Vec<u8>,
    at: usize,
    next: u64,
}

impl Pages<'_> {
    /// Writes sorted entries, each beginning with its key, and gives the reference to the root.
    fn tree(&mut self, sort: u8, size: usize, mut entries: Vec<Vec<u8>>) -> Result<Vec<u8>, Fault> {
        let mut width = size;
        for level in 0u8.. {
            let most = 488 / width;
            let mut above = Vec::new();
            for group in entries.chunks(most) {
                let mut bytes: Vec<u8> = group.concat();
                bytes.resize(488, 0);
                bytes.push(low8(group.len()));
                bytes.extend([low8(most), low8(width), level, 0, 0, 0, 0]);
                let number = self.next << 2;
                page(self.file, self.at, sort, number, &bytes)?;
                let mut entry = group
                    .first()
                    .map(|entry| key(entry))
                    .unwrap_or(0)
                    .to_le_bytes()
                    .to_vec();
                entry.extend(reference(number, self.at));
                above.push(entry);
                self.at += PAGE;
                self.next += 1;
            }
            if let [root] = above.as_slice() {
                return Ok(root.get(8..).unwrap_or_default().to_vec());
            }
            entries = above;
            width = 24;
        }
        Err("no root".into())
    }
}

fn key(entry: &[u8]) -> u64 {
    entry
        .first_chunk::<8>()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// A number and where it stands (BREF, 2.2.2.4).
fn reference(number: u64, at: usize) -> Vec<u8> {
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.extend((at as u64).to_le_bytes());
    bytes
}

fn page(file: &mut [u8], at: usize, sort: u8, number: u64, bytes: &[u8]) -> Result<(), Fault> {
    let mut page = bytes.to_vec();
    page.resize(PAGE - 16, 0);
    let check = checksum(&page);
    let signature = match sort {
        0x80 | 0x81 => signature(at, number),
        _ => 0,
    };
    page.extend([sort, sort]);
    page.extend(signature.to_le_bytes());
    page.extend(check.to_le_bytes());
    page.extend(number.to_le_bytes());
    put(file, at, &page)
}

fn put(file: &mut [u8], at: usize, bytes: &[u8]) -> Result<(), Fault> {
    file.get_mut(at..at + bytes.len())
        .ok_or("more than one allocation map covers")?
        .copy_from_slice(bytes);
    Ok(())
}

/// 5.5
fn signature(at: usize, number: u64) -> u16 {
    let mixed = at as u64 ^ number;
    (mixed >> 16) as u16 ^ mixed as u16
}

/// 5.3: the usual polynomial, begun and ended without turning bits over.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

fn low8(n: usize) -> u8 {
    n as u8
}

/// The low 16 bits, little-endian.
pub fn low16(n: usize) -> [u8; 2] {
    (n as u16).to_le_bytes()
}

/// The low 32 bits, little-endian.
pub fn low32(n: usize) -> [u8; 4] {
    (n as u32).to_le_bytes()
}
