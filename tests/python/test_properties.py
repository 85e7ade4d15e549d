# SPDX-License-Identifier: MIT
"""What holds of every journey (SPEC 9), whatever the blueprint and whatever happens: no message outside its window, in quiet
hours, over a cap, without consent, while paused, after the exit, or twice for one step of one enrolment; and one story,
however the time goes by and whoever runs it. LEADFLOW_PROPERTIES: how many journeys each test draws."""
import os
import sys
from datetime import datetime

import binding
from binding import leadflow
from kit import equal, run_tests, tests_of

try:
    import hypothesis
except ImportError:
    print('1..0 # SKIP there is no hypothesis for %s (python3-hypothesis)' % sys.executable)
    sys.exit(0)

import journeys
from journeys import DAY, HOUR, MINUTE
from recorder import Recorder

import local_time

FOLDERS = ('/usr/share/zoneinfo', '/usr/lib/zoneinfo', '/usr/share/lib/zoneinfo')
MANY = os.environ.get('LEADFLOW_PROPERTIES')


def zone_bytes(name):
    for folder in FOLDERS:
        try:
            with open(os.path.join(folder, name), 'rb') as file:
                return file.read()
        except OSError:
            pass
    return None


if zone_bytes('Europe/Berlin') is None:
    print('1..0 # SKIP there are no time zones (tzdata)')
    sys.exit(0)


def each_of(number):
    """Makes a test of what is to hold of a journey: the same journeys each time, or other ones where many are asked for."""
    def test_of(holds):
        def test():
            settings = hypothesis.settings(max_examples=int(MANY or number), derandomize=MANY is None, deadline=None,
                                           database=None, suppress_health_check=list(hypothesis.HealthCheck))
            settings(hypothesis.given(journeys.journeys())(holds))()
        return test
    return test_of


class Run:
    """One way to go through a journey: the effects of each event, and in the end of the time behind the last."""

    def __init__(self, journey, effects):
        self.rules = leadflow.Blueprint(journey.document, zones=zone_bytes)
        self.journey, self.effects = journey, effects

    def story(self):
        return [[one.json for one in part] for part in self.effects]


def by_step(journey, pause=None):
    """Through the bare step: in one jump from event to event, or with a look at the clock every so many milliseconds."""
    run = Run(journey, [])
    contact, event, step = leadflow.Contact(run.rules, 'ada'), leadflow.Event(run.rules), leadflow.Step(run.rules)

    def go_on(now, until):
        seen = []
        while pause and now + pause < until:
            now += pause
            step.wake(contact, now)
            seen += step.effects
        return seen
    now = None
    for (at, _, _), line in zip(journey.events, journey.lines()):
        seen = go_on(now, at) if now is not None else []
        event.parse(line)
        step.take(contact, event)
        run.effects.append(seen + step.effects)
        now = at
    seen = go_on(now, journey.until)
    step.wake(contact, journey.until)
    run.effects.append(seen + step.effects)
    run.stored = contact.encode()
    return run


def by_engine(journey, prompt):
    """Through an engine that wakes who is due at once, or that is never called between the events."""
    run, store = Run(journey, []), Recorder()
    engine = leadflow.Engine(run.rules, store)

    def go_on(until):
        while prompt and (due := min(store.wakes.values(), default=until + 1)) <= until:
            equal(engine.run_due(due), 1)
    for (at, _, _), line in zip(journey.events, journey.lines()):
        first = len(store.effects)
        go_on(at)
        engine.take(line, at)
        run.effects.append(store.effects[first:])
    first = len(store.effects)
    go_on(journey.until)
    engine.wake('ada', journey.until)
    run.effects.append(store.effects[first:])
    run.stored = store.load('default', 'ada')[0]
    return run


class Rules:
    """What of the blueprint a message has to obey."""

    def __init__(self, journey):
        self.document, self.zone = journey.document, local_time.zone(journey.zone)
        self.rows = self.document.get('caps', {})

    def template(self, effect):
        return self.document['templates'][effect['template']]

    def sequence(self, effect):
        return self.document['sequences'].get(effect['sequence'], {})

    def binding(self, effect):
        """transactional messages pass but suppression"""
        return self.template(effect).get('class') != 'transactional'

    def counted(self, effect):
        return self.binding(effect) and self.template(effect).get('caps', True)

    def in_time(self, effect, at):
        window = self.sequence(effect).get('window')
        assert window is None or local_time.within(self.zone, at, window), 'outside its window'
        for row in self.rows.get(effect['channel'], []):
            assert 'quiet' not in row or not local_time.within(self.zone, at, row['quiet']), 'in quiet hours'

    def within_caps(self, effect, at, sent):
        """sent: (time, channel, class) of all messages that count, this one too"""
        kind = self.template(effect).get('class', 'marketing')
        for cap in self.rows.get(effect['channel'], []):
            if 'quiet' in cap or cap.get('class', kind) != kind:
                continue
            if cap['per'] in ('day', 'week', 'month'):
                first = local_time.period(self.zone, at, cap['per'])[0]
            else:
                first = at - duration(cap['per']) + 1
            number = len([t for t, channel, its in sent if t >= first and channel == effect['channel'] and
                          cap.get('class', its) == its])
            assert number <= cap['max'], 'over a cap'

    def allowed(self, effect, consents, suppressed):
        if suppressed:
            return False
        if not self.binding(effect):
            return True
        said = [consents.get((effect['channel'], None), 'none')]
        topic = self.sequence(effect).get('topic')
        if topic and (effect['channel'], topic) in consents:
            said.append(consents[effect['channel'], topic])
        strict = self.document['consent'][effect['channel']] == 'opt_in'
        return all(one == 'granted' if strict else one != 'denied' for one in said)


def duration(text):
    return int(text[:-1]) * {'m': MINUTE, 'h': HOUR, 'd': DAY}[text[-1]]


def milliseconds(effect):
    return leadflow.ms(effect.at)


def time_of(text):
    return leadflow.ms(datetime.fromisoformat(text.replace('Z', '+00:00')))


def look_at_the_clock(journey, parts):
    rules, sent = Rules(journey), []
    for effect in sum(parts, []):
        if effect.kind != 'send':
            continue
        at = milliseconds(effect)
        if rules.binding(effect):
            rules.in_time(effect, at)
        if rules.counted(effect):
            sent.append((at, effect['channel'], rules.template(effect).get('class', 'marketing')))
            rules.within_caps(effect, at, sent)


def look_at_consent(journey, parts):
    """At the millisecond of the event that changes it both is right: what was due then came first."""
    rules, consents, suppressed = Rules(journey), {}, False
    for event, effects in zip(journey.events + [(journey.until + 1, '', {})], parts):
        at, kind, props = event
        before = dict(consents), suppressed
        if kind == '$consent':
            consents[props['channel'], props.get('topic')] = props['status']
        elif kind == '$suppress':
            suppressed = not props['lift']
        for effect in effects:
            if effect.kind == 'send':
                assert rules.allowed(effect, *before) or milliseconds(effect) == at and rules.allowed(
                    effect, consents, suppressed), 'not allowed'


def look_at_enrolments(journey, parts):
    """Between `enrolled` and `exited`, once for each step, not while paused nor while a higher one has the group."""
    document, inside, paused = journey.document, {}, set()
    priority = {name: it.get('priority', 0) for name, it in document['sequences'].items()}
    for event, effects in zip(journey.events + [(journey.until + 1, '', {})], parts):
        for effect in effects:
            name = effect['sequence'] if effect.kind in ('enrolled', 'exited', 'send', 'skipped') else None
            if effect.kind == 'enrolled':
                assert name not in inside
                inside[name] = set()
                paused.discard(name)
            elif effect.kind == 'exited':
                del inside[name]
            elif name is not None:
                assert effect['step'] not in inside[name], 'twice'
                inside[name].add(effect['step'])
                assert name not in paused or milliseconds(effect) == event[0], 'while paused'
                group = document['sequences'][name].get('group')
                assert group is None or not [x for x in inside if x != name and priority[x] >= priority[name] and
                                             document['sequences'][x].get('group') == group], 'another has the group'
        if event[1] == '$pause' and event[2]['sequence'] in inside:
            paused.add(event[2]['sequence'])
        elif event[1] == '$resume':
            paused.discard(event[2]['sequence'])


def look_at_times(journey, parts):
    """`due` is not behind `at`, nor further before it than `stale` lets it."""
    stale = {name: {} for name in journey.document['sequences']}
    for name, it in journey.document['sequences'].items():
        for number, step in enumerate(it['steps']):
            stale[name]['s%d' % number] = step.get('stale')
            for arm_number, arm in enumerate(step.get('branch', [])):
                for i, inner in enumerate(arm['steps']):
                    stale[name]['s%d.%d.%d' % (number, arm_number, i)] = inner.get('stale')
    last = 0
    for effect in sum(parts, []):
        at = milliseconds(effect)
        assert last <= at
        last = at
        if effect.kind in ('send', 'skipped'):
            due = time_of(effect['due'])
            assert due <= at
            limit = stale.get(effect['sequence'], {}).get(effect['step'])
            assert limit is None or at <= due + duration(limit), 'too late'


@each_of(300)
def test_messages(journey):
    parts = by_step(journey).effects
    for look in (look_at_the_clock, look_at_consent, look_at_enrolments, look_at_times):
        look(journey, parts)


@each_of(80)
def test_one_story(journey):
    """In one jump, by the hour, by some odd time, and by an engine that is prompt or that only hears of events."""
    jump = by_step(journey)
    pauses = [HOUR, 7 * HOUR + 1] if journey.until - journey.events[0][0] < 20 * DAY else [12 * HOUR]
    for other in [by_step(journey, pause) for pause in pauses] + [by_engine(journey, True), by_engine(journey, False)]:
        equal(other.story(), jump.story())
        equal(other.stored, jump.stored)


@each_of(50)
def test_by_the_minute(journey):
    """For the first two days."""
    journey.until = min(journey.until, journey.events[0][0] + 2 * DAY)
    journey.events = [event for event in journey.events if event[0] <= journey.until]
    equal(by_step(journey, MINUTE).story(), by_step(journey).story())


run_tests(tests_of(sys.modules[__name__]))
