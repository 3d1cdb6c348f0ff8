//! A researcher's collection of texts, in the form of the NUS SMS Corpus: no phone exports it.

use super::super::Made;
use super::super::rng::Rng;
use std::fmt::Write as _;

const PATH: &str = "Harrowmere warning texts - smsCorpus 2024-03-28.xml";

const ABOUT: &str = "A research corpus form (NUS SMS Corpus), not a phone's: texts that volunteers \
gave to a student who asked how the valley warned itself. Donors by number, times often unknown, \
and what people say beside the warning";

/// Donor, receiver (both by the collection's own numbers, 0: unknown), day and minute of March
/// (day 0: unknown), the text.
const TEXTS: [(u32, u32, u32, u32, &str); 34] = [
    (
        3,
        11,
        1,
        1087,
        "dont drink the tap water mum, council van just told us",
    ),
    (3, 12, 1, 1089, "DONT use the tap. boil it. tell yr nan"),
    (3, 13, 1, 1102, "have u got any bottles left?? shop is out"),
    (
        5,
        0,
        0,
        0,
        "Is it true about the water or is it one of those forwards",
    ),
    (5, 0, 0, 0, "ok then. kettle on forever"),
    (3, 11, 2, 512, "still brown. smells like pennies"),
    (
        8,
        21,
        2,
        540,
        "Training is off, the showers are off & the pitch is a lake anyway",
    ),
    (8, 21, 2, 548, "yes even for u"),
    (
        8,
        22,
        2,
        1205,
        "happy birthday!!! cake is safe, made it with bottled \u{1F382}",
    ),
    (5, 0, 0, 0, "who is this"),
    (5, 0, 0, 0, "sorry new phone. yes Sat is fine"),
    (
        14,
        31,
        4,
        455,
        "School open, bring your own water bottle FULL. No filling in school.",
    ),
    (
        14,
        32,
        4,
        455,
        "School open, bring your own water bottle FULL. No filling in school.",
    ),
    (
        14,
        33,
        4,
        456,
        "School open, bring your own water bottle FULL. No filling in school.",
    ),
    (
        14,
        31,
        4,
        911,
        "The play is moved to the 14th, costumes as planned. Sheep need 2 more ears",
    ),
    (
        3,
        13,
        6,
        1300,
        "kits at the town hall from 9 tmrw, 2 per house, take proof of adress",
    ),
    (3, 13, 6, 1301, "*address lol"),
    (
        19,
        41,
        7,
        701,
        "Queue is round the church. They ran out at 11.",
    ),
    (
        19,
        41,
        7,
        733,
        "man w/ clipboard says more at 2. i dont believe him",
    ),
    (
        19,
        41,
        7,
        854,
        "ok he was right. got mine. line 2 = safe?? line 1 = safe??",
    ),
    (5, 0, 0, 0, "One line is fine two is not. I read it 3 times"),
    (8, 22, 9, 1010, "we lost 4-1 but nobody died of thirst"),
    (
        14,
        34,
        11,
        480,
        "Please do NOT send children with upset stomachs. 48 hours.",
    ),
    (
        3,
        11,
        12,
        1122,
        "dad says the man on tv said its lifted. is it lifted",
    ),
    (
        3,
        11,
        12,
        1140,
        "not lifted for our street. below the chapel still boil",
    ),
    (
        19,
        42,
        13,
        605,
        "<b>FREE WATER</b> at the depot?? is this real & which depot",
    ),
    (19, 42, 13, 611, "not real. told u"),
    (8, 21, 15, 1180, "Can you pick up ibuprofen on the way x"),
    (
        5,
        0,
        0,
        0,
        "my sister in law works at the lab and even she boils it",
    ),
    (
        14,
        31,
        18,
        930,
        "Sheep ears found. Thank you ALL. Water back on in the hall only.",
    ),
    (
        3,
        12,
        21,
        777,
        "letter came. all clear from sat 6am they say",
    ),
    (
        19,
        41,
        23,
        372,
        "6.12am: drinking a glass of tap water like a lord",
    ),
    (3, 11, 23, 640, "it tastes of nothing. best thing ever"),
    (8, 22, 25, 1215, "fives back on thurs, showers HOT"),
];

/// The collection.
pub fn corpus() -> Made {
    let mut rng = Rng::new(731);
    let mut page = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\
         <smsCorpus date=\"2024.03.28\" version=\"1.0\">\n",
    );
    for (number, (from, to, day, minute, text)) in (4101u32..).zip(TEXTS) {
        let known = |known: bool, value: String| if known { value } else { "unknown".into() };
        let to = known(to != 0, format!("{}", 70_000 + to));
        let time = format!("2024.03.{day:02} {:02}:{:02}", minute / 60, minute % 60);
        let time = known(day != 0, time);
        let ages = ["16-20", "21-25", "31-35", "unknown"];
        let age = ages
            .get(rng.below(ages.len()))
            .copied()
            .unwrap_or("unknown");
        let text = super::escaped(text);
        let _ = writeln!(
            page,
            "<message id=\"{number}\"><text>{text}</text><source><srcNumber>{from}</srcNumber>\
             <phoneModel manufactuer=\"unknown\" smartphone=\"yes\"/><userProfile>\
             <userID>{from}</userID><age>{age}</age><gender>unknown</gender>\
             <nativeSpeaker>yes</nativeSpeaker><country>GB</country><city>Harrowmere</city>\
             <experience>unknown</experience><frequency>unknown</frequency>\
             <inputMethod>unknown</inputMethod></userProfile></source>\
             <destination country=\"unknown\"><destNumber>{to}</destNumber></destination>\
             <messageProfile language=\"en\" time=\"{time}\" type=\"send\"/>\
             <collectionMethod collector=\"student\" method=\"app\" time=\"2024/3\"/></message>"
        );
    }
    page.push_str("</smsCorpus>\n");
    Made {
        path: PATH.into(),
        bytes: page.into_bytes(),
        messages: TEXTS.len(),
        system: 0,
        files: 0,
        about: ABOUT.into(),
    }
}
