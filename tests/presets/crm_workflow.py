#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The preset crm_workflow, row by row of its source document: who gets which points, stage, mail, segment, and
when. Each row is a function; its figures are the document's.

    crm_workflow.py LEADFLOW
"""
import json
import subprocess
import sys
from pathlib import Path

from replay import DAY, Check, milliseconds, replay, rfc3339

PRESET = Path(__file__).resolve().parents[2] / "examples" / "blueprints" / "crm_workflow.json"
START = milliseconds("2026-01-05T10:00:00Z")
WEEK = 7 * DAY
# Who has 20 + 15 + 15 points of fit.
FIT_50 = {"title": "CEO", "company_size": 900, "industry": "software"}


class Scene:
    """Events of some contacts, and what became of them."""

    def __init__(self, leadflow):
        self.leadflow, self.events = leadflow, []
        self.document = json.loads(PRESET.read_text(encoding="utf-8"))
        self.effects, self.contacts = [], {}

    def add(self, contact, day, type_, **props):
        one = {"contact": contact, "type": type_, "at": rfc3339(START + round(day * DAY)), "id": f"e{len(self.events)}"}
        if props:
            one["props"] = props
        self.events.append(one)

    def sign_up(self, contact, **fields):
        self.add(contact, 0, "$update", fields={"email": f"{contact}@example.com", **fields})
        self.add(contact, 0, "$consent", channel="email", status="granted", source="form")
        self.add(contact, 0, "email_signup", source="newsletter")

    def run(self, day):
        self.effects, self.contacts = replay(self.leadflow, {"crm_workflow": self.document}, self.events, "--until",
                                             rfc3339(START + round(day * DAY)))
        return self

    def of(self, contact, kind, **members):
        return [one for one in self.effects if one["contact"] == contact and one["kind"] == kind
                and all(one.get(name) == value for name, value in members.items())]

    def days(self, contact, kind, since=0, **members):
        """On which days after `since` something happened; the days are exact."""
        return [(milliseconds(one["at"]) - START) / DAY - since for one in self.of(contact, kind, **members)]

    def score(self, contact):
        return self.contacts[contact]["scores"]["lead"]


def a1_stages(scene, check):
    scene.sign_up("ada", **FIT_50)
    scene.add("bob", 0, "email_signup")
    scene.add("bob", 1, "form_submit", form="guide")
    scene.add("bob", 2, "demo_request")
    scene.add("bob", 3, "$update", fields={"title": "CEO", "country": "DE"})  # 50 points
    for day, type_, props in [(4, "sales_accepted", {}), (5, "deal_created", {}), (6, "deal_won", {}),
                              (7, "nps_response", {"score": 9})]:
        scene.add("bob", day, type_, **props)
    scene.run(8)
    check.equal("A1 stages", [one["to"] for one in scene.of("bob", "stage")],
                ["subscriber", "lead", "mql", "sql", "opportunity", "customer", "advocate"])
    check.equal("A1 stage days", scene.days("bob", "stage"), [0, 1, 3, 4, 5, 6, 7])
    check.equal("A1 subscriber: welcome", scene.days("bob", "enrolled", sequence="welcome"), [0])
    check.equal("A1 lead: nurture of leads", scene.days("bob", "enrolled", sequence="lead_nurture"), [1])
    check.equal("A1 MQL: sales is told", scene.days("bob", "notify", text="Marketing qualified lead", to="sales"), [3])
    check.equal("A1 MQL: nurture", scene.days("bob", "enrolled", sequence="nurture"), [3])
    check.equal("A1 SQL: assignment", scene.days("bob", "emit", name="crm_assignment"), [4])
    check.equal("A1 opportunity: deal tracking", scene.days("bob", "emit", name="deal_tracking"), [5])
    check.equal("A1 customer: onboarding", scene.days("bob", "enrolled", sequence="onboarding"), [6])
    check.equal("A1 advocate: referral program", scene.days("bob", "emit", name="referral_program"), [7])
    check.equal("A1 with 50 points at once", [one["to"] for one in scene.of("ada", "stage")], ["subscriber", "mql"])


def a2_demographic_score(scene, check):
    rows = [({"title": title}, points) for title, points in
            [("CEO", 20), ("Chief Data Officer", 20), ("VP Sales", 20), ("Director of Sales", 15), ("Account Manager", 15),
             ("Analyst", 5)]]
    rows += [({"company_size": size}, points) for size, points in [(500, 15), (499, 10), (50, 10), (49, 5), (1, 5), (0, 0)]]
    rows += [({"industry": "software"}, 15), ({"industry": "retail"}, 0), ({"country": "US"}, 10), ({"country": "FR"}, 0)]
    rows += [({**FIT_50, "country": "US"}, 50), ({}, 0)]  # 60 points, of which 50 count
    for number, (fields, _) in enumerate(rows):
        scene.add(f"c{number}", 0, "$update", fields={"email": "a@example.com", **fields})
    scene.run(0)
    for number, (fields, points) in enumerate(rows):
        check.equal(f"A2 {fields}", scene.score(f"c{number}")["dimensions"]["fit"], points * 1000)


# action: points, and what they lose a week
ACTIONS = {"pricing": (15, 5), "demo": (20, 0), "case_study": (10, 3), "webinar": (15, 3), "blog": (2, 1), "open": (1, 1),
           "click": (3, 1), "trial": (25, 0)}
EVENTS = {"pricing": ("page_view", {"page": "/pricing"}), "demo": ("demo_request", {}),
          "case_study": ("content_download", {"kind": "case_study"}), "webinar": ("webinar_attended", {}),
          "blog": ("page_view", {"page": "/blog/crm"}), "open": ("email_open", {}), "click": ("email_click", {}),
          "trial": ("trial_signup", {})}


def a3_behavioural_score(scene, check):
    for action, (type_, props) in EVENTS.items():
        scene.add(action, 0, type_, **props)
        for day in range(6, 40, 6):  # stays engaged, for no points
            scene.add(action, day, "chat_conversation")
    for gap in (6.9, 7):  # the second visit is a return within seven days, or not
        scene.add(f"return_{gap}", 0, "visit")
        scene.add(f"return_{gap}", gap, "visit")
    for _ in range(3):
        scene.add("much", 0, "demo_request")
    for week in range(6):
        events = scene.events
        scene.events = [one for one in events if milliseconds(one["at"]) <= START + week * WEEK]
        scene.run(7 * week)
        scene.events = events
        for action, (points, lost) in ACTIONS.items():
            check.equal(f"A3 {action} after {week} weeks", scene.score(action)["dimensions"]["behavior"],
                        max(0, points - lost * week) * 1000)
        if week == 1:
            check.equal("A3 return visit", scene.score("return_6.9")["dimensions"]["behavior"], 5000)
            check.equal("A3 no return visit", scene.score("return_7")["dimensions"]["behavior"], 0)
            check.equal("A3 at most 50", scene.score("much")["dimensions"]["behavior"], 50000)


def a4_temperature(scene, check):
    click, opened = ("email_click", {}), ("email_open", {})
    pricing, blog = EVENTS["pricing"], EVENTS["blog"]
    rows = [("hot_70", FIT_50, [EVENTS["demo"]], 70, "hot"), ("warm_69", FIT_50, [pricing, blog, blog], 69, "warm"),
            ("warm_50", FIT_50, [], 50, "warm"),
            ("cool_49", {**FIT_50, "company_size": 50}, [click, opened], 49, "cool"),
            ("cool_30", {"title": "CEO", "country": "DE"}, [], 30, "cool"),
            ("cold_29", {"title": "Manager", "company_size": 50}, [click, opened], 29, "cold"), ("cold_0", {}, [], 0, "cold")]
    for name, fields, events, _, _ in rows:
        scene.add(name, 0, "$update", fields={"email": "a@example.com", **fields})
        for type_, props in events:
            scene.add(name, 0, type_, **props)
    scene.run(0)
    for name, _, _, points, band in rows:
        check.equal(f"A4 {name}", (scene.score(name)["points"], scene.score(name)["band"]), (points, band))
        check.equal(f"A4 {name} is left to marketing", "marketing_only" in scene.contacts[name]["segments"], band == "cold")
    tasks = {name: [(one["to"], one["due"]) for one in scene.of(name, "task")][-1:] for name, *_ in rows}
    check.equal("A4 hot: sales within 5 minutes", tasks["hot_70"], [("sales", "5m")])
    check.equal("A4 warm: sales within an hour", tasks["warm_50"], [("sales", "1h")])
    check.equal("A4 cool: nurture within 24 hours", tasks["cool_30"], [("marketing", "24h")])
    check.equal("A4 cold: nobody", tasks["cold_29"], [])
    check.equal("A4 hot: sales is told", len(scene.of("hot_70", "notify", text="Hot lead: call within 5 minutes")), 1)


def a5_idle(scene, check):
    scene.add("demo", 0, "demo_request")
    scene.add("untouched", 0, "$update", fields={"email": "a@example.com", "title": "Analyst"})
    last = 1 / DAY  # a millisecond
    for day, total in [(7 - last, 20000), (7, 18000), (14, 16200), (21, 14580), (42, 10629), (49, 10000),
                       (90 - last, 10000), (90, 0), (100, 0)]:
        scene.run(day)
        check.equal(f"A5 on day {day}", scene.score("demo")["total"], total)
    scene.run(21)
    check.equal("A5 the floor is for those who engaged", scene.score("untouched")["total"], 3645)


def a6_welcome(scene, check):
    scene.sign_up("ada")
    scene.sign_up("bob")
    scene.add("bob", 4, "unsubscribe")
    scene.run(29)
    check.equal("A6 days", scene.days("ada", "send"), [0, 1, 3, 5, 7])
    check.equal("A6 mails", [one["template"] for one in scene.of("ada", "send")], [f"welcome_{i}" for i in range(1, 6)])
    check.equal("A6 completed", [one["reason"] for one in scene.of("ada", "exited")], ["completed"])
    check.equal("A6 unsubscribed", scene.days("bob", "send"), [0, 1, 3])


def a7_nurture(scene, check):
    scene.sign_up("ada", company_size=50, title="CEO", industry="software")  # 45
    scene.add("ada", 2, "email_click")
    scene.add("ada", 2, "email_open")  # 49
    scene.add("ada", 2.5, "email_open")  # 50
    for day in range(8, 50, 6):
        scene.add("ada", day, "chat_conversation")
        scene.add("ada", day, "page_view", page="/pricing")
    scene.run(50)
    check.equal("A7 from 50 points on", scene.days("ada", "enrolled", sequence="nurture"), [2.5])
    check.equal("A7 weeks", scene.days("ada", "send", since=2.5, sequence="nurture"), [7, 14, 21, 28, 35, 42])
    check.equal("A7 mails", [one["template"] for one in scene.of("ada", "send", sequence="nurture")],
                [f"nurture_{i}" for i in range(1, 7)])


def a8_reengagement(scene, check):
    scene.sign_up("ada")
    scene.sign_up("bob")
    scene.add("bob", 35, "email_click")
    scene.sign_up("cleo")
    scene.add("cleo", 60, "form_submit")
    scene.run(59)
    check.equal("A8 after 30 idle days", scene.days("ada", "enrolled", sequence="reengagement"), [30])
    check.equal("A8 days", scene.days("ada", "send", since=30, sequence="reengagement"), [0, 3, 7, 14, 21])
    check.equal("A8 mails", [one["template"] for one in scene.of("ada", "send", sequence="reengagement")],
                [f"winback_{i}" for i in range(1, 6)])
    check.equal("A8 suppressed after the breakup", scene.days("ada", "suppress", since=30, name="inactive"), [21])
    check.equal("A8 inactive", {"inactive", "inactive_after_breakup"} - set(scene.contacts["ada"]["segments"]), set())
    check.equal("A8 won back", [(one["step"], one["reason"]) for one in scene.of("bob", "exited", sequence="reengagement")],
                [("day_7", "converted")])
    scene.run(75)
    check.equal("A8 written to again after coming back", scene.days("cleo", "suppress", added=False), [60])
    check.equal("A8 mails again", scene.days("cleo", "send", since=60, sequence="lead_nurture"), [7, 14])


def a9_onboarding(scene, check):
    scene.sign_up("ada", **FIT_50)
    for day, type_ in enumerate(["sales_accepted", "deal_created", "deal_won"]):
        scene.add("ada", day + 1, type_)
    scene.run(34)
    check.equal("A9 days", scene.days("ada", "send", since=3, sequence="onboarding"), [0, 1, 3, 7, 14, 21, 30])
    check.equal("A9 the review asks for a number", scene.of("ada", "send", sequence="onboarding")[-1]["step"], "review")


def a10_upsell(scene, check):
    scene.sign_up("ada", **FIT_50)
    for day, type_ in enumerate(["sales_accepted", "deal_created", "deal_won"]):
        scene.add("ada", day + 1, type_)
    for day in range(70, 130, 5):
        scene.add("ada", day, "visit")
    scene.run(130)
    check.equal("A10 customer for 90 days, and highly engaged", scene.days("ada", "enrolled", sequence="upsell"), [93])
    check.equal("A10 weeks", scene.days("ada", "send", since=93, sequence="upsell"), [7, 14, 21, 28])


def a11_engagement_segments(scene, check):
    levels = {0: "inactive", 1: "low_engagement", 2: "engaged", 4: "engaged", 5: "highly_engaged"}
    for count in levels:
        scene.add(f"n{count}", 0, "$update", fields={"email": "a@example.com"})
        for _ in range(count):
            scene.add(f"n{count}", 29, "visit")
    scene.run(30)
    for count, segment in levels.items():
        found = set(levels.values()) & set(scene.contacts[f"n{count}"]["segments"])
        check.equal(f"A11 {count} interactions a month", found, {segment})


def a12_age_segments(scene, check):
    scene.add("ada", 0, "visit")
    scene.add("ada", 1, "visit")
    ages = {"new", "developing", "established"}
    for day, segment in [(29.9, "new"), (30, "developing"), (89.9, "developing"), (90, "established")]:
        scene.run(day)
        check.equal(f"A12 on day {day}", ages & set(scene.contacts["ada"]["segments"]), {segment})
    check.equal("A12 at risk: two visits in the month before, none in the last",
                [(scene.days("ada", "segment", segment="at_risk", entered=entered)) for entered in (True, False)], [[31], [61]])


def a13_intent_segments(scene, check):
    rows = {"pricing": ([EVENTS["pricing"]], "high_intent"), "demo": ([EVENTS["demo"]], "high_intent"),
            "downloads": ([EVENTS["case_study"]] * 2, "medium_intent"), "visit": ([("visit", {})], "low_intent"),
            "newsletter": ([("email_signup", {})], "low_intent"),
            "downloads_and_pricing": ([EVENTS["case_study"]] * 2 + [EVENTS["pricing"]], "high_intent")}
    for name, (events, _) in rows.items():
        for type_, props in events:
            scene.add(name, 0, type_, **props)
    scene.run(1)
    for name, (_, segment) in rows.items():
        intents = {one for one in scene.contacts[name]["segments"] if one.endswith("_intent")}
        check.equal(f"A13 {name}", intents, {segment})


ROWS = [a1_stages, a2_demographic_score, a3_behavioural_score, a4_temperature, a5_idle, a6_welcome, a7_nurture, a8_reengagement,
        a9_onboarding, a10_upsell, a11_engagement_segments, a12_age_segments, a13_intent_segments]


def main(leadflow):
    check = Check()
    linted = subprocess.run([leadflow, "check", PRESET], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            check=False)
    check.equal("leadflow check", (linted.returncode, linted.stdout), (0, ""))
    for row in ROWS:
        row(Scene(leadflow), check)
    check.end()


if __name__ == "__main__":
    main(sys.argv[1])
