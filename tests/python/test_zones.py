# SPDX-License-Identifier: MIT
"""Time zones from a function of Python: what it gives, what it raises, how long it lives."""
import gc
import struct
import weakref

from binding import DAY, T0, leadflow, raised
from dict_store import DictStore
from kit import equal, run_tests, tests_of
from leadflow import Blueprint, Contact, Engine, Error, Event, NotFound, Step

RULES = {'leadflow': 1, 'fields': {'tz': {'type': 'string', 'format': 'timezone'}}}


def tzif(rule):
    head = b'TZif3' + bytes(15)
    return head + bytes(24) + head + struct.pack('>6LlBB', 0, 0, 0, 0, 1, 4, 0, 0, 0) + b'LMT\0\n' + rule + b'\n'


BERLIN = tzif(b'CET-1CEST,M3.5.0,M10.5.0/3')


class Shelf:
    """A source that gives what it is told."""

    def __init__(self, **zones):
        self.zones, self.asked = zones, []

    def __call__(self, name):
        self.asked.append(name)
        found = self.zones.get(name)
        if isinstance(found, BaseException):
            raise found
        return found


def update(zone, at=T0):
    return {'contact': 'ada', 'type': '$update', 'at': leadflow.time(at).isoformat(), 'props': {'fields': {'tz': zone}}}


def test_what_it_gives():
    for found in (BERLIN, bytearray(BERLIN), memoryview(BERLIN)):
        shelf = Shelf(Berlin=found)
        equal(Blueprint(dict(RULES, timezone='Berlin'), zones=shelf).diagnostics, [])
        equal(shelf.asked, ['Berlin'])
    for found in (None, b'', b'TZif', NotFound('here')):
        error = raised(Error, Blueprint, dict(RULES, timezone='Berlin'), zones=Shelf(Berlin=found))
        equal(error.diagnostics[0].code, 'unknown-name')
    equal([found.code for found in Blueprint(dict(RULES, timezone='Berlin')).diagnostics], ['no-zones'])
    raised(TypeError, Blueprint, RULES, zones=5)


def test_contacts():
    rules = Blueprint(RULES, zones=Shelf(Berlin=BERLIN))
    contact, step = Contact(rules, 'ada'), Step(rules)
    for zone, flags in (('Nowhere', ['unknown_timezone']), ('Berlin', [])):
        step.take(contact, Event(rules, update(zone)))
        equal([contact.to_dict()['fields'], contact.to_dict()['flags']], [{'tz': zone}, flags])


def test_what_it_raises():
    class Interruption(BaseException):
        pass
    for wrong, status in ((KeyError('x'), None), (Interruption(), None), (Error('x', status=-77), -77)):
        shelf = Shelf(Berlin=wrong)
        equal(raised(type(wrong), Blueprint, dict(RULES, timezone='Berlin'), zones=shelf) is wrong, True)
        rules = Blueprint(RULES, zones=shelf)
        contact, step = Contact(rules, 'ada'), Step(rules)
        equal(raised(type(wrong), step.take, contact, Event(rules, update('Berlin'))) is wrong, True)
        engine = Engine(rules, DictStore())
        equal(raised(type(wrong), engine.take, update('Berlin'), T0) is wrong, True)
        equal(getattr(wrong, 'status', None), status)
        shelf.zones['Berlin'] = BERLIN  # nothing has happened so far
        equal([engine.take(update('Berlin'), T0), engine.contact('ada').to_dict()['flags']], ['new', []])
    rules = Blueprint(RULES, zones=Shelf(Berlin=Error('no Berlin', status=NotFound.STATUS)))
    engine = Engine(rules, DictStore())
    engine.take(update('Berlin'), T0)
    raised(NotFound, engine.contact, 'bob')  # not what the source has raised
    for wrong in ('text', 5, [1]):
        raised(TypeError, Blueprint, dict(RULES, timezone='Berlin'), zones=Shelf(Berlin=wrong))


def test_how_long_it_lives():
    shelf = Shelf(Berlin=BERLIN)
    gone = weakref.ref(shelf)
    rules = Blueprint(RULES, zones=shelf)
    contact, step, event = Contact(rules, 'ada'), Step(rules), Event(rules, update('Berlin', T0 + DAY))
    del shelf
    rules.close()
    del rules
    gc.collect()
    step.take(contact, event)  # they hold what is behind the blueprint, and so its source
    equal(contact.to_dict()['flags'], [])
    for one in (contact, step, event):
        one.close()
    gc.collect()
    equal(gone(), None)
    shelf = Shelf()
    gone = weakref.ref(shelf)
    raised(Error, Blueprint, {'leadflow': 2}, zones=shelf)
    del shelf
    gc.collect()
    equal(gone(), None)


if __name__ == '__main__':
    run_tests(tests_of(__import__('__main__')))
