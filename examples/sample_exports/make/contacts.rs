//! Lists of contacts: a phone's, as vCard, and a department's, as a table. They are no exports, and
//! say only which names, numbers and addresses are one person's.

use super::Made;

/// The head of procurement's phone: cards of three versions, as a phone that was moved twice has
/// them. One is broken off, one has nothing to call anybody by.
const CARDS: &str = "BEGIN:VCARD\r\n\
VERSION:2.1\r\n\
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4C=C3=BC=74=6A=65=6E=73;=42=6A=C3=B6=72=\r\n\
=6E;;;\r\n\
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=42=6A=C3=B6=72=6E=20=4C=C3=BC=74=6A=65=6E=73\r\n\
EMAIL;INTERNET:b.luetjens@example.org\r\n\
ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Labor f=C3=BCr Trinkwasser\r\n\
END:VCARD\r\n\
BEGIN:VCARD\r\n\
VERSION:3.0\r\n\
N:Kirkbride;Ayesha;;;\r\n\
FN:Ayesha Kirkbride\r\n\
item1.TEL;type=CELL;type=pref:+44 7700 900321\r\n\
item1.X-ABLabel:work\r\n\
item2.EMAIL;type=INTERNET:a.kirkbride@dcr.gov.exam\r\n ple\r\n\
ORG:Department for Civic Resilience;Test kits\r\n\
TITLE:Deputy director\\, kits\r\n\
NOTE:the number is on the order\\, the gate code is not\r\n\
END:VCARD\r\n\
BEGIN:VCARD\r\n\
VERSION:3.0\r\n\
N:;Emeka;;;\r\n\
FN:Emeka \u{2764}\r\n\
TEL;TYPE=CELL:(0)7700 900322\r\n\
TEL;TYPE=CELL:07700 900322\r\n\
BDAY:1979-11-02\r\n\
END:VCARD\r\n\
BEGIN:VCARD\r\n\
VERSION:4.0\r\n\
FN:Gethin Marlowe-Price\r\n\
N:Marlowe-Price;Gethin;;;\r\n\
TEL;VALUE=uri;PREF=1:tel:+44-7700-900333\r\n\
EMAIL:gethin.marlowe-price@example.org\r\n\
URL:https://www.linkedin.com/in/gethin-marloweprice\r\n\
ORG:Department for Civic Resilience\r\n\
TITLE:Commercial lead\r\n\
END:VCARD\r\n\
BEGIN:VCARD\r\n\
VERSION:3.0\r\n\
NOTE:ask who this was\r\n\
END:VCARD\r\n\
BEGIN:VCARD\r\n\
VERSION:3.0\r\n\
FN:Perpetua Lindqvist-Shaw\r\n\
TEL:00447700900388\r\n\
ORG:The Harrowmere Courier\r\n\
BEGIN:VCARD\r\n\
VERSION:4.0\r\n\
FN:Piotrek\r\n\
TEL;TYPE=cell:+44 7700 900226\r\n\
END:VCARD\r\n";

/// The department's list: names the other way round, a name with a comma, a row of a vacancy.
const STAFF: &str = "\u{feff}Staff name,Department,Job title,Work email,Mobile\r\n\
\"Brathwaite-Osei, Nkechi\",Department for Civic Resilience,Director of procurement,n.brathwaite-osei@dcr.gov.example,\r\n\
\"Kirkbride, Ayesha\",Department for Civic Resilience,\"Deputy director, kits\",A.Kirkbride@dcr.gov.example,07700 900321\r\n\
\"Llewellyn-Das, Owen\",Department for Civic Resilience,Private secretary,owen@dcr.gov.example,07700 900313\r\n\
\"Marlowe-Price, Gethin\",Department for Civic Resilience,Commercial lead,gethin@dcr.gov.example,\r\n\
\"Nasseri-Moss, Farida\",Department for Civic Resilience,Deputy chief scientist,farida@dcr.gov.example,\r\n\
\"Threlkeld, Jonah\",Ministers' office,Special adviser,,\r\n\
\"Umarov-Pike, Rosalind\",Department for Civic Resilience,Press officer,rosalind@dcr.gov.example,\r\n\
\"Venkatesan-Lowe, Priya\",Department for Civic Resilience,Director of communications,priya@dcr.gov.example,07700 900311\r\n\
,Department for Civic Resilience,Head of registry (vacant),,\r\n\
\"Okonjo, Blessing\",Department for Civic Resilience,Head of records,b.okonjo@dcr.gov.example,\r\n";

/// The lists, in the order of their names; `messages` tells how many people each holds.
pub fn lists() -> Vec<Made> {
    let made = |path: &str, text: &str, people, about: &str| Made {
        path: path.into(),
        bytes: text.as_bytes().to_vec(),
        messages: people,
        system: 0,
        files: 0,
        about: about.into(),
    };
    vec![
        made(
            "DCR staff list 2024-03.csv",
            STAFF,
            9,
            "The department's staff, with organisation and role: names the other way round, a \
             vacancy, someone who is in no chat",
        ),
        made(
            "contacts.vcf",
            CARDS,
            5,
            "The head of procurement's phone, vCard 2.1, 3.0 and 4.0 in one file: a folded line, \
             quoted-printable, numbers in four spellings, a card that is broken off and one without \
             a name",
        ),
    ]
}
