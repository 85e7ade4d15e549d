#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pages show what is: their blueprints are accepted, their commands print what stands there, their output is real.

    pages.py LEADFLOW         the command's output in command.md, the condition in expressions.md
    pages.py LEADFLOW BUILD   start.md, on what is installed from a build folder
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from replay import Check

ROOT = Path(__file__).resolve().parents[2]

# What the output in command.md is of.
RULES = {"leadflow": 1, "events": {"demo": {}, "visit": {}}, "fields": {"title": {"type": "string"}},
         "scores": {"lead": {"dimensions": {"behavior": {"rules": [
             {"name": "demo", "on": "demo", "points": 20},
             {"name": "visit", "on": "visit", "points": 10, "decay": {"lose": 5, "every": "7d"}}]}},
             "bands": [{"name": "warm", "from": 20}]}},
         "machines": {"stage": {"initial": "lead", "states": {"lead": {}, "mql": {}}, "transitions": [
             {"from": "lead", "to": "mql", "when": "within('visit', '30d') && contact.title.contains('VP')"}]}},
         "segments": {"seen": {"when": "within('visit', '30d')"}},
         "templates": {"hello": {"channel": "email"}},
         "sequences": {"talk": {"trigger": [{"event": "visit"}], "goal": "state.stage == 'mql'", "steps": [
             {"label": "hello", "send": "hello"}, {"label": "pause", "wait": {"for": "1d"}}]}}}
EVENTS = [{"contact": "a", "type": "demo", "at": "2026-01-05T10:00:00Z", "id": "e-1"},
          {"contact": "a", "type": "visit", "at": "2026-01-05T10:00:00Z", "id": "e-2"}]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.M | re.S)


class Folder:
    def __init__(self, leadflow, path):
        self.leadflow, self.path = str(Path(leadflow).resolve()), Path(path)

    def write(self, name, text):
        (self.path / name).write_text(text, encoding="utf-8")

    def run(self, *command):
        done = subprocess.run([self.leadflow, *command], cwd=self.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        return done.stdout


def check_command(check, folder):
    """Each JSON block of command.md is a line of what the command prints, in its order."""
    folder.write("b.json", json.dumps(RULES))
    folder.write("one", json.dumps(EVENTS[0]) + "\n")
    folder.write("two", "".join(json.dumps(event) + "\n" for event in EVENTS))
    printed = (folder.run("replay", "b.json", "one", "--effects", "--contacts") +
               folder.run("explain", "b.json", "two", "--contact", "a", "--at", "2026-01-12T10:00:00Z") +
               folder.run("why", "b.json", "two", "--contact", "a", "--to", "mql") +
               folder.run("why", "b.json", "two", "--contact", "a", "--segment", "seen") +
               folder.run("why", "b.json", "two", "--contact", "a", "--sequence", "talk")).splitlines()
    shown = blocks("command.md", "json")
    check.equal("JSON blocks of command.md", len(shown), 6)
    for block in shown:
        line = re.sub(r"\n *", "", block)
        check.equal("a line of command.md", line if line in printed else printed, line)


def check_expressions(check, folder):
    """What expressions.md shows is an object with a condition of a blueprint that has what it names."""
    shown = blocks("expressions.md", "json")
    check.equal("JSON blocks of expressions.md", len(shown), 2)
    for block in shown[:1]:  # the other is the blueprint of the examples, which test_page runs
        folder.write("e.json", json.dumps({"leadflow": 1, "events": {"page_view": {}}, "fields": {"seniority": {"type": "string"}},
                                           "segments": {"shown": json.loads(block)}}))
        check.equal("the condition of expressions.md", folder.run("check", "e.json"), "")


def installed(build, there):
    """the environment in which a library stands that was installed below a folder"""
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", there], check=True)
    config = next(Path(there).rglob("pkgconfig/leadflow.pc")).parent
    command = next(Path(there).rglob("bin/leadflow")).parent
    return {**os.environ, "PKG_CONFIG_PATH": str(config), "PKG_CONFIG_SYSROOT_DIR": str(there),
            "LD_LIBRARY_PATH": str(config.parent), "PATH": f"{command}:{os.environ['PATH']}"}


def check_start(check, folder, build):
    """start.md: its JSON is saved as it says, and its console is run."""
    rules, events = blocks("start.md", "json")
    folder.write("first.json", rules)
    folder.write("first.ndjson", events)
    os.symlink(ROOT / "examples", folder.path / "examples")
    where = installed(build, folder.path / "there")
    commands = [command for block in blocks("start.md", "console")
                for command in re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", block, re.M)]
    check.equal("commands of start.md", len(commands), 5)
    for command, output in commands:
        done = subprocess.run(["sh", "-c", command], cwd=folder.path, env=where, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        check.equal(command, (done.stdout, done.returncode), (output, 0))


def main(leadflow, build=None):
    check = Check()
    if build is not None and not all(shutil.which(tool) for tool in ("cc", "pkg-config", "meson")):
        print("skipped: cc, pkg-config and meson are needed")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(leadflow, path)
        if build is None:
            check_command(check, folder)
            check_expressions(check, folder)
        else:
            check_start(check, folder, os.path.abspath(build))
    check.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
