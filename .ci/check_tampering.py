#!/usr/bin/env python3
"""Tampers with a signed bundle and sees that programs of others find it.

Usage: check_tampering.py BAG SIGNERS IDENTITY [COUNT]

What a manifest lists is damaged, renamed, taken out or swapped, and `bagit` from PyPI must refuse the
bag; the statement is damaged, and `ssh-keygen -Y verify` must refuse it. The
places are drawn with a fixed seed. The bag is put back each time. Exit code 1 when one was missed.
"""

import logging
import random
import subprocess
import sys
from pathlib import Path

import bagit


def is_valid(root):
    try:
        bagit.Bag(str(root)).validate(processes=1)
    except Exception:  # Damage in a tag file may make bagit fail in any way.
        return False
    return True


def is_signed(root, signers, identity):
    command = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", identity, "-n", "records-handover"]
    command += ["-s", str(root / "handover.txt.sig")]
    text = (root / "handover.txt").read_bytes()
    return subprocess.run(command, input=text, capture_output=True).returncode == 0


def flipped(draw, content):
    at = draw.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << draw.randrange(8)]) + content[at + 1 :]


def main():
    root, signers, identity = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 60
    draw = random.Random(5)
    logging.disable(logging.CRITICAL)
    assert is_valid(root) and is_signed(root, signers, identity), "the bag does not hold before"
    added = {"handover.txt", "handover.txt.sig", "receipt.txt", "receipt.txt.sig"}
    files = sorted(path for path in root.rglob("*") if path.is_file())
    # A tag manifest is listed by none; its damage shows where it lists something else.
    listed = [path for path in files if path.name not in added and "tagmanifest" not in path.name]
    missed = []
    for number in range(count):
        path = draw.choice(listed)
        content = path.read_bytes()
        way = draw.choice(["byte", "cut", "renamed", "taken out", "swapped"])
        other, others = draw.choice(listed), None
        if way == "byte":
            path.write_bytes(flipped(draw, content) if content else b"x")
        elif way == "cut":
            path.write_bytes(content[: draw.randrange(max(len(content), 1))] if content else b"x")
        elif way == "renamed":
            path.rename(path.with_name(path.name + "x"))
        elif way == "taken out":
            path.unlink()
        else:
            others = other.read_bytes()
            path.write_bytes(others)
            other.write_bytes(content)
        if is_valid(root) and not (way == "swapped" and others == content):
            missed.append(f"{path.relative_to(root)}: {way}")
        path.with_name(path.name + "x").unlink(missing_ok=True)
        path.write_bytes(content)
        if others is not None and other != path:
            other.write_bytes(others)
    for number in range(count):
        path = root / "handover.txt"
        content = path.read_bytes()
        path.write_bytes(flipped(draw, content))
        if is_signed(root, signers, identity):
            missed.append("handover.txt: byte")
        path.write_bytes(content)
    assert is_valid(root) and is_signed(root, signers, identity), "the bag was not put back"
    for one in missed[:5]:
        print(f"FAILED  not found: {one}")
    print(f"{'FAILED' if missed else 'ok'}      tampering: {2 * count - len(missed)} of {2 * count} found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
