//! Pages that are read, not chosen from: the keys, and what a bundle would hold.

use super::canvas::Canvas;
use super::{Line, hung};
use crate::bundle::{Block, Plan};
use crate::review::query;
use crate::text::{Shown, counted, grouped};
use crate::tui::action::{ACTIONS, Act, Action, Group, View};
use crate::tui::app::App;
use ratatui::layout::Rect;

/// Running text is no wider, however wide the window.
const WIDEST_RULES: u16 = 100;

/// The lines of the page in view, as rows that fit the window.
pub(super) fn lines(app: &App) -> Vec<Line> {
    let width = app.size.0.saturating_sub(1).max(1);
    match app.view {
        View::Help => help(app, width),
        View::Files => super::files::lines(app, width.saturating_sub(1).max(1)),
        View::Bundle => bundle(app)
            .into_iter()
            .flat_map(|mut line| match line.pop() {
                Some((words, style)) => hung(line, &words, style, width),
                None => vec![line],
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Draws the page from its first line in view.
pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let first = usize::try_from(app.page_top).unwrap_or(usize::MAX);
    for (y, line) in (area.y..area.bottom()).zip(app.page.lines.iter().skip(first)) {
        canvas.line(area.x + 1, y, area.right(), line);
    }
}

fn help(app: &App, width: u16) -> Vec<Line> {
    let theme = app.theme;
    let mut lines: Vec<Line> = Vec::new();
    let rules = "Lower case acts on the target: the range, else the current message, or as many \
                 from it on as the count says (5o). Upper case acts on the whole thread, * on \
                 everything listed. Over {OVER} messages, or with *, docket shows the count and waits \
                 for y. Nothing is shown as saved before it is on the disk.";
    let rules = &rules.replace("{OVER}", &grouped(u64::from(app.settings.confirm_over)));
    let readable = width.min(WIDEST_RULES);
    lines.extend(hung(
        Vec::new(),
        &Shown::line(rules),
        theme.text(),
        readable,
    ));
    let from = app.came_from();
    let heading = |words: &str| vec![(Shown::line(words), theme.strong())];
    lines.push(Vec::new());
    lines.push(heading(&format!("Keys here ({})", from.name())));
    let here = |action: &&Action| action.holds_in(from);
    lines.extend(keys(app, here, width));
    lines.push(Vec::new());
    lines.push(heading("Keys of other screens"));
    lines.extend(keys(app, |action| !here(action), width));
    lines.push(Vec::new());
    lines.push(vec![(Shown::line("Searches and filters"), theme.strong())]);
    for (written, finds) in query::GUIDE {
        let written = Shown::line(written);
        let fits = written.width() < 26;
        let head = vec![
            (Shown::line("  "), theme.text()),
            (if fits { written.pad(26) } else { written }, theme.strong()),
        ];
        if fits {
            lines.extend(hung(head, &Shown::line(finds), theme.text(), width));
        } else {
            lines.push(head);
            let indent = vec![(Shown::line("").pad(28), theme.text())];
            lines.extend(hung(indent, &Shown::line(finds), theme.text(), width));
        }
    }
    lines
}

/// The keys of some actions, by group; of those that are not for the view that help was asked in,
/// with one that they are for.
fn keys(app: &App, wanted: impl Fn(&&Action) -> bool, width: u16) -> Vec<Line> {
    let theme = app.theme;
    let from = app.came_from();
    let mut lines: Vec<Line> = Vec::new();
    for group in Group::ALL {
        let of_group = |action: &&Action| action.group == group && wanted(action);
        let mut actions = ACTIONS.iter().filter(of_group).peekable();
        if actions.peek().is_some() {
            lines.push(Vec::new());
            lines.push(vec![(Shown::line(group.title()), theme.strong())]);
        }
        for action in actions {
            let keys = app.keymap.labels(action.act);
            let head = vec![
                (Shown::line("  "), theme.text()),
                (Shown::line(&keys.join(" ")).pad(18), theme.strong()),
            ];
            let elsewhere = action.views.first().filter(|_| !action.holds_in(from));
            let help = match elsewhere {
                Some(view) => format!("{} ({})", action.help, view.name()),
                None => action.help.to_owned(),
            };
            lines.extend(hung(head, &Shown::line(&help), theme.text(), width));
        }
    }
    lines
}

fn bundle(app: &App) -> Vec<Line> {
    let theme = app.theme;
    let plain = |words: String| vec![(Shown::line(&words), theme.text())];
    let mut lines: Vec<Line> = vec![Vec::new()];
    match &app.bundle.plan {
        None => lines.push(vec![(Shown::line("counting ..."), theme.quiet())]),
        Some(Err(error)) => lines.push(vec![(Shown::line(error), theme.warning())]),
        Some(Ok(plan)) => {
            in_the_way(app, plan, &mut lines);
            beside(app, plan, &mut lines);
            lines.push(Vec::new());
            what_goes(app, plan, &mut lines);
            lines.push(Vec::new());
            lines.push(plain(format!(
                "About {} at most, with {}.",
                counted(plan.bytes, "byte", "bytes"),
                counted(plan.attachments, "attachment", "attachments"),
            )));
            if plan.mails > 0 {
                lines.push(plain(format!(
                    "{} with the records, and as sent where all of it may leave.",
                    counted(plan.mails, "mail goes", "mails go"),
                )));
            }
            lines.push(vec![(
                Shown::line(&format!(
                    "The dry run shows counts only; {} asks for the folder and writes.",
                    app.keymap.label(Act::WriteBundle)
                )),
                theme.quiet(),
            )]);
            lines.push(vec![(
                Shown::line(
                    "In a shell: docket bundle --to encrypts it to its receivers, docket export \
                     writes other forms.",
                ),
                theme.quiet(),
            )]);
            lines.push(Vec::new());
            threads(app, plan, &mut lines);
        }
    }
    lines
}

fn in_the_way(app: &App, plan: &Plan, lines: &mut Vec<Line>) {
    let theme = app.theme;
    if plan.blocks.is_empty() {
        lines.push(vec![(
            Shown::line(&format!(
                "Nothing is in the way: {} writes the bundle.",
                app.keymap.label(Act::WriteBundle)
            )),
            theme.good(),
        )]);
    } else {
        lines.push(vec![(Shown::line("In the way:"), theme.warning())]);
        for block in &plan.blocks {
            lines.push(vec![
                (Shown::line("  "), theme.text()),
                (Shown::line(&in_words(app, block)), theme.text()),
            ]);
        }
    }
    if plan.options.partial {
        lines.push(vec![(
            Shown::line(&format!(
                "Partial: undecided and referred messages stay, and the bag says so ({} changes it).",
                app.keymap.label(Act::Partial)
            )),
            theme.text(),
        )]);
    }
}

/// By which profile it is, what is masked, and what is proposed and not decided.
fn beside(app: &App, plan: &Plan, lines: &mut Vec<Line>) {
    let theme = app.theme;
    let key = app.keymap.label(Act::NextProfile);
    let mut say = |words: String| lines.push(vec![(Shown::line(&words), theme.text())]);
    match &plan.options.profile {
        None => say(format!("Profile: none; {key} chooses one.")),
        Some(profile) => {
            say(format!(
                "Profile: {} {}, {} ({key}: the next).",
                profile.name,
                profile.version,
                profile.in_words()
            ));
            if plan.total.set_aside > 0 {
                say(format!(
                    "By it {} that would go.",
                    counted(plan.total.set_aside, "message stays", "messages stay")
                ));
            }
        }
    }
    if plan.masked + plan.exempt > 0 {
        say(format!(
            "Masked: {} as no record, {} as exempt.",
            counted(plan.masked, "message", "messages"),
            counted(plan.exempt, "message", "messages")
        ));
    }
    if app.bundle.proposed > 0 {
        say(format!(
            "Proposed as context, and not decided: {}; {} goes through them.",
            counted(app.bundle.proposed, "message", "messages"),
            app.keymap.label(Act::GoProposed)
        ));
    }
}

/// What is in the way, and the key that helps.
fn in_words(app: &App, block: &Block) -> String {
    let key = |act| app.keymap.label(act);
    let (search, next, partial) = (key(Act::Search), key(Act::NextUndecided), key(Act::Partial));
    let messages = |count: u64| counted(count, "message is", "messages are");
    match block {
        Block::Undecided(count) => format!(
            "{} undecided: {next} finds them, or {partial} leaves them behind",
            messages(*count)
        ),
        Block::Hold(count) => format!(
            "{} on hold: /flag:hold finds them, or p leaves them behind",
            messages(*count)
        ),
        Block::Refer(count) => format!(
            "{} to be looked at again: {search}is:refer finds them, or {partial} leaves them behind",
            messages(*count)
        ),
        Block::Mixed { count, first } => format!(
            "{} mixed, and the personal part is not masked, first message {first}: \
             {search}is:mixed -has:mask finds those without a mask",
            messages(*count)
        ),
        Block::Disagreed(count) => format!(
            "{} open: {search}is:disagreed finds them, or {partial} leaves them behind",
            counted(*count, "disagreement", "disagreements")
        ),
        Block::Unsigned(count) => format!(
            "{} need a countersign of another reviewer, or {partial} leaves them behind",
            counted(*count, "message", "messages")
        ),
        Block::Sample => "a sample for quality has to be looked at to its end first".into(),
        Block::Stale { count, first, why } => format!(
            "{} masked, and to be looked at again, first message {first}: {}",
            messages(*count),
            why.describe()
        ),
        Block::Nothing => "nothing is official or context: there is nothing to hand over".into(),
        Block::Unchanged => "nothing is new or changed since the earlier bundles".into(),
        Block::Unbalanced => "the messages do not add up: run docket check".into(),
    }
}

fn what_goes(app: &App, plan: &Plan, lines: &mut Vec<Line>) {
    let theme = app.theme;
    let total = &plan.total;
    let row = |label: &str, count: u64| {
        vec![
            (
                Shown::line(&format!("  {:>12}  ", grouped(count))),
                theme.strong(),
            ),
            (Shown::line(label), theme.text()),
        ]
    };
    lines.push(vec![(Shown::line("Goes"), theme.strong())]);
    lines.push(row("official", total.official));
    lines.push(row("context", total.context));
    lines.push(row("mixed, once masked", total.mixed));
    // The bundle takes the lines of the app along in the threads of which something goes.
    let told = total.official + total.context;
    let along = total.handed_over.saturating_sub(told).min(total.system);
    lines.push(row("lines of the app, in threads that go", along));
    lines.push(vec![(Shown::line("Stays"), theme.strong())]);
    lines.push(row("personal", total.personal));
    let kept = plan.missing.kept;
    let referred = total.refer.saturating_sub(plan.held.saturating_add(kept));
    lines.push(row("referred", referred));
    if kept > 0 {
        lines.push(row("waiting for a second reviewer", kept));
    }
    if plan.held > 0 {
        lines.push(row("on hold, to be lifted first", plan.held));
    }
    lines.push(row("undecided", total.undecided));
    lines.push(row("lines of the app", total.system - along));
    lines.push(row("unreadable", total.unreadable));
    if total.copies > 0 {
        lines.push(row("copies of others", total.copies));
    }
}

/// The threads, those that something leaves first.
fn threads(app: &App, plan: &Plan, lines: &mut Vec<Line>) {
    let theme = app.theme;
    lines.push(vec![(Shown::line("Threads"), theme.strong())]);
    let (go, stay): (Vec<_>, Vec<_>) = plan.threads.iter().partition(|thread| thread.handed_over);
    for thread in go.into_iter().chain(stay) {
        let (words, style) = if thread.handed_over {
            ("goes ", theme.good())
        } else {
            ("stays", theme.quiet())
        };
        lines.push(vec![
            (
                Shown::line(&format!(
                    "  {words}  {:>8} of {:>8}  ",
                    grouped(thread.counts.handed_over),
                    grouped(thread.counts.messages)
                )),
                style,
            ),
            (Shown::line(&thread.title), theme.text()),
        ]);
    }
}
