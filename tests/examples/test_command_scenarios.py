# SPDX-License-Identifier: MIT
"""
leadflow replay prints what scenarios and the worked examples of the contract say: each folder is one test.

    test_command_scenarios.py PROGRAM [FOLDER_OF_SCENARIOS]     (default: the worked examples, LEADFLOW_WORKED)

What the files in a folder mean stands at the top of tests/scenario/test_scenarios.c. Here too, members that an
expected line does not name are ignored.
"""
import os
import sys

from kit import Folder, equal, ndjson, run_tests

PROGRAM = sys.argv[1]
WORKED = os.environ.get('LEADFLOW_WORKED', '../shared/worked')
FOLDERS = os.path.abspath(sys.argv[2] if len(sys.argv) > 2 else WORKED)


def read(folder, *names):
    """The text of those files that are there, one behind the other."""
    text = ''
    for path in (os.path.join(FOLDERS, folder, name) for name in names):
        if os.path.exists(path):
            with open(path, encoding='utf-8') as file:
                text += file.read()
    return text


def arguments(folder):
    about = [line.split() for line in read(folder, 'about.txt').splitlines()]
    until = [words[1] for words in about if words[:1] == ['until']]
    preset = [os.path.abspath('examples/blueprints/%s.json' % words[1]) for words in about if words[:1] == ['preset']]
    here = os.path.join(FOLDERS, folder)
    return [preset[0] if preset else os.path.join(here, 'blueprint.json'), os.path.join(here, 'events.ndjson'),
            *(['--until', until[0]] if until else [])]


def shown(folder, lines):
    """Those of the kinds that the scenario shows."""
    kinds = [line.split()[1:] for line in read(folder, 'about.txt').splitlines() if line.startswith('shows ')]
    return [line for line in lines if line.get('kind', 'contact') in kinds[0]] if kinds else lines


def compare(folder):
    status, out, err = Folder(PROGRAM).run('replay', *arguments(folder), '--effects', '--contacts')
    expected = ndjson(read(folder, 'expected.ndjson', 'effects.ndjson', 'contacts.ndjson'))
    got = shown(folder, ndjson(out))
    for number, (line, wanted) in enumerate(zip(got, expected), 1):
        equal({name: line.get(name, 'not there') for name in wanted}, wanted, 'line %d' % number)
    equal(len(got), len(expected), 'lines')
    equal(status, 1 if ' error[' in err else 0, 'exit status')
    if 'refused' in read(folder, 'about.txt'):
        equal(status, 1, 'exit status with a refused line')


def main():
    if not os.path.isdir(FOLDERS):
        print('1..0 # SKIP there is no folder %s (LEADFLOW_WORKED)' % FOLDERS)
        return
    folders = sorted(name for name in os.listdir(FOLDERS) if read(name, 'events.ndjson'))
    run_tests([(folder, lambda folder=folder: compare(folder)) for folder in folders])


main()
