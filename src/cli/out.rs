//! Standard output and standard error: every line of them is escaped here.

use super::Failure;
use crate::settings::{Dates, Settings};
use crate::text::{self, Shown};
use serde::Serialize;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

/// Standard output.
pub struct Out {
    to: BufWriter<StdoutLock<'static>>,
    /// Whether the reader is a program.
    pub json: bool,
    /// What the reader set for themselves.
    pub settings: Settings,
    width: usize,
}

impl Out {
    /// Standard output, for a program (`json`) or a person.
    pub fn new(json: bool) -> Out {
        let stdout = io::stdout();
        // Where it is not a terminal, a page's width is taken.
        let columns = match rustix::termios::tcgetwinsize(&stdout) {
            Ok(size) if size.ws_col > 0 => size.ws_col,
            _ => 80,
        };
        Out {
            width: usize::from(columns).clamp(40, 120),
            to: BufWriter::with_capacity(1 << 16, stdout.lock()),
            json,
            settings: Settings::default(),
        }
    }

    /// How days are written for this reader.
    pub fn dates(&self) -> Dates {
        self.settings.printed_dates()
    }

    /// Asks for a yes to an act on so many messages; where the reader set how many need none, fewer
    /// are not asked about. `None` where there is no person at a terminal to ask.
    pub fn confirm(
        &mut self,
        count: impl Into<u64>,
        question: &str,
    ) -> Result<Option<bool>, Failure> {
        self.flush()?;
        Ok(if count.into() <= u64::from(self.settings.unasked()) {
            is_asked().then_some(true)
        } else {
            ask(question)
        })
    }

    /// Asks for a yes to an act on so many messages, as [`Out::confirm`] does.
    ///
    /// # Errors
    /// [`Failure::Refused`] where the answer is no, or there is nobody to ask.
    pub fn agreed(&mut self, count: impl Into<u64>, question: &str) -> Result<(), Failure> {
        match self.confirm(count, question)? {
            Some(true) => Ok(()),
            Some(false) => Err(Failure::Refused("nothing was changed".into())),
            None => Err(Failure::Refused(
                "nothing was changed: there is no terminal to ask at; --yes does it".into(),
            )),
        }
    }

    /// Columns that a line should not exceed.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Prints one line for a person; whatever text it holds is escaped.
    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.shown(&Shown::line(text))
    }

    /// Prints one line that is escaped already.
    pub fn shown(&mut self, text: &Shown) -> Result<(), Failure> {
        writeln!(self.to, "{}", text.as_str().trim_end()).map_err(failed)
    }

    /// Prints text on as many lines as it needs, each set off by `indent` spaces.
    pub fn block(&mut self, indent: usize, text: &str) -> Result<(), Failure> {
        let width = self.width.saturating_sub(indent);
        for row in Shown::block(text).wrap(width) {
            let row = format!("{:indent$}{row}", "");
            writeln!(self.to, "{}", row.trim_end()).map_err(failed)?;
        }
        Ok(())
    }

    /// Prints a fact with its name before it, on as many lines as it needs.
    pub fn named(&mut self, name: &str, fact: &str) -> Result<(), Failure> {
        const INDENT: usize = 12;
        let mut name = name;
        for row in Shown::block(fact).wrap(self.width.saturating_sub(INDENT)) {
            self.line(&format!("  {name:<9} {row}"))?;
            name = "";
        }
        Ok(())
    }

    /// Prints one object for a program.
    pub fn object(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let line = text::json(value).map_err(Failure::refused)?;
        writeln!(self.to, "{line}").map_err(failed)
    }

    /// Prints rows as a table: every column as wide as its widest cell, two spaces between, the
    /// column `gives` cut where a row would be wider than the page. Numbers stand right.
    pub fn table(&mut self, columns: &[Column], rows: &[Vec<Shown>]) -> Result<(), Failure> {
        let mut widths: Vec<usize> = columns.iter().map(|c| text::width(c.head)).collect();
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        let gaps = 2 * columns.len().saturating_sub(1);
        let surplus = (widths.iter().sum::<usize>() + gaps).saturating_sub(self.width);
        for (width, column) in widths.iter_mut().zip(columns) {
            if column.gives {
                *width = (*width).saturating_sub(surplus).max(12);
            }
        }
        let heads = columns.iter().map(|c| Shown::line(c.head)).collect();
        for row in std::iter::once(&heads).chain(rows) {
            let mut line = String::new();
            for ((cell, width), column) in row.iter().zip(&widths).zip(columns) {
                if !line.is_empty() {
                    line.push_str("  ");
                }
                if column.right {
                    let spaces = width.saturating_sub(cell.width());
                    line.extend(std::iter::repeat_n(' ', spaces));
                    line.push_str(cell.as_str());
                } else {
                    line.push_str(cell.pad(*width).as_str());
                }
            }
            writeln!(self.to, "{}", line.trim_end()).map_err(failed)?;
        }
        Ok(())
    }

    /// Writes bytes that docket made itself: completions, the man page.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.to.write_all(bytes).map_err(failed)
    }

    /// Hands over what was printed so far.
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.to.flush().map_err(failed)
    }
}

/// A column of [`Out::table`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Column {
    head: &'static str,
    right: bool,
    gives: bool,
}

impl Column {
    /// Text, as wide as its widest cell.
    pub fn text(head: &'static str) -> Column {
        Column {
            head,
            ..Column::default()
        }
    }

    /// Text that gives way where the page is too narrow.
    pub fn giving(head: &'static str) -> Column {
        Column {
            head,
            gives: true,
            ..Column::default()
        }
    }

    /// Numbers.
    pub fn number(head: &'static str) -> Column {
        Column {
            head,
            right: true,
            ..Column::default()
        }
    }
}

fn failed(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::Refused(format!(
            "standard output: {error}; send the output somewhere else"
        )),
    }
}

/// Says on standard error, in one line, why docket did not do what it was asked.
pub fn complain(text: &str) {
    note(&format!("docket: {text}"));
}

/// Says one line on standard error.
pub fn note(text: &str) {
    // With standard error closed there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{}", Shown::line(text));
}

/// Asks for a yes on standard error. `None` where there is no person at a terminal to ask.
pub fn ask(question: &str) -> Option<bool> {
    if !is_asked() {
        return None;
    }
    let mut stderr = io::stderr().lock();
    write!(stderr, "{} [y/N] ", Shown::line(question)).ok()?;
    stderr.flush().ok()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).ok()?;
    Some(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Whether a person sits at a terminal to be asked.
fn is_asked() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}
