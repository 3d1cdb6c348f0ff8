//! Slack's mrkdwn as the text a reader sees.
//!
//! Source: docs.slack.dev, "Formatting message text": `<...>` holds a mention, a link or a special
//! command; `&amp;`, `&lt;` and `&gt;` are the only escapes. The signs for bold, quotation and code
//! are what people type: they stay.

use std::fmt::Write as _;

/// The names that mentions stand for.
pub(super) trait Names {
    /// A person or bot, by id, as others see them.
    fn person(&self, id: &str) -> Option<String>;
    /// A channel's name, by id.
    fn channel(&self, id: &str) -> Option<String>;
}

/// The text of a piece of mrkdwn.
pub(super) fn to_text(mrkdwn: &str, names: &dyn Names) -> String {
    let mut out = String::with_capacity(mrkdwn.len());
    let mut rest = mrkdwn;
    while let Some((before, after)) = rest.split_once('<') {
        unescape(before, &mut out);
        // Marks hold no `<`, so no byte is looked at more than twice.
        let inside = after.split(['<', '>']).next().unwrap_or_default();
        let tail = after
            .strip_prefix(inside)
            .and_then(|tail| tail.strip_prefix('>'));
        match tail {
            Some(tail) if is_reference(inside) => {
                reference(inside, names, &mut out);
                rest = tail;
            }
            // Slack writes a `<` of a person's own as `&lt;`; this one is no mark of Slack's.
            _ => {
                out.push('<');
                rest = after;
            }
        }
    }
    unescape(rest, &mut out);
    out
}

/// Whether what stands between `<` and `>` is a mark: marks hold no line ends, and begin with a
/// sign or an address.
fn is_reference(inside: &str) -> bool {
    let link = || {
        inside.split_once(':').is_some_and(|(scheme, _)| {
            !scheme.is_empty()
                && scheme
                    .chars()
                    .all(|sign| sign.is_ascii_alphanumeric() || "+-.".contains(sign))
        })
    };
    !inside.contains('\n') && (inside.starts_with(['@', '#', '!']) || link())
}

fn reference(inside: &str, names: &dyn Names, out: &mut String) {
    let (target, label) = match inside.split_once('|') {
        Some((target, label)) => (target, Some(label).filter(|label| !label.is_empty())),
        None => (inside, None),
    };
    let marked = |sign: char, name: &str, out: &mut String| {
        if !name.starts_with(sign) {
            out.push(sign);
        }
        unescape(name, out);
    };
    if let Some(id) = target.strip_prefix('@') {
        match names.person(id) {
            Some(name) => marked('@', &name, out),
            None => marked('@', label.unwrap_or(id), out),
        }
    } else if let Some(id) = target.strip_prefix('#') {
        match (label, names.channel(id)) {
            (Some(label), _) => marked('#', label, out),
            (None, Some(name)) => marked('#', &name, out),
            (None, None) => marked('#', id, out),
        }
    } else if let Some(command) = target.strip_prefix('!') {
        special(command, label, out);
    } else {
        link(target, label, out);
    }
}

/// `<!here>`, `<!subteam^S123|@press>`, `<!date^1392734382^{date_num}|18 Feb 2014>`.
fn special(command: &str, label: Option<&str>, out: &mut String) {
    let mut parts = command.split('^');
    match (parts.next().unwrap_or_default(), label) {
        ("date", Some(label)) => unescape(label, out),
        (_, Some(label)) => {
            if !label.starts_with('@') {
                out.push('@');
            }
            unescape(label, out);
        }
        (name, None) => {
            out.push('@');
            out.push_str(parts.next().unwrap_or(name));
        }
    }
}

/// A link as HTML's are written too: its words, and its target where they do not show it.
fn link(target: &str, label: Option<&str>, out: &mut String) {
    let mut plain = String::new();
    unescape(target, &mut plain);
    let bare = ["https://", "http://", "mailto:", "tel:"]
        .iter()
        .find_map(|scheme| plain.strip_prefix(scheme))
        .unwrap_or(&plain);
    let Some(label) = label else {
        let mail = plain.starts_with("mailto:") || plain.starts_with("tel:");
        out.push_str(if mail { bare } else { &plain });
        return;
    };
    let mut words = String::new();
    unescape(label, &mut words);
    if words == plain || words.trim_end_matches('/') == bare.trim_end_matches('/') {
        out.push_str(&words);
    } else {
        let _ = write!(out, "{words} <{plain}>");
    }
}

/// Resolves the three escapes, each once: `&amp;lt;` is `&lt;`.
fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (sign, tail) = [("amp;", '&'), ("lt;", '<'), ("gt;", '>')]
            .iter()
            .find_map(|(name, sign)| Some((*sign, after.strip_prefix(name)?)))
            .unwrap_or(('&', after));
        out.push(sign);
        rest = tail;
    }
    out.push_str(rest);
}

/// A person's text as Slack writes it: the three signs escaped.
#[cfg(test)]
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Two;

    impl Names for Two {
        fn person(&self, id: &str) -> Option<String> {
            (id == "U1").then(|| "Amina Yusuf".into())
        }
        fn channel(&self, id: &str) -> Option<String> {
            (id == "C1").then(|| "kits".into())
        }
    }

    #[test]
    fn marks_become_what_a_reader_sees() {
        for (mrkdwn, text) in [
            (
                "<@U1>: see <#C1> and <#C2|press>",
                "@Amina Yusuf: see #kits and #press",
            ),
            ("<@U9> <@U8|ben> <#C9>", "@U9 @ben #C9"),
            (
                "<!here> <!channel> <!subteam^S1|@legal> <!subteam^S2>",
                "@here @channel @legal @S2",
            ),
            ("<!date^1392734382^{date_num}|18 Feb 2014>", "18 Feb 2014"),
            (
                "<https://example.org/a?b=1&amp;c=2>",
                "https://example.org/a?b=1&c=2",
            ),
            ("<https://example.org/|example.org>", "example.org"),
            (
                "<https://example.org/plan|the plan>",
                "the plan <https://example.org/plan>",
            ),
            ("<mailto:a@example.org|a@example.org>", "a@example.org"),
            ("<tel:+447700900123>", "+447700900123"),
            (
                "5 &lt; 6 &amp;&amp; 7 &gt; 2, &amp;lt; &copy;",
                "5 < 6 && 7 > 2, &lt; &copy;",
            ),
            ("&lt;@U1&gt; is typed", "<@U1> is typed"),
            (
                "*bold* _i_ ~s~ `code`\n&gt; quoted",
                "*bold* _i_ ~s~ `code`\n> quoted",
            ),
            ("a < b and <c> and <unclosed", "a < b and <c> and <unclosed"),
            ("<>", "<>"),
            ("", ""),
        ] {
            assert_eq!(to_text(mrkdwn, &Two), text, "{mrkdwn}");
        }
    }

    proptest! {
        #[test]
        fn what_people_type_comes_back(text in any::<String>()) {
            prop_assert_eq!(to_text(&escape(&text), &Two), text);
        }

        #[test]
        fn never_fails(text in "[<>|@#!&;a-z:^\\n]{0,40}") {
            to_text(&text, &Two);
        }
    }
}
