# SPDX-License-Identifier: MIT
"""Blueprints, scores, contacts, effects, events and the bare step: all that works without a store."""
import functools
import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Optional

from .library import (NotFound, as_json, c_string, check, diagnosed, ffi, lib, lock, ms, out, text, time, utf8,
                      written)
from .unsubscribe import Unsubscribe
from .zones import Source

TAKEN = ('new', 'late', 'duplicate', 'changed_duplicate', 'ignored')


def alone(method):
    """One thread at a time."""
    @functools.wraps(method)
    def locked(*args, **options):
        with lock:
            return method(*args, **options)
    return locked


class Handle:
    """Something of the library, until it is closed or nobody holds it; a call that is under way holds it too."""
    _pointer = None

    @property
    def pointer(self):
        if self._pointer is None:
            raise ValueError(f'closed {type(self).__name__}')
        return self._pointer

    @classmethod
    def of(cls, handle):
        """The pointer of a handle that must be of this type, and open."""
        if not isinstance(handle, cls):
            raise TypeError(f'a {cls.__name__} is wanted, not {type(handle).__name__}')
        return handle.pointer

    def close(self):
        self._pointer = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Blueprint(Handle):
    """The rules, compiled. `presets`: documents by name, of what it extends; `limits`: of expressions, as the members of
    lf_expression_limits; `zones`: a function that gives the bytes of a TZif file by the name of a time zone, or None
    (zones.py); `previous`: the Blueprint that contacts were stored with, whose states must not be lost; `diagnostics`:
    warnings, and what the linter found."""

    def __init__(self, document, *, presets=None, lint=False, limits=None, zones=None, previous=None):
        options = ffi.new('lf_blueprint_options *')
        lib.lf_blueprint_options_init(options, ffi.sizeof(options[0]))
        pairs = (presets or {}).items()
        alive = [[ffi.new('char[]', c_string(name)), ffi.new('char[]', c_string(as_json(preset)))]
                 for name, preset in pairs]
        options.preset_names = names = ffi.new('const char *[]', [name for name, _ in alive])
        options.preset_texts = texts = ffi.new('const char *[]', [preset for _, preset in alive])
        options.preset_count = len(alive)
        options.lint = lint
        options.previous = ffi.NULL if previous is None else Blueprint.of(previous)
        options.limits = bounds = ffi.new('lf_expression_limits *')
        lib.lf_expression_limits_init(bounds, ffi.sizeof(bounds[0]))
        for name, value in (limits or {}).items():
            setattr(bounds, name, value)
        document = as_json(document)
        place = ffi.new('lf_blueprint **')
        source = None if zones is None else Source(zones)
        if source:
            options.zones = source.table
        try:
            self.diagnostics = diagnosed(
                lambda found: lib.lf_blueprint_parse(document, len(document), options, found, place))
        finally:
            if source and not place[0]:
                source.not_taken()
        del names, texts, bounds  # until here they had to be there
        self._pointer = ffi.gc(place[0], lib.lf_blueprint_unref)

    def scorer(self, name):
        return Scorer(self, name)


class Part(NamedTuple):
    """A part of a score: an entry, a field rule, a cap and so on. `value` is what it adds, `base` what it was once."""
    kind: str
    dimension: Optional[str]
    rule: Optional[str]
    at: Optional[datetime]
    entries: int
    base: int
    value: int


class Explanation(NamedTuple):
    """Why a total is what it is, and until when; its parts add up to it."""
    total: int
    until: Optional[datetime]
    parts: list


class Scorer:
    """One score of a blueprint."""

    def __init__(self, blueprint, name):
        self._blueprint = Blueprint.of(blueprint)  # from which the scorer is borrowed
        self._pointer = lib.lf_blueprint_scorer(self._blueprint, c_string(name))
        if not self._pointer:
            raise NotFound(f'no score {name}')

    @alone
    def total(self, contact, at):
        return out('int64_t', lib.lf_scorer_total, self._pointer, Contact.of(contact), ms(at))

    @alone
    def band(self, contact):
        return text(lib.lf_scorer_band(self._pointer, Contact.of(contact)))

    @alone
    def next_band_change(self, contact):
        return time(out('int64_t', lib.lf_scorer_next_band_change, self._pointer, Contact.of(contact)))

    @alone
    def explain(self, contact, at):
        it = ffi.gc(out('lf_explanation *', lib.lf_scorer_explain, self._pointer, Contact.of(contact), ms(at)),
                    lib.lf_explanation_free)
        parts = [
            Part(text(lib.lf_explanation_kind(it, i)), text(lib.lf_explanation_dimension(it, i)),
                 text(lib.lf_explanation_rule(it, i)), time(lib.lf_explanation_at(it, i)),
                 lib.lf_explanation_entries(it, i), lib.lf_explanation_base(it, i), lib.lf_explanation_value(it, i))
            for i in range(lib.lf_explanation_count(it))]
        return Explanation(lib.lf_explanation_total(it), time(lib.lf_explanation_until(it)), parts)


class Contact(Handle):
    """One person's state: a value that can be copied, stored (encode) and loaded (decode)."""

    def __init__(self, blueprint, id):
        id = utf8(id)
        self._own(out('lf_contact *', lib.lf_contact_new, Blueprint.of(blueprint), id, len(id)))

    def _own(self, pointer):
        self._pointer = ffi.gc(pointer, lib.lf_contact_free)
        return self

    @classmethod
    def take_over(cls, pointer):
        """A contact that a function of `lib` has given."""
        return cls.__new__(cls)._own(pointer)

    @classmethod
    def decode(cls, blueprint, data):
        data = memoryview(data).tobytes()
        return cls.take_over(out('lf_contact *', lib.lf_contact_decode, Blueprint.of(blueprint), data, len(data)))

    @alone
    def copy(self):
        return self.take_over(out('lf_contact *', lib.lf_contact_copy, self.pointer))

    def __copy__(self):
        return self.copy()

    @alone
    def encode(self):
        return written(lambda buffer: lib.lf_contact_encode(self.pointer, buffer))

    @alone
    def to_dict(self):
        return json.loads(written(lambda buffer: lib.lf_contact_json(self.pointer, buffer)))

    @property
    @alone
    def id(self):
        pointer = self.pointer
        return text(lib.lf_contact_id(pointer, ffi.NULL))

    @property
    @alone
    def created(self):
        return time(lib.lf_contact_created(self.pointer))

    @property
    @alone
    def clock(self):
        return time(lib.lf_contact_clock(self.pointer))

    @property
    @alone
    def wake_time(self):
        return time(lib.lf_contact_wake_time(self.pointer))


class Effect(Mapping):
    """What the library wants done; members by name: effect['template'], effect['message']['subject']."""
    __slots__ = ('contact', 'kind', 'key', 'json', '_at', '_members')

    def __init__(self, pointer):
        if not pointer:
            raise MemoryError
        self.contact = text(lib.lf_effect_contact(pointer, ffi.NULL))
        self.kind = text(lib.lf_effect_kind(pointer))
        self.key = text(lib.lf_effect_key(pointer))
        self.json = text(lib.lf_effect_json(pointer, ffi.NULL))
        self._at = lib.lf_effect_at(pointer)
        self._members = None

    @property
    def at(self):
        return time(self._at)

    def to_dict(self):
        if self._members is None:
            self._members = json.loads(self.json)
        return self._members

    def __getitem__(self, member):
        return self.to_dict()[member]

    def __iter__(self):
        return iter(self.to_dict())

    def __len__(self):
        return len(self.to_dict())


class Event(Handle):
    """An event, checked against a blueprint, and room for the next one."""

    def __init__(self, blueprint, document=None):
        self._pointer = ffi.gc(out('lf_event *', lib.lf_event_new, Blueprint.of(blueprint)), lib.lf_event_free)
        if document is not None:
            self.parse(document)

    def parse(self, document, line=1):
        document = as_json(document)
        with lock:
            diagnosed(lambda found: lib.lf_event_parse(self.pointer, document, len(document), line, found))
        return self

    @property
    @alone
    def contact(self):
        pointer = self.pointer
        return text(lib.lf_event_contact(pointer, ffi.NULL))

    @property
    @alone
    def at(self):
        return time(lib.lf_event_at(self.pointer))


class Step(Handle):
    """The bare step, for those who store contacts by themselves: it changes the contact, and tells what is to be done.

        step.take(contact, event)   # or step.wake(contact, now), when its wake_time has come
        save(contact.encode(), contact.wake_time, [(effect.key, effect.json) for effect in step.effects])

    With an Unsubscribe the links in messages are signed.
    """

    def __init__(self, blueprint, tenant='default', *, unsubscribe=None):
        self._pointer = ffi.gc(out('lf_step *', lib.lf_step_new, Blueprint.of(blueprint), c_string(tenant)),
                               lib.lf_step_free)
        if unsubscribe is not None:
            check(lib.lf_step_set_unsubscribe(self._pointer, Unsubscribe.of(unsubscribe)))

    @alone
    def take(self, contact, event, now=None):
        """Takes in an event; `now` is its own time unless given. Gives one of TAKEN."""
        step, contact, event = self.pointer, Contact.of(contact), Event.of(event)
        now = lib.lf_event_at(event) if now is None else ms(now)
        taken = ffi.new('int32_t *')
        diagnosed(lambda found: lib.lf_step_take(step, contact, event, now, taken, found))
        return TAKEN[taken[0]]

    @alone
    def wake(self, contact, now):
        check(lib.lf_step_wake(self.pointer, Contact.of(contact), ms(now)))

    @property
    @alone
    def effects(self):
        """Those of the last take or wake."""
        step = self.pointer
        return [Effect(lib.lf_step_effect_at(step, i)) for i in range(lib.lf_step_effect_count(step))]
