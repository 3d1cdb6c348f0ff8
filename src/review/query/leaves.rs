//! What a query names, leaf by leaf: for whoever must know what a query's text would tell a reader.

use super::{Expr, Query};

/// One condition of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf<'a> {
    /// Words in a row as typed; where `prefix`, the last is only a word's beginning. Compare them
    /// with [`crate::text::words`].
    Words {
        /// As typed.
        text: &'a str,
        /// Whether the last word is only a beginning.
        prefix: bool,
    },
    /// A part of the sender's name or number.
    From(&'a str),
    /// A part of the thread's title.
    In(&'a str),
    /// A word of the language itself, or a date: it names nobody and quotes nothing.
    Neutral,
    /// Anything else: a pattern, an address, a subject, a label, a note, a number of the case.
    Other,
}

impl Query {
    /// All conditions, those under `-` too.
    pub fn leaves(&self) -> Vec<Leaf<'_>> {
        let mut leaves = Vec::new();
        collect(self.expr(), &mut leaves);
        leaves
    }
}

fn collect<'a>(expr: &'a Expr, leaves: &mut Vec<Leaf<'a>>) {
    leaves.push(match expr {
        Expr::And(parts) | Expr::Or(parts) => {
            return parts.iter().for_each(|part| collect(part, leaves));
        }
        Expr::Not(inner) => return collect(inner, leaves),
        Expr::Words { text, prefix } => Leaf::Words {
            text,
            prefix: *prefix,
        },
        Expr::From(name) => Leaf::From(name),
        Expr::In(title) => Leaf::In(title),
        Expr::All
        | Expr::FromMe
        | Expr::ToMe
        | Expr::FromRelation(_)
        | Expr::WithRelation(_)
        | Expr::On(_)
        | Expr::After(_)
        | Expr::Before(_)
        | Expr::Is(_)
        | Expr::Has(_)
        | Expr::Kind(_)
        | Expr::Finding(_)
        | Expr::Flag(_) => Leaf::Neutral,
        Expr::Pattern(_)
        | Expr::FromPerson(_)
        | Expr::Organisation(_)
        | Expr::To(_)
        | Expr::Value(..)
        | Expr::InNumber(_)
        | Expr::With(_)
        | Expr::WithPerson(_)
        | Expr::Reason(_)
        | Expr::Note(_)
        | Expr::Channel(_)
        | Expr::Source(_)
        | Expr::SourceNumber(_)
        | Expr::By(_)
        | Expr::CountersignedBy(_)
        | Expr::DisagreedBy(_) => Leaf::Other,
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_is_told_also_what_is_left_out() {
        let query = Query::parse("budget -(\"mary hart\" OR from:ann) in:quay is:sent on:2021 /x/");
        let words = |text| Leaf::Words {
            text,
            prefix: false,
        };
        assert_eq!(
            query.unwrap().leaves(),
            [
                words("budget"),
                words("mary hart"),
                Leaf::From("ann"),
                Leaf::In("quay"),
                Leaf::Neutral,
                Leaf::Neutral,
                Leaf::Other
            ]
        );
    }
}
