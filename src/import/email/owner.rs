//! Whose mailbox it is, as the mailbox itself shows: what lies among the sent mails was written by
//! its owner, and what was delivered to an address (RFC 5321 leaves `Delivered-To` to the servers;
//! they put it before a mail that they deliver) was delivered to one of the owner's.
//!
//! Nothing is taken for likely here: a mail whose way no folder, label, flag or address of the
//! owner's tells goes without.

use super::threads::header_block;
use crate::import::Record;
use crate::model::{Address, Direction, Marks};
use crate::text::fold;
use mail_parser::{
    Address as Addresses, HeaderForm, HeaderName, HeaderValue, Message, MessageParser,
};
use std::collections::BTreeSet;

/// Longest block of headers that is read for addresses.
const HEADERS: usize = 1 << 20;
/// Nobody has more addresses: where a mailbox shows more, it is several people's.
const MOST_OWN: usize = 32;

/// Names of the folders and labels for what was sent, as Gmail and mail programs write them in the
/// languages of their users; in small letters.
const SENT: [&str; 30] = [
    "sent",
    "sent mail",
    "sent items",
    "sent messages",
    "gesendet",
    "gesendete elemente",
    "gesendete objekte",
    "envoyés",
    "messages envoyés",
    "éléments envoyés",
    "enviados",
    "enviadas",
    "elementos enviados",
    "itens enviados",
    "inviati",
    "posta inviata",
    "verzonden",
    "verzonden items",
    "skickat",
    "sendt",
    "sendte elementer",
    "lähetetyt",
    "wysłane",
    "elementy wysłane",
    "odeslané",
    "отправленные",
    "gönderilmiş postalar",
    "送信済み",
    "送信済みメール",
    "已发送",
];
const DRAFTS: [&str; 11] = [
    "draft",
    "drafts",
    "entwürfe",
    "brouillons",
    "borradores",
    "rascunhos",
    "bozze",
    "concepten",
    "utkast",
    "kladder",
    "wersje robocze",
];
/// Of those for what arrived.
const INBOX: [&str; 22] = [
    "inbox",
    "posteingang",
    "boîte de réception",
    "réception",
    "recibidos",
    "bandeja de entrada",
    "caixa de entrada",
    "entrada",
    "posta in arrivo",
    "postvak in",
    "inkorg",
    "inkorgen",
    "indbakke",
    "innboks",
    "saapuneet",
    "odebrane",
    "skrzynka odbiorcza",
    "doručená pošta",
    "входящие",
    "gelen kutusu",
    "受信トレイ",
    "收件箱",
];

/// What was learnt of a mailbox's owner, and of each mail in it.
#[derive(Default)]
pub(super) struct Owner {
    /// The addresses of the owner, folded.
    own: BTreeSet<String>,
    /// The address that each mail was delivered to, in the mails' order, by its place in `places`.
    delivered: Vec<Option<u8>>,
    places: Vec<String>,
    told: usize,
}

impl Owner {
    /// Meets the next mail; `folder` is where it is kept and `flags` are those of a Maildir.
    pub(super) fn meet(&mut self, mail: &[u8], folder: Option<&str>, flags: &str) {
        let parser = MessageParser::new().header_address(HeaderName::From);
        let headers = header_block(mail, HEADERS);
        let message = parser.parse_headers(headers);
        let delivered = message.as_ref().and_then(|message| self.delivery(message));
        self.delivered.push(delivered);
        let Some(message) = message else {
            return;
        };
        let labels = super::mail::labels(&message);
        let is_own = is_draft(&labels, folder, flags) || is_among(&SENT, &labels, folder);
        if is_own && let Some(address) = sender(&message) {
            self.learn(address);
        }
    }

    /// The address that the last server delivered a mail to: the first of the headers that say so.
    fn delivery(&mut self, message: &Message<'_>) -> Option<u8> {
        let values = message.header_as(HeaderName::DeliveredTo, HeaderForm::Text);
        let HeaderValue::Text(written) = values.first()? else {
            return None;
        };
        let address = address_in(written)?;
        self.learn(address.clone());
        let place = self.places.iter().position(|known| *known == address);
        let place = place.or_else(|| {
            self.places.push(address);
            self.places.len().checked_sub(1)
        });
        u8::try_from(place?).ok()
    }

    fn learn(&mut self, address: String) {
        // One more than counts, so that it shows.
        if self.own.len() <= MOST_OWN {
            self.own.insert(address);
        }
    }

    /// Ends the meeting.
    pub(super) fn settle(&mut self) {
        if self.own.len() > MOST_OWN {
            self.own.clear();
            self.delivered.fill(None);
        }
    }

    /// Says of the next mail which way it went, where that is known.
    pub(super) fn tell(&mut self, record: &mut Record, folder: Option<&str>, flags: &str) {
        let delivered = self.delivered.get(self.told).copied().flatten();
        self.told = self.told.saturating_add(1);
        let labels = &record.extra.labels;
        if !record.extra.unsent.is_empty() || is_draft(labels, folder, flags) {
            record.extra.unsent = "draft".into();
            record.extra.direction = Some(Direction::Sent);
            record.marks = record.marks.with(Marks::UNSENT);
        } else if is_among(&SENT, labels, folder) {
            record.extra.direction = Some(Direction::Sent);
        } else if !record.kind.is_decidable() {
            // What Outlook keeps for itself went nowhere.
        } else {
            let arrived = delivered.is_some() || is_among(&INBOX, labels, folder);
            record.extra.direction = self.way(record, delivered, arrived);
        }
    }

    /// Passes over the next one met, which is no mail.
    pub(super) fn pass(&mut self) {
        self.told = self.told.saturating_add(1);
    }

    /// The way of a mail that does not lie among those sent.
    fn way(&self, record: &Record, delivered: Option<u8>, arrived: bool) -> Option<Direction> {
        let sender = address_of(record.sender.as_deref()?);
        if self.own.contains(&sender) {
            // Between two addresses of a mailbox: two of the owner's, or two people's.
            let to = delivered.and_then(|place| self.places.get(usize::from(place)));
            let is_only = self.own.len() == 1;
            return (is_only || to == Some(&sender)).then_some(Direction::Sent);
        }
        let is_to_owner = || {
            let recipients = record.extra.recipients.iter();
            recipients
                .map(|recipient| address_of(&recipient.who))
                .any(|address| self.own.contains(&address))
        };
        // Where none of the owner's addresses is known, their own mails cannot be told from others'
        // that lie in the same folder.
        let is_known = !self.own.is_empty();
        (is_known && (arrived || is_to_owner())).then_some(Direction::Received)
    }
}

fn is_draft(labels: &[String], folder: Option<&str>, flags: &str) -> bool {
    flags.contains('D') || is_among(&DRAFTS, labels, folder)
}

/// Whether a label, or the folder, has one of these names, at its end where it is a path.
fn is_among(known: &[&str], labels: &[String], folder: Option<&str>) -> bool {
    let labels = labels.iter().map(String::as_str).chain(folder);
    labels.into_iter().any(|label| {
        let last = label.rsplit(['/', '.']).next().unwrap_or(label);
        known.contains(&last.trim().to_lowercase().as_str())
    })
}

/// The address of a mail's first author, folded.
fn sender(message: &Message<'_>) -> Option<String> {
    let first = match message.from()? {
        Addresses::List(list) => list.first(),
        Addresses::Group(groups) => groups.first()?.addresses.first(),
    };
    address_in(first?.address.as_deref()?)
}

/// The one address of a header's value, folded; `None` where it holds none, or more than that.
fn address_in(written: &str) -> Option<String> {
    let written = written.trim();
    let bare = match written.rsplit_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or(rest),
        None => written,
    };
    let is_one = bare.contains('@') && !bare.contains(|sign: char| sign.is_whitespace());
    is_one.then(|| fold(bare))
}

/// The address behind a name, folded; the whole where there is no name.
fn address_of(shown: &str) -> String {
    let both = Address::parse(shown);
    fold(match both.address.as_str() {
        "" => &both.name,
        address => address,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::import::window::blank;
    use crate::model::{Recipient, Role};

    /// The ways of mails: headers, folder.
    fn ways(mails: &[(&str, Option<&str>)]) -> Vec<Option<Direction>> {
        let mut owner = Owner::default();
        for (mail, folder) in mails {
            owner.meet(format!("{mail}\n\nbody").as_bytes(), *folder, "");
        }
        owner.settle();
        let each = mails.iter().map(|(mail, folder)| {
            let mut record = blank(0);
            let value = |name: &str| {
                mail.lines()
                    .find_map(|line| line.strip_prefix(name))
                    .map(str::to_owned)
            };
            record.sender = value("From: ");
            let to = value("To: ").into_iter();
            record.extra.recipients = to
                .map(|who| Recipient {
                    role: Role::To,
                    who,
                })
                .collect();
            record.extra.labels = value("X-Gmail-Labels: ").into_iter().collect();
            owner.tell(&mut record, *folder, "");
            record.extra.direction
        });
        each.collect()
    }

    #[test]
    fn what_was_sent_and_what_arrived_tells_the_owner() {
        use Direction::{Received, Sent};
        let found = ways(&[
            ("From: A <a@x.example>\nTo: b@x.example", Some("Sent Items")),
            ("From: b@x.example\nTo: A@x.example", None),
            ("From: b@x.example\nTo: list@x.example", None),
            ("From: b@x.example\nTo: list@x.example", Some("Mail/INBOX")),
            ("From: a@X.example\nTo: b@x.example", Some("Archive")),
            ("From: c@x.example\nX-Gmail-Labels: Posteingang", None),
        ]);
        let expected = [
            Some(Sent),
            Some(Received),
            None,
            Some(Received),
            Some(Sent),
            Some(Received),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_folder_of_what_arrived_alone_tells_nothing() {
        let found = ways(&[
            ("From: b@x.example\nTo: a@x.example", Some("INBOX")),
            ("From: a@x.example\nTo: b@x.example", Some("INBOX")),
        ]);
        assert_eq!(found, [None, None]);
    }

    #[test]
    fn what_was_delivered_tells_the_owner_unless_it_was_to_many() {
        use Direction::{Received, Sent};
        let found = ways(&[
            ("Delivered-To: a@x.example\nFrom: b@x.example", None),
            ("Delivered-To: a@x.example\nFrom: a@x.example", None),
            (
                "Delivered-To: mailing list dev@x.example\nFrom: b@x.example",
                None,
            ),
            // Two addresses: one person's, or two people's.
            ("Delivered-To: a2@x.example\nFrom: a@x.example", None),
            ("From: a@x.example\nTo: z@x.example", Some("Archive")),
        ]);
        assert_eq!(found, [Some(Received), Some(Sent), None, None, None]);

        let many: Vec<String> = (0..40)
            .map(|number| format!("Delivered-To: p{number}@x.example\nFrom: b@x.example"))
            .collect();
        let many: Vec<(&str, Option<&str>)> =
            many.iter().map(|mail| (mail.as_str(), None)).collect();
        assert!(ways(&many).iter().all(Option::is_none));
    }
}
