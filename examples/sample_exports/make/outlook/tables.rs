//! Property contexts and table contexts: the middle layer of an Outlook data file ([MS-PST] 2.3).

use super::nodes::{BLOCK, Below, DataFile, kind, low16, node_number};

/// The most bytes that a heap keeps in one piece; longer values get a node of their own (2.3.3.3).
const PIECE: usize = 3580;

/// A property's value.
#[derive(Clone, Debug)]
pub enum Value {
    /// `PtypBoolean`
    Flag(bool),
    /// `PtypInteger32`
    Number(u32),
    /// `PtypTime`, given in seconds since 1970 UTC.
    Time(i64),
    /// `PtypString`
    Text(String),
    /// `PtypBinary`
    Bytes(Vec<u8>),
    /// `PtypObject`: a node below, by its number and size.
    Object(u32, u32),
}

impl Value {
    fn sort(&self) -> u16 {
        match self {
            Value::Flag(_) => 0x000B,
            Value::Number(_) => 0x0003,
            Value::Time(_) => 0x0040,
            Value::Text(_) => 0x001F,
            Value::Bytes(_) => 0x0102,
            Value::Object(..) => 0x000D,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Value::Flag(set) => vec![u8::from(*set)],
            Value::Number(number) => number.to_le_bytes().to_vec(),
            Value::Time(seconds) => {
                // FILETIME: steps of 100 ns since 1601.
                ((seconds + 11_644_473_600) * 10_000_000)
                    .to_le_bytes()
                    .to_vec()
            }
            Value::Text(text) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Value::Bytes(bytes) => bytes.clone(),
            Value::Object(node, size) => [node.to_le_bytes(), size.to_le_bytes()].concat(),
        }
    }
}

/// A property: its number and value.
pub type Property = (u16, Value);

/// The heap that a node's data is (2.3.1), and the nodes below for what is too long for it.
struct Heap {
    client: u8,
    root: u32,
    pages: Vec<Vec<Vec<u8>>>,
    below: Vec<Below>,
}

impl Heap {
    fn new(client: u8) -> Heap {
        Heap {
            client,
            root: 0,
            pages: vec![Vec::new()],
            below: Vec::new(),
        }
    }

    /// Keeps bytes, and gives what refers to them; 0 for none.
    fn keep(&mut self, bytes: Vec<u8>) -> u32 {
        if bytes.is_empty() {
            return 0;
        }
        let used = |page: &Vec<Vec<u8>>| -> usize {
            let held: usize = page.iter().map(Vec::len).sum();
            12 + held + 1 + 4 + 2 * (page.len() + 2)
        };
        if self
            .pages
            .last()
            .is_none_or(|page| used(page) + bytes.len() > BLOCK)
        {
            self.pages.push(Vec::new());
        }
        let page_number = self.pages.len() as u32 - 1;
        let Some(page) = self.pages.last_mut() else {
            return 0;
        };
        page.push(bytes);
        page_number << 16 | (page.len() as u32) << 5
    }

    /// Keeps bytes in the heap, or in a node below when they are long.
    fn keep_long(&mut self, bytes: Vec<u8>, file: &mut DataFile) -> u32 {
        if bytes.len() <= PIECE {
            return self.keep(bytes);
        }
        let data = file.data(&bytes);
        self.keep_below(data)
    }

    fn keep_below(&mut self, data: u64) -> u32 {
        let node = node_number(kind::VALUE, 0x400 + self.below.len() as u32);
        self.below.push((node, data, 0));
        node
    }

    /// A tree of records (2.3.2): the key's size, the rest's size, the sorted records.
    fn tree(&mut self, key: u8, rest: u8, records: Vec<u8>) -> u32 {
        let root = self.keep(records);
        let mut head = vec![0xB5, key, rest, 0];
        head.extend(root.to_le_bytes());
        self.keep(head)
    }

    /// The pages as they stand in the file.
    fn pages(&self) -> Vec<Vec<u8>> {
        let last = self.pages.len() - 1;
        let page = |(index, page): (usize, &Vec<Vec<u8>>)| {
            let mut offsets = Vec::new();
            let mut bytes = vec![0; if index == 0 { 12 } else { 2 }];
            for piece in page {
                offsets.push(bytes.len());
                bytes.extend(piece);
            }
            offsets.push(bytes.len());
            bytes.resize(bytes.len().next_multiple_of(2), 0);
            let map = 4 + 2 * offsets.len();
            if index < last {
                bytes.resize(BLOCK - map, 0);
            }
            let map_at = bytes.len();
            bytes.extend(low16(page.len()));
            bytes.extend(low16(0));
            bytes.extend(offsets.into_iter().flat_map(low16));
            let mut head = low16(map_at).to_vec();
            if index == 0 {
                head.extend([0xEC, self.client]);
                head.extend(self.root.to_le_bytes());
                head.extend([0; 4]);
            }
            bytes.splice(..head.len(), head);
            bytes
        };
        self.pages.iter().enumerate().map(page).collect()
    }

    fn write(self, file: &mut DataFile) -> (u64, Vec<Below>) {
        let data = file.pieces(self.pages());
        (data, self.below)
    }
}

/// Keeps properties (2.3.3); gives the block of the data and the nodes that must be below.
pub fn properties(file: &mut DataFile, mut properties: Vec<Property>) -> (u64, Vec<Below>) {
    let mut heap = Heap::new(0xBC);
    properties.sort_by_key(|(number, _)| *number);
    let mut records = Vec::new();
    for (number, value) in properties {
        let bytes = value.bytes();
        let held = match value {
            Value::Flag(_) | Value::Number(_) => {
                let mut held = [0; 4];
                for (to, from) in held.iter_mut().zip(bytes) {
                    *to = from;
                }
                u32::from_le_bytes(held)
            }
            _ => heap.keep_long(bytes, file),
        };
        records.extend(number.to_le_bytes());
        records.extend(value.sort().to_le_bytes());
        records.extend(held.to_le_bytes());
    }
    heap.root = heap.tree(2, 6, records);
    heap.write(file)
}

/// A column: the property's number and type.
pub type Column = (u16, u16);

const ROW: Column = (0x67F2, 0x0003);
const ROW_VERSION: Column = (0x67F3, 0x0003);

fn width((_, sort): Column) -> usize {
    match sort {
        0x000B => 1,
        0x0040 => 8,
        _ => 4,
    }
}

/// Keeps a table (2.3.4): its columns, and for each row its number and its properties.
pub fn table(
    file: &mut DataFile,
    columns: &[Column],
    mut rows: Vec<(u32, Vec<Property>)>,
) -> (u64, Vec<Below>) {
    let mut heap = Heap::new(0x7C);
    rows.sort_by_key(|(number, _)| *number);
    let mut columns = columns.to_vec();
    columns.extend([ROW, ROW_VERSION]);
    columns.sort_unstable();

    // The row's number and version stand first, with the first two bits; then the wide columns, the
    // narrow, the bits.
    let mut places: Vec<Column> = columns.clone();
    places.sort_by_key(|column| {
        let first = *column != ROW && *column != ROW_VERSION;
        (first, std::cmp::Reverse(width(*column)), *column)
    });
    let mut at = 0;
    let mut offsets = Vec::new();
    for column in places {
        offsets.push((column, at));
        at += width(column);
    }
    let narrow: usize = columns.iter().map(|c| width(*c)).filter(|w| *w == 1).sum();
    let end = at + columns.len().div_ceil(8);

    let mut matrix: Vec<Vec<u8>> = Vec::new();
    let mut index = Vec::new();
    for (row, (number, properties)) in rows.into_iter().enumerate() {
        index.extend(number.to_le_bytes());
        index.extend((row as u32).to_le_bytes());
        let mut bytes = vec![0; end];
        let ids = [
            (ROW.0, Value::Number(number)),
            (ROW_VERSION.0, Value::Number(1)),
        ];
        for (number, value) in properties.into_iter().chain(ids) {
            let place = offsets.iter().position(|(column, _)| column.0 == number);
            let Some((bit, (_, at))) = place.and_then(|bit| Some((bit, offsets.get(bit)?))) else {
                continue;
            };
            let held = match value {
                Value::Flag(_) | Value::Number(_) | Value::Time(_) => value.bytes(),
                _ => heap.keep_long(value.bytes(), file).to_le_bytes().to_vec(),
            };
            for (to, from) in bytes.iter_mut().skip(*at).zip(held) {
                *to = from;
            }
            let bits = end - columns.len().div_ceil(8);
            if let Some(byte) = bytes.get_mut(bits + bit / 8) {
                *byte |= 0x80 >> (bit % 8);
            }
        }
        matrix.push(bytes);
    }
    let row_index = heap.tree(4, 4, index);
    let rows = if matrix.len() * end <= PIECE {
        heap.keep(matrix.concat())
    } else {
        // Rows do not reach over the end of a block; what is left of it stays empty.
        let mut pieces: Vec<Vec<u8>> = matrix.chunks(BLOCK / end).map(<[_]>::concat).collect();
        let last = pieces.len() - 1;
        for piece in pieces.iter_mut().take(last) {
            piece.resize(BLOCK, 0);
        }
        let data = file.pieces(pieces);
        heap.keep_below(data)
    };

    let mut info = vec![0x7C, columns.len() as u8];
    for edge in [at - narrow, at - narrow, at, end] {
        info.extend(low16(edge));
    }
    info.extend(row_index.to_le_bytes());
    info.extend(rows.to_le_bytes());
    info.extend([0; 4]);
    let mut placed: Vec<_> = offsets.iter().enumerate().collect();
    placed.sort_by_key(|(_, (column, _))| *column);
    for (bit, (column, at)) in placed {
        info.extend(column.1.to_le_bytes());
        info.extend(column.0.to_le_bytes());
        info.extend(low16(*at));
        info.extend([width(*column) as u8, bit as u8]);
    }
    heap.root = heap.keep(info);
    heap.write(file)
}
