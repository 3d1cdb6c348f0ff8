//! The one door to the eye: text from outside as an escaped, printable type.
