//! Compressed bytes, read at any place: a zip inside a zip, a tar that is compressed as a whole.
//!
//! They are unpacked once from end to end, which tells their length and whether they are sound.
//! On the way the state of the decompressor is kept now and then; a later read begins at the last
//! state before its place, or goes on where a former read stopped. Nothing is held of the bytes
//! themselves but the last 32 KiB, which the format refers back to (RFC 1951, 2).

use super::bytes::Bytes;
use miniz_oxide::inflate::TINFLStatus as Status;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_HAS_MORE_INPUT as MORE;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use std::io;
use std::sync::{Mutex, PoisonError};

/// Bytes that a compressed stream refers back to at most.
const WINDOW: usize = 1 << 15;
/// Compressed bytes read at a time.
const CHUNK: usize = 1 << 13;
/// Unpacked bytes between two states that are kept; doubled when they become many.
const STEP: u64 = 1 << 20;
/// Most states that are kept: about 43 KiB each.
const MOST_STATES: usize = 256;
/// Most reads that are kept to go on from.
const MOST_READS: usize = 4;
/// Longest header of a gzip member that is read: names and comments are free text.
const LONGEST_HEADER: usize = 1 << 16;
/// Output that is allowed whatever its ratio.
pub(super) const FREE_OUTPUT: u64 = 64 << 20;
/// Most output bytes for one compressed byte, past [`FREE_OUTPUT`].
pub(super) const MAX_RATIO: u64 = 200;

/// How compressed bytes are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapping {
    /// Not at all: an entry of a zip.
    Bare,
    /// As gzip wraps them, in one member or several (RFC 1952).
    Gzip,
}

/// What stands next in the compressed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Header,
    Body,
    /// Checksum and size of a gzip member.
    Trailer,
    End,
}

/// A decompressor on its way.
#[derive(Clone)]
struct State {
    inflate: Box<DecompressorOxide>,
    /// The last bytes that came out; that of place `p` stands at `p % WINDOW`.
    window: Vec<u8>,
    /// Bytes that came out so far.
    given: u64,
    /// Compressed bytes taken so far.
    taken: u64,
    next: Next,
}

/// Compressed bytes that can be read at any place.
pub(super) struct Inflated {
    of: Bytes,
    wrapping: Wrapping,
    /// Unpacked bytes.
    length: u64,
    /// Compressed bytes that were taken for them.
    taken: u64,
    /// Of the unpacked bytes, of an entry of a zip.
    crc: u32,
    /// Why they end there, where that is not as it should be.
    fault: Option<String>,
    states: Vec<State>,
    reads: Mutex<Vec<State>>,
}

impl std::fmt::Debug for Inflated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflated")
            .field("length", &self.length)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "it ends early")
}

impl State {
    fn new(wrapping: Wrapping) -> State {
        State {
            inflate: Box::default(),
            window: vec![0; WINDOW],
            given: 0,
            taken: 0,
            next: match wrapping {
                Wrapping::Bare => Next::Body,
                Wrapping::Gzip => Next::Header,
            },
        }
    }

    /// Goes on for one step, and gives what came out.
    fn step(&mut self, of: &Bytes, wrapping: Wrapping) -> io::Result<&[u8]> {
        match self.next {
            Next::End => return Ok(&[]),
            Next::Header => {
                match header(of, self.taken)? {
                    Some(length) => {
                        self.taken = self.taken.saturating_add(length);
                        self.inflate.init();
                        self.next = Next::Body;
                    }
                    None if self.taken == 0 => return Err(bad("it is not gzip")),
                    // What pads the last member is passed over, as gzip does.
                    None => self.next = Next::End,
                }
                return Ok(&[]);
            }
            Next::Trailer => {
                if of.piece(self.taken, 8)?.len() < 8 {
                    return Err(cut());
                }
                self.taken = self.taken.saturating_add(8);
                self.next = Next::Header;
                return Ok(&[]);
            }
            Next::Body => {}
        }
        let mut chunk = [0; CHUNK];
        let count = of.read_at(&mut chunk, self.taken)?;
        let chunk = chunk.get(..count).unwrap_or_default();
        let begin = usize::try_from(self.given % WINDOW as u64).unwrap_or_default();
        let (status, taken, given) =
            decompress(&mut self.inflate, chunk, &mut self.window, begin, MORE);
        self.taken = self.taken.saturating_add(taken as u64);
        self.given = self.given.saturating_add(given as u64);
        match status {
            Status::Done => {
                self.next = match wrapping {
                    Wrapping::Bare => Next::End,
                    Wrapping::Gzip => Next::Trailer,
                };
            }
            Status::HasMoreOutput => {}
            Status::NeedsMoreInput if count == 0 && given == 0 => return Err(cut()),
            Status::NeedsMoreInput => {}
            _ => return Err(bad("it is damaged")),
        }
        Ok(self
            .window
            .get(begin..begin.saturating_add(given))
            .unwrap_or_default())
    }

    /// Whether the byte at a place is in the window, or is yet to come.
    fn reaches(&self, place: u64) -> bool {
        self.given.saturating_sub(WINDOW as u64) <= place
    }

    /// Copies what the window has from a place on.
    fn copy(&self, buffer: &mut [u8], place: u64) -> usize {
        let begin = usize::try_from(place % WINDOW as u64).unwrap_or_default();
        let left = usize::try_from(self.given.saturating_sub(place)).unwrap_or_default();
        let count = left.min(buffer.len()).min(WINDOW.saturating_sub(begin));
        let from = self.window.get(begin..begin.saturating_add(count));
        if let (Some(from), Some(to)) = (from, buffer.get_mut(..count)) {
            to.copy_from_slice(from);
        }
        count
    }
}

/// The length of a gzip member's header (RFC 1952, 2.3); `None` where there is none.
fn header(of: &Bytes, place: u64) -> io::Result<Option<u64>> {
    let bytes = of.piece(place, LONGEST_HEADER)?;
    let Some([0x1F, 0x8B, 8, flags, _, _, _, _, _, _]) = bytes.get(..10) else {
        return Ok(None);
    };
    let mut length = 10usize;
    if flags & 4 != 0 {
        let Some([low, high]) = bytes.get(length..length.saturating_add(2)) else {
            return Err(cut());
        };
        length = length.saturating_add(2 + usize::from(u16::from_le_bytes([*low, *high])));
    }
    for text in [8, 16] {
        if flags & text != 0 {
            let rest = bytes.get(length..).unwrap_or_default();
            let end = memchr::memchr(0, rest).ok_or_else(cut)?;
            length = length.saturating_add(end).saturating_add(1);
        }
    }
    if flags & 2 != 0 {
        length = length.saturating_add(2);
    }
    if length > bytes.len() {
        return Err(cut());
    }
    Ok(Some(length as u64))
}

/// The first bytes that come out, as far as they can be read.
pub(super) fn first(of: &Bytes, wrapping: Wrapping, most: usize) -> Vec<u8> {
    let mut state = State::new(wrapping);
    let mut first = Vec::new();
    while first.len() < most && state.next != Next::End {
        match state.step(of, wrapping) {
            Ok(piece) => first.extend_from_slice(piece),
            Err(_) => break,
        }
    }
    first.truncate(most);
    first
}

impl Inflated {
    /// Unpacks all of them once. Bytes that end early or are damaged are those before: see
    /// [`Inflated::fault`].
    ///
    /// # Errors
    /// When they cannot be read from disk.
    pub(super) fn open(of: Bytes, wrapping: Wrapping) -> io::Result<Inflated> {
        let mut state = State::new(wrapping);
        let mut states = vec![state.clone()];
        let mut step = STEP;
        let mut crc = flate2::Crc::new();
        let mut member = flate2::Crc::new();
        let mut fault = None;
        while state.next != Next::End {
            if state.next == Next::Trailer {
                let stated = of.piece(state.taken, 8)?;
                let is_so = [member.sum(), member.amount()]
                    .map(u32::to_le_bytes)
                    .concat()
                    == stated;
                // What is damaged so is read all the same: nobody knows where.
                if stated.len() == 8 && !is_so {
                    fault.get_or_insert_with(|| "its checksum does not match".into());
                }
                member.reset();
            }
            match state.step(&of, wrapping) {
                Ok(piece) => {
                    crc.update(piece);
                    member.update(piece);
                }
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
                    ) =>
                {
                    fault = Some(error.to_string());
                    break;
                }
                Err(error) => return Err(error),
            }
            if state.given > FREE_OUTPUT.max(state.taken.saturating_mul(MAX_RATIO)) {
                fault = Some("it unpacks to far more than any export; it may be a trap".into());
                break;
            }
            let last = states.last().map_or(0, |last| last.given);
            if state.given >= last.saturating_add(step) {
                states.push(state.clone());
                if states.len() > MOST_STATES {
                    let mut at = 0usize;
                    states.retain(|_| {
                        at = at.wrapping_add(1);
                        at % 2 == 1
                    });
                    step = step.saturating_mul(2);
                }
            }
        }
        // Zeros fill up the last block of a tape.
        if wrapping == Wrapping::Gzip && fault.is_none() {
            let rest = of.piece(state.taken, WINDOW)?;
            if rest.iter().any(|byte| *byte != 0) {
                fault = Some("after its end stand bytes that are not packed".into());
            }
        }
        Ok(Inflated {
            of,
            wrapping,
            length: state.given,
            taken: state.taken,
            crc: crc.sum(),
            fault,
            states,
            reads: Mutex::new(Vec::new()),
        })
    }

    /// How many bytes come out.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// How many compressed bytes they take.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// The checksum of what comes out (CRC-32).
    pub(super) fn crc(&self) -> u32 {
        self.crc
    }

    /// Why no more comes out, where more should.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Lets go of what is kept to read on quickly.
    pub(super) fn rest(&self) {
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        reads.clear();
    }

    /// Reads unpacked bytes from a place.
    pub(super) fn read_at(&self, buffer: &mut [u8], place: u64) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(place)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let buffer = buffer.get_mut(..wanted).unwrap_or_default();
        if buffer.is_empty() {
            return Ok(0);
        }
        let mut state = self.nearest(place)?;
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let at = place.saturating_add(filled as u64);
            if at >= state.given {
                if state.next == Next::End {
                    break;
                }
                let done = state.step(&self.of, self.wrapping).map(|_| ());
                // What came out before it failed is there.
                if at >= state.given {
                    done?;
                }
                continue;
            }
            filled += state.copy(rest, at);
        }
        if place.saturating_add(filled as u64) < self.length {
            let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
            reads.push(state);
            if reads.len() > MOST_READS {
                reads.remove(0);
            }
        }
        Ok(filled)
    }

    /// Takes the state that is nearest before a place.
    fn nearest(&self, place: u64) -> io::Result<State> {
        let after = self.states.partition_point(|state| state.given <= place);
        let kept = after.checked_sub(1).and_then(|at| self.states.get(at));
        let far = kept.map_or(0, |state| state.given);
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        let on_the_way = reads
            .iter()
            .enumerate()
            .filter(|(_, state)| state.reaches(place) && state.given >= far)
            .min_by_key(|(_, state)| state.given.abs_diff(place))
            .map(|(at, _)| at);
        match on_the_way {
            Some(at) => Ok(reads.remove(at)),
            None => kept.cloned().ok_or_else(|| bad("it is damaged")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs::File;
    use std::io::Write;
    use std::sync::Arc;

    fn bytes_of(content: &[u8]) -> Bytes {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        Bytes::File(Arc::<File>::new(file))
    }

    fn gzip(content: &[u8], level: u32) -> Vec<u8> {
        let mut out = flate2::GzBuilder::new()
            .filename("a name")
            .comment("and more")
            .extra(vec![1, 2, 3])
            .write(Vec::new(), flate2::Compression::new(level));
        out.write_all(content).unwrap();
        out.finish().unwrap()
    }

    #[test]
    fn a_member_follows_a_member_and_padding_ends_it() {
        let mut all = gzip(b"one ", 6);
        all.extend(gzip(b"two", 0));
        all.extend([0; 700]);
        let inflated = Inflated::open(bytes_of(&all), Wrapping::Gzip).unwrap();
        let mut out = [0; 9];
        assert_eq!(inflated.read_at(&mut out, 2).unwrap(), 5);
        assert_eq!(&out[..5], b"e two");
        assert_eq!((inflated.length(), inflated.fault()), (7, None));
        let first = first(&bytes_of(&all), Wrapping::Gzip, 3);
        assert_eq!(first, b"one");
    }

    #[test]
    fn what_stands_behind_and_what_is_not_as_its_checksum_says_is_told() {
        let whole = gzip(b"one two", 0);
        let fault = |bytes: &[u8]| {
            let inflated = Inflated::open(bytes_of(bytes), Wrapping::Gzip).unwrap();
            assert_eq!(inflated.length(), 7);
            inflated.fault().unwrap_or_default().to_owned()
        };
        assert_eq!(fault(&whole), "");
        let more = [whole.as_slice(), b"more"].concat();
        assert!(fault(&more).contains("after its end"));
        let place = whole.windows(3).position(|part| part == b"two").unwrap();
        for at in [place, whole.len() - 8, whole.len() - 1] {
            let mut other = whole.clone();
            other[at] ^= 1;
            assert!(fault(&other).contains("checksum"), "{at}");
        }
    }

    #[test]
    fn what_is_no_gzip_gives_nothing() {
        let inflated = Inflated::open(bytes_of(b"hello"), Wrapping::Gzip).unwrap();
        assert_eq!(inflated.length(), 0);
        assert!(inflated.fault().is_some());
        assert!(first(&bytes_of(b""), Wrapping::Gzip, 9).is_empty());
    }

    #[test]
    fn what_unpacks_without_end_is_a_trap() {
        let trap = gzip(&vec![0; 80 << 20], 9);
        let inflated = Inflated::open(bytes_of(&trap), Wrapping::Gzip).unwrap();
        assert!(inflated.fault().unwrap().contains("trap"));
        assert!(inflated.length() <= FREE_OUTPUT + WINDOW as u64);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever is read in whatever order is what was packed, whole or cut.
        #[test]
        fn any_place_reads_as_unpacked(
            seed in proptest::collection::vec(any::<u8>(), 1..9000),
            times in 1usize..400,
            level in 0u32..10,
            reads in proptest::collection::vec((0.0f64..1.1, 0usize..200_000), 1..12),
            keep in 0.3f64..1.5,
        ) {
            let content: Vec<u8> = (0..times).flat_map(|at| {
                seed.iter().map(move |byte| byte ^ (at as u8 & 3))
            }).collect();
            let mut packed = gzip(&content, level);
            let whole = packed.len();
            packed.truncate((whole as f64 * keep) as usize);
            let inflated = Inflated::open(bytes_of(&packed), Wrapping::Gzip).unwrap();
            prop_assert_eq!(inflated.fault().is_some(), packed.len() < whole);
            let there = inflated.length() as usize;
            prop_assert!(there <= content.len());
            if packed.len() == whole {
                prop_assert_eq!(there, content.len());
            }
            for (part, length) in reads {
                let place = (content.len() as f64 * part) as usize;
                let mut out = vec![0; length];
                let count = inflated.read_at(&mut out, place as u64).unwrap();
                let wanted = content[..there].get(place..).unwrap_or_default();
                prop_assert_eq!(&out[..count], &wanted[..wanted.len().min(length)]);
            }
        }
    }
}
