//! What is pointed at, written one way: so that one number in two spellings is one value.

use super::Data;

/// The value of what a detector points at: letters and digits alone, in capitals; of telephone
/// numbers the digits as they are dialled at home; of words the words, in small letters.
pub fn value_of(id: &str, text: &str) -> String {
    let about = super::by_id(id).map(|(_, about)| about);
    match id {
        "phone" => phone(text),
        "email" => text.to_ascii_lowercase(),
        "person" | "address" => words(text),
        _ if about.is_some_and(|about| is_number(about.data)) => text
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_uppercase())
            .collect(),
        _ => words(text),
    }
}

/// Whether what is pointed at is a number or a mark.
fn is_number(data: Data) -> bool {
    matches!(
        data,
        Data::Health | Data::Identity | Data::Address | Data::Money | Data::Vehicle
    )
}

fn words(text: &str) -> String {
    let words: Vec<String> = crate::text::words(text).map(|word| word.folded).collect();
    words.join(" ")
}

fn phone(text: &str) -> String {
    let local = text.replace("(0)", "");
    let digits: String = local.chars().filter(char::is_ascii_digit).collect();
    let abroad = match local.trim_start().starts_with('+') {
        true => Some(digits.as_str()),
        false => digits.strip_prefix("00"),
    };
    match abroad {
        None => digits,
        Some(abroad) => match abroad.strip_prefix("44") {
            Some(home) => format!("0{}", home.strip_prefix('0').unwrap_or(home)),
            None => format!("+{abroad}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_in_many_spellings() {
        for text in [
            "07700 900123",
            "+44 7700 900123",
            "+44 (0)7700-900-123",
            "0044 7700 900123",
        ] {
            assert_eq!(value_of("phone", text), "07700900123", "{text}");
        }
        assert_eq!(value_of("phone", "+1 555 010 0123"), "+15550100123");
        assert_eq!(value_of("nhs", "999 012-3456"), "9990123456");
        assert_eq!(value_of("person", "Mrs  SMITH"), "mrs smith");
        assert_eq!(value_of("postcode", "zz99 3wz"), "ZZ993WZ");
    }
}
