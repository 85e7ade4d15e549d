#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the lifelike events of examples/data/events.ndjson: some dozens of contacts over 120 days.

    python3 examples/data/generate.py > examples/data/events.ndjson

The lines stand in the order in which a CRM would receive them: a few come twice, a few come late, one
comes after months. The same seed gives the same bytes on every machine: the random numbers are our own.
"""
import json
import sys
from datetime import datetime, timedelta, timezone

START = datetime(2026, 1, 5, 8, 0, tzinfo=timezone.utc)
DAYS = 120
SEED = 20260105
WELCOME_DAYS = [0, 1, 3, 5, 7]
NAMES = ["Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gia", "Hugo", "Ines", "Jon", "Kim", "Lena", "Max", "Nora"]
LEADERS = ["CEO", "CTO", "VP Marketing", "Director of Sales", "Head of Growth"]
OTHERS = ["Marketing Manager", "Account Manager", "Analyst", "Consultant"]
COMPANIES = ["Birch", "Cobalt", "Delta", "Ember", "Fjord", "Grove", "Harbor", "Iris", "Juniper", "Kite"]
INDUSTRIES = ["software", "fintech", "health", "retail", "travel"]
COUNTRIES = ["US", "DE", "GB", "CA", "FR", "BR"]
PAGES = ["/", "/product", "/blog/growth", "/blog/crm", "/about", "/customers"]


class Random:
    """A 64-bit linear congruential generator: small, and the same everywhere."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n

    def pick(self, items):
        return items[self.below(len(items))]

    def chance(self, percent):
        return self.below(100) < percent


class Journey:
    """One contact. Its events come at growing times; `received` is when the CRM hears of them."""

    def __init__(self, rng, number, first_days):
        self.rng, self.events, self.contact = rng, [], f"lead-{number:03d}"
        self.number = number
        self.at = START + timedelta(minutes=rng.below(60 * 24 * first_days))
        self.in_the_day()

    def in_the_day(self):
        """People click by day: the night is slept through."""
        if self.at.hour < 7 or self.at.hour > 20:
            self.at += timedelta(hours=(31 - self.at.hour) % 24)

    def later(self, hours):
        """Time passes: between three quarters and five quarters of so many hours."""
        self.at += timedelta(minutes=hours * 45 + self.rng.below(hours * 30 + 1), milliseconds=self.rng.below(1000))
        self.in_the_day()

    def days(self, days):
        self.later(days * 24)

    def soon(self):
        self.at += timedelta(seconds=20 + self.rng.below(400), milliseconds=self.rng.below(1000))

    def add(self, type_, late=None, **props):
        event = {"contact": self.contact, "type": type_,
                 "at": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                 "id": f"{self.number:03d}-{len(self.events):02d}"}
        if props:
            event["props"] = props
        self.events.append((self.at + (late or timedelta(0)), event))

    def again(self, **props):
        """The sender repeats its last event a minute later, perhaps with other props."""
        received, event = self.events[-1]
        changed = dict(event, props=props) if props else event
        self.events.append((received + timedelta(minutes=1), changed))

    # ---- what people do ----

    def sign_up(self, consent="granted", email=None):
        self.name = self.rng.pick(NAMES)
        self.add("$update", fields={"email": email or f"{self.name.lower()}.{self.number}@example.com",
                                    "first_name": self.name})
        self.add("$consent", channel="email", status=consent, source="signup form")
        self.add("email_signup", source=self.rng.pick(["newsletter", "partner", "search"]))

    def read_welcome(self, percent, days=5):
        """Opens some of the welcome mails some hours after they came, and clicks on some of those."""
        came, until = self.at, self.at
        for i, day in enumerate(WELCOME_DAYS[:days]):
            self.at = max(came + timedelta(days=day), until)
            if self.rng.chance(percent):
                self.later(6)
                self.read(f"welcome_{i + 1}", 45)
            until = self.at

    def read(self, template, click_percent):
        self.add("email_open", template=template)
        if self.rng.chance(click_percent):
            self.soon()
            self.add("email_click", template=template, url="https://example.com/")

    def visit(self, *pages):
        self.add("visit", referrer=self.rng.pick(["search", "email", "direct"]))
        for page in pages:
            self.soon()
            self.add("page_view", page=page)

    def look_around(self, visits, gap_hours=60):
        for _ in range(visits):
            self.later(gap_hours)
            self.visit(*[self.rng.pick(PAGES) for _ in range(1 + self.rng.below(2))])

    def fill_form(self, titles, sizes, form="guide"):
        self.add("$update", fields={"title": self.rng.pick(titles), "company": f"{self.rng.pick(COMPANIES)} {self.number}",
                                    "company_size": self.rng.pick(sizes), "industry": self.rng.pick(INDUSTRIES),
                                    "country": self.rng.pick(COUNTRIES)})
        self.add("form_submit", form=form)

    def download(self, asset, kind="case_study"):
        self.add("content_download", asset=asset, kind=kind)

    def go_to_webinar(self, missed=False):
        self.add("webinar_registration", webinar="spring")
        self.days(6)
        if not missed:
            self.add("webinar_attended", webinar="spring")

    def talk_to_sales(self):
        self.add(self.rng.pick(["demo_request", "trial_signup"]))
        self.later(4)
        self.add("sales_accepted", rep=self.rng.pick(["amy", "bob"]))
        self.days(5)
        self.value = float(1000 * (2 + self.rng.below(40)))
        self.add("deal_created", value=self.value)

    # ---- kinds of people ----

    def reader(self):
        self.sign_up()
        self.read_welcome(70)
        for _ in range(2 + self.rng.below(4)):
            self.days(12)
            self.look_around(1, 3)

    def silent(self):
        self.sign_up()
        self.read_welcome(40, 3)
        if self.rng.chance(40):
            self.days(60)
            self.visit("/", "/product")  # back after the breakup

    def won_back(self):
        self.sign_up()
        self.read_welcome(60)
        self.fill_form(OTHERS, [8, 35, 80])
        self.at += timedelta(days=33 + self.rng.below(8))
        self.in_the_day()
        self.read("winback_2", 100)
        self.look_around(2)

    def researcher(self):
        self.sign_up()
        self.read_welcome(60, 3)
        self.fill_form(LEADERS + OTHERS, [35, 80, 240, 900])
        self.look_around(2)
        self.download(self.rng.pick(["bank", "clinic", "shop"]))
        self.later(30)
        self.go_to_webinar(missed=self.rng.chance(30))
        self.later(20)
        self.visit("/pricing")
        self.days(9)
        self.read("nurture_1", 60)

    def buyer(self):
        self.sign_up()
        self.read_welcome(80, 2)
        self.fill_form(LEADERS, [80, 240, 900, 5000])
        self.later(30)
        self.visit("/product", "/pricing")
        self.talk_to_sales()
        self.days(10)
        self.add("deal_won", value=self.value)
        self.days(4)
        self.read("onboarding_3", 70)
        self.days(28)
        self.add("nps_response", score=self.rng.pick([6, 8, 9, 10]))

    def loser(self):
        self.sign_up()
        self.fill_form(LEADERS + OTHERS, [80, 240])
        self.look_around(2, 40)
        self.visit("/pricing")
        self.talk_to_sales()
        self.days(12)
        self.add("deal_lost", reason=self.rng.pick(["no budget", "chose a competitor"]))
        self.days(20)
        self.look_around(1)

    def unsubscriber(self):
        self.sign_up()
        self.read_welcome(50, 2)
        self.days(1)
        self.add("unsubscribe", reason="too many mails")
        self.add("$consent", channel="email", status="denied", source="link in the mail")
        self.look_around(1)

    def mistyped(self):
        self.sign_up(email="sam at example")
        self.look_around(2)

    def fair_visitor(self):
        """A badge scanned at a fair: no consent yet, it comes weeks later."""
        self.sign_up(consent="pending")
        self.add("$tag", add=["src_fair"])
        self.days(4)
        self.download("bank")
        self.days(16)
        self.add("$consent", channel="email", status="granted", source="preference center")
        self.fill_form(LEADERS, [900, 5000], form="contact")
        self.look_around(2)

    def competitor(self):
        self.sign_up()
        self.look_around(3, 20)
        self.add("$suppress", reason="competitor")

    def bounced(self):
        self.sign_up()
        self.soon()
        self.add("email_bounce", hard=True)

    def full(self):
        """A mailbox that has no room left."""
        self.sign_up()
        for _ in range(3):
            self.days(4)
            self.add("email_bounce", hard=False)

    def annoyed(self):
        self.sign_up()
        self.read_welcome(60, 3)
        self.add("spam_complaint")

    def parked(self):
        """Sales gives the lead back to marketing by hand."""
        self.fair_visitor()
        self.visit("/pricing")
        self.later(8)
        self.add("demo_request")
        self.later(5)
        self.add("sales_accepted", rep="amy")
        self.days(3)
        self.add("$move", machine="lifecycle", to="lead", actor="amy", reason="only a student")

    def offline(self):
        """The tablet of a trade fair synchronises late: once after days, once after months."""
        self.sign_up()
        self.read_welcome(60, 3)
        self.download("clinic", kind="guide")
        self.later(3)
        self.add("chat_conversation", late=START + timedelta(days=116) - self.at)
        self.look_around(1)
        self.download("bank")
        self.add("webinar_attended", late=timedelta(days=6), webinar="fair")
        self.days(2)
        self.visit("/pricing")
        self.again()
        self.days(2)
        self.fill_form(LEADERS, [240])
        self.again(form="contact")
        self.look_around(3, 200)
        self.at = START + timedelta(days=112)
        self.visit("/")


def main():
    rng = Random(SEED)
    end = START + timedelta(days=DAYS)
    people = (["reader"] * 8 + ["silent"] * 7 + ["won_back"] * 4 + ["researcher"] * 8 + ["buyer"] * 7 + ["loser"] * 3 +
              ["unsubscriber"] * 3 + ["mistyped", "fair_visitor", "fair_visitor", "competitor", "parked", "offline"])
    undelivered = ["bounced", "full", "annoyed"]
    received = []
    for number in range(1, len(people) + len(undelivered) + 1):
        kind = people.pop(rng.below(len(people))) if people else undelivered.pop(0)
        journey = Journey(rng, number, 10 if kind == "offline" else 55)
        getattr(journey, kind)()
        received += journey.events
    received = [item for item in received if item[0] < end]
    received.sort(key=lambda item: item[0])  # stable: what came at one time keeps its order
    for _, event in received:
        sys.stdout.write(json.dumps(event, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
