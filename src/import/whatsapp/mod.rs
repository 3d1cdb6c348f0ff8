//! WhatsApp's "Export chat".
//!
//! A chat is one text file, alone or in a zip or folder beside the files that its messages name.
//! It is read twice: `survey` finds from the whole text how it is written, then each message is
//! read strictly in that one shape. Between them, the messages, the byte order mark and the
//! exceptions cover every byte.

mod again;
mod chars;
mod choose;
mod dates;
mod header;
mod kinds;
mod lines;
mod read;
mod survey;
pub mod words;

pub(super) use chars::decimal;

use super::{
    About, Basis, Detection, Export, Importer, ReadError, ReadOptions, Sink, Summary, Verified,
    Wording,
};
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

    fn names_all_files(&self) -> bool {
        true
    }

    fn version(&self) -> u32 {
        3
    }

    fn about(&self) -> About {
        About {
            title: "WhatsApp, \"Export chat\"",
            channels: &["whatsapp"],
            reads: &[
                "a .txt, a zip or a folder, from iPhone or Android, 2012 to today",
                "any language's dates and clock: the shape of the lines is worked out from the whole file",
            ],
            carries: &[
                "sender, local time, attached files, system lines, polls, calls, places",
                "whether a message was deleted or edited",
            ],
            lacks: &[
                "reactions, which message another answers, earlier wordings, read marks",
                "messages that disappeared and what could be viewed once",
                "time zone, recipients; on Android the seconds",
                "the beginning of a long chat, which WhatsApp may cut",
            ],
            verified: &[
                Verified {
                    by: Basis::RealExports,
                    what: "33 exports, from apps and from other programs' tests, counted by other means; every count is equal",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random chats in 56 styles of lines, read back equal",
                },
            ],
            export: &[
                "iPhone: open the chat, tap its name, Export chat, Attach media, Save to Files",
                "Android: open the chat, tap the three dots, More, Export chat",
            ],
        }
    }

    fn with_wording(&self, lists: &[Wording]) -> Option<Box<dyn Importer>> {
        let mut words = Words::default();
        for list in lists {
            let _ = words.add(&list.language, &list.text);
        }
        words.add_standard();
        Some(Box::new(WhatsApp::with_words(words)))
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
