# SPDX-License-Identifier: MIT
"""Runs a cmocka program and mends its TAP: `tap.py PROGRAM [ARG...]`.

cmocka 1.1.5 says `not ok N # SKIP` of a test that is skipped, which counts as a failure; and what a program prints
beside TAP must stand behind a `#`.
"""
import re
import subprocess
import sys

with subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True, errors='replace') as program:
    for line in program.stdout:
        line = re.sub(r'^not (ok \d+ # SKIP)', r'\1', line)
        print(line if re.match(r'(not )?ok\b|1\.\.|#|Bail out!', line) else '# ' + line, end='', flush=True)
sys.exit(program.returncode if program.returncode >= 0 else 128 - program.returncode)
