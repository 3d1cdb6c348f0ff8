//! The verifier against the Library of Congress's conformance suite, where it is at hand.

use docket::bundle::verify;
use docket::check::{Verdict, overall};
use std::fs;
use std::path::{Path, PathBuf};

/// The bags of one category, over all versions of the suite.
fn bags(category: &str) -> Option<Vec<PathBuf>> {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/hostile/bagit-conformance");
    if !suite.is_dir() {
        println!("skipped: the BagIt conformance suite is not at hand");
        return None;
    }
    let mut found = Vec::new();
    for version in fs::read_dir(suite).unwrap() {
        let folder = version.unwrap().path().join(category);
        if folder.is_dir() {
            found.extend(fs::read_dir(folder).unwrap().map(|bag| bag.unwrap().path()));
        }
    }
    found.sort();
    Some(found)
}

fn wrong(category: &str, count: usize, right: fn(Verdict) -> bool) {
    let Some(bags) = bags(category) else { return };
    assert_eq!(bags.len(), count, "{category}");
    println!("counted {count} conformance bags");
    for bag in bags {
        let checks = verify(&bag);
        assert!(right(overall(&checks)), "{}: {checks:#?}", bag.display());
    }
}

#[test]
fn valid_bags_are_accepted() {
    wrong("valid", 27, |verdict| verdict != Verdict::Failed);
}

#[test]
fn invalid_bags_are_refused() {
    wrong("invalid", 15, |verdict| verdict == Verdict::Failed);
}

#[test]
fn names_that_lead_out_of_the_bag_are_refused_whatever_the_system() {
    wrong("linux-only", 6, |verdict| verdict == Verdict::Failed);
    wrong("windows-only", 6, |verdict| verdict == Verdict::Failed);
}

#[test]
fn doubtful_bags_are_accepted_with_a_warning() {
    wrong("warning", 6, |verdict| verdict == Verdict::Warn);
}
