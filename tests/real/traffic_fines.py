#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""10,000 real traffic fines: a wait of 60 days ends on the very instant at which the log has the penalty.

    traffic_fines.py LEADFLOW
"""
import json
import sys

from logs import HERE, event, reference, rows, spread
from replay import DAY, Check, milliseconds, replay

STEPS = {"created": "Create Fine", "sent": "Send Fine", "notified": "Insert Fine Notification",
         "penalized": "Add penalty", "collection": "Send for Credit Collection", "paid": "Payment"}
BETWEEN = [("created", "sent"), ("sent", "notified"), ("notified", "penalized"), ("penalized", "collection"),
           ("created", "paid")]


def main(leadflow):
    log = rows("traffic_fines")
    known = reference("traffic_fines")
    document = json.loads((HERE / "traffic_fines.json").read_text(encoding="utf-8"))
    events = [event(row, row["type"].lower().replace(" ", "_")) for row in log]
    effects, contacts = replay(leadflow, {"traffic_fines": document}, events)
    check = Check()

    real = {row["contact_id"]: int(row["ts_ms"]) for row in log if row["type"] == "Add penalty"}
    ours = {one["contact"]: milliseconds(one["at"]) for one in effects if one["kind"] == "emit"}
    check.equal("penalties on the exact instant", sum(real.get(fine) == at for fine, at in ours.items()),
                known["timer_60d"]["penalty_on_exact_day"])
    check.equal("penalties", len(ours), known["timer_60d"]["notified"])
    check.equal("penalties that the log does not have", len(set(ours) - set(real)), 0)

    entered = {}
    for one in effects:
        if one["kind"] == "stage":
            entered.setdefault(one["to"], {})[one["contact"]] = milliseconds(one["at"])
    check.equal("fines", len(contacts), known["counts"]["cases"])
    for stage, step in STEPS.items():
        check.equal(f"fines that came to {stage}", len(entered[stage]), known["cases_with"][step])
    for first, then in BETWEEN:
        days = [(at - entered[first][fine]) // DAY for fine, at in entered[then].items() if fine in entered[first]]
        check.equal(f"days from {first} to {then}", spread(days),
                    known["days_between_first"][f"{STEPS[first]}->{STEPS[then]}"])
    check.end()


if __name__ == "__main__":
    main(sys.argv[1])
