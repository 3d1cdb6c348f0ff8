//! Telegram Desktop: a whole account as JSON, and one chat as pages.

use super::chat::{Chat, Fault, File, Hand, Line, Member, Pack};
use super::desktop::{event_who, instant, lines, made, offset, picture, talk, text};
use super::dialect::{Event, What};
use super::rng::Rng;
use super::scene::{Scene, Words};
use super::{Made, archive};
use chrono::Duration;

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

const PRIYA: Member = member("PV", "Priya Venkatesan-Lowe", "Priya", Hand::Plain);

const POOL: Chat = talk(
    "Valley press pool (closed)",
    &[
        PRIYA,
        member("ELIN", "Elin Hartsworth", "Elin", Hand::Plain),
        member("JT", "Jonah", "Jonah", Hand::Emoji),
        member("LEO", "Leo from Stainmoor", "Leo", Hand::Lower),
    ],
    include_str!("talk/telegram_pool.txt"),
    &[pack("lines", 9, &["PV", "ELIN", "JT"])],
    321,
);

const ROSALIND: Chat = talk(
    "Rosalind Umarov-Pike",
    &[
        PRIYA,
        member("RUP", "Rosalind Umarov-Pike", "Rosalind", Hand::Plain),
    ],
    include_str!("talk/telegram_rosalind.txt"),
    &[pack("life", 7, &["PV", "RUP"])],
    322,
);

const MERVE: Chat = talk(
    "Merve Aydın-Köhler",
    &[
        member("KV", "Katharina Vossberg", "Katharina", Hand::Plain),
        member("MAK", "Merve Aydın-Köhler", "Merve", Hand::Plain),
    ],
    include_str!("talk/telegram_merve.txt"),
    &[pack("labor", 8, &["KV", "MAK"])],
    323,
);

/// The two exports.
///
/// # Errors
/// When a script does not read.
pub fn exports(scenes: &[Scene], words: &Words) -> Result<Vec<Made>, Fault> {
    Ok(vec![account(scenes, words)?, pages(scenes, words)?])
}

fn id_of(name: &str) -> u64 {
    match name {
        "Priya Venkatesan-Lowe" => 5_311_000_001,
        "Elin Hartsworth" => 5_311_000_002,
        "Jonah" => 5_311_000_003,
        "Leo from Stainmoor" => 5_311_000_004,
        "Rosalind Umarov-Pike" => 5_311_000_005,
        _ => 5_311_000_009,
    }
}

/// The place of a kind of file, as the program names folders.
fn folder(kind: &str) -> &'static str {
    match kind {
        "PHOTO" => "photos",
        "AUDIO" => "voice_messages",
        "STICKER" => "stickers",
        _ => "files",
    }
}

/// Writes an object as the program does: a key a line, indented by one space a level.
fn object(indent: usize, fields: &[(&str, String)]) -> String {
    let space = " ".repeat(indent + 1);
    let fields: Vec<String> = fields
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("\n{space}\"{key}\": {value}"))
        .collect();
    format!("{{{}\n{}}}", fields.join(","), " ".repeat(indent))
}

/// Priya's whole account, with a group she has left.
fn account(scenes: &[Scene], words: &Words) -> Result<Made, Fault> {
    let mut rng = Rng::new(331);
    let mut files: Vec<File> = Vec::new();
    let (pool, rosalind) = (
        lines(&POOL, scenes, words)?,
        lines(&ROSALIND, scenes, words)?,
    );
    let mut list = |talk: &[Line], first: usize| -> String {
        let messages: Vec<String> = talk
            .iter()
            .enumerate()
            .map(|(place, line)| {
                format!(
                    "\n     {}",
                    message(first + place, line, place, &mut rng, &mut files)
                )
            })
            .collect();
        format!("[{}\n    ]", messages.join(","))
    };
    let chat = |name: &str, kind: &str, id: u64, messages: String| {
        object(
            3,
            &[
                ("name", text(name)),
                ("type", text(kind)),
                ("id", id.to_string()),
                ("messages", messages),
            ],
        )
    };
    let with = chat(
        "Rosalind Umarov-Pike",
        "personal_chat",
        5_311_000_005,
        list(&rosalind, 4001),
    );
    let left = chat(POOL.title, "private_group", 4_112_233, list(&pool, 1));
    let out = format!(
        "{{\n \"about\": \"Here is the data you requested. Remember: Telegram is ad free, it doesn't use your data for ad targeting and doesn't sell it to others.\",\n \"personal_information\": {},\n \"chats\": {{\n  \"about\": \"This page lists all chats from this export.\",\n  \"list\": [\n   {with}\n  ]\n }},\n \"left_chats\": {{\n  \"about\": \"This page lists all supergroups and channels from this export that you've left.\",\n  \"list\": [\n   {left}\n  ]\n }}\n}}",
        object(
            1,
            &[
                ("user_id", "5311000001".into()),
                ("first_name", text("Priya")),
                ("last_name", text("Venkatesan-Lowe")),
                ("phone_number", text("+44 7700 900311")),
                ("username", text("@priya_vl")),
            ],
        )
    );
    let count = files.len();
    let bytes = archive::zip("result.json", out.as_bytes(), &files)?;
    Ok(made(
        "DataExport_2024-04-01.zip",
        bytes,
        &[&rosalind, &pool],
        count,
        "The communications director's laptop, Telegram Desktop, a whole account as JSON: a friend, \
            and a press pool she has left. Edits, reactions, a forward, a poll, places, files that \
            were not included, a control character in a name, messages set to vanish, a stranger \
            by the link",
    ))
}

fn message(id: usize, line: &Line, place: usize, rng: &mut Rng, files: &mut Vec<File>) -> String {
    let service = matches!(line.what, What::System(_) | What::Call(..));
    let name = match &line.what {
        What::System(event) => event_who(event).0,
        _ => line.sender.as_str(),
    };
    // What a vertical tab from a document becomes.
    let shown = if name == "Elin Hartsworth" {
        "\"Elin\\x0BHartsworth\"".to_owned()
    } else {
        text(name)
    };
    let stamp = |at: chrono::NaiveDateTime| {
        [
            text(&at.format("%Y-%m-%dT%H:%M:%S").to_string()),
            text(&instant(at, false).to_string()),
        ]
    };
    let [date, unix] = stamp(line.at);
    let mut fields: Vec<(&str, String)> = vec![
        ("id", id.to_string()),
        ("type", text(if service { "service" } else { "message" })),
        ("date", date),
        ("date_unixtime", unix),
    ];
    if matches!(line.what, What::Edited(_)) {
        let [date, unix] = stamp(line.at + Duration::seconds(70));
        fields.extend([("edited", date), ("edited_unixtime", unix)]);
    }
    let (from, from_id) = if service {
        ("actor", "actor_id")
    } else {
        ("from", "from_id")
    };
    fields.extend([
        (from, shown),
        (from_id, text(&format!("user{}", id_of(name)))),
    ]);
    let mut words = String::new();
    match &line.what {
        What::Text(said) | What::Edited(said) => {
            words.clone_from(said);
            if rng.chance(80) && place > 2 {
                fields.push(("reply_to_message_id", (id - 1).to_string()));
            } else if rng.chance(30) {
                fields.push(("forwarded_from", text("Stainmoor Vale Residents")));
            }
        }
        What::Media { kind, caption, .. } => media(kind, line, place, rng, files, &mut fields, {
            words.clone_from(caption);
            caption
        }),
        What::Poll(question, options) => {
            let answers: Vec<String> = options
                .iter()
                .map(|(option, votes)| {
                    format!(
                        "\n        {}",
                        object(
                            8,
                            &[
                                ("text", text(option)),
                                ("voters", votes.to_string()),
                                ("chosen", (*votes > 1).to_string()),
                            ]
                        )
                    )
                })
                .collect();
            let total: u32 = options.iter().map(|(_, votes)| votes).sum();
            fields.push((
                "poll",
                object(
                    6,
                    &[
                        ("question", text(question)),
                        ("closed", "false".into()),
                        ("total_voters", total.to_string()),
                        ("answers", format!("[{}\n       ]", answers.join(","))),
                    ],
                ),
            ));
        }
        What::Location(place) => {
            let (latitude, longitude) = place.split_once(',').unwrap_or((place, "0"));
            fields.push((
                "location_information",
                object(
                    6,
                    &[
                        ("latitude", latitude.to_owned()),
                        ("longitude", longitude.to_owned()),
                    ],
                ),
            ));
        }
        What::Contact(name, _) => {
            let (first, last) = name.rsplit_once(' ').unwrap_or((name, ""));
            fields.push((
                "contact_information",
                object(
                    6,
                    &[
                        ("first_name", text(first)),
                        ("last_name", text(last)),
                        ("phone_number", text("+44 7700 900872")),
                    ],
                ),
            ));
        }
        What::Call(_, minutes) => {
            fields.push(("action", text("phone_call")));
            let (seconds, reason) = match minutes {
                Some(minutes) => ((minutes * 60 + 12).to_string(), "hangup"),
                None => (String::new(), "missed"),
            };
            fields.extend([
                ("duration_seconds", seconds),
                ("discard_reason", text(reason)),
            ]);
        }
        What::System(event) => action(event, id, &mut fields),
        _ => words = "(see above)".into(),
    }
    fields.push(("text", pieces(&words)));
    if !service && rng.chance(90) {
        fields.push((
            "reactions",
            format!(
                "[\n       {}\n      ]",
                object(
                    7,
                    &[
                        ("type", text("emoji")),
                        ("count", "1".into()),
                        ("emoji", text("👍")),
                        (
                            "recent",
                            format!(
                                "[\n         {}\n        ]",
                                object(
                                    9,
                                    &[
                                        ("from", text("Jonah")),
                                        ("from_id", text("user5311000003")),
                                        (
                                            "date",
                                            text(
                                                &(line.at + Duration::minutes(3))
                                                    .format("%Y-%m-%dT%H:%M:%S")
                                                    .to_string()
                                            )
                                        ),
                                    ]
                                )
                            )
                        ),
                    ]
                )
            ),
        ));
    }
    object(5, &fields)
}

/// A text: a string, or pieces where a word is bold.
fn pieces(words: &str) -> String {
    match words.split_once(": ") {
        Some((before, after)) if before.len() > 12 => format!(
            "[\n       {},\n       {}\n      ]",
            object(
                7,
                &[
                    ("type", text("bold")),
                    ("text", text(&format!("{before}:")))
                ]
            ),
            text(&format!(" {after}"))
        ),
        _ => text(words),
    }
}

fn media(
    kind: &str,
    line: &Line,
    place: usize,
    rng: &mut Rng,
    files: &mut Vec<File>,
    fields: &mut Vec<(&str, String)>,
    caption: &str,
) {
    let given = if caption.contains("Results") {
        "results-2024-03-05.pdf"
    } else {
        "file.pdf"
    };
    let (name, bytes) = picture(place, kind, given, line.at, rng);
    let path = format!("{}/{name}", folder(kind));
    let missing = "(File not included. Change data exporting settings to download.)";
    match kind {
        "PHOTO" => {
            fields.extend([
                ("photo", text(&path)),
                ("width", "160".into()),
                ("height", "120".into()),
            ]);
            files.push((path, bytes));
        }
        "AUDIO" => fields.extend([
            ("file", text(missing)),
            ("media_type", text("voice_message")),
            ("mime_type", text("audio/ogg")),
            ("duration_seconds", "41".into()),
        ]),
        "STICKER" => {
            fields.extend([
                ("file", text(&path)),
                ("media_type", text("sticker")),
                ("sticker_emoji", text("🤷")),
            ]);
            files.push((path, bytes));
        }
        _ => {
            fields.extend([
                ("file", text(&path)),
                ("file_name", text(given)),
                ("mime_type", text("application/pdf")),
            ]);
            files.push((path, bytes));
        }
    }
}

fn action(event: &Event, id: usize, fields: &mut Vec<(&str, String)>) {
    let (_, whom) = event_who(event);
    let members = || format!("[\n       {}\n      ]", text(whom));
    match event {
        Event::Created(_, title) => fields.extend([
            ("action", text("create_group")),
            ("title", text(title)),
            (
                "members",
                format!("[\n       {}\n      ]", text("Priya Venkatesan-Lowe")),
            ),
        ]),
        Event::Added(..) => {
            fields.extend([("action", text("invite_members")), ("members", members())])
        }
        Event::Removed(..) => {
            fields.extend([("action", text("remove_members")), ("members", members())])
        }
        Event::Joined(_) => fields.extend([
            ("action", text("join_group_by_link")),
            ("inviter", text("Elin Hartsworth")),
        ]),
        Event::Subject(_, title) => {
            fields.extend([("action", text("edit_group_title")), ("title", text(title))])
        }
        Event::Timer(_, days) => fields.extend([
            ("action", text("set_messages_ttl")),
            ("period", (days * 86_400).to_string()),
        ]),
        Event::Pinned(_) => fields.extend([
            ("action", text("pin_message")),
            ("message_id", id.saturating_sub(3).to_string()),
        ]),
        _ => fields.push(("action", text("joined_telegram"))),
    }
}

/// As the program writes words in a page.
fn escaped(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
        .replace('\n', "<br>")
}

/// Katharina and Merve, as a page.
fn pages(scenes: &[Scene], words: &Words) -> Result<Made, Fault> {
    let mut rng = Rng::new(333);
    let talk = lines(&MERVE, scenes, words)?;
    let mut files: Vec<File> = Vec::new();
    let mut history = String::new();
    let mut before: Option<&Line> = None;
    let mut days = 0;
    for (place, line) in talk.iter().enumerate() {
        let new_day = before.is_none_or(|before| before.at.date() != line.at.date());
        if new_day {
            days += 1;
            history.push_str(&format!(
                "\n     <div class=\"message service\" id=\"message-{days}\">\n\n      <div class=\"body details\">\n{}\n      </div>\n\n     </div>\n",
                line.at.format("%-d %B %Y")
            ));
        }
        let joined = before.is_some_and(|before| {
            !new_day && before.sender == line.sender && line.at - before.at < Duration::minutes(15)
        });
        history.push_str(&page_message(place, line, joined, &mut rng, &mut files));
        before = Some(line);
    }
    let out = format!(
        "<!DOCTYPE html>\n<html>\n\n <head>\n\n  <meta charset=\"utf-8\"/>\n<title>Exported Data</title>\n\n  <meta content=\"width=device-width, initial-scale=1.0\" name=\"viewport\"/>\n\n  <link href=\"css/style.css\" rel=\"stylesheet\"/>\n\n  <script src=\"js/script.js\" type=\"text/javascript\">\n\n  </script>\n\n </head>\n\n <body onload=\"CheckLocation();\">\n\n  <div class=\"page_wrap\">\n\n   <div class=\"page_header\">\n\n    <div class=\"content\">\n\n     <div class=\"text bold\">\n{}\n     </div>\n\n    </div>\n\n   </div>\n\n   <div class=\"page_body chat_page\">\n\n    <div class=\"history\">\n{history}\n    </div>\n\n   </div>\n\n  </div>\n\n </body>\n\n</html>\n",
        MERVE.title
    );
    let count = files.len();
    let bytes = archive::zip("messages.html", out.as_bytes(), &files)?;
    Ok(made(
        "ChatExport_2024-04-01.zip",
        bytes,
        &[&talk],
        count,
        "The seconded scientist's laptop, Telegram Desktop, one chat as a page, German: a colleague \
            at home. Messages without a name under their first, day lines, a picture, a file, a \
            call, a poll",
    ))
}

fn page_message(
    place: usize,
    line: &Line,
    joined: bool,
    rng: &mut Rng,
    files: &mut Vec<File>,
) -> String {
    let minutes = offset(line.at, true);
    let title = format!(
        "{} UTC+{:02}:{:02}",
        line.at.format("%d.%m.%Y %H:%M:%S"),
        minutes / 60,
        minutes % 60
    );
    let words = |words: &str| {
        if words.is_empty() {
            String::new()
        } else {
            format!(
                "\n       <div class=\"text\">\n{}\n       </div>\n",
                escaped(words)
            )
        }
    };
    let wrap = |inside: String| {
        format!("\n       <div class=\"media_wrap clearfix\">\n{inside}\n       </div>\n")
    };
    let body = match &line.what {
        What::Text(said) | What::Edited(said) => {
            let reply = if rng.chance(70) && place > 1 {
                format!(
                    "\n       <div class=\"reply_to details\">\nIn reply to <a href=\"#go_to_message{place}\" onclick=\"return GoToMessage({place})\">this message</a>\n       </div>\n"
                )
            } else {
                String::new()
            };
            format!("{reply}{}", words(said))
        }
        What::Media { kind, caption, .. } => {
            let (name, bytes) = picture(place, kind, "Ringversuch-Tabelle.pdf", line.at, rng);
            let path = format!("{}/{name}", folder(kind));
            files.push((path.clone(), bytes));
            let media = if *kind == "PHOTO" {
                format!(
                    "        <a class=\"photo_wrap clearfix pull_left\" href=\"{path}\">\n         <img class=\"photo\" src=\"{path}\" style=\"width: 80px; height: 60px\"/>\n        </a>"
                )
            } else {
                format!(
                    "        <a class=\"media clearfix pull_left block_link media_file\" href=\"{path}\">\n         <div class=\"fill pull_left\">\n         </div>\n         <div class=\"body\">\n          <div class=\"title bold\">\n{name}\n          </div>\n          <div class=\"status details\">\n1.2 KB\n          </div>\n         </div>\n        </a>"
                )
            };
            format!("{}{}", wrap(media), words(caption))
        }
        What::Call(_, minutes) => wrap(format!(
            "        <div class=\"media clearfix pull_left media_call success\">\n         <div class=\"body\">\n          <div class=\"title bold\">\n{}\n          </div>\n          <div class=\"status details\">\nIncoming ({} seconds)\n          </div>\n         </div>\n        </div>",
            MERVE.title,
            minutes.unwrap_or(0) * 60 + 7
        )),
        What::Poll(question, options) => {
            let answers: String = options
                .iter()
                .map(|(option, votes)| format!("         <div class=\"answer\">\n- {option} <span class=\"details\">{votes} vote</span>\n         </div>\n"))
                .collect();
            wrap(format!(
                "        <div class=\"media_poll\">\n         <div class=\"question bold\">\n{question}\n         </div>\n         <div class=\"details\">\nAnonymous poll\n         </div>\n{answers}         <div class=\"total details\">\n2 votes\n         </div>\n        </div>"
            ))
        }
        _ => words("…"),
    };
    let (class, from) = if joined {
        (" joined", String::new())
    } else {
        let name = format!(
            "\n       <div class=\"from_name\">\n{}\n       </div>\n",
            line.sender
        );
        ("", name)
    };
    let reactions = if rng.chance(60) {
        "\n       <span class=\"reactions\">\n        <span class=\"reaction\">\n         <span class=\"emoji\">\n👍\n         </span>\n         <span class=\"userpics\">\n          <div class=\"userpic userpic3\" style=\"width: 20px; height: 20px\" title=\"Katharina Vossberg\">\n          </div>\n         </span>\n        </span>\n       </span>\n"
    } else {
        ""
    };
    format!(
        "\n     <div class=\"message default clearfix{class}\" id=\"message{}\">\n\n      <div class=\"body\">\n\n       <div class=\"pull_right date details\" title=\"{title}\">\n{}\n       </div>\n{from}{body}{reactions}\n      </div>\n\n     </div>\n",
        place + 1,
        line.at.format("%H:%M")
    )
}
