//! What LINE writes in place of what it does not export, in its languages.

use crate::model::{Attachment, AttachmentState, Kind};

/// Labels that stand for a file, and what kind of file ([`Attachment::media`]).
const FILES: &[(&str, &[&str])] = &[
    (
        "photo",
        &[
            "Photo",
            "Photos",
            "写真",
            "照片",
            "图片",
            "圖片",
            "사진",
            "ภาพ",
            "รูปภาพ",
            "รูป",
            "Foto",
        ],
    ),
    (
        "video",
        &["Video", "Videos", "動画", "视频", "影片", "동영상", "วิดีโอ"],
    ),
    (
        "audio",
        &[
            "Voice message",
            "ボイスメッセージ",
            "语音信息",
            "语音讯息",
            "語音訊息",
            "음성메시지",
            "음성 메시지",
            "ข้อความเสียง",
        ],
    ),
    (
        "sticker",
        &[
            "Sticker",
            "Stickers",
            "スタンプ",
            "贴图",
            "貼圖",
            "스티커",
            "สติกเกอร์",
            "Stiker",
        ],
    ),
    (
        "document",
        &["File", "ファイル", "文件", "檔案", "파일", "ไฟล์"],
    ),
];
const PLACES: &[&str] = &[
    "Location",
    "位置",
    "位置情報",
    "位置資訊",
    "위치정보",
    "위치",
    "ตำแหน่ง",
    "ตำแหน่งที่ตั้ง",
];
const CONTACTS: &[&str] = &[
    "Contact",
    "Contacts",
    "連絡先",
    "联系人",
    "联系信息",
    "聯絡資訊",
    "好友資訊",
    "연락처",
    "รายชื่อ",
];
const POLLS: &[&str] = &["Poll", "Polls", "投票", "투표"];
/// How a line of the app says that someone took a message back: what follows their name, or
/// stands before it.
const UNSENT: &[&str] = &[
    "unsent a message.",
    "unsent a message",
    "がメッセージの送信を取り消しました",
    "メッセージの送信を取り消しました",
    "撤回了一条消息",
    "撤回了一則訊息",
    "已收回訊息",
    "收回了訊息",
    "님이 메시지를 취소했습니다.",
    "ยกเลิกข้อความ",
    "Message unsent.",
    "Message unsent",
];
/// How a line of the app tells of an event: what it holds, and the event's name.
const EVENTS: &[(&str, &str)] = &[
    (" joined the group", "joined"),
    ("がグループに参加しました", "joined"),
    ("がトークに参加しました", "joined"),
    ("已加入群組", "joined"),
    ("加入群組", "joined"),
    ("已加入该群", "joined"),
    (" left the group", "left"),
    (" left the chat", "left"),
    ("がグループを退会しました", "left"),
    ("が退出しました", "left"),
    ("已離開群組", "left"),
    ("已退群", "left"),
    (" to the group", "added"),
    ("をグループに追加しました", "added"),
    ("がグループに招待されました", "added"),
    (" invited ", "added"),
    ("至群組", "added"),
    ("添加到群", "added"),
    ("添加至群", "added"),
    (" removed ", "removed"),
    ("を削除しました", "removed"),
    (" changed the group", "subject"),
    (" changed the name of the group", "subject"),
    ("グループ名を変更しました", "subject"),
    ("made an announcement", "pinned"),
    ("がアナウンスしました", "pinned"),
    ("已設定公告", "pinned"),
    ("发布了通告", "pinned"),
];

/// How a line of the app goes on after the names of those whom an event is about.
pub(in crate::import) fn after_names(event: &str) -> impl Iterator<Item = &'static str> {
    let of_event = EVENTS.iter().filter(move |(_, name)| *name == event);
    of_event.map(|(wording, _)| *wording)
}

/// What a body stands for.
pub(super) struct Meaning {
    /// The kind of message.
    pub(super) kind: Kind,
    /// The file that it stands for.
    pub(super) attachment: Option<Attachment>,
    /// The event of a line of the app or a call.
    pub(super) event: &'static str,
}

impl Meaning {
    fn of(kind: Kind) -> Meaning {
        Meaning {
            kind,
            attachment: None,
            event: "",
        }
    }
}

/// What the body of a message that someone sent stands for.
pub(super) fn of_body(body: &str) -> Meaning {
    if body.starts_with('☎') {
        let missed = [
            "Missed",
            "No answer",
            "不在着信",
            "応答なし",
            "未接",
            "부재중",
        ];
        return Meaning {
            event: if missed.iter().any(|word| body.contains(word)) {
                "missed"
            } else {
                ""
            },
            ..Meaning::of(Kind::Call)
        };
    }
    let label = body
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map(|(label, rest)| (label, rest.trim()));
    let Some((label, rest)) = label else {
        return Meaning::of(Kind::Text);
    };
    for (media, labels) in FILES {
        // A file's name may follow its label; words after another label are words.
        let named = *media == "document" && !rest.is_empty() && !rest.contains('\n');
        if labels.contains(&label) && (rest.is_empty() || named) {
            return Meaning {
                attachment: Some(Attachment {
                    name: rest.to_owned(),
                    state: AttachmentState::Omitted,
                    item: None,
                    media: (*media).to_owned(),
                    content_type: String::new(),
                    within: None,
                }),
                ..Meaning::of(if named {
                    Kind::Attachment
                } else {
                    Kind::Omitted
                })
            };
        }
    }
    if PLACES.contains(&label) || (label == "null" && rest.contains("maps.google.com")) {
        Meaning::of(Kind::Location)
    } else if CONTACTS.contains(&label) {
        Meaning::of(Kind::Contact)
    } else if POLLS.contains(&label) {
        Meaning::of(Kind::Poll)
    } else {
        Meaning::of(Kind::Text)
    }
}

/// What a line of the app tells.
pub(super) fn of_line(line: &str) -> Meaning {
    if line.starts_with('☎') {
        return of_body(line);
    }
    let bare = line.trim();
    if UNSENT
        .iter()
        .any(|words| bare.ends_with(words) || bare.starts_with(words))
    {
        return Meaning::of(Kind::Deleted);
    }
    let event = EVENTS
        .iter()
        .find(|(words, _)| bare.contains(words))
        .map_or("", |(_, event)| event);
    Meaning {
        event,
        ..Meaning::of(Kind::System)
    }
}

/// The chat's name in the first line of a file, and whether it says that it is a group:
/// `[LINE] Chat history with Ben`, `[LINE] Benとのトーク履歴`, `[LINE] 與Ben的聊天記錄`. A first line
/// of another language gives all that follows `[LINE]`.
pub(super) fn title_of(line: &str) -> Option<(&str, Option<bool>)> {
    const FORMS: &[(&str, &str, Option<bool>)] = &[
        // Older versions write `with` for groups too.
        ("Chat history with ", "", None),
        ("Chat history in ", "", Some(true)),
        ("", "とのトーク履歴", Some(false)),
        ("", "のトーク履歴", Some(true)),
        ("与", "的聊天记录", Some(false)),
        ("", "的聊天记录", Some(true)),
        ("與", "的聊天記錄", Some(false)),
        ("", "的聊天記錄", Some(true)),
        ("ประวัติการสนทนากับ", "", None),
    ];
    let line = line.trim();
    let marked = line.strip_prefix("[LINE]").map(str::trim_start);
    let rest = marked.unwrap_or(line);
    for (before, after, group) in FORMS {
        let title = rest
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .map(str::trim);
        if let Some(title) = title.filter(|title| !title.is_empty()) {
            return Some((title, *group));
        }
    }
    marked
        .filter(|title| !title.is_empty())
        .map(|title| (title, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lines_in_their_languages() {
        for (line, title, group) in [
            ("[LINE] Chat history with Ben", "Ben", None),
            ("Chat history with Ben", "Ben", None),
            ("[LINE] Chat history in Choir", "Choir", Some(true)),
            ("[LINE] 花子とのトーク履歴", "花子", Some(false)),
            ("[LINE] 合唱団のトーク履歴", "合唱団", Some(true)),
            ("[LINE] 与小明的聊天记录", "小明", Some(false)),
            ("[LINE] 小明的聊天記錄", "小明", Some(true)),
            ("[LINE] Cronologia con Ben", "Cronologia con Ben", None),
        ] {
            assert_eq!(title_of(line), Some((title, group)), "{line}");
        }
        assert_eq!(title_of("Dear all,"), None);
        assert_eq!(title_of("[LINE] "), None);
    }

    #[test]
    fn what_is_not_exported_is_known() {
        let kind = |body: &str| of_body(body).kind;
        assert_eq!(kind("[写真]"), Kind::Omitted);
        assert_eq!(kind("[Sticker] really"), Kind::Text);
        assert_eq!(kind("[Photos of the sea]"), Kind::Text);
        assert_eq!(kind("[File] minutes.pdf"), Kind::Attachment);
        assert_eq!(
            of_body("[File] minutes.pdf").attachment.unwrap().name,
            "minutes.pdf"
        );
        assert_eq!(kind("[位置情報] 1-1"), Kind::Location);
        assert_eq!(of_body("☎ 不在着信").event, "missed");
        assert_eq!(of_body("☎ Call time 1:02").event, "");
        assert_eq!(of_line("Ben unsent a message.").kind, Kind::Deleted);
        assert_eq!(
            of_line("花子がメッセージの送信を取り消しました").kind,
            Kind::Deleted
        );
        assert_eq!(of_line("Ben joined the group.").event, "joined");
        assert_eq!(of_line("Anything else").kind, Kind::System);
    }
}
