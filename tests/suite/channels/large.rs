//! Exports of a gigabyte in bounded memory. Slow: `cargo test --release -- --ignored large`.

use super::detect;
use docket::import::{Export, ReadError, ReadOptions, Record, Sink, ThreadHead};
use docket::model::Span;
use std::fs::File;
use std::io::{BufWriter, Write as _};

/// Counts, and keeps nothing.
#[derive(Default)]
struct Count {
    records: u64,
    bytes: u64,
}

impl Sink for Count {
    fn thread(&mut self, _: ThreadHead) -> Result<(), ReadError> {
        Ok(())
    }
    fn record(&mut self, record: Record) -> Result<(), ReadError> {
        self.records += 1;
        self.bytes += u64::from(record.span.length);
        Ok(())
    }
    fn structure(&mut self, _: u32, span: Span) -> Result<(), ReadError> {
        self.bytes += u64::from(span.length);
        Ok(())
    }
    fn progress(&mut self, _: u64) -> Result<(), ReadError> {
        Ok(())
    }
}

/// The most memory this process has held, in kilobytes; 0 where the system does not say.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

fn measure(name: &str, head: &str, tail: &str, piece: &dyn Fn(u64) -> String) {
    const SIZE: u64 = 1 << 30;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    let mut out = BufWriter::new(File::create(&path).unwrap());
    out.write_all(head.as_bytes()).unwrap();
    let (mut written, mut count) = (0, 0);
    while written < SIZE {
        let text = piece(count);
        out.write_all(text.as_bytes()).unwrap();
        written += text.len() as u64;
        count += 1;
    }
    out.write_all(tail.as_bytes()).unwrap();
    out.flush().unwrap();
    let export = Export::from_file(&path, name).unwrap();
    let before = most_memory();
    let begun = std::time::Instant::now();
    let mut sink = Count::default();
    let importer = detect(&export).unwrap();
    importer
        .read(&export, &ReadOptions::default(), &mut sink)
        .unwrap();
    let grown = most_memory().saturating_sub(before) / 1024;
    println!(
        "{name}: {count} messages, {} MB in {:.1} s, {grown} MB more memory",
        sink.bytes >> 20,
        begun.elapsed().as_secs_f64()
    );
    assert_eq!(sink.records, count);
    assert_eq!(sink.bytes, export.items[0].size);
    assert!(grown < 256, "{grown} MB");
}

#[test]
#[ignore = "writes a gigabyte"]
fn large_backup_of_texts() {
    let picture = "QUJD".repeat(250_000);
    measure(
        "sms.xml",
        "<?xml version='1.0'?>\n<smses count=\"1\">\n",
        "</smses>\n",
        &|number| {
            if number % 100 == 99 {
                format!(
                    "  <mms date=\"1617181724000\" msg_box=\"1\" address=\"+4477009000{:02}\"><parts><part ct=\"image/png\" data=\"{picture}\"/></parts></mms>\n",
                    number % 50
                )
            } else {
                format!(
                    "  <sms protocol=\"0\" address=\"+4477009000{:02}\" date=\"1617181724000\" type=\"1\" subject=\"null\" body=\"Text number {number} &#55357;&#56841; with some more words in it\" read=\"1\" contact_name=\"Person {0:02}\" />\n",
                    number % 50
                )
            }
        },
    );
}

#[test]
#[ignore = "writes a gigabyte"]
fn large_mailbox() {
    let file = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3\n"
        .repeat(6_000);
    measure("x.mbox", "", "", &|number| {
        let answered = number / 2;
        let head = format!(
            "From a@example.com Wed Mar 31 09:08:43 2021\nFrom: A <a@example.com>\nTo: b@example.com\nDate: Wed, 31 Mar 2021 10:08:43 +0100\nMessage-ID: <{number}@example.com>\nIn-Reply-To: <{answered}@example.com>\nSubject: Re: number {number}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSome words, and some more of them.\n"
        );
        if number % 50 == 49 {
            format!(
                "{head}--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n{file}--b--\n\n"
            )
        } else {
            format!("{head}--b--\n\n")
        }
    });
}

#[test]
#[ignore = "writes a gigabyte"]
fn large_account_of_telegram() {
    measure(
        "result.json",
        "{\n \"name\": \"Team\",\n \"type\": \"private_group\",\n \"id\": 5,\n \"messages\": [",
        "\n ]\n}\n",
        &|number| {
            let comma = if number > 0 { "," } else { "" };
            format!(
                "{comma}\n  {{\n   \"id\": {number},\n   \"type\": \"message\",\n   \"date\": \"2024-03-31T11:08:43\",\n   \"date_unixtime\": \"1711879723\",\n   \"from\": \"Person {0}\",\n   \"from_id\": \"user{0}\",\n   \"text\": [\n    \"Message {number}, \",\n    {{\n     \"type\": \"bold\",\n     \"text\": \"and some more words\"\n    }}\n   ]\n  }}",
                number % 50
            )
        },
    );
}

#[test]
#[ignore = "writes a gigabyte"]
fn large_export_of_signal() {
    measure(
        "main.jsonl",
        "{\"version\":\"1\",\"backupTimeMs\":\"1711972800000\"}\n{\"recipient\":{\"id\":\"1\",\"self\":{}}}\n{\"recipient\":{\"id\":\"2\",\"contact\":{\"profileGivenName\":\"Ben\"}}}\n{\"chat\":{\"id\":\"10\",\"recipientId\":\"2\"}}\n",
        "",
        &|number| {
            format!(
                "{{\"chatItem\":{{\"chatId\":\"10\",\"authorId\":\"{}\",\"dateSent\":\"{}\",\"incoming\":{{\"read\":true}},\"standardMessage\":{{\"text\":{{\"body\":\"Message {number} and some more words\"}}}}}}}}\n",
                1 + number % 2,
                1_711_000_000_000u64 + number * 1000
            )
        },
    );
}
