#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What presets promise of every message and every sequence, and that `leadflow check` would say where it is missing.

    messages.py LEADFLOW
"""
import copy
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from replay import Check

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "blueprints"
PRESETS = ["crm_automation", "lifecycle_email"]


def codes(leadflow, document):
    """The codes that the check prints of the document."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(document, file)
        file.flush()
        done = subprocess.run([leadflow, "check", file.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
    return [line.split("[")[1].split("]")[0] for line in done.stdout.splitlines() if "[" in line]


def messages(check, preset, document):
    """Subject, preview, body and one call to action of each mail; UTM wherever there is a link; first names are counted."""
    for name, template in document["templates"].items():
        wanted = ["subject", "preheader", "body", "cta"] if template["channel"] == "email" else ["body"]
        check.equal(f"{preset}: {name} has", [key for key in wanted if template.get(key)], wanted)
        if "{first_name" in template.get("subject", "") and "personal" in json.dumps(document.get("caps")):
            check.equal(f"{preset}: {name} counts for the cap of first names", template.get("class"), "personal")
        if "http" in json.dumps(template):
            check.equal(f"{preset}: UTM of {name}", {key: template["utm"].get(key) for key in ("medium", "content")},
                        {"medium": template["channel"], "content": name})


def sequences(check, preset, document):
    """In plain words, somebody's, with a way out and one for failures."""
    for name, sequence in document["sequences"].items():
        check.equal(f"{preset}: {name} has a label in words", " " in sequence["label"], True)
        for key in ("owner", "on_failure"):
            check.equal(f"{preset}: {name} has {key}", bool(sequence.get(key)), True)
        check.equal(f"{preset}: {name} has a goal or an exit", "goal" in sequence or "exit" in sequence, True)
    for name, machine in document["machines"].items():
        check.equal(f"{preset}: labels of {name}", [state for state, one in machine["states"].items() if not one.get("label")], [])


def without(document, path):
    """A copy without the member at the path."""
    changed = copy.deepcopy(document)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return changed


def lint_bites(check, leadflow, preset, document):
    """Of each kind of fault two, in two places."""
    mails = [name for name, one in document["templates"].items()
             if one["channel"] == "email" and one.get("class") != "transactional" and "blocks" not in one][:2]
    series = [name for name, one in document["sequences"].items() if "goal" in one and "exit" in one][:2]
    for one, other in [(mails, "templates"), (series, "sequences")]:
        check.equal(f"{preset}: two {other} to spoil", len(one), 2)
    for name in mails:
        for code, changed in [("call-to-action", without(document, ["templates", name, "cta"]))] + [
                (code, {**document, "templates": {**document["templates"], name: {**document["templates"][name], key: text}}})
                for code, key, text in [("no-unsubscribe", "body", "Acme Inc., 1 Main Street, Springfield"),
                                        ("no-postal-address", "body", "{unsubscribe}"),
                                        ("token-fallback", "subject", "Hello {first_name}")]]:
            check.equal(f"{preset}: {code} in {name}", codes(leadflow, changed), [code])
    for name in series:
        for code, keys in [("no-owner", ["owner"]), ("no-failure-path", ["on_failure"]), ("no-exit", ["goal", "exit"])]:
            changed = document
            for key in keys:
                changed = without(changed, ["sequences", name, key])
            check.equal(f"{preset}: {code} of {name}", codes(leadflow, changed), [code])


def main(leadflow):
    check = Check()
    for preset in PRESETS:
        document = json.loads((FOLDER / f"{preset}.json").read_text(encoding="utf-8"))
        messages(check, preset, document)
        sequences(check, preset, document)
        lint_bites(check, leadflow, preset, document)
    check.end()


if __name__ == "__main__":
    main(sys.argv[1])
