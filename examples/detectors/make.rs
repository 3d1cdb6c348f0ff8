//! Labelled messages for measuring detectors: fictional, seeded, the same on every machine.
//!
//! Each message is a sentence as somebody would type it on a phone. Some say what their number is in
//! words that detectors know, some in other words, some not at all; and as many messages hold
//! look-alikes that are nobody's data. Numbers are from ranges that are kept for fiction or for tests
//! where there are such ranges (Ofcom's for drama, NHS numbers beginning 999, administrative prefixes
//! of National Insurance numbers, test cards, ages of vehicles that are not yet given out), with
//! right check digits.

// Its own texts and lists alone are cut here.
#![allow(clippy::indexing_slicing, clippy::string_slice)]

use std::ops::Range;

/// A message, and what is personal in it: its bytes and the detector that should point at them.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// The message.
    pub text: String,
    /// In order.
    pub labels: Vec<(Range<usize>, &'static str)>,
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub struct Rng(u64);

impl Rng {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    pub fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len() as u64) as usize]
    }

    /// So many digits, the first of which may be 0.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'0' + self.below(10) as u8))
            .collect()
    }

    fn letters(&mut self, count: usize, of: &str) -> String {
        let of: Vec<char> = of.chars().collect();
        (0..count)
            .map(|_| of[self.below(of.len() as u64) as usize])
            .collect()
    }
}

fn digit(text: &str, at: usize) -> u32 {
    u32::from(text.as_bytes()[at] - b'0')
}

/// The tenth digit of a number checked modulo 11; `None` where no number is given out.
fn modulus_11(nine: &str) -> Option<u32> {
    let sum: u32 = (0..9).map(|at| (10 - at as u32) * digit(nine, at)).sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        check => Some(check),
    }
}

fn checked(rng: &mut Rng, mut nine: impl FnMut(&mut Rng) -> String) -> String {
    loop {
        let nine = nine(rng);
        if let Some(check) = modulus_11(&nine) {
            return format!("{nine}{check}");
        }
    }
}

pub fn grouped(text: &str, lengths: &[usize], gap: &str) -> String {
    let mut rest = text;
    let mut groups = Vec::new();
    for length in lengths {
        let (group, more) = rest.split_at(*length);
        groups.push(group);
        rest = more;
    }
    groups.join(gap)
}

pub fn nhs(rng: &mut Rng) -> String {
    let number = checked(rng, |rng| format!("999{}", rng.digits(6)));
    match rng.below(4) {
        0 => number,
        1 => grouped(&number, &[3, 3, 4], "-"),
        _ => grouped(&number, &[3, 3, 4], " "),
    }
}

pub fn date(rng: &mut Rng) -> (u64, u64, u64) {
    (1 + rng.below(28), 1 + rng.below(12), 1925 + rng.below(80))
}

pub fn chi(rng: &mut Rng) -> String {
    let number = checked(rng, |rng| {
        let (day, month, year) = date(rng);
        format!("{day:02}{month:02}{:02}{}", year % 100, rng.digits(3))
    });
    match rng.below(3) {
        0 => grouped(&number, &[6, 4], " "),
        _ => number,
    }
}

pub fn nino(rng: &mut Rng) -> String {
    let prefix = rng.pick(&["MW", "NC", "PP", "PY", "PZ"]);
    let number = format!("{prefix}{}{}", rng.digits(6), rng.letters(1, "ABCD"));
    match rng.below(4) {
        0 => grouped(&number, &[2, 2, 2, 2, 1], " "),
        1 => number.to_lowercase(),
        _ => number,
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn dob(rng: &mut Rng) -> String {
    let (day, month, year) = date(rng);
    let name = MONTHS[month as usize - 1];
    match rng.below(7) {
        0 => format!("{day:02}/{month:02}/{year}"),
        1 => format!("{day}/{month}/{:02}", year % 100),
        2 => format!("{day}.{month}.{year}"),
        3 => format!("{year}-{month:02}-{day:02}"),
        4 => format!("{day} {} {year}", &name[..3]),
        5 => format!(
            "{day}{} of {name} {year}",
            ["th", "st", "nd", "rd"][match day {
                1 | 21 => 1,
                2 | 22 => 2,
                3 | 23 => 3,
                _ => 0,
            }]
        ),
        _ => format!("{day} {name} {year}"),
    }
}

const GIVEN: [&str; 28] = [
    "Moira",
    "Agnes",
    "Ibrahim",
    "Catherine",
    "Wilfred",
    "Priya",
    "Dylan",
    "Sheila",
    "Mohammed",
    "Eilidh",
    "Tomasz",
    "Grace",
    "Norman",
    "Fatima",
    "Robert",
    "Siobhan",
    "Kwame",
    "Jean",
    "Alan",
    "Beryl",
    "Chidi",
    "Rhona",
    "Liam",
    "Hazel",
    "Xanthe",
    "Fidelma",
    "Tamsin",
    "Ottoline",
];
const FAMILY: [&str; 18] = [
    "Blackwood",
    "Ashcombe",
    "Farrow-Lyle",
    "McQuillan",
    "Thistleton",
    "Okonedo",
    "Harrowgate",
    "Vance",
    "Patterdale",
    "O'Fallon",
    "Whinfield",
    "Kettlewell",
    "Abara",
    "Drummore",
    "Sedgwick",
    "Lanyon",
    "Brightholm",
    "Tarrant",
];

fn person(rng: &mut Rng) -> String {
    let family = rng.pick(&FAMILY);
    match rng.below(5) {
        0 => format!("{} {family}", rng.pick(&["Mrs", "Mr", "Ms", "Miss"])),
        1 => format!("{family}, {}", rng.pick(&GIVEN)),
        _ => format!("{} {family}", rng.pick(&GIVEN)),
    }
}

fn phone(rng: &mut Rng) -> String {
    let end = rng.digits(3);
    match rng.below(9) {
        0 => format!("07700 900{end}"),
        1 => format!("07700900{end}"),
        2 => format!("+44 7700 900{end}"),
        3 => format!("+447700900{end}"),
        4 => format!("020 7946 0{end}"),
        5 => format!("0131 496 0{end}"),
        6 => format!("(01632) 960{end}"),
        7 => format!("+44 (0)7700 900 {end}"),
        _ => format!("+1 202-555-01{}", &end[..2]),
    }
}

fn email(rng: &mut Rng) -> String {
    let (given, family) = (rng.pick(&GIVEN), rng.pick(&FAMILY));
    let family: String = family.chars().filter(char::is_ascii_alphabetic).collect();
    let domain = rng.pick(&[
        "example.org",
        "mail.example.com",
        "example.net",
        "trust.example",
    ]);
    match rng.below(3) {
        0 => format!("{given}.{family}@{domain}").to_lowercase(),
        1 => format!("{given}{}@{domain}", rng.digits(2)),
        _ => format!("{}_{family}@{domain}", &given[..1]).to_lowercase(),
    }
}

pub fn postcode(rng: &mut Rng) -> String {
    let area = rng.pick(&["ZZ99", "EH99", "ML99", "SW99", "B99", "M99", "EC9Z"]);
    let end = format!(
        "{}{}",
        rng.digits(1),
        rng.letters(2, "ABDEFGHJLNPQRSTUWXYZ")
    );
    match rng.below(6) {
        0 => format!("{area}{end}"),
        1 => format!("{area} {end}").to_lowercase(),
        _ => format!("{area} {end}"),
    }
}

fn address(rng: &mut Rng) -> String {
    let name = rng.pick(&[
        "Rosebank",
        "Old Mill",
        "Station",
        "High",
        "St Brannoc's",
        "Quarry",
        "Larkfield",
        "Victoria",
    ]);
    let kind = rng.pick(&[
        "Road", "Street", "Terrace", "Lane", "Ave", "Crescent", "Close", "Rd", "St",
    ]);
    let number = 1 + rng.below(180);
    match rng.below(5) {
        0 => format!("Flat {}, {number} {name} {kind}", 1 + rng.below(12)),
        1 => format!("{number}{} {name} {kind}", rng.letters(1, "AB")),
        _ => format!("{number} {name} {kind}"),
    }
}

pub fn card(rng: &mut Rng) -> String {
    let number = rng.pick(&[
        "4111111111111111",
        "4012888888881881",
        "5555555555554444",
        "5105105105105100",
        "378282246310005",
        "6011111111111117",
        "3530111333300000",
        "2223003122003222",
    ]);
    match (number.len(), rng.below(3)) {
        (_, 0) => number.to_owned(),
        (15, _) => grouped(number, &[4, 6, 5], " "),
        (_, 1) => grouped(number, &[4, 4, 4, 4], "-"),
        _ => grouped(number, &[4, 4, 4, 4], " "),
    }
}

pub fn iban(rng: &mut Rng) -> String {
    let account = format!("WEST{}", rng.digits(14));
    let value = |c: char| c.to_digit(36).unwrap_or_default();
    let all = format!("{account}GB00");
    let rest = all.chars().fold(0_u64, |sum, c| match value(c) {
        small @ 0..=9 => (sum * 10 + u64::from(small)) % 97,
        large => (sum * 100 + u64::from(large)) % 97,
    });
    let iban = format!("GB{:02}{account}", 98 - rest);
    match rng.below(2) {
        0 => iban,
        _ => grouped(&iban, &[4, 4, 4, 4, 4, 2], " "),
    }
}

fn sort_code(rng: &mut Rng) -> String {
    let code = format!("00{}", rng.digits(4));
    match rng.below(4) {
        0 => grouped(&code, &[2, 2, 2], " "),
        1 => code,
        _ => grouped(&code, &[2, 2, 2], "-"),
    }
}

fn account(rng: &mut Rng) -> String {
    rng.digits(8)
}

pub fn passport(rng: &mut Rng) -> String {
    match rng.below(4) {
        0 => format!("{}{}", rng.letters(2, "ABCDEFGH"), rng.digits(7)),
        _ => rng.digits(9),
    }
}

pub fn licence(rng: &mut Rng) -> String {
    let family: String = rng
        .pick(&FAMILY)
        .chars()
        .filter(char::is_ascii_alphabetic)
        .collect();
    let family = format!("{:9<5}", family.to_uppercase());
    let (day, month, year) = date(rng);
    let month = month + 50 * rng.below(2);
    format!(
        "{}{}{month:02}{day:02}{}{}9{}{}",
        &family[..5],
        year / 10 % 10,
        year % 10,
        rng.letters(1, "ABCDEFGHJKLMN"),
        rng.digits(1),
        rng.letters(2, "ABCDEFGHJKLMNPRSTUVWXYZ"),
    )
}

pub fn utr(rng: &mut Rng) -> String {
    let body = rng.digits(9);
    let weights = [6, 7, 8, 9, 10, 5, 4, 3, 2];
    let sum: u32 = weights
        .iter()
        .enumerate()
        .map(|(at, w)| w * digit(&body, at))
        .sum();
    let check = b"21987654321"[(sum % 11) as usize];
    let number = format!("{}{body}", char::from(check));
    match rng.below(3) {
        0 => grouped(&number, &[5, 5], " "),
        _ => number,
    }
}

pub fn vehicle(rng: &mut Rng) -> String {
    let letters = "ABCDEFGHJKLMNOPRSTUVWXY";
    let area = rng.letters(2, "ABCDEFGHJKLMNPRSTUVWXY");
    let age = 30 + rng.below(10) + 50 * rng.below(2);
    let end = rng.letters(3, letters);
    match rng.below(6) {
        0 => format!("{area}{age}{end}"),
        1 => format!(
            "{}{} {end}",
            rng.letters(1, "ABCDEFGHJKLMNPRSTVWXY"),
            rng.digits(3)
        ),
        _ => format!("{area}{age} {end}"),
    }
}

type Value = fn(&mut Rng) -> String;

/// A detector, what it should point at, and sentences around that: `{}` is the place.
const POSITIVE: &[(&str, Value, &[&str])] = &[
    (
        "nhs",
        nhs,
        &[
            "NHS no {} for the lady in bed 4",
            "nhs number {}, can you check the notes",
            "Patient in 12: {}",
            "{} is the NHS one",
            "can someone look up {} please",
            "the wee man's number is {} and he is for a scan",
            "Hosp no changed but NHS {} still right",
            "referral for {} came back",
            "{}",
            "new pt {} arriving at 3",
        ],
    ),
    (
        "chi",
        chi,
        &[
            "CHI {} please",
            "chi no: {}",
            "can you pull the notes for {}",
            "{} in bed 7, bloods due",
            "pt {} needs transport",
            "{} is her CHI",
            "got {} down for Thursday's list",
            "{}",
        ],
    ),
    (
        "nino",
        nino,
        &[
            "NI number {}",
            "my national insurance is {}",
            "payroll want {} confirmed",
            "nino: {}",
            "{} thats mine",
            "HR have me as {}, is that you too?",
            "{}",
        ],
    ),
    (
        "dob",
        dob,
        &[
            "DOB {}",
            "dob: {} I think",
            "she was born on {}",
            "D.O.B. {}",
            "date of birth {}",
            "born {} in Leith",
            "patient, {}, query sepsis",
            "his birthday is {}",
            "bed 9 is {} so over 65",
            "DoB {} same surname",
        ],
    ),
    (
        "person",
        person,
        &[
            "{} in bed 4 tested positive",
            "{} was admitted overnight",
            "{} needs a dressing change",
            "bloods back for {}",
            "patient {} is asking for you",
            "{} for discharge today, meds ready",
            "can someone see {}, sats dropping on the ward",
            "{} had her scan",
            "swab from {} lost again",
            "moved {} to the side room, query covid",
        ],
    ),
    (
        "phone",
        phone,
        &[
            "call me on {}",
            "{} is my new number",
            "Tel {}",
            "her mob: {}",
            "ring the desk {}",
            "{}",
            "try {} after 6",
            "my mate's, {}",
            "text {} when you land",
            "out of hours is {}",
        ],
    ),
    (
        "email",
        email,
        &[
            "send it to {}",
            "{} is best",
            "cc {} please",
            "my private one: {}",
            "<{}>",
            "{}.",
            "forward to {}, not the shared inbox",
        ],
    ),
    (
        "postcode",
        postcode,
        &[
            "postcode is {}",
            "sat nav says {}",
            "they live at {}",
            "{} for the delivery",
            "{}",
            "her address is somewhere in {}",
            "going to {} first",
        ],
    ),
    (
        "address",
        address,
        &[
            "she lives at {}",
            "deliver to {}, blue door",
            "meet at {}",
            "the house is {}",
            "{}",
            "home visit: {} at 2pm",
            "key is with the neighbour at {}",
        ],
    ),
    (
        "card",
        card,
        &[
            "use my card {}",
            "{} exp 04/29",
            "card number {} for the rooms",
            "{}",
            "put it on {} and I'll claim it",
            "visa {}",
        ],
    ),
    (
        "iban",
        iban,
        &[
            "IBAN {}",
            "transfer to {}",
            "{}",
            "account is {} by the way",
        ],
    ),
    (
        "bank",
        sort_code,
        &["sort code {}", "sc {}", "S/C: {}", "my sort code's {}"],
    ),
    (
        "bank",
        account,
        &[
            "account no {}",
            "a/c {}",
            "acc {} same bank",
            "account number: {}",
        ],
    ),
    (
        "passport",
        passport,
        &[
            "passport no {}",
            "my passport number is {}",
            "passport {} expires May",
            "they want the passport: {}",
        ],
    ),
    (
        "licence",
        licence,
        &[
            "driving licence {}",
            "licence no {}",
            "{}",
            "DVLA have me as {}",
        ],
    ),
    (
        "utr",
        utr,
        &[
            "UTR {}",
            "my tax reference is {}",
            "HMRC utr: {}",
            "self assessment {}",
        ],
    ),
    (
        "vehicle",
        vehicle,
        &[
            "my reg is {}",
            "parked out front, {}",
            "white van {}",
            "{} is blocking the bay",
            "car reg {} for the pass",
            "{}",
        ],
    ),
];

/// What looks like somebody's data and is nobody's: `#` is a digit, `@` a letter in capitals.
const NEGATIVE: &[&str] = &[
    "order ########## shipped",
    "invoice no 0######### attached",
    "PO ########",
    "meeting ID ### #### ####",
    "passcode ######",
    "ref @@######",
    "ticket @@######@",
    "the contract is worth £#,###,###",
    "budget line ### ### ####",
    "£##.## each",
    "see you at 1#:30 on 2#/0#/2024",
    "the meeting moved to 1#.0#.2024",
    "deadline 2024-0#-1#",
    "version 1.#.#.#",
    "score was #-# at half time",
    "room ##@ on level #",
    "bus 4# from stop ##",
    "ISBN 978-#-####-####-#",
    "tracking ################",
    "it cost ####.##",
    "#### people signed and ##,### looked",
    "page ### of ####",
    "the A### is shut at junction 1#",
    "flight @@#### lands 1#.20",
    "train at ##:## from platform #",
    "10 of them on the road",
    "3 March Street party planning",
    "at 10 Crown Court sat",
    "Royal Infirmary ward round at 9",
    "the Minister and the Permanent Secretary agreed",
    "Monday Morning bed meeting moved",
    "Dr Patterdale is on call for the ward",
    "board paper ##/####",
    "Section 4# notice",
    "FOI-####-##### due Friday",
    "case ### of 20##",
    "EC#@ is a grid square",
    "MP###",
    "photo_##@2024-03-##-##-##-##.jpg",
    "IMG-2024####-WA####.jpg",
    "https://example.org/t/##########",
    "lat 55.######, lon -3.######",
    "10.#.#.# is down again",
    "@team please read",
    "5 @ £3.50",
    "the 999 call",
    "call 111 first",
    "ext ####",
    "Q# figures are in",
    "COVID-19 briefing 1#",
    "AB-#### form",
    "B#### road closed",
    "T#@ line is delayed",
    "#####",
    "## ## ##",
    "1#/##/####/##",
    "Grace and I will see the scan results of the budget model",
    "Hazel is buying the cake",
    "May I ask who has the surgery slot",
    "Mr Speaker",
    "Mrs May was in the car",
    "thanks all, great work",
    "running late",
    "who has the deck?",
    "lunch at 1?",
    "ok",
    "on my way",
    "can we push the 3pm to 4",
    "the supplier has not answered since Tuesday",
    "are we publishing the figures today or tomorrow",
    "kids are off school, will dial in",
];

/// Sentences that may stand before or after.
const AROUND: &[&str] = &[
    "",
    "",
    "",
    "morning",
    "sorry for the delay",
    "thx",
    "as discussed",
    "fyi",
    "urgent",
    "can you sort this",
    "see below",
    "not sure who has this",
    "ta",
    "one more",
];

fn fill(rng: &mut Rng, template: &str) -> String {
    template
        .chars()
        .map(|c| match c {
            '#' => char::from(b'0' + rng.below(10) as u8),
            '@' if !template.contains("@team")
                && !template.contains("5 @")
                && !template.contains("photo_") =>
            {
                char::from(b'A' + rng.below(26) as u8)
            }
            c => c,
        })
        .collect()
}

/// So many messages for each detector, and as many that hold nothing.
pub fn make(seed: u64, each: usize) -> Vec<Labelled> {
    let mut rng = Rng::new(seed);
    let mut all = Vec::new();
    for (kind, value, templates) in POSITIVE {
        for _ in 0..each {
            let template = rng.pick(templates);
            let value = value(&mut rng);
            let before = rng.pick(AROUND);
            let before = if before.is_empty() {
                String::new()
            } else {
                format!("{before}. ")
            };
            let (head, tail) = template.split_once("{}").unwrap_or((template, ""));
            let start = before.len() + head.len();
            let mut text = format!("{before}{head}{value}{tail}");
            let after = rng.pick(AROUND);
            if !after.is_empty() {
                text += &format!(". {after}");
            }
            let labels = vec![(start..start + value.len(), *kind)];
            all.push(Labelled { text, labels });
        }
    }
    for _ in 0..each * POSITIVE.len() {
        let template = rng.pick(NEGATIVE);
        let text = fill(&mut rng, template);
        all.push(Labelled {
            text,
            labels: Vec::new(),
        });
    }
    all
}

/// How a detector did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Labels of its kind.
    pub labels: usize,
    /// Those that it points at, by half of their bytes or more.
    pub found: usize,
    /// How often it points at something that has no label of its kind.
    pub false_alarms: usize,
}

impl Score {
    /// Of what it points at, how much is right.
    pub fn precision(self) -> f64 {
        match self.found + self.false_alarms {
            0 => 1.0,
            all => self.found as f64 / all as f64,
        }
    }

    /// Of what there is, how much it points at.
    pub fn recall(self) -> f64 {
        match self.labels {
            0 => 1.0,
            all => self.found as f64 / all as f64,
        }
    }
}

/// Scores what was found in one message.
pub fn score<'a>(
    labelled: &Labelled,
    hits: &[(Range<usize>, &'a str)],
    into: &mut std::collections::BTreeMap<&'a str, Score>,
) {
    let covers = |hit: &Range<usize>, label: &Range<usize>| {
        let both = hit
            .end
            .min(label.end)
            .saturating_sub(hit.start.max(label.start));
        both * 2 >= label.len() && both > 0
    };
    for (span, kind) in hits {
        let right = labelled
            .labels
            .iter()
            .any(|(label, wanted)| wanted == kind && covers(span, label));
        let one = into.entry(kind).or_default();
        one.false_alarms += usize::from(!right);
    }
    for (label, kind) in &labelled.labels {
        let found = hits
            .iter()
            .any(|(span, of)| of == kind && covers(span, label));
        let one = into.entry(kind).or_default();
        one.labels += 1;
        one.found += usize::from(found);
    }
}
