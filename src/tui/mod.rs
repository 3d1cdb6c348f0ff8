//! The review screen: draws, and holds no rules.

pub mod action;
pub mod keymap;
pub mod prompt;
pub mod terminal;
pub mod theme;
pub mod view;
pub mod window;
