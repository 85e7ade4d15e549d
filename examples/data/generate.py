#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the lifelike events of examples/data/events.ndjson: some dozens of contacts over 120 days.

    python3 examples/data/generate.py > examples/data/events.ndjson

The same seed gives the same bytes on every machine: the random numbers are our own.
"""
import json
import sys
from datetime import datetime, timedelta, timezone

START = datetime(2026, 1, 5, 8, 0, tzinfo=timezone.utc)
DAYS = 120
CONTACTS = 42
FIRST = ["Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gia", "Hugo", "Ines", "Jon", "Kim", "Lena", "Max",
         "Nora"]
TITLES = ["CEO", "VP Marketing", "Director of Sales", "Marketing Manager", "Analyst", "Head of Growth",
          "CTO", "Account Manager"]
INDUSTRIES = ["software", "fintech", "health", "retail", "travel"]
COUNTRIES = ["US", "DE", "GB", "FR", "BR"]
ASSETS = ["bank", "clinic", "shop"]
PAGES = ["/", "/product", "/pricing", "/blog/growth", "/blog/crm", "/about"]


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
    """One contact: events at growing times."""

    def __init__(self, rng, number):
        self.rng, self.number, self.events = rng, number, []
        self.contact = f"lead-{number:03d}"
        self.at = START + timedelta(minutes=rng.below(60 * 24 * 60))

    def later(self, hours):
        """Time passes: between a quarter and five quarters of so many hours."""
        self.at += timedelta(minutes=hours * 15 + self.rng.below(hours * 60 + 1),
                             milliseconds=self.rng.below(1000))

    def add(self, kind, **props):
        event = {"contact": self.contact, "type": kind,
                 "at": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                 "id": f"{self.number:03d}-{len(self.events):02d}"}
        if props:
            event["props"] = props
        self.events.append((self.at, event))

    def sign_up(self):
        rng = self.rng
        name = rng.pick(FIRST)
        email = f"{name.lower()}{self.number}@example.com"
        if rng.chance(5):
            email = f"{name.lower()} at example"  # somebody mistyped
        self.add("$consent", channel="email", status="granted", source="signup form")
        self.add("$update", fields={"email": email, "first_name": name})
        self.add("signup", source=rng.pick(["newsletter", "webinar", "partner"]))

    def tell_company(self):
        rng = self.rng
        self.add("$update", fields={"title": rng.pick(TITLES), "company": f"Company {self.number}",
                                    "company_size": rng.pick([8, 35, 80, 240, 900, 5000]),
                                    "industry": rng.pick(INDUSTRIES), "country": rng.pick(COUNTRIES)})
        self.add("form_submit", form="guide")

    def browse(self, visits):
        for _ in range(visits):
            self.later(30)
            self.add("visit", page=self.rng.pick(PAGES))
            if self.rng.chance(40):
                self.later(20)
                self.add("email_open", template="welcome_2")
                if self.rng.chance(50):
                    self.add("email_click", template="welcome_2", url="https://example.com/quick-win")

    def show_interest(self):
        self.later(40)
        self.add("case_study_download", asset=self.rng.pick(ASSETS))
        if self.rng.chance(50):
            self.later(60)
            self.add("webinar_registration")
            self.later(70)
            self.add("webinar_attended")
        self.later(24)
        self.add("visit", page="/pricing")

    def buy(self):
        self.later(30)
        self.add(self.rng.pick(["demo_request", "trial_signup"]))
        self.later(20)
        self.add("sales_accepted", rep=self.rng.pick(["amy", "bob"]))
        self.later(120)
        self.add("deal_created", value=float(1000 * (1 + self.rng.below(40))))
        self.later(300)
        if self.rng.chance(60):
            self.add("deal_won", value=float(1000 * (1 + self.rng.below(40))))
            if self.rng.chance(40):
                self.later(400)
                self.add("referral")
        else:
            self.add("deal_lost", reason="no_budget")

    def run(self):
        rng = self.rng
        self.sign_up()
        self.browse(1 + rng.below(4))
        if rng.chance(12):
            self.add("unsubscribe", reason="too many mails")
            self.add("$consent", channel="email", status="denied", source="link")
            return
        if rng.chance(75):
            self.tell_company()
            self.browse(rng.below(4))
        if rng.chance(60):
            self.show_interest()
            if rng.chance(70):
                self.buy()
            elif rng.chance(40):
                self.later(24 * 35)  # comes back after a long silence
                self.browse(2)


def main():
    rng = Random(20260105)
    end = START + timedelta(days=DAYS)
    events = []
    for number in range(1, CONTACTS + 1):
        journey = Journey(rng, number)
        journey.run()
        events += [item for item in journey.events if item[0] < end]
    events.sort(key=lambda item: item[0])  # stable: one contact's events keep their order
    for _, event in events:
        sys.stdout.write(json.dumps(event, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
