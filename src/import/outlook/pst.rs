//! The upper half of a `.pst` (MS-PST 2.4): folders, and the items in them.
//!
//! Items are found by their nodes, not by the tables that show them: so an item that a damaged
//! table does not show is there all the same. Search folders hold nothing of their own, and hidden
//! items are settings.

use super::ltp::{find, properties, table};
use super::ndb::{Database, Fault};
use super::properties::{Attachment, Content, Item, Names, Properties, id, kind};
use super::{Bytes, DEEPEST, LONGEST_ITEM, eml};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) use super::ndb::Node;

/// Types of nodes (MS-PST 2.2.2.1).
const FOLDER: u32 = 2;
const MESSAGE: u32 = 4;
const ATTACHMENT: u32 = 5;
/// Numbers of nodes that stand in every file (MS-PST 2.4.1).
const STORE: u32 = 0x21;
const NAMES: u32 = 0x61;
const ROOT_FOLDER: u32 = 0x122;
const RECIPIENTS: u32 = 0x692;
/// Most bytes of the properties of a folder, or of the file itself.
const LONGEST_FACTS: usize = 4 << 20;
/// Bytes that are unpacked from any file, and for each byte of it: no piece of it stands in two
/// items, so that more than this is a trap.
const FREE_OUTPUT: u64 = 64 << 20;
/// See [`FREE_OUTPUT`].
const MAX_RATIO: u64 = 8;
/// Deepest folder in folders.
const DEEPEST_FOLDER: usize = 64;

/// A mailbox file.
pub(in crate::import) struct Store {
    file: Database,
    names: Names,
    folders: Vec<Folder>,
    items: BTreeMap<u32, Vec<Node>>,
    allowed: Mutex<Allowed>,
}

/// How much each item may give, settled when it is read first: so each reading gives the same.
struct Allowed {
    left: u64,
    of: HashMap<u32, usize>,
}

/// A folder with at least one item.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    /// Its node.
    pub number: u32,
    /// Its name and those of the folders around it, `/` between them.
    pub path: String,
    /// How many items stand directly in it.
    pub items: usize,
}

impl Store {
    /// How many bytes the file has and says that it has, where these are fewer.
    pub(super) fn cut(&self) -> Option<(u64, u64)> {
        self.file.cut()
    }

    /// Opens a file and finds its folders.
    ///
    /// # Errors
    /// In one sentence, where it cannot be read as a whole.
    pub(super) fn open(bytes: Arc<dyn Bytes>) -> Result<Store, String> {
        let told = |fault: Fault| format!("cannot be read: {fault}");
        let size = bytes.size().map_err(|error| error.to_string())?;
        let file = Database::open(bytes).map_err(told)?;
        let nodes = file.nodes(&[FOLDER, MESSAGE]).map_err(told)?;
        let mut items: BTreeMap<u32, Vec<Node>> = BTreeMap::new();
        let mut names_of = BTreeMap::new();
        for node in nodes {
            if node.id & 31 == MESSAGE {
                items.entry(node.parent).or_default().push(node);
            } else {
                let name = own(&file, node).and_then(|own| own.line(id::DISPLAY_NAME));
                names_of.insert(node.id, (node.parent, name.unwrap_or_default()));
            }
        }
        let top = file.node(STORE).ok().and_then(|node| {
            let entry = own(&file, node)?;
            let entry = entry.binary(id::IPM_SUBTREE)?;
            super::ndb::u32_at(entry, 20)
        });
        let names = file.node(NAMES).ok().and_then(|node| own(&file, node));
        let names = names.and_then(|own| Some(Names::of(own.binary(3)?)));
        let mut folders: Vec<Folder> = items
            .iter()
            .map(|(number, items)| Folder {
                number: *number,
                path: path(&names_of, *number, top),
                items: items.len(),
            })
            .collect();
        folders.sort_by(|a, b| (&a.path, a.number).cmp(&(&b.path, b.number)));
        // Two folders of one path keep their names apart by their numbers.
        let mut seen = HashSet::new();
        for folder in &mut folders {
            if !seen.insert(folder.path.clone()) {
                folder.path = format!("{} ({:#x})", folder.path, folder.number);
            }
        }
        Ok(Store {
            file,
            names: names.unwrap_or_default(),
            folders,
            items,
            allowed: Mutex::new(Allowed {
                left: size.saturating_mul(MAX_RATIO).saturating_add(FREE_OUTPUT),
                of: HashMap::new(),
            }),
        })
    }

    /// The folders that hold items, by path.
    pub(super) fn folders(&self) -> &[Folder] {
        &self.folders
    }

    /// The items of a folder, by number: about in the order they came.
    pub(super) fn items(&self, folder: u32) -> Vec<Node> {
        self.items.get(&folder).cloned().unwrap_or_default()
    }

    /// An item as a mail; where it cannot be read, an empty line and the reason, which no reader
    /// takes for one.
    pub(super) fn mail(&self, node: Node) -> Vec<u8> {
        let place = format!("{:#x}", node.id);
        match self.whole(node) {
            Ok(item) => eml::mail(&item, &self.names, &place),
            Err(fault) => format!("\nItem {place} cannot be read: {fault}.\n").into_bytes(),
        }
    }

    fn whole(&self, node: Node) -> Result<Item, Fault> {
        let mut allowed = self.allowed.lock().unwrap_or_else(PoisonError::into_inner);
        let known = allowed.of.get(&node.id).copied();
        let most = known.unwrap_or_else(|| {
            usize::try_from(allowed.left).map_or(LONGEST_ITEM, |left| left.min(LONGEST_ITEM))
        });
        let mut left = most;
        let item = if most == 0 {
            Err("the file claims to hold far more than it can; it may be a trap")
        } else {
            self.item(node, 0, &mut left)
        };
        if known.is_none() {
            allowed.left = allowed.left.saturating_sub((most - left) as u64);
            allowed.of.insert(node.id, most);
        }
        item
    }

    fn item(&self, node: Node, depth: usize, left: &mut usize) -> Result<Item, Fault> {
        let file = &self.file;
        let mut notes = Vec::new();
        let subnodes = file.subnodes(node.subnodes, left).unwrap_or_else(|fault| {
            notes.push(format!(
                "Its recipients and attachments cannot be read: {fault}."
            ));
            Vec::new()
        });
        let own = properties(file, node, &subnodes, left)?;
        if own.is_empty() {
            return Err("it has no properties");
        }
        if own.misses(id::BODY) || own.misses(id::HTML) || own.misses(id::RTF) {
            notes.push("A version of its text cannot be read: it is damaged or too long.".into());
        }
        let recipients = match find(&subnodes, RECIPIENTS) {
            None => Vec::new(),
            Some(node) => table(file, node, left).unwrap_or_else(|fault| {
                notes.push(format!("Its recipients cannot be read: {fault}."));
                Vec::new()
            }),
        };
        let attachments = subnodes
            .iter()
            .filter(|node| node.id & 31 == ATTACHMENT)
            .map(|node| self.attachment(*node, depth, left))
            .collect();
        Ok(Item {
            properties: own,
            recipients,
            attachments,
            notes,
        })
    }

    fn attachment(&self, node: Node, depth: usize, left: &mut usize) -> Attachment {
        const LOST: Content = Content::Nothing("damaged, or longer than docket reads");
        let subnodes = self.file.subnodes(node.subnodes, left).unwrap_or_default();
        let Ok(mut own) = properties(&self.file, node, &subnodes, left) else {
            return Attachment {
                properties: Properties::default(),
                content: LOST,
            };
        };
        let content = match (own.number(id::METHOD), own.take(id::DATA)) {
            (Some(5), Some((kind::OBJECT, place))) if depth < DEEPEST => {
                super::ndb::u32_at(&place, 0)
                    .and_then(|id| find(&subnodes, id))
                    .and_then(|within| self.item(within, depth + 1, left).ok())
                    .map_or(LOST, |item| Content::Item(Box::new(item)))
            }
            (Some(5), _) => Content::Nothing("an item too deep within others"),
            (Some(6), _) => Content::Nothing("an embedded object"),
            (Some(2..=4 | 7), _) => Content::Nothing("a link to a file elsewhere"),
            (_, Some((kind::BINARY, bytes))) => Content::Bytes(bytes),
            _ => LOST,
        };
        Attachment {
            properties: own,
            content,
        }
    }
}

/// The properties of a node alone.
fn own(file: &Database, node: Node) -> Option<Properties> {
    let mut left = LONGEST_FACTS;
    let subnodes = file.subnodes(node.subnodes, &mut left).ok()?;
    properties(file, node, &subnodes, &mut left).ok()
}

/// The path of a folder, from below the one that holds a person's folders (`top`) or the root.
fn path(folders: &BTreeMap<u32, (u32, String)>, number: u32, top: Option<u32>) -> String {
    let mut parts = Vec::new();
    let mut at = number;
    while let Some((parent, name)) = folders.get(&at)
        && Some(at) != top
        && at != ROOT_FOLDER
        && parts.len() < DEEPEST_FOLDER
    {
        // A slash in a name is no folder.
        parts.push(name.replace(['/', '\\'], "_"));
        at = *parent;
    }
    parts.reverse();
    let path = parts.join("/");
    if path.trim_matches('/').is_empty() {
        "(no folder)".into()
    } else {
        path
    }
}
