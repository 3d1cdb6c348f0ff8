#!/usr/bin/env python3
"""Holds `Cargo.lock` against security advisories, without a network.

    .ci/check_advisories.py            with the dated copy in advisories.json
    .ci/check_advisories.py FOLDER     with a checkout of the RustSec Advisory Database

The copy holds advisories on packages that docket is built from, and says itself that it is not the whole database. An
advisory that is known and does no harm here is accepted there with its reason. Exit code 0 when nothing else is found.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent


def number(version):
    """A version as something that can be compared; a prerelease comes before its release."""
    main, _, pre = version.split("+")[0].partition("-")
    parts = [int(part) for part in re.findall(r"\d+", main)]
    return (*(parts + [0, 0, 0])[:3], pre == "")


def holds(version, requirement):
    """Whether a version is within a requirement such as `>=0.9.3, <0.10.0`."""
    for part in requirement.split(","):
        sign, bound = re.match(r"\s*([<>=^~]*)\s*(.+?)\s*$", part).groups()
        here, there = number(version), number(bound)
        if sign == "^" or sign == "":
            limit = (there[0] + 1, 0, 0, False) if there[0] else (0, there[1] + 1, 0, False)
            fits = there <= here < limit
        else:
            fits = {">=": here >= there, ">": here > there, "<=": here <= there, "<": here < there, "=": here == there}[sign]
        if not fits:
            return False
    return True


def database(folder):
    """Every advisory of a checkout that was not withdrawn."""
    for path in sorted(Path(folder).glob("crates/*/RUSTSEC-*.md")):
        head = path.read_text(encoding="utf-8").split("```toml", 1)[-1].split("```", 1)[0]
        told = tomllib.loads(head)
        if "withdrawn" not in told["advisory"]:
            versions = told.get("versions", {})
            yield {
                "id": told["advisory"]["id"],
                "package": told["advisory"]["package"],
                "patched": versions.get("patched", []),
                "unaffected": versions.get("unaffected", []),
            }


def main():
    copy = json.loads((HERE / "advisories.json").read_text(encoding="utf-8"))
    advisories = list(database(sys.argv[1])) if len(sys.argv) > 1 else copy["advisories"]
    with open(HERE.parent / "Cargo.lock", "rb") as lock:
        packages = tomllib.load(lock)["package"]
    found, accepted = [], set()
    for advisory in advisories:
        for package in packages:
            if package["name"] != advisory["package"]:
                continue
            safe = advisory["patched"] + advisory["unaffected"]
            if any(holds(package["version"], requirement) for requirement in safe):
                continue
            if advisory["id"] in copy["accepted"]:
                accepted.add(advisory["id"])
            else:
                found.append(f"{package['name']} {package['version']}: {advisory['id']}")
    for fault in found:
        print(fault)
    for known in sorted(accepted):
        print(f"accepted: {known}: {copy['accepted'][known]}")
    of = "of a checkout" if len(sys.argv) > 1 else f"to {copy['newest']}, not the whole database"
    print(f"{len(advisories)} advisories {of}, {len(packages)} packages, {len(found)} found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
