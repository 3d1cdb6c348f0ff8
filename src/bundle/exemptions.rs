//! The National Archives' codes of exemptions, and what docket's reasons are in them.

/// The codes that The National Archives take, and whether the public interest has to be weighed.
///
/// The list: nationalarchives/da-metadata-schema, definitions/foi_codes. Absolute are those of
/// section 2(3) of the Freedom of Information Act 2000, of section 36 only for Parliament, so not
/// here; none is in regulation 12(1)(b) of the Environmental Information Regulations 2004.
pub(super) const CODES: [(&str, bool); 39] = [
    ("23", false),
    ("24", true),
    ("26", true),
    ("27(1)", true),
    ("27(2)", true),
    ("28", true),
    ("29", true),
    ("30(1)", true),
    ("30(2)", true),
    ("31", true),
    ("32", false),
    ("33", true),
    ("34", false),
    ("35(1)(a)", true),
    ("35(1)(b)", true),
    ("35(1)(c)", true),
    ("35(1)(d)", true),
    ("36", true),
    ("37(1)(a)", false),
    ("37(1)(aa)", false),
    ("37(1)(ab)", false),
    ("37(1)(ac)", true),
    ("37(1)(ad)", true),
    ("37(1)(b)", true),
    ("38", true),
    ("39", true),
    ("40(2)", false),
    ("41", false),
    ("42", true),
    ("43(1)", true),
    ("43(2)", true),
    ("44", false),
    ("EIR 12(5)(a)", true),
    ("EIR 12(5)(b)", true),
    ("EIR 12(5)(c)", true),
    ("EIR 12(5)(d)", true),
    ("EIR 12(5)(e)", true),
    ("EIR 12(5)(f)", true),
    ("EIR 12(5)(g)", true),
];

/// Whether The National Archives take this code.
pub(super) fn is_code(code: &str) -> bool {
    known(code).is_some()
}

/// The code as it stands in their list.
pub(super) fn known(code: &str) -> Option<&'static str> {
    let mut codes = CODES.iter().map(|(known, _)| *known);
    codes.find(|known| *known == code)
}

/// The code as The National Archives write it: `35(1)(a)` of `foi-35-1-a`. `None` of a reason that
/// is none of theirs, such as one that a department added to its list.
pub(super) fn code(reason: &str) -> Option<&'static str> {
    let (before, parts) = match reason.strip_prefix("foi-") {
        Some(parts) => ("", parts),
        None => ("EIR ", reason.strip_prefix("eir-")?),
    };
    let mut parts = parts.split('-');
    let mut written = format!("{before}{}", parts.next()?);
    for part in parts {
        written.push_str(&format!("({part})"));
    }
    let found = CODES.iter().find(|(code, _)| *code == written);
    found.map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::mask_reasons::{DEFAULTS, parse};
    use crate::case::masks::Reach;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_of_the_usual_list_has_its_code() {
        let list = parse(DEFAULTS).unwrap();
        let mut found = BTreeSet::new();
        for reason in list.iter().filter(|one| one.reach == Reach::Open) {
            found.insert(code(&reason.code).unwrap_or_else(|| panic!("{}", reason.code)));
        }
        assert_eq!(found.len(), CODES.len());
        for none in ["personal", "foi-", "foi-35", "foi-35-1-e", "eir-36", "36"] {
            assert_eq!(code(none), None, "{none}");
        }
    }
}
