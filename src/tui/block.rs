//! A message as rows: what stands above it (a day), its body wrapped, and what belongs to it.
//!
//! The gutter is on the left and the body is the last thing on its row, so that text whose width or
//! direction a terminal sees differently moves nothing else.

use super::beside;
use super::files::Known;
use crate::case::{Held, Message, Store};
use crate::import::email;
use crate::model::{AttachmentState, Direction, Extra, Kind, Marks, MessageNumber};
use crate::review::beside::{self as said, Beside};
use crate::settings::{Dates, MessageColumn, Settings, Word};
use crate::text::{Shown, grouped, width};
use chrono::{DateTime, NaiveDateTime};
use std::borrow::Cow;
use std::ops::Range;

/// Columns of the gutter: the cursor, the decision, a space.
pub const GUTTER: u16 = 4;
/// Bodies are no wider, however wide the window: longer lines are hard to read.
const WIDEST_BODY: u16 = 110;
/// From this width on, time and sender stand beside the body; below, above it.
const BESIDE_FROM: u16 = 60;
/// How many bytes of one text are shown in a list. The rest is counted there, and read with the
/// command line.
pub(super) const LONGEST_TEXT: usize = 16 * 1024;

/// What a stretch of a row is; the theme gives it a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The words of a person.
    Text,
    /// What those words are about.
    Subject,
    /// What matters less.
    Quiet,
    /// A sender.
    Sender,
    /// The custodian as sender.
    Own,
    /// A heading between days or threads.
    Heading,
    /// What a person must not miss.
    Warning,
}

/// What stands in the gutter of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gutter {
    /// Nothing: a heading, or the context of a hit.
    Empty,
    /// The cursor and the decision.
    First,
    /// A further row of the same message.
    More,
}

/// A row of the screen, left to right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What stands in its gutter.
    pub gutter: Gutter,
    /// Column, text and look of each part.
    pub parts: Vec<(u16, Shown, Role)>,
}

impl Row {
    pub(super) fn new(gutter: Gutter) -> Row {
        Row {
            gutter,
            parts: Vec::new(),
        }
    }

    pub(super) fn with(mut self, x: u16, text: Shown, role: Role) -> Row {
        self.parts.push((x, text, role));
        self
    }

    /// The column after its last part.
    pub(super) fn end(&self) -> u16 {
        self.parts.last().map_or(GUTTER, |(x, text, _)| {
            x.saturating_add(columns(text.width()))
        })
    }
}

fn columns(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// What is needed to lay messages out.
pub struct Blocks<'a> {
    /// The messages.
    pub store: &'a Store,
    /// Columns to lay them out in.
    pub width: u16,
    /// How days are written, and which columns there are.
    pub settings: &'a Settings,
    /// What is known of files.
    pub files: &'a Known,
    /// Byte ranges of a text to be marked as hits.
    pub hits: &'a dyn Fn(&str) -> Vec<Range<usize>>,
    /// Which way a message went.
    pub direction: &'a dyn Fn(MessageNumber) -> Direction,
    /// The message that stands for it, where it is a copy.
    pub stands: &'a dyn Fn(MessageNumber) -> Option<MessageNumber>,
    /// Whether neighbours may be of other threads: headings then name the thread.
    pub across_threads: bool,
    /// Whether the tails of mails are shown that repeat what they answer.
    pub quotes: bool,
    /// Whether a hit is shown between the messages before and after it in its thread.
    pub context: bool,
}

/// The clock time of a message where it was sent, if the export gives one that can be shown.
pub fn clock(message: &Message<'_>) -> Option<NaiveDateTime> {
    let seconds = message
        .time?
        .checked_add(i64::from(message.offset_minutes) * 60)?;
    Some(DateTime::from_timestamp(seconds, 0)?.naive_utc())
}

/// A day as headings show it.
pub fn day(message: &Message<'_>, dates: Dates) -> String {
    clock(message).map_or_else(|| "no date".to_owned(), |time| dates.long(time))
}

/// The time of day as lists show it.
pub(super) fn hour(message: &Message<'_>) -> String {
    clock(message).map_or_else(
        || "--:--".to_owned(),
        |time| time.format("%H:%M").to_string(),
    )
}

impl Blocks<'_> {
    /// The rows of `number`, which stands between `before` and `after` in its list.
    pub fn rows(
        &self,
        number: MessageNumber,
        before: Option<MessageNumber>,
        after: Option<MessageNumber>,
    ) -> Vec<Row> {
        let mut rows = Vec::new();
        let Some(message) = self.store.message(number) else {
            return vec![Row::new(Gutter::First).with(
                GUTTER,
                Shown::line("this message cannot be read; run docket check"),
                Role::Warning,
            )];
        };
        let previous = before.and_then(|before| self.store.message(before));
        if self.settings.linear {
            return vec![self.one_line(&message, previous.as_ref())];
        }
        if let Some(heading) = self.heading(&message, previous.as_ref()) {
            rows.push(Row::new(Gutter::Empty).with(0, heading, Role::Heading));
        }
        let place = self.store.position_of(number);
        let neighbour = |offset: i64| {
            let (thread, at) = place?;
            let at = u32::try_from(i64::from(at) + offset).ok()?;
            self.store.thread_message(thread, at)
        };
        if self.context
            && let Some(earlier) = neighbour(-1).filter(|n| Some(*n) != before)
        {
            rows.extend(self.context_row(earlier, &message));
        }
        self.message(&message, previous.as_ref(), &mut rows);
        if self.context
            && let Some(later) = neighbour(1).filter(|n| Some(*n) != after)
        {
            rows.extend(self.context_row(later, &message));
        }
        rows
    }

    pub(super) fn heading(
        &self,
        message: &Message<'_>,
        previous: Option<&Message<'_>>,
    ) -> Option<Shown> {
        let today = clock(message).map(|time| time.date());
        let same_day = previous.is_some_and(|p| clock(p).map(|time| time.date()) == today);
        let same_thread = previous.is_some_and(|p| p.thread == message.thread);
        if self.across_threads {
            let title = self
                .store
                .thread(message.thread)
                .map(|thread| thread.title.as_str());
            (!same_day || !same_thread).then(|| {
                Shown::line(&format!(
                    "{} · {}",
                    day(message, self.settings.dates),
                    title.unwrap_or_default()
                ))
            })
        } else {
            (!same_day).then(|| Shown::line(&day(message, self.settings.dates)))
        }
    }

    /// Who a message is from, cut to so many columns: an address behind a name goes first.
    pub(super) fn sender(&self, message: &Message<'_>, room: usize) -> (Shown, Role) {
        let name = message
            .participant
            .and_then(|id| self.store.participant(id));
        match (message.kind, name) {
            (Kind::Unreadable, _) => (Shown::line("unreadable"), Role::Warning),
            (Kind::System, None) => (Shown::line("system"), Role::Quiet),
            (_, None) => (Shown::line("nobody named"), Role::Quiet),
            (kind, Some(participant)) => {
                let role = match (kind, (self.direction)(message.number)) {
                    (Kind::System, _) => Role::Quiet,
                    (_, Direction::Sent) => Role::Own,
                    _ => Role::Sender,
                };
                let name = Shown::line(&participant.name);
                if name.width() <= room {
                    return (name, role);
                }
                let name = Shown::line(&said::short(&participant.name));
                (name.cut(room), role)
            }
        }
    }

    /// A neighbour of a hit, on one quiet row. The heading above tells the hit's day: a neighbour of
    /// another day tells its own.
    fn context_row(&self, number: MessageNumber, hit: &Message<'_>) -> Option<Row> {
        let message = self.store.message(number)?;
        let (sender, _) = self.sender(&message, 20);
        let days = [&message, hit].map(|one| clock(one).map(|time| time.date()));
        let time = match clock(&message) {
            Some(time) if days != [Some(time.date()); 2] => {
                format!("{} {}", self.settings.dates.short(time), hour(&message))
            }
            _ => hour(&message),
        };
        let room = self.width.saturating_sub(GUTTER).min(WIDEST_BODY);
        let text = without_marks(message.kind, head(message.text, 400).0);
        let words = format!("{time} {sender}: {text}");
        Some(Row::new(Gutter::Empty).with(
            GUTTER,
            Shown::line_cut(&words, usize::from(room)),
            Role::Quiet,
        ))
    }

    /// The day and the time, as far as they are columns.
    pub(super) fn when(&self, message: &Message<'_>) -> String {
        let mut when = String::new();
        for column in MessageColumn::ALL {
            if !self.settings.message_columns.contains(column) {
                continue;
            }
            let words = match column {
                MessageColumn::Date => clock(message)
                    .map_or_else(|| "no date".to_owned(), |t| self.settings.dates.short(t)),
                MessageColumn::Time => hour(message),
                MessageColumn::Sender => continue,
            };
            let room = match column {
                MessageColumn::Date if !self.settings.linear => Dates::SHORT,
                _ => 0,
            };
            let gap = if when.is_empty() { "" } else { " " };
            when += &format!("{gap}{words:<room$}");
        }
        when
    }

    fn message(&self, message: &Message<'_>, previous: Option<&Message<'_>>, rows: &mut Vec<Row>) {
        let beside = self.width >= BESIDE_FROM;
        let shows = |column| self.settings.message_columns.contains(&column);
        let names = match shows(MessageColumn::Sender) {
            true => (self.width / 6).clamp(12, 22),
            false => 0,
        };
        let when = self.when(message);
        let name_at = match when.is_empty() {
            true => GUTTER,
            false => GUTTER + columns(width(&when)) + 1,
        };
        let (sender, sender_role) = self.sender(
            message,
            usize::from(if beside {
                names.max(1)
            } else {
                self.width.saturating_sub(name_at).max(1)
            }),
        );
        let extra = self.store.extra(message.number);
        let pieces = self.pieces(message, &extra, previous);
        let mut first = Row::new(Gutter::First).with(GUTTER, Shown::line(&when), Role::Quiet);

        // Two right-to-left texts on one row would change places on terminals that reorder.
        let begins = pieces.first().map_or("", |piece| piece.words.as_str());
        let apart = is_right_to_left(sender.as_str()) && is_right_to_left(begins);
        let body_at = match (beside, names) {
            (true, 0) => name_at,
            (true, names) => name_at + names + 2,
            (false, _) => GUTTER,
        };
        let room = self.width.saturating_sub(body_at).clamp(1, WIDEST_BODY);
        if names > 0 {
            first = first.with(name_at, sender, sender_role);
        }
        let mut lines = pieces
            .iter()
            .flat_map(|piece| piece.rows(usize::from(room)));
        let own = if beside && !apart { lines.next() } else { None };
        rows.push(match own {
            Some((words, role)) => first.with(body_at, words, role),
            None => first,
        });
        rows.extend(lines.map(|(words, role)| Row::new(Gutter::More).with(body_at, words, role)));
        // Of several parts, what follows is said of all of them, not of the last line.
        let notes = self.notes(message, &extra);
        put_notes(notes, rows, body_at, room, pieces.len() > 1);
    }

    /// What stands beside the sender, from top to bottom: the subject, whom it was addressed to,
    /// what it answers, the words, and what is folded of them.
    pub(super) fn pieces(
        &self,
        message: &Message<'_>,
        extra: &Extra,
        previous: Option<&Message<'_>>,
    ) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let Body {
            text,
            tag,
            hits,
            role,
        } = self.body(message, extra);
        let is_mail = self
            .store
            .thread(message.thread)
            .is_some_and(|thread| thread.channel == email::CHANNEL);
        let begin = match subject_end(&text, tag, &extra.subject) {
            Some((end, begin)) => {
                let own: Vec<_> = hits.iter().filter(|hit| hit.end <= end).cloned().collect();
                let subject = text.get(..end).unwrap_or_default();
                pieces.push(Piece::of(
                    Shown::block_with_hits(subject, &own),
                    Role::Subject,
                ));
                begin
            }
            None => 0,
        };
        let addressed = said::addressed(&extra.recipients);
        let is_news = || {
            let before = previous.filter(|before| before.thread == message.thread);
            extra.recipients.len() > 1
                && before.is_none_or(|before| {
                    let other = self.store.extra(before.number);
                    beside::circle(self.store, before, &other)
                        != beside::circle(self.store, message, extra)
                })
        };
        if !addressed.is_empty() && (is_mail || is_news()) {
            pieces.push(Piece::row(&addressed));
        }
        let answers = beside::answered(self.store, message, extra);
        // Mails answer the one before them more often than not, and quote it.
        let is_plain = || {
            is_mail
                && extra.reply_to.last().is_some_and(|name| {
                    let answered = self.store.named(name, message.thread);
                    answered.is_none() || answered == previous.map(|before| before.number)
                })
        };
        if let Some(answers) = answers.filter(|_| !is_plain()) {
            pieces.push(Piece::row(&answers));
        }
        let words = text.get(begin..).unwrap_or_default();
        let fold = beside::quoted_tail(words)
            .filter(|_| is_mail && !self.quotes)
            .filter(|(at, _)| hits.iter().all(|hit| hit.end <= begin + at));
        let shown = fold.map_or(words, |(at, _)| words.get(..at).unwrap_or_default());
        let shown = shown.trim_end_matches(['\n', '\r']);
        let own: Vec<_> = hits
            .iter()
            .filter(|hit| hit.start >= begin && hit.end <= begin + shown.len())
            .map(|hit| hit.start - begin..hit.end - begin)
            .collect();
        if !shown.is_empty() || pieces.is_empty() {
            pieces.push(Piece::of(Shown::block_with_hits(shown, &own), role));
        }
        if let Some((_, lines)) = fold {
            pieces.push(Piece::row(&beside::folded(lines)));
        }
        pieces
    }

    /// The words of a message, with what it is before them where it is not just text.
    fn body(&self, message: &Message<'_>, extra: &Extra) -> Body {
        let tag = match message.kind {
            Kind::Text | Kind::System | Kind::Attachment => "",
            Kind::Deleted => "[deleted] ",
            Kind::Omitted => "[media left out] ",
            Kind::Poll => "[poll] ",
            Kind::Location => "[location] ",
            Kind::Contact => "[contact] ",
            Kind::Call => "[call] ",
            Kind::ViewOnce => "[view once] ",
            Kind::NotExported => "[not exported] ",
            Kind::Unreadable => "[bytes that are no message] ",
        };
        let tag = match extra.unsent.as_str() {
            "" => tag.to_owned(),
            why => format!("[never sent: {why}] {tag}"),
        };
        let role = match message.kind {
            Kind::System | Kind::Deleted | Kind::NotExported => Role::Quiet,
            Kind::Unreadable => Role::Warning,
            _ => Role::Text,
        };
        let (text, _) = head(message.text, LONGEST_TEXT);
        let text = text.trim_end_matches(['\n', '\r']);
        let text = without_marks(message.kind, text);
        let hits = (self.hits)(&text);
        let hits = hits
            .iter()
            .map(|hit| hit.start + tag.len()..hit.end + tag.len())
            .collect();
        Body {
            text: format!("{tag}{text}"),
            tag: tag.len(),
            hits,
            role,
        }
    }

    /// What is said after the words: files, edits, reactions, warnings.
    pub(super) fn notes(&self, message: &Message<'_>, extra: &Extra) -> Vec<(String, Role)> {
        let mut notes: Vec<(String, Role)> = Vec::new();
        if let Some(head) = (self.stands)(message.number) {
            notes.push((
                format!("(the same as message {head}, decided there)"),
                Role::Quiet,
            ));
        }
        let rest = head(message.text, LONGEST_TEXT).1;
        if rest > 0 {
            notes.push((
                format!(
                    "… {} more bytes: docket search --json shows all",
                    grouped(rest as u64)
                ),
                Role::Warning,
            ));
        }
        let marks = message.marks;
        if marks.has(Marks::ATTACHMENT) || matches!(message.kind, Kind::Attachment | Kind::Omitted)
        {
            let held = self.store.attachments(message.number).into_iter();
            for (at, Held { source, file }) in held.enumerate() {
                let media = if file.media.is_empty() {
                    "file"
                } else {
                    &file.media
                };
                let state = said::file_state(file.state, source != message.source);
                let role = match file.state {
                    AttachmentState::Missing => Role::Warning,
                    AttachmentState::Present | AttachmentState::Omitted => Role::Quiet,
                };
                // The words above may name the file already.
                let named = file.name.is_empty() || message.text.contains(&file.name);
                let name = if named {
                    String::new()
                } else {
                    format!(" {}", file.name)
                };
                if let Some(words) = self.files.words(message.number, at) {
                    notes.push((format!("[{words}]{name}"), role));
                    continue;
                }
                let size = match said::file_size(self.store, source, &file) {
                    size if size.is_empty() => size,
                    size => format!(", {size}"),
                };
                notes.push((format!("[{media}, {state}{size}]{name}"), role));
            }
        }
        let own = Beside::of(extra).in_brief(marks);
        notes.extend(own.into_iter().map(|words| (words, Role::Quiet)));
        for (mark, _, words) in said::odd(marks) {
            let role = match mark {
                Marks::DISPUTED | Marks::DAMAGED => Role::Warning,
                _ => Role::Quiet,
            };
            notes.push((format!("({words})"), role));
        }
        notes
    }
}

/// Puts what is said after the words where the last row has room for it, else on rows of its own;
/// `apart` from the words in any case.
fn put_notes(notes: Vec<(String, Role)>, rows: &mut Vec<Row>, x: u16, room: u16, apart: bool) {
    let mut apart = apart;
    for (words, role) in notes {
        let shown = Shown::line(&words);
        let end = rows.last().map_or(x, Row::end);
        let fits = usize::from(end) + 1 + shown.width() <= usize::from(x) + usize::from(room);
        match rows.last_mut() {
            Some(row) if fits && end > x && !apart => row.parts.push((end + 1, shown, role)),
            _ => rows.extend(
                shown
                    .wrap(usize::from(room))
                    .into_iter()
                    .map(|line| Row::new(Gutter::More).with(x, line, role)),
            ),
        }
        apart = false;
    }
}

/// The words of a message as a list shows them.
struct Body {
    text: String,
    /// How many bytes docket put before the words.
    tag: usize,
    /// Where the hits of a search stand.
    hits: Vec<Range<usize>>,
    role: Role,
}

/// A part of what stands beside the sender.
pub(super) struct Piece {
    words: Shown,
    role: Role,
    /// Whether it is cut to one row.
    is_row: bool,
}

impl Piece {
    fn of(words: Shown, role: Role) -> Piece {
        Piece {
            words,
            role,
            is_row: false,
        }
    }

    /// What is said in passing: one quiet row.
    fn row(words: &str) -> Piece {
        Piece {
            words: Shown::line(words),
            role: Role::Quiet,
            is_row: true,
        }
    }

    pub(super) fn rows(&self, room: usize) -> Vec<(Shown, Role)> {
        let lines = if self.is_row {
            vec![self.words.cut(room)]
        } else {
            self.words.wrap(room)
        };
        lines.into_iter().map(|line| (line, self.role)).collect()
    }
}

/// Where in a text, after what docket put before it, its subject ends, and where the words after
/// it begin. `None` where it has no subject or does not begin with it.
fn subject_end(text: &str, tag: usize, subject: &str) -> Option<(usize, usize)> {
    if subject.is_empty() {
        return None;
    }
    let rest = text.get(tag..)?.strip_prefix(subject)?;
    let end = text.len() - rest.len();
    if rest.is_empty() {
        return Some((end, end));
    }
    let body = rest.strip_prefix("\n\n")?.trim_start_matches('\n');
    Some((end, text.len() - body.len()))
}

/// A text as lists show it. iOS writes U+200E before what the app itself says: the format's mark, not
/// the sender's. The details count it.
fn without_marks(kind: Kind, text: &str) -> Cow<'_, str> {
    match kind {
        Kind::Text => Cow::Borrowed(text),
        _ => Cow::Owned(text.replace('\u{200E}', "")),
    }
}

/// The first `most` bytes of a text, and how many bytes come after.
pub(super) fn head(text: &str, most: usize) -> (&str, usize) {
    if text.len() <= most {
        return (text, 0);
    }
    let end = (0..=most)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    (text.get(..end).unwrap_or_default(), text.len() - end)
}

/// Whether a text holds letters that are written from right to left.
pub fn is_right_to_left(text: &str) -> bool {
    text.chars().any(|c| {
        matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
    })
}

/// A number right-aligned to the width of the largest that can stand there, so that counting down
/// moves nothing.
pub fn aligned(number: u64, largest: u64) -> String {
    let room = width(&grouped(largest));
    format!("{:>room$}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_where_a_larger_one_would() {
        assert_eq!(aligned(7, 1_000), "    7");
        assert_eq!(aligned(1_000, 1_000), "1,000");
    }

    #[test]
    fn heads_end_between_characters() {
        assert_eq!(head("añb", 2), ("a", 3));
        assert_eq!(head("añb", 4), ("añb", 0));
    }
}
