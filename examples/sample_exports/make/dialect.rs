//! How WhatsApp writes an export on one phone: the bytes of each line, by platform and language.
//!
//! Wording and invisible marks follow exports of 2023 and 2024: iOS ends a message with CRLF and a
//! line inside it with LF, writes U+200E before what the app itself wrote, and gives system lines a
//! sender; Android writes neither, and system lines have no sender.

use chrono::{Datelike, NaiveDateTime, Timelike};

/// A phone's platform, language and clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `[05/03/2024, 18:04:09] Name: body`
    IosEnGb,
    /// `[05.03.24, 18:04:09] Name: body`
    IosDe,
    /// `05/03/2024, 18:04 - Name: body`
    AndroidEnGb,
    /// `3/5/24, 6:04 PM - Name: body`, U+202F before the marker
    AndroidEnUs,
    /// `05.03.24, 18:04 - Name: body`
    AndroidDe,
    /// `05/03/2024, 18:04 - Name: body`, French wording
    AndroidFr,
}

/// What stands in one line of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Words.
    Text(String),
    /// Words that were changed after they were sent.
    Edited(String),
    /// Its sender deleted it.
    Deleted,
    /// An admin of the group deleted it.
    DeletedByAdmin(String),
    /// A file: its kind (`PHOTO`, `VIDEO`, `AUDIO`, `STICKER`, `DOC`), its name where the export
    /// names it, and a caption, which may be empty.
    Media {
        /// The kind of file.
        kind: &'static str,
        /// The name in the export; `None` where the export was made without media.
        file: Option<String>,
        /// Words under it.
        caption: String,
    },
    /// A poll: the question, and each option with its votes.
    Poll(String, Vec<(String, u32)>),
    /// A place, in degrees.
    Location(String),
    /// A contact card with its file name.
    Contact(String, bool),
    /// A call: video or voice, and its minutes; `None` when it was missed.
    Call(bool, Option<u32>),
    /// Something that could be seen once: `photo`, `video` or `voice message`.
    Once(&'static str),
    /// The app could not write it.
    Null,
    /// An empty body.
    Empty,
    /// A line the app wrote.
    System(Event),
}

/// What a line of the app reports. Names are as shown; `You` for the phone's owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The notice that stands first in a chat.
    Encrypted,
    /// Someone made the group, under a subject.
    Created(String, String),
    /// Someone added someone.
    Added(String, String),
    /// Someone came by the invite link.
    Joined(String),
    /// Someone left.
    Left(String),
    /// Someone removed someone.
    Removed(String, String),
    /// Someone changed the subject to this.
    Subject(String, String),
    /// Someone changed the picture.
    Icon(String),
    /// Someone changed the description.
    Description(String),
    /// Someone set the timer to so many days; 0 turns it off.
    Timer(String, u32),
    /// Someone has a new number.
    Number(String),
    /// Someone's security code is new.
    SecurityCode(String),
    /// The phone's owner became an admin.
    Admin,
    /// Someone pinned a message.
    Pinned(String),
}

const MARK: char = '\u{200E}';

impl Dialect {
    /// Whether it is an iPhone's.
    pub fn is_ios(self) -> bool {
        matches!(self, Dialect::IosEnGb | Dialect::IosDe)
    }

    /// The date and time, with the brackets or the dash around them.
    pub fn header(self, at: NaiveDateTime) -> String {
        let (y, m, d) = (at.year(), at.month(), at.day());
        let (h, min, s) = (at.hour(), at.minute(), at.second());
        let short = y.rem_euclid(100);
        match self {
            Dialect::IosEnGb => format!("[{d:02}/{m:02}/{y}, {h:02}:{min:02}:{s:02}] "),
            Dialect::IosDe => format!("[{d:02}.{m:02}.{short:02}, {h:02}:{min:02}:{s:02}] "),
            Dialect::AndroidEnGb | Dialect::AndroidFr => {
                format!("{d:02}/{m:02}/{y}, {h:02}:{min:02} - ")
            }
            Dialect::AndroidEnUs => {
                let (pm, hour) = at.hour12();
                let marker = if pm { "PM" } else { "AM" };
                format!("{m}/{d}/{short:02}, {hour}:{min:02}\u{202F}{marker} - ")
            }
            Dialect::AndroidDe => format!("{d:02}.{m:02}.{short:02}, {h:02}:{min:02} - "),
        }
    }

    /// One whole line (or lines, where the body has several) with its end.
    pub fn line(self, at: NaiveDateTime, title: &str, sender: &str, what: &What) -> String {
        let head = self.header(at);
        if let What::System(event) = what {
            let words = self.event(event);
            return if self.is_ios() {
                let shown = event.actor().filter(|actor| *actor != "You");
                let by = shown.unwrap_or(title);
                format!("{head}{by}: {MARK}{words}\r\n")
            } else {
                format!("{head}{words}\n")
            };
        }
        let body = self.body(what);
        if self.is_ios() {
            let lead = if matches!(what, What::Media { .. } | What::Contact(..)) {
                "\u{200E}"
            } else {
                ""
            };
            format!("{lead}{head}{sender}: {body}\r\n")
        } else {
            format!("{head}{sender}: {body}\n")
        }
    }

    fn body(self, what: &What) -> String {
        let ios = self.is_ios();
        match what {
            What::Text(text) => text.clone(),
            What::Edited(text) => match self {
                Dialect::IosEnGb => format!("{text} {MARK}<This message was edited>"),
                Dialect::IosDe => format!("{text} {MARK}<Diese Nachricht wurde bearbeitet.>"),
                Dialect::AndroidDe => format!("{text} <Diese Nachricht wurde bearbeitet.>"),
                Dialect::AndroidFr => format!("{text} <Ce message a été modifié>"),
                Dialect::AndroidEnGb | Dialect::AndroidEnUs => {
                    format!("{text} <This message was edited>")
                }
            },
            What::Deleted => match self {
                Dialect::IosEnGb => format!("{MARK}This message was deleted."),
                Dialect::IosDe => format!("{MARK}Diese Nachricht wurde gelöscht."),
                Dialect::AndroidDe => "Diese Nachricht wurde gelöscht.".into(),
                Dialect::AndroidFr => "Ce message a été supprimé".into(),
                Dialect::AndroidEnGb | Dialect::AndroidEnUs => "This message was deleted".into(),
            },
            What::DeletedByAdmin(admin) => match self {
                Dialect::IosEnGb => format!("{MARK}This message was deleted by admin {admin}."),
                Dialect::IosDe => {
                    format!("{MARK}Diese Nachricht wurde von Admin {admin} gelöscht.")
                }
                Dialect::AndroidDe => format!("Diese Nachricht wurde von Admin {admin} gelöscht."),
                Dialect::AndroidFr => format!("Ce message a été supprimé par l'admin {admin}"),
                Dialect::AndroidEnGb | Dialect::AndroidEnUs => {
                    format!("This message was deleted by admin {admin}")
                }
            },
            What::Media {
                kind,
                file,
                caption,
            } => self.media(kind, file.as_deref(), caption),
            What::Poll(question, options) => {
                let (poll, option, one, many) = match self {
                    Dialect::IosDe | Dialect::AndroidDe => {
                        ("UMFRAGE:", "OPTION:", "Stimme", "Stimmen")
                    }
                    Dialect::AndroidFr => ("SONDAGE :", "OPTION :", "vote", "votes"),
                    _ => ("POLL:", "OPTION:", "vote", "votes"),
                };
                let mark = if ios { "\u{200E}" } else { "" };
                let mut body = format!("{mark}{poll}\n{question}");
                for (text, votes) in options {
                    let word = if *votes == 1 { one } else { many };
                    body.push_str(&format!("\n{mark}{option} {text} ({votes} {word})"));
                }
                body
            }
            What::Location(place) => {
                let link = format!("https://maps.google.com/?q={place}");
                match self {
                    Dialect::IosEnGb => format!("{MARK}Location: {link}"),
                    Dialect::IosDe => format!("{MARK}Standort: {link}"),
                    Dialect::AndroidDe => format!("Standort: {link}"),
                    Dialect::AndroidFr => format!("localisation : {link}"),
                    Dialect::AndroidEnGb | Dialect::AndroidEnUs => format!("location: {link}"),
                }
            }
            What::Contact(name, named) => match (self, named) {
                (Dialect::IosEnGb, false) => format!("{MARK}Contact card omitted"),
                (Dialect::IosDe, false) => format!("{MARK}Kontaktkarte weggelassen"),
                _ => self.media("CONTACT", named.then_some(name.as_str()), ""),
            },
            What::Call(video, minutes) => self.call(*video, *minutes),
            What::Once(thing) => {
                if ios {
                    format!("{MARK}<View once {thing} omitted>")
                } else {
                    String::new()
                }
            }
            What::Null => "null".into(),
            What::Empty | What::System(_) => String::new(),
        }
    }

    fn media(self, kind: &str, file: Option<&str>, caption: &str) -> String {
        let Some(file) = file else {
            let omitted = match (self, kind) {
                (Dialect::IosEnGb, "PHOTO") => "\u{200E}image omitted",
                (Dialect::IosEnGb, "VIDEO") => "\u{200E}video omitted",
                (Dialect::IosEnGb, "AUDIO") => "\u{200E}audio omitted",
                (Dialect::IosEnGb, "STICKER") => "\u{200E}sticker omitted",
                (Dialect::IosEnGb, _) => "\u{200E}document omitted",
                (Dialect::IosDe, "PHOTO") => "\u{200E}Bild weggelassen",
                (Dialect::IosDe, "VIDEO") => "\u{200E}Video weggelassen",
                (Dialect::IosDe, "AUDIO") => "\u{200E}Audio weggelassen",
                (Dialect::IosDe, "STICKER") => "\u{200E}Sticker weggelassen",
                (Dialect::IosDe, _) => "\u{200E}Dokument weggelassen",
                (Dialect::AndroidDe, _) => "<Medien ausgeschlossen>",
                (Dialect::AndroidFr, _) => "<Médias omis>",
                (Dialect::AndroidEnGb | Dialect::AndroidEnUs, _) => "<Media omitted>",
            };
            return if caption.is_empty() {
                omitted.into()
            } else if self.is_ios() {
                format!("{caption} {omitted}")
            } else {
                format!("{omitted}\n{caption}")
            };
        };
        let tag = match self {
            Dialect::IosEnGb => format!("{MARK}<attached: {file}>"),
            Dialect::IosDe => format!("{MARK}<Anhang: {file}>"),
            Dialect::AndroidDe => format!("{file} (Datei angehängt)"),
            Dialect::AndroidFr => format!("{file} (fichier joint)"),
            Dialect::AndroidEnGb | Dialect::AndroidEnUs => format!("{file} (file attached)"),
        };
        if caption.is_empty() {
            tag
        } else if self.is_ios() {
            format!("{caption} {tag}")
        } else {
            format!("{MARK}{tag}\n{caption}")
        }
    }

    /// Android writes nothing of a call but `null`.
    fn call(self, video: bool, minutes: Option<u32>) -> String {
        let thing = match (self, video) {
            (Dialect::IosEnGb, true) => "video call",
            (Dialect::IosEnGb, false) => "voice call",
            (Dialect::IosDe, true) => "Videoanruf",
            (Dialect::IosDe, false) => "Sprachanruf",
            _ => return "null".into(),
        };
        match (self, minutes) {
            (Dialect::IosDe, None) => {
                format!("{MARK}Verpasster {thing}, {MARK}Zum Zurückrufen tippen")
            }
            (Dialect::IosDe, Some(minutes)) => format!("{MARK}{thing}, {MARK}{minutes} Min."),
            (_, None) => format!("{MARK}Missed {thing}, {MARK}Tap to call back"),
            (_, Some(minutes)) if video => format!("{MARK}Video call, {MARK}{minutes} min"),
            (_, Some(minutes)) => format!("{MARK}Voice call, {MARK}{minutes} min"),
        }
    }

    fn event(self, event: &Event) -> String {
        match self {
            Dialect::IosDe | Dialect::AndroidDe => event.german(),
            Dialect::AndroidFr => event.french(),
            Dialect::IosEnGb | Dialect::AndroidEnGb | Dialect::AndroidEnUs => {
                event.english(self.is_ios())
            }
        }
    }
}

impl Event {
    fn actor(&self) -> Option<&str> {
        match self {
            Event::Created(by, _)
            | Event::Added(by, _)
            | Event::Joined(by)
            | Event::Left(by)
            | Event::Removed(by, _)
            | Event::Subject(by, _)
            | Event::Icon(by)
            | Event::Description(by)
            | Event::Timer(by, _)
            | Event::Number(by)
            | Event::Pinned(by) => Some(by),
            Event::Encrypted | Event::SecurityCode(_) | Event::Admin => None,
        }
    }

    fn english(&self, ios: bool) -> String {
        let lower = |who: &str| {
            if who == "You" {
                "you".to_owned()
            } else {
                who.to_owned()
            }
        };
        let (open, close) = if ios { ('“', '”') } else { ('"', '"') };
        match self {
            Event::Encrypted => {
                let tail = if ios { "" } else { " Tap to learn more." };
                format!(
                    "Messages and calls are end-to-end encrypted. No one outside of this chat, \
                     not even WhatsApp, can read or listen to them.{tail}"
                )
            }
            Event::Created(by, _) if ios => format!("{by} created this group"),
            Event::Created(by, subject) => format!("{by} created group \"{subject}\""),
            Event::Added(by, who) => format!("{by} added {}", lower(who)),
            Event::Joined(who) if who == "You" => {
                "You joined using this group's invite link".into()
            }
            Event::Joined(who) => format!("{who} joined using this group's invite link"),
            Event::Left(who) => format!("{who} left"),
            Event::Removed(by, who) => format!("{by} removed {}", lower(who)),
            Event::Subject(by, to) => format!("{by} changed the group name to {open}{to}{close}"),
            Event::Icon(by) => format!("{by} changed this group's icon"),
            Event::Description(by) => format!("{by} changed the group description"),
            Event::Timer(by, 0) => format!("{by} turned off disappearing messages."),
            Event::Timer(by, days) => format!(
                "{by} turned on disappearing messages. New messages will disappear from this \
                 chat {days} days after they're sent, except when kept."
            ),
            Event::Number(who) => format!(
                "{who} changed their phone number to a new number. Tap to message or add the new \
                 number."
            ),
            Event::SecurityCode(who) => {
                format!("Your security code with {who} changed. Tap to learn more.")
            }
            Event::Admin => "You're now an admin".into(),
            Event::Pinned(by) => format!("{by} pinned a message"),
        }
    }

    fn german(&self) -> String {
        let you = |who: &str| who == "You";
        match self {
            Event::Encrypted => {
                "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt. Niemand außerhalb dieses \
                 Chats kann sie lesen oder anhören, nicht einmal WhatsApp. Tippe, um mehr zu \
                 erfahren."
                    .into()
            }
            Event::Created(by, subject) if you(by) => {
                format!("Du hast die Gruppe \"{subject}\" erstellt.")
            }
            Event::Created(by, subject) => format!("{by} hat die Gruppe \"{subject}\" erstellt."),
            Event::Added(by, who) if you(by) => format!("Du hast {who} hinzugefügt."),
            Event::Added(by, who) if you(who) => format!("{by} hat dich hinzugefügt."),
            Event::Added(by, who) => format!("{by} hat {who} hinzugefügt."),
            Event::Joined(who) => {
                format!("{who} ist dieser Gruppe über den Einladungslink beigetreten.")
            }
            Event::Left(who) => format!("{who} hat die Gruppe verlassen."),
            Event::Removed(by, who) => format!("{by} hat {who} entfernt."),
            Event::Subject(by, to) => format!("{by} hat den Gruppennamen zu \"{to}\" geändert."),
            Event::Icon(by) => format!("{by} hat das Gruppenbild geändert."),
            Event::Description(by) => format!("{by} hat die Gruppenbeschreibung geändert."),
            Event::Timer(by, 0) => format!("{by} hat selbstlöschende Nachrichten deaktiviert."),
            Event::Timer(by, days) => format!(
                "{by} hat selbstlöschende Nachrichten aktiviert. Neue Nachrichten verschwinden \
                 {days} Tage nach dem Senden aus diesem Chat."
            ),
            Event::Number(who) => format!("{who} hat eine neue Telefonnummer."),
            Event::SecurityCode(who) => format!(
                "Deine Sicherheitsnummer für {who} hat sich geändert. Tippe, um mehr zu erfahren."
            ),
            Event::Admin => "Du bist jetzt Admin.".into(),
            Event::Pinned(by) => format!("{by} hat eine Nachricht angeheftet"),
        }
    }

    fn french(&self) -> String {
        let you = |who: &str| who == "You";
        match self {
            Event::Encrypted => "Les messages et les appels sont chiffrés de bout en bout. Aucun \
                                 tiers, pas même WhatsApp, ne peut les lire ou les écouter. \
                                 Appuyez pour en savoir plus."
                .into(),
            Event::Created(by, subject) => format!("{by} a créé le groupe « {subject} »"),
            Event::Added(by, who) if you(who) => format!("{by} vous a ajouté(e)"),
            Event::Added(by, who) => format!("{by} a ajouté {who}"),
            Event::Joined(who) => format!("{who} a rejoint via le lien d'invitation du groupe"),
            Event::Left(who) => format!("{who} est parti(e)"),
            Event::Removed(by, who) => format!("{by} a retiré {who}"),
            Event::Subject(by, to) => format!("{by} a changé le nom du groupe en « {to} »"),
            Event::Icon(by) => format!("{by} a changé l'icône du groupe"),
            Event::Description(by) => format!("{by} a changé la description du groupe"),
            Event::Timer(by, 0) => format!("{by} a désactivé les messages éphémères."),
            Event::Timer(by, days) => format!(
                "{by} a activé les messages éphémères. Les nouveaux messages disparaîtront de \
                 cette discussion {days} jours après leur envoi."
            ),
            Event::Number(who) => format!("{who} a changé de numéro de téléphone."),
            Event::SecurityCode(who) => {
                format!("Votre code de sécurité avec {who} a changé. Appuyez pour en savoir plus.")
            }
            Event::Admin => "Vous êtes désormais admin".into(),
            Event::Pinned(by) => format!("{by} a épinglé un message"),
        }
    }
}
