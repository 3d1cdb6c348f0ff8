//! What the bundle tells of the rules that decided something of what it hands over.
//!
//! A rule's text is a query, and a query names what it looks for: somebody, a chat, a word that was
//! said. So the text leaves only where every part of it can be read in what is handed over and is
//! no part of the name of anybody or anything that stays behind. In doubt it stays in the case:
//! then the bundle has the rule's number, what it decided, and how much.

use super::completeness::RuleRow;
use super::select::{Selection, names_beside};
use crate::case::ledger::{Entry, How, Recorded};
use crate::model::MessageNumber;
use crate::review::Edition;
use crate::review::query::{Leaf, Query};
use crate::text::{fold, words};
use std::collections::{BTreeMap, BTreeSet};

/// The word of `decisions.csv` for what this rule decided.
pub(super) fn how(rule: u32) -> String {
    format!("rule {rule}")
}

/// The decision that an entry made or made again, with its rule, where it was a rule's.
pub(super) fn decided<'a>(
    selection: &'a Selection,
    recorded: &'a Recorded,
) -> Option<(u32, &'a Entry)> {
    let mut recorded = recorded;
    // A redo makes again what the undo that it names took back: two steps back each time.
    while let Entry::Redo { of, .. } = recorded.entry {
        let Entry::Undo { of, .. } = selection.entry(of)?.entry else {
            return None;
        };
        recorded = selection
            .entry(of)
            .filter(|earlier| earlier.seq < recorded.seq)?;
    }
    match &recorded.entry {
        entry @ Entry::Decide {
            how: How::Rule(rule),
            ..
        } => Some((rule.0, entry)),
        _ => None,
    }
}

/// The rules that decided something that is handed over, by number.
pub(super) fn rows(selection: &Selection) -> Vec<RuleRow> {
    let mut counts: BTreeMap<(u32, &str, &str, &str), u64> = BTreeMap::new();
    for number in &selection.decided_out {
        let by = selection.decided_by(MessageNumber(number));
        let Some((rule, entry)) = by.and_then(|by| decided(selection, by)) else {
            continue;
        };
        if let Entry::Decide {
            decision,
            query,
            reason,
            ..
        } = entry
        {
            let code = reason.as_ref().map_or("", |reason| reason.code.as_str());
            let query = query.as_deref().unwrap_or_default();
            *counts
                .entry((rule, decision.name(), code, query))
                .or_default() += 1;
        }
    }
    if counts.is_empty() {
        return Vec::new();
    }
    let queries: BTreeSet<&str> = counts.keys().map(|(.., query)| *query).collect();
    let told = Shown::of(selection, &queries).told(queries);
    let rows = counts
        .into_iter()
        .map(|((rule, decision, reason, query), messages)| RuleRow {
            rule,
            decision: decision.to_owned(),
            reason: reason.to_owned(),
            messages,
            text: told.contains(query).then(|| query.to_owned()),
        });
    rows.collect()
}

/// Words in a row, folded; where the second is set, the last is only a word's beginning.
type Phrase = (Vec<String>, bool);

/// What can be read in the bundle, as far as rules ask for it, and what stays behind.
struct Shown {
    /// The phrases that a message says which is handed over, where no mask lies on them.
    said: BTreeSet<Phrase>,
    /// The names of senders, and the titles of threads, that are handed over; folded.
    names: Vec<String>,
    titles: Vec<String>,
    /// Names and titles that stay behind; folded.
    kept: BTreeSet<String>,
    /// Their words.
    kept_words: BTreeSet<String>,
}

impl Shown {
    /// Reads every text that is handed over, once.
    fn of(selection: &Selection, queries: &BTreeSet<&str>) -> Shown {
        let store = &selection.store;
        let mut wanted: BTreeSet<Phrase> = BTreeSet::new();
        for query in queries.iter().filter_map(|query| Query::parse(query).ok()) {
            wanted.extend(query.leaves().into_iter().filter_map(phrase));
        }
        let mut said = BTreeSet::new();
        for number in &selection.decided_out {
            if wanted.is_empty() {
                break;
            }
            let Some(message) = store.message(MessageNumber(number)) else {
                continue;
            };
            // Under all its masks: what a rule looked for may be what somebody masked.
            let text = selection.leaving_in(&message, Edition::Open).text;
            let text: Vec<String> = words(&text).map(|word| word.folded).collect();
            wanted.retain(|phrase| {
                let here = says(&text, phrase);
                if here {
                    said.insert(phrase.clone());
                }
                !here
            });
        }
        let (mut names, mut kept) = (Vec::new(), BTreeSet::new());
        for participant in store.participants() {
            let name = fold(&participant.name);
            match selection.senders.contains(&participant.id) {
                true => names.push(name),
                false if selection.named.contains(&participant.id) => {}
                false => {
                    kept.insert(name);
                }
            }
        }
        let told = selection.told_names();
        for person in selection.people() {
            let said = [&person.name, &person.organisation, &person.position];
            let said = said.into_iter().filter(|said| !told.contains(*said));
            kept.extend(said.map(|said| fold(said)));
        }
        let mut titles = Vec::new();
        for thread in store.threads() {
            let title = match selection.threads.contains(&thread.id) {
                true => selection.title(thread),
                false => "",
            };
            titles.push(fold(title));
            if title != thread.title {
                kept.insert(fold(&thread.title));
            }
        }
        for number in (0..store.len()).filter(|number| !selection.is_told(*number)) {
            let extra = store.extra(MessageNumber(number));
            kept.extend(names_beside(&extra).map(fold));
        }
        for source in store.sources() {
            if !selection.sources.contains(&source.id) {
                kept.insert(fold(&source.name));
            }
        }
        // What is shown under its own name is no secret.
        kept.retain(|name| !name.is_empty() && !names.contains(name) && !titles.contains(name));
        let kept_words = kept.iter().flat_map(|name| words(name));
        Shown {
            said,
            names,
            titles,
            kept_words: kept_words.map(|word| word.folded).collect(),
            kept,
        }
    }

    /// The queries that name nothing that stays behind.
    fn told<'a>(&self, queries: BTreeSet<&'a str>) -> BTreeSet<&'a str> {
        let told = |text: &&str| {
            let query = Query::parse(text);
            query.is_ok_and(|query| query.leaves().into_iter().all(|leaf| self.shows(leaf)))
        };
        queries.into_iter().filter(told).collect()
    }

    fn shows(&self, leaf: Leaf<'_>) -> bool {
        match leaf {
            Leaf::Neutral => true,
            Leaf::Other => false,
            Leaf::Words { text, .. } => {
                phrase(leaf).is_some_and(|phrase| self.said.contains(&phrase))
                    && !self.is_kept(text)
            }
            Leaf::From(part) => self.is_part(part, &self.names),
            Leaf::In(part) => self.is_part(part, &self.titles),
        }
    }

    /// Whether it is part of something shown, and of nothing that stays behind.
    fn is_part(&self, part: &str, shown: &[String]) -> bool {
        let folded = fold(part);
        let is_in = |name: &String| name.contains(folded.as_str());
        !folded.is_empty()
            && shown.iter().any(is_in)
            && !self.kept.iter().any(is_in)
            && !self.is_kept(part)
    }

    /// Whether a word of it is a word of a name or title that stays behind, or the beginning of one.
    fn is_kept(&self, text: &str) -> bool {
        words(text).any(|word| {
            let from = self.kept_words.range(word.folded.clone()..);
            let mut from = from.take_while(|kept| kept.starts_with(&word.folded));
            from.next().is_some()
        })
    }
}

/// The words of a condition, if it is one on words.
fn phrase(leaf: Leaf<'_>) -> Option<Phrase> {
    let Leaf::Words { text, prefix } = leaf else {
        return None;
    };
    let folded: Vec<String> = words(text).map(|word| word.folded).collect();
    (!folded.is_empty()).then_some((folded, prefix))
}

/// Whether these words say the phrase.
fn says(text: &[String], (wanted, prefix): &Phrase) -> bool {
    let last = wanted.len().saturating_sub(1);
    text.windows(wanted.len().max(1)).any(|run| {
        let mut pairs = run.iter().zip(wanted).enumerate();
        pairs.all(|(at, (word, wanted))| {
            word == wanted || (*prefix && at == last && word.starts_with(wanted.as_str()))
        })
    })
}
