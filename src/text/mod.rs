//! The one door to the eye, and the arithmetic of text.
//!
//! Text from outside (a message, a name, a file name, a query) reaches the screen, standard error
//! and HTML only as [`Shown`] or through [`html`]; JSON through [`json`]; tables through
//! [`csv_cell`]; file names that docket makes through [`file_name`]. What is kept in the case stays exact: nothing here is ever
//! written back.
//!
//! [`fold`] and [`words`] are what searching compares: the index, the queries and the marking of
//! hits use the same two, so that they cannot disagree.

mod encoding;
mod fold;
mod hex;
mod near;
mod number;
mod out;
mod page;
mod shown;
mod units;

pub use encoding::Encoding;
pub use fold::{MAX_WORD_CHARS, Word, Words, fold, fold_into, is_unspaced, words};
pub use hex::hex;
pub use near::{line_at, nearest};
pub use number::{counted, grouped};
pub use out::{csv_cell, file_name, html, json};
pub use page::{base64, page_head, page_policy};
pub use shown::{Look, Piece, Shown, width};
pub use units::{Class, Units};
