# SPDX-License-Identifier: MIT
"""What a preset means to send can be handed over: whether a message may go is looked at again then, on the contact as it is
stored, and nothing that a sequence itself does at the moment of a message (as to suppress) may stop that message.

    test_handed_over.py FOLDER_OF_SCENARIOS...     (tests/presets/PRESET)
"""
import json
import sys
from pathlib import Path

from binding import ROOT, leadflow
from kit import equal, run_tests
from recorder import Recorder
from replay import DAY, milliseconds


def hand_over(folder):
    preset = ROOT / 'examples' / 'blueprints' / f'{folder.parent.name}.json'
    store, sent = Recorder(), []

    def deliver(effect, _receipt):
        if effect.kind == 'send':
            sent.append(effect['key'])

    engine = leadflow.Engine(leadflow.Blueprint(preset.read_bytes()), store, deliver)
    about = (folder / 'about.txt').read_text(encoding='utf-8').splitlines()
    lines = (folder / 'events.ndjson').read_text(encoding='utf-8').splitlines()
    events = [json.loads(line) for number, line in enumerate(lines, 1) if f'event {number} refused' not in about]
    for event in [*events, None]:
        now = milliseconds(event['at'] if event else events[-1]['at']) + (0 if event else 60 * DAY)
        while (due := min(store.wakes.values(), default=now + 1)) <= now:
            engine.run_due(due)
            engine.deliver(due)
        if event:
            engine.take(event, now)
            engine.deliver(now)
    planned = [effect['key'] for effect in store.effects if effect.kind == 'send']
    equal(sorted(sent), sorted(planned), 'messages')


FOLDERS = sorted(path.parent for folder in sys.argv[1:] for path in Path(folder).glob('*/events.ndjson'))
run_tests([(folder.name, lambda folder=folder: hand_over(folder)) for folder in FOLDERS])
