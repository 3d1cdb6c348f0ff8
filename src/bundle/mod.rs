//! What leaves: the records bundle and its verifier.
