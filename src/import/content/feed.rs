//! A stream that is read forward only, no further than a bound, its beginning kept.

use std::io::{self, Read};

/// A file that is being looked at.
pub(super) struct Feed<R> {
    stream: io::Take<R>,
    head: Vec<u8>,
    /// How much of the head was given out by [`Feed::take`] and [`Feed::skip`].
    at: usize,
    /// Bytes given out so far.
    pub(super) place: u64,
    most: u64,
    trouble: Option<String>,
    ended: bool,
}

impl<R: Read> Feed<R> {
    /// Reads the first bytes, at most `head`; later no more than `most` in all.
    pub(super) fn new(stream: R, most: u64, head: usize) -> Feed<R> {
        let mut feed = Feed {
            stream: stream.take(most),
            head: Vec::new(),
            at: 0,
            place: 0,
            most,
            trouble: None,
            ended: false,
        };
        feed.head = feed.pull(head);
        feed
    }

    /// The first bytes of the file.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    fn pull(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let wanted = u64::try_from(count).unwrap_or(u64::MAX);
        match self.stream.by_ref().take(wanted).read_to_end(&mut bytes) {
            Ok(read) if read < count => self.ended = true,
            Ok(_) => {}
            Err(error) => {
                self.ended = true;
                self.trouble = Some(format!("it cannot be read to its end: {error}"));
            }
        }
        bytes
    }

    /// The next bytes; fewer than `count` only at the end, or where no more may be read.
    pub(super) fn take(&mut self, count: usize) -> Vec<u8> {
        let kept = self.head.get(self.at..).unwrap_or_default();
        let mut bytes = kept
            .get(..count.min(kept.len()))
            .unwrap_or_default()
            .to_vec();
        self.at += bytes.len();
        let left = count - bytes.len();
        if left > 0 {
            bytes.extend(self.pull(left));
        }
        self.place += bytes.len() as u64;
        bytes
    }

    /// Exactly so many next bytes, if there are.
    pub(super) fn exactly<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N).try_into().ok()
    }

    /// Passes over bytes; says whether there were so many.
    pub(super) fn skip(&mut self, count: u64) -> bool {
        let kept = self.head.len().saturating_sub(self.at) as u64;
        let of_head = count.min(kept);
        self.at += usize::try_from(of_head).unwrap_or(0);
        let left = count - of_head;
        self.place += of_head;
        if left == 0 {
            return true;
        }
        match io::copy(&mut self.stream.by_ref().take(left), &mut io::sink()) {
            Ok(passed) => {
                self.place += passed;
                self.ended |= passed < left;
                passed == left
            }
            Err(error) => {
                self.ended = true;
                self.trouble = Some(format!("it cannot be read to its end: {error}"));
                false
            }
        }
    }

    /// All that is left, where that is no more than `most` bytes; says whether it is all.
    pub(super) fn rest(&mut self, most: usize) -> (Vec<u8>, bool) {
        let bytes = self.take(most.saturating_add(1));
        let all = bytes.len() <= most && !self.is_cut();
        (bytes, all)
    }

    /// Whether the bound ended it, or a fault did.
    pub(super) fn is_cut(&self) -> bool {
        self.trouble.is_some() || (self.ended && self.stream.limit() == 0)
    }

    /// How many bytes the file has, where it was read to its end.
    pub(super) fn size(&self) -> Option<u64> {
        let read = self.most - self.stream.limit();
        (self.ended && !self.is_cut()).then_some(read)
    }

    /// Why it was not read to its end.
    pub(super) fn trouble(self) -> Option<String> {
        self.trouble
    }
}

/// A number, most significant byte first.
pub(super) fn big(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(width)?)?;
    Some(
        bytes
            .iter()
            .fold(0, |all, byte| all << 8 | u64::from(*byte)),
    )
}

/// A number, least significant byte first.
pub(super) fn little(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(width)?)?;
    let bytes = bytes.iter().rev();
    Some(bytes.fold(0, |all, byte| all << 8 | u64::from(*byte)))
}

/// A number of 32 bits, most significant byte first.
pub(super) fn big32(bytes: &[u8], at: usize) -> Option<u32> {
    big(bytes, at, 4).and_then(|number| u32::try_from(number).ok())
}
