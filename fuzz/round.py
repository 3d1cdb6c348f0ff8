#!/usr/bin/env python3
"""One round of the fuzzer: each target in turn, for so many seconds, with seeds from the samples.

    cargo +nightly fuzz build && python3 fuzz/round.py FOLDER [--seconds N] [--more PATH] [TARGET ...]
    python3 fuzz/round.py FOLDER --table

FOLDER keeps what was bred from one round to the next and the sums of all rounds (`totals/`), and
holds the ledger of a case and a bundle that docket made; in memory best. A target is one of
fuzz_targets/, or the name of an importer; without any, all. --more is a folder with further seeds
for importers. Ends with a line for each target: seconds of a processor, inputs, edges of the program
that they reached, and the input that broke it. --table runs nothing and writes the sums of all
rounds, as docs/torture.md has them.
"""

import argparse
import base64
import io
import json
import os
import re
import resource
import shlex
import shutil
import sqlite3
import struct
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILT = HERE / "target/x86_64-unknown-linux-gnu/release"
DOCKET = ROOT / "target/debug/docket"
OTHERS = ["archive", "files", "search", "escaping", "records", "ledger", "entries", "bag"]
# The longest input; a file of Outlook's is a quarter of a megabyte when it is empty.
LONGEST = {"pst": 300_000, "archive": 65_536, "files": 65_536, "bag": 65_536}
DICTIONARY = {
    "search": "search",
    "archive": "archive",
    "pst": "archive",
    "email": "mail",
    "rsmf": "json",
    "whatsapp": "lines",
    "line": "lines",
    "viber": "lines",
    "linkedin": "lines",
    "sigtop": "lines",
    "signal-export": "lines",
    "sms-backup-restore": "markup",
    "nus-sms-corpus": "markup",
    "google-voice": "markup",
    "imessage-exporter": "markup",
    "teams-pages": "markup",
    "files": "files",
}
# Of each file of a zip so many bytes, so that inputs are short and what is odd stands close.
PIECE = 1500
# Of a zip so many files, chats and what tells of them before what messages bring.
MOST_FILES = 8
BROUGHT = {".jpg", ".mp4", ".opus", ".pdf", ".vcf", ".webp"}
# What of a zip is chats by its ending: they are seeds by themselves too.
CHATS = {".csv", ".eml", ".htm", ".html", ".json", ".jsonl", ".mbox", ".txt", ".xml"}
# What Python says of a zip that it does not read; as it is it may be a seed all the same.
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError)
# How often a target may break before it is left alone.
MOST_BROKEN = 5


def importers():
    """The names of all importers, as docket lists them."""
    told = subprocess.run([DOCKET, "formats"], check=True, capture_output=True, text=True).stdout
    return re.findall(r"^([a-z-]+): ", told, re.MULTILINE)


def piece(whole):
    """The beginning, to the end of a line where there are lines."""
    if len(whole) <= PIECE * 2:
        return whole
    return whole[: max(whole.rfind(b"\n", 0, PIECE) + 1, PIECE // 2)]


def stored(zip_bytes):
    """The zip again, without compression and with the beginnings of its files only."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(zip_bytes)) as given, zipfile.ZipFile(out, "w") as short:
        def order(info):
            return Path(info.filename).suffix in BROUGHT, -info.file_size

        for info in sorted(given.infolist(), key=order)[:MOST_FILES]:
            short.writestr(zipfile.ZipInfo(info.filename), piece(given.read(info)))
    return out.getvalue()


def seeds_of_zip(zip_bytes):
    """The zip, short, and the beginnings of the first chats in it."""
    with zipfile.ZipFile(io.BytesIO(zip_bytes)) as given:
        chats = [info for info in given.infolist() if Path(info.filename).suffix in CHATS]
        chats = chats[:MOST_FILES]
        return [stored(zip_bytes), *(piece(given.read(info)) for info in chats)]


def seeds_of_importers(folder, more):
    folder.mkdir(parents=True, exist_ok=True)
    given = [path for path in sorted((ROOT / "sample_exports").iterdir()) if path.suffix != ".md"]
    given += [path for path in sorted(Path(more).rglob("*")) if path.is_file()] if more else []
    for number, path in enumerate(given):
        content = path.read_bytes()
        if path.suffix in (".pst", ".msg"):
            continue
        contents = [piece(content)]
        try:
            if content.startswith(b"PK\x03\x04"):
                contents = seeds_of_zip(content)
            elif path.suffix == ".rsmf":
                packed = content.split(b"base64")[-1].split(b"\r\n\r\n", 1)[-1].split(b"--")[0]
                contents = [content, *seeds_of_zip(base64.b64decode(packed))]
        except UNREADABLE:
            pass
        for at, seed in enumerate(contents):
            (folder / f"{number}-{at}").write_bytes(seed)


def box(name, *parts):
    """A box of ISO/IEC 14496-12, of which films are made."""
    content = b"".join(parts)
    return struct.pack(">I", 8 + len(content)) + name + content


def riff(form, *chunks):
    """A RIFF file: chunks of a name and an even number of bytes."""
    content = form + b"".join(name + struct.pack("<I", len(of)) + of for name, of in chunks)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def small_files():
    """Files of kinds that the samples have none of, as small as they get, with properties."""
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0\x04\0\0\0Cam\0\0\0\0\0"
    text = b"tEXtAuthor\0Ann"
    chunks = [b"IHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0), text,
              b"IDAT" + zlib.compress(b"\0\0"), b"IEND"]  # fmt: skip
    png = b"".join(
        struct.pack(">I", len(of) - 4) + of + struct.pack(">I", zlib.crc32(of)) for of in chunks
    )
    track = box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia", box(b"mdhd", bytes(24)), box(
        b"minf", box(b"stbl", box(b"stco", struct.pack(">III", 0, 1, 300))))))  # fmt: skip
    film = [box(b"ftyp", b"isom\0\0\2\0isom"), box(b"moov", box(b"mvhd", bytes(100)), track, box(
        b"udta", box(b"\xa9xyz", b"\0\x08\x15\xc7+51.5-0/"))), box(b"mdat", bytes(8))]  # fmt: skip
    office = io.BytesIO()
    with zipfile.ZipFile(office, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("_rels/.rels", "<Relationships/>")
        packed.writestr("word/media/a.gif", "GIF89a")
        packed.writestr("word/document.xml", "<w:document><w:p><w:t>Word</w:t></w:p></w:document>")
        packed.writestr("docProps/core.xml", "<cp:coreProperties><dc:creator>Ann</dc:creator></cp:coreProperties>")
    return [
        b"\x89PNG\r\n\x1a\n" + png,
        b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xfe\3Ann\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
        riff(b"WEBP", (b"VP8X", b"\x08" + bytes(9)), (b"VP8L", b"\x2f" + bytes(9)), (b"EXIF", exif)),
        riff(b"WAVE", (b"fmt ", b"\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0"), (b"data", bytes(8)),
             (b"LIST", b"INFOIART\4\0\0\0Ann\0")),
        b"".join(film),
        b"fLaC\0\0\0\x22" + bytes(34) + b"\x84\0\0\x0c\4\0\0\0libF\0\0\0\0" + b"\xff\xf8",
        b"ID3\4\0\0\0\0\0\x0fTPE1\0\0\0\5\0\0\3Ann\0" + b"\xff\xfb\x90\0" + bytes(413),
        b"#!AMR\n" + b"\x0c" + bytes(13),
        b"BM" + struct.pack("<IIIIiiHHIIIIII", 58, 0, 54, 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0) + bytes(4),
        b"caff\0\1\0\0desc" + struct.pack(">Q", 32) + bytes(32) + b"info" + struct.pack(">Q", 4) + bytes(4),
        office.getvalue(),
        b"%PDF-1.4\n1 0 obj\n<</Type /Pages /Count 1 /Author (Ann)>>\nendobj\n%%EOF",
        b"{\\rtf1{\\info{\\author Ann}}word}",
    ]


def seeds(target, folder, more):
    """Puts the seeds of a target into a folder."""
    samples = ROOT / "sample_exports"
    folder.mkdir(parents=True, exist_ok=True)
    if target == "pst":
        for path in [*samples.glob("*.pst"), *(Path(more).rglob("*.[mp]s[gt]") if more else [])]:
            if path.stat().st_size <= LONGEST["pst"]:
                shutil.copy(path, folder)
    elif target == "archive":
        for number, path in enumerate(sorted(samples.glob("*.zip"))):
            (folder / f"{number}.zip").write_bytes(path.read_bytes()[:60_000])
            tar = io.BytesIO()
            with zipfile.ZipFile(path) as given, tarfile.open(fileobj=tar, mode="w") as packed:
                for info in given.infolist()[:4]:
                    row = tarfile.TarInfo(info.filename)
                    content = piece(given.read(info))
                    row.size = len(content)
                    packed.addfile(row, io.BytesIO(content))
            (folder / f"{number}.tar").write_bytes(tar.getvalue())
    elif target == "files":
        kept = {}
        for path in sorted(samples.glob("*.zip")):
            with zipfile.ZipFile(path) as given:
                for info in given.infolist():
                    kept.setdefault(Path(info.filename).suffix.lower(), given.read(info)[:60_000])
        kept.update({path.name: path.read_bytes() for path in samples.glob("*.[cv][sc][vf]")})
        for number, content in enumerate([*kept.values(), *small_files()]):
            (folder / str(number)).write_bytes(content)
    elif target == "search":
        guide = (ROOT / "docs/reviewing.md").read_text()
        for number, words in enumerate(sorted(set(re.findall(r"`([^`\n]+)`", guide)))):
            (folder / str(number)).write_text(words)
    elif target in ("escaping", "records"):
        for number, path in enumerate(sorted(samples.glob("*.txt"))):
            (folder / str(number)).write_bytes(path.read_bytes()[:400])
    elif target == "ledger":
        shutil.copy(folder.parent.parent / "made/case/ledger.sqlite", folder)
    elif target == "entries":
        ledger = sqlite3.connect(folder.parent.parent / "made/case/ledger.sqlite")
        lines = []
        for body, data in ledger.execute("SELECT body, data FROM entry WHERE seq > 1 ORDER BY seq"):
            lines += [body, *(["x" + data.hex()] if data else [])]
            (folder / str(len(lines))).write_text("\n".join(lines[-2:]))
        (folder / "all").write_text("\n".join(lines))
    elif target == "bag":
        bag = folder.parent.parent / "made/bag"
        for number, path in enumerate(sorted(path for path in bag.iterdir() if path.is_file())):
            (folder / str(number)).write_bytes(bytes([number]) + path.read_bytes())
    else:
        seeds_of_importers(folder, more)


# What a reviewer does, so that the ledger has an entry of most kinds.
ACTS = [
    "import {samples}/WhatsApp\\ Chat\\ with\\ Ward\\ 7\\ beds.txt",
    "tag official NOT Quarrington --yes",
    "tag mixed Quarrington --yes",
    "flag hold morning --reason inquiry --yes",
    "note 'ask the ward' lift --yes",
    "redact Quarrington --text Quarrington --reason personal --yes",
    "people join 'Zara Ollivander' 'Kit Pomfret'",
    "people mark me 'Bronwen Achterberg'",
    "facts reference=FOI-2024-031 time-zone=Europe/Paris",
    "rule add Lifts --decision official lift",
    "rule run lifts --yes",
    "sample 5 --seed 7",
    "countersign lift --yes --reviewer 'A. Second'",
    "disagree personal morning --note 'it is hers' --reviewer 'A. Second' --yes",
    "uphold morning --note 'it is the ward' --yes",
    "unflag hold morning --yes",
    "undo",
    "redo",
    "unflag hold morning --yes",
]


def make(folder):
    """A case with a small export and what a reviewer does to it, and a bundle."""
    made = folder / "made"
    if made.exists():
        return
    made.mkdir(parents=True)
    settings = {**os.environ, "DOCKET_CASE": str(made / "case"), "DOCKET_REVIEWER": "A. Reviewer"}
    for act in [*ACTS, f"bundle {made}/bag"]:
        words = shlex.split(act.replace("{samples}", str(ROOT / "sample_exports").replace(" ", "\\ ")))
        done = subprocess.run([DOCKET, *words], env=settings, capture_output=True, text=True)
        if done.returncode > 1:
            print(f"not done: {act}: {done.stderr.strip()}")


def fuzz(target, folder, arguments):
    """Runs a target; what it says at its end."""
    corpus = folder / "corpus" / target
    seeds(target, corpus, arguments.more)
    program = BUILT / (target if target in OTHERS else "importers")
    importer = "email" if target == "pst" else target
    found = folder / "found" / target
    found.mkdir(parents=True, exist_ok=True)
    words = DICTIONARY.get(target, "json")
    dictionary = HERE / "dictionaries" / f"{words}.dict"
    command = [
        "nice", "-n", "10", program, corpus,
        f"-max_len={LONGEST.get(target, 24_000)}",
        "-timeout=20",
        "-report_slow_units=3",
        "-rss_limit_mb=1024",
        "-malloc_limit_mb=256",
        "-print_final_stats=1",
        # Naming each new function costs more than finding it.
        "-print_funcs=0",
        f"-artifact_prefix={found}/",
    ]  # fmt: skip
    if target not in ("escaping", "records", "ledger"):
        command.append(f"-dict={dictionary}")
    settings = {
        "FUZZ_IMPORTER": importer,
        "FUZZ_BAG": str(folder / "made/bag"),
        "FUZZ_CASE": str(folder / "made/case"),
        "TMPDIR": str(folder),
        "ASAN_OPTIONS": "detect_odr_violation=0:quarantine_size_mb=64",
    }
    log = folder / f"{target}.log"
    spent, runs, edges, broke = 0.0, 0, [], []
    begun = time.monotonic()
    # What breaks it ends the fuzzer, and need not be the only thing that does.
    while (left := int(arguments.seconds - (time.monotonic() - begun))) > 0 and len(broke) < MOST_BROKEN:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with log.open("w") as out:
            limited = [*command, f"-max_total_time={left}"]
            ended = subprocess.run(limited, env={**os.environ, **settings}, stdout=out, stderr=out)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        said = log.read_text(errors="replace")
        edges += re.findall(r"INITED cov: (\d+)", said)[:1] + re.findall(r"cov: (\d+)", said)[-1:]
        runs += int((re.findall(r"stat::number_of_executed_units: *(\d+)", said) or [0])[-1])
        if ended.returncode:
            broke += re.findall(r"Test unit written to (\S+)", said) or [str(log)]
            shutil.copy(log, f"{broke[-1]}.log")
    print(
        f"{target}: {spent:.0f} s, {runs} inputs, {' -> '.join(edges[:1] + edges[-1:]) or '?'} edges, "
        + (f"{len(broke)} times BROKEN {broke[-1]}" if broke else "whole"),
        flush=True,
    )
    add_up(folder, target, {"seconds": spent, "inputs": runs, "broken": len(broke)}, edges)
    return not broke


def add_up(folder, target, round_of, edges):
    """Adds a round of a target to the sums of its rounds before."""
    path = folder / "totals" / f"{target}.json"
    path.parent.mkdir(exist_ok=True)
    sums = json.loads(path.read_text()) if path.exists() else {}
    sums = {**sums, **{name: sums.get(name, 0) + of for name, of in round_of.items()}}
    path.write_text(json.dumps({**sums, **({"edges": int(edges[-1])} if edges else {})}))


def table(folder):
    """The sums of all rounds: a row for each target, and one for all of them."""
    rows = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("totals/*.json"))}
    print("| target | s of a processor | inputs | edges |\n|---|---|---|---|")
    for target, sums in rows.items():
        print(f"| {target} | {sums['seconds']:,.0f} | {sums['inputs']:,} | {sums.get('edges', 0):,} |")
    seconds, inputs = (sum(sums[name] for sums in rows.values()) for name in ("seconds", "inputs"))
    print(f"| {len(rows)} targets | {seconds:,.0f} | {inputs:,} | |")


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("folder", type=Path)
    words.add_argument("--seconds", type=int, default=60)
    words.add_argument("--more", default="")
    words.add_argument("--table", action="store_true")
    words.add_argument("targets", nargs="*")
    arguments = words.parse_intermixed_args()
    folder = arguments.folder.resolve()
    if arguments.table:
        return table(folder)
    make(folder)
    targets = arguments.targets or [*importers(), "pst", *OTHERS]
    whole = [fuzz(target, folder, arguments) for target in targets]
    sys.exit(not all(whole))


main()
