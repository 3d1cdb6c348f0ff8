#!/usr/bin/env python3
"""Checks what docket is built from: licences allowed, nothing that opens a network connection.

Reads what `cargo tree` says of every target, so it needs nothing but Cargo and Python. `deny.toml` says the same to
those who have cargo-deny. Exit code 0 when all is well, 1 otherwise.
"""

import re
import subprocess
import sys

# Licences that ask for no more than their notice. MPL-2.0 and other copyleft are left out.
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
}

# Crates whose purpose is a network connection.
NETWORK = {
    "actix-web", "async-std", "attohttpc", "axum", "curl", "hyper", "isahc",
    "native-tls", "openssl", "quinn", "reqwest", "rustls", "socket2", "surf", "tokio", "tonic",
    "tungstenite", "ureq", "warp",
}

# The most packages that the program on Linux may be made of (285 in November 2026): tantivy brings 113 of them, the
# keys and ciphers of signatures and age about 75, ratatui 62, pictures 25, arguments 17, mail 15. Raise it with a reason.
CEILING = 290


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


def main():
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
    command = ["cargo", "tree", "--locked", "--target", "x86_64-unknown-linux-gnu", "--edges", "normal"]
    command += ["--prefix", "none", "--no-dedupe", "--format", "{p}"]
    program = {line.split(" (")[0] for line in subprocess.check_output(command, text=True).splitlines()}
    if len(program) > CEILING:
        faults.append(f"the program is made of {len(program)} packages; at most {CEILING}")
    for fault in faults:
        print(fault)
    print(f"{len(lines)} packages, {len(program)} of them in the program, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
