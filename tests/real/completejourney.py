#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The campaigns and baskets of 2,379 real households, against figures that were computed elsewhere.

    completejourney.py LEADFLOW

The log is in the order of its source: out of time order for nearly every household. Who converted must
come out equal from it as it is and from it sorted; the days to the conversion need the sorted one.
"""
import csv
import json
import sys
from collections import Counter, defaultdict

from logs import HERE, event, folder, reference, rows, spread
from replay import DAY, Check, milliseconds, replay

BITS = 14  # of the cents of a basket line: at most 100.00
HALF_LIVES = (7, 30)


def base():
    return json.loads((HERE / "completejourney.json").read_text(encoding="utf-8"))


# ---- campaigns: a sequence each, whose goal is a redeemed coupon ----

def campaigns_blueprint(campaigns, length):
    """`length` says how many days a campaign runs; None: until the goal."""
    events, sequences = {}, {}
    for name in campaigns:
        mine = f"event.campaign == '{name}'"
        events[f"start_{name}"] = {"is": "campaign_start", "when": mine}
        events[f"redeemed_{name}"] = {"is": "coupon_redeemed", "when": mine}
        goal = f"ever('redeemed_{name}')"
        wait = {"for": f"{length[name]}d"} if length else {"until": goal}
        sequences[f"campaign_{name}"] = {"trigger": [{"event": f"start_{name}"}], "goal": goal,
                                         "steps": [{"label": "running", "wait": wait}]}
    return {"leadflow": 1, "extends": ["completejourney"], "events": events, "sequences": sequences}


def campaign_events(log):
    return [event(row, row["type"], campaign=row["actor"]) for row in log if row["type"] != "basket_line"]


def conversions(leadflow, log, campaigns, length=None):
    """(campaign, household): when it began, and when and how it ended."""
    document = campaigns_blueprint(campaigns, length)
    effects, _ = replay(leadflow, {"campaigns": document, "completejourney": base()}, campaign_events(log))
    began, ended = {}, {}
    for one in effects:
        pair = (one["sequence"].removeprefix("campaign_"), one["contact"])
        if one["kind"] == "enrolled":
            began[pair] = milliseconds(one["at"])
        else:
            ended[pair] = (milliseconds(one["at"]), one["reason"])
    return began, ended


def rates(pairs, converted, group):
    n, k = Counter(group(pair) for pair in pairs), Counter(group(pair) for pair in converted)
    return {name: {"k": k[name], "n": n[name], "rate": k[name] / n[name]} for name in n}


def compare_rates(check, order, began, converted, type_of, known):
    by_campaign = {name: {key: one[key] for key in ("k", "n", "rate")} for name, one in known["by_campaign"].items()}
    check.equal(f"conversions by campaign, {order}", rates(began, converted, lambda pair: pair[0]), by_campaign)
    check.equal(f"conversions by type, {order}", rates(began, converted, lambda pair: type_of[pair[0]]), known["by_type"])


def check_campaigns(check, leadflow, log, known):
    type_of = {row["actor"]: row["value"] for row in log if row["type"] == "campaign_start"}
    with open(folder("completejourney") / "campaign_descriptions.csv", encoding="utf-8", newline="") as file:
        length = {row["campaign_id"]: (milliseconds(row["end_date"] + "T00:00:00Z")
                                       - milliseconds(row["start_date"] + "T00:00:00Z")) // DAY + 1
                  for row in csv.DictReader(file)}
    began, ended = conversions(leadflow, log, type_of)
    compare_rates(check, "as the log is", began, ended, type_of, known)

    log = sorted(log, key=lambda row: int(row["ts_ms"]))  # stable: a campaign starts before its coupons
    began, ended = conversions(leadflow, log, type_of, length)
    converted = {pair: at for pair, (at, reason) in ended.items() if reason == "converted"}
    compare_rates(check, "sorted by time", began, converted, type_of, known)
    check.equal("days to the first redemption", spread([(at - began[pair]) // DAY for pair, at in converted.items()]),
                known["days_to_first_redemption"])
    per_household = Counter(household for _, household in began)
    check.equal("households targeted", len(per_household), known["counts"]["households_targeted"])
    check.equal("most campaigns of one household", max(per_household.values()),
                known["overlap"]["max_campaigns_per_household"])
    # A sequence runs as long as its campaign: a coupon redeemed after it would be none.
    check.equal("redeemed after the campaign", known["counts"]["converted_pairs"] - len(converted),
                known["redeemed_outside_campaign_window"])


# ---- baskets: what was spent, decayed ----

def baskets_blueprint():
    scores = {}
    for days in HALF_LIVES:
        rules = [{"name": f"bit_{bit}", "on": "basket_line", "points": 2 ** bit / 100,
                  "when": f"event.cents / {2 ** bit} % 2 == 1", "decay": {"half_life": f"{days}d"}}
                 for bit in range(BITS)]
        scores[f"spent_{days}"] = {"dimensions": {"sales": {"rules": rules}}}
    return {"leadflow": 1, "extends": ["completejourney"], "scores": scores}


def stepwise(lines, as_of, half_life):
    """SPEC 6.2, on each binary digit of each line: milli-points."""
    total = 0
    for at, cents in lines:
        steps = (as_of - at) * 256 // half_life
        shift, factor = steps // 256, HALVES[steps % 256]
        for bit in range(BITS):
            if cents >> bit & 1 and shift < 32:
                total += (10 * 2 ** bit * factor + 2 ** (30 + shift)) >> (31 + shift)
    return total


HALVES = [round(2 ** 31 * 2 ** (-i / 256)) for i in range(256)]


def close(ours, theirs, entries):
    """Ours decays in 256 steps a half-life and rounds each entry, theirs continuously."""
    rounding = 0.0005 * entries
    return theirs - rounding <= ours / 1000 <= theirs * 2 ** (1 / 256) + rounding


def check_baskets(check, leadflow, log, known):
    lines = defaultdict(list)
    for row in log:
        if row["type"] == "basket_line":
            lines[row["contact_id"]].append((int(row["ts_ms"]), round(float(row["value"]) * 100)))
    for as_of in sorted({one["as_of"] for one in known["decay_sales_value"]}):
        end = milliseconds(as_of + "T00:00:00Z")
        seen = {house: [line for line in all_lines if line[0] <= end] for house, all_lines in lines.items()}
        seen = {house: some for house, some in seen.items() if some}
        events = [event(row, "basket_line", cents=round(float(row["value"]) * 100)) for row in log
                  if row["type"] == "basket_line" and int(row["ts_ms"]) <= end]
        _, contacts = replay(leadflow, {"baskets": baskets_blueprint(), "completejourney": base()}, events,
                             "--until", as_of + "T00:00:00.000Z")
        for one in known["decay_sales_value"]:
            if one["as_of"] == as_of:
                compare_sums(check, one, end, seen, contacts)


def compare_sums(check, one, end, seen, contacts):
    days = one["half_life_days"]
    name = f"half-life of {days} days as of {one['as_of']}"
    totals = {house: contact["scores"][f"spent_{days}"]["total"] for house, contact in contacts.items()}
    exact = {house: stepwise(some, end, days * DAY) for house, some in seen.items()}
    entries = {house: sum(bin(cents).count("1") for _, cents in some) for house, some in seen.items()}
    check.equal(f"households with baskets, {name}", len(totals), one["seen"])
    check.equal(f"exact sums, {name}", totals, exact)
    check.equal(f"the sum of all within a step of decay, {name}",
                close(sum(totals.values()), one["sum"], sum(entries.values())), True)
    check.equal(f"the 25 highest within a step of decay, {name}",
                [house for house, value in one["top25"] if not close(totals[house], float(value), entries[house])], [])


def main(leadflow):
    log = rows("completejourney")
    known = reference("completejourney")
    check = Check()
    check_campaigns(check, leadflow, log, known)
    check_baskets(check, leadflow, log, known)
    check.end()


if __name__ == "__main__":
    main(sys.argv[1])
