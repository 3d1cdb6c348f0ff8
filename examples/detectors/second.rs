//! A second set of labelled messages, on which no detector was tuned: other sentences, other people,
//! other separators than those of the first, forms filled in, lines as a scanner reads them, what
//! phones make of typing; and decoys of its own: parcels, books, chains, logs, meters, other countries'
//! numbers. It was fixed before the first run, whose figures stand in `docs/findings.md`; whoever
//! tunes a detector on it needs a third.

// Its own texts alone are cut here.
#![allow(clippy::string_slice)]

use super::make::{self, Labelled, Rng, grouped};

/// What stands in a message: a maker of values, and sentences around them.
type Kind = (
    &'static str,
    fn(&mut Rng) -> String,
    &'static [&'static str],
);

fn bare(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// A 0 that a scanner read as a letter.
fn misread(rng: &mut Rng, text: String) -> String {
    match rng.below(14) {
        0 => text.replacen('0', "O", 1),
        _ => text,
    }
}

fn nhs(rng: &mut Rng) -> String {
    let number = bare(&make::nhs(rng));
    let text = match rng.below(7) {
        0 => grouped(&number, &[3, 3, 4], "."),
        1 => grouped(&number, &[3, 7], " "),
        2 => grouped(&number, &[3, 3, 4], "\u{a0}"),
        3 => grouped(&number, &[3, 3, 4], "-"),
        4 => number,
        _ => grouped(&number, &[3, 3, 4], " "),
    };
    misread(rng, text)
}

fn chi(rng: &mut Rng) -> String {
    let number = bare(&make::chi(rng));
    match rng.below(4) {
        0 => grouped(&number, &[6, 4], "-"),
        1 => grouped(&number, &[6, 4], "/"),
        2 => grouped(&number, &[6, 4], " "),
        _ => number,
    }
}

fn nino(rng: &mut Rng) -> String {
    let number = bare(&make::nino(rng)).to_uppercase();
    let text = match rng.below(6) {
        0 => grouped(&number, &[2, 6, 1], " "),
        1 => grouped(&number, &[2, 2, 2, 2, 1], "-"),
        2 => grouped(&number, &[2, 2, 2, 2, 1], "."),
        3 => grouped(&number, &[2, 2, 2, 2, 1], " ").to_lowercase(),
        _ => number,
    };
    misread(rng, text)
}

fn dob(rng: &mut Rng) -> String {
    let (day, month, year) = make::date(rng);
    let name = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let name = name.get(month as usize - 1).copied().unwrap_or("Jan");
    match rng.below(8) {
        0 => format!("{year}-{month:02}-{day:02}"),
        1 => format!("{day}.{month}.{:02}", year % 100),
        2 => format!("{day} {name} {:02}", year % 100),
        3 => format!("{name} {day}, {year}"),
        4 => format!("{day:02}{}{year}", name.to_uppercase()),
        5 => format!("{day:02} {month:02} {year}"),
        6 => format!("{day:02}{month:02}{year}"),
        _ => format!("{day}/{month}/{year}"),
    }
}

fn person(rng: &mut Rng) -> String {
    let given = rng.pick(&[
        "Rhiannon",
        "Oluwaseun",
        "Moira",
        "Gurpreet",
        "Siobhan",
        "Tomasz",
        "Edna",
    ]);
    let family = rng.pick(&[
        "Pritchard",
        "Adebayo",
        "MacAskill",
        "Sandhu",
        "Ní Dhomhnaill",
        "Wójcik",
    ]);
    match rng.below(6) {
        0 => format!("{}, {given}", family.to_uppercase()),
        1 => format!("Mrs. {family}"),
        2 => format!("Mr {family}"),
        3 => format!("Miss {given} {family}"),
        _ => format!("{given} {family}"),
    }
}

fn phone(rng: &mut Rng) -> String {
    let last = rng.digits(3);
    match rng.below(9) {
        0 => format!("+44 (0) 7700 900 {last}"),
        1 => format!("0044 7700 900{last}"),
        2 => format!("07700-900-{last}"),
        3 => format!("07700 900 {last}"),
        4 => format!("(0131) 496 0{last}"),
        5 => format!("020.7946.0{last}"),
        6 => format!("+44-7700-900{last}"),
        7 => format!("0 7700 900{last}"),
        _ => format!("07700900{last}"),
    }
}

fn email(rng: &mut Rng) -> String {
    let name = rng.pick(&[
        "r.pritchard",
        "oadebayo7",
        "moira_m",
        "g-sandhu+ward",
        "EDNA.W",
    ]);
    match rng.below(6) {
        0 => format!("{name} [at] example.org"),
        1 => format!("{name}@lists.example.net"),
        2 => format!("{name}@EXAMPLE.ORG"),
        _ => format!("{name}@example.com"),
    }
}

fn postcode(rng: &mut Rng) -> String {
    let code = bare(&make::postcode(rng)).to_uppercase();
    let (out, inward) = code.split_at(code.len() - 3);
    match rng.below(5) {
        0 => format!("{out}  {inward}"),
        1 => code.to_lowercase(),
        2 => format!("{} {}", out.to_lowercase(), inward.to_lowercase()),
        3 => code,
        _ => format!("{out} {inward}"),
    }
}

fn address(rng: &mut Rng) -> String {
    let number = 1 + rng.below(180);
    let street = rng.pick(&["Glanmor", "Castle Vale", "St Brannock", "Pentland", "Mill"]);
    match rng.below(6) {
        0 => format!("{number}, {street} Road"),
        1 => format!("{number}A {street} St."),
        2 => format!("Flat 2/1, {number} {street} Terrace"),
        3 => format!("{number} {} crescent", street.to_lowercase()),
        4 => format!("{number} {street} Heights"),
        _ => format!("{number} {street} Avenue"),
    }
}

fn card(rng: &mut Rng) -> String {
    let number = bare(&make::card(rng));
    match (number.len(), rng.below(4)) {
        (16, 0) => grouped(&number, &[4, 4, 4, 4], "-"),
        (16, 1) => grouped(&number, &[4, 4, 4, 4], "."),
        (16, 2) => grouped(&number, &[4, 4, 4, 4], " "),
        _ => number,
    }
}

fn iban(rng: &mut Rng) -> String {
    let number = bare(&make::iban(rng));
    match rng.below(4) {
        0 => number.to_lowercase(),
        1 => {
            let parts: Vec<&[u8]> = number.as_bytes().chunks(4).collect();
            let parts: Vec<_> = parts
                .iter()
                .map(|part| String::from_utf8_lossy(part))
                .collect();
            parts.join("-")
        }
        2 => format!("{} {}", &number[..4], &number[4..]),
        _ => number,
    }
}

fn bank(rng: &mut Rng) -> String {
    let sort = rng.digits(6);
    match rng.below(4) {
        0 => grouped(&sort, &[2, 2, 2], " "),
        1 => sort,
        _ => grouped(&sort, &[2, 2, 2], "-"),
    }
}

fn licence(rng: &mut Rng) -> String {
    let number = bare(&make::licence(rng));
    match rng.below(3) {
        0 if number.len() == 16 => grouped(&number, &[5, 6, 5], " "),
        1 => number.to_lowercase(),
        _ => number,
    }
}

fn utr(rng: &mut Rng) -> String {
    let number = bare(&make::utr(rng));
    match rng.below(3) {
        0 => grouped(&number, &[5, 5], " "),
        1 => format!("{number}K"),
        _ => number,
    }
}

fn vehicle(rng: &mut Rng) -> String {
    let mark = bare(&make::vehicle(rng));
    match rng.below(4) {
        0 => mark.to_lowercase(),
        1 if mark.len() == 7 => format!("{}-{}", &mark[..4], &mark[4..]),
        2 if mark.len() == 7 => format!("{} {}", &mark[..4], &mark[4..]),
        _ => mark,
    }
}

const KINDS: &[Kind] = &[
    (
        "nhs",
        nhs,
        &[
            "NHS#: {}",
            "| NHS NUMBER | {} |",
            "hi hun its {} on her wristband (NHS one)",
            "Px {} DNA clinic",
            "nhs no.{} cheers",
            "Label reads\nNHS {}\nWARD 7B",
        ],
    ),
    (
        "chi",
        chi,
        &[
            "CHI: {}",
            "chi number={}",
            "Pls find CHI {} in TrakCare",
            "patient CHI\n{}",
            "her chi is {} apparently",
        ],
    ),
    (
        "nino",
        nino,
        &[
            "NINo: {}",
            "National Insurance No {}",
            "payslip says {} for NI",
            "NI: {}\nTax code: 1257L",
            "DWP want my nino, {}",
        ],
    ),
    (
        "dob",
        dob,
        &[
            "D.o.B: {}",
            "DOB={}",
            "Date of Birth\n{}",
            "mum's dob {} if they ask",
            "baby born {} at term",
            "b. {} (DOB from passport scan)",
        ],
    ),
    (
        "person",
        person,
        &[
            "Bed 3: {} - nil by mouth for theatre",
            "{} came back covid positive x",
            "Handover. {}, post op day 2, catheter out",
            "pls chase bloods on {}",
            "pt {} wandering again, dementia",
            "{} - DNACPR in place",
        ],
    ),
    (
        "phone",
        phone,
        &[
            "ring us on {}",
            "M: {}",
            "Tel. {}",
            "txt me {} thx",
            "daughter's mobile={}",
            "{} x",
            "call back: {} (after 6)",
        ],
    ),
    (
        "email",
        email,
        &[
            "e: {}",
            "mail it to {}.",
            "cc {};",
            "<{}>",
            "my addy is {} ok",
        ],
    ),
    (
        "postcode",
        postcode,
        &[
            "Postcode: {}",
            "satnav {}",
            "p/code {}",
            "Harrowmere, {}",
            "delivering to {} tmrw",
        ],
    ),
    (
        "address",
        address,
        &[
            "Home address: {}",
            "lives at {}",
            "pick up from {} at 8",
            "Deliver to:\n{}\nGwynfa",
            "shes moved to {}",
        ],
    ),
    (
        "card",
        card,
        &[
            "card: {} exp 09/27",
            "long number {}",
            "Visa {}",
            "put it on {}",
            "pan={}",
        ],
    ),
    (
        "iban",
        iban,
        &[
            "IBAN: {}",
            "Konto {}",
            "virement sur {}",
            "pay into {} pls",
            "iban={}",
        ],
    ),
    (
        "bank",
        bank,
        &[
            "Sort Code: {}",
            "s/c {}",
            "sort={}",
            "sortcode {} for the refund",
        ],
    ),
    (
        "passport",
        make::passport,
        &[
            "Passport No: {}",
            "ppt no {} (passport)",
            "passport scan shows {}",
            "his passport is {}, exp 2031",
        ],
    ),
    (
        "licence",
        licence,
        &[
            "Driving Licence: {}",
            "driver no. {}",
            "DVLA share code for {}",
            "licence={}",
        ],
    ),
    (
        "utr",
        utr,
        &[
            "UTR: {}",
            "HMRC ref UTR {}",
            "self assessment {}",
            "Unique Taxpayer Reference\n{}",
        ],
    ),
    (
        "vehicle",
        vehicle,
        &[
            "Reg: {}",
            "blue Corsa {}",
            "parked in my bay again, {}",
            "VRM {}",
            "car reg is {}",
        ],
    ),
];

/// What is nobody's data: `#` a digit, `A` a capital, `h` a hexadecimal digit.
const DECOYS: &[&str] = &[
    "Sendungsnummer ################ von DHL",
    "Votre colis ############# arrive demain",
    "UPS 1Z###AA#############",
    "Royal Mail ref AA#########GB out for delivery",
    "ISBN 978-#-##-######-#",
    "ISSN ####-####",
    "btc bc1qhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh",
    "tx 0xhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh",
    "commit hhhhhhhhhhhhhhhhhhhh broke the build",
    "[2024-03-1# 1#:4#:5#.######] WARN retry #",
    "epoch 17########",
    "Zoom ### #### ####, pw A#A#A#",
    "PO-##########/A rev #",
    "Invoice ######-####",
    "Rechnung Nr. ##########",
    "Commande n° ##########",
    "pedido ###-#######-#######",
    "Meter read ##### ##### kWh",
    "MPAN ## ### ### ## #### #### ###",
    "build 10.0.#####.####",
    "192.168.#.##:8080",
    "lot AA####/##, best before 03/2026",
    "UDI (01)0##############",
    "platelets ### x10^9, CRP ##, Hb ###",
    "bp 1##/## sats 9# temp 36.#",
    "Seats A##-A## row AA",
    "flight AA#### at 1#:4#",
    "M## J## closed",
    "room A#.## then A#.##",
    "£##,###.## of £###,###",
    "score ##-## ##-## ##-##",
    "12-14-16 March in the diary",
    "pages 10-20-30",
    "3 Mills Studios or 10 Downing for the shoot",
    "table for 4 Way House style",
    "May Day parade, ward of the state",
    "Grant Thornton on theatre seats",
    "Will Young in theatre tonight",
    "Dr Foster went to Gloucester",
    "EAN #############",
    "IMEI ###############",
    "serial AA##AA####",
    "grid ref AA ### ###",
    "model BD##AAA- spare part",
    "@channel please read",
    "git@github:team/repo",
];

fn decoy(rng: &mut Rng, template: &str) -> String {
    template
        .chars()
        .map(|sign| match sign {
            '#' => char::from(b'0' + rng.below(10) as u8),
            'A' if template.contains('#') => char::from(b'A' + rng.below(26) as u8),
            'h' if template.contains("hhhh") => {
                char::from_digit(rng.below(16) as u32, 16).unwrap_or('0')
            }
            other => other,
        })
        .collect()
}

/// So many messages of each kind, and as many decoys.
pub fn make(seed: u64, each: usize) -> Vec<Labelled> {
    let mut rng = Rng::new(seed);
    let mut all = Vec::new();
    for (kind, value, sentences) in KINDS {
        for _ in 0..each {
            let (before, after) = rng.pick(sentences).split_once("{}").unwrap_or_default();
            let value = value(&mut rng);
            let start = before.len();
            all.push(Labelled {
                text: format!("{before}{value}{after}"),
                labels: vec![(start..start + value.len(), *kind)],
            });
        }
    }
    for number in 0..each * KINDS.len() {
        let template = DECOYS
            .get(number % DECOYS.len())
            .copied()
            .unwrap_or_default();
        all.push(Labelled {
            text: decoy(&mut rng, template),
            labels: Vec::new(),
        });
    }
    all
}
