#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The demo, line by line, as the slow model of tests/model has it: every effect and every contact.

    demo_model.py LEADFLOW
"""
import json
import sys
from itertools import zip_longest
from pathlib import Path

import model
from replay import Check, milliseconds, replay

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
UNTIL = "2026-05-05T08:00:00Z"
LEFT_OUT = ("key", "cause", "message", "next_wake")  # what the model does not make


def shown(line):
    return {name: value for name, value in line.items() if name not in LEFT_OUT}


def main(leadflow):
    document = json.loads((EXAMPLES / "blueprints" / "crm_workflow.json").read_text(encoding="utf-8"))
    with open(EXAMPLES / "data" / "events.ndjson", encoding="utf-8") as file:
        events = [json.loads(line) for line in file]
    effects, contacts = replay(leadflow, {"crm_workflow": document}, events, "--until", UNTIL)
    slow_effects, slow_contacts = model.replay(document, events, milliseconds(UNTIL))
    check = Check()
    for number, (got, expected) in enumerate(zip_longest(map(shown, effects), map(shown, slow_effects), fillvalue={})):
        check.equal(f"effect {number}", got, expected)
    for expected in slow_contacts:
        check.equal(f"contact {expected['contact']}", shown(contacts.get(expected["contact"], {})), shown(expected))
    check.end()


if __name__ == "__main__":
    main(sys.argv[1])
