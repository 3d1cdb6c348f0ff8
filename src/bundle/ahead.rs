//! What a person sees before they write a bundle: its plan, by which profile, and what is still to be
//! decided beside it.

use super::options::Options;
use super::plan::Plan;
use super::profile::{NONE, Profile};
use crate::review::Session;
use crate::review::facts::PROFILE;
use std::sync::atomic::AtomicBool;

/// A look ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// What the bundle would be.
    pub plan: Plan,
    /// The profile that it is by, as it was named; `none` where by none.
    pub chosen: String,
    /// The profiles at hand.
    pub profiles: Vec<String>,
    /// Messages that what goes answers or quotes, and that nobody has decided on.
    pub proposed: u64,
}

/// Looks ahead, by the profile of this name, else by the case's own choice.
///
/// # Errors
/// In one line, when there is no such profile, or the case cannot be read.
pub fn ahead(session: &Session, partial: bool, named: Option<&str>) -> Result<Ahead, String> {
    let facts = session.facts();
    let chosen = named.or(facts.get(PROFILE)).unwrap_or(NONE).to_owned();
    let case = Some(session.case());
    let profile = Profile::find(case, &chosen).map_err(|error| error.to_string())?;
    let options = Options {
        partial,
        profile,
        ..Options::default()
    };
    let plan = super::plan(session, &options).map_err(|error| error.to_string())?;
    let proposed = session
        .context_proposals(&AtomicBool::new(false))
        .map_err(|error| error.to_string())?;
    Ok(Ahead {
        plan,
        chosen,
        profiles: Profile::names(case),
        proposed: proposed.open.len() as u64,
    })
}
