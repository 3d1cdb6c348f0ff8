//! A day as one page that needs no script and loads nothing.
//!
//! The page is made of this template alone: text from outside becomes text nodes, and the only
//! attributes that vary are dates, message numbers and links to files named by their hashes, all
//! made here.

use super::{Day, File, Line, Mail, Message, Sender, withheld_words};
use crate::model::Decision;
use crate::text::{self, html as escaped};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// The pages' looks, on screen and on paper.
pub(in crate::bundle) const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8886;--soft:#8882;--mark:#0a6b4f}\
@media(prefers-color-scheme:dark){:root{--mark:#4ec9a0}}\
*{box-sizing:border-box}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:0 auto;padding:1.5rem 1rem 3rem}\
h1{font-size:1.6rem;line-height:1.2;margin:0;overflow-wrap:anywhere}\
h2{font-size:1rem;margin:1.2rem 0 .2rem;overflow-wrap:anywhere}\
h1+p{margin:.2rem 0 0}h2+p{margin:0 0 .2rem;font-size:.85rem;opacity:.75}\
.set{font-size:.8rem;font-weight:600;letter-spacing:.06em;text-transform:uppercase;color:var(--mark);margin:0}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:1rem 0;font-size:.9rem}\
dt{opacity:.75}dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}\
ul{margin:.2rem 0;padding-left:1.2rem;overflow-wrap:anywhere}\
main{border-top:1px solid var(--line);margin-top:1.2rem;padding-top:.4rem}\
article{border-left:.25rem solid var(--mark);padding:.1rem 0 .1rem .9rem;margin:1rem 0}\
article header{display:flex;flex-wrap:wrap;gap:0 .8rem;align-items:baseline}\
article header span,time{font-size:.8rem;opacity:.75}\
article dl{font-size:.85rem;margin:.3rem 0}\
article ul,.masks{font-size:.9rem}\
article.context{border-left:.25rem dotted var(--line)}\
article.system{border-left:0;padding:.1rem .9rem;font-size:.9rem;font-style:italic;background:var(--soft)}\
.text{white-space:pre-wrap;overflow-wrap:anywhere;margin:.2rem 0}\
.masks{margin:.2rem 0;padding-left:.6rem;border-left:1px solid var(--line)}\
.withheld{text-align:center;font-size:.85rem;border:1px dashed var(--line);padding:.2rem;margin:1rem 0}\
.days{columns:14rem;list-style:none;padding:0}\
@page{margin:2cm}\
@media print{:root{color-scheme:light;--mark:#000;--line:#888}\
body{font-size:10.5pt;max-width:none;padding:0}\
article,.withheld{break-inside:avoid}h2{break-after:avoid}\
a{color:inherit}article ul a::after{content:\" (\" attr(href) \")\";font-size:.8em;overflow-wrap:anywhere}}";

/// The policy a browser holds the pages to.
static POLICY: LazyLock<String> = LazyLock::new(|| text::page_policy(STYLE));

/// A page up to where its body begins; `title` is escaped there.
pub(super) fn head(title: &str) -> String {
    text::page_head(title, STYLE, &POLICY)
}

/// What a page says it is.
pub(super) fn set_name(is_open_copy: bool) -> &'static str {
    match is_open_copy {
        true => "Official records, open copy",
        false => "Official records",
    }
}

/// The record as an HTML page in UTF-8.
pub fn render(day: &Day<'_>) -> String {
    let mut out = head(&format!("{} {}", day.name(), day.thread.title));
    let date = match day.date {
        Some(date) => date.format("%A %-d %B %Y").to_string(),
        None => "Without a date".to_owned(),
    };
    // Writing to a String cannot fail, here and below.
    let _ = write!(
        out,
        "<header>\n<p class=\"set\">{}</p>\n<h1><bdi>{}</bdi></h1>\n<p>{date}</p>\n</header>\n<dl>\n",
        set_name(day.is_open_copy),
        escaped(&day.thread.title),
    );
    for (label, value) in day.head().into_iter().skip(1) {
        let _ = writeln!(
            out,
            "<dt>{label}</dt><dd><bdi>{}</bdi></dd>",
            escaped(&value)
        );
    }
    out.push_str("</dl>\n");
    senders(&mut out, day);
    out.push_str("<main>\n");
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

/// Who wrote what is here: each with their first message to go to.
fn senders(out: &mut String, day: &Day<'_>) {
    let mut all: Vec<(&Sender, u32, u64)> = Vec::new();
    for message in day.messages() {
        let Some(sender) = &message.sender else {
            continue;
        };
        match all.iter_mut().find(|(known, ..)| *known == sender) {
            Some((.., count)) => *count += 1,
            None => all.push((sender, message.number, 1)),
        }
    }
    if all.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>Who wrote</h2>\n<ul>\n");
    for (sender, first, count) in all {
        let many = if count == 1 { "message" } else { "messages" };
        let _ = writeln!(
            out,
            "<li><a href=\"#m{first}\"><bdi>{}</bdi></a>, {count} {many}</li>",
            escaped(&sender.name)
        );
    }
    out.push_str("</ul>\n</section>\n");
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
    let masks = message.masks.iter().filter(|mask| mask.part == "text");
    for mask in masks {
        let times = match mask.count {
            1 => String::new(),
            count => format!(" {count} times"),
        };
        let _ = writeln!(
            out,
            "<p class=\"masks\">Masked{times}: {}, {}</p>",
            escaped(&mask.shown),
            escaped(&mask.means)
        );
    }
    if !message.attachments.is_empty() {
        out.push_str("<ul>\n");
        let lines = message.attachments.iter().flat_map(File::lines);
        for (caption, copy) in lines {
            let caption = escaped(&caption);
            match copy {
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
    use super::super::{Copy, OpenFile};
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
            open: OpenFile::Same,
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
