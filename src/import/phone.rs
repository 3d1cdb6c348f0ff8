//! Telephone numbers in different spellings.

/// The digits of a number, without what people put between them, and whether it is written with
/// its country (`+44`, `0044`). `None` where it is no telephone number: a short code's word, an
/// e-mail address.
fn digits(number: &str) -> Option<(String, bool)> {
    let mut out = String::new();
    let mut international = false;
    // `+44 (0)20 ...`: the 0 is dialled at home only.
    let abroad = number.trim_start().starts_with('+') || number.trim_start().starts_with("00");
    let number = match number.split_once("(0)").filter(|_| abroad) {
        Some((country, rest)) => [country, rest].concat(),
        None => number.to_owned(),
    };
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
pub(crate) fn same(one: &str, other: &str) -> bool {
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

/// The country code that a number written with its country begins with (ITU-T E.164 list of codes:
/// 1 and 7 have one digit, the codes below two, all others three).
fn country_of(digits: &str) -> &str {
    const TWO: &str = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 \
                       58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98";
    let first = |count: usize| digits.get(..count).unwrap_or(digits);
    match first(1) {
        one @ ("1" | "7") => one,
        _ if TWO.split_whitespace().any(|code| code == first(2)) => first(2),
        _ => first(3),
    }
}

/// The country code of a number that is written with one (`+44 ...`, `0044 ...`).
pub(crate) fn country(number: &str) -> Option<String> {
    match digits(number)? {
        (digits, true) if digits.len() > 6 => Some(country_of(&digits).to_owned()),
        _ => None,
    }
}

/// The digits of a number with its country code, whatever way it is written; one without a country
/// is taken to be of `country`, without the sign that is dialled before it at home (0; in Russia
/// and Kazakhstan 8, in Hungary 06, in North America 1; Italy keeps its 0). `None` where it is no
/// telephone number, or is too short to have an area: a short code is the same in no two countries.
pub(crate) fn international(number: &str, country: Option<&str>) -> Option<String> {
    let (digits, with_country) = digits(number)?;
    if with_country {
        return (digits.len() >= 7).then_some(digits);
    }
    let country = country?;
    if digits.len() < 7 {
        return None;
    }
    let rest = match country {
        "39" => digits.as_str(),
        "1" => match digits.strip_prefix('1') {
            Some(rest) if rest.len() == 10 => rest,
            _ => digits.as_str(),
        },
        "7" => match digits.strip_prefix('8') {
            Some(rest) if rest.len() == 10 => rest,
            _ => digits.as_str(),
        },
        "36" => digits.strip_prefix("06").unwrap_or(&digits),
        _ => digits.strip_prefix('0').unwrap_or(&digits),
    };
    Some(format!("{country}{rest}"))
}

/// What two spellings of one number have in common: its last nine digits; of anything else, the
/// whole in lower case. Numbers with one key need not be [`same`].
pub(crate) fn key(number: &str) -> String {
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
    fn numbers_get_the_country_they_are_taken_to_be_of() {
        for (number, home, whole) in [
            ("07700 900123", Some("44"), Some("447700900123")),
            ("+44 (0)7700 900123", Some("44"), Some("447700900123")),
            ("+33 6 12 34 56 78", Some("44"), Some("33612345678")),
            ("06 12 34 56 78", Some("33"), Some("33612345678")),
            ("1 (202) 555-0123", Some("1"), Some("12025550123")),
            ("202-555-0123", Some("1"), Some("12025550123")),
            ("8 912 345-67-89", Some("7"), Some("79123456789")),
            ("06 1 234 5678", Some("36"), Some("3612345678")),
            ("06 1234 5678", Some("39"), Some("390612345678")),
            ("07700 900123", None, None),
            ("86444", Some("44"), None),
            ("HMRC", Some("44"), None),
        ] {
            assert_eq!(international(number, home).as_deref(), whole, "{number}");
        }
        assert_eq!(country("+1 202 555 0123").as_deref(), Some("1"));
        assert_eq!(country("00353 1 234 5678").as_deref(), Some("353"));
        assert_eq!(country("07700 900123"), None);
    }

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
