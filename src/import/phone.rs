//! Telephone numbers in different spellings.

/// The digits of a number, without what people put between them, and whether it is written with
/// its country (`+44`, `0044`). `None` where it is no telephone number: a short code's word, an
/// e-mail address.
fn digits(number: &str) -> Option<(String, bool)> {
    let mut out = String::new();
    let mut international = false;
    for sign in number.chars() {
        match sign {
            '+' if out.is_empty() => international = true,
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' | '\u{202f}' | '\u{2011}' => {}
            sign if !sign.is_control() && sign.is_ascii_digit() => out.push(sign),
            // Marks of direction that phones write around numbers.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => {}
            _ => return None,
        }
    }
    if let Some(rest) = out.strip_prefix("00").filter(|_| !international) {
        return Some((rest.to_owned(), true));
    }
    (!out.is_empty()).then_some((out, international))
}

/// Whether two spellings are one number: the same digits, or one with its country and one without
/// (`+44 7700 900123`, `07700 900123`). The part without the country must have nine digits or
/// more, and the country at most three, so that two short numbers that end alike stay apart.
pub(super) fn same(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let (Some((one, one_country)), Some((other, other_country))) = (digits(one), digits(other))
    else {
        return one.trim().eq_ignore_ascii_case(other.trim());
    };
    if one == other {
        return true;
    }
    let (whole, part) = match (one_country, other_country) {
        (true, false) => (one, other),
        (false, true) => (other, one),
        // Neither has a `+`: North American numbers come with and without their leading 1.
        (false, false) if one.len() > other.len() => (one, other),
        (false, false) => (other, one),
        (true, true) => return false,
    };
    let part = part.strip_prefix('0').unwrap_or(&part);
    part.len() >= 9
        && whole
            .strip_suffix(part)
            .is_some_and(|country| (1..=3).contains(&country.len()) && !country.starts_with('0'))
}

/// What two spellings of one number have in common: its last nine digits; of anything else, the
/// whole in lower case. Numbers with one key need not be [`same`].
pub(super) fn key(number: &str) -> String {
    match digits(number) {
        Some((digits, _)) => {
            let cut = digits.len().saturating_sub(9);
            digits.get(cut..).unwrap_or(&digits).to_owned()
        }
        None => number.trim().to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number() {
        for (one, other, equal) in [
            ("+44 7700 900123", "07700900123", true),
            ("0044 7700 900123", "+447700900123", true),
            ("(555) 555-4545", "5555554545", true),
            ("1-555-555-5655", "5555555655", true),
            ("+1 555 555 5655", "5555555655", true),
            (
                "\u{202a}+974\u{a0}7760\u{a0}6157\u{202c}",
                "+97477606157",
                true,
            ),
            ("+447700900123", "+337700900123", false),
            ("86444", "686444", false),
            ("07700900123", "07700900124", false),
            ("HMRC", "hmrc", true),
            ("HMRC", "86444", false),
            ("a@example.com", "A@example.com", true),
        ] {
            assert_eq!(same(one, other), equal, "{one} {other}");
            assert_eq!(same(other, one), equal, "{other} {one}");
            if equal {
                assert_eq!(key(one), key(other), "{one} {other}");
            }
        }
    }
}
