#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each preset is clean, and each row of what it is to do is driven by a scenario and has its place in docs/presets.md.

    rows.py LEADFLOW

The scenarios are the folders in tests/presets/PRESET; `rows` in their about.txt says which rows they go through.
"""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from replay import Check

ROOT = Path(__file__).resolve().parents[2]
ROWS = {
    "crm_workflow": [f"A{number}" for number in range(1, 14)] + ["A17"],
    "crm_automation": [f"B{number}" for number in [1, 2, 4, 5, *range(7, 14), *range(16, 21), 22, 23]],
    "lifecycle_email": ["E1", "E2", "E3", "E4"],
}


def lint(leadflow, blueprint):
    done = subprocess.run([leadflow, "check", blueprint], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    return done.returncode, done.stdout


def lint_examples(leadflow, check):
    """The documents of the page that build on a preset."""
    page = (ROOT / "docs" / "presets.md").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "examples" / "blueprints", folder, dirs_exist_ok=True)
        for number, block in enumerate(re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)):
            own = Path(folder) / f"own_{number}.json"
            own.write_text(block, encoding="utf-8")
            check.equal(f"leadflow check {block}", lint(leadflow, own), (0, ""))


def driven(preset):
    """{row: its scenarios}, and the scenarios that are of another preset or of no row."""
    rows, lost = {}, []
    for about in sorted((ROOT / "tests" / "presets" / preset).glob("*/about.txt")):
        lines = about.read_text(encoding="utf-8").splitlines()
        named = [row for line in lines if line.startswith("rows ") for row in line.split()[1:]]
        for row in named:
            rows.setdefault(row, []).append(about.parent.name)
        if not named or f"preset {preset}" not in lines:
            lost.append(about.parent.name)
    return rows, lost


def documented(preset):
    """The rows of the table behind the preset's heading, and the scenarios that it names for each."""
    page = (ROOT / "docs" / "presets.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", page, flags=re.MULTILINE)
    table = next((part for part in section if part.startswith(preset + "\n")), "")
    rows = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 4 and cells[0][-1].isdigit():
            rows[cells[0]] = re.findall(r"`(\w+)`", cells[3])
    return rows


def main(leadflow):
    check = Check()
    for preset, wanted in ROWS.items():
        blueprint = ROOT / "examples" / "blueprints" / f"{preset}.json"
        check.equal(f"leadflow check {preset}", lint(leadflow, blueprint), (0, ""))
        rows, lost = driven(preset)
        check.equal(f"{preset}: scenarios of no row or of another preset", lost, [])
        shown = documented(preset)
        for row in wanted:
            check.equal(f"{preset}: {row} has a scenario", bool(rows.get(row)), True)
            check.equal(f"{preset}: the scenarios of {row} in docs/presets.md", sorted(shown.get(row, [])), sorted(rows.get(row, [])))
    lint_examples(leadflow, check)
    check.end()


if __name__ == "__main__":
    main(sys.argv[1])
