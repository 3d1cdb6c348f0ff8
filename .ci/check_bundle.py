#!/usr/bin/env python3
"""Checks a records bundle with programs that docket's authors did not write.

Usage: check_bundle.py BAG [WITHHELD.jsonl [PERSONAL EXEMPT]]

BAG is a bundle that docket wrote. WITHHELD, if given, has one JSON object a line with a field
`text`: what must not be found in any byte of the bag (`docket search --json is:personal`).

PERSONAL is a text that is masked as no record: it must be in no byte. EXEMPT is one that is masked in
the open copy alone: it must be in the closed master, and in no file of the open copy.

Needs Python 3.9 or newer and `bagit` from PyPI. Prints one line a check; exit code 1 when one fails.
"""

import base64
import binascii
import codecs
import csv
import email
import email.errors
import email.header
import email.policy
import hashlib
import html
import html.parser
import json
import quopri
import re
import sys
from pathlib import Path

import bagit

FAILED = []
PARTS = "official mixed context personal refer undecided system unreadable copies".split()
FORMULA = tuple("=+-@\t\r\n\0") + ("\uff1d", "\uff0b", "\uff0d", "\uff20")
TAGS = set(
    "html head meta title style body h1 h2 bdi dl dt dd main section article header b time span div p ul li a".split()
)
ATTRIBUTES = {
    ("html", "lang"),
    ("meta", "charset"),
    ("meta", "http-equiv"),
    ("meta", "content"),
    ("meta", "name"),
    ("article", "class"),
    ("article", "id"),
    ("time", "datetime"),
    ("div", "class"),
    ("div", "dir"),
    ("p", "class"),
    ("ul", "class"),
    ("a", "href"),
}


def check(name, problems, detail):
    """Prints a verdict; at most three problems of a kind."""
    problems = list(problems)
    if problems:
        FAILED.append(name)
        print(f"FAILED  {name}: {'; '.join(map(str, problems[:3]))} ({len(problems)} in all)")
    else:
        print(f"ok      {name}: {detail}")


def bag_is_valid(root):
    try:
        bagit.Bag(str(root)).validate(processes=1)
    except bagit.BagError as error:
        yield error


def mails(paths):
    """Every mail parses without a defect, in its headers, too, and identifies itself."""
    for path in paths:
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        problems = list(mail.defects)
        for name, value in mail.items():
            problems += value.defects
        for name in ("Message-ID", "From", "To", "Subject", "MIME-Version", "Content-Type"):
            if len(mail.get_all(name, [])) != 1:
                problems.append(f"{name} is not there once")
        if "Date" not in mail and path.stem != "undated":
            problems.append("no Date")
        try:
            text = mail.get_content()
        except (LookupError, UnicodeError) as error:
            problems.append(error)
            text = ""
        plain = path.with_suffix(".txt").read_text(encoding="utf-8")
        if text.replace("\r\n", "\n").rstrip("\n") != plain.rstrip("\n"):
            problems.append("does not say what the text says")
        for problem in problems:
            yield f"{path.name}: {problem!r}"


class Page(html.parser.HTMLParser):
    """Gathers what a page has beyond the template."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.problems = []
        self.style = ""
        self.policy = ""
        self.inside = []
        self.texts = []

    def handle_starttag(self, tag, attrs):
        self.inside.append(tag)
        if tag not in TAGS:
            self.problems.append(f"<{tag}>")
        for name, value in attrs:
            if (tag, name) not in ATTRIBUTES:
                self.problems.append(f"<{tag} {name}>")
            if name == "href" and not re.fullmatch(
                r"(\.\./)+data/(attachments/[0-9a-f]{2}/[0-9a-f]{64}(_R)?\.[a-z0-9]{1,8}"
                r"|mail/thread-[0-9]{4,}/message-[0-9]+\.eml)"
                r"|#m[0-9]+|[a-z0-9-]+/thread-[0-9]{4,}/([0-9]{4}-[0-9]{2}-[0-9]{2}|undated)(_R)?\.html",
                value or "",
            ):
                self.problems.append(f"href {value!r}")
        attrs = dict(attrs)
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy":
            self.policy = attrs.get("content", "")
        if tag == "div" and attrs.get("class") == "text":
            self.texts.append("")

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" in self.inside:
            self.style += data
        elif "div" in self.inside and self.texts:
            self.texts[-1] += data

    def handle_comment(self, data):
        self.problems.append("a comment")

    def handle_pi(self, data):
        self.problems.append("a processing instruction")


def pages(paths):
    """Every page holds the template's elements and attributes and no other, and loads nothing."""
    for path in paths:
        page = Page()
        page.feed(path.read_text(encoding="utf-8"))
        page.close()
        style = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
        if f"style-src 'sha256-{style}'" not in page.policy:
            page.problems.append("its style is not the one its policy allows")
        if not page.policy.startswith("default-src 'none'"):
            page.problems.append("its policy lets something be loaded")
        text = path.read_text(encoding="utf-8")
        for link in re.findall(r'href="([^"]*)"', text):
            is_here = f'id="{link[1:]}"' in text if link[:1] == "#" else (path.parent / link).is_file()
            if not is_here:
                page.problems.append(f"a link leads nowhere: {link}")
        for problem in page.problems:
            yield f"{path.name}: {problem}"


def decoded(mail):
    """All that a mail says: its headers, its parts and the mails within it, their codings undone."""
    for name, value in mail.items():
        try:
            words = email.header.decode_header(str(value))
        except (ValueError, email.errors.HeaderParseError):
            words = [(str(value), None)]
        for word, charset in words:
            if isinstance(word, bytes):
                word = word.decode(charset if known(charset) else "latin-1", errors="replace")
            yield word.encode("utf-8", errors="replace")
    if mail.is_multipart():
        for part in mail.get_payload():
            yield from decoded(part)
        return
    data = mail.get_payload(decode=True) or b""
    yield data
    charset = mail.get_content_charset()
    if mail.get_content_maintype() == "text" and known(charset):
        text = data.decode(charset, errors="replace")
        yield text.encode("utf-8", errors="replace")
        yield html.unescape(re.sub("<[^>]*>", "", text)).encode("utf-8", errors="replace")


def known(charset):
    try:
        return charset is not None and codecs.lookup(charset) is not None
    except LookupError:
        return False


def original_of(path):
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)


def originals(root, messages):
    """Each mail as it was has the bytes, the name and the subject that its message tells of."""
    told = {}
    for message in messages:
        original = message["original"]
        if original is None:
            continue
        if message["decision"] != "official":
            yield f"{original['path']}: of a message that nobody decided to hand over whole"
        told[original["path"]] = message["message"]
        path = root / original["path"]
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != original["sha256"] or len(data) != original["bytes"]:
            yield f"{original['path']}: not the bytes that its message tells of"
        if data.startswith(b"From "):
            yield f"{original['path']}: begins with a line of the mailbox"
        mail = original_of(path)
        if not mail.items():
            yield f"{original['path']}: Python's email finds no header in it"
        name = str(mail.get("Message-ID", "")).strip().strip("<>")
        if message["message_id"] and name != message["message_id"]:
            yield f"{original['path']}: it has another name than its message"
        list(decoded(mail))
    here = {path.relative_to(root).as_posix() for path in root.glob("data/mail/**/*") if path.is_file()}
    if here != told.keys():
        yield f"{here ^ told.keys()}: not both there and told of"
    head, *rows = table(root, "decisions.csv")
    at = head.index("original")
    if {row[at]: int(row[0]) for row in rows if row[at]} != told:
        yield "decisions.csv points to other mails"
    counted = json.loads((root / "completeness.json").read_text(encoding="utf-8"))["mail"]
    left_out = sum(message["original_left_out"] is not None for message in messages)
    if counted != {"mails": len(told) + left_out, "originals": len(told), "left_out": left_out}:
        yield f"completeness.json counts {counted}"


def context(root, messages):
    """What is context says so in the record that people read, and is there for records."""
    decisions = {message["message"]: message["decision"] for message in messages}
    for message in messages:
        number, records = message["message"], message["context_for"]
        if records and message["decision"] != "context":
            yield f"message {number}: is context for others, and is none"
        for record in records:
            if decisions.get(record) not in ("official", "mixed"):
                yield f"message {number}: is context for {record}, which is no record here"
        if message["decision"] == "context":
            folder = root / "data/records" / message["channel"] / message["thread"]
            page = (folder / f"{message['day']}.html").read_text(encoding="utf-8")
            if f'<article class="context" id="m{number}">' not in page:
                yield f"message {number}: its page does not mark it as context"


def table(root, name):
    with open(root / name, encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def tables(root):
    """Every table is a rectangle, and no cell can start a formula."""
    for path in sorted(root.glob("*.csv")):
        rows = table(root, path.name)
        for number, row in enumerate(rows):
            if len(row) != len(rows[0]):
                yield f"{path.name}, row {number}: {len(row)} cells"
            for cell in row:
                if cell.lstrip(" \t\r\n\"\ufeff").startswith(FORMULA):
                    yield f"{path.name}, row {number}: a formula"


def balance(root, messages):
    """The sums hold in every row and over all rows, and the messages are those counted."""
    told = json.loads((root / "completeness.json").read_text(encoding="utf-8"))
    keys = ["messages", "handed_over", *PARTS]
    for row in [told["total"], *told["sources"], *told["threads"], *told["days"]]:
        if row["messages"] != sum(row[part] for part in PARTS):
            yield f"{row}: does not add up"
    for key in keys:
        for rows in (told["sources"], told["threads"], told["days"]):
            if told["total"][key] != sum(row[key] for row in rows):
                yield f"{key}: the rows do not add up to the total"
    if told["set"] == "whole" and (told["total"]["undecided"] or told["total"]["refer"]):
        yield "a whole set leaves something undecided"
    counted = {}
    for message in messages:
        slot = (message["source"], message["thread"], message["day"])
        counted[slot] = counted.get(slot, 0) + 1
    for row in told["days"]:
        slot = (row["source"], row["thread"], row["day"])
        if counted.pop(slot, 0) != row["handed_over"]:
            yield f"{slot}: not as many messages as it says"
    if counted:
        yield f"{len(counted)} days of messages have no row"
    official = sum(message["decision"] == "official" for message in messages)
    if official != told["total"]["official"]:
        yield f"{official} official messages, and it says {told['total']['official']}"


def rules(root, messages):
    """What rules decided is counted as decisions.csv says; their texts say nothing that is not here."""
    head, *rows = table(root, "decisions.csv")
    how, decision = head.index("how"), head.index("decision")
    counted = {}
    for row in rows:
        if row[how].startswith("rule"):
            key = (row[how], row[decision])
            counted[key] = counted.get(key, 0) + 1
    told = json.loads((root / "completeness.json").read_text(encoding="utf-8"))["rules"]
    for row in told:
        key = (f"rule {row['rule']}", row["decision"])
        counted[key] = counted.get(key, 0) - row["messages"]
    for key, left in counted.items():
        if left:
            yield f"{key}: {left} more decisions than completeness.json tells of"
    said = " ".join(
        " ".join([message["text"], message["sender"] or "", message["thread_title"] or ""])
        for message in messages
    ).casefold()
    language = re.compile(r"\b(is|has|on|after|before|kind|flag):\S+|\b(from|in):|\b(OR|NOT)\b")
    for row in told:
        for word in re.findall(r"\w+", language.sub(" ", row["text"] or "").casefold()):
            if word not in said:
                yield f"rule {row['rule']}: its text says what nothing here says"


def agreement(root, messages):
    """Decisions and people are those of the messages."""
    head, *rows = table(root, "decisions.csv")
    decided = {int(row[0]): row[head.index("decision")] for row in rows}
    wanted = {m["message"]: m["decision"] for m in messages if m["decision"] is not None}
    if decided != wanted:
        yield "decisions.csv does not tell of the same messages"
    head, *rows = table(root, "people.csv")
    senders = {row[0] for row in rows if "sender" in row[head.index("roles")].split()}
    if senders != {m["person"] for m in messages if m["person"] is not None}:
        yield "people.csv does not tell of the same senders"
    named = {row[head.index("name")].removeprefix("'") for row in rows}
    for message in messages:
        beside = [*message["recipients"], *message["reactions"], {"who": message["forwarded"]}]
        for who in {one.get("who") for one in beside} - {None, ""}:
            if who not in named:
                yield f"people.csv lacks someone whom message {message['message']} names"
    for message in messages:
        for file in message["attachments"]:
            if file["path"] is not None:
                data = (root / file["path"]).read_bytes()
                if hashlib.sha256(data).hexdigest() != file["sha256"]:
                    yield f"{file['path']}: not the bytes its name says"


def names(root):
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if name != "README.txt" and not re.fullmatch(r"[a-z0-9._/-]+?(_R\.[a-z0-9]+)?", name):
            yield name


def texts(value):
    """Every text of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def forms(path):
    """The bytes of a file, and what its coding stands for."""
    data = path.read_bytes()
    yield data
    if "mail" in path.parts and path.suffix == ".eml":
        yield from decoded(original_of(path))
    elif path.suffix == ".eml":
        yield quopri.decodestring(data)
    elif path.suffix == ".html":
        yield html.unescape(data.decode("utf-8")).encode()
    elif path.suffix == ".jsonl":
        for line in data.splitlines():
            for text in texts(json.loads(line)):
                yield text.encode()
    elif path.suffix == ".csv":
        yield data.replace(b'""', b'"')


def joined(data):
    """Without blanks, so that indents and line ends hide nothing."""
    return b"".join(data.split())


def leaks(root, withheld, messages):
    """No text of 20 characters or more that stays behind, unless also said in what is here."""
    # What is joined has no blanks, so a text that is found lies within one of the pieces.
    said = b" ".join(joined(message["text"].encode()) for message in messages)
    texts = {joined(text.encode()) for text in withheld if len(text) >= 20}
    searched = {text for text in texts if text and text not in said}
    files = {
        path: b" ".join(joined(form) for form in forms(path))
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
    everything = b" ".join(files.values())
    for text in searched:
        for hidden in (text, binascii.b2a_base64(text, newline=False)):
            if hidden in everything:
                path = next(path for path, data in files.items() if hidden in data)
                # The text itself is not printed: this output may be kept.
                yield f"{path.relative_to(root)} holds a withheld text of {len(text)} bytes"
    print(f"        searched for {len(searched)} withheld texts of {len(texts)} long enough")


def masks(root, personal, exempt):
    """What is masked is in no byte of its edition, and redactions.csv tells of it, not what it says."""
    head, *rows = table(root, "redactions.csv")
    told = {(row[head.index("reach")], row[head.index("message")]) for row in rows}
    for reach in ("always", "open"):
        if not any(one == reach for one, _ in told):
            yield f"redactions.csv tells of no mask that reaches {reach}"
    closed = 0
    for path in sorted(root.rglob("*")):
        if not path.is_file():
            continue
        data = [joined(form).lower() for form in forms(path)]
        name = path.relative_to(root).as_posix()
        if any(joined(personal.encode()).lower() in one for one in data):
            yield f"{name} holds what is masked as personal"
        is_open = name.startswith("data/") and not path.with_name(f"{path.stem}_R{path.suffix}").exists()
        if any(joined(exempt.encode()).lower() in one for one in data):
            closed += 1
            if is_open:
                yield f"{name} is of the open copy and holds what is exempt"
    if not closed:
        yield "the closed master lacks what is only exempt"


def counted(messages):
    return sum(message["original"] is not None for message in messages)


def main():
    root = Path(sys.argv[1])
    with open(root / "data/records/messages.jsonl", encoding="utf-8", newline="\n") as file:
        messages = [json.loads(line) for line in file]
    eml = sorted(root.glob("data/records/**/*.eml"))
    pages_found = sorted(root.glob("data/records/**/*.html"))
    check("bagit", bag_is_valid(root), f"bagit {bagit.VERSION} accepts it")
    check("mails", mails(eml), f"{len(eml)} parse without defects")
    check("pages", pages(pages_found), f"{len(pages_found)} hold nothing but the template")
    check("tables", tables(root), "rectangles without formulas")
    check("balance", balance(root, messages), f"{len(messages)} messages add up")
    check("rules", rules(root, messages), "what they decided agrees, and names nothing else")
    check("agreement", agreement(root, messages), "decisions, people and files agree")
    check("context", context(root, messages), "marked, and for records that are here")
    check("originals", originals(root, messages), f"{counted(messages)} mails are as they were")
    check("names", names(root), "all file names are plain")
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="utf-8", newline="\n") as file:
            withheld = [json.loads(line).get("text", "") for line in file if line.strip()]
        check("leaks", leaks(root, withheld, messages), "nothing withheld is in any byte")
    if len(sys.argv) > 4:
        check("masks", masks(root, *sys.argv[3:5]), "personal in neither edition, exempt in one")
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
