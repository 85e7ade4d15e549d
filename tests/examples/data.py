#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The lifelike events of examples/data: generated to the same bytes again, and as mixed as real ones.

    data.py
"""
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from replay import DAY, Check, milliseconds

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "examples" / "data"


def declared():
    document = json.loads((ROOT / "examples" / "blueprints" / "crm_workflow.json").read_text(encoding="utf-8"))
    return {name for name, event in document["events"].items() if "is" not in event}


def main():
    check = Check()
    text = (DATA / "events.ndjson").read_bytes()
    again = subprocess.run([sys.executable, DATA / "generate.py"], stdout=subprocess.PIPE, check=True).stdout
    check.equal("the generator makes these very bytes", again == text, True)

    events = [json.loads(line) for line in text.decode("utf-8").splitlines()]
    by_contact = defaultdict(list)
    for event in events:
        by_contact[event["contact"]].append(event)
    times = [milliseconds(event["at"]) for event in events]
    check.equal("some dozens of contacts", 40 <= len(by_contact) <= 60, True)
    check.equal("over 120 days", 110 * DAY < max(times) - min(times) <= 120 * DAY, True)
    check.equal("types that never occur", declared() - {event["type"] for event in events}, set())
    statuses = {event["props"]["status"] for event in events if event["type"] == "$consent"}
    check.equal("consents", statuses, {"granted", "denied", "pending"})
    check.equal("every contact has a story of its own",
                len({tuple(event["type"] for event in one) for one in by_contact.values()}) > len(by_contact) * 3 // 4, True)

    known, same, changed, late, oldest = {}, 0, 0, 0, 0
    newest = defaultdict(int)
    for event, at in zip(events, times):
        key = (event["contact"], event["id"])
        if key in known:
            same += event == known[key]
            changed += event != known[key]
        elif at < newest[event["contact"]]:
            late += 1
            oldest = max(oldest, newest[event["contact"]] - at)
        known[key] = event
        newest[event["contact"]] = max(newest[event["contact"]], at)
    check.equal("repeated, repeated with another content", (same > 0, changed > 0), (True, True))
    check.equal("late, and one by more than the horizon", (late > 1, oldest > 90 * DAY), (True, True))
    check.end()


if __name__ == "__main__":
    main()
