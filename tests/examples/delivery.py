#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""examples/delivery.c: each message is a row of the queue, once, also where a worker died before it could note that.

    delivery.py DELIVERY
"""
import json
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from replay import Check

RULES = {"leadflow": 1, "events": {"signup": {}},
         "fields": {"name": {"type": "string"}},
         "templates": {"hello": {"channel": "email", "class": "transactional", "subject": "Hello {name|there}"},
                       "ping": {"channel": "sms", "class": "transactional", "body": "ping"}},
         "sequences": {"welcome": {"trigger": [{"event": "signup"}],
                                   "steps": [{"send": "hello"}, {"send": "ping"}, {"wait": {"day": 2}}, {"send": "hello"}]}}}
EVENTS = [{"contact": "ada", "type": "signup", "at": "2026-01-05T10:00:00Z", "id": "e1"},
          {"contact": "ada", "type": "logout", "at": "2026-01-05T11:00:00Z"},
          {"contact": "bob", "type": "signup", "at": "2026-01-05T12:00:00Z", "id": "e2"}]


class Run:
    def __init__(self, program, folder):
        self.program, self.folder = Path(program).resolve(), Path(folder)
        self.rules(RULES)
        (self.folder / "events").write_text("".join(json.dumps(event) + "\n" for event in EVENTS), encoding="utf-8")

    def rules(self, rules):
        (self.folder / "rules").write_text(json.dumps(rules), encoding="utf-8")

    def at(self, now):
        done = subprocess.run([self.program, "crm.db", "rules", "events", now], cwd=self.folder, stderr=subprocess.PIPE,
                              text=True, check=False)
        return done.returncode, done.stderr

    def sql(self, query):
        with sqlite3.connect(self.folder / "crm.db") as db:
            return db.execute(query).fetchall()


def main(program):
    check = Check()
    with tempfile.TemporaryDirectory() as folder:
        run = Run(program, folder)
        queue = "SELECT contact, json_extract(effect, '$.message.subject') FROM mail_queue ORDER BY rowid"
        refused = "line 2: unknown event type 'logout'\n"
        check.equal("first", run.at("2026-01-05T13:00:00Z"), (0, refused))
        check.equal("its queue", sorted(run.sql(queue)), [("ada", "Hello there"), ("bob", "Hello there")])
        check.equal("what can never be sent", run.sql("SELECT count(*) FROM lf_dead"), [(2,)])
        check.equal("again", run.at("2026-01-05T13:00:00Z"), (0, refused))
        check.equal("nothing is twice", len(run.sql(queue)), 2)
        run.sql("CREATE TRIGGER died BEFORE DELETE ON lf_outbox BEGIN SELECT RAISE(ROLLBACK, 'died'); END")
        check.equal("dies before it notes", run.at("2026-01-07T13:00:00Z")[0], 1)
        check.equal("but after it wrote", len(run.sql(queue)) > 2, True)
        run.sql("DROP TRIGGER died")
        check.equal("another worker", run.at("2026-01-07T13:01:00Z"), (0, refused))
        check.equal("each once", sorted(row[0] for row in run.sql(queue)), ["ada", "ada", "bob", "bob"])
        check.equal("nothing is left", run.sql("SELECT count(*) FROM lf_outbox"), [(0,)])
        run.rules({"leadflow": 1, "event": {}})
        check.equal("a wrong blueprint", run.at("2026-01-08T00:00:00Z"),
                    (1, "rules:1:17: unknown key 'event' (did you mean 'events'?) (unknown-key)\nrules: LF_E_PARSE\n"))
    check.end()


if __name__ == "__main__":
    main(sys.argv[1])
