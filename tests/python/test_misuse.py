# SPDX-License-Identifier: MIT
"""What is used wrongly is an exception of Python, never a crash; what the library says of documents is in the errors."""
import pickle
from copy import copy as copy_of
from datetime import datetime, timedelta, timezone

from binding import BLUEPRINT, DAY, RULES, T0, event, leadflow, raised, status
from dict_store import DictStore
from kit import equal, run_tests, tests_of
from leadflow import Blueprint, Contact, Engine, Error, Event, NotFound, Refused, Step, lib

SCORER = BLUEPRINT.scorer('lead')


def engine(**options):
    return Engine(BLUEPRINT, DictStore(), **options)


def test_a_closed_handle():
    other = Blueprint(RULES)
    contact, step, scorer = Contact(other, 'ada'), Step(other), other.scorer('lead')
    visit = Event(other, event('ada', 'visit'))
    with Engine(other, DictStore()) as e:
        equal(step.take(contact, visit), 'new')
        copy = contact.copy()
    other.close()
    for call in (lambda: other.scorer('lead'), lambda: Contact(other, 'a'), lambda: Event(other), lambda: Step(other),
                 lambda: e.take(event('ada', 'visit'), T0), lambda: e.run_due(T0), lambda: list(e.contact_ids()),
                 e.dead, lambda: e.condition_errors, lambda: e.failed_contact, lambda: Engine(other, DictStore()),
                 lambda: Contact.decode(other, b'LF')):
        raised(ValueError, call)
    equal([copy.id, scorer.total(copy, T0)], ['ada', 10_000])  # they hold the blueprint by themselves
    for one in (contact, visit, contact, visit):
        one.close()
    for call in (lambda: contact.id, contact.to_dict, contact.encode, contact.copy, lambda: visit.at,
                 lambda: visit.contact, lambda: visit.parse({}), lambda: step.take(contact, visit, T0),
                 lambda: step.take(copy, visit, T0), lambda: step.wake(contact, T0),
                 lambda: scorer.total(contact, T0)):
        raised(ValueError, call)
    step.close()
    raised(ValueError, lambda: step.effects)
    with leadflow.MemoryStore() as store:
        e = Engine(BLUEPRINT, store)
    equal(e.take(event('ada', 'visit'), T0), 'new')  # an engine holds its store
    raised(ValueError, len, store)
    raised(ValueError, Engine, BLUEPRINT, store)
    raised(ValueError, lambda: Contact.__new__(Contact).id)
    raised(TypeError, pickle.dumps, copy)


def test_none_and_things_of_another_kind():
    contact, visit, step = Contact(BLUEPRINT, 'ada'), Event(BLUEPRINT), Step(BLUEPRINT)
    for wrong in (None, 5, 'text', b'text', [], object(), lib, leadflow.ffi.NULL):
        for call in (lambda: Contact(wrong, 'ada'), lambda: Event(wrong), lambda: Step(wrong),
                     lambda: SCORER.total(wrong, T0), lambda: SCORER.band(wrong), lambda: SCORER.explain(wrong, T0),
                     lambda: step.take(wrong, visit, T0), lambda: step.take(contact, wrong, T0),
                     lambda: step.wake(wrong, T0), lambda: Engine(wrong, DictStore()),
                     lambda: Contact.decode(wrong, b'LF'), lambda: SCORER.next_band_change(wrong),
                     lambda: Engine(BLUEPRINT, wrong)):
            raised(TypeError, call)
        if isinstance(wrong, (str, bytes)):
            continue
        for call in (lambda: Contact(BLUEPRINT, wrong), lambda: Blueprint(wrong), lambda: visit.parse(wrong),
                     lambda: engine().take(wrong, T0), lambda: engine().wake(wrong, T0),
                     lambda: engine().contact(wrong), lambda: engine().revive(wrong), lambda: Step(BLUEPRINT, wrong),
                     lambda: Contact.decode(BLUEPRINT, wrong), lambda: BLUEPRINT.scorer(wrong),
                     lambda: Blueprint('{}', presets={wrong: '{}'}), lambda: Blueprint('{}', presets={'a': wrong})):
            raised((TypeError, Error), call)
    for wrong in (None, 'now', 1.5, object(), datetime(2026, 1, 5)):
        for call in (SCORER.total, lambda contact, at: step.wake(contact, at), SCORER.explain):
            raised(TypeError, call, contact, wrong)
    for wrong in (visit, BLUEPRINT, step):
        raised(TypeError, SCORER.total, wrong, T0)
        raised(TypeError, lib.lf_contact_id, wrong.pointer, leadflow.ffi.NULL)
    for call in (lambda: Contact(BLUEPRINT, b'ada'), lambda: Contact.decode(BLUEPRINT, 'text'),
                 lambda: Engine(BLUEPRINT, type('Half', (), {'load': len, 'lock': len})()),
                 lambda: engine(clock=5).run_due(), lambda: engine(clock=datetime.now).run_due(),
                 lambda: engine(lease_ms='long'), lambda: Engine(BLUEPRINT, DictStore(), 5).deliver(limit='all'),
                 lambda: engine().take(event('ada', 'signup', page=object()), T0)):
        raised(TypeError, call)


def test_numbers_outside_of_their_range():
    contact, step = Contact(BLUEPRINT, 'ada'), Step(BLUEPRINT)
    raised(OverflowError, SCORER.total, contact, 2**70)
    raised(OverflowError, engine().run_due, T0, limit=-1)
    raised(OverflowError, engine().take, event('ada', 'visit'), T0, line=2**40)
    raised(ValueError, engine().take, event('ada', 'signup', page=float('nan')), T0)
    status(lib.LF_E_ARG, step.wake, contact, 2**62)
    status(lib.LF_E_ARG, engine().run_due, -2**62)
    status(lib.LF_E_ARG, engine, max_attempts=10**6 + 1)
    status(lib.LF_E_ARG, engine().deliver, T0)  # without a delivery


def test_text_with_a_nul_or_that_is_no_unicode_and_bytes_that_are_not_utf_8():
    for text in ('\0', 'a\0b', '\ud800', 'a\udfff'):
        for call in (lambda: Contact(BLUEPRINT, text), lambda: Blueprint(text), lambda: engine().take(text, T0),
                     lambda: engine().contact(text), lambda: engine().wake(text, T0), lambda: Step(BLUEPRINT, text),
                     lambda: engine().revive(text), lambda: BLUEPRINT.scorer(text), lambda: engine(tenant=text),
                     lambda: engine().take(event(text, 'visit'), T0), lambda: Blueprint('{}', presets={'a': text}),
                     lambda: Blueprint('{}', presets={text: '{}'})):
            raised((ValueError, Error), call)
    for data in (b'\xff', b'{"leadflow": "\xc3"}', b'\xed\xa0\x80', b'{}\0', b''):
        for call in (lambda: Blueprint(data), lambda: engine().take(data, T0), lambda: Event(BLUEPRINT, data),
                     lambda: Blueprint('{}', presets={'a': data}), lambda: Contact.decode(BLUEPRINT, data)):
            raised((ValueError, Error), call)
    equal(Contact(BLUEPRINT, 'Zoë').id, 'Zoë')


def test_an_event_of_another_blueprint_and_of_another_contact():
    other = Blueprint({'leadflow': 1, 'events': {'visit': {}}})
    contact = Contact(BLUEPRINT, 'ada')
    status(lib.LF_E_ARG, Step(BLUEPRINT).take, contact, Event(other, event('ada', 'visit')))
    status(lib.LF_E_ARG, Step(BLUEPRINT).take, contact, Event(BLUEPRINT, event('bob', 'visit')))
    status(lib.LF_E_ARG, Step(BLUEPRINT).take, contact, Event(BLUEPRINT), T0)
    status(lib.LF_E_ARG, Step(other).wake, contact, T0)
    equal(SCORER.band(Contact(other, 'ada')), None)


def test_errors_say_what_is_wrong_and_where():
    error = raised(Error, Blueprint, '{"leadflow": 1,\n "evnts": {},\n "machines": {"m": {}}}')
    equal(error.status, lib.LF_E_PARSE)
    first = error.diagnostics[0]
    equal([first.error, first.code, first.pointer, first.line, first.column], [True, 'unknown-key', '/evnts', 2, 2])
    equal(len(error.diagnostics) > 1, True)
    equal(str(error).splitlines()[:2],
          ['LF_E_PARSE', "2:2: unknown key 'evnts' (did you mean 'events'?) [unknown-key] (at '/evnts')"])
    again = pickle.loads(pickle.dumps(error))
    equal([str(again), again.status, again.diagnostics], [str(error), error.status, error.diagnostics])
    error = raised(Refused, engine().take, '{"contact":"ada","type":"vsit","at":"2026-01-05T10:00:00Z"}', T0, line=42)
    equal([error.status, error.diagnostics[0].line, isinstance(error, ValueError)], [lib.LF_E_EVENT, 42, True])
    error = raised(Error, Blueprint, {'leadflow': 1, 'extends': ['base']}, presets={'base': '{"evnts": {}}'})
    equal([error.diagnostics[0].source, str(error).splitlines()[1][:10]], ['base', 'base:1:2: '])
    raised(NotFound, engine().contact, 'nobody')
    raised(NotFound, engine().wake, 'nobody', T0)
    equal(str(raised(NotFound, BLUEPRINT.scorer, 'none')), 'LF_E_NOTFOUND\nno score none')
    status(lib.LF_E_CORRUPT, Contact.decode, BLUEPRINT, b'rubbish')


def test_presets_and_the_linter():
    base = {'leadflow': 1, 'events': {'visit': {}},
            'machines': {'m': {'initial': 'a', 'states': {'a': {}, 'island': {}}}}}
    top = Blueprint({'leadflow': 1, 'extends': ['base']}, presets={'other': '{', 'base': base}, lint=True)
    equal([(one.error, one.code, one.source) for one in top.diagnostics], [(False, 'unreachable-state', 'base')])
    equal(Event(top, event('ada', 'visit')).at, datetime(2026, 1, 5, 10, tzinfo=timezone.utc))


def test_states_of_the_previous_blueprint():
    def machine(**more):
        return {'leadflow': 1, 'machines': {'m': {'initial': 'a', **more}}}
    old = Blueprint(machine(states={'a': {}, 'b': {}}))
    equal(raised(Error, Blueprint, machine(states={'a': {}}), previous=old).diagnostics[0].code, 'state-gone')
    Blueprint(machine(states={'a': {}}, renamed={'b': 'a'}), previous=old)
    raised(TypeError, Blueprint, machine(states={'a': {}}), previous='old')


def test_limits_of_expressions():
    rules = {'leadflow': 1, 'segments': {'s': {'when': '1 == 2 - 1'}}}
    equal(Blueprint(rules, limits={'nodes': 5}).diagnostics, [])
    equal(raised(Error, Blueprint, rules, limits={'nodes': 4}).diagnostics[0].code, 'expr-limit')
    status(lib.LF_E_ARG, Blueprint, rules, limits={'nesting': 251})
    raised(AttributeError, Blueprint, rules, limits={'size': 1})


def test_contacts_scores_and_times():
    contact, step = Contact(BLUEPRINT, 'ada'), Step(BLUEPRINT)
    equal([contact.created, contact.wake_time], [None, None])
    later = T0 + 3_600_000
    for at in (T0, later):
        equal(step.take(contact, Event(BLUEPRINT, event('ada', 'visit', at))), 'new')
    equal([(it.kind, it['to'], it.contact, it.at, it.get('reason')) for it in step.effects],
          [('band', 'warm', 'ada', leadflow.time(later), None)])
    equal([contact.created, contact.clock], [leadflow.time(T0), leadflow.time(later)])
    eastern = timezone(timedelta(hours=-5))
    equal(SCORER.total(contact, later), SCORER.total(contact, datetime(2026, 1, 5, 6, tzinfo=eastern)))
    equal([SCORER.band(contact), SCORER.next_band_change(contact)], ['warm', contact.wake_time])
    why = SCORER.explain(contact, T0 + 7 * DAY)
    equal(sum(part.value for part in why.parts), why.total)
    equal([(part.kind, part.dimension, part.rule, part.base) for part in why.parts],
          [('entry', 'behavior', 'visits', 10_000)] * 2)
    again = Contact.decode(BLUEPRINT, bytearray(contact.encode()))
    equal([again.to_dict(), again.encode()], [contact.to_dict(), contact.encode()])
    copy = copy_of(contact)
    step.wake(copy, T0 + 100 * DAY)
    equal([copy.clock == contact.clock, copy.to_dict()['scores']['lead']['band']], [False, 'cold'])
    equal(leadflow.time(-1), datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=timezone.utc))
    for time in (-62_135_596_800_000, 253_402_300_799_999, T0, -1):
        equal(leadflow.ms(leadflow.time(time)), time)
    equal(leadflow.ms(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone.utc)), -1)


if __name__ == '__main__':
    run_tests(tests_of(__import__('__main__')))
