//! The NUS SMS Corpus (Chen and Kan, 2013): real texts collected for research, in XML. They have
//! no conversation: all are one thread. Useful to try docket at scale.

use super::blocks::{Blocks, Piece, elements};
use super::markup::{Token, tokens, unescape};
use super::window::{Tiles, Window, blank, set_written};
use super::{
    About, Basis, Detection, Export, Importer, ReadError, ReadOptions, Sink, Summary, ThreadHead,
    Verified, head,
};
use crate::model::{Marks, Recipient, Role, Time};

/// Reads the NUS SMS Corpus.
pub struct Nus;

impl Importer for Nus {
    fn name(&self) -> &'static str {
        "nus-sms-corpus"
    }

    fn version(&self) -> u32 {
        2
    }

    fn about(&self) -> About {
        About {
            title: "NUS SMS Corpus (for trying docket at scale)",
            channels: &["sms"],
            reads: &["the XML of the research corpus, 2013"],
            carries: &[
                "sender, recipient and time where they are known; a time that cannot be read is told",
            ],
            lacks: &["conversations: all texts are one thread"],
            verified: &[
                Verified {
                    by: Basis::RealExports,
                    what: "3,000 texts of the corpus, all read",
                },
                Verified {
                    by: Basis::OwnTests,
                    what: "random corpora, read back equal",
                },
            ],
            export: &["It is published by the National University of Singapore; no app writes it"],
        }
    }

    fn detect(&self, export: &Export) -> Detection {
        if corpus(export).next().is_some() {
            Detection::Yes("XML with <smsCorpus>".into())
        } else {
            Detection::No("no XML of the corpus".into())
        }
    }

    fn read(
        &self,
        export: &Export,
        _: &ReadOptions,
        sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        let mut summary = Summary {
            shape: "NUS SMS Corpus XML".into(),
            ..Summary::default()
        };
        let blocks = Blocks {
            element: "message",
            begins: |_| true,
            nests: false,
        };
        let mut announced = false;
        for item in corpus(export) {
            summary.chat_item = summary.chat_item.or(Some(item));
            let mut window = Window::new(export.open(item)?, &export.item_name(item));
            let mut tiles = Tiles::new(sink, item);
            if !announced {
                announced = true;
                tiles.thread(ThreadHead {
                    title: "NUS SMS Corpus".into(),
                    channel: "sms".into(),
                    group: None,
                    members: Vec::new(),
                })?;
            }
            blocks.each(&mut window, &mut |piece| match piece {
                Piece::Between(bytes) => tiles.structure(bytes.len()),
                Piece::Broken(bytes) => tiles.unreadable(0, bytes, "This record does not close."),
                Piece::Block(bytes) => {
                    tiles.about(bytes.len())?;
                    tiles.record(bytes.len(), record(bytes))
                }
            })?;
            tiles.finish()?;
        }
        Ok(summary)
    }
}

fn corpus(export: &Export) -> impl Iterator<Item = u32> + '_ {
    export.readable().filter(|item| {
        let head = head(export, *item);
        let root = tokens(&head).find_map(|token| match token {
            Token::Open(tag) => Some(tag.name == b"smsCorpus"),
            _ => None,
        });
        root == Some(true)
    })
}

fn record(bytes: &[u8]) -> super::Record {
    let mut record = blank(0);
    let known = |value: &str| (!value.is_empty() && value != "unknown").then(|| value.to_owned());
    for element in elements(bytes, |_| false) {
        let content = element.content(bytes);
        if element.tag.is("message") {
            record.extra.message_id = element.tag.value("id").unwrap_or_default();
        } else if element.tag.is("text") {
            let (text, damaged) = unescape(content);
            record.text = text;
            if damaged {
                record.marks = record.marks.with(Marks::DAMAGED);
            }
        } else if element.tag.is("srcNumber") {
            record.sender = known(unescape(content).0.trim());
        } else if element.tag.is("destNumber") {
            record
                .extra
                .recipients
                .extend(known(unescape(content).0.trim()).map(|who| Recipient {
                    role: Role::To,
                    who,
                }));
        } else if element.tag.is("messageProfile")
            && let Some(time) = element.tag.attribute("time")
            && let Some(written) = known(&unescape(time.value).0)
        {
            set_written(&mut record, time.at, time.value);
            let read = ["%Y.%m.%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y.%m.%d %H:%M:%S"]
                .iter()
                .find_map(|form| chrono::NaiveDateTime::parse_from_str(&written, form).ok());
            match read {
                Some(time) => record.time = Time::Local(time.and_utc().timestamp()),
                None => {
                    let note = "Its time is not written as the corpus writes times.";
                    record.extra.notes.push(note.into());
                }
            }
        }
    }
    record
}
