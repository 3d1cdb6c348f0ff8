//! How many bytes a key costs over a slow line. Limits, not figures: the figures are printed.

use super::{Review, two_chats};

/// Opens the business thread, which is the second of the table or the first.
fn in_thread(width: u16, height: u16) -> (super::Desk, Review) {
    let desk = two_chats();
    let mut review = Review::start(&desk, width, height);
    review.press("/the order<Enter><Enter>gg");
    assert!(review.screen().contains("Test Kits"), "{}", review.screen());
    (desk, review)
}

#[test]
fn a_moved_cursor_costs_at_most_80_bytes() {
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        let (_desk, mut review) = in_thread(width, height);
        review.press("jk");
        let mut most = 0;
        for _ in 0..5 {
            most = most.max(review.cost("j"));
        }
        for _ in 0..4 {
            most = most.max(review.cost("k"));
        }
        println!("cursor key at {width}x{height}: {most} bytes");
        assert!(most <= 80, "{most} at {width}x{height}");
    }
}

#[test]
fn a_decision_and_its_advance_cost_at_most_150_bytes() {
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        let (_desk, mut review) = in_thread(width, height);
        let mut most = 0;
        for key in ["o", "p", "p", "o", "m", "r", "c"] {
            most = most.max(review.cost(key));
        }
        println!("decision key at {width}x{height}: {most} bytes");
        assert!(most <= 150, "{most} at {width}x{height}");
    }
}

#[test]
fn a_scrolled_line_costs_at_most_400_bytes_at_200x50() {
    let (_desk, mut review) = in_thread(200, 50);
    review.press("gg<C-d><C-d>");
    let (mut most, mut sum) = (0, 0);
    for _ in 0..30 {
        let cost = review.cost("<C-e>");
        most = most.max(cost);
        sum += cost;
    }
    println!(
        "line down at 200x50: at most {most}, on average {} bytes",
        sum / 30
    );
    assert!(most <= 400, "{most}");
    let mut most = 0;
    for _ in 0..30 {
        most = most.max(review.cost("<C-y>"));
    }
    println!("line up at 200x50: at most {most} bytes");
    assert!(most <= 400, "{most}");
}

#[test]
fn the_cursor_at_the_edge_scrolls_for_at_most_400_bytes_at_200x50() {
    let (_desk, mut review) = in_thread(200, 50);
    review.press("gg");
    let mut most = 0;
    for _ in 0..80 {
        most = most.max(review.cost("j"));
    }
    println!("cursor key at the edge at 200x50: at most {most} bytes");
    // Two rows may come into view at once: a day's heading with its first message.
    assert!(most <= 400, "{most}");
}

#[test]
fn nothing_happening_costs_nothing() {
    let (_desk, mut review) = in_thread(200, 50);
    let before = review.frames.terminal().bytes;
    assert_eq!(review.draw().len(), 0);
    assert_eq!(review.frames.terminal().bytes, before);
    assert!(!review.app.wants_rest(), "nothing is waited for");
}
