//! Which case, and who asks.

use super::{Common, Failure};
use crate::case::ledger::{Actor, Known};
use crate::case::{Case, CaseError, Layout};
use crate::review::Session;
use std::path::PathBuf;

impl Common {
    /// The case's folder: `--case`, or `DOCKET_CASE`, or the folder `case` where this system keeps
    /// programs' data.
    pub fn folder(&self) -> Result<PathBuf, Failure> {
        if let Some(given) = &self.case {
            return Ok(given.clone());
        }
        Layout::default_folder().ok_or_else(|| {
            Failure::Refused("no home folder is known to keep the case in; give --case DIR".into())
        })
    }

    /// The reviewer: `--reviewer`, or `DOCKET_REVIEWER`, or the name of the account.
    pub fn actor(&self) -> Actor {
        if let Some(name) = self
            .reviewer
            .as_deref()
            .map(str::trim)
            .filter(|n| !n.is_empty())
        {
            return Actor {
                name: name.to_owned(),
                how: Known::Given,
            };
        }
        Actor {
            name: account(),
            how: Known::Account,
        }
    }

    /// Opens the case for reading and deciding.
    pub fn session(&self) -> Result<Session, Failure> {
        self.open(Case::open(&self.folder()?))
    }

    /// Opens the case, or makes it.
    pub fn session_or_new(&self) -> Result<Session, Failure> {
        self.open(Case::open_or_create(&self.folder()?))
    }

    fn open(&self, case: Result<Case, CaseError>) -> Result<Session, Failure> {
        let actor = self.actor();
        let session = Session::open(case.map_err(Failure::refused)?, actor.clone())
            .map_err(Failure::refused)?;
        if actor.how == Known::Given {
            return Ok(session);
        }
        // The case may know the name of whoever works under this account.
        let name = session.facts().reviewer(&actor.name).map(str::to_owned);
        Ok(match name {
            Some(name) => session.acting_as(Actor {
                name,
                how: Known::Given,
            }),
            None => session,
        })
    }
}

/// The name of the account that docket runs under.
pub fn account() -> String {
    ["USER", "LOGNAME"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| format!("user {}", rustix::process::getuid().as_raw()))
}
