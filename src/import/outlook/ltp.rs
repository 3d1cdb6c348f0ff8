//! The middle of a `.pst` (MS-PST 2.3): heaps in a node's data, and the properties and tables that
//! are kept in them.

use super::ndb::{Database, Fault, Node, u16_at, u32_at};
use super::properties::{Properties, kind};

/// Most records of one tree in a heap.
const MOST_RECORDS: usize = 1 << 20;
/// Most rows of a table that are read: recipients of a mail.
const MOST_ROWS: usize = 100_000;

/// A record of a tree.
type KeyAndValue<'a> = (&'a [u8], &'a [u8]);

/// A heap: pieces of bytes by number.
struct Heap {
    blocks: Vec<Vec<u8>>,
}

impl Heap {
    fn of(file: &Database, data: u64, signature: u8, left: &mut usize) -> Result<Heap, Fault> {
        let blocks = file.data(data, left)?;
        match blocks.first().and_then(|first| first.get(2..4)) {
            Some([0xEC, kind]) if *kind == signature => Ok(Heap { blocks }),
            _ => Err("its properties are damaged"),
        }
    }

    fn root(&self) -> u32 {
        self.blocks
            .first()
            .and_then(|first| u32_at(first, 4))
            .unwrap_or(0)
    }

    /// The piece of this number (MS-PST 2.3.1.1); `None` where there is none.
    fn piece(&self, id: u32) -> Option<&[u8]> {
        if id & 31 != 0 {
            return None;
        }
        let index = usize::try_from(id >> 5 & 0x7FF).ok()?.checked_sub(1)?;
        let block = self.blocks.get(usize::try_from(id >> 16).ok()?)?;
        let map = usize::from(u16_at(block, 0)?);
        let count = usize::from(u16_at(block, map)?);
        if index >= count {
            return None;
        }
        let begin = u16_at(block, map + 4 + index * 2)?;
        let end = u16_at(block, map + 6 + index * 2)?;
        block.get(usize::from(begin)..usize::from(end))
    }

    /// The records of a tree: key and value each (MS-PST 2.3.2).
    fn records(&self, tree: u32) -> Result<Vec<KeyAndValue<'_>>, Fault> {
        const DAMAGED: Fault = "its properties are damaged";
        let Some([0xB5, key, value, levels, root @ ..]) = self.piece(tree) else {
            return Err(DAMAGED);
        };
        let (key, value) = (usize::from(*key), usize::from(*value));
        let root = u32_at(root, 0).ok_or(DAMAGED)?;
        let mut found = Vec::new();
        let mut open = vec![(root, *levels)];
        let mut turns = 0usize;
        while let Some((id, level)) = open.pop() {
            turns += 1;
            if id == 0 || turns > MOST_RECORDS {
                continue;
            }
            let piece = self.piece(id).ok_or(DAMAGED)?;
            let size = if level == 0 { key + value } else { key + 4 };
            if size == 0 {
                return Err(DAMAGED);
            }
            for record in piece.chunks_exact(size) {
                let (key, value) = record.split_at_checked(key).ok_or(DAMAGED)?;
                if level == 0 {
                    if found.len() < MOST_RECORDS {
                        found.push((key, value));
                    }
                } else {
                    open.push((u32_at(value, 0).ok_or(DAMAGED)?, level - 1));
                }
            }
        }
        Ok(found)
    }
}

/// The value that a number leads to: a piece of the heap, or a node within the node.
fn value(
    file: &Database,
    heap: &Heap,
    subnodes: &[Node],
    id: u32,
    left: &mut usize,
) -> Result<Vec<u8>, Fault> {
    if id == 0 {
        return Ok(Vec::new());
    }
    if id & 31 != 0 {
        let node = find(subnodes, id).ok_or("a value is missing")?;
        return Ok(file.data(node.data, left)?.concat());
    }
    let piece = heap.piece(id).ok_or("a value is missing")?;
    *left = left
        .checked_sub(piece.len())
        .ok_or("it is longer than docket reads")?;
    Ok(piece.to_vec())
}

/// The node of this number among those within a node.
pub(super) fn find(subnodes: &[Node], id: u32) -> Option<Node> {
    subnodes.iter().find(|node| node.id == id).copied()
}

/// Whether values of a type stand where the number of their place would (MS-PST 2.3.3.3).
fn stands_inside(kind: u16) -> bool {
    matches!(
        kind,
        kind::SHORT | kind::LONG | kind::BOOLEAN | 0x0004 | 0x000A
    )
}

/// Adds a value to the properties; of lists the parts (MS-PST 2.3.3.4.2).
fn add(properties: &mut Properties, id: u16, kind: u16, bytes: Vec<u8>) {
    if kind != kind::BINARIES {
        properties.add(id, kind, bytes);
        return;
    }
    let count = u32_at(&bytes, 0).and_then(|count| usize::try_from(count).ok());
    for index in 0..count.unwrap_or(0).min(bytes.len() / 4) {
        let at =
            |index: usize| u32_at(&bytes, 4 + index * 4).and_then(|at| usize::try_from(at).ok());
        let end = if Some(index + 1) == count {
            Some(bytes.len())
        } else {
            at(index + 1)
        };
        if let (Some(begin), Some(end)) = (at(index), end)
            && let Some(part) = bytes.get(begin..end)
        {
            properties.add_part(id, part.to_vec());
        }
    }
}

/// The properties of a node (MS-PST 2.3.3). What leads nowhere is left out; `left` is how many
/// bytes may still be read.
pub(super) fn properties(
    file: &Database,
    node: Node,
    subnodes: &[Node],
    left: &mut usize,
) -> Result<Properties, Fault> {
    let heap = Heap::of(file, node.data, 0xBC, left)?;
    let mut properties = Properties::default();
    for (key, record) in heap.records(heap.root())? {
        let (Some(id), Some(kind), Some(place)) =
            (u16_at(key, 0), u16_at(record, 0), u32_at(record, 2))
        else {
            continue;
        };
        let bytes = if stands_inside(kind) {
            place.to_le_bytes().to_vec()
        } else {
            match value(file, &heap, subnodes, place, left) {
                Ok(bytes) => bytes,
                // A damaged long text costs itself; that is said by whoever misses it.
                Err(_) => {
                    properties.miss(id);
                    continue;
                }
            }
        };
        add(&mut properties, id, kind, bytes);
    }
    Ok(properties)
}

/// The rows of a table as properties (MS-PST 2.3.4).
pub(super) fn table(
    file: &Database,
    node: Node,
    left: &mut usize,
) -> Result<Vec<Properties>, Fault> {
    const DAMAGED: Fault = "a table is damaged";
    let subnodes = file.subnodes(node.subnodes, left)?;
    let heap = Heap::of(file, node.data, 0x7C, left)?;
    let info = heap.piece(heap.root()).ok_or(DAMAGED)?;
    let [0x7C, count, ..] = info else {
        return Err(DAMAGED);
    };
    let at = |index: usize| u16_at(info, 2 + index * 2).map(usize::from);
    let (flags_at, row) = (at(2).ok_or(DAMAGED)?, at(3).ok_or(DAMAGED)?);
    if row == 0 {
        return Err(DAMAGED);
    }
    let rows_id = u32_at(info, 14).ok_or(DAMAGED)?;
    // Rows do not cross blocks.
    let blocks = if rows_id == 0 {
        Vec::new()
    } else if rows_id & 31 == 0 {
        vec![heap.piece(rows_id).ok_or(DAMAGED)?.to_vec()]
    } else {
        let node = find(&subnodes, rows_id).ok_or(DAMAGED)?;
        file.data(node.data, left)?
    };
    let columns: Vec<(u16, u16, usize, usize, usize)> = info
        .get(22..)
        .unwrap_or_default()
        .chunks_exact(8)
        .take(usize::from(*count))
        .filter_map(|column| {
            let [k0, k1, i0, i1, d0, d1, size, bit] = column else {
                return None;
            };
            Some((
                u16::from_le_bytes([*i0, *i1]),
                u16::from_le_bytes([*k0, *k1]),
                usize::from(u16::from_le_bytes([*d0, *d1])),
                usize::from(*size),
                usize::from(*bit),
            ))
        })
        .collect();
    let mut found = Vec::new();
    for bytes in blocks
        .iter()
        .flat_map(|block| block.get(..block.len().min(file.table_block())))
        .flat_map(|block| block.chunks_exact(row))
        .take(MOST_ROWS)
    {
        let mut properties = Properties::default();
        for (id, kind, place, size, bit) in &columns {
            let flags = bytes.get(flags_at + bit / 8).copied().unwrap_or(0);
            let Some(cell) = bytes.get(*place..*place + *size) else {
                continue;
            };
            if flags & (0x80 >> (bit % 8)) == 0 {
                continue;
            }
            let whole = if *size == 4 && !stands_inside(*kind) {
                let id = u32_at(cell, 0).unwrap_or(0);
                match value(file, &heap, &subnodes, id, left) {
                    Ok(bytes) => bytes,
                    Err(_) => continue,
                }
            } else if *size < 4 {
                [cell, &[0; 3]].concat()
            } else {
                cell.to_vec()
            };
            add(&mut properties, *id, *kind, whole);
        }
        found.push(properties);
    }
    Ok(found)
}
