#!/usr/bin/env python3
"""Checks bundles that were made by docket's profiles, with programs that its authors did not write.

Usage: check_profiles.py FOLDER PERSONAL EXEMPT

FOLDER holds one bundle for each profile, by its name. PERSONAL is a text that is masked as no record:
it must be in no byte of any. EXEMPT is one that is masked in the open copy alone: it must be in no byte
of an answer to a request, and in what an inquiry gets.

Needs Python 3.9 or newer, and `bagit` and `frictionless` from PyPI. Prints one line a check; exit code
1 when one fails.
"""

import json
import sys
from pathlib import Path

import frictionless

import check_bundle
from check_bundle import check, forms, joined

NAMES = ["uk-central", "foi-response", "inquiry", "minimal"]


def package(root):
    """The tables that are here, and no others, are described and hold what they are said to."""
    frictionless.system.trusted = True
    report = frictionless.validate(str(root / "datapackage.json"))
    yield from (str(error) for error in report.flatten(["type", "fieldName", "message"]))
    told = {one["path"] for one in json.loads((root / "datapackage.json").read_text())["resources"]}
    here = {path.name for path in root.glob("*.csv")}
    if told != here:
        yield f"described {sorted(told)}, here {sorted(here)}"


def says(root, text):
    wanted = joined(text.encode())
    paths = (path for path in root.rglob("*") if path.is_file())
    return any(wanted in joined(form) for path in paths for form in forms(path))


def main():
    folder, personal, exempt = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    seen = {}
    for name in NAMES:
        root = folder / name
        check(f"{name}: bagit", check_bundle.bag_is_valid(root), "valid")
        check(f"{name}: tables", package(root), f"{len(list(root.glob('*.csv')))}, as described")
        masked = ["says what is personal"] if says(root, personal) else []
        check(f"{name}: personal", masked, "in no byte")
        rows = (root / "data/records/messages.jsonl").read_text("utf-8").splitlines()
        seen[name] = {json.loads(row)["message"] for row in rows}
        info = (root / "bag-info.txt").read_text("utf-8")
        named = [] if f"Docket-Profile: {name} " in info else ["not named"]
        check(f"{name}: named", named, f"{len(seen[name])} messages")
    open_set = ["says what is exempt"] if says(folder / "foi-response", exempt) else []
    check("foi-response: exempt", open_set, "in no byte")
    master = [] if says(folder / "inquiry", exempt) else ["masks what is only exempt"]
    check("inquiry: exempt", master, "in the closed master")
    most = [] if all(some <= seen["inquiry"] for some in seen.values()) else ["more than all"]
    check("no profile adds", most, f"at most {len(seen['inquiry'])} messages")
    sys.exit(1 if check_bundle.FAILED else 0)


if __name__ == "__main__":
    main()
