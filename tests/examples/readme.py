#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The documents say what is true: the README's program is the one that is compiled, its output is the demo's, and
every link of a document leads to a file.

    readme.py LEADFLOW
"""
import re
import subprocess
import sys
from pathlib import Path

from replay import Check

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
UNTIL = "2026-05-05T08:00:00Z"  # as in examples/demo.sh


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def story(leadflow):
    events = EXAMPLES / "data" / "events.ndjson"
    blueprint = EXAMPLES / "blueprints" / "crm_workflow.json"
    told = subprocess.run([leadflow, "replay", blueprint, events, "--until", UNTIL, "--effects", "--contacts"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    told += subprocess.run([leadflow, "explain", blueprint, events, "--contact", "lead-030", "--at", UNTIL],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    return subprocess.run([sys.executable, EXAMPLES / "story.py", events, "--all"], input=told,
                          stdout=subprocess.PIPE, check=True).stdout.decode("utf-8").splitlines()


def check_links(check):
    for document in [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]:
        links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
        check.equal(f"links of {document.name} that lead nowhere",
                    [link for link in links if not (document.parent / link).exists()], [])


def main(leadflow):
    check = Check()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    smallest = (EXAMPLES / "smallest.c").read_text(encoding="utf-8")
    check.equal("the program of the README", blocks(readme, "c"), [smallest[smallest.index("#include"):]])
    in_python = (EXAMPLES / "python" / "quickstart.py").read_text(encoding="utf-8")
    check.equal("the program in Python", [block in in_python for block in blocks(readme, "python")], [True])
    in_ruby = (EXAMPLES / "ruby" / "quickstart.rb").read_text(encoding="utf-8")
    check.equal("the program in Ruby", [block in in_ruby for block in blocks(readme, "ruby")], [True])
    lines = story(leadflow)
    excerpts = [line for block in blocks(readme, "text") for line in block.splitlines() if line]
    check.equal("excerpt of the demo's output", len(excerpts) > 5, True)
    check.equal("lines that the demo does not print", [line for line in excerpts if line not in lines], [])
    check_links(check)
    check.end()


if __name__ == "__main__":
    main(sys.argv[1])
