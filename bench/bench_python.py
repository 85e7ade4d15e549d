# SPDX-License-Identifier: MIT
"""Events a second from Python: through an engine on the store in memory, an engine on a store written in Python, and
the bare step.   bench_python.py BLUEPRINT EVENTS

LEADFLOW_LIBRARY and LEADFLOW_CDEF say which build is measured. Prints one JSON object a line; times are those of the
process. The events are taken in again and again, each time by other contacts.
"""
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'examples' / 'python'))
import leadflow  # noqa: E402
from dict_store import DictStore  # noqa: E402

SECONDS = 2
BLUEPRINT = leadflow.Blueprint(Path(sys.argv[1]).read_bytes())
EVENTS = [(json.loads(line), leadflow.ms(leadflow.Event(BLUEPRINT, line).at))
          for line in Path(sys.argv[2]).read_bytes().splitlines()]


def events(number):
    """Each pass has contacts of its own, and the time of an event is the newest of its contact so far."""
    newest = {}
    for event, at in EVENTS:
        id = f'{event["contact"]}-{number}'
        newest[id] = max(newest.get(id, at), at)
        yield id, json.dumps(dict(event, contact=id)), newest[id]


def measure(what, take):
    count = spent = number = 0
    while spent < SECONDS:
        number += 1
        batch = list(events(number))
        start = time.process_time()
        for one in batch:
            take(*one)
        spent += time.process_time() - start
        count += len(batch)
    print(json.dumps({'what': what, 'events': count, 'us_per_event': round(spent / count * 1e6, 1),
                      'events_per_second': round(count / spent)}))


for what, store in (('engine, store in memory', leadflow.MemoryStore), ('engine, store in Python', DictStore)):
    engine = leadflow.Engine(BLUEPRINT, store())
    measure(what, lambda id, line, now: engine.take(line, now))

step, event = leadflow.Step(BLUEPRINT), leadflow.Event(BLUEPRINT)
contacts = {}


def bare(id, line, now):
    if id not in contacts:
        contacts[id] = leadflow.Contact(BLUEPRINT, id)
    step.take(contacts[id], event.parse(line), now)


def with_effects(id, line, now):
    bare(id, line, now)
    return step.effects


measure('bare step, without effects', bare)
contacts.clear()
measure('bare step, with effects', with_effects)
