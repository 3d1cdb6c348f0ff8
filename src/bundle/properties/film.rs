//! Films and sound in boxes: MP4, M4A, 3GP (ISO/IEC 14496-12, 14496-14; 3GPP TS 26.244) and QuickTime
//! (QuickTime File Format Specification).
//!
//! A box that goes becomes free space of the same length, so that every place of picture and sound
//! in the file stays what it is. A film of any size is read box by box; only what describes it is
//! held in memory.

use super::{Clean, LARGE, LARGEST, ODD, Piece, Refusal, SHORT};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

const TAGS: &str = "tags and position";
const DATES: &str = "dates";
const FREE: &str = "left-over bytes";
const OTHER: &str = "parts of programs";
const NAMES: &str = "names of tracks";
pub(super) const TRACK: &str = "it has a track that is neither picture nor sound";
const ELSEWHERE: &str = "it refers to another file";
const UNKNOWN: &str = "it has a part that docket does not know";

/// More boxes than these on one level are no film.
const MOST: usize = 1 << 16;

/// The deepest that boxes stand in each other.
const DEEPEST: usize = 12;

/// What is changed in the file: a place, and what stands there from now on.
#[derive(Default)]
struct Changes {
    at: Vec<(Range<u64>, Piece)>,
    clean: Clean,
}

impl Changes {
    /// Makes free space of a box: `at` is where it begins, `head` the bytes of its head.
    fn free(&mut self, at: u64, head: u64, length: u64, what: &'static str) {
        let name = at + 4;
        self.at.push((name..name + 4, Piece::Put(b"free".to_vec())));
        let body = at + head..at + length;
        if !body.is_empty() {
            let zeros = Piece::Zeros(body.end - body.start);
            self.at.push((body, zeros));
        }
        self.clean.without(what);
    }

    /// Puts zeros in the place of bytes, where they are none.
    fn zero(&mut self, at: u64, bytes: &[u8], what: &'static str) {
        if bytes.iter().any(|byte| *byte != 0) {
            let length = bytes.len() as u64;
            self.at.push((at..at + length, Piece::Zeros(length)));
            self.clean.without(what);
        }
    }

    /// The copy: everything else as it is.
    fn finish(mut self, length: u64) -> Clean {
        self.at.sort_by_key(|(range, _)| range.start);
        let mut done = 0;
        for (range, piece) in self.at {
            if done < range.start {
                self.clean.pieces.push(Piece::Keep(done..range.start));
            }
            done = range.end;
            self.clean.pieces.push(piece);
        }
        if done < length {
            self.clean.pieces.push(Piece::Keep(done..length));
        }
        self.clean
    }
}

/// Looks at the boxes of a film.
pub(super) fn examine(file: &mut (impl Read + Seek), length: u64) -> Result<Clean, Refusal> {
    let mut changes = Changes::default();
    let mut at = 0;
    let mut is_film = false;
    for _ in 0..MOST {
        if at == length {
            return match is_film {
                true => Ok(changes.finish(length)),
                false => Err(Refusal::Because(SHORT)),
            };
        }
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 16];
        let (size, name) = {
            let short = head.first_chunk_mut::<8>().ok_or(Refusal::Because(ODD))?;
            file.read_exact(short)?;
            let [a, b, c, d, name @ ..] = *short;
            (u64::from(u32::from_be_bytes([a, b, c, d])), name)
        };
        let (size, head) = match size {
            // To the end of the file.
            0 => (length - at, 8),
            1 => {
                let long = head.last_chunk_mut::<8>().ok_or(Refusal::Because(ODD))?;
                file.read_exact(long)?;
                (u64::from_be_bytes(*long), 16)
            }
            size => (size, 8),
        };
        let end = at.checked_add(size).filter(|end| *end <= length);
        let end = end
            .filter(|_| size >= head)
            .ok_or(Refusal::Because(SHORT))?;
        let body = size - head;
        match &name {
            b"ftyp" | b"styp" | b"sidx" | b"ssix" | b"mfra" | b"pdin" | b"prft" => {}
            b"mdat" => {}
            b"free" | b"skip" | b"wide" => {
                if !is_zero(file.by_ref().take(body))? {
                    changes.free(at, head, size, FREE);
                }
            }
            b"moov" | b"moof" => {
                is_film = true;
                if body > LARGEST {
                    return Err(Refusal::Because(LARGE));
                }
                let mut bytes = Vec::new();
                file.take(body).read_to_end(&mut bytes)?;
                boxes(&bytes, at + head, &name, 0, &mut changes)?;
            }
            b"meta" | b"uuid" | b"udta" | b"emsg" | b"pict" | b"pnot" => {
                changes.free(at, head, size, TAGS);
            }
            _ => return Err(Refusal::Because(UNKNOWN)),
        }
        at = end;
    }
    Err(Refusal::Because(ODD))
}

fn is_zero(mut bytes: impl Read) -> Result<bool, Refusal> {
    let mut buffer = vec![0; super::CHUNK];
    loop {
        match bytes.read(&mut buffer)? {
            0 => return Ok(true),
            count if buffer.iter().take(count).any(|byte| *byte != 0) => return Ok(false),
            _ => {}
        }
    }
}

/// Looks at the boxes inside one; `from` is where its body begins in the file.
fn boxes(
    bytes: &[u8],
    from: u64,
    within: &[u8; 4],
    depth: usize,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    if depth > DEEPEST {
        return Err(Refusal::Because(ODD));
    }
    let mut rest = bytes;
    let mut at = from;
    while !rest.is_empty() {
        // Older QuickTime ends a list with four zeros.
        if rest == [0; 4] {
            return Ok(());
        }
        let Some(([a, b, c, d, name @ ..], _)) = rest.split_first_chunk::<8>() else {
            return Err(Refusal::Because(SHORT));
        };
        let size = usize::try_from(u32::from_be_bytes([*a, *b, *c, *d]));
        let size = size.map_err(|_| Refusal::Because(LARGE))?;
        let (this, after) = rest
            .split_at_checked(size)
            .filter(|_| size >= 8)
            .ok_or(Refusal::Because(ODD))?;
        let body = this.get(8..).unwrap_or_default();
        one(name, within, body, at, depth, changes)?;
        rest = after;
        at += this.len() as u64;
    }
    Ok(())
}

fn one(
    name: &[u8; 4],
    within: &[u8; 4],
    body: &[u8],
    at: u64,
    depth: usize,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let length = body.len() as u64 + 8;
    let mut inside = || boxes(body, at + 8, name, depth + 1, changes);
    match (within, name) {
        (b"moov", b"trak" | b"mvex") | (b"moof", b"traf") => inside(),
        (b"trak", b"mdia" | b"edts" | b"tref") => inside(),
        (b"mdia", b"minf") | (b"minf", b"stbl" | b"dinf" | b"gmhd") => inside(),
        (_, b"udta" | b"meta" | b"uuid" | b"ilst") => {
            changes.free(at, 8, length, TAGS);
            Ok(())
        }
        (_, b"free" | b"skip" | b"wide") => {
            changes.zero(at + 8, body, FREE);
            Ok(())
        }
        (b"moov", b"mvhd") | (b"trak", b"tkhd") | (b"mdia", b"mdhd") => {
            dates(body, at + 8, changes)
        }
        (b"mdia" | b"minf", b"hdlr") => {
            let kind = body.get(8..12).unwrap_or_default();
            if within == b"mdia" && kind != b"vide" && kind != b"soun" {
                return Err(Refusal::Because(TRACK));
            }
            let name = body.get(24..).ok_or(Refusal::Because(SHORT))?;
            changes.zero(at + 8 + 24, name, NAMES);
            Ok(())
        }
        (b"dinf", b"dref") => {
            // A list of one place that is the file itself: its flag is set, and it names nothing.
            let is_itself = body.len() == 20
                && body
                    .get(..12)
                    .is_some_and(|head| head.ends_with(&[0, 0, 0, 12]))
                && body.last() == Some(&1);
            match is_itself {
                true => Ok(()),
                false => Err(Refusal::Because(ELSEWHERE)),
            }
        }
        (b"moov", b"iods") | (b"mvex", b"mehd" | b"trex" | b"leva") => Ok(()),
        (b"moof", b"mfhd")
        | (
            b"traf",
            b"tfhd" | b"tfdt" | b"trun" | b"sbgp" | b"sgpd" | b"subs" | b"saiz" | b"saio",
        ) => Ok(()),
        (b"trak", b"tapt" | b"clip" | b"matt" | b"load") | (b"mdia", b"elng") => Ok(()),
        (b"edts", b"elst") | (b"tref", _) => Ok(()),
        (b"minf", b"vmhd" | b"smhd" | b"nmhd") | (b"gmhd", b"gmin") => Ok(()),
        (
            b"stbl",
            b"stsd" | b"stts" | b"stss" | b"ctts" | b"cslg" | b"stsc" | b"stsz" | b"stz2" | b"stco"
            | b"co64" | b"sgpd" | b"sbgp" | b"sdtp" | b"stps" | b"subs" | b"saiz" | b"saio"
            | b"stsh" | b"padb",
        ) => Ok(()),
        (b"moov" | b"trak" | b"mdia" | b"minf" | b"stbl", _) => {
            // What describes no picture and no sound is of no use to a player.
            changes.free(at, 8, length, OTHER);
            Ok(())
        }
        _ => Err(Refusal::Because(UNKNOWN)),
    }
}

/// Puts zeros in the place of the two dates at the head of a box, of 32 or 64 bits by its version.
fn dates(body: &[u8], at: u64, changes: &mut Changes) -> Result<(), Refusal> {
    let length = match body.first() {
        Some(0) => 8,
        Some(1) => 16,
        _ => return Err(Refusal::Because(ODD)),
    };
    let dates = body.get(4..4 + length).ok_or(Refusal::Because(SHORT))?;
    changes.zero(at + 4, dates, DATES);
    Ok(())
}
