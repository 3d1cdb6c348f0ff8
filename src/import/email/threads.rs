//! Which mails belong together: those that name one another in References and In-Reply-To, and
//! those that Gmail counts as one conversation. A like subject joins nothing.

use crate::import::window::after_empty_line;
use mail_parser::{HeaderName, HeaderValue, Message, MessageParser};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Most ids of one mail that are followed; real threads name a few dozen.
const MOST_IDS: usize = 1000;
/// Longest block of headers that is read for ids.
const HEADERS: usize = 1 << 20;

/// Joins mails into threads: first it meets all, then it tells the thread of each in order.
#[derive(Default)]
pub(super) struct Threads {
    /// The node of each id met, by a hash of it.
    nodes: HashMap<u64, u32>,
    parents: Vec<u32>,
    /// The node of each mail, in order.
    mails: Vec<u32>,
    told: usize,
}

impl Threads {
    /// Meets the next mail.
    pub(super) fn meet(&mut self, mail: &[u8]) {
        let headers = header_block(mail, HEADERS);
        let parser = MessageParser::new()
            .header_id(HeaderName::MessageId)
            .header_id(HeaderName::References)
            .header_id(HeaderName::InReplyTo)
            .header_text(HeaderName::Other("X-GM-THRID".into()));
        let node = self.node();
        self.mails.push(node);
        let Some(message) = parser.parse_headers(headers) else {
            return;
        };
        let mut ids: Vec<(u8, &str)> = ids(&message)
            .into_iter()
            .chain(message.message_id())
            .map(|id| (0, id))
            .collect();
        if let Some(HeaderValue::Text(id)) = message.header(HeaderName::Other("X-GM-THRID".into()))
        {
            ids.push((1, id.trim()));
        }
        for id in ids.into_iter().take(MOST_IDS) {
            let mut hasher = DefaultHasher::new();
            id.hash(&mut hasher);
            let other = match self.nodes.get(&hasher.finish()) {
                Some(node) => *node,
                None => {
                    let node = self.node();
                    self.nodes.insert(hasher.finish(), node);
                    node
                }
            };
            self.join(node, other);
        }
    }

    /// Ends the meeting: the ids are forgotten.
    pub(super) fn settle(&mut self) {
        self.nodes = HashMap::new();
    }

    /// The thread of the next mail, as a number that all its mails share.
    pub(super) fn next(&mut self) -> u32 {
        let mail = self.mails.get(self.told).copied().unwrap_or(u32::MAX);
        self.told = self.told.saturating_add(1);
        self.root(mail)
    }

    fn node(&mut self) -> u32 {
        let node = u32::try_from(self.parents.len()).unwrap_or(u32::MAX);
        self.parents.push(node);
        node
    }

    fn parent(&self, node: u32) -> u32 {
        usize::try_from(node)
            .ok()
            .and_then(|node| self.parents.get(node).copied())
            .unwrap_or(node)
    }

    fn set_parent(&mut self, node: u32, parent: u32) {
        if let Some(slot) = usize::try_from(node)
            .ok()
            .and_then(|node| self.parents.get_mut(node))
        {
            *slot = parent;
        }
    }

    fn root(&mut self, node: u32) -> u32 {
        let mut root = node;
        while self.parent(root) != root {
            root = self.parent(root);
        }
        let mut step = node;
        while self.parent(step) != root {
            let next = self.parent(step);
            self.set_parent(step, root);
            step = next;
        }
        root
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.set_parent(one.max(other), one.min(other));
    }
}

/// The headers of a mail with the empty line after them, as far as they reach within `most` bytes.
pub(super) fn header_block(mail: &[u8], most: usize) -> &[u8] {
    let block = mail.get(..mail.len().min(most)).unwrap_or_default();
    let end = after_empty_line(block);
    block.get(..end.unwrap_or(block.len())).unwrap_or_default()
}

/// The ids of the mails that one answers, the nearest last.
pub(super) fn ids<'m>(message: &'m Message<'_>) -> Vec<&'m str> {
    let mut found: Vec<&str> = Vec::new();
    for name in [HeaderName::References, HeaderName::InReplyTo] {
        for value in message.header_values(name) {
            let ids: Vec<&str> = match value {
                HeaderValue::Text(id) => vec![id],
                HeaderValue::TextList(ids) => ids.iter().map(AsRef::as_ref).collect(),
                _ => Vec::new(),
            };
            for id in ids {
                // "Your message of Tuesday" is no id.
                if id.contains('@') && !id.contains(char::is_whitespace) && !found.contains(&id) {
                    found.push(id);
                }
                if found.len() >= MOST_IDS {
                    return found;
                }
            }
        }
    }
    found
}

/// A thread's name: its first mail's subject without the marks of answers and forwards.
pub fn title(subject: &str) -> String {
    const MARKS: [&str; 22] = [
        "re", "fw", "fwd", "aw", "wg", "sv", "vs", "vb", "antw", "tr", "rv", "enc", "rif", "i",
        "ynt", "odp", "pd", "回复", "转发", "答复", "bls", "res",
    ];
    let mut rest = subject.trim();
    while let Some((before, after)) = rest.split_once([':', '：']) {
        let mark = before.trim().to_lowercase();
        // `Re[2]:` counts the answers.
        let mark = mark.split(['[', '(']).next().unwrap_or_default();
        if !MARKS.contains(&mark) || after.trim().is_empty() {
            break;
        }
        rest = after.trim();
    }
    if rest.is_empty() {
        "(no subject)".into()
    } else {
        rest.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_join_by_what_they_name_in_any_order() {
        let mut threads = Threads::default();
        for mail in [
            "Message-ID: <3@x>\nReferences: <1@x> <2@x>\nSubject: Re: a\n\n",
            "Message-ID: <9@x>\nSubject: Re: a\n\n",
            "Message-ID: <1@x>\nSubject: a\n\n",
            "Message-ID: <8@x>\nIn-Reply-To: <missing@x>\n\n",
            "In-Reply-To: <missing@x>\n\n",
            "Subject: none\n\n",
            "X-GM-THRID: 77\nMessage-ID: <7@x>\n\n",
            "X-GM-THRID: 77\n\n",
            "In-Reply-To: your message of Tuesday\n\n",
        ] {
            threads.meet(mail.as_bytes());
        }
        threads.settle();
        let all: Vec<u32> = (0..9).map(|_| threads.next()).collect();
        let same: Vec<usize> = all
            .iter()
            .map(|root| all.iter().position(|other| other == root).unwrap())
            .collect();
        assert_eq!(same, [0, 1, 0, 3, 3, 5, 6, 6, 8]);
    }

    #[test]
    fn titles() {
        for (subject, expected) in [
            ("Re: Fwd: RE[2]: Plan: part 2", "Plan: part 2"),
            ("AW: WG: Plan", "Plan"),
            ("Re:", "Re:"),
            ("", "(no subject)"),
            ("Note: Re: Plan", "Note: Re: Plan"),
        ] {
            assert_eq!(title(subject), expected);
        }
    }
}
