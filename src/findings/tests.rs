//! What each detector finds, and what it leaves alone. Numbers are from ranges that nobody has.

use super::*;
use proptest::prelude::*;

/// Each hit as `detector: what it points at`.
fn found(text: &str) -> Vec<String> {
    let mut scanner = Scanner::new(&Lexicons::default());
    let hits = scanner.scan(text).iter();
    hits.map(|hit| {
        let span = hit.start as usize..hit.end as usize;
        let id = at_place(hit.detector).unwrap().id;
        format!("{id}: {}", text.get(span).unwrap())
    })
    .collect()
}

fn finds(text: &str, wanted: &[&str]) {
    assert_eq!(found(text), wanted, "{text}");
}

#[test]
fn numbers_of_patients() {
    finds("NHS no 999 012 3454", &["nhs: 999 012 3454"]);
    finds("nhs number: 9990123454.", &["nhs: 9990123454"]);
    finds("it is 999-012-3454 I think", &["nhs: 999-012-3454"]);
    finds("the patient's, 9998765439", &["nhs: 9998765439"]);
    // Without a word, and not in groups, it may be anything; and a wrong check digit is none.
    finds("order 9990123454", &[]);
    finds("NHS no 999 012 3455", &[]);
    finds("CHI 0101581238", &["chi: 0101581238"]);
    finds("chi number 010158 1238", &["chi: 010158 1238"]);
    finds("1203857314 is hers", &["chi: 1203857314"]);
    finds("CHI 3113581230", &[]);
}

#[test]
fn national_insurance_numbers() {
    finds("NI number PY 12 34 56 C", &["nino: PY 12 34 56 C"]);
    finds("py123456c", &["nino: py123456c"]);
    finds("PY123456C, thanks", &["nino: PY123456C"]);
    finds("his NINO is PY 123456", &["nino: PY 123456"]);
    finds("lot PY 123456", &[]);
    finds("QQ 12 34 56 C", &[]);
    finds("GB123456C", &[]);
    finds("XPY123456C", &[]);
}

#[test]
fn dates_of_birth() {
    finds("DOB 03/02/1958", &["dob: 03/02/1958"]);
    finds(
        "born on the 3rd of March 1985 in Leith",
        &["dob: 3rd of March 1985"],
    );
    finds("date of birth: 12.3.58", &["dob: 12.3.58"]);
    finds("d.o.b. 1958-02-03", &["dob: 1958-02-03"]);
    finds("bed 4, 03/02/1958, swab done", &["dob: 03/02/1958"]);
    finds("the meeting on 03/02/2021", &[]);
    finds("DOB 31/02/1958", &[]);
    finds("ward round on 03/02/2021", &[]);
}

#[test]
fn names_beside_clinical_words() {
    finds("Mrs Smith in bed 4 tested positive", &["person: Mrs Smith"]);
    finds("pt Brown needs a scan", &["person: Brown"]);
    finds(
        "Moira Blackwood was admitted last night",
        &["person: Moira Blackwood"],
    );
    finds(
        "Blackwood, Moira for dialysis",
        &["person: Blackwood, Moira"],
    );
    finds("Mrs Smith sends the minutes", &[]);
    finds("Moira Blackwood has the budget", &[]);
    finds("Dr Patel on ward 5", &[]);
    finds("Royal Infirmary, ward 12", &[]);
}

#[test]
fn telephone_numbers() {
    finds("call 07700 900123", &["phone: 07700 900123"]);
    finds("+44 7700 900123", &["phone: +44 7700 900123"]);
    finds(
        "+44 (0)7700-900-123 or 0131 496 0123",
        &["phone: +44 (0)7700-900-123", "phone: 0131 496 0123"],
    );
    finds("(0131) 496 0123", &["phone: 0131) 496 0123"]);
    finds("02079460018", &["phone: 02079460018"]);
    finds("+1 202 555 0143", &["phone: +1 202 555 0143"]);
    finds(
        "07700 900123 07700 900456",
        &["phone: 07700 900123", "phone: 07700 900456"],
    );
    finds("01.02.2021 10.30", &[]);
    finds("ref 07700900123456789", &[]);
    finds("invoice 01234567890", &[]);
    finds("2021-07-01 12:30", &[]);
    finds("0.7700900123", &[]);
}

#[test]
fn addresses_and_postcodes() {
    finds(
        "12 Rosebank Terrace, ZZ99 3WZ",
        &["address: 12 Rosebank Terrace", "postcode: ZZ99 3WZ"],
    );
    finds(
        "Flat 3, 45 Old Mill Road",
        &["address: Flat 3, 45 Old Mill Road"],
    );
    finds("she lives at 7 mill lane", &["address: 7 mill lane"]);
    finds("4 St Johns Road", &["address: 4 St Johns Road"]);
    finds("postcode ab99 9zz", &["postcode: ab99 9zz"]);
    finds("AB999ZZ", &["postcode: AB999ZZ"]);
    finds("at s4 3pm", &[]);
    finds("10 people on the road", &[]);
    finds("3 March Street party", &[]);
    finds("at 10 Crown Court sat", &[]);
    finds("QQ1 1AA", &[]);
}

#[test]
fn mail_addresses() {
    finds(
        "write to ann.lee@example.org.",
        &["email: ann.lee@example.org"],
    );
    finds(
        "<ann+x@mail.example.com>",
        &["email: ann+x@mail.example.com"],
    );
    finds("photo_15@2024-03-09-17-31-31.jpg", &[]);
    finds("@ann and ann@home, 5 @ 3.50", &[]);
    finds(
        "mailto:bo@example.com?subject=x",
        &["email: bo@example.com"],
    );
}

#[test]
fn cards_and_accounts() {
    finds("card 4111 1111 1111 1111", &["card: 4111 1111 1111 1111"]);
    finds("5555555555554444", &["card: 5555555555554444"]);
    finds("3782 822463 10005", &["card: 3782 822463 10005"]);
    finds("4111 1111 1111 1112", &[]);
    finds("tracking 4111111111111111", &[]);
    finds(
        "GB82 WEST 1234 5698 7654 32",
        &["iban: GB82 WEST 1234 5698 7654 32"],
    );
    finds("DE89370400440532013000", &["iban: DE89370400440532013000"]);
    finds("GB83 WEST 1234 5698 7654 32", &[]);
    finds(
        "sort code 20-00-00 account 55779911",
        &["bank: 20-00-00", "bank: 55779911"],
    );
    finds("20-00-00 55779911", &["bank: 20-00-00", "bank: 55779911"]);
    finds("acc no 55779911", &["bank: 55779911"]);
    finds("on 20-01-21 we met", &[]);
    finds("55779911 steps", &[]);
}

#[test]
fn other_numbers_of_people() {
    finds("passport 925665416", &["passport: 925665416"]);
    finds("925665416", &[]);
    finds("licence MORGA657054SM9IJ", &["licence: MORGA657054SM9IJ"]);
    finds("MORGA 657054 SM9IJ", &["licence: MORGA 657054 SM9IJ"]);
    finds("MORGA673054SM9IJ", &[]);
    finds("UTR 1123456789", &["utr: 1123456789"]);
    finds("UTR: 11234 56789", &["utr: 11234 56789"]);
    finds("parked, reg AB12 CDE", &["vehicle: AB12 CDE"]);
    finds("AB12CDE", &["vehicle: AB12CDE"]);
    finds("car A123 BCD", &["vehicle: A123 BCD"]);
    finds("the van is ABC 123D", &["vehicle: ABC 123D"]);
    finds("A123 BCD", &[]);
    finds("IQ12 CDE", &[]);
}

#[test]
fn markings_and_risks() {
    let mut scanner = Scanner::new(&Lexicons::docket());
    let mut listed = |text: &str| -> Vec<String> {
        let hits = scanner.scan(text).iter();
        hits.map(|hit| {
            let found = text.get(hit.start as usize..hit.end as usize).unwrap();
            format!("{}: {found}", at_place(hit.detector).unwrap().id)
        })
        .collect()
    };
    for (text, wanted) in [
        (
            "this is OFFICIAL-SENSITIVE",
            &["marking: OFFICIAL-SENSITIVE"][..],
        ),
        ("that is SECRET, not a secret", &["marking: SECRET"]),
        ("pls delete the chat", &["deletion: pls delete"]),
        ("the wifi password: x", &["incident: password"]),
        ("she was diagnosed in May", &["special-category: diagnosed"]),
        (
            "counsel's view on litigating",
            &["privilege: counsel", "privilege: litigating"],
        ),
        ("is this FOI-able?", &["not-for-foi: FOI-able"]),
        ("we had lunch", &[]),
    ] {
        assert_eq!(listed(text), wanted, "{text}");
    }
    // A term of a list is a cue still.
    assert_eq!(
        listed("Moira Blackwood was diagnosed"),
        ["person: Moira Blackwood", "special-category: diagnosed"]
    );
}

#[test]
fn one_of_what_several_point_at_stays() {
    // Twelve of the digits are a number that could be dialled.
    finds("card 4012 8888 8888 1881", &["card: 4012 8888 8888 1881"]);
    finds(
        "07700900123@example.org",
        &["email: 07700900123@example.org"],
    );
}

#[test]
fn what_it_rests_on_is_told() {
    let mut scanner = Scanner::new(&Lexicons::default());
    let hit = scanner.scan("NHS no 999 012 3454")[0];
    let about = at_place(hit.detector).unwrap();
    assert_eq!(
        about.because(hit.why),
        "the check digits are right; it is grouped as people write it; a word such as NHS or \
         patient stands near it"
    );
}

#[test]
fn detectors_are_named_apart() {
    let ids: Vec<&str> = all().map(|about| about.id).collect();
    for (at, id) in ids.iter().enumerate() {
        assert_eq!(by_id(id).unwrap().0 as usize, at);
        assert!(Data::ALL.iter().all(|data| data.name() != *id), "{id}");
    }
}

proptest! {
    /// Whatever a text holds, every hit is a run of whole characters of it; and again the same.
    #[test]
    fn hits_lie_in_the_text(text in "[ -~é€\u{a0}\u{2011}\n0-9A-Za-z]{0,200}") {
        let mut scanner = Scanner::new(&Lexicons::default());
        let hits = scanner.scan(&text).to_vec();
        for hit in &hits {
            let span = hit.start as usize..hit.end as usize;
            prop_assert!(text.get(span).is_some_and(|found| !found.is_empty()));
            prop_assert!(hit.why != Why::default());
        }
        prop_assert_eq!(scanner.scan(&text), hits.as_slice());
    }

    /// What is found does not depend on what is far away.
    #[test]
    fn findings_do_not_depend_on_what_is_far(filler in "[a-z ]{120,200}") {
        let wanted = found("NHS no 999 012 3454, call 07700 900123");
        let text = format!("{filler}. NHS no 999 012 3454, call 07700 900123. {filler}");
        let found: Vec<String> = found(&text);
        for one in &wanted {
            prop_assert!(found.contains(one), "{one} in {found:?}");
        }
    }
}
