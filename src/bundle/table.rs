//! A table of a bundle in the making: CSV (RFC 4180, UTF-8, every cell quoted) that a spreadsheet may
//! open.

use crate::text::csv_cell;
use std::io::Write;

/// A table in the making.
pub(super) struct Table<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> Table<W> {
    pub(super) fn new(out: W, columns: &[&str]) -> csv::Result<Table<W>> {
        let mut writer = csv::WriterBuilder::new()
            .quote_style(csv::QuoteStyle::Always)
            .terminator(csv::Terminator::CRLF)
            .from_writer(out);
        writer.write_record(columns)?;
        Ok(Table { writer })
    }

    pub(super) fn row(&mut self, cells: &[String]) -> csv::Result<()> {
        let cells = cells.iter().map(|cell| csv_cell(cell).into_owned());
        self.writer.write_record(cells)
    }

    pub(super) fn end(mut self) -> csv::Result<()> {
        Ok(self.writer.flush()?)
    }
}
