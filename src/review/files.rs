//! The files of a message: which there are, what each is, and why one is not there.

use super::{ReviewError, Session, beside};
use crate::case::{Carried, Held};
use crate::import::content::{Content, Depth};
use crate::model::{AttachmentState, MessageNumber, SourceId, Stands};
use std::io::Read;
use std::path::Path;

/// A file of a message.
#[derive(Clone, Debug)]
pub struct File {
    /// The file as its message names it, and the export that holds it.
    pub held: Held,
    /// Whether that is another export than the message's own.
    pub elsewhere: bool,
    /// What its bytes tell; `None` where no export of the case holds it, or it cannot be read.
    pub content: Option<Content>,
    /// Why it cannot be read; empty where it can, or is not there.
    pub trouble: String,
}

impl File {
    /// Whether its bytes are in the case, in a few words.
    pub fn state(&self) -> &'static str {
        beside::file_state(self.held.file.state, self.elsewhere)
    }

    /// What kind of file it is: by its bytes or, where those do not tell, as the export says.
    pub fn kind(&self) -> String {
        let told = self.content.as_ref().map(Content::describe);
        told.filter(|words| !words.is_empty()).unwrap_or_else(|| {
            let file = &self.held.file;
            match (file.media.as_str(), file.content_type.as_str()) {
                ("", "") if self.content.is_some() => "file of an unknown type".to_owned(),
                ("", "") => "file".to_owned(),
                ("", declared) => format!("file declared as {declared}"),
                (media, _) => media.to_owned(),
            }
        })
    }

    /// What its name or its export claims otherwise than its bytes show.
    pub fn otherwise(&self) -> Option<String> {
        let file = &self.held.file;
        let content = self.content.as_ref()?;
        content.otherwise(&file.name, &file.content_type)
    }

    /// Its size in bytes, where it is known.
    pub fn size(&self) -> Option<u64> {
        self.content.as_ref()?.size
    }
}

/// Looks at the files of messages, one message after another.
#[derive(Default)]
pub struct Looker {
    carried: Carried,
}

impl Looker {
    /// The files of a message, in the order that it names them; `depth` for the one at `deep`, a line
    /// for the others. Reads no more of a file than [`Content::read`] does.
    pub fn look(
        &mut self,
        session: &Session,
        number: MessageNumber,
        deep: Option<usize>,
    ) -> Vec<File> {
        let store = session.store();
        let own = store.message(number).map(|message| message.source);
        let held = store.attachments(number).into_iter().enumerate();
        held.map(|(at, held)| {
            let depth = if deep == Some(at) {
                Depth::Text
            } else {
                Depth::Line
            };
            let mut file = File {
                elsewhere: own != Some(held.source),
                held,
                content: None,
                trouble: String::new(),
            };
            if file.held.file.state == AttachmentState::Present {
                match self.read(session, &file.held, depth) {
                    Ok(content) => file.content = Some(content),
                    Err(error) => file.trouble = error,
                }
            }
            file
        })
        .collect()
    }

    fn read(&mut self, session: &Session, held: &Held, depth: Depth) -> Result<Content, String> {
        let stands = held.file.stands().ok_or("its place is not known")?;
        let size = match stands {
            Stands::Item(item) => session.store().source(held.source).and_then(|source| {
                let item = source.items.get(usize::try_from(item).ok()?)?;
                Some(item.size)
            }),
            Stands::Within(_) => None,
        };
        let stream = self.carried.open(session.case(), held.source, stands);
        let stream = stream.map_err(|error| error.to_string())?;
        Ok(Content::read(stream, size, depth))
    }

    /// The bytes of a file; `None` where it has more than `most`.
    ///
    /// # Errors
    /// When it cannot be read, in a line for a person.
    pub fn bytes(
        &mut self,
        session: &Session,
        held: &Held,
        most: u64,
    ) -> Result<Option<Vec<u8>>, String> {
        let stands = held.file.stands().ok_or("its place is not known")?;
        let stream = self.carried.open(session.case(), held.source, stands);
        let mut bytes = Vec::new();
        stream
            .map_err(|error| error.to_string())?
            .take(most.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| format!("it cannot be read to its end: {error}"))?;
        Ok((bytes.len() as u64 <= most).then_some(bytes))
    }
}

impl Session {
    /// Writes a file out, as [`crate::case::Case::write_out`] does; gives how many bytes.
    ///
    /// # Errors
    /// When no export holds it, or it cannot be read or written.
    pub fn write_file_out(
        &self,
        source: SourceId,
        stands: Stands,
        path: &Path,
    ) -> Result<u64, ReviewError> {
        Ok(self.case().write_out(source, stands, path)?)
    }
}
