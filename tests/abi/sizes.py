# SPDX-License-Identifier: MIT
"""test_sizes.c leaves no struct out: `sizes.py ROOT TEST_SIZES CC...`.

Every public struct begins with struct_size, has an initialiser, and is tested in each function that takes it and in each
member that points to it, as the headers say.
"""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from interface import facts  # noqa: E402
from lint import report  # noqa: E402


def findings(said, tested):
    structs = set()
    for key in said:
        if key.startswith('member '):
            structs.add(key.split()[1].split('.')[0])
    for name in sorted(structs):
        offsets = {said.get('%s %s.struct_size' % (bits, name), '0 ').split()[0] for bits in ('32', '64')}
        if said.get('member %s.struct_size' % name) != 'size_t' or offsets != {'0'}:
            yield '%s does not begin with size_t struct_size' % name
        if said.get('function %s_init' % name) != 'void (%s*, size_t)' % name:
            yield 'there is no %s_init()' % name
        for key, text in sorted(said.items()):
            kind, place = key.split()
            if kind in ('function', 'member') and re.search(r'\b%s\b' % name, text) and (name, place) not in tested:
                yield '%s in %s is not tested' % (name, place)
        if said.get('member %s.user_free' % name, 'void (*)(void*)') != 'void (*)(void*)':
            yield '%s.user_free is not void (*)(void*)' % name


def main():
    root, program, *cc = sys.argv[1:]
    said = facts(cc, root)
    lines = subprocess.run([program, '--list'], capture_output=True, text=True, check=True).stdout.splitlines()
    tested = {tuple(line.split()) for line in lines}
    results = [('no struct is left out', list(findings(said, tested)))]
    for case in sorted(tested):
        results.append(('bites: %s in %s' % case, [] if list(findings(said, tested - {case})) else ['nobody misses it']))
    blind = {key: text for key, text in said.items() if key != 'function lf_store_init'}
    results.append(('bites: a struct without initialiser', [] if list(findings(blind, tested)) else ['nobody misses it']))
    report(results)


if __name__ == '__main__':
    main()
