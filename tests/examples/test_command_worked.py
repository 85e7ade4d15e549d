# SPDX-License-Identifier: MIT
"""leadflow replay prints what the worked examples of the contract say (LEADFLOW_WORKED, each folder one test)."""
import os
import sys

from kit import Folder, equal, ndjson, run_tests

WORKED = os.environ.get('LEADFLOW_WORKED', '../shared/worked')
LEFT_OUT = {'key', 'cause', 'message', 'next_wake'}


def lines(folder, name):
    with open(os.path.join(WORKED, folder, name), encoding='utf-8') as file:
        return ndjson(file.read())


def until_of(folder):
    with open(os.path.join(WORKED, folder, 'about.txt'), encoding='utf-8') as file:
        return [line.split()[1] for line in file if line.startswith('until ')][0]


def compare(program, folder):
    here = os.path.abspath(os.path.join(WORKED, folder))
    for name in ('effects', 'contacts'):
        _, out, _ = Folder(program).run('replay', os.path.join(here, 'blueprint.json'),
                                        os.path.join(here, 'events.ndjson'), '--until', until_of(folder), '--' + name)
        got = [{key: value for key, value in line.items() if key not in LEFT_OUT} for line in ndjson(out)]
        expected = lines(folder, name + '.ndjson')
        for number, pair in enumerate(zip(got, expected), 1):
            equal(*pair, '%s, line %d' % (name, number))
        equal(len(got), len(expected), 'lines of ' + name)


def main():
    if not os.path.isdir(WORKED):
        print('1..0 # SKIP there is no folder %s (LEADFLOW_WORKED)' % WORKED)
        return
    folders = sorted(f for f in os.listdir(WORKED) if os.path.isdir(os.path.join(WORKED, f)))
    run_tests([(f, lambda f=f: compare(sys.argv[1], f)) for f in folders])


main()
