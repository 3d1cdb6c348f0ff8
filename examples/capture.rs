//! Takes the pictures of the screen in `docs/`: `cargo build && cargo run --example capture`.
//!
//! Starts docket in a terminal of 110 by 32, loads the sample exports into a new case, presses
//! keys, and writes what stands on the screen as text and as SVG.

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const ROWS: u16 = 32;
const COLUMNS: u16 = 110;

/// What is pressed before the picture is taken, each after the screen has come to rest.
const KEYS: &[&str] = &[
    // The facts can wait.
    "\x1b",
    "/kits from:nkechi",
    "\r",
    "\r",
    "o",
    "o",
    "c",
    "p",
    "o",
];

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match capture() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("capture: {error}");
            ExitCode::FAILURE
        }
    }
}

fn capture() -> Result<()> {
    let here = std::env::current_exe()?;
    let program = here
        .ancestors()
        .nth(2)
        .map(|folder| folder.join("docket"))
        .filter(|program| program.exists())
        .ok_or("build docket first: cargo build")?;
    let work = tempfile::tempdir()?;
    let pair = native_pty_system().openpty(PtySize {
        rows: ROWS,
        cols: COLUMNS,
        pixel_width: 0,
        pixel_height: 0,
    })?;
    let mut command = CommandBuilder::new(program);
    command.args(["review", "sample_exports", "--case"]);
    command.arg(work.path().join("case"));
    command.cwd(env!("CARGO_MANIFEST_DIR"));
    command.env("TERM", "xterm-256color");
    command.env("USER", "reviewer");
    command.env_remove("NO_COLOR");
    let mut child = pair.slave.spawn_command(command)?;
    drop(pair.slave);
    let mut out = pair.master.try_clone_reader()?;
    let mut keys = pair.master.take_writer()?;
    let (tell, said) = channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 65_536];
        while let Ok(count @ 1..) = out.read(&mut bytes) {
            if tell
                .send(bytes.get(..count).unwrap_or_default().to_vec())
                .is_err()
            {
                break;
            }
        }
    });
    let (Ok(rows), Ok(columns)) = (ROWS.try_into(), COLUMNS.try_into()) else {
        return Err("the screen has no size".into());
    };
    let mut screen = vt100::Parser::new(rows, columns, 0);
    settle(&said, &mut screen, Duration::from_secs(4));
    for press in KEYS {
        keys.write_all(press.as_bytes())?;
        keys.flush()?;
        settle(&said, &mut screen, Duration::from_millis(700));
    }
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    std::fs::create_dir_all(&docs)?;
    std::fs::write(docs.join("screen.txt"), text(screen.screen()))?;
    std::fs::write(docs.join("screen.svg"), svg(screen.screen()))?;
    keys.write_all(b"Q")?;
    keys.flush()?;
    settle(&said, &mut screen, Duration::from_secs(1));
    child.kill().ok();
    child.wait()?;
    Ok(())
}

/// Takes in what the program says until it has been silent for so long.
fn settle(said: &Receiver<Vec<u8>>, screen: &mut vt100::Parser, silence: Duration) {
    while let Ok(bytes) = said.recv_timeout(silence) {
        screen.process(&bytes);
    }
}

fn text(screen: &vt100::Screen) -> String {
    let mut text: String = screen
        .rows(0, COLUMNS)
        .map(|row| format!("{}\n", row.trim_end()))
        .collect();
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Width and height of a cell, in points of the picture.
const CELL: (f32, f32) = (8.4, 18.0);

fn svg(screen: &vt100::Screen) -> String {
    let (wide, high) = (f32::from(COLUMNS) * CELL.0, f32::from(ROWS) * CELL.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0}\" height=\"{:.0}\" \
         font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#1d1f21\"/>\n<g transform=\"translate(10 10)\">\n",
        wide + 20.0,
        high + 20.0
    );
    let mut marks = String::new();
    for row in 0..ROWS {
        let mut column = 0;
        while column < COLUMNS {
            let Some(cell) = screen.cell(row, column) else {
                break;
            };
            let style = style(cell);
            let start = column;
            let mut words = String::new();
            while let Some(cell) = screen.cell(row, column) {
                if column > start && (self::style(cell) != style || cell.is_wide()) {
                    break;
                }
                if cell.is_wide_continuation() {
                    column += 1;
                    continue;
                }
                words.push_str(if cell.has_contents() {
                    cell.contents()
                } else {
                    " "
                });
                column += 1;
                if cell.is_wide() {
                    column += 1;
                    break;
                }
            }
            let (x, y) = (f32::from(start) * CELL.0, f32::from(row) * CELL.1);
            let run = f32::from(column - start) * CELL.0;
            if let Some(behind) = &style.behind {
                out.push_str(&format!(
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{run:.1}\" height=\"18\" fill=\"{behind}\"/>\n"
                ));
            }
            let shown = words.trim_end();
            let blanks = shown.len() - shown.trim_start().len();
            let trailing = words.len() - shown.len();
            let shown = shown.trim_start();
            if !shown.is_empty() {
                let weight = if style.bold {
                    " font-weight=\"bold\""
                } else {
                    ""
                };
                let dim = if style.dim { " opacity=\"0.6\"" } else { "" };
                let fill = &style.front;
                let x = x + blanks as f32 * CELL.0;
                let run = run - (blanks + trailing) as f32 * CELL.0;
                let words = shown
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;");
                let base = y + 13.5;
                marks.push_str(&format!(
                    "<text x=\"{x:.1}\" y=\"{base:.1}\" textLength=\"{run:.1}\" xml:space=\"preserve\" \
                     fill=\"{fill}\"{weight}{dim}>{words}</text>\n"
                ));
            }
        }
    }
    out.push_str(&marks);
    out.push_str("</g>\n</svg>\n");
    out
}

#[derive(PartialEq)]
struct Style {
    front: String,
    behind: Option<String>,
    bold: bool,
    dim: bool,
}

fn style(cell: &vt100::Cell) -> Style {
    let front = colour(cell.fgcolor()).unwrap_or_else(|| "#d0d0d0".into());
    let behind = colour(cell.bgcolor());
    let (front, behind) = if cell.inverse() {
        (behind.unwrap_or_else(|| "#1d1f21".into()), Some(front))
    } else {
        (front, behind)
    };
    Style {
        front,
        behind,
        bold: cell.bold(),
        dim: cell.dim(),
    }
}

/// The usual colours of a dark terminal.
fn colour(colour: vt100::Color) -> Option<String> {
    const SIXTEEN: [&str; 16] = [
        "#282a2e", "#cc6666", "#8fb573", "#d8a657", "#6f9fcf", "#b294bb", "#7cbcb4", "#c5c8c6",
        "#6b7078", "#e08080", "#b5d68c", "#f0c674", "#8fbfef", "#d0b0d8", "#9fdcd4", "#ffffff",
    ];
    match colour {
        vt100::Color::Default => None,
        vt100::Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        vt100::Color::Idx(at @ 0..=15) => SIXTEEN.get(usize::from(at)).map(|c| (*c).into()),
        vt100::Color::Idx(at @ 16..=231) => {
            let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
            let at = at - 16;
            let (r, g, b) = (level(at / 36), level(at / 6 % 6), level(at % 6));
            Some(format!("#{r:02x}{g:02x}{b:02x}"))
        }
        vt100::Color::Idx(at) => {
            let grey = 8 + 10 * (at - 232);
            Some(format!("#{grey:02x}{grey:02x}{grey:02x}"))
        }
    }
}
