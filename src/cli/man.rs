//! `docket man [COMMAND]`.

use super::out::Out;
use super::{End, Failure};
use clap_mangen::Man as Page;

/// Print the manual page, of docket or of one command
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  docket man > ~/.local/share/man/man1/docket.1
  docket man tag | man -l -")]
pub struct Man {
    /// The command
    command: Option<String>,
}

impl Man {
    /// Prints the page as roff.
    pub fn run(self, command: clap::Command, out: &mut Out) -> Result<End, Failure> {
        let mut command = command;
        command.build();
        let page = match &self.command {
            None => Page::new(command),
            Some(name) => {
                let found = command.find_subcommand(name).ok_or_else(|| {
                    Failure::Usage(format!("no command '{name}'; docket --help lists them"))
                })?;
                // The page is found under this name: `man docket-tag`.
                let title = format!("docket-{}", found.get_name());
                Page::new(found.clone()).title(title)
            }
        };
        let mut roff = Vec::new();
        page.render(&mut roff).map_err(Failure::refused)?;
        out.bytes(&roff)?;
        Ok(End::Done)
    }
}
