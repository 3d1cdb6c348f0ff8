//! The report on the screen: its parts, what a line leads to, and how it reads to screen readers.

use super::{Desk, Review, at, desk};
use docket::model::MessageNumber;
use docket::tui::action::View;

/// A group with personal data, a deleted message and a month without a message.
fn ward() -> Desk {
    let chat = "\
25/01/2021, 09:00 - Priya Shah: Morning. Bed list by ten please
25/01/2021, 09:01 - Tom Reed: NHS number 943 476 5919, please check the record
25/01/2021, 09:02 - Priya Shah: This message was deleted
25/03/2021, 09:03 - Tom Reed: Her daughter rings from 07700 900456
25/03/2021, 09:04 - Dana Cole: Who is this
";
    desk(&[("WhatsApp Chat with Ward.txt", chat.to_owned())])
}

/// Moves to the first line with these words.
#[track_caller]
fn to(review: &mut Review, words: &str) {
    review.press("gg");
    for _ in 0..60 {
        if review.current_row().contains(words) {
            return;
        }
        review.press("j");
    }
    panic!("no line has {words}: {}", review.screen());
}

#[test]
fn each_line_leads_to_what_it_tells_of_and_back() {
    let desk = ward();
    let mut review = at(&desk, (120, 40), "", "gv");
    assert!(review.draw().is_empty(), "nothing is drawn at rest");
    for (words, number) in [
        ("2021-01-25  Ward, by Tom Reed", 1),
        ("2021-03-25  Ward, by Tom Reed", 3),
        ("deleted: Ward", 2),
    ] {
        to(&mut review, words);
        review.press("<Enter>");
        assert_eq!(review.app.view, View::Messages, "{words}");
        assert_eq!(review.app.current_message(), Some(MessageNumber(number)));
        review.press("q");
        assert_eq!(review.app.view, View::Report);
        assert!(review.current_row().contains(words), "{}", review.screen());
    }
    to(&mut review, "2021-03  ");
    review.press("<Enter>");
    assert_eq!(review.app.view, View::Results);
    assert_eq!(review.app.current_reading().unwrap().len(), 2);
    review.press("q");
    to(&mut review, "with a finding that is open");
    review.press("<Enter>");
    assert_eq!(review.app.view, View::Findings);
}

#[test]
fn it_follows_decisions_and_its_parts_are_gone_through() {
    let desk = ward();
    let mut review = at(&desk, (120, 40), "", "gt<Enter>oogv");
    to(&mut review, "2021-01  ");
    let official = |review: &Review| review.current_row().matches('O').count();
    let two = official(&review);
    review.press("u");
    let one = official(&review);
    assert!(0 < one && one < two, "{}", review.screen());
    let mut heads = Vec::new();
    for _ in 0..9 {
        heads.push(review.app.report.current().unwrap().section());
        review.press("}");
    }
    heads.dedup();
    assert_eq!(heads.len(), 8, "from the months to what exports lack");
    review.press("gg");
    assert!(review.app.report.window.cursor == 0);
}

#[test]
fn it_is_said_in_sentences_to_screen_readers() {
    let desk = ward();
    let review = at(&desk, (80, 24), "linear = true", "gv");
    let screen = review.screen();
    for words in [
        "5 messages in 1 conversation from 1 export",
        "Month 2021-01: ",
        "Conversation Ward: 2 days with messages",
        "something missing on 1 day",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    assert!(!screen.contains('#'), "{screen}");
    insta::assert_snapshot!("report_linear_80x24", screen);
    let small = at(&desk, (20, 5), "", "gvjjjj}}}}");
    assert!(!small.screen().is_empty());
}
