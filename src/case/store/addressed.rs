//! The messages that are addressed to somebody, have a subject or a label, or bear a name of their
//! own: by the values that all parts keep (`case/values.rs`).

use super::Store;
use crate::case::values::{Addressed, Field};
use crate::model::{MessageNumber, SourceId, ThreadId};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet, HashMap};

impl Store {
    /// What was addressed to whom, by channel and name as the messages write it. Reads what was
    /// addressed to whom of the whole case.
    pub fn addressed(&self) -> HashMap<(&str, &str), Addressed> {
        let mut ranges: Vec<(u32, SourceId)> = self
            .sources()
            .iter()
            .filter(|source| !source.numbers.is_empty())
            .map(|source| (source.numbers.end, source.id))
            .collect();
        ranges.sort_unstable();
        let mut found: HashMap<(&str, &str), Addressed> = HashMap::new();
        for part in self.parts() {
            let list: Vec<_> = part.columns.values().list().collect();
            for (message, value) in part.columns.values().pairs() {
                let number = part.added.first.saturating_add(message);
                let value = usize::try_from(value)
                    .ok()
                    .and_then(|value| list.get(value));
                let Some((_, name, _)) =
                    value.filter(|(field, ..)| Field::RECIPIENTS.contains(field))
                else {
                    continue;
                };
                let Some(thread) = self
                    .position_of(MessageNumber(number))
                    .and_then(|(thread, _)| self.thread(thread))
                else {
                    continue;
                };
                let to = found.entry((&thread.channel, name)).or_default();
                if to.last.replace(number) != Some(number) {
                    to.messages = to.messages.saturating_add(1);
                    let source = ranges.partition_point(|(end, _)| *end <= number);
                    to.sources
                        .extend(ranges.get(source).map(|(_, source)| *source));
                }
            }
        }
        found
    }

    /// The messages with a value for which `wanted` says yes, given what it is to its message and
    /// the value as [`crate::text::fold`] gives it. Costs a look at each different value.
    pub fn with_value(&self, wanted: &dyn Fn(Field, &str) -> bool) -> RoaringBitmap {
        let mut found = RoaringBitmap::new();
        for part in self.parts() {
            let first = part.added.first;
            for at in part.columns.values().find(wanted) {
                found.insert(first.saturating_add(at));
            }
        }
        found
    }

    /// Everyone that messages of each thread were addressed to, by name; threads without any are
    /// left out. Reads what was addressed to whom of the whole case.
    pub fn recipients(&self) -> BTreeMap<ThreadId, BTreeSet<&str>> {
        let mut found: BTreeMap<ThreadId, BTreeSet<&str>> = BTreeMap::new();
        for part in self.parts() {
            let list: Vec<_> = part.columns.values().list().collect();
            for (message, value) in part.columns.values().pairs() {
                let number = MessageNumber(part.added.first.saturating_add(message));
                let value = usize::try_from(value)
                    .ok()
                    .and_then(|value| list.get(value));
                if let Some((field, name, _)) = value
                    && Field::RECIPIENTS.contains(field)
                    && let Some((thread, _)) = self.position_of(number)
                {
                    found.entry(thread).or_default().insert(name);
                }
            }
        }
        found
    }

    /// The message that a message of this thread names as the one it answers, by the name that
    /// it has in its own format ([`crate::model::Extra::reply_to`]). Names of mails hold in the
    /// whole world and are looked for in all threads of the channel; others in the thread alone.
    pub fn named(&self, name: &str, thread: ThreadId) -> Option<MessageNumber> {
        let channel = |thread| Some(self.thread(thread)?.channel.as_str());
        let mut elsewhere = None;
        for part in self.parts() {
            for at in part.columns.values().named(name) {
                let number = MessageNumber(part.added.first.saturating_add(at));
                let Some((here, _)) = self.position_of(number) else {
                    continue;
                };
                let may_be =
                    here == thread || (name.contains('@') && channel(here) == channel(thread));
                if !may_be || part.columns.extra(at).message_id != name {
                    continue;
                }
                if here == thread {
                    return Some(number);
                }
                elsewhere = elsewhere.or(Some(number));
            }
        }
        elsewhere
    }

    /// Every message with this name of its own, in number order.
    pub fn all_named(&self, name: &str) -> Vec<MessageNumber> {
        let mut found = Vec::new();
        for part in self.parts() {
            for at in part.columns.values().named(name) {
                if part.columns.extra(at).message_id == name {
                    found.push(MessageNumber(part.added.first.saturating_add(at)));
                }
            }
        }
        found
    }
}
