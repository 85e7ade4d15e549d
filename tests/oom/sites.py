# SPDX-License-Identifier: MIT
"""Has every place that allocates failed? `sites.py ROOT LIBRARY PROGRAM...`

The library is one that sets nothing aside and in which each call is a call (-O0 -fno-inline). The programs run
on it and tell where the calls return to under which an allocation failed; the calls are read from its code. So:

- each site has failed: each call, in lib/, of a function of lib/base that allocates, or of one that does nothing
  but hand on to such a function of arenas or arrays;
- each exported function that may allocate has failed, and the others of leadflow.map do not allocate: nothing that
  they call does, and what they call that is not known is named below.
"""
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lint'))
from lint import Tree, report
from symbols import listed

DOORS = ('lf_mem_alloc', 'lf_mem_resize')  # to the allocator
# Functions without an allocation of their own that call what is only known when they run, and what that is.
CALLBACKS = {
    **dict.fromkeys(('lf_blueprint_unref', 'lf_contact_free', 'lf_event_free', 'lf_explanation_free', 'lf_step_free'),
                    'user_free of the source of time zones'),
    'lf_engine_free': 'user_free of the store, the delivery and the source of time zones',
    'lf_engine_revive': 'revive and the clock',
}
FREEING = ('lf_mem_free',)  # its call of the allocator gives back


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


Call = collections.namedtuple('Call', 'caller callee back')  # callee None: not known; back: where it returns to


class Code:
    """The calls of a library. Functions are addresses: the names of static ones are not unique."""

    def __init__(self, path):
        self.path = path
        self.names = {}
        calls, waiting, function = [], None, None
        for line in output('objdump', '-d', '--no-show-raw-insn', path).splitlines():
            head = re.match(r'([0-9a-f]+) <([^>]+)>:$', line)
            code = re.match(r'\s+([0-9a-f]+):\s+(\S+)\s*(.*)$', line)
            if head:
                function = int(head.group(1), 16)
                self.names[function] = head.group(2)
            elif code:
                if waiting:
                    calls.append((*waiting, int(code.group(1), 16)))
                target = re.match(r'([0-9a-f]+) <([^>]+)>', code.group(3))
                waiting = None
                if code.group(2) in ('call', 'callq', 'bl', 'blr'):
                    waiting = (function, target and (int(target.group(1), 16), target.group(2)))
        self.public = {name: function for function, name in self.names.items() if name.startswith('lf_')}
        self.calls = [Call(caller, callee and self.public.get(callee[1].partition('@plt')[0], callee[0]), back)
                      for caller, callee, back in calls]
        self.allocating = self.that_reach(self.public[name] for name in DOORS)

    def that_reach(self, functions):
        """These, and all that lead to them."""
        reach, before = set(functions), 0
        while len(reach) != before:
            before = len(reach)
            reach.update(call.caller for call in self.calls if call.callee in reach)
        return reach

    def lines(self, places):
        """file:line of each place"""
        out = output('addr2line', '-e', self.path, *map(hex, places)).splitlines() if places else []
        return {place: re.sub(r' \(.*', '', re.sub(r'.*/lib/', 'lib/', line)) for place, line in zip(places, out)}

    def sites(self):
        led = collections.defaultdict(list)
        for call in self.calls:
            if call.callee in self.allocating:
                led[call.caller].append(call.callee)
        homes = self.lines(sorted(self.allocating))
        base = {function for function in self.allocating if homes[function].startswith('lib/base/')}
        hand_on = {caller for caller, callees in led.items() if len(callees) == 1 and callees[0] in base and
                   self.names[callees[0]].startswith(('lf_mem_', 'lf_arena_'))}
        return [call for call in self.calls if call.callee in base | hand_on]

    def callers_of(self, backs):
        return {self.names[call.caller] for call in self.calls if call.back in backs}


def failures(library, programs):
    """Where the calls return to under which allocations failed, and what is wrong with the programs."""
    failed, wrong = set(), []
    for program in programs:
        with tempfile.NamedTemporaryFile('r') as sites:
            env = dict(os.environ, LD_PRELOAD=library, LEADFLOW_OOM_SITES=sites.name)
            ran = subprocess.run([program], env=env, capture_output=True, text=True)
            if ran.returncode != 0:
                wrong.append('%s\n%s%s' % (os.path.basename(program), ran.stdout, ran.stderr))
            failed.update(int(line, 16) for line in sites)
    return failed, wrong


def missing_sites(code, sites, failed):
    missing = [site for site in sites if site.back not in failed]
    lines = code.lines([site.back - 1 for site in missing])
    return sorted('%s: %s() calls %s(), which never failed' %
                  (lines[site.back - 1], code.names[site.caller], code.names[site.callee]) for site in missing)


def missing_functions(code, exported, failed):
    """What is wrong with the exported functions."""
    fallen = code.callers_of(failed)
    blind = code.that_reach({call.caller for call in code.calls if call.callee is None and
                             code.names[call.caller] not in FREEING} - code.allocating)
    for name in exported:
        function = code.public.get(name)
        if function is None:
            yield '%s is not in the code' % name
        elif function in code.allocating and name not in fallen:
            yield '%s() may allocate, and never failed' % name
        elif function not in code.allocating and function in blind and name not in CALLBACKS:
            yield '%s() calls what is not known, so it may allocate' % name
    for name in CALLBACKS:
        if code.public.get(name) in code.allocating:
            yield '%s() allocates, and is listed as one that does not' % name


def main():
    root, library, *programs = sys.argv[1:]
    if not all(map(shutil.which, ('objdump', 'addr2line'))):
        print('1..0 # SKIP there is no objdump')
        return
    code = Code(library)
    sites, exported = code.sites(), listed(Tree(root))
    if len(sites) < 300:  # another processor, whose calls look otherwise
        print('1..0 # SKIP only %d calls could be read' % len(sites))
        return
    failed, wrong = failures(library, programs)
    # The proof: without one of them it is told, and no other.
    last, first = sites[-1], code.public['lf_blueprint_parse']
    without = failed - {last.back}
    none = failed - {call.back for call in code.calls if call.caller == first}
    named = list(missing_functions(code, exported, none))
    print('# %d sites, %d exported functions' % (len(sites), len(exported)))
    report([
        ('the programs pass on it', wrong),
        ('each site has failed', missing_sites(code, sites, failed)),
        ('each exported function has failed, or does not allocate', list(missing_functions(code, exported, failed))),
        ('bites: a site that never failed',
         [] if len(missing_sites(code, sites, without)) == 1 + len(missing_sites(code, sites, failed)) else ['it is not told']),
        ('bites: a function that never failed', [] if any('lf_blueprint_parse()' in line for line in named) else ['it is not told']),
    ])


main()
