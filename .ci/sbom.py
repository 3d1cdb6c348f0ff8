#!/usr/bin/env python3
"""Writes what docket is built from as a bill of materials: CycloneDX 1.5, JSON.

    .ci/sbom.py > docket.cdx.json
    .ci/sbom.py --check docket.cdx.json

Everything is from `Cargo.lock` and from what `cargo metadata` says of licences; nothing is asked of a network, and the
same lock gives the same bytes. `--check` holds a file against the lock, and against CycloneDX's own schema where
cyclonedx-python-lib is installed (as in `.ci/venv`).
"""

import json
import re
import subprocess
import sys
import uuid
from pathlib import Path

ROOT = Path(__file__).parent.parent


def locked():
    """The packages of the lock file: name, version, checksum, and the names of what each needs."""
    packages = []
    for block in (ROOT / "Cargo.lock").read_text(encoding="utf-8").split("[[package]]")[1:]:
        field = lambda name: (re.search(rf'^{name} = "(.*)"$', block, re.M) or [None, None])[1]
        needs = re.search(r"^dependencies = \[\n(.*?)\n\]", block, re.M | re.S)
        named = re.findall(r'"([^"]+)"', needs[1]) if needs else []
        packages.append((field("name"), field("version"), field("checksum"), named))
    return packages


def reference(name, version):
    return f"pkg:cargo/{name}@{version}"


def bill():
    packages = locked()
    versions = {}
    for name, version, _, _ in packages:
        versions.setdefault(name, []).append(version)

    def needed(words):
        name, _, version = words.partition(" ")
        return reference(name, version.split(" ")[0] if version else versions[name][0])

    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    told = json.loads(subprocess.check_output(command, cwd=ROOT, text=True))["packages"]
    licences = {(package["name"], package["version"]): package.get("license") for package in told}

    def component(name, version, checksum):
        of = {"type": "library", "bom-ref": reference(name, version), "name": name, "version": version}
        of["purl"] = reference(name, version)
        licence = licences.get((name, version))
        if licence:
            of["licenses"] = [{"expression": licence.replace("/", " OR ")}]
        if checksum:
            of["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        return of

    own = next(package for package in packages if package[0] == "docket")
    others = sorted(package for package in packages if package[0] != "docket")
    subject = component(*own[:3]) | {"type": "application"}
    seals = "".join(checksum or "" for _, _, checksum, _ in others)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seals)}",
        "version": 1,
        "metadata": {"component": subject},
        "components": [component(*package[:3]) for package in others],
        "dependencies": [
            {"ref": reference(name, version), "dependsOn": sorted({needed(words) for words in named})}
            for name, version, _, named in sorted(packages)
        ],
    }


def check(path):
    text = Path(path).read_text(encoding="utf-8")
    given, expected = json.loads(text), bill()
    faults = [] if given == expected else ["it is not of this lock file"]
    references = {part["bom-ref"] for part in given["components"]} | {given["metadata"]["component"]["bom-ref"]}
    for entry in given["dependencies"]:
        for named in [entry["ref"], *entry["dependsOn"]]:
            if named not in references:
                faults.append(f"{named} is named and not listed")
    try:
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator
    except ImportError:
        schema = "schema not looked at: cyclonedx-python-lib is not installed"
    else:
        wrong = JsonStrictValidator(SchemaVersion.V1_5).validate_str(text)
        schema = "as CycloneDX's schema 1.5 has it" if wrong is None else "not as its schema has it"
        if wrong is not None:
            faults.append(f"schema: {wrong}")
    for fault in faults:
        print(fault)
    print(f"{len(given['components'])} components, {schema}, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        sys.exit(check(sys.argv[2]))
    json.dump(bill(), sys.stdout, indent=1, ensure_ascii=False)
    print()
