//! Every test that drives docket from outside, in one binary.

#![allow(missing_docs)]
