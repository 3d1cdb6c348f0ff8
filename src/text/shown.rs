//! Text from outside in a form that can be printed: nothing in it acts, hides or reorders.

use std::fmt;
use std::ops::Range;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many marks may sit on one letter; Vietnamese, Hebrew and Thai need up to four.
const MAX_MARKS: u32 = 8;
/// How many joiners may bind one emoji; the longest in use (a family, a kiss) have three.
const MAX_JOINERS: u32 = 4;
/// How many columns one grapheme may take.
const MAX_CELL: usize = 8;
/// What a tab becomes.
const TAB: &str = "    ";
/// Stands at the end of what was cut.
const ELLIPSIS: &str = "…";
/// Carries a combining mark that has no letter of its own.
const DOTTED_CIRCLE: char = '\u{25CC}';

/// Text that can be printed. There is no other way to make one than through the escaping here.
///
/// What acts on a terminal, is invisible or changes the order of reading is replaced by a visible
/// mark, never removed:
///
/// | in the text | shown as |
/// |---|---|
/// | C0 controls, DEL | their symbols: `␛`, `␇`, `␀`, `␡` |
/// | C1 controls, bidi controls, zero-width characters, tag characters, fillers, soft hyphen, U+2028 and U+2029, U+FEFF, private use, noncharacters | `⟪U+202E⟫`; repeated: `⟪U+200B ×12⟫` |
/// | a line end | itself in a block (CR LF counts as one); `␊` in a line |
/// | a tab | four spaces |
/// | the ninth and further combining marks on one letter | `⟪+32⟫`, their number |
/// | a combining mark with no letter before it | set on a dotted circle |
///
/// Kept, because the text cannot be read without them: zero-width joiner and variation selectors
/// inside an emoji (`👩‍💻`, `❤️`, `1️⃣`), the tag characters of the flags of England, Scotland and
/// Wales, joiner and non-joiner between two letters of the scripts that are written with them
/// (Arabic, Syriac, N'Ko, Mongolian, Indic, Myanmar, Khmer), one variation selector after a Han
/// character, and signs of no width before the letter that carries them. Unassigned characters are kept (they are visible boxes, and tomorrow's emoji)
/// unless Unicode has set their place aside for invisible ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shown {
    text: String,
    /// Byte ranges of `text` that are not plain, in order, not overlapping.
    looks: Vec<(Range<usize>, Look)>,
}

/// What a stretch of shown text is, so that a screen can draw it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Look {
    /// The text itself.
    Plain,
    /// A mark that stands for something that cannot be shown; drawn dim.
    Mark,
    /// A hit of the search.
    Hit,
}

/// A stretch of shown text with one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The stretch; safe to print.
    pub text: &'a str,
    /// What it is.
    pub look: Look,
}

/// Columns that text of this program's own takes on a terminal, counted by grapheme.
///
/// For text from outside see [`Shown::width`].
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    cells(text).map(|(_, _, wide)| wide).sum()
}

/// What may not be parted: graphemes, each with its first byte and its columns. One that is wider
/// than any that is written in earnest (a run of Hangul initials, of Indic conjuncts) falls into
/// its characters, so that no text hides behind the end of a row.
fn cells(text: &str) -> impl Iterator<Item = (usize, &str, usize)> {
    text.grapheme_indices(true).flat_map(|(at, grapheme)| {
        let wide = grapheme.width();
        let parts = (wide > MAX_CELL).then(|| {
            grapheme.char_indices().map(move |(inside, c)| {
                let part = grapheme.get(inside..inside + c.len_utf8());
                (
                    at + inside,
                    part.unwrap_or_default(),
                    c.width().unwrap_or(0),
                )
            })
        });
        let whole = (wide <= MAX_CELL).then_some((at, grapheme, wide));
        whole.into_iter().chain(parts.into_iter().flatten())
    })
}

impl Shown {
    /// The text on one line; line ends become `␊`.
    pub fn line(text: &str) -> Shown {
        Escaper::new(text, Form::Line, &[]).run(None)
    }

    /// The text with its line ends.
    pub fn block(text: &str) -> Shown {
        Escaper::new(text, Form::Block, &[]).run(None)
    }

    /// As [`Shown::block`]; and for each character of the text that begins something there, its byte
    /// and the byte where that begins in what is shown.
    pub(super) fn block_mapped(text: &str) -> (Shown, Vec<(usize, usize)>) {
        let mut map = Vec::new();
        let shown = Escaper::new(text, Form::Block, &[])
            .run_telling(None, &mut |at, shown| map.push((at, shown)));
        (shown, map)
    }

    /// As [`Shown::line`], with the look of a hit on these byte ranges of `text`, which are in
    /// order. A character is a hit where its first byte is; parts outside the text are ignored.
    pub fn line_with_hits(text: &str, hits: &[Range<usize>]) -> Shown {
        Escaper::new(text, Form::Line, hits).run(None)
    }

    /// As [`Shown::block`], with the look of a hit on these byte ranges of `text`.
    pub fn block_with_hits(text: &str, hits: &[Range<usize>]) -> Shown {
        Escaper::new(text, Form::Block, hits).run(None)
    }

    /// As [`Shown::line`] and then [`Shown::cut`], reading no more of the text than it needs: what
    /// a list row of a very long message is made with.
    pub fn line_cut(text: &str, width: usize) -> Shown {
        Escaper::new(text, Form::Line, &[])
            .run(Some(width))
            .cut(width)
    }

    /// A path as one line; bytes that are not UTF-8 show as U+FFFD.
    pub fn path(path: &std::path::Path) -> Shown {
        Shown::line(&path.to_string_lossy())
    }

    /// The printable text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there is nothing to print.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Columns on a terminal, counted by grapheme; of a block, those of its widest line.
    pub fn width(&self) -> usize {
        self.text.split('\n').map(width).max().unwrap_or(0)
    }

    /// How many stretches stand for something that could not be shown.
    pub fn mark_count(&self) -> usize {
        let mark = |(_, look): &&(Range<usize>, Look)| *look == Look::Mark;
        self.looks.iter().filter(mark).count()
    }

    /// The stretches of the text in order, each with its look. Line ends stay in the text.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let mut at = 0;
        let mut looks = self.looks.iter().peekable();
        std::iter::from_fn(move || {
            if at >= self.text.len() {
                return None;
            }
            let (end, look) = match looks.peek() {
                Some((range, look)) if range.start <= at => {
                    let found = (range.end, *look);
                    looks.next();
                    found
                }
                Some((range, _)) => (range.start, Look::Plain),
                None => (self.text.len(), Look::Plain),
            };
            let text = self.text.get(at..end).unwrap_or_default();
            at = end;
            Some(Piece { text, look })
        })
    }

    /// At most `width` columns of a line; `…` stands in the last of them where more was there.
    #[must_use]
    pub fn cut(&self, width: usize) -> Shown {
        let mut used = 0;
        // Where the text ends if an ellipsis has to follow it.
        let mut room_for_ellipsis = 0;
        for (at, grapheme, wide) in cells(&self.text) {
            if used + wide > width {
                let mut cut = self.slice(0..room_for_ellipsis);
                if width > 0 {
                    cut.push(ELLIPSIS, Look::Mark);
                }
                return cut;
            }
            used += wide;
            if used < width {
                room_for_ellipsis = at + grapheme.len();
            }
        }
        self.clone()
    }

    /// The text in rows of at most `width` columns: broken at line ends, then after spaces and
    /// between wide characters, then wherever a grapheme ends. A grapheme wider than a row shows
    /// as `…`. No rows where `width` is 0; at least one otherwise.
    pub fn wrap(&self, width: usize) -> Vec<Shown> {
        let mut rows = Vec::new();
        if width == 0 {
            return rows;
        }
        let mut start = 0;
        for line in self.text.split('\n') {
            self.wrap_line(start, line, width, &mut rows);
            start += line.len() + 1;
        }
        rows
    }

    fn wrap_line(&self, start: usize, line: &str, width: usize, rows: &mut Vec<Shown>) {
        let mut row = start;
        let mut used = 0;
        // Where the row may end and the next one start, and the columns up to there.
        let mut last_break: Option<(usize, usize, usize)> = None;
        for (at, grapheme, wide) in cells(line) {
            let at = start + at;
            let end = at + grapheme.len();
            if wide > width {
                if row < at {
                    rows.push(self.slice(row..at));
                }
                let mut stand_in = Shown::default();
                stand_in.push(ELLIPSIS, Look::Mark);
                rows.push(stand_in);
                (row, used, last_break) = (end, 0, None);
                continue;
            }
            if wide > 1 && used > 0 {
                last_break = Some((at, at, used));
            }
            if used + wide > width {
                if grapheme == " " {
                    // The space falls away at the end of its row.
                    rows.push(self.slice(row..at));
                    (row, used, last_break) = (end, 0, None);
                    continue;
                }
                let (row_end, next, before) = last_break.unwrap_or((at, at, used));
                rows.push(self.slice(row..row_end));
                (row, used, last_break) = (next, used.saturating_sub(before), None);
            }
            used += wide;
            if grapheme == " " {
                last_break = Some((at, end, used));
            }
        }
        if row < start + line.len() || row == start {
            rows.push(self.slice(row..start + line.len()));
        }
    }

    /// The text with spaces after it up to `width` columns, cut if it is wider: a table's cell.
    #[must_use]
    pub fn pad(&self, width: usize) -> Shown {
        let mut cell = self.cut(width);
        let spaces = width.saturating_sub(cell.width());
        cell.text.extend(std::iter::repeat_n(' ', spaces));
        cell
    }

    /// A run of its bytes, which begins and ends between characters.
    pub(super) fn part(&self, range: Range<usize>) -> Shown {
        self.slice(range)
    }

    fn slice(&self, range: Range<usize>) -> Shown {
        // The looks are in order; a text of marks alone has many, and is cut into many rows.
        let from = self
            .looks
            .partition_point(|(look, _)| look.end <= range.start);
        let until = self
            .looks
            .partition_point(|(look, _)| look.start < range.end);
        let touched = self.looks.get(from..until).unwrap_or_default();
        let looks = touched.iter().filter_map(|(look_range, look)| {
            let start = look_range.start.max(range.start);
            let end = look_range.end.min(range.end);
            (start < end).then(|| (start - range.start..end - range.start, *look))
        });
        Shown {
            looks: looks.collect(),
            text: self.text.get(range.clone()).unwrap_or_default().to_owned(),
        }
    }

    fn push(&mut self, text: &str, look: Look) {
        let start = self.text.len();
        self.text.push_str(text);
        if look == Look::Plain || text.is_empty() {
            return;
        }
        match self.looks.last_mut() {
            Some((range, last)) if range.end == start && *last == look => {
                range.end = self.text.len();
            }
            _ => self.looks.push((start..self.text.len(), look)),
        }
    }

    fn push_char(&mut self, c: char, look: Look) {
        self.push(c.encode_utf8(&mut [0; 4]), look);
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Line,
    Block,
}

/// Walks over the text once, from left to right.
struct Escaper<'a> {
    text: &'a str,
    form: Form,
    /// The hits that are not passed yet.
    hits: &'a [Range<usize>],
    out: Shown,
    /// The character before, where it was kept: what a joiner or a mark may lean on.
    before: Option<char>,
    /// Combining marks on the letter before.
    marks: u32,
    /// Of those, how many were too many.
    surplus: u32,
    /// Joiners in the emoji before.
    joiners: u32,
}

impl<'a> Escaper<'a> {
    fn new(text: &'a str, form: Form, hits: &'a [Range<usize>]) -> Self {
        Escaper {
            text,
            form,
            hits,
            out: Shown::default(),
            before: None,
            marks: 0,
            surplus: 0,
            joiners: 0,
        }
    }

    /// Escapes the text, or so much of it that at least `columns` + 1 columns are filled.
    fn run(self, columns: Option<usize>) -> Shown {
        self.run_telling(columns, &mut |_, _| {})
    }

    /// As [`Escaper::run`]; tells of each step the byte it begins at in the text and in what is
    /// shown.
    fn run_telling(mut self, columns: Option<usize>, tell: &mut dyn FnMut(usize, usize)) -> Shown {
        self.out.text.reserve(self.text.len().min(256));
        let mut at = 0;
        // Every letter that is kept and every mark takes a column or more.
        let mut filled = 0;
        while let Some(c) = self.text.get(at..).and_then(|rest| rest.chars().next()) {
            let end = at + c.len_utf8();
            let rest = self.text.get(end..).unwrap_or_default();
            if !is_extending(c) && !self.is_kept_invisible(c, rest) {
                self.flush_surplus();
                filled += 1;
                if columns.is_some_and(|columns| filled > columns + 1) {
                    break;
                }
            }
            tell(at, self.out.text.len());
            at = end + self.step(c, rest, at);
        }
        self.flush_surplus();
        self.out
    }

    /// Takes one character that starts at `at`; gives how many bytes more it took of `rest`.
    fn step(&mut self, c: char, rest: &str, at: usize) -> usize {
        match c {
            ' '..='~' => self.keep(c, at),
            '\r' if rest.starts_with('\n') => {
                self.line_end();
                return 1;
            }
            '\n' => self.line_end(),
            '\t' => {
                let look = self.look(at);
                self.out.push(TAB, look);
                self.set_before(Some(' '));
            }
            '\0'..='\u{1F}' => self.mark_symbol(0x2400 + u32::from(c)),
            '\u{7F}' => self.mark_symbol(0x2421),
            '🏴' => {
                self.keep(c, at);
                let tags = flag_tags(rest);
                let look = self.look(at);
                self.out.push(tags, look);
                return tags.len();
            }
            _ if is_hidden(c) => {
                if !self.is_kept_invisible(c, rest) {
                    return self.mark_hidden(c, rest);
                }
                if c == '\u{200D}' {
                    self.joiners += 1;
                }
                let look = self.look(at);
                self.out.push_char(c, look);
                self.before = Some(c);
            }
            _ if is_extending(c) => self.combine(c, at),
            _ => self.keep(c, at),
        }
        0
    }

    fn keep(&mut self, c: char, at: usize) {
        let look = self.look(at);
        self.out.push_char(c, look);
        if self.before != Some('\u{200D}') && !is_emoji_modifier(c) {
            self.joiners = 0;
        }
        self.set_before(Some(c));
    }

    fn combine(&mut self, c: char, at: usize) {
        if self.before.is_none() {
            self.out.push_char(DOTTED_CIRCLE, Look::Mark);
            self.set_before(Some(DOTTED_CIRCLE));
        }
        if self.marks < MAX_MARKS {
            self.marks += 1;
            let look = self.look(at);
            self.out.push_char(c, look);
            self.before = Some(c);
        } else {
            self.surplus = self.surplus.saturating_add(1);
        }
    }

    /// Says how many combining marks were left out, once all of them have been seen.
    fn flush_surplus(&mut self) {
        if self.surplus > 0 {
            let mark = format!("⟪+{}⟫", self.surplus);
            self.out.push(&mark, Look::Mark);
            self.set_before(None);
        }
    }

    fn line_end(&mut self) {
        match self.form {
            Form::Block => self.out.push("\n", Look::Plain),
            Form::Line => self.out.push("␊", Look::Mark),
        }
        self.set_before(None);
    }

    fn mark_symbol(&mut self, symbol: u32) {
        let symbol = char::from_u32(symbol).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.out.push_char(symbol, Look::Mark);
        self.set_before(None);
    }

    /// Marks a hidden character and the same again after it.
    fn mark_hidden(&mut self, c: char, rest: &str) -> usize {
        let more = rest.chars().take_while(|next| *next == c).count();
        let mark = match more {
            0 => format!("⟪U+{:04X}⟫", u32::from(c)),
            _ => format!("⟪U+{:04X} ×{}⟫", u32::from(c), more + 1),
        };
        self.out.push(&mark, Look::Mark);
        self.set_before(None);
        more * c.len_utf8()
    }

    fn set_before(&mut self, before: Option<char>) {
        self.before = before;
        self.marks = 0;
        self.surplus = 0;
    }

    /// Whether a hit covers the byte at `at`, which never goes back.
    fn look(&mut self, at: usize) -> Look {
        while let Some((hit, rest)) = self.hits.split_first() {
            if at < hit.end {
                return if at >= hit.start {
                    Look::Hit
                } else {
                    Look::Plain
                };
            }
            self.hits = rest;
        }
        Look::Plain
    }

    /// Whether an invisible character is needed where it stands.
    fn is_kept_invisible(&self, c: char, rest: &str) -> bool {
        let next = rest.chars().next();
        if is_prepended(c) {
            return next.is_some_and(|next| next.is_alphanumeric() && !is_prepended(next));
        }
        let Some(before) = self.before else {
            return false;
        };
        let after_emoji =
            is_pictograph(before) || is_emoji_modifier(before) || before == '\u{FE0F}';
        match c {
            '\u{200C}' | '\u{200D}' if is_joining(before) => {
                self.surplus == 0 && next.is_some_and(is_joining)
            }
            '\u{200D}' => {
                after_emoji && self.joiners < MAX_JOINERS && next.is_some_and(is_pictograph)
            }
            '\u{FE0E}' | '\u{FE0F}' => {
                is_pictograph(before)
                    || (matches!(before, '0'..='9' | '#' | '*') && next == Some('\u{20E3}'))
            }
            '\u{FE00}'..='\u{FE0D}' => is_han(before) || matches!(before, '\u{1000}'..='\u{109F}'),
            '\u{E0100}'..='\u{E01EF}' => is_han(before),
            '\u{180B}'..='\u{180F}' => matches!(before, '\u{1820}'..='\u{18AA}'),
            _ => false,
        }
    }
}

/// The tag characters after the black flag, where they make one of the three flags in use.
fn flag_tags(rest: &str) -> &str {
    const FLAGS: [&str; 3] = [
        "\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
        "\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
        "\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
    ];
    FLAGS
        .into_iter()
        .find(|flag| rest.starts_with(flag))
        .unwrap_or_default()
}

/// Whether a character joins the grapheme before it: combining marks, and the vowels and final
/// consonants that Hangul syllables are composed of.
fn is_extending(c: char) -> bool {
    c >= '\u{300}'
        && (is_combining_mark(c) || matches!(c, '\u{1161}'..='\u{11FF}' | '\u{D7B0}'..='\u{D7FF}'))
        && !is_hidden(c)
}

/// Whether a character is invisible, acts on a terminal, changes the order of reading, or has no
/// meaning that two readers share: Unicode's `Default_Ignorable_Code_Point`, `Bidi_Control`, C1,
/// the separators U+2028 and U+2029, the remaining invisible format characters, private use and
/// noncharacters.
pub(super) fn is_hidden(c: char) -> bool {
    match c {
        '\0'..='\u{7E}' => false,
        '\u{7F}'..='\u{9F}' | '\u{AD}' | '\u{34F}' | '\u{61C}' => true,
        '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' => true,
        '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' => true,
        '\u{3164}' | '\u{FFA0}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}' => true,
        '\u{FE00}'..='\u{FE0F}' | '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}' => true,
        '\u{13430}'..='\u{1343F}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' => true,
        '\u{16FE4}' | '\u{E0000}'..='\u{10FFFF}' => true,
        _ if is_prepended(c) => true,
        _ => u32::from(c) & 0xFFFE == 0xFFFE,
    }
}

/// Signs that are written around or on the letter after them and have no width of their own:
/// Unicode's `Prepend` where its width is 0. Kept before a letter or digit.
fn is_prepended(c: char) -> bool {
    match c {
        '\0'..='\u{604}' => false,
        '\u{605}' | '\u{70F}' | '\u{890}' | '\u{891}' | '\u{8E2}' | '\u{D4E}' | '\u{A8FA}' => true,
        '\u{111C2}' | '\u{111C3}' | '\u{113D1}' | '\u{1193F}' | '\u{11941}' => true,
        '\u{11A84}'..='\u{11A89}' | '\u{11D46}' | '\u{11F02}' => true,
        _ => false,
    }
}

/// Whether an emoji may consist of it. Unicode's `Extended_Pictographic`, in whole blocks.
fn is_pictograph(c: char) -> bool {
    matches!(c,
        '\u{A9}' | '\u{AE}' | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{24C2}'
        | '\u{25A0}'..='\u{27BF}' | '\u{2900}'..='\u{297F}' | '\u{2B00}'..='\u{2BFF}'
        | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}')
        && !is_emoji_modifier(c)
        && !matches!(c, '\u{1F1E6}'..='\u{1F1FF}' | DOTTED_CIRCLE)
}

/// The five skin tones.
fn is_emoji_modifier(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

/// Scripts in which the joiners change how letters are written.
fn is_joining(c: char) -> bool {
    matches!(c,
        '\u{620}'..='\u{7FF}' | '\u{840}'..='\u{DFF}' | '\u{1000}'..='\u{109F}'
        | '\u{1780}'..='\u{17D3}' | '\u{1820}'..='\u{18AA}' | '\u{A840}'..='\u{A8FF}'
        | '\u{FB50}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
        && (c.is_alphabetic() || is_combining_mark(c))
}

/// Han characters, which have registered variants.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFD}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(text: &str) -> String {
        Shown::line(text).text
    }

    /// What must never reach a terminal, written down apart from the code that marks it.
    fn acts(c: char) -> bool {
        c.is_control()
            || matches!(u32::from(c),
                0xAD | 0x61C | 0x200B | 0x200E | 0x200F | 0x2028..=0x202E | 0x2060..=0x206F
                | 0x3164 | 0xFEFF | 0xE000..=0xF8FF | 0xE0000..=0xE001F | 0xF0000..)
    }

    #[test]
    fn no_character_alone_acts_or_vanishes() {
        for c in '\0'..=char::MAX {
            let alone = Shown::line(c.encode_utf8(&mut [0; 4]));
            let among = Shown::line(&format!("a{c}{c}b"));
            let acting = alone.as_str().contains(acts) || among.as_str().contains(acts);
            assert!(!acting, "U+{:04X}", u32::from(c));
            let block = Shown::block(c.encode_utf8(&mut [0; 4]));
            assert!(
                !block.as_str().contains(|c| c != '\n' && acts(c)),
                "U+{:04X}",
                u32::from(c)
            );
            assert!(alone.width() > 0, "U+{:04X} has no width", u32::from(c));
        }
    }

    #[test]
    fn marks_stand_for_what_cannot_be_shown() {
        assert_eq!(line("a\x1b[31mb"), "a␛[31mb");
        assert_eq!(line("a\u{202e}b"), "a⟪U+202E⟫b");
        assert_eq!(line("a\u{200b}\u{200b}\u{200b}b"), "a⟪U+200B ×3⟫b");
        assert_eq!(line("a\u{9b}31m"), "a⟪U+009B⟫31m");
        assert_eq!(line("a\tb"), "a    b");
        assert_eq!(line("a\r\nb\nc\rd"), "a␊b␊c␍d");
        assert_eq!(Shown::block("a\r\nb\nc\rd").text, "a\nb\nc␍d");
        assert_eq!(line("\u{301}a"), "◌\u{301}a");
        assert_eq!(line("\u{7f}\0"), "␡␀");
    }

    #[test]
    fn many_marks_on_one_letter_are_counted() {
        let text = format!("a{}b", "\u{301}".repeat(40));
        assert_eq!(line(&text), format!("a{}⟪+32⟫b", "\u{301}".repeat(8)));
        assert_eq!(Shown::line(&text).width(), 1 + 5 + 1);
    }

    #[test]
    fn what_reading_needs_is_kept() {
        for text in [
            "👩‍💻",
            "👨‍👩‍👧‍👦",
            "🏳️‍🌈",
            "❤️",
            "1️⃣",
            "👍🏽",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
            "👩🏽‍❤️‍💋‍👨🏿",
            "می‌خواهم",
            "क्‍ष",
            "Zoë",
            "ශ්‍රී",
            "葛\u{E0100}",
            "日本語",
            "🇬🇧",
        ] {
            assert_eq!(line(text), text);
            assert_eq!(Shown::line(text).mark_count(), 0);
        }
    }

    #[test]
    fn invisible_characters_out_of_their_place_are_marked() {
        assert_eq!(line("a\u{200d}b"), "a⟪U+200D⟫b");
        assert_eq!(line("a\u{fe0f}b"), "a⟪U+FE0F⟫b");
        assert_eq!(line("❤\u{fe0f}\u{fe0f}"), "❤\u{fe0f}⟪U+FE0F⟫");
        assert_eq!(line("🏴\u{e0061}"), "🏴⟪U+E0061⟫");
        let stacked = format!("क{}", "\u{94d}\u{200d}".repeat(50));
        let longest = |text: &str| text.graphemes(true).map(|g| g.chars().count()).max();
        assert!(longest(&line(&stacked)) <= Some(20));
        let endless = "😀\u{200d}".repeat(50);
        assert!(Shown::line(&endless).mark_count() >= 9);
    }

    #[test]
    fn pieces_tell_marks_and_hits_apart() {
        let hit = 7..13;
        let shown = Shown::line_with_hits("say \u{202e}budget", std::slice::from_ref(&hit));
        let pieces: Vec<_> = shown.pieces().map(|p| (p.text, p.look)).collect();
        assert_eq!(
            pieces,
            [
                ("say ", Look::Plain),
                ("⟪U+202E⟫", Look::Mark),
                ("budget", Look::Hit)
            ]
        );
    }

    #[test]
    fn cutting_counts_columns() {
        let cut = |text, width| Shown::line(text).cut(width).text;
        assert_eq!(cut("agenda", 6), "agenda");
        assert_eq!(cut("agenda", 5), "agen…");
        assert_eq!(cut("会議資料", 5), "会議…");
        assert_eq!(cut("会議資料", 4), "会…");
        assert_eq!(cut("会", 1), "…");
        assert_eq!(cut("agenda", 0), "");
        assert_eq!(Shown::line_cut(&"x".repeat(9_000_000), 4).text, "xxx…");
    }

    #[test]
    fn wrapping_breaks_at_spaces_first() {
        let cut_text = |text: &str, width| Shown::line(text).cut(width).text;
        let wrap = |text: &str, width| -> Vec<String> {
            Shown::block(text)
                .wrap(width)
                .into_iter()
                .map(|row| row.text)
                .collect()
        };
        assert_eq!(
            wrap("the budget is agreed", 10),
            ["the budget", "is agreed"]
        );
        assert_eq!(
            wrap("the budget is agreed", 9),
            ["the", "budget is", "agreed"]
        );
        assert_eq!(wrap("incomprehensible", 6), ["incomp", "rehens", "ible"]);
        assert_eq!(wrap("a\n\nb", 5), ["a", "", "b"]);
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("会議資料", 5), ["会議", "資料"]);
        assert_eq!(wrap("会a", 1), ["…", "a"]);
        assert!(wrap("anything", 0).is_empty());
        // One grapheme by the book, and yet text.
        assert_eq!(wrap(&"\u{1100}".repeat(20), 10).len(), 4);
        assert_eq!(cut_text(&"क्".repeat(20), 5), format!("{}…", "क्".repeat(4)));
    }

    #[test]
    fn a_cell_is_as_wide_as_it_is_told() {
        for text in ["", "a", "会議資料", "👩‍💻 team", "a\u{202e}b"] {
            for width in 0..12 {
                assert_eq!(
                    Shown::line(text).pad(width).width(),
                    width,
                    "{text:?} {width}"
                );
            }
        }
    }

    fn any_text() -> impl Strategy<Value = String> {
        let odd = prop::sample::select(vec![
            "\u{200d}",
            "\u{200c}",
            "\u{fe0f}",
            "\u{301}",
            "\u{1100}",
            "\u{1161}",
            "\u{11a8}",
            "\u{600}",
            "😀",
            "🏽",
            "🏴",
            "\u{e0067}",
            "\u{e007f}",
            "ب",
            "क",
            "\u{94d}",
            "会",
            "\r",
            "\n",
            "\t",
            "\x1b",
            "\u{202e}",
            "🇬",
            " ",
            "a",
        ]);
        let piece = prop_oneof![3 => odd.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_acts_in_any_text(text in any_text()) {
            let line = Shown::line(&text);
            // The three flags are the only place where tag characters are kept.
            let bare = line.text.replace("\u{E007F}", "");
            prop_assert!(!bare.contains(|c: char| acts(c)));
            prop_assert_eq!(line.pieces().map(|p| p.text).collect::<String>(), line.text.clone());
            // What is shown can be shown again: nothing is escaped twice.
            prop_assert_eq!(&Shown::line(line.as_str()).text, &line.text);
        }

        #[test]
        fn rows_fit_and_lose_only_spaces(text in any_text(), width in 0usize..12) {
            let shown = Shown::block(&text);
            let rows = shown.wrap(width);
            prop_assert!(rows.iter().all(|row| row.width() <= width && !row.text.contains('\n')));
            if width > 8 {
                let solid = |text: &str| text.replace([' ', '\n'], "");
                let wrapped: String = rows.iter().map(|row| solid(&row.text)).collect();
                prop_assert_eq!(wrapped, solid(&shown.text));
            }
        }

        #[test]
        fn a_part_looks_as_it_did_in_the_whole(text in any_text(), from in 0usize..200, length in 0usize..99) {
            let shown = Shown::block_with_hits(&text, &[2..9, 11..12, 20..40]);
            let ends: Vec<usize> = shown.text.char_indices().map(|(at, _)| at).chain([shown.text.len()]).collect();
            let place = |at: usize| ends[at.min(ends.len() - 1)];
            let (from, until) = (place(from), place(from + length));
            let part = shown.part(from..until);
            let looks = |shown: &Shown| -> Vec<Look> {
                let of = |piece: Piece<'_>| vec![piece.look; piece.text.len()];
                shown.pieces().flat_map(of).collect()
            };
            prop_assert_eq!(looks(&part), &looks(&shown)[from..until]);
            prop_assert!(part.looks.iter().all(|(range, _)| !range.is_empty()));
        }

        #[test]
        fn a_cut_fits_and_agrees_with_the_whole(text in any_text(), width in 0usize..40) {
            let cut = Shown::line(&text).cut(width);
            prop_assert!(cut.width() <= width);
            prop_assert_eq!(Shown::line_cut(&text, width), cut);
        }
    }
}
