# SPDX-License-Identifier: MIT
"""
`leadflow replay --store sqlite:FILE` is killed (SIGKILL) at random moments and started again until it comes to its
end, again and again until it was killed COUNT times. Each time it must have ended with the contacts, byte for byte,
and with the effects of a run that nobody disturbed: each key printed, none lost, never with another content, in order.

    test_kills.py LEADFLOW COUNT [SEED]     (the seed is printed)
"""
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEADFLOW, COUNT = sys.argv[1], int(sys.argv[2])
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10**9)
EVENTS = ROOT / 'examples' / 'data' / 'events.ndjson'
CHANCE = random.Random(SEED)


def start(events, store, out):
    return subprocess.Popen([LEADFLOW, 'replay', ROOT / 'examples/blueprints/crm_workflow.json', events, '--effects',
                             '--store', f'sqlite:{store}'], stdout=out, stderr=subprocess.DEVNULL)


def contents(store):
    """All that is kept of contacts; nothing may wait in the outbox."""
    database = sqlite3.connect(store)
    rows = database.execute('SELECT c.*, bytes FROM lf_contact AS c JOIN lf_contact_bytes USING (contact)'
                            ' ORDER BY tenant, id').fetchall()
    left = database.execute('SELECT count(*) FROM lf_outbox').fetchone()[0]
    sound = database.execute('PRAGMA integrity_check').fetchone()[0]
    database.close()
    return {row[1:3]: row[3:] for row in rows}, left, sound


def whole_lines(path):
    """A line that was cut short by the kill is none; it comes again."""
    return path.read_bytes().split(b'\n')[:-1]


class Trial:
    def __init__(self, folder, events, lasts):
        self.folder, self.events, self.lasts = folder, events, lasts
        self.store = folder / 'crm.db'
        self.kills = {'running': 0, 'printing': 0}

    def run(self):
        """Returns the lines of all runs, in order."""
        lines = []
        for number in range(10**6):
            path = self.folder / f'{number}.ndjson'
            with open(path, 'wb') as out:
                process = start(self.events, self.store, out)
                try:
                    process.wait(timeout=CHANCE.uniform(0, self.lasts / 2)) # so most runs do not come to their end
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
            status = process.wait()
            lines += whole_lines(path)
            path.unlink()
            if status == 0:
                return lines
            if status != -signal.SIGKILL:
                sys.exit(f'replay ended with {status}')
            self.kills['printing' if lines else 'running'] += 1


def check(lines, got, expected_lines, expected):
    first = list(dict.fromkeys(lines))
    if first != expected_lines:
        lost = [line for line in expected_lines if line not in set(first)]
        return f'{len(lost)} effects are lost, {len(set(first) - set(expected_lines))} are others, or the order is'
    if got[0] != expected[0]:
        return 'contacts are others'
    return f'{got[1]} effects are left, integrity: {got[2]}' if got[1:] != (0, 'ok') else None


def main():
    print(f'1..1\n# seed {SEED}')
    scratch = Path(tempfile.mkdtemp(prefix='lf_kills_'))
    began = time.monotonic()
    with open(scratch / 'out', 'wb') as out:
        if start(EVENTS, scratch / 'crm.db', out).wait() != 0:
            sys.exit('replay fails')
    lasts = time.monotonic() - began
    expected_lines, expected = whole_lines(scratch / 'out'), contents(scratch / 'crm.db')
    kills, again, trials, wrong = {'running': 0, 'printing': 0}, 0, 0, None
    while sum(kills.values()) < COUNT and wrong is None:
        folder = scratch / str(trials)
        folder.mkdir()
        trial = Trial(folder, EVENTS, lasts)
        lines = trial.run()
        wrong = check(lines, contents(trial.store), expected_lines, expected)
        kills = {name: kills[name] + trial.kills[name] for name in kills}
        again += len(lines) - len(expected_lines)
        trials += 1
    print(f'# killed {kills["running"]} times while running, {kills["printing"]} while printing, in {trials} runs;'
          f' {again} of {len(expected_lines) * trials} effects were printed again')
    print(f'ok 1 - {COUNT} kills' if wrong is None else f'not ok 1 - {wrong} (seed {SEED})')
    if wrong is None:
        shutil.rmtree(scratch)
    sys.exit(wrong is not None)


main()
