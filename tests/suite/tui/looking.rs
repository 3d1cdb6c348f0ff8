//! A case on storage that is read-only: the screen says so on every view, and keys that would save
//! something say why they do not.

use super::{Desk, Review, two_chats};
use docket::settings::Settings;
use docket::tui::keymap::Keymap;

const REFUSED: &str = "not saved: this storage is read-only";

fn looked_at(desk: &Desk, size: (u16, u16), linear: bool) -> Review {
    let mut review = Review::start(desk, size.0, size.1);
    let mut settings = Settings::default();
    settings.linear = linear;
    review.app.is_read_only = true;
    review.app = review.app.with_settings(settings, Keymap::default());
    review.press("<Enter>");
    review
}

#[test]
fn on_read_only_storage_the_screen_says_so_and_no_key_saves() {
    let desk = two_chats();
    let head = desk.session.head().seq;
    for (size, linear, name) in [
        ((80, 24), false, "read_only_80x24"),
        ((80, 24), true, "read_only_linear"),
        ((40, 8), false, "read_only_40x8"),
    ] {
        let mut review = looked_at(&desk, size, linear);
        assert!(review.screen().contains("read-only"), "{}", review.screen());
        for key in [
            "o", "p", "m", "c", "r", "x", "O", "P", "*o", ".", "u", "<C-r>", "w", "t", "a", "s",
            "d", "=", "&", "+", "b", "gf",
        ] {
            review.press(key);
            let screen = review.screen();
            let is_action = review.app.notice.is_some();
            assert!(is_action && screen.contains("not saved"), "{key}: {screen}");
            assert!(review.app.ask.is_none(), "{key} asks: {screen}");
            assert!(!review.app.is_saving(), "{key}");
        }
        assert!(review.app.notice.as_ref().unwrap().0.starts_with(REFUSED));
        insta::assert_snapshot!(name, review.screen());
        // Looking goes on, and what was said goes with the next key.
        review.press("j");
        assert!(
            !review.screen().contains("not saved"),
            "{}",
            review.screen()
        );
        for view in ["gl", "gs", "gt", "gb", "?"] {
            review.press(view);
            assert!(
                review.screen().contains("read-only"),
                "{view}: {}",
                review.screen()
            );
            review.press("<Esc>");
        }
    }
    assert_eq!(desk.session.head().seq, head);
}
