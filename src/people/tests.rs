#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use proptest::prelude::*;

fn who(name: &str) -> Handle {
    Handle {
        channel: "whatsapp".into(),
        name: name.into(),
    }
}

#[test]
fn joining_keeps_what_was_said_first_and_takes_over_the_rest() {
    let mut draft = Draft::of(&People::default());
    let ann = draft.person_of(&who("Ann"));
    draft.say(ann, Field::Name, "Ann Other");
    let number = draft.person_of(&who("+44"));
    draft.say(number, Field::Name, "Somebody");
    draft.say(number, Field::NameFrom, "1.2");
    draft.say(number, Field::Organisation, "DCR");
    draft.join(&[vec![who("+44"), who("far")]]);
    let person = draft
        .join(&[vec![who("Ann")], vec![who("+44")], vec![who("new")]])
        .unwrap();
    let people = draft.people();
    for name in ["Ann", "+44", "far", "new"] {
        assert_eq!(people.person("whatsapp", name), Some(person), "{name}");
    }
    assert_eq!(people.said(person, Field::Name), Some("Ann Other"));
    assert_eq!(people.said(person, Field::NameFrom), None);
    assert_eq!(people.said(person, Field::Organisation), Some("DCR"));
}

#[test]
fn an_entry_that_does_not_fit_changes_nothing() {
    let mut people = People::default();
    let fits = PeopleChange::Belongs {
        who: who("Ann"),
        from: None,
        to: Some(PersonId(0)),
    };
    let not = PeopleChange::Belongs {
        who: who("Bo"),
        from: Some(PersonId(7)),
        to: None,
    };
    let entry = Entry::People {
        act: PeopleAct::Join,
        changes: vec![fits, not],
    };
    let before = people.clone();
    assert_eq!(people.follow(&entry), Err(Mismatch));
    assert_eq!(people.members().count(), before.members().count());
}

#[test]
fn what_is_kept_reads_back() {
    let mut draft = Draft::of(&People::default());
    let ann = draft.person_of(&who("Ann"));
    draft.say(ann, Field::Relation, "me");
    draft.dismiss(&who("Ann"), &who("Bo"));
    let people = draft.people().clone();
    let json = serde_json::to_vec(&people).unwrap();
    assert_eq!(serde_json::from_slice::<People>(&json).unwrap(), people);
    assert!(people.is_dismissed(&who("Bo"), &who("Ann")));
}

#[test]
fn the_json_of_changes_is_stable() {
    let entry = Entry::People {
        act: PeopleAct::Join,
        changes: vec![
            PeopleChange::Belongs {
                who: who("Ann"),
                from: None,
                to: Some(PersonId(3)),
            },
            PeopleChange::Says {
                person: PersonId(3),
                field: Field::NameFrom,
                from: None,
                to: Some("1.2".into()),
            },
        ],
    };
    assert_eq!(
        serde_json::to_string(&entry).unwrap(),
        r#"{"kind":"people","act":"join","changes":[{"what":"belongs","who":{"channel":"whatsapp","name":"Ann"},"from":null,"to":3},{"what":"says","person":3,"field":"name-from","from":null,"to":"1.2"}]}"#
    );
    let list = Entry::Contacts {
        list: ContactList {
            list: 1,
            name: "staff.csv".into(),
            format: "csv".into(),
            sha256: "00".into(),
            size: 2,
            contacts: 1,
            unreadable: 0,
            columns: Vec::new(),
            relation: None,
        },
    };
    let json = serde_json::to_string(&list).unwrap();
    assert_eq!(
        json,
        r#"{"kind":"contacts","list":1,"name":"staff.csv","format":"csv","sha256":"00","size":2,"contacts":1,"unreadable":0}"#
    );
    assert_eq!(serde_json::from_str::<Entry>(&json).unwrap(), list);
}

#[derive(Clone, Debug)]
enum Act {
    Join(Vec<u8>),
    Split(u8),
    Say(u8, u8, String),
    Dismiss(u8, u8),
}

fn act() -> impl Strategy<Value = Act> {
    let one = || 0u8..6;
    prop_oneof![
        proptest::collection::vec(one(), 1..4).prop_map(Act::Join),
        one().prop_map(Act::Split),
        (one(), 0u8..3, "[ab]{0,1}").prop_map(|(who, field, text)| Act::Say(who, field, text)),
        (one(), one()).prop_map(|(one, other)| Act::Dismiss(one, other)),
    ]
}

proptest! {
    /// Whatever is done, the changes say what held before, so that taking them back one by one
    /// leads to where it began, and following them again to where it ended.
    #[test]
    fn changes_lead_there_and_back(acts in proptest::collection::vec(act(), 1..20)) {
        let name = |at: u8| who(&format!("p{at}"));
        let fields = [Field::Name, Field::Organisation, Field::Relation];
        let mut people = People::default();
        let mut entries = Vec::new();
        for act in acts {
            let mut draft = Draft::of(&people);
            match act {
                Act::Join(all) => {
                    let groups: Vec<_> = all.into_iter().map(|at| vec![name(at)]).collect();
                    draft.join(&groups);
                }
                Act::Split(at) => draft.belong(&name(at), None),
                Act::Say(at, field, text) => {
                    let person = draft.person_of(&name(at));
                    draft.say(person, fields[usize::from(field)], &text);
                }
                Act::Dismiss(one, other) => draft.dismiss(&name(one), &name(other)),
            }
            let after = draft.people().clone();
            let changes = draft.changes();
            let entry = Entry::People { act: PeopleAct::Join, changes };
            people.follow(&entry).unwrap();
            prop_assert_eq!(&people, &after);
            entries.push(entry);
        }
        let end = people.clone();
        for entry in entries.iter().rev() {
            for change in entry.people().iter().rev() {
                prop_assert!(people.holds(&change.clone().reversed()));
                people.apply(&change.clone().reversed()).unwrap();
            }
        }
        prop_assert_eq!(people.members().count(), 0);
        for entry in &entries {
            people.follow(entry).unwrap();
        }
        prop_assert_eq!(people, end);
    }
}
