# SPDX-License-Identifier: MIT
"""`leadflow replay` as a function, and a counter of what differs, for the tests in Python."""
import json
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

DAY = 24 * 60 * 60 * 1000


def rfc3339(ms):
    return datetime.fromtimestamp(ms / 1000, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(text):
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def replay(leadflow, documents, events, *options):
    """Runs events through blueprints (name: document; the first is run), gives effects and contacts."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, document in documents.items():
            (Path(scratch) / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
        log = Path(scratch) / "events.ndjson"
        with open(log, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(one) + "\n" for one in events)
        blueprint = Path(scratch) / f"{next(iter(documents))}.json"
        done = subprocess.run([leadflow, "replay", blueprint, log, "--effects", "--contacts", *options],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"leadflow replay ended with {done.returncode}:\n{done.stderr[:4000]}")
    output = [json.loads(line) for line in done.stdout.splitlines()]
    return ([one for one in output if "kind" in one],
            {one["contact"]: one for one in output if "kind" not in one})


class Check:
    """Counts what differs, and says what."""

    def __init__(self):
        self.wrong = self.right = 0

    def equal(self, what, got, expected):
        if got == expected:
            self.right += 1
        else:
            self.wrong += 1
            print(f"{what}: expected {expected}, got {got}")

    def end(self):
        print(f"{self.right} equal, {self.wrong} not")
        sys.exit(1 if self.wrong > 0 or self.right == 0 else 0)
