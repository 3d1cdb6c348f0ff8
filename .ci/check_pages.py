#!/usr/bin/env python3
"""Opens records of a bundle in headless Chromium: at the width of a screen, of a telephone, and on paper.

    check_pages.py BAG [REPORT.html ...] [--keep FOLDER]

Each page has to draw something, to say nothing on the console, to ask for nothing over a network
(names resolve nowhere, and what is asked for anyway is logged), and to hold nothing that could run,
under a policy that forbids it. The reports are looked at in the same way. `--keep` leaves the pictures for a person to look at.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

SIZES = {"screen": (1200, 900), "telephone": (400, 800)}
# A script's element, an attribute that runs one, an address that is one.
SCRIPTED = r"""<script|<[^>]*\son\w+\s*=|<[^>]*["']\s*javascript:"""
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--disable-default-apps", "--disable-domain-reliability", "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]


def browse(profile, *arguments):
    command = ["chromium", *QUIET, f"--user-data-dir={profile}", *arguments]
    return subprocess.run(command, capture_output=True, check=False, text=True, timeout=120)


def looks(path):
    """The share of the picture that is not its ground, and how many colours it has."""
    image = Image.open(path).convert("RGB")
    total = image.width * image.height
    colours = image.getcolors(total)
    ground = max(count for count, _ in colours)
    return (total - ground) / total, len(colours)


def requests(log):
    """What the browser asked for that is no file, by its own log of the network."""
    text = log.read_text("utf-8", errors="replace")
    return re.findall(r'"url":"((?:https?|wss?|ftp):[^"]*)"', text)


def pages(bag):
    """The contents, and the pages with most of each kind of thing."""
    records = bag / "data/records"
    days = [page for page in sorted(records.rglob("*.html")) if not page.name.startswith("index")]
    marks = ['class="context"', 'class="masks"', "data/attachments/", "data/mail/"]
    chosen = {max(days, key=lambda page: page.read_text("utf-8").count(mark)) for mark in marks}
    chosen |= set([page for page in days if page.stem.endswith("_R")][:1])
    return [*sorted(records.glob("index*.html")), *sorted(chosen)]


def faults(looked, keep):
    log = keep / "network.json"
    profile = keep / "profile"
    for number, page in enumerate(looked):
        name = page.name
        for size, (width, height) in SIZES.items():
            picture = keep / f"{number}-{size}.png"
            done = browse(
                profile, f"--window-size={width},{height}", f"--screenshot={picture}", f"--log-net-log={log}",
                "--enable-logging=stderr", "--v=0", page.as_uri(),
            )
            said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
            if said:
                yield f"{name}, {size}: the console says {said[0]}"
            if not picture.exists():
                yield f"{name}, {size}: nothing was drawn: {done.stderr[-300:]}"
                continue
            drawn, colours = looks(picture)
            if drawn < 0.005 or colours < 8:
                yield f"{name}, {size}: the page is blank ({drawn:.4f}, {colours} colours)"
            asked = sorted(set(requests(log)))
            own = [url for url in asked if "google" not in url and "gstatic" not in url]
            if own:
                yield f"{name}, {size}: asked for {own[0]}"
        paper = keep / f"{number}-paper.pdf"
        browse(profile, f"--print-to-pdf={paper}", "--no-pdf-header-footer", page.as_uri())
        if not paper.exists() or paper.stat().st_size < 2000:
            yield f"{name}: nothing comes out on paper"
        text = page.read_text("utf-8")
        if "default-src 'none'" not in text or re.search(SCRIPTED, text, re.IGNORECASE):
            yield f"{name}: something in it could run"


def main(bag, *rest):
    with tempfile.TemporaryDirectory() as folder:
        kept = rest.index("--keep") if "--keep" in rest else len(rest)
        keep = Path(rest[kept + 1]) if kept < len(rest) else Path(folder)
        keep.mkdir(parents=True, exist_ok=True)
        looked = pages(Path(bag).resolve()) + [Path(report).resolve() for report in rest[:kept]]
        found = list(faults(looked, keep))
        for fault in found:
            print(f"FAILED  {fault}")
        if not found:
            print(f"{len(looked)} pages: drawn at {len(SIZES)} sizes and on paper, silent, nothing loaded, no script")
        return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
