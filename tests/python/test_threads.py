# SPDX-License-Identifier: MIT
"""Threads may share everything: an engine in a call raises Busy, contacts, events and steps wait for each other. And
signals: an exception of a handler may strike anywhere, and the engine stays usable."""
import itertools
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from binding import BLUEPRINT, DAY, T0, event, leadflow, raised
from dict_store import DictStore
from kit import equal, run_tests, tests_of

SCORER = BLUEPRINT.scorer('lead')


def at_once(*works):
    """Runs them in threads, which change as often as can be; gives what they give, or raises what they raise."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(len(works)) as pool:
            return [future.result() for future in [pool.submit(work) for work in works]]
    finally:
        sys.setswitchinterval(before)


def points(engine, id):
    return engine.contact(id).to_dict()['scores']['lead']['points']


def test_one_engine_in_two_threads():
    for store in (DictStore(), leadflow.MemoryStore()):
        engine = leadflow.Engine(BLUEPRINT, store, lambda effect, receipt: None)

        def work():
            taken = busy = 0
            while taken < 200:
                try:
                    engine.take(event('ada', 'visit'), T0)
                    taken += 1
                except leadflow.Busy:
                    busy += 1
                    time.sleep(0)
            return taken
        equal(sum(at_once(work, work)) * 10, points(engine, 'ada'))


def test_a_second_thread_hears_busy_while_the_first_is_in_a_call():
    inside, go = threading.Event(), threading.Event()

    def deliver(effect, receipt):
        inside.set()
        go.wait(10)
    for store in (DictStore(), leadflow.MemoryStore()):
        engine = leadflow.Engine(BLUEPRINT, store, deliver)
        engine.take(event('ada', 'visit'), T0)
        first = threading.Thread(target=engine.deliver, args=(T0,))
        first.start()
        inside.wait(10)
        for call in (lambda: engine.take(event('bob', 'visit'), T0), lambda: engine.contact('ada'), engine.dead):
            equal(raised(leadflow.Busy, call).status, leadflow.lib.LF_E_BUSY)
        other = leadflow.Engine(BLUEPRINT, store)
        if isinstance(store, leadflow.MemoryStore):
            raised(leadflow.Busy, other.take, event('bob', 'visit'), T0)
        else:
            equal(other.take(event('bob', 'visit'), T0), 'new')
        engine.close()  # it is freed when the call ends
        go.set()
        first.join()
        raised(ValueError, engine.deliver, T0)
        inside.clear()
        go.clear()


def test_an_exception_comes_back_to_the_thread_that_called():
    class Full(DictStore):
        def commit(self, tenant, commit):
            raise OSError('the disk is full')
    engine = leadflow.Engine(BLUEPRINT, Full())
    over = time.monotonic() + 0.3

    def work():
        found = {OSError: 0, leadflow.Busy: 0}
        while time.monotonic() < over:
            found[type(raised((OSError, leadflow.Busy), engine.take, event('ada', 'visit'), T0))] += 1
        return found[OSError] > 0
    equal(at_once(work, work), [True, True])


def test_engines_of_threads_on_one_store_written_in_python():
    store, keys = DictStore(), []

    def work():
        engine = leadflow.Engine(BLUEPRINT, store, lambda effect, receipt: keys.append(effect.key))
        for i in range(60):
            while True:
                try:
                    engine.take(event(f'c-{i % 3}', 'visit'), T0)
                    break
                except leadflow.Conflict:  # others were faster, sixteen times
                    time.sleep(0)
            engine.deliver(T0, limit=2)
    at_once(work, work, work, work)
    engine = leadflow.Engine(BLUEPRINT, store, lambda effect, receipt: keys.append(effect.key))
    engine.deliver(T0)
    equal([points(engine, f'c-{i}') for i in range(3)], [800] * 3)
    equal([len(keys), len(set(keys)), engine.dead()], [9, 9, []])  # a stage and two bands of each contact


def test_engines_of_threads_on_one_memory_store():
    store = leadflow.MemoryStore()

    def work(id):
        def body():
            engine = leadflow.Engine(BLUEPRINT, store)
            taken = 0
            while taken < 200:
                try:
                    engine.take(event(id, 'visit'), T0)
                    taken += 1
                except leadflow.Busy:
                    time.sleep(0)
        return body
    at_once(work('ada'), work('bob'))
    engine = leadflow.Engine(BLUEPRINT, store)
    equal([points(engine, 'ada'), points(engine, 'bob'), len(store)], [2000, 2000, 2])


def test_contacts_events_and_steps_that_threads_share():
    contact, step = leadflow.Contact(BLUEPRINT, 'ada'), leadflow.Step(BLUEPRINT)
    visit = leadflow.Event(BLUEPRINT)
    clock = itertools.count(T0)

    def take(count):
        for _ in range(count):
            visit.parse(event('ada', 'visit', next(clock)))
            step.take(contact, visit, T0 + DAY)
            equal([effect.contact for effect in step.effects if effect.contact != 'ada'], [])

    def look():
        for _ in range(20):
            equal([contact.id, visit.contact, contact.copy().id], ['ada'] * 3)
            SCORER.explain(contact, T0)
            leadflow.Contact.decode(BLUEPRINT, contact.encode()).to_dict()
    take(500)  # so many that calls take long, and would meet
    at_once(lambda: take(30), look, lambda: take(30), look)
    equal(SCORER.total(contact, next(clock)) > 5_000_000, True)


def test_contacts_events_and_steps_wait_for_each_other():
    contact, step = leadflow.Contact(BLUEPRINT, 'ada'), leadflow.Step(BLUEPRINT)
    visit = leadflow.Event(BLUEPRINT, event('ada', 'visit'))
    step.take(contact, visit)  # whoever comes first may ask anything of the contact
    uses = [lambda: step.take(contact, visit), lambda: step.wake(contact, T0), lambda: step.effects, contact.encode,
            contact.copy, contact.to_dict, lambda: contact.id, lambda: contact.created, lambda: contact.clock,
            lambda: contact.wake_time, lambda: visit.parse(event('ada', 'visit')), lambda: visit.contact,
            lambda: visit.at, lambda: SCORER.total(contact, T0), lambda: SCORER.band(contact),
            lambda: SCORER.next_band_change(contact), lambda: SCORER.explain(contact, T0)]
    with ThreadPoolExecutor(len(uses)) as pool:
        with leadflow.library.lock:
            works = [pool.submit(use) for use in uses]
            time.sleep(0.1)
            equal([number for number, work in enumerate(works) if work.done()], [])
        for work in works:
            work.result(10)


def test_handles_that_are_closed_while_others_use_them():
    for number in range(150):
        contact, step = leadflow.Contact(BLUEPRINT, 'ada'), leadflow.Step(BLUEPRINT)
        visit = leadflow.Event(BLUEPRINT, event('ada', 'visit'))
        blueprint = leadflow.Blueprint({'leadflow': 1, 'scores': {'lead': {'dimensions': {}}}})

        def use():
            try:
                for _ in range(20):
                    step.take(contact, visit)
                    equal([contact.id, visit.contact], ['ada', 'ada'])
                    blueprint.scorer('lead').total(leadflow.Contact(blueprint, 'ada'), T0)
            except ValueError as error:
                equal(str(error)[:7], 'closed ')

        def close():
            for handle in (contact, visit, step, blueprint)[number % 4:]:
                handle.close()
        at_once(use, close, use)


class Struck(BaseException):
    """What a handler of a signal raises, like KeyboardInterrupt, anywhere."""


def test_signals_strike_anywhere():
    def strike(*_):
        if armed:
            armed.clear()
            raise Struck
    armed, struck = [], 0
    before = signal.signal(signal.SIGALRM, strike)
    try:
        for store in (DictStore(), leadflow.MemoryStore()):
            keys = []
            engine = leadflow.Engine(BLUEPRINT, store, lambda effect, receipt: keys.append(effect.key))
            for number in range(400):
                visit = dict(event('ada', 'visit', T0 + number), id=f'e-{number}')
                try:
                    armed.append(True)
                    signal.setitimer(signal.ITIMER_REAL, 1e-6 * (1 + number % 100))
                    engine.take(visit, T0 + number)
                    engine.deliver(T0 + number)
                    armed.clear()
                except Struck:
                    struck += 1
                equal(engine.take(visit, T0 + number) in ('new', 'duplicate'), True)
            engine.deliver(T0 + DAY)
            equal([points(engine, 'ada'), len(set(keys)), engine.dead()], [4000, 3, []])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    equal(struck > 50, True, struck)


if __name__ == '__main__':
    run_tests(tests_of(__import__('__main__')))
