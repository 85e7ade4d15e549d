# SPDX-License-Identifier: MIT
"""What the tests of examples/python share; like tests/ruby/kit.rb. Without cffi they are skipped, visibly."""
import sys
from pathlib import Path

try:
    import cffi  # noqa: F401
except ImportError:
    print('1..0 # SKIP there is no cffi for %s (python3-cffi)' % sys.executable)
    sys.exit(0)

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'examples' / 'python'))

import leadflow  # noqa: E402
from kit import equal  # noqa: E402

T0 = 1_767_607_200_000  # 2026-01-05T10:00:00Z
DAY = 86_400_000

# A mail at once and one after three days.
RULES = '''
  {"leadflow": 1,
   "fields": {"name": {"type": "string"}},
   "events": {"signup": {"props": {"page": "string"}}, "visit": {}},
   "scores": {"lead": {"dimensions": {"behavior": {"rules": [
       {"name": "visits", "on": "visit", "points": 10, "decay": {"half_life": "7d"}}]}},
     "bands": [{"name": "warm", "from": 15}, {"name": "cold", "from": 0}]}},
   "machines": {"stage": {"initial": "new", "states": {"new": {}, "lead": {}},
     "transitions": [{"from": "new", "to": "lead", "on": "signup"}]}},
   "templates": {"hello": {"channel": "email", "subject": "Hello {name|you}"}},
   "sequences": {"welcome": {"trigger": [{"event": "signup"}],
     "steps": [{"send": "hello"}, {"wait": {"day": 3}}, {"send": "hello"}]}}}
'''
BLUEPRINT = leadflow.Blueprint(RULES)


def event(contact, type, at=T0, **props):
    return {'contact': contact, 'type': type, 'at': leadflow.time(at), 'props': props}


def raised(kind, call, *args, **options):
    """The exception of this type that the call raises."""
    try:
        given = call(*args, **options)
    except kind as error:
        return error
    raise AssertionError(f'{kind} was not raised, but {given!r} given')


def status(code, call, *args, **options):
    equal(raised(leadflow.Error, call, *args, **options).status, code)
