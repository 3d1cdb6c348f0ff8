//! What exports disagree on, on the screen: the list, the way to the message and back, and the
//! message's details.

use super::{Desk, Review, desk};

const SIZES: [(u16, u16); 3] = [(80, 24), (200, 50), (40, 8)];

/// One chat from two phones, one of them an hour ahead; each lacks something, one was edited.
fn two_phones() -> Desk {
    let chat = |hour: u32, names: [&str; 2], change: &dyn Fn(usize, &str) -> Option<String>| {
        (0..24)
            .filter_map(|at| {
                let text = format!("item {at} of the order is agreed");
                let text = change(at, &text)?;
                let (hour, minute) = (hour + at as u32 / 6, at as u32 % 6 * 10);
                Some(format!(
                    "25/03/2021, {hour:02}:{minute:02} - {}: {text}\n",
                    names[at * 5 % 3 % 2]
                ))
            })
            .collect::<String>()
    };
    let hers = chat(9, ["Ann Reviewer", "Kwame Mensah"], &|at, text| {
        (at != 4).then(|| text.to_owned())
    });
    let his = chat(10, ["Ann 🌊", "Kwame"], &|at, text| match at {
        7 => Some("This message was deleted".into()),
        11 => Some(format!("{text}, but late <This message was edited>")),
        15 => None,
        _ => Some(text.to_owned()),
    });
    desk(&[
        ("WhatsApp Chat with Kwame Mensah.txt", hers),
        ("WhatsApp Chat with Ann 🌊.txt", his),
    ])
}

#[test]
fn the_list() {
    let desk = two_phones();
    for (width, height) in SIZES {
        let mut review = Review::start(&desk, width, height);
        review.press("gdj");
        insta::assert_snapshot!(format!("differences_{width}x{height}"), review.screen());
    }
}

#[test]
fn a_message_and_its_details() {
    let desk = two_phones();
    let mut review = Review::start(&desk, 200, 50);
    review.press("gdjjj<Enter>i");
    insta::assert_snapshot!("difference_details_200x50", review.screen());
    review.press("<Esc>");
    assert!(
        review.screen().contains("one message, told twice"),
        "{}",
        review.screen()
    );
}

#[test]
fn one_phone_disagrees_with_nobody() {
    let desk = desk(&[(
        "WhatsApp Chat with Kwame.txt",
        super::chat(&["Ann", "Kwame"], &["Yes", "No"], 12),
    )]);
    let mut review = Review::start(&desk, 80, 24);
    review.press("gd");
    assert!(
        review.screen().contains("disagree on nothing"),
        "{}",
        review.screen()
    );
    review.press("<Enter>jkG");
}
