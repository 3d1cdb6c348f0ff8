//! One file of a message: what it is, where it is, and the picture or the first text.

use super::canvas::Canvas;
use super::{Line, hung};
use crate::model::AttachmentState;
use crate::review::beside::bytes;
use crate::text::Shown;
use crate::tui::action::View;
use crate::tui::app::App;
use crate::tui::files::Look;
use crate::tui::picture::{Picture, Raster, Room};
use crate::tui::terminal::pictures::Placed;
use ratatui::layout::Rect;

/// Rows that are kept above a picture for the words about it.
const WORDS: u16 = 7;

/// What room a picture has below the words; `None` where pictures are not drawn.
pub fn room(app: &App) -> Option<Room> {
    let main = super::areas(app).main;
    let words = lines(app, inner(main)).len().saturating_add(1);
    let words = u16::try_from(words).unwrap_or(u16::MAX).max(WORDS);
    app.picture_room(inner(main), main.height.saturating_sub(words))
}

/// The columns of an area that are written in.
fn inner(area: Rect) -> u16 {
    area.width.saturating_sub(2).max(1)
}

/// The picture of the page that the terminal draws itself, and where; once its words are in view from
/// their beginning.
pub fn placed(app: &App) -> Option<Placed> {
    let shown = app.view == View::Files && app.page_top == 0;
    let Some(Ok(Picture::Coded(picture))) = current(app).filter(|_| shown)?.picture.as_ref() else {
        return None;
    };
    let main = super::areas(app).main;
    let words = u16::try_from(lines(app, inner(main)).len()).unwrap_or(u16::MAX);
    let y = main.y.saturating_add(words).saturating_add(1);
    let fits = y.saturating_add(picture.rows) <= main.bottom();
    fits.then(|| Placed {
        x: main.x + 1,
        y,
        picture: picture.clone(),
    })
}

/// What the header says.
pub(super) fn header(app: &App) -> (String, String) {
    let files = &app.files;
    let number = files.number.map_or_else(String::new, |n| n.to_string());
    (
        format!("file {} of {}", files.at + 1, files.len),
        format!("  of message {number}"),
    )
}

fn current(app: &App) -> Option<&Look> {
    let look = app.files.look.as_ref()?;
    (Some(look.number) == app.files.number && look.at == app.files.at).then_some(look)
}

/// The words of the page, as rows that fit the window.
pub(super) fn lines(app: &App, width: u16) -> Vec<Line> {
    let theme = app.theme;
    let mut lines: Vec<Line> = Vec::new();
    let Some(look) = current(app) else {
        return vec![vec![(Shown::line("reading ..."), theme.quiet())]];
    };
    let Some(file) = look.files.get(look.at) else {
        return lines;
    };
    let mut say = |words: &str, style| {
        lines.extend(hung(Vec::new(), &Shown::block(words), style, width));
    };
    let named = &file.held.file;
    let name = match named.name.as_str() {
        "" => "(a file without a name)",
        name => name,
    };
    say(name, theme.strong());
    let size = file
        .size()
        .map_or_else(String::new, |n| format!(", {}", bytes(n)));
    say(&format!("{}{size}", file.kind()), theme.text());
    if let Some(claim) = file.otherwise() {
        say(&format!("but {claim}"), theme.warning());
    }
    let source = app.store.source(file.held.source);
    let source = source.map_or("", |source| source.name.as_str());
    let (state, style) = match named.state {
        AttachmentState::Present => (format!("{}: {source}", file.state()), theme.quiet()),
        AttachmentState::Missing => (
            format!("{}: {source} names it and does not hold it", file.state()),
            theme.warning(),
        ),
        AttachmentState::Omitted => (file.state().to_owned(), theme.warning()),
    };
    say(&state, style);
    if named.state == AttachmentState::Present {
        let which = if look.files.len() > 1 {
            format!(" --file {}", look.at + 1)
        } else {
            String::new()
        };
        say(
            &format!(
                "docket attachment {}{which} --out FILE writes it out",
                look.number
            ),
            theme.quiet(),
        );
    }
    let content = file.content.as_ref();
    let trouble = content.map_or("", |content| content.trouble.as_str());
    for trouble in [file.trouble.as_str(), trouble] {
        if !trouble.is_empty() {
            say(trouble, theme.warning());
        }
    }
    match &look.picture {
        Some(Ok(_)) => {}
        Some(Err(why)) => say(&format!("not drawn: {why}"), theme.warning()),
        None => {}
    }
    if let Some(content) = content.filter(|content| !content.text.is_empty()) {
        say(" ", theme.text());
        say(&content.text, theme.text());
        if content.goes_on {
            say("... and more", theme.quiet());
        }
    }
    lines
}

/// Draws the page from its first line in view; a picture stands below the words.
pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let lines = lines(app, inner(area));
    let first = usize::try_from(app.page_top).unwrap_or(usize::MAX);
    let mut y = area.y;
    for line in lines.iter().skip(first) {
        if y >= area.bottom() {
            return;
        }
        canvas.line(area.x + 1, y, area.right(), line);
        y += 1;
    }
    let picture = current(app).and_then(|look| look.picture.as_ref());
    if let Some(Ok(Picture::Blocks(raster))) = picture {
        let below = Rect::new(
            area.x + 1,
            y + 1,
            area.width,
            area.bottom().saturating_sub(y + 1),
        );
        blocks(app, canvas, below, raster);
    }
}

fn blocks(app: &App, canvas: &mut Canvas<'_>, area: Rect, raster: &Raster) {
    for row in 0..raster.rows().min(area.height) {
        for column in 0..raster.width().min(area.width) {
            let (upper, lower) = raster.cell(column, row, app.pixels);
            canvas.half_block(area.x + column, area.y + row, upper, lower);
        }
    }
}
