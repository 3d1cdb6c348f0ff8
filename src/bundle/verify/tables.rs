//! The tables of a bundle, read again.

use super::bagit::Bag;
use super::custody;
use super::told::{LARGEST_TABLE, Told};
use crate::bundle::layout::{DECISIONS, REVIEW};

/// Tables that came later, with the last form that may lack them: it was written before them, or
/// while they came.
const LATER: [(&str, u32); 11] = [
    ("flags.csv", 1),
    ("reconciliation.csv", 1),
    ("redactions.csv", 1),
    (custody::NAME, 2),
    ("datapackage.json", 2),
    ("file-ffid.csv", 2),
    ("file-metadata.csv", 2),
    ("membership.csv", 2),
    ("withheld.csv", 2),
    ("properties.csv", 3),
    ("bagit-profile.json", 3),
];

/// So many columns of `decisions.csv` stand in bundles of the second form.
const DECIDED: usize = DECISIONS.len() - REVIEW;

/// What is said of a table that is not there and need not be.
pub(super) const ABSENT: &str = "none in a bundle of this form or profile";

/// Whether this table is not there and need not be: in a bundle of an earlier form, or by a profile.
pub(super) fn is_absent(bag: &Bag, told: &Told, name: &str) -> bool {
    let may_lack = LATER
        .iter()
        .any(|(table, form)| *table == name && told.form <= *form)
        || told.leaves_out(name);
    may_lack && !bag.tree.files.contains_key(name)
}

/// The rows of a table whose columns are these, each cell as it was before the apostrophe that
/// keeps it from being a formula. In bundles of the first form a table may lack its last columns,
/// and some tables may not be there.
pub(super) fn table(
    bag: &Bag,
    told: &Told,
    name: &str,
    columns: &[&str],
) -> Result<Vec<Vec<String>>, String> {
    if is_absent(bag, told, name) {
        return Ok(Vec::new());
    }
    let bytes = bag
        .tree
        .read(name, LARGEST_TABLE)
        .map_err(|error| format!("{name}: {error}"))?;
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes.as_slice());
    let head = reader
        .headers()
        .map_err(|error| format!("{name}: {error}"))?;
    let is_known = match told.form {
        1 => !head.is_empty() && head.iter().zip(columns).all(|(a, b)| a == *b),
        2 if name == "decisions.csv" => head.iter().eq(columns.iter().copied().take(DECIDED)),
        _ => head.len() == columns.len() && head.iter().eq(columns.iter().copied()),
    };
    if !is_known || head.len() > columns.len() {
        return Err(format!("{name}: its columns are not those of this table"));
    }
    let mut rows = Vec::new();
    for (index, row) in reader.records().enumerate() {
        let row = row.map_err(|error| format!("{name}, row {}: {error}", index + 1))?;
        let mut cells = Vec::new();
        for cell in &row {
            let plain = cell.strip_prefix('\'');
            if plain.is_none() && crate::text::csv_cell(cell) != cell {
                return Err(format!(
                    "{name}, row {}: a cell that a spreadsheet takes for a formula",
                    index + 1
                ));
            }
            cells.push(plain.unwrap_or(cell).to_owned());
        }
        rows.push(cells);
    }
    Ok(rows)
}

/// The cell of a row in a column.
pub(super) fn cell<'a>(row: &'a [String], columns: &[&str], column: &str) -> &'a str {
    columns
        .iter()
        .position(|name| *name == column)
        .and_then(|at| row.get(at))
        .map_or("", String::as_str)
}
