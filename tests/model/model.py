#!/usr/bin/env python3
"""A slow reference model of leadflow, written from SPEC.md alone.

    python3 tests/model/model.py BLUEPRINT EVENTS [--until T]

prints the effects (sorted by time, then contact) and then one line per contact, as NDJSON, without
`key`, `cause`, rendered messages and `next_wake`.

It keeps every event of a contact for ever and computes every score from the formulae of SPEC 6 each
time it is asked. Time is found naively too: all instants at which anything could change are
collected, and the rounds of SPEC 13 are run at each of them.
"""
import bisect
import copy
import hashlib
import json
import os
import re
import sys
from datetime import datetime, timezone, timedelta
from decimal import Decimal, getcontext, ROUND_HALF_UP, ROUND_FLOOR

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import local_time  # noqa: E402

# ------------------------------------------------------------------ small things

DAYS = local_time.DAYS
UNITS = {'w': 604800000, 'd': 86400000, 'h': 3600000, 'm': 60000, 's': 1000, 'ms': 1}


def duration(s):
    sign = 1
    if s.startswith('-'):
        sign, s = -1, s[1:]
    total = 0
    for n, u in re.findall(r'(\d+)(ms|w|d|h|m|s)', s):
        total += int(n) * UNITS[u]
    return sign * total


EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def parse_time(s):
    if re.fullmatch(r'-?\d+', s):
        return int(s)
    m = re.fullmatch(r'(.{19})(\.\d+)?(Z|[+-]\d\d:\d\d)', s)
    d = datetime.fromisoformat(m.group(1)).replace(tzinfo=timezone.utc) - EPOCH
    ms = (d.days * 86400 + d.seconds) * 1000
    if m.group(2):
        ms += int((m.group(2)[1:] + '000')[:3])
    if m.group(3) != 'Z':
        o = m.group(3)
        off = (int(o[1:3]) * 60 + int(o[4:6])) * 60000
        ms -= off if o[0] == '+' else -off
    return ms


def format_time(ms):
    if ms > 253402300799999:
        return '9999-12-31T23:59:59.999Z'
    d = EPOCH + timedelta(milliseconds=ms)
    return '%04d' % d.year + d.strftime('-%m-%dT%H:%M:%S.') + '%03dZ' % (ms % 1000)


def milli(x):
    """a JSON number of points as milli-points"""
    return int((Decimal(str(x)) * 1000).to_integral_value())


def ppm(s):
    return int((Decimal(s[:-1]) * 10000).to_integral_value())


def aslist(x):
    return x if isinstance(x, list) else [x]


# ------------------------------------------------------------------ expressions (a part of CEL)

class CelError(Exception):
    pass


class TS:
    """a timestamp value"""
    def __init__(self, ms):
        self.ms = ms

    def __eq__(self, o):
        return isinstance(o, TS) and o.ms == self.ms

    def __hash__(self):
        return hash(self.ms)


TOKEN = re.compile(r'''\s*(?:(?P<num>\d+\.\d+|\d+)|(?P<id>[A-Za-z_]\w*)|(?P<str>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")'''
                   r'''|(?P<op>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:()\[\].,]))''')


class Parser:
    def __init__(self, text):
        self.toks = []
        i = 0
        text = text.rstrip()
        while i < len(text):
            m = TOKEN.match(text, i)
            if not m:
                raise ValueError('cannot read expression: ' + text[i:])
            self.toks.append((m.lastgroup, m.group(m.lastgroup)))
            i = m.end()
        self.toks.append(('end', ''))
        self.i = 0

    def peek(self):
        return self.toks[self.i][1] if self.toks[self.i][0] in ('op', 'id', 'end') else None

    def accept(self, *ops):
        k, v = self.toks[self.i]
        if k in ('op', 'id') and v in ops:
            self.i += 1
            return v
        return None

    def expect(self, op):
        if not self.accept(op):
            raise ValueError('expected %s, got %r' % (op, self.toks[self.i]))

    def parse(self):
        e = self.ternary()
        if self.toks[self.i][0] != 'end':
            raise ValueError('left over: %r' % (self.toks[self.i:],))
        return e

    def ternary(self):
        c = self.lor()
        if self.accept('?'):
            a = self.lor()
            self.expect(':')
            return ('?', c, a, self.ternary())
        return c

    def lor(self):
        a = self.land()
        while self.accept('||'):
            a = ('||', a, self.land())
        return a

    def land(self):
        a = self.rel()
        while self.accept('&&'):
            a = ('&&', a, self.rel())
        return a

    def rel(self):
        a = self.add()
        while True:
            op = self.accept('==', '!=', '<=', '>=', '<', '>', 'in')
            if not op:
                return a
            a = (op, a, self.add())

    def add(self):
        a = self.mul()
        while True:
            op = self.accept('+', '-')
            if not op:
                return a
            a = (op, a, self.mul())

    def mul(self):
        a = self.unary()
        while True:
            op = self.accept('*', '/', '%')
            if not op:
                return a
            a = (op, a, self.unary())

    def unary(self):
        if self.accept('!'):
            return ('!', self.unary())
        if self.accept('-'):
            return ('neg', self.unary())
        return self.post()

    def post(self):
        a = self.prim()
        while True:
            if self.accept('.'):
                name = self.toks[self.i][1]
                self.i += 1
                if self.accept('('):
                    a = ('method', name, a, self.args())
                else:
                    a = ('.', a, name)
            elif self.accept('['):
                b = self.ternary()
                self.expect(']')
                a = ('[]', a, b)
            else:
                return a

    def args(self):
        out = []
        if self.accept(')'):
            return out
        while True:
            out.append(self.ternary())
            if self.accept(')'):
                return out
            self.expect(',')

    def prim(self):
        k, v = self.toks[self.i]
        self.i += 1
        if k == 'num':
            return ('lit', float(v) if '.' in v else int(v))
        if k == 'str':
            return ('lit', re.sub(r'\\(.)', r'\1', v[1:-1]))
        if k == 'id':
            if v == 'true':
                return ('lit', True)
            if v == 'false':
                return ('lit', False)
            if self.accept('('):
                return ('call', v, self.args())
            return ('name', v)
        if v == '(':
            e = self.ternary()
            self.expect(')')
            return e
        if v == '[':
            out = []
            if self.accept(']'):
                return ('list', out)
            while True:
                out.append(self.ternary())
                if self.accept(']'):
                    return ('list', out)
                self.expect(',')
        raise ValueError('unexpected %r' % v)


EXPRS = {}


def expr(text):
    if text not in EXPRS:
        EXPRS[text] = Parser(text).parse()
    return EXPRS[text]


def walk(ast):
    if isinstance(ast, tuple):
        yield ast
        for x in ast:
            yield from walk(x)
    elif isinstance(ast, list):
        for x in ast:
            yield from walk(x)


WITH_DURATION = ('count', 'within', 'idle', 'in_state', 'age')


def durations_in(ast):
    for n in walk(ast):
        if n and n[0] == 'call' and n[1] in WITH_DURATION:
            yield duration(n[2][-1][1])


def names_in(ast, base):
    """the x of every base.x"""
    for n in walk(ast):
        if n and n[0] == '.' and n[1] == ('name', base):
            yield n[2]


class Eval:
    """One evaluation: contact, time t, the event at hand or none, further names."""

    def __init__(self, c, t, event=None, timed_out=None, only_event=False):
        self.c, self.t, self.event, self.timed_out = c, t, event, timed_out
        self.only_event = only_event

    def true(self, text):
        try:
            return self.ev(expr(text)) is True
        except CelError:
            return False

    def value(self, text):
        return self.ev(expr(text))

    def ev(self, n):
        k = n[0]
        if k == 'lit':
            return n[1]
        if k in ('&&', '||'):
            stop = (k == '||')
            err = None
            for x in n[1:]:
                try:
                    v = self.ev(x)
                    if v is stop:
                        return stop
                    if not isinstance(v, bool):
                        err = CelError('no such overload')
                except CelError as e:
                    err = e
            if err:
                raise err
            return not stop
        if k == '?':
            v = self.ev(n[1])
            if not isinstance(v, bool):
                raise CelError('no such overload')
            return self.ev(n[2] if v else n[3])
        if k == '!':
            v = self.ev(n[1])
            if not isinstance(v, bool):
                raise CelError('no such overload')
            return not v
        if k == 'neg':
            return -self.number(self.ev(n[1]))
        if k == 'list':
            return [self.ev(x) for x in n[1]]
        if k == 'name':
            return self.name(n[1])
        if k == '.':
            if n[1][0] == 'name':
                return self.member(n[1][1], n[2])
            if n[1][0] == '.' and n[1][1] == ('name', 'dimension'):
                return self.c.score_now(n[1][2])[1][n[2]] // 1000
            raise CelError('no such field')
        if k == 'call':
            return self.call(n[1], n[2])
        if k == 'method':
            return self.method(n[1], self.ev(n[2]), [self.ev(x) for x in n[3]])
        a, b = self.ev(n[1]), self.ev(n[2])
        if k == '==':
            return self.equal(a, b)
        if k == '!=':
            return not self.equal(a, b)
        if k == 'in':
            return any(self.equal(a, x) for x in b)
        if k in ('<', '<=', '>', '>='):
            if isinstance(a, TS) and isinstance(b, TS):
                a, b = a.ms, b.ms
            elif isinstance(a, str) and isinstance(b, str):
                a, b = a.encode(), b.encode()
            elif isinstance(a, bool) and isinstance(b, bool):
                pass
            else:
                self.number(a), self.number(b)
            return {'<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b}[k]
        if k == '+' and isinstance(a, str) and isinstance(b, str):
            return a + b
        if k == '[]':
            if not isinstance(a, list) or not 0 <= b < len(a):
                raise CelError('index')
            return a[b]
        self.number(a), self.number(b)
        whole = isinstance(a, int) and isinstance(b, int)
        if k == '+':
            r = a + b
        elif k == '-':
            r = a - b
        elif k == '*':
            r = a * b
        else:
            if b == 0:
                if whole:
                    raise CelError('division by zero')
                raise CelError('unsupported here')
            if whole:
                q = abs(a) // abs(b)
                q = q if (a < 0) == (b < 0) else -q
                r = q if k == '/' else a - q * b
            else:
                r = a / b
        if whole and not -2**63 <= r < 2**63:
            raise CelError('overflow')
        return r

    @staticmethod
    def number(v):
        if isinstance(v, bool) or not isinstance(v, (int, float)):
            raise CelError('no such overload')
        return v

    @staticmethod
    def equal(a, b):
        if isinstance(a, bool) != isinstance(b, bool):
            return False
        return a == b

    def name(self, x):
        if x == 'suppressed' and not self.only_event:
            return bool(self.c.suppressions)
        if x == 'timed_out' and self.timed_out is not None:
            return self.timed_out
        raise CelError('absent: ' + x)

    def member(self, base, x):
        c = self.c
        if base == 'event':
            if self.event is None:
                raise CelError('no event')
            if x == 'type':
                return self.event['type']
            if x == 'at':
                return TS(self.event['at'])
            if x in self.event['props']:
                v = self.event['props'][x]
                if self.event['bp'].props.get(self.event['type'], {}).get(x) == 'timestamp':
                    return TS(parse_time(v))
                return v
            raise CelError('absent')
        if base == 'contact':
            if x == 'id':
                return c.id
            if x == 'created':
                return TS(c.created)
            if x == 'tags':
                return sorted(c.tags)
            if x in c.fields:
                v = c.fields[x]
                if c.bp.fields[x]['type'] == 'timestamp':
                    return TS(v)
                return v
            raise CelError('absent')
        if base == 'state':
            if x in c.states:
                return c.states[x]
            raise CelError('absent')
        if base == 'score':
            return c.score_now(x)[0] // 1000
        if base == 'band':
            if c.bands.get(x) is None:
                raise CelError('absent')
            return c.bands[x]
        if base == 'segment':
            return x in c.segments
        if base == 'consent':
            return c.consents.get((x, None), [None, 'none'])[1]
        raise CelError('absent: ' + base + '.' + x)

    def call(self, f, args):
        c, t = self.c, self.t
        if f == 'has':
            try:
                self.ev(args[0])
                return True
            except CelError:
                return False
        if f == 'size':
            return len(self.ev(args[0]))
        a = [x[1] if x[0] == 'lit' else None for x in args]
        if f == 'count':
            d = duration(a[1])
            return sum(1 for e in c.history if matches(e, a[0]) and t - d < e['at'] <= t)
        if f == 'ever':
            return any(matches(e, a[0]) and e['at'] <= t for e in c.history)
        if f == 'last':
            ts = [e['at'] for e in c.history if matches(e, a[0]) and e['at'] <= t]
            if not ts:
                raise CelError('never')
            return TS(max(ts))
        if f == 'within':
            d = duration(a[1])
            return any(matches(e, a[0]) and t - d < e['at'] <= t for e in c.history
                       if self.event is None or e['key'] < self.event['key'])
        if f == 'idle':
            d = duration(a[0])
            if t - d < c.created <= t:
                return False
            return not any(e['eng'] and t - d < e['at'] <= t for e in c.history)
        if f == 'in_state':
            if a[0] not in c.since:
                return False
            return t - c.since[a[0]] >= duration(a[1])
        if f == 'age':
            v = self.ev(args[0])
            return t - v.ms >= duration(args[1][1])
        if f == 'tagged':
            return a[0] in c.tags
        if f == 'flagged':
            return a[0] in c.flags
        if f == 'timestamp':
            return TS(parse_time(self.ev(args[0])))
        raise CelError('unknown function ' + f)

    def method(self, f, x, a):
        if f == 'size':
            return len(x)
        if not isinstance(x, str):
            raise CelError('no such overload')
        if f == 'startsWith':
            return x.startswith(a[0])
        if f == 'endsWith':
            return x.endswith(a[0])
        if f == 'contains':
            return a[0] in x
        if f == 'matches':
            return re.search(a[0], x) is not None
        if f == 'lowerAscii':
            return re.sub('[A-Z]', lambda m: m.group().lower(), x)
        if f == 'upperAscii':
            return re.sub('[a-z]', lambda m: m.group().upper(), x)
        raise CelError('unknown method ' + f)


def matches(e, name):
    return e['eng'] if name == '*' else name in e['types']


# ------------------------------------------------------------------ the blueprint

TEN_YEARS = 3650 * 86400000

getcontext().prec = 60
HALF = [int((Decimal(2) ** 31 * (Decimal(2) ** (Decimal(-i) / 256))).to_integral_value(ROUND_HALF_UP))
        for i in range(256)]

POWERS = {}


def power(pp, k):
    """g[k] of SPEC 6.2"""
    g = POWERS.setdefault(pp, [2**31])
    while len(g) <= k:
        if len(g) > 1 and g[-1] == g[-2]:
            return g[-1]
        g.append((g[-1] * (1000000 - pp) + 500000) // 1000000)
    return g[k]


def decayed(p, decay, a):
    """the magnitude that is left of p milli-points at age a"""
    if not decay:
        return p
    if 'half_life' in decay:
        k = a * 256 // duration(decay['half_life'])
        s = k // 256
        if s >= 32:
            return 0
        return (p * HALF[k % 256] + 2**(30 + s)) >> (31 + s)
    if 'after' in decay:
        return p if a // duration(decay['after']) == 0 else 0
    k = a // duration(decay['every'])
    if isinstance(decay['lose'], str):
        return (p * power(ppm(decay['lose']), k) + 2**30) >> 31
    return max(0, p - k * milli(decay['lose']))


def decay_step(decay):
    """numerator and denominator of the length of one step"""
    if 'half_life' in decay:
        return duration(decay['half_life']), 256
    return duration(decay.get('every') or decay['after']), 1


CHANGES = {}


def change_ages(p, decay):
    """all ages at which the value of an entry of p milli-points changes"""
    key = (p, json.dumps(decay, sort_keys=True))
    if key not in CHANGES:
        num, den = decay_step(decay)
        out, k, v = [], 0, p
        while v and k < 20000:
            k += 1
            a = -(-k * num // den)
            x = decayed(p, decay, a)
            if x != v:
                out.append(a)
                v = x
        CHANGES[key] = out
    return CHANGES[key]


def zero_age(p, decay):
    """the age at which p comes to zero, at most ten years"""
    num, den = decay_step(decay)
    k, last = 0, -(-TEN_YEARS * den // num)
    if 'lose' in decay and isinstance(decay['lose'], str):
        pp = ppm(decay['lose'])
        while k <= last and (p * power(pp, k) + 2**30) >> 31:
            if k > 1 and power(pp, k) == power(pp, k - 1):
                return TEN_YEARS
            k += 1
    elif 'lose' in decay:
        k = -(-p // milli(decay['lose']))
    elif 'after' in decay:
        k = 1
    else:
        while (k // 256) < 32 and (p * HALF[k % 256] + 2**(30 + k // 256)) >> (31 + k // 256):
            k += 1
    return min(TEN_YEARS, -(-k * num // den))


class Blueprint:
    def __init__(self, doc):
        self.doc = doc
        self.fields = doc.get('fields', {})
        self.types = doc.get('events', {})
        self.scores = doc.get('scores', {})
        self.machines = doc.get('machines', {})
        self.segments = doc.get('segments', {})
        self.templates = doc.get('templates', {})
        self.sequences = doc.get('sequences', {})
        self.consent_modes = doc.get('consent', {})
        self.caps = {ch: [x for x in xs if 'quiet' not in x] for ch, xs in doc.get('caps', {}).items()}
        self.quiet = {ch: [x['quiet'] for x in xs if 'quiet' in x] for ch, xs in doc.get('caps', {}).items()}
        self.zone = local_time.zone(doc.get('timezone', 'UTC')) or local_time.UTC
        self.zone_fields = [f for f, d in self.fields.items() if d.get('format') == 'timezone']
        # steps and triggers go by priority, then document
        self.sequence_order = sorted(self.sequences, key=lambda q: -self.priority(q))
        intake = doc.get('intake', {})
        self.dedupe = duration(intake.get('dedupe', '7d'))
        self.props = {}
        for n, d in self.types.items():
            if 'is' not in d:
                self.props[n] = d.get('props', {})
        # all conditions, for their durations
        self.conditions = []
        self.collect(doc, None)
        self.durations = sorted({d for t in self.conditions for d in durations_in(expr(t))})
        # horizon
        h = [duration(intake.get('horizon', '90d'))] + [abs(d) for d in self.durations]     # 90 days ahead are 90 days
        for s in self.scores.values():
            if 'idle' in s and 'reset_after' in s['idle']:
                h.append(duration(s['idle']['reset_after']))
            for d in s['dimensions'].values():
                for r in d['rules']:
                    if 'cooldown' in r:
                        h.append(duration(r['cooldown']))
                    if r.get('decay'):
                        h.append(zero_age(abs(milli(r['points'])), r['decay']))
        for q in self.sequences.values():
            if q.get('reentry', 'never') not in ('never', 'always'):
                h.append(duration(q['reentry']))
        for xs in self.caps.values():
            h += [duration(x['per']) for x in xs if x['per'] not in ('day', 'week', 'month')]
        self.horizon = max(h)
        self.segment_order = self.order_segments()
        self.field_order = self.order_fields()
        self.afters = [duration(t['after']) for m in self.machines.values() for t in m['transitions'] if 'after' in t]
        self.dates = [t for q in self.sequences.values() for t in q.get('trigger', []) if 'date' in t]
        for name, q in self.sequences.items():
            self.name_steps(q['steps'], '')

    def priority(self, q):
        return self.sequences[q].get('priority', 0)

    def collect(self, x, key):
        if isinstance(x, dict):
            for k, v in x.items():
                if k in ('when', 'goal', 'until', 'cel', 'derive') and isinstance(v, str):
                    self.conditions.append(v)
                else:
                    self.collect(v, k)
        elif isinstance(x, list):
            for v in x:
                self.collect(v, key)

    def score_conditions(self, s):
        for d in self.scores[s]['dimensions'].values():
            for r in d['rules']:
                if 'on' not in r:
                    for alt in r.get('of', [r]):
                        if 'when' in alt:
                            yield alt['when']

    def order_segments(self):
        need = {}
        for n, s in self.segments.items():
            a = expr(s['when'])
            ds = set(names_in(a, 'segment'))
            scs = set(names_in(a, 'score'))
            for x in walk(a):
                if x and x[0] == '.' and x[1][0] == '.' and x[1][1] == ('name', 'dimension'):
                    scs.add(x[1][2])
            for sc in scs:
                for w in self.score_conditions(sc):
                    ds |= set(names_in(expr(w), 'segment'))
            need[n] = ds
        out = []
        while len(out) < len(need):
            for n in need:
                if n not in out and need[n] <= set(out):
                    out.append(n)
                    break
            else:
                raise ValueError('segments in a circle')
        return out

    def order_fields(self):
        derived = [n for n, f in self.fields.items() if 'derive' in f]
        out = []
        while len(out) < len(derived):
            for n in derived:
                need = {x for x in names_in(expr(self.fields[n]['derive']), 'contact') if x in derived}
                if n not in out and need <= set(out):
                    out.append(n)
                    break
            else:
                raise ValueError('derived fields in a circle')
        return out

    def name_steps(self, steps, prefix):
        for i, s in enumerate(steps):
            s['_name'] = s.get('label') or 's' + prefix + str(i)
            for j, arm in enumerate(s.get('branch', s.get('split', []))):
                self.name_steps(arm['steps'], '%s%d.%d.' % (prefix, i, j))


# ------------------------------------------------------------------ a contact

class Refused(Exception):
    pass


NEVER = local_time.LAST + 1     # when a window opens that never does
LIBRARY = b''   # the place of a change by the library among events of one time


class Contact:
    def __init__(self, bp, cid):
        self.bp, self.id = bp, cid
        self.created = None
        self.idle_created = None
        self.clock = None
        self.history = []        # all events
        self.entries = {}        # (score, dimension, rule number): [{'at','key','per','late'}]
        self.ids = []            # (id, at)
        self.fields, self.field_key = {}, {}
        self.tags, self.tag_key = set(), {}
        self.flags = set()
        self.suppressions = set()
        self.suppress_key = {}
        self.consents = {}       # (channel, topic): [key, status]
        self.states, self.since = {}, {}
        self.held = {}           # machine: set of transition numbers
        self.bands = {}
        self.segments = set()
        self.enrolments = {}     # sequence: dict
        self.ever_enrolled = set()
        self.last_exit = {}
        self.dates_come = {}        # (sequence, what it waits for): the value whose moment has come
        self.held_triggers = {}     # (sequence, condition): did it hold when it was last looked at?
        self.pending = []           # messages outside sequences that wait
        self.sends = []             # (time, channel, class) of each that counts for caps
        self.effects = []
        self.version = 0
        self.cache = {}
        self.arrivals = 0
        self.late_reports = 0

    def __deepcopy__(self, memo):
        new = copy.copy(self)
        for k, v in self.__dict__.items():
            if k not in ('bp', 'effects', 'history'):
                setattr(new, k, copy.deepcopy(v, memo))
        new.history = list(self.history)
        new.effects = list(self.effects)
        return new

    # ---------------------------------------------------------------- effects

    def effect(self, kind, **m):
        e = {'at': format_time(self.clock), 'contact': self.id, 'kind': kind}
        e.update(m)
        self.effects.append(e)
        self.change()

    def change(self):
        self.version += 1
        self.changed = True

    # ---------------------------------------------------------------- scores (6.1 to 6.4)

    def score_now(self, s):
        k = (s, self.clock, self.version)
        if self.cache.get(s, (None,))[0] != k:
            self.cache[s] = (k, self.score_at(s, self.clock))
        return self.cache[s][1]

    def counted(self, rule, entries, t):
        """cooldown and max_count choose the entries"""
        groups = {}
        for e in sorted((e for e in entries if e['at'] <= t), key=lambda e: e['key']):
            groups.setdefault(e['per'], []).append(e)
        out = []
        for g in groups.values():
            chosen, last = [], None
            for e in g:
                if e['late']:
                    chosen.append(e)
                elif 'cooldown' not in rule or last is None or e['at'] - last >= duration(rule['cooldown']):
                    chosen.append(e)
                    last = e['at']
            if 'max_count' in rule:
                chosen = chosen[-rule['max_count']:]
            out += chosen
        return out

    def score_at(self, s, t):
        """(total, {dimension: milli-points}) at time t"""
        sc = self.bp.scores[s]
        idle = sc.get('idle')
        eng = sorted({e['at'] for e in self.history if e['eng'] and not e['late'] and e['at'] <= t})
        marks = list(eng)
        if not marks or self.idle_created < marks[0]:
            marks.insert(0, self.idle_created)
        reset = None
        if idle:
            every = duration(idle.get('every', '3650d'))     # with reset_after alone nothing fades
            pp = ppm(idle.get('lose', '0%'))

            def lost(x):
                w = 0
                for i, a in enumerate(marks):
                    if a > x:
                        break
                    b = marks[i + 1] if i + 1 < len(marks) and marks[i + 1] <= x else x
                    w += (b - a) // every
                return w

            def fade(v, k):
                m = (abs(v) * power(pp, k) + 2**30) >> 31
                return m if v >= 0 else -m
            now_lost = lost(t)
            if 'reset_after' in idle:
                ra = duration(idle['reset_after'])
                for i, a in enumerate(marks):
                    b = marks[i + 1] if i + 1 < len(marks) else t
                    if b - a >= ra:
                        reset = a + ra
        dims = {}
        for dn, d in sc['dimensions'].items():
            total = 0
            for rn, r in enumerate(d['rules']):
                if 'on' in r:
                    p = milli(r['points'])
                    v = 0
                    for e in self.counted(r, self.entries.get((s, dn, rn), []), t):
                        if reset is not None and e['at'] < reset:
                            continue
                        x = decayed(abs(p), r.get('decay'), t - e['at'])
                        if idle:
                            x = fade(x, now_lost - lost(e['at']))
                        v += x if p >= 0 else -x
                    if 'max_points' in r:
                        m = milli(r['max_points'])
                        v = min(v, m) if p >= 0 else max(v, -m)
                else:
                    v = self.field_rule(r, t)
                    if idle:
                        v = fade(v, (t - marks[-1]) // every)
                total += v
            dims[dn] = max(milli(d.get('min', 0)), total)
            if 'max' in d:
                dims[dn] = min(milli(d['max']), dims[dn])
        total = max(milli(sc.get('min', 0)), sum(dims.values()))
        if 'max' in sc:
            total = min(milli(sc['max']), total)
        if idle:
            since = [e for e in eng if reset is None or e >= reset]
            if 'floor' in idle and since:
                total = max(total, milli(idle['floor']))
            if reset is not None and not since:
                total = 0
        return total, dims

    def field_rule(self, r, t):
        alts = [r] if 'of' not in r else r['of']
        held = [milli(a['points']) for a in alts if 'when' not in a or Eval(self, t).true(a['when'])]
        if not held:
            return 0
        pick = r.get('pick', 'first')
        return {'first': lambda: held[0], 'best': lambda: max(held), 'all': lambda: sum(held)}[pick]()

    def band_now(self, s):
        sc = self.bp.scores[s]
        total = self.score_now(s)[0]
        cand = next((b for b in sc['bands'] if milli(b['from']) <= total), None)
        cur = self.bands.get(s)
        if cur is not None:
            b = next(b for b in sc['bands'] if b['name'] == cur)
            if 'until' in b and total >= milli(b['until']) and not (cand and milli(cand['from']) > milli(b['from'])):
                return cur
        return cand and cand['name']

    # ---------------------------------------------------------------- taking an event

    def take(self, ev):
        """ev: type, at, id, props. 'taken', 'duplicate', 'refused'"""
        if ev['id'] is not None and self.clock is not None:
            for i, at in self.ids:
                if i == ev['id'] and at > self.clock - self.bp.dedupe and abs(ev['at'] - at) < self.bp.dedupe:
                    return 'duplicate'
        saved = copy.deepcopy(self) if ev['type'] in ('$move', '$update', '$step') else None
        try:
            self.take_(ev)
            return 'taken'
        except Refused:
            self.__dict__.update(saved.__dict__)
            return 'refused'

    def take_(self, ev):
        bp = self.bp
        new = self.clock is None
        if new:
            self.clock = ev['at']
        else:
            self.catch_up(ev['at'])
            self.clock = max(self.clock, ev['at'])
        self.arrivals += 1
        e = dict(ev, bp=bp)
        e['key'] = (ev['at'], ev['type'].encode(), (ev['id'] or '').encode(), self.arrivals)
        e['late'] = not new and ev['at'] < self.clock - bp.horizon
        self.late_reports += e['late']
        e['types'] = {ev['type']}
        for n, d in bp.types.items():
            if 'is' in d and d['is'] in e['types'] and Eval(self, ev['at'], e, only_event=True).true(d['when']):
                e['types'].add(n)
        e['eng'] = any(bp.types.get(n, {}).get('engagement') for n in e['types'])
        # place it
        self.version += 1
        self.history.append(e)
        self.created = e['at'] if new else min(self.created, e['at'])
        if not e['late']:
            self.idle_created = e['at'] if new else min(self.idle_created, e['at'])
        if ev['id'] is not None:
            self.ids.append((ev['id'], ev['at']))
        self.place_changes(e, new)
        for s, sc in bp.scores.items():
            for dn, d in sc['dimensions'].items():
                for rn, r in enumerate(d['rules']):
                    if 'on' not in r or not e['types'] & set(aslist(r['on'])):
                        continue
                    if 'when' in r and not Eval(self, e['at'], e).true(r['when']):
                        continue
                    per = None
                    if 'per' in r:
                        try:
                            per = Eval(self, e['at'], e).value(r['per'])
                        except CelError:
                            per = None
                    self.entries.setdefault((s, dn, rn), []).append(
                        {'at': e['at'], 'key': e['key'], 'per': per, 'late': e['late']})
        self.version += 1
        self.moves = {}
        self.jumps = {}
        self.loop_fault = set()
        if new:
            self.entered = {'state': set(), 'segment': set(), 'segment_left': set(), 'band': set()}
            for m, d in bp.machines.items():
                if m not in self.states:
                    self.enter(m, None, d['initial'], None, None, [])
        self.rounds(e, fresh=not new)

    def place_changes(self, e, new):
        t, p, bp = e['type'], e['props'], self.bp
        if t == '$update':
            for f, v in p['fields'].items():
                if not self.fits(f, v) and self.bp.fields[f].get('on_invalid', 'reject') == 'reject':
                    raise Refused()     # whenever it comes
            for f, v in p['fields'].items():
                if f in self.field_key and self.field_key[f] > e['key']:
                    continue
                if self.check_field(f, v):
                    self.field_key[f] = e['key']
        elif t == '$tag':
            for x in p.get('add', []):
                if self.tag_key.get(x, e['key']) <= e['key']:
                    self.tag_key[x] = e['key']
                    self.set_tag(x, True)
            for x in p.get('remove', []):
                if self.tag_key.get(x, e['key']) <= e['key']:
                    self.tag_key[x] = e['key']
                    self.set_tag(x, False)
        elif t == '$consent':
            k = (p['channel'], p.get('topic'))
            key = (e['at'], p['status'] == 'denied') + e['key'][1:]
            if k not in self.consents or key > self.consents[k][0]:
                self.consents[k] = [key, p['status']]
        elif t == '$suppress':
            key = e['key']
            if key > self.suppress_key.get(p['reason'], ()):
                self.suppress_key[p['reason']] = key
                self.suppress(p['reason'], not p.get('lift', False))
        elif t == '$step' and not self.find_label(bp.sequences[p['sequence']]['steps'], p['to']):
            raise Refused()
        self.derive()
        self.check_required()

    def fits(self, f, v):
        d = self.bp.fields[f]
        ok = v is None or {'string': lambda: isinstance(v, str), 'bool': lambda: isinstance(v, bool),
                           'int': lambda: isinstance(v, int) and not isinstance(v, bool),
                           'double': lambda: isinstance(v, (int, float)) and not isinstance(v, bool),
                           'timestamp': lambda: isinstance(v, (str, int)) and not isinstance(v, bool),
                           'list': lambda: isinstance(v, list) and all(isinstance(x, str) for x in v)}[d['type']]()
        if ok and v is not None and d.get('format') == 'email':     # no more of it than mistyping needs
            ok = re.fullmatch(r'[^@\s]+@[^@\s]+\.[^@\s]+', v) is not None
        return ok

    def check_field(self, f, v):
        """does the value count? one that is kept out leaves what was newest before"""
        how = self.bp.fields[f].get('on_invalid', 'reject')
        if self.fits(f, v):
            self.put_field(f, v)
        elif how == 'clear':
            self.put_field(f, None)
        elif how == 'flag':
            self.set_flag('invalid_' + f, True)
            return False
        else:
            self.suppress('invalid', True)
            return False
        return True

    def put_field(self, f, v):
        if v is None:
            self.fields.pop(f, None)
        elif self.bp.fields[f]['type'] == 'timestamp' and isinstance(v, str):
            self.fields[f] = parse_time(v)
        else:
            self.fields[f] = v
        self.change()

    def derive(self):
        for f in self.bp.field_order:
            try:
                v = Eval(self, self.clock).value(self.bp.fields[f]['derive'])
            except CelError:
                v = None
            if self.fields.get(f) != v:
                self.put_field(f, v)

    def check_required(self):
        req = [f for f, d in self.bp.fields.items() if d.get('required')]
        if req:
            self.set_flag('incomplete', any(f not in self.fields for f in req))
        if self.bp.zone_fields:
            self.set_flag('unknown_timezone', any(f in self.fields and not local_time.zone(self.fields[f])
                                                  for f in self.bp.zone_fields))

    def zone(self):
        named = self.bp.zone_fields and self.fields.get(self.bp.zone_fields[0])
        return named and local_time.zone(named) or self.bp.zone

    def set_tag(self, x, on):
        if (x in self.tags) != on:
            (self.tags.add if on else self.tags.discard)(x)
            self.effect('tag', name=x, added=on)

    def library_tag(self, x, on):
        self.tag_key[x] = (self.clock, LIBRARY, LIBRARY, 0)
        self.set_tag(x, on)

    def set_flag(self, x, on):
        if (x in self.flags) != on:
            (self.flags.add if on else self.flags.discard)(x)
            self.effect('flag', name=x, added=on)

    def suppress(self, x, on):
        if (x in self.suppressions) != on:
            (self.suppressions.add if on else self.suppressions.discard)(x)
            self.effect('suppress', name=x, added=on)

    # ---------------------------------------------------------------- time

    def signature(self):
        out = []
        for s, sc in self.bp.scores.items():
            total, dims = self.score_now(s)
            out.append((total // 1000, tuple(v // 1000 for v in dims.values()), self.band_now(s) if sc.get('bands') else None))
        return out

    def score_moments(self):
        """the next moment after the clock at which a score may change of itself"""
        t, best = self.clock, None
        marks = [self.idle_created] + [e['at'] for e in self.history if e['eng'] and not e['late']]
        last = max(marks)
        for s, sc in self.bp.scores.items():
            if 'idle' in sc:
                i = sc['idle']
                ev = duration(i.get('every', '3650d'))
                pp, k = ppm(i.get('lose', '0%')), (t - last) // ev
                newest = max([last] + [e['at'] for key, es in self.entries.items() if key[0] == s for e in es])
                lived = k - (newest - last) // ev
                c = [last + (k + 1) * ev] if power(pp, lived) != power(pp, lived + 1) else []
                if 'reset_after' in i and last + duration(i['reset_after']) > t:
                    c.append(last + duration(i['reset_after']))
                for x in c:
                    best = x if best is None else min(best, x)
            for dn, d in sc['dimensions'].items():
                for rn, r in enumerate(d['rules']):
                    if not r.get('decay'):
                        continue
                    ages = change_ages(abs(milli(r['points'])), r['decay'])
                    for at in {e['at'] for e in self.entries.get((s, dn, rn), [])}:
                        i = bisect.bisect_right(ages, t - at)
                        if i < len(ages):
                            x = at + ages[i]
                            best = x if best is None else min(best, x)
        return best

    def other_moments(self):
        """all moments after the clock at which a condition, a wait or an `after` may come due"""
        t, out = self.clock, set()
        base = {e['at'] for e in self.history}
        base.add(self.created)
        base |= set(self.since.values())
        base |= {v for f, v in self.fields.items() if self.bp.fields[f]['type'] == 'timestamp'}
        for d in self.bp.durations:
            for b in base:
                if b + d > t:
                    out.add(b + d)
        for d in self.bp.afters:
            for b in self.since.values():
                if b + d > t:
                    out.add(b + d)
        for trigger in self.bp.dates:
            moment = self.moment(trigger)
            if moment is not None and moment > t:
                out.add(moment)
        waits = [q['wait'] for q in self.enrolments.values() if q['wait'] and not q['paused']]
        for w in waits + self.pending:
            if w['due'] is not None and w['due'] > t:
                out.add(w['due'])
        return sorted(out)

    def catch_up(self, until):
        """everything due up to and including `until`, at the times it was due"""
        version = None
        while self.clock < until:
            if version != self.version:
                version = self.version
                others = self.other_moments()
                sig = self.signature()
            i = bisect.bisect_right(others, self.clock)
            o = others[i] if i < len(others) else None
            s = self.score_moments()
            nxt = min((x for x in (o, s) if x is not None), default=None)
            if nxt is None or nxt > until:
                return
            self.clock = nxt
            if nxt != o and self.signature() == sig:
                continue    # no point and no band that anything could see has changed
            before = self.version
            self.moves = {}
            self.jumps = {}
            self.loop_fault = set()
            self.rounds(None)
            if self.version == before:
                sig = self.signature()

    # ---------------------------------------------------------------- rounds (13)

    def rounds(self, e, fresh=True):
        if fresh:
            self.entered = {'state': set(), 'segment': set(), 'segment_left': set(), 'band': set()}
        self.event_done = set()
        for n in range(1, 33):
            self.changed = False
            ev = e if n == 1 else None
            self.names = []
            for m in self.bp.machines:
                self.machine_phase(m, ev)
            for s in self.bp.segment_order:
                self.segment_phase(s)
            for s, sc in self.bp.scores.items():
                if sc.get('bands'):
                    self.band_phase(s)
            for q in self.bp.sequences:
                self.goal_phase(q, ev)
            for q in self.bp.sequence_order:
                self.trigger_phase(q, ev)
            self.entered = {'state': set(), 'segment': set(), 'segment_left': set(), 'band': set()}
            self.steps_phase()
            if not self.changed:
                return
        self.effect('fault', reason='rounds')

    def steps_phase(self):
        """by priority; messages outside sequences have 0 and go before the sequences of that"""
        first = [q for q in self.bp.sequence_order if self.bp.priority(q) > 0]
        for q in first + [None] + self.bp.sequence_order[len(first):]:
            if q is None:
                self.try_pending()
            elif q in self.enrolments:
                self.run(q)

    # machines

    def enter(self, m, old, new, actor, reason, do):
        states = self.bp.machines[m]['states']
        if old is not None:
            self.actions(states[old].get('exit', []))
        self.actions(do)
        old = self.states.get(m)    # an action may have moved this very machine
        self.states[m] = new
        self.since[m] = self.clock
        self.held[m] = set()
        self.effect('stage', machine=m, **{'from': old}, to=new, actor=actor, reason=reason)
        self.entered['state'].add(m + '.' + new)
        if old is not None and 'tag' in states[old]:
            self.library_tag(states[old]['tag'], False)
        if 'tag' in states[new]:
            self.library_tag(states[new]['tag'], True)
        self.actions(states[new].get('enter', []))

    def may_move(self, m):
        """one of the 16 of this machine and instant"""
        if self.moves.get(m, 0) >= 16:
            if m not in self.loop_fault:
                self.loop_fault.add(m)
                self.effect('fault', reason='loop', machine=m)
            return False
        self.moves[m] = self.moves.get(m, 0) + 1
        return True

    def leads(self, m, t):
        cur = self.states[m]
        if t['from'] == '*':
            return cur != t['to']
        return cur in aslist(t['from'])

    def holds(self, m, t, event):
        if 'on' in t and not (event and event['types'] & set(aslist(t['on']))):
            return False
        if 'after' in t and self.clock - self.since[m] < duration(t['after']):
            return False
        if 'when' in t and not Eval(self, self.clock, event if 'on' in t else None).true(t['when']):
            return False
        return True

    def machine_phase(self, m, event):
        ts = self.bp.machines[m]['transitions']
        if event and event['type'] == '$move' and event['props']['machine'] == m:
            p = event['props']
            for t in ts:
                if t.get('manual') and t['to'] == p['to'] and self.leads(m, t) and self.holds(m, t, event):
                    break
            else:
                raise Refused()
            self.may_move(m)
            self.enter(m, self.states[m], t['to'], p.get('actor'), p.get('reason'), t.get('do', []))
            here = self.states[m]
            self.held[m] = {i for i, t in enumerate(ts) if 'when' in t and 'on' not in t and 'after' not in t
                            and not t.get('manual') and self.leads(m, t) and self.holds(m, t, None)}
            event = None
        while True:
            for i in list(self.held[m]):
                if not self.holds(m, ts[i], None):
                    self.held[m].discard(i)
            for i, t in enumerate(ts):
                if not t.get('manual') and i not in self.held[m] and self.leads(m, t) and self.holds(m, t, event):
                    break
            else:
                return
            if not self.may_move(m):
                return
            self.enter(m, self.states[m], t['to'], None, None, t.get('do', []))
            event = None

    # segments and bands

    def segment_phase(self, s):
        d = self.bp.segments[s]
        now = Eval(self, self.clock).true(d['when'])
        if now == (s in self.segments):
            return
        (self.segments.add if now else self.segments.discard)(s)
        self.effect('segment', segment=s, entered=now)
        self.entered['segment' if now else 'segment_left'].add(s)
        if 'tag' in d:
            self.library_tag(d['tag'], now)

    def band_phase(self, s):
        b = self.band_now(s)
        old = self.bands.get(s)
        if b != old:
            self.bands[s] = b
            self.effect('band', score=s, **{'from': old}, to=b, points=self.score_now(s)[0] // 1000)
            if b is not None:
                self.entered['band'].add(s + '.' + b)

    # sequences

    def goal(self, q):
        g = self.bp.sequences[q].get('goal')
        return g is not None and self.seq_eval(q).true(g)

    def seq_eval(self, q, event=None):
        e = self.enrolments.get(q)
        return Eval(self, self.clock, event, timed_out=bool(e and e['timed_out']))

    def when_exit(self, q):
        return any('when' in x and 'event' not in x and self.seq_eval(q).true(x['when'])
                   for x in self.bp.sequences[q].get('exit', []))

    def leave(self, q, step, reason):
        del self.enrolments[q]
        self.last_exit[q] = self.clock
        self.effect('exited', sequence=q, step=step, reason=reason)
        if reason != 'preempted':
            self.next_of_group(q)

    # groups (9.1) and what is done by hand (9.6)

    def of_group(self, q):
        """the others of its group, the highest first"""
        group = self.bp.sequences[q].get('group')
        return [x for x in self.bp.sequence_order if group is not None and x != q and x in self.enrolments and
                self.bp.sequences[x].get('group') == group]

    def next_of_group(self, q):
        """one has left: who was held for it goes on"""
        others = self.of_group(q)
        if others and all('group' in self.enrolments[x]['paused'] for x in others):
            self.resume(others[0], 'group')

    def place_in_group(self, q):
        """False: somebody is in its way"""
        for x in self.of_group(q):
            if 'group' in self.enrolments[x]['paused']:
                continue
            if self.bp.priority(q) <= self.bp.priority(x):
                return False
            if self.bp.sequences[x].get('on_preempt', 'exit') == 'pause':
                self.pause(x, 'group')
            else:
                self.leave(x, self.step_name(x), 'preempted')
        return True

    def pause(self, q, by):
        e = self.enrolments[q]
        if not e['paused']:
            e['paused_at'] = self.clock
        if by not in e['paused']:
            e['paused'].add(by)
            self.change()

    def resume(self, q, by):
        e = self.enrolments[q]
        if by not in e['paused']:
            return
        e['paused'].discard(by)
        self.change()
        if e['paused']:
            return
        length = self.clock - e['paused_at']
        e['start'] += length
        w = e['wait']
        if w:
            w['begun'] += length
            if w['kind'] == 'held':
                w['due'] = self.clock
            else:
                self.plan(q, w)

    def by_hand(self, q, event):
        p, e = event['props'], self.enrolments[q]
        if event['type'] == '$cancel':
            self.leave(q, self.step_name(q), 'cancelled')
        elif event['type'] == '$pause':
            self.pause(q, 'hand')
        elif event['type'] == '$resume':
            self.resume(q, 'hand')
        elif event['type'] == '$step':
            e['at'], e['wait'] = self.find_label(self.bp.sequences[q]['steps'], p['to']), None
            self.change()

    def at_step(self, q):
        """the step it stands at; None at the end"""
        e = self.enrolments[q]
        return e['at'][-1][0][e['at'][-1][1]] if e['at'] else None

    def settle(self, q):
        """leave finished lists of steps"""
        at = self.enrolments[q]['at']
        while at and at[-1][1] >= len(at[-1][0]):
            at.pop()
            if at:
                at[-1][1] += 1

    def step_name(self, q):
        s = self.at_step(q)
        return s and s['_name']

    def goal_phase(self, q, event):
        if q not in self.enrolments:
            return
        if self.goal(q):
            self.leave(q, self.step_name(q), 'converted')
            return
        for x in self.bp.sequences[q].get('exit', []):
            if 'event' in x:
                hit = event and event['types'] & set(aslist(x['event'])) and (
                    'when' not in x or self.seq_eval(q, event).true(x['when']))
            else:
                hit = self.seq_eval(q).true(x['when'])
            if hit:
                self.leave(q, self.step_name(q), 'exited')
                return
        if event and event['type'] in ('$cancel', '$pause', '$resume', '$step') and event['props']['sequence'] == q:
            self.by_hand(q, event)

    def enrol(self, q, trigger, force=False):
        d = self.bp.sequences[q]
        if q in self.enrolments:
            return False
        r = d.get('reentry', 'never')
        if not force:
            if r == 'never' and q in self.ever_enrolled:
                return False
            if r not in ('never', 'always') and q in self.last_exit and self.clock - self.last_exit[q] < duration(r):
                return False
        if self.goal(q) or self.when_exit(q) or not self.place_in_group(q):
            return False
        self.ever_enrolled.add(q)
        # behind: how much later it is than it would be without holds; days: of the last day wait that it has been through
        self.enrolments[q] = {'start': self.clock, 'at': [[d['steps'], 0]], 'wait': None, 'timed_out': False,
                              'behind': 0, 'days': 0, 'paused': set(), 'paused_at': None}
        self.settle(q)
        self.effect('enrolled', sequence=q, trigger=trigger)
        return True

    def trigger_phase(self, q, event):
        if event and event['type'] == '$enroll' and event['props']['sequence'] == q:
            self.enrol(q, 'enroll', event['props'].get('force', False))
        fired = None
        for i, t in enumerate(self.bp.sequences[q].get('trigger', [])):
            if list(t) == ['when']:
                holds = Eval(self, self.clock).true(t['when'])
                hit = holds and not self.held_triggers.get((q, t['when']))
                self.held_triggers[q, t['when']] = holds
            elif 'date' in t:
                key = (q,) + tuple(str(t.get(k)) for k in ('date', 'offset', 'at', 'on'))
                value, moment = self.fields.get(t['date']), self.moment(t)
                hit = False
                if value is not None and moment <= self.clock and self.dates_come.get(key) != value:
                    hit = self.clock - moment <= duration(t.get('late', '0s'))
                    self.dates_come[key] = value
            elif 'event' in t:
                hit = event and event['types'] & set(aslist(t['event'])) and (
                    'when' not in t or Eval(self, self.clock, event).true(t['when']))
            else:
                k = next(k for k in ('state', 'segment', 'segment_left', 'band') if k in t)
                hit = t[k] in self.entered[k]
            if hit and fired is None:
                fired = t
        if fired is not None:
            self.enrol(q, dict(fired))

    def run(self, q):
        me = self.enrolments[q]
        d = self.bp.sequences[q]
        while self.enrolments.get(q) is me and not me['paused']:
            s = self.at_step(q)
            w = me['wait']
            if w and w['kind'] == 'held':
                if self.clock < w['due']:
                    return
            elif w:
                if not self.wait_over(q, s, w):
                    return
                self.end_wait(me, s, w)
                me['wait'] = None
                self.change()
                self.advance(q)
                continue
            if s is None:
                self.leave(q, None, 'completed')
                return
            if self.goal(q):
                self.leave(q, s['_name'], 'converted')
                return
            if self.when_exit(q):
                self.leave(q, s['_name'], 'exited')
                return
            if w:
                if not self.message(q, s, w):
                    return
                continue
            if 'when' in s and not self.seq_eval(q).true(s['when']):
                self.advance(q)
                continue
            self.change()
            if 'wait' in s:
                self.begin_wait(q, s)
                continue
            if 'exit' in s:
                self.leave(q, s['_name'], s['exit'])
                return
            if 'goto' in s:
                self.jumps[q] = self.jumps.get(q, 0) + 1
                if self.jumps[q] > 16:
                    self.effect('fault', reason='loop', sequence=q)
                    self.leave(q, s['_name'], 'loop')
                    return
                me['at'] = self.find_label(d['steps'], s['goto'])
                continue
            if 'split' in s:
                n = self.drawn(q, s['label']) % sum(arm['weight'] for arm in s['split'])
                for arm in s['split']:
                    if n < arm['weight']:
                        break
                    n -= arm['weight']
                me['at'].append([arm['steps'], 0])
                self.settle(q)
                continue
            if 'branch' in s:
                for arm in s['branch']:
                    if 'when' not in arm or self.seq_eval(q).true(arm['when']):
                        me['at'].append([arm['steps'], 0])
                        break
                else:
                    me['at'][-1][1] += 1
                self.settle(q)
                continue
            if 'send' in s:
                if not self.message(q, s, {'kind': 'held', 'begun': self.clock}):
                    return
                continue
            self.action(s, q)
            if self.enrolments.get(q) is me:
                self.advance(q)

    def advance(self, q):
        self.enrolments[q]['at'][-1][1] += 1
        self.settle(q)

    def message(self, q, s, w):
        """the message of a step falls due, or is tried again; False: it is held"""
        me = self.enrolments[q]
        due = self.attempt(s['send'], q, s['_name'], w['begun'], s.get('stale'))
        if due is not None:
            me['wait'] = dict(w, due=due)
            self.version += 1
            return False
        me['behind'] += self.clock - w['begun']
        me['wait'] = None
        self.advance(q)
        return True

    # waits (9.3)

    def days_of(self, s):
        return s['wait']['day'] if 'day' in s['wait'] else 7 * s['wait']['week']

    def begin_wait(self, q, s):
        """plans it, and says how far behind the enrolment is then"""
        me, zone, rule = self.enrolments[q], self.zone(), s['wait']
        w = {'kind': next(k for k in ('for', 'day', 'week', 'until') if k in rule), 'begun': self.clock, 'anew': False}
        self.plan(q, w)
        own = w['due']
        if w['kind'] == 'for':
            without = local_time.not_before(zone, self.clock - me['behind'] + duration(rule['for']), rule)
            me['behind'] = max(0, own - without)
        elif w['kind'] in ('day', 'week') and own > self.clock:
            me['behind'] = 0
        elif w['kind'] in ('day', 'week') and self.clock - me['behind'] < own:
            w['anew'] = True
            self.plan(q, w)
            me['behind'] = w['due'] - own
        elif w['kind'] in ('day', 'week'):
            w['due'] = self.clock    # it has passed
        me['wait'] = w

    def plan(self, q, w):
        me, rule, zone = self.enrolments[q], self.at_step(q)['wait'], self.zone()
        if w['kind'] == 'for':
            w['due'] = local_time.not_before(zone, w['begun'] + duration(rule['for']), rule)
        elif w['kind'] == 'until':
            w['due'] = w['begun'] + duration(rule['timeout']) if 'timeout' in rule else None
        elif w['anew']:
            days = max(0, self.days_of(self.at_step(q)) - me['days'])
            w['due'] = local_time.day_wait(zone, w['begun'], days, rule)
        else:
            w['due'] = local_time.day_wait(zone, me['start'], self.days_of(self.at_step(q)), rule)

    def end_wait(self, me, s, w):
        if w['kind'] != 'until':
            me['behind'] += self.clock - w['due']   # a pause kept it
        elif not me['timed_out'] and self.clock > w['begun']:
            me['behind'] = 0    # it was waiting for something that has come
        if w['kind'] in ('day', 'week'):
            me['days'] = self.days_of(s)

    def moment(self, t):
        """of a trigger by a date; None: it has none"""
        value = self.fields.get(t['date'])
        if value is None:
            return None
        return local_time.not_before(self.zone(), value + duration(t.get('offset', '0s')), t)

    def find_label(self, steps, label):
        """where the step stands: each list on the way, and the place in it"""
        for i, s in enumerate(steps):
            if s.get('label') == label:
                return [[steps, i]]
            for arm in s.get('branch', s.get('split', [])):
                way = self.find_label(arm['steps'], label)
                if way:
                    return [[steps, i]] + way
        return None

    def drawn(self, q, label):
        text = b'\x1f'.join(x.encode() for x in ('default', q, label, self.id))
        return int.from_bytes(hashlib.sha256(text).digest()[:8], 'big')

    def wait_over(self, q, s, w):
        if 'until' in s['wait']:
            if self.seq_eval(q).true(s['wait']['until']):
                self.enrolments[q]['timed_out'] = False
                return True
            if w['due'] is not None and self.clock >= w['due']:
                self.enrolments[q]['timed_out'] = True
                return True
            return False
        return self.clock >= w['due']

    # actions

    def actions(self, acts):
        for a in acts:
            if 'when' in a and not Eval(self, self.clock).true(a['when']):
                continue
            self.action(a)

    def action(self, a, q=None):
        k = next(k for k in a if k in ('send', 'notify', 'task', 'tag', 'untag', 'set', 'flag', 'unflag', 'suppress',
                                       'unsuppress', 'enroll', 'cancel', 'move', 'emit'))
        v = a[k]
        if k == 'send':
            self.send_outside(v, a.get('stale'))
        elif k in ('notify', 'task', 'emit'):
            self.effect(k, **v)
        elif k in ('tag', 'untag'):
            self.library_tag(v, k == 'tag')
        elif k in ('flag', 'unflag'):
            self.set_flag(v, k == 'flag')
        elif k in ('suppress', 'unsuppress'):
            self.suppress_key[v] = (self.clock, LIBRARY, LIBRARY, 0)
            self.suppress(v, k == 'suppress')
        elif k == 'enroll':
            self.enrol(v, 'enroll')
        elif k == 'cancel':
            if v in self.enrolments:
                self.leave(v, self.step_name(v), 'cancelled')
        elif k == 'move':
            if v['machine'] not in self.states:
                self.enter(v['machine'], None, self.bp.machines[v['machine']]['initial'], None, None, [])
            if self.states[v['machine']] != v['to'] and self.may_move(v['machine']):
                self.enter(v['machine'], self.states[v['machine']], v['to'], None, None, [])
        elif k == 'set':
            for f, x in v.items():
                if isinstance(x, dict):
                    try:
                        x = (self.seq_eval(q) if q else Eval(self, self.clock)).value(x['cel'])
                    except CelError:
                        continue
                    if isinstance(x, TS):
                        x = x.ms
                self.field_key[f] = (self.clock, LIBRARY, LIBRARY, 0)
                old = self.fields.get(f)
                changed, version = self.changed, self.version
                self.put_field(f, x)
                if self.fields.get(f) == old:
                    self.changed, self.version = changed, version
            self.derive()
            self.check_required()

    def forbids(self, t, q):
        ch = t['channel']
        if self.suppressions:
            return 'suppressed'
        if t.get('class', 'marketing') != 'transactional':
            topic = self.bp.sequences[q].get('topic') if q else None
            recs = [self.consents.get((ch, None), [None, 'none'])[1]]
            if topic is not None and (ch, topic) in self.consents:
                recs.append(self.consents[(ch, topic)][1])
            opt_in = self.bp.consent_modes.get(ch, 'opt_in') == 'opt_in'
            if not all(r == 'granted' if opt_in else r != 'denied' for r in recs):
                return 'consent'
        wanted = {'email': 'email', 'sms': 'phone'}.get(ch)
        address = next((f for f, d in self.bp.fields.items() if wanted and d.get('format') == wanted), None)
        return 'no_address' if address and address not in self.fields else None

    def counts(self, name):
        """is it one for caps, and of what channel and class?"""
        t = self.bp.templates[name]
        kind = t.get('class', 'marketing')
        return None if kind == 'transactional' or t.get('caps') is False else (t['channel'], kind)

    def caps_of(self, name):
        mine = self.counts(name)
        return [x for x in self.bp.caps.get(mine[0], []) if x.get('class', mine[1]) == mine[1]] if mine else []

    def full(self, name):
        """None: there is room. Else 'skip', or when the first full cap has room"""
        for cap in self.caps_of(name):
            if cap['max'] == 0:
                return 'skip'
            calendar = cap['per'] in ('day', 'week', 'month')
            if calendar:
                begin, end = local_time.period(self.zone(), self.clock, cap['per'])
            else:
                begin = self.clock - duration(cap['per']) + 1
            counted = sorted(at for at, ch, kind in self.sends if at >= begin and ch == self.counts(name)[0] and
                             cap.get('class', kind) == kind)
            if len(counted) >= cap['max']:
                if cap.get('over', 'wait') == 'skip':
                    return 'skip'
                return end if calendar else counted[-cap['max']] + duration(cap['per'])
        return None

    def held_until(self, name, q):
        """quiet hours and window, then caps: None, 'skip', or when it is tried again"""
        t = self.bp.templates[name]
        if t.get('class', 'marketing') == 'transactional':
            return None
        opens = local_time.opens(self.zone(), self.clock, q and self.bp.sequences[q].get('window'),
                                 self.bp.quiet.get(t['channel'], []))
        if opens is None:
            return NEVER
        return opens if opens > self.clock else self.full(name)

    def way(self, template, q):
        """(why not, the template that goes: itself or a fallback)"""
        reason, name = self.forbids(self.bp.templates[template], q), template
        other = reason
        while other in ('consent', 'no_address') and 'fallback' in self.bp.templates[name]:
            name = self.bp.templates[name]['fallback']
            other = self.forbids(self.bp.templates[name], q)
        return (reason, template) if other else (None, name)

    def attempt(self, template, q, step, begun, stale):
        """tries a message that first fell due at `begun`: None, or when it is tried again"""
        reason, name = self.way(template, q)
        if not reason:
            due = self.held_until(name, q)
            if due == 'skip':
                reason = 'cap'
            elif due is not None:
                last = NEVER if stale is None else begun + duration(stale)
                if self.clock < last:
                    return min(due, last)
                reason = 'stale'
        members = {'template': name, 'channel': self.bp.templates[name]['channel'], 'sequence': q, 'step': step,
                   'due': format_time(begun)}
        if reason:
            self.effect('skipped', **members, reason=reason)
            return None
        self.effect('send', **members)
        if self.counts(name):
            self.sends.append((self.clock,) + self.counts(name))
        return None

    def send_outside(self, template, stale):
        """waits for its turn where a sequence that goes before could want the same place"""
        p = {'template': template, 'begun': self.clock, 'stale': stale}
        reason, name = self.way(template, None)
        if not reason and self.caps_of(name) and any(self.bp.priority(q) > 0 for q in self.bp.sequences):
            due = self.clock
        else:
            due = self.attempt(template, None, None, self.clock, stale)
        if due is not None:
            self.pending.append(dict(p, due=due))
            self.change()

    def try_pending(self):
        for p in list(self.pending):
            if p['due'] <= self.clock:
                due = self.attempt(p['template'], None, None, p['begun'], p['stale'])
                if due is None:
                    self.pending.remove(p)
                else:
                    p['due'] = due
                    self.version += 1

    # ---------------------------------------------------------------- the line at the end

    def line(self):
        fields = {}
        for f, d in self.bp.fields.items():
            if f in self.fields:
                v = self.fields[f]
                fields[f] = format_time(v) if d['type'] == 'timestamp' else v
        scores = {}
        for s in self.bp.scores:
            total, dims = self.score_now(s)
            scores[s] = {'total': total, 'points': total // 1000, 'band': self.bands.get(s), 'dimensions': dims}
        enrolments = []
        for q in self.bp.sequences:
            if q in self.enrolments:
                x = {'sequence': q, 'step': self.step_name(q)}
                w = self.enrolments[q]['wait']
                if w and not self.enrolments[q]['paused'] and w['due'] not in (None, NEVER):
                    x['due'] = format_time(w['due'])
                enrolments.append(x)
        return {'contact': self.id, 'at': format_time(self.clock), 'created': format_time(self.created),
                'fields': fields, 'tags': sorted(self.tags), 'flags': sorted(self.flags), 'scores': scores,
                'states': {m: self.states[m] for m in self.bp.machines},
                'segments': [s for s in self.bp.segments if s in self.segments], 'enrolments': enrolments}


def replay(doc, events, until=None):
    """effects and contact lines; doc is changed (step names)"""
    bp = Blueprint(doc)
    contacts, newest = {}, None
    for ev in events:
        at = ev['at'] if isinstance(ev['at'], int) else parse_time(ev['at'])
        newest = at if newest is None else max(newest, at)
        c = contacts.setdefault(ev['contact'], None)
        if c is None:
            c = Contact(bp, ev['contact'])
        r = c.take({'type': ev['type'], 'at': at, 'id': ev.get('id'), 'props': ev.get('props', {})})
        if r == 'taken':
            contacts[ev['contact']] = c
    if until is None:
        until = newest
    effects, lines = [], []
    for cid in sorted(contacts, key=lambda x: x.encode()):
        c = contacts[cid]
        if c is None:
            continue
        c.catch_up(until)
        c.clock = max(c.clock, until)
        effects += c.effects
        lines.append(c.line())
    effects.sort(key=lambda e: (e['at'], e['contact'].encode()))
    return effects, lines


def main():
    args = sys.argv[1:]
    until = None
    if '--until' in args:
        i = args.index('--until')
        until = parse_time(args[i + 1])
        del args[i:i + 2]
    doc = json.load(open(args[0], encoding='utf-8'))
    events = [json.loads(l) for l in open(args[1], encoding='utf-8') if l.strip()]
    effects, lines = replay(doc, events, until)
    for x in effects + lines:
        print(json.dumps(x, ensure_ascii=False))


if __name__ == '__main__':
    main()
