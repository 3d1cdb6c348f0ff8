//! An export as it was given: one file, a zip, a tar or a compressed file, or a folder, opened for reading only; or a
//! portion of an archive that holds several.
//!
//! Names inside an archive are data: they are listed and compared, never used as paths.

mod archive;
mod bytes;
mod carried;
mod cut;
mod gaps;
mod inflated;
mod listing;
mod portion;
mod strict;
mod tar;
mod unpack;

pub(super) use carried::is_rsmf;
pub use portion::Portion;
pub(super) use portion::parts;
pub(crate) use unpack::each_entry;

use super::ReadError;
use super::outlook::{self, Container, Inside};
use bytes::Bytes;
use carried::Carried;
use gaps::Watch;
pub(super) use gaps::{Gap, filled, filled_around};
use listing::Packed;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes read from disk at a time.
const CHUNK: usize = 1 << 16;

/// What part an item plays in its export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemRole {
    /// It holds messages. Of several items that may, the importer's
    /// [`Summary::chat_item`](super::Summary::chat_item) names the one that does.
    Chat,
    /// A file that a message names or may name.
    Media,
    /// A folder's own entry in a zip.
    Folder,
    /// Neither: kept with the original, and listed.
    Other,
}

/// One file in an export: the file itself, or an entry of its zip or folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its path inside the export, `/` between the parts, as the export writes it.
    pub name: String,
    /// Its size in bytes, decompressed, as the export declares it.
    pub size: u64,
    /// What it is.
    pub role: ItemRole,
    /// Why its bytes cannot be read, where that is known beforehand: a symbolic link, a
    /// compression that is not supported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Item {
    /// The last part of its path.
    pub fn file_name(&self) -> &str {
        let name = self.name.trim_end_matches(['/', '\\']);
        name.rsplit(['/', '\\']).next().unwrap_or(name)
    }
}

/// Where the bytes of an item are.
#[derive(Clone, Debug)]
enum Place {
    /// They are a file, opened each time: a folder has more files than can be held open.
    File(PathBuf),
    /// They are a file that is open.
    Held(Bytes),
    /// They are an entry of a zip.
    Entry(Bytes, Packed),
    /// They stand as they are in an archive.
    Stored(Bytes),
    /// They are unpacked from a file of Outlook's, the item of this number.
    Inside(u32, Arc<Container>, Inside),
}

impl Place {
    /// How many bytes it takes in an archive.
    fn packed(&self) -> u64 {
        match self {
            Place::Entry(_, entry) => entry.compressed,
            Place::Stored(bytes) => bytes.length().unwrap_or(0),
            Place::File(_) | Place::Held(_) | Place::Inside(..) => 0,
        }
    }
}

/// A file of a folder as a container reads it; where it is not held open, it is opened each time.
struct OnDisk {
    path: PathBuf,
    open: Option<File>,
}

impl outlook::Bytes for OnDisk {
    fn read_at(&self, place: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        match &self.open {
            Some(file) => bytes::read_at(file, buffer, place),
            None => bytes::read_at(&File::open(&self.path)?, buffer, place),
        }
    }

    fn size(&self) -> std::io::Result<u64> {
        Ok(std::fs::metadata(&self.path)?.len())
    }

    fn closed(&self) -> Arc<dyn outlook::Bytes> {
        Arc::new(OnDisk {
            path: self.path.clone(),
            open: None,
        })
    }
}

/// An export, open for reading.
#[derive(Clone, Debug)]
pub struct Export {
    /// The name it was given under: `WhatsApp Chat with Ministers.zip`.
    pub name: String,
    /// Its items, in the order they stand there.
    pub items: Vec<Item>,
    /// Item by item.
    places: Vec<Place>,
    /// The items that are files of Outlook's, and whether each holds one thing only.
    containers: Vec<(u32, bool)>,
    /// Whether it is an archive itself, and not files as they stand in a folder.
    archive: bool,
    /// Its items that hold items themselves: zips and what carries one.
    holders: Vec<portion::Holder>,
    /// What is to be told of it as a whole, one sentence each: an archive that ends early.
    pub notes: Vec<String>,
    /// Bytes that are left out, because reading them ended the reader.
    gaps: Vec<Gap>,
    /// Who is told of each item that is opened.
    watch: Option<Watch>,
}

/// What is wrong, for a person, without the name of the item.
fn reason_of(error: ReadError) -> String {
    match error {
        ReadError::Refused { reason, .. } => reason,
        other => other.to_string(),
    }
}

impl Export {
    fn empty(name: &str) -> Export {
        Export {
            name: name.into(),
            items: Vec::new(),
            places: Vec::new(),
            containers: Vec::new(),
            archive: false,
            holders: Vec::new(),
            notes: Vec::new(),
            gaps: Vec::new(),
            watch: None,
        }
    }

    /// Opens a file that was given under `name`; a zip, a tar and what is compressed with gzip are
    /// recognised by their content.
    ///
    /// # Errors
    /// When it cannot be read, or is a zip that is damaged as a whole or encrypted.
    pub fn from_file(path: &Path, name: &str) -> Result<Export, ReadError> {
        let io = |source| ReadError::Io {
            path: name.into(),
            source,
        };
        Export::of_file(File::open(path).map_err(io)?, name)
    }

    /// The same of a file that is open.
    ///
    /// # Errors
    /// As [`Export::from_file`].
    pub(super) fn of_file(file: File, name: &str) -> Result<Export, ReadError> {
        let io = |source| ReadError::Io {
            path: name.into(),
            source,
        };
        let mut export = Export::empty(name);
        let is_zip = archive::looks_like_zip(&file, name).map_err(io)?;
        let bytes = Bytes::File(Arc::new(file));
        if is_zip {
            export.archive = true;
            let listing = archive::list(&bytes, name)?;
            export.notes = listing.notes;
            export.items = listing.items;
            let places = listing.entries.into_iter();
            export.places = places
                .map(|entry| Place::Entry(bytes.clone(), entry))
                .collect();
            return Ok(export);
        }
        if tar::is_tar(&bytes.piece(0, 512).map_err(io)?) {
            export.list_tar(&bytes)?;
            return Ok(export);
        }
        if let Some(inflated) = portion::compressed_tar(&bytes).map_err(io)? {
            let fault = inflated.fault().map(portion::cut);
            export.list_tar(&Bytes::Inflated(inflated))?;
            export.notes.extend(fault);
            return Ok(export);
        }
        if portion::is_gzip(&bytes).map_err(io)? {
            export.list_gzip(&bytes).map_err(io)?;
            return Ok(export);
        }
        let size = bytes.length().map_err(io)?;
        export.items.push(Item {
            name: name.into(),
            size,
            role: ItemRole::Chat,
            problem: None,
        });
        export.places.push(Place::Held(bytes.clone()));
        if let Some(carried) = Carried::of(&bytes).map_err(io)? {
            export.take_in(0, carried)?;
        }
        export
            .unpack(0, Arc::new(bytes))
            .map_err(|reason| ReadError::Refused {
                path: name.into(),
                reason,
            })?;
        Ok(export)
    }

    /// Lists the entries of a tar as items.
    fn list_tar(&mut self, bytes: &Bytes) -> Result<(), ReadError> {
        let listing = tar::list(bytes, &self.name)?;
        self.archive = true;
        self.items = listing.items;
        let places = listing.places.iter();
        self.places = places
            .map(|place| Place::Stored(bytes.run(place.begin, place.length)))
            .collect();
        self.notes = listing.notes;
        Ok(())
    }

    /// Lists what is inside a file on the disk, if it is one of Outlook's, after all other items.
    fn unpack_file(&mut self, of: u32, path: &Path) -> Result<bool, String> {
        let file = OnDisk {
            path: path.into(),
            open: Some(File::open(path).map_err(|error| error.to_string())?),
        };
        self.unpack(of, Arc::new(file))
    }

    /// Lists what is inside an item, if it is a file of Outlook's, after all other items.
    fn unpack(&mut self, of: u32, bytes: Arc<dyn outlook::Bytes>) -> Result<bool, String> {
        let name = self.item_name(of);
        let Some((container, inside)) = Container::open(bytes, &name)? else {
            return Ok(false);
        };
        let cut = container.cut().map(|cut| format!("{name} {cut}"));
        self.notes.extend(cut);
        self.containers.push((of, container.is_single()));
        let container = Arc::new(container);
        for inside in inside {
            self.items.push(Item {
                name: inside.name.clone(),
                size: inside.size,
                role: ItemRole::Chat,
                problem: None,
            });
            self.places
                .push(Place::Inside(of, Arc::clone(&container), inside));
        }
        Ok(true)
    }

    /// Lists the entries of a zip that a file carries, by the file's name and their own.
    fn take_in(&mut self, of: u32, carried: Carried) -> Result<(), ReadError> {
        let carrier = self.item_name(of);
        let bytes = Bytes::Carried(Arc::new(carried));
        let listing = archive::list(&bytes, &carrier)?;
        let begin = self.count();
        for (mut item, entry) in listing.items.into_iter().zip(listing.entries) {
            item.name = format!("{carrier}/{}", item.name);
            self.items.push(item);
            self.places.push(Place::Entry(bytes.clone(), entry));
        }
        let notes = listing.notes.into_iter();
        self.notes
            .extend(notes.map(|note| format!("{carrier}: {note}")));
        self.holders.push(portion::Holder {
            item: of,
            begin,
            end: self.count(),
            is_zip: false,
        });
        Ok(())
    }

    /// How many items there are.
    fn count(&self) -> u32 {
        u32::try_from(self.items.len()).unwrap_or(u32::MAX)
    }

    /// Notes why an item cannot be read.
    fn set_problem(&mut self, number: u32, reason: String) {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        if let Some(item) = self.items.get_mut(at) {
            item.problem = Some(reason);
        }
    }

    /// Opens files that stand together in a folder given under `name`: each with its path inside
    /// the folder and the path it is read from.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn from_files(name: &str, files: Vec<(String, PathBuf)>) -> Result<Export, ReadError> {
        let mut export = Export::empty(name);
        let mut carried = Vec::new();
        let mut others = Vec::new();
        for (inside, path) in files {
            let io = |source| ReadError::Io {
                path: inside.clone(),
                source,
            };
            let file = File::open(&path).map_err(io)?;
            let size = file.metadata().map_err(io)?.len();
            let of = export.count();
            let role = role_of(&inside);
            if role == ItemRole::Other
                && let Some(found) = Carried::of(&Bytes::File(Arc::new(file))).map_err(io)?
            {
                carried.push((of, found));
            } else if role == ItemRole::Other {
                others.push((of, path.clone()));
            }
            export.items.push(Item {
                role,
                name: inside,
                size,
                problem: None,
            });
            export.places.push(Place::File(path));
        }
        // What files carry follows all of them, so that a file's number is its place.
        for (of, found) in carried {
            if let Err(error) = export.take_in(of, found) {
                // The others stand for themselves.
                export.set_problem(of, reason_of(error));
            }
        }
        for (of, path) in others {
            if let Err(reason) = export.unpack_file(of, &path) {
                export.set_problem(of, reason);
            }
        }
        Ok(export)
    }

    /// The items that may hold messages: files with something in them that can be opened, media
    /// left out.
    pub(super) fn readable(&self) -> impl Iterator<Item = u32> + '_ {
        (0u32..).zip(&self.items).filter_map(|(number, item)| {
            let wanted = matches!(item.role, ItemRole::Chat | ItemRole::Other);
            (wanted && item.size > 0 && item.problem.is_none()).then_some(number)
        })
    }

    /// Unpacks those entries of zips that may hold messages and that `asked` names, and sets aside
    /// the damaged ones: they are listed with what is wrong ([`Item::problem`]) and are not read.
    /// Gives what is wrong with the first of them. Files are not set aside.
    pub fn set_damaged_aside(&mut self, asked: &dyn Fn(u32) -> bool) -> Option<String> {
        let readable: Vec<u32> = self
            .readable()
            .filter(|item| self.is_packed(*item) && asked(*item))
            .collect();
        let mut first = None;
        for number in readable {
            let damaged = match self.open(number) {
                Err(error) => reason_of(error),
                Ok(mut stream) => match std::io::copy(&mut stream, &mut std::io::sink()) {
                    Ok(_) => continue,
                    Err(error) => format!("is damaged: {error}; copy the zip again"),
                },
            };
            let at = usize::try_from(number).unwrap_or(usize::MAX);
            if let Some(item) = self.items.get_mut(at) {
                first.get_or_insert_with(|| format!("{}: {damaged}", item.name));
                item.role = ItemRole::Other;
                item.problem = Some(damaged);
            }
        }
        first
    }

    /// What is left of an archive without the items that `taken` names: they are not read, whatever
    /// asks. `None` where nothing is left that may hold messages, or where it is no archive.
    pub(super) fn rest(mut self, taken: &dyn Fn(u32) -> bool) -> Option<Export> {
        for (number, item) in (0u32..).zip(&mut self.items) {
            if taken(number) {
                item.role = ItemRole::Other;
                item.problem = Some("is read already".into());
            }
        }
        (self.archive && self.readable().next().is_some()).then_some(self)
    }

    /// The name of an item, for a person; the export's own where there is no such item.
    pub(super) fn item_name(&self, item: u32) -> String {
        usize::try_from(item)
            .ok()
            .and_then(|item| self.items.get(item))
            .map_or_else(|| self.name.clone(), |item| item.name.clone())
    }

    /// Whether it is an archive: a zip, a tar, or a file that is compressed.
    pub fn is_archive(&self) -> bool {
        self.archive
    }

    /// Whether an item's bytes stand packed in another file: in an archive, in a zip that a file
    /// carries, or in a file of Outlook's.
    pub fn is_packed(&self, item: u32) -> bool {
        let place = usize::try_from(item)
            .ok()
            .and_then(|at| self.places.get(at));
        matches!(
            place,
            Some(Place::Entry(..) | Place::Stored(_) | Place::Inside(..))
        )
    }

    /// The file that carries a zip of which an item is an entry.
    pub(super) fn carrier_of(&self, item: u32) -> Option<u32> {
        let holds = |one: &&portion::Holder| (one.begin..one.end).contains(&item);
        self.holders.iter().find(holds).map(|one| one.item)
    }

    /// The file of Outlook's that an item is unpacked from.
    pub(super) fn container_of(&self, item: u32) -> Option<u32> {
        match self.places.get(usize::try_from(item).ok()?)? {
            Place::Inside(of, ..) => Some(*of),
            Place::File(_) | Place::Held(_) | Place::Entry(..) | Place::Stored(_) => None,
        }
    }

    /// The items that are files of Outlook's, and whether each holds one thing only: their words
    /// are in what is unpacked from them, which are items too.
    pub(super) fn containers(&self) -> &[(u32, bool)] {
        &self.containers
    }

    /// The item of this number.
    pub fn item(&self, item: u32) -> Option<&Item> {
        self.items.get(usize::try_from(item).ok()?)
    }

    /// Opens one item from a place in it; a file is not read up to there, an entry of a zip is.
    ///
    /// # Errors
    /// As [`Export::open`]. A place past the end gives an empty stream.
    pub fn open_from(&self, item: u32, offset: u64) -> Result<Box<dyn Read + Send>, ReadError> {
        let index = usize::try_from(item).unwrap_or(usize::MAX);
        let io = |source| ReadError::Io {
            path: self.item_name(item),
            source,
        };
        let is_whole = !self.gaps.iter().any(|gap| gap.item == item);
        if let Some(Place::File(path)) = self.places.get(index)
            && is_whole
        {
            let mut file = File::open(path).map_err(io)?;
            file.seek(SeekFrom::Start(offset)).map_err(io)?;
            return Ok(Box::new(BufReader::with_capacity(
                CHUNK,
                bytes::Streamed(file),
            )));
        }
        if let Some(Place::Stored(bytes) | Place::Held(bytes)) = self.places.get(index)
            && is_whole
        {
            let stream = bytes.from(offset);
            return Ok(Box::new(BufReader::with_capacity(CHUNK, stream)));
        }
        let mut stream = self.open(item)?;
        std::io::copy(&mut stream.by_ref().take(offset), &mut std::io::sink()).map_err(io)?;
        Ok(stream)
    }

    /// Opens one item from its start; each call gives a stream of its own. An entry of a zip is
    /// decompressed as it is read: the stream ends in an error where its checksum or size is not
    /// what the zip says.
    ///
    /// # Errors
    /// When there is no such item, or it cannot be read.
    pub fn open(&self, item: u32) -> Result<Box<dyn Read + Send>, ReadError> {
        let missing = || ReadError::Refused {
            path: self.name.clone(),
            reason: format!("has no item {item}"),
        };
        let index = usize::try_from(item).map_err(|_| missing())?;
        let listed = self.items.get(index).ok_or_else(missing)?;
        if let Some(problem) = &listed.problem {
            return Err(ReadError::Refused {
                path: listed.name.clone(),
                reason: problem.clone(),
            });
        }
        if let Some(watch) = &self.watch {
            watch.tell(item);
        }
        let stream: Box<dyn Read + Send> = match self.places.get(index).ok_or_else(missing)? {
            Place::File(path) => {
                let file = File::open(path).map_err(|source| ReadError::Io {
                    path: listed.name.clone(),
                    source,
                })?;
                Box::new(BufReader::with_capacity(CHUNK, bytes::Streamed(file)))
            }
            Place::Entry(bytes, entry) => entry.open(bytes, &listed.name)?,
            Place::Stored(bytes) | Place::Held(bytes) => {
                Box::new(BufReader::with_capacity(CHUNK, bytes.from(0)))
            }
            Place::Inside(_, container, inside) => container.unpack(inside),
        };
        Ok(gaps::without(stream, item, &self.gaps))
    }
}

/// What an item with this name most likely is.
pub(super) fn role_of(name: &str) -> ItemRole {
    const MEDIA: [&str; 45] = [
        "jpg", "jpeg", "png", "gif", "webp", "heic", "heif", "avif", "bmp", "tif", "tiff", "svg",
        "mp4", "mov", "m4v", "3gp", "mkv", "avi", "webm", "opus", "ogg", "oga", "mp3", "m4a",
        "aac", "amr", "wav", "flac", "vcf", "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx",
        "odt", "ods", "odp", "rtf", "csv", "epub", "pages", "numbers", "key",
    ];
    if name.ends_with('/') {
        return ItemRole::Folder;
    }
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    if name.split(['/', '\\']).any(|part| part == "__MACOSX") || last.starts_with('.') {
        return ItemRole::Other;
    }
    match last.rsplit_once('.') {
        Some((_, ending)) if MEDIA.iter().any(|known| ending.eq_ignore_ascii_case(known)) => {
            ItemRole::Media
        }
        _ => ItemRole::Other,
    }
}
