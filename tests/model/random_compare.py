#!/usr/bin/env python3
"""Random blueprints and histories through the reference model and the library.

    python3 tests/model/random_compare.py (--leadflow PATH | --scenarios PATH) [--seed N] [--count K] [--avoid a,b] [--profile P] [--stop N]

PATH is the command `leadflow`. With --scenarios PATH is the runner of scenarios,
which sends each case through the bare step and through an engine and holds them against each other too. Differing cases are saved in /tmp/rc-<seed>.json and .ndjson. The last line
is `N passed, M failed`.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import model  # noqa: E402

T0 = model.parse_time('2026-01-05T10:00:00Z')
FEATURES = ['late', 'beyond', 'dup', 'idle', 'reset', 'floor', 'decay', 'half_life', 'percent', 'after', 'cooldown',
            'max_count', 'max_points', 'per', 'negative', 'derived', 'rule_when', 'rule_history', 'field_rule',
            'until_band', 'machines', 'manual', 'moveaction', 'segments', 'sequences', 'goal', 'exit', 'branch', 'split', 'goto', 'local',
            'until_wait', 'actions', 'update', 'tag', 'consent', 'suppress', 'enroll', 'reserved_on', 'loops', 'reentry',
            'late_suppress', 'score_seg', 'derive', 'required', 'beyond_maxcount', 'eqtime', 'history', 'zones', 'fallback',
            'window', 'quiet', 'stale', 'caps', 'priority', 'group', 'pause', 'step']
# days on which clocks change, or that are not there
ZONES = {'Europe/Berlin': '2026-03-27T09:00:00Z', 'America/New_York': '2026-10-30T12:00:00Z', 'Pacific/Apia': '2011-12-28T15:00:00Z',
         'Australia/Lord_Howe': '2026-04-03T20:00:00Z', 'Asia/Kolkata': '2026-02-26T20:00:00Z', 'Africa/Casablanca': '2026-02-13T01:00:00Z'}


class Gen:
    def __init__(self, seed, profile, avoid):
        self.r = random.Random(seed)
        self.avoid = avoid
        r = self.r
        if profile is None:
            profile = r.choice(['score', 'score', 'idle', 'cond', 'full', 'full', 'seal', 'messages', 'messages', 'messages'])
        self.profile = profile
        self.on = {f for f in FEATURES if r.random() < 0.75} - avoid
        self.t0 = r.choice([T0] * 6 + [-12345678901, 0, -1, model.parse_time('1900-03-01T00:00:00Z')])
        if profile == 'seal':
            self.on |= {'late', 'beyond'} - avoid
            self.on -= {'half_life', 'percent'}
        if self.p(.85):
            self.on -= {'loops'}
        if self.p(.6):
            self.on -= {'moveaction'}
        if profile in ('score', 'idle', 'seal'):
            self.on -= {'machines', 'segments', 'sequences'}
            if r.random() < .7:
                self.on -= {'field_rule', 'update', 'tag', 'consent', 'suppress', 'enroll', 'derive', 'required'}
            if profile == 'idle' and 'idle' not in avoid:
                self.on |= {'idle'}
        elif profile in ('full', 'messages'):
            self.on |= {'machines', 'segments', 'sequences'} - avoid
        self.zones = list(ZONES) if self.has('zones') else []
        if self.zones and profile == 'messages' and self.p(.5):
            self.zones = [r.choice(self.zones)]
            self.t0 = model.parse_time(ZONES[self.zones[0]])
        # a rule's `when` knows at intake what is kept inside the horizon: keep late events far from it
        self.near = 'rule_history' in self.on and 'rule_when' in self.on and 'late' in self.on
        if self.near:
            self.on -= {'beyond'}
        self.unit_name, self.unit = r.choice([('h', 3600000), ('d', 86400000), ('d', 86400000)] + [
            ('m', 60000), ('s', 1000), ('w', 604800000), ('ms', 1)] * (profile != 'messages'))
        self.pool = {}

    def has(self, f):
        return f in self.on

    def p(self, x):
        return self.r.random() < x

    def dur(self, lo=1, hi=8):
        n = self.r.choice([x for x in (1, 2, 3, 4, 5, 7, 8, 10, 12, 20) if lo <= x <= hi])
        s = '%d%s' % (n, self.unit_name)
        if self.p(.08):
            s += '1ms' if self.unit_name != 'ms' else ''
        self.pool[s] = model.duration(s)
        return s

    # ------------------------------------------------------------ blueprint

    def blueprint(self):
        r = self.r
        self.types = ['a', 'b', 'c'][:r.randint(1, 3)]
        ev = {}
        for i, t in enumerate(self.types):
            ev[t] = {'props': {'p': 'string', 'n': 'int'}}
            if i == 0 or self.p(.5):
                ev[t]['engagement'] = True
        if self.has('derived'):
            for n in ('d', 'e')[:r.randint(0, 2)]:
                base = r.choice(self.types)
                ev[n] = {'is': base, 'when': self.event_cond()}
                if self.p(.4):
                    ev[n]['engagement'] = True
                self.types.append(n)
        self.base = [t for t in self.types if 'is' not in ev[t]]
        self.alltypes = list(self.types)
        if self.has('reserved_on'):
            self.alltypes += ['$update', '$tag'][:r.randint(0, 2)]
        bp = {'leadflow': 1, 'name': 'rnd', 'tags': {'categories': ['x']},
              'intake': {'horizon': '60' + self.unit_name if self.near else self.dur(2, 5) if self.profile == 'seal' else self.dur(3, 20), 'dedupe': self.dur(1, 8)},
              'fields': {'s': {'type': 'string'}, 'n': {'type': 'int'}, 'z': {'type': 'bool'}, 'w': {'type': 'timestamp'}},
              'events': ev}
        if self.has('required') and self.p(.4):
            bp['fields']['s']['required'] = True
        if self.zones:
            bp['timezone'] = r.choice(self.zones)
            bp['fields']['tz'] = {'type': 'string', 'format': 'timezone'}
        bp['fields']['v'] = {'type': 'int', 'on_invalid': r.choice(['reject', 'clear', 'flag', 'suppress'])}
        if self.has('derive'):
            bp['fields']['dv'] = {'type': 'string', 'derive': "has(contact.s) && contact.s.startsWith('k') ? 'kk' : 'no'"}
        self.fields = bp['fields']
        few = self.profile == 'messages'
        self.nscores = r.choice([1, 1, 2]) if self.profile != 'cond' else r.choice([0, 1])
        if few:
            self.nscores = r.choice([0, 0, 1])
        self.nmach = r.randint(1, 1 if few else 3) if self.has('machines') else 0
        self.nseg = r.randint(1, 1 if few else 3) if self.has('segments') else 0
        self.nseq = r.randint(2 if few else 1, 3) if self.has('sequences') else 0
        self.machines = {'m%d' % i: ['s%d' % j for j in range(r.randint(2, 4))] for i in range(self.nmach)}
        self.segs = ['g%d' % i for i in range(self.nseg)]
        self.seqs = ['q%d' % i for i in range(self.nseq)]
        self.scores = {}
        self.seg_level = 0
        bp['scores'] = {'sc%d' % i: self.score('sc%d' % i) for i in range(self.nscores)}
        bp['templates'] = {'t1': {'channel': 'email', 'class': 'marketing', 'subject': 'x', 'body': 'y {unsubscribe}'},
                           't2': {'channel': 'push', 'class': 'marketing', 'body': 'y'},
                           't3': {'channel': 'sms', 'class': 'transactional', 'body': 'y'}}
        bp['consent'] = {'push': 'opt_out'}
        if self.profile == 'messages':
            self.messages(bp)
        self.template_names = list(bp['templates'])
        self.groups = ['ga'] if self.p(.7) else ['ga', 'gb']
        bp['machines'] = {m: self.machine(m) for m in self.machines}
        order = list(self.segs)
        r.shuffle(order)
        segs = {}
        for i, g in enumerate(order):
            self.seg_avail = order[:i]
            segs[g] = {'when': self.cond(2, seg=True)}
            if self.p(.3):
                segs[g]['tag'] = 'x_' + g
        bp['segments'] = {g: segs[g] for g in self.segs}
        self.seg_avail = self.segs
        self.labels = {}
        bp['sequences'] = {q: self.sequence(q) for q in self.seqs}
        for k in ('scores', 'machines', 'segments', 'sequences', 'caps'):
            if not bp.get(k, True):
                del bp[k]
        self.bp = bp
        return bp

    def time_of_day(self, minutes=(0, 0, 0, 30, 59, 1)):
        return '%02d:%02d' % (self.r.choice([0, 1, 2, 2, 3, 8, 9, 10, 12, 17, 21, 22, 23]), self.r.choice(minutes))

    def hours(self):
        a = b = self.time_of_day()
        while a == b:
            b = self.time_of_day()
        return {'from': a, 'to': b}

    def messages(self, bp):
        """templates, consent and caps for cases about messages"""
        r = self.r
        bp['consent'] = {'email': r.choice(['opt_in', 'opt_out', 'opt_out']), 'push': 'opt_out', 'sms': r.choice(['opt_in', 'opt_out'])}
        ts = bp['templates']
        for n, ch in (('t4', 'email'), ('t5', 'email'), ('t6', 'push')):
            ts[n] = {'channel': ch, 'body': 'y {unsubscribe}'}
            if ch == 'email':
                ts[n]['subject'] = 'x'
        if self.has('fallback') and self.p(.6):
            ts['t1']['fallback'] = r.choice(['t2', 't3', 't6'])
        if not self.has('caps') and not self.has('quiet'):
            return
        classes = ['marketing', 'marketing', 'news', 'offer']
        for n in ('t4', 't5', 't6'):
            if self.has('caps'):
                ts[n]['class'] = r.choice(classes)
                if self.p(.15):
                    ts[n]['caps'] = False
        bp['caps'] = {}
        for ch in ('email', 'push', 'sms'):
            rows = []
            for _ in range(r.randint(0, 3) if self.has('caps') else 0):
                row = {'max': r.choice([1, 1, 1, 2, 2, 3, 4]) if self.p(.96) else 0,
                       'per': r.choice(['day', 'week', 'month', 'day', self.dur(1, 8), self.dur(1, 8), self.dur(1, 4)])}
                if self.p(.3):
                    row['class'] = r.choice(sorted({t.get('class', 'marketing') for t in ts.values()} - {'transactional'}))
                if self.p(.4):
                    row['over'] = r.choice(['skip', 'wait'])
                rows.append(row)
            if self.has('quiet') and self.p(.5):
                quiet = self.hours()
                while (model.local_time.clock(quiet['to']) - model.local_time.clock(quiet['from'])) % 86400000 > 43200000:
                    quiet = self.hours()
                rows.insert(r.randint(0, len(rows)), {'quiet': quiet})
            if rows:
                bp['caps'][ch] = rows

    def event_cond(self):
        return self.r.choice(["event.p == 'x'", "event.n >= 2", "event.n % 2 == 0 || event.p == 'y'", "has(event.p)",
                              "event.p in ['x', 'y']", "!(event.n < 1) && event.p != 'z'", "!has(event.n) || event.n == 3"])

    def pts(self):
        r = self.r
        return r.choice([1, 2, 5, 10, 15, 20, 0.5, 2.5, 0.001, 0.125, 7.333, 0.03, 12.345])

    def rule(self, name, score):
        r = self.r
        if self.has('field_rule') and self.p(.25):
            if self.p(.5):
                return {'name': name, 'when': self.field_cond(), 'points': self.pts() * r.choice([1, 1, -1])}
            return {'name': name, 'pick': r.choice(['first', 'best', 'all']),
                    'of': [{'when': self.field_cond(), 'points': r.choice([5, 10, -3, 20, 7.333])} for _ in range(r.randint(1, 3))]}
        u = {'name': name, 'on': r.choice(self.alltypes) if self.p(.7) else r.sample(self.alltypes, r.randint(1, len(self.alltypes)))}
        p = self.pts()
        if self.has('negative') and self.p(.25):
            p = -p
        u['points'] = p
        if self.has('decay') and self.p(.6 if self.profile != 'seal' else .2):
            k = r.choice(['lose', 'percent', 'half_life', 'after'])
            if k == 'percent' and self.has('percent'):
                u['decay'] = {'lose': r.choice(['20%', '50%', '10%', '2.5%', '33.3333%', '100%']), 'every': self.dur(1, 4)}
            elif k == 'half_life' and self.has('half_life'):
                u['points'] = r.choice([0.003, 0.01, 0.02, 0.1, 1])
                u['decay'] = {'half_life': self.dur(2, 8)}
            elif k == 'after' and self.has('after'):
                u['decay'] = {'after': self.dur(1, 12)}
            else:
                u['decay'] = {'lose': r.choice([1, 2, 5, 0.5, 0.333]), 'every': self.dur(1, 4)}
                u['points'] = r.choice([1, 2, 5, 10, 3.333]) * (-1 if p < 0 else 1)
        if self.has('cooldown') and self.p(.35) and not ('beyond_cooldown' in self.avoid and self.has('late') and self.has('beyond')):
            u['cooldown'] = self.dur(1, 5)
        if self.has('max_count') and self.p(.3):
            u['max_count'] = r.randint(1, 3)
        if self.has('max_points') and self.p(.25):
            u['max_points'] = r.choice([1, 5, 12, 0.5, 20.5])
        if self.has('per') and self.p(.3):
            u['per'] = 'event.p'
            u['on'] = r.choice(self.base) if True else u['on']
        if self.has('rule_when') and self.p(.3):
            if isinstance(u['on'], str) and u['on'] in self.types:
                u['when'] = self.event_cond() if self.p(.7) else self.field_cond(False)
            if self.has('rule_history') and self.p(.7):
                u['when'] = self.history(True)
                while self.near and ('last' in u['when'] or 'ever' in u['when']):
                    u['when'] = self.history(True)
        return u

    def field_cond(self, hist=True):
        r = self.r
        c = ["contact.n >= 3", "has(contact.s)", "contact.s == 'k1'", "contact.s.contains('1') || contact.n < 2",
             "contact.z", "contact.v == 1", "!has(contact.v)", "flagged('invalid_v')", "tagged('x_a')", "!tagged('x_b')", "contact.n in [1, 3, 5]", "contact.n * 2 > 5 ? contact.z : has(contact.n)"]
        if hist and self.has('history') and self.p(.5):
            h = self.history()
            while 'within_field' in self.avoid and 'within' in h:
                h = self.history()
            return h
        if hist:
            if self.segs and self.p(.3) and not self.has('score_seg'):
                return "%ssegment.%s" % (r.choice(['', '!']), r.choice(self.segs))
            if self.machines and self.p(.3):
                m = r.choice(list(self.machines))
                return "state.%s == '%s'" % (m, r.choice(self.machines[m]))
        if self.has('derive'):
            c.append("contact.dv == 'kk'")
        return r.choice(c)

    def history(self, at_event=False):
        r = self.r
        t = r.choice(self.alltypes + ['*'])
        d = self.dur(1, 8)
        c = ["count('%s', '%s') %s %d" % (t, d, r.choice(['>=', '==', '<', '!=']), r.randint(1, 4)),
             "within('%s', '%s')" % (t, d), "!within('%s', '%s')" % (t, d), "idle('%s')" % d, "!idle('%s')" % d,
             "ever('%s')" % t] + (["age(last('%s'), '%s')" % (t, d)] if 'age_last' not in self.avoid else []) + [
             "age(contact.created, '%s')" % d,
             "age(contact.w, '%s%s')" % (r.choice(['', '-']), d),
             "last('%s') > last('%s')" % (t, r.choice(self.alltypes))]
        if self.machines and not at_event:
            c.append("in_state('%s', '%s')" % (r.choice(list(self.machines)), d))
        return r.choice(c)

    def score(self, name):
        r = self.r
        s = {'dimensions': {}}
        n = 0
        for i in range(r.randint(1, 2)):
            d = {}
            if self.p(.3):
                d['max'] = r.choice([10, 20, 33.333, 5])
            if self.p(.3):
                d['min'] = r.choice([-10, -20, -3.5, 0])
            d['rules'] = []
            for _ in range(r.randint(1, 3)):
                d['rules'].append(self.rule('r%d' % n, name))
                n += 1
            s['dimensions']['d%d' % i] = d
        if self.p(.3):
            s['max'] = r.choice([20, 50, 30.5])
        if self.p(.4):
            s['min'] = r.choice([-50, -5, -10.25])
        if self.has('idle') and (self.profile == 'idle' or self.p(.5)):
            s['idle'] = {'lose': r.choice(['10%', '20%', '50%', '2.5%', '100%', '33.3333%']), 'every': self.dur(1, 5)}
            if self.has('floor') and self.p(.6):
                s['idle']['floor'] = r.choice([1, 3, 10, 0.5])
            if self.has('reset') and self.p(.6):
                s['idle']['reset_after'] = self.dur(3, 12)
                if self.p(.15):
                    del s['idle']['lose'], s['idle']['every']
        if self.p(.9):
            s['bands'] = []
            f = sorted({r.choice([-10, -3, 0, 1, 2, 3, 5, 8, 10, 15, 20, 30, 0.5, 2.5, 12.345, 0.01]) for _ in range(r.randint(2, 6))}, reverse=True)
            for i, x in enumerate(f):
                b = {'name': 'b%d' % i, 'from': x}
                if self.has('until_band') and self.p(.3):
                    b['until'] = r.choice([x - 0.5, x - 2, x - 5, x - 0.001])
                    b['until'] = float(round(b['until'], 3))
                s['bands'].append(b)
            if self.p(.05):
                r.shuffle(s['bands'])
        self.scores[name] = s
        return s

    def atom(self, seg):
        r = self.r
        k = r.random()
        if self.scores and k < .35 and (not seg or self.has('score_seg')):
            s = r.choice(list(self.scores))
            sc = self.scores[s]
            x = r.random()
            if x < .3 and sc.get('bands'):
                return "band.%s == '%s'" % (s, r.choice(sc['bands'])['name'])
            if x < .5:
                return "dimension.%s.%s %s %d" % (s, r.choice(list(sc['dimensions'])), r.choice(['>=', '<', '>']), r.choice([1, 3, 5, 10]))
            return "score.%s %s %d" % (s, r.choice(['>=', '<', '>', '<=']), r.choice([0, 1, 2, 3, 5, 8, 10, 15]))
        if self.scores and k < .42 and (not seg or self.has('score_seg')):
            s = r.choice(list(self.scores))
            c = ["score.%s %% 3 == %d" % (s, r.randint(0, 2)), "score.%s in [0, 1, 2, 4, 7]" % s, "contact.n + score.%s > 5" % s,
                 "score.%s > score.%s" % (s, r.choice(list(self.scores))), "score.%s != %d" % (s, r.randint(0, 5)),
                 "score.%s >= 2.5" % s, "score.%s * 2 - 1 < %d" % (s, r.randint(1, 20))]
            if self.scores[s].get('bands'):
                b = [x['name'] for x in self.scores[s]['bands']]
                c += ["band.%s in ['%s', '%s']" % (s, b[0], b[-1]), "band.%s != '%s'" % (s, r.choice(b)), "has(band.%s)" % s]
            return r.choice(c)
        if k < .46 and self.has('history'):
            a, b = r.choice(self.alltypes), r.choice(self.alltypes)
            c = ["count('%s', '%s') > count('%s', '%s')" % (a, self.dur(), b, self.dur()),
                 "count('%s', '%s') + count('%s', '%s') >= %d" % (a, self.dur(), b, self.dur(), r.randint(1, 4)),
                 "count('%s', '%s') in [1, 3]" % (a, self.dur()), "last('%s') < contact.w" % a,
                 "size(contact.tags) %s %d" % (r.choice(['>', '==']), r.randint(0, 2)), "'x_a' in contact.tags",
                 "count('%s', '%s') == 1 ? within('%s', '%s') : idle('%s')" % (a, self.dur(), b, self.dur(), self.dur()),
                 "10 / count('%s', '%s') > 4" % (a, self.dur())]
            return r.choice(c)
        if k < .65 and self.has('history'):
            return self.history()
        if k < .75 and self.machines:
            m = r.choice(list(self.machines))
            return "state.%s %s '%s'" % (m, r.choice(['==', '!=']), r.choice(self.machines[m]))
        if k < .85 and self.seg_avail:
            return "%ssegment.%s" % (r.choice(['', '!']), r.choice(self.seg_avail))
        if k < .92:
            return r.choice(["consent.email == 'granted'", "flagged('fa')", "!flagged('fb')", "suppressed", "consent.push != 'denied'"])
        return self.field_cond(False)

    seg_avail = []

    def cond(self, depth=1, seg=False):
        r = self.r
        if depth == 0 or self.p(.5):
            return self.atom(seg)
        a, b = self.cond(depth - 1, seg), self.cond(depth - 1, seg)
        k = r.random()
        if k < .4:
            return '(%s) && (%s)' % (a, b)
        if k < .8:
            return '(%s) || (%s)' % (a, b)
        if k < .9:
            return '!(%s)' % a
        return '(%s) ? (%s) : (%s)' % (a, b, self.atom(seg))

    def actions(self, n=2, depth=0):
        out = []
        for _ in range(self.r.randint(0, n)):
            a = self.action()
            if self.p(.25):
                a['when'] = self.cond(1)
            out.append(a)
        return out

    def action(self):
        r = self.r
        k = r.choice(['tag', 'untag', 'flag', 'unflag', 'notify', 'task', 'emit', 'send', 'set', 'suppress', 'unsuppress',
                      'enroll', 'cancel', 'move', 'tag', 'flag'])
        if self.profile == 'messages' and self.p(.3):
            return self.send()
        if k == 'move' and (not self.machines or not self.has('moveaction')):
            k = 'tag'
        if k in ('enroll', 'cancel') and not self.seqs:
            k = 'flag'
        if k in ('suppress', 'unsuppress') and (not self.has('suppress') or self.p(.6)):
            k = 'notify'
        if k in ('tag', 'untag'):
            return {k: r.choice(['x_a', 'x_b'])}
        if k in ('flag', 'unflag'):
            return {k: r.choice(['fa', 'fb'])}
        if k == 'notify':
            return {k: {'to': 'o', 'text': 'hi'}}
        if k == 'task':
            return {k: {'title': 'tt', 'to': 'o'}}
        if k == 'emit':
            return {k: {'name': 'n', 'data': {'k': 1}}}
        if k == 'send':
            return self.send()
        if k == 'set':
            return {k: r.choice([{'n': r.randint(0, 5)}, {'s': r.choice(['k1', 'm1'])}, {'z': True}, {'n': {'cel': 'contact.n + 1'}}])} \
                if not self.p(.3) else {k: {'n': r.randint(0, 5)}}
        if k in ('suppress', 'unsuppress'):
            return {k: 'bad'}
        if k in ('enroll', 'cancel'):
            return {k: r.choice(self.seqs)}
        m = r.choice(list(self.machines))
        return {k: {'machine': m, 'to': r.choice(self.machines[m])}}

    def send(self):
        a = {'send': self.r.choice(self.template_names)}
        if self.has('stale') and self.p(.25):
            a['stale'] = self.dur(1, 8)
        return a

    def machine(self, m):
        r = self.r
        names = self.machines[m]
        states = {}
        for s in names:
            d = {}
            if self.has('actions') and self.p(.3 if self.profile != 'messages' else .5):
                d['enter'] = self.actions()
            if self.has('actions') and self.p(.2):
                d['exit'] = self.actions(1)
            if self.p(.2):
                d['tag'] = 'x_%s%s' % (m, s)
            if 'early_move' in self.avoid and s == names[0]:
                for a in d.get('enter', []):
                    if 'move' in a:
                        a['tag'] = 'x_a'
                        del a['move']
            states[s] = d
        ts = []
        for _ in range(r.randint(1, 6)):
            a, b = r.sample(range(len(names)), 2)
            t = {'from': names[a], 'to': names[b]}
            if self.p(.15):
                t['from'] = '*'
            elif self.p(.15):
                t['from'] = [x for x in names if x != names[b]]
            back = a > b or t['from'] != names[a]
            k = r.random()
            if self.has('manual') and k < .2:
                t['manual'] = True
                if self.p(.3):
                    t['when'] = self.cond(1)
                if self.p(.2):
                    t['after'] = self.dur(1, 4)
            else:
                if k < .5:
                    t['on'] = r.choice(self.alltypes) if self.p(.7) else r.sample(self.alltypes, r.randint(1, len(self.alltypes)))
                    if self.has('reserved_on') and self.p(.05):
                        t['on'] = '$move'
                    if self.p(.4):
                        t['when'] = self.cond(1)
                        if isinstance(t['on'], str) and t['on'] in self.types and self.p(.4):
                            t['when'] = self.event_cond()
                if k > .45:
                    if k > .7 or (back and not self.has('loops')):
                        t['after'] = self.dur(1, 8)
                    if k < .9:
                        t['when'] = self.cond(1)
                if back and not self.has('loops') and 'on' not in t and 'after' not in t:
                    t['after'] = self.dur(1, 8)
                if not {'on', 'when', 'after'} & set(t):
                    t['after'] = self.dur(1, 8)
            if self.has('actions') and self.p(.2):
                t['do'] = self.actions(1)
            if back:
                t['back'] = True
            ts.append(t)
        return {'initial': names[0], 'states': states, 'transitions': ts}

    def sequence(self, q):
        r = self.r
        d = {'owner': 'o', 'trigger': [], 'on_failure': [{'flag': 'fz'}]}
        for _ in range(r.randint(0, 3)):
            k = r.choice(['event', 'state', 'segment', 'segment_left', 'band', 'when', 'date'])
            if k == 'state' and self.machines:
                m = r.choice(list(self.machines))
                d['trigger'].append({k: m + '.' + r.choice(self.machines[m])})
            elif k in ('segment', 'segment_left') and self.segs:
                d['trigger'].append({k: r.choice(self.segs)})
            elif k == 'band' and any(s.get('bands') for s in self.scores.values()):
                n = r.choice([n for n, s in self.scores.items() if s.get('bands')])
                d['trigger'].append({k: n + '.' + r.choice(self.scores[n]['bands'])['name']})
            elif k == 'when' and self.has('when_trigger'):
                d['trigger'].append({k: self.cond(1)})
            elif k == 'date' and self.has('date_trigger'):
                t = {k: 'w'}
                if self.p(.6):
                    t['offset'] = r.choice(['', '-']) + self.dur(1, 8)
                if self.p(.4):
                    t['late'] = self.dur(1, 4)
                if self.has('local') and self.p(.3):
                    t['at'] = '%02d:%02d' % (r.randint(0, 23), r.choice([0, 0, 30, 59]))
                if self.has('local') and self.p(.3):
                    t['on'] = r.sample(model.DAYS, r.randint(1, 3))
                d['trigger'].append(t)
            else:
                t = {'event': r.choice(self.alltypes)}
                if self.p(.3):
                    t['when'] = self.cond(1)
                    if t['event'] in self.types and self.p(.5):
                        t['when'] = self.event_cond()
                d['trigger'].append(t)
        if not d['trigger'] or self.profile == 'messages' and self.p(.6):
            d['trigger'].append({'event': r.choice(self.alltypes)})
        if self.has('goal') and self.p(.4 if self.profile != 'messages' else .2):
            d['goal'] = self.cond(1)
        if self.has('exit') and self.p(.6 if self.profile != 'messages' else .25):
            d['exit'] = []
            for _ in range(r.randint(1, 2)):
                if self.p(.5):
                    x = {'event': r.choice(self.alltypes)}
                    if self.p(.3):
                        x['when'] = self.event_cond() if x['event'] in self.types and self.p(.5) else self.cond(1)
                    d['exit'].append(x)
                else:
                    d['exit'].append({'when': self.cond(1)})
        if self.has('reentry'):
            d['reentry'] = r.choice(['never', 'always', self.dur(1, 5)] + ['always'] * 3 * (self.profile == 'messages'))
        if self.p(.3):
            d['topic'] = 'news'
        if self.has('priority') and self.p(.8):
            d['priority'] = r.choice([-1, 0, 1, 2, 3])
        if self.has('group') and self.p(.7):
            d['group'] = r.choice(self.groups)
            if self.p(.6):
                d['on_preempt'] = r.choice(['pause', 'pause', 'exit'])
        if self.has('window') and self.p(.6):
            d['window'] = self.hours() if self.p(.8) else {}
            if self.p(.15) and d['window']:
                d['window'].pop(r.choice(['from', 'to']))
                if d['window'] == {'from': '00:00'} or d['window'].get('to') == '00:00':
                    d['window'] = {'from': '09:00'}
            if not d['window'] or self.p(.5):
                d['window']['days'] = r.sample(model.DAYS, r.randint(1, 5))
        self.label = 0
        d['steps'] = self.steps(r.randint(1, 6), 0)
        self.jumps(d['steps'])
        self.labels[q] = ['l%d' % (i + 1) for i in range(self.label)]
        return d

    def jumps(self, steps):
        """some steps become jumps to some label"""
        for i, s in enumerate(steps):
            for arm in s.get('branch', s.get('split', [])):
                self.jumps(arm['steps'])
            if self.label and self.has('goto') and self.p(.03 if self.profile == 'messages' else .1) and 'branch' not in s and 'split' not in s:
                steps[i] = {k: v for k, v in s.items() if k in ('label', 'when')}
                steps[i]['goto'] = 'l%d' % self.r.randint(1, self.label)

    def mails(self):
        """a mail, days, a mail, days"""
        r, out, day = self.r, [], 0
        for _ in range(r.randint(2, 5)):
            out.append(self.send())
            day += r.choice([0, 1, 1, 1, 2, 3])
            wait = r.choice([{'day': day}, {'day': day}, {'for': self.dur(1, 4)}, {'until': self.cond(1), 'timeout': self.dur(1, 4)}])
            out.append({'wait': self.local(wait)})
        return out

    def local(self, wait):
        r = self.r
        if 'until' not in wait and self.has('local') and self.p(.3):
            if self.p(.7):
                wait['at'] = '%02d:%02d' % (r.randint(0, 23), r.choice([0, 0, 30, 59]))
            if 'at' not in wait or self.p(.5):
                wait['on'] = r.sample(model.DAYS, r.randint(1, 3))
        return wait

    def steps(self, n, depth):
        r = self.r
        out = self.mails() if self.profile == 'messages' and depth == 0 and self.p(.6) else []
        for _ in range(n):
            k = r.random()
            if self.profile == 'messages':
                k *= .8
            if self.profile == 'messages' and self.p(.3):
                s = self.send()
                if self.p(.15):
                    s['when'] = self.cond(1)
            elif k < .35:
                w = r.random()
                if w < .35:
                    s = {'wait': {'for': self.dur(1, 6)}}
                elif w < .5 and self.unit_name in 'dwh':
                    s = {'wait': {r.choice(['day', 'day', 'week']): r.randint(0, 4)}}
                elif self.has('until_wait'):
                    s = {'wait': {'until': self.cond(1)}}
                    if self.p(.8):
                        s['wait']['timeout'] = self.dur(1, 6)
                else:
                    s = {'wait': {'for': self.dur(1, 6)}}
            elif k < .5 and self.has('branch') and depth < 2:
                arms = []
                for _ in range(r.randint(1, 3)):
                    a = {'steps': self.steps(r.randint(0, 2), depth + 1)}
                    a = {'when': 'timed_out' if self.p(.35) and self.has('until_wait') else self.cond(1), **a}
                    arms.append(a)
                if self.p(.5):
                    arms[-1].pop('when', None)
                s = {'branch': arms}
                if self.has('split') and self.p(.4):
                    self.label += 1
                    s = {'label': 'l%d' % self.label, 'split': [
                        {'weight': r.randint(1, 3), 'steps': a['steps']} for a in arms]}
            elif k < .55:
                s = {'exit': r.choice(['bored', 'enough'])}
                if self.p(.7):
                    s['when'] = self.cond(1)
            else:
                s = self.action()
                if self.p(.3):
                    s['when'] = self.cond(1)
            if 'wait' in s:
                self.local(s['wait'])
            if 'label' not in s and self.p(.2):
                self.label += 1
                s['label'] = 'l%d' % self.label
            out.append(s)
        return out

    # ------------------------------------------------------------ events

    def events(self):
        r = self.r
        out = []
        n = 0
        horizon = model.Blueprint(json.loads(json.dumps(self.bp))).horizon
        dedupe = model.duration(self.bp['intake']['dedupe'])
        pool = list(self.pool.values())
        if len(pool) > 6 and self.p(.5):
            pool = r.sample(pool, 6)
        for c in ('c-1', 'c-2')[:r.choice([1, 1, 2])]:
            now = self.t0 + r.choice([0, 0, 1, 12345])
            times = []
            mine = []
            for i in range(r.randint(3, 22 if self.profile != 'full' else 35) if self.profile != 'seal' else r.randint(10, 40)):
                k = r.random()
                if i:
                    if k < .15 and self.has('eqtime'):
                        at = now
                    elif k < .45:
                        cand = [t + d for t in times for d in pool if t + d + 1 > now]
                        at = max(now, min(r.sample(cand, min(3, len(cand)))) + r.choice([-1, 0, 0, 0, 1])) if cand else now + 1
                        if at - now > 25 * self.unit:
                            at = now + self.unit
                    elif k < .92:
                        at = now + r.choice([r.randint(0, 3 * self.unit), self.unit, r.randint(0, max(1, self.unit // 2)), 2 * self.unit])
                    else:
                        at = now + r.randint(5, 30) * self.unit
                    if self.has('late') and self.p(.45 if self.profile == 'seal' else .3):
                        z = r.random()
                        if z < .4:
                            at = now - r.randint(0, min(horizon, 12 * self.unit))
                        elif z < .7:
                            at = r.choice(times) + r.choice([0, 0, 1, -1, r.choice(pool), -r.choice(pool)])
                        elif z < .8:
                            at = r.choice(times)
                        else:
                            at = now - horizon + r.choice([-1, 0, 1, -r.choice(pool), r.choice(pool), -self.unit])
                    if self.near and at < now - 40 * self.unit:
                        at = now - r.randint(0, 40) * self.unit
                    if at < now - horizon and (not self.has('beyond')):
                        at = now - r.randint(0, horizon)
                else:
                    at = now
                e = {'contact': c, 'type': r.choice(self.base), 'at': at}
                z = r.random()
                props = {}
                if z > {'full': .45, 'messages': .6}.get(self.profile, .35):
                    if self.p(.7):
                        props['p'] = r.choice(['x', 'y', 'z'])
                    if self.p(.7):
                        props['n'] = r.randint(0, 4)
                elif z < .08 and self.has('update'):
                    e['type'] = '$update'
                    f = {}
                    for _ in range(r.randint(1, 2)):
                        f.update(r.choice([{'s': r.choice(['k1', 'k2', 'm1', None])}, {'n': r.choice([0, 1, 2, 3, 5, None])},
                                           {'z': r.choice([True, False, None])}, {'v': r.choice([1, 2, 'bad', None])},
                                           {'w': r.choice([None, model.format_time(at + r.choice([0, 1, -1]) * r.choice(pool))])}]))
                    props = {'fields': f}
                elif z < .15 and self.has('tag'):
                    e['type'] = '$tag'
                    props = r.choice([{'add': ['x_a']}, {'remove': ['x_a']}, {'add': ['x_b']}, {'remove': ['x_b']}, {'add': ['x_a', 'x_b']},
                                      {'add': ['x_a'], 'remove': ['x_b']}])
                elif z < .2 and self.has('consent'):
                    e['type'] = '$consent'
                    props = {'channel': r.choice(['email', 'push', 'email'] + ['sms'] * (self.profile == 'messages')), 'status': r.choice(['granted', 'granted', 'denied', 'pending'])}
                    if self.p(.3):
                        props['topic'] = 'news'
                elif z < .23 and self.has('suppress') and (at >= now or self.has('late_suppress')):
                    e['type'] = '$suppress'
                    props = {'reason': 'bad'}
                    if self.p(.6):
                        props['lift'] = True
                elif z < .29 and self.machines and self.has('manual'):
                    e['type'] = '$move'
                    m = r.choice(list(self.machines))
                    props = {'machine': m, 'to': r.choice(self.machines[m])}
                    if self.p(.5):
                        props['actor'] = 'amy'
                elif z < .32 and self.zones and self.has('update'):
                    e['type'], props = '$update', {'fields': {'tz': r.choice(self.zones + [None, 'Mars/Phobos'])}}
                elif self.seqs and self.has('enroll'):
                    e['type'] = r.choice(['$enroll', '$enroll', '$cancel'] + ['$step'] * self.has('step') +
                                         ['$pause', '$resume', '$resume'] * self.has('pause'))
                    props = {'sequence': r.choice(self.seqs)}
                    labels = self.labels[props['sequence']]
                    if e['type'] == '$step' and not labels:
                        e['type'] = '$enroll'
                    elif e['type'] == '$step':
                        props['to'] = r.choice(labels) if self.p(.95) else 'nowhere'
                    if e['type'] in ('$pause', '$resume', '$step') and self.p(.2):
                        props['actor'], props['reason'] = 'amy', 'because'
                    if e['type'] == '$enroll' and self.p(.4):
                        props['force'] = True
                if props:
                    e['props'] = props
                if 'stamp_beyond' in self.avoid and e['type'].startswith('$') and e['at'] <= now - horizon:
                    e['at'] = now
                n += 1
                if self.p(.85):
                    e['id'] = r.choice('abcdxyz') + '%d' % n
                if mine and self.has('dup') and self.p(.12):
                    o = r.choice(mine)
                    if 'id' in o:
                        e = dict(o)
                        if self.p(.5):
                            e['at'] = o['at'] + r.choice([-1, 1]) * (dedupe + r.choice([-1, 0, 1]))
                        if self.p(.3):
                            e['at'] = o['at'] + r.choice([-1, 1, 1000])
                        if e['at'] < now and not self.has('late') or e['at'] < now - horizon and not self.has('beyond'):
                            e['at'] = now
                        if not self.has('late_suppress') and e['type'] == '$suppress':
                            e['at'] = max(e['at'], now)
                if self.near and e['at'] < now - 40 * self.unit or \
                        'stamp_beyond' in self.avoid and e['type'].startswith('$') and e['at'] <= now - horizon:
                    e['at'] = now
                if e['at'] - now > 60 * self.unit:
                    e['at'] = now + self.unit
                now = max(now, e['at'])
                times.append(e['at'])
                mine.append(e)
                out.append(e)
        last = max(e['at'] for e in out)
        until = last + r.choice([0, self.unit, 10 * self.unit, 30 * self.unit])
        return [dict(e, at=model.format_time(e['at'])) for e in out], until


KEEP = {'stage': 'machine from to actor reason', 'band': 'score from to points', 'segment': 'segment entered', 'tag': 'name added',
        'flag': 'name added', 'suppress': 'name added', 'enrolled': 'sequence trigger', 'exited': 'sequence step reason',
        'send': 'template channel sequence step due', 'skipped': 'template channel sequence step due reason', 'fault': 'reason machine'}


def clean(e):
    if 'kind' not in e:
        e.pop('next_wake', None)
        return e
    if e['kind'] in KEEP:
        k = set(KEEP[e['kind']].split()) | {'at', 'contact', 'kind'}
        return {a: b for a, b in e.items() if a in k}
    return {a: b for a, b in e.items() if a not in ('key', 'cause', 'message')}


def library(leadflow, bp, ev, until):
    r = subprocess.run([leadflow, 'replay', bp, ev, '--until', model.format_time(until), '--effects', '--contacts'],
                       capture_output=True, text=True, timeout=120)
    effects, lines = [], []
    for l in r.stdout.splitlines():
        j = clean(json.loads(l))
        (effects if 'kind' in j else lines).append(j)
    effects.sort(key=lambda e: (e['at'], e['contact'].encode()))
    lines.sort(key=lambda e: e['contact'].encode())
    return effects, lines, r


def cut(effects):
    out, gone = [], set()
    for e in effects:
        if e['contact'] not in gone:
            out.append(e)
        if e['kind'] == 'fault':
            gone.add(e['contact'])
    return out


def compare(doc, events, until, leadflow, base):
    with open(base + '.json', 'w') as f:
        json.dump(doc, f, indent=1)
    with open(base + '.ndjson', 'w') as f:
        for e in events:
            f.write(json.dumps(e) + '\n')
    me, ml = model.replay(json.loads(json.dumps(doc)), events, until)
    me = [clean(e) for e in me]
    le, ll, r = library(leadflow, base + '.json', base + '.ndjson', until)
    if r.returncode > 1:
        return 'driver: exit %d %s' % (r.returncode, r.stderr[-1500:])
    # after a fault the contact stands in the middle of a circle; what happens later depends on when one looks
    faulty = {e['contact'] for e in me if e['kind'] == 'fault'}
    me, le = cut(me), cut(le)
    ml, ll = ([x for x in z if x['contact'] not in faulty] for z in (ml, ll))
    for what, a, b in (('effect', me, le), ('contact', ml, ll)):
        for i in range(max(len(a), len(b))):
            x = a[i] if i < len(a) else None
            y = b[i] if i < len(b) else None
            if x != y:
                return '%s %d\n  model   %s\n  library %s\n%s' % (
                    what, i, json.dumps(x), json.dumps(y),
                    '\n'.join('  stderr ' + l for l in r.stderr.splitlines() if 'finding[' not in l)[:1500])
    return None


def write_scenario(folder, doc, events, until):
    """the case as a worked example; False where a fault makes the end depend on when one looks"""
    effects, lines = model.replay(json.loads(json.dumps(doc)), events, until)
    if any(e['kind'] == 'fault' for e in effects):
        return False
    os.mkdir(folder)
    for name, rows in (('events', events), ('effects', effects), ('contacts', lines)):
        with open(os.path.join(folder, name + '.ndjson'), 'w') as f:
            f.writelines(json.dumps(row) + '\n' for row in rows)
    with open(os.path.join(folder, 'blueprint.json'), 'w') as f:
        json.dump(doc, f)
    with open(os.path.join(folder, 'about.txt'), 'w') as f:
        f.write('until %s\n' % model.format_time(until))
    return True


def run_scenarios(program, a, avoid):
    """all cases as folders, in one run of the program, which prints TAP"""
    with tempfile.TemporaryDirectory(prefix='rc-') as tmp:
        n = 0
        for seed in range(a.seed, a.seed + a.count):
            g = Gen(seed, a.profile, avoid)
            doc = g.blueprint()
            events, until = g.events()
            n += write_scenario(os.path.join(tmp, 'seed%d' % seed), doc, events, until)
        r = subprocess.run([program], env=dict(os.environ, LEADFLOW_WORKED=tmp, CMOCKA_MESSAGE_OUTPUT='TAP'),
                           capture_output=True, text=True)
    good = len([l for l in r.stdout.splitlines() if l.startswith('ok ')])
    if r.returncode or good != n:
        print('\n'.join(l for l in (r.stdout + r.stderr).splitlines() if not l.startswith('ok '))[:4000])
    print('%d passed, %d failed' % (good, n - good))
    return r.returncode != 0 or good != n


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--seed', type=int, default=1)
    ap.add_argument('--count', type=int, default=100)
    ap.add_argument('--leadflow')
    ap.add_argument('--scenarios')
    ap.add_argument('--avoid', default='')
    ap.add_argument('--profile', default=None)
    ap.add_argument('--stop', type=int, default=1, help='stop after so many failures (0: never)')
    a = ap.parse_args()
    avoid = set(x for x in a.avoid.split(',') if x)
    if a.scenarios:
        avoid.add('zones')      # the runner has none
        sys.exit(run_scenarios(a.scenarios, a, avoid))
    passed = failed = 0
    tmp = tempfile.mkdtemp(prefix='rc-')
    for seed in range(a.seed, a.seed + a.count):
        g = Gen(seed, a.profile, avoid)
        doc = g.blueprint()
        events, until = g.events()
        diff = compare(doc, events, until, a.leadflow, os.path.join(tmp, 'case'))
        if diff is None:
            passed += 1
            continue
        failed += 1
        base = '/tmp/rc-%d' % seed
        for x in ('.json', '.ndjson'):
            os.replace(os.path.join(tmp, 'case' + x), base + x)
        print('seed %d differs (%s.json, %s.ndjson, until %d): %s' % (seed, base, base, until, diff))
        sys.stdout.flush()
        if a.stop and failed >= a.stop:
            break
    print('%d passed, %d failed' % (passed, failed))
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
