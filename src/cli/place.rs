//! Which case, and who asks.

use super::config::Taken;
use super::out::note;
use super::{Common, Failure};
use crate::case::exposure::{self, Exposed};
use crate::case::ledger::{Actor, Known};
use crate::case::{Case, CaseError, Layout};
use crate::review::Session;
use std::path::{Path, PathBuf};

impl Common {
    /// The case's folder: `--case`, or `DOCKET_CASE`, or the folder `case` where this system keeps
    /// programs' data. Refuses one that others on this machine can get at, unless that is allowed.
    pub fn folder(&self) -> Result<PathBuf, Failure> {
        let folder = self.named_folder()?;
        // A folder that is not a case yet gets its rights when it becomes one.
        if self.allow_shared || !folder.join("docket.json").exists() {
            return Ok(folder);
        }
        self.is_its_own(&exposure::of(&folder))?;
        Ok(folder)
    }

    /// Refuses what others can get at, unless that is allowed.
    fn is_its_own(&self, exposed: &[Exposed]) -> Result<(), Failure> {
        match exposed.first() {
            Some(Exposed { what, remedy })
                if !self.allow_shared && !Taken::now().settings.allow_shared =>
            {
                Err(Failure::Refused(format!(
                    "{what}; {remedy}, or say --allow-shared"
                )))
            }
            _ => Ok(()),
        }
    }

    /// The case's folder, whoever can get at it.
    pub fn named_folder(&self) -> Result<PathBuf, Failure> {
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

    /// Refuses a place for a new case where others could put another one instead, unless that is
    /// allowed.
    pub fn may_make(&self, case: &Path) -> Result<(), Failure> {
        match case.join("docket.json").exists() {
            true => Ok(()),
            false => self.is_its_own(&exposure::of_place(case)),
        }
    }

    fn open(&self, case: Result<Case, CaseError>) -> Result<Session, Failure> {
        let actor = self.actor();
        let case = case.map_err(Failure::refused)?;
        told_of(&case)?;
        let session = Session::open(case, actor.clone()).map_err(Failure::refused)?;
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

/// Says what a person has to know of a case that was just opened: what was made again, and what the
/// ledger lost.
fn told_of(case: &Case) -> Result<(), Failure> {
    if case.layout().is_read_only() {
        note(
            "note: the case lies on storage that is read-only: it can be looked at, and nothing is saved",
        );
    }
    if case.was_mended() {
        note(
            "note: what is derived was missing or damaged, and was made again from the originals and the ledger; nothing is lost",
        );
    }
    let noted = case.anchors().map_err(Failure::refused)?;
    let gone = noted.last_against(case.ledger());
    if let Some(gone) = gone.map_err(Failure::refused)? {
        note(&format!(
            "warning: {gone}; what is there can be read, and no bundle is written; put the ledger back from a backup (docket check tells more)"
        ));
    }
    Ok(())
}

/// The name of the account that docket runs under: what the session says, else what this system's
/// list of accounts says, else `user N`.
pub fn account() -> String {
    let id = rustix::process::getuid().as_raw();
    ["USER", "LOGNAME"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|name| !name.is_empty())
        .or_else(|| named_in(&std::fs::read_to_string("/etc/passwd").ok()?, id))
        .unwrap_or_else(|| format!("user {id}"))
}

/// The name of the account with this number in a list of accounts (passwd(5)): name, password,
/// number and more, between colons.
fn named_in(accounts: &str, id: u32) -> Option<String> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        let number = fields.nth(1)?;
        (number.parse() == Ok(id)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_the_name_that_the_list_gives_it() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\n# a note\n::7:7\nann:x:1000:1000::/home/ann:/bin/sh\n+\n";
        assert_eq!(named_in(accounts, 0).as_deref(), Some("root"));
        assert_eq!(named_in(accounts, 1000).as_deref(), Some("ann"));
        assert_eq!(named_in(accounts, 7), None);
        assert_eq!(named_in(accounts, 100), None);
        assert_eq!(named_in("", 0), None);
    }
}
