//! What a bag says of the profile that it was made by.

use serde::{Deserialize, Serialize};

/// Which editions are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sets {
    /// The closed master, and the open copy of what is exempt beside it.
    #[default]
    Both,
    /// The closed master alone.
    Closed,
    /// The open copy alone: what is exempt leaves no byte.
    Open,
}

impl Sets {
    /// All of them.
    pub const ALL: [Sets; 3] = [Sets::Both, Sets::Closed, Sets::Open];

    /// The word of profiles and of the bag.
    pub fn name(self) -> &'static str {
        match self {
            Sets::Both => "both",
            Sets::Closed => "closed",
            Sets::Open => "open",
        }
    }
}

/// What a bag says of the profile that it was made by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileRow {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Which editions are here.
    pub sets: Sets,
    /// Whether transitory messages may be here.
    pub transitory: bool,
    /// Whether context may be here.
    pub context: bool,
    /// Whether notes may be here.
    pub notes: bool,
    /// The tables that are not here, without `.csv`.
    pub left_out: Vec<String>,
    /// Whether it has words of its own for the statement that is signed.
    pub statement: bool,
}
