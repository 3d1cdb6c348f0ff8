//! Every test that drives docket from outside, in one binary.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::print_stderr)]
mod suite {
    mod apart;
    mod bundle;
    mod case;
    mod certificate;
    mod channels;
    mod cli;
    mod context;
    mod disk;
    mod files;
    mod findings;
    mod forms;
    mod import;
    mod import_dialects;
    mod import_rules;
    mod in_turn;
    mod keeping;
    mod lost_map;
    mod marks;
    mod overheard;
    mod packed;
    mod patience;
    mod people;
    mod pictures;
    mod proposed;
    mod pty;
    mod purging;
    mod queue;
    mod readme;
    mod redaction;
    mod review;
    mod rules;
    mod same;
    mod samples;
    mod second;
    mod set_aside;
    mod settings;
    mod shared;
    mod sinks;
    mod tidy;
    mod tui;
    mod twice;
    mod whole_job;
    mod wording;
}
