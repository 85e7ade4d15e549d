#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a program and compares what it prints with a file.

    expect.py FILE PROGRAM [ARG...]
"""
import difflib
import subprocess
import sys
from pathlib import Path


def main(file, *command):
    expected = Path(file).read_text(encoding="utf-8")
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), done.stdout.splitlines(True), file, command[0]))
    sys.exit(0 if done.returncode == 0 and done.stdout == expected else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
