//! What the details pane tells of a message: from the store, and from the ledger.

use super::app::Details;
use crate::case::marks::About;
use crate::case::second::Word;
use crate::case::{Message, Store};
use crate::findings::kept::Texts;
use crate::findings::value_of;
use crate::model::{Direction, Extra, MessageNumber};
use crate::review::Edition;
use crate::review::beside::{self, Beside, Fact};
use crate::review::exposure::{Someone, is_personal};
use crate::review::findings::{Looked, Verdict};
use crate::review::masks::read_under;
use crate::review::redacting::{stale, text_of};
use crate::review::{Session, Standing};
use crate::text::{Shown, grouped};
use roaring::RoaringBitmap;

/// So many findings of a message are told of.
const MOST_FINDINGS: usize = 6;
/// So many of those who could read a message are named.
const MOST_READERS: usize = 12;

/// What detectors point at in a message, once somebody looked for findings.
fn findings(session: &Session, number: MessageNumber, line: &mut impl FnMut(&str, String)) {
    let Ok(Some(looked)) = session.findings_kept() else {
        return;
    };
    let (store, judged) = (session.store(), session.judged());
    let mut texts = Texts::default();
    let of = looked.findings().of_message(number);
    for (at, finding) in of.take(MOST_FINDINGS).enumerate() {
        let Some(about) = finding.about() else {
            continue;
        };
        let text = texts.around(session.case(), &store, &finding);
        let found = text.as_deref().and_then(|text| text.get(finding.span()));
        let found = found.unwrap_or_default();
        let said = judged.of_spot(about.id, &finding.spot());
        let said = said.or_else(|| judged.of_value(about.id, &value_of(about.id, found)));
        let said = said.map_or("open", Verdict::name);
        let because = looked.findings().because(&finding);
        let label = if at == 0 { "findings" } else { "" };
        line(
            label,
            format!("{}: {found}; {said}; {because}", about.title),
        );
    }
    if let Some(words) = readers(session, &looked, number) {
        line("could read", words);
    }
}

/// Who could read the personal data in a message, besides whoever wrote it; `None` where there is
/// none.
fn readers(session: &Session, looked: &Looked, number: MessageNumber) -> Option<String> {
    let message = RoaringBitmap::from([number.0]);
    let exposure = session.exposure(looked, &message, &is_personal);
    if exposure.all.findings == 0 {
        return None;
    }
    let name = |one: &Someone| match one.is_stranger() {
        true => format!("{} (no staff)", one.name),
        false => one.name.clone(),
    };
    let named = |people: Vec<String>| {
        let more = people.len().saturating_sub(MOST_READERS);
        let mut words = people;
        words.truncate(MOST_READERS);
        match more {
            0 => words.join(", "),
            more => format!("{} and {} more", words.join(", "), grouped(more as u64)),
        }
    };
    let (sure, perhaps): (Vec<_>, Vec<_>) = exposure
        .exposed
        .iter()
        .partition(|one| one.amount.messages > 0);
    let mut told = Vec::new();
    if !sure.is_empty() {
        told.push(named(sure.into_iter().map(name).collect()));
    }
    if !perhaps.is_empty() {
        let people = named(perhaps.into_iter().map(name).collect());
        told.push(format!("perhaps {people}"));
    }
    if exposure.unknown > 0 {
        told.push("nothing tells who else was there".to_owned());
    }
    Some(match told.is_empty() {
        true => "nobody else that is known of".to_owned(),
        false => told.join("; "),
    })
}

/// All of it, as labels and words; reads the ledger.
pub fn of(session: &Session, number: MessageNumber) -> Details {
    let store = session.store();
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut line = |label: &str, words: String| lines.push((label.to_owned(), words));
    let Some(message) = store.message(number) else {
        let links = Vec::new();
        return Details {
            number,
            lines,
            links,
        };
    };
    let hidden = session.hidden().contains(number.0);
    if hidden {
        line(
            "decided",
            "hidden until your second decision is given".into(),
        );
    }
    let same = session.same();
    match session.history(number) {
        _ if hidden => {}
        Ok(history) if history.is_empty() => {
            if message.kind.is_decidable() && !same.is_copy(number) {
                line("decided", "not yet".into());
            }
        }
        Ok(history) => {
            for (at, entry) in history.iter().rev().enumerate() {
                let label = if at == 0 { "decided" } else { "" };
                let words = super::view::entry_words(entry, &store);
                line(
                    label,
                    format!(
                        "{words}; {} by {}, entry {}",
                        entry.at, entry.actor.name, entry.seq
                    ),
                );
            }
        }
        Err(error) => line("decided", error.to_string()),
    }
    if same.is_copy(number) {
        let head = same.head(number);
        line(
            "the same",
            format!("as message {head}, which stands for it: decided there"),
        );
    }
    for copy in same
        .copies_of(number)
        .filter_map(|copy| store.message(copy))
    {
        let source = store.source(copy.source);
        let name = source.map_or("", |source| source.name.as_str());
        let title = store.thread(copy.thread);
        let title = title.map_or("", |thread| thread.title.as_str());
        let number = copy.number;
        line(
            "the same",
            format!("as message {number} in {title}, of {name}"),
        );
    }
    match session.standing(number) {
        _ if hidden => {}
        Ok(standing) => {
            for one in standing {
                if matches!(one.about, About::Sampled { .. }) {
                    continue;
                }
                let (label, words) = said(&one);
                line(label, words);
            }
        }
        Err(error) => line("flags", error.to_string()),
    }
    if !hidden {
        words(session, number, &mut line);
    }
    line(
        "message",
        format!(
            "number {number}, {}, {}",
            message.kind.name(),
            match session.direction(number) {
                Direction::Unknown => "sent or received: not known",
                Direction::None => "written by the app",
                known => known.name(),
            }
        ),
    );
    findings(session, number, &mut line);
    if let Some(words) = person(session, &message) {
        line("person", words);
    }
    let links = super::context::lines(session, number, &mut line);
    let extra = store.extra(number);
    more(&store, &message, &extra, &mut line);
    if let Some(source) = store.source(message.source) {
        let item = usize::try_from(message.item)
            .ok()
            .and_then(|at| source.items.get(at));
        let inside = item
            .filter(|item| item.name != source.name)
            .map_or_else(String::new, |item| format!(" > {}", item.name));
        line("export", format!("{}{inside}", source.name));
        let place = match session.case().line_of(number) {
            Ok(at) => format!("line {}", grouped(at)),
            Err(error) => error.to_string(),
        };
        line(
            "source",
            format!(
                "{place}: {} bytes from byte {} on; read as {} version {}",
                grouped(u64::from(message.span.length)),
                grouped(message.span.offset),
                source.format,
                source.importer_version
            ),
        );
    }
    let written = store.written(number);
    if !written.is_empty() {
        line("time as written", written);
    }
    match message
        .time
        .and_then(|time| chrono::DateTime::from_timestamp(time, 0))
    {
        Some(time) => {
            let facts = session.facts();
            let (zone, basis) = facts.time_zone();
            let offset = chrono::FixedOffset::east_opt(i32::from(message.offset_minutes) * 60);
            let time = offset.map_or_else(
                || time.to_rfc3339(),
                |offset| time.with_timezone(&offset).to_rfc3339(),
            );
            line("taken as", format!("{time} ({zone}: {basis})"));
        }
        None => line("taken as", "no time".into()),
    }
    if !hidden {
        masked(session, number, &mut line);
    }
    let hidden = Shown::block(message.text).mark_count();
    if hidden > 0 {
        line(
            "hidden",
            format!(
                "{} invisible or acting characters, shown as marks",
                grouped(hidden as u64)
            ),
        );
    }
    for file in &extra.attachments {
        let kind = match (file.content_type.as_str(), file.media.as_str()) {
            ("", "") => "file",
            ("", media) => media,
            (content_type, _) => content_type,
        };
        let size = beside::file_size(&store, message.source, file);
        let told = [kind, beside::file_state(file.state, false), &size];
        let told: Vec<&str> = told.into_iter().filter(|word| !word.is_empty()).collect();
        line("file", format!("{} ({})", file.name, told.join(", ")));
    }
    if !extra.event.is_empty() {
        line("reports", extra.event.clone());
    }
    for note in &extra.notes {
        line("remark", note.clone());
    }
    for also in store.also_in(number) {
        let name = store
            .source(also.at.source)
            .map_or("", |source| source.name.as_str());
        let labels = also.told.labels.unwrap_or_default();
        let kept = if labels.is_empty() {
            String::new()
        } else {
            format!(", kept under {}", labels.join(", "))
        };
        line(
            "also in",
            format!(
                "{name}: {} bytes from byte {} on{kept}",
                grouped(u64::from(also.at.span.length)),
                grouped(also.at.span.offset),
            ),
        );
    }
    for other in session.disagreements(number) {
        let name = store
            .source(other.source)
            .map_or("", |source| source.name.as_str());
        let text = if other.text.is_empty() {
            String::new()
        } else {
            format!(": {}", other.text)
        };
        line(
            "disagrees",
            format!("{name} {}{text}", other.what.describe()),
        );
    }
    Details {
        number,
        lines,
        links,
    }
}

/// What second reviewers said before what stands now, the latest first.
fn words(session: &Session, number: MessageNumber, line: &mut dyn FnMut(&str, String)) {
    let told = match session.words_of(number) {
        Ok(told) => told,
        Err(error) => return line("second", error.to_string()),
    };
    let mut seen: Vec<&str> = Vec::new();
    for (recorded, by, to) in told.iter().rev() {
        let is_last = !seen.contains(&by.as_str());
        seen.push(by);
        if is_last && to.is_some() {
            continue;
        }
        let word = to.as_ref().and_then(|said| said.word.as_ref());
        let what = word.map_or_else(|| "no word any more".to_owned(), Word::in_words);
        line(
            "second, before",
            format!("{by}: {what}; {}, entry {}", recorded.at, recorded.seq),
        );
    }
}

/// Something said of a message, with who said it and when.
fn said(one: &Standing) -> (&'static str, String) {
    let reason = one.said.reason.as_ref();
    let reason = reason.map(|reason| format!("{}: {}", reason.code, reason.means));
    let (label, what) = match &one.about {
        About::Reason => ("reason", String::new()),
        About::Flag { flag } => ("flag", flag.name().to_owned()),
        About::Note { .. } => ("note", String::new()),
        About::ThreadNote { .. } => ("thread's note", String::new()),
        About::Second { .. } | About::Sampled { .. } => {
            let word = one.said.word.as_ref();
            let by = match &one.about {
                About::Second { by } => by.as_str(),
                _ => "",
            };
            let words = word.map(Word::in_words).unwrap_or_default();
            ("second", format!("{by} {words}"))
        }
    };
    let parts = [Some(what), reason, Some(one.said.text.clone())];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let mut words = parts.join("; ");
    if let Some(entry) = &one.entry {
        words += &format!(
            "; {} by {}, entry {}",
            entry.at, entry.actor.name, entry.seq
        );
    }
    (label, words)
}

/// Who the sender is, where something was said of them or of their other names.
fn person(session: &Session, message: &Message<'_>) -> Option<String> {
    let cast = session.cast();
    let sender = message.participant?;
    let person = cast.roster.person(sender)?;
    person.id?;
    let others = person.participants.iter().filter(|id| **id != sender);
    let others = others.filter_map(|id| cast.store.participant(*id));
    let mut words = vec![person.name.clone(), person.standing()];
    words.extend(others.map(|other| format!("also {}", other.name)));
    words.retain(|word| !word.is_empty());
    Some(words.join("; "))
}

/// What a message has beside its text, each with its own label.
fn more(store: &Store, message: &Message<'_>, extra: &Extra, line: &mut dyn FnMut(&str, String)) {
    let sender = message.participant.and_then(|id| store.participant(id));
    let mut sender = sender.filter(|_| !extra.recipients.is_empty());
    for (fact, words) in Beside::of(extra).told() {
        if fact != Fact::NeverSent
            && let Some(sender) = sender.take()
        {
            line("from", sender.name.clone());
        }
        let label = fact.label().to_lowercase();
        for (at, words) in words.into_iter().enumerate() {
            line(if at == 0 { &label } else { "" }, words);
        }
    }
    if let Some(name) = extra.reply_to.last()
        && store.named(name, message.thread).is_none()
    {
        line("answers", format!("{name}, which is not in this case"));
    }
    if !extra.message_id.is_empty() {
        line("its own name", extra.message_id.clone());
    }
}

/// What is masked of a message: its texts as they read in the closed master and in the open copy,
/// and what is withheld whole.
fn masked(session: &Session, number: MessageNumber, line: &mut impl FnMut(&'static str, String)) {
    let (store, masks) = (session.store(), session.masks());
    let Some(masks) = masks.of(number) else {
        return;
    };
    for one in &masks.parts {
        let Some(text) = text_of(&store, number, one.part) else {
            let why = one.masks.iter().map(|mask| mask.reason.to_string());
            let why: Vec<String> = why.collect();
            line("withheld", format!("{} {}", one.part.name(), why.join(" ")));
            continue;
        };
        let (closed, _) = read_under(&text, one, Edition::Closed);
        let (open, _) = read_under(&text, one, Edition::Open);
        if closed == open {
            line("masked", closed.into_owned());
        } else {
            line("closed master", closed.into_owned());
            line("open copy", open.into_owned());
        }
    }
    if let Some(why) = stale(&store, number, masks) {
        line("look again", why.describe().to_owned());
    }
}
