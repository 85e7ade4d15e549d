# SPDX-License-Identifier: MIT
"""What happens in a callback written in Python comes back to the caller: the very exception, after the library has
returned; the engine stays usable, and nothing is lost."""
import collections
import gc
import threading
import traceback

from binding import BLUEPRINT, DAY, T0, event, leadflow, raised
from dict_store import DictStore
from kit import contains, equal, run_tests, tests_of

CALLBACKS = ('load', 'commit', 'claim_due', 'claim_effects', 'settle', 'scan', 'dead', 'revive', 'lock', 'unlock')


class Boom(Exception):
    def __bool__(self):
        return False  # an exception is one, whatever it says of itself


class LockingStore(DictStore):
    held = None

    def lock(self, tenant, id):
        self.held = id

    def unlock(self, tenant, id):
        assert self.held == id, f'{id} is not held'
        self.held = None


class Door:
    """Stands before a store, a delivery and a clock; does something at one call of one of them, before or after its
    effect."""

    def __init__(self):
        self.store = LockingStore()
        self.calls = collections.Counter()
        self.delivered = []
        self.now = T0
        self.trap = None

    def set(self, name, trick, at=1, side='before'):
        self.calls.clear()
        self.trap = name, at, side, trick

    def enter(self, name, function, *args):
        self.calls[name] += 1
        number = self.calls[name]
        self.spring(name, number, 'before')
        result = function(*args)
        self.spring(name, number, 'after')
        return result

    def spring(self, *where):
        if self.trap and self.trap[:3] == where:
            trick, self.trap = self.trap[3], None
            if where[0].endswith('lock'):
                self.store.held = None  # what fails has locked nothing, or its connection is gone
            trick()

    def __getattr__(self, name):
        if name not in CALLBACKS:
            raise AttributeError(name)
        return lambda *args: self.enter(name, getattr(self.store, name), *args)

    def deliver(self, effect, receipt):
        self.enter('deliver', self.delivered.append, effect.key)

    def clock(self):
        return self.enter('clock', lambda: self.now)


class Rig:
    """The library with a door before store, delivery and clock."""

    def __init__(self):
        self.door = Door()
        self.engine = leadflow.Engine(BLUEPRINT, self.door, self.door.deliver, clock=self.door.clock, max_attempts=100)

    def again(self, call, *args):
        """Repeats a call until it succeeds, later each time so that leases run out; gives what was raised."""
        found = []
        while True:
            try:
                call(*args)
                return found
            except (Boom, leadflow.Error) as error:
                found.append(error)
                assert len(found) < 6, found
                self.door.now += DAY // 24

    def live(self):
        """A small life: events without ids, time, messages, a look at the contacts."""
        found = []
        for type, props in (('$consent', {'channel': 'email', 'status': 'granted'}), ('signup', {}), ('visit', {})):
            for id in ('ada', 'bob'):
                found += self.again(self.engine.take, event(id, type, **props))
        for day in (0, 4, 8):
            self.door.now = T0 + day * DAY
            found += self.again(self.engine.run_due)
            found += self.again(self.engine.deliver)
            self.door.now += DAY // 2
            found += self.again(self.engine.deliver)  # what is to be tried again
        found += self.again(lambda: list(self.engine.contact_ids()))
        return found + self.again(self.engine.dead)

    def result(self):
        ids = self.door.store.scan('default', '', 10)
        for id in ids:
            self.engine.wake(id, T0 + 20 * DAY)
        return [self.engine.contact(id).to_dict() for id in ids], sorted(set(self.door.delivered))


def undisturbed():
    rig = Rig()
    equal(rig.live(), [])
    calls = dict(rig.door.calls)
    return calls, rig.result()


CALLS, EXPECTED = undisturbed()


def trick(error):
    def spring():
        raise error
    return spring


def test_undisturbed_every_callback_but_revive_is_called():
    equal(set(CALLBACKS) | {'deliver', 'clock'}, set(CALLS) | {'revive'})
    equal(len(EXPECTED[1]) > 10, True)


def disturbed(name, side):
    def test():
        for at in range(1, min(CALLS[name], 12) + 1):
            rig, boom = Rig(), Boom(f'{name} {at}')
            rig.door.set(name, trick(boom), at, side)
            found = rig.live()
            equal([error is boom for error in found], [True], boom)
            told = ''.join(traceback.format_exception(None, boom, boom.__traceback__))
            for place in ('in again', 'in _call', 'in spring'):  # from the caller down to what raised it
                contains(told, place)
            equal(rig.door.store.held, None)
            equal(rig.result(), EXPECTED, boom)
    return test


DISTURBED = [(f'an exception in {name}, {side} its effect', disturbed(name, side))
             for name in (*CALLBACKS, 'deliver', 'clock') if name != 'revive' for side in ('before', 'after')]


def test_an_exception_in_revive_and_the_second_life_of_an_effect():
    rig, refused = Rig(), []

    def refuse(effect, receipt):
        refused.append(effect.key)
        receipt.refuse()
    engine = leadflow.Engine(BLUEPRINT, rig.door, refuse)
    engine.take(event('ada', 'visit'), T0)
    engine.deliver(T0)
    equal([effect['key'] for effect in engine.dead()], refused)
    for side in ('before', 'after'):
        boom = Boom()
        rig.door.set('revive', trick(boom), 1, side)
        equal(raised(Boom, engine.revive, refused[0]) is boom, True)
        equal(refused[0] in [one.key for one in rig.door.store.dead('default', 10)], side == 'before')
    raised(leadflow.NotFound, engine.revive, refused[0])
    equal(rig.engine.deliver(T0), 1)
    equal(rig.door.delivered, refused[:1])


def test_exit_interrupt_and_the_like_come_back():
    def deeper():
        return deeper()

    def out_of_memory():
        return bytearray(2**62)
    for kind, what in ((SystemExit, trick(SystemExit(3))), (KeyboardInterrupt, trick(KeyboardInterrupt())),
                       (GeneratorExit, trick(GeneratorExit())), (RecursionError, deeper), (MemoryError, out_of_memory)):
        for side in ('before', 'after'):
            for name in ('load', 'commit', 'deliver', 'lock', 'settle', 'clock'):
                rig = Rig()
                rig.door.set(name, what, 1, side)
                raised(kind, rig.live)
                equal([rig.door.trap, rig.door.store.held], [None, None], f'{kind} in {name}')
                rig.door.now += DAY
                rig.live()
                equal(len(rig.door.delivered) - len(set(rig.door.delivered)) <= 1, True)


def test_after_an_exit_nothing_more_is_asked_of_this_call_but_to_unlock():
    rig = Rig()
    for id in 'abcd':
        rig.engine.take(event(id, 'visit'))
    rig.door.set('deliver', trick(KeyboardInterrupt()))
    raised(KeyboardInterrupt, rig.engine.deliver)
    equal({name: rig.door.calls[name] for name in ('deliver', 'lock', 'unlock', 'settle')},
          {'deliver': 1, 'lock': 1, 'unlock': 1, 'settle': 0})
    rig.door.now += DAY  # the lease is over, and no attempt was counted
    rig.engine.deliver()
    equal(len(rig.door.delivered), len(set(rig.door.delivered)))
    equal(len(rig.door.delivered), 8)


def test_an_exception_that_is_worse_goes_first():
    rig = Rig()
    for id in 'ab':
        rig.engine.take(event(id, 'visit'))
    rig.door.set('deliver', trick(Boom()))

    def interrupt(effect, receipt):
        rig.door.deliver(effect, receipt)
        raise KeyboardInterrupt
    engine = leadflow.Engine(BLUEPRINT, rig.door, interrupt)
    raised(KeyboardInterrupt, engine.deliver, T0)


def test_an_engine_in_a_call_answers_busy_to_its_callbacks_and_to_other_threads():
    for store in (LockingStore, leadflow.MemoryStore):
        found = []

        def elsewhere(call):
            def body():
                found.append(raised(leadflow.Busy, call).status)
            thread = threading.Thread(target=body)
            thread.start()
            thread.join()

        def deliver(effect, receipt):
            for call in (lambda: engine.take(event('bob', 'visit'), T0), engine.deliver, lambda: engine.contact('ada'),
                         engine.dead, lambda: engine.revive('0' * 32), lambda: list(engine.contact_ids()),
                         lambda: engine.wake('ada')):
                found.append(raised(leadflow.Busy, call).status)
                elsewhere(call)
        engine = leadflow.Engine(BLUEPRINT, store(), deliver)
        engine.take(event('ada', 'visit'), T0)
        equal(engine.deliver(T0, limit=1), 1)
        equal(found, [leadflow.lib.LF_E_BUSY] * 14)
        equal(engine.deliver(T0 + DAY, limit=1), 1)


def test_what_was_raised_before_a_busy_call_is_not_lost_to_it():
    delivered = []

    def deliver(effect, receipt):
        delivered.append(effect.contact)
        if len(delivered) == 1:
            raise Boom
        raised(leadflow.Busy, engine.deliver)
    engine = leadflow.Engine(BLUEPRINT, DictStore(), deliver)
    for id in 'ab':
        engine.take(event(id, 'visit'), T0)
    raised(Boom, engine.deliver, T0)
    equal(delivered[:2], ['a', 'b'])


def test_closing_within_a_callback_ends_with_the_call():
    class Closing(DictStore):
        def commit(self, tenant, commit):
            engine.close()
            super().commit(tenant, commit)
    store = Closing()
    engine = leadflow.Engine(BLUEPRINT, store)
    equal(engine.take(event('ada', 'visit'), T0), 'new')
    raised(ValueError, engine.take, event('ada', 'visit'), T0)
    equal(store.scan('default', '', 5), ['ada'])


def test_what_a_store_says_with_an_error_is_the_answer():
    rig = Rig()
    rig.door.set('commit', trick(leadflow.Conflict()))
    equal(rig.engine.take(event('ada', 'visit')), 'new')  # it was done again from a fresh load
    equal(rig.door.calls['commit'], 2)
    rig.door.set('commit', trick(leadflow.Unknown()), 1, 'after')
    equal(rig.engine.take(event('ada', 'visit')), 'new')  # it found its own work
    equal(rig.door.calls['commit'], 1)

    class Always(DictStore):
        def commit(self, tenant, commit):
            raise leadflow.Conflict('somebody is faster')
    contains(str(raised(leadflow.Conflict, leadflow.Engine(BLUEPRINT, Always()).take, event('ada', 'visit'), T0)),
             'somebody is faster')
    for code in (0, 5, 2**31, -2**31 - 1):
        rig.door.set('commit', trick(leadflow.Error('no status', status=code)))
        contains(str(raised(leadflow.Error, rig.engine.take, event('bob', 'visit'))), 'no status')
        equal(rig.door.store.load('default', 'bob'), None)
    rig.door.set('load', trick(leadflow.Error('mine', status=-4711)))
    equal(raised(leadflow.Error, rig.engine.wake, 'ada').status, -4711)
    boom = leadflow.NotFound('no such table')
    rig.door.set('scan', trick(boom))
    equal(raised(leadflow.NotFound, list, rig.engine.contact_ids()) is boom, True)


def test_two_engines_on_a_store_written_in_python():
    delivered, faster = [], []

    class Slow(DictStore):
        def load(self, tenant, id):
            found = super().load(tenant, id)
            if faster:
                faster.pop()()
            return found

    def both(effect, receipt):
        delivered.append(effect.key)
        delivered.append(other.deliver(T0 + DAY))  # the lease of the first runs out meanwhile
    store = Slow()
    other = leadflow.Engine(BLUEPRINT, store, lambda effect, receipt: delivered.append(effect.key))
    engine = leadflow.Engine(BLUEPRINT, store, both)
    faster.append(lambda: other.take(event('ada', 'visit', T0 - 1), T0))
    equal(engine.take(event('ada', 'visit'), T0), 'new')  # after a conflict
    equal(engine.contact('ada').to_dict()['scores']['lead']['points'], 20)
    equal(engine.deliver(T0, limit=1), 1)
    keys = [one for one in delivered if isinstance(one, str)]
    equal([[one for one in delivered if one not in keys], len(keys), len(set(keys))], [[3], 4, 3])
    equal([engine.deliver(T0 + 2 * DAY), engine.dead()], [0, []])


def test_exceptions_of_an_engine_within_a_callback_of_another():
    boom = Boom()

    def inner(effect, receipt):
        raise boom

    def outer(effect, receipt):
        equal(raised(Boom, within.deliver, T0 + DAY) is boom, True)
        raise boom from None
    store = DictStore()
    within = leadflow.Engine(BLUEPRINT, store, inner)
    engine = leadflow.Engine(BLUEPRINT, store, outer)
    engine.take(event('ada', 'visit'), T0)
    equal(raised(Boom, engine.deliver, T0, limit=1) is boom, True)
    equal(engine.take(event('ada', 'visit'), T0), 'new')


def test_a_delivery_may_retry_and_refuse_and_raise():
    said = [lambda receipt: receipt.retry(), lambda receipt: receipt.retry(5000), lambda receipt: trick(Boom())(),
            lambda receipt: receipt.retry('soon'), lambda receipt: receipt.refuse()]
    engine = leadflow.Engine(BLUEPRINT, LockingStore(), lambda _, receipt: said and said.pop(0)(receipt), retry_ms=1000)
    engine.take(event('ada', 'visit'), T0)
    equal(engine.deliver(T0, limit=1), 1)
    equal(engine.deliver(T0 + 999), 0)
    equal(engine.deliver(T0 + 1000), 1)
    equal(engine.deliver(T0 + 5999), 0)
    equal(engine.failed_contact, None)
    raised(Boom, engine.deliver, T0 + 6000)
    equal(engine.failed_contact, 'ada')
    raised(TypeError, engine.deliver, T0 + 20_000)
    equal(engine.deliver(T0 + 40_000, limit=1), 1)
    equal(len(engine.dead()), 1)


def test_columns_are_there_until_commit_returns():
    commits, columns = [], []

    class Columns(DictStore):
        def commit(self, tenant, commit):
            super().commit(tenant, commit)
            commits.append(commit)
            columns.append(commit.columns)
    engine = leadflow.Engine(BLUEPRINT, Columns())
    for _ in range(2):
        engine.take(event('ada', 'visit'), T0)
    equal(columns, [{'state_stage': 'new', 'score_lead': '10', 'band_lead': 'cold'},
                    {'state_stage': 'new', 'score_lead': '20', 'band_lead': 'warm'}])
    raised(ValueError, lambda: commits[-1].columns)
    equal([(it.contact, it.revision, it.settled_key) for it in commits], [('ada', 0, None), ('ada', 1, None)])


def test_what_a_store_gives_that_is_none_of_the_kind_is_an_exception_of_python():
    class Odd:
        contact, key = 'a', 'b'
    wrong = {'load': [5, (5, 1), ('text', 1), (b'', -1), (b'LF', None), (b'LF', 1), (b'',), (b'LF', 2**64)],
             'claim_due': [None, [None], [5], ['\ud800'], [['a']], [b'a'], ['a\0b'], ['']],
             'scan': [5, [object()], ['x' * 256]], 'dead': [[None], [Odd()], 'ab'], 'claim_effects': [[Odd()]]}
    for name, values in wrong.items():
        for value in values:
            store = DictStore()
            setattr(store, name, lambda *args, value=value: value)
            engine = leadflow.Engine(BLUEPRINT, store, lambda effect, receipt: None)

            def use():
                engine.take(event('ada', 'visit'), T0)
                engine.run_due(T0 + DAY, limit=10)
                engine.deliver(T0 + DAY, limit=10)
                list(engine.contact_ids())
                engine.dead()
            raised(Exception, use)


def test_an_exception_that_came_back_holds_nothing():
    def boom():
        raise Boom
    rig = Rig()
    gc.collect()
    gc.disable()
    try:
        for name in ('load', 'commit'):
            rig.door.set(name, boom)
            raised(Boom, rig.engine.take, event('ada', 'visit'))
        equal([one for one in gc.get_objects() if isinstance(one, Boom)], [])
    finally:
        gc.enable()


if __name__ == '__main__':
    run_tests(DISTURBED + tests_of(__import__('__main__')))
