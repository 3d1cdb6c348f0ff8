#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use proptest::prelude::*;

fn cards(text: &str) -> Contacts {
    read(text.as_bytes(), &[]).unwrap()
}

#[test]
fn a_card_of_version_2_1_is_read() {
    let found = cards(
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=\r\n=C3=BCrgen;;Dr;\r\n\
         TEL;CELL;PREF:+44 7700 900123\r\nTEL;WORK;VOICE:020 7946 0000\r\n\
         EMAIL;INTERNET:J.Mueller@DCR.gov.example\r\nORG:DCR;Test Kits\r\nTITLE:Head of kits\r\n\
         PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQ\r\n SkZJRg==\r\n\r\nEND:VCARD\r\n",
    );
    assert_eq!(found.format, "vcard");
    let contact = &found.contacts[0];
    assert_eq!(contact.name, "Jürgen Müller");
    assert_eq!(contact.numbers, ["+44 7700 900123", "020 7946 0000"]);
    assert_eq!(contact.addresses, ["J.Mueller@DCR.gov.example"]);
    assert_eq!(contact.organisation, "DCR, Test Kits");
    assert_eq!(contact.position, "Head of kits");
}

#[test]
fn cards_of_versions_3_and_4_are_read() {
    let found = cards(
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ama Osei\nN:Osei;Ama;;;\nNICKNAME:Amz\\, the great,Ammie\n\
         item1.TEL;type=CELL:+44 7700 900\n 123\nitem1.X-ABLabel:work\nORG:Ministry\\; of\\nKits;\n\
         EMAIL;TYPE=INTERNET,WORK:ama@example.org\nNOTE:END:VCARD\nEND:VCARD\n\
         begin:vcard\nversion:4.0\nfn:Zoë Ek\ntel;VALUE=uri;TYPE=\"voice,home\":tel:+46-8-555-123;ext=5\n\
         email:mailto:zoe@example.org\nX-SOCIALPROFILE;type=linkedin:https://www.linkedin.com/in/zoe-ek\nend:vcard",
    );
    assert_eq!(found.contacts.len(), 2);
    let ama = &found.contacts[0];
    assert_eq!(ama.name, "Ama Osei");
    assert_eq!(ama.other_names, ["Amz, the great", "Ammie"]);
    assert_eq!(ama.numbers, ["+44 7700 900123"]);
    assert_eq!(ama.organisation, "Ministry; of Kits");
    let zoe = &found.contacts[1];
    assert_eq!((zoe.row, zoe.name.as_str()), (2, "Zoë Ek"));
    assert_eq!(zoe.numbers, ["+46-8-555-123"]);
    assert_eq!(
        zoe.addresses,
        ["zoe@example.org", "https://www.linkedin.com/in/zoe-ek"]
    );
}

#[test]
fn old_charsets_and_wide_files_are_read() {
    let latin =
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=ISO-8859-1:Zo\xEB\r\nTEL:12345\r\nEND:VCARD\r\n";
    assert_eq!(read(latin, &[]).unwrap().contacts[0].name, "Zoë");
    let unsaid = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zo\xEB\r\nEND:VCARD\r\n";
    assert_eq!(read(unsaid, &[]).unwrap().contacts[0].name, "Zoë");
    let mut wide = vec![0xFF, 0xFE];
    wide.extend(
        "BEGIN:VCARD\r\nFN:Zoë\r\nEND:VCARD\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes),
    );
    assert_eq!(read(&wide, &[]).unwrap().contacts[0].name, "Zoë");
}

#[test]
fn a_broken_card_costs_itself() {
    let found = cards(
        "BEGIN:VCARD\nFN:Ann\nTEL:12345\nBEGIN:VCARD\nFN:Bo\nEND:VCARD\nBEGIN:VCARD\nNOTE:nobody\nEND:VCARD\nBEGIN:VCARD\nFN:Cy",
    );
    let names: Vec<_> = found
        .contacts
        .iter()
        .map(|c| (c.row, c.name.as_str()))
        .collect();
    assert_eq!(names, [(2, "Bo")]);
    let rows: Vec<_> = found.unreadable.iter().map(|(row, _)| *row).collect();
    assert_eq!(rows, [1, 3, 4]);
}

#[test]
fn an_agents_card_is_not_taken_for_the_card_around_it() {
    let found = cards(
        "BEGIN:VCARD\nVERSION:2.1\nFN:Ann\nAGENT:\nBEGIN:VCARD\nFN:Bo\nTEL:99999\nEND:VCARD\nTEL:12345\nEND:VCARD\n",
    );
    assert_eq!(found.contacts.len(), 1);
    assert_eq!(found.contacts[0].numbers, ["12345"]);
}

#[test]
fn a_staff_list_is_read_by_its_headings() {
    let table = "\u{feff}Surname,First Name,Job Title,Department,E-mail Address,Mobile Number,Start date\r\n\
                 Osei,Ama,Deputy Director,Kits,ama@dcr.example,+44 (0)7700 900123,2019\r\n\
                 ,,,,,,\r\n\
                 \"Ek, jr\",Zoë,,,zoe@dcr.example; z.ek@dcr.example,\r\n";
    let found = read(table.as_bytes(), &[]).unwrap();
    assert_eq!(found.format, "csv");
    assert_eq!(found.contacts.len(), 2);
    assert_eq!(found.contacts[0].name, "Ama Osei");
    assert_eq!(found.contacts[0].organisation, "Kits");
    assert_eq!(found.contacts[0].position, "Deputy Director");
    assert_eq!(
        found.contacts[1].addresses,
        ["zoe@dcr.example", "z.ek@dcr.example"]
    );
    assert_eq!(found.contacts[1].row, 3);
    assert_eq!(found.unreadable[0].0, 2);
    assert!(
        found.columns.contains(&"family=Surname".to_owned()),
        "{:?}",
        found.columns
    );
}

#[test]
fn lists_of_google_and_outlook_are_known() {
    let google = "First Name,Last Name,Organization Name,Organization Title,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\n\
                  Ama,Osei,DCR,Director,* Work,a@example.org ::: b@example.org,Mobile,+44 7700 900123\n";
    let contact = &read(google.as_bytes(), &[]).unwrap().contacts[0];
    assert_eq!(contact.addresses, ["a@example.org", "b@example.org"]);
    assert_eq!(contact.numbers, ["+44 7700 900123"]);
    assert_eq!(
        (contact.organisation.as_str(), contact.position.as_str()),
        ("DCR", "Director")
    );
    let outlook = "First Name,Last Name,Company,Job Title,E-mail Address,E-mail 2 Address,E-mail Type,Business Phone,Mobile Phone\n\
                   Ama,Osei,DCR,Director,a@example.org,b@example.org,SMTP,1234567,7654321\n";
    let contact = &read(outlook.as_bytes(), &[]).unwrap().contacts[0];
    assert_eq!(contact.addresses, ["a@example.org", "b@example.org"]);
    assert_eq!(contact.numbers, ["1234567", "7654321"]);
}

#[test]
fn a_person_says_what_a_column_is() {
    let table = "Nom;Prénom;Courriel\nEk;Zoë;zoe@example.org\n";
    assert!(
        matches!(read(table.as_bytes(), &[]), Err(NoContacts::NoColumn(heads)) if heads.contains("Courriel"))
    );
    let columns: Vec<String> = ["family=Nom", "given=prénom", "email=Courriel"]
        .map(Into::into)
        .into();
    // Case of letters beyond ASCII is the heading's own.
    assert!(matches!(
        read(table.as_bytes(), &columns),
        Ok(_) | Err(NoContacts::Missing(..))
    ));
    let columns: Vec<String> = ["family=Nom", "given=Prénom", "email=courriel"]
        .map(Into::into)
        .into();
    let found = read(table.as_bytes(), &columns).unwrap();
    assert_eq!(found.contacts[0].name, "Zoë Ek");
    assert!(matches!(
        read(table.as_bytes(), &["shoe=Nom".into()]),
        Err(NoContacts::NoPart(_))
    ));
    assert!(matches!(
        read(table.as_bytes(), &["name=Name".into()]),
        Err(NoContacts::Missing(..))
    ));
    assert_eq!(
        read(b"just some words\nof a letter", &[]),
        Err(NoContacts::Unknown)
    );
    assert_eq!(read(b"", &[]), Err(NoContacts::Unknown));
}

/// Writes a card as the three versions do, folded at random places.
fn card(version: u8, name: &str, numbers: &[String], mails: &[String], fold: usize) -> String {
    let escape = |text: &str| {
        text.replace('\\', "\\\\")
            .replace([','], "\\,")
            .replace(';', "\\;")
    };
    let mut lines = vec![
        "BEGIN:VCARD".to_owned(),
        format!("VERSION:{}", ["2.1", "3.0", "4.0"][usize::from(version)]),
    ];
    if version == 0 {
        let coded: String = escape(name)
            .bytes()
            .map(|byte| format!("={byte:02X}"))
            .collect();
        lines.push(format!(
            "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{coded}"
        ));
    } else {
        lines.push(format!("FN:{}", escape(name)));
    }
    for number in numbers {
        lines.push(match version {
            2 => format!("TEL;VALUE=uri:tel:{number}"),
            _ => format!("TEL;CELL:{number}"),
        });
    }
    lines.extend(mails.iter().map(|mail| format!("EMAIL:{mail}")));
    lines.push("END:VCARD".into());
    let folded = lines.iter().map(|line| {
        let chars: Vec<char> = line.chars().collect();
        let long = chars.len() > fold && fold > 11 && version > 0;
        match long {
            true => [
                chars[..fold].iter().collect::<String>(),
                chars[fold..].iter().collect(),
            ]
            .join("\r\n "),
            false => line.clone(),
        }
    });
    folded.map(|line| line + "\r\n").collect()
}

proptest! {
    #[test]
    fn random_cards_read_back(
        people in proptest::collection::vec(
            (0u8..3, "[\\p{L},;\\\\]{1,8}( [\\p{L}]{1,8}){0,2}", proptest::collection::vec("\\+[1-9][0-9]{6,12}", 0..3),
             proptest::collection::vec("[a-z]{1,8}@[a-z]{1,8}\\.example", 0..3), 0usize..40),
            1..8,
        )
    ) {
        let text: String = people.iter()
            .map(|(version, name, numbers, mails, fold)| card(*version, name, numbers, mails, *fold))
            .collect();
        let found = cards(&text);
        prop_assert!(found.unreadable.is_empty(), "{:?}", found.unreadable);
        prop_assert_eq!(found.contacts.len(), people.len());
        for (contact, (_, name, numbers, mails, _)) in found.contacts.iter().zip(&people) {
            let once = |list: &[String]| {
                let mut seen: Vec<String> = Vec::new();
                list.iter().for_each(|one| if !seen.contains(one) { seen.push(one.clone()) });
                seen
            };
            prop_assert_eq!(&contact.name, name.trim());
            prop_assert_eq!(&contact.numbers, &once(numbers));
            prop_assert_eq!(&contact.addresses, &once(mails));
        }
    }

    #[test]
    fn whatever_bytes_end_in_a_stated_outcome(bytes in proptest::collection::vec(any::<u8>(), 0..400), card in any::<bool>()) {
        let mut all = if card { b"BEGIN:VCARD\nFN:A\nEND:VCARD\nBEGIN:VCARD\n".to_vec() } else { b"name,phone\n".to_vec() };
        all.extend(bytes);
        let found = read(&all, &[]);
        prop_assert!(found.is_ok());
    }
}
