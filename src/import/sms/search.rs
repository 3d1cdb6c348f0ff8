//! Where records begin and end in a backup, found by their tags in a stream.

use memchr::{memchr, memchr2};

/// Bytes that tell what begins at a `<`.
pub(super) const LOOK: usize = 16;

/// What begins at a `<` between records.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Begin {
    Sms,
    Mms,
    Call,
    /// The root's opening or closing tag.
    Root,
    Comment,
    Instruction,
    Declaration,
    Other,
}

pub(super) fn begin_of(bytes: &[u8]) -> Begin {
    let named = |name: &[u8]| {
        bytes
            .strip_prefix(name)
            .and_then(|rest| rest.first())
            .is_some_and(|after| after.is_ascii_whitespace() || matches!(after, b'/' | b'>'))
    };
    match bytes {
        _ if named(b"<sms") => Begin::Sms,
        _ if named(b"<mms") => Begin::Mms,
        _ if named(b"<call") => Begin::Call,
        _ if named(b"<smses") || named(b"<calls") => Begin::Root,
        _ if named(b"</smses") || named(b"</calls") => Begin::Root,
        [b'<', b'!', b'-', b'-', ..] => Begin::Comment,
        [b'<', b'?', ..] => Begin::Instruction,
        [b'<', b'!', ..] => Begin::Declaration,
        _ => Begin::Other,
    }
}

/// Whether a record must have ended before this: its own kind, another, or the root's end.
pub(super) fn is_mark(bytes: &[u8]) -> bool {
    matches!(
        begin_of(bytes),
        Begin::Sms | Begin::Mms | Begin::Call | Begin::Root
    )
}

/// The search for the end of a record, taken up again when there is more to read.
pub(super) struct Search {
    closing: &'static [u8],
    place: usize,
    in_tag: bool,
    in_root_tag: bool,
    quote: Option<u8>,
    broken: bool,
}

pub(super) enum Found {
    More,
    End(usize),
    Broken(usize),
}

impl Search {
    pub(super) fn new(closing: &'static [u8]) -> Search {
        Search {
            closing,
            place: 1,
            in_tag: true,
            in_root_tag: true,
            quote: None,
            broken: false,
        }
    }

    /// Looks on in a slice that begins with the record; `ended` says that there is no more.
    pub(super) fn look(&mut self, bytes: &[u8], ended: bool) -> Found {
        let out = |found: Found| match found {
            Found::More if ended => Found::Broken(bytes.len()),
            other => other,
        };
        loop {
            let rest = bytes.get(self.place..).unwrap_or_default();
            let step = match (self.in_tag, self.quote) {
                (false, _) => memchr(b'<', rest),
                (true, Some(quote)) => memchr2(quote, b'<', rest),
                (true, None) => rest
                    .iter()
                    .position(|byte| matches!(byte, b'"' | b'\'' | b'<' | b'>')),
            };
            let Some(step) = step else {
                self.place = bytes.len();
                return out(Found::More);
            };
            let at = self.place.saturating_add(step);
            let rest = bytes.get(at..).unwrap_or_default();
            if rest.first() == Some(&b'<') {
                if rest.len() < LOOK && !ended {
                    self.place = at;
                    return Found::More;
                }
                if is_mark(rest) {
                    return Found::Broken(at);
                }
                if !self.in_tag {
                    if rest.starts_with(self.closing) {
                        let Some(end) = memchr(b'>', rest) else {
                            self.place = at;
                            return out(Found::More);
                        };
                        let end = at.saturating_add(end).saturating_add(1);
                        return if self.broken {
                            Found::Broken(end)
                        } else {
                            Found::End(end)
                        };
                    }
                    self.in_tag = true;
                } else if self.quote.is_none() {
                    self.broken = true;
                }
                self.place = at.saturating_add(1);
                continue;
            }
            self.place = at.saturating_add(1);
            match rest.first() {
                Some(b'>') => {
                    self.in_tag = false;
                    let closes = at.checked_sub(1).and_then(|before| bytes.get(before));
                    if self.in_root_tag && closes == Some(&b'/') {
                        return if self.broken {
                            Found::Broken(self.place)
                        } else {
                            Found::End(self.place)
                        };
                    }
                    self.in_root_tag = false;
                }
                Some(&quote) if self.quote.is_none() => self.quote = Some(quote),
                _ => self.quote = None,
            }
        }
    }
}
