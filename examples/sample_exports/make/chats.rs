//! The chats: whose phone, who is in them, what they talk about.

use super::chat::{Chat, Hand, Line, Member, Pack};
use super::dialect::{Dialect, Event, What};
use chrono::NaiveDate;

/// The files of scenes.
pub const SCENES: &[&str] = &[
    include_str!("talk/office.txt"),
    include_str!("talk/home.txt"),
    include_str!("talk/direct.txt"),
    include_str!("talk/abroad.txt"),
];

/// The lists that gaps are filled from.
pub const WORDS: &str = include_str!("talk/words.txt");

/// The chat that was exported twice.
pub const TWICE: &str = "WhatsApp Chat with Test Kits Cell.txt";

/// Where its later export goes: a folder of its own, to be loaded after the others.
pub const LATER: &str = "../sample_exports_later/WhatsApp Chat with Test Kits Cell.txt";

/// What the later export holds.
pub const LATER_ABOUT: &str = "The test kits chat again, exported on 1 April instead of \
    21 March: holds all of the first and ten days more; one message has been deleted since, one \
    edited, and a telephone number has become a name";

const fn member(key: &'static str, shown: &'static str, nick: &'static str, hand: Hand) -> Member {
    Member {
        key,
        shown,
        nick,
        hand,
    }
}

const fn pack(name: &'static str, count: usize, cast: &'static [&'static str]) -> Pack {
    Pack { name, count, cast }
}

/// All of them. Each phone shows the others under its own owner's names for them.
pub const CHATS: &[Chat] = &[
    Chat {
        path: "WhatsApp Chat - Private Office TAH.zip",
        inside: "_chat.txt",
        dialect: Dialect::IosEnGb,
        title: "Private Office TAH",
        media: false,
        members: &[
            member("TAH", "Tamsin Adeyemi-Hart", "the minister", Hand::Plain),
            member("OLD", "Owen Llewellyn-Das", "Owen", Hand::Plain),
            member("CS", "Callum Strathdee", "Callum", Hand::Lower),
            member("PV", "Priya Venkatesan-Lowe", "Priya", Hand::Plain),
            member("JT", "Jonah Threlkeld", "Jonah", Hand::Emoji),
            member("RUP", "Rosalind Umarov-Pike", "Rosalind", Hand::Plain),
            member("FNM", "Farida Nasseri-Moss", "Farida", Hand::Plain),
            member("PVB", "Pavel Brzozowski-Bell", "Pavel", Hand::Plain),
        ],
        script: include_str!("talk/private_office.txt"),
        packs: &[
            pack("office", 190, &["OLD", "CS", "PV", "JT", "RUP"]),
            pack("lines", 24, &["PV", "JT", "TAH"]),
        ],
        seed: 101,
        about: "The minister's iPhone, English (UK): her private office. Joins, leaves, removals, \
            a deletion, edits, a poll, calls, a disappearing timer, view once, a new number, a new \
            group name; a decision, a vote, a leak",
    },
    Chat {
        path: "WhatsApp Chat - Easter Harts 🐣.zip",
        inside: "_chat.txt",
        dialect: Dialect::IosEnGb,
        title: "Easter Harts 🐣",
        media: true,
        members: &[
            member("TAH", "Tamsin Adeyemi-Hart", "Tamsin", Hand::Plain),
            member("DA", "Dayo ❤️", "Dayo", Hand::Plain),
            member("IFE", "Ife", "Ife", Hand::Lower),
            member("RUF", "Rufus (tablet)", "Rufus", Hand::Lower),
            member("KIT", "Kit", "Kit", Hand::Emoji),
            member("MUM", "Mum", "Granny", Hand::Kisses),
        ],
        script: include_str!("talk/family.txt"),
        packs: &[pack("home", 215, &["TAH", "DA", "IFE", "KIT", "DA", "TAH"])],
        seed: 102,
        about: "The minister's iPhone, with media: her family. Photos, voice messages, stickers, a \
            document, a contact card; some files are named and not there",
    },
    Chat {
        path: "WhatsApp Chat - Jonah Threlkeld.zip",
        inside: "_chat.txt",
        dialect: Dialect::IosEnGb,
        title: "Jonah Threlkeld",
        media: false,
        members: &[
            member("TAH", "Tamsin Adeyemi-Hart", "Tamsin", Hand::Plain),
            member("JT", "Jonah Threlkeld", "Jonah", Hand::Emoji),
        ],
        script: include_str!("talk/jonah.txt"),
        packs: &[
            pack("direct", 120, &["JT", "TAH"]),
            pack("life", 55, &["JT", "TAH"]),
        ],
        seed: 103,
        about: "The minister's iPhone: she and her special adviser, office and private life within \
            minutes of each other",
    },
    Chat {
        path: TWICE,
        inside: "",
        dialect: Dialect::AndroidEnGb,
        title: "Test Kits Cell",
        media: false,
        members: &[
            member("NBO", "Nkechi Brathwaite-Osei", "Nkechi", Hand::Plain),
            member("OLD", "Owen Llewellyn-Das", "Owen", Hand::Plain),
            member("GMP", "Gethin Marlowe-Price", "Gethin", Hand::Plain),
            member("AK", "Ayesha Kirkbride", "Ayesha", Hand::Plain),
            member("JT", "Jonah Threlkeld - SpAd", "Jonah", Hand::Emoji),
            member("SOL", SOL, "Sol", Hand::Plain),
            member("SNK", "+44 7700 900612", "the head", Hand::Plain),
        ],
        script: include_str!("talk/kits.txt"),
        packs: &[
            pack("kits", 110, &["NBO", "GMP", "AK", "OLD"]),
            pack("office", 70, &["NBO", "GMP", "AK", "OLD"]),
        ],
        seed: 104,
        about: "The private secretary's Android phone, English (UK): buying test kits in a hurry, \
            and a friend of a friend; a pasted chat",
    },
    Chat {
        path: "WhatsApp Chat with Thursday Fives ⚽.txt",
        inside: "",
        dialect: Dialect::AndroidEnGb,
        title: "Thursday Fives ⚽",
        media: false,
        members: &[
            member("OLD", "Owen Llewellyn-Das", "Owen", Hand::Plain),
            member("BMO", "Big Mo", "Mo", Hand::Plain),
            member("STN", "Stan the Van", "Stan", Hand::Plain),
            member("TUN", "Tunde", "Tunde", Hand::Lower),
            member("PIO", "Piotrek", "Piotrek", Hand::Plain),
            member("HAM", "Hamish (knee)", "Hamish", Hand::Lower),
            member("LEW", "Lewis F 🧤", "Lewis", Hand::Emoji),
            member("JT2", "+44 7700 900148", "Jonah", Hand::Lower),
            member("شهاب", "شهاب الدين", "Shihab", Hand::Plain),
        ],
        script: include_str!("talk/fives.txt"),
        packs: &[pack(
            "fives",
            150,
            &["OLD", "BMO", "STN", "TUN", "PIO", "HAM", "LEW"],
        )],
        seed: 105,
        about: "The private secretary's Android phone: football with friends; a name in Arabic script; hardly \
            anything of the office, but not nothing",
    },
    Chat {
        path: "WhatsApp Chat with Mam.zip",
        inside: "WhatsApp Chat with Mam.txt",
        dialect: Dialect::AndroidEnGb,
        title: "Mam",
        media: true,
        members: &[
            member("MAM", "Mam", "Mam", Hand::Kisses),
            member("OLD", "Owen Llewellyn-Das", "Owen", Hand::Plain),
        ],
        script: include_str!("talk/mam.txt"),
        packs: &[
            pack("mum", 60, &["MAM", "OLD"]),
            pack("home", 12, &["MAM", "OLD"]),
        ],
        seed: 106,
        about: "The private secretary's Android phone, with media: he and his mother",
    },
    Chat {
        path: "WhatsApp Chat - Clinical cell – Harrowmere.zip",
        inside: "_chat.txt",
        dialect: Dialect::IosEnGb,
        title: "Clinical cell – Harrowmere",
        media: false,
        members: &[
            member("F1", "Dr Gwenllian Oyelaran", "Gwenllian", Hand::Plain),
            member("MIR", "Mirela (paeds reg)", "Mirela", Hand::Plain),
            member("GAB", "Gabriel Ockenden", "Gabriel", Hand::Emoji),
            member("ליאת", "ליאת בן־דור", "Liat", Hand::Plain),
            member("TOM", "Tom Featherstonehaugh-Iqbal", "Tom", Hand::Lower),
            member("FNM", "Farida Nasseri-Moss", "Farida", Hand::Plain),
            member(
                "UNK",
                "\u{202A}+44\u{A0}7700\u{A0}900417\u{202C}",
                "you",
                Hand::Lower,
            ),
            member("UNK2", "~\u{202F}Bank nurse K", "K", Hand::Plain),
        ],
        script: include_str!("talk/clinical.txt"),
        packs: &[pack("clinic", 165, &["F1", "MIR", "GAB", "ליאת", "TOM"])],
        seed: 107,
        about: "A consultant's iPhone: the hospital side of the outbreak. A stranger joins by the \
            link and is removed; a patient's number is posted and deleted by an admin; a name in \
            Hebrew script",
    },
    Chat {
        path: "WhatsApp Chat with Lines and Grid.txt",
        inside: "",
        dialect: Dialect::AndroidEnUs,
        title: "Lines and Grid",
        media: false,
        members: &[
            member("PV", "Priya Venkatesan-Lowe", "Priya", Hand::Plain),
            member("JT", "Jonah Threlkeld", "Jonah", Hand::Emoji),
            member("TAH", "Tamsin 🌊", "Tamsin", Hand::Plain),
            member("OLD", "Owen PPS", "Owen", Hand::Plain),
        ],
        script: include_str!("talk/lines.txt"),
        packs: &[pack("lines", 110, &["PV", "JT", "OLD"])],
        seed: 108,
        about: "The special adviser's Android phone, English (US), 12-hour clock, month first: what \
            is said to the press",
    },
    Chat {
        path: "WhatsApp-Chat mit Laborvergleich UK.txt",
        inside: "",
        dialect: Dialect::AndroidDe,
        title: "Laborvergleich UK",
        media: false,
        members: &[
            member("KV", "Katharina Vossberg", "Katharina", Hand::Plain),
            member("JUD", "Jens-Uwe Dornbach", "Jens-Uwe", Hand::Plain),
            member("MAK", "Merve Aydın-Köhler", "Merve", Hand::Plain),
            member("BL", "Björn Lütjens", "Björn", Hand::Lower),
            member("ELL", "+49 30 23125417", "Frau Ellerbrock", Hand::Plain),
        ],
        script: include_str!("talk/labor.txt"),
        packs: &[pack("labor", 62, &["KV", "JUD", "MAK", "BL"])],
        seed: 109,
        about: "A seconded scientist's Android phone, German: laboratories compare methods",
    },
    Chat {
        path: "WhatsApp Chat - Kantorei Sankt Veit 🎶.zip",
        inside: "_chat.txt",
        dialect: Dialect::IosDe,
        title: "Kantorei Sankt Veit 🎶",
        media: false,
        members: &[
            member("ANN", "Annegret (Chorleitung)", "Annegret", Hand::Plain),
            member("KV", "Katharina Vossberg", "Katharina", Hand::Plain),
            member("RLF", "Rolf Tenor", "Rolf", Hand::Plain),
            member("HIL", "Hilke", "Hilke", Hand::Lower),
            member("YUS", "~\u{202F}Yusuf", "Yusuf", Hand::Plain),
        ],
        script: include_str!("talk/kantorei.txt"),
        packs: &[pack("chor", 62, &["ANN", "KV", "RLF", "HIL", "YUS"])],
        seed: 110,
        about: "The scientist's iPhone, German: her choir, and one sentence about the water",
    },
    Chat {
        path: "Discussion WhatsApp avec Sylvie Laurenceau-Brun.txt",
        inside: "",
        dialect: Dialect::AndroidFr,
        title: "Sylvie Laurenceau-Brun",
        media: false,
        members: &[
            member("SLB", "Sylvie Laurenceau-Brun", "Sylvie", Hand::Plain),
            member("PV", "Priya Venkatesan-Lowe", "Priya", Hand::Plain),
        ],
        script: include_str!("talk/sylvie.txt"),
        packs: &[pack("fr", 40, &["SLB", "PV"])],
        seed: 111,
        about: "The communications director's Android phone, French: a laboratory abroad, and cakes",
    },
];

/// The number that has a name in the later export.
const SOL: &str = "+44 7700 900235";

/// The two exports of one chat: the first ends on 21 March; since then one message was deleted,
/// one edited, and a number was saved as a contact.
pub fn twice(lines: &[Line]) -> (Vec<Line>, Vec<Line>) {
    let cut = NaiveDate::from_ymd_opt(2024, 3, 21)
        .and_then(|date| date.and_hms_opt(20, 0, 0))
        .unwrap_or_default();
    let early = lines.iter().filter(|line| line.at < cut).cloned().collect();
    let mut later = lines.to_vec();
    for line in &mut later {
        if line.sender == SOL {
            line.sender = "Sol F-B".into();
        }
        if let What::System(Event::Added(_, who) | Event::Removed(_, who)) = &mut line.what
            && who == SOL
        {
            *who = "Sol F-B".into();
        }
        if let What::Text(text) = &line.what {
            if text.starts_with("Inbox is for people") {
                line.what = What::Deleted;
            } else if text.starts_with("Prices for the second order") {
                line.what = What::Edited(text.replace("£310k", "£301k"));
            }
        }
    }
    (early, later)
}
