//! Exports in other forms, and files for recipients alone: what is in them, what is not, and that
//! docket's own importers read them back.

use super::redaction::leaving::{files, mixed, places};
use super::redaction::{redact, set, words};
use super::tui::Desk;
use docket::bundle::forms::{Form, export};
use docket::bundle::seal::Recipients;
use docket::bundle::{self, BundleError, Destination, Options, Written, verify};
use docket::case::ledger::{Entry, Known};
use docket::case::{Actor, Case, ImportOptions};
use docket::check::{Verdict, overall};
use docket::model::{Decision, MessageNumber};
use docket::review::{Edition, How, Session, Target};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Three of the four: those that hold one edition.
const ONE_EDITION: [Form; 3] = [Form::Mbox, Form::Rsmf, Form::Concordance];

fn made(
    session: &Session,
    form: Form,
    edition: Edition,
    out: &Path,
) -> Result<Written, BundleError> {
    let plan = bundle::plan(session, &Options::default())?;
    export(
        session,
        &plan,
        form,
        edition,
        &Destination::plain(out),
        &mut (),
    )
}

/// Five messages leave: of one the personal part is masked, of another a name is exempt.
fn masked() -> Desk {
    let desk = mixed();
    let session = &desk.session;
    redact(
        session,
        &set(1, 2),
        &words("; and Nadia Petrov is ill again, ring her on 07700 900461"),
        Some("personal"),
    );
    redact(
        session,
        &set(2, 3),
        &words("Leopold Grant"),
        Some("foi-40-2"),
    );
    desk
}

/// The texts of a case made of these files, in the order of its numbers.
fn read_back(paths: &[PathBuf]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::open_or_create(&folder.path().join("case")).unwrap();
    let actor = Actor {
        name: "Rita Reviewer".to_owned(),
        how: Known::Given,
    };
    case.import(paths, &ImportOptions::default(), &actor, &mut ())
        .unwrap();
    let store = case.store();
    (0..store.len())
        .map(|number| store.text(MessageNumber(number)).unwrap().to_owned())
        .collect()
}

#[test]
fn an_export_holds_one_edition_and_the_open_one_unless_asked() {
    let desk = masked();
    let out = tempfile::tempdir().unwrap();
    for form in ONE_EDITION {
        for edition in [Edition::Open, Edition::Closed] {
            let name = format!("{}-{edition:?}", form.name());
            let bag = out.path().join(&name);
            let written = made(&desk.session, form, edition, &bag).unwrap();
            assert_eq!(written.messages, 5, "{name}");
            let checks = verify(&bag);
            assert_eq!(overall(&checks), Verdict::Ok, "{name}: {checks:?}");
            assert_eq!(places(&bag, "Nadia Petrov"), [""; 0], "{name}");
            if form == Form::Rsmf {
                continue;
            }
            let exempt = places(&bag, "Leopold Grant");
            assert_eq!(
                exempt.is_empty(),
                edition == Edition::Open,
                "{name}: {exempt:?}"
            );
            assert!(
                !places(&bag, "the quay opens on Monday").is_empty(),
                "{name}"
            );
        }
    }
    let entries = desk.session.case().ledger().entries(1).unwrap();
    let forms: Vec<_> = entries
        .iter()
        .filter_map(|one| match &one.entry {
            Entry::Bundle { form, .. } => form.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!(
        forms,
        ["mbox", "mbox", "rsmf", "rsmf", "concordance", "concordance"]
    );
}

#[test]
fn rsmf_is_read_back_as_what_left() {
    let desk = masked();
    let out = tempfile::tempdir().unwrap();
    for (edition, name) in [
        (Edition::Open, "[redacted"),
        (Edition::Closed, "Leopold Grant"),
    ] {
        let bag = out.path().join(format!("{edition:?}"));
        made(&desk.session, Form::Rsmf, edition, &bag).unwrap();
        let rsmf: Vec<PathBuf> = files(&bag.join("data"));
        assert_eq!(rsmf.len(), 2, "{rsmf:?}");
        let texts = read_back(&[bag.join("data")]);
        // One stays, and an event says so.
        assert_eq!(texts.len(), 6, "{texts:?}");
        assert_eq!(texts[0], "the quay opens on Monday, minutes to follow");
        assert!(
            texts[1].starts_with("sign the contract[redacted"),
            "{texts:?}"
        );
        assert!(texts[2].contains(name), "{texts:?}");
        assert!(!texts.concat().contains("Nadia"), "{texts:?}");
        assert_eq!(texts[5], "1 message is not handed over here");
    }
}

#[test]
fn mails_go_as_they_were_where_they_may_and_as_records_where_not() {
    let mails = "From ann@example.org Thu Mar  4 09:00:00 2021\n\
        From: Ann Lee <ann@example.org>\nTo: tom@example.org\nSubject: Quay\n\
        Date: Thu, 4 Mar 2021 09:00:00 +0000\nMessage-ID: <one@example.org>\n\n\
        The quay opens on Monday.\n>From there on we go by boat.\n\n\
        From ann@example.org Thu Mar  4 10:00:00 2021\n\
        From: Ann Lee <ann@example.org>\nTo: tom@example.org\nSubject: Re: Quay\n\
        Date: Thu, 4 Mar 2021 10:00:00 +0000\nMessage-ID: <two@example.org>\n\
        In-Reply-To: <one@example.org>\n\n\
        The complaint is from Leopold Grant, 14 Harbour Row.\n\n";
    let folder = tempfile::tempdir().unwrap();
    let given = folder.path().join("Archive.mbox");
    std::fs::write(&given, mails).unwrap();
    let case = Case::open_or_create(&folder.path().join("case")).unwrap();
    let actor = Actor {
        name: "Rita Reviewer".to_owned(),
        how: Known::Given,
    };
    case.import(&[given], &ImportOptions::default(), &actor, &mut ())
        .unwrap();
    let session = Session::open(case, actor).unwrap();
    for number in [0, 1].map(MessageNumber) {
        session
            .decide(&Target::Message(number), Decision::Official, How::Key, None)
            .unwrap();
    }
    redact(
        &session,
        &set(1, 2),
        &words("Leopold Grant"),
        Some("foi-40-2"),
    );
    let bag = folder.path().join("mails");
    let written = made(&session, Form::Mbox, Edition::Open, &bag).unwrap();
    assert_eq!((written.mails.originals, written.mails.left_out), (1, 1));
    assert_eq!(overall(&verify(&bag)), Verdict::Ok);
    assert_eq!(places(&bag, "Leopold Grant"), [""; 0]);
    let of = |name: &str| std::fs::read_to_string(bag.join(name)).unwrap();
    assert!(of("data/mail/as-sent.mbox").contains("\n>From there on we go by boat.\n"));
    let records = of("data/mbox/mail-records.mbox");
    assert!(
        records.contains("Message-ID: <two@example.org>"),
        "{records}"
    );
    assert!(
        records.contains("In-Reply-To: <one@example.org>"),
        "{records}"
    );
    let texts = read_back(&[
        bag.join("data/mail/as-sent.mbox"),
        bag.join("data/mbox/mail-records.mbox"),
    ]);
    assert_eq!(
        texts[0].trim_end(),
        "Quay\n\nThe quay opens on Monday.\nFrom there on we go by boat."
    );
    assert!(
        texts[1].contains("The complaint is from [redacted"),
        "{texts:?}"
    );
}

#[test]
fn a_package_holds_what_the_bundle_holds_and_describes_every_file() {
    let desk = masked();
    let out = tempfile::tempdir().unwrap();
    let bag = out.path().join("sip");
    made(&desk.session, Form::Sip, Edition::Open, &bag).unwrap();
    let checks = verify(&bag);
    assert_eq!(overall(&checks), Verdict::Ok, "{checks:?}");
    let package = std::fs::read_dir(bag.join("data"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let inner = std::fs::read_to_string(package.join("representations/rep1/METS.xml")).unwrap();
    let described = inner.matches("<FLocat").count();
    let here = files(&package.join("representations/rep1/data"));
    assert_eq!(described, here.len());
    for path in here {
        let name = path
            .strip_prefix(package.join("representations/rep1"))
            .unwrap();
        assert!(
            inner.contains(&format!("\"{}\"", name.display())),
            "{name:?}"
        );
    }
    let other = out.path().join("again");
    made(&desk.session, Form::Sip, Edition::Open, &other).unwrap();
    let same = |root: &Path| -> Vec<(String, Vec<u8>)> {
        let all = files(&root.join("data")).into_iter();
        all.map(|path| {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
    };
    assert!(
        same(&bag) == same(&other),
        "the same state gives other bytes"
    );
}

#[test]
fn an_export_that_was_changed_does_not_hold() {
    let desk = masked();
    let out = tempfile::tempdir().unwrap();
    let bag = out.path().join("rsmf");
    made(&desk.session, Form::Rsmf, Edition::Open, &bag).unwrap();
    for path in files(&bag) {
        let bytes = std::fs::read(&path).unwrap();
        let mut other = bytes.clone();
        let middle = other.len() / 2;
        other[middle] ^= 1;
        std::fs::write(&path, &other).unwrap();
        assert_eq!(overall(&verify(&bag)), Verdict::Failed, "{path:?}");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(overall(&verify(&bag)), Verdict::Failed, "{path:?}");
        std::fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(overall(&verify(&bag)), Verdict::Ok);
}

#[test]
fn a_file_for_recipients_says_nothing_and_leaves_nothing_in_clear() {
    let desk = masked();
    let out = tempfile::tempdir().unwrap();
    let key = out.path().join("key");
    let made = Command::new("age-keygen").arg("-o").arg(&key).output();
    if made.is_err() {
        println!("skipped: age is not installed");
        return;
    }
    let text = std::fs::read_to_string(&key).unwrap();
    let public = text
        .lines()
        .find_map(|line| line.strip_prefix("# public key: "))
        .unwrap();
    let list = out.path().join("recipients.txt");
    std::fs::write(&list, format!("# records team\n\n{public}\n")).unwrap();
    let recipients = Recipients::read([list.to_str().unwrap(), public]).unwrap();
    assert_eq!(recipients.names(), [public]);
    let path = out.path().join("handover.tar.age");
    let plan = bundle::plan(&desk.session, &Options::default()).unwrap();
    let to = Destination {
        path: &path,
        recipients: Some(&recipients),
        sign: None,
    };
    let written = bundle::write_to(&desk.session, &plan, &to, &mut ()).unwrap();
    assert_eq!(written.recipients, [public]);
    let sealed = std::fs::read(&path).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1\n-> X25519 "));
    let case = desk.session.case().layout().root().to_path_buf();
    let hidden = |folder: &Path| {
        files(folder)
            .into_iter()
            .filter(|path| path.display().to_string().contains(".docket-"))
            .count()
    };
    assert_eq!((hidden(out.path()), hidden(&case)), (0, 0));
    assert_eq!(places(out.path(), "the quay opens"), [""; 0]);
    let opened = Command::new("sh")
        .arg("-c")
        .arg("age -d -i key handover.tar.age | tar x")
        .current_dir(out.path())
        .status()
        .unwrap();
    assert!(opened.success());
    let bag = out.path().join("handover");
    assert_eq!(overall(&verify(&bag)), Verdict::Ok);
    assert!(!places(&bag, "the quay opens").is_empty());
    let again = bundle::write_to(&desk.session, &plan, &to, &mut ());
    assert!(
        matches!(again, Err(BundleError::Exists { .. })),
        "{again:?}"
    );
}

/// Says stop when a stage begins.
struct StopAt(&'static str);

impl docket::case::Progress for StopAt {
    fn tick(&mut self, stage: &str, _: u64, _: u64) -> std::ops::ControlFlow<()> {
        match stage == self.0 {
            true => std::ops::ControlFlow::Break(()),
            false => std::ops::ControlFlow::Continue(()),
        }
    }
}

#[test]
fn what_is_stopped_leaves_neither_file_nor_entry() {
    let desk = masked();
    let session = &desk.session;
    let out = tempfile::tempdir().unwrap();
    let key = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    let recipients = Recipients::read([key]).unwrap();
    let plan = bundle::plan(session, &Options::default()).unwrap();
    let derived = session.case().layout().derived();
    let names = |folder: &Path| {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let (before, head) = (
        names(&derived),
        session.case().ledger().entries(0).unwrap().len(),
    );
    for stage in ["records", "self-test", "flushing", "encrypting"] {
        let to = Destination {
            path: &out.path().join("x.tar.age"),
            recipients: Some(&recipients),
            sign: None,
        };
        for form in Form::ALL {
            let done = export(session, &plan, form, Edition::Open, &to, &mut StopAt(stage));
            assert!(
                matches!(done, Err(BundleError::Stopped)),
                "{form:?}, {stage}: {done:?}"
            );
        }
        let done = bundle::write_to(session, &plan, &to, &mut StopAt(stage));
        assert!(
            matches!(done, Err(BundleError::Stopped)),
            "{stage}: {done:?}"
        );
    }
    assert_eq!(names(out.path()), [""; 0]);
    assert_eq!(names(&derived), before);
    assert_eq!(session.case().ledger().entries(0).unwrap().len(), head);
}

#[test]
fn who_is_no_recipient_is_told_so_and_never_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let secret = "AGE-SECRET-KEY-1QQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQQPZRY9X8GF2TVDW0S3";
    for given in [
        "age1qqqq".to_owned(),
        at("secret", secret),
        at("empty", "# nobody\n"),
        at(
            "private",
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA\n",
        ),
        folder.path().join("none").to_str().unwrap().to_owned(),
    ] {
        let Err(error) = Recipients::read([given.as_str()]) else {
            panic!("{given}");
        };
        let told = error.to_string();
        assert!(
            !told.contains("QQPZRY") && !told.contains("b3Blbn"),
            "{told}"
        );
    }
}
