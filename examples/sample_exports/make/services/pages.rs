//! One page of an eDiscovery search of Teams.

use super::super::Made;
use super::super::chat::{Chat, Fault};
use super::super::dialect::What;
use super::{lines, member, talk};

const TALK: Chat = talk(
    "Owen Llewellyn-Das, Jonah Threlkeld",
    &[
        member("OLD", "Owen Llewellyn-Das", "Owen"),
        member("JT", "Jonah Threlkeld", "Jonah"),
    ],
    include_str!("../talk/ediscovery.txt"),
    &[],
    341,
);

/// The page.
///
/// # Errors
/// When the script does not read.
pub fn export() -> Result<Made, Fault> {
    let (lines, _) = lines(&TALK)?;
    let row = |label: &str, data: &str| {
        format!(
            "<tr><td class=\"chat-label\">{label}</td><td class=\"chat-data\">{data}</td></tr>\n"
        )
    };
    let names: String = TALK
        .members
        .iter()
        .map(|one| format!("<div class=\"chat-data\">{}</div>", one.shown))
        .collect();
    let mut page = String::from(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Conversation</title>\n<style>.sent-message-wrapper, .received-message-wrapper, .unknown-direction-message-wrapper { display: block; }\n.message-sender { font-weight: bold; } .message-date { color: gray; }</style></head><body>\n<table>\n",
    );
    page.push_str(&row("Display names", &names));
    page.push_str(&row("Number of participants", "2"));
    page.push_str(&row("Number of messages", &lines.len().to_string()));
    page.push_str(&row("Case time zone", "(UTC) Coordinated Universal Time"));
    page.push_str("</table>\n<div class=\"threaded-chat\" id=\"container\">\n");
    for (at, line) in lines.iter().enumerate() {
        let What::Text(text) = &line.what else {
            return Err(format!("such a page does not write {:?}", line.what));
        };
        let text = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let date = line.at.format("%-m/%-d/%Y %-I:%M:%S %p");
        page.push_str(&format!(
            "<label class=\"unknown-direction-message-wrapper\" id=\"message{at}\"><input type=\"checkbox\" value=\"{at}\">\n<div class=\"unknown-direction-message\"><div class=\"message-sender\">{}</div>\n<div class=\"message-text\">{text}</div>\n<div class=\"message-date\">{date}</div></div></label>\n",
            line.sender
        ));
    }
    page.push_str("</div>\n</body></html>\n");
    Ok(Made {
        path: "Conversation - Owen Llewellyn-Das, Jonah Threlkeld.html".into(),
        bytes: page.into_bytes(),
        messages: lines.len(),
        system: 0,
        files: 0,
        about: "Microsoft Teams, a page of an eDiscovery search: the private secretary and the special adviser, \
            about a visit that does not take place"
            .into(),
    })
}
