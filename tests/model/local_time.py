# SPDX-License-Identifier: MIT
"""Local times for the model (SPEC 9.1, 9.3, 9.5): naive, from Python's own zones. A local time is a number of milliseconds
like any other time, as if the clock on the wall were in UTC."""
import functools
import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

DAY = 86400000
DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
EPOCH = datetime(1970, 1, 1)
LAST = 253402300799999
UTC = ZoneInfo('UTC')


@functools.lru_cache(None)
def zone(name):
    """None: there is no such zone"""
    if not re.fullmatch(r'[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*', name):
        return None
    try:
        return ZoneInfo(name)
    except Exception:
        return None


def ms(delta):
    return (delta.days * 86400 + delta.seconds) * 1000 + delta.microseconds // 1000


@functools.lru_cache(100000)
def local(zone, t):
    moment = EPOCH.replace(tzinfo=timezone.utc) + timedelta(milliseconds=t)
    return t + ms(moment.astimezone(zone).utcoffset())


@functools.lru_cache(100000)
def instant(zone, wall):
    """of a local time: with the offset before what is skipped, the first of what comes twice (which is fold=0)"""
    return wall - ms((EPOCH + timedelta(milliseconds=wall)).replace(tzinfo=zone).utcoffset())


@functools.lru_cache(100000)
def exists(zone, day):
    """does a zone have that local day at all?"""
    return any(local(zone, instant(zone, day * DAY + x)) == day * DAY + x for x in range(0, DAY, 900000))


def clock(text):
    """"09:30" in milliseconds"""
    return (int(text[:2]) * 60 + int(text[3:])) * 60000


def wanted(zone, day, on):
    return DAYS[(day + 3) % 7] in on and exists(zone, day)


def day_wait(zone, start, days, rule):
    """N days from `start`, with `at` and `on` in the rule or without"""
    if 'at' not in rule and 'on' not in rule:
        return start + days * DAY
    wall = local(zone, start)
    day, of_day = wall // DAY + days, wall % DAY
    if 'at' in rule:
        of_day = clock(rule['at'])
    while not wanted(zone, day, rule.get('on', DAYS)):
        day += 1
    return instant(zone, day * DAY + of_day)


def not_before(zone, end, rule):
    """the first local time of a rule (`at`, `on`) that is not before `end`"""
    if 'at' not in rule and 'on' not in rule:
        return end
    wall, on = local(zone, end), rule.get('on', DAYS)
    if 'at' not in rule:
        return end if DAYS[(wall // DAY + 3) % 7] in on else day_wait(zone, end, 1, rule)
    day = wall // DAY - 2
    while not (wanted(zone, day, on) and instant(zone, day * DAY + clock(rule['at'])) >= end):
        day += 1
    return instant(zone, day * DAY + clock(rule['at']))


@functools.lru_cache(10000)
def intervals_(zone, day, from_, to, on):
    out = []
    for d in range(day - 3, day + 3):
        if wanted(zone, d, on):
            a, b = clock(from_), clock(to)
            out.append((instant(zone, d * DAY + a), instant(zone, (d if b > a else d + 1) * DAY + b)))
    return out


def intervals(zone, day, rule):
    """[open, close) of a window (`days`, `from`, `to`) that open on days about this one"""
    return intervals_(zone, day, rule.get('from', '00:00'), rule.get('to', '24:00'), tuple(rule.get('days', DAYS)))


def within(zone, t, rule):
    return any(a <= t < b for a, b in intervals(zone, local(zone, t) // DAY, rule))


def opens(zone, t, window, quiet):
    """the first moment not before `t` in the window (or None) and in none of the quiet hours; None: there is none"""
    def good(x):
        return (window is None or within(zone, x, window)) and not any(within(zone, x, q) for q in quiet)
    if good(t):
        return t
    for day in range(local(zone, t) // DAY, local(zone, t) // DAY + 40):
        edges = [a for a, _ in intervals(zone, day, window)] if window else []
        edges += [b for q in quiet for _, b in intervals(zone, day, q)]
        for x in sorted(edges):
            if x > t and good(x):
                return x
    return None


def period(zone, t, per):
    """the calendar period (`day`, `week`, `month`) in which t lies: [begin, end)"""
    day = local(zone, t) // DAY
    if per == 'day':
        first, after = day, day + 1
    elif per == 'week':
        first = day - (day + 3) % 7
        after = first + 7
    else:
        date = EPOCH + timedelta(days=day)
        first = day - date.day + 1
        next_month = (EPOCH + timedelta(days=first + 31)).replace(day=1)
        after = (next_month - EPOCH).days
    return instant(zone, first * DAY), instant(zone, after * DAY)
