//! `docket completions SHELL`.

use super::out::Out;
use super::{End, Failure};
use clap_complete::Shell;

/// Print the completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  docket completions bash > ~/.local/share/bash-completion/completions/docket")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Prints the script that teaches the shell this command line.
    pub fn run(self, command: &mut clap::Command, out: &mut Out) -> Result<End, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, command, "docket", &mut script);
        out.bytes(&script)?;
        Ok(End::Done)
    }
}
