//! The report as one page that needs no script and loads nothing, for a screen and for paper.
//!
//! The page is made of this template alone: text from outside becomes text nodes, and the attributes
//! that vary are numbers made here.

use super::svg;
use super::waits::{LIMIT, STEPS, Waits};
use super::{Cell, Report};
use crate::findings::completeness::Point;
use crate::findings::{Data, by_id};
use crate::model::{Decision, Relation};
use crate::review::exposure::Someone;
use crate::review::timeline::{Counts, Row};
use crate::text::{self, counted, grouped, html as escaped};
use chrono::NaiveDate;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// So many rows of one table stand on the page; the rest is counted.
const MOST: usize = 200;
/// A strip has at most so many cells.
const CELLS: usize = 366;

/// The page's looks, on screen and on paper.
const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8886;--soft:#8881;--ink:#1c1c1c;--paper:#fff;--mark:#0a6b4f;\
--official:#0a6b4f;--context:#8cc9b0;--personal:#d9c9a8;--personal2:#8a6d3b;--refer:#f0b429;--refer2:#6b4a00;\
--never:#b8b8b8;--lack:#b3261e;--timer:#5b3fa8}\
@media(prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#121212;--mark:#4ec9a0;--official:#2f9e7a;--context:#1d4f40;\
--personal:#5a4a2c;--personal2:#c9a96a;--refer:#c98f1a;--refer2:#2b1d00;--never:#555;--lack:#ff8a80;--timer:#b9a5ff}}\
*{box-sizing:border-box}\
body{font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:64rem;margin:0 auto;padding:1.5rem 1rem 3rem}\
h1{font-size:1.6rem;line-height:1.2;margin:0;overflow-wrap:anywhere}\
h2{font-size:1.15rem;margin:2.2rem 0 .3rem;border-top:1px solid var(--line);padding-top:.8rem}\
h3{font-size:1rem;margin:1.2rem 0 .2rem}\
p{margin:.3rem 0}.set{font-size:.8rem;font-weight:600;letter-spacing:.06em;text-transform:uppercase;color:var(--mark)}\
.note{font-size:.9rem;opacity:.8}\
.guard{border:1px solid var(--line);border-left:.3rem solid var(--lack);padding:.4rem .8rem;margin:1rem 0;font-size:.9rem}\
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr));gap:.6rem;margin:1rem 0;padding:0;list-style:none}\
.cards li{background:var(--soft);padding:.5rem .7rem;border-radius:.3rem}\
.cards b{display:block;font-size:1.4rem;line-height:1.2}.cards span{font-size:.85rem;opacity:.8}\
.wide{overflow-x:auto}\
table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.4rem 0}\
caption{text-align:left;font-weight:600;padding:.6rem 0 .2rem}\
th{text-align:left;font-weight:600;font-size:.8rem;border-bottom:1px solid var(--line)}\
th,td{padding:.15rem .8rem .15rem 0;vertical-align:top}td{border-bottom:1px solid var(--soft);overflow-wrap:anywhere}\
th.n,td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td.d{white-space:nowrap}td.x{min-width:6rem}td.x:first-child{min-width:9rem}\
td.b{width:60%;padding-right:0;min-width:8rem}\
code{font-size:.85rem;overflow-wrap:anywhere}\
svg{display:block;overflow:visible}.bar,.strip,.axis{width:100%}td.b svg{margin-top:.25rem}\
.defs{position:absolute}\
.legend{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;margin:.4rem 0;padding:0;list-style:none;font-size:.85rem}\
.legend li{display:flex;align-items:center;gap:.35rem}\
.official{fill:var(--official)}.context{fill:var(--context);stroke:var(--official);stroke-width:.5}\
.undecided{fill:var(--paper);stroke:var(--ink);stroke-width:1}.never{fill:var(--never)}\
.p0{fill:var(--personal)}.p1{fill:var(--personal2)}.m0{fill:var(--official)}.m1{fill:var(--personal)}\
.r0{fill:var(--refer)}.r1{fill:var(--refer2)}.s1{fill:var(--lack)}\
.within{fill:var(--official)}.over{fill:var(--lack)}\
.line{fill:var(--never);stroke:var(--never);stroke-width:.5}.whole{fill:var(--official)}\
.lacking{fill:var(--lack)}.timer{fill:var(--timer);stroke:var(--paper);stroke-width:1}\
.axis text{font-size:11px;fill:currentColor}\
.strips{display:grid;grid-template-columns:minmax(9rem,16rem) 1fr;gap:.25rem 1rem;align-items:center;font-size:.9rem}\
.strips .t{overflow-wrap:anywhere;line-height:1.25}.strips small{opacity:.75;display:block}\
.left{display:grid;grid-template-columns:max-content 1fr;gap:.2rem .8rem;margin:.4rem 0}\
.left dt{text-align:right;font-weight:600;font-variant-numeric:tabular-nums}.left dd{margin:0}\
.left small{display:block;opacity:.8}\
@media(max-width:38rem){.strips{grid-template-columns:1fr;gap:.1rem}.strips .t{margin-top:.5rem}td.b{width:40%}}\
@page{margin:1.6cm}\
@media print{:root{color-scheme:light;--ink:#000;--paper:#fff;--line:#888;--soft:#eee;--mark:#000;--official:#0a6b4f;--context:#8cc9b0;\
--personal:#d9c9a8;--personal2:#8a6d3b;--refer:#f0b429;--refer2:#6b4a00;--never:#b8b8b8;--lack:#b3261e;--timer:#5b3fa8}\
*{print-color-adjust:exact}body{font-size:9.5pt;max-width:none;padding:0}\
.wide{overflow:visible}td.x{min-width:0}tr,.strips>*,.cards li,.left>*{break-inside:avoid}h2,h3,caption{break-after:avoid}thead{display:table-header-group}}";

/// The policy a browser holds the page to.
static POLICY: LazyLock<String> = LazyLock::new(|| text::page_policy(STYLE));

/// The report as an HTML page in UTF-8.
pub fn render(report: &Report) -> String {
    let name = report.reference.as_deref().unwrap_or("case");
    let mut out = text::page_head(&format!("Report on {name}"), STYLE, &POLICY);
    out.push_str(svg::PATTERNS);
    head(&mut out, report);
    glance(&mut out, report);
    months(&mut out, report);
    strips(&mut out, report);
    latency(&mut out, report);
    exposure(&mut out, report);
    pace(&mut out, report);
    open(&mut out, report);
    points(&mut out, report);
    out.push_str("</body>\n</html>\n");
    out
}

/// Text from outside, isolated from the direction of what stands around it.
fn bdi(text: &str) -> String {
    format!("<bdi>{}</bdi>", escaped(text))
}

/// A share in whole hundredths; what is there is never 0 and what lacks never 100.
fn percent(part: u64, all: u64) -> String {
    match (part, all) {
        (_, 0) => "-".into(),
        (0, _) => "0 %".into(),
        (part, all) if part >= all => "100 %".into(),
        (part, all) => format!("{} %", (part * 100 / all).clamp(1, 99)),
    }
}

fn on_day(day: Option<NaiveDate>) -> String {
    day.map_or_else(|| "no date".into(), |day| day.to_string())
}

/// A cell of a table.
enum Td {
    Text(String),
    Day(String),
    Number(u64),
    /// Made here, not escaped again.
    Bar(String),
}

/// A table; `heads` begin with `#` where a column holds numbers. What is over [`MOST`] is counted.
fn table(out: &mut String, caption: &str, heads: &[&str], rows: Vec<Vec<Td>>) {
    if rows.is_empty() {
        return;
    }
    // Writing to a String cannot fail, here and below.
    let _ = write!(
        out,
        "<div class=\"wide\"><table>\n<caption>{}</caption>\n<thead><tr>",
        escaped(caption)
    );
    for head in heads {
        let _ = match head.strip_prefix('#') {
            Some(head) => write!(out, "<th scope=\"col\" class=\"n\">{head}</th>"),
            None => write!(out, "<th scope=\"col\">{head}</th>"),
        };
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    let more = rows.len().saturating_sub(MOST);
    for row in rows.into_iter().take(MOST) {
        out.push_str("<tr>");
        for cell in row {
            let _ = match cell {
                Td::Text(text) => write!(out, "<td class=\"x\">{}</td>", bdi(&text)),
                Td::Day(day) => write!(out, "<td class=\"d\">{}</td>", escaped(&day)),
                Td::Number(number) => write!(out, "<td class=\"n\">{}</td>", grouped(number)),
                Td::Bar(bar) => write!(out, "<td class=\"b\">{bar}</td>"),
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
    if more > 0 {
        let _ = writeln!(
            out,
            "<p class=\"note\">and {} more; docket report --json has all</p>",
            grouped(more as u64)
        );
    }
}

fn head(out: &mut String, report: &Report) {
    let name = report
        .reference
        .as_deref()
        .unwrap_or("Case without a reference");
    let _ = write!(
        out,
        "<header>\n<p class=\"set\">Report on a review, not part of a handover</p>\n<h1>{}</h1>\n",
        bdi(name)
    );
    let facts = [&report.department, &report.custodian];
    let facts: Vec<String> = facts.into_iter().flatten().map(|fact| bdi(fact)).collect();
    if !facts.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", facts.join(" · "));
    }
    let at = report.as_of.map_or_else(String::new, |at| {
        at.format(", %Y-%m-%d %H:%M UTC").to_string()
    });
    let _ = writeln!(
        out,
        "<p class=\"note\">As of entry {} of the ledger{at}. Days are those of {}.</p>\n</header>",
        grouped(report.head.seq),
        escaped(&report.zone)
    );
    out.push_str(match report.is_nameless {
        false => {
            "<p class=\"guard\"><b>For those who work on this case.</b> It names people, exports \
             and conversations (mails by their subjects or first words), also such of which nothing \
             leaves. <code>docket report --anonymous</code> \
             makes one without names.</p>\n"
        }
        true => {
            "<p class=\"guard\"><b>Without names.</b> People, reviewers, conversations and exports have \
             numbers. Whoever was there may still tell from days and counts who is who: show it to \
             those who may know how many there were.</p>\n"
        }
    });
}

fn glance(out: &mut String, report: &Report) {
    let tally = &report.tally;
    let exceptions: u64 = report
        .exports
        .iter()
        .map(|one| u64::from(one.exceptions))
        .sum();
    let adds_up = report.exports.iter().filter(|one| one.adds_up).count();
    out.push_str("<h2>At a glance</h2>\n<ul class=\"cards\">\n");
    let decided = u64::from(tally.decided());
    let mut cards = vec![
        (
            grouped(tally.total),
            "messages, lines of apps included".to_owned(),
        ),
        (
            percent(decided, tally.decidable().into()),
            format!(
                "decided: {} of {}",
                grouped(decided),
                grouped(tally.decidable())
            ),
        ),
    ];
    cards.extend(Decision::ALL.map(|one| (grouped(tally.of(one)), one.name().to_owned())));
    cards.extend([
        (grouped(report.titles.len() as u64), "conversations".into()),
        (
            grouped(report.people),
            "people, as far as put together".into(),
        ),
        (
            grouped(report.exports.len() as u64),
            format!(
                "exports; of {} every byte is accounted for",
                grouped(adds_up as u64)
            ),
        ),
        (
            grouped(exceptions),
            "exceptions: bytes that no message could be made of".into(),
        ),
    ]);
    for (number, words) in cards {
        let _ = writeln!(out, "<li><b>{number}</b><span>{words}</span></li>");
    }
    out.push_str("</ul>\n");
    let rows = report.exports.iter().map(|export| {
        let days = export.days;
        vec![
            Td::Text(export.name.clone()),
            Td::Text(export.format.clone()),
            Td::Number(export.messages.into()),
            Td::Number(export.exceptions.into()),
            Td::Day(on_day(days.map(|(first, _)| first))),
            Td::Day(on_day(days.map(|(_, last)| last))),
            Td::Day(on_day(export.loaded)),
        ]
    });
    let heads = [
        "export",
        "format",
        "#messages",
        "#exceptions",
        "first message",
        "last message",
        "loaded",
    ];
    table(out, "Exports", &heads, rows.collect());
}

fn parts(counts: &Counts) -> Vec<(Option<Decision>, u32)> {
    let of = |part: Option<Decision>| part.map_or(counts.never, |decision| counts.of(decision));
    svg::PARTS
        .into_iter()
        .map(|part| (part, of(part)))
        .collect()
}

fn months(out: &mut String, report: &Report) {
    let chart = &report.months;
    out.push_str("<h2>Messages by month and decision</h2>\n<ul class=\"legend\">\n");
    for (part, number) in parts(&chart.all) {
        let _ = writeln!(
            out,
            "<li>{}{} {}</li>",
            svg::swatch(part),
            svg::part_words(part),
            grouped(number)
        );
    }
    out.push_str("</ul>\n");
    let mut rows = Vec::new();
    for row in &chart.rows {
        rows.push(match row {
            Row::Bar(first, counts) => vec![
                Td::Day(first.format("%Y-%m").to_string()),
                Td::Number(counts.total.into()),
                Td::Number(counts.of(Decision::Undecided).into()),
                Td::Bar(svg::decisions(&parts(counts), chart.most)),
            ],
            Row::Gap(first, _, months) => vec![
                Td::Day(first.format("%Y-%m").to_string()),
                Td::Number(0),
                Td::Number(0),
                Td::Text(format!(
                    "nothing for {}",
                    counted(u64::from(*months), "month", "months")
                )),
            ],
        });
    }
    if chart.undated.total > 0 {
        rows.push(vec![
            Td::Day("no date".into()),
            Td::Number(chart.undated.total.into()),
            Td::Number(chart.undated.of(Decision::Undecided).into()),
            Td::Bar(svg::decisions(
                &parts(&chart.undated),
                chart.most.max(chart.undated.total),
            )),
        ]);
    }
    table(
        out,
        "By month",
        &["month", "#messages", "#undecided", "share"],
        rows,
    );
}

fn strips(out: &mut String, report: &Report) {
    let Some((from, to)) = report.span else {
        return;
    };
    let step = super::strip::days_a_cell((from, to), CELLS);
    out.push_str("<h2>How complete each conversation is</h2>\n<ul class=\"legend\">\n");
    for cell in Cell::ALL {
        let _ = writeln!(out, "<li>{}{}</li>", svg::sign(Some(cell)), cell.words());
    }
    let _ = writeln!(
        out,
        "<li>{}disappearing messages set, changed or ended</li>\n</ul>",
        svg::sign(None)
    );
    if step > 1 {
        let _ = writeln!(
            out,
            "<p class=\"note\">Each mark stands for {step} days and shows the gravest of them.</p>"
        );
    }
    let off = report.off_span();
    if off > 0 {
        let _ = writeln!(
            out,
            "<p class=\"note\">{} before or after these days not drawn: docket report --from and --to \
             take others.</p>",
            counted(off, "message", "messages")
        );
    }
    out.push_str("<div class=\"strips\">\n");
    let axis = svg::axis((from, to));
    let _ = writeln!(out, "<div></div><div>{axis}</div>");
    let days = (to.signed_duration_since(from).num_days() + 1).max(1) as f64;
    for strip in report.strips.iter().take(MOST) {
        let marks = strip
            .timers
            .iter()
            .map(|day| (day.signed_duration_since(from).num_days() as f64 + 0.5) / days);
        let marks: Vec<f64> = marks.filter(|place| (0.0..=1.0).contains(place)).collect();
        let points = report.points_of(strip.thread).count() as u64;
        let messages: u64 = strip.days.values().map(|day| u64::from(day.messages)).sum();
        let channel = report.titles.get(&strip.thread);
        let channel = channel.map_or("", |title| title.channel.as_str());
        let lacking: u64 = strip.days.values().map(|day| u64::from(day.lacking)).sum();
        let mut small = format!(
            "{}, {} on {}",
            escaped(channel),
            counted(messages, "message", "messages"),
            counted(strip.days.len() as u64, "day", "days")
        );
        if lacking > 0 {
            let _ = write!(small, "; {} lacking", grouped(lacking));
        }
        if points > 0 {
            let _ = write!(small, "; {}", counted(points, "point", "points"));
        }
        let _ = writeln!(
            out,
            "<div class=\"t\">{}<small>{small}</small></div><div>{}</div>",
            bdi(report.title(strip.thread)),
            svg::strip(&strip.cells((from, to), CELLS), &marks)
        );
    }
    out.push_str("</div>\n");
    let more = report.strips.len().saturating_sub(MOST);
    if more > 0 {
        let _ = writeln!(
            out,
            "<p class=\"note\">and {} more, with fewer messages</p>",
            grouped(more as u64)
        );
    }
}

fn latency(out: &mut String, report: &Report) {
    let latency = &report.latency;
    let _ = writeln!(
        out,
        "<h2>Days from sent to captured</h2>\n\
         <p>No export says when it was made. It was made on the day of its last message or later, and \
         before it was loaded here; so each message waited at least, and at most, so many days. What \
         was copied to an official account before neither tells.</p>\n\
         <p><b>Over {LIMIT} days: at least {}, at most {}</b>, of {}; of the records among them \
         (official, mixed, context) at least {}, at most {}, of {}.</p>\n\
         <p class=\"note\">Guidance in the United Kingdom asks for capture as quickly as possible and \
         names no number; 20 days are the limit of 44 U.S.C. 2911 (United States).</p>",
        grouped(latency.at_least.over),
        grouped(latency.at_most.over),
        counted(latency.at_most.messages, "message", "messages"),
        grouped(latency.records_at_least.over),
        grouped(latency.records_at_most.over),
        counted(latency.records_at_most.messages, "message", "messages"),
    );
    if latency.undated > 0 {
        let _ = writeln!(
            out,
            "<p class=\"note\">{} without a date: nothing can be told.</p>",
            counted(latency.undated, "message", "messages")
        );
    }
    for (caption, waits) in [
        (
            "At least: to the last message of its export",
            &latency.at_least,
        ),
        ("At most: until it was loaded", &latency.at_most),
    ] {
        steps(out, caption, waits);
    }
}

fn steps(out: &mut String, caption: &str, waits: &Waits) {
    let most = waits.steps.iter().copied().max().unwrap_or(0);
    let rows = STEPS
        .iter()
        .zip(waits.steps)
        .map(|((days, words), number)| {
            vec![
                Td::Day((*words).to_owned()),
                Td::Number(number),
                Td::Bar(svg::plain(number, most, *days > LIMIT)),
            ]
        });
    table(out, caption, &["waited", "#messages", ""], rows.collect());
}

fn relation(someone: &Someone) -> &'static str {
    match someone.relation {
        Some(Relation::Me) => "the custodian",
        Some(Relation::Colleague) => "colleague",
        Some(Relation::Outsider) => "NOT STAFF",
        Some(Relation::Unknown) | None => "on no staff list",
    }
}

fn exposure(out: &mut String, report: &Report) {
    let exposure = &report.exposure;
    let strangers = exposure
        .exposed
        .iter()
        .filter(|one| one.is_stranger())
        .count();
    let _ = writeln!(
        out,
        "<h2>Who could read personal data</h2>\n\
         <p>Detectors point at {} in {}; what somebody dismissed is left out. {} could read some of \
         it besides whoever posted it, {} of them neither the custodian nor said to be a colleague.</p>",
        counted(
            exposure.all.findings,
            "piece of personal data",
            "pieces of personal data"
        ),
        counted(exposure.all.messages, "message", "messages"),
        counted(exposure.exposed.len() as u64, "person", "people"),
        grouped(strangers as u64),
    );
    if exposure.unknown > 0 {
        let _ = writeln!(
            out,
            "<p class=\"note\">Of {} nothing tells who was in the conversation but who wrote.</p>",
            counted(exposure.unknown, "message", "messages")
        );
    }
    let rows = exposure.by_type.iter().map(|(id, amount)| {
        let about = by_id(id).map(|(_, about)| about);
        vec![
            Td::Text(about.map_or(*id, |about| about.title).to_owned()),
            Td::Text(about.map_or("", |about| about.data.name()).to_owned()),
            Td::Number(amount.findings),
            Td::Number(amount.messages),
        ]
    });
    table(
        out,
        "By type of data",
        &["type", "kind", "#found", "#messages"],
        rows.collect(),
    );
    let most = exposure.by_day.values().map(|amount| amount.findings).max();
    let rows = exposure.by_day.iter().map(|(day, amount)| {
        vec![
            Td::Day(on_day(*day)),
            Td::Number(amount.findings),
            Td::Number(amount.messages),
            Td::Bar(svg::plain(amount.findings, most.unwrap_or(0), false)),
        ]
    });
    table(
        out,
        "By day",
        &["day", "#found", "#messages", ""],
        rows.collect(),
    );
    let rows = exposure.posted.iter().map(|one| {
        vec![
            Td::Text(one.name.clone()),
            Td::Text(relation(one).into()),
            Td::Number(one.amount.findings),
            Td::Number(one.amount.messages),
        ]
    });
    table(
        out,
        "By who posted it",
        &["who", "is", "#found", "#messages"],
        rows.collect(),
    );
    let rows = exposure.exposed.iter().map(|one| {
        vec![
            Td::Text(one.name.clone()),
            Td::Text(relation(one).into()),
            Td::Number(one.amount.messages),
            Td::Number(one.perhaps.messages),
            Td::Number(one.amount.findings),
        ]
    });
    let heads = ["who", "is", "#messages", "#perhaps", "#found"];
    table(out, "By who could read it", &heads, rows.collect());
    let rows = exposure.by_thread.iter().map(|(id, (amount, readers))| {
        vec![
            Td::Text(report.title(*id).to_owned()),
            Td::Number(amount.findings),
            Td::Number(amount.messages),
            Td::Number(*readers),
        ]
    });
    let heads = ["conversation", "#found", "#messages", "#readers"];
    table(out, "By conversation", &heads, rows.collect());
    let rows = exposure.postings.iter().map(|row| {
        let who = row.posted.and_then(|at| exposure.posted.get(at));
        let data: Vec<String> = row
            .data
            .iter()
            .map(|(data, number)| format!("{} {number}", Data::name(*data)))
            .collect();
        vec![
            Td::Day(on_day(row.day)),
            Td::Text(report.title(row.thread).to_owned()),
            Td::Text(who.map_or("nobody named", |one| &one.name).to_owned()),
            Td::Text(data.join(", ")),
            Td::Number(row.messages),
            Td::Number(row.readers),
            Td::Number(row.perhaps),
            Td::Number(row.strangers),
        ]
    });
    let heads = [
        "day",
        "conversation",
        "who posted",
        "data",
        "#messages",
        "#readers",
        "#perhaps",
        "#no staff",
    ];
    table(out, "Day by day", &heads, rows.collect());
}

fn pace(out: &mut String, report: &Report) {
    if report.reviewers.is_empty() {
        return;
    }
    out.push_str("<h2>How the review goes</h2>\n");
    let _ = writeln!(out, "<p>{}</p>", escaped(&report.pace));
    let mut rows = Vec::new();
    for one in &report.reviewers {
        let sum = |of: fn(&super::Work) -> u64| one.days.values().map(of).sum();
        let rate = one.per_minute.map_or_else(
            || "-".into(),
            |rate| format!("{rate:.1} in {:.0} min", one.minutes),
        );
        rows.push(vec![
            Td::Text(one.name.clone()),
            Td::Number(one.standing),
            Td::Number(sum(|work| work.one_by_one)),
            Td::Number(sum(|work| work.at_once)),
            Td::Day(rate),
        ]);
    }
    let heads = [
        "reviewer",
        "#decisions that stand",
        "#one by one",
        "#many at once",
        "a minute, one by one",
    ];
    table(out, "Reviewers", &heads, rows);
    let total = |work: &super::Work| work.one_by_one + work.at_once;
    let all = report.reviewers.iter().flat_map(|one| one.days.values());
    let most = all.map(total).max().unwrap_or(0);
    let mut rows: Vec<_> = report
        .reviewers
        .iter()
        .flat_map(|one| {
            one.days
                .iter()
                .map(move |(day, work)| (*day, &one.name, work))
        })
        .collect();
    rows.sort_by_key(|(day, name, _)| (*day, (*name).clone()));
    let rows = rows.into_iter().map(|(day, name, work)| {
        vec![
            Td::Day(day.to_string()),
            Td::Text(name.clone()),
            Td::Number(work.one_by_one),
            Td::Number(work.at_once),
            Td::Bar(svg::plain(total(work), most, false)),
        ]
    });
    let heads = ["day", "reviewer", "#one by one", "#at once", ""];
    table(out, "Day by day", &heads, rows.collect());
}

fn open(out: &mut String, report: &Report) {
    out.push_str("<h2>What is open</h2>\n");
    if report.open.is_empty() {
        out.push_str("<p>Nothing.</p>\n");
        return;
    }
    out.push_str("<dl class=\"left\">\n");
    for one in &report.open {
        let _ = write!(
            out,
            "<dt>{}</dt><dd>{}",
            grouped(one.count),
            escaped(&one.words)
        );
        if let Some(query) = &one.query {
            let _ = write!(out, " <code>{}</code>", escaped(query));
        }
        if let Some(advice) = one.advice {
            let _ = write!(out, "<small>{}</small>", escaped(advice));
        }
        out.push_str("</dd>\n");
    }
    out.push_str("</dl>\n");
}

fn points(out: &mut String, report: &Report) {
    if report.points.is_empty() {
        return;
    }
    out.push_str(
        "<h2>What the exports lack, or may lack</h2>\n\
         <p class=\"note\">Each says what it rests on; none is a proof.</p>\n",
    );
    let place = |point: &Point| match (point.thread, point.source) {
        (Some(id), _) => report.title(id).to_owned(),
        (None, Some(id)) => report.export(id).to_owned(),
        (None, None) => String::new(),
    };
    let rows = report.points.iter().map(|point| {
        vec![
            Td::Text(place(point)),
            Td::Day(point.kind.name().into()),
            Td::Text(point.rests_on.clone()),
            Td::Day(
                point
                    .message
                    .map_or_else(String::new, |number| number.to_string()),
            ),
        ]
    });
    let heads = ["conversation or export", "what", "rests on", "message"];
    table(out, "Point by point", &heads, rows.collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_set_apart_and_shares_never_round_to_what_is_not() {
        assert_eq!(grouped(1_234_567_u64), "1,234,567");
        assert_eq!(grouped(12_u32), "12");
        assert_eq!(percent(1, 1000), "1 %");
        assert_eq!(percent(999, 1000), "99 %");
        assert_eq!(
            (percent(0, 3), percent(3, 3)),
            ("0 %".into(), "100 %".into())
        );
    }
}
