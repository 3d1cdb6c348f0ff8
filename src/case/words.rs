//! What the index is asked for.

/// One word, or several that follow one another, as [`crate::text::words`] gives them.
///
/// A message answers when its words hold these in a row. In scripts written without spaces every
/// character is a word, so that the same question finds any run of characters there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WordQuery {
    /// Folded words, at least one.
    pub words: Vec<String>,
    /// Whether the last of them is only the beginning of a word.
    pub prefix: bool,
}
