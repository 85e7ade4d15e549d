#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts what `meson test` did: `tally.py BUILD_DIR` prints `N passed, N failed, N skipped`.

Each subtest that a program told by TAP counts, or each case where it told `name: N passed, M failed`; a program
without TAP counts as one. A program that ended badly without naming a subtest (a crash, a time-out, a plan that was
not kept) counts as one that failed.
"""
import json
import re
import sys


def count(test):
    """(passed, failed, skipped) of one line of the log"""
    passed = failed = skipped = 0
    text = test.get('stdout', '')
    for line in re.findall(r'^(?:not )?ok\b.*', text, re.M):
        cases = re.search(r': (\d+) passed, (\d+) failed$', line)
        if re.search(r'#\s*skip', line, re.I):
            skipped += 1
        elif cases:
            passed += int(cases.group(1))
            failed += int(cases.group(2))
        elif line.startswith('not'):
            failed += 1
        else:
            passed += 1
    if passed + failed + skipped == 0:
        return test['result'] == 'OK', test['result'] not in ('OK', 'SKIP'), test['result'] == 'SKIP'
    if test['result'] not in ('OK', 'SKIP') and failed == 0:
        failed = 1
    return passed, failed, skipped


def main():
    sums = [0, 0, 0]
    with open(sys.argv[1] + '/meson-logs/testlog.json', encoding='utf-8') as log:
        for test in map(json.loads, log):
            counts = count(test)
            sums = [a + b for a, b in zip(sums, counts)]
            if counts[1]:
                print('failed: %s' % test['name'])
            if counts[2] and not counts[0]:
                print('skipped: %s' % test['name'])
    print('%d passed, %d failed, %d skipped' % tuple(sums))
    return sums[1] > 0


if __name__ == '__main__':
    sys.exit(main())
