# SPDX-License-Identifier: MIT
"""The engine, with stores, deliveries and clocks written in Python.

What a callback raises is kept until the library has returned, and then raised by the call that led to it: the very
exception, with its traceback. The library meanwhile hears LF_E_USER, or the status of an Error, to which it may know
an answer. After an exception that is no Exception, such as KeyboardInterrupt, the rest of the call fails without being
run.
"""
import json
import threading
from contextlib import nullcontext
from datetime import datetime, timezone

from .handles import TAKEN, Blueprint, Contact, Effect, Handle
from .library import (Busy, Error, as_json, c_string, check, content, diagnosed, ffi, lib, ms, new_buffer, out, table,
                      text, utf8, written)
from .unsubscribe import Unsubscribe

ALL = 2**31 - 1
OUTCOMES = ('done', 'retry', 'dead')


class _Turn:
    """What one thread may do at a time; others do not wait, but hear Busy."""

    def __init__(self):
        self._lock = threading.RLock()

    def __enter__(self):
        if not self._lock.acquire(blocking=False):
            raise Busy('the store is in use')

    def __exit__(self, *_):
        self._lock.release()


class MemoryStore(Handle):
    """The store that comes with the library. One thread at a time, with all engines on it; others hear Busy."""

    def __init__(self):
        self._pointer = ffi.gc(out('lf_memstore *', lib.lf_memstore_new, ffi.NULL), lib.lf_memstore_free)
        self.turn = _Turn()

    def __len__(self):
        """How many contacts it holds."""
        return lib.lf_memstore_count(self.pointer)


class Commit:
    """What one transaction of a store is to change. `settled_key` is None if it settles no effect."""

    def __init__(self, pointer):
        size = ffi.new('size_t *')
        self.contact = text(lib.lf_commit_contact(pointer, ffi.NULL))
        self.bytes = ffi.buffer(lib.lf_commit_bytes(pointer, size), size[0])[:]
        self.revision = lib.lf_commit_revision(pointer)
        self.wake = lib.lf_commit_wake(pointer)
        self.effects = [Effect(lib.lf_commit_effect_at(pointer, i)) for i in range(lib.lf_commit_effect_count(pointer))]
        self.settled_key = text(lib.lf_commit_settled_key(pointer))
        self.settled_fence = lib.lf_commit_settled_fence(pointer)
        self.settled_outcome = OUTCOMES[lib.lf_commit_settled_outcome(pointer)]
        self._pointer = pointer

    @property
    def columns(self):
        """For lists of your own: values as text, or None, by name: "state_MACHINE", "score_SCORE", "band_SCORE"."""
        if self._pointer is None:
            raise ValueError('columns are read before commit returns')
        return {text(lib.lf_commit_column_name(self._pointer, i)):
                text(out('const char *', lib.lf_commit_column_value, self._pointer, i))
                for i in range(lib.lf_commit_column_count(self._pointer))}

    def over(self):
        self._pointer = None


class Receipt:
    """What a delivery says of an effect that it does not take over now, or ever."""
    after_ms = None
    refused = False

    def retry(self, after_ms=0):
        """Not before so long from now; 0: as the engine thinks."""
        self.after_ms = after_ms

    def refuse(self):
        self.refused = True


class _Calls(threading.local):
    """What the callbacks of an engine call, and, for each thread, what they have raised in the call under way."""

    def __init__(self, store, delivery, clock):
        self.store, self.delivery, self.clock = store, delivery, clock
        self.raised = {}  # by status; of what is no Exception by None


def _keep(_kind, error, traceback):
    calls = ffi.from_handle(traceback.tb_frame.f_locals['user'])
    status = error.status if isinstance(error, Error) and -2**31 <= error.status < 0 else lib.LF_E_USER
    calls.raised.setdefault(status if isinstance(error, Exception) else None, error.with_traceback(traceback))
    return status


_CALLBACKS = {}


def _callback(table, always=False):
    """Makes the function a callback, to be the member of its name in tables of this type."""
    def make(function):
        def run(user, *args):
            calls = ffi.from_handle(user)
            if None in calls.raised and not always:
                return lib.LF_E_USER
            function(calls, *args)
            return lib.LF_OK
        member = function.__name__
        kind = dict(ffi.typeof(table).fields)[member].type
        _CALLBACKS.setdefault(table, {})[member] = ffi.callback(kind, run, error=lib.LF_E_USER, onerror=_keep)
        return function
    return make


@_callback('lf_store')
def load(calls, tenant, contact, _size, loaded):
    found = calls.store.load(text(tenant), text(contact))
    if found is not None:
        data, revision = found
        data = memoryview(data).tobytes()
        check(lib.lf_loaded_set(loaded, data, len(data), revision))


@_callback('lf_store')
def commit(calls, tenant, pointer):
    change = Commit(pointer)
    try:
        calls.store.commit(text(tenant), change)
    finally:
        change.over()


@_callback('lf_store')
def claim_due(calls, tenant, now, lease_until, limit, claims):
    _add_contacts(claims, calls.store.claim_due(text(tenant), now, lease_until, limit))


@_callback('lf_store')
def claim_effects(calls, tenant, now, lease_until, limit, claims):
    _add_effects(claims, calls.store.claim_effects(text(tenant), now, lease_until, limit))


@_callback('lf_store')
def settle(calls, tenant, contact, _size, key, fence, outcome, not_before):
    calls.store.settle(text(tenant), text(contact), text(key), fence, OUTCOMES[outcome], not_before)


@_callback('lf_store')
def scan(calls, tenant, after, _size, limit, claims):
    _add_contacts(claims, calls.store.scan(text(tenant), text(after), limit))


@_callback('lf_store')
def dead(calls, tenant, limit, claims):
    _add_effects(claims, calls.store.dead(text(tenant), limit))


@_callback('lf_store')
def revive(calls, tenant, key):
    calls.store.revive(text(tenant), text(key))


@_callback('lf_store')
def lock(calls, tenant, contact, _size):
    calls.store.lock(text(tenant), text(contact))


@_callback('lf_store', always=True)
def unlock(calls, tenant, contact, _size):
    calls.store.unlock(text(tenant), text(contact))


@_callback('lf_delivery')
def deliver(calls, effect, pointer):
    receipt = Receipt()
    calls.delivery(Effect(effect), receipt)
    if receipt.after_ms is not None:
        lib.lf_receipt_retry(pointer, receipt.after_ms)
    if receipt.refused:
        lib.lf_receipt_refuse(pointer)


@_callback('lf_engine_options')
def clock(calls, now):
    now[0] = ms(calls.clock())


def _add_contacts(claims, ids):
    for id in ids:
        id = utf8(id)
        check(lib.lf_claims_add_contact(claims, id, len(id)))


def _add_effects(claims, effects):
    """What has contact, key, json, fence and attempts."""
    for one in effects:
        contact, json = utf8(one.contact), utf8(one.json)
        check(lib.lf_claims_add_effect(claims, contact, len(contact), c_string(one.key), json, len(json), one.fence,
                                       one.attempts))


class Engine(Handle):
    """One worker on a store: a MemoryStore, or an object with the methods of DictStore (dict_store.py). The delivery, a
    function, gets each effect and a receipt; `clock` is asked where no time is given; `unsubscribe`, an Unsubscribe,
    signs links in messages."""

    def __init__(self, blueprint, store, delivery=None, *, clock=lambda: datetime.now(timezone.utc), tenant='default',
                 lease_ms=0, retry_ms=0, max_attempts=0, unsubscribe=None):
        self._calls = _Calls(store, delivery, clock)
        self._user = user = ffi.new_handle(self._calls)
        self._turn = store.turn if isinstance(store, MemoryStore) else nullcontext()
        self._memory = store.pointer if isinstance(store, MemoryStore) else None
        stores = self._store_table(store, user)
        deliveries = table('lf_delivery', dict(_CALLBACKS['lf_delivery'], user=user))
        tenant = ffi.new('char[]', c_string(tenant))
        options = table('lf_engine_options', dict(
            _CALLBACKS['lf_engine_options'], clock_user=user, store=stores, tenant=tenant, lease_ms=lease_ms,
            delivery=ffi.NULL if delivery is None else deliveries, retry_ms=retry_ms, max_attempts=max_attempts,
            unsubscribe=Unsubscribe.of(unsubscribe)))
        self._pointer = ffi.gc(out('lf_engine *', lib.lf_engine_new, Blueprint.of(blueprint), options),
                               lib.lf_engine_free)

    def _store_table(self, store, user):
        if self._memory:
            memory = table('lf_store')
            check(lib.lf_memstore_store(self._memory, memory))
            return memory
        members = dict(_CALLBACKS['lf_store'])
        if not hasattr(store, 'lock'):
            del members['lock'], members['unlock']
        for name in members:
            if not callable(getattr(store, name, None)):
                raise TypeError(f'a store has {name}, which {type(store).__name__} has not')
        return table('lf_store', dict(members, user=user))

    def take(self, event, now=None, *, line=1):
        """Takes in an event; gives one of TAKEN."""
        event, now = as_json(event), self._now(now)
        taken = ffi.new('int32_t *')
        diagnosed(lambda found: self._call(lib.lf_engine_take_json, event, len(event), line, now, taken, found))
        return TAKEN[taken[0]]

    def wake(self, contact, now=None):
        contact = utf8(contact)
        check(self._call(lib.lf_engine_wake, contact, len(contact), self._now(now)))

    def run_due(self, now=None, *, limit=ALL):
        """Wakes contacts that are due; gives how many."""
        return self._count(lib.lf_engine_run_due, now, limit)

    def deliver(self, now=None, *, limit=ALL):
        """Hands over effects; gives how many."""
        return self._count(lib.lf_engine_deliver, now, limit)

    def contact(self, id):
        id = utf8(id)
        place = ffi.new('lf_contact **')
        check(self._call(lib.lf_engine_contact, id, len(id), place))
        return Contact.take_over(place[0])

    def contact_ids(self):
        """The ids of all contacts, in the order of their bytes."""
        buffer, after = new_buffer(), b''
        while True:
            status = self._call(lib.lf_engine_next_contact, after or ffi.NULL, len(after), buffer)
            if status == lib.LF_E_NOTFOUND:
                return
            check(status)
            after = content(buffer)
            yield after.decode()

    def dead(self, *, limit=ALL):
        """Effects that are dead, as dicts, the one that died first in front."""
        lines = written(lambda buffer: self._call(lib.lf_engine_dead, limit, buffer))
        return [json.loads(line) for line in lines.splitlines()]

    def revive(self, key):
        check(self._call(lib.lf_engine_revive, c_string(key)))

    @property
    def failed_contact(self):
        """Whose failure the last run_due or deliver raised; None: nobody's."""
        id = lib.lf_engine_failed_contact(self.pointer)
        return None if id == ffi.NULL else ffi.string(id).decode('utf-8', 'replace')

    @property
    def condition_errors(self):
        """How many conditions ended in an error, thus false."""
        return lib.lf_engine_condition_errors(self.pointer)

    @staticmethod
    def _now(now):
        return -2**63 if now is None else ms(now)

    def _count(self, function, now, limit):
        done = ffi.new('size_t *')
        check(self._call(function, self._now(now), limit, done))
        return done[0]

    def _call(self, function, *args):
        """Calls the library, and raises what its callbacks have raised."""
        pointer, calls = self.pointer, self._calls
        with self._turn:
            outer, calls.raised = calls.raised, {}
            try:
                status = function(pointer, *args)
                raised = calls.raised
            finally:
                calls.raised = outer
        error = next((raised[key] for key in (None, lib.LF_E_USER, status) if key in raised), None)
        if error is None:
            return status
        try:
            raise error
        finally:
            del error, raised  # or they would hold, by the traceback, this frame, and it them
