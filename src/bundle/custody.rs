//! `custody.jsonl`: what became of the exports from their import to this bundle, as a chain.
//!
//! One JSON object a line in the canonical form of RFC 8785 (no blanks, keys in order; numbers are
//! whole). `prev` is the SHA-256 of the line before without its line end, 64 zeros in the first; so
//! a line that is changed, taken out, put in or moved breaks the chain, and the hash of the last
//! line, the *custody head*, stands for all of it. Who rewrites every line gets another head: that
//! is what the signature holds fast (see [`super::sign`]).
//!
//! The lines are made from the ledger and tile it: acts of one kind, of one person, on one day and
//! next to each other are one line with their number, so that nobody reads from the pace of a review
//! what stays behind. They hold counts, neutral numbers and times. Queries, notes, titles, the names
//! of rules and of bundles' folders, and the ledger's own hashes stay in the case: a hash of an entry
//! whose query can be guessed would confirm the guess. The ledger's head alone is told, in the last
//! line and in `bag-info.txt`: with it the case's ledger can later be held against the bundle.

use super::error::BundleError;
use super::records::source_id;
use super::select::Selection;
use crate::case::Case;
use crate::case::ledger::{Entry, Known, Recorded};
use crate::model::{MessageNumber, SourceId};
use crate::text::hex;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Its name in the bag.
pub(super) const NAME: &str = "custody.jsonl";

/// What the first line has before it.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The event of the last line.
pub(super) const HEAD: &str = "ledger-head";

/// The fields of a line, in their order.
pub(super) const FIELDS: [&str; 7] = ["actor", "at", "detail", "event", "prev", "seq", "subject"];

/// The words that are docket's own, for the self-test.
pub(super) const WORDS: &str = "actor at detail event prev seq subject case creation fact ingestion \
    interpretation decision redaction flag note second-look quality-sample undo redo deduplication \
    people rule rebuild bundle signature receipt ledger-head first_entry last_entry until acts \
    messages messages_new messages_known messages_with_content messages_kept_of_others official \
    personal mixed context refer undecided reviewer docket format sha256 bytes entries hash partial \
    key by_rule lost form mbox rsmf concordance sip search-certificate\
    found";

/// The chain of a bundle.
pub(super) struct Custody {
    /// The file.
    pub(super) lines: String,
    /// SHA-256 of the last line, in hexadecimal.
    pub(super) head: String,
}

/// That the ledger holds every head that was noted of it: a chain of custody that begins after lost
/// entries would vouch for what is left.
///
/// # Errors
/// [`BundleError::Ledger`] where it does not; otherwise when it cannot be read.
pub(super) fn is_whole(case: &Case) -> Result<(), BundleError> {
    match case.anchors()?.against(case.ledger())?.first() {
        None => Ok(()),
        Some(gone) => Err(BundleError::Ledger {
            seq: gone.noted,
            reason: gone.to_string(),
        }),
    }
}

/// A value in canonical form: RFC 8785, for what holds whole numbers only.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields: Vec<String> = sorted
                .into_iter()
                .map(|(key, value)| {
                    let key = Value::String(key.clone());
                    format!("{key}:{}", canonical(value))
                })
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        plain => plain.to_string(),
    }
}

/// SHA-256 of a line without its end, in hexadecimal.
pub(super) fn hash(line: &str) -> String {
    hex(&Sha256::digest(line.as_bytes()))
}

/// One or several acts that a line tells of.
#[derive(Clone, Debug, PartialEq)]
struct Step {
    event: &'static str,
    subject: String,
    actor: String,
    at: String,
    until: String,
    first: u64,
    last: u64,
    acts: u64,
    counts: BTreeMap<&'static str, u64>,
    words: BTreeMap<&'static str, String>,
}

impl Step {
    /// Takes the next act into this line, if both are alike.
    fn takes(&mut self, next: &Step) -> bool {
        let day = |at: &str| at.chars().take(10).collect::<String>();
        let alike = self.event == next.event
            && self.subject == next.subject
            && self.actor == next.actor
            && self.words.is_empty()
            && next.words.is_empty()
            && self.last.checked_add(1) == Some(next.first)
            && day(&self.at) == day(&next.at);
        if alike {
            self.until.clone_from(&next.until);
            self.last = next.last;
            self.acts += next.acts;
            for (what, count) in &next.counts {
                *self.counts.entry(what).or_default() += count;
            }
        }
        alike
    }

    fn value(&self, seq: u64, prev: &str) -> Value {
        let mut detail = Map::new();
        detail.insert("first_entry".into(), self.first.into());
        detail.insert("last_entry".into(), self.last.into());
        detail.insert("acts".into(), self.acts.into());
        if self.until != self.at {
            detail.insert("until".into(), self.until.clone().into());
        }
        for (what, count) in &self.counts {
            detail.insert((*what).into(), (*count).into());
        }
        for (what, word) in &self.words {
            detail.insert((*what).into(), word.clone().into());
        }
        json!({
            "seq": seq,
            "at": self.at,
            "actor": self.actor,
            "event": self.event,
            "subject": self.subject,
            "detail": detail,
            "prev": prev,
        })
    }
}

/// The chain of what the ledger says up to the selection's head.
pub(super) fn of(selection: &Selection) -> Custody {
    let mut actors = Actors::of(selection);
    let mut steps: Vec<Step> = Vec::new();
    let mut counted = 0;
    for recorded in selection.history() {
        counted = recorded.seq;
        let actor = actors.told(recorded);
        for step in told(selection, recorded, &actor) {
            let taken = steps.last_mut().is_some_and(|last| last.takes(&step));
            if !taken {
                steps.push(step);
            }
        }
    }
    let at = steps.last().map(|last| last.until.clone());
    let mut lines = String::new();
    let mut prev = GENESIS.to_owned();
    let head = json!({
        "seq": steps.len() as u64 + 1,
        "at": at.unwrap_or_default(),
        "actor": "docket",
        "event": HEAD,
        "subject": "case",
        "detail": {"entries": counted, "hash": selection.head.hash.to_string()},
    });
    for (seq, step) in (1_u64..).zip(&steps) {
        let line = canonical(&step.value(seq, &prev));
        prev = hash(&line);
        lines.push_str(&line);
        lines.push('\n');
    }
    let mut head = head;
    if let Some(fields) = head.as_object_mut() {
        fields.insert("prev".into(), prev.into());
    }
    let line = canonical(&head);
    lines.push_str(&line);
    lines.push('\n');
    Custody {
        lines,
        head: hash(&line),
    }
}

/// Who did something: by name where the bundle names them anyway, else by a number.
struct Actors {
    named: BTreeSet<String>,
    numbers: BTreeMap<String, usize>,
}

impl Actors {
    fn of(selection: &Selection) -> Actors {
        let numbers = selection.decided_out.iter().map(MessageNumber);
        let by = numbers.flat_map(|number| {
            [selection.decided_by(number), selection.masked_by(number)].map(|by| by)
        });
        let mut named: BTreeSet<String> = by.flatten().map(|by| by.actor.name.clone()).collect();
        for source in selection.store.sources() {
            if selection.sources.contains(&source.id) {
                named.insert(source.imported_by.clone());
            }
        }
        Actors {
            named,
            numbers: BTreeMap::new(),
        }
    }

    fn told(&mut self, recorded: &Recorded) -> String {
        let actor = &recorded.actor;
        if actor.how == Known::Program {
            return "docket".to_owned();
        }
        if self.named.contains(&actor.name) {
            return actor.name.clone();
        }
        let next = self.numbers.len() + 1;
        let number = self.numbers.entry(actor.name.clone()).or_insert(next);
        format!("reviewer-{number}")
    }
}

/// What an entry is told as: one line, or of an import one for each export.
fn told(selection: &Selection, recorded: &Recorded, actor: &str) -> Vec<Step> {
    // To the second: the milliseconds tell nothing but the pace.
    let at: String = recorded.at.chars().take(19).chain(['Z']).collect();
    let step = |event: &'static str, counts: &[(&'static str, u64)]| Step {
        event,
        subject: "case".to_owned(),
        actor: actor.to_owned(),
        at: at.clone(),
        until: at.clone(),
        first: recorded.seq,
        last: recorded.seq,
        acts: 1,
        counts: counts.iter().copied().collect(),
        words: BTreeMap::new(),
    };
    let of_source = |source: SourceId| Step {
        subject: source_id(source.0),
        ..step("interpretation", &[])
    };
    let messages = |count: &u32| [("messages", u64::from(*count))];
    let one = match &recorded.entry {
        Entry::Created { docket } => Step {
            words: BTreeMap::from([("docket", docket.clone())]),
            ..step("creation", &[])
        },
        Entry::Fact { .. } => step("fact", &[]),
        Entry::Import { sources, .. } => {
            let lines = sources.iter().map(|source| {
                let mut words = BTreeMap::new();
                let mut counts = vec![
                    ("messages_new", u64::from(source.new)),
                    ("messages_known", u64::from(source.already_known)),
                ];
                let here = selection.store.source(source.source);
                let here = here.filter(|here| selection.sources.contains(&here.id));
                if let Some(here) = here {
                    words.insert("format", source.format.clone());
                    if selection.tells_seal(here) {
                        words.insert("sha256", source.sha256.clone());
                        counts.push(("bytes", source.size));
                    }
                }
                Step {
                    subject: source_id(source.source.0),
                    words,
                    ..step("ingestion", &counts)
                }
            });
            let lines: Vec<Step> = lines.collect();
            if lines.is_empty() {
                return vec![step("ingestion", &[])];
            }
            return lines;
        }
        Entry::DateOrder { source, .. }
        | Entry::Words { source, .. }
        | Entry::Me { source, .. } => of_source(*source),
        Entry::Decide {
            decision, count, ..
        } => step("decision", &[(decision.name(), u64::from(*count))]),
        Entry::Mark { about, count, .. } => step(
            match about {
                crate::case::marks::About::Flag { .. } => "flag",
                _ => "note",
            },
            &messages(count),
        ),
        Entry::Redact { count, .. } => step("redaction", &messages(count)),
        Entry::Second { count, .. } => step("second-look", &messages(count)),
        Entry::Sample { draw } => step("quality-sample", &[("messages", draw.drawn.len() as u64)]),
        Entry::Undo { count, .. } => step("undo", &messages(count)),
        Entry::Redo { count, .. } => step("redo", &messages(count)),
        Entry::Same { .. } | Entry::OwnNumbers { .. } => step("deduplication", &[]),
        Entry::People { .. } | Entry::Contacts { .. } => step("people", &[]),
        Entry::Rule { .. } => step("rule", &[]),
        Entry::Findings { count, .. } => step("findings", &[("findings", u64::from(*count))]),
        Entry::Rebuild { messages, lost, .. } => step(
            "rebuild",
            &[
                ("messages", u64::from(*messages)),
                ("lost", u64::from(*lost)),
            ],
        ),
        Entry::Bundle {
            messages,
            sha256,
            form,
            ..
        } => Step {
            words: match form {
                Some(form) => BTreeMap::from([("form", form.clone()), ("sha256", sha256.clone())]),
                None => BTreeMap::from([("sha256", sha256.clone())]),
            },
            ..step("bundle", &[("messages_with_content", u64::from(*messages))])
        },
        Entry::Signed { bundle, .. } => Step {
            words: BTreeMap::from([("sha256", bundle.clone())]),
            ..step("signature", &[])
        },
        // What was searched for stays: a query can name anybody.
        Entry::Certificate { found, sha256, .. } => Step {
            words: BTreeMap::from([("sha256", sha256.clone())]),
            ..step("search-certificate", &[("found", u64::from(*found))])
        },
        Entry::Receipt { bundle, .. } => Step {
            words: BTreeMap::from([("sha256", bundle.clone())]),
            ..step("receipt", &[])
        },
    };
    vec![one]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_form_is_that_of_rfc_8785() {
        let value: Value = serde_json::from_str(
            "{\"b\": [1, {\"d\": \"\\u00e9\\u001F\\n\", \"c\": null}], \"a\": true}",
        )
        .unwrap();
        assert_eq!(
            canonical(&value),
            "{\"a\":true,\"b\":[1,{\"c\":null,\"d\":\"\u{e9}\\u001f\\n\"}]}"
        );
    }

    #[test]
    fn like_acts_of_one_day_are_one_line() {
        let act = |seq: u64, at: &str, event| Step {
            event,
            subject: "case".into(),
            actor: "Ann".into(),
            at: at.into(),
            until: at.into(),
            first: seq,
            last: seq,
            acts: 1,
            counts: BTreeMap::from([("official", 2)]),
            words: BTreeMap::new(),
        };
        let mut first = act(4, "2024-03-01T10:00:00Z", "decision");
        assert!(first.takes(&act(5, "2024-03-01T11:00:00Z", "decision")));
        assert_eq!(
            (first.last, first.acts, first.counts["official"]),
            (5, 2, 4)
        );
        assert!(!first.takes(&act(6, "2024-03-02T11:00:00Z", "decision")));
        assert!(!first.takes(&act(6, "2024-03-01T11:00:00Z", "undo")));
        assert!(!first.takes(&act(7, "2024-03-01T11:00:00Z", "decision")));
    }
}
