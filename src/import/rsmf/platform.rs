//! What RSMF calls the apps that conversations are from.

/// All channels that conversations of RSMF are on. The last three are of those that docket wrote: no
/// collecting tool's name for them is known.
pub(super) const CHANNELS: &[&str] = &[
    "rsmf",
    "slack",
    "teams",
    "whatsapp",
    "imessage",
    "sms",
    "signal",
    "telegram",
    "discord",
    "google-chat",
    "messenger",
    "instagram",
    "line",
    "viber",
    "wechat",
    "skype",
    "linkedin",
    "bloomberg",
    "email",
    "google-voice",
    "calls",
];

/// The channel of a platform, as other importers name it; `rsmf` where none does.
pub(super) fn channel_of(platform: &str) -> &'static str {
    const KNOWN: [(&str, &str); 25] = [
        ("slack", "slack"),
        ("teams", "teams"),
        ("msteams", "teams"),
        ("microsoftteams", "teams"),
        ("whatsapp", "whatsapp"),
        ("imessage", "imessage"),
        ("sms", "sms"),
        ("mms", "sms"),
        ("textmessage", "sms"),
        ("signal", "signal"),
        ("telegram", "telegram"),
        ("discord", "discord"),
        ("googlechat", "google-chat"),
        ("gchat", "google-chat"),
        ("hangouts", "google-chat"),
        ("messenger", "messenger"),
        ("facebookmessenger", "messenger"),
        ("instagram", "instagram"),
        ("line", "line"),
        ("viber", "viber"),
        ("wechat", "wechat"),
        ("skype", "skype"),
        ("linkedin", "linkedin"),
        ("bloomberg", "bloomberg"),
        ("bloombergchat", "bloomberg"),
    ];
    let plain: String = platform
        .to_lowercase()
        .chars()
        .filter(|sign| sign.is_alphanumeric())
        .collect();
    KNOWN
        .iter()
        .find(|(name, _)| *name == plain)
        .map_or("rsmf", |(_, channel)| channel)
}
