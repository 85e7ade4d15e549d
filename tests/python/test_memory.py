# SPDX-License-Identifier: MIT
"""What nobody holds is freed, at once and without the garbage collector; what the library holds stays."""
import gc
import weakref

from binding import BLUEPRINT, DAY, RULES, T0, event, leadflow
from dict_store import DictStore
from kit import equal, run_tests, tests_of

ffi, lib = leadflow.ffi, leadflow.lib
libc = ffi.dlopen(None)
ffi.cdef('void *realloc(void *ptr, size_t size); void free(void *ptr);')


class Counted:
    """A blueprint of which every block is counted, and all that is made of it."""

    def __init__(self):
        self.blocks = set()
        self.function = ffi.callback('lf_realloc_fn', self.resize)
        self.allocator = ffi.new('lf_allocator *')
        lib.lf_allocator_init(self.allocator, ffi.sizeof('lf_allocator'))
        self.allocator.realloc_fn = self.function
        options = ffi.new('lf_blueprint_options *')
        lib.lf_blueprint_options_init(options, ffi.sizeof('lf_blueprint_options'))
        options.allocator = self.allocator
        place = ffi.new('lf_blueprint **')
        equal(lib.lf_blueprint_parse(RULES.encode(), len(RULES), options, ffi.NULL, place), 0)
        self.blueprint = leadflow.Blueprint.__new__(leadflow.Blueprint)
        self.blueprint._pointer = ffi.gc(place[0], lib.lf_blueprint_unref)

    def resize(self, _user, block, _old, size):
        self.blocks.discard(block)
        if size == 0:
            libc.free(block)
            return ffi.NULL
        block = libc.realloc(block, size)
        self.blocks.add(block)
        return block


def life(blueprint, number, store):
    kinds = []
    engine = leadflow.Engine(blueprint, store, lambda effect, receipt: kinds.append(effect.kind))
    id = f'c-{number}'
    engine.take(event(id, '$consent', channel='email', status='granted'), T0)
    engine.take(event(id, 'signup', page='x' * 50), T0)
    engine.run_due(T0 + 4 * DAY)
    engine.deliver(T0 + 4 * DAY)
    equal(kinds, ['stage', 'band', 'stage', 'enrolled', 'send', 'send', 'exited'])
    contact = engine.contact(id)
    blueprint.scorer('lead').explain(contact, T0 + 4 * DAY)
    step = leadflow.Step(blueprint)
    step.take(contact.copy(), leadflow.Event(blueprint, event(id, 'visit', T0 + 5 * DAY)))
    equal(len(step.effects), 0)
    return leadflow.Contact.decode(blueprint, contact.encode()), list(engine.contact_ids()), engine.dead()


def test_every_block_is_given_back_at_once():
    gc.collect()
    gc.disable()
    try:
        counted = Counted()
        life(counted.blueprint, 0, DictStore())
        at_rest = set(counted.blocks)
        for number in range(30):
            life(counted.blueprint, number, DictStore() if number % 2 else leadflow.MemoryStore())
            equal(counted.blocks == at_rest, True, number)
        held = life(counted.blueprint, 1, DictStore())
        equal(len(counted.blocks) > len(at_rest), True)
        counted.blueprint.close()
        equal(len(counted.blocks) > 0, True)  # a contact holds its blueprint
        del held
        equal(len(counted.blocks), 0)
    finally:
        gc.enable()


def test_what_fails_gives_everything_back():
    class Failing(DictStore):
        def commit(self, tenant, commit):
            raise OSError('the disk is full')
    gc.collect()
    gc.disable()
    try:
        counted = Counted()
        at_rest = set(counted.blocks)

        def fail():
            engine = leadflow.Engine(counted.blueprint, Failing())
            for call in (lambda: engine.take(event('ada', 'visit'), T0), lambda: engine.take({'type': 'visit'}, T0),
                         lambda: engine.contact('nobody'), lambda: leadflow.Contact(counted.blueprint, ''),
                         lambda: leadflow.Contact.decode(counted.blueprint, b'LF'),
                         lambda: leadflow.Event(counted.blueprint, {}),
                         lambda: leadflow.Engine(counted.blueprint, Failing(), max_attempts=10**6 + 1)):
                try:
                    call()
                except (OSError, leadflow.Error):
                    continue
                raise AssertionError('it did not fail')
        fail()
        equal(counted.blocks == at_rest, True)
    finally:
        gc.enable()


def test_callbacks_outlive_what_made_them():
    def engine(number):
        return leadflow.Engine(BLUEPRINT, DictStore(), lambda effect, receipt: equal(effect.contact, f'c-{number}'))
    engines = [engine(number) for number in range(50)]
    gc.collect()
    for number, one in enumerate(engines):
        one.take(event(f'c-{number}', 'signup'), T0)
        equal(one.deliver(T0), 5)


def test_a_callback_that_collects_garbage():
    class Collecting(DictStore):
        def load(self, *args):
            gc.collect()
            return super().load(*args)

        def commit(self, *args):
            super().commit(*args)
            gc.collect()
    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        expected = life(BLUEPRINT, 0, DictStore())[0].encode()
        equal(life(BLUEPRINT, 0, Collecting())[0].encode(), expected)
    finally:
        gc.set_threshold(*threshold)


def test_an_engine_holds_its_store_no_longer_than_itself():
    store = DictStore()
    engine = leadflow.Engine(BLUEPRINT, store)
    alive = weakref.ref(store)
    del store
    engine.take(event('ada', 'visit'), T0)
    equal(alive() is None, False)
    del engine
    equal(alive() is None, True)


def resident():
    with open('/proc/self/statm', encoding='ascii') as file:
        return int(file.read().split()[1]) * 4


def test_many_lives_and_handles_take_no_memory():
    def lives(count):
        for number in range(count):
            life(BLUEPRINT, number, DictStore())
            contact = leadflow.Contact(BLUEPRINT, f'c-{number}')
            for _ in range(5):
                contact = contact.copy()
        gc.collect()
        return resident()
    lives(300)
    before = lives(100)
    after = lives(1500)
    equal(after < before + 4096, True, f'resident: {before} KiB, then {after} KiB')


if __name__ == '__main__':
    run_tests(tests_of(__import__('__main__')))
