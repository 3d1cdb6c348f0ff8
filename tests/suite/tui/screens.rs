//! Pictures of the screen. `INSTA_UPDATE=always cargo test` makes them again; look at each.

use super::{Desk, Review, desk, two_chats};
use docket::tui::event::Event;
use docket::tui::place::Place;

const SIZES: [(u16, u16); 4] = [(80, 24), (40, 8), (200, 50), (20, 5)];

fn picture(name: &str, keys: &str) {
    let desk = two_chats();
    for (width, height) in SIZES {
        let mut review = Review::start(&desk, width, height);
        review.press(keys);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), review.screen());
    }
}

#[test]
fn threads() {
    picture("threads", "");
}

#[test]
fn messages() {
    picture("messages", "/the order<Enter><Enter>ggop3jm");
}

#[test]
fn family() {
    picture("family", "/שלום<Enter><Enter>gg");
}

#[test]
fn range() {
    picture("range", "/the order<Enter><Enter>ggv4j");
}

#[test]
fn results() {
    picture("results", "/minister line<Enter>jj");
}

#[test]
fn typing() {
    picture("typing", "/from:priya is:un");
}

#[test]
fn mistake() {
    picture("mistake", "/lunch (or");
}

#[test]
fn confirm() {
    picture("confirm", "/the order<Enter><Enter>O");
}

#[test]
fn bundle() {
    picture("bundle", "/the order<Enter><Enter>5oqgb");
}

#[test]
fn help() {
    picture("help", "?");
}

#[test]
fn facts() {
    picture("facts", "gfFOI-2021-044");
}

#[test]
fn without_colour_only_weight_is_written() {
    let desk = two_chats();
    let start = Place {
        asked: true,
        ..Place::default()
    };
    let mut review = Review::with(&desk.session, (80, 24), false, &start);
    let frames = review.press("/the order<Enter><Enter>ggopmcrx");
    let text: String = frames
        .iter()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .collect();
    for code in text
        .split("\x1b[")
        .skip(1)
        .filter_map(|part| part.split_once('m'))
        .map(|(code, _)| code)
    {
        if code.chars().all(|c| c.is_ascii_digit() || c == ';') {
            for number in code.split(';').filter(|number| !number.is_empty()) {
                assert!(matches!(number, "0" | "1" | "2" | "4" | "7"), "{code}");
            }
        }
    }
    for letter in ["O", "P", "M", "C"] {
        assert!(
            review
                .rows()
                .iter()
                .any(|row| row.starts_with(&format!("  {letter} "))),
            "{}",
            review.screen()
        );
    }
}

#[test]
fn any_size_at_any_moment() {
    let desk = two_chats();
    let mut review = Review::start(&desk, 80, 24);
    review.press("/the order<Enter><Enter>100G");
    for (width, height) in [
        (20, 5),
        (500, 200),
        (21, 6),
        (1, 1),
        (200, 50),
        (40, 7),
        (80, 24),
    ] {
        review.resize(width, height);
        review.press("j");
        if width >= 20 && height >= 5 {
            assert!(
                !review.current_row().is_empty(),
                "{width}x{height}\n{}",
                review.screen()
            );
        }
    }
    assert!(
        review.status().contains("10") && review.status().contains("of 400"),
        "{}",
        review.status()
    );
}

/// Mails, texts and pages with all that messages have beside their words.
fn channels() -> Desk {
    let mail = "From 2@xxx Wed Mar 31 09:09:43 +0000 2021
X-Gmail-Labels: Inbox,\"Quay, the new\"
From: Ben Okafor <ben@example.com>
To: Amina Yusuf <amina@example.com>
Cc: Cara Quill <cara@example.com>, press@example.com
Date: Wed, 31 Mar 2021 10:09:43 +0100
Message-ID: <2@example.com>
In-Reply-To: <1@example.com>
Subject: Re: Quay tender
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b

Agreed, with the changes that finance asked for; the figures are attached.

On Wed, 31 Mar 2021 at 10:08, Amina Yusuf <amina@example.com> wrote:
> From Monday on the tender is open.
>
> Please say by noon whether the northern
> quay is in it.
>
> Amina
--b
Content-Type: application/pdf
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename=figures.pdf

dGhlIGZpZ3VyZXMgb2YgdGhlIHF1YXkgaW4gYWxsIHRoZWlyIGxlbmd0aA==
--b--

From 1@xxx Wed Mar 31 09:08:43 +0000 2021
X-Gmail-Labels: Sent
From: Amina Yusuf <amina@example.com>
To: Ben Okafor <ben@example.com>
Date: Wed, 31 Mar 2021 10:08:43 +0100
Message-ID: <1@example.com>
Subject: Quay tender

From Monday on the tender is open.

Please say by noon whether the northern
quay is in it.

Amina

From 3@xxx Wed Mar 31 09:10:43 +0000 2021
X-Gmail-Labels: Drafts
From: Amina Yusuf <amina@example.com>
To: Ben Okafor <ben@example.com>
Bcc: Dora Amsel <dora@example.com>
Date: Wed, 31 Mar 2021 10:10:43 +0100
Message-ID: <3@example.com>
In-Reply-To: <1@example.com>
Subject: Re: Quay tender

Not yet sent, and to somebody besides

From 4@xxx Wed Mar 31 09:11:43 +0000 2021
X-Gmail-Labels: Inbox
Resent-From: Ben Okafor <ben@example.com>
Received: from a by b; Wed, 31 Mar 2021 10:11:50 +0100
From: Uncle Ben <uncle@example.net>
To: Amina Yusuf <amina@example.com>
Message-ID: <4@example.com>
In-Reply-To: <3@example.com>
Subject: Lunch

Without a date of its own
";
    let page = "Mar  1, 2021  5:29:42 PM
Amina Yusuf
Is it on?
Tapbacks:
Loved by Ben Okafor

Mar  1, 2021  5:31:00 PM
Me
Mar  1, 2021  5:31:00 PM frist
Edited 5 seconds later: first

";
    desk(&[
        ("mail.mbox", mail.to_owned()),
        ("+447700900123.txt", page.to_owned()),
    ])
}

fn channels_picture(name: &str, keys: &str) {
    let desk = channels();
    for (width, height) in [(80, 24), (40, 8), (200, 50)] {
        let mut review = Review::start(&desk, width, height);
        review.press(keys);
        review.happen(Event::Rest);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), review.screen());
    }
}

#[test]
fn mail() {
    channels_picture("mail", "/changes<Enter><Enter>gg");
}

#[test]
fn mail_with_its_quotes_and_details() {
    channels_picture("mail_details", "/figures<Enter><Enter>zoi");
}

#[test]
fn reactions_and_edits() {
    channels_picture("reactions", "/frist OR first<Enter><Enter>gg");
}

#[test]
fn a_folded_tail_opens_by_key_and_where_a_search_found_something_in_it() {
    let desk = channels();
    let mut review = Review::start(&desk, 80, 24);
    review.press("/changes<Enter><Enter>");
    assert!(review.screen().contains("[7 quoted lines: zo shows them]"));
    assert!(!review.screen().contains("> Please say"));
    review.press("zo");
    assert!(review.screen().contains("> Please say"));
    assert!(!review.screen().contains("quoted lines"));
    review.press("zo");
    assert!(review.screen().contains("quoted lines"));
    review.press("/noon<Enter><Enter>");
    assert!(review.screen().contains("> Please say"));
}
