//! What a manifest says beside its events: people, conversations, and the names of files.

use super::own;
use crate::import::ReadError;
use crate::import::json::{Opens, Path, Piece, Take, Visitor, parse, text};
use crate::model::Address;
use crate::text::fold;
use serde_json::Value;
use std::collections::HashMap;

/// What a manifest says beside its events.
#[derive(Default)]
pub(super) struct Manifest {
    /// Where it stands in the export; the files it names stand beside it.
    pub(super) place: String,
    pub(super) version: String,
    pub(super) collection: String,
    pub(super) people: HashMap<String, Address>,
    pub(super) conversations: HashMap<String, Conversation>,
}

/// One conversation of a manifest.
#[derive(Clone, Default)]
pub(super) struct Conversation {
    pub(super) title: String,
    pub(super) platform: String,
    pub(super) group: Option<bool>,
    pub(super) people: Vec<String>,
    pub(super) custodian: String,
    /// What docket says of it, where it wrote it.
    pub(super) own: Option<own::Conversation>,
}

/// An id: a string; a number as its digits.
pub(super) fn id_of(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    }
}

/// The ids in an array.
pub(super) fn ids_of(value: &Value, key: &str) -> Vec<String> {
    list(value, key)
        .iter()
        .filter_map(|one| match one {
            Value::String(id) => Some(id.clone()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        })
        .collect()
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

impl Manifest {
    /// Someone by their id; the id itself where the manifest does not say who that is.
    pub(super) fn who(&self, id: &str) -> String {
        self.people
            .get(id)
            .filter(|who| !who.is_empty())
            .map_or_else(|| id.to_owned(), ToString::to_string)
    }

    /// The id of the one whom a conversation was collected from: it gives that, or what only one
    /// of the participants bears as a name or an address.
    pub(super) fn custodian(&self, conversation: &str) -> Option<&String> {
        let custodian = &self.conversations.get(conversation)?.custodian;
        if let Some((id, _)) = self.people.get_key_value(custodian) {
            return Some(id);
        }
        let wanted = fold(custodian.trim());
        let mut bearing = self.people.iter().filter(|(_, who)| {
            !wanted.is_empty()
                && [&who.name, &who.address]
                    .iter()
                    .any(|part| fold(part) == wanted)
        });
        match (bearing.next(), bearing.next()) {
            (Some((id, _)), None) => Some(id),
            _ => None,
        }
    }
}

impl Visitor for Manifest {
    fn choose(&mut self, path: &Path, opens: Opens) -> Result<Take, ReadError> {
        let of = |list: &str| path.is(&[list, "*"]);
        Ok(if of("participants") || of("conversations") {
            Take::Whole
        } else if path.parts.is_empty() || path.is(&["participants"]) || path.is(&["conversations"])
        {
            Take::Enter
        } else if opens == Opens::Scalar
            && (path.is(&["version"]) || path.is(&["eventcollectionid"]))
        {
            Take::Whole
        } else {
            Take::Pass
        })
    }

    fn piece(&mut self, path: &Path, piece: Piece<'_>) -> Result<(), ReadError> {
        let Piece::Value(bytes) = piece else {
            return Ok(());
        };
        let Some((value, _)) = parse(bytes) else {
            return Ok(());
        };
        if path.begins(&["participants"]) {
            let address = [text(&value, "email"), text(&value, "account_id")]
                .into_iter()
                .find(|address| !address.trim().is_empty())
                .unwrap_or_default();
            let who = Address::new(text(&value, "display"), address);
            self.people.insert(id_of(&value, "id"), who);
        } else if path.begins(&["conversations"]) {
            let id = id_of(&value, "id");
            let own = own::conversation(&id, &value);
            let title = text(&value, "display");
            let conversation = Conversation {
                title: match own {
                    Some(_) => title.to_owned(),
                    None => title.trim().to_owned(),
                },
                platform: text(&value, "platform").trim().to_owned(),
                group: match (&own, text(&value, "type")) {
                    (Some(own), _) => own.group,
                    (None, "channel") => Some(true),
                    (None, "direct") => Some(list(&value, "participants").len() > 2),
                    _ => None,
                },
                people: ids_of(&value, "participants"),
                custodian: id_of(&value, "custodian"),
                own,
            };
            self.conversations.insert(id, conversation);
        } else if path.is(&["version"]) {
            self.version = value.as_str().unwrap_or_default().to_owned();
        } else {
            self.collection = value.as_str().unwrap_or_default().to_owned();
        }
        Ok(())
    }
}

/// The files that events name: attachments, and the pictures of people.
#[derive(Default)]
pub(super) struct Named {
    pub(super) files: Vec<String>,
}

impl Visitor for Named {
    fn choose(&mut self, path: &Path, _: Opens) -> Result<Take, ReadError> {
        Ok(
            if path.is(&["events", "*"]) || path.is(&["participants", "*"]) {
                Take::Whole
            } else if path.parts.is_empty() || path.is(&["events"]) || path.is(&["participants"]) {
                Take::Enter
            } else {
                Take::Pass
            },
        )
    }

    fn piece(&mut self, _: &Path, piece: Piece<'_>) -> Result<(), ReadError> {
        if let Piece::Value(bytes) = piece
            && let Some((value, _)) = parse(bytes)
        {
            let attached = list(&value, "attachments").iter();
            let names = attached
                .map(|one| id_of(one, "id"))
                .chain([text(&value, "avatar").to_owned()]);
            self.files.extend(names.filter(|name| !name.is_empty()));
        }
        Ok(())
    }
}
