#!/usr/bin/env python3
"""Microsoft Presidio's recognisers on docket's labelled messages: an outside reference.

    cargo run --release --example detectors -- --labelled /tmp/labelled.jsonl
    python3 -m venv /tmp/presidio && /tmp/presidio/bin/pip install presidio-analyzer
    /tmp/presidio/bin/python .ci/presidio.py /tmp/labelled.jsonl

The pattern recognisers run by themselves, without a language model; so words around a number do
not count for them as they would with one. With a second argument, a score from 0 to 1, what scores
less is left out.
"""

import json
import sys
import time

from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    NhsRecognizer,
    PhoneRecognizer,
    UkDrivingLicenceRecognizer,
    UkNinoRecognizer,
    UkPassportRecognizer,
    UkPostcodeRecognizer,
    UkVehicleRegistrationRecognizer,
)

RECOGNISERS = {
    "nhs": NhsRecognizer(),
    "nino": UkNinoRecognizer(),
    "phone": PhoneRecognizer(supported_regions=("GB", "US")),
    "email": EmailRecognizer(),
    "postcode": UkPostcodeRecognizer(),
    "card": CreditCardRecognizer(),
    "iban": IbanRecognizer(),
    "passport": UkPassportRecognizer(),
    "licence": UkDrivingLicenceRecognizer(),
    "vehicle": UkVehicleRegistrationRecognizer(),
}


def covers(hit, label):
    both = min(hit[1], label[1]) - max(hit[0], label[0])
    return both > 0 and both * 2 >= label[1] - label[0]


def main():
    least = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    with open(sys.argv[1], encoding="utf-8") as file:
        messages = [json.loads(line) for line in file]
    print("recogniser  labels  found  false alarms  precision  recall")
    start, size = time.monotonic(), 0
    for kind, recogniser in RECOGNISERS.items():
        labels = found = false = 0
        for message in messages:
            size += len(message["text"].encode())
            entities = recogniser.supported_entities
            results = recogniser.analyze(message["text"], entities, None)
            hits = [(one.start, one.end) for one in results if one.score >= least]
            wanted = [label for label in message["labels"] if label[2] == kind]
            labels += len(wanted)
            found += sum(any(covers(hit, label) for hit in hits) for label in wanted)
            false += sum(not any(covers(hit, label) for label in wanted) for hit in hits)
        precision = found / (found + false) if found + false else 1.0
        recall = found / labels if labels else 1.0
        print(f"{kind:<10} {labels:>7} {found:>6} {false:>13} {precision:>10.3f} {recall:>7.3f}")
    seconds = time.monotonic() - start
    print(f"{len(messages)} messages; {size / len(RECOGNISERS) / 1e6 / seconds:.3f} MB/s, all together")


if __name__ == "__main__":
    main()
