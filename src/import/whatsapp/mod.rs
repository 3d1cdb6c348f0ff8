//! WhatsApp's "Export chat".
//!
//! A chat is one text file, alone or in a zip or folder beside the files that its messages name.
//! It is read twice: `survey` finds from the whole text how it is written, then each message is
//! read strictly in that one shape. Between them, the messages, the byte order mark and the
//! exceptions cover every byte.

mod chars;
mod choose;
mod dates;
mod header;
mod kinds;
mod lines;
mod read;
mod survey;
pub mod words;

use super::{Detection, Export, Importer, ReadError, ReadOptions, Sink, Summary};
use words::Words;

/// Reads WhatsApp's exports.
#[derive(Debug, Default)]
pub struct WhatsApp {
    words: Option<Words>,
}

impl WhatsApp {
    /// The importer with the wording that docket brings.
    pub const STANDARD: WhatsApp = WhatsApp { words: None };

    /// The importer with wording of one's own.
    pub fn with_words(words: Words) -> WhatsApp {
        WhatsApp { words: Some(words) }
    }

    fn words(&self) -> &Words {
        self.words.as_ref().unwrap_or_else(|| Words::standard())
    }
}

impl Importer for WhatsApp {
    fn name(&self) -> &'static str {
        "whatsapp"
    }

    fn version(&self) -> u32 {
        1
    }

    fn detect(&self, export: &Export) -> Detection {
        choose::detect(export, self.words())
    }

    fn read(
        &self,
        export: &Export,
        options: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        read::read(export, options, self.words(), sink)
    }
}
