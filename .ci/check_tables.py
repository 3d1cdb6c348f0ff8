#!/usr/bin/env python3
"""Checks the tables of a records bundle by schemas, with programs that docket's authors did not write.

Usage: check_tables.py BAG [TNA-SCHEMAS] [--proof FILE]

BAG is a bundle that docket wrote. TNA-SCHEMAS is the folder of The National Archives' metadata
schemas (nationalarchives/da-metadata-schema); where it is not there, that is said and the schema
beside this file, which says the same, is used alone. FILE is a proof that `docket prove` wrote: it is
checked by Python's own hmac.

Needs Python 3.9 or newer, and `frictionless` and `jsonschema` from PyPI. Prints one line a check;
exit code 1 when one fails.
"""

import argparse
import base64
import csv
import hmac
import json
import re
import sys
from pathlib import Path

import frictionless
import jsonschema

FAILED = []
COLUMNS = {
    "filepath": "file_path",
    "filename": "file_name",
    "date last modified": "date_last_modified",
    "date of the record": "end_date",
    "description": "description",
    "former reference": "former_reference_department",
    "closure status": "closure_type",
    "closure start date": "closure_start_date",
    "closure period": "closure_period",
    "foi exemption code": "foi_exemption_code",
    "foi schedule date": "foi_exemption_asserted",
    "is filename closed": "title_closed",
    "alternate filename": "title_alternate",
    "is description closed": "description_closed",
    "alternate description": "description_alternate",
    "language": "language",
    "translated filename": "file_name_translation",
    "copyright": "rights_copyright",
    "copyright details": "copyright_details",
    "related material": "related_material",
    "restrictions on use": "restrictions_on_use",
    "evidence provided by": "evidence_provided_by",
    "note": "note",
}
LISTS = {"closure_period", "foi_exemption_code", "language", "rights_copyright"}
FILES = [
    "baseSchema",
    "requiredSchema",
    "closureSchemaOpen",
    "closureSchemaClosed",
    "relationshipSchema",
]


def check(name, problems, detail):
    """Prints a verdict; at most three problems of a kind."""
    problems = list(problems)
    if problems:
        FAILED.append(name)
        print(f"FAILED  {name}: {'; '.join(map(str, problems[:3]))} ({len(problems)} in all)")
    else:
        print(f"ok      {name}: {detail}")


def rows(root, name):
    with open(root / name, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        plain = lambda cell: cell[1:] if cell.startswith("'") else cell
        return reader.fieldnames, [{key: plain(cell) for key, cell in row.items()} for row in reader]


def packaged(root):
    """Every table is as the data package describes it."""
    report = frictionless.validate(str(root / "datapackage.json"))
    for task in report.tasks:
        for error in task.errors:
            # A message may hold a cell: this output may be kept.
            yield f"{task.place}: {error.type} in row {getattr(error, 'row_number', '-')}"
    for error in report.errors:
        yield error.type
    told = json.loads((root / "datapackage.json").read_text(encoding="utf-8"))
    described = {table["path"] for table in told["resources"]}
    for path in {path.name for path in root.glob("*.csv")} ^ described:
        yield f"{path}: not both there and described"


def as_metadata(row):
    """A row as The National Archives' schemas see it."""
    told = {}
    for column, key in COLUMNS.items():
        cell = row[column]
        if cell == "":
            told[key] = None
        elif key == "closure_period":
            told[key] = [int(years) for years in cell.split(";")]
        elif key in LISTS:
            told[key] = cell.split(";")
        elif key in ("title_closed", "description_closed"):
            told[key] = {"Yes": True, "No": False}.get(cell, cell)
        else:
            told[key] = cell
    return told


def resolved(value, folder):
    """A schema with the references to other files of theirs filled in."""
    if isinstance(value, dict):
        if str(value.get("$ref", "")).startswith("classpath:"):
            file, pointer = value["$ref"].split("#")
            found = json.loads((folder / file.rsplit("/", 1)[1]).read_text(encoding="utf-8"))
            for part in pointer.strip("/").split("/"):
                found = found[part]
            value = {**{k: v for k, v in value.items() if k != "$ref"}, **found}
        return {key: resolved(one, folder) for key, one in value.items() if key != "$id"}
    if isinstance(value, list):
        return [resolved(one, folder) for one in value]
    return value


def schemas(folder):
    own = Path(__file__).with_name("file-metadata.schema.json")
    yield "our own schema", json.loads(own.read_text(encoding="utf-8"))
    if folder is None or not folder.is_dir():
        print("        The National Archives' schemas are not here: skipped")
        return
    for name in FILES:
        path = folder / f"{name}.schema.json"
        yield name, resolved(json.loads(path.read_text(encoding="utf-8")), folder)


def metadata(root, schema):
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    head, table = rows(root, "file-metadata.csv")
    if head != list(COLUMNS):
        yield "other columns, or in another order"
        return
    for number, row in enumerate(table, 1):
        for error in validator.iter_errors(as_metadata(row)):
            yield f"row {number}: {'/'.join(map(str, error.path))} {error.validator}"


def schema_refuses(schema):
    """The schema refuses what it must: else it would prove nothing."""
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    row = {column: "" for column in COLUMNS}
    row |= {
        "filepath": "data/a.txt",
        "filename": "a.txt",
        "date last modified": "2024-03-01",
        "closure status": "Open",
        "is filename closed": "No",
        "is description closed": "No",
        "language": "English",
        "copyright": "Crown",
    }
    if list(validator.iter_errors(as_metadata(row))):
        yield "it refuses a good row"
    for wrong in [
        {"closure status": "open"},
        {"date last modified": "01/03/2024"},
        {"closure start date": "2024-03-01"},
        {"closure status": "Closed"},
        {"language": "English; Welsh"},
        {"copyright": "Nobody"},
        {"note": "x" * 1001},
    ]:
        if not list(validator.iter_errors(as_metadata(row | wrong))):
            yield f"it takes {list(wrong)}"


def payload(root):
    told = [row["filepath"] for row in rows(root, "file-metadata.csv")[1]]
    here = [p.relative_to(root).as_posix() for p in root.glob("data/**/*") if p.is_file()]
    if sorted(told) != sorted(here):
        yield "not one row for each file"


def withheld(root):
    """Counts and commitments alone, as many as the balance says."""
    balance = json.loads((root / "completeness.json").read_text(encoding="utf-8"))
    counts, commitments = 0, []
    for row in rows(root, "withheld.csv")[1]:
        if not re.fullmatch(r"thread-\d{4,}", row["thread"]):
            yield "no thread's number"
        if not re.fullmatch(r"\d{4}-\d\d-\d\d|undated", row["day"]):
            yield "no day"
        if row["commitment"]:
            commitments.append(row["commitment"])
            if row["decision"] or not re.fullmatch("[A-Z2-7]{52}", row["commitment"]):
                yield "more than a commitment"
        else:
            counts += int(row["messages"])
    away = balance["total"]["messages"] - balance["total"]["handed_over"]
    if counts != away or len(set(commitments)) != away or len(commitments) != away:
        yield f"{counts} counted, {len(commitments)} committed to, and {away} stay behind"


def members(root):
    """Nobody is in a conversation whom no line and no message that is here tells of."""
    with open(root / "data/records/messages.jsonl", encoding="utf-8", newline="\n") as file:
        messages = {one["message"]: one for one in map(json.loads, file)}
    wrote = {(one["thread"], one["person"]) for one in messages.values()}
    for row in rows(root, "membership.csv")[1]:
        for column in ("came_message", "went_message"):
            if row[column] and messages.get(int(row[column]), {}).get("kind") != "system":
                yield "rests on a line that is not here"
        if row["first_wrote"] and (row["thread"], row["person"]) not in wrote:
            yield "somebody wrote nothing that is here"


def opened(root, file):
    """A proof opens a row: the five lines of the bundle's own README.txt."""
    proof = json.loads(Path(file).read_text(encoding="utf-8"))
    key, message = bytes.fromhex(proof["key"]), proof["message"].encode()
    code = base64.b32encode(hmac.digest(key, message, "sha256")).decode().rstrip("=")
    if code != proof["commitment"] or f'"{code}"' not in (root / "withheld.csv").read_text():
        yield "it opens nothing"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bag", type=Path)
    parser.add_argument("schemas", type=Path, nargs="?")
    parser.add_argument("--proof")
    given = parser.parse_args()
    root = given.bag
    check("data package", packaged(root), f"frictionless {frictionless.__version__} accepts it")
    for name, schema in schemas(given.schemas):
        check(f"file metadata, {name}", metadata(root, schema), "every row is accepted")
        if name in ("our own schema",):
            check(f"{name} itself", schema_refuses(schema), "refuses what it must")
    check("payload", payload(root), "each file has its row")
    check("withheld", withheld(root), "counts and commitments alone")
    check("membership", members(root), "rests on what is handed over")
    if given.proof:
        check("proof", opened(root, given.proof), "opens its row by Python's hmac")
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
