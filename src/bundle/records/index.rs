//! The contents of a bundle as one page: every conversation, and every day of it with its record.
//!
//! Made like the page of a day ([`super::html`]): no script, nothing loaded, text nodes only.

use super::html;
use super::{Heading, Thread};
use crate::text::html as escaped;
use std::fmt::Write as _;

/// A conversation and its days.
pub struct Entry {
    /// The conversation.
    pub thread: Thread,
    /// Of each day its name, the name of its page, and how many messages are in it.
    pub days: Vec<(String, String, u64)>,
}

/// Puts a day into the contents, under its conversation, which is the last one there or a new one.
pub fn put_into(contents: &mut Vec<Entry>, thread: &Thread, day: (String, String, u64)) {
    match contents.last_mut() {
        Some(entry) if entry.thread.number == thread.number => entry.days.push(day),
        _ => contents.push(Entry {
            thread: thread.clone(),
            days: vec![day],
        }),
    }
}

/// The page in UTF-8; it stands in `data/records/`.
pub fn render(heading: &Heading, is_open_copy: bool, entries: &[Entry]) -> String {
    let mut out = html::head("Contents");
    // Writing to a String cannot fail, here and below.
    let _ = write!(
        out,
        "<header>\n<p class=\"set\">{}</p>\n<h1>Contents</h1>\n</header>\n<dl>\n",
        html::set_name(is_open_copy)
    );
    for (label, value) in [
        ("Reference", &heading.reference),
        ("Department", &heading.department),
        ("Custodian", &heading.custodian),
        ("Days in", &heading.zone),
    ] {
        if !value.is_empty() {
            let value = escaped(value);
            let _ = writeln!(out, "<dt>{label}</dt><dd><bdi>{value}</bdi></dd>");
        }
    }
    out.push_str("</dl>\n<main>\n");
    for entry in entries {
        let channel = crate::text::file_name(&entry.thread.channel);
        let id = entry.thread.id();
        let _ = write!(
            out,
            "<section>\n<h2><bdi>{}</bdi></h2>\n<p>{}, {id}</p>\n<ul class=\"days\">\n",
            escaped(&entry.thread.title),
            escaped(&entry.thread.channel),
        );
        for (day, page, messages) in &entry.days {
            let many = if *messages == 1 {
                "message"
            } else {
                "messages"
            };
            let _ = writeln!(
                out,
                "<li><a href=\"{}\">{day}</a> {messages} {many}</li>",
                escaped(&format!("{channel}/{id}/{page}"))
            );
        }
        out.push_str("</ul>\n</section>\n");
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::{heading, thread};
    use super::*;

    #[test]
    fn every_day_of_every_conversation_has_its_link() {
        let thread = thread("Harbour <b>");
        let days = vec![
            ("2021-03-05".to_owned(), "2021-03-05_R.html".to_owned(), 2),
            ("undated".to_owned(), "undated.html".to_owned(), 1),
        ];
        let page = render(&heading(), true, &[Entry { thread, days }]);
        for text in [
            "<bdi>Harbour &lt;b&gt;</bdi>",
            "/2021-03-05_R.html\">2021-03-05</a> 2 messages",
            "/undated.html\">undated</a> 1 message<",
            "Official records, open copy",
        ] {
            assert!(page.contains(text), "{text}: {page}");
        }
    }
}
