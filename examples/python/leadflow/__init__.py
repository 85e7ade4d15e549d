# SPDX-License-Identifier: MIT
"""libleadflow in Python, by cffi (Debian: python3-cffi). Copy this folder; quickstart.py shows how it is used.

Times are given as aware datetimes or as milliseconds since 1970, and come back as datetimes in UTC, or None for never;
only stores get and keep milliseconds. Points are ints of a thousandth. Documents and events are JSON, as str or bytes,
or dicts. What is not wrapped here is there as leadflow.lib.lf_..., to be called with the `pointer` of handles.

Handles are freed when they are closed, at the end of their `with`, or when nobody holds them any more. Threads may
share them: contacts, events and steps wait for each other; an engine that is in a call already raises Busy, and so does
one whose MemoryStore is.
"""
from .engine import ALL, Commit, Engine, MemoryStore, Receipt
from .handles import TAKEN, Blueprint, Contact, Effect, Event, Explanation, Part, Scorer, Step
from .library import (NEVER, Busy, Conflict, Diagnostic, Error, Fenced, NotFound, Refused, Unknown, ffi, lib, ms,
                      time)
from .unsubscribe import ANSWERS, Answer, Unsubscribe

__all__ = ['ALL', 'ANSWERS', 'NEVER', 'TAKEN', 'Answer', 'Blueprint', 'Busy', 'Commit', 'Conflict', 'Contact', 'Diagnostic', 'Effect',
           'Engine', 'Error', 'Event', 'Explanation', 'Fenced', 'MemoryStore', 'NotFound', 'Part', 'Receipt', 'Refused',
           'Scorer', 'Step', 'Unknown', 'Unsubscribe', 'ffi', 'lib', 'ms', 'time']
