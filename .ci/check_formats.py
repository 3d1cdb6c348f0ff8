#!/usr/bin/env python3
"""Whether the records of a bundle are known for what they are, by the signatures of PRONOM.

    check_formats.py BAG

Siegfried (PyPI pygfried) identifies each record. An archive that takes files in refuses what it
cannot identify.
"""

import csv
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
            found[path.suffix, known] += 1
            if known != WANTED.get(path.suffix):
                wrong.append(f"{path}: {known}")
    # What the table tells is what Siegfried tells, of files that messages came with too.
    with open(Path(bag) / "file-ffid.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            known = pygfried.identify(str(Path(bag) / row["Filepath"]))
            found["file-ffid.csv", "as told" if known == row["PUID"] else known] += 1
            if known != row["PUID"]:
                wrong.append(f"file-ffid.csv: {row['Filepath']}: {row['PUID']}, and {known}")
    for fault in wrong[:3]:
        print(f"FAILED  {fault}")
    if not wrong:
        print(", ".join(f"{count} {ending} are {known}" for (ending, known), count in sorted(found.items())))
    return 1 if wrong or not found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
