//! From text to query, with a place and a remedy for everything that is wrong.

use super::{Expr, Has, Is, MAX_PATTERN, MAX_QUERY, Period, Query, QueryError, pattern};
use crate::case::Field;
use crate::model::{Flag, Kind, ParticipantId, Relation};
use crate::review::findings::Term;
use crate::text::{fold, is_unspaced, words};
use std::ops::Range;

/// How deep brackets and `-` may stand in one another.
const MAX_DEPTH: usize = 100;

/// The fields, with what to write after each.
const FIELDS: [(&str, &str); 24] = [
    (
        "from",
        "a name or number, such as from:ann or from:\"Ann Other\", or me, colleague or outsider",
    ),
    (
        "to",
        "a name or address, such as to:ann or to:\"Ann Other\", or to:me",
    ),
    ("cc", "a name or address, such as cc:ann"),
    ("bcc", "a name or address, such as bcc:ann"),
    (
        "with",
        "a name or number, such as with:ann, or me, colleague or outsider",
    ),
    (
        "org",
        "a part of the name of the sender's organisation, such as org:treasury",
    ),
    (
        "in",
        "a part of a thread's title, or its number, such as in:cabinet or in:12",
    ),
    ("subject", "a part of a subject, such as subject:budget"),
    (
        "label",
        "a part of a label or folder, such as label:inbox or label:\"Sent Mail\"",
    ),
    ("on", "a date, such as on:2021-03-05, on:2021-03 or on:2021"),
    (
        "after",
        "a date, such as after:2021-03-05, after:2021-03 or after:2021",
    ),
    (
        "before",
        "a date, such as before:2021-03-05, before:2021-03 or before:2021",
    ),
    ("is", "a word, such as is:undecided or is:official"),
    (
        "has",
        "attachment, link, reaction, flag, reason, note, finding or remark",
    ),
    ("flag", "a flag, such as flag:hold or flag:privileged"),
    (
        "reason",
        "the code of a reason, such as reason:family; docket reasons lists them",
    ),
    ("note", "a part of a reviewer's note, such as note:budget"),
    (
        "by",
        "a reviewer's name, such as by:ann or by:\"Ann Other\"",
    ),
    (
        "countersigned-by",
        "a reviewer's name, such as countersigned-by:bo",
    ),
    ("disagreed-by", "a reviewer's name, such as disagreed-by:bo"),
    (
        "finding",
        "a detector, a kind of data, open, confirmed or dismissed, such as finding:nhs; docket \
         findings detectors lists them",
    ),
    ("kind", "a kind of message, such as kind:poll"),
    ("channel", "an app, such as channel:whatsapp"),
    (
        "source",
        "a part of an export's path, or its number, such as source:2",
    ),
];

/// Reads a query; `live` takes the last word as unfinished. See [`Query::live`].
pub(super) fn parse(text: &str, live: bool) -> Result<Query, QueryError> {
    if text.len() > MAX_QUERY {
        return Err(error(
            0..text.len(),
            format!("a query has at most {MAX_QUERY} bytes"),
        ));
    }
    let mut tokens = lex(text)?;
    if live {
        leave_open(text, &mut tokens);
    }
    let mut parser = Parser {
        tokens: tokens.into_iter().peekable(),
        end: text.len(),
        depth: 0,
    };
    if parser.tokens.peek().is_none() {
        return Ok(Query::all());
    }
    let expr = parser.either()?;
    match parser.tokens.next() {
        None => Ok(Query { expr }),
        // `either` ends at the end, or at a bracket that nothing opened.
        Some(token) => Err(error(token.at, "there is no bracket to close here")),
    }
}

fn error(at: Range<usize>, message: impl Into<String>) -> QueryError {
    QueryError {
        at,
        message: message.into(),
    }
}

/// Whether a text can stand without quotes as words.
pub(super) fn is_plain_word(text: &str) -> bool {
    is_plain_value(text)
        && !text.starts_with(['-', '/'])
        && !text.contains(['*', ':'])
        && !matches!(text, "OR" | "AND" | "NOT")
}

/// Whether a text can stand without quotes after a field.
pub(super) fn is_plain_value(text: &str) -> bool {
    !text.is_empty() && !text.contains(ends_run)
}

fn ends_run(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '"')
}

/// The number that a value without quotes is: at most nine digits, no zero before others.
pub(super) fn number(text: &str) -> Option<u32> {
    let digits = text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
    let canonical = text == "0" || !text.starts_with('0');
    (digits && canonical).then(|| text.parse().ok()).flatten()
}

#[derive(Debug)]
struct Token {
    at: Range<usize>,
    what: What,
}

#[derive(Debug)]
enum What {
    Open,
    Close,
    Or,
    And,
    Not,
    /// A term; `bare` where it is a word without quotes, which may be unfinished.
    Term {
        expr: Expr,
        bare: bool,
    },
}

/// The text from `at` on; empty past its end.
fn rest(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

fn lex(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = rest(text, at).chars().next() {
        let one = at..at + c.len_utf8();
        let (what, end) = match c {
            c if c.is_whitespace() => {
                at = one.end;
                continue;
            }
            '(' => (What::Open, one.end),
            ')' => (What::Close, one.end),
            '-' => {
                let next = rest(text, one.end).chars().next();
                if next.is_none_or(|c| c.is_whitespace() || c == ')') {
                    return Err(error(
                        one,
                        "`-` leaves out what follows it: put a word right after it, or take it away",
                    ));
                }
                (What::Not, one.end)
            }
            '"' => {
                let (words, mut end) = quoted(text, at)?;
                let prefix = rest(text, end).starts_with('*');
                end += usize::from(prefix);
                (term(row_of_words(words, prefix, at..end)?), end)
            }
            '/' => {
                let (expr, end) = regular_expression(text, at)?;
                (term(expr), end)
            }
            _ => run(text, at)?,
        };
        tokens.push(Token { at: at..end, what });
        at = end;
    }
    Ok(tokens)
}

fn term(expr: Expr) -> What {
    What::Term { expr, bare: false }
}

/// The text between the quote at `at` and the next, and where it ends.
fn quoted(text: &str, at: usize) -> Result<(String, usize), QueryError> {
    let mut inner = String::new();
    let mut characters = rest(text, at).char_indices().skip(1);
    while let Some((place, c)) = characters.next() {
        match c {
            '"' => return Ok((inner, at + place + 1)),
            '\\' => match characters.next() {
                Some((_, next @ ('"' | '\\'))) => inner.push(next),
                Some((_, next)) => inner.extend(['\\', next]),
                None => break,
            },
            c => inner.push(c),
        }
    }
    Err(error(
        at..text.len(),
        "this quote is not closed: put `\"` at its end",
    ))
}

/// The regular expression whose first `/` is at `at`, and where it ends.
fn regular_expression(text: &str, at: usize) -> Result<(Expr, usize), QueryError> {
    let mut inner = String::new();
    let mut end = None;
    let mut characters = rest(text, at).char_indices().skip(1);
    while let Some((place, c)) = characters.next() {
        match c {
            '/' => {
                end = Some(at + place + 1);
                break;
            }
            '\\' => match characters.next() {
                Some((_, '/')) => inner.push('/'),
                Some((_, next)) => inner.extend(['\\', next]),
                None => break,
            },
            c => inner.push(c),
        }
    }
    let Some(end) = end else {
        return Err(error(
            at..text.len(),
            "this regular expression is not closed: put `/` at its end",
        ));
    };
    if inner.is_empty() {
        return Err(error(
            at..end,
            "there is no regular expression between the two `/`",
        ));
    }
    if let Some(next) = rest(text, end).chars().next().filter(|c| !ends_run(*c)) {
        return Err(error(
            end..end + next.len_utf8(),
            "the regular expression ends at its second `/`: write `\\/` inside it, or put quotes \
             around plain text",
        ));
    }
    if inner.len() > MAX_PATTERN {
        return Err(error(
            at..end,
            format!("a regular expression has at most {MAX_PATTERN} bytes"),
        ));
    }
    match pattern(&inner) {
        Ok(_) => Ok((Expr::Pattern(inner), end)),
        Err(reason) => Err(error(
            at..end,
            format!("this regular expression cannot be used: {reason}"),
        )),
    }
}

/// Words in a row, if there is a word in the text.
fn row_of_words(text: String, prefix: bool, at: Range<usize>) -> Result<Expr, QueryError> {
    if words(&text).next().is_none() {
        let message = if text.trim().is_empty() {
            "there is no word to search for here".to_owned()
        } else {
            format!(
                "`{text}` holds no letter or digit to search for: write /…/ to search for signs"
            )
        };
        return Err(error(at, message));
    }
    Ok(Expr::Words { text, prefix })
}

/// A run of characters without quotes: `OR`, a field with its value, or words.
fn run(text: &str, at: usize) -> Result<(What, usize), QueryError> {
    let length = rest(text, at)
        .find(ends_run)
        .unwrap_or(rest(text, at).len());
    let end = at + length;
    let run = text.get(at..end).unwrap_or_default();
    match run {
        "OR" => return Ok((What::Or, end)),
        "AND" => return Ok((What::And, end)),
        "NOT" => return Ok((What::Not, end)),
        _ => {}
    }
    if let Some((name, value)) = run.split_once(':')
        && !name.is_empty()
        && is_field_name(name)
        // A web address is no field.
        && !value.starts_with("//")
    {
        let value_at = at + name.len() + 1;
        if value.is_empty() && rest(text, value_at).starts_with('"') {
            let (value, end) = quoted(text, value_at)?;
            let expr = field(name, &value, true, at..end, value_at..end)?;
            return Ok((term(expr), end));
        }
        let expr = field(name, value, false, at..end, value_at..end)?;
        return Ok((term(expr), end));
    }
    let (word, prefix) = match run.strip_suffix('*') {
        Some(word) => (word, true),
        None => (run, false),
    };
    if let Some(star) = word.find('*') {
        return Err(error(
            at + star..at + star + 1,
            "`*` stands at the end of a word only: budg*",
        ));
    }
    if word.is_empty() {
        return Err(error(
            at..end,
            "`*` needs the beginning of a word before it: budg*",
        ));
    }
    let expr = row_of_words(word.to_owned(), prefix, at..end)?;
    Ok((What::Term { expr, bare: true }, end))
}

/// Whether what stands before a colon is meant as a field: letters, or one that has a hyphen.
fn is_field_name(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphabetic())
        || FIELDS
            .iter()
            .any(|(field, _)| field.eq_ignore_ascii_case(name))
}

/// What a value without quotes says of people: that they are the custodian, a colleague or an
/// outsider.
pub(super) fn relation(text: &str) -> Option<Relation> {
    Relation::from_name(&text.to_ascii_lowercase()).filter(|said| *said != Relation::Unknown)
}

/// The person's number that a value without quotes is: `#12`.
fn person(text: &str) -> Option<ParticipantId> {
    number(text.strip_prefix('#')?).map(ParticipantId)
}

/// Whether a value needs quotes to be a name.
pub(super) fn is_said(text: &str) -> bool {
    relation(text).is_some() || person(text).is_some()
}

/// One field with its value.
fn field(
    name: &str,
    value: &str,
    is_quoted: bool,
    at: Range<usize>,
    value_at: Range<usize>,
) -> Result<Expr, QueryError> {
    let lower = name.to_ascii_lowercase();
    let Some((name, takes)) = FIELDS.iter().find(|(field, _)| *field == lower) else {
        let names = FIELDS.iter().map(|(field, _)| *field);
        let message = match nearest(&lower, names) {
            Some(near) => format!("`{name}:` is no field; did you mean `{near}:`?"),
            None => format!(
                "`{name}:` is no field; put quotes around the text to search for it as it stands"
            ),
        };
        return Err(error(at.start..value_at.start, message));
    };
    if fold(value).trim().is_empty() {
        return Err(error(value_at, format!("`{name}:` needs {takes}")));
    }
    let text = || value.to_owned();
    let is_number = if is_quoted { None } else { number(value) };
    Ok(match *name {
        "from" | "with" if !is_quoted && person(value).is_some() => {
            let number = person(value).unwrap_or_default();
            match *name {
                "from" => Expr::FromPerson(number),
                _ => Expr::WithPerson(number),
            }
        }
        "from" | "with" if !is_quoted && relation(value).is_some() => {
            match (*name, relation(value).unwrap_or_default()) {
                ("with", relation) => Expr::WithRelation(relation),
                (_, Relation::Me) => Expr::FromMe,
                (_, relation) => Expr::FromRelation(relation),
            }
        }
        "org" => Expr::Organisation(text()),
        "from" => Expr::From(text()),
        "to" if !is_quoted && value.eq_ignore_ascii_case("me") => Expr::ToMe,
        "to" => Expr::To(text()),
        "cc" => Expr::Value(Field::Cc, text()),
        "bcc" => Expr::Value(Field::Bcc, text()),
        "subject" => Expr::Value(Field::Subject, text()),
        "label" => Expr::Value(Field::Label, text()),
        "with" => Expr::With(text()),
        "in" => is_number.map_or_else(|| Expr::In(text()), Expr::InNumber),
        "source" => is_number.map_or_else(|| Expr::Source(text()), Expr::SourceNumber),
        "channel" => Expr::Channel(text()),
        "on" => Expr::On(period(name, value, value_at)?),
        "after" => Expr::After(period(name, value, value_at)?),
        "before" => Expr::Before(period(name, value, value_at)?),
        "is" => Expr::Is(one_of(name, value, value_at, &Is::ALL, |is| is.name())?),
        "flag" => Expr::Flag(one_of(name, value, value_at, &Flag::ALL, |flag| {
            flag.name()
        })?),
        "reason" => Expr::Reason(text()),
        "note" => Expr::Note(text()),
        "by" => Expr::By(text()),
        "countersigned-by" => Expr::CountersignedBy(text()),
        "disagreed-by" => Expr::DisagreedBy(text()),
        "finding" => Expr::Finding(one_of(name, value, value_at, &Term::all(), |term| {
            term.name()
        })?),
        "has" => Expr::Has(one_of(name, value, value_at, &Has::ALL, |has| has.name())?),
        _ => Expr::Kind(one_of(name, value, value_at, &Kind::ALL, |kind| {
            kind.name()
        })?),
    })
}

/// The one of a fixed list that a value names.
fn one_of<T: Copy>(
    field: &str,
    value: &str,
    at: Range<usize>,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, QueryError> {
    let lower = value.to_ascii_lowercase();
    if let Some(found) = all.iter().find(|one| name(**one) == lower) {
        return Ok(*found);
    }
    let names = || all.iter().map(|one| name(*one));
    let message = match nearest(&lower, names()) {
        Some(near) => format!("`{field}:{value}` is not known; did you mean `{field}:{near}`?"),
        None => format!(
            "`{field}:` takes one of: {}",
            names().collect::<Vec<_>>().join(", ")
        ),
    };
    Err(error(at, message))
}

/// A year, a month of it, or a day of that.
fn period(field: &str, value: &str, at: Range<usize>) -> Result<Period, QueryError> {
    let form = || {
        let example = match value.split(['/', '.', '-']).collect::<Vec<_>>().as_slice() {
            [d, m, y] if y.len() == 4 && d.len() <= 2 && m.len() <= 2 => {
                format!("the year first, such as {field}:{y}-{m:0>2}-{d:0>2}")
            }
            _ => format!("{field}:2021-03-05, {field}:2021-03 or {field}:2021"),
        };
        error(
            at.clone(),
            format!("`{value}` is not a date: write {example}"),
        )
    };
    let digits = |part: &str, count: usize| {
        (part.len() == count && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let mut parts = value.split('-');
    let year = parts
        .next()
        .and_then(|part| digits(part, 4))
        .ok_or_else(form)?;
    let month = parts
        .next()
        .map(|part| digits(part, 2).ok_or_else(form))
        .transpose()?;
    let day = parts
        .next()
        .map(|part| digits(part, 2).ok_or_else(form))
        .transpose()?;
    if parts.next().is_some() {
        return Err(form());
    }
    let period = Period {
        year: i32::try_from(year).map_err(|_| form())?,
        month,
        day,
    };
    if period.days().is_none() {
        return Err(error(at, format!("there is no such date as {value}")));
    }
    Ok(period)
}

/// The name that differs least from `typed`, if it differs by two letters at most.
pub(in crate::review) fn nearest<'a>(
    typed: &str,
    names: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    names
        .map(|name| (distance(typed, name), name))
        .filter(|(distance, name)| *distance <= 2 && *distance < name.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters must be put in, taken out or changed to come from one to the other; three for
/// all that differ so much in length that it does not matter.
fn distance(one: &str, other: &str) -> usize {
    if one.len().abs_diff(other.len()) > 2 {
        return 3;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (done, a) in one.bytes().enumerate() {
        let mut corner = done;
        let mut left = done + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (above, b) in row.iter_mut().skip(1).zip(other.bytes()) {
            let cost = (corner + usize::from(a != b)).min(left + 1).min(*above + 1);
            corner = *above;
            *above = cost;
            left = cost;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Makes the word at the very end the beginning of a word.
///
/// Not a single letter: too many words begin with it to be an answer. Not where words have no
/// spaces or are signs: there every character is whole.
fn leave_open(text: &str, tokens: &mut [Token]) {
    if let Some(Token {
        at,
        what: What::Term { expr, bare: true },
    }) = tokens.last_mut()
        && at.end == text.len()
        && let Expr::Words { text, prefix } = expr
        && let Some(last) = words(text).last()
        && last.range.end == text.len()
    {
        let mut letters = last.folded.chars();
        let open = letters
            .next()
            .is_some_and(|c| c.is_alphanumeric() && !is_unspaced(c));
        *prefix |= open && letters.next().is_some();
    }
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    end: usize,
    depth: usize,
}

impl Parser {
    /// Alternatives, up to a closing bracket or the end.
    fn either(&mut self) -> Result<Expr, QueryError> {
        let mut parts = vec![self.together()?];
        while let Some(or) = self.tokens.next_if(|token| matches!(token.what, What::Or)) {
            if self.at_end_of_terms() {
                return Err(error(or.at, "`OR` needs something after it"));
            }
            parts.push(self.together()?);
        }
        Ok(Expr::or(parts))
    }

    fn at_end_of_terms(&mut self) -> bool {
        self.tokens
            .peek()
            .is_none_or(|token| matches!(token.what, What::Close))
    }

    /// Terms side by side.
    fn together(&mut self) -> Result<Expr, QueryError> {
        let mut parts = Vec::new();
        loop {
            match self.tokens.peek() {
                Some(Token {
                    what: What::And,
                    at,
                }) => {
                    let at = at.clone();
                    if parts.is_empty() {
                        return Err(error(at, "`AND` needs something before it"));
                    }
                    self.tokens.next();
                    if self.at_end_of_terms() {
                        return Err(error(at, "`AND` needs something after it"));
                    }
                    // `a AND OR b` is caught where the term is read.
                    parts.push(self.one()?);
                }
                Some(Token { what: What::Or, at }) if parts.is_empty() => {
                    return Err(error(at.clone(), "`OR` needs something before it"));
                }
                None
                | Some(Token {
                    what: What::Or | What::Close,
                    ..
                }) if !parts.is_empty() => {
                    return Ok(Expr::and(parts));
                }
                _ => parts.push(self.one()?),
            }
        }
    }

    /// One term, with the `-` before it or the brackets around it.
    fn one(&mut self) -> Result<Expr, QueryError> {
        let Some(token) = self.tokens.next() else {
            return Err(error(self.end..self.end, "something is missing here"));
        };
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(error(
                token.at,
                "brackets and `-` stand too deep in one another",
            ));
        }
        let expr = match token.what {
            What::Term { expr, .. } => expr,
            What::Not => {
                if self.at_end_of_terms() {
                    return Err(error(token.at, "`NOT` needs something after it"));
                }
                Expr::not(self.one()?)
            }
            What::Open => {
                if let Some(close) = self.tokens.next_if(|t| matches!(t.what, What::Close)) {
                    return Err(error(
                        token.at.start..close.at.end,
                        "there is nothing between these brackets",
                    ));
                }
                if self.tokens.peek().is_none() {
                    return Err(error(
                        token.at,
                        "this bracket is not closed: put `)` at its end",
                    ));
                }
                let inner = self.either()?;
                if self
                    .tokens
                    .next_if(|t| matches!(t.what, What::Close))
                    .is_none()
                {
                    return Err(error(
                        token.at,
                        "this bracket is not closed: put `)` at its end",
                    ));
                }
                inner
            }
            What::Close => return Err(error(token.at, "there is no bracket to close here")),
            What::Or => return Err(error(token.at, "`OR` needs something before it")),
            What::And => return Err(error(token.at, "`AND` needs something before it")),
        };
        self.depth -= 1;
        Ok(expr)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Mark, Query};
    use super::*;
    use crate::model::Decision;
    use proptest::prelude::*;

    /// The canonical text of a query.
    fn canonical(text: &str) -> String {
        Query::parse(text)
            .unwrap_or_else(|e| panic!("{text}: {e}"))
            .to_string()
    }

    /// What is wrong, with the part of the text it points at.
    fn wrong(text: &str) -> (String, String) {
        let error = Query::parse(text).unwrap_err();
        (text.get(error.at).unwrap().to_owned(), error.message)
    }

    #[test]
    fn canonical_texts() {
        for (typed, shown) in [
            ("", ""),
            ("  budget   meeting ", "budget meeting"),
            ("\"budget meeting\"", "\"budget meeting\""),
            ("\"budget\"", "budget"),
            ("budg*", "budg*"),
            ("\"the budg\"*", "\"the budg\"*"),
            ("follow-up", "follow-up"),
            ("10:30", "\"10:30\""),
            ("https://example.org/a", "\"https://example.org/a\""),
            ("a AND b", "a b"),
            ("a OR b c", "a OR b c"),
            ("(a OR b) c", "(a OR b) c"),
            ("((a) (b c))", "a b c"),
            ("NOT lunch -dinner", "-lunch -dinner"),
            ("-(a OR b)", "-(a OR b)"),
            ("--a", "-(-a)"),
            ("\"OR\" or", "\"OR\" or"),
            ("FROM:Ann", "from:Ann"),
            ("from:ME", "from:me"),
            ("from:\"me\"", "from:\"me\""),
            ("from:\"Ann Other\"", "from:\"Ann Other\""),
            ("from:\"Ann\"", "from:Ann"),
            ("from:+447700900123", "from:+447700900123"),
            ("in:12 in:\"12\" in:007", "in:12 in:\"12\" in:007"),
            (
                "on:2021 on:2021-03 on:2021-03-05",
                "on:2021 on:2021-03 on:2021-03-05",
            ),
            (
                "is:Undecided has:link kind:view-once",
                "is:undecided has:link kind:view-once",
            ),
            (r"/PO-\d{6}\/x/", r"/PO-\d{6}\/x/"),
            (r#""say \"hi\" \\ there""#, r#""say \"hi\" \\ there""#),
            (
                "source:2 source:chat.zip channel:whatsapp",
                "source:2 source:chat.zip channel:whatsapp",
            ),
        ] {
            assert_eq!(canonical(typed), shown);
            assert_eq!(canonical(shown), shown);
        }
    }

    #[test]
    fn grouping() {
        let word = |text: &str| Expr::Words {
            text: text.into(),
            prefix: false,
        };
        assert_eq!(
            Query::parse("a b OR c -d").unwrap().expr,
            Expr::Or(vec![
                Expr::And(vec![word("a"), word("b")]),
                Expr::And(vec![word("c"), Expr::not(word("d"))]),
            ])
        );
        assert_eq!(
            Query::parse("is:official -(in:a OR in:b)").unwrap().expr,
            Expr::And(vec![
                Expr::Is(Is::Standing(Decision::Official)),
                Expr::not(Expr::Or(vec![Expr::In("a".into()), Expr::In("b".into())])),
            ])
        );
        assert!(Query::parse(" \t").unwrap().is_all());
    }

    #[test]
    fn errors_say_where_and_what_to_write() {
        for (text, place, message) in [
            ("a \"b c", "\"b c", "not closed"),
            ("from:\"Ann", "\"Ann", "not closed"),
            ("frm:ann", "frm:", "did you mean `from:`"),
            ("zebra:ann", "zebra:", "put quotes"),
            ("is:oficial", "oficial", "did you mean `is:official`"),
            ("is:thing", "thing", "takes one of: undecided, official"),
            ("kind:pol", "pol", "did you mean `kind:poll`"),
            ("a from: b", "", "needs a name"),
            ("from:\"  \"", "\"  \"", "needs a name"),
            ("on:05/03/2021", "05/03/2021", "such as on:2021-03-05"),
            ("on:5.3.2021", "5.3.2021", "such as on:2021-03-05"),
            ("on:2021-02-30", "2021-02-30", "no such date"),
            ("on:2021-3", "2021-3", "is not a date"),
            ("after:yesterday", "yesterday", "is not a date"),
            ("/a(/", "/a(/", "cannot be used"),
            ("x /abc", "/abc", "not closed"),
            ("//", "//", "no regular expression"),
            ("/usr/bin", "b", "second `/`"),
            ("()", "()", "nothing between"),
            ("a ( )", "( )", "nothing between"),
            ("(a OR b", "(", "not closed"),
            ("a (", "(", "not closed"),
            ("a) b", ")", "no bracket to close"),
            ("a OR", "OR", "after it"),
            ("(a OR ) b", "OR", "after it"),
            ("OR a", "OR", "before it"),
            ("a OR OR b", "OR", "before it"),
            ("AND a", "AND", "before it"),
            ("a AND", "AND", "after it"),
            ("a AND OR b", "OR", "before it"),
            ("a NOT", "NOT", "after it"),
            ("a - b", "-", "leaves out"),
            ("a -", "-", "leaves out"),
            ("?!", "?!", "no letter or digit"),
            ("\"\"", "\"\"", "no word"),
            ("*", "*", "beginning of a word"),
            ("b*d", "*", "at the end of a word"),
        ] {
            let (at, said) = wrong(text);
            assert_eq!(at, place, "{text}: {said}");
            assert!(said.contains(message), "{text}: {said}");
            assert!(!said.contains('\n'), "{text}: {said}");
        }
    }

    #[test]
    fn bounds_hold() {
        assert!(wrong(&"a ".repeat(MAX_QUERY)).1.contains("at most"));
        assert!(
            wrong(&format!("/{}/", "a".repeat(MAX_PATTERN + 1)))
                .1
                .contains("at most")
        );
        assert!(
            wrong(&format!("{}a{}", "(".repeat(4000), ")".repeat(4000)))
                .1
                .contains("too deep")
        );
        assert!(
            wrong(&format!("{}a", "-".repeat(4000)))
                .1
                .contains("too deep")
        );
        let many = vec!["(a)"; 2000].join(" ");
        assert!(Query::parse(&many).is_ok());
        assert!(wrong(r"/(\w{500}){500}/").1.contains("cannot be used"));
    }

    #[test]
    fn the_last_word_is_unfinished_while_typing() {
        for (typed, shown) in [
            ("bud", "bud*"),
            ("bud ", "bud"),
            ("the bud", "the bud*"),
            ("b", "b"),
            ("é", "é"),
            ("bu", "bu*"),
            ("-lun", "-lun*"),
            ("(lunch OR din", ""),
            ("lunch OR din", "lunch OR din*"),
            ("\"bud\"", "bud"),
            ("bud*", "bud*"),
            ("bud,", "bud,"),
            ("follow-u", "follow-u"),
            ("follow-up", "follow-up*"),
            ("from:an", "from:an"),
            ("会議", "会議"),
            ("👍", "👍"),
            ("회의", "회의*"),
        ] {
            let live = Query::live(typed).map(|query| query.to_string());
            assert_eq!(live.unwrap_or_default(), shown, "{typed}");
        }
    }

    #[test]
    fn marks_are_what_a_hit_shows() {
        let query = Query::parse("bud* -lunch (from:ann OR /a+/)").unwrap();
        assert_eq!(
            query.marks(),
            [
                Mark::Words {
                    text: "bud",
                    prefix: true
                },
                Mark::Pattern("a+")
            ]
        );
    }

    fn leaf() -> impl Strategy<Value = Expr> {
        let text = || "[a-zA-Z0-9é会OR\"\\\\:/*() -]{0,8}".prop_map(|s| format!("x{s}"));
        let period = (
            1970i32..2100,
            proptest::option::of((1u32..13, proptest::option::of(1u32..29))),
        )
            .prop_map(|(year, rest)| Period {
                year,
                month: rest.map(|(month, _)| month),
                day: rest.and_then(|(_, day)| day),
            });
        prop_oneof![
            (text(), any::<bool>()).prop_map(|(text, prefix)| Expr::Words { text, prefix }),
            prop::sample::select(vec!["OR", "AND", "NOT", "-a", "/a", "a:b", "a*", "12"]).prop_map(
                |text| Expr::Words {
                    text: text.into(),
                    prefix: false
                }
            ),
            prop::sample::select(vec!["a", "a/b", r"\d+", r"[/]\\", "(a|b) c", "a\"b"])
                .prop_map(|text| Expr::Pattern(text.into())),
            text().prop_map(Expr::From),
            prop::sample::select(vec!["me", "ME", "12", "a b"]).prop_map(|s| Expr::From(s.into())),
            prop::sample::select(vec!["12", "0", "012", "1234567890"])
                .prop_map(|s| Expr::In(s.into())),
            Just(Expr::FromMe),
            (0u32..1_000_000_000).prop_map(Expr::InNumber),
            (0u32..1_000_000_000).prop_map(Expr::SourceNumber),
            text().prop_map(Expr::With),
            text().prop_map(Expr::Channel),
            text().prop_map(Expr::Source),
            period.clone().prop_map(Expr::On),
            period.clone().prop_map(Expr::After),
            period.prop_map(Expr::Before),
            prop::sample::select(Is::ALL.to_vec()).prop_map(Expr::Is),
            prop::sample::select(Has::ALL.to_vec()).prop_map(Expr::Has),
            prop::sample::select(Kind::ALL.to_vec()).prop_map(Expr::Kind),
        ]
    }

    fn tree() -> impl Strategy<Value = Expr> {
        leaf().prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 1..4).prop_map(Expr::and),
                proptest::collection::vec(inner.clone(), 1..4).prop_map(Expr::or),
                inner.prop_map(Expr::not),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_shown_parses_to_the_same(expr in tree()) {
            let query = Query { expr };
            let shown = query.to_string();
            let again = Query::parse(&shown);
            prop_assert!(again.is_ok(), "{}: {:?}", shown, again);
            prop_assert_eq!(again.unwrap(), query, "{}", shown);
        }

        #[test]
        fn any_text_is_read_or_refused_at_a_place(text in r#"[ a-c(é会"/\\*:\-)ORfrom]{0,24}"#) {
            for read in [Query::parse(&text), Query::live(&text)] {
                match read {
                    Ok(query) => {
                        let shown = query.to_string();
                        prop_assert_eq!(Query::parse(&shown).unwrap(), query, "{} {}", text, shown);
                    }
                    Err(error) => prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error),
                }
            }
        }

        #[test]
        fn any_characters_are_read_or_refused(text in any::<String>()) {
            let _ = Query::live(&text);
        }
    }
}
