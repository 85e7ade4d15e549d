# SPDX-License-Identifier: MIT
"""Runs a program on cases that others wrote, where they are: `run_cases.py PATH PROGRAM [ARG...]`.

PATH is a file or folder in LEADFLOW_TESTDATA (default ../shared/testdata). It is the last argument of the
program, whose last line is `N passed, M failed`. Prints TAP, one test; skipped if there is no PATH.
"""
import os
import subprocess
import sys


def main(path, *program):
    root = os.environ.get('LEADFLOW_TESTDATA') or '../shared/testdata'
    there = os.path.join(root, path)
    print('1..1')
    if not os.path.exists(there):
        print("ok 1 - %s # SKIP there is no '%s' (set LEADFLOW_TESTDATA)" % (path, there))
        return 0
    done = subprocess.run([*program, there], stdout=subprocess.PIPE, text=True, check=False)
    lines = done.stdout.splitlines() or ['no output']
    for line in lines[:-1]:
        print('# ' + line)
    print('%sok 1 - %s: %s' % ('not ' if done.returncode else '', path, lines[-1]))
    return done.returncode != 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
