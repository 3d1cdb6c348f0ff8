//! Microsoft Teams: messages as the Graph API gives them to an administrator's tools, the export
//! of a personal account, and the pages of an eDiscovery search.

mod content;
mod event;
mod graph;
mod message;
mod pages;
mod personal;

pub use graph::TeamsGraph;
pub use pages::TeamsPages;
pub use personal::TeamsPersonal;

use serde_json::Value;

/// The elements of an array; none where it is not one.
fn each<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// A reaction as a reader sees it: older messages write a word for each of the six there were
/// (learn.microsoft.com, "chatMessageReaction").
fn reaction(word: &str) -> &str {
    match word {
        "like" | "yes" => "👍",
        "heart" => "❤️",
        "laugh" => "😆",
        "surprised" => "😮",
        "sad" => "🙁",
        "angry" => "😡",
        other => other,
    }
}
