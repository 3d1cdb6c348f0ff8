//! Records that are elements of a marked-up page: found in a stream, and looked into by class.

use super::markup::{Tag, Token, tokens};
use super::window::Window;
use super::{ReadError, Sink};
use crate::model::Span;
use memchr::memchr;
use std::ops::Range;

/// Longest block that is read.
const LONGEST: usize = 16 << 20;
/// Most bytes between blocks that are given at once.
const BETWEEN: usize = 1 << 20;
/// Bytes that tell what begins at a `<`.
const LOOK: usize = 256;
/// Bytes of records that do not close, past which a record is no longer looked for beyond the next.
const PATIENCE: usize = 64 << 20;

/// How the records of a page look.
pub(super) struct Blocks {
    /// The element that a record is: `div`.
    pub(super) element: &'static str,
    /// Whether a record begins with this tag.
    pub(super) begins: fn(Tag<'_>) -> bool,
    /// Whether a record may hold others like itself; where it may not, one that meets the next
    /// before its end is broken.
    pub(super) nests: bool,
}

/// A run of a page.
pub(super) enum Piece<'a> {
    /// What stands between records.
    Between(&'a [u8]),
    /// A record, from its tag to its closing tag.
    Block(&'a [u8]),
    /// A record that does not close.
    Broken(&'a [u8]),
}

/// Says of each run of a page that is looked through, before its records are told, where it stands:
/// see [`Sink::about`].
pub(super) struct Places<'s> {
    sink: &'s mut dyn Sink,
    item: u32,
    offset: u64,
}

impl<'s> Places<'s> {
    /// From the start of this item.
    pub(super) fn of(sink: &'s mut dyn Sink, item: u32) -> Places<'s> {
        Places {
            sink,
            item,
            offset: 0,
        }
    }

    /// The next run of the page is about to be looked into.
    ///
    /// # Errors
    /// What the sink refuses.
    pub(super) fn about(&mut self, piece: &Piece<'_>) -> Result<(), ReadError> {
        let (Piece::Between(bytes) | Piece::Block(bytes) | Piece::Broken(bytes)) = piece;
        let span = Span {
            offset: self.offset,
            length: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        };
        self.offset = span.end();
        self.sink.about(self.item, span)
    }
}

impl Blocks {
    fn begins_at(&self, bytes: &[u8]) -> bool {
        let head = bytes.get(..bytes.len().min(LOOK)).unwrap_or_default();
        matches!(tokens(head).next(), Some(Token::Open(tag))
            if tag.is(self.element) && (self.begins)(tag))
    }

    /// Gives every run of a page in order.
    pub(super) fn each(
        &self,
        window: &mut Window<'_>,
        take: &mut dyn FnMut(Piece<'_>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let mut wasted = 0usize;
        loop {
            window.at_least(LOOK)?;
            if window.bytes().is_empty() {
                return Ok(());
            }
            let length = if self.begins_at(window.bytes()) {
                let nests = self.nests && wasted < PATIENCE;
                let (length, whole) = self.end(window, nests)?;
                if !whole {
                    wasted = wasted.saturating_add(window.bytes().len().min(LONGEST));
                }
                let block = window.bytes().get(..length).unwrap_or_default();
                take(if whole {
                    Piece::Block(block)
                } else {
                    Piece::Broken(block)
                })?;
                length
            } else {
                let length = self.next(window, 1, BETWEEN)?;
                take(Piece::Between(
                    window.bytes().get(..length).unwrap_or_default(),
                ))?;
                length
            };
            window.take(length);
        }
    }

    /// Where the next record begins at or after `from`, or where to stop looking.
    fn next(&self, window: &mut Window<'_>, from: usize, limit: usize) -> Result<usize, ReadError> {
        let mut place = from;
        loop {
            let rest = window.bytes().get(place..).unwrap_or_default();
            match memchr(b'<', rest) {
                Some(step) => {
                    place = place.saturating_add(step);
                    window.at_least(place.saturating_add(LOOK))?;
                    if self.begins_at(window.bytes().get(place..).unwrap_or_default()) {
                        return Ok(place);
                    }
                    place = place.saturating_add(1);
                }
                None => {
                    place = window.bytes().len().max(from);
                    if !window.more()? {
                        return Ok(window.bytes().len());
                    }
                }
            }
            if place >= limit {
                return Ok(place.min(window.bytes().len()));
            }
        }
    }

    /// Where the record at the window's start ends, and whether it closes there.
    fn end(&self, window: &mut Window<'_>, nests: bool) -> Result<(usize, bool), ReadError> {
        let mut place = 0usize;
        let mut depth = 0usize;
        let name = self.element.as_bytes();
        loop {
            let rest = window.bytes().get(place..).unwrap_or_default();
            let Some(step) = memchr(b'<', rest) else {
                place = window.bytes().len();
                if place > LONGEST || !window.more()? {
                    break;
                }
                continue;
            };
            place = place.saturating_add(step);
            window.at_least(place.saturating_add(LOOK))?;
            let rest = window.bytes().get(place..).unwrap_or_default();
            let is = |lead: usize| {
                let begin = rest.get(lead..lead.saturating_add(name.len()));
                let after = rest.get(lead.saturating_add(name.len()));
                begin.is_some_and(|begin| begin.eq_ignore_ascii_case(name))
                    && after.is_none_or(|byte| byte.is_ascii_whitespace() || b"/>".contains(byte))
            };
            if is(1) {
                if place > 0 && !nests && self.begins_at(rest) {
                    return Ok((place, false));
                }
                depth = depth.saturating_add(1);
            } else if rest.get(1) == Some(&b'/') && is(2) {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    let Some(end) = memchr(b'>', rest) else { break };
                    return Ok((place.saturating_add(end).saturating_add(1), true));
                }
            }
            place = place.saturating_add(1);
            if place > LONGEST {
                break;
            }
        }
        // It never closes: it ends where the next begins.
        let next = self.next(window, 1, LONGEST)?;
        Ok((next, false))
    }
}

/// Elements that are open at once, past which one is taken to hold nothing of its own: what browsers
/// draw nests no deeper (their limit is 512, too).
const DEEPEST: usize = 512;

/// What was read as a whole: an element of the same kind within it says nothing that was not read, and
/// elements that hold each other would be read once for each of them.
#[derive(Default)]
pub(super) struct Whole(Vec<(&'static str, usize)>);

impl Whole {
    /// Whether an element is to be read as one of this kind; from now on none within it is.
    pub(super) fn takes(&mut self, kind: &'static str, element: &Element<'_>) -> bool {
        let (begin, end) = (element.inside.start, element.inside.end);
        match self.0.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, read)) if begin < *read => return false,
            Some((_, read)) => *read = end,
            None => self.0.push((kind, end)),
        }
        true
    }
}

/// The elements of a block that begin within this one.
pub(super) fn inner<'e, 'a>(all: &'e [Element<'a>], element: &Element<'_>) -> &'e [Element<'a>] {
    let before = |place: usize| all.partition_point(|one| one.inside.start < place);
    all.get(before(element.inside.start)..before(element.inside.end))
        .unwrap_or_default()
}

/// One element of a block: its tag, and where its content stands in the block.
#[derive(Clone, Debug)]
pub(super) struct Element<'a> {
    /// The opening tag.
    pub(super) tag: Tag<'a>,
    /// Its content.
    pub(super) inside: Range<usize>,
}

impl Element<'_> {
    /// Whether it has this class.
    pub(super) fn has_class(&self, class: &str) -> bool {
        has_class(&self.tag, class)
    }

    /// What it holds.
    pub(super) fn content<'b>(&self, block: &'b [u8]) -> &'b [u8] {
        block.get(self.inside.clone()).unwrap_or_default()
    }

    /// The words it holds.
    pub(super) fn words(&self, block: &[u8]) -> String {
        super::html::to_text(&String::from_utf8_lossy(self.content(block)))
    }
}

/// Whether a tag has this class.
pub(super) fn has_class(tag: &Tag<'_>, class: &str) -> bool {
    tag.value("class")
        .is_some_and(|classes| classes.split_ascii_whitespace().any(|one| one == class))
}

/// The elements of a block in the order they begin. Those inside an element for which `skip` holds
/// are left out.
pub(super) fn elements<'a>(block: &'a [u8], skip: impl Fn(&Tag<'_>) -> bool) -> Vec<Element<'a>> {
    const VOID: [&str; 8] = ["br", "hr", "img", "meta", "link", "input", "source", "wbr"];
    let mut found: Vec<Element<'a>> = Vec::new();
    // Open elements: the name, and its place in `found`.
    let mut open: Vec<(&'a [u8], usize)> = Vec::new();
    let mut skipped: Option<usize> = None;
    // How many more are open past the deepest.
    let mut beyond = 0usize;
    let mut tokens = tokens(block);
    loop {
        let begin = tokens.place();
        let Some(token) = tokens.next() else { break };
        match token {
            Token::Open(tag) => {
                // A link ends where the next begins (HTML standard, 13.2.6.4.7); so links that are
                // never closed do not each hold all that follow.
                if skipped.is_none()
                    && tag.is("a")
                    && let Some(link) = open
                        .iter()
                        .rposition(|(name, _)| name.eq_ignore_ascii_case(b"a"))
                {
                    let (_, at) = open.remove(link);
                    if let Some(element) = found.get_mut(at) {
                        element.inside.end = begin.max(element.inside.start);
                    }
                }
                let depth = open.len();
                let at = found.len();
                if skipped.is_none() {
                    found.push(Element {
                        tag,
                        inside: tokens.place()..tokens.place(),
                    });
                }
                if tag.empty || VOID.iter().any(|name| tag.is(name)) {
                    continue;
                }
                if depth >= DEEPEST {
                    beyond = beyond.saturating_add(1);
                } else {
                    open.push((tag.name, at));
                    if skipped.is_none() && skip(&tag) {
                        skipped = Some(depth);
                    }
                }
            }
            Token::Close(_) if beyond > 0 => beyond -= 1,
            Token::Close(name) => {
                let Some(depth) = open
                    .iter()
                    .rposition(|(open, _)| open.eq_ignore_ascii_case(name))
                else {
                    continue;
                };
                for (_, at) in open.drain(depth..).rev() {
                    if skipped.is_none_or(|skipped| depth <= skipped)
                        && let Some(element) = found.get_mut(at)
                    {
                        element.inside.end = begin.max(element.inside.start);
                    }
                }
                if skipped.is_some_and(|skipped| depth <= skipped) {
                    skipped = None;
                }
            }
            _ => {}
        }
    }
    for (_, at) in open {
        if let Some(element) = found.get_mut(at) {
            element.inside.end = block.len().max(element.inside.start);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(page: &str, nests: bool) -> Vec<String> {
        let blocks = Blocks {
            element: "div",
            begins: |tag| has_class(&tag, "message"),
            nests,
        };
        let mut window = Window::new(Box::new(page.as_bytes()), "x");
        let mut found = Vec::new();
        blocks
            .each(&mut window, &mut |piece| {
                let (mark, bytes) = match piece {
                    Piece::Between(bytes) => ('-', bytes),
                    Piece::Block(bytes) => ('+', bytes),
                    Piece::Broken(bytes) => ('!', bytes),
                };
                found.push(format!("{mark}{}", String::from_utf8_lossy(bytes)));
                Ok(())
            })
            .unwrap();
        found
    }

    #[test]
    fn blocks_are_found_and_nest() {
        let one = "<div class=\"message\">a<div>b</div></div>";
        let two = "<DIV class='x message'><div class=message>c</div></DIV>";
        let broken = "<div class=\"message\">d";
        assert_eq!(
            pieces(&format!("<p>{one}\n{two}{broken}"), true),
            [
                "-<p>",
                &format!("+{one}"),
                "-\n",
                &format!("+{two}"),
                &format!("!{broken}")
            ]
        );
        assert_eq!(
            pieces(&format!("{broken}{one}"), false),
            [format!("!{broken}"), format!("+{one}")]
        );
    }

    #[test]
    fn what_nests_past_the_deepest_holds_nothing_of_its_own_and_ends_nothing_else() {
        let page = format!(
            "<p>{}x{}</p><i>y</i>",
            "<b>".repeat(DEEPEST + 9),
            "</b>".repeat(DEEPEST + 9)
        );
        let found = elements(page.as_bytes(), |_| false);
        assert_eq!(found.len(), DEEPEST + 11);
        assert_eq!(found[0].inside.end, page.len() - "</p><i>y</i>".len());
        assert!(found[DEEPEST + 1].inside.is_empty());
        let last = found.last().unwrap();
        assert_eq!(last.content(page.as_bytes()), b"y");
    }

    #[test]
    fn what_was_read_as_a_whole_is_not_read_again() {
        let page = b"<p>a<p>b</p><b>c</b></p><p>d</p>";
        let found = elements(page, |_| false);
        let mut whole = Whole::default();
        let takes: Vec<bool> = found.iter().map(|one| whole.takes("p", one)).collect();
        assert_eq!(takes, [true, false, false, true]);
        assert_eq!(inner(&found, &found[0]).len(), 3);
        assert_eq!(inner(&found, &found[3]).len(), 1);
    }

    #[test]
    fn elements_know_their_content() {
        let block = b"<div class=\"a b\">x<br>y<span>z</span><div class=s><i>no</i></div></div>";
        let found = elements(block, |tag| has_class(tag, "s"));
        let shown: Vec<_> = found
            .iter()
            .map(|one| (one.tag.name, one.content(block)))
            .collect();
        assert_eq!(shown.len(), 4);
        assert!(found[0].has_class("b"));
        assert_eq!(shown[2], (&b"span"[..], &b"z"[..]));
        assert_eq!(shown[3].1, b"<i>no</i>");
    }
}
