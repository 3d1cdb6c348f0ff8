//! Deciding: sessions, queries, decisions, undo.
