# SPDX-License-Identifier: MIT
"""Blueprints about messages, and what happens to one contact, as hypothesis draws them: for test_properties.py."""
import json
import sys
from datetime import datetime

from binding import ROOT, leadflow
from hypothesis import strategies as st

sys.path.insert(0, str(ROOT / 'tests' / 'model'))
from local_time import DAYS  # noqa: E402

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
# Where clocks change, or a day is left out, soon after.
PLACES = {'UTC': '2026-01-05T10:00', 'Europe/Berlin': '2026-03-27T09:00', 'America/New_York': '2026-10-30T12:00',
          'Pacific/Apia': '2011-12-28T15:00', 'Australia/Lord_Howe': '2026-04-03T20:00'}
CHANNELS = {'news': 'email', 'offer': 'email', 'ping': 'push', 'bill': 'email'}

durations = st.sampled_from(['30m', '1h', '5h', '12h', '1d', '2d', '3d'])
clocks = st.sampled_from(['00:00', '02:00', '02:30', '09:00', '17:00', '21:00'])
days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True)


def one_in(number):
    return st.integers(1, number).map(lambda drawn: drawn == number)


@st.composite
def hours(draw):
    both = draw(st.lists(clocks, min_size=2, max_size=2, unique=True))
    return {'from': both[0], 'to': both[1]}


@st.composite
def windows(draw):
    return dict(draw(hours()), **({'days': draw(days)} if draw(st.booleans()) else {}))


# Never most of the day, or the windows would hardly ever be open.
quiets = st.sampled_from([('21:00', '08:00'), ('23:59', '02:30'), ('02:00', '02:30'), ('12:00', '13:00')]).map(
    lambda pair: {'quiet': {'from': pair[0], 'to': pair[1]}})


@st.composite
def caps(draw):
    cap = {'max': draw(st.integers(1, 3)), 'per': draw(st.sampled_from(['1h', '12h', '1d', '3d', 'day', 'week', 'month']))}
    if draw(st.booleans()):
        cap['over'] = draw(st.sampled_from(['skip', 'wait']))
    if draw(one_in(4)):
        cap['class'] = draw(st.sampled_from(['marketing', 'offers']))
    return cap


@st.composite
def sends(draw):
    step = {'send': draw(st.sampled_from(sorted(CHANNELS)))}
    if draw(one_in(6)):
        step['stale'] = draw(durations)
    return step


@st.composite
def waits(draw):
    kind = draw(st.sampled_from(['for', 'for', 'day', 'day', 'until']))
    if kind == 'until':
        return {'wait': {'until': "within('click', '1h')", 'timeout': draw(durations)}}
    wait = {kind: draw(durations) if kind == 'for' else draw(st.integers(0, 3))}
    if draw(st.booleans()):
        wait['at'] = draw(clocks)
    if draw(one_in(5)):
        wait['on'] = draw(days)
    return {'wait': wait}


branches = sends().map(lambda step: {'branch': [{'when': 'timed_out', 'steps': [step]}, {'steps': [{'wait': {'for': '1h'}}]}]})


@st.composite
def sequences(draw, trigger):
    it = {'trigger': [{'event': trigger}], 'reentry': draw(st.sampled_from(['never', 'always', '1d'])),
          'steps': draw(st.lists(st.one_of(sends(), sends(), waits(), waits(), branches), min_size=3, max_size=8))}
    if draw(st.booleans()):
        it['exit'] = [{'event': 'stop'}]
    if draw(one_in(5)):
        it['goal'] = "state.life == 'lead'"
    if draw(one_in(3)):
        it['topic'] = 'tips'
    if draw(st.booleans()):
        it['window'] = draw(windows())
    it['priority'] = draw(st.integers(-1, 1))
    if draw(st.integers(0, 2)):
        it['group'] = 'one'
        it['on_preempt'] = draw(st.sampled_from(['exit', 'pause']))
    return it


@st.composite
def blueprints(draw, zone):
    email = draw(st.lists(st.one_of(caps(), caps(), quiets), min_size=1, max_size=3))
    push = draw(st.lists(st.one_of(caps(), quiets), max_size=2))
    mode = st.sampled_from(['opt_out', 'opt_out', 'opt_out', 'opt_in'])
    return {
        'leadflow': 1, 'timezone': zone, 'events': {'go': {}, 'come': {}, 'click': {}, 'stop': {}},
        'consent': {'email': draw(mode), 'push': draw(mode)}, 'caps': {'email': email, 'push': push},
        'templates': {
            'news': dict({'channel': 'email'}, **({'fallback': 'ping'} if draw(st.booleans()) else {})),
            'offer': dict({'channel': 'email', 'class': 'offers'}, **({'caps': False} if draw(st.booleans()) else {})),
            'ping': {'channel': 'push'}, 'bill': {'channel': 'email', 'class': 'transactional'}},
        'machines': {'life': {
            'initial': 'new', 'states': {'new': {}, 'lead': {'enter': [draw(sends())]}}, 'transitions': [
                {'from': 'new', 'to': 'lead', 'on': 'click'}, {'from': 'lead', 'to': 'new', 'on': 'come', 'back': True}]}},
        'sequences': {name: draw(sequences(trigger)) for name, trigger in
                      [('first', 'go'), ('second', 'come'), ('third', 'go')][:draw(st.sampled_from([3, 2, 1]))]}}


@st.composite
def happenings(draw, names):
    kind = draw(st.sampled_from(['go', 'come', 'go', 'come', 'click', '$consent', '$consent', 'stop', '$suppress', '$cancel',
                                 '$pause', '$resume']))
    if kind == '$consent':
        props = {'channel': draw(st.sampled_from(['email', 'push'])), 'status': draw(st.sampled_from(['granted', 'denied', 'granted']))}
        if draw(one_in(3)):
            props['topic'] = 'tips'
    elif kind == '$suppress':
        props = {'reason': 'bounce', 'lift': not draw(one_in(3))}
    elif kind in ('$pause', '$resume', '$cancel'):
        props = {'sequence': draw(st.sampled_from(names))}
    else:
        props = {}
    return kind, props


class Journey:
    """A blueprint, and (time, type, props) of one contact up to a time."""

    def __init__(self, zone, document, events, until):
        self.zone, self.document, self.events, self.until = zone, document, events, until

    def __repr__(self):
        return '\n'.join([json.dumps(self.document), *map(json.dumps, self.lines()), 'until %s' % leadflow.time(self.until)])

    def lines(self):
        return [{'contact': 'ada', 'type': kind, 'at': leadflow.time(at).isoformat(), 'props': props}
                for at, kind, props in self.events]


@st.composite
def journeys(draw):
    zone = draw(st.sampled_from(sorted(PLACES)))
    document = draw(blueprints(zone))
    at = leadflow.ms(datetime.fromisoformat(PLACES[zone] + '+00:00'))
    events = [(at, 'go', {})]
    for kind, props in draw(st.lists(happenings(sorted(document['sequences'])), min_size=4, max_size=14)):
        at += draw(st.sampled_from([0, 1, MINUTE, HOUR, HOUR, 5 * HOUR, 5 * HOUR, 12 * HOUR, 12 * HOUR, DAY, DAY - 1, 2 * DAY]))
        events.append((at, kind, props))
    return Journey(zone, document, events, at + draw(st.sampled_from([HOUR, 2 * DAY, 8 * DAY, 35 * DAY])))
