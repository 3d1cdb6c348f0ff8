//! The review screen: draws, and holds no rules.
