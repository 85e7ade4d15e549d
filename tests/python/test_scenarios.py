# SPDX-License-Identifier: MIT
"""The scenarios (tests/scenario), through an engine on a store written in Python and through the bare step: both must
do what is expected, with the same effects and the same stored bytes.   test_scenarios.py FOLDER"""
import itertools
import json
import re
import sys
from pathlib import Path

from binding import T0, leadflow
from kit import equal, run_tests
from recorder import Recorder


class Scenario:
    def __init__(self, folder):
        self.folder = folder
        self.about = (folder / 'about.txt').read_text(encoding='utf-8')
        self.blueprint = leadflow.Blueprint((folder / 'blueprint.json').read_bytes())
        self.store = Recorder()
        self.engine = leadflow.Engine(self.blueprint, self.store)
        self.step = leadflow.Step(self.blueprint)
        self.event = leadflow.Event(self.blueprint)
        self.contacts = {}
        self.now = {}
        self.by_step = []

    def run(self):
        for number, line in enumerate(self.read('events'), 1):
            stated = re.search(rf'^event {number} (\w+)', self.about, re.MULTILINE)
            equal(self.take(line), stated.group(1) if stated else 'new', f'event {number}')
        self.finish()
        self.compare(self.lines(self.by_step), self.lines(self.store.effects), 'step, engine')
        expected = [json.loads(line) for line in self.read('expected')]
        got = [json.loads(line) for line in self.lines(self.store.effects)]
        named = [{name: one[name] for name in other if name in one} if other else one
                 for one, other in itertools.zip_longest(got, expected)]
        self.compare(named, expected, 'engine, expected')

    def read(self, name):
        return [line for line in (self.folder / f'{name}.ndjson').read_bytes().splitlines() if line]

    @staticmethod
    def compare(got, expected, what):
        for number, (one, other) in enumerate(zip(got, expected), 1):
            equal(json.dumps(one, sort_keys=True), json.dumps(other, sort_keys=True), f'{what}: line {number}')
        equal(len(got), len(expected), f'{what}: lines')

    @staticmethod
    def outcome(call, *args):
        try:
            return call(*args).replace('_duplicate', '')
        except leadflow.Refused:
            return 'refused'

    def parse(self, line):
        try:
            self.event.parse(line)
            return 'parsed'
        except leadflow.NotFound:
            return 'ignored'

    def take(self, line):
        parsed = self.outcome(self.parse, line)
        if parsed != 'parsed':
            equal(self.outcome(self.engine.take, line, T0), parsed)
            return parsed
        id = self.event.contact
        contact = self.contacts.setdefault(id, leadflow.Contact(self.blueprint, id))
        now = self.now[id] = max(self.now.get(id, -2**62), leadflow.ms(self.event.at))
        taken = self.outcome(self.step.take, contact, self.event, now)
        self.by_step += self.step.effects
        equal(self.outcome(self.engine.take, line, now), taken)
        self.same(id)
        return taken

    def same(self, id):
        contact, stored = self.contacts[id], self.store.load('default', id)
        if stored is None and contact.created is None:
            return  # nothing but refused events
        equal(contact.encode(), stored[0], 'stored bytes')
        equal(contact.wake_time, leadflow.time(self.store.wakes[id]), 'wake time')

    def finish(self):
        """The engine works as a process that is never late does, the step goes to the end at once."""
        stated = re.search(r'^until (\S+)', self.about, re.MULTILINE)
        until = max(self.now.values(), default=0)
        if stated:
            place = leadflow.ffi.new('int64_t *')
            equal(leadflow.lib.lf_timestamp_parse(stated.group(1).encode(), len(stated.group(1)), place), 0)
            until = place[0]
        while (due := min(self.store.wakes.values(), default=until + 1)) <= until:
            equal(self.engine.run_due(due) > 0, True)
        for id, contact in self.contacts.items():
            if contact.created is not None:
                self.step.wake(contact, until)
                self.by_step += self.step.effects
                self.engine.wake(id, until)
                self.same(id)

    def lines(self, effects):
        """By time, then contact, then as they came; contacts at the end."""
        ordered = sorted(effects, key=lambda effect: (effect.at, effect.contact))
        return [effect.json for effect in ordered] + [
            json.dumps(self.engine.contact(id).to_dict()) for id in self.engine.contact_ids()]


FOLDERS = sorted(path.parent for path in Path(sys.argv[1]).glob('*/blueprint.json'))
run_tests([(folder.name, lambda folder=folder: Scenario(folder).run()) for folder in FOLDERS])
