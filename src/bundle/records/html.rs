//! A day as one page that needs no script and loads nothing.
//!
//! The page is made of this template alone: text from outside becomes text nodes, and the only
//! attributes that vary are dates, message numbers and links to files named by their hashes, all
//! made here.

use super::{Day, Line, Mail, Message, base64, withheld_words};
use crate::model::Decision;
use crate::text::html as escaped;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// The page's looks, on screen and on paper.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:0 auto;padding:1rem}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:0 0 1rem}\
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}\
article dl{font-size:.85rem;margin:.2rem 0}\
article{border-left:.3rem solid #0b5;padding:.2rem .8rem;margin:.8rem 0}\
article.context{border-left-style:dotted;border-color:#888}\
article.system{border-color:transparent;font-style:italic}\
article header{display:flex;flex-wrap:wrap;gap:0 1rem;font-size:.85rem}\
article header b{font-size:1rem}\
.text{white-space:pre-wrap;overflow-wrap:anywhere;margin:.2rem 0}\
.withheld{border:1px dashed;padding:.2rem .8rem;font-size:.85rem}\
ul{margin:.2rem 0;padding-left:1.2rem;overflow-wrap:anywhere}\
@media print{body{max-width:none;padding:0}article{break-inside:avoid}}";

/// The policy a browser holds the page to: nothing is loaded, nothing runs, this style alone.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = base64(&Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'")
});

/// The record as an HTML page in UTF-8.
pub fn render(day: &Day<'_>) -> String {
    let title = escaped(&day.thread.title);
    let name = day.name();
    let mut out = String::new();
    // Writing to a String cannot fail, here and below.
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{name} {title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1><bdi>{title}</bdi></h1>\n<dl>\n",
        *POLICY
    );
    for (label, value) in day.head() {
        let _ = writeln!(
            out,
            "<dt>{label}</dt><dd><bdi>{}</bdi></dd>",
            escaped(&value)
        );
    }
    out.push_str("</dl>\n<main>\n");
    for line in &day.lines {
        match line {
            Line::Message(entry) => message(&mut out, day, entry),
            Line::Withheld(count) => {
                let _ = writeln!(out, "<p class=\"withheld\">{}</p>", withheld_words(*count));
            }
        }
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn message(out: &mut String, day: &Day<'_>, message: &Message) {
    let class = match message.decision {
        Some(Decision::Context) => "context",
        Some(_) => "official",
        None => "system",
    };
    let _ = write!(
        out,
        "<article class=\"{class}\" id=\"m{}\">\n<header>",
        message.number
    );
    if let Some(sender) = &message.sender {
        let _ = write!(out, "<b><bdi>{}</bdi></b> ", escaped(&sender.name));
    }
    if let Some(time) = message.time {
        let _ = write!(
            out,
            "<time datetime=\"{}\">{}</time> ",
            time.to_rfc3339(),
            message.clock()
        );
    }
    let _ = writeln!(
        out,
        "<span>{}</span></header>",
        escaped(&message.labels().join("; "))
    );
    let rows = message.beside.rows();
    let original = match &message.beside.original {
        Some(Mail::Here { copy, .. }) => Some(from_record(day, &copy.path)),
        Some(Mail::LeftOut(_)) | None => None,
    };
    if !rows.is_empty() || original.is_some() {
        out.push_str("<dl>\n");
        for (label, words) in rows {
            let _ = writeln!(
                out,
                "<dt>{label}</dt><dd><bdi>{}</bdi></dd>",
                escaped(&words)
            );
        }
        if let Some(path) = original {
            let _ = writeln!(
                out,
                "<dt>Original</dt><dd><a href=\"{}\">the mail as it was</a></dd>",
                escaped(&path)
            );
        }
        out.push_str("</dl>\n");
    }
    let body = message.beside.body(&message.text);
    if !body.is_empty() {
        let _ = writeln!(
            out,
            "<div class=\"text\" dir=\"auto\"><bdi>{}</bdi></div>",
            escaped(body)
        );
    }
    if !message.attachments.is_empty() {
        out.push_str("<ul>\n");
        for file in &message.attachments {
            let caption = escaped(&file.caption());
            match &file.copy {
                Some(copy) => {
                    let _ = writeln!(
                        out,
                        "<li><a href=\"{}\"><bdi>{caption}</bdi></a></li>",
                        escaped(&from_record(day, &copy.path))
                    );
                }
                None => {
                    let _ = writeln!(out, "<li><bdi>{caption}</bdi></li>");
                }
            }
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</article>\n");
}

/// A path in the bag as seen from the folder of the day's record.
fn from_record(day: &Day<'_>, path: &str) -> String {
    let up = "../".repeat(day.thread.folder().split('/').count());
    format!("{up}{path}")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{beside, day, heading, message, thread};
    use super::super::{Copy, File};
    use super::*;
    use crate::model::AttachmentState;
    use proptest::prelude::*;

    /// The tags of a page, as they stand.
    fn tags(page: &str) -> Vec<&str> {
        page.split('<')
            .skip(1)
            .map(|rest| rest.split('>').next().unwrap())
            .collect()
    }

    fn page(title: &str, name: &str, text: &str, file: &str) -> String {
        let (heading, thread) = (heading(), thread(title));
        let mut said = message(7, name, text);
        said.beside = beside(file);
        said.attachments.push(File {
            name: file.to_owned(),
            state: AttachmentState::Present,
            media: "photo".to_owned(),
            copy: Some(Copy {
                sha256: "ab".repeat(32),
                bytes: 3,
                path: "data/attachments/ab/abab.jpg".to_owned(),
            }),
            withheld: None,
        });
        render(&day(&heading, &thread, vec![said]))
    }

    #[test]
    fn links_lead_to_the_bag_s_own_files() {
        let page = page("Harbour", "Ann", "see this", "a.jpg");
        assert!(page.contains("href=\"../../../../data/attachments/ab/abab.jpg\""));
        assert!(page.contains("href=\"../../../../data/mail/thread-0001/message-7.eml\""));
        assert!(page.contains("style-src 'sha256-"));
    }

    proptest! {
        #[test]
        fn no_text_from_outside_adds_a_tag_or_an_attribute(
            title in "\\PC{1,30}|[<>\"'&/=a-z ]{1,30}",
            name in "\\PC{1,30}|[<>\"'&/=a-z ]{1,30}",
            text in any::<String>().prop_filter("not empty", |text| !text.is_empty()),
            file in "[<>\"'&/=a-z ]{1,30}",
        ) {
            let hostile = page(&title, &name, &text, &file);
            let plain = page("T", "N", "x", "f");
            prop_assert_eq!(tags(&hostile), tags(&plain));
        }
    }
}
