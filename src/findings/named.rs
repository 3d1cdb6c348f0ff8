//! Conversations that a text names: an app and a group or chat on it, with the name where it stands.

use crate::case::Thread;
use crate::text::fold;
use regex::Regex;
use std::sync::LazyLock;

/// A conversation that is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    /// The app, in small letters.
    pub(super) app: &'static str,
    /// What it is called there, where the text says so.
    pub(super) name: Option<String>,
}

/// The apps, and how channels of theirs begin in a case.
const APPS: [(&str, &[&str]); 8] = [
    ("signal", &["signal"]),
    ("telegram", &["telegram"]),
    ("whatsapp", &["whatsapp"]),
    ("teams", &["teams"]),
    ("slack", &["slack"]),
    ("discord", &["discord"]),
    ("viber", &["viber"]),
    ("messenger", &["messenger", "instagram"]),
];

/// `the Signal group`, `a chat on Telegram`. `teams` and `signal` alone mean other things too.
static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let apps = APPS.map(|(app, _)| app).join("|");
    let kinds = "group|chat|channel|thread";
    Regex::new(&format!(
        r"(?i)\b(?:({apps})[ -](?:{kinds})|(?:{kinds}) on ({apps}))\b"
    ))
    .ok()
});

/// A name in quotation marks, close behind.
static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^(?: called| named|:)? ?["“„«‘']([^"”“»’'\n]{2,60})["”“»’']"#).ok()
});

/// The conversations that a text names.
pub(super) fn names(text: &str) -> Vec<Named> {
    let (Some(pattern), Some(quoted)) = (PATTERN.as_ref(), QUOTED.as_ref()) else {
        return Vec::new();
    };
    let named = pattern.captures_iter(text).filter_map(|found| {
        let app = found.get(1).or_else(|| found.get(2))?.as_str();
        let (app, _) = APPS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(app))?;
        let rest = text.get(found.get(0)?.end()..)?;
        let name = quoted.captures(rest).and_then(|name| name.get(1));
        let name = name.map(|name| name.as_str().trim().to_owned());
        Some(Named { app, name })
    });
    named.collect()
}

/// Which conversations a case has.
pub(super) struct Given {
    /// The app and the folded title of each.
    titles: Vec<(String, String)>,
}

impl Given {
    pub(super) fn of(threads: &[Thread]) -> Given {
        let title = |thread: &Thread| (thread.channel.to_lowercase(), fold(&thread.title));
        Given {
            titles: threads.iter().map(title).collect(),
        }
    }

    /// Whether the one that is named may be among them: one of this name on any app, since people
    /// say one app and mean another; without a name any on the app.
    pub(super) fn may_have(&self, named: &Named) -> bool {
        match &named.name {
            Some(name) => {
                let name = fold(name);
                let mut titles = self.titles.iter();
                titles.any(|(_, title)| title.contains(name.trim()))
            }
            None => {
                let channels = APPS.iter().find(|(app, _)| *app == named.app);
                let channels = channels.map_or(&[][..], |(_, channels)| channels);
                let mut titles = self.titles.iter();
                titles.any(|(channel, _)| channels.iter().any(|one| channel.starts_with(one)))
            }
        }
    }
}

#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(&'static str, Option<String>)> {
        names(text)
            .into_iter()
            .map(|one| (one.app, one.name))
            .collect()
    }

    #[test]
    fn apps_with_a_group_or_chat_are_named_and_their_names_read() {
        let quoted = Some("Bed flow".to_owned());
        for text in [
            "use the Signal group \"Bed flow\" please",
            "Signal chat called “Bed flow”",
            "it's in the signal group: 'Bed flow'",
        ] {
            assert_eq!(told(text), [("signal", quoted.clone())], "{text}");
        }
        assert_eq!(told("there is a group on Telegram"), [("telegram", None)]);
        assert_eq!(told("see the WhatsApp group"), [("whatsapp", None)]);
        for nothing in [
            "the teams chatted",
            "a signal to the group",
            "group chat",
            "slack channels",
        ] {
            assert!(told(nothing).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn what_a_case_may_have_is_not_pointed_at() {
        let given = Given {
            titles: vec![("whatsapp".into(), fold("Bed flow – nights"))],
        };
        let named = |text: &str| names(text).pop().unwrap();
        assert!(given.may_have(&named("the Signal group \"bed flow\"")));
        assert!(!given.may_have(&named("the Signal group \"Linen\"")));
        assert!(given.may_have(&named("the whatsapp group")));
        assert!(!given.may_have(&named("the signal group")));
    }
}
