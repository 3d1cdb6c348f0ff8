//! Slack's names of emoji.
//!
//! An export writes emoji as `:tada:`. In texts of today's exports the message's own blocks say
//! which characters they stand for; a reaction has but a name. The names here are those of Slack's
//! picker (iamcal/emoji-data, "short names") that reactions use most; any other stays a name.

/// A reaction as a reader sees it: `👍`, or `:party_parrot:` where the name is a workspace's own.
pub(super) fn reaction(name: &str) -> String {
    let (bare, tone) = match name.split_once("::skin-tone-") {
        Some((bare, tone)) => (bare, tone.parse::<u32>().ok()),
        None => (name, None),
    };
    let mut signs = SIGNS.lines().filter_map(|line| line.split_once(' '));
    let Some((_, sign)) = signs.find(|(known, _)| *known == bare) else {
        return format!(":{name}:");
    };
    // Tones 2 to 6 are U+1F3FB to U+1F3FF.
    let tone = tone
        .filter(|tone| (2..=6).contains(tone))
        .and_then(|tone| char::from_u32(0x1_F3F9 + tone));
    match tone {
        Some(tone) => format!("{}{tone}", sign.trim_end_matches('\u{FE0F}')),
        None => sign.to_owned(),
    }
}

/// The characters of an emoji as blocks write them: `1f1ec-1f1e7`.
pub(super) fn of_hex(hex: &str) -> Option<String> {
    hex.split('-')
        .map(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?))
        .collect()
}

/// A name and its sign a line.
const SIGNS: &str = include_str!("emoji.txt");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_signs_and_others_stay_names() {
        for (name, shown) in [
            ("+1", "👍"),
            ("+1::skin-tone-2", "👍🏻"),
            ("point_up::skin-tone-6", "☝🏿"),
            ("party_parrot", ":party_parrot:"),
            ("party_parrot::skin-tone-2", ":party_parrot::skin-tone-2:"),
            ("", "::"),
        ] {
            assert_eq!(reaction(name), shown, "{name}");
        }
        assert_eq!(of_hex("1f1ec-1f1e7").as_deref(), Some("🇬🇧"));
        assert_eq!(of_hex("d800"), None);
        assert_eq!(of_hex("x"), None);
    }
}
