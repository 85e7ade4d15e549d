# SPDX-License-Identifier: MIT
"""Quickstart: a blueprint, four events, messages through a function, and a score with its reasons."""
from datetime import datetime, timedelta, timezone

import leadflow

# All rules stand in one JSON document: how points come and go, and what is sent when.
RULES = '''
  {"leadflow": 1,
   "fields": {"name": {"type": "string"}},
   "events": {"signup": {}, "pricing_view": {}},
   "scores": {"lead": {"dimensions": {"behavior": {"rules": [
     {"name": "signed_up", "on": "signup", "points": 10},
     {"name": "saw_prices", "on": "pricing_view", "points": 15, "decay": {"lose": 5, "every": "7d"}}]}}}},
   "templates": {"hello": {"channel": "email", "subject": "Welcome, {name|there}!"},
                 "tips": {"channel": "email", "subject": "Tips for your first week"}},
   "sequences": {"welcome": {"trigger": [{"event": "signup"}],
     "steps": [{"send": "hello"}, {"wait": {"day": 3}}, {"send": "tips"}]}}}
'''


def deliver(effect, receipt):  # which can say: try again later, or never
    if effect.kind == 'send':
        print(f"mail to {effect.contact}: {effect['message']['subject']}")


blueprint = leadflow.Blueprint(RULES)
store = leadflow.MemoryStore()  # or one of yours: see dict_store.py
engine = leadflow.Engine(blueprint, store, deliver)

start = datetime(2026, 1, 5, 10, tzinfo=timezone.utc)
for type, props in [('$update', {'fields': {'name': 'Ada'}}),
                    ('$consent', {'channel': 'email', 'status': 'granted'}),
                    ('signup', {}), ('pricing_view', {})]:
    engine.take({'contact': 'ada', 'type': type, 'at': start, 'props': props}, start)
for day in range(11):  # time passes
    engine.run_due(start + timedelta(days=day))
    engine.deliver(start + timedelta(days=day))

why = blueprint.scorer('lead').explain(engine.contact('ada'), start + timedelta(days=10))
print(f'score: {why.total / 1000}')
for part in why.parts:
    print(f'  {part.rule}: {part.value / 1000} of {part.base / 1000}')
