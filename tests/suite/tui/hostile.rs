//! Whatever an export holds, nothing of it acts on the terminal, and the gutter stays in its place.

use super::{Review, desk};
use docket::tui::event::Event;

/// Every control, bidi control, zero-width and tag character, and what is built with them.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = ('\0'..='\u{9f}')
        .filter(|c| c.is_control() && !matches!(c, '\n' | '\r'))
        .map(|c| format!("a{c}[31mb{c}]52;c;QUJD\u{7}c"))
        .collect();
    for c in "\u{61c}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{202a}\u{202b}\u{202d}\u{202e}\u{2028}\u{2029}\u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{feff}\u{ad}\u{3164}\u{e0041}".chars() {
        texts.push(format!("x{c}y{c}{c}z"));
    }
    texts.push("e".to_owned() + &"\u{301}".repeat(40));
    texts.push("שלום \u{202e}evil 👩‍👩‍👧‍👦 🏳️‍🌈 ❤️ 👍🏽".into());
    texts.push("会議は明日です".repeat(30));
    texts.push("unbroken".repeat(400));
    texts
}

/// The bytes but for this program's own sequences.
fn is_clean(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        let after = &rest[at + 1..];
        let end = after
            .find(|c: char| c.is_ascii_alphabetic())
            .ok_or("unfinished sequence")?;
        let sequence = &after[..=end];
        let own = sequence.starts_with('[')
            && "mHKGCJrSThl".contains(sequence.chars().last().unwrap())
            && sequence[1..end]
                .chars()
                .all(|c| c.is_ascii_digit() || ";?".contains(c));
        if !own {
            return Err(format!("{sequence:?}"));
        }
        rest = &after[end + 1..];
    }
    let acting = |c: char| {
        (c.is_control() && c != '\x1b' && c != '\r' && c != '\n')
            || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    match text.chars().find(|c| acting(*c)) {
        Some(c) => Err(format!("U+{:04X}", u32::from(c))),
        None => Ok(()),
    }
}

#[test]
fn no_view_lets_a_text_act() {
    let texts = texts();
    let mut chat = String::new();
    for (n, text) in texts.iter().enumerate() {
        let name = if n % 2 == 0 {
            text.replace(':', "")
        } else {
            "Ann".into()
        };
        chat += &format!(
            "{:02}/03/2021, 09:{:02} - {name}: {text}\n",
            1 + n / 60,
            n % 60
        );
    }
    let title = "WhatsApp Chat with \u{202e}gpj.\u{9b}31m\u{1b}]0;x\u{7}.txt";
    let desk = desk(&[(title, chat)]);
    for size in [(80, 24), (20, 5), (40, 8), (200, 50)] {
        let mut review = Review::start(&desk, size.0, size.1);
        let check = |review: &mut Review, keys: &str| {
            for key in docket::tui::keymap::parse(keys) {
                for bytes in [review.happen(Event::Key(key)), review.happen(Event::Rest)] {
                    is_clean(&bytes)
                        .unwrap_or_else(|what| panic!("{what} after {keys} at {size:?}"));
                }
            }
        };
        check(&mut review, "<Enter>gg");
        for _ in 0..60 {
            check(&mut review, "<C-d>");
        }
        check(&mut review, "ggi");
        for _ in 0..20 {
            check(&mut review, "jjj");
        }
        check(&mut review, "i/x<Enter>jjj<Enter>nf y<Enter><Esc>q");
        check(
            &mut review,
            "gsqglqgbqgf<Down><Down><Down><Down><Right><Right><Right><Esc>*oyuO",
        );
        check(&mut review, "n?q");
        for text in &texts {
            review.press("/");
            let bytes = review.happen(Event::Paste(text.clone()));
            is_clean(&bytes).unwrap_or_else(|what| panic!("{what} in the prompt"));
            review.press("<Esc>");
        }
    }
}

#[test]
fn the_gutter_stays_whatever_the_width_of_a_text() {
    let chat: String = texts()
        .iter()
        .filter(|text| !text.contains(|c: char| c.is_control()))
        .enumerate()
        .map(|(n, text)| {
            format!(
                "01/03/2021, 09:{n:02} - {}: {text}\n",
                ["דוד", "👩‍👩‍👧 Ann ❤️", "会議"][n % 3]
            )
        })
        .collect();
    let desk = desk(&[("WhatsApp Chat with G.txt", chat)]);
    let mut review = Review::start(&desk, 80, 24);
    review.press("<Enter>gg");
    for _ in 0..30 {
        review.press("j");
        for row in review
            .rows()
            .iter()
            .skip(1)
            .take(21)
            .filter(|row| !row.is_empty() && !row.starts_with('─'))
        {
            let start: Vec<char> = row.chars().take(4).collect();
            let blank = start.iter().all(|c| *c == ' ');
            let marked = matches!(start[0], ' ' | '>')
                && start[1] == ' '
                && matches!(start[2], '·' | ' ')
                && start[3] == ' ';
            assert!(blank || marked, "{row:?}\n{}", review.screen());
        }
    }
}
