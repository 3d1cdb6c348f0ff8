//! The command line: prints, and holds no rules.
