# SPDX-License-Identifier: MIT
"""
`leadflow replay --store sqlite:FILE`: the output of the store in memory, byte for byte; what a second run does; what
other events, other options and bad files are answered with; and what docs/store.md shows of SQL.

    test_replay.py LEADFLOW
"""
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kit import Folder, contains, equal, ndjson, run_tests, tests_of

if os.path.isdir('/dev/shm'):
    tempfile.tempdir = '/dev/shm'  # what a disk does is not looked at here
PROGRAM = sys.argv[1]
ROOT = Path(__file__).resolve().parents[2]
BLUEPRINT, EVENTS = (str(ROOT / 'examples' / name) for name in ('blueprints/crm_workflow.json', 'data/events.ndjson'))
STORE = ['--store', 'sqlite:crm.db']
BOTH = ['--effects', '--contacts']
SMALL = {'leadflow': 1, 'events': {'visit': {'engagement': True}},
         'intake': {'dedupe': '1d'},
         'scores': {'lead': {'dimensions': {'all': {'rules': [{'name': 'visit', 'on': 'visit', 'points': 1}]}}}}}


def visit(contact, day, **more):
    return {'contact': contact, 'type': 'visit', 'at': f'2026-01-{day:02}T00:00:00Z', **more}


def rows(folder, query):
    database = sqlite3.connect(os.path.join(folder.path, 'crm.db'))
    result = database.execute(query).fetchall()
    database.close()
    return result


def points(output):
    return {line['contact']: line['scores']['lead']['points'] for line in ndjson(output)}


def same_as_in_memory(blueprint, events, *options):
    folder = Folder(PROGRAM)
    expected = folder.run('replay', blueprint, events, *options)
    equal(folder.run('replay', blueprint, events, *options, *STORE), expected, f'{blueprint} {options}')
    return folder, expected


def test_scenarios():
    for folder in sorted((ROOT / 'tests' / 'scenario').iterdir()):
        if (folder / 'blueprint.json').exists():
            files = str(folder / 'blueprint.json'), str(folder / 'events.ndjson')
            until = re.findall(r'^until (\S+)', (folder / 'about.txt').read_text(encoding='utf-8'), re.MULTILINE)
            options = ['--until', until[0]] if until else []
            at, _ = same_as_in_memory(*files, *options, *BOTH)
            equal(rows(at, 'SELECT count(*) FROM lf_outbox'), [(0,)])
            at, _ = same_as_in_memory(*files, *options)
            _, (_, out, _) = same_as_in_memory(*files, *options, '--contacts')
            equal(at.run('replay', *files, *options, '--contacts', *STORE)[1], out, f'{folder}, run again')


def test_crm_workflow():
    for options in ([], ['--until', '2026-03-01T12:00:00Z']):
        folder, (status, out, _) = same_as_in_memory(BLUEPRINT, EVENTS, *BOTH, *options)
        equal(status, 0)
        contacts = [line for line in out.splitlines(True) if '"kind":' not in line]
        equal(folder.run('replay', BLUEPRINT, EVENTS, *BOTH, *options, *STORE), (0, ''.join(contacts), ''), 'run again')
        equal(rows(folder, 'SELECT count(*) FROM lf_outbox'), [(0,)])


def test_standard_input():
    folder = Folder(PROGRAM)
    folder.write('b.json', SMALL)
    folder.write('e.ndjson', [visit('a', 1), visit('b', 2)])
    expected = folder.run('replay', 'b.json', 'e.ndjson', *BOTH)
    for run in range(2):
        with open(os.path.join(folder.path, 'e.ndjson'), 'rb') as events:
            got = folder.run('replay', 'b.json', '-', *BOTH, *STORE, stdin=events)
        equal(got, expected if run == 0 else (0, '\n'.join(expected[1].splitlines()[-2:]) + '\n', ''))


def test_effects_wait_for_who_asks():
    folder = Folder(PROGRAM)
    _, effects, _ = folder.run('replay', BLUEPRINT, EVENTS, '--effects')
    _, summary, _ = folder.run('replay', BLUEPRINT, EVENTS)
    equal(folder.run('replay', BLUEPRINT, EVENTS, *STORE)[1], summary)
    equal(rows(folder, 'SELECT count(*) FROM lf_outbox'), [(len(effects.splitlines()),)])
    equal(folder.run('replay', BLUEPRINT, EVENTS, '--effects', *STORE), (0, effects, ''))
    equal(folder.run('replay', BLUEPRINT, EVENTS, '--effects', *STORE), (0, '', ''))


def test_summary_of_a_second_run():
    folder = Folder(PROGRAM)
    folder.write('b.json', SMALL)
    folder.write('e.ndjson', [visit('a', 1), visit('b', 2), {'no': 'event'}])
    equal(folder.run('replay', 'b.json', 'e.ndjson', *STORE)[0], 1)
    status, out, err = folder.run('replay', 'b.json', 'e.ndjson', *STORE)
    equal((status, err), (0, ''), 'what was refused was said')
    summary = ndjson(out)[0]
    equal({name: summary[name] for name in ('lines', 'events', 'duplicates', 'refused', 'contacts', 'effects', 'until')},
          {'lines': 3, 'events': 0, 'duplicates': 2, 'refused': 0, 'contacts': 2, 'effects': {},
           'until': '2026-01-02T00:00:00.000Z'})


def test_events_without_ids_and_beyond_dedupe_count_once():
    folder = Folder(PROGRAM)
    folder.write('b.json', SMALL)
    folder.write('e.ndjson', [visit('a', day) for day in range(1, 20)] + [visit('b', day, id=str(day)) for day in range(1, 20)])
    for _ in range(3):
        equal(points(folder.run('replay', 'b.json', 'e.ndjson', '--contacts', *STORE)[1]), {'a': 19, 'b': 19})


def test_two_runs_at_once():
    """While the first one waits for more lines, the second one has begun at the place that is noted."""
    folder = Folder(PROGRAM)
    folder.write('b.json', SMALL)
    folder.write('e.ndjson', [visit('a', 1) for _ in range(4000)])
    with open(os.path.join(folder.path, 'e.ndjson'), 'rb') as file:
        lines = file.readlines()
    command = [folder.program, 'replay', 'b.json']
    pipes = {'cwd': folder.path, 'stderr': subprocess.PIPE, 'stdout': subprocess.PIPE}
    with subprocess.Popen([*command, '-', *STORE], stdin=subprocess.PIPE, **pipes) as first:
        first.stdin.write(b''.join(lines[:3000]))
        first.stdin.flush()
        time.sleep(0.5)
        with subprocess.Popen([*command, 'e.ndjson', *STORE], **pipes) as second:
            time.sleep(0.5)
            _, err = first.communicate(b''.join(lines[3000:]), timeout=60)
            equal((first.returncode, err), (0, b''))
            _, err = second.communicate(timeout=60)
            equal((second.returncode, err), (1, b'leadflow: another run is at the same events\n'))
    equal(points(folder.run('replay', 'b.json', 'e.ndjson', '--contacts', *STORE)[1]), {'a': 4000})


def test_effects_that_two_runs_print():
    folder = Folder(PROGRAM)
    folder.run('replay', BLUEPRINT, EVENTS, *STORE)
    read, write = os.pipe()  # which nobody reads: the first one comes no further than this has room
    try:
        with subprocess.Popen([folder.program, 'replay', BLUEPRINT, EVENTS, '--effects', *STORE], cwd=folder.path,
                              stdout=write, stderr=subprocess.PIPE) as first:
            os.close(write)
            time.sleep(0.5)
            status, out, _ = folder.run('replay', BLUEPRINT, EVENTS, '--effects', *STORE)
            equal(status, 0)
            with open(read, encoding='utf-8', closefd=False) as rest:
                printed = rest.read()
            first.wait(timeout=60)
            equal(first.returncode, 0, first.stderr.read())
    finally:
        os.close(read)
    expected = folder.run('replay', BLUEPRINT, EVENTS, '--effects')[1]
    equal(set(out.splitlines()) | set(printed.splitlines()), set(expected.splitlines()))


def test_a_log_that_grows():
    folder = Folder(PROGRAM)
    folder.write('b.json', SMALL)
    for days in (3, 5, 5, 9):
        folder.write('e.ndjson', [visit('a', day) for day in range(1, days + 1)])
        equal(points(folder.run('replay', 'b.json', 'e.ndjson', '--contacts', *STORE)[1]), {'a': days})
    folder.write('other.ndjson', [visit('b', 10), visit('a', 10)])  # it begins with another line
    equal(points(folder.run('replay', 'b.json', 'other.ndjson', '--contacts', *STORE)[1]), {'a': 10, 'b': 1})


def test_other_events():
    folder = Folder(PROGRAM)
    folder.write('b.json', SMALL)
    folder.write('e.ndjson', [visit('a', day) for day in range(1, 6)])
    folder.run('replay', 'b.json', 'e.ndjson', *STORE)
    folder.write('e.ndjson', [visit('a', day) for day in (1, 2, 7, 4, 5, 6)])
    status, out, err = folder.run('replay', 'b.json', 'e.ndjson', '--contacts', *STORE)
    equal((status, out), (1, ''))
    equal(err, 'e.ndjson:5:1: error[io]: the 5 lines up to here are not those that were run into this store before\n')
    folder.write('e.ndjson', [visit('a', day) for day in range(1, 4)])
    status, out, err = folder.run('replay', 'b.json', 'e.ndjson', '--contacts', *STORE)
    equal((status, out), (1, ''))
    contains(err, 'error[io]: the 5 lines up to here are not those')


def test_another_until():
    folder = Folder(PROGRAM)
    folder.write('b.json', SMALL)
    folder.write('e.ndjson', [visit('a', day) for day in range(1, 6)])
    folder.run('replay', 'b.json', 'e.ndjson', '--until', '2026-01-03T00:00:00Z', *STORE)
    status, out, err = folder.run('replay', 'b.json', 'e.ndjson', *STORE)
    equal((status, out), (1, ''))
    equal(err, 'e.ndjson:1:1: error[io]: these events were run into this store with another --until\n')


def test_no_events():
    folder, (status, out, _) = same_as_in_memory(BLUEPRINT, '/dev/null', '--contacts')
    equal((status, out), (0, ''))
    folder.write('b.json', SMALL)
    folder.write('e.ndjson', [visit('a', 1)])
    folder.run('replay', 'b.json', 'e.ndjson', *STORE)
    equal(folder.run('replay', 'b.json', '/dev/null', *BOTH, *STORE)[0], 0)


def test_bad_stores():
    folder = Folder(PROGRAM)
    folder.write('b.json', SMALL)
    folder.write('e.ndjson', [visit('a', 1)])
    for name in ('nonsense:', 'nonsense:x', 'crm.db', 'sqlite', 'sqlite:', ''):
        status, out, err = folder.run('replay', 'b.json', 'e.ndjson', '--store', name)
        equal((status, out), (2, ''), name)
        equal(err, f'leadflow replay: --store {name}: no store, such as sqlite:FILE\n')
    status, _, err = folder.run('replay', 'b.json', 'e.ndjson', '--store')
    equal(status, 2)
    contains(err, 'needs a value: --store')
    for command in (['explain', 'b.json', 'e.ndjson', '--contact', 'a'], ['check', 'b.json']):
        equal(folder.run(*command, *STORE)[0], 2, 'only replay has one')
    for name, text in (('none/crm.db', 'none/crm.db: unable to open database file'), ('b.json', 'b.json: file is not a database')):
        status, out, err = folder.run('replay', 'b.json', 'e.ndjson', '--store', f'sqlite:{name}')
        equal((status, out, err), (1, '', f'leadflow: {text}\n'))
    folder.run('replay', 'b.json', 'e.ndjson', *STORE)
    database = sqlite3.connect(os.path.join(folder.path, 'crm.db'))
    database.execute('DROP VIEW lf_schema')
    database.execute('CREATE VIEW lf_schema AS SELECT 7 AS version')
    database.commit()
    database.close()
    equal(folder.run('replay', 'b.json', 'e.ndjson', *STORE),
          (1, '', 'leadflow: crm.db: its tables have version 7, this program knows 1\n'))


def test_output_that_cannot_be_written():
    folder = Folder(PROGRAM)
    with open('/dev/full', 'wb') as full:
        status, _, err = folder.run('replay', BLUEPRINT, EVENTS, '--effects', *STORE, stdout=full)
    equal(status, 1)
    contains(err, 'standard output cannot be written')
    equal(folder.run('replay', BLUEPRINT, EVENTS, '--effects', *STORE)[1],
          folder.run('replay', BLUEPRINT, EVENTS, '--effects')[1], 'nothing was lost')


STORE_MD = (ROOT / 'docs' / 'store.md').read_text(encoding='utf-8')


def test_console_of_the_documentation():
    """`leadflow ... > FILE` and `sqlite3 FILE "SQL"` are run, and print what stands there."""
    block, = re.findall(r'```console\n(.*?)```', STORE_MD, re.DOTALL)
    commands = re.findall(r'^\$ (.*)\n((?:[^$].*\n)*)', block, re.MULTILINE)
    folder = Folder(PROGRAM)
    equal(len(commands), 5)
    words = commands[0][0].split()
    equal((words[0], words[-2:], commands[0][1]), ('leadflow', ['>', 'effects.ndjson'], ''))
    status, out, _ = folder.run(*[str(ROOT / word) if word.startswith('examples/') else word for word in words[1:-2]])
    equal((status, len(out) > 0), (0, True))
    for command, output in commands[1:]:
        query, = re.findall(r'^sqlite3 crm.db "(.*)"$', command)
        got = ''.join('|'.join(str(value) for value in row) + '\n' for row in rows(folder, query))
        equal(got, output, command)


def test_code_of_the_documentation():
    """It is that of examples/sqlite."""
    source = (ROOT / 'examples' / 'sqlite' / 'leadflow_sqlite.c').read_text(encoding='utf-8')
    snippets = re.findall(r'```c\n(static lf_status commit.*?)```', STORE_MD, re.DOTALL)
    equal([snippet in source for snippet in snippets], [True], 'commit')
    tables, = re.findall(r'```sql\n(.*?)```', STORE_MD, re.DOTALL)
    folder = Folder(PROGRAM)
    folder.write('b.json', {'leadflow': 1})
    folder.run('replay', 'b.json', '/dev/null', *STORE)
    made = rows(folder, "SELECT sql FROM sqlite_master WHERE name GLOB 'lf_*' AND sql IS NOT NULL AND name <> 'lf_schema'")
    shown = [' '.join(one.split()) for one in re.split(r';\n(?=CREATE|$)', tables)[:-1]]
    equal([' '.join(row[0].split()) for row in made], shown)


run_tests(tests_of(sys.modules[__name__]))
