#!/usr/bin/env python3
"""Checks what docket is built from: licences allowed, nothing that opens a network connection, no more than so many.

    .ci/check_dependencies.py          holds all of it against the lists below
    .ci/check_dependencies.py --list   tells what each dependency alone brings

Reads what `cargo tree` says of every target and the lists of `deny.toml`, so it needs nothing but Cargo and Python.
Exit code 0 when all is well, 1 otherwise.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

# The licences that are allowed, and the crates whose purpose is a network connection, as cargo-deny reads them.
with open(Path(__file__).parent.parent / "deny.toml", "rb") as file:
    LISTS = tomllib.load(file)
ALLOWED = set(LISTS["licenses"]["allow"])
NETWORK = set(LISTS["bans"]["deny"])

# The most packages whose code is in the program on Linux, and the most that it is made with: those, and the macros
# that write code while it is compiled, with what only they need. Raise them with a reason; `--list` tells what each
# dependency alone brings, and `Cargo.toml` why it is there. What is left is few and large: the search index (69), the
# keys and ciphers of signatures and of age (26 and more that they share), the screen (13), pictures (13).
LINKED = 250
CEILING = 277


def satisfied(expression):
    """Whether an SPDX expression can be met with allowed licences alone."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))
    at = 0

    def any_of():
        nonlocal at
        met = all_of()
        while at < len(tokens) and tokens[at] == "OR":
            at += 1
            met = all_of() or met
        return met

    def all_of():
        nonlocal at
        met = one()
        while at < len(tokens) and tokens[at] == "AND":
            at += 1
            met = one() and met
        return met

    def one():
        nonlocal at
        if tokens[at] == "(":
            at += 1
            met = any_of()
            at += 1
            return met
        name = tokens[at]
        at += 1
        if at + 1 < len(tokens) and tokens[at] == "WITH":
            name = f"{name} WITH {tokens[at + 1]}"
            at += 2
        return name in ALLOWED

    return any_of() and at == len(tokens)


def program():
    """What the program on Linux is made with: each package with those that it names, and those that are macros."""
    command = ["cargo", "tree", "--locked", "--target", "x86_64-unknown-linux-gnu", "--edges", "normal"]
    command += ["--prefix", "depth", "--no-dedupe", "--format", "|{p}"]
    names, macros, above = {}, set(), []
    for line in subprocess.check_output(command, text=True).splitlines():
        depth, _, told = line.partition("|")
        package = told.split(" (")[0]
        if "(proc-macro)" in told:
            macros.add(package)
        del above[int(depth):]
        names.setdefault(package, set())
        if above:
            names[above[-1]].add(package)
        above.append(package)
    return names, macros


def reached(names, without=()):
    """Every package that the program comes to, when it goes past some."""
    root = next(iter(names))
    found, ahead = set(), [root]
    while ahead:
        package = ahead.pop()
        if package not in found and package not in without:
            found.add(package)
            ahead.extend(names[package])
    return found


def told(names, macros):
    """Each dependency, how many packages would go with it, and which."""
    root = next(iter(names))
    everything = reached(names)
    for dependency in sorted(names[root]):
        rest = reached({**names, root: names[root] - {dependency}})
        alone = sorted(package.split(" ")[0] for package in everything - rest)
        print(f"{len(alone):3} {dependency}: {', '.join(alone)}" if alone else f"  0 {dependency}: others bring it")
    linked = reached(names, macros)
    print(f"{len(linked)} in the program, {len(everything) - len(linked)} more while it is compiled")


def main():
    if sys.argv[1:] == ["--list"]:
        told(*program())
        return 0
    command = ["cargo", "tree", "--locked", "--target", "all", "--edges", "normal,build,dev"]
    command += ["--prefix", "none", "--no-dedupe", "--format", "{p}|{l}"]
    lines = set(subprocess.check_output(command, text=True).splitlines())
    faults = []
    for line in sorted(lines):
        package, _, licence = line.partition("|")
        name = package.split(" ")[0]
        if not licence or not satisfied(licence):
            faults.append(f"{package}: licence {licence or 'not stated'} is not on the list")
        if name in NETWORK:
            faults.append(f"{package}: opens network connections")
        if "://" in package:
            faults.append(f"{package}: does not come from the registry")
    names, macros = program()
    linked, made = len(reached(names, macros)), len(reached(names))
    for count, most, what in [(linked, LINKED, "in"), (made, CEILING, "used for")]:
        if count > most:
            faults.append(f"{count} packages are {what} the program; at most {most}")
    for fault in faults:
        print(fault)
    print(f"{len(lines)} packages, {linked} of them in the program, {made - linked} macros, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
