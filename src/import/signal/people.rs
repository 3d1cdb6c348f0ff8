//! Who is who and which chat is which in a backup.

use crate::import::ME;
use crate::import::json::text;
use crate::model::Address;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Someone or something that a number of the backup stands for.
#[derive(Clone, Debug, Default)]
struct Party {
    address: Address,
    group: Option<bool>,
    /// The accounts of its members, of a group.
    members: Vec<String>,
    is_self: bool,
}

/// The people and chats of one backup.
#[derive(Debug, Default)]
pub(super) struct Book {
    parties: HashMap<String, Party>,
    /// A person's number by their account's id.
    accounts: HashMap<String, String>,
    chats: HashMap<String, String>,
    /// The accounts of all members of groups.
    members: BTreeSet<String>,
    /// How the owner calls themselves.
    owner: String,
    /// Chats with a timer for disappearing messages.
    pub(super) timers: u64,
}

/// A chat as a thread.
#[derive(Clone, Debug)]
pub(super) struct Chat {
    pub(super) key: String,
    pub(super) title: String,
    pub(super) group: Option<bool>,
    /// Who is in it, of a group.
    pub(super) members: Vec<String>,
    /// The number of the only other person in it.
    pub(super) other: Option<String>,
}

fn joined<'t>(names: impl IntoIterator<Item = &'t str>) -> String {
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    names.join(" ")
}

/// What is a string or a number, as text.
pub(super) fn id(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    }
}

impl Book {
    /// Takes the line of an account, a recipient or a chat.
    pub(super) fn meet(&mut self, key: &str, value: &Value) {
        match key {
            "account" => {
                self.owner = joined([text(value, "givenName"), text(value, "familyName")]);
                if self.owner.is_empty() {
                    self.owner = text(value, "username").to_owned();
                }
            }
            "recipient" => self.recipient(value),
            "chat" => {
                if value.get("expirationTimerMs").is_some() {
                    self.timers = self.timers.saturating_add(1);
                }
                self.chats
                    .insert(id(value.get("id")), id(value.get("recipientId")));
            }
            _ => {}
        }
    }

    fn recipient(&mut self, value: &Value) {
        let number = id(value.get("id"));
        let mut party = Party::default();
        if let Some(contact) = value.get("contact") {
            party.address = contact_address(contact);
            party.group = Some(false);
            for account in ["aci", "pni"] {
                let account = text(contact, account);
                if !account.is_empty() {
                    self.accounts.insert(account.to_owned(), number.clone());
                }
            }
        } else if let Some(group) = value.get("group") {
            let title = group.pointer("/snapshot/title/title");
            let title = title.and_then(Value::as_str).unwrap_or_default();
            party.address = Address::new(title, "");
            party.group = Some(true);
            let members = group.pointer("/snapshot/members").and_then(Value::as_array);
            for member in members.into_iter().flatten() {
                let account = text(member, "userId").to_owned();
                party.members.push(account.clone());
                self.members.insert(account);
            }
        } else if value.get("self").is_some() {
            party.is_self = true;
            party.group = Some(false);
        } else if value.get("releaseNotes").is_some() {
            party.address = Address::new("Signal", "");
        } else if let Some(list) = value.get("distributionList") {
            let name = list.pointer("/distributionList/name");
            let name = name.and_then(Value::as_str).unwrap_or_default();
            party.address = Address::new(name, "");
            party.group = Some(true);
        } else if let Some(link) = value.get("callLink") {
            party.address = Address::new(text(link, "name"), "");
            party.group = Some(true);
        }
        self.parties.insert(number, party);
    }

    /// Someone by their number, as a source shows people.
    pub(super) fn name(&self, number: &str) -> String {
        match self.parties.get(number) {
            Some(party) if party.is_self && self.owner.is_empty() => ME.into(),
            Some(party) if party.is_self => self.owner.clone(),
            Some(party) if !party.address.is_empty() => party.address.to_string(),
            _ => format!("person {number} of the export"),
        }
    }

    /// Someone by their number, without what stands behind their name.
    pub(super) fn short_name(&self, number: &str) -> String {
        let name = self.name(number);
        let bare = Address::parse(&name).name;
        if bare.is_empty() { name } else { bare }
    }

    /// Someone by the id of their account, which group changes are told with. The export gives
    /// every member of a group a line of their own, and the account's id in it, but for the
    /// owner: the one member without is the owner.
    pub(super) fn account(&self, account: &str) -> String {
        if let Some(number) = self.accounts.get(account) {
            return self.short_name(number);
        }
        let known = |member: &&String| self.accounts.contains_key(*member);
        let mut strangers = self.members.iter().filter(|member| !known(member));
        match (strangers.next(), strangers.next()) {
            (Some(owner), None) if owner == account && self.owner.is_empty() => ME.into(),
            (Some(owner), None) if owner == account => self.owner.clone(),
            _ => "someone not among the contacts".into(),
        }
    }

    /// A member of a group by the id of their account, written as senders are.
    fn member(&self, account: &str) -> String {
        match self.accounts.get(account) {
            Some(number) => self.name(number),
            None => self.account(account),
        }
    }

    /// Whether this number is the owner's.
    pub(super) fn is_self(&self, number: &str) -> bool {
        self.parties.get(number).is_some_and(|party| party.is_self)
    }

    /// The chat of this number.
    pub(super) fn chat(&self, number: &str) -> Chat {
        let key = format!("chat {number}");
        match self.chats.get(number) {
            Some(recipient) => Chat {
                key,
                ..self.with(recipient)
            },
            None => Chat {
                key,
                title: format!("Chat {number} of the export"),
                group: None,
                members: Vec::new(),
                other: None,
            },
        }
    }

    /// The conversation with one recipient.
    pub(super) fn with(&self, recipient: &str) -> Chat {
        let party = self.parties.get(recipient).cloned().unwrap_or_default();
        let title = if party.is_self {
            "Note to Self".into()
        } else if party.address.name.is_empty() && party.address.address.is_empty() {
            match party.group {
                Some(true) => "(a group without a name)".into(),
                _ => self.name(recipient),
            }
        } else if party.address.name.is_empty() {
            party.address.address.clone()
        } else {
            party.address.name.clone()
        };
        Chat {
            key: format!("recipient {recipient}"),
            title,
            group: party.group,
            members: party
                .members
                .iter()
                .map(|account| self.member(account))
                .collect(),
            other: (party.group == Some(false) && !party.is_self).then(|| recipient.to_owned()),
        }
    }
}

/// A contact under the name that Signal shows: the nickname given in Signal, the name in the
/// phone's address book, the name the person chose; behind it the number, else the username.
fn contact_address(contact: &Value) -> Address {
    let nickname = contact.get("nickname").unwrap_or(&Value::Null);
    let name = [
        joined([text(nickname, "given"), text(nickname, "family")]),
        joined([
            text(contact, "systemGivenName"),
            text(contact, "systemFamilyName"),
        ]),
        joined([
            text(contact, "profileGivenName"),
            text(contact, "profileFamilyName"),
        ]),
    ]
    .into_iter()
    .find(|name| !name.is_empty())
    .unwrap_or_default();
    let number = id(contact.get("e164"));
    let address = if number.is_empty() {
        text(contact, "username").to_owned()
    } else {
        format!("+{}", number.trim_start_matches('+'))
    };
    Address::new(&name, &address)
}
